// SPDX-License-Identifier: GPL-2.0-only
/*
 * The address rules: that they fire where tables lie too high, that they are
 * judged by address, and that they say so where they cannot be judged.
 */
#include <linux/mm.h>
#include <linux/sizes.h>

#include "lab_kunit.h"
#include "machine.h"

#define V7S	(&lab_formats[LAB_V7S])
#define LPAE	(&lab_formats[LAB_LPAE_S1])

/* An instance of @format over memory that lies above 4 GB. */
static struct lab_instance *create_high(struct kunit *test, const struct lab_format *format,
					const struct lab_provider *provider,
					const struct lab_allocator *allocator,
					unsigned int oas, struct lab_tally *tally)
{
	const char *why = lab_not_offered(format, provider, allocator);
	struct lab_params p;

	if (why)
		kunit_skip(test, "%s", why);
	/* Skips where there is no such memory. */
	lab_kunit_high_memory(test, SZ_16K);

	lab_params_default(&p, format);
	strscpy(p.name, test->name, sizeof(p.name));
	p.provider = provider;
	p.allocator = allocator;
	p.oas = oas;
	return lab_kunit_create(test, &p, tally);
}

/* Passing proves that v7s over high memory violates table-limit and is refused. */
static void rule_table_limit_fires_for_v7s(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst;

	inst = create_high(test, V7S, &lab_provider_lab, &lab_bad_high, 32, tally);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(inst), -ENOMEM);
	lab_kunit_expect_only(test, tally, LAB_RULE_TABLE_LIMIT, 1);
}

/* Passing proves that the limit of LPAE is its output address size. */
static void rule_table_limit_fires_for_lpae(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst;

	/* The kernel's writer takes such a table without a word. */
	inst = create_high(test, LPAE, &lab_provider_kernel, &lab_bad_high, 32, tally);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, inst);
	KUNIT_EXPECT_EQ(test, 1, atomic64_read(&tally->violated[LAB_RULE_TABLE_LIMIT]));
	/* And a walk cannot begin there: no other rule is broken. */
	KUNIT_EXPECT_GE(test, atomic64_read(&tally->violated[LAB_RULE_TREE_SOUND]), 1);
	KUNIT_EXPECT_EQ(test, lab_tally_violated(tally),
			1 + atomic64_read(&tally->violated[LAB_RULE_TREE_SOUND]));
}

/* Passing proves that the lab's LPAE writer refuses what its walker could not reach. */
static void lab_lpae_refuses_unreachable_table(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst;

	inst = create_high(test, LPAE, &lab_provider_lab, &lab_bad_high, 32, tally);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(inst), -ENOMEM);
	lab_kunit_expect_only(test, tally, LAB_RULE_TABLE_LIMIT, 1);
}

/* Passing proves that high memory is fine where the output address size covers it. */
static void high_memory_fits_48_bits(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst;

	inst = create_high(test, LPAE, &lab_provider_lab, &lab_bad_high, 48, tally);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, inst);
	KUNIT_EXPECT_EQ(test, 0, lab_instance_map(inst, 0, 0, SZ_4K, 1, IOMMU_READ));
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

/* Passing proves that table-low fires for an allocator that breaks its word. */
static void rule_table_low_fires(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst;

	inst = create_high(test, LPAE, &lab_provider_lab, &lab_high, 48, tally);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, inst);
	lab_kunit_expect_only(test, tally, LAB_RULE_TABLE_LOW, 1);
}

/*
 * Passing proves that tables which no allocator of the lab handed out are found
 * by walking, and judged.
 */
static void tables_of_none_are_judged(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst;
	struct lab_params p;

	if (lab_not_offered(V7S, &lab_provider_kernel, NULL))
		kunit_skip(test, "%s", lab_not_offered(V7S, &lab_provider_kernel, NULL));
	lab_kunit_need_low_memory(test);
	lab_params_default(&p, V7S);
	strscpy(p.name, test->name, sizeof(p.name));
	inst = lab_kunit_create(test, &p, tally);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, inst);
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, 0, 0, SZ_4K, 1, IOMMU_READ));
	lab_kunit_expect_clean(test, tally);

	/* As if the format reached no further than its lowest table. */
	inst->where.limit = inst->cfg.arm_v7s_cfg.ttbr & GENMASK(31, 14);
	lab_instance_verify(inst);
	KUNIT_EXPECT_GE(test, atomic64_read(&tally->violated[LAB_RULE_TABLE_LIMIT]), 1);
	inst->where.limit = SZ_4G;
}

/* Passing proves that an instance without memory is -ENOMEM and no violation. */
static void out_of_memory_is_enomem(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_params p;

	for (int f = 0; f < LAB_NR_FORMATS; f++) {
		lab_params_default(&p, &lab_formats[f]);
		strscpy(p.name, test->name, sizeof(p.name));
		p.provider = &lab_provider_lab;
		p.allocator = &lab_bad_empty;
		KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(lab_kunit_create(test, &p, tally)), -ENOMEM);
	}
	lab_kunit_expect_clean(test, tally);
}

/* A table's place, and which rules it breaks. */
struct bounds_case {
	const char *name;
	struct lab_table_bounds where;
	u64 pa;
	size_t size;
	bool breaks_limit, breaks_low;
};

static const struct bounds_case bounds_cases[] = {
	{ "last 1 KB below 4 GB", { SZ_4G, true }, SZ_4G - SZ_1K, SZ_1K },
	{ "first 1 KB above 4 GB", { SZ_4G, true }, SZ_4G, SZ_1K, true, true },
	{ "across 4 GB", { SZ_4G, true }, SZ_4G - SZ_1K, SZ_16K, true, true },
	{ "mtk: last below 32 GB", { BIT_ULL(35), false }, BIT_ULL(35) - SZ_1K, SZ_1K },
	{ "mtk: first above 32 GB", { BIT_ULL(35), false }, BIT_ULL(35), SZ_1K, true },
	{ "mtk: low was not asked for", { BIT_ULL(35), false }, SZ_4G, SZ_1K },
	{ "48 bits, low asked for", { BIT_ULL(48), true }, SZ_4G, SZ_4K, false, true },
	{ "no rule", { U64_MAX, false }, BIT_ULL(47), SZ_4K },
};

static void bounds_desc(const struct bounds_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(bounds, bounds_cases, bounds_desc);

/* Passing proves that the last byte decides, by address and nothing else. */
static void bounds_judged_by_last_byte(struct kunit *test)
{
	const struct bounds_case *c = test->param_value;
	struct lab_tally *tally = lab_kunit_tally(test);

	lab_check_bounds(tally, &c->where, c->pa, c->size);
	KUNIT_EXPECT_EQ(test, atomic64_read(&tally->violated[LAB_RULE_TABLE_LIMIT]),
			c->breaks_limit);
	KUNIT_EXPECT_EQ(test, atomic64_read(&tally->violated[LAB_RULE_TABLE_LOW]),
			c->breaks_low);
}

/* Passing proves that the kernel's own LPAE tables are judged only where they can be. */
static void lpae_none_limit_needs_cover(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst;
	struct lab_params p;

	if (lab_not_offered(LPAE, &lab_provider_kernel, NULL))
		kunit_skip(test, "%s", lab_not_offered(LPAE, &lab_provider_kernel, NULL));

	lab_params_default(&p, LPAE);
	inst = lab_kunit_create(test, &p, tally);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, inst);
	KUNIT_EXPECT_NULL(test, inst->tally.not_checked[LAB_RULE_TABLE_LIMIT]);
	lab_kunit_destroy(test, inst);

	if (lab_machine().end <= SZ_4G)
		kunit_skip(test, "no RAM above 4 GB on this machine");
	p.oas = 32;
	inst = lab_kunit_create(test, &p, tally);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, inst);
	KUNIT_EXPECT_NOT_NULL(test, inst->tally.not_checked[LAB_RULE_TABLE_LIMIT]);
	KUNIT_EXPECT_NOT_NULL(test, inst->tally.not_checked[LAB_RULE_TREE_SOUND]);
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

/* Passing proves that each kind of machine is told what the rules mean on it. */
static void machine_caveats(struct kunit *test)
{
	const struct lab_machine usual = { SZ_1G, 7ULL * SZ_1G };
	const struct lab_machine all_high = { SZ_4G, 8ULL * SZ_1G };
	const struct lab_machine all_low = { 0, SZ_4G };

	KUNIT_EXPECT_NULL(test, lab_machine_caveat(&usual));
	KUNIT_ASSERT_NOT_NULL(test, lab_machine_caveat(&all_high));
	KUNIT_EXPECT_NOT_NULL(test, strstr(lab_machine_caveat(&all_high), "starts above 4 GB"));
	KUNIT_ASSERT_NOT_NULL(test, lab_machine_caveat(&all_low));
	KUNIT_EXPECT_NOT_NULL(test, strstr(lab_machine_caveat(&all_low), "cannot fail"));
}

static struct kunit_case address_cases[] = {
	KUNIT_CASE(rule_table_limit_fires_for_v7s),
	KUNIT_CASE(rule_table_limit_fires_for_lpae),
	KUNIT_CASE(lab_lpae_refuses_unreachable_table),
	KUNIT_CASE(high_memory_fits_48_bits),
	KUNIT_CASE(rule_table_low_fires),
	KUNIT_CASE(tables_of_none_are_judged),
	KUNIT_CASE(out_of_memory_is_enomem),
	KUNIT_CASE_PARAM(bounds_judged_by_last_byte, bounds_gen_params),
	KUNIT_CASE(lpae_none_limit_needs_cover),
	KUNIT_CASE(machine_caveats),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite address_suite = {
	.name		= "lab_address",
	LAB_SUITE_OF_THE_LAB,
	.test_cases	= address_cases,
};

kunit_test_suite(address_suite);

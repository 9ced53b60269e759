// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rule same-bits: the lab's writers against the running kernel's, over random
 * programs; and that each kind of difference is seen.
 *
 * Its configurations are products of its own, not shapes that are worth a name each:
 * every granule with every size of address, and every quirk, coherent and not.
 */
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "compare.h"
#include "lab_kunit.h"
#include "compat/compat.h"

#define STEPS	64

/**
 * struct same_config - a configuration as a KUnit parameter
 * @format:	place of the format
 * @granule:	smallest page size in bytes
 * @ias:	input address bits
 * @oas:	output address bits
 * @quirk:	name of a quirk, or of quirks that need each other; or NULL
 * @only:	the kind of walker that it is for; both unless said
 */
struct same_config {
	enum lab_format_index format;
	size_t granule;
	unsigned int ias, oas;
	const char *quirk;
	enum { BOTH, COHERENT, NONCOHERENT } only;
};

static const struct same_config same_configs[] = {
	{ LAB_V7S, SZ_4K, 32, 32 },
	{ LAB_V7S, SZ_4K, 32, 32, "ns" },
	{ LAB_V7S, SZ_4K, 32, 32, "no-perms" },
	{ LAB_V7S, SZ_4K, 32, 33, "no-perms,mtk-ext" },
	{ LAB_V7S, SZ_4K, 33, 34, "no-perms,mtk-ext" },
	{ LAB_V7S, SZ_4K, 34, 35, "no-perms,mtk-ext" },
	{ LAB_V7S, SZ_4K, 34, 35, "no-perms,mtk-ext,mtk-ttbr-ext" },

	{ LAB_LPAE_S1, SZ_4K, 32, 32 }, { LAB_LPAE_S1, SZ_4K, 36, 36 },
	{ LAB_LPAE_S1, SZ_4K, 40, 40 }, { LAB_LPAE_S1, SZ_4K, 42, 42 },
	{ LAB_LPAE_S1, SZ_4K, 44, 44 }, { LAB_LPAE_S1, SZ_4K, 48, 48 },
	{ LAB_LPAE_S1, SZ_16K, 32, 32 }, { LAB_LPAE_S1, SZ_16K, 36, 36 },
	{ LAB_LPAE_S1, SZ_16K, 40, 40 }, { LAB_LPAE_S1, SZ_16K, 42, 42 },
	{ LAB_LPAE_S1, SZ_16K, 44, 44 }, { LAB_LPAE_S1, SZ_16K, 48, 48 },
	{ LAB_LPAE_S1, SZ_64K, 32, 32 }, { LAB_LPAE_S1, SZ_64K, 36, 36 },
	{ LAB_LPAE_S1, SZ_64K, 40, 40 }, { LAB_LPAE_S1, SZ_64K, 42, 42 },
	{ LAB_LPAE_S1, SZ_64K, 44, 44 }, { LAB_LPAE_S1, SZ_64K, 48, 48 },
	{ LAB_LPAE_S1, SZ_64K, 52, 52 }, { LAB_LPAE_S1, SZ_64K, 42, 52 },
	{ LAB_LPAE_S1, SZ_4K, 48, 40 }, { LAB_LPAE_S1, SZ_4K, 30, 48 },
	{ LAB_LPAE_S1, SZ_16K, 25, 36 }, { LAB_LPAE_S1, SZ_16K, 47, 48 },
	{ LAB_LPAE_S1, SZ_4K, 48, 48, "ns" },
	{ LAB_LPAE_S1, SZ_4K, 48, 48, "hd" },
	{ LAB_LPAE_S1, SZ_4K, 48, 48, "no-warn" },
	{ LAB_LPAE_S1, SZ_4K, 48, 48, "outer-wbwa", NONCOHERENT },
	{ LAB_LPAE_S1, SZ_4K, 48, 48, "ttbr1" }, { LAB_LPAE_S1, SZ_16K, 40, 48, "ttbr1" },
	{ LAB_LPAE_S1, SZ_64K, 52, 52, "ttbr1" },

	{ LAB_LPAE_S2, SZ_4K, 32, 32 }, { LAB_LPAE_S2, SZ_4K, 36, 36 },
	{ LAB_LPAE_S2, SZ_4K, 40, 40 }, { LAB_LPAE_S2, SZ_4K, 42, 42 },
	{ LAB_LPAE_S2, SZ_4K, 44, 44 }, { LAB_LPAE_S2, SZ_4K, 48, 48 },
	{ LAB_LPAE_S2, SZ_16K, 32, 32 }, { LAB_LPAE_S2, SZ_16K, 36, 36 },
	{ LAB_LPAE_S2, SZ_16K, 40, 40 }, { LAB_LPAE_S2, SZ_16K, 42, 42 },
	{ LAB_LPAE_S2, SZ_16K, 44, 44 }, { LAB_LPAE_S2, SZ_16K, 48, 48 },
	{ LAB_LPAE_S2, SZ_64K, 32, 32 }, { LAB_LPAE_S2, SZ_64K, 36, 36 },
	{ LAB_LPAE_S2, SZ_64K, 40, 40 }, { LAB_LPAE_S2, SZ_64K, 42, 42 },
	{ LAB_LPAE_S2, SZ_64K, 44, 44 }, { LAB_LPAE_S2, SZ_64K, 48, 48 },
	{ LAB_LPAE_S2, SZ_64K, 52, 52 }, { LAB_LPAE_S2, SZ_4K, 40, 48 },
	{ LAB_LPAE_S2, SZ_4K, 43, 44 }, { LAB_LPAE_S2, SZ_4K, 44, 48 },
	{ LAB_LPAE_S2, SZ_16K, 40, 48 }, { LAB_LPAE_S2, SZ_16K, 36, 40 },
	{ LAB_LPAE_S2, SZ_4K, 48, 48, "s2fwb" },
	{ LAB_LPAE_S2, SZ_4K, 48, 48, "no-warn" },

	{ LAB_LPAE32_S1, SZ_4K, 32, 32 }, { LAB_LPAE32_S1, SZ_4K, 32, 36 },
	{ LAB_LPAE32_S1, SZ_4K, 32, 40 }, { LAB_LPAE32_S1, SZ_4K, 32, 40, "ns" },
	{ LAB_LPAE32_S1, SZ_4K, 32, 40, "outer-wbwa", NONCOHERENT },
	{ LAB_LPAE32_S2, SZ_4K, 32, 32 }, { LAB_LPAE32_S2, SZ_4K, 36, 36 },
	{ LAB_LPAE32_S2, SZ_4K, 40, 40 }, { LAB_LPAE32_S2, SZ_4K, 40, 40, "s2fwb" },

	{ LAB_MALI, SZ_4K, 32, 40 }, { LAB_MALI, SZ_4K, 36, 40 }, { LAB_MALI, SZ_4K, 40, 40 },
	{ LAB_MALI, SZ_4K, 42, 40 }, { LAB_MALI, SZ_4K, 48, 40 }, { LAB_MALI, SZ_4K, 48, 36 },
	{ LAB_MALI, SZ_4K, 48, 32 },
};

static void same_desc(const struct same_config *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s %zuK %u/%u%s%s", lab_formats[c->format].name,
		 c->granule / SZ_1K, c->ias, c->oas, c->quirk ? " " : "", c->quirk ?: "");
}

KUNIT_ARRAY_PARAM(same, same_configs, same_desc);

/* Parameters of the lab's; skips what this kernel or machine does not have. */
static void same_params(struct kunit *test, const struct same_config *c, bool coherent,
			struct lab_params *p)
{
	const char *quirks = c->quirk;

	lab_params_default(p, &lab_formats[c->format]);
	strscpy(p->name, test->name, sizeof(p->name));
	p->provider = &lab_provider_lab;
	p->allocator = &lab_slab;
	p->granule = c->granule;
	p->ias = c->ias;
	p->oas = c->oas;
	p->coherent = coherent;

	while (quirks && *quirks) {
		size_t len = strcspn(quirks, ",");
		const struct lab_quirk *q = lab_quirks;

		while (strlen(q->name) != len || strncmp(q->name, quirks, len))
			q++;
		if (!q->bit)
			kunit_skip(test, "this kernel has no quirk %s", q->name);
		p->quirks |= q->bit;
		quirks += len + (quirks[len] == ',');
	}

	lab_kunit_need_low_memory(test);
	if (lab_not_offered(p->format, &lab_provider_kernel, NULL))
		kunit_skip(test, "%s", lab_not_offered(p->format, &lab_provider_kernel, NULL));
	if (lab_compare_differs(p))
		kunit_skip(test, "%s", lab_compare_differs(p));
	if (c->only && c->only != (coherent ? COHERENT : NONCOHERENT))
		kunit_skip(test, "the quirk is for the other kind of walker");
}

static void same_program(struct kunit *test, bool coherent)
{
	const struct same_config *c = test->param_value;
	struct lab_tally *tally = lab_kunit_tally(test);
	struct rnd_state rnd = lab_kunit_random(2 * (c - same_configs) + coherent);
	struct lab_params p;

	same_params(test, c, coherent, &p);
	KUNIT_EXPECT_EQ(test, 0, lab_compare_program(&p, prandom_u32_state(&rnd), STEPS, tally));
	KUNIT_EXPECT_GT(test, atomic64_read(&tally->checked[LAB_RULE_SAME_BITS]), STEPS);
	lab_kunit_expect_clean(test, tally);
}

/* Passing proves that a program leaves the same bits, for a walker that snoops. */
static void same_coherent(struct kunit *test)
{
	same_program(test, true);
}

/* Passing proves the same for one that does not. */
static void same_noncoherent(struct kunit *test)
{
	same_program(test, false);
}

/* One configuration for each family of formats, to be spoiled */
static const struct same_config spoiled_configs[] = {
	{ LAB_V7S, SZ_4K, 32, 32 },
	{ LAB_V7S, SZ_4K, 34, 35, "no-perms,mtk-ext" },
	{ LAB_LPAE_S1, SZ_4K, 48, 48 },
	{ LAB_LPAE_S1, SZ_64K, 52, 48, "ttbr1" },
	{ LAB_LPAE_S2, SZ_4K, 40, 40 },
	{ LAB_MALI, SZ_4K, 48, 40 },
};

KUNIT_ARRAY_PARAM(spoiled, spoiled_configs, same_desc);

/**
 * struct pair - two instances with a page each
 * @kernel:	the kernel's
 * @lab:	the lab's, which is spoiled
 * @tally:	what the comparison finds
 * @wide:	descriptors have 64 bits
 * @last:	the last table that a walk of the lab's tree came to
 * @root:	the first
 */
struct pair {
	struct lab_instance *kernel, *lab;
	struct lab_tally *tally;
	bool wide;
	struct lab_walk_table last, root;
};

static int note_table(void *ctx, const struct lab_walk_table *t)
{
	struct pair *pair = ctx;

	if (t->root)
		pair->root = *t;
	pair->last = *t;
	return 0;
}

static void map_both(struct kunit *test, struct pair *pair, u64 offset)
{
	u64 iova = pair->lab->first + offset;
	size_t pgsize = pair->lab->params.granule;

	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(pair->kernel, iova, SZ_2G, pgsize, 1,
						  IOMMU_READ));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(pair->lab, iova, SZ_2G, pgsize, 1,
						  IOMMU_READ));
}

static struct pair *pair_create(struct kunit *test)
{
	static const struct lab_walk_visitor visitor = { .table = note_table };
	struct pair *pair = kunit_kzalloc(test, sizeof(*pair), GFP_KERNEL);
	struct lab_params p;

	KUNIT_ASSERT_NOT_NULL(test, pair);
	pair->tally = lab_kunit_tally(test);
	same_params(test, test->param_value, true, &p);
	pair->lab = lab_kunit_create(test, &p, pair->tally);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pair->lab);

	p.provider = &lab_provider_kernel;
	if (lab_not_offered(p.format, p.provider, p.allocator))
		p.allocator = NULL;
	pair->kernel = lab_kunit_create(test, &p, pair->tally);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pair->kernel);

	pair->wide = p.format->fmt != ARM_V7S;
	map_both(test, pair, 0);
	KUNIT_ASSERT_EQ(test, 0, lab_instance_walk(pair->lab, &visitor, pair));
	return pair;
}

/* How many differences there are */
static s64 differences(struct kunit *test, struct pair *pair)
{
	atomic64_t *violated = &pair->tally->violated[LAB_RULE_SAME_BITS];
	s64 before = atomic64_read(violated);

	KUNIT_ASSERT_EQ(test, 0, lab_compare(pair->kernel, pair->lab, pair->tally));
	return atomic64_read(violated) - before;
}

static void flip(const struct pair *pair, const struct lab_walk_table *t, u32 i, int bit)
{
	if (pair->wide)
		((u64 *)phys_to_virt(t->pa))[i] ^= BIT_ULL(bit);
	else
		((u32 *)phys_to_virt(t->pa))[i] ^= BIT(bit);
}

/* A difference that a table's first or fifth descriptor has in one bit is one. */
static void expect_bits(struct kunit *test, struct pair *pair, const struct lab_walk_table *t,
			u32 i, u64 bits)
{
	for (int bit = 0; bit < (pair->wide ? 64 : 32); bit++) {
		if (!(bits & BIT_ULL(bit)))
			continue;
		flip(pair, t, i, bit);
		KUNIT_EXPECT_EQ_MSG(test, differences(test, pair), 1, "level %u, bit %d",
				    t->level, bit);
		flip(pair, t, i, bit);
	}
	KUNIT_EXPECT_EQ(test, differences(test, pair), 0);
}

static void pair_destroy(struct kunit *test, struct pair *pair)
{
	lab_kunit_destroy(test, pair->kernel);
	lab_kunit_destroy(test, pair->lab);
	/* What was spoiled was made good before anything else could see it. */
	lab_kunit_expect_only(test, pair->tally, LAB_RULE_SAME_BITS,
			      atomic64_read(&pair->tally->violated[LAB_RULE_SAME_BITS]));
	KUNIT_EXPECT_GT(test, atomic64_read(&pair->tally->violated[LAB_RULE_SAME_BITS]), 0);
}

/* Passing proves that every bit of a page counts, the software's and the address's too. */
static void fires_on_leaf_bits(struct kunit *test)
{
	struct pair *pair = pair_create(test);

	expect_bits(test, pair, &pair->last, 0, ~0ULL);
	pair_destroy(test, pair);
}

/* Passing proves that a page too many counts, whatever it looks like. */
static void fires_on_stray(struct kunit *test)
{
	struct pair *pair = pair_create(test);

	expect_bits(test, pair, &pair->last, 5, ~0ULL);
	pair_destroy(test, pair);
}

/* Passing proves that of a table descriptor all counts but where the table lies. */
static void fires_on_table_bits(struct kunit *test)
{
	struct pair *pair = pair_create(test);
	u64 address = pair->wide ? GENMASK_ULL(47, 12) : GENMASK(31, 10);

	expect_bits(test, pair, &pair->root, 0, ~address & ~BIT_ULL(pair->wide ? 55 : 32));
	pair_destroy(test, pair);
}

/* Passing proves that the mark of a table that has been synced may differ. */
static void passes_over_sw_sync(struct kunit *test)
{
	struct pair *pair = pair_create(test);

	if (!pair->wide)
		kunit_skip(test, "v7s has no such mark");
	flip(pair, &pair->root, 0, 55);
	KUNIT_EXPECT_EQ(test, differences(test, pair), 0);
	flip(pair, &pair->root, 0, 55);
}

/* Passing proves that a table that one has and the other has not counts once. */
static void fires_on_missing_table(struct kunit *test)
{
	struct pair *pair = pair_create(test);
	u64 far = pair->root.span - pair->lab->params.granule;
	u64 iova = pair->lab->first + far;
	size_t pgsize = pair->lab->params.granule;

	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(pair->kernel, iova, SZ_2G, pgsize, 1,
						  IOMMU_READ));
	KUNIT_EXPECT_EQ(test, differences(test, pair), 1);
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(pair->lab, iova, SZ_2G, pgsize, 1,
						  IOMMU_READ));
	KUNIT_EXPECT_EQ(test, differences(test, pair), 0);
	pair_destroy(test, pair);
}

/* Spoil the nth of a format's registers, or make it good again; its name. */

static const char *spoil_v7s(struct io_pgtable_cfg *cfg, int n)
{
	switch (n) {
	case 0:
		cfg->arm_v7s_cfg.ttbr ^= BIT(6);
		return "ttbr";
	case 1:
		cfg->arm_v7s_cfg.prrr ^= 1;
		return "prrr";
	case 2:
		cfg->arm_v7s_cfg.nmrr ^= 1;
		return "nmrr";
	default:
		return NULL;
	}
}

static const char *spoil_s1(struct io_pgtable_cfg *cfg, int n)
{
	switch (n) {
	case 0:
		cfg->arm_lpae_s1_cfg.tcr.ips ^= 1;
		return "tcr.ips";
	case 1:
		cfg->arm_lpae_s1_cfg.tcr.sh ^= 1;
		return "tcr.sh";
	case 2:
		cfg->arm_lpae_s1_cfg.tcr.orgn ^= 1;
		return "tcr.orgn";
	case 3:
		cfg->arm_lpae_s1_cfg.tcr.irgn ^= 1;
		return "tcr.irgn";
	case 4:
		cfg->arm_lpae_s1_cfg.mair ^= 1;
		return "mair";
	default:
		return NULL;
	}
}

static const char *spoil_s2(struct io_pgtable_cfg *cfg, int n)
{
	switch (n) {
	case 0:
		cfg->arm_lpae_s2_cfg.vtcr.ps ^= 1;
		return "vtcr.ps";
	case 1:
		cfg->arm_lpae_s2_cfg.vtcr.sh ^= 1;
		return "vtcr.sh";
	case 2:
		cfg->arm_lpae_s2_cfg.vtcr.orgn ^= 1;
		return "vtcr.orgn";
	case 3:
		cfg->arm_lpae_s2_cfg.vtcr.irgn ^= 1;
		return "vtcr.irgn";
	default:
		return NULL;
	}
}

static const char *spoil_mali(struct io_pgtable_cfg *cfg, int n)
{
	switch (n) {
	case 0:
		cfg->arm_mali_lpae_cfg.transtab ^= BIT(4);
		return "transtab";
	case 1:
		cfg->arm_mali_lpae_cfg.memattr ^= 1;
		return "memattr";
	default:
		return NULL;
	}
}

static const char *spoil(struct pair *pair, int n)
{
	struct io_pgtable_cfg *cfg = &pair->lab->cfg;

	switch (pair->lab->params.format->fmt) {
	case ARM_V7S:
		return spoil_v7s(cfg, n);
	case ARM_64_LPAE_S1:
		return spoil_s1(cfg, n);
	case ARM_64_LPAE_S2:
		return spoil_s2(cfg, n);
	default:
		return spoil_mali(cfg, n);
	}
}

/* Passing proves that each register counts. */
static void fires_on_registers(struct kunit *test)
{
	struct pair *pair = pair_create(test);
	const char *name;

	for (int n = 0; (name = spoil(pair, n)); n++) {
		KUNIT_EXPECT_EQ_MSG(test, differences(test, pair), 1, "%s", name);
		spoil(pair, n);
	}
	KUNIT_EXPECT_EQ(test, differences(test, pair), 0);
	pair_destroy(test, pair);
}

/* Passing proves that a walk that begins at another level counts. */
static void fires_on_start_level(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *kernel, *lab;
	struct lab_params p;

	same_params(test, &(const struct same_config){ LAB_LPAE_S1, SZ_4K, 48, 48 }, true, &p);
	lab = lab_kunit_create(test, &p, tally);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, lab);
	p.ias = 39;
	p.provider = &lab_provider_kernel;
	kernel = lab_kunit_create(test, &p, tally);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, kernel);

	KUNIT_EXPECT_EQ(test, 0, lab_compare(kernel, lab, tally));
	/* The level, ias, and tsz */
	lab_kunit_expect_only(test, tally, LAB_RULE_SAME_BITS, 3);
	lab_kunit_destroy(test, kernel);
	lab_kunit_destroy(test, lab);
}

/* Passing proves that an operation that fails for one alone counts. */
static void fires_on_errno(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_params p;

	same_params(test, &(const struct same_config){ LAB_LPAE_S1, SZ_4K, 48, 48 }, true, &p);
	p.fail_nth = 3;
	KUNIT_EXPECT_EQ(test, -ENOMEM, lab_compare_program(&p, 0, STEPS, tally));
	lab_kunit_expect_only(test, tally, LAB_RULE_SAME_BITS, 1);
}

/* Passing proves that the report's own comparison runs to its end and finds nothing. */
static void formats_are_the_same(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	unsigned int busy = 0;

	lab_kunit_need_low_memory(test);
	if (lab_not_offered(&lab_formats[LAB_LPAE_S1], &lab_provider_kernel, NULL))
		kunit_skip(test, "this kernel has no LPAE");
	KUNIT_EXPECT_EQ(test, 0, lab_compare_formats(tally, &busy));
	KUNIT_EXPECT_EQ(test, 0, busy);
	KUNIT_EXPECT_GT(test, atomic64_read(&tally->checked[LAB_RULE_SAME_BITS]), 0);
	lab_kunit_expect_clean(test, tally);
}

static struct kunit_case same_cases[] = {
	KUNIT_CASE_PARAM(same_coherent, same_gen_params),
	KUNIT_CASE_PARAM(same_noncoherent, same_gen_params),
	LAB_CASES_OF_THE_LAB(fires_on_leaf_bits, spoiled_gen_params),
	LAB_CASES_OF_THE_LAB(fires_on_stray, spoiled_gen_params),
	LAB_CASES_OF_THE_LAB(fires_on_table_bits, spoiled_gen_params),
	LAB_CASES_OF_THE_LAB(passes_over_sw_sync, spoiled_gen_params),
	LAB_CASES_OF_THE_LAB(fires_on_missing_table, spoiled_gen_params),
	LAB_CASES_OF_THE_LAB(fires_on_registers, spoiled_gen_params),
	KUNIT_CASE_SLOW(fires_on_start_level),
	KUNIT_CASE_SLOW(fires_on_errno),
	KUNIT_CASE(formats_are_the_same),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite same_suite = {
	.name		= "lab_same",
	.suite_init	= lab_kunit_print_seed,
	.test_cases	= same_cases,
};

kunit_test_suite(same_suite);

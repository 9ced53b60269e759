// SPDX-License-Identifier: GPL-2.0-only
/*
 * LPAE stage 1: the cases of every format over its configurations, and what
 * only LPAE has.
 */
#include <linux/io.h>
#include <linux/sizes.h>

#include "format_cases.h"

#define LPAE	(&lab_formats[LAB_LPAE_S1])

static const struct lab_config lpae_configs[] = {
	{ "kernel none 48/48", LPAE, &lab_provider_kernel, NULL },
	{ "kernel none 40/40 noncoherent", LPAE, &lab_provider_kernel, NULL, true, 40, 40 },
	{ "kernel slab 48/48", LPAE, &lab_provider_kernel, &lab_slab },
	{ "kernel slab 39/36 noncoherent", LPAE, &lab_provider_kernel, &lab_slab, true, 39, 36 },
	{ "kernel slab 32/32", LPAE, &lab_provider_kernel, &lab_slab, false, 32, 32 },
	{ "kernel slab 42/44 ns", LPAE, &lab_provider_kernel, &lab_slab, false, 42, 44,
	  IO_PGTABLE_QUIRK_ARM_NS },
	{ "lab slab 48/48", LPAE, &lab_provider_lab, &lab_slab },
	{ "lab slab 48/48 noncoherent", LPAE, &lab_provider_lab, &lab_slab, true },
	{ "lab slab 48/48 outer-wbwa", LPAE, &lab_provider_lab, &lab_slab, true, 0, 0,
	  IO_PGTABLE_QUIRK_ARM_OUTER_WBWA },
	{ "lab slab 42/42", LPAE, &lab_provider_lab, &lab_slab, false, 42, 42 },
	{ "lab slab 40/44 ns", LPAE, &lab_provider_lab, &lab_slab, false, 40, 44,
	  IO_PGTABLE_QUIRK_ARM_NS },
	{ "lab slab 39/40", LPAE, &lab_provider_lab, &lab_slab, false, 39, 40 },
	{ "lab slab 36/36", LPAE, &lab_provider_lab, &lab_slab, false, 36, 36 },
	{ "kernel slab 16K granule", LPAE, &lab_provider_kernel, &lab_slab, .granule = SZ_16K },
	{ "lab slab 16K granule", LPAE, &lab_provider_lab, &lab_slab, .granule = SZ_16K },
	{ "lab slab 16K granule 36/36", LPAE, &lab_provider_lab, &lab_slab, true, 36, 36,
	  .granule = SZ_16K },
	{ "kernel slab 64K granule", LPAE, &lab_provider_kernel, &lab_slab, .granule = SZ_64K },
	{ "lab slab 64K granule", LPAE, &lab_provider_lab, &lab_slab, .granule = SZ_64K },
	{ "lab slab 64K granule 42/40", LPAE, &lab_provider_lab, &lab_slab, true, 42, 40,
	  .granule = SZ_64K },
	/* Address spaces no larger than a block: the block must not be offered. */
	{ "kernel slab 30/32", LPAE, &lab_provider_kernel, &lab_slab, false, 30, 32 },
	{ "lab slab 30/32", LPAE, &lab_provider_lab, &lab_slab, false, 30, 32 },
	{ "kernel none 64K granule 52/52", LPAE, &lab_provider_kernel, NULL, false, 52, 52,
	  .granule = SZ_64K },
	{ "lab slab 32/32", LPAE, &lab_provider_lab, &lab_slab, false, 32, 32 },
};

KUNIT_ARRAY_PARAM(lpae, lpae_configs, lab_config_desc);

static struct lab_instance *create_with_one_page(struct kunit *test,
						 struct lab_tally **tally)
{
	static const struct lab_config config = {
		"lab slab", LPAE, &lab_provider_lab, &lab_slab,
	};
	struct lab_instance *inst;

	*tally = lab_kunit_tally(test);
	inst = lab_config_create(test, &config, *tally);
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, 0, SZ_1G, SZ_4K, 1, IOMMU_READ));
	return inst;
}

static u64 *level0(struct lab_instance *inst)
{
	return phys_to_virt(inst->cfg.arm_lpae_s1_cfg.ttbr);
}

/* Passing proves that a page in a 48-bit space takes one table of each level. */
static void lpae_one_table_per_level(struct kunit *test)
{
	struct lab_tally *tally;
	struct lab_instance *inst = create_with_one_page(test, &tally);
	struct lab_answers a;

	KUNIT_EXPECT_EQ(test, lab_ledger_stats(&inst->ledger).live, 4);
	KUNIT_ASSERT_EQ(test, 0, lab_instance_translate(inst, 0, &a));
	KUNIT_EXPECT_EQ(test, a.walk.first_level, 0);
	KUNIT_EXPECT_EQ(test, a.walk.level, 3);
}

/* Passing proves that tree-in-ledger fires for a table that is nobody's. */
static void rule_tree_in_ledger_fires(struct kunit *test)
{
	struct lab_tally *tally;
	struct lab_instance *inst = create_with_one_page(test, &tally);
	u64 *foreign = (void *)__get_free_page(GFP_KERNEL | __GFP_ZERO);

	KUNIT_ASSERT_NOT_NULL(test, foreign);
	level0(inst)[511] = virt_to_phys(foreign) | 3;
	lab_instance_verify(inst);
	level0(inst)[511] = 0;
	free_page((unsigned long)foreign);
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_only(test, tally, LAB_RULE_TREE_IN_LEDGER, 1);
}

/* Passing proves that ledger-in-tree fires for every table of a lost subtree. */
static void rule_ledger_in_tree_fires(struct kunit *test)
{
	struct lab_tally *tally;
	struct lab_instance *inst = create_with_one_page(test, &tally);
	u64 desc = level0(inst)[0];

	level0(inst)[0] = 0;
	lab_instance_verify(inst);
	level0(inst)[0] = desc;
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_only(test, tally, LAB_RULE_LEDGER_IN_TREE, 3);
}

/* Passing proves that tree-sound fires for a block where none may be. */
static void rule_tree_sound_fires_on_level0_block(struct kunit *test)
{
	struct lab_tally *tally;
	struct lab_instance *inst = create_with_one_page(test, &tally);

	level0(inst)[5] = SZ_1G | BIT(10) | 1;
	lab_instance_verify(inst);
	level0(inst)[5] = 0;
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_only(test, tally, LAB_RULE_TREE_SOUND, 1);
}

/* Passing proves that tree-sound fires for a table pointer that leaves RAM. */
static void rule_tree_sound_fires_outside_ram(struct kunit *test)
{
	struct lab_tally *tally;
	struct lab_instance *inst = create_with_one_page(test, &tally);

	level0(inst)[5] = BIT_ULL(46) | 3;
	lab_instance_verify(inst);
	level0(inst)[5] = 0;
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_only(test, tally, LAB_RULE_TREE_SOUND, 1);
}

static struct kunit_case lpae_cases[] = {
	KUNIT_CASE_PARAM(lab_case_sizes_translate, lpae_gen_params),
	KUNIT_CASE_PARAM(lab_case_run_crosses_tables, lpae_gen_params),
	KUNIT_CASE_PARAM(lab_case_ends_of_address_space, lpae_gen_params),
	KUNIT_CASE_PARAM(lab_case_permissions, lpae_gen_params),
	KUNIT_CASE_PARAM(lab_case_overlap_refused, lpae_gen_params),
	KUNIT_CASE_PARAM(lab_case_unmapped_refused, lpae_gen_params),
	KUNIT_CASE_PARAM(lab_case_part_of_block_refused, lpae_gen_params),
	KUNIT_CASE_PARAM(lab_case_bad_requests_refused, lpae_gen_params),
	KUNIT_CASE_PARAM(lab_case_block_over_empty_table, lpae_gen_params),
	KUNIT_CASE_PARAM(lab_case_large_unmap_of_small_pages, lpae_gen_params),
	KUNIT_CASE_PARAM(lab_case_lab_equals_kernel, lpae_gen_params),
	KUNIT_CASE_PARAM(lab_case_concurrent, lpae_gen_params),
	KUNIT_CASE(lpae_one_table_per_level),
	KUNIT_CASE(rule_tree_in_ledger_fires),
	KUNIT_CASE(rule_ledger_in_tree_fires),
	KUNIT_CASE(rule_tree_sound_fires_on_level0_block),
	KUNIT_CASE(rule_tree_sound_fires_outside_ram),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite lpae_suite = {
	.name		= "lab_lpae",
	.test_cases	= lpae_cases,
};

kunit_test_suite(lpae_suite);

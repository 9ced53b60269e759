// SPDX-License-Identifier: GPL-2.0-only
/*
 * LPAE stage 1: the cases of every format over its configurations, and what
 * only LPAE has.
 */
#include <linux/io.h>
#include <linux/sizes.h>

#include "dirty.h"
#include "format_cases.h"

#define LPAE	(&lab_formats[LAB_LPAE_S1])

static bool is_lpae_s1(const struct lab_config *c)
{
	return c->format == LPAE && !(c->quirks & IO_PGTABLE_QUIRK_ARM_TTBR1);
}

LAB_GENERATOR(lpae_s1_all)
{
	return lab_config_next(prev, desc, is_lpae_s1, 1);
}

LAB_GENERATOR(lpae_s1_some)
{
	return lab_config_next(prev, desc, is_lpae_s1, 3);
}

static bool has_dirty(const struct lab_config *c)
{
	return c->format == LPAE && (c->quirks & IO_PGTABLE_QUIRK_ARM_HD);
}

LAB_GENERATOR(dirty_all)
{
	return lab_config_next(prev, desc, has_dirty, 1);
}

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

/*
 * Passing proves that with NO_WARN a conflicting map is an errno and nothing more:
 * these kernels are ones that a WARN panics.  So is an unmap of nothing.
 */
static void lpae_no_warn_is_an_errno(struct kunit *test)
{
	const struct lab_config configs[] = {
		{ "kernel slab no-warn", LPAE, &lab_provider_kernel, &lab_slab,
		  .quirks = IO_PGTABLE_QUIRK_NO_WARN },
		{ "lab slab no-warn", LPAE, &lab_provider_lab, &lab_slab,
		  .quirks = IO_PGTABLE_QUIRK_NO_WARN },
	};

	lab_config_need_quirk(test, "no-warn");
	for (int i = 0; i < ARRAY_SIZE(configs); i++) {
		struct lab_tally *tally = lab_kunit_tally(test);
		struct lab_instance *inst = lab_config_create(test, &configs[i], tally);
		struct io_pgtable_ops *ops = inst->ops;
		struct lab_digest before;
		size_t mapped = 0;

		KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, SZ_2M, SZ_2M, SZ_2M, 1, LAB_RW));
		KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, SZ_8M, SZ_8M, SZ_4K, 1, LAB_RW));
		before = lab_digest(test, inst);

		/* Over the page, into the block, over the block. */
		KUNIT_EXPECT_EQ(test, ops->map_pages(ops, SZ_8M, 0, SZ_4K, 1, LAB_RW, GFP_KERNEL,
						     &mapped), -EEXIST);
		KUNIT_EXPECT_EQ(test, ops->map_pages(ops, SZ_2M + SZ_4K, 0, SZ_4K, 1, LAB_RW,
						     GFP_KERNEL, &mapped), -EEXIST);
		KUNIT_EXPECT_EQ(test, ops->map_pages(ops, SZ_2M, 0, SZ_2M, 1, LAB_RW, GFP_KERNEL,
						     &mapped), -EEXIST);
		KUNIT_EXPECT_EQ(test, mapped, 0);
		KUNIT_EXPECT_EQ(test, ops->unmap_pages(ops, SZ_8M + SZ_4K, SZ_4K, 1, NULL), 0);

		lab_expect_same(test, before, lab_digest(test, inst));
		lab_kunit_destroy(test, inst);
		lab_kunit_expect_clean(test, tally);
	}
}

/* Write to some of what is mapped: pages across a table's end, a block, the last page. */
static void touch_some(struct kunit *test, struct lab_instance *inst, size_t small, size_t large)
{
	u64 first = inst->first;

	KUNIT_ASSERT_EQ(test, 0, lab_instance_touch(inst, first + small));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_touch(inst, first + large - 1));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_touch(inst, first + large));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_touch(inst, first + 4 * large + large / 2));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_touch(inst, inst->last));
}

/*
 * Passing proves that the dirty state of pages and blocks is told and cleared exactly, in
 * all of them and in a range from one table into the next; what may not be written is
 * never dirty.
 */
static void lpae_dirty_is_exact(struct kunit *test)
{
	struct lab_tally *tally;
	struct lab_instance *inst = lab_case_create(test, &tally);
	size_t small = lab_smallest_page(inst), large = lab_larger_page(inst, small);
	u64 first = inst->first, last = inst->last + 1 - small;
	const char *why = lab_instance_no_dirty(inst);

	if (why)
		kunit_skip(test, "%s", why);
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, first, 0, small, 3, LAB_RW));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, first + 4 * small, 0, small, 1,
						  IOMMU_READ));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, first + large - 2 * small, 0, small, 4,
						  LAB_RW));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, first + 4 * large, 0, large, 2, LAB_RW));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, last, 0, small, 1, LAB_RW));
	/* Made dirty: the state begins there. */
	KUNIT_EXPECT_EQ(test, 0, lab_instance_read_all_dirty(inst, true, NULL, NULL));

	touch_some(test, inst, small, large);
	KUNIT_EXPECT_EQ(test, -EACCES, lab_instance_touch(inst, first + 4 * small));
	KUNIT_EXPECT_EQ(test, 0, lab_instance_read_all_dirty(inst, false, NULL, NULL));
	KUNIT_EXPECT_EQ(test, 0, lab_instance_read_dirty(inst, first + large - small, 2 * small,
							 true, NULL, NULL));
	KUNIT_EXPECT_EQ(test, 0, lab_instance_read_all_dirty(inst, true, NULL, NULL));
	KUNIT_EXPECT_GT(test, atomic64_read(&tally->checked[LAB_RULE_DIRTY_EXACT]), 20);
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
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

	/* The tables stay, with nothing in the last of them. */
	KUNIT_ASSERT_EQ(test, 0, lab_instance_unmap(inst, 0, SZ_4K, 1));
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

static struct kunit_case lpae_s1_cases[] = {
	KUNIT_CASE_PARAM(lab_case_sizes_translate, lpae_s1_all),
	KUNIT_CASE_PARAM(lab_case_run_crosses_tables, lpae_s1_all),
	KUNIT_CASE_PARAM(lab_case_blocks_cross_tables, lpae_s1_all),
	KUNIT_CASE_PARAM(lab_case_ends_of_address_space, lpae_s1_all),
	KUNIT_CASE_PARAM(lab_case_permissions, lpae_s1_all),
	KUNIT_CASE_PARAM(lab_case_block_over_empty_table, lpae_s1_all),
	KUNIT_CASE_PARAM(lab_case_large_unmap_of_small_pages, lpae_s1_all),
	KUNIT_CASE_PARAM(lab_case_atomic, lpae_s1_all),
	KUNIT_CASE_PARAM(lab_case_overlap_refused, lpae_s1_some),
	KUNIT_CASE_PARAM(lab_case_unmapped_refused, lpae_s1_some),
	KUNIT_CASE_PARAM(lab_case_part_of_block, lpae_s1_some),
	KUNIT_CASE_PARAM(lab_case_split_keeps, lpae_s1_some),
	KUNIT_CASE_PARAM(lab_case_bad_requests_refused, lpae_s1_some),
	KUNIT_CASE_PARAM(lpae_dirty_is_exact, dirty_all),
	KUNIT_CASE(lpae_one_table_per_level),
	KUNIT_CASE(lpae_no_warn_is_an_errno),
	KUNIT_CASE(rule_tree_in_ledger_fires),
	KUNIT_CASE(rule_ledger_in_tree_fires),
	KUNIT_CASE(rule_tree_sound_fires_on_level0_block),
	KUNIT_CASE(rule_tree_sound_fires_outside_ram),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite lpae_s1_suite = {
	.name		= "lab_lpae_s1",
	.test_cases	= lpae_s1_cases,
};

kunit_test_suite(lpae_s1_suite);

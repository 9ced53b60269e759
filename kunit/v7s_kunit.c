// SPDX-License-Identifier: GPL-2.0-only
/*
 * v7s: the cases of every format over v7s configurations, and what only v7s
 * has.
 */
#include <linux/io.h>
#include <linux/sizes.h>

#include "format_cases.h"

#define V7S	(&lab_formats[LAB_V7S])

static bool is_v7s(const struct lab_config *c)
{
	return c->format == V7S;
}

LAB_GENERATOR(v7s_all)
{
	return lab_config_next(prev, desc, is_v7s, 1);
}

LAB_GENERATOR(v7s_some)
{
	return lab_config_next(prev, desc, is_v7s, 3);
}

/* The L1 as the CPU sees it; bits 31:14 of the TTBR (DDI0406C B4.1.154). */
static u32 *level1(struct lab_instance *inst)
{
	return phys_to_virt(inst->cfg.arm_v7s_cfg.ttbr & GENMASK(31, 14));
}

static struct lab_instance *create_with_one_page(struct kunit *test,
						 struct lab_tally **tally)
{
	static const struct lab_config config = {
		"lab slab", V7S, &lab_provider_lab, &lab_slab,
	};
	struct lab_instance *inst;

	*tally = lab_kunit_tally(test);
	inst = lab_config_create(test, &config, *tally);
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, SZ_1M, SZ_1G, SZ_4K, 1, IOMMU_READ));
	return inst;
}

/* Passing proves that L1 has 16 KB and L2 1 KB, and both come from the hooks. */
static void v7s_table_sizes(struct kunit *test)
{
	struct lab_tally *tally;
	struct lab_instance *inst = create_with_one_page(test, &tally);
	struct lab_table_record rec;

	KUNIT_EXPECT_EQ(test, lab_ledger_stats(&inst->ledger).live, 2);
	KUNIT_ASSERT_TRUE(test, lab_ledger_find(&inst->ledger, virt_to_phys(level1(inst)), &rec));
	KUNIT_EXPECT_EQ(test, rec.size, SZ_16K);
	KUNIT_EXPECT_EQ(test, rec.level, 1);
	KUNIT_ASSERT_TRUE(test, lab_ledger_find(&inst->ledger,
						level1(inst)[1] & GENMASK(31, 10), &rec));
	KUNIT_EXPECT_EQ(test, rec.size, SZ_1K);
	KUNIT_EXPECT_EQ(test, rec.level, 2);
}

/* Passing proves that tree-in-ledger fires for a table that is nobody's. */
static void rule_tree_in_ledger_fires(struct kunit *test)
{
	struct lab_tally *tally;
	struct lab_instance *inst = create_with_one_page(test, &tally);
	u32 *foreign = (void *)__get_free_page(GFP_KERNEL | GFP_DMA32 | __GFP_ZERO);

	KUNIT_ASSERT_NOT_NULL(test, foreign);
	level1(inst)[7] = (u32)virt_to_phys(foreign) | 1;
	lab_instance_verify(inst);
	level1(inst)[7] = 0;
	free_page((unsigned long)foreign);
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_only(test, tally, LAB_RULE_TREE_IN_LEDGER, 1);
}

/* Passing proves that ledger-in-tree fires for a table that was unhooked. */
static void rule_ledger_in_tree_fires(struct kunit *test)
{
	struct lab_tally *tally;
	struct lab_instance *inst = create_with_one_page(test, &tally);
	u32 desc = level1(inst)[1];

	/* The table stays, with nothing in it. */
	KUNIT_ASSERT_EQ(test, 0, lab_instance_unmap(inst, SZ_1M, SZ_4K, 1));
	level1(inst)[1] = 0;
	lab_instance_verify(inst);
	level1(inst)[1] = desc;
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_only(test, tally, LAB_RULE_LEDGER_IN_TREE, 1);
}

/* Passing proves that tree-sound fires for a table pointer that leaves RAM. */
static void rule_tree_sound_fires_outside_ram(struct kunit *test)
{
	struct lab_tally *tally;
	struct lab_instance *inst = create_with_one_page(test, &tally);

	/* The first megabyte is flash on QEMU's virt, and RAM on no arm64 machine here. */
	level1(inst)[9] = SZ_1K | 1;
	lab_instance_verify(inst);
	level1(inst)[9] = 0;
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_only(test, tally, LAB_RULE_TREE_SOUND, 1);
}

/* Passing proves that contiguous-whole fires for a supersection of 15 entries. */
static void rule_contiguous_whole_fires(struct kunit *test)
{
	struct lab_tally *tally;
	struct lab_instance *inst = create_with_one_page(test, &tally);
	u32 desc;

	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, SZ_16M, SZ_16M, SZ_16M, 1, IOMMU_READ));
	desc = level1(inst)[16 + 15];
	level1(inst)[16 + 15] = 0;
	lab_instance_verify(inst);
	level1(inst)[16 + 15] = desc;
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_only(test, tally, LAB_RULE_CONTIGUOUS_WHOLE, 1);
}

static const struct lab_config kernel_v7s = {
	"kernel none", V7S, &lab_provider_kernel, NULL,
};

/*
 * Passing proves that a second live kernel v7s is refused exactly where it
 * would make the kernel complain of its cache's name.
 */
static void v7s_one_kernel_instance_where_caches_differ(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *first = lab_config_create(test, &kernel_v7s, tally);
	struct lab_instance *second;
	struct lab_params p = first->params;

	strscpy(p.name, "second", sizeof(p.name));
	second = lab_kunit_create(test, &p, tally);
	if (IS_ENABLED(CONFIG_DEBUG_VM) || IS_ENABLED(CONFIG_KASAN_GENERIC))
		KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(second), -EBUSY);
	else
		KUNIT_EXPECT_TRUE(test, !IS_ERR(second) || second == ERR_PTR(-EBUSY));

	/* When the first is gone there is room again. */
	lab_kunit_destroy(test, first);
	if (!IS_ERR(second))
		lab_kunit_destroy(test, second);
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, lab_kunit_create(test, &p, tally));
}

/* Passing proves that as many lab instances live side by side as one likes. */
static void v7s_many_at_once(struct kunit *test)
{
	static const struct lab_config config = {
		"lab slab", V7S, &lab_provider_lab, &lab_slab,
	};
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst[16];

	for (int i = 0; i < ARRAY_SIZE(inst); i++) {
		inst[i] = lab_config_create(test, &config, tally);
		KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst[i], SZ_1M, (i + 1) * SZ_1M,
							  SZ_4K, 4, IOMMU_READ));
	}
	for (int i = 0; i < ARRAY_SIZE(inst); i++)
		KUNIT_EXPECT_EQ(test, inst[i]->ops->iova_to_phys(inst[i]->ops, SZ_1M + 42),
				(i + 1) * SZ_1M + 42);
	for (int i = 0; i < ARRAY_SIZE(inst); i++)
		lab_kunit_destroy(test, inst[i]);
	lab_kunit_expect_clean(test, tally);
}

static void forbid_warn(void *unused)
{
	lab_allow_warn = false;
}

/*
 * Passing proves that the knob lets through what is otherwise foreseen: the
 * answers are the provider's own, and the model follows them.
 */
static void knob_lets_operations_through(struct kunit *test)
{
	struct lab_tally *tally;
	struct lab_instance *inst = create_with_one_page(test, &tally);

	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, SZ_2M, SZ_4K, 1), -ENOENT);
	lab_allow_warn = true;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, forbid_warn, NULL));

	/* Nothing there: the provider unmaps nothing. */
	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, SZ_2M, SZ_4K, 1), -EIO);
	/* Half there: what was mapped is gone, and the model knows it. */
	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, SZ_1M, SZ_4K, 2), -EIO);
	KUNIT_EXPECT_FALSE(test, lab_model_overlaps(&inst->model, SZ_1M, SZ_4K));
	/* An overlap half way: what was mapped of it is unmapped again. */
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, SZ_1M + SZ_4K, 0, SZ_4K, 1, IOMMU_READ));
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, SZ_1M, SZ_1M, SZ_4K, 2, IOMMU_READ), -EEXIST);
	KUNIT_EXPECT_FALSE(test, lab_model_overlaps(&inst->model, SZ_1M, SZ_4K));
	KUNIT_EXPECT_EQ(test, inst->ops->iova_to_phys(inst->ops, SZ_1M), 0);

	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

static struct kunit_case v7s_cases[] = {
	KUNIT_CASE_PARAM(lab_case_sizes_translate, v7s_all),
	KUNIT_CASE_PARAM(lab_case_run_crosses_tables, v7s_all),
	KUNIT_CASE_PARAM(lab_case_blocks_cross_tables, v7s_all),
	KUNIT_CASE_PARAM(lab_case_ends_of_address_space, v7s_all),
	KUNIT_CASE_PARAM(lab_case_permissions, v7s_all),
	KUNIT_CASE_PARAM(lab_case_block_over_empty_table, v7s_all),
	KUNIT_CASE_PARAM(lab_case_large_unmap_of_small_pages, v7s_all),
	KUNIT_CASE_PARAM(lab_case_atomic, v7s_all),
	KUNIT_CASE_PARAM(lab_case_overlap_refused, v7s_some),
	KUNIT_CASE_PARAM(lab_case_unmapped_refused, v7s_some),
	KUNIT_CASE_PARAM(lab_case_part_of_block, v7s_some),
	KUNIT_CASE_PARAM(lab_case_split_keeps, v7s_all),
	KUNIT_CASE_PARAM(lab_case_bad_requests_refused, v7s_some),
	KUNIT_CASE(v7s_table_sizes),
	KUNIT_CASE(v7s_one_kernel_instance_where_caches_differ),
	KUNIT_CASE(v7s_many_at_once),
	KUNIT_CASE(knob_lets_operations_through),
	KUNIT_CASE(rule_tree_in_ledger_fires),
	KUNIT_CASE(rule_ledger_in_tree_fires),
	KUNIT_CASE(rule_tree_sound_fires_outside_ram),
	KUNIT_CASE(rule_contiguous_whole_fires),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite v7s_suite = {
	.name		= "lab_v7s",
	.test_cases	= v7s_cases,
};

kunit_test_suite(v7s_suite);

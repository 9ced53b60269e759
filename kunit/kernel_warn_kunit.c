// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the running kernel's page tables refuse with a WARN: that they do refuse it, with
 * the right number, and that nothing changes.
 *
 * For a guest that a WARN does not panic (parameter kernel_warn); everywhere else such
 * requests are foreseen and left out.  That it does WARN is for the runner to see.
 */
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/sizes.h>

#include "format_cases.h"

static bool kernel_warn;
module_param(kernel_warn, bool, 0444);
MODULE_PARM_DESC(kernel_warn, "ask the kernel's page tables for what they WARN of");

/* The format's default and one in the upper half, each for whoever of its kind. */
static const struct lab_config warn_configs[] = {
	{ "v7s", &lab_formats[LAB_V7S], &lab_provider_kernel },
	{ "v7s mtk", &lab_formats[LAB_V7S], &lab_provider_kernel, .ias = 33, .oas = 34,
	  .quirks = IO_PGTABLE_QUIRK_ARM_MTK_EXT | IO_PGTABLE_QUIRK_NO_PERMS },
	{ "lpae-s1", &lab_formats[LAB_LPAE_S1], &lab_provider_kernel, &lab_slab },
	{ "lpae-s1 39/36", &lab_formats[LAB_LPAE_S1], &lab_provider_kernel, &lab_slab,
	  .ias = 39, .oas = 36 },
	{ "lpae-s1 ttbr1", &lab_formats[LAB_LPAE_S1], &lab_provider_kernel, &lab_slab,
	  .quirks = IO_PGTABLE_QUIRK_ARM_TTBR1 },
	{ "lpae-s2", &lab_formats[LAB_LPAE_S2], &lab_provider_kernel, &lab_slab },
	{ "mali", &lab_formats[LAB_MALI], &lab_provider_kernel, &lab_slab },
};

KUNIT_ARRAY_PARAM(warn, warn_configs, lab_config_desc);

/**
 * struct victim - an instance with two pages and a block in it
 * @inst:	the instance
 * @ops:	its page table
 * @tally:	its rules
 * @iova:	of the pages; the block is at twice its size from the first address on
 * @small:	page size in bytes
 * @large:	block size in bytes
 * @before:	what a walk found before it was asked
 */
struct victim {
	struct lab_instance *inst;
	struct io_pgtable_ops *ops;
	struct lab_tally *tally;
	u64 iova;
	size_t small, large;
	struct lab_digest before;
};

static struct victim create(struct kunit *test)
{
	struct victim v = {};

	if (!kernel_warn)
		kunit_skip(test, "for a guest that a WARN does not panic: kernel_warn=1");
	v.inst = lab_case_create(test, &v.tally);
	v.ops = v.inst->ops;
	v.small = lab_smallest_page(v.inst);
	v.large = lab_table_reach(v.inst);
	v.iova = v.inst->first + v.small;
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(v.inst, v.iova, SZ_1M, v.small, 2, LAB_RW));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(v.inst, v.inst->first + 2 * v.large, v.large,
						  v.large, 1, LAB_RW));
	v.before = lab_digest(test, v.inst);
	return v;
}

static void done(struct kunit *test, struct victim *v)
{
	lab_expect_same(test, v->before, lab_digest(test, v->inst));
	lab_kunit_destroy(test, v->inst);
	lab_kunit_expect_clean(test, v->tally);
}

static void expect_map(struct kunit *test, struct victim *v, u64 iova, u64 pa, size_t pgsize,
		       int ret)
{
	size_t mapped = 0;
	int got = v->ops->map_pages(v->ops, iova, pa, pgsize, 1, LAB_RW, GFP_KERNEL, &mapped);

	lab_check(v->tally, LAB_RULE_REFUSED_UNCHANGED, got == ret && !mapped,
		  "map of %#zx bytes at %#llx to %#llx: %pe and %zu bytes, %pe is due", pgsize,
		  iova, pa, ERR_PTR(got), mapped, ERR_PTR(ret));
}

static void expect_unmap(struct kunit *test, struct victim *v, u64 iova, size_t pgsize,
			 size_t count)
{
	struct iommu_iotlb_gather gather;
	size_t got;

	iommu_iotlb_gather_init(&gather);
	got = v->ops->unmap_pages(v->ops, iova, pgsize, count, &gather);
	lab_check(v->tally, LAB_RULE_REFUSED_UNCHANGED, !got,
		  "unmap of %zu times %#zx bytes at %#llx: %zu bytes", count, pgsize, iova, got);
	KUNIT_EXPECT_GT(test, gather.start, gather.end);
}

/* Passing proves that nothing is mapped over what is mapped, by page or block. */
static void map_over_is_refused(struct kunit *test)
{
	struct victim v = create(test);
	u64 block = v.inst->first + 2 * v.large;

	expect_map(test, &v, v.iova, 0, v.small, -EEXIST);
	expect_map(test, &v, v.iova + v.small, 0, v.small, -EEXIST);
	expect_map(test, &v, block, 0, v.large, -EEXIST);
	expect_map(test, &v, block, 0, v.small, -EEXIST);
	expect_map(test, &v, block + v.large - v.small, 0, v.small, -EEXIST);
	done(test, &v);
}

/* Passing proves that what is not there is not unmapped, nor what comes after it. */
static void unmap_of_nothing_is_refused(struct kunit *test)
{
	struct victim v = create(test);

	expect_unmap(test, &v, v.iova - v.small, v.small, 1);
	expect_unmap(test, &v, v.iova - v.small, v.small, 3);
	expect_unmap(test, &v, v.iova + 2 * v.small, v.small, 1);
	expect_unmap(test, &v, v.inst->first + v.large, v.large, 2);
	expect_unmap(test, &v, v.inst->last - v.small + 1, v.small, 1);
	done(test, &v);
}

/* Passing proves that input addresses beyond the space are refused, from its end on. */
static void beyond_input_is_refused(struct kunit *test)
{
	struct victim v = create(test);
	bool upper = v.inst->last == U64_MAX;
	u64 next = upper ? v.inst->first - v.small : v.inst->last + 1;
	u64 far = upper ? v.small : v.inst->last + 1 + v.small;

	expect_map(test, &v, next, 0, v.small, -ERANGE);
	expect_map(test, &v, far, 0, v.small, -ERANGE);
	expect_map(test, &v, BIT_ULL(62) + v.small, 0, v.small, -ERANGE);
	expect_unmap(test, &v, next, v.small, 1);
	expect_unmap(test, &v, far, v.small, 1);
	expect_unmap(test, &v, BIT_ULL(62) + v.small, v.small, 1);
	done(test, &v);
}

/* Passing proves that output addresses beyond the format's are refused. */
static void beyond_output_is_refused(struct kunit *test)
{
	struct victim v = create(test);
	u64 iova = v.iova + 4 * v.small, end = BIT_ULL(v.inst->cfg.oas);

	expect_map(test, &v, iova, end, v.small, -ERANGE);
	expect_map(test, &v, iova, end + SZ_1G, v.small, -ERANGE);
	expect_map(test, &v, iova, BIT_ULL(62), v.small, -ERANGE);
	done(test, &v);
}

/* Passing proves that LPAE looks at page sizes, and at how many pages are unmapped. */
static void no_page_size_is_refused(struct kunit *test)
{
	struct victim v = create(test);

	if (v.inst->params.format->fmt == ARM_V7S)
		kunit_skip(test, "v7s relies on its caller");
	expect_map(test, &v, v.iova + 4 * v.small, 0, 0, -EINVAL);
	expect_map(test, &v, SZ_64K | v.inst->first, 0, SZ_8K, -EINVAL);
	expect_map(test, &v, SZ_64K | v.inst->first, 0, SZ_64K, -EINVAL);
	expect_unmap(test, &v, v.iova, 0, 1);
	expect_unmap(test, &v, v.iova, SZ_64K, 1);
	expect_unmap(test, &v, v.iova, v.small, 0);
	done(test, &v);
}

/* Passing proves that an unmap ends before the first page that is not there. */
static void unmap_ends_at_a_hole(struct kunit *test)
{
	struct victim v = create(test);
	struct iommu_iotlb_gather gather;

	iommu_iotlb_gather_init(&gather);
	lab_check(v.tally, LAB_RULE_MAPPED_EXACT,
		  v.ops->unmap_pages(v.ops, v.iova, v.small, 3, &gather) == 2 * v.small,
		  "an unmap of three pages, two of which are there, says otherwise");
	lab_instance_was_unmapped(v.inst, v.iova, 2 * v.small);
	KUNIT_EXPECT_EQ(test, lab_digest(test, v.inst).leaves, v.before.leaves - 2);
	lab_kunit_destroy(test, v.inst);
	lab_kunit_expect_clean(test, v.tally);
}

/* Passing proves that no part of a block is unmapped, on kernels that split none. */
static void part_of_block_is_refused(struct kunit *test)
{
	struct victim v = create(test);
	u64 block = v.inst->first + 2 * v.large;

	if (lab_provider_splits(&lab_provider_kernel))
		kunit_skip(test, "this kernel splits blocks");
	expect_unmap(test, &v, block, v.small, 1);
	expect_unmap(test, &v, block + v.large - v.small, v.small, 1);
	expect_unmap(test, &v, block, v.small, v.large / v.small);
	done(test, &v);
}

static void expect_dirty(struct kunit *test, struct victim *v, u64 iova, size_t bytes)
{
	struct iommu_iotlb_gather gather;
	struct iommu_dirty_bitmap dirty;
	int ret;

	iommu_iotlb_gather_init(&gather);
	iommu_dirty_bitmap_init(&dirty, NULL, &gather);
	ret = v->ops->read_and_clear_dirty(v->ops, iova, bytes, 0, &dirty);
	lab_check(v->tally, LAB_RULE_DIRTY_EXACT, ret == -EINVAL,
		  "dirty state of %#zx bytes at %#llx: %pe, %pe is due", bytes, iova, ERR_PTR(ret),
		  ERR_PTR(-EINVAL));
}

/* Passing proves that the dirty state of what is not there, or no range, is refused. */
static void dirty_state_is_refused(struct kunit *test)
{
	struct victim v = create(test);

	if (v.inst->params.format->fmt != ARM_64_LPAE_S1 ||
	    v.inst->params.quirks & IO_PGTABLE_QUIRK_ARM_TTBR1)
		kunit_skip(test, "stage 1 of the lower half has it");
	expect_dirty(test, &v, v.iova, 0);
	expect_dirty(test, &v, v.inst->last + 1, v.small);
	expect_dirty(test, &v, v.inst->last + 1 - v.small, 2 * v.small);
	expect_dirty(test, &v, v.inst->first + 3 * v.large, v.large);
	done(test, &v);
}

static struct kunit_case warn_cases[] = {
	KUNIT_CASE_PARAM(map_over_is_refused, warn_gen_params),
	KUNIT_CASE_PARAM(unmap_of_nothing_is_refused, warn_gen_params),
	KUNIT_CASE_PARAM(beyond_input_is_refused, warn_gen_params),
	KUNIT_CASE_PARAM(beyond_output_is_refused, warn_gen_params),
	KUNIT_CASE_PARAM(no_page_size_is_refused, warn_gen_params),
	KUNIT_CASE_PARAM(unmap_ends_at_a_hole, warn_gen_params),
	KUNIT_CASE_PARAM(part_of_block_is_refused, warn_gen_params),
	KUNIT_CASE_PARAM(dirty_state_is_refused, warn_gen_params),
	{}
};

static struct kunit_suite warn_suite = {
	.name		= "lab_kernel_warn",
	.test_cases	= warn_cases,
};

kunit_test_suite(warn_suite);

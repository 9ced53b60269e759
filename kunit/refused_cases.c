// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cases that hold for every format: what makes no sense is refused, and changes
 * nothing.
 */
#include <linux/sizes.h>

#include "format_cases.h"

/* Passing proves that mapping over what is mapped is refused and changes nothing. */
void lab_case_overlap_refused(struct kunit *test)
{
	struct lab_tally *tally;
	struct lab_instance *inst = lab_case_create(test, &tally);
	size_t small = lab_smallest_page(inst), large = lab_larger_page(inst, small);
	u64 block = inst->first + 4 * large, pages = inst->first + 6 * large;
	struct lab_digest before;

	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, block, large, large, 1, LAB_RW));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, pages, large, small, 2, LAB_RW));
	before = lab_digest(test, inst);

	/* Over all of it, over its last page, from before into it, a block over pages. */
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, block, 0, large, 1, LAB_RW), -EEXIST);
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, block + large - small, 0, small, 1, LAB_RW),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, block - 2 * small, 0, small, 3, LAB_RW),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, pages, 0, large, 1, LAB_RW), -EEXIST);

	lab_expect_same(test, before, lab_digest(test, inst));
	lab_expect_run(test, inst, block, large, large, 1);
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

/* Passing proves that unmapping what is not all mapped is refused. */
void lab_case_unmapped_refused(struct kunit *test)
{
	struct lab_tally *tally;
	struct lab_instance *inst = lab_case_create(test, &tally);
	size_t small = lab_smallest_page(inst);
	u64 iova = inst->first + SZ_1M;
	struct lab_digest before;

	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, iova, SZ_1M, small, 4, LAB_RW));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_unmap(inst, iova + small, small, 1));
	before = lab_digest(test, inst);

	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, iova + SZ_1M, small, 1), -ENOENT);
	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, iova + small, small, 1), -ENOENT);
	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, iova, small, 4), -ENOENT);
	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, iova + 3 * small, small, 2), -ENOENT);

	lab_expect_same(test, before, lab_digest(test, inst));
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

/* The first page of one block, and the last of another, page by page. */
static void expect_split(struct kunit *test, struct lab_instance *inst, u64 iova, size_t small,
			 size_t large)
{
	size_t left = large / small - 1;

	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, iova, small, 1), 0);
	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, iova + 2 * large - small, small, 1), 0);
	lab_instance_verify(inst);
	/* What is not there any more cannot go again, nor the block as a whole. */
	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, iova, small, 1), -ENOENT);
	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, iova, large, 1), -ENOENT);
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, iova, 2 * small, small, 1, LAB_RW), 0);
	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, iova, small, 1), 0);
	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, iova + small, small, left), 0);
	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, iova + large, small, left), 0);
}

/*
 * Passing proves that no block is split, whichever part of it is named; or that the
 * rest of it stays, where the running kernel splits blocks.
 */
void lab_case_part_of_block(struct kunit *test)
{
	struct lab_tally *tally;
	struct lab_instance *inst = lab_case_create(test, &tally);
	size_t small = lab_smallest_page(inst), large = lab_larger_page(inst, small);
	u64 iova = inst->first + 8 * large;
	struct lab_digest before;

	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, iova, large, large, 2, LAB_RW));
	before = lab_digest(test, inst);

	if (lab_provider_splits(inst->params.provider)) {
		expect_split(test, inst, iova, small, large);
		lab_kunit_destroy(test, inst);
		lab_kunit_expect_clean(test, tally);
		return;
	}
	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, iova, small, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, iova + large - small, small, 2), -EINVAL);
	/* All of it, but page by page: the writers see only the pages. */
	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, iova, small, large / small), -EINVAL);

	lab_expect_same(test, before, lab_digest(test, inst));
	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, iova, large, 2), 0);
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

/*
 * Passing proves that what is left of a block that is split has the rights and the
 * memory type that the block had, of every combination of flags, and leads where it did.
 */
void lab_case_split_keeps(struct kunit *test)
{
	const int all = LAB_RW | IOMMU_CACHE | IOMMU_NOEXEC | IOMMU_MMIO | IOMMU_PRIV;
	struct lab_tally *tally;
	struct lab_instance *inst = lab_case_create(test, &tally);
	size_t small = lab_smallest_page(inst), large = lab_larger_page(inst, small);
	u64 iova = inst->first, pa = ALIGN_DOWN(BIT_ULL(inst->cfg.oas) - SZ_1G, large);

	if (!lab_provider_splits(inst->params.provider))
		kunit_skip(test, "blocks are not split here");
	for (int prot = 1; prot <= all && inst->last - iova >= large; prot++) {
		if (prot & ~all || !(prot & LAB_RW))
			continue;
		KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, iova, pa, large, 1, prot));
		KUNIT_ASSERT_EQ(test, 0, lab_instance_unmap(inst, iova + small, small, 2));
		iova += large;
	}
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

/* The first address behind the space, or the one before it where 64 bits end there. */
static u64 outside(const struct lab_instance *inst, size_t pgsize)
{
	return inst->last == U64_MAX ? inst->first - pgsize : inst->last + 1;
}

static void expect_beyond(struct kunit *test, struct lab_instance *inst)
{
	size_t small = lab_smallest_page(inst);
	u64 oas = BIT_ULL(inst->cfg.oas), first = inst->first;
	u64 out = outside(inst, small), last = inst->last + 1 - small;

	/* Outside, across the end, and so far that sums overflow. */
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, out, 0, small, 1, LAB_RW), -ERANGE);
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, last, 0, small, 2, LAB_RW), -ERANGE);
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, first, oas, small, 1, LAB_RW), -ERANGE);
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, first, oas - small, small, 2, LAB_RW),
			-ERANGE);
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, first, 0, small, SIZE_MAX, LAB_RW), -ERANGE);
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, first, U64_MAX - small + 1, small, 1, LAB_RW),
			-ERANGE);
	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, out, small, 1), -ERANGE);
	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, last, small, 2), -ERANGE);

	/* Within the space, but more than is taken at a time. */
	if (inst->cfg.ias >= 40 && inst->cfg.oas >= 40)
		KUNIT_EXPECT_EQ(test, lab_instance_map(inst, first, 0, small, BIT(22) + 1,
						       LAB_RW), -E2BIG);
}

/* Passing proves that each kind of bad request has its errno and no effect. */
void lab_case_bad_requests_refused(struct kunit *test)
{
	struct lab_tally *tally;
	struct lab_instance *inst = lab_case_create(test, &tally);
	unsigned long all = inst->cfg.pgsize_bitmap;
	size_t small = lab_smallest_page(inst);
	u64 first = inst->first;
	struct lab_digest before = lab_digest(test, inst);

	/* Page sizes that are none. */
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, first, 0, 0, 1, LAB_RW), -EINVAL);
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, first, 0, SZ_8K, 1, LAB_RW), -EINVAL);
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, first, 0, all, 1, LAB_RW), -EINVAL);
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, first, 0, small, 0, LAB_RW), -EINVAL);
	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, first, SZ_8K, 1), -EINVAL);
	/* Misaligned. */
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, first + small / 2, 0, small, 1, LAB_RW),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, first, small / 2, small, 1, LAB_RW), -EINVAL);
	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, first + small / 2, small, 1), -EINVAL);
	/* No access at all. */
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, first, 0, small, 1, IOMMU_CACHE), -EINVAL);
	expect_beyond(test, inst);

	lab_expect_same(test, before, lab_digest(test, inst));
	KUNIT_EXPECT_GE(test, atomic64_read(&inst->stats.refused), 17);
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

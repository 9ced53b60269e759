// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cases that hold for every format: what is mapped is there, for every reader, and
 * nothing else is.  Their parameter is a struct lab_config.
 */
#include <linux/sizes.h>

#include "format_cases.h"

/* Of a long run so many pages are looked at. */
#define LOOKS	48

/**
 * lab_case_create() - the instance that a case is about
 * @test:	the test, whose parameter is its configuration
 * @tally:	set to a tally of the test's own, which sees its rules
 *
 * Context: Process.
 * Return: the instance; it goes with the test.
 */
struct lab_instance *lab_case_create(struct kunit *test, struct lab_tally **tally)
{
	*tally = lab_kunit_tally(test);
	return lab_config_create(test, test->param_value, *tally);
}

/**
 * lab_smallest_page() - the smallest page size
 * @inst:	the instance
 *
 * Context: Any.
 * Return: bytes.
 */
size_t lab_smallest_page(const struct lab_instance *inst)
{
	return inst->cfg.pgsize_bitmap & -inst->cfg.pgsize_bitmap;
}

/**
 * lab_larger_page() - the page size above another
 * @inst:	the instance
 * @pgsize:	the other, in bytes
 *
 * Context: Any.
 * Return: bytes, or 0 for the largest.
 */
size_t lab_larger_page(const struct lab_instance *inst, size_t pgsize)
{
	unsigned long above = inst->cfg.pgsize_bitmap & ~(2 * pgsize - 1);

	return above & -above;
}

/**
 * lab_table_reach() - what a table of the smallest pages resolves
 * @inst:	the instance
 *
 * Context: Any.
 * Return: a block's size in bytes.
 */
size_t lab_table_reach(const struct lab_instance *inst)
{
	return inst->params.format->fmt == ARM_V7S ? SZ_1M :
	       lab_larger_page(inst, lab_smallest_page(inst));
}

/* How far the input space goes beyond its first address; 0 for all of 64 bits. */
static u64 space(const struct lab_instance *inst)
{
	return BIT_ULL(inst->cfg.ias);
}

/* Output addresses as far up as the format reaches; the buffers are nobody's. */
static u64 high_pa(const struct lab_instance *inst, size_t pgsize)
{
	return ALIGN_DOWN(BIT_ULL(inst->cfg.oas) - SZ_1G, pgsize);
}

/**
 * lab_expect_at() - all readers say the same of an input address
 * @test:	the test
 * @inst:	the instance
 * @iova:	the address
 * @pa:		what it is mapped to, 0 where it is not
 *
 * Context: Process.
 */
void lab_expect_at(struct kunit *test, struct lab_instance *inst, u64 iova, u64 pa)
{
	struct lab_answers a;

	KUNIT_ASSERT_EQ(test, 0, lab_instance_translate(inst, iova, &a));
	/* What a provider says otherwise may be a finding that is known. */
	if (a.iova_to_phys != pa)
		KUNIT_EXPECT_GT_MSG(test, lab_tally_known(&inst->tally), 0,
				    "iova_to_phys of %#llx is %pa, not %#llx", iova,
				    &a.iova_to_phys, pa);
	if (pa) {
		KUNIT_EXPECT_NULL_MSG(test, a.walk.fault, "walk of %#llx: %s", iova,
				      a.walk.fault);
		KUNIT_EXPECT_EQ_MSG(test, a.walk.oa, pa, "walk of %#llx", iova);
	} else {
		KUNIT_EXPECT_NOT_NULL_MSG(test, a.walk.fault, "walk of %#llx", iova);
	}
	KUNIT_EXPECT_EQ_MSG(test, a.mapped ? a.model : 0, pa, "model of %#llx", iova);
	KUNIT_EXPECT_TRUE_MSG(test, a.agree, "readers of %#llx", iova);
}

/**
 * lab_expect_run() - a run is mapped from end to end, and its neighbours are not
 * @test:	the test
 * @inst:	the instance
 * @iova:	first input address
 * @pa:		first output address
 * @pgsize:	page size in bytes
 * @count:	pages; of many, some are looked at
 *
 * Context: Process.
 */
void lab_expect_run(struct kunit *test, struct lab_instance *inst, u64 iova, u64 pa,
		    size_t pgsize, size_t count)
{
	u64 bytes = pgsize * count;
	size_t step = count / LOOKS + 1;

	for (size_t i = 0; i < count; i += step) {
		lab_expect_at(test, inst, iova + i * pgsize, pa + i * pgsize);
		lab_expect_at(test, inst, iova + (i + 1) * pgsize - 1,
			      pa + (i + 1) * pgsize - 1);
	}
	lab_expect_at(test, inst, iova + bytes - 1, pa + bytes - 1);
	if (iova != inst->first)
		lab_expect_at(test, inst, iova - 1, 0);
	if (iova + (bytes - 1) != inst->last)
		lab_expect_at(test, inst, iova + bytes, 0);
}

static int digest_leaf(void *ctx, const struct lab_walk_leaf *l)
{
	struct lab_digest *d = ctx;

	d->leaves++;
	d->hash = d->hash * 0x9e3779b97f4a7c15ULL + (l->iova ^ l->desc << 1 ^ l->bytes << 2);
	return 0;
}

static int digest_bad(void *ctx, const struct lab_walk_bad *bad)
{
	struct lab_digest *d = ctx;

	d->bad++;
	return 0;
}

/**
 * lab_digest() - walk the whole tree, in which nothing may be bad
 * @test:	the test
 * @inst:	the instance
 *
 * Context: Process.
 * Return: what was found.
 */
struct lab_digest lab_digest(struct kunit *test, struct lab_instance *inst)
{
	static const struct lab_walk_visitor visitor = {
		.leaf	= digest_leaf,
		.bad	= digest_bad,
	};
	struct lab_digest d = {};

	KUNIT_ASSERT_EQ(test, 0, lab_instance_walk(inst, &visitor, &d));
	KUNIT_EXPECT_EQ(test, d.bad, 0);
	return d;
}

/**
 * lab_expect_same() - two walks found the same
 * @test:	the test
 * @a:		what one found
 * @b:		what the other found
 *
 * Context: Process.
 */
void lab_expect_same(struct kunit *test, struct lab_digest a, struct lab_digest b)
{
	KUNIT_EXPECT_EQ(test, a.leaves, b.leaves);
	KUNIT_EXPECT_EQ(test, a.hash, b.hash);
}

/*
 * Passing proves that each page size maps where it was told to, up to the last
 * output address, no further, and is gone after its unmap.
 */
void lab_case_sizes_translate(struct kunit *test)
{
	struct lab_tally *tally;
	struct lab_instance *inst = lab_case_create(test, &tally);
	unsigned long sizes = inst->cfg.pgsize_bitmap;

	for (; sizes; sizes &= sizes - 1) {
		size_t pgsize = sizes & -sizes;
		u64 iova = inst->first + pgsize * 5;
		u64 pa = BIT_ULL(inst->cfg.oas) - 3 * pgsize;

		if (8 * pgsize > space(inst) || 3 * pgsize >= BIT_ULL(inst->cfg.oas))
			continue;
		KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, iova, pa, pgsize, 3, LAB_RW));
		lab_expect_run(test, inst, iova, pa, pgsize, 3);
		KUNIT_ASSERT_EQ(test, 0, lab_instance_unmap(inst, iova, pgsize, 3));
		lab_expect_at(test, inst, iova, 0);
		lab_expect_at(test, inst, iova + 3 * pgsize - 1, 0);
	}
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

/* Passing proves that a run goes on in the next table, and stops where told. */
void lab_case_run_crosses_tables(struct kunit *test)
{
	struct lab_tally *tally;
	struct lab_instance *inst = lab_case_create(test, &tally);
	size_t pgsize = lab_smallest_page(inst), table = lab_table_reach(inst);
	u64 iova = inst->first + 3 * (u64)table - 5 * pgsize;
	size_t count = table / pgsize + 10;
	u64 pa = high_pa(inst, pgsize);

	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, iova, pa, pgsize, count, LAB_RW));
	lab_expect_run(test, inst, iova, pa, pgsize, count);
	KUNIT_EXPECT_EQ(test, lab_digest(test, inst).leaves, count);

	/* The middle goes, the ends stay. */
	KUNIT_ASSERT_EQ(test, 0, lab_instance_unmap(inst, iova + pgsize, pgsize, count - 2));
	lab_expect_at(test, inst, iova, pa);
	lab_expect_at(test, inst, iova + pgsize, 0);
	lab_expect_at(test, inst, iova + (count - 2) * pgsize, 0);
	lab_expect_at(test, inst, iova + (count - 1) * pgsize, pa + (count - 1) * pgsize);
	KUNIT_EXPECT_EQ(test, lab_digest(test, inst).leaves, 2);

	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

/* Two pages, on either side of @boundary, which counts from the first input address. */
static void cross(struct kunit *test, struct lab_instance *inst, u64 boundary, size_t pgsize)
{
	u64 iova = inst->first + boundary - pgsize;

	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, iova, pgsize, pgsize, 2, LAB_RW));
	lab_expect_run(test, inst, iova, pgsize, pgsize, 2);
	KUNIT_EXPECT_EQ(test, lab_digest(test, inst).leaves, 2);
	KUNIT_ASSERT_EQ(test, 0, lab_instance_unmap(inst, iova, pgsize, 2));
	lab_expect_at(test, inst, iova, 0);
	lab_expect_at(test, inst, iova + pgsize, 0);
}

static int take_root(void *ctx, const struct lab_walk_table *t)
{
	*(struct lab_walk_table *)ctx = *t;
	return 1;
}

/*
 * Passing proves that blocks go on in the next table of their level, and pages of
 * every size from each of concatenated tables to the next.
 */
void lab_case_blocks_cross_tables(struct kunit *test)
{
	static const struct lab_walk_visitor visitor = { .table = take_root };
	struct lab_tally *tally;
	struct lab_instance *inst = lab_case_create(test, &tally);
	bool v7s = inst->params.format->fmt == ARM_V7S;
	size_t nr = inst->params.granule / sizeof(u64);
	unsigned long sizes = inst->cfg.pgsize_bitmap;
	struct lab_walk_table root;

	KUNIT_ASSERT_EQ(test, 1, lab_instance_walk(inst, &visitor, &root));
	for (; sizes; sizes &= sizes - 1) {
		u64 pgsize = sizes & -sizes;
		/* What a table of such pages resolves; sections are in the root. */
		u64 reach = !v7s ? pgsize * nr : pgsize < SZ_1M ? SZ_1M : space(inst);

		if (reach < space(inst))
			cross(test, inst, reach, pgsize);
		if (v7s || root.nr <= nr)
			continue;
		for (u64 at = root.span / (root.nr / nr); at < space(inst);
		     at += root.span / (root.nr / nr))
			cross(test, inst, at, pgsize);
	}
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

/* Passing proves that the first and the last page of the space can be mapped. */
void lab_case_ends_of_address_space(struct kunit *test)
{
	struct lab_tally *tally;
	struct lab_instance *inst = lab_case_create(test, &tally);
	size_t pgsize = lab_smallest_page(inst);
	u64 last = inst->last - (pgsize - 1);
	u64 last_pa = BIT_ULL(inst->cfg.oas) - pgsize;

	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, inst->first, pgsize, pgsize, 1, LAB_RW));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, last, last_pa, pgsize, 1, LAB_RW));
	lab_expect_run(test, inst, inst->first, pgsize, pgsize, 1);
	lab_expect_run(test, inst, last, last_pa, pgsize, 1);
	KUNIT_EXPECT_EQ(test, lab_digest(test, inst).leaves, 2);

	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

/* What was asked for, in the words of the walker: stage 2 has no privilege. */
static void expect_rights(struct kunit *test, const struct lab_instance *inst, int prot,
			  const struct lab_attrs *a)
{
	bool all = inst->cfg.quirks & IO_PGTABLE_QUIRK_NO_PERMS;
	bool stage2 = inst->params.format->stage == 2;
	bool read = all || !stage2 || prot & IOMMU_READ;
	bool write = all || prot & IOMMU_WRITE;
	bool user = all || stage2 || !(prot & IOMMU_PRIV);

	KUNIT_EXPECT_EQ_MSG(test, a->priv_read, read, "prot %#x", prot);
	KUNIT_EXPECT_EQ_MSG(test, a->priv_write, write, "prot %#x", prot);
	KUNIT_EXPECT_EQ_MSG(test, a->user_read, read && user, "prot %#x", prot);
	KUNIT_EXPECT_EQ_MSG(test, a->user_write, write && user, "prot %#x", prot);
	KUNIT_EXPECT_EQ_MSG(test, a->user_exec, all || !(prot & IOMMU_NOEXEC), "prot %#x", prot);
}

static void expect_memory(struct kunit *test, const struct lab_instance *inst, int prot,
			  const struct lab_attrs *a)
{
	enum lab_memory_type memory = LAB_MEM_NORMAL_NC;

	if (prot & IOMMU_MMIO)
		memory = LAB_MEM_DEVICE;
	else if (prot & IOMMU_CACHE)
		memory = LAB_MEM_NORMAL_WB;
	/* A GPU's own policy stands for all that it cannot say. */
	if (inst->params.format->fmt == ARM_MALI_LPAE && memory != LAB_MEM_NORMAL_WB)
		memory = LAB_MEM_IMPDEF;
	KUNIT_EXPECT_EQ_MSG(test, a->memory, memory, "prot %#x", prot);
}

/*
 * Passing proves that the walker reads the permissions and the memory type that
 * were asked for, of every combination of flags and page size, side by side.
 */
void lab_case_permissions(struct kunit *test)
{
	const int all = LAB_RW | IOMMU_CACHE | IOMMU_NOEXEC | IOMMU_MMIO | IOMMU_PRIV;
	struct lab_tally *tally;
	struct lab_instance *inst = lab_case_create(test, &tally);
	unsigned long sizes = inst->cfg.pgsize_bitmap;
	u64 iova = inst->first;

	for (; sizes; sizes &= sizes - 1) {
		size_t pgsize = sizes & -sizes;

		iova = ALIGN(iova, pgsize);
		for (int prot = 1; prot <= all && inst->last - iova >= pgsize; prot++) {
			struct lab_answers a;

			if (prot & ~all || !(prot & LAB_RW))
				continue;
			KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, iova, pgsize, pgsize, 1,
								  prot));
			KUNIT_ASSERT_EQ(test, 0, lab_instance_translate(inst, iova, &a));
			KUNIT_ASSERT_NULL(test, a.walk.fault);
			expect_rights(test, inst, prot, &a.walk.attrs);
			expect_memory(test, inst, prot, &a.walk.attrs);
			iova += pgsize;
		}
	}
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

/* Passing proves that the empty table an unmap leaves does not stand in a block's way. */
void lab_case_block_over_empty_table(struct kunit *test)
{
	struct lab_tally *tally;
	struct lab_instance *inst = lab_case_create(test, &tally);
	size_t small = lab_smallest_page(inst);
	size_t block = lab_table_reach(inst);
	u64 iova = inst->first + block;

	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, iova, block, small, 1, LAB_RW));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_unmap(inst, iova, small, 1));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, iova, 3 * block, block, 1, LAB_RW));
	lab_expect_run(test, inst, iova, 3 * block, block, 1);
	/* The table under it was flushed from walk caches before it went. */
	KUNIT_EXPECT_GT(test, atomic64_read(&inst->stats.flush_walk), 0);

	lab_instance_verify(inst);
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

/* Passing proves that a block-sized unmap frees the table of pages under it. */
void lab_case_large_unmap_of_small_pages(struct kunit *test)
{
	struct lab_tally *tally;
	struct lab_instance *inst = lab_case_create(test, &tally);
	size_t small = lab_smallest_page(inst);
	size_t block = lab_table_reach(inst);
	u64 iova = inst->first + 2 * block;
	u64 live;

	/* A neighbour keeps the tables above alive. */
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, iova + 2 * block, 0, block, 1, LAB_RW));
	live = inst->params.allocator ? lab_ledger_stats(&inst->ledger).live : 0;

	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, iova, 0, small, block / small, LAB_RW));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_unmap(inst, iova, block, 1));
	lab_expect_at(test, inst, iova, 0);
	lab_expect_at(test, inst, iova + block - 1, 0);
	KUNIT_EXPECT_EQ(test, lab_digest(test, inst).leaves, 1);
	if (inst->params.allocator)
		KUNIT_EXPECT_EQ(test, lab_ledger_stats(&inst->ledger).live, live);

	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

/* Passing proves that tables are had where sleeping is an error, by the caller's flags. */
void lab_case_atomic(struct kunit *test)
{
	struct lab_tally *tally;
	struct lab_instance *inst = lab_case_create(test, &tally);
	size_t small = lab_smallest_page(inst), block = lab_table_reach(inst);
	u64 iova = inst->first + block - 2 * small;

	KUNIT_ASSERT_EQ(test, 0, lab_instance_map_gfp(inst, iova, 0, small, 4, LAB_RW, GFP_ATOMIC));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map_gfp(inst, iova + 2 * block, 0, small, 2, LAB_RW,
						      GFP_NOWAIT));
	KUNIT_EXPECT_EQ(test, 0, lab_instance_unmap(inst, iova, small, 4));
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cases that hold for every format.  Their parameter is a struct lab_config;
 * a configuration that this kernel does not offer is skipped by name.
 */
#include <linux/sizes.h>
#include <linux/string.h>

#include "format_cases.h"

#define RW	(IOMMU_READ | IOMMU_WRITE)

/**
 * lab_config_desc() - name a configuration
 * @config:	the configuration
 * @desc:	KUNIT_PARAM_DESC_SIZE bytes
 *
 * Context: Any.
 */
void lab_config_desc(const struct lab_config *config, char *desc)
{
	strscpy(desc, config->name, KUNIT_PARAM_DESC_SIZE);
}

/**
 * lab_config_params() - the parameters of a configuration
 * @c:		the configuration
 * @p:		filled in
 *
 * Context: Any.
 */
void lab_config_params(const struct lab_config *c, struct lab_params *p)
{
	lab_params_default(p, c->format);
	strscpy(p->name, c->name, sizeof(p->name));
	p->provider = c->provider;
	p->allocator = c->allocator;
	p->coherent = !c->noncoherent;
	p->quirks = c->quirks;
	p->granule = c->granule ?: p->granule;
	p->ias = c->ias ?: p->ias;
	p->oas = c->oas ?: p->oas;
}

/**
 * lab_config_need() - skip a test where this kernel does not offer a configuration
 * @test:	the test
 * @c:		the configuration
 *
 * Context: Process.
 */
void lab_config_need(struct kunit *test, const struct lab_config *c)
{
	const char *why = lab_not_offered(c->format, c->provider, c->allocator);

	if (why)
		kunit_skip(test, "%s", why);
	if (c->format->fmt == ARM_V7S || (c->allocator && c->allocator->low))
		lab_kunit_need_low_memory(test);
}

/**
 * lab_config_create() - an instance of a configuration
 * @test:	the test; skipped where this kernel does not offer it
 * @c:		the configuration
 * @tally:	tally that sees its rules
 *
 * Context: Process.
 * Return: the instance; it goes with the test.
 */
struct lab_instance *lab_config_create(struct kunit *test, const struct lab_config *c,
				       struct lab_tally *tally)
{
	struct lab_instance *inst;
	struct lab_params p;

	lab_config_need(test, c);
	lab_config_params(c, &p);
	inst = lab_kunit_create(test, &p, tally);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, inst);
	return inst;
}

static struct lab_instance *create(struct kunit *test, struct lab_tally **tally)
{
	*tally = lab_kunit_tally(test);
	return lab_config_create(test, test->param_value, *tally);
}

static size_t smallest(const struct lab_instance *inst)
{
	return inst->cfg.pgsize_bitmap & -inst->cfg.pgsize_bitmap;
}

/* The page size above @pgsize, or 0. */
static size_t larger(const struct lab_instance *inst, size_t pgsize)
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
	return inst->params.format->fmt == ARM_V7S ? SZ_1M : larger(inst, smallest(inst));
}

/* Output addresses as far up as the format reaches; the buffers are nobody's. */
static u64 high_pa(const struct lab_instance *inst, size_t pgsize)
{
	return ALIGN_DOWN(BIT_ULL(inst->cfg.oas) - SZ_1G, pgsize);
}

/* All readers say that @iova is mapped to @pa, or with @pa 0 that it is not. */
static void expect_at(struct kunit *test, struct lab_instance *inst, u64 iova, u64 pa)
{
	struct lab_answers a;

	KUNIT_ASSERT_EQ(test, 0, lab_instance_translate(inst, iova, &a));
	KUNIT_EXPECT_EQ_MSG(test, a.iova_to_phys, pa, "iova_to_phys of %#llx", iova);
	if (pa) {
		KUNIT_EXPECT_NULL_MSG(test, a.walk.fault, "walk of %#llx: %s", iova,
				      a.walk.fault);
		KUNIT_EXPECT_EQ_MSG(test, a.walk.oa, pa, "walk of %#llx", iova);
	} else {
		KUNIT_EXPECT_NOT_NULL_MSG(test, a.walk.fault, "walk of %#llx", iova);
	}
	KUNIT_EXPECT_EQ_MSG(test, a.mapped ? a.model : 0, pa, "model of %#llx", iova);
}

/*
 * A run is mapped from end to end, and its neighbours are not.  A long one is
 * looked at here and there.
 */
static void expect_run(struct kunit *test, struct lab_instance *inst, u64 iova,
		       u64 pa, size_t pgsize, size_t count)
{
	u64 bytes = pgsize * count;
	size_t step = count / 512 + 1;

	for (size_t i = 0; i < count; i += step) {
		expect_at(test, inst, iova + i * pgsize, pa + i * pgsize);
		expect_at(test, inst, iova + (i + 1) * pgsize - 1,
			  pa + (i + 1) * pgsize - 1);
	}
	expect_at(test, inst, iova + bytes - 1, pa + bytes - 1);
	if (iova)
		expect_at(test, inst, iova - 1, 0);
	if (iova + bytes < BIT_ULL(inst->cfg.ias))
		expect_at(test, inst, iova + bytes, 0);
}

/* A digest of every leaf: where it is and what its descriptor says. */
struct digest {
	u64 leaves, bad, hash;
};

static int digest_leaf(void *ctx, const struct lab_walk_leaf *l)
{
	struct digest *d = ctx;

	d->leaves++;
	d->hash = d->hash * 0x9e3779b97f4a7c15ULL + (l->iova ^ l->desc << 1 ^ l->bytes << 2);
	return 0;
}

static int digest_bad(void *ctx, const struct lab_walk_bad *bad)
{
	struct digest *d = ctx;

	d->bad++;
	return 0;
}

static struct digest digest(struct kunit *test, struct lab_instance *inst)
{
	static const struct lab_walk_visitor visitor = {
		.leaf	= digest_leaf,
		.bad	= digest_bad,
	};
	struct digest d = {};

	KUNIT_ASSERT_EQ(test, 0, lab_instance_walk(inst, &visitor, &d));
	KUNIT_EXPECT_EQ(test, d.bad, 0);
	return d;
}

static void expect_same(struct kunit *test, struct digest a, struct digest b)
{
	KUNIT_EXPECT_EQ(test, a.leaves, b.leaves);
	KUNIT_EXPECT_EQ(test, a.hash, b.hash);
}

/*
 * Passing proves that each page size maps where it was told to, no further,
 * and is gone after its unmap.
 */
void lab_case_sizes_translate(struct kunit *test)
{
	struct lab_tally *tally;
	struct lab_instance *inst = create(test, &tally);
	unsigned long sizes = inst->cfg.pgsize_bitmap;

	for (; sizes; sizes &= sizes - 1) {
		size_t pgsize = sizes & -sizes;
		u64 iova = pgsize * 5, pa = pgsize * 9 & (BIT_ULL(inst->cfg.oas - 1) - 1);
		size_t count = iova + 3 * pgsize < BIT_ULL(inst->cfg.ias) ? 3 : 0;

		if (!count || pa + 3 * pgsize > BIT_ULL(inst->cfg.oas))
			continue;
		KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, iova, pa, pgsize, count, RW));
		expect_run(test, inst, iova, pa, pgsize, count);
		KUNIT_ASSERT_EQ(test, 0, lab_instance_unmap(inst, iova, pgsize, count));
		expect_at(test, inst, iova, 0);
		expect_at(test, inst, iova + count * pgsize - 1, 0);
	}
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

/* Passing proves that a run goes on in the next table, and stops where told. */
void lab_case_run_crosses_tables(struct kunit *test)
{
	struct lab_tally *tally;
	struct lab_instance *inst = create(test, &tally);
	size_t pgsize = smallest(inst), table = lab_table_reach(inst);
	u64 iova = 3 * (u64)table - 5 * pgsize;
	size_t count = table / pgsize + 10;
	u64 pa = high_pa(inst, pgsize);

	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, iova, pa, pgsize, count, RW));
	expect_run(test, inst, iova, pa, pgsize, count);
	KUNIT_EXPECT_EQ(test, digest(test, inst).leaves, count);

	/* The middle goes, the ends stay. */
	KUNIT_ASSERT_EQ(test, 0, lab_instance_unmap(inst, iova + pgsize, pgsize, count - 2));
	expect_at(test, inst, iova, pa);
	expect_at(test, inst, iova + pgsize, 0);
	expect_at(test, inst, iova + (count - 2) * pgsize, 0);
	expect_at(test, inst, iova + (count - 1) * pgsize, pa + (count - 1) * pgsize);
	KUNIT_EXPECT_EQ(test, digest(test, inst).leaves, 2);

	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

/* Passing proves that the first and the last page of the space can be mapped. */
void lab_case_ends_of_address_space(struct kunit *test)
{
	struct lab_tally *tally;
	struct lab_instance *inst = create(test, &tally);
	size_t pgsize = smallest(inst);
	u64 last = BIT_ULL(inst->cfg.ias) - pgsize;
	u64 last_pa = BIT_ULL(inst->cfg.oas) - pgsize;

	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, 0, pgsize, pgsize, 1, RW));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, last, last_pa, pgsize, 1, RW));
	expect_run(test, inst, 0, pgsize, pgsize, 1);
	expect_run(test, inst, last, last_pa, pgsize, 1);
	KUNIT_EXPECT_EQ(test, digest(test, inst).leaves, 2);

	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

/* Passing proves that the walker reads the permissions that were asked for. */
void lab_case_permissions(struct kunit *test)
{
	static const int prots[] = {
		IOMMU_READ, RW, RW | IOMMU_PRIV, IOMMU_READ | IOMMU_PRIV,
		RW | IOMMU_NOEXEC, RW | IOMMU_CACHE, RW | IOMMU_MMIO | IOMMU_NOEXEC,
	};
	struct lab_tally *tally;
	struct lab_instance *inst = create(test, &tally);
	bool all = inst->cfg.quirks & IO_PGTABLE_QUIRK_NO_PERMS;
	size_t pgsize = smallest(inst);

	for (int i = 0; i < ARRAY_SIZE(prots); i++) {
		int prot = prots[i];
		u64 iova = (i + 1) * SZ_1M;
		struct lab_answers a;

		KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, iova, SZ_1M, pgsize, 1, prot));
		KUNIT_ASSERT_EQ(test, 0, lab_instance_translate(inst, iova, &a));
		KUNIT_ASSERT_NULL(test, a.walk.fault);
		KUNIT_EXPECT_TRUE_MSG(test, a.walk.attrs.priv_read, "prot %#x", prot);
		KUNIT_EXPECT_EQ_MSG(test, a.walk.attrs.priv_write,
				    all || prot & IOMMU_WRITE, "prot %#x", prot);
		KUNIT_EXPECT_EQ_MSG(test, a.walk.attrs.user_read,
				    all || !(prot & IOMMU_PRIV), "prot %#x", prot);
		KUNIT_EXPECT_EQ_MSG(test, a.walk.attrs.user_write,
				    all || (prot & IOMMU_WRITE && !(prot & IOMMU_PRIV)),
				    "prot %#x", prot);
		KUNIT_EXPECT_EQ_MSG(test, a.walk.attrs.user_exec,
				    all || !(prot & IOMMU_NOEXEC), "prot %#x", prot);
		if (prot & IOMMU_MMIO)
			KUNIT_EXPECT_EQ(test, a.walk.attrs.memory, LAB_MEM_DEVICE);
		else if (prot & IOMMU_CACHE)
			KUNIT_EXPECT_EQ(test, a.walk.attrs.memory, LAB_MEM_NORMAL_WB);
		else
			KUNIT_EXPECT_EQ(test, a.walk.attrs.memory, LAB_MEM_NORMAL_NC);
	}
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

/* Passing proves that mapping over what is mapped is refused and changes nothing. */
void lab_case_overlap_refused(struct kunit *test)
{
	struct lab_tally *tally;
	struct lab_instance *inst = create(test, &tally);
	size_t small = smallest(inst), large = larger(inst, small);
	struct digest before;

	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, 4 * large, large, large, 1, RW));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, 6 * large, large, small, 2, RW));
	before = digest(test, inst);

	/* Over all of it, over its last page, from before into it, a block over pages. */
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, 4 * large, 0, large, 1, RW), -EEXIST);
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, 5 * large - small, 0, small, 1, RW), -EEXIST);
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, 4 * large - 2 * small, 0, small, 3, RW),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, 6 * large, 0, large, 1, RW), -EEXIST);

	expect_same(test, before, digest(test, inst));
	expect_run(test, inst, 4 * large, large, large, 1);
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

/* Passing proves that unmapping what is not all mapped is refused. */
void lab_case_unmapped_refused(struct kunit *test)
{
	struct lab_tally *tally;
	struct lab_instance *inst = create(test, &tally);
	size_t small = smallest(inst);
	struct digest before;

	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, SZ_1M, SZ_1M, small, 4, RW));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_unmap(inst, SZ_1M + small, small, 1));
	before = digest(test, inst);

	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, SZ_2M, small, 1), -ENOENT);
	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, SZ_1M + small, small, 1), -ENOENT);
	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, SZ_1M, small, 4), -ENOENT);
	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, SZ_1M + 3 * small, small, 2), -ENOENT);

	expect_same(test, before, digest(test, inst));
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

/* Passing proves that no block is split, whichever part of it is named. */
void lab_case_part_of_block_refused(struct kunit *test)
{
	struct lab_tally *tally;
	struct lab_instance *inst = create(test, &tally);
	size_t small = smallest(inst), large = larger(inst, small);
	struct digest before;

	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, 8 * large, large, large, 2, RW));
	before = digest(test, inst);

	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, 8 * large, small, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, 9 * large - small, small, 2), -EINVAL);
	/* All of it, but page by page: the writers see only the pages. */
	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, 8 * large, small, large / small), -EINVAL);

	expect_same(test, before, digest(test, inst));
	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, 8 * large, large, 2), 0);
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

/* Passing proves that each kind of bad request has its errno and no effect. */
void lab_case_bad_requests_refused(struct kunit *test)
{
	struct lab_tally *tally;
	struct lab_instance *inst = create(test, &tally);
	size_t small = smallest(inst);
	u64 ias = BIT_ULL(inst->cfg.ias), oas = BIT_ULL(inst->cfg.oas);
	struct digest before = digest(test, inst);

	/* Page sizes that are none. */
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, 0, 0, 0, 1, RW), -EINVAL);
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, 0, 0, SZ_8K, 1, RW), -EINVAL);
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, 0, 0, inst->cfg.pgsize_bitmap, 1, RW),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, 0, 0, small, 0, RW), -EINVAL);
	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, 0, SZ_8K, 1), -EINVAL);
	/* Misaligned. */
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, small / 2, 0, small, 1, RW), -EINVAL);
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, 0, small / 2, small, 1, RW), -EINVAL);
	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, small / 2, small, 1), -EINVAL);
	/* No access at all. */
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, 0, 0, small, 1, IOMMU_CACHE), -EINVAL);
	/* Outside, across the end, and so far that sums overflow. */
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, ias, 0, small, 1, RW), -ERANGE);
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, ias - small, 0, small, 2, RW), -ERANGE);
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, 0, oas, small, 1, RW), -ERANGE);
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, 0, oas - small, small, 2, RW), -ERANGE);
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, 0, 0, small, SIZE_MAX, RW), -ERANGE);
	KUNIT_EXPECT_EQ(test, lab_instance_map(inst, 0, U64_MAX - small + 1, small, 1, RW),
			-ERANGE);
	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, ias, small, 1), -ERANGE);
	KUNIT_EXPECT_EQ(test, lab_instance_unmap(inst, U64_MAX - small + 1, small, 1), -ERANGE);

	/* Within the space, but more than is taken at a time. */
	if (inst->cfg.ias >= 40 && inst->cfg.oas >= 40)
		KUNIT_EXPECT_EQ(test, lab_instance_map(inst, 0, 0, small, BIT(22) + 1, RW),
				-E2BIG);

	expect_same(test, before, digest(test, inst));
	KUNIT_EXPECT_GE(test, atomic64_read(&inst->stats.refused), 17);
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

/* Passing proves that the empty table an unmap leaves does not stand in a block's way. */
void lab_case_block_over_empty_table(struct kunit *test)
{
	struct lab_tally *tally;
	struct lab_instance *inst = create(test, &tally);
	size_t small = smallest(inst);
	size_t block = lab_table_reach(inst);

	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, block, block, small, 1, RW));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_unmap(inst, block, small, 1));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, block, 3 * block, block, 1, RW));
	expect_run(test, inst, block, 3 * block, block, 1);
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
	struct lab_instance *inst = create(test, &tally);
	size_t small = smallest(inst);
	size_t block = lab_table_reach(inst);
	u64 live;

	/* A neighbour keeps the tables above alive. */
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, 4 * block, 0, block, 1, RW));
	live = inst->params.allocator ? lab_ledger_stats(&inst->ledger).live : 0;

	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, 2 * block, 0, small, block / small, RW));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_unmap(inst, 2 * block, block, 1));
	expect_at(test, inst, 2 * block, 0);
	expect_at(test, inst, 3 * block - 1, 0);
	KUNIT_EXPECT_EQ(test, digest(test, inst).leaves, 1);
	if (inst->params.allocator)
		KUNIT_EXPECT_EQ(test, lab_ledger_stats(&inst->ledger).live, live);

	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

/* A program of maps and unmaps of all sizes; returns the digest it leaves. */
static struct digest run_program(struct kunit *test, struct lab_instance *inst)
{
	static const int prots[] = {
		RW, IOMMU_READ | IOMMU_NOEXEC, RW | IOMMU_CACHE, RW | IOMMU_MMIO,
		IOMMU_WRITE, RW | IOMMU_PRIV,
	};
	unsigned long sizes = inst->cfg.pgsize_bitmap;
	u64 iova = 0;
	int n = 0;

	for (; sizes; sizes &= sizes - 1) {
		size_t pgsize = sizes & -sizes;
		u64 stride = max_t(u64, 8 * pgsize, SZ_4M);

		iova = ALIGN(iova, stride);
		for (int i = 0; i < ARRAY_SIZE(prots); i++, iova += stride) {
			u64 pa = ALIGN_DOWN(BIT_ULL(inst->cfg.oas) - 1 - iova, stride);

			if (iova + stride > BIT_ULL(inst->cfg.ias) ||
			    iova + stride > BIT_ULL(inst->cfg.oas))
				break;
			KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, iova, pa, pgsize, 5,
								  prots[i]));
			if (n++ % 2)
				KUNIT_ASSERT_EQ(test, 0, lab_instance_unmap(inst, iova + pgsize,
									    pgsize, 2));
		}
	}
	return digest(test, inst);
}

/* Passing proves that the lab writes the descriptors that the kernel writes. */
void lab_case_lab_equals_kernel(struct kunit *test)
{
	struct lab_config c = *(const struct lab_config *)test->param_value;
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst;
	struct digest kernel, lab;

	c.provider = &lab_provider_kernel;
	if (c.format->fmt == ARM_V7S)
		c.allocator = NULL;
	inst = lab_config_create(test, &c, tally);
	kernel = run_program(test, inst);
	lab_kunit_destroy(test, inst);

	c.provider = &lab_provider_lab;
	c.allocator = &lab_slab;
	inst = lab_config_create(test, &c, tally);
	lab = run_program(test, inst);
	lab_kunit_destroy(test, inst);

	KUNIT_EXPECT_GT(test, kernel.leaves, 0);
	expect_same(test, kernel, lab);
	lab_kunit_expect_clean(test, tally);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * lab_io_pgtable_max_tables(), held against brute force by arithmetic, and
 * against what writers take from their hooks.
 */
#include <linux/gfp.h>
#include <linux/sizes.h>

#include "brute_force.h"
#include "compare.h"
#include "format/format.h"
#include "io_pgtable_lab.h"
#include "compat/compat.h"

/* Ranges of each page size in a sample: some are edges, the others random. */
#define NR_EDGES	4
#define NR_SHORT	12
#define NR_LONG		6
/* Ranges of each page size that page tables are filled with */
#define NR_FILLED	3

/**
 * struct worst_test - what a test works with
 * @rnd:	randomness of the parameter's own
 * @tables:	the tables that brute force found
 * @provider:	who built @ops
 * @ops:	page table under test, or NULL
 * @zone:	where its tables have to come from
 * @allocs:	tables that it asked for
 */
struct worst_test {
	struct rnd_state rnd;
	struct xarray tables;
	const struct lab_provider *provider;
	struct io_pgtable_ops *ops;
	gfp_t zone;
	u64 allocs;
};

static const struct lab_space spaces[] = {
	{ &lab_levels_v7s, 32 }, { &lab_levels_v7s, 33 }, { &lab_levels_v7s, 34 },
	{ &lab_levels_4k, 25 }, { &lab_levels_4k, 30 }, { &lab_levels_4k, 31 },
	{ &lab_levels_4k, 32 }, { &lab_levels_4k, 33 }, { &lab_levels_4k, 34 },
	{ &lab_levels_4k, 36 }, { &lab_levels_4k, 39 }, { &lab_levels_4k, 40 },
	{ &lab_levels_4k, 42 }, { &lab_levels_4k, 44 }, { &lab_levels_4k, 47 },
	{ &lab_levels_4k, 48 },
	{ &lab_levels_16k, 25 }, { &lab_levels_16k, 30 }, { &lab_levels_16k, 31 },
	{ &lab_levels_16k, 32 }, { &lab_levels_16k, 33 }, { &lab_levels_16k, 34 },
	{ &lab_levels_16k, 36 }, { &lab_levels_16k, 39 }, { &lab_levels_16k, 40 },
	{ &lab_levels_16k, 42 }, { &lab_levels_16k, 44 }, { &lab_levels_16k, 47 },
	{ &lab_levels_16k, 48 },
	{ &lab_levels_64k, 25 }, { &lab_levels_64k, 30 }, { &lab_levels_64k, 31 },
	{ &lab_levels_64k, 32 }, { &lab_levels_64k, 33 }, { &lab_levels_64k, 34 },
	{ &lab_levels_64k, 36 }, { &lab_levels_64k, 39 }, { &lab_levels_64k, 40 },
	{ &lab_levels_64k, 42 }, { &lab_levels_64k, 44 }, { &lab_levels_64k, 47 },
	{ &lab_levels_64k, 48 },
	{ &lab_levels_64k_52, 42, 52 }, { &lab_levels_64k_52, 48, 52 },
	{ &lab_levels_64k_52, 52, 52 },
	/* R_SRKBC: an output of 40 or 42 bits has no level 0, with 16 KB of 40 no level 1. */
	{ &lab_levels_s2_4k, 32, 32 }, { &lab_levels_s2_4k, 36, 36 },
	{ &lab_levels_s2_4k, 39, 40 }, { &lab_levels_s2_4k, 40, 40, 1 },
	{ &lab_levels_s2_4k, 42, 42, 1 }, { &lab_levels_s2_4k, 44, 44 },
	{ &lab_levels_s2_4k, 48, 48 },
	/* Where level 0 could be saved: the lab does as the running kernel does. */
	{ &lab_levels_s2_4k, 40, 44, LAB_S2_SAVES_LEVEL_0 },
	{ &lab_levels_s2_4k, 43, 48, LAB_S2_SAVES_LEVEL_0 },
	{ &lab_levels_s2_16k, 36, 36 }, { &lab_levels_s2_16k, 36, 40 },
	{ &lab_levels_s2_16k, 37, 40, 1 }, { &lab_levels_s2_16k, 40, 40, 1 },
	{ &lab_levels_s2_16k, 42, 42 }, { &lab_levels_s2_16k, 47, 48 },
	{ &lab_levels_s2_16k, 48, 48, 1 },
	{ &lab_levels_s2_64k, 40, 40 }, { &lab_levels_s2_64k, 42, 44 },
	{ &lab_levels_s2_64k, 48, 48 },
	{ &lab_levels_32_s1, 30, 40 }, { &lab_levels_32_s1, 32, 40 },
	{ &lab_levels_32_s2, 32, 32 }, { &lab_levels_32_s2, 40, 40, 1 },
	{ &lab_levels_mali, 32, 40 }, { &lab_levels_mali, 39, 40 },
	{ &lab_levels_mali, 40, 40 }, { &lab_levels_mali, 48, 40 },
};

KUNIT_ARRAY_PARAM(space, spaces, lab_space_desc);

/* What the function under test says; U64_MAX where it refuses. */
static u64 max_tables(const struct lab_space *s, const struct lab_range *r)
{
	struct io_pgtable_cfg cfg = lab_space_cfg(s);
	u64 nr = U64_MAX;

	lab_io_pgtable_max_tables(s->levels->fmt, &cfg, r->iova, r->bytes, r->pgsize, &nr);
	return nr;
}

/* How many tables brute force finds. */
static u64 count(struct kunit *test, const struct lab_space *s, const struct lab_range *r)
{
	struct worst_test *t = test->priv;

	xa_destroy(&t->tables);
	return lab_enter_range(test, &t->tables, s, r);
}

/**
 * struct sample - a range, and how many tables brute force finds
 * @r:		the range
 * @nr:		number of tables, the root not counted
 */
struct sample {
	struct lab_range r;
	u64 nr;
};

/* Ranges in all page sizes of a space, until one without a size. */
static const struct sample *sample(struct kunit *test, const struct lab_space *s)
{
	unsigned long sizes = lab_space_pgsizes(s);
	size_t nr = hweight_long(sizes) * (NR_EDGES + NR_SHORT + NR_LONG);
	struct sample *first = kunit_kcalloc(test, nr + 1, sizeof(*first), GFP_KERNEL);
	struct worst_test *t = test->priv;
	struct sample *one = first;

	KUNIT_ASSERT_NOT_NULL(test, first);
	for (; sizes; sizes &= sizes - 1) {
		size_t pgsize = sizes & -sizes;
		u64 space = BIT_ULL(s->ias), half = space / 2;
		const struct lab_range edges[NR_EDGES] = {
			{ 0, pgsize, pgsize },
			{ space - pgsize, pgsize, pgsize },
			{ half - pgsize, 2 * pgsize, pgsize },
			/* All of it, or as much as brute force gets through */
			{ 0, max_t(u64, min_t(u64, space, SZ_1G), pgsize), pgsize },
		};

		for (int i = 0; i < NR_EDGES; i++)
			(one++)->r = edges[i];
		for (int i = 0; i < NR_SHORT + NR_LONG; i++)
			(one++)->r = lab_random_range(&t->rnd, s, pgsize, i >= NR_SHORT);
	}
	for (one = first; one->r.pgsize; one++)
		one->nr = count(test, s, &one->r);
	return first;
}

/* Passing proves that the count is that of brute force, for each page size. */
static void counts_as_brute_force(struct kunit *test)
{
	const struct lab_space *s = test->param_value;
	const struct sample *one;

	for (one = sample(test, s); one->r.pgsize; one++) {
		struct lab_range any = { one->r.iova, one->r.bytes, 0 };

		KUNIT_EXPECT_EQ_MSG(test, max_tables(s, &one->r), one->nr,
				    "%#llx bytes at %#llx in pages of %#zx",
				    one->r.bytes, one->r.iova, one->r.pgsize);
		KUNIT_EXPECT_GE(test, max_tables(s, &any), one->nr);
	}
}

/* What one gets wrong who writes the count in a hurry. */
enum mistake {
	NONE, END_INSIDE, LAST_FORGOTTEN, START_FORGOTTEN, ROOT_COUNTED,
	LEVEL_FORGOTTEN, NR_MISTAKES,
};

static u64 mistaken(const struct lab_space *s, const struct lab_range *r, enum mistake m)
{
	u64 end = r->iova + r->bytes, nr = m == ROOT_COUNTED;
	const u8 *lsb = s->levels->lsb;

	for (int l = lab_first_level(s) + (m == LEVEL_FORGOTTEN);
	     l < s->levels->nr && BIT_ULL(lsb[l]) > r->pgsize; l++) {
		u64 first = r->iova >> lsb[l], last = (end - 1) >> lsb[l];

		if (m == END_INSIDE)
			nr += (end >> lsb[l]) - first + 1;
		else if (m == LAST_FORGOTTEN)
			nr += last - first;
		else if (m == START_FORGOTTEN)
			nr += DIV_ROUND_UP_ULL(r->bytes, BIT_ULL(lsb[l]));
		else
			nr += last - first + 1;
	}
	return nr;
}

/* Passing proves that the comparison with brute force can fail, in every space. */
static void brute_force_notices_mistakes(struct kunit *test)
{
	const struct lab_space *s = test->param_value;
	const struct sample *one, *first = sample(test, s);
	unsigned int noticed[NR_MISTAKES] = {};
	u64 most = 0;

	for (one = first; one->r.pgsize; one++) {
		most = max(most, one->nr);
		for (enum mistake m = NONE; m < NR_MISTAKES; m++)
			noticed[m] += mistaken(s, &one->r, m) != one->nr;
	}
	if (!most)
		kunit_skip(test, "the root is the only table");
	KUNIT_EXPECT_EQ(test, noticed[NONE], 0);
	for (enum mistake m = NONE + 1; m < NR_MISTAKES; m++)
		KUNIT_EXPECT_GT_MSG(test, noticed[m], 0, "mistake %d", m);
}

/* panthor_vm_op_ctx_prealloc_pts() and msm_iommu_pagetable_prealloc_count() of 7.3 */
static u64 drivers_count(const struct lab_range *r)
{
	u64 end = r->iova + r->bytes, nr = 0;

	for (int lsb = 39; lsb >= 21; lsb -= 9)
		nr += (ALIGN(end, BIT_ULL(lsb)) - ALIGN_DOWN(r->iova, BIT_ULL(lsb))) >> lsb;
	return nr;
}

/* Passing proves that the drivers that reserve tables would reserve as many. */
static void counts_as_drivers_do(struct kunit *test)
{
	static const struct lab_space space = { &lab_levels_4k, 48 };
	const struct sample *one;

	for (one = sample(test, &space); one->r.pgsize == SZ_4K; one++)
		KUNIT_EXPECT_EQ(test, max_tables(&space, &one->r), drivers_count(&one->r));
}

/* Passing proves that a whole space is counted without overflow, max_nr too. */
static void counts_whole_space(struct kunit *test)
{
	const struct lab_space *s = test->param_value;
	struct lab_range all = { 0, BIT_ULL(s->ias), 0 };
	struct io_pgtable_cfg cfg = lab_space_cfg(s);
	struct lab_table_sizes sizes;
	u64 nr = 0;

	/* As many tables at each level as the level above has descriptors. */
	for (int l = lab_first_level(s); l < s->levels->nr - 1; l++)
		nr += BIT_ULL(max(s->ias, s->levels->lsb[l]) - s->levels->lsb[l]);
	KUNIT_EXPECT_EQ(test, max_tables(s, &all), nr);
	KUNIT_ASSERT_EQ(test, 0, lab_format_table_sizes(s->levels->fmt, &cfg, &sizes));
	KUNIT_EXPECT_EQ(test, sizes.max_nr, nr);
}

static void *hook_alloc(void *cookie, size_t size, gfp_t gfp)
{
	struct worst_test *t = cookie;

	t->allocs++;
	return (void *)__get_free_pages(gfp | t->zone | __GFP_ZERO, get_order(size));
}

static void hook_free(void *cookie, void *table, size_t size)
{
	free_pages((unsigned long)table, get_order(size));
}

static void close_table(struct worst_test *t)
{
	if (t->ops)
		t->provider->free(t->ops);
	t->ops = NULL;
}

/* An empty page table; its root is not in t->allocs.  Returns the completed cfg. */
static struct io_pgtable_cfg open_table(struct kunit *test, const struct lab_space *s)
{
	struct io_pgtable_cfg cfg = lab_space_cfg(s);
	struct worst_test *t = test->priv;
	struct io_pgtable_ops *ops;

	close_table(t);
	xa_destroy(&t->tables);
	cfg.alloc = hook_alloc;
	cfg.free = hook_free;
	t->allocs = 0;
	ops = t->provider->alloc(s->levels->fmt, &cfg, t);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ops);
	t->ops = ops;
	KUNIT_ASSERT_EQ(test, t->allocs, 1);
	t->allocs = 0;
	return cfg;
}

static void map(struct kunit *test, u64 iova, size_t pgsize, size_t nr)
{
	struct worst_test *t = test->priv;

	while (nr) {
		size_t mapped = 0;

		KUNIT_ASSERT_EQ(test, 0, t->ops->map_pages(t->ops, iova, 0, pgsize, nr, IOMMU_READ,
							   GFP_KERNEL, &mapped));
		KUNIT_ASSERT_GT(test, mapped, 0);
		iova += mapped;
		nr -= mapped / pgsize;
	}
}

static void map_range(struct kunit *test, const struct lab_space *s, const struct lab_range *r)
{
	if (!lab_range_is_long(r)) {
		map(test, r->iova, r->pgsize, r->bytes / r->pgsize);
		return;
	}
	for (u64 iova = r->iova; iova < r->iova + r->bytes; iova = lab_next_page(s, r, iova))
		map(test, iova, r->pgsize, 1);
}

/* Maps and unmaps a page somewhere in a range, and leaves its empty tables. */
static void touch(struct kunit *test, const struct lab_space *s, const struct lab_range *r,
		  size_t pgsize)
{
	struct worst_test *t = test->priv;
	u64 pages = r->bytes / r->pgsize;
	u64 iova = r->iova + prandom_u32_state(&t->rnd) % pages * r->pgsize;
	struct iommu_iotlb_gather gather;

	iommu_iotlb_gather_init(&gather);
	iova = ALIGN_DOWN(iova, pgsize);
	map(test, iova, pgsize, 1);
	KUNIT_ASSERT_EQ(test, pgsize, t->ops->unmap_pages(t->ops, iova, pgsize, 1, &gather));
	lab_enter_page(test, &t->tables, s, iova, pgsize);
}

/* Maps what is not in the range, but may share all of its tables. */
static void map_neighbours(struct kunit *test, const struct lab_space *s,
			   const struct lab_range *r)
{
	u64 around[] = { r->iova - r->pgsize, r->iova + r->bytes };
	struct worst_test *t = test->priv;

	for (int i = 0; i < ARRAY_SIZE(around); i++) {
		if (around[i] >= BIT_ULL(s->ias) || prandom_u32_state(&t->rnd) % 2)
			continue;
		map(test, around[i], r->pgsize, 1);
		lab_enter_page(test, &t->tables, s, around[i], r->pgsize);
	}
}

/* Where the kernel's walk is known to begin elsewhere */
static const char *known_otherwise(const struct lab_space *s)
{
	struct lab_params p = { .granule = s->levels->pgsizes & -s->levels->pgsizes,
				.ias = s->ias, .oas = s->oas };

	for (int f = 0; f < LAB_NR_FORMATS; f++)
		if (lab_formats[f].fmt == s->levels->fmt)
			p.format = &lab_formats[f];
	return lab_compare_differs(&p);
}

/* Skip what this kernel or machine does not offer. */
static const struct lab_space *space_of(struct kunit *test, const struct lab_provider *provider)
{
	const struct lab_space *s = test->param_value;
	const char *why = provider->refuses(s->levels->fmt, true);
	struct worst_test *t = test->priv;

	if (why)
		kunit_skip(test, "%s", why);
	if (provider == &lab_provider_kernel && known_otherwise(s))
		kunit_skip(test, "%s", known_otherwise(s));
	if (s->levels->fmt == ARM_V7S || s->oas == 32) {
		lab_kunit_need_low_memory(test);
		t->zone = GFP_DMA32;
	}
	t->provider = provider;
	return s;
}

static void takes_exactly(struct kunit *test, const struct lab_provider *provider)
{
	const struct lab_space *s = space_of(test, provider);
	unsigned long sizes = lab_space_pgsizes(s);
	struct worst_test *t = test->priv;

	for (; sizes; sizes &= sizes - 1)
		for (int i = 0; i < 2 * NR_FILLED; i++) {
			struct lab_range r = lab_random_range(&t->rnd, s, sizes & -sizes,
							      i >= NR_FILLED);
			u64 before = max_tables(s, &r), after = U64_MAX;
			struct io_pgtable_cfg cfg = open_table(test, s);

			map_range(test, s, &r);
			KUNIT_EXPECT_EQ_MSG(test, t->allocs, before,
					    "%#llx bytes at %#llx in pages of %#zx",
					    r.bytes, r.iova, r.pgsize);
			lab_io_pgtable_max_tables(s->levels->fmt, &cfg, r.iova, r.bytes,
						  r.pgsize, &after);
			KUNIT_EXPECT_EQ(test, after, before);
		}
}

/* Passing proves that the lab asks for as many tables as were foretold. */
static void lab_takes_exactly(struct kunit *test)
{
	takes_exactly(test, &lab_provider_lab);
}

/* Passing proves that it is a property of the format, not of the lab's writer. */
static void kernel_takes_exactly(struct kunit *test)
{
	takes_exactly(test, &lab_provider_kernel);
}

static void takes_no_more(struct kunit *test, const struct lab_provider *provider)
{
	const struct lab_space *s = space_of(test, provider);
	unsigned long sizes = lab_space_pgsizes(s);
	struct worst_test *t = test->priv;

	for (; sizes; sizes &= sizes - 1)
		for (int i = 0; i < 2 * NR_FILLED; i++) {
			struct lab_range r = lab_random_range(&t->rnd, s, sizes & -sizes,
							      i >= NR_FILLED);
			unsigned long any = lab_space_pgsizes(s);
			u64 new;

			open_table(test, s);
			/* Pages of any one size come first. */
			while (any & (any - 1) && prandom_u32_state(&t->rnd) % 2)
				any &= any - 1;
			for (int k = 0; k < 3; k++)
				touch(test, s, &r, any & -any);
			map_neighbours(test, s, &r);

			new = lab_enter_range(test, &t->tables, s, &r);
			t->allocs = 0;
			map_range(test, s, &r);
			KUNIT_EXPECT_EQ_MSG(test, t->allocs, new,
					    "%#llx bytes at %#llx in pages of %#zx",
					    r.bytes, r.iova, r.pgsize);
			KUNIT_EXPECT_LE(test, t->allocs, max_tables(s, &r));
		}
}

/* Passing proves that what is mapped already never makes it more. */
static void lab_takes_no_more(struct kunit *test)
{
	takes_no_more(test, &lab_provider_lab);
}

/* Passing proves the same of the kernel's writer. */
static void kernel_takes_no_more(struct kunit *test)
{
	takes_no_more(test, &lab_provider_kernel);
}

static int worst_case_init(struct kunit *test)
{
	struct worst_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	const struct lab_space *s = test->param_value;

	if (!t)
		return -ENOMEM;
	t->rnd = lab_kunit_random(s ? s - spaces : 0);
	xa_init(&t->tables);
	test->priv = t;
	return 0;
}

static void worst_case_exit(struct kunit *test)
{
	struct worst_test *t = test->priv;

	if (!t)
		return;
	close_table(t);
	xa_destroy(&t->tables);
}

static struct kunit_case worst_case_cases[] = {
	KUNIT_CASE_PARAM(counts_as_brute_force, space_gen_params),
	KUNIT_CASE_PARAM(brute_force_notices_mistakes, space_gen_params),
	KUNIT_CASE(counts_as_drivers_do),
	KUNIT_CASE_PARAM(counts_whole_space, space_gen_params),
	KUNIT_CASE_PARAM(lab_takes_exactly, space_gen_params),
	KUNIT_CASE_PARAM(kernel_takes_exactly, space_gen_params),
	KUNIT_CASE_PARAM(lab_takes_no_more, space_gen_params),
	KUNIT_CASE_PARAM(kernel_takes_no_more, space_gen_params),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite worst_case_suite = {
	.name		= "lab_worst_case",
	LAB_SUITE_OF_THE_LAB,
	.suite_init	= lab_kunit_print_seed,
	.init		= worst_case_init,
	.exit		= worst_case_exit,
	.test_cases	= worst_case_cases,
};

kunit_test_suite(worst_case_suite);

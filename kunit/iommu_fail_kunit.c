// SPDX-License-Identifier: GPL-2.0-only
/*
 * The DMA API out of table memory: each table fails in turn, and then all of them.  Tables
 * are asked for with GFP_ATOMIC, and the caller is told by DMA_MAPPING_ERROR.
 */
#include <kunit/resource.h>
#include <linux/gfp.h>
#include <linux/iommu.h>
#include <linux/sizes.h>

#include "iommu_fixture.h"
#include "compat/compat.h"

enum {
	/* More tables than the program takes */
	MOST_FAILURES	= 64,
	BUFFERS		= 6,
};

/**
 * struct tables - whose tables fail
 * @name:	in words
 * @profile:	the IOMMU
 * @provider:	who builds them
 * @allocator:	where they come from
 */
struct tables {
	const char *name;
	const char *profile;
	const struct lab_provider *provider;
	const struct lab_allocator *allocator;
};

static const struct tables tables[] = {
	{ "kernel smmu", "smmu", &lab_provider_kernel, &lab_slab },
	{ "kernel smmu-noncoherent", "smmu-noncoherent", &lab_provider_kernel, &lab_page },
	{ "kernel smmu-s2", "smmu-s2", &lab_provider_kernel, &lab_slab },
	{ "kernel ipmmu", "ipmmu", &lab_provider_kernel, &lab_slab },
	{ "lab smmu", "smmu", &lab_provider_lab, &lab_slab },
	{ "lab smmu-noncoherent", "smmu-noncoherent", &lab_provider_lab, &lab_packed },
	{ "lab mtk", "mtk", &lab_provider_lab, &lab_frag },
	{ "lab msm", "msm", &lab_provider_lab, &lab_slab },
};

static void tables_desc(const struct tables *t, char *desc)
{
	strscpy(desc, t->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(tables, tables, tables_desc);

/* Each way of mapping, and of the last so much that it takes several tables. */
static const struct lab_buffer_params program[BUFFERS] = {
	{ LAB_BUFFER_KMALLOC, .nr = 1, .bytes = { 100 } },
	{ LAB_BUFFER_SG, .nr = 3, .bytes = { SZ_4K, SZ_64K, 77 } },
	{ LAB_BUFFER_COHERENT, .nr = 1, .bytes = { SZ_64K } },
	{ LAB_BUFFER_PAGE, .nr = 1, .bytes = { SZ_2M - SZ_4K }, .offset = { 99 } },
	{ LAB_BUFFER_NONCONTIGUOUS, .nr = 1, .bytes = { SZ_1M + 1 } },
	{ LAB_BUFFER_SG, .nr = 2, .bytes = { SZ_64K, SZ_64K } },
};

static void params_of(struct kunit *test, struct lab_iommu_params *params)
{
	const struct tables *t = test->param_value;
	const char *why;

	lab_fake_params(test, t->profile, LAB_IOMMU_STRICT, params);
	params->domain.provider = t->provider;
	params->domain.allocator = t->allocator;
	why = lab_not_offered(params->domain.format, t->provider, t->allocator);
	if (why)
		kunit_skip(test, "%s", why);
	if (t->allocator->low)
		lab_kunit_need_low_memory(test);
}

/* A buffer that fails is tried again; whether one did. */
static bool map_all(struct kunit *test, struct lab_fake *f, struct lab_buffer *live[BUFFERS])
{
	bool failed = false;

	for (int i = 0; i < BUFFERS; i++) {
		struct lab_buffer_params p = program[i];
		u64 before = lab_record_bytes(&f->d->record);

		p.dir = DMA_BIDIRECTIONAL;
		live[i] = lab_buffer_map(f->m, &p);
		if (!IS_ERR(live[i]))
			continue;
		KUNIT_EXPECT_PTR_EQ(test, live[i], ERR_PTR(-ENOMEM));
		KUNIT_EXPECT_FALSE_MSG(test, failed, "more than one failed");
		KUNIT_EXPECT_EQ(test, lab_record_bytes(&f->d->record), before);
		KUNIT_EXPECT_EQ(test, 0, lab_iommu_verify(f->iommu));
		failed = true;
		live[i] = lab_buffer_map(f->m, &p);
		KUNIT_EXPECT_NOT_ERR_OR_NULL(test, live[i]);
	}
	return failed;
}

static void use_and_unmap_all(struct kunit *test, struct lab_buffer *live[BUFFERS])
{
	for (int i = 0; i < BUFFERS; i++) {
		if (IS_ERR(live[i]))
			continue;
		KUNIT_EXPECT_EQ(test, 0, lab_buffer_use(live[i]));
		KUNIT_EXPECT_EQ(test, 0, lab_buffer_unmap(live[i]));
	}
}

/* Whether the program met its failure, which is that of the @nth table. */
static bool fails_at(struct kunit *test, struct lab_iommu_params *params, u64 nth)
{
	struct lab_buffer *live[BUFFERS];
	struct lab_master_params master;
	struct lab_iommu *iommu;
	struct lab_master *m;
	struct lab_fake *f;
	bool failed;

	params->domain.fail_nth = nth;
	if (nth == 1) {
		iommu = lab_fake_iommu(test, params, lab_kunit_tally(test));
		lab_master_params_default(&master);
		strscpy(master.name, "rootless", sizeof(master.name));
		m = lab_master_create(iommu, &master);
		KUNIT_EXPECT_TRUE(test, IS_ERR(m));
		KUNIT_EXPECT_TRUE(test, list_empty(&iommu->domains));
		KUNIT_EXPECT_EQ(test, atomic64_read(&lab_tables_live), 0);
		lab_fake_destroy_iommu(test, iommu);
		return true;
	}
	f = lab_fake_create(test, params, NULL);
	failed = map_all(test, f, live);
	use_and_unmap_all(test, live);
	lab_fake_expect_empty(test, f);
	lab_fake_expect_right(test, f);
	KUNIT_EXPECT_EQ(test, lab_ledger_stats(&f->d->inst->ledger).failed, failed);
	lab_fake_destroy(test, f);
	KUNIT_EXPECT_EQ(test, lab_tally_violated(f->tally), 0);
	KUNIT_EXPECT_EQ(test, atomic64_read(&lab_tables_live), 0);
	return failed;
}

/*
 * Passing proves that whichever table cannot be had, the mapping that asked for it fails
 * and leaves nothing mapped, all others are right, and the next try works.
 */
static void any_table_may_fail(struct kunit *test)
{
	struct lab_iommu_params params;
	u64 failures = 0;

	params_of(test, &params);
	while (failures < MOST_FAILURES && fails_at(test, &params, failures + 1))
		failures++;
	KUNIT_EXPECT_LT(test, failures, MOST_FAILURES);
	/* The root, and a way to the first page at least. */
	KUNIT_EXPECT_GT(test, failures, 1);
}

/* Tables that there are still; KUnit runs one case at a time. */
static atomic_t left;

static void *no_pool(const struct lab_table_sizes *sizes)
{
	return NULL;
}

static void no_destroy(void *pool)
{
}

static void *scarce_alloc(void *pool, size_t size, gfp_t gfp)
{
	if (atomic_dec_if_positive(&left) < 0)
		return NULL;
	return (void *)__get_free_pages(gfp | __GFP_ZERO, get_order(size));
}

static void scarce_free(void *pool, void *table, size_t size)
{
	free_pages((unsigned long)table, get_order(size));
}

static const struct lab_allocator scarce = {
	.name		= "scarce",
	.create		= no_pool,
	.destroy	= no_destroy,
	.alloc		= scarce_alloc,
	.free		= scarce_free,
};

/*
 * Passing proves that without any table memory all ways of mapping fail, again and again,
 * and leave nothing, that what was mapped before works on, and that they work afterwards.
 */
static void out_of_tables_is_an_error(struct kunit *test)
{
	struct lab_buffer_params page = {
		.kind = LAB_BUFFER_PAGE, .dir = DMA_BIDIRECTIONAL, .nr = 1, .bytes = { SZ_1M },
	};
	struct lab_buffer *live[BUFFERS], *filling[16];
	struct lab_iommu_params params;
	struct lab_fake *f;
	unsigned int nr = 0;
	u64 before;

	lab_fake_params(test, LAB_FAKE_PROFILE, LAB_IOMMU_STRICT, &params);
	params.domain.allocator = &scarce;
	/* The root, and one way to a last table. */
	atomic_set(&left, 4);
	f = lab_fake_create(test, &params, NULL);
	while (nr < ARRAY_SIZE(filling)) {
		filling[nr] = lab_buffer_map(f->m, &page);
		if (IS_ERR(filling[nr]))
			break;
		nr++;
	}
	KUNIT_EXPECT_GT(test, nr, 0);
	KUNIT_ASSERT_LT(test, nr, ARRAY_SIZE(filling));

	before = lab_record_bytes(&f->d->record);
	for (int i = 0; i < 3 * BUFFERS; i++) {
		struct lab_buffer_params p = program[i % BUFFERS];

		/* All of it in a table of its own, whatever is free in the other. */
		p.kind = p.kind == LAB_BUFFER_SG ? LAB_BUFFER_PAGE : p.kind;
		p.nr = 1;
		p.bytes[0] = SZ_2M + SZ_4K;
		p.offset[0] = 0;
		p.dir = DMA_BIDIRECTIONAL;
		KUNIT_EXPECT_PTR_EQ_MSG(test, lab_buffer_map(f->m, &p), ERR_PTR(-ENOMEM), "%s",
					lab_buffer_names[p.kind]);
	}
	KUNIT_EXPECT_EQ(test, lab_record_bytes(&f->d->record), before);
	for (unsigned int i = 0; i < nr; i++)
		KUNIT_EXPECT_EQ(test, 0, lab_buffer_use(filling[i]));
	KUNIT_EXPECT_EQ(test, 0, lab_iommu_verify(f->iommu));

	atomic_set(&left, 100);
	KUNIT_EXPECT_FALSE(test, map_all(test, f, live));
	use_and_unmap_all(test, live);
	while (nr--)
		KUNIT_EXPECT_EQ(test, 0, lab_buffer_unmap(filling[nr]));
	lab_fake_expect_empty(test, f);
	lab_fake_expect_right(test, f);
}

/* Passing proves that the DMA API's calls do with tables that were made ready for them. */
static void reserved_tables_do(struct kunit *test)
{
	struct lab_buffer *live[BUFFERS];
	struct lab_iommu_params params;
	struct lab_fake *f;

	lab_fake_params(test, LAB_FAKE_PROFILE, LAB_IOMMU_STRICT, &params);
	params.domain.allocator = &lab_reserve;
	f = lab_fake_create(test, &params, NULL);
	KUNIT_EXPECT_FALSE(test, map_all(test, f, live));
	use_and_unmap_all(test, live);
	lab_fake_expect_right(test, f);
}

static struct kunit_case fail_cases[] = {
	KUNIT_CASE_PARAM(any_table_may_fail, tables_gen_params),
	KUNIT_CASE(out_of_tables_is_an_error),
	KUNIT_CASE(reserved_tables_do),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite fail_suite = {
	.name		= "lab_iommu_fail",
	.test_cases	= fail_cases,
	LAB_SUITE_OF_THE_LAB,
};

kunit_test_suite(fail_suite);

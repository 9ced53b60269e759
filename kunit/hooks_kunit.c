// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hooks of io_pgtable_cfg, and the lab's io-pgtable as a drop-in: driven
 * as a driver would drive it, without an instance around it.
 */
#include <kunit/device.h>
#include <kunit/resource.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include "io_pgtable_lab.h"
#include "lab_kunit.h"

#define MAX_TABLES	16

/**
 * struct hooks - what the hooks saw
 * @live:	tables handed out and not yet freed, and their sizes
 * @allocs:	calls of alloc
 * @fail_at:	the call of alloc that comes back empty, 0 for none
 * @wrong:	frees of what is not live, or with another size
 * @last_gfp:	flags of the last call of alloc
 */
struct hooks {
	struct {
		void *table;
		size_t size;
	} live[MAX_TABLES];
	unsigned int allocs, fail_at, wrong;
	gfp_t last_gfp;
};

static void *hook_alloc(void *cookie, size_t size, gfp_t gfp)
{
	struct hooks *h = cookie;
	void *table;

	h->last_gfp = gfp;
	if (++h->allocs == h->fail_at)
		return NULL;
	table = (void *)__get_free_pages(gfp | GFP_DMA32 | __GFP_ZERO, get_order(size));
	for (int i = 0; i < MAX_TABLES && table; i++)
		if (!h->live[i].table) {
			h->live[i].table = table;
			h->live[i].size = size;
			return table;
		}
	free_pages((unsigned long)table, get_order(size));
	return NULL;
}

static void hook_free(void *cookie, void *table, size_t size)
{
	struct hooks *h = cookie;

	for (int i = 0; i < MAX_TABLES; i++)
		if (h->live[i].table == table && h->live[i].size == size) {
			h->live[i].table = NULL;
			free_pages((unsigned long)table, get_order(size));
			return;
		}
	h->wrong++;
}

static unsigned int nr_live(const struct hooks *h)
{
	unsigned int n = 0;

	for (int i = 0; i < MAX_TABLES; i++)
		n += !!h->live[i].table;
	return n;
}

/* Which writer, which format. */
struct writer_case {
	const char *name;
	const struct lab_provider *provider;
	enum io_pgtable_fmt fmt;
};

static const struct writer_case writers[] = {
	{ "kernel lpae-s1", &lab_provider_kernel, ARM_64_LPAE_S1 },
	{ "lab v7s", &lab_provider_lab, ARM_V7S },
	{ "lab lpae-s1", &lab_provider_lab, ARM_64_LPAE_S1 },
};

static void writer_desc(const struct writer_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(writer, writers, writer_desc);

static void no_flush_all(void *cookie)
{
}

static void no_flush_walk(unsigned long iova, size_t size, size_t granule, void *cookie)
{
}

static const struct iommu_flush_ops no_flush = {
	.tlb_flush_all	= no_flush_all,
	.tlb_flush_walk	= no_flush_walk,
};

static struct io_pgtable_cfg hook_cfg(struct kunit *test, enum io_pgtable_fmt fmt)
{
	return (struct io_pgtable_cfg) {
		.pgsize_bitmap	= fmt == ARM_V7S ? SZ_4K | SZ_64K | SZ_1M | SZ_16M :
						   SZ_4K | SZ_2M | SZ_1G,
		.ias		= 32,
		.oas		= 32,
		.coherent_walk	= true,
		.tlb		= &no_flush,
		.iommu_dev	= test->priv,
		.alloc		= hook_alloc,
		.free		= hook_free,
	};
}

static struct hooks *hooks(struct kunit *test)
{
	struct hooks *h = kunit_kzalloc(test, sizeof(*h), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, h);
	return h;
}

/* Skip what this kernel does not offer. */
static const struct writer_case *writer(struct kunit *test)
{
	const struct writer_case *c = test->param_value;
	const char *why = c->provider->refuses(c->fmt, true);

	/* The hooks here take GFP_DMA32, the formats have 32 bits. */
	lab_kunit_need_low_memory(test);

	if (why)
		kunit_skip(test, "%s", why);
	return c;
}

/*
 * Passing proves that every table comes from the hooks with the right cookie
 * and goes back to them with the right size.
 */
static void hooks_see_every_table(struct kunit *test)
{
	const struct writer_case *c = writer(test);
	struct io_pgtable_cfg cfg = hook_cfg(test, c->fmt);
	struct hooks *h = hooks(test);
	struct io_pgtable_ops *ops;
	size_t mapped = 0;

	ops = c->provider->alloc(c->fmt, &cfg, h);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ops);
	KUNIT_EXPECT_EQ(test, nr_live(h), 1);
	/* One table more for v7s; the root of 32-bit LPAE is at level 1: two. */
	KUNIT_EXPECT_EQ(test, 0, ops->map_pages(ops, SZ_1M, SZ_1M, SZ_4K, 4, IOMMU_READ,
						GFP_KERNEL, &mapped));
	KUNIT_EXPECT_EQ(test, mapped, 4 * SZ_4K);
	KUNIT_EXPECT_EQ(test, nr_live(h), c->fmt == ARM_V7S ? 2 : 3);
	c->provider->free(ops);
	KUNIT_EXPECT_EQ(test, nr_live(h), 0);
	KUNIT_EXPECT_EQ(test, h->wrong, 0);
}

/* Passing proves that a map in atomic context does not ask hooks to sleep. */
static void hooks_get_the_gfp_flags(struct kunit *test)
{
	const struct writer_case *c = writer(test);
	struct io_pgtable_cfg cfg = hook_cfg(test, c->fmt);
	struct hooks *h = hooks(test);
	struct io_pgtable_ops *ops;
	size_t mapped = 0;

	ops = c->provider->alloc(c->fmt, &cfg, h);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ops);
	KUNIT_EXPECT_TRUE(test, gfpflags_allow_blocking(h->last_gfp));
	KUNIT_EXPECT_EQ(test, 0, ops->map_pages(ops, 0, 0, SZ_4K, 1, IOMMU_READ,
						GFP_ATOMIC, &mapped));
	KUNIT_EXPECT_FALSE(test, gfpflags_allow_blocking(h->last_gfp));
	c->provider->free(ops);
}

/*
 * Passing proves that wherever allocation fails, nothing is leaked, the count
 * of what was mapped is right, and the same request works afterwards.
 */
static void hooks_may_fail_anywhere(struct kunit *test)
{
	const struct writer_case *c = writer(test);
	struct io_pgtable_cfg cfg = hook_cfg(test, c->fmt);
	/* Across a table boundary of either format. */
	const u64 iova = SZ_2M - 2 * SZ_4K;
	unsigned int fail_at;

	for (fail_at = 1; fail_at < MAX_TABLES; fail_at++) {
		struct io_pgtable_cfg mine = cfg;
		struct hooks *h = hooks(test);
		struct io_pgtable_ops *ops;
		size_t mapped = 0, done = 0;
		int ret;

		h->fail_at = fail_at;
		ops = c->provider->alloc(c->fmt, &mine, h);
		if (IS_ERR(ops)) {
			KUNIT_EXPECT_EQ(test, nr_live(h), 0);
			KUNIT_EXPECT_EQ(test, fail_at, 1);
			continue;
		}
		/* A writer may stop at a table's end: go on, as iommu_map() does. */
		do {
			mapped = 0;
			ret = ops->map_pages(ops, iova + done, iova + done, SZ_4K,
					     4 - done / SZ_4K, IOMMU_READ, GFP_KERNEL, &mapped);
			done += mapped;
		} while (!ret && mapped && done < 4 * SZ_4K);
		if (h->allocs >= fail_at)
			KUNIT_EXPECT_EQ(test, ret, -ENOMEM);
		else
			KUNIT_EXPECT_EQ(test, ret, 0);
		for (size_t at = 0; at < 4 * SZ_4K; at += SZ_4K)
			KUNIT_EXPECT_EQ(test, ops->iova_to_phys(ops, iova + at),
					at < done ? iova + at : 0);

		while (ret == -ENOMEM && done < 4 * SZ_4K) {
			mapped = 0;
			if (ops->map_pages(ops, iova + done, iova + done, SZ_4K,
					   4 - done / SZ_4K, IOMMU_READ, GFP_KERNEL, &mapped))
				break;
			done += mapped;
		}
		KUNIT_EXPECT_EQ(test, done, 4 * SZ_4K);
		c->provider->free(ops);
		KUNIT_EXPECT_EQ(test, nr_live(h), 0);
		KUNIT_EXPECT_EQ(test, h->wrong, 0);
		if (h->allocs < fail_at)
			break;
	}
	/* The sweep ended because there was nothing left to fail. */
	KUNIT_EXPECT_GT(test, fail_at, 2);
	KUNIT_EXPECT_LT(test, fail_at, MAX_TABLES);
}

/* Passing proves that one hook without the other is refused. */
static void one_hook_alone_refused(struct kunit *test)
{
	const struct writer_case *c = writer(test);
	struct io_pgtable_cfg cfg = hook_cfg(test, c->fmt);
	struct hooks *h = hooks(test);

	cfg.free = NULL;
	KUNIT_EXPECT_TRUE(test, IS_ERR(c->provider->alloc(c->fmt, &cfg, h)));
	cfg.free = hook_free;
	cfg.alloc = NULL;
	KUNIT_EXPECT_TRUE(test, IS_ERR(c->provider->alloc(c->fmt, &cfg, h)));
	KUNIT_EXPECT_EQ(test, h->allocs, 0);
}

/* Passing proves that what the lab says of the kernel's v7s is so. */
static void kernel_v7s_takes_no_hooks(struct kunit *test)
{
	struct io_pgtable_cfg cfg = hook_cfg(test, ARM_V7S);
	struct hooks *h = hooks(test);

	if (lab_provider_kernel.refuses(ARM_V7S, false))
		kunit_skip(test, "%s", lab_provider_kernel.refuses(ARM_V7S, false));
	KUNIT_EXPECT_NOT_NULL(test, lab_provider_kernel.refuses(ARM_V7S, true));
	KUNIT_EXPECT_TRUE(test, IS_ERR(lab_provider_kernel.alloc(ARM_V7S, &cfg, h)));
	KUNIT_EXPECT_EQ(test, h->allocs, 0);
}

/* Passing proves that asking for it at an instance is refused, with an errno that fits. */
static void instance_of_kernel_v7s_with_hooks_refused(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_params p;

	lab_params_default(&p, &lab_formats[LAB_V7S]);
	strscpy(p.name, "hooks", sizeof(p.name));
	p.allocator = &lab_slab;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(lab_kunit_create(test, &p, tally)), -EOPNOTSUPP);
}

static void free_ops(void *ops)
{
	lab_free_io_pgtable_ops(ops);
}

/* Passing proves that a driver without hooks gets low tables and its cfg back. */
static void drop_in_without_hooks(struct kunit *test)
{
	static const enum io_pgtable_fmt fmts[] = { ARM_V7S, ARM_64_LPAE_S1 };

	lab_kunit_need_low_memory(test);
	for (int i = 0; i < ARRAY_SIZE(fmts); i++) {
		struct io_pgtable_cfg cfg = hook_cfg(test, fmts[i]);
		struct io_pgtable_ops *ops;
		size_t mapped = 0;
		u64 root;

		cfg.alloc = NULL;
		cfg.free = NULL;
		ops = lab_alloc_io_pgtable_ops(fmts[i], &cfg, test);
		KUNIT_ASSERT_NOT_NULL(test, ops);
		KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, free_ops, ops));
		KUNIT_EXPECT_NULL(test, cfg.alloc);
		KUNIT_EXPECT_NULL(test, cfg.free);
		root = fmts[i] == ARM_V7S ? cfg.arm_v7s_cfg.ttbr : cfg.arm_lpae_s1_cfg.ttbr;
		KUNIT_EXPECT_NE(test, root, 0);
		KUNIT_EXPECT_LT(test, root, (u64)SZ_4G);
		/* In atomic context too: its caches were made with the root. */
		KUNIT_EXPECT_EQ(test, 0, ops->map_pages(ops, SZ_1M, SZ_16M, SZ_4K, 8, IOMMU_READ,
							GFP_ATOMIC, &mapped));
		KUNIT_EXPECT_EQ(test, ops->iova_to_phys(ops, SZ_1M + 42), SZ_16M + 42);
		KUNIT_EXPECT_PTR_EQ(test, io_pgtable_ops_to_pgtable(ops)->cookie, (void *)test);
		KUNIT_EXPECT_EQ(test, io_pgtable_ops_to_pgtable(ops)->fmt, fmts[i]);
	}
}

/* Passing proves that formats the lab does not write are refused as the kernel does. */
static void drop_in_unknown_format(struct kunit *test)
{
	struct io_pgtable_cfg cfg = hook_cfg(test, ARM_64_LPAE_S1);
	struct hooks *h = hooks(test);

	KUNIT_EXPECT_NULL(test, lab_alloc_io_pgtable_ops(APPLE_DART, &cfg, h));
	KUNIT_EXPECT_NULL(test, lab_alloc_io_pgtable_ops(IO_PGTABLE_NUM_FMTS, &cfg, h));
	KUNIT_EXPECT_NULL(test, lab_alloc_io_pgtable_ops(-1, &cfg, h));
	lab_free_io_pgtable_ops(NULL);
	KUNIT_EXPECT_EQ(test, h->allocs, 0);
}

static int hooks_init(struct kunit *test)
{
	test->priv = kunit_device_register(test, "lab_hooks");
	return PTR_ERR_OR_ZERO(test->priv);
}

static struct kunit_case hooks_cases[] = {
	KUNIT_CASE_PARAM(hooks_see_every_table, writer_gen_params),
	KUNIT_CASE_PARAM(hooks_get_the_gfp_flags, writer_gen_params),
	KUNIT_CASE_PARAM(hooks_may_fail_anywhere, writer_gen_params),
	KUNIT_CASE_PARAM(one_hook_alone_refused, writer_gen_params),
	KUNIT_CASE(kernel_v7s_takes_no_hooks),
	KUNIT_CASE(instance_of_kernel_v7s_with_hooks_refused),
	KUNIT_CASE(drop_in_without_hooks),
	KUNIT_CASE(drop_in_unknown_format),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite hooks_suite = {
	.name		= "lab_hooks",
	.init		= hooks_init,
	.test_cases	= hooks_cases,
};

kunit_test_suite(hooks_suite);

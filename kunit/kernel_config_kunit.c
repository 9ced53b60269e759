// SPDX-License-Identifier: GPL-2.0-only
/*
 * The running kernel's alloc_io_pgtable_ops(), asked past the instances: what becomes
 * of configurations that say more than a format does, and of the page table that comes
 * back.  What has to be refused outright is asked for by each instance
 * (module/refused_config.c).
 */
#include <kunit/device.h>
#include <linux/iommu.h>
#include <linux/sizes.h>

#include "lab_kunit.h"
#include "watch.h"
#include "compat/compat.h"

#define ALL_4K		(SZ_4K | SZ_2M | SZ_1G)
#define ALL_16K		(SZ_16K | SZ_32M)
#define ALL_64K		(SZ_64K | SZ_512M)
#define SZ_4TB		BIT_ULL(42)
#define EVERY		(ALL_4K | ALL_16K | ALL_64K | SZ_4TB)
#define V7S_SIZES	(SZ_4K | SZ_64K | SZ_1M | SZ_16M)
#define MTK		(IO_PGTABLE_QUIRK_NO_PERMS | IO_PGTABLE_QUIRK_ARM_MTK_EXT)

/**
 * struct restricted - a configuration, and what a kernel with 4 KB pages makes of it
 * @name:	in words
 * @format:	page table format
 * @sizes:	page sizes that are offered
 * @ias:	input address bits
 * @oas:	output address bits
 * @to_sizes:	page sizes that are left
 * @to_ias:	input address bits that are left, 0 for all
 * @to_oas:	output address bits that are left, 0 for all
 * @quirks:	IO_PGTABLE_QUIRK_*
 */
struct restricted {
	const char *name;
	enum lab_format_index format;
	unsigned long sizes;
	unsigned int ias, oas;
	unsigned long to_sizes;
	unsigned int to_ias, to_oas;
	unsigned long quirks;
};

static const struct restricted restricted[] = {
	/* The CPU's own granule, if it is there; else the next larger. */
	{ "s1 of all granules", LAB_LPAE_S1, EVERY, 48, 48, ALL_4K },
	{ "s1 of 16K and 64K", LAB_LPAE_S1, ALL_16K | ALL_64K, 40, 40, ALL_16K },
	{ "s1 of 64K and 2M", LAB_LPAE_S1, ALL_64K | SZ_2M, 42, 42, ALL_64K },
	{ "s2 of all granules", LAB_LPAE_S2, EVERY, 40, 40, ALL_4K },
	{ "s2 of 16K and 1G", LAB_LPAE_S2, ALL_16K | SZ_1G, 42, 42, ALL_16K },
	/* Nothing comes to what was offered. */
	{ "s1 without 2M", LAB_LPAE_S1, SZ_4K | SZ_1G, 48, 48, SZ_4K | SZ_1G },
	{ "s1 of pages", LAB_LPAE_S1, SZ_4K, 48, 48, SZ_4K },
	{ "s2 of 64K pages", LAB_LPAE_S2, SZ_64K, 42, 42, SZ_64K },
	/* 52 bits, and with them 4 TB, are for 64 KB. */
	{ "s1 4K 52/52", LAB_LPAE_S1, ALL_4K, 52, 52, ALL_4K, 48, 48 },
	{ "s1 16K 49/52", LAB_LPAE_S1, ALL_16K, 49, 52, ALL_16K, 48, 48 },
	{ "s1 64K 52/52", LAB_LPAE_S1, ALL_64K | SZ_4TB, 52, 52, ALL_64K | SZ_4TB },
	{ "s1 64K 48/48 with 4T", LAB_LPAE_S1, ALL_64K | SZ_4TB, 48, 48, ALL_64K },
	{ "s1 64K 60/60", LAB_LPAE_S1, ALL_64K, 60, 60, ALL_64K, 52, 52 },

	{ "lpae32-s1 of all granules", LAB_LPAE32_S1, EVERY, 32, 40, ALL_4K },
	{ "lpae32-s2 of all granules", LAB_LPAE32_S2, EVERY, 40, 40, ALL_4K },
	{ "mali of all granules", LAB_MALI, EVERY, 48, 40, ALL_4K },

	/* Supersections are used where they are offered. */
	{ "v7s of all", LAB_V7S, ~0UL, 32, 32, V7S_SIZES },
	{ "v7s without 16M", LAB_V7S, SZ_4K | SZ_64K | SZ_1M, 32, 32, SZ_4K | SZ_64K | SZ_1M },
	{ "v7s mtk 34/35", LAB_V7S, V7S_SIZES, 34, 35, V7S_SIZES, .quirks = MTK },
};

static void restricted_desc(const struct restricted *r, char *desc)
{
	strscpy(desc, r->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(restricted, restricted, restricted_desc);

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

static struct io_pgtable_cfg cfg_of(struct kunit *test, const struct restricted *r)
{
	return (struct io_pgtable_cfg) {
		.quirks		= r->quirks,
		.pgsize_bitmap	= r->sizes,
		.ias		= r->ias,
		.oas		= r->oas,
		.coherent_walk	= true,
		.tlb		= &no_flush,
		.iommu_dev	= test->priv,
	};
}

static void free_ops(void *ops)
{
	lab_provider_kernel.free(ops);
}

static struct io_pgtable_ops *alloc(struct kunit *test, enum lab_format_index format,
				    struct io_pgtable_cfg *cfg)
{
	enum io_pgtable_fmt fmt = lab_formats[format].fmt;
	const char *why = lab_provider_kernel.refuses(fmt, false);
	struct io_pgtable_ops *ops;

	if (why)
		kunit_skip(test, "%s", why);
	if (format == LAB_V7S)
		lab_kunit_need_low_memory(test);
	ops = lab_provider_kernel.alloc(fmt, cfg, test);
	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(ops), "%pe", ops);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, free_ops, ops));
	return ops;
}

/* Passing proves that a configuration comes back with what the format does of it. */
static void cfg_is_restricted(struct kunit *test)
{
	const struct restricted *r = test->param_value;
	struct io_pgtable_cfg cfg = cfg_of(test, r);
	struct lab_tally *tally = lab_kunit_tally(test);
	const size_t page = PAGE_SIZE;
	struct io_pgtable *iop;

	/* All but v7s go by the CPU's granule. */
	if (page != SZ_4K && r->format != LAB_V7S)
		kunit_skip(test, "written down for a kernel with 4 KB pages");
	iop = io_pgtable_ops_to_pgtable(alloc(test, r->format, &cfg));
	lab_check(tally, LAB_RULE_CONFIG_OUTPUTS, cfg.pgsize_bitmap == r->to_sizes,
		  "page sizes %#lx have become %#lx, due are %#lx", r->sizes, cfg.pgsize_bitmap,
		  r->to_sizes);
	lab_check(tally, LAB_RULE_CONFIG_OUTPUTS,
		  cfg.ias == (r->to_ias ?: r->ias) && cfg.oas == (r->to_oas ?: r->oas),
		  "%u bits in, %u out have become %u, %u", r->ias, r->oas, cfg.ias, cfg.oas);
	lab_check(tally, LAB_RULE_CONFIG_OUTPUTS, !memcmp(&cfg, &iop->cfg, sizeof(cfg)),
		  "the page table has another configuration than its driver was told");
	lab_kunit_expect_clean(test, tally);
	KUNIT_EXPECT_EQ(test, iop->fmt, lab_formats[r->format].fmt);
	KUNIT_EXPECT_PTR_EQ(test, iop->cookie, (void *)test);
}

/* Passing proves that a page table of each such configuration maps, from end to end. */
static void restricted_maps(struct kunit *test)
{
	const struct restricted *r = test->param_value;
	struct io_pgtable_cfg cfg = cfg_of(test, r);
	struct io_pgtable_ops *ops = alloc(test, r->format, &cfg);
	u64 pgsize = cfg.pgsize_bitmap & -cfg.pgsize_bitmap;
	u64 iova = BIT_ULL(cfg.ias) - pgsize, pa = BIT_ULL(cfg.oas) - pgsize;
	size_t mapped = 0;

	KUNIT_ASSERT_EQ(test, 0, ops->map_pages(ops, iova, pa, pgsize, 1, IOMMU_READ, GFP_KERNEL,
						&mapped));
	KUNIT_EXPECT_EQ(test, mapped, pgsize);
	KUNIT_EXPECT_EQ(test, ops->iova_to_phys(ops, iova + pgsize - 1), pa + pgsize - 1);
	KUNIT_EXPECT_EQ(test, ops->iova_to_phys(ops, iova - 1), 0);
}

static const struct restricted plain[] = {
	{ "lpae-s1", LAB_LPAE_S1, ALL_4K, 48, 48 },
	{ "lpae-s2", LAB_LPAE_S2, ALL_4K, 40, 40 },
	{ "lpae32-s1", LAB_LPAE32_S1, ALL_4K, 32, 40 },
	{ "lpae32-s2", LAB_LPAE32_S2, ALL_4K, 40, 40 },
	{ "mali", LAB_MALI, ALL_4K, 48, 40 },
};

KUNIT_ARRAY_PARAM(plain, plain, restricted_desc);

/* Passing proves that a page table which comes and goes takes nothing along. */
static void nothing_is_left(struct kunit *test)
{
	const struct restricted *r = test->param_value;
	enum io_pgtable_fmt fmt = lab_formats[r->format].fmt;
	struct io_pgtable_cfg cfg = cfg_of(test, r);
	struct lab_section section = { .tally = lab_kunit_tally(test), .gfp = GFP_KERNEL };
	const char *why = lab_watch_start() ?: lab_provider_kernel.refuses(fmt, false);
	struct io_pgtable_ops *ops;
	unsigned int objects;

	if (why)
		kunit_skip(test, "%s", why);
	lab_section_begin(&section);
	ops = lab_provider_kernel.alloc(fmt, &cfg, test);
	objects = section.objects;
	if (!IS_ERR(ops))
		lab_provider_kernel.free(ops);
	lab_section_end(&section);
	KUNIT_ASSERT_FALSE(test, IS_ERR(ops));
	/* What describes it was seen to come. */
	KUNIT_EXPECT_GT(test, objects, 0);
	lab_check(section.tally, LAB_RULE_NO_LEAK, !section.objects,
		  "%u objects are left of a page table", section.objects);
	lab_kunit_expect_clean(test, section.tally);
}

/* Passing proves that the dirty state is asked of stage 1 of 64 bits alone. */
static void dirty_state_is_refused(struct kunit *test)
{
	const struct restricted *r = test->param_value;
	struct io_pgtable_cfg cfg = cfg_of(test, r);
	struct io_pgtable_ops *ops = alloc(test, r->format, &cfg);
	struct iommu_iotlb_gather gather;
	struct iommu_dirty_bitmap dirty;
	size_t mapped = 0;

	if (r->format == LAB_LPAE_S1)
		kunit_skip(test, "stage 1 has it");
	iommu_iotlb_gather_init(&gather);
	iommu_dirty_bitmap_init(&dirty, NULL, &gather);
	KUNIT_ASSERT_EQ(test, 0, ops->map_pages(ops, 0, 0, SZ_4K, 1, IOMMU_READ | IOMMU_WRITE,
						GFP_KERNEL, &mapped));
	KUNIT_EXPECT_EQ(test, -EINVAL, ops->read_and_clear_dirty(ops, 0, SZ_4K, 0, &dirty));
	KUNIT_EXPECT_GT(test, gather.start, gather.end);
}

#if IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE)
/* Passing proves that what is no format, and a page table that is none, do no harm. */
static void no_format_is_refused(struct kunit *test)
{
	struct io_pgtable_cfg cfg = cfg_of(test, &plain[0]);

	KUNIT_EXPECT_NULL(test, alloc_io_pgtable_ops(IO_PGTABLE_NUM_FMTS, &cfg, test));
	KUNIT_EXPECT_NULL(test, alloc_io_pgtable_ops(-1, &cfg, test));
	if (!IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE_DART))
		KUNIT_EXPECT_NULL(test, alloc_io_pgtable_ops(APPLE_DART, &cfg, test));
	free_io_pgtable_ops(NULL);
}
#else
static void no_format_is_refused(struct kunit *test)
{
	kunit_skip(test, "this kernel has no io-pgtable");
}
#endif

static int config_init(struct kunit *test)
{
	test->priv = kunit_device_register(test, "lab_kernel_config");
	return PTR_ERR_OR_ZERO(test->priv);
}

static struct kunit_case config_cases[] = {
	KUNIT_CASE_PARAM(cfg_is_restricted, restricted_gen_params),
	KUNIT_CASE_PARAM(restricted_maps, restricted_gen_params),
	KUNIT_CASE_PARAM(nothing_is_left, plain_gen_params),
	KUNIT_CASE_PARAM(dirty_state_is_refused, plain_gen_params),
	KUNIT_CASE(no_format_is_refused),
	{}
};

static struct kunit_suite config_suite = {
	.name		= "lab_kernel_config",
	.init		= config_init,
	.test_cases	= config_cases,
};

kunit_test_suite(config_suite);

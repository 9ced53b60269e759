// SPDX-License-Identifier: GPL-2.0-only
/*
 * The running kernel's page tables for a device whose DMA operations are the test's:
 * each mapping of a table fails in turn, or comes back at another address than the
 * table's own, and the page table has to do without, and to leave nothing behind.
 *
 * Which mapping that is, is counted; all that the device is asked is kept.
 */
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/sizes.h>

#include "dma_device.h"
#include "lab_kunit.h"
#include "watch.h"
#include "compat/compat.h"

#define MAX_TABLES	LAB_DMA_MAPPINGS

/**
 * struct dma_case - a page table for a device that does not snoop
 * @name:	in words
 * @format:	page table format
 * @fate:	what becomes of a mapping
 * @hooks:	its tables come from hooks
 */
struct dma_case {
	const char *name;
	enum lab_format_index format;
	enum lab_dma_fate fate;
	bool hooks;
};

static const struct dma_case dma_cases[] = {
	{ "v7s, fails", LAB_V7S, LAB_DMA_FAILS },
	{ "v7s, moves", LAB_V7S, LAB_DMA_MOVES },
	{ "lpae-s1, fails", LAB_LPAE_S1, LAB_DMA_FAILS },
	{ "lpae-s1, moves", LAB_LPAE_S1, LAB_DMA_MOVES },
	{ "lpae-s2, fails", LAB_LPAE_S2, LAB_DMA_FAILS },
	{ "mali, moves", LAB_MALI, LAB_DMA_MOVES },
	/* The way of hooks is another one. */
	{ "lpae-s1 with hooks, fails", LAB_LPAE_S1, LAB_DMA_FAILS, true },
	{ "lpae-s1 with hooks, moves", LAB_LPAE_S1, LAB_DMA_MOVES, true },
};

static void dma_desc(const struct dma_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(dma, dma_cases, dma_desc);

static const struct dma_case race_cases[] = {
	{ "v7s", LAB_V7S, LAB_DMA_IS_OVERTAKEN },
	{ "lpae-s1", LAB_LPAE_S1, LAB_DMA_IS_OVERTAKEN },
	{ "lpae-s2", LAB_LPAE_S2, LAB_DMA_IS_OVERTAKEN },
	{ "mali", LAB_MALI, LAB_DMA_IS_OVERTAKEN },
	{ "lpae-s1 with hooks", LAB_LPAE_S1, LAB_DMA_IS_OVERTAKEN, true },
};

KUNIT_ARRAY_PARAM(race, race_cases, dma_desc);

/* Bytes of tables that hooks have given out, each a page at least. */
static size_t hook_bytes;

static void *hook_alloc(void *cookie, size_t size, gfp_t gfp)
{
	void *table = (void *)__get_free_pages(gfp | __GFP_ZERO, get_order(size));

	hook_bytes += table ? size : 0;
	return table;
}

static void hook_free(void *cookie, void *table, size_t size)
{
	hook_bytes -= size;
	free_pages((unsigned long)table, get_order(size));
}

/* All that was mapped was unmapped as it was, and synced within; the page table is gone. */
static void expect_balanced(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);

	lab_check(tally, LAB_RULE_DMA_BALANCED, !lab_dma_live() && !lab_dma_seen.wrong,
		  "%u mappings are left, %u calls do not fit what was mapped", lab_dma_live(),
		  lab_dma_seen.wrong);
	lab_check(tally, LAB_RULE_NO_LEAK, !hook_bytes, "%zu bytes of hooks are left", hook_bytes);
	hook_bytes = 0;
	lab_kunit_expect_clean(test, tally);
}

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

/**
 * struct freed - what was seen to go
 * @nr:		how many times
 * @pa:		the last of them, in a ring
 */
struct freed {
	unsigned int nr;
	phys_addr_t pa[MAX_TABLES];
};

static void saw_free(struct lab_section *section, phys_addr_t pa)
{
	struct freed *f = (struct freed *)section->cookie;

	f->pa[f->nr++ % MAX_TABLES] = pa;
}

static bool was_freed(const struct freed *f, phys_addr_t pa)
{
	for (unsigned int i = 0; i < min_t(unsigned int, f->nr, MAX_TABLES); i++)
		if (f->pa[i] == pa)
			return true;
	return false;
}

static struct io_pgtable_ops *alloc_with(struct kunit *test, struct io_pgtable_cfg *cfg)
{
	const struct dma_case *c = test->param_value;
	const struct lab_format *format = &lab_formats[c->format];
	struct lab_params p;

	lab_params_default(&p, format);
	*cfg = (struct io_pgtable_cfg) {
		.pgsize_bitmap	= lab_params_page_sizes(&p),
		.ias		= p.ias,
		.oas		= p.oas,
		.tlb		= &no_flush,
		.iommu_dev	= test->priv,
		.alloc		= c->hooks ? hook_alloc : NULL,
		.free		= c->hooks ? hook_free : NULL,
	};
	return lab_provider_kernel.alloc(format->fmt, cfg, test);
}

/* Nothing was allocated that did not go: of pages the root comes last. */
static void expect_nothing_left(struct kunit *test, const struct lab_section *s)
{
	const struct dma_case *c = test->param_value;

	KUNIT_EXPECT_GT(test, s->last.bytes, 0);
	lab_check(s->tally, LAB_RULE_NO_LEAK, was_freed(s->cookie, s->last.pa),
		  "the root at %pa is left, which could not be mapped", &s->last.pa);
	/* A slab cache has objects of its own, which may take their time. */
	lab_check(s->tally, LAB_RULE_NO_LEAK, c->format == LAB_V7S || !s->objects,
		  "%u objects are left where the root could not be mapped", s->objects);
	lab_kunit_expect_clean(test, s->tally);
}

/* A map until all is there, as iommu_map() does. */
static int map_all(struct io_pgtable_ops *ops, u64 iova, size_t bytes, size_t *done)
{
	size_t mapped;
	int ret = 0;

	while (!ret && *done < bytes) {
		mapped = 0;
		ret = ops->map_pages(ops, iova + *done, SZ_1G + *done, SZ_4K,
				     (bytes - *done) / SZ_4K, IOMMU_READ, GFP_KERNEL, &mapped);
		*done += mapped;
		if (!mapped)
			break;
	}
	return ret;
}

/*
 * Passing proves that wherever a table cannot be mapped for its device, the map says
 * so and how far it came, works when it is tried again, and nothing stays mapped.
 */
static void table_cannot_be_mapped(struct kunit *test)
{
	const struct dma_case *c = test->param_value;
	/* Across a table of every format */
	const u64 iova = SZ_1G - 2 * SZ_4K;
	const size_t bytes = 4 * SZ_4K;
	unsigned int at;

	for (at = 2; at < MAX_TABLES; at++) {
		struct io_pgtable_ops *ops;
		struct io_pgtable_cfg cfg;
		size_t done = 0;
		bool came;
		int ret;

		memset(&lab_dma_seen, 0, sizeof(lab_dma_seen));
		lab_dma_seen.at = at;
		lab_dma_seen.fate = c->fate;
		ops = alloc_with(test, &cfg);
		KUNIT_ASSERT_FALSE(test, IS_ERR(ops));
		ret = map_all(ops, iova, bytes, &done);
		came = lab_dma_seen.maps >= at;
		KUNIT_EXPECT_EQ(test, ret, came ? -ENOMEM : 0);
		for (size_t off = 0; off < bytes; off += SZ_4K)
			KUNIT_EXPECT_EQ(test, ops->iova_to_phys(ops, iova + off),
					off < done ? SZ_1G + off : 0);
		KUNIT_EXPECT_EQ(test, 0, map_all(ops, iova, bytes, &done));
		KUNIT_EXPECT_EQ(test, done, bytes);
		lab_provider_kernel.free(ops);
		expect_balanced(test);
		if (!came)
			break;
	}
	/* The sweep ended because there was nothing left to fail. */
	KUNIT_EXPECT_GT(test, at, 3);
	KUNIT_EXPECT_LT(test, at, MAX_TABLES);
}

/*
 * Passing proves that without a root that its device reaches there is no page table,
 * and that nothing is left of it.
 */
static void root_cannot_be_mapped(struct kunit *test)
{
	const struct dma_case *c = test->param_value;
	const char *unwatched = lab_watch_start();
	struct freed freed = {};
	struct lab_section section = {
		.tally = lab_kunit_tally(test), .cookie = &freed, .gfp = GFP_KERNEL,
		.saw_free = saw_free,
	};
	struct io_pgtable_ops *ops;
	struct io_pgtable_cfg cfg;

	memset(&lab_dma_seen, 0, sizeof(lab_dma_seen));
	lab_dma_seen.at = 1;
	lab_dma_seen.fate = c->fate;
	lab_section_begin(&section);
	ops = alloc_with(test, &cfg);
	lab_section_end(&section);
	KUNIT_EXPECT_TRUE(test, IS_ERR(ops));
	lab_check(section.tally, LAB_RULE_DMA_IDENTITY, c->fate != LAB_DMA_MOVES || IS_ERR(ops),
		  "a root is taken that the device has elsewhere");
	if (!IS_ERR(ops))
		lab_provider_kernel.free(ops);
	KUNIT_EXPECT_EQ(test, lab_dma_seen.maps, 1);
	lab_kunit_expect_clean(test, section.tally);
	expect_balanced(test);
	if (!unwatched && IS_ERR(ops))
		expect_nothing_left(test, &section);
}

/*
 * Map a page, and one beside it as the @at-th table is mapped: tables there are then, which
 * are to be @due (0 for any).
 */
static unsigned int map_overtaken(struct kunit *test, unsigned int at, unsigned int due,
				  bool *came)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	const u64 iova = SZ_1G, beside = iova + SZ_64K;
	struct io_pgtable_ops *ops;
	struct io_pgtable_cfg cfg;
	unsigned int live;
	size_t done = 0;

	memset(&lab_dma_seen, 0, sizeof(lab_dma_seen));
	ops = alloc_with(test, &cfg);
	KUNIT_ASSERT_FALSE(test, IS_ERR(ops));
	lab_dma_seen.at = at;
	lab_dma_seen.fate = LAB_DMA_IS_OVERTAKEN;
	lab_dma_seen.racer = ops;
	lab_dma_seen.race_iova = beside;
	KUNIT_EXPECT_EQ(test, 0, map_all(ops, iova, SZ_4K, &done));
	*came = !lab_dma_seen.racer;
	if (!*came)
		lab_dma_race();
	KUNIT_EXPECT_EQ(test, ops->iova_to_phys(ops, iova), SZ_1G);
	KUNIT_EXPECT_EQ(test, ops->iova_to_phys(ops, beside), SZ_2G);
	live = lab_dma_live();
	/* Now, for a kernel may WARN of a table that is left when the others go. */
	lab_check(tally, LAB_RULE_LEDGER_IN_TREE, !due || live == due,
		  "%u tables after a race for the one of mapping %u, %u without", live, at, due);
	lab_kunit_expect_clean(test, tally);
	lab_provider_kernel.free(ops);
	expect_balanced(test);
	return live;
}

/*
 * Passing proves that who loses the race for a place to hook its table up to gives the
 * table back, and goes on in the winner's: both pages are there, in as many tables as
 * without a race.
 */
static void lost_race_leaves_nothing(struct kunit *test)
{
	unsigned int due, at;
	bool came;

	due = map_overtaken(test, 0, 0, &came);
	KUNIT_ASSERT_FALSE(test, came);
	for (at = 2; at < MAX_TABLES; at++) {
		map_overtaken(test, at, due, &came);
		if (!came)
			break;
	}
	KUNIT_EXPECT_GT(test, at, 2);
	KUNIT_EXPECT_LT(test, at, MAX_TABLES);
}

/* Where the descriptor of an address is in the root. */
static dma_addr_t pointer_of(const struct lab_format *format, const struct io_pgtable_cfg *cfg,
			     u64 iova)
{
	struct lab_translation t;

	format->walker->translate(cfg, iova, &t);
	return t.desc_pa[t.first_level];
}

/*
 * Passing proves that a map which finds a table that another CPU has just hooked up shows
 * the device what points to it: the other may not have come as far as that.
 */
static void pointer_is_shown_again(struct kunit *test)
{
	const struct dma_case *c = test->param_value;
	const struct lab_format *format = &lab_formats[c->format];
	struct io_pgtable_ops *ops;
	struct io_pgtable_cfg cfg;
	size_t done = 0;

	memset(&lab_dma_seen, 0, sizeof(lab_dma_seen));
	ops = alloc_with(test, &cfg);
	KUNIT_ASSERT_FALSE(test, IS_ERR(ops));
	KUNIT_EXPECT_EQ(test, 0, map_all(ops, 0, SZ_4K, &done));
	lab_dma_seen.looked_for = pointer_of(format, &cfg, 0);
	/* As LPAE's is before it was shown: without the mark in bit 55. */
	if (c->format != LAB_V7S)
		*(u64 *)phys_to_virt(lab_dma_seen.looked_for) &= ~BIT_ULL(55);
	done = 0;
	KUNIT_EXPECT_EQ(test, 0, map_all(ops, SZ_64K, SZ_4K, &done));
	lab_provider_kernel.free(ops);
	KUNIT_EXPECT_TRUE(test, lab_dma_seen.shown);
	expect_balanced(test);
}

static int dma_init(struct kunit *test)
{
	const struct dma_case *c = test->param_value;
	struct device *dev = lab_dma_device(test);
	const char *why;

	if (IS_ERR(dev))
		return PTR_ERR(dev);
	why = lab_provider_kernel.refuses(lab_formats[c->format].fmt, false);
	if (why)
		kunit_skip(test, "%s", why);
	if (LAB_KERNEL_WARNS_OF_MOVES && c->fate == LAB_DMA_MOVES && c->format != LAB_V7S &&
	    !c->hooks)
		kunit_skip(test, "this kernel WARNs of a table that moved");
	lab_kunit_need_low_memory(test);
	test->priv = dev;
	return 0;
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(root_cannot_be_mapped, dma_gen_params),
	KUNIT_CASE_PARAM(table_cannot_be_mapped, dma_gen_params),
	KUNIT_CASE_PARAM(pointer_is_shown_again, race_gen_params),
	KUNIT_CASE_PARAM(lost_race_leaves_nothing, race_gen_params),
	{}
};

static struct kunit_suite dma_suite = {
	.name		= "lab_kernel_dma",
	.init		= dma_init,
	.test_cases	= cases,
};

kunit_test_suite(dma_suite);

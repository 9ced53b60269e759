// SPDX-License-Identifier: GPL-2.0-only
/*
 * Saboteurs of time: descriptors are right in the end, but a TLB callback, a sync or a
 * free is missing, wrong or too early, and exactly the rules that this breaks fire.
 */
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/sizes.h>

#include "saboteur.h"
#include "section.h"

#define RW	(IOMMU_READ | IOMMU_WRITE)
#define KERNEL	(&lab_provider_kernel)
#define LAB	(&lab_provider_lab)

enum {
	IOVA	= SZ_1G,
	PA	= SZ_2G + 0,
	PAGES	= 3,
};

/* The rules that a case breaks */
#define STALE	BIT_ULL(LAB_RULE_TLB_STALE)
#define CACHE	BIT_ULL(LAB_RULE_WALK_CACHE)
#define SANE	BIT_ULL(LAB_RULE_FLUSH_SANE)
#define BREAK	BIT_ULL(LAB_RULE_BREAK_BEFORE_MAKE)
#define BACK	BIT_ULL(LAB_RULE_WRITTEN_BACK)
#define VISIBLE	BIT_ULL(LAB_RULE_TABLE_VISIBLE)
#define LEDGER	BIT_ULL(LAB_RULE_LEDGER_IN_TREE)
#define TREE	BIT_ULL(LAB_RULE_TREE_IN_LEDGER)

static size_t block_of(const struct lab_instance *inst)
{
	return inst->params.format->fmt == ARM_V7S ? SZ_1M : SZ_2M;
}

/* What the instance itself does with a callback */
static const struct iommu_flush_ops *honest;

/* What an instance is asked for; pages are there from before, at IOVA. */

static void act_unmap(struct kunit *test, struct lab_instance *inst)
{
	KUNIT_EXPECT_EQ(test, 0, lab_instance_unmap(inst, IOVA, SZ_4K, PAGES));
}

static void act_unmap_queued(struct kunit *test, struct lab_instance *inst)
{
	KUNIT_EXPECT_EQ(test, 0, lab_instance_unmap_queued(inst, IOVA, SZ_4K, PAGES));
	lab_instance_sync(inst);
}

/* All that a block would map, in pages, goes with the table. */
static void act_unmap_table(struct kunit *test, struct lab_instance *inst)
{
	size_t block = block_of(inst), more = block - PAGES * SZ_4K;

	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, IOVA + PAGES * SZ_4K, PA, SZ_4K,
						  more / SZ_4K, RW));
	KUNIT_EXPECT_EQ(test, 0, lab_instance_unmap(inst, IOVA, block, 1));
}

/* A block goes over the table that unmap has left empty. */
static void act_map_block(struct kunit *test, struct lab_instance *inst)
{
	act_unmap(test, inst);
	KUNIT_EXPECT_EQ(test, 0, lab_instance_map(inst, IOVA, PA, block_of(inst), 1, RW));
}

static void act_map(struct kunit *test, struct lab_instance *inst)
{
	KUNIT_EXPECT_EQ(test, 0, lab_instance_map(inst, IOVA + SZ_64K, PA, SZ_4K, 1, RW));
}

static void act_destroy(struct kunit *test, struct lab_instance *inst)
{
	lab_kunit_destroy(test, inst);
}

/* What saboteurs do with callbacks. */

static void no_flush_all(void *cookie)
{
}

static void no_flush_walk(unsigned long iova, size_t size, size_t granule, void *cookie)
{
}

static void no_add_page(struct iommu_iotlb_gather *gather, unsigned long iova, size_t granule,
			void *cookie)
{
}

static void walk_twice_as_far(unsigned long iova, size_t size, size_t granule, void *cookie)
{
	honest->tlb_flush_walk(iova, 2 * size, granule, cookie);
}

static void walk_coarsely(unsigned long iova, size_t size, size_t granule, void *cookie)
{
	honest->tlb_flush_walk(iova, size, size, cookie);
}

static void walk_of_nobody(unsigned long iova, size_t size, size_t granule, void *cookie)
{
	honest->tlb_flush_walk(iova, size, granule, cookie + 1);
}

static void add_the_first(struct iommu_iotlb_gather *gather, unsigned long iova, size_t granule,
			  void *cookie)
{
	honest->tlb_add_page(gather, IOVA, granule, cookie);
}

static void add_the_next(struct iommu_iotlb_gather *gather, unsigned long iova, size_t granule,
			 void *cookie)
{
	honest->tlb_add_page(gather, iova + granule, granule, cookie);
}

static void add_too_large(struct iommu_iotlb_gather *gather, unsigned long iova, size_t granule,
			  void *cookie)
{
	honest->tlb_add_page(gather, iova & ~(4UL * granule - 1), 4 * granule, cookie);
}

static void add_to_nothing(struct iommu_iotlb_gather *gather, unsigned long iova, size_t granule,
			   void *cookie)
{
	honest->tlb_add_page(NULL, iova, granule, cookie);
}

/* What saboteurs do with calls. */

/* Flushes first, and unmaps then, without. */
static size_t unmap_flushed_before(struct io_pgtable_ops *ops, unsigned long iova, size_t pgsize,
				   size_t pgcount, struct iommu_iotlb_gather *gather)
{
	static const struct iommu_flush_ops none = {
		.tlb_flush_all	= no_flush_all,
		.tlb_flush_walk	= no_flush_walk,
		.tlb_add_page	= no_add_page,
	};
	struct lab_saboteur *s = lab_saboteur_of(ops);
	struct io_pgtable *iop = io_pgtable_ops_to_pgtable(s->inner);
	size_t done;

	honest->tlb_flush_walk(iova, pgsize * pgcount, SZ_4K, s->inst);
	iop->cfg.tlb = &none;
	done = lab_pass_unmap(ops, iova, pgsize, pgcount, gather);
	iop->cfg.tlb = honest;
	return done;
}

/* Adds to a gather that is for a flush queue. */
static size_t unmap_not_queued(struct io_pgtable_ops *ops, unsigned long iova, size_t pgsize,
			       size_t pgcount, struct iommu_iotlb_gather *gather)
{
	gather->queued = false;
	return lab_pass_unmap(ops, iova, pgsize, pgcount, gather);
}

/* The descriptor of @level or, with -1, of the leaf, at an address */
static void *desc_at(struct lab_instance *inst, u64 iova, int level, size_t *bytes)
{
	const struct lab_walker *w = inst->params.format->walker;
	struct lab_translation t;

	w->translate(&inst->cfg, iova, &t);
	*bytes = w->desc_bytes;
	return phys_to_virt(t.desc_pa[level < 0 ? t.level : level]);
}

static void show(struct lab_instance *inst, const void *desc, size_t bytes)
{
	dma_sync_single_for_device(inst->dev, virt_to_phys(desc), bytes, DMA_TO_DEVICE);
}

/* Shows an invalid leaf, and leaves the valid one in the cache. */
static void hide_leaf(struct lab_instance *inst, u64 iova)
{
	size_t bytes;
	void *desc = desc_at(inst, iova, -1, &bytes);
	u64 was = 0;

	memcpy(&was, desc, bytes);
	memset(desc, 0, bytes);
	show(inst, desc, bytes);
	memcpy(desc, &was, bytes);
}

static int map_not_shown(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t pa,
			 size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	int ret = lab_pass_map(ops, iova, pa, pgsize, pgcount, prot, gfp, mapped);

	hide_leaf(lab_saboteur_of(ops)->inst, iova);
	return ret;
}

/* Shows the way to a table before what is in it. */
static int map_shown_late(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t pa,
			  size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	struct lab_instance *inst = lab_saboteur_of(ops)->inst;
	int ret = lab_pass_map(ops, iova, pa, pgsize, pgcount, prot, gfp, mapped);
	int level = inst->params.format->fmt == ARM_V7S ? 1 : 2;
	size_t bytes;
	void *desc;

	hide_leaf(inst, iova);
	desc = desc_at(inst, iova, level, &bytes);
	show(inst, desc, bytes);
	desc = desc_at(inst, iova, -1, &bytes);
	show(inst, desc, bytes);
	return ret;
}

/* The way to a table that was kept, so that it can go in the end */
static struct {
	void *desc;
	u64 was;
	size_t bytes;
} kept;

/* Unhooks a table, and keeps it. */
static size_t unmap_forgets(struct io_pgtable_ops *ops, unsigned long iova, size_t pgsize,
			    size_t pgcount, struct iommu_iotlb_gather *gather)
{
	struct lab_instance *inst = lab_saboteur_of(ops)->inst;

	if (pgsize != block_of(inst))
		return lab_pass_unmap(ops, iova, pgsize, pgcount, gather);
	kept.desc = desc_at(inst, iova, inst->params.format->fmt == ARM_V7S ? 1 : 2, &kept.bytes);
	memcpy(&kept.was, kept.desc, kept.bytes);
	memset(kept.desc, 0, kept.bytes);
	honest->tlb_flush_walk(iova, pgsize, SZ_4K, inst);
	return pgsize;
}

/* The table of a page is given back while it is in use; so at least it looks. */
static int map_frees(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t pa,
		     size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	struct lab_instance *inst = lab_saboteur_of(ops)->inst;
	size_t bytes, table = inst->params.format->fmt == ARM_V7S ? SZ_1K : SZ_4K;
	int ret = lab_pass_map(ops, iova, pa, pgsize, pgcount, prot, gfp, mapped);

	lab_section_saw_free(ALIGN_DOWN(virt_to_phys(desc_at(inst, iova, -1, &bytes)), table));
	return ret;
}

/* Over whose tables, and whose memory */
enum kinds {
	SLAB		= BIT(0),	/* tables by hooks, of the lab's and the kernel's */
	OWN		= BIT(1),	/* the kernel's own */
	HIDDEN		= BIT(2),	/* a walker that does not snoop */
};

/**
 * struct timing - a saboteur of time
 * @name:	in words
 * @kinds:	over whose tables
 * @rules:	the rules that it breaks, a bit each
 * @act:	what is asked for
 * @tlb:	callbacks that get in the way; what is NULL is passed on
 * @bad:	calls that get in the way
 */
struct timing {
	const char *name;
	enum kinds kinds;
	u64 rules;
	void (*act)(struct kunit *test, struct lab_instance *inst);
	struct iommu_flush_ops tlb;
	struct io_pgtable_ops bad;
};

static const struct timing timings[] = {
	{ "nothing wrong, unmap", SLAB | OWN | HIDDEN, 0, act_unmap },
	{ "nothing wrong, queued", SLAB | OWN | HIDDEN, 0, act_unmap_queued },
	{ "nothing wrong, a table", SLAB | OWN | HIDDEN, 0, act_unmap_table },
	{ "nothing wrong, a block", SLAB | OWN | HIDDEN, 0, act_map_block },
	{ "nothing wrong, destroy", SLAB | OWN | HIDDEN, 0, act_destroy },

	{ "pages not flushed", SLAB | OWN, STALE, act_unmap,
	  .tlb = { .tlb_add_page = no_add_page } },
	{ "one page flushed again and again", SLAB | OWN, STALE, act_unmap,
	  .tlb = { .tlb_add_page = add_the_first } },
	{ "the next page flushed", SLAB, STALE | SANE, act_unmap,
	  .tlb = { .tlb_add_page = add_the_next } },
	{ "pages flushed in large steps", SLAB, STALE | SANE, act_unmap,
	  .tlb = { .tlb_add_page = add_too_large } },
	{ "pages flushed without a gather", SLAB, SANE, act_unmap,
	  .tlb = { .tlb_add_page = add_to_nothing } },
	{ "a queued gather is added to", SLAB, SANE, act_unmap_queued,
	  .bad = { .unmap_pages = unmap_not_queued } },
	{ "a table not flushed", SLAB | OWN, STALE | CACHE, act_unmap_table,
	  .tlb = { .tlb_flush_walk = no_flush_walk } },
	{ "a table flushed before it is unhooked", SLAB | OWN, STALE | CACHE, act_unmap_table,
	  .bad = { .unmap_pages = unmap_flushed_before } },
	{ "a table flushed in steps of its size", SLAB, STALE | SANE, act_unmap_table,
	  .tlb = { .tlb_flush_walk = walk_coarsely } },
	{ "twice a table flushed", SLAB, SANE, act_unmap_table,
	  .tlb = { .tlb_flush_walk = walk_twice_as_far } },
	{ "a table flushed for nobody", SLAB, SANE, act_unmap_table,
	  .tlb = { .tlb_flush_walk = walk_of_nobody } },
	{ "a block over a table not flushed", SLAB | OWN, CACHE | BREAK, act_map_block,
	  .tlb = { .tlb_flush_walk = no_flush_walk } },
	{ "freed without a flush", SLAB | OWN, CACHE, act_destroy,
	  .tlb = { .tlb_flush_all = no_flush_all } },

	{ "a page not written back", HIDDEN, BACK, act_map,
	  .bad = { .map_pages = map_not_shown } },
	{ "a table shown late", HIDDEN, VISIBLE, act_map,
	  .bad = { .map_pages = map_shown_late } },

	{ "a table unhooked and kept", OWN, LEDGER, act_unmap_table,
	  .bad = { .unmap_pages = unmap_forgets } },
	{ "a table in use given back", OWN, TREE | CACHE, act_map,
	  .bad = { .map_pages = map_frees } },
};

/**
 * struct timing_case - a saboteur of time as a KUnit parameter
 * @timing:	the saboteur
 * @config:	what it is in the way of
 */
struct timing_case {
	const struct timing *timing;
	struct lab_config config;
};

/**
 * struct victim - whose page tables saboteurs are in the way of
 * @kind:	which saboteurs
 * @provider:	who builds the tables
 * @format:	page table format
 * @own:	with memory of the kernel's own
 * @hidden:	for a walker that does not snoop
 */
struct victim {
	enum kinds kind;
	const struct lab_provider *provider;
	enum lab_format_index format;
	bool own, hidden;
};

static const struct victim victims[] = {
	{ SLAB, LAB, LAB_LPAE_S1 }, { SLAB, LAB, LAB_V7S }, { SLAB, KERNEL, LAB_LPAE_S1 },
	{ OWN, KERNEL, LAB_LPAE_S1, .own = true }, { OWN, KERNEL, LAB_V7S, .own = true },
	{ HIDDEN, LAB, LAB_LPAE_S1, .hidden = true }, { HIDDEN, LAB, LAB_V7S, .hidden = true },
	{ HIDDEN, KERNEL, LAB_LPAE_S1, .hidden = true },
	{ HIDDEN, KERNEL, LAB_V7S, .own = true, .hidden = true },
};

LAB_GENERATOR(next_timing)
{
	static struct timing_case cases[ARRAY_SIZE(victims) * ARRAY_SIZE(timings)];
	struct timing_case *c = prev ? (struct timing_case *)prev + 1 : cases;

	for (; c < cases + ARRAY_SIZE(cases); c++) {
		const struct victim *v = &victims[(c - cases) % ARRAY_SIZE(victims)];

		c->timing = &timings[(c - cases) / ARRAY_SIZE(victims)];
		if (!(c->timing->kinds & v->kind))
			continue;
		c->config = (struct lab_config) {
			.name		= "timing",
			.format		= &lab_formats[v->format],
			.provider	= v->provider,
			.allocator	= v->own ? NULL : &lab_slab,
			.noncoherent	= v->hidden,
		};
		snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s %s%s%s: %s", v->provider->name,
			 c->config.format->name, v->own ? " none" : "",
			 v->hidden ? " noncoherent" : "", c->timing->name);
		return c;
	}
	return NULL;
}

static void put_back(void *ctx)
{
	struct io_pgtable *iop = ctx;

	iop->cfg.tlb = honest;
}

/* Passing proves that what is done at the wrong time is found, and nothing else. */
static void timing_is_found(struct kunit *test)
{
	const struct timing_case *c = test->param_value;
	struct iommu_flush_ops *tlb = kunit_kzalloc(test, sizeof(*tlb), GFP_KERNEL);
	struct lab_tally *tally = lab_kunit_tally(test);
	const struct timing *t = c->timing;
	struct lab_instance *inst;
	struct io_pgtable *iop;

	KUNIT_ASSERT_NOT_NULL(test, tlb);
	inst = lab_config_create(test, &c->config, tally);
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, IOVA, PA, SZ_4K, PAGES, RW));
	lab_instance_verify(inst);
	lab_kunit_expect_clean(test, tally);

	iop = io_pgtable_ops_to_pgtable(inst->ops);
	honest = iop->cfg.tlb;
	*tlb = (struct iommu_flush_ops) {
		.tlb_flush_all	= t->tlb.tlb_flush_all ?: honest->tlb_flush_all,
		.tlb_flush_walk	= t->tlb.tlb_flush_walk ?: honest->tlb_flush_walk,
		.tlb_add_page	= t->tlb.tlb_add_page ?: honest->tlb_add_page,
	};
	iop->cfg.tlb = tlb;
	if (t->act != act_destroy)
		KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, put_back, iop));
	if (t->bad.map_pages || t->bad.unmap_pages) {
		struct io_pgtable_ops *ops = &lab_saboteur_enter(test, inst)->ops;

		ops->map_pages = t->bad.map_pages ?: ops->map_pages;
		ops->unmap_pages = t->bad.unmap_pages ?: ops->unmap_pages;
	}
	t->act(test, inst);
	lab_kunit_expect_rules(test, tally, t->rules);
	if (kept.bytes)
		memcpy(kept.desc, &kept.was, kept.bytes);
	kept.bytes = 0;
}

static struct io_pgtable_ops *left;

static void keep_tables(struct io_pgtable_ops *ops)
{
	left = ops;
}

/* Passing proves that tables of the kernel's own memory that are left are found. */
static void own_tables_left(struct kunit *test)
{
	struct lab_provider forgets = lab_provider_kernel;
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_config config = {
		.name		= "timing",
		.format		= &lab_formats[LAB_LPAE_S1],
		.provider	= KERNEL,
	};
	struct lab_instance *inst = lab_config_create(test, &config, tally);

	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, IOVA, PA, SZ_4K, PAGES, RW));
	forgets.free = keep_tables;
	inst->params.provider = &forgets;
	lab_kunit_destroy(test, inst);
	/* The instance is gone, and its callbacks with it. */
	io_pgtable_ops_to_pgtable(left)->cfg.tlb = NULL;
	KERNEL->free(left);
	/* The root and three tables below it */
	lab_kunit_expect_only(test, tally, LAB_RULE_NO_LEAK, 4);
}

static struct kunit_case saboteur_hw_cases[] = {
	KUNIT_CASE_PARAM(timing_is_found, next_timing),
	KUNIT_CASE(own_tables_left),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite saboteur_hw_suite = {
	.name		= "lab_saboteur_hw",
	LAB_SUITE_OF_THE_LAB,
	.test_cases	= saboteur_hw_cases,
};

kunit_test_suite(saboteur_hw_suite);

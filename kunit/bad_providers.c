// SPDX-License-Identifier: GPL-2.0-only
/*
 * Providers that break one rule of the contract each: the lab's own behind a
 * wrapper that does one thing wrong.
 */
#include <linux/gfp.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "io_pgtable_lab.h"
#include "lab_kunit.h"

/**
 * struct wrapped - a page table with something around it
 * @ops:	what the instance sees
 * @inner:	the page table
 * @stranger:	somebody else's instance, for callbacks that get a wrong cookie
 * @unmaps:	calls of unmap_pages that unmapped something
 */
struct wrapped {
	struct io_pgtable_ops ops;
	struct io_pgtable_ops *inner;
	struct lab_instance *stranger;
	unsigned int unmaps;
};

static struct wrapped *wrapper_of(struct io_pgtable_ops *ops)
{
	return container_of(ops, struct wrapped, ops);
}

static int pass_map(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t pa,
		    size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	struct io_pgtable_ops *inner = wrapper_of(ops)->inner;

	return inner->map_pages(inner, iova, pa, pgsize, pgcount, prot, gfp, mapped);
}

static size_t pass_unmap(struct io_pgtable_ops *ops, unsigned long iova, size_t pgsize,
			 size_t pgcount, struct iommu_iotlb_gather *gather)
{
	struct io_pgtable_ops *inner = wrapper_of(ops)->inner;

	return inner->unmap_pages(inner, iova, pgsize, pgcount, gather);
}

static phys_addr_t pass_iova_to_phys(struct io_pgtable_ops *ops, unsigned long iova)
{
	struct io_pgtable_ops *inner = wrapper_of(ops)->inner;

	return inner->iova_to_phys(inner, iova);
}

static const char *refuses_none(enum io_pgtable_fmt fmt, bool hooks)
{
	return NULL;
}

static void wrapped_free(struct io_pgtable_ops *ops)
{
	struct wrapped *w = wrapper_of(ops);

	lab_free_io_pgtable_ops(w->inner);
	kfree(w->stranger);
	kfree(w);
}

/* A page table of the lab's, made with @cookie, or with a stranger's. */
static struct wrapped *wrap(enum io_pgtable_fmt fmt, struct io_pgtable_cfg *cfg,
			    void *cookie, bool stranger)
{
	struct wrapped *w = kzalloc(sizeof(*w), GFP_KERNEL);

	if (!w)
		return ERR_PTR(-ENOMEM);
	if (stranger)
		w->stranger = kzalloc(sizeof(*w->stranger), GFP_KERNEL);
	w->inner = stranger && !w->stranger ? NULL :
		   lab_alloc_io_pgtable_ops(fmt, cfg, w->stranger ?: cookie);
	if (!w->inner) {
		kfree(w->stranger);
		kfree(w);
		return ERR_PTR(-ENOMEM);
	}
	w->ops = (struct io_pgtable_ops) {
		.map_pages	= pass_map,
		.unmap_pages	= pass_unmap,
		.iova_to_phys	= pass_iova_to_phys,
	};
	return w;
}

static struct io_pgtable_ops *ops_of(struct wrapped *w)
{
	return IS_ERR(w) ? ERR_CAST(w) : &w->ops;
}

/* Takes one hook and brings the other along itself. */
static void *own_alloc(void *cookie, size_t size, gfp_t gfp)
{
	return (void *)__get_free_pages(gfp | GFP_DMA32 | __GFP_ZERO, get_order(size));
}

static void own_free(void *cookie, void *table, size_t size)
{
	free_pages((unsigned long)table, get_order(size));
}

static struct io_pgtable_ops *unpaired_alloc(enum io_pgtable_fmt fmt,
					     struct io_pgtable_cfg *cfg, void *cookie)
{
	cfg->alloc = cfg->alloc ?: own_alloc;
	cfg->free = cfg->free ?: own_free;
	return ops_of(wrap(fmt, cfg, cookie, false));
}

const struct lab_provider lab_bad_unpaired = {
	.name		= "unpaired",
	.refuses	= refuses_none,
	.alloc		= unpaired_alloc,
	.free		= wrapped_free,
};

/* Hands the hooks a cookie that was never given to it. */
static struct io_pgtable_ops *stranger_alloc(enum io_pgtable_fmt fmt,
					     struct io_pgtable_cfg *cfg, void *cookie)
{
	return ops_of(wrap(fmt, cfg, cookie, true));
}

const struct lab_provider lab_bad_cookie = {
	.name		= "cookie",
	.refuses	= refuses_none,
	.alloc		= stranger_alloc,
	.free		= wrapped_free,
};

/* Asks the hooks to sleep where its caller did not. */
static int map_with_gfp_kernel(struct io_pgtable_ops *ops, unsigned long iova,
			       phys_addr_t pa, size_t pgsize, size_t pgcount, int prot,
			       gfp_t gfp, size_t *mapped)
{
	return pass_map(ops, iova, pa, pgsize, pgcount, prot, GFP_KERNEL, mapped);
}

static struct io_pgtable_ops *sleepy_alloc(enum io_pgtable_fmt fmt,
					   struct io_pgtable_cfg *cfg, void *cookie)
{
	struct wrapped *w = wrap(fmt, cfg, cookie, false);

	if (!IS_ERR(w))
		w->ops.map_pages = map_with_gfp_kernel;
	return ops_of(w);
}

const struct lab_provider lab_bad_gfp = {
	.name		= "gfp",
	.refuses	= refuses_none,
	.alloc		= sleepy_alloc,
	.free		= wrapped_free,
};

/* Takes a walker for coherent that is not: no table is mapped for the device. */
static struct io_pgtable_ops *unmapped_alloc(enum io_pgtable_fmt fmt,
					     struct io_pgtable_cfg *cfg, void *cookie)
{
	struct wrapped *w;

	cfg->coherent_walk = true;
	w = wrap(fmt, cfg, cookie, false);
	cfg->coherent_walk = false;
	/* Its registers are right: DDI0487 TCR_ELx, SH outer, RGN Non-cacheable. */
	cfg->arm_lpae_s1_cfg.tcr.sh = 2;
	cfg->arm_lpae_s1_cfg.tcr.irgn = 0;
	cfg->arm_lpae_s1_cfg.tcr.orgn = 0;
	return ops_of(w);
}

const struct lab_provider lab_bad_unmapped = {
	.name		= "unmapped",
	.refuses	= refuses_none,
	.alloc		= unmapped_alloc,
	.free		= wrapped_free,
};

/* Where it has to refuse, it makes a page table of what its format is by default. */
static struct io_pgtable_ops *lenient_alloc(enum io_pgtable_fmt fmt,
					    struct io_pgtable_cfg *cfg, void *cookie)
{
	struct wrapped *w = wrap(fmt, cfg, cookie, false);

	/* Half a pair of hooks is another matter. */
	if (!IS_ERR(w) || cfg->alloc || cfg->free)
		return ops_of(w);
	cfg->quirks = 0;
	cfg->ias = 32;
	cfg->oas = 32;
	cfg->pgsize_bitmap = SZ_4K;
	return ops_of(wrap(fmt, cfg, cookie, false));
}

const struct lab_provider lab_bad_lenient = {
	.name		= "lenient",
	.refuses	= refuses_none,
	.alloc		= lenient_alloc,
	.free		= wrapped_free,
};

static void *left[64];
static unsigned int nr_left;

/* Refuses, and keeps something. */
static struct io_pgtable_ops *leaking_alloc(enum io_pgtable_fmt fmt,
					    struct io_pgtable_cfg *cfg, void *cookie)
{
	struct wrapped *w = wrap(fmt, cfg, cookie, false);

	if (IS_ERR(w) && nr_left < ARRAY_SIZE(left))
		left[nr_left++] = kmalloc(64, GFP_KERNEL);
	return ops_of(w);
}

const struct lab_provider lab_bad_leaking = {
	.name		= "leaking",
	.refuses	= refuses_none,
	.alloc		= leaking_alloc,
	.free		= wrapped_free,
};

/**
 * lab_bad_leaking_clean() - free what the leaking provider has kept
 *
 * Context: Process, while nobody uses that provider.
 */
void lab_bad_leaking_clean(void)
{
	while (nr_left)
		kfree(left[--nr_left]);
}

/* Leaves the last of three pages and more, and says that it is gone. */
static size_t unmap_all_but_the_last(struct io_pgtable_ops *ops, unsigned long iova,
				     size_t pgsize, size_t pgcount,
				     struct iommu_iotlb_gather *gather)
{
	size_t done;

	if (pgcount < 3)
		return pass_unmap(ops, iova, pgsize, pgcount, gather);
	done = pass_unmap(ops, iova, pgsize, pgcount - 1, gather);
	return done == (pgcount - 1) * pgsize ? done + pgsize : done;
}

static struct io_pgtable_ops *third_page_alloc(enum io_pgtable_fmt fmt,
					       struct io_pgtable_cfg *cfg, void *cookie)
{
	struct wrapped *w = wrap(fmt, cfg, cookie, false);

	if (!IS_ERR(w))
		w->ops.unmap_pages = unmap_all_but_the_last;
	return ops_of(w);
}

const struct lab_provider lab_bad_third_page = {
	.name		= "third-page",
	.refuses	= refuses_none,
	.alloc		= third_page_alloc,
	.free		= wrapped_free,
};

static size_t count_unmap(struct io_pgtable_ops *ops, unsigned long iova, size_t pgsize,
			  size_t pgcount, struct iommu_iotlb_gather *gather)
{
	size_t done = pass_unmap(ops, iova, pgsize, pgcount, gather);

	wrapper_of(ops)->unmaps += !!done;
	return done;
}

/* Counts a page too many, once it has unmapped twice. */
static int map_and_overcount(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t pa,
			     size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	int ret = pass_map(ops, iova, pa, pgsize, pgcount, prot, gfp, mapped);

	if (!ret && wrapper_of(ops)->unmaps >= 2)
		*mapped += pgsize;
	return ret;
}

static struct io_pgtable_ops *third_map_alloc(enum io_pgtable_fmt fmt,
					      struct io_pgtable_cfg *cfg, void *cookie)
{
	struct wrapped *w = wrap(fmt, cfg, cookie, false);

	if (!IS_ERR(w)) {
		w->ops.map_pages = map_and_overcount;
		w->ops.unmap_pages = count_unmap;
	}
	return ops_of(w);
}

const struct lab_provider lab_bad_third_map = {
	.name		= "third-map",
	.refuses	= refuses_none,
	.alloc		= third_map_alloc,
	.free		= wrapped_free,
};

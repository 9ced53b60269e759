// SPDX-License-Identifier: GPL-2.0-only
/*
 * A worker: a task that calls a page table's operations on addresses of its own, while
 * others do so next to it, and holds what it is answered against what it did.
 *
 * What lies on the way to its own addresses is changed by nobody else, but that tables
 * appear on it: so it may walk there at any time.  Takes no lock that others take.
 */
#include <linux/atomic.h>
#include <linux/iommu.h>
#include <linux/kthread.h>
#include <linux/minmax.h>

#include "crowd.h"
#include "exact.h"
#include "reserve.h"

enum {
	PAGES_AT_ONCE	= 64,
	/* All of a region in its smallest pages, where these are not too many */
	WHOLE_PAGES	= 2048,
};

static u64 below(struct lab_worker *w, u64 end)
{
	return lab_crowd_below(&w->rnd, end);
}

static bool one_in(struct lab_worker *w, unsigned int nr)
{
	return !below(w, nr);
}

/* Where no ledger sees tables, what has a table's size and comes from a slab is one. */

static void saw_alloc(struct lab_section *section, phys_addr_t pa, size_t bytes)
{
	struct lab_worker *w = container_of(section, struct lab_worker, section);

	if (bytes != w->crowd->table_bytes)
		return;
	if (w->nr_taken < LAB_CROWD_TAKEN)
		w->taken[w->nr_taken++] = pa;
	lab_meet_linger(section, LAB_SECTION_TAKEN);
}

static void saw_free(struct lab_section *section, phys_addr_t pa)
{
	struct lab_worker *w = container_of(section, struct lab_worker, section);

	for (unsigned int i = 0; i < w->nr_taken; i++)
		if (w->taken[i] == pa)
			w->taken[i] = w->taken[--w->nr_taken];
}

static void open_section(struct lab_worker *w, gfp_t gfp)
{
	struct lab_instance *inst = w->crowd->inst;

	w->nr_taken = 0;
	lab_instance_section(inst, &w->section, gfp, lab_reserves(inst));
	w->section.linger = lab_meet_linger;
	if (!inst->params.allocator) {
		w->section.saw_alloc = saw_alloc;
		w->section.saw_free = saw_free;
	}
}

/* What the call took and kept has to be on the way to where it went. */
static void check_taken(struct lab_worker *w, u64 iova)
{
	struct lab_instance *inst = w->crowd->inst;
	size_t bytes = w->crowd->table_bytes;
	struct lab_translation t;
	bool reached;

	if (!w->nr_taken)
		return;
	inst->params.format->walker->translate(&inst->cfg, iova, &t);
	for (unsigned int i = 0; i < w->nr_taken; i++) {
		reached = false;
		for (int level = t.first_level; t.bytes && level <= t.level; level++)
			reached |= t.desc_pa[level] - w->taken[i] < bytes;
		lab_check(&inst->tally, LAB_RULE_LEDGER_IN_TREE, reached,
			  "a call for iova %#llx took a table at %pa, which is neither reached nor freed",
			  iova, &w->taken[i]);
	}
}

static void check_page(struct lab_worker *w, const struct lab_mapping *m, u64 iova)
{
	struct lab_instance *inst = w->crowd->inst;
	u64 due = m->pa + (iova - m->iova);
	phys_addr_t found = inst->ops->iova_to_phys(inst->ops, iova);
	struct lab_translation t;

	lab_check(&inst->tally, LAB_RULE_TRANSLATION, found == due,
		  "iova %#llx is mapped to %#llx by worker %u, iova_to_phys finds %pa", iova, due,
		  w->nr, &found);
	inst->params.format->walker->translate(&inst->cfg, iova, &t);
	lab_check(&inst->tally, LAB_RULE_TRANSLATION, !t.fault && t.oa == due,
		  "iova %#llx is mapped to %#llx by worker %u, the walker finds %pa (fault %s, level %u, descriptor %#llx)",
		  iova, due, w->nr, &t.oa, t.fault ?: "none", t.level, t.desc[t.level]);
	lab_shadow_verify_way(inst, iova, &t);
}

static void check_mapped(struct lab_worker *w, const struct lab_mapping *m)
{
	check_page(w, m, m->iova);
	check_page(w, m, m->iova + (m->bytes - 1));
	check_page(w, m, m->iova + below(w, m->bytes));
}

static void check_not_mapped(struct lab_worker *w, u64 iova)
{
	struct lab_instance *inst = w->crowd->inst;
	phys_addr_t found = inst->ops->iova_to_phys(inst->ops, iova);
	struct lab_translation t;

	lab_check(&inst->tally, LAB_RULE_TRANSLATION, !found,
		  "iova %#llx was unmapped by worker %u, iova_to_phys finds %pa", iova, w->nr,
		  &found);
	inst->params.format->walker->translate(&inst->cfg, iova, &t);
	lab_check(&inst->tally, LAB_RULE_NO_STRAY, t.fault,
		  "iova %#llx was unmapped by worker %u, level %u has descriptor %#llx", iova,
		  w->nr, t.level, t.desc[t.level]);
	lab_shadow_verify_way(inst, iova, &t);
}

/*
 * Where no table goes, anybody's address may be looked at: it is mapped or it is not,
 * and what it is mapped to tells whose it is.
 */
static void peek(struct lab_worker *w)
{
	struct lab_crowd *c = w->crowd;
	struct lab_worker *other = &c->workers[below(w, c->plan.workers)];
	struct lab_region *r = &other->regions[below(w, other->nr_regions)];
	u64 iova = r->iova + below(w, r->bytes);
	phys_addr_t found;

	if (c->plan.pattern == LAB_CONCURRENT_DISJOINT)
		return;
	found = c->inst->ops->iova_to_phys(c->inst->ops, iova);
	lab_check(&c->inst->tally, LAB_RULE_TRANSLATION,
		  !found || !((found ^ iova) & (c->block - 1)),
		  "iova %#llx is looked at by worker %u, iova_to_phys finds %pa, nobody's", iova,
		  w->nr, &found);
}

/* What to map of a region.  Output addresses are as far into a block as input ones. */
static struct lab_mapping shape(struct lab_worker *w, const struct lab_region *r)
{
	static const int prots[] = {
		IOMMU_READ, IOMMU_READ | IOMMU_WRITE, IOMMU_READ | IOMMU_WRITE | IOMMU_CACHE,
	};
	struct lab_crowd *c = w->crowd;
	unsigned long sizes = c->inst->cfg.pgsize_bitmap & (2 * r->bytes - 1);
	struct lab_mapping m = { .prot = prots[below(w, ARRAY_SIZE(prots))] };
	u64 all, count;

	while (sizes & (sizes - 1) && one_in(w, 2))
		sizes &= sizes - 1;
	m.pgsize = sizes & -sizes;
	all = r->bytes / m.pgsize;
	count = all <= WHOLE_PAGES && one_in(w, 4) ? all : 1 + below(w, min(all, PAGES_AT_ONCE));
	m.bytes = count * m.pgsize;
	m.iova = r->iova + below(w, all - count + 1) * m.pgsize;
	m.pa = (m.iova & (c->block - 1)) +
	       below(w, BIT_ULL(c->inst->cfg.oas) / c->block) * c->block;
	/* 0 is what iova_to_phys says where there is nothing. */
	if (!m.pa)
		m.pa = c->block;
	return m;
}

static void call_unmap(struct lab_worker *w, u64 iova, u64 bytes, size_t pgsize)
{
	struct lab_instance *inst = w->crowd->inst;
	struct iommu_iotlb_gather gather;
	u64 done = 0, n;

	iommu_iotlb_gather_init(&gather);
	open_section(w, GFP_ATOMIC);
	while (done < bytes) {
		const struct lab_call call = { iova + done, bytes - done, pgsize };

		n = inst->ops->unmap_pages(inst->ops, call.iova, pgsize, call.bytes / pgsize,
					   &gather);
		n = lab_exact_unmap(inst, &call, n);
		if (!n)
			break;
		done += n;
	}
	lab_section_end(&w->section);
}

static void unmap(struct lab_worker *w, u64 iova, u64 bytes, size_t pgsize)
{
	unsigned long flags;

	/* A split writes a whole table back, one by one: too long for interrupts to wait. */
	if (w->crowd->plan.pattern == LAB_CONCURRENT_SPLIT || one_in(w, 2)) {
		call_unmap(w, iova, bytes, pgsize);
	} else {
		spin_lock_irqsave(&w->atomic, flags);
		call_unmap(w, iova, bytes, pgsize);
		spin_unlock_irqrestore(&w->atomic, flags);
	}
	check_taken(w, iova);
}

static int call_map(struct lab_worker *w, const struct lab_mapping *m, gfp_t gfp, u64 *done)
{
	struct lab_instance *inst = w->crowd->inst;
	int ret = 0;
	u64 n;

	open_section(w, gfp);
	for (*done = 0; *done < m->bytes && !ret;) {
		const struct lab_call call = { m->iova + *done, m->bytes - *done, m->pgsize };
		size_t mapped = 0;

		ret = inst->ops->map_pages(inst->ops, call.iova, m->pa + *done, m->pgsize,
					   call.bytes / m->pgsize, m->prot, gfp, &mapped);
		n = lab_exact_map(inst, &call, true, ret, mapped);
		*done += n;
		if (!ret && !n)
			ret = -EIO;
	}
	lab_section_end(&w->section);
	return ret;
}

static int map(struct lab_worker *w, const struct lab_mapping *m, gfp_t gfp, u64 *done)
{
	const struct lab_call call = { m->iova, m->bytes, m->pgsize };
	struct lab_instance *inst = w->crowd->inst;
	struct lab_ledger_stats before = {};
	unsigned long flags;
	int ret;

	if (inst->params.allocator)
		before = lab_ledger_stats(&inst->ledger);
	if (gfpflags_allow_blocking(gfp)) {
		ret = call_map(w, m, gfp, done);
	} else {
		spin_lock_irqsave(&w->atomic, flags);
		ret = call_map(w, m, gfp, done);
		spin_unlock_irqrestore(&w->atomic, flags);
	}
	lab_exact_errno(inst, &call, ret, &before);
	check_taken(w, m->iova);
	return ret;
}

static void map_region(struct lab_worker *w, struct lab_region *r)
{
	struct lab_mapping m = shape(w, r);
	u64 done;

	if (map(w, &m, one_in(w, 2) ? GFP_KERNEL : GFP_ATOMIC, &done)) {
		if (done)
			unmap(w, m.iova, done, m.pgsize);
		return;
	}
	r->now = m;
	r->changed = true;
	check_mapped(w, &m);
	if (m.iova > r->iova)
		check_not_mapped(w, m.iova - 1);
}

static void unmap_region(struct lab_worker *w, struct lab_region *r)
{
	unsigned long sizes = w->crowd->inst->cfg.pgsize_bitmap;
	size_t pgsize = r->now.pgsize;
	struct lab_mapping m = r->now;

	/* All that one larger page would map goes as one, and its table with it. */
	if (m.bytes == r->bytes && sizes & r->bytes && one_in(w, 2))
		pgsize = r->bytes;
	/* What it leaves, if anything, is a violation, and stays out of everybody's way. */
	unmap(w, m.iova, m.bytes, pgsize);
	r->now.bytes = 0;
	r->changed = true;
	check_not_mapped(w, m.iova);
	check_not_mapped(w, m.iova + (m.bytes - 1));
}

static void flip(struct lab_worker *w, struct lab_region *r)
{
	if (r->now.bytes)
		unmap_region(w, r);
	else
		map_region(w, r);
}

static struct lab_region *random_region(struct lab_worker *w)
{
	return &w->regions[below(w, w->nr_regions)];
}

/* Something with something of one's own; now and then a look at somebody else's */
static void step_random(struct lab_worker *w)
{
	struct lab_region *r = random_region(w);

	if (r->now.bytes && one_in(w, 3))
		check_mapped(w, &r->now);
	else
		flip(w, r);
	peek(w);
}

/* All in the same place; a region of each place is everybody's. */
static void step_create(struct lab_worker *w)
{
	struct lab_region *r = &w->regions[w->step % w->nr_regions];

	if (!r->now.bytes)
		map_region(w, r);
	else
		check_mapped(w, &r->now);
}

/* Every other worker maps, the others unmap, and the other way round in the next step. */
static void step_opposite(struct lab_worker *w)
{
	bool map = (w->nr + w->step + w->crowd->phase) & 1;

	for (unsigned int i = 0; i < w->nr_regions; i++)
		if (map == !w->regions[i].now.bytes)
			flip(w, &w->regions[i]);
	peek(w);
}

/* Parts of the same block; who is first in a place splits it. */
static void step_split(struct lab_worker *w)
{
	unsigned int places = w->crowd->places, nr = w->nr_regions / places;
	struct lab_region *r = &w->regions[w->step % places * nr + below(w, nr)];

	if (r->now.bytes)
		unmap_region(w, r);
	peek(w);
}

static void clear(struct lab_worker *w)
{
	for (unsigned int i = 0; i < w->nr_regions; i++)
		if (w->regions[i].now.bytes)
			unmap_region(w, &w->regions[i]);
}

static void work(struct lab_worker *w)
{
	static void (* const steps[])(struct lab_worker *w) = {
		[LAB_CONCURRENT_DISJOINT]	= step_random,
		[LAB_CONCURRENT_NEIGHBOURS]	= step_random,
		[LAB_CONCURRENT_CREATE]		= step_create,
		[LAB_CONCURRENT_OPPOSITE]	= step_opposite,
		[LAB_CONCURRENT_SPLIT]		= step_split,
	};
	struct lab_crowd *c = w->crowd;

	for (w->step = 0; w->step < c->plan.steps; w->step++) {
		lab_meet(w);
		if (c->job == LAB_CROWD_CLEAR) {
			clear(w);
			return;
		}
		steps[c->plan.pattern](w);
		lab_meet_end(w);
	}
}

/**
 * lab_worker_run() - the life of a worker
 * @ctx:	the worker
 *
 * Parked until it is sent into a round, or told to stop.
 *
 * Context: A kthread.
 * Return: 0.
 */
int lab_worker_run(void *ctx)
{
	struct lab_worker *w = ctx;
	struct lab_crowd *c = w->crowd;
	unsigned int phase = 0;

	for (;;) {
		/* Pairs with send(): what the round is about was written before. */
		wait_event_idle(c->wake, smp_load_acquire(&c->phase) != phase ||
				kthread_should_stop());
		if (kthread_should_stop())
			return 0;
		phase++;
		work(w);
		if (atomic_dec_and_test(&c->busy))
			complete(&c->parked);
	}
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Concurrent mode: rounds in which several workers call one page table's operations at
 * once, and between the rounds, while all are parked, every check that there is.
 *
 * The workers call the operations past the instance, whose mutex would order them; it
 * is held for them during a round, so that nobody else comes in between.  The contract
 * is the kernel's (2c3d273eabe8, 119ff305b0be): no two callers use overlapping ranges,
 * and all else is the page table's business.
 */
#include <kunit/visibility.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#include "concurrent.h"
#include "crowd.h"
#include "format/format.h"
#include "io_pgtable_lab.h"
#include "provider.h"
#include "reserve.h"
#include "compat/compat.h"

enum {
	ROUNDS	= 2,
	STEPS	= 9,
};

const char * const lab_concurrent_names[LAB_CONCURRENT_NR] = {
	[LAB_CONCURRENT_DISJOINT]	= "disjoint",
	[LAB_CONCURRENT_NEIGHBOURS]	= "neighbours",
	[LAB_CONCURRENT_CREATE]		= "create",
	[LAB_CONCURRENT_OPPOSITE]	= "opposite",
	[LAB_CONCURRENT_SPLIT]		= "split",
};
EXPORT_SYMBOL_IF_KUNIT(lab_concurrent_names);

static unsigned int workers_of(const struct lab_concurrent_plan *plan)
{
	return plan->workers ?: clamp_t(unsigned int, num_online_cpus(), 2, LAB_CROWD_WORKERS);
}

/**
 * lab_concurrent_at_once() - whether each worker of a plan has a CPU
 * @plan:	the plan
 *
 * Where not, they take turns: all is checked, and hardly any race is run.
 *
 * Context: Any.
 */
bool lab_concurrent_at_once(const struct lab_concurrent_plan *plan)
{
	return num_online_cpus() >= workers_of(plan);
}
EXPORT_SYMBOL_IF_KUNIT(lab_concurrent_at_once);

static u64 violations(const struct lab_crowd *c)
{
	return lab_tally_violated(&c->inst->tally);
}

/* Tables at a time: those of all places, and what each worker has that came too late. */
static u64 tables_due(const struct lab_crowd *c)
{
	return (u64)(c->places + c->plan.workers) * (LAB_WALK_LEVELS - 1);
}

/* Of parts of a block a mapping is left that is known to be split. */
static int tell_region(struct lab_instance *inst, struct lab_region *r)
{
	struct lab_mapping *told = &r->told;
	int ret = 0;

	if (!r->changed)
		return 0;
	r->changed = false;
	if (told->bytes) {
		if (r->block)
			lab_model_split(&inst->model, told->iova, told->bytes, told->pgsize);
		lab_model_remove(&inst->model, told->iova, told->bytes);
	}
	r->block = false;
	if (r->now.bytes)
		ret = lab_model_add(&inst->model, &r->now);
	if (ret)
		return ret;
	*told = r->now;
	return 0;
}

/* What the model has no memory for is unmapped. */
static int tell_model(struct lab_crowd *c)
{
	struct lab_instance *inst = c->inst;
	int ret = 0;

	for (unsigned int w = 0; w < c->plan.workers; w++)
		for (unsigned int i = 0; i < c->workers[w].nr_regions; i++) {
			struct lab_region *r = &c->workers[w].regions[i];
			int err = tell_region(inst, r);

			if (!err)
				continue;
			inst->ops->unmap_pages(inst->ops, r->now.iova, r->now.pgsize,
					       r->now.bytes / r->now.pgsize, NULL);
			r->now = (struct lab_mapping) {};
			r->told = r->now;
			ret = err;
		}
	return ret;
}

/* Workers go, and come back. */
static void send(struct lab_crowd *c, enum lab_crowd_job job)
{
	memset(c->meetings, 0, sizeof(c->meetings));
	c->job = job;
	reinit_completion(&c->parked);
	atomic_set(&c->busy, c->plan.workers);
	/* Pairs with lab_worker_run(). */
	smp_store_release(&c->phase, c->phase + 1);
	wake_up_all(&c->wake);
	wait_for_completion(&c->parked);
}

/* One round; then all is still, and everything is checked. */
static int go_round(struct lab_crowd *c, enum lab_crowd_job job)
{
	bool reserves = lab_reserves(c->inst) && !c->inst->by_hand;
	struct lab_instance *inst = c->inst;
	size_t ready = 0;
	int ret = 0;

	mutex_lock(&inst->lock);
	lab_hw_crowd_begin(inst, tables_due(c));
	if (reserves) {
		ready = inst->params.allocator->ready(inst->ledger.pool);
		ret = lab_ledger_reserve(&inst->ledger, tables_due(c));
	}
	if (!ret)
		send(c, job);
	if (!ret)
		ret = tell_model(c);
	if (reserves)
		lab_release_unused(inst, ready);
	lab_hw_crowd_end(inst);
	mutex_unlock(&inst->lock);
	lab_instance_verify(inst);
	return ret;
}

/* Each place is mapped with what is to be split. */
static int stage_blocks(struct lab_crowd *c)
{
	int ret;

	for (unsigned int p = 0; p < c->places; p++) {
		size_t pgsize = lab_crowd_block_page(c, p);

		ret = lab_instance_map(c->inst, lab_crowd_place(c, p),
				       lab_crowd_block_pa(c, p), pgsize, c->block / pgsize,
				       IOMMU_READ | IOMMU_WRITE);
		if (ret)
			return ret;
	}
	for (unsigned int w = 0; w < c->plan.workers; w++)
		for (unsigned int i = 0; i < c->workers[w].nr_regions; i++) {
			struct lab_region *r = &c->workers[w].regions[i];
			unsigned int place = (r->iova - c->first) / c->stride;

			r->now = (struct lab_mapping) {
				.iova	= r->iova,
				.pa	= lab_crowd_block_pa(c, place) +
					  (r->iova & (c->block - 1)),
				.pgsize	= c->page,
				.prot	= IOMMU_READ | IOMMU_WRITE,
				.bytes	= r->bytes,
			};
			r->told = r->now;
			r->block = true;
		}
	return 0;
}

/* A block over a table that is empty drops it: the next round makes it anew. */
static int drop_tables(struct lab_crowd *c)
{
	unsigned long sizes = c->inst->cfg.pgsize_bitmap & (2 * c->stride - 1);
	size_t size = __fls(sizes) == ilog2(c->stride) && lab_crowd_below(&c->rnd, 2) ?
		      c->stride : c->block;
	int ret;

	if (!(sizes & size))
		return 0;
	for (unsigned int p = 0; p < c->places; p++) {
		u64 iova = lab_crowd_place(c, p);

		ret = lab_instance_map(c->inst, iova, size, size, 1, IOMMU_READ);
		if (!ret)
			ret = lab_instance_unmap(c->inst, iova, size, 1);
		if (ret)
			return ret;
	}
	return 0;
}

static int run_rounds(struct lab_crowd *c, u64 before)
{
	int ret = 0;

	for (unsigned int i = 0; i < c->plan.rounds && !ret && violations(c) == before; i++) {
		bool fresh = c->plan.pattern == LAB_CONCURRENT_CREATE ||
			     c->plan.pattern == LAB_CONCURRENT_SPLIT;

		if (c->plan.pattern == LAB_CONCURRENT_SPLIT)
			ret = stage_blocks(c);
		if (!ret)
			ret = go_round(c, LAB_CROWD_WORK);
		if (ret || violations(c) != before || !fresh)
			continue;
		ret = go_round(c, LAB_CROWD_CLEAR);
		if (!ret && violations(c) == before)
			ret = drop_tables(c);
	}
	return ret;
}

/* After a violation nobody knows what is there: what is found goes, page by page. */
static void abandon(struct lab_crowd *c)
{
	struct lab_instance *inst = c->inst;
	struct lab_translation t;

	mutex_lock(&inst->lock);
	for (unsigned int w = 0; w < c->plan.workers; w++)
		for (unsigned int i = 0; i < c->workers[w].nr_regions; i++) {
			struct lab_region *r = &c->workers[w].regions[i];
			struct lab_mapping *m = &r->now;

			for (u64 at = 0; at < m->bytes; at += m->pgsize) {
				inst->params.format->walker->translate(&inst->cfg, m->iova + at,
								       &t);
				if (!t.fault && t.bytes == m->pgsize)
					inst->ops->unmap_pages(inst->ops, m->iova + at, m->pgsize,
							       1, NULL);
			}
			m->bytes = 0;
			r->changed = true;
		}
	tell_model(c);
	mutex_unlock(&inst->lock);
}

static void free_crowd(struct lab_crowd *c)
{
	for (unsigned int w = 0; w < c->plan.workers; w++) {
		if (c->workers[w].task)
			kthread_stop(c->workers[w].task);
		kvfree(c->workers[w].regions);
	}
	kfree(c);
}

static int start_worker(struct lab_crowd *c, unsigned int nr, unsigned int cpu)
{
	struct lab_worker *w = &c->workers[nr];
	struct task_struct *task;

	task = kthread_create(lab_worker_run, w, "lab_worker/%u", nr);
	if (IS_ERR(task))
		return PTR_ERR(task);
	kthread_bind(task, cpu);
	w->task = task;
	wake_up_process(task);
	return 0;
}

/* Workers in turn on the CPUs that there are. */
static int start_workers(struct lab_crowd *c)
{
	unsigned int cpu = -1;
	int ret = 0;

	for (unsigned int w = 0; w < c->plan.workers && !ret; w++) {
		cpu = cpumask_next(cpu, cpu_online_mask);
		if (cpu >= nr_cpu_ids)
			cpu = cpumask_first(cpu_online_mask);
		ret = start_worker(c, w, cpu);
	}
	return ret;
}

static int make_worker(struct lab_crowd *c, unsigned int nr)
{
	struct lab_worker *w = &c->workers[nr];

	w->crowd = c;
	w->nr = nr;
	spin_lock_init(&w->atomic);
	lab_crowd_seed(&w->rnd, c->plan.seed, nr);
	w->regions = kvcalloc(LAB_CROWD_REGIONS, sizeof(*w->regions), GFP_KERNEL);
	return w->regions ? 0 : -ENOMEM;
}

static struct lab_crowd *make_crowd(struct lab_instance *inst,
				    const struct lab_concurrent_plan *plan)
{
	struct lab_table_sizes sizes = {};
	struct lab_crowd *c = kzalloc_obj(*c);
	int ret;

	if (!c)
		return ERR_PTR(-ENOMEM);
	c->inst = inst;
	c->plan = *plan;
	c->plan.workers = workers_of(plan);
	c->plan.rounds = plan->rounds ?: ROUNDS;
	c->plan.steps = plan->steps ?: STEPS;
	c->at_once = lab_concurrent_at_once(plan);
	lab_crowd_seed(&c->rnd, plan->seed, LAB_CROWD_WORKERS);
	init_waitqueue_head(&c->wake);
	init_completion(&c->parked);

	ret = lab_format_table_sizes(inst->params.format->fmt, &inst->cfg, &sizes);
	c->table_bytes = sizes.table_bytes;
	for (unsigned int w = 0; w < c->plan.workers && !ret; w++)
		ret = make_worker(c, w);
	if (!ret) {
		mutex_lock(&inst->lock);
		ret = lab_crowd_lay_out(c);
		mutex_unlock(&inst->lock);
	}
	if (!ret)
		ret = start_workers(c);
	if (ret) {
		free_crowd(c);
		return ERR_PTR(ret);
	}
	return c;
}

/**
 * lab_concurrent_run() - several CPUs at once in one page table
 * @inst:	the instance
 * @plan:	what is to be done
 *
 * What is wrong is a violation of the instance's rules; the first ends the run.  What
 * was mapped before is left alone, and nothing that was mapped by the run is left.
 *
 * Context: Process; sleeps, for the instance's mutex among others.  Its caller keeps
 * the instance from being destroyed.
 * Return: 0 where it was run, whatever came out; -EINVAL for a plan that cannot be;
 * -EOPNOTSUPP where the provider refuses to split blocks, or there are none; -ENOSPC
 * where the address space has no room; -ENOMEM.
 */
int lab_concurrent_run(struct lab_instance *inst, const struct lab_concurrent_plan *plan)
{
	u64 before = lab_tally_violated(&inst->tally);
	struct lab_crowd *c;
	int ret;

	if (plan->pattern >= LAB_CONCURRENT_NR || plan->workers == 1 ||
	    plan->workers > LAB_CROWD_WORKERS || plan->steps > LAB_CROWD_STEPS)
		return -EINVAL;
	if (plan->pattern == LAB_CONCURRENT_SPLIT && !lab_provider_splits(inst->params.provider))
		return -EOPNOTSUPP;

	c = make_crowd(inst, plan);
	if (IS_ERR(c))
		return PTR_ERR(c);
	ret = run_rounds(c, before);
	if (violations(c) == before) {
		ret = go_round(c, LAB_CROWD_CLEAR) ?: ret;
		ret = drop_tables(c) ?: ret;
	} else {
		abandon(c);
	}
	free_crowd(c);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(lab_concurrent_run);

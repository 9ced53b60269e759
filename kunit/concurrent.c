// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations side by side: workers that drive an io-pgtable without the
 * instance's mutex, on ranges of their own that share tables.
 */
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/sizes.h>

#include "format_cases.h"

#define WORKERS		4
#define ROUNDS		8
#define WORKER_PAGES	12

/**
 * struct worker - a thread that maps and unmaps ranges of its own
 * @ops:	the io-pgtable, driven without the instance's mutex
 * @first:	where the input space begins, from which all addresses count
 * @pgsize:	page size in bytes
 * @block:	what a table of pages resolves, and one block maps, in bytes
 * @offset:	of its pages in the table that all share; the last worker has a
 *		block of its own behind that table instead
 * @arrived:	counts the workers at the start of each round, where all meet
 * @done:	it is through
 * @wrong:	what went otherwise than it should
 */
struct worker {
	struct io_pgtable_ops *ops;
	u64 first;
	size_t pgsize, block;
	u64 offset;
	atomic_t *arrived;
	struct completion done;
	int wrong;
};

static void work_on(struct worker *w, u64 at, size_t pgsize, size_t count)
{
	struct iommu_iotlb_gather gather;
	u64 iova = w->first + at, pa = at + w->block;
	size_t mapped = 0;

	iommu_iotlb_gather_init(&gather);
	w->wrong += w->ops->map_pages(w->ops, iova, pa, pgsize, count, IOMMU_READ,
				      GFP_KERNEL, &mapped) != 0;
	w->wrong += mapped != count * pgsize;
	for (size_t i = 0; i < count; i++)
		w->wrong += w->ops->iova_to_phys(w->ops, iova + i * pgsize) !=
			    pa + i * pgsize;
	w->wrong += w->ops->unmap_pages(w->ops, iova, pgsize, count, &gather) !=
		    count * pgsize;
	w->wrong += w->ops->iova_to_phys(w->ops, iova) != 0;
}

static int work(void *ctx)
{
	struct worker *w = ctx;

	for (int round = 0; round < ROUNDS; round++) {
		/* A place where no table is yet: all want to make it. */
		u64 table = (u64)(2 * round + 1) * w->block;

		atomic_inc(w->arrived);
		while (atomic_read(w->arrived) < WORKERS * (round + 1))
			cond_resched();

		if (w->offset) {
			work_on(w, table + w->offset, w->pgsize, WORKER_PAGES);
		} else {
			/* A page leaves an empty table, in a block's way. */
			work_on(w, table + w->block, w->pgsize, 1);
			work_on(w, table + w->block, w->block, 1);
		}
	}
	/* Not complete() and return: the module may be gone in between. */
	kthread_complete_and_exit(&w->done, 0);
}

/* A walk that meets a leaf ends with it. */
static int any_leaf(void *ctx, const struct lab_walk_leaf *leaf)
{
	return -EEXIST;
}

/*
 * Passing proves that map, unmap and translate may run side by side on
 * disjoint ranges, also where the tables, and the creation of them, are shared.
 */
void lab_case_concurrent(struct kunit *test)
{
	struct worker *workers = kunit_kcalloc(test, WORKERS, sizeof(*workers), GFP_KERNEL);
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst = lab_config_create(test, test->param_value, tally);
	unsigned long sizes = inst->cfg.pgsize_bitmap;
	size_t pgsize = sizes & -sizes;
	size_t block = inst->params.format->fmt == ARM_V7S ? SZ_1M :
						BIT(__ffs(sizes & (sizes - 1)));
	static const struct lab_walk_visitor visitor = { .leaf = any_leaf };
	atomic_t arrived = ATOMIC_INIT(0);
	int started = 0;

	if (2 * ROUNDS * (u64)block + block > BIT_ULL(min(inst->cfg.ias, inst->cfg.oas)))
		kunit_skip(test, "the address space has no room for it");

	KUNIT_ASSERT_NOT_NULL(test, workers);
	for (; started < WORKERS; started++) {
		struct worker *w = &workers[started];
		struct task_struct *task;

		w->ops = inst->ops;
		w->first = inst->first;
		w->pgsize = pgsize;
		w->block = block;
		w->offset = started < WORKERS - 1 ? (started + 1) * WORKER_PAGES * pgsize : 0;
		w->arrived = &arrived;
		init_completion(&w->done);
		task = kthread_run(work, w, "lab_worker/%d", started);
		if (IS_ERR(task))
			break;
	}
	/* Nobody is to wait for one that could not be started. */
	atomic_add((WORKERS - started) * ROUNDS, &arrived);
	for (int i = 0; i < started; i++)
		wait_for_completion(&workers[i].done);

	KUNIT_EXPECT_EQ(test, started, WORKERS);
	for (int i = 0; i < started; i++)
		KUNIT_EXPECT_EQ_MSG(test, workers[i].wrong, 0, "worker %d", i);
	KUNIT_EXPECT_EQ(test, lab_instance_walk(inst, &visitor, NULL), 0);
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * All CPUs at once in a master's domain: each maps, uses and unmaps buffers of its own
 * through the DMA API, while the tables are verified under them.
 */
#include <kunit/resource.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/sizes.h>

#include "iommu_fixture.h"
#include "compat/compat.h"

enum {
	MOST_WORKERS	= 8,
	STEPS		= 150,
	/* Buffers that a worker has at a time */
	LIVE		= 6,
};

/**
 * struct worker - a task
 * @f:		whose master's buffers it maps
 * @rnd:	randomness of its own
 * @task:	the task
 * @done:	it is through
 * @live:	its buffers
 * @mapped:	how many it has mapped in all
 * @failures:	calls that failed
 */
struct worker {
	struct lab_fake *f;
	struct rnd_state rnd;
	struct task_struct *task;
	struct completion done;
	struct lab_buffer *live[LIVE];
	unsigned int mapped, failures;
};

static u32 below(struct worker *w, u32 end)
{
	return prandom_u32_state(&w->rnd) % end;
}

static struct lab_buffer_params any_buffer(struct worker *w)
{
	static const enum lab_buffer_kind kinds[] = {
		LAB_BUFFER_KMALLOC, LAB_BUFFER_PAGE, LAB_BUFFER_SG, LAB_BUFFER_COHERENT,
		LAB_BUFFER_NONCONTIGUOUS,
	};
	struct lab_buffer_params p = { .kind = kinds[below(w, ARRAY_SIZE(kinds))], .nr = 1 };

	p.dir = below(w, 3);
	if (p.kind == LAB_BUFFER_SG)
		p.nr = 1 + below(w, LAB_BUFFER_SEGMENTS);
	for (unsigned int i = 0; i < p.nr; i++) {
		p.bytes[i] = 1 + below(w, below(w, 4) ? SZ_8K : 256);
		if (p.kind == LAB_BUFFER_PAGE || p.kind == LAB_BUFFER_SG)
			p.offset[i] = below(w, 2) ? below(w, SZ_4K) : 0;
	}
	return p;
}

static void map_one(struct worker *w, struct lab_buffer **b)
{
	struct lab_buffer_params p = any_buffer(w);

	*b = lab_buffer_map(w->f->m, &p);
	if (IS_ERR(*b)) {
		w->failures++;
		*b = NULL;
		return;
	}
	w->mapped++;
	w->failures += !!lab_buffer_use(*b);
}

static void unmap_one(struct worker *w, struct lab_buffer **b)
{
	w->failures += !!lab_buffer_use(*b);
	w->failures += !!lab_buffer_unmap(*b);
	*b = NULL;
}

static int work(void *data)
{
	struct worker *w = data;

	for (int step = 0; step < STEPS; step++) {
		struct lab_buffer **b = &w->live[below(w, LIVE)];

		if (*b)
			unmap_one(w, b);
		else
			map_one(w, b);
	}
	for (int i = 0; i < LIVE; i++)
		if (w->live[i])
			unmap_one(w, &w->live[i]);
	complete(&w->done);
	return 0;
}

static void wait_for(void *data)
{
	struct worker *w = data;

	wait_for_completion(&w->done);
	kthread_stop_put(w->task);
}

static void start(struct kunit *test, struct worker *w, struct lab_fake *f, unsigned int nr)
{
	unsigned int cpu = cpumask_first(cpu_online_mask);

	/* In turn over the CPUs that there are. */
	for (unsigned int i = 0; i < nr % num_online_cpus(); i++)
		cpu = cpumask_next(cpu, cpu_online_mask);
	w->f = f;
	w->rnd = lab_kunit_random(nr);
	init_completion(&w->done);
	w->task = kthread_create(work, w, "lab_dma/%u", nr);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, w->task);
	get_task_struct(w->task);
	kthread_bind(w->task, cpu);
	wake_up_process(w->task);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, wait_for, w));
}

LAB_GENERATOR(next_case)
{
	return lab_fake_next(prev, desc, LAB_FAKE_MODES | LAB_FAKE_COHERENCE);
}

/*
 * Passing proves that buffers of all CPUs, mapped at the same time in one domain, do not
 * get in each other's way, and that the tables are right at any moment between and after.
 */
static void all_cpus_map(struct kunit *test)
{
	struct lab_fake *f = lab_fake_of_case(test);
	unsigned int nr = min(2 * num_online_cpus(), (unsigned int)MOST_WORKERS), mapped = 0;
	struct worker *workers = kunit_kcalloc(test, nr, sizeof(*workers), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, workers);
	for (unsigned int i = 0; i < nr; i++)
		start(test, &workers[i], f, i);
	/* It may never be quiet: then that is what it says. */
	for (unsigned int i = 0; i < nr; i++) {
		int ret = lab_iommu_verify(f->iommu);

		KUNIT_EXPECT_TRUE(test, !ret || ret == -EAGAIN);
		kunit_release_action(test, wait_for, &workers[i]);
		KUNIT_EXPECT_EQ_MSG(test, workers[i].failures, 0, "worker %u", i);
		mapped += workers[i].mapped;
	}
	KUNIT_EXPECT_GE(test, mapped, nr * STEPS / 3);
	KUNIT_EXPECT_EQ(test, f->m->faults.nr, 0);
	lab_fake_expect_empty(test, f);
	lab_fake_expect_right(test, f);
}

static struct kunit_case crowd_cases[] = {
	KUNIT_CASE_PARAM(all_cpus_map, next_case),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite crowd_suite = {
	.name		= "lab_iommu_crowd",
	.suite_init	= lab_kunit_print_seed,
	.test_cases	= crowd_cases,
	LAB_SUITE_OF_THE_LAB,
};

kunit_test_suite(crowd_suite);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The contract of allocators, on all that are registered: the lab's own, and
 * those of other modules.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "lab_kunit.h"
#include "machine.h"
#include "pool.h"
#include "table/registry.h"
#include "compat/compat.h"

/* A table size as formats use them. */
struct size_case {
	const char *name;
	size_t bytes;
};

static const struct size_case size_cases[] = {
	{ "lpae smallest root, 64 bytes", 64 },
	{ "v7s L2, 1 KB", SZ_1K },
	{ "lpae 4 KB granule", SZ_4K },
	{ "v7s L1, 16 KB", SZ_16K },
	{ "mtk 34-bit L1 and 64 KB granule", SZ_64K },
};

enum {
	NR_SIZES	= ARRAY_SIZE(size_cases),
	SIZE_1K		= 1,
	NR_TABLES	= 64,
};

/* An allocator and a size; filled in as the generators come along. */
struct allocator_case {
	const struct lab_allocator *allocator;
	const struct size_case *size;
};

static struct allocator_case cases[LAB_MAX_ALLOCATORS][NR_SIZES];

/* The next case from number @i on, @stride apart; "none" is no allocator. */
static const void *case_from(unsigned int i, unsigned int stride, char *desc)
{
	struct allocator_case *c;

	for (; i < lab_nr_allocators * NR_SIZES; i += stride) {
		c = &cases[i / NR_SIZES][i % NR_SIZES];
		c->allocator = lab_allocators[i / NR_SIZES];
		c->size = &size_cases[i % NR_SIZES];
		if (!c->allocator)
			continue;
		snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s, %s", c->allocator->name,
			 c->size->name);
		return c;
	}
	return NULL;
}

static unsigned int case_number(const void *c)
{
	return (const struct allocator_case *)c - &cases[0][0];
}

/* Every allocator with every size. */
LAB_GENERATOR(all_gen_params)
{
	return case_from(prev ? case_number(prev) + 1 : 0, 1, desc);
}

/* Every allocator with 1 KB. */
LAB_GENERATOR(each_gen_params)
{
	return case_from(prev ? case_number(prev) + NR_SIZES : SIZE_1K, NR_SIZES, desc);
}

/* A pool as the case wants it, with a reserve for all its tables. */
static struct lab_kunit_pool *pool_of(struct kunit *test)
{
	const struct allocator_case *c = test->param_value;
	const struct lab_table_sizes sizes = {
		.root_bytes	= c->size->bytes,
		.table_bytes	= c->size->bytes,
		.max_nr		= NR_TABLES,
	};
	struct lab_kunit_pool *p = lab_kunit_pool(test, c->allocator, &sizes, NR_TABLES);

	if (c->allocator->reserve)
		KUNIT_ASSERT_EQ(test, 0, c->allocator->reserve(p->pool, NR_TABLES));
	return p;
}

static void need_low_promise(struct kunit *test)
{
	const struct allocator_case *c = test->param_value;

	if (!c->allocator->low)
		kunit_skip(test, "%s promises no low memory", c->allocator->name);
	if (c->allocator->breaks)
		kunit_skip(test, "%s breaks %s on purpose", c->allocator->name,
			   c->allocator->breaks);
	lab_kunit_need_low_memory(test);
}

static bool is_low(const struct lab_kunit_pool *p, size_t i)
{
	return virt_to_phys(p->table[i]) + lab_kunit_table_bytes(p, i) <= SZ_4G;
}

/* Passing proves that what promises low memory gives it, where GFP_KERNEL would not. */
static void tables_are_low(struct kunit *test)
{
	struct lab_kunit_pool *p;

	need_low_promise(test);
	p = pool_of(test);
	lab_kunit_fill(test, p, 0, NR_TABLES);
	for (int i = 0; i < NR_TABLES; i++)
		KUNIT_EXPECT_TRUE_MSG(test, is_low(p, i), "table %d at %#llx", i,
				      (u64)virt_to_phys(p->table[i]));
}

/* Passing proves that a table can be named by its upper address bits. */
static void tables_are_aligned(struct kunit *test)
{
	struct lab_kunit_pool *p = pool_of(test);

	lab_kunit_fill(test, p, 0, NR_TABLES);
	for (int i = 0; i < NR_TABLES; i++)
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED(virt_to_phys(p->table[i]),
						   lab_kunit_table_bytes(p, i)));
}

/* Passing proves that virt_to_phys() tells where a table is. */
static void tables_are_linear(struct kunit *test)
{
	struct lab_kunit_pool *p = pool_of(test);

	lab_kunit_fill(test, p, 0, NR_TABLES);
	for (int i = 0; i < NR_TABLES; i++)
		KUNIT_EXPECT_TRUE(test, virt_addr_valid(p->table[i]));
}

/* Passing proves that a table is zeroed each time, not only when fresh. */
static void tables_are_zeroed_when_reused(struct kunit *test)
{
	struct lab_kunit_pool *p = pool_of(test);

	lab_kunit_fill(test, p, 0, NR_TABLES);
	for (int i = 0; i < NR_TABLES; i++)
		memset(p->table[i], 0xff, lab_kunit_table_bytes(p, i));
	lab_kunit_drain(p, 0, NR_TABLES);
	lab_kunit_fill(test, p, 0, NR_TABLES);
	for (int i = 0; i < NR_TABLES; i++)
		KUNIT_EXPECT_NULL(test, memchr_inv(p->table[i], 0, lab_kunit_table_bytes(p, i)));
}

/* Passing proves that live tables share no byte. */
static void tables_are_apart(struct kunit *test)
{
	struct lab_kunit_pool *p = pool_of(test);

	lab_kunit_fill(test, p, 0, NR_TABLES);
	for (int i = 0; i < NR_TABLES; i++)
		memset(p->table[i], i + 1, lab_kunit_table_bytes(p, i));
	for (int i = 0; i < NR_TABLES; i++)
		KUNIT_EXPECT_NULL(test, memchr_inv(p->table[i], i + 1,
						   lab_kunit_table_bytes(p, i)));
}

/* Passing proves that a map and an unmap in atomic context are served. */
static void atomic_context_is_served(struct kunit *test)
{
	static DEFINE_SPINLOCK(lock);
	struct lab_kunit_pool *p = pool_of(test);
	unsigned long flags;
	bool served;

	lab_kunit_fill(test, p, 0, 1);
	spin_lock_irqsave(&lock, flags);
	served = lab_kunit_alloc(p, 1, GFP_ATOMIC);
	lab_kunit_free(p, 1);
	served &= !!lab_kunit_alloc(p, 2, GFP_ATOMIC);
	spin_unlock_irqrestore(&lock, flags);
	KUNIT_EXPECT_TRUE(test, served);
}

/* Passing proves that flags naming a zone neither decide nor do harm: the slab BUGs. */
static void zone_flags_are_ignored(struct kunit *test)
{
	struct lab_kunit_pool *p;

	need_low_promise(test);
	p = pool_of(test);
	lab_kunit_alloc(p, 0, GFP_KERNEL | GFP_DMA32);
	lab_kunit_alloc(p, 1, GFP_KERNEL | GFP_DMA32);
	lab_kunit_alloc(p, 2, GFP_KERNEL | __GFP_HIGHMEM);
	lab_kunit_alloc(p, 3, GFP_KERNEL | __GFP_MOVABLE | __GFP_HIGHMEM);
	for (int i = 0; i < 4; i++) {
		KUNIT_ASSERT_NOT_NULL(test, p->table[i]);
		KUNIT_EXPECT_TRUE(test, is_low(p, i));
	}
}

/* Passing proves that an allocator's account covers its tables, and that all comes back. */
static void account_covers_tables(struct kunit *test)
{
	const struct allocator_case *c = test->param_value;
	s64 before = lab_kunit_held(test, c->allocator), during;
	struct lab_kunit_pool *p = pool_of(test);

	lab_kunit_fill(test, p, 0, NR_TABLES);
	during = lab_kunit_held(test, c->allocator);
	KUNIT_EXPECT_GE(test, during - before, (s64)(NR_TABLES * c->size->bytes));
	lab_kunit_pool_destroy(test, p);
	KUNIT_EXPECT_EQ(test, lab_kunit_held(test, c->allocator), before);
}

/* Passing proves that without low memory the answer is NULL, never a high table. */
static void no_low_memory_is_null(struct kunit *test)
{
	const struct allocator_case *c = test->param_value;
	unsigned int served = 0, high = 0;
	struct list_head *hoard, *table, *next;
	struct lab_kunit_pool *p;
	bool ran_dry = false;
	LIST_HEAD(tables);

	need_low_promise(test);
	p = pool_of(test);
	lab_kunit_fill(test, p, 0, 1);
	hoard = lab_kunit_hoard(test);
	/* What was ready, and what the per-CPU lists still held, comes first. */
	while (served < SZ_64K && !ran_dry) {
		table = c->allocator->alloc(p->pool, c->size->bytes, GFP_KERNEL);
		if (!table) {
			ran_dry = true;
			break;
		}
		high += virt_to_phys(table) + c->size->bytes > SZ_4G;
		list_add(table, &tables);
		served++;
	}
	lab_kunit_unhoard(test, hoard);

	for (table = tables.next; table != &tables; table = next) {
		next = table->next;
		c->allocator->free(p->pool, table, c->size->bytes);
	}
	kunit_info(test, "%u tables served before low memory ran out", served);
	KUNIT_EXPECT_TRUE(test, ran_dry);
	KUNIT_EXPECT_EQ(test, high, 0);
}

/**
 * struct worker - a thread that allocates and frees tables of its own
 * @pool:	the pool that all share
 * @number:	its own, what it writes into its tables
 * @done:	it is through
 * @wrong:	tables that did not come, or were not zeroed, or not its own
 */
struct worker {
	struct lab_kunit_pool *pool;
	int number;
	struct completion done;
	int wrong;
};

enum {
	WORKERS		= 4,
	WORKER_TABLES	= 15,
	ROUNDS		= 40,
};

static void work_on(struct worker *w, size_t first, size_t nr, gfp_t gfp)
{
	struct lab_kunit_pool *p = w->pool;
	size_t bytes = p->sizes.table_bytes;

	for (size_t i = first; i < first + nr; i++) {
		if (!lab_kunit_alloc(p, i, gfp)) {
			w->wrong++;
			continue;
		}
		w->wrong += !!memchr_inv(p->table[i], 0, bytes);
		memset(p->table[i], w->number, bytes);
	}
	for (size_t i = first; i < first + nr; i++) {
		if (p->table[i])
			w->wrong += !!memchr_inv(p->table[i], w->number, bytes);
		lab_kunit_free(p, i);
	}
}

static int work(void *ctx)
{
	struct worker *w = ctx;
	size_t first = 1 + (w->number - 1) * WORKER_TABLES;
	spinlock_t lock;

	spin_lock_init(&lock);
	for (int round = 0; round < ROUNDS; round++) {
		unsigned long flags;

		/* Of another number each time, so that pages run full and empty. */
		work_on(w, first, 1 + round % WORKER_TABLES, GFP_KERNEL);
		spin_lock_irqsave(&lock, flags);
		work_on(w, first, 1 + round % 3, GFP_ATOMIC);
		spin_unlock_irqrestore(&lock, flags);
		cond_resched();
	}
	/* Not complete() and return: the module may be gone in between. */
	kthread_complete_and_exit(&w->done, 0);
}

static_assert(1 + WORKERS * WORKER_TABLES <= NR_TABLES);

/* Passing proves that a pool serves threads side by side, and loses no memory by it. */
static void threads_are_served(struct kunit *test)
{
	const struct allocator_case *c = test->param_value;
	s64 before = c->allocator->held_bytes ? lab_kunit_held(test, c->allocator) : 0;
	struct worker *workers = kunit_kcalloc(test, WORKERS, sizeof(*workers), GFP_KERNEL);
	struct lab_kunit_pool *p = pool_of(test);
	int started = 0;

	KUNIT_ASSERT_NOT_NULL(test, workers);
	lab_kunit_fill(test, p, 0, 1);
	for (; started < WORKERS; started++) {
		struct worker *w = &workers[started];
		struct task_struct *task;

		w->pool = p;
		w->number = started + 1;
		init_completion(&w->done);
		task = kthread_run(work, w, "lab_worker/%d", started);
		if (IS_ERR(task))
			break;
	}
	for (int i = 0; i < started; i++)
		wait_for_completion(&workers[i].done);

	KUNIT_EXPECT_EQ(test, started, WORKERS);
	for (int i = 0; i < started; i++)
		KUNIT_EXPECT_EQ_MSG(test, workers[i].wrong, 0, "worker %d", i);
	lab_kunit_pool_destroy(test, p);
	if (c->allocator->held_bytes)
		KUNIT_EXPECT_EQ(test, lab_kunit_held(test, c->allocator), before);
}

/* Passing proves that a reserve which cannot be had is -ENOMEM, and takes nothing away. */
static void reserve_is_all_or_as_before(struct kunit *test)
{
	const struct allocator_case *c = test->param_value;
	struct list_head *hoard;
	struct lab_kunit_pool *p;

	if (!c->allocator->reserve)
		kunit_skip(test, "%s allocates when asked", c->allocator->name);
	need_low_promise(test);
	p = pool_of(test);
	hoard = lab_kunit_hoard(test);
	KUNIT_EXPECT_EQ(test, c->allocator->reserve(p->pool, SZ_64K), -ENOMEM);
	KUNIT_EXPECT_GE(test, c->allocator->ready(p->pool), (size_t)NR_TABLES);
	lab_kunit_unhoard(test, hoard);
	KUNIT_EXPECT_EQ(test, c->allocator->reserve(p->pool, 2 * NR_TABLES), 0);
	KUNIT_EXPECT_GE(test, c->allocator->ready(p->pool), (size_t)(2 * NR_TABLES));
	c->allocator->release(p->pool, 0);
	KUNIT_EXPECT_EQ(test, c->allocator->ready(p->pool), (size_t)0);
}

/* The allocators of a suite that runs must not go. */
static int allocator_suite_init(struct kunit_suite *suite)
{
	lab_allocators_get();
	return 0;
}

static void allocator_suite_exit(struct kunit_suite *suite)
{
	lab_allocators_put();
}

static struct kunit_case allocator_cases[] = {
	KUNIT_CASE_PARAM(tables_are_low, all_gen_params),
	KUNIT_CASE_PARAM(tables_are_aligned, all_gen_params),
	KUNIT_CASE_PARAM(tables_are_linear, all_gen_params),
	KUNIT_CASE_PARAM(tables_are_zeroed_when_reused, all_gen_params),
	KUNIT_CASE_PARAM(tables_are_apart, all_gen_params),
	KUNIT_CASE_PARAM(atomic_context_is_served, all_gen_params),
	KUNIT_CASE_PARAM(account_covers_tables, all_gen_params),
	KUNIT_CASE_PARAM(zone_flags_are_ignored, each_gen_params),
	KUNIT_CASE_PARAM(threads_are_served, each_gen_params),
	KUNIT_CASE_PARAM(reserve_is_all_or_as_before, each_gen_params),
	KUNIT_CASE_PARAM_ATTR(no_low_memory_is_null, each_gen_params,
			      { .speed = KUNIT_SPEED_SLOW }),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite allocator_suite = {
	.name		= "lab_allocator",
	.suite_init	= allocator_suite_init,
	.suite_exit	= allocator_suite_exit,
	.test_cases	= allocator_cases,
};

kunit_test_suite(allocator_suite);

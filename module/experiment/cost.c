// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cost of an allocator by itself: its alloc and free called on bare pools,
 * without page tables, ledger and rules around them.  What the same calls of an
 * allocator that does nothing cost, loop and clock and all, is subtracted.  The
 * lab's own probes, which see every allocation, must be down.
 *
 * Sleeps, and leaves interrupts on.  Where calls are timed one by one, those in
 * which the timer ticked are not counted: a tick costs as much as ten of them.
 */
#include <linux/compiler.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "cost.h"
#include "program.h"
#include "table/allocator.h"
#include "compat/compat.h"

enum {
	MAX_POOLS	= 16,
	/* Times that a table is freed and one allocated, and how many at a time. */
	STEADY_PAIRS	= 2048,
	STEADY_RUN	= 64,
	SEED		= 20190214,
};

/* What a v7s instance uses. */
static const struct lab_table_sizes sizes = {
	.root_bytes	= SZ_16K,
	.table_bytes	= SZ_1K,
	.max_nr		= LAB_PROGRAM_TABLES,
};

/**
 * struct bench - pools of one allocator with their tables
 * @allocator:	the allocator
 * @nr_pools:	pools that there are
 * @pool:	the pools
 * @root:	their roots, NULL before they are allocated
 * @table:	tables by slot, NULL for none; the slots of each pool in a row
 */
struct bench {
	const struct lab_allocator *allocator;
	unsigned int nr_pools;
	void *pool[MAX_POOLS];
	void *root[MAX_POOLS];
	void *table[LAB_PROGRAM_TABLES];
};

/* An allocator that does nothing: a call of it is what any call costs. */
static void *nothing_create(const struct lab_table_sizes *s)
{
	return (void *)s;
}

static void nothing_destroy(void *pool)
{
}

static noinline void *nothing_alloc(void *pool, size_t size, gfp_t gfp)
{
	return pool;
}

static noinline void nothing_free(void *pool, void *table, size_t size)
{
}

static const struct lab_allocator nothing = {
	.create		= nothing_create,
	.destroy	= nothing_destroy,
	.alloc		= nothing_alloc,
	.free		= nothing_free,
};

static void bench_free(struct bench *b, unsigned int pool_slots)
{
	const struct lab_allocator *a = b->allocator;

	for (unsigned int i = 0; i < b->nr_pools * pool_slots; i++)
		if (b->table[i])
			a->free(b->pool[i / pool_slots], b->table[i], sizes.table_bytes);
	while (b->nr_pools--) {
		if (b->root[b->nr_pools])
			a->free(b->pool[b->nr_pools], b->root[b->nr_pools], sizes.root_bytes);
		a->destroy(b->pool[b->nr_pools]);
	}
	kvfree(b);
}

static struct bench *bench_create(const struct lab_allocator *a, unsigned int nr_pools)
{
	struct bench *b = kvzalloc(sizeof(*b), GFP_KERNEL);

	if (!b)
		return ERR_PTR(-ENOMEM);
	b->allocator = a;
	while (b->nr_pools < nr_pools) {
		unsigned int i = b->nr_pools;
		void *pool = a->create(&sizes);

		if (IS_ERR(pool)) {
			bench_free(b, 0);
			return ERR_CAST(pool);
		}
		b->pool[i] = pool;
		b->nr_pools++;
		/* The first table of a pool is the root. */
		b->root[i] = a->alloc(pool, sizes.root_bytes, GFP_KERNEL);
		if (!b->root[i]) {
			bench_free(b, 0);
			return ERR_PTR(-ENOMEM);
		}
	}
	return b;
}

/* Have @nr tables ready, or for none give back what is left; ns in @ns. */
static int reserve(struct bench *b, unsigned int pool, size_t nr, s64 *ns)
{
	const struct lab_allocator *a = b->allocator;
	s64 start = ktime_get_ns();
	int ret = 0;

	if (nr)
		ret = a->reserve(b->pool[pool], nr);
	else
		a->release(b->pool[pool], 0);
	*ns += ktime_get_ns() - start;
	return ret;
}

static int do_ops(struct bench *b, const struct lab_program *p, s64 *reserve_ns)
{
	const struct lab_allocator *a = b->allocator;
	const struct lab_op *op, *end = p->ops + p->nr_ops;
	int ret;

	for (op = p->ops; op < end; op++) {
		void **table = &b->table[op->pool * p->pool_slots + op->nr];

		switch (op->kind) {
		case LAB_OP_ALLOC:
			*table = a->alloc(b->pool[op->pool], SZ_1K, GFP_KERNEL);
			if (unlikely(!*table))
				return -ENOMEM;
			break;
		case LAB_OP_FREE:
			a->free(b->pool[op->pool], *table, SZ_1K);
			*table = NULL;
			break;
		default:
			if (!a->reserve)
				break;
			ret = reserve(b, op->pool, op->nr, reserve_ns);
			if (ret)
				return ret;
		}
	}
	return 0;
}

/* All of a program with one allocator; ns, reserving apart. */
static int time_ops(const struct lab_allocator *a, const struct lab_program *p, s64 *ns,
		    s64 *reserve_ns)
{
	struct bench *b = bench_create(a, p->nr_pools);
	s64 start;
	int ret;

	if (IS_ERR(b))
		return PTR_ERR(b);

	start = ktime_get_ns();
	ret = do_ops(b, p, reserve_ns);
	*ns = ktime_get_ns() - start - *reserve_ns;
	bench_free(b, p->pool_slots);
	cond_resched();
	return !ret && signal_pending(current) ? -EINTR : ret;
}

/**
 * lab_cost_replay() - what a program costs
 * @a:		the allocator
 * @p:		the program, of which all is done, the end too
 * @replay:	the answer
 *
 * Timed as a whole, but for reserving, which is timed by itself.
 *
 * Context: Process; sleeps.
 * Return: 0, -EINTR for a signal, or the errno of what failed.
 */
int lab_cost_replay(const struct lab_allocator *a, const struct lab_program *p,
		    struct lab_replay *replay)
{
	s64 nothing_ns, ns, none = 0, reserve_ns = 0;
	int ret;

	ret = time_ops(&nothing, p, &nothing_ns, &none);
	if (!ret)
		ret = time_ops(a, p, &ns, &reserve_ns);
	if (ret)
		return ret;

	replay->pair = div_s64(ns - nothing_ns, p->pairs);
	replay->reserve = a->reserve ? div_s64(reserve_ns, p->pairs) : -1;
	return 0;
}

/* Tenths of a ns of each of @nr calls that took @ns, or -1 for none. */
static s64 tenths(s64 ns, unsigned int nr)
{
	return nr ? div_s64(ns * 10 + nr / 2, nr) : -1;
}

/*
 * Some instructions, of a number that differs from call to call: so that a clock
 * that counts in steps is read at all points of a step alike.
 */
static void dither(struct rnd_state *rnd)
{
	for (u32 n = prandom_u32_state(rnd) % 64; n; n--)
		barrier();
}

/**
 * struct steady_sums - time spent
 * @first:	in alloc where no table was freed before
 * @alloc:	in alloc
 * @free:	in free
 * @reserve:	in reserve
 * @pairs:	calls of alloc and free that were counted
 * @reserved:	tables that came by reserve
 */
struct steady_sums {
	s64 first, alloc, free, reserve;
	unsigned int pairs, reserved;
};

static int fill(struct bench *b, const struct lab_steady *s, struct steady_sums *sums)
{
	unsigned int pool_slots = s->live / s->nr_pools;
	s64 start = ktime_get_ns();

	/* Pools take turns, as they do in real life. */
	for (unsigned int i = 0; i < s->live; i++) {
		unsigned int pool = i % s->nr_pools;
		void *table = b->allocator->alloc(b->pool[pool], SZ_1K, GFP_KERNEL);

		if (!table)
			return -ENOMEM;
		b->table[pool * pool_slots + i / s->nr_pools] = table;
	}
	sums->first = ktime_get_ns() - start;
	return 0;
}

static int churn(struct bench *b, const struct lab_steady *s, struct rnd_state *rnd,
		 unsigned int pairs, struct steady_sums *sums)
{
	const struct lab_allocator *a = b->allocator;

	while (pairs--) {
		unsigned int slot = prandom_u32_state(rnd) % s->live;
		void *pool = b->pool[slot / (s->live / s->nr_pools)];
		unsigned long ticks = READ_ONCE(jiffies);
		s64 start, freed, end;

		dither(rnd);
		start = ktime_get_ns();
		a->free(pool, b->table[slot], SZ_1K);
		freed = ktime_get_ns();
		b->table[slot] = a->alloc(pool, SZ_1K, GFP_KERNEL);
		end = ktime_get_ns();
		if (!b->table[slot])
			return -ENOMEM;
		if (ticks != READ_ONCE(jiffies))
			continue;
		sums->free += freed - start;
		sums->alloc += end - freed;
		sums->pairs++;
	}
	return 0;
}

static int reserve_all(struct bench *b, size_t nr, struct steady_sums *sums)
{
	const struct lab_allocator *a = b->allocator;

	if (!a->reserve)
		return 0;
	for (unsigned int i = 0; i < b->nr_pools; i++) {
		size_t before = a->ready(b->pool[i]);
		int ret = reserve(b, i, nr, &sums->reserve);

		if (ret)
			return ret;
		sums->reserved += a->ready(b->pool[i]) - before;
	}
	return 0;
}

static int steady_on(struct bench *b, const struct lab_steady *s, struct steady_sums *sums)
{
	struct steady_sums warm = {};
	struct rnd_state rnd;
	int ret;

	prandom_seed_state(&rnd, SEED);
	ret = reserve_all(b, s->live / s->nr_pools, sums);
	if (!ret)
		ret = fill(b, s, sums);
	if (!ret)
		ret = reserve_all(b, STEADY_RUN, &warm);
	if (!ret)
		ret = churn(b, s, &rnd, s->live, &warm);
	for (unsigned int i = 0; i < STEADY_PAIRS / STEADY_RUN && !ret; i++) {
		ret = churn(b, s, &rnd, STEADY_RUN, sums);
		cond_resched();
		if (signal_pending(current))
			ret = -EINTR;
	}
	return ret;
}

static int steady(const struct lab_allocator *a, struct lab_steady *s)
{
	struct bench *b = bench_create(a, s->nr_pools);
	struct steady_sums sums = {};
	int ret;

	if (IS_ERR(b))
		return PTR_ERR(b);

	ret = steady_on(b, s, &sums);
	s->first = tenths(sums.first, s->live);
	s->alloc = tenths(sums.alloc, sums.pairs);
	s->free = tenths(sums.free, sums.pairs);
	s->reserve = tenths(sums.reserve, sums.reserved);
	bench_free(b, s->live / s->nr_pools);
	return ret;
}

/**
 * lab_cost_steady() - what a random table freed and one allocated cost
 * @a:		the allocator
 * @s:		@live and @nr_pools say where; the rest is the answer
 *
 * Each call is timed by itself.
 *
 * Context: Process; sleeps.
 * Return: 0, -EINTR for a signal, or the errno of what failed.
 */
int lab_cost_steady(const struct lab_allocator *a, struct lab_steady *s)
{
	struct lab_steady bare = *s;
	int ret;

	ret = steady(&nothing, &bare);
	if (!ret)
		ret = steady(a, s);
	s->first -= bare.first;
	s->alloc -= bare.alloc;
	s->free -= bare.free;
	return ret;
}

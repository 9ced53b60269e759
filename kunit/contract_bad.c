// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocators that one check of the contract suite each must find.  Their memory is
 * real and their own, and apart from the one fault they keep the contract; those
 * of bad_allocators.c break a rule at once.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "contract_bad.h"
#include "compat/compat.h"

/* Tables that "small" has, and that a reserve holds at most. */
#define CAPACITY	100

/**
 * struct bad_pool - what these allocators know of a pool
 * @sizes:	its table sizes
 * @task:	who made it
 * @root:	its root
 * @lent:	a piece of the root was given away as a table
 * @nr:		live tables, or those that are in @ready
 * @ready:	tables to hand out
 */
struct bad_pool {
	struct lab_table_sizes sizes;
	struct task_struct *task;
	void *root;
	bool lent;
	size_t nr;
	void *ready[CAPACITY];
};

static void *bad_create(const struct lab_table_sizes *sizes)
{
	struct bad_pool *pool = kzalloc_obj(*pool);

	if (!pool)
		return ERR_PTR(-ENOMEM);
	pool->sizes = *sizes;
	pool->task = current;
	return pool;
}

static void *pages_alloc(size_t size, gfp_t gfp)
{
	return (void *)__get_free_pages(gfp | GFP_DMA32 | __GFP_ZERO, get_order(size));
}

static void pages_free(void *pool, void *table, size_t size)
{
	free_pages((unsigned long)table, get_order(size));
}

static void bad_release(void *p, size_t keep)
{
	struct bad_pool *pool = p;

	while (pool->nr > keep)
		pages_free(pool, pool->ready[--pool->nr], pool->sizes.table_bytes);
}

static void bad_destroy(void *pool)
{
	kfree(pool);
}

static void bad_destroy_ready(void *pool)
{
	bad_release(pool, 0);
	kfree(pool);
}

/* Clean when new, and as it was left when used again. */
static void *stale_alloc(void *p, size_t size, gfp_t gfp)
{
	struct bad_pool *pool = p;

	if (pool->nr && size == pool->sizes.table_bytes)
		return pool->ready[--pool->nr];
	return pages_alloc(size, gfp);
}

static void stale_free(void *p, void *table, size_t size)
{
	struct bad_pool *pool = p;

	if (pool->nr < CAPACITY && size == pool->sizes.table_bytes)
		pool->ready[pool->nr++] = table;
	else
		pages_free(pool, table, size);
}

const struct lab_allocator lab_bad_stale = {
	.name		= "stale",
	.create		= bad_create,
	.destroy	= bad_destroy_ready,
	.alloc		= stale_alloc,
	.free		= stale_free,
};

/* A table lies inside the root, where that is larger. */
static void *shared_alloc(void *p, size_t size, gfp_t gfp)
{
	struct bad_pool *pool = p;

	if (!pool->root)
		return pool->root = pages_alloc(size, gfp);
	if (pool->sizes.root_bytes > size && !pool->lent) {
		pool->lent = true;
		return pool->root + size;
	}
	return pages_alloc(size, gfp);
}

static void shared_free(void *p, void *table, size_t size)
{
	struct bad_pool *pool = p;

	if (table == pool->root + size)
		pool->lent = false;
	else
		pages_free(pool, table, size);
}

const struct lab_allocator lab_bad_shared = {
	.name		= "shared",
	.create		= bad_create,
	.destroy	= bad_destroy,
	.alloc		= shared_alloc,
	.free		= shared_free,
};

static void *small_alloc(void *p, size_t size, gfp_t gfp)
{
	struct bad_pool *pool = p;

	return pool->nr++ < CAPACITY ? pages_alloc(size, gfp) : NULL;
}

const struct lab_allocator lab_bad_small = {
	.name		= "small",
	.create		= bad_create,
	.destroy	= bad_destroy,
	.alloc		= small_alloc,
	.free		= pages_free,
};

/* Serves the task that made the pool, and nobody else. */
static void *lonely_alloc(void *p, size_t size, gfp_t gfp)
{
	struct bad_pool *pool = p;

	return pool->task == current ? pages_alloc(size, gfp) : NULL;
}

const struct lab_allocator lab_bad_lonely = {
	.name		= "lonely",
	.create		= bad_create,
	.destroy	= bad_destroy,
	.alloc		= lonely_alloc,
	.free		= pages_free,
};

static s64 growing;

static void *growing_alloc(void *pool, size_t size, gfp_t gfp)
{
	growing += size;
	return pages_alloc(size, gfp);
}

static s64 growing_held_bytes(void)
{
	return growing;
}

/* What is freed stays in its account. */
const struct lab_allocator lab_bad_growing = {
	.name		= "growing",
	.create		= bad_create,
	.destroy	= bad_destroy,
	.alloc		= growing_alloc,
	.free		= pages_free,
	.held_bytes	= growing_held_bytes,
};

static void *modest_alloc(void *pool, size_t size, gfp_t gfp)
{
	return pages_alloc(size, gfp);
}

static s64 modest_held_bytes(void)
{
	return 1;
}

/* Its account does not know what it gave away. */
const struct lab_allocator lab_bad_modest = {
	.name		= "modest",
	.create		= bad_create,
	.destroy	= bad_destroy,
	.alloc		= modest_alloc,
	.free		= pages_free,
	.held_bytes	= modest_held_bytes,
};

static int bad_reserve(void *p, size_t nr)
{
	struct bad_pool *pool = p;

	while (pool->nr < min(nr, CAPACITY)) {
		void *table = pages_alloc(pool->sizes.table_bytes, GFP_KERNEL);

		if (!table)
			return -ENOMEM;
		pool->ready[pool->nr++] = table;
	}
	return 0;
}

static size_t bad_ready(void *p)
{
	struct bad_pool *pool = p;

	return pool->nr;
}

/* Allocates when nothing is ready. */
static void *generous_alloc(void *p, size_t size, gfp_t gfp)
{
	struct bad_pool *pool = p;

	if (!pool->root)
		return pool->root = pages_alloc(size, gfp);
	return pool->nr ? pool->ready[--pool->nr] : pages_alloc(size, gfp);
}

const struct lab_allocator lab_bad_generous = {
	.name		= "generous",
	.create		= bad_create,
	.destroy	= bad_destroy_ready,
	.alloc		= generous_alloc,
	.free		= pages_free,
	.reserve	= bad_reserve,
	.release	= bad_release,
	.ready		= bad_ready,
};

static void *keeping_alloc(void *p, size_t size, gfp_t gfp)
{
	struct bad_pool *pool = p;

	if (!pool->root)
		return pool->root = pages_alloc(size, gfp);
	return pool->nr ? pool->ready[--pool->nr] : NULL;
}

static void keeping_release(void *pool, size_t keep)
{
}

/* Gives nothing back before its pool goes. */
const struct lab_allocator lab_bad_keeping = {
	.name		= "keeping",
	.create		= bad_create,
	.destroy	= bad_destroy_ready,
	.alloc		= keeping_alloc,
	.free		= pages_free,
	.reserve	= bad_reserve,
	.release	= keeping_release,
	.ready		= bad_ready,
};

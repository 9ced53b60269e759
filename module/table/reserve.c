// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocator "reserve": tables that are ready before the job that may need them
 * starts, as VM_BIND drivers do it (panthor, msm): an operation that has begun
 * must not fail for want of memory, nor wait for it.  reserve() takes the worst
 * case from the caches of "slab", alloc() only what is ready, and what is freed
 * is ready for the next job; release() gives leftovers back.
 *
 * Ready tables are linked through their own first words, so that the
 * bookkeeping takes no memory; a spinlock guards the list.  The root, which the
 * first alloc() is for, is never from the reserve but pages of its own,
 * recognised by its address.  Who sets that address first has allocated it.
 */
#include <kunit/visibility.h>
#include <linux/kmemleak.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "allocator.h"
#include "page.h"
#include "slab.h"
#include "zero.h"
#include "compat/compat.h"

/* Tables that go to or come from the cache at once. */
#define BATCH	16

/**
 * struct reserve_pool - tables that are ready
 * @root:	the root, or NULL before it is allocated
 * @table_bytes: of each table but the root
 * @lock:	guards the list
 * @ready:	the first ready table, whose first word points to the next
 * @nr_ready:	how many there are
 * @cache:	where they come from
 */
struct reserve_pool {
	void *root;
	size_t table_bytes;
	spinlock_t lock; /* @ready, @nr_ready */
	void **ready;
	size_t nr_ready;
	struct kmem_cache *cache;
};

static atomic64_t roots_held = ATOMIC64_INIT(0);

static void *reserve_create(const struct lab_table_sizes *sizes)
{
	struct kmem_cache *cache = lab_slab_cache(sizes->table_bytes);
	struct reserve_pool *pool;

	if (IS_ERR(cache))
		return cache;
	pool = kzalloc_obj(*pool);
	if (!pool)
		return ERR_PTR(-ENOMEM);

	spin_lock_init(&pool->lock);
	pool->cache = cache;
	pool->table_bytes = sizes->table_bytes;
	return pool;
}

static void *root_alloc(struct reserve_pool *pool, size_t size, gfp_t gfp)
{
	void *table = lab_page_alloc(size, gfp, &roots_held);

	if (!table || !cmpxchg(&pool->root, NULL, table))
		return table;

	/* Somebody else's was first. */
	lab_page_free(table, size, &roots_held);
	return NULL;
}

/* The job's path: no allocation, whatever @gfp says. */
static void *reserve_alloc(void *p, size_t size, gfp_t gfp)
{
	struct reserve_pool *pool = p;
	unsigned long flags;
	void **table;

	if (unlikely(!READ_ONCE(pool->root)))
		return root_alloc(pool, size, gfp);
	/* Not a size that this instance announced. */
	if (unlikely(size != pool->table_bytes))
		return NULL;

	spin_lock_irqsave(&pool->lock, flags);
	table = pool->ready;
	if (likely(table)) {
		pool->ready = *table;
		pool->nr_ready--;
	}
	spin_unlock_irqrestore(&pool->lock, flags);

	if (likely(table))
		lab_zero_table(table, size);
	return table;
}

static void reserve_free(void *p, void *t, size_t size)
{
	struct reserve_pool *pool = p;
	void **table = t;
	unsigned long flags;

	if (unlikely(table == READ_ONCE(pool->root))) {
		WRITE_ONCE(pool->root, NULL);
		lab_page_free(table, size, &roots_held);
		return;
	}

	spin_lock_irqsave(&pool->lock, flags);
	*table = pool->ready;
	pool->ready = table;
	pool->nr_ready++;
	spin_unlock_irqrestore(&pool->lock, flags);
}

static size_t reserve_ready(void *p)
{
	struct reserve_pool *pool = p;

	return READ_ONCE(pool->nr_ready);
}

/* Put @nr tables from the cache into the list. */
static int top_up(struct reserve_pool *pool, size_t nr)
{
	void *tables[BATCH];

	if (!kmem_cache_alloc_bulk(pool->cache, GFP_KERNEL | __GFP_NOWARN, nr, tables))
		return -ENOMEM;

	for (size_t i = 0; i < nr; i++) {
		/* Only descriptors point to a table, and they hold physical addresses. */
		kmemleak_ignore(tables[i]);
		reserve_free(pool, tables[i], pool->table_bytes);
	}
	return 0;
}

/* What was topped up before memory ran out stays ready. */
static int reserve_reserve(void *p, size_t nr)
{
	struct reserve_pool *pool = p;
	size_t ready;

	while ((ready = reserve_ready(pool)) < nr) {
		int ret = top_up(pool, min_t(size_t, nr - ready, BATCH));

		if (ret)
			return ret;
		cond_resched();
	}
	return 0;
}

/* Take up to a batch of what is ready beyond @keep out of the list. */
static size_t take(struct reserve_pool *pool, void **tables, size_t keep)
{
	unsigned long flags;
	size_t nr = 0;

	spin_lock_irqsave(&pool->lock, flags);
	for (; nr < BATCH && pool->nr_ready > keep; nr++) {
		tables[nr] = pool->ready;
		pool->ready = *pool->ready;
		pool->nr_ready--;
	}
	spin_unlock_irqrestore(&pool->lock, flags);
	return nr;
}

static void reserve_release(void *p, size_t keep)
{
	struct reserve_pool *pool = p;
	void *tables[BATCH];
	size_t nr;

	while ((nr = take(pool, tables, keep))) {
		kmem_cache_free_bulk(pool->cache, nr, tables);
		cond_resched();
	}
}

static void reserve_destroy(void *pool)
{
	reserve_release(pool, 0);
	kfree(pool);
}

/*
 * Nobody but the kernel knows which slabs are there for ready tables and which
 * for tables of "slab": the same caches serve both, and both report all that
 * they hold.  What one run costs is the difference before and after it, with
 * nobody else at work.  Ready tables count as held, and so they are.
 */
static s64 reserve_held_bytes(void)
{
	s64 held = lab_slab_held_bytes();

	return held < 0 ? held : held + atomic64_read(&roots_held);
}

const struct lab_allocator lab_reserve = {
	.name		= "reserve",
	.low		= true,
	.create		= reserve_create,
	.destroy	= reserve_destroy,
	.alloc		= reserve_alloc,
	.free		= reserve_free,
	.reserve	= reserve_reserve,
	.release	= reserve_release,
	.ready		= reserve_ready,
	.held_bytes	= reserve_held_bytes,
	.trim		= lab_slab_trim,
};
EXPORT_SYMBOL_IF_KUNIT(lab_reserve);

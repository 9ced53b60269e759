// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocator "frag": fragments of low pages from a page_frag_cache, one per pool,
 * as "Use page_frag to request DMA32 memory" proposed for v7s.
 *
 * page_frag cuts chunks of PAGE_FRAG_CACHE_MAX_SIZE (32 KB) where it can get
 * them, so that one live table of 1 KB pins up to 32 KB, not the 4 KB that the
 * proposal reckoned with; and a chunk that it has turned away from is not used
 * again before its last table has gone.
 *
 * page_frag knows no lock: the pool's spinlock orders allocation, freeing and
 * the account.  page_private() of a chunk's head page counts its live tables, as
 * the page count has more holders than one; a chunk is held until that count is
 * zero and the cache has turned away from it.  A mutex guards the list of pools,
 * for trim.
 */
#include <kunit/visibility.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "allocator.h"
#include "page.h"
#include "compat/compat.h"

/**
 * struct frag_pool - a page_frag_cache and what must be known of it
 * @lock:	orders all that touches the cache or a chunk's count
 * @cache:	the cache
 * @chunk:	head page of the chunk that the cache cuts, or NULL
 * @chunk_bytes: its size
 * @link:	in the list of pools
 */
struct frag_pool {
	spinlock_t lock; /* all below, and page_private() of chunks */
	struct page_frag_cache cache;
	struct page *chunk;
	size_t chunk_bytes;
	struct list_head link;
};

static atomic64_t frag_held = ATOMIC64_INIT(0);
static LIST_HEAD(pools);
static DEFINE_MUTEX(pools_lock);

static void *frag_create(const struct lab_table_sizes *sizes)
{
	struct frag_pool *pool = kzalloc_obj(*pool);

	if (!pool)
		return ERR_PTR(-ENOMEM);

	spin_lock_init(&pool->lock);
	mutex_lock(&pools_lock);
	list_add(&pool->link, &pools);
	mutex_unlock(&pools_lock);
	return pool;
}

/* Give the chunk in use back, if none of its tables is live. */
static void drain(struct frag_pool *pool)
{
	unsigned long flags;

	spin_lock_irqsave(&pool->lock, flags);
	if (pool->chunk && !page_private(pool->chunk)) {
		page_frag_cache_drain(&pool->cache);
		atomic64_sub(pool->chunk_bytes, &frag_held);
		pool->chunk = NULL;
	}
	spin_unlock_irqrestore(&pool->lock, flags);
}

static void frag_destroy(void *p)
{
	struct frag_pool *pool = p;

	mutex_lock(&pools_lock);
	list_del(&pool->link);
	mutex_unlock(&pools_lock);
	drain(pool);
	kfree(pool);
}

/* Cut a table, and keep account of the chunks that the cache takes and leaves. */
static void *cut(struct frag_pool *pool, size_t size, gfp_t gfp)
{
	struct page *head = NULL;
	size_t bytes = 0;
	bool idle;
	void *table;

	lockdep_assert_held(&pool->lock);

	/* The cache gives an idle chunk back if it leaves it: ask before. */
	idle = pool->chunk && !page_private(pool->chunk);
	table = page_frag_alloc_align(&pool->cache, size, gfp, roundup_pow_of_two(size));
	/* A cache that could not be filled has no chunk any more. */
	if (table) {
		head = virt_to_head_page(table);
		bytes = page_size(head);
	}
	if (head != pool->chunk || bytes != pool->chunk_bytes) {
		if (idle)
			atomic64_sub(pool->chunk_bytes, &frag_held);
		atomic64_add(bytes, &frag_held);
		pool->chunk = head;
		pool->chunk_bytes = bytes;
	}
	if (head)
		set_page_private(head, page_private(head) + 1);
	return table;
}

static void *cut_locked(struct frag_pool *pool, size_t size, gfp_t gfp)
{
	unsigned long flags;
	void *table;

	spin_lock_irqsave(&pool->lock, flags);
	table = cut(pool, size, gfp & ~__GFP_DIRECT_RECLAIM);
	spin_unlock_irqrestore(&pool->lock, flags);
	return table;
}

static void put_back(struct frag_pool *pool, void *table)
{
	struct page *head = virt_to_head_page(table);
	unsigned long flags;

	spin_lock_irqsave(&pool->lock, flags);
	set_page_private(head, page_private(head) - 1);
	if (!page_private(head) && head != pool->chunk)
		atomic64_sub(page_size(head), &frag_held);
	page_frag_free(table);
	spin_unlock_irqrestore(&pool->lock, flags);
}

static void *frag_alloc(void *p, size_t size, gfp_t gfp)
{
	struct frag_pool *pool = p;
	phys_addr_t pa;
	void *table;

	/* Of more than a page page_frag is not sure. */
	if (!size || size > PAGE_SIZE)
		return lab_page_alloc(size, gfp, &frag_held);

	gfp = (gfp & ~(GFP_ZONEMASK | __GFP_ZERO)) | GFP_DMA32 | __GFP_NOWARN;
	table = cut_locked(pool, size, gfp);
	if (!table && gfpflags_allow_blocking(gfp)) {
		/* Under the lock it cannot reclaim: do that here, and ask again. */
		free_page(__get_free_page(gfp));
		table = cut_locked(pool, size, gfp);
	}
	if (!table)
		return NULL;

	pa = virt_to_phys(table);
	if (pa + size > SZ_4G) {
		pr_err_ratelimited("io_pgtable_lab: frag: table of %zu bytes at %pa is not below 4 GB\n",
				   size, &pa);
		put_back(pool, table);
		return NULL;
	}
	/* Not by __GFP_ZERO: that would be the chunk, once, and not what is cut again. */
	memset(table, 0, size);
	return table;
}

static void frag_free(void *p, void *table, size_t size)
{
	if (size > PAGE_SIZE)
		lab_page_free(table, size, &frag_held);
	else
		put_back(p, table);
}

static s64 frag_held_bytes(void)
{
	return atomic64_read(&frag_held);
}

static void frag_trim(void)
{
	struct frag_pool *pool;

	mutex_lock(&pools_lock);
	list_for_each_entry(pool, &pools, link)
		drain(pool);
	mutex_unlock(&pools_lock);
}

const struct lab_allocator lab_frag = {
	.name		= "frag",
	.low		= true,
	.create		= frag_create,
	.destroy	= frag_destroy,
	.alloc		= frag_alloc,
	.free		= frag_free,
	.held_bytes	= frag_held_bytes,
	.trim		= frag_trim,
};
EXPORT_SYMBOL_IF_KUNIT(lab_frag);

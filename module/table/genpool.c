// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocator "genpool": a gen_pool over low memory that is reserved when the pool
 * is created, for the most tables that the input space can take: 4 MB for v7s, 16
 * MB for MediaTek's 34 bits.  Nothing can run out afterwards, and nothing is given
 * back before the pool goes.  Where the most would be more than 16 MB, or is not
 * known, 4 MB are reserved, and a pool that is full is out of memory.
 *
 * The root lies beside the pool in pages of its own, recognised by its address:
 * it may be larger than the tables.  gen_pool needs no lock; who sets the root's
 * address first, has allocated the root.  gen_pool's bitmap, of a bit per table,
 * is not in the account.
 */
#include <kunit/visibility.h>
#include <linux/genalloc.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "allocator.h"
#include "page.h"
#include "compat/compat.h"

/* The most that a pool reserves; what it does where that is not enough. */
#define MOST_BYTES	SZ_16M
#define USUAL_BYTES	SZ_4M
#define CHUNK_BYTES	SZ_4M

/**
 * struct genpool - low memory and its gen_pool
 * @gen:	the gen_pool
 * @chunks:	first pages of what was reserved, by their lru; page_private()
 *		is the order
 * @bytes:	reserved
 * @table_bytes: of each table but the root
 * @root:	the root, or NULL before it is allocated
 */
struct genpool {
	struct gen_pool *gen;
	struct list_head chunks;
	s64 bytes;
	size_t table_bytes;
	void *root;
};

static atomic64_t genpool_held = ATOMIC64_INIT(0);

static void genpool_destroy(void *p)
{
	struct genpool *pool = p;
	struct page *page, *next;

	gen_pool_destroy(pool->gen);
	list_for_each_entry_safe(page, next, &pool->chunks, lru) {
		int order = page_private(page);

		set_page_private(page, 0);
		__free_pages(page, order);
	}
	atomic64_sub(pool->bytes, &genpool_held);
	kfree(pool);
}

/* One more chunk: as much of @bytes as can be had in one piece, or an errno. */
static ssize_t add_chunk(struct genpool *pool, size_t bytes)
{
	int order = ilog2(clamp(bytes, PAGE_SIZE, CHUNK_BYTES)) - PAGE_SHIFT;
	int least = get_order(pool->table_bytes);
	struct page *page = NULL;
	int ret;

	for (order = min(order, MAX_PAGE_ORDER); order >= least; order--) {
		gfp_t gfp = GFP_KERNEL | GFP_DMA32 | __GFP_NOWARN;

		/* A smaller piece will do: no reclaim for a large one. */
		page = alloc_pages(order > least ? gfp | __GFP_NORETRY : gfp, order);
		if (page)
			break;
	}
	if (!page)
		return -ENOMEM;

	bytes = min(bytes, PAGE_SIZE << order);
	ret = gen_pool_add(pool->gen, (unsigned long)page_address(page), bytes, NUMA_NO_NODE);
	if (ret) {
		__free_pages(page, order);
		return ret;
	}
	set_page_private(page, order);
	list_add(&page->lru, &pool->chunks);
	pool->bytes += PAGE_SIZE << order;
	atomic64_add(PAGE_SIZE << order, &genpool_held);
	return bytes;
}

static size_t wanted_bytes(const struct lab_table_sizes *sizes)
{
	if (!sizes->max_nr || sizes->max_nr > MOST_BYTES / sizes->table_bytes)
		return max(USUAL_BYTES, sizes->table_bytes);
	return sizes->max_nr * sizes->table_bytes;
}

static void *genpool_create(const struct lab_table_sizes *sizes)
{
	size_t bytes = wanted_bytes(sizes);
	struct genpool *pool = kzalloc_obj(*pool);

	if (!pool)
		return ERR_PTR(-ENOMEM);

	INIT_LIST_HEAD(&pool->chunks);
	pool->table_bytes = sizes->table_bytes;
	/* A table is one bit of the bitmap, and as aligned as it is large. */
	pool->gen = gen_pool_create(order_base_2(sizes->table_bytes), NUMA_NO_NODE);
	if (!pool->gen) {
		kfree(pool);
		return ERR_PTR(-ENOMEM);
	}
	while (bytes) {
		ssize_t added = add_chunk(pool, bytes);

		if (added < 0) {
			genpool_destroy(pool);
			return ERR_PTR(added);
		}
		bytes -= added;
	}
	return pool;
}

static void *genpool_alloc(void *p, size_t size, gfp_t gfp)
{
	struct genpool *pool = p;
	void *table;

	if (!READ_ONCE(pool->root)) {
		table = lab_page_alloc(size, gfp, &genpool_held);
		if (!table || !cmpxchg(&pool->root, NULL, table))
			return table;
		lab_page_free(table, size, &genpool_held);
	}

	/* Not a size that this instance announced. */
	if (size != pool->table_bytes)
		return NULL;
	table = (void *)gen_pool_alloc(pool->gen, size);
	if (table)
		memset(table, 0, size);
	return table;
}

static void genpool_free(void *p, void *table, size_t size)
{
	struct genpool *pool = p;

	if (table != READ_ONCE(pool->root)) {
		gen_pool_free(pool->gen, (unsigned long)table, size);
		return;
	}
	WRITE_ONCE(pool->root, NULL);
	lab_page_free(table, size, &genpool_held);
}

static s64 genpool_held_bytes(void)
{
	return atomic64_read(&genpool_held);
}

const struct lab_allocator lab_genpool = {
	.name		= "genpool",
	.low		= true,
	.create		= genpool_create,
	.destroy	= genpool_destroy,
	.alloc		= genpool_alloc,
	.free		= genpool_free,
	.held_bytes	= genpool_held_bytes,
};
EXPORT_SYMBOL_IF_KUNIT(lab_genpool);

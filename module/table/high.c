// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocator "high": ordinary memory, which on a machine with RAM above 4 GB lies
 * there; the mistake that broke v7s in 4.15 (ad67f5a6545f), kept to show what it
 * does.  It promises low memory and does not give it.
 *
 * No locks: the page allocator has its own.
 */
#include <kunit/visibility.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "allocator.h"
#include "compat/compat.h"

/* Low pages that are held back at most while a high one is looked for. */
#define MAX_TRIES	256

static atomic64_t high_held = ATOMIC64_INIT(0);

static void *high_create(const struct lab_table_sizes *sizes)
{
	return NULL;
}

static void high_destroy(void *pool)
{
}

/*
 * The page allocator prefers high memory but does not promise it, so that low
 * pages are held back until a high one comes.  Where none does, the low page is
 * what an ordinary allocation would have got.
 */
static void *high_alloc(void *pool, size_t size, gfp_t gfp)
{
	struct page *page = NULL, *next;
	int order = get_order(size);
	LIST_HEAD(low);
	void *table;

	if (!size)
		return NULL;

	gfp = (gfp & ~(GFP_ZONEMASK | __GFP_ZERO)) | __GFP_NOWARN;
	for (int tries = 0; tries < MAX_TRIES; tries++) {
		page = alloc_pages(gfp, order);
		if (!page || page_to_phys(page) >= SZ_4G)
			break;
		list_add(&page->lru, &low);
		page = NULL;
	}
	if (!page && !list_empty(&low)) {
		page = list_last_entry(&low, struct page, lru);
		list_del(&page->lru);
	}
	table = page ? page_address(page) : NULL;

	list_for_each_entry_safe(page, next, &low, lru)
		__free_pages(page, order);
	if (!table)
		return NULL;

	memset(table, 0, size);
	atomic64_add(PAGE_SIZE << order, &high_held);
	return table;
}

static void high_free(void *pool, void *table, size_t size)
{
	free_pages((unsigned long)table, get_order(size));
	atomic64_sub(PAGE_SIZE << get_order(size), &high_held);
}

static s64 high_held_bytes(void)
{
	return atomic64_read(&high_held);
}

const struct lab_allocator lab_high = {
	.name		= "high",
	.breaks		= "table-limit and table-low",
	.low		= true,
	.create		= high_create,
	.destroy	= high_destroy,
	.alloc		= high_alloc,
	.free		= high_free,
	.held_bytes	= high_held_bytes,
};
EXPORT_SYMBOL_IF_KUNIT(lab_high);

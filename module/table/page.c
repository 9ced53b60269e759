// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocator "page": a low page for each table, or as many as it takes; what the
 * kernel's LPAE does for itself, but below 4 GB.  A v7s table of 1 KB pins a
 * whole page.
 *
 * No locks: the page allocator has its own.
 */
#include <kunit/visibility.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "allocator.h"
#include "page.h"
#include "compat/compat.h"

static atomic64_t page_held = ATOMIC64_INIT(0);

/**
 * lab_page_alloc() - a table in whole low pages
 * @size:	bytes
 * @gfp:	flags; a zone in them is passed over
 * @held:	account that the pages are added to, in bytes
 *
 * kmemleak does not look at pages, so that nothing is to be hidden from it.
 *
 * Context: Any that @gfp allows.
 * Return: the table, zeroed and naturally aligned, or NULL.
 */
void *lab_page_alloc(size_t size, gfp_t gfp, atomic64_t *held)
{
	int order = get_order(size);
	struct page *page;

	if (!size)
		return NULL;

	gfp = (gfp & ~GFP_ZONEMASK) | GFP_DMA32 | __GFP_ZERO | __GFP_NOWARN;
	/* Near this CPU: the memory policy of whoever maps is about his own memory. */
	page = alloc_pages_node(NUMA_NO_NODE, gfp, order);
	if (!page)
		return NULL;
	atomic64_add(PAGE_SIZE << order, held);
	return page_address(page);
}

/**
 * lab_page_free() - counterpart of lab_page_alloc()
 * @table:	the table
 * @size:	bytes
 * @held:	account that the pages are taken from
 *
 * Context: Any.
 */
void lab_page_free(void *table, size_t size, atomic64_t *held)
{
	free_pages((unsigned long)table, get_order(size));
	atomic64_sub(PAGE_SIZE << get_order(size), held);
}

static void *page_create(const struct lab_table_sizes *sizes)
{
	return NULL;
}

static void page_destroy(void *pool)
{
}

static void *page_alloc(void *pool, size_t size, gfp_t gfp)
{
	return lab_page_alloc(size, gfp, &page_held);
}

static void page_free(void *pool, void *table, size_t size)
{
	lab_page_free(table, size, &page_held);
}

static s64 page_held_bytes(void)
{
	return atomic64_read(&page_held);
}

const struct lab_allocator lab_page = {
	.name		= "page",
	.low		= true,
	.create		= page_create,
	.destroy	= page_destroy,
	.alloc		= page_alloc,
	.free		= page_free,
	.held_bytes	= page_held_bytes,
};
EXPORT_SYMBOL_IF_KUNIT(lab_page);

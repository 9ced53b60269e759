// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the suites about allocators share.  Whatever is acquired here goes with
 * its test.
 */
#include <kunit/resource.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "machine.h"
#include "pool.h"
#include "compat/compat.h"

/**
 * lab_kunit_table_bytes() - size of a table
 * @p:		its pool
 * @i:		its number
 *
 * Context: Any.
 * Return: bytes.
 */
size_t lab_kunit_table_bytes(const struct lab_kunit_pool *p, size_t i)
{
	return i ? p->sizes.table_bytes : p->sizes.root_bytes;
}

/**
 * lab_kunit_alloc() - allocate a table
 * @p:		its pool
 * @i:		its number, of which there is none yet
 * @gfp:	flags
 *
 * Context: Any that @gfp allows.
 * Return: the table or NULL.
 */
void *lab_kunit_alloc(struct lab_kunit_pool *p, size_t i, gfp_t gfp)
{
	p->table[i] = p->allocator->alloc(p->pool, lab_kunit_table_bytes(p, i), gfp);
	return p->table[i];
}

/**
 * lab_kunit_free() - free a table
 * @p:		its pool
 * @i:		its number; nothing is done if there is none
 *
 * Context: Any.
 */
void lab_kunit_free(struct lab_kunit_pool *p, size_t i)
{
	if (p->table[i])
		p->allocator->free(p->pool, p->table[i], lab_kunit_table_bytes(p, i));
	p->table[i] = NULL;
}

/**
 * lab_kunit_fill() - allocate tables, or fail the test
 * @test:	the test
 * @p:		their pool
 * @first:	number of the first one
 * @end:	and behind the last one
 *
 * Context: Process.
 */
void lab_kunit_fill(struct kunit *test, struct lab_kunit_pool *p, size_t first, size_t end)
{
	for (size_t i = first; i < end; i++)
		KUNIT_ASSERT_NOT_NULL(test, lab_kunit_alloc(p, i, GFP_KERNEL));
}

/**
 * lab_kunit_drain() - free tables
 * @p:		their pool
 * @first:	number of the first one
 * @end:	and behind the last one
 *
 * Context: Process.
 */
void lab_kunit_drain(struct lab_kunit_pool *p, size_t first, size_t end)
{
	for (size_t i = first; i < end; i++)
		lab_kunit_free(p, i);
}

static void destroy_pool(void *ctx)
{
	struct lab_kunit_pool *p = ctx;

	/* As a page table goes: the root last. */
	lab_kunit_drain(p, 1, p->nr);
	lab_kunit_free(p, 0);
	p->allocator->destroy(p->pool);
	kvfree(p);
}

/**
 * lab_kunit_pool() - a pool that goes with its test, and its tables with it
 * @test:	the test
 * @allocator:	the allocator
 * @sizes:	what it is for
 * @nr:		most tables that the test has at a time, with the root
 *
 * Context: Process.
 * Return: the pool; no table is in it, the root neither.
 */
struct lab_kunit_pool *lab_kunit_pool(struct kunit *test,
				      const struct lab_allocator *allocator,
				      const struct lab_table_sizes *sizes, size_t nr)
{
	struct lab_kunit_pool *p = kvzalloc(struct_size(p, table, nr), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	p->nr = nr;
	p->allocator = allocator;
	p->sizes = *sizes;
	p->pool = allocator->create(sizes);
	if (IS_ERR(p->pool)) {
		long ret = PTR_ERR(p->pool);

		kvfree(p);
		KUNIT_FAIL_AND_ABORT(test, "%s: no pool (%ld)", allocator->name, ret);
	}
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, destroy_pool, p));
	return p;
}

/**
 * lab_kunit_pool_destroy() - destroy a pool before its test ends
 * @test:	the test
 * @p:		from lab_kunit_pool()
 *
 * Context: Process.
 */
void lab_kunit_pool_destroy(struct kunit *test, struct lab_kunit_pool *p)
{
	kunit_release_action(test, destroy_pool, p);
}

/**
 * lab_kunit_held() - what an allocator holds, when it has given back what it can
 * @test:	the test; skipped where the allocator cannot tell
 * @allocator:	the allocator
 *
 * Context: Process; sleeps.
 * Return: bytes.
 */
s64 lab_kunit_held(struct kunit *test, const struct lab_allocator *allocator)
{
	s64 held = -EOPNOTSUPP;

	if (allocator->trim)
		allocator->trim();
	if (allocator->held_bytes)
		held = allocator->held_bytes();
	if (held < 0 && held >= -MAX_ERRNO)
		kunit_skip(test, "%s cannot tell what it holds (%lld)", allocator->name, held);
	KUNIT_ASSERT_GE(test, held, 0);
	return held;
}

static void free_hoard(void *ctx)
{
	struct list_head *hoard = ctx;
	struct page *page, *next;

	list_for_each_entry_safe(page, next, hoard, lru) {
		int order = page_private(page);

		set_page_private(page, 0);
		__free_pages(page, order);
	}
	kfree(hoard);
}

/**
 * lab_kunit_hoard() - take all low memory
 * @test:	the test, with which the hoard goes at the latest; skipped where
 *		RAM does not lie on both sides of 4 GB
 *
 * What caches and the lists of each CPU hold, they still have.
 *
 * Context: Process; sleeps.
 * Return: for lab_kunit_unhoard().
 */
struct list_head *lab_kunit_hoard(struct kunit *test)
{
	const gfp_t gfp = GFP_KERNEL | GFP_DMA32 | __GFP_NOWARN | __GFP_NORETRY;
	struct list_head *hoard = kzalloc_obj(*hoard);
	struct lab_machine machine = lab_machine();
	struct page *page;

	KUNIT_ASSERT_NOT_NULL(test, hoard);
	INIT_LIST_HEAD(hoard);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, free_hoard, hoard));

	/* All RAM would be hoarded, or none. */
	if (lab_machine_caveat(&machine))
		kunit_skip(test, "RAM does not lie on both sides of 4 GB");

	for (int order = MAX_PAGE_ORDER; order >= 0; order--)
		while ((page = alloc_pages(gfp, order))) {
			if (page_to_phys(page) >= SZ_4G) {
				__free_pages(page, order);
				break;
			}
			set_page_private(page, order);
			list_add(&page->lru, hoard);
		}
	return hoard;
}

/**
 * lab_kunit_unhoard() - give low memory back before the test ends
 * @test:	the test
 * @hoard:	from lab_kunit_hoard()
 *
 * Context: Process.
 */
void lab_kunit_unhoard(struct kunit *test, struct list_head *hoard)
{
	kunit_release_action(test, free_hoard, hoard);
}

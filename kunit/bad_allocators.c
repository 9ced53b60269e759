// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocators that break one rule of the contract each, to show that the rule
 * fires.  What they hand out is real memory of their own, so that nothing but
 * the rule is broken.
 */
#include <kunit/resource.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "lab_kunit.h"

static void *no_pool(const struct lab_table_sizes *sizes)
{
	return NULL;
}

static void no_destroy(void *pool)
{
}

static void *pages_alloc(void *pool, size_t size, gfp_t gfp)
{
	return (void *)__get_free_pages(gfp | __GFP_ZERO, get_order(size));
}

static void pages_free(void *pool, void *table, size_t size)
{
	free_pages((unsigned long)table, get_order(size));
}

/* One byte is not zero, the last: the one that a lazy look misses. */
static void *dirty_alloc(void *pool, size_t size, gfp_t gfp)
{
	u8 *table = pages_alloc(pool, size, gfp | GFP_DMA32);

	if (table)
		table[size - 1] = 0x5a;
	return table;
}

const struct lab_allocator lab_bad_dirty = {
	.name		= "dirty",
	.create		= no_pool,
	.destroy	= no_destroy,
	.alloc		= dirty_alloc,
	.free		= pages_free,
};

/* Half a table off. */
static void *misaligned_alloc(void *pool, size_t size, gfp_t gfp)
{
	void *pages = pages_alloc(pool, 2 * size, gfp | GFP_DMA32);

	return pages ? pages + size / 2 : NULL;
}

static void misaligned_free(void *pool, void *table, size_t size)
{
	pages_free(pool, table - size / 2, 2 * size);
}

const struct lab_allocator lab_bad_misaligned = {
	.name		= "misaligned",
	.create		= no_pool,
	.destroy	= no_destroy,
	.alloc		= misaligned_alloc,
	.free		= misaligned_free,
};

static void *vmalloc_alloc(void *pool, size_t size, gfp_t gfp)
{
	return vzalloc(size);
}

static void vmalloc_free(void *pool, void *table, size_t size)
{
	vfree(table);
}

const struct lab_allocator lab_bad_vmalloc = {
	.name		= "vmalloc",
	.create		= no_pool,
	.destroy	= no_destroy,
	.alloc		= vmalloc_alloc,
	.free		= vmalloc_free,
};

/* The same table for every request, freed with its pool. */
static void *twice_create(const struct lab_table_sizes *sizes)
{
	return pages_alloc(NULL, SZ_64K, GFP_KERNEL | GFP_DMA32) ?: ERR_PTR(-ENOMEM);
}

static void twice_destroy(void *pool)
{
	pages_free(NULL, pool, SZ_64K);
}

static void *twice_alloc(void *pool, size_t size, gfp_t gfp)
{
	return pool;
}

static void twice_free(void *pool, void *table, size_t size)
{
}

const struct lab_allocator lab_bad_twice = {
	.name		= "twice",
	.create		= twice_create,
	.destroy	= twice_destroy,
	.alloc		= twice_alloc,
	.free		= twice_free,
};

/* Memory above 4 GB where there is any, from an allocator that promises nothing. */
static void *high_alloc(void *pool, size_t size, gfp_t gfp)
{
	return lab_high.alloc(pool, size, gfp);
}

static void high_free(void *pool, void *table, size_t size)
{
	lab_high.free(pool, table, size);
}

const struct lab_allocator lab_bad_high = {
	.name		= "high",
	.create		= no_pool,
	.destroy	= no_destroy,
	.alloc		= high_alloc,
	.free		= high_free,
};

static void *empty_alloc(void *pool, size_t size, gfp_t gfp)
{
	return NULL;
}

const struct lab_allocator lab_bad_empty = {
	.name		= "empty",
	.create		= no_pool,
	.destroy	= no_destroy,
	.alloc		= empty_alloc,
	.free		= pages_free,
};

/* Sleeps whatever it is told. */
static void *sleepy_alloc(void *pool, size_t size, gfp_t gfp)
{
	return pages_alloc(pool, size, GFP_KERNEL | GFP_DMA32);
}

const struct lab_allocator lab_bad_sleepy = {
	.name		= "sleepy",
	.create		= no_pool,
	.destroy	= no_destroy,
	.alloc		= sleepy_alloc,
	.free		= pages_free,
};

/* Says that tables are ready, and allocates them when they are asked for. */
static void *low_alloc(void *pool, size_t size, gfp_t gfp)
{
	return pages_alloc(pool, size, gfp | GFP_DMA32);
}

static int promise_reserve(void *pool, size_t nr)
{
	return 0;
}

static void promise_release(void *pool, size_t keep)
{
}

static size_t promise_ready(void *pool)
{
	return 0;
}

const struct lab_allocator lab_bad_promise = {
	.name		= "promise",
	.create		= no_pool,
	.destroy	= no_destroy,
	.alloc		= low_alloc,
	.free		= pages_free,
	.reserve	= promise_reserve,
	.release	= promise_release,
	.ready		= promise_ready,
};

struct high_memory {
	void *table;
	size_t size;
};

static void free_high(void *ctx)
{
	struct high_memory *high = ctx;

	high_free(NULL, high->table, high->size);
}

/**
 * lab_kunit_high_memory() - zeroed memory above 4 GB that goes with its test
 * @test:	the test; skipped where the machine has no such memory
 * @size:	bytes
 *
 * Context: Process.
 * Return: the memory, naturally aligned.
 */
void *lab_kunit_high_memory(struct kunit *test, size_t size)
{
	struct high_memory *high = kunit_kzalloc(test, sizeof(*high), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, high);
	high->size = size;
	high->table = high_alloc(NULL, size, GFP_KERNEL);
	if (high->table)
		KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, free_high, high));
	if (!high->table || virt_to_phys(high->table) < SZ_4G)
		kunit_skip(test, "no free memory above 4 GB on this machine");
	return high->table;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * An allocator of somebody's own: low pages, with a list of those that were freed
 * for the next table.  Documentation/own-allocator.rst goes through it.
 */
#include <linux/module.h>
#include <linux/slab.h>

#include "compat/compat.h"
#include "io_pgtable_lab.h"

static bool broken;
module_param(broken, bool, 0400);
MODULE_PARM_DESC(broken, "Forget to zero tables that are used again");

struct sample_pool {
	spinlock_t lock; /* @freed */
	void **freed; /* each points to the next by its first word */
	size_t table_bytes;
};

static void *sample_create(const struct lab_table_sizes *sizes)
{
	struct sample_pool *pool = kzalloc_obj(*pool);

	if (!pool)
		return ERR_PTR(-ENOMEM);
	spin_lock_init(&pool->lock);
	pool->table_bytes = sizes->table_bytes;
	return pool;
}

static void *sample_alloc(void *p, size_t size, gfp_t gfp)
{
	struct sample_pool *pool = p;
	void **table = NULL;

	scoped_guard(spinlock_irqsave, &pool->lock) {
		/* The root may have another size. */
		if (size == pool->table_bytes)
			table = pool->freed;
		if (table)
			pool->freed = *table;
	}
	if (table)
		return broken ? table : memset(table, 0, size);
	gfp |= GFP_DMA32 | __GFP_ZERO | __GFP_NOWARN;
	return (void *)__get_free_pages(gfp, get_order(size));
}

static void sample_free(void *p, void *table, size_t size)
{
	struct sample_pool *pool = p;

	if (size != pool->table_bytes) {
		free_pages((unsigned long)table, get_order(size));
		return;
	}
	scoped_guard(spinlock_irqsave, &pool->lock) {
		*(void **)table = pool->freed;
		pool->freed = table;
	}
}

static void sample_destroy(void *p)
{
	struct sample_pool *pool = p;

	for (void **table = pool->freed, **next; table; table = next) {
		next = *table;
		free_pages((unsigned long)table, get_order(pool->table_bytes));
	}
	kfree(pool);
}

static const struct lab_allocator sample = {
	.name		= "sample",
	.owner		= THIS_MODULE,
	.low		= true,
	.create		= sample_create,
	.destroy	= sample_destroy,
	.alloc		= sample_alloc,
	.free		= sample_free,
};

static int __init sample_init(void)
{
	return lab_register_allocator(&sample);
}
module_init(sample_init);

static void __exit sample_exit(void)
{
	lab_unregister_allocator(&sample);
}
module_exit(sample_exit);

MODULE_DESCRIPTION("Sample allocator for io-pgtable-lab");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(LAB_NAMESPACE);

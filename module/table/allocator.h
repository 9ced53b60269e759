/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where table memory comes from: one interface for every allocator, whose
 * alloc and free are io_pgtable_cfg's own hooks.  One file per allocator.
 */
#ifndef LAB_ALLOCATOR_H
#define LAB_ALLOCATOR_H

#include <linux/types.h>

struct device;

/**
 * struct lab_table_sizes - the table sizes that one instance uses
 * @root_bytes:	the table that the TTBR names
 * @table_bytes: every other table
 */
struct lab_table_sizes {
	size_t root_bytes;
	size_t table_bytes;
};

/**
 * struct lab_allocator - an allocator of table memory
 * @name:	how people call it
 * @low:	asks for memory below 4 GB
 * @create:	make a pool for an instance that uses @sizes; sleeps; ERR_PTR
 *		on failure
 * @destroy:	the pool goes; all its tables have been freed
 * @alloc:	as io_pgtable_cfg.alloc, with the pool as cookie: zeroed,
 *		naturally aligned, in the linear map; NULL when out of memory
 * @free:	as io_pgtable_cfg.free, with the pool as cookie
 *
 * @alloc and @free run in any context that @gfp allows, also at the same time.
 */
struct lab_allocator {
	const char *name;
	bool low;
	void *(*create)(const struct lab_table_sizes *sizes);
	void (*destroy)(void *pool);
	void *(*alloc)(void *pool, size_t size, gfp_t gfp);
	void (*free)(void *pool, void *table, size_t size);
};

extern const struct lab_allocator lab_slab;
void lab_slab_exit(void);

#endif /* LAB_ALLOCATOR_H */

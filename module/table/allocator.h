/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where table memory comes from: one interface for every allocator, whose
 * alloc and free are io_pgtable_cfg's own hooks.  One file per allocator; other
 * modules bring theirs by lab_register_allocator().
 */
#ifndef LAB_ALLOCATOR_H
#define LAB_ALLOCATOR_H

#include <linux/gfp_types.h>
#include <linux/types.h>

struct module;

#define LAB_ALLOCATOR_NAME_BYTES	16

/**
 * struct lab_table_sizes - the tables that one instance uses
 * @root_bytes:	the table that the TTBR names
 * @table_bytes: every other table
 * @max_nr:	most tables beside the root that the input space can take
 */
struct lab_table_sizes {
	size_t root_bytes;
	size_t table_bytes;
	u64 max_nr;
};

/**
 * struct lab_allocator - an allocator of table memory
 * @name:	how people call it: lower case letters, digits and '-'
 * @owner:	THIS_MODULE of whoever registers it; it stays while a pool lives
 * @breaks:	the rules that it breaks on purpose, in words; NULL for an
 *		allocator that keeps the contract
 * @low:	promises memory below 4 GB
 * @create:	make a pool for an instance that uses @sizes; sleeps; ERR_PTR
 *		on failure
 * @destroy:	the pool goes; all its tables have been freed
 * @alloc:	as io_pgtable_cfg.alloc, with the pool as cookie: zeroed,
 *		naturally aligned, in the linear map; NULL when out of memory.
 *		The first call for a pool is for the root
 * @free:	as io_pgtable_cfg.free, with the pool as cookie
 * @reserve:	have at least @nr tables ready, so that as many calls of @alloc
 *		take no memory; sleeps; 0 or -ENOMEM.  Allocators without it
 *		allocate when asked
 * @release:	give back what is ready beyond @keep tables; sleeps
 * @ready:	tables that are ready now
 * @held_bytes:	memory that all pools of this allocator hold now, by its own
 *		account, or an errno where that is not known; sleeps
 * @trim:	give back memory in which no table is live; sleeps
 *
 * @alloc and @free run in any context that @gfp allows, also at the same time.
 * @reserve, @release and @ready come together or not at all, and calls of one
 * pool are not made at the same time; @held_bytes and @trim are optional.
 */
struct lab_allocator {
	const char *name;
	struct module *owner;
	const char *breaks;
	bool low;
	void *(*create)(const struct lab_table_sizes *sizes);
	void (*destroy)(void *pool);
	void *(*alloc)(void *pool, size_t size, gfp_t gfp);
	void (*free)(void *pool, void *table, size_t size);
	int (*reserve)(void *pool, size_t nr);
	void (*release)(void *pool, size_t keep);
	size_t (*ready)(void *pool);
	s64 (*held_bytes)(void);
	void (*trim)(void);
};

extern const struct lab_allocator lab_slab;
extern const struct lab_allocator lab_frag;
extern const struct lab_allocator lab_genpool;
extern const struct lab_allocator lab_page;
extern const struct lab_allocator lab_reserve;
extern const struct lab_allocator lab_packed;
extern const struct lab_allocator lab_high;
void lab_slab_exit(void);

#endif /* LAB_ALLOCATOR_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suites about allocators share: pools whose tables go with their
 * test, and a machine whose low memory is all taken.
 */
#ifndef LAB_KUNIT_POOL_H
#define LAB_KUNIT_POOL_H

#include <kunit/test.h>

#include "table/allocator.h"

struct list_head;

/**
 * struct lab_kunit_pool - a pool and its live tables
 * @allocator:	its allocator
 * @sizes:	what it was created for
 * @pool:	the allocator's pool
 * @nr:		entries in @table
 * @table:	the tables, NULL for none; the first is the root
 */
struct lab_kunit_pool {
	const struct lab_allocator *allocator;
	struct lab_table_sizes sizes;
	void *pool;
	size_t nr;
	void *table[] __counted_by(nr);
};

struct lab_kunit_pool *lab_kunit_pool(struct kunit *test,
				      const struct lab_allocator *allocator,
				      const struct lab_table_sizes *sizes, size_t nr);
void lab_kunit_pool_destroy(struct kunit *test, struct lab_kunit_pool *p);

size_t lab_kunit_table_bytes(const struct lab_kunit_pool *p, size_t i);
void *lab_kunit_alloc(struct lab_kunit_pool *p, size_t i, gfp_t gfp);
void lab_kunit_free(struct lab_kunit_pool *p, size_t i);
void lab_kunit_fill(struct kunit *test, struct lab_kunit_pool *p, size_t first, size_t end);
void lab_kunit_drain(struct lab_kunit_pool *p, size_t first, size_t end);

s64 lab_kunit_held(struct kunit *test, const struct lab_allocator *allocator);

struct list_head *lab_kunit_hoard(struct kunit *test);
void lab_kunit_unhoard(struct kunit *test, struct list_head *hoard);

#endif /* LAB_KUNIT_POOL_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables made by hand, and what a walker finds in them.  Whoever fills them takes
 * the bits from the manual; no writer of the lab's or the kernel's is involved.
 */
#ifndef LAB_WALK_HAND_H
#define LAB_WALK_HAND_H

#include <kunit/test.h>

#include "walk/walk.h"

/**
 * struct lab_found - what a walk found
 * @ret:	what the walk returned
 * @tables:	tables
 * @leaves:	leaves
 * @bads:	complaints
 * @runs:	calls of the run visitor that made up @leaves, if it was asked
 * @table:	the last table
 * @leaf:	the first leaf
 * @last_leaf:	the last leaf, the first of its run
 * @bad:	the first complaint
 */
struct lab_found {
	int ret;
	unsigned int tables, leaves, bads, runs;
	struct lab_walk_table table;
	struct lab_walk_leaf leaf, last_leaf;
	struct lab_walk_bad bad;
};

void *lab_hand_table(struct kunit *test, size_t bytes);
void *lab_hand_low_table(struct kunit *test, size_t bytes);
u64 *lab_hand_pages(struct kunit *test, unsigned long quirks, u64 attrs,
		    struct io_pgtable_cfg *cfg);

void lab_hand_walk(const struct lab_walker *walker, const struct io_pgtable_cfg *cfg,
		   u64 iova, u64 last, struct lab_found *found);
void lab_hand_walk_runs(const struct lab_walker *walker,
			const struct io_pgtable_cfg *cfg, u64 iova, u64 last,
			struct lab_found *found);

/* @want is NULL for no leaf */
void lab_hand_expect_attrs(struct kunit *test, const struct lab_attrs *attrs,
			   const char *want);

#endif /* LAB_WALK_HAND_H */

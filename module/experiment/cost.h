/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cost of an allocator by itself, in nanoseconds; under QEMU's icount, with
 * one nanosecond to the instruction, that is instructions.
 */
#ifndef LAB_EXPERIMENT_COST_H
#define LAB_EXPERIMENT_COST_H

#include <linux/types.h>

struct lab_allocator;
struct lab_program;

/**
 * struct lab_replay - what a program costs
 * @pair:	ns per table allocated and freed
 * @reserve:	ns per table for having tables ready, and for giving back what
 *		was left; -1 for allocators that do not reserve
 */
struct lab_replay {
	s64 pair, reserve;
};

/**
 * struct lab_steady - what a random table freed and one allocated cost
 * @live:	tables live in all pools
 * @nr_pools:	pools among which they are
 * @first:	per table allocated before any was freed
 * @alloc:	per table allocated
 * @free:	per table freed
 * @reserve:	per table that reserving brought
 *
 * All in tenths of a ns, and -1 where there was none.
 */
struct lab_steady {
	unsigned int live, nr_pools;
	s64 first, alloc, free, reserve;
};

int lab_cost_replay(const struct lab_allocator *allocator, const struct lab_program *p,
		    struct lab_replay *replay);
int lab_cost_steady(const struct lab_allocator *allocator, struct lab_steady *s);

#endif /* LAB_EXPERIMENT_COST_H */

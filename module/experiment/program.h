/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The experiment's programs: sequences of tables taken and given back, the same
 * for every allocator.  Who runs them is memory.c, through a page table, and
 * cost.c, on the bare allocator.
 */
#ifndef LAB_EXPERIMENT_PROGRAM_H
#define LAB_EXPERIMENT_PROGRAM_H

#include <linux/types.h>

/* Most tables that one program has live: all L2 tables of a v7s space. */
#define LAB_PROGRAM_TABLES	4096

/**
 * enum lab_op_kind - what an operation does
 * @LAB_OP_ALLOC:	a table for slot @nr of pool @pool, which is empty
 * @LAB_OP_FREE:	the table of slot @nr of pool @pool goes
 * @LAB_OP_NEED:	@nr tables of pool @pool come next, to be reserved ahead
 *			by allocators that do so; 0: what is left may go
 */
enum lab_op_kind {
	LAB_OP_ALLOC,
	LAB_OP_FREE,
	LAB_OP_NEED,
};

/**
 * struct lab_op - one operation
 * @kind:	enum lab_op_kind
 * @pool:	number of the pool or instance
 * @nr:		slot within the pool, or number of tables
 */
struct lab_op {
	u8 kind;
	u8 pool;
	u16 nr;
};

/**
 * struct lab_program - a sequence of operations
 * @name:	how people call it
 * @about:	what it does, one line
 * @nr_pools:	pools or instances at a time
 * @pool_slots:	slots of each pool
 * @ops:	the operations; when all are done no table is live
 * @nr_ops:	their number
 * @measured:	operations until memory is measured; the rest only frees
 * @live:	tables that are live then
 * @pairs:	tables allocated and freed in all
 */
struct lab_program {
	const char *name, *about;
	unsigned int nr_pools, pool_slots;
	struct lab_op *ops;
	size_t nr_ops, measured;
	unsigned int live, pairs;
};

enum lab_program_id {
	LAB_PROGRAM_FULL,
	LAB_PROGRAM_HALF,
	LAB_PROGRAM_REFILL,
	LAB_PROGRAM_ADVERSARY,
	LAB_PROGRAM_PIN,
	LAB_PROGRAM_CHURN,
	LAB_PROGRAM_INSTANCES,
	LAB_PROGRAM_NR
};

struct lab_program *lab_program_build(enum lab_program_id id, unsigned int tables);
void lab_program_free(struct lab_program *p);

#endif /* LAB_EXPERIMENT_PROGRAM_H */

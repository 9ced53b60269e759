/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory of a program: what it takes from the machine when it maps and
 * unmaps through v7s instances, counted from outside and by the allocator.
 */
#ifndef LAB_EXPERIMENT_MEMORY_H
#define LAB_EXPERIMENT_MEMORY_H

#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sizes.h>

struct lab_allocator;
struct lab_program;
struct lab_tally;

/*
 * By how much the two counts of memory may differ.  An allocator's own pages are
 * all counted, and those on per-CPU lists too; but others may take and give a few
 * pages of low memory meanwhile.
 */
#define LAB_MEMORY_SLACK_BYTES	max_t(unsigned long, SZ_64K, 4 * PAGE_SIZE)

/**
 * struct lab_memory - what a program took when all its maps and unmaps were done
 * @low:	bytes below 4 GB, counted from outside
 * @peak:	most of @low that was seen on the way
 * @accounted:	the allocator keeps an account
 * @account:	bytes by that account
 */
struct lab_memory {
	s64 low, peak;
	bool accounted;
	s64 account;
};

/**
 * lab_memory_agrees() - whether the two counts are one
 * @m:		an allocator's memory, which is accounted
 *
 * Context: Any.
 * Return: true within LAB_MEMORY_SLACK_BYTES.
 */
static inline bool lab_memory_agrees(const struct lab_memory *m)
{
	return abs_diff(m->low, m->account) <= LAB_MEMORY_SLACK_BYTES;
}

int lab_memory_of(const struct lab_allocator *allocator, const struct lab_program *p,
		  struct lab_tally *tally, struct lab_memory *memory);

#endif /* LAB_EXPERIMENT_MEMORY_H */

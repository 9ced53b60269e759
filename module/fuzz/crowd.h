/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A crowd: the workers of a concurrent run, what each of them owns, and where they meet.
 *
 * What the kernel leaves to the callers is who uses which addresses: so each address has
 * one owner, who alone maps and unmaps it.  While the workers are parked all of it
 * belongs to the task that runs them; while they work, a worker's part to that worker.
 */
#ifndef LAB_FUZZ_CROWD_H
#define LAB_FUZZ_CROWD_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/hash.h>
#include <linux/prandom.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "concurrent.h"
#include "instance.h"

enum {
	/* A section has a slot for each, and some are left for others. */
	LAB_CROWD_WORKERS	= 8,
	LAB_CROWD_STEPS		= 32,
	/* Those of a worker */
	LAB_CROWD_REGIONS	= 128,
	/* Tables that a call has taken, where no ledger sees them */
	LAB_CROWD_TAKEN		= 4,
};

/**
 * struct lab_region - addresses that have one owner
 * @iova:	first input address
 * @bytes:	length, a power of two
 * @now:	what is mapped in it, of 0 bytes for nothing
 * @told:	what the model has of it
 * @changed:	these may differ
 * @block:	it is part of a larger page
 */
struct lab_region {
	u64 iova, bytes;
	struct lab_mapping now, told;
	bool changed, block;
};

/* How the workers meet in a step */
enum lab_order {
	LAB_ORDER_FREE,		/* as it comes, with delays here and there */
	LAB_ORDER_RACE,		/* with a table in hand each waits for the others */
	LAB_ORDER_FOLLOW,	/* one has written, and waits; the others go on from there */
	LAB_ORDER_NR
};

/**
 * struct lab_worker - a task that maps and unmaps what it owns
 * @crowd:	the crowd
 * @task:	the task, bound to a CPU
 * @nr:		which worker
 * @rnd:	randomness of its own
 * @atomic:	held where it must not sleep
 * @section:	its call
 * @regions:	what it owns
 * @nr_regions:	how many
 * @taken:	slab objects of a table's size that the call took and kept
 * @nr_taken:	how many
 * @step:	the step that it is in
 * @raced:	it has come to where all race in that step
 */
struct lab_worker {
	struct lab_crowd *crowd;
	struct task_struct *task;
	unsigned int nr;
	struct rnd_state rnd;
	spinlock_t atomic; /* nothing: its holder may not sleep */
	struct lab_section section;
	struct lab_region *regions;
	unsigned int nr_regions;
	phys_addr_t taken[LAB_CROWD_TAKEN];
	unsigned int nr_taken;
	unsigned int step;
	bool raced;
};

/**
 * struct lab_meeting - where the workers wait for each other in a step
 * @arrived:	how many begin the step
 * @racing:	how many have come to where they race, or past it
 * @led:	the one whom the others follow has written, or is through
 * @followed:	how many of the others are through
 */
struct lab_meeting {
	atomic_t arrived, racing, led, followed;
};

/* What a round is for */
enum lab_crowd_job {
	LAB_CROWD_WORK,		/* as the pattern says */
	LAB_CROWD_CLEAR,	/* all unmap what they have */
};

/**
 * struct lab_crowd - workers on one page table
 * @inst:	the instance
 * @plan:	the plan, with numbers in place of zeros
 * @at_once:	each worker has a CPU
 * @page:	smallest page size in bytes
 * @block:	what a table of those resolves, in bytes
 * @table_bytes: size of a table but the root
 * @first:	first input address that is used
 * @stride:	from place to place: they are in tables of their own
 * @places:	how many there are, each of @block bytes
 * @rnd:	randomness while the workers are parked
 * @wake:	where they are parked
 * @phase:	how many rounds they were sent into
 * @job:	what for
 * @busy:	how many are not back
 * @parked:	all are
 * @meetings:	by step
 * @workers:	the workers
 */
struct lab_crowd {
	struct lab_instance *inst;
	struct lab_concurrent_plan plan;
	bool at_once;
	size_t page, block, table_bytes;
	u64 first, stride;
	unsigned int places;
	struct rnd_state rnd;
	wait_queue_head_t wake;
	unsigned int phase;
	enum lab_crowd_job job;
	atomic_t busy;
	struct completion parked;
	struct lab_meeting meetings[LAB_CROWD_STEPS];
	struct lab_worker workers[LAB_CROWD_WORKERS];
};

/**
 * lab_crowd_below() - a random number
 * @rnd:	randomness
 * @end:	first number that is too large, not 0
 *
 * Context: Any.
 */
static inline u64 lab_crowd_below(struct rnd_state *rnd, u64 end)
{
	u64 high = prandom_u32_state(rnd);

	return (high << 32 | prandom_u32_state(rnd)) % end;
}

/**
 * lab_crowd_seed() - randomness of somebody's own
 * @rnd:	randomness
 * @seed:	what it starts from
 * @who:	tells those apart that start from the same
 *
 * Context: Any.
 */
static inline void lab_crowd_seed(struct rnd_state *rnd, u64 seed, unsigned int who)
{
	/* Small numbers are bad seeds. */
	prandom_seed_state(rnd, (seed * (LAB_CROWD_WORKERS + 1) + who + 1) * GOLDEN_RATIO_64);
}

/**
 * lab_crowd_place() - where a place begins
 * @c:		the crowd
 * @place:	its number
 *
 * Context: Any.
 * Return: input address.
 */
static inline u64 lab_crowd_place(const struct lab_crowd *c, unsigned int place)
{
	return c->first + place * c->stride;
}

/* Who owns what (regions.c) */
int lab_crowd_lay_out(struct lab_crowd *crowd);
size_t lab_crowd_block_page(const struct lab_crowd *crowd, unsigned int place);
u64 lab_crowd_block_pa(const struct lab_crowd *crowd, unsigned int place);

/* How they meet (meet.c) */
void lab_meet(struct lab_worker *worker);
void lab_meet_end(struct lab_worker *worker);
void lab_meet_linger(struct lab_section *section, enum lab_section_point at);

/* What a worker does (worker.c) */
int lab_worker_run(void *worker);

#endif /* LAB_FUZZ_CROWD_H */

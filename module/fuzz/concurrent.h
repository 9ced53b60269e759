/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Concurrent mode: several CPUs map, unmap and translate in one page table at once.
 */
#ifndef LAB_FUZZ_CONCURRENT_H
#define LAB_FUZZ_CONCURRENT_H

#include <linux/types.h>

struct lab_instance;

/* Who meets whom */
enum lab_concurrent_pattern {
	LAB_CONCURRENT_DISJOINT,	/* last-level tables of one's own, made and dropped */
	LAB_CONCURRENT_NEIGHBOURS,	/* pages of the same last-level tables */
	LAB_CONCURRENT_CREATE,		/* the same empty place, at the same instant */
	LAB_CONCURRENT_OPPOSITE,	/* some map while their neighbours unmap */
	LAB_CONCURRENT_SPLIT,		/* parts of one block, which an unmap splits */
	LAB_CONCURRENT_NR
};

/**
 * struct lab_concurrent_plan - what is to be done at once
 * @pattern:	who meets whom
 * @seed:	what randomness starts from
 * @workers:	how many tasks, from 2 on; 0 for one on each CPU, as far as there is use
 * @rounds:	how often all of them stop to be checked, 0 for a few
 * @steps:	of each worker in a round, 0 for a few
 */
struct lab_concurrent_plan {
	enum lab_concurrent_pattern pattern;
	u64 seed;
	unsigned int workers, rounds, steps;
};

/* How people call the patterns */
extern const char * const lab_concurrent_names[LAB_CONCURRENT_NR];

bool lab_concurrent_at_once(const struct lab_concurrent_plan *plan);
int lab_concurrent_run(struct lab_instance *inst, const struct lab_concurrent_plan *plan);

#endif /* LAB_FUZZ_CONCURRENT_H */

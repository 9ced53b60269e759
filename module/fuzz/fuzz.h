/* SPDX-License-Identifier: GPL-2.0-only */
/* A run of the fuzzer: many seeds, and what came of them. */
#ifndef LAB_FUZZ_FUZZ_H
#define LAB_FUZZ_FUZZ_H

#include "shrink.h"

/**
 * struct lab_fuzz - a run
 * @setup:	what programs are done on
 * @seed:	the first seed
 * @seeds:	how many, each one more than the one before
 * @window:	how much of the input space requests of a program lie in, 0 for all of it
 * @steps:	steps of each program, LAB_FUZZ_MAX_OPS or less
 * @as_found:	a failure is not shrunk
 * @counts:	what became of steps
 * @checks:	how often a rule was checked
 * @known:	violations that are findings written down
 * @done:	programs that were done to the end
 * @ns:		how long it took, shrinking left aside
 * @ret:	0, or the errno that ended it
 * @failed:	a rule was violated, which ended it
 * @failure:	how
 */
struct lab_fuzz {
	struct lab_fuzz_setup setup;
	u64 seed, seeds;
	u64 window;
	size_t steps;
	bool as_found;
	struct lab_fuzz_counts counts;
	u64 checks, known;
	u64 done;
	u64 ns;
	int ret;
	bool failed;
	struct lab_fuzz_failure failure;
};

int lab_fuzz_check_setup(const struct lab_fuzz_setup *setup);
int lab_fuzz_run(struct lab_fuzz *fuzz, struct lab_tally *parent);
void lab_fuzz_forget(struct lab_fuzz *fuzz);

#endif /* LAB_FUZZ_FUZZ_H */

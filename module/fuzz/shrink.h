/* SPDX-License-Identifier: GPL-2.0-only */
/* From a program that violates a rule to one that does so with less. */
#ifndef LAB_FUZZ_SHRINK_H
#define LAB_FUZZ_SHRINK_H

#include "execute.h"
#include "rules.h"

/**
 * struct lab_fuzz_failure - a program that violates a rule
 * @setup:	what it is done on
 * @seed:	what it was made of
 * @steps:	how many steps it had
 * @came:	the step that violated a rule, from 1; one more than @steps where the
 *		destruction did
 * @rule:	the rule
 * @text:	what was found, by @program
 * @program:	the smallest that violates the same rule
 * @tries:	how many were tried to find it
 */
struct lab_fuzz_failure {
	struct lab_fuzz_setup setup;
	u64 seed;
	size_t steps, came;
	enum lab_rule rule;
	char text[LAB_VIOLATION_BYTES];
	struct lab_fuzz_program program;
	unsigned int tries;
};

int lab_fuzz_shrink(struct lab_fuzz_failure *failure);

#endif /* LAB_FUZZ_SHRINK_H */

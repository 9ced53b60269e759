/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The contract suite: what every allocator must be able to do, tried on any of
 * them, on any kernel; it takes no KUnit.
 */
#ifndef LAB_CONTRACT_H
#define LAB_CONTRACT_H

#include "rules.h"
#include "table/allocator.h"

struct seq_file;

/* What became of a check. */
enum lab_outcome {
	LAB_OUTCOME_OK,
	LAB_OUTCOME_FAILED,
	LAB_OUTCOME_NOT_CHECKED,
	LAB_OUTCOME_NR
};

/* A violation behind the name of its rule */
#define LAB_FINDING_BYTES	(LAB_VIOLATION_BYTES + 32)

/**
 * struct lab_trial - one check of one allocator
 * @allocator:	the allocator
 * @tally:	every rule counts
 * @expected:	what was looked at beside the rules
 * @finding:	what was found first, in words; empty for nothing
 * @not_checked: why it could not be checked, or NULL
 */
struct lab_trial {
	const struct lab_allocator *allocator;
	struct lab_tally tally;
	unsigned int expected;
	char finding[LAB_FINDING_BYTES];
	const char *not_checked;
};

/**
 * struct lab_contract_check - a check
 * @name:	how reports and files call it
 * @proves:	what passing proves, one line
 * @run:	makes the trial; sleeps
 * @not_for:	why it is not for an allocator, or NULL; without it, it is for all
 */
struct lab_contract_check {
	const char *name;
	const char *proves;
	void (*run)(struct lab_trial *trial);
	const char *(*not_for)(const struct lab_allocator *allocator);
};

/**
 * struct lab_contract_result - what a check came to
 * @outcome:	ok, failed or not checked
 * @why:	the latter two in words
 */
struct lab_contract_result {
	enum lab_outcome outcome;
	char why[LAB_FINDING_BYTES];
};

#define LAB_NR_CONTRACT_CHECKS	14

extern const struct lab_contract_check lab_contract_checks[LAB_NR_CONTRACT_CHECKS];

const char *lab_contract_not_for(const struct lab_contract_check *check,
				 const struct lab_allocator *allocator);
int lab_contract_try(const struct lab_contract_check *check,
		     const struct lab_allocator *allocator,
		     struct lab_contract_result *result);
int lab_contract_run(const struct lab_allocator *allocator, bool log);
int lab_contract_run_named(char *text);
int lab_contract_show(struct seq_file *m, void *v);

/* For the checks: something beside the rules is looked at. */
__printf(3, 4)
bool lab_trial_expect(struct lab_trial *trial, bool holds, const char *fmt, ...);

/* The checks on a bare pool (contract_pool.c) */
void lab_contract_pools(struct lab_trial *trial);
void lab_contract_zeroed(struct lab_trial *trial);
void lab_contract_apart(struct lab_trial *trial);
void lab_contract_low(struct lab_trial *trial);
void lab_contract_atomic(struct lab_trial *trial);
void lab_contract_many(struct lab_trial *trial);
void lab_contract_threads(struct lab_trial *trial);
void lab_contract_reserve(struct lab_trial *trial);
void lab_contract_held(struct lab_trial *trial);

/* The checks through instances (contract_instance.c) */
void lab_contract_maps(struct lab_trial *trial);
void lab_contract_maps_atomic(struct lab_trial *trial);
void lab_contract_blocks(struct lab_trial *trial);
void lab_contract_fails(struct lab_trial *trial);
void lab_contract_dry(struct lab_trial *trial);

#endif /* LAB_CONTRACT_H */

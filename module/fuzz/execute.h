/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs done on an instance, with everything verified after each step. */
#ifndef LAB_FUZZ_EXECUTE_H
#define LAB_FUZZ_EXECUTE_H

#include "program.h"

/**
 * struct lab_fuzz_setup - what programs are done on
 * @params:	an instance; one without a name complains of nothing
 * @differential: and one like it of the provider lab, where the first is the kernel's,
 *		whose tables are compared after each step
 */
struct lab_fuzz_setup {
	struct lab_params params;
	bool differential;
};

/**
 * struct lab_fuzz_counts - what became of steps
 * @steps:	steps that were done, those that were refused and left out too
 * @refused:	of these, requests that were refused
 * @starved:	of these, maps for which a table could not be had
 * @left_out:	of these, steps that were not done: fail_nth without an allocator, and what
 *		has no one answer that could be foreseen
 * @warned:	of these, requests that the kernel answers with a WARN each, passed on to it
 *		where lab_allow_warn says so
 * @made:	page tables that were made
 * @provider_ns: how long providers took to make them, and to free them
 */
struct lab_fuzz_counts {
	u64 steps, refused, starved, left_out, warned;
	u64 made, provider_ns;
};

int lab_fuzz_execute(const struct lab_fuzz_setup *setup, const struct lab_fuzz_program *program,
		     struct lab_tally *tally, struct lab_fuzz_counts *counts, int *results,
		     size_t *came);

#endif /* LAB_FUZZ_EXECUTE_H */

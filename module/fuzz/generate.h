/* SPDX-License-Identifier: GPL-2.0-only */
/* Random programs: the same seed, the same program, whoever it is run on. */
#ifndef LAB_FUZZ_GENERATE_H
#define LAB_FUZZ_GENERATE_H

#include "program.h"

/* The most levels of tables and pages that may end at an address */
#define LAB_FUZZ_MAX_SPANS	6

unsigned int lab_fuzz_spans(const struct lab_params *p, u8 lg2[LAB_FUZZ_MAX_SPANS]);
void lab_fuzz_generate(const struct lab_params *p, u64 seed, size_t steps,
		       struct lab_fuzz_program *program);

#endif /* LAB_FUZZ_GENERATE_H */

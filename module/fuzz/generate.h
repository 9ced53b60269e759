/* SPDX-License-Identifier: GPL-2.0-only */
/* Random programs: the same seed, the same program, whoever it is run on. */
#ifndef LAB_FUZZ_GENERATE_H
#define LAB_FUZZ_GENERATE_H

#include "draw.h"
#include "program.h"

void lab_fuzz_generate(const struct lab_params *p, u64 seed, u64 window, size_t steps,
		       struct lab_fuzz_program *program);

#endif /* LAB_FUZZ_GENERATE_H */

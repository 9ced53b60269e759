/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rule same-bits: what the lab's writers and the kernel's make of the same
 * operations, held against each other descriptor by descriptor.
 */
#ifndef LAB_COMPARE_H
#define LAB_COMPARE_H

#include "instance.h"

const char *lab_compare_differs(const struct lab_params *p);
int lab_compare(struct lab_instance *kernel, struct lab_instance *lab,
		struct lab_tally *tally);
int lab_compare_program(const struct lab_params *p, u64 seed, unsigned int steps,
			struct lab_tally *tally);
unsigned int lab_compare_formats(struct lab_tally *tally, unsigned int *busy);

#endif /* LAB_COMPARE_H */

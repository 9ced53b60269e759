/* SPDX-License-Identifier: GPL-2.0-only */
/* What it costs to verify a tree, in nanoseconds; see cost.h for these. */
#ifndef LAB_EXPERIMENT_READING_H
#define LAB_EXPERIMENT_READING_H

#include <linux/types.h>

#include "catalog.h"

struct lab_tally;

/**
 * struct lab_reading - a verification of all of a 4 GB space in pages of 4 KB
 * @descriptors: how many descriptors map it
 * @ns:		per descriptor, in tenths of a ns: walker and model together, with the
 *		few addresses around a mapping that all readers are asked for
 */
struct lab_reading {
	u64 descriptors;
	s64 ns;
};

int lab_cost_verify(const struct lab_format *format, struct lab_tally *tally,
		    struct lab_reading *reading);

#endif /* LAB_EXPERIMENT_READING_H */

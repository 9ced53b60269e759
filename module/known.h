/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Findings that are written down: what of a running kernel is known to break a
 * rule.  A violation that is one to the letter is counted as known, and named.
 */
#ifndef LAB_KNOWN_H
#define LAB_KNOWN_H

#include <linux/types.h>

#include "rules.h"

struct lab_attrs;
struct lab_instance;
struct lab_mapping;

enum lab_known_index {
	LAB_KNOWN_MAIR_SIGN,
	LAB_KNOWN_TTBR1_LAST,
	LAB_KNOWN_S2_CONCATENATION,
	LAB_KNOWN_S2_NOEXEC,
	LAB_KNOWN_SPLIT,
	LAB_KNOWN_SPLIT_SHOWN,
	LAB_KNOWN_SPLIT_ADDRESS,
	LAB_NR_KNOWN
};

extern const struct lab_known lab_known[LAB_NR_KNOWN];

const struct lab_known *lab_known_mair(const struct lab_instance *inst);
const struct lab_known *lab_known_ttbr1_last(const struct lab_instance *inst, u64 iova);
const struct lab_known *lab_known_start_level(const struct lab_instance *inst,
					      unsigned int level);
const struct lab_known *lab_known_split(const struct lab_instance *inst);
const struct lab_known *lab_known_split_shown(const struct lab_instance *inst, unsigned int level,
					      u64 desc, u64 shown);
const struct lab_known *lab_known_split_address(struct lab_instance *inst, u64 iova, u64 found);
const struct lab_known *lab_known_s2_noexec(const struct lab_instance *inst,
					    const struct lab_attrs *due,
					    const struct lab_attrs *found);

#endif /* LAB_KNOWN_H */

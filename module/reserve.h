/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables that are made ready before an operation. */
#ifndef LAB_RESERVE_H
#define LAB_RESERVE_H

#include <linux/types.h>

struct lab_instance;

bool lab_reserves(const struct lab_instance *inst);
int lab_reserve_for(struct lab_instance *inst, u64 iova, size_t pgsize, u64 bytes, size_t *ready);
int lab_reserve_for_split(struct lab_instance *inst, size_t *ready);
void lab_release_unused(struct lab_instance *inst, size_t ready);

#endif /* LAB_RESERVE_H */

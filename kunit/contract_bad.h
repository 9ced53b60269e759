/* SPDX-License-Identifier: GPL-2.0-only */
/* Allocators that one check of the contract suite each must find. */
#ifndef CONTRACT_BAD_H
#define CONTRACT_BAD_H

#include "table/allocator.h"

extern const struct lab_allocator lab_bad_stale;
extern const struct lab_allocator lab_bad_shared;
extern const struct lab_allocator lab_bad_small;
extern const struct lab_allocator lab_bad_lonely;
extern const struct lab_allocator lab_bad_growing;
extern const struct lab_allocator lab_bad_modest;
extern const struct lab_allocator lab_bad_generous;
extern const struct lab_allocator lab_bad_keeping;

#endif /* CONTRACT_BAD_H */

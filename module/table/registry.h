/* SPDX-License-Identifier: GPL-2.0-only */
/* The allocators that there are, by number and by name. */
#ifndef LAB_REGISTRY_H
#define LAB_REGISTRY_H

#include "allocator.h"

#define LAB_MAX_ALLOCATORS	16

/*
 * An entry NULL is "none": the provider's own allocation.  Both change only
 * while nobody holds lab_allocators_get().
 */
extern const struct lab_allocator *lab_allocators[LAB_MAX_ALLOCATORS];
extern unsigned int lab_nr_allocators;

void lab_allocators_get(void);
void lab_allocators_put(void);
int lab_allocators_add(const struct lab_allocator *allocator);

const char *lab_allocator_name(const struct lab_allocator *allocator);

#endif /* LAB_REGISTRY_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* The caches of "slab", which "reserve" draws from too. */
#ifndef LAB_SLAB_H
#define LAB_SLAB_H

#include <linux/types.h>

struct kmem_cache;

struct kmem_cache *lab_slab_cache(size_t size);
s64 lab_slab_held_bytes(void);
void lab_slab_trim(void);

#endif /* LAB_SLAB_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* Whole low pages: the allocator "page", and the roots of some others. */
#ifndef LAB_PAGE_H
#define LAB_PAGE_H

#include <linux/atomic.h>
#include <linux/gfp_types.h>
#include <linux/types.h>

void *lab_page_alloc(size_t size, gfp_t gfp, atomic64_t *held);
void lab_page_free(void *table, size_t size, atomic64_t *held);

#endif /* LAB_PAGE_H */

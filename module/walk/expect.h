/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a mapping ought to look like to hardware, from what was asked for: the
 * contract of IOMMU_* flags and quirks, in the words of struct lab_attrs.
 * Written from linux/iommu.h and the quirks' documentation; shares nothing with
 * format/ or the walkers.
 */
#ifndef LAB_EXPECT_H
#define LAB_EXPECT_H

#include "walk.h"

void lab_expect_attrs(enum io_pgtable_fmt fmt, unsigned long quirks, int prot,
		      struct lab_attrs *attrs);
bool lab_same_permissions(const struct lab_attrs *a, const struct lab_attrs *b);
bool lab_same_memory(const struct lab_attrs *a, const struct lab_attrs *b);

#endif /* LAB_EXPECT_H */

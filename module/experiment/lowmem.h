/* SPDX-License-Identifier: GPL-2.0-only */
/* Free memory below 4 GB, counted from outside: as the page allocator sees it. */
#ifndef LAB_EXPERIMENT_LOWMEM_H
#define LAB_EXPERIMENT_LOWMEM_H

#include <linux/types.h>

const char *lab_lowmem_not_measured(void);
s64 lab_lowmem_free_bytes(void);

#endif /* LAB_EXPERIMENT_LOWMEM_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fault attribute fail_table: requests for tables that fail in the style of
 * the kernel's fault injection.  Where the kernel has none, nothing of it is
 * there.
 */
#ifndef LAB_FAULT_H
#define LAB_FAULT_H

#include <linux/types.h>

struct dentry;

#ifdef CONFIG_FAULT_INJECTION
void lab_fault_init(struct dentry *parent);
void lab_fault_exit(void);
bool lab_fault_table(size_t size);
#else
static inline void lab_fault_init(struct dentry *parent)
{
}

static inline void lab_fault_exit(void)
{
}

static inline bool lab_fault_table(size_t size)
{
	return false;
}
#endif

#endif /* LAB_FAULT_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* The lab's debugfs, see Documentation/ABI/debugfs-io_pgtable_lab. */
#ifndef LAB_DEBUGFS_H
#define LAB_DEBUGFS_H

struct dentry;
struct lab_instance;

void lab_debugfs_init(void);
void lab_debugfs_exit(void);

/* The files of one instance (debugfs_instance.c) */
struct dentry *lab_debugfs_add(struct lab_instance *inst, struct dentry *parent);

char *lab_debugfs_text(const char *name, const char __user *buf, size_t count);

#endif /* LAB_DEBUGFS_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* The lab's debugfs, see Documentation/ABI/debugfs-io_pgtable_lab. */
#ifndef LAB_DEBUGFS_H
#define LAB_DEBUGFS_H

#include <linux/types.h>

struct dentry;
struct lab_instance;
struct lab_tally;
struct seq_file;

void lab_debugfs_init(void);
void lab_debugfs_exit(void);

/* The fuzzer (debugfs_fuzz.c) */
void lab_debugfs_add_fuzz(struct dentry *root);
void lab_debugfs_forget_fuzz(void);

/* The fake IOMMU (debugfs_iommu.c) */
void lab_debugfs_add_iommu(struct dentry *parent);
void lab_debugfs_forget_iommu(void);

/* The files of one instance (debugfs_instance.c) */
struct dentry *lab_debugfs_add(struct lab_instance *inst, struct dentry *parent);
ssize_t lab_debugfs_write(struct lab_instance *inst, const char __user *buf,
			  size_t count, int (*act)(struct lab_instance *, char *));
void lab_debugfs_show_tally(struct seq_file *m, struct lab_tally *t);

/* What it was made as (debugfs_config.c) */
void lab_debugfs_add_config(struct lab_instance *inst, struct dentry *dir);

/* What its tables hold (debugfs_tables.c) */
void lab_debugfs_add_tables(struct lab_instance *inst, struct dentry *dir);

/* Those that are about memory for its tables (debugfs_memory.c) */
void lab_debugfs_add_memory(struct lab_instance *inst, struct dentry *dir);
void lab_debugfs_add_concurrent(struct lab_instance *inst, struct dentry *dir);

char *lab_debugfs_long_text(const char *name, const char __user *buf, size_t count,
			    size_t most);
char *lab_debugfs_text(const char *name, const char __user *buf, size_t count);

#endif /* LAB_DEBUGFS_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* What the two files about the fake IOMMU's debugfs share. */
#ifndef LAB_DEBUGFS_IOMMU_H
#define LAB_DEBUGFS_IOMMU_H

#include <linux/list.h>
#include <linux/rwsem.h>

#include "iommu/master.h"

struct dentry;

enum { LAB_BYTES_SHOWN = 64 };

/**
 * struct lab_master_files - a master that people added
 * @link:	in its IOMMU's list
 * @m:		the master
 * @dir:	its directory
 * @buffers:	for reading while somebody has a buffer in his hands, for writing while one goes
 * @lock:	protects all below
 * @asked:	first input address of what the engine read last
 * @nr:		how much of it is in @bytes
 * @bytes:	its first bytes
 */
struct lab_master_files {
	struct list_head link;
	struct lab_master *m;
	struct dentry *dir;
	struct rw_semaphore buffers; /* see above */
	struct mutex lock; /* all below */
	u64 asked;
	size_t nr;
	u8 bytes[LAB_BYTES_SHOWN];
};

void lab_debugfs_put_up_master(struct lab_master_files *files, struct dentry *parent);
const char *lab_domain_text(const struct iommu_domain *domain);

#endif /* LAB_DEBUGFS_IOMMU_H */

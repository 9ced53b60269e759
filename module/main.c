// SPDX-License-Identifier: GPL-2.0-only
/*
 * io_pgtable_lab.ko: ordered start, mirrored end; nothing else.
 */
#include <linux/module.h>

#include "debugfs.h"
#include "iommu/iommu.h"
#include "machine.h"
#include "table/allocator.h"
#include "watch.h"
#include "compat/compat.h"

static int __init lab_init(void)
{
	struct lab_machine machine = lab_machine();
	const char *caveat = lab_machine_caveat(&machine);
	int ret;

	ret = lab_iommu_init();
	if (ret)
		return ret;
	if (caveat)
		pr_notice("io_pgtable_lab: %s\n", caveat);
	lab_debugfs_init();
	return 0;
}

static void __exit lab_exit(void)
{
	lab_debugfs_exit();
	lab_iommu_exit();
	lab_watch_stop();
	lab_slab_exit();
}

module_init(lab_init);
module_exit(lab_exit);

MODULE_DESCRIPTION("Test lab for IOMMU page tables and their allocators");
MODULE_LICENSE("GPL");
/* iommu_dirty_bitmap_record() calls iova_bitmap_set(). */
MODULE_IMPORT_NS(LAB_IOMMUFD_NAMESPACE);

/* SPDX-License-Identifier: GPL-2.0-only */
/* How many tables a domain has, and where they lie. */
#ifndef LAB_IOMMU_TABLES_H
#define LAB_IOMMU_TABLES_H

#include <linux/types.h>

struct lab_domain;

/**
 * struct lab_domain_tables - tables of a domain
 * @nr:		how many
 * @bytes:	of all of them
 * @low_nr:	how many lie below 4 GB
 * @low_bytes:	of those
 * @lowest:	first physical address of all
 * @highest:	last
 */
struct lab_domain_tables {
	u64 nr, bytes;
	u64 low_nr, low_bytes;
	u64 lowest, highest;
};

void lab_domain_count_tables(struct lab_domain *d, struct lab_domain_tables *tables);

#endif /* LAB_IOMMU_TABLES_H */

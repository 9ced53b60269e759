/* SPDX-License-Identifier: GPL-2.0-only */
/* A domain of the fake IOMMU: an instance that the IOMMU core maps in. */
#ifndef LAB_IOMMU_DOMAIN_H
#define LAB_IOMMU_DOMAIN_H

#include <linux/iommu.h>
#include <linux/spinlock.h>

#include "iommu/iommu.h"
#include "iommu/iotlb.h"
#include "iommu/record.h"

/**
 * struct lab_domain_stats - what was asked of a domain
 * @maps:	calls of map_pages
 * @unmaps:	calls of unmap_pages
 * @refused:	of both, such as failed or were refused
 * @syncs:	calls of iotlb_sync
 * @flushes:	calls of flush_iotlb_all
 */
struct lab_domain_stats {
	atomic64_t maps, unmaps, refused, syncs, flushes;
};

/**
 * struct lab_domain - a domain
 * @core:	what the IOMMU core knows it by
 * @link:	in the IOMMU's list
 * @iommu:	whose domain it is
 * @inst:	its page table
 * @tables:	readers change tables, and may do so side by side; a writer has them
 *		to itself, to look
 * @record:	what is mapped
 * @tlb:	what its masters go by
 * @stats:	what was asked of it
 */
struct lab_domain {
	struct iommu_domain core;
	struct list_head link;
	struct lab_iommu *iommu;
	struct lab_instance *inst;
	rwlock_t tables; /* see above */
	struct lab_record record;
	struct lab_iotlb tlb;
	struct lab_domain_stats stats;
};

extern const struct iommu_domain_ops lab_domain_ops;
extern struct iommu_domain lab_domain_identity, lab_domain_blocked;

struct iommu_domain *lab_domain_alloc(struct device *dev);
struct lab_domain *lab_domain_of(struct iommu_domain *core);
void lab_domain_translate(struct lab_domain *d, u64 iova, struct lab_translation *t);
bool lab_domain_find(struct lab_domain *d, u64 iova, struct lab_iotlb_entry *found,
		     struct lab_translation *t, bool *stale);
int lab_domain_verify(struct lab_domain *d);

#endif /* LAB_IOMMU_DOMAIN_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* The TLB of a domain: translations that its masters go by until they are invalidated. */
#ifndef LAB_IOMMU_IOTLB_H
#define LAB_IOMMU_IOTLB_H

#include <linux/spinlock.h>
#include <linux/types.h>

enum { LAB_IOTLB_ENTRIES = 64 };

/**
 * struct lab_iotlb_entry - a translation
 * @iova:	first input address
 * @last:	last input address; below @iova where there is none
 * @pa:		output address of @iova
 * @read:	reads are let through
 * @write:	writes are let through
 */
struct lab_iotlb_entry {
	u64 iova, last;
	phys_addr_t pa;
	bool read, write;
};

/**
 * struct lab_iotlb - the TLB
 * @lock:	protects all below
 * @entries:	translations
 * @next:	the one that goes next
 * @hits:	lookups that found something
 * @misses:	lookups that did not
 * @invalidations: ranges that were invalidated
 */
struct lab_iotlb {
	spinlock_t lock; /* all below */
	struct lab_iotlb_entry entries[LAB_IOTLB_ENTRIES];
	unsigned int next;
	u64 hits, misses, invalidations;
};

void lab_iotlb_init(struct lab_iotlb *tlb);
bool lab_iotlb_lookup(struct lab_iotlb *tlb, u64 iova, struct lab_iotlb_entry *found);
void lab_iotlb_insert(struct lab_iotlb *tlb, const struct lab_iotlb_entry *entry);
void lab_iotlb_invalidate(struct lab_iotlb *tlb, u64 iova, u64 last);
bool lab_iotlb_overlaps(struct lab_iotlb *tlb, u64 iova, u64 last, u64 *at);

#endif /* LAB_IOMMU_IOTLB_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The TLB of a domain: the last translations that were found, round robin.
 *
 * It holds what it was told until it is told otherwise, as hardware does.  Any context.
 */
#include <kunit/visibility.h>

#include "iommu/iotlb.h"
#include "compat/compat.h"

static bool meets(const struct lab_iotlb_entry *e, u64 iova, u64 last)
{
	return e->iova <= e->last && e->iova <= last && e->last >= iova;
}

/**
 * lab_iotlb_init() - an empty TLB
 * @tlb:	the TLB
 *
 * Context: Any.
 */
void lab_iotlb_init(struct lab_iotlb *tlb)
{
	*tlb = (struct lab_iotlb) {};
	spin_lock_init(&tlb->lock);
	for (int i = 0; i < LAB_IOTLB_ENTRIES; i++)
		tlb->entries[i].iova = 1;
}
EXPORT_SYMBOL_IF_KUNIT(lab_iotlb_init);

/**
 * lab_iotlb_lookup() - what is known of an address
 * @tlb:	the TLB
 * @iova:	input address
 * @found:	filled in
 *
 * Context: Any.
 * Return: whether something is.
 */
bool lab_iotlb_lookup(struct lab_iotlb *tlb, u64 iova, struct lab_iotlb_entry *found)
{
	struct lab_iotlb_entry *e;
	unsigned long flags;
	bool hit = false;

	spin_lock_irqsave(&tlb->lock, flags);
	for (e = tlb->entries; !hit && e < tlb->entries + LAB_IOTLB_ENTRIES; e++) {
		hit = meets(e, iova, iova);
		if (hit)
			*found = *e;
	}
	tlb->hits += hit;
	tlb->misses += !hit;
	spin_unlock_irqrestore(&tlb->lock, flags);
	return hit;
}
EXPORT_SYMBOL_IF_KUNIT(lab_iotlb_lookup);

/**
 * lab_iotlb_insert() - a walk has found a translation
 * @tlb:	the TLB
 * @entry:	the translation
 *
 * Context: Any; nobody changes the tables that it was found in meanwhile.
 */
void lab_iotlb_insert(struct lab_iotlb *tlb, const struct lab_iotlb_entry *entry)
{
	unsigned long flags;

	spin_lock_irqsave(&tlb->lock, flags);
	tlb->entries[tlb->next] = *entry;
	tlb->next = (tlb->next + 1) % LAB_IOTLB_ENTRIES;
	spin_unlock_irqrestore(&tlb->lock, flags);
}
EXPORT_SYMBOL_IF_KUNIT(lab_iotlb_insert);

/**
 * lab_iotlb_invalidate() - forget a range
 * @tlb:	the TLB
 * @iova:	first input address
 * @last:	last input address
 *
 * Context: Any.
 */
void lab_iotlb_invalidate(struct lab_iotlb *tlb, u64 iova, u64 last)
{
	struct lab_iotlb_entry *e;
	unsigned long flags;

	spin_lock_irqsave(&tlb->lock, flags);
	tlb->invalidations++;
	for (e = tlb->entries; e < tlb->entries + LAB_IOTLB_ENTRIES; e++)
		if (meets(e, iova, last))
			*e = (struct lab_iotlb_entry) { .iova = 1 };
	spin_unlock_irqrestore(&tlb->lock, flags);
}
EXPORT_SYMBOL_IF_KUNIT(lab_iotlb_invalidate);

/**
 * lab_iotlb_overlaps() - is anything known of a range
 * @tlb:	the TLB
 * @iova:	first input address
 * @last:	last input address
 * @at:		filled in: where the first such entry begins
 *
 * Context: Any.
 */
bool lab_iotlb_overlaps(struct lab_iotlb *tlb, u64 iova, u64 last, u64 *at)
{
	struct lab_iotlb_entry *e;
	unsigned long flags;
	bool found = false;

	spin_lock_irqsave(&tlb->lock, flags);
	for (e = tlb->entries; !found && e < tlb->entries + LAB_IOTLB_ENTRIES; e++) {
		found = meets(e, iova, last);
		if (found)
			*at = e->iova;
	}
	spin_unlock_irqrestore(&tlb->lock, flags);
	return found;
}
EXPORT_SYMBOL_IF_KUNIT(lab_iotlb_overlaps);

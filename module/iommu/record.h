/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The record: what a domain's owner has mapped.  Kept where nobody may sleep, which the
 * model of an instance cannot be; the model is made from it when a domain is verified.
 */
#ifndef LAB_IOMMU_RECORD_H
#define LAB_IOMMU_RECORD_H

#include <linux/gfp_types.h>
#include <linux/rbtree_types.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "walk/model.h"

/**
 * struct lab_record - what is mapped
 * @lock:	protects all below
 * @by_iova:	struct lab_record_range, none of which overlap
 * @nr:		how many
 * @changes:	how often it has changed
 */
struct lab_record {
	spinlock_t lock; /* all below */
	struct rb_root by_iova;
	size_t nr;
	u64 changes;
};

struct lab_record_range;

void lab_record_init(struct lab_record *record);
void lab_record_fini(struct lab_record *record);

struct lab_record_range *lab_record_new(gfp_t gfp);
void lab_record_drop(struct lab_record_range *range);
int lab_record_add(struct lab_record *record, struct lab_record_range *range,
		   const struct lab_mapping *mapping);
bool lab_record_covers(struct lab_record *record, u64 iova, u64 bytes, size_t *largest);
void lab_record_remove(struct lab_record *record, u64 iova, u64 bytes,
		       struct lab_record_range **spare);
bool lab_record_first(struct lab_record *record, struct lab_mapping *mapping);
u64 lab_record_bytes(struct lab_record *record);
int lab_record_to_model(struct lab_record *record, struct lab_model *model, u64 *changes);

#endif /* LAB_IOMMU_RECORD_H */

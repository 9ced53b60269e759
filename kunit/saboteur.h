/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Saboteurs: between an instance and its page table, whoever wrote that, they do one
 * thing wrong.
 */
#ifndef LAB_SABOTEUR_H
#define LAB_SABOTEUR_H

#include "configs.h"

/**
 * struct lab_saboteur - somebody between an instance and its io_pgtable_ops
 * @ops:	what the instance sees; passes all calls on until one is replaced
 * @inner:	the page table's own
 * @inst:	the instance
 */
struct lab_saboteur {
	struct io_pgtable_ops ops;
	struct io_pgtable_ops *inner;
	struct lab_instance *inst;
};

#define lab_saboteur_of(x) container_of(x, struct lab_saboteur, ops)

struct lab_saboteur *lab_saboteur_enter(struct kunit *test, struct lab_instance *inst);
struct lab_instance *lab_sabotage_create(struct kunit *test, unsigned int format,
					 const struct lab_provider *provider,
					 unsigned long quirks, struct lab_tally *tally);

int lab_pass_map(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t pa, size_t pgsize,
		 size_t pgcount, int prot, gfp_t gfp, size_t *mapped);
size_t lab_pass_unmap(struct io_pgtable_ops *ops, unsigned long iova, size_t pgsize,
		      size_t pgcount, struct iommu_iotlb_gather *gather);
phys_addr_t lab_pass_iova_to_phys(struct io_pgtable_ops *ops, unsigned long iova);
int lab_pass_dirty(struct io_pgtable_ops *ops, unsigned long iova, size_t size,
		   unsigned long flags, struct iommu_dirty_bitmap *dirty);

#endif /* LAB_SABOTEUR_H */

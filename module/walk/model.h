/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The model: what was mapped, kept plainly.  Independent of every table, it
 * says what a walker ought to find, and foresees what a kernel would WARN of.
 */
#ifndef LAB_MODEL_H
#define LAB_MODEL_H

#include <linux/maple_tree.h>
#include <linux/types.h>

/**
 * struct lab_mapping - what one map operation left
 * @iova:	first input address of the operation
 * @pa:		output address of @iova
 * @pgsize:	page size in bytes that it was mapped with
 * @prot:	IOMMU_READ and the like
 * @bytes:	how much of it is still mapped; the last byte takes it along
 * @split:	an unmap took part of a page: what is left may be in smaller ones
 */
struct lab_mapping {
	u64 iova;
	u64 pa;
	size_t pgsize;
	int prot;
	u64 bytes;
	bool split;
};

/**
 * struct lab_model - all that is mapped
 * @ranges:	mappings by input address; an unmap may leave one several ranges
 */
struct lab_model {
	struct maple_tree ranges;
};

/**
 * struct lab_model_range - addresses that one mapping covers
 * @first:	first input address
 * @last:	last input address
 * @mapping:	the mapping
 */
struct lab_model_range {
	u64 first, last;
	const struct lab_mapping *mapping;
};

void lab_model_init(struct lab_model *model);
void lab_model_fini(struct lab_model *model);

int lab_model_add(struct lab_model *model, const struct lab_mapping *mapping);
void lab_model_remove(struct lab_model *model, u64 iova, u64 bytes);

const struct lab_mapping *lab_model_find(struct lab_model *model, u64 iova);
bool lab_model_next(struct lab_model *model, u64 iova, u64 last,
		    struct lab_model_range *range);
bool lab_model_overlaps(struct lab_model *model, u64 iova, u64 bytes);
bool lab_model_covers(struct lab_model *model, u64 iova, u64 bytes);
size_t lab_model_splits(struct lab_model *model, u64 iova, u64 bytes,
			size_t pgsize);
void lab_model_split(struct lab_model *model, u64 iova, u64 bytes, size_t pgsize);

#endif /* LAB_MODEL_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model of expected mappings, over a maple tree of ranges.
 *
 * The owner serialises changes (the instance's mutex); sleeps.  Knows neither
 * formats nor tables.
 */
#include <kunit/visibility.h>
#include <linux/slab.h>

#include "model.h"
#include "compat/compat.h"

/**
 * lab_model_init() - an empty model
 * @model:	the model
 *
 * Context: Any.
 */
void lab_model_init(struct lab_model *model)
{
	mt_init(&model->ranges);
}
EXPORT_SYMBOL_IF_KUNIT(lab_model_init);

/* The first range that touches [iova, last]; NULL where nothing is mapped. */
static struct lab_mapping *next_range(struct lab_model *model, u64 iova, u64 last,
				      u64 *first_out, u64 *last_out)
{
	MA_STATE(mas, &model->ranges, iova, iova);
	struct lab_mapping *mapping;

	rcu_read_lock();
	mapping = mas_find(&mas, last);
	*first_out = mas.index;
	*last_out = mas.last;
	rcu_read_unlock();
	return mapping;
}

/* Give up @bytes of @mapping; the mapping goes with its last byte. */
static void release(struct lab_mapping *mapping, u64 bytes)
{
	mapping->bytes -= bytes;
	if (!mapping->bytes)
		kfree(mapping);
}

/**
 * lab_model_fini() - forget everything
 * @model:	the model
 *
 * Context: Process; sleeps.
 */
void lab_model_fini(struct lab_model *model)
{
	struct lab_mapping *mapping;
	u64 iova = 0, first, last;

	while ((mapping = next_range(model, iova, ULONG_MAX, &first, &last))) {
		release(mapping, last - first + 1);
		if (last == ULONG_MAX)
			break;
		iova = last + 1;
	}
	mtree_destroy(&model->ranges);
}
EXPORT_SYMBOL_IF_KUNIT(lab_model_fini);

/**
 * lab_model_add() - something was mapped
 * @model:	the model
 * @mapping:	what; copied, with its @bytes the length
 *
 * Context: Process; sleeps.
 * Return: 0, -EEXIST where part of it is mapped already, -ENOMEM.
 */
int lab_model_add(struct lab_model *model, const struct lab_mapping *mapping)
{
	struct lab_mapping *copy = kmemdup(mapping, sizeof(*mapping), GFP_KERNEL);
	int ret;

	if (!copy)
		return -ENOMEM;
	ret = mtree_insert_range(&model->ranges, copy->iova,
				 copy->iova + copy->bytes - 1, copy, GFP_KERNEL);
	if (ret)
		kfree(copy);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(lab_model_add);

/**
 * lab_model_remove() - something was unmapped
 * @model:	the model
 * @iova:	first input address
 * @bytes:	length, not 0; what was not mapped in it is passed over
 *
 * Cutting a hole needs memory, and has to be had: what is unmapped is unmapped,
 * and a model that says otherwise would foresee wrongly.
 *
 * Context: Process; sleeps.
 */
void lab_model_remove(struct lab_model *model, u64 iova, u64 bytes)
{
	u64 last = iova + bytes - 1, first, end;
	struct lab_mapping *mapping;

	while (iova <= last && (mapping = next_range(model, iova, last, &first, &end))) {
		first = max(first, iova);
		end = min(end, last);
		mtree_store_range(&model->ranges, first, end, NULL,
				  GFP_KERNEL | __GFP_NOFAIL);
		release(mapping, end - first + 1);
		if (end == last)
			break;
		iova = end + 1;
	}
}
EXPORT_SYMBOL_IF_KUNIT(lab_model_remove);

/**
 * lab_model_find() - what covers an address
 * @model:	the model
 * @iova:	input address
 *
 * Context: Process; the answer is good until the model changes.
 * Return: the mapping, or NULL.
 */
const struct lab_mapping *lab_model_find(struct lab_model *model, u64 iova)
{
	return mtree_load(&model->ranges, iova);
}
EXPORT_SYMBOL_IF_KUNIT(lab_model_find);

/**
 * lab_model_next() - the first range that touches some addresses
 * @model:	the model
 * @iova:	first input address
 * @last:	last input address
 * @range:	filled in, whole: it may begin before @iova and end after @last
 *
 * Context: Process; the answer is good until the model changes.
 * Return: whether there is one.
 */
bool lab_model_next(struct lab_model *model, u64 iova, u64 last,
		    struct lab_model_range *range)
{
	range->mapping = next_range(model, iova, last, &range->first, &range->last);
	return range->mapping;
}
EXPORT_SYMBOL_IF_KUNIT(lab_model_next);

/**
 * lab_model_overlaps() - is any of a range mapped
 * @model:	the model
 * @iova:	first input address
 * @bytes:	length, not 0
 *
 * Context: Process.
 * Return: whether at least one address is mapped.
 */
bool lab_model_overlaps(struct lab_model *model, u64 iova, u64 bytes)
{
	u64 first, last;

	return next_range(model, iova, iova + bytes - 1, &first, &last);
}
EXPORT_SYMBOL_IF_KUNIT(lab_model_overlaps);

/**
 * lab_model_covers() - is all of a range mapped
 * @model:	the model
 * @iova:	first input address
 * @bytes:	length, not 0
 *
 * Context: Process.
 * Return: whether every address is mapped.
 */
bool lab_model_covers(struct lab_model *model, u64 iova, u64 bytes)
{
	u64 last = iova + bytes - 1, first, end;

	while (next_range(model, iova, last, &first, &end) && first <= iova) {
		if (end >= last)
			return true;
		iova = end + 1;
	}
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(lab_model_covers);

/**
 * lab_model_splits() - would unmapping a range take part of a block
 * @model:	the model
 * @iova:	first input address
 * @bytes:	length, not 0
 * @pgsize:	page size in bytes that it is to be unmapped with
 *
 * A larger page unmapped with a smaller page size counts even if all of it
 * goes: that is how the kernel's writers see it, page by page.
 *
 * Context: Process.
 * Return: the size in bytes of the block that would be split, or 0.
 */
size_t lab_model_splits(struct lab_model *model, u64 iova, u64 bytes,
			size_t pgsize)
{
	u64 last = iova + bytes - 1, first, end;
	struct lab_mapping *mapping;

	while (iova <= last && (mapping = next_range(model, iova, last, &first, &end))) {
		if (mapping->pgsize > pgsize)
			return mapping->pgsize;
		/* The last address has none after it. */
		if (end >= last)
			break;
		iova = end + 1;
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(lab_model_splits);

/**
 * lab_model_split() - larger pages are being unmapped in parts
 * @model:	the model
 * @iova:	first input address
 * @bytes:	length, not 0
 * @pgsize:	page size in bytes that it is unmapped with
 *
 * Context: Process.
 */
void lab_model_split(struct lab_model *model, u64 iova, u64 bytes, size_t pgsize)
{
	u64 last = iova + bytes - 1, first, end;
	struct lab_mapping *mapping;

	while (iova <= last && (mapping = next_range(model, iova, last, &first, &end))) {
		mapping->split |= mapping->pgsize > pgsize;
		if (end >= last)
			break;
		iova = end + 1;
	}
}
EXPORT_SYMBOL_IF_KUNIT(lab_model_split);

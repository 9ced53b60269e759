// SPDX-License-Identifier: GPL-2.0-only
/*
 * The record: ranges in a red-black tree, one for each call of map_pages.
 *
 * Its lock is taken with interrupts off, and nothing is allocated under it: who adds
 * brings a range, who cuts a hole brings a spare one.
 */
#include <kunit/visibility.h>
#include <linux/mm.h>
#include <linux/rbtree.h>
#include <linux/slab.h>

#include "iommu/record.h"
#include "compat/compat.h"

/**
 * struct lab_record_range - what one call has mapped, or what is left of it
 * @node:	in the tree
 * @m:		the mapping
 */
struct lab_record_range {
	struct rb_node node;
	struct lab_mapping m;
};

static struct lab_record_range *range_of(struct rb_node *node)
{
	return rb_entry_safe(node, struct lab_record_range, node);
}

static u64 last_of(const struct lab_record_range *r)
{
	return r->m.iova + (r->m.bytes - 1);
}

/**
 * lab_record_init() - nothing is mapped
 * @record:	the record
 *
 * Context: Any.
 */
void lab_record_init(struct lab_record *record)
{
	spin_lock_init(&record->lock);
	record->by_iova = RB_ROOT;
	record->nr = 0;
	record->changes = 0;
}
EXPORT_SYMBOL_IF_KUNIT(lab_record_init);

/**
 * lab_record_fini() - forget all
 * @record:	the record, which nobody uses any more
 *
 * Context: Any.
 */
void lab_record_fini(struct lab_record *record)
{
	struct lab_record_range *r, *next;

	rbtree_postorder_for_each_entry_safe(r, next, &record->by_iova, node)
		kfree(r);
	record->by_iova = RB_ROOT;
	record->nr = 0;
}
EXPORT_SYMBOL_IF_KUNIT(lab_record_fini);

/**
 * lab_record_new() - a range to come
 * @gfp:	flags
 *
 * Context: As @gfp says.
 * Return: for lab_record_add(), lab_record_remove() or lab_record_drop(); or NULL.
 */
struct lab_record_range *lab_record_new(gfp_t gfp)
{
	return kmalloc(sizeof(struct lab_record_range), gfp | __GFP_NOWARN);
}
EXPORT_SYMBOL_IF_KUNIT(lab_record_new);

/**
 * lab_record_drop() - one that was not needed
 * @range:	from lab_record_new(), or NULL
 *
 * Context: Any.
 */
void lab_record_drop(struct lab_record_range *range)
{
	kfree(range);
}
EXPORT_SYMBOL_IF_KUNIT(lab_record_drop);

/* The first range that ends at @iova or behind it. */
static struct lab_record_range *find(const struct lab_record *record, u64 iova)
{
	struct rb_node *node = record->by_iova.rb_node;
	struct lab_record_range *found = NULL;

	while (node) {
		struct lab_record_range *r = range_of(node);

		if (last_of(r) >= iova) {
			found = r;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return found;
}

static void link_range(struct lab_record *record, struct lab_record_range *range)
{
	struct rb_node **at = &record->by_iova.rb_node, *parent = NULL;

	while (*at) {
		parent = *at;
		at = range->m.iova < range_of(parent)->m.iova ? &parent->rb_left :
								&parent->rb_right;
	}
	rb_link_node(&range->node, parent, at);
	rb_insert_color(&range->node, &record->by_iova);
	record->nr++;
}

/**
 * lab_record_add() - something was mapped
 * @record:	the record
 * @range:	from lab_record_new(); belongs to the record where it is taken
 * @mapping:	what was mapped
 *
 * Context: Any.
 * Return: 0, or -EEXIST where part of it is mapped already.
 */
int lab_record_add(struct lab_record *record, struct lab_record_range *range,
		   const struct lab_mapping *mapping)
{
	struct lab_record_range *next;
	unsigned long flags;
	int ret = 0;

	range->m = *mapping;
	spin_lock_irqsave(&record->lock, flags);
	next = find(record, mapping->iova);
	if (next && next->m.iova <= last_of(range)) {
		ret = -EEXIST;
	} else {
		link_range(record, range);
		record->changes++;
	}
	spin_unlock_irqrestore(&record->lock, flags);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(lab_record_add);

/**
 * lab_record_covers() - is all of a range mapped
 * @record:	the record
 * @iova:	first input address
 * @bytes:	length, not 0
 * @largest:	filled in: the largest page size in it, 0 for nothing at all
 *
 * Context: Any.
 * Return: whether every address is mapped.
 */
bool lab_record_covers(struct lab_record *record, u64 iova, u64 bytes, size_t *largest)
{
	u64 last = iova + (bytes - 1), due = iova;
	struct lab_record_range *r;
	unsigned long flags;
	bool gap = false;

	*largest = 0;
	spin_lock_irqsave(&record->lock, flags);
	for (r = find(record, iova); r && r->m.iova <= last;
	     r = range_of(rb_next(&r->node))) {
		gap |= r->m.iova > due;
		due = last_of(r) + 1;
		*largest = max(*largest, r->m.pgsize);
	}
	spin_unlock_irqrestore(&record->lock, flags);
	/* What ends with the 64 bits leaves 0 as the next. */
	return *largest && !gap && due - 1 >= last;
}
EXPORT_SYMBOL_IF_KUNIT(lab_record_covers);

/* What is behind @iova becomes a range of its own. */
static void split_at(struct lab_record *record, struct lab_record_range *r, u64 iova,
		     struct lab_record_range **spare)
{
	struct lab_record_range *rest = *spare;
	u64 offset = iova - r->m.iova;

	*spare = NULL;
	rest->m = r->m;
	rest->m.iova += offset;
	rest->m.pa += offset;
	rest->m.bytes -= offset;
	r->m.bytes = offset;
	link_range(record, rest);
}

/**
 * lab_record_remove() - something was unmapped
 * @record:	the record
 * @iova:	first input address
 * @bytes:	length, not 0; what was not mapped in it is passed over
 * @spare:	from lab_record_new(): taken, and set to NULL, where a hole is cut
 *
 * Context: Any.
 */
void lab_record_remove(struct lab_record *record, u64 iova, u64 bytes,
		       struct lab_record_range **spare)
{
	u64 last = iova + (bytes - 1);
	struct lab_record_range *r, *next;
	unsigned long flags;

	spin_lock_irqsave(&record->lock, flags);
	record->changes++;
	for (r = find(record, iova); r && r->m.iova <= last; r = next) {
		u64 end = last_of(r);

		next = range_of(rb_next(&r->node));
		if (r->m.iova < iova && end > last)
			split_at(record, r, last + 1, spare);
		if (r->m.iova < iova) {
			r->m.bytes = iova - r->m.iova;
		} else if (end > last) {
			u64 gone = last + 1 - r->m.iova;

			r->m.iova += gone;
			r->m.pa += gone;
			r->m.bytes -= gone;
		} else {
			rb_erase(&r->node, &record->by_iova);
			record->nr--;
			kfree(r);
		}
	}
	spin_unlock_irqrestore(&record->lock, flags);
}
EXPORT_SYMBOL_IF_KUNIT(lab_record_remove);

/**
 * lab_record_first() - the first that is mapped
 * @record:	the record
 * @mapping:	filled in
 *
 * Context: Any.
 * Return: whether there is one.
 */
bool lab_record_first(struct lab_record *record, struct lab_mapping *mapping)
{
	struct lab_record_range *r;
	unsigned long flags;

	spin_lock_irqsave(&record->lock, flags);
	r = find(record, 0);
	if (r)
		*mapping = r->m;
	spin_unlock_irqrestore(&record->lock, flags);
	return r;
}

/**
 * lab_record_bytes() - how much is mapped
 * @record:	the record
 *
 * Context: Any.
 * Return: bytes.
 */
u64 lab_record_bytes(struct lab_record *record)
{
	unsigned long flags;
	u64 bytes = 0;

	spin_lock_irqsave(&record->lock, flags);
	for (struct rb_node *node = rb_first(&record->by_iova); node; node = rb_next(node))
		bytes += range_of(node)->m.bytes;
	spin_unlock_irqrestore(&record->lock, flags);
	return bytes;
}
EXPORT_SYMBOL_IF_KUNIT(lab_record_bytes);

/* A copy of all; the record may have grown meanwhile. */
static struct lab_mapping *copy_all(struct lab_record *record, size_t *nr, u64 *changes)
{
	size_t room = READ_ONCE(record->nr) + 16;
	struct lab_mapping *copy = kvmalloc_array(room, sizeof(*copy), GFP_KERNEL | __GFP_NOWARN);

	if (!copy)
		return ERR_PTR(-ENOMEM);
	*nr = 0;
	spin_lock_irq(&record->lock);
	*changes = record->changes;
	if (record->nr <= room)
		for (struct rb_node *node = rb_first(&record->by_iova); node; node = rb_next(node))
			copy[(*nr)++] = range_of(node)->m;
	room = record->nr;
	spin_unlock_irq(&record->lock);
	if (*nr == room)
		return copy;
	kvfree(copy);
	return ERR_PTR(-EAGAIN);
}

/**
 * lab_record_to_model() - make a model of what is mapped
 * @record:	the record
 * @model:	the model, whose contents are replaced
 * @changes:	filled in: what @record's @changes was then
 *
 * Context: Process; sleeps.
 * Return: 0; -EAGAIN where too much came meanwhile, -ENOMEM: the model is empty.
 */
int lab_record_to_model(struct lab_record *record, struct lab_model *model, u64 *changes)
{
	struct lab_mapping *copy;
	size_t nr;
	int ret = 0;

	lab_model_fini(model);
	lab_model_init(model);
	copy = copy_all(record, &nr, changes);
	if (IS_ERR(copy))
		return PTR_ERR(copy);
	for (size_t i = 0; i < nr && !ret; i++)
		ret = lab_model_add(model, &copy[i]);
	kvfree(copy);
	if (ret) {
		lab_model_fini(model);
		lab_model_init(model);
	}
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(lab_record_to_model);

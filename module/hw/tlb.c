// SPDX-License-Identifier: GPL-2.0-only
/*
 * The TLB: each page that was mapped in a call's range may be cached when the call
 * begins, and stays so until an invalidation meets it when no walk finds it any more.
 *
 * A bit for each page, in ranges by what the model has.  Locking as in hw.c.
 */
#include <linux/bitmap.h>
#include <linux/log2.h>

#include "instance.h"

/* The ranges of the model in a call's range, whole pages; how many bits they take. */
static bool note_ranges(struct lab_instance *inst, u64 *bits)
{
	struct lab_hw *hw = &inst->hw;
	u32 room = hw->leaves.bytes / sizeof(struct lab_hw_leaves);
	struct lab_hw_leaves *leaves = hw->leaves.at;
	struct lab_model_range r;
	u64 iova = hw->first;

	hw->nr_leaves = 0;
	*bits = 0;
	while (lab_model_next(&inst->model, iova, hw->last, &r)) {
		size_t pgsize = r.mapping->pgsize;

		if (hw->nr_leaves == room)
			return false;
		leaves[hw->nr_leaves] = (struct lab_hw_leaves) {
			.iova	= max(r.first, hw->first) & ~((u64)pgsize - 1),
			.last	= min(r.last, hw->last) | (pgsize - 1),
			.pgsize	= pgsize,
			.bit	= *bits,
		};
		*bits += (leaves[hw->nr_leaves].last - leaves[hw->nr_leaves].iova) / pgsize + 1;
		hw->nr_leaves++;
		if (r.last >= hw->last)
			break;
		iova = r.last + 1;
	}
	return true;
}

/**
 * lab_hw_note_leaves() - take it that all pages in a call's range are cached
 * @inst:	the instance, locked
 *
 * Context: Process; sleeps.
 * Return: false where there is no memory for it.
 */
bool lab_hw_note_leaves(struct lab_instance *inst)
{
	struct lab_hw *hw = &inst->hw;
	u64 bits;

	hw->nr_leaves = 0;
	hw->nr_stale = 0;
	/* Nothing is invalidated for what is made valid, nor where all of it ends. */
	if (hw->call == LAB_HW_MAP || hw->call == LAB_HW_DESTROY)
		return true;
	while (!note_ranges(inst, &bits))
		if (!lab_hw_room(&hw->leaves, hw->leaves.bytes + 1))
			return false;
	if (!lab_hw_room(&hw->stale, BITS_TO_LONGS(bits) * sizeof(long)))
		return false;
	bitmap_fill(hw->stale.at, bits);
	hw->nr_stale = bits;
	return true;
}

/* What walks find is cached again at once. */
static bool is_found(struct lab_instance *inst, u64 iova)
{
	struct lab_translation t;

	inst->params.format->walker->translate(&inst->cfg, iova, &t);
	return !t.fault;
}

static void invalidate_range(struct lab_instance *inst, const struct lab_hw_leaves *l, u64 first,
			     u64 last, size_t granule)
{
	unsigned long *stale = inst->hw.stale.at;
	u64 from = max(first, l->iova), to = min(last, l->last);
	unsigned int lg2 = ilog2(l->pgsize);

	if (granule <= l->pgsize) {
		if (!is_found(inst, from))
			bitmap_clear(stale, l->bit + ((from - l->iova) >> lg2),
				     ((to - l->iova) >> lg2) - ((from - l->iova) >> lg2) + 1);
		return;
	}
	/* Steps so wide meet one page each. */
	for (u64 at = first + roundup(from - first, granule); at >= from && at <= to; at += granule)
		if (!is_found(inst, at))
			__clear_bit(l->bit + ((at - l->iova) >> lg2), stale);
}

/**
 * lab_hw_invalidate() - the TLB is told to forget
 * @inst:	the instance
 * @first:	first input address
 * @last:	last input address
 * @granule:	step in bytes: an address of each is named
 *
 * Context: Any.
 */
void lab_hw_invalidate(struct lab_instance *inst, u64 first, u64 last, size_t granule)
{
	const struct lab_hw_leaves *l = inst->hw.leaves.at;

	for (u32 i = 0; i < inst->hw.nr_leaves; i++, l++)
		if (l->iova <= last && l->last >= first)
			invalidate_range(inst, l, first, last, granule);
}

/**
 * lab_hw_judge_leaves() - is any page cached that is not mapped any more?
 * @inst:	the instance, locked
 * @unmapped:	bytes from the range's beginning on that were unmapped
 *
 * Context: Process.
 */
void lab_hw_judge_leaves(struct lab_instance *inst, u64 unmapped)
{
	const struct lab_hw *hw = &inst->hw;
	const struct lab_hw_leaves *l = hw->leaves.at;
	u64 end = hw->first + (unmapped - 1), bit, limit;
	bool stale = false;

	if (hw->call != LAB_HW_UNMAP || !unmapped)
		return;
	for (u32 i = 0; i < hw->nr_leaves && !stale; i++, l++) {
		if (l->iova > end)
			break;
		limit = l->bit + (min(l->last, end) - l->iova) / l->pgsize + 1;
		bit = find_next_bit(hw->stale.at, limit, l->bit);
		stale = bit < limit;
		if (stale)
			lab_check(&inst->tally, LAB_RULE_TLB_STALE, false,
				  "iova %#llx was unmapped, and a TLB entry of %#zx bytes outlives the sync",
				  l->iova + (bit - l->bit) * l->pgsize, l->pgsize);
	}
	if (!stale)
		lab_check(&inst->tally, LAB_RULE_TLB_STALE, true, "no entry is stale");
}

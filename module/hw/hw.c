// SPDX-License-Identifier: GPL-2.0-only
/*
 * A call into a page table's operations, as hardware would live through it: what it
 * may have cached when the call begins, what the callbacks take away, and what must
 * hold when the call is over.
 *
 * All but the shadow belongs to the task that holds the instance's mutex; callbacks of
 * other tasks, who call the operations past the instance, are not looked at.  Begin and
 * end sleep; what is between them runs in any context, and neither allocates nor prints
 * but for violations.
 */
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "instance.h"
#include "io_pgtable_lab.h"
#include "watch.h"

enum {
	ROOM	= 512,
};

/**
 * lab_hw_room() - room in an array, whose old contents may go
 * @array:	the array
 * @bytes:	how much is needed
 *
 * Context: Process; sleeps.
 * Return: the room, or NULL.
 */
void *lab_hw_room(struct lab_hw_array *array, u64 bytes)
{
	void *more;

	if (bytes <= array->bytes)
		return array->at;
	bytes = max_t(u64, 2 * array->bytes, bytes);
	if (bytes > INT_MAX)
		return NULL;
	more = kvmalloc(bytes, GFP_KERNEL | __GFP_NOWARN);
	if (!more)
		return NULL;
	kvfree(array->at);
	array->at = more;
	array->bytes = bytes;
	return more;
}

/**
 * lab_hw_init() - begin to model hardware
 * @inst:	the instance, with its configuration, before its page table is made
 *
 * Context: Process; sleeps.
 * Return: 0 or -ENOMEM.
 */
int lab_hw_init(struct lab_instance *inst)
{
	struct lab_hw *hw = &inst->hw;

	hash_init(hw->by_address);
	/* What the calls of most people need, so that these allocate nothing. */
	if (lab_shadow_init(inst) || !lab_hw_room(&hw->tables, 2 * ROOM) ||
	    !lab_hw_room(&hw->descs, 2 * ROOM) || !lab_hw_room(&hw->broken, ROOM) ||
	    !lab_hw_room(&hw->leaves, ROOM) || !lab_hw_room(&hw->stale, ROOM)) {
		lab_hw_fini(inst);
		return -ENOMEM;
	}
	return 0;
}

/**
 * lab_hw_fini() - end it
 * @inst:	the instance, whose page table is gone
 *
 * Context: Process; sleeps.
 */
void lab_hw_fini(struct lab_instance *inst)
{
	struct lab_hw *hw = &inst->hw;

	lab_shadow_fini(inst);
	kvfree(hw->tables.at);
	kvfree(hw->descs.at);
	kvfree(hw->broken.at);
	kvfree(hw->leaves.at);
	kvfree(hw->stale.at);
}

/**
 * lab_hw_watches() - whether what comes by now belongs to a call
 * @inst:	the instance
 *
 * Context: Any.
 */
bool lab_hw_watches(const struct lab_instance *inst)
{
	return READ_ONCE(inst->hw.task) == current && in_task() && !inst->hw.blind;
}

/* How many tables a call may make. */
static u64 tables_due(const struct lab_instance *inst)
{
	const struct lab_hw *hw = &inst->hw;
	u64 nr = 0;

	switch (hw->call) {
	case LAB_HW_MAP:
		if (inst->hw.shadow.on)
			lab_io_pgtable_max_tables(inst->params.format->fmt, &inst->cfg, hw->first,
						  hw->last - hw->first + 1, hw->pgsize, &nr);
		return nr;
	case LAB_HW_UNMAP:
	case LAB_HW_UNMAP_QUEUED:
		return hw->split ? LAB_WALK_LEVELS : 0;
	default:
		return 0;
	}
}

/**
 * lab_hw_begin() - a call begins
 * @inst:	the instance, locked
 * @call:	what it does
 * @iova:	first input address of its range
 * @last:	last input address
 * @pgsize:	page size in bytes
 *
 * Where there is no memory to look at it, nothing of this call is checked.
 *
 * Context: Process; sleeps.
 */
void lab_hw_begin(struct lab_instance *inst, enum lab_hw_call call, u64 iova, u64 last,
		  size_t pgsize)
{
	struct lab_hw *hw = &inst->hw;

	hw->call = call;
	hw->first = iova;
	hw->last = last;
	hw->pgsize = pgsize;
	hw->gather = (struct lab_hw_gather) {};
	hw->watch = lab_watch_generation();
	lab_shadow_prepare(inst, tables_due(inst));
	hw->blind = inst->tally.not_checked[LAB_RULE_WALK_CACHE] || !lab_hw_note_tables(inst) ||
		    !lab_hw_note_leaves(inst);
	WRITE_ONCE(hw->task, current);
}

/**
 * lab_hw_end() - the call is over: judge it
 * @inst:	the instance, locked
 * @unmapped:	bytes from the range's beginning on that were unmapped
 *
 * Context: Process.
 */
void lab_hw_end(struct lab_instance *inst, u64 unmapped)
{
	struct lab_hw *hw = &inst->hw;

	if (hw->call == LAB_HW_UNMAP && hw->gather.any && lab_hw_watches(inst))
		lab_hw_invalidate(inst, hw->gather.first, hw->gather.last, hw->gather.granule);
	WRITE_ONCE(hw->task, NULL);
	lab_shadow_judge(inst);
	if (!hw->blind) {
		lab_hw_judge_leaves(inst, unmapped);
		lab_hw_judge_tables(inst);
	}
	if (hw->call != LAB_HW_UNMAP_QUEUED || !unmapped)
		return;
	hw->queued_first = hw->queued ? min(hw->queued_first, hw->first) : hw->first;
	hw->queued_last = hw->queued ? max(hw->queued_last, hw->first + (unmapped - 1)) :
				       hw->first + (unmapped - 1);
	hw->queued = true;
}

/**
 * lab_hw_crowd_begin() - several tasks call the operations past the instance
 * @inst:	the instance, locked until lab_hw_crowd_end()
 * @tables:	the most that they make, those that lose a race included
 *
 * TLB and walk cache are looked at for one call at a time and stay out of it; what a
 * walker is shown is seen all the same.
 *
 * Context: Process; sleeps.
 */
void lab_hw_crowd_begin(struct lab_instance *inst, u64 tables)
{
	lab_shadow_prepare(inst, tables);
	lab_shadow_set_crowd(inst, true);
}

/**
 * lab_hw_crowd_end() - they are through
 * @inst:	the instance, locked
 *
 * Context: Process.
 */
void lab_hw_crowd_end(struct lab_instance *inst)
{
	lab_shadow_set_crowd(inst, false);
	lab_shadow_judge(inst);
}

/**
 * lab_hw_queued() - whether a flush queue may hold some of a range
 * @inst:	the instance, locked
 * @iova:	first input address
 * @last:	last input address
 *
 * Context: Any.
 */
bool lab_hw_queued(const struct lab_instance *inst, u64 iova, u64 last)
{
	const struct lab_hw *hw = &inst->hw;

	return hw->queued && iova <= hw->queued_last && last >= hw->queued_first;
}

/**
 * lab_hw_sync() - the flush queue runs
 * @inst:	the instance, locked
 *
 * It invalidates all of the TLB.
 *
 * Context: Any.
 */
void lab_hw_sync(struct lab_instance *inst)
{
	inst->hw.queued = false;
}

static bool is_in_range(const struct lab_hw *hw, u64 iova, u64 last)
{
	u64 mask = hw->pgsize - 1;

	return last >= iova && iova >= (hw->first & ~mask) && last <= (hw->last | mask);
}

/**
 * lab_hw_flush_all() - tlb_flush_all was called
 * @inst:	the instance
 *
 * Context: Any.
 */
void lab_hw_flush_all(struct lab_instance *inst)
{
	if (!lab_hw_watches(inst))
		return;
	lab_hw_drop_pointers(inst, inst->first, inst->last);
	lab_hw_invalidate(inst, inst->first, inst->last, 1);
}

/**
 * lab_hw_flush_walk() - tlb_flush_walk was called
 * @inst:	the instance
 * @iova:	first input address
 * @size:	length in bytes
 * @granule:	step in bytes
 *
 * Drivers invalidate leaves and pointers, in steps of the granule.
 *
 * Context: Any.
 */
void lab_hw_flush_walk(struct lab_instance *inst, u64 iova, size_t size, size_t granule)
{
	unsigned long sizes = inst->cfg.pgsize_bitmap;
	struct lab_hw *hw = &inst->hw;
	u64 last = iova + (size - 1);
	bool sane;

	if (!lab_hw_watches(inst))
		return;
	sane = size && hweight_long(granule) == 1 && !(size & (granule - 1)) &&
	       !(iova & (granule - 1)) && granule == (sizes & -sizes) &&
	       is_in_range(hw, iova, last);
	/* Where a group is split it is named by any of its pages (findings.rst). */
	if (!hw->split)
		lab_check(&inst->tally, LAB_RULE_FLUSH_SANE, sane,
			  "tlb_flush_walk of %#zx bytes by %#zx at iova %#llx, in a call on %#llx to %#llx by %#zx",
			  size, granule, iova, hw->first, hw->last, hw->pgsize);
	if (!size || last < iova)
		return;
	lab_hw_drop_pointers(inst, iova, last);
	lab_hw_invalidate(inst, iova, last, granule ?: size);
}

/* What was mapped at an address when the call began; 0 for nothing. */
static size_t pgsize_at(const struct lab_hw *hw, u64 iova)
{
	const struct lab_hw_leaves *leaves = hw->leaves.at;

	for (u32 i = 0; i < hw->nr_leaves; i++)
		if (iova >= leaves[i].iova && iova <= leaves[i].last)
			return leaves[i].pgsize;
	return 0;
}

/**
 * lab_hw_add_page() - tlb_add_page was called
 * @inst:	the instance
 * @gather:	what it was given
 * @iova:	input address
 * @granule:	bytes
 *
 * As iommu_iotlb_gather_add_page() does for drivers: what does not go on where the
 * gather ends, or has another granule, makes it sync.
 *
 * Context: Any.
 */
void lab_hw_add_page(struct lab_instance *inst, struct iommu_iotlb_gather *gather, u64 iova,
		     size_t granule)
{
	struct lab_hw *hw = &inst->hw;
	struct lab_hw_gather *g = &hw->gather;
	u64 last = iova + (granule - 1);
	size_t pgsize, group;
	bool sane, known;

	if (!lab_hw_watches(inst))
		return;
	pgsize = pgsize_at(hw, iova);
	group = granule * inst->params.format->walker->group;
	/* What a block is split into, or a failed map has left, nobody knew before. */
	known = granule == hw->pgsize || granule == pgsize || group == pgsize ||
		(group == hw->pgsize && (!pgsize || hw->split));
	/* A split names its page to a flush queue, too. */
	sane = gather && (hw->split || hw->call != LAB_HW_UNMAP_QUEUED) &&
	       hweight_long(granule) == 1 && !(iova & (granule - 1)) &&
	       is_in_range(hw, iova, last) && known;
	lab_check(&inst->tally, LAB_RULE_FLUSH_SANE, sane,
		  "tlb_add_page of %#zx bytes at iova %#llx, %s, in a call on %#llx to %#llx by %#zx",
		  granule, iova, !gather ? "no gather" : hw->call == LAB_HW_UNMAP_QUEUED ?
		  "for a flush queue" : "gathered", hw->first, hw->last, hw->pgsize);
	if (!granule || last < iova)
		return;
	if (g->any && (g->granule != granule || iova > g->last + 1 || last + 1 < g->first)) {
		lab_hw_invalidate(inst, g->first, g->last, g->granule);
		g->any = false;
	}
	g->first = g->any ? min(g->first, iova) : iova;
	g->last = g->any ? max(g->last, last) : last;
	g->granule = granule;
	g->any = true;
}

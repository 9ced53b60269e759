/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What hardware would have seen: a TLB, a walk cache and a walker that does not
 * snoop, during one call into a page table's operations and after it.
 *
 * Hardware may hold whatever a walk could have found at any moment: so a call begins
 * with all that is reachable in its range cached, and it is the callbacks that have to
 * take it away.
 */
#ifndef LAB_HW_H
#define LAB_HW_H

#include <linux/hashtable.h>
#include <linux/iommu.h>
#include <linux/types.h>

#include "shadow.h"

struct lab_instance;
struct task_struct;

/* What a call does with the TLB. */
enum lab_hw_call {
	LAB_HW_MAP,
	LAB_HW_UNMAP,		/* a sync follows */
	LAB_HW_UNMAP_QUEUED,	/* the flush queue does it, some time */
	LAB_HW_DESTROY,
};

/**
 * struct lab_hw_table - a table that a walk cache may point to
 * @link:	by address
 * @iova:	first input address that it resolves
 * @last:	last input address that it resolves
 * @pa:		its physical address
 * @bytes:	its size
 * @from_pa:	where the descriptor is that points to it, 0 for the root
 * @from:	that descriptor
 * @parent:	the table which that is in, as an index
 * @lg2:	log2 of what a descriptor of it resolves
 * @level:	its lookup level
 * @first_desc:	the first descriptor that is looked at, as an index
 * @nr_descs:	how many are
 * @descs:	where they are kept
 * @cached:	a walk cache may point to it
 * @hooked:	a walk would find it
 * @freed:	its memory was given back
 * @early:	and it was cached then
 */
struct lab_hw_table {
	struct hlist_node link;
	u64 iova, last;
	phys_addr_t pa;
	size_t bytes;
	phys_addr_t from_pa;
	u64 from;
	u32 parent;
	u8 lg2, level;
	u32 first_desc, nr_descs, descs;
	bool cached, hooked, freed, early;
};

/**
 * struct lab_hw_leaves - mappings that a TLB may hold
 * @iova:	first input address, that of a page
 * @last:	last input address
 * @pgsize:	bytes of a TLB entry
 * @bit:	where the first has its bit
 */
struct lab_hw_leaves {
	u64 iova, last;
	size_t pgsize;
	u64 bit;
};

/**
 * struct lab_hw_gather - what a driver collects to invalidate at once
 * @any:	there is something
 * @first:	first input address
 * @last:	last input address
 * @granule:	step of invalidation, in bytes
 */
struct lab_hw_gather {
	bool any;
	u64 first, last;
	size_t granule;
};

/**
 * struct lab_hw_array - room for things of a kind, which stays between calls
 * @at:		the things
 * @bytes:	room
 */
struct lab_hw_array {
	void *at;
	size_t bytes;
};

/**
 * struct lab_hw - the models of one instance
 * @shadow:	what a noncoherent walker was shown
 * @task:	who is in a call, NULL for nobody
 * @call:	what it does
 * @blind:	there was no memory to look at this call
 * @watch:	lab_watch_generation() when it began
 * @split:	it may split a block
 * @first:	first input address of its range
 * @last:	last input address
 * @pgsize:	page size in bytes
 * @tables:	struct lab_hw_table: those of the range, each before those below it
 * @nr_tables:	how many
 * @by_address:	the same by physical address
 * @descs:	u64: their descriptors in the range, as they were
 * @nr_descs:	how many
 * @broken:	bitmap of those seen invalid in a flush
 * @leaves:	struct lab_hw_leaves: what was mapped in the range
 * @nr_leaves:	how many
 * @stale:	bitmap of TLB entries that are still there
 * @nr_stale:	bits in it
 * @gather:	invalidations that wait for the sync
 * @queued:	a flush queue has something
 * @queued_first: first input address of that
 * @queued_last: last input address of it
 */
struct lab_hw {
	struct lab_shadow shadow;
	struct task_struct *task;
	enum lab_hw_call call;
	bool blind, split;
	unsigned int watch;
	u64 first, last;
	size_t pgsize;
	struct lab_hw_array tables;
	u32 nr_tables;
	DECLARE_HASHTABLE(by_address, 6);
	struct lab_hw_array descs;
	u32 nr_descs;
	struct lab_hw_array broken;
	struct lab_hw_array leaves;
	u32 nr_leaves;
	struct lab_hw_array stale;
	u64 nr_stale;
	struct lab_hw_gather gather;
	bool queued;
	u64 queued_first, queued_last;
};

int lab_hw_init(struct lab_instance *inst);
void lab_hw_fini(struct lab_instance *inst);

void lab_hw_begin(struct lab_instance *inst, enum lab_hw_call call, u64 iova, u64 last,
		  size_t pgsize);
void lab_hw_end(struct lab_instance *inst, u64 unmapped);
void lab_hw_crowd_begin(struct lab_instance *inst, u64 tables);
void lab_hw_crowd_end(struct lab_instance *inst);
bool lab_hw_queued(const struct lab_instance *inst, u64 iova, u64 last);
void lab_hw_sync(struct lab_instance *inst);

/* Callbacks of a page table */
void lab_hw_flush_all(struct lab_instance *inst);
void lab_hw_flush_walk(struct lab_instance *inst, u64 iova, size_t size, size_t granule);
void lab_hw_add_page(struct lab_instance *inst, struct iommu_iotlb_gather *gather, u64 iova,
		     size_t granule);
void lab_hw_freed(struct lab_instance *inst, phys_addr_t pa);

/* Between the files of hw/ */
void *lab_hw_room(struct lab_hw_array *array, u64 bytes);
bool lab_hw_watches(const struct lab_instance *inst);

bool lab_hw_note_tables(struct lab_instance *inst);
void lab_hw_drop_pointers(struct lab_instance *inst, u64 first, u64 last);
void lab_hw_judge_tables(struct lab_instance *inst);

bool lab_hw_note_leaves(struct lab_instance *inst);
void lab_hw_invalidate(struct lab_instance *inst, u64 first, u64 last, size_t granule);
void lab_hw_judge_leaves(struct lab_instance *inst, u64 unmapped);

#endif /* LAB_HW_H */

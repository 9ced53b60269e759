/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The shadow: what a noncoherent walker has been shown of the tables.
 */
#ifndef LAB_HW_SHADOW_H
#define LAB_HW_SHADOW_H

#include <linux/list.h>
#include <linux/rbtree_types.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct lab_instance;
struct lab_translation;

/**
 * struct lab_shadow_faults - what was shown in the wrong order
 * @pointers:	table descriptors that were shown
 * @hidden:	of those, such as point to a table that was not shown as it is
 * @at:		physical address of the first of the latter
 * @desc:	the descriptor
 * @why:	what is wrong with the table
 */
struct lab_shadow_faults {
	u64 pointers, hidden;
	phys_addr_t at;
	u64 desc;
	const char *why;
};

/**
 * struct lab_shadow_balance - do mappings for the device and their ends match?
 * @seen:	ends of mappings that were seen, and frees of tables
 * @wrong:	of those, such as do not match what was mapped
 * @pa:		physical address of the first of the latter
 * @bytes:	its length, 0 for a free
 * @why:	what is wrong with it
 */
struct lab_shadow_balance {
	u64 seen, wrong;
	phys_addr_t pa;
	size_t bytes;
	const char *why;
};

/**
 * struct lab_shadow - all that a noncoherent walker has been shown
 * @on:		there is such a walker, and what it is shown is seen
 * @watch:	lab_watch_generation() since when
 * @lock:	protects all below; probes take it, which may not sleep
 * @by_address:	tables that are mapped for the device, by physical address
 * @spare:	for tables to come
 * @spare_nr:	how many these are
 * @spare_bytes: room in each
 * @lost:	a table came and there was no room for it, so that nothing can be said
 * @crowd:	several callers write at once: when a pointer is shown again, what it
 *		leads to may be in the middle of being written
 * @elsewhere:	mappings at an address that is not the physical one
 * @faults:	since they were last judged
 * @balance:	likewise
 */
struct lab_shadow {
	bool on;
	unsigned int watch;
	raw_spinlock_t lock; /* all below */
	struct rb_root by_address;
	struct list_head spare;
	size_t spare_nr, spare_bytes;
	bool lost, crowd;
	u64 elsewhere;
	struct lab_shadow_faults faults;
	struct lab_shadow_balance balance;
};

int lab_shadow_init(struct lab_instance *inst);
void lab_shadow_fini(struct lab_instance *inst);
void lab_shadow_root(struct lab_instance *inst);
void lab_shadow_prepare(struct lab_instance *inst, u64 nr);

bool lab_shadow_read(struct lab_instance *inst, phys_addr_t pa, u64 *desc);
void lab_shadow_show(struct lab_instance *inst, phys_addr_t pa, size_t bytes);
void lab_shadow_judge(struct lab_instance *inst);
void lab_shadow_judge_end(struct lab_instance *inst);
void lab_shadow_set_crowd(struct lab_instance *inst, bool crowd);
void lab_shadow_verify_way(struct lab_instance *inst, u64 iova,
			   const struct lab_translation *t);
void lab_shadow_verify_table(struct lab_instance *inst, u64 iova, phys_addr_t pa, size_t bytes);

/* For the probes (watch.c) */
void lab_shadow_saw_map(struct lab_instance *inst, phys_addr_t pa, size_t bytes);
void lab_shadow_saw_elsewhere(struct lab_instance *inst);
void lab_shadow_saw_unmap(struct lab_instance *inst, phys_addr_t pa, size_t bytes);
void lab_shadow_saw_free(struct lab_instance *inst, phys_addr_t pa);

#endif /* LAB_HW_SHADOW_H */

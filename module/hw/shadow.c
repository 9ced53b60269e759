// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shadow: a copy of each table of a walker that does not snoop, taken when the
 * table is mapped for the device, and brought up to date by what is synced alone.
 *
 * What a bus carries or a cache holds is not seen: only which calls were made for
 * which bytes, and in which order.  The probes run in any context, so that all is
 * under a raw spinlock, room is made before a call, and findings are noted, to be
 * judged after it.  Knows of formats what their walkers say of descriptors.
 */
#include <kunit/visibility.h>
#include <linux/io.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/rbtree.h>
#include <linux/slab.h>

#include "format/format.h"
#include "instance.h"
#include "shadow_table.h"
#include "walk/visit.h"
#include "watch.h"

/* Spare room of one call is not kept beyond it in any amount. */
enum {
	SPARE_KEPT	= 64,
};

static void insert(struct lab_shadow *s, struct lab_shadow_table *new)
{
	struct rb_node **link = &s->by_address.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		if (new->pa < rb_entry(parent, struct lab_shadow_table, node)->pa)
			link = &parent->rb_left;
		else
			link = &parent->rb_right;
	}
	rb_link_node(&new->node, parent, link);
	rb_insert_color(&new->node, &s->by_address);
}

/* A walker may follow a descriptor from now on: is there what it points to? */
static void note_pointer(struct lab_instance *inst, unsigned int level, phys_addr_t at, u64 desc)
{
	struct lab_shadow *s = &inst->hw.shadow;
	const char *why = NULL;
	struct lab_shadow_table *t;
	phys_addr_t pa;

	if (!lab_shadow_walker(inst)->points(&inst->cfg, level, desc, &pa))
		return;
	s->faults.pointers++;
	t = lab_shadow_lookup(s, pa);
	if (!t || t->pa != pa)
		why = "is not mapped for the device";
	else if (!s->crowd && lab_shadow_difference(inst, t))
		why = "was not shown as it is";
	if (t)
		t->level = level + 1;
	if (!why || s->faults.hidden++)
		return;
	s->faults.at = at;
	s->faults.desc = desc;
	s->faults.why = why;
}

/* The lock is held; @why: NULL where all is well. */
static void note_balance(struct lab_shadow *s, phys_addr_t pa, size_t bytes, const char *why)
{
	s->balance.seen++;
	if (!why || s->balance.wrong++)
		return;
	s->balance.pa = pa;
	s->balance.bytes = bytes;
	s->balance.why = why;
}

/**
 * lab_shadow_saw_map() - something was mapped for an instance's fake device
 * @inst:	the instance
 * @pa:		physical address
 * @bytes:	length
 *
 * Context: Any.
 */
void lab_shadow_saw_map(struct lab_instance *inst, phys_addr_t pa, size_t bytes)
{
	struct lab_shadow *s = &inst->hw.shadow;
	struct lab_shadow_table *t;
	unsigned long flags;

	if (!s->on)
		return;
	raw_spin_lock_irqsave(&s->lock, flags);
	t = list_first_entry_or_null(&s->spare, struct lab_shadow_table, link);
	if (lab_shadow_lookup(s, pa)) {
		note_balance(s, pa, bytes, "is mapped a second time");
	} else if (!t || t->room < bytes) {
		s->lost = true;
	} else {
		list_del(&t->link);
		s->spare_nr--;
		t->pa = pa;
		t->bytes = bytes;
		t->level = LAB_SHADOW_NO_LEVEL;
		memcpy(t->copy, phys_to_virt(pa), bytes);
		insert(s, t);
	}
	raw_spin_unlock_irqrestore(&s->lock, flags);
}

/**
 * lab_shadow_saw_elsewhere() - something was mapped at another address than its own
 * @inst:	the instance
 *
 * A walker would not find it there; but its end is due.
 *
 * Context: Any.
 */
void lab_shadow_saw_elsewhere(struct lab_instance *inst)
{
	struct lab_shadow *s = &inst->hw.shadow;
	unsigned long flags;

	if (!s->on)
		return;
	raw_spin_lock_irqsave(&s->lock, flags);
	s->elsewhere++;
	raw_spin_unlock_irqrestore(&s->lock, flags);
}

/**
 * lab_shadow_saw_unmap() - something is no longer mapped for it
 * @inst:	the instance
 * @pa:		address that the device had for it
 * @bytes:	length
 *
 * Context: Any.
 */
void lab_shadow_saw_unmap(struct lab_instance *inst, phys_addr_t pa, size_t bytes)
{
	struct lab_shadow *s = &inst->hw.shadow;
	const char *why = NULL;
	struct lab_shadow_table *t;
	unsigned long flags;

	if (!s->on)
		return;
	raw_spin_lock_irqsave(&s->lock, flags);
	t = lab_shadow_lookup(s, pa);
	if (t) {
		if (t->pa != pa || t->bytes != bytes)
			why = "is not what was mapped";
		rb_erase(&t->node, &s->by_address);
		list_add(&t->link, &s->spare);
		s->spare_nr++;
	} else if (s->elsewhere) {
		s->elsewhere--;
	} else {
		why = "is not mapped";
	}
	note_balance(s, pa, bytes, why);
	raw_spin_unlock_irqrestore(&s->lock, flags);
}

/**
 * lab_shadow_saw_free() - the memory of a table may have been given back
 * @inst:	the instance
 * @pa:		its physical address
 *
 * Context: Any.
 */
void lab_shadow_saw_free(struct lab_instance *inst, phys_addr_t pa)
{
	struct lab_shadow *s = &inst->hw.shadow;
	struct lab_shadow_table *t;
	unsigned long flags;

	if (!s->on)
		return;
	raw_spin_lock_irqsave(&s->lock, flags);
	t = lab_shadow_lookup(s, pa);
	if (t && t->pa == pa)
		note_balance(s, pa, 0, "is freed while it is mapped");
	raw_spin_unlock_irqrestore(&s->lock, flags);
}

/**
 * lab_shadow_show() - a walker is shown some bytes as they are now
 * @inst:	the instance
 * @pa:		physical address of the first
 * @bytes:	how many
 *
 * Context: Any.
 */
void lab_shadow_show(struct lab_instance *inst, phys_addr_t pa, size_t bytes)
{
	const struct lab_walker *w = lab_shadow_walker(inst);
	struct lab_shadow *s = &inst->hw.shadow;
	struct lab_shadow_table *t;
	unsigned long flags;

	if (!s->on)
		return;
	raw_spin_lock_irqsave(&s->lock, flags);
	t = lab_shadow_lookup(s, pa);
	if (t) {
		size_t at = pa - t->pa;

		bytes = min(bytes, t->bytes - at);
		memcpy(t->copy + at, phys_to_virt(pa), bytes);
		for (; bytes >= w->desc_bytes && t->level != LAB_SHADOW_NO_LEVEL;
		     bytes -= w->desc_bytes, at += w->desc_bytes)
			note_pointer(inst, t->level, t->pa + at,
				     lab_shadow_load(t->copy + at, w->desc_bytes));
	}
	raw_spin_unlock_irqrestore(&s->lock, flags);
}

/**
 * lab_shadow_read() - a descriptor as the walker was shown it
 * @inst:	the instance
 * @pa:		physical address of the descriptor
 * @desc:	filled in
 *
 * Context: Any.
 * Return: false where the walker snoops, or nothing is known.
 */
bool lab_shadow_read(struct lab_instance *inst, phys_addr_t pa, u64 *desc)
{
	struct lab_shadow *s = &inst->hw.shadow;
	struct lab_shadow_table *t;
	unsigned long flags;

	if (!s->on)
		return false;
	raw_spin_lock_irqsave(&s->lock, flags);
	t = s->lost ? NULL : lab_shadow_lookup(s, pa);
	if (t)
		*desc = lab_shadow_load(t->copy + (pa - t->pa),
					lab_shadow_walker(inst)->desc_bytes);
	raw_spin_unlock_irqrestore(&s->lock, flags);
	return t;
}

/**
 * lab_shadow_set_crowd() - whether several callers write at once
 * @inst:	the instance, locked; nobody writes now
 * @crowd:	they will
 *
 * Context: Any.
 */
void lab_shadow_set_crowd(struct lab_instance *inst, bool crowd)
{
	inst->hw.shadow.crowd = crowd;
}

/**
 * lab_shadow_root() - a walker knows the root from now on
 * @inst:	the instance, with its registers
 *
 * Context: Process.
 */
void lab_shadow_root(struct lab_instance *inst)
{
	struct lab_shadow *s = &inst->hw.shadow;
	struct lab_walk_regs regs = {};
	struct lab_shadow_table *t;
	unsigned long flags;

	if (!s->on)
		return;
	lab_shadow_walker(inst)->regs(&inst->cfg, &regs);
	raw_spin_lock_irqsave(&s->lock, flags);
	t = lab_shadow_lookup(s, regs.base);
	if (t)
		t->level = regs.start_level;
	raw_spin_unlock_irqrestore(&s->lock, flags);
}

static struct lab_shadow_table *spare_new(size_t room)
{
	struct lab_shadow_table *t;

	t = kvmalloc(struct_size(t, copy, room), GFP_KERNEL | __GFP_NOWARN);
	if (t)
		t->room = room;
	return t;
}

/* One of those beyond @kept, or NULL. */
static struct lab_shadow_table *spare_take(struct lab_shadow *s, u64 kept)
{
	struct lab_shadow_table *t = NULL;

	raw_spin_lock_irq(&s->lock);
	if (s->spare_nr > kept) {
		t = list_last_entry(&s->spare, struct lab_shadow_table, link);
		list_del(&t->link);
		s->spare_nr--;
	}
	raw_spin_unlock_irq(&s->lock);
	return t;
}

/**
 * lab_shadow_prepare() - make room for what a call may map for the device
 * @inst:	the instance, locked
 * @nr:		tables that it may make
 *
 * Context: Process; sleeps.  Where there is no memory, nothing is said from the
 * first table on that has no room.
 */
void lab_shadow_prepare(struct lab_instance *inst, u64 nr)
{
	struct lab_shadow *s = &inst->hw.shadow;
	struct lab_shadow_table *t;

	if (!s->on)
		return;
	while (READ_ONCE(s->spare_nr) < nr) {
		t = spare_new(s->spare_bytes);
		if (!t)
			return;
		raw_spin_lock_irq(&s->lock);
		list_add(&t->link, &s->spare);
		s->spare_nr++;
		raw_spin_unlock_irq(&s->lock);
	}
	while ((t = spare_take(s, max_t(u64, nr, SPARE_KEPT))))
		kvfree(t);
}
EXPORT_SYMBOL_IF_KUNIT(lab_shadow_prepare);

/**
 * lab_shadow_init() - begin to see what a walker is shown
 * @inst:	the instance, with its configuration, before its page table is made
 *
 * Context: Process; sleeps.
 * Return: 0 or -ENOMEM.
 */
int lab_shadow_init(struct lab_instance *inst)
{
	struct lab_shadow *s = &inst->hw.shadow;
	struct lab_table_sizes sizes = {};
	struct lab_shadow_table *root;

	raw_spin_lock_init(&s->lock);
	INIT_LIST_HEAD(&s->spare);
	s->by_address = RB_ROOT;
	if (inst->params.coherent || inst->tally.not_checked[LAB_RULE_WRITTEN_BACK] ||
	    lab_format_table_sizes(inst->params.format->fmt, &inst->cfg, &sizes))
		return 0;

	s->spare_bytes = sizes.table_bytes;
	root = spare_new(max(sizes.root_bytes, sizes.table_bytes));
	if (!root)
		return -ENOMEM;
	list_add(&root->link, &s->spare);
	s->spare_nr = 1;
	s->watch = lab_watch_generation();
	s->on = true;
	return 0;
}

/**
 * lab_shadow_fini() - forget what was shown
 * @inst:	the instance, whose page table is gone
 *
 * Context: Process; sleeps.
 */
void lab_shadow_fini(struct lab_instance *inst)
{
	struct lab_shadow *s = &inst->hw.shadow;
	struct lab_shadow_table *t, *next;

	lab_shadow_judge_end(inst);
	s->on = false;
	rbtree_postorder_for_each_entry_safe(t, next, &s->by_address, node)
		kvfree(t);
	list_for_each_entry_safe(t, next, &s->spare, link)
		kvfree(t);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a walker that does not snoop was shown, held against the tables.
 *
 * Locking and what is not seen: as in shadow.c.
 */
#include <linux/io.h>

#include "known.h"
#include "shadow_table.h"
#include "walk/visit.h"
#include "watch.h"

/**
 * lab_shadow_lookup() - the table that has an address in it
 * @s:		the shadow, its lock held
 * @pa:		physical address
 *
 * Context: Any.
 * Return: the table as it was shown, or NULL.
 */
struct lab_shadow_table *lab_shadow_lookup(const struct lab_shadow *s, phys_addr_t pa)
{
	struct rb_node *n = s->by_address.rb_node;

	while (n) {
		struct lab_shadow_table *t = rb_entry(n, struct lab_shadow_table, node);

		if (pa < t->pa)
			n = n->rb_left;
		else if (pa - t->pa >= t->bytes)
			n = n->rb_right;
		else
			return t;
	}
	return NULL;
}

/* Bits that may lag: what hardware ignores, and the state that it writes itself. */
static u64 lenient(const struct lab_instance *inst)
{
	u64 bits = lab_shadow_walker(inst)->software;

	if (inst->params.quirks & IO_PGTABLE_QUIRK_ARM_HD)
		bits |= BIT_ULL(7);	/* AP[2], DDI0487 D8.5 */
	return bits;
}

/**
 * lab_shadow_difference() - where what was shown would translate otherwise than the table
 * @inst:	the instance, the lock of its shadow held
 * @t:		the table as it was shown
 *
 * Context: Any.
 * Return: the first such descriptor in the table, or NULL.
 */
const void *lab_shadow_difference(const struct lab_instance *inst,
				  const struct lab_shadow_table *t)
{
	const struct lab_walker *w = lab_shadow_walker(inst);
	const void *table = phys_to_virt(t->pa);
	u64 mask = ~lenient(inst);

	if (!memcmp(t->copy, table, t->bytes))
		return NULL;
	for (size_t at = 0; at < t->bytes; at += w->desc_bytes) {
		u64 shown = lab_shadow_load(t->copy + at, w->desc_bytes);
		u64 there = lab_shadow_load(table + at, w->desc_bytes);

		if ((shown ^ there) & mask && (shown | there) & w->live)
			return table + at;
	}
	return NULL;
}

/* From when it is lost nothing more is said. */
static bool is_lost(struct lab_instance *inst)
{
	const char *why = "there was no memory for what the walker is shown";

	if (inst->hw.shadow.watch != lab_watch_generation())
		why = "the probes were away for a while";
	else if (!READ_ONCE(inst->hw.shadow.lost))
		return false;
	WRITE_ONCE(inst->hw.shadow.lost, true);
	inst->tally.not_checked[LAB_RULE_WRITTEN_BACK] = why;
	inst->tally.not_checked[LAB_RULE_TABLE_VISIBLE] = why;
	inst->tally.not_checked[LAB_RULE_DMA_BALANCED] = why;
	return true;
}

/**
 * lab_shadow_judge() - count what was shown since the last time
 * @inst:	the instance, locked
 *
 * Context: Process.
 */
void lab_shadow_judge(struct lab_instance *inst)
{
	struct lab_shadow *s = &inst->hw.shadow;
	struct lab_shadow_balance b;
	struct lab_shadow_faults f;
	unsigned long flags;

	if (!s->on || is_lost(inst))
		return;
	raw_spin_lock_irqsave(&s->lock, flags);
	f = s->faults;
	s->faults = (struct lab_shadow_faults) {};
	b = s->balance;
	s->balance = (struct lab_shadow_balance) {};
	raw_spin_unlock_irqrestore(&s->lock, flags);
	if (b.seen)
		lab_check(&inst->tally, LAB_RULE_DMA_BALANCED, !b.wrong,
			  "%zu bytes at %pa: what the device has of it %s; %llu of %llu", b.bytes,
			  &b.pa, b.why, b.wrong, b.seen);
	if (f.pointers)
		lab_check(&inst->tally, LAB_RULE_TABLE_VISIBLE, !f.hidden,
			  "descriptor %#llx at %pa is shown, and its table %s; %llu of %llu",
			  f.desc, &f.at, f.why, f.hidden, f.pointers);
}

/**
 * lab_shadow_verify_table() - hold what was shown of a table against the table
 * @inst:	the instance, locked
 * @iova:	first input address that the table resolves
 * @pa:		its physical address
 * @bytes:	its size
 *
 * Context: Process; nobody writes the table meanwhile.
 */
void lab_shadow_verify_table(struct lab_instance *inst, u64 iova, phys_addr_t pa, size_t bytes)
{
	const size_t desc = lab_shadow_walker(inst)->desc_bytes;
	struct lab_shadow *s = &inst->hw.shadow;
	u64 shown = 0, there = 0;
	const void *at = NULL;
	phys_addr_t where = pa;
	struct lab_shadow_table *t;
	unsigned long flags;

	if (!s->on || is_lost(inst))
		return;
	raw_spin_lock_irqsave(&s->lock, flags);
	t = lab_shadow_lookup(s, pa);
	if (t)
		at = lab_shadow_difference(inst, t);
	if (at) {
		there = lab_shadow_load(at, desc);
		where += at - phys_to_virt(pa);
		shown = lab_shadow_load(t->copy + (where - t->pa), desc);
	}
	raw_spin_unlock_irqrestore(&s->lock, flags);
	lab_check(&inst->tally, LAB_RULE_WRITTEN_BACK, t && !at,
		  "table of iova %#llx at %pa: descriptor at %pa is %#llx, the walker was shown %s%#llx",
		  iova, &pa, &where, there, t ? "" : "nothing, ", shown);
}

/**
 * lab_shadow_verify_way() - was a walker shown the way to an address?
 * @inst:	the instance
 * @iova:	the address
 * @t:		what a direct walk has just found, where nobody changes that way
 *
 * Context: Any.
 */
void lab_shadow_verify_way(struct lab_instance *inst, u64 iova, const struct lab_translation *t)
{
	const struct lab_walker *w = lab_shadow_walker(inst);
	u64 mask = ~lenient(inst), shown = 0;
	const struct lab_known *known = NULL;
	bool same = true;
	int level;

	if (!inst->hw.shadow.on || READ_ONCE(inst->hw.shadow.lost) || !t->bytes)
		return;
	for (level = t->first_level; level <= t->level && same; level++) {
		if (!lab_shadow_read(inst, t->desc_pa[level], &shown))
			shown = 0;
		same = !((shown ^ t->desc[level]) & mask) ||
		       !((shown | t->desc[level]) & w->live);
	}
	level--;
	if (!same)
		known = lab_known_split_shown(inst, level, t->desc[level], shown);
	lab_check_known(&inst->tally, LAB_RULE_WRITTEN_BACK, known, same,
			"iova %#llx, level %d: a call has returned, descriptor at %pa is %#llx, the walker was shown %#llx",
			iova, level, &t->desc_pa[level], t->desc[level], shown);
}

/**
 * lab_shadow_judge_end() - the page table is gone: nothing is mapped for the device
 * @inst:	the instance
 *
 * Context: Process.
 */
void lab_shadow_judge_end(struct lab_instance *inst)
{
	struct lab_shadow *s = &inst->hw.shadow;
	struct rb_node *first = rb_first(&s->by_address);
	struct lab_shadow_table *t = rb_entry_safe(first, struct lab_shadow_table, node);

	if (!s->on || is_lost(inst))
		return;
	lab_shadow_judge(inst);
	lab_check(&inst->tally, LAB_RULE_DMA_BALANCED, !t && !s->elsewhere,
		  "%pa is still mapped for the device with the page table gone; %llu elsewhere",
		  t ? &t->pa : NULL, s->elsewhere);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The walk cache, and the tables of a call's range: which pointers hardware may hold,
 * when tables are freed, and what became of their descriptors.
 *
 * The tables are those that a walk of the range finds when the call begins, each before
 * those below it.  Locking as in hw.c.  Memory that was freed is not read again.
 */
#include <kunit/visibility.h>
#include <linux/bitmap.h>
#include <linux/io.h>
#include <linux/log2.h>

#include "instance.h"
#include "known.h"
#include "watch.h"

/* The most descriptors of a call that break-before-make is looked at for. */
enum {
	MAX_DESCS	= 1 << 16,
	NO_PARENT	= U32_MAX,
};

static const struct lab_walker *walker_of(const struct lab_instance *inst)
{
	return inst->params.format->walker;
}

static u64 load(const struct lab_instance *inst, phys_addr_t pa)
{
	const void *at = phys_to_virt(pa);

	return walker_of(inst)->desc_bytes == sizeof(u64) ? READ_ONCE(*(const u64 *)at) :
							    READ_ONCE(*(const u32 *)at);
}

/**
 * struct noting - a walk that notes tables
 * @inst:	the instance
 * @nr:		tables found, noted or not
 * @way:	the table of each level that the walk is in, as an index
 */
struct noting {
	struct lab_instance *inst;
	u32 nr;
	u32 way[LAB_WALK_LEVELS];
};

static int note_table(void *ctx, const struct lab_walk_table *t)
{
	struct noting *n = ctx;
	struct lab_hw *hw = &n->inst->hw;
	struct lab_hw_table *table = (struct lab_hw_table *)hw->tables.at + n->nr;
	u32 first, last, group = walker_of(n->inst)->group;
	u64 end = t->iova + (t->span - 1);

	if ((n->nr + 1) * sizeof(*table) > hw->tables.bytes) {
		n->nr++;
		return 0;
	}
	*table = (struct lab_hw_table) {
		.iova	= t->iova,
		.last	= end,
		.pa	= t->pa,
		.bytes	= t->bytes,
		.from_pa = t->from_pa,
		.from	= t->from,
		.parent	= t->root ? NO_PARENT : n->way[t->level - 1],
		.lg2	= ilog2(t->span / t->nr),
		.level	= t->level,
		.cached	= true,
		.hooked	= true,
	};
	n->way[t->level] = n->nr++;

	/* All of a group changes together. */
	first = (max(hw->first, t->iova) - t->iova) >> table->lg2;
	last = (min(hw->last, end) - t->iova) >> table->lg2;
	first = round_down(first, group);
	last = round_down(last, group) + (group - 1);
	table->first_desc = first;
	table->nr_descs = min(last, t->nr - 1) - first + 1;
	if (hw->call == LAB_HW_DESTROY || table->nr_descs > MAX_DESCS - hw->nr_descs)
		table->nr_descs = 0;
	table->descs = hw->nr_descs;
	hw->nr_descs += table->nr_descs;
	return 0;
}

static bool note_descs(struct lab_instance *inst)
{
	struct lab_hw *hw = &inst->hw;
	const struct lab_hw_table *t = hw->tables.at;
	size_t bytes = walker_of(inst)->desc_bytes;
	u64 *descs = lab_hw_room(&hw->descs, hw->nr_descs * sizeof(u64));

	if (!descs || !lab_hw_room(&hw->broken, BITS_TO_LONGS(hw->nr_descs) * sizeof(long)))
		return false;
	bitmap_zero(hw->broken.at, hw->nr_descs);
	for (u32 i = 0; i < hw->nr_tables; i++, t++)
		for (u32 d = 0; d < t->nr_descs; d++)
			descs[t->descs + d] = load(inst, t->pa + (t->first_desc + d) * bytes);
	return true;
}

/**
 * lab_hw_note_tables() - take it that pointers to all tables of a range are cached
 * @inst:	the instance, locked
 *
 * Context: Process; sleeps.
 * Return: false where there is no memory for it, or no walk.
 */
bool lab_hw_note_tables(struct lab_instance *inst)
{
	static const struct lab_walk_visitor visitor = { .table = note_table, .shapes = true };
	struct lab_hw *hw = &inst->hw;
	struct noting n = { .inst = inst };
	struct lab_hw_table *t;

	do {
		n.nr = 0;
		hw->nr_descs = 0;
		if (walker_of(inst)->walk(&inst->cfg, hw->first, hw->last, &visitor, &n))
			return false;
		hw->nr_tables = n.nr;
		if (n.nr * sizeof(*t) <= hw->tables.bytes)
			break;
	} while (lab_hw_room(&hw->tables, n.nr * sizeof(*t)));
	if (n.nr * sizeof(*t) > hw->tables.bytes)
		return false;

	hash_init(hw->by_address);
	t = hw->tables.at;
	for (u32 i = 0; i < hw->nr_tables; i++, t++)
		hash_add(hw->by_address, &t->link, t->pa);
	return note_descs(inst);
}

/* Whether a walk would find a table: by what hardware is shown, or by memory. */
static bool is_hooked(struct lab_instance *inst, const struct lab_hw_table *t, bool shown)
{
	const struct lab_hw_table *parent = inst->hw.tables.at;
	u64 now;

	if (t->parent == NO_PARENT)
		return !t->freed;
	parent += t->parent;
	if (!parent->hooked || parent->freed)
		return false;
	if (!shown || !lab_shadow_read(inst, t->from_pa, &now))
		now = load(inst, t->from_pa);
	return !((now ^ t->from) & ~walker_of(inst)->software);
}

/* In a flush: which descriptors are invalid now? */
static void note_broken(struct lab_instance *inst, const struct lab_hw_table *t, u64 first,
			u64 last)
{
	u64 from = max(first, t->iova) - t->iova, to = min(last, t->last) - t->iova;
	const struct lab_walker *w = walker_of(inst);
	u32 i = max_t(u64, from >> t->lg2, t->first_desc);
	u32 end = min_t(u64, (to >> t->lg2) + 1, t->first_desc + t->nr_descs);

	for (; i < end; i++)
		if (!(load(inst, t->pa + i * w->desc_bytes) & w->live))
			__set_bit(t->descs + i - t->first_desc, inst->hw.broken.at);
}

/**
 * lab_hw_drop_pointers() - the walk cache is told to forget
 * @inst:	the instance
 * @first:	first input address
 * @last:	last input address
 *
 * A pointer that a walk would find again is as good as kept.  When a page table goes
 * nobody walks it any more.
 *
 * Context: Any.
 */
void lab_hw_drop_pointers(struct lab_instance *inst, u64 first, u64 last)
{
	struct lab_hw *hw = &inst->hw;
	struct lab_hw_table *t = hw->tables.at;

	for (u32 i = 0; i < hw->nr_tables; i++, t++) {
		if (t->iova > last)
			break;
		if (t->last < first)
			continue;
		t->hooked = is_hooked(inst, t, true);
		if (!t->hooked || hw->call == LAB_HW_DESTROY)
			t->cached = false;
		if (t->hooked && !t->freed)
			note_broken(inst, t, first, last);
	}
}

/**
 * lab_hw_freed() - the memory of a table may have been given back
 * @inst:	the instance
 * @pa:		physical address
 *
 * Context: Any; takes notes and nothing else.
 */
void lab_hw_freed(struct lab_instance *inst, phys_addr_t pa)
{
	struct lab_hw_table *t;

	lab_shadow_saw_free(inst, pa);
	if (!lab_hw_watches(inst))
		return;
	hash_for_each_possible(inst->hw.by_address, t, link, pa) {
		if (t->pa != pa || t->freed)
			continue;
		t->freed = true;
		t->early = t->cached;
		return;
	}
}
EXPORT_SYMBOL_IF_KUNIT(lab_hw_freed);

/* Between two live descriptors there has to be an invalid one, and a flush. */
static void judge_descs(struct lab_instance *inst, const struct lab_hw_table *t, bool *replaced)
{
	const struct lab_walker *w = walker_of(inst);
	struct lab_hw *hw = &inst->hw;
	const u64 *old = (const u64 *)hw->descs.at + t->descs;
	phys_addr_t unused;

	for (u32 i = 0; i < t->nr_descs; i++) {
		u64 now = load(inst, t->pa + (t->first_desc + i) * w->desc_bytes);
		u64 mask = ~w->software;

		if (!(old[i] & w->live) || !(now & w->live) || !((now ^ old[i]) & mask))
			continue;
		/* Permissions of one and the same mapping may change under way. */
		if (!w->points(&inst->cfg, t->level, old[i], &unused) &&
		    !w->points(&inst->cfg, t->level, now, &unused))
			mask &= ~w->permissions;
		if (!((now ^ old[i]) & mask) || test_bit(t->descs + i, hw->broken.at))
			continue;
		*replaced = true;
		lab_check_known(&inst->tally, LAB_RULE_BREAK_BEFORE_MAKE, lab_known_split(inst),
				false,
				"iova %#llx, level %u: %#llx became %#llx, never invalid in a flush",
				t->iova + ((u64)(t->first_desc + i) << t->lg2), t->level, old[i],
				now);
		return;
	}
}

/* Whether all that was given back in the call was seen. */
static bool saw_frees(const struct lab_instance *inst)
{
	return lab_watch_on(inst->hw.watch) && inst->hw.watch == lab_watch_generation();
}

/* The kernel's own memory for tables: what is unhooked has to be given back. */
static void judge_own(struct lab_instance *inst, const struct lab_hw_table *t)
{
	lab_check(&inst->tally, LAB_RULE_LEDGER_IN_TREE, t->hooked || t->freed,
		  "table of level %u, iova %#llx, at %pa is not reached any more, and was not freed",
		  t->level, t->iova, &t->pa);
	lab_check(&inst->tally, LAB_RULE_TREE_IN_LEDGER, !(t->hooked && t->freed),
		  "table of level %u, iova %#llx, at %pa was freed, and is reached", t->level,
		  t->iova, &t->pa);
}

/**
 * lab_hw_judge_tables() - were tables freed, and descriptors replaced, as is due?
 * @inst:	the instance, locked
 *
 * Context: Process.
 */
void lab_hw_judge_tables(struct lab_instance *inst)
{
	bool gone = inst->hw.call == LAB_HW_DESTROY, replaced = false;
	bool own = !inst->params.allocator && saw_frees(inst);
	struct lab_hw_table *t = inst->hw.tables.at;
	struct lab_tally *tally = &inst->tally;

	for (u32 i = 0; i < inst->hw.nr_tables; i++, t++) {
		if (t->freed)
			lab_check(tally, LAB_RULE_WALK_CACHE, !t->early,
				  "table of level %u, iova %#llx, at %pa was freed before it was unhooked and flushed",
				  t->level, t->iova, &t->pa);
		if (gone) {
			if (own)
				lab_check(tally, LAB_RULE_NO_LEAK, t->freed,
					  "table of level %u, iova %#llx, at %pa is left", t->level,
					  t->iova, &t->pa);
			continue;
		}
		t->hooked = is_hooked(inst, t, false);
		if (own)
			judge_own(inst, t);
		if (t->hooked && !t->freed && !replaced)
			judge_descs(inst, t, &replaced);
	}
	if (!gone && !replaced)
		lab_check(tally, LAB_RULE_BREAK_BEFORE_MAKE, true, "nothing was replaced");
}

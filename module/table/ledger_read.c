// SPDX-License-Identifier: GPL-2.0-only
/*
 * What readers bring to the ledger: which tables a walk reached, and which the
 * DMA API mapped; and what they ask of it.
 *
 * Under the ledger's spinlock.  Knows tables and rules, nothing of formats.
 */
#include <kunit/visibility.h>

#include "ledger.h"
#include "rules.h"
#include "watch.h"
#include "compat/compat.h"

/**
 * lab_ledger_saw_dma_map() - the DMA API mapped something for the device
 * @ledger:	the ledger
 * @pa:		its physical address
 * @dma:	the address that the device was given
 * @size:	bytes
 *
 * Context: Any.
 */
void lab_ledger_saw_dma_map(struct lab_ledger *ledger, phys_addr_t pa,
			    dma_addr_t dma, size_t size)
{
	struct lab_table_record *rec;
	unsigned long flags;

	raw_spin_lock_irqsave(&ledger->lock, flags);
	rec = lab_ledger_lookup(ledger, pa);
	if (rec) {
		rec->dma = dma;
		rec->dma_bytes = size;
	}
	raw_spin_unlock_irqrestore(&ledger->lock, flags);
}
EXPORT_SYMBOL_IF_KUNIT(lab_ledger_saw_dma_map);

/**
 * lab_ledger_walk_begin() - a walk of the whole tree begins
 * @ledger:	the ledger
 *
 * Context: Any; the caller keeps allocations out until the walk ends.
 */
void lab_ledger_walk_begin(struct lab_ledger *ledger)
{
	ledger->walk++;
}

static void check_dma(struct lab_ledger *ledger, const struct lab_table_record *rec)
{
	/* Only what was watched from its allocation on is known. */
	if (!ledger->where.dma || !lab_watch_on(rec->watch) ||
	    rec->watch != lab_watch_generation())
		return;
	lab_check(ledger->tally, LAB_RULE_DMA_IDENTITY,
		  rec->dma_bytes >= rec->size && rec->dma == rec->pa,
		  "table of %zu bytes at %pa, %zu bytes mapped at %pad", rec->size,
		  &rec->pa, rec->dma_bytes, &rec->dma);
}

/**
 * lab_ledger_walk_table() - a walk reached a table
 * @ledger:	the ledger
 * @pa:		the table's physical address
 * @level:	its lookup level
 *
 * Context: Any.
 */
void lab_ledger_walk_table(struct lab_ledger *ledger, phys_addr_t pa, u8 level)
{
	struct lab_table_record *rec, copy;
	unsigned long flags;

	raw_spin_lock_irqsave(&ledger->lock, flags);
	rec = lab_ledger_lookup(ledger, pa);
	if (rec) {
		rec->seen = ledger->walk;
		rec->level = level;
		copy = *rec;
	}
	raw_spin_unlock_irqrestore(&ledger->lock, flags);

	if (lab_check(ledger->tally, LAB_RULE_TREE_IN_LEDGER, rec,
		      "level %u table at %pa is not the allocator's", level, &pa))
		check_dma(ledger, &copy);
}
EXPORT_SYMBOL_IF_KUNIT(lab_ledger_walk_table);

/**
 * lab_ledger_walk_end() - the walk of the whole tree is over
 * @ledger:	the ledger
 *
 * Context: Any.
 */
void lab_ledger_walk_end(struct lab_ledger *ledger)
{
	struct lab_table_record *rec;

	list_for_each_entry(rec, &ledger->records, link)
		lab_check(ledger->tally, LAB_RULE_LEDGER_IN_TREE,
			  rec->seen == ledger->walk,
			  "no walk reaches the table of %zu bytes at %pa from %pS",
			  rec->size, &rec->pa, (void *)rec->caller);
}

/**
 * lab_ledger_find() - look a table up
 * @ledger:	the ledger
 * @pa:		its physical address
 * @copy:	where its record is copied to
 *
 * Context: Any.
 * Return: whether it is live.
 */
bool lab_ledger_find(struct lab_ledger *ledger, phys_addr_t pa,
		     struct lab_table_record *copy)
{
	struct lab_table_record *rec;
	unsigned long flags;

	raw_spin_lock_irqsave(&ledger->lock, flags);
	rec = lab_ledger_lookup(ledger, pa);
	if (rec)
		*copy = *rec;
	raw_spin_unlock_irqrestore(&ledger->lock, flags);
	return rec;
}
EXPORT_SYMBOL_IF_KUNIT(lab_ledger_find);

/**
 * lab_ledger_stats() - what a ledger counted so far
 * @ledger:	the ledger
 *
 * Context: Any.
 * Return: a consistent copy.
 */
struct lab_ledger_stats lab_ledger_stats(struct lab_ledger *ledger)
{
	struct lab_ledger_stats copy;
	unsigned long flags;

	raw_spin_lock_irqsave(&ledger->lock, flags);
	copy = ledger->stats;
	raw_spin_unlock_irqrestore(&ledger->lock, flags);
	return copy;
}
EXPORT_SYMBOL_IF_KUNIT(lab_ledger_stats);

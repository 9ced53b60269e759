// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ledger of an instance's tables.
 *
 * One spinlock orders all changes; a lookup is a hash lookup under it, so that
 * a record can be freed as soon as it is unlinked.  Knows tables and rules,
 * nothing of formats or descriptors.
 */
#include <kunit/visibility.h>
#include <linux/mm.h>
#include <linux/rhashtable.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "ledger.h"
#include "rules.h"
#include "compat/compat.h"

atomic64_t lab_tables_live = ATOMIC64_INIT(0);
EXPORT_SYMBOL_IF_KUNIT(lab_tables_live);

static const struct rhashtable_params by_address_params = {
	.key_len		= sizeof_field(struct lab_table_record, pa),
	.key_offset		= offsetof(struct lab_table_record, pa),
	.head_offset		= offsetof(struct lab_table_record, node),
	.automatic_shrinking	= true,
};

/* Whether all of a table is in the linear map, where it has a physical address. */
static bool is_linear(const void *table, size_t size)
{
	return virt_addr_valid(table) && virt_addr_valid(table + size - 1);
}

static struct lab_table_record *lookup(struct lab_ledger *ledger, phys_addr_t pa)
{
	lockdep_assert_held(&ledger->lock);
	return rhashtable_lookup_fast(&ledger->by_address, &pa, by_address_params);
}

/**
 * lab_check_bounds() - judge where a table lies
 * @tally:	where to count
 * @where:	where it must lie
 * @pa:		its physical address
 * @size:	its bytes
 *
 * Low memory is judged by address: on most arm64 machines ZONE_DMA ends at
 * 4 GB and ZONE_DMA32 is empty, so a zone's name says nothing.
 *
 * Context: Any.
 */
void lab_check_bounds(struct lab_tally *tally,
		      const struct lab_table_bounds *where, phys_addr_t pa,
		      size_t size)
{
	u64 end = pa + size;

	if (where->limit != U64_MAX)
		lab_check(tally, LAB_RULE_TABLE_LIMIT, end <= where->limit,
			  "table of %zu bytes at %pa, limit %#llx", size, &pa,
			  where->limit);
	if (where->low)
		lab_check(tally, LAB_RULE_TABLE_LOW, end <= SZ_4G,
			  "table of %zu bytes at %pa", size, &pa);
}
EXPORT_SYMBOL_IF_KUNIT(lab_check_bounds);

/**
 * lab_ledger_init() - open a ledger, and a pool of its allocator
 * @ledger:	the ledger
 * @allocator:	where tables are to come from
 * @sizes:	table sizes that will be asked for
 * @where:	where tables must lie
 * @tally:	where rules are counted; must outlive the ledger
 *
 * Context: Process; sleeps.
 * Return: 0, or the errno of the allocator or of running out of memory.
 */
int lab_ledger_init(struct lab_ledger *ledger,
		    const struct lab_allocator *allocator,
		    const struct lab_table_sizes *sizes,
		    const struct lab_table_bounds *where,
		    struct lab_tally *tally)
{
	int ret;

	memset(ledger, 0, sizeof(*ledger));
	ledger->allocator = allocator;
	ledger->where = *where;
	ledger->tally = tally;
	spin_lock_init(&ledger->lock);
	INIT_LIST_HEAD(&ledger->records);

	ret = rhashtable_init(&ledger->by_address, &by_address_params);
	if (ret)
		return ret;

	ledger->pool = allocator->create(sizes);
	if (IS_ERR(ledger->pool)) {
		rhashtable_destroy(&ledger->by_address);
		return PTR_ERR(ledger->pool);
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(lab_ledger_init);

/* Take a record out.  The lock is held; the caller frees the record. */
static void forget(struct lab_ledger *ledger, struct lab_table_record *rec)
{
	lockdep_assert_held(&ledger->lock);

	rhashtable_remove_fast(&ledger->by_address, &rec->node, by_address_params);
	list_del(&rec->link);
	atomic64_dec(&lab_tables_live);
	ledger->stats.frees++;
	ledger->stats.live--;
	ledger->stats.bytes -= rec->size;
}

/**
 * lab_ledger_fini() - close a ledger
 * @ledger:	the ledger
 *
 * What is still live breaks the rule no-leak; it is given back all the same,
 * so that the running kernel does not pay for the finding.
 *
 * Context: Process; sleeps.
 */
void lab_ledger_fini(struct lab_ledger *ledger)
{
	struct lab_table_record *rec, *next;

	rec = list_first_entry_or_null(&ledger->records, struct lab_table_record, link);
	lab_check(ledger->tally, LAB_RULE_NO_LEAK, !rec,
		  "%llu tables left, the oldest at %pa from %pS",
		  ledger->stats.live, rec ? &rec->pa : NULL,
		  rec ? (void *)rec->caller : NULL);

	list_for_each_entry_safe(rec, next, &ledger->records, link) {
		spin_lock_irq(&ledger->lock);
		forget(ledger, rec);
		spin_unlock_irq(&ledger->lock);
		ledger->allocator->free(ledger->pool, rec->table, rec->size);
		kfree(rec);
	}
	ledger->allocator->destroy(ledger->pool);
	rhashtable_destroy(&ledger->by_address);
}
EXPORT_SYMBOL_IF_KUNIT(lab_ledger_fini);

/*
 * Judge a fresh table.  Returns whether it can be handed on: a table out of
 * bounds or dirty is a finding, but a misaligned one would make the provider
 * write to somebody else's memory.
 */
static bool fit_for_use(struct lab_ledger *ledger, const struct lab_table_record *rec)
{
	struct lab_tally *tally = ledger->tally;
	size_t size = rec->size;

	if (!lab_check(tally, LAB_RULE_TABLE_ALIGNED,
		       IS_ALIGNED(rec->pa, roundup_pow_of_two(size)),
		       "table of %zu bytes at %pa", size, &rec->pa))
		return false;

	lab_check_bounds(tally, &ledger->where, rec->pa, size);
	if (!lab_check(tally, LAB_RULE_TABLE_ZEROED, !memchr_inv(rec->table, 0, size),
		       "table of %zu bytes at %pa", size, &rec->pa))
		memset(rec->table, 0, size);
	return true;
}

/* Enter a table: 0, -EEXIST where it is live already, -ENOMEM. */
static int enter(struct lab_ledger *ledger, struct lab_table_record *rec)
{
	struct lab_ledger_stats *s = &ledger->stats;
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&ledger->lock, flags);
	ret = rhashtable_lookup_insert_fast(&ledger->by_address, &rec->node,
					    by_address_params);
	if (!ret) {
		list_add_tail(&rec->link, &ledger->records);
		atomic64_inc(&lab_tables_live);
		rec->serial = s->allocs++;
		s->live_peak = max(s->live_peak, ++s->live);
		s->bytes += rec->size;
		s->bytes_peak = max(s->bytes_peak, s->bytes);
	}
	spin_unlock_irqrestore(&ledger->lock, flags);
	return ret;
}

static void count_failure(struct lab_ledger *ledger)
{
	unsigned long flags;

	spin_lock_irqsave(&ledger->lock, flags);
	ledger->stats.failed++;
	spin_unlock_irqrestore(&ledger->lock, flags);
}

/**
 * lab_ledger_alloc() - allocate a table, judge it and enter it
 * @ledger:	the ledger
 * @size:	bytes
 * @gfp:	flags; sleeps only where they allow it
 * @caller:	who asks, a code address
 *
 * Context: Any that @gfp allows.
 * Return: the table, or NULL when memory ran out or what came is unfit.
 */
void *lab_ledger_alloc(struct lab_ledger *ledger, size_t size, gfp_t gfp,
		       unsigned long caller)
{
	struct lab_table_record *rec;
	void *table;
	int ret;

	rec = kzalloc_obj(*rec, (gfp & ~GFP_ZONEMASK) | __GFP_NOWARN);
	if (!rec)
		goto failed;

	table = ledger->allocator->alloc(ledger->pool, size, gfp);
	if (!table)
		goto free_record;
	/* Other memory has no physical address to be known by. */
	if (!lab_check(ledger->tally, LAB_RULE_TABLE_LINEAR, is_linear(table, size),
		       "table of %zu bytes at %p", size, table))
		goto free_table;

	rec->pa = virt_to_phys(table);
	rec->table = table;
	rec->size = size;
	rec->gfp = gfp;
	rec->caller = caller;
	rec->level = LAB_LEVEL_UNKNOWN;

	/* Before its memory is looked at or wiped: it may be somebody's table. */
	ret = enter(ledger, rec);
	if (!lab_check(ledger->tally, LAB_RULE_ALLOC_ONCE, ret != -EEXIST,
		       "table at %pa handed out while live", &rec->pa))
		goto free_record;
	if (ret)
		goto free_table;

	if (fit_for_use(ledger, rec))
		return table;

	lab_ledger_free(ledger, table, size);
	count_failure(ledger);
	return NULL;

free_table:
	ledger->allocator->free(ledger->pool, table, size);
free_record:
	kfree(rec);
failed:
	count_failure(ledger);
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(lab_ledger_alloc);

/**
 * lab_ledger_free() - judge the freeing of a table, and free it
 * @ledger:	the ledger
 * @table:	the table
 * @size:	the bytes that the caller says it has
 *
 * A table that is not live is left alone, and a wrong size is set right.
 *
 * Context: Any.
 */
void lab_ledger_free(struct lab_ledger *ledger, void *table, size_t size)
{
	phys_addr_t pa = is_linear(table, 1) ? virt_to_phys(table) : 0;
	struct lab_table_record *rec;
	unsigned long flags;

	spin_lock_irqsave(&ledger->lock, flags);
	rec = lookup(ledger, pa);
	if (rec)
		forget(ledger, rec);
	spin_unlock_irqrestore(&ledger->lock, flags);

	if (!lab_check(ledger->tally, LAB_RULE_FREE_ONCE, rec,
		       "%zu bytes at %pa freed, but not live", size, &pa))
		return;
	lab_check(ledger->tally, LAB_RULE_FREE_SIZE, rec->size == size,
		  "table of %zu bytes at %pa freed as %zu bytes", rec->size,
		  &pa, size);

	ledger->allocator->free(ledger->pool, rec->table, rec->size);
	kfree(rec);
}
EXPORT_SYMBOL_IF_KUNIT(lab_ledger_free);

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
	struct lab_table_record *rec;
	unsigned long flags;

	spin_lock_irqsave(&ledger->lock, flags);
	rec = lookup(ledger, pa);
	if (rec) {
		rec->seen = ledger->walk;
		rec->level = level;
	}
	spin_unlock_irqrestore(&ledger->lock, flags);

	lab_check(ledger->tally, LAB_RULE_TREE_IN_LEDGER, rec,
		  "level %u table at %pa is not the allocator's", level, &pa);
}

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

	spin_lock_irqsave(&ledger->lock, flags);
	rec = lookup(ledger, pa);
	if (rec)
		*copy = *rec;
	spin_unlock_irqrestore(&ledger->lock, flags);
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

	spin_lock_irqsave(&ledger->lock, flags);
	copy = ledger->stats;
	spin_unlock_irqrestore(&ledger->lock, flags);
	return copy;
}
EXPORT_SYMBOL_IF_KUNIT(lab_ledger_stats);

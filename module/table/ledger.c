// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ledger of an instance's tables.
 *
 * One raw spinlock orders all changes: a probe takes it, too.  Records stand in a
 * tree by address, which takes no memory of its own, and where the allocator
 * reserves tables the ledger reserves their records.  Knows tables and rules,
 * nothing of formats or descriptors.
 */
#include <kunit/visibility.h>
#include <linux/mm.h>
#include <linux/rbtree.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "fault.h"
#include "ledger.h"
#include "rules.h"
#include "section.h"
#include "watch.h"
#include "compat/compat.h"

atomic64_t lab_tables_live = ATOMIC64_INIT(0);
EXPORT_SYMBOL_IF_KUNIT(lab_tables_live);

static int compare_pa(const void *key, const struct rb_node *node)
{
	phys_addr_t pa = *(const phys_addr_t *)key;
	phys_addr_t other = rb_entry(node, struct lab_table_record, node)->pa;

	return (pa > other) - (pa < other);
}

static int compare_nodes(struct rb_node *new, const struct rb_node *node)
{
	return compare_pa(&rb_entry(new, struct lab_table_record, node)->pa, node);
}

/* Whether all of a table is in the linear map, where it has a physical address. */
static bool is_linear(const void *table, size_t size)
{
	return virt_addr_valid(table) && virt_addr_valid(table + size - 1);
}

/**
 * lab_ledger_lookup() - the record of a live table
 * @ledger:	the ledger, locked
 * @pa:		the table's physical address
 *
 * Context: Any; the ledger's lock is held as long as the record is used.
 * Return: the record, or NULL.
 */
struct lab_table_record *lab_ledger_lookup(struct lab_ledger *ledger, phys_addr_t pa)
{
	struct rb_node *node;

	lockdep_assert_held(&ledger->lock);
	node = rb_find(&pa, &ledger->by_address, compare_pa);
	return rb_entry_safe(node, struct lab_table_record, node);
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
	memset(ledger, 0, sizeof(*ledger));
	ledger->allocator = allocator;
	ledger->where = *where;
	ledger->tally = tally;
	raw_spin_lock_init(&ledger->lock);
	INIT_LIST_HEAD(&ledger->records);
	INIT_LIST_HEAD(&ledger->spare);
	ledger->by_address = RB_ROOT;

	ledger->pool = allocator->create(sizes);
	return PTR_ERR_OR_ZERO(ledger->pool);
}
EXPORT_SYMBOL_IF_KUNIT(lab_ledger_init);

/* Take a record out.  The lock is held; the caller frees the record. */
static void forget(struct lab_ledger *ledger, struct lab_table_record *rec)
{
	lockdep_assert_held(&ledger->lock);

	rb_erase(&rec->node, &ledger->by_address);
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
		raw_spin_lock_irq(&ledger->lock);
		forget(ledger, rec);
		raw_spin_unlock_irq(&ledger->lock);
		ledger->allocator->free(ledger->pool, rec->table, rec->size);
		kfree(rec);
	}
	lab_ledger_release(ledger, 0);
	ledger->allocator->destroy(ledger->pool);
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

/* Enter a table, unless it is live already. */
static bool enter(struct lab_ledger *ledger, struct lab_table_record *rec)
{
	struct lab_ledger_stats *s = &ledger->stats;
	unsigned long flags;
	bool live;

	raw_spin_lock_irqsave(&ledger->lock, flags);
	live = rb_find_add(&rec->node, &ledger->by_address, compare_nodes);
	if (!live) {
		list_add_tail(&rec->link, &ledger->records);
		atomic64_inc(&lab_tables_live);
		rec->serial = s->allocs++;
		s->live_peak = max(s->live_peak, ++s->live);
		s->bytes += rec->size;
		s->bytes_peak = max(s->bytes_peak, s->bytes);
	}
	raw_spin_unlock_irqrestore(&ledger->lock, flags);
	return !live;
}

static void count_failure(struct lab_ledger *ledger)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&ledger->lock, flags);
	ledger->stats.failed++;
	raw_spin_unlock_irqrestore(&ledger->lock, flags);
}

static struct lab_table_record *pop_spare(struct lab_ledger *ledger)
{
	struct lab_table_record *rec;

	lockdep_assert_held(&ledger->lock);
	rec = list_first_entry_or_null(&ledger->spare, struct lab_table_record, link);
	if (rec) {
		list_del(&rec->link);
		ledger->spare_nr--;
	}
	return rec;
}

static struct lab_table_record *get_record(struct lab_ledger *ledger, gfp_t gfp)
{
	struct lab_table_record *rec;
	unsigned long flags;

	raw_spin_lock_irqsave(&ledger->lock, flags);
	rec = pop_spare(ledger);
	raw_spin_unlock_irqrestore(&ledger->lock, flags);
	return rec ?: kzalloc_obj(*rec, (gfp & ~GFP_ZONEMASK) | __GFP_NOWARN);
}

/* A table that is ready for the next job takes its record along. */
static void put_record(struct lab_ledger *ledger, struct lab_table_record *rec)
{
	unsigned long flags;

	if (!ledger->allocator->reserve) {
		kfree(rec);
		return;
	}
	raw_spin_lock_irqsave(&ledger->lock, flags);
	list_add(&rec->link, &ledger->spare);
	ledger->spare_nr++;
	raw_spin_unlock_irqrestore(&ledger->lock, flags);
}

static bool injected_failure(struct lab_ledger *ledger, size_t size)
{
	unsigned long flags;
	bool fail;

	raw_spin_lock_irqsave(&ledger->lock, flags);
	fail = ledger->fail_nth && !--ledger->fail_nth;
	raw_spin_unlock_irqrestore(&ledger->lock, flags);
	return fail || lab_fault_table(size);
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
	struct lab_section *section;
	void *table;

	if (injected_failure(ledger, size))
		goto failed;

	section = lab_section_enter_allocator(gfp);
	table = ledger->allocator->alloc(ledger->pool, size, gfp);
	lab_section_leave_allocator(section);
	if (!table)
		goto failed;
	/* Other memory has no physical address to be known by. */
	if (!lab_check(ledger->tally, LAB_RULE_TABLE_LINEAR, is_linear(table, size),
		       "table of %zu bytes at %p", size, table))
		goto free_table;

	rec = get_record(ledger, gfp);
	if (!rec)
		goto free_table;
	rec->pa = virt_to_phys(table);
	rec->table = table;
	rec->size = size;
	rec->gfp = gfp;
	rec->caller = caller;
	rec->dma_bytes = 0;
	rec->watch = lab_watch_generation();
	rec->seen = 0;
	rec->level = LAB_LEVEL_UNKNOWN;

	/* Before its memory is looked at or wiped: it may be somebody's table. */
	if (!lab_check(ledger->tally, LAB_RULE_ALLOC_ONCE, enter(ledger, rec),
		       "table at %pa handed out while live", &rec->pa)) {
		put_record(ledger, rec);
		goto failed;
	}

	if (fit_for_use(ledger, rec))
		return table;

	lab_ledger_free(ledger, table, size);
	count_failure(ledger);
	return NULL;

free_table:
	ledger->allocator->free(ledger->pool, table, size);
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

	raw_spin_lock_irqsave(&ledger->lock, flags);
	rec = lab_ledger_lookup(ledger, pa);
	if (rec)
		forget(ledger, rec);
	raw_spin_unlock_irqrestore(&ledger->lock, flags);

	if (!lab_check(ledger->tally, LAB_RULE_FREE_ONCE, rec,
		       "%zu bytes at %pa freed, but not live", size, &pa))
		return;
	lab_check(ledger->tally, LAB_RULE_FREE_SIZE, rec->size == size,
		  "table of %zu bytes at %pa freed as %zu bytes", rec->size,
		  &pa, size);

	ledger->allocator->free(ledger->pool, rec->table, rec->size);
	put_record(ledger, rec);
}
EXPORT_SYMBOL_IF_KUNIT(lab_ledger_free);

/**
 * lab_ledger_reserve() - make sure of tables before they may not be allocated
 * @ledger:	the ledger
 * @nr:		tables that will be asked for
 *
 * Their records are reserved with them.  Nothing to do where the allocator
 * allocates when asked.
 *
 * Context: Process; sleeps.  The caller orders it against lab_ledger_release().
 * Return: 0 or -ENOMEM.
 */
int lab_ledger_reserve(struct lab_ledger *ledger, size_t nr)
{
	if (!ledger->allocator->reserve)
		return 0;

	while (READ_ONCE(ledger->spare_nr) < nr) {
		struct lab_table_record *rec = kzalloc_obj(*rec);

		if (!rec)
			return -ENOMEM;
		put_record(ledger, rec);
	}
	return ledger->allocator->reserve(ledger->pool, nr);
}

/**
 * lab_ledger_release() - give back what was reserved
 * @ledger:	the ledger
 * @keep:	tables that stay ready
 *
 * Context: Process; sleeps.  The caller orders it against lab_ledger_reserve().
 */
void lab_ledger_release(struct lab_ledger *ledger, size_t keep)
{
	struct lab_table_record *rec;

	if (!ledger->allocator->reserve)
		return;

	ledger->allocator->release(ledger->pool, keep);
	while (READ_ONCE(ledger->spare_nr) > keep) {
		raw_spin_lock_irq(&ledger->lock);
		rec = pop_spare(ledger);
		raw_spin_unlock_irq(&ledger->lock);
		kfree(rec);
	}
}

/**
 * lab_ledger_set_fail_nth() - have one request for a table fail
 * @ledger:	the ledger
 * @nth:	which one from now, 1 for the next, 0 for none
 *
 * As /proc/self/fail-nth does for a system call.
 *
 * Context: Any.
 */
void lab_ledger_set_fail_nth(struct lab_ledger *ledger, u64 nth)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&ledger->lock, flags);
	ledger->fail_nth = nth;
	raw_spin_unlock_irqrestore(&ledger->lock, flags);
}

/**
 * lab_ledger_fail_nth() - how far away the failure still is
 * @ledger:	the ledger
 *
 * Context: Any.
 * Return: as lab_ledger_set_fail_nth() takes it, 0 once it has come.
 */
u64 lab_ledger_fail_nth(struct lab_ledger *ledger)
{
	return READ_ONCE(ledger->fail_nth);
}

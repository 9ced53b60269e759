/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ledger: between an allocator and a provider, it sees every table come
 * and go, and holds both sides to the rules of the contract.
 */
#ifndef LAB_LEDGER_H
#define LAB_LEDGER_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/rbtree_types.h>
#include <linux/spinlock.h>

#include "allocator.h"

struct lab_tally;

#define LAB_LEVEL_UNKNOWN	0xff

/**
 * struct lab_table_bounds - where the tables of an instance must lie
 * @limit:	physical address that no table may reach, U64_MAX for no rule
 * @low:	tables must lie below 4 GB, because that is what was asked for
 * @dma:	tables must be mapped for a device, at their physical address
 */
struct lab_table_bounds {
	u64 limit;
	bool low;
	bool dma;
};

/**
 * struct lab_table_record - one live table
 * @node:	in the ledger's tree
 * @link:	in the ledger's list, oldest first; or among the spare ones
 * @pa:		its physical address: pointers to it may differ in their tags
 * @table:	the pointer that the allocator gave, and wants back
 * @size:	bytes asked for
 * @gfp:	flags asked with
 * @caller:	who asked: the return address of the hook
 * @dma:	address that the DMA API gave for it
 * @dma_bytes:	bytes mapped there, 0 for none
 * @watch:	lab_watch_generation() when it was allocated
 * @serial:	how many tables were allocated before it
 * @seen:	the last walk that reached it
 * @level:	lookup level, LAB_LEVEL_UNKNOWN until a walk reached it
 */
struct lab_table_record {
	struct rb_node node;
	struct list_head link;
	phys_addr_t pa;
	void *table;
	size_t size;
	gfp_t gfp;
	unsigned long caller;
	dma_addr_t dma;
	size_t dma_bytes;
	unsigned int watch;
	u64 serial;
	u64 seen;
	u8 level;
};

/**
 * struct lab_ledger_stats - what a ledger counted
 * @allocs:	tables allocated so far
 * @frees:	tables freed so far
 * @failed:	requests that came back empty
 * @live:	tables live now
 * @live_peak:	most tables live at a time
 * @bytes:	bytes live now
 * @bytes_peak:	most bytes live at a time
 */
struct lab_ledger_stats {
	u64 allocs, frees, failed;
	u64 live, live_peak;
	u64 bytes, bytes_peak;
};

/**
 * struct lab_ledger - the live tables of one instance
 * @allocator:	where tables come from
 * @pool:	the allocator's pool
 * @tally:	where rules are counted
 * @where:	where tables must lie
 * @lock:	protects all below
 * @by_address:	records by address
 * @records:	records by age
 * @spare:	records for tables to come, where nothing may be allocated
 * @spare_nr:	how many these are
 * @fail_nth:	the request that comes back empty, counted from the next as 1;
 *		0 for none
 * @walk:	number of the walk that marks records now
 * @stats:	counts
 */
struct lab_ledger {
	const struct lab_allocator *allocator;
	void *pool;
	struct lab_tally *tally;
	struct lab_table_bounds where;
	raw_spinlock_t lock; /* all below; probes take it, which may not sleep */
	struct rb_root by_address;
	struct list_head records;
	struct list_head spare;
	size_t spare_nr;
	u64 fail_nth;
	u64 walk;
	struct lab_ledger_stats stats;
};

/* Tables live in all ledgers together. */
extern atomic64_t lab_tables_live;

void lab_check_bounds(struct lab_tally *tally,
		      const struct lab_table_bounds *where, phys_addr_t pa,
		      size_t size);

int lab_ledger_init(struct lab_ledger *ledger,
		    const struct lab_allocator *allocator,
		    const struct lab_table_sizes *sizes,
		    const struct lab_table_bounds *where,
		    struct lab_tally *tally);
void lab_ledger_fini(struct lab_ledger *ledger);

void *lab_ledger_alloc(struct lab_ledger *ledger, size_t size, gfp_t gfp,
		       unsigned long caller);
void lab_ledger_free(struct lab_ledger *ledger, void *table, size_t size);

int lab_ledger_reserve(struct lab_ledger *ledger, size_t nr);
void lab_ledger_release(struct lab_ledger *ledger, size_t keep);
void lab_ledger_set_fail_nth(struct lab_ledger *ledger, u64 nth);
u64 lab_ledger_fail_nth(struct lab_ledger *ledger);
void lab_ledger_saw_dma_map(struct lab_ledger *ledger, phys_addr_t pa,
			    dma_addr_t dma, size_t size);

struct lab_table_record *lab_ledger_lookup(struct lab_ledger *ledger, phys_addr_t pa);

void lab_ledger_walk_begin(struct lab_ledger *ledger);
void lab_ledger_walk_table(struct lab_ledger *ledger, phys_addr_t pa, u8 level);
void lab_ledger_walk_end(struct lab_ledger *ledger);

bool lab_ledger_find(struct lab_ledger *ledger, phys_addr_t pa,
		     struct lab_table_record *copy);
struct lab_ledger_stats lab_ledger_stats(struct lab_ledger *ledger);

#endif /* LAB_LEDGER_H */

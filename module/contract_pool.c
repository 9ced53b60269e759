// SPDX-License-Identifier: GPL-2.0-only
/*
 * The checks of the contract suite on a bare pool, through a ledger: tables as
 * formats ask for them, without a format.
 *
 * No locks but that of what must be tried in atomic context.
 */
#include <linux/completion.h>
#include <linux/gfp.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "compat/compat.h"
#include "contract.h"
#include "format/format.h"
#include "instance.h"
#include "machine.h"
#include "section.h"
#include "table/ledger.h"
#include "watch.h"

/* Tables that most checks go by; those that many live at a time for. */
#define FEW		8
#define MANY		256
#define MOST_BYTES	SZ_256K

/* Each has tables of its own. */
#define THREADS		4
#define ROUNDS		10

/* Places in lab_formats. */
enum { V7S, LPAE };

#define MTK	(IO_PGTABLE_QUIRK_ARM_MTK_EXT | IO_PGTABLE_QUIRK_NO_PERMS)

/* Configurations with the smallest and the largest root beside each table size. */
static const struct geometry {
	const char *name;
	int format;
	size_t granule;
	unsigned int ias;
	unsigned long quirks;
} geometries[] = {
	{ "v7s", V7S, SZ_4K, 32 },
	{ "v7s of 34 bits", V7S, SZ_4K, 34, MTK },
	{ "lpae-s1 4K", LPAE, SZ_4K, 48 },
	{ "lpae-s1 4K of 33 bits", LPAE, SZ_4K, 33 },
	{ "lpae-s1 16K", LPAE, SZ_16K, 48 },
	{ "lpae-s1 16K of 47 bits", LPAE, SZ_16K, 47 },
	{ "lpae-s1 64K", LPAE, SZ_64K, 48 },
	{ "lpae-s1 64K of 42 bits", LPAE, SZ_64K, 42 },
};

static int table_sizes(const struct geometry *g, struct lab_table_sizes *sizes)
{
	struct lab_params p;
	struct io_pgtable_cfg cfg;

	lab_params_default(&p, &lab_formats[g->format]);
	p.granule = g->granule;
	p.ias = g->ias;
	cfg = (struct io_pgtable_cfg) {
		.quirks		= g->quirks,
		.pgsize_bitmap	= lab_params_page_sizes(&p),
		.ias		= g->ias,
		.oas		= p.oas,
		.coherent_walk	= true,
	};
	return lab_format_table_sizes(p.format->fmt, &cfg, sizes);
}

/**
 * struct pool - a pool with its ledger, and tables from it
 * @t:		the trial
 * @name:	the geometry in words
 * @sizes:	its table sizes
 * @ledger:	the ledger
 * @root:	the root
 * @nr:		other tables that are to live at a time
 * @table:	these, NULL where they do not live
 */
struct pool {
	struct lab_trial *t;
	const char *name;
	struct lab_table_sizes sizes;
	struct lab_ledger ledger;
	void *root;
	size_t nr;
	void **table;
};

static void empty(struct pool *p)
{
	for (size_t i = 0; i < p->nr; i++) {
		if (p->table[i])
			lab_ledger_free(&p->ledger, p->table[i], p->sizes.table_bytes);
		p->table[i] = NULL;
	}
}

static void close(struct pool *p)
{
	empty(p);
	if (p->root)
		lab_ledger_free(&p->ledger, p->root, p->sizes.root_bytes);
	lab_ledger_fini(&p->ledger);
	kvfree(p->table);
}

/*
 * Open a pool for @nr tables, or fewer where these are large, as the time goes into
 * their bytes; with its root.  False if nothing came of it.
 */
static bool open(struct pool *p, struct lab_trial *t, const struct geometry *g, size_t nr)
{
	const struct lab_table_bounds where = { .limit = U64_MAX, .low = t->allocator->low };
	int ret;

	*p = (struct pool) { .t = t, .name = g->name };
	ret = table_sizes(g, &p->sizes);
	if (!lab_trial_expect(t, !ret, "%s: no such geometry (%pe)", g->name, ERR_PTR(ret)))
		return false;

	p->nr = min(nr, max(MOST_BYTES / p->sizes.table_bytes, THREADS));
	p->table = kvcalloc(p->nr, sizeof(*p->table), GFP_KERNEL);
	if (!lab_trial_expect(t, p->table, "out of memory"))
		return false;

	ret = lab_ledger_init(&p->ledger, t->allocator, &p->sizes, &where, &t->tally);
	if (!lab_trial_expect(t, !ret, "%s: no pool (%pe)", g->name, ERR_PTR(ret))) {
		kvfree(p->table);
		return false;
	}
	p->root = lab_ledger_alloc(&p->ledger, p->sizes.root_bytes, GFP_KERNEL, _THIS_IP_);
	if (!lab_trial_expect(t, p->root, "%s: no root of %zu bytes", g->name,
			      p->sizes.root_bytes)) {
		close(p);
		return false;
	}
	return true;
}

/* Where tables are to be ready before they are asked for, make them so. */
static bool reserve(struct pool *p)
{
	int ret = lab_ledger_reserve(&p->ledger, p->nr);

	return lab_trial_expect(p->t, !ret, "%s: %zu tables cannot be reserved (%pe)",
				p->name, p->nr, ERR_PTR(ret));
}

/* Have all tables live.  Those that live keep what is in them. */
static bool fill(struct pool *p, gfp_t gfp)
{
	for (size_t i = 0; i < p->nr; i++) {
		if (p->table[i])
			continue;
		p->table[i] = lab_ledger_alloc(&p->ledger, p->sizes.table_bytes, gfp, _THIS_IP_);
		if (!lab_trial_expect(p->t, p->table[i], "%s: no table of %zu bytes after %zu",
				      p->name, p->sizes.table_bytes, i))
			return false;
	}
	return true;
}

static bool reserve_and_fill(struct pool *p)
{
	return reserve(p) && fill(p, GFP_KERNEL);
}

/* Do something with a pool for @nr tables of each geometry. */
static void each_geometry(struct lab_trial *t, size_t nr, void (*act)(struct pool *p))
{
	struct pool p;

	for (int i = 0; i < ARRAY_SIZE(geometries); i++) {
		if (!open(&p, t, &geometries[i], nr))
			continue;
		act(&p);
		close(&p);
	}
}

static void come_and_go(struct pool *p)
{
	reserve_and_fill(p);
}

/**
 * lab_contract_pools() - pools for every table size come and go
 * @t:		the trial
 *
 * Context: Process; sleeps.
 */
void lab_contract_pools(struct lab_trial *t)
{
	each_geometry(t, 1, come_and_go);
	each_geometry(t, FEW, come_and_go);
}

/* Rule table-zeroed looks at each table as it comes. */
static void dirty_and_again(struct pool *p)
{
	if (!reserve_and_fill(p))
		return;
	for (size_t i = 0; i < p->nr; i++)
		memset(p->table[i], 0xff, p->sizes.table_bytes);
	empty(p);
	reserve_and_fill(p);
}

/**
 * lab_contract_zeroed() - tables come zeroed, also those that were freed dirty
 * @t:		the trial
 *
 * Context: Process; sleeps.
 */
void lab_contract_zeroed(struct lab_trial *t)
{
	each_geometry(t, FEW, dirty_and_again);
}

static void mark(struct pool *p, u8 first)
{
	memset(p->root, first, p->sizes.root_bytes);
	for (size_t i = 0; i < p->nr; i++)
		memset(p->table[i], first + i + 1, p->sizes.table_bytes);
}

static void expect_marked(struct pool *p, u8 first)
{
	bool whole = !memchr_inv(p->root, first, p->sizes.root_bytes);

	for (size_t i = 0; i < p->nr; i++)
		whole &= !memchr_inv(p->table[i], (u8)(first + i + 1), p->sizes.table_bytes);
	lab_trial_expect(p->t, whole, "%s: live tables share memory", p->name);
}

/**
 * lab_contract_apart() - live tables share no byte, nor do those of two pools
 * @t:		the trial
 *
 * Context: Process; sleeps.
 */
void lab_contract_apart(struct lab_trial *t)
{
	struct pool a, b;

	for (int i = 0; i < ARRAY_SIZE(geometries); i++) {
		if (!open(&a, t, &geometries[i], FEW))
			continue;
		if (open(&b, t, &geometries[i], FEW)) {
			if (reserve_and_fill(&a) && reserve_and_fill(&b)) {
				mark(&a, 1);
				mark(&b, 0x80);
				expect_marked(&a, 1);
				expect_marked(&b, 0x80);
			}
			close(&b);
		}
		close(&a);
	}
}

static void expect_low(struct pool *p)
{
	reserve_and_fill(p);
	for (size_t i = 0; i < p->nr && p->table[i]; i++) {
		phys_addr_t pa = virt_to_phys(p->table[i]);

		lab_trial_expect(p->t, pa + p->sizes.table_bytes <= SZ_4G,
				 "%s: table of %zu bytes at %pa", p->name,
				 p->sizes.table_bytes, &pa);
	}
}

/**
 * lab_contract_low() - tables lie below 4 GB where that is promised
 * @t:		the trial
 *
 * Context: Process; sleeps.
 */
void lab_contract_low(struct lab_trial *t)
{
	if (lab_machine().end <= SZ_4G)
		t->not_checked = "no RAM above 4 GB on this machine";
	else
		each_geometry(t, FEW, expect_low);
}

/* Tables come, and go again, while the allocator is watched. */
static bool fill_watched(struct pool *p, gfp_t gfp)
{
	struct lab_section section = {
		.tally		= &p->t->tally,
		.cookie		= p,
		.gfp		= gfp,
		.no_alloc	= p->t->allocator->reserve,
	};
	bool filled;

	lab_section_begin(&section);
	filled = fill(p, gfp);
	empty(p);
	lab_section_end(&section);
	return filled;
}

static void atomically(struct pool *p)
{
	static DEFINE_SPINLOCK(lock);
	unsigned long flags;

	/* Who was seen to sleep is not asked where that hangs the machine. */
	if (!reserve(p) || !fill_watched(p, GFP_ATOMIC) ||
	    lab_tally_violated(&p->t->tally))
		return;

	if (!reserve(p))
		return;
	spin_lock_irqsave(&lock, flags);
	fill_watched(p, GFP_ATOMIC);
	spin_unlock_irqrestore(&lock, flags);
}

/**
 * lab_contract_atomic() - tables come and go where sleeping is an error
 * @t:		the trial
 *
 * Context: Process; sleeps.
 */
void lab_contract_atomic(struct lab_trial *t)
{
	/* Without the watch the kernel's own checks are left. */
	lab_watch_start();
	each_geometry(t, FEW, atomically);
}

/* 7 divides none of the numbers of tables, so that every table is met once. */
static void in_another_order(struct pool *p)
{
	struct lab_ledger_stats s;

	if (!reserve_and_fill(p))
		return;
	s = lab_ledger_stats(&p->ledger);
	lab_trial_expect(p->t, s.live == p->nr + 1, "%s: %llu tables live, not %zu", p->name,
			 s.live, p->nr + 1);
	for (size_t i = 0; i < p->nr; i++) {
		void **table = &p->table[i * 7 % p->nr];

		lab_ledger_free(&p->ledger, *table, p->sizes.table_bytes);
		*table = NULL;
	}
}

/**
 * lab_contract_many() - hundreds of tables live, and go in another order
 * @t:		the trial
 *
 * Context: Process; sleeps.
 */
void lab_contract_many(struct lab_trial *t)
{
	each_geometry(t, MANY, in_another_order);
}

/**
 * struct worker - a thread that allocates and frees tables of its own
 * @p:		the pool that all share
 * @mark:	what it writes to its tables
 * @go:		what all wait for
 * @done:	it is through
 * @missing:	tables that did not come
 * @changed:	tables that somebody else wrote to
 */
struct worker {
	struct pool *p;
	u8 mark;
	struct completion *go;
	struct completion done;
	unsigned int missing, changed;
};

static void one_round(struct worker *w)
{
	size_t bytes = w->p->sizes.table_bytes;
	int nr = w->p->nr / THREADS;
	void *tables[FEW / THREADS];

	for (int i = 0; i < nr; i++) {
		tables[i] = lab_ledger_alloc(&w->p->ledger, bytes, GFP_KERNEL, _THIS_IP_);
		if (tables[i])
			memset(tables[i], w->mark, bytes);
		else
			w->missing++;
	}
	cond_resched();
	for (int i = 0; i < nr; i++) {
		if (!tables[i])
			continue;
		w->changed += !!memchr_inv(tables[i], w->mark, bytes);
		lab_ledger_free(&w->p->ledger, tables[i], bytes);
	}
}

static int work(void *ctx)
{
	struct worker *w = ctx;

	wait_for_completion(w->go);
	for (int round = 0; round < ROUNDS; round++)
		one_round(w);
	/* Not complete() and return: the module may be gone in between. */
	kthread_complete_and_exit(&w->done, 0);
}

static void side_by_side(struct pool *p)
{
	DECLARE_COMPLETION_ONSTACK(go);
	struct worker workers[THREADS];
	int started = 0;

	if (!reserve(p))
		return;
	for (; started < THREADS; started++) {
		struct worker *w = &workers[started];
		struct task_struct *task;

		*w = (struct worker) { .p = p, .mark = started + 1, .go = &go };
		init_completion(&w->done);
		task = kthread_run(work, w, "lab_contract/%d", started);
		if (IS_ERR(task))
			break;
	}
	complete_all(&go);
	for (int i = 0; i < started; i++) {
		struct worker *w = &workers[i];

		wait_for_completion(&w->done);
		lab_trial_expect(p->t, !w->missing, "%s: %u tables did not come", p->name,
				 w->missing);
		lab_trial_expect(p->t, !w->changed, "%s: %u tables were another thread's too",
				 p->name, w->changed);
	}
	lab_trial_expect(p->t, started == THREADS, "no thread (out of memory?)");
}

/**
 * lab_contract_threads() - threads are served at the same time
 * @t:		the trial
 *
 * Context: Process; sleeps.
 */
void lab_contract_threads(struct lab_trial *t)
{
	each_geometry(t, FEW, side_by_side);
}

/* All that is ready, and one more, in a section in which nothing may be allocated. */
static void drink_dry(struct pool *p)
{
	struct lab_section section = {
		.tally		= &p->t->tally,
		.cookie		= p,
		.gfp		= GFP_KERNEL,
		.no_alloc	= true,
	};
	size_t ready = p->t->allocator->ready(p->ledger.pool);
	void *more = NULL;

	/* More than was asked for is allowed. */
	lab_trial_expect(p->t, ready >= p->nr, "%s: %zu tables reserved, %zu ready",
			 p->name, p->nr, ready);
	if (ready > p->nr)
		lab_ledger_release(&p->ledger, p->nr);

	lab_section_begin(&section);
	if (fill(p, GFP_KERNEL))
		more = lab_ledger_alloc(&p->ledger, p->sizes.table_bytes, GFP_KERNEL, _THIS_IP_);
	lab_section_end(&section);

	lab_trial_expect(p->t, !more, "%s: a table more than the %zu that were ready", p->name,
			 p->nr);
	if (more)
		lab_ledger_free(&p->ledger, more, p->sizes.table_bytes);
}

static void reserve_and_release(struct pool *p)
{
	const struct lab_allocator *a = p->t->allocator;
	size_t ready;

	if (!reserve(p))
		return;
	drink_dry(p);
	empty(p);

	if (!reserve(p))
		return;
	lab_ledger_release(&p->ledger, p->nr / 2);
	ready = a->ready(p->ledger.pool);
	lab_trial_expect(p->t, ready == p->nr / 2, "%s: %zu tables ready, %zu were to be kept",
			 p->name, ready, p->nr / 2);
	lab_ledger_release(&p->ledger, 0);
	ready = a->ready(p->ledger.pool);
	lab_trial_expect(p->t, !ready, "%s: %zu tables still ready, none was to be kept",
			 p->name, ready);
}

/**
 * lab_contract_reserve() - what was reserved is there, nothing more, and goes back
 * @t:		the trial
 *
 * That pools open at all shows that the root is not from the reserve.
 *
 * Context: Process; sleeps.
 */
void lab_contract_reserve(struct lab_trial *t)
{
	lab_watch_start();
	each_geometry(t, FEW, reserve_and_release);
}

static s64 held_after_trim(const struct lab_allocator *a)
{
	if (a->trim)
		a->trim();
	return a->held_bytes();
}

static void expect_account(struct pool *p)
{
	s64 held;

	if (!reserve_and_fill(p))
		return;
	held = p->t->allocator->held_bytes();
	lab_trial_expect(p->t, held >= (s64)lab_ledger_stats(&p->ledger).bytes,
			 "%s: %lld bytes held, and %llu live", p->name, held,
			 lab_ledger_stats(&p->ledger).bytes);
}

/**
 * lab_contract_held() - the account covers live tables, and comes back
 * @t:		the trial
 *
 * With nobody else at work: the account is of all pools.
 *
 * Context: Process; sleeps.
 */
void lab_contract_held(struct lab_trial *t)
{
	s64 before, after;

	before = held_after_trim(t->allocator);
	if (before < 0) {
		t->not_checked = "its account is not known on this kernel";
		return;
	}
	each_geometry(t, FEW, expect_account);
	after = held_after_trim(t->allocator);
	lab_trial_expect(t, after <= before, "%lld bytes held before, %lld after", before, after);
}

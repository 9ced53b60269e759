// SPDX-License-Identifier: GPL-2.0-only
/*
 * The experiment: that low memory is counted from outside to the page, that its
 * programs are what they say, and that an account which lies is found out.
 */
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "experiment/lowmem.h"
#include "experiment/memory.h"
#include "experiment/program.h"
#include "lab_kunit.h"

/* Tables of the programs here: as few as are more than the slack. */
#define TABLES	256

/* Others may take or give a few pages meanwhile. */
#define STRAY_PAGES	8

/* How often is tried to be undisturbed. */
#define ATTEMPTS	5

static void need_count(struct kunit *test)
{
	const char *why = lab_lowmem_not_measured();

	if (why)
		kunit_skip(test, "%s", why);
}

/* How many pages of which order are taken at a time. */
struct take_case {
	const char *name;
	unsigned int nr, order;
};

static const struct take_case take_cases[] = {
	{ "one page, from a CPU's list", 1, 0 },
	{ "200 pages, more than a CPU's list holds", 200, 0 },
	{ "25 pieces of 8 pages", 25, 3 },
	{ "a piece of 256 pages, from the zone", 1, 8 },
};

static void take_desc(const struct take_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(take, take_cases, take_desc);

struct taken {
	struct list_head pages;
	unsigned int order;
};

static void give_back(void *t)
{
	struct taken *taken = t;
	struct page *page, *next;

	list_for_each_entry_safe(page, next, &taken->pages, lru) {
		list_del(&page->lru);
		__free_pages(page, taken->order);
	}
}

/*
 * Passing proves that pages are counted when they are taken and when they are
 * given back, wherever the page allocator keeps them.
 */
static void low_pages_are_counted(struct kunit *test)
{
	const struct take_case *c = test->param_value;
	s64 bytes = (s64)c->nr << (c->order + PAGE_SHIFT), before, during, after;
	struct taken taken = { .order = c->order };

	need_count(test);
	INIT_LIST_HEAD(&taken.pages);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, give_back, &taken));

	before = lab_lowmem_free_bytes();
	for (unsigned int i = 0; i < c->nr; i++) {
		struct page *page = alloc_pages(GFP_KERNEL | GFP_DMA32, c->order);

		KUNIT_ASSERT_NOT_NULL(test, page);
		list_add(&page->lru, &taken.pages);
	}
	during = lab_lowmem_free_bytes();
	kunit_release_action(test, give_back, &taken);
	after = lab_lowmem_free_bytes();

	KUNIT_EXPECT_LE(test, abs_diff(before - during, bytes), STRAY_PAGES * PAGE_SIZE);
	KUNIT_EXPECT_LE(test, abs_diff(before, after), STRAY_PAGES * PAGE_SIZE);
}

static void free_program(void *p)
{
	lab_program_free(p);
}

static struct lab_program *build(struct kunit *test, enum lab_program_id id, unsigned int tables)
{
	struct lab_program *p = lab_program_build(id, tables);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, free_program, p));
	return p;
}

static const unsigned int all_programs[] = {
	LAB_PROGRAM_FULL, LAB_PROGRAM_HALF, LAB_PROGRAM_REFILL, LAB_PROGRAM_ADVERSARY,
	LAB_PROGRAM_PIN, LAB_PROGRAM_CHURN, LAB_PROGRAM_INSTANCES,
};

static_assert(ARRAY_SIZE(all_programs) == LAB_PROGRAM_NR);

static void program_desc(const unsigned int *id, char *desc)
{
	struct lab_program *p = lab_program_build(*id, TABLES);

	strscpy(desc, p ? p->name : "out of memory", KUNIT_PARAM_DESC_SIZE);
	lab_program_free(p);
}

KUNIT_ARRAY_PARAM(program, all_programs, program_desc);

/*
 * Passing proves that a program allocates into empty slots and frees full ones,
 * needs what it then allocates, has live what it says where memory is measured,
 * and leaves nothing.
 */
static void program_is_sound(struct kunit *test)
{
	const unsigned int *id = test->param_value;
	struct lab_program *p = build(test, *id, LAB_PROGRAM_TABLES);
	unsigned int live = 0, pairs = 0, wrong = 0, unannounced = 0;
	u16 *ready = kunit_kcalloc(test, p->nr_pools, sizeof(*ready), GFP_KERNEL);
	bool *full = kunit_kcalloc(test, LAB_PROGRAM_TABLES, sizeof(*full), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ready);
	KUNIT_ASSERT_NOT_NULL(test, full);
	for (size_t i = 0; i < p->nr_ops; i++) {
		const struct lab_op *op = &p->ops[i];
		bool *slot = &full[op->pool * p->pool_slots + op->nr];

		if (i == p->measured)
			KUNIT_EXPECT_EQ(test, live, p->live);
		if (op->kind == LAB_OP_NEED) {
			ready[op->pool] = op->nr;
			continue;
		}
		wrong += *slot != (op->kind == LAB_OP_FREE);
		*slot = op->kind == LAB_OP_ALLOC;
		if (*slot) {
			live++;
			pairs++;
			unannounced += !ready[op->pool];
			ready[op->pool]--;
		} else {
			live--;
		}
	}
	KUNIT_EXPECT_EQ(test, wrong, 0);
	KUNIT_EXPECT_EQ(test, unannounced, 0);
	KUNIT_EXPECT_EQ(test, live, 0);
	KUNIT_EXPECT_EQ(test, pairs, p->pairs);
}

/* Passing proves that chance is the same each time, and so for every allocator. */
static void program_is_the_same_again(struct kunit *test)
{
	const unsigned int *id = test->param_value;
	struct lab_program *a = build(test, *id, LAB_PROGRAM_TABLES);
	struct lab_program *b = build(test, *id, LAB_PROGRAM_TABLES);

	KUNIT_ASSERT_EQ(test, a->nr_ops, b->nr_ops);
	KUNIT_EXPECT_EQ(test, memcmp(a->ops, b->ops, a->nr_ops * sizeof(*a->ops)), 0);
}

/* An allocator of low pages, whose account is a test's. */
static atomic64_t pages_held = ATOMIC64_INIT(0);

static void *pages_create(const struct lab_table_sizes *sizes)
{
	return NULL;
}

static void pages_destroy(void *pool)
{
}

static void *pages_alloc(void *pool, size_t size, gfp_t gfp)
{
	int order = get_order(size);
	void *table = (void *)__get_free_pages((gfp & ~GFP_ZONEMASK) | GFP_DMA32 | __GFP_ZERO,
					       order);

	if (table)
		atomic64_add(PAGE_SIZE << order, &pages_held);
	return table;
}

static void pages_free(void *pool, void *table, size_t size)
{
	int order = get_order(size);

	free_pages((unsigned long)table, order);
	atomic64_sub(PAGE_SIZE << order, &pages_held);
}

static s64 held_all(void)
{
	return atomic64_read(&pages_held);
}

/* As one does that counts tables rather than what they take. */
static s64 held_half(void)
{
	return atomic64_read(&pages_held) / 2;
}

static s64 held_unknown(void)
{
	return -EIO;
}

/* What an account says, and what becomes of it. */
struct account_case {
	const char *name;
	s64 (*held_bytes)(void);
	bool accounted, agrees;
};

static const struct account_case account_cases[] = {
	{ "an account of all", held_all, true, true },
	{ "an account of half", held_half, true, false },
	{ "an account that fails", held_unknown, false, false },
	{ "no account", NULL, false, false },
};

static void account_desc(const struct account_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(account, account_cases, account_desc);

/*
 * Passing proves that an allocator's account is held against what is seen from
 * outside, and that neither a lie nor silence passes for agreement.
 */
static void account_is_checked(struct kunit *test)
{
	const struct account_case *c = test->param_value;
	const struct lab_allocator pages = {
		.name		= "kunit-pages",
		.owner		= THIS_MODULE,
		.low		= true,
		.create		= pages_create,
		.destroy	= pages_destroy,
		.alloc		= pages_alloc,
		.free		= pages_free,
		.held_bytes	= c->held_bytes,
	};
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_program *p = build(test, LAB_PROGRAM_FULL, TABLES);
	/* The root, and a page for each table */
	const s64 due = SZ_16K + TABLES * (s64)PAGE_SIZE;
	struct lab_memory memory;

	need_count(test);
	/* What suites before this one left to RCU may be given back meanwhile. */
	for (int i = 0; i < ATTEMPTS; i++) {
		KUNIT_ASSERT_EQ(test, 0, lab_memory_of(&pages, p, tally, &memory));
		if (abs_diff(memory.low, due) <= STRAY_PAGES * PAGE_SIZE)
			break;
	}

	KUNIT_EXPECT_LE(test, abs_diff(memory.low, due), STRAY_PAGES * PAGE_SIZE);
	KUNIT_EXPECT_GE(test, memory.peak, memory.low);
	KUNIT_EXPECT_EQ(test, memory.accounted, c->accounted);
	if (memory.accounted)
		KUNIT_EXPECT_EQ(test, lab_memory_agrees(&memory), c->agrees);
	KUNIT_EXPECT_EQ(test, atomic64_read(&pages_held), 0);
	lab_kunit_expect_clean(test, tally);
}

static struct kunit_case experiment_cases[] = {
	KUNIT_CASE_PARAM(low_pages_are_counted, take_gen_params),
	KUNIT_CASE_PARAM(program_is_sound, program_gen_params),
	KUNIT_CASE_PARAM(program_is_the_same_again, program_gen_params),
	KUNIT_CASE_PARAM(account_is_checked, account_gen_params),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite experiment_suite = {
	.name		= "lab_experiment",
	LAB_SUITE_OF_THE_LAB,
	.test_cases	= experiment_cases,
};

kunit_test_suite(experiment_suite);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the contract suite leaves out of the contract of allocators, on all that
 * are registered, the lab's own and those of other modules: zone flags, accounts,
 * and what happens without low memory.
 */
#include <linux/mm.h>
#include <linux/sizes.h>

#include "lab_kunit.h"
#include "machine.h"
#include "pool.h"
#include "table/registry.h"
#include "compat/compat.h"

/* A table size as formats use them. */
struct size_case {
	const char *name;
	size_t bytes;
};

static const struct size_case size_cases[] = {
	{ "lpae smallest root, 64 bytes", 64 },
	{ "v7s L2, 1 KB", SZ_1K },
	{ "lpae 4 KB granule", SZ_4K },
	{ "v7s L1, 16 KB", SZ_16K },
	{ "mtk 34-bit L1 and 64 KB granule", SZ_64K },
};

enum {
	NR_SIZES	= ARRAY_SIZE(size_cases),
	SIZE_1K		= 1,
	NR_TABLES	= 64,
};

/* An allocator and a size; filled in as the generators come along. */
struct allocator_case {
	const struct lab_allocator *allocator;
	const struct size_case *size;
};

static struct allocator_case cases[LAB_MAX_ALLOCATORS][NR_SIZES];

/* The next case from number @i on, @stride apart; "none" is no allocator. */
static const void *case_from(unsigned int i, unsigned int stride, char *desc)
{
	struct allocator_case *c;

	for (; i < lab_nr_allocators * NR_SIZES; i += stride) {
		c = &cases[i / NR_SIZES][i % NR_SIZES];
		c->allocator = lab_allocators[i / NR_SIZES];
		c->size = &size_cases[i % NR_SIZES];
		if (!c->allocator)
			continue;
		snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s, %s", c->allocator->name,
			 c->size->name);
		return c;
	}
	return NULL;
}

static unsigned int case_number(const void *c)
{
	return (const struct allocator_case *)c - &cases[0][0];
}

/* Every allocator with every size. */
LAB_GENERATOR(all_gen_params)
{
	if (!prev)
		return case_from(0, 1, desc);
	return case_from(case_number(prev) + 1, 1, desc);
}

/* Every allocator with 1 KB. */
LAB_GENERATOR(each_gen_params)
{
	if (!prev)
		return case_from(SIZE_1K, NR_SIZES, desc);
	return case_from(case_number(prev) + NR_SIZES, NR_SIZES, desc);
}

/* A pool as the case wants it, with a reserve for all its tables. */
static struct lab_kunit_pool *pool_of(struct kunit *test)
{
	const struct allocator_case *c = test->param_value;
	const struct lab_table_sizes sizes = {
		.root_bytes	= c->size->bytes,
		.table_bytes	= c->size->bytes,
		.max_nr		= NR_TABLES,
	};
	struct lab_kunit_pool *p = lab_kunit_pool(test, c->allocator, &sizes, NR_TABLES);

	if (c->allocator->reserve)
		KUNIT_ASSERT_EQ(test, 0, c->allocator->reserve(p->pool, NR_TABLES));
	return p;
}

static void need_low_promise(struct kunit *test)
{
	const struct allocator_case *c = test->param_value;

	if (!c->allocator->low)
		kunit_skip(test, "%s promises no low memory", c->allocator->name);
	if (c->allocator->breaks)
		kunit_skip(test, "%s breaks %s on purpose", c->allocator->name,
			   c->allocator->breaks);
	lab_kunit_need_low_memory(test);
}

static bool is_low(const struct lab_kunit_pool *p, size_t i)
{
	return virt_to_phys(p->table[i]) + lab_kunit_table_bytes(p, i) <= SZ_4G;
}

/* Passing proves that flags naming a zone neither decide nor do harm: the slab BUGs. */
static void zone_flags_are_ignored(struct kunit *test)
{
	struct lab_kunit_pool *p;

	need_low_promise(test);
	p = pool_of(test);
	lab_kunit_alloc(p, 0, GFP_KERNEL | GFP_DMA32);
	lab_kunit_alloc(p, 1, GFP_KERNEL | GFP_DMA32);
	lab_kunit_alloc(p, 2, GFP_KERNEL | __GFP_HIGHMEM);
	lab_kunit_alloc(p, 3, GFP_KERNEL | __GFP_MOVABLE | __GFP_HIGHMEM);
	for (int i = 0; i < 4; i++) {
		KUNIT_ASSERT_NOT_NULL(test, p->table[i]);
		KUNIT_EXPECT_TRUE(test, is_low(p, i));
	}
}

/* Passing proves that an allocator's account covers its tables, and that all comes back. */
static void account_covers_tables(struct kunit *test)
{
	const struct allocator_case *c = test->param_value;
	s64 before = lab_kunit_held(test, c->allocator), during;
	struct lab_kunit_pool *p = pool_of(test);

	lab_kunit_fill(test, p, 0, NR_TABLES);
	during = lab_kunit_held(test, c->allocator);
	KUNIT_EXPECT_GE(test, during - before, (s64)(NR_TABLES * c->size->bytes));
	lab_kunit_pool_destroy(test, p);
	KUNIT_EXPECT_EQ(test, lab_kunit_held(test, c->allocator), before);
}

/* Passing proves that without low memory the answer is NULL, never a high table. */
static void no_low_memory_is_null(struct kunit *test)
{
	const struct allocator_case *c = test->param_value;
	unsigned int served = 0, high = 0;
	struct list_head *hoard, *table, *next;
	struct lab_kunit_pool *p;
	bool ran_dry = false;
	LIST_HEAD(tables);

	need_low_promise(test);
	p = pool_of(test);
	lab_kunit_fill(test, p, 0, 1);
	hoard = lab_kunit_hoard(test);
	/* What was ready, and what the per-CPU lists still held, comes first. */
	while (served < SZ_64K && !ran_dry) {
		table = c->allocator->alloc(p->pool, c->size->bytes, GFP_KERNEL);
		if (!table) {
			ran_dry = true;
			break;
		}
		high += virt_to_phys(table) + c->size->bytes > SZ_4G;
		list_add(table, &tables);
		served++;
	}
	lab_kunit_unhoard(test, hoard);

	for (table = tables.next; table != &tables; table = next) {
		next = table->next;
		c->allocator->free(p->pool, table, c->size->bytes);
	}
	kunit_info(test, "%u tables served before low memory ran out", served);
	KUNIT_EXPECT_TRUE(test, ran_dry);
	KUNIT_EXPECT_EQ(test, high, 0);
}

/* Passing proves that a reserve which cannot be had is -ENOMEM, and takes nothing away. */
static void reserve_is_all_or_as_before(struct kunit *test)
{
	const struct allocator_case *c = test->param_value;
	struct list_head *hoard;
	struct lab_kunit_pool *p;

	if (!c->allocator->reserve)
		kunit_skip(test, "%s allocates when asked", c->allocator->name);
	need_low_promise(test);
	p = pool_of(test);
	hoard = lab_kunit_hoard(test);
	KUNIT_EXPECT_EQ(test, c->allocator->reserve(p->pool, SZ_64K), -ENOMEM);
	KUNIT_EXPECT_GE(test, c->allocator->ready(p->pool), (size_t)NR_TABLES);
	lab_kunit_unhoard(test, hoard);
	KUNIT_EXPECT_EQ(test, c->allocator->reserve(p->pool, 2 * NR_TABLES), 0);
	KUNIT_EXPECT_GE(test, c->allocator->ready(p->pool), (size_t)(2 * NR_TABLES));
	c->allocator->release(p->pool, 0);
	KUNIT_EXPECT_EQ(test, c->allocator->ready(p->pool), (size_t)0);
}

/* The allocators of a suite that runs must not go. */
static int allocator_suite_init(struct kunit_suite *suite)
{
	lab_allocators_get();
	return 0;
}

static void allocator_suite_exit(struct kunit_suite *suite)
{
	lab_allocators_put();
}

static struct kunit_case allocator_cases[] = {
	KUNIT_CASE_PARAM(account_covers_tables, all_gen_params),
	KUNIT_CASE_PARAM(zone_flags_are_ignored, each_gen_params),
	KUNIT_CASE_PARAM(reserve_is_all_or_as_before, each_gen_params),
	KUNIT_CASE_PARAM_ATTR(no_low_memory_is_null, each_gen_params,
			      { .speed = KUNIT_SPEED_SLOW }),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite allocator_suite = {
	.name		= "lab_allocator",
	LAB_SUITE_OF_THE_LAB,
	.suite_init	= allocator_suite_init,
	.suite_exit	= allocator_suite_exit,
	.test_cases	= allocator_cases,
};

kunit_test_suite(allocator_suite);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The allocator "genpool": how much it reserves, and that it serves exactly that.
 */
#include <linux/mm.h>
#include <linux/sizes.h>

#include "lab_kunit.h"
#include "pool.h"

/* What a pool is created for, and what it reserves. */
struct genpool_case {
	const char *name;
	struct lab_table_sizes sizes;
	size_t reserved;
};

static const struct genpool_case genpool_params[] = {
	{ "v7s", { SZ_16K, SZ_1K, 4096 }, SZ_4M },
	{ "v7s of mtk, 34 bits", { SZ_64K, SZ_1K, 16384 }, SZ_16M },
	{ "a page and a half", { SZ_1K, SZ_1K, 3 * PAGE_SIZE / SZ_1K / 2 }, 2 * PAGE_SIZE },
	{ "one table", { 64, SZ_1K, 1 }, PAGE_SIZE },
	{ "tables of 64 KB", { SZ_64K, SZ_64K, 5 }, 5 * SZ_64K },
	{ "just 16 MB", { SZ_4K, SZ_4K, 4096 }, SZ_16M },
	{ "more than 16 MB", { SZ_4K, SZ_4K, 4097 }, SZ_4M },
	{ "far more", { SZ_4K, SZ_4K, BIT_ULL(36) }, SZ_4M },
	{ "unknown", { SZ_4K, SZ_4K, 0 }, SZ_4M },
};

static void genpool_desc(const struct genpool_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(genpool, genpool_params, genpool_desc);

static size_t whole_pages(size_t bytes)
{
	return PAGE_SIZE << get_order(bytes);
}

/* The tables that the pool of a case has room for. */
static size_t capacity(const struct genpool_case *c)
{
	u64 nr = c->reserved / c->sizes.table_bytes;

	return c->sizes.max_nr ? min(nr, c->sizes.max_nr) : nr;
}

static struct lab_kunit_pool *genpool_of(struct kunit *test)
{
	const struct genpool_case *c = test->param_value;

	return lab_kunit_pool(test, &lab_genpool, &c->sizes, capacity(c) + 2);
}

/* Passing proves that a pool takes its memory at once, and gives all of it back. */
static void genpool_reserves_at_once(struct kunit *test)
{
	const struct genpool_case *c = test->param_value;
	s64 before = lab_kunit_held(test, &lab_genpool);
	struct lab_kunit_pool *p = genpool_of(test);
	s64 reserved = lab_genpool.held_bytes();

	KUNIT_EXPECT_EQ(test, reserved - before, (s64)c->reserved);
	lab_kunit_fill(test, p, 0, 1);
	KUNIT_EXPECT_EQ(test, lab_genpool.held_bytes() - reserved,
			(s64)whole_pages(c->sizes.root_bytes));
	lab_kunit_fill(test, p, 1, 2);
	lab_kunit_free(p, 1);
	KUNIT_EXPECT_EQ(test, lab_genpool.held_bytes() - reserved,
			(s64)whole_pages(c->sizes.root_bytes));
	lab_kunit_free(p, 0);
	KUNIT_EXPECT_EQ(test, lab_genpool.held_bytes(), reserved);
	lab_kunit_pool_destroy(test, p);
	KUNIT_EXPECT_EQ(test, lab_genpool.held_bytes(), before);
}

/* Passing proves that a pool serves what was reserved, to the last table, and no more. */
static void genpool_serves_its_capacity(struct kunit *test)
{
	const struct genpool_case *c = test->param_value;
	struct lab_kunit_pool *p = genpool_of(test);
	size_t last = capacity(c);

	lab_kunit_fill(test, p, 0, last + 1);
	KUNIT_EXPECT_NULL(test, lab_kunit_alloc(p, last + 1, GFP_KERNEL));
	lab_kunit_free(p, last);
	KUNIT_EXPECT_NOT_NULL(test, lab_kunit_alloc(p, last, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, lab_kunit_alloc(p, last + 1, GFP_KERNEL));
}

/* Passing proves that the root costs the pool nothing, also where it is as large as a table. */
static void genpool_root_is_beside(struct kunit *test)
{
	const struct lab_table_sizes sizes = { SZ_1K, SZ_1K, 2 };
	struct lab_kunit_pool *p = lab_kunit_pool(test, &lab_genpool, &sizes, 4);

	lab_kunit_fill(test, p, 0, 3);
	KUNIT_EXPECT_NULL(test, lab_kunit_alloc(p, 3, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, offset_in_page(p->table[0]), 0);
	KUNIT_EXPECT_PTR_EQ(test, virt_to_page(p->table[1]), virt_to_page(p->table[2]));
	KUNIT_EXPECT_PTR_NE(test, virt_to_page(p->table[0]), virt_to_page(p->table[1]));
}

/* Passing proves that a size which the pool was not made for is refused. */
static void genpool_refuses_other_sizes(struct kunit *test)
{
	const struct lab_table_sizes sizes = { SZ_16K, SZ_1K, 64 };
	struct lab_kunit_pool *p = lab_kunit_pool(test, &lab_genpool, &sizes, 1);

	lab_kunit_fill(test, p, 0, 1);
	KUNIT_EXPECT_NULL(test, lab_genpool.alloc(p->pool, SZ_2K, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, lab_genpool.alloc(p->pool, 512, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, lab_genpool.alloc(p->pool, 0, GFP_KERNEL));
}

/* Passing proves that without low memory there is no pool, and nothing is kept of it. */
static void genpool_without_low_memory(struct kunit *test)
{
	const struct lab_table_sizes sizes = { SZ_16K, SZ_1K, 4096 };
	s64 before = lab_kunit_held(test, &lab_genpool);
	struct list_head *hoard = lab_kunit_hoard(test);
	void *pool = lab_genpool.create(&sizes);

	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(pool), -ENOMEM);
	KUNIT_EXPECT_EQ(test, lab_genpool.held_bytes(), before);
	if (!IS_ERR(pool))
		lab_genpool.destroy(pool);
	lab_kunit_unhoard(test, hoard);
}

static struct kunit_case genpool_cases[] = {
	KUNIT_CASE_PARAM(genpool_reserves_at_once, genpool_gen_params),
	KUNIT_CASE_PARAM(genpool_serves_its_capacity, genpool_gen_params),
	KUNIT_CASE(genpool_root_is_beside),
	KUNIT_CASE(genpool_refuses_other_sizes),
	KUNIT_CASE_SLOW(genpool_without_low_memory),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite genpool_suite = {
	.name		= "lab_genpool",
	LAB_SUITE_OF_THE_LAB,
	.test_cases	= genpool_cases,
};

kunit_test_suite(genpool_suite);

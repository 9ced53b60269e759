// SPDX-License-Identifier: GPL-2.0-only
/*
 * The allocator "slab": its caches, and what they hold.
 */
#include <linux/mm.h>
#include <linux/sizes.h>

#include "lab_kunit.h"
#include "pool.h"

#define NR_TABLES	64

static const struct lab_table_sizes v7s_sizes = {
	.root_bytes	= SZ_16K,
	.table_bytes	= SZ_1K,
	.max_nr		= SZ_4K,
};

/* Passing proves that a size no format has is refused, not rounded. */
static void slab_refuses_other_sizes(struct kunit *test)
{
	struct lab_kunit_pool *p = lab_kunit_pool(test, &lab_slab, &v7s_sizes, NR_TABLES);
	struct lab_table_sizes sizes = { .root_bytes = SZ_512K, .table_bytes = SZ_1K };

	KUNIT_EXPECT_NULL(test, lab_slab.alloc(p->pool, SZ_512K, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, lab_slab.alloc(p->pool, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, PTR_ERR(lab_slab.create(&sizes)), -EINVAL);
}

/* Passing proves that the account is of slabs, whole ones, as the kernel counts them. */
static void slab_holds_whole_slabs(struct kunit *test)
{
	s64 before = lab_kunit_held(test, &lab_slab), held;
	struct lab_kunit_pool *p = lab_kunit_pool(test, &lab_slab, &v7s_sizes, NR_TABLES);

	lab_kunit_fill(test, p, 0, 2);
	held = lab_slab.held_bytes() - before;
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED(held, PAGE_SIZE));
	KUNIT_EXPECT_GE(test, held, (s64)(SZ_16K + PAGE_SIZE));
	kunit_info(test, "a root of 16 KB and a table of 1 KB: %lld bytes", held);
}

/* Passing proves that trimming gives empty slabs back, and no other. */
static void slab_trim_keeps_live_tables(struct kunit *test)
{
	s64 before = lab_kunit_held(test, &lab_slab), full, trimmed;
	struct lab_kunit_pool *p = lab_kunit_pool(test, &lab_slab, &v7s_sizes, NR_TABLES);

	lab_kunit_fill(test, p, 0, NR_TABLES);
	memset(p->table[1], 0x5a, SZ_1K);
	full = lab_kunit_held(test, &lab_slab);
	lab_kunit_drain(p, 2, NR_TABLES);
	trimmed = lab_kunit_held(test, &lab_slab);
	KUNIT_EXPECT_LT(test, trimmed, full);
	KUNIT_EXPECT_GE(test, trimmed - before, (s64)(SZ_16K + SZ_1K));
	KUNIT_EXPECT_NULL(test, memchr_inv(p->table[1], 0x5a, SZ_1K));
}

static struct kunit_case slab_cases[] = {
	KUNIT_CASE(slab_refuses_other_sizes),
	KUNIT_CASE(slab_holds_whole_slabs),
	KUNIT_CASE(slab_trim_keeps_live_tables),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite slab_suite = {
	.name		= "lab_slab",
	LAB_SUITE_OF_THE_LAB,
	.test_cases	= slab_cases,
};

kunit_test_suite(slab_suite);

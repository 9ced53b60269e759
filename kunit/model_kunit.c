// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model of what is mapped.
 */
#include <kunit/resource.h>
#include <linux/sizes.h>

#include "lab_kunit.h"

static void fini(void *model)
{
	lab_model_fini(model);
}

/* 0x10000 to 0x20000 in 4 KB pages, 0x40000 to 0x60000 in 64 KB pages. */
static struct lab_model *model(struct kunit *test)
{
	static const struct lab_mapping small = {
		.iova = 0x10000, .pa = 0x90000, .pgsize = SZ_4K, .bytes = 0x10000,
	};
	static const struct lab_mapping large = {
		.iova = 0x40000, .pa = 0xa0000, .pgsize = SZ_64K, .bytes = 0x20000,
	};
	struct lab_model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, m);
	lab_model_init(m);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, fini, m));
	KUNIT_ASSERT_EQ(test, 0, lab_model_add(m, &small));
	KUNIT_ASSERT_EQ(test, 0, lab_model_add(m, &large));
	return m;
}

/* Passing proves that both ends of a mapping belong to it, and no more. */
static void model_finds_ends(struct kunit *test)
{
	struct lab_model *m = model(test);

	KUNIT_EXPECT_NULL(test, lab_model_find(m, 0xffff));
	KUNIT_EXPECT_NOT_NULL(test, lab_model_find(m, 0x10000));
	KUNIT_EXPECT_NOT_NULL(test, lab_model_find(m, 0x1ffff));
	KUNIT_EXPECT_NULL(test, lab_model_find(m, 0x20000));
}

/* Passing proves that an overlap of one byte is one. */
static void model_overlaps(struct kunit *test)
{
	struct lab_model *m = model(test);

	KUNIT_EXPECT_FALSE(test, lab_model_overlaps(m, 0, 0x10000));
	KUNIT_EXPECT_TRUE(test, lab_model_overlaps(m, 0, 0x10001));
	KUNIT_EXPECT_TRUE(test, lab_model_overlaps(m, 0x1ffff, 1));
	KUNIT_EXPECT_FALSE(test, lab_model_overlaps(m, 0x20000, 0x20000));
	KUNIT_EXPECT_TRUE(test, lab_model_overlaps(m, 0, 0x100000));
}

/* Passing proves that a gap anywhere is seen, and adjoining mappings are none. */
static void model_covers(struct kunit *test)
{
	static const struct lab_mapping between = {
		.iova = 0x20000, .pa = 0, .pgsize = SZ_4K, .bytes = 0x20000,
	};
	struct lab_model *m = model(test);

	KUNIT_EXPECT_TRUE(test, lab_model_covers(m, 0x10000, 0x10000));
	KUNIT_EXPECT_FALSE(test, lab_model_covers(m, 0xf000, 0x2000));
	KUNIT_EXPECT_FALSE(test, lab_model_covers(m, 0x10000, 0x10001));
	KUNIT_EXPECT_FALSE(test, lab_model_covers(m, 0x10000, 0x50000));
	KUNIT_EXPECT_FALSE(test, lab_model_covers(m, 0x80000, 1));
	KUNIT_ASSERT_EQ(test, 0, lab_model_add(m, &between));
	KUNIT_EXPECT_TRUE(test, lab_model_covers(m, 0x10000, 0x50000));
}

/* Passing proves that a smaller page size is seen to split, a larger one not. */
static void model_splits(struct kunit *test)
{
	struct lab_model *m = model(test);

	KUNIT_EXPECT_EQ(test, lab_model_splits(m, 0x40000, 0x1000, SZ_4K), SZ_64K);
	KUNIT_EXPECT_EQ(test, lab_model_splits(m, 0x40000, 0x20000, SZ_4K), SZ_64K);
	KUNIT_EXPECT_EQ(test, lab_model_splits(m, 0x40000, 0x10000, SZ_64K), 0);
	KUNIT_EXPECT_EQ(test, lab_model_splits(m, 0x10000, 0x10000, SZ_64K), 0);

	/* What is left of it may be in smaller pages from then on. */
	lab_model_split(m, 0x40000, 0x1000, SZ_64K);
	KUNIT_EXPECT_FALSE(test, lab_model_find(m, 0x40000)->split);
	lab_model_split(m, 0x40000, 0x1000, SZ_4K);
	KUNIT_EXPECT_TRUE(test, lab_model_find(m, 0x40000)->split);
	KUNIT_EXPECT_TRUE(test, lab_is_page_of(lab_model_find(m, 0x40000), SZ_4K));
	KUNIT_EXPECT_FALSE(test, lab_is_page_of(lab_model_find(m, 0x40000), SZ_1M));
}

/* Passing proves that a hole leaves both sides, with their addresses. */
static void model_removes_middle(struct kunit *test)
{
	struct lab_model *m = model(test);
	const struct lab_mapping *left, *right;

	lab_model_remove(m, 0x14000, 0x4000);
	KUNIT_EXPECT_NULL(test, lab_model_find(m, 0x14000));
	KUNIT_EXPECT_NULL(test, lab_model_find(m, 0x17fff));
	left = lab_model_find(m, 0x13fff);
	right = lab_model_find(m, 0x18000);
	KUNIT_ASSERT_NOT_NULL(test, left);
	KUNIT_ASSERT_PTR_EQ(test, left, right);
	KUNIT_EXPECT_EQ(test, right->pa + 0x18000 - right->iova, 0x98000);
	KUNIT_EXPECT_EQ(test, right->bytes, 0xc000);
}

/* Passing proves that a removal passes over gaps and takes several mappings. */
static void model_removes_across(struct kunit *test)
{
	struct lab_model *m = model(test);

	lab_model_remove(m, 0x1f000, 0x31000);
	KUNIT_EXPECT_NOT_NULL(test, lab_model_find(m, 0x1efff));
	KUNIT_EXPECT_FALSE(test, lab_model_overlaps(m, 0x1f000, 0x31000));
	KUNIT_EXPECT_NOT_NULL(test, lab_model_find(m, 0x50000));
}

/* Passing proves that a mapping is not replaced unawares. */
static void model_refuses_overlap(struct kunit *test)
{
	static const struct lab_mapping over = {
		.iova = 0x1f000, .pa = 0, .pgsize = SZ_4K, .bytes = 0x2000,
	};
	struct lab_model *m = model(test);

	KUNIT_EXPECT_EQ(test, lab_model_add(m, &over), -EEXIST);
	KUNIT_EXPECT_EQ(test, lab_model_find(m, 0x1f000)->pa, 0x90000);
	KUNIT_EXPECT_NULL(test, lab_model_find(m, 0x20000));
}

/* Passing proves that the last page of a 64-bit space is one like others. */
static void model_reaches_the_end(struct kunit *test)
{
	static const struct lab_mapping last = {
		.iova = -SZ_4K, .pa = SZ_4K, .pgsize = SZ_4K, .bytes = SZ_4K,
	};
	struct lab_model *m = model(test);

	KUNIT_ASSERT_EQ(test, 0, lab_model_add(m, &last));
	KUNIT_EXPECT_TRUE(test, lab_model_covers(m, last.iova, SZ_4K));
	lab_model_remove(m, last.iova, SZ_4K);
	KUNIT_EXPECT_NULL(test, lab_model_find(m, U64_MAX));
}

/* Passing proves that ranges come in ascending order, whole, and come to an end. */
static void model_goes_by_ranges(struct kunit *test)
{
	struct lab_model *m = model(test);
	struct lab_model_range r;

	lab_model_remove(m, 0x14000, 0x4000);
	KUNIT_ASSERT_TRUE(test, lab_model_next(m, 0x12000, U64_MAX, &r));
	KUNIT_EXPECT_EQ(test, r.first, 0x10000);
	KUNIT_EXPECT_EQ(test, r.last, 0x13fff);
	KUNIT_ASSERT_TRUE(test, lab_model_next(m, r.last + 1, U64_MAX, &r));
	KUNIT_EXPECT_EQ(test, r.first, 0x18000);
	KUNIT_EXPECT_EQ(test, r.mapping->iova, 0x10000);
	KUNIT_EXPECT_FALSE(test, lab_model_next(m, r.last + 1, 0x3ffff, &r));
	KUNIT_EXPECT_NULL(test, r.mapping);
}

static struct kunit_case model_cases[] = {
	KUNIT_CASE(model_finds_ends),
	KUNIT_CASE(model_goes_by_ranges),
	KUNIT_CASE(model_overlaps),
	KUNIT_CASE(model_covers),
	KUNIT_CASE(model_splits),
	KUNIT_CASE(model_removes_middle),
	KUNIT_CASE(model_removes_across),
	KUNIT_CASE(model_refuses_overlap),
	KUNIT_CASE(model_reaches_the_end),
	{}
};

static struct kunit_suite model_suite = {
	.name		= "lab_model",
	LAB_SUITE_OF_THE_LAB,
	.test_cases	= model_cases,
};

kunit_test_suite(model_suite);

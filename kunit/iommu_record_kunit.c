// SPDX-License-Identifier: GPL-2.0-only
/*
 * The record of what a domain's owner has mapped: 0x10000 to 0x20000 in 4 KB pages,
 * 0x40000 to 0x60000 in 64 KB pages, and what is cut out of them.
 */
#include <kunit/resource.h>
#include <linux/iommu.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "iommu/record.h"
#include "lab_kunit.h"

static const struct lab_mapping small = {
	.iova = 0x10000, .pa = 0x90000, .pgsize = SZ_4K, .prot = IOMMU_READ, .bytes = 0x10000,
};

static const struct lab_mapping large = {
	.iova = 0x40000, .pa = 0xa0000, .pgsize = SZ_64K, .prot = IOMMU_WRITE, .bytes = 0x20000,
};

static int add(struct kunit *test, struct lab_record *record, const struct lab_mapping *m)
{
	struct lab_record_range *range = lab_record_new(GFP_KERNEL);
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, range);
	ret = lab_record_add(record, range, m);
	if (ret)
		lab_record_drop(range);
	return ret;
}

static int add_at(struct kunit *test, struct lab_record *record, u64 iova, u64 bytes)
{
	const struct lab_mapping m = { .iova = iova, .pgsize = SZ_4K, .bytes = bytes };

	return add(test, record, &m);
}

static void fini_record(void *record)
{
	lab_record_fini(record);
}

static struct lab_record *empty_record(struct kunit *test)
{
	struct lab_record *record = kunit_kzalloc(test, sizeof(*record), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, record);
	lab_record_init(record);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, fini_record, record));
	return record;
}

static struct lab_record *record_of_two(struct kunit *test)
{
	struct lab_record *record = empty_record(test);

	KUNIT_ASSERT_EQ(test, 0, add(test, record, &small));
	KUNIT_ASSERT_EQ(test, 0, add(test, record, &large));
	return record;
}

/* Whether the spare was taken */
static bool remove_at(struct kunit *test, struct lab_record *record, u64 iova, u64 bytes)
{
	struct lab_record_range *spare = lab_record_new(GFP_KERNEL);
	bool taken;

	KUNIT_ASSERT_NOT_NULL(test, spare);
	lab_record_remove(record, iova, bytes, &spare);
	taken = !spare;
	lab_record_drop(spare);
	return taken;
}

static bool covers(struct lab_record *record, u64 iova, u64 bytes)
{
	size_t largest;

	return lab_record_covers(record, iova, bytes, &largest);
}

/* Passing proves that what adjoins is taken, and an overlap of one byte is not. */
static void record_refuses_overlaps(struct kunit *test)
{
	struct lab_record *record = record_of_two(test);
	u64 changes = record->changes;

	KUNIT_EXPECT_EQ(test, -EEXIST, add_at(test, record, 0x10000, 0x10000));
	KUNIT_EXPECT_EQ(test, -EEXIST, add_at(test, record, 0, 0x10001));
	KUNIT_EXPECT_EQ(test, -EEXIST, add_at(test, record, 0x1ffff, 1));
	KUNIT_EXPECT_EQ(test, -EEXIST, add_at(test, record, 0x14000, 0x1000));
	KUNIT_EXPECT_EQ(test, -EEXIST, add_at(test, record, 0, 0x100000));
	KUNIT_EXPECT_EQ(test, record->nr, 2);
	KUNIT_EXPECT_EQ(test, record->changes, changes);
	KUNIT_EXPECT_EQ(test, 0, add_at(test, record, 0, 0x10000));
	KUNIT_EXPECT_EQ(test, 0, add_at(test, record, 0x20000, 0x20000));
	KUNIT_EXPECT_EQ(test, record->nr, 4);
	KUNIT_EXPECT_GT(test, record->changes, changes);
	KUNIT_EXPECT_EQ(test, lab_record_bytes(record), 0x60000);
}

/* Passing proves that a gap of a byte anywhere is seen, and adjoining ranges are none. */
static void record_sees_gaps(struct kunit *test)
{
	struct lab_record *record = record_of_two(test);

	KUNIT_EXPECT_TRUE(test, covers(record, 0x10000, 0x10000));
	KUNIT_EXPECT_TRUE(test, covers(record, 0x1ffff, 1));
	KUNIT_EXPECT_FALSE(test, covers(record, 0xffff, 2));
	KUNIT_EXPECT_FALSE(test, covers(record, 0x10000, 0x10001));
	KUNIT_EXPECT_FALSE(test, covers(record, 0x10000, 0x50000));
	KUNIT_EXPECT_FALSE(test, covers(record, 0x80000, 1));
	KUNIT_ASSERT_EQ(test, 0, add_at(test, record, 0x20000, 0x20000));
	KUNIT_EXPECT_TRUE(test, covers(record, 0x10000, 0x50000));
}

/* Passing proves that the largest page of a range is told, also where there are gaps. */
static void record_knows_largest_page(struct kunit *test)
{
	struct lab_record *record = record_of_two(test);
	size_t largest;

	KUNIT_EXPECT_TRUE(test, lab_record_covers(record, 0x10000, 0x1000, &largest));
	KUNIT_EXPECT_EQ(test, largest, SZ_4K);
	KUNIT_EXPECT_TRUE(test, lab_record_covers(record, 0x41000, 0x1000, &largest));
	KUNIT_EXPECT_EQ(test, largest, SZ_64K);
	KUNIT_EXPECT_FALSE(test, lab_record_covers(record, 0, 0x100000, &largest));
	KUNIT_EXPECT_EQ(test, largest, SZ_64K);
	KUNIT_EXPECT_FALSE(test, lab_record_covers(record, 0, 0x10000, &largest));
	KUNIT_EXPECT_EQ(test, largest, 0);
}

/* Passing proves that the upper end of 64 bits is an end like any other. */
static void record_ends_with_64_bits(struct kunit *test)
{
	struct lab_record *record = empty_record(test);

	KUNIT_ASSERT_EQ(test, 0, add_at(test, record, -SZ_8K, SZ_8K));
	KUNIT_EXPECT_TRUE(test, covers(record, -SZ_8K, SZ_8K));
	KUNIT_EXPECT_FALSE(test, covers(record, -(u64)SZ_16K, SZ_16K));
	KUNIT_EXPECT_EQ(test, -EEXIST, add_at(test, record, -SZ_4K, SZ_4K));
	KUNIT_EXPECT_FALSE(test, remove_at(test, record, -SZ_4K, SZ_4K));
	KUNIT_EXPECT_TRUE(test, covers(record, -SZ_8K, SZ_4K));
	KUNIT_EXPECT_EQ(test, lab_record_bytes(record), SZ_4K);
}

/**
 * struct cut - something that is unmapped from the two ranges
 * @name:	in words
 * @iova:	first input address
 * @bytes:	length
 * @left:	bytes that are mapped after it
 * @nr:		ranges after it
 * @spare:	it cuts a hole
 */
struct cut {
	const char *name;
	u64 iova, bytes, left;
	size_t nr;
	bool spare;
};

static const struct cut cuts[] = {
	{ "a whole range", 0x10000, 0x10000, 0x20000, 1 },
	{ "its beginning", 0x10000, 0x4000, 0x2c000, 2 },
	{ "its end", 0x1c000, 0x4000, 0x2c000, 2 },
	{ "its middle", 0x14000, 0x4000, 0x2c000, 3, true },
	{ "a page of its middle", 0x50000, 0x1000, 0x2f000, 3, true },
	{ "nothing", 0x20000, 0x20000, 0x30000, 2 },
	{ "both", 0x10000, 0x50000, 0, 0 },
	{ "all there could be", 0, U64_MAX, 0, 0 },
	{ "of one its end and of the other its beginning", 0x18000, 0x30000, 0x20000, 2 },
	{ "what begins before it", 0x8000, 0x10000, 0x28000, 2 },
	{ "what ends behind it", 0x58000, 0x10000, 0x28000, 2 },
};

static void cut_desc(const struct cut *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(cut, cuts, cut_desc);

/* Passing proves that exactly what was unmapped is gone, and what is left is whole. */
static void record_is_cut(struct kunit *test)
{
	const struct cut *c = test->param_value;
	struct lab_record *record = record_of_two(test);
	u64 changes = record->changes;
	size_t largest;

	KUNIT_EXPECT_EQ(test, c->spare, remove_at(test, record, c->iova, c->bytes));
	KUNIT_EXPECT_EQ(test, record->nr, c->nr);
	KUNIT_EXPECT_EQ(test, lab_record_bytes(record), c->left);
	KUNIT_EXPECT_FALSE(test, lab_record_covers(record, c->iova, c->bytes, &largest));
	KUNIT_EXPECT_EQ(test, largest, 0);
	KUNIT_EXPECT_GT(test, record->changes, changes);
	for (u64 iova = 0; iova < 0x70000; iova += 0x1000) {
		bool was = (iova >= 0x10000 && iova < 0x20000) ||
			   (iova >= 0x40000 && iova < 0x60000);
		bool gone = iova >= c->iova && iova - c->iova < c->bytes;

		KUNIT_EXPECT_EQ_MSG(test, covers(record, iova, 0x1000), was && !gone,
				    "at %#llx", iova);
	}
}

/* Passing proves that where there is no hole to cut, no spare range is needed. */
static void record_needs_no_spare(struct kunit *test)
{
	struct lab_record *record = record_of_two(test);
	struct lab_record_range *none = NULL;

	lab_record_remove(record, 0x1f000, 0x1000, &none);
	lab_record_remove(record, 0x40000, 0x10000, &none);
	KUNIT_EXPECT_EQ(test, lab_record_bytes(record), 0x1f000);
	KUNIT_EXPECT_NULL(test, none);
}

static void fini_model(void *model)
{
	lab_model_fini(model);
}

static struct lab_model *new_model(struct kunit *test)
{
	struct lab_model *model = kunit_kzalloc(test, sizeof(*model), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, model);
	lab_model_init(model);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, fini_model, model));
	return model;
}

/*
 * Passing proves that the model has what the record has, with output addresses on both
 * sides of a hole, and nothing that it had before.
 */
static void record_makes_model(struct kunit *test)
{
	static const struct lab_mapping stale = { .iova = SZ_1G, .pgsize = SZ_4K, .bytes = SZ_4K };
	struct lab_record *record = record_of_two(test);
	struct lab_model *model = new_model(test);
	const struct lab_mapping *m;
	u64 changes = 0;

	KUNIT_ASSERT_EQ(test, 0, lab_model_add(model, &stale));
	KUNIT_ASSERT_TRUE(test, remove_at(test, record, 0x14000, 0x4000));
	KUNIT_ASSERT_EQ(test, 0, lab_record_to_model(record, model, &changes));
	KUNIT_EXPECT_EQ(test, changes, record->changes);

	KUNIT_EXPECT_FALSE(test, lab_model_overlaps(model, SZ_1G, SZ_4K));
	KUNIT_EXPECT_TRUE(test, lab_model_covers(model, 0x10000, 0x4000));
	KUNIT_EXPECT_FALSE(test, lab_model_overlaps(model, 0x14000, 0x4000));
	KUNIT_EXPECT_TRUE(test, lab_model_covers(model, 0x18000, 0x8000));
	KUNIT_EXPECT_TRUE(test, lab_model_covers(model, 0x40000, 0x20000));
	KUNIT_EXPECT_FALSE(test, lab_model_overlaps(model, 0x60000, SZ_1M));

	m = lab_model_find(model, 0x13fff);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->pa + (0x13fff - m->iova), 0x93fff);
	m = lab_model_find(model, 0x18000);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->pa + (0x18000 - m->iova), 0x98000);
	KUNIT_EXPECT_EQ(test, m->prot, IOMMU_READ);
	m = lab_model_find(model, 0x5ffff);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->pa + (0x5ffff - m->iova), 0xbffff);
	KUNIT_EXPECT_EQ(test, m->pgsize, SZ_64K);
	KUNIT_EXPECT_EQ(test, m->prot, IOMMU_WRITE);
}

/* Passing proves that thousands of ranges in any order are all there, until all are gone. */
static void record_holds_many(struct kunit *test)
{
	enum { NR = 2048, STEP = 1021 };
	struct lab_record *record = empty_record(test);

	/* The step and the number have no common divisor: each is met once. */
	for (unsigned int i = 0; i < NR; i++)
		KUNIT_ASSERT_EQ(test, 0, add_at(test, record, i * STEP % NR * SZ_8K, SZ_4K));
	KUNIT_EXPECT_EQ(test, record->nr, NR);
	KUNIT_EXPECT_EQ(test, lab_record_bytes(record), (u64)NR * SZ_4K);
	for (unsigned int i = 0; i < NR; i++)
		if (!covers(record, i * SZ_8K, SZ_4K) || covers(record, i * SZ_8K + SZ_4K, 1))
			KUNIT_FAIL(test, "at %#x", i * SZ_8K);
	for (unsigned int i = 0; i < NR; i++)
		if (remove_at(test, record, i * 3 % NR * SZ_8K, SZ_4K))
			KUNIT_FAIL(test, "a spare was taken for number %u", i);
	KUNIT_EXPECT_EQ(test, record->nr, 0);
}

static struct kunit_case record_cases[] = {
	KUNIT_CASE(record_refuses_overlaps),
	KUNIT_CASE(record_sees_gaps),
	KUNIT_CASE(record_knows_largest_page),
	KUNIT_CASE(record_ends_with_64_bits),
	KUNIT_CASE_PARAM(record_is_cut, cut_gen_params),
	KUNIT_CASE(record_needs_no_spare),
	KUNIT_CASE(record_makes_model),
	KUNIT_CASE(record_holds_many),
	{}
};

static struct kunit_suite record_suite = {
	.name		= "lab_iommu_record",
	.test_cases	= record_cases,
	LAB_SUITE_OF_THE_LAB,
};

kunit_test_suite(record_suite);

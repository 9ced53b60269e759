// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parts of the fake IOMMU that know no device: the TLB of a domain, and the faults of
 * a master.
 */
#include <linux/sizes.h>
#include <linux/string.h>

#include "iommu/faults.h"
#include "iommu/iotlb.h"
#include "lab_kunit.h"

/* The TLB */

static struct lab_iotlb *new_tlb(struct kunit *test)
{
	struct lab_iotlb *tlb = kunit_kzalloc(test, sizeof(*tlb), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, tlb);
	lab_iotlb_init(tlb);
	return tlb;
}

static void insert(struct lab_iotlb *tlb, u64 iova, u64 bytes)
{
	const struct lab_iotlb_entry entry = {
		.iova = iova, .last = iova + (bytes - 1), .pa = SZ_1G + iova, .read = true,
	};

	lab_iotlb_insert(tlb, &entry);
}

static bool knows(struct lab_iotlb *tlb, u64 iova)
{
	struct lab_iotlb_entry found;

	return lab_iotlb_lookup(tlb, iova, &found);
}

/* Passing proves that an empty TLB knows nothing, address 0 and the last one included. */
static void tlb_begins_empty(struct kunit *test)
{
	struct lab_iotlb *tlb = new_tlb(test);
	u64 at;

	KUNIT_EXPECT_FALSE(test, knows(tlb, 0));
	KUNIT_EXPECT_FALSE(test, knows(tlb, 1));
	KUNIT_EXPECT_FALSE(test, knows(tlb, U64_MAX));
	KUNIT_EXPECT_FALSE(test, lab_iotlb_overlaps(tlb, 0, U64_MAX, &at));
	KUNIT_EXPECT_EQ(test, tlb->hits, 0);
	KUNIT_EXPECT_EQ(test, tlb->misses, 3);
}

/* Passing proves that both ends of an entry belong to it and no more, and it comes back whole. */
static void tlb_finds_ends(struct kunit *test)
{
	static const struct lab_iotlb_entry entry = {
		.iova = 0x4000, .last = 0x7fff, .pa = 0x123456000, .write = true,
	};
	struct lab_iotlb *tlb = new_tlb(test);
	struct lab_iotlb_entry found = {};

	lab_iotlb_insert(tlb, &entry);
	KUNIT_EXPECT_FALSE(test, knows(tlb, 0x3fff));
	KUNIT_EXPECT_TRUE(test, knows(tlb, 0x4000));
	KUNIT_EXPECT_FALSE(test, knows(tlb, 0x8000));
	KUNIT_ASSERT_TRUE(test, lab_iotlb_lookup(tlb, 0x7fff, &found));
	KUNIT_EXPECT_EQ(test, found.iova, entry.iova);
	KUNIT_EXPECT_EQ(test, found.last, entry.last);
	KUNIT_EXPECT_EQ(test, found.pa, entry.pa);
	KUNIT_EXPECT_FALSE(test, found.read);
	KUNIT_EXPECT_TRUE(test, found.write);
	KUNIT_EXPECT_EQ(test, tlb->hits, 2);
	KUNIT_EXPECT_EQ(test, tlb->misses, 2);
}

/* Passing proves that a full TLB drops the entry that it has had longest, and that alone. */
static void tlb_replaces_eldest(struct kunit *test)
{
	struct lab_iotlb *tlb = new_tlb(test);

	for (u64 i = 0; i < LAB_IOTLB_ENTRIES; i++)
		insert(tlb, i * SZ_4K, SZ_4K);
	for (u64 i = 0; i < LAB_IOTLB_ENTRIES; i++)
		KUNIT_EXPECT_TRUE_MSG(test, knows(tlb, i * SZ_4K), "entry %llu", i);
	insert(tlb, SZ_1G, SZ_4K);
	KUNIT_EXPECT_FALSE(test, knows(tlb, 0));
	for (u64 i = 1; i < LAB_IOTLB_ENTRIES; i++)
		KUNIT_EXPECT_TRUE_MSG(test, knows(tlb, i * SZ_4K), "entry %llu", i);
	KUNIT_EXPECT_TRUE(test, knows(tlb, SZ_1G));
}

/**
 * struct invalidation - a range that three entries, each of 64 KB from 0x10000 on, meet
 * @name:	in words
 * @iova:	first input address
 * @last:	last input address
 * @left:	a bit for each entry that stays
 */
struct invalidation {
	const char *name;
	u64 iova, last;
	unsigned int left;
};

static const struct invalidation invalidations[] = {
	{ "all", 0, U64_MAX, 0 },
	{ "the first", 0x10000, 0x1ffff, BIT(1) | BIT(2) },
	{ "a page of the second", 0x24000, 0x24fff, BIT(0) | BIT(2) },
	{ "its first byte", 0x20000, 0x20000, BIT(0) | BIT(2) },
	{ "its last byte", 0x2ffff, 0x2ffff, BIT(0) | BIT(2) },
	{ "two by a byte each", 0x1ffff, 0x20000, BIT(2) },
	{ "the last two and more", 0x20000, 0x7ffff, BIT(0) },
	{ "below", 0, 0xffff, BIT(0) | BIT(1) | BIT(2) },
	{ "above", 0x40000, U64_MAX, BIT(0) | BIT(1) | BIT(2) },
};

static void invalidation_desc(const struct invalidation *i, char *desc)
{
	strscpy(desc, i->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(invalidation, invalidations, invalidation_desc);

/* Passing proves that no entry survives that has a byte of the range, and all others do. */
static void tlb_is_invalidated(struct kunit *test)
{
	const struct invalidation *range = test->param_value;
	struct lab_iotlb *tlb = new_tlb(test);

	for (int i = 0; i < 3; i++)
		insert(tlb, 0x10000 * (i + 1), 0x10000);
	lab_iotlb_invalidate(tlb, range->iova, range->last);
	for (int i = 0; i < 3; i++) {
		u64 iova = 0x10000 * (i + 1);

		KUNIT_EXPECT_EQ(test, knows(tlb, iova), !!(range->left & BIT(i)));
		KUNIT_EXPECT_EQ(test, knows(tlb, iova + 0xffff), !!(range->left & BIT(i)));
	}
	KUNIT_EXPECT_EQ(test, tlb->invalidations, 1);
}

/* Passing proves that an overlap is one where the invalidation of it drops something. */
static void tlb_sees_overlaps(struct kunit *test)
{
	const struct invalidation *range = test->param_value;
	struct lab_iotlb *tlb = new_tlb(test);
	u64 at = 0;

	for (int i = 0; i < 3; i++)
		insert(tlb, 0x10000 * (i + 1), 0x10000);
	KUNIT_EXPECT_EQ(test, lab_iotlb_overlaps(tlb, range->iova, range->last, &at),
			range->left != 7);
	/* Where it begins, that is: an entry that goes. */
	KUNIT_EXPECT_TRUE(test, range->left == 7 || !(range->left & BIT(at / 0x10000 - 1)));
}

/* Passing proves that what was invalidated is no hindrance: all places are used again. */
static void tlb_is_used_again(struct kunit *test)
{
	struct lab_iotlb *tlb = new_tlb(test);

	for (int round = 0; round < 3; round++) {
		for (u64 i = 0; i < LAB_IOTLB_ENTRIES; i++)
			insert(tlb, i * SZ_4K, SZ_4K);
		for (u64 i = 0; i < LAB_IOTLB_ENTRIES; i++)
			KUNIT_EXPECT_TRUE_MSG(test, knows(tlb, i * SZ_4K), "entry %llu", i);
		lab_iotlb_invalidate(tlb, 0, U64_MAX);
		KUNIT_EXPECT_FALSE(test, knows(tlb, 0));
	}
	KUNIT_EXPECT_EQ(test, tlb->invalidations, 3);
}

/* The faults */

static struct lab_faults *new_faults(struct kunit *test)
{
	struct lab_faults *faults = kunit_kzalloc(test, sizeof(*faults), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, faults);
	lab_faults_init(faults);
	return faults;
}

static struct lab_fault record_fault(struct lab_faults *faults, u64 iova, enum lab_fault_kind kind)
{
	struct lab_fault fault = {
		.iova = iova, .kind = kind, .level = 3, .write = true, .reported = -EIO,
	};

	lab_faults_record(faults, &fault);
	return fault;
}

/* Passing proves that faults have numbers from 1 on, and each kind is counted by itself. */
static void faults_are_counted(struct kunit *test)
{
	struct lab_faults *faults = new_faults(test);
	u64 nr = 0;

	for (int i = 0; i < LAB_FAULT_NR_KINDS; i++) {
		KUNIT_EXPECT_NOT_NULL(test, lab_fault_names[i]);
		for (int n = 0; n <= i; n++)
			KUNIT_EXPECT_EQ(test, record_fault(faults, 0, i).nr, ++nr);
	}
	for (int i = 0; i < LAB_FAULT_NR_KINDS; i++)
		KUNIT_EXPECT_EQ(test, faults->of_kind[i], i + 1);
	KUNIT_EXPECT_EQ(test, faults->nr, nr);
}

/* Passing proves that the last faults come in their order, whole, and no more than there were. */
static void last_faults_come_back(struct kunit *test)
{
	struct lab_faults *faults = new_faults(test);
	struct lab_fault last[4];

	KUNIT_EXPECT_EQ(test, lab_faults_last(faults, last, ARRAY_SIZE(last)), 0);
	record_fault(faults, 0x1000, LAB_FAULT_TRANSLATION);
	record_fault(faults, 0x2000, LAB_FAULT_PERMISSION);
	KUNIT_EXPECT_EQ(test, lab_faults_last(faults, last, ARRAY_SIZE(last)), 2);
	KUNIT_EXPECT_EQ(test, last[0].nr, 1);
	KUNIT_EXPECT_EQ(test, last[0].iova, 0x1000);
	KUNIT_EXPECT_EQ(test, last[1].nr, 2);
	KUNIT_EXPECT_EQ(test, last[1].iova, 0x2000);
	KUNIT_EXPECT_EQ(test, last[1].kind, LAB_FAULT_PERMISSION);
	KUNIT_EXPECT_EQ(test, last[1].level, 3);
	KUNIT_EXPECT_TRUE(test, last[1].write);
	KUNIT_EXPECT_EQ(test, last[1].reported, -EIO);
	KUNIT_EXPECT_EQ(test, lab_faults_last(faults, last, 1), 1);
	KUNIT_EXPECT_EQ(test, last[0].nr, 2);
}

/* Passing proves that of a storm all are counted and the last are kept, and asking ends. */
static void storm_keeps_the_last(struct kunit *test)
{
	enum { STORM = 10000, ROOM = LAB_FAULTS_KEPT + 8 };
	struct lab_faults *faults = new_faults(test);
	struct lab_fault *last = kunit_kcalloc(test, ROOM, sizeof(*last), GFP_KERNEL);
	unsigned int nr;

	KUNIT_ASSERT_NOT_NULL(test, last);
	for (u64 i = 1; i <= STORM; i++)
		record_fault(faults, i * SZ_4K, LAB_FAULT_TRANSLATION);
	KUNIT_EXPECT_EQ(test, faults->nr, STORM);
	KUNIT_EXPECT_EQ(test, faults->of_kind[LAB_FAULT_TRANSLATION], STORM);
	nr = lab_faults_last(faults, last, ROOM);
	KUNIT_EXPECT_EQ(test, nr, LAB_FAULTS_KEPT);
	for (unsigned int i = 0; i < nr; i++) {
		KUNIT_EXPECT_EQ(test, last[i].nr, STORM - nr + 1 + i);
		KUNIT_EXPECT_EQ(test, last[i].iova, last[i].nr * SZ_4K);
	}
}

static struct kunit_case parts_cases[] = {
	KUNIT_CASE(tlb_begins_empty),
	KUNIT_CASE(tlb_finds_ends),
	KUNIT_CASE(tlb_replaces_eldest),
	KUNIT_CASE_PARAM(tlb_is_invalidated, invalidation_gen_params),
	KUNIT_CASE_PARAM(tlb_sees_overlaps, invalidation_gen_params),
	KUNIT_CASE(tlb_is_used_again),
	KUNIT_CASE(faults_are_counted),
	KUNIT_CASE(last_faults_come_back),
	KUNIT_CASE(storm_keeps_the_last),
	{}
};

static struct kunit_suite parts_suite = {
	.name		= "lab_iommu_parts",
	.test_cases	= parts_cases,
	LAB_SUITE_OF_THE_LAB,
};

kunit_test_suite(parts_suite);

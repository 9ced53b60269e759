// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ledger: what it counts, and each of its rules firing.
 */
#include <linux/mm.h>
#include <linux/sizes.h>

#include "lab_kunit.h"

static const struct lab_table_bounds low = { .limit = SZ_4G, .low = true };
static const struct lab_table_bounds anywhere = { .limit = U64_MAX };

/* Passing proves that live, peak and bytes follow what was done. */
static void ledger_counts(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_ledger *ledger = lab_kunit_ledger(test, &lab_slab, &low, tally);
	struct lab_ledger_stats s;
	void *a, *b;

	a = lab_ledger_alloc(ledger, SZ_16K, GFP_KERNEL, _THIS_IP_);
	b = lab_ledger_alloc(ledger, SZ_1K, GFP_KERNEL, _THIS_IP_);
	KUNIT_ASSERT_NOT_NULL(test, a);
	KUNIT_ASSERT_NOT_NULL(test, b);
	lab_ledger_free(ledger, a, SZ_16K);

	s = lab_ledger_stats(ledger);
	KUNIT_EXPECT_EQ(test, s.allocs, 2);
	KUNIT_EXPECT_EQ(test, s.frees, 1);
	KUNIT_EXPECT_EQ(test, s.live, 1);
	KUNIT_EXPECT_EQ(test, s.live_peak, 2);
	KUNIT_EXPECT_EQ(test, s.bytes, SZ_1K);
	KUNIT_EXPECT_EQ(test, s.bytes_peak, SZ_1K + SZ_16K);
	KUNIT_EXPECT_EQ(test, s.failed, 0);

	lab_ledger_free(ledger, b, SZ_1K);
	lab_kunit_close(test, ledger);
	lab_kunit_expect_clean(test, tally);
}

/* Passing proves that a record says which table, how large and for whom. */
static void ledger_finds_by_address(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_ledger *ledger = lab_kunit_ledger(test, &lab_slab, &low, tally);
	struct lab_table_record rec = {};
	unsigned long here = _THIS_IP_;
	void *table = lab_ledger_alloc(ledger, SZ_1K, GFP_KERNEL, here);

	KUNIT_ASSERT_NOT_NULL(test, table);
	KUNIT_ASSERT_TRUE(test, lab_ledger_find(ledger, virt_to_phys(table), &rec));
	KUNIT_EXPECT_PTR_EQ(test, rec.table, table);
	KUNIT_EXPECT_EQ(test, rec.size, SZ_1K);
	KUNIT_EXPECT_EQ(test, rec.caller, here);
	KUNIT_EXPECT_EQ(test, (__force u32)rec.gfp, (__force u32)GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, rec.level, LAB_LEVEL_UNKNOWN);
	KUNIT_EXPECT_FALSE(test, lab_ledger_find(ledger, virt_to_phys(table) + 1, &rec));

	lab_ledger_free(ledger, table, SZ_1K);
	KUNIT_EXPECT_FALSE(test, lab_ledger_find(ledger, virt_to_phys(table), &rec));
}

#define MANY	1500

/* Passing proves that no table is lost among many, freed in another order. */
static void ledger_holds_many(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_ledger *ledger = lab_kunit_ledger(test, &lab_slab, &low, tally);
	void **table = kunit_kcalloc(test, MANY, sizeof(*table), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, table);
	for (int i = 0; i < MANY; i++) {
		table[i] = lab_ledger_alloc(ledger, SZ_1K, GFP_KERNEL, _THIS_IP_);
		KUNIT_ASSERT_NOT_NULL(test, table[i]);
	}
	/* 7 and MANY have no common divisor: every table is met once. */
	for (int i = 0; i < MANY; i++)
		lab_ledger_free(ledger, table[i * 7 % MANY], SZ_1K);
	KUNIT_EXPECT_EQ(test, lab_ledger_stats(ledger).live, 0);
	KUNIT_EXPECT_EQ(test, lab_ledger_stats(ledger).live_peak, MANY);
	lab_kunit_close(test, ledger);
	lab_kunit_expect_clean(test, tally);
}

/* Passing proves that running out is counted, and is no violation. */
static void ledger_passes_failure_on(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_ledger *ledger = lab_kunit_ledger(test, &lab_bad_empty, &low, tally);

	KUNIT_EXPECT_NULL(test, lab_ledger_alloc(ledger, SZ_1K, GFP_KERNEL, _THIS_IP_));
	KUNIT_EXPECT_EQ(test, lab_ledger_stats(ledger).failed, 1);
	KUNIT_EXPECT_EQ(test, lab_ledger_stats(ledger).live, 0);
	lab_kunit_expect_only(test, tally, LAB_RULE_NR, 0);
}

/* Passing proves that table-zeroed fires, and that the provider is spared. */
static void rule_table_zeroed_fires(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_ledger *ledger = lab_kunit_ledger(test, &lab_bad_dirty, &low, tally);
	u8 *table = lab_ledger_alloc(ledger, SZ_1K, GFP_KERNEL, _THIS_IP_);

	KUNIT_ASSERT_NOT_NULL(test, table);
	KUNIT_EXPECT_NULL(test, memchr_inv(table, 0, SZ_1K));
	lab_kunit_expect_only(test, tally, LAB_RULE_TABLE_ZEROED, 1);
	lab_ledger_free(ledger, table, SZ_1K);
}

/* Passing proves that table-aligned fires, and that the table is refused. */
static void rule_table_aligned_fires(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_ledger *ledger = lab_kunit_ledger(test, &lab_bad_misaligned, &low, tally);

	KUNIT_EXPECT_NULL(test, lab_ledger_alloc(ledger, SZ_1K, GFP_KERNEL, _THIS_IP_));
	KUNIT_EXPECT_EQ(test, lab_ledger_stats(ledger).live, 0);
	lab_kunit_close(test, ledger);
	lab_kunit_expect_only(test, tally, LAB_RULE_TABLE_ALIGNED, 1);
}

/* Passing proves that table-linear fires, and that the table is refused. */
static void rule_table_linear_fires(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_ledger *ledger = lab_kunit_ledger(test, &lab_bad_vmalloc, &low, tally);

	KUNIT_EXPECT_NULL(test, lab_ledger_alloc(ledger, SZ_4K, GFP_KERNEL, _THIS_IP_));
	KUNIT_EXPECT_EQ(test, lab_ledger_stats(ledger).live, 0);
	lab_kunit_close(test, ledger);
	lab_kunit_expect_only(test, tally, LAB_RULE_TABLE_LINEAR, 1);
}

/* Passing proves that alloc-once fires, and that the live table stays whole. */
static void rule_alloc_once_fires(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_ledger *ledger = lab_kunit_ledger(test, &lab_bad_twice, &anywhere, tally);
	u8 *table = lab_ledger_alloc(ledger, SZ_1K, GFP_KERNEL, _THIS_IP_);

	KUNIT_ASSERT_NOT_NULL(test, table);
	memset(table, 0xa5, SZ_1K);
	KUNIT_EXPECT_NULL(test, lab_ledger_alloc(ledger, SZ_1K, GFP_KERNEL, _THIS_IP_));
	KUNIT_EXPECT_NULL(test, memchr_inv(table, 0xa5, SZ_1K));
	lab_kunit_expect_only(test, tally, LAB_RULE_ALLOC_ONCE, 1);

	memset(table, 0, SZ_1K);
	lab_ledger_free(ledger, table, SZ_1K);
}

/* Passing proves that free-once fires on a double free, which stays harmless. */
static void rule_free_once_fires(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_ledger *ledger = lab_kunit_ledger(test, &lab_slab, &low, tally);
	void *table = lab_ledger_alloc(ledger, SZ_1K, GFP_KERNEL, _THIS_IP_);

	KUNIT_ASSERT_NOT_NULL(test, table);
	lab_ledger_free(ledger, table, SZ_1K);
	lab_ledger_free(ledger, table, SZ_1K);
	KUNIT_EXPECT_EQ(test, lab_ledger_stats(ledger).frees, 1);
	lab_kunit_expect_only(test, tally, LAB_RULE_FREE_ONCE, 1);
}

/* Passing proves that free-once fires on a table that was never the ledger's. */
static void rule_free_once_fires_on_foreign(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_ledger *ledger = lab_kunit_ledger(test, &lab_slab, &low, tally);
	void *foreign = kunit_kzalloc(test, SZ_1K, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, foreign);
	lab_ledger_free(ledger, foreign, SZ_1K);
	lab_kunit_expect_only(test, tally, LAB_RULE_FREE_ONCE, 1);
}

/* Passing proves that free-size fires, and that the right size is freed. */
static void rule_free_size_fires(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_ledger *ledger = lab_kunit_ledger(test, &lab_slab, &low, tally);
	void *table = lab_ledger_alloc(ledger, SZ_1K, GFP_KERNEL, _THIS_IP_);

	KUNIT_ASSERT_NOT_NULL(test, table);
	lab_ledger_free(ledger, table, SZ_16K);
	KUNIT_EXPECT_EQ(test, lab_ledger_stats(ledger).bytes, 0);
	lab_kunit_expect_only(test, tally, LAB_RULE_FREE_SIZE, 1);
}

/* Passing proves that no-leak fires once, and that the memory is not lost. */
static void rule_no_leak_fires(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_ledger *ledger = lab_kunit_ledger(test, &lab_slab, &low, tally);

	KUNIT_ASSERT_NOT_NULL(test, lab_ledger_alloc(ledger, SZ_1K, GFP_KERNEL, _THIS_IP_));
	KUNIT_ASSERT_NOT_NULL(test, lab_ledger_alloc(ledger, SZ_1K, GFP_KERNEL, _THIS_IP_));
	lab_kunit_close(test, ledger);
	lab_kunit_expect_only(test, tally, LAB_RULE_NO_LEAK, 1);
	KUNIT_EXPECT_EQ(test, atomic64_read(&lab_tables_live), 0);
}

/* Passing proves that parents see what their children see, and the words stay. */
static void tally_passes_on(struct kunit *test)
{
	struct lab_tally *parent = lab_kunit_tally(test);
	struct lab_tally *child = lab_kunit_tally(test);

	child->parent = parent;
	KUNIT_EXPECT_TRUE(test, lab_check(child, LAB_RULE_NO_LEAK, true, "%s", "good"));
	KUNIT_EXPECT_FALSE(test, lab_check(child, LAB_RULE_NO_LEAK, false, "%s", "bad"));
	KUNIT_EXPECT_EQ(test, lab_tally_checked(parent), 2);
	KUNIT_EXPECT_EQ(test, lab_tally_violated(parent), 1);
	KUNIT_EXPECT_EQ(test, lab_tally_checked(child), 2);
	KUNIT_ASSERT_EQ(test, parent->kept, 1);
	KUNIT_EXPECT_STREQ(test, parent->violations[0].text, "bad");
}

/* Passing proves that the count goes on when the words are full. */
static void tally_overflows(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);

	for (int i = 0; i < 2 * LAB_VIOLATIONS_KEPT; i++)
		lab_check(tally, LAB_RULE_NO_LEAK, false, "violation %d", i);
	KUNIT_EXPECT_EQ(test, lab_tally_violated(tally), 2 * LAB_VIOLATIONS_KEPT);
	KUNIT_EXPECT_EQ(test, tally->kept, LAB_VIOLATIONS_KEPT);
}

static struct kunit_case ledger_cases[] = {
	KUNIT_CASE(ledger_counts),
	KUNIT_CASE(ledger_finds_by_address),
	KUNIT_CASE(ledger_holds_many),
	KUNIT_CASE(ledger_passes_failure_on),
	KUNIT_CASE(rule_table_zeroed_fires),
	KUNIT_CASE(rule_table_aligned_fires),
	KUNIT_CASE(rule_table_linear_fires),
	KUNIT_CASE(rule_alloc_once_fires),
	KUNIT_CASE(rule_free_once_fires),
	KUNIT_CASE(rule_free_once_fires_on_foreign),
	KUNIT_CASE(rule_free_size_fires),
	KUNIT_CASE(rule_no_leak_fires),
	KUNIT_CASE(tally_passes_on),
	KUNIT_CASE(tally_overflows),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite ledger_suite = {
	.name		= "lab_ledger",
	LAB_SUITE_OF_THE_LAB,
	.test_cases	= ledger_cases,
};

kunit_test_suite(ledger_suite);

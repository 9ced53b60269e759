// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way of a walk through tables made by hand: runs of pages, TTBR1's half,
 * concatenated roots, bases out of reach, and visitors that end a walk.
 */
#include <linux/io.h>
#include <linux/sizes.h>

#include "catalog.h"
#include "lab_kunit.h"
#include "walk_hand.h"

/* Passing proves that a run ends where pages stop being alike, and not before. */
static void runs_end_where_they_should(struct kunit *test)
{
	const struct lab_walker *walker = lab_formats[LAB_LPAE_S1].walker;
	struct io_pgtable_cfg cfg;
	struct lab_found found;
	u64 *l3 = lab_hand_pages(test, 0, 0x743, &cfg);

	lab_hand_walk_runs(walker, &cfg, 0, SZ_1G - 1, &found);
	KUNIT_EXPECT_EQ(test, found.leaves, 512);
	KUNIT_EXPECT_EQ(test, found.runs, 1);
	KUNIT_EXPECT_EQ(test, found.leaf.iova, 3 * SZ_2M);
	KUNIT_EXPECT_EQ(test, found.leaf.oa, 0x4000000000);

	l3[10] = 0;			/* a hole */
	l3[20] |= 0x80;			/* other rights */
	l3[30] |= BIT_ULL(57);		/* an ignored bit */
	l3[40] += 0x100000;		/* elsewhere */
	lab_hand_walk_runs(walker, &cfg, 0, SZ_1G - 1, &found);
	KUNIT_EXPECT_EQ(test, found.bads, 0);
	KUNIT_EXPECT_EQ(test, found.leaves, 511);
	KUNIT_EXPECT_EQ(test, found.runs, 8);
	lab_hand_walk(walker, &cfg, 0, SZ_1G - 1, &found);
	KUNIT_EXPECT_EQ(test, found.leaves, 511);
	KUNIT_EXPECT_EQ(test, found.table.live, 511);

	/* Only what was asked for */
	lab_hand_walk_runs(walker, &cfg, 3 * SZ_2M + 0xfff, 3 * SZ_2M + 0x1000, &found);
	KUNIT_EXPECT_EQ(test, found.leaves, 2);
	KUNIT_EXPECT_EQ(test, found.runs, 1);
}

/* Passing proves that an output address does not run over into the bits above it. */
static void runs_end_with_the_address_field(struct kunit *test)
{
	const struct lab_walker *walker = lab_formats[LAB_LPAE_S1].walker;
	struct io_pgtable_cfg cfg;
	struct lab_found found;
	u64 *l3 = lab_hand_pages(test, 0, 0x743, &cfg);

	memset(l3, 0, SZ_4K);
	cfg.arm_lpae_s1_cfg.tcr.ips = 5;
	l3[0] = 0x0000fffffffff743;
	l3[1] = 0x0001000000000743;	/* bit 48 is reserved */
	lab_hand_walk_runs(walker, &cfg, 0, SZ_1G - 1, &found);
	KUNIT_EXPECT_EQ(test, found.leaves, 2);
	KUNIT_EXPECT_EQ(test, found.runs, 2);
	KUNIT_EXPECT_EQ(test, found.bads, 1);
	KUNIT_EXPECT_EQ(test, found.bad.iova, 3 * SZ_2M + SZ_4K);
}

/* Passing proves that TTBR1 translates the upper end of 64 bits, and nothing else. */
static void ttbr1_is_the_upper_half(struct kunit *test)
{
	const struct lab_walker *walker = lab_formats[LAB_LPAE_S1].walker;
	const u64 first = 0xffffffffc0000000;
	struct lab_translation tr;
	struct io_pgtable_cfg cfg;
	struct lab_found found;
	u64 *l3 = lab_hand_pages(test, IO_PGTABLE_QUIRK_ARM_TTBR1, 0x743, &cfg);

	cfg.arm_lpae_s1_cfg.tcr.tg = 2;	/* TG1: 4 KB */
	walker->translate(&cfg, first + 3 * SZ_2M + 0x5678, &tr);
	KUNIT_EXPECT_NULL(test, tr.fault);
	KUNIT_EXPECT_EQ(test, tr.oa, 0x4000005678);
	KUNIT_EXPECT_EQ(test, tr.desc_pa[3], virt_to_phys(&l3[5]));
	walker->translate(&cfg, 3 * SZ_2M + 0x5678, &tr);
	KUNIT_EXPECT_STREQ(test, tr.fault, "translation");
	KUNIT_EXPECT_EQ(test, tr.level, 0);
	walker->translate(&cfg, first - 1, &tr);
	KUNIT_EXPECT_STREQ(test, tr.fault, "translation");
	KUNIT_EXPECT_EQ(test, tr.level, 0);

	lab_hand_walk(walker, &cfg, first, U64_MAX, &found);
	KUNIT_EXPECT_EQ(test, found.ret, 0);
	KUNIT_EXPECT_EQ(test, found.leaves, 512);
	KUNIT_EXPECT_EQ(test, found.leaf.iova, first + 3 * SZ_2M);
	KUNIT_EXPECT_EQ(test, found.table.iova, first + 3 * SZ_2M);
	lab_hand_walk(walker, &cfg, 0, SZ_1G - 1, &found);
	KUNIT_EXPECT_EQ(test, found.ret, -ERANGE);
}

/* Passing proves that what one table descriptor forbids the next does not. */
static void limits_end_with_their_table(struct kunit *test)
{
	const struct lab_walker *walker = lab_formats[LAB_LPAE_S1].walker;
	struct io_pgtable_cfg cfg;
	struct lab_found found;
	u64 *l2;

	lab_hand_pages(test, 0, 0x743, &cfg);
	l2 = phys_to_virt(cfg.arm_lpae_s1_cfg.ttbr);
	l2[4] = l2[3] | 0x4000000000000000;	/* APTable: no writes */
	lab_hand_walk(walker, &cfg, 0, SZ_1G - 1, &found);
	KUNIT_ASSERT_EQ(test, found.leaves, 1024);
	KUNIT_EXPECT_TRUE(test, found.leaf.attrs.priv_write);
	KUNIT_EXPECT_FALSE(test, found.last_leaf.attrs.priv_write);
	l2[5] = l2[3];
	lab_hand_walk_runs(walker, &cfg, 0, SZ_1G - 1, &found);
	KUNIT_ASSERT_EQ(test, found.leaves, 1536);
	KUNIT_EXPECT_TRUE(test, found.last_leaf.attrs.priv_write);
}

/* Passing proves that low bits of a base are complained of, and make no difference. */
static void misaligned_base_is_told(struct kunit *test)
{
	const struct lab_walker *walker = lab_formats[LAB_LPAE_S1].walker;
	struct lab_translation tr;
	struct io_pgtable_cfg cfg;
	struct lab_found found;

	lab_hand_pages(test, 0, 0x743, &cfg);
	cfg.arm_lpae_s1_cfg.ttbr |= 0x800;
	lab_hand_walk(walker, &cfg, 0, SZ_1G - 1, &found);
	KUNIT_EXPECT_EQ(test, found.bads, 1);
	KUNIT_EXPECT_STREQ(test, found.bad.why, "table base not aligned to the table's size");
	KUNIT_EXPECT_EQ(test, found.bad.desc, cfg.arm_lpae_s1_cfg.ttbr);
	KUNIT_EXPECT_EQ(test, found.leaves, 512);
	walker->translate(&cfg, 3 * SZ_2M, &tr);
	KUNIT_EXPECT_NULL(test, tr.fault);
}

/* Passing proves that a base out of reach, or of RAM, is a fault before any table. */
static void base_out_of_reach_is_a_fault(struct kunit *test)
{
	const struct lab_walker *walker = lab_formats[LAB_LPAE_S1].walker;
	struct lab_translation tr;
	struct io_pgtable_cfg cfg;
	struct lab_found found;

	lab_hand_pages(test, 0, 0x743, &cfg);
	cfg.arm_lpae_s1_cfg.ttbr = 0x10000000000;
	walker->translate(&cfg, 3 * SZ_2M, &tr);
	KUNIT_EXPECT_STREQ(test, tr.fault, "address size");
	KUNIT_EXPECT_EQ(test, tr.level, 0);
	KUNIT_EXPECT_EQ(test, tr.bytes, 0);
	lab_hand_walk(walker, &cfg, 0, SZ_1G - 1, &found);
	KUNIT_EXPECT_EQ(test, found.bads, 1);
	KUNIT_EXPECT_STREQ(test, found.bad.why, "address size");
	KUNIT_EXPECT_EQ(test, found.tables + found.leaves, 0);

	cfg.arm_lpae_s1_cfg.ttbr = 0x8000000000;
	walker->translate(&cfg, 3 * SZ_2M, &tr);
	KUNIT_EXPECT_STREQ(test, tr.fault, "table not in RAM");
	KUNIT_EXPECT_EQ(test, tr.level, 2);
	KUNIT_EXPECT_EQ(test, tr.bytes, 0);
	lab_hand_walk(walker, &cfg, 0, SZ_1G - 1, &found);
	KUNIT_EXPECT_EQ(test, found.bads, 1);
	KUNIT_EXPECT_STREQ(test, found.bad.why, "table not in RAM");
	KUNIT_EXPECT_EQ(test, found.tables + found.leaves, 0);
}

/* Passing proves that concatenated tables are walked as one, up to the last descriptor. */
static void concatenated_tables_are_one_root(struct kunit *test)
{
	/* VTCR_EL2: T0SZ 24, SL0 0b01: two tables of 512 at level 1; PS 40 bits */
	const struct lab_walker *walker = lab_formats[LAB_LPAE_S2].walker;
	u64 *root = lab_hand_table(test, SZ_8K);
	struct io_pgtable_cfg cfg = {
		.ias = 40, .oas = 40,
		.arm_lpae_s2_cfg.vttbr = virt_to_phys(root),
		.arm_lpae_s2_cfg.vtcr = { .ps = 2, .sl = 1, .tsz = 24 },
	};
	struct lab_translation tr;
	struct lab_found found;

	for (int i = 0; i < 1024; i++)
		root[i] = (u64)(1023 - i) << 30 | 0x7fd;
	lab_hand_walk(walker, &cfg, 0, BIT_ULL(40) - 1, &found);
	KUNIT_EXPECT_EQ(test, found.bads, 0);
	KUNIT_EXPECT_EQ(test, found.tables, 1);
	KUNIT_EXPECT_EQ(test, found.table.nr, 1024);
	KUNIT_EXPECT_EQ(test, found.table.live, 1024);
	KUNIT_EXPECT_EQ(test, found.leaves, 1024);
	for (u64 i = 0; i < 1024; i++) {
		walker->translate(&cfg, i << 30 | 0x1234, &tr);
		KUNIT_EXPECT_EQ(test, tr.oa, (1023 - i) << 30 | 0x1234);
		KUNIT_EXPECT_EQ(test, tr.desc_pa[1], virt_to_phys(&root[i]));
	}
}

static int stop(void *ctx)
{
	unsigned int *calls = ctx;

	return ++*calls == 3 ? -ECANCELED : 0;
}

static int stop_leaf(void *ctx, const struct lab_walk_leaf *leaf)
{
	return stop(ctx);
}

static int stop_table(void *ctx, const struct lab_walk_table *table)
{
	return stop(ctx);
}

static int stop_bad(void *ctx, const struct lab_walk_bad *bad)
{
	return stop(ctx);
}

static int stop_run(void *ctx, const struct lab_walk_leaf *leaf, u32 nr)
{
	return stop(ctx);
}

/* Passing proves that whatever a visitor returns ends the walk, from each callback. */
static void visitors_end_a_walk(struct kunit *test)
{
	static const struct lab_walk_visitor visitors[] = {
		{ .leaf = stop_leaf }, { .run = stop_run }, { .bad = stop_bad },
		{ .table = stop_table },
	};
	const struct lab_walker *walker = lab_formats[LAB_LPAE_S1].walker;
	struct io_pgtable_cfg cfg;
	u64 *l3 = lab_hand_pages(test, 0, 0x743, &cfg);
	u64 *l2 = phys_to_virt(cfg.arm_lpae_s1_cfg.ttbr);

	/* Three of everything and more */
	l2[4] = l2[3];
	l2[5] = l2[3];
	/* Every other one is odd: SH 0b01 */
	for (int i = 0; i < 512; i += 2)
		l3[i] &= ~0x200ull;
	for (int i = 0; i < ARRAY_SIZE(visitors); i++) {
		unsigned int calls = 0;

		KUNIT_EXPECT_EQ(test, walker->walk(&cfg, 0, SZ_1G - 1, &visitors[i], &calls),
				-ECANCELED);
		KUNIT_EXPECT_EQ(test, calls, 3);
	}
}

static struct kunit_case walk_way_cases[] = {
	KUNIT_CASE(runs_end_where_they_should),
	KUNIT_CASE(runs_end_with_the_address_field),
	KUNIT_CASE(ttbr1_is_the_upper_half),
	KUNIT_CASE(limits_end_with_their_table),
	KUNIT_CASE(misaligned_base_is_told),
	KUNIT_CASE(base_out_of_reach_is_a_fault),
	KUNIT_CASE(concatenated_tables_are_one_root),
	KUNIT_CASE(visitors_end_a_walk),
	{}
};

static struct kunit_suite walk_way_suite = {
	.name		= "lab_walk_way",
	LAB_SUITE_OF_THE_LAB,
	.test_cases	= walk_way_cases,
};

kunit_test_suite(walk_way_suite);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables made by hand: memory for them that goes with the test, and visitors that
 * keep what a walk found.
 */
#include <kunit/resource.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/sizes.h>

#include "lab_kunit.h"
#include "walk_hand.h"

static void free_table(void *table)
{
	/* The size is in the page: tables are compound. */
	put_page(virt_to_page(table));
}

static void *table_of(struct kunit *test, size_t bytes, gfp_t gfp)
{
	void *table = (void *)__get_free_pages(gfp | __GFP_ZERO | __GFP_COMP,
					       get_order(bytes));

	KUNIT_ASSERT_NOT_NULL(test, table);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, free_table, table));
	return table;
}

/**
 * lab_hand_table() - an empty table
 * @test:	the test, which it goes with
 * @bytes:	its size, which it is aligned to
 *
 * Context: Process; sleeps.
 * Return: the table; without one the test has failed.
 */
void *lab_hand_table(struct kunit *test, size_t bytes)
{
	return table_of(test, bytes, GFP_KERNEL);
}

/**
 * lab_hand_low_table() - an empty table that a 32-bit pointer reaches
 * @test:	the test, which it goes with; skipped where there is no low memory
 * @bytes:	its size, which it is aligned to
 *
 * Context: Process; sleeps.
 * Return: the table; without one the test has failed.
 */
void *lab_hand_low_table(struct kunit *test, size_t bytes)
{
	void *table;

	lab_kunit_need_low_memory(test);
	table = table_of(test, bytes, GFP_KERNEL | GFP_DMA32);
	KUNIT_ASSERT_LT(test, virt_to_phys(table), (phys_addr_t)SZ_4G);
	return table;
}

/**
 * lab_hand_pages() - a table full of pages
 * @test:	the test, which it goes with
 * @quirks:	IO_PGTABLE_QUIRK_*
 * @attrs:	what each descriptor has besides the address
 * @cfg:	registers of VMSAv8-64 stage 1 with T0SZ 34, 4 KB: 30 bits from level 2 on
 *
 * Page i of the 512 is mapped at 3 * 2 MB + i * 4 KB to 0x4000000000 + i * 4 KB.
 *
 * Context: Process; sleeps.
 * Return: the table of level 3.
 */
u64 *lab_hand_pages(struct kunit *test, unsigned long quirks, u64 attrs,
		    struct io_pgtable_cfg *cfg)
{
	u64 *l2 = lab_hand_table(test, SZ_4K), *l3 = lab_hand_table(test, SZ_4K);

	for (int i = 0; i < 512; i++)
		l3[i] = (0x4000000000 + i * 0x1000ull) | attrs;
	l2[3] = virt_to_phys(l3) | 3;
	*cfg = (struct io_pgtable_cfg) {
		.quirks = quirks, .ias = 30, .oas = 40,
		.arm_lpae_s1_cfg.ttbr = virt_to_phys(l2),
		.arm_lpae_s1_cfg.mair = 0xff,
		.arm_lpae_s1_cfg.tcr = { .ips = 2, .tsz = 34 },
	};
	return l3;
}

static int found_table(void *ctx, const struct lab_walk_table *table)
{
	struct lab_found *found = ctx;

	found->tables++;
	found->table = *table;
	return 0;
}

static int found_run(void *ctx, const struct lab_walk_leaf *leaf, u32 nr)
{
	struct lab_found *found = ctx;

	if (!found->leaves)
		found->leaf = *leaf;
	found->last_leaf = *leaf;
	found->leaves += nr;
	found->runs++;
	return 0;
}

static int found_leaf(void *ctx, const struct lab_walk_leaf *leaf)
{
	found_run(ctx, leaf, 1);
	return 0;
}

static int found_bad(void *ctx, const struct lab_walk_bad *bad)
{
	struct lab_found *found = ctx;

	if (!found->bads++)
		found->bad = *bad;
	return 0;
}

/**
 * lab_hand_walk() - what a walker finds, leaf by leaf
 * @walker:	the walker
 * @cfg:	configuration
 * @iova:	first input address
 * @last:	last input address
 * @found:	filled in
 *
 * Context: Any.
 */
void lab_hand_walk(const struct lab_walker *walker, const struct io_pgtable_cfg *cfg,
		   u64 iova, u64 last, struct lab_found *found)
{
	static const struct lab_walk_visitor visitor = {
		.table	= found_table,
		.leaf	= found_leaf,
		.bad	= found_bad,
	};

	*found = (struct lab_found) {};
	found->ret = walker->walk(cfg, iova, last, &visitor, found);
}

/**
 * lab_hand_walk_runs() - what a walker finds, run by run
 * @walker:	the walker
 * @cfg:	configuration
 * @iova:	first input address
 * @last:	last input address
 * @found:	filled in
 *
 * Context: Any.
 */
void lab_hand_walk_runs(const struct lab_walker *walker,
			const struct io_pgtable_cfg *cfg, u64 iova, u64 last,
			struct lab_found *found)
{
	static const struct lab_walk_visitor visitor = {
		.table	= found_table,
		.run	= found_run,
		.bad	= found_bad,
	};

	*found = (struct lab_found) {};
	found->ret = walker->walk(cfg, iova, last, &visitor, found);
}

/**
 * lab_hand_expect_attrs() - attributes are those in words
 * @test:	the test
 * @attrs:	attributes
 * @want:	as lab_attrs_text() has them
 *
 * Context: Any.
 */
void lab_hand_expect_attrs(struct kunit *test, const struct lab_attrs *attrs,
			   const char *want)
{
	char text[LAB_ATTRS_TEXT_BYTES];

	KUNIT_EXPECT_STREQ(test, lab_attrs_text(attrs, text, sizeof(text)), want);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the walkers make of contiguous groups, whole and broken in each way (DDI 0487
 * D8.7.1, DDI 0406C B3.5.1).  All descriptors are hexadecimal digits after the manual.
 */
#include <linux/io.h>
#include <linux/sizes.h>

#include "lab_kunit.h"
#include "walk_hand.h"
#include "compat/compat.h"

/* Ways to break a group */
enum breakage {
	WHOLE,
	MISSING,	/* one is empty */
	OTHER_RIGHTS,	/* one has other attributes */
	OTHER_ADDRESS,	/* one leads elsewhere */
	NO_HINT,	/* one is not of the group */
	MISALIGNED,	/* an output address that the group's size does not divide */
	NR_BREAKAGES
};

static const char * const breakage_names[] = {
	"whole", "missing", "other rights", "other address", "no hint", "misaligned",
};

/**
 * struct group - a kind of group
 * @name:	what it is
 * @format:	whose
 * @tg:		TG0
 * @tsz:	T0SZ, of which the root is at @level
 * @sl:		SL0
 * @level:	lookup level
 * @nr:		descriptors in one
 * @step:	bytes of output address from one to the next; 0 where they are equal
 * @page:	bytes that each resolves
 * @desc:	the first descriptor
 * @rights:	its bits that say who may access
 * @ias:	input address bits
 * @align:	bytes that the root is aligned to
 */
struct group {
	const char *name;
	enum lab_format_index format;
	u8 tg, tsz, sl, level, ias;
	u16 nr;
	u32 step, page;
	u64 desc;
	u32 rights;
	u32 align;
};

static const struct group groups[] = {
	/* Bit 52 is the hint; 16 with 4 KB at levels 1 to 3 */
	{ "4K level 2", LAB_LPAE_S1, 0, 34, 0, 2, 30, 16, SZ_2M, SZ_2M,
	  0x001000004200074d, 0x80, SZ_4K },
	{ "4K level 1", LAB_LPAE_S1, 0, 25, 0, 1, 39, 16, SZ_1G, SZ_1G,
	  0x001000040000074d, 0x80, SZ_4K },
	{ "16K level 2", LAB_LPAE_S1, 2, 28, 0, 2, 36, 32, SZ_32M, SZ_32M,
	  0x001000004000074d, 0x80, SZ_16K },
	{ "64K level 2", LAB_LPAE_S1, 1, 22, 0, 2, 42, 32, SZ_512M, SZ_512M,
	  0x001000040000074d, 0x80, SZ_64K },
	/* Pages: a root at level 3 is stage 2's, SL0 0b00 */
	{ "16K level 3", LAB_LPAE_S2, 2, 39, 0, 3, 25, 128, SZ_16K, SZ_16K,
	  0x00100000402007ff, 0x80, SZ_16K },
	{ "64K level 3", LAB_LPAE_S2, 1, 36, 0, 3, 28, 32, SZ_64K, SZ_64K,
	  0x00100000402007ff, 0x80, SZ_32K },
	{ "a32 level 2", LAB_LPAE32_S2, 0, 34, 0, 2, 30, 16, SZ_2M, SZ_2M,
	  0x00100000420007fd, 0x80, SZ_4K },
	/* One descriptor, 16 times */
	{ "supersection", LAB_V7S, 0, 0, 0, 1, 32, 16, 0, SZ_1M, 0x41051c0e, 0x800, SZ_16K },
};

/* A generator of its own: all groups in all ways */
struct broken {
	const struct group *group;
	enum breakage how;
};

static struct broken brokens[ARRAY_SIZE(groups) * NR_BREAKAGES];

LAB_GENERATOR(broken_gen_params)
{
	const struct broken *last = prev;
	size_t i = last ? last - brokens + 1 : 0;

	for (; i < ARRAY_SIZE(brokens); i++) {
		struct broken *b = &brokens[i];

		b->group = &groups[i / NR_BREAKAGES];
		b->how = i % NR_BREAKAGES;
		/* Short descriptors have no address that could be misaligned. */
		if (b->how == MISALIGNED && !b->group->step)
			continue;
		snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s %s", b->group->name,
			 breakage_names[b->how]);
		return b;
	}
	return NULL;
}

static void make_config(const struct group *g, u64 root, struct io_pgtable_cfg *cfg)
{
	*cfg = (struct io_pgtable_cfg) { .ias = g->ias, .oas = 40 };
	switch (g->format) {
	case LAB_V7S:
		cfg->arm_v7s_cfg.ttbr = root;
		break;
	case LAB_LPAE_S2:
	case LAB_LPAE32_S2:
		cfg->arm_lpae_s2_cfg.vttbr = root;
		cfg->arm_lpae_s2_cfg.vtcr.tg = g->tg;
		cfg->arm_lpae_s2_cfg.vtcr.ps = 2;
		cfg->arm_lpae_s2_cfg.vtcr.tsz = g->tsz;
		cfg->arm_lpae_s2_cfg.vtcr.sl = g->sl;
		break;
	default:
		cfg->arm_lpae_s1_cfg.ttbr = root;
		cfg->arm_lpae_s1_cfg.tcr.tg = g->tg;
		cfg->arm_lpae_s1_cfg.tcr.ips = 2;
		cfg->arm_lpae_s1_cfg.tcr.tsz = g->tsz;
	}
}

/* The descriptor of member @i; of the others in @how, one is different */
static u64 member(const struct group *g, enum breakage how, int i)
{
	u64 desc = g->desc + (u64)i * g->step;

	if (how == MISALIGNED)
		return desc + g->step;
	if (how == WHOLE || i != g->nr - 3)
		return desc;
	switch (how) {
	case MISSING:
		return 0;
	case OTHER_RIGHTS:
		return desc ^ g->rights;
	case OTHER_ADDRESS:
		/* 16 MB further, or where the next group begins */
		return g->step ? desc + (u64)g->nr * g->step : desc + SZ_16M;
	default:
		return g->step ? desc & ~BIT_ULL(52) : desc & ~BIT_ULL(18);
	}
}

/*
 * Passing proves that a whole group is one leaf, of the size of all; and that one which
 * is not whole is none, and complained of once.
 */
static void group_is_whole_or_not(struct kunit *test)
{
	const struct broken *b = test->param_value;
	const struct group *g = b->group;
	const struct lab_walker *walker = lab_formats[g->format].walker;
	u64 bytes = (u64)g->nr * g->page, iova = bytes, i;
	struct io_pgtable_cfg cfg;
	struct lab_found found;
	struct lab_translation tr;
	void *root;

	if (g->format == LAB_V7S)
		root = lab_hand_low_table(test, g->align);
	else
		root = lab_hand_table(test, max(g->align, SZ_64K));
	/* The second group: one before and one after it stay empty. */
	for (i = 0; i < g->nr; i++)
		if (g->format == LAB_V7S)
			((u32 *)root)[g->nr + i] = member(g, b->how, i);
		else
			((u64 *)root)[g->nr + i] = member(g, b->how, i);
	make_config(g, virt_to_phys(root), &cfg);

	lab_hand_walk(walker, &cfg, 0, BIT_ULL(g->ias) - 1, &found);
	KUNIT_EXPECT_EQ(test, found.ret, 0);
	KUNIT_EXPECT_EQ(test, found.tables, 1);
	KUNIT_EXPECT_EQ(test, found.table.live, b->how == MISSING ? g->nr - 1 : g->nr);
	if (b->how == WHOLE) {
		KUNIT_EXPECT_EQ(test, found.bads, 0);
		KUNIT_ASSERT_EQ(test, found.leaves, 1);
		KUNIT_EXPECT_EQ(test, found.leaf.iova, iova);
		KUNIT_EXPECT_EQ(test, found.leaf.bytes, bytes);
		KUNIT_EXPECT_TRUE(test, found.leaf.contiguous);

		/* In the middle of it, too: whole, once */
		lab_hand_walk(walker, &cfg, iova + bytes / 2, iova + bytes / 2 + 1, &found);
		KUNIT_EXPECT_EQ(test, found.leaves, 1);
		KUNIT_EXPECT_EQ(test, found.leaf.iova, iova);
		walker->translate(&cfg, iova + bytes - 1, &tr);
		KUNIT_EXPECT_NULL(test, tr.fault);
		KUNIT_EXPECT_EQ(test, tr.bytes, bytes);
		KUNIT_EXPECT_EQ(test, tr.oa, found.leaf.oa + bytes - 1);
	} else {
		/* Without its hint a member is a leaf by itself. */
		KUNIT_EXPECT_EQ(test, found.leaves, b->how == NO_HINT);
		KUNIT_EXPECT_EQ(test, found.bads, 1);
		KUNIT_EXPECT_STREQ(test, found.bad.why, "contiguous group not whole");
		KUNIT_EXPECT_EQ(test, found.bad.level, g->level);
		KUNIT_EXPECT_EQ(test, found.bad.iova, iova);
	}
	/* Runs are told the same */
	lab_hand_walk_runs(walker, &cfg, 0, BIT_ULL(g->ias) - 1, &found);
	KUNIT_EXPECT_EQ(test, found.leaves, b->how == WHOLE || b->how == NO_HINT);
	KUNIT_EXPECT_EQ(test, found.bads, b->how != WHOLE);
}

/* Passing proves that members may differ in what hardware changes, and only there. */
static void group_states_may_differ(struct kunit *test)
{
	const struct lab_walker *walker = lab_formats[LAB_LPAE_S1].walker;
	struct io_pgtable_cfg cfg;
	struct lab_found found;
	u64 *l3;

	/* Contiguous, DBM, clean; then one dirty, and one without its access flag */
	l3 = lab_hand_pages(test, IO_PGTABLE_QUIRK_ARM_HD, 0x00180000000007c3, &cfg);
	l3[5] &= ~0x80ull;
	l3[38] &= ~0x400ull;
	lab_hand_walk(walker, &cfg, 0, SZ_1G - 1, &found);
	KUNIT_EXPECT_EQ(test, found.bads, 0);
	KUNIT_EXPECT_EQ(test, found.leaves, 32);
	/* What is told is the first, wherever the walk begins. */
	l3[0] &= ~0x80ull;
	lab_hand_walk(walker, &cfg, 3 * SZ_2M + 0x9000, 3 * SZ_2M + 0x9000, &found);
	KUNIT_ASSERT_EQ(test, found.leaves, 1);
	KUNIT_EXPECT_EQ(test, found.leaf.desc, l3[0]);
	KUNIT_EXPECT_TRUE(test, found.leaf.attrs.dirty);
	l3[0] |= 0x80;
	/* Without hardware that does this, both are broken. */
	cfg.quirks = 0;
	lab_hand_walk(walker, &cfg, 0, SZ_1G - 1, &found);
	KUNIT_EXPECT_EQ(test, found.bads, 2);
	KUNIT_EXPECT_EQ(test, found.leaves, 30);
}

static struct kunit_case walk_groups_cases[] = {
	KUNIT_CASE_PARAM(group_is_whole_or_not, broken_gen_params),
	KUNIT_CASE(group_states_may_differ),
	{}
};

static struct kunit_suite walk_groups_suite = {
	.name		= "lab_walk_groups",
	LAB_SUITE_OF_THE_LAB,
	.test_cases	= walk_groups_cases,
};

kunit_test_suite(walk_groups_suite);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the walker reads in single short descriptors.  Each case is one descriptor,
 * in hexadecimal digits after the manual (DDI 0406C: B3.5.1 for its fields, B3.7.1
 * permissions, B3.8.3 TEX remap), or after MediaTek's extension of it, in tables
 * made by hand.
 */
#include <linux/io.h>
#include <linux/sizes.h>

#include "lab_kunit.h"
#include "walk_hand.h"

/*
 * Region n is TEX[0]:C:B.  TR: 0 strongly-ordered, 1 device, else normal; DS1 and NS1:
 * shareable with S only; NOS: region 7 is inner shareable.  Normal: 2 NC, 3 WB, 4 WT,
 * 5 inner NC outer WB, 7 WB.
 */
#define PRRR	0x800aaaa4
#define NMRR	0xce40c240

enum regs { ARM, NS, NO_PERMS, MTK, MTK_TTBR };

static const unsigned long quirks[] = {
	[ARM]		= 0,
	[NS]		= IO_PGTABLE_QUIRK_ARM_NS,
	[NO_PERMS]	= IO_PGTABLE_QUIRK_NO_PERMS,
	[MTK]		= IO_PGTABLE_QUIRK_ARM_MTK_EXT | IO_PGTABLE_QUIRK_NO_PERMS,
	[MTK_TTBR]	= IO_PGTABLE_QUIRK_ARM_MTK_EXT | IO_PGTABLE_QUIRK_NO_PERMS |
			  IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT,
};

/**
 * struct one - one descriptor
 * @name:	what it is
 * @regs:	registers to read it with
 * @level:	where it stands
 * @desc:	the descriptor
 * @attrs:	as lab_attrs_text() has them; NULL for no leaf
 * @oa:		output address of the first byte
 * @bytes:	size; of large pages and supersections all 16 descriptors are @desc
 * @table:	what the table descriptor above has besides type and address
 * @bad:	what the walk complains of, NULL for nothing
 * @fault:	what a translation ends with, NULL for none
 */
struct one {
	const char *name;
	enum regs regs;
	u8 level;
	u32 desc;
	const char *attrs;
	u64 oa;
	u32 bytes;
	u32 table;
	const char *bad;
	const char *fault;
};

#define RES0	"reserved bits set"
#define WB	"rw user, exec, normal WB, inner shareable"

static const struct one ones[] = {
	/* Sections: AP[2] bit 15, AP[1:0] bits 11:10, of which AP[0] is the access flag */
	{ "section", ARM, 1, 0x40311c0e, WB, 0x40300000, SZ_1M },
	{ "section priv", ARM, 1, 0x4031140e, "rw priv, exec, normal WB, inner shareable",
	  0x40300000, SZ_1M },
	{ "section ro", ARM, 1, 0x40319c0e, "ro user, exec, normal WB, inner shareable",
	  0x40300000, SZ_1M },
	{ "section ro priv", ARM, 1, 0x4031940e, "ro priv, exec, normal WB, inner shareable",
	  0x40300000, SZ_1M },
	{ "section no AF", ARM, 1, 0x4031180e,
	  "rw user, exec, normal WB, inner shareable, no af", 0x40300000, SZ_1M,
	  .fault = "access flag" },
	/* XN bit 4, nG bit 17, NS bit 19, S bit 16 */
	{ "section XN", ARM, 1, 0x40311c1e, "rw user, noexec, normal WB, inner shareable",
	  0x40300000, SZ_1M },
	{ "section nG", ARM, 1, 0x40331c0e, WB ", ng", 0x40300000, SZ_1M },
	{ "section NS", ARM, 1, 0x40391c0e, WB ", ns", 0x40300000, SZ_1M },
	{ "section without S", ARM, 1, 0x40301c0e, "rw user, exec, normal WB, non-shareable",
	  0x40300000, SZ_1M },
	/* Regions: TEX[0] bit 12, C bit 3, B bit 2; TEX[2:1] and bit 9 are nobody's */
	{ "section region 0", ARM, 1, 0x40310c02,
	  "rw user, exec, strongly ordered, outer shareable", 0x40300000, SZ_1M },
	{ "section region 1", ARM, 1, 0x40310c06, "rw user, exec, device, outer shareable",
	  0x40300000, SZ_1M },
	{ "section region 1, not S", ARM, 1, 0x40300c06, "rw user, exec, device, non-shareable",
	  0x40300000, SZ_1M },
	{ "section region 2", ARM, 1, 0x40310c0a, "rw user, exec, normal NC, outer shareable",
	  0x40300000, SZ_1M },
	{ "section region 3", ARM, 1, 0x40310c0e, "rw user, exec, normal WB, outer shareable",
	  0x40300000, SZ_1M },
	{ "section region 4", ARM, 1, 0x40311c02, "rw user, exec, normal WT, outer shareable",
	  0x40300000, SZ_1M },
	{ "section region 5", ARM, 1, 0x40311c06,
	  "rw user, exec, normal iNC oWB, outer shareable", 0x40300000, SZ_1M },
	{ "section region 6", ARM, 1, 0x40311c0a, "rw user, exec, other memory, non-shareable",
	  0x40300000, SZ_1M },
	{ "section TEX[2:1]", ARM, 1, 0x40317c0e, WB, 0x40300000, SZ_1M },
	{ "section bit 9", ARM, 1, 0x40311e0e, WB, 0x40300000, SZ_1M },
	/* Domain bits 8:5, type 0b11: PXN, which is not there */
	{ "section domain 1", ARM, 1, 0x40311c2e, NULL, .bytes = SZ_1M, .bad = "domain",
	  .fault = "domain" },
	{ "section domain 15", ARM, 1, 0x40311dee, NULL, .bytes = SZ_1M, .bad = "domain",
	  .fault = "domain" },
	{ "section domain, no AF", ARM, 1, 0x4031182e, NULL, .bytes = SZ_1M, .bad = "domain",
	  .fault = "access flag" },
	{ "section PXN", ARM, 1, 0x40311c0f, NULL, .bytes = SZ_1M, .bad = "reserved encoding",
	  .fault = "translation" },
	{ "empty at 1", ARM, 1, 0x40311c0c, NULL, .bytes = SZ_1M, .fault = "translation" },
	/* Supersections: bit 18; 35:32 in 23:20, 39:36 in 8:5, no domain */
	{ "supersection", ARM, 1, 0x41051c0e, WB, 0x41000000, SZ_16M },
	{ "supersection 35:32", ARM, 1, 0x41351c0e, WB, 0x341000000, SZ_16M },
	{ "supersection 39:36", ARM, 1, 0x41051cae, WB, 0x5041000000, SZ_16M },
	/* The quirk: NS in every section and table */
	{ "ns section", NS, 1, 0x40391c0e, WB ", ns", 0x40300000, SZ_1M },
	{ "ns section without", NS, 1, 0x40311c0e, WB, 0x40300000, SZ_1M,
	  .bad = "NS not set where it has to be" },
	{ "ns supersection without", NS, 1, 0x41051c0e, WB, 0x41000000, SZ_16M,
	  .bad = "NS not set where it has to be" },
	{ "ns page", NS, 2, 0x4030147e, WB ", ns", 0x40301000, SZ_4K, 8 },
	{ "ns page without", NS, 2, 0x4030147e, WB, 0x40301000, SZ_4K,
	  .bad = "NS not set where it has to be" },

	/* Small pages: AP[2] bit 9, AP[1:0] bits 5:4, XN bit 0, nG bit 11, S bit 10 */
	{ "page", ARM, 2, 0x4030147e, WB, 0x40301000, SZ_4K },
	{ "page priv", ARM, 2, 0x4030145e, "rw priv, exec, normal WB, inner shareable",
	  0x40301000, SZ_4K },
	{ "page ro", ARM, 2, 0x4030167e, "ro user, exec, normal WB, inner shareable",
	  0x40301000, SZ_4K },
	{ "page ro priv", ARM, 2, 0x4030165e, "ro priv, exec, normal WB, inner shareable",
	  0x40301000, SZ_4K },
	{ "page no AF", ARM, 2, 0x4030146e, "rw user, exec, normal WB, inner shareable, no af",
	  0x40301000, SZ_4K, .fault = "access flag" },
	{ "page XN", ARM, 2, 0x4030147f, "rw user, noexec, normal WB, inner shareable",
	  0x40301000, SZ_4K },
	{ "page nG", ARM, 2, 0x40301c7e, WB ", ng", 0x40301000, SZ_4K },
	{ "page without S", ARM, 2, 0x4030107e, "rw user, exec, normal WB, non-shareable",
	  0x40301000, SZ_4K },
	{ "page region 0", ARM, 2, 0x40301432,
	  "rw user, exec, strongly ordered, outer shareable", 0x40301000, SZ_4K },
	{ "page region 1", ARM, 2, 0x40301436, "rw user, exec, device, outer shareable",
	  0x40301000, SZ_4K },
	{ "page region 2", ARM, 2, 0x4030143a, "rw user, exec, normal NC, outer shareable",
	  0x40301000, SZ_4K },
	{ "page region 3", ARM, 2, 0x4030143e, "rw user, exec, normal WB, outer shareable",
	  0x40301000, SZ_4K },
	{ "page region 4", ARM, 2, 0x40301472, "rw user, exec, normal WT, outer shareable",
	  0x40301000, SZ_4K },
	{ "page TEX[2:1]", ARM, 2, 0x403015fe, WB, 0x40301000, SZ_4K },
	{ "empty at 2", ARM, 2, 0x4030147c, NULL, .bytes = SZ_4K, .fault = "translation" },
	/* Large pages: XN bit 15, TEX bits 14:12, 8:6 reserved */
	{ "large page", ARM, 2, 0x4031143d, WB, 0x40310000, SZ_64K },
	{ "large page XN", ARM, 2, 0x4031943d, "rw user, noexec, normal WB, inner shareable",
	  0x40310000, SZ_64K },
	{ "large page ro", ARM, 2, 0x4031163d, "ro user, exec, normal WB, inner shareable",
	  0x40310000, SZ_64K },
	{ "large page region 3", ARM, 2, 0x4031043d,
	  "rw user, exec, normal WB, outer shareable", 0x40310000, SZ_64K },
	{ "large page bit 6", ARM, 2, 0x4031147d, WB, 0x40310000, SZ_64K, .bad = RES0 },
	/* Tables: NS bit 3, PXN bit 2 and bit 4 reserved, domain 8:5, bit 9 nobody's */
	{ "table NS", ARM, 2, 0x4030147e, WB ", ns", 0x40301000, SZ_4K, 8 },
	{ "table PXN", ARM, 2, 0x4030147e, WB, 0x40301000, SZ_4K, 4, .bad = RES0 },
	{ "table bit 4", ARM, 2, 0x4030147e, WB, 0x40301000, SZ_4K, 0x10, .bad = RES0 },
	{ "table bit 9", ARM, 2, 0x4030147e, WB, 0x40301000, SZ_4K, 0x200 },
	{ "table domain 1", ARM, 2, 0x4030147e, NULL, 0x40301000, SZ_4K, 0x20,
	  .bad = "domain", .fault = "domain" },
	{ "table domain, no AF", ARM, 2, 0x4030146e, NULL, 0x40301000, SZ_4K, 0x20,
	  .bad = "domain", .fault = "access flag" },

	/* Without permissions nothing says no */
	{ "no-perms page", NO_PERMS, 2, 0x4030164f, WB, 0x40301000, SZ_4K },
	{ "no-perms section", NO_PERMS, 1, 0x4031901e, WB, 0x40300000, SZ_1M },

	/* MediaTek: output bits 32, 33, 34 in bits 9, 4, 5 */
	{ "mtk page", MTK, 2, 0x4030144e, WB, 0x40301000, SZ_4K },
	{ "mtk page 32", MTK, 2, 0x4030164e, WB, 0x140301000, SZ_4K },
	{ "mtk page 33", MTK, 2, 0x4030145e, WB, 0x240301000, SZ_4K },
	{ "mtk page 34", MTK, 2, 0x4030146e, WB, 0x440301000, SZ_4K },
	{ "mtk large page", MTK, 2, 0x4031163d, WB, 0x740310000, SZ_64K },
	{ "mtk section", MTK, 1, 0x4031123e, WB, 0x740300000, SZ_1M },
	{ "mtk section domain", MTK, 1, 0x4031104e, NULL, .bytes = SZ_1M, .bad = "domain",
	  .fault = "domain" },
	{ "mtk supersection", MTK, 1, 0x4105123e, WB, 0x741000000, SZ_16M },
	{ "mtk supersection 35:32", MTK, 1, 0x4115100e, WB, 0x41000000, SZ_16M, .bad = RES0 },
	{ "mtk table bit 4", MTK, 2, 0x4030144e, WB, 0x40301000, SZ_4K, 0x10, .bad = RES0 },
	{ "mtk-ttbr page", MTK_TTBR, 2, 0x4030167e, WB, 0x740301000, SZ_4K },
	{ "mtk-ttbr table PXN", MTK_TTBR, 2, 0x4030144e, WB, 0x40301000, SZ_4K, 4, .bad = RES0 },
};

static void one_desc(const struct one *one, char *desc)
{
	strscpy(desc, one->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(one, ones, one_desc);

/* MediaTek's registers and descriptors take addresses of 35 bits. */
static bool takes_high_tables(enum regs regs)
{
	return regs == MTK_TTBR;
}

static void *make_table(struct kunit *test, enum regs regs, size_t bytes)
{
	return takes_high_tables(regs) ? lab_hand_table(test, bytes) :
					 lab_hand_low_table(test, bytes);
}

static void make_config(enum regs regs, u64 root, struct io_pgtable_cfg *cfg)
{
	*cfg = (struct io_pgtable_cfg) {
		.quirks = quirks[regs],
		.ias = regs >= MTK ? 34 : 32,
		.oas = regs >= MTK ? 35 : 32,
		.arm_v7s_cfg.ttbr = root | root >> 32,
		.arm_v7s_cfg.prrr = PRRR,
		.arm_v7s_cfg.nmrr = NMRR,
	};
}

/* A table's address in the descriptor that points to it, type 0b01 */
static u32 pointer(enum regs regs, const void *table)
{
	u64 pa = virt_to_phys(table);
	u32 desc = pa | 1;

	if (takes_high_tables(regs))
		desc |= (pa >> 32 & 1) << 9 | (pa >> 33 & 1) << 4 | (pa >> 34 & 1) << 5;
	return desc;
}

/* Passing proves that this descriptor is read as the manual has it, by both ways in. */
static void v7s_reads_descriptor(struct kunit *test)
{
	const struct one *one = test->param_value;
	const struct lab_walker *walker = lab_formats[LAB_V7S].walker;
	/* Past 4 GB where the input space is that large */
	u64 iova = (one->regs >= MTK ? 0x300000000 : 0) + 0x4f2a0000, offset = 0x234;
	u32 *l1 = make_table(test, one->regs, one->regs >= MTK ? SZ_64K : SZ_16K);
	u32 *l2 = make_table(test, one->regs, SZ_1K), *at[3] = {};
	u32 step = one->level == 1 ? SZ_1M : SZ_4K;
	u32 nr = max(one->bytes / step, 1);
	struct lab_translation tr;
	struct io_pgtable_cfg cfg;
	struct lab_found found;

	at[1] = &l1[iova >> 20];
	at[2] = &l2[(iova >> 12) % 256];
	if (one->level == 2)
		*at[1] = pointer(one->regs, l2) | one->table;
	/* All 16 of a large page or supersection, which begin at a multiple of 16 */
	for (int i = 0; i < nr; i++)
		(one->level == 1 ? &l1[(iova >> 20) & ~(nr - 1)] :
				   &l2[(iova >> 12) % 256])[i] = one->desc;
	make_config(one->regs, virt_to_phys(l1), &cfg);

	walker->translate(&cfg, iova + offset, &tr);
	KUNIT_EXPECT_STREQ(test, tr.fault ?: "none", one->fault ?: "none");
	KUNIT_EXPECT_EQ(test, tr.level, one->level);
	KUNIT_EXPECT_EQ(test, tr.first_level, 1);
	KUNIT_EXPECT_EQ(test, tr.bytes, one->bytes);
	for (int level = 1; level <= one->level; level++) {
		KUNIT_EXPECT_EQ(test, tr.desc[level], *at[level]);
		KUNIT_EXPECT_EQ(test, tr.desc_pa[level], virt_to_phys(at[level]));
	}
	if (!one->fault) {
		KUNIT_EXPECT_EQ(test, tr.oa, one->oa + (iova + offset) % one->bytes);
		lab_hand_expect_attrs(test, &tr.attrs, one->attrs);
	}

	lab_hand_walk(walker, &cfg, iova, iova, &found);
	KUNIT_EXPECT_EQ(test, found.ret, 0);
	KUNIT_EXPECT_STREQ(test, found.bads ? found.bad.why : "none", one->bad ?: "none");
	KUNIT_ASSERT_EQ(test, found.leaves, !!one->attrs);
	if (one->attrs) {
		KUNIT_EXPECT_EQ(test, found.tables, one->level);
		KUNIT_EXPECT_EQ(test, found.leaf.iova, iova & ~(u64)(one->bytes - 1));
		KUNIT_EXPECT_EQ(test, found.leaf.oa, one->oa);
		KUNIT_EXPECT_EQ(test, found.leaf.bytes, one->bytes);
		KUNIT_EXPECT_EQ(test, found.leaf.level, one->level);
		KUNIT_EXPECT_EQ(test, found.leaf.desc, one->desc);
		KUNIT_EXPECT_EQ(test, found.leaf.contiguous, nr == 16);
		lab_hand_expect_attrs(test, &found.leaf.attrs, one->attrs);
	}
}

/* Passing proves that tables past 4 GB are found by MediaTek's registers and pointers. */
static void v7s_follows_high_tables(struct kunit *test)
{
	const struct lab_walker *walker = lab_formats[LAB_V7S].walker;
	u32 *l1 = lab_kunit_high_memory(test, SZ_64K);
	u32 *l2 = lab_kunit_high_memory(test, SZ_4K);
	struct lab_translation tr;
	struct io_pgtable_cfg cfg;

	memset(l1, 0, SZ_64K);
	memset(l2, 0, SZ_4K);
	make_config(MTK_TTBR, virt_to_phys(l1), &cfg);
	l1[5] = pointer(MTK_TTBR, l2);
	l2[7] = 0x4030167e;
	walker->translate(&cfg, 0x507123, &tr);
	KUNIT_EXPECT_NULL(test, tr.fault);
	KUNIT_EXPECT_EQ(test, tr.oa, 0x740301123);
	KUNIT_EXPECT_EQ(test, tr.desc_pa[2], virt_to_phys(&l2[7]));
}

/* Passing proves that a table pointer that leaves RAM is not followed. */
static void v7s_stays_in_ram(struct kunit *test)
{
	const struct lab_walker *walker = lab_formats[LAB_V7S].walker;
	u32 *l1 = lab_hand_low_table(test, SZ_16K);
	struct lab_translation tr;
	struct io_pgtable_cfg cfg;
	struct lab_found found;

	make_config(ARM, virt_to_phys(l1), &cfg);
	l1[5] = 0x00000401;
	walker->translate(&cfg, 0x507123, &tr);
	KUNIT_EXPECT_STREQ(test, tr.fault, "table not in RAM");
	KUNIT_EXPECT_EQ(test, tr.level, 2);
	KUNIT_EXPECT_EQ(test, tr.desc_pa[2], 0x41c);
	lab_hand_walk(walker, &cfg, 0, U32_MAX, &found);
	KUNIT_EXPECT_EQ(test, found.bads, 1);
	KUNIT_EXPECT_STREQ(test, found.bad.why, "table not in RAM");
	KUNIT_EXPECT_EQ(test, found.bad.level, 1);

	/* Nor is a base */
	make_config(ARM, 0x4000, &cfg);
	walker->translate(&cfg, 0x507123, &tr);
	KUNIT_EXPECT_STREQ(test, tr.fault, "table not in RAM");
	KUNIT_EXPECT_EQ(test, tr.level, 1);
}

/* Passing proves that NS of one table is not taken for that of the next. */
static void v7s_ns_ends_with_its_table(struct kunit *test)
{
	const struct lab_walker *walker = lab_formats[LAB_V7S].walker;
	u32 *l1 = lab_hand_low_table(test, SZ_16K), *l2 = lab_hand_low_table(test, SZ_1K);
	struct io_pgtable_cfg cfg;
	struct lab_found found;

	make_config(ARM, virt_to_phys(l1), &cfg);
	l1[5] = pointer(ARM, l2);
	l1[6] = pointer(ARM, l2) | 8;
	l2[7] = 0x4030147e;
	lab_hand_walk(walker, &cfg, 0, U32_MAX, &found);
	KUNIT_ASSERT_EQ(test, found.leaves, 2);
	KUNIT_EXPECT_FALSE(test, found.leaf.attrs.ns);
	KUNIT_EXPECT_TRUE(test, found.last_leaf.attrs.ns);
}

static struct kunit_case walk_v7s_cases[] = {
	KUNIT_CASE_PARAM(v7s_reads_descriptor, one_gen_params),
	KUNIT_CASE(v7s_follows_high_tables),
	KUNIT_CASE(v7s_stays_in_ram),
	KUNIT_CASE(v7s_ns_ends_with_its_table),
	{}
};

static struct kunit_suite walk_v7s_suite = {
	.name		= "lab_walk_v7s",
	LAB_SUITE_OF_THE_LAB,
	.test_cases	= walk_v7s_cases,
};

kunit_test_suite(walk_v7s_suite);

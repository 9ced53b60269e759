// SPDX-License-Identifier: GPL-2.0-only
/*
 * Saboteurs of live tables: each flips the bits of one descriptor, or puts one where
 * none belongs, and exactly the rule that it breaks fires.
 *
 * Bits are named as the manuals do, for each format once more: DDI0487 D8.3 (LPAE),
 * DDI0406C B3.5.1 (v7s).
 */
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/sizes.h>

#include "saboteur.h"

#define RW	(IOMMU_READ | IOMMU_WRITE)
#define KERNEL	(&lab_provider_kernel)
#define LAB	(&lab_provider_lab)

enum {
	IOVA	= SZ_1G,
	PA	= SZ_2G + 0,
	PAGES	= 3,
};

/**
 * struct flip - what a saboteur does to a descriptor
 * @name:	in words
 * @provider:	who wrote the tables
 * @format:	number of the format
 * @rule:	the rule that it breaks
 * @bits:	bits of the descriptor that are flipped
 * @prot:	what the pages were mapped with, 0 for read and write
 * @pgsize:	their size in bytes, 0 for 4 KB
 * @at:		which descriptor, counted from that of the first page
 * @up:		levels above that
 * @stray:	a copy of the first page's is put there, with the bits flipped
 * @alone:	the bits themselves are put there
 * @quirks:	IO_PGTABLE_QUIRK_*
 */
struct flip {
	const char *name;
	const struct lab_provider *provider;
	unsigned int format;
	enum lab_rule rule;
	u64 bits;
	int prot;
	size_t pgsize;
	unsigned int at, up;
	bool stray, alone;
	unsigned long quirks;
};

/* The same in the tables of both. */
#define FLIP(_name, _format, _rule, _bits, ...)						\
	{ .name = "lab " _name, .provider = LAB, .format = (_format),			\
	  .rule = LAB_RULE_##_rule, .bits = (_bits), ##__VA_ARGS__ },			\
	{ .name = "kernel " _name, .provider = KERNEL, .format = (_format),		\
	  .rule = LAB_RULE_##_rule, .bits = (_bits), ##__VA_ARGS__ }

static const struct flip flips[] = {
	FLIP("lpae AP[1]",		LAB_LPAE_S1, PERMISSIONS,	BIT_ULL(6)),
	FLIP("lpae AP[2]",		LAB_LPAE_S1, PERMISSIONS,	BIT_ULL(7)),
	FLIP("lpae AP[2] of read-only",	LAB_LPAE_S1, PERMISSIONS,	BIT_ULL(7),
	     .prot = IOMMU_READ),
	FLIP("lpae PXN",		LAB_LPAE_S1, PERMISSIONS,	BIT_ULL(53)),
	FLIP("lpae UXN",		LAB_LPAE_S1, PERMISSIONS,	BIT_ULL(54)),
	FLIP("lpae APTable[1]",		LAB_LPAE_S1, PERMISSIONS,	BIT_ULL(62), .up = 1),
	FLIP("lpae APTable[0]",		LAB_LPAE_S1, PERMISSIONS,	BIT_ULL(61), .up = 2),
	FLIP("lpae PXNTable",		LAB_LPAE_S1, PERMISSIONS,	BIT_ULL(59), .up = 3),
	FLIP("lpae AttrIndx",		LAB_LPAE_S1, ATTRIBUTES,	BIT_ULL(2)),
	FLIP("lpae AttrIndx of a block", LAB_LPAE_S1, ATTRIBUTES,	BIT_ULL(3),
	     .pgsize = SZ_2M),
	FLIP("lpae SH",			LAB_LPAE_S1, ATTRIBUTES,	BIT_ULL(8),
	     .prot = RW | IOMMU_CACHE),
	FLIP("lpae NS",			LAB_LPAE_S1, ATTRIBUTES,	BIT_ULL(5)),
	FLIP("lpae NS with the quirk",	LAB_LPAE_S1, ATTRIBUTES,	BIT_ULL(5),
	     .quirks = IO_PGTABLE_QUIRK_ARM_NS),
	FLIP("lpae NSTable",		LAB_LPAE_S1, ATTRIBUTES,	BIT_ULL(63), .up = 1),
	FLIP("lpae nG",			LAB_LPAE_S1, ATTRIBUTES,	BIT_ULL(11), .at = 1),
	FLIP("lpae DBM",		LAB_LPAE_S1, ATTRIBUTES,	BIT_ULL(51),
	     .quirks = IO_PGTABLE_QUIRK_ARM_HD),
	FLIP("lpae AF",			LAB_LPAE_S1, FAULT_LEVEL,	BIT_ULL(10)),
	FLIP("lpae OA[12]",		LAB_LPAE_S1, TRANSLATION,	BIT_ULL(12)),
	FLIP("lpae OA[47] of the last",	LAB_LPAE_S1, TRANSLATION,	BIT_ULL(47), .at = 2),
	FLIP("lpae OA[30] of a block",	LAB_LPAE_S1, TRANSLATION,	BIT_ULL(30),
	     .pgsize = SZ_2M, .at = 1),
	FLIP("lpae valid",		LAB_LPAE_S1, TRANSLATION,	BIT_ULL(0), .at = 1),
	FLIP("lpae type",		LAB_LPAE_S1, TREE_SOUND,	BIT_ULL(1), .at = 1),
	FLIP("lpae contiguous",		LAB_LPAE_S1, CONTIGUOUS_WHOLE,	BIT_ULL(52), .at = 1),
	FLIP("lpae stray page",		LAB_LPAE_S1, NO_STRAY,		0, .at = 3, .stray = true),
	FLIP("lpae stray page far off",	LAB_LPAE_S1, NO_STRAY,		0, .at = 511,
	     .stray = true),
	FLIP("lpae stray block",	LAB_LPAE_S1, NO_STRAY,		0, .pgsize = SZ_2M,
	     .at = 7, .stray = true),
	FLIP("lpae stray page without AF", LAB_LPAE_S1, FAULT_LEVEL,	BIT_ULL(10), .at = 3,
	     .stray = true),
	FLIP("lpae reserved encoding",	LAB_LPAE_S1, TREE_SOUND,	BIT_ULL(0), .at = 3,
	     .alone = true),

	FLIP("lpae-s2 S2AP[0]",		LAB_LPAE_S2, PERMISSIONS,	BIT_ULL(6)),
	FLIP("lpae-s2 S2AP[1]",		LAB_LPAE_S2, PERMISSIONS,	BIT_ULL(7),
	     .prot = IOMMU_WRITE),
	FLIP("lpae-s2 XN[1]",		LAB_LPAE_S2, PERMISSIONS,	BIT_ULL(54)),
	FLIP("lpae-s2 XN[1] of noexec",	LAB_LPAE_S2, PERMISSIONS,	BIT_ULL(54),
	     .prot = RW | IOMMU_NOEXEC),
	FLIP("lpae-s2 MemAttr[0]",	LAB_LPAE_S2, ATTRIBUTES,	BIT_ULL(2),
	     .prot = RW | IOMMU_CACHE),
	FLIP("lpae-s2 MemAttr[2]",	LAB_LPAE_S2, ATTRIBUTES,	BIT_ULL(4)),
	FLIP("lpae-s2 SH",		LAB_LPAE_S2, ATTRIBUTES,	BIT_ULL(8),
	     .prot = RW | IOMMU_CACHE),
	FLIP("lpae-s2 AF",		LAB_LPAE_S2, FAULT_LEVEL,	BIT_ULL(10), .at = 2),
	FLIP("lpae-s2 OA[13]",		LAB_LPAE_S2, TRANSLATION,	BIT_ULL(13)),
	FLIP("lpae-s2 stray",		LAB_LPAE_S2, NO_STRAY,		0, .at = 3, .stray = true),

	FLIP("lpae32-s1 XN",		LAB_LPAE32_S1, PERMISSIONS,	BIT_ULL(54)),
	FLIP("lpae32-s1 OA[39]",	LAB_LPAE32_S1, TRANSLATION,	BIT_ULL(39)),
	FLIP("lpae32-s1 stray",		LAB_LPAE32_S1, NO_STRAY,	0, .at = 3, .stray = true),
	FLIP("lpae32-s2 S2AP[0]",	LAB_LPAE32_S2, PERMISSIONS,	BIT_ULL(6)),
	FLIP("lpae32-s2 stray",		LAB_LPAE32_S2, NO_STRAY,	0, .at = 3, .stray = true),

	FLIP("mali read",		LAB_MALI, PERMISSIONS,		BIT_ULL(6)),
	FLIP("mali write",		LAB_MALI, PERMISSIONS,		BIT_ULL(7)),
	FLIP("mali NX",			LAB_MALI, PERMISSIONS,		BIT_ULL(54)),
	FLIP("mali attribute index",	LAB_MALI, ATTRIBUTES,		BIT_ULL(2)),
	FLIP("mali share",		LAB_MALI, ATTRIBUTES,		BIT_ULL(8)),
	FLIP("mali OA[12]",		LAB_MALI, TRANSLATION,		BIT_ULL(12)),
	FLIP("mali stray",		LAB_MALI, NO_STRAY,		0, .at = 3, .stray = true),

	FLIP("v7s AP[2]",		LAB_V7S, PERMISSIONS,		BIT(9)),
	FLIP("v7s AP[1]",		LAB_V7S, PERMISSIONS,		BIT(5)),
	FLIP("v7s XN",			LAB_V7S, PERMISSIONS,		BIT(0)),
	FLIP("v7s XN of a section",	LAB_V7S, PERMISSIONS,		BIT(4), .pgsize = SZ_1M),
	FLIP("v7s AP[0], the access flag", LAB_V7S, FAULT_LEVEL,	BIT(4)),
	FLIP("v7s TEX[0]",		LAB_V7S, ATTRIBUTES,		BIT(6)),
	FLIP("v7s C",			LAB_V7S, ATTRIBUTES,		BIT(3),
	     .prot = RW | IOMMU_CACHE),
	FLIP("v7s B of a section",	LAB_V7S, ATTRIBUTES,		BIT(2),
	     .prot = RW | IOMMU_MMIO, .pgsize = SZ_1M),
	FLIP("v7s S",			LAB_V7S, ATTRIBUTES,		BIT(10)),
	FLIP("v7s nG",			LAB_V7S, ATTRIBUTES,		BIT(11)),
	FLIP("v7s NS of a section",	LAB_V7S, ATTRIBUTES,		BIT(19), .pgsize = SZ_1M),
	FLIP("v7s NS of a table",	LAB_V7S, ATTRIBUTES,		BIT(3), .up = 1),
	FLIP("v7s NS of a table with the quirk", LAB_V7S, ATTRIBUTES,	BIT(3), .up = 1,
	     .quirks = IO_PGTABLE_QUIRK_ARM_NS),
	FLIP("v7s domain of a table",	LAB_V7S, TREE_SOUND,		BIT(5), .up = 1),
	FLIP("v7s OA[12]",		LAB_V7S, TRANSLATION,		BIT(12)),
	FLIP("v7s valid",		LAB_V7S, TRANSLATION,		BIT(1), .at = 2),
	FLIP("v7s large page's sixth entry", LAB_V7S, CONTIGUOUS_WHOLE,	BIT(16), .at = 5,
	     .pgsize = SZ_64K),
	FLIP("v7s supersection's last entry", LAB_V7S, CONTIGUOUS_WHOLE, BIT(3), .at = 15,
	     .pgsize = SZ_16M),
	FLIP("v7s stray page",		LAB_V7S, NO_STRAY,		0, .at = 3, .stray = true),
	FLIP("v7s stray section",	LAB_V7S, NO_STRAY,		0, .at = 3, .stray = true,
	     .pgsize = SZ_1M),
	FLIP("v7s stray page without AF", LAB_V7S, FAULT_LEVEL,		BIT(4), .at = 3,
	     .stray = true),
	FLIP("v7s mtk PA[32]",		LAB_V7S, TRANSLATION,		BIT(9),
	     .quirks = IO_PGTABLE_QUIRK_NO_PERMS | IO_PGTABLE_QUIRK_ARM_MTK_EXT),
};

static void flip_desc(const struct flip *f, char *desc)
{
	strscpy(desc, f->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(flips, flips, flip_desc);

static u64 load(const struct lab_instance *inst, void *desc)
{
	return lab_params_are_v7s(&inst->params) ? *(u32 *)desc : *(u64 *)desc;
}

static void store(const struct lab_instance *inst, void *desc, u64 value)
{
	if (lab_params_are_v7s(&inst->params))
		*(u32 *)desc = value;
	else
		*(u64 *)desc = value;
}

/*
 * Passing proves that one wrong descriptor in a tree that is right otherwise is
 * found, by the rule that it breaks and no other.
 */
static void flip_is_found(struct kunit *test)
{
	const struct flip *f = test->param_value;
	struct lab_tally *tally = lab_kunit_tally(test);
	size_t pgsize = f->pgsize ?: SZ_4K;
	struct lab_translation t;
	struct lab_instance *inst;
	u64 old, new;
	void *desc;

	inst = lab_sabotage_create(test, f->format, f->provider, f->quirks, tally);
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, IOVA, PA, pgsize, PAGES, f->prot ?: RW));
	inst->params.format->walker->translate(&inst->cfg, IOVA, &t);
	KUNIT_ASSERT_NULL(test, t.fault);
	lab_instance_verify(inst);
	lab_kunit_expect_clean(test, tally);

	desc = phys_to_virt(t.desc_pa[t.level - f->up]) +
	       f->at * (lab_params_are_v7s(&inst->params) ? sizeof(u32) : sizeof(u64));
	old = load(inst, desc);
	new = (f->alone ? 0 : f->stray ? t.desc[t.level] : old) ^ f->bits;
	store(inst, desc, new);
	lab_instance_verify(inst);
	store(inst, desc, old);

	lab_kunit_expect_fired(test, tally, f->rule);
	lab_kunit_destroy(test, inst);
	/* Put right, it is right. */
	lab_kunit_expect_fired(test, tally, f->rule);
}

/**
 * struct output - what a saboteur does to the registers
 * @name:	in words
 * @provider:	who wrote them
 * @format:	number of the format
 * @spoil:	does it
 */
struct output {
	const char *name;
	const struct lab_provider *provider;
	unsigned int format;
	void (*spoil)(struct lab_instance *inst, struct io_pgtable_cfg *cfg);
};

#define SPOIL(_name, _do)									\
	static void spoil_##_name(struct lab_instance *inst, struct io_pgtable_cfg *cfg)	\
	{											\
		_do;										\
	}

SPOIL(tsz, cfg->arm_lpae_s1_cfg.tcr.tsz++)
SPOIL(ips, cfg->arm_lpae_s1_cfg.tcr.ips--)
SPOIL(tg, cfg->arm_lpae_s1_cfg.tcr.tg = 1)
SPOIL(sh, cfg->arm_lpae_s1_cfg.tcr.sh ^= 1)
SPOIL(sh_none, cfg->arm_lpae_s1_cfg.tcr.sh = 0)
SPOIL(orgn, cfg->arm_lpae_s1_cfg.tcr.orgn = 2)
SPOIL(irgn, cfg->arm_lpae_s1_cfg.tcr.irgn = 0)
SPOIL(ttbr, cfg->arm_lpae_s1_cfg.ttbr += 64)
SPOIL(mair, cfg->arm_lpae_s1_cfg.mair ^= 0xff00)
SPOIL(mair_unused, cfg->arm_lpae_s1_cfg.mair ^= 0xffULL << 56)
SPOIL(vsl, cfg->arm_lpae_s2_cfg.vtcr.sl ^= 1)
SPOIL(vtsz, cfg->arm_lpae_s2_cfg.vtcr.tsz++)
SPOIL(vps, cfg->arm_lpae_s2_cfg.vtcr.ps++)
SPOIL(vorgn, cfg->arm_lpae_s2_cfg.vtcr.orgn = 0)
SPOIL(vttbr, cfg->arm_lpae_s2_cfg.vttbr += 64)
SPOIL(v7s_n, cfg->arm_v7s_cfg.tcr |= 1)
SPOIL(v7s_base, cfg->arm_v7s_cfg.ttbr += SZ_1K)
SPOIL(v7s_s, cfg->arm_v7s_cfg.ttbr ^= BIT(1))
SPOIL(v7s_nos, cfg->arm_v7s_cfg.ttbr ^= BIT(5))
SPOIL(v7s_rgn, cfg->arm_v7s_cfg.ttbr ^= BIT(3))
SPOIL(v7s_irgn, cfg->arm_v7s_cfg.ttbr ^= BIT(6))
SPOIL(v7s_prrr, cfg->arm_v7s_cfg.prrr ^= BIT(2))
SPOIL(v7s_nmrr, cfg->arm_v7s_cfg.nmrr ^= BIT(14))
SPOIL(transtab, cfg->arm_mali_lpae_cfg.transtab ^= BIT(0))
SPOIL(memattr, cfg->arm_mali_lpae_cfg.memattr ^= 0xff00)

/* Another table of the tree, which lies as a root may. */
static void spoil_root(struct lab_instance *inst, struct io_pgtable_cfg *cfg)
{
	struct lab_translation t;

	inst->params.format->walker->translate(&inst->cfg, IOVA, &t);
	cfg->arm_lpae_s1_cfg.ttbr = t.desc_pa[t.level] & PAGE_MASK;
}

#define OUTPUT(_name, _format, _spoil)							\
	{ .name = "lab " _name, .provider = LAB, .format = (_format),			\
	  .spoil = spoil_##_spoil },							\
	{ .name = "kernel " _name, .provider = KERNEL, .format = (_format),		\
	  .spoil = spoil_##_spoil }

static const struct output outputs[] = {
	OUTPUT("lpae TSZ", LAB_LPAE_S1, tsz),
	OUTPUT("lpae IPS", LAB_LPAE_S1, ips),
	OUTPUT("lpae TG", LAB_LPAE_S1, tg),
	OUTPUT("lpae SH outer", LAB_LPAE_S1, sh),
	OUTPUT("lpae SH none", LAB_LPAE_S1, sh_none),
	OUTPUT("lpae ORGN", LAB_LPAE_S1, orgn),
	OUTPUT("lpae IRGN", LAB_LPAE_S1, irgn),
	OUTPUT("lpae TTBR misaligned", LAB_LPAE_S1, ttbr),
	OUTPUT("lpae TTBR of another table", LAB_LPAE_S1, root),
	OUTPUT("lpae MAIR", LAB_LPAE_S1, mair),
	OUTPUT("lpae MAIR, unused", LAB_LPAE_S1, mair_unused),
	OUTPUT("lpae-s2 SL0", LAB_LPAE_S2, vsl),
	OUTPUT("lpae-s2 T0SZ", LAB_LPAE_S2, vtsz),
	OUTPUT("lpae-s2 PS", LAB_LPAE_S2, vps),
	OUTPUT("lpae-s2 ORGN", LAB_LPAE_S2, vorgn),
	OUTPUT("lpae-s2 VTTBR misaligned", LAB_LPAE_S2, vttbr),
	OUTPUT("lpae32-s1 T0SZ", LAB_LPAE32_S1, tsz),
	OUTPUT("lpae32-s1 IRGN", LAB_LPAE32_S1, irgn),
	OUTPUT("lpae32-s2 SL0", LAB_LPAE32_S2, vsl),
	OUTPUT("v7s TTBCR.N", LAB_V7S, v7s_n),
	OUTPUT("v7s TTBR misaligned", LAB_V7S, v7s_base),
	OUTPUT("v7s TTBR.S", LAB_V7S, v7s_s),
	OUTPUT("v7s TTBR.NOS", LAB_V7S, v7s_nos),
	OUTPUT("v7s TTBR.RGN", LAB_V7S, v7s_rgn),
	OUTPUT("v7s TTBR.IRGN", LAB_V7S, v7s_irgn),
	OUTPUT("v7s PRRR", LAB_V7S, v7s_prrr),
	OUTPUT("v7s NMRR", LAB_V7S, v7s_nmrr),
	OUTPUT("mali TRANSTAB", LAB_MALI, transtab),
	OUTPUT("mali MEMATTR", LAB_MALI, memattr),
};

static void output_desc(const struct output *o, char *desc)
{
	strscpy(desc, o->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(outputs, outputs, output_desc);

/* Passing proves that a register which does not describe the tables is found. */
static void output_is_found(struct kunit *test)
{
	const struct output *o = test->param_value;
	struct lab_tally *tally = lab_kunit_tally(test);
	struct io_pgtable_cfg right;
	struct lab_instance *inst;

	inst = lab_sabotage_create(test, o->format, o->provider, 0, tally);
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, IOVA, PA, SZ_4K, 1, RW));
	right = inst->cfg;
	lab_instance_check_outputs(inst);
	lab_kunit_expect_clean(test, tally);
	o->spoil(inst, &inst->cfg);
	lab_instance_check_outputs(inst);
	inst->cfg = right;
	lab_kunit_expect_fired(test, tally, LAB_RULE_CONFIG_OUTPUTS);
}

static struct kunit_case saboteur_tables_cases[] = {
	KUNIT_CASE_PARAM(flip_is_found, flips_gen_params),
	KUNIT_CASE_PARAM(output_is_found, outputs_gen_params),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite saboteur_tables_suite = {
	.name		= "lab_saboteur_tables",
	.test_cases	= saboteur_tables_cases,
};

kunit_test_suite(saboteur_tables_suite);

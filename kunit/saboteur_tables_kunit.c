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
	unsigned int format;
	enum lab_rule rule;
	u64 bits;
	int prot;
	size_t pgsize;
	unsigned int at, up;
	bool stray, alone;
	unsigned long quirks;
};

static const struct flip flips[] = {
	{ "lpae AP[1]", LAB_LPAE_S1, LAB_RULE_PERMISSIONS, BIT_ULL(6) },
	{ "lpae AP[2]", LAB_LPAE_S1, LAB_RULE_PERMISSIONS, BIT_ULL(7) },
	{ "lpae AP[2] of read-only", LAB_LPAE_S1, LAB_RULE_PERMISSIONS, BIT_ULL(7),
	  .prot = IOMMU_READ },
	{ "lpae PXN", LAB_LPAE_S1, LAB_RULE_PERMISSIONS, BIT_ULL(53) },
	{ "lpae UXN", LAB_LPAE_S1, LAB_RULE_PERMISSIONS, BIT_ULL(54) },
	{ "lpae APTable[1]", LAB_LPAE_S1, LAB_RULE_PERMISSIONS, BIT_ULL(62), .up = 1 },
	{ "lpae APTable[0]", LAB_LPAE_S1, LAB_RULE_PERMISSIONS, BIT_ULL(61), .up = 2 },
	{ "lpae PXNTable", LAB_LPAE_S1, LAB_RULE_PERMISSIONS, BIT_ULL(59), .up = 3 },
	{ "lpae AttrIndx", LAB_LPAE_S1, LAB_RULE_ATTRIBUTES, BIT_ULL(2) },
	{ "lpae AttrIndx of a block", LAB_LPAE_S1, LAB_RULE_ATTRIBUTES, BIT_ULL(3),
	  .pgsize = SZ_2M },
	{ "lpae SH", LAB_LPAE_S1, LAB_RULE_ATTRIBUTES, BIT_ULL(8), .prot = RW | IOMMU_CACHE },
	{ "lpae NS", LAB_LPAE_S1, LAB_RULE_ATTRIBUTES, BIT_ULL(5) },
	{ "lpae NS with the quirk", LAB_LPAE_S1, LAB_RULE_ATTRIBUTES, BIT_ULL(5),
	  .quirks = IO_PGTABLE_QUIRK_ARM_NS },
	{ "lpae NSTable", LAB_LPAE_S1, LAB_RULE_ATTRIBUTES, BIT_ULL(63), .up = 1 },
	{ "lpae nG", LAB_LPAE_S1, LAB_RULE_ATTRIBUTES, BIT_ULL(11), .at = 1 },
	{ "lpae DBM", LAB_LPAE_S1, LAB_RULE_ATTRIBUTES, BIT_ULL(51),
	  .quirks = IO_PGTABLE_QUIRK_ARM_HD },
	{ "lpae AF", LAB_LPAE_S1, LAB_RULE_FAULT_LEVEL, BIT_ULL(10) },
	{ "lpae OA[12]", LAB_LPAE_S1, LAB_RULE_TRANSLATION, BIT_ULL(12) },
	{ "lpae OA[47] of the last", LAB_LPAE_S1, LAB_RULE_TRANSLATION, BIT_ULL(47), .at = 2 },
	{ "lpae OA[30] of a block", LAB_LPAE_S1, LAB_RULE_TRANSLATION, BIT_ULL(30),
	  .pgsize = SZ_2M, .at = 1 },
	{ "lpae valid", LAB_LPAE_S1, LAB_RULE_TRANSLATION, BIT_ULL(0), .at = 1 },
	{ "lpae type", LAB_LPAE_S1, LAB_RULE_TREE_SOUND, BIT_ULL(1), .at = 1 },
	{ "lpae contiguous", LAB_LPAE_S1, LAB_RULE_CONTIGUOUS_WHOLE, BIT_ULL(52), .at = 1 },
	{ "lpae stray page", LAB_LPAE_S1, LAB_RULE_NO_STRAY, 0, .at = 3, .stray = true },
	{ "lpae stray page far off", LAB_LPAE_S1, LAB_RULE_NO_STRAY, 0,
	  .at = 511, .stray = true },
	{ "lpae stray block", LAB_LPAE_S1, LAB_RULE_NO_STRAY, 0,
	  .pgsize = SZ_2M, .at = 7, .stray = true },
	{ "lpae stray page without AF", LAB_LPAE_S1, LAB_RULE_FAULT_LEVEL, BIT_ULL(10),
	  .at = 3, .stray = true },
	{ "lpae reserved encoding", LAB_LPAE_S1, LAB_RULE_TREE_SOUND, BIT_ULL(0),
	  .at = 3, .alone = true },

	{ "lpae-s2 S2AP[0]", LAB_LPAE_S2, LAB_RULE_PERMISSIONS, BIT_ULL(6) },
	{ "lpae-s2 S2AP[1]", LAB_LPAE_S2, LAB_RULE_PERMISSIONS, BIT_ULL(7),
	  .prot = IOMMU_WRITE },
	{ "lpae-s2 XN[1]", LAB_LPAE_S2, LAB_RULE_PERMISSIONS, BIT_ULL(54) },
	{ "lpae-s2 XN[1] of noexec", LAB_LPAE_S2, LAB_RULE_PERMISSIONS, BIT_ULL(54),
	  .prot = RW | IOMMU_NOEXEC },
	{ "lpae-s2 MemAttr[0]", LAB_LPAE_S2, LAB_RULE_ATTRIBUTES, BIT_ULL(2),
	  .prot = RW | IOMMU_CACHE },
	{ "lpae-s2 MemAttr[2]", LAB_LPAE_S2, LAB_RULE_ATTRIBUTES, BIT_ULL(4) },
	{ "lpae-s2 SH", LAB_LPAE_S2, LAB_RULE_ATTRIBUTES, BIT_ULL(8),
	  .prot = RW | IOMMU_CACHE },
	{ "lpae-s2 AF", LAB_LPAE_S2, LAB_RULE_FAULT_LEVEL, BIT_ULL(10), .at = 2 },
	{ "lpae-s2 OA[13]", LAB_LPAE_S2, LAB_RULE_TRANSLATION, BIT_ULL(13) },
	{ "lpae-s2 stray", LAB_LPAE_S2, LAB_RULE_NO_STRAY, 0, .at = 3, .stray = true },

	{ "lpae32-s1 XN", LAB_LPAE32_S1, LAB_RULE_PERMISSIONS, BIT_ULL(54) },
	{ "lpae32-s1 OA[39]", LAB_LPAE32_S1, LAB_RULE_TRANSLATION, BIT_ULL(39) },
	{ "lpae32-s1 stray", LAB_LPAE32_S1, LAB_RULE_NO_STRAY, 0, .at = 3, .stray = true },
	{ "lpae32-s2 S2AP[0]", LAB_LPAE32_S2, LAB_RULE_PERMISSIONS, BIT_ULL(6) },
	{ "lpae32-s2 stray", LAB_LPAE32_S2, LAB_RULE_NO_STRAY, 0, .at = 3, .stray = true },

	{ "mali read", LAB_MALI, LAB_RULE_PERMISSIONS, BIT_ULL(6) },
	{ "mali write", LAB_MALI, LAB_RULE_PERMISSIONS, BIT_ULL(7) },
	{ "mali NX", LAB_MALI, LAB_RULE_PERMISSIONS, BIT_ULL(54) },
	{ "mali attribute index", LAB_MALI, LAB_RULE_ATTRIBUTES, BIT_ULL(2) },
	{ "mali share", LAB_MALI, LAB_RULE_ATTRIBUTES, BIT_ULL(8) },
	{ "mali OA[12]", LAB_MALI, LAB_RULE_TRANSLATION, BIT_ULL(12) },
	{ "mali stray", LAB_MALI, LAB_RULE_NO_STRAY, 0, .at = 3, .stray = true },

	{ "v7s AP[2]", LAB_V7S, LAB_RULE_PERMISSIONS, BIT(9) },
	{ "v7s AP[1]", LAB_V7S, LAB_RULE_PERMISSIONS, BIT(5) },
	{ "v7s XN", LAB_V7S, LAB_RULE_PERMISSIONS, BIT(0) },
	{ "v7s XN of a section", LAB_V7S, LAB_RULE_PERMISSIONS, BIT(4), .pgsize = SZ_1M },
	{ "v7s AP[0], the access flag", LAB_V7S, LAB_RULE_FAULT_LEVEL, BIT(4) },
	{ "v7s TEX[0]", LAB_V7S, LAB_RULE_ATTRIBUTES, BIT(6) },
	{ "v7s C", LAB_V7S, LAB_RULE_ATTRIBUTES, BIT(3), .prot = RW | IOMMU_CACHE },
	{ "v7s B of a section", LAB_V7S, LAB_RULE_ATTRIBUTES, BIT(2),
	  .prot = RW | IOMMU_MMIO, .pgsize = SZ_1M },
	{ "v7s S", LAB_V7S, LAB_RULE_ATTRIBUTES, BIT(10) },
	{ "v7s nG", LAB_V7S, LAB_RULE_ATTRIBUTES, BIT(11) },
	{ "v7s NS of a section", LAB_V7S, LAB_RULE_ATTRIBUTES, BIT(19), .pgsize = SZ_1M },
	{ "v7s NS of a table", LAB_V7S, LAB_RULE_ATTRIBUTES, BIT(3), .up = 1 },
	{ "v7s NS of a table with the quirk", LAB_V7S, LAB_RULE_ATTRIBUTES, BIT(3),
	  .up = 1, .quirks = IO_PGTABLE_QUIRK_ARM_NS },
	{ "v7s domain of a table", LAB_V7S, LAB_RULE_TREE_SOUND, BIT(5), .up = 1 },
	{ "v7s OA[12]", LAB_V7S, LAB_RULE_TRANSLATION, BIT(12) },
	{ "v7s valid", LAB_V7S, LAB_RULE_TRANSLATION, BIT(1), .at = 2 },
	{ "v7s large page's sixth entry", LAB_V7S, LAB_RULE_CONTIGUOUS_WHOLE, BIT(16),
	  .at = 5, .pgsize = SZ_64K },
	{ "v7s supersection's last entry", LAB_V7S, LAB_RULE_CONTIGUOUS_WHOLE, BIT(3),
	  .at = 15, .pgsize = SZ_16M },
	{ "v7s stray page", LAB_V7S, LAB_RULE_NO_STRAY, 0, .at = 3, .stray = true },
	{ "v7s stray section", LAB_V7S, LAB_RULE_NO_STRAY, 0,
	  .at = 3, .stray = true, .pgsize = SZ_1M },
	{ "v7s stray page without AF", LAB_V7S, LAB_RULE_FAULT_LEVEL, BIT(4),
	  .at = 3, .stray = true },
	{ "v7s mtk PA[32]", LAB_V7S, LAB_RULE_TRANSLATION, BIT(9),
	  .quirks = IO_PGTABLE_QUIRK_NO_PERMS | IO_PGTABLE_QUIRK_ARM_MTK_EXT },
};

/**
 * struct flip_case - a flip as a KUnit parameter
 * @flip:	the flip
 * @provider:	who wrote the tables
 */
struct flip_case {
	const struct flip *flip;
	const struct lab_provider *provider;
};

/* The same in the tables of both. */
LAB_GENERATOR(next_flip)
{
	static struct flip_case cases[2 * ARRAY_SIZE(flips)];
	struct flip_case *c = prev ? (struct flip_case *)prev + 1 : cases;
	size_t i = c - cases;

	if (i == ARRAY_SIZE(cases))
		return NULL;
	c->flip = &flips[i / 2];
	c->provider = i % 2 ? KERNEL : LAB;
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s %s", c->provider->name, c->flip->name);
	return c;
}

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
	const struct flip_case *c = test->param_value;
	const struct flip *f = c->flip;
	struct lab_tally *tally = lab_kunit_tally(test);
	size_t pgsize = f->pgsize ?: SZ_4K;
	struct lab_translation t;
	struct lab_instance *inst;
	u64 old, new;
	void *desc;

	inst = lab_sabotage_create(test, f->format, c->provider, f->quirks, tally);
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
 * @format:	number of the format
 * @spoil:	does it
 */
struct output {
	const char *name;
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

static const struct output outputs[] = {
	{ "lpae TSZ", LAB_LPAE_S1, spoil_tsz },
	{ "lpae IPS", LAB_LPAE_S1, spoil_ips },
	{ "lpae TG", LAB_LPAE_S1, spoil_tg },
	{ "lpae SH outer", LAB_LPAE_S1, spoil_sh },
	{ "lpae SH none", LAB_LPAE_S1, spoil_sh_none },
	{ "lpae ORGN", LAB_LPAE_S1, spoil_orgn },
	{ "lpae IRGN", LAB_LPAE_S1, spoil_irgn },
	{ "lpae TTBR misaligned", LAB_LPAE_S1, spoil_ttbr },
	{ "lpae TTBR of another table", LAB_LPAE_S1, spoil_root },
	{ "lpae MAIR", LAB_LPAE_S1, spoil_mair },
	{ "lpae MAIR, unused", LAB_LPAE_S1, spoil_mair_unused },
	{ "lpae-s2 SL0", LAB_LPAE_S2, spoil_vsl },
	{ "lpae-s2 T0SZ", LAB_LPAE_S2, spoil_vtsz },
	{ "lpae-s2 PS", LAB_LPAE_S2, spoil_vps },
	{ "lpae-s2 ORGN", LAB_LPAE_S2, spoil_vorgn },
	{ "lpae-s2 VTTBR misaligned", LAB_LPAE_S2, spoil_vttbr },
	{ "lpae32-s1 T0SZ", LAB_LPAE32_S1, spoil_tsz },
	{ "lpae32-s1 IRGN", LAB_LPAE32_S1, spoil_irgn },
	{ "lpae32-s2 SL0", LAB_LPAE32_S2, spoil_vsl },
	{ "v7s TTBCR.N", LAB_V7S, spoil_v7s_n },
	{ "v7s TTBR misaligned", LAB_V7S, spoil_v7s_base },
	{ "v7s TTBR.S", LAB_V7S, spoil_v7s_s },
	{ "v7s TTBR.NOS", LAB_V7S, spoil_v7s_nos },
	{ "v7s TTBR.RGN", LAB_V7S, spoil_v7s_rgn },
	{ "v7s TTBR.IRGN", LAB_V7S, spoil_v7s_irgn },
	{ "v7s PRRR", LAB_V7S, spoil_v7s_prrr },
	{ "v7s NMRR", LAB_V7S, spoil_v7s_nmrr },
	{ "mali TRANSTAB", LAB_MALI, spoil_transtab },
	{ "mali MEMATTR", LAB_MALI, spoil_memattr },
};

/**
 * struct output_case - an output as a KUnit parameter
 * @output:	the output
 * @provider:	who wrote the registers
 */
struct output_case {
	const struct output *output;
	const struct lab_provider *provider;
};

LAB_GENERATOR(next_output)
{
	static struct output_case cases[2 * ARRAY_SIZE(outputs)];
	struct output_case *c = prev ? (struct output_case *)prev + 1 : cases;
	size_t i = c - cases;

	if (i == ARRAY_SIZE(cases))
		return NULL;
	c->output = &outputs[i / 2];
	c->provider = i % 2 ? KERNEL : LAB;
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s %s", c->provider->name, c->output->name);
	return c;
}

/* Passing proves that a register which does not describe the tables is found. */
static void output_is_found(struct kunit *test)
{
	const struct output_case *c = test->param_value;
	struct lab_tally *tally = lab_kunit_tally(test);
	struct io_pgtable_cfg right;
	struct lab_instance *inst;

	inst = lab_sabotage_create(test, c->output->format, c->provider, 0, tally);
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, IOVA, PA, SZ_4K, 1, RW));
	right = inst->cfg;
	lab_instance_check_outputs(inst);
	lab_kunit_expect_clean(test, tally);
	c->output->spoil(inst, &inst->cfg);
	lab_instance_check_outputs(inst);
	inst->cfg = right;
	lab_kunit_expect_fired(test, tally, LAB_RULE_CONFIG_OUTPUTS);
}

static struct kunit_case saboteur_tables_cases[] = {
	KUNIT_CASE_PARAM(flip_is_found, next_flip),
	KUNIT_CASE_PARAM(output_is_found, next_output),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite saboteur_tables_suite = {
	.name		= "lab_saboteur_tables",
	LAB_SUITE_OF_THE_LAB,
	.test_cases	= saboteur_tables_cases,
};

kunit_test_suite(saboteur_tables_suite);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registers of LPAE tables, decoded for the walker from io-pgtable's
 * configuration outputs, as hardware would be given them.
 *
 * From DDI 0487: D8.2 (TTBR, TCR, VTTBR, VTCR), G5.5 (AArch32); for Mali from what
 * drivers/gpu/drm/panfrost writes to AS_TRANSTAB.  Where no register tells (Mali's
 * and AArch32's sizes), what is taken instead is said below.
 *
 * Pure functions of a configuration.
 */
#include <linux/bits.h>
#include <linux/io-pgtable.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/math.h>
#include <linux/minmax.h>

#include "lpae_decode.h"
#include "compat/compat.h"

enum lpae_limits {
	INPUT_LG2_MIN		= 25,	/* TSZ = 39, without FEAT_TTST */
	INPUT_LG2_MAX		= 48,
	INPUT_LG2_MAX_64K	= 52,	/* FEAT_LVA */
	TTBR_LG2_MIN_52		= 6,	/* D8.2: with 52-bit output addresses */
	OUTPUT_LG2_32		= 40,	/* AArch32 */
	CONCATENATED_LG2	= 4,	/* D8.2.2: up to 16 tables */
};

/* G5.5: the fields of AArch32 that io-pgtable's 64 - ias ends up in */
enum lpae32_tsz {
	TSZ_T0SZ_S1		= GENMASK(2, 0),	/* TTBCR: 32 - T0SZ bits */
	TSZ_T0SZ_S2		= GENMASK(3, 0),	/* VTCR: likewise, signed */
	TSZ_S			= BIT(4),		/* VTCR.S: the sign again */
	INPUT_LG2_MAX_32_S2	= 40,
};

/* AS_TRANSTAB of Mali, in LPAE mode */
enum mali_transtab {
	TRANSTAB_ADRMODE	= GENMASK(1, 0),
	ADRMODE_TABLE		= 3,
	TRANSTAB_READ_INNER	= BIT(2),
	TRANSTAB_SHARE_OUTER	= BIT(4),
	TRANSTAB_ATTRS		= TRANSTAB_ADRMODE | TRANSTAB_READ_INNER |
				  TRANSTAB_SHARE_OUTER,
};

static bool is_64k(const struct lpae_regs *r)
{
	return r->granule_lg2 == 16;
}

/* The first that is wrong is the one that is told. */
static void complain(const char **why, const char *what)
{
	*why = *why ?: what;
}

/* TCR_ELx.TG0 and TG1 tell the same sizes by different codes */
static u8 read_granule(bool ttbr1, u32 tg)
{
	static const u8 tg0[] = { 12, 16, 14, 0 };
	static const u8 tg1[] = { 0, 14, 12, 16 };

	return ttbr1 ? tg1[tg] : tg0[tg];
}

/* TCR_ELx.{I}PS, VTCR_EL2.PS */
static u8 read_ps(u32 ps)
{
	static const u8 lg2[] = { 32, 36, 40, 42, 44, 48, 52, 0 };

	return lg2[ps];
}

/* TCR_ELx and VTCR_EL2 alike: IRGN, ORGN, SH */
static const char *read_walk_attrs(struct lpae_regs *r, u32 sh, u32 orgn, u32 irgn)
{
	static const enum lab_cacheability rgn[] = {
		LAB_CACHE_NC,
		LAB_CACHE_WB,	/* write-allocate */
		LAB_CACHE_WT,
		LAB_CACHE_WB,
	};

	r->inner = rgn[irgn];
	r->outer = rgn[orgn];
	r->share = sh == 3 ? LAB_SH_INNER : sh == 2 ? LAB_SH_OUTER : LAB_SH_NONE;
	return sh == 1 ? LAB_WHY_SH : NULL;
}

/* D8.2: a root is aligned to its size, all concatenated tables together */
static void read_base(struct lpae_regs *r)
{
	r->root_nr = BIT(r->input_lg2 - lpae_lg2(r, r->start_level));
	r->base_lg2 = ilog2(r->root_nr * sizeof(u64));
	/* io-pgtable outputs the address; its users pack bits 51:48 and ASID */
	if (r->output_lg2 > 48)
		r->base_lg2 = max(r->base_lg2, TTBR_LG2_MIN_52);
	r->base = r->ttbr & (~0ULL << r->base_lg2);
	r->misaligned = r->base != r->ttbr;
}

/* What VMSAv8-64 wants of both stages; true if it can be gone on with */
static bool check_sizes(const struct lpae_regs *r, const char **why)
{
	u8 input_max = is_64k(r) ? INPUT_LG2_MAX_64K : INPUT_LG2_MAX;

	if (!r->granule_lg2)
		complain(why, LAB_WHY_GRANULE);
	else if (!r->output_lg2)
		complain(why, LAB_WHY_PS);
	else if (r->input_lg2 < INPUT_LG2_MIN || r->input_lg2 > input_max)
		complain(why, LAB_WHY_TSZ);
	else
		return true;
	return false;
}

/* What the stages 1 of AArch64 and AArch32 share */
static const char *s1_fields(const struct io_pgtable_cfg *cfg, struct lpae_regs *r)
{
	typeof(cfg->arm_lpae_s1_cfg.tcr) tcr = cfg->arm_lpae_s1_cfg.tcr;

	r->ttbr = cfg->arm_lpae_s1_cfg.ttbr;
	r->granule_lg2 = read_granule(cfg->quirks & IO_PGTABLE_QUIRK_ARM_TTBR1, tcr.tg);
	r->ns = cfg->quirks & IO_PGTABLE_QUIRK_ARM_NS;
	r->memory = lpae_mair_memory;
	r->memory_attrs = cfg->arm_lpae_s1_cfg.mair;
	return read_walk_attrs(r, tcr.sh, tcr.orgn, tcr.irgn);
}

static void s1_root(const struct io_pgtable_cfg *cfg, struct lpae_regs *r)
{
	if (cfg->quirks & IO_PGTABLE_QUIRK_ARM_TTBR1)
		r->upper = ~0ULL << r->input_lg2;
	/* D8.2: as many levels as the input address takes */
	r->start_level = LAST_LEVEL + 1 -
			 DIV_ROUND_UP(r->input_lg2 - r->granule_lg2, lpae_stride(r));
	r->usable = true;
	read_base(r);
}

/**
 * lpae_s1_regs() - TTBR, TCR and MAIR of VMSAv8-64 stage 1
 * @cfg:	configuration, completed
 * @r:		filled in as far as it goes
 *
 * Context: Any.
 * Return: NULL, or what is wrong.
 */
const char *lpae_s1_regs(const struct io_pgtable_cfg *cfg, struct lpae_regs *r)
{
	const char *why = s1_fields(cfg, r);

	r->input_lg2 = 64 - cfg->arm_lpae_s1_cfg.tcr.tsz;
	r->output_lg2 = read_ps(cfg->arm_lpae_s1_cfg.tcr.ips);
	r->hd = cfg->quirks & IO_PGTABLE_QUIRK_ARM_HD;
	if (!check_sizes(r, &why))
		return why;
	/* D8.1: without FEAT_LPA2 only the 64 KB granule goes past 48 bits */
	if (!is_64k(r))
		r->output_lg2 = min(r->output_lg2, 48);
	s1_root(cfg, r);
	return why;
}

/**
 * lpae32_s1_regs() - TTBR, TTBCR and MAIR of AArch32's long descriptors
 * @cfg:	configuration, completed
 * @r:		filled in as far as it goes
 *
 * io-pgtable outputs 64 - ias as for VMSAv8-64; of that the three bits of
 * TTBCR.T0SZ are 32 - ias.  Input addresses are io-pgtable's likewise: TTBR1's
 * are the upper ones of 64 bits, of which the hardware sees 32.  There is no
 * register for granule and output size: 4 KB and 40 bits it is.  Nor is there
 * hardware management of the dirty state.
 *
 * Context: Any.
 * Return: NULL, or what is wrong.
 */
const char *lpae32_s1_regs(const struct io_pgtable_cfg *cfg, struct lpae_regs *r)
{
	u32 tsz = cfg->arm_lpae_s1_cfg.tcr.tsz;
	const char *why = s1_fields(cfg, r);

	r->output_lg2 = OUTPUT_LG2_32;
	r->input_lg2 = 32 - (tsz & TSZ_T0SZ_S1);
	if (r->granule_lg2 != 12)
		return LAB_WHY_GRANULE;
	if (r->input_lg2 != 64 - tsz)
		return LAB_WHY_TSZ;
	s1_root(cfg, r);
	return why;
}

/* AArch64.S2InvalidSL() and AArch64.S2InconsistentSL() of the manual */
static const char *read_sl0(struct lpae_regs *r, u32 sl0)
{
	unsigned int below, input_min;

	/* 4 KB: 0b11 is FEAT_TTST's; else: FEAT_LPA2's, with the 16 KB granule */
	if (sl0 == 3)
		return LAB_WHY_SL0;
	r->start_level = r->granule_lg2 == 12 ? 2 - sl0 : 3 - sl0;

	/* One bit at least is for the root, and 4 more than a table's at most. */
	below = lpae_lg2(r, r->start_level);
	input_min = below + 1;
	if (r->input_lg2 < input_min ||
	    r->input_lg2 > below + lpae_stride(r) + CONCATENATED_LG2)
		return LAB_WHY_SL0_TSZ;
	return NULL;
}

/*
 * R_SRKBC: the start levels that an implementation has for its PA size, which is
 * taken to be the configured one; the tables must be concatenated instead.
 */
static const char *check_start_level(const struct lpae_regs *r)
{
	u8 needs = r->granule_lg2 == 12 && r->start_level == 0 ? 44 :
		   r->granule_lg2 == 14 && r->start_level == 1 ? 42 :
		   r->granule_lg2 == 16 && r->start_level == 1 ? 44 : 0;

	return r->output_lg2 < needs ? LAB_WHY_START_LEVEL : NULL;
}

/* What the stages 2 of AArch64 and AArch32 share */
static const char *s2_fields(const struct io_pgtable_cfg *cfg, struct lpae_regs *r)
{
	typeof(cfg->arm_lpae_s2_cfg.vtcr) vtcr = cfg->arm_lpae_s2_cfg.vtcr;

	r->ttbr = cfg->arm_lpae_s2_cfg.vttbr;
	r->granule_lg2 = read_granule(false, vtcr.tg);
	r->fwb = cfg->quirks & IO_PGTABLE_QUIRK_ARM_S2FWB;
	return read_walk_attrs(r, vtcr.sh, vtcr.orgn, vtcr.irgn);
}

/**
 * lpae_s2_regs() - VTTBR and VTCR of VMSAv8-64 stage 2
 * @cfg:	configuration, completed
 * @r:		filled in as far as it goes
 *
 * Context: Any.
 * Return: NULL, or what is wrong.
 */
const char *lpae_s2_regs(const struct io_pgtable_cfg *cfg, struct lpae_regs *r)
{
	typeof(cfg->arm_lpae_s2_cfg.vtcr) vtcr = cfg->arm_lpae_s2_cfg.vtcr;
	const char *why = s2_fields(cfg, r), *fatal;

	r->input_lg2 = 64 - vtcr.tsz;
	r->output_lg2 = read_ps(vtcr.ps);
	if (!check_sizes(r, &why))
		return why;
	if (!is_64k(r))
		r->output_lg2 = min(r->output_lg2, 48);
	fatal = read_sl0(r, vtcr.sl);
	if (fatal)
		return fatal;
	r->usable = true;
	read_base(r);
	complain(&why, check_start_level(r));
	return why;
}

/**
 * lpae32_s2_regs() - VTTBR and VTCR of AArch32's stage 2
 * @cfg:	configuration, completed
 * @r:		filled in as far as it goes
 *
 * VTCR.T0SZ is signed, -8 to 7, and S repeats its sign: the five low bits of
 * io-pgtable's 64 - ias.  Walks start at level 1 or 2; granule and output size are
 * as with stage 1.
 *
 * Context: Any.
 * Return: NULL, or what is wrong.
 */
const char *lpae32_s2_regs(const struct io_pgtable_cfg *cfg, struct lpae_regs *r)
{
	typeof(cfg->arm_lpae_s2_cfg.vtcr) vtcr = cfg->arm_lpae_s2_cfg.vtcr;
	u32 tsz = vtcr.tsz, t0sz = tsz & TSZ_T0SZ_S2;
	const char *why = s2_fields(cfg, r), *fatal;

	r->output_lg2 = OUTPUT_LG2_32;
	r->input_lg2 = tsz & TSZ_S ? 32 + 16 - t0sz : 32 - t0sz;
	if (r->granule_lg2 != 12)
		return LAB_WHY_GRANULE;
	if (r->input_lg2 != 64 - tsz || r->input_lg2 < INPUT_LG2_MIN ||
	    r->input_lg2 > INPUT_LG2_MAX_32_S2)
		return LAB_WHY_TSZ;
	if (vtcr.sl > 1)
		return LAB_WHY_SL0;
	fatal = read_sl0(r, vtcr.sl);
	if (fatal)
		return fatal;
	r->usable = true;
	read_base(r);
	return why;
}

/**
 * lpae_mali_regs() - TRANSTAB and MEMATTR of Mali's LPAE
 * @cfg:	configuration, completed
 * @r:		filled in as far as it goes
 *
 * Walks start at level 0 always, from a base aligned to 4 KB.  The sizes of
 * addresses are the GPU's own, and no register of the MMU has them: they are
 * ias and oas.  READ_INNER is taken for walks that look into the GPU's caches,
 * SHARE_OUTER for those that look outside it.
 *
 * Context: Any.
 * Return: NULL, or what is wrong.
 */
const char *lpae_mali_regs(const struct io_pgtable_cfg *cfg, struct lpae_regs *r)
{
	u64 transtab = cfg->arm_mali_lpae_cfg.transtab;
	unsigned int top;

	r->granule_lg2 = 12;
	r->base_lg2 = 12;
	r->input_lg2 = min(cfg->ias, U8_MAX);
	r->output_lg2 = min(cfg->oas, INPUT_LG2_MAX);
	r->ttbr = transtab;
	r->base = transtab & GENMASK_ULL(63, 12);
	r->misaligned = transtab & GENMASK_ULL(11, 0) & ~(u64)TRANSTAB_ATTRS;
	r->memory = lpae_memattr_memory;
	r->memory_attrs = cfg->arm_mali_lpae_cfg.memattr;
	r->inner = transtab & TRANSTAB_READ_INNER ? LAB_CACHE_WB : LAB_CACHE_NC;
	r->outer = transtab & TRANSTAB_SHARE_OUTER ? LAB_CACHE_WB : LAB_CACHE_NC;
	r->share = transtab & TRANSTAB_SHARE_OUTER ? LAB_SH_OUTER : LAB_SH_INNER;

	if ((transtab & TRANSTAB_ADRMODE) != ADRMODE_TABLE)
		return LAB_WHY_ADRMODE;
	if (r->input_lg2 < r->granule_lg2 || r->input_lg2 > INPUT_LG2_MAX)
		return LAB_WHY_TSZ;
	if (r->output_lg2 < 32)
		return LAB_WHY_PS;
	top = lpae_lg2(r, 0);
	r->root_nr = r->input_lg2 > top ? BIT(r->input_lg2 - top) : 1;
	r->usable = true;
	return NULL;
}

/**
 * lpae_read_regs() - the registers of any LPAE format
 * @format:	the format
 * @cfg:	configuration, completed
 * @r:		filled in; a walk is possible where @r->usable
 *
 * Context: Any.
 * Return: NULL, or in words why no hardware would walk with them.
 */
const char *lpae_read_regs(const struct lpae_format *format,
			   const struct io_pgtable_cfg *cfg, struct lpae_regs *r)
{
	const char *why;

	*r = (struct lpae_regs) { .format = format };
	why = format->read_regs(cfg, r);
	if (!r->usable)
		return why;
	/* The root was made for ias: past it is somebody else's memory. */
	if (r->input_lg2 > cfg->ias) {
		r->usable = false;
		return LAB_WHY_IAS;
	}
	if (r->misaligned)
		complain(&why, LAB_WHY_BASE);
	if (r->base >> r->output_lg2)
		complain(&why, LAB_WHY_ADDRESS_SIZE);
	return why;
}

/**
 * lpae_show_regs() - decoded registers in the words of all formats
 * @r:		the registers
 * @out:	filled in; zeros where nothing was decoded
 *
 * Context: Any.
 */
void lpae_show_regs(const struct lpae_regs *r, struct lab_walk_regs *out)
{
	*out = (struct lab_walk_regs) {
		.first		= r->upper,
		.base		= r->base,
		.root_bytes	= r->root_nr * sizeof(u64),
		.granule	= r->granule_lg2 ? BIT(r->granule_lg2) : 0,
		.output_lg2	= r->output_lg2,
		.start_level	= r->start_level,
		.inner		= r->inner,
		.outer		= r->outer,
		.share		= r->share,
		.memory_nr	= r->memory ? ARRAY_SIZE(out->memory) : 0,
	};
	for (int i = 0; i < out->memory_nr; i++)
		out->memory[i] = r->memory(r->memory_attrs, i);
	if (!r->root_nr)
		return;
	out->last = r->upper + (BIT_ULL(r->input_lg2) - 1);
	out->base_align = BIT_ULL(r->base_lg2);
	out->concatenated = DIV_ROUND_UP(r->root_nr, BIT(lpae_stride(r)));
}

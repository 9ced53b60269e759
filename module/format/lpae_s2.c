// SPDX-License-Identifier: GPL-2.0-only
/*
 * LPAE stage 2: its start level, descriptors and registers (DDI 0487, D8.2,
 * D8.3.1.2, VTCR_EL2).  The 32-bit format of the kernel is the same within 40 bits
 * of input and output.
 *
 * Pure functions.
 */
#include <linux/iommu.h>

#include "../compat/compat.h"
#include "lpae.h"

/* MemAttr: the type itself; FEAT_S2FWB has codes of its own */
enum lpae_s2_memattr {
	S2_MEMATTR	= GENMASK_ULL(5, 2),
	S2_DEVICE_NGNRE	= 0x1,
	S2_NORMAL_NC	= 0x5,
	S2_NORMAL_WB	= 0xf,
	S2_FWB_FORCE_WB	= 0x6,
};

#define S2_CONCAT_MAX_LG2	4

/*
 * Whether the walk has to begin one level further down, with tables
 * concatenated: 16 KB tables have no level 0 here, and an output size that is
 * small has no start level as far up (R_DXBSH, R_SRKBC).
 */
static bool s2_must_concatenate(const struct io_pgtable_cfg *cfg,
				const struct lpae_geometry *geo)
{
	unsigned int level = lpae_level(geo, geo->root_shift);

	switch (1UL << geo->granule_lg2) {
	case SZ_4K:
		return level == 0 && cfg->oas <= 42;
	case SZ_16K:
		return level == 0 || (level == 1 && cfg->oas <= 40);
	default:
		return false;
	}
}

static bool s2_may_concatenate(const struct lpae_geometry *geo)
{
	return geo->root_bits <= S2_CONCAT_MAX_LG2 &&
	       lpae_level(geo, geo->root_shift) < LPAE_LAST_LEVEL;
}

static int s2_start_level(const struct io_pgtable_cfg *cfg, struct lpae_geometry *geo)
{
	bool must = s2_must_concatenate(cfg, geo), may = s2_may_concatenate(geo);

	/* An input space that is larger than the output space can be. */
	if (must && !may)
		return -EINVAL;

	if (must || (LAB_S2_SAVES_LEVEL_0 && may && !lpae_level(geo, geo->root_shift))) {
		geo->root_bits += geo->stride;
		geo->root_shift -= geo->stride;
	}

	return 0;
}

static int s2_check(struct io_pgtable_cfg *cfg, struct lpae_geometry *geo)
{
	unsigned long known = IO_PGTABLE_QUIRK_ARM_S2FWB | IO_PGTABLE_QUIRK_NO_WARN;
	int ret;

	if (cfg->quirks & ~known)
		return -EINVAL;

	lpae_restrict(cfg);
	if (lpae_pa_size(cfg->oas) < 0)
		return -EINVAL;

	ret = lpae_geometry(cfg, geo);

	return ret ?: s2_start_level(cfg, geo);
}

static int s2_check_32(struct io_pgtable_cfg *cfg, struct lpae_geometry *geo)
{
	if (cfg->ias > 40 || cfg->oas > 40)
		return -EINVAL;

	cfg->pgsize_bitmap &= LPAE_SIZES_4K;

	return s2_check(cfg, geo);
}

static u64 s2_leaf_attrs(const struct io_pgtable_cfg *cfg, int prot)
{
	u64 desc = LPAE_VALID | LPAE_AF;
	u64 memattr = S2_NORMAL_NC;

	if (prot & IOMMU_READ)
		desc |= LPAE_S2AP_READ;
	if (prot & IOMMU_WRITE)
		desc |= LPAE_S2AP_WRITE;
	if (prot & IOMMU_NOEXEC)
		desc |= LPAE_XN;

	if (prot & IOMMU_MMIO)
		memattr = S2_DEVICE_NGNRE;
	else if (prot & IOMMU_CACHE)
		memattr = cfg->quirks & IO_PGTABLE_QUIRK_ARM_S2FWB ?
			  S2_FWB_FORCE_WB : S2_NORMAL_WB;
	desc |= FIELD_PREP(S2_MEMATTR, memattr);

	/* Shareability follows the flag also where the type is Device. */
	if (prot & IOMMU_CACHE)
		desc |= FIELD_PREP(LPAE_SH, LPAE_SH_INNER);
	else
		desc |= FIELD_PREP(LPAE_SH, LPAE_SH_OUTER);

	return desc;
}

/* With 4 KB tables 2 stands for level 0, else 3 does; 3 there is FEAT_TTST's level 3. */
static u32 s2_sl0(const struct lpae_geometry *geo)
{
	unsigned int level = lpae_level(geo, geo->root_shift);

	return (geo->granule_lg2 == ilog2(SZ_4K) ? 2 - level : 3 - level) & 3;
}

static void s2_registers(struct io_pgtable_cfg *cfg, const struct lpae_geometry *geo,
			 phys_addr_t root)
{
	typeof(cfg->arm_lpae_s2_cfg.vtcr) *vtcr = &cfg->arm_lpae_s2_cfg.vtcr;

	if (cfg->coherent_walk) {
		vtcr->sh = LPAE_SH_INNER;
		vtcr->irgn = LPAE_RGN_WBWA;
		vtcr->orgn = LPAE_RGN_WBWA;
	} else {
		vtcr->sh = LPAE_SH_OUTER;
		vtcr->irgn = LPAE_RGN_NC;
		vtcr->orgn = LPAE_RGN_NC;
	}

	vtcr->tg = lpae_tg0(geo);
	vtcr->ps = lpae_pa_size(cfg->oas);
	vtcr->tsz = 64 - cfg->ias;
	vtcr->sl = s2_sl0(geo);

	cfg->arm_lpae_s2_cfg.vttbr = root;
}

const struct lpae_format lab_lpae_s2 = {
	.check		= s2_check,
	.leaf_attrs	= s2_leaf_attrs,
	.registers	= s2_registers,
	.page_type	= LPAE_PAGE,
	.root_bytes_min	= LPAE_ROOT_BYTES_MIN,
};

const struct lpae_format lab_lpae32_s2 = {
	.check		= s2_check_32,
	.leaf_attrs	= s2_leaf_attrs,
	.registers	= s2_registers,
	.page_type	= LPAE_PAGE,
	.root_bytes_min	= LPAE_ROOT_BYTES_MIN,
};

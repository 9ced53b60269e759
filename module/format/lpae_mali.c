// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mali's LPAE (Midgard, Bifrost, Valhall with the LPAE address mode): stage 1
 * attribute indices, stage 2 permissions, blocks at every level, and always four
 * levels.  Register fields as drivers/gpu/drm/panfrost names them: AS_TRANSTAB,
 * AS_MEMATTR.
 *
 * Pure functions.
 */
#include <linux/iommu.h>

#include "../compat/compat.h"
#include "lpae.h"

/* AS_TRANSTAB: the address stands above bit 12 */
enum mali_transtab {
	TRANSTAB_ADRMODE_TABLE	= 3,
	TRANSTAB_READ_INNER	= BIT(2),
	TRANSTAB_SHARE_OUTER	= BIT(4),
	TRANSTAB_ALIGN		= SZ_4K,
};

/* AS_MEMATTR, a byte for each index */
enum mali_memattr {
	MEMATTR_IMPDEF		= 0x88,
	MEMATTR_WRITE_ALLOC	= 0x8d,
};

enum mali_limits {
	MALI_IAS_MAX	= 48,
	MALI_OAS_MAX	= 40,
	MALI_ROOT_SHIFT	= 39,
};

static int mali_check(struct io_pgtable_cfg *cfg, struct lpae_geometry *geo)
{
	int ret;

	if (cfg->quirks || cfg->ias > MALI_IAS_MAX || cfg->oas > MALI_OAS_MAX)
		return -EINVAL;

	cfg->pgsize_bitmap &= LPAE_SIZES_4K;
	lpae_restrict(cfg);

	ret = lpae_geometry(cfg, geo);
	if (ret)
		return ret;

	/* A small input space has a root of one descriptor. */
	if (geo->root_shift < MALI_ROOT_SHIFT) {
		geo->root_shift = MALI_ROOT_SHIFT;
		geo->root_bits = 0;
	}

	return 0;
}

/* Outer shareable always: its Inner domain is the GPU, all else lies without. */
static u64 mali_leaf_attrs(const struct io_pgtable_cfg *cfg, int prot)
{
	u64 desc = LPAE_VALID | FIELD_PREP(LPAE_SH, LPAE_SH_OUTER);

	if (prot & IOMMU_READ)
		desc |= LPAE_S2AP_READ;
	if (prot & IOMMU_WRITE)
		desc |= LPAE_S2AP_WRITE;
	if (prot & IOMMU_NOEXEC)
		desc |= LPAE_XN;

	if (prot & IOMMU_MMIO)
		desc |= FIELD_PREP(LPAE_ATTR_INDX, LPAE_INDX_DEVICE);
	else if (prot & IOMMU_CACHE)
		desc |= FIELD_PREP(LPAE_ATTR_INDX, LPAE_INDX_CACHE);

	return desc;
}

static void mali_registers(struct io_pgtable_cfg *cfg, const struct lpae_geometry *geo,
			   phys_addr_t root)
{
	cfg->arm_mali_lpae_cfg.memattr =
		(u64)MEMATTR_IMPDEF << 8 * LPAE_INDX_NC |
		(u64)MEMATTR_WRITE_ALLOC << 8 * LPAE_INDX_CACHE |
		(u64)MEMATTR_IMPDEF << 8 * LPAE_INDX_DEVICE;

	cfg->arm_mali_lpae_cfg.transtab = root | TRANSTAB_READ_INNER |
					  TRANSTAB_ADRMODE_TABLE;
	if (cfg->coherent_walk)
		cfg->arm_mali_lpae_cfg.transtab |= TRANSTAB_SHARE_OUTER;
}

const struct lpae_format lab_lpae_mali = {
	.check		= mali_check,
	.leaf_attrs	= mali_leaf_attrs,
	.registers	= mali_registers,
	.page_type	= 0,
	.root_bytes_min	= TRANSTAB_ALIGN,
};

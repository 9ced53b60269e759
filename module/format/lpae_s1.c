// SPDX-License-Identifier: GPL-2.0-only
/*
 * LPAE stage 1: its descriptors and registers (DDI 0487, D8.3.1.2, TCR_EL1,
 * MAIR_EL1).  The 32-bit format of the kernel is the same within 32 bits of input
 * and 40 of output, and describes its tables by the same fields.
 *
 * Pure functions.
 */
#include <linux/iommu.h>

#include "../compat/compat.h"
#include "lpae.h"

/* Block and page attributes that only stage 1 has */
enum lpae_s1_attrs {
	S1_NS		= BIT_ULL(5),
	S1_AP_UNPRIV	= BIT_ULL(6),
	S1_NG		= BIT_ULL(11),
};

/* MAIR_EL1: what the kernel puts at each index */
enum lpae_mair {
	MAIR_NC		= 0x44,
	MAIR_WBRWA	= 0xff,
	MAIR_DEVICE	= 0x04,
	MAIR_INC_OWBRWA	= 0xf4,
};

static int s1_check(struct io_pgtable_cfg *cfg, struct lpae_geometry *geo)
{
	unsigned long known = IO_PGTABLE_QUIRK_ARM_NS |
			      IO_PGTABLE_QUIRK_ARM_TTBR1 |
			      IO_PGTABLE_QUIRK_ARM_OUTER_WBWA |
			      IO_PGTABLE_QUIRK_ARM_HD |
			      IO_PGTABLE_QUIRK_NO_WARN;

	if (cfg->quirks & ~known)
		return -EINVAL;
	/* For walkers that do not snoop */
	if (cfg->coherent_walk && (cfg->quirks & IO_PGTABLE_QUIRK_ARM_OUTER_WBWA))
		return -EINVAL;

	lpae_restrict(cfg);
	if (lpae_pa_size(cfg->oas) < 0)
		return -EINVAL;

	return lpae_geometry(cfg, geo);
}

static int s1_check_32(struct io_pgtable_cfg *cfg, struct lpae_geometry *geo)
{
	if (cfg->ias > 32 || cfg->oas > 40)
		return -EINVAL;

	cfg->pgsize_bitmap &= LPAE_SIZES_4K;

	return s1_check(cfg, geo);
}

/*
 * Direct permissions AP[2:1], PXN with UXN, and the attribute index that
 * enum lpae_attr_indx names.  Never global, the access flag always set.  With HD
 * what may be written is writable-dirty from the start (DDI 0487, D8.5).
 */
static u64 s1_leaf_attrs(const struct io_pgtable_cfg *cfg, int prot)
{
	u64 desc = LPAE_VALID | LPAE_AF | S1_NG;

	if (!(prot & IOMMU_WRITE))
		desc |= LPAE_S1_RDONLY;
	else if (cfg->quirks & IO_PGTABLE_QUIRK_ARM_HD)
		desc |= LPAE_S1_DBM;
	if (!(prot & IOMMU_PRIV))
		desc |= S1_AP_UNPRIV;
	if (prot & IOMMU_NOEXEC)
		desc |= LPAE_XN;
	if (cfg->quirks & IO_PGTABLE_QUIRK_ARM_NS)
		desc |= S1_NS;

	if (prot & IOMMU_MMIO)
		desc |= FIELD_PREP(LPAE_ATTR_INDX, LPAE_INDX_DEVICE);
	else if (prot & IOMMU_CACHE)
		desc |= FIELD_PREP(LPAE_ATTR_INDX, LPAE_INDX_CACHE);

	/* Shareability follows the flag also where the type is Device. */
	if (prot & IOMMU_CACHE)
		desc |= FIELD_PREP(LPAE_SH, LPAE_SH_INNER);
	else
		desc |= FIELD_PREP(LPAE_SH, LPAE_SH_OUTER);

	return desc;
}

static u32 s1_tg1(const struct lpae_geometry *geo)
{
	switch (1UL << geo->granule_lg2) {
	case SZ_16K:
		return LPAE_TG1_16K;
	case SZ_64K:
		return LPAE_TG1_64K;
	default:
		return LPAE_TG1_4K;
	}
}

static void s1_registers(struct io_pgtable_cfg *cfg, const struct lpae_geometry *geo,
			 phys_addr_t root)
{
	typeof(cfg->arm_lpae_s1_cfg.tcr) *tcr = &cfg->arm_lpae_s1_cfg.tcr;

	if (cfg->coherent_walk) {
		tcr->sh = LPAE_SH_INNER;
		tcr->irgn = LPAE_RGN_WBWA;
		tcr->orgn = LPAE_RGN_WBWA;
	} else {
		tcr->sh = LPAE_SH_OUTER;
		tcr->irgn = LPAE_RGN_NC;
		tcr->orgn = cfg->quirks & IO_PGTABLE_QUIRK_ARM_OUTER_WBWA ?
			    LPAE_RGN_WBWA : LPAE_RGN_NC;
	}

	tcr->tg = cfg->quirks & IO_PGTABLE_QUIRK_ARM_TTBR1 ? s1_tg1(geo) : lpae_tg0(geo);
	tcr->ips = lpae_pa_size(cfg->oas);
	tcr->tsz = 64 - cfg->ias;

	/*
	 * Eight attributes of eight bits in 64.  Up to 7.3 the kernel shifts an
	 * int into its sign bit, and bits 63:32, the indices that nothing uses,
	 * come out as ones; here they are zero.
	 */
	cfg->arm_lpae_s1_cfg.mair =
		(u64)MAIR_NC << 8 * LPAE_INDX_NC |
		(u64)MAIR_WBRWA << 8 * LPAE_INDX_CACHE |
		(u64)MAIR_DEVICE << 8 * LPAE_INDX_DEVICE |
		(u64)MAIR_INC_OWBRWA << 8 * LPAE_INDX_INC_OCACHE;

	cfg->arm_lpae_s1_cfg.ttbr = root;
}

const struct lpae_format lab_lpae_s1 = {
	.check		= s1_check,
	.leaf_attrs	= s1_leaf_attrs,
	.registers	= s1_registers,
	.page_type	= LPAE_PAGE,
	.root_bytes_min	= LPAE_ROOT_BYTES_MIN,
};

const struct lpae_format lab_lpae32_s1 = {
	.check		= s1_check_32,
	.leaf_attrs	= s1_leaf_attrs,
	.registers	= s1_registers,
	.page_type	= LPAE_PAGE,
	.root_bytes_min	= LPAE_ROOT_BYTES_MIN,
};

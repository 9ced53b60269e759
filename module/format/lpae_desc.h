/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * LPAE descriptors: what all of its formats share, as pure functions.
 *
 * Attributes that differ are in lpae_s1.c, lpae_s2.c and lpae_mali.c.
 */
#ifndef LAB_FORMAT_LPAE_DESC_H
#define LAB_FORMAT_LPAE_DESC_H

#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/io-pgtable.h>
#include <linux/types.h>

#include "lpae_geometry.h"

/* Any descriptor (DDI 0487, D8.3.1) */
enum lpae_desc {
	LPAE_VALID	= BIT_ULL(0),
	/* With VALID a table, or a page at the last level; without it a block */
	LPAE_TABLE	= BIT_ULL(1),
	LPAE_PAGE	= BIT_ULL(1),
	/* With the 64 KB granule bits 15:12 are OA[51:48] (D8.3.1.1, FEAT_LPA) */
	LPAE_ADDR	= GENMASK_ULL(47, 12),
	LPAE_ADDR_64K	= GENMASK_ULL(47, 16),
	LPAE_ADDR_HIGH	= GENMASK_ULL(15, 12),
	LPAE_NSTABLE	= BIT_ULL(63),
	/*
	 * Ignored by hardware.  The kernel's mark that a table descriptor has
	 * been made visible to a walker that does not snoop.
	 */
	LPAE_SW_SYNC	= BIT_ULL(55),
};

/* Block and page attributes of any kind (DDI 0487, D8.3.1.2) */
enum lpae_attrs {
	LPAE_SH		= GENMASK_ULL(9, 8),
	LPAE_AF		= BIT_ULL(10),
	LPAE_XN		= GENMASK_ULL(54, 53),
};

/* Stage 1: writable-dirty is DBM without RDONLY (DDI 0487, D8.5) */
enum lpae_s1_dirty {
	LPAE_S1_RDONLY	= BIT_ULL(7),
	LPAE_S1_DBM	= BIT_ULL(51),
};

/* Stage 1, and Mali: which attribute register field is meant */
enum lpae_attr_indx {
	LPAE_ATTR_INDX		= GENMASK_ULL(4, 2),
	LPAE_INDX_NC		= 0,
	LPAE_INDX_CACHE		= 1,
	LPAE_INDX_DEVICE	= 2,
	LPAE_INDX_INC_OCACHE	= 3,
};

/* Stage 2, and Mali: permissions S2AP */
enum lpae_s2ap {
	LPAE_S2AP_READ	= BIT_ULL(6),
	LPAE_S2AP_WRITE	= BIT_ULL(7),
};

/* TCR_EL1 and VTCR_EL2 fields: SH0, IRGN0 and ORGN0, TG0; TG1 has its own codes */
enum lpae_tcr {
	LPAE_SH_OUTER	= 2,
	LPAE_SH_INNER	= 3,
	LPAE_RGN_NC	= 0,
	LPAE_RGN_WBWA	= 1,
	LPAE_TG0_4K	= 0,
	LPAE_TG0_64K	= 1,
	LPAE_TG0_16K	= 2,
	LPAE_TG1_16K	= 1,
	LPAE_TG1_4K	= 2,
	LPAE_TG1_64K	= 3,
};

/* Where the address field is packed, OA[51:48] stand this much lower */
#define LPAE_HIGH_SHIFT		36

/**
 * lpae_is_table() - does a descriptor above the last level point to a table?
 * @desc:	descriptor
 *
 * Context: Any.
 * Return: true for a table; a page looks the same at the last level.
 */
static inline bool lpae_is_table(u64 desc)
{
	return (desc & (LPAE_VALID | LPAE_TABLE)) == (LPAE_VALID | LPAE_TABLE);
}

/**
 * lpae_desc_addr() - the address field for a physical address
 * @pa:		physical address, aligned to its granule; above 48 bits it is one
 *		of the 64 KB granule
 *
 * Context: Any.
 * Return: the field, in place.
 */
static inline u64 lpae_desc_addr(phys_addr_t pa)
{
	return (pa | pa >> LPAE_HIGH_SHIFT) & LPAE_ADDR;
}

/**
 * lpae_desc_pa() - the physical address in a descriptor
 * @geo:	geometry
 * @desc:	descriptor
 *
 * Context: Any.
 * Return: address in bytes.
 */
static inline phys_addr_t lpae_desc_pa(const struct lpae_geometry *geo, u64 desc)
{
	if (geo->granule_lg2 != ilog2(SZ_64K))
		return desc & LPAE_ADDR;

	return (desc & LPAE_ADDR_64K) | (desc & LPAE_ADDR_HIGH) << LPAE_HIGH_SHIFT;
}

/**
 * lpae_table_desc() - the descriptor that points to a table
 * @cfg:	configuration
 * @pa:		physical address of the table
 *
 * DDI 0487, D8.3.1.1.
 *
 * Context: Any.
 * Return: the descriptor, without LPAE_SW_SYNC.
 */
static inline u64 lpae_table_desc(const struct io_pgtable_cfg *cfg, phys_addr_t pa)
{
	u64 desc = lpae_desc_addr(pa) | LPAE_VALID | LPAE_TABLE;

	if (cfg->quirks & IO_PGTABLE_QUIRK_ARM_NS)
		desc |= LPAE_NSTABLE;

	return desc;
}

/**
 * lpae_pa_size() - the encoding of an output address size
 * @oas:	output address size in bits
 *
 * DDI 0487, TCR_EL1.IPS and VTCR_EL2.PS.
 *
 * Context: Any.
 * Return: the field, or -EINVAL for a size that it does not have.
 */
static inline int lpae_pa_size(unsigned int oas)
{
	switch (oas) {
	case 32:
		return 0;
	case 36:
		return 1;
	case 40:
		return 2;
	case 42:
		return 3;
	case 44:
		return 4;
	case 48:
		return 5;
	case 52:
		return 6;
	default:
		return -EINVAL;
	}
}

/**
 * lpae_tg0() - the encoding of a granule
 * @geo:	geometry
 *
 * Context: Any.
 * Return: TCR_EL1.TG0 or VTCR_EL2.TG0.
 */
static inline u32 lpae_tg0(const struct lpae_geometry *geo)
{
	switch (1UL << geo->granule_lg2) {
	case SZ_16K:
		return LPAE_TG0_16K;
	case SZ_64K:
		return LPAE_TG0_64K;
	default:
		return LPAE_TG0_4K;
	}
}

#endif /* LAB_FORMAT_LPAE_DESC_H */

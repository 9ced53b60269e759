/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 64-bit LPAE (VMSAv8-64), stage 1: geometry and encodings, as pure functions.
 *
 * "DDI 0487" is the Arm Architecture Reference Manual for A-profile.  Lookup
 * levels are not counted here: what a level resolves is told by the shift of its
 * index, from root_shift down to granule_lg2 in steps of stride, for any granule.
 * Allocates nothing, locks nothing, and knows no page table.
 */
#ifndef LAB_FORMAT_LPAE_H
#define LAB_FORMAT_LPAE_H

#include <linux/bitfield.h>
#include <linux/bitops.h>
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/io-pgtable.h>
#include <linux/iommu.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/types.h>

#include "../compat/compat.h"

/* Any descriptor (DDI 0487, D8.3.1) */
enum lpae_desc {
	LPAE_VALID	= BIT_ULL(0),
	/* With VALID a table, or a page at the last level; without it a block */
	LPAE_TABLE	= BIT_ULL(1),
	LPAE_PAGE	= BIT_ULL(1),
	LPAE_ADDR	= GENMASK_ULL(47, 12),
	LPAE_NSTABLE	= BIT_ULL(63),
	/*
	 * Ignored by hardware.  The kernel's mark that a table descriptor has
	 * been made visible to a walker that does not snoop.
	 */
	LPAE_SW_SYNC	= BIT_ULL(55),
};

/* Stage 1 block and page attributes (DDI 0487, D8.3.1.2) */
enum lpae_s1_attrs {
	LPAE_ATTR_INDX	= GENMASK_ULL(4, 2),
	LPAE_NS		= BIT_ULL(5),
	LPAE_AP_UNPRIV	= BIT_ULL(6),
	LPAE_AP_RDONLY	= BIT_ULL(7),
	LPAE_SH		= GENMASK_ULL(9, 8),
	LPAE_AF		= BIT_ULL(10),
	LPAE_NG		= BIT_ULL(11),
	LPAE_PXN	= BIT_ULL(53),
	LPAE_UXN	= BIT_ULL(54),
};

/* MAIR_EL1: which index means what, and what the kernel puts there */
enum lpae_mair {
	LPAE_INDX_NC		= 0,
	LPAE_INDX_CACHE		= 1,
	LPAE_INDX_DEVICE	= 2,
	LPAE_INDX_INC_OCACHE	= 3,
	LPAE_MAIR_NC		= 0x44,
	LPAE_MAIR_WBRWA		= 0xff,
	LPAE_MAIR_DEVICE	= 0x04,
	LPAE_MAIR_INC_OWBRWA	= 0xf4,
};

/* TCR_EL1 fields: SH0, IRGN0 and ORGN0, TG0 */
enum lpae_tcr {
	LPAE_SH_OUTER	= 2,
	LPAE_SH_INNER	= 3,
	LPAE_RGN_NC	= 0,
	LPAE_RGN_WBWA	= 1,
	LPAE_TG0_4K	= 0,
	LPAE_TG0_64K	= 1,
	LPAE_TG0_16K	= 2,
};

enum lpae_limits {
	LPAE_ADDR_BITS_MAX	= 48,
	LPAE_LEVELS_MAX		= 4,
	/* TTBR0_EL1.BADDR, and the kernel of 7.x: a root is never smaller */
	LPAE_ROOT_BYTES_MIN	= 64,
};

/**
 * struct lpae_geometry - how an input address is taken apart
 * @granule_lg2: granule, log2 of bytes: a page, and every table but the root
 * @stride:	index bits of a table of one granule
 * @root_bits:	index bits of the root, 1 to @stride
 * @root_shift:	input space under one descriptor of the root, log2 of bytes
 */
struct lpae_geometry {
	u8 granule_lg2;
	u8 stride;
	u8 root_bits;
	u8 root_shift;
};

/**
 * lpae_restrict() - reduce a configuration to what one granule offers
 * @cfg:	configuration; pgsize_bitmap, ias and oas are reduced
 *
 * The granule is the CPU's page size where the caller allows it, else the
 * largest size below, else the smallest above; sizes of other granules go
 * (DDI 0487, D8.2: translation granules and their block sizes).
 *
 * Context: Any.
 */
static inline void lpae_restrict(struct io_pgtable_cfg *cfg)
{
	unsigned long below = cfg->pgsize_bitmap & (PAGE_SIZE - 1);
	unsigned long above = cfg->pgsize_bitmap & PAGE_MASK;
	unsigned long granule = 0;

	if (above & PAGE_SIZE)
		granule = PAGE_SIZE;
	else if (below)
		granule = BIT(__fls(below));
	else if (above)
		granule = BIT(__ffs(above));

	switch (granule) {
	case SZ_4K:
		cfg->pgsize_bitmap &= SZ_4K | SZ_2M | SZ_1G;
		break;
	case SZ_16K:
		cfg->pgsize_bitmap &= SZ_16K | SZ_32M;
		break;
	case SZ_64K:
		cfg->pgsize_bitmap &= SZ_64K | SZ_512M;
		/* 52 bits here: more than the lab writes, so not cut down to 48. */
		return;
	default:
		cfg->pgsize_bitmap = 0;
	}

	cfg->ias = min_t(unsigned int, cfg->ias, LPAE_ADDR_BITS_MAX);
	cfg->oas = min_t(unsigned int, cfg->oas, LPAE_ADDR_BITS_MAX);
}

/**
 * lpae_geometry() - the geometry of a configuration
 * @cfg:	configuration that went through lpae_restrict()
 * @geo:	where it goes
 *
 * No concatenation, as stage 1 has none (DDI 0487, D8.2).
 *
 * Context: Any.
 * Return: 0, or -EINVAL where there is no granule or not one index bit.
 */
static inline int lpae_geometry(const struct io_pgtable_cfg *cfg,
				struct lpae_geometry *geo)
{
	unsigned int index_bits, levels;

	if (!cfg->pgsize_bitmap)
		return -EINVAL;

	geo->granule_lg2 = __ffs(cfg->pgsize_bitmap);
	if (cfg->ias <= geo->granule_lg2)
		return -EINVAL;

	geo->stride = geo->granule_lg2 - ilog2(sizeof(u64));
	index_bits = cfg->ias - geo->granule_lg2;
	levels = DIV_ROUND_UP(index_bits, geo->stride);
	if (levels > LPAE_LEVELS_MAX)
		return -EINVAL;

	geo->root_bits = index_bits - (levels - 1) * geo->stride;
	geo->root_shift = cfg->ias - geo->root_bits;

	return 0;
}

/**
 * lpae_table_bytes() - bytes of every table but the root
 * @geo:	geometry
 *
 * Context: Any.
 * Return: bytes, one granule.
 */
static inline size_t lpae_table_bytes(const struct lpae_geometry *geo)
{
	return 1UL << geo->granule_lg2;
}

/**
 * lpae_root_bytes() - bytes of the root
 * @geo:	geometry
 *
 * Context: Any.
 * Return: bytes, a power of two.
 */
static inline size_t lpae_root_bytes(const struct lpae_geometry *geo)
{
	return max_t(size_t, sizeof(u64) << geo->root_bits, LPAE_ROOT_BYTES_MIN);
}

/**
 * lpae_max_tables() - tables below the root that a range has on its way
 * @geo:	geometry
 * @iova:	first input address
 * @bytes:	length; the range ends inside the input space
 * @page_lg2:	a page or block that the root or a level below it resolves, log2
 *		of bytes
 *
 * Above the page's own level every descriptor leads to a table: one for each that
 * the range touches, level by level from the root down (DDI 0487, D8.2: the IA
 * bits that each level resolves, per granule).
 *
 * Context: Any.
 * Return: number of tables.
 */
static inline u64 lpae_max_tables(const struct lpae_geometry *geo, u64 iova,
				  u64 bytes, unsigned int page_lg2)
{
	unsigned int shift;
	u64 last, nr = 0;

	if (!bytes)
		return 0;

	last = iova + bytes - 1;
	for (shift = geo->root_shift; shift > page_lg2; shift -= geo->stride)
		nr += (last >> shift) - (iova >> shift) + 1;

	return nr;
}

/**
 * lpae_index() - which descriptor of a table resolves an address
 * @geo:	geometry
 * @iova:	input address below 2^ias; the root then needs no mask of its own
 * @shift:	input space under one descriptor of the table, log2 of bytes
 *
 * Context: Any.
 * Return: an index into the table.
 */
static inline size_t lpae_index(const struct lpae_geometry *geo, u64 iova,
				unsigned int shift)
{
	return (iova >> shift) & ((1UL << geo->stride) - 1);
}

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
	u64 desc = pa | LPAE_VALID | LPAE_TABLE;

	if (cfg->quirks & IO_PGTABLE_QUIRK_ARM_NS)
		desc |= LPAE_NSTABLE;

	return desc;
}

/**
 * lpae_s1_leaf_attrs() - a stage 1 page or block, all but its address
 * @cfg:	configuration
 * @prot:	IOMMU_* flags
 * @page:	a page; else a block
 *
 * Direct permissions AP[2:1], PXN with UXN, and the attribute index that
 * lpae_mair names (DDI 0487, D8.3.1.2).  Never global, the access flag always
 * set.
 *
 * Context: Any.
 * Return: the descriptor with an address of 0.
 */
static inline u64 lpae_s1_leaf_attrs(const struct io_pgtable_cfg *cfg, int prot,
				     bool page)
{
	u64 desc = LPAE_VALID | LPAE_AF | LPAE_NG;

	if (page)
		desc |= LPAE_PAGE;
	if (!(prot & IOMMU_WRITE))
		desc |= LPAE_AP_RDONLY;
	if (!(prot & IOMMU_PRIV))
		desc |= LPAE_AP_UNPRIV;
	if (prot & IOMMU_NOEXEC)
		desc |= LPAE_PXN | LPAE_UXN;
	if (cfg->quirks & IO_PGTABLE_QUIRK_ARM_NS)
		desc |= LPAE_NS;

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

/**
 * lpae_ips() - the encoding of an output address size
 * @oas:	output address size in bits
 *
 * DDI 0487, TCR_EL1.
 *
 * Context: Any.
 * Return: TCR_EL1.IPS, or -EINVAL for a size that the field does not have.
 */
static inline int lpae_ips(unsigned int oas)
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
	default:
		return -EINVAL;
	}
}

/**
 * lpae_s1_check() - complete a stage 1 configuration, or refuse it
 * @cfg:	configuration; reduced as by lpae_restrict()
 * @geo:	where its geometry goes
 *
 * OUTER_WBWA is for walkers that do not snoop.  TTBR1 and HD are the kernel's
 * and not the lab's yet.
 *
 * Context: Any.
 * Return: 0 or -EINVAL.
 */
static inline int lpae_s1_check(struct io_pgtable_cfg *cfg,
				struct lpae_geometry *geo)
{
	unsigned long known = IO_PGTABLE_QUIRK_ARM_NS |
			      IO_PGTABLE_QUIRK_ARM_OUTER_WBWA |
			      IO_PGTABLE_QUIRK_NO_WARN;

	if (cfg->quirks & ~known)
		return -EINVAL;
	if (cfg->coherent_walk && (cfg->quirks & IO_PGTABLE_QUIRK_ARM_OUTER_WBWA))
		return -EINVAL;

	lpae_restrict(cfg);
	if (cfg->ias > LPAE_ADDR_BITS_MAX || lpae_ips(cfg->oas) < 0)
		return -EINVAL;

	return lpae_geometry(cfg, geo);
}

#endif /* LAB_FORMAT_LPAE_H */

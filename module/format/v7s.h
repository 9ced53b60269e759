/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ARMv7 short descriptors: geometry and encodings, as pure functions.
 *
 * "DDI 0406C" is the ARM Architecture Reference Manual, ARMv7-A and ARMv7-R.
 * MediaTek's extension has no public manual; its rules are those told with the
 * quirks in include/linux/io-pgtable.h.  Allocates nothing, locks nothing, and
 * knows no page table, only its configuration.
 */
#ifndef LAB_FORMAT_V7S_H
#define LAB_FORMAT_V7S_H

#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/io-pgtable.h>
#include <linux/iommu.h>
#include <linux/minmax.h>
#include <linux/sizes.h>
#include <linux/types.h>
#include <linux/wordpart.h>

/* Sizes (DDI 0406C, B3.5) */
enum v7s_geometry {
	V7S_PAGE_LG2		= 12,
	V7S_SECTION_LG2		= 20,
	V7S_ADDR_BITS		= 32,
	V7S_MTK_IAS_MAX		= 34,
	V7S_MTK_OAS_MAX		= 35,
	V7S_PAGE_SIZES		= SZ_4K | SZ_64K | SZ_1M | SZ_16M,
	/* descriptors of a large page or supersection, all of them equal */
	V7S_CONTIG_NR		= 16,
	V7S_L2_NR		= 256,
	V7S_L2_BYTES		= V7S_L2_NR * sizeof(u32),
	/* TTBCR.N = 7 is the smallest root there is (B4.1.154, TTBR0) */
	V7S_ROOT_BYTES_MIN	= 128,
};

/* Any descriptor (DDI 0406C, B3.5.1): 0 is a fault, 3 has PXN and is not used */
enum v7s_type {
	V7S_TYPE	= GENMASK(1, 0),
	V7S_L1_TABLE	= 1,
	V7S_L1_SECTION	= 2,
	V7S_L2_LARGE	= 1,
	V7S_L2_SMALL	= 2,
};

/* Level 1, table (DDI 0406C, B3.5.1) */
enum v7s_l1_table {
	V7S_TABLE_NS	= BIT(3),
	V7S_TABLE_ADDR	= GENMASK(31, 10),
};

/* Level 1, section and supersection (DDI 0406C, B3.5.1) */
enum v7s_l1_section {
	V7S_SECTION_B	= BIT(2),
	V7S_SECTION_C	= BIT(3),
	V7S_SECTION_XN	= BIT(4),
	V7S_SECTION_AF	= BIT(10),
	V7S_SECTION_AP1	= BIT(11),
	V7S_SECTION_TEX	= GENMASK(14, 12),
	V7S_SECTION_AP2	= BIT(15),
	V7S_SECTION_S	= BIT(16),
	V7S_SECTION_NG	= BIT(17),
	V7S_SUPERSECTION = BIT(18),
	V7S_SECTION_NS	= BIT(19),
	V7S_SECTION_ADDR = GENMASK(31, 20),
	V7S_SUPER_ADDR	= GENMASK(31, 24),
};

/* Level 2, small and large page (DDI 0406C, B3.5.1) */
enum v7s_l2_page {
	V7S_SMALL_XN	= BIT(0),
	V7S_PAGE_B	= BIT(2),
	V7S_PAGE_C	= BIT(3),
	V7S_PAGE_AF	= BIT(4),
	V7S_PAGE_AP1	= BIT(5),
	V7S_SMALL_TEX	= GENMASK(8, 6),
	V7S_PAGE_AP2	= BIT(9),
	V7S_PAGE_S	= BIT(10),
	V7S_PAGE_NG	= BIT(11),
	V7S_LARGE_TEX	= GENMASK(14, 12),
	V7S_LARGE_XN	= BIT(15),
	V7S_SMALL_ADDR	= GENMASK(31, 12),
	V7S_LARGE_ADDR	= GENMASK(31, 16),
};

/* MediaTek: PA[34:32] in bits that lose their meaning with NO_PERMS */
enum v7s_mtk {
	V7S_MTK_PA33	= BIT(4),
	V7S_MTK_PA34	= BIT(5),
	V7S_MTK_PA32	= BIT(9),
};

/* TTBR0 with the Multiprocessing Extensions (DDI 0406C, B4.1.154) */
enum v7s_ttbr {
	V7S_TTBR_S		= BIT(1),
	V7S_TTBR_RGN_WBWA	= BIT(3),
	V7S_TTBR_NOS		= BIT(5),
	V7S_TTBR_IRGN_WBWA	= BIT(6),
};

/*
 * PRRR and NMRR (DDI 0406C, B3.8.3 and B4.1): TEX[0], C and B index eight types.
 * Index 1 is Device, 4 is Normal non-cacheable, 7 is Normal write-back.
 */
enum v7s_remap {
	V7S_PRRR_TR1_DEVICE	= 1UL << 2,
	V7S_PRRR_TR4_NORMAL	= 2UL << 8,
	V7S_PRRR_TR7_NORMAL	= 2UL << 14,
	V7S_PRRR_DS0		= BIT(16),
	V7S_PRRR_DS1		= BIT(17),
	V7S_PRRR_NS1		= BIT(19),
	V7S_PRRR_NOS7		= BIT(31),
	V7S_NMRR_IR7_WBWA	= 1UL << 14,
	V7S_NMRR_OR7_WBWA	= 1UL << 30,
};

/**
 * v7s_is_mtk() - does the configuration have PA[34:32] in its descriptors?
 * @cfg:	configuration
 *
 * Context: Any.
 * Return: true with IO_PGTABLE_QUIRK_ARM_MTK_EXT.
 */
static inline bool v7s_is_mtk(const struct io_pgtable_cfg *cfg)
{
	return cfg->quirks & IO_PGTABLE_QUIRK_ARM_MTK_EXT;
}

/**
 * v7s_config_check() - is this a configuration of the format?
 * @cfg:	configuration
 *
 * MTK_EXT takes the place of permission bits and so needs NO_PERMS; MTK_TTBR_EXT
 * puts PA[34:32] of tables where MTK_EXT puts those of pages.  Below one section
 * of input space there is no root.
 *
 * Context: Any.
 * Return: 0 or -EINVAL.
 */
static inline int v7s_config_check(const struct io_pgtable_cfg *cfg)
{
	unsigned long known = IO_PGTABLE_QUIRK_ARM_NS |
			      IO_PGTABLE_QUIRK_NO_PERMS |
			      IO_PGTABLE_QUIRK_ARM_MTK_EXT |
			      IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT;
	bool mtk = v7s_is_mtk(cfg);

	if (cfg->quirks & ~known)
		return -EINVAL;
	if (mtk && !(cfg->quirks & IO_PGTABLE_QUIRK_NO_PERMS))
		return -EINVAL;
	if (!mtk && (cfg->quirks & IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT))
		return -EINVAL;
	if (cfg->ias < V7S_SECTION_LG2 ||
	    cfg->ias > (mtk ? V7S_MTK_IAS_MAX : V7S_ADDR_BITS) ||
	    cfg->oas > (mtk ? V7S_MTK_OAS_MAX : V7S_ADDR_BITS))
		return -EINVAL;

	return 0;
}

/**
 * v7s_table_limit() - where tables have to end
 * @cfg:	configuration that v7s_config_check() accepts
 *
 * Context: Any.
 * Return: the first physical address that no table may touch.
 */
static inline u64 v7s_table_limit(const struct io_pgtable_cfg *cfg)
{
	if (cfg->quirks & IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT)
		return 1ULL << cfg->oas;

	return SZ_4G;
}

/**
 * v7s_root_nr() - descriptors in the level 1 table
 * @cfg:	configuration that v7s_config_check() accepts
 *
 * Context: Any.
 * Return: number of descriptors, one for each MB of input space.
 */
static inline size_t v7s_root_nr(const struct io_pgtable_cfg *cfg)
{
	return 1UL << (cfg->ias - V7S_SECTION_LG2);
}

/**
 * v7s_root_bytes() - bytes of the level 1 table
 * @cfg:	configuration that v7s_config_check() accepts
 *
 * Rounded up for a small input space: the TTBR has attributes below bit 7.
 *
 * Context: Any.
 * Return: bytes, a power of two.
 */
static inline size_t v7s_root_bytes(const struct io_pgtable_cfg *cfg)
{
	return max_t(size_t, v7s_root_nr(cfg) * sizeof(u32), V7S_ROOT_BYTES_MIN);
}

/**
 * v7s_desc_lg2() - input space under one descriptor, log2 of bytes
 * @page_lg2:	12, 16, 20 or 24: a page size, log2 of bytes
 *
 * Context: Any.
 * Return: 12 at level 2, 20 at level 1.
 */
static inline unsigned int v7s_desc_lg2(unsigned int page_lg2)
{
	return page_lg2 < V7S_SECTION_LG2 ? V7S_PAGE_LG2 : V7S_SECTION_LG2;
}

/**
 * v7s_max_tables() - level 2 tables that a range has on its way
 * @iova:	first input address
 * @bytes:	length; the range ends inside the input space
 * @page_lg2:	12, 16, 20 or 24: a page size, log2 of bytes
 *
 * One for each MB that the range touches; sections and supersections stand in
 * level 1 (DDI 0406C, B3.5).
 *
 * Context: Any.
 * Return: number of tables.
 */
static inline u64 v7s_max_tables(u64 iova, u64 bytes, unsigned int page_lg2)
{
	if (!bytes || page_lg2 >= V7S_SECTION_LG2)
		return 0;

	return ((iova + bytes - 1) >> V7S_SECTION_LG2) - (iova >> V7S_SECTION_LG2) + 1;
}

/**
 * v7s_l2_index() - which descriptor of a level 2 table resolves an address
 * @iova:	input address
 *
 * Context: Any.
 * Return: an index into the table.
 */
static inline unsigned int v7s_l2_index(u64 iova)
{
	return (iova >> V7S_PAGE_LG2) & (V7S_L2_NR - 1);
}

/**
 * v7s_pages_in_table() - how much of a request stands in one table
 * @iova:	first input address, aligned to the page
 * @page_lg2:	page size, log2 of bytes
 * @pgcount:	number of pages asked for, all inside the input address space
 *
 * Context: Any.
 * Return: number of pages, at least 1.
 */
static inline size_t v7s_pages_in_table(u64 iova, unsigned int page_lg2,
					size_t pgcount)
{
	if (page_lg2 >= V7S_SECTION_LG2)
		return pgcount;

	return min_t(size_t, pgcount,
		     (SZ_1M - (iova & (SZ_1M - 1))) >> page_lg2);
}

/**
 * v7s_is_table() - does a level 1 descriptor point to a table?
 * @desc:	level 1 descriptor
 *
 * Context: Any.
 * Return: true for a table.
 */
static inline bool v7s_is_table(u32 desc)
{
	return (desc & V7S_TYPE) == V7S_L1_TABLE;
}

/**
 * v7s_mtk_oa() - PA[34:32] as MediaTek spreads them
 * @pa:		physical address
 *
 * Context: Any.
 * Return: bits of a descriptor; 0 for an address below 4 GB.
 */
static inline u32 v7s_mtk_oa(phys_addr_t pa)
{
	return (pa & BIT_ULL(32) ? V7S_MTK_PA32 : 0) |
	       (pa & BIT_ULL(33) ? V7S_MTK_PA33 : 0) |
	       (pa & BIT_ULL(34) ? V7S_MTK_PA34 : 0);
}

/**
 * v7s_desc_pa() - the physical address in a descriptor
 * @cfg:	configuration
 * @desc:	descriptor
 * @mask:	V7S_*_ADDR of its kind
 *
 * Context: Any.
 * Return: address in bytes.
 */
static inline phys_addr_t v7s_desc_pa(const struct io_pgtable_cfg *cfg,
				      u32 desc, u32 mask)
{
	phys_addr_t pa = desc & mask;

	if (!v7s_is_mtk(cfg))
		return pa;

	return pa | (desc & V7S_MTK_PA32 ? BIT_ULL(32) : 0) |
		    (desc & V7S_MTK_PA33 ? BIT_ULL(33) : 0) |
		    (desc & V7S_MTK_PA34 ? BIT_ULL(34) : 0);
}

/**
 * v7s_table_desc() - the descriptor that points to a level 2 table
 * @cfg:	configuration
 * @pa:		physical address of the table, below v7s_table_limit()
 *
 * Context: Any.
 * Return: the descriptor.
 */
static inline u32 v7s_table_desc(const struct io_pgtable_cfg *cfg, phys_addr_t pa)
{
	u32 desc = lower_32_bits(pa) | V7S_L1_TABLE;

	if (cfg->quirks & IO_PGTABLE_QUIRK_ARM_NS)
		desc |= V7S_TABLE_NS;
	if (cfg->quirks & IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT)
		desc |= v7s_mtk_oa(pa);

	return desc;
}

/**
 * v7s_section_attrs() - a section or supersection, all but its address
 * @cfg:	configuration
 * @prot:	IOMMU_* flags
 * @super:	supersection
 *
 * AP[2:1] permissions with the access flag in AP[0], and TEX[0], C and B chosen
 * so that they mean the same with TEX remap and without (DDI 0406C, B3.7.1,
 * B3.8).
 *
 * Context: Any.
 * Return: the descriptor with an address of 0.
 */
static inline u32 v7s_section_attrs(const struct io_pgtable_cfg *cfg, int prot,
				    bool super)
{
	u32 desc = V7S_L1_SECTION | V7S_SECTION_NG | V7S_SECTION_S;

	if (super)
		desc |= V7S_SUPERSECTION;
	if (cfg->quirks & IO_PGTABLE_QUIRK_ARM_NS)
		desc |= V7S_SECTION_NS;

	if (prot & IOMMU_MMIO)
		desc |= V7S_SECTION_B;
	else if (prot & IOMMU_CACHE)
		desc |= FIELD_PREP(V7S_SECTION_TEX, 1) | V7S_SECTION_C |
			V7S_SECTION_B;
	else
		desc |= FIELD_PREP(V7S_SECTION_TEX, 1);

	if (cfg->quirks & IO_PGTABLE_QUIRK_NO_PERMS)
		return desc;

	desc |= V7S_SECTION_AF;
	if (!(prot & IOMMU_PRIV))
		desc |= V7S_SECTION_AP1;
	if (!(prot & IOMMU_WRITE))
		desc |= V7S_SECTION_AP2;
	if (prot & IOMMU_NOEXEC)
		desc |= V7S_SECTION_XN;

	return desc;
}

/**
 * v7s_page_attrs() - a small or large page, all but its address
 * @cfg:	configuration
 * @prot:	IOMMU_* flags
 * @large:	large page, whose TEX and XN stand elsewhere
 *
 * The attributes mean what those of v7s_section_attrs() mean.
 *
 * Context: Any.
 * Return: the descriptor with an address of 0.
 */
static inline u32 v7s_page_attrs(const struct io_pgtable_cfg *cfg, int prot,
				 bool large)
{
	u32 tex = large ? FIELD_PREP(V7S_LARGE_TEX, 1) : FIELD_PREP(V7S_SMALL_TEX, 1);
	u32 desc = (large ? V7S_L2_LARGE : V7S_L2_SMALL) | V7S_PAGE_NG | V7S_PAGE_S;

	if (prot & IOMMU_MMIO)
		desc |= V7S_PAGE_B;
	else if (prot & IOMMU_CACHE)
		desc |= tex | V7S_PAGE_C | V7S_PAGE_B;
	else
		desc |= tex;

	if (cfg->quirks & IO_PGTABLE_QUIRK_NO_PERMS)
		return desc;

	desc |= V7S_PAGE_AF;
	if (!(prot & IOMMU_PRIV))
		desc |= V7S_PAGE_AP1;
	if (!(prot & IOMMU_WRITE))
		desc |= V7S_PAGE_AP2;
	if (prot & IOMMU_NOEXEC)
		desc |= large ? V7S_LARGE_XN : V7S_SMALL_XN;

	return desc;
}

/**
 * v7s_leaf_attrs() - a page or section of any size, all but its address
 * @cfg:	configuration
 * @prot:	IOMMU_* flags
 * @page_lg2:	12, 16, 20 or 24
 *
 * Context: Any.
 * Return: the descriptor with an address of 0.
 */
static inline u32 v7s_leaf_attrs(const struct io_pgtable_cfg *cfg, int prot,
				 unsigned int page_lg2)
{
	bool contig = page_lg2 != v7s_desc_lg2(page_lg2);

	if (page_lg2 >= V7S_SECTION_LG2)
		return v7s_section_attrs(cfg, prot, contig);

	return v7s_page_attrs(cfg, prot, contig);
}

#endif /* LAB_FORMAT_V7S_H */

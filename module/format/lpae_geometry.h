/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * LPAE: how an input address is taken apart, as pure functions.
 *
 * "DDI 0487" is the Arm Architecture Reference Manual for A-profile.  Lookup
 * levels are not counted here: what a level resolves is told by the shift of its
 * index, from root_shift down to granule_lg2 in steps of stride, for any granule.
 * Knows no descriptor.
 */
#ifndef LAB_FORMAT_LPAE_GEOMETRY_H
#define LAB_FORMAT_LPAE_GEOMETRY_H

#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/io-pgtable.h>
#include <linux/log2.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/types.h>

enum lpae_limits {
	LPAE_ADDR_BITS_MAX	= 48,
	/* FEAT_LPA and FEAT_LVA, with the 64 KB granule */
	LPAE_ADDR_BITS_MAX_64K	= 52,
	LPAE_LEVELS_MAX		= 4,
	LPAE_LAST_LEVEL		= 3,
};

/* Page and block sizes (DDI 0487, D8.2) */
#define LPAE_SIZES_4K	(SZ_4K | SZ_2M | SZ_1G)
#define LPAE_SIZES_16K	(SZ_16K | SZ_32M)
#define LPAE_SIZES_64K	(SZ_64K | SZ_512M)
#define LPAE_BLOCK_4T	BIT_ULL(42)

/**
 * struct lpae_geometry - how an input address is taken apart
 * @granule_lg2: granule, log2 of bytes: a page, and every table but the root
 * @stride:	index bits of a table of one granule
 * @root_bits:	index bits of the root: @stride at most, and up to 4 more where
 *		tables are concatenated; 0 for Mali's root of one descriptor
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
 * (DDI 0487, D8.2: translation granules and their block sizes).  Blocks of
 * 4 TB come with 52-bit output addresses.
 *
 * Context: Any.
 */
static inline void lpae_restrict(struct io_pgtable_cfg *cfg)
{
	unsigned int max = LPAE_ADDR_BITS_MAX;
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
		cfg->pgsize_bitmap &= LPAE_SIZES_4K;
		break;
	case SZ_16K:
		cfg->pgsize_bitmap &= LPAE_SIZES_16K;
		break;
	case SZ_64K:
		max = LPAE_ADDR_BITS_MAX_64K;
		cfg->pgsize_bitmap &= LPAE_SIZES_64K |
				      (cfg->oas > LPAE_ADDR_BITS_MAX ? LPAE_BLOCK_4T : 0);
		break;
	default:
		cfg->pgsize_bitmap = 0;
	}

	cfg->ias = min(cfg->ias, max);
	cfg->oas = min(cfg->oas, max);
}

/**
 * lpae_geometry() - the geometry of a configuration, nothing concatenated
 * @cfg:	configuration that went through lpae_restrict()
 * @geo:	where it goes
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
 * lpae_level() - the manual's number of a level
 * @geo:	geometry
 * @shift:	input space under one descriptor, log2 of bytes
 *
 * Context: Any.
 * Return: 0 to 3; pages are at 3.
 */
static inline unsigned int lpae_level(const struct lpae_geometry *geo,
				      unsigned int shift)
{
	return LPAE_LAST_LEVEL - (shift - geo->granule_lg2) / geo->stride;
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
 * lpae_table_nr() - how many descriptors a table has
 * @geo:	geometry
 * @shift:	input space under one descriptor of the table, log2 of bytes
 *
 * Context: Any.
 * Return: a power of two.
 */
static inline size_t lpae_table_nr(const struct lpae_geometry *geo,
				   unsigned int shift)
{
	return 1UL << (shift == geo->root_shift ? geo->root_bits : geo->stride);
}

/**
 * lpae_index() - which descriptor of a table below the root resolves an address
 * @geo:	geometry
 * @iova:	input address
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
 * lpae_root_index() - which descriptor of the root resolves an address
 * @geo:	geometry
 * @iova:	input address; bits above the input space are passed over
 *
 * Context: Any.
 * Return: an index into the root.
 */
static inline size_t lpae_root_index(const struct lpae_geometry *geo, u64 iova)
{
	return (iova >> geo->root_shift) & ((1UL << geo->root_bits) - 1);
}

#endif /* LAB_FORMAT_LPAE_GEOMETRY_H */

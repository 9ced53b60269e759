/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The LPAE formats: what they differ in, and the page table that they share.
 *
 * lpae.c has the tables and what is done with them, lpae_read.c what reads
 * leaves back, lpae_create.c the life of a page table; lpae_s1.c, lpae_s2.c and
 * lpae_mali.c have the formats, of which the 32-bit ones are the 64-bit ones
 * within narrower limits.
 */
#ifndef LAB_FORMAT_LPAE_H
#define LAB_FORMAT_LPAE_H

#include <linux/container_of.h>
#include <linux/io.h>
#include <linux/io-pgtable.h>
#include <linux/types.h>

#include "lpae_desc.h"
#include "lpae_geometry.h"

/* TTBR0_EL1.BADDR, and the kernel of 7.x: a root is never smaller */
#define LPAE_ROOT_BYTES_MIN	64

/**
 * struct lpae_format - what one format has of its own
 * @check:	complete a configuration and its geometry, or refuse it: 0 or
 *		-EINVAL.  Reduces @cfg as lpae_restrict() does.
 * @leaf_attrs:	a page or block for IOMMU_* flags, all but its address and
 *		LPAE_PAGE
 * @registers:	fill the format's part of @cfg in for a root
 * @page_type:	what a page has that a block has not: LPAE_PAGE, or 0
 * @root_bytes_min: the least that a root can be aligned to, and so its least size
 */
struct lpae_format {
	int (*check)(struct io_pgtable_cfg *cfg, struct lpae_geometry *geo);
	u64 (*leaf_attrs)(const struct io_pgtable_cfg *cfg, int prot);
	void (*registers)(struct io_pgtable_cfg *cfg, const struct lpae_geometry *geo,
			  phys_addr_t root);
	u64 page_type;
	size_t root_bytes_min;
};

/**
 * struct lpae_pgtable - a page table in one of the formats
 * @iop:	what the caller sees
 * @format:	the format
 * @root:	the table that the TTBR names
 * @limit:	first physical address that no table may touch
 * @geo:	geometry
 */
struct lpae_pgtable {
	struct io_pgtable iop;
	const struct lpae_format *format;
	u64 *root;
	u64 limit;
	struct lpae_geometry geo;
};

extern const struct lpae_format lab_lpae_s1;
extern const struct lpae_format lab_lpae_s2;
extern const struct lpae_format lab_lpae32_s1;
extern const struct lpae_format lab_lpae32_s2;
extern const struct lpae_format lab_lpae_mali;

static inline struct lpae_pgtable *lpae_from_ops(struct io_pgtable_ops *ops)
{
	return container_of(ops, struct lpae_pgtable, iop.ops);
}

static inline u64 *lpae_table_of(const struct lpae_pgtable *pgt, u64 desc)
{
	return phys_to_virt(lpae_desc_pa(&pgt->geo, desc));
}

/**
 * lpae_root_bytes() - bytes of the root, all its concatenated tables
 * @format:	format
 * @geo:	geometry
 *
 * Context: Any.
 * Return: bytes, a power of two.
 */
static inline size_t lpae_root_bytes(const struct lpae_format *format,
				     const struct lpae_geometry *geo)
{
	return max(sizeof(u64) << geo->root_bits, format->root_bytes_min);
}

/* Operations (lpae.c) */
int lab_lpae_map_pages(struct io_pgtable_ops *ops, unsigned long iova,
		       phys_addr_t paddr, size_t pgsize, size_t pgcount, int prot,
		       gfp_t gfp, size_t *mapped);
size_t lab_lpae_unmap_pages(struct io_pgtable_ops *ops, unsigned long iova,
			    size_t pgsize, size_t pgcount,
			    struct iommu_iotlb_gather *gather);
void lab_lpae_free_tables(struct lpae_pgtable *pgt);

/* Operations that look one address up (lpae_read.c) */
phys_addr_t lab_lpae_iova_to_phys(struct io_pgtable_ops *ops, unsigned long iova);
int lab_lpae_pgtable_walk(struct io_pgtable_ops *ops, unsigned long iova, void *wd);
int lab_lpae_read_and_clear_dirty(struct io_pgtable_ops *ops, unsigned long iova,
				  size_t size, unsigned long flags,
				  struct iommu_dirty_bitmap *dirty);

#endif /* LAB_FORMAT_LPAE_H */

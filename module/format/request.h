/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a caller asks of map_pages and unmap_pages, checked before any table is
 * looked at.  Pure functions of the configuration and the arguments: no locking,
 * no tables, and no message, since a wrong request may come from user space.
 */
#ifndef LAB_FORMAT_REQUEST_H
#define LAB_FORMAT_REQUEST_H

#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/io-pgtable.h>
#include <linux/iommu.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/types.h>

/**
 * lab_pages_left() - how many pages an address space holds from an address on
 * @addr:	first address, from the begin of the space, aligned to the page
 * @page_lg2:	page size, log2 of bytes
 * @space_lg2:	size of the address space in bits, below 64
 *
 * Context: Any.
 * Return: a number of pages, 0 where not one fits.
 */
static inline u64 lab_pages_left(u64 addr, unsigned int page_lg2,
				 unsigned int space_lg2)
{
	u64 space = 1ULL << space_lg2;

	return addr < space ? (space - addr) >> page_lg2 : 0;
}

/**
 * lab_first_iova() - where the input address space begins
 * @cfg:	configuration, outputs complete
 *
 * TTBR1 translates the upper end of 64 bits (DDI 0487, D8.2).
 *
 * Context: Any.
 * Return: the first input address.
 */
static inline u64 lab_first_iova(const struct io_pgtable_cfg *cfg)
{
	return cfg->quirks & IO_PGTABLE_QUIRK_ARM_TTBR1 ? ~0ULL << cfg->ias : 0;
}

/**
 * lab_last_iova() - where the input address space ends
 * @cfg:	configuration, outputs complete
 *
 * Context: Any.
 * Return: the last input address.
 */
static inline u64 lab_last_iova(const struct io_pgtable_cfg *cfg)
{
	return lab_first_iova(cfg) + (BIT_ULL(cfg->ias) - 1);
}

/**
 * lab_iova_offset() - how far into its space an input address lies
 * @cfg:	configuration, outputs complete
 * @iova:	any address
 *
 * Context: Any.
 * Return: bytes from the first address of the space; no less than the space has
 * where the address lies without.
 */
static inline u64 lab_iova_offset(const struct io_pgtable_cfg *cfg, u64 iova)
{
	return iova - lab_first_iova(cfg);
}

/**
 * lab_iova_ok() - is this an input address?
 * @cfg:	configuration, outputs complete
 * @iova:	any address
 *
 * Context: Any.
 * Return: true in the input address space.
 */
static inline bool lab_iova_ok(const struct io_pgtable_cfg *cfg, u64 iova)
{
	return !(lab_iova_offset(cfg, iova) >> cfg->ias);
}

/**
 * lab_page_size_ok() - may pages of this size stand at these addresses?
 * @cfg:	configuration, outputs complete
 * @addrs:	IOVA, or IOVA and output address ORed, in bytes
 * @pgsize:	page size in bytes
 *
 * Context: Any.
 * Return: true when @pgsize is one of the configuration's sizes and no address
 * has a bit below it.
 */
static inline bool lab_page_size_ok(const struct io_pgtable_cfg *cfg, u64 addrs,
				    size_t pgsize)
{
	return is_power_of_2(pgsize) && (pgsize & cfg->pgsize_bitmap) &&
	       !(addrs & (pgsize - 1));
}

/**
 * lab_page_size() - the page size that is meant
 * @cfg:	configuration, outputs complete
 * @pgsize:	page size in bytes, 0 for the smallest
 *
 * Context: Any.
 * Return: page size in bytes; 0 where the configuration has none.
 */
static inline size_t lab_page_size(const struct io_pgtable_cfg *cfg, size_t pgsize)
{
	return pgsize ?: cfg->pgsize_bitmap & -cfg->pgsize_bitmap;
}

/**
 * lab_range_check() - is this a range of whole pages of the input space?
 * @cfg:	configuration, outputs complete
 * @iova:	first input address
 * @bytes:	length, up to the whole space; 0 lies within wherever it begins
 * @pgsize:	page size in bytes
 *
 * Context: Any.
 * Return: 0; -EINVAL for a size that the configuration does not have or an end
 * that is not a page's; -ERANGE where the range leaves the space.
 */
static inline int lab_range_check(const struct io_pgtable_cfg *cfg, u64 iova,
				  u64 bytes, size_t pgsize)
{
	if (!lab_page_size_ok(cfg, iova | bytes, pgsize))
		return -EINVAL;

	if (bytes >> __ffs(pgsize) > lab_pages_left(lab_iova_offset(cfg, iova), __ffs(pgsize),
						    cfg->ias))
		return -ERANGE;

	return 0;
}

/**
 * lab_map_check() - may this request be mapped at all?
 * @cfg:	configuration, outputs complete
 * @iova:	first input address
 * @paddr:	first output address
 * @pgsize:	page size in bytes
 * @pgcount:	number of pages
 * @prot:	IOMMU_* flags
 *
 * The kernel's writers look at the first address only; here the last one has to
 * fit as well, since the descriptor's field would silently drop the rest.
 * Asking for nothing is refused, as the kernel's v7s does.
 *
 * Context: Any.
 * Return: 0; -EINVAL for a size, an alignment or an access right that cannot be;
 * -ERANGE where either range leaves its address space.
 */
static inline int lab_map_check(const struct io_pgtable_cfg *cfg, u64 iova,
				u64 paddr, size_t pgsize, size_t pgcount,
				int prot)
{
	if (!lab_page_size_ok(cfg, iova | paddr, pgsize) || !pgcount ||
	    !(prot & (IOMMU_READ | IOMMU_WRITE)))
		return -EINVAL;

	if (pgcount > lab_pages_left(lab_iova_offset(cfg, iova), __ffs(pgsize), cfg->ias) ||
	    pgcount > lab_pages_left(paddr, __ffs(pgsize), cfg->oas))
		return -ERANGE;

	return 0;
}

/**
 * lab_unmap_count() - how much of an unmap request can be mapped at all?
 * @cfg:	configuration, outputs complete
 * @iova:	first input address
 * @pgsize:	page size in bytes
 * @pgcount:	number of pages
 *
 * Context: Any.
 * Return: number of pages to look at; 0 for a size or an alignment that cannot be,
 * and for a range that leaves the input address space, none of which is unmapped.
 */
static inline size_t lab_unmap_count(const struct io_pgtable_cfg *cfg, u64 iova,
				     size_t pgsize, size_t pgcount)
{
	if (!lab_page_size_ok(cfg, iova, pgsize) ||
	    pgcount > lab_pages_left(lab_iova_offset(cfg, iova), __ffs(pgsize), cfg->ias))
		return 0;

	return pgcount;
}

/**
 * lab_tlb_add_pages() - queue the invalidation of a run of leaves
 * @iop:	page table that the run was cleared in
 * @gather:	as given to unmap_pages
 * @iova:	first input address
 * @bytes:	input address space under one descriptor
 * @nr:		number of descriptors
 *
 * Context: Any.
 */
static inline void lab_tlb_add_pages(struct io_pgtable *iop,
				     struct iommu_iotlb_gather *gather,
				     unsigned long iova, size_t bytes, size_t nr)
{
	if (!iop->cfg.tlb || !iop->cfg.tlb->tlb_add_page)
		return;

	for (; nr; nr--, iova += bytes)
		iop->cfg.tlb->tlb_add_page(gather, iova, bytes, iop->cookie);
}

#endif /* LAB_FORMAT_REQUEST_H */

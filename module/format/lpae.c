// SPDX-License-Identifier: GPL-2.0-only
/*
 * LPAE: the tables of all its formats, and what is done with them.
 *
 * There is no lock.  Calls on disjoint input ranges meet in table descriptors
 * only, which are installed by cmpxchg; a table goes only when one call's range
 * covers all of it.  A page or block descriptor belongs to the one call that maps
 * or unmaps its address.  May not know who allocates: tables come from
 * lab_table_alloc().
 *
 * A table is told by its shift: log2 of the bytes under one of its descriptors.
 */
#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/iommu.h>

#include <asm/barrier.h>

#include "../compat/compat.h"
#include "format.h"
#include "lpae.h"
#include "request.h"

/* No page or block under @table?  Tables may still be. */
static bool lpae_table_empty(const struct lpae_pgtable *pgt, const u64 *table,
			     unsigned int shift)
{
	size_t i;

	for (i = 0; i < 1UL << pgt->geo.stride; i++) {
		u64 desc = READ_ONCE(table[i]);

		if (!desc)
			continue;
		if (shift == pgt->geo.granule_lg2 || !lpae_is_table(desc) ||
		    !lpae_table_empty(pgt, lpae_table_of(pgt, desc),
				      shift - pgt->geo.stride))
			return false;
	}

	return true;
}

/* Frees the tables under @table, not itself; nobody may find them any more. */
static void lpae_free_below(struct lpae_pgtable *pgt, u64 *table, size_t nr,
			    unsigned int shift)
{
	struct io_pgtable *iop = &pgt->iop;
	size_t i;

	if (shift == pgt->geo.granule_lg2)
		return;

	for (i = 0; i < nr; i++) {
		u64 *below;

		if (!lpae_is_table(table[i]))
			continue;

		below = lpae_table_of(pgt, table[i]);
		lpae_free_below(pgt, below, 1UL << pgt->geo.stride,
				shift - pgt->geo.stride);
		lab_table_free(below, lpae_table_bytes(&pgt->geo), &iop->cfg,
			       iop->cookie);
	}
}

/*
 * The order is the architecture's: no way to the table in memory, then none in
 * the walk caches, and only then may the memory be somebody else's.
 */
static void lpae_drop_table(struct lpae_pgtable *pgt, u64 *desc,
			    unsigned long iova, unsigned int shift)
{
	struct io_pgtable *iop = &pgt->iop;
	u64 *table = lpae_table_of(pgt, READ_ONCE(*desc));
	size_t bytes = lpae_table_bytes(&pgt->geo);

	WRITE_ONCE(*desc, 0);
	lab_table_sync(desc, sizeof(*desc), &iop->cfg);
	io_pgtable_tlb_flush_walk(iop, iova, 1UL << shift, bytes);
	lpae_free_below(pgt, table, 1UL << pgt->geo.stride,
			shift - pgt->geo.stride);
	lab_table_free(table, bytes, &iop->cfg, iop->cookie);
}

/* The descriptor that stands there now: ours, or of one who was faster; or 0 */
static noinline u64 lpae_install_table(struct lpae_pgtable *pgt, u64 *desc, gfp_t gfp)
{
	const struct io_pgtable_cfg *cfg = &pgt->iop.cfg;
	size_t bytes = lpae_table_bytes(&pgt->geo);
	u64 *table, new, old;

	table = lab_table_alloc(bytes, pgt->limit, gfp, cfg, pgt->iop.cookie);
	if (!table)
		return 0;

	new = lpae_table_desc(cfg, virt_to_phys(table));

	/* Zeros first, then the way to them. */
	dma_wmb();
	old = cmpxchg64_relaxed(desc, 0, new);
	if (old) {
		lab_table_free(table, bytes, cfg, pgt->iop.cookie);
		return old;
	}

	if (!cfg->coherent_walk) {
		lab_table_sync(desc, sizeof(*desc), cfg);
		new |= LPAE_SW_SYNC;
		WRITE_ONCE(*desc, new);
	}

	return new;
}

/* The table under @desc, made when there is none; or an error pointer. */
static u64 *lpae_get_table(struct lpae_pgtable *pgt, u64 *desc, gfp_t gfp)
{
	u64 old = READ_ONCE(*desc);

	if (!old) {
		old = lpae_install_table(pgt, desc, gfp);
		if (!old)
			return ERR_PTR(-ENOMEM);
	}
	if (!lpae_is_table(old))
		return ERR_PTR(-EEXIST);

	/* Whoever installed it may not have got so far yet. */
	if (!(old & LPAE_SW_SYNC))
		lab_table_sync(desc, sizeof(*desc), &pgt->iop.cfg);

	return lpae_table_of(pgt, old);
}

/*
 * Over a table that unmap has left empty a block may go.  Over one with live
 * pages it may not: the kernel drops those pages without a word, while this one
 * leaves everything as it is.
 */
static bool lpae_vacate(struct lpae_pgtable *pgt, u64 *desc, unsigned long iova,
			unsigned int shift)
{
	u64 old = READ_ONCE(*desc);

	if (!old)
		return true;
	if (!lpae_is_table(old) ||
	    !lpae_table_empty(pgt, lpae_table_of(pgt, old), shift - pgt->geo.stride))
		return false;

	lpae_drop_table(pgt, desc, iova, shift);

	return true;
}

/* How many descriptors a table has from the one of an address on */
static size_t lpae_slots(const struct lpae_geometry *geo, u64 iova, unsigned int shift)
{
	size_t nr = lpae_table_nr(geo, shift);

	return nr - ((iova >> shift) & (nr - 1));
}

/*
 * How many of them differ from each other by no more than their addresses: OA[51:48]
 * stand apart from the rest, where no carry reaches them.
 */
static size_t lpae_run(const struct lpae_geometry *geo, u64 iova, u64 paddr,
		       unsigned int shift)
{
	u64 left = BIT_ULL(LPAE_ADDR_BITS_MAX) - (paddr & (BIT_ULL(LPAE_ADDR_BITS_MAX) - 1));

	return min(lpae_slots(geo, iova, shift), left >> shift);
}

/* These two stop at the first in the way; they return how many they wrote. */

static size_t lpae_write_pages(u64 *first, size_t nr, u64 value, size_t bytes)
{
	u64 *desc, *end = first + nr;

	for (desc = first; desc < end; desc++, value += bytes) {
		if (READ_ONCE(*desc))
			break;
		WRITE_ONCE(*desc, value);
	}

	return desc - first;
}

static noinline size_t lpae_write_blocks(struct lpae_pgtable *pgt, u64 *desc,
					 size_t nr, u64 value,
					 unsigned long iova, unsigned int shift)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		if (!lpae_vacate(pgt, &desc[i], iova, shift))
			break;
		WRITE_ONCE(desc[i], value);
		value += 1ULL << shift;
		iova += 1UL << shift;
	}

	return i;
}

/**
 * lab_lpae_map_pages() - as io_pgtable_ops.map_pages
 * @ops:	the page table
 * @iova:	first input address
 * @paddr:	first output address
 * @pgsize:	page size in bytes
 * @pgcount:	number of pages
 * @prot:	IOMMU_* flags
 * @gfp:	for tables
 * @mapped:	bytes that were mapped are added, also on failure
 *
 * Context: Any that @gfp allows.
 * Return: 0; -EINVAL or -ERANGE for what cannot be; -EEXIST at what is mapped;
 * -ENOMEM.
 */
int lab_lpae_map_pages(struct io_pgtable_ops *ops, unsigned long iova,
		       phys_addr_t paddr, size_t pgsize, size_t pgcount, int prot,
		       gfp_t gfp, size_t *mapped)
{
	struct lpae_pgtable *pgt = lpae_from_ops(ops);
	const struct lpae_geometry *geo = &pgt->geo;
	const struct io_pgtable_cfg *cfg = &pgt->iop.cfg;
	unsigned int page_lg2, shift;
	u64 *desc, attrs, value;
	size_t nr, done;
	bool page;
	int ret;

	ret = lab_map_check(cfg, iova, paddr, pgsize, pgcount, prot);
	if (ret)
		return ret;

	/* A small input space starts below the level of the largest blocks. */
	page_lg2 = __ffs(pgsize);
	if (page_lg2 > geo->root_shift)
		return -EINVAL;

	page = page_lg2 == geo->granule_lg2;
	attrs = pgt->format->leaf_attrs(cfg, prot);
	if (page)
		attrs |= pgt->format->page_type;
	do {
		desc = pgt->root + lpae_root_index(geo, iova);
		for (shift = geo->root_shift; shift > page_lg2;) {
			desc = lpae_get_table(pgt, desc, gfp);
			if (IS_ERR(desc)) {
				ret = PTR_ERR(desc);
				goto out;
			}
			shift -= geo->stride;
			desc += lpae_index(geo, iova, shift);
		}

		nr = min(pgcount, lpae_run(geo, iova, paddr, page_lg2));
		value = attrs | lpae_desc_addr(paddr);
		done = page ? lpae_write_pages(desc, nr, value, pgsize) :
			      lpae_write_blocks(pgt, desc, nr, value, iova, page_lg2);
		if (done)
			lab_table_sync(desc, done * sizeof(*desc), cfg);
		if (done < nr)
			ret = -EEXIST;

		pgcount -= done;
		done <<= page_lg2;
		*mapped += done;
		iova += done;
		paddr += done;
	} while (!ret && pgcount);

out:
	/* A walk may start as soon as this returns. */
	wmb();

	return ret;
}

/* These two stop at what is not mapped; they return how many they cleared. */

static size_t lpae_clear_pages(u64 *first, size_t nr)
{
	u64 *desc, *end = first + nr;

	for (desc = first; desc < end; desc++) {
		if (!READ_ONCE(*desc))
			break;
		WRITE_ONCE(*desc, 0);
	}

	return desc - first;
}

/* A table that holds what is unmapped goes with it, empty or not, as in the kernel. */
static noinline size_t lpae_clear_blocks(struct lpae_pgtable *pgt, u64 *desc,
					 size_t nr, unsigned long iova,
					 unsigned int shift)
{
	size_t i;
	u64 old;

	for (i = 0; i < nr; i++, iova += 1UL << shift) {
		old = READ_ONCE(desc[i]);
		if (!old)
			break;
		if (lpae_is_table(old))
			lpae_drop_table(pgt, &desc[i], iova, shift);
		else
			WRITE_ONCE(desc[i], 0);
	}

	return i;
}

/**
 * lab_lpae_unmap_pages() - as io_pgtable_ops.unmap_pages
 * @ops:	the page table
 * @iova:	first input address
 * @pgsize:	page size in bytes
 * @pgcount:	number of pages
 * @gather:	TLB invalidations are queued here; may be NULL
 *
 * Context: Any that the free hook allows.
 * Return: bytes that were unmapped, from @iova up to what is not mapped or only
 * part of a block.
 */
size_t lab_lpae_unmap_pages(struct io_pgtable_ops *ops, unsigned long iova,
			    size_t pgsize, size_t pgcount,
			    struct iommu_iotlb_gather *gather)
{
	struct lpae_pgtable *pgt = lpae_from_ops(ops);
	const struct lpae_geometry *geo = &pgt->geo;
	unsigned long start = iova;
	unsigned int page_lg2, shift;
	size_t nr, done;
	u64 *desc, old;

	pgcount = lab_unmap_count(&pgt->iop.cfg, iova, pgsize, pgcount);
	if (!pgcount)
		return 0;

	page_lg2 = __ffs(pgsize);
	if (page_lg2 > geo->root_shift)
		return 0;

	for (; pgcount; pgcount -= done) {
		desc = pgt->root + lpae_root_index(geo, iova);
		for (shift = geo->root_shift; shift > page_lg2;) {
			old = READ_ONCE(*desc);
			if (!lpae_is_table(old))
				return iova - start;
			shift -= geo->stride;
			desc = lpae_table_of(pgt, old) + lpae_index(geo, iova, shift);
		}

		nr = min(pgcount, lpae_slots(geo, iova, page_lg2));
		done = page_lg2 == geo->granule_lg2 ?
		       lpae_clear_pages(desc, nr) :
		       lpae_clear_blocks(pgt, desc, nr, iova, page_lg2);
		if (done)
			lab_table_sync(desc, done * sizeof(*desc), &pgt->iop.cfg);

		/* Unlike v7s: none without a gather, and one for a table too */
		if (gather && !iommu_iotlb_gather_queued(gather))
			lab_tlb_add_pages(&pgt->iop, gather, iova, pgsize, done);

		iova += done << page_lg2;
		if (done < nr)
			break;
	}

	return iova - start;
}

/**
 * lab_lpae_free_tables() - give back every table but the root
 * @pgt:	the page table, which nobody walks or uses any more
 *
 * Context: Any that the free hook allows.
 */
void lab_lpae_free_tables(struct lpae_pgtable *pgt)
{
	lpae_free_below(pgt, pgt->root, lpae_table_nr(&pgt->geo, pgt->geo.root_shift),
			pgt->geo.root_shift);
}

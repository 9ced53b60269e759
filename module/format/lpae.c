// SPDX-License-Identifier: GPL-2.0-only
/*
 * 64-bit LPAE, stage 1: the tables, and what is done with them.
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
#include <linux/container_of.h>
#include <linux/err.h>
#include <linux/io.h>
#include <linux/slab.h>

#include <asm/barrier.h>

#include "../compat/compat.h"
#include "format.h"
#include "lpae.h"
#include "request.h"

/**
 * struct lpae_pgtable - a page table in this format
 * @iop:	what the caller sees
 * @root:	the table that the TTBR names
 * @limit:	first physical address that no table may touch
 * @geo:	geometry
 */
struct lpae_pgtable {
	struct io_pgtable iop;
	u64 *root;
	u64 limit;
	struct lpae_geometry geo;
};

static struct lpae_pgtable *lpae_from_ops(struct io_pgtable_ops *ops)
{
	return container_of(ops, struct lpae_pgtable, iop.ops);
}

static u64 *lpae_table_of(u64 desc)
{
	return phys_to_virt(desc & LPAE_ADDR);
}

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
		    !lpae_table_empty(pgt, lpae_table_of(desc),
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

		below = lpae_table_of(table[i]);
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
	u64 *table = lpae_table_of(READ_ONCE(*desc));
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

	return lpae_table_of(old);
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
	    !lpae_table_empty(pgt, lpae_table_of(old), shift - pgt->geo.stride))
		return false;

	lpae_drop_table(pgt, desc, iova, shift);

	return true;
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

static int lpae_map_pages(struct io_pgtable_ops *ops, unsigned long iova,
			  phys_addr_t paddr, size_t pgsize, size_t pgcount,
			  int prot, gfp_t gfp, size_t *mapped)
{
	struct lpae_pgtable *pgt = lpae_from_ops(ops);
	const struct lpae_geometry *geo = &pgt->geo;
	const struct io_pgtable_cfg *cfg = &pgt->iop.cfg;
	unsigned int page_lg2, shift;
	u64 *desc, attrs;
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
	attrs = lpae_s1_leaf_attrs(cfg, prot, page);
	do {
		desc = pgt->root + lpae_index(geo, iova, geo->root_shift);
		for (shift = geo->root_shift; shift > page_lg2;) {
			desc = lpae_get_table(pgt, desc, gfp);
			if (IS_ERR(desc)) {
				ret = PTR_ERR(desc);
				goto out;
			}
			shift -= geo->stride;
			desc += lpae_index(geo, iova, shift);
		}

		nr = min_t(size_t, pgcount,
			   (1UL << geo->stride) - lpae_index(geo, iova, page_lg2));
		done = page ? lpae_write_pages(desc, nr, attrs | paddr, pgsize) :
			      lpae_write_blocks(pgt, desc, nr, attrs | paddr,
						iova, page_lg2);
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

static size_t lpae_unmap_pages(struct io_pgtable_ops *ops, unsigned long iova,
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
		desc = pgt->root + lpae_index(geo, iova, geo->root_shift);
		for (shift = geo->root_shift; shift > page_lg2;) {
			old = READ_ONCE(*desc);
			if (!lpae_is_table(old))
				return iova - start;
			shift -= geo->stride;
			desc = lpae_table_of(old) + lpae_index(geo, iova, shift);
		}

		nr = min_t(size_t, pgcount,
			   (1UL << geo->stride) - lpae_index(geo, iova, page_lg2));
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

static phys_addr_t lpae_iova_to_phys(struct io_pgtable_ops *ops, unsigned long iova)
{
	struct lpae_pgtable *pgt = lpae_from_ops(ops);
	const struct lpae_geometry *geo = &pgt->geo;
	unsigned int shift = geo->root_shift;
	const u64 *table = pgt->root;
	u64 desc;

	/* The index would be cut short and find somebody else's page. */
	if (iova >> pgt->iop.cfg.ias)
		return 0;

	for (;; shift -= geo->stride) {
		desc = READ_ONCE(table[lpae_index(geo, iova, shift)]);
		if (!desc)
			return 0;
		if (shift == geo->granule_lg2 || !lpae_is_table(desc))
			break;
		table = lpae_table_of(desc);
	}

	return (desc & LPAE_ADDR) | (iova & ((1UL << shift) - 1));
}

static u32 lpae_tg0(const struct lpae_geometry *geo)
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

static void lpae_s1_set_registers(struct io_pgtable_cfg *cfg,
				  const struct lpae_geometry *geo, phys_addr_t root)
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

	tcr->tg = lpae_tg0(geo);
	tcr->ips = lpae_ips(cfg->oas);
	tcr->tsz = 64 - cfg->ias;

	/*
	 * Eight attributes of eight bits in 64.  Up to 7.3 the kernel shifts an
	 * int into its sign bit, and bits 63:32, the indices that nothing uses,
	 * come out as ones; here they are zero.
	 */
	cfg->arm_lpae_s1_cfg.mair =
		(u64)LPAE_MAIR_NC << 8 * LPAE_INDX_NC |
		(u64)LPAE_MAIR_WBRWA << 8 * LPAE_INDX_CACHE |
		(u64)LPAE_MAIR_DEVICE << 8 * LPAE_INDX_DEVICE |
		(u64)LPAE_MAIR_INC_OWBRWA << 8 * LPAE_INDX_INC_OCACHE;

	cfg->arm_lpae_s1_cfg.ttbr = root;
}

static int lpae_s1_tables(const struct io_pgtable_cfg *cfg, u64 iova, u64 bytes,
			  size_t pgsize, u64 *nr)
{
	struct io_pgtable_cfg done = *cfg;
	struct lpae_geometry geo;
	int ret;

	ret = lpae_s1_check(&done, &geo);
	if (ret)
		return ret;

	pgsize = lab_page_size(&done, pgsize);
	ret = lab_range_check(&done, iova, bytes, pgsize);
	if (ret)
		return ret;

	/* A small input space starts below the level of the largest blocks. */
	if (__ffs(pgsize) > geo.root_shift)
		return -EINVAL;

	*nr = lpae_max_tables(&geo, iova, bytes, __ffs(pgsize));

	return 0;
}

static int lpae_s1_sizes(const struct io_pgtable_cfg *cfg,
			 struct lab_table_sizes *sizes)
{
	struct io_pgtable_cfg done = *cfg;
	struct lpae_geometry geo;
	int ret;

	ret = lpae_s1_check(&done, &geo);
	if (ret)
		return ret;

	sizes->root_bytes = lpae_root_bytes(&geo);
	sizes->table_bytes = lpae_table_bytes(&geo);
	sizes->max_nr = lpae_max_tables(&geo, 0, 1ULL << done.ias, geo.granule_lg2);

	return 0;
}

static struct io_pgtable *lpae_s1_alloc(struct io_pgtable_cfg *cfg, void *cookie)
{
	struct lpae_pgtable *pgt;

	pgt = kzalloc_obj(*pgt);
	if (!pgt)
		return NULL;

	if (lpae_s1_check(cfg, &pgt->geo))
		goto out_free;

	pgt->limit = 1ULL << cfg->oas;
	pgt->root = lab_table_alloc(lpae_root_bytes(&pgt->geo), pgt->limit,
				    GFP_KERNEL, cfg, cookie);
	if (!pgt->root)
		goto out_free;

	lpae_s1_set_registers(cfg, &pgt->geo, virt_to_phys(pgt->root));

	pgt->iop.ops = (struct io_pgtable_ops) {
		.map_pages	= lpae_map_pages,
		.unmap_pages	= lpae_unmap_pages,
		.iova_to_phys	= lpae_iova_to_phys,
	};

	/* The caller may write the TTBR next. */
	wmb();

	return &pgt->iop;

out_free:
	kfree(pgt);
	return NULL;
}

static void lpae_free(struct io_pgtable *iop)
{
	struct lpae_pgtable *pgt = container_of(iop, struct lpae_pgtable, iop);

	lpae_free_below(pgt, pgt->root, 1UL << pgt->geo.root_bits,
			pgt->geo.root_shift);
	lab_table_free(pgt->root, lpae_root_bytes(&pgt->geo), &iop->cfg,
		       iop->cookie);
	kfree(pgt);
}

const struct lab_format_fns lab_lpae_s1_fns = {
	.alloc	= lpae_s1_alloc,
	.free	= lpae_free,
	.sizes	= lpae_s1_sizes,
	.tables	= lpae_s1_tables,
};

// SPDX-License-Identifier: GPL-2.0-only
/*
 * ARMv7 short descriptors: the tables, and what is done with them.
 *
 * There is no lock.  Calls on disjoint input ranges meet in level 1 descriptors
 * only, where tables are installed by cmpxchg; a table goes only when one call's
 * range covers all of it.  A descriptor below belongs to the one call that maps
 * or unmaps its address.  May not know who allocates: tables come from
 * lab_table_alloc().
 */
#include <linux/atomic.h>
#include <linux/container_of.h>
#include <linux/err.h>
#include <linux/io.h>
#include <linux/slab.h>

#include <asm/barrier.h>

#include "../compat/compat.h"
#include "format.h"
#include "request.h"
#include "v7s.h"

/**
 * struct v7s_pgtable - a page table in this format
 * @iop:	what the caller sees
 * @root:	level 1 table
 * @limit:	first physical address that no table may touch
 */
struct v7s_pgtable {
	struct io_pgtable iop;
	u32 *root;
	u64 limit;
};

static struct v7s_pgtable *v7s_from_ops(struct io_pgtable_ops *ops)
{
	return container_of(ops, struct v7s_pgtable, iop.ops);
}

static u32 *v7s_table_of(const struct v7s_pgtable *pgt, u32 desc)
{
	return phys_to_virt(v7s_desc_pa(&pgt->iop.cfg, desc, V7S_TABLE_ADDR));
}

static bool v7s_table_empty(const u32 *table)
{
	size_t i;

	for (i = 0; i < V7S_L2_NR; i++)
		if (READ_ONCE(table[i]))
			return false;

	return true;
}

/*
 * The order is the architecture's: no way to the table in memory, then none in
 * the walk caches, and only then may the memory be somebody else's.
 */
static void v7s_drop_table(struct v7s_pgtable *pgt, u32 *desc, unsigned long iova)
{
	struct io_pgtable *iop = &pgt->iop;
	u32 *table = v7s_table_of(pgt, READ_ONCE(*desc));

	WRITE_ONCE(*desc, 0);
	lab_table_sync(desc, sizeof(*desc), &iop->cfg);
	io_pgtable_tlb_flush_walk(iop, iova, SZ_1M, SZ_4K);
	lab_table_free(table, V7S_L2_BYTES, &iop->cfg, iop->cookie);
}

/* The descriptor that stands there now: ours, or of one who was faster; or 0 */
static noinline u32 v7s_install_table(struct v7s_pgtable *pgt, u32 *desc, gfp_t gfp)
{
	const struct io_pgtable_cfg *cfg = &pgt->iop.cfg;
	u32 *table, new, old;

	table = lab_table_alloc(V7S_L2_BYTES, pgt->limit, gfp, cfg,
				pgt->iop.cookie);
	if (!table)
		return 0;

	new = v7s_table_desc(cfg, virt_to_phys(table));

	/* Zeros first, then the way to them. */
	dma_wmb();
	old = cmpxchg_relaxed(desc, 0, new);
	if (!old)
		return new;

	lab_table_free(table, V7S_L2_BYTES, cfg, pgt->iop.cookie);

	return old;
}

/* The level 2 table under @desc, made when there is none; or an error pointer. */
static u32 *v7s_get_table(struct v7s_pgtable *pgt, u32 *desc, gfp_t gfp)
{
	u32 old = READ_ONCE(*desc);

	if (!old) {
		old = v7s_install_table(pgt, desc, gfp);
		if (!old)
			return ERR_PTR(-ENOMEM);
	}
	if (!v7s_is_table(old))
		return ERR_PTR(-EEXIST);

	/* Always: no bit tells whether who installed it has got so far. */
	lab_table_sync(desc, sizeof(*desc), &pgt->iop.cfg);

	return v7s_table_of(pgt, old);
}

/* Each of these stops at the first page in the way; they return pages written. */

static size_t v7s_write_small(u32 *first, size_t nr, u32 value)
{
	u32 *desc, *end = first + nr;

	for (desc = first; desc < end; desc++, value += SZ_4K) {
		if (READ_ONCE(*desc))
			break;
		WRITE_ONCE(*desc, value);
	}

	return desc - first;
}

static size_t v7s_write_large(u32 *desc, size_t nr, u32 value)
{
	size_t i, k;

	for (i = 0; i < nr; i++, value += SZ_64K, desc += V7S_CONTIG_NR) {
		for (k = 0; k < V7S_CONTIG_NR; k++)
			if (READ_ONCE(desc[k]))
				return i;
		for (k = 0; k < V7S_CONTIG_NR; k++)
			WRITE_ONCE(desc[k], value);
	}

	return i;
}

/*
 * Over a table that unmap has left empty a section may go.  Over one with live
 * pages it may not: the kernel drops those pages without a word, while this one
 * leaves everything as it is.
 */
static bool v7s_vacate(struct v7s_pgtable *pgt, u32 *desc, size_t nr,
		       unsigned long iova)
{
	size_t i;
	u32 old;

	for (i = 0; i < nr; i++) {
		old = READ_ONCE(desc[i]);
		if (old && !(v7s_is_table(old) &&
			     v7s_table_empty(v7s_table_of(pgt, old))))
			return false;
	}

	for (i = 0; i < nr; i++)
		if (READ_ONCE(desc[i]))
			v7s_drop_table(pgt, &desc[i], iova + i * SZ_1M);

	return true;
}

static noinline size_t v7s_write_sections(struct v7s_pgtable *pgt, u32 *desc,
					  size_t nr, u32 value,
					  unsigned long iova,
					  unsigned int page_lg2)
{
	size_t group = 1UL << (page_lg2 - V7S_SECTION_LG2);
	size_t i, k;

	for (i = 0; i < nr; i++) {
		if (!v7s_vacate(pgt, desc, group, iova))
			break;
		for (k = 0; k < group; k++)
			WRITE_ONCE(desc[k], value);
		desc += group;
		value += 1U << page_lg2;
		iova += 1UL << page_lg2;
	}

	return i;
}

/* Maps @nr pages in one table; *@done counts them also where it fails. */
static int v7s_map_run(struct v7s_pgtable *pgt, unsigned long iova, u32 value,
		       unsigned int page_lg2, size_t nr, gfp_t gfp, size_t *done)
{
	u32 *desc = &pgt->root[iova >> V7S_SECTION_LG2];

	if (page_lg2 >= V7S_SECTION_LG2) {
		*done = v7s_write_sections(pgt, desc, nr, value, iova, page_lg2);
	} else {
		desc = v7s_get_table(pgt, desc, gfp);
		if (IS_ERR(desc))
			return PTR_ERR(desc);

		desc += v7s_l2_index(iova);
		*done = page_lg2 == V7S_PAGE_LG2 ?
			v7s_write_small(desc, nr, value) :
			v7s_write_large(desc, nr, value);
	}

	if (*done)
		lab_table_sync(desc, *done * sizeof(*desc) <<
			       (page_lg2 - v7s_desc_lg2(page_lg2)), &pgt->iop.cfg);

	return *done == nr ? 0 : -EEXIST;
}

static int v7s_map_pages(struct io_pgtable_ops *ops, unsigned long iova,
			 phys_addr_t paddr, size_t pgsize, size_t pgcount,
			 int prot, gfp_t gfp, size_t *mapped)
{
	struct v7s_pgtable *pgt = v7s_from_ops(ops);
	const struct io_pgtable_cfg *cfg = &pgt->iop.cfg;
	unsigned int page_lg2;
	u32 attrs;
	int ret;

	ret = lab_map_check(cfg, iova, paddr, pgsize, pgcount, prot);
	if (ret)
		return ret;

	page_lg2 = __ffs(pgsize);
	attrs = v7s_leaf_attrs(cfg, prot, page_lg2);
	do {
		size_t nr = v7s_pages_in_table(iova, page_lg2, pgcount);
		u32 value = attrs | lower_32_bits(paddr);
		size_t done = 0;

		/* PA[34:32] do not count on from PA[31]: end the run there. */
		if (v7s_is_mtk(cfg)) {
			nr = min_t(u64, nr, (SZ_4G - lower_32_bits(paddr)) >> page_lg2);
			value |= v7s_mtk_oa(paddr);
		}

		ret = v7s_map_run(pgt, iova, value, page_lg2, nr, gfp, &done);
		pgcount -= done;
		done <<= page_lg2;
		*mapped += done;
		iova += done;
		paddr += done;
	} while (!ret && pgcount);

	/* A walk may start as soon as this returns. */
	wmb();

	return ret;
}

/* After a run of leaves was cleared: make that visible, then the TLB's turn. */
static void v7s_retire(struct v7s_pgtable *pgt, struct iommu_iotlb_gather *gather,
		       const u32 *desc, size_t nr, unsigned long iova, size_t bytes)
{
	if (!nr)
		return;

	lab_table_sync(desc, nr * sizeof(*desc), &pgt->iop.cfg);
	if (!iommu_iotlb_gather_queued(gather))
		lab_tlb_add_pages(&pgt->iop, gather, iova, bytes, nr);
}

/* Each of these stops at what is not mapped, or only part of a larger page. */

static size_t v7s_clear_small(u32 *first, size_t nr)
{
	u32 *desc, *end = first + nr;

	for (desc = first; desc < end; desc++) {
		if (!(READ_ONCE(*desc) & V7S_L2_SMALL))
			break;
		WRITE_ONCE(*desc, 0);
	}

	return desc - first;
}

/* Sixteen small pages go as one large page would. */
static size_t v7s_clear_large(u32 *desc, size_t nr)
{
	size_t i, k;

	for (i = 0; i < nr; i++, desc += V7S_CONTIG_NR) {
		for (k = 0; k < V7S_CONTIG_NR; k++)
			if (!READ_ONCE(desc[k]))
				return i;
		for (k = 0; k < V7S_CONTIG_NR; k++)
			WRITE_ONCE(desc[k], 0);
	}

	return i;
}

/* How many of the level 1 descriptors at @desc may be unmapped */
static size_t v7s_count_sections(const u32 *desc, size_t nr, size_t group)
{
	size_t i, k;
	u32 old;

	for (i = 0; i < nr; i++) {
		for (k = 0; k < group; k++) {
			old = READ_ONCE(desc[i * group + k]);
			if (!old)
				return i * group;
			if (group == 1 && !v7s_is_table(old) &&
			    (old & V7S_SUPERSECTION))
				return i;
		}
	}

	return i * group;
}

/*
 * A table that holds what is unmapped goes with it, empty or not, as in the
 * kernel; tlb_flush_walk stands for all of its leaves then.
 */
static noinline size_t v7s_unmap_sections(struct v7s_pgtable *pgt,
					  struct iommu_iotlb_gather *gather,
					  unsigned long iova,
					  unsigned int page_lg2, size_t nr)
{
	unsigned int group_lg2 = page_lg2 - V7S_SECTION_LG2;
	u32 *desc = &pgt->root[iova >> V7S_SECTION_LG2];
	size_t descs = v7s_count_sections(desc, nr, 1UL << group_lg2);
	size_t i, run;

	for (i = 0; i < descs; i = run) {
		for (run = i; run < descs; run++) {
			if (v7s_is_table(READ_ONCE(desc[run])))
				break;
			WRITE_ONCE(desc[run], 0);
		}
		v7s_retire(pgt, gather, &desc[i], run - i, iova + i * SZ_1M, SZ_1M);

		if (run < descs) {
			v7s_drop_table(pgt, &desc[run], iova + run * SZ_1M);
			run++;
		}
	}

	return descs >> group_lg2;
}

static size_t v7s_unmap_l2(struct v7s_pgtable *pgt,
			   struct iommu_iotlb_gather *gather,
			   unsigned long iova, unsigned int page_lg2, size_t nr)
{
	u32 *desc, l1 = READ_ONCE(pgt->root[iova >> V7S_SECTION_LG2]);
	size_t done;

	if (!v7s_is_table(l1))
		return 0;

	desc = v7s_table_of(pgt, l1) + v7s_l2_index(iova);
	done = page_lg2 == V7S_PAGE_LG2 ? v7s_clear_small(desc, nr) :
					  v7s_clear_large(desc, nr);
	v7s_retire(pgt, gather, desc, done << (page_lg2 - V7S_PAGE_LG2), iova,
		   SZ_4K);

	return done;
}

static size_t v7s_unmap_pages(struct io_pgtable_ops *ops, unsigned long iova,
			      size_t pgsize, size_t pgcount,
			      struct iommu_iotlb_gather *gather)
{
	struct v7s_pgtable *pgt = v7s_from_ops(ops);
	unsigned long start = iova;
	unsigned int page_lg2;
	size_t nr, done;

	pgcount = lab_unmap_count(&pgt->iop.cfg, iova, pgsize, pgcount);
	if (!pgcount)
		return 0;

	page_lg2 = __ffs(pgsize);
	for (; pgcount; pgcount -= done) {
		nr = v7s_pages_in_table(iova, page_lg2, pgcount);
		done = page_lg2 >= V7S_SECTION_LG2 ?
		       v7s_unmap_sections(pgt, gather, iova, page_lg2, nr) :
		       v7s_unmap_l2(pgt, gather, iova, page_lg2, nr);
		iova += done << page_lg2;
		if (done < nr)
			break;
	}

	return iova - start;
}

static phys_addr_t v7s_iova_to_phys(struct io_pgtable_ops *ops, unsigned long iova)
{
	struct v7s_pgtable *pgt = v7s_from_ops(ops);
	const struct io_pgtable_cfg *cfg = &pgt->iop.cfg;
	u32 desc, mask;

	/* The index would be cut short and find somebody else's page. */
	if (iova >> cfg->ias)
		return 0;

	desc = READ_ONCE(pgt->root[iova >> V7S_SECTION_LG2]);
	if (v7s_is_table(desc)) {
		desc = READ_ONCE(v7s_table_of(pgt, desc)[v7s_l2_index(iova)]);
		mask = desc & V7S_L2_SMALL ? V7S_SMALL_ADDR : V7S_LARGE_ADDR;
	} else {
		mask = desc & V7S_SUPERSECTION ? V7S_SUPER_ADDR : V7S_SECTION_ADDR;
	}

	if (!desc)
		return 0;

	return v7s_desc_pa(cfg, desc, mask) | (iova & ~mask);
}

static void v7s_set_registers(struct io_pgtable_cfg *cfg, phys_addr_t root)
{
	typeof(cfg->arm_v7s_cfg) *reg = &cfg->arm_v7s_cfg;

	/* N = 0, EAE = 0: one root for the whole input space */
	reg->tcr = 0;
	reg->prrr = V7S_PRRR_TR1_DEVICE | V7S_PRRR_TR4_NORMAL |
		    V7S_PRRR_TR7_NORMAL | V7S_PRRR_DS0 | V7S_PRRR_DS1 |
		    V7S_PRRR_NS1 | V7S_PRRR_NOS7;
	reg->nmrr = V7S_NMRR_IR7_WBWA | V7S_NMRR_OR7_WBWA;

	reg->ttbr = lower_32_bits(root);
	if (v7s_is_mtk(cfg)) {
		/* No attributes: PA[34:32] stand in the lowest bits. */
		reg->ttbr |= upper_32_bits(root);
		return;
	}

	reg->ttbr |= V7S_TTBR_S;
	if (cfg->coherent_walk)
		reg->ttbr |= V7S_TTBR_NOS | V7S_TTBR_RGN_WBWA | V7S_TTBR_IRGN_WBWA;
}

static int v7s_tables(enum io_pgtable_fmt fmt, const struct io_pgtable_cfg *cfg,
		      u64 iova, u64 bytes, size_t pgsize, u64 *nr)
{
	struct io_pgtable_cfg done = *cfg;
	int ret = v7s_config_check(cfg);

	if (ret)
		return ret;

	done.pgsize_bitmap &= V7S_PAGE_SIZES;
	pgsize = lab_page_size(&done, pgsize);
	ret = lab_range_check(&done, iova, bytes, pgsize);
	if (ret)
		return ret;

	*nr = v7s_max_tables(iova, bytes, __ffs(pgsize));

	return 0;
}

static int v7s_sizes(enum io_pgtable_fmt fmt, const struct io_pgtable_cfg *cfg,
		     struct lab_table_sizes *sizes)
{
	int ret = v7s_config_check(cfg);

	if (ret)
		return ret;

	sizes->root_bytes = v7s_root_bytes(cfg);
	sizes->table_bytes = V7S_L2_BYTES;
	/* As alloc does, take a configuration that has no pages at all. */
	sizes->max_nr = cfg->pgsize_bitmap & (SZ_4K | SZ_64K) ?
			v7s_max_tables(0, 1ULL << cfg->ias, V7S_PAGE_LG2) : 0;

	return 0;
}

static struct io_pgtable *v7s_alloc(enum io_pgtable_fmt fmt, struct io_pgtable_cfg *cfg,
				    void *cookie)
{
	struct v7s_pgtable *pgt;

	if (v7s_config_check(cfg))
		return NULL;

	pgt = kzalloc_obj(*pgt);
	if (!pgt)
		return NULL;

	pgt->limit = v7s_table_limit(cfg);
	pgt->root = lab_table_alloc(v7s_root_bytes(cfg), pgt->limit, GFP_KERNEL,
				    cfg, cookie);
	if (!pgt->root) {
		kfree(pgt);
		return NULL;
	}

	cfg->pgsize_bitmap &= V7S_PAGE_SIZES;
	v7s_set_registers(cfg, virt_to_phys(pgt->root));

	pgt->iop.ops = (struct io_pgtable_ops) {
		.map_pages	= v7s_map_pages,
		.unmap_pages	= v7s_unmap_pages,
		.iova_to_phys	= v7s_iova_to_phys,
	};

	/* The caller may write the TTBR next. */
	wmb();

	return &pgt->iop;
}

static void v7s_free(struct io_pgtable *iop)
{
	struct v7s_pgtable *pgt = container_of(iop, struct v7s_pgtable, iop);
	size_t i;

	for (i = 0; i < v7s_root_nr(&iop->cfg); i++)
		if (v7s_is_table(pgt->root[i]))
			lab_table_free(v7s_table_of(pgt, pgt->root[i]),
				       V7S_L2_BYTES, &iop->cfg, iop->cookie);

	lab_table_free(pgt->root, v7s_root_bytes(&iop->cfg), &iop->cfg,
		       iop->cookie);
	kfree(pgt);
}

const struct lab_format_fns lab_v7s_fns = {
	.alloc	= v7s_alloc,
	.free	= v7s_free,
	.sizes	= v7s_sizes,
	.tables	= v7s_tables,
};

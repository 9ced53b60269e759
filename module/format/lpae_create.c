// SPDX-License-Identifier: GPL-2.0-only
/*
 * LPAE: the life of a page table, and what a configuration leads to, for all of
 * its formats.
 *
 * Creation sleeps.  May not know what a descriptor looks like.
 */
#include <linux/slab.h>

#include <asm/barrier.h>

#include "../compat/compat.h"
#include "format.h"
#include "lpae.h"
#include "request.h"

static const struct lpae_format *lpae_format(enum io_pgtable_fmt fmt)
{
	switch (fmt) {
	case ARM_64_LPAE_S1:
		return &lab_lpae_s1;
	case ARM_64_LPAE_S2:
		return &lab_lpae_s2;
	case ARM_32_LPAE_S1:
		return &lab_lpae32_s1;
	case ARM_32_LPAE_S2:
		return &lab_lpae32_s2;
	default:
		return &lab_lpae_mali;
	}
}

static int lpae_tables(enum io_pgtable_fmt fmt, const struct io_pgtable_cfg *cfg,
		       u64 iova, u64 bytes, size_t pgsize, u64 *nr)
{
	struct io_pgtable_cfg done = *cfg;
	struct lpae_geometry geo;
	int ret;

	ret = lpae_format(fmt)->check(&done, &geo);
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

static int lpae_sizes(enum io_pgtable_fmt fmt, const struct io_pgtable_cfg *cfg,
		      struct lab_table_sizes *sizes)
{
	const struct lpae_format *format = lpae_format(fmt);
	struct io_pgtable_cfg done = *cfg;
	struct lpae_geometry geo;
	int ret;

	ret = format->check(&done, &geo);
	if (ret)
		return ret;

	sizes->root_bytes = lpae_root_bytes(format, &geo);
	sizes->table_bytes = lpae_table_bytes(&geo);
	sizes->max_nr = lpae_max_tables(&geo, 0, 1ULL << done.ias, geo.granule_lg2);

	return 0;
}

static struct io_pgtable *lpae_alloc(enum io_pgtable_fmt fmt, struct io_pgtable_cfg *cfg,
				     void *cookie)
{
	const struct lpae_format *format = lpae_format(fmt);
	struct lpae_pgtable *pgt;

	pgt = kzalloc_obj(*pgt);
	if (!pgt)
		return NULL;

	pgt->format = format;
	if (format->check(cfg, &pgt->geo))
		goto out_free;

	pgt->limit = 1ULL << cfg->oas;
	pgt->root = lab_table_alloc(lpae_root_bytes(format, &pgt->geo), pgt->limit,
				    GFP_KERNEL, cfg, cookie);
	if (!pgt->root)
		goto out_free;

	format->registers(cfg, &pgt->geo, virt_to_phys(pgt->root));

	pgt->iop.ops = (struct io_pgtable_ops) {
		.map_pages	= lab_lpae_map_pages,
		.unmap_pages	= lab_lpae_unmap_pages,
		.iova_to_phys	= lab_lpae_iova_to_phys,
		.read_and_clear_dirty = lab_lpae_read_and_clear_dirty,
		LAB_PGTABLE_WALK(lab_lpae_pgtable_walk)
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

	lab_lpae_free_tables(pgt);
	lab_table_free(pgt->root, lpae_root_bytes(pgt->format, &pgt->geo), &iop->cfg,
		       iop->cookie);
	kfree(pgt);
}

const struct lab_format_fns lab_lpae_fns = {
	.alloc	= lpae_alloc,
	.free	= lpae_free,
	.sizes	= lpae_sizes,
	.tables	= lpae_tables,
};

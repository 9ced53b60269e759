// SPDX-License-Identifier: GPL-2.0-only
/*
 * The entry points of the fake io-pgtable, with the signatures and the meaning
 * of alloc_io_pgtable_ops() and free_io_pgtable_ops().
 *
 * Holds no state and takes no lock: a page table belongs to who asked for it.
 * May not know what a descriptor looks like, nor where the lab's own callers
 * get their memory from.
 */
#include <kunit/visibility.h>
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/io-pgtable.h>

#include "../compat/compat.h"
#include "../io_pgtable_lab.h"
#include "format.h"

static const struct lab_format_fns *const lab_writers[IO_PGTABLE_NUM_FMTS] = {
	[ARM_64_LPAE_S1] = &lab_lpae_fns,
	[ARM_64_LPAE_S2] = &lab_lpae_fns,
	[ARM_32_LPAE_S1] = &lab_lpae_fns,
	[ARM_32_LPAE_S2] = &lab_lpae_fns,
	[ARM_MALI_LPAE] = &lab_lpae_fns,
	[ARM_V7S] = &lab_v7s_fns,
};

static const struct lab_format_fns *lab_format(enum io_pgtable_fmt fmt)
{
	return (unsigned int)fmt < IO_PGTABLE_NUM_FMTS ? lab_writers[fmt] : NULL;
}

/**
 * lab_format_table_sizes() - the tables that a configuration leads to
 * @fmt:	page table format
 * @cfg:	configuration, before or after lab_alloc_io_pgtable_ops() completed
 *		it; not changed
 * @sizes:	where it goes: sizes as the alloc hook will be asked for, and how
 *		many tables the whole input space takes in its smallest pages
 *
 * Context: Any; allocates nothing.
 * Return: 0; -EOPNOTSUPP for a format that the lab does not write; -EINVAL for
 * a configuration that the format does not have.
 */
int lab_format_table_sizes(enum io_pgtable_fmt fmt,
			   const struct io_pgtable_cfg *cfg,
			   struct lab_table_sizes *sizes)
{
	const struct lab_format_fns *fns = lab_format(fmt);

	return fns ? fns->sizes(fmt, cfg, sizes) : -EOPNOTSUPP;
}
EXPORT_SYMBOL_IF_KUNIT(lab_format_table_sizes);

/**
 * lab_io_pgtable_max_tables() - the most tables that mapping a range can take
 * @fmt:	page table format: ARM_V7S, ARM_{64,32}_LPAE_S{1,2} or ARM_MALI_LPAE
 * @cfg:	configuration, before or after lab_alloc_io_pgtable_ops() or
 *		alloc_io_pgtable_ops() completed it; not changed
 * @iova:	first input address
 * @bytes:	length of the range in bytes, up to the whole input space
 * @pgsize:	page size in bytes that it will be mapped in; 0 for any sizes of
 *		@cfg, mixed as one likes, of which the smallest takes most
 * @nr:		where the number goes, the root not counted; left alone on failure
 *
 * What a caller has to hold ready who must not run out of memory half way: so
 * many calls of the alloc hook are made where nothing was mapped yet, and never
 * more, whatever is mapped already and whoever maps beside it.  The smallest
 * pages of whole address spaces come to more than there is memory for.
 *
 * It counts what map_pages would accept: a range that does not begin and end on
 * a page's boundary is refused and not rounded.
 *
 * Context: Any; allocates nothing.
 * Return: 0; -EOPNOTSUPP for a format that the lab does not write; -EINVAL for
 * a configuration that the format does not have, a page size that the
 * configuration does not have, or a range that is not one of whole pages;
 * -ERANGE for a range that leaves the input space.
 */
int lab_io_pgtable_max_tables(enum io_pgtable_fmt fmt,
			      const struct io_pgtable_cfg *cfg, u64 iova,
			      u64 bytes, size_t pgsize, u64 *nr)
{
	const struct lab_format_fns *fns = lab_format(fmt);

	return fns ? fns->tables(fmt, cfg, iova, bytes, pgsize, nr) : -EOPNOTSUPP;
}
EXPORT_SYMBOL_NS_GPL(lab_io_pgtable_max_tables, LAB_NAMESPACE);

/**
 * lab_alloc_io_pgtable_ops() - make an empty page table
 * @fmt:	page table format: ARM_V7S, ARM_{64,32}_LPAE_S{1,2} or ARM_MALI_LPAE
 * @cfg:	configuration; on success pgsize_bitmap, ias, oas and the format's
 *		registers come back as alloc_io_pgtable_ops() would set them, on
 *		failure nothing of it is touched
 * @cookie:	handed to the TLB callbacks and the allocation hooks
 *
 * The hooks of @cfg are honoured for every format, both or neither; without
 * them tables come from the lab's own DMA32 caches, and only the copy in
 * io_pgtable.cfg names these.
 *
 * Context: Process context, may sleep.
 * Return: the operations, or NULL: bad configuration, out of memory, or a root
 * that the walker could not reach.
 */
struct io_pgtable_ops *lab_alloc_io_pgtable_ops(enum io_pgtable_fmt fmt,
						struct io_pgtable_cfg *cfg,
						void *cookie)
{
	const struct lab_format_fns *fns = lab_format(fmt);
	struct io_pgtable_cfg done = *cfg;
	struct io_pgtable *iop;

	if (!fns || !cfg->alloc != !cfg->free)
		return NULL;

	/* The DMA API would WARN about a device that cannot do DMA. */
	if (!cfg->coherent_walk && !(cfg->iommu_dev && cfg->iommu_dev->dma_mask))
		return NULL;

	if (!cfg->alloc) {
		done.alloc = lab_default_table_alloc;
		done.free = lab_default_table_free;
	}

	iop = fns->alloc(fmt, &done, cookie);
	if (!iop)
		return NULL;

	iop->fmt = fmt;
	iop->cookie = cookie;
	iop->cfg = done;

	done.alloc = cfg->alloc;
	done.free = cfg->free;
	*cfg = done;

	return &iop->ops;
}
EXPORT_SYMBOL_NS_GPL(lab_alloc_io_pgtable_ops, LAB_NAMESPACE);

/**
 * lab_free_io_pgtable_ops() - give a page table and all its tables back
 * @ops:	what lab_alloc_io_pgtable_ops() returned, or NULL
 *
 * The walker must have left the tables; what its TLB still holds is flushed
 * here before the first table goes.
 *
 * Context: Any context that the free hook and tlb_flush_all allow.  Nobody else
 * may be using @ops.
 */
void lab_free_io_pgtable_ops(struct io_pgtable_ops *ops)
{
	struct io_pgtable *iop;

	if (!ops)
		return;

	iop = io_pgtable_ops_to_pgtable(ops);
	io_pgtable_tlb_flush_all(iop);
	lab_writers[iop->fmt]->free(iop);
}
EXPORT_SYMBOL_NS_GPL(lab_free_io_pgtable_ops, LAB_NAMESPACE);

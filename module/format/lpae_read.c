// SPDX-License-Identifier: GPL-2.0-only
/*
 * LPAE: operations that look one address up, as struct io_pgtable_ops has them.
 *
 * There is no lock: tables on the way to an address stay as long as nobody unmaps
 * it meanwhile, which is the caller's to see to.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/iommu.h>

#include "../compat/compat.h"
#include "format.h"
#include "lpae.h"
#include "request.h"

/**
 * struct lpae_path - the way from the root to what maps an address
 * @leaf:	the page or block, or NULL where there is none
 * @shift:	what @leaf maps, or else the descriptor that ended the way would,
 *		log2 of bytes
 * @ptes:	the descriptors that were read, by the manual's number of the level
 */
struct lpae_path {
	u64 *leaf;
	unsigned int shift;
	u64 ptes[LPAE_LEVELS_MAX];
};

/* @iova lies in the input space. */
static void lpae_find(const struct lpae_pgtable *pgt, unsigned long iova,
		      struct lpae_path *path)
{
	const struct lpae_geometry *geo = &pgt->geo;
	u64 *desc = pgt->root + lpae_root_index(geo, iova);
	unsigned int shift = geo->root_shift;
	u64 value;

	for (;; shift -= geo->stride) {
		value = READ_ONCE(*desc);
		path->ptes[lpae_level(geo, shift)] = value;
		if (shift == geo->granule_lg2 || !lpae_is_table(value))
			break;
		desc = lpae_table_of(pgt, value) +
		       lpae_index(geo, iova, shift - geo->stride);
	}

	path->leaf = value ? desc : NULL;
	path->shift = shift;
}

/**
 * lab_lpae_iova_to_phys() - as io_pgtable_ops.iova_to_phys
 * @ops:	the page table
 * @iova:	input address
 *
 * Context: Any.
 * Return: output address, 0 where nothing is mapped.
 */
phys_addr_t lab_lpae_iova_to_phys(struct io_pgtable_ops *ops, unsigned long iova)
{
	struct lpae_pgtable *pgt = lpae_from_ops(ops);
	struct lpae_path path;
	u64 desc;

	/* The index would be cut short and find somebody else's page. */
	if (!lab_iova_ok(&pgt->iop.cfg, iova))
		return 0;

	lpae_find(pgt, iova, &path);
	if (!path.leaf)
		return 0;

	desc = path.ptes[lpae_level(&pgt->geo, path.shift)];

	return lpae_desc_pa(&pgt->geo, desc) | (iova & (BIT_ULL(path.shift) - 1));
}

/**
 * lab_lpae_pgtable_walk() - as io_pgtable_ops.pgtable_walk
 * @ops:	the page table
 * @iova:	input address
 * @wd:		struct arm_lpae_io_pgtable_walk_data: the descriptors on the way, by
 *		level; those of levels that there are none of are left alone
 *
 * Context: Any.
 * Return: 0; -EINVAL where nothing is mapped, with what was read on the way; or
 * outside the input space.
 */
int lab_lpae_pgtable_walk(struct io_pgtable_ops *ops, unsigned long iova, void *wd)
{
	struct lpae_pgtable *pgt = lpae_from_ops(ops);
	struct arm_lpae_io_pgtable_walk_data *data = wd;
	struct lpae_path path;
	unsigned int level;

	if (!lab_iova_ok(&pgt->iop.cfg, iova))
		return -EINVAL;

	lpae_find(pgt, iova, &path);
	for (level = lpae_level(&pgt->geo, pgt->geo.root_shift);
	     level <= lpae_level(&pgt->geo, path.shift); level++)
		data->ptes[level] = path.ptes[level];

	return path.leaf ? 0 : -EINVAL;
}

/* Dirty, of what one descriptor maps from @iova on; and clean again, if wanted. */
static void lpae_take_dirty(struct lpae_pgtable *pgt, const struct lpae_path *path,
			    unsigned long iova, size_t bytes, unsigned long flags,
			    struct iommu_dirty_bitmap *dirty)
{
	u64 desc = path->ptes[lpae_level(&pgt->geo, path->shift)];

	if ((desc & (LPAE_S1_DBM | LPAE_S1_RDONLY)) != LPAE_S1_DBM)
		return;

	iommu_dirty_bitmap_record(dirty, iova, bytes);
	if (flags & IOMMU_DIRTY_NO_CLEAR)
		return;

	/* Hardware may be setting other bits of it. */
	set_bit(__ffs64(LPAE_S1_RDONLY), (unsigned long *)path->leaf);
	lab_table_sync(path->leaf, sizeof(*path->leaf), &pgt->iop.cfg);
}

/**
 * lab_lpae_read_and_clear_dirty() - as io_pgtable_ops.read_and_clear_dirty
 * @ops:	a page table of ARM_64_LPAE_S1
 * @iova:	first input address
 * @size:	bytes, all of which are mapped
 * @flags:	IOMMU_DIRTY_NO_CLEAR to leave what is dirty so
 * @dirty:	where dirty ranges are recorded
 *
 * Unlike the kernel's, it says no before it has recorded or cleared anything,
 * takes the upper end of 64 bits with TTBR1, and does not record more of a block
 * than was asked for.  TLBs are the caller's: @dirty gathers what to flush.
 *
 * Context: Any.
 * Return: 0; -EINVAL for another format, or a range that is empty, leaves the
 * input space or is not all mapped.
 */
int lab_lpae_read_and_clear_dirty(struct io_pgtable_ops *ops, unsigned long iova,
				  size_t size, unsigned long flags,
				  struct iommu_dirty_bitmap *dirty)
{
	struct lpae_pgtable *pgt = lpae_from_ops(ops);
	struct io_pgtable_cfg *cfg = &pgt->iop.cfg;
	struct lpae_path path;
	size_t done, bytes;

	if (pgt->iop.fmt != ARM_64_LPAE_S1 || !size ||
	    !lab_iova_ok(cfg, iova) || size - 1 > lab_last_iova(cfg) - iova)
		return -EINVAL;

	for (int take = 0; take < 2; take++)
		for (done = 0; done < size; done += bytes) {
			u64 inside = (iova + done);

			lpae_find(pgt, iova + done, &path);
			if (!path.leaf)
				return -EINVAL;

			inside &= BIT_ULL(path.shift) - 1;
			bytes = min_t(u64, BIT_ULL(path.shift) - inside, size - done);
			if (take)
				lpae_take_dirty(pgt, &path, iova + done, bytes, flags, dirty);
		}

	return 0;
}

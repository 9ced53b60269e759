// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory for tables: through the configuration's hooks, and only where the
 * walker can reach it.
 *
 * A table is refused when its address does not fit the descriptor that will
 * point to it: an address cut short there sends the hardware to memory that is
 * somebody else's (29859aeb8a6e, ad67f5a6545f).  Takes no lock; the hooks bring
 * their own.  May not know formats: the limit is an argument.
 */
#include <linux/align.h>
#include <linux/dev_printk.h>
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>

#include "format.h"

/* A walker uses physical addresses, so the mapping has to be the identity. */
static bool lab_table_map(void *table, size_t size, struct device *dev)
{
	phys_addr_t phys = virt_to_phys(table);
	dma_addr_t dma;

	/* Asking for more than the mask would bounce the table, or WARN. */
	if (phys + size - 1 > min_not_zero(dma_get_mask(dev), dev->bus_dma_limit))
		return false;

	dma = dma_map_single(dev, table, size, DMA_TO_DEVICE);
	if (dma_mapping_error(dev, dma))
		return false;

	if (dma != phys) {
		dma_unmap_single(dev, dma, size, DMA_TO_DEVICE);
		return false;
	}

	return true;
}

/* NULL, or what is wrong with a table */
static const char *lab_table_fault(void *table, size_t size, u64 limit,
				   const struct io_pgtable_cfg *cfg)
{
	phys_addr_t phys = virt_to_phys(table);

	if (size > limit || phys > limit - size)
		return "ends above what a descriptor can hold";
	if (!IS_ALIGNED(phys, roundup_pow_of_two(size)))
		return "is not aligned to its size";
	if (!cfg->coherent_walk && !lab_table_map(table, size, cfg->iommu_dev))
		return "has another address for the device, or none";

	return NULL;
}

/**
 * lab_table_alloc() - get a table that the walker can reach
 * @size:	bytes; the alloc hook is asked for exactly these
 * @limit:	first physical address, in bytes, that no table may touch
 * @gfp:	for the hook
 * @cfg:	configuration with both hooks set
 * @cookie:	for the hooks
 *
 * The table has to be aligned to @size rounded up to a power of two: descriptors
 * and TTBRs have attributes where the low address bits would stand (DDI 0406C,
 * B3.5.1 and B4.1.154; DDI 0487, D8.3).  For a walker that does not snoop it is
 * mapped for the device, so that what the hook wrote is visible (DMA_TO_DEVICE),
 * and its DMA address has to equal the physical one.  A table that fails goes
 * back to the hook, with one rate-limited line in the log.
 *
 * Context: Whatever @gfp says; the hook may sleep where @gfp lets it.
 * Return: the table, all zero if the hook keeps its contract, or NULL.
 */
void *lab_table_alloc(size_t size, u64 limit, gfp_t gfp,
		      const struct io_pgtable_cfg *cfg, void *cookie)
{
	void *table = cfg->alloc(cookie, size, gfp);
	const char *fault;
	phys_addr_t phys;

	if (!table)
		return NULL;

	/* vmalloc memory has no address that virt_to_phys() could tell. */
	if (!virt_addr_valid(table)) {
		dev_err_ratelimited(cfg->iommu_dev,
				    "page table of %zu bytes at %p is not in the linear map\n",
				    size, table);
		goto refuse;
	}

	fault = lab_table_fault(table, size, limit, cfg);
	if (fault) {
		phys = virt_to_phys(table);
		dev_err_ratelimited(cfg->iommu_dev,
				    "page table of %zu bytes at %pa %s\n",
				    size, &phys, fault);
		goto refuse;
	}

	return table;

refuse:
	cfg->free(cookie, table, size);
	return NULL;
}

/**
 * lab_table_free() - give a table back
 * @table:	what lab_table_alloc() returned
 * @size:	bytes, as given to lab_table_alloc()
 * @cfg:	configuration, as given to lab_table_alloc()
 * @cookie:	for the free hook
 *
 * The walker must not be able to reach @table any more: descriptor cleared and
 * visible, walk caches flushed.
 *
 * Context: Any context that the free hook allows.
 */
void lab_table_free(void *table, size_t size, const struct io_pgtable_cfg *cfg,
		    void *cookie)
{
	if (!cfg->coherent_walk)
		dma_unmap_single(cfg->iommu_dev, virt_to_phys(table), size,
				 DMA_TO_DEVICE);

	cfg->free(cookie, table, size);
}

/**
 * lab_table_clean() - write descriptors back for a walker that does not snoop
 * @desc:	first descriptor written
 * @bytes:	bytes written, all of them in one table
 * @dev:	device that the table is mapped for
 *
 * lab_table_sync() is the way to call it.
 *
 * Context: Any.
 */
void lab_table_clean(const void *desc, size_t bytes, struct device *dev)
{
	dma_sync_single_for_device(dev, virt_to_phys(desc), bytes,
				   DMA_TO_DEVICE);
}

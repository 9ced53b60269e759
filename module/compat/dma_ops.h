/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device's own DMA operations, which map pages until 6.17, physical addresses since
 * 6.18.  For one file, which defines lab_dma_map_pa().
 */
#ifndef LAB_COMPAT_DMA_OPS_H
#define LAB_COMPAT_DMA_OPS_H

#include <linux/dma-map-ops.h>
#include <linux/mm.h>
#include <linux/version.h>

#ifdef CONFIG_ARCH_HAS_DMA_OPS
static dma_addr_t lab_dma_map_pa(phys_addr_t pa, size_t size, enum dma_data_direction dir);

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)
#define LAB_DMA_OPS_MAP		.map_page = lab_dma_map
#define LAB_DMA_OPS_UNMAP(fn)	.unmap_page = (fn)
static dma_addr_t lab_dma_map(struct device *dev, struct page *page, unsigned long offset,
			      size_t size, enum dma_data_direction dir, unsigned long attrs)
{
	return lab_dma_map_pa(page_to_phys(page) + offset, size, dir);
}
#else
#define LAB_DMA_OPS_MAP		.map_phys = lab_dma_map
#define LAB_DMA_OPS_UNMAP(fn)	.unmap_phys = (fn)
static dma_addr_t lab_dma_map(struct device *dev, phys_addr_t pa, size_t size,
			      enum dma_data_direction dir, unsigned long attrs)
{
	return lab_dma_map_pa(pa, size, dir);
}
#endif
#endif /* CONFIG_ARCH_HAS_DMA_OPS */

#endif /* LAB_COMPAT_DMA_OPS_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs in the IOMMU core, told by the kernel's headers themselves, so that no
 * version is named.
 */
#ifndef LAB_COMPAT_IOMMU_H
#define LAB_COMPAT_IOMMU_H

#include <linux/device.h>
#include <linux/iommu.h>

/* Since 7.x attach_dev is told the domain that was attached before. */
#define LAB_ATTACH_DEV(without, with)						\
	__builtin_choose_expr(							\
		__same_type(((struct iommu_domain_ops *)NULL)->attach_dev,	\
			    (int (*)(struct iommu_domain *, struct device *))NULL), \
		without, with)

#define LAB_DEFINE_ATTACH_FROM(fn)						\
static int __maybe_unused fn##_from(struct iommu_domain *domain, struct device *dev, \
				    struct iommu_domain *old)			\
{										\
	return fn(domain, dev);							\
}

/* Since 7.x a device's flags are bits with accessors; Kbuild looks for them. */
static inline void lab_set_dma_coherent(struct device *dev, bool coherent)
{
#ifdef LAB_DEVICE_FLAGS
	dev_assign_dma_coherent(dev, coherent);
#elif defined(CONFIG_ARCH_HAS_SYNC_DMA_FOR_DEVICE) || \
	defined(CONFIG_ARCH_HAS_SYNC_DMA_FOR_CPU) || \
	defined(CONFIG_ARCH_HAS_SYNC_DMA_FOR_CPU_ALL)
	dev->dma_coherent = coherent;
#endif
}

#endif /* LAB_COMPAT_IOMMU_H */

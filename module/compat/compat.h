/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every difference between the kernels this module builds for, and nothing
 * else.  The code outside compat/ is written for the newest kernel; what an
 * older one lacks is filled in here, with the version that it serves.
 */
#ifndef LAB_COMPAT_H
#define LAB_COMPAT_H

#include <linux/gfp.h>
#include <linux/io-pgtable.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/version.h>

/* The two bounds; the scripts read them from here too. */
#define LAB_KERNEL_OLDEST	KERNEL_VERSION(6, 12, 0)
#define LAB_KERNEL_NEWEST	KERNEL_VERSION(7, 3, 255)

#if LINUX_VERSION_CODE < LAB_KERNEL_OLDEST
#error "io-pgtable-lab builds for Linux 6.12 and later"
#elif LINUX_VERSION_CODE > LAB_KERNEL_NEWEST
#pragma message("io-pgtable-lab has not been tried on a kernel this new")
#endif

/* Until 6.12 a namespace is a bare word, since 6.13 a string. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define LAB_NAMESPACE		IO_PGTABLE_LAB
#define LAB_KUNIT_NAMESPACE	EXPORTED_FOR_KUNIT_TESTING
#define LAB_IOMMUFD_NAMESPACE	IOMMUFD
#else
#define LAB_NAMESPACE		"IO_PGTABLE_LAB"
#define LAB_KUNIT_NAMESPACE	"EXPORTED_FOR_KUNIT_TESTING"
#define LAB_IOMMUFD_NAMESPACE	"IOMMUFD"
#endif

/* Until 7.0 an allocation names its size; the flags are optional since. */
#ifndef kzalloc_obj
#define LAB_SECOND(first, second, ...)	second
#define kzalloc_obj(obj, ...) \
	kzalloc(sizeof(obj), LAB_SECOND(, ##__VA_ARGS__, GFP_KERNEL))
#endif

/* Until 6.18 the DMA API maps pages, physical addresses since. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)
#define LAB_DMA_MAP_TRACEPOINT		"dma_map_page"
#define LAB_DMA_UNMAP_TRACEPOINT	"dma_unmap_page"
#else
#define LAB_DMA_MAP_TRACEPOINT		"dma_map_phys"
#define LAB_DMA_UNMAP_TRACEPOINT	"dma_unmap_phys"
#endif

/* Until 6.12 page_frag is declared by gfp.h. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#include <linux/page_frag_cache.h>
#endif

#ifdef CONFIG_FAULT_INJECTION
#include <linux/dcache.h>
#include <linux/fault-inject.h>

/*
 * Until 7.2 fault_create_debugfs_attr() takes a reference of its directory, which
 * nobody gives back; since 7.3 it copies the name.
 */
static inline void lab_fault_attr_put(struct fault_attr *attr)
{
#ifndef FAULT_ATTR_DNAME_LEN
	dput(attr->dname);
	attr->dname = NULL;
#endif
}
#endif

/* Quirks younger than 6.12: a kernel without them has no bit to set. */
#ifndef IO_PGTABLE_QUIRK_ARM_S2FWB
#define IO_PGTABLE_QUIRK_ARM_S2FWB	0
#endif
#ifndef IO_PGTABLE_QUIRK_NO_WARN
#define IO_PGTABLE_QUIRK_NO_WARN	0
#endif

/*
 * Until 6.13 the kernel's stage 2 saves level 0 wherever 16 concatenated tables at
 * level 1 do in its place, since 6.14 only where the architecture has no level 0
 * to start at; that includes 16 KB with 40 bits, which it did not know before.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)
#define LAB_S2_SAVES_LEVEL_0	true
#else
#define LAB_S2_SAVES_LEVEL_0	false
#endif

/* Until 6.12 an unmap of part of a block splits it. */
#define LAB_KERNEL_SPLITS	(LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0))

/* Some time after 6.12 iommu-pages takes over for LPAE, and WARNs of a table that moved. */
#define LAB_KERNEL_WARNS_OF_MOVES	(LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0))

/* Until 6.13 there is no pgtable_walk: what would do it is not hooked up. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)
#define LAB_HAS_PGTABLE_WALK	0
#define LAB_PGTABLE_WALK(fn)
struct arm_lpae_io_pgtable_walk_data {
	u64 ptes[4];
};

static inline bool lab_has_pgtable_walk(const struct io_pgtable_ops *ops)
{
	return false;
}

static inline int lab_pgtable_walk(struct io_pgtable_ops *ops, unsigned long iova, u64 *ptes)
{
	return -EOPNOTSUPP;
}
#else
#define LAB_HAS_PGTABLE_WALK	1
#define LAB_PGTABLE_WALK(fn)	.pgtable_walk = (fn),

static inline bool lab_has_pgtable_walk(const struct io_pgtable_ops *ops)
{
	return ops->pgtable_walk;
}

static inline int lab_pgtable_walk(struct io_pgtable_ops *ops, unsigned long iova, u64 *ptes)
{
	struct arm_lpae_io_pgtable_walk_data data = {};
	int ret = ops->pgtable_walk(ops, iova, &data);

	memcpy(ptes, data.ptes, sizeof(data.ptes));
	return ret;
}
#endif

/* Until 6.17 a generator of KUnit's parameters is not given the test. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)
#define LAB_GENERATOR(name) \
	static const void *(name)(const void *prev, char *desc)
#else
#define LAB_GENERATOR(name) \
	static const void *(name)(struct kunit *test, const void *prev, char *desc)
#endif

#endif /* LAB_COMPAT_H */

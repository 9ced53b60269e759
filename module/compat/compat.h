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
#else
#define LAB_NAMESPACE		"IO_PGTABLE_LAB"
#define LAB_KUNIT_NAMESPACE	"EXPORTED_FOR_KUNIT_TESTING"
#endif

/* Until 7.0 an allocation names its size; the flags are optional since. */
#ifndef kzalloc_obj
#define LAB_SECOND(first, second, ...)	second
#define kzalloc_obj(obj, ...) \
	kzalloc(sizeof(obj), LAB_SECOND(, ##__VA_ARGS__, GFP_KERNEL))
#endif

/* Until 6.18 the DMA API maps pages, physical addresses since. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)
#define LAB_DMA_MAP_TRACEPOINT	"dma_map_page"
#else
#define LAB_DMA_MAP_TRACEPOINT	"dma_map_phys"
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

/* Until 6.17 a generator of KUnit's parameters is not given the test. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)
#define LAB_GENERATOR(name) \
	static const void *(name)(const void *prev, char *desc)
#else
#define LAB_GENERATOR(name) \
	static const void *(name)(struct kunit *test, const void *prev, char *desc)
#endif

#endif /* LAB_COMPAT_H */

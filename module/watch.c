// SPDX-License-Identifier: GPL-2.0-only
/*
 * The watch: probes that see every allocation, free, DMA mapping and sync, and pass on
 * those of tasks in a section and of the lab's devices.
 *
 * A mutex guards starting and stopping.  The probes run in any context, keep
 * notes, and allocate and print nothing.  Bulk allocations from a slab have no
 * tracepoint, nor has what a fast path of somebody's own serves.
 */
#include <kunit/visibility.h>
#include <linux/atomic.h>
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "compat/compat.h"
#include "instance.h"
#include "section.h"
#include "watch.h"

const struct device_type lab_device_type = { .name = "io_pgtable_lab" };

/* Odd while the probes are there. */
static atomic_t generation = ATOMIC_INIT(0);
static DEFINE_MUTEX(watch_lock);

/* GFP_DMA chooses among kmalloc's own caches; the others are bugs to a slab. */
static const char *slab_fault(gfp_t gfp)
{
	return gfp & (__GFP_DMA32 | __GFP_HIGHMEM) ? "a slab has its own zone" : NULL;
}

static void saw_kmem_cache_alloc(void *data, unsigned long caller, const void *ptr,
				 struct kmem_cache *cache, gfp_t gfp, int node)
{
	lab_section_saw("slab object", gfp, slab_fault(gfp));
	lab_section_saw_object(ptr, kmem_cache_size(cache));
}

static void saw_kmalloc(void *data, unsigned long caller, const void *ptr, size_t asked,
			size_t size, gfp_t gfp, int node)
{
	lab_section_saw("kmalloc", gfp, slab_fault(gfp));
	lab_section_saw_kmalloc(ptr);
}

static void saw_page_alloc(void *data, struct page *page, unsigned int order, gfp_t gfp,
			   int migratetype)
{
	lab_section_saw("page", gfp, gfp & __GFP_HIGHMEM ?
			"a page outside the linear map" : NULL);
	/* What debugging takes for itself does not retry (gfp_nested_mask()). */
	if (page && !(gfp & (__GFP_HIGHMEM | __GFP_NORETRY)))
		lab_section_saw_pages(page_address(page), PAGE_SIZE << order);
}

static void saw_dma_map(void *data, struct device *dev, phys_addr_t pa, dma_addr_t dma,
			size_t size, enum dma_data_direction dir, unsigned long attrs)
{
	if (dev->type == &lab_device_type)
		lab_instance_saw_dma_map(dev, pa, dma, size);
}

static void saw_dma_unmap(void *data, struct device *dev, dma_addr_t dma, size_t size,
			  enum dma_data_direction dir, unsigned long attrs)
{
	if (dev->type == &lab_device_type)
		lab_instance_saw_dma_unmap(dev, dma, size);
}

static void saw_dma_sync(void *data, struct device *dev, dma_addr_t dma, size_t size,
			 enum dma_data_direction dir)
{
	if (dev->type == &lab_device_type)
		lab_instance_saw_dma_sync(dev, dma, size);
}

static void saw_kmem_cache_free(void *data, unsigned long caller, const void *ptr,
				const struct kmem_cache *cache)
{
	lab_section_saw_free(virt_to_phys(ptr));
}

static void saw_kfree(void *data, unsigned long caller, const void *ptr)
{
	lab_section_saw_kfree(ptr);
}

static void saw_page_free(void *data, struct page *page, unsigned int order)
{
	lab_section_saw_free(page_to_phys(page));
}

/* Not exported all of them, so they are found by name. */
static struct {
	const char *name;
	void *probe;
	struct tracepoint *tp;
} probes[] = {
	{ "kmem_cache_alloc", saw_kmem_cache_alloc },
	{ "kmalloc", saw_kmalloc },
	{ "mm_page_alloc", saw_page_alloc },
	{ "kmem_cache_free", saw_kmem_cache_free },
	{ "kfree", saw_kfree },
	{ "mm_page_free", saw_page_free },
	{ LAB_DMA_MAP_TRACEPOINT, saw_dma_map },
	{ LAB_DMA_UNMAP_TRACEPOINT, saw_dma_unmap },
	{ "dma_sync_single_for_device", saw_dma_sync },
};

static void find(struct tracepoint *tp, void *unused)
{
	for (int i = 0; i < ARRAY_SIZE(probes); i++)
		if (!strcmp(probes[i].name, tp->name))
			probes[i].tp = tp;
}

/* The probes before @nr go. */
static void unregister(int nr)
{
	while (nr--)
		tracepoint_probe_unregister(probes[nr].tp, probes[nr].probe, NULL);
	tracepoint_synchronize_unregister();
}

static const char *start(void)
{
	for_each_kernel_tracepoint(find, NULL);
	for (int i = 0; i < ARRAY_SIZE(probes); i++)
		if (!probes[i].tp)
			return "this kernel lacks a tracepoint of memory or of the DMA API";

	for (int i = 0; i < ARRAY_SIZE(probes); i++)
		if (tracepoint_probe_register(probes[i].tp, probes[i].probe, NULL)) {
			unregister(i);
			return "no probe could be put on a tracepoint";
		}
	return NULL;
}

/**
 * lab_watch_start() - put the probes up, unless they are
 *
 * Context: Process; sleeps.
 * Return: NULL, or why this kernel cannot be watched.
 */
const char *lab_watch_start(void)
{
	const char *why = NULL;

	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		return "this kernel has no tracepoints";

	mutex_lock(&watch_lock);
	if (!lab_watch_on(lab_watch_generation())) {
		why = start();
		if (!why)
			atomic_inc(&generation);
	}
	mutex_unlock(&watch_lock);
	return why;
}
EXPORT_SYMBOL_IF_KUNIT(lab_watch_start);

/**
 * lab_watch_stop() - take the probes down, if they are up
 *
 * For who measures, and for the end.  What was under way counts as not watched.
 *
 * Context: Process; sleeps.
 */
void lab_watch_stop(void)
{
	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		return;

	mutex_lock(&watch_lock);
	if (lab_watch_on(lab_watch_generation())) {
		atomic_inc(&generation);
		unregister(ARRAY_SIZE(probes));
	}
	mutex_unlock(&watch_lock);
}
EXPORT_SYMBOL_IF_KUNIT(lab_watch_stop);

/**
 * lab_watch_generation() - changes whenever the watch starts or stops
 *
 * Context: Any.
 * Return: a number for lab_watch_on().
 */
unsigned int lab_watch_generation(void)
{
	return atomic_read(&generation);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device whose DMA operations are the test's.
 */
#include <kunit/device.h>
#include <kunit/test.h>
#include <linux/dma-mapping.h>
#include <linux/io-pgtable.h>
#include <linux/iommu.h>
#include <linux/sizes.h>

#include "compat/dma_ops.h"
#include "dma_device.h"

struct lab_dma_seen lab_dma_seen;

/* What is mapped at an address, as an index; -1 for nothing. */
static int find(dma_addr_t dma)
{
	const struct lab_dma_seen *s = &lab_dma_seen;

	for (int i = 0; i < LAB_DMA_MAPPINGS; i++)
		if (s->live[i].bytes && dma >= s->live[i].dma &&
		    dma - s->live[i].dma < s->live[i].bytes)
			return i;
	return -1;
}

/**
 * lab_dma_race() - another CPU maps a page beside
 *
 * While this one has a table in its hands, or when it has come to its end.
 *
 * Context: Any.
 */
void lab_dma_race(void)
{
	struct io_pgtable_ops *ops = lab_dma_seen.racer;
	size_t mapped = 0;

	lab_dma_seen.racer = NULL;
	ops->map_pages(ops, lab_dma_seen.race_iova, SZ_2G, SZ_4K, 1, IOMMU_READ, GFP_ATOMIC,
		       &mapped);
	lab_dma_seen.wrong += mapped != SZ_4K;
}

/**
 * lab_dma_live() - how much is mapped for the device
 *
 * Context: Any.
 * Return: the number of mappings.
 */
unsigned int lab_dma_live(void)
{
	unsigned int nr = 0;

	for (int i = 0; i < LAB_DMA_MAPPINGS; i++)
		nr += !!lab_dma_seen.live[i].bytes;
	return nr;
}

#ifdef CONFIG_ARCH_HAS_DMA_OPS
static dma_addr_t lab_dma_map_pa(phys_addr_t pa, size_t size, enum dma_data_direction dir)
{
	struct lab_dma_seen *s = &lab_dma_seen;
	bool due = ++s->maps == s->at;
	dma_addr_t dma = pa;

	if (due && s->fate == LAB_DMA_FAILS)
		return DMA_MAPPING_ERROR;
	if (due && s->fate == LAB_DMA_MOVES)
		dma += SZ_4K;
	if (due && s->fate == LAB_DMA_IS_OVERTAKEN)
		lab_dma_race();
	s->wrong += dir != DMA_TO_DEVICE;
	for (int i = 0; i < LAB_DMA_MAPPINGS; i++)
		if (!s->live[i].bytes) {
			s->live[i].dma = dma;
			s->live[i].bytes = size;
			return dma;
		}
	s->wrong++;
	return DMA_MAPPING_ERROR;
}

static void test_unmap(struct device *dev, dma_addr_t dma, size_t size,
		       enum dma_data_direction dir, unsigned long attrs)
{
	struct lab_dma_seen *s = &lab_dma_seen;
	int i = find(dma);

	if (i < 0 || s->live[i].dma != dma || s->live[i].bytes != size || dir != DMA_TO_DEVICE)
		s->wrong++;
	if (i >= 0)
		s->live[i].bytes = 0;
}

static void test_sync(struct device *dev, dma_addr_t dma, size_t size,
		      enum dma_data_direction dir)
{
	struct lab_dma_seen *s = &lab_dma_seen;
	int i = find(dma);

	if (i < 0 || dma + size > s->live[i].dma + s->live[i].bytes || dir != DMA_TO_DEVICE)
		s->wrong++;
	s->shown |= s->looked_for >= dma && s->looked_for < dma + size;
}

static int test_supported(struct device *dev, u64 mask)
{
	return 1;
}

static const struct dma_map_ops test_dma_ops = {
	LAB_DMA_OPS_MAP,
	LAB_DMA_OPS_UNMAP(test_unmap),
	.sync_single_for_device	= test_sync,
	.dma_supported		= test_supported,
};

static bool use_test_ops(struct device *dev)
{
	set_dma_ops(dev, &test_dma_ops);
	return true;
}
#else
static bool use_test_ops(struct device *dev)
{
	return false;
}
#endif

/**
 * lab_dma_device() - the device, to which nothing has happened yet
 * @test:	the test, with which it goes; skipped where there can be none
 *
 * Context: Process.
 * Return: the device, or an ERR_PTR.
 */
struct device *lab_dma_device(struct kunit *test)
{
	struct device *dev = kunit_device_register(test, "lab_dma_device");
	int ret;

	if (IS_ERR(dev))
		return dev;
	if (!use_test_ops(dev))
		kunit_skip(test, "this kernel's devices have no DMA operations of their own");
	memset(&lab_dma_seen, 0, sizeof(lab_dma_seen));
	ret = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(48));
	return ret ? ERR_PTR(ret) : dev;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bytes through a buffer: from the CPU to the device and back, each way with bytes of its
 * own, and nothing beside them.
 */
#include <kunit/visibility.h>
#include <linux/dma-mapping.h>
#include <linux/hash.h>
#include <linux/highmem.h>
#include <linux/minmax.h>

#include "complain.h"
#include "iommu/buffer.h"
#include "iommu/master.h"
#include "compat/compat.h"

enum { FIFO_BYTES = 256 };

/* The byte at a place of a buffer, another one each time */
static u8 byte_at(const struct lab_buffer *b, u64 at)
{
	return hash_64(at ^ ((u64)b->seed << 32), 8);
}

static void sync(struct lab_buffer *b, bool for_device)
{
	struct device *dev = &b->m->pdev.dev;
	enum dma_data_direction dir = b->params.dir;

	switch (b->params.kind) {
	case LAB_BUFFER_KMALLOC:
	case LAB_BUFFER_PAGE:
		if (for_device)
			dma_sync_single_for_device(dev, b->segments[0].iova, b->bytes, dir);
		else
			dma_sync_single_for_cpu(dev, b->segments[0].iova, b->bytes, dir);
		break;
	case LAB_BUFFER_SG:
		if (for_device)
			dma_sync_sg_for_device(dev, b->sgl, b->nr_pieces, dir);
		else
			dma_sync_sg_for_cpu(dev, b->sgl, b->nr_pieces, dir);
		break;
	case LAB_BUFFER_NONCONTIGUOUS:
		/* The vmap is an alias of the pages. */
		if (for_device)
			flush_kernel_vmap_range(b->cookie, b->bytes);
		else
			invalidate_kernel_vmap_range(b->cookie, b->bytes);
		if (for_device)
			dma_sync_sgtable_for_device(dev, b->sgt, dir);
		else
			dma_sync_sgtable_for_cpu(dev, b->sgt, dir);
		break;
	default:
		break;
	}
}

static void fill(struct lab_buffer *b)
{
	u64 at = 0;

	for (unsigned int i = 0; i < b->nr_pieces; i++)
		for (size_t k = 0; k < b->pieces[i].bytes; k++)
			((u8 *)b->pieces[i].cpu)[k] = byte_at(b, at++);
}

/**
 * lab_buffer_check_arrived() - does the CPU find what the device wrote?
 * @b:		the buffer, synced for the CPU or unmapped
 *
 * Context: Process.
 */
void lab_buffer_check_arrived(struct lab_buffer *b)
{
	u64 at = 0, wrong = 0, first = 0;

	for (unsigned int i = 0; i < b->nr_pieces; i++)
		for (size_t k = 0; k < b->pieces[i].bytes; k++, at++)
			if (((u8 *)b->pieces[i].cpu)[k] != byte_at(b, at) && !wrong++)
				first = at;
	lab_check(&b->m->iommu->tally, LAB_RULE_BYTES_MOVED, !wrong,
		  "%s: the device wrote %llu bytes, the CPU finds %llu others, the first at %llu",
		  b->m->params.name, b->bytes, wrong, first);
}

/* The device's side, a bit at a time: it writes, or reads and compares. */
static int run_engine(struct lab_buffer *b, bool write)
{
	u64 pos = 0, wrong = 0, first = 0;
	u8 fifo[FIFO_BYTES];
	size_t now;
	int ret;

	for (unsigned int i = 0; i < b->nr_segments; i++)
		for (u64 at = 0; at < b->segments[i].bytes; at += now, pos += now) {
			u64 iova = b->segments[i].iova + at;

			now = min(b->segments[i].bytes - at, (u64)FIFO_BYTES);
			for (size_t k = 0; write && k < now; k++)
				fifo[k] = byte_at(b, pos + k);
			ret = write ? lab_engine_write(b->m, iova, fifo, now) :
				      lab_engine_read(b->m, iova, fifo, now);
			if (ret) {
				lab_check(&b->m->iommu->tally, LAB_RULE_BYTES_MOVED, false,
					  "%s: the device cannot %s byte %llu at iova %#llx (%pe)",
					  b->m->params.name, write ? "write" : "read", pos, iova,
					  ERR_PTR(ret));
				return ret;
			}
			for (size_t k = 0; !write && k < now; k++)
				if (fifo[k] != byte_at(b, pos + k) && !wrong++)
					first = pos + k;
		}
	if (!write)
		lab_check(&b->m->iommu->tally, LAB_RULE_BYTES_MOVED, !wrong,
			  "%s: the CPU wrote %llu bytes, the device finds %llu others, the first at %llu",
			  b->m->params.name, b->bytes, wrong, first);
	return 0;
}

/**
 * lab_buffer_write_last() - the device writes once more, and nobody syncs it
 * @b:		the buffer, before it is unmapped
 *
 * Context: Process; sleeps.
 * Return: whether it did, so that an unmap owes the CPU these bytes.
 */
bool lab_buffer_write_last(struct lab_buffer *b)
{
	/* One that was not used may be nobody's to write to. */
	if (!b->seed || b->params.dir == DMA_TO_DEVICE ||
	    (b->params.attrs & DMA_ATTR_SKIP_CPU_SYNC))
		return false;
	b->seed++;
	return !run_engine(b, true);
}

/**
 * lab_buffer_use() - send bytes through a buffer, whichever way it is mapped for
 * @b:		the buffer
 *
 * Context: Process; sleeps.
 * Return: 0; -EOPNOTSUPP for one that has no memory that the CPU reaches, -EFAULT where
 * the device did not get at its bytes.  That others arrive is the rule bytes-moved.
 */
int lab_buffer_use(struct lab_buffer *b)
{
	int ret = 0;

	if (!b->nr_pieces || !b->pieces[0].cpu) {
		lab_complain(b->m->params.name, "buffer %u: %s has nothing that the CPU reaches",
			     b->number, lab_buffer_names[b->params.kind]);
		return -EOPNOTSUPP;
	}
	if (b->params.dir != DMA_FROM_DEVICE) {
		b->seed++;
		sync(b, false);
		fill(b);
		sync(b, true);
		ret = run_engine(b, false);
	}
	if (!ret && b->params.dir != DMA_TO_DEVICE) {
		b->seed++;
		sync(b, true);
		ret = run_engine(b, true);
		sync(b, false);
		if (!ret)
			lab_buffer_check_arrived(b);
		sync(b, true);
	}
	/* Of the bytes around it a bounce knows nothing until it is unmapped. */
	lab_buffer_check_room(b);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(lab_buffer_use);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of a buffer: where it comes from, and what lies around it.
 *
 * Whatever the lab allocates itself has room of its own around the bytes that are mapped,
 * filled with a pattern that nobody may touch.
 */
#include <kunit/visibility.h>
#include <linux/dma-mapping.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "iommu/buffer.h"
#include "iommu/domain.h"
#include "iommu/master.h"
#include "machine.h"
#include "compat/compat.h"

enum { GUARD = 0xa5 };

static struct device *device_of(struct lab_buffer *b)
{
	return &b->m->pdev.dev;
}

/* Pages for an element, which begins where it was asked to. */
static int take_pages(struct lab_piece *p, size_t bytes, size_t offset)
{
	unsigned int order = get_order(offset + bytes);
	struct page *pages = alloc_pages(GFP_KERNEL | __GFP_NOWARN | __GFP_COMP, order);

	if (!pages)
		return -ENOMEM;
	p->room = page_address(pages);
	p->room_bytes = PAGE_SIZE << order;
	p->cpu = p->room + offset;
	return 0;
}

/* All of the object is the lab's, its end included. */
static int take_object(struct lab_piece *p, size_t bytes)
{
	p->room_bytes = kmalloc_size_roundup(bytes);
	p->room = kmalloc(p->room_bytes, GFP_KERNEL | __GFP_NOWARN);
	p->cpu = p->room;
	return p->room ? 0 : -ENOMEM;
}

static int take_pieces(struct lab_buffer *b)
{
	const struct lab_buffer_params *params = &b->params;
	int ret = 0;

	for (unsigned int i = 0; i < params->nr && !ret; i++) {
		struct lab_piece *p = &b->pieces[i];

		b->nr_pieces++;
		ret = params->kind == LAB_BUFFER_KMALLOC ? take_object(p, params->bytes[i]) :
		      take_pages(p, params->bytes[i], params->offset[i]);
		if (ret)
			break;
		p->bytes = params->bytes[i];
		p->pa = virt_to_phys(p->cpu);
		memset(p->room, GUARD, p->room_bytes);
	}
	return ret;
}

static phys_addr_t pa_of(const void *cpu)
{
	if (is_vmalloc_addr(cpu))
		return page_to_phys(vmalloc_to_page(cpu)) + offset_in_page(cpu);
	return virt_to_phys((void *)cpu);
}

/* What the DMA API has allocated, page by page, as far as it follows each other. */
static void note_pages(struct lab_buffer *b, void *cpu)
{
	size_t bytes;

	for (u64 at = 0; at < b->bytes; at += bytes) {
		struct lab_piece *p = &b->pieces[b->nr_pieces - !!b->nr_pieces];
		phys_addr_t pa = pa_of(cpu + at);

		bytes = min(b->bytes - at, (u64)PAGE_SIZE);
		if (b->nr_pieces && pa == p->pa + p->bytes) {
			p->bytes += bytes;
			continue;
		}
		b->pieces[b->nr_pieces++] = (struct lab_piece) {
			.cpu = cpu + at, .pa = pa, .bytes = bytes,
		};
	}
}

static int take_coherent(struct lab_buffer *b)
{
	struct lab_segment *s = &b->segments[0];
	dma_addr_t iova;

	b->cookie = dma_alloc_attrs(device_of(b), b->bytes, &iova, GFP_KERNEL | __GFP_NOWARN,
				    b->params.attrs);
	if (!b->cookie)
		return -ENOMEM;
	*s = (struct lab_segment) { .iova = iova, .bytes = b->bytes };
	b->nr_segments = 1;
	/* Where the pages are is then told by the tables alone. */
	if (!(b->params.attrs & DMA_ATTR_NO_KERNEL_MAPPING))
		note_pages(b, b->cookie);
	return 0;
}

static void note_sgt(struct lab_buffer *b)
{
	struct scatterlist *sg;
	size_t at = 0;
	int i;

	for_each_sgtable_sg(b->sgt, sg, i) {
		size_t bytes = min(b->bytes - at, (u64)sg->length);

		if (!bytes)
			break;
		b->pieces[b->nr_pieces++] = (struct lab_piece) {
			.cpu = b->cookie + at, .pa = sg_phys(sg), .bytes = bytes,
		};
		at += bytes;
	}
}

static int take_noncontiguous(struct lab_buffer *b)
{
	b->sgt = dma_alloc_noncontiguous(device_of(b), b->bytes, b->params.dir,
					 GFP_KERNEL | __GFP_NOWARN, b->params.attrs);
	if (!b->sgt)
		return -ENOMEM;
	b->cookie = dma_vmap_noncontiguous(device_of(b), b->bytes, b->sgt);
	if (!b->cookie) {
		dma_free_noncontiguous(device_of(b), b->bytes, b->sgt, b->params.dir);
		b->sgt = NULL;
		return -ENOMEM;
	}
	b->segments[0] = (struct lab_segment) {
		.iova = sg_dma_address(b->sgt->sgl), .bytes = b->bytes,
	};
	b->nr_segments = 1;
	note_sgt(b);
	return 0;
}

/* Right behind the RAM, which nothing is going to read. */
static int take_resource(struct lab_buffer *b)
{
	b->pieces[0] = (struct lab_piece) {
		.pa = ALIGN(lab_machine().end, SZ_64K), .bytes = b->bytes,
	};
	b->nr_pieces = 1;
	return 0;
}

static bool is_dma_alloc(const struct lab_buffer *b)
{
	return b->params.kind == LAB_BUFFER_COHERENT || b->params.kind == LAB_BUFFER_ATTRS ||
	       b->params.kind == LAB_BUFFER_NONCONTIGUOUS;
}

/**
 * lab_buffer_take_memory() - get the memory of a buffer
 * @b:		the buffer, with its parameters; what the DMA API allocates is mapped then
 *
 * Context: Process; sleeps.
 * Return: 0 or -ENOMEM: lab_buffer_give_memory() takes what there is.
 */
int lab_buffer_take_memory(struct lab_buffer *b)
{
	size_t room = is_dma_alloc(b) ? b->bytes / PAGE_SIZE + 2 : b->params.nr;

	b->pieces = kvcalloc(room, sizeof(*b->pieces), GFP_KERNEL | __GFP_NOWARN);
	if (!b->pieces)
		return -ENOMEM;
	switch (b->params.kind) {
	case LAB_BUFFER_COHERENT:
	case LAB_BUFFER_ATTRS:
		return take_coherent(b);
	case LAB_BUFFER_NONCONTIGUOUS:
		return take_noncontiguous(b);
	case LAB_BUFFER_RESOURCE:
		return take_resource(b);
	default:
		return take_pieces(b);
	}
}

/**
 * lab_buffer_give_memory() - give it back
 * @b:		the buffer, unmapped but for what the DMA API has allocated
 *
 * Context: Process; sleeps.
 */
void lab_buffer_give_memory(struct lab_buffer *b)
{
	if (b->sgt) {
		dma_vunmap_noncontiguous(device_of(b), b->cookie);
		dma_free_noncontiguous(device_of(b), b->bytes, b->sgt, b->params.dir);
	} else if (b->cookie) {
		dma_free_attrs(device_of(b), b->bytes, b->cookie, b->segments[0].iova,
			       b->params.attrs);
	}
	for (unsigned int i = 0; i < b->nr_pieces; i++) {
		struct lab_piece *p = &b->pieces[i];

		if (!p->room)
			continue;
		if (b->params.kind == LAB_BUFFER_KMALLOC)
			kfree(p->room);
		else
			free_pages((unsigned long)p->room, get_order(p->room_bytes));
	}
	kvfree(b->pieces);
	b->pieces = NULL;
	b->nr_pieces = 0;
	b->cookie = NULL;
	b->sgt = NULL;
}

static const void *first_other(const void *at, size_t bytes)
{
	return memchr_inv(at, GUARD, bytes);
}

/**
 * lab_buffer_check_room() - is what lies around a buffer as it was?
 * @b:		the buffer, not mapped or not being written to
 *
 * Context: Process.
 */
void lab_buffer_check_room(struct lab_buffer *b)
{
	const void *other;

	for (unsigned int i = 0; i < b->nr_pieces; i++) {
		struct lab_piece *p = &b->pieces[i];
		const void *end = p->cpu + p->bytes;

		if (!p->room)
			continue;
		other = first_other(p->room, p->cpu - p->room) ?:
			first_other(end, p->room + p->room_bytes - end);
		lab_check(&b->m->iommu->tally, LAB_RULE_BYTES_MOVED, !other,
			  "element %u of %zu bytes at %pa: the byte %zd of it has become %#x", i,
			  p->bytes, &p->pa, other ? other - p->cpu : 0,
			  other ? *(const u8 *)other : 0);
	}
}
EXPORT_SYMBOL_IF_KUNIT(lab_buffer_check_room);

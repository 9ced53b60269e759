// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffers: mapped by the DMA API, used by the master's engine, unmapped.
 *
 * Nothing here holds a lock while the DMA API or the engine is called, so that any number
 * of buffers of a master come and go side by side; its mutex guards the list alone.
 */
#include <kunit/visibility.h>
#include <linux/dma-mapping.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "complain.h"
#include "iommu/buffer.h"
#include "iommu/master.h"
#include "compat/compat.h"

static LIST_HEAD(all);
static DEFINE_SPINLOCK(all_lock); /* @all */

const char * const lab_buffer_names[LAB_BUFFER_NR_KINDS] = {
	[LAB_BUFFER_KMALLOC]		= "kmalloc",
	[LAB_BUFFER_PAGE]		= "page",
	[LAB_BUFFER_SG]			= "sg",
	[LAB_BUFFER_COHERENT]		= "coherent",
	[LAB_BUFFER_ATTRS]		= "attrs",
	[LAB_BUFFER_NONCONTIGUOUS]	= "noncontiguous",
	[LAB_BUFFER_RESOURCE]		= "resource",
};
EXPORT_SYMBOL_IF_KUNIT(lab_buffer_names);

/* An element, and what is before it in its pages */
#define MAX_BYTES	(PAGE_SIZE << MAX_PAGE_ORDER)

static int check_params(struct lab_master *m, const struct lab_buffer_params *p)
{
	const char *name = m->params.name;

	if (p->nr < 1 || p->nr > LAB_BUFFER_SEGMENTS ||
	    (p->nr > 1 && p->kind != LAB_BUFFER_SG)) {
		lab_complain(name, "%u elements: %s takes 1%s", p->nr, lab_buffer_names[p->kind],
			     p->kind == LAB_BUFFER_SG ? " to 16" : "");
		return -EINVAL;
	}
	for (unsigned int i = 0; i < p->nr; i++) {
		if (!p->bytes[i] || (u64)p->offset[i] + p->bytes[i] > MAX_BYTES) {
			lab_complain(name, "an element of %u bytes at %u: 1 to %lu in all",
				     p->bytes[i], p->offset[i], MAX_BYTES);
			return -EINVAL;
		}
		if (p->offset[i] && p->kind != LAB_BUFFER_PAGE && p->kind != LAB_BUFFER_SG) {
			lab_complain(name, "an offset of %u: page and sg take one", p->offset[i]);
			return -EINVAL;
		}
		/*
		 * The DMA API knows limits of a segment, and not all of it checks them: since
		 * 7.x what debugs it WARNs of noncontiguous memory that follows each other.
		 */
		if ((p->kind == LAB_BUFFER_SG || p->kind == LAB_BUFFER_NONCONTIGUOUS) &&
		    p->bytes[i] > m->params.max_segment) {
			lab_complain(name, "an element of %u bytes: the master takes up to %u",
				     p->bytes[i], m->params.max_segment);
			return -EINVAL;
		}
		if (p->kind == LAB_BUFFER_SG && m->params.boundary &&
		    (p->offset[i] & (m->params.boundary - 1)) + p->bytes[i] > m->params.boundary) {
			lab_complain(name, "an element of %u bytes at %u crosses the boundary",
				     p->bytes[i], p->offset[i]);
			return -EINVAL;
		}
	}
	if (m->unmanaged) {
		lab_complain(name, "the DMA API's domain is not attached: give the other back");
		return -EBUSY;
	}
	return 0;
}

/* dma-direct WARNs of what is out of reach, where it cannot bounce it. */
static int check_identity(struct lab_buffer *b)
{
	bool may_bounce = dma_max_mapping_size(&b->m->pdev.dev) != SIZE_MAX;
	const char *name = b->m->params.name;

	if (b->m->iommu->params.mode != LAB_IOMMU_IDENTITY)
		return 0;
	for (unsigned int i = 0; i < b->nr_pieces; i++) {
		const struct lab_piece *p = &b->pieces[i];

		if (!p->room && p->pa + (p->bytes - 1) > DMA_BIT_MASK(b->m->params.mask_bits)) {
			lab_complain(name, "%pa is beyond the mask, and not translated", &p->pa);
			return -ERANGE;
		}
		if (lab_piece_bounces(b, p) && !may_bounce) {
			lab_complain(name, "not translated, and it may be that nothing bounces it");
			return -EOPNOTSUPP;
		}
	}
	return 0;
}

static int map_single(struct lab_buffer *b)
{
	struct lab_piece *p = &b->pieces[0];
	struct device *dev = &b->m->pdev.dev;
	dma_addr_t iova;

	if (b->params.kind == LAB_BUFFER_RESOURCE)
		iova = dma_map_resource(dev, p->pa, p->bytes, b->params.dir, b->params.attrs);
	else if (b->params.kind == LAB_BUFFER_KMALLOC)
		iova = dma_map_single_attrs(dev, p->cpu, p->bytes, b->params.dir, b->params.attrs);
	else
		iova = dma_map_page_attrs(dev, virt_to_page(p->room), p->cpu - p->room, p->bytes,
					  b->params.dir, b->params.attrs);
	if (dma_mapping_error(dev, iova))
		return -ENOMEM;
	b->segments[0] = (struct lab_segment) { .iova = iova, .bytes = p->bytes };
	b->nr_segments = 1;
	return 0;
}

static int map_sg(struct lab_buffer *b)
{
	struct device *dev = &b->m->pdev.dev;
	struct scatterlist *sg;
	int nr, i;

	sg_init_table(b->sgl, b->nr_pieces);
	for (i = 0; i < b->nr_pieces; i++)
		sg_set_page(&b->sgl[i], virt_to_page(b->pieces[i].room), b->pieces[i].bytes,
			    b->pieces[i].cpu - b->pieces[i].room);
	memcpy(b->before, b->sgl, sizeof(b->before));
	nr = dma_map_sg_attrs(dev, b->sgl, b->nr_pieces, b->params.dir, b->params.attrs);
	if (!nr)
		return -ENOMEM;
	for_each_sg(b->sgl, sg, nr, i)
		b->segments[b->nr_segments++] = (struct lab_segment) {
			.iova = sg_dma_address(sg), .bytes = sg_dma_len(sg),
		};
	return 0;
}

static bool is_mapped_by_hand(const struct lab_buffer *b)
{
	switch (b->params.kind) {
	case LAB_BUFFER_KMALLOC:
	case LAB_BUFFER_PAGE:
	case LAB_BUFFER_SG:
	case LAB_BUFFER_RESOURCE:
		return true;
	default:
		return false;
	}
}

static void set_owned(struct lab_buffer *b, bool owned)
{
	unsigned long flags;

	spin_lock_irqsave(&all_lock, flags);
	if (owned)
		list_add_tail(&b->in_all, &all);
	else
		list_del(&b->in_all);
	spin_unlock_irqrestore(&all_lock, flags);
}

static bool is_within(u64 first, u64 room, u64 at, size_t bytes)
{
	return at >= first && at - first < room && bytes <= room - (at - first);
}

/**
 * lab_buffer_has() - is some memory that of a buffer?
 * @b:		the buffer
 * @pa:		physical address
 * @bytes:	length
 *
 * Context: Any.
 */
bool lab_buffer_has(const struct lab_buffer *b, phys_addr_t pa, size_t bytes)
{
	for (unsigned int i = 0; i < b->nr_pieces; i++)
		if (is_within(b->pieces[i].pa, b->pieces[i].bytes, pa, bytes))
			return true;
	return false;
}

static bool owns(const struct lab_buffer *b, phys_addr_t pa, size_t bytes)
{
	if (lab_buffer_has(b, pa, bytes))
		return true;
	/* Bounce buffers are, too. */
	if (b->m->iommu->params.mode == LAB_IOMMU_IDENTITY)
		for (unsigned int i = 0; i < b->nr_segments; i++)
			if (is_within(b->segments[i].iova, b->segments[i].bytes, pa, bytes))
				return true;
	return false;
}

/**
 * lab_buffer_write_owned() - write to memory if it is that of a buffer
 * @pa:		its physical address
 * @at:		the same through the linear map
 * @from:	the bytes
 * @bytes:	length
 *
 * Context: Any.
 * Return: whether it is.
 */
bool lab_buffer_write_owned(phys_addr_t pa, void *at, const void *from, size_t bytes)
{
	struct lab_buffer *b;
	unsigned long flags;
	bool owned = false;

	spin_lock_irqsave(&all_lock, flags);
	list_for_each_entry(b, &all, in_all) {
		owned = owns(b, pa, bytes);
		if (owned)
			break;
	}
	if (owned)
		memcpy(at, from, bytes);
	spin_unlock_irqrestore(&all_lock, flags);
	return owned;
}

static void free_buffer(struct lab_buffer *b)
{
	lab_buffer_give_memory(b);
	kfree(b);
}

/**
 * lab_buffer_map() - map a buffer of a master's
 * @m:		the master
 * @params:	what it is to be
 *
 * What is refused is complained of in the kernel log.
 *
 * Context: Process; sleeps.
 * Return: the buffer, or an ERR_PTR: -EINVAL, -EBUSY while the master goes by a domain of
 * its own, -ENOMEM for want of memory, tables, IOVAs or bounce buffers.
 */
struct lab_buffer *lab_buffer_map(struct lab_master *m, const struct lab_buffer_params *params)
{
	struct lab_buffer *b;
	int ret;

	ret = check_params(m, params);
	if (ret)
		return ERR_PTR(ret);
	b = kzalloc_obj(*b, GFP_KERNEL | __GFP_NOWARN);
	if (!b)
		return ERR_PTR(-ENOMEM);
	b->m = m;
	b->params = *params;
	if (!is_mapped_by_hand(b) && params->kind != LAB_BUFFER_NONCONTIGUOUS)
		b->params.dir = DMA_BIDIRECTIONAL;
	for (unsigned int i = 0; i < params->nr; i++)
		b->bytes += params->bytes[i];

	ret = lab_buffer_take_memory(b) ?: check_identity(b);
	if (!ret && is_mapped_by_hand(b))
		ret = params->kind == LAB_BUFFER_SG ? map_sg(b) : map_single(b);
	if (ret) {
		lab_complain(m->params.name, "%s of %llu bytes is not mapped (%pe)",
			     lab_buffer_names[params->kind], b->bytes, ERR_PTR(ret));
		lab_buffer_check_room(b);
		free_buffer(b);
		return ERR_PTR(ret);
	}
	lab_buffer_check_mapped(b);

	set_owned(b, true);
	mutex_lock(&m->lock);
	b->number = m->next_buffer++;
	list_add_tail(&b->link, &m->buffers);
	mutex_unlock(&m->lock);
	return b;
}
EXPORT_SYMBOL_IF_KUNIT(lab_buffer_map);

/**
 * lab_buffer_unmap() - unmap a buffer, and give its memory back
 * @b:		the buffer, NULL or an ERR_PTR for nothing to do
 *
 * Context: Process; sleeps.
 * Return: 0.
 */
int lab_buffer_unmap(struct lab_buffer *b)
{
	struct device *dev;
	bool written;

	if (IS_ERR_OR_NULL(b))
		return 0;
	dev = &b->m->pdev.dev;
	written = is_mapped_by_hand(b) && lab_buffer_write_last(b);
	mutex_lock(&b->m->lock);
	list_del(&b->link);
	mutex_unlock(&b->m->lock);
	set_owned(b, false);

	switch (b->params.kind) {
	case LAB_BUFFER_SG:
		dma_unmap_sg_attrs(dev, b->sgl, b->nr_pieces, b->params.dir, b->params.attrs);
		break;
	case LAB_BUFFER_RESOURCE:
		dma_unmap_resource(dev, b->segments[0].iova, b->bytes, b->params.dir,
				   b->params.attrs);
		break;
	case LAB_BUFFER_KMALLOC:
	case LAB_BUFFER_PAGE:
		dma_unmap_page_attrs(dev, b->segments[0].iova, b->bytes, b->params.dir,
				     b->params.attrs);
		break;
	default:
		/* Unmapped and freed are one; then others may have its pages. */
		break;
	}
	if (is_mapped_by_hand(b)) {
		lab_buffer_check_gone(b);
		lab_buffer_check_room(b);
		if (written)
			lab_buffer_check_arrived(b);
	}
	free_buffer(b);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(lab_buffer_unmap);

/**
 * lab_buffer_find() - a buffer by its number
 * @m:		the master
 * @number:	the number
 *
 * Context: Process; sleeps.  The caller keeps it from going.
 * Return: the buffer, or NULL.
 */
struct lab_buffer *lab_buffer_find(struct lab_master *m, unsigned int number)
{
	struct lab_buffer *b, *found = NULL;

	mutex_lock(&m->lock);
	list_for_each_entry(b, &m->buffers, link)
		if (b->number == number)
			found = b;
	mutex_unlock(&m->lock);
	return found;
}
EXPORT_SYMBOL_IF_KUNIT(lab_buffer_find);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the DMA API owes whoever maps a buffer: where its bytes are for the device, in
 * segments of which kind, and that all of it is gone when it is unmapped.
 *
 * All is asked of the tables and the TLB, and held against the buffer's own memory, which
 * nobody else maps: so that it can be asked while others map and unmap.
 */
#include <kunit/visibility.h>
#include <linux/dma-map-ops.h>
#include <linux/dma-mapping.h>
#include <linux/slab.h>

#include "iommu/buffer.h"
#include "iommu/domain.h"
#include "iommu/master.h"
#include "compat/compat.h"

static struct lab_tally *tally_of(struct lab_buffer *b)
{
	return &b->m->iommu->tally;
}

/* The domain that the DMA API maps in, or NULL. */
static struct lab_domain *domain_of(struct lab_buffer *b)
{
	return lab_domain_of(iommu_get_domain_for_dev(&b->m->pdev.dev));
}

/* What a master that does not snoop could spoil by writing back, or lose, a cache line. */
static bool shares_lines(const struct lab_buffer *b, size_t bytes)
{
	size_t line = dma_get_cache_alignment();

	if (!IS_ENABLED(CONFIG_DMA_BOUNCE_UNALIGNED_KMALLOC) || b->m->params.coherent ||
	    b->params.dir == DMA_TO_DEVICE || b->params.kind == LAB_BUFFER_RESOURCE)
		return false;
	/* Sizes are all that is known: those of kmalloc()'s caches that begin within a line. */
	return bytes < 2 * ARCH_DMA_MINALIGN && !IS_ALIGNED(kmalloc_size_roundup(bytes), line);
}

/**
 * lab_piece_bounces() - whether the kernel has to bounce some of a buffer
 * @b:		the buffer
 * @p:		an element of it
 *
 * Source: dma_kmalloc_needs_bounce(); iommu-dma leaves out what is whole pages, dma-direct
 * bounces what the master does not reach.
 *
 * Context: Any.
 */
bool lab_piece_bounces(const struct lab_buffer *b, const struct lab_piece *p)
{
	const struct lab_iommu *iommu = b->m->iommu;
	u64 page = iommu->params.domain.granule;

	/* What the DMA API allocates it need not bounce. */
	if (!p->room)
		return false;
	if (iommu->params.mode == LAB_IOMMU_IDENTITY)
		return shares_lines(b, p->bytes) ||
		       p->pa + (p->bytes - 1) > DMA_BIT_MASK(b->m->params.mask_bits);
	return shares_lines(b, p->bytes) && ((p->pa | p->bytes) & (page - 1));
}
EXPORT_SYMBOL_IF_KUNIT(lab_piece_bounces);

/* What the device finds at an address; false for nothing. */
static bool find(struct lab_buffer *b, u64 iova, phys_addr_t *pa)
{
	struct lab_domain *d = domain_of(b);
	struct lab_translation t;

	*pa = iova;
	if (!d)
		return true;
	lab_domain_translate(d, iova, &t);
	*pa = t.oa;
	return !t.fault;
}

static void check_reach(struct lab_buffer *b, const struct lab_segment *s)
{
	const struct lab_iommu *iommu = b->m->iommu;
	u64 mask = DMA_BIT_MASK(b->m->params.mask_bits), last = s->iova + (s->bytes - 1);
	struct lab_domain *d = domain_of(b);
	const char *beyond = NULL;

	if (last < s->iova || last > mask)
		beyond = "the mask";
	else if (d && (s->iova < d->core.geometry.aperture_start ||
		       last > d->core.geometry.aperture_end))
		beyond = "the aperture";
	else if (d && iommu->params.reserved.first <= last &&
		 iommu->params.reserved.last >= s->iova)
		beyond = "what is reserved";
	lab_check(tally_of(b), LAB_RULE_IOVA_REACH, !beyond,
		  "%s: iova %#llx to %#llx, mask %#llx: %s", b->m->params.name, s->iova, last,
		  mask, beyond);
}

static void check_limits(struct lab_buffer *b)
{
	const struct lab_master_params *p = &b->m->params;
	u64 bytes = 0, boundary = p->boundary;

	for (unsigned int i = 0; i < b->nr_segments; i++) {
		const struct lab_segment *s = &b->segments[i];
		u64 last = s->iova + (s->bytes - 1);
		bool crosses = boundary && (s->iova & ~(boundary - 1)) != (last & ~(boundary - 1));

		bytes += s->bytes;
		if (b->params.kind == LAB_BUFFER_SG)
			lab_check(tally_of(b), LAB_RULE_SEGMENT_LIMITS,
				  s->bytes && s->bytes <= p->max_segment && !crosses,
				  "%s: segment %u of %llu bytes at iova %#llx, boundary %#llx, at most %u",
				  p->name, i, s->bytes, s->iova, boundary, p->max_segment);
	}
	lab_check(tally_of(b), LAB_RULE_SEGMENT_LIMITS,
		  bytes == b->bytes && b->nr_segments <= max(b->params.nr, 1U),
		  "%s: %llu bytes in %u segments of %llu in %u elements", p->name, bytes,
		  b->nr_segments, b->bytes, b->params.nr);
}

/* Where the bytes of a piece are, from @at of segment number @*nr on; how many bounce. */
static u64 check_piece(struct lab_buffer *b, const struct lab_piece *p, bool bounces,
		       unsigned int *nr, u64 *at)
{
	u64 page = b->m->iommu->params.domain.granule, elsewhere = 0, now;

	for (u64 done = 0; done < p->bytes && *nr < b->nr_segments; done += now) {
		const struct lab_segment *s = &b->segments[*nr];
		u64 iova = s->iova + *at, due = p->pa + done;
		phys_addr_t found;
		bool mapped = find(b, iova, &found);

		now = min3(p->bytes - done, s->bytes - *at, page - (iova & (page - 1)));
		*at += now;
		if (*at == s->bytes) {
			*at = 0;
			++*nr;
		}
		/* Elsewhere is where bounced bytes have to be, and no others. */
		if (mapped && found != due)
			elsewhere += now;
		if (!bounces)
			lab_check(tally_of(b), LAB_RULE_TRANSLATION, mapped && found == due,
				  "%s: byte %llu of an element at %pa is at iova %#llx, which leads to %pa%s",
				  b->m->params.name, done, &p->pa, iova, &found,
				  mapped ? "" : " (nothing is mapped)");
	}
	return elsewhere;
}

static void check_sg(struct lab_buffer *b, const char *when)
{
	if (b->params.kind != LAB_BUFFER_SG)
		return;
	for (unsigned int i = 0; i < b->nr_pieces; i++) {
		const struct scatterlist *s = &b->sgl[i], *before = &b->before[i];

		lab_check(tally_of(b), LAB_RULE_SG_RESTORED,
			  s->offset == before->offset && s->length == before->length &&
			  s->page_link == before->page_link,
			  "%s: element %u is %u bytes at %u %s, and was %u at %u",
			  b->m->params.name, i, s->length, s->offset, when, before->length,
			  before->offset);
	}
}

/**
 * lab_buffer_check_mapped() - is a buffer mapped as the DMA API owes it?
 * @b:		the buffer
 *
 * Context: Process.
 */
void lab_buffer_check_mapped(struct lab_buffer *b)
{
	unsigned int nr = 0;
	u64 at = 0, elsewhere;
	bool due;

	check_limits(b);
	check_sg(b, "mapped");
	for (unsigned int i = 0; i < b->nr_segments; i++)
		check_reach(b, &b->segments[i]);
	b->bounced = 0;
	for (unsigned int i = 0; i < b->nr_pieces; i++) {
		const struct lab_piece *p = &b->pieces[i];

		due = lab_piece_bounces(b, p);
		elsewhere = check_piece(b, p, due, &nr, &at);
		b->bounced += elsewhere;
		lab_check(tally_of(b), LAB_RULE_BOUNCE_EXACT, elsewhere == (due ? p->bytes : 0),
			  "%s: %llu of %zu bytes at %pa are bounced, direction %d, %s",
			  b->m->params.name, elsewhere, p->bytes, &p->pa, b->params.dir,
			  due ? "all have to be" : "none has to be");
	}
}
EXPORT_SYMBOL_IF_KUNIT(lab_buffer_check_mapped);

static void check_page_gone(struct lab_buffer *b, struct lab_domain *d, u64 iova)
{
	struct lab_iotlb_entry e;
	struct lab_translation t;
	bool stale;

	lab_domain_translate(d, iova, &t);
	lab_check(tally_of(b), LAB_RULE_NO_STRAY, t.fault || !lab_buffer_has(b, t.oa, 1),
		  "%s: iova %#llx was unmapped, and leads to %pa still", b->m->params.name, iova,
		  &t.oa);
	/* A flush queue invalidates some time later. */
	if (b->m->iommu->params.mode != LAB_IOMMU_STRICT)
		return;
	stale = lab_iotlb_lookup(&d->tlb, iova, &e) &&
		lab_buffer_has(b, e.pa + (iova - e.iova), 1);
	lab_check(tally_of(b), LAB_RULE_TLB_STALE, !stale,
		  "%s: iova %#llx was unmapped, and the TLB leads to %#llx still",
		  b->m->params.name, iova, stale ? (u64)e.pa + (iova - e.iova) : 0);
}

/**
 * lab_buffer_check_gone() - is nothing left of a buffer's mapping?
 * @b:		the buffer, unmapped, with its memory
 *
 * Context: Process.
 */
void lab_buffer_check_gone(struct lab_buffer *b)
{
	u64 page = b->m->iommu->params.domain.granule;
	struct lab_domain *d = domain_of(b);

	check_sg(b, "unmapped");
	for (unsigned int i = 0; d && i < b->nr_segments; i++) {
		const struct lab_segment *s = &b->segments[i];

		for (u64 at = 0; at < s->bytes; at += page - ((s->iova + at) & (page - 1)))
			check_page_gone(b, d, s->iova + at);
	}
}
EXPORT_SYMBOL_IF_KUNIT(lab_buffer_check_gone);

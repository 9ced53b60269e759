// SPDX-License-Identifier: GPL-2.0-only
/*
 * Saboteurs of buffers: each spoils one thing of a buffer that is mapped, or of what it
 * goes by, behind the DMA API's back, and exactly the rules fire that this breaks.
 *
 * What was spoiled is mended again, so that the buffer can go.
 */
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/minmax.h>
#include <linux/sizes.h>

#include "iommu_fixture.h"

/**
 * struct sabotage - a saboteur
 * @name:	in words
 * @rules:	the rules that it breaks, a bit for each
 * @act:	what it does, and who looks at it
 * @p:		whose buffer
 * @noncoherent: of a master that does not snoop
 */
struct sabotage {
	const char *name;
	u64 rules;
	void (*act)(struct kunit *test, struct lab_fake *f, struct lab_buffer *b);
	struct lab_buffer_params p;
	bool noncoherent;
};

/* unmap-matches */

static void unmap_twice(struct kunit *test, struct lab_fake *f, struct lab_buffer *b)
{
	u64 iova = b->segments[0].iova;

	KUNIT_EXPECT_EQ(test, iommu_unmap(&f->d->core, iova, SZ_4K), SZ_4K);
	KUNIT_EXPECT_EQ(test, iommu_unmap(&f->d->core, iova, SZ_4K), 0);
	KUNIT_EXPECT_EQ(test, 0, iommu_map(&f->d->core, iova, b->pieces[0].pa, SZ_4K,
					   IOMMU_READ | IOMMU_WRITE, GFP_KERNEL));
}

static void unmap_more(struct kunit *test, struct lab_fake *f, struct lab_buffer *b)
{
	KUNIT_EXPECT_EQ(test, iommu_unmap(&f->d->core, b->segments[0].iova, SZ_8K), 0);
}

/* iova-reach */

static void mask_ends_before(struct kunit *test, struct lab_fake *f, struct lab_buffer *b)
{
	unsigned int before = f->m->params.mask_bits;

	f->m->params.mask_bits = 20;
	lab_buffer_check_mapped(b);
	f->m->params.mask_bits = before;
}

static void aperture_ends_before(struct kunit *test, struct lab_fake *f, struct lab_buffer *b)
{
	dma_addr_t *end = &f->d->core.geometry.aperture_end, before = *end;

	*end = b->segments[0].iova + (SZ_4K - 2);
	lab_buffer_check_mapped(b);
	*end = before;
}

static void aperture_begins_behind(struct kunit *test, struct lab_fake *f, struct lab_buffer *b)
{
	dma_addr_t *start = &f->d->core.geometry.aperture_start, before = *start;

	*start = b->segments[0].iova + 1;
	lab_buffer_check_mapped(b);
	*start = before;
}

static void last_byte_is_reserved(struct kunit *test, struct lab_fake *f, struct lab_buffer *b)
{
	f->iommu->params.reserved.first = b->segments[0].iova + (SZ_4K - 1);
	f->iommu->params.reserved.last = b->segments[0].iova + (SZ_8K - 1);
	lab_buffer_check_mapped(b);
	f->iommu->params.reserved.first = 1;
	f->iommu->params.reserved.last = 0;
}

/* segment-limits */

static void boundary_is_crossed(struct kunit *test, struct lab_fake *f, struct lab_buffer *b)
{
	KUNIT_ASSERT_EQ(test, b->nr_segments, 1);
	f->m->params.boundary = SZ_4K;
	lab_buffer_check_mapped(b);
	f->m->params.boundary = 0;
}

static void segment_is_too_long(struct kunit *test, struct lab_fake *f, struct lab_buffer *b)
{
	u32 before = f->m->params.max_segment;

	f->m->params.max_segment = b->segments[0].bytes - 1;
	lab_buffer_check_mapped(b);
	f->m->params.max_segment = before;
}

static void last_byte_is_missing(struct kunit *test, struct lab_fake *f, struct lab_buffer *b)
{
	b->segments[0].bytes--;
	lab_buffer_check_mapped(b);
	b->segments[0].bytes++;
}

static void segment_is_missing(struct kunit *test, struct lab_fake *f, struct lab_buffer *b)
{
	b->nr_segments--;
	lab_buffer_check_mapped(b);
	b->nr_segments++;
}

static void segment_is_empty(struct kunit *test, struct lab_fake *f, struct lab_buffer *b)
{
	KUNIT_ASSERT_LT(test, b->nr_segments, b->params.nr);
	b->segments[b->nr_segments++] = (struct lab_segment) { .iova = b->segments[0].iova };
	lab_buffer_check_mapped(b);
	b->nr_segments--;
}

/* sg-restored */

static void offset_is_lost(struct kunit *test, struct lab_fake *f, struct lab_buffer *b)
{
	b->sgl[1].offset -= 8;
	lab_buffer_check_mapped(b);
	b->sgl[1].offset += 8;
}

static void padding_is_left(struct kunit *test, struct lab_fake *f, struct lab_buffer *b)
{
	b->sgl[0].length += SZ_4K;
	lab_buffer_check_mapped(b);
	b->sgl[0].length -= SZ_4K;
}

static void page_is_lost(struct kunit *test, struct lab_fake *f, struct lab_buffer *b)
{
	b->sgl[0].page_link ^= 64;
	lab_buffer_check_mapped(b);
	b->sgl[0].page_link ^= 64;
}

/* bounce-exact */

static void is_not_bounced(struct kunit *test, struct lab_fake *f, struct lab_buffer *b)
{
	KUNIT_ASSERT_EQ(test, b->bounced, 0);
	f->m->params.coherent = false;
	lab_buffer_check_mapped(b);
	f->m->params.coherent = true;
}

static void is_bounced_in_vain(struct kunit *test, struct lab_fake *f, struct lab_buffer *b)
{
	if (!b->bounced)
		kunit_skip(test, "this kernel bounces none");
	f->m->params.coherent = true;
	lab_buffer_check_mapped(b);
	f->m->params.coherent = false;
}

/* bytes-moved */

static void byte_before_changes(struct kunit *test, struct lab_fake *f, struct lab_buffer *b)
{
	u8 *byte = b->pieces[0].cpu - 1;

	*byte ^= 1;
	lab_buffer_check_room(b);
	*byte ^= 1;
}

static void byte_behind_changes(struct kunit *test, struct lab_fake *f, struct lab_buffer *b)
{
	u8 *byte = b->pieces[0].cpu + b->pieces[0].bytes;

	*byte ^= 0x80;
	lab_buffer_check_room(b);
	*byte ^= 0x80;
}

static void last_byte_of_room_changes(struct kunit *test, struct lab_fake *f,
				      struct lab_buffer *b)
{
	u8 *byte = b->pieces[0].room + b->pieces[0].room_bytes - 1;

	*byte = 0;
	lab_buffer_check_room(b);
	*byte = byte[-1];
}

static void bytes_change_places(struct kunit *test, struct lab_fake *f, struct lab_buffer *b)
{
	KUNIT_ASSERT_EQ(test, b->nr_segments, 2);
	swap(b->segments[0], b->segments[1]);
	KUNIT_EXPECT_EQ(test, 0, lab_buffer_use(b));
	swap(b->segments[0], b->segments[1]);
}

static void bytes_do_not_arrive(struct kunit *test, struct lab_fake *f, struct lab_buffer *b)
{
	/* Where nothing is mapped */
	b->segments[0].iova -= SZ_1M;
	KUNIT_EXPECT_EQ(test, -EFAULT, lab_buffer_use(b));
	b->segments[0].iova += SZ_1M;
}

/* translation, as a buffer sees it */

static void segments_change_places(struct kunit *test, struct lab_fake *f, struct lab_buffer *b)
{
	KUNIT_ASSERT_EQ(test, b->nr_segments, 2);
	swap(b->segments[0], b->segments[1]);
	lab_buffer_check_mapped(b);
	swap(b->segments[0], b->segments[1]);
}

static void leads_elsewhere(struct kunit *test, struct lab_fake *f, struct lab_buffer *b)
{
	phys_addr_t elsewhere = virt_to_phys(lab_fake_pages(test, 0));
	u64 iova = b->segments[0].iova;

	KUNIT_EXPECT_EQ(test, iommu_unmap(&f->d->core, iova, SZ_4K), SZ_4K);
	KUNIT_EXPECT_EQ(test, 0, iommu_map(&f->d->core, iova, elsewhere, SZ_4K,
					   IOMMU_READ | IOMMU_WRITE, GFP_KERNEL));
	lab_buffer_check_mapped(b);
}

static void leads_nowhere(struct kunit *test, struct lab_fake *f, struct lab_buffer *b)
{
	u64 iova = b->segments[0].iova;

	KUNIT_EXPECT_EQ(test, iommu_unmap(&f->d->core, iova, SZ_4K), SZ_4K);
	lab_buffer_check_mapped(b);
	KUNIT_EXPECT_EQ(test, 0, iommu_map(&f->d->core, iova, b->pieces[0].pa, SZ_4K,
					   IOMMU_READ | IOMMU_WRITE, GFP_KERNEL));
}

/* no-stray and tlb-stale, as a buffer sees them */

static void is_not_unmapped(struct kunit *test, struct lab_fake *f, struct lab_buffer *b)
{
	lab_buffer_check_gone(b);
}

static void no_invalidate(void *data, u64 iova, u64 last)
{
}

static void no_gather(void *data, struct iommu_iotlb_gather *gather, u64 iova, size_t granule)
{
}

static void invalidation_is_lost(struct kunit *test, struct lab_fake *f, struct lab_buffer *b)
{
	static const struct lab_tlb_ops lossy = {
		.invalidate	= no_invalidate,
		.gather		= no_gather,
	};
	const struct lab_tlb_ops *before = f->d->inst->tlb;

	f->d->inst->tlb = &lossy;
	lab_fake_unmap(test, b);
	f->d->inst->tlb = before;
}

static void entry_is_left(struct kunit *test, struct lab_fake *f, struct lab_buffer *b)
{
	const struct lab_iotlb_entry entry = {
		.iova = b->segments[0].iova, .last = b->segments[0].iova + (SZ_4K - 1),
		.pa = b->pieces[0].pa, .read = true,
	};
	u64 iova = entry.iova;

	/* As it is between the unmap and the check of it, but for the entry. */
	KUNIT_EXPECT_EQ(test, iommu_unmap(&f->d->core, iova, SZ_4K), SZ_4K);
	lab_buffer_check_gone(b);
	KUNIT_EXPECT_EQ(test, lab_tally_violated(f->tally), 0);
	lab_iotlb_insert(&f->d->tlb, &entry);
	lab_buffer_check_gone(b);
	lab_iotlb_invalidate(&f->d->tlb, iova, entry.last);
	KUNIT_EXPECT_EQ(test, 0, iommu_map(&f->d->core, iova, b->pieces[0].pa, SZ_4K,
					   IOMMU_READ | IOMMU_WRITE, GFP_KERNEL));
}

#define RULE(rule)	BIT_ULL(LAB_RULE_##rule)
#define BOTH		.dir = DMA_BIDIRECTIONAL
#define A_PAGE		{ LAB_BUFFER_PAGE, BOTH, .nr = 1, .bytes = { SZ_4K } }
#define PAGES		{ LAB_BUFFER_SG, BOTH, .nr = 2, .bytes = { SZ_4K, SZ_4K } }
#define MIDDLE		{ LAB_BUFFER_PAGE, BOTH, .nr = 1, .bytes = { 100 }, .offset = { 64 } }
#define PARTS		{ LAB_BUFFER_SG, BOTH, .nr = 2, .bytes = { 1000, 1000 }, \
			  .offset = { 64, 64 } }
#define SMALL		{ LAB_BUFFER_KMALLOC, .dir = DMA_FROM_DEVICE, .nr = 1, .bytes = { 8 } }

static const struct sabotage saboteurs[] = {
	{ "unmap twice", RULE(UNMAP_MATCHES), unmap_twice, A_PAGE },
	{ "unmap of more", RULE(UNMAP_MATCHES), unmap_more, A_PAGE },
	{ "mask ends before", RULE(IOVA_REACH), mask_ends_before, A_PAGE },
	{ "aperture ends before", RULE(IOVA_REACH), aperture_ends_before, A_PAGE },
	{ "aperture begins behind", RULE(IOVA_REACH), aperture_begins_behind, A_PAGE },
	{ "last byte is reserved", RULE(IOVA_REACH), last_byte_is_reserved, A_PAGE },
	{ "boundary is crossed", RULE(SEGMENT_LIMITS), boundary_is_crossed, PAGES },
	{ "segment is too long", RULE(SEGMENT_LIMITS), segment_is_too_long, PAGES },
	{ "last byte is missing", RULE(SEGMENT_LIMITS), last_byte_is_missing, PAGES },
	{ "segment is missing", RULE(SEGMENT_LIMITS), segment_is_missing, PARTS },
	{ "segment is empty", RULE(SEGMENT_LIMITS) | RULE(IOVA_REACH), segment_is_empty, PAGES },
	{ "offset is lost", RULE(SG_RESTORED), offset_is_lost, PARTS },
	{ "padding is left", RULE(SG_RESTORED), padding_is_left, PARTS },
	{ "page is lost", RULE(SG_RESTORED), page_is_lost, PARTS },
	{ "is not bounced", RULE(BOUNCE_EXACT), is_not_bounced, SMALL },
	{ "is bounced in vain", RULE(BOUNCE_EXACT) | RULE(TRANSLATION), is_bounced_in_vain, SMALL,
	  .noncoherent = true },
	{ "byte before changes", RULE(BYTES_MOVED), byte_before_changes, MIDDLE },
	{ "byte behind changes", RULE(BYTES_MOVED), byte_behind_changes, MIDDLE },
	{ "last byte around changes", RULE(BYTES_MOVED), last_byte_of_room_changes, MIDDLE },
	{ "bytes change places", RULE(BYTES_MOVED), bytes_change_places, PARTS },
	{ "bytes do not arrive", RULE(BYTES_MOVED), bytes_do_not_arrive,
	  { LAB_BUFFER_COHERENT, .nr = 1, .bytes = { SZ_4K } } },
	{ "segments change places", RULE(TRANSLATION) | RULE(BOUNCE_EXACT), segments_change_places,
	  PARTS },
	{ "page leads elsewhere", RULE(TRANSLATION) | RULE(BOUNCE_EXACT), leads_elsewhere, A_PAGE },
	{ "page leads nowhere", RULE(TRANSLATION), leads_nowhere, A_PAGE },
	{ "page is not unmapped", RULE(NO_STRAY), is_not_unmapped, A_PAGE },
	{ "invalidation is lost", RULE(TLB_STALE), invalidation_is_lost, A_PAGE },
	{ "TLB entry is left", RULE(TLB_STALE), entry_is_left, A_PAGE },
};

static void sabotage_desc(const struct sabotage *s, char *desc)
{
	strscpy(desc, s->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(sabotage, saboteurs, sabotage_desc);

/* Passing proves that what is spoiled is found, by the rules that it breaks and no other. */
static void sabotage_is_found(struct kunit *test)
{
	const struct sabotage *s = test->param_value;
	struct lab_master_params master;
	struct lab_buffer *b;
	struct lab_fake *f;

	lab_master_params_default(&master);
	master.coherent = !s->noncoherent;
	f = lab_fake_of_profile(test, LAB_FAKE_PROFILE, &master);
	/* What a test provokes is not for the log. */
	f->iommu->tally.owner = "";
	f->d->inst->tally.owner = "";
	b = lab_fake_map(test, f, &s->p);
	KUNIT_EXPECT_EQ(test, 0, lab_iommu_verify(f->iommu));
	lab_kunit_expect_clean(test, f->tally);

	s->act(test, f, b);
	lab_kunit_expect_rules(test, f->tally, s->rules);
}

static struct kunit_case dma_saboteur_cases[] = {
	KUNIT_CASE_PARAM(sabotage_is_found, sabotage_gen_params),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite dma_saboteur_suite = {
	.name		= "lab_saboteur_dma",
	.test_cases	= dma_saboteur_cases,
	LAB_SUITE_OF_THE_LAB,
};

kunit_test_suite(dma_saboteur_suite);

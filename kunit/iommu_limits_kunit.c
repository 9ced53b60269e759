// SPDX-License-Identifier: GPL-2.0-only
/*
 * The limits of a master: segments of a scatterlist keep to boundary and length, and
 * input addresses to its mask, until there are none left.
 */
#include <kunit/resource.h>
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "iommu_fixture.h"
#include "compat/compat.h"

/**
 * struct elements - a scatterlist
 * @nr:		elements
 * @bytes:	length of each
 * @offset:	where each begins in its page
 */
struct elements {
	unsigned int nr;
	u32 bytes[LAB_BUFFER_SEGMENTS];
	u32 offset[LAB_BUFFER_SEGMENTS];
};

static const struct elements whole_pages = { 4, { SZ_4K, SZ_4K, SZ_4K, SZ_4K } };

static const struct elements odd_ones = {
	8, { 4096, 4096, 3001, 4096, 100, 4096, 4096, 4095 }, { 0, 0, 1, 0, 3996 },
};

static const struct elements large_ones = {
	5, { 4096, 60000, 8192, 65536, 4096 }, { 0, 77 },
};

/**
 * struct limit - what a master takes, and a scatterlist for it
 * @name:	in words
 * @boundary:	as in struct lab_master_params
 * @max_segment: as in struct lab_master_params
 * @elements:	the scatterlist
 * @segments:	how many become of it, 0 for a matter of chance
 */
struct limit {
	const char *name;
	u64 boundary;
	u32 max_segment;
	const struct elements *elements;
	unsigned int segments;
};

static const struct limit limits[] = {
	{ "no limit, whole pages", 0, SZ_64K, &whole_pages, 1 },
	{ "no limit, odd in the middle", 0, SZ_64K, &odd_ones },
	{ "no limit, large", 0, SZ_1M, &large_ones },
	{ "boundary 4K, whole pages", SZ_4K, SZ_64K, &whole_pages, 4 },
	{ "boundary 4K, odd in the middle", SZ_4K, SZ_64K, &odd_ones },
	{ "boundary 8K, whole pages", SZ_8K, SZ_64K, &whole_pages, 2 },
	{ "boundary 8K, odd in the middle", SZ_8K, SZ_64K, &odd_ones },
	{ "boundary 16K, odd in the middle", SZ_16K, SZ_64K, &odd_ones },
	{ "boundary 64K, whole pages", SZ_64K, SZ_64K, &whole_pages, 1 },
	{ "boundary 64K, odd in the middle", SZ_64K, SZ_64K, &odd_ones },
	{ "boundary 64K, large", SZ_64K, SZ_64K, &large_ones },
	{ "boundary 4G, large", SZ_4G, SZ_1M, &large_ones },
	{ "segments of 4K, whole pages", 0, SZ_4K, &whole_pages, 4 },
	{ "segments of 4K, odd in the middle", 0, SZ_4K, &odd_ones },
	{ "segments of 8K, whole pages", 0, SZ_8K, &whole_pages, 2 },
	{ "segments of 12K, whole pages", 0, 3 * SZ_4K, &whole_pages, 2 },
	{ "segments of 10000, whole pages", 0, 10000, &whole_pages, 2 },
	{ "segments of 64K, large", 0, SZ_64K, &large_ones },
	{ "both 8K, odd in the middle", SZ_8K, SZ_8K, &odd_ones },
};

static void limit_desc(const struct limit *l, char *desc)
{
	strscpy(desc, l->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(limit, limits, limit_desc);

/* Byte by byte in steps of a page at most, pieces and segments lead to the same memory. */
static void expect_in_order(struct kunit *test, struct lab_fake *f, const struct lab_buffer *b)
{
	unsigned int s = 0, p = 0;
	u64 in_s = 0, in_p = 0;

	while (s < b->nr_segments && p < b->nr_pieces) {
		u64 iova = b->segments[s].iova + in_s, pa = b->pieces[p].pa + in_p;
		u64 step = min3(b->segments[s].bytes - in_s, (u64)b->pieces[p].bytes - in_p,
				SZ_4K - (iova & (SZ_4K - 1)));

		if (iommu_iova_to_phys(&f->d->core, iova) != pa) {
			KUNIT_FAIL(test, "byte %llu of element %u is not at %#llx", in_p, p, iova);
			return;
		}
		in_s += step;
		in_p += step;
		if (in_s == b->segments[s].bytes) {
			s++;
			in_s = 0;
		}
		if (in_p == b->pieces[p].bytes) {
			p++;
			in_p = 0;
		}
	}
	KUNIT_EXPECT_EQ(test, s, b->nr_segments);
	KUNIT_EXPECT_EQ(test, p, b->nr_pieces);
}

static void expect_within(struct kunit *test, const struct limit *l, const struct lab_buffer *b)
{
	u64 sum = 0;

	for (unsigned int i = 0; i < b->nr_segments; i++) {
		u64 first = b->segments[i].iova, last = first + b->segments[i].bytes - 1;

		KUNIT_EXPECT_LE(test, b->segments[i].bytes, l->max_segment);
		if (l->boundary)
			KUNIT_EXPECT_EQ_MSG(test, first / l->boundary, last / l->boundary,
					    "segment %u of %llu bytes at %#llx", i,
					    b->segments[i].bytes, first);
		sum += b->segments[i].bytes;
	}
	KUNIT_EXPECT_EQ(test, sum, b->bytes);
}

/*
 * Passing proves that segments keep to boundary and length, are all the bytes in their
 * order, are merged where they may be, and that the scatterlist is as it was afterwards.
 */
static void segments_keep_to_limits(struct kunit *test)
{
	const struct limit *l = test->param_value;
	struct lab_buffer_params p = {
		.kind = LAB_BUFFER_SG, .dir = DMA_BIDIRECTIONAL, .nr = l->elements->nr,
	};
	struct lab_master_params master;
	struct lab_buffer *b;
	struct lab_fake *f;

	lab_master_params_default(&master);
	master.boundary = l->boundary;
	master.max_segment = l->max_segment;
	f = lab_fake_of_profile(test, LAB_FAKE_PROFILE, &master);
	memcpy(p.bytes, l->elements->bytes, sizeof(p.bytes));
	memcpy(p.offset, l->elements->offset, sizeof(p.offset));
	/* Memory follows itself or not: several times. */
	for (int i = 0; i < 4; i++) {
		b = lab_fake_map(test, f, &p);
		expect_within(test, l, b);
		expect_in_order(test, f, b);
		if (l->segments)
			KUNIT_EXPECT_EQ(test, b->nr_segments, l->segments);
		KUNIT_EXPECT_EQ(test, 0, lab_buffer_use(b));
	}
	lab_fake_expect_right(test, f);
}

/* Passing proves that elements that the master cannot take are not asked of the kernel. */
static void large_elements_are_refused(struct kunit *test)
{
	const struct lab_buffer_params p = {
		.kind = LAB_BUFFER_SG, .dir = DMA_BIDIRECTIONAL, .nr = 2, .bytes = { 4096, 8193 },
	};
	struct lab_master_params master;
	struct lab_fake *f;

	lab_master_params_default(&master);
	master.max_segment = SZ_8K;
	f = lab_fake_of_profile(test, LAB_FAKE_PROFILE, &master);
	KUNIT_EXPECT_PTR_EQ(test, lab_buffer_map(f->m, &p), ERR_PTR(-EINVAL));
	lab_fake_expect_empty(test, f);
}

/**
 * struct reach - a mask, and what is reached with it
 * @name:	in words
 * @profile:	the IOMMU
 * @mask_bits:	of the master
 * @bits:	of the addresses that it can be given
 */
struct reach {
	const char *name;
	const char *profile;
	unsigned int mask_bits, bits;
};

static const struct reach reaches[] = {
	{ "smmu, 24 bits", "smmu", 24, 24 },
	{ "smmu, 32 bits", "smmu", 32, 32 },
	{ "smmu, 34 bits", "smmu", 34, 34 },
	{ "smmu, 48 bits", "smmu", 48, 48 },
	{ "smmu, 64 bits", "smmu", 64, 48 },
	{ "smmu-s2, 48 bits", "smmu-s2", 48, 40 },
	{ "mtk, 34 bits", "mtk", 34, 32 },
	{ "mtk-34, 32 bits", "mtk-34", 32, 32 },
	{ "mtk-34, 34 bits", "mtk-34", 34, 34 },
	{ "mtk-34, 48 bits", "mtk-34", 48, 34 },
	{ "ipmmu, 48 bits", "ipmmu", 48, 32 },
};

static void reach_desc(const struct reach *r, char *desc)
{
	strscpy(desc, r->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(reach, reaches, reach_desc);

/* Passing proves that addresses are within mask and aperture, and that all of that is used. */
static void addresses_keep_to_mask(struct kunit *test)
{
	static const enum lab_buffer_kind kinds[] = {
		LAB_BUFFER_KMALLOC, LAB_BUFFER_PAGE, LAB_BUFFER_SG, LAB_BUFFER_COHERENT,
		LAB_BUFFER_NONCONTIGUOUS,
	};
	const struct reach *r = test->param_value;
	struct lab_master_params master;
	struct lab_fake *f;
	u64 highest = 0;

	lab_master_params_default(&master);
	master.mask_bits = r->mask_bits;
	f = lab_fake_of_profile(test, r->profile, &master);
	for (int i = 0; i < ARRAY_SIZE(kinds); i++) {
		const struct lab_buffer_params p = {
			.kind = kinds[i], .dir = DMA_BIDIRECTIONAL, .nr = 1, .bytes = { SZ_16K },
		};
		struct lab_buffer *b = lab_fake_map(test, f, &p);

		highest = max(highest, b->segments[0].iova + (SZ_16K - 1));
		KUNIT_EXPECT_EQ(test, 0, lab_buffer_use(b));
	}
	/* The kernel begins at the end. */
	KUNIT_EXPECT_EQ(test, highest >> r->bits, 0);
	KUNIT_EXPECT_EQ(test, highest >> (r->bits - 1), 1);
	lab_fake_expect_right(test, f);
}

/* Passing proves that out of addresses is an error, leaves nothing, and ends with an unmap. */
static void out_of_addresses_is_an_error(struct kunit *test)
{
	enum { BITS = 20, BYTES = SZ_64K, MOST = BIT(BITS) / BYTES };
	struct lab_buffer_params p = {
		.kind = LAB_BUFFER_PAGE, .dir = DMA_BIDIRECTIONAL, .nr = 1, .bytes = { BYTES },
	};
	struct lab_buffer *live[MOST];
	struct lab_master_params master;
	struct lab_fake *f;
	unsigned int nr = 0;

	lab_master_params_default(&master);
	master.mask_bits = BITS;
	f = lab_fake_of_profile(test, LAB_FAKE_PROFILE, &master);
	while (nr < MOST) {
		live[nr] = lab_buffer_map(f->m, &p);
		if (IS_ERR(live[nr]))
			break;
		nr++;
	}
	/* All but the first 64 KB, of which a page is nobody's. */
	KUNIT_EXPECT_EQ(test, nr, MOST - 1);
	for (int kind = 0; kind < LAB_BUFFER_NR_KINDS; kind++) {
		p.kind = kind;
		KUNIT_EXPECT_PTR_EQ_MSG(test, lab_buffer_map(f->m, &p), ERR_PTR(-ENOMEM), "%s",
					lab_buffer_names[kind]);
	}
	KUNIT_EXPECT_EQ(test, lab_record_bytes(&f->d->record), nr * BYTES);
	KUNIT_EXPECT_EQ(test, 0, lab_iommu_verify(f->iommu));
	KUNIT_ASSERT_GT(test, nr, 0);
	KUNIT_EXPECT_EQ(test, 0, lab_buffer_unmap(live[--nr]));
	p.kind = LAB_BUFFER_SG;
	live[nr] = lab_buffer_map(f->m, &p);
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, live[nr]);
	KUNIT_EXPECT_EQ(test, 0, lab_buffer_unmap(live[nr]));
	while (nr--) {
		KUNIT_EXPECT_EQ(test, 0, lab_buffer_use(live[nr]));
		KUNIT_EXPECT_EQ(test, 0, lab_buffer_unmap(live[nr]));
	}
	lab_fake_expect_empty(test, f);
	lab_fake_expect_right(test, f);
}

/*
 * Passing proves that memory that no descriptor can lead to is refused, whichever way it
 * is mapped, and that what lies lower is mapped by the same master.
 */
static void high_memory_is_refused(struct kunit *test)
{
	struct lab_buffer_params p = {
		.kind = LAB_BUFFER_PAGE, .dir = DMA_BIDIRECTIONAL, .nr = 1, .bytes = { SZ_4K },
	};
	struct lab_iommu_params params;
	struct lab_domain *d;
	struct lab_fake *f;
	phys_addr_t high;

	lab_fake_params(test, LAB_FAKE_PROFILE, LAB_IOMMU_STRICT, &params);
	high = virt_to_phys(lab_kunit_high_memory(test, SZ_4K));
	params.domain.oas = 32;
	params.domain.allocator = &lab_slab;
	lab_kunit_need_low_memory(test);
	f = lab_fake_create(test, &params, NULL);

	for (int i = 0; i < 64; i++) {
		struct lab_buffer *b = lab_buffer_map(f->m, &p);

		if (IS_ERR(b))
			KUNIT_EXPECT_PTR_EQ(test, b, ERR_PTR(-ENOMEM));
		else
			KUNIT_EXPECT_LT(test, b->pieces[0].pa, SZ_4G);
		lab_buffer_unmap(b);
	}
	lab_fake_expect_empty(test, f);

	d = lab_fake_paging(test, f);
	KUNIT_EXPECT_EQ(test, -ERANGE, iommu_map(&d->core, SZ_1G, high, SZ_4K, IOMMU_READ,
						 GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -ERANGE, iommu_map(&d->core, SZ_1G, SZ_4G - SZ_4K, SZ_8K,
						 IOMMU_READ, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -ERANGE, iommu_map(&d->core, BIT_ULL(48), SZ_1G, SZ_4K,
						 IOMMU_READ, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 0, iommu_map(&d->core, SZ_1G, SZ_4G - SZ_4K, SZ_4K, IOMMU_READ,
					   GFP_KERNEL));
	lab_fake_expect_right(test, f);
}

static struct kunit_case limits_cases[] = {
	KUNIT_CASE_PARAM(segments_keep_to_limits, limit_gen_params),
	KUNIT_CASE(large_elements_are_refused),
	KUNIT_CASE_PARAM(addresses_keep_to_mask, reach_gen_params),
	KUNIT_CASE(out_of_addresses_is_an_error),
	KUNIT_CASE(high_memory_is_refused),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite limits_suite = {
	.name		= "lab_iommu_limits",
	.test_cases	= limits_cases,
	LAB_SUITE_OF_THE_LAB,
};

kunit_test_suite(limits_suite);

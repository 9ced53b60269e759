// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's DMA API over the lab's tables: buffers of all kinds are mapped, used by a
 * master's engine, unmapped, and then out of its reach.
 */
#include <kunit/resource.h>
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include "iommu_fixture.h"
#include "compat/compat.h"

LAB_GENERATOR(next_life)
{
	return lab_fake_next(prev, desc, LAB_FAKE_MODES | LAB_FAKE_COHERENCE | LAB_FAKE_KINDS);
}

LAB_GENERATOR(next_kind)
{
	return lab_fake_next(prev, desc, LAB_FAKE_MODES | LAB_FAKE_TABLES | LAB_FAKE_KINDS);
}

LAB_GENERATOR(next_coherence)
{
	return lab_fake_next(prev, desc, LAB_FAKE_MODES | LAB_FAKE_COHERENCE);
}

LAB_GENERATOR(next_profile)
{
	return lab_fake_next(prev, desc, 0);
}

#define SHAPE(text, which, ...) { text, { .kind = LAB_BUFFER_##which, __VA_ARGS__ } }

/* Within a page, over its end, of many, and of some that a block would do for. */
static const struct lab_fake_shape shapes[] = {
	SHAPE("8", KMALLOC, .bytes = { 8 }),
	SHAPE("100", KMALLOC, .bytes = { 100 }),
	SHAPE("4096", KMALLOC, .bytes = { 4096 }),
	SHAPE("5000", KMALLOC, .bytes = { 5000 }),
	SHAPE("64K", KMALLOC, .bytes = { SZ_64K }),

	SHAPE("1 at 0", PAGE, .bytes = { 1 }),
	SHAPE("8 at the end of a page", PAGE, .bytes = { 8 }, .offset = { 4088 }),
	SHAPE("9 over it", PAGE, .bytes = { 9 }, .offset = { 4088 }),
	SHAPE("a page", PAGE, .bytes = { 4096 }),
	SHAPE("20000 at 123", PAGE, .bytes = { 20000 }, .offset = { 123 }),
	SHAPE("2M", PAGE, .bytes = { SZ_2M }),

	SHAPE("one", SG, .bytes = { 4096 }),
	SHAPE("whole pages", SG, .nr = 4, .bytes = { 4096, 8192, 4096, 16384 }),
	SHAPE("a part first and last", SG, .nr = 4, .bytes = { 1096, 4096, 4096, 300 },
	      .offset = { 3000 }),
	SHAPE("an odd one in the middle", SG, .nr = 3, .bytes = { 4096, 3001, 4096 }),
	SHAPE("odd ones", SG, .nr = 6, .bytes = { 333, 4097, 511, 5000, 1025, 4095 },
	      .offset = { 1, 2, 3, 4095, 0, 1 }),
	SHAPE("a small one", SG, .nr = 3, .bytes = { 4096, 24, 4096 }, .offset = { 0, 8 }),
	SHAPE("16", SG, .nr = 16, .bytes = { 4096, 100, 4096, 4096, 512, 4096, 700, 8,
	      4096, 4096, 4096, 60000, 1, 4096, 4096, 2048 },
	      .offset = { 0, 100, 0, 0, 3584, 0, 0, 0, 0, 0, 0, 77 }),

	SHAPE("1", COHERENT, .bytes = { 1 }),
	SHAPE("a page", COHERENT, .bytes = { 4096 }),
	SHAPE("20000", COHERENT, .bytes = { 20000 }),
	SHAPE("1M", COHERENT, .bytes = { SZ_1M }),

	SHAPE("64K of single pages", ATTRS, .bytes = { SZ_64K },
	      .attrs = DMA_ATTR_ALLOC_SINGLE_PAGES),
	SHAPE("64K contiguous", ATTRS, .bytes = { SZ_64K }, .attrs = DMA_ATTR_FORCE_CONTIGUOUS),
	SHAPE("64K that no CPU sees", ATTRS, .bytes = { SZ_64K },
	      .attrs = DMA_ATTR_NO_KERNEL_MAPPING),

	SHAPE("a page", NONCONTIGUOUS, .bytes = { 4096 }),
	SHAPE("100000", NONCONTIGUOUS, .bytes = { 100000 }),
	SHAPE("1M", NONCONTIGUOUS, .bytes = { SZ_1M }),

	SHAPE("a page", RESOURCE, .bytes = { 4096 }),
	SHAPE("64K", RESOURCE, .bytes = { SZ_64K }),
};

/* What the DMA API allocates goes both ways. */
static bool has_direction(enum lab_buffer_kind kind)
{
	return kind != LAB_BUFFER_COHERENT && kind != LAB_BUFFER_ATTRS;
}

/*
 * Passing proves that buffers of a kind, in all directions and of all shapes, are mapped
 * within all limits, that each byte arrives and no other is touched, and that all is gone
 * after the unmap.
 */
static void buffers_live(struct kunit *test)
{
	static const enum dma_data_direction dirs[] = {
		DMA_BIDIRECTIONAL, DMA_TO_DEVICE, DMA_FROM_DEVICE,
	};
	const struct lab_fake_case *c = test->param_value;
	struct lab_fake *f = lab_fake_of_case(test);

	if (!f->d && c->kind == LAB_BUFFER_RESOURCE)
		kunit_skip(test, "what is no memory lies beyond the mask, and is not translated");
	for (int i = 0; i < ARRAY_SIZE(shapes); i++) {
		if (shapes[i].p.kind != c->kind || !lab_fake_takes(f, &shapes[i].p))
			continue;
		for (int d = 0; d < (has_direction(c->kind) ? ARRAY_SIZE(dirs) : 1); d++)
			lab_fake_use(test, f, &shapes[i], dirs[d]);
	}
	lab_fake_expect_empty(test, f);
	KUNIT_EXPECT_EQ(test, f->m->faults.nr, 0);
	lab_fake_expect_right(test, f);
}

/* Passing proves that buffers that live at the same time do not get in each other's way. */
static void many_live_at_once(struct kunit *test)
{
	struct lab_buffer *live[ARRAY_SIZE(shapes)];
	struct lab_fake *f = lab_fake_of_case(test);
	int nr = 0;

	for (int i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct lab_buffer_params p = shapes[i].p;

		if (!lab_fake_takes(f, &p) || !lab_fake_has_cpu(&p))
			continue;
		p.nr = p.nr ?: 1;
		p.dir = DMA_BIDIRECTIONAL;
		live[nr++] = lab_fake_map(test, f, &p);
	}
	for (int i = 0; i < nr; i++) {
		KUNIT_EXPECT_PTR_EQ(test, lab_buffer_find(f->m, live[i]->number), live[i]);
		KUNIT_EXPECT_EQ(test, 0, lab_buffer_use(live[i]));
	}
	/* Every other one first: what is left has gaps. */
	for (int step = 0; step < 2; step++) {
		KUNIT_EXPECT_EQ(test, 0, lab_iommu_verify(f->iommu));
		for (int i = step; i < nr; i += 2) {
			KUNIT_EXPECT_EQ(test, 0, lab_buffer_use(live[i]));
			lab_fake_unmap(test, live[i]);
		}
	}
	lab_fake_expect_empty(test, f);
	lab_fake_expect_right(test, f);
}

static const struct lab_buffer_params small_buffer[LAB_BUFFER_NR_KINDS] = {
	[LAB_BUFFER_KMALLOC] = { LAB_BUFFER_KMALLOC, .nr = 1, .bytes = { SZ_4K } },
	[LAB_BUFFER_PAGE] = { LAB_BUFFER_PAGE, .nr = 1, .bytes = { SZ_4K }, .offset = { 64 } },
	[LAB_BUFFER_SG] = { LAB_BUFFER_SG, .nr = 2, .bytes = { SZ_4K, SZ_4K } },
	[LAB_BUFFER_COHERENT] = { LAB_BUFFER_COHERENT, .nr = 1, .bytes = { SZ_8K } },
	[LAB_BUFFER_ATTRS] = { LAB_BUFFER_ATTRS, .nr = 1, .bytes = { SZ_8K } },
	[LAB_BUFFER_NONCONTIGUOUS] = { LAB_BUFFER_NONCONTIGUOUS, .nr = 1, .bytes = { SZ_8K } },
	[LAB_BUFFER_RESOURCE] = { LAB_BUFFER_RESOURCE, .nr = 1, .bytes = { SZ_4K } },
};

/* Whether nothing is reached at @iova, waiting for the flush queue where there is one. */
static bool is_out_of_reach(struct lab_fake *f, u64 iova)
{
	u64 before = lab_fake_faults(f, LAB_FAULT_TRANSLATION);
	unsigned long end = jiffies + 5 * HZ;
	u8 byte;

	do {
		lab_engine_read(f->m, iova, &byte, 1);
		if (lab_fake_faults(f, LAB_FAULT_TRANSLATION) > before)
			return true;
		msleep(20);
	} while (f->iommu->params.mode == LAB_IOMMU_LAZY && time_before(jiffies, end));
	return false;
}

/*
 * Passing proves that what was unmapped cannot be reached: at once in strict mode, where
 * the translation was in the TLB before, and in lazy mode once the flush queue has run.
 */
static void unmapped_is_out_of_reach(struct kunit *test)
{
	const struct lab_fake_case *c = test->param_value;
	struct lab_fake *f = lab_fake_of_case(test);
	struct lab_buffer_params p = small_buffer[c->kind];
	struct lab_buffer *b;
	u64 iova, last;
	u8 byte;

	p.dir = DMA_BIDIRECTIONAL;
	b = lab_fake_map(test, f, &p);
	iova = b->segments[0].iova;
	last = iova + (b->segments[0].bytes - 1);
	/* What is no memory ends in a fault, too, and has been translated. */
	lab_engine_read(f->m, iova, &byte, 1);
	lab_engine_read(f->m, last, &byte, 1);
	KUNIT_EXPECT_EQ(test, lab_fake_faults(f, LAB_FAULT_TRANSLATION), 0);
	lab_fake_unmap(test, b);
	KUNIT_EXPECT_TRUE(test, is_out_of_reach(f, iova));
	KUNIT_EXPECT_TRUE(test, is_out_of_reach(f, last));
	if (c->mode == LAB_IOMMU_STRICT)
		KUNIT_EXPECT_EQ(test, lab_fake_faults(f, LAB_FAULT_STALE), 0);
	KUNIT_EXPECT_EQ(test, iommu_iova_to_phys(&f->d->core, iova), 0);
	lab_fake_expect_right(test, f);
}

/*
 * Passing proves that what the TLB has and the tables have no more is a fault of its own,
 * and that the memory there, which may be anybody's by now, is left alone.
 */
static void stale_is_a_fault(struct kunit *test)
{
	struct lab_fake *f = lab_fake_of_case(test);
	size_t page = f->iommu->params.domain.granule;
	u8 *cpu = lab_fake_pages(test, get_order(page)), byte = 0x5a;
	const struct lab_iotlb_entry entry = {
		.iova = SZ_1G, .last = SZ_1G + (page - 1), .pa = virt_to_phys(cpu),
		.read = true, .write = true,
	};

	lab_iotlb_insert(&f->d->tlb, &entry);
	KUNIT_EXPECT_EQ(test, -EFAULT, lab_engine_write(f->m, SZ_1G + 8, &byte, 1));
	KUNIT_EXPECT_EQ(test, -EFAULT, lab_engine_read(f->m, SZ_1G + 8, &byte, 1));
	KUNIT_EXPECT_EQ(test, lab_fake_faults(f, LAB_FAULT_STALE), 2);
	KUNIT_EXPECT_EQ(test, f->m->faults.nr, 2);
	KUNIT_EXPECT_EQ(test, cpu[8], 0);
	lab_iotlb_invalidate(&f->d->tlb, entry.iova, entry.last);
	KUNIT_EXPECT_EQ(test, -EFAULT, lab_engine_read(f->m, SZ_1G + 8, &byte, 1));
	KUNIT_EXPECT_EQ(test, lab_fake_faults(f, LAB_FAULT_TRANSLATION), 1);
	lab_fake_expect_right(test, f);
}

/* Passing proves that in lazy mode unmaps are not flushed one by one, and in strict mode are. */
static void lazy_saves_flushes(struct kunit *test)
{
	enum { UNMAPS = 64 };
	const struct lab_fake_case *c = test->param_value;
	struct lab_fake *f = lab_fake_of_case(test);
	struct lab_buffer_params p = small_buffer[LAB_BUFFER_PAGE];
	u64 syncs;

	p.dir = DMA_BIDIRECTIONAL;
	syncs = atomic64_read(&f->d->stats.syncs);
	for (int i = 0; i < UNMAPS; i++)
		lab_fake_unmap(test, lab_fake_map(test, f, &p));
	syncs = atomic64_read(&f->d->stats.syncs) - syncs;
	if (c->mode == LAB_IOMMU_LAZY)
		KUNIT_EXPECT_EQ(test, syncs, 0);
	else
		KUNIT_EXPECT_GE(test, syncs, UNMAPS);
	lab_fake_expect_right(test, f);
}

LAB_GENERATOR(next_with_tables)
{
	return lab_fake_next(prev, desc, LAB_FAKE_MODES | LAB_FAKE_TABLES);
}

/* Passing proves that a buffer that goes to the device alone cannot be written by it. */
static void to_device_is_read_only(struct kunit *test)
{
	struct lab_fake *f = lab_fake_of_case(test);
	struct lab_buffer_params p = small_buffer[LAB_BUFFER_PAGE];
	struct lab_buffer *b;
	u64 value = 0;

	if (!lab_fake_has_perms(f))
		kunit_skip(test, "the format has no permissions");
	p.dir = DMA_TO_DEVICE;
	b = lab_fake_map(test, f, &p);
	KUNIT_EXPECT_EQ(test, 0, lab_engine_read(f->m, b->segments[0].iova, &value, 8));
	value++;
	KUNIT_EXPECT_EQ(test, -EFAULT, lab_engine_write(f->m, b->segments[0].iova, &value, 8));
	KUNIT_EXPECT_EQ(test, lab_fake_faults(f, LAB_FAULT_PERMISSION), 1);
	KUNIT_EXPECT_EQ(test, f->m->faults.nr, 1);
	lab_fake_unmap(test, b);
	lab_fake_expect_right(test, f);
}

/* Passing proves that a buffer ends where it ends: the page behind it is out of reach. */
static void neighbours_are_out_of_reach(struct kunit *test)
{
	struct lab_fake *f = lab_fake_of_case(test);
	struct lab_buffer_params p = small_buffer[LAB_BUFFER_COHERENT];
	u64 page = f->iommu->params.domain.granule, iova, bytes, value = 0;
	struct lab_buffer *b = lab_fake_map(test, f, &p);

	iova = b->segments[0].iova;
	bytes = ALIGN(b->segments[0].bytes, page);
	KUNIT_EXPECT_EQ(test, -EFAULT, lab_engine_write(f->m, iova - 1, &value, 1));
	KUNIT_EXPECT_EQ(test, -EFAULT, lab_engine_write(f->m, iova + bytes, &value, 1));
	KUNIT_EXPECT_EQ(test, 0, lab_engine_write(f->m, iova + bytes - 1, &value, 1));
	KUNIT_EXPECT_EQ(test, lab_fake_faults(f, LAB_FAULT_TRANSLATION), 2);
	lab_fake_unmap(test, b);
	lab_fake_expect_right(test, f);
}

/* What is free is not zero. */
static void soil(void)
{
	void *dirty[16];

	for (int i = 0; i < ARRAY_SIZE(dirty); i++) {
		dirty[i] = (void *)__get_free_pages(GFP_KERNEL | __GFP_NOWARN, 2);
		if (dirty[i])
			memset(dirty[i], 0x5a, PAGE_SIZE << 2);
	}
	for (int i = 0; i < ARRAY_SIZE(dirty); i++)
		free_pages((unsigned long)dirty[i], 2);
}

/* Passing proves that memory of dma_alloc_coherent() is zero for the CPU and for the device. */
static void coherent_is_zeroed(struct kunit *test)
{
	struct lab_fake *f = lab_fake_of_case(test);
	const size_t bytes = 5 * SZ_4K;
	u8 *seen = kunit_kmalloc(test, bytes, GFP_KERNEL);
	dma_addr_t dma;
	void *cpu;

	KUNIT_ASSERT_NOT_NULL(test, seen);
	for (int i = 0; i < 4; i++) {
		soil();
		memset(seen, 0x5a, bytes);
		cpu = dma_alloc_coherent(f->dev, bytes, &dma, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, cpu);
		KUNIT_EXPECT_NULL(test, memchr_inv(cpu, 0, bytes));
		KUNIT_EXPECT_EQ(test, 0, lab_engine_read(f->m, dma, seen, bytes));
		KUNIT_EXPECT_NULL(test, memchr_inv(seen, 0, bytes));
		dma_free_coherent(f->dev, bytes, cpu, dma);
	}
	lab_fake_expect_right(test, f);
}

static struct kunit_case dma_cases[] = {
	KUNIT_CASE_PARAM(buffers_live, next_life),
	KUNIT_CASE_PARAM(many_live_at_once, next_coherence),
	KUNIT_CASE_PARAM(unmapped_is_out_of_reach, next_kind),
	KUNIT_CASE_PARAM(stale_is_a_fault, next_profile),
	KUNIT_CASE_PARAM(lazy_saves_flushes, next_with_tables),
	KUNIT_CASE_PARAM(to_device_is_read_only, next_profile),
	KUNIT_CASE_PARAM(neighbours_are_out_of_reach, next_profile),
	KUNIT_CASE_PARAM(coherent_is_zeroed, next_coherence),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite dma_suite = {
	.name		= "lab_iommu_dma",
	.suite_init	= lab_kunit_print_seed,
	.test_cases	= dma_cases,
	LAB_SUITE_OF_THE_LAB,
};

kunit_test_suite(dma_suite);

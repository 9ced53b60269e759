// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bounce buffers: what of a buffer the kernel copies elsewhere for a master that does not
 * snoop.  Which sizes these are stands here once more, as a table, and where a buffer
 * went is asked of the IOMMU core.
 */
#include <kunit/resource.h>
#include <linux/cache.h>
#include <linux/dma-mapping.h>
#include <linux/iommu.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "iommu_fixture.h"
#include "machine.h"
#include "compat/compat.h"

/**
 * struct size - a size that kmalloc() may have been asked for
 * @bytes:	the size
 * @line_64:	with cache lines of 64 bytes it may share one
 * @line_128:	with cache lines of 128 bytes it may
 */
struct size {
	u32 bytes;
	bool line_64, line_128;
};

/*
 * kmalloc() has objects of 8, 16, 32, 64, 96, 128, 192, 256 bytes, then powers of two.
 * No cache line is longer than 128 bytes (ARCH_DMA_MINALIGN).
 */
static const struct size sizes[] = {
	{ 8, true, true },
	{ 16, true, true },
	{ 24, true, true },
	{ 32, true, true },
	{ 48, false, true },
	{ 64, false, true },
	{ 96, true, true },
	{ 128, false, false },
	{ 192, false, true },
	{ 256, false, false },
	{ 512, false, false },
	{ 1024, false, false },
	{ 2048, false, false },
	{ 4096, false, false },
};

static const struct {
	enum dma_data_direction dir;
	const char *name;
} dirs[] = {
	{ DMA_BIDIRECTIONAL, "both" },
	{ DMA_TO_DEVICE, "to" },
	{ DMA_FROM_DEVICE, "from" },
};

/* A master and a direction; a mode without tables bounces too. */
static const struct master {
	const char *name;
	const char *profile;
	enum lab_iommu_mode mode;
	bool coherent;
} masters[] = {
	{ "smmu", "smmu", LAB_IOMMU_STRICT },
	{ "smmu coherent", "smmu", LAB_IOMMU_STRICT, true },
	{ "smmu lazy", "smmu", LAB_IOMMU_LAZY },
	{ "mtk", "mtk", LAB_IOMMU_STRICT },
	{ "identity", "smmu", LAB_IOMMU_IDENTITY },
	{ "identity coherent", "smmu", LAB_IOMMU_IDENTITY, true },
};

/**
 * struct bounce - a case
 * @master:	whose buffer
 * @size:	its size
 * @dir:	number of its direction
 */
struct bounce {
	const struct master *master;
	const struct size *size;
	unsigned int dir;
};

LAB_GENERATOR(next_bounce)
{
	static struct bounce now;
	static unsigned int i;
	unsigned int n;

	i = prev ? i + 1 : 0;
	n = i;
	now.dir = n % ARRAY_SIZE(dirs);
	n /= ARRAY_SIZE(dirs);
	now.size = &sizes[n % ARRAY_SIZE(sizes)];
	n /= ARRAY_SIZE(sizes);
	if (n >= ARRAY_SIZE(masters))
		return NULL;
	now.master = &masters[n];
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s, %u %s", now.master->name, now.size->bytes,
		 dirs[now.dir].name);
	return &now;
}

static bool shares_lines(struct kunit *test, const struct size *size)
{
	switch (dma_get_cache_alignment()) {
	case 64:
		return size->line_64;
	case 128:
		return size->line_128;
	default:
		kunit_skip(test, "cache lines of %d bytes", dma_get_cache_alignment());
		return false;
	}
}

static void need_bounces(struct kunit *test)
{
	if (!IS_ENABLED(CONFIG_DMA_BOUNCE_UNALIGNED_KMALLOC))
		kunit_skip(test, "this kernel bounces none (DMA_BOUNCE_UNALIGNED_KMALLOC)");
	if (kmalloc_size_roundup(8) > 32 || kmalloc_size_roundup(96) != 96)
		kunit_skip(test, "this kernel's kmalloc() has other sizes");
}

static struct lab_fake *create(struct kunit *test, const struct master *master)
{
	struct lab_master_params params;
	struct lab_iommu_params iommu;

	need_bounces(test);
	lab_fake_params(test, master->profile, master->mode, &iommu);
	lab_master_params_default(&params);
	params.coherent = master->coherent;
	return lab_fake_create(test, &iommu, &params);
}

/* Where the kernel has it for the device */
static phys_addr_t found_at(struct lab_fake *f, const struct lab_buffer *b)
{
	return iommu_iova_to_phys(iommu_get_domain_for_dev(f->dev), b->segments[0].iova);
}

static void expect_bounced(struct kunit *test, struct lab_fake *f, struct lab_buffer_params *p,
			   bool due)
{
	struct lab_buffer *b = lab_fake_map(test, f, p);

	/* Without translation, what the mask does not reach is bounced anyway. */
	if (!f->d)
		due |= b->pieces[0].pa + p->bytes[0] > SZ_4G;
	KUNIT_EXPECT_EQ_MSG(test, found_at(f, b) != b->pieces[0].pa, due, "%s of %u bytes at %u",
			    lab_buffer_names[p->kind], p->bytes[0], p->offset[0]);
	KUNIT_EXPECT_EQ(test, b->bounced, due ? p->bytes[0] : 0);
	KUNIT_EXPECT_EQ(test, 0, lab_buffer_use(b));
	lab_fake_unmap(test, b);
}

/*
 * Passing proves that exactly such buffers are bounced as may share a cache line with
 * somebody, wherever they begin, and that the bytes arrive and those around them stay.
 */
static void small_buffers_bounce(struct kunit *test)
{
	static const u32 offsets[] = { 0, 1, 8, 60, 1000, 4095 };
	const struct bounce *c = test->param_value;
	struct lab_fake *f = create(test, c->master);
	struct lab_buffer_params p = {
		.kind = LAB_BUFFER_KMALLOC, .dir = dirs[c->dir].dir, .nr = 1,
		.bytes = { c->size->bytes },
	};
	bool due = shares_lines(test, c->size) && !c->master->coherent &&
		   p.dir != DMA_TO_DEVICE;

	expect_bounced(test, f, &p, due);
	p.kind = LAB_BUFFER_PAGE;
	for (int i = 0; i < ARRAY_SIZE(offsets); i++) {
		p.offset[0] = offsets[i];
		expect_bounced(test, f, &p, due);
	}
	if (IS_ENABLED(CONFIG_DMA_BOUNCE_UNALIGNED_KMALLOC) && f->d)
		KUNIT_EXPECT_GT(test, atomic64_read(&f->tally->checked[LAB_RULE_BOUNCE_EXACT]), 6);
	lab_fake_expect_empty(test, f);
	lab_fake_expect_right(test, f);
}

/* Passing proves that an object's middle is bounced by its length, and its neighbours stay. */
static void middle_of_an_object_bounces(struct kunit *test)
{
	static const u8 before[64] = { [0 ... 63] = 0x5a };
	struct lab_fake *f = create(test, &masters[0]);
	u8 *object = kunit_kmalloc(test, sizeof(before), GFP_KERNEL);
	u8 out[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	dma_addr_t dma;

	KUNIT_ASSERT_NOT_NULL(test, object);
	memcpy(object, before, sizeof(before));
	dma = dma_map_single(f->dev, object + 3, sizeof(out), DMA_FROM_DEVICE);
	KUNIT_ASSERT_FALSE(test, dma_mapping_error(f->dev, dma));
	KUNIT_EXPECT_NE(test, iommu_iova_to_phys(&f->d->core, dma), virt_to_phys(object + 3));
	KUNIT_EXPECT_EQ(test, 0, lab_engine_write(f->m, dma, out, sizeof(out)));
	/* Until it is unmapped, the CPU's memory is as it was. */
	KUNIT_EXPECT_MEMEQ(test, object, before, sizeof(before));
	dma_unmap_single(f->dev, dma, sizeof(out), DMA_FROM_DEVICE);
	KUNIT_EXPECT_MEMEQ(test, object + 3, out, sizeof(out));
	KUNIT_EXPECT_MEMEQ(test, object, before, 3);
	KUNIT_EXPECT_MEMEQ(test, object + 11, before, sizeof(before) - 11);
	lab_fake_expect_right(test, f);
}

/**
 * struct list - a scatterlist with one small element
 * @name:	in words
 * @nr:		elements
 * @bytes:	length of each
 * @small:	which one it is
 */
struct list {
	const char *name;
	unsigned int nr;
	u32 bytes[4];
	unsigned int small;
};

static const struct list lists[] = {
	{ "first", 3, { 8, 4096, 4096 }, 0 },
	{ "in the middle", 3, { 4096, 8, 4096 }, 1 },
	{ "last", 4, { 4096, 4096, 512, 24 }, 3 },
	{ "alone", 1, { 8 }, 0 },
};

static void list_desc(const struct list *l, char *desc)
{
	strscpy(desc, l->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(list, lists, list_desc);

static struct lab_buffer_params params_of(const struct list *l, enum dma_data_direction dir)
{
	struct lab_buffer_params p = { .kind = LAB_BUFFER_SG, .dir = dir, .nr = l->nr };

	memcpy(p.bytes, l->bytes, sizeof(l->bytes));
	return p;
}

/* Passing proves that of a scatterlist the small element is bounced, and no other. */
static void one_small_element_bounces(struct kunit *test)
{
	const struct list *l = test->param_value;
	struct lab_fake *f = create(test, &masters[0]);
	struct lab_buffer_params p = params_of(l, DMA_FROM_DEVICE);
	struct lab_buffer *b = lab_fake_map(test, f, &p);

	/* Then each element is mapped by itself. */
	KUNIT_ASSERT_EQ(test, b->nr_segments, l->nr);
	for (unsigned int i = 0; i < l->nr; i++)
		KUNIT_EXPECT_EQ(test, iommu_iova_to_phys(&f->d->core, b->segments[i].iova) !=
				b->pieces[i].pa, i == l->small);
	KUNIT_EXPECT_EQ(test, b->bounced, l->bytes[l->small]);
	KUNIT_EXPECT_EQ(test, 0, lab_buffer_use(b));
	lab_fake_unmap(test, b);
	lab_fake_expect_empty(test, f);
	lab_fake_expect_right(test, f);
}

/* Passing proves that on the way to the device nothing is, and the elements are merged. */
static void small_elements_to_device_stay(struct kunit *test)
{
	const struct list *l = test->param_value;
	struct lab_fake *f = create(test, &masters[0]);
	struct lab_buffer_params p = params_of(l, DMA_TO_DEVICE);
	struct lab_buffer *b = lab_fake_map(test, f, &p);

	KUNIT_EXPECT_EQ(test, b->bounced, 0);
	if (l->nr > 1)
		KUNIT_EXPECT_LT(test, b->nr_segments, l->nr);
	KUNIT_EXPECT_EQ(test, 0, lab_buffer_use(b));
	lab_fake_unmap(test, b);
	lab_fake_expect_right(test, f);
}

/* Passing proves that a mapping for which the bounce buffer has no room fails, and leaves it. */
static void full_bounce_buffer_is_an_error(struct kunit *test)
{
	const struct lab_buffer_params p = {
		.kind = LAB_BUFFER_PAGE, .dir = DMA_FROM_DEVICE, .nr = 1, .bytes = { SZ_2M },
	};
	struct lab_iommu_params iommu;
	struct lab_buffer *b;
	struct lab_fake *f;

	lab_fake_params(test, LAB_FAKE_PROFILE, LAB_IOMMU_IDENTITY, &iommu);
	f = lab_fake_create(test, &iommu, NULL);
	if (dma_max_mapping_size(f->dev) > SZ_2M)
		kunit_skip(test, "2 MB fit into a bounce buffer of this kernel, or it has none");
	for (int i = 0; i < 3; i++) {
		b = lab_buffer_map(f->m, &p);
		if (!IS_ERR(b)) {
			/* It was in low memory by chance. */
			KUNIT_EXPECT_EQ(test, b->bounced, 0);
			KUNIT_EXPECT_EQ(test, 0, lab_buffer_unmap(b));
			continue;
		}
		KUNIT_EXPECT_PTR_EQ(test, b, ERR_PTR(-ENOMEM));
	}
	lab_fake_expect_empty(test, f);
	lab_kunit_expect_clean(test, f->tally);
}

/* Passing proves that what is no memory is not bounced: beyond the mask it is refused. */
static void no_memory_is_not_bounced(struct kunit *test)
{
	const struct lab_buffer_params p = {
		.kind = LAB_BUFFER_RESOURCE, .dir = DMA_BIDIRECTIONAL, .nr = 1, .bytes = { SZ_4K },
	};
	struct lab_iommu_params iommu;
	struct lab_fake *f;

	if (lab_machine().end < SZ_4G)
		kunit_skip(test, "no RAM above 4 GB on this machine");
	lab_fake_params(test, LAB_FAKE_PROFILE, LAB_IOMMU_IDENTITY, &iommu);
	f = lab_fake_create(test, &iommu, NULL);
	KUNIT_EXPECT_PTR_EQ(test, lab_buffer_map(f->m, &p), ERR_PTR(-ERANGE));
	lab_fake_expect_empty(test, f);
	KUNIT_EXPECT_EQ(test, lab_tally_violated(f->tally), 0);
}

static struct kunit_case bounce_cases[] = {
	KUNIT_CASE_PARAM(small_buffers_bounce, next_bounce),
	KUNIT_CASE(middle_of_an_object_bounces),
	KUNIT_CASE_PARAM(one_small_element_bounces, list_gen_params),
	KUNIT_CASE_PARAM(small_elements_to_device_stay, list_gen_params),
	KUNIT_CASE(full_bounce_buffer_is_an_error),
	KUNIT_CASE(no_memory_is_not_bounced),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite bounce_suite = {
	.name		= "lab_iommu_bounce",
	.test_cases	= bounce_cases,
	LAB_SUITE_OF_THE_LAB,
};

kunit_test_suite(bounce_suite);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The optional operations of LPAE, pgtable_walk and read_and_clear_dirty: what they
 * say of a page table whose descriptors are known.
 */
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/sizes.h>

#include "format_cases.h"
#include "compat/compat.h"

/* DDI0487 D8.3, D8.5: writable-dirty is DBM without AP[2] */
#define DBM	BIT_ULL(51)
#define RDONLY	BIT_ULL(7)

/**
 * struct read_config - a configuration as a KUnit parameter
 * @name:	in words
 * @provider:	who builds the tables
 * @quirks:	beside HD
 */
struct read_config {
	const char *name;
	const struct lab_provider *provider;
	unsigned long quirks;
};

/* Not the kernel with TTBR1: its read_and_clear_dirty WARNs. */
static const struct read_config configs[] = {
	{ "kernel", &lab_provider_kernel },
	{ "lab", &lab_provider_lab },
	{ "lab ttbr1", &lab_provider_lab, IO_PGTABLE_QUIRK_ARM_TTBR1 },
};

static void read_desc(const struct read_config *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(all, configs, read_desc);

/* Where the kernel WARNs, or is known to say something else */
static const struct read_config lab_configs[] = {
	{ "lab", &lab_provider_lab },
	{ "lab ttbr1", &lab_provider_lab, IO_PGTABLE_QUIRK_ARM_TTBR1 },
};

KUNIT_ARRAY_PARAM(lab, lab_configs, read_desc);

static struct lab_instance *create_format(struct kunit *test, enum lab_format_index format,
					  const struct lab_provider *provider,
					  unsigned long quirks)
{
	struct lab_instance *inst;
	struct lab_params p;
	const char *why;

	lab_kunit_need_low_memory(test);
	lab_params_default(&p, &lab_formats[format]);
	strscpy(p.name, test->name, sizeof(p.name));
	p.provider = provider;
	p.allocator = &lab_slab;
	p.quirks = quirks;
	why = lab_not_offered(p.format, p.provider, p.allocator);
	if (why)
		kunit_skip(test, "%s", why);
	inst = lab_kunit_create(test, &p, lab_kunit_tally(test));
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, inst);
	return inst;
}

/* From the beginning: 4 writable pages, one that is not, nothing; a block at 1 GB. */
static struct lab_instance *create(struct kunit *test)
{
	const struct read_config *c = test->param_value;
	struct lab_instance *inst = create_format(test, LAB_LPAE_S1, c->provider,
						  c->quirks | IO_PGTABLE_QUIRK_ARM_HD);

	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, inst->first, SZ_2G, SZ_4K, 4, LAB_RW));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, inst->first + SZ_16K, SZ_2G, SZ_4K, 1,
						  IOMMU_READ));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, inst->first + SZ_1G, SZ_2G, SZ_2M, 1,
						  LAB_RW));
	return inst;
}

/* The descriptor that maps an address, found past the walker by its level's table. */
struct wanted {
	u64 iova;
	u64 *desc;
};

static int find_table(void *ctx, const struct lab_walk_table *t)
{
	struct wanted *w = ctx;
	u64 *table = phys_to_virt(t->pa);

	/* Tables come from the root down: the last one that covers it has it. */
	if (w->iova - t->iova < t->span)
		w->desc = table + (w->iova - t->iova) / (t->span / t->nr);
	return 0;
}

static u64 *desc_of(struct kunit *test, struct lab_instance *inst, u64 offset)
{
	static const struct lab_walk_visitor visitor = { .table = find_table };
	struct wanted w = { .iova = inst->first + offset };

	KUNIT_ASSERT_EQ(test, 0, lab_instance_walk(inst, &visitor, &w));
	KUNIT_ASSERT_NOT_NULL(test, w.desc);
	return w.desc;
}

/* What is dirty, as bounds; the errno goes to @ret. */
static struct iommu_iotlb_gather dirty_in(struct lab_instance *inst, u64 offset, size_t size,
					  unsigned long flags, int *ret)
{
	struct iommu_iotlb_gather gather;
	struct iommu_dirty_bitmap dirty = { .gather = &gather };

	iommu_iotlb_gather_init(&gather);
	*ret = inst->ops->read_and_clear_dirty(inst->ops, inst->first + offset, size, flags,
					       &dirty);
	return gather;
}

static void expect_dirty(struct kunit *test, struct lab_instance *inst, u64 offset,
			 size_t size, unsigned long flags, u64 first, u64 bytes)
{
	struct iommu_iotlb_gather gather;
	int ret;

	gather = dirty_in(inst, offset, size, flags, &ret);
	KUNIT_EXPECT_EQ(test, ret, 0);
	if (!bytes) {
		KUNIT_EXPECT_GT(test, gather.start, gather.end);
		return;
	}
	KUNIT_EXPECT_EQ(test, gather.start, inst->first + first);
	KUNIT_EXPECT_EQ(test, gather.end, inst->first + first + bytes - 1);
}

/* Passing proves that writable pages are dirty until they are cleared, and only these. */
static void dirty_until_cleared(struct kunit *test)
{
	struct lab_instance *inst = create(test);

	expect_dirty(test, inst, 0, SZ_16K + SZ_4K, IOMMU_DIRTY_NO_CLEAR, 0, SZ_16K);
	expect_dirty(test, inst, 0, SZ_16K + SZ_4K, 0, 0, SZ_16K);
	expect_dirty(test, inst, 0, SZ_16K + SZ_4K, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, *desc_of(test, inst, 0) & (DBM | RDONLY), DBM | RDONLY);
	KUNIT_EXPECT_EQ(test, *desc_of(test, inst, SZ_16K) & (DBM | RDONLY), RDONLY);

	/* As hardware would at a write */
	*desc_of(test, inst, SZ_8K) &= ~RDONLY;
	expect_dirty(test, inst, 0, SZ_16K + SZ_4K, 0, SZ_8K, SZ_4K);
	expect_dirty(test, inst, 0, SZ_16K + SZ_4K, 0, 0, 0);
}

/* Passing proves that one part of a range is cleared without the rest. */
static void clears_what_was_asked_for(struct kunit *test)
{
	struct lab_instance *inst = create(test);

	expect_dirty(test, inst, SZ_4K, SZ_8K, 0, SZ_4K, SZ_8K);
	expect_dirty(test, inst, 0, SZ_4K, 0, 0, SZ_4K);
	expect_dirty(test, inst, SZ_8K + SZ_4K, SZ_4K, 0, SZ_8K + SZ_4K, SZ_4K);
}

/* Passing proves that a block is one descriptor. */
static void block_is_dirty(struct kunit *test)
{
	struct lab_instance *inst = create(test);

	expect_dirty(test, inst, SZ_1G, SZ_2M, 0, SZ_1G, SZ_2M);
	expect_dirty(test, inst, SZ_1G, SZ_2M, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, *desc_of(test, inst, SZ_1G) & (DBM | RDONLY), DBM | RDONLY);
}

/* Passing proves that of a block no more is reported than was asked about. */
static void part_of_block_is_dirty(struct kunit *test)
{
	struct lab_instance *inst = create(test);

	expect_dirty(test, inst, SZ_1G + SZ_4K, SZ_8K, IOMMU_DIRTY_NO_CLEAR, SZ_1G + SZ_4K, SZ_8K);
}

static void expect_refused(struct kunit *test, struct lab_instance *inst, u64 offset,
			   size_t size)
{
	struct iommu_iotlb_gather gather;
	int ret;

	gather = dirty_in(inst, offset, size, 0, &ret);
	KUNIT_EXPECT_EQ_MSG(test, ret, -EINVAL, "%zu bytes at %#llx", size, offset);
	KUNIT_EXPECT_GT(test, gather.start, gather.end);
}

/* Passing proves that what is refused is neither recorded nor cleared, and WARNs not. */
static void dirty_refused(struct kunit *test)
{
	struct lab_instance *inst = create(test);

	expect_refused(test, inst, 0, 0);
	/* Ends in what is not mapped, begins there, leaves the space */
	expect_refused(test, inst, 0, SZ_32K);
	expect_refused(test, inst, SZ_1G - SZ_4K, SZ_8K);
	expect_refused(test, inst, 0, SIZE_MAX);
	expect_refused(test, inst, BIT_ULL(48), SZ_4K);
	expect_refused(test, inst, -SZ_4K, SZ_8K);
	expect_dirty(test, inst, 0, SZ_16K, 0, 0, SZ_16K);
}

/* Passing proves that no other format has a dirty state. */
static void dirty_is_stage_1(struct kunit *test)
{
	static const enum lab_format_index formats[] = {
		LAB_LPAE_S2, LAB_LPAE32_S1, LAB_LPAE32_S2, LAB_MALI,
	};

	for (int i = 0; i < ARRAY_SIZE(formats); i++) {
		struct lab_instance *inst = create_format(test, formats[i], &lab_provider_lab, 0);

		KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, 0, SZ_2G, SZ_4K, 1, LAB_RW));
		expect_refused(test, inst, 0, SZ_4K);
		lab_kunit_destroy(test, inst);
	}
}

#if LAB_HAS_PGTABLE_WALK
static void expect_walk(struct kunit *test, struct lab_instance *inst, u64 offset, int ret)
{
	struct arm_lpae_io_pgtable_walk_data data = { .ptes = { 1, 2, 3, 4 } };
	struct lab_answers a;

	KUNIT_ASSERT_EQ(test, 0, lab_instance_translate(inst, inst->first + offset, &a));
	KUNIT_EXPECT_EQ(test, ret, inst->ops->pgtable_walk(inst->ops, inst->first + offset,
							   &data));
	/* Levels that there are none of are left alone. */
	for (u64 level = 0; level < 4; level++)
		KUNIT_EXPECT_EQ_MSG(test, data.ptes[level],
				    level < a.walk.first_level || level > a.walk.level ?
				    level + 1 : a.walk.desc[level],
				    "level %llu at %#llx", level, offset);
}
#endif

/* Passing proves that pgtable_walk tells what the walker reads, page, block or hole. */
static void walk_tells_descriptors(struct kunit *test)
{
#if LAB_HAS_PGTABLE_WALK
	struct lab_instance *inst = create(test);

	expect_walk(test, inst, SZ_4K, 0);
	expect_walk(test, inst, SZ_1G + SZ_4K, 0);
	expect_walk(test, inst, SZ_1G - 1, -EINVAL);
	expect_walk(test, inst, SZ_1M, -EINVAL);
	expect_walk(test, inst, BIT_ULL(47), -EINVAL);
#else
	kunit_skip(test, "this kernel has no pgtable_walk");
#endif
}

static struct kunit_case read_cases[] = {
	KUNIT_CASE_PARAM(dirty_until_cleared, all_gen_params),
	KUNIT_CASE_PARAM(clears_what_was_asked_for, all_gen_params),
	KUNIT_CASE_PARAM(block_is_dirty, all_gen_params),
	KUNIT_CASE_PARAM(part_of_block_is_dirty, lab_gen_params),
	KUNIT_CASE_PARAM(dirty_refused, lab_gen_params),
	KUNIT_CASE(dirty_is_stage_1),
	KUNIT_CASE_PARAM(walk_tells_descriptors, all_gen_params),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite read_suite = {
	.name		= "lab_lpae_read",
	.test_cases	= read_cases,
};

kunit_test_suite(read_suite);

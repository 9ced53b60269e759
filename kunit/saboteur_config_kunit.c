// SPDX-License-Identifier: GPL-2.0-only
/*
 * Saboteurs of what comes before the first map: providers that take what they should
 * refuse, configurations that come back changed, tables of the kernel's own memory
 * that lie or come wrong, mappings for the device that do not end as they began; and
 * exactly the rule that this breaks fires.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "configs.h"
#include "watch.h"

#define LPAE	(&lab_formats[LAB_LPAE_S1])

static void need_watch(struct kunit *test)
{
	const char *why = lab_watch_start();

	if (why)
		kunit_skip(test, "%s", why);
}

static struct lab_instance *create(struct kunit *test, const struct lab_provider *provider,
				   bool noncoherent, struct lab_tally *tally)
{
	const struct lab_config config = {
		"saboteur", LPAE, provider, &lab_slab, .noncoherent = noncoherent,
	};

	return lab_config_create(test, &config, tally);
}

/* Passing proves that a provider which takes what it cannot do is found out each time. */
static void takes_all_is_found(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	u64 checked;

	create(test, &lab_bad_lenient, false, tally);
	checked = atomic64_read(&tally->checked[LAB_RULE_CONFIG_REFUSED]);
	KUNIT_EXPECT_GT(test, checked, 5);
	lab_kunit_expect_only(test, tally, LAB_RULE_CONFIG_REFUSED, checked);
}

/* Passing proves that a refusal which keeps what it took is found each time. */
static void refusal_that_leaks_is_found(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);

	need_watch(test);
	create(test, &lab_bad_leaking, false, tally);
	lab_kunit_expect_only(test, tally, LAB_RULE_NO_LEAK,
			      atomic64_read(&tally->checked[LAB_RULE_CONFIG_REFUSED]));
	lab_bad_leaking_clean();
}

/* Passing proves that page sizes and quirks which come back changed are found. */
static void changed_config_is_found(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst = create(test, &lab_provider_lab, false, tally);

	inst->cfg.pgsize_bitmap |= SZ_8K;
	lab_instance_check_outputs(inst);
	lab_kunit_expect_only(test, tally, LAB_RULE_CONFIG_OUTPUTS, 1);
	inst->cfg.pgsize_bitmap &= ~SZ_8K;

	inst->cfg.quirks ^= IO_PGTABLE_QUIRK_ARM_NS;
	lab_instance_check_outputs(inst);
	lab_kunit_expect_only(test, tally, LAB_RULE_CONFIG_OUTPUTS, 2);
	inst->cfg.quirks ^= IO_PGTABLE_QUIRK_ARM_NS;
	lab_instance_check_outputs(inst);
	lab_kunit_expect_only(test, tally, LAB_RULE_CONFIG_OUTPUTS, 2);
}

/* Passing proves that a root of the kernel's own which is too short is found. */
static void short_root_is_found(struct kunit *test)
{
	const struct lab_config config = { "saboteur", LPAE, &lab_provider_kernel };
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst;

	need_watch(test);
	inst = lab_config_create(test, &config, tally);
	KUNIT_ASSERT_EQ(test, inst->own.root.pa, inst->cfg.arm_lpae_s1_cfg.ttbr);
	lab_kunit_expect_clean(test, tally);
	inst->own.root.bytes /= 2;
	lab_instance_check_outputs(inst);
	lab_kunit_expect_only(test, tally, LAB_RULE_CONFIG_OUTPUTS, 1);
}

/* A section in which pages are seen: the kernel's own, if @bytes is what tables have. */
static void see_pages(struct lab_tally *tally, const void *pages, size_t bytes)
{
	static const struct lab_table_bounds where = { .limit = SZ_4G, .low = true };
	struct lab_section section = {
		.tally		= tally,
		.own		= true,
		.where		= &where,
		.root_bytes	= PAGE_SIZE,
		.table_bytes	= PAGE_SIZE,
	};

	lab_section_begin(&section);
	lab_section_saw_pages(pages, bytes);
	lab_section_end(&section);
}

/* Passing proves that a table of the kernel's own above 4 GB is found. */
static void own_table_too_high_is_found(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	void *high;

	need_watch(test);
	high = lab_kunit_high_memory(test, PAGE_SIZE);
	memset(high, 0, PAGE_SIZE);
	see_pages(tally, high, 2 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, lab_tally_violated(tally), 0);
	see_pages(tally, high, PAGE_SIZE);
	lab_kunit_expect_rules(test, tally, BIT_ULL(LAB_RULE_TABLE_LIMIT) |
					    BIT_ULL(LAB_RULE_TABLE_LOW));
}

/* Passing proves that a table of the kernel's own that has something in it is found. */
static void own_table_not_zeroed_is_found(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	u8 *page;

	need_watch(test);
	lab_kunit_need_low_memory(test);
	page = (u8 *)__get_free_page(GFP_KERNEL | GFP_DMA32 | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, page);
	see_pages(tally, page, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, lab_tally_violated(tally), 0);
	page[PAGE_SIZE - 1] = 1;
	see_pages(tally, page, PAGE_SIZE);
	free_page((unsigned long)page);
	lab_kunit_expect_only(test, tally, LAB_RULE_TABLE_ZEROED, 1);
}

/* Passing proves that pages which a slab took for its objects are no tables. */
static void pages_of_a_slab_are_no_tables(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	void *objects[64], *first = NULL;
	struct kmem_cache *cache;
	int nr = 0;

	need_watch(test);
	cache = kmem_cache_create("io_pgtable_lab_page", PAGE_SIZE, 0, SLAB_NO_MERGE, NULL);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	/* One that begins where a slab does: the probe is called with its first page. */
	while (!first && nr < ARRAY_SIZE(objects)) {
		void *object = kmem_cache_alloc(cache, GFP_KERNEL);

		if (!object)
			break;
		objects[nr++] = object;
		if (virt_to_page(object) == virt_to_head_page(object))
			first = memset(object, 1, PAGE_SIZE);
	}
	if (first)
		see_pages(tally, first, PAGE_SIZE);
	while (nr)
		kmem_cache_free(cache, objects[--nr]);
	kmem_cache_destroy(cache);
	KUNIT_ASSERT_NOT_NULL(test, first);
	KUNIT_EXPECT_EQ(test, lab_tally_violated(tally), 0);
}

/* Who does what with the mappings of an instance's device */
struct device_case {
	const char *name;
	void (*act)(struct device *dev, phys_addr_t pa);
};

static void map_and_leave(struct device *dev, phys_addr_t pa)
{
	lab_instance_saw_dma_map(dev, pa, pa, SZ_1K);
}

static void map_elsewhere_and_leave(struct device *dev, phys_addr_t pa)
{
	lab_instance_saw_dma_map(dev, pa, pa + SZ_1K, SZ_1K);
}

static void unmap_less(struct device *dev, phys_addr_t pa)
{
	lab_instance_saw_dma_map(dev, pa, pa, SZ_1K);
	lab_instance_saw_dma_unmap(dev, pa, SZ_1K / 2);
}

static void unmap_within(struct device *dev, phys_addr_t pa)
{
	lab_instance_saw_dma_map(dev, pa, pa, SZ_1K);
	lab_instance_saw_dma_unmap(dev, pa + 4, SZ_1K);
}

static void unmap_twice(struct device *dev, phys_addr_t pa)
{
	lab_instance_saw_dma_map(dev, pa, pa, SZ_1K);
	lab_instance_saw_dma_unmap(dev, pa, SZ_1K);
	lab_instance_saw_dma_unmap(dev, pa, SZ_1K);
}

static void map_twice(struct device *dev, phys_addr_t pa)
{
	lab_instance_saw_dma_map(dev, pa, pa, SZ_1K);
	lab_instance_saw_dma_map(dev, pa, pa, SZ_1K);
	lab_instance_saw_dma_unmap(dev, pa, SZ_1K);
}

static void free_while_mapped(struct device *dev, phys_addr_t pa)
{
	lab_instance_saw_dma_map(dev, pa, pa, SZ_1K);
	lab_hw_freed(dev_get_drvdata(dev), pa);
	lab_instance_saw_dma_unmap(dev, pa, SZ_1K);
}

static const struct device_case device_cases[] = {
	{ "mapped and left", map_and_leave },
	{ "mapped elsewhere and left", map_elsewhere_and_leave },
	{ "unmapped by less", unmap_less },
	{ "unmapped from within", unmap_within },
	{ "unmapped twice", unmap_twice },
	{ "mapped twice", map_twice },
	{ "freed while it is mapped", free_while_mapped },
};

static void device_desc(const struct device_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(device, device_cases, device_desc);

/* Passing proves that mappings for the device which do not match are found. */
static void unbalanced_is_found(struct kunit *test)
{
	const struct device_case *c = test->param_value;
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst = create(test, &lab_provider_lab, true, tally);
	void *table = kunit_kzalloc(test, SZ_1K, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, table);
	if (inst->tally.not_checked[LAB_RULE_DMA_BALANCED])
		kunit_skip(test, "%s", inst->tally.not_checked[LAB_RULE_DMA_BALANCED]);
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, 0, SZ_1G, SZ_4K, 1, IOMMU_READ));
	/* Room for what is mapped past the page table */
	lab_shadow_prepare(inst, 2);
	c->act(inst->dev, virt_to_phys(table));
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_fired(test, tally, LAB_RULE_DMA_BALANCED);
}

static struct kunit_case config_cases[] = {
	KUNIT_CASE(takes_all_is_found),
	KUNIT_CASE(refusal_that_leaks_is_found),
	KUNIT_CASE(changed_config_is_found),
	KUNIT_CASE(short_root_is_found),
	KUNIT_CASE(own_table_too_high_is_found),
	KUNIT_CASE(own_table_not_zeroed_is_found),
	KUNIT_CASE(pages_of_a_slab_are_no_tables),
	KUNIT_CASE_PARAM(unbalanced_is_found, device_gen_params),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite config_suite = {
	.name		= "lab_saboteur_config",
	LAB_SUITE_OF_THE_LAB,
	.test_cases	= config_cases,
};

kunit_test_suite(config_suite);

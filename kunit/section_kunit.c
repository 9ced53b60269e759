// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is agreed between a provider and its hooks, and what is seen while a call
 * lasts: each rule fires for one who breaks it, and holds for all who do not.
 */
#include <kunit/resource.h>
#include <linux/dma-mapping.h>
#include <linux/mm.h>
#include <linux/platform_device.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "lab_kunit.h"
#include "machine.h"
#include "watch.h"

#define V7S	(&lab_formats[LAB_V7S])
#define LPAE	(&lab_formats[LAB_LPAE_S1])

static void set_params(struct kunit *test, struct lab_params *p,
		       const struct lab_format *format,
		       const struct lab_provider *provider,
		       const struct lab_allocator *allocator)
{
	const char *why = lab_not_offered(format, provider, allocator);

	if (why)
		kunit_skip(test, "%s", why);
	lab_kunit_need_low_memory(test);
	lab_params_default(p, format);
	strscpy(p->name, test->name, sizeof(p->name));
	p->provider = provider;
	p->allocator = allocator;
}

static struct lab_instance *create(struct kunit *test, const struct lab_provider *provider,
				   const struct lab_allocator *allocator,
				   struct lab_tally *tally)
{
	struct lab_instance *inst;
	struct lab_params p;

	set_params(test, &p, LPAE, provider, allocator);
	inst = lab_kunit_create(test, &p, tally);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, inst);
	return inst;
}

static void need_watch(struct kunit *test)
{
	const char *why = lab_watch_start();

	if (why)
		kunit_skip(test, "%s", why);
}

/* Passing proves that a provider which takes half a pair of hooks is found out. */
static void rule_hooks_paired_fires(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);

	create(test, &lab_bad_unpaired, &lab_slab, tally);
	/* Once for alloc alone, which was called, and once for free alone. */
	lab_kunit_expect_only(test, tally, LAB_RULE_HOOKS_PAIRED, 2);
}

/* Passing proves that hooks with a cookie of somebody else are found out, and serve. */
static void rule_cookie_given_fires(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst = create(test, &lab_bad_cookie, &lab_slab, tally);

	KUNIT_EXPECT_EQ(test, 0, lab_instance_map(inst, 0, 0, SZ_4K, 1, IOMMU_READ));
	lab_kunit_expect_only(test, tally, LAB_RULE_COOKIE_GIVEN, 4);
	lab_kunit_destroy(test, inst);
	/* And as often when they were freed, after a flush for the same stranger. */
	KUNIT_EXPECT_EQ(test, 8, atomic64_read(&tally->violated[LAB_RULE_COOKIE_GIVEN]));
	lab_kunit_expect_rules(test, tally, BIT_ULL(LAB_RULE_COOKIE_GIVEN) |
					    BIT_ULL(LAB_RULE_FLUSH_SANE));
}

/* Passing proves that flags which a provider makes up are found out. */
static void rule_gfp_passed_fires(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst = create(test, &lab_bad_gfp, &lab_slab, tally);
	struct lab_section section;
	size_t mapped = 0;

	/* Not under a spinlock: there a kernel that looks would complain. */
	lab_instance_section(inst, &section, GFP_NOWAIT, false);
	KUNIT_EXPECT_EQ(test, 0, inst->ops->map_pages(inst->ops, 0, 0, SZ_4K, 1, IOMMU_READ,
						      GFP_NOWAIT, &mapped));
	lab_section_end(&section);
	lab_kunit_expect_only(test, tally, LAB_RULE_GFP_PASSED, 3);
}

/* Passing proves that an allocator which sleeps unasked is seen doing it. */
static void rule_gfp_obeyed_fires_for_sleep(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst;
	struct lab_section section;
	size_t mapped = 0;

	need_watch(test);
	inst = create(test, &lab_provider_lab, &lab_bad_sleepy, tally);
	lab_instance_section(inst, &section, GFP_NOWAIT, false);
	KUNIT_EXPECT_EQ(test, 0, inst->ops->map_pages(inst->ops, 0, 0, SZ_4K, 1, IOMMU_READ,
						      GFP_NOWAIT, &mapped));
	lab_section_end(&section);
	lab_kunit_expect_only(test, tally, LAB_RULE_GFP_OBEYED, 3);
}

static void destroy_cache(void *cache)
{
	kmem_cache_destroy(cache);
}

/* Passing proves that a zone which is asked of a slab is seen. */
static void rule_gfp_obeyed_fires_for_zone(struct kunit *test)
{
	struct lab_section section = { .gfp = GFP_KERNEL };
	struct lab_tally *tally = lab_kunit_tally(test);
	struct kmem_cache *cache;
	void *a, *b;

	need_watch(test);
	cache = kmem_cache_create("lab_kunit_zone", SZ_1K, SZ_1K, 0, NULL);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, destroy_cache, cache));
	/* The slab itself complains only when it needs a page: not this time. */
	a = kmem_cache_alloc(cache, GFP_KERNEL);

	section.tally = tally;
	lab_section_begin(&section);
	lab_section_enter_allocator(GFP_KERNEL);
	b = kmem_cache_alloc(cache, GFP_KERNEL | GFP_DMA32);
	lab_section_leave_allocator(&section);
	lab_section_end(&section);

	if (a)
		kmem_cache_free(cache, a);
	if (b)
		kmem_cache_free(cache, b);
	KUNIT_EXPECT_NOT_NULL(test, b);
	lab_kunit_expect_only(test, tally, LAB_RULE_GFP_OBEYED, 1);
}

/* Passing proves that one who promised tables and allocates after all is seen. */
static void rule_no_alloc_fires(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst;

	need_watch(test);
	inst = create(test, &lab_provider_lab, &lab_bad_promise, tally);
	KUNIT_EXPECT_EQ(test, 0, lab_instance_map(inst, 0, 0, SZ_4K, 1, IOMMU_READ));
	lab_kunit_expect_only(test, tally, LAB_RULE_NO_ALLOC, 1);
}

/* Passing proves that a table which the device was never given is found. */
static void rule_dma_identity_fires(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst;
	struct lab_params p;

	need_watch(test);
	set_params(test, &p, LPAE, &lab_bad_unmapped, &lab_slab);
	p.coherent = false;
	inst = lab_kunit_create(test, &p, tally);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, inst);
	lab_instance_verify(inst);
	/* The root, by each walk; what the paired-hooks check made was refused. */
	lab_kunit_expect_rules(test, tally, BIT_ULL(LAB_RULE_DMA_IDENTITY) |
					    BIT_ULL(LAB_RULE_WRITTEN_BACK));
}

/* Passing proves that another address than its own is no address for a table. */
static void rule_dma_identity_fires_for_offset(struct kunit *test)
{
	struct lab_table_bounds where = { .limit = U64_MAX, .dma = true };
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_ledger *ledger;
	phys_addr_t pa;
	void *table;

	need_watch(test);
	ledger = lab_kunit_ledger(test, &lab_slab, &where, tally);
	table = lab_ledger_alloc(ledger, SZ_1K, GFP_KERNEL, _THIS_IP_);
	KUNIT_ASSERT_NOT_NULL(test, table);
	pa = virt_to_phys(table);

	lab_ledger_saw_dma_map(ledger, pa, pa, SZ_1K);
	lab_ledger_walk_table(ledger, pa, 2);
	lab_kunit_expect_clean(test, tally);
	lab_ledger_saw_dma_map(ledger, pa, pa + SZ_4K, SZ_1K);
	lab_ledger_walk_table(ledger, pa, 2);
	lab_kunit_expect_only(test, tally, LAB_RULE_DMA_IDENTITY, 1);
	lab_ledger_saw_dma_map(ledger, pa, pa, SZ_1K / 2);
	lab_ledger_walk_table(ledger, pa, 2);
	lab_kunit_expect_only(test, tally, LAB_RULE_DMA_IDENTITY, 2);
	lab_ledger_free(ledger, table, SZ_1K);
}

/* Who builds what, for a device that reaches 32 bits. */
struct reach_case {
	const char *name;
	const struct lab_provider *provider;
	const struct lab_format *format;
};

static const struct reach_case reach_cases[] = {
	{ "kernel lpae-s1", &lab_provider_kernel, LPAE },
	{ "lab lpae-s1", &lab_provider_lab, LPAE },
	{ "lab v7s mtk", &lab_provider_lab, V7S },
};

static void reach_desc(const struct reach_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(reach, reach_cases, reach_desc);

/*
 * Passing proves that a device of 32 bits which does not snoop gets no table in
 * high memory: the page table is refused, and nothing of it is left.
 */
static void high_table_for_32_bit_device_refused(struct kunit *test)
{
	const struct reach_case *c = test->param_value;
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_params p;
	s64 held;

	set_params(test, &p, c->format, c->provider, &lab_bad_high);
	/* Skips where there is no such memory. */
	lab_kunit_high_memory(test, SZ_16K);
	held = lab_high.held_bytes();
	p.coherent = false;
	p.dma_bits = 32;
	if (c->format == V7S) {
		p.quirks = IO_PGTABLE_QUIRK_ARM_MTK_EXT | IO_PGTABLE_QUIRK_NO_PERMS |
			   IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT;
		p.oas = 35;
	}
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(lab_kunit_create(test, &p, tally)), -ENOMEM);
	/* The table was one that the format could have named. */
	lab_kunit_expect_clean(test, tally);
	KUNIT_EXPECT_EQ(test, lab_high.held_bytes(), held);
	KUNIT_EXPECT_EQ(test, atomic64_read(&lab_tables_live), 0);
}

/* Passing proves that what other tasks and interrupts do is not held against one. */
static void section_is_its_tasks_own(struct kunit *test)
{
	struct lab_section section = { .no_alloc = true };
	struct lab_tally *tally = lab_kunit_tally(test);
	void *memory;

	need_watch(test);
	section.tally = tally;
	KUNIT_EXPECT_NULL(test, lab_section_current());
	lab_section_begin(&section);
	KUNIT_EXPECT_PTR_EQ(test, lab_section_current(), &section);
	lab_section_end(&section);
	KUNIT_EXPECT_NULL(test, lab_section_current());
	lab_kunit_expect_clean(test, tally);

	/* Outside, it may allocate. */
	memory = kmalloc(64, GFP_KERNEL);
	kfree(memory);
	lab_kunit_expect_clean(test, tally);

	memset(&section, 0, sizeof(section));
	section.no_alloc = true;
	section.tally = tally;
	lab_section_begin(&section);
	memory = kmalloc(64, GFP_KERNEL);
	lab_section_end(&section);
	kfree(memory);
	lab_kunit_expect_only(test, tally, LAB_RULE_NO_ALLOC, 1);
}

/* Passing proves that what was not watched throughout is not said to be right. */
static void unwatched_is_not_checked(struct kunit *test)
{
	struct lab_section section = { .no_alloc = true };
	struct lab_tally *tally = lab_kunit_tally(test);

	need_watch(test);
	section.tally = tally;
	lab_section_begin(&section);
	lab_watch_stop();
	lab_section_end(&section);
	KUNIT_EXPECT_EQ(test, lab_tally_checked(tally), 0);

	memset(&section, 0, sizeof(section));
	section.no_alloc = true;
	section.tally = tally;
	lab_section_begin(&section);
	lab_section_end(&section);
	KUNIT_EXPECT_EQ(test, lab_tally_checked(tally), 0);
	KUNIT_EXPECT_NULL(test, lab_watch_start());
}

static struct kunit_case section_cases[] = {
	KUNIT_CASE(rule_hooks_paired_fires),
	KUNIT_CASE(rule_cookie_given_fires),
	KUNIT_CASE(rule_gfp_passed_fires),
	KUNIT_CASE(rule_gfp_obeyed_fires_for_sleep),
	KUNIT_CASE(rule_gfp_obeyed_fires_for_zone),
	KUNIT_CASE(rule_no_alloc_fires),
	KUNIT_CASE(rule_dma_identity_fires),
	KUNIT_CASE(rule_dma_identity_fires_for_offset),
	KUNIT_CASE_PARAM(high_table_for_32_bit_device_refused, reach_gen_params),
	KUNIT_CASE(section_is_its_tasks_own),
	KUNIT_CASE(unwatched_is_not_checked),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite section_suite = {
	.name		= "lab_section",
	LAB_SUITE_OF_THE_LAB,
	.test_cases	= section_cases,
};

kunit_test_suite(section_suite);

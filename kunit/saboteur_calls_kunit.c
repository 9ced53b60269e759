// SPDX-License-Identifier: GPL-2.0-only
/*
 * Saboteurs of calls: each passes on what an instance asks of its page table, but for
 * one call that it answers wrongly, and exactly the rule that this breaks fires.
 */
#include <linux/iommu.h>
#include <linux/sizes.h>

#include "dirty.h"
#include "saboteur.h"

#define RW	(IOMMU_READ | IOMMU_WRITE)
#define KERNEL	(&lab_provider_kernel)
#define LAB	(&lab_provider_lab)

enum {
	IOVA	= SZ_1G,
	PA	= SZ_2G + 0,
	PAGES	= 3,
	BYTES	= PAGES * SZ_4K,
};

/* Over whose tables */
enum kinds {
	LAB_LPAE	= BIT(0),
	KERNEL_LPAE	= BIT(1),
	LAB_SHORT	= BIT(2),
	KERNEL_SHORT	= BIT(3),
	NR_KINDS	= 4,
	LPAE		= LAB_LPAE | KERNEL_LPAE,
	ALL		= LPAE | LAB_SHORT | KERNEL_SHORT,
	/* May be asked for what a kernel would WARN of */
	LABS		= LAB_LPAE | LAB_SHORT,
};

/**
 * struct call - a saboteur of calls
 * @name:	in words
 * @kinds:	over whose tables
 * @rule:	the rule that it breaks
 * @act:	what is asked for
 * @bad:	who gets in the way
 */
struct call {
	const char *name;
	enum kinds kinds;
	enum lab_rule rule;
	void (*act)(struct kunit *test, struct lab_instance *inst);
	struct io_pgtable_ops bad;
};

/* What an instance is asked for. */

static void act_map(struct kunit *test, struct lab_instance *inst)
{
	lab_instance_map(inst, IOVA, PA, SZ_4K, PAGES, RW);
}

static void act_unmap(struct kunit *test, struct lab_instance *inst)
{
	lab_instance_unmap(inst, IOVA - BYTES, SZ_4K, PAGES);
}

/* Pages are there from before, @IOVA - BYTES on. */
static void act_verify(struct kunit *test, struct lab_instance *inst)
{
	lab_instance_verify(inst);
}

static void act_map_none(struct kunit *test, struct lab_instance *inst)
{
	KUNIT_EXPECT_EQ(test, -EINVAL, lab_instance_map(inst, IOVA, PA, SZ_4K, 1, IOMMU_CACHE));
}

static void act_map_over(struct kunit *test, struct lab_instance *inst)
{
	lab_instance_map(inst, IOVA - SZ_4K, PA, SZ_4K, 1, RW);
}

static void act_unmap_nothing(struct kunit *test, struct lab_instance *inst)
{
	KUNIT_EXPECT_EQ(test, -ENOENT, lab_instance_unmap(inst, IOVA, SZ_4K, 1));
}

static void act_map_512(struct kunit *test, struct lab_instance *inst)
{
	lab_instance_map(inst, IOVA, PA, SZ_4K, SZ_2M / SZ_4K, RW);
}

static void act_clear_dirty(struct kunit *test, struct lab_instance *inst)
{
	KUNIT_EXPECT_EQ(test, 0, lab_instance_read_dirty(inst, IOVA - BYTES, BYTES, true,
							 NULL, NULL));
}

static void act_read_dirty(struct kunit *test, struct lab_instance *inst)
{
	KUNIT_EXPECT_EQ(test, 0, lab_instance_read_dirty(inst, IOVA - BYTES, BYTES, false,
							 NULL, NULL));
}

/* What saboteurs do. */

static int map_says_more(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t pa,
			 size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	int ret = lab_pass_map(ops, iova, pa, pgsize, pgcount, prot, gfp, mapped);

	*mapped += pgsize;
	return ret;
}

static int map_says_less(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t pa,
			 size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	int ret = lab_pass_map(ops, iova, pa, pgsize, pgcount, prot, gfp, mapped);

	*mapped -= pgsize;
	return ret;
}

static int map_does_nothing(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t pa,
			    size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	*mapped += pgsize * pgcount;
	return 0;
}

/* One page, and then there is no memory, of which it says nothing. */
static int map_fails_silently(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t pa,
			      size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	size_t unsaid = 0;

	lab_pass_map(ops, iova, pa, pgsize, 1, prot, gfp, &unsaid);
	return -ENOMEM;
}

/* One page, and says that it was two. */
static int map_fails_and_boasts(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t pa,
				size_t pgsize, size_t pgcount, int prot, gfp_t gfp,
				size_t *mapped)
{
	lab_pass_map(ops, iova, pa, pgsize, 1, prot, gfp, mapped);
	*mapped += pgsize;
	return -ENOMEM;
}

static int map_is_invalid(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t pa,
			  size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	return -EINVAL;
}

/* A page more than it was asked for. */
static int map_goes_on(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t pa,
		       size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	int ret = lab_pass_map(ops, iova, pa, pgsize, pgcount + 1, prot, gfp, mapped);

	*mapped -= pgsize;
	return ret;
}

static int map_elsewhere(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t pa,
			 size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	return lab_pass_map(ops, iova, pa + pgsize, pgsize, pgcount, prot, gfp, mapped);
}

static int map_writable(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t pa,
			size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	return lab_pass_map(ops, iova, pa, pgsize, pgcount, prot ^ IOMMU_WRITE, gfp, mapped);
}

static int map_cached(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t pa,
		      size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	return lab_pass_map(ops, iova, pa, pgsize, pgcount, prot | IOMMU_CACHE, gfp, mapped);
}

/* A block where pages were asked for. */
static int map_block(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t pa,
		     size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	return lab_pass_map(ops, iova, pa, SZ_2M, 1, prot, gfp, mapped);
}

/* Says no, and maps it. */
static int map_refused_and_done(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t pa,
				size_t pgsize, size_t pgcount, int prot, gfp_t gfp,
				size_t *mapped)
{
	size_t unsaid = 0;

	lab_pass_map(ops, iova, pa, pgsize, pgcount, prot | IOMMU_READ, gfp, &unsaid);
	return -EINVAL;
}

static int map_refused_oddly(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t pa,
			     size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	return -EBUSY;
}

static int map_refuses_and_boasts(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t pa,
				  size_t pgsize, size_t pgcount, int prot, gfp_t gfp,
				  size_t *mapped)
{
	*mapped += pgsize;
	return -EINVAL;
}

/* Takes away what is there before it says no. */
static int map_over_takes(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t pa,
			  size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	struct iommu_iotlb_gather gather;

	iommu_iotlb_gather_init(&gather);
	lab_pass_unmap(ops, iova, pgsize, 1, &gather);
	return -EEXIST;
}

/* Puts another page there. */
static int map_over_replaces(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t pa,
			     size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	struct lab_saboteur *s = lab_saboteur_of(ops);

	map_over_takes(ops, iova, pa, pgsize, pgcount, prot, gfp, mapped);
	io_pgtable_ops_to_pgtable(s->inner)->cfg.tlb->tlb_flush_walk(iova, pgsize, SZ_4K, s->inst);
	return lab_pass_map(ops, iova, pa, pgsize, pgcount, prot, gfp, mapped);
}

static size_t unmap_says_more(struct io_pgtable_ops *ops, unsigned long iova, size_t pgsize,
			      size_t pgcount, struct iommu_iotlb_gather *gather)
{
	return lab_pass_unmap(ops, iova, pgsize, 1, gather) + pgsize;
}

static size_t unmap_says_less(struct io_pgtable_ops *ops, unsigned long iova, size_t pgsize,
			      size_t pgcount, struct iommu_iotlb_gather *gather)
{
	return lab_pass_unmap(ops, iova, pgsize, pgcount, gather) - pgsize;
}

static size_t unmap_does_nothing(struct io_pgtable_ops *ops, unsigned long iova, size_t pgsize,
				 size_t pgcount, struct iommu_iotlb_gather *gather)
{
	return pgsize * pgcount;
}

/* Where nothing is, its neighbour below. */
static size_t unmap_neighbour(struct io_pgtable_ops *ops, unsigned long iova, size_t pgsize,
			      size_t pgcount, struct iommu_iotlb_gather *gather)
{
	struct iommu_iotlb_gather unsaid = { .queued = true };

	lab_pass_unmap(ops, iova - pgsize, pgsize, 1, &unsaid);
	return 0;
}

static phys_addr_t find_no_offset(struct io_pgtable_ops *ops, unsigned long iova)
{
	return lab_pass_iova_to_phys(ops, iova) & ~(phys_addr_t)(SZ_4K - 1);
}

static phys_addr_t find_everywhere(struct io_pgtable_ops *ops, unsigned long iova)
{
	return lab_pass_iova_to_phys(ops, iova) ?: SZ_4K;
}

static phys_addr_t find_nowhere(struct io_pgtable_ops *ops, unsigned long iova)
{
	return 0;
}

static int dirty_reports_more(struct io_pgtable_ops *ops, unsigned long iova, size_t size,
			      unsigned long flags, struct iommu_dirty_bitmap *dirty)
{
	iommu_dirty_bitmap_record(dirty, iova, SZ_4K);
	return lab_pass_dirty(ops, iova, size, flags, dirty);
}

static int dirty_reports_none(struct io_pgtable_ops *ops, unsigned long iova, size_t size,
			      unsigned long flags, struct iommu_dirty_bitmap *dirty)
{
	return 0;
}

static int dirty_never_clears(struct io_pgtable_ops *ops, unsigned long iova, size_t size,
			      unsigned long flags, struct iommu_dirty_bitmap *dirty)
{
	return lab_pass_dirty(ops, iova, size, flags | IOMMU_DIRTY_NO_CLEAR, dirty);
}

static int dirty_always_clears(struct io_pgtable_ops *ops, unsigned long iova, size_t size,
			       unsigned long flags, struct iommu_dirty_bitmap *dirty)
{
	return lab_pass_dirty(ops, iova, size, flags & ~IOMMU_DIRTY_NO_CLEAR, dirty);
}

/* Clears the neighbour above, too. */
static int dirty_clears_more(struct io_pgtable_ops *ops, unsigned long iova, size_t size,
			     unsigned long flags, struct iommu_dirty_bitmap *dirty)
{
	struct iommu_dirty_bitmap unsaid;

	iommu_dirty_bitmap_init(&unsaid, NULL, NULL);
	if (!(flags & IOMMU_DIRTY_NO_CLEAR))
		lab_pass_dirty(ops, iova + size, SZ_4K, flags, &unsaid);
	return lab_pass_dirty(ops, iova, size, flags, dirty);
}

static int dirty_fails(struct io_pgtable_ops *ops, unsigned long iova, size_t size,
		       unsigned long flags, struct iommu_dirty_bitmap *dirty)
{
	lab_pass_dirty(ops, iova, size, flags, dirty);
	return -EIO;
}

static const struct call calls[] = {
	{ "map says a page more", ALL, LAB_RULE_MAPPED_EXACT, act_map,
	  { .map_pages = map_says_more } },
	{ "map says a page less", ALL, LAB_RULE_MAPPED_EXACT, act_map,
	  { .map_pages = map_says_less } },
	{ "map only says so", ALL, LAB_RULE_MAPPED_EXACT, act_map,
	  { .map_pages = map_does_nothing } },
	{ "map fails, and hides a page", ALL, LAB_RULE_MAPPED_EXACT, act_map,
	  { .map_pages = map_fails_silently } },
	{ "map fails, and boasts of one", ALL, LAB_RULE_MAPPED_EXACT, act_map,
	  { .map_pages = map_fails_and_boasts } },
	{ "map finds it invalid", ALL, LAB_RULE_MAPPED_EXACT, act_map,
	  { .map_pages = map_is_invalid } },
	{ "map refuses with EBUSY", ALL, LAB_RULE_MAPPED_EXACT, act_map_none,
	  { .map_pages = map_refused_oddly } },
	{ "unmap says a page more", ALL, LAB_RULE_MAPPED_EXACT, act_unmap,
	  { .unmap_pages = unmap_says_more } },
	{ "unmap says a page less", ALL, LAB_RULE_MAPPED_EXACT, act_unmap,
	  { .unmap_pages = unmap_says_less } },
	{ "unmap only says so", ALL, LAB_RULE_MAPPED_EXACT, act_unmap,
	  { .unmap_pages = unmap_does_nothing } },

	{ "map goes on", ALL, LAB_RULE_NO_STRAY, act_map,
	  { .map_pages = map_goes_on } },
	{ "map takes a block", LPAE, LAB_RULE_NO_STRAY, act_map_512,
	  { .map_pages = map_block } },
	{ "map leads elsewhere", ALL, LAB_RULE_TRANSLATION, act_map,
	  { .map_pages = map_elsewhere } },
	{ "map is not writable", ALL, LAB_RULE_PERMISSIONS, act_map,
	  { .map_pages = map_writable } },
	{ "map is cached", ALL, LAB_RULE_ATTRIBUTES, act_map,
	  { .map_pages = map_cached } },
	{ "iova_to_phys loses the offset", ALL, LAB_RULE_TRANSLATION, act_verify,
	  { .iova_to_phys = find_no_offset } },
	{ "iova_to_phys finds too much", ALL, LAB_RULE_TRANSLATION, act_verify,
	  { .iova_to_phys = find_everywhere } },
	{ "iova_to_phys finds nothing", ALL, LAB_RULE_TRANSLATION, act_verify,
	  { .iova_to_phys = find_nowhere } },

	{ "map refuses, and does it", ALL, LAB_RULE_REFUSED_UNCHANGED, act_map_none,
	  { .map_pages = map_refused_and_done } },
	{ "map refuses, and boasts", ALL, LAB_RULE_REFUSED_UNCHANGED, act_map_none,
	  { .map_pages = map_refuses_and_boasts } },
	{ "map over takes a page away", LABS, LAB_RULE_REFUSED_UNCHANGED, act_map_over,
	  { .map_pages = map_over_takes } },
	{ "map over replaces a page", LABS, LAB_RULE_REFUSED_UNCHANGED, act_map_over,
	  { .map_pages = map_over_replaces } },
	{ "map over with EBUSY", LABS, LAB_RULE_REFUSED_UNCHANGED, act_map_over,
	  { .map_pages = map_refused_oddly } },
	{ "unmap of nothing takes a neighbour", LABS, LAB_RULE_REFUSED_UNCHANGED, act_unmap_nothing,
	  { .unmap_pages = unmap_neighbour } },

	{ "dirty reports a clean page", LPAE, LAB_RULE_DIRTY_EXACT, act_clear_dirty,
	  { .read_and_clear_dirty = dirty_reports_more } },
	{ "dirty reports none", LPAE, LAB_RULE_DIRTY_EXACT, act_read_dirty,
	  { .read_and_clear_dirty = dirty_reports_none } },
	{ "dirty never clears", LPAE, LAB_RULE_DIRTY_EXACT, act_clear_dirty,
	  { .read_and_clear_dirty = dirty_never_clears } },
	{ "dirty always clears", LPAE, LAB_RULE_DIRTY_EXACT, act_read_dirty,
	  { .read_and_clear_dirty = dirty_always_clears } },
	{ "dirty clears a page more", LPAE, LAB_RULE_DIRTY_EXACT, act_clear_dirty,
	  { .read_and_clear_dirty = dirty_clears_more } },
	{ "dirty fails", LPAE, LAB_RULE_DIRTY_EXACT, act_read_dirty,
	  { .read_and_clear_dirty = dirty_fails } },
};

/**
 * struct call_case - a call as a KUnit parameter
 * @call:	the call
 * @provider:	who builds the tables
 * @format:	number of the format
 */
struct call_case {
	const struct call *call;
	const struct lab_provider *provider;
	unsigned int format;
};

LAB_GENERATOR(next_call)
{
	static struct call_case cases[NR_KINDS * ARRAY_SIZE(calls)];
	struct call_case *c = prev ? (struct call_case *)prev + 1 : cases;

	for (; c < cases + ARRAY_SIZE(cases); c++) {
		size_t i = c - cases, kind = i % NR_KINDS;

		c->call = &calls[i / NR_KINDS];
		if (!(c->call->kinds & BIT(kind)))
			continue;
		c->provider = BIT(kind) & LABS ? LAB : KERNEL;
		c->format = BIT(kind) & LPAE ? LAB_LPAE_S1 : LAB_V7S;
		snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s %s %s", c->provider->name,
			 lab_formats[c->format].name, c->call->name);
		return c;
	}
	return NULL;
}

/* The ones that are given take the place of those that pass everything on. */
static void get_in_the_way(struct kunit *test, struct lab_instance *inst,
			   const struct io_pgtable_ops *bad)
{
	struct io_pgtable_ops *ops = &lab_saboteur_enter(test, inst)->ops;

	ops->map_pages = bad->map_pages ?: ops->map_pages;
	ops->unmap_pages = bad->unmap_pages ?: ops->unmap_pages;
	ops->iova_to_phys = bad->iova_to_phys ?: ops->iova_to_phys;
	ops->read_and_clear_dirty = bad->read_and_clear_dirty ?: ops->read_and_clear_dirty;
}

/*
 * Passing proves that one wrong answer is found, by the rule that it breaks and no
 * other, and that the lab goes on with what is there.
 */
static void call_is_found(struct kunit *test)
{
	const struct call_case *c = test->param_value;
	struct lab_tally *tally = lab_kunit_tally(test);
	bool dirty = c->call->bad.read_and_clear_dirty;
	struct lab_instance *inst;

	inst = lab_sabotage_create(test, c->format, c->provider,
				   dirty ? IO_PGTABLE_QUIRK_ARM_HD : 0, tally);
	/* From before: three pages, of those of dirty state one more that is not asked for. */
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, IOVA - BYTES, PA, SZ_4K, PAGES + dirty,
						  RW));
	if (dirty) {
		KUNIT_ASSERT_EQ(test, 0, lab_instance_read_all_dirty(inst, true, NULL, NULL));
		KUNIT_ASSERT_EQ(test, 0, lab_instance_touch(inst, IOVA - SZ_4K));
		KUNIT_ASSERT_EQ(test, 0, lab_instance_touch(inst, IOVA));
	}
	lab_instance_verify(inst);
	lab_kunit_expect_clean(test, tally);

	get_in_the_way(test, inst, &c->call->bad);
	c->call->act(test, inst);
	lab_kunit_expect_fired(test, tally, c->call->rule);
}

static void dirty_state_is_exact(struct kunit *test, const struct lab_provider *provider)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst;

	inst = lab_sabotage_create(test, LAB_LPAE_S1, provider, IO_PGTABLE_QUIRK_ARM_HD, tally);
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, IOVA, PA, SZ_4K, 20, RW));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, IOVA + SZ_1M, PA, SZ_4K, 1, IOMMU_READ));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, IOVA + SZ_2M, PA, SZ_2M, 2, RW));
	/* As mapped, all that may be written counts as written. */
	KUNIT_EXPECT_EQ(test, 0, lab_instance_read_all_dirty(inst, false, NULL, NULL));
	KUNIT_EXPECT_EQ(test, 0, lab_instance_read_all_dirty(inst, true, NULL, NULL));
	KUNIT_EXPECT_EQ(test, 0, lab_instance_touch(inst, IOVA + 7 * SZ_4K + 42));
	KUNIT_EXPECT_EQ(test, 0, lab_instance_touch(inst, IOVA + SZ_4M));
	KUNIT_EXPECT_EQ(test, -EACCES, lab_instance_touch(inst, IOVA + SZ_1M));
	KUNIT_EXPECT_EQ(test, -ENOENT, lab_instance_touch(inst, IOVA + SZ_1M + SZ_4K));
	KUNIT_EXPECT_EQ(test, 0, lab_instance_read_dirty(inst, IOVA + 5 * SZ_4K, 4 * SZ_4K, true,
							 NULL, NULL));
	KUNIT_EXPECT_EQ(test, 0, lab_instance_read_all_dirty(inst, true, NULL, NULL));
	/* What would make a kernel WARN, or cut a page, is refused. */
	KUNIT_EXPECT_EQ(test, -ENOENT, lab_instance_read_dirty(inst, IOVA, SZ_2M, true, NULL,
							       NULL));
	KUNIT_EXPECT_EQ(test, -EINVAL, lab_instance_read_dirty(inst, IOVA + SZ_2M + SZ_4K, SZ_4K,
							       true, NULL, NULL));
	KUNIT_EXPECT_GT(test, atomic64_read(&tally->checked[LAB_RULE_DIRTY_EXACT]), 40);
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

/* Passing proves that the lab reads and clears dirty state exactly. */
static void dirty_of_lab(struct kunit *test)
{
	dirty_state_is_exact(test, LAB);
}

/* Passing proves that the kernel does. */
static void dirty_of_kernel(struct kunit *test)
{
	dirty_state_is_exact(test, KERNEL);
}

static struct kunit_case saboteur_calls_cases[] = {
	KUNIT_CASE_PARAM(call_is_found, next_call),
	KUNIT_CASE(dirty_of_lab),
	KUNIT_CASE(dirty_of_kernel),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite saboteur_calls_suite = {
	.name		= "lab_saboteur_calls",
	LAB_SUITE_OF_THE_LAB,
	.test_cases	= saboteur_calls_cases,
};

kunit_test_suite(saboteur_calls_suite);

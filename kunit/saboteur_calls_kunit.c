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

/**
 * struct call - a saboteur of calls
 * @name:	in words
 * @provider:	who builds the tables
 * @format:	number of the format
 * @quirks:	IO_PGTABLE_QUIRK_*
 * @rule:	the rule that it breaks
 * @spoil:	gets in the way; what is mapped already is as @act found it
 * @act:	what is then asked for
 */
struct call {
	const char *name;
	const struct lab_provider *provider;
	unsigned int format;
	unsigned long quirks;
	enum lab_rule rule;
	void (*spoil)(struct io_pgtable_ops *ops);
	void (*act)(struct kunit *test, struct lab_instance *inst);
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
	map_over_takes(ops, iova, pa, pgsize, pgcount, prot, gfp, mapped);
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
	lab_pass_unmap(ops, iova - pgsize, pgsize, 1, gather);
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

#define SPOIL(_op, _how)								\
	static void spoil_##_how(struct io_pgtable_ops *ops)				\
	{										\
		ops->_op = _how;							\
	}

SPOIL(map_pages, map_says_more)
SPOIL(map_pages, map_says_less)
SPOIL(map_pages, map_does_nothing)
SPOIL(map_pages, map_fails_silently)
SPOIL(map_pages, map_fails_and_boasts)
SPOIL(map_pages, map_is_invalid)
SPOIL(map_pages, map_goes_on)
SPOIL(map_pages, map_elsewhere)
SPOIL(map_pages, map_writable)
SPOIL(map_pages, map_cached)
SPOIL(map_pages, map_block)
SPOIL(map_pages, map_refused_and_done)
SPOIL(map_pages, map_refused_oddly)
SPOIL(map_pages, map_refuses_and_boasts)
SPOIL(map_pages, map_over_takes)
SPOIL(map_pages, map_over_replaces)
SPOIL(unmap_pages, unmap_says_more)
SPOIL(unmap_pages, unmap_says_less)
SPOIL(unmap_pages, unmap_does_nothing)
SPOIL(unmap_pages, unmap_neighbour)
SPOIL(iova_to_phys, find_no_offset)
SPOIL(iova_to_phys, find_everywhere)
SPOIL(iova_to_phys, find_nowhere)
SPOIL(read_and_clear_dirty, dirty_reports_more)
SPOIL(read_and_clear_dirty, dirty_reports_none)
SPOIL(read_and_clear_dirty, dirty_never_clears)
SPOIL(read_and_clear_dirty, dirty_always_clears)
SPOIL(read_and_clear_dirty, dirty_clears_more)
SPOIL(read_and_clear_dirty, dirty_fails)

#define CALL1(_who, _name, _format, _rule, _how, _act, ...)				\
	{ .name = _name, .provider = _who, .format = _format,				\
	  .rule = LAB_RULE_##_rule, .spoil = spoil_##_how, .act = act_##_act, ##__VA_ARGS__ }

/* Over the tables of both, in LPAE and v7s. */
#define CALL(_name, _rule, _how, _act)							\
	CALL1(LAB, "lab lpae " _name, LAB_LPAE_S1, _rule, _how, _act),			\
	CALL1(KERNEL, "kernel lpae " _name, LAB_LPAE_S1, _rule, _how, _act),		\
	CALL1(LAB, "lab v7s " _name, LAB_V7S, _rule, _how, _act),			\
	CALL1(KERNEL, "kernel v7s " _name, LAB_V7S, _rule, _how, _act)

/* The lab's alone: it may be asked for what a kernel would WARN of. */
#define CALL_QUIET(_name, _rule, _how, _act)						\
	CALL1(LAB, "lab lpae " _name, LAB_LPAE_S1, _rule, _how, _act),			\
	CALL1(LAB, "lab v7s " _name, LAB_V7S, _rule, _how, _act)

#define CALL_DIRTY(_name, _how, _act)							\
	CALL1(LAB, "lab " _name, LAB_LPAE_S1, DIRTY_EXACT, _how, _act,			\
	      .quirks = IO_PGTABLE_QUIRK_ARM_HD),					\
	CALL1(KERNEL, "kernel " _name, LAB_LPAE_S1, DIRTY_EXACT, _how, _act,		\
	      .quirks = IO_PGTABLE_QUIRK_ARM_HD)

static const struct call calls[] = {
	CALL("map says a page more", MAPPED_EXACT, map_says_more, map),
	CALL("map says a page less", MAPPED_EXACT, map_says_less, map),
	CALL("map only says so", MAPPED_EXACT, map_does_nothing, map),
	CALL("map fails, and hides a page", MAPPED_EXACT, map_fails_silently, map),
	CALL("map fails, and boasts of one", MAPPED_EXACT, map_fails_and_boasts, map),
	CALL("map finds it invalid", MAPPED_EXACT, map_is_invalid, map),
	CALL("map refuses with EBUSY", MAPPED_EXACT, map_refused_oddly, map_none),
	CALL("unmap says a page more", MAPPED_EXACT, unmap_says_more, unmap),
	CALL("unmap says a page less", MAPPED_EXACT, unmap_says_less, unmap),
	CALL("unmap only says so", MAPPED_EXACT, unmap_does_nothing, unmap),

	CALL("map goes on", NO_STRAY, map_goes_on, map),
	CALL1(LAB, "lab lpae map takes a block", LAB_LPAE_S1, NO_STRAY, map_block, map_512),
	CALL1(KERNEL, "kernel lpae map takes a block", LAB_LPAE_S1, NO_STRAY, map_block,
	      map_512),
	CALL("map leads elsewhere", TRANSLATION, map_elsewhere, map),
	CALL("map is not writable", PERMISSIONS, map_writable, map),
	CALL("map is cached", ATTRIBUTES, map_cached, map),
	CALL("iova_to_phys loses the offset", TRANSLATION, find_no_offset, verify),
	CALL("iova_to_phys finds too much", TRANSLATION, find_everywhere, verify),
	CALL("iova_to_phys finds nothing", TRANSLATION, find_nowhere, verify),

	CALL("map refuses, and does it", REFUSED_UNCHANGED, map_refused_and_done, map_none),
	CALL("map refuses, and boasts", REFUSED_UNCHANGED, map_refuses_and_boasts, map_none),
	CALL_QUIET("map over takes a page away", REFUSED_UNCHANGED, map_over_takes, map_over),
	CALL_QUIET("map over replaces a page", REFUSED_UNCHANGED, map_over_replaces, map_over),
	CALL_QUIET("map over with EBUSY", REFUSED_UNCHANGED, map_refused_oddly, map_over),
	CALL_QUIET("unmap of nothing takes a neighbour", REFUSED_UNCHANGED, unmap_neighbour,
		   unmap_nothing),

	CALL_DIRTY("dirty reports a clean page", dirty_reports_more, clear_dirty),
	CALL_DIRTY("dirty reports none", dirty_reports_none, read_dirty),
	CALL_DIRTY("dirty never clears", dirty_never_clears, clear_dirty),
	CALL_DIRTY("dirty always clears", dirty_always_clears, read_dirty),
	CALL_DIRTY("dirty clears a page more", dirty_clears_more, clear_dirty),
	CALL_DIRTY("dirty fails", dirty_fails, read_dirty),
};

static void call_desc(const struct call *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(calls, calls, call_desc);

/*
 * Passing proves that one wrong answer is found, by the rule that it breaks and no
 * other, and that the lab goes on with what is there.
 */
static void call_is_found(struct kunit *test)
{
	const struct call *c = test->param_value;
	struct lab_tally *tally = lab_kunit_tally(test);
	bool dirty = c->rule == LAB_RULE_DIRTY_EXACT;
	struct lab_instance *inst;
	struct lab_saboteur *s;

	inst = lab_sabotage_create(test, c->format, c->provider, c->quirks, tally);
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

	s = lab_saboteur_enter(test, inst);
	c->spoil(&s->ops);
	c->act(test, inst);
	lab_kunit_expect_fired(test, tally, c->rule);
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
	KUNIT_CASE_PARAM(call_is_found, calls_gen_params),
	KUNIT_CASE(dirty_of_lab),
	KUNIT_CASE(dirty_of_kernel),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite saboteur_calls_suite = {
	.name		= "lab_saboteur_calls",
	.test_cases	= saboteur_calls_cases,
};

kunit_test_suite(saboteur_calls_suite);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation fails in turn, by the kernel's own failslab and
 * fail_page_alloc: whatever it is for, and whoever's tables they are.
 *
 * current->fail_nth says which, so that no other task is disturbed.  What the
 * kernel's debugging allocates on the way fails as well, and ought to be
 * tolerated: an operation may fail, or work.
 */
#include <linux/bitmap.h>
#include <linux/cpumask.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "fail.h"
#include "compat/compat.h"

static bool knobs_set;
module_param(knobs_set, bool, 0);
MODULE_PARM_DESC(knobs_set, "failslab and fail_page_alloc were set to fail GFP_KERNEL: fail, not skip, where they do not");

#define MOST_TABLES	64UL
#define MOST_SWEEPS	8

#if IS_ENABLED(CONFIG_FAILSLAB) && IS_ENABLED(CONFIG_FAIL_PAGE_ALLOC)
/* What stands in the way of a sweep, or NULL. */
static const char *not_in_force(void)
{
	struct page *page;
	void *object;

	current->fail_nth = 1;
	object = kmalloc(SZ_64, GFP_KERNEL | __GFP_NOWARN);
	current->fail_nth = 1;
	page = alloc_page(GFP_KERNEL | __GFP_NOWARN);
	current->fail_nth = 0;

	kfree(object);
	if (page)
		__free_page(page);
	if (object)
		return "failslab does not fail GFP_KERNEL here: set failslab/ignore-gfp-wait to N";
	if (page)
		return "fail_page_alloc does not fail a page of GFP_KERNEL: set its knobs";
	return NULL;
}

/*
 * kmem_cache_create() dumps the stack when it fails, which is what a bug looks
 * like: whether a filter spares it.
 */
static bool caches_are_spared(void)
{
	const unsigned int far = LAB_FAIL_MOST;
	struct kmem_cache *cache;
	bool spared;

	current->fail_nth = far;
	cache = kmem_cache_create("io_pgtable_lab_spared", SZ_64, 0, SLAB_NO_MERGE, NULL);
	spared = current->fail_nth == far;
	current->fail_nth = 0;
	kmem_cache_destroy(cache);
	return spared;
}

static void not_checked(struct kunit *test, bool set, const char *why)
{
	if (set)
		KUNIT_FAIL_AND_ABORT(test, "not checked, but the knobs are set: %s", why);
	kunit_skip(test, "not checked: %s", why);
}

static void need_faults(struct kunit *test)
{
	const char *why = not_in_force();

	lab_config_need(test, test->param_value);
	if (why)
		not_checked(test, knobs_set, why);
	/* What the slab keeps per CPU makes one run differ from the next. */
	set_cpus_allowed_ptr(current, cpumask_of(raw_smp_processor_id()));
}

static int count_table(void *ctx, const struct lab_walk_table *table)
{
	++*(unsigned long *)ctx;
	return 0;
}

static unsigned long nr_tables(struct kunit *test, struct lab_instance *inst)
{
	static const struct lab_walk_visitor visitor = { .table = count_table };
	unsigned long nr = 0;

	KUNIT_EXPECT_EQ(test, lab_instance_walk(inst, &visitor, &nr), 0);
	return nr;
}

/**
 * struct sweep - what sweeps over a configuration have met
 * @allocations: that failed
 * @errors:	that operations returned
 * @tables:	in the tree at the end of a run
 * @without:	bit N: with N tables in the tree, the next could not be had
 */
struct sweep {
	u64 allocations, errors;
	unsigned long tables;
	DECLARE_BITMAP(without, MOST_TABLES);
};

/* Whether the program's long run is still to come: what follows may be brief. */
static bool is_early(const struct lab_step *step)
{
	if (step->tables)
		return false;
	while (step->what != NO_STEP && !step->tables)
		step++;
	return step->tables;
}

/* Whether a run met its failure, which is that of the @nth allocation in a step. */
static bool fails_at(struct kunit *test, const struct lab_step *step, u64 nth,
		     struct lab_tally *tally, struct sweep *sweep)
{
	struct lab_run run = { .test = test, .n = nth, .fused = step,
			       .brief = is_early(step) };
	const struct lab_step *failed;
	bool came;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, lab_run_create(&run, test->param_value, 0, tally));
	run.fuse = nth;
	failed = lab_run_go(&run, lab_program);
	came = !run.fuse;
	run.fuse = 0;
	sweep->allocations += came;
	if (failed) {
		KUNIT_EXPECT_TRUE_MSG(test, came, "%s: %d before anything failed",
				      failed->text, run.ret);
		sweep->errors++;
		__set_bit(min(nr_tables(test, run.inst), MOST_TABLES - 1), sweep->without);
		lab_run_recover(&run, failed);
	} else {
		lab_run_expect_right(&run, "no error");
	}
	sweep->tables = nr_tables(test, run.inst);
	lab_kunit_destroy(test, run.inst);
	KUNIT_EXPECT_EQ(test, atomic64_read(&lab_tables_live), 0);
	return came;
}

/*
 * Whether each table but the root was one that could not be had.  Reserves are
 * made for several at a time.
 */
static bool all_were_met(const struct lab_config *c, const struct sweep *sweep)
{
	if (c->allocator && c->allocator->reserve)
		return sweep->errors > 3;
	return sweep->tables > 3 && sweep->tables < MOST_TABLES &&
	       find_next_zero_bit(sweep->without, sweep->tables, 1) == sweep->tables;
}

/*
 * Passing proves that whichever allocation fails in an operation, it works all
 * the same, or the caller is told; what it is told is mapped is mapped, what was
 * mapped stays so, nothing leaks, and the same program works afterwards.
 */
static void any_allocation_may_fail(struct kunit *test)
{
	const struct lab_config *c = test->param_value;
	struct lab_tally *tally = lab_kunit_tally(test);
	struct sweep sweep = {};
	int sweeps = 0;

	need_faults(test);
	/*
	 * Other allocations come and go between two runs, as slabs are refilled, so
	 * that a count may pass over a table.  Step by step it hardly does, and what
	 * one sweep passed over another will meet.
	 */
	do {
		for (const struct lab_step *s = lab_program; s->what != NO_STEP; s++) {
			u64 nth = 1;

			while (nth < LAB_FAIL_MOST && fails_at(test, s, nth, tally, &sweep))
				nth++;
			KUNIT_ASSERT_LT(test, nth, LAB_FAIL_MOST);
		}
	} while (!all_were_met(c, &sweep) && ++sweeps < MOST_SWEEPS);

	kunit_info(test, "%llu allocations failed, %llu errors, %lu tables", sweep.allocations,
		   sweep.errors, sweep.tables);
	KUNIT_EXPECT_TRUE_MSG(test, all_were_met(c, &sweep), "without %*pbl",
			      (int)MOST_TABLES, sweep.without);
	lab_kunit_expect_clean(test, tally);
}

/* Whether an instance that the @nth allocation of is to fail met its failure. */
static bool creation_fails_at(struct kunit *test, u64 nth, struct lab_tally *tally, u64 *errors)
{
	struct lab_run run = { .test = test, .n = nth, .fuse = nth, .brief = true };
	bool came;

	lab_run_create(&run, test->param_value, 0, tally);
	came = !run.fuse;
	if (IS_ERR(run.inst)) {
		KUNIT_EXPECT_TRUE(test, came);
		KUNIT_EXPECT_EQ_MSG(test, PTR_ERR(run.inst), -ENOMEM, "failure %llu", nth);
		KUNIT_EXPECT_EQ(test, atomic64_read(&lab_tables_live), 0);
		++*errors;
		return true;
	}
	run.fuse = 0;
	KUNIT_EXPECT_NULL(test, lab_run_go(&run, lab_program));
	lab_run_expect_right(&run, "no error");
	lab_kunit_destroy(test, run.inst);
	return came;
}

/*
 * Passing proves that whichever allocation fails while an instance is made, there
 * is one that works, or an error and nothing left.
 */
static void any_allocation_of_creation_may_fail(struct kunit *test)
{
	const struct lab_config *c = test->param_value;
	struct lab_tally *tally = lab_kunit_tally(test);
	u64 nth = 1, errors = 0;

	need_faults(test);
	if (c->allocator == &lab_genpool)
		not_checked(test, false, "gen_pool_add() dumps the stack when it fails");
	if (c->format->fmt == ARM_V7S && c->provider == &lab_provider_kernel &&
	    !caches_are_spared())
		not_checked(test, knobs_set && IS_ENABLED(CONFIG_FAULT_INJECTION_STACKTRACE_FILTER),
			    "kmem_cache_create() dumps the stack when it fails: spare it by reject-start and reject-end (CONFIG_FAULT_INJECTION_STACKTRACE_FILTER)");

	/* Caches that stay are there from now on. */
	lab_kunit_destroy(test, lab_config_create(test, c, tally));
	while (nth < LAB_FAIL_MOST && creation_fails_at(test, nth, tally, &errors))
		nth++;
	kunit_info(test, "%llu allocations failed, %llu errors", nth - 1, errors);
	KUNIT_EXPECT_LT(test, nth, LAB_FAIL_MOST);
	/* The instance, its device, the page table, the root at least. */
	KUNIT_EXPECT_GT(test, errors, 3);
	lab_kunit_expect_clean(test, tally);
}

/* Passing proves that what the instance itself allocates may fail as well. */
static void map_is_all_or_nothing(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst;
	unsigned int nth = 0, place = 0, left, errors = 0, sweeps = 0;
	u64 page, reach;

	need_faults(test);
	inst = lab_config_create(test, test->param_value, tally);
	page = inst->cfg.pgsize_bitmap & -inst->cfg.pgsize_bitmap;
	reach = lab_table_reach(inst);
	do {
		/* A place of its own for each, without tables. */
		u64 iova = 2 * reach * ++place - page;
		struct lab_answers a;
		int ret;

		KUNIT_ASSERT_LT(test, place, 400);
		current->fail_nth = ++nth;
		ret = lab_instance_map(inst, iova, SZ_1G, page, 2, IOMMU_READ);
		left = current->fail_nth;
		current->fail_nth = 0;
		if (ret) {
			errors++;
			KUNIT_EXPECT_EQ(test, left, 0);
			KUNIT_EXPECT_EQ(test, ret, -ENOMEM);
		}
		for (int i = 0; i < 2; i++) {
			KUNIT_ASSERT_EQ(test, 0, lab_instance_translate(inst, iova + i * page, &a));
			KUNIT_EXPECT_TRUE(test, a.agree);
			KUNIT_EXPECT_EQ(test, a.mapped, !ret);
		}
		if (ret)
			KUNIT_EXPECT_EQ(test, 0, lab_instance_map(inst, iova, SZ_1G, page, 2,
								  IOMMU_READ));
		/* As above: what one sweep passed over another will meet. */
		if (left && errors < 3)
			nth = 0;
	} while (!left || (!nth && ++sweeps < MOST_SWEEPS));
	/* Two tables, and what is kept in the model. */
	KUNIT_EXPECT_GE(test, errors, 3);
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}
#else
static void any_allocation_may_fail(struct kunit *test)
{
	kunit_skip(test, "not checked: this kernel lacks FAILSLAB or FAIL_PAGE_ALLOC");
}

static void any_allocation_of_creation_may_fail(struct kunit *test)
{
	any_allocation_may_fail(test);
}

static void map_is_all_or_nothing(struct kunit *test)
{
	any_allocation_may_fail(test);
}
#endif

LAB_GENERATOR(gen_all)
{
	return lab_fail_all(prev, desc);
}

static struct kunit_case failslab_cases[] = {
	KUNIT_CASE_PARAM(any_allocation_may_fail, gen_all),
	KUNIT_CASE_PARAM(any_allocation_of_creation_may_fail, gen_all),
	KUNIT_CASE_PARAM(map_is_all_or_nothing, gen_all),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite failslab_suite = {
	.name		= "lab_failslab",
	.test_cases	= failslab_cases,
};

kunit_test_suite(failslab_suite);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every table of a program fails in turn, by the ledger's fail_nth; and where
 * tables are reserved, every reserve runs dry in turn.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sizes.h>

#include "fail.h"
#include "compat/compat.h"

/* How many tables the program takes, and how many at a time, undisturbed. */
static struct lab_ledger_stats undisturbed(struct kunit *test, const struct lab_config *c,
					   struct lab_tally *tally)
{
	struct lab_run run = { .test = test };
	const struct lab_step *failed;
	struct lab_ledger_stats stats;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, lab_run_create(&run, c, 0, tally));
	failed = lab_run_go(&run, lab_program);
	KUNIT_ASSERT_NULL_MSG(test, failed, "%s: %d", failed ? failed->text : "", run.ret);
	lab_run_expect_right(&run, "undisturbed");
	stats = lab_ledger_stats(&run.inst->ledger);
	KUNIT_EXPECT_EQ(test, stats.failed, 0);
	lab_kunit_destroy(test, run.inst);
	return stats;
}

/* Whether a run met its failure, which is that of the @nth table. */
static bool fails_at(struct kunit *test, const struct lab_config *c, u64 nth,
		     struct lab_tally *tally)
{
	struct lab_run run = { .test = test, .n = nth };
	const struct lab_step *failed;

	if (IS_ERR(lab_run_create(&run, c, nth, tally))) {
		KUNIT_EXPECT_EQ(test, PTR_ERR(run.inst), -ENOMEM);
		KUNIT_EXPECT_EQ_MSG(test, nth, 1, "only the root is made with the instance");
		KUNIT_EXPECT_EQ(test, atomic64_read(&lab_tables_live), 0);
		return true;
	}
	failed = lab_run_go(&run, lab_program);
	if (failed) {
		lab_run_recover(&run, failed);
		lab_run_once_more(&run);
	}
	KUNIT_EXPECT_EQ(test, lab_ledger_stats(&run.inst->ledger).failed, !!failed);
	lab_kunit_destroy(test, run.inst);
	KUNIT_EXPECT_EQ(test, atomic64_read(&lab_tables_live), 0);
	return failed;
}

/*
 * Passing proves that whichever table cannot be had, the caller is told, what it
 * is told is mapped is mapped, what was mapped stays so, nothing leaks, and the
 * same program works afterwards.
 */
static void any_table_may_fail(struct kunit *test)
{
	const struct lab_config *c = test->param_value;
	struct lab_tally *tally = lab_kunit_tally(test);
	u64 failures = 0;

	lab_config_need(test, c);
	while (failures < LAB_FAIL_MOST && fails_at(test, c, failures + 1, tally))
		failures++;

	KUNIT_EXPECT_GT(test, failures, 2);
	KUNIT_EXPECT_EQ(test, failures, undisturbed(test, c, tally).allocs);
	lab_kunit_expect_clean(test, tally);
}

/* Whether a run ended early, with @nr tables in reserve and no more to come. */
static bool runs_dry(struct kunit *test, const struct lab_config *c, u64 nr,
		     struct lab_tally *tally)
{
	struct lab_run run = { .test = test, .n = nr, .dry = true };
	const struct lab_step *failed;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, lab_run_create(&run, c, 0, tally));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_reserve(run.inst, nr));
	failed = lab_run_go(&run, lab_program);
	if (failed) {
		lab_run_recover(&run, failed);
		lab_run_once_more(&run);
	}
	lab_kunit_destroy(test, run.inst);
	KUNIT_EXPECT_EQ(test, atomic64_read(&lab_tables_live), 0);
	return failed;
}

/*
 * Passing proves that a reserve that is too small by any number of tables is an
 * error that the caller sees, and that one that is large enough lasts.
 */
static void any_reserve_may_run_dry(struct kunit *test)
{
	const struct lab_config *c = test->param_value;
	struct lab_tally *tally = lab_kunit_tally(test);
	u64 nr = 0;

	lab_config_need(test, c);
	while (nr < LAB_FAIL_MOST && runs_dry(test, c, nr, tally))
		nr++;

	KUNIT_EXPECT_GT(test, nr, 2);
	/* What is freed is ready again; the root is not from the reserve. */
	KUNIT_EXPECT_EQ(test, nr, undisturbed(test, c, tally).live_peak - 1);
	lab_kunit_expect_clean(test, tally);
}

/* An instance with the whole program mapped, for somebody to spoil. */
static void run_program(struct kunit *test, struct lab_run *run)
{
	static const struct lab_config config = {
		"spoiled", &lab_formats[LAB_LPAE_S1], &lab_provider_lab, &lab_page,
	};

	lab_config_need(test, &config);
	run->test = test;
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, lab_run_create(run, &config, 0, lab_kunit_tally(test)));
	KUNIT_ASSERT_NULL(test, lab_run_go(run, lab_program));
	KUNIT_ASSERT_NULL(test, lab_run_check(run));
}

/* Passing proves that the sweeps see it when a map says that it mapped too much. */
static void too_much_said_is_noticed(struct kunit *test)
{
	struct lab_run run = {};

	run_program(test, &run);
	run.ranges[0].bytes += run.ranges[0].pgsize;
	KUNIT_EXPECT_NOT_NULL(test, lab_run_check(&run));
}

/* Passing proves that the sweeps see it when a map says that it mapped too little. */
static void too_little_said_is_noticed(struct kunit *test)
{
	struct lab_run run = {};

	run_program(test, &run);
	run.ranges[0].bytes -= run.ranges[0].pgsize;
	KUNIT_EXPECT_NOT_NULL(test, lab_run_check(&run));
}

/* Passing proves that the sweeps see it when an earlier mapping has changed. */
static void changed_mapping_is_noticed(struct kunit *test)
{
	struct lab_run run = {};

	run_program(test, &run);
	run.ranges[0].pa += run.ranges[0].pgsize;
	KUNIT_EXPECT_NOT_NULL(test, lab_run_check(&run));
}

#ifdef CONFIG_FAULT_INJECTION
static unsigned int tables_asked;

static void *counted_alloc(void *pool, size_t size, gfp_t gfp)
{
	tables_asked++;
	return lab_page.alloc(pool, size, gfp);
}

/* Passing proves that the kernel's fault injection reaches requests for tables. */
static void fault_attribute_is_asked(struct kunit *test)
{
	static const struct lab_table_bounds anywhere = { .limit = U64_MAX };
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_allocator counted = lab_page;
	struct lab_ledger *ledger;
	void *table;

	counted.alloc = counted_alloc;
	ledger = lab_kunit_ledger(test, &counted, &anywhere, tally);

	/* The first that may fail is the request itself, before any allocation. */
	tables_asked = 0;
	current->fail_nth = 1;
	table = lab_ledger_alloc(ledger, SZ_4K, GFP_KERNEL, _THIS_IP_);
	current->fail_nth = 0;
	KUNIT_EXPECT_NULL(test, table);
	KUNIT_EXPECT_EQ(test, tables_asked, 0);
	KUNIT_EXPECT_EQ(test, lab_ledger_stats(ledger).failed, 1);

	table = lab_ledger_alloc(ledger, SZ_4K, GFP_KERNEL, _THIS_IP_);
	KUNIT_EXPECT_NOT_NULL(test, table);
	KUNIT_EXPECT_EQ(test, tables_asked, 1);
	if (table)
		lab_ledger_free(ledger, table, SZ_4K);
	lab_kunit_close(test, ledger);
}
#else
static void fault_attribute_is_asked(struct kunit *test)
{
	kunit_skip(test, "this kernel has no fault injection (CONFIG_FAULT_INJECTION)");
}
#endif

LAB_GENERATOR(gen_allocators)
{
	return lab_fail_allocators(prev, desc);
}

LAB_GENERATOR(gen_reserving)
{
	return lab_fail_reserving(prev, desc);
}

static struct kunit_case fail_cases[] = {
	KUNIT_CASE_PARAM(any_table_may_fail, gen_allocators),
	KUNIT_CASE_PARAM(any_reserve_may_run_dry, gen_reserving),
	KUNIT_CASE(too_much_said_is_noticed),
	KUNIT_CASE(too_little_said_is_noticed),
	KUNIT_CASE(changed_mapping_is_noticed),
	KUNIT_CASE(fault_attribute_is_asked),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite fail_suite = {
	.name		= "lab_fail",
	.test_cases	= fail_cases,
};

kunit_test_suite(fail_suite);

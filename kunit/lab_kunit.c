// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the suites share.  Whatever is acquired here goes with its test.
 */
#include <kunit/resource.h>
#include <linux/hash.h>
#include <linux/module.h>
#include <linux/sizes.h>

#include "lab_kunit.h"
#include "machine.h"
#include "compat/compat.h"

static unsigned long seed = 1;
module_param(seed, ulong, 0444);
MODULE_PARM_DESC(seed, "what randomness in the tests starts from");

bool lab_kunit_kernel_only;
module_param_named(kernel_only, lab_kunit_kernel_only, bool, 0444);
MODULE_PARM_DESC(kernel_only, "leave out what only the lab's own page tables are asked");

/**
 * lab_kunit_print_seed() - say in the log how to get the same randomness again
 * @suite:	the suite, whose suite_init it is
 *
 * Context: Process.
 * Return: 0.
 */
int lab_kunit_print_seed(struct kunit_suite *suite)
{
	kunit_info(suite, "io_pgtable_lab_kunit.seed=%lu", seed);
	return 0;
}

/**
 * lab_kunit_random() - randomness that comes again with the same seed
 * @salt:	tells configurations apart
 *
 * Context: Any.
 * Return: the generator's state.
 */
struct rnd_state lab_kunit_random(u64 salt)
{
	struct rnd_state rnd;

	/* Small numbers are bad seeds. */
	prandom_seed_state(&rnd, (seed + salt) * GOLDEN_RATIO_64);
	return rnd;
}

/**
 * lab_kunit_tally() - a tally for one test
 * @test:	the test
 *
 * It has no parent: what a test provokes does not count as found in earnest.
 *
 * Context: Process.
 * Return: the tally.
 */
struct lab_tally *lab_kunit_tally(struct kunit *test)
{
	struct lab_tally *tally = kunit_kzalloc(test, sizeof(*tally), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, tally);
	lab_tally_init(tally, test->name, NULL);
	return tally;
}

static void destroy_instance(void *inst)
{
	lab_instance_destroy(inst);
}

/**
 * lab_kunit_keep() - have an instance go with a test
 * @test:	the test
 * @inst:	the instance
 *
 * Context: Process.
 */
void lab_kunit_keep(struct kunit *test, struct lab_instance *inst)
{
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, destroy_instance, inst));
}

/**
 * lab_kunit_create() - an instance that goes with its test
 * @test:	the test
 * @params:	what it is to be
 * @tally:	tally that sees its rules
 *
 * Context: Process.
 * Return: the instance or an ERR_PTR.
 */
struct lab_instance *lab_kunit_create(struct kunit *test,
				      const struct lab_params *params,
				      struct lab_tally *tally)
{
	struct lab_instance *inst = lab_instance_create(params, tally);

	if (!IS_ERR(inst))
		lab_kunit_keep(test, inst);
	return inst;
}

/**
 * lab_kunit_destroy() - destroy an instance before its test ends
 * @test:	the test
 * @inst:	from lab_kunit_create() or lab_kunit_keep()
 *
 * Context: Process.
 */
void lab_kunit_destroy(struct kunit *test, struct lab_instance *inst)
{
	kunit_release_action(test, destroy_instance, inst);
}

/**
 * lab_kunit_need_low_memory() - skip a test where there is no RAM below 4 GB
 * @test:	the test
 *
 * Context: Process.
 */
void lab_kunit_need_low_memory(struct kunit *test)
{
	if (lab_machine().start >= SZ_4G)
		kunit_skip(test, "no RAM below 4 GB on this machine");
}

static void close_ledger(void *ledger)
{
	lab_ledger_fini(ledger);
}

/**
 * lab_kunit_ledger() - a ledger that goes with its test
 * @test:	the test
 * @allocator:	where its tables come from
 * @where:	where they must lie
 * @tally:	tally that sees its rules
 *
 * Context: Process.
 * Return: the ledger.
 */
struct lab_ledger *lab_kunit_ledger(struct kunit *test,
				    const struct lab_allocator *allocator,
				    const struct lab_table_bounds *where,
				    struct lab_tally *tally)
{
	const struct lab_table_sizes sizes = {
		.root_bytes	= SZ_16K,
		.table_bytes	= SZ_1K,
		.max_nr		= SZ_4K,
	};
	struct lab_ledger *ledger = kunit_kzalloc(test, sizeof(*ledger), GFP_KERNEL);

	if (where->low)
		lab_kunit_need_low_memory(test);
	KUNIT_ASSERT_NOT_NULL(test, ledger);
	KUNIT_ASSERT_EQ(test, 0, lab_ledger_init(ledger, allocator, &sizes, where, tally));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, close_ledger, ledger));
	return ledger;
}

/**
 * lab_kunit_close() - close a ledger before its test ends
 * @test:	the test
 * @ledger:	from lab_kunit_ledger()
 *
 * Context: Process.
 */
void lab_kunit_close(struct kunit *test, struct lab_ledger *ledger)
{
	kunit_release_action(test, close_ledger, ledger);
}

/**
 * lab_kunit_expect_clean() - no rule was violated
 * @test:	the test
 * @tally:	its tally
 *
 * Context: Process.
 */
void lab_kunit_expect_clean(struct kunit *test, struct lab_tally *tally)
{
	const struct lab_violation *v = lab_tally_first(tally);

	KUNIT_EXPECT_GT(test, lab_tally_checked(tally), 0ULL);
	KUNIT_EXPECT_EQ_MSG(test, lab_tally_violated(tally), 0ULL, "rule %s violated: %s",
			    v ? lab_rule_info[v->rule].name : "", v ? v->text : "");
}

/**
 * lab_kunit_expect_only() - one rule fired and no other
 * @test:	the test
 * @tally:	its tally
 * @rule:	the rule
 * @nr:		how often
 *
 * Context: Process.
 */
void lab_kunit_expect_only(struct kunit *test, struct lab_tally *tally,
			   enum lab_rule rule, u64 nr)
{
	for (int r = 0; r < LAB_RULE_NR; r++)
		KUNIT_EXPECT_EQ_MSG(test, atomic64_read(&tally->violated[r]),
				    r == rule ? nr : 0, "rule %s",
				    lab_rule_info[r].name);
}

/**
 * lab_kunit_expect_rules() - some rules fired, once or more each, and no other
 * @test:	the test
 * @tally:	its tally
 * @rules:	a bit for each rule, by its number
 *
 * Context: Process.
 */
void lab_kunit_expect_rules(struct kunit *test, struct lab_tally *tally, u64 rules)
{
	static_assert(LAB_RULE_NR <= 64);

	for (int r = 0; r < LAB_RULE_NR; r++)
		KUNIT_EXPECT_EQ_MSG(test, !!atomic64_read(&tally->violated[r]),
				    !!(rules & BIT_ULL(r)), "rule %s", lab_rule_info[r].name);
}

/**
 * lab_kunit_expect_fired() - one rule fired, once or more, and no other
 * @test:	the test
 * @tally:	its tally
 * @rule:	the rule
 *
 * Context: Process.
 */
void lab_kunit_expect_fired(struct kunit *test, struct lab_tally *tally, enum lab_rule rule)
{
	lab_kunit_expect_rules(test, tally, BIT_ULL(rule));
}

/**
 * lab_kunit_no_live_tables() - the last case of every suite
 * @test:	the test
 *
 * Passing proves that no case before it left a table in any ledger.
 *
 * Context: Process.
 */
void lab_kunit_no_live_tables(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, atomic64_read(&lab_tables_live), 0);
}

MODULE_DESCRIPTION("KUnit suites of io-pgtable-lab");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(LAB_NAMESPACE);
MODULE_IMPORT_NS(LAB_KUNIT_NAMESPACE);

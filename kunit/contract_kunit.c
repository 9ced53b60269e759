// SPDX-License-Identifier: GPL-2.0-only
/*
 * The contract suite on every allocator that is registered when this module is
 * loaded, those of other modules included; and on allocators that it must find
 * to be bad.
 */
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "contract.h"
#include "contract_bad.h"
#include "lab_kunit.h"
#include "machine.h"
#include "compat/compat.h"

/* One check of one allocator. */
struct contract_case {
	const struct lab_allocator *allocator;
	const struct lab_contract_check *check;
};

static struct contract_case cases[LAB_MAX_ALLOCATORS * LAB_NR_CONTRACT_CHECKS];
static unsigned int nr_cases;

static const struct lab_allocator *under_test[LAB_MAX_ALLOCATORS];
static unsigned int nr_under_test;

/* Whose allocators are tried stays until the suite has ended. */
static int contract_suite_init(struct kunit_suite *suite)
{
	nr_cases = 0;
	nr_under_test = 0;
	lab_allocators_get();
	for (int i = 0; i < lab_nr_allocators; i++) {
		const struct lab_allocator *a = lab_allocators[i];

		if (!a || !try_module_get(a->owner))
			continue;
		under_test[nr_under_test++] = a;
		for (int c = 0; c < LAB_NR_CONTRACT_CHECKS; c++)
			if (!lab_contract_not_for(&lab_contract_checks[c], a))
				cases[nr_cases++] = (struct contract_case) {
					a, &lab_contract_checks[c]
				};
	}
	lab_allocators_put();
	return 0;
}

static void contract_suite_exit(struct kunit_suite *suite)
{
	for (int i = 0; i < nr_under_test; i++)
		module_put(under_test[i]->owner);
}

LAB_GENERATOR(contract_gen_params)
{
	const struct contract_case *next = prev ? (const struct contract_case *)prev + 1 : cases;

	if (next == cases + nr_cases)
		return NULL;
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s %s", next->allocator->name, next->check->name);
	return next;
}

/* Whether what was found is one of the rules that the allocator breaks on purpose. */
static bool breaks_on_purpose(const struct lab_allocator *a, const char *why)
{
	char rule[LAB_FINDING_BYTES];

	strscpy(rule, why);
	rule[strcspn(rule, ":")] = '\0';
	return a->breaks && strstr(a->breaks, rule);
}

/* Passing proves that the allocator keeps the contract, or breaks what it says. */
static void contract_is_kept(struct kunit *test)
{
	const struct contract_case *c = test->param_value;
	struct lab_contract_result result;

	KUNIT_ASSERT_EQ(test, 0, lab_contract_try(c->check, c->allocator, &result));
	if (result.outcome == LAB_OUTCOME_NOT_CHECKED)
		kunit_skip(test, "%s", result.why);
	if (result.outcome == LAB_OUTCOME_FAILED)
		KUNIT_EXPECT_TRUE_MSG(test, breaks_on_purpose(c->allocator, result.why),
				      "%s", result.why);
}

/**
 * struct bad_case - an allocator that a check must find
 * @allocator:	the allocator
 * @check:	name of the check
 * @why:	what it must find: a rule, or words
 * @high:	it takes RAM on both sides of 4 GB
 */
struct bad_case {
	const struct lab_allocator *allocator;
	const char *check;
	const char *why;
	bool high;
};

static const struct bad_case bad_cases[] = {
	{ &lab_bad_empty, "pools", "no root of " },
	{ &lab_bad_misaligned, "pools", "table-aligned: " },
	{ &lab_bad_vmalloc, "pools", "table-linear: " },
	{ &lab_bad_twice, "pools", "alloc-once: " },
	{ &lab_bad_dirty, "zeroed", "table-zeroed: " },
	{ &lab_bad_stale, "zeroed", "table-zeroed: " },
	{ &lab_bad_shared, "apart", "share memory" },
	{ &lab_high, "low", "table-low: ", true },
	{ &lab_bad_sleepy, "atomic", "gfp-obeyed: " },
	{ &lab_bad_small, "many", "no table of " },
	{ &lab_bad_lonely, "threads", "did not come" },
	{ &lab_bad_generous, "reserve", "no-alloc: " },
	{ &lab_bad_keeping, "reserve", "were to be kept" },
	{ &lab_bad_growing, "held", "held before" },
	{ &lab_bad_modest, "held", "bytes held, and" },
	{ &lab_high, "maps", "table-limit: ", true },
	{ &lab_bad_dirty, "maps", "table-zeroed: " },
	{ &lab_bad_sleepy, "maps-atomic", "gfp-obeyed: " },
	{ &lab_bad_dirty, "blocks", "table-zeroed: " },
	{ &lab_bad_dirty, "fails", "table-zeroed: " },
	{ &lab_bad_generous, "dry", "no-alloc: " },
	{ &lab_bad_keeping, "dry", "were not given back" },
};

static void bad_desc(const struct bad_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s %s %s", c->allocator->name, c->check, c->why);
}

KUNIT_ARRAY_PARAM(bad, bad_cases, bad_desc);

/* Passing proves that the check finds an allocator that is bad in this way. */
static void bad_allocator_is_found(struct kunit *test)
{
	const struct bad_case *c = test->param_value;
	struct lab_machine machine = lab_machine();
	const struct lab_contract_check *check = NULL;
	struct lab_contract_result result;

	if (c->high && lab_machine_caveat(&machine))
		kunit_skip(test, "RAM does not lie on both sides of 4 GB");

	for (int i = 0; i < LAB_NR_CONTRACT_CHECKS; i++)
		if (!strcmp(lab_contract_checks[i].name, c->check))
			check = &lab_contract_checks[i];
	KUNIT_ASSERT_NOT_NULL(test, check);
	KUNIT_ASSERT_EQ(test, 0, lab_contract_try(check, c->allocator, &result));
	KUNIT_EXPECT_EQ(test, result.outcome, LAB_OUTCOME_FAILED);
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(result.why, c->why), "%s", result.why);
}

static void look_at_nothing(struct lab_trial *trial)
{
}

/* Passing proves that a check which looks at nothing does not pass. */
static void check_of_nothing_fails(struct kunit *test)
{
	static const struct lab_contract_check nothing = { .run = look_at_nothing };
	struct lab_contract_result result;

	lab_kunit_need_low_memory(test);
	KUNIT_ASSERT_EQ(test, 0, lab_contract_try(&nothing, &lab_slab, &result));
	KUNIT_EXPECT_EQ(test, result.outcome, LAB_OUTCOME_FAILED);
}

static struct kunit_case contract_cases[] = {
	KUNIT_CASE_PARAM(contract_is_kept, contract_gen_params),
	KUNIT_CASE_PARAM(bad_allocator_is_found, bad_gen_params),
	KUNIT_CASE(check_of_nothing_fails),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite contract_suite = {
	.name		= "lab_contract",
	LAB_SUITE_OF_THE_LAB,
	.suite_init	= contract_suite_init,
	.suite_exit	= contract_suite_exit,
	.test_cases	= contract_cases,
};

kunit_test_suite(contract_suite);

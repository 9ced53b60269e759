// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations side by side, as a case of the formats' suites: on every configuration
 * that they have, of both providers, with and without a ledger.
 */
#include "format_cases.h"
#include "fuzz/concurrent.h"

/*
 * Passing proves that map, unmap and translate may run side by side on
 * disjoint ranges, also where the tables, and the creation of them, are shared.
 */
void lab_case_concurrent(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst = lab_config_create(test, test->param_value, tally);
	struct lab_concurrent_plan plan = { .rounds = 1, .steps = 8 };
	static const enum lab_concurrent_pattern patterns[] = {
		LAB_CONCURRENT_CREATE, LAB_CONCURRENT_DISJOINT,
	};
	int ret;

	for (int i = 0; i < ARRAY_SIZE(patterns); i++) {
		plan.pattern = patterns[i];
		ret = lab_concurrent_run(inst, &plan);
		if (ret == -ENOSPC)
			kunit_skip(test, "the address space has no room for it");
		KUNIT_EXPECT_EQ(test, ret, 0);
	}
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

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
	struct lab_concurrent_plan plan = { .rounds = 1 };
	unsigned int ran = 0;
	int ret;

	for (; plan.pattern < LAB_CONCURRENT_SPLIT; plan.pattern++) {
		ret = lab_concurrent_run(inst, &plan);
		if (ret != -ENOSPC)
			KUNIT_EXPECT_EQ_MSG(test, ret, 0, "%s",
					    lab_concurrent_names[plan.pattern]);
		ran += !ret;
	}
	if (!ran)
		kunit_skip(test, "the address space has no room for it");
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

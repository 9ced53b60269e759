// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mali LPAE: the cases of every format over its configurations.
 */
#include "format_cases.h"

static bool is_mali(const struct lab_config *c)
{
	return c->format == &lab_formats[LAB_MALI];
}

LAB_GENERATOR(mali_all)
{
	return lab_config_next(prev, desc, is_mali, 1);
}

LAB_GENERATOR(mali_some)
{
	return lab_config_next(prev, desc, is_mali, 3);
}

static struct kunit_case mali_cases[] = {
	KUNIT_CASE_PARAM(lab_case_sizes_translate, mali_all),
	KUNIT_CASE_PARAM(lab_case_run_crosses_tables, mali_all),
	KUNIT_CASE_PARAM(lab_case_blocks_cross_tables, mali_all),
	KUNIT_CASE_PARAM(lab_case_ends_of_address_space, mali_all),
	KUNIT_CASE_PARAM(lab_case_permissions, mali_all),
	KUNIT_CASE_PARAM(lab_case_block_over_empty_table, mali_all),
	KUNIT_CASE_PARAM(lab_case_large_unmap_of_small_pages, mali_all),
	KUNIT_CASE_PARAM(lab_case_atomic, mali_all),
	KUNIT_CASE_PARAM(lab_case_overlap_refused, mali_some),
	KUNIT_CASE_PARAM(lab_case_unmapped_refused, mali_some),
	KUNIT_CASE_PARAM(lab_case_part_of_block, mali_some),
	KUNIT_CASE_PARAM(lab_case_split_keeps, mali_some),
	KUNIT_CASE_PARAM(lab_case_bad_requests_refused, mali_some),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite mali_suite = {
	.name		= "lab_mali",
	.test_cases	= mali_cases,
};

kunit_test_suite(mali_suite);

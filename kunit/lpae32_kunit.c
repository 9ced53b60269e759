// SPDX-License-Identifier: GPL-2.0-only
/*
 * LPAE of 32-bit ARMv7, both stages: the cases of every format over its
 * configurations.
 */
#include "format_cases.h"

static bool is_lpae32(const struct lab_config *c)
{
	return c->format == &lab_formats[LAB_LPAE32_S1] ||
	       c->format == &lab_formats[LAB_LPAE32_S2];
}

LAB_GENERATOR(lpae32_all)
{
	return lab_config_next(prev, desc, is_lpae32, 1);
}

LAB_GENERATOR(lpae32_some)
{
	return lab_config_next(prev, desc, is_lpae32, 3);
}

static struct kunit_case lpae32_cases[] = {
	KUNIT_CASE_PARAM(lab_case_sizes_translate, lpae32_all),
	KUNIT_CASE_PARAM(lab_case_run_crosses_tables, lpae32_all),
	KUNIT_CASE_PARAM(lab_case_blocks_cross_tables, lpae32_all),
	KUNIT_CASE_PARAM(lab_case_ends_of_address_space, lpae32_all),
	KUNIT_CASE_PARAM(lab_case_permissions, lpae32_all),
	KUNIT_CASE_PARAM(lab_case_block_over_empty_table, lpae32_all),
	KUNIT_CASE_PARAM(lab_case_large_unmap_of_small_pages, lpae32_all),
	KUNIT_CASE_PARAM(lab_case_atomic, lpae32_all),
	KUNIT_CASE_PARAM(lab_case_overlap_refused, lpae32_some),
	KUNIT_CASE_PARAM(lab_case_unmapped_refused, lpae32_some),
	KUNIT_CASE_PARAM(lab_case_part_of_block, lpae32_some),
	KUNIT_CASE_PARAM(lab_case_bad_requests_refused, lpae32_some),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite lpae32_suite = {
	.name		= "lab_lpae32",
	.test_cases	= lpae32_cases,
};

kunit_test_suite(lpae32_suite);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * LPAE stage 2: the cases of every format over its configurations.
 */
#include "format_cases.h"

static bool is_lpae_s2(const struct lab_config *c)
{
	return c->format == &lab_formats[LAB_LPAE_S2];
}

LAB_GENERATOR(lpae_s2_all)
{
	return lab_config_next(prev, desc, is_lpae_s2, 1);
}

LAB_GENERATOR(lpae_s2_kernel)
{
	return lab_config_next(prev, desc, is_lpae_s2, 2);
}

LAB_GENERATOR(lpae_s2_some)
{
	return lab_config_next(prev, desc, is_lpae_s2, 3);
}

static struct kunit_case lpae_s2_cases[] = {
	KUNIT_CASE_PARAM(lab_case_sizes_translate, lpae_s2_all),
	KUNIT_CASE_PARAM(lab_case_run_crosses_tables, lpae_s2_all),
	KUNIT_CASE_PARAM(lab_case_blocks_cross_tables, lpae_s2_all),
	KUNIT_CASE_PARAM(lab_case_ends_of_address_space, lpae_s2_all),
	KUNIT_CASE_PARAM(lab_case_permissions, lpae_s2_all),
	KUNIT_CASE_PARAM(lab_case_block_over_empty_table, lpae_s2_all),
	KUNIT_CASE_PARAM(lab_case_large_unmap_of_small_pages, lpae_s2_all),
	KUNIT_CASE_PARAM(lab_case_lab_equals_kernel, lpae_s2_kernel),
	KUNIT_CASE_PARAM(lab_case_overlap_refused, lpae_s2_some),
	KUNIT_CASE_PARAM(lab_case_unmapped_refused, lpae_s2_some),
	KUNIT_CASE_PARAM(lab_case_part_of_block_refused, lpae_s2_some),
	KUNIT_CASE_PARAM(lab_case_bad_requests_refused, lpae_s2_some),
	KUNIT_CASE_PARAM(lab_case_concurrent, lpae_s2_some),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite lpae_s2_suite = {
	.name		= "lab_lpae_s2",
	.test_cases	= lpae_s2_cases,
};

kunit_test_suite(lpae_s2_suite);

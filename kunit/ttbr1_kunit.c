// SPDX-License-Identifier: GPL-2.0-only
/*
 * LPAE stage 1 in the upper half of a split address space: the cases of every format
 * over configurations with the quirk ttbr1.
 */
#include <linux/io-pgtable.h>

#include "format_cases.h"

static bool is_ttbr1(const struct lab_config *c)
{
	return c->quirks & IO_PGTABLE_QUIRK_ARM_TTBR1;
}

LAB_GENERATOR(ttbr1_all)
{
	return lab_config_next(prev, desc, is_ttbr1, 1);
}

LAB_GENERATOR(ttbr1_some)
{
	return lab_config_next(prev, desc, is_ttbr1, 3);
}

static struct kunit_case ttbr1_cases[] = {
	KUNIT_CASE_PARAM(lab_case_sizes_translate, ttbr1_all),
	KUNIT_CASE_PARAM(lab_case_run_crosses_tables, ttbr1_all),
	KUNIT_CASE_PARAM(lab_case_blocks_cross_tables, ttbr1_all),
	KUNIT_CASE_PARAM(lab_case_ends_of_address_space, ttbr1_all),
	KUNIT_CASE_PARAM(lab_case_permissions, ttbr1_all),
	KUNIT_CASE_PARAM(lab_case_block_over_empty_table, ttbr1_all),
	KUNIT_CASE_PARAM(lab_case_large_unmap_of_small_pages, ttbr1_all),
	KUNIT_CASE_PARAM(lab_case_atomic, ttbr1_all),
	KUNIT_CASE_PARAM(lab_case_overlap_refused, ttbr1_some),
	KUNIT_CASE_PARAM(lab_case_unmapped_refused, ttbr1_some),
	KUNIT_CASE_PARAM(lab_case_part_of_block, ttbr1_some),
	KUNIT_CASE_PARAM(lab_case_bad_requests_refused, ttbr1_some),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite ttbr1_suite = {
	.name		= "lab_ttbr1",
	.test_cases	= ttbr1_cases,
};

kunit_test_suite(ttbr1_suite);

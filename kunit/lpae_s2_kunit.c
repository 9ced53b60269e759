// SPDX-License-Identifier: GPL-2.0-only
/*
 * LPAE stage 2: the cases of every format over its configurations.
 */
#include <linux/sizes.h>

#include "format_cases.h"

#define LPAE_S2	(&lab_formats[LAB_LPAE_S2])

static bool is_lpae_s2(const struct lab_config *c)
{
	return c->format == LPAE_S2;
}

LAB_GENERATOR(lpae_s2_all)
{
	return lab_config_next(prev, desc, is_lpae_s2, 1);
}

LAB_GENERATOR(lpae_s2_some)
{
	return lab_config_next(prev, desc, is_lpae_s2, 3);
}

/*
 * Passing proves that with S2FWB cacheable memory is what the descriptor says, by
 * the encoding that forces it: MemAttr is 0b0110 rather than 0b1111 (DDI0487 D8.6.6).
 */
static void s2fwb_forces_write_back(struct kunit *test)
{
	static const struct lab_config config = {
		"lab slab s2fwb", LPAE_S2, &lab_provider_lab, &lab_slab,
		.quirks = IO_PGTABLE_QUIRK_ARM_S2FWB,
	};
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst;
	struct lab_answers a;

	lab_config_need_quirk(test, "s2fwb");
	inst = lab_config_create(test, &config, tally);
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, 0, SZ_1G, SZ_4K, 1,
						  LAB_RW | IOMMU_CACHE));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_translate(inst, 0, &a));
	KUNIT_EXPECT_EQ(test, a.walk.desc[3] >> 2 & 0xf, 0x6);
	KUNIT_EXPECT_EQ(test, a.walk.attrs.memory, LAB_MEM_NORMAL_WB);
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

static struct kunit_case lpae_s2_cases[] = {
	KUNIT_CASE_PARAM(lab_case_sizes_translate, lpae_s2_all),
	KUNIT_CASE_PARAM(lab_case_run_crosses_tables, lpae_s2_all),
	KUNIT_CASE_PARAM(lab_case_blocks_cross_tables, lpae_s2_all),
	KUNIT_CASE_PARAM(lab_case_ends_of_address_space, lpae_s2_all),
	KUNIT_CASE_PARAM(lab_case_permissions, lpae_s2_all),
	KUNIT_CASE_PARAM(lab_case_block_over_empty_table, lpae_s2_all),
	KUNIT_CASE_PARAM(lab_case_large_unmap_of_small_pages, lpae_s2_all),
	KUNIT_CASE_PARAM(lab_case_atomic, lpae_s2_all),
	KUNIT_CASE_PARAM(lab_case_overlap_refused, lpae_s2_some),
	KUNIT_CASE_PARAM(lab_case_unmapped_refused, lpae_s2_some),
	KUNIT_CASE_PARAM(lab_case_part_of_block, lpae_s2_some),
	KUNIT_CASE_PARAM(lab_case_split_keeps, lpae_s2_some),
	KUNIT_CASE_PARAM(lab_case_bad_requests_refused, lpae_s2_some),
	KUNIT_CASE(s2fwb_forces_write_back),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite lpae_s2_suite = {
	.name		= "lab_lpae_s2",
	.test_cases	= lpae_s2_cases,
};

kunit_test_suite(lpae_s2_suite);

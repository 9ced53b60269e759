// SPDX-License-Identifier: GPL-2.0-only
/*
 * Known findings: counted apart and by name, and nothing but what is one to the
 * letter.  And what a mapping ought to look like, in a few words.
 */
#include <linux/iommu.h>
#include <linux/sizes.h>

#include "known.h"
#include "saboteur.h"
#include "walk/expect.h"
#include "compat/compat.h"

/* Passing proves that a finding is no violation, is kept once, and by its name. */
static void known_is_counted_apart(struct kunit *test)
{
	struct lab_tally *parent = lab_kunit_tally(test), *tally = lab_kunit_tally(test);
	const struct lab_known *known = &lab_known[LAB_KNOWN_MAIR_SIGN];

	tally->parent = parent;
	for (int i = 0; i < 3; i++)
		lab_check_known(tally, known->rule, known, false, "finding %d", i);
	KUNIT_EXPECT_EQ(test, lab_tally_violated(tally), 0);
	KUNIT_EXPECT_EQ(test, lab_tally_known(tally), 3);
	KUNIT_EXPECT_EQ(test, lab_tally_known(parent), 3);
	KUNIT_EXPECT_EQ(test, atomic64_read(&tally->checked[known->rule]), 3);
	KUNIT_EXPECT_EQ(test, tally->kept, 1);
	KUNIT_EXPECT_PTR_EQ(test, tally->violations[0].known, known);
	KUNIT_EXPECT_NULL(test, lab_tally_first(tally));

	/* Room is left for what nobody knows. */
	lab_check_known(tally, known->rule, NULL, false, "news");
	KUNIT_EXPECT_EQ(test, lab_tally_violated(tally), 1);
	KUNIT_ASSERT_NOT_NULL(test, lab_tally_first(tally));
	KUNIT_EXPECT_STREQ(test, lab_tally_first(tally)->text, "news");
}

/* Passing proves that each finding names a rule, and its name is its own. */
static void known_have_names(struct kunit *test)
{
	for (int i = 0; i < LAB_NR_KNOWN; i++) {
		KUNIT_ASSERT_NOT_NULL(test, lab_known[i].name);
		KUNIT_EXPECT_NOT_NULL(test, lab_known[i].about);
		KUNIT_EXPECT_LT(test, lab_known[i].rule, LAB_RULE_NR);
		for (int j = 0; j < i; j++)
			KUNIT_EXPECT_STRNEQ(test, lab_known[i].name, lab_known[j].name);
	}
}

/* Passing proves that a wrong MAIR is known as the kernel's alone, and to the bit. */
static void mair_is_known_to_the_bit(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test), *labs = lab_kunit_tally(test);
	struct lab_instance *inst, *lab;

	inst = lab_sabotage_create(test, LAB_LPAE_S1, &lab_provider_kernel, 0, tally);
	lab = lab_sabotage_create(test, LAB_LPAE_S1, &lab_provider_lab, 0, labs);
	KUNIT_EXPECT_EQ(test, lab_tally_known(labs), 0);

	inst->cfg.arm_lpae_s1_cfg.mair = 0xfffffffff404ff44;
	lab_instance_check_outputs(inst);
	lab_kunit_expect_clean(test, tally);
	KUNIT_EXPECT_GE(test, lab_tally_known(tally), 1);
	lab->cfg.arm_lpae_s1_cfg.mair = 0xfffffffff404ff44;
	lab_instance_check_outputs(lab);
	lab_kunit_expect_only(test, labs, LAB_RULE_CONFIG_OUTPUTS, 1);

	inst->cfg.arm_lpae_s1_cfg.mair = 0xffffffffff04ff44;
	lab_instance_check_outputs(inst);
	lab_kunit_expect_only(test, tally, LAB_RULE_CONFIG_OUTPUTS, 1);
}

/* Passing proves that a stage 2 begins too far up by leave in one case of old kernels alone. */
static void start_level_is_known_where_it_was_wrong(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst, *lab;
	unsigned long granule;

	inst = lab_sabotage_create(test, LAB_LPAE_S2, &lab_provider_kernel, 0, tally);
	lab = lab_sabotage_create(test, LAB_LPAE_S2, &lab_provider_lab, 0, tally);
	granule = inst->params.granule;
	KUNIT_EXPECT_NULL(test, lab_known_start_level(inst, 0));
	KUNIT_EXPECT_NULL(test, lab_known_start_level(inst, 1));
	inst->params.granule = SZ_16K;
	lab->params.granule = SZ_16K;
	KUNIT_EXPECT_NULL(test, lab_known_start_level(inst, 0));
	KUNIT_EXPECT_EQ(test, !!lab_known_start_level(inst, 1), LAB_S2_SAVES_LEVEL_0);
	KUNIT_EXPECT_NULL(test, lab_known_start_level(lab, 1));
	inst->params.granule = granule;
	lab->params.granule = granule;
	lab_kunit_expect_clean(test, tally);
}

/* Passing proves that the answer for the last address of all is right, or known. */
static void last_address_is_right_or_known(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst;
	struct lab_answers a;

	inst = lab_sabotage_create(test, LAB_LPAE_S1, &lab_provider_kernel,
				   IO_PGTABLE_QUIRK_ARM_TTBR1, tally);
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, U64_MAX - SZ_4K + 1, SZ_1M, SZ_4K, 1,
						  IOMMU_READ));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_translate(inst, U64_MAX, &a));
	KUNIT_EXPECT_TRUE(test, a.agree);
	if (a.iova_to_phys != SZ_1M + SZ_4K - 1)
		KUNIT_EXPECT_NOT_NULL(test, lab_known_ttbr1_last(inst, U64_MAX));
	KUNIT_EXPECT_NULL(test, lab_known_ttbr1_last(inst, U64_MAX - 1));
	lab_kunit_expect_clean(test, tally);
}

/* Passing proves that stage 2's XN is known with both bits set, and not with one. */
static void noexec_is_known_to_the_bit(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst;
	struct lab_attrs due, found;

	inst = lab_sabotage_create(test, LAB_LPAE_S2, &lab_provider_kernel, 0, tally);
	lab_expect_attrs(ARM_64_LPAE_S2, 0, IOMMU_READ | IOMMU_NOEXEC, &due);
	found = due;
	found.priv_exec = true;
	KUNIT_EXPECT_NOT_NULL(test, lab_known_s2_noexec(inst, &due, &found));
	found.user_exec = true;
	KUNIT_EXPECT_NULL(test, lab_known_s2_noexec(inst, &due, &found));
	found.user_exec = false;
	found.priv_write = true;
	KUNIT_EXPECT_NULL(test, lab_known_s2_noexec(inst, &due, &found));
	/* It is none where fetches were asked for. */
	lab_expect_attrs(ARM_64_LPAE_S2, 0, IOMMU_READ, &due);
	found = due;
	found.user_exec = false;
	KUNIT_EXPECT_NULL(test, lab_known_s2_noexec(inst, &due, &found));
}

/* Passing proves that a split is known by a table in memory and a block shown. */
static void split_is_known_by_both_descriptors(struct kunit *test)
{
	enum { TABLE = 0x42b94003, BLOCK = 0x2006d5, PAGE = 0x2006d7 };
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst, *lab;

	inst = lab_sabotage_create(test, LAB_LPAE_S1, &lab_provider_kernel, 0, tally);
	lab = lab_sabotage_create(test, LAB_LPAE_S1, &lab_provider_lab, 0, tally);
	KUNIT_EXPECT_NOT_NULL(test, lab_known_split_shown(inst, 2, TABLE, BLOCK));
	KUNIT_EXPECT_NULL(test, lab_known_split_shown(inst, 2, TABLE, 0));
	KUNIT_EXPECT_NULL(test, lab_known_split_shown(inst, 2, TABLE, TABLE + SZ_4K));
	KUNIT_EXPECT_NULL(test, lab_known_split_shown(inst, 2, 0, BLOCK));
	KUNIT_EXPECT_NULL(test, lab_known_split_shown(inst, 3, PAGE, PAGE + SZ_4K));
	KUNIT_EXPECT_NULL(test, lab_known_split_shown(lab, 2, TABLE, BLOCK));
}

/* Passing proves that what is left of a split section leads where it did, or is known. */
static void split_address_is_right_or_known(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst;
	struct lab_answers a;

	if (!lab_provider_splits(&lab_provider_kernel))
		kunit_skip(test, "this kernel does not split blocks");
	inst = lab_sabotage_create(test, LAB_V7S, &lab_provider_kernel, 0, tally);
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, SZ_1G, SZ_2G + 0UL, SZ_1M, 1,
						  IOMMU_READ));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_unmap(inst, SZ_1G + SZ_64K, SZ_4K, 1));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_translate(inst, SZ_1G + SZ_4K, &a));
	KUNIT_EXPECT_TRUE(test, a.agree);
	if (a.walk.oa != SZ_2G + 0UL + SZ_4K)
		KUNIT_EXPECT_EQ(test, a.walk.oa, SZ_4K);
	lab_kunit_expect_clean(test, tally);

	/* To the letter: that address, of what was split, and of the kernel's. */
	KUNIT_EXPECT_NOT_NULL(test, lab_known_split_address(inst, SZ_1G + SZ_4K, SZ_4K));
	KUNIT_EXPECT_NULL(test, lab_known_split_address(inst, SZ_1G + SZ_4K, SZ_8K));
	KUNIT_EXPECT_NULL(test, lab_known_split_address(inst, SZ_1G + SZ_2M, 0));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, SZ_1G + SZ_2M, SZ_2G + 0UL, SZ_1M, 1,
						  IOMMU_READ));
	KUNIT_EXPECT_NULL(test, lab_known_split_address(inst, SZ_1G + SZ_2M, 0));
}

/**
 * struct expected - what a mapping ought to look like
 * @name:	what was asked for
 * @fmt:	page table format
 * @quirks:	IO_PGTABLE_QUIRK_*
 * @prot:	IOMMU_READ and the like
 * @text:	in the words of lab_attrs_text()
 */
struct expected {
	const char *name;
	enum io_pgtable_fmt fmt;
	unsigned long quirks;
	int prot;
	const char *text;
};

#define R	IOMMU_READ
#define W	IOMMU_WRITE

static const struct expected expected[] = {
	{ "v7s rw", ARM_V7S, 0, R | W, "rw user, exec, normal NC, outer shareable, ng" },
	{ "v7s wo", ARM_V7S, 0, W, "rw user, exec, normal NC, outer shareable, ng" },
	{ "v7s ro priv", ARM_V7S, 0, R | IOMMU_PRIV,
	  "ro priv, exec, normal NC, outer shareable, ng" },
	{ "v7s no-perms ro", ARM_V7S, IO_PGTABLE_QUIRK_NO_PERMS, R | IOMMU_NOEXEC,
	  "rw user, exec, normal NC, outer shareable, ng" },
	{ "v7s ns mmio", ARM_V7S, IO_PGTABLE_QUIRK_ARM_NS, R | IOMMU_MMIO | IOMMU_NOEXEC,
	  "ro user, noexec, device, outer shareable, ns, ng" },
	{ "lpae rw cache", ARM_64_LPAE_S1, 0, R | W | IOMMU_CACHE,
	  "rw user, exec, normal WB, inner shareable, ng" },
	{ "lpae mmio and cache", ARM_64_LPAE_S1, 0, R | IOMMU_MMIO | IOMMU_CACHE,
	  "ro user, exec, device, outer shareable, ng" },
	{ "lpae hd", ARM_64_LPAE_S1, IO_PGTABLE_QUIRK_ARM_HD, W,
	  "rw user, exec, normal NC, outer shareable, ng, dirty" },
	{ "lpae hd ro", ARM_64_LPAE_S1, IO_PGTABLE_QUIRK_ARM_HD, R,
	  "ro user, exec, normal NC, outer shareable, ng" },
	{ "lpae32 hd", ARM_32_LPAE_S1, IO_PGTABLE_QUIRK_ARM_HD, R | W,
	  "rw user, exec, normal NC, outer shareable, ng" },
	{ "lpae-s2 wo priv", ARM_64_LPAE_S2, 0, W | IOMMU_PRIV,
	  "wo user, exec, normal NC, outer shareable" },
	{ "lpae-s2 cache", ARM_64_LPAE_S2, IO_PGTABLE_QUIRK_ARM_S2FWB, R | IOMMU_CACHE,
	  "ro user, exec, normal WB, inner shareable" },
	{ "lpae32-s2 noexec", ARM_32_LPAE_S2, 0, R | W | IOMMU_NOEXEC,
	  "rw user, noexec, normal NC, outer shareable" },
	{ "mali wo", ARM_MALI_LPAE, 0, W, "wo user, exec, normal impdef, outer shareable" },
	{ "mali cache", ARM_MALI_LPAE, 0, R | W | IOMMU_CACHE | IOMMU_NOEXEC,
	  "rw user, noexec, normal WB, outer shareable" },
};

static void expected_desc(const struct expected *e, char *desc)
{
	strscpy(desc, e->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(expected, expected, expected_desc);

/* Passing proves that what is expected of flags and quirks is what people read here. */
static void expects_what_was_asked_for(struct kunit *test)
{
	const struct expected *e = test->param_value;
	char text[LAB_ATTRS_TEXT_BYTES];
	struct lab_attrs attrs;

	lab_expect_attrs(e->fmt, e->quirks, e->prot, &attrs);
	KUNIT_EXPECT_STREQ(test, lab_attrs_text(&attrs, text, sizeof(text)), e->text);
}

static struct kunit_case known_cases[] = {
	KUNIT_CASE(known_is_counted_apart),
	KUNIT_CASE(known_have_names),
	KUNIT_CASE(mair_is_known_to_the_bit),
	KUNIT_CASE(start_level_is_known_where_it_was_wrong),
	KUNIT_CASE(last_address_is_right_or_known),
	KUNIT_CASE(noexec_is_known_to_the_bit),
	KUNIT_CASE(split_is_known_by_both_descriptors),
	KUNIT_CASE(split_address_is_right_or_known),
	KUNIT_CASE_PARAM(expects_what_was_asked_for, expected_gen_params),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite known_suite = {
	.name		= "lab_known",
	LAB_SUITE_OF_THE_LAB,
	.test_cases	= known_cases,
};

kunit_test_suite(known_suite);

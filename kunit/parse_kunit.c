// SPDX-License-Identifier: GPL-2.0-only
/*
 * The words that people type: what is taken, and that all else is refused.
 */
#include <linux/sizes.h>
#include <linux/string.h>

#include "lab_kunit.h"
#include "parse.h"

/* A line for the file create. */
struct create_case {
	const char *text;
	bool taken;
};

static const struct create_case create_cases[] = {
	{ "format=v7s", true },
	{ "  format=lpae-s1\tname=a-b_C9\n", true },
	{ "name=x provider=lab allocator=slab format=v7s", true },
	{ "format=lpae-s1 ias=39 oas=40 granule=4K noncoherent", true },
	{ "format=v7s quirks=no-perms,mtk-ext ias=34 oas=35", true },
	{ "", false },
	{ "v7s", false },
	{ "format=", false },
	{ "format=v8", false },
	{ "name=x", false },
	{ "format=v7s format", false },
	{ "format=v7s colour=red", false },
	{ "format=v7s provider=", false },
	{ "format=v7s provider=none", false },
	{ "format=v7s allocator=slob", false },
	{ "format=v7s quirks=", false },
	{ "format=v7s quirks=ns,,no-perms", false },
	{ "format=v7s quirks=all", false },
	{ "format=v7s ias=", false },
	{ "format=v7s ias=-1", false },
	{ "format=v7s ias=32x", false },
	{ "format=v7s ias=99999999999", false },
	{ "format=v7s granule=4KB", false },
	{ "format=v7s granule=-4K", false },
	{ "format=v7s provider=lab allocator=slab fail-nth=18446744073709551615", true },
	{ "format=v7s fail-nth=0x10", true },
	{ "format=v7s fail-nth=", false },
	{ "format=v7s fail-nth=-1", false },
	{ "format=v7s fail-nth=first", false },
	{ "format=v7s fail-nth=18446744073709551616", false },
	{ "format=v7s name=", false },
	{ "format=v7s name=a/b", false },
	{ "format=v7s name=..", false },
	{ "format=v7s name=a.b", false },
	{ "format=v7s name=0123456789012345678901234567890", true },
	{ "format=v7s name=01234567890123456789012345678901", false },
	{ "format=v7s 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", false },
};

static void create_desc(const struct create_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "\"%s\"", c->text);
	strreplace(desc, '\n', ' ');
	strreplace(desc, '\t', ' ');
}

KUNIT_ARRAY_PARAM(create, create_cases, create_desc);

/* Passing proves that a line is taken or refused as a whole. */
static void parse_create(struct kunit *test)
{
	const struct create_case *c = test->param_value;
	char *text = kunit_kstrdup(test, c->text, GFP_KERNEL);
	struct lab_params p;

	KUNIT_ASSERT_NOT_NULL(test, text);
	KUNIT_EXPECT_EQ(test, lab_parse_params(text, &p), c->taken ? 0 : -EINVAL);
}

/* Passing proves that every word reaches its field. */
static void parse_create_fields(struct kunit *test)
{
	static const char words[] =
		"name=me format=lpae-s1 provider=lab allocator=slab ias=39 oas=44";
	static const char more[] = " granule=16K noncoherent quirks=ns,outer-wbwa fail-nth=7";
	char text[sizeof(words) + sizeof(more)];
	struct lab_params p;

	strscpy(text, words);
	strcat(text, more);
	KUNIT_ASSERT_EQ(test, 0, lab_parse_params(text, &p));
	KUNIT_EXPECT_STREQ(test, p.name, "me");
	KUNIT_EXPECT_STREQ(test, p.format->name, "lpae-s1");
	KUNIT_EXPECT_PTR_EQ(test, p.provider, &lab_provider_lab);
	KUNIT_EXPECT_PTR_EQ(test, p.allocator, &lab_slab);
	KUNIT_EXPECT_EQ(test, p.ias, 39);
	KUNIT_EXPECT_EQ(test, p.oas, 44);
	KUNIT_EXPECT_EQ(test, p.granule, SZ_16K);
	KUNIT_EXPECT_FALSE(test, p.coherent);
	KUNIT_EXPECT_EQ(test, p.fail_nth, 7);
	KUNIT_EXPECT_EQ(test, p.quirks,
			IO_PGTABLE_QUIRK_ARM_NS | IO_PGTABLE_QUIRK_ARM_OUTER_WBWA);
}

/* A line for the file map. */
struct map_case {
	const char *text;
	bool taken;
	struct lab_range range;
};

static const struct map_case map_cases[] = {
	{ "0x100000 0x80000000 4K 16 rw", true,
	  { 0x100000, 0x80000000, SZ_4K, 16, IOMMU_READ | IOMMU_WRITE } },
	{ "0 0 1M 1 r,cache,noexec\n", true,
	  { 0, 0, SZ_1M, 1, IOMMU_READ | IOMMU_CACHE | IOMMU_NOEXEC } },
	{ "4096 8192 0x1000 0x2 w,mmio,priv", true,
	  { 4096, 8192, SZ_4K, 2, IOMMU_WRITE | IOMMU_MMIO | IOMMU_PRIV } },
	{ "0xffffffffffffffff 0 4K 18446744073709551615 r", true,
	  { U64_MAX, 0, SZ_4K, SIZE_MAX, IOMMU_READ } },
	{ "0x100000 0x80000000 4K 16", false },
	{ "0x100000 0x80000000 4K 16 rw more", false },
	{ "0x10000000000000000 0 4K 1 r", false },
	{ "-1 0 4K 1 r", false },
	{ "0 0 4k 1 r", true, { 0, 0, SZ_4K, 1, IOMMU_READ } },
	{ "0 0 4KK 1 r", false },
	{ "0 0 18014398509481988K 1 r", false },
	{ "0 0 -4K 1 r", false },
	{ "0 0 K 1 r", false },
	{ "0 0 4K one r", false },
	{ "0 0 4K 1 x", false },
	{ "0 0 4K 1 rw,", false },
};

static void map_desc(const struct map_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "\"%s\"", c->text);
	strreplace(desc, '\n', ' ');
}

KUNIT_ARRAY_PARAM(map, map_cases, map_desc);

/* Passing proves that a map is read field by field, or refused. */
static void parse_map(struct kunit *test)
{
	const struct map_case *c = test->param_value;
	char *text = kunit_kstrdup(test, c->text, GFP_KERNEL);
	struct lab_range r = {};

	KUNIT_ASSERT_NOT_NULL(test, text);
	KUNIT_ASSERT_EQ(test, lab_parse_map("parse", text, &r), c->taken ? 0 : -EINVAL);
	if (!c->taken)
		return;
	KUNIT_EXPECT_EQ(test, r.iova, c->range.iova);
	KUNIT_EXPECT_EQ(test, r.pa, c->range.pa);
	KUNIT_EXPECT_EQ(test, r.pgsize, c->range.pgsize);
	KUNIT_EXPECT_EQ(test, r.count, c->range.count);
	KUNIT_EXPECT_EQ(test, r.prot, c->range.prot);
}

/* Passing proves that unmap and translate take their words and no others. */
static void parse_unmap_and_translate(struct kunit *test)
{
	char good[] = "0x1000 64K 3", few[] = "0x1000 64K", many[] = "0 4K 1 r";
	char iova[] = " 0x123 ", none[] = "\n", two[] = "1 2";
	struct lab_range r = {};
	u64 value;

	KUNIT_EXPECT_EQ(test, lab_parse_unmap("parse", good, &r), 0);
	KUNIT_EXPECT_EQ(test, r.iova, 0x1000);
	KUNIT_EXPECT_EQ(test, r.pgsize, SZ_64K);
	KUNIT_EXPECT_EQ(test, r.count, 3);
	KUNIT_EXPECT_EQ(test, lab_parse_unmap("parse", few, &r), -EINVAL);
	KUNIT_EXPECT_EQ(test, lab_parse_unmap("parse", many, &r), -EINVAL);
	KUNIT_EXPECT_EQ(test, lab_parse_iova("parse", iova, &value), 0);
	KUNIT_EXPECT_EQ(test, value, 0x123);
	KUNIT_EXPECT_EQ(test, lab_parse_iova("parse", none, &value), -EINVAL);
	KUNIT_EXPECT_EQ(test, lab_parse_iova("parse", two, &value), -EINVAL);
}

/* Parameters that parse, and fit their format or not. */
struct params_case {
	const char *text;
	int ret;
};

static const struct params_case params_cases[] = {
	{ "format=v7s provider=lab allocator=slab ias=31", -EINVAL },
	{ "format=v7s provider=lab allocator=slab ias=33", -EINVAL },
	{ "format=v7s provider=lab allocator=slab oas=33", -EINVAL },
	{ "format=v7s provider=lab allocator=slab granule=16K", -EINVAL },
	{ "format=v7s provider=lab allocator=slab quirks=outer-wbwa", -EINVAL },
	{ "format=v7s provider=lab allocator=slab quirks=mtk-ext", -EINVAL },
	{ "format=v7s provider=lab allocator=slab quirks=mtk-ttbr-ext,no-perms", -EINVAL },
	{ "format=v7s provider=lab allocator=slab quirks=mtk-ext,no-perms ias=35", -EINVAL },
	{ "format=v7s provider=lab allocator=slab quirks=mtk-ext,no-perms oas=36", -EINVAL },
	{ "format=lpae-s1 provider=lab allocator=slab ias=24", -EINVAL },
	{ "format=lpae-s1 provider=lab allocator=slab ias=49", -EINVAL },
	{ "format=lpae-s1 provider=lab allocator=slab oas=33", -EINVAL },
	{ "format=lpae-s1 provider=lab allocator=slab oas=52", -EINVAL },
	{ "format=lpae-s1 provider=lab allocator=slab granule=8K", -EINVAL },
	{ "format=lpae-s1 provider=lab allocator=slab quirks=outer-wbwa", -EINVAL },
	{ "format=lpae-s1 provider=lab allocator=slab quirks=mtk-ext", -EINVAL },
	{ "format=v7s provider=lab allocator=none", -EOPNOTSUPP },
	{ "format=lpae-s1 provider=lab", -EOPNOTSUPP },
};

static void params_desc(const struct params_case *c, char *desc)
{
	strscpy(desc, c->text, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(params, params_cases, params_desc);

/* Passing proves that what cannot be is refused before anything is allocated. */
static void params_refused(struct kunit *test)
{
	const struct params_case *c = test->param_value;
	char *text = kunit_kstrdup(test, c->text, GFP_KERNEL);
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_params p;

	KUNIT_ASSERT_NOT_NULL(test, text);
	KUNIT_ASSERT_EQ(test, 0, lab_parse_params(text, &p));
	strscpy(p.name, "parse", sizeof(p.name));
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(lab_kunit_create(test, &p, tally)), c->ret);
	KUNIT_EXPECT_EQ(test, lab_tally_checked(tally), 0);
}

static struct kunit_case parse_cases[] = {
	KUNIT_CASE_PARAM(parse_create, create_gen_params),
	KUNIT_CASE(parse_create_fields),
	KUNIT_CASE_PARAM(parse_map, map_gen_params),
	KUNIT_CASE(parse_unmap_and_translate),
	KUNIT_CASE_PARAM(params_refused, params_gen_params),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite parse_suite = {
	.name		= "lab_parse",
	LAB_SUITE_OF_THE_LAB,
	.test_cases	= parse_cases,
};

kunit_test_suite(parse_suite);

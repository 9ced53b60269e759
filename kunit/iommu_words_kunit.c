// SPDX-License-Identifier: GPL-2.0-only
/* The words about the fake IOMMU: each reaches its field, and what is none is refused. */
#include <kunit/test.h>
#include <linux/dma-mapping.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "iommu/master.h"
#include "iommu/words.h"
#include "lab_kunit.h"
#include "compat/compat.h"

static char *copy_of(struct kunit *test, const char *text)
{
	char *copy = kunit_kstrdup(test, text, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, copy);
	return copy;
}

/* A line for a file, and whether it is taken. */
struct line {
	const char *text;
	bool taken;
};

static void line_desc(const struct line *l, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "\"%s\"", l->text);
	strreplace(desc, '\n', ' ');
	strreplace(desc, '\t', ' ');
}

static const struct line create_lines[] = {
	{ "profile=mtk", true },
	{ "\tname=me  profile=smmu mode=lazy\n", true },
	{ "mode=identity profile=msm", true },
	{ "format=lpae-s1", true },
	{ "profile=smmu reserved=0x1000-0x1fff", true },
	{ "profile=smmu reserved=0-0", true },
	{ "profile=smmu reserved=0-0xffffffffffffffff", true },
	{ "profile=smmu profile=mtk", true },
	{ "profile=smmu noncoherent ias=39 provider=lab allocator=slab", true },
	{ "", false },
	{ "\n", false },
	{ "name=me", false },
	{ "mode=strict", false },
	{ "profile=", false },
	{ "profile=vtd", false },
	{ "profile=smmu mode=", false },
	{ "profile=smmu mode=fast", false },
	{ "profile=smmu strict", false },
	{ "profile=smmu reserved=", false },
	{ "profile=smmu reserved=0x1000", false },
	{ "profile=smmu reserved=0x1000-", false },
	{ "profile=smmu reserved=-0x1000", false },
	{ "profile=smmu reserved=0x2000-0x1fff", false },
	{ "profile=smmu reserved=0-0x10000000000000000", false },
	{ "profile=smmu reserved=0x1000-0x1fff-0x2fff", false },
	{ "profile=smmu reserved=0x00000000000000000000000000000001000-0x1fff", true },
	{ "profile=smmu name=", false },
	{ "profile=smmu name=a/b", false },
	{ "profile=smmu allocator=magic", false },
	{ "profile=smmu format=v9s", false },
	{ "profile=smmu frob", false },
	{ "profile=smmu a b c d e f g h i j k l m n o p", false },
};

KUNIT_ARRAY_PARAM(create, create_lines, line_desc);

/* Passing proves that a line is taken or refused as a whole. */
static void words_create(struct kunit *test)
{
	const struct line *l = test->param_value;
	struct lab_iommu_params p;

	KUNIT_EXPECT_EQ(test, lab_iommu_parse(copy_of(test, l->text), &p),
			l->taken ? 0 : -EINVAL);
}

/* Passing proves that every word reaches its field, wherever it stands. */
static void words_create_fields(struct kunit *test)
{
	static const char words[] =
		"ias=39 reserved=0x8000-0xffff name=me mode=lazy profile=smmu";
	struct lab_iommu_params p;

	KUNIT_ASSERT_EQ(test, 0, lab_iommu_parse(copy_of(test, words), &p));
	KUNIT_EXPECT_STREQ(test, p.domain.name, "me");
	KUNIT_EXPECT_STREQ(test, p.domain.format->name, "lpae-s1");
	KUNIT_EXPECT_EQ(test, p.domain.ias, 39);
	KUNIT_EXPECT_EQ(test, p.domain.oas, 48);
	KUNIT_EXPECT_TRUE(test, p.domain.coherent);
	KUNIT_EXPECT_EQ(test, p.mode, LAB_IOMMU_LAZY);
	KUNIT_EXPECT_EQ(test, p.reserved.first, 0x8000);
	KUNIT_EXPECT_EQ(test, p.reserved.last, 0xffff);
}

/* Passing proves that what nobody asks for is none, and strict. */
static void words_create_defaults(struct kunit *test)
{
	struct lab_iommu_params p;

	KUNIT_ASSERT_EQ(test, 0, lab_iommu_parse(copy_of(test, "profile=smmu"), &p));
	KUNIT_EXPECT_STREQ(test, p.domain.name, "");
	KUNIT_EXPECT_EQ(test, p.mode, LAB_IOMMU_STRICT);
	KUNIT_EXPECT_GT(test, p.reserved.first, p.reserved.last);
}

/* Passing proves that later words win, a profile's own among them. */
static void words_later_win(struct kunit *test)
{
	static const char words[] =
		"profile=mtk profile=smmu mode=lazy mode=strict noncoherent coherent noncoherent";
	struct lab_iommu_params p;

	KUNIT_ASSERT_EQ(test, 0, lab_iommu_parse(copy_of(test, words), &p));
	KUNIT_EXPECT_STREQ(test, p.domain.format->name, "lpae-s1");
	KUNIT_EXPECT_EQ(test, p.domain.quirks, 0UL);
	KUNIT_EXPECT_EQ(test, p.mode, LAB_IOMMU_STRICT);
	KUNIT_EXPECT_FALSE(test, p.domain.coherent);
}

static void profile_desc(const struct lab_iommu_profile *profile, char *desc)
{
	strscpy(desc, profile->name, KUNIT_PARAM_DESC_SIZE);
}

LAB_GENERATOR(profile_gen_params)
{
	const struct lab_iommu_profile *next = prev;

	next = next ? next + 1 : lab_iommu_profiles;
	if (next - lab_iommu_profiles >= lab_iommu_nr_profiles)
		return NULL;
	profile_desc(next, desc);
	return next;
}

/* Passing proves that each profile is an instance that this kernel could have. */
static void words_profile_fits(struct kunit *test)
{
	const struct lab_iommu_profile *profile = test->param_value;
	struct lab_iommu_params p;
	char text[64];
	int ret;

	snprintf(text, sizeof(text), "profile=%s", profile->name);
	KUNIT_ASSERT_EQ(test, 0, lab_iommu_parse(text, &p));
	ret = lab_params_check(&p.domain);
	if (ret == -EOPNOTSUPP)
		kunit_skip(test, "a format that this kernel does not have");
	KUNIT_EXPECT_EQ(test, ret, 0);
}

/* Passing proves that the words of an IOMMU are it again. */
static void words_make_it_again(struct kunit *test)
{
	const struct lab_iommu_profile *profile = test->param_value;
	struct lab_iommu_params p, again;
	char text[256];

	snprintf(text, sizeof(text), "profile=%s mode=lazy reserved=0x10000-0x1ffff",
		 profile->name);
	KUNIT_ASSERT_EQ(test, 0, lab_iommu_parse(text, &p));
	KUNIT_ASSERT_LT(test, lab_iommu_params_text(&p, text, sizeof(text)), sizeof(text) - 1);
	KUNIT_ASSERT_EQ(test, 0, lab_iommu_parse(text, &again));
	KUNIT_EXPECT_MEMEQ(test, &p, &again, sizeof(p));
}

static const struct line add_lines[] = {
	{ "name=m", true },
	{ " name=m-1_a\tmask=1 boundary=0 max-segment=1 coherent\n", true },
	{ "name=m mask=64 boundary=64K max-segment=4294967295 noncoherent channel", true },
	{ "name=m boundary=9223372036854775808", true },
	{ "", false },
	{ "mask=32", false },
	{ "name=", false },
	{ "name=a/b", false },
	{ "name=x1234567890123456789012345678901", false },
	{ "m", false },
	{ "name=m mask=0", false },
	{ "name=m mask=65", false },
	{ "name=m mask=0x20", false },
	{ "name=m mask=-1", false },
	{ "name=m mask=", false },
	{ "name=m boundary=12K", false },
	{ "name=m boundary=", false },
	{ "name=m boundary=4Kx", false },
	{ "name=m max-segment=0", false },
	{ "name=m max-segment=4G", false },
	{ "name=m max-segment=x", false },
	{ "name=m coherent=1", false },
	{ "name=m channel=yes", false },
	{ "name=m frob", false },
	{ "name=m frob=1", false },
	{ "name=m boundary=0000000000000000000000000000000000000000000000000000000000000", false },
};

KUNIT_ARRAY_PARAM(add, add_lines, line_desc);

/* Passing proves that a line is taken or refused as a whole. */
static void words_add(struct kunit *test)
{
	const struct line *l = test->param_value;
	struct lab_master_params p;

	KUNIT_EXPECT_EQ(test, lab_master_parse("words", copy_of(test, l->text), &p),
			l->taken ? 0 : -EINVAL);
}

/* Passing proves that every word reaches its field. */
static void words_add_fields(struct kunit *test)
{
	static const char words[] =
		"name=m mask=40 boundary=1M max-segment=8K noncoherent channel";
	struct lab_master_params p;

	KUNIT_ASSERT_EQ(test, 0, lab_master_parse("words", copy_of(test, words), &p));
	KUNIT_EXPECT_STREQ(test, p.name, "m");
	KUNIT_EXPECT_EQ(test, p.mask_bits, 40);
	KUNIT_EXPECT_EQ(test, p.boundary, SZ_1M);
	KUNIT_EXPECT_EQ(test, p.max_segment, SZ_8K);
	KUNIT_EXPECT_FALSE(test, p.coherent);
	KUNIT_EXPECT_TRUE(test, p.channel);
}

static const struct line map_lines[] = {
	{ "kmalloc 8", true },
	{ "page 4K@64 dir=from\n", true },
	{ "sg 4K,100@3,8 dir=to attrs=skip-sync", true },
	{ "sg 1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1", true },
	{ "attrs 2M attrs=single-pages,contiguous,no-mapping", true },
	{ "resource 4294967295", true },
	{ "", false },
	{ "kmalloc", false },
	{ "8 kmalloc", false },
	{ "malloc 8", false },
	{ "kmalloc 0", false },
	{ "kmalloc -8", false },
	{ "kmalloc 4G", false },
	{ "kmalloc 8,8", false },
	{ "kmalloc 8@1", false },
	{ "page 8,8", false },
	{ "page 8@", false },
	{ "page 8@x", false },
	{ "page 8@1M", false },
	{ "page @8", false },
	{ "sg 8,,8", false },
	{ "sg 8,", false },
	{ "sg 1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1", false },
	{ "page 8 dir=", false },
	{ "page 8 dir=up", false },
	{ "page 8 to", false },
	{ "page 8 attrs=", false },
	{ "page 8 attrs=skip-sync,", false },
	{ "page 8 attrs=contiguous", false },
	{ "attrs 8 attrs=skip-sync", false },
	{ "coherent 8 attrs=contiguous", false },
	{ "page 8 attrs=frob", false },
};

KUNIT_ARRAY_PARAM(map, map_lines, line_desc);

/* Passing proves that a line is taken or refused as a whole. */
static void words_map(struct kunit *test)
{
	const struct line *l = test->param_value;
	struct lab_buffer_params p;

	KUNIT_EXPECT_EQ(test, lab_buffer_parse("words", copy_of(test, l->text), &p),
			l->taken ? 0 : -EINVAL);
}

/* Passing proves that every word reaches its field, in the order of the elements. */
static void words_map_fields(struct kunit *test)
{
	static const char words[] = "sg 4K,100@3,0x10@4095 dir=from attrs=skip-sync";
	struct lab_buffer_params p;

	KUNIT_ASSERT_EQ(test, 0, lab_buffer_parse("words", copy_of(test, words), &p));
	KUNIT_EXPECT_EQ(test, p.kind, LAB_BUFFER_SG);
	KUNIT_EXPECT_EQ(test, p.dir, DMA_FROM_DEVICE);
	KUNIT_EXPECT_EQ(test, p.attrs, DMA_ATTR_SKIP_CPU_SYNC);
	KUNIT_ASSERT_EQ(test, p.nr, 3);
	KUNIT_EXPECT_EQ(test, p.bytes[0], SZ_4K);
	KUNIT_EXPECT_EQ(test, p.offset[0], 0);
	KUNIT_EXPECT_EQ(test, p.bytes[1], 100);
	KUNIT_EXPECT_EQ(test, p.offset[1], 3);
	KUNIT_EXPECT_EQ(test, p.bytes[2], 16);
	KUNIT_EXPECT_EQ(test, p.offset[2], 4095);
	KUNIT_EXPECT_STREQ(test, lab_dir_text(p.dir), "from");
}

static const struct line access_lines[] = {
	{ "r 0x1000 4", true },
	{ " w 0xffffffffffffffff 1M\n", true },
	{ "", false },
	{ "r 0x1000", false },
	{ "x 0x1000 4", false },
	{ "rw 0x1000 4", false },
	{ "r 0x1000 0", false },
	{ "r 0x1000 1048577", false },
	{ "r 0x10000000000001000 4", false },
	{ "r -1 4", false },
	{ "r 0x1000 4 4", false },
};

KUNIT_ARRAY_PARAM(access, access_lines, line_desc);

/* Passing proves that an access is read word by word, or refused. */
static void words_access(struct kunit *test)
{
	const struct line *l = test->param_value;
	struct lab_access a;

	KUNIT_EXPECT_EQ(test, lab_access_parse("words", copy_of(test, l->text), &a),
			l->taken ? 0 : -EINVAL);
}

/* Passing proves that what is copied where is not mixed up. */
static void words_copy(struct kunit *test)
{
	struct lab_access a;

	KUNIT_ASSERT_EQ(test, 0, lab_copy_parse("words", copy_of(test, "0x2000 0x1000 64"), &a));
	KUNIT_EXPECT_EQ(test, a.iova, 0x2000);
	KUNIT_EXPECT_EQ(test, a.from, 0x1000);
	KUNIT_EXPECT_EQ(test, a.bytes, 64);
	KUNIT_EXPECT_EQ(test, -EINVAL, lab_copy_parse("words", copy_of(test, "0x2000 64"), &a));
}

static const struct line domain_lines[] = {
	{ "take", true },
	{ " give\n", true },
	{ "map 0x1000 0x80000000 4K rw", true },
	{ "map 0 0 1 r,cache,noexec", true },
	{ "unmap 0x1000 4K", true },
	{ "", false },
	{ "taken", false },
	{ "take it", false },
	{ "map 0x1000 0x80000000 4K", false },
	{ "map 0x1000 0x80000000 4K rw rw", false },
	{ "map 0x1000 0x80000000 0 rw", false },
	{ "map 0x1000 0x80000000 4K x", false },
	{ "map 0x1000 0x80000000 4K rw,", false },
	{ "map 0x1000 here 4K rw", false },
	{ "unmap 0x1000", false },
	{ "unmap 0x1000 0", false },
	{ "unmap 0x1000 4K rw", false },
	{ "a b c d e f g h i j k l m n o p q", false },
};

KUNIT_ARRAY_PARAM(domain, domain_lines, line_desc);

/* Passing proves that what is done by hand is read word by word, or refused. */
static void words_domain(struct kunit *test)
{
	const struct line *l = test->param_value;
	struct lab_by_hand r;

	KUNIT_EXPECT_EQ(test, lab_by_hand_parse("words", copy_of(test, l->text), &r),
			l->taken ? 0 : -EINVAL);
}

/* Passing proves that every word of a map by hand reaches its field. */
static void words_domain_fields(struct kunit *test)
{
	static const char words[] = "map 0x1000 0x80000000 64K r,cache";
	struct lab_by_hand r;

	KUNIT_ASSERT_EQ(test, 0, lab_by_hand_parse("words", copy_of(test, words), &r));
	KUNIT_EXPECT_EQ(test, r.verb, LAB_BY_HAND_MAP);
	KUNIT_EXPECT_EQ(test, r.iova, 0x1000);
	KUNIT_EXPECT_EQ(test, r.pa, 0x80000000);
	KUNIT_EXPECT_EQ(test, r.bytes, SZ_64K);
	KUNIT_EXPECT_EQ(test, r.prot, IOMMU_READ | IOMMU_CACHE);
}

/* Passing proves that buffers are named by a number alone. */
static void words_number(struct kunit *test)
{
	unsigned int number;

	KUNIT_EXPECT_EQ(test, 0, lab_number_parse("words", copy_of(test, " 17\n"), &number));
	KUNIT_EXPECT_EQ(test, number, 17);
	KUNIT_EXPECT_EQ(test, -EINVAL, lab_number_parse("words", copy_of(test, ""), &number));
	KUNIT_EXPECT_EQ(test, -EINVAL, lab_number_parse("words", copy_of(test, "-1"), &number));
	KUNIT_EXPECT_EQ(test, -EINVAL, lab_number_parse("words", copy_of(test, "1 2"), &number));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			lab_number_parse("words", copy_of(test, "4294967296"), &number));
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(words_create, create_gen_params),
	KUNIT_CASE(words_create_fields),
	KUNIT_CASE(words_create_defaults),
	KUNIT_CASE(words_later_win),
	KUNIT_CASE_PARAM(words_profile_fits, profile_gen_params),
	KUNIT_CASE_PARAM(words_make_it_again, profile_gen_params),
	KUNIT_CASE_PARAM(words_add, add_gen_params),
	KUNIT_CASE(words_add_fields),
	KUNIT_CASE_PARAM(words_map, map_gen_params),
	KUNIT_CASE(words_map_fields),
	KUNIT_CASE_PARAM(words_access, access_gen_params),
	KUNIT_CASE(words_copy),
	KUNIT_CASE_PARAM(words_domain, domain_gen_params),
	KUNIT_CASE(words_domain_fields),
	KUNIT_CASE(words_number),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite suite = {
	.name		= "lab_iommu_words",
	.test_cases	= cases,
	LAB_SUITE_OF_THE_LAB,
};

kunit_test_suite(suite);

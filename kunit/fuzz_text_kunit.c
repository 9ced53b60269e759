// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fuzzer's programs as text: what is written is read again as it was, and what is
 * no program is refused.
 */
#include <linux/sizes.h>
#include <linux/string.h>

#include "fuzz/generate.h"
#include "fuzz/words.h"
#include "lab_kunit.h"

#define RW	(IOMMU_READ | IOMMU_WRITE)

static char *copy(struct kunit *test, const char *text)
{
	char *copy = kunit_kstrdup(test, text, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, copy);
	return copy;
}

/* A line, and the operation that it is. */
static const struct line_case {
	const char *text;
	struct lab_fuzz_op op;
} line_cases[] = {
	{ "map 0x100000 0x80000000 4K 16 rw",
	  { LAB_FUZZ_MAP, { 0x100000, 0x80000000, SZ_4K, 16, RW } } },
	{ "map-atomic 0xffffffffffe00000 0x0 2M 1 r,cache,noexec",
	  { LAB_FUZZ_MAP_ATOMIC, { 0xffffffffffe00000, 0, SZ_2M, 1,
				   IOMMU_READ | IOMMU_CACHE | IOMMU_NOEXEC } } },
	{ "map 0x0 0x1000 4K 1 w,mmio,priv",
	  { LAB_FUZZ_MAP, { 0, 0x1000, SZ_4K, 1, IOMMU_WRITE | IOMMU_MMIO | IOMMU_PRIV } } },
	/* What has to be refused can be written down, too. */
	{ "map 0x800 0x800 0 0 noexec",
	  { LAB_FUZZ_MAP, { 0x800, 0x800, 0, 0, IOMMU_NOEXEC } } },
	{ "map 0x0 0x0 4095 18446744073709551615 rw",
	  { LAB_FUZZ_MAP, { 0, 0, 4095, SIZE_MAX, RW } } },
	{ "map 0x0 0x0 6K 1 rw",
	  { LAB_FUZZ_MAP, { 0, 0, 6 * SZ_1K, 1, RW } } },
	{ "unmap 0x100000 64K 16",
	  { LAB_FUZZ_UNMAP, { 0x100000, .pgsize = SZ_64K, .count = 16 } } },
	{ "unmap-queued 0x0 4T 1",
	  { LAB_FUZZ_UNMAP_QUEUED, { 0, .pgsize = BIT_ULL(42), .count = 1 } } },
	{ "sync", { LAB_FUZZ_SYNC } },
	{ "translate 0x123456789abcdef0", { LAB_FUZZ_TRANSLATE, { 0x123456789abcdef0 } } },
	{ "touch 0x1fff", { LAB_FUZZ_TOUCH, { 0x1fff } } },
	{ "clear", { LAB_FUZZ_CLEAR } },
	{ "fail_nth 3", { LAB_FUZZ_FAIL_NTH, { .count = 3 } } },
	{ "recreate", { LAB_FUZZ_RECREATE } },
};

static void line_desc(const struct line_case *c, char *desc)
{
	strscpy(desc, c->text, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(line, line_cases, line_desc);

static void expect_same(struct kunit *test, const struct lab_fuzz_op *got,
			const struct lab_fuzz_op *due)
{
	KUNIT_EXPECT_EQ(test, got->kind, due->kind);
	KUNIT_EXPECT_EQ(test, got->range.iova, due->range.iova);
	KUNIT_EXPECT_EQ(test, got->range.pa, due->range.pa);
	KUNIT_EXPECT_EQ(test, got->range.pgsize, due->range.pgsize);
	KUNIT_EXPECT_EQ(test, got->range.count, due->range.count);
	KUNIT_EXPECT_EQ(test, got->range.prot, due->range.prot);
}

/* Passing proves that a line is read as what it says, and written as it was. */
static void line_is_read_and_written(struct kunit *test)
{
	const struct line_case *c = test->param_value;
	char text[LAB_FUZZ_OP_BYTES];
	struct lab_fuzz_op op;

	KUNIT_ASSERT_EQ(test, 0, lab_fuzz_op_parse("fuzz", copy(test, c->text), &op));
	expect_same(test, &op, &c->op);
	lab_fuzz_op_text(&op, text, sizeof(text));
	KUNIT_EXPECT_STREQ(test, text, c->text);
}

/* A text that is read whole, or refused. */
static const struct text_case {
	const char *text;
} bad_cases[] = {
	{ "mop 0x100000 0x80000000 4K 16 rw" },
	{ "map" },
	{ "map 0x100000 0x80000000 4K 16" },
	{ "map 0x100000 0x80000000 4K 16 rw more" },
	{ "map 0x100000 0x80000000 4K 16 x" },
	{ "map 0x10000000000000000 0x0 4K 16 rw" },
	{ "unmap 0x100000 4K" },
	{ "unmap 0x100000 4K 1 rw" },
	{ "unmap here 4K 1" },
	{ "sync now" },
	{ "translate" },
	{ "translate 0x1000 0x2000" },
	{ "touch -1" },
	{ "clear 0x1000" },
	{ "fail_nth" },
	{ "fail_nth one" },
	{ "fail_nth 1 2" },
	{ "fail_nth 18446744073709551616" },
	{ "recreate it" },
	{ "MAP 0x100000 0x80000000 4K 16 rw" },
};

static void text_desc(const struct text_case *c, char *desc)
{
	/* A '#' would begin a directive of KTAP. */
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "\"%s\"", c->text);
	strreplace(desc, '\n', ' ');
	strreplace(desc, '#', ';');
}

KUNIT_ARRAY_PARAM(bad, bad_cases, text_desc);

/* Passing proves that a line that is no operation is refused, wherever it stands. */
static void line_is_refused(struct kunit *test)
{
	const struct text_case *c = test->param_value;
	struct lab_fuzz_program *p = lab_kunit_program(test, LAB_FUZZ_MAX_OPS);
	struct lab_fuzz_op op;
	char text[128];

	KUNIT_EXPECT_EQ(test, -EINVAL, lab_fuzz_op_parse("fuzz", copy(test, c->text), &op));
	snprintf(text, sizeof(text), "sync\n\n# a remark\n%s\nsync\n", c->text);
	KUNIT_EXPECT_EQ(test, -EINVAL, lab_fuzz_program_parse("fuzz", text, p));
}

/* Passing proves that a program is read line by line, remarks left aside. */
static void program_is_read(struct kunit *test)
{
	char text[] = "\n# first\nmap 0x0 0x0 4K 1 rw   # 0000000000000000\n"
		      "\n\t unmap 0x0 4K 1\n  # and\nsync#";
	struct lab_fuzz_program *p = lab_kunit_program(test, LAB_FUZZ_MAX_OPS);

	KUNIT_ASSERT_EQ(test, 0, lab_fuzz_program_parse("fuzz", text, p));
	KUNIT_ASSERT_EQ(test, p->nr, 3);
	KUNIT_EXPECT_EQ(test, p->op[0].kind, LAB_FUZZ_MAP);
	KUNIT_EXPECT_EQ(test, p->op[1].kind, LAB_FUZZ_UNMAP);
	KUNIT_EXPECT_EQ(test, p->op[2].kind, LAB_FUZZ_SYNC);
}

/* Passing proves that a program of more operations than are taken is refused. */
static void long_program_is_refused(struct kunit *test)
{
	static const char line[] = "sync\n";
	size_t bytes = strlen(line) * (LAB_FUZZ_MAX_OPS + 1);
	struct lab_fuzz_program *p = lab_kunit_program(test, LAB_FUZZ_MAX_OPS);
	char *text = kunit_kzalloc(test, bytes + 1, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, text);
	for (size_t at = 0; at < bytes; at += strlen(line))
		memcpy(text + at, line, strlen(line));
	KUNIT_EXPECT_EQ(test, -E2BIG, lab_fuzz_program_parse("fuzz", text, p));
}

static void format_desc(const struct lab_format *f, char *desc)
{
	strscpy(desc, f->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(format, lab_formats, format_desc);

/* Passing proves that whatever is generated is read as it was when it is written down. */
static void generated_is_read_again(struct kunit *test)
{
	struct lab_fuzz_program *p = lab_kunit_program(test, LAB_FUZZ_MAX_OPS);
	char text[LAB_FUZZ_OP_BYTES];
	struct lab_params params;
	struct lab_fuzz_op op;

	lab_params_default(&params, test->param_value);
	lab_fuzz_generate(&params, 1, 0, 1024, p);
	for (size_t i = 0; i < p->nr; i++) {
		int written = lab_fuzz_op_text(&p->op[i], text, sizeof(text));

		KUNIT_EXPECT_LT(test, written, sizeof(text) - 1);
		KUNIT_ASSERT_EQ(test, 0, lab_fuzz_op_parse("fuzz", text, &op));
		expect_same(test, &op, &p->op[i]);
	}
}

static const struct words_case {
	const char *text;
	bool taken;
	u64 seed, seeds;
	size_t steps;
	u64 window;
	bool differential;
} words_cases[] = {
	{ "format=v7s", true, 1, 100, 200, 0, false },
	{ "seed=0x7 format=lpae-s1 seeds=3 provider=lab steps=4096 allocator=slab\n", true,
	  7, 3, 4096, 0, false },
	{ "format=lpae-s1 differential window=2M seed=18446744073709551615", true,
	  U64_MAX, 100, 200, SZ_2M, true },
	{ "seed=1", false },
	{ "format=v7s seed=", false },
	{ "format=v7s seed=one", false },
	{ "format=v7s seeds=0", false },
	{ "format=v7s steps=0", false },
	{ "format=v7s steps=4097", false },
	{ "format=v7s steps=-1", false },
	{ "format=v7s window=0", false },
	{ "format=v7s window=12K", false },
	{ "format=v7s differential=yes", false },
	{ "format=v7s sed=1", false },
	{ "format=v8s", false },
};

static void words_desc(const struct words_case *c, char *desc)
{
	strscpy(desc, c->text, KUNIT_PARAM_DESC_SIZE);
	strreplace(desc, '\n', ' ');
}

KUNIT_ARRAY_PARAM(words, words_cases, words_desc);

/* Passing proves that the words of the file fuzz are read one by one, or refused. */
static void words_are_read(struct kunit *test)
{
	const struct words_case *c = test->param_value;
	struct lab_fuzz *fuzz = kunit_kzalloc(test, sizeof(*fuzz), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fuzz);
	KUNIT_ASSERT_EQ(test, c->taken ? 0 : -EINVAL, lab_fuzz_parse(copy(test, c->text), fuzz));
	if (!c->taken)
		return;
	KUNIT_EXPECT_EQ(test, fuzz->seed, c->seed);
	KUNIT_EXPECT_EQ(test, fuzz->seeds, c->seeds);
	KUNIT_EXPECT_EQ(test, fuzz->steps, c->steps);
	KUNIT_EXPECT_EQ(test, fuzz->window, c->window);
	KUNIT_EXPECT_EQ(test, fuzz->setup.differential, c->differential);
	KUNIT_EXPECT_STREQ(test, fuzz->setup.params.name, "");
}

static const char * const setups[] = {
	"format=v7s provider=lab allocator=page ias=32 oas=32 granule=4K noncoherent fail-nth=9",
	"format=mali provider=kernel allocator=none ias=48 oas=40 granule=4K coherent differential",
	"format=mali provider=lab allocator=slab ias=48 oas=40 granule=4K noncoherent dma-bits=44",
	"format=lpae-s1 provider=lab allocator=frag ias=40 oas=44 granule=4K coherent quirks=ns,hd",
};

static void setup_desc(const char * const *setup, char *desc)
{
	strscpy(desc, *setup, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(setup, setups, setup_desc);

/* Passing proves that a setup, written in words, is read as it was. */
static void setup_is_read_again(struct kunit *test)
{
	const char * const *due = test->param_value;
	struct lab_fuzz_program *p = lab_kunit_program(test, LAB_FUZZ_MAX_OPS);
	struct lab_fuzz_setup setup;
	char text[LAB_FUZZ_SETUP_BYTES];

	KUNIT_ASSERT_EQ(test, 0, lab_fuzz_parse_replay(copy(test, *due), &setup, p));
	KUNIT_EXPECT_EQ(test, p->nr, 0);
	KUNIT_EXPECT_STREQ(test, lab_fuzz_setup_text(&setup, text), *due);
}

static const struct text_case bad_replays[] = {
	{ "" },
	{ "# format=v7s" },
	{ "map 0x0 0x0 4K 1 rw" },
	{ "format=v7s\nmap 0x0 0x0 4K 1 rw\nunmap 0x0" },
	{ "format=v7s seed=x\nsync" },
};

KUNIT_ARRAY_PARAM(bad_replay, bad_replays, text_desc);

/* Passing proves that a replay without a setup, or with a bad line, is refused. */
static void replay_is_refused(struct kunit *test)
{
	const struct text_case *c = test->param_value;
	struct lab_fuzz_program *p = lab_kunit_program(test, LAB_FUZZ_MAX_OPS);
	struct lab_fuzz_setup setup;

	KUNIT_EXPECT_EQ(test, -EINVAL, lab_fuzz_parse_replay(copy(test, c->text), &setup, p));
}

static struct kunit_case fuzz_text_cases[] = {
	KUNIT_CASE_PARAM(line_is_read_and_written, line_gen_params),
	KUNIT_CASE_PARAM(line_is_refused, bad_gen_params),
	KUNIT_CASE(program_is_read),
	KUNIT_CASE(long_program_is_refused),
	KUNIT_CASE_PARAM(generated_is_read_again, format_gen_params),
	KUNIT_CASE_PARAM(words_are_read, words_gen_params),
	KUNIT_CASE_PARAM(setup_is_read_again, setup_gen_params),
	KUNIT_CASE_PARAM(replay_is_refused, bad_replay_gen_params),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite fuzz_text_suite = {
	.name		= "lab_fuzz_text",
	LAB_SUITE_OF_THE_LAB,
	.test_cases	= fuzz_text_cases,
};

kunit_test_suite(fuzz_text_suite);

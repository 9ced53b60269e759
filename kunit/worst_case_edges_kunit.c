// SPDX-License-Identifier: GPL-2.0-only
/*
 * lab_io_pgtable_max_tables() at the edges of what it may be asked: numbers
 * worked out by hand, and refusals.
 */
#include <linux/sizes.h>
#include <linux/string.h>

#include "brute_force.h"
#include "format/format.h"
#include "io_pgtable_lab.h"

/* A question, and its answer: an errno, or a number. */
struct question {
	const char *name;
	struct lab_space space;
	struct lab_range r;
	int ret;
	u64 nr;
};

#define LPAE48	{ &lab_levels_4k, 48 }
#define V7S32	{ &lab_levels_v7s, 32 }
#define V7S34	{ &lab_levels_v7s, 34 }
static const struct question questions[] = {
	{ "nothing", LPAE48, { 0, 0, SZ_4K }, 0, 0 },
	{ "nothing, behind the end", LPAE48, { BIT_ULL(48), 0, SZ_4K }, 0, 0 },
	{ "first page", LPAE48, { 0, SZ_4K, SZ_4K }, 0, 3 },
	{ "last page", LPAE48, { BIT_ULL(48) - SZ_4K, SZ_4K, SZ_4K }, 0, 3 },
	{ "as many pages as one table holds", LPAE48, { 0, SZ_2M, SZ_4K }, 0, 3 },
	{ "one page more", LPAE48, { 0, SZ_2M + SZ_4K, SZ_4K }, 0, 4 },
	{ "two pages in two tables", LPAE48, { SZ_2M - SZ_4K, SZ_8K, SZ_4K }, 0, 4 },
	{ "two pages across 512 GB", LPAE48, { BIT_ULL(39) - SZ_4K, SZ_8K, SZ_4K }, 0, 6 },
	{ "two blocks across 512 GB", LPAE48, { BIT_ULL(39) - SZ_2M, SZ_4M, SZ_2M }, 0, 4 },
	{ "all, in pages", LPAE48, { 0, BIT_ULL(48), SZ_4K }, 0, BIT(27) + BIT(18) + BIT(9) },
	{ "all, in any size", LPAE48, { 0, BIT_ULL(48), 0 }, 0, BIT(27) + BIT(18) + BIT(9) },
	{ "all, in blocks of 2M", LPAE48, { 0, BIT_ULL(48), SZ_2M }, 0, BIT(18) + BIT(9) },
	{ "all, in blocks of 1G", LPAE48, { 0, BIT_ULL(48), SZ_1G }, 0, BIT(9) },
	{ "page behind the end", LPAE48, { BIT_ULL(48), SZ_4K, SZ_4K }, -ERANGE },
	{ "page across the end", LPAE48, { BIT_ULL(48) - SZ_4K, SZ_8K, SZ_4K }, -ERANGE },
	{ "more than all", LPAE48, { 0, BIT_ULL(48) + SZ_4K, SZ_4K }, -ERANGE },
	{ "an end that overflows", LPAE48, { -SZ_4K, SZ_8K, SZ_4K }, -ERANGE },
	{ "a length that overflows", LPAE48, { SZ_4K, -SZ_4K, SZ_4K }, -ERANGE },
	{ "begins inside a page", LPAE48, { SZ_2K, SZ_4K, SZ_4K }, -EINVAL },
	{ "ends inside a page", LPAE48, { 0, SZ_4K + SZ_2K, SZ_4K }, -EINVAL },
	{ "ends inside a page of any size", LPAE48, { 0, SZ_4K + SZ_2K, 0 }, -EINVAL },
	{ "begins inside a block", LPAE48, { SZ_4K, SZ_2M, SZ_2M }, -EINVAL },
	{ "a page size that is none", LPAE48, { 0, SZ_64K, SZ_64K }, -EINVAL },
	{ "two page sizes", LPAE48, { 0, SZ_2M, SZ_2M | SZ_4K }, -EINVAL },
	{ "a page size and three bytes", LPAE48, { 0, SZ_4K, SZ_4K + 3 }, -EINVAL },
	{ "root of blocks", { &lab_levels_4k, 30 }, { 0, SZ_1G, SZ_2M }, 0, 0 },
	{ "block as large as the space", { &lab_levels_4k, 30 }, { 0, SZ_1G, SZ_1G }, -EINVAL },
	{ "root of two", { &lab_levels_4k, 31 }, { 0, SZ_2G, SZ_4K }, 0, 1024 + 2 },
	{ "root of pages", { &lab_levels_16k, 25 }, { 0, SZ_32M, SZ_16K }, 0, 0 },
	{ "v7s, first page", V7S32, { 0, SZ_4K, SZ_4K }, 0, 1 },
	{ "v7s, two pages in two tables", V7S32, { SZ_1M - SZ_4K, SZ_8K, SZ_4K }, 0, 2 },
	{ "v7s, large pages across 1 MB", V7S32, { SZ_1M - SZ_64K, SZ_128K, SZ_64K }, 0, 2 },
	{ "v7s, all in pages", V7S32, { 0, SZ_4G, SZ_4K }, 0, 4096 },
	{ "v7s, all in large pages", V7S32, { 0, SZ_4G, SZ_64K }, 0, 4096 },
	{ "v7s, all in sections", V7S32, { 0, SZ_4G, SZ_1M }, 0, 0 },
	{ "v7s, all in supersections", V7S32, { 0, SZ_4G, SZ_16M }, 0, 0 },
	{ "v7s, across 4 GB", V7S32, { SZ_4G - SZ_4K, SZ_8K, SZ_4K }, -ERANGE },
	{ "v7s, a page size that is none", V7S32, { 0, SZ_2M, SZ_2M }, -EINVAL },
	{ "v7s, begins inside a section", V7S32, { SZ_4K, SZ_1M, SZ_1M }, -EINVAL },
	{ "mtk, across 4 GB", V7S34, { SZ_4G - SZ_4K, SZ_8K, SZ_4K }, 0, 2 },
	{ "mtk, all in pages", V7S34, { 0, BIT_ULL(34), SZ_4K }, 0, 16384 },
	{ "mtk, across 16 GB", V7S34, { BIT_ULL(34) - SZ_4K, SZ_8K, SZ_4K }, -ERANGE },
};

#undef LPAE48
#undef V7S32
#undef V7S34

static void question_desc(const struct question *q, char *desc)
{
	strscpy(desc, q->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(question, questions, question_desc);

/* Passing proves this answer; a refusal leaves the number alone. */
static void answers(struct kunit *test)
{
	const struct question *q = test->param_value;
	struct io_pgtable_cfg cfg = lab_space_cfg(&q->space);
	u64 nr = 42;

	KUNIT_EXPECT_EQ(test, q->ret,
			lab_io_pgtable_max_tables(q->space.levels->fmt, &cfg, q->r.iova,
						  q->r.bytes, q->r.pgsize, &nr));
	KUNIT_EXPECT_EQ(test, nr, q->ret ? 42 : q->nr);
}

/* Passing proves that what is no format, or no configuration of it, is refused. */
static void refuses_configurations(struct kunit *test)
{
	static const struct lab_space lpae = { &lab_levels_4k, 48 }, v7s = { &lab_levels_v7s, 32 };
	struct io_pgtable_cfg cfg = lab_space_cfg(&lpae);
	struct lab_table_sizes sizes;
	u64 nr = 42;

	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			lab_io_pgtable_max_tables(APPLE_DART, &cfg, 0, SZ_4K, SZ_4K, &nr));
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			lab_io_pgtable_max_tables(IO_PGTABLE_NUM_FMTS, &cfg, 0, SZ_4K, SZ_4K, &nr));
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			lab_io_pgtable_max_tables(-1, &cfg, 0, SZ_4K, SZ_4K, &nr));
	/* Not LPAE's: a quirk of v7s, no page size, an output space of 33 bits. */
	cfg.quirks = IO_PGTABLE_QUIRK_NO_PERMS;
	KUNIT_EXPECT_EQ(test, -EINVAL,
			lab_io_pgtable_max_tables(ARM_64_LPAE_S1, &cfg, 0, SZ_4K, SZ_4K, &nr));
	cfg = lab_space_cfg(&lpae);
	cfg.pgsize_bitmap = 0;
	KUNIT_EXPECT_EQ(test, -EINVAL,
			lab_io_pgtable_max_tables(ARM_64_LPAE_S1, &cfg, 0, SZ_4K, 0, &nr));
	cfg = lab_space_cfg(&lpae);
	cfg.oas = 33;
	KUNIT_EXPECT_EQ(test, -EINVAL,
			lab_io_pgtable_max_tables(ARM_64_LPAE_S1, &cfg, 0, SZ_4K, SZ_4K, &nr));
	/* Not v7s's: 33 bits without MediaTek's quirk. */
	cfg = lab_space_cfg(&v7s);
	cfg.ias = 33;
	KUNIT_EXPECT_EQ(test, -EINVAL,
			lab_io_pgtable_max_tables(ARM_V7S, &cfg, 0, SZ_4K, SZ_4K, &nr));
	/* Without pages v7s has a root, but nothing that could be mapped. */
	cfg = lab_space_cfg(&v7s);
	cfg.pgsize_bitmap = SZ_2M;
	KUNIT_EXPECT_EQ(test, -EINVAL, lab_io_pgtable_max_tables(ARM_V7S, &cfg, 0, 0, 0, &nr));
	KUNIT_EXPECT_EQ(test, 0, lab_format_table_sizes(ARM_V7S, &cfg, &sizes));
	KUNIT_EXPECT_EQ(test, sizes.max_nr, 0);

	KUNIT_EXPECT_EQ(test, nr, 42);
}

static struct kunit_case worst_case_edges_cases[] = {
	KUNIT_CASE_PARAM(answers, question_gen_params),
	KUNIT_CASE(refuses_configurations),
	{}
};

static struct kunit_suite worst_case_edges_suite = {
	.name		= "lab_worst_case_edges",
	.test_cases	= worst_case_edges_cases,
};

kunit_test_suite(worst_case_edges_suite);

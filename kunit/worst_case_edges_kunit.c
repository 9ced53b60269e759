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
#define S2_40	{ &lab_levels_s2_4k, 40, 40, 1 }
#define S2_16K	{ &lab_levels_s2_16k, 40, 40, 1 }
#define LPA	{ &lab_levels_64k_52, 52, 52 }
#define MALI32	{ &lab_levels_mali, 32, 40 }
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
	{ "concatenated, across tables", S2_40, { BIT_ULL(39) - SZ_4K, SZ_8K, SZ_4K }, 0, 4 },
	{ "concatenated, all in 1G", S2_40, { 0, BIT_ULL(40), SZ_1G }, 0, 0 },
	{ "concatenated, all in 2M", S2_40, { 0, BIT_ULL(40), SZ_2M }, 0, 1024 },
	{ "concatenated, behind the end", S2_40, { BIT_ULL(40), SZ_4K, SZ_4K }, -ERANGE },
	{ "16 concatenated of 16K", S2_16K, { 0, BIT_ULL(40), SZ_16K }, 0, BIT(15) },
	{ "16 concatenated of 16K, blocks", S2_16K, { 0, BIT_ULL(40), SZ_32M }, 0, 0 },
	{ "52 bits, all in 4T", LPA, { 0, BIT_ULL(52), BIT_ULL(42) }, 0, 0 },
	{ "52 bits, all in 512M", LPA, { 0, BIT_ULL(52), SZ_512M }, 0, 1024 },
	{ "mali, first page of a small space", MALI32, { 0, SZ_4K, SZ_4K }, 0, 3 },
	{ "mali, all of a small space in 1G", MALI32, { 0, SZ_4G, SZ_1G }, 0, 1 },
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
#undef S2_40
#undef S2_16K
#undef LPA
#undef MALI32

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

/* Passing proves that the upper end of 64 bits is counted as the lower is. */
static void counts_upper_space(struct kunit *test)
{
	static const struct lab_space lpae = { &lab_levels_4k, 48 };
	struct io_pgtable_cfg cfg = lab_space_cfg(&lpae);
	u64 first = ~0ULL << 48, nr = 0;

	cfg.quirks = IO_PGTABLE_QUIRK_ARM_TTBR1;
	KUNIT_EXPECT_EQ(test, 0, lab_io_pgtable_max_tables(ARM_64_LPAE_S1, &cfg, first,
							   BIT_ULL(48), SZ_4K, &nr));
	KUNIT_EXPECT_EQ(test, nr, BIT(27) + BIT(18) + BIT(9));
	KUNIT_EXPECT_EQ(test, 0, lab_io_pgtable_max_tables(ARM_64_LPAE_S1, &cfg, -SZ_4K, SZ_4K,
							   SZ_4K, &nr));
	KUNIT_EXPECT_EQ(test, nr, 3);
	KUNIT_EXPECT_EQ(test, -ERANGE, lab_io_pgtable_max_tables(ARM_64_LPAE_S1, &cfg, -SZ_4K,
								 SZ_8K, SZ_4K, &nr));
	KUNIT_EXPECT_EQ(test, -ERANGE, lab_io_pgtable_max_tables(ARM_64_LPAE_S1, &cfg, 0, SZ_4K,
								 SZ_4K, &nr));
	KUNIT_EXPECT_EQ(test, -ERANGE, lab_io_pgtable_max_tables(ARM_64_LPAE_S1, &cfg,
								 first - SZ_4K, SZ_8K, SZ_4K,
								 &nr));
}

/* Configurations of formats that are none, and what differs from one that is */
static const struct refused {
	const char *name;
	enum io_pgtable_fmt fmt;
	size_t pgsizes;
	unsigned int ias, oas;
	unsigned long quirks;
} refused[] = {
	{ "outer-wbwa, coherent", ARM_64_LPAE_S1, SZ_4K, 48, 48,
	  IO_PGTABLE_QUIRK_ARM_OUTER_WBWA },
	{ "stage 2 with ns", ARM_64_LPAE_S2, SZ_4K, 40, 40, IO_PGTABLE_QUIRK_ARM_NS },
	{ "stage 2 with ttbr1", ARM_64_LPAE_S2, SZ_4K, 40, 40, IO_PGTABLE_QUIRK_ARM_TTBR1 },
	{ "stage 2 of 34 output bits", ARM_64_LPAE_S2, SZ_4K, 32, 34 },
	{ "32 tables concatenated", ARM_64_LPAE_S2, SZ_4K, 44, 40 },
	{ "32 tables of 16K concatenated", ARM_64_LPAE_S2, SZ_16K, 41, 40 },
	{ "33 bits of 32", ARM_32_LPAE_S1, SZ_4K, 33, 40 },
	{ "42 output bits of 40", ARM_32_LPAE_S1, SZ_4K, 32, 42 },
	{ "16K with 32 bits", ARM_32_LPAE_S1, SZ_16K, 32, 40 },
	{ "41 bits of 40", ARM_32_LPAE_S2, SZ_4K, 41, 40 },
	{ "64K with 32 bits, stage 2", ARM_32_LPAE_S2, SZ_64K, 40, 40 },
	{ "mali with a quirk", ARM_MALI_LPAE, SZ_4K, 48, 40, IO_PGTABLE_QUIRK_ARM_NS },
	{ "mali with 49 bits", ARM_MALI_LPAE, SZ_4K, 49, 40 },
	{ "mali with 48 output bits", ARM_MALI_LPAE, SZ_4K, 48, 48 },
	{ "mali with 64K", ARM_MALI_LPAE, SZ_64K, 48, 40 },
};

static void refused_desc(const struct refused *r, char *desc)
{
	strscpy(desc, r->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(refused, refused, refused_desc);

/* Passing proves that the writer refuses it, and sizes and counts nothing for it. */
static void refuses_format(struct kunit *test)
{
	const struct refused *r = test->param_value;
	struct io_pgtable_cfg cfg = {
		.pgsize_bitmap	= r->pgsizes,
		.ias		= r->ias,
		.oas		= r->oas,
		.quirks		= r->quirks,
		.coherent_walk	= true,
	};
	struct io_pgtable_cfg before = cfg;
	struct lab_table_sizes sizes;
	u64 nr = 42;

	KUNIT_EXPECT_NULL(test, lab_alloc_io_pgtable_ops(r->fmt, &cfg, NULL));
	KUNIT_EXPECT_MEMEQ(test, &cfg, &before, sizeof(cfg));
	KUNIT_EXPECT_EQ(test, -EINVAL, lab_format_table_sizes(r->fmt, &cfg, &sizes));
	KUNIT_EXPECT_EQ(test, -EINVAL, lab_io_pgtable_max_tables(r->fmt, &cfg, 0, r->pgsizes,
								 r->pgsizes, &nr));
	KUNIT_EXPECT_EQ(test, nr, 42);
}

static struct kunit_case worst_case_edges_cases[] = {
	KUNIT_CASE_PARAM(answers, question_gen_params),
	KUNIT_CASE(counts_upper_space),
	KUNIT_CASE(refuses_configurations),
	KUNIT_CASE_PARAM(refuses_format, refused_gen_params),
	{}
};

static struct kunit_suite worst_case_edges_suite = {
	.name		= "lab_worst_case_edges",
	LAB_SUITE_OF_THE_LAB,
	.test_cases	= worst_case_edges_cases,
};

kunit_test_suite(worst_case_edges_suite);

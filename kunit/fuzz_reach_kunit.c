// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the fuzzer's generator reaches.  Its programs are read here as anybody could read
 * them, by a book of what is mapped: the generator's own account is not asked.
 */
#include <linux/overflow.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "fuzz/generate.h"
#include "lab_kunit.h"

enum {
	SEEDS	= 30,
	STEPS	= 200,
};

/* What a program may come to. */
enum reached {
	MAPPED,
	IN_ATOMIC_CONTEXT,
	BEGINS_AT_A_TABLE,
	ENDS_AT_A_TABLE,
	CROSSES_A_TABLE,
	FILLS_A_TABLE,
	A_GROUP,
	FIRST_OF_THE_SPACE,
	LAST_OF_THE_SPACE,
	LAST_OF_THE_OUTPUTS,
	LARGEST_PAGE,
	OVER_A_MAPPING,
	A_BLOCK_OVER_PAGES,
	A_PAGE_OVER_A_BLOCK,
	UNMAPPED,
	QUEUED,
	THE_FRONT_OF_A_RUN,
	THE_MIDDLE_OF_A_RUN,
	THE_END_OF_A_RUN,
	PAGES_AS_A_BLOCK,
	A_PART_OF_A_BLOCK,
	NOTHING_THERE,
	LESS_THERE,
	MAPPED_WHILE_QUEUED,
	MISALIGNED,
	MISALIGNED_OUTPUT,
	NO_SUCH_PAGE,
	NO_PAGE,
	BEYOND_THE_SPACE,
	BEYOND_64_BITS,
	BEYOND_THE_OUTPUTS,
	NO_ACCESS,
	SYNCED,
	ASKED,
	FAILED,
	RETRIED,
	RECREATED,
	RECREATED_IN_USE,
	NR_REACHED
};

static const char * const names[] = {
	[MAPPED] = "mapped",
	[IN_ATOMIC_CONTEXT] = "in atomic context",
	[BEGINS_AT_A_TABLE] = "begins at a table",
	[ENDS_AT_A_TABLE] = "ends at a table",
	[CROSSES_A_TABLE] = "crosses a table",
	[FILLS_A_TABLE] = "fills a table",
	[A_GROUP] = "a group",
	[FIRST_OF_THE_SPACE] = "first of the space",
	[LAST_OF_THE_SPACE] = "last of the space",
	[LAST_OF_THE_OUTPUTS] = "last of the outputs",
	[LARGEST_PAGE] = "largest page",
	[OVER_A_MAPPING] = "over a mapping",
	[A_BLOCK_OVER_PAGES] = "a block over pages",
	[A_PAGE_OVER_A_BLOCK] = "a page over a block",
	[UNMAPPED] = "unmapped",
	[QUEUED] = "queued",
	[THE_FRONT_OF_A_RUN] = "the front of a run",
	[THE_MIDDLE_OF_A_RUN] = "the middle of a run",
	[THE_END_OF_A_RUN] = "the end of a run",
	[PAGES_AS_A_BLOCK] = "pages as a block",
	[A_PART_OF_A_BLOCK] = "a part of a block",
	[NOTHING_THERE] = "nothing there",
	[LESS_THERE] = "less there",
	[MAPPED_WHILE_QUEUED] = "mapped while queued",
	[MISALIGNED] = "misaligned",
	[MISALIGNED_OUTPUT] = "misaligned output",
	[NO_SUCH_PAGE] = "no such page",
	[NO_PAGE] = "no page",
	[BEYOND_THE_SPACE] = "beyond the space",
	[BEYOND_64_BITS] = "beyond 64 bits",
	[BEYOND_THE_OUTPUTS] = "beyond the outputs",
	[NO_ACCESS] = "no access",
	[SYNCED] = "synced",
	[ASKED] = "asked",
	[FAILED] = "failed",
	[RETRIED] = "retried",
	[RECREATED] = "recreated",
	[RECREATED_IN_USE] = "recreated in use",
};

static_assert(ARRAY_SIZE(names) == NR_REACHED);

/**
 * struct reading - a program that is read
 * @p:		what it is for
 * @sizes:	page sizes ORed
 * @first:	first input address
 * @last:	last input address
 * @mapped:	what is mapped, by what has been read so far
 * @any:	something is
 * @queued:	a flush queue holds something
 * @fails:	a table cannot be had
 * @n:		how often each was reached
 */
struct reading {
	struct lab_params p;
	unsigned long sizes;
	u64 first, last;
	struct lab_model mapped;
	bool any, queued, fails;
	u64 n[NR_REACHED];
};

/* What is wrong with a request whatever is mapped; true if anything is. */
static bool read_wrong(struct reading *g, const struct lab_fuzz_op *op)
{
	const struct lab_range *r = &op->range;
	u64 bytes, last;

	if (!r->pgsize || !(r->pgsize & g->sizes) || !is_power_of_2(r->pgsize))
		return ++g->n[NO_SUCH_PAGE];
	if (!r->count)
		return ++g->n[NO_PAGE];
	if (check_mul_overflow((u64)r->pgsize, (u64)r->count, &bytes))
		return ++g->n[BEYOND_64_BITS];
	if (check_add_overflow(r->iova, bytes - 1, &last) || r->iova < g->first || last > g->last)
		return ++g->n[BEYOND_THE_SPACE];
	if (!IS_ALIGNED(r->iova, r->pgsize))
		return ++g->n[MISALIGNED];
	if (!lab_fuzz_op_is_map(op))
		return false;
	if (r->pa + bytes > BIT_ULL(g->p.oas))
		return ++g->n[BEYOND_THE_OUTPUTS];
	if (!IS_ALIGNED(r->pa, r->pgsize))
		return ++g->n[MISALIGNED_OUTPUT];
	if (!(r->prot & (IOMMU_READ | IOMMU_WRITE)))
		return ++g->n[NO_ACCESS];
	return false;
}

static void read_edges(struct reading *g, const struct lab_range *r, u64 bytes)
{
	u64 at = r->iova - g->first, end = at + bytes;
	u8 lg2[LAB_FUZZ_MAX_SPANS];
	unsigned int nr = lab_fuzz_spans(&g->p, lg2);

	for (unsigned int i = 0; i < nr; i++) {
		u64 span = BIT_ULL(lg2[i]);

		if (r->pgsize >= span)
			continue;
		g->n[BEGINS_AT_A_TABLE] += IS_ALIGNED(at, span);
		g->n[ENDS_AT_A_TABLE] += IS_ALIGNED(end, span);
		g->n[CROSSES_A_TABLE] += at >> lg2[i] != (end - 1) >> lg2[i];
		g->n[FILLS_A_TABLE] += IS_ALIGNED(at, span) && bytes == span;
	}
	g->n[A_GROUP] += r->count == 16;
	g->n[FIRST_OF_THE_SPACE] += !at;
	g->n[LAST_OF_THE_SPACE] += r->iova + (bytes - 1) == g->last;
	g->n[LAST_OF_THE_OUTPUTS] += r->pa + bytes == BIT_ULL(g->p.oas);
	g->n[LARGEST_PAGE] += r->pgsize == BIT(__fls(g->sizes));
}

static void read_map(struct kunit *test, struct reading *g, const struct lab_fuzz_op *op)
{
	const struct lab_range *r = &op->range;
	const struct lab_mapping m = {
		.iova	= r->iova,
		.pa	= r->pa,
		.pgsize	= r->pgsize,
		.prot	= r->prot,
		.bytes	= r->pgsize * r->count,
	};
	struct lab_model_range over;

	if (read_wrong(g, op))
		return;
	if (lab_model_next(&g->mapped, m.iova, m.iova + (m.bytes - 1), &over)) {
		g->n[OVER_A_MAPPING]++;
		g->n[A_BLOCK_OVER_PAGES] += over.mapping->pgsize < m.pgsize;
		g->n[A_PAGE_OVER_A_BLOCK] += over.mapping->pgsize > m.pgsize;
		return;
	}
	/* It is tried again when there are tables. */
	if (g->fails)
		return;
	read_edges(g, r, m.bytes);
	g->n[MAPPED]++;
	g->n[IN_ATOMIC_CONTEXT] += op->kind == LAB_FUZZ_MAP_ATOMIC;
	g->n[MAPPED_WHILE_QUEUED] += g->queued;
	KUNIT_ASSERT_EQ(test, 0, lab_model_add(&g->mapped, &m));
	g->any = true;
}

static void read_unmap(struct reading *g, const struct lab_fuzz_op *op)
{
	const struct lab_range *r = &op->range;
	u64 bytes = r->pgsize * r->count, last = r->iova + (bytes - 1);
	struct lab_model_range on;

	if (read_wrong(g, op))
		return;
	if (!lab_model_covers(&g->mapped, r->iova, bytes)) {
		g->n[lab_model_overlaps(&g->mapped, r->iova, bytes) ? LESS_THERE :
								      NOTHING_THERE]++;
		return;
	}
	if (lab_model_splits(&g->mapped, r->iova, bytes, r->pgsize)) {
		g->n[A_PART_OF_A_BLOCK]++;
		return;
	}
	lab_model_next(&g->mapped, r->iova, last, &on);
	g->n[THE_FRONT_OF_A_RUN] += on.first == r->iova && on.last > last;
	g->n[THE_MIDDLE_OF_A_RUN] += on.first < r->iova && on.last > last;
	g->n[THE_END_OF_A_RUN] += on.first < r->iova && on.last == last;
	g->n[PAGES_AS_A_BLOCK] += on.mapping->pgsize < r->pgsize;
	g->n[UNMAPPED]++;
	g->n[QUEUED] += op->kind == LAB_FUZZ_UNMAP_QUEUED;
	g->queued |= op->kind == LAB_FUZZ_UNMAP_QUEUED;
	lab_model_remove(&g->mapped, r->iova, bytes);
}

static void read_op(struct kunit *test, struct reading *g, const struct lab_fuzz_op *op)
{
	if (lab_fuzz_op_is_map(op)) {
		read_map(test, g, op);
		return;
	}
	if (lab_fuzz_op_is_unmap(op)) {
		read_unmap(g, op);
		return;
	}
	switch (op->kind) {
	case LAB_FUZZ_SYNC:
		g->n[SYNCED]++;
		g->queued = false;
		break;
	case LAB_FUZZ_FAIL_NTH:
		g->n[FAILED] += !!op->range.count;
		g->n[RETRIED] += g->fails && !op->range.count;
		g->fails = op->range.count;
		break;
	case LAB_FUZZ_RECREATE:
		g->n[RECREATED]++;
		g->n[RECREATED_IN_USE] += g->any;
		lab_model_fini(&g->mapped);
		lab_model_init(&g->mapped);
		g->any = false;
		g->queued = false;
		break;
	default:
		g->n[ASKED]++;
	}
}

static void fini(void *reading)
{
	lab_model_fini(&((struct reading *)reading)->mapped);
}

static void forget(void *program)
{
	lab_fuzz_program_fini(program);
}

/**
 * lab_kunit_program() - an empty program of the fuzzer, which goes with its test
 * @test:	the test
 * @room:	operations that it has room for
 *
 * Context: Process; sleeps.
 * Return: the program.
 */
struct lab_fuzz_program *lab_kunit_program(struct kunit *test, size_t room)
{
	struct lab_fuzz_program *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_ASSERT_EQ(test, 0, lab_fuzz_program_init(p, room));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, forget, p));
	return p;
}

static void read_programs(struct kunit *test, struct reading *g)
{
	struct lab_fuzz_program *p = lab_kunit_program(test, STEPS);

	g->sizes = lab_params_page_sizes(&g->p);
	g->first = lab_params_first_iova(&g->p);
	g->last = lab_params_last_iova(&g->p);
	lab_model_init(&g->mapped);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, fini, g));
	for (u64 seed = 1; seed <= SEEDS; seed++) {
		lab_fuzz_generate(&g->p, seed, 0, STEPS, p);
		KUNIT_ASSERT_EQ(test, p->nr, STEPS);
		for (size_t i = 0; i < p->nr; i++)
			read_op(test, g, &p->op[i]);
		/* The next begins with an instance of its own. */
		lab_model_fini(&g->mapped);
		lab_model_init(&g->mapped);
		g->any = false;
		g->queued = false;
		g->fails = false;
	}
}

/* Shapes of input spaces that differ in what there is to reach */
static const struct reach_case {
	const char *name;
	enum lab_format_index format;
	size_t granule;
	unsigned int ias, oas;
	unsigned long quirks;
} reach_cases[] = {
	{ "v7s", LAB_V7S, SZ_4K, 32, 32 },
	{ "v7s 34/35", LAB_V7S, SZ_4K, 34, 35,
	  IO_PGTABLE_QUIRK_NO_PERMS | IO_PGTABLE_QUIRK_ARM_MTK_EXT },
	{ "lpae-s1 4K", LAB_LPAE_S1, SZ_4K, 48, 48 },
	{ "lpae-s1 4K, upper half", LAB_LPAE_S1, SZ_4K, 39, 40, IO_PGTABLE_QUIRK_ARM_TTBR1 },
	{ "lpae-s1 16K", LAB_LPAE_S1, SZ_16K, 40, 40 },
	{ "lpae-s1 64K", LAB_LPAE_S1, SZ_64K, 52, 52 },
	{ "lpae-s2", LAB_LPAE_S2, SZ_4K, 40, 40 },
	{ "lpae32-s1", LAB_LPAE32_S1, SZ_4K, 32, 40 },
	{ "mali", LAB_MALI, SZ_4K, 48, 40 },
};

static void reach_desc(const struct reach_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(reach, reach_cases, reach_desc);

static void params_of(const struct reach_case *c, struct lab_params *p)
{
	lab_params_default(p, &lab_formats[c->format]);
	p->granule = c->granule;
	p->ias = c->ias;
	p->oas = c->oas;
	p->quirks = c->quirks;
}

/* Passing proves that programs come to everything that there is to come to. */
static void everything_is_reached(struct kunit *test)
{
	struct reading *g = kunit_kzalloc(test, sizeof(*g), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, g);
	params_of(test->param_value, &g->p);
	read_programs(test, g);
	for (int i = 0; i < NR_REACHED; i++)
		KUNIT_EXPECT_GT_MSG(test, g->n[i], 0ULL, "%s", names[i]);
	/* Not too many of the requests are refused, either. */
	KUNIT_EXPECT_GT(test, g->n[MAPPED] + g->n[UNMAPPED], (u64)SEEDS * STEPS / 3);
}

static bool same_op(const struct lab_fuzz_op *a, const struct lab_fuzz_op *b)
{
	return a->kind == b->kind && a->range.iova == b->range.iova &&
	       a->range.pa == b->range.pa && a->range.pgsize == b->range.pgsize &&
	       a->range.count == b->range.count && a->range.prot == b->range.prot;
}

/* How many operations of both are the same. */
static size_t count_same(const struct lab_fuzz_program *a, const struct lab_fuzz_program *b)
{
	size_t same = 0;

	for (size_t i = 0; i < min(a->nr, b->nr); i++)
		same += same_op(&a->op[i], &b->op[i]);
	return same;
}

/* Passing proves that a program is its seed's, whoever it is for, and a longer one goes on. */
static void same_seed_same_program(struct kunit *test)
{
	struct lab_fuzz_program *a = lab_kunit_program(test, STEPS);
	struct lab_fuzz_program *b = lab_kunit_program(test, 2 * STEPS);
	struct lab_params p;

	params_of(test->param_value, &p);
	lab_fuzz_generate(&p, 7, 0, STEPS, a);

	p.provider = &lab_provider_lab;
	p.allocator = &lab_slab;
	p.coherent = false;
	strscpy(p.name, "another");
	lab_fuzz_generate(&p, 7, 0, STEPS, b);
	KUNIT_EXPECT_EQ(test, count_same(a, b), STEPS);

	lab_fuzz_generate(&p, 7, 0, 2 * STEPS, b);
	KUNIT_EXPECT_EQ(test, count_same(a, b), STEPS);
	KUNIT_EXPECT_EQ(test, b->nr, 2 * STEPS);

	lab_fuzz_generate(&p, 8, 0, STEPS, b);
	KUNIT_EXPECT_LT(test, count_same(a, b), STEPS / 2);
}

/* Passing proves that hardware writes, and what it wrote is read, where it keeps that. */
static void dirty_state_is_reached(struct kunit *test)
{
	struct lab_fuzz_program *p = lab_kunit_program(test, STEPS);
	unsigned int touched = 0, cleared = 0;
	struct lab_params params;

	lab_params_default(&params, &lab_formats[LAB_LPAE_S1]);
	params.quirks = IO_PGTABLE_QUIRK_ARM_HD;
	for (u64 seed = 1; seed <= SEEDS; seed++) {
		lab_fuzz_generate(&params, seed, 0, STEPS, p);
		for (size_t i = 0; i < p->nr; i++) {
			touched += p->op[i].kind == LAB_FUZZ_TOUCH;
			cleared += p->op[i].kind == LAB_FUZZ_CLEAR;
		}
	}
	KUNIT_EXPECT_GT(test, touched, SEEDS);
	KUNIT_EXPECT_GT(test, cleared, SEEDS / 10);
}

static struct kunit_case fuzz_reach_cases[] = {
	KUNIT_CASE_PARAM(everything_is_reached, reach_gen_params),
	KUNIT_CASE_PARAM(same_seed_same_program, reach_gen_params),
	KUNIT_CASE(dirty_state_is_reached),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite fuzz_reach_suite = {
	.name		= "lab_fuzz_reach",
	LAB_SUITE_OF_THE_LAB,
	.test_cases	= fuzz_reach_cases,
};

kunit_test_suite(fuzz_reach_suite);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The allocator "packed": the fullest page first, nothing kept that is empty, and
 * never more than a page for a live table.
 */
#include <linux/log2.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include "lab_kunit.h"
#include "pool.h"

/* A slot size, by the slots of a page. */
struct slot_case {
	const char *name;
	size_t slots;
};

static const struct slot_case slot_cases[] = {
	{ "2 slots to a page", 2 },
	{ "4 slots to a page, v7s L2 on 4 KB pages", 4 },
	{ "16 slots to a page", 16 },
	{ "64 slots to a page", 64 },
};

static void slot_desc(const struct slot_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(slot, slot_cases, slot_desc);

/* Pages that the cases fill. */
#define NR_PAGES	8

/* All pools share pages: somebody else's free slots would be served too. */
static void need_packed_alone(struct kunit *test)
{
	if (lab_packed.held_bytes())
		kunit_skip(test, "somebody uses the allocator");
}

/* A pool for @nr tables of @size bytes. */
static struct lab_kunit_pool *packed_pool(struct kunit *test, size_t size, size_t nr)
{
	const struct lab_table_sizes sizes = { size, size, nr };

	return lab_kunit_pool(test, &lab_packed, &sizes, nr);
}

static s64 pages_held(void)
{
	return lab_packed.held_bytes() / PAGE_SIZE;
}

static struct page *page_of(const struct lab_kunit_pool *p, size_t i)
{
	return virt_to_page(p->table[i]);
}

/* Passing proves that the fullest page comes first, not the newest or the last freed in. */
static void packed_fullest_page_first(struct kunit *test)
{
	enum { A = 0, B = 4, C = 8, NR = 12 };
	struct page *a, *b, *c;
	struct lab_kunit_pool *p;

	need_packed_alone(test);
	p = packed_pool(test, PAGE_SIZE / 4, NR);
	lab_kunit_fill(test, p, 0, NR);
	a = page_of(p, A);
	b = page_of(p, B);
	c = page_of(p, C);
	KUNIT_ASSERT_PTR_NE(test, a, b);
	KUNIT_ASSERT_PTR_NE(test, b, c);
	KUNIT_ASSERT_EQ(test, pages_held(), 3);

	/* Free slots: two in a, one in b, three in c. */
	lab_kunit_drain(p, A, A + 2);
	lab_kunit_drain(p, B, B + 1);
	lab_kunit_drain(p, C, C + 3);

	lab_kunit_fill(test, p, A, A + 2);
	lab_kunit_fill(test, p, B, B + 1);
	lab_kunit_fill(test, p, C, C + 3);
	KUNIT_EXPECT_PTR_EQ(test, page_of(p, A), b);
	KUNIT_EXPECT_PTR_EQ(test, page_of(p, A + 1), a);
	KUNIT_EXPECT_PTR_EQ(test, page_of(p, B), a);
	for (int i = C; i < C + 3; i++)
		KUNIT_EXPECT_PTR_EQ(test, page_of(p, i), c);
	KUNIT_EXPECT_EQ(test, pages_held(), 3);
}

/* Passing proves that a page takes as many tables as fit, and goes back with the last. */
static void packed_empty_page_goes_at_once(struct kunit *test)
{
	const struct slot_case *c = test->param_value;
	size_t nr = NR_PAGES * c->slots;
	struct lab_kunit_pool *p;

	need_packed_alone(test);
	p = packed_pool(test, PAGE_SIZE / c->slots, nr);
	for (size_t i = 0; i < nr; i++) {
		lab_kunit_fill(test, p, i, i + 1);
		KUNIT_EXPECT_EQ(test, pages_held(), (s64)DIV_ROUND_UP(i + 1, c->slots));
	}
	/* Page by page: with the last of each it goes. */
	for (size_t i = 0; i < nr; i++) {
		lab_kunit_free(p, i);
		KUNIT_EXPECT_EQ(test, pages_held(), (s64)DIV_ROUND_UP(nr - i - 1, c->slots));
	}
}

/*
 * Passing proves that who frees all but one table of each page makes each live
 * table pin a page and no more, and that new tables fill the holes before a page
 * is taken.
 */
static void packed_worst_case_is_a_page(struct kunit *test)
{
	const struct slot_case *c = test->param_value;
	size_t nr = NR_PAGES * c->slots;
	struct lab_kunit_pool *p;

	need_packed_alone(test);
	p = packed_pool(test, PAGE_SIZE / c->slots, nr);
	lab_kunit_fill(test, p, 0, nr);
	for (size_t i = 0; i < nr; i++)
		if (i % c->slots != i / c->slots % c->slots)
			lab_kunit_free(p, i);
	KUNIT_EXPECT_EQ(test, pages_held(), NR_PAGES);

	for (size_t i = 0; i < nr; i++) {
		if (p->table[i])
			continue;
		lab_kunit_fill(test, p, i, i + 1);
		KUNIT_EXPECT_EQ(test, pages_held(), NR_PAGES);
	}
	lab_kunit_drain(p, 0, nr);
	KUNIT_EXPECT_EQ(test, pages_held(), 0);
}

/*
 * Passing proves that churn which frees the tables of the fullest pages first is
 * held to a page per live table at every step, and leaves nothing.
 */
static void packed_churn_stays_bounded(struct kunit *test)
{
	const struct slot_case *c = test->param_value;
	size_t nr = NR_PAGES * c->slots, live = 0, over = 0;
	struct lab_kunit_pool *p;

	need_packed_alone(test);
	p = packed_pool(test, PAGE_SIZE / c->slots, nr);
	/* A stride that is prime to nr visits all, in an order that is not the pages'. */
	for (size_t step = 0, i = 0; step < 16 * nr; step++, i = (i + 5 * c->slots + 1) % nr) {
		if (p->table[i] && step % 3) {
			lab_kunit_free(p, i);
			live--;
		} else if (!p->table[i]) {
			lab_kunit_fill(test, p, i, i + 1);
			live++;
		}
		over += pages_held() > live;
		over += pages_held() * c->slots < live;
	}
	KUNIT_EXPECT_EQ(test, over, 0);
	lab_kunit_drain(p, 0, nr);
	KUNIT_EXPECT_EQ(test, pages_held(), 0);
}

/* Passing proves that instances share pages, whatever else tells them apart. */
static void packed_pools_share_pages(struct kunit *test)
{
	struct lab_kunit_pool *p[4];

	need_packed_alone(test);
	for (int i = 0; i < ARRAY_SIZE(p); i++) {
		p[i] = packed_pool(test, PAGE_SIZE / 4, 1);
		lab_kunit_fill(test, p[i], 0, 1);
		KUNIT_EXPECT_PTR_EQ(test, page_of(p[i], 0), page_of(p[0], 0));
	}
	KUNIT_EXPECT_EQ(test, pages_held(), 1);
}

/* Passing proves that sizes in between take the next slot size, and large ones pages. */
static void packed_rounds_sizes_up(struct kunit *test)
{
	static const struct {
		size_t size, slots;
	} sizes[] = {
		{ 1, 64 }, { 16, 64 }, { PAGE_SIZE / 64, 64 }, { PAGE_SIZE / 64 + 1, 32 },
		{ PAGE_SIZE / 2 - 1, 2 }, { PAGE_SIZE / 2, 2 },
	};

	need_packed_alone(test);
	for (int i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t slots = sizes[i].slots;
		struct lab_kunit_pool *p = packed_pool(test, sizes[i].size, slots + 1);

		lab_kunit_fill(test, p, 0, slots);
		KUNIT_EXPECT_EQ_MSG(test, pages_held(), 1, "%zu bytes", sizes[i].size);
		lab_kunit_fill(test, p, slots, slots + 1);
		KUNIT_EXPECT_EQ_MSG(test, pages_held(), 2, "%zu bytes", sizes[i].size);
		lab_kunit_pool_destroy(test, p);
	}
	for (int order = 0; order < 5; order++) {
		struct lab_kunit_pool *p = packed_pool(test, PAGE_SIZE << order, 1);

		lab_kunit_fill(test, p, 0, 1);
		KUNIT_EXPECT_EQ(test, pages_held(), BIT(order));
		lab_kunit_pool_destroy(test, p);
	}
	KUNIT_EXPECT_NULL(test, lab_packed.alloc(NULL, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, pages_held(), 0);
}

/* Passing proves that freeing twice, or with another size, is refused and harms nobody. */
static void packed_refuses_double_free(struct kunit *test)
{
	enum { NR = 4 };
	struct lab_kunit_pool *p;
	void *freed;

	need_packed_alone(test);
	p = packed_pool(test, PAGE_SIZE / NR, NR + 1);
	lab_kunit_fill(test, p, 0, NR);

	lab_packed.free(p->pool, p->table[0], PAGE_SIZE / 2);
	freed = p->table[1];
	lab_kunit_free(p, 1);
	lab_packed.free(p->pool, freed, PAGE_SIZE / NR);
	KUNIT_EXPECT_EQ(test, pages_held(), 1);

	/* One slot came free, once. */
	lab_kunit_fill(test, p, 1, 2);
	KUNIT_EXPECT_PTR_EQ(test, p->table[1], freed);
	lab_kunit_fill(test, p, NR, NR + 1);
	KUNIT_EXPECT_EQ(test, pages_held(), 2);
	lab_kunit_drain(p, 0, NR + 1);
	KUNIT_EXPECT_EQ(test, pages_held(), 0);
	/* Its page is not the allocator's any more. */
	lab_packed.free(p->pool, freed, PAGE_SIZE / NR);
	KUNIT_EXPECT_EQ(test, pages_held(), 0);
}

static struct kunit_case packed_cases[] = {
	KUNIT_CASE(packed_fullest_page_first),
	KUNIT_CASE_PARAM(packed_empty_page_goes_at_once, slot_gen_params),
	KUNIT_CASE_PARAM(packed_worst_case_is_a_page, slot_gen_params),
	KUNIT_CASE_PARAM(packed_churn_stays_bounded, slot_gen_params),
	KUNIT_CASE(packed_pools_share_pages),
	KUNIT_CASE(packed_rounds_sizes_up),
	KUNIT_CASE(packed_refuses_double_free),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite packed_suite = {
	.name		= "lab_packed",
	LAB_SUITE_OF_THE_LAB,
	.test_cases	= packed_cases,
};

kunit_test_suite(packed_suite);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The allocator "frag": what its chunks are worth, and what a table pins.
 */
#include <linux/mm.h>
#include <linux/sizes.h>

#include "lab_kunit.h"
#include "pool.h"

/* More tables of 1 KB than any chunk has. */
#define NR_TABLES	(PAGE_FRAG_CACHE_MAX_SIZE / SZ_1K + 4)

static const struct lab_table_sizes small_sizes = {
	.root_bytes	= SZ_1K,
	.table_bytes	= SZ_1K,
};

static struct lab_kunit_pool *frag_pool(struct kunit *test)
{
	lab_kunit_need_low_memory(test);
	return lab_kunit_pool(test, &lab_frag, &small_sizes, NR_TABLES);
}

static struct page *chunk_of(const struct lab_kunit_pool *p, size_t i)
{
	return virt_to_head_page(p->table[i]);
}

/* Fill the first chunk; the table that opened the second. */
static size_t fill_chunk(struct kunit *test, struct lab_kunit_pool *p)
{
	size_t i = 0;

	do {
		KUNIT_ASSERT_LT(test, i, p->nr);
		lab_kunit_fill(test, p, i, i + 1);
	} while (chunk_of(p, i++) == chunk_of(p, 0));
	return i - 1;
}

/*
 * Passing proves that one live table pins all of its chunk, up to 32 KB and not
 * a page, and that the account says so, until that table goes.
 */
static void frag_live_table_pins_its_chunk(struct kunit *test)
{
	s64 before = lab_kunit_held(test, &lab_frag);
	struct lab_kunit_pool *p = frag_pool(test);
	size_t second = fill_chunk(test, p);
	s64 first_bytes = page_size(chunk_of(p, 0));
	s64 second_bytes = page_size(chunk_of(p, second));

	kunit_info(test, "a chunk is %lld bytes, %zu tables of 1 KB", first_bytes, second);
	KUNIT_EXPECT_EQ(test, first_bytes, (s64)(second * SZ_1K));
	KUNIT_EXPECT_EQ(test, lab_kunit_held(test, &lab_frag) - before,
			first_bytes + second_bytes);
	/* The second too, so that only the first's table keeps anything. */
	lab_kunit_drain(p, 1, second + 1);
	KUNIT_EXPECT_EQ(test, lab_kunit_held(test, &lab_frag) - before, first_bytes);
	lab_kunit_free(p, 0);
	KUNIT_EXPECT_EQ(test, lab_kunit_held(test, &lab_frag), before);
}

/* Passing proves that the chunk in use is held with no table in it, until it is drained. */
static void frag_idle_chunk_is_held(struct kunit *test)
{
	s64 before = lab_kunit_held(test, &lab_frag), chunk;
	struct lab_kunit_pool *p = frag_pool(test);

	lab_kunit_fill(test, p, 0, 1);
	chunk = page_size(chunk_of(p, 0));
	lab_kunit_free(p, 0);
	KUNIT_EXPECT_EQ(test, lab_frag.held_bytes() - before, chunk);
	lab_kunit_pool_destroy(test, p);
	KUNIT_EXPECT_EQ(test, lab_frag.held_bytes(), before);
}

/* Passing proves that trimming spares a chunk with a live table. */
static void frag_trim_keeps_live_tables(struct kunit *test)
{
	s64 before = lab_kunit_held(test, &lab_frag), chunk;
	struct lab_kunit_pool *p = frag_pool(test);

	lab_kunit_fill(test, p, 0, 2);
	chunk = page_size(chunk_of(p, 0));
	lab_kunit_free(p, 0);
	KUNIT_EXPECT_EQ(test, lab_kunit_held(test, &lab_frag) - before, chunk);
	lab_kunit_free(p, 1);
	KUNIT_EXPECT_EQ(test, lab_kunit_held(test, &lab_frag), before);
	/* A pool that was trimmed serves on. */
	lab_kunit_fill(test, p, 0, 2);
	KUNIT_EXPECT_PTR_EQ(test, chunk_of(p, 0), chunk_of(p, 1));
}

/* Passing proves that a fragment comes zeroed though page_frag hands it out dirty. */
static void frag_recycled_fragment_is_zeroed(struct kunit *test)
{
	struct lab_kunit_pool *p = frag_pool(test);
	size_t nr = fill_chunk(test, p);
	struct page *chunk;

	/* The second chunk is the cache's: it is cut up, and then cut again. */
	lab_kunit_drain(p, 0, nr);
	chunk = chunk_of(p, nr);
	memset(p->table[nr], 0xff, SZ_1K);
	lab_kunit_free(p, nr);
	for (size_t i = 0; i < 2 * nr; i++) {
		lab_kunit_fill(test, p, 0, 1);
		KUNIT_EXPECT_NULL(test, memchr_inv(p->table[0], 0, SZ_1K));
		KUNIT_EXPECT_PTR_EQ(test, chunk_of(p, 0), chunk);
		memset(p->table[0], 0xff, SZ_1K);
		lab_kunit_free(p, 0);
	}
}

/* Passing proves that what page_frag is not sure of comes from whole pages. */
static void frag_large_tables_are_pages(struct kunit *test)
{
	const struct lab_table_sizes sizes = { 4 * PAGE_SIZE, 2 * PAGE_SIZE };
	s64 before = lab_kunit_held(test, &lab_frag);
	struct lab_kunit_pool *p = lab_kunit_pool(test, &lab_frag, &sizes, 2);

	lab_kunit_fill(test, p, 0, 2);
	KUNIT_EXPECT_EQ(test, lab_frag.held_bytes() - before, (s64)(6 * PAGE_SIZE));
	lab_kunit_drain(p, 0, 2);
	KUNIT_EXPECT_EQ(test, lab_frag.held_bytes(), before);
}

static struct kunit_case frag_cases[] = {
	KUNIT_CASE(frag_live_table_pins_its_chunk),
	KUNIT_CASE(frag_idle_chunk_is_held),
	KUNIT_CASE(frag_trim_keeps_live_tables),
	KUNIT_CASE(frag_recycled_fragment_is_zeroed),
	KUNIT_CASE(frag_large_tables_are_pages),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite frag_suite = {
	.name		= "lab_frag",
	LAB_SUITE_OF_THE_LAB,
	.test_cases	= frag_cases,
};

kunit_test_suite(frag_suite);

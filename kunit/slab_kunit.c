// SPDX-License-Identifier: GPL-2.0-only
/*
 * The allocator "slab": SLAB_CACHE_DMA32 caches, one per table size.
 */
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "lab_kunit.h"
#include "machine.h"

/* A table size as formats use them. */
struct size_case {
	const char *name;
	size_t bytes;
};

static const struct size_case size_cases[] = {
	{ "lpae smallest root, 64 bytes", 64 },
	{ "v7s L2, 1 KB", SZ_1K },
	{ "lpae 4 KB granule", SZ_4K },
	{ "v7s L1, 16 KB", SZ_16K },
	{ "mtk 34-bit L1 and 64 KB granule", SZ_64K },
};

static void size_desc(const struct size_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(size, size_cases, size_desc);

#define NR_TABLES	64

struct slab_test {
	void *pool;
	size_t size;
	void *table[NR_TABLES];
};

static int slab_test_init(struct kunit *test)
{
	const struct size_case *c = test->param_value;
	struct slab_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	struct lab_table_sizes sizes = {};

	if (!t)
		return -ENOMEM;
	t->size = c ? c->bytes : SZ_1K;
	sizes.root_bytes = t->size;
	sizes.table_bytes = t->size;
	t->pool = lab_slab.create(&sizes);
	test->priv = t;
	return PTR_ERR_OR_ZERO(t->pool);
}

static void slab_test_exit(struct kunit *test)
{
	struct slab_test *t = test->priv;

	if (!t || IS_ERR(t->pool))
		return;
	for (int i = 0; i < NR_TABLES; i++)
		if (t->table[i])
			lab_slab.free(t->pool, t->table[i], t->size);
	lab_slab.destroy(t->pool);
}

static void fill(struct kunit *test)
{
	struct slab_test *t = test->priv;

	for (int i = 0; i < NR_TABLES; i++) {
		t->table[i] = lab_slab.alloc(t->pool, t->size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, t->table[i]);
	}
}

/* Passing proves that the caches keep below 4 GB what GFP_KERNEL would not. */
static void slab_is_low(struct kunit *test)
{
	struct slab_test *t = test->priv;

	lab_kunit_need_low_memory(test);
	fill(test);
	for (int i = 0; i < NR_TABLES; i++)
		KUNIT_EXPECT_LE(test, (u64)virt_to_phys(t->table[i]) + t->size, (u64)SZ_4G);
}

/* Passing proves that a table can be named by its upper address bits. */
static void slab_is_aligned(struct kunit *test)
{
	struct slab_test *t = test->priv;

	fill(test);
	for (int i = 0; i < NR_TABLES; i++)
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED(virt_to_phys(t->table[i]), t->size));
}

/* Passing proves that a table is zeroed each time, not only when fresh. */
static void slab_is_zeroed_when_reused(struct kunit *test)
{
	struct slab_test *t = test->priv;

	fill(test);
	for (int i = 0; i < NR_TABLES; i++) {
		memset(t->table[i], 0xff, t->size);
		lab_slab.free(t->pool, t->table[i], t->size);
		t->table[i] = NULL;
	}
	fill(test);
	for (int i = 0; i < NR_TABLES; i++)
		KUNIT_EXPECT_NULL(test, memchr_inv(t->table[i], 0, t->size));
}

/* Passing proves that live tables share no byte. */
static void slab_tables_are_apart(struct kunit *test)
{
	struct slab_test *t = test->priv;

	fill(test);
	for (int i = 0; i < NR_TABLES; i++)
		memset(t->table[i], i + 1, t->size);
	for (int i = 0; i < NR_TABLES; i++)
		KUNIT_EXPECT_NULL(test, memchr_inv(t->table[i], i + 1, t->size));
}

/* Passing proves that a map in atomic context is served. */
static void slab_serves_atomic(struct kunit *test)
{
	static DEFINE_SPINLOCK(lock);
	struct slab_test *t = test->priv;
	unsigned long flags;

	spin_lock_irqsave(&lock, flags);
	t->table[0] = lab_slab.alloc(t->pool, t->size, GFP_ATOMIC);
	spin_unlock_irqrestore(&lock, flags);
	KUNIT_EXPECT_NOT_NULL(test, t->table[0]);
}

/* Passing proves that a size no format has is refused, not rounded. */
static void slab_refuses_other_sizes(struct kunit *test)
{
	struct slab_test *t = test->priv;
	struct lab_table_sizes sizes = { .root_bytes = SZ_128K, .table_bytes = SZ_1K };

	KUNIT_EXPECT_NULL(test, lab_slab.alloc(t->pool, SZ_128K, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, lab_slab.alloc(t->pool, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, PTR_ERR(lab_slab.create(&sizes)), -EINVAL);
}

/* Passing proves that flags naming a zone do not reach the slab, which BUGs. */
static void slab_ignores_zone_flags(struct kunit *test)
{
	struct slab_test *t = test->priv;

	lab_kunit_need_low_memory(test);
	t->table[0] = lab_slab.alloc(t->pool, t->size, GFP_KERNEL | GFP_DMA32);
	t->table[1] = lab_slab.alloc(t->pool, t->size, GFP_KERNEL | __GFP_HIGHMEM);
	for (int i = 0; i < 2; i++) {
		KUNIT_ASSERT_NOT_NULL(test, t->table[i]);
		KUNIT_EXPECT_LE(test, (u64)virt_to_phys(t->table[i]) + t->size, (u64)SZ_4G);
	}
}

/* Hold all low memory back. */
static void hoard(struct list_head *held)
{
	const gfp_t gfp = GFP_KERNEL | GFP_DMA32 | __GFP_NOWARN | __GFP_NORETRY;
	struct page *page;

	for (int order = MAX_PAGE_ORDER; order >= 0; order--)
		while ((page = alloc_pages(gfp, order))) {
			if (page_to_phys(page) >= SZ_4G) {
				__free_pages(page, order);
				break;
			}
			set_page_private(page, order);
			list_add(&page->lru, held);
		}
}

static void unhoard(struct list_head *held)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, held, lru) {
		int order = page_private(page);

		set_page_private(page, 0);
		__free_pages(page, order);
	}
}

/* Passing proves that without low memory the answer is NULL, never a high table. */
static void slab_without_low_memory(struct kunit *test)
{
	struct slab_test *t = test->priv;
	unsigned int served = 0, high = 0;
	bool ran_dry = false;
	struct lab_machine machine = lab_machine();
	LIST_HEAD(tables);
	LIST_HEAD(held);

	/* All RAM would be hoarded, or none. */
	if (lab_machine_caveat(&machine))
		kunit_skip(test, "RAM does not lie on both sides of 4 GB");

	hoard(&held);
	/* What the caches and the per-CPU lists still held comes first. */
	while (served < SZ_64K && !ran_dry) {
		struct list_head *table = lab_slab.alloc(t->pool, t->size, GFP_KERNEL);

		if (!table) {
			ran_dry = true;
			break;
		}
		high += virt_to_phys(table) + t->size > SZ_4G;
		list_add(table, &tables);
		served++;
	}
	unhoard(&held);

	for (struct list_head *table = tables.next, *next; table != &tables; table = next) {
		next = table->next;
		lab_slab.free(t->pool, table, t->size);
	}
	kunit_info(test, "%u tables served before low memory ran out", served);
	KUNIT_EXPECT_TRUE(test, ran_dry);
	KUNIT_EXPECT_EQ(test, high, 0);
}

static struct kunit_case slab_cases[] = {
	KUNIT_CASE_PARAM(slab_is_low, size_gen_params),
	KUNIT_CASE_PARAM(slab_is_aligned, size_gen_params),
	KUNIT_CASE_PARAM(slab_is_zeroed_when_reused, size_gen_params),
	KUNIT_CASE_PARAM(slab_tables_are_apart, size_gen_params),
	KUNIT_CASE_PARAM(slab_serves_atomic, size_gen_params),
	KUNIT_CASE(slab_refuses_other_sizes),
	KUNIT_CASE(slab_ignores_zone_flags),
	KUNIT_CASE_SLOW(slab_without_low_memory),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite slab_suite = {
	.name		= "lab_slab",
	.init		= slab_test_init,
	.exit		= slab_test_exit,
	.test_cases	= slab_cases,
};

kunit_test_suite(slab_suite);

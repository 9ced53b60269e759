// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocator "packed": tables packed into low pages, the fullest page first, so
 * that the others can run empty; an empty page goes back at once.  All pools share
 * the pages, and what a page costs beside its tables is nothing: what must be
 * known of it lies in its struct page.  In the worst case, when somebody frees
 * all tables but one of each page, a live table pins a page, and never more.
 *
 * A slot is a table's size rounded up to a power of two, and 1/64 of a page at
 * least; each slot size is a class, with a spinlock of its own that guards the
 * class and its pages.  Of a class's pages, those that have free slots are in
 * lists by the number of these, and a bitmap says which lists are not empty: to
 * find the fullest page takes one instruction, however many there are.  Pages
 * come and go outside the lock.  Tables of a page and more are pages.
 */
#include <kunit/visibility.h>
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/spinlock.h>

#include "allocator.h"
#include "page.h"
#include "zero.h"
#include "compat/compat.h"

/* Slots of a page at most: page_private() has a bit for each. */
#define MOST_LG2	6
#define MOST_SLOTS	BIT(MOST_LG2)

static_assert(BITS_PER_LONG >= MOST_SLOTS);

/**
 * struct slot_class - the pages with slots of one size
 * @lock:	guards all of it, and its pages' fields
 * @partial:	bit n: there are pages with n + 1 free slots; written under @lock
 * @pages:	pages with n + 1 free slots
 *
 * Of a page's struct page, whose owner may use these fields, the class uses:
 * mapping, which is the class (and NULL by the time the page goes back: a slot
 * of a page that is not the class's any more is known by it); page_private(),
 * with a bit for each free slot; and the place of lru for its link, while a slot
 * is free.  The link is an hlist_node: no list head needs initialising, and a
 * link is moved in half the instructions.
 */
struct slot_class {
	spinlock_t lock; /* the class, and the fields of its pages */
	unsigned long partial;
	struct hlist_head pages[MOST_SLOTS];
};

static_assert(sizeof(struct hlist_node) <= sizeof_field(struct page, lru));

/* By the binary logarithm of a page's slots; one slot is a page. */
static struct slot_class classes[MOST_LG2 + 1] = {
	[0 ... MOST_LG2] = { .lock = __SPIN_LOCK_UNLOCKED(classes.lock) },
};

static atomic64_t packed_held = ATOMIC64_INIT(0);

static struct hlist_node *link_of(struct page *page)
{
	return (struct hlist_node *)&page->lru;
}

static struct page *page_of(struct hlist_node *link)
{
	return container_of((struct list_head *)link, struct page, lru);
}

static unsigned int slot_lg2(size_t size)
{
	return max(fls_long(size - 1), PAGE_SHIFT - MOST_LG2);
}

static void add_to_list(struct slot_class *c, struct page *page, unsigned int list)
{
	hlist_add_head(link_of(page), &c->pages[list]);
	WRITE_ONCE(c->partial, c->partial | BIT(list));
}

static void del_from_list(struct slot_class *c, struct page *page, unsigned int list)
{
	__hlist_del(link_of(page));
	if (hlist_empty(&c->pages[list]))
		WRITE_ONCE(c->partial, c->partial & ~BIT(list));
}

/* Take a slot of the fullest page that has one, or NULL.  The lock is held. */
static void *take_slot(struct slot_class *c, unsigned int lg2)
{
	unsigned long free;
	unsigned int list;
	struct page *page;

	if (!c->partial)
		return NULL;

	list = __ffs(c->partial);
	page = page_of(c->pages[list].first);
	free = page_private(page);
	set_page_private(page, free & (free - 1));
	del_from_list(c, page, list);
	if (list)
		add_to_list(c, page, list - 1);
	return page_address(page) + (__ffs(free) << lg2);
}

/* Enter a new page and take its first slot.  The lock is held. */
static void *enter_page(struct slot_class *c, struct page *page, unsigned int lg2)
{
	unsigned int slots = BIT(PAGE_SHIFT - lg2);

	page->mapping = (void *)c;
	set_page_private(page, GENMASK(slots - 1, 1));
	add_to_list(c, page, slots - 2);
	return page_address(page);
}

static void *packed_create(const struct lab_table_sizes *sizes)
{
	return NULL;
}

static void packed_destroy(void *pool)
{
}

/* No slot is free: a page more, unless a slot comes free meanwhile. */
static noinline void *alloc_of_new_page(struct slot_class *c, unsigned int lg2, gfp_t gfp)
{
	bool zeroed = false;
	struct page *page;
	unsigned long flags;
	void *table;

	gfp = (gfp & ~(GFP_ZONEMASK | __GFP_ZERO)) | GFP_DMA32 | __GFP_NOWARN;
	/* Near this CPU: the memory policy of whoever maps is about his own memory. */
	page = alloc_pages_node(NUMA_NO_NODE, gfp, 0);

	spin_lock_irqsave(&c->lock, flags);
	table = take_slot(c, lg2);
	if (!table && page) {
		table = enter_page(c, page, lg2);
		page = NULL;
		atomic64_add(PAGE_SIZE, &packed_held);
		/* By the page allocator, all of the page and just now. */
		zeroed = want_init_on_alloc(gfp);
	}
	spin_unlock_irqrestore(&c->lock, flags);

	if (page)
		__free_page(page);
	return !table || zeroed ? table : memset(table, 0, BIT(lg2));
}

static void *packed_alloc(void *pool, size_t size, gfp_t gfp)
{
	unsigned int lg2 = slot_lg2(size);
	void *table = NULL;
	struct slot_class *c;
	unsigned long flags;

	/* A size of 0 ends here too. */
	if (lg2 >= PAGE_SHIFT)
		return lab_page_alloc(size, gfp, &packed_held);

	c = &classes[PAGE_SHIFT - lg2];
	if (READ_ONCE(c->partial)) {
		spin_lock_irqsave(&c->lock, flags);
		table = take_slot(c, lg2);
		spin_unlock_irqrestore(&c->lock, flags);
	}
	if (unlikely(!table))
		return alloc_of_new_page(c, lg2, gfp);
	lab_zero_table(table, BIT(lg2));
	return table;
}

/*
 * Give a slot back; whether its page ran empty and was taken out, for the caller
 * to free.  What is not a live slot of the class is left alone.
 */
static bool put_slot(struct slot_class *c, struct page *page, unsigned long slot,
		     unsigned int slots)
{
	unsigned long free = page_private(page);
	unsigned int nr = hweight_long(free);

	lockdep_assert_held(&c->lock);

	if (unlikely(page->mapping != (void *)c || (free & slot)))
		return false;

	if (nr)
		del_from_list(c, page, nr - 1);
	if (nr + 1 < slots) {
		set_page_private(page, free | slot);
		add_to_list(c, page, nr);
		return false;
	}
	/* As the page allocator expects it. */
	set_page_private(page, 0);
	page->mapping = NULL;
	return true;
}

static void packed_free(void *pool, void *table, size_t size)
{
	unsigned int lg2 = slot_lg2(size);
	struct page *page = virt_to_page(table);
	struct slot_class *c;
	unsigned long flags;
	bool empty;

	if (lg2 >= PAGE_SHIFT) {
		lab_page_free(table, size, &packed_held);
		return;
	}

	c = &classes[PAGE_SHIFT - lg2];
	spin_lock_irqsave(&c->lock, flags);
	empty = put_slot(c, page, BIT(offset_in_page(table) >> lg2), BIT(PAGE_SHIFT - lg2));
	spin_unlock_irqrestore(&c->lock, flags);

	if (empty) {
		__free_page(page);
		atomic64_sub(PAGE_SIZE, &packed_held);
	}
}

static s64 packed_held_bytes(void)
{
	return atomic64_read(&packed_held);
}

const struct lab_allocator lab_packed = {
	.name		= "packed",
	.low		= true,
	.create		= packed_create,
	.destroy	= packed_destroy,
	.alloc		= packed_alloc,
	.free		= packed_free,
	.held_bytes	= packed_held_bytes,
};
EXPORT_SYMBOL_IF_KUNIT(lab_packed);

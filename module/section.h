/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A section: one call into a page table's operations, with what was agreed for
 * it (flags, cookie, no allocation) and what was seen of the running task until
 * it returned.
 */
#ifndef LAB_SECTION_H
#define LAB_SECTION_H

#include <linux/gfp_types.h>
#include <linux/types.h>

struct lab_tally;
struct lab_table_bounds;

/**
 * struct lab_own_table - a table of the provider's own allocation
 * @pa:		its physical address
 * @bytes:	its size, 0 for none
 * @dirty:	it was not zeroed
 */
struct lab_own_table {
	phys_addr_t pa;
	size_t bytes;
	bool dirty;
};

/* Where another CPU may overtake a task */
enum lab_section_point {
	LAB_SECTION_TAKEN,	/* it has a table that nobody sees yet */
	LAB_SECTION_WRITTEN,	/* it has written what is not written back yet */
};

/**
 * struct lab_seen - an allocation that a task made
 * @what:	"slab object", "kmalloc" or "page"; NULL for none
 * @gfp:	the flags that it was made with
 * @why:	what is wrong with it
 */
struct lab_seen {
	const char *what;
	gfp_t gfp;
	const char *why;
};

/* The most objects of kmalloc() that a section keeps in mind. */
#define LAB_SECTION_OBJECTS	8

/**
 * struct lab_section - a call into a page table's operations
 * @tally:	where rules are counted
 * @cookie:	what the hooks must be given
 * @gfp:	the flags that the call was given, which the hooks must see
 * @no_alloc:	nothing may be allocated
 * @own:	the provider allocates by itself: @gfp binds the whole call
 * @where:	where tables of its own must lie, NULL for no matter
 * @root_bytes:	size of a root of its own; only with @where
 * @table_bytes: likewise of a table below it
 * @saw_alloc:	called for each slab object that the task takes, or NULL
 * @saw_free:	called for what it gives back to slab or page allocator, or NULL
 * @linger:	called where another CPU may overtake the task, or NULL
 * @watch:	lab_watch_generation() when it began
 * @slot:	where the probes find it, -1 for nowhere
 * @obliged:	@asked binds what is allocated now
 * @asked:	flags that the allocator was given
 * @allocs:	allocations seen
 * @first:	the first of them
 * @bad:	the first that does not keep to @asked
 * @tables:	tables of its own that were seen
 * @highest:	of those, the one that ends last
 * @dirty:	of those, the first that was not zeroed
 * @last:	the last pages that were no slab's, of whatever length
 * @pages:	the last that were seen, until it is known whose they are
 * @object:	what the task took from kmalloc() and has not given back
 * @objects:	how many these are
 */
struct lab_section {
	struct lab_tally *tally;
	const void *cookie;
	gfp_t gfp;
	bool no_alloc;
	bool own;
	const struct lab_table_bounds *where;
	size_t root_bytes, table_bytes;
	void (*saw_alloc)(struct lab_section *section, phys_addr_t pa, size_t bytes);
	void (*saw_free)(struct lab_section *section, phys_addr_t pa);
	void (*linger)(struct lab_section *section, enum lab_section_point at);
	unsigned int watch;
	int slot;
	bool obliged;
	gfp_t asked;
	unsigned int allocs;
	struct lab_seen first, bad;
	unsigned int tables;
	struct lab_own_table highest, dirty, last, pages;
	const void *object[LAB_SECTION_OBJECTS];
	unsigned int objects;
};

void lab_section_begin(struct lab_section *section);
void lab_section_end(struct lab_section *section);
struct lab_section *lab_section_current(void);

void *lab_section_flush(struct lab_section *section, void *cookie);
void *lab_section_hook(struct lab_section *section, void *cookie);
void lab_section_hook_gfp(struct lab_section *section, gfp_t gfp);
void lab_section_linger(enum lab_section_point at);

struct lab_section *lab_section_enter_allocator(gfp_t gfp);
void lab_section_leave_allocator(struct lab_section *section);

/* For the probes (watch.c) */
void lab_section_saw(const char *what, gfp_t gfp, const char *why);
void lab_section_saw_object(const void *ptr, size_t bytes);
void lab_section_saw_pages(const void *ptr, size_t bytes);
void lab_section_saw_free(phys_addr_t pa);
void lab_section_saw_kmalloc(const void *ptr);
void lab_section_saw_kfree(const void *ptr);

#endif /* LAB_SECTION_H */

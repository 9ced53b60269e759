// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sections: what the running task has agreed to, and what it was seen doing.
 *
 * A task finds its own section, and nobody else's, in a few slots that are
 * claimed without a lock; whatever a section holds is written by its task alone.
 * Interrupts that come in between are not the task.  Knows rules, nothing of
 * instances or tracepoints.
 */
#include <kunit/visibility.h>
#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "compat/compat.h"
#include "rules.h"
#include "section.h"
#include "table/ledger.h"
#include "watch.h"

/* More sections than these at a time are not watched. */
enum { NR_SLOTS = 16 };

static struct {
	struct task_struct *task;
	struct lab_section *section;
} slots[NR_SLOTS];

static atomic_t nr_open = ATOMIC_INIT(0);

/**
 * lab_section_begin() - a call begins
 * @s:		tally, cookie, gfp, no_alloc and own are set, the rest is zero
 *
 * Sections of a task do not nest.
 *
 * Context: Any; in interrupts nothing is watched.
 */
void lab_section_begin(struct lab_section *s)
{
	s->slot = -1;
	s->watch = lab_watch_generation();
	s->obliged = s->own;
	s->asked = s->gfp;
	if (!in_task())
		return;

	for (int i = 0; i < NR_SLOTS; i++) {
		if (cmpxchg(&slots[i].task, NULL, current))
			continue;
		s->slot = i;
		slots[i].section = s;
		atomic_inc(&nr_open);
		return;
	}
}
EXPORT_SYMBOL_IF_KUNIT(lab_section_begin);

/* Whether the probes looked on all the time. */
static bool was_watched(const struct lab_section *s)
{
	return s->slot >= 0 && lab_watch_on(s->watch) &&
	       s->watch == lab_watch_generation();
}

/* What is neither as long as a root nor as a table of the page table's is none. */
static bool looks_like_table(const struct lab_section *s, size_t bytes)
{
	return s->where && (bytes == s->root_bytes || bytes == s->table_bytes);
}

static struct lab_own_table own_table(const struct lab_section *s, const void *ptr, size_t bytes)
{
	return (struct lab_own_table) {
		.pa	= virt_to_phys(ptr),
		.bytes	= bytes,
		.dirty	= looks_like_table(s, bytes) && memchr_inv(ptr, 0, bytes),
	};
}

static void note_table(struct lab_section *s, struct lab_own_table t)
{
	if (!looks_like_table(s, t.bytes))
		return;
	s->tables++;
	if (t.pa + t.bytes > s->highest.pa + s->highest.bytes)
		s->highest = t;
	if (t.dirty && !s->dirty.bytes)
		s->dirty = t;
}

/*
 * A slab marks its pages when it has them, which is after the probe was called, and
 * under pressure asks for them as anybody does.
 */
static void settle_pages(struct lab_section *s)
{
	struct lab_own_table pages = s->pages;

	s->pages.bytes = 0;
	if (!pages.bytes || PageSlab(phys_to_page(pages.pa)))
		return;
	s->last = pages;
	note_table(s, pages);
}

static void check_obeyed(struct lab_section *s)
{
	const struct lab_seen *bad = &s->bad;

	if (was_watched(s))
		lab_check(s->tally, LAB_RULE_GFP_OBEYED, !bad->what,
			  "asked with %pGg, a %s was taken with %pGg: %s", &s->asked,
			  bad->what, &bad->gfp, bad->why);
	s->bad.what = NULL;
}

/* Where the kernel's own tables lie, and whether they came zeroed. */
static void check_tables(struct lab_section *s)
{
	const struct lab_own_table *t = &s->highest;

	if (!s->tables || !was_watched(s))
		return;
	lab_check_bounds(s->tally, s->where, t->pa, t->bytes);
	lab_check(s->tally, LAB_RULE_TABLE_ZEROED, !s->dirty.bytes,
		  "table of %zu bytes at %pa", s->dirty.bytes, &s->dirty.pa);
}

/**
 * lab_section_end() - the call has returned
 * @s:		from lab_section_begin()
 *
 * Context: As lab_section_begin(), the same task.
 */
void lab_section_end(struct lab_section *s)
{
	if (s->slot < 0)
		return;

	slots[s->slot].section = NULL;
	/* The slot is somebody else's as soon as it is seen empty. */
	smp_store_release(&slots[s->slot].task, NULL);
	atomic_dec(&nr_open);

	settle_pages(s);
	if (s->own)
		check_obeyed(s);
	check_tables(s);
	if (s->no_alloc && was_watched(s))
		lab_check(s->tally, LAB_RULE_NO_ALLOC, !s->allocs,
			  "%u allocations, the first a %s with %pGg", s->allocs,
			  s->first.what, &s->first.gfp);
}
EXPORT_SYMBOL_IF_KUNIT(lab_section_end);

/**
 * lab_section_current() - the section that the running task is in
 *
 * Context: Any.
 * Return: the section, or NULL.
 */
struct lab_section *lab_section_current(void)
{
	if (!atomic_read(&nr_open) || !in_task())
		return NULL;

	for (int i = 0; i < NR_SLOTS; i++)
		if (READ_ONCE(slots[i].task) == current)
			return slots[i].section;
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(lab_section_current);

/**
 * lab_section_hook() - a hook was called: whose is it?
 * @s:		lab_section_current()
 * @cookie:	what the hook was given
 *
 * A wrong cookie is not looked into: nobody knows what it points to.
 *
 * Context: Any.
 * Return: the cookie that the hook should have been given.
 */
void *lab_section_hook(struct lab_section *s, void *cookie)
{
	if (!s)
		return cookie;
	lab_check(s->tally, LAB_RULE_COOKIE_GIVEN, cookie == s->cookie,
		  "a hook was given %p instead of %p", cookie, s->cookie);
	return (void *)s->cookie;
}

/**
 * lab_section_flush() - a TLB callback was called: whose is it?
 * @s:		lab_section_current()
 * @cookie:	what the callback was given
 *
 * Context: Any.
 * Return: the cookie that it should have been given.
 */
void *lab_section_flush(struct lab_section *s, void *cookie)
{
	if (!s)
		return cookie;
	lab_check(s->tally, LAB_RULE_FLUSH_SANE, cookie == s->cookie,
		  "a TLB callback was given %p instead of %p", cookie, s->cookie);
	return (void *)s->cookie;
}

/**
 * lab_section_hook_gfp() - an alloc hook was called with flags
 * @s:		lab_section_current()
 * @gfp:	the flags
 *
 * Context: Any.
 */
void lab_section_hook_gfp(struct lab_section *s, gfp_t gfp)
{
	if (s)
		lab_check(s->tally, LAB_RULE_GFP_PASSED, gfp == s->gfp,
			  "the hook got %pGg, the call %pGg", &gfp, &s->gfp);
}

/**
 * lab_section_enter_allocator() - an allocator is about to be asked
 * @gfp:	with these flags
 *
 * Context: Any.
 * Return: for lab_section_leave_allocator().
 */
struct lab_section *lab_section_enter_allocator(gfp_t gfp)
{
	struct lab_section *s = lab_section_current();

	if (s) {
		s->asked = gfp;
		s->obliged = true;
	}
	return s;
}
EXPORT_SYMBOL_IF_KUNIT(lab_section_enter_allocator);

/**
 * lab_section_leave_allocator() - the allocator has answered
 * @s:		from lab_section_enter_allocator()
 *
 * Context: Any.
 */
void lab_section_leave_allocator(struct lab_section *s)
{
	if (!s)
		return;
	s->obliged = s->own;
	check_obeyed(s);
}
EXPORT_SYMBOL_IF_KUNIT(lab_section_leave_allocator);

/**
 * lab_section_saw() - the running task allocated something
 * @what:	"slab object", "kmalloc" or "page"
 * @gfp:	with these flags
 * @why:	what is wrong with them whatever was asked for, or NULL
 *
 * Context: Any, called by probes: notes and nothing else.
 */
void lab_section_saw(const char *what, gfp_t gfp, const char *why)
{
	struct lab_section *s = lab_section_current();

	if (!s)
		return;
	settle_pages(s);
	if (!s->allocs++)
		s->first = (struct lab_seen) { .what = what, .gfp = gfp };
	if (!s->obliged || s->bad.what)
		return;
	if (!why && gfpflags_allow_blocking(gfp) && !gfpflags_allow_blocking(s->asked))
		why = "it may sleep";
	if (why)
		s->bad = (struct lab_seen) { .what = what, .gfp = gfp, .why = why };
}

/**
 * lab_section_saw_object() - the running task took an object from a slab
 * @ptr:	its address, or NULL
 * @bytes:	its size
 *
 * Context: Any, called by probes: notes and nothing else.
 */
void lab_section_saw_object(const void *ptr, size_t bytes)
{
	struct lab_section *s = lab_section_current();

	if (!s || !ptr)
		return;
	note_table(s, own_table(s, ptr, bytes));
	if (s->saw_alloc)
		s->saw_alloc(s, virt_to_phys(ptr), bytes);
}

/**
 * lab_section_saw_pages() - the running task allocated pages, lab_section_saw() said so
 * @ptr:	their address
 * @bytes:	their length
 *
 * Context: Any, called by probes: notes and nothing else.
 */
void lab_section_saw_pages(const void *ptr, size_t bytes)
{
	struct lab_section *s = lab_section_current();

	if (s)
		s->pages = own_table(s, ptr, bytes);
}
EXPORT_SYMBOL_IF_KUNIT(lab_section_saw_pages);

/**
 * lab_section_linger() - the running task is where another CPU may overtake it
 * @at:		where that is
 *
 * Who looks for races lets it wait there.
 *
 * Context: Any.
 */
void lab_section_linger(enum lab_section_point at)
{
	struct lab_section *s = lab_section_current();

	if (s && s->linger)
		s->linger(s, at);
}

/**
 * lab_section_saw_free() - the running task gave memory back
 * @pa:		its physical address
 *
 * Context: Any, called by probes: notes and nothing else.
 */
void lab_section_saw_free(phys_addr_t pa)
{
	struct lab_section *s = lab_section_current();

	if (s && s->saw_free)
		s->saw_free(s, pa);
}
EXPORT_SYMBOL_IF_KUNIT(lab_section_saw_free);

/**
 * lab_section_saw_kmalloc() - the running task took an object from kmalloc()
 * @ptr:	the object, or NULL
 *
 * Context: Any, called by probes: notes and nothing else.
 */
void lab_section_saw_kmalloc(const void *ptr)
{
	struct lab_section *s = lab_section_current();

	if (s && ptr && s->objects < LAB_SECTION_OBJECTS)
		s->object[s->objects++] = ptr;
}

/**
 * lab_section_saw_kfree() - the running task gave one back
 * @ptr:	the object
 *
 * Context: Any, called by probes: notes and nothing else.
 */
void lab_section_saw_kfree(const void *ptr)
{
	struct lab_section *s = lab_section_current();

	for (unsigned int i = 0; s && i < s->objects; i++)
		if (s->object[i] == ptr) {
			s->object[i] = s->object[--s->objects];
			return;
		}
}

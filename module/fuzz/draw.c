// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the generator draws.
 *
 * Addresses lie about a few places, for mistakes live where tables, groups and the space
 * end; all are offsets from the first input address.  Pure; the same draws, the same
 * numbers.
 */
#include <kunit/visibility.h>
#include <linux/hash.h>
#include <linux/iommu.h>
#include <linux/log2.h>

#include "draw.h"
#include "compat/compat.h"

enum {
	/* How far from a place a page may lie, in pages of its size */
	NEAR		= 6,
	/* Pages of a large page and of a supersection, and of a contiguous group */
	GROUP		= 16,
};

/**
 * lab_draw_below() - a number
 * @d:		what is drawn from
 * @end:	above all that it may be, not 0
 *
 * Context: Any.
 */
u64 lab_draw_below(struct lab_fuzz_draw *d, u64 end)
{
	u64 high = prandom_u32_state(&d->rnd);

	return (high << 32 | prandom_u32_state(&d->rnd)) % end;
}

/**
 * lab_draw_one_in() - whether something is to be, once in a while
 * @d:		what is drawn from
 * @n:		how seldom
 *
 * Context: Any.
 */
bool lab_draw_one_in(struct lab_fuzz_draw *d, u64 n)
{
	return !lab_draw_below(d, n);
}

/**
 * lab_fuzz_spans() - where tables, groups and larger pages end
 * @p:		parameters of an instance
 * @lg2:	filled in, ascending: an offset with so many low bits zero is such an end
 *
 * Context: Any.
 * Return: how many there are in the input space.
 */
unsigned int lab_fuzz_spans(const struct lab_params *p, u8 lg2[LAB_FUZZ_MAX_SPANS])
{
	/* A large page, a second level table or section, a supersection (DDI0406C B3.5) */
	static const u8 v7s[] = { 16, 20, 24 };
	unsigned int page = ilog2(p->granule), nr = 0;

	if (lab_params_are_v7s(p)) {
		memcpy(lg2, v7s, sizeof(v7s));
		return ARRAY_SIZE(v7s);
	}
	/* A page holds descriptors of 8 bytes. */
	for (unsigned int bits = 2 * page - 3; bits < p->ias; bits += page - 3)
		lg2[nr++] = bits;
	return nr;
}
EXPORT_SYMBOL_IF_KUNIT(lab_fuzz_spans);

/* The ends of the space, and ends of tables anywhere. */
static u64 choose_place(struct lab_fuzz_draw *d)
{
	u8 lg2[LAB_FUZZ_MAX_SPANS];
	unsigned int spans = lab_fuzz_spans(d->p, lg2);
	u8 bits;

	if (!spans || lab_draw_one_in(d, 4))
		return lab_draw_one_in(d, 2) ? d->space : 0;
	bits = lg2[lab_draw_below(d, spans)];
	return (1 + lab_draw_below(d, d->space >> bits)) << bits;
}

/* A window about the only place, whole pages of all sizes that fit twice. */
static void confine(struct lab_fuzz_draw *d, u64 window)
{
	d->places = 1;
	d->sizes &= window - 1;
	d->low = clamp_t(s64, d->place[0] - window / 2, 0, d->space - window);
	d->high = d->low + window;
}

/**
 * lab_fuzz_draw_init() - draw from the beginning
 * @d:		filled in; nothing is mapped
 * @p:		what the program is for
 * @seed:	any number
 * @window:	how much of the input space requests lie in, in bytes: a power of 2, at
 *		least two pages; 0 for all of it
 *
 * Context: Any.
 */
void lab_fuzz_draw_init(struct lab_fuzz_draw *d, const struct lab_params *p, u64 seed, u64 window)
{
	*d = (struct lab_fuzz_draw) {
		.p	= p,
		.sizes	= lab_params_page_sizes(p),
		.space	= BIT_ULL(p->ias),
		.outputs = BIT_ULL(p->oas),
		.high	= BIT_ULL(p->ias),
	};
	/* Small numbers are bad seeds. */
	prandom_seed_state(&d->rnd, (seed + 1) * GOLDEN_RATIO_64);
	d->places = 1 + lab_draw_below(d, LAB_FUZZ_PLACES);
	for (int i = 0; i < d->places; i++)
		d->place[i] = choose_place(d);
	if (window && window < d->space)
		confine(d, window);
}

/**
 * lab_fuzz_most() - how many pages there is room for
 * @d:		what is drawn from
 * @pgsize:	their size in bytes
 *
 * Context: Any.
 */
u64 lab_fuzz_most(const struct lab_fuzz_draw *d, size_t pgsize)
{
	return min(d->high - d->low, d->outputs) / pgsize;
}

static u64 a_place(struct lab_fuzz_draw *d)
{
	return d->place[lab_draw_below(d, d->places)];
}

/**
 * lab_fuzz_larger() - the next larger page size
 * @d:		what is drawn from
 * @pgsize:	page size in bytes
 *
 * Context: Any.
 * Return: it in bytes, 0 for none.
 */
size_t lab_fuzz_larger(const struct lab_fuzz_draw *d, size_t pgsize)
{
	unsigned long sizes = d->sizes & ~(2 * pgsize - 1);

	return sizes & -sizes;
}

/**
 * lab_draw_pgsize() - one of the page sizes, small ones more often
 * @d:		what is drawn from
 *
 * Context: Any.
 * Return: it in bytes.
 */
size_t lab_draw_pgsize(struct lab_fuzz_draw *d)
{
	unsigned long sizes = d->sizes;

	while (sizes & (sizes - 1) && lab_draw_one_in(d, 2))
		sizes &= sizes - 1;
	return sizes & -sizes;
}

/**
 * lab_draw_count() - a number of pages, small ones more often
 * @d:		what is drawn from
 * @pgsize:	their size in bytes
 *
 * Context: Any.
 */
u64 lab_draw_count(struct lab_fuzz_draw *d, size_t pgsize)
{
	size_t larger = lab_fuzz_larger(d, pgsize);

	switch (lab_draw_below(d, 16)) {
	case 0 ... 7:
		return 1;
	case 8 ... 11:
		return 1 + lab_draw_below(d, 4);
	case 12 ... 13:
		return GROUP;
	case 14:
		return 1 + lab_draw_below(d, LAB_FUZZ_MANY);
	default:
		/* All that one larger page would map: seldom, for it is much. */
		return lab_draw_one_in(d, 4) && larger ? larger / pgsize : 2;
	}
}

/**
 * lab_draw_run() - something that is mapped
 * @d:		what is drawn from
 *
 * Context: Any.
 * Return: it, or NULL.
 */
struct lab_fuzz_run *lab_draw_run(struct lab_fuzz_draw *d)
{
	unsigned int from = lab_draw_below(d, LAB_FUZZ_RUNS);

	for (int i = 0; i < LAB_FUZZ_RUNS; i++) {
		struct lab_fuzz_run *r = &d->run[(from + i) % LAB_FUZZ_RUNS];

		if (r->count)
			return r;
	}
	return NULL;
}

/**
 * lab_fuzz_run_end() - where a run ends
 * @r:		the run
 *
 * Context: Any.
 * Return: the offset behind it.
 */
u64 lab_fuzz_run_end(const struct lab_fuzz_run *r)
{
	return r->at + r->count * r->pgsize;
}

/**
 * lab_fuzz_run_over() - a run in which some of a range lies
 * @d:		what is drawn from
 * @at:		offset of the range
 * @bytes:	its length
 *
 * Context: Any.
 * Return: the run, or NULL.
 */
struct lab_fuzz_run *lab_fuzz_run_over(struct lab_fuzz_draw *d, u64 at, u64 bytes)
{
	for (int i = 0; i < LAB_FUZZ_RUNS; i++) {
		struct lab_fuzz_run *r = &d->run[i];

		if (r->count && at < lab_fuzz_run_end(r) && r->at < at + bytes)
			return r;
	}
	return NULL;
}

/**
 * lab_fuzz_run_free() - room for a run
 * @d:		what is drawn from
 *
 * Context: Any.
 * Return: the slot, or NULL.
 */
struct lab_fuzz_run *lab_fuzz_run_free(struct lab_fuzz_draw *d)
{
	for (int i = 0; i < LAB_FUZZ_RUNS; i++)
		if (!d->run[i].count)
			return &d->run[i];
	return NULL;
}

/**
 * lab_draw_offset() - where pages are to lie: at a place, or beside what is mapped
 * @d:		what is drawn from
 * @pgsize:	page size in bytes
 * @bytes:	length
 *
 * Context: Any.
 * Return: an offset from which they fit.
 */
u64 lab_draw_offset(struct lab_fuzz_draw *d, size_t pgsize, u64 bytes)
{
	s64 place = a_place(d), at;
	const struct lab_fuzz_run *r = NULL;

	switch (lab_draw_below(d, 8)) {
	case 0:
		at = place;
		break;
	case 1:
		at = place - bytes;
		break;
	case 2:
		at = place - bytes / 2;
		break;
	case 3 ... 4:
		r = lab_draw_run(d);
		if (r) {
			at = lab_draw_one_in(d, 2) ? lab_fuzz_run_end(r) : r->at - bytes;
			break;
		}
		fallthrough;
	default:
		at = place + ((s64)lab_draw_below(d, 2 * NEAR) - NEAR) * (s64)pgsize;
	}
	/* All that a larger page would map is that only where such a page could be. */
	if (bytes == lab_fuzz_larger(d, pgsize))
		at &= ~(bytes - 1);
	return ALIGN_DOWN(clamp_t(s64, at, d->low, d->high - bytes), pgsize);
}

/**
 * lab_draw_output() - where they are to lead
 * @d:		what is drawn from
 * @pgsize:	page size in bytes
 * @bytes:	length
 *
 * Context: Any.
 * Return: an output address.
 */
u64 lab_draw_output(struct lab_fuzz_draw *d, size_t pgsize, u64 bytes)
{
	switch (lab_draw_below(d, 8)) {
	case 0:
		return 0;
	case 1:
		return d->outputs - bytes;
	default:
		return lab_draw_below(d, (d->outputs - bytes) / pgsize + 1) * pgsize;
	}
}

/**
 * lab_draw_prot() - what they are to let through
 * @d:		what is drawn from
 *
 * Context: Any.
 * Return: IOMMU_READ and the like.
 */
int lab_draw_prot(struct lab_fuzz_draw *d)
{
	static const int access[] = { IOMMU_READ, IOMMU_WRITE, IOMMU_READ | IOMMU_WRITE };
	static const int flags[] = { IOMMU_CACHE, IOMMU_NOEXEC, IOMMU_MMIO, IOMMU_PRIV };
	int prot = access[lab_draw_below(d, ARRAY_SIZE(access))];

	for (int i = 0; i < ARRAY_SIZE(flags); i++)
		if (lab_draw_one_in(d, 2))
			prot |= flags[i];
	return prot;
}

/**
 * lab_draw_address() - an address to ask for: an end of what is mapped, or a place
 * @d:		what is drawn from
 *
 * Context: Any.
 * Return: its offset.
 */
u64 lab_draw_address(struct lab_fuzz_draw *d)
{
	const struct lab_fuzz_run *r = lab_draw_run(d);

	if (!r || lab_draw_one_in(d, 4))
		return (a_place(d) - lab_draw_below(d, 2)) & (d->space - 1);
	switch (lab_draw_below(d, 4)) {
	case 0:
		return r->at;
	case 1:
		return lab_fuzz_run_end(r) - 1;
	case 2:
		return lab_fuzz_run_end(r) & (d->space - 1);
	default:
		return r->at + lab_draw_below(d, r->count * r->pgsize);
	}
}

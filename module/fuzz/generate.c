// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generator of programs.
 *
 * It sees a format's parameters and a seed, and never an answer: what is mapped by
 * then it takes from its own account, in which every request that can be done has been
 * done.  Where that is wrong (a table could not be had, a kernel splits a block) the
 * next requests are refused, which is a test as well.
 *
 * Addresses lie about a few places, for mistakes live where tables, groups and the
 * space end: in offsets from the first input address.  Pure; no locks.
 */
#include <kunit/visibility.h>
#include <linux/hash.h>
#include <linux/iommu.h>
#include <linux/log2.h>
#include <linux/prandom.h>
#include <linux/sizes.h>

#include "generate.h"
#include "compat/compat.h"

enum {
	PLACES		= 3,
	/* How far from a place a page may lie, in pages of its size */
	NEAR		= 6,
	RUNS		= 16,
	/* Pages of a large page and of a supersection, and of a contiguous group */
	GROUP		= 16,
	MANY		= 40,
};

/**
 * struct run - pages that are taken to be mapped
 * @at:		offset of the first
 * @pgsize:	page size in bytes
 * @count:	how many, 0 for a free slot
 */
struct run {
	u64 at;
	size_t pgsize;
	u64 count;
};

/**
 * struct generator - a program in the making
 * @p:		what it is for
 * @steps:	how many operations it is to have
 * @out:	where they go
 * @rnd:	randomness
 * @sizes:	page sizes ORed
 * @space:	bytes of the input space
 * @outputs:	bytes of the output space
 * @place:	offsets about which requests lie
 * @places:	how many there are
 * @run:	what is mapped
 */
struct generator {
	const struct lab_params *p;
	size_t steps;
	struct lab_fuzz_program *out;
	struct rnd_state rnd;
	unsigned long sizes;
	u64 space, outputs;
	u64 place[PLACES];
	unsigned int places;
	struct run run[RUNS];
};

static u64 below(struct generator *g, u64 end)
{
	u64 high = prandom_u32_state(&g->rnd);

	return (high << 32 | prandom_u32_state(&g->rnd)) % end;
}

static bool one_in(struct generator *g, u64 n)
{
	return !below(g, n);
}

static void emit(struct generator *g, const struct lab_fuzz_op *op)
{
	if (g->out->nr < g->steps)
		g->out->op[g->out->nr++] = *op;
}

static void emit_kind(struct generator *g, enum lab_fuzz_kind kind)
{
	const struct lab_fuzz_op op = { .kind = kind };

	emit(g, &op);
}

static void emit_at(struct generator *g, enum lab_fuzz_kind kind, u64 at)
{
	const struct lab_fuzz_op op = {
		.kind	= kind,
		.range.iova = lab_params_first_iova(g->p) + at,
	};

	emit(g, &op);
}

static void emit_fail(struct generator *g, size_t nth)
{
	const struct lab_fuzz_op op = { .kind = LAB_FUZZ_FAIL_NTH, .range.count = nth };

	emit(g, &op);
}

/**
 * lab_fuzz_spans() - where tables, groups and larger pages end
 * @p:		parameters of an instance
 * @lg2:	filled in, ascending: an address with so many low bits zero is such an end
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
static void choose_places(struct generator *g)
{
	u8 lg2[LAB_FUZZ_MAX_SPANS];
	unsigned int spans = lab_fuzz_spans(g->p, lg2);

	g->places = 1 + below(g, PLACES);
	for (int i = 0; i < g->places; i++) {
		u8 bits;

		if (!spans || one_in(g, 4)) {
			g->place[i] = one_in(g, 2) ? g->space : 0;
			continue;
		}
		bits = lg2[below(g, spans)];
		g->place[i] = (1 + below(g, g->space >> bits)) << bits;
	}
}

static u64 a_place(struct generator *g)
{
	return g->place[below(g, g->places)];
}

/* The next larger page size, 0 for none. */
static size_t larger(const struct generator *g, size_t pgsize)
{
	unsigned long sizes = g->sizes & ~(2 * pgsize - 1);

	return sizes & -sizes;
}

/* One of the page sizes, small ones more often. */
static size_t a_pgsize(struct generator *g)
{
	unsigned long sizes = g->sizes;

	while (sizes & (sizes - 1) && one_in(g, 2))
		sizes &= sizes - 1;
	return sizes & -sizes;
}

static u64 a_count(struct generator *g, size_t pgsize)
{
	switch (below(g, 16)) {
	case 0 ... 7:
		return 1;
	case 8 ... 11:
		return 1 + below(g, 4);
	case 12 ... 13:
		return GROUP;
	case 14:
		return 1 + below(g, MANY);
	default:
		/* All that one larger page would map: seldom, for it is much. */
		return one_in(g, 4) && larger(g, pgsize) ? larger(g, pgsize) / pgsize : 2;
	}
}

static struct run *a_run(struct generator *g)
{
	unsigned int from = below(g, RUNS);

	for (int i = 0; i < RUNS; i++) {
		struct run *r = &g->run[(from + i) % RUNS];

		if (r->count)
			return r;
	}
	return NULL;
}

static u64 end_of(const struct run *r)
{
	return r->at + r->count * r->pgsize;
}

static struct run *run_over(struct generator *g, u64 at, u64 bytes)
{
	for (int i = 0; i < RUNS; i++) {
		struct run *r = &g->run[i];

		if (r->count && at < end_of(r) && r->at < at + bytes)
			return r;
	}
	return NULL;
}

static struct run *free_slot(struct generator *g)
{
	for (int i = 0; i < RUNS; i++)
		if (!g->run[i].count)
			return &g->run[i];
	return NULL;
}

/* Where pages are to lie: at a place, or beside what is mapped. */
static u64 an_offset(struct generator *g, size_t pgsize, u64 bytes)
{
	s64 place = a_place(g), at;
	const struct run *r = NULL;

	switch (below(g, 8)) {
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
		r = a_run(g);
		if (r) {
			at = one_in(g, 2) ? end_of(r) : r->at - bytes;
			break;
		}
		fallthrough;
	default:
		at = place + ((s64)below(g, 2 * NEAR) - NEAR) * (s64)pgsize;
	}
	/* All that a larger page would map is that only where such a page could be. */
	if (bytes == larger(g, pgsize))
		at &= ~(bytes - 1);
	return ALIGN_DOWN(clamp_t(s64, at, 0, g->space - bytes), pgsize);
}

static int a_prot(struct generator *g)
{
	static const int access[] = { IOMMU_READ, IOMMU_WRITE, IOMMU_READ | IOMMU_WRITE };
	static const int flags[] = { IOMMU_CACHE, IOMMU_NOEXEC, IOMMU_MMIO, IOMMU_PRIV };
	int prot = access[below(g, ARRAY_SIZE(access))];

	for (int i = 0; i < ARRAY_SIZE(flags); i++)
		if (one_in(g, 2))
			prot |= flags[i];
	return prot;
}

static u64 an_output(struct generator *g, size_t pgsize, u64 bytes)
{
	switch (below(g, 8)) {
	case 0:
		return 0;
	case 1:
		return g->outputs - bytes;
	default:
		return below(g, (g->outputs - bytes) / pgsize + 1) * pgsize;
	}
}

/* A map that nothing is wrong with, whatever is mapped there. */
static struct lab_fuzz_op a_map(struct generator *g)
{
	size_t pgsize = a_pgsize(g);
	u64 most = min(g->space, g->outputs) / pgsize;
	u64 count = min(a_count(g, pgsize), most);
	u64 bytes = count * pgsize;

	return (struct lab_fuzz_op) {
		.kind	= one_in(g, 8) ? LAB_FUZZ_MAP_ATOMIC : LAB_FUZZ_MAP,
		.range	= {
			.iova	= lab_params_first_iova(g->p) + an_offset(g, pgsize, bytes),
			.pa	= an_output(g, pgsize, bytes),
			.pgsize	= pgsize,
			.count	= count,
			.prot	= a_prot(g),
		},
	};
}

static u64 offset_of(const struct generator *g, const struct lab_fuzz_op *op)
{
	return op->range.iova - lab_params_first_iova(g->p);
}

static bool is_free(struct generator *g, const struct lab_fuzz_op *op)
{
	return !run_over(g, offset_of(g, op), op->range.count * op->range.pgsize);
}

static void emit_map(struct generator *g, const struct lab_fuzz_op *op)
{
	struct run *slot = free_slot(g);

	emit(g, op);
	if (slot && is_free(g, op))
		*slot = (struct run) {
			.at	= offset_of(g, op),
			.pgsize	= op->range.pgsize,
			.count	= op->range.count,
		};
}

/* Over nothing, as far as there is room; sometimes with a table that cannot be had. */
static void map(struct generator *g)
{
	struct lab_fuzz_op op = a_map(g);

	for (int i = 0; i < 4 && !is_free(g, &op); i++)
		op = a_map(g);
	if (!one_in(g, 10)) {
		emit_map(g, &op);
		return;
	}
	/* What has failed works when it is tried again, and over itself it is refused. */
	emit_fail(g, 1 + below(g, 4));
	emit(g, &op);
	emit_fail(g, 0);
	emit_map(g, &op);
}

static struct lab_fuzz_op an_unmap(struct generator *g, u64 at, size_t pgsize, u64 count)
{
	return (struct lab_fuzz_op) {
		.kind	= one_in(g, 4) ? LAB_FUZZ_UNMAP_QUEUED : LAB_FUZZ_UNMAP,
		.range	= {
			.iova	= lab_params_first_iova(g->p) + at,
			.pgsize	= pgsize,
			.count	= count,
		},
	};
}

static struct lab_fuzz_op an_unmap_anywhere(struct generator *g)
{
	struct lab_fuzz_op op = a_map(g);

	return an_unmap(g, offset_of(g, &op), op.range.pgsize, op.range.count);
}

/* A run that begins where another ends, of the same pages; or NULL. */
static struct run *run_after(struct generator *g, const struct run *r)
{
	for (int i = 0; i < RUNS; i++)
		if (g->run[i].count && g->run[i].at == end_of(r) && g->run[i].pgsize == r->pgsize)
			return &g->run[i];
	return NULL;
}

/* Several smaller pages may go as larger ones. */
static void emit_unmap(struct generator *g, u64 at, size_t pgsize, u64 count)
{
	struct lab_fuzz_op op;

	while (larger(g, pgsize) && IS_ALIGNED(at | count * pgsize, larger(g, pgsize)) &&
	       !one_in(g, 3)) {
		count = count * pgsize / larger(g, pgsize);
		pgsize = larger(g, pgsize);
	}
	op = an_unmap(g, at, pgsize, count);
	emit(g, &op);
}

/* Pages of a run go; what is left before and after them stays. */
static void unmap_part(struct generator *g, struct run *r, u64 from, u64 count)
{
	u64 after = r->count - from - count;
	struct run *rest = from && after ? free_slot(g) : r;

	if (!rest) {
		count += after;
		after = 0;
		rest = r;
	}
	emit_unmap(g, r->at + from * r->pgsize, r->pgsize, count);
	if (after) {
		u64 at = r->at + (from + count) * r->pgsize;

		if (from)
			r->count = from;
		*rest = (struct run) { .at = at, .pgsize = r->pgsize, .count = after };
	} else {
		r->count = from;
	}
}

/* Smaller pages of a larger one: some kernels split it, the others refuse. */
static void unmap_inside(struct generator *g, const struct run *r)
{
	size_t pgsize = g->sizes & -g->sizes;
	u64 pages = r->count * (r->pgsize / pgsize);
	u64 from = one_in(g, 3) ? 0 : below(g, min_t(u64, pages, MANY));
	struct lab_fuzz_op op;

	op = an_unmap(g, r->at + from * pgsize, pgsize, 1 + below(g, min_t(u64, pages - from, 4)));
	emit(g, &op);
}

/* One page more than there is; refused unless somebody is there. */
static void unmap_beyond(struct generator *g, struct run *r)
{
	struct lab_fuzz_op op = an_unmap(g, r->at, r->pgsize, r->count + 1);

	if (end_of(r) < g->space && !run_over(g, end_of(r), r->pgsize))
		emit(g, &op);
	else
		unmap_part(g, r, 0, r->count);
}

static void unmap(struct generator *g)
{
	struct run *r = a_run(g), *next;
	struct lab_fuzz_op op;
	u64 from, count;

	if (!r) {
		op = an_unmap_anywhere(g);
		emit(g, &op);
		return;
	}
	count = 1 + below(g, r->count);
	from = below(g, r->count - count + 1);
	switch (below(g, 16)) {
	case 0 ... 6:
		unmap_part(g, r, 0, r->count);
		break;
	case 7 ... 8:
		unmap_part(g, r, 0, count);
		break;
	case 9 ... 10:
		unmap_part(g, r, r->count - count, count);
		break;
	case 11:
		unmap_part(g, r, from, count);
		break;
	case 12:
		unmap_beyond(g, r);
		break;
	case 13 ... 14:
		unmap_inside(g, r);
		break;
	case 15:
		next = run_after(g, r);
		if (!next) {
			unmap_part(g, r, 0, r->count);
			break;
		}
		emit_unmap(g, r->at, r->pgsize, r->count + next->count);
		r->count = 0;
		next->count = 0;
	}
}

/* What a map or an unmap has to be refused for, whatever is mapped. */
static void spoil(struct generator *g, struct lab_fuzz_op *op)
{
	bool maps = lab_fuzz_op_is_map(op);
	u64 end = lab_params_first_iova(g->p) + g->space;
	size_t least = g->sizes & -g->sizes;
	struct lab_range *r = &op->range;

	switch (below(g, maps ? 10 : 7)) {
	case 0:
		r->iova += least / 2;
		break;
	case 1:
		r->pgsize = 2 * least;
		break;
	case 2:
		r->pgsize = 0;
		break;
	case 3:
		r->count = 0;
		break;
	case 4:
		r->iova = end - r->pgsize;
		r->count = 2;
		break;
	case 5:
		r->iova = end;
		break;
	case 6:
		r->count = SIZE_MAX / r->pgsize + 2;
		break;
	case 7:
		r->pa = g->outputs - (r->count - 1) * r->pgsize;
		break;
	case 8:
		r->pa += least / 2;
		break;
	case 9:
		r->prot = IOMMU_NOEXEC;
	}
}

static void request_what_cannot_be(struct generator *g)
{
	struct lab_fuzz_op op = one_in(g, 2) ? a_map(g) : an_unmap_anywhere(g);

	spoil(g, &op);
	emit(g, &op);
}

/* Over what is mapped: the same, more, or a part, by pages of any size. */
static void map_over(struct generator *g)
{
	const struct run *r = a_run(g);
	struct lab_fuzz_op op = a_map(g);
	u64 at;

	if (!r)
		return;
	at = r->at + below(g, min_t(u64, r->count, NEAR)) * r->pgsize;
	at = ALIGN_DOWN(at, op.range.pgsize);
	if (at + op.range.count * op.range.pgsize <= g->space)
		op.range.iova = lab_params_first_iova(g->p) + at;
	emit_map(g, &op);
}

/* The ends of what is mapped, and their neighbours. */
static u64 an_address(struct generator *g)
{
	const struct run *r = a_run(g);

	if (!r || one_in(g, 4))
		return (a_place(g) - below(g, 2)) & (g->space - 1);
	switch (below(g, 4)) {
	case 0:
		return r->at;
	case 1:
		return end_of(r) - 1;
	case 2:
		return end_of(r) & (g->space - 1);
	default:
		return r->at + below(g, r->count * r->pgsize);
	}
}

static void touch(struct generator *g)
{
	bool dirty = g->p->quirks & IO_PGTABLE_QUIRK_ARM_HD;

	if (dirty && one_in(g, 8))
		emit_kind(g, LAB_FUZZ_CLEAR);
	else
		emit_at(g, dirty ? LAB_FUZZ_TOUCH : LAB_FUZZ_TRANSLATE, an_address(g));
}

static void recreate(struct generator *g)
{
	emit_kind(g, LAB_FUZZ_RECREATE);
	memset(g->run, 0, sizeof(g->run));
}

static void step(struct generator *g)
{
	switch (below(g, 32)) {
	case 0 ... 12:
		if (free_slot(g))
			map(g);
		else
			unmap(g);
		break;
	case 13 ... 22:
		unmap(g);
		break;
	case 23:
		emit_kind(g, LAB_FUZZ_SYNC);
		break;
	case 24:
		emit_at(g, LAB_FUZZ_TRANSLATE, an_address(g));
		break;
	case 25 ... 26:
		touch(g);
		break;
	case 27 ... 28:
		map_over(g);
		break;
	case 29 ... 30:
		request_what_cannot_be(g);
		break;
	case 31:
		if (one_in(g, 3))
			recreate(g);
	}
}

/**
 * lab_fuzz_generate() - make a program
 * @p:		what it is for: format, granule, address bits and whether hardware keeps
 *		the dirty state; nothing else has a bearing
 * @seed:	any number
 * @steps:	how many operations; a longer program begins with the shorter
 * @program:	from lab_fuzz_program_init() with room for so many; filled in
 *
 * Context: Any.
 */
void lab_fuzz_generate(const struct lab_params *p, u64 seed, size_t steps,
		       struct lab_fuzz_program *program)
{
	struct generator g = {
		.p	= p,
		.steps	= steps,
		.out	= program,
		.sizes	= lab_params_page_sizes(p),
		.space	= BIT_ULL(p->ias),
		.outputs = BIT_ULL(p->oas),
	};

	/* Small numbers are bad seeds. */
	prandom_seed_state(&g.rnd, (seed + 1) * GOLDEN_RATIO_64);
	program->nr = 0;
	choose_places(&g);
	while (program->nr < steps)
		step(&g);
}
EXPORT_SYMBOL_IF_KUNIT(lab_fuzz_generate);

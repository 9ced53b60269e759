// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generator of programs.
 *
 * It sees a format's parameters and a seed, and never an answer: what is mapped by
 * then it takes from its own account, in which every request that can be done has been
 * done.  Where that is wrong (a table could not be had, a kernel splits a block) the
 * next requests are refused, which is a test as well.
 *
 * Pure; no locks.  Places, sizes and numbers are drawn in draw.c.
 */
#include <kunit/visibility.h>
#include <linux/iommu.h>

#include "generate.h"
#include "compat/compat.h"

/**
 * struct generator - a program in the making
 * @d:		what is drawn from
 * @steps:	how many operations it is to have
 * @out:	where they go
 */
struct generator {
	struct lab_fuzz_draw d;
	size_t steps;
	struct lab_fuzz_program *out;
};

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
		.range.iova = lab_params_first_iova(g->d.p) + at,
	};

	emit(g, &op);
}

static void emit_fail(struct generator *g, size_t nth)
{
	const struct lab_fuzz_op op = { .kind = LAB_FUZZ_FAIL_NTH, .range.count = nth };

	emit(g, &op);
}

/* A map that nothing is wrong with, whatever is mapped there. */
static struct lab_fuzz_op a_map(struct generator *g)
{
	u64 first = lab_params_first_iova(g->d.p);
	size_t pgsize = lab_draw_pgsize(&g->d);
	u64 count = min(lab_draw_count(&g->d, pgsize), lab_fuzz_most(&g->d, pgsize));
	u64 bytes = count * pgsize;

	return (struct lab_fuzz_op) {
		.kind	= lab_draw_one_in(&g->d, 8) ? LAB_FUZZ_MAP_ATOMIC : LAB_FUZZ_MAP,
		.range	= {
			.iova	= first + lab_draw_offset(&g->d, pgsize, bytes),
			.pa	= lab_draw_output(&g->d, pgsize, bytes),
			.pgsize	= pgsize,
			.count	= count,
			.prot	= lab_draw_prot(&g->d),
		},
	};
}

static u64 offset_of(const struct generator *g, const struct lab_fuzz_op *op)
{
	return op->range.iova - lab_params_first_iova(g->d.p);
}

static bool is_free(struct generator *g, const struct lab_fuzz_op *op)
{
	return !lab_fuzz_run_over(&g->d, offset_of(g, op), op->range.count * op->range.pgsize);
}

static void emit_map(struct generator *g, const struct lab_fuzz_op *op)
{
	struct lab_fuzz_run *slot = lab_fuzz_run_free(&g->d);

	emit(g, op);
	if (slot && is_free(g, op))
		*slot = (struct lab_fuzz_run) {
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
	if (!lab_draw_one_in(&g->d, 10)) {
		emit_map(g, &op);
		return;
	}
	/* What has failed works when it is tried again, and over itself it is refused. */
	emit_fail(g, 1 + lab_draw_below(&g->d, 4));
	emit(g, &op);
	emit_fail(g, 0);
	emit_map(g, &op);
}

static struct lab_fuzz_op an_unmap(struct generator *g, u64 at, size_t pgsize, u64 count)
{
	return (struct lab_fuzz_op) {
		.kind	= lab_draw_one_in(&g->d, 4) ? LAB_FUZZ_UNMAP_QUEUED : LAB_FUZZ_UNMAP,
		.range	= {
			.iova	= lab_params_first_iova(g->d.p) + at,
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
static struct lab_fuzz_run *run_after(struct generator *g, const struct lab_fuzz_run *r)
{
	struct lab_fuzz_run *next = lab_fuzz_run_over(&g->d, lab_fuzz_run_end(r), r->pgsize);

	return next && next->at == lab_fuzz_run_end(r) && next->pgsize == r->pgsize ? next : NULL;
}

/* Several smaller pages may go as larger ones. */
static void emit_unmap(struct generator *g, u64 at, size_t pgsize, u64 count)
{
	u64 bytes = count * pgsize;
	struct lab_fuzz_op op;
	size_t larger;

	while ((larger = lab_fuzz_larger(&g->d, pgsize)) && IS_ALIGNED(at | bytes, larger) &&
	       !lab_draw_one_in(&g->d, 3))
		pgsize = larger;
	count = bytes / pgsize;
	op = an_unmap(g, at, pgsize, count);
	emit(g, &op);
}

/* Pages of a run go; what is left before and after them stays. */
static void unmap_part(struct generator *g, struct lab_fuzz_run *r, u64 from, u64 count)
{
	u64 after = r->count - from - count;
	struct lab_fuzz_run *rest = from && after ? lab_fuzz_run_free(&g->d) : r;

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
		*rest = (struct lab_fuzz_run) { .at = at, .pgsize = r->pgsize, .count = after };
	} else {
		r->count = from;
	}
}

/* Smaller pages of a larger one: some kernels split it, the others refuse. */
static void unmap_inside(struct generator *g, const struct lab_fuzz_run *r)
{
	size_t pgsize = g->d.sizes & -g->d.sizes;
	u64 pages = r->count * (r->pgsize / pgsize);
	u64 from = lab_draw_below(&g->d, min_t(u64, pages, LAB_FUZZ_MANY));
	struct lab_fuzz_op op;
	u64 count;

	if (lab_draw_one_in(&g->d, 3))
		from = 0;
	count = 1 + lab_draw_below(&g->d, min_t(u64, pages - from, 4));
	op = an_unmap(g, r->at + from * pgsize, pgsize, count);
	emit(g, &op);
}

/* One page more than there is; refused unless somebody is there. */
static void unmap_beyond(struct generator *g, struct lab_fuzz_run *r)
{
	struct lab_fuzz_op op = an_unmap(g, r->at, r->pgsize, r->count + 1);
	u64 end = lab_fuzz_run_end(r);

	if (end < g->d.space && !lab_fuzz_run_over(&g->d, end, r->pgsize))
		emit(g, &op);
	else
		unmap_part(g, r, 0, r->count);
}

static void unmap(struct generator *g)
{
	struct lab_fuzz_run *r = lab_draw_run(&g->d), *next;
	struct lab_fuzz_op op;
	u64 from, count;

	if (!r) {
		op = an_unmap_anywhere(g);
		emit(g, &op);
		return;
	}
	count = 1 + lab_draw_below(&g->d, r->count);
	from = lab_draw_below(&g->d, r->count - count + 1);
	switch (lab_draw_below(&g->d, 16)) {
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
	u64 end = lab_params_first_iova(g->d.p) + g->d.space;
	size_t least = g->d.sizes & -g->d.sizes;
	struct lab_range *r = &op->range;

	switch (lab_draw_below(&g->d, maps ? 10 : 7)) {
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
		r->pa = g->d.outputs - (r->count - 1) * r->pgsize;
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
	struct lab_fuzz_op op = lab_draw_one_in(&g->d, 2) ? a_map(g) : an_unmap_anywhere(g);

	spoil(g, &op);
	emit(g, &op);
}

/* Over what is mapped: the same, more, or a part, by pages of any size. */
static void map_over(struct generator *g)
{
	const struct lab_fuzz_run *r = lab_draw_run(&g->d);
	struct lab_fuzz_op op = a_map(g);
	u64 at;

	if (!r)
		return;
	at = r->at + lab_draw_below(&g->d, min_t(u64, r->count, 8)) * r->pgsize;
	at = ALIGN_DOWN(at, op.range.pgsize);
	if (at >= g->d.low && at + op.range.count * op.range.pgsize <= g->d.high)
		op.range.iova = lab_params_first_iova(g->d.p) + at;
	emit_map(g, &op);
}

static void touch(struct generator *g)
{
	bool dirty = g->d.p->quirks & IO_PGTABLE_QUIRK_ARM_HD;

	if (dirty && lab_draw_one_in(&g->d, 8))
		emit_kind(g, LAB_FUZZ_CLEAR);
	else
		emit_at(g, dirty ? LAB_FUZZ_TOUCH : LAB_FUZZ_TRANSLATE, lab_draw_address(&g->d));
}

static void recreate(struct generator *g)
{
	emit_kind(g, LAB_FUZZ_RECREATE);
	memset(g->d.run, 0, sizeof(g->d.run));
}

static void step(struct generator *g)
{
	switch (lab_draw_below(&g->d, 32)) {
	case 0 ... 12:
		if (lab_fuzz_run_free(&g->d))
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
		emit_at(g, LAB_FUZZ_TRANSLATE, lab_draw_address(&g->d));
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
		if (lab_draw_one_in(&g->d, 6))
			recreate(g);
	}
}

/**
 * lab_fuzz_generate() - make a program
 * @p:		what it is for: format, granule, address bits and whether hardware keeps
 *		the dirty state; nothing else has a bearing
 * @seed:	any number
 * @window:	how much of the input space its requests lie in, in bytes: a power of 2, at
 *		least two pages; 0 for all of it
 * @steps:	how many operations; a longer program begins with the shorter
 * @program:	from lab_fuzz_program_init() with room for so many; filled in
 *
 * Context: Any.
 */
void lab_fuzz_generate(const struct lab_params *p, u64 seed, u64 window, size_t steps,
		       struct lab_fuzz_program *program)
{
	struct generator g = { .steps = steps, .out = program };

	lab_fuzz_draw_init(&g.d, p, seed, window);
	program->nr = 0;
	while (program->nr < steps)
		step(&g);
}
EXPORT_SYMBOL_IF_KUNIT(lab_fuzz_generate);

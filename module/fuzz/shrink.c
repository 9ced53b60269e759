// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shrinking: of a program that violates a rule, steps are left out as long as the rest
 * violates the same rule, by halves and then by fewer, down to one; then what is left is
 * made simpler, step by step, until nothing can be: fewer pages, smaller ones, nearer to
 * the beginning of the space.
 *
 * Each try is a whole run of a program, on instances of its own, that counts nowhere.
 * Sleeps.
 */
#include <kunit/visibility.h>
#include <linux/iommu.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "draw.h"
#include "shrink.h"
#include "compat/compat.h"

/* A program that is not smaller after so many is good enough. */
#define MAX_TRIES	2000

/**
 * struct shrinking - what is tried
 * @failure:	the failure, whose program is the smallest so far
 * @candidate:	one that may be smaller
 * @tally:	where a try counts
 */
struct shrinking {
	struct lab_fuzz_failure *failure;
	struct lab_fuzz_program candidate;
	struct lab_tally tally;
};

/* Does the candidate violate the rule?  Then it is the smallest; what follows goes. */
static bool try(struct shrinking *s)
{
	struct lab_fuzz_failure *f = s->failure;
	struct lab_fuzz_counts counts = {};
	const struct lab_violation *first;
	size_t came;

	if (f->tries >= MAX_TRIES || signal_pending(current))
		return false;
	f->tries++;
	lab_tally_init(&s->tally, "", NULL);
	lab_fuzz_execute(&f->setup, &s->candidate, &s->tally, &counts, NULL, &came);
	first = lab_tally_first(&s->tally);
	if (!first || first->rule != f->rule)
		return false;
	s->candidate.nr = min(came, s->candidate.nr);
	swap(f->program, s->candidate);
	strscpy(f->text, first->text, sizeof(f->text));
	return true;
}

static void copy(struct shrinking *s)
{
	s->candidate.nr = s->failure->program.nr;
	memcpy(s->candidate.op, s->failure->program.op,
	       s->candidate.nr * sizeof(*s->candidate.op));
}

static bool try_without(struct shrinking *s, size_t from, size_t nr)
{
	struct lab_fuzz_op *op = s->candidate.op;

	copy(s);
	memmove(op + from, op + from + nr, (s->candidate.nr - from - nr) * sizeof(*op));
	s->candidate.nr -= nr;
	return try(s);
}

/* From the end on: what is left out there needs nothing that follows. */
static bool leave_out(struct shrinking *s, size_t nr)
{
	bool any = false;
	size_t end = s->failure->program.nr;

	while (end) {
		size_t from = end > nr ? end - nr : 0;

		if (end <= s->failure->program.nr)
			any |= try_without(s, from, end - from);
		end = from;
	}
	return any;
}

/* Ways to make an operation simpler; false where it is by then, or cannot be. */
static bool as_plain_kind(struct lab_fuzz_op *op)
{
	enum lab_fuzz_kind kind = op->kind;

	if (kind == LAB_FUZZ_MAP_ATOMIC)
		op->kind = LAB_FUZZ_MAP;
	if (kind == LAB_FUZZ_UNMAP_QUEUED)
		op->kind = LAB_FUZZ_UNMAP;
	return kind != op->kind;
}

static bool with_one_page(struct lab_fuzz_op *op)
{
	bool more = op->range.count > 1;

	op->range.count = min_t(size_t, op->range.count, 1);
	return more;
}

static bool with_half_the_pages(struct lab_fuzz_op *op)
{
	bool more = op->range.count > 1;

	op->range.count = (op->range.count + 1) / 2;
	return more;
}

static bool with_a_page_less(struct lab_fuzz_op *op)
{
	bool more = op->range.count > 1;

	op->range.count -= more;
	return more;
}

static bool without_flags(struct lab_fuzz_op *op)
{
	int prot = op->range.prot;

	if (lab_fuzz_op_is_map(op))
		op->range.prot = IOMMU_READ | IOMMU_WRITE;
	return prot != op->range.prot;
}

static bool to_nowhere(struct lab_fuzz_op *op)
{
	bool somewhere = op->range.pa;

	op->range.pa = 0;
	return somewhere;
}

static bool (* const ways[])(struct lab_fuzz_op *op) = {
	with_one_page,
	with_half_the_pages,
	with_a_page_less,
	as_plain_kind,
	without_flags,
	to_nowhere,
};

static bool simplify(struct shrinking *s, size_t at)
{
	bool any = false;

	for (int way = 0; way < ARRAY_SIZE(ways); way++) {
		copy(s);
		while (at < s->candidate.nr && ways[way](&s->candidate.op[at]) && try(s)) {
			any = true;
			copy(s);
		}
	}
	return any;
}

static bool simplify_all(struct shrinking *s)
{
	bool any = false;

	for (size_t at = 0; at < s->failure->program.nr; at++)
		any |= simplify(s, at);
	return any;
}

/* All that has pages of a size gets those of the next smaller. */
static bool shrink_pages(struct shrinking *s)
{
	unsigned long sizes = lab_params_page_sizes(&s->failure->setup.params);
	bool any = false;

	while (sizes & (sizes - 1)) {
		size_t from = BIT(__fls(sizes)), to = BIT(__fls(sizes & ~from));
		bool found = false;

		copy(s);
		for (size_t i = 0; i < s->candidate.nr; i++) {
			if (s->candidate.op[i].range.pgsize != from)
				continue;
			s->candidate.op[i].range.pgsize = to;
			found = true;
		}
		any |= found && try(s);
		sizes &= ~from;
	}
	return any;
}

static u64 lowest_offset(const struct lab_fuzz_program *p, u64 first)
{
	u64 lowest = U64_MAX;

	for (size_t i = 0; i < p->nr; i++)
		if (lab_fuzz_op_is_map(&p->op[i]) || lab_fuzz_op_is_unmap(&p->op[i]))
			lowest = min(lowest, p->op[i].range.iova - first);
	return lowest == U64_MAX ? 0 : lowest;
}

/* All of it goes down to the beginning of the space, by what tables or pages resolve. */
static bool move_down(struct shrinking *s)
{
	const struct lab_params *p = &s->failure->setup.params;
	u64 first = lab_params_first_iova(p), by;
	u8 lg2[LAB_FUZZ_MAX_SPANS + 1] = { ilog2(p->granule) };
	bool any = false;

	for (int n = lab_fuzz_spans(p, lg2 + 1); n >= 0; n--) {
		by = lowest_offset(&s->failure->program, first) & ~(BIT_ULL(lg2[n]) - 1);
		if (!by)
			continue;
		copy(s);
		for (size_t i = 0; i < s->candidate.nr; i++)
			s->candidate.op[i].range.iova -= by;
		any |= try(s);
	}
	return any;
}

static void shrink(struct shrinking *s)
{
	bool again = true;

	while (again) {
		again = false;
		for (size_t nr = s->failure->program.nr / 2; nr; nr /= 2)
			again |= leave_out(s, nr);
		again |= simplify_all(s);
		again |= shrink_pages(s);
		again |= move_down(s);
	}
}

/**
 * lab_fuzz_shrink() - find the smallest program
 * @failure:	the failure, with its first program, of LAB_FUZZ_MAX_OPS or less
 *
 * Where no program violates the rule again, the first stays, to the step that did.
 *
 * Context: Process; sleeps, for seconds.
 * Return: 0 or -ENOMEM.
 */
int lab_fuzz_shrink(struct lab_fuzz_failure *failure)
{
	struct shrinking *s = kvzalloc(sizeof(*s), GFP_KERNEL);
	int ret = -ENOMEM;

	failure->tries = 0;
	failure->program.nr = min(failure->program.nr, failure->came);
	if (s)
		ret = lab_fuzz_program_init(&s->candidate, failure->program.nr);
	if (!ret) {
		s->failure = failure;
		shrink(s);
		lab_fuzz_program_fini(&s->candidate);
	}
	kvfree(s);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(lab_fuzz_shrink);

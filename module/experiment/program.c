// SPDX-License-Identifier: GPL-2.0-only
/*
 * The experiment's programs, written out as operations before anything is
 * measured, so that what is random about them is the same for every allocator
 * and no part of what is timed.
 */
#include <kunit/visibility.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "program.h"
#include "compat/compat.h"

enum {
	SEED		= 20190214,
	/* One table of 1 KB stays of each 32 KB. */
	STRIDE		= SZ_32K / SZ_1K,
	CHURN_ROUNDS	= 256,
	CHURN_MOST	= 64,
	INSTANCES	= 16,
	/* The longest is "pin", which frees at the end what it left. */
	MAX_OPS		= LAB_PROGRAM_TABLES / 4 * (2 * STRIDE + 3) + LAB_PROGRAM_TABLES,
};

static_assert(LAB_PROGRAM_TABLES <= U16_MAX);

static const struct {
	const char *name, *about;
} words[LAB_PROGRAM_NR] = {
	[LAB_PROGRAM_FULL]	= { "full", "all tables of the space live" },
	[LAB_PROGRAM_HALF]	= { "half", "all, then half of them freed at random" },
	[LAB_PROGRAM_REFILL]	= { "refill",
		"all, then 7 of 8 freed at random, then all again" },
	[LAB_PROGRAM_ADVERSARY]	= { "adversary",
		"all, then of each 32 in order of allocation only the first stays" },
	[LAB_PROGRAM_PIN]	= { "pin",
		"32 allocated and all but the first freed, until a quarter of the space is live" },
	[LAB_PROGRAM_CHURN]	= { "churn",
		"half of the space, then 256 times 1 to 64 freed at random and as many allocated" },
	[LAB_PROGRAM_INSTANCES]	= { "instances",
		"as many tables in 16 instances, which take turns" },
};

/**
 * struct writer - a program being written
 * @p:		the program
 * @rnd:	where chance comes from
 * @slots:	all slots in some order: first those that are live, then the rest
 * @live:	how many are
 */
struct writer {
	struct lab_program *p;
	struct rnd_state rnd;
	u16 slots[LAB_PROGRAM_TABLES];
	unsigned int live;
};

static unsigned int below(struct writer *w, unsigned int end)
{
	return prandom_u32_state(&w->rnd) % end;
}

static void emit(struct writer *w, enum lab_op_kind kind, unsigned int pool, unsigned int nr)
{
	w->p->ops[w->p->nr_ops++] = (struct lab_op) { .kind = kind, .pool = pool, .nr = nr };
}

/* Slots of all pools are numbered through; this says whose one is. */
static void emit_slot(struct writer *w, enum lab_op_kind kind, unsigned int slot)
{
	emit(w, kind, slot / w->p->pool_slots, slot % w->p->pool_slots);
}

static void need(struct writer *w, unsigned int nr)
{
	for (unsigned int pool = 0; pool < w->p->nr_pools; pool++)
		emit(w, LAB_OP_NEED, pool, nr);
}

/* The @index-th slot that lives goes. */
static void free_at(struct writer *w, unsigned int index)
{
	emit_slot(w, LAB_OP_FREE, w->slots[index]);
	w->live--;
	swap(w->slots[index], w->slots[w->live]);
}

static void free_random(struct writer *w, unsigned int nr)
{
	while (nr--)
		free_at(w, below(w, w->live));
}

/* Of @slots the first @nr that are not live, as they stand. */
static void alloc(struct writer *w, unsigned int nr)
{
	need(w, nr / w->p->nr_pools);
	while (nr--) {
		emit_slot(w, LAB_OP_ALLOC, w->slots[w->live++]);
		w->p->pairs++;
	}
	need(w, 0);
}

static void alloc_random(struct writer *w, unsigned int nr, unsigned int total)
{
	for (unsigned int i = w->live; i < w->live + nr; i++) {
		unsigned int from = i + below(w, total - i);

		swap(w->slots[i], w->slots[from]);
	}
	alloc(w, nr);
}

static void keep_each(struct writer *w, unsigned int stride)
{
	/* From the end, where what takes the place of one freed is dead too. */
	for (unsigned int i = w->live; i--; )
		if (i % stride)
			emit_slot(w, LAB_OP_FREE, i);
	for (unsigned int i = 0; i < w->live / stride; i++)
		w->slots[i] = i * stride;
	w->live /= stride;
}

static void write_ops(struct writer *w, enum lab_program_id id, unsigned int tables)
{
	switch (id) {
	case LAB_PROGRAM_HALF:
		alloc(w, tables);
		free_random(w, tables / 2);
		break;
	case LAB_PROGRAM_REFILL:
		alloc(w, tables);
		free_random(w, tables / 8 * 7);
		need(w, 0);
		alloc_random(w, tables / 8 * 7, tables);
		break;
	case LAB_PROGRAM_ADVERSARY:
		alloc(w, tables);
		keep_each(w, STRIDE);
		break;
	case LAB_PROGRAM_PIN:
		while (w->live < tables / 4) {
			alloc(w, STRIDE);
			for (int i = 1; i < STRIDE; i++)
				free_at(w, w->live - 1);
			need(w, 0);
		}
		break;
	case LAB_PROGRAM_CHURN:
		alloc_random(w, tables / 2, tables);
		for (int i = 0; i < CHURN_ROUNDS; i++) {
			unsigned int nr = 1 + below(w, CHURN_MOST);

			nr = min(nr, w->live);
			free_random(w, nr);
			alloc_random(w, nr, tables);
		}
		break;
	default:
		alloc(w, tables);
	}
	/* What was freed last may be ready for more, which does not come. */
	need(w, 0);
	w->p->live = w->live;
	w->p->measured = w->p->nr_ops;
	for (unsigned int i = 0; i < w->live; i++)
		emit_slot(w, LAB_OP_FREE, w->slots[i]);
}

/**
 * lab_program_build() - write a program out
 * @id:		which
 * @tables:	tables of the space: a multiple of 64, LAB_PROGRAM_TABLES at most
 *
 * Context: Process; sleeps.
 * Return: the program for lab_program_free(), or NULL when out of memory.
 */
struct lab_program *lab_program_build(enum lab_program_id id, unsigned int tables)
{
	struct lab_program *p = kzalloc_obj(*p);
	struct writer *w = kzalloc_obj(*w);

	if (!p || !w)
		goto fail;
	p->name = words[id].name;
	p->about = words[id].about;
	p->nr_pools = id == LAB_PROGRAM_INSTANCES ? INSTANCES : 1;
	p->pool_slots = tables / p->nr_pools;
	p->ops = kvmalloc_array(MAX_OPS, sizeof(*p->ops), GFP_KERNEL);
	if (!p->ops)
		goto fail;

	w->p = p;
	prandom_seed_state(&w->rnd, SEED);
	/* Pools take turns; within a pool tables come in order of address. */
	for (unsigned int i = 0; i < tables; i++)
		w->slots[i] = i % p->nr_pools * p->pool_slots + i / p->nr_pools;
	write_ops(w, id, tables);
	kfree(w);
	return p;

fail:
	kfree(w);
	kfree(p);
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(lab_program_build);

/**
 * lab_program_free() - counterpart of lab_program_build()
 * @p:		the program, or NULL
 *
 * Context: Process.
 */
void lab_program_free(struct lab_program *p)
{
	if (!p)
		return;
	kvfree(p->ops);
	kfree(p);
}
EXPORT_SYMBOL_IF_KUNIT(lab_program_free);

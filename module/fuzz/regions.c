// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who owns what: where in the input space a concurrent run takes place, and how it is
 * divided among the workers.
 *
 * A place is what one last-level table resolves.  Places are chosen where nothing is
 * mapped.  Knows of formats the page sizes, and how much a table resolves.
 */
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/sizes.h>

#include "crowd.h"
#include "compat/compat.h"

enum {
	TRIES		= 16,
	/* Pages that are used of a place which all share */
	SHARED_PAGES	= 128,
	/* Of a block; of v7s each takes a quarter of a large page. */
	BLOCK_PARTS	= 16,
	V7S_BLOCK_PARTS	= 64,
	SPLIT_PLACES	= 2,
};

static bool is_v7s(const struct lab_crowd *c)
{
	return lab_params_are_v7s(&c->inst->params);
}

static void add_region(struct lab_worker *w, u64 iova, u64 bytes)
{
	w->regions[w->nr_regions++] = (struct lab_region) { .iova = iova, .bytes = bytes };
}

/* Neighbours are different workers. */
static void divide(struct lab_crowd *c, unsigned int place, unsigned int nr, u64 bytes)
{
	for (unsigned int i = 0; i < nr; i++)
		add_region(&c->workers[i % c->plan.workers], lab_crowd_place(c, place) + i * bytes,
			   bytes);
}

static void divide_all(struct lab_crowd *c)
{
	unsigned int parts = is_v7s(c) ? V7S_BLOCK_PARTS : BLOCK_PARTS;

	for (unsigned int i = 0; i < c->places; i++)
		switch (c->plan.pattern) {
		case LAB_CONCURRENT_DISJOINT:
			add_region(&c->workers[i % c->plan.workers], lab_crowd_place(c, i),
				   c->block);
			break;
		case LAB_CONCURRENT_CREATE:
			divide(c, i, c->plan.workers, 4 * c->page);
			break;
		case LAB_CONCURRENT_SPLIT:
			divide(c, i, parts, c->block / parts);
			break;
		default:
			/* Some are small and share lines of the cache, some take a large page. */
			divide(c, i, i ? SHARED_PAGES / 16 : SHARED_PAGES / 4,
			       (i ? 16 : 4) * c->page);
		}
}

static unsigned int places_due(const struct lab_crowd *c)
{
	switch (c->plan.pattern) {
	case LAB_CONCURRENT_DISJOINT:
		return 2 * c->plan.workers;
	case LAB_CONCURRENT_CREATE:
		return c->plan.steps;
	case LAB_CONCURRENT_SPLIT:
		return SPLIT_PLACES;
	default:
		return 2;
	}
}

/* A page that takes the place of a table of tables, 0 for none. */
static size_t larger_block(const struct lab_crowd *c)
{
	unsigned long sizes = c->inst->cfg.pgsize_bitmap & ~(2 * c->block - 1);

	return is_v7s(c) ? 0 : sizes & -sizes;
}

/* How much of the space is taken; 0 where it has not got that much. */
static u64 window(const struct lab_crowd *c, u64 stride)
{
	unsigned int space_lg2 = min(c->inst->cfg.ias, c->inst->cfg.oas);
	u64 bytes = roundup_pow_of_two(c->places) * stride;

	return bytes <= BIT_ULL(space_lg2) ? bytes : 0;
}

static bool choose_window(struct lab_crowd *c)
{
	size_t larger = larger_block(c);
	u64 bytes;

	c->stride = c->block;
	c->places = places_due(c);
	/* Each in a table of tables of its own: two are made at a time. */
	if (c->plan.pattern == LAB_CONCURRENT_CREATE && larger && window(c, larger) &&
	    lab_crowd_below(&c->rnd, 2))
		c->stride = larger;
	bytes = window(c, c->stride);
	if (!bytes)
		return false;

	for (int i = 0; i < TRIES; i++) {
		c->first = c->inst->first +
			   lab_crowd_below(&c->rnd, BIT_ULL(c->inst->cfg.ias) / bytes) * bytes;
		if (!lab_model_overlaps(&c->inst->model, c->first, bytes))
			return true;
	}
	return false;
}

/**
 * lab_crowd_block_page() - the page size that a place is mapped with to be split
 * @c:		the crowd
 * @place:	its number
 *
 * Context: Any.
 * Return: page size in bytes.
 */
size_t lab_crowd_block_page(const struct lab_crowd *c, unsigned int place)
{
	return is_v7s(c) && place & 1 ? SZ_64K : c->block;
}

/**
 * lab_crowd_block_pa() - the output address that it is mapped to
 * @c:		the crowd
 * @place:	its number
 *
 * 6.12's v7s forgets the address of a section that it splits (findings.rst), which is
 * none of its races: where it is 0 there is nothing to forget.
 *
 * Context: Any.
 * Return: output address, of a block.
 */
u64 lab_crowd_block_pa(const struct lab_crowd *c, unsigned int place)
{
	return lab_crowd_block_page(c, place) == SZ_1M ? 0 : c->block;
}

/**
 * lab_crowd_lay_out() - choose places, and divide them
 * @c:		the crowd, with instance, plan, randomness and room for regions
 *
 * Context: Process; the instance is locked.
 * Return: 0; -ENOSPC where the input or the output space is too small, or what is free
 * of it was not found.
 */
int lab_crowd_lay_out(struct lab_crowd *c)
{
	unsigned long sizes = c->inst->cfg.pgsize_bitmap;

	c->page = sizes & -sizes;
	/* As many pages as a table has descriptors, of 8 bytes each */
	c->block = is_v7s(c) ? SZ_1M : c->page * (c->page / 8);
	if (c->plan.pattern == LAB_CONCURRENT_SPLIT && !(sizes & c->block))
		return -EOPNOTSUPP;
	if (!choose_window(c))
		return -ENOSPC;
	divide_all(c);
	return 0;
}

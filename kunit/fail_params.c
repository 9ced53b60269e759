// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which combinations the sweeps run on: every allocator that is registered and
 * keeps the contract, with every format and provider that takes it.  Granules and
 * walkers take turns, so that all are met and not all with all.
 *
 * One list for all generators, made anew for each case that uses it: KUnit runs
 * one case at a time.
 */
#include <linux/sizes.h>
#include <linux/string.h>

#include "fail.h"

#define V7S		(&lab_formats[LAB_V7S])
#define LPAE		(&lab_formats[LAB_LPAE_S1])
#define MAX_CONFIGS	(8 * LAB_MAX_ALLOCATORS)
#define NAME_BYTES	64

static struct lab_config configs[MAX_CONFIGS];
static char names[MAX_CONFIGS][NAME_BYTES];
static unsigned int nr_configs;

/**
 * struct shapes - what there is of a format, and whose turn it is
 * @shape:	granule and walker, by a name to append
 * @nr:		how many there are
 * @turn:	how many have had their turn
 */
struct shapes {
	const struct lab_config *shape;
	unsigned int nr, turn;
};

static const struct lab_config v7s_shapes[] = {
	{ "",			V7S },
	{ " noncoherent",	V7S, .noncoherent = true },
};

static const struct lab_config lpae_shapes[] = {
	{ "",			LPAE },
	{ " 64K",		LPAE, .granule = SZ_64K },
	{ " 16K noncoherent",	LPAE, .granule = SZ_16K, .noncoherent = true },
	{ " noncoherent",	LPAE, .noncoherent = true },
	{ " 16K",		LPAE, .granule = SZ_16K },
	{ " 64K noncoherent",	LPAE, .granule = SZ_64K, .noncoherent = true },
};

/* The next @nr shapes; what is not offered is left out, rather than skipped. */
static void add(struct shapes *s, unsigned int nr, const struct lab_provider *provider,
		const struct lab_allocator *allocator)
{
	if (lab_kunit_kernel_only && provider != &lab_provider_kernel)
		return;
	if (lab_not_offered(s->shape->format, provider, allocator))
		return;

	for (; nr && nr_configs < MAX_CONFIGS; nr--) {
		struct lab_config *c = &configs[nr_configs];

		*c = s->shape[s->turn++ % s->nr];
		c->provider = provider;
		c->allocator = allocator;
		snprintf(names[nr_configs], NAME_BYTES, "%s %s %s%s", c->format->name,
			 provider->name, lab_allocator_name(allocator), c->name);
		c->name = names[nr_configs++];
	}
}

/*
 * An allocator comes with every format and provider, or where @thin with one of
 * them in turn; the kernel's own allocation, which is swept nowhere else, in all
 * shapes.
 */
static void make_configs(bool (*takes)(const struct lab_allocator *allocator), bool thin)
{
	static const struct lab_provider *const providers[] = {
		&lab_provider_kernel, &lab_provider_lab,
	};
	struct shapes v7s = { v7s_shapes, ARRAY_SIZE(v7s_shapes) };
	struct shapes lpae = { lpae_shapes, ARRAY_SIZE(lpae_shapes) };

	nr_configs = 0;
	lab_allocators_get();
	for (unsigned int a = 0; a < lab_nr_allocators; a++) {
		const struct lab_allocator *allocator = lab_allocators[a];

		if (!takes(allocator))
			continue;
		for (int p = 0; p < ARRAY_SIZE(providers); p++) {
			if (!allocator || !thin || a % 3 == 2)
				add(&v7s, allocator ? 1 : v7s.nr, providers[p], allocator);
			if (!allocator || !thin || a % 3 == p)
				add(&lpae, allocator ? 1 : lpae.nr, providers[p], allocator);
		}
	}
	lab_allocators_put();
}

static const struct lab_config *next_config(const void *prev, char *desc,
					    bool (*takes)(const struct lab_allocator *),
					    bool thin)
{
	const struct lab_config *next = prev;

	if (!prev)
		make_configs(takes, thin);
	next = prev ? next + 1 : configs;
	if (next == configs + nr_configs)
		return NULL;
	lab_config_desc(next, desc);
	return next;
}

static bool keeps_contract(const struct lab_allocator *a)
{
	return a && !a->breaks;
}

/**
 * lab_fail_allocators() - combinations with an allocator
 * @prev:	the last one, NULL to begin
 * @desc:	KUNIT_PARAM_DESC_SIZE bytes for its name
 *
 * Context: Process.
 * Return: the next, or NULL.
 */
const void *lab_fail_allocators(const void *prev, char *desc)
{
	return next_config(prev, desc, keeps_contract, false);
}

static bool reserves(const struct lab_allocator *a)
{
	return keeps_contract(a) && a->reserve;
}

/**
 * lab_fail_reserving() - combinations with an allocator that reserves
 * @prev:	the last one, NULL to begin
 * @desc:	KUNIT_PARAM_DESC_SIZE bytes for its name
 *
 * Context: Process.
 * Return: the next, or NULL.
 */
const void *lab_fail_reserving(const void *prev, char *desc)
{
	return next_config(prev, desc, reserves, false);
}

static bool is_kernels_or_keeps_contract(const struct lab_allocator *a)
{
	return !a || keeps_contract(a);
}

/**
 * lab_fail_all() - combinations with an allocator or the kernel's own allocation
 * @prev:	the last one, NULL to begin
 * @desc:	KUNIT_PARAM_DESC_SIZE bytes for its name
 *
 * Of the former fewer than from lab_fail_allocators(): much more can fail.
 *
 * Context: Process.
 * Return: the next, or NULL.
 */
const void *lab_fail_all(const void *prev, char *desc)
{
	return next_config(prev, desc, is_kernels_or_keeps_contract, true);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one table of configurations: shapes of every format, each of which comes
 * with both providers.  What this kernel does not offer is skipped by name.
 *
 * A shape is here for something that is its own: the level at which its walk
 * begins, the size of its root, a field of its registers or descriptors.
 */
#include <linux/sizes.h>
#include <linux/string.h>

#include "configs.h"

/**
 * struct shape - a configuration but for who builds and allocates the tables
 * @format:	page table format
 * @granule:	smallest page size in bytes, 0 for 4 KB
 * @ias:	input address bits, 0 for the format's default
 * @oas:	output address bits, 0 for the format's default
 * @quirks:	names of quirks, or NULL
 * @noncoherent: the walker does not snoop
 * @own:	with the provider kernel the tables are of the kernel's own allocation
 */
struct shape {
	enum lab_format_index format;
	size_t granule;
	unsigned int ias, oas;
	const char *quirks;
	bool noncoherent;
	bool own;
};

#define NONCOHERENT	.noncoherent = true
#define OWN		.own = true

static const struct shape shapes[] = {
	/* ARMv7: one size of everything. */
	{ LAB_V7S, OWN },
	{ LAB_V7S, NONCOHERENT, OWN },
	{ LAB_V7S, .quirks = "ns", OWN },
	{ LAB_V7S, .quirks = "no-perms", OWN },
	/* MediaTek: each output address bit beyond 32, and roots of 32 and 64 KB. */
	{ LAB_V7S, 0, 32, 33, "no-perms,mtk-ext", OWN },
	{ LAB_V7S, 0, 33, 34, "no-perms,mtk-ext", NONCOHERENT, OWN },
	{ LAB_V7S, 0, 34, 35, "no-perms,mtk-ext", OWN },
	{ LAB_V7S, 0, 32, 35, "no-perms,mtk-ext,mtk-ttbr-ext", OWN },

	/* 4 KB: the walk begins at L0, L1 and L2, in a whole table and in a part of one. */
	{ LAB_LPAE_S1, OWN },
	{ LAB_LPAE_S1, NONCOHERENT },
	{ LAB_LPAE_S1, 0, 44, 42 },
	{ LAB_LPAE_S1, 0, 40, 40, NONCOHERENT, OWN },
	{ LAB_LPAE_S1, 0, 42, 44, "ns" },
	{ LAB_LPAE_S1, 0, 39, 36, NONCOHERENT },
	{ LAB_LPAE_S1, 0, 36, 36 },
	{ LAB_LPAE_S1, 0, 32, 32 },
	/* No larger than a block: the block must not be offered. */
	{ LAB_LPAE_S1, 0, 30, 32 },
	{ LAB_LPAE_S1, 0, 25, 32 },
	{ LAB_LPAE_S1, .quirks = "outer-wbwa", NONCOHERENT },
	/* 16 KB: L0 has two descriptors, then L1 and L2. */
	{ LAB_LPAE_S1, SZ_16K },
	{ LAB_LPAE_S1, SZ_16K, 47, 44 },
	{ LAB_LPAE_S1, SZ_16K, 36, 36, NONCOHERENT },
	{ LAB_LPAE_S1, SZ_16K, 32, 40, "ns" },
	/* 64 KB: L1 and L2; with 52 bits, 4 KB of address go elsewhere in a descriptor. */
	{ LAB_LPAE_S1, SZ_64K },
	{ LAB_LPAE_S1, SZ_64K, 42, 40, NONCOHERENT },
	{ LAB_LPAE_S1, SZ_64K, 36, 42 },
	{ LAB_LPAE_S1, SZ_64K, 52, 52 },
	{ LAB_LPAE_S1, SZ_64K, 48, 52 },
	{ LAB_LPAE_S1, .quirks = "hd" },
	{ LAB_LPAE_S1, SZ_64K, 42, 44, "hd", NONCOHERENT },
	{ LAB_LPAE_S1, 0, 41, 40, "hd", OWN },
	{ LAB_LPAE_S1, .quirks = "no-warn" },

	/* The upper end of 64 bits. */
	{ LAB_LPAE_S1, .quirks = "ttbr1" },
	{ LAB_LPAE_S1, 0, 39, 40, "ttbr1", NONCOHERENT },
	{ LAB_LPAE_S1, 0, 32, 36, "ttbr1,ns" },
	{ LAB_LPAE_S1, SZ_16K, 47, 48, "ttbr1,hd" },
	{ LAB_LPAE_S1, SZ_64K, 48, 48, "ttbr1" },
	{ LAB_LPAE_S1, SZ_64K, 52, 52, "ttbr1" },
	{ LAB_LPAE_S1, 0, 36, 32, "ttbr1,outer-wbwa", NONCOHERENT },

	/* Stage 2, in as many tables as its root must have: 2, 8, 1, 1 with 4 KB. */
	{ LAB_LPAE_S2, 0, 40, 40 },
	{ LAB_LPAE_S2, 0, 42, 42 },
	{ LAB_LPAE_S2, 0, 48, 48 },
	{ LAB_LPAE_S2, 0, 39, 40 },
	{ LAB_LPAE_S2, 0, 40, 44, OWN },
	/* Sixteen that may be, and are where the kernel saves a level; none that may be. */
	{ LAB_LPAE_S2, 0, 43, 44 },
	{ LAB_LPAE_S2, 0, 44, 44, NONCOHERENT },
	{ LAB_LPAE_S2, 0, 32, 32 },
	{ LAB_LPAE_S2, 0, 36, 36, NONCOHERENT },
	/* With 16 KB 2, 16, 1. */
	{ LAB_LPAE_S2, SZ_16K, 48, 48 },
	{ LAB_LPAE_S2, SZ_16K, 40, 40 },
	{ LAB_LPAE_S2, SZ_16K, 42, 42, NONCOHERENT },
	/* With 64 KB never. */
	{ LAB_LPAE_S2, SZ_64K, 48, 48 },
	{ LAB_LPAE_S2, SZ_64K, 42, 42, NONCOHERENT },
	{ LAB_LPAE_S2, SZ_64K, 52, 52 },
	{ LAB_LPAE_S2, .quirks = "s2fwb" },
	{ LAB_LPAE_S2, SZ_16K, 36, 36, "s2fwb,no-warn", NONCOHERENT },

	/* LPAE of 32-bit ARMv7: 4 KB, and no more than 32 or 40 bits in. */
	{ LAB_LPAE32_S1 },
	{ LAB_LPAE32_S1, 0, 30, 36, "ns", NONCOHERENT },
	{ LAB_LPAE32_S2 },
	{ LAB_LPAE32_S2, 0, 32, 32, NONCOHERENT },

	/*
	 * Mali: four levels however little there is to resolve.  TRANSTAB holds bits
	 * from 12 on, but the kernel's hooks are asked for no more than a small root's
	 * descriptors, which may lie anywhere in a page: its own pages do not.
	 */
	{ LAB_MALI },
	{ LAB_MALI, NONCOHERENT },
	{ LAB_MALI, 0, 39, 40, NONCOHERENT, OWN },
	{ LAB_MALI, 0, 32, 36, OWN },
};

static struct lab_config configs[2 * ARRAY_SIZE(shapes)];
static char names[ARRAY_SIZE(configs)][LAB_CONFIG_NAME_BYTES];
static bool ready;

/* The quirks that a list names; one without a bit goes to @lacks. */
static unsigned long quirks_of(const char *list, const char **lacks)
{
	unsigned long quirks = 0;

	while (list && *list) {
		size_t len = strcspn(list, ",");

		for (int i = 0; i < LAB_NR_QUIRKS; i++) {
			const struct lab_quirk *q = &lab_quirks[i];

			if (strlen(q->name) != len || strncmp(q->name, list, len))
				continue;
			quirks |= q->bit;
			if (!q->bit)
				*lacks = q->name;
		}
		list += len + (list[len] == ',');
	}
	return quirks;
}

static void expand(const struct shape *s, const struct lab_provider *provider,
		   struct lab_config *c, char *name)
{
	const struct lab_format *format = &lab_formats[s->format];
	bool own = s->own && provider == &lab_provider_kernel;

	*c = (struct lab_config) {
		.name		= name,
		.format		= format,
		.provider	= provider,
		.allocator	= own ? NULL : &lab_slab,
		.noncoherent	= s->noncoherent,
		.ias		= s->ias,
		.oas		= s->oas,
		.granule	= s->granule,
	};
	c->quirks = quirks_of(s->quirks, &c->lacks);
	snprintf(name, LAB_CONFIG_NAME_BYTES, "%s %s %zuK %u/%u%s%s%s", provider->name,
		 lab_allocator_name(c->allocator), (s->granule ?: SZ_4K) / SZ_1K,
		 s->ias ?: format->ias, s->oas ?: format->oas, s->quirks ? " " : "",
		 s->quirks ?: "", s->noncoherent ? " noncoherent" : "");
}

/* KUnit runs one case at a time: nobody else is here. */
static void make_ready(void)
{
	if (ready)
		return;
	for (int i = 0; i < ARRAY_SIZE(shapes); i++) {
		expand(&shapes[i], &lab_provider_kernel, &configs[2 * i], names[2 * i]);
		expand(&shapes[i], &lab_provider_lab, &configs[2 * i + 1], names[2 * i + 1]);
	}
	ready = true;
}

/**
 * lab_config_next() - generate a suite's parameters
 * @prev:	the last one, NULL to begin
 * @desc:	KUNIT_PARAM_DESC_SIZE bytes for its name
 * @takes:	whether the suite takes a configuration, by its format or quirks
 * @every:	1 for all that it takes, 3 for every third
 *
 * Providers take turns, the kernel first: with @every 2 all are the kernel's.
 * What is about a quirk that this kernel does not have is left out, and skipped by
 * name in lab_config_need_quirk().
 *
 * Context: Process.
 * Return: the next, or NULL.
 */
const void *lab_config_next(const void *prev, char *desc,
			    bool (*takes)(const struct lab_config *config), unsigned int every)
{
	const struct lab_config *c = prev ? (const struct lab_config *)prev + 1 : configs;
	unsigned int skip = prev ? every - 1 : 0;

	make_ready();
	for (; c < configs + ARRAY_SIZE(configs); c++) {
		if (lab_kunit_kernel_only && c->provider != &lab_provider_kernel)
			continue;
		if (c->lacks || !takes(c) || skip--)
			continue;
		lab_config_desc(c, desc);
		return c;
	}
	return NULL;
}

/**
 * lab_config_desc() - name a configuration
 * @config:	the configuration
 * @desc:	KUNIT_PARAM_DESC_SIZE bytes
 *
 * Context: Any.
 */
void lab_config_desc(const struct lab_config *config, char *desc)
{
	strscpy(desc, config->name, KUNIT_PARAM_DESC_SIZE);
}

/**
 * lab_config_params() - the parameters of a configuration
 * @c:		the configuration
 * @p:		filled in
 *
 * Context: Any.
 */
void lab_config_params(const struct lab_config *c, struct lab_params *p)
{
	lab_params_default(p, c->format);
	strscpy(p->name, c->name, sizeof(p->name));
	p->provider = c->provider;
	p->allocator = c->allocator;
	p->coherent = !c->noncoherent;
	p->quirks = c->quirks;
	p->granule = c->granule ?: p->granule;
	p->ias = c->ias ?: p->ias;
	p->oas = c->oas ?: p->oas;
}

/**
 * lab_config_need() - skip a test where this kernel does not offer a configuration
 * @test:	the test
 * @c:		the configuration
 *
 * Context: Process.
 */
void lab_config_need(struct kunit *test, const struct lab_config *c)
{
	const char *why = lab_not_offered(c->format, c->provider, c->allocator);

	if (why)
		kunit_skip(test, "%s", why);
	if (c->format->fmt == ARM_V7S || (c->allocator && c->allocator->low))
		lab_kunit_need_low_memory(test);
}

/**
 * lab_config_need_quirk() - skip a test where this kernel does not have a quirk
 * @test:	the test
 * @name:	the quirk
 *
 * Context: Process.
 */
void lab_config_need_quirk(struct kunit *test, const char *name)
{
	const char *lacks = NULL;

	quirks_of(name, &lacks);
	if (lacks)
		kunit_skip(test, "this kernel has no quirk %s", lacks);
}

/**
 * lab_config_create() - an instance of a configuration
 * @test:	the test; skipped where this kernel does not offer it
 * @c:		the configuration
 * @tally:	tally that sees its rules
 *
 * Context: Process.
 * Return: the instance; it goes with the test.
 */
struct lab_instance *lab_config_create(struct kunit *test, const struct lab_config *c,
				       struct lab_tally *tally)
{
	struct lab_instance *inst;
	struct lab_params p;

	lab_config_need(test, c);
	lab_config_params(c, &p);
	inst = lab_kunit_create(test, &p, tally);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, inst);
	return inst;
}

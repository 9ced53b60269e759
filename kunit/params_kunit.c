// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which parameters fit a format: those at its limits do, and those beyond one are
 * refused, each for a reason of its own.
 */
#include <linux/sizes.h>
#include <linux/string.h>

#include "lab_kunit.h"
#include "compat/compat.h"

/**
 * struct params_case - parameters, and whether they fit
 * @name:	in words
 * @format:	place of the format
 * @granule:	smallest page size in bytes
 * @ias:	input address bits
 * @oas:	output address bits
 * @ret:	0 or an errno
 * @quirks:	IO_PGTABLE_QUIRK_*
 * @coherent:	the walker snoops
 * @provider:	who builds the tables, NULL for the lab
 * @largest:	the largest page size, where they fit
 */
struct params_case {
	const char *name;
	enum lab_format_index format;
	size_t granule;
	unsigned int ias, oas;
	int ret;
	unsigned long quirks;
	bool coherent;
	const struct lab_provider *provider;
	u64 largest;
};

#define KERNEL	.provider = &lab_provider_kernel
#define WBWA	IO_PGTABLE_QUIRK_ARM_OUTER_WBWA

static const struct params_case params_cases[] = {
	{ "lpae-s1 at its limits", LAB_LPAE_S1, SZ_4K, 48, 48, 0, .largest = SZ_1G },
	{ "lpae-s1, 49 bits", LAB_LPAE_S1, SZ_4K, 49, 48, -EINVAL },
	{ "lpae-s1, 52 output bits", LAB_LPAE_S1, SZ_4K, 48, 52, -EINVAL },
	{ "lpae-s1, least bits", LAB_LPAE_S1, SZ_4K, 25, 32, 0, .largest = SZ_2M },
	{ "lpae-s1, 24 bits", LAB_LPAE_S1, SZ_4K, 24, 32, -EINVAL },
	{ "lpae-s1, 34 output bits", LAB_LPAE_S1, SZ_4K, 48, 34, -EINVAL },
	{ "lpae-s1, 8K", LAB_LPAE_S1, SZ_8K, 48, 48, -EINVAL },
	{ "lpae-s1, 16K of 52 bits", LAB_LPAE_S1, SZ_16K, 52, 48, -EINVAL },
	{ "lpae-s1, 64K of 52 bits", LAB_LPAE_S1, SZ_64K, 52, 52, 0, .largest = BIT_ULL(42) },
	{ "lpae-s1, 64K, no 4T to output", LAB_LPAE_S1, SZ_64K, 52, 48, 0, .largest = SZ_512M },
	{ "lpae-s1, 64K, no 4T to input", LAB_LPAE_S1, SZ_64K, 42, 52, 0, .largest = SZ_512M },
	{ "lpae-s1, 53 bits", LAB_LPAE_S1, SZ_64K, 53, 52, -EINVAL },
	{ "lpae-s1, outer-wbwa", LAB_LPAE_S1, SZ_4K, 48, 48, 0, WBWA, .largest = SZ_1G },
	{ "lpae-s1, outer-wbwa coherent", LAB_LPAE_S1, SZ_4K, 48, 48, -EINVAL, WBWA, true },
	{ "lpae-s1, no-perms", LAB_LPAE_S1, SZ_4K, 48, 48, -EINVAL, IO_PGTABLE_QUIRK_NO_PERMS },

	{ "lpae-s2 at its limits", LAB_LPAE_S2, SZ_4K, 48, 48, 0, .largest = SZ_1G },
	{ "lpae-s2, more in than out", LAB_LPAE_S2, SZ_4K, 41, 40, -EINVAL },
	{ "lpae-s2, 16 tables", LAB_LPAE_S2, SZ_16K, 40, 40, 0, .largest = SZ_32M },
	{ "lpae-s2, 64K of 52 bits", LAB_LPAE_S2, SZ_64K, 52, 52, 0, .largest = BIT_ULL(42) },
	{ "lpae-s2, ns", LAB_LPAE_S2, SZ_4K, 40, 40, -EINVAL, IO_PGTABLE_QUIRK_ARM_NS },

	{ "lpae32-s1 at its limits", LAB_LPAE32_S1, SZ_4K, 32, 40, 0, .largest = SZ_1G },
	{ "lpae32-s1, 33 bits", LAB_LPAE32_S1, SZ_4K, 33, 40, -EINVAL },
	{ "lpae32-s1, 42 output bits", LAB_LPAE32_S1, SZ_4K, 32, 42, -EINVAL },
	{ "lpae32-s1, 16K", LAB_LPAE32_S1, SZ_16K, 32, 40, -EINVAL },
	{ "lpae32-s2 at its limits", LAB_LPAE32_S2, SZ_4K, 40, 40, 0, .largest = SZ_1G },
	{ "lpae32-s2, 41 bits", LAB_LPAE32_S2, SZ_4K, 41, 40, -EINVAL },
	{ "lpae32-s2, 64K", LAB_LPAE32_S2, SZ_64K, 40, 40, -EINVAL },

	{ "mali at its limits", LAB_MALI, SZ_4K, 48, 40, 0, .largest = SZ_1G },
	{ "mali, 49 bits", LAB_MALI, SZ_4K, 49, 40, -EINVAL },
	{ "mali, 42 output bits", LAB_MALI, SZ_4K, 48, 42, -EINVAL },
	{ "mali, 16K", LAB_MALI, SZ_16K, 48, 40, -EINVAL },
	{ "mali, ns", LAB_MALI, SZ_4K, 48, 40, -EINVAL, IO_PGTABLE_QUIRK_ARM_NS },
	{ "mali, small, of the lab", LAB_MALI, SZ_4K, 39, 40, 0, .largest = SZ_1G },
	{ "mali, kernel", LAB_MALI, SZ_4K, 48, 40, 0, KERNEL, .largest = SZ_1G },
	{ "mali, small, of the kernel", LAB_MALI, SZ_4K, 47, 40, -EINVAL, KERNEL },

	{ "v7s of 16K", LAB_V7S, SZ_16K, 32, 32, -EINVAL },
	{ "v7s of 33 bits", LAB_V7S, SZ_4K, 33, 32, -EINVAL },
	{ "v7s of 33 output bits", LAB_V7S, SZ_4K, 32, 33, -EINVAL },
	{ "v7s, ttbr1", LAB_V7S, SZ_4K, 32, 32, -EINVAL, IO_PGTABLE_QUIRK_ARM_TTBR1 },
};

#undef KERNEL
#undef WBWA

static void params_desc(const struct params_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(params, params_cases, params_desc);

/* Passing proves that these fit with these page sizes, or are refused with this errno. */
static void params_fit(struct kunit *test)
{
	const struct params_case *c = test->param_value;
	struct lab_params p;
	const char *why;

	lab_params_default(&p, &lab_formats[c->format]);
	strscpy(p.name, test->name, sizeof(p.name));
	p.provider = c->provider ?: &lab_provider_lab;
	p.allocator = &lab_slab;
	p.granule = c->granule;
	p.ias = c->ias;
	p.oas = c->oas;
	p.quirks = c->quirks;
	p.coherent = c->coherent;
	why = lab_not_offered(p.format, p.provider, p.allocator);
	if (why)
		kunit_skip(test, "%s", why);

	KUNIT_EXPECT_EQ(test, lab_params_check(&p), c->ret);
	if (!c->ret)
		KUNIT_EXPECT_EQ(test, BIT_ULL(__fls(lab_params_page_sizes(&p))), c->largest);
}

static struct kunit_case params_kunit_cases[] = {
	KUNIT_CASE_PARAM(params_fit, params_gen_params),
	{}
};

static struct kunit_suite params_suite = {
	.name		= "lab_params",
	LAB_SUITE_OF_THE_LAB,
	.test_cases	= params_kunit_cases,
};

kunit_test_suite(params_suite);

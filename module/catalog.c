// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables of formats, providers and quirks.  Constant data.
 */
#include <kunit/visibility.h>

#include "catalog.h"
#include "compat/compat.h"

#define LPAE_S1_QUIRKS	(IO_PGTABLE_QUIRK_ARM_NS | IO_PGTABLE_QUIRK_ARM_TTBR1 | \
			 IO_PGTABLE_QUIRK_ARM_OUTER_WBWA | IO_PGTABLE_QUIRK_ARM_HD | \
			 IO_PGTABLE_QUIRK_NO_WARN)
#define LPAE_S2_QUIRKS	(IO_PGTABLE_QUIRK_ARM_S2FWB | IO_PGTABLE_QUIRK_NO_WARN)

const struct lab_format lab_formats[LAB_NR_FORMATS] = {
	[LAB_V7S] = {
		.name	= "v7s",
		.fmt	= ARM_V7S,
		.walker	= &lab_walk_v7s,
		.stage	= 1,
		.ias	= 32,
		.oas	= 32,
		.ias_max = 32,
		.oas_max = 32,
		.quirks	= IO_PGTABLE_QUIRK_ARM_NS | IO_PGTABLE_QUIRK_NO_PERMS |
			  IO_PGTABLE_QUIRK_ARM_MTK_EXT |
			  IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT,
	},
	[LAB_LPAE_S1] = {
		.name	= "lpae-s1",
		.fmt	= ARM_64_LPAE_S1,
		.walker	= &lab_walk_lpae_s1,
		.stage	= 1,
		.ias	= 48,
		.oas	= 48,
		.ias_max = 48,
		.oas_max = 48,
		.quirks	= LPAE_S1_QUIRKS,
	},
	[LAB_LPAE_S2] = {
		.name	= "lpae-s2",
		.fmt	= ARM_64_LPAE_S2,
		.walker	= &lab_walk_lpae_s2,
		.stage	= 2,
		.ias	= 40,
		.oas	= 40,
		.ias_max = 48,
		.oas_max = 48,
		.quirks	= LPAE_S2_QUIRKS,
	},
	[LAB_LPAE32_S1] = {
		.name	= "lpae32-s1",
		.fmt	= ARM_32_LPAE_S1,
		.walker	= &lab_walk_lpae32_s1,
		.stage	= 1,
		.ias	= 32,
		.oas	= 40,
		.ias_max = 32,
		.oas_max = 40,
		.quirks	= LPAE_S1_QUIRKS,
	},
	[LAB_LPAE32_S2] = {
		.name	= "lpae32-s2",
		.fmt	= ARM_32_LPAE_S2,
		.walker	= &lab_walk_lpae32_s2,
		.stage	= 2,
		.ias	= 40,
		.oas	= 40,
		.ias_max = 40,
		.oas_max = 40,
		.quirks	= LPAE_S2_QUIRKS,
	},
	[LAB_MALI] = {
		.name	= "mali",
		.fmt	= ARM_MALI_LPAE,
		.walker	= &lab_walk_mali,
		.stage	= 2,
		.ias	= 48,
		.oas	= 40,
		.ias_max = 48,
		.oas_max = 40,
	},
};
EXPORT_SYMBOL_IF_KUNIT(lab_formats);

const struct lab_provider *const lab_providers[LAB_NR_PROVIDERS] = {
	&lab_provider_kernel,
	&lab_provider_lab,
};

const struct lab_quirk lab_quirks[LAB_NR_QUIRKS] = {
	{ "ns",			IO_PGTABLE_QUIRK_ARM_NS },
	{ "no-perms",		IO_PGTABLE_QUIRK_NO_PERMS },
	{ "mtk-ext",		IO_PGTABLE_QUIRK_ARM_MTK_EXT },
	{ "mtk-ttbr-ext",	IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT },
	{ "outer-wbwa",		IO_PGTABLE_QUIRK_ARM_OUTER_WBWA },
	{ "ttbr1",		IO_PGTABLE_QUIRK_ARM_TTBR1 },
	{ "hd",			IO_PGTABLE_QUIRK_ARM_HD },
	{ "s2fwb",		IO_PGTABLE_QUIRK_ARM_S2FWB },
	{ "no-warn",		IO_PGTABLE_QUIRK_NO_WARN },
};
EXPORT_SYMBOL_IF_KUNIT(lab_quirks);

/**
 * lab_not_offered() - whether this kernel offers a combination
 * @format:	format
 * @provider:	provider
 * @allocator:	allocator, NULL for the provider's own allocation
 *
 * Context: Any.
 * Return: NULL where it does, else why not, in words.
 */
const char *lab_not_offered(const struct lab_format *format,
			    const struct lab_provider *provider,
			    const struct lab_allocator *allocator)
{
	return provider->refuses(format->fmt, allocator);
}
EXPORT_SYMBOL_IF_KUNIT(lab_not_offered);

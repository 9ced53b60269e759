// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables of formats, providers and quirks.  Constant data.
 */
#include <kunit/visibility.h>

#include "catalog.h"
#include "compat/compat.h"

const struct lab_format lab_formats[LAB_NR_FORMATS] = {
	{
		.name	= "v7s",
		.fmt	= ARM_V7S,
		.walker	= &lab_walk_v7s,
		.ias	= 32,
		.oas	= 32,
		.quirks	= IO_PGTABLE_QUIRK_ARM_NS | IO_PGTABLE_QUIRK_NO_PERMS |
			  IO_PGTABLE_QUIRK_ARM_MTK_EXT |
			  IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT,
	},
	{
		.name	= "lpae-s1",
		.fmt	= ARM_64_LPAE_S1,
		.walker	= &lab_walk_lpae_s1,
		.ias	= 48,
		.oas	= 48,
		.quirks	= IO_PGTABLE_QUIRK_ARM_NS | IO_PGTABLE_QUIRK_ARM_OUTER_WBWA |
			  IO_PGTABLE_QUIRK_NO_WARN,
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
	{ "no-warn",		IO_PGTABLE_QUIRK_NO_WARN },
};

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

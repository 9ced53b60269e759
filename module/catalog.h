/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What there is to combine: formats, providers, and the allocators of
 * table/registry.h, by the names that people type.
 */
#ifndef LAB_CATALOG_H
#define LAB_CATALOG_H

#include <linux/io-pgtable.h>

#include "provider.h"
#include "table/registry.h"
#include "walk/walk.h"

/* The formats, by their place in lab_formats[] */
enum lab_format_index {
	LAB_V7S,
	LAB_LPAE_S1,
	LAB_LPAE_S2,
	LAB_LPAE32_S1,
	LAB_LPAE32_S2,
	LAB_MALI,
	LAB_NR_FORMATS
};

/**
 * struct lab_format - a page table format
 * @name:	how people call it
 * @fmt:	the kernel's number for it
 * @walker:	who reads it
 * @stage:	1 or 2: whose permissions and memory types its leaves have; 2 for
 *		Mali's permissions
 * @ias:	input address bits unless asked for otherwise
 * @oas:	output address bits unless asked for otherwise
 * @ias_max:	most input address bits, quirks and granules that have more aside
 * @oas_max:	most output address bits, likewise
 * @quirks:	quirks that the lab knows for it
 */
struct lab_format {
	const char *name;
	enum io_pgtable_fmt fmt;
	const struct lab_walker *walker;
	unsigned int stage;
	unsigned int ias, oas;
	unsigned int ias_max, oas_max;
	unsigned long quirks;
};

/**
 * struct lab_quirk - a quirk's name
 * @name:	how people call it
 * @bit:	IO_PGTABLE_QUIRK_*, 0 where the kernel is too old for it
 */
struct lab_quirk {
	const char *name;
	unsigned long bit;
};

#define LAB_NR_PROVIDERS	2
#define LAB_NR_QUIRKS		9

extern const struct lab_format lab_formats[LAB_NR_FORMATS];
extern const struct lab_provider *const lab_providers[LAB_NR_PROVIDERS];
extern const struct lab_quirk lab_quirks[LAB_NR_QUIRKS];

const char *lab_not_offered(const struct lab_format *format,
			    const struct lab_provider *provider,
			    const struct lab_allocator *allocator);

#endif /* LAB_CATALOG_H */

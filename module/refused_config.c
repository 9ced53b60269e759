// SPDX-License-Identifier: GPL-2.0-only
/*
 * Configurations that cannot be: each is a format's default but for one thing that
 * the format does not do, and the provider has to refuse it.
 *
 * A provider that takes one would build tables that no hardware of the kind follows,
 * or leave out what its driver relies on.  Asked before an instance has a page table
 * of its own; knows no register and no descriptor.
 */
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/sizes.h>

#include "instance.h"
#include "compat/compat.h"

#define FORMAT(index)	BIT(index)
#define LPAE64		(FORMAT(LAB_LPAE_S1) | FORMAT(LAB_LPAE_S2))
#define LPAE		(LPAE64 | LPAE_4K)
#define LPAE_4K		(FORMAT(LAB_LPAE32_S1) | FORMAT(LAB_LPAE32_S2) | FORMAT(LAB_MALI))
#define V7S		FORMAT(LAB_V7S)
#define MTK		(IO_PGTABLE_QUIRK_ARM_MTK_EXT | IO_PGTABLE_QUIRK_NO_PERMS)

/**
 * struct attempt - a configuration that cannot be
 * @what:	what is wrong with it
 * @formats:	for which formats, a bit each
 * @ias:	input address bits, 0 for the format's default
 * @oas:	output address bits, 0 for the format's default
 * @sizes:	page sizes, 0 for those of the default
 * @quirks:	IO_PGTABLE_QUIRK_*
 */
struct attempt {
	const char *what;
	unsigned long formats;
	unsigned int ias, oas;
	unsigned long sizes;
	unsigned long quirks;
};

static const struct attempt attempts[] = {
	{ "33 bits in", V7S | FORMAT(LAB_LPAE32_S1), .ias = 33 },
	{ "33 bits out", V7S, .oas = 33 },
	{ "35 bits in", V7S, .ias = 35, .oas = 35, .quirks = MTK },
	{ "36 bits out", V7S, .oas = 36, .quirks = MTK },
	{ "permissions in the place of address bits", V7S,
	  .quirks = IO_PGTABLE_QUIRK_ARM_MTK_EXT },
	{ "a TTBR of more bits than tables have", V7S,
	  .quirks = IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT | IO_PGTABLE_QUIRK_NO_PERMS },

	/* What registers have no value for, where there is one; what a format stops at */
	{ "41 bits out", LPAE, .ias = 32, .oas = 41 },
	{ "33 bits out", LPAE & ~FORMAT(LAB_MALI), .ias = 32, .oas = 33 },
	{ "42 bits out", LPAE_4K, .oas = 42 },
	{ "41 bits in", FORMAT(LAB_LPAE32_S2), .ias = 41 },
	{ "49 bits in", FORMAT(LAB_MALI), .ias = 49 },
	{ "only pages of no granule", LPAE, .sizes = SZ_8K },
	{ "only blocks", LPAE, .sizes = SZ_2M },
	{ "only pages of 16 and 64 KB", LPAE_4K, .sizes = SZ_16K | SZ_64K },
	{ "outer-wbwa for a walker that snoops",
	  FORMAT(LAB_LPAE_S1) | FORMAT(LAB_LPAE32_S1),
	  .quirks = IO_PGTABLE_QUIRK_ARM_OUTER_WBWA },
};

/* One attempt, on a configuration of the format's default. */
static void attempt(struct lab_instance *inst, const char *what, const struct attempt *a)
{
	const struct lab_provider *provider = inst->params.provider;
	const struct lab_format *format = inst->params.format;
	struct io_pgtable_cfg cfg = {
		.quirks		= a->quirks,
		.ias		= a->ias ?: format->ias,
		.oas		= a->oas ?: format->oas,
		.coherent_walk	= true,
		.iommu_dev	= inst->dev,
	};
	struct lab_section section;
	struct io_pgtable_ops *ops;
	struct lab_params p;

	lab_params_default(&p, format);
	cfg.pgsize_bitmap = a->sizes ?: lab_params_page_sizes(&p);
	lab_instance_section(inst, &section, GFP_KERNEL, false);
	ops = provider->alloc(format->fmt, &cfg, inst);
	if (!IS_ERR(ops))
		provider->free(ops);
	lab_section_end(&section);
	/* The lab itself may try out slab caches for the kernel's v7s. */
	lab_check(&inst->tally, LAB_RULE_NO_LEAK,
		  !IS_ERR(ops) || !section.objects || format->fmt == ARM_V7S,
		  "%s with %s is refused, and %u objects are left", format->name, what,
		  section.objects);
	lab_check(&inst->tally, LAB_RULE_CONFIG_REFUSED, IS_ERR(ops), "%s with %s is taken",
		  format->name, what);
}

/**
 * lab_instance_check_config() - ask the provider for what its format cannot do
 * @inst:	the instance, before its page table is made
 *
 * Context: Process; sleeps.
 */
void lab_instance_check_config(struct lab_instance *inst)
{
	const struct lab_format *format = inst->params.format;
	const unsigned long bit = FORMAT(format - lab_formats);

	for (int i = 0; i < ARRAY_SIZE(attempts); i++)
		if (attempts[i].formats & bit)
			attempt(inst, attempts[i].what, &attempts[i]);
	/* Quirks of other formats; one without a bit is none. */
	for (int i = 0; i < LAB_NR_QUIRKS; i++) {
		const struct attempt a = { .quirks = lab_quirks[i].bit };

		if (a.quirks & ~format->quirks)
			attempt(inst, lab_quirks[i].name, &a);
	}
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The debugfs file "config" of an instance: what was asked for, the registers that
 * a driver would write to its hardware, and what these tell the hardware, in words.
 *
 * What it shows does not change while the instance lives: no lock is taken.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <linux/string_choices.h>

#include "debugfs.h"
#include "instance.h"
#include "parse.h"

static void show_params(struct seq_file *m, const struct lab_instance *inst)
{
	const struct lab_params *p = &inst->params;
	unsigned long sizes = inst->cfg.pgsize_bitmap;
	char text[LAB_SIZE_TEXT_BYTES];

	seq_printf(m, "format:      %s\nprovider:    %s\nallocator:   %s\n",
		   p->format->name, p->provider->name, lab_allocator_name(p->allocator));
	seq_printf(m, "ias:         %u\noas:         %u\npage sizes: ", inst->cfg.ias,
		   inst->cfg.oas);
	for (; sizes; sizes &= sizes - 1)
		seq_printf(m, " %s", lab_size_text(sizes & -sizes, text));
	seq_printf(m, "\ncoherent:    %s\nquirks:     ", str_yes_no(p->coherent));
	for (int i = 0; i < LAB_NR_QUIRKS; i++)
		if (p->quirks & lab_quirks[i].bit)
			seq_printf(m, " %s", lab_quirks[i].name);
	if (!p->quirks)
		seq_puts(m, " none");
	seq_puts(m, "\ntable limit: ");
	if (inst->where.limit == U64_MAX)
		seq_puts(m, "none guaranteed\n");
	else
		seq_printf(m, "%#llx\n", inst->where.limit);
}

/* The registers, as io_pgtable_cfg has them. */
static void show_registers(struct seq_file *m, const struct lab_instance *inst)
{
	const struct io_pgtable_cfg *cfg = &inst->cfg;

	switch (inst->params.format->fmt) {
	case ARM_V7S:
		seq_printf(m, "ttbr:        %#x\ntcr:         %#x\nprrr:        %#x\nnmrr:        %#x\n",
			   cfg->arm_v7s_cfg.ttbr, cfg->arm_v7s_cfg.tcr,
			   cfg->arm_v7s_cfg.prrr, cfg->arm_v7s_cfg.nmrr);
		break;
	case ARM_64_LPAE_S2:
	case ARM_32_LPAE_S2:
		seq_printf(m, "vttbr:       %#llx\nvtcr:        tsz=%u sl=%u tg=%u ps=%u sh=%u irgn=%u orgn=%u\n",
			   cfg->arm_lpae_s2_cfg.vttbr, cfg->arm_lpae_s2_cfg.vtcr.tsz,
			   cfg->arm_lpae_s2_cfg.vtcr.sl, cfg->arm_lpae_s2_cfg.vtcr.tg,
			   cfg->arm_lpae_s2_cfg.vtcr.ps, cfg->arm_lpae_s2_cfg.vtcr.sh,
			   cfg->arm_lpae_s2_cfg.vtcr.irgn, cfg->arm_lpae_s2_cfg.vtcr.orgn);
		break;
	case ARM_MALI_LPAE:
		seq_printf(m, "transtab:    %#llx\nmemattr:     %#llx\n",
			   cfg->arm_mali_lpae_cfg.transtab, cfg->arm_mali_lpae_cfg.memattr);
		break;
	default:
		seq_printf(m, "ttbr:        %#llx\ntcr:         tsz=%u tg=%u ips=%u sh=%u irgn=%u orgn=%u\nmair:        %#llx\n",
			   cfg->arm_lpae_s1_cfg.ttbr, cfg->arm_lpae_s1_cfg.tcr.tsz,
			   cfg->arm_lpae_s1_cfg.tcr.tg, cfg->arm_lpae_s1_cfg.tcr.ips,
			   cfg->arm_lpae_s1_cfg.tcr.sh, cfg->arm_lpae_s1_cfg.tcr.irgn,
			   cfg->arm_lpae_s1_cfg.tcr.orgn, cfg->arm_lpae_s1_cfg.mair);
	}
}

static const char *cacheability(enum lab_cacheability c)
{
	static const char * const text[] = {
		[LAB_CACHE_NC]	= "NC",
		[LAB_CACHE_WT]	= "WT",
		[LAB_CACHE_WB]	= "WB",
	};

	return c < ARRAY_SIZE(text) ? text[c] : "?";
}

/* What the registers tell the hardware, as the walker of the format decodes them. */
static void show_decoded(struct seq_file *m, const struct lab_instance *inst)
{
	const struct lab_walker *walker = inst->params.format->walker;
	char size[LAB_SIZE_TEXT_BYTES];
	struct lab_walk_regs r = {};
	const char *why;

	if (!walker->regs)
		return;
	why = walker->regs(&inst->cfg, &r);
	seq_printf(m, "translates:  %#llx-%#llx to %u bits\n", r.first, r.last, r.output_lg2);
	seq_printf(m, "granule:     %s\n", lab_size_text(r.granule, size));
	seq_printf(m, "root:        L%u at %#llx, %s", r.start_level, (u64)r.base,
		   lab_size_text(r.root_bytes, size));
	if (r.concatenated > 1)
		seq_printf(m, " in %u concatenated tables", r.concatenated);
	seq_printf(m, ", aligned to %s\n", lab_size_text(r.base_align, size));
	seq_printf(m, "walks:       inner %s, outer %s, %s\n", cacheability(r.inner),
		   cacheability(r.outer), lab_share_text(r.share));
	seq_puts(m, "memory:     ");
	for (int i = 0; i < r.memory_nr && i < ARRAY_SIZE(r.memory); i++)
		seq_printf(m, "%s %d %s", i ? "," : "", i, lab_memory_text(r.memory[i]));
	seq_puts(m, r.memory_nr ? "\n" : " in the descriptor itself\n");
	if (why)
		seq_printf(m, "BAD:         %s\n", why);
}

static int config_show(struct seq_file *m, void *v)
{
	const struct lab_instance *inst = m->private;

	show_params(m, inst);
	show_registers(m, inst);
	show_decoded(m, inst);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(config);

/**
 * lab_debugfs_add_config() - put up an instance's file config
 * @inst:	the instance; must outlive it
 * @dir:	its directory
 *
 * Context: Process; sleeps.
 */
void lab_debugfs_add_config(struct lab_instance *inst, struct dentry *dir)
{
	debugfs_create_file("config", 0400, dir, inst, &config_fops);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Configuration outputs: do the registers that a provider returns, as the walker
 * decodes them, describe the tables that were asked for?
 *
 * Looked at once, when an instance is made: nobody writes them later.  Knows what
 * was asked for, and no register.
 */
#include <kunit/visibility.h>
#include <linux/log2.h>
#include <linux/sizes.h>

#include "instance.h"
#include "known.h"
#include "walk/visit.h"
#include "compat/compat.h"

#define LAST_LEVEL	3U

/* One check of the rule. */
#define OUTPUT(inst, holds, ...) \
	lab_check(&(inst)->tally, LAB_RULE_CONFIG_OUTPUTS, holds, __VA_ARGS__)

static unsigned int level_lg2(const struct lab_params *p, unsigned int level)
{
	unsigned int granule_lg2 = ilog2(p->granule);

	return granule_lg2 + (LAST_LEVEL - level) * (granule_lg2 - ilog2(sizeof(u64)));
}

/**
 * lab_params_natural_level() - where a walk starts without concatenated tables
 * @p:		parameters of an LPAE format
 *
 * Context: Any.
 * Return: the level whose table, alone, resolves the input size.
 */
unsigned int lab_params_natural_level(const struct lab_params *p)
{
	unsigned int level = LAST_LEVEL;

	while (level && level_lg2(p, level - 1) < p->ias)
		level--;
	return level;
}
EXPORT_SYMBOL_IF_KUNIT(lab_params_natural_level);

/*
 * DDI0487 D8.2: a stage 2 may leave out the first level where 16 tables of the next
 * do.  It must where the output size does not have that level: level 0 takes 44
 * bits with a 4 KB granule, and is not there with 16 KB; level 1 takes 42 bits with
 * 16 KB, and 44 with 64 KB.
 */
static bool stage2_level_legal(const struct lab_params *p, unsigned int level)
{
	unsigned int natural = lab_params_natural_level(p);

	if (level == natural + 1)
		return p->ias - level_lg2(p, natural) <= 4;
	if (level != natural)
		return false;
	switch (p->granule) {
	case SZ_4K:
		return level || p->oas >= 44;
	case SZ_16K:
		return level > 1 || (level == 1 && p->oas >= 42);
	default:
		return level > 1 || p->oas >= 44;
	}
}

/* @why: what the walker says of it, NULL if nothing */
static void check_start_level(struct lab_instance *inst, const struct lab_walk_regs *r,
			      const char *why)
{
	const struct lab_params *p = &inst->params;
	bool legal;

	if (why)
		legal = false;
	else if (lab_params_are_v7s(p))
		legal = r->start_level == 1;
	else if (p->format->fmt == ARM_MALI_LPAE)
		legal = !r->start_level;
	else if (p->format->stage == 2)
		legal = stage2_level_legal(p, r->start_level);
	else
		legal = r->start_level == lab_params_natural_level(p);
	lab_check_known(&inst->tally, LAB_RULE_CONFIG_OUTPUTS,
			lab_known_start_level(inst, r->start_level), legal,
			"the walk starts at level %u, for %u bits in, %u out, granule %#zx",
			r->start_level, p->ias, p->oas, p->granule);
}

/* v7s, Mali and AArch32 have no register for it. */
static bool has_output_size(enum io_pgtable_fmt fmt)
{
	return fmt == ARM_64_LPAE_S1 || fmt == ARM_64_LPAE_S2;
}

static void check_sizes(struct lab_instance *inst, const struct lab_walk_regs *r,
			const char *why)
{
	const struct lab_params *p = &inst->params;
	unsigned int stage2 = p->format->stage == 2 && p->format->fmt != ARM_MALI_LPAE;

	OUTPUT(inst, r->first == inst->first && r->last == inst->last,
	       "input addresses are %#llx to %#llx, asked for %#llx to %#llx", r->first,
	       r->last, inst->first, inst->last);
	/* What can be done is what was asked for: the lab asks for no more. */
	OUTPUT(inst, inst->cfg.pgsize_bitmap == lab_params_page_sizes(p),
	       "page sizes are %#lx, asked for %#lx", inst->cfg.pgsize_bitmap,
	       lab_params_page_sizes(p));
	OUTPUT(inst, inst->cfg.ias == p->ias && inst->cfg.oas == p->oas &&
	       inst->cfg.quirks == p->quirks,
	       "%u bits in, %u out, quirks %#lx have become %u, %u, %#lx", p->ias, p->oas,
	       p->quirks, inst->cfg.ias, inst->cfg.oas, inst->cfg.quirks);
	OUTPUT(inst, r->granule == p->granule, "granule is %#zx, asked for %#zx", r->granule,
	       p->granule);
	if (has_output_size(p->format->fmt))
		OUTPUT(inst, r->output_lg2 == p->oas,
		       "output addresses have %u bits, asked for %u", r->output_lg2, p->oas);
	OUTPUT(inst, r->concatenated == 1 || (stage2 && r->concatenated <= 16 &&
					      is_power_of_2(r->concatenated)),
	       "%u tables are concatenated", r->concatenated);
	check_start_level(inst, r, why);
}

/* Without an allocator, of what the probes saw: the root comes last. */
static void check_own_root(struct lab_instance *inst, const struct lab_walk_regs *r)
{
	const struct lab_own_table *root = &inst->own.root;

	if (inst->tally.not_checked[LAB_RULE_WALK_CACHE] || root->pa != r->base)
		return;
	OUTPUT(inst, root->bytes >= r->root_bytes,
	       "table base %pa: its table of %zu bytes is too short for the root of %zu", &r->base,
	       root->bytes, r->root_bytes);
}

static void check_base(struct lab_instance *inst, const struct lab_walk_regs *r)
{
	struct lab_table_record rec = {};
	bool found;

	OUTPUT(inst, r->base_align && IS_ALIGNED(r->base, r->base_align),
	       "table base %pa is not aligned to %#llx", &r->base, r->base_align);
	if (!inst->params.allocator) {
		check_own_root(inst, r);
		return;
	}
	/* The first table that was asked for is the root: nobody else knows it. */
	found = lab_ledger_find(&inst->ledger, r->base, &rec);
	OUTPUT(inst, found && !rec.serial && rec.size >= r->root_bytes,
	       "table base %pa: %s, root of %zu bytes", &r->base,
	       !found ? "no table of the allocator" :
	       rec.serial ? "not its first table" : "its table is too short for the",
	       r->root_bytes);
}

/*
 * How walks themselves access tables: as the CPU's do where they snoop, else past
 * all caches, or past the inner ones only.
 */
static void check_walks(struct lab_instance *inst, const struct lab_walk_regs *r)
{
	const struct lab_params *p = &inst->params;
	enum lab_cacheability inner = p->coherent ? LAB_CACHE_WB : LAB_CACHE_NC;
	enum lab_cacheability outer = inner;
	enum lab_shareability share = p->coherent ? LAB_SH_INNER : LAB_SH_OUTER;

	if (p->quirks & IO_PGTABLE_QUIRK_ARM_OUTER_WBWA)
		outer = LAB_CACHE_WB;
	/* MediaTek's register has none of it; Mali reads through its own caches. */
	if ((p->quirks & IO_PGTABLE_QUIRK_ARM_MTK_EXT) || p->format->fmt == ARM_MALI_LPAE)
		return;
	OUTPUT(inst, r->inner == inner && r->outer == outer && r->share == share,
	       "walks are inner %u, outer %u, shareability %u, due are %u, %u, %u",
	       r->inner, r->outer, r->share, inner, outer, share);
}

/* Which types the formats' descriptors name by an index; all others are unused. */
static enum lab_memory_type want_memory(enum io_pgtable_fmt fmt, unsigned int index)
{
	switch (fmt) {
	case ARM_V7S:
		switch (index) {
		case 1:
			return LAB_MEM_DEVICE;
		case 4:
			return LAB_MEM_NORMAL_NC;
		case 6:
			return LAB_MEM_OTHER;	/* implementation defined */
		case 7:
			return LAB_MEM_NORMAL_WB;
		}
		break;
	case ARM_MALI_LPAE:
		return index == 1 ? LAB_MEM_NORMAL_WB :
		       index < 3 ? LAB_MEM_IMPDEF : LAB_MEM_OTHER;
	default:
		switch (index) {
		case 0:
			return LAB_MEM_NORMAL_NC;
		case 1:
			return LAB_MEM_NORMAL_WB;
		case 2:
			return LAB_MEM_DEVICE;
		case 3:
			return LAB_MEM_NORMAL_INC_OWB;
		}
	}
	/* No bit set: the least that memory can be. */
	return LAB_MEM_STRONGLY_ORDERED;
}

static void check_memory(struct lab_instance *inst, const struct lab_walk_regs *r)
{
	enum io_pgtable_fmt fmt = inst->params.format->fmt;
	unsigned int i, wrong = 0, first = 0;

	if (!r->memory_nr)
		return;
	for (i = 0; i < r->memory_nr && i < ARRAY_SIZE(r->memory); i++)
		if (r->memory[i] != want_memory(fmt, i) && !wrong++)
			first = i;
	lab_check_known(&inst->tally, LAB_RULE_CONFIG_OUTPUTS, lab_known_mair(inst), !wrong,
			"memory types of %u indices are not as due, the first is %u: %s, due is %s",
			wrong, first, lab_memory_text(r->memory[first]),
			lab_memory_text(want_memory(fmt, first)));
}

/**
 * lab_instance_check_outputs() - hold the registers against what was asked for
 * @inst:	the instance, as its provider returned it
 *
 * Context: Any.
 */
void lab_instance_check_outputs(struct lab_instance *inst)
{
	const struct lab_walker *walker = inst->params.format->walker;
	struct lab_walk_regs regs = {};
	const char *why = walker->regs(&inst->cfg, &regs);

	/* Where the root may lie is table-limit's to judge. */
	if (why && !strcmp(why, LAB_WHY_ADDRESS_SIZE))
		why = NULL;
	/* A start level is judged below, and may be known. */
	if (!why || strcmp(why, LAB_WHY_START_LEVEL))
		if (!OUTPUT(inst, !why, "no hardware walks with these registers: %s", why))
			return;
	check_sizes(inst, &regs, why);
	check_base(inst, &regs);
	check_walks(inst, &regs);
	check_memory(inst, &regs);
}
EXPORT_SYMBOL_IF_KUNIT(lab_instance_check_outputs);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Findings that are written down, and how each is told from its likes: by the
 * provider and by values, so that a kernel that is mended does not match, and neither
 * does one that is wrong in another way.  By the version, too, where one that was mended
 * and is broken again would have the same values.
 *
 * Pure functions.  A section of Documentation/findings.rst has each name.
 */
#include <kunit/visibility.h>
#include <linux/sizes.h>

#include "instance.h"
#include "known.h"
#include "walk/expect.h"
#include "compat/compat.h"

const struct lab_known lab_known[LAB_NR_KNOWN] = {
	[LAB_KNOWN_MAIR_SIGN] = {
		.name	= "mair-sign",
		.rule	= LAB_RULE_CONFIG_OUTPUTS,
		.about	= "MAIR has ones where no attribute was meant to be",
	},
	[LAB_KNOWN_TTBR1_LAST] = {
		.name	= "ttbr1-last",
		.rule	= LAB_RULE_TRANSLATION,
		.about	= "the last address of 64 bits is answered for from memory that nobody set",
	},
	[LAB_KNOWN_S2_CONCATENATION] = {
		.name	= "s2-concatenation",
		.rule	= LAB_RULE_CONFIG_OUTPUTS,
		.about	= "a stage 2 starts at a level that its output size does not have",
	},
	[LAB_KNOWN_S2_NOEXEC] = {
		.name	= "s2-noexec",
		.rule	= LAB_RULE_PERMISSIONS,
		.about	= "a stage 2 that is not to be executed lets privileged fetches through",
	},
	[LAB_KNOWN_SPLIT] = {
		.name	= "split-break",
		.rule	= LAB_RULE_BREAK_BEFORE_MAKE,
		.about	= "a block that is split is replaced by a table while it is live",
	},
	[LAB_KNOWN_SPLIT_SHOWN] = {
		.name	= "split-shown",
		.rule	= LAB_RULE_WRITTEN_BACK,
		.about	= "an unmap beside the one that splits a block leaves the block shown",
	},
	[LAB_KNOWN_SPLIT_ADDRESS] = {
		.name	= "split-address",
		.rule	= LAB_RULE_TRANSLATION,
		.about	= "what is left of a section that is split leads to the first megabyte",
	},
};
EXPORT_SYMBOL_IF_KUNIT(lab_known);

static bool is_kernels(const struct lab_instance *inst)
{
	return inst->params.provider == &lab_provider_kernel;
}

/**
 * lab_known_mair() - is a wrong MAIR the one that is known?
 * @inst:	the instance
 *
 * Four attribute bytes are shifted into an int, whose sign fills the other four.
 *
 * Context: Any.
 * Return: the finding or NULL.
 */
const struct lab_known *lab_known_mair(const struct lab_instance *inst)
{
	switch (inst->params.format->fmt) {
	case ARM_64_LPAE_S1:
	case ARM_32_LPAE_S1:
		if (is_kernels(inst) && inst->cfg.arm_lpae_s1_cfg.mair == 0xfffffffff404ff44)
			return &lab_known[LAB_KNOWN_MAIR_SIGN];
		return NULL;
	default:
		return NULL;
	}
}
EXPORT_SYMBOL_IF_KUNIT(lab_known_mair);

/**
 * lab_known_ttbr1_last() - is a wrong answer the one that is known?
 * @inst:	the instance
 * @iova:	the address that was asked for
 *
 * The walk up to, not including, the address after the last of 64 bits visits
 * nothing.  Kernels that do so have pgtable_walk.
 *
 * Context: Any.
 * Return: the finding or NULL.
 */
const struct lab_known *lab_known_ttbr1_last(const struct lab_instance *inst, u64 iova)
{
	if (iova == U64_MAX && is_kernels(inst) && lab_has_pgtable_walk(inst->ops))
		return &lab_known[LAB_KNOWN_TTBR1_LAST];
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(lab_known_ttbr1_last);

/**
 * lab_known_start_level() - is a wrong start level the one that is known?
 * @inst:	the instance
 * @level:	level of the root
 *
 * Until 4dcac8407fe1 a stage 2 concatenated no tables below level 0, also where it must.
 *
 * Context: Any.
 * Return: the finding or NULL.
 */
const struct lab_known *lab_known_start_level(const struct lab_instance *inst,
					      unsigned int level)
{
	const struct lab_params *p = &inst->params;

	if (LAB_S2_SAVES_LEVEL_0 && is_kernels(inst) && p->format->fmt == ARM_64_LPAE_S2 &&
	    p->granule == SZ_16K && level == 1)
		return &lab_known[LAB_KNOWN_S2_CONCATENATION];
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(lab_known_start_level);

/**
 * lab_known_split() - is a live descriptor that was replaced the one that is known?
 * @inst:	the instance, after a call
 *
 * Until 6.12 an unmap of part of a block puts a table into its place at once.
 *
 * Context: Any.
 * Return: the finding or NULL.
 */
const struct lab_known *lab_known_split(const struct lab_instance *inst)
{
	return is_kernels(inst) && inst->hw.split ? &lab_known[LAB_KNOWN_SPLIT] : NULL;
}
EXPORT_SYMBOL_IF_KUNIT(lab_known_split);

/**
 * lab_known_split_shown() - is what a walker was not shown the table that is known?
 * @inst:	the instance, after a call
 * @level:	lookup level
 * @desc:	descriptor in memory
 * @shown:	what the walker was shown of it
 *
 * An unmap that finds the table of another, who splits the block that was there, leaves
 * it to that one to write the descriptor back.
 *
 * Context: Any.
 * Return: the finding or NULL.
 */
const struct lab_known *lab_known_split_shown(const struct lab_instance *inst, unsigned int level,
					      u64 desc, u64 shown)
{
	const struct lab_walker *w = inst->params.format->walker;
	phys_addr_t pa;

	if (is_kernels(inst) && w->points(&inst->cfg, level, desc, &pa) && shown & w->live &&
	    !w->points(&inst->cfg, level, shown, &pa))
		return &lab_known[LAB_KNOWN_SPLIT_SHOWN];
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(lab_known_split_shown);

/**
 * lab_known_split_address() - is a wrong output address the one that is known?
 * @inst:	the instance, locked
 * @iova:	input address
 * @found:	the output address that was found there
 *
 * Until 6.12 arm_v7s_split_blk_unmap() makes pages of a section, and leaves its output
 * address out.
 *
 * Context: Any.
 * Return: the finding or NULL.
 */
const struct lab_known *lab_known_split_address(struct lab_instance *inst, u64 iova, u64 found)
{
	const struct lab_mapping *m;

	if (!is_kernels(inst) || inst->params.format->fmt != ARM_V7S ||
	    found != (iova & (SZ_1M - 1)))
		return NULL;
	m = lab_model_find(&inst->model, iova);
	return m && m->split && m->pgsize >= SZ_1M ? &lab_known[LAB_KNOWN_SPLIT_ADDRESS] : NULL;
}
EXPORT_SYMBOL_IF_KUNIT(lab_known_split_address);

/**
 * lab_known_s2_noexec() - are wrong permissions the ones that are known?
 * @inst:	the instance
 * @due:	permissions that are due
 * @found:	those that were found
 *
 * XN[1:0] is written as at stage 1, both bits set, which with FEAT_XNX forbids
 * unprivileged fetches only (DDI0487 D8.4).  The lab writes what the kernel does.
 *
 * Context: Any.
 * Return: the finding or NULL.
 */
const struct lab_known *lab_known_s2_noexec(const struct lab_instance *inst,
					    const struct lab_attrs *due,
					    const struct lab_attrs *found)
{
	struct lab_attrs as_written = *due;

	if (inst->params.format->stage != 2 || due->priv_exec || due->user_exec)
		return NULL;
	as_written.priv_exec = true;
	return lab_same_permissions(&as_written, found) ? &lab_known[LAB_KNOWN_S2_NOEXEC] : NULL;
}
EXPORT_SYMBOL_IF_KUNIT(lab_known_s2_noexec);

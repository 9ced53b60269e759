// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rule table and its tallies.
 *
 * Counting is lock-free and works in any context; a violation takes the
 * tally's spinlock to keep its words.  Knows nothing of what is checked.
 */
#include <kunit/visibility.h>
#include <linux/printk.h>
#include <linux/stdarg.h>

#include "rules.h"
#include "compat/compat.h"

/* The contract. */
const struct lab_rule_info lab_rule_info[LAB_RULE_NR] = {
	[LAB_RULE_TABLE_LIMIT] = {
		.name	= "table-limit",
		.demand	= "a table lies below the address limit of its format",
		.source	= "DDI0406C B3.5.1, DDI0487 D8.3; 29859aeb8a6e",
	},
	[LAB_RULE_TABLE_LOW] = {
		.name	= "table-low",
		.demand	= "a table lies below 4 GB where low memory was asked for",
		.source	= "ad67f5a6545f broke it, SLAB_CACHE_DMA32 mended it",
	},
	[LAB_RULE_TABLE_ZEROED] = {
		.name	= "table-zeroed",
		.demand	= "table memory comes zeroed from its allocator",
		.source	= "kernel-doc of io_pgtable_cfg.alloc",
	},
	[LAB_RULE_TABLE_ALIGNED] = {
		.name	= "table-aligned",
		.demand	= "a table is aligned to its size",
		.source	= "DDI0406C B3.5.1, DDI0487 D8.2",
	},
	[LAB_RULE_TABLE_LINEAR] = {
		.name	= "table-linear",
		.demand	= "table memory is in the linear map",
		.source	= "kernel-doc of io_pgtable_cfg.alloc: virt_to_phys()",
	},
	[LAB_RULE_ALLOC_ONCE] = {
		.name	= "alloc-once",
		.demand	= "an allocator never hands out a table that is still live",
		.source	= "contract of any allocator",
	},
	[LAB_RULE_FREE_ONCE] = {
		.name	= "free-once",
		.demand	= "a table is freed once, by the allocator that it came from",
		.source	= "kernel-doc of io_pgtable_cfg.free",
	},
	[LAB_RULE_FREE_SIZE] = {
		.name	= "free-size",
		.demand	= "a table is freed with the size that it was allocated with",
		.source	= "signature of io_pgtable_cfg.free",
	},
	[LAB_RULE_NO_LEAK] = {
		.name	= "no-leak",
		.demand	= "no table is left when its instance is gone",
		.source	= "free_io_pgtable_ops()",
	},
	[LAB_RULE_HOOKS_PAIRED] = {
		.name	= "hooks-paired",
		.demand	= "a hook without the other is refused, and not called",
		.source	= "kernel-doc of io_pgtable_cfg.alloc and .free",
	},
	[LAB_RULE_COOKIE_GIVEN] = {
		.name	= "cookie-given",
		.demand	= "hooks are called with the cookie of their page table",
		.source	= "kernel-doc of io_pgtable_cfg.alloc and .free",
	},
	[LAB_RULE_GFP_PASSED] = {
		.name	= "gfp-passed",
		.demand	= "the alloc hook gets the flags that the call was given",
		.source	= "io_pgtable_ops.map_pages; iommu-dma maps with GFP_ATOMIC",
	},
	[LAB_RULE_GFP_OBEYED] = {
		.name	= "gfp-obeyed",
		.demand	= "an allocator neither sleeps nor names a zone beyond its flags",
		.source	= "GFP_SLAB_BUG_MASK; Documentation/core-api/memory-allocation.rst",
	},
	[LAB_RULE_NO_ALLOC] = {
		.name	= "no-alloc",
		.demand	= "nothing is allocated where tables were reserved before",
		.source	= "dma-fence signalling: panthor, msm VM_BIND",
	},
	[LAB_RULE_DMA_IDENTITY] = {
		.name	= "dma-identity",
		.demand	= "a table is mapped for a noncoherent walker at its physical address",
		.source	= "drivers/iommu/io-pgtable-arm.c; DMA API",
	},
	[LAB_RULE_DMA_BALANCED] = {
		.name	= "dma-balanced",
		.demand	= "a table's mapping for the device ends as it began, before its memory",
		.source	= "Documentation/core-api/dma-api.rst",
	},
	[LAB_RULE_TREE_IN_LEDGER] = {
		.name	= "tree-in-ledger",
		.demand	= "every table that a walk reaches came from the allocator",
		.source	= "io_pgtable_cfg.alloc: all tables or none",
	},
	[LAB_RULE_LEDGER_IN_TREE] = {
		.name	= "ledger-in-tree",
		.demand	= "every live table of the allocator is reached by a walk",
		.source	= "a table that is unhooked must be freed",
	},
	[LAB_RULE_TREE_SOUND] = {
		.name	= "tree-sound",
		.demand	= "no descriptor is one that an IOMMU could not follow",
		.source	= "DDI0406C B3.5.1, DDI0487 D8.3",
	},
	[LAB_RULE_TRANSLATION] = {
		.name	= "translation",
		.demand	= "every reader finds the output address that was mapped, and no other",
		.source	= "io_pgtable_ops.map_pages and .iova_to_phys",
	},
	[LAB_RULE_PERMISSIONS] = {
		.name	= "permissions",
		.demand	= "a mapping lets through the accesses that were asked for, and no more",
		.source	= "IOMMU_* in linux/iommu.h; DDI0406C B3.7, DDI0487 D8.4",
	},
	[LAB_RULE_ATTRIBUTES] = {
		.name	= "attributes",
		.demand	= "a mapping has the memory type, shareability and security asked for",
		.source	= "IOMMU_* in linux/iommu.h; DDI0406C B3.8, DDI0487 D8.6",
	},
	[LAB_RULE_FAULT_LEVEL] = {
		.name	= "fault-level",
		.demand	= "what is not mapped faults, at the level where its table ends",
		.source	= "DDI0406C B3.12, DDI0487 D8.15",
	},
	[LAB_RULE_CONFIG_OUTPUTS] = {
		.name	= "config-outputs",
		.demand	= "the registers that come back describe the tables as asked for",
		.source	= "io_pgtable_cfg; DDI0406C B4.1, DDI0487 D24.2",
	},
	[LAB_RULE_CONFIG_REFUSED] = {
		.name	= "config-refused",
		.demand	= "what a format cannot do is refused when a page table is asked for",
		.source	= "alloc_io_pgtable_ops(); IO_PGTABLE_QUIRK_* in linux/io-pgtable.h",
	},
	[LAB_RULE_CONTIGUOUS_WHOLE] = {
		.name	= "contiguous-whole",
		.demand	= "descriptors that make up one mapping are all present and alike",
		.source	= "DDI0406C B3.5.1, DDI0487 D8.7.1",
	},
	[LAB_RULE_NO_STRAY] = {
		.name	= "no-stray",
		.demand	= "there are as many live descriptors as what was mapped takes",
		.source	= "io_pgtable_ops.unmap_pages",
	},
	[LAB_RULE_MAPPED_EXACT] = {
		.name	= "mapped-exact",
		.demand	= "an operation says exactly what it did, also where it failed",
		.source	= "io_pgtable_ops; iommu_map() and iommu_unmap()",
	},
	[LAB_RULE_REFUSED_UNCHANGED] = {
		.name	= "refused-unchanged",
		.demand	= "an operation that is refused changes no translation",
		.source	= "io_pgtable_ops",
	},
	[LAB_RULE_DIRTY_EXACT] = {
		.name	= "dirty-exact",
		.demand	= "the pages reported dirty are those written since they were cleared",
		.source	= "io_pgtable_ops.read_and_clear_dirty; DDI0487 D8.5",
	},
	[LAB_RULE_SAME_BITS] = {
		.name	= "same-bits",
		.demand	= "the lab's descriptors equal the kernel's for the same operations",
		.source	= "Documentation/rules.rst lists where they may differ",
	},
	[LAB_RULE_TLB_STALE] = {
		.name	= "tlb-stale",
		.demand	= "after unmap and sync no TLB entry of what was unmapped is left",
		.source	= "iommu_flush_ops, iommu_iotlb_gather; DDI0487 D8.16",
	},
	[LAB_RULE_WALK_CACHE] = {
		.name	= "walk-cache",
		.demand	= "no table is freed while a walk cache may still point to it",
		.source	= "iommu_flush_ops.tlb_flush_walk; DDI0487 D8.16",
	},
	[LAB_RULE_FLUSH_SANE] = {
		.name	= "flush-sane",
		.demand	= "a TLB callback gets the cookie, and a range and granule of what changed",
		.source	= "kernel-doc of iommu_flush_ops",
	},
	[LAB_RULE_BREAK_BEFORE_MAKE] = {
		.name	= "break-before-make",
		.demand	= "between two live descriptors in a place are an invalid one and a flush",
		.source	= "DDI0487 D8.16.1, DDI0406C B3.10.1",
	},
	[LAB_RULE_WRITTEN_BACK] = {
		.name	= "written-back",
		.demand	= "what a noncoherent walker was shown translates as the tables do",
		.source	= "DMA API; io_pgtable_cfg.coherent_walk",
	},
	[LAB_RULE_TABLE_VISIBLE] = {
		.name	= "table-visible",
		.demand	= "a table is shown to a noncoherent walker before what points to it",
		.source	= "DMA API; io_pgtable_cfg.coherent_walk",
	},
	[LAB_RULE_UNMAP_MATCHES] = {
		.name	= "unmap-matches",
		.demand	= "a domain is asked to unmap what was mapped in it",
		.source	= "iommu_unmap(); __iommu_dma_unmap()",
	},
	[LAB_RULE_IOVA_REACH] = {
		.name	= "iova-reach",
		.demand	= "an IOVA lies within mask and aperture, and in nothing reserved",
		.source	= "dma_set_mask(); iommu_domain_geometry; iommu_resv_region",
	},
	[LAB_RULE_SEGMENT_LIMITS] = {
		.name	= "segment-limits",
		.demand	= "segments keep to boundary and length, and are the bytes in order",
		.source	= "dma_map_sg(); dma_set_seg_boundary(), dma_set_max_seg_size()",
	},
	[LAB_RULE_SG_RESTORED] = {
		.name	= "sg-restored",
		.demand	= "a scatterlist has its offsets and lengths again after it was mapped",
		.source	= "__finalise_sg(), __invalidate_sg() of iommu-dma",
	},
	[LAB_RULE_BOUNCE_EXACT] = {
		.name	= "bounce-exact",
		.demand	= "a buffer is bounced where it shares cache lines, and only there",
		.source	= "dma_kmalloc_needs_bounce(); 370645f41e6e, 861370f49ce4",
	},
	[LAB_RULE_BYTES_MOVED] = {
		.name	= "bytes-moved",
		.demand	= "bytes arrive where they were sent, and those around stay",
		.source	= "Documentation/core-api/dma-api.rst",
	},
};
EXPORT_SYMBOL_IF_KUNIT(lab_rule_info);

struct lab_tally lab_totals = {
	.owner	= "totals",
	.lock	= __SPIN_LOCK_UNLOCKED(lab_totals.lock),
};

/**
 * lab_tally_init() - make a tally ready
 * @tally:	the tally
 * @owner:	name that its violations are reported under; must outlive it
 * @parent:	tally that is to see all this one sees, or NULL; must outlive it
 *
 * Context: Any.
 */
void lab_tally_init(struct lab_tally *tally, const char *owner,
		    struct lab_tally *parent)
{
	memset(tally, 0, sizeof(*tally));
	tally->owner = owner;
	tally->parent = parent;
	spin_lock_init(&tally->lock);
}
EXPORT_SYMBOL_IF_KUNIT(lab_tally_init);

static u64 sum(const atomic64_t *counts)
{
	u64 n = 0;

	for (int rule = 0; rule < LAB_RULE_NR; rule++)
		n += atomic64_read(&counts[rule]);
	return n;
}

/**
 * lab_tally_checked() - checks of all rules together
 * @tally:	the tally
 *
 * Context: Any.
 * Return: the number of checks counted so far.
 */
u64 lab_tally_checked(const struct lab_tally *tally)
{
	return sum(tally->checked);
}
EXPORT_SYMBOL_IF_KUNIT(lab_tally_checked);

/**
 * lab_tally_violated() - violations of all rules together
 * @tally:	the tally
 *
 * Context: Any.
 * Return: the number of violations counted so far.
 */
u64 lab_tally_violated(const struct lab_tally *tally)
{
	return sum(tally->violated);
}
EXPORT_SYMBOL_IF_KUNIT(lab_tally_violated);

/**
 * lab_tally_known() - violations of all rules that are findings written down
 * @tally:	the tally
 *
 * Context: Any.
 * Return: the number counted so far; lab_tally_violated() has none of them.
 */
u64 lab_tally_known(const struct lab_tally *tally)
{
	return sum(tally->known);
}
EXPORT_SYMBOL_IF_KUNIT(lab_tally_known);

/**
 * lab_tally_first() - the first violation that is no known finding
 * @tally:	the tally
 *
 * Context: Any, while nobody checks.
 * Return: the violation, or NULL.
 */
const struct lab_violation *lab_tally_first(const struct lab_tally *tally)
{
	for (unsigned int i = 0; i < tally->kept; i++)
		if (!tally->violations[i].known)
			return &tally->violations[i];
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(lab_tally_first);

/* A finding is kept once, so that what is new has room. */
static bool is_kept(const struct lab_tally *tally, const struct lab_known *known)
{
	for (unsigned int i = 0; known && i < tally->kept; i++)
		if (tally->violations[i].known == known)
			return true;
	return false;
}

static void keep_violation(struct lab_tally *tally, enum lab_rule rule,
			   const struct lab_known *known, const char *text)
{
	unsigned long flags;

	spin_lock_irqsave(&tally->lock, flags);
	if (tally->kept < LAB_VIOLATIONS_KEPT && !is_kept(tally, known)) {
		struct lab_violation *v = &tally->violations[tally->kept++];

		v->rule = rule;
		v->known = known;
		strscpy(v->text, text, sizeof(v->text));
	}
	spin_unlock_irqrestore(&tally->lock, flags);
}

/**
 * lab_tally_pass_on() - have others see what a tally without a parent has counted
 * @tally:	the tally, which is not checked by any more
 * @parent:	who is to see it, with all of its parents
 *
 * For who checks so often that one tally at a time is enough.
 *
 * Context: Any.
 */
void lab_tally_pass_on(const struct lab_tally *tally, struct lab_tally *parent)
{
	for (; parent; parent = parent->parent) {
		for (int r = 0; r < LAB_RULE_NR; r++) {
			atomic64_add(atomic64_read(&tally->checked[r]), &parent->checked[r]);
			atomic64_add(atomic64_read(&tally->violated[r]), &parent->violated[r]);
			atomic64_add(atomic64_read(&tally->known[r]), &parent->known[r]);
		}
		for (unsigned int i = 0; i < tally->kept; i++)
			keep_violation(parent, tally->violations[i].rule,
				       tally->violations[i].known, tally->violations[i].text);
	}
}

static void count_check(struct lab_tally *tally, enum lab_rule rule)
{
	for (; tally; tally = tally->parent)
		atomic64_inc(&tally->checked[rule]);
}

/* Apart from the checks that hold, whose stack it would be on. */
static noinline_for_stack __printf(4, 0)
void count_violation(struct lab_tally *tally, enum lab_rule rule,
		     const struct lab_known *known, const char *fmt, va_list args)
{
	char text[LAB_VIOLATION_BYTES];
	const char *owner = tally->owner;

	vsnprintf(text, sizeof(text), fmt, args);
	for (; tally; tally = tally->parent) {
		atomic64_inc(known ? &tally->known[rule] : &tally->violated[rule]);
		keep_violation(tally, rule, known, text);
	}
	/* The log is for what is new. */
	if (known)
		pr_debug("io_pgtable_lab: %s: rule %s, known finding %s: %s\n", owner,
			 lab_rule_info[rule].name, known->name, text);
	else if (*owner)
		pr_warn_ratelimited("io_pgtable_lab: %s: rule %s violated: %s\n", owner,
				    lab_rule_info[rule].name, text);
}

/**
 * lab_check_holds() - count one check of a rule that was found to hold
 * @tally:	tally of the instance that was checked
 * @rule:	the rule
 *
 * Context: Any.
 * Return: true.
 */
bool lab_check_holds(struct lab_tally *tally, enum lab_rule rule)
{
	if (!tally->not_checked[rule])
		count_check(tally, rule);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(lab_check_holds);

/**
 * lab_check_fails() - count one check of a rule, and its violation
 * @tally:	tally of the instance that was checked
 * @rule:	the rule
 * @fmt:	what was found, for the report of a violation
 *
 * Context: Any.
 * Return: false.
 */
bool lab_check_fails(struct lab_tally *tally, enum lab_rule rule, const char *fmt, ...)
{
	va_list args;

	if (tally->not_checked[rule])
		return false;

	count_check(tally, rule);
	va_start(args, fmt);
	count_violation(tally, rule, NULL, fmt, args);
	va_end(args);
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(lab_check_fails);

/**
 * lab_check_known() - as lab_check(), where a violation may be a finding written down
 * @tally:	tally of the instance that was checked
 * @rule:	the rule
 * @known:	the finding that a violation would be to the letter (known.c), or NULL
 * @holds:	whether it was found to hold
 * @fmt:	what was found, for the report of a violation
 *
 * A finding is counted and named, apart from what nobody knows of yet.
 *
 * Context: Any.
 * Return: @holds.
 */
bool lab_check_known(struct lab_tally *tally, enum lab_rule rule,
		     const struct lab_known *known, bool holds, const char *fmt, ...)
{
	va_list args;

	if (tally->not_checked[rule])
		return holds;

	count_check(tally, rule);
	if (likely(holds))
		return true;

	va_start(args, fmt);
	count_violation(tally, rule, known, fmt, args);
	va_end(args);
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(lab_check_known);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The contract as a list of rules, and the tallies that count them.
 *
 * Everything the lab checks is one of these rules.  A tally counts how often
 * each was checked and violated and keeps the first violations in words; it
 * passes all of it on to its parent, so that one check is seen by its
 * instance, by whoever groups instances (a report, a test) and by the totals
 * since the module was loaded.
 */
#ifndef LAB_RULES_H
#define LAB_RULES_H

#include <linux/atomic.h>
#include <linux/spinlock.h>
#include <linux/types.h>

/* name, identifier, demand, where the demand comes from */
#define LAB_RULES(R)							\
R("table-limit", TABLE_LIMIT,						\
  "a table lies below the address limit of its format",			\
  "DDI0406C B3.5.1, DDI0487 D8.3; 29859aeb8a6e")			\
R("table-low", TABLE_LOW,						\
  "a table lies below 4 GB where low memory was asked for",		\
  "ad67f5a6545f broke it, SLAB_CACHE_DMA32 mended it")			\
R("table-zeroed", TABLE_ZEROED,						\
  "table memory comes zeroed from its allocator",			\
  "kernel-doc of io_pgtable_cfg.alloc")					\
R("table-aligned", TABLE_ALIGNED,					\
  "a table is aligned to its size",					\
  "DDI0406C B3.5.1, DDI0487 D8.2")					\
R("table-linear", TABLE_LINEAR,						\
  "table memory is in the linear map",					\
  "kernel-doc of io_pgtable_cfg.alloc: virt_to_phys()")			\
R("alloc-once", ALLOC_ONCE,						\
  "an allocator never hands out a table that is still live",		\
  "contract of any allocator")						\
R("free-once", FREE_ONCE,						\
  "a table is freed once, by the allocator that it came from",		\
  "kernel-doc of io_pgtable_cfg.free")					\
R("free-size", FREE_SIZE,						\
  "a table is freed with the size that it was allocated with",		\
  "signature of io_pgtable_cfg.free")					\
R("no-leak", NO_LEAK,							\
  "no table is left when its instance is gone",				\
  "free_io_pgtable_ops()")						\
R("tree-in-ledger", TREE_IN_LEDGER,					\
  "every table that a walk reaches came from the allocator",		\
  "io_pgtable_cfg.alloc: all tables or none")				\
R("ledger-in-tree", LEDGER_IN_TREE,					\
  "every live table of the allocator is reached by a walk",		\
  "a table that is unhooked must be freed")				\
R("tree-sound", TREE_SOUND,						\
  "no descriptor is one that an IOMMU could not follow",		\
  "DDI0406C B3.5.1, DDI0487 D8.3")

enum lab_rule {
#define LAB_RULE_ID(name, id, demand, source) LAB_RULE_##id,
	LAB_RULES(LAB_RULE_ID)
#undef LAB_RULE_ID
	LAB_RULE_NR
};

/**
 * struct lab_rule_info - a rule in words
 * @name:	how reports and files call it
 * @demand:	what it demands, one line
 * @source:	manual section, kernel-doc or commit that it comes from
 */
struct lab_rule_info {
	const char *name;
	const char *demand;
	const char *source;
};

extern const struct lab_rule_info lab_rule_info[LAB_RULE_NR];

#define LAB_VIOLATIONS_KEPT	16
#define LAB_VIOLATION_BYTES	160

/**
 * struct lab_violation - one violation in words
 * @rule:	the rule
 * @text:	what was found where
 */
struct lab_violation {
	enum lab_rule rule;
	char text[LAB_VIOLATION_BYTES];
};

/**
 * struct lab_tally - counts per rule
 * @owner:	name that violations are reported under
 * @parent:	tally that sees all this one sees, or NULL
 * @checked:	checks per rule
 * @violated:	violations per rule
 * @not_checked: per rule, why it cannot be checked here, or NULL
 * @lock:	protects @kept and @violations
 * @kept:	entries in use in @violations
 * @violations:	the first violations
 */
struct lab_tally {
	const char *owner;
	struct lab_tally *parent;
	atomic64_t checked[LAB_RULE_NR];
	atomic64_t violated[LAB_RULE_NR];
	const char *not_checked[LAB_RULE_NR];
	spinlock_t lock;
	unsigned int kept;
	struct lab_violation violations[LAB_VIOLATIONS_KEPT];
};

/* All that was counted since the module was loaded. */
extern struct lab_tally lab_totals;

void lab_tally_init(struct lab_tally *tally, const char *owner,
		    struct lab_tally *parent);
u64 lab_tally_checked(const struct lab_tally *tally);
u64 lab_tally_violated(const struct lab_tally *tally);

__printf(4, 5)
bool lab_check(struct lab_tally *tally, enum lab_rule rule, bool holds,
	       const char *fmt, ...);

#endif /* LAB_RULES_H */

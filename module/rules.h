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

/* The rules; rules.c has the table that says what each demands. */
enum lab_rule {
	LAB_RULE_TABLE_LIMIT,
	LAB_RULE_TABLE_LOW,
	LAB_RULE_TABLE_ZEROED,
	LAB_RULE_TABLE_ALIGNED,
	LAB_RULE_TABLE_LINEAR,
	LAB_RULE_ALLOC_ONCE,
	LAB_RULE_FREE_ONCE,
	LAB_RULE_FREE_SIZE,
	LAB_RULE_NO_LEAK,
	LAB_RULE_HOOKS_PAIRED,
	LAB_RULE_COOKIE_GIVEN,
	LAB_RULE_GFP_PASSED,
	LAB_RULE_GFP_OBEYED,
	LAB_RULE_NO_ALLOC,
	LAB_RULE_DMA_IDENTITY,
	LAB_RULE_DMA_BALANCED,
	LAB_RULE_TREE_IN_LEDGER,
	LAB_RULE_LEDGER_IN_TREE,
	LAB_RULE_TREE_SOUND,
	LAB_RULE_TRANSLATION,
	LAB_RULE_PERMISSIONS,
	LAB_RULE_ATTRIBUTES,
	LAB_RULE_FAULT_LEVEL,
	LAB_RULE_CONFIG_OUTPUTS,
	LAB_RULE_CONFIG_REFUSED,
	LAB_RULE_CONTIGUOUS_WHOLE,
	LAB_RULE_NO_STRAY,
	LAB_RULE_MAPPED_EXACT,
	LAB_RULE_REFUSED_UNCHANGED,
	LAB_RULE_DIRTY_EXACT,
	LAB_RULE_SAME_BITS,
	LAB_RULE_TLB_STALE,
	LAB_RULE_WALK_CACHE,
	LAB_RULE_FLUSH_SANE,
	LAB_RULE_BREAK_BEFORE_MAKE,
	LAB_RULE_WRITTEN_BACK,
	LAB_RULE_TABLE_VISIBLE,
	LAB_RULE_UNMAP_MATCHES,
	LAB_RULE_IOVA_REACH,
	LAB_RULE_SEGMENT_LIMITS,
	LAB_RULE_SG_RESTORED,
	LAB_RULE_BOUNCE_EXACT,
	LAB_RULE_BYTES_MOVED,
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
#define LAB_VIOLATION_BYTES	384

/**
 * struct lab_known - a finding that is written down (known.c)
 * @name:	how reports call it, and Documentation/findings.rst
 * @rule:	the rule that it breaks
 * @about:	it in a line
 */
struct lab_known {
	const char *name;
	enum lab_rule rule;
	const char *about;
};

/**
 * struct lab_violation - one violation in words
 * @rule:	the rule
 * @known:	the finding that it is, NULL for one that nobody has written down
 * @text:	what was found where
 */
struct lab_violation {
	enum lab_rule rule;
	const struct lab_known *known;
	char text[LAB_VIOLATION_BYTES];
};

/**
 * struct lab_tally - counts per rule
 * @owner:	name that violations are reported under
 * @parent:	tally that sees all this one sees, or NULL
 * @checked:	checks per rule
 * @violated:	violations per rule
 * @known:	violations per rule that are findings written down; not in @violated
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
	atomic64_t known[LAB_RULE_NR];
	const char *not_checked[LAB_RULE_NR];
	spinlock_t lock; /* @kept, @violations */
	unsigned int kept;
	struct lab_violation violations[LAB_VIOLATIONS_KEPT];
};

/* All that was counted since the module was loaded. */
extern struct lab_tally lab_totals;

void lab_tally_init(struct lab_tally *tally, const char *owner,
		    struct lab_tally *parent);
u64 lab_tally_checked(const struct lab_tally *tally);
u64 lab_tally_violated(const struct lab_tally *tally);
u64 lab_tally_known(const struct lab_tally *tally);
const struct lab_violation *lab_tally_first(const struct lab_tally *tally);

void lab_tally_pass_on(const struct lab_tally *tally, struct lab_tally *parent);

bool lab_check_holds(struct lab_tally *tally, enum lab_rule rule);

__printf(3, 4)
bool lab_check_fails(struct lab_tally *tally, enum lab_rule rule, const char *fmt, ...);

/**
 * lab_check() - count one check of a rule, and its violation if it is one
 * @tally:	tally of the instance that was checked
 * @rule:	the rule
 * @holds:	whether it was found to hold
 * @...:	what was found, for the report of a violation: a format and what goes into
 *		it, which is looked at only then
 *
 * A rule that the tally says cannot be checked is passed over.  A violation
 * goes to the kernel log too, so that it survives its instance, unless the tally's owner
 * has no name; a known finding with dynamic debug only.
 *
 * Context: Any.
 * Return: @holds.
 */
#define lab_check(tally, rule, holds, ...) ({				\
	struct lab_tally *_tally = (tally);				\
	enum lab_rule _rule = (rule);					\
	bool _holds = (holds);						\
									\
	if (likely(_holds))						\
		lab_check_holds(_tally, _rule);				\
	else								\
		lab_check_fails(_tally, _rule, __VA_ARGS__);		\
	_holds;								\
})

__printf(5, 6)
bool lab_check_known(struct lab_tally *tally, enum lab_rule rule,
		     const struct lab_known *known, bool holds, const char *fmt, ...);

#endif /* LAB_RULES_H */

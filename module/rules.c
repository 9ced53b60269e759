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

const struct lab_rule_info lab_rule_info[LAB_RULE_NR] = {
#define LAB_RULE_INFO(_name, id, _demand, _source) \
	[LAB_RULE_##id] = { .name = _name, .demand = _demand, .source = _source },
	LAB_RULES(LAB_RULE_INFO)
#undef LAB_RULE_INFO
};
EXPORT_SYMBOL_IF_KUNIT(lab_rule_info);

struct lab_tally lab_totals = {
	.owner	= "totals",
	.lock	= __SPIN_LOCK_UNLOCKED(lab_totals.lock),
};
EXPORT_SYMBOL_IF_KUNIT(lab_totals);

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

static void keep_violation(struct lab_tally *tally, enum lab_rule rule,
			   const char *text)
{
	unsigned long flags;

	spin_lock_irqsave(&tally->lock, flags);
	if (tally->kept < LAB_VIOLATIONS_KEPT) {
		struct lab_violation *v = &tally->violations[tally->kept++];

		v->rule = rule;
		strscpy(v->text, text, sizeof(v->text));
	}
	spin_unlock_irqrestore(&tally->lock, flags);
}

/**
 * lab_check() - count one check of a rule, and its violation if it is one
 * @tally:	tally of the instance that was checked
 * @rule:	the rule
 * @holds:	whether it was found to hold
 * @fmt:	what was found, for the report of a violation
 *
 * A rule that the tally says cannot be checked is passed over.  A violation
 * goes to the kernel log too, so that it survives its instance.
 *
 * Context: Any.
 * Return: @holds.
 */
bool lab_check(struct lab_tally *tally, enum lab_rule rule, bool holds,
	       const char *fmt, ...)
{
	char text[LAB_VIOLATION_BYTES];
	const char *owner = tally->owner;
	va_list args;

	if (tally->not_checked[rule])
		return holds;

	if (likely(holds)) {
		for (; tally; tally = tally->parent)
			atomic64_inc(&tally->checked[rule]);
		return true;
	}

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);

	for (; tally; tally = tally->parent) {
		atomic64_inc(&tally->checked[rule]);
		atomic64_inc(&tally->violated[rule]);
		keep_violation(tally, rule, text);
	}
	pr_warn_ratelimited("io_pgtable_lab: %s: rule %s violated: %s\n", owner,
			    lab_rule_info[rule].name, text);
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(lab_check);

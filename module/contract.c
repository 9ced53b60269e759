// SPDX-License-Identifier: GPL-2.0-only
/*
 * The contract suite: its table of checks, who runs them, and what they came to.
 *
 * A check is judged by a tally of its own, in which every rule counts, and by
 * what it looked at beside the rules.  Neither reaches the totals: a bad allocator
 * is no finding about this kernel.  A mutex orders runs and guards the results of
 * the last.  Knows nothing of what a check does.
 */
#include <kunit/visibility.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/stdarg.h>
#include <linux/string.h>
#include <linux/utsname.h>

#include "compat/compat.h"
#include "complain.h"
#include "contract.h"
#include "io_pgtable_lab.h"
#include "machine.h"
#include "table/registry.h"

static const char *promises_no_low(const struct lab_allocator *allocator)
{
	return allocator->low ? NULL : "it promises no low memory, so that v7s is left out";
}

static const char *reserves_nothing(const struct lab_allocator *allocator)
{
	return allocator->reserve ? NULL : "it reserves nothing";
}

static const char *keeps_no_account(const struct lab_allocator *allocator)
{
	return allocator->held_bytes ? NULL : "it keeps no account";
}

const struct lab_contract_check lab_contract_checks[LAB_NR_CONTRACT_CHECKS] = {
	{ "pools", "pools for every table size that formats use come and go",
	  lab_contract_pools },
	{ "zeroed", "tables come zeroed, also where another was freed dirty",
	  lab_contract_zeroed },
	{ "apart", "live tables share no byte, nor do those of two pools",
	  lab_contract_apart },
	{ "low", "tables lie below 4 GB where that is promised",
	  lab_contract_low, promises_no_low },
	{ "atomic", "tables come and go where sleeping is an error",
	  lab_contract_atomic },
	{ "many", "hundreds of small tables live, and go in another order",
	  lab_contract_many },
	{ "threads", "threads are served at the same time, each with tables of its own",
	  lab_contract_threads },
	{ "reserve", "what was reserved is there, nothing more, and goes back",
	  lab_contract_reserve, reserves_nothing },
	{ "held", "the account covers live tables, and comes back to what it was",
	  lab_contract_held, keeps_no_account },
	{ "maps", "instances of all formats map, translate and unmap",
	  lab_contract_maps },
	{ "maps-atomic", "they do so where sleeping is an error",
	  lab_contract_maps_atomic },
	{ "blocks", "a block takes the place of an empty table, which goes back",
	  lab_contract_blocks },
	{ "fails", "whichever table is refused, nothing is left and the next map works",
	  lab_contract_fails },
	{ "dry", "a map that outruns its reserve fails, and allocates nothing",
	  lab_contract_dry, reserves_nothing },
};
EXPORT_SYMBOL_IF_KUNIT(lab_contract_checks);

static const char *const outcomes[LAB_OUTCOME_NR] = {
	[LAB_OUTCOME_OK]		= "ok",
	[LAB_OUTCOME_FAILED]		= "FAILED",
	[LAB_OUTCOME_NOT_CHECKED]	= "not checked",
};

static DEFINE_MUTEX(contract_lock);

/* The last run, under contract_lock; without a name there was none. */
static struct {
	char name[LAB_ALLOCATOR_NAME_BYTES];
	struct lab_contract_result results[LAB_NR_CONTRACT_CHECKS];
} last;

/**
 * lab_trial_expect() - look at something beside the rules
 * @trial:	the trial
 * @holds:	whether it is as it should be
 * @fmt:	what was found, where it is not; the first finding is kept
 *
 * Context: Any; not at the same time for one trial.
 * Return: @holds.
 */
bool lab_trial_expect(struct lab_trial *trial, bool holds, const char *fmt, ...)
{
	va_list args;

	trial->expected++;
	if (holds || *trial->finding)
		return holds;

	va_start(args, fmt);
	vsnprintf(trial->finding, sizeof(trial->finding), fmt, args);
	va_end(args);
	return false;
}

/* A broken rule says more than what followed from it. */
static void judge(const struct lab_trial *t, struct lab_contract_result *r)
{
	const struct lab_violation *v = lab_tally_first(&t->tally);

	*r = (struct lab_contract_result) { .outcome = LAB_OUTCOME_FAILED };
	if (v) {
		snprintf(r->why, sizeof(r->why), "%s: %s", lab_rule_info[v->rule].name, v->text);
	} else if (*t->finding) {
		strscpy(r->why, t->finding);
	} else if (t->not_checked) {
		r->outcome = LAB_OUTCOME_NOT_CHECKED;
		strscpy(r->why, t->not_checked);
	} else if (!t->expected && !lab_tally_checked(&t->tally)) {
		strscpy(r->why, "the check looked at nothing");
	} else {
		r->outcome = LAB_OUTCOME_OK;
	}
}

/**
 * lab_contract_not_for() - whether a check is for an allocator
 * @check:	the check
 * @allocator:	the allocator
 *
 * Context: Any.
 * Return: NULL where it is, or why not, in words.
 */
const char *lab_contract_not_for(const struct lab_contract_check *check,
				 const struct lab_allocator *allocator)
{
	return check->not_for ? check->not_for(allocator) : NULL;
}
EXPORT_SYMBOL_IF_KUNIT(lab_contract_not_for);

/**
 * lab_contract_try() - run one check on one allocator
 * @check:	the check
 * @allocator:	the allocator; the caller holds its owner
 * @result:	filled in
 *
 * Context: Process; sleeps.
 * Return: 0 or -ENOMEM.
 */
int lab_contract_try(const struct lab_contract_check *check,
		     const struct lab_allocator *allocator,
		     struct lab_contract_result *result)
{
	struct lab_trial *t = kzalloc_obj(*t);

	if (!t)
		return -ENOMEM;

	t->allocator = allocator;
	lab_tally_init(&t->tally, allocator->name, NULL);
	t->not_checked = lab_contract_not_for(check, allocator);
	if (!t->not_checked && allocator->low && lab_machine().start >= SZ_4G)
		t->not_checked = "no RAM below 4 GB on this machine";
	if (!t->not_checked)
		check->run(t);
	judge(t, result);
	kfree(t);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(lab_contract_try);

/* The verdict on the last run, in words. */
static void put_verdict(char *text, size_t size)
{
	unsigned int nr[LAB_OUTCOME_NR] = {};
	enum lab_outcome verdict = LAB_OUTCOME_NOT_CHECKED;

	lockdep_assert_held(&contract_lock);

	for (int i = 0; i < LAB_NR_CONTRACT_CHECKS; i++)
		nr[last.results[i].outcome]++;
	if (nr[LAB_OUTCOME_FAILED])
		verdict = LAB_OUTCOME_FAILED;
	else if (nr[LAB_OUTCOME_OK])
		verdict = LAB_OUTCOME_OK;
	snprintf(text, size, "%s, %u checks ok, %u failed, %u not checked", outcomes[verdict],
		 nr[LAB_OUTCOME_OK], nr[LAB_OUTCOME_FAILED], nr[LAB_OUTCOME_NOT_CHECKED]);
}

static void log_last(void)
{
	char verdict[128];

	for (int i = 0; i < LAB_NR_CONTRACT_CHECKS; i++)
		if (last.results[i].outcome == LAB_OUTCOME_FAILED)
			pr_err("io_pgtable_lab: %s: contract, %s FAILED: %s\n", last.name,
			       lab_contract_checks[i].name, last.results[i].why);
	put_verdict(verdict, sizeof(verdict));
	pr_info("io_pgtable_lab: %s: contract verdict: %s\n", last.name, verdict);
}

/**
 * lab_contract_run() - run the suite on an allocator, and keep the results
 * @allocator:	the allocator; the caller holds its owner
 * @log:	tell failed checks and the verdict in the kernel log
 *
 * Context: Process; sleeps, for a second or so.
 * Return: 0 whatever came of it, or -ENOMEM.
 */
int lab_contract_run(const struct lab_allocator *allocator, bool log)
{
	int ret = 0;

	mutex_lock(&contract_lock);
	strscpy(last.name, allocator->name);
	for (int i = 0; i < LAB_NR_CONTRACT_CHECKS && !ret; i++)
		ret = lab_contract_try(&lab_contract_checks[i], allocator, &last.results[i]);
	if (ret)
		*last.name = '\0';
	else if (log)
		log_last();
	mutex_unlock(&contract_lock);
	return ret;
}

/* An allocator by its name, with its owner held; or an ERR_PTR. */
static const struct lab_allocator *get_allocator(const char *name)
{
	const struct lab_allocator *found = ERR_PTR(-ENOENT);

	lab_allocators_get();
	for (int i = 0; i < lab_nr_allocators; i++) {
		const struct lab_allocator *a = lab_allocators[i];

		if (a && !strcmp(a->name, name) && try_module_get(a->owner))
			found = a;
	}
	lab_allocators_put();
	return found;
}

/**
 * lab_contract_run_named() - run the suite on an allocator that somebody names
 * @text:	one word; taken apart.  What is wrong with it is said in the log
 *
 * Context: Process; sleeps.
 * Return: 0 whatever came of it; -EINVAL for no word or more than one, -ENOENT
 * for an allocator that there is not, -ENOMEM.
 */
int lab_contract_run_named(char *text)
{
	const struct lab_allocator *allocator;
	char *name = strim(text);
	int ret;

	if (!*name || strpbrk(name, " \t\n")) {
		lab_complain("contract", "one word is taken, an allocator's name");
		return -EINVAL;
	}
	allocator = get_allocator(name);
	if (IS_ERR(allocator)) {
		lab_complain("contract", "no allocator is called \"%*pE\"",
			     (int)strlen(name), name);
		return PTR_ERR(allocator);
	}
	ret = lab_contract_run(allocator, false);
	if (ret)
		lab_complain("contract", "out of memory");
	module_put(allocator->owner);
	return ret;
}

/**
 * lab_contract_show() - what came of the last run; before any, how to have one
 * @m:		where to
 * @v:		unused
 *
 * Context: Process; sleeps until no run is under way.
 * Return: 0.
 */
int lab_contract_show(struct seq_file *m, void *v)
{
	char verdict[128];

	mutex_lock(&contract_lock);
	if (!*last.name) {
		seq_puts(m, "Write an allocator's name here to run the suite on it:\n");
		for (int i = 0; i < LAB_NR_CONTRACT_CHECKS; i++)
			seq_printf(m, "  %-12s %s\n", lab_contract_checks[i].name,
				   lab_contract_checks[i].proves);
		goto unlock;
	}
	for (int i = 0; i < LAB_NR_CONTRACT_CHECKS; i++) {
		const struct lab_contract_result *r = &last.results[i];

		seq_printf(m, "%-12s %s%s%s\n", lab_contract_checks[i].name,
			   outcomes[r->outcome], *r->why ? ": " : "", r->why);
	}
	put_verdict(verdict, sizeof(verdict));
	seq_printf(m, "verdict: %s, allocator %s, Linux %s\n", verdict, last.name,
		   init_utsname()->release);
unlock:
	mutex_unlock(&contract_lock);
	return 0;
}

/**
 * lab_register_allocator() - offer an allocator to the lab
 * @allocator:	the allocator; must stay until lab_unregister_allocator()
 *
 * From here on it is offered with every format and provider, and the report shows
 * it.  The contract suite runs on it before this returns, without a bearing on
 * the result: the kernel log has a line for each check that failed, and the
 * verdict.  What is refused is said there too.
 *
 * Context: Process; sleeps.
 * Return: 0; -EINVAL for an allocator that lacks something, -EEXIST for a name
 * that is taken, -ENOSPC where there are too many.
 */
int lab_register_allocator(const struct lab_allocator *allocator)
{
	int ret = lab_allocators_add(allocator);

	if (ret)
		return ret;

	/* An owner that is not through its init can be held, one that goes cannot. */
	if (try_module_get(allocator->owner)) {
		if (lab_contract_run(allocator, true))
			lab_complain(allocator->name, "contract: not run, out of memory");
		module_put(allocator->owner);
	}
	return 0;
}
EXPORT_SYMBOL_NS_GPL(lab_register_allocator, LAB_NAMESPACE);

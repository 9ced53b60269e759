// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the report says of all combinations together: who read the tables, which rules
 * were checked and which could not be, what broke them, and the verdict.
 */
#include <linux/seq_file.h>
#include <linux/utsname.h>

#include "report_parts.h"

static bool has_reason(const struct lab_combination *c, int before, const char *why)
{
	for (int rule = 0; rule < before; rule++)
		if (c->not_checked[rule] == why)
			return true;
	return false;
}

/*
 * A reason, and below it the rules that were not checked for it, unless a
 * combination before number @nr had it too.  Which rules go with which combination
 * is in the file violations of an instance.
 */
static void show_reason(const struct lab_report *r, unsigned int nr, const char *why)
{
	unsigned int with = 0, column = 0;

	for (int i = 0; i < nr; i++)
		if (has_reason(&r->combinations[i], LAB_RULE_NR, why))
			return;

	for (int i = nr; i < r->nr; i++)
		with += has_reason(&r->combinations[i], LAB_RULE_NR, why);
	seq_printf(r->m, "  %s (%u of %u):", why, with, r->shown);
	for (int rule = 0; rule < LAB_RULE_NR; rule++)
		for (int i = nr; i < r->nr; i++)
			if (r->combinations[i].not_checked[rule] == why) {
				seq_printf(r->m, "%s %s", column++ % 6 ? "" : "\n    ",
					   lab_rule_info[rule].name);
				break;
			}
	seq_putc(r->m, '\n');
}

static void show_not_checked(const struct lab_report *r)
{
	seq_puts(r->m, "\nnot checked, and in how many combinations:\n");
	for (int i = 0; i < r->nr; i++)
		for (int rule = 0; rule < LAB_RULE_NR; rule++) {
			const struct lab_combination *c = &r->combinations[i];
			const char *why = c->not_checked[rule];

			if (why && !has_reason(c, rule, why))
				show_reason(r, i, why);
		}
}

/* The first violations of each kind, behind a heading. */
static void show_violations(const struct lab_report *r, const char *heading, bool known)
{
	for (int i = 0; i < r->tally.kept; i++) {
		const struct lab_violation *v = &r->tally.violations[i];

		if (!v->known == known)
			continue;
		if (heading)
			seq_printf(r->m, "\n%s\n", heading);
		heading = NULL;
		if (known)
			seq_printf(r->m, "  %s: %s\n    %s: ", v->known->name, v->known->about,
				   lab_rule_info[v->rule].name);
		else
			seq_printf(r->m, "  %s: ", lab_rule_info[v->rule].name);
		seq_printf(r->m, "%s\n", v->text);
	}
}

/**
 * lab_report_readers() - who was asked, on how many addresses all agreed
 * @r:		the report
 *
 * Context: Process.
 */
void lab_report_readers(const struct lab_report *r)
{
	seq_printf(r->m, "\n%-9s  %14s  %12s  %12s  %4s\n", "readers", "walker, model",
		   "iova_to_phys", "pgtable_walk", "cpu");
	for (int f = 0; f < LAB_NR_FORMATS; f++) {
		const struct lab_asked *a = &r->asked[f];

		if (!a->addresses)
			continue;
		seq_printf(r->m, "%-9s  %14u  %12u  %12u  %4u", lab_formats[f].name,
			   a->addresses, a->iova_to_phys, a->pgtable_walk, a->cpu);
		if (a->refused)
			seq_printf(r->m, "  %s", a->refused);
		seq_putc(r->m, '\n');
	}
}

/**
 * lab_report_rules() - the rules, what was not checked, and what broke them
 * @r:		the report
 *
 * Context: Process.
 */
void lab_report_rules(const struct lab_report *r)
{
	const struct lab_tally *t = &r->tally;

	seq_printf(r->m, "\n%-17s%9s%9s%7s\n", "rule", "checked", "violated", "known");
	for (int rule = 0; rule < LAB_RULE_NR; rule++)
		seq_printf(r->m, "%-17s%9lld%9lld%7lld  %s\n", lab_rule_info[rule].name,
			   atomic64_read(&t->checked[rule]), atomic64_read(&t->violated[rule]),
			   atomic64_read(&t->known[rule]), lab_rule_info[rule].demand);

	show_not_checked(r);
	show_violations(r, "known findings (Documentation/findings.rst), the first of each:", true);
	show_violations(r, "violations, the first of them:", false);
}

/**
 * lab_report_verdict() - the last line
 * @r:		the report
 *
 * Context: Process.
 */
void lab_report_verdict(const struct lab_report *r)
{
	u64 violated = lab_tally_violated(&r->tally);
	const char *verdict = "ok";

	if (violated || r->failed)
		verdict = "FAILED";
	else if (r->missed || !r->shown)
		verdict = "INCOMPLETE";

	seq_printf(r->m, "\nverdict: %s, %llu violations in %llu checks of %u combinations, Linux %s\n",
		   verdict, violated, lab_tally_checked(&r->tally), r->shown,
		   init_utsname()->release);
}

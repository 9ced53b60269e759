// SPDX-License-Identifier: GPL-2.0-only
/*
 * The report: every format x provider x allocator is run, and where its tables landed
 * is shown, for two formats table by table and for the others in short; then the DMA
 * API over the fake IOMMU, who read the tables, the rules over all of it, and one line that
 * is the verdict.
 *
 * Sleeps; may run more than once at a time.
 */
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/utsname.h>

#include "compare.h"
#include "report.h"
#include "report_parts.h"
#include "compat/compat.h"

/* Allocators that a format and provider refuse for one reason, in a line. */
static void show_not_offered(struct lab_report *r, const struct lab_format *format,
			     const struct lab_provider *provider)
{
	for (int first = 0; first < lab_nr_allocators; first++) {
		const char *why = lab_not_offered(format, provider, lab_allocators[first]);
		bool said = false;

		for (int before = 0; before < first; before++)
			said |= lab_not_offered(format, provider, lab_allocators[before]) == why;
		if (!why || said)
			continue;

		seq_printf(r->m, "not offered: %s %s with", format->name, provider->name);
		for (int a = first; a < lab_nr_allocators; a++)
			if (lab_not_offered(format, provider, lab_allocators[a]) == why)
				seq_printf(r->m, " %s", lab_allocator_name(lab_allocators[a]));
		seq_printf(r->m, ": %s\n", why);
	}
}

static bool left_out(const struct lab_allocator *allocator)
{
	return allocator && allocator->breaks;
}

/* What is missing above, and why. */
static void show_rest(struct lab_report *r)
{
	seq_putc(r->m, '\n');
	for (int f = 0; f < LAB_NR_FORMATS; f++)
		for (int p = 0; p < LAB_NR_PROVIDERS; p++)
			show_not_offered(r, &lab_formats[f], lab_providers[p]);
	for (int a = 0; a < lab_nr_allocators; a++)
		if (left_out(lab_allocators[a]))
			seq_printf(r->m, "left out: %s, which breaks %s on purpose\n",
				   lab_allocators[a]->name, lab_allocators[a]->breaks);
}

/* All that is offered of a format and provider. */
static void run_all(struct lab_report *r, const struct lab_format *format,
		    const struct lab_provider *provider, bool rows)
{
	for (int a = 0; a < lab_nr_allocators; a++) {
		struct lab_combination *c = &r->combinations[r->nr];

		if (left_out(lab_allocators[a]) ||
		    lab_not_offered(format, provider, lab_allocators[a]))
			continue;
		lab_params_default(&c->params, format);
		c->params.provider = provider;
		c->params.allocator = lab_allocators[a];
		snprintf(c->params.name, sizeof(c->params.name), "report-%s-%s-%s",
			 format->name, provider->name, lab_allocator_name(lab_allocators[a]));
		r->nr++;
		lab_report_run(r, c, rows);
	}
}

/* Allocators whose tables lay alike, in a line. */
static void show_in_short(struct lab_report *r, unsigned int from)
{
	for (unsigned int i = from; i < r->nr; i++) {
		const struct lab_combination *c = &r->combinations[i];
		bool said = !*c->where;

		for (unsigned int before = from; before < i; before++)
			said |= !strcmp(r->combinations[before].where, c->where);
		if (said)
			continue;
		seq_printf(r->m, "%-9s %-9s %s", c->params.format->name,
			   c->params.provider->name, c->where);
		for (unsigned int n = i; n < r->nr; n++)
			if (!strcmp(r->combinations[n].where, c->where))
				seq_printf(r->m, " %s",
					   lab_allocator_name(r->combinations[n].params.allocator));
		seq_putc(r->m, '\n');
	}
}

/* The two formats that all others are kin to. */
static bool in_full(int format)
{
	return format == LAB_V7S || format == LAB_LPAE_S1;
}

/* Every combination in the order of the tables. */
static void show_tables(struct lab_report *r)
{
	seq_printf(r->m, "%-9s %-9s %-10s%-19s%-28s%-13s%-7s%s\n", "format", "provider",
		   "allocator", "live tables", "where they lie", "below limit",
		   "<4 GB", "an ordinary page");
	for (int f = 0; f < LAB_NR_FORMATS; f++)
		for (int p = 0; in_full(f) && p < LAB_NR_PROVIDERS; p++)
			run_all(r, &lab_formats[f], lab_providers[p], true);

	seq_printf(r->m, "\n%-9s %-9s %-31s %-12s %-6s %s\n", "format", "provider",
		   "live tables", "below limit", "<4 GB", "allocators");
	for (int f = 0; f < LAB_NR_FORMATS; f++)
		for (int p = 0; !in_full(f) && p < LAB_NR_PROVIDERS; p++) {
			unsigned int from = r->nr;

			run_all(r, &lab_formats[f], lab_providers[p], false);
			show_in_short(r, from);
		}
}

/**
 * lab_report_show() - make the report and write it
 * @m:		where to
 * @v:		unused
 *
 * Context: Process; sleeps.
 * Return: 0 or -ENOMEM.
 */
int lab_report_show(struct seq_file *m, void *v)
{
	const char *caveat;
	struct lab_report *r;

	r = kzalloc_obj(*r);
	if (!r)
		return -ENOMEM;
	r->m = m;
	r->machine = lab_machine();
	lab_tally_init(&r->tally, "report", &lab_totals);

	seq_printf(m, "io-pgtable-lab on Linux %s, %lu KB pages, RAM %#llx-%#llx\n",
		   init_utsname()->release, PAGE_SIZE / SZ_1K, r->machine.start,
		   r->machine.end - 1);
	caveat = lab_machine_caveat(&r->machine);
	if (caveat)
		seq_printf(m, "note: %s\n", caveat);
	seq_putc(m, '\n');

	lab_allocators_get();
	show_tables(r);
	r->failed += lab_compare_formats(&r->tally, &r->missed);
	show_rest(r);
	lab_report_iommu(r);
	lab_report_readers(r);
	lab_report_rules(r);
	lab_allocators_put();
	lab_report_verdict(r);
	kfree(r);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The report: for every format x provider x allocator, an instance is made,
 * pages of every size are mapped in it, and where its tables landed is shown
 * beside where an ordinary page of that moment landed.  The same is done once
 * more for a walker that does not snoop, in atomic context.  Then the rules over
 * both, and one line that is the verdict.
 *
 * Sleeps; may run more than once at a time.
 */
#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/utsname.h>

#include "compare.h"
#include "instance.h"
#include "machine.h"
#include "report.h"
#include "compat/compat.h"

#define NR_COMBINATIONS	(LAB_NR_FORMATS * LAB_NR_PROVIDERS * LAB_MAX_ALLOCATORS)

/**
 * struct combination - what became of one combination
 * @params:	what it was
 * @not_checked: per rule, why it could not be checked, or NULL
 */
struct combination {
	struct lab_params params;
	const char *not_checked[LAB_RULE_NR];
};

/**
 * struct report - what a report gathers
 * @m:		where it is written
 * @machine:	bounds of RAM
 * @tally:	the rules over all its instances
 * @failed:	combinations in which an operation failed or readers disagreed
 * @missed:	combinations that are offered but could not be shown
 * @shown:	combinations that were
 * @nr:		entries in use in @combinations
 * @combinations: all that are offered
 */
struct report {
	struct seq_file *m;
	struct lab_machine machine;
	struct lab_tally tally;
	unsigned int failed, missed, shown, nr;
	struct combination combinations[NR_COMBINATIONS];
};

/* Tables of one level, as a walk finds them. */
struct level {
	unsigned int nr;
	size_t bytes;
	phys_addr_t lowest, highest;
};

struct levels {
	struct level level[LAB_WALK_LEVELS];
};

static int count_table(void *ctx, const struct lab_walk_table *t)
{
	struct levels *levels = ctx;
	struct level *l = &levels->level[t->level];

	if (!l->nr || t->pa < l->lowest)
		l->lowest = t->pa;
	if (!l->nr || t->pa > l->highest)
		l->highest = t->pa;
	l->bytes = t->bytes;
	l->nr++;
	return 0;
}

/* The program: runs of a few pages of every size, far enough apart for tables of their own. */
enum {
	RUNS		= 4,
	RUN_PAGES	= 3,
	RUN_STRIDE	= SZ_32M,
};

static int each_run(struct lab_instance *inst,
		    int (*act)(struct lab_instance *inst, u64 iova, u64 pa, size_t pgsize))
{
	/* Buffers above 4 GB where the format reaches so far; nobody touches them. */
	u64 offset = inst->cfg.oas > 33 ? SZ_4G + SZ_1G : SZ_2G;
	unsigned long sizes = inst->cfg.pgsize_bitmap;
	u64 iova = 0;

	for (; sizes; sizes &= sizes - 1) {
		size_t pgsize = sizes & -sizes;
		u64 stride = max_t(u64, pgsize * (RUN_PAGES + 1), RUN_STRIDE);

		iova = ALIGN(iova, stride);
		/* A small input space has no room for all of the largest. */
		for (int n = 0; n < RUNS && iova + stride - 1 <= inst->last; n++, iova += stride) {
			int ret = act(inst, iova, iova + offset, pgsize);

			if (ret)
				return ret;
		}
	}
	return 0;
}

static int map_run(struct lab_instance *inst, u64 iova, u64 pa, size_t pgsize)
{
	/* As the DMA API maps for a device that does not snoop, and in its context. */
	return lab_instance_map_gfp(inst, iova, pa, pgsize, RUN_PAGES,
				    IOMMU_READ | IOMMU_WRITE,
				    inst->params.coherent ? GFP_KERNEL : GFP_ATOMIC);
}

static int unmap_run(struct lab_instance *inst, u64 iova, u64 pa, size_t pgsize)
{
	return lab_instance_unmap(inst, iova, pgsize, RUN_PAGES);
}

/* The ends of a run, and the address that follows it, which nobody mapped. */
static int ask_run(struct lab_instance *inst, u64 iova, u64 pa, size_t pgsize)
{
	u64 end = iova + pgsize * RUN_PAGES;
	const struct {
		u64 iova;
		bool mapped;
	} asked[] = { { iova, true }, { end - 1, true }, { end, false } };
	struct lab_answers answers;

	for (int i = 0; i < ARRAY_SIZE(asked); i++) {
		int ret = lab_instance_translate(inst, asked[i].iova, &answers);

		if (ret)
			return ret;
		if (answers.mapped != asked[i].mapped || !answers.agree)
			return -EUCLEAN;
	}
	return 0;
}

/* The first columns of a line. */
static void show_names(struct seq_file *m, const struct lab_params *p)
{
	seq_printf(m, "%-8s %-9s %-10s", p->format->name, p->provider->name,
		   lab_allocator_name(p->allocator));
}

/* Where an ordinary page of this moment lands, behind @pad blanks. */
static void show_ordinary_page(struct seq_file *m, int pad)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page) {
		seq_printf(m, "%*sout of memory", pad, "");
		return;
	}
	seq_printf(m, "%*s%#llx, %s 4 GB", pad, "", (u64)page_to_phys(page),
		   page_to_phys(page) >= SZ_4G ? "above" : "below");
	__free_page(page);
}

static void show_limit(struct seq_file *m, u64 limit, u64 end)
{
	if (limit == U64_MAX)
		seq_puts(m, "no guarantee ");
	else
		seq_printf(m, "2^%d %-8s", ilog2(limit), end <= limit ? "yes" : "NO");
}

/* Add the levels that follow @first and have tables of the same size; the last of them. */
static int sum_up(const struct levels *levels, int first, struct level *sum)
{
	int last = first;

	*sum = levels->level[first];
	while (last + 1 < LAB_WALK_LEVELS) {
		const struct level *l = &levels->level[last + 1];

		if (!l->nr || l->bytes != sum->bytes)
			break;
		sum->nr += l->nr;
		sum->lowest = min(sum->lowest, l->lowest);
		sum->highest = max(sum->highest, l->highest);
		last++;
	}
	return last;
}

static void show_where(struct report *r, struct lab_instance *inst)
{
	static const struct lab_walk_visitor visitor = { .table = count_table };
	struct levels levels = {};
	bool shown = false;

	lab_instance_walk(inst, &visitor, &levels);
	for (int first = 0, last; first < LAB_WALK_LEVELS; first = last + 1) {
		char names[8];
		struct level l;
		u64 end;

		last = sum_up(&levels, first, &l);
		if (!l.nr)
			continue;
		snprintf(names, sizeof(names), last > first ? "L%d-L%d" : "L%d", first, last);
		end = l.highest + l.bytes;
		if (shown)
			seq_printf(r->m, "%29s", "");
		else
			show_names(r->m, &inst->params);
		seq_printf(r->m, "%-5s %3u x %-6zu %#012llx-%#012llx  ", names, l.nr, l.bytes,
			   (u64)l.lowest, end - 1);
		show_limit(r->m, inst->where.limit, end);
		seq_puts(r->m, end <= SZ_4G ? "yes" : "no");
		if (!shown)
			show_ordinary_page(r->m, end <= SZ_4G ? 4 : 5);
		seq_putc(r->m, '\n');
		shown = true;
	}
}

/* The program on one instance; lines for the coherent one, counts for both. */
static void run_instance(struct report *r, struct combination *c)
{
	const struct lab_params *p = &c->params;
	struct lab_instance *inst;
	int ret;

	inst = lab_instance_create(p, &r->tally);
	if (IS_ERR(inst)) {
		show_names(r->m, p);
		seq_printf(r->m, "not shown: %s\n", inst == ERR_PTR(-EBUSY) ?
			   "one kernel v7s instance at a time on this kernel, and one lives" :
			   "could not be created, the kernel log says why");
		r->missed++;
		return;
	}

	ret = each_run(inst, map_run);
	if (!ret && p->coherent)
		show_where(r, inst);
	if (!ret)
		ret = each_run(inst, ask_run);
	if (!ret)
		ret = each_run(inst, unmap_run);
	if (ret) {
		show_names(r->m, p);
		seq_printf(r->m, "FAILED: %s\n", ret == -EUCLEAN ?
			   "the readers disagree on an address" :
			   "an operation failed, the kernel log says which");
		r->failed++;
	}

	for (int rule = 0; rule < LAB_RULE_NR; rule++)
		if (p->coherent || c->not_checked[rule])
			c->not_checked[rule] = inst->tally.not_checked[rule];
	if (p->coherent)
		r->shown++;
	lab_instance_destroy(inst);
}

static void show_combination(struct report *r, struct combination *c)
{
	c->params.coherent = true;
	run_instance(r, c);
	c->params.coherent = false;
	run_instance(r, c);
}

/* Allocators that a format and provider refuse for one reason, in a line. */
static void show_not_offered(struct report *r, const struct lab_format *format,
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
static void show_rest(struct report *r)
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

/* Every combination in the order of the tables. */
static void show_tables(struct report *r)
{
	seq_printf(r->m, "%-8s %-9s %-10s%-19s%-28s%-13s%-7s%s\n", "format", "provider",
		   "allocator", "live tables", "where they lie", "below limit",
		   "<4 GB", "an ordinary page");

	for (int f = 0; f < LAB_NR_FORMATS; f++)
		for (int p = 0; p < LAB_NR_PROVIDERS; p++)
			for (int a = 0; a < lab_nr_allocators; a++) {
				struct combination *c = &r->combinations[r->nr];

				lab_params_default(&c->params, &lab_formats[f]);
				c->params.provider = lab_providers[p];
				c->params.allocator = lab_allocators[a];
				if (left_out(c->params.allocator) ||
				    lab_not_offered(c->params.format, c->params.provider,
						    c->params.allocator))
					continue;
				snprintf(c->params.name, sizeof(c->params.name),
					 "report-%s-%s-%s", c->params.format->name,
					 c->params.provider->name,
					 lab_allocator_name(c->params.allocator));
				r->nr++;
				show_combination(r, c);
			}
}

static bool has_reason(const struct combination *c, int before, const char *why)
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
static void show_reason(struct report *r, unsigned int nr, const char *why)
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

static void show_not_checked(struct report *r)
{
	seq_puts(r->m, "\nnot checked, and in how many combinations:\n");
	for (int i = 0; i < r->nr; i++)
		for (int rule = 0; rule < LAB_RULE_NR; rule++) {
			const struct combination *c = &r->combinations[i];
			const char *why = c->not_checked[rule];

			if (why && !has_reason(c, rule, why))
				show_reason(r, i, why);
		}
}

static void show_rules(struct report *r)
{
	seq_printf(r->m, "\n%-16s%8s%10s\n", "rule", "checked", "violated");
	for (int rule = 0; rule < LAB_RULE_NR; rule++)
		seq_printf(r->m, "%-16s%8lld%10lld  %s\n", lab_rule_info[rule].name,
			   atomic64_read(&r->tally.checked[rule]),
			   atomic64_read(&r->tally.violated[rule]),
			   lab_rule_info[rule].demand);

	show_not_checked(r);
	if (!r->tally.kept)
		return;
	seq_puts(r->m, "\nviolations, the first of them:\n");
	for (int i = 0; i < r->tally.kept; i++)
		seq_printf(r->m, "  %s: %s\n",
			   lab_rule_info[r->tally.violations[i].rule].name,
			   r->tally.violations[i].text);
}

static void show_verdict(struct report *r)
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
	struct report *r;

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
	r->failed += lab_compare_formats(&r->tally);
	show_rest(r);
	show_rules(r);
	lab_allocators_put();
	show_verdict(r);
	kfree(r);
	return 0;
}

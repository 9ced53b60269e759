// SPDX-License-Identifier: GPL-2.0-only
/*
 * A combination of the report: an instance is made, pages of every size are mapped in
 * it, where its tables landed is shown beside where an ordinary page of that moment
 * landed, and all readers are asked.  Once more for a walker that does not snoop, in
 * atomic context.
 *
 * Sleeps.
 */
#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>

#include "report_parts.h"

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

static int each_run(struct lab_instance *inst, struct lab_asked *asked,
		    int (*act)(struct lab_instance *inst, struct lab_asked *asked, u64 iova,
			       u64 pa, size_t pgsize))
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
			int ret = act(inst, asked, iova, iova + offset, pgsize);

			if (ret)
				return ret;
		}
	}
	return 0;
}

static int map_run(struct lab_instance *inst, struct lab_asked *asked, u64 iova, u64 pa,
		   size_t pgsize)
{
	/* As the DMA API maps for a device that does not snoop, and in its context. */
	return lab_instance_map_gfp(inst, iova, pa, pgsize, RUN_PAGES,
				    IOMMU_READ | IOMMU_WRITE,
				    inst->params.coherent ? GFP_KERNEL : GFP_ATOMIC);
}

static int unmap_run(struct lab_instance *inst, struct lab_asked *asked, u64 iova, u64 pa,
		     size_t pgsize)
{
	return lab_instance_unmap(inst, iova, pgsize, RUN_PAGES);
}

/* The ends of a run, and the address that follows it, which nobody mapped. */
static int ask_run(struct lab_instance *inst, struct lab_asked *asked, u64 iova, u64 pa,
		   size_t pgsize)
{
	u64 end = iova + pgsize * RUN_PAGES;
	const struct {
		u64 iova;
		bool mapped;
	} ask[] = { { iova, true }, { end - 1, true }, { end, false } };
	struct lab_answers a;

	for (int i = 0; i < ARRAY_SIZE(ask); i++) {
		int ret = lab_instance_translate(inst, ask[i].iova, &a);

		if (ret)
			return ret;
		if (a.mapped != ask[i].mapped || !a.agree)
			return -EUCLEAN;
		asked->addresses++;
		asked->iova_to_phys += a.provider_asked;
		asked->pgtable_walk += a.pgtable_walk_asked;
		asked->cpu += !a.cpu.refused;
		if (a.cpu.refused)
			asked->refused = a.cpu.refused;
	}
	return 0;
}

/* The first columns of a line. */
static void show_names(struct seq_file *m, const struct lab_params *p)
{
	seq_printf(m, "%-9s %-9s %-10s", p->format->name, p->provider->name,
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

static void show_row(struct lab_report *r, struct lab_instance *inst, const char *names,
		     const struct level *l, bool first)
{
	u64 end = l->highest + l->bytes;

	if (first)
		show_names(r->m, &inst->params);
	else
		seq_printf(r->m, "%30s", "");
	seq_printf(r->m, "%-5s %3u x %-6zu %#012llx-%#012llx  ", names, l->nr, l->bytes,
		   (u64)l->lowest, end - 1);
	show_limit(r->m, inst->where.limit, end);
	seq_puts(r->m, end <= SZ_4G ? "yes" : "no");
	if (first)
		show_ordinary_page(r->m, end <= SZ_4G ? 4 : 5);
	seq_putc(r->m, '\n');
}

/* The same in short: tables, whether all lie below the limit, and below 4 GB. */
static void describe(struct lab_combination *c, u64 limit, const char *tables, u64 end)
{
	char below[16] = "no guarantee";

	if (limit != U64_MAX)
		snprintf(below, sizeof(below), "2^%d %s", ilog2(limit),
			 end <= limit ? "yes" : "NO");
	snprintf(c->where, sizeof(c->where), "%-31s %-12s %-6s", tables, below,
		 end <= SZ_4G ? "yes" : "no");
}

static void show_where(struct lab_report *r, struct lab_combination *c,
		       struct lab_instance *inst, bool rows)
{
	static const struct lab_walk_visitor visitor = { .table = count_table };
	struct levels levels = {};
	char tables[40] = "";
	u64 end = 0;

	lab_instance_walk(inst, &visitor, &levels);
	for (int first = 0, last, at = 0; first < LAB_WALK_LEVELS; first = last + 1) {
		char names[8];
		struct level l;

		last = sum_up(&levels, first, &l);
		if (!l.nr)
			continue;
		snprintf(names, sizeof(names), last > first ? "L%d-L%d" : "L%d", first, last);
		if (rows)
			show_row(r, inst, names, &l, !at);
		at += scnprintf(tables + at, sizeof(tables) - at, "%s%s %u x %zu",
				at ? ", " : "", names, l.nr, l.bytes);
		end = max_t(u64, end, l.highest + l.bytes);
	}
	describe(c, inst->where.limit, tables, end);
}

/* The program on one instance; lines for the coherent one, counts for both. */
static void run_instance(struct lab_report *r, struct lab_combination *c, bool rows)
{
	const struct lab_params *p = &c->params;
	struct lab_asked *asked = &r->asked[p->format - lab_formats];
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

	ret = each_run(inst, asked, map_run);
	if (!ret && p->coherent)
		show_where(r, c, inst, rows);
	if (!ret)
		ret = each_run(inst, asked, ask_run);
	if (!ret)
		ret = each_run(inst, asked, unmap_run);
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

/**
 * lab_report_run() - run a combination, for a coherent walker and one that is not
 * @r:		the report
 * @c:		the combination; filled in
 * @rows:	a line for each level of tables is written
 *
 * Context: Process; sleeps.
 */
void lab_report_run(struct lab_report *r, struct lab_combination *c, bool rows)
{
	c->params.coherent = true;
	run_instance(r, c, rows);
	c->params.coherent = false;
	run_instance(r, c, false);
}

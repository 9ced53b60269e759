// SPDX-License-Identifier: GPL-2.0-only
/*
 * The experiment: every allocator that keeps the contract runs every program,
 * and what it took and cost is a line of a table.  People read it, and so does
 * scripts/experiment.py: headings and columns are fixed, and a figure that does
 * not exist is "-".
 *
 * Sleeps; one at a time, as low memory is one for all.
 */
#include <linux/cpumask.h>
#include <linux/math64.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/utsname.h>

#include "cost.h"
#include "experiment.h"
#include "instance.h"
#include "lowmem.h"
#include "machine.h"
#include "memory.h"
#include "program.h"
#include "reading.h"
#include "watch.h"
#include "compat/compat.h"

static DEFINE_MUTEX(running);

/* Where steady states are looked at: tables live, and pools that have them. */
static const struct lab_steady points[] = {
	{ .live = 16, .nr_pools = 1 },
	{ .live = 64, .nr_pools = 1 },
	{ .live = 256, .nr_pools = 1 },
	{ .live = 1024, .nr_pools = 1 },
	{ .live = 4096, .nr_pools = 1 },
	{ .live = 1024, .nr_pools = 4 },
	{ .live = 1024, .nr_pools = 16 },
};

#define NR_POINTS	ARRAY_SIZE(points)

/**
 * struct experiment - what an experiment gathers
 * @m:		where it is written
 * @tally:	the rules over all its instances
 * @program:	the programs
 * @replay:	what they cost each allocator
 * @replayed:	0, or the errno of what failed there
 * @steady:	what steady states cost each allocator, one for each of @points
 * @steadied:	0, or the errno of what failed there
 * @machine:	bounds of RAM
 * @counted:	low memory can be counted from outside
 * @agree:	programs in which both counts agree
 * @disagree:	programs in which they do not
 * @failed:	programs and points that could not be finished
 */
struct experiment {
	struct seq_file *m;
	struct lab_tally tally;
	struct lab_program *program[LAB_PROGRAM_NR];
	struct lab_replay replay[LAB_MAX_ALLOCATORS][LAB_PROGRAM_NR];
	int replayed[LAB_MAX_ALLOCATORS][LAB_PROGRAM_NR];
	struct lab_steady steady[LAB_MAX_ALLOCATORS][NR_POINTS];
	int steadied[LAB_MAX_ALLOCATORS][NR_POINTS];
	struct lab_machine machine;
	bool counted;
	unsigned int agree, disagree, failed;
};

/* NULL, or why an allocator is left out. */
static const char *left_out(const struct lab_allocator *a)
{
	if (!a)
		return "the provider's own allocation, which gets no hooks";
	if (a->breaks)
		return "breaks the contract on purpose";
	if (!a->low)
		return "does not promise low memory";
	return lab_not_offered(&lab_formats[LAB_V7S], &lab_provider_lab, a);
}

/* What is no table lies elsewhere, so that it disturbs no count. */
static bool is_apart(const struct experiment *e)
{
	return e->machine.end > SZ_4G;
}

static void show_head(struct experiment *e)
{
	const char *why = lab_lowmem_not_measured();

	e->machine = lab_machine();
	e->counted = !why;
	seq_printf(e->m, "io-pgtable-lab experiment on Linux %s, %lu KB pages, %u CPUs, RAM %#llx-%#llx\n",
		   init_utsname()->release, PAGE_SIZE / SZ_1K, num_online_cpus(),
		   e->machine.start, e->machine.end - 1);
	seq_printf(e->m, "slack: %lu bytes between bytes_low (free pages below 4 GB) and bytes_account (the allocator's own)\n",
		   LAB_MEMORY_SLACK_BYTES);
	if (why)
		seq_printf(e->m, "note: bytes_low not measured here, because %s\n", why);
	if (!is_apart(e))
		seq_puts(e->m, "note: no RAM above 4 GB: in bytes_low is what the lab notes of each table, and all that others take; the counts are not compared\n");
	for (int i = 0; i < LAB_PROGRAM_NR; i++)
		seq_printf(e->m, "program: %s: %s\n", e->program[i]->name,
			   e->program[i]->about);
	for (int i = 0; i < lab_nr_allocators; i++) {
		const char *left = left_out(lab_allocators[i]);

		if (left)
			seq_printf(e->m, "left out: %s: %s\n",
				   lab_allocator_name(lab_allocators[i]), left);
	}
}

/* A figure in a column of its own, or a dash. */
static void show_figure(struct seq_file *m, int width, bool exists, s64 figure)
{
	if (exists)
		seq_printf(m, "%*lld", width, figure);
	else
		seq_printf(m, "%*s", width, "-");
}

static const char *agreement(struct experiment *e, const struct lab_memory *memory)
{
	if (!e->counted || !is_apart(e) || !memory->accounted)
		return "-";
	if (lab_memory_agrees(memory)) {
		e->agree++;
		return "agree";
	}
	e->disagree++;
	return "DISAGREE";
}

static int show_program(struct experiment *e, int a, int i)
{
	const struct lab_replay *replay = &e->replay[a][i];
	const struct lab_program *p = e->program[i];
	struct lab_memory memory = {};
	int ret = 0;

	seq_printf(e->m, "%-15s %-9s %5u", lab_allocators[a]->name, p->name, p->live);
	/* Without low memory there are no v7s tables. */
	if (e->machine.start < SZ_4G)
		ret = lab_memory_of(lab_allocators[a], p, &e->tally, &memory);
	if (ret || e->replayed[a][i]) {
		e->failed++;
		seq_printf(e->m, " FAILED: %pe\n", ERR_PTR(ret ?: e->replayed[a][i]));
		return ret == -EINTR ? ret : 0;
	}
	show_figure(e->m, 10, e->counted, memory.low);
	show_figure(e->m, 14, memory.accounted, memory.account);
	seq_printf(e->m, "  %-9s", agreement(e, &memory));
	show_figure(e->m, 9, e->counted, div_s64(memory.low, p->live));
	show_figure(e->m, 10, e->counted, memory.peak);
	seq_printf(e->m, "%7u", p->pairs);
	show_figure(e->m, 9, true, replay->pair);
	show_figure(e->m, 12, replay->reserve >= 0, replay->reserve);
	seq_putc(e->m, '\n');
	return 0;
}

static int show_programs(struct experiment *e)
{
	int ret = 0;

	seq_printf(e->m, "\n%-15s %-9s %5s %9s %13s  %-9s %8s %9s %6s %8s %11s\n", "allocator",
		   "program", "live", "bytes_low", "bytes_account", "agreement", "per_live",
		   "peak_low", "pairs", "pair_ns", "reserve_ns");
	for (int a = 0; a < lab_nr_allocators; a++)
		for (int i = 0; i < LAB_PROGRAM_NR && !ret; i++)
			if (!left_out(lab_allocators[a]))
				ret = show_program(e, a, i);
	return ret;
}

/* Tenths as a figure in a column of its own, or a dash. */
static void show_tenths(struct seq_file *m, int width, s64 figure)
{
	if (figure >= 0)
		seq_printf(m, "%*lld.%lld", width - 2, figure / 10, figure % 10);
	else
		seq_printf(m, "%*s", width, "-");
}

static void show_point(struct experiment *e, int a, int i)
{
	const struct lab_steady *s = &e->steady[a][i];

	seq_printf(e->m, "%-15s %5u %9u", lab_allocators[a]->name, s->live, s->nr_pools);
	if (e->steadied[a][i]) {
		e->failed++;
		seq_printf(e->m, " FAILED: %pe\n", ERR_PTR(e->steadied[a][i]));
		return;
	}
	show_tenths(e->m, 9, s->first);
	show_tenths(e->m, 9, s->alloc);
	show_tenths(e->m, 8, s->free);
	show_tenths(e->m, 11, s->reserve);
	seq_putc(e->m, '\n');
}

static void show_points(struct experiment *e)
{
	seq_printf(e->m, "\n%-15s %5s %9s %8s %8s %7s %10s\n", "allocator", "live",
		   "instances", "first_ns", "alloc_ns", "free_ns", "reserve_ns");
	for (int a = 0; a < lab_nr_allocators; a++)
		for (int i = 0; i < NR_POINTS; i++)
			if (!left_out(lab_allocators[a]))
				show_point(e, a, i);
}

/* Before there is an instance, whose creation puts the probes up. */
static int measure_costs(struct experiment *e)
{
	lab_watch_stop();
	for (int a = 0; a < lab_nr_allocators; a++) {
		const struct lab_allocator *allocator = lab_allocators[a];

		if (left_out(allocator))
			continue;
		/* Once in vain: the first pages of all are the dearest. */
		lab_cost_replay(allocator, e->program[LAB_PROGRAM_FULL], &e->replay[a][0]);
		for (int i = 0; i < LAB_PROGRAM_NR; i++) {
			e->replayed[a][i] = lab_cost_replay(allocator, e->program[i],
							    &e->replay[a][i]);
			if (e->replayed[a][i] == -EINTR)
				return -EINTR;
		}
		for (int i = 0; i < NR_POINTS; i++) {
			e->steady[a][i] = points[i];
			e->steadied[a][i] = lab_cost_steady(allocator, &e->steady[a][i]);
			if (e->steadied[a][i] == -EINTR)
				return -EINTR;
		}
	}
	return 0;
}

/* What reading costs, of the two formats whose walkers differ most. */
static void show_readings(struct experiment *e)
{
	static const int formats[] = { LAB_V7S, LAB_LPAE_S1 };

	seq_printf(e->m, "\n%-15s %11s %9s\n", "format", "descriptors", "verify_ns");
	for (int i = 0; i < ARRAY_SIZE(formats); i++) {
		const struct lab_format *format = &lab_formats[formats[i]];
		struct lab_reading reading = {};
		int ret = lab_cost_verify(format, &e->tally, &reading);

		seq_printf(e->m, "%-15s %11llu", format->name, reading.descriptors);
		if (ret) {
			e->failed++;
			seq_printf(e->m, " FAILED: %pe\n", ERR_PTR(ret));
			continue;
		}
		show_tenths(e->m, 10, reading.ns);
		seq_putc(e->m, '\n');
	}
}

static void show_verdict(struct experiment *e)
{
	u64 violated = lab_tally_violated(&e->tally);
	const char *verdict = "ok";

	if (violated || e->failed || e->disagree)
		verdict = "FAILED";
	else if (!e->agree)
		verdict = "INCOMPLETE";
	if (atomic64_read(&e->tally.checked[LAB_RULE_NO_ALLOC]))
		seq_printf(e->m, "\nreserved: %lld maps and unmaps of allocators that reserve, in %lld of which something was allocated\n",
			   atomic64_read(&e->tally.checked[LAB_RULE_NO_ALLOC]),
			   atomic64_read(&e->tally.violated[LAB_RULE_NO_ALLOC]));
	seq_printf(e->m, "\nverdict: %s, counts of memory agree %u times and disagree %u times, %u programs and points failed, %llu violations in %llu checks\n",
		   verdict, e->agree, e->disagree, e->failed, violated,
		   lab_tally_checked(&e->tally));
}

static int run(struct experiment *e)
{
	int ret;

	for (int i = 0; i < LAB_PROGRAM_NR; i++) {
		e->program[i] = lab_program_build(i, LAB_PROGRAM_TABLES);
		if (!e->program[i])
			return -ENOMEM;
	}

	lab_allocators_get();
	show_head(e);
	ret = measure_costs(e);
	if (!ret)
		ret = show_programs(e);
	if (!ret) {
		show_points(e);
		show_readings(e);
		show_verdict(e);
	}
	lab_allocators_put();
	return ret;
}

/**
 * lab_experiment_show() - run the experiment and write it
 * @m:		where to
 * @v:		unused
 *
 * Context: Process; sleeps.
 * Return: 0, -EBUSY while another runs, -EINTR for a signal, -ENOMEM.
 */
int lab_experiment_show(struct seq_file *m, void *v)
{
	struct experiment *e;
	int ret;

	if (!mutex_trylock(&running))
		return -EBUSY;

	e = kzalloc_obj(*e);
	ret = e ? 0 : -ENOMEM;
	if (e) {
		e->m = m;
		lab_tally_init(&e->tally, "experiment", &lab_totals);
		ret = run(e);
		for (int i = 0; i < LAB_PROGRAM_NR; i++)
			lab_program_free(e->program[i]);
		kfree(e);
	}
	mutex_unlock(&running);
	return ret;
}

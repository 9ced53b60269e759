// SPDX-License-Identifier: GPL-2.0-only
/*
 * How workers meet: all begin a step together, and in it some wait where others can
 * overtake them, so that what would take a rare moment happens every time.
 *
 * Nobody waits for long, and nobody for one who is through: a worker may wait with
 * interrupts off, in a probe, or with a lock of the page table's that others need.
 */
#include <linux/delay.h>
#include <linux/ktime.h>

#include "crowd.h"

/* How long a worker waits for others at most, and for nobody now and then */
#define WAIT_NS		10000000
#define DELAY_NS	4000

static struct lab_meeting *meeting_of(struct lab_worker *w)
{
	return &w->crowd->meetings[w->step];
}

/* All have the same in mind; a writer whose walker snoops writes nothing back. */
static enum lab_order order_of(const struct lab_worker *w)
{
	const struct lab_crowd *c = w->crowd;
	enum lab_order order = (w->step + c->phase) % LAB_ORDER_NR;

	if (!c->at_once || c->job == LAB_CROWD_CLEAR ||
	    (order == LAB_ORDER_FOLLOW && c->inst->params.coherent))
		return LAB_ORDER_FREE;
	return order;
}

static bool leads(const struct lab_worker *w)
{
	return w->nr == w->step % w->crowd->plan.workers;
}

static bool follows(const struct lab_worker *w)
{
	return order_of(w) == LAB_ORDER_FOLLOW && !leads(w);
}

static void wait_for(const atomic_t *count, int nr)
{
	u64 end = ktime_get_mono_fast_ns() + WAIT_NS;

	while (atomic_read(count) < nr && ktime_get_mono_fast_ns() < end)
		cpu_relax();
}

static void delay(struct lab_worker *w)
{
	u64 end = ktime_get_mono_fast_ns() + lab_crowd_below(&w->rnd, DELAY_NS);

	while (ktime_get_mono_fast_ns() < end)
		cpu_relax();
}

/* It is where all race, or past it. */
static void count_raced(struct lab_worker *w)
{
	if (!w->raced)
		atomic_inc(&meeting_of(w)->racing);
	w->raced = true;
}

/**
 * lab_meet() - begin a step with all others
 * @w:		the worker
 *
 * Context: Process; sleeps where there are fewer CPUs than workers.
 */
void lab_meet(struct lab_worker *w)
{
	struct lab_meeting *m = meeting_of(w);
	struct lab_crowd *c = w->crowd;

	w->raced = false;
	atomic_inc(&m->arrived);
	while (atomic_read(&m->arrived) < c->plan.workers) {
		if (c->at_once)
			cpu_relax();
		else
			usleep_range(10, 50);
		cond_resched();
	}
	if (follows(w))
		wait_for(&m->led, 1);
}

/**
 * lab_meet_end() - it is through with a step
 * @w:		the worker
 *
 * Nobody is to wait for one who did not come by.
 *
 * Context: Any.
 */
void lab_meet_end(struct lab_worker *w)
{
	struct lab_meeting *m = meeting_of(w);

	count_raced(w);
	atomic_inc(follows(w) ? &m->followed : &m->led);
}

/**
 * lab_meet_linger() - be where others can overtake
 * @section:	the worker's
 * @at:		where that is
 *
 * Context: Any that calls, hooks and probes run in.
 */
void lab_meet_linger(struct lab_section *section, enum lab_section_point at)
{
	struct lab_worker *w = container_of(section, struct lab_worker, section);
	unsigned int workers = w->crowd->plan.workers;
	struct lab_meeting *m = meeting_of(w);

	switch (order_of(w)) {
	case LAB_ORDER_RACE:
		if (at != LAB_SECTION_TAKEN || w->raced)
			return;
		count_raced(w);
		wait_for(&m->racing, workers);
		return;
	case LAB_ORDER_FOLLOW:
		if (at == LAB_SECTION_WRITTEN && leads(w) && !atomic_xchg(&m->led, 1))
			wait_for(&m->followed, workers - 1);
		return;
	default:
		if (w->crowd->at_once && !lab_crowd_below(&w->rnd, 8))
			delay(w);
	}
}

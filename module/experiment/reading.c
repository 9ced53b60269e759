// SPDX-License-Identifier: GPL-2.0-only
/*
 * What it costs to verify a tree: the lab's own tables for 4 GB in pages of 4 KB,
 * mapped by one operation, and a verification of all of it.
 *
 * Sleeps, and leaves interrupts on: a tick is little beside a million descriptors.
 */
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/sizes.h>

#include "instance.h"
#include "reading.h"

enum {
	SPACE_LG2	= 32,
	ROUNDS		= 3,
};

/* The least of some: what other tasks do meanwhile is not its cost. */
static s64 least_ns(struct lab_instance *inst)
{
	s64 least = S64_MAX, start;

	for (int i = 0; i < ROUNDS; i++) {
		start = ktime_get_ns();
		lab_instance_verify(inst);
		least = min(least, ktime_get_ns() - start);
	}
	return least;
}

/**
 * lab_cost_verify() - map all of a space and verify it
 * @format:	page table format
 * @tally:	where the rules are counted
 * @reading:	filled in
 *
 * Context: Process; sleeps.
 * Return: 0, or what lab_instance_create() or lab_instance_map() return.
 */
int lab_cost_verify(const struct lab_format *format, struct lab_tally *tally,
		    struct lab_reading *reading)
{
	struct lab_instance *inst;
	struct lab_params p;
	int ret;

	lab_params_default(&p, format);
	strscpy(p.name, "experiment");
	p.provider = &lab_provider_lab;
	p.allocator = &lab_slab;
	p.ias = SPACE_LG2;
	inst = lab_instance_create(&p, tally);
	if (IS_ERR(inst))
		return PTR_ERR(inst);

	reading->descriptors = BIT_ULL(SPACE_LG2) / SZ_4K;
	ret = lab_instance_map(inst, 0, 0, SZ_4K, reading->descriptors, IOMMU_READ | IOMMU_WRITE);
	if (!ret)
		reading->ns = div64_s64(10 * least_ns(inst), reading->descriptors);
	lab_instance_destroy(inst);
	return ret;
}

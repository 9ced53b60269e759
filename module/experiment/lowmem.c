// SPDX-License-Identifier: GPL-2.0-only
/*
 * Free memory below 4 GB, counted from outside: what the page allocator has
 * left in the zones that lie there.
 *
 * A page that is free may be in three places: in the zone's free lists, as the
 * zone's counter says but for what CPUs have not added to it yet, or on a CPU's
 * own list, which the counter takes for used.  Counted together they are exact
 * to pages, while nobody else takes or gives any.  Zones are judged by address,
 * for on most arm64 machines ZONE_DMA ends at 4 GB and ZONE_DMA32 is empty.
 *
 * Takes no lock: a page that moves while it is counted is an error of a page.
 */
#include <kunit/visibility.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/percpu.h>
#include <linux/pfn.h>
#include <linux/sizes.h>

#include "lowmem.h"
#include "compat/compat.h"

static bool starts_low(struct zone *zone)
{
	return populated_zone(zone) && PFN_PHYS(zone->zone_start_pfn) < SZ_4G;
}

/**
 * lab_lowmem_not_measured() - why low memory cannot be counted here
 *
 * Context: Any.
 * Return: one line without a line break, or NULL where it can.
 */
const char *lab_lowmem_not_measured(void)
{
	bool found = false;
	int node;

	for_each_online_node(node)
		for (int i = 0; i < MAX_NR_ZONES; i++) {
			struct zone *zone = &NODE_DATA(node)->node_zones[i];

			if (!starts_low(zone))
				continue;
			if (PFN_PHYS(zone_end_pfn(zone)) > SZ_4G)
				return "a zone of this kernel has memory on both sides of 4 GB";
			found = true;
		}
	return found ? NULL : "this machine has no RAM below 4 GB";
}
EXPORT_SYMBOL_IF_KUNIT(lab_lowmem_not_measured);

static s64 free_pages_of(struct zone *zone)
{
	s64 pages = zone_page_state_snapshot(zone, NR_FREE_PAGES);
	int cpu;

	for_each_online_cpu(cpu)
		pages += READ_ONCE(per_cpu_ptr(zone->per_cpu_pageset, cpu)->count);
	return pages;
}

/**
 * lab_lowmem_free_bytes() - memory below 4 GB that nobody has taken
 *
 * Means something only where lab_lowmem_not_measured() is NULL.
 *
 * Context: Any.
 * Return: bytes.
 */
s64 lab_lowmem_free_bytes(void)
{
	s64 pages = 0;
	int node;

	for_each_online_node(node)
		for (int i = 0; i < MAX_NR_ZONES; i++) {
			struct zone *zone = &NODE_DATA(node)->node_zones[i];

			if (starts_low(zone))
				pages += free_pages_of(zone);
		}
	return pages << PAGE_SHIFT;
}
EXPORT_SYMBOL_IF_KUNIT(lab_lowmem_free_bytes);

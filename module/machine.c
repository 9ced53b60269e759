// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bounds of RAM, from the nodes' page frames: memblock is not for modules.
 */
#include <kunit/visibility.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/pfn.h>
#include <linux/sizes.h>

#include "machine.h"
#include "compat/compat.h"

/**
 * lab_machine() - where RAM lies
 *
 * Context: Any; memory hotplug may change the answer.
 * Return: the bounds of RAM over all online nodes, in bytes.
 */
struct lab_machine lab_machine(void)
{
	struct lab_machine m = { .start = U64_MAX };
	int node;

	for_each_online_node(node) {
		if (!node_present_pages(node))
			continue;
		m.start = min_t(u64, m.start, PFN_PHYS(node_start_pfn(node)));
		m.end = max_t(u64, m.end, PFN_PHYS(node_end_pfn(node)));
	}
	return m;
}
EXPORT_SYMBOL_IF_KUNIT(lab_machine);

/**
 * lab_machine_caveat() - what a reader must know about this machine
 * @machine:	bounds of RAM
 *
 * Context: Any.
 * Return: one line without a line break, or NULL where the address rules mean
 * what they say.
 */
const char *lab_machine_caveat(const struct lab_machine *machine)
{
	if (machine->start >= SZ_4G)
		return "RAM starts above 4 GB: GFP_DMA32 returns high memory, and rules fire";
	if (machine->end <= SZ_4G)
		return "no RAM above 4 GB: the address rules cannot fail here";
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(lab_machine_caveat);

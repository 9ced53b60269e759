// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fault attribute fail_table, for all instances together; built where the
 * kernel has fault injection.
 *
 * The kernel's code reads the attribute without a lock, in any context.  Knows
 * neither ledgers nor instances.
 */
#include <linux/fault-inject.h>

#include "../compat/compat.h"
#include "fault.h"

static DECLARE_FAULT_ATTR(fail_table);

/**
 * lab_fault_init() - put up the attribute's directory, fail_table
 * @parent:	directory to put it in
 *
 * Without CONFIG_FAULT_INJECTION_DEBUG_FS there is none, and /proc/PID/fail-nth
 * is what reaches the attribute.
 *
 * Context: Process; sleeps.
 */
void lab_fault_init(struct dentry *parent)
{
	/* A line for each failure, but no stack, which would look like a bug. */
	fail_table.verbose = 1;
	fault_create_debugfs_attr("fail_table", parent, &fail_table);
}

/**
 * lab_fault_exit() - forget the directory, which its parent took along
 *
 * Context: Process; sleeps.
 */
void lab_fault_exit(void)
{
	lab_fault_attr_put(&fail_table);
}

/**
 * lab_fault_table() - whether a request for a table is to fail
 * @size:	bytes of the table, for the knob "space"
 *
 * Context: Any.
 */
bool lab_fault_table(size_t size)
{
	return should_fail(&fail_table, size);
}

// SPDX-License-Identifier: GPL-2.0-only
/* How the lab says what was wrong with a request: a line in the kernel log. */
#include <kunit/visibility.h>
#include <linux/printk.h>
#include <linux/stdarg.h>

#include "complain.h"

/**
 * lab_complain() - say in the kernel log what was wrong with a request
 * @name:	the instance that it was for; nobody is told where it has none, as those of
 *		the fuzzer
 * @fmt:	what was wrong
 *
 * Context: Any.
 */
void lab_complain(const char *name, const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	if (!*name)
		return;
	va_start(args, fmt);
	vaf.va = &args;
	pr_err("io_pgtable_lab: %s: %pV\n", name, &vaf);
	va_end(args);
}

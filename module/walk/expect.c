// SPDX-License-Identifier: GPL-2.0-only
/* Expected attributes: to come. */
#include <kunit/visibility.h>

#include "expect.h"

void lab_expect_attrs(enum io_pgtable_fmt fmt, unsigned long quirks, int prot,
		      struct lab_attrs *attrs)
{
	*attrs = (struct lab_attrs) {};
}

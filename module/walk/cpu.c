// SPDX-License-Identifier: GPL-2.0-only
/* The CPU as a reader: to come. */
#include <kunit/visibility.h>

#include "cpu.h"

bool lab_cpu_reader;

const char *lab_cpu_refuses(enum io_pgtable_fmt fmt, const struct io_pgtable_cfg *cfg)
{
	return "not written yet";
}

void lab_cpu_translate(enum io_pgtable_fmt fmt, const struct io_pgtable_cfg *cfg,
		       const struct lab_walker *walker, u64 iova,
		       struct lab_cpu_answer *out)
{
	*out = (struct lab_cpu_answer) { .refused = lab_cpu_refuses(fmt, cfg) };
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Zeroes for a table that is handed out again. */
#ifndef LAB_ZERO_H
#define LAB_ZERO_H

#include <linux/compiler.h>
#include <linux/kasan-checks.h>
#include <linux/string.h>
#include <linux/types.h>

#include <asm/sysreg.h>

/**
 * lab_zero_table() - fill a table with zeroes
 * @table:	the table, aligned to its size
 * @size:	bytes, a power of two
 *
 * What memset() finds out by half of its instructions is known of a table: that
 * it is aligned, and whole blocks of DC ZVA.  A small one is left to memset(), and so
 * is all where DC ZVA is prohibited or its block is large.
 *
 * Context: Any.
 */
static inline void lab_zero_table(void *table, size_t size)
{
	u64 dczid = read_sysreg(dczid_el0);
	size_t block = 4UL << (dczid & DCZID_EL0_BS_MASK);
	void *end = table + size;

	if (unlikely((dczid & DCZID_EL0_DZP_MASK) || size < 4 * block)) {
		memset(table, 0, size);
		return;
	}

	kasan_check_write(table, size);
	do {
		for (int i = 0; i < 4; i++, table += block)
			asm volatile("dc zva, %0" : : "r" (table) : "memory");
	} while (table < end);
}

#endif /* LAB_ZERO_H */

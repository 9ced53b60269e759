/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine's own MMU as a reader: what AT instructions say of an instance's
 * tables.  Knows registers and AT; may not know instances, nor who wrote tables.
 */
#ifndef LAB_WALK_CPU_H
#define LAB_WALK_CPU_H

#include "walk.h"

/* The accesses that are asked for, each by an AT of its own */
enum lab_cpu_access {
	LAB_CPU_PRIV_READ,
	LAB_CPU_PRIV_WRITE,
	LAB_CPU_USER_READ,
	LAB_CPU_USER_WRITE,
	LAB_CPU_ACCESSES
};

/**
 * struct lab_cpu_answer - what the CPU says of one input address
 * @refused:	NULL, or in words why the CPU was not asked; then nothing else is
 *		meaningful
 * @stage:	1 or 2: what the CPU walked the tables as
 * @asked:	bit per enum lab_cpu_access: what can be told.  Writes of a mapping
 *		whose dirty state hardware manages cannot, as hardware updates are
 *		off while the CPU is asked
 * @allowed:	likewise: what translates
 * @oa:		output address, where anything is allowed
 * @fault:	fault of a privileged read in the words of struct lab_translation,
 *		or "permission"; NULL where that is allowed
 * @level:	level of that fault
 * @memory_known: @memory is meaningful
 * @share_known: @share is meaningful
 * @memory:	memory type.  On a kernel at EL1 the attribute index goes through the
 *		kernel's MAIR: it is the instance's type at that index, or another
 *		where the kernel's MAIR does not have at it what PAR_EL1 says
 * @share:	shareability in effect
 * @par:	PAR_EL1 as read, by access
 */
struct lab_cpu_answer {
	const char *refused;
	u8 stage;
	u8 asked, allowed;
	phys_addr_t oa;
	const char *fault;
	u8 level;
	bool memory_known, share_known;
	enum lab_memory_type memory;
	enum lab_shareability share;
	u64 par[LAB_CPU_ACCESSES];
};

/* Module parameter: ask the CPU (off on a board unless asked for) */
extern bool lab_cpu_reader;

/* Room for the longest lab_cpu_text() */
#define LAB_CPU_TEXT_BYTES	128

const char *lab_cpu_refuses(enum io_pgtable_fmt fmt, const struct io_pgtable_cfg *cfg);
void lab_cpu_translate(enum io_pgtable_fmt fmt, const struct io_pgtable_cfg *cfg,
		       const struct lab_translation *walk, u64 iova,
		       struct lab_cpu_answer *out);
const char *lab_cpu_text(const struct lab_cpu_answer *cpu, char *buf, size_t size);
const char *lab_cpu_differs(const struct lab_cpu_answer *cpu,
			    const struct lab_translation *walk);

#endif /* LAB_WALK_CPU_H */

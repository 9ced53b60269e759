/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the CPU is asked, and of which machine, for the files of walk/ (and their
 * KUnit suite) only.
 */
#ifndef LAB_WALK_CPU_REGIME_H
#define LAB_WALK_CPU_REGIME_H

#include <linux/bits.h>

#include "cpu.h"

/**
 * struct lab_cpu_machine - the registers that decide whether a CPU can be asked
 * @el2:	the kernel runs at EL2
 * @mmfr0:	ID_AA64MMFR0_EL1
 * @mmfr2:	ID_AA64MMFR2_EL1
 * @mmfr3:	ID_AA64MMFR3_EL1
 * @tcr:	the kernel's TCR_EL1, where it runs at EL1
 * @tcr2:	likewise its TCR2_EL1; 0 where the CPU has none
 * @mair:	likewise its MAIR_EL1
 */
struct lab_cpu_machine {
	bool el2;
	u64 mmfr0, mmfr2, mmfr3;
	u64 tcr, tcr2, mair;
};

/**
 * struct lab_cpu_question - what is asked
 * @iova:	the input address
 * @base:	physical address of the root
 * @mair:	MAIR, of stage 1
 * @stage:	1 or 2
 * @upper:	TTBR1 translates
 * @hd:		hardware would manage access flag and dirty state
 * @fwb:	memory types are written for FEAT_S2FWB
 * @has_fwb:	the CPU has it
 * @has_tcr2:	the CPU has FEAT_TCR2
 * @granule_lg2: granule
 * @input_lg2:	bits of input addresses
 * @output_lg2:	bits of output addresses, by the instance
 * @hw_output_lg2: likewise, as the CPU is going to check them
 * @sl:		SL0, of stage 2
 * @irgn:	inner cacheability of walks
 * @orgn:	outer cacheability of walks
 * @sh:		shareability of walks
 */
struct lab_cpu_question {
	u64 iova;
	u64 base;
	u64 mair;
	u8 stage;
	bool upper, hd, fwb, has_fwb, has_tcr2;
	u8 granule_lg2;
	u8 input_lg2;
	u8 output_lg2;
	u8 hw_output_lg2;
	u8 sl;
	u8 irgn, orgn, sh;
};

/* DDI0487 D24.2: of ID_AA64MMFR3_EL1 */
#define LAB_MMFR3_TCRX	GENMASK_ULL(3, 0)

/* D24.2: fields of TCR_EL1 that several files need */
enum lab_cpu_tcr {
	LAB_TCR_IPS		= GENMASK_ULL(34, 32),
	LAB_TCR_DS		= BIT_ULL(59),
};

/* D24.2: TCR2_EL1 */
enum lab_cpu_tcr2 {
	LAB_TCR2_PIE		= BIT_ULL(1),
	LAB_TCR2_E0POE		= BIT_ULL(2),
	LAB_TCR2_POE		= BIT_ULL(3),
	LAB_TCR2_D128		= BIT_ULL(5),
};

const char *lab_cpu_question(const struct lab_cpu_machine *machine,
			     enum io_pgtable_fmt fmt, const struct io_pgtable_cfg *cfg,
			     struct lab_cpu_question *q);
u8 lab_cpu_root_lg2(const struct lab_cpu_question *q);
void lab_cpu_read_answer(const struct lab_cpu_machine *m, const struct lab_cpu_question *q,
			 const struct lab_translation *walk, struct lab_cpu_answer *out);

#ifdef CONFIG_ARM64
void lab_cpu_machine(struct lab_cpu_machine *machine);
void lab_cpu_ask_el1(const struct lab_cpu_question *q, u64 par[LAB_CPU_ACCESSES]);
void lab_cpu_ask_el2(const struct lab_cpu_question *q, u64 par[LAB_CPU_ACCESSES]);
#endif

#endif /* LAB_WALK_CPU_REGIME_H */

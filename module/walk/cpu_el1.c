// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ask the CPU on a kernel that runs at EL1: TTBR0's half of the regime that the
 * kernel itself lives in, lent for the length of four AT.
 *
 * TTBR1's half, and with it the kernel, goes on as it is: T1SZ, TG1, IPS, MAIR and
 * SCTLR stay.  So does the ASID, which TCR_EL1.A1 takes from TTBR1 (KPTI's too):
 * what TTBR0 brought into the TLB is invalidated, not told apart.  CnP is off.
 * Whatever was in TTBR0 comes back, be it a task's, the empty table of software
 * PAN, or nobody's.
 *
 * Walks of TTBR0 are off (EPD0) while registers change: no walk, not even a
 * speculative one, sees a mixture of the two.
 */
#include <linux/kprobes.h>

#include "cpu_at.h"

/* What is TTBR0's alone, or changes what TTBR0 means */
#define LENT	(LAB_TCR_T0SZ | LAB_TCR_EPD0 | LAB_TCR_IRGN0 | LAB_TCR_ORGN0 |	\
		 LAB_TCR_SH0 | LAB_TCR_TG0 | LAB_TCR_TBI0 | LAB_TCR_HA |	\
		 LAB_TCR_HD | LAB_TCR_HPD0 | LAB_TCR_E0PD0 | LAB_TCR_MTX0)

static u64 tcr_of(const struct lab_cpu_question *q, u64 kernels)
{
	return (kernels & ~LENT) | FIELD_PREP(LAB_TCR_T0SZ, 64 - q->input_lg2) |
	       FIELD_PREP(LAB_TCR_IRGN0, q->irgn) | FIELD_PREP(LAB_TCR_ORGN0, q->orgn) |
	       FIELD_PREP(LAB_TCR_SH0, q->sh) | FIELD_PREP(LAB_TCR_TG0, lab_at_tg0(q));
}

#undef LENT

/**
 * lab_cpu_ask_el1() - four accesses, each by an AT
 * @q:		what to ask; lab_cpu_question() has nothing against it on this CPU
 * @par:	PAR_EL1 after each
 *
 * Context: Process, on a kernel at EL1.  All exceptions are masked meanwhile.
 */
noinline notrace __kprobes void lab_cpu_ask_el1(const struct lab_cpu_question *q,
						u64 par[LAB_CPU_ACCESSES])
{
	struct lab_at_state state;
	u64 old_ttbr, old_tcr, ttbr, tcr;

	lab_at_begin(&state);
	old_ttbr = read_sysreg(ttbr0_el1);
	old_tcr = read_sysreg(tcr_el1);
	tcr = tcr_of(q, old_tcr);
	ttbr = lab_at_ttbr(q) | (old_ttbr & LAB_TTBR_ASID);

	write_sysreg(old_tcr | LAB_TCR_EPD0, tcr_el1);
	isb();
	write_sysreg(tcr | LAB_TCR_EPD0, tcr_el1);
	write_sysreg(ttbr, ttbr0_el1);
	isb();
	lab_tlbi("vmalle1");
	write_sysreg(tcr, tcr_el1);
	isb();

	par[LAB_CPU_PRIV_READ] = lab_at("s1e1r", q->iova);
	par[LAB_CPU_PRIV_WRITE] = lab_at("s1e1w", q->iova);
	par[LAB_CPU_USER_READ] = lab_at("s1e0r", q->iova);
	par[LAB_CPU_USER_WRITE] = lab_at("s1e0w", q->iova);

	write_sysreg(tcr | LAB_TCR_EPD0, tcr_el1);
	isb();
	write_sysreg(old_ttbr, ttbr0_el1);
	write_sysreg(old_tcr | LAB_TCR_EPD0, tcr_el1);
	isb();
	lab_tlbi("vmalle1");
	write_sysreg(old_tcr, tcr_el1);
	isb();
	lab_at_end(&state);
}

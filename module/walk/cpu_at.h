/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AT and what surrounds it, for cpu_el1.c and cpu_el2.c; what runs between
 * lab_at_begin() and lab_at_end() does so on one CPU and without any exception.
 */
#ifndef LAB_WALK_CPU_AT_H
#define LAB_WALK_CPU_AT_H

#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/irqflags.h>

#include <asm/barrier.h>
#include <asm/sysreg.h>

#include "cpu_regime.h"

/* DDI0487 D24.2: TCR_EL1 */
enum lab_at_tcr {
	LAB_TCR_T0SZ		= GENMASK_ULL(5, 0),
	LAB_TCR_EPD0		= BIT_ULL(7),
	LAB_TCR_IRGN0		= GENMASK_ULL(9, 8),
	LAB_TCR_ORGN0		= GENMASK_ULL(11, 10),
	LAB_TCR_SH0		= GENMASK_ULL(13, 12),
	LAB_TCR_TG0		= GENMASK_ULL(15, 14),
	LAB_TCR_T1SZ		= GENMASK_ULL(21, 16),
	LAB_TCR_EPD1		= BIT_ULL(23),
	LAB_TCR_IRGN1		= GENMASK_ULL(25, 24),
	LAB_TCR_ORGN1		= GENMASK_ULL(27, 26),
	LAB_TCR_SH1		= GENMASK_ULL(29, 28),
	LAB_TCR_TG1		= GENMASK_ULL(31, 30),
	LAB_TCR_TBI0		= BIT_ULL(37),
	LAB_TCR_HA		= BIT_ULL(39),
	LAB_TCR_HD		= BIT_ULL(40),
	LAB_TCR_HPD0		= BIT_ULL(41),
	LAB_TCR_E0PD0		= BIT_ULL(55),
	LAB_TCR_MTX0		= BIT_ULL(60),
};

/* D24.2: TTBR0_EL1, TTBR1_EL1, VTTBR_EL2 */
enum lab_at_ttbr {
	LAB_TTBR_51_48		= GENMASK_ULL(5, 2),
	LAB_TTBR_47_0		= GENMASK_ULL(47, 0),
	LAB_TTBR_ASID		= GENMASK_ULL(63, 48),
};

static inline u64 lab_at_ttbr(const struct lab_cpu_question *q)
{
	return (q->base & LAB_TTBR_47_0) | FIELD_PREP(LAB_TTBR_51_48, q->base >> 48);
}

/* TCR_EL1.TG0 and VTCR_EL2.TG0 */
static inline u64 lab_at_tg0(const struct lab_cpu_question *q)
{
	return q->granule_lg2 == 12 ? 0 : q->granule_lg2 == 16 ? 1 : 2;
}

/* What lab_at_begin() has to give back */
struct lab_at_state {
	unsigned long irq;
	u64 daif;
	u64 par;
};

/*
 * Interrupts go off the way that the kernel knows of (and traces); then all of
 * DAIF: PSTATE.I keeps off pseudo-NMIs too, which pass the GIC's priority mask.
 */
static __always_inline void lab_at_begin(struct lab_at_state *state)
{
	local_irq_save(state->irq);
	state->daif = read_sysreg(daif);
	asm volatile("msr daifset, #0xf" ::: "memory");
	/* KVM, or who this interrupted, may still want it. */
	state->par = read_sysreg(par_el1);
}

static __always_inline void lab_at_end(const struct lab_at_state *state)
{
	write_sysreg(state->par, par_el1);
	isb();
	write_sysreg(state->daif, daif);
	local_irq_restore(state->irq);
}

/* Cortex-A77's erratum 1508412 has PAR_EL1 read between barriers. */
static __always_inline u64 lab_at_par(void)
{
	u64 par;

	isb();
	dmb(sy);
	par = read_sysreg(par_el1);
	dmb(sy);
	return par;
}

#define lab_at(op, iova)						\
({									\
	asm volatile("at " op ", %0" :: "r" (iova) : "memory");		\
	lab_at_par();							\
})

/* Forget what this CPU's TLB has of the EL1&0 regime, of stage 2 too with s12. */
#define lab_tlbi(op)							\
({									\
	asm volatile("tlbi " op "\n\tdsb nsh\n\tisb" ::: "memory");	\
})

#endif /* LAB_WALK_CPU_AT_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ask the CPU on a kernel that runs at EL2 (VHE): the EL1&0 regime, which is idle
 * while no vCPU is loaded on this CPU.
 *
 * The kernel's own regime, EL2&0, is not touched: HCR_EL2.TGE off makes AT and
 * TLBI mean EL1&0, whose registers have names ending in _EL12.  All that they held
 * comes back.  TLB entries are tagged with VMID 0, which is the host's and no
 * guest's, and are invalidated before and after.
 *
 * Walks are off (EPD0, EPD1) while registers change: errata of several cores have
 * AT walk speculatively.
 */
#include <linux/kprobes.h>

#include "cpu_at.h"

#define NO_WALKS	(LAB_TCR_EPD0 | LAB_TCR_EPD1)

/* DDI0487 D24.2: VTCR_EL2; HA and HD are off */
enum el2_vtcr {
	LAB_VTCR_T0SZ		= GENMASK_ULL(5, 0),
	LAB_VTCR_SL0		= GENMASK_ULL(7, 6),
	LAB_VTCR_IRGN0		= GENMASK_ULL(9, 8),
	LAB_VTCR_ORGN0		= GENMASK_ULL(11, 10),
	LAB_VTCR_SH0		= GENMASK_ULL(13, 12),
	LAB_VTCR_TG0		= GENMASK_ULL(15, 14),
	LAB_VTCR_PS		= GENMASK_ULL(18, 16),
	LAB_VTCR_RES1		= BIT_ULL(31),
};

/* D24.2: HCR_EL2 */
enum el2_hcr {
	LAB_HCR_VM		= BIT_ULL(0),
	LAB_HCR_PTW		= BIT_ULL(2),
	LAB_HCR_DC		= BIT_ULL(12),
	LAB_HCR_TGE		= BIT_ULL(27),
	LAB_HCR_RW		= BIT_ULL(31),
	LAB_HCR_CD		= BIT_ULL(32),
	LAB_HCR_ID		= BIT_ULL(33),
	LAB_HCR_FWB		= BIT_ULL(46),
	LAB_HCR_DCT		= BIT_ULL(57),
	LAB_HCR_OFF		= LAB_HCR_TGE | LAB_HCR_VM | LAB_HCR_PTW | LAB_HCR_DC |
				  LAB_HCR_CD | LAB_HCR_ID | LAB_HCR_FWB | LAB_HCR_DCT,
};

/* D24.2: SCTLR_EL1 */
enum el2_sctlr {
	LAB_SCTLR_M		= BIT_ULL(0),
	LAB_SCTLR_C		= BIT_ULL(2),
	LAB_SCTLR_I		= BIT_ULL(12),
	LAB_SCTLR_EE		= BIT_ULL(25),
	LAB_SCTLR_RES1		= BIT_ULL(11) | BIT_ULL(20) | BIT_ULL(22) | BIT_ULL(23) |
				  BIT_ULL(28) | BIT_ULL(29),
};

/* What the EL1&0 regime walks by */
struct el2_regs {
	u64 hcr, sctlr, tcr, tcr2, ttbr0, ttbr1, mair, vttbr, vtcr;
};

static u64 ps_of(const struct lab_cpu_question *q)
{
	switch (q->hw_output_lg2) {
	case 32:
		return 0;
	case 36:
		return 1;
	case 40:
		return 2;
	case 42:
		return 3;
	case 44:
		return 4;
	case 48:
		return 5;
	default:
		return 6;
	}
}

static u64 tg1_of(const struct lab_cpu_question *q)
{
	return q->granule_lg2 == 12 ? 2 : q->granule_lg2 == 16 ? 3 : 1;
}

static void stage_1(const struct lab_cpu_question *q, struct el2_regs *r)
{
	u64 tsz = 64 - q->input_lg2;

	r->mair = q->mair;
	r->sctlr |= LAB_SCTLR_M;
	/* The half that is off is given values that exist, too. */
	r->tcr = FIELD_PREP(LAB_TCR_IPS, ps_of(q)) | FIELD_PREP(LAB_TCR_T0SZ, tsz) |
		 FIELD_PREP(LAB_TCR_T1SZ, tsz) | FIELD_PREP(LAB_TCR_TG0, lab_at_tg0(q)) |
		 FIELD_PREP(LAB_TCR_TG1, tg1_of(q));
	if (q->upper) {
		r->ttbr1 = lab_at_ttbr(q);
		r->tcr |= LAB_TCR_EPD0 | FIELD_PREP(LAB_TCR_IRGN1, q->irgn) |
			  FIELD_PREP(LAB_TCR_ORGN1, q->orgn) | FIELD_PREP(LAB_TCR_SH1, q->sh);
	} else {
		r->ttbr0 = lab_at_ttbr(q);
		r->tcr |= LAB_TCR_EPD1 | FIELD_PREP(LAB_TCR_IRGN0, q->irgn) |
			  FIELD_PREP(LAB_TCR_ORGN0, q->orgn) | FIELD_PREP(LAB_TCR_SH0, q->sh);
	}
}

/*
 * Stage 1 is off, and by DC its output is what leaves the say to stage 2: Normal
 * write-back memory, not shareable.
 */
static void stage_2(const struct lab_cpu_question *q, struct el2_regs *r)
{
	r->tcr = NO_WALKS;
	r->hcr |= LAB_HCR_VM | LAB_HCR_DC;
	if (q->fwb && q->has_fwb)
		r->hcr |= LAB_HCR_FWB;
	r->vttbr = lab_at_ttbr(q);
	r->vtcr = LAB_VTCR_RES1 | FIELD_PREP(LAB_VTCR_PS, ps_of(q)) |
		  FIELD_PREP(LAB_VTCR_TG0, lab_at_tg0(q)) | FIELD_PREP(LAB_VTCR_SH0, q->sh) |
		  FIELD_PREP(LAB_VTCR_ORGN0, q->orgn) | FIELD_PREP(LAB_VTCR_IRGN0, q->irgn) |
		  FIELD_PREP(LAB_VTCR_SL0, q->sl) | FIELD_PREP(LAB_VTCR_T0SZ, 64 - q->input_lg2);
}

static void save(const struct lab_cpu_question *q, struct el2_regs *r)
{
	r->hcr = read_sysreg(hcr_el2);
	r->sctlr = read_sysreg_s(SYS_SCTLR_EL12);
	r->tcr = read_sysreg_s(SYS_TCR_EL12);
	r->tcr2 = q->has_tcr2 ? read_sysreg_s(SYS_TCR2_EL12) : 0;
	r->ttbr0 = read_sysreg_s(SYS_TTBR0_EL12);
	r->ttbr1 = read_sysreg_s(SYS_TTBR1_EL12);
	r->mair = read_sysreg_s(SYS_MAIR_EL12);
	r->vttbr = read_sysreg(vttbr_el2);
	r->vtcr = read_sysreg(vtcr_el2);
}

/* All but HCR_EL2 and TCR, which say what the others are used for */
static __always_inline void load(const struct lab_cpu_question *q, const struct el2_regs *r)
{
	write_sysreg_s(r->sctlr, SYS_SCTLR_EL12);
	if (q->has_tcr2)
		write_sysreg_s(r->tcr2, SYS_TCR2_EL12);
	write_sysreg_s(r->ttbr0, SYS_TTBR0_EL12);
	write_sysreg_s(r->ttbr1, SYS_TTBR1_EL12);
	write_sysreg_s(r->mair, SYS_MAIR_EL12);
	write_sysreg(r->vttbr, vttbr_el2);
	write_sysreg(r->vtcr, vtcr_el2);
}

static __always_inline void set_tcr(u64 tcr)
{
	write_sysreg_s(tcr, SYS_TCR_EL12);
	isb();
}

/* An erratum of AmpereOne (AC04_CPU_23) has HCR_EL2 written between barriers. */
static __always_inline void set_hcr(u64 hcr)
{
	asm volatile("dsb nsh\n\tisb\n\tmsr hcr_el2, %0\n\tisb" :: "r" (hcr) : "memory");
}

/**
 * lab_cpu_ask_el2() - four accesses, each by an AT
 * @q:		what to ask; lab_cpu_question() has nothing against it on this CPU
 * @par:	PAR_EL1 after each
 *
 * Context: Process, on a kernel at EL2 and no vCPU loaded.  All exceptions are
 * masked meanwhile.
 */
noinline notrace __kprobes void lab_cpu_ask_el2(const struct lab_cpu_question *q,
						u64 par[LAB_CPU_ACCESSES])
{
	struct el2_regs old, new = {};
	struct lab_at_state state;

	lab_at_begin(&state);
	save(q, &old);
	new.hcr = (old.hcr | LAB_HCR_RW) & ~LAB_HCR_OFF;
	new.sctlr = LAB_SCTLR_RES1 | LAB_SCTLR_C | LAB_SCTLR_I |
		    (IS_ENABLED(CONFIG_CPU_BIG_ENDIAN) ? LAB_SCTLR_EE : 0);
	if (q->stage == 1)
		stage_1(q, &new);
	else
		stage_2(q, &new);

	set_tcr(old.tcr | NO_WALKS);
	load(q, &new);
	set_tcr(new.tcr | NO_WALKS);
	set_hcr(new.hcr);
	lab_tlbi("vmalls12e1");
	set_tcr(new.tcr);

	if (q->stage == 1) {
		par[LAB_CPU_PRIV_READ] = lab_at("s1e1r", q->iova);
		par[LAB_CPU_PRIV_WRITE] = lab_at("s1e1w", q->iova);
		par[LAB_CPU_USER_READ] = lab_at("s1e0r", q->iova);
		par[LAB_CPU_USER_WRITE] = lab_at("s1e0w", q->iova);
	} else {
		par[LAB_CPU_PRIV_READ] = lab_at("s12e1r", q->iova);
		par[LAB_CPU_PRIV_WRITE] = lab_at("s12e1w", q->iova);
		par[LAB_CPU_USER_READ] = lab_at("s12e0r", q->iova);
		par[LAB_CPU_USER_WRITE] = lab_at("s12e0w", q->iova);
	}

	set_tcr(new.tcr | NO_WALKS);
	lab_tlbi("vmalls12e1");
	set_hcr(old.hcr);
	load(q, &old);
	isb();
	set_tcr(old.tcr);
	lab_at_end(&state);
}

#undef NO_WALKS

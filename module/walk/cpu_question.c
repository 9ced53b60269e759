// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether a CPU can walk an instance's tables, and what it would have to be told: the
 * registers of a configuration held against those of the CPU.  Sections are those of
 * DDI0487.
 */
#include <kunit/visibility.h>
#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/io-pgtable.h>
#include <linux/math.h>
#include <linux/minmax.h>

#include "cpu_regime.h"
#include "compat/compat.h"

/* D24.2: ID_AA64MMFR0_EL1, ID_AA64MMFR2_EL1 */
enum cpu_features {
	MMFR0_PARANGE		= GENMASK_ULL(3, 0),
	MMFR0_TGRAN16		= GENMASK_ULL(23, 20),
	MMFR0_TGRAN64		= GENMASK_ULL(27, 24),
	MMFR0_TGRAN4		= GENMASK_ULL(31, 28),
	MMFR0_TGRAN16_2		= GENMASK_ULL(35, 32),
	MMFR0_TGRAN64_2		= GENMASK_ULL(39, 36),
	MMFR0_TGRAN4_2		= GENMASK_ULL(43, 40),
	MMFR2_VARANGE		= GENMASK_ULL(19, 16),
	MMFR2_ST		= GENMASK_ULL(31, 28),
	MMFR2_FWB		= GENMASK_ULL(43, 40),
};

/* D8.2: input address sizes without FEAT_TTST and FEAT_LVA */
enum cpu_geometry {
	INPUT_LG2_MIN		= 25,
	INPUT_LG2_MAX		= 48,
	INPUT_LG2_MAX_LVA	= 52,
	ROOT_ALIGN_LG2_52	= 6,
	LAST_LEVEL		= 3,
};

static const u8 address_sizes[] = { 32, 36, 40, 42, 44, 48, 52, 56 };

static u8 address_size(u64 code)
{
	return code < ARRAY_SIZE(address_sizes) ? address_sizes[code] : 0;
}

/* Does a granule of 2^@lg2 bytes exist for @stage? */
static bool has_granule(u64 mmfr0, u8 stage, u8 lg2)
{
	u64 of_stage_2, of_stage_1;
	bool have;

	switch (lg2) {
	case 12:
		of_stage_1 = FIELD_GET(MMFR0_TGRAN4, mmfr0);
		of_stage_2 = FIELD_GET(MMFR0_TGRAN4_2, mmfr0);
		have = of_stage_1 < 8;
		break;
	case 14:
		of_stage_1 = FIELD_GET(MMFR0_TGRAN16, mmfr0);
		of_stage_2 = FIELD_GET(MMFR0_TGRAN16_2, mmfr0);
		have = of_stage_1 > 0;
		break;
	default:
		of_stage_1 = FIELD_GET(MMFR0_TGRAN64, mmfr0);
		of_stage_2 = FIELD_GET(MMFR0_TGRAN64_2, mmfr0);
		have = of_stage_1 < 8;
		break;
	}
	/* For stage 2, 0 refers to stage 1, 1 is none, and more is some. */
	return stage == 1 || !of_stage_2 ? have : of_stage_2 > 1;
}

static u8 input_max(const struct lab_cpu_machine *m, const struct lab_cpu_question *q)
{
	u8 max = q->granule_lg2 == 16 && FIELD_GET(MMFR2_VARANGE, m->mmfr2) ?
		 INPUT_LG2_MAX_LVA : INPUT_LG2_MAX;

	/* D8.2: the IPA size is at most the PA size. */
	if (q->stage == 2)
		max = min(max, address_size(FIELD_GET(MMFR0_PARANGE, m->mmfr0)));
	return max;
}

static u8 start_level(const struct lab_cpu_question *q)
{
	u8 stride = q->granule_lg2 - 3;

	if (q->stage == 2)
		return q->granule_lg2 != 12 ? 3 - q->sl : q->sl == 3 ? 3 : 2 - q->sl;
	return LAST_LEVEL + 1 - DIV_ROUND_UP(q->input_lg2 - q->granule_lg2, stride);
}

/**
 * lab_cpu_root_lg2() - how long the root of what is asked about is
 * @q:		what is asked
 *
 * Context: Any.
 * Return: bytes as a power of two; 0 for none that can be.
 */
u8 lab_cpu_root_lg2(const struct lab_cpu_question *q)
{
	u8 stride = q->granule_lg2 - 3;
	u8 below = q->granule_lg2 + (LAST_LEVEL - start_level(q)) * stride;

	return q->input_lg2 < below ? 0 : q->input_lg2 - below + 3;
}

/*
 * D8.2.7: a start level that only larger output addresses have.  The architecture
 * means those of the CPU; QEMU means VTCR_EL2.PS, as an IOMMU of that size would.
 */
static bool starts_too_high(const struct lab_cpu_question *q)
{
	static const u8 level[] = { 0, 1, 1 }, needs[] = { 43, 41, 43 };
	unsigned int i = (q->granule_lg2 - 12) / 2;

	return q->stage == 2 && start_level(q) <= level[i] && q->hw_output_lg2 < needs[i];
}

/* The registers of the configuration, taken apart; false where they make no sense */
static bool read_config(const struct io_pgtable_cfg *cfg, struct lab_cpu_question *q)
{
	/* TG0 and TG1 tell the same sizes by different codes. */
	static const u8 tg0[] = { 12, 16, 14, 0 }, tg1[] = { 0, 14, 12, 16 };
	unsigned int tsz;

	if (q->stage == 1) {
		const typeof(cfg->arm_lpae_s1_cfg) *s1 = &cfg->arm_lpae_s1_cfg;

		q->upper = cfg->quirks & IO_PGTABLE_QUIRK_ARM_TTBR1;
		q->hd = cfg->quirks & IO_PGTABLE_QUIRK_ARM_HD;
		q->base = s1->ttbr;
		q->mair = s1->mair;
		q->granule_lg2 = q->upper ? tg1[s1->tcr.tg] : tg0[s1->tcr.tg];
		q->output_lg2 = address_size(s1->tcr.ips);
		q->irgn = s1->tcr.irgn;
		q->orgn = s1->tcr.orgn;
		q->sh = s1->tcr.sh;
		tsz = s1->tcr.tsz;
	} else {
		const typeof(cfg->arm_lpae_s2_cfg) *s2 = &cfg->arm_lpae_s2_cfg;

		q->fwb = cfg->quirks & IO_PGTABLE_QUIRK_ARM_S2FWB;
		q->base = s2->vttbr;
		q->granule_lg2 = tg0[s2->vtcr.tg];
		q->output_lg2 = address_size(s2->vtcr.ps);
		q->irgn = s2->vtcr.irgn;
		q->orgn = s2->vtcr.orgn;
		q->sh = s2->vtcr.sh;
		q->sl = s2->vtcr.sl;
		tsz = s2->vtcr.tsz;
	}
	q->input_lg2 = 64 - tsz;
	if (q->output_lg2 > 52)
		return false;
	/* D8.1: without FEAT_LPA2 only the 64 KB granule goes past 48 bits. */
	if (q->granule_lg2 != 16)
		q->output_lg2 = min(q->output_lg2, 48);
	return q->granule_lg2 && q->input_lg2 > q->granule_lg2 && q->output_lg2 &&
	       lab_cpu_root_lg2(q);
}

/* Why a regime of the kernel's own, at EL1, cannot be lent */
static const char *el1_refuses(const struct lab_cpu_machine *m,
			       const struct lab_cpu_question *q)
{
	if (q->stage == 2)
		return "stage 2 is for EL2 to ask, and this kernel runs at EL1";
	if (q->upper)
		return "TTBR1 is in use: this kernel runs at EL1";
	if (q->granule_lg2 != 16 && (m->tcr & LAB_TCR_DS))
		return "TCR_EL1.DS makes it another format (boot with arm64.nolva)";
	if (m->tcr2 & (LAB_TCR2_PIE | LAB_TCR2_POE | LAB_TCR2_E0POE))
		return "TCR2_EL1 has permission indirection or overlays on";
	if (m->tcr2 & LAB_TCR2_D128)
		return "TCR2_EL1.D128 makes it another format";
	return NULL;
}

/**
 * lab_cpu_question() - whether a CPU can walk such tables, and how
 * @machine:	the CPU's registers
 * @fmt:	format of the tables
 * @cfg:	what its writer made of the configuration
 * @q:		filled in, but for the address
 *
 * Context: Any.
 * Return: NULL, or in words why it cannot.
 */
const char *lab_cpu_question(const struct lab_cpu_machine *machine,
			     enum io_pgtable_fmt fmt, const struct io_pgtable_cfg *cfg,
			     struct lab_cpu_question *q)
{
	u8 pa_lg2 = address_size(FIELD_GET(MMFR0_PARANGE, machine->mmfr0));
	u8 align_lg2;
	const char *why;

	*q = (struct lab_cpu_question) {
		.has_fwb	= FIELD_GET(MMFR2_FWB, machine->mmfr2),
		.has_tcr2	= FIELD_GET(LAB_MMFR3_TCRX, machine->mmfr3),
	};
	switch (fmt) {
	case ARM_64_LPAE_S1:
	case ARM_32_LPAE_S1:
		q->stage = 1;
		break;
	case ARM_64_LPAE_S2:
	case ARM_32_LPAE_S2:
		q->stage = 2;
		break;
	case ARM_V7S:
		return "a 64-bit regime does not walk short descriptors";
	default:
		return "a 64-bit regime does not walk this format";
	}
	if (!read_config(cfg, q))
		return "no hardware would walk with this configuration";

	if (!machine->el2) {
		why = el1_refuses(machine, q);
		if (why)
			return why;
	}
	if (!has_granule(machine->mmfr0, q->stage, q->granule_lg2))
		return q->granule_lg2 == 12 ? "this CPU has no 4 KB granule" :
		       q->granule_lg2 == 14 ? "this CPU has no 16 KB granule" :
					      "this CPU has no 64 KB granule";
	if (q->input_lg2 > input_max(machine, q))
		return "this CPU's input addresses have fewer bits";
	if (q->input_lg2 < INPUT_LG2_MIN && !FIELD_GET(MMFR2_ST, machine->mmfr2))
		return "this CPU's input addresses have more bits";

	/* The kernel's own tables need TCR_EL1.IPS as it is. */
	q->hw_output_lg2 = machine->el2 ? q->output_lg2 :
			   address_size(FIELD_GET(LAB_TCR_IPS, machine->tcr));
	q->hw_output_lg2 = min3(q->hw_output_lg2, pa_lg2, q->granule_lg2 == 16 ? 52 : 48);

	if (starts_too_high(q))
		return "output addresses this small need a lower start level (concatenation)";

	/*
	 * D24.2: with 52 bits of output address a TTBR has bits 51:48 where smaller
	 * roots have address bits.
	 */
	align_lg2 = lab_cpu_root_lg2(q);
	if (q->hw_output_lg2 > 48 || FIELD_GET(LAB_TCR_IPS, machine->tcr) == 6)
		align_lg2 = max(align_lg2, ROOT_ALIGN_LG2_52);
	if (q->base & (BIT_ULL(align_lg2) - 1))
		return "table base not aligned as this CPU needs it";
	if (q->base >> q->hw_output_lg2)
		return "table base beyond this CPU's addresses";
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(lab_cpu_question);

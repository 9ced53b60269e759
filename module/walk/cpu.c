// SPDX-License-Identifier: GPL-2.0-only
/*
 * The CPU as a reader: whether it may be asked about an address, what PAR_EL1
 * says, and whether that is what a software walker says.  How it is asked is in
 * cpu_el1.c and cpu_el2.c.  Sections are those of DDI0487.
 *
 * Takes no lock: who asks keeps writers out meanwhile, as for any walker.  May
 * not know instances, nor who wrote the tables.
 */
#include <kunit/visibility.h>
#include <linux/align.h>
#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/irqflags.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#ifdef CONFIG_ARM64
#include <asm/barrier.h>
#include <asm/sysreg.h>
#include <asm/virt.h>
#endif

#include "cpu_regime.h"
#include "visit.h"
#include "compat/compat.h"

bool lab_cpu_reader;
module_param_named(cpu_reader, lab_cpu_reader, bool, 0644);
MODULE_PARM_DESC(cpu_reader, "ask this machine's MMU about tables (default: N; Documentation/cpu-reader.rst)");
EXPORT_SYMBOL_IF_KUNIT(lab_cpu_reader);

/* D24.2: ID_AA64MMFR0_EL1, ID_AA64MMFR2_EL1, ID_AA64MMFR3_EL1 */
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
	MMFR3_TCRX		= GENMASK_ULL(3, 0),
};

/* D24.2: PAR_EL1, 64 bits of it */
enum cpu_par {
	PAR_F			= BIT_ULL(0),
	/* where F is 0 */
	PAR_SH			= GENMASK_ULL(8, 7),
	PAR_PA			= GENMASK_ULL(51, 12),
	PAR_ATTR		= GENMASK_ULL(63, 56),
	/* where F is 1 */
	PAR_LEVEL		= GENMASK_ULL(2, 1),	/* FST[1:0] */
	PAR_FAULT		= GENMASK_ULL(6, 3),	/* FST[5:2] */
	PAR_S			= BIT_ULL(9),
};

/* D8.2: input address sizes without FEAT_TTST and FEAT_LVA */
enum cpu_geometry {
	INPUT_LG2_MIN		= 25,
	INPUT_LG2_MAX		= 48,
	INPUT_LG2_MAX_LVA	= 52,
	ROOT_ALIGN_LG2_52	= 6,
	LAST_LEVEL		= 3,
};

/* D8.3: bits of a stage 1 leaf */
enum cpu_leaf {
	LEAF_ATTR_INDX		= GENMASK_ULL(4, 2),
	LEAF_AF			= BIT_ULL(10),
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

/* Bytes of the root, as a power of two; 0 for none that can be */
static u8 root_lg2(const struct lab_cpu_question *q)
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
	       root_lg2(q);
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
		.has_tcr2	= FIELD_GET(MMFR3_TCRX, machine->mmfr3),
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
	align_lg2 = root_lg2(q);
	if (q->hw_output_lg2 > 48 || FIELD_GET(LAB_TCR_IPS, machine->tcr) == 6)
		align_lg2 = max(align_lg2, ROOT_ALIGN_LG2_52);
	if (q->base & (BIT_ULL(align_lg2) - 1))
		return "table base not aligned as this CPU needs it";
	if (q->base >> q->hw_output_lg2)
		return "table base beyond this CPU's addresses";
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(lab_cpu_question);

#ifdef CONFIG_ARM64
/**
 * lab_cpu_machine() - the registers of the CPU that this runs on
 * @machine:	filled in
 *
 * Context: Any; who wants the answer to stay true stays on this CPU.
 */
void lab_cpu_machine(struct lab_cpu_machine *machine)
{
	*machine = (struct lab_cpu_machine) {
		.el2	= is_kernel_in_hyp_mode(),
		.mmfr0	= read_sysreg_s(SYS_ID_AA64MMFR0_EL1),
		.mmfr2	= read_sysreg_s(SYS_ID_AA64MMFR2_EL1),
		.mmfr3	= read_sysreg_s(SYS_ID_AA64MMFR3_EL1),
	};
	if (machine->el2)
		return;
	machine->tcr = read_sysreg(tcr_el1);
	machine->mair = read_sysreg(mair_el1);
	if (FIELD_GET(MMFR3_TCRX, machine->mmfr3))
		machine->tcr2 = read_sysreg_s(SYS_TCR2_EL1);
}
EXPORT_SYMBOL_IF_KUNIT(lab_cpu_machine);

/*
 * What the software walker read must be what a walk that does not snoop finds:
 * no other bytes, which might point anywhere.
 */
static void clean_path(const struct lab_translation *walk)
{
	for (unsigned int level = walk->first_level; level <= walk->level; level++)
		asm volatile("dc cvac, %0" :: "r" (phys_to_virt(walk->desc_pa[level])) : "memory");
	dsb(sy);
}

static void ask(const struct lab_cpu_machine *m, const struct lab_cpu_question *q,
		const struct lab_translation *walk, u64 *par)
{
	clean_path(walk);
	if (m->el2)
		lab_cpu_ask_el2(q, par);
	else
		lab_cpu_ask_el1(q, par);
}

static const char *arch_refuses(void)
{
	return NULL;
}
#else
static void lab_cpu_machine(struct lab_cpu_machine *machine)
{
}

static void ask(const struct lab_cpu_machine *m, const struct lab_cpu_question *q,
		const struct lab_translation *walk, u64 *par)
{
}

static const char *arch_refuses(void)
{
	return "AT is an instruction of arm64";
}
#endif

/* The EL1&0 regime is idle while no vCPU is loaded, which only KVM's own tasks do. */
static const char *context_refuses(void)
{
	static const char why[] = "only an ordinary task may ask: a vCPU's state may be loaded";

	if (!in_task() || irqs_disabled() ||
	    (IS_ENABLED(CONFIG_PREEMPT_COUNT) && !preemptible()))
		return why;
#ifdef CONFIG_PREEMPT_NOTIFIERS
	if (!hlist_empty(&current->preempt_notifiers))
		return why;
#endif
	return NULL;
}

static const char *refuses(struct lab_cpu_machine *machine, enum io_pgtable_fmt fmt,
			   const struct io_pgtable_cfg *cfg, struct lab_cpu_question *q)
{
	const char *why = arch_refuses();

	if (why)
		return why;
	if (!READ_ONCE(lab_cpu_reader))
		return "off: the module parameter cpu_reader turns it on";
	why = context_refuses();
	if (why)
		return why;
	lab_cpu_machine(machine);
	return lab_cpu_question(machine, fmt, cfg, q);
}

/**
 * lab_cpu_refuses() - whether the CPU can be asked about such tables at all
 * @fmt:	format of the tables
 * @cfg:	what its writer made of the configuration
 *
 * Context: Any; but only an ordinary task gets another answer than no.
 * Return: NULL where it can, else why not, in words.
 */
const char *lab_cpu_refuses(enum io_pgtable_fmt fmt, const struct io_pgtable_cfg *cfg)
{
	struct lab_cpu_machine machine;
	struct lab_cpu_question q;

	return refuses(&machine, fmt, cfg, &q);
}
EXPORT_SYMBOL_IF_KUNIT(lab_cpu_refuses);

/*
 * Why the CPU must not be sent down this path, or would be bound to differ.  An
 * external abort on a walk is fatal: every table must be known to be RAM.
 */
static const char *path_refuses(const struct lab_cpu_question *q,
				const struct lab_translation *walk)
{
	const char *fault = walk->fault;

	if (fault && (!strcmp(fault, LAB_WHY_CONFIG) || !strcmp(fault, LAB_WHY_NOT_RAM)))
		return !strcmp(fault, LAB_WHY_CONFIG) ?
			"no hardware would walk with this configuration" :
			"a table on the path is not in RAM";
	if (!walk->bytes)
		return "the software walker read no descriptor";
	if (walk->desc_pa[walk->first_level] - q->base >= BIT_ULL(root_lg2(q)))
		return "the software walker starts from another root";
	if (fault && !strcmp(fault, LAB_WHY_ADDRESS_SIZE) && q->hw_output_lg2 > q->output_lg2)
		return "the kernel's TCR_EL1.IPS stays, and lets pass what the instance's does not";
	if (fault)
		return NULL;
	if (walk->oa >> q->hw_output_lg2)
		return "output address beyond this CPU's addresses";
	if (q->hd && !(walk->desc[walk->level] & LEAF_AF))
		return "hardware would set the access flag, and updates are off here";
	return NULL;
}

/* B2.7.2: an attribute byte of MAIR or PAR_EL1 */
static enum lab_memory_type attr_memory(u8 attr)
{
	static const enum lab_cacheability policy[] = {
		LAB_CACHE_WT,	/* 0b00RW: transient */
		LAB_CACHE_WB,	/* 0b01RW: transient, 0b0100 aside */
		LAB_CACHE_WT,
		LAB_CACHE_WB,
	};
	u8 inner = attr & 0xf, outer = attr >> 4;

	if (!outer)	/* Device: 0b0000dd00, or with FEAT_XS 0b0000dd01 */
		return attr & 2 ? LAB_MEM_OTHER :
		       attr & 0xc ? LAB_MEM_DEVICE : LAB_MEM_STRONGLY_ORDERED;
	if (attr == 0x40)	/* FEAT_XS */
		return LAB_MEM_NORMAL_NC;
	if (attr == 0xa0)	/* FEAT_XS */
		return LAB_MEM_NORMAL_WT;
	if (attr == 0xf0)	/* FEAT_MTE2: tagged */
		return LAB_MEM_NORMAL_WB;
	if (!inner)
		return LAB_MEM_OTHER;
	return lab_memory_normal(inner == 4 ? LAB_CACHE_NC : policy[inner >> 2],
				 outer == 4 ? LAB_CACHE_NC : policy[outer >> 2]);
}

/* D8.6: Device and Non-cacheable memory is outer shareable, always. */
static bool always_outer(enum lab_memory_type memory)
{
	return memory == LAB_MEM_DEVICE || memory == LAB_MEM_STRONGLY_ORDERED ||
	       memory == LAB_MEM_NORMAL_NC;
}

static void read_attributes(const struct lab_cpu_machine *m, const struct lab_cpu_question *q,
			    u64 par, const struct lab_translation *walk,
			    struct lab_cpu_answer *out)
{
	static const enum lab_shareability share[] = {
		LAB_SH_NONE, LAB_SH_NONE, LAB_SH_OUTER, LAB_SH_INNER,
	};
	enum lab_memory_type seen = attr_memory(FIELD_GET(PAR_ATTR, par));

	out->memory = seen;
	out->memory_known = true;
	out->share_known = true;
	if (q->fwb && !q->has_fwb) {
		out->memory_known = false;
		out->share_known = false;
	} else if (!m->el2) {
		/* Another MAIR: what counts is whether the index is the right one. */
		unsigned int shift = 8 * FIELD_GET(LEAF_ATTR_INDX, walk->desc[walk->level]);

		if (attr_memory(m->mair >> shift) == seen)
			out->memory = attr_memory(q->mair >> shift);
		else
			out->memory = LAB_MEM_OTHER;
		out->share_known = !always_outer(seen);
	}
	out->share = share[FIELD_GET(PAR_SH, par)];
	if (always_outer(out->memory)) {
		out->share = LAB_SH_OUTER;
		out->share_known = out->memory_known;
	}
}

static const char *fault_word(const struct lab_cpu_question *q, u64 par)
{
	static const char * const words[] = {
		LAB_WHY_ADDRESS_SIZE, LAB_WHY_TRANSLATION, LAB_WHY_ACCESS_FLAG, "permission",
	};
	u64 fault = FIELD_GET(PAR_FAULT, par);

	if (FIELD_GET(PAR_S, par) + 1 != q->stage)
		return "fault of the other stage";
	return fault < ARRAY_SIZE(words) ? words[fault] : "fault without a name";
}

static void read_answer(const struct lab_cpu_machine *m, const struct lab_cpu_question *q,
			const struct lab_translation *walk, struct lab_cpu_answer *out)
{
	out->stage = q->stage;
	out->asked = BIT(LAB_CPU_ACCESSES) - 1;
	if (!walk->fault && walk->attrs.dirty_managed && !walk->attrs.dirty)
		out->asked &= ~(BIT(LAB_CPU_PRIV_WRITE) | BIT(LAB_CPU_USER_WRITE));

	for (unsigned int i = 0; i < LAB_CPU_ACCESSES; i++) {
		u64 par = out->par[i];

		if ((par & PAR_F) || !(out->asked & BIT(i)))
			continue;
		if (!out->allowed) {
			out->oa = (par & PAR_PA) | (q->iova & 0xfff);
			read_attributes(m, q, par, walk, out);
		}
		out->allowed |= BIT(i);
	}
	if (out->par[LAB_CPU_PRIV_READ] & PAR_F) {
		out->fault = fault_word(q, out->par[LAB_CPU_PRIV_READ]);
		out->level = FIELD_GET(PAR_LEVEL, out->par[LAB_CPU_PRIV_READ]);
	}
}

/**
 * lab_cpu_translate() - ask the CPU about an input address
 * @fmt:	format of the tables
 * @cfg:	what its writer made of the configuration
 * @walk:	what the format's software walker has just said of the address: only
 *		where it shows that every table on the path is RAM is the CPU asked
 * @iova:	the address
 * @out:	filled in
 *
 * Context: Process, preemptible; the writers of the tables have been kept out since
 * the walk.  All exceptions are masked for some microseconds.
 */
void lab_cpu_translate(enum io_pgtable_fmt fmt, const struct io_pgtable_cfg *cfg,
		       const struct lab_translation *walk, u64 iova,
		       struct lab_cpu_answer *out)
{
	struct lab_cpu_machine machine;
	struct lab_cpu_question q;

	*out = (struct lab_cpu_answer) {};
	/* One CPU for what is decided and what is done. */
	migrate_disable();
	out->refused = refuses(&machine, fmt, cfg, &q);
	if (out->refused)
		goto out;
	q.iova = iova;
	out->refused = path_refuses(&q, walk);
	if (out->refused)
		goto out;
	ask(&machine, &q, walk, out->par);
	read_answer(&machine, &q, walk, out);
out:
	migrate_enable();
}
EXPORT_SYMBOL_IF_KUNIT(lab_cpu_translate);

/* Rights of one privilege, or "-" */
static const char *rights(const struct lab_cpu_answer *cpu, unsigned int read, unsigned int write)
{
	bool r = cpu->allowed & BIT(read), w = cpu->allowed & BIT(write);

	return r && w ? "rw" : r ? "r" : w ? "w" : "-";
}

/**
 * lab_cpu_text() - an answer in words
 * @cpu:	the answer
 * @buf:	where the words go
 * @size:	room in @buf, in bytes; LAB_CPU_TEXT_BYTES is enough
 *
 * "not asked: why", "KIND fault at level N", or an output address and what is
 * allowed there: "0x1000, rw priv, r user".
 *
 * Context: Any.
 * Return: @buf, always terminated unless @size is 0.
 */
const char *lab_cpu_text(const struct lab_cpu_answer *cpu, char *buf, size_t size)
{
	if (cpu->refused)
		scnprintf(buf, size, "not asked: %s", cpu->refused);
	else if (!cpu->allowed)
		scnprintf(buf, size, "%s fault at level %u", cpu->fault, cpu->level);
	else
		scnprintf(buf, size, "%#llx, %s priv, %s user", (u64)cpu->oa,
			  rights(cpu, LAB_CPU_PRIV_READ, LAB_CPU_PRIV_WRITE),
			  rights(cpu, LAB_CPU_USER_READ, LAB_CPU_USER_WRITE));
	return buf;
}
EXPORT_SYMBOL_IF_KUNIT(lab_cpu_text);

static bool expected(const struct lab_attrs *attrs, unsigned int access)
{
	switch (access) {
	case LAB_CPU_PRIV_READ:
		return attrs->priv_read;
	case LAB_CPU_PRIV_WRITE:
		return attrs->priv_write;
	case LAB_CPU_USER_READ:
		return attrs->user_read;
	default:
		return attrs->user_write;
	}
}

static bool is_fault(u64 par, const char *fault, u8 level, u8 stage)
{
	const struct lab_cpu_question q = { .stage = stage };

	return (par & PAR_F) && !strcmp(fault_word(&q, par), fault) &&
	       FIELD_GET(PAR_LEVEL, par) == level;
}

/**
 * lab_cpu_differs() - where the CPU and a software walker do not agree
 * @cpu:	the CPU's answer
 * @walk:	the walker's, of the same address and tables
 *
 * Knows what cannot be compared.
 *
 * Context: Any.
 * Return: NULL where they agree or the CPU was not asked, else what is different,
 * in words.
 */
const char *lab_cpu_differs(const struct lab_cpu_answer *cpu,
			    const struct lab_translation *walk)
{
	static const char * const access[] = {
		"privileged read", "privileged write", "unprivileged read", "unprivileged write",
	};
	u8 stage = cpu->stage;

	if (cpu->refused)
		return NULL;
	for (unsigned int i = 0; i < LAB_CPU_ACCESSES; i++) {
		u64 par = cpu->par[i];

		if (!(cpu->asked & BIT(i)))
			continue;
		if (walk->fault) {
			if (!(par & PAR_F))
				return "mapped or not";
			if (!is_fault(par, walk->fault, walk->level, stage))
				return "fault";
		} else if (!expected(&walk->attrs, i)) {
			if (!(par & PAR_F))
				return access[i];
			if (!is_fault(par, "permission", walk->level, stage))
				return "fault";
		} else {
			if (par & PAR_F)
				return is_fault(par, "permission", walk->level, stage) ?
				       access[i] : "mapped or not";
			if ((par & PAR_PA) != (walk->oa & PAR_PA))
				return "output address";
		}
	}
	if (walk->fault || !cpu->allowed)
		return NULL;
	if (cpu->memory_known && cpu->memory != walk->attrs.memory)
		return "memory type";
	if (cpu->share_known && cpu->share != walk->attrs.share)
		return "shareability";
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(lab_cpu_differs);

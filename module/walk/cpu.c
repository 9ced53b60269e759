// SPDX-License-Identifier: GPL-2.0-only
/*
 * The CPU as a reader: whether and when it may be asked about an address.  Whether it can
 * is in cpu_question.c, how it is asked in cpu_el1.c and cpu_el2.c, and what it says in
 * cpu_answer.c.
 *
 * Takes no lock: who asks keeps writers out meanwhile, as for any walker.  May
 * not know instances, nor who wrote the tables.
 */
#include <kunit/visibility.h>
#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/string.h>

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

/* DDI0487 D8.3: of a stage 1 leaf */
#define LEAF_AF	BIT_ULL(10)

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
	if (FIELD_GET(LAB_MMFR3_TCRX, machine->mmfr3))
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
	if (walk->desc_pa[walk->first_level] - q->base >= BIT_ULL(lab_cpu_root_lg2(q)))
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
	lab_cpu_read_answer(&machine, &q, walk, out);
out:
	migrate_enable();
}
EXPORT_SYMBOL_IF_KUNIT(lab_cpu_translate);

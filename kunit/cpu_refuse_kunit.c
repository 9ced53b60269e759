// SPDX-License-Identifier: GPL-2.0-only
/*
 * The CPU as a reader: when it must not be asked, and that asking leaves no trace.
 * What this machine is not is tried on registers that are made up.
 */
#include <linux/delay.h>
#include <linux/io.h>
#include <linux/kthread.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include <asm/sysreg.h>

#include "format_cases.h"
#include "walk/cpu_regime.h"
#include "compat/compat.h"

#define RW	(IOMMU_READ | IOMMU_WRITE)

static bool was_on;

static int refuse_suite_init(struct kunit_suite *suite)
{
	was_on = lab_cpu_reader;
	WRITE_ONCE(lab_cpu_reader, true);
	return 0;
}

static void refuse_suite_exit(struct kunit_suite *suite)
{
	WRITE_ONCE(lab_cpu_reader, was_on);
}

/* A CPU that has 48 bits, all granules and nothing more, and what it may walk */
struct made_up {
	struct lab_cpu_machine m;
	enum io_pgtable_fmt fmt;
	struct io_pgtable_cfg cfg;
};

#define MMFR0_48	(5ULL | 1ULL << 20)
#define BASE		0x40000000ULL

static struct made_up stage_1(void)
{
	struct made_up u = {
		.m	= { .el2 = true, .mmfr0 = MMFR0_48 },
		.fmt	= ARM_64_LPAE_S1,
	};

	u.cfg.arm_lpae_s1_cfg.ttbr = BASE;
	u.cfg.arm_lpae_s1_cfg.tcr.ips = 5;
	u.cfg.arm_lpae_s1_cfg.tcr.tsz = 16;
	return u;
}

static struct made_up stage_2(void)
{
	struct made_up u = {
		.m	= { .el2 = true, .mmfr0 = MMFR0_48 },
		.fmt	= ARM_64_LPAE_S2,
	};

	u.cfg.arm_lpae_s2_cfg.vttbr = BASE;
	u.cfg.arm_lpae_s2_cfg.vtcr.ps = 5;
	u.cfg.arm_lpae_s2_cfg.vtcr.sl = 2;
	u.cfg.arm_lpae_s2_cfg.vtcr.tsz = 16;
	return u;
}

static const char *answer(const struct made_up *u)
{
	struct lab_cpu_question q;

	return lab_cpu_question(&u->m, u->fmt, &u->cfg, &q);
}

static void expect_refused(struct kunit *test, const struct made_up *u, const char *words)
{
	const char *why = answer(u);

	KUNIT_ASSERT_NOT_NULL_MSG(test, why, "%s", words);
	KUNIT_EXPECT_TRUE_MSG(test, strstr(why, words), "\"%s\", where \"%s\" was due", why,
			      words);
}

/* Passing proves that only what a 64-bit regime walks is taken for that. */
static void refuses_other_formats(struct kunit *test)
{
	static const enum io_pgtable_fmt walked[] = {
		ARM_64_LPAE_S1, ARM_64_LPAE_S2, ARM_32_LPAE_S1, ARM_32_LPAE_S2,
	};
	struct made_up u;

	for (int i = 0; i < ARRAY_SIZE(walked); i++) {
		u = i % 2 ? stage_2() : stage_1();
		u.fmt = walked[i];
		KUNIT_EXPECT_NULL(test, answer(&u));
	}
	u.fmt = ARM_V7S;
	expect_refused(test, &u, "short descriptors");
	u.fmt = ARM_MALI_LPAE;
	expect_refused(test, &u, "this format");
}

/* Passing proves that registers without a meaning reach no CPU. */
static void refuses_broken_configurations(struct kunit *test)
{
	struct made_up u = stage_1();

	u.cfg.arm_lpae_s1_cfg.tcr.tg = 3;
	expect_refused(test, &u, "no hardware");
	u = stage_1();
	u.cfg.arm_lpae_s1_cfg.tcr.ips = 7;
	expect_refused(test, &u, "no hardware");
	u = stage_1();
	u.cfg.arm_lpae_s1_cfg.tcr.tsz = 52;
	expect_refused(test, &u, "no hardware");
	u = stage_2();
	u.cfg.arm_lpae_s2_cfg.vtcr.tsz = 40;
	expect_refused(test, &u, "no hardware");
}

/* Passing proves that a granule is asked for where that stage has it. */
static void refuses_missing_granules(struct kunit *test)
{
	struct made_up u = stage_1();

	u.m.mmfr0 |= 0xfULL << 28;
	expect_refused(test, &u, "4 KB granule");
	u = stage_1();
	u.cfg.arm_lpae_s1_cfg.tcr.tg = 2;
	KUNIT_EXPECT_NULL(test, answer(&u));
	u.m.mmfr0 &= ~(0xfULL << 20);
	expect_refused(test, &u, "16 KB granule");
	u = stage_1();
	u.cfg.arm_lpae_s1_cfg.tcr.tg = 1;
	KUNIT_EXPECT_NULL(test, answer(&u));
	u.m.mmfr0 |= 0xfULL << 24;
	expect_refused(test, &u, "64 KB granule");

	/* Stage 2: as stage 1, none, some */
	u = stage_2();
	u.m.mmfr0 |= 1ULL << 40;
	expect_refused(test, &u, "4 KB granule");
	u.m.mmfr0 = MMFR0_48 | 0xfULL << 28 | 2ULL << 40;
	KUNIT_EXPECT_NULL(test, answer(&u));
	u.m.mmfr0 = MMFR0_48 | 0xfULL << 28;
	expect_refused(test, &u, "4 KB granule");
	u = stage_2();
	u.cfg.arm_lpae_s2_cfg.vtcr.tg = 2;
	u.m.mmfr0 |= 1ULL << 32;
	expect_refused(test, &u, "16 KB granule");
	u.cfg.arm_lpae_s2_cfg.vtcr.tg = 1;
	u.m.mmfr0 |= 1ULL << 36;
	expect_refused(test, &u, "64 KB granule");
}

/* Passing proves that no CPU is sent beyond its address sizes. */
static void refuses_other_sizes(struct kunit *test)
{
	struct made_up u = stage_1();

	u.cfg.arm_lpae_s1_cfg.tcr.tsz = 12;
	u.cfg.arm_lpae_s1_cfg.tcr.tg = 1;
	expect_refused(test, &u, "have fewer bits");
	u.m.mmfr2 = 1ULL << 16;
	KUNIT_EXPECT_NULL(test, answer(&u));
	u.cfg.arm_lpae_s1_cfg.tcr.tg = 0;
	expect_refused(test, &u, "have fewer bits");

	u = stage_1();
	u.cfg.arm_lpae_s1_cfg.tcr.tsz = 40;
	expect_refused(test, &u, "have more bits");
	u.m.mmfr2 = 1ULL << 28;
	KUNIT_EXPECT_NULL(test, answer(&u));

	/* An IPA has no more bits than a PA. */
	u = stage_2();
	u.m.mmfr0 = 4 | 1ULL << 20;
	expect_refused(test, &u, "have fewer bits");
	u.cfg.arm_lpae_s2_cfg.vtcr.tsz = 20;
	KUNIT_EXPECT_NULL(test, answer(&u));
}

/* Passing proves that mandatory concatenation is demanded, per granule. */
static void refuses_high_start_levels(struct kunit *test)
{
	struct made_up u = stage_2();

	u.cfg.arm_lpae_s2_cfg.vtcr.ps = 3;
	u.cfg.arm_lpae_s2_cfg.vtcr.tsz = 22;
	expect_refused(test, &u, "concatenation");
	u.cfg.arm_lpae_s2_cfg.vtcr.sl = 1;
	KUNIT_EXPECT_NULL(test, answer(&u));

	u.cfg.arm_lpae_s2_cfg.vtcr.ps = 2;
	u.cfg.arm_lpae_s2_cfg.vtcr.tg = 2;
	u.cfg.arm_lpae_s2_cfg.vtcr.sl = 2;
	u.cfg.arm_lpae_s2_cfg.vtcr.tsz = 24;
	expect_refused(test, &u, "concatenation");
	u.cfg.arm_lpae_s2_cfg.vtcr.ps = 3;
	KUNIT_EXPECT_NULL(test, answer(&u));

	u.cfg.arm_lpae_s2_cfg.vtcr.tg = 1;
	u.cfg.arm_lpae_s2_cfg.vtcr.tsz = 21;
	expect_refused(test, &u, "concatenation");
	u.cfg.arm_lpae_s2_cfg.vtcr.ps = 4;
	KUNIT_EXPECT_NULL(test, answer(&u));
}

/* Passing proves that a TTBR which would lose bits of the base is not written. */
static void refuses_bases(struct kunit *test)
{
	struct made_up u = stage_1();

	u.cfg.arm_lpae_s1_cfg.ttbr = BASE + SZ_2K;
	expect_refused(test, &u, "not aligned");
	u.cfg.arm_lpae_s1_cfg.ttbr = BIT_ULL(48);
	expect_refused(test, &u, "beyond");

	/* 4 descriptors, 32 bytes: less than what a 52-bit TTBR can name */
	u = stage_1();
	u.cfg.arm_lpae_s1_cfg.tcr.tsz = 32;
	u.cfg.arm_lpae_s1_cfg.ttbr = BASE + 32;
	KUNIT_EXPECT_NULL(test, answer(&u));
	u.m.el2 = false;
	u.m.tcr = 6ULL << 32;
	expect_refused(test, &u, "not aligned");
	u.cfg.arm_lpae_s1_cfg.ttbr = BASE + 64;
	KUNIT_EXPECT_NULL(test, answer(&u));
}

/* Passing proves that a kernel at EL1 lends only what it can do without. */
static void refuses_at_el1(struct kunit *test)
{
	static const u64 tcr2[] = { BIT_ULL(1), BIT_ULL(2), BIT_ULL(3), BIT_ULL(5) };
	struct made_up u = stage_2();

	u.m.el2 = false;
	u.m.tcr = 5ULL << 32;
	expect_refused(test, &u, "stage 2");

	u = stage_1();
	u.m.el2 = false;
	u.m.tcr = 5ULL << 32;
	KUNIT_EXPECT_NULL(test, answer(&u));
	for (int i = 0; i < ARRAY_SIZE(tcr2); i++) {
		u.m.tcr2 = tcr2[i];
		expect_refused(test, &u, "TCR2_EL1");
	}
	u.m.tcr2 = 0;

	u.cfg.quirks = IO_PGTABLE_QUIRK_ARM_TTBR1;
	u.cfg.arm_lpae_s1_cfg.tcr.tg = 2;
	expect_refused(test, &u, "TTBR1");
	u.cfg.quirks = 0;

	u.m.tcr |= BIT_ULL(59);
	expect_refused(test, &u, "TCR_EL1.DS");
	u.cfg.arm_lpae_s1_cfg.tcr.tg = 0;
	expect_refused(test, &u, "TCR_EL1.DS");
	/* The 64 KB granule's format is the same whatever DS says. */
	u.cfg.arm_lpae_s1_cfg.tcr.tg = 1;
	KUNIT_EXPECT_NULL(test, answer(&u));
}

/* Live ones: what each regime is asked about */
static const struct lab_config live_configs[] = {
	{ "lpae-s1", &lab_formats[LAB_LPAE_S1], &lab_provider_kernel, .oas = 40 },
	{ "lpae-s1 64K", &lab_formats[LAB_LPAE_S1], &lab_provider_kernel, .oas = 40,
	  .granule = SZ_64K },
	{ "lpae-s1 ttbr1", &lab_formats[LAB_LPAE_S1], &lab_provider_kernel, .oas = 40,
	  .quirks = IO_PGTABLE_QUIRK_ARM_TTBR1 },
	{ "lpae-s2", &lab_formats[LAB_LPAE_S2], &lab_provider_kernel },
};

KUNIT_ARRAY_PARAM(live, live_configs, lab_config_desc);

static const struct lab_walker *walker_of(const struct lab_instance *inst)
{
	return inst->params.format->walker;
}

/* One page at the first address, which this CPU finds; otherwise skipped */
static struct lab_instance *create(struct kunit *test)
{
	const struct lab_config *c = test->param_value;
	struct lab_instance *inst = lab_config_create(test, c, lab_kunit_tally(test));
	const char *why = lab_cpu_refuses(c->format->fmt, &inst->cfg);

	if (why)
		kunit_skip(test, "%s", why);
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, inst->first, 0, inst->params.granule, 1,
						  RW));
	return inst;
}

static void ask(const struct lab_instance *inst, u64 iova, struct lab_cpu_answer *cpu)
{
	struct lab_translation walk;

	walker_of(inst)->translate(&inst->cfg, iova, &walk);
	lab_cpu_translate(inst->params.format->fmt, &inst->cfg, &walk, iova, cpu);
}

static void expect_why(struct kunit *test, const struct lab_cpu_answer *cpu, const char *words)
{
	KUNIT_ASSERT_NOT_NULL_MSG(test, cpu->refused, "%s", words);
	KUNIT_EXPECT_TRUE_MSG(test, strstr(cpu->refused, words), "\"%s\", where \"%s\" was due",
			      cpu->refused, words);
}

/* Passing proves that nobody's MMU is asked unless it was asked for. */
static void is_off_unless_asked_for(struct kunit *test)
{
	struct lab_instance *inst = create(test);
	struct lab_cpu_answer cpu;

	WRITE_ONCE(lab_cpu_reader, false);
	ask(inst, inst->first, &cpu);
	WRITE_ONCE(lab_cpu_reader, true);
	expect_why(test, &cpu, "cpu_reader");
	ask(inst, inst->first, &cpu);
	KUNIT_EXPECT_NULL(test, cpu.refused);
}

/* Passing proves that it is asked where no vCPU can be loaded, and only there. */
static void only_from_a_task(struct kunit *test)
{
	struct lab_instance *inst = create(test);
	struct lab_cpu_answer cpu;
	unsigned long flags;

	preempt_disable();
	ask(inst, inst->first, &cpu);
	preempt_enable();
	expect_why(test, &cpu, "ordinary task");
	local_bh_disable();
	ask(inst, inst->first, &cpu);
	local_bh_enable();
	expect_why(test, &cpu, "ordinary task");
	local_irq_save(flags);
	ask(inst, inst->first, &cpu);
	local_irq_restore(flags);
	expect_why(test, &cpu, "ordinary task");
}

/*
 * Passing proves that a table that is not RAM, which would be fatal to walk, keeps
 * the CPU from being asked, at whichever level it hangs.
 */
static void not_down_a_path_that_is_no_ram(struct kunit *test)
{
	struct lab_instance *inst = create(test);
	struct lab_translation walk;
	struct lab_cpu_answer cpu;

	walker_of(inst)->translate(&inst->cfg, inst->first, &walk);
	KUNIT_ASSERT_NULL(test, walk.fault);
	for (unsigned int level = walk.first_level; level < walk.level; level++) {
		u64 *desc = phys_to_virt(walk.desc_pa[level]), was = *desc;

		/* Nothing lies there in a guest, and on a board it is no RAM. */
		WRITE_ONCE(*desc, 3 | GENMASK_ULL(38, 30));
		ask(inst, inst->first, &cpu);
		WRITE_ONCE(*desc, was);
		expect_why(test, &cpu, "not in RAM");
	}
	ask(inst, inst->first, &cpu);
	KUNIT_EXPECT_NULL(test, cpu.refused);
}

/*
 * Passing proves that an output address beyond the instance's is an address size
 * fault to the CPU too, and is not asked about where the kernel's own size stays.
 */
static void not_beyond_output_addresses(struct kunit *test)
{
	struct lab_instance *inst = create(test);
	enum io_pgtable_fmt fmt = inst->params.format->fmt;
	struct lab_cpu_machine machine;
	struct lab_translation walk;
	struct lab_cpu_question q;
	struct lab_cpu_answer cpu;
	u64 *desc, was;

	lab_cpu_machine(&machine);
	KUNIT_ASSERT_NULL(test, lab_cpu_question(&machine, fmt, &inst->cfg, &q));
	walker_of(inst)->translate(&inst->cfg, inst->first, &walk);
	KUNIT_ASSERT_NULL(test, walk.fault);
	desc = phys_to_virt(walk.desc_pa[walk.level]);
	was = *desc;

	WRITE_ONCE(*desc, was | BIT_ULL(41));
	ask(inst, inst->first, &cpu);
	walker_of(inst)->translate(&inst->cfg, inst->first, &walk);
	WRITE_ONCE(*desc, was);
	KUNIT_EXPECT_STREQ(test, walk.fault, "address size");
	if (q.hw_output_lg2 > q.output_lg2) {
		expect_why(test, &cpu, "TCR_EL1.IPS");
	} else {
		KUNIT_EXPECT_NULL(test, cpu.refused);
		KUNIT_EXPECT_STREQ(test, cpu.fault, "address size");
		KUNIT_EXPECT_NULL(test, lab_cpu_differs(&cpu, &walk));
	}
}

/* Passing proves that the CPU is not asked about addresses that it does not have. */
static void not_beyond_its_own_addresses(struct kunit *test)
{
	static const struct lab_config config = {
		"48/48", &lab_formats[LAB_LPAE_S1], &lab_provider_kernel,
	};
	struct lab_cpu_machine machine;
	struct lab_instance *inst;
	struct lab_cpu_answer cpu;

	lab_cpu_machine(&machine);
	if ((machine.mmfr0 & 0xf) >= 5)
		kunit_skip(test, "this CPU has 48 bits of output address or more");
	inst = lab_config_create(test, &config, lab_kunit_tally(test));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, 0, BIT_ULL(47), SZ_4K, 1, RW));
	ask(inst, 0, &cpu);
	expect_why(test, &cpu, "output address");
	ask(inst, SZ_4K, &cpu);
	KUNIT_EXPECT_NULL(test, cpu.refused);
}

/* Everything that asking touches, and what it must not */
enum touched { TTBR0, TTBR1, TCR, MAIR, SCTLR, PAR, DAIF, HCR, VTTBR, VTCR, TTBR0_12,
	       TTBR1_12, TCR_12, MAIR_12, SCTLR_12, TCR2_12, NR_TOUCHED };

static void read_touched(const struct lab_cpu_machine *m, u64 *r)
{
	r[TTBR0] = read_sysreg(ttbr0_el1);
	r[TTBR1] = read_sysreg(ttbr1_el1);
	r[TCR] = read_sysreg(tcr_el1);
	r[MAIR] = read_sysreg(mair_el1);
	r[SCTLR] = read_sysreg(sctlr_el1);
	r[PAR] = read_sysreg(par_el1);
	r[DAIF] = read_sysreg(daif);
	if (!m->el2)
		return;
	r[HCR] = read_sysreg(hcr_el2);
	r[VTTBR] = read_sysreg(vttbr_el2);
	r[VTCR] = read_sysreg(vtcr_el2);
	r[TTBR0_12] = read_sysreg_s(SYS_TTBR0_EL12);
	r[TTBR1_12] = read_sysreg_s(SYS_TTBR1_EL12);
	r[TCR_12] = read_sysreg_s(SYS_TCR_EL12);
	r[MAIR_12] = read_sysreg_s(SYS_MAIR_EL12);
	r[SCTLR_12] = read_sysreg_s(SYS_SCTLR_EL12);
	if (m->mmfr3 & 0xf)
		r[TCR2_12] = read_sysreg_s(SYS_TCR2_EL12);
}

/* The idle regime's registers; a guest might have left anything in them. */
static void write_idle(const struct lab_cpu_machine *m, const u64 *r)
{
	write_sysreg(r[PAR], par_el1);
	if (!m->el2)
		return;
	write_sysreg(r[VTTBR], vttbr_el2);
	write_sysreg(r[VTCR], vtcr_el2);
	write_sysreg_s(r[TTBR0_12], SYS_TTBR0_EL12);
	write_sysreg_s(r[TTBR1_12], SYS_TTBR1_EL12);
	write_sysreg_s(r[TCR_12], SYS_TCR_EL12);
	write_sysreg_s(r[MAIR_12], SYS_MAIR_EL12);
	write_sysreg_s(r[SCTLR_12], SYS_SCTLR_EL12);
	isb();
}

static unsigned long switches(void)
{
	return current->nvcsw + current->nivcsw;
}

/*
 * Passing proves that every register that asking touches is afterwards what it was
 * before, and that none of them was what asking would have made of it anyway.
 */
static void leaves_registers_as_they_were(struct kunit *test)
{
	struct lab_instance *inst = create(test);
	u64 own[NR_TOUCHED] = {}, before[NR_TOUCHED] = {}, after[NR_TOUCHED] = {};
	struct lab_cpu_machine machine;
	struct lab_cpu_answer cpu;
	unsigned long since;
	int tries = 100;

	migrate_disable();
	lab_cpu_machine(&machine);
	/* Another task in between may bring its own TTBR0. */
	do {
		since = switches();
		read_touched(&machine, own);
		memcpy(before, own, sizeof(own));
		before[PAR] = 0x5a00000012345000;
		before[VTTBR] = 0x0005000012340000;
		before[VTCR] = 0x80023594;
		before[TTBR0_12] = 0x0007000023450000;
		before[TTBR1_12] = 0x0009000034560000;
		before[TCR_12] = 0x00000035b5193519;
		before[MAIR_12] = 0x0123456789abcdef;
		before[SCTLR_12] = own[SCTLR_12] ^ BIT_ULL(19);
		write_idle(&machine, before);
		memset(before, 0, sizeof(before));
		read_touched(&machine, before);
		ask(inst, inst->first, &cpu);
		read_touched(&machine, after);
		write_idle(&machine, own);
	} while (since != switches() && --tries);
	migrate_enable();

	KUNIT_ASSERT_GT(test, tries, 0);
	KUNIT_EXPECT_NULL(test, cpu.refused);
	KUNIT_EXPECT_EQ(test, cpu.allowed, BIT(LAB_CPU_ACCESSES) - 1);
	for (int i = 0; i < NR_TOUCHED; i++)
		KUNIT_EXPECT_EQ_MSG(test, before[i], after[i], "register %d", i);
}

/* Some work that depends on right translations, in the kernel's own space */
static int busy(void *data)
{
	atomic_t *done = data;

	while (!kthread_should_stop()) {
		u8 *p = vmalloc(SZ_64K);

		if (p) {
			memset(p, 0xa5, SZ_64K);
			if (memchr_inv(p, 0xa5, SZ_64K))
				atomic_set(done, -1);
		}
		vfree(p);
		if (atomic_read(done) >= 0)
			atomic_inc(done);
		cond_resched();
	}
	return 0;
}

static void stop_busy(void *task)
{
	kthread_stop(task);
}

/*
 * Passing proves that ten thousand asks, with other CPUs at work and tasks that
 * take turns on this one, do no harm and are never wrong.
 */
static void ten_thousand_asks_under_load(struct kunit *test)
{
	struct lab_instance *inst = create(test);
	u64 hole = inst->first + inst->params.granule;
	struct lab_cpu_answer cpu;
	atomic_t *done;
	int wrong = 0, was;

	done = kunit_kzalloc(test, sizeof(*done), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, done);
	for (unsigned int i = 0; i <= num_online_cpus(); i++) {
		struct task_struct *task = kthread_run(busy, done, "lab_busy/%u", i);

		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
		KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, stop_busy, task));
	}
	while (!atomic_read(done))
		msleep(20);

	was = atomic_read(done);
	for (int i = 0; i < 10000; i++) {
		ask(inst, i % 2 ? hole : inst->first, &cpu);
		wrong += cpu.refused || (cpu.allowed != 0) == i % 2;
	}
	KUNIT_EXPECT_EQ(test, wrong, 0);
	KUNIT_EXPECT_GT(test, atomic_read(done), was);
}

/* Passing proves that people read the answer that was given. */
static void answers_in_words(struct kunit *test)
{
	struct lab_cpu_answer cpu = { .refused = "because" };
	char text[LAB_CPU_TEXT_BYTES];

	KUNIT_EXPECT_STREQ(test, lab_cpu_text(&cpu, text, sizeof(text)), "not asked: because");
	cpu = (struct lab_cpu_answer) { .asked = 15, .fault = "translation", .level = 2 };
	KUNIT_EXPECT_STREQ(test, lab_cpu_text(&cpu, text, sizeof(text)),
			   "translation fault at level 2");
	cpu = (struct lab_cpu_answer) { .asked = 15, .oa = 0x1000, .allowed = 7 };
	KUNIT_EXPECT_STREQ(test, lab_cpu_text(&cpu, text, sizeof(text)),
			   "0x1000, rw priv, r user");
	cpu.allowed = BIT(LAB_CPU_PRIV_WRITE);
	KUNIT_EXPECT_STREQ(test, lab_cpu_text(&cpu, text, sizeof(text)),
			   "0x1000, w priv, - user");
}

/* Stage 1 and, where the kernel is at EL2, stage 2: each takes some seconds. */
LAB_GENERATOR(load)
{
	const struct lab_config *next = !prev ? &live_configs[0] :
					prev == &live_configs[0] ? &live_configs[3] : NULL;

	if (next)
		lab_config_desc(next, desc);
	return next;
}

static struct kunit_case refuse_cases[] = {
	KUNIT_CASE(refuses_other_formats),
	KUNIT_CASE(refuses_broken_configurations),
	KUNIT_CASE(refuses_missing_granules),
	KUNIT_CASE(refuses_other_sizes),
	KUNIT_CASE(refuses_high_start_levels),
	KUNIT_CASE(refuses_bases),
	KUNIT_CASE(refuses_at_el1),
	KUNIT_CASE_PARAM(is_off_unless_asked_for, live_gen_params),
	KUNIT_CASE_PARAM(only_from_a_task, live_gen_params),
	KUNIT_CASE_PARAM(not_down_a_path_that_is_no_ram, live_gen_params),
	KUNIT_CASE_PARAM(not_beyond_output_addresses, live_gen_params),
	KUNIT_CASE(not_beyond_its_own_addresses),
	KUNIT_CASE_PARAM(leaves_registers_as_they_were, live_gen_params),
	KUNIT_CASE_PARAM_ATTR(ten_thousand_asks_under_load, load, { .speed = KUNIT_SPEED_SLOW }),
	KUNIT_CASE(answers_in_words),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite refuse_suite = {
	.name		= "lab_cpu_refuse",
	LAB_SUITE_OF_THE_LAB,
	.suite_init	= refuse_suite_init,
	.suite_exit	= refuse_suite_exit,
	.test_cases	= refuse_cases,
};

kunit_test_suite(refuse_suite);

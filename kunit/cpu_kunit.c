// SPDX-License-Identifier: GPL-2.0-only
/*
 * The CPU as a reader: over every format, granule and size that it can walk, it
 * says what the software walker and the model say, and says something else where
 * a bit of a descriptor is something else.  A configuration that this CPU or this
 * kernel cannot walk is skipped by the reader's own reason.
 */
#include <linux/bitfield.h>
#include <linux/io.h>
#include <linux/sizes.h>

#include "format_cases.h"
#include "walk/cpu_regime.h"
#include "compat/compat.h"

#define RW		(IOMMU_READ | IOMMU_WRITE)
#define ALL		(BIT(LAB_CPU_ACCESSES) - 1)
#define READS		(BIT(LAB_CPU_PRIV_READ) | BIT(LAB_CPU_USER_READ))
#define WRITES		(BIT(LAB_CPU_PRIV_WRITE) | BIT(LAB_CPU_USER_WRITE))
#define PRIV		(BIT(LAB_CPU_PRIV_READ) | BIT(LAB_CPU_PRIV_WRITE))

/*
 * Beside the one table of configurations: each granule with each usual size, by the
 * kernel.  Output addresses cover RAM, as the kernel's own tables may lie anywhere.
 */
static const size_t granules[] = { SZ_4K, SZ_16K, SZ_64K };
static const unsigned int sizes[] = { 32, 36, 39, 40, 42, 44, 48 };
static struct lab_config crosses[2 * ARRAY_SIZE(granules) * ARRAY_SIZE(sizes)];
static char cross_names[ARRAY_SIZE(crosses)][LAB_CONFIG_NAME_BYTES];

static void make_crosses(void)
{
	for (int i = 0; i < ARRAY_SIZE(crosses); i++) {
		unsigned int ias = sizes[i / 2 % ARRAY_SIZE(sizes)];
		size_t granule = granules[i / 2 / ARRAY_SIZE(sizes)];

		/* Output sizes have codes of their own: there is no 39. */
		crosses[i] = (struct lab_config) {
			.name		= cross_names[i],
			.format		= &lab_formats[i % 2 ? LAB_LPAE_S2 : LAB_LPAE_S1],
			.provider	= &lab_provider_kernel,
			.granule	= granule,
			.ias		= ias,
			.oas		= ias == 32 ? 36 : ias == 39 ? 40 : ias,
		};
		snprintf(cross_names[i], LAB_CONFIG_NAME_BYTES, "cross %zuK %u/%u",
			 granule / SZ_1K, ias, crosses[i].oas);
	}
}

/*
 * Why this machine cannot walk a configuration, by DDI0487 D24.2's
 * ID_AA64MMFR0_EL1, ID_AA64MMFR2_EL1 and the kernel's exception level; NULL where it
 * ought to.
 */
static const char *cannot(const struct lab_config *c)
{
	size_t granule = c->granule ?: SZ_4K;
	struct lab_cpu_machine m;

	lab_cpu_machine(&m);
	if (!m.el2 && c->format->stage == 2)
		return "stage 2 needs a kernel at EL2";
	if (!m.el2 && (c->quirks & IO_PGTABLE_QUIRK_ARM_TTBR1))
		return "TTBR1 needs a kernel at EL2";
	if (granule == SZ_4K && (m.mmfr0 >> 28 & 0xf) == 0xf)
		return "this CPU has no 4 KB granule";
	if (granule == SZ_16K && !(m.mmfr0 >> 20 & 0xf))
		return "this CPU has no 16 KB granule";
	if (granule == SZ_64K && (m.mmfr0 >> 24 & 0xf) == 0xf)
		return "this CPU has no 64 KB granule";
	if (c->ias > 48 && !(m.mmfr2 >> 16 & 0xf))
		return "this CPU has no FEAT_LVA";
	if (!m.el2 && granule != SZ_64K && (m.tcr & BIT_ULL(59)))
		return "TCR_EL1.DS is set: boot with arm64.nolva";
	return NULL;
}

static bool is_walked(const struct lab_config *c)
{
	return c->format != &lab_formats[LAB_V7S] && c->format != &lab_formats[LAB_MALI];
}

static bool can(const struct lab_config *c)
{
	return is_walked(c) && !cannot(c);
}

static bool can_hd(const struct lab_config *c)
{
	return can(c) && (c->quirks & IO_PGTABLE_QUIRK_ARM_HD);
}

/* First those of the one table, then the crosses */
static const void *next_config(const struct lab_config *c, char *desc,
			       bool (*takes)(const struct lab_config *config))
{
	const struct lab_config *end = crosses + ARRAY_SIZE(crosses);

	if (c >= crosses && c < end) {
		c++;
	} else {
		c = lab_config_next(c, desc, takes, 1);
		if (c)
			goto found;
		make_crosses();
		c = crosses;
	}
	while (c < end && !takes(c))
		c++;
	if (c == end)
		return NULL;
found:
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s %s", c->format->name, c->name);
	return c;
}

LAB_GENERATOR(cpu_every)
{
	return next_config(prev, desc, is_walked);
}

/* Those that this machine can walk; the others are skipped once, by cpu_is_asked. */
LAB_GENERATOR(cpu_all)
{
	return next_config(prev, desc, can);
}

LAB_GENERATOR(cpu_hd)
{
	return lab_config_next(prev, desc, can_hd, 1);
}

static bool was_on;

static int cpu_suite_init(struct kunit_suite *suite)
{
	was_on = lab_cpu_reader;
	WRITE_ONCE(lab_cpu_reader, true);
	return 0;
}

static void cpu_suite_exit(struct kunit_suite *suite)
{
	WRITE_ONCE(lab_cpu_reader, was_on);
}

/* The configuration at hand, which the CPU can walk */
struct subject {
	struct lab_instance *inst;
	enum io_pgtable_fmt fmt;
	struct lab_cpu_question q;
};

static struct subject subject_of(struct kunit *test, const struct lab_config *c)
{
	struct lab_cpu_machine machine;
	struct subject s;
	const char *why;

	s.inst = lab_config_create(test, c, lab_kunit_tally(test));
	s.fmt = c->format->fmt;
	why = lab_cpu_refuses(s.fmt, &s.inst->cfg);
	if (why)
		kunit_skip(test, "%s", why);
	lab_cpu_machine(&machine);
	KUNIT_ASSERT_NULL(test, lab_cpu_question(&machine, s.fmt, &s.inst->cfg, &s.q));
	return s;
}

static struct subject subject(struct kunit *test)
{
	return subject_of(test, test->param_value);
}

static size_t smallest(const struct subject *s)
{
	return s->inst->cfg.pgsize_bitmap & -s->inst->cfg.pgsize_bitmap;
}

/* The last output address that is aligned so and that the CPU has */
static u64 high_pa(const struct subject *s, size_t pgsize)
{
	unsigned int lg2 = min(s->q.output_lg2, s->q.hw_output_lg2);

	return BIT_ULL(lg2) - pgsize;
}

/* Ask all readers; the CPU must answer, and as the software walker does. */
static struct lab_answers ask(struct kunit *test, const struct subject *s, u64 iova)
{
	struct lab_answers a = {};

	KUNIT_ASSERT_EQ(test, 0, lab_instance_translate(s->inst, iova, &a));
	KUNIT_EXPECT_NULL_MSG(test, a.cpu.refused, "%#llx: %s", iova, a.cpu.refused);
	KUNIT_EXPECT_NULL_MSG(test, lab_cpu_differs(&a.cpu, &a.walk),
			      "%#llx: %s; PAR %#llx %#llx %#llx %#llx, walk %s level %u %#llx",
			      iova, lab_cpu_differs(&a.cpu, &a.walk), a.cpu.par[0], a.cpu.par[1],
			      a.cpu.par[2], a.cpu.par[3], a.walk.fault ?: "ok", a.walk.level,
			      (u64)a.walk.oa);
	return a;
}

static void expect_mapped(struct kunit *test, const struct subject *s, u64 iova, u64 pa)
{
	struct lab_answers a = ask(test, s, iova);

	KUNIT_EXPECT_NULL_MSG(test, a.cpu.fault, "%#llx: %s", iova, a.cpu.fault);
	KUNIT_EXPECT_EQ_MSG(test, a.cpu.oa, pa, "%#llx", iova);
	KUNIT_EXPECT_EQ_MSG(test, a.model, pa, "%#llx", iova);
}

static void expect_fault(struct kunit *test, const struct subject *s, u64 iova)
{
	struct lab_answers a = ask(test, s, iova);

	KUNIT_EXPECT_FALSE(test, a.mapped);
	KUNIT_EXPECT_EQ_MSG(test, a.cpu.allowed, 0, "%#llx", iova);
	KUNIT_EXPECT_STREQ_MSG(test, a.cpu.fault, "translation", "%#llx", iova);
}

/*
 * Passing proves that the CPU finds pages of every size where they were mapped, at
 * their first and last byte, and nothing beside them, nor where they were.
 */
static void cpu_finds_pages_of_every_size(struct kunit *test)
{
	struct subject s = subject(test);
	unsigned long left = s.inst->cfg.pgsize_bitmap;

	for (; left; left &= left - 1) {
		size_t pgsize = left & -left;
		u64 pages = BIT_ULL(s.inst->cfg.ias) / pgsize;
		u64 iova = s.inst->first + pgsize * min(pages - 1, 5);
		u64 pa = high_pa(&s, pgsize);

		KUNIT_ASSERT_EQ(test, 0, lab_instance_map(s.inst, iova, pa, pgsize, 1, RW));
		expect_mapped(test, &s, iova, pa);
		expect_mapped(test, &s, iova + pgsize / 2 + 0x123, pa + pgsize / 2 + 0x123);
		expect_mapped(test, &s, iova + pgsize - 1, pa + pgsize - 1);
		expect_fault(test, &s, iova - 1);
		if (iova + pgsize - 1 != s.inst->last)
			expect_fault(test, &s, iova + pgsize);
		KUNIT_ASSERT_EQ(test, 0, lab_instance_unmap(s.inst, iova, pgsize, 1));
		expect_fault(test, &s, iova);
		expect_fault(test, &s, iova + pgsize - 1);
	}
}

/* Passing proves that the CPU's input space begins and ends where the instance's does. */
static void cpu_finds_ends_of_space(struct kunit *test)
{
	struct subject s = subject(test);
	size_t pgsize = smallest(&s);
	u64 last = s.inst->last - pgsize + 1, pa = high_pa(&s, pgsize);

	expect_fault(test, &s, s.inst->first);
	expect_fault(test, &s, s.inst->last);
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(s.inst, s.inst->first, 0, pgsize, 1, RW));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(s.inst, last, pa, pgsize, 1, RW));
	expect_mapped(test, &s, s.inst->first, 0);
	expect_fault(test, &s, s.inst->first + pgsize);
	expect_mapped(test, &s, s.inst->last, pa + pgsize - 1);
	expect_fault(test, &s, last - 1);
}

/*
 * Passing proves that the CPU names the level of a fault, which the address alone
 * tells: one that differs from a mapped one in a level's index ends there.
 */
static void cpu_names_the_level(struct kunit *test)
{
	struct subject s = subject(test);
	size_t pgsize = smallest(&s);
	unsigned int stride = s.q.granule_lg2 - 3;
	struct lab_answers a;

	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(s.inst, s.inst->first, 0, pgsize, 1, RW));
	a = ask(test, &s, s.inst->first);
	KUNIT_ASSERT_EQ(test, a.walk.level, 3);
	for (unsigned int level = a.walk.first_level; level <= 3; level++) {
		u64 bit = BIT_ULL(s.q.granule_lg2 + (3 - level) * stride);

		a = ask(test, &s, s.inst->first ^ bit);
		KUNIT_EXPECT_STREQ(test, a.cpu.fault, "translation");
		KUNIT_EXPECT_EQ(test, a.cpu.level, level);
	}
}

/*
 * Passing proves that the reader refuses nothing that the machine can walk, and by
 * being skipped where it cannot, that it does refuse that.
 */
static void cpu_is_asked(struct kunit *test)
{
	const struct lab_config *c = test->param_value;
	const char *why = cannot(c), *refused;
	struct lab_instance *inst;

	inst = lab_config_create(test, c, lab_kunit_tally(test));
	refused = lab_cpu_refuses(c->format->fmt, &inst->cfg);
	if (why) {
		KUNIT_EXPECT_NOT_NULL(test, refused);
		kunit_skip(test, "%s", why);
	}
	/* Linux 6.12 has it start at level 1: Documentation/findings.rst */
	if (refused && strstr(refused, "concatenation") && c->granule == SZ_16K && c->oas == 40)
		kunit_skip(test, "%s", refused);
	KUNIT_EXPECT_NULL_MSG(test, refused, "%s", refused);
}

/* What stage @s lets through that was mapped with @prot */
static unsigned int allowed_by(const struct subject *s, int prot)
{
	if (s->q.stage == 2)
		return (prot & IOMMU_READ ? READS : 0) | (prot & IOMMU_WRITE ? WRITES : 0);
	return (prot & IOMMU_PRIV ? PRIV : ALL) & (prot & IOMMU_WRITE ? ALL : READS);
}

/*
 * Passing proves that the CPU allows what was asked for and no more, for each
 * kind of access, and that it sees the memory type that was asked for.
 */
static void cpu_keeps_permissions(struct kunit *test)
{
	static const int prots[] = {
		IOMMU_READ, RW, IOMMU_READ | IOMMU_PRIV, RW | IOMMU_PRIV, IOMMU_WRITE,
		RW | IOMMU_NOEXEC, RW | IOMMU_CACHE, RW | IOMMU_MMIO, IOMMU_READ | IOMMU_CACHE,
	};
	struct subject s = subject(test);
	size_t pgsize = smallest(&s);

	for (int i = 0; i < ARRAY_SIZE(prots); i++) {
		u64 iova = s.inst->first + i * pgsize;
		int prot = prots[i];
		enum lab_memory_type memory = prot & IOMMU_MMIO ? LAB_MEM_DEVICE :
					      prot & IOMMU_CACHE ? LAB_MEM_NORMAL_WB :
					      LAB_MEM_NORMAL_NC;
		struct lab_answers a;

		KUNIT_ASSERT_EQ(test, 0,
				lab_instance_map(s.inst, iova, i * pgsize, pgsize, 1, prot));
		a = ask(test, &s, iova);
		KUNIT_EXPECT_EQ_MSG(test, a.cpu.allowed, allowed_by(&s, prot), "prot %#x", prot);
		KUNIT_EXPECT_EQ_MSG(test, a.cpu.asked, ALL, "prot %#x", prot);
		if (a.cpu.memory_known)
			KUNIT_EXPECT_EQ_MSG(test, a.cpu.memory, memory, "prot %#x", prot);
		else
			KUNIT_EXPECT_TRUE(test, s.q.fwb && !s.q.has_fwb);
		if (!(prot & IOMMU_READ) && s.q.stage == 2) {
			KUNIT_EXPECT_STREQ(test, a.cpu.fault, "permission");
			KUNIT_EXPECT_EQ(test, a.cpu.level, 3);
		}
	}
}

/* Bits of a descriptor, and what becomes of the answer when they flip */
enum flip_effect { FAULTS, DENIES, MOVES, RETYPES, RESHARES };

struct flip {
	const char *name;
	u8 stage;		/* 0 for both */
	bool in_table;		/* the descriptor above the page's */
	u64 bits;
	enum flip_effect effect;
	const char *fault;
	unsigned int denied;
};

static const struct flip flips[] = {
	{ "valid", 0, false, BIT_ULL(0), FAULTS, "translation" },
	{ "page to reserved", 0, false, BIT_ULL(1), FAULTS, "translation" },
	{ "AF", 0, false, BIT_ULL(10), FAULTS, "access flag" },
	{ "AP[2]", 1, false, BIT_ULL(7), DENIES, .denied = WRITES },
	{ "AP[1]", 1, false, BIT_ULL(6), DENIES, .denied = ALL & ~PRIV },
	{ "S2AP[1]", 2, false, BIT_ULL(7), DENIES, .denied = WRITES },
	{ "S2AP[0]", 2, false, BIT_ULL(6), DENIES, .denied = READS },
	{ "address bit 31", 0, false, BIT_ULL(31), MOVES },
	{ "address bit 20", 0, false, BIT_ULL(20), MOVES },
	/* Write-back to Device, be it by the instance's MAIR or by the kernel's */
	{ "AttrIndx 1 to 2", 1, false, BIT_ULL(2) | BIT_ULL(3), RETYPES },
	{ "MemAttr to non-cacheable", 2, false, BIT_ULL(3) | BIT_ULL(5), RETYPES },
	{ "SH[0]", 0, false, BIT_ULL(8), RESHARES },
	{ "table valid", 0, true, BIT_ULL(0), FAULTS, "translation" },
	{ "APTable[1]", 1, true, BIT_ULL(62), DENIES, .denied = WRITES },
	{ "APTable[0]", 1, true, BIT_ULL(61), DENIES, .denied = ALL & ~PRIV },
};

static void try_flip(struct kunit *test, const struct subject *s, const struct flip *f,
		     u64 iova, const struct lab_translation *was)
{
	const struct lab_walker *walker = s->inst->params.format->walker;
	u64 *desc = phys_to_virt(was->desc_pa[was->level - f->in_table]);
	struct lab_cpu_answer before, after;
	struct lab_translation walk;

	lab_cpu_translate(s->fmt, &s->inst->cfg, was, iova, &before);
	KUNIT_ASSERT_NULL(test, before.refused);
	WRITE_ONCE(*desc, *desc ^ f->bits);
	walker->translate(&s->inst->cfg, iova, &walk);
	lab_cpu_translate(s->fmt, &s->inst->cfg, &walk, iova, &after);
	WRITE_ONCE(*desc, *desc ^ f->bits);

	KUNIT_ASSERT_NULL_MSG(test, after.refused, "%s: %s", f->name, after.refused);
	KUNIT_EXPECT_NULL_MSG(test, lab_cpu_differs(&after, &walk), "%s: %s; PAR %#llx %#llx",
			      f->name, lab_cpu_differs(&after, &walk), after.par[0],
			      after.par[1]);
	/* Whoever still believed the old descriptor would be contradicted. */
	KUNIT_EXPECT_NOT_NULL_MSG(test, lab_cpu_differs(&after, was), "%s", f->name);

	switch (f->effect) {
	case FAULTS:
		KUNIT_EXPECT_STREQ_MSG(test, after.fault, f->fault, "%s", f->name);
		KUNIT_EXPECT_EQ_MSG(test, after.level, was->level - f->in_table, "%s", f->name);
		KUNIT_EXPECT_EQ_MSG(test, after.allowed, 0, "%s", f->name);
		return;
	case DENIES:
		KUNIT_EXPECT_EQ_MSG(test, after.allowed, before.allowed & ~f->denied, "%s",
				    f->name);
		return;
	case MOVES:
		KUNIT_EXPECT_EQ_MSG(test, after.oa, before.oa ^ f->bits, "%s", f->name);
		break;
	case RETYPES:
		KUNIT_EXPECT_NE_MSG(test, after.memory, before.memory, "%s", f->name);
		break;
	case RESHARES:
		KUNIT_EXPECT_NE_MSG(test, after.share, before.share, "%s", f->name);
		break;
	}
	KUNIT_EXPECT_EQ_MSG(test, after.allowed, before.allowed, "%s", f->name);
}

/*
 * Passing proves that the CPU reads the descriptors and nothing else: whichever
 * bit flips, its answer follows, and lab_cpu_differs() sees it.
 */
static void cpu_follows_each_bit(struct kunit *test)
{
	struct subject s = subject(test);
	size_t pgsize = smallest(&s);
	u64 iova = s.inst->first + 7 * pgsize;
	struct lab_answers a;

	KUNIT_ASSERT_EQ(test, 0,
			lab_instance_map(s.inst, iova, 0, pgsize, 1, RW | IOMMU_CACHE));
	a = ask(test, &s, iova);
	KUNIT_ASSERT_NULL(test, a.walk.fault);
	for (int i = 0; i < ARRAY_SIZE(flips); i++) {
		const struct flip *f = &flips[i];

		if (f->stage && f->stage != s.q.stage)
			continue;
		/* Where hardware manages these, their meaning is another. */
		if (s.q.hd && (f->bits & (BIT_ULL(10) | BIT_ULL(7))))
			continue;
		if ((f->effect == RETYPES || f->effect == RESHARES) &&
		    !(a.cpu.memory_known && a.cpu.share_known))
			continue;
		/* With FEAT_S2FWB the field reads otherwise. */
		if (s.q.fwb && f->effect == RETYPES)
			continue;
		try_flip(test, &s, f, iova, &a.walk);
	}
	ask(test, &s, iova);
}

/*
 * Passing proves that what hardware manages is not held against either reader: of
 * a clean page the CPU says nothing about writes, and AF is not asked for.
 */
static void cpu_leaves_dirty_state_alone(struct kunit *test)
{
	struct subject s = subject(test);
	size_t pgsize = smallest(&s);
	struct lab_answers a;
	u64 *desc, was;

	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(s.inst, s.inst->first, 0, pgsize, 1, RW));
	a = ask(test, &s, s.inst->first);
	KUNIT_ASSERT_NULL(test, a.walk.fault);
	KUNIT_EXPECT_EQ(test, a.cpu.allowed, ALL);
	desc = phys_to_virt(a.walk.desc_pa[3]);
	was = *desc;

	WRITE_ONCE(*desc, was | BIT_ULL(7));
	a = ask(test, &s, s.inst->first);
	KUNIT_EXPECT_EQ(test, a.cpu.asked, READS);
	KUNIT_EXPECT_EQ(test, a.cpu.allowed, READS);
	KUNIT_EXPECT_EQ(test, *desc, was | BIT_ULL(7));

	WRITE_ONCE(*desc, was & ~BIT_ULL(10));
	KUNIT_ASSERT_EQ(test, 0, lab_instance_translate(s.inst, s.inst->first, &a));
	KUNIT_EXPECT_NOT_NULL(test, a.cpu.refused);
	KUNIT_EXPECT_EQ(test, *desc, was & ~BIT_ULL(10));
	WRITE_ONCE(*desc, was);
}

static struct kunit_case cpu_cases[] = {
	KUNIT_CASE_PARAM(cpu_is_asked, cpu_every),
	KUNIT_CASE_PARAM(cpu_finds_pages_of_every_size, cpu_all),
	KUNIT_CASE_PARAM(cpu_finds_ends_of_space, cpu_all),
	KUNIT_CASE_PARAM(cpu_names_the_level, cpu_all),
	KUNIT_CASE_PARAM(cpu_keeps_permissions, cpu_all),
	KUNIT_CASE_PARAM(cpu_follows_each_bit, cpu_all),
	KUNIT_CASE_PARAM(cpu_leaves_dirty_state_alone, cpu_hd),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite cpu_suite = {
	.name		= "lab_cpu",
	LAB_SUITE_OF_THE_LAB,
	.suite_init	= cpu_suite_init,
	.suite_exit	= cpu_suite_exit,
	.test_cases	= cpu_cases,
};

kunit_test_suite(cpu_suite);

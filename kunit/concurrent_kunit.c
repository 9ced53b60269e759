// SPDX-License-Identifier: GPL-2.0-only
/*
 * Concurrent mode: every pattern on every format, of both providers, with walkers that
 * snoop and such that do not; some on tables of every shape; and writers that lose a
 * race, which it has to find.  All that wants two CPUs is here.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "format/v7s.h"
#include "fuzz/concurrent.h"
#include "saboteur.h"

/**
 * struct crowded - a configuration, and who meets whom in it
 * @config:	the configuration
 * @pattern:	who meets whom
 */
struct crowded {
	struct lab_config config;
	enum lab_concurrent_pattern pattern;
};

static const struct lab_provider *const providers[] = {
	&lab_provider_kernel, &lab_provider_lab,
};

/* KUnit runs one case at a time. */
static struct crowded now;

LAB_GENERATOR(next_crowded)
{
	static unsigned int i;

	for (i = prev ? i + 1 : 0;; i++) {
		unsigned int n = i;

		now.pattern = n % LAB_CONCURRENT_NR;
		n /= LAB_CONCURRENT_NR;
		now.config.noncoherent = n % 2;
		n /= 2;
		now.config.provider = providers[n % ARRAY_SIZE(providers)];
		n /= ARRAY_SIZE(providers);
		if (n >= LAB_NR_FORMATS)
			return NULL;
		now.config.format = &lab_formats[n];
		if (lab_kunit_kernel_only && now.config.provider != &lab_provider_kernel)
			continue;
		/* What others write for walkers that snoop is what lpae-s1 writes. */
		if (n != LAB_V7S && n != LAB_LPAE_S1 && !now.config.noncoherent)
			continue;
		if (now.pattern != LAB_CONCURRENT_SPLIT || lab_provider_splits(now.config.provider))
			break;
	}
	now.config.name = "crowded";
	/* The kernel's v7s takes none. */
	now.config.allocator = now.config.provider == &lab_provider_kernel &&
			       now.config.format->fmt == ARM_V7S ? NULL : &lab_slab;
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s %s %s%s", now.config.format->name,
		 now.config.provider->name, lab_concurrent_names[now.pattern],
		 now.config.noncoherent ? " noncoherent" : "");
	return &now;
}

/* Passing proves that the pattern leaves tables as they ought to be, in every round. */
static void pattern_is_clean(struct kunit *test)
{
	const struct crowded *p = test->param_value;
	struct rnd_state rnd = lab_kunit_random(p->pattern);
	const struct lab_concurrent_plan plan = {
		.pattern = p->pattern, .seed = prandom_u32_state(&rnd),
	};
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst = lab_config_create(test, &p->config, tally);

	KUNIT_EXPECT_EQ(test, 0, lab_concurrent_run(inst, &plan));
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

static bool takes_all(const struct lab_config *config)
{
	return true;
}

LAB_GENERATOR(some_config)
{
	return lab_config_next(prev, desc, takes_all, 3);
}

/*
 * Passing proves that map, unmap and translate may run side by side on disjoint ranges
 * whatever the shape of the tables, also where the creation of tables is shared.
 */
static void shape_is_clean(struct kunit *test)
{
	static const enum lab_concurrent_pattern patterns[] = {
		LAB_CONCURRENT_CREATE, LAB_CONCURRENT_DISJOINT,
	};
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst = lab_config_create(test, test->param_value, tally);
	struct lab_concurrent_plan plan = { .rounds = 1, .steps = 8 };
	int ret;

	for (int i = 0; i < ARRAY_SIZE(patterns); i++) {
		plan.pattern = patterns[i];
		ret = lab_concurrent_run(inst, &plan);
		if (ret == -ENOSPC)
			kunit_skip(test, "the address space has no room for it");
		KUNIT_EXPECT_EQ(test, ret, 0);
	}
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

/* Passing proves that tables made ready beforehand are enough, and that none is made else. */
static void reserved_tables_do(struct kunit *test)
{
	const struct lab_config config = {
		.name		= "crowded",
		.format		= &lab_formats[LAB_LPAE_S1],
		.provider	= &lab_provider_kernel,
		.allocator	= &lab_reserve,
	};
	const struct lab_concurrent_plan plan = { .pattern = LAB_CONCURRENT_CREATE };
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst = lab_config_create(test, &config, tally);

	KUNIT_EXPECT_EQ(test, 0, lab_concurrent_run(inst, &plan));
	lab_kunit_destroy(test, inst);
	lab_kunit_expect_clean(test, tally);
}

/* Passing proves that what was mapped before is left alone, and nothing else is left. */
static void leaves_others_alone(struct kunit *test)
{
	const struct lab_config config = {
		.name		= "crowded",
		.format		= &lab_formats[LAB_V7S],
		.provider	= &lab_provider_lab,
		.allocator	= &lab_slab,
	};
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst = lab_config_create(test, &config, tally);
	struct lab_concurrent_plan plan = {};

	/* Half of the space: it takes some tries to find a place. */
	KUNIT_ASSERT_EQ(test, 0, lab_instance_map(inst, 0, 0, SZ_16M, SZ_1G / SZ_16M * 2,
						  IOMMU_READ));
	for (; plan.pattern < LAB_CONCURRENT_SPLIT; plan.pattern++)
		KUNIT_EXPECT_EQ(test, 0, lab_concurrent_run(inst, &plan));
	KUNIT_EXPECT_TRUE(test, lab_model_covers(&inst->model, 0, SZ_2G));
	KUNIT_EXPECT_FALSE(test, lab_model_overlaps(&inst->model, SZ_2G, SZ_2G));
	lab_kunit_expect_clean(test, tally);
}

static void bad_plans_are_refused(struct kunit *test)
{
	static const struct {
		struct lab_concurrent_plan plan;
		int ret;
	} bad[] = {
		{ { .pattern = LAB_CONCURRENT_NR }, -EINVAL },
		{ { .workers = 1 }, -EINVAL },
		{ { .workers = 9 }, -EINVAL },
		{ { .steps = 33 }, -EINVAL },
		{ { .pattern = LAB_CONCURRENT_SPLIT }, -EOPNOTSUPP },
		{ { .pattern = LAB_CONCURRENT_CREATE, .steps = 32 }, -ENOSPC },
	};
	const struct lab_config config = {
		.name		= "crowded",
		.format		= &lab_formats[LAB_LPAE_S1],
		.provider	= &lab_provider_lab,
		.allocator	= &lab_slab,
		.ias		= 25,
	};
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst = lab_config_create(test, &config, tally);

	for (int i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ_MSG(test, lab_concurrent_run(inst, &bad[i].plan), bad[i].ret,
				    "plan %d", i);
	lab_kunit_expect_clean(test, tally);
}

/* Writers that lose a race. */

#define LOST_TABLE	BIT_ULL(LAB_RULE_LEDGER_IN_TREE)
#define NOT_SHOWN	BIT_ULL(LAB_RULE_WRITTEN_BACK)
#define LOST_PAGES	(BIT_ULL(LAB_RULE_MAPPED_EXACT) | BIT_ULL(LAB_RULE_TRANSLATION) | \
			 BIT_ULL(LAB_RULE_NO_STRAY))

/* Level 1 has a descriptor for each 1 MB (DDI0406C B3.5.1). */
static u32 *level_1(const struct lab_instance *inst, u64 iova)
{
	u32 *root = phys_to_virt(inst->cfg.arm_v7s_cfg.ttbr & ~(SZ_16K - 1));

	return root + (iova >> V7S_SECTION_LG2);
}

static u32 *level_2(const struct lab_instance *inst, u64 iova)
{
	u32 desc = READ_ONCE(*level_1(inst, iova));

	return v7s_is_table(desc) ?
	       (u32 *)phys_to_virt(desc & V7S_TABLE_ADDR) + v7s_l2_index(iova) : NULL;
}

/* A table goes where there was none a moment ago, whatever is there now. */
static int map_store(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t pa,
		     size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	struct lab_instance *inst = lab_saboteur_of(ops)->inst;
	u32 *desc = level_1(inst, iova);
	void *table;

	if (pgsize < SZ_1M && !READ_ONCE(*desc)) {
		table = inst->cfg.alloc(inst, V7S_L2_BYTES, gfp);
		if (!table)
			return -ENOMEM;
		WRITE_ONCE(*desc, v7s_table_desc(&inst->cfg, virt_to_phys(table)));
	}
	return lab_pass_map(ops, iova, pa, pgsize, pgcount, prot, gfp, mapped);
}

/* Descriptors are written a line of the cache at a time, the neighbours' as they were. */
static int map_line(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t pa,
		    size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	struct lab_instance *inst = lab_saboteur_of(ops)->inst;
	u32 line[16], *desc = level_2(inst, iova), *start;
	int ret;

	if (!desc || pgsize != SZ_4K)
		return lab_pass_map(ops, iova, pa, pgsize, pgcount, prot, gfp, mapped);

	start = PTR_ALIGN_DOWN(desc, sizeof(line));
	for (int i = 0; i < ARRAY_SIZE(line); i++)
		line[i] = READ_ONCE(start[i]);
	ret = lab_pass_map(ops, iova, pa, pgsize, pgcount, prot, gfp, mapped);
	udelay(5);
	for (int i = 0; i < ARRAY_SIZE(line); i++)
		if (start + i < desc || start + i >= desc + pgcount)
			WRITE_ONCE(start[i], line[i]);
	return ret;
}

/* Who finds a table takes it that whoever made it has shown it. */
static int map_trusting(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t pa,
			size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	struct lab_instance *inst = lab_saboteur_of(ops)->inst;
	u32 *desc = level_2(inst, iova);

	if (!desc || pgsize != SZ_4K)
		return lab_pass_map(ops, iova, pa, pgsize, pgcount, prot, gfp, mapped);

	for (size_t i = 0; i < pgcount; i++)
		WRITE_ONCE(desc[i], v7s_leaf_attrs(&inst->cfg, prot, V7S_PAGE_LG2) |
			   (u32)(pa + i * SZ_4K));
	dma_sync_single_for_device(inst->dev, virt_to_phys(desc), pgcount * sizeof(*desc),
				   DMA_TO_DEVICE);
	*mapped += pgcount * SZ_4K;
	return 0;
}

/**
 * struct race - a writer that loses a race, and where it shows
 * @name:	what it does wrong
 * @map:	how
 * @pattern:	who has to meet whom for it
 * @noncoherent: the walker does not snoop
 * @rules:	the rules that find it, one at least: which depends on who is first
 */
struct race {
	const char *name;
	int (*map)(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t pa, size_t pgsize,
		   size_t pgcount, int prot, gfp_t gfp, size_t *mapped);
	enum lab_concurrent_pattern pattern;
	bool noncoherent;
	u64 rules;
};

static const struct race races[] = {
	{ "a table stored over another", map_store, LAB_CONCURRENT_CREATE, false, LOST_TABLE },
	{ "neighbours written as they were", map_line, LAB_CONCURRENT_NEIGHBOURS, false,
	  LOST_PAGES },
	{ "neighbours written as they were, while they unmap", map_line,
	  LAB_CONCURRENT_OPPOSITE, false, LOST_PAGES },
	{ "a table found and not shown", map_trusting, LAB_CONCURRENT_CREATE, true, NOT_SHOWN },
};

static void race_desc(const struct race *race, char *desc)
{
	strscpy(desc, race->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(race, races, race_desc);

/* Passing proves that a race that is lost is found within the bounds of a plan. */
static void race_is_found(struct kunit *test)
{
	const struct race *race = test->param_value;
	const struct lab_config config = {
		.name		= "crowded",
		.format		= &lab_formats[LAB_V7S],
		.provider	= &lab_provider_lab,
		.allocator	= &lab_slab,
		.noncoherent	= race->noncoherent,
	};
	const struct lab_concurrent_plan plan = {
		.pattern = race->pattern, .rounds = 50, .steps = 32,
	};
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst;
	bool found = false;

	if (!lab_concurrent_at_once(&plan))
		kunit_skip(test, "with one CPU nothing runs at once");
	inst = lab_config_create(test, &config, tally);
	lab_kunit_expect_clean(test, tally);
	lab_saboteur_enter(test, inst)->ops.map_pages = race->map;
	KUNIT_EXPECT_EQ(test, 0, lab_concurrent_run(inst, &plan));
	for (int rule = 0; rule < LAB_RULE_NR; rule++)
		found |= race->rules & BIT_ULL(rule) && atomic64_read(&tally->violated[rule]);
	KUNIT_EXPECT_TRUE(test, found);
}

/* A table that was taken and is nowhere; no ledger sees the kernel's own memory. */

static struct kmem_cache *lost_cache;
static void *lost;

static int map_losing(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t pa,
		      size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	if (!cmpxchg(&lost, NULL, ZERO_SIZE_PTR))
		WRITE_ONCE(lost, kmem_cache_zalloc(lost_cache, gfp));
	return lab_pass_map(ops, iova, pa, pgsize, pgcount, prot, gfp, mapped);
}

static void free_lost(void *unused)
{
	if (lost)
		kmem_cache_free(lost_cache, lost);
	kmem_cache_destroy(lost_cache);
	lost = NULL;
}

/* Passing proves that tables of the kernel's own memory are missed one by one. */
static void lost_table_is_found(struct kunit *test)
{
	const struct lab_concurrent_plan plan = { .pattern = LAB_CONCURRENT_NEIGHBOURS };
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_instance *inst;

	inst = lab_sabotage_create(test, LAB_V7S, &lab_provider_kernel, 0, tally);
	lost_cache = kmem_cache_create("lab_lost", V7S_L2_BYTES, 0, SLAB_CACHE_DMA32, NULL);
	KUNIT_ASSERT_NOT_NULL(test, lost_cache);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, free_lost, NULL));
	lab_saboteur_enter(test, inst)->ops.map_pages = map_losing;
	KUNIT_EXPECT_EQ(test, 0, lab_concurrent_run(inst, &plan));
	lab_kunit_expect_fired(test, tally, LAB_RULE_LEDGER_IN_TREE);
}

static int say_how(struct kunit_suite *suite)
{
	if (num_online_cpus() < 2)
		kunit_info(suite, "with one CPU workers take turns: nothing runs at once, the rest is checked");
	return lab_kunit_print_seed(suite);
}

static struct kunit_case concurrent_cases[] = {
	KUNIT_CASE_PARAM(pattern_is_clean, next_crowded),
	KUNIT_CASE_PARAM(shape_is_clean, some_config),
	KUNIT_CASE(reserved_tables_do),
	/* No kernel can break these: LAB_SUITE_OF_THE_LAB. */
	KUNIT_CASE_SLOW(leaves_others_alone),
	KUNIT_CASE_SLOW(bad_plans_are_refused),
	LAB_CASES_OF_THE_LAB(race_is_found, race_gen_params),
	KUNIT_CASE_SLOW(lost_table_is_found),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite concurrent_suite = {
	.name		= "lab_concurrent",
	.suite_init	= say_how,
	.test_cases	= concurrent_cases,
};

kunit_test_suite(concurrent_suite);

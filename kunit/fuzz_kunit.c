// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fuzzer: a fixed budget of programs on every configuration; and that what is wrong
 * is found, shrunk, and found again.
 */
#include <linux/sizes.h>
#include <linux/stringhash.h>

#include "compare.h"
#include "configs.h"
#include "fuzz/fuzz.h"
#include "fuzz/generate.h"

/* What fits into make check, with all sanitizers or none; make fuzz goes on from there. */
enum {
	STEPS		= IS_ENABLED(CONFIG_KASAN) ? 24 : 96,
	LONG		= 120,
};

/* Each configuration has programs of its own. */
static u64 seed_of(const char *name)
{
	struct rnd_state rnd = lab_kunit_random(full_name_hash(NULL, name, strlen(name)));

	return prandom_u32_state(&rnd);
}

static void forget(void *fuzz)
{
	lab_fuzz_forget(fuzz);
}

static struct lab_fuzz *make_fuzz(struct kunit *test, const struct lab_params *params, u64 seed,
				  size_t steps)
{
	struct lab_fuzz *fuzz = kunit_kzalloc(test, sizeof(*fuzz), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fuzz);
	fuzz->setup.params = *params;
	*fuzz->setup.params.name = '\0';
	fuzz->seed = seed;
	fuzz->seeds = 1;
	fuzz->steps = steps;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, forget, fuzz));
	return fuzz;
}

static void say(struct kunit *test, const struct lab_fuzz *fuzz)
{
	const struct lab_fuzz_failure *f = &fuzz->failure;
	char line[LAB_FUZZ_OP_BYTES];

	kunit_err(test, "seed %llu, %zu steps: %s: %s\n", f->seed, f->steps,
		  lab_rule_info[f->rule].name, f->text);
	for (size_t i = 0; i < f->program.nr && !fuzz->as_found; i++) {
		lab_fuzz_op_text(&f->program.op[i], line, sizeof(line));
		kunit_err(test, "  %s\n", line);
	}
}

/* Runs it, and no rule is violated. */
static void expect_well(struct kunit *test, struct lab_fuzz *fuzz)
{
	/* Where all fail, one that is shrunk says enough, and each takes its time. */
	static bool failed;
	struct lab_tally *tally = lab_kunit_tally(test);

	fuzz->as_found = failed;
	KUNIT_ASSERT_EQ(test, 0, lab_fuzz_run(fuzz, tally));
	if (fuzz->failed)
		say(test, fuzz);
	failed |= fuzz->failed;
	KUNIT_EXPECT_FALSE(test, fuzz->failed);
	KUNIT_EXPECT_EQ(test, fuzz->done, fuzz->seeds);
	KUNIT_EXPECT_EQ(test, fuzz->counts.steps, fuzz->seeds * fuzz->steps);
	KUNIT_EXPECT_GT(test, fuzz->checks, fuzz->counts.steps);
	lab_kunit_expect_clean(test, tally);
}

static bool takes_all(const struct lab_config *config)
{
	return true;
}

LAB_GENERATOR(any_config)
{
	return lab_config_next(prev, desc, takes_all, 1);
}

/* Passing proves that a program leaves nothing wrong on a configuration. */
static void program_is_done_right(struct kunit *test)
{
	const struct lab_config *c = test->param_value;
	struct lab_params p;

	lab_config_need(test, c);
	lab_config_params(c, &p);
	expect_well(test, make_fuzz(test, &p, seed_of(c->name), STEPS));
}

static bool takes_kernels(const struct lab_config *config)
{
	return config->provider == &lab_provider_kernel;
}

LAB_GENERATOR(kernels_config)
{
	return lab_config_next(prev, desc, takes_kernels, 1);
}

/* Passing proves that both providers do the same, to the bit, after each step. */
static void providers_do_the_same(struct kunit *test)
{
	const struct lab_config *c = test->param_value;
	struct lab_fuzz *fuzz;
	struct lab_params p;
	const char *why;

	lab_config_need(test, c);
	lab_kunit_need_low_memory(test);
	lab_config_params(c, &p);
	why = lab_compare_differs(&p);
	if (why)
		kunit_skip(test, "%s", why);
	fuzz = make_fuzz(test, &p, seed_of(c->name) + 1, STEPS / 2);
	fuzz->setup.differential = true;
	expect_well(test, fuzz);
}

/* A provider that does one thing wrong */
struct bad_provider {
	const char *name;
	const struct lab_provider *provider;
	enum lab_format_index format;
	enum lab_rule rule;
};

static const struct bad_provider bad_providers[] = {
	{ "v7s, leaves the third page", &lab_bad_third_page, LAB_V7S, LAB_RULE_MAPPED_EXACT },
	{ "lpae-s1, leaves the third page", &lab_bad_third_page, LAB_LPAE_S1,
	  LAB_RULE_MAPPED_EXACT },
	{ "v7s, overcounts the third map", &lab_bad_third_map, LAB_V7S, LAB_RULE_MAPPED_EXACT },
	{ "lpae-s2, overcounts the third map", &lab_bad_third_map, LAB_LPAE_S2,
	  LAB_RULE_MAPPED_EXACT },
};

static void bad_provider_desc(const struct bad_provider *b, char *desc)
{
	strscpy(desc, b->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(bad_provider, bad_providers, bad_provider_desc);

/* A run in which the fuzzer finds what is wrong. */
static struct lab_fuzz *find(struct kunit *test, const struct bad_provider *b)
{
	struct lab_fuzz *fuzz;
	struct lab_params p;

	lab_kunit_need_low_memory(test);
	lab_params_default(&p, &lab_formats[b->format]);
	p.provider = b->provider;
	p.allocator = &lab_slab;
	fuzz = make_fuzz(test, &p, 1, LONG);
	fuzz->seeds = 4;
	KUNIT_ASSERT_EQ(test, 0, lab_fuzz_run(fuzz, lab_kunit_tally(test)));
	KUNIT_ASSERT_TRUE(test, fuzz->failed);
	KUNIT_ASSERT_GT(test, fuzz->failure.program.nr, 0);
	return fuzz;
}

/* The rule that a program violates first, LAB_RULE_NR for none. */
static enum lab_rule violated(struct kunit *test, const struct lab_fuzz_setup *setup,
			      const struct lab_fuzz_program *program)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_fuzz_counts counts = {};
	const struct lab_violation *first;
	size_t came;

	KUNIT_ASSERT_EQ(test, 0, lab_fuzz_execute(setup, program, tally, &counts, NULL, &came));
	first = lab_tally_first(tally);
	return first ? first->rule : LAB_RULE_NR;
}

/* Passing proves that what is wrong is found, and the program found violates it again. */
static void wrong_is_found(struct kunit *test)
{
	const struct bad_provider *b = test->param_value;
	struct lab_fuzz *fuzz = find(test, b);

	KUNIT_EXPECT_EQ(test, fuzz->failure.rule, b->rule);
	KUNIT_EXPECT_EQ(test, violated(test, &fuzz->setup, &fuzz->failure.program), b->rule);
}

/* Passing proves that no step of the program found can be left out. */
static void found_is_minimal(struct kunit *test)
{
	const struct bad_provider *b = test->param_value;
	struct lab_fuzz *fuzz = find(test, b);
	struct lab_fuzz_program *p = &fuzz->failure.program;

	for (size_t out = 0; out < p->nr; out++) {
		struct lab_fuzz_op kept = p->op[out];

		memmove(&p->op[out], &p->op[out + 1], (p->nr - out - 1) * sizeof(kept));
		p->nr--;
		KUNIT_EXPECT_EQ_MSG(test, violated(test, &fuzz->setup, p), LAB_RULE_NR,
				    "without step %zu", out);
		p->nr++;
		memmove(&p->op[out + 1], &p->op[out], (p->nr - out - 1) * sizeof(kept));
		p->op[out] = kept;
	}
}

/* Passing proves that of all that was done the two steps are left that it takes. */
static void found_is_the_known_program(struct kunit *test)
{
	const struct lab_fuzz_failure *f = &find(test, &bad_providers[1])->failure;
	static const char * const due[] = { "map 0x0 0x0 4K 3 rw", "unmap 0x0 4K 3" };
	char text[LAB_FUZZ_OP_BYTES];

	KUNIT_EXPECT_GT(test, f->came, ARRAY_SIZE(due));
	KUNIT_ASSERT_EQ(test, f->program.nr, ARRAY_SIZE(due));
	for (int i = 0; i < ARRAY_SIZE(due); i++) {
		lab_fuzz_op_text(&f->program.op[i], text, sizeof(text));
		KUNIT_EXPECT_STREQ(test, text, due[i]);
	}
}

static struct kunit_case fuzz_cases[] = {
	KUNIT_CASE_PARAM(program_is_done_right, any_config),
	KUNIT_CASE_PARAM(providers_do_the_same, kernels_config),
	LAB_CASES_OF_THE_LAB(wrong_is_found, bad_provider_gen_params),
	LAB_CASES_OF_THE_LAB(found_is_minimal, bad_provider_gen_params),
	KUNIT_CASE_SLOW(found_is_the_known_program),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite fuzz_suite = {
	.name		= "lab_fuzz",
	.suite_init	= lab_kunit_print_seed,
	.test_cases	= fuzz_cases,
};

kunit_test_suite(fuzz_suite);

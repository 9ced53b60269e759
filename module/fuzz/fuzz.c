// SPDX-License-Identifier: GPL-2.0-only
/*
 * A run of the fuzzer: a program for each seed, until one violates a rule, which is then
 * shrunk.  Sleeps; runs do not know of each other.
 */
#include <kunit/visibility.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "compare.h"
#include "fuzz.h"
#include "generate.h"
#include "compat/compat.h"

/**
 * lab_fuzz_check_setup() - whether programs can be done on it
 * @setup:	what they are to be done on
 *
 * What is wrong is complained of in the kernel log.
 *
 * Context: Any.
 * Return: 0; -EOPNOTSUPP for what this kernel does not offer, -EINVAL for parameters
 * that do not fit each other.
 */
int lab_fuzz_check_setup(const struct lab_fuzz_setup *setup)
{
	const char *why;
	struct lab_params p = setup->params;

	/* Who asks is told, though instances are nameless. */
	strscpy(p.name, "fuzz");
	if (!setup->differential)
		return lab_params_check(&p);

	if (p.provider != &lab_provider_kernel) {
		lab_complain(p.name, "differential: provider=kernel, the lab's is put beside it");
		return -EINVAL;
	}
	why = lab_compare_differs(&p);
	if (why) {
		lab_complain(p.name, "differential: %s", why);
		return -EOPNOTSUPP;
	}
	return lab_params_check(&p);
}
EXPORT_SYMBOL_IF_KUNIT(lab_fuzz_check_setup);

/* Keep what is to be shrunk; the tally has the violation. */
static int fail(struct lab_fuzz *fuzz, const struct lab_fuzz_program *program, u64 seed,
		size_t came, const struct lab_tally *tally)
{
	const struct lab_violation *first = lab_tally_first(tally);
	struct lab_fuzz_failure *f = &fuzz->failure;
	int ret = lab_fuzz_program_init(&f->program, LAB_FUZZ_MAX_OPS);

	if (ret)
		return ret;
	f->setup = fuzz->setup;
	f->seed = seed;
	f->steps = program->nr;
	f->came = came;
	f->rule = first->rule;
	strscpy(f->text, first->text, sizeof(f->text));
	memcpy(f->program.op, program->op, program->nr * sizeof(*program->op));
	f->program.nr = program->nr;
	fuzz->failed = true;
	return 0;
}

static int run_seed(struct lab_fuzz *fuzz, u64 seed, struct lab_fuzz_program *program,
		    struct lab_tally *tally, struct lab_tally *parent)
{
	size_t came;
	int ret;

	lab_tally_init(tally, "", NULL);
	lab_fuzz_generate(&fuzz->setup.params, seed, fuzz->window, fuzz->steps,
			  program);
	ret = lab_fuzz_execute(&fuzz->setup, program, tally, &fuzz->counts, NULL, &came);
	lab_tally_pass_on(tally, parent);
	fuzz->checks += lab_tally_checked(tally);
	fuzz->known += lab_tally_known(tally);
	if (lab_tally_violated(tally))
		return fail(fuzz, program, seed, came, tally);
	fuzz->done += !ret;
	return ret;
}

/**
 * lab_fuzz_run() - run programs until one violates a rule
 * @fuzz:	the setup, seeds and steps; what came of it is filled in
 * @parent:	tally that sees all rules, but for the tries of shrinking
 *
 * Context: Process; sleeps.
 * Return: 0 whatever rule was violated; the errno that ended it.
 */
int lab_fuzz_run(struct lab_fuzz *fuzz, struct lab_tally *parent)
{
	struct lab_tally *tally = kvzalloc(sizeof(*tally), GFP_KERNEL);
	struct lab_fuzz_program program = {};
	u64 start;
	int ret = -ENOMEM;

	if (tally)
		ret = lab_fuzz_program_init(&program, fuzz->steps);
	start = ktime_get_ns();
	for (u64 i = 0; i < fuzz->seeds && !ret && !fuzz->failed; i++)
		ret = run_seed(fuzz, fuzz->seed + i, &program, tally, parent);
	fuzz->ns = ktime_get_ns() - start;
	lab_fuzz_program_fini(&program);
	kvfree(tally);
	if (!ret && fuzz->failed && !fuzz->as_found)
		ret = lab_fuzz_shrink(&fuzz->failure);
	fuzz->ret = ret;
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(lab_fuzz_run);

/**
 * lab_fuzz_forget() - give back what a run left
 * @fuzz:	a run, or zeroes
 *
 * Context: Process.
 */
void lab_fuzz_forget(struct lab_fuzz *fuzz)
{
	lab_fuzz_program_fini(&fuzz->failure.program);
}
EXPORT_SYMBOL_IF_KUNIT(lab_fuzz_forget);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The debugfs files fuzz and replay.  What fuzz shows of a failure can be written to
 * replay as it is.
 *
 * A mutex has one run at a time, of either, and guards what the last ones left: text
 * and numbers, for the allocator that they were about may be gone by now.  A run may
 * take hours, so that who waits for it can be killed.
 */
#include <linux/debugfs.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/utsname.h>

#include "debugfs.h"
#include "fuzz/words.h"
#include "compat/compat.h"

static DEFINE_MUTEX(fuzz_lock); /* last, replayed */

/**
 * struct last - the last run
 * @any:	there was one
 * @setup:	what it was done on, in words
 * @fuzz:	what came of it
 */
static struct last {
	bool any;
	char setup[LAB_FUZZ_SETUP_BYTES];
	struct lab_fuzz fuzz;
} last;

/**
 * struct replayed - the last replay
 * @any:	there was one
 * @setup:	what it was done on, in words
 * @program:	the program
 * @results:	what each step gave
 * @came:	steps that were done
 * @ret:	0, or the errno that ended it
 * @violated:	a rule was violated
 * @rule:	which
 * @text:	what was found
 */
static struct replayed {
	bool any;
	char setup[LAB_FUZZ_SETUP_BYTES];
	struct lab_fuzz_program program;
	int *results;
	size_t came;
	int ret;
	bool violated;
	enum lab_rule rule;
	char text[LAB_VIOLATION_BYTES];
} replayed;

/* Until the run is over the allocator stays. */
static int hold(const struct lab_params *p)
{
	if (!p->allocator || try_module_get(p->allocator->owner))
		return 0;
	lab_complain("fuzz", "allocator %s is going", p->allocator->name);
	return -ENODEV;
}

static void let_go(const struct lab_params *p)
{
	if (p->allocator)
		module_put(p->allocator->owner);
}

/* What is refused leaves what came of the last run. */
static int parse_fuzz(char *text, struct lab_fuzz *fuzz)
{
	int ret;

	lab_allocators_get();
	ret = lab_fuzz_parse(text, fuzz) ?: lab_fuzz_check_setup(&fuzz->setup) ?:
	      hold(&fuzz->setup.params);
	lab_allocators_put();
	return ret;
}

static int run_fuzz(const struct lab_fuzz *fuzz)
{
	struct lab_fuzz *f = &last.fuzz;

	lab_fuzz_forget(f);
	*f = *fuzz;
	lab_fuzz_setup_text(&f->setup, last.setup);
	last.any = true;
	lab_fuzz_run(f, &lab_totals);
	if (f->failed)
		lab_complain("fuzz", "%s: seed %llu: rule %s violated: %s", last.setup,
			     f->failure.seed, lab_rule_info[f->failure.rule].name,
			     f->failure.text);
	else if (f->ret)
		lab_complain("fuzz", "%s: %pe", last.setup, ERR_PTR(f->ret));
	return f->ret;
}

static ssize_t fuzz_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	char *text = lab_debugfs_text("fuzz", buf, count);
	struct lab_fuzz *fuzz;
	int ret = -ENOMEM;

	if (IS_ERR(text))
		return PTR_ERR(text);
	fuzz = kzalloc_obj(*fuzz);
	if (fuzz)
		ret = parse_fuzz(text, fuzz);
	else
		lab_complain("fuzz", "out of memory");
	if (!ret) {
		ret = mutex_lock_interruptible(&fuzz_lock);
		if (!ret) {
			ret = run_fuzz(fuzz);
			mutex_unlock(&fuzz_lock);
		}
		let_go(&fuzz->setup.params);
	}
	kfree(fuzz);
	kfree(text);
	return ret ?: count;
}

static void show_program(struct seq_file *m, const char *setup,
			 const struct lab_fuzz_program *program, const int *results, size_t came)
{
	char line[LAB_FUZZ_OP_BYTES];

	seq_printf(m, "%s\n", setup);
	for (size_t i = 0; i < program->nr; i++) {
		lab_fuzz_op_text(&program->op[i], line, sizeof(line));
		if (!results)
			seq_printf(m, "%s\n", line);
		else if (i < came && results[i])
			seq_printf(m, "%-56s # %pe\n", line, ERR_PTR(results[i]));
		else if (i < came)
			seq_printf(m, "%-56s # ok\n", line);
		else
			seq_printf(m, "%-56s # not done\n", line);
	}
}

static void show_counts(struct seq_file *m, const struct lab_fuzz *fuzz)
{
	const struct lab_fuzz_counts *c = &fuzz->counts;

	seq_printf(m, "# programs:  %llu of %zu steps, seeds %llu to %llu\n", fuzz->done,
		   fuzz->steps, fuzz->seed, fuzz->seed + fuzz->seeds - 1);
	seq_printf(m, "# steps:     %llu, %llu refused, %llu without a table, %llu left out, %llu warned of\n",
		   c->steps, c->refused, c->starved, c->left_out, c->warned);
	seq_printf(m, "# checks:    %llu, %llu of known findings\n", fuzz->checks, fuzz->known);
	seq_printf(m, "# time:      %llu ns, %llu a step\n", fuzz->ns,
		   c->steps ? div64_u64(fuzz->ns, c->steps) : 0);
	seq_printf(m, "# provider:  %llu ns, in making and freeing %llu page tables\n",
		   c->provider_ns, c->made);
}

static int fuzz_show(struct seq_file *m, void *v)
{
	const struct lab_fuzz_failure *f = &last.fuzz.failure;

	if (mutex_lock_interruptible(&fuzz_lock))
		return -EINTR;
	if (!last.any) {
		seq_puts(m, "# Write here what programs are to be done on, in the words of create, and\n"
			    "# [seed=N] [seeds=N] [steps=N] [window=SIZE] [differential]\n");
		goto unlock;
	}
	seq_printf(m, "# setup:     %s\n", last.setup);
	show_counts(m, &last.fuzz);
	if (last.fuzz.failed) {
		seq_printf(m, "# failure:   seed %llu, step %zu of %zu\n", f->seed, f->came,
			   f->steps);
		seq_printf(m, "# shrunk:    to %zu steps, by %u tries\n", f->program.nr, f->tries);
		show_program(m, last.setup, &f->program, NULL, 0);
		seq_printf(m, "# verdict: FAILED, %s: %s, Linux %s\n", lab_rule_info[f->rule].name,
			   f->text, init_utsname()->release);
	} else if (last.fuzz.ret) {
		seq_printf(m, "# verdict: INCOMPLETE, %pe, Linux %s\n", ERR_PTR(last.fuzz.ret),
			   init_utsname()->release);
	} else {
		seq_printf(m, "# verdict: ok, %llu steps, Linux %s\n", last.fuzz.counts.steps,
			   init_utsname()->release);
	}
unlock:
	mutex_unlock(&fuzz_lock);
	return 0;
}

static int fuzz_open(struct inode *inode, struct file *file)
{
	return single_open(file, fuzz_show, NULL);
}

static const struct file_operations fuzz_fops = {
	.owner		= THIS_MODULE,
	.open		= fuzz_open,
	.read		= seq_read,
	.write		= fuzz_write,
	.llseek		= seq_lseek,
	.release	= single_release,
};

static void forget_replay(void)
{
	replayed.any = false;
	lab_fuzz_program_fini(&replayed.program);
	kvfree(replayed.results);
	replayed.results = NULL;
}

static int do_replay(const struct lab_fuzz_setup *setup, struct lab_tally *tally)
{
	struct lab_fuzz_counts counts = {};
	const struct lab_violation *first;

	lab_tally_init(tally, "replay", &lab_totals);
	lab_fuzz_setup_text(setup, replayed.setup);
	replayed.ret = lab_fuzz_execute(setup, &replayed.program, tally, &counts,
					replayed.results, &replayed.came);
	first = lab_tally_first(tally);
	replayed.violated = first;
	if (first) {
		replayed.rule = first->rule;
		strscpy(replayed.text, first->text);
	}
	replayed.any = true;
	return replayed.ret;
}

/* The program is the last one's then. */
static int replay(const struct lab_fuzz_setup *setup, struct lab_fuzz_program *program)
{
	struct lab_tally *tally = kvzalloc(sizeof(*tally), GFP_KERNEL);
	int *results = kvcalloc(program->nr + 1, sizeof(*results), GFP_KERNEL);
	int ret = -ENOMEM;

	if (!tally || !results) {
		kvfree(results);
		goto free_tally;
	}
	forget_replay();
	swap(replayed.program, *program);
	replayed.results = results;
	ret = do_replay(setup, tally);
free_tally:
	kvfree(tally);
	return ret;
}

static int parse_replay(char *text, struct lab_fuzz_setup *setup,
			struct lab_fuzz_program *program)
{
	int ret = lab_fuzz_program_init(program, LAB_FUZZ_MAX_OPS);

	if (ret) {
		lab_complain("replay", "out of memory");
		return ret;
	}
	lab_allocators_get();
	ret = lab_fuzz_parse_replay(text, setup, program) ?: lab_fuzz_check_setup(setup) ?:
	      hold(&setup->params);
	lab_allocators_put();
	return ret;
}

static ssize_t replay_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	char *text = lab_debugfs_long_text("replay", buf, count, SZ_64K);
	struct lab_fuzz_program program = {};
	struct lab_fuzz_setup setup;
	int ret;

	if (IS_ERR(text))
		return PTR_ERR(text);
	ret = parse_replay(text, &setup, &program);
	if (!ret) {
		ret = mutex_lock_interruptible(&fuzz_lock);
		if (!ret) {
			ret = replay(&setup, &program);
			mutex_unlock(&fuzz_lock);
		}
		if (ret)
			lab_complain("replay", "ended early (%pe)", ERR_PTR(ret));
		let_go(&setup.params);
	}
	lab_fuzz_program_fini(&program);
	kfree(text);
	return ret ?: count;
}

static int replay_show(struct seq_file *m, void *v)
{
	if (mutex_lock_interruptible(&fuzz_lock))
		return -EINTR;
	if (!replayed.any) {
		seq_puts(m, "# Write a program here: in the first line what it is done on, in the words of\n"
			    "# create and [differential]; then an operation a line.\n");
		goto unlock;
	}
	show_program(m, replayed.setup, &replayed.program, replayed.results, replayed.came);
	if (replayed.violated)
		seq_printf(m, "# verdict: FAILED, step %zu of %zu, %s: %s, Linux %s\n",
			   replayed.came, replayed.program.nr, lab_rule_info[replayed.rule].name,
			   replayed.text, init_utsname()->release);
	else if (replayed.ret)
		seq_printf(m, "# verdict: INCOMPLETE, step %zu of %zu, %pe, Linux %s\n",
			   replayed.came, replayed.program.nr, ERR_PTR(replayed.ret),
			   init_utsname()->release);
	else
		seq_printf(m, "# verdict: ok, %zu steps, Linux %s\n", replayed.came,
			   init_utsname()->release);
unlock:
	mutex_unlock(&fuzz_lock);
	return 0;
}

static int replay_open(struct inode *inode, struct file *file)
{
	return single_open(file, replay_show, NULL);
}

static const struct file_operations replay_fops = {
	.owner		= THIS_MODULE,
	.open		= replay_open,
	.read		= seq_read,
	.write		= replay_write,
	.llseek		= seq_lseek,
	.release	= single_release,
};

/**
 * lab_debugfs_add_fuzz() - put up the fuzzer's files
 * @root:	the lab's directory
 *
 * Context: Process; sleeps.
 */
void lab_debugfs_add_fuzz(struct dentry *root)
{
	debugfs_create_file("fuzz", 0600, root, NULL, &fuzz_fops);
	debugfs_create_file("replay", 0600, root, NULL, &replay_fops);
}

/**
 * lab_debugfs_forget_fuzz() - give back what runs have left
 *
 * Context: Process; the files are gone.
 */
void lab_debugfs_forget_fuzz(void)
{
	lab_fuzz_forget(&last.fuzz);
	forget_replay();
}

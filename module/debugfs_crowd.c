// SPDX-License-Identifier: GPL-2.0-only
/*
 * The debugfs file of an instance that has several CPUs at once in its page table.
 *
 * What comes of it is in the file violations; runs of one instance may meet, and
 * share its address space as best they can.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "debugfs.h"
#include "fuzz/concurrent.h"
#include "instance.h"
#include "provider.h"

/* A write does not return before its run is over. */
#define MOST_ROUNDS	1000

/* NULL, or what is wrong with a word */
static const char *set_word(struct lab_concurrent_plan *plan, char *word)
{
	char *value = strchrnul(word, '=');
	int pattern;

	if (!*value) {
		pattern = match_string(lab_concurrent_names, LAB_CONCURRENT_NR, word);
		if (pattern < 0)
			return "no pattern";
		plan->pattern = pattern;
		return NULL;
	}
	*value++ = '\0';
	if (!strcmp(word, "seed"))
		return kstrtou64(value, 0, &plan->seed) ? "not a number of 64 bits" : NULL;
	if (!strcmp(word, "workers"))
		return kstrtouint(value, 0, &plan->workers) || plan->workers < 2 ?
		       "not a number from 2 on" : NULL;
	if (!strcmp(word, "rounds"))
		return kstrtouint(value, 0, &plan->rounds) || !plan->rounds ||
		       plan->rounds > MOST_ROUNDS ? "1 to 1000 rounds" : NULL;
	if (!strcmp(word, "steps"))
		return kstrtouint(value, 0, &plan->steps) || !plan->steps ?
		       "not a number from 1 on" : NULL;
	return "not known";
}

static int act_concurrent(struct lab_instance *inst, char *text)
{
	struct lab_concurrent_plan plan = { .pattern = LAB_CONCURRENT_NR, .seed = 1 };
	const char *name = inst->params.name, *why;
	char *word;
	int ret;

	text = strim(text);
	while ((word = strsep(&text, " \t\n"))) {
		if (!*word)
			continue;
		why = set_word(&plan, word);
		if (why) {
			lab_complain(name, "concurrent: \"%*pE\": %s", (int)strlen(word), word,
				     why);
			return -EINVAL;
		}
	}
	if (plan.pattern == LAB_CONCURRENT_NR) {
		lab_complain(name, "concurrent: PATTERN [seed=N] [workers=N] [rounds=N] [steps=N]");
		return -EINVAL;
	}
	ret = lab_concurrent_run(inst, &plan);
	if (ret)
		lab_complain(name, "concurrent: %s, seed %llu: %pe",
			     lab_concurrent_names[plan.pattern], plan.seed, ERR_PTR(ret));
	return ret;
}

static ssize_t concurrent_write(struct file *file, const char __user *buf, size_t count,
				loff_t *pos)
{
	struct seq_file *m = file->private_data;

	return lab_debugfs_write(m->private, buf, count, act_concurrent);
}

static int concurrent_show(struct seq_file *m, void *v)
{
	const struct lab_instance *inst = m->private;

	for (int i = 0; i < LAB_CONCURRENT_NR; i++)
		if (i != LAB_CONCURRENT_SPLIT || lab_provider_splits(inst->params.provider))
			seq_printf(m, "%s\n", lab_concurrent_names[i]);
	return 0;
}

static int concurrent_open(struct inode *inode, struct file *file)
{
	return single_open(file, concurrent_show, inode->i_private);
}

static const struct file_operations concurrent_fops = {
	.owner		= THIS_MODULE,
	.open		= concurrent_open,
	.read		= seq_read,
	.write		= concurrent_write,
	.llseek		= seq_lseek,
	.release	= single_release,
};

/**
 * lab_debugfs_add_concurrent() - put up the file for several CPUs at once
 * @inst:	the instance; must outlive it
 * @dir:	the instance's directory
 *
 * Context: Process; sleeps.
 */
void lab_debugfs_add_concurrent(struct lab_instance *inst, struct dentry *dir)
{
	debugfs_create_file("concurrent", 0600, dir, inst, &concurrent_fops);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lab's debugfs: its root, and the instances that people create in it.
 *
 * One mutex guards the list of instances.  The files of an instance do not
 * take it: debugfs_remove() waits for whoever is in one of them.
 */
#include <linux/debugfs.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "contract.h"
#include "debugfs.h"
#include "experiment/experiment.h"
#include "instance.h"
#include "parse.h"
#include "report.h"
#include "rules.h"
#include "table/fault.h"
#include "compat/compat.h"

#define MAX_TEXT	512

/**
 * struct kept - an instance that somebody created
 * @link:	in the list
 * @inst:	the instance
 * @dir:	its directory
 */
struct kept {
	struct list_head link;
	struct lab_instance *inst;
	struct dentry *dir;
};

static struct dentry *root, *instances;
static LIST_HEAD(all);
static DEFINE_MUTEX(all_lock);

/**
 * lab_debugfs_long_text() - copy what was written to a file
 * @name:	who complains if it is too long
 * @buf:	from user space
 * @count:	bytes
 * @most:	how many are taken
 *
 * Context: Process; sleeps.
 * Return: a text for kfree(), or an ERR_PTR: -E2BIG, -EINVAL for what is no
 * text, -EFAULT, -ENOMEM.
 */
char *lab_debugfs_long_text(const char *name, const char __user *buf, size_t count,
			    size_t most)
{
	char *text;

	if (count > most) {
		lab_complain(name, "%zu bytes written, at most %zu are taken", count, most);
		return ERR_PTR(-E2BIG);
	}
	text = memdup_user_nul(buf, count);
	if (IS_ERR(text)) {
		lab_complain(name, "what was written could not be read (%pe)", text);
		return text;
	}
	/* What stands behind a NUL must not be passed over unseen. */
	if (strlen(text) != count) {
		kfree(text);
		lab_complain(name, "a NUL byte was written, text is taken");
		return ERR_PTR(-EINVAL);
	}
	return text;
}

/**
 * lab_debugfs_text() - likewise, of the length that most files take
 * @name:	who complains if it is too long
 * @buf:	from user space
 * @count:	bytes
 *
 * Context: Process; sleeps.
 * Return: as lab_debugfs_long_text().
 */
char *lab_debugfs_text(const char *name, const char __user *buf, size_t count)
{
	return lab_debugfs_long_text(name, buf, count, MAX_TEXT);
}

static struct kept *find(const char *name)
{
	struct kept *k;

	list_for_each_entry(k, &all, link)
		if (!strcmp(k->inst->params.name, name))
			return k;
	return NULL;
}

/* The lowest number that no instance is called by. */
static void number(char *name)
{
	unsigned int n = 0;

	do {
		snprintf(name, LAB_NAME_BYTES, "%u", n++);
	} while (find(name));
}

static int keep(struct lab_params *params)
{
	struct kept *k;

	lockdep_assert_held(&all_lock);

	if (!*params->name)
		number(params->name);
	if (find(params->name)) {
		lab_complain(params->name, "an instance of that name exists");
		return -EEXIST;
	}

	k = kzalloc_obj(*k);
	if (!k) {
		lab_complain(params->name, "out of memory");
		return -ENOMEM;
	}
	k->inst = lab_instance_create(params, &lab_totals);
	if (IS_ERR(k->inst)) {
		int ret = PTR_ERR(k->inst);

		kfree(k);
		return ret;
	}
	k->dir = lab_debugfs_add(k->inst, instances);
	list_add_tail(&k->link, &all);
	return 0;
}

static void drop(struct kept *k)
{
	lockdep_assert_held(&all_lock);

	list_del(&k->link);
	debugfs_remove(k->dir);
	lab_instance_destroy(k->inst);
	kfree(k);
}

static ssize_t create_write(struct file *file, const char __user *buf,
			    size_t count, loff_t *pos)
{
	char *text = lab_debugfs_text("create", buf, count);
	struct lab_params params;
	int ret;

	if (IS_ERR(text))
		return PTR_ERR(text);

	lab_allocators_get();
	ret = lab_parse_params(text, &params);
	if (!ret) {
		mutex_lock(&all_lock);
		ret = keep(&params);
		mutex_unlock(&all_lock);
	}
	lab_allocators_put();
	kfree(text);
	return ret ?: count;
}

/* Whether a combination can be had, and why not. */
static void show_offer(struct seq_file *m, const struct lab_format *format,
		       const struct lab_provider *provider,
		       const struct lab_allocator *allocator)
{
	const char *why = lab_not_offered(format, provider, allocator);

	seq_printf(m, "%-9s %-9s %-9s %s", format->name, provider->name,
		   lab_allocator_name(allocator), why ?: "offered");
	if (!why && allocator && allocator->breaks)
		seq_printf(m, ", breaks %s on purpose", allocator->breaks);
	seq_putc(m, '\n');
}

static int create_show(struct seq_file *m, void *v)
{
	seq_puts(m, "format=FORMAT [provider=kernel|lab] [allocator=ALLOCATOR] [name=NAME]\n"
		    "[ias=BITS] [oas=BITS] [granule=4K|16K|64K] [coherent|noncoherent] [dma-bits=BITS]\n[fail-nth=N] [quirks=QUIRK,...]\n"
		    "\nquirks:");
	for (int i = 0; i < LAB_NR_QUIRKS; i++)
		seq_printf(m, " %s%s", lab_quirks[i].name,
			   lab_quirks[i].bit ? "" : " (not in this kernel)");
	seq_puts(m, "\n\nformat    provider  allocator\n");

	lab_allocators_get();
	for (int f = 0; f < LAB_NR_FORMATS; f++)
		for (int p = 0; p < LAB_NR_PROVIDERS; p++)
			for (int a = 0; a < lab_nr_allocators; a++)
				show_offer(m, &lab_formats[f], lab_providers[p],
					   lab_allocators[a]);
	lab_allocators_put();
	return 0;
}

static int create_open(struct inode *inode, struct file *file)
{
	return single_open(file, create_show, NULL);
}

static const struct file_operations create_fops = {
	.owner		= THIS_MODULE,
	.open		= create_open,
	.read		= seq_read,
	.write		= create_write,
	.llseek		= seq_lseek,
	.release	= single_release,
};

static ssize_t destroy_write(struct file *file, const char __user *buf,
			     size_t count, loff_t *pos)
{
	char *text = lab_debugfs_text("destroy", buf, count);
	struct kept *k;
	char *name;

	if (IS_ERR(text))
		return PTR_ERR(text);

	mutex_lock(&all_lock);
	name = strim(text);
	k = find(name);
	if (k)
		drop(k);
	else
		lab_complain("destroy", "no instance is called \"%*pE\"",
			     (int)strlen(name), name);
	mutex_unlock(&all_lock);

	kfree(text);
	return k ? count : -ENOENT;
}

static const struct file_operations destroy_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.write	= destroy_write,
	.llseek	= noop_llseek,
};

static int rules_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%-17s %9s %9s  %s\n", "rule", "checked", "violated",
		   "demand (source)");
	for (int r = 0; r < LAB_RULE_NR; r++) {
		u64 known = atomic64_read(&lab_totals.known[r]);

		seq_printf(m, "%-17s %9lld %9lld  %s (%s)", lab_rule_info[r].name,
			   atomic64_read(&lab_totals.checked[r]),
			   atomic64_read(&lab_totals.violated[r]),
			   lab_rule_info[r].demand, lab_rule_info[r].source);
		if (known)
			seq_printf(m, ", known %llu", known);
		seq_putc(m, '\n');
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(rules);

/* One buffer from the start: a second pass would be a second demonstration. */
static int report_open(struct inode *inode, struct file *file)
{
	return single_open_size(file, lab_report_show, NULL, SZ_64K);
}

static const struct file_operations report_fops = {
	.owner		= THIS_MODULE,
	.open		= report_open,
	.read		= seq_read,
	.llseek		= seq_lseek,
	.release	= single_release,
};

/* The same, and much longer. */
static int experiment_open(struct inode *inode, struct file *file)
{
	return single_open_size(file, lab_experiment_show, NULL, SZ_64K);
}

static const struct file_operations experiment_fops = {
	.owner		= THIS_MODULE,
	.open		= experiment_open,
	.read		= seq_read,
	.llseek		= seq_lseek,
	.release	= single_release,
};

static ssize_t contract_write(struct file *file, const char __user *buf, size_t count,
			      loff_t *pos)
{
	char *text = lab_debugfs_text("contract", buf, count);
	int ret;

	if (IS_ERR(text))
		return PTR_ERR(text);
	ret = lab_contract_run_named(text);
	kfree(text);
	return ret ?: count;
}

static int contract_open(struct inode *inode, struct file *file)
{
	return single_open(file, lab_contract_show, NULL);
}

static const struct file_operations contract_fops = {
	.owner		= THIS_MODULE,
	.open		= contract_open,
	.read		= seq_read,
	.write		= contract_write,
	.llseek		= seq_lseek,
	.release	= single_release,
};

/**
 * lab_debugfs_init() - put up the lab's files
 *
 * Context: Process; sleeps.
 */
void lab_debugfs_init(void)
{
	root = debugfs_create_dir("io_pgtable_lab", NULL);
	instances = debugfs_create_dir("instances", root);
	debugfs_create_file("create", 0600, root, NULL, &create_fops);
	debugfs_create_file("destroy", 0200, root, NULL, &destroy_fops);
	debugfs_create_file("rules", 0400, root, NULL, &rules_fops);
	debugfs_create_file("report", 0400, root, NULL, &report_fops);
	debugfs_create_file("experiment", 0400, root, NULL, &experiment_fops);
	debugfs_create_file("contract", 0600, root, NULL, &contract_fops);
	lab_debugfs_add_fuzz(root);
	lab_debugfs_add_iommu(root);
	debugfs_create_bool("allow_warn", 0600, root, &lab_allow_warn);
	lab_fault_init(root);
}

/**
 * lab_debugfs_exit() - take the files down, and what people left in them
 *
 * Context: Process; sleeps.
 */
void lab_debugfs_exit(void)
{
	struct kept *k, *next;

	debugfs_remove(root);
	lab_debugfs_forget_iommu();
	lab_debugfs_forget_fuzz();
	lab_fault_exit();

	mutex_lock(&all_lock);
	list_for_each_entry_safe(k, next, &all, link) {
		k->dir = NULL;
		drop(k);
	}
	mutex_unlock(&all_lock);
}

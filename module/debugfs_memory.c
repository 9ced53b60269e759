// SPDX-License-Identifier: GPL-2.0-only
/*
 * The debugfs files of one instance that are about memory for its tables: that
 * it is there before it is needed, and that it runs out.
 *
 * The inode's private pointer is the instance; debugfs keeps it alive while a
 * file is in use.
 */
#include <linux/debugfs.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "debugfs.h"
#include "instance.h"

static int act_reserve(struct lab_instance *inst, char *text)
{
	char *word = strim(text);
	size_t nr;

	if (!strcmp(word, "auto"))
		return lab_instance_unreserve(inst);
	if (kstrtoul(word, 0, &nr) || nr > LAB_MAX_RESERVE) {
		lab_complain(inst->params.name, "reserve takes: auto, or 0 to %lu tables",
			     LAB_MAX_RESERVE);
		return -EINVAL;
	}
	return lab_instance_reserve(inst, nr);
}

static ssize_t reserve_write(struct file *file, const char __user *buf, size_t count,
			     loff_t *pos)
{
	struct seq_file *m = file->private_data;

	return lab_debugfs_write(m->private, buf, count, act_reserve);
}

static int reserve_show(struct seq_file *m, void *v)
{
	struct lab_instance *inst = m->private;
	const struct lab_allocator *a = inst->params.allocator;

	if (!a || !a->reserve) {
		seq_printf(m, "allocator %s does not reserve tables\n",
			   lab_allocator_name(a));
		return 0;
	}
	seq_printf(m, "%s, %zu tables ready\n", inst->by_hand ? "by hand" : "auto",
		   a->ready(inst->ledger.pool));
	return 0;
}

static int reserve_open(struct inode *inode, struct file *file)
{
	return single_open(file, reserve_show, inode->i_private);
}

static const struct file_operations reserve_fops = {
	.owner		= THIS_MODULE,
	.open		= reserve_open,
	.read		= seq_read,
	.write		= reserve_write,
	.llseek		= seq_lseek,
	.release	= single_release,
};

static int act_fail_nth(struct lab_instance *inst, char *text)
{
	u64 nth;

	if (!inst->params.allocator) {
		lab_complain(inst->params.name,
			     "fail_nth: the kernel's own allocation is not the lab's to fail");
		return -EOPNOTSUPP;
	}
	if (kstrtou64(strim(text), 0, &nth)) {
		lab_complain(inst->params.name, "fail_nth takes a number of 64 bits");
		return -EINVAL;
	}
	lab_ledger_set_fail_nth(&inst->ledger, nth);
	return 0;
}

static ssize_t fail_nth_write(struct file *file, const char __user *buf, size_t count,
			      loff_t *pos)
{
	struct seq_file *m = file->private_data;

	return lab_debugfs_write(m->private, buf, count, act_fail_nth);
}

static int fail_nth_show(struct seq_file *m, void *v)
{
	struct lab_instance *inst = m->private;

	seq_printf(m, "%llu\n", inst->params.allocator ?
		   lab_ledger_fail_nth(&inst->ledger) : 0);
	return 0;
}

static int fail_nth_open(struct inode *inode, struct file *file)
{
	return single_open(file, fail_nth_show, inode->i_private);
}

static const struct file_operations fail_nth_fops = {
	.owner		= THIS_MODULE,
	.open		= fail_nth_open,
	.read		= seq_read,
	.write		= fail_nth_write,
	.llseek		= seq_lseek,
	.release	= single_release,
};

/**
 * lab_debugfs_add_memory() - put up the files of an instance about memory
 * @inst:	the instance; must outlive them
 * @dir:	its directory
 *
 * Context: Process; sleeps.
 */
void lab_debugfs_add_memory(struct lab_instance *inst, struct dentry *dir)
{
	debugfs_create_file("reserve", 0600, dir, inst, &reserve_fops);
	debugfs_create_file("fail_nth", 0600, dir, inst, &fail_nth_fops);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The debugfs files of one instance.
 *
 * The inode's private pointer is the instance; debugfs keeps it alive while a
 * file is in use.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string_choices.h>
#include <linux/string_helpers.h>

#include "debugfs.h"
#include "dirty.h"
#include "instance.h"
#include "parse.h"

static int stats_show(struct seq_file *m, void *v)
{
	struct lab_instance *inst = m->private;
	struct lab_op_stats *s = &inst->stats;

	seq_printf(m, "maps:        %lld\nunmaps:      %lld\nrefused:     %lld\n",
		   atomic64_read(&s->maps), atomic64_read(&s->unmaps),
		   atomic64_read(&s->refused));
	seq_printf(m, "flush_all:   %lld\nflush_walk:  %lld\nadd_page:    %lld\n",
		   atomic64_read(&s->flush_all), atomic64_read(&s->flush_walk),
		   atomic64_read(&s->add_page));
	if (inst->params.allocator) {
		struct lab_ledger_stats l = lab_ledger_stats(&inst->ledger);

		seq_printf(m, "tables:      %llu live, %llu peak, %llu allocated, %llu freed, %llu failed\n",
			   l.live, l.live_peak, l.allocs, l.frees, l.failed);
		seq_printf(m, "table bytes: %llu live, %llu peak\n", l.bytes, l.bytes_peak);
	} else {
		seq_puts(m, "tables:      not counted, the kernel's own allocation is not seen\n");
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

/**
 * lab_debugfs_show_tally() - show what broke the rules, and what could not be checked
 * @m:		where to
 * @t:		the tally
 *
 * Context: Process.
 */
void lab_debugfs_show_tally(struct seq_file *m, struct lab_tally *t)
{
	seq_printf(m, "%llu violations in %llu checks, %llu of known findings\n",
		   lab_tally_violated(t), lab_tally_checked(t), lab_tally_known(t));
	spin_lock_irq(&t->lock);
	for (unsigned int i = 0; i < t->kept; i++) {
		const struct lab_violation *violation = &t->violations[i];

		if (violation->known)
			seq_printf(m, "known finding %s: ", violation->known->name);
		seq_printf(m, "%s: %s\n", lab_rule_info[violation->rule].name,
			   violation->text);
	}
	spin_unlock_irq(&t->lock);
	for (int r = 0; r < LAB_RULE_NR; r++)
		if (t->not_checked[r])
			seq_printf(m, "%s: not checked, %s\n", lab_rule_info[r].name,
				   t->not_checked[r]);
}

static int violations_show(struct seq_file *m, void *v)
{
	struct lab_instance *inst = m->private;

	lab_instance_verify(inst);
	lab_debugfs_show_tally(m, &inst->tally);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(violations);

/**
 * lab_debugfs_write() - hand what was written to a file to the function that does it
 * @inst:	the instance
 * @buf:	from user space
 * @count:	bytes
 * @act:	the function; it says in the kernel log what it refuses
 *
 * Context: Process; sleeps.
 * Return: @count, or the errno of @act or of lab_debugfs_text().
 */
ssize_t lab_debugfs_write(struct lab_instance *inst, const char __user *buf,
			  size_t count, int (*act)(struct lab_instance *, char *))
{
	char *text = lab_debugfs_text(inst->params.name, buf, count);
	int ret;

	if (IS_ERR(text))
		return PTR_ERR(text);
	ret = act(inst, text);
	kfree(text);
	return ret ?: count;
}

static int act_map(struct lab_instance *inst, char *text)
{
	struct lab_range r;

	return lab_parse_map(inst->params.name, text, &r) ?:
	       lab_instance_map(inst, r.iova, r.pa, r.pgsize, r.count, r.prot);
}

static ssize_t map_write(struct file *file, const char __user *buf, size_t count,
			 loff_t *pos)
{
	return lab_debugfs_write(file->private_data, buf, count, act_map);
}

static const struct file_operations map_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.write	= map_write,
	.llseek	= noop_llseek,
};

static int act_unmap(struct lab_instance *inst, char *text)
{
	struct lab_range r;

	return lab_parse_unmap(inst->params.name, text, &r) ?:
	       lab_instance_unmap(inst, r.iova, r.pgsize, r.count);
}

static ssize_t unmap_write(struct file *file, const char __user *buf,
			   size_t count, loff_t *pos)
{
	return lab_debugfs_write(file->private_data, buf, count, act_unmap);
}

static const struct file_operations unmap_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.write	= unmap_write,
	.llseek	= noop_llseek,
};

static int act_dirty(struct lab_instance *inst, char *text)
{
	u64 iova;

	text = strim(text);
	if (!strcmp(text, "clear"))
		return lab_instance_read_all_dirty(inst, true, NULL, NULL);
	if (!strstarts(text, "touch ")) {
		lab_complain(inst->params.name, "dirty: \"touch IOVA\" or \"clear\"");
		return -EINVAL;
	}
	return lab_parse_iova(inst->params.name, text + strlen("touch "), &iova) ?:
	       lab_instance_touch(inst, iova);
}

static ssize_t dirty_write(struct file *file, const char __user *buf, size_t count,
			   loff_t *pos)
{
	struct seq_file *m = file->private_data;

	return lab_debugfs_write(m->private, buf, count, act_dirty);
}

static void show_dirty(void *m, u64 first, u64 last)
{
	seq_printf(m, "%#llx-%#llx\n", first, last);
}

static int dirty_show(struct seq_file *m, void *v)
{
	return lab_instance_read_all_dirty(m->private, false, show_dirty, m);
}

static int dirty_open(struct inode *inode, struct file *file)
{
	return single_open(file, dirty_show, inode->i_private);
}

static const struct file_operations dirty_fops = {
	.owner		= THIS_MODULE,
	.open		= dirty_open,
	.read		= seq_read,
	.write		= dirty_write,
	.llseek		= seq_lseek,
	.release	= single_release,
};

static int act_translate(struct lab_instance *inst, char *text)
{
	struct lab_answers answers;
	u64 iova;
	int ret;

	ret = lab_parse_iova(inst->params.name, text, &iova) ?:
	      lab_instance_translate(inst, iova, &answers);
	if (!ret)
		WRITE_ONCE(inst->asked, iova);
	return ret;
}

static ssize_t translate_write(struct file *file, const char __user *buf,
			       size_t count, loff_t *pos)
{
	struct seq_file *m = file->private_data;

	return lab_debugfs_write(m->private, buf, count, act_translate);
}

static int translate_show(struct seq_file *m, void *v)
{
	struct lab_instance *inst = m->private;
	struct lab_answers a;
	char text[LAB_ATTRS_TEXT_BYTES];
	char cpu[LAB_CPU_TEXT_BYTES];
	int ret;

	ret = lab_instance_translate(inst, READ_ONCE(inst->asked), &a);
	if (ret)
		return ret;

	seq_printf(m, "iova:         %#llx\n", READ_ONCE(inst->asked));
	seq_puts(m, "iova_to_phys: ");
	if (a.iova_to_phys)
		seq_printf(m, "%#llx\n", (u64)a.iova_to_phys);
	else
		seq_puts(m, "0 (not mapped, or mapped to 0)\n");
	seq_puts(m, "walker:       ");
	if (a.walk.fault)
		seq_printf(m, "%s fault at level %u\n", a.walk.fault, a.walk.level);
	else
		seq_printf(m, "%#llx, level %u, %s\n", (u64)a.walk.oa, a.walk.level,
			   lab_attrs_text(&a.walk.attrs, text, sizeof(text)));
	seq_printf(m, "cpu:          %s\n", lab_cpu_text(&a.cpu, cpu, sizeof(cpu)));
	seq_puts(m, "model:        ");
	if (a.mapped)
		seq_printf(m, "%#llx\n", a.model);
	else
		seq_puts(m, "not mapped\n");
	seq_puts(m, "descriptors: ");
	for (int l = a.walk.first_level; l <= a.walk.level && l < LAB_WALK_LEVELS; l++)
		seq_printf(m, " L%d %#llx", l, a.walk.desc[l]);
	seq_printf(m, "\nreaders:      %s\n", a.agree ? "agree" : "DISAGREE");
	return 0;
}

static int translate_open(struct inode *inode, struct file *file)
{
	return single_open(file, translate_show, inode->i_private);
}

static const struct file_operations translate_fops = {
	.owner		= THIS_MODULE,
	.open		= translate_open,
	.read		= seq_read,
	.write		= translate_write,
	.llseek		= seq_lseek,
	.release	= single_release,
};

/**
 * lab_debugfs_add() - put up the files of an instance
 * @inst:	the instance; must outlive them
 * @parent:	directory to put its directory in
 *
 * Context: Process; sleeps.
 * Return: the directory, for debugfs_remove().
 */
struct dentry *lab_debugfs_add(struct lab_instance *inst, struct dentry *parent)
{
	struct dentry *dir = debugfs_create_dir(inst->params.name, parent);

	debugfs_create_file("map", 0200, dir, inst, &map_fops);
	debugfs_create_file("unmap", 0200, dir, inst, &unmap_fops);
	debugfs_create_file("translate", 0600, dir, inst, &translate_fops);
	debugfs_create_file("stats", 0400, dir, inst, &stats_fops);
	debugfs_create_file("violations", 0400, dir, inst, &violations_fops);
	if (!lab_instance_no_dirty(inst))
		debugfs_create_file("dirty", 0600, dir, inst, &dirty_fops);
	lab_debugfs_add_config(inst, dir);
	lab_debugfs_add_tables(inst, dir);
	lab_debugfs_add_memory(inst, dir);
	lab_debugfs_add_concurrent(inst, dir);
	return dir;
}

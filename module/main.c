// SPDX-License-Identifier: GPL-2.0-only
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

static struct dentry *root;

static int report_show(struct seq_file *m, void *v)
{
	seq_puts(m, "verdict: stub\n");
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(report);

static int __init lab_init(void)
{
	root = debugfs_create_dir("io_pgtable_lab", NULL);
	debugfs_create_file("report", 0400, root, NULL, &report_fops);
	return 0;
}

static void __exit lab_exit(void)
{
	debugfs_remove(root);
}
module_init(lab_init);
module_exit(lab_exit);
MODULE_LICENSE("GPL");

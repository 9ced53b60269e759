// SPDX-License-Identifier: GPL-2.0-only
/*
 * The debugfs of the fake IOMMU: IOMMUs and masters that people create, and the files of
 * an IOMMU.
 *
 * One mutex guards the list of IOMMUs and their lists of masters.  The files add and
 * remove take it, and debugfs_remove() waits for whoever is in one of them: so an IOMMU
 * is marked as leaving under the mutex, and its directory goes without.  The files of a
 * master do not take it.
 */
#include <linux/debugfs.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "debugfs.h"
#include "debugfs_iommu.h"
#include "iommu/domain.h"
#include "iommu/tables.h"
#include "iommu/words.h"
#include "parse.h"
#include "compat/compat.h"

/**
 * struct kept - an IOMMU that somebody created
 * @link:	in the list
 * @iommu:	the IOMMU
 * @dir:	its directory
 * @masters:	the directory of its masters
 * @files:	struct lab_master_files, of those that people added
 * @leaving:	it goes: nobody may add to it
 */
struct kept {
	struct list_head link;
	struct lab_iommu *iommu;
	struct dentry *dir, *masters;
	struct list_head files;
	bool leaving;
};

static struct dentry *root;
static LIST_HEAD(all);
static DEFINE_MUTEX(all_lock);

static const char *name_of(const struct kept *k)
{
	return k->iommu->params.domain.name;
}

static struct kept *find(const char *name)
{
	struct kept *k;

	lockdep_assert_held(&all_lock);
	list_for_each_entry(k, &all, link)
		if (!strcmp(name_of(k), name))
			return k;
	return NULL;
}

static struct lab_master_files *find_master(struct kept *k, const char *name)
{
	struct lab_master_files *files;

	lockdep_assert_held(&all_lock);
	list_for_each_entry(files, &k->files, link)
		if (!strcmp(files->m->params.name, name))
			return files;
	return NULL;
}

/**
 * lab_domain_text() - what a domain is, as the kernel's sysfs calls it
 * @domain:	the domain, or NULL
 *
 * Context: Any, while it stays.
 * Return: the word.
 */
const char *lab_domain_text(const struct iommu_domain *domain)
{
	if (!domain)
		return "none";
	switch (domain->type) {
	case IOMMU_DOMAIN_BLOCKED:
		return "blocked";
	case IOMMU_DOMAIN_IDENTITY:
		return "identity";
	case IOMMU_DOMAIN_UNMANAGED:
		return "unmanaged";
	case IOMMU_DOMAIN_DMA:
		return "DMA";
	case IOMMU_DOMAIN_DMA_FQ:
		return "DMA-FQ";
	default:
		return "unknown";
	}
}

static int config_show(struct seq_file *m, void *v)
{
	struct kept *k = m->private;
	char text[256];

	lab_iommu_params_text(&k->iommu->params, text, sizeof(text));
	seq_printf(m, "name=%s %s\n", name_of(k), text);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(config);

static void show_domain(struct seq_file *m, struct lab_domain *d)
{
	struct lab_domain_stats *s = &d->stats;
	struct lab_master *master;
	struct lab_domain_tables tables;
	u64 hits, misses, invalidations;
	unsigned long flags;

	lab_domain_count_tables(d, &tables);
	spin_lock_irqsave(&d->tlb.lock, flags);
	hits = d->tlb.hits;
	misses = d->tlb.misses;
	invalidations = d->tlb.invalidations;
	spin_unlock_irqrestore(&d->tlb.lock, flags);

	seq_printf(m, "domain:       %s\nmasters:     ", lab_domain_text(&d->core));
	list_for_each_entry(master, &d->iommu->masters, link)
		if (READ_ONCE(master->attached) == &d->core)
			seq_printf(m, " %s", master->params.name);
	seq_printf(m, "\nmaps:         %lld\nunmaps:       %lld\nrefused:      %lld\n",
		   atomic64_read(&s->maps), atomic64_read(&s->unmaps),
		   atomic64_read(&s->refused));
	seq_printf(m, "syncs:        %lld\nflushes:      %lld\n", atomic64_read(&s->syncs),
		   atomic64_read(&s->flushes));
	seq_printf(m, "tlb:          %llu hits, %llu misses, %llu invalidations\n", hits, misses,
		   invalidations);
	seq_printf(m, "mapped:       %llu bytes\n", lab_record_bytes(&d->record));
	seq_printf(m, "tables:       %llu, %llu bytes\nbelow 4 GB:   %llu, %llu bytes\n",
		   tables.nr, tables.bytes, tables.low_nr, tables.low_bytes);
}

static int stats_show(struct seq_file *m, void *v)
{
	struct kept *k = m->private;
	struct lab_domain *d;

	mutex_lock(&k->iommu->lock);
	list_for_each_entry(d, &k->iommu->domains, link) {
		if (d->link.prev != &k->iommu->domains)
			seq_putc(m, '\n');
		show_domain(m, d);
	}
	mutex_unlock(&k->iommu->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

static int violations_show(struct seq_file *m, void *v)
{
	struct kept *k = m->private;
	int ret;

	ret = lab_iommu_verify(k->iommu);
	if (ret)
		return ret;
	lab_debugfs_show_tally(m, &k->iommu->tally);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(violations);

static int add_master(struct kept *k, const struct lab_master_params *params)
{
	struct lab_master_files *files;

	lockdep_assert_held(&all_lock);

	/* Whoever destroys it waits for this writer. */
	if (k->leaving) {
		lab_complain(name_of(k), "it is being destroyed");
		return -ENODEV;
	}
	if (find_master(k, params->name)) {
		lab_complain(name_of(k), "a master of the name %s exists", params->name);
		return -EEXIST;
	}
	files = kzalloc_obj(*files);
	if (!files) {
		lab_complain(name_of(k), "out of memory");
		return -ENOMEM;
	}
	init_rwsem(&files->buffers);
	mutex_init(&files->lock);
	files->m = lab_master_create(k->iommu, params);
	if (IS_ERR(files->m)) {
		int ret = PTR_ERR(files->m);

		kfree(files);
		return ret;
	}
	lab_debugfs_put_up_master(files, k->masters);
	list_add_tail(&files->link, &k->files);
	return 0;
}

static int remove_master(struct kept *k, const char *name)
{
	struct lab_master_files *files = find_master(k, name);
	int ret;

	if (!files) {
		lab_complain(name_of(k), "no master is called \"%*pE\"", (int)strlen(name), name);
		return -ENOENT;
	}
	/* Nobody is in its files any more, and if it cannot go they come back. */
	debugfs_remove(files->dir);
	ret = lab_master_destroy(files->m);
	if (ret) {
		lab_debugfs_put_up_master(files, k->masters);
		return ret;
	}
	list_del(&files->link);
	mutex_destroy(&files->lock);
	kfree(files);
	return 0;
}

static int add_show(struct seq_file *m, void *v)
{
	seq_puts(m, "name=NAME [mask=BITS] [boundary=SIZE] [max-segment=SIZE] [coherent|noncoherent] [channel]\n");
	return 0;
}

static ssize_t add_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	struct kept *k = ((struct seq_file *)file->private_data)->private;
	char *text = lab_debugfs_text(name_of(k), buf, count);
	struct lab_master_params params;
	int ret;

	if (IS_ERR(text))
		return PTR_ERR(text);
	ret = lab_master_parse(name_of(k), text, &params);
	if (!ret) {
		mutex_lock(&all_lock);
		ret = add_master(k, &params);
		mutex_unlock(&all_lock);
	}
	kfree(text);
	return ret ?: count;
}

static int add_open(struct inode *inode, struct file *file)
{
	return single_open(file, add_show, inode->i_private);
}

static const struct file_operations add_fops = {
	.owner		= THIS_MODULE,
	.open		= add_open,
	.read		= seq_read,
	.write		= add_write,
	.llseek		= seq_lseek,
	.release	= single_release,
};

static ssize_t remove_write(struct file *file, const char __user *buf, size_t count,
			    loff_t *pos)
{
	struct kept *k = file->private_data;
	char *text = lab_debugfs_text(name_of(k), buf, count);
	int ret;

	if (IS_ERR(text))
		return PTR_ERR(text);
	mutex_lock(&all_lock);
	ret = remove_master(k, strim(text));
	mutex_unlock(&all_lock);
	kfree(text);
	return ret ?: count;
}

static const struct file_operations remove_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.write	= remove_write,
	.llseek	= noop_llseek,
};

/* Masters that there are come with their directory's files. */
static void put_up(struct kept *k)
{
	k->dir = debugfs_create_dir(name_of(k), root);
	debugfs_create_file("config", 0400, k->dir, k, &config_fops);
	debugfs_create_file("stats", 0400, k->dir, k, &stats_fops);
	debugfs_create_file("violations", 0400, k->dir, k, &violations_fops);
	debugfs_create_file("add", 0600, k->dir, k, &add_fops);
	debugfs_create_file("remove", 0200, k->dir, k, &remove_fops);
	debugfs_create_bool("fail_attach", 0600, k->dir, &k->iommu->fail_attach);
	k->masters = debugfs_create_dir("masters", k->dir);
}

/* The lowest number that no IOMMU is called by. */
static void number(char *name)
{
	unsigned int n = 0;

	do {
		snprintf(name, LAB_NAME_BYTES, "%u", n++);
	} while (find(name));
}

static int keep(struct lab_iommu_params *params)
{
	struct kept *k;

	lockdep_assert_held(&all_lock);

	if (!*params->domain.name)
		number(params->domain.name);
	if (find(params->domain.name)) {
		lab_complain(params->domain.name, "an IOMMU of that name exists");
		return -EEXIST;
	}
	k = kzalloc_obj(*k);
	if (!k) {
		lab_complain(params->domain.name, "out of memory");
		return -ENOMEM;
	}
	INIT_LIST_HEAD(&k->files);
	k->iommu = lab_iommu_create(params, &lab_totals);
	if (IS_ERR(k->iommu)) {
		int ret = PTR_ERR(k->iommu);

		kfree(k);
		return ret;
	}
	put_up(k);
	list_add_tail(&k->link, &all);
	return 0;
}

static int create_show(struct seq_file *m, void *v)
{
	const char *why = lab_iommu_refuses();

	seq_puts(m, "profile=PROFILE [name=NAME] [mode=strict|lazy|identity] [reserved=FIRST-LAST]\n"
		    "and the words of an instance, over those of the profile\n\n");
	for (int i = 0; i < lab_iommu_nr_profiles; i++)
		seq_printf(m, "%-17s %s\n%-17s   %s\n", lab_iommu_profiles[i].name,
			   lab_iommu_profiles[i].about, "", lab_iommu_profiles[i].words);
	if (why)
		seq_printf(m, "\nnot in this kernel: %s\n", why);
	return 0;
}

static ssize_t create_write(struct file *file, const char __user *buf, size_t count,
			    loff_t *pos)
{
	char *text = lab_debugfs_text("create", buf, count);
	struct lab_iommu_params params;
	int ret;

	if (IS_ERR(text))
		return PTR_ERR(text);

	lab_allocators_get();
	ret = lab_iommu_parse(text, &params);
	if (!ret) {
		mutex_lock(&all_lock);
		ret = keep(&params);
		mutex_unlock(&all_lock);
	}
	lab_allocators_put();
	kfree(text);
	return ret ?: count;
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

/* An IOMMU that nobody may add to any more, or an ERR_PTR. */
static struct kept *begin_to_leave(const char *name)
{
	struct kept *k;

	guard(mutex)(&all_lock);
	k = find(name);
	if (!k || k->leaving) {
		lab_complain("destroy", "no IOMMU is called \"%*pE\"", (int)strlen(name), name);
		return ERR_PTR(-ENOENT);
	}
	if (!list_empty(&k->files)) {
		lab_complain(name, "it has masters, which go first (remove)");
		return ERR_PTR(-EBUSY);
	}
	k->leaving = true;
	return k;
}

static int destroy(const char *name)
{
	struct kept *k = begin_to_leave(name);
	int ret;

	if (IS_ERR(k))
		return PTR_ERR(k);
	debugfs_remove(k->dir);
	ret = lab_iommu_destroy(k->iommu);

	guard(mutex)(&all_lock);
	if (ret) {
		put_up(k);
		k->leaving = false;
		return ret;
	}
	list_del(&k->link);
	kfree(k);
	return 0;
}

static ssize_t destroy_write(struct file *file, const char __user *buf, size_t count,
			     loff_t *pos)
{
	char *text = lab_debugfs_text("destroy", buf, count);
	int ret;

	if (IS_ERR(text))
		return PTR_ERR(text);
	ret = destroy(strim(text));
	kfree(text);
	return ret ?: count;
}

static const struct file_operations destroy_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.write	= destroy_write,
	.llseek	= noop_llseek,
};

/**
 * lab_debugfs_add_iommu() - put up the files of the fake IOMMU
 * @parent:	the lab's directory
 *
 * Context: Process; sleeps.
 */
void lab_debugfs_add_iommu(struct dentry *parent)
{
	root = debugfs_create_dir("iommu", parent);
	debugfs_create_file("create", 0600, root, NULL, &create_fops);
	debugfs_create_file("destroy", 0200, root, NULL, &destroy_fops);
}

/**
 * lab_debugfs_forget_iommu() - destroy the IOMMUs that people left
 *
 * Their files are gone.  None of them has a master: each holds the module.
 *
 * Context: Process; sleeps.
 */
void lab_debugfs_forget_iommu(void)
{
	struct kept *k, *next;

	mutex_lock(&all_lock);
	list_for_each_entry_safe(k, next, &all, link) {
		list_del(&k->link);
		lab_iommu_destroy(k->iommu);
		kfree(k);
	}
	mutex_unlock(&all_lock);
}

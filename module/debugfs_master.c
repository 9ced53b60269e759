// SPDX-License-Identifier: GPL-2.0-only
/*
 * The debugfs files of a master of the fake IOMMU: its buffers, what its engine does,
 * and the domain that people map in by hand.
 *
 * The inode's private pointer is the master with what its files keep; debugfs keeps it
 * alive while a file is in use.  Buffers are mapped side by side; one that goes waits
 * for whoever has any of the master's in his hands.
 */
#include <linux/debugfs.h>
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string_choices.h>

#include "debugfs.h"
#include "debugfs_iommu.h"
#include "iommu/buffer.h"
#include "iommu/domain.h"
#include "iommu/words.h"
#include "parse.h"

static const char *name_of(const struct lab_master_files *files)
{
	return files->m->params.name;
}

static ssize_t write_words(struct lab_master_files *files, const char __user *buf, size_t count,
			   int (*act)(struct lab_master_files *, char *))
{
	char *text = lab_debugfs_text(name_of(files), buf, count);
	int ret;

	if (IS_ERR(text))
		return PTR_ERR(text);
	ret = act(files, text);
	kfree(text);
	return ret ?: count;
}

/* A file that is written, by act_NAME(). */
#define DEFINE_WRITE_ATTRIBUTE(name)							\
static ssize_t name##_write(struct file *file, const char __user *buf, size_t count, \
			    loff_t *pos)					\
{										\
	return write_words(file->private_data, buf, count, act_##name);		\
}										\
static const struct file_operations name##_fops = {				\
	.owner	= THIS_MODULE,							\
	.open	= simple_open,							\
	.write	= name##_write,							\
	.llseek	= noop_llseek,							\
}

/* Likewise, and read, by NAME_show(). */
#define DEFINE_RW_ATTRIBUTE(name)						\
static ssize_t name##_write(struct file *file, const char __user *buf, size_t count, \
			    loff_t *pos)					\
{										\
	struct seq_file *m = file->private_data;				\
										\
	return write_words(m->private, buf, count, act_##name);			\
}										\
static int name##_open(struct inode *inode, struct file *file)			\
{										\
	return single_open(file, name##_show, inode->i_private);		\
}										\
static const struct file_operations name##_fops = {				\
	.owner		= THIS_MODULE,						\
	.open		= name##_open,						\
	.read		= seq_read,						\
	.write		= name##_write,						\
	.llseek		= seq_lseek,						\
	.release	= single_release,					\
}

static int info_show(struct seq_file *s, void *v)
{
	struct lab_master_files *files = s->private;
	struct lab_master *m = files->m;
	struct lab_master_params *p = &m->params;
	struct iommu_group *group = iommu_group_get(&m->pdev.dev);
	char text[LAB_SIZE_TEXT_BYTES];

	seq_printf(s, "device:       %s\niommu:        %s\n", dev_name(&m->pdev.dev),
		   m->iommu->params.domain.name);
	seq_puts(s, "group:        ");
	if (group)
		seq_printf(s, "%d\n", iommu_group_id(group));
	else
		seq_puts(s, "none\n");
	iommu_group_put(group);
	down_read(&m->attach_lock);
	seq_printf(s, "domain:       %s\n", lab_domain_text(m->attached));
	up_read(&m->attach_lock);
	seq_printf(s, "mask:         %u\nboundary:     %s\n", p->mask_bits,
		   p->boundary ? lab_size_text(p->boundary, text) : "none");
	seq_printf(s, "max segment:  %u\ncoherent:     %s\nchannel:      %s\n", p->max_segment,
		   str_yes_no(p->coherent), lab_channel_name(m) ?: "none");
	seq_printf(s, "cache line:   %d\nmoved:        %lld bytes\n", dma_get_cache_alignment(),
		   atomic64_read(&m->moved));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(info);

static int act_map(struct lab_master_files *files, char *text)
{
	struct lab_buffer_params params;
	struct lab_buffer *b;
	int ret;

	ret = lab_buffer_parse(name_of(files), text, &params);
	if (ret)
		return ret;
	b = lab_buffer_map(files->m, &params);
	return PTR_ERR_OR_ZERO(b);
}

static int map_show(struct seq_file *s, void *v)
{
	seq_puts(s, LAB_USAGE_BUFFER "\n\nkinds:");
	for (int i = 0; i < LAB_BUFFER_NR_KINDS; i++)
		seq_printf(s, " %s", lab_buffer_names[i]);
	seq_puts(s, "\nattributes of attrs: single-pages contiguous no-mapping; of kmalloc, page and sg: skip-sync\n");
	return 0;
}
DEFINE_RW_ATTRIBUTE(map);

static struct lab_buffer *find_buffer(struct lab_master_files *files, unsigned int number)
{
	struct lab_buffer *b = lab_buffer_find(files->m, number);

	if (!b)
		lab_complain(name_of(files), "no buffer has the number %u", number);
	return b;
}

static int act_unmap(struct lab_master_files *files, char *text)
{
	struct lab_buffer *b;
	unsigned int number;
	int ret;

	ret = lab_number_parse(name_of(files), text, &number);
	if (ret)
		return ret;
	down_write(&files->buffers);
	b = find_buffer(files, number);
	ret = b ? lab_buffer_unmap(b) : -ENOENT;
	up_write(&files->buffers);
	return ret;
}
DEFINE_WRITE_ATTRIBUTE(unmap);

static int act_use(struct lab_master_files *files, char *text)
{
	struct lab_buffer *b;
	unsigned int number;
	int ret;

	ret = lab_number_parse(name_of(files), text, &number);
	if (ret)
		return ret;
	down_read(&files->buffers);
	b = find_buffer(files, number);
	ret = b ? lab_buffer_use(b) : -ENOENT;
	up_read(&files->buffers);
	return ret;
}
DEFINE_WRITE_ATTRIBUTE(use);

/* Where a page leads in the domain of the moment, which need not be the buffer's. */
static bool output_of(struct iommu_domain *domain, u64 iova, phys_addr_t *pa)
{
	struct lab_domain *d = lab_domain_of(domain);
	struct lab_translation t;

	if (!d) {
		*pa = iova;
		return domain && domain->type == IOMMU_DOMAIN_IDENTITY;
	}
	lab_domain_translate(d, iova, &t);
	*pa = t.oa;
	return !t.fault;
}

/* A segment, in lines of what follows each other on the other side too. */
static void show_segment(struct seq_file *s, struct iommu_domain *domain,
			 const struct lab_segment *segment)
{
	u64 at = segment->iova, end = at + segment->bytes;
	phys_addr_t pa, next;

	while (at < end) {
		bool there = output_of(domain, at, &pa);
		u64 to = at;

		do {
			to = min(end, ALIGN(to + 1, SZ_4K));
		} while (to < end && output_of(domain, to, &next) == there &&
			 (!there || next == pa + (to - at)));
		seq_printf(s, "   %s%#llx+%llu -> ", at == segment->iova ? "" : " ", at, to - at);
		if (there)
			seq_printf(s, "%#llx\n", (u64)pa);
		else
			seq_puts(s, "not mapped\n");
		at = to;
	}
}

static void show_buffer(struct seq_file *s, struct lab_buffer *b)
{
	struct iommu_domain *domain = b->m->attached;
	char attrs[80];

	lab_buffer_attrs_text(b->params.attrs, attrs, sizeof(attrs));
	seq_printf(s, "%u: %s, %llu bytes, dir=%s%s, %u segments, %llu bytes bounced\n",
		   b->number, lab_buffer_names[b->params.kind], b->bytes,
		   lab_dir_text(b->params.dir), attrs, b->nr_segments, b->bounced);
	for (unsigned int i = 0; i < b->nr_segments; i++)
		show_segment(s, domain, &b->segments[i]);
}

static int buffers_show(struct seq_file *s, void *v)
{
	struct lab_master_files *files = s->private;
	struct lab_master *m = files->m;
	struct lab_buffer *b;

	down_read(&files->buffers);
	mutex_lock(&m->lock);
	down_read(&m->attach_lock);
	list_for_each_entry(b, &m->buffers, link)
		show_buffer(s, b);
	up_read(&m->attach_lock);
	mutex_unlock(&m->lock);
	up_read(&files->buffers);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(buffers);

/* What is written can be told from what was there: each byte is the end of its IOVA. */
static void fill(u8 *bytes, const struct lab_access *access)
{
	for (size_t i = 0; i < access->bytes; i++)
		bytes[i] = access->iova + i;
}

static int do_access(struct lab_master_files *files, const struct lab_access *access, u8 *bytes)
{
	int ret;

	if (access->write) {
		fill(bytes, access);
		return lab_engine_write_owned(files->m, access->iova, bytes, access->bytes);
	}
	ret = lab_engine_read(files->m, access->iova, bytes, access->bytes);
	if (ret)
		return ret;
	mutex_lock(&files->lock);
	files->asked = access->iova;
	files->nr = min_t(size_t, access->bytes, sizeof(files->bytes));
	memcpy(files->bytes, bytes, files->nr);
	mutex_unlock(&files->lock);
	return 0;
}

static int act_access(struct lab_master_files *files, char *text)
{
	struct lab_access access;
	u8 *bytes;
	int ret;

	ret = lab_access_parse(name_of(files), text, &access);
	if (ret)
		return ret;
	bytes = kvzalloc(access.bytes, GFP_KERNEL);
	if (!bytes) {
		lab_complain(name_of(files), "out of memory");
		return -ENOMEM;
	}
	ret = do_access(files, &access, bytes);
	kvfree(bytes);
	return ret;
}

static int access_show(struct seq_file *s, void *v)
{
	struct lab_master_files *files = s->private;

	mutex_lock(&files->lock);
	for (size_t i = 0; i < files->nr; i += 16)
		seq_printf(s, "%#llx: %*ph\n", files->asked + i,
			   (int)min_t(size_t, 16, files->nr - i), files->bytes + i);
	mutex_unlock(&files->lock);
	return 0;
}
DEFINE_RW_ATTRIBUTE(access);

static int act_copy(struct lab_master_files *files, char *text)
{
	struct lab_access access;

	return lab_copy_parse(name_of(files), text, &access) ?:
	       lab_engine_copy_owned(files->m, access.iova, access.from, access.bytes);
}
DEFINE_WRITE_ATTRIBUTE(copy);

static int faults_show(struct seq_file *s, void *v)
{
	struct lab_master_files *files = s->private;
	struct lab_faults *faults = &files->m->faults;
	u64 nr, of_kind[LAB_FAULT_NR_KINDS];
	struct lab_fault *last;
	unsigned long flags;
	unsigned int kept;

	last = kcalloc(LAB_FAULTS_KEPT, sizeof(*last), GFP_KERNEL);
	if (!last)
		return -ENOMEM;
	spin_lock_irqsave(&faults->lock, flags);
	nr = faults->nr;
	memcpy(of_kind, faults->of_kind, sizeof(of_kind));
	spin_unlock_irqrestore(&faults->lock, flags);
	kept = lab_faults_last(faults, last, LAB_FAULTS_KEPT);

	seq_printf(s, "%llu faults:", nr);
	for (int k = 0; k < LAB_FAULT_NR_KINDS; k++)
		seq_printf(s, "%s %llu %s", k ? "," : "", of_kind[k], lab_fault_names[k]);
	seq_putc(s, '\n');
	for (unsigned int i = 0; i < kept; i++)
		seq_printf(s, "%llu: %s at %#llx, %s, level %u%s\n", last[i].nr,
			   last[i].write ? "write" : "read", last[i].iova,
			   lab_fault_names[last[i].kind], last[i].level,
			   last[i].reported ? "" : ", handled");
	kfree(last);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(faults);

static int act_domain(struct lab_master_files *files, char *text)
{
	struct lab_master *m = files->m;
	struct lab_by_hand r;
	int ret;

	ret = lab_by_hand_parse(name_of(files), text, &r);
	if (ret)
		return ret;
	switch (r.verb) {
	case LAB_BY_HAND_TAKE:
		return lab_master_take_domain(m);
	case LAB_BY_HAND_GIVE:
		ret = lab_master_give_domain(m);
		if (ret)
			lab_complain(name_of(files), "no domain was taken");
		return ret;
	case LAB_BY_HAND_MAP:
		return lab_master_map(m, r.iova, r.pa, r.bytes, r.prot);
	case LAB_BY_HAND_UNMAP:
		return lab_master_unmap(m, r.iova, r.bytes);
	}
	return -EINVAL;
}
DEFINE_WRITE_ATTRIBUTE(domain);

#undef DEFINE_WRITE_ATTRIBUTE
#undef DEFINE_RW_ATTRIBUTE

/**
 * lab_debugfs_put_up_master() - put up the files of a master
 * @files:	the master; must outlive them; its directory is filled in
 * @parent:	directory to put its directory in
 *
 * Context: Process; sleeps.
 */
void lab_debugfs_put_up_master(struct lab_master_files *files, struct dentry *parent)
{
	struct dentry *dir = debugfs_create_dir(name_of(files), parent);

	debugfs_create_file("info", 0400, dir, files, &info_fops);
	debugfs_create_file("map", 0600, dir, files, &map_fops);
	debugfs_create_file("unmap", 0200, dir, files, &unmap_fops);
	debugfs_create_file("buffers", 0400, dir, files, &buffers_fops);
	debugfs_create_file("use", 0200, dir, files, &use_fops);
	debugfs_create_file("access", 0600, dir, files, &access_fops);
	debugfs_create_file("copy", 0200, dir, files, &copy_fops);
	debugfs_create_file("faults", 0400, dir, files, &faults_fops);
	debugfs_create_file("domain", 0200, dir, files, &domain_fops);
	files->dir = dir;
}

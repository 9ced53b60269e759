// SPDX-License-Identifier: GPL-2.0-only
/*
 * The debugfs files "tables" and "walk" of an instance: its tree, and what is
 * mapped, in the manner of the kernel's own ptdump.
 *
 * Both are written in one walk with the instance locked, so that they show one
 * moment.  The walk ends as soon as the buffer of the seq_file is full: it is made
 * twice as large then, and the whole begins anew.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <linux/string_choices.h>

#include "debugfs.h"
#include "instance.h"
#include "parse.h"

/* What ends a walk whose text has no room. */
#define NO_ROOM		1

/* The tree, indented by level. */
struct tables_ctx {
	struct seq_file *m;
	struct lab_instance *inst;
	u8 root_level;
};

static int show_table(void *ctx, const struct lab_walk_table *t)
{
	struct tables_ctx *c = ctx;
	struct lab_table_record rec;
	const char *below = "-";
	int depth;

	if (t->root)
		c->root_level = t->level;
	depth = 2 * (t->level - c->root_level);
	if (c->inst->where.limit != U64_MAX)
		below = str_yes_no(t->pa + t->bytes <= c->inst->where.limit);

	seq_printf(c->m, "%*sL%u%*s %#014llx %6zu  %-5s  %5u/%-5u %#014llx-%#014llx",
		   depth, "", t->level, 6 - depth, "", (u64)t->pa, t->bytes, below,
		   t->live, t->nr, t->iova, t->iova + (t->span - 1));
	if (c->inst->params.allocator && lab_ledger_find(&c->inst->ledger, t->pa, &rec))
		seq_printf(c->m, "  #%llu %pS", rec.serial, (void *)rec.caller);
	seq_putc(c->m, '\n');
	return seq_has_overflowed(c->m) ? NO_ROOM : 0;
}

static int tables_show(struct seq_file *m, void *v)
{
	static const struct lab_walk_visitor visitor = { .table = show_table };
	struct tables_ctx ctx = { .m = m, .inst = m->private };

	seq_printf(m, "%-8s %-14s %6s  %-5s  %-11s %s\n", "level", "address", "bytes",
		   "below", " live/of", "resolves");
	return min(lab_instance_walk(ctx.inst, &visitor, &ctx), 0);
}
DEFINE_SHOW_ATTRIBUTE(tables);

/*
 * A range: leaves that differ in nothing but their addresses, and go on where the
 * one before ended.
 */
struct walk_ctx {
	struct seq_file *m;
	struct lab_walk_leaf first;
	u64 count;
};

static void show_rights(struct seq_file *m, const char *who, bool read, bool write, bool exec)
{
	seq_printf(m, "  %s %c%c%c", who, read ? 'r' : '-', write ? 'w' : '-',
		   exec ? 'x' : '-');
}

/* Attributes by name, each in a column of its own. */
static void show_attrs(struct seq_file *m, const struct lab_attrs *a)
{
	show_rights(m, "priv", a->priv_read, a->priv_write, a->priv_exec);
	show_rights(m, "user", a->user_read, a->user_write, a->user_exec);
	seq_printf(m, "  %-16s %-15s", lab_memory_text(a->memory), lab_share_text(a->share));
	seq_printf(m, " %-2s %-2s %-5s %-5s", a->not_global ? "nG" : "", a->ns ? "NS" : "",
		   a->access_flag ? "" : "no-AF",
		   !a->dirty_managed ? "" : a->dirty ? "dirty" : "clean");
}

static int flush_range(struct walk_ctx *c)
{
	const struct lab_walk_leaf *l = &c->first;
	u64 bytes = l->bytes * c->count;
	char total[LAB_SIZE_TEXT_BYTES], one[LAB_SIZE_TEXT_BYTES];

	if (!c->count)
		return 0;
	seq_printf(c->m, "%#014llx-%#014llx -> %#014llx %8s  L%u %7llu x %-4s %-4s", l->iova,
		   l->iova + (bytes - 1), (u64)l->oa, lab_size_text(bytes, total),
		   l->level, c->count, lab_size_text(l->bytes, one),
		   l->contiguous ? "cont" : "");
	show_attrs(c->m, &l->attrs);
	seq_printf(c->m, "  desc %#llx\n", l->desc);
	c->count = 0;
	return seq_has_overflowed(c->m) ? NO_ROOM : 0;
}

static bool continues(const struct walk_ctx *c, const struct lab_walk_leaf *l)
{
	u64 so_far = c->first.bytes * c->count;

	return c->count && l->iova == c->first.iova + so_far &&
	       l->oa == c->first.oa + so_far && l->bytes == c->first.bytes &&
	       l->level == c->first.level && l->contiguous == c->first.contiguous &&
	       !memcmp(&l->attrs, &c->first.attrs, sizeof(l->attrs));
}

static int show_run(void *ctx, const struct lab_walk_leaf *l, u32 nr)
{
	struct walk_ctx *c = ctx;
	int ret = 0;

	if (!continues(c, l)) {
		ret = flush_range(c);
		c->first = *l;
	}
	c->count += nr;
	return ret;
}

static int show_bad(void *ctx, const struct lab_walk_bad *bad)
{
	struct walk_ctx *c = ctx;
	int ret = flush_range(c);

	seq_printf(c->m, "%#014llx  L%u BAD: %s  desc %#llx\n", bad->iova, bad->level,
		   bad->why, bad->desc);
	return ret;
}

static int walk_show(struct seq_file *m, void *v)
{
	static const struct lab_walk_visitor visitor = {
		.run	= show_run,
		.bad	= show_bad,
	};
	struct lab_instance *inst = m->private;
	struct walk_ctx ctx = { .m = m };
	int ret;

	seq_printf(m, "---[ %#014llx first input address of %u bits ]---\n", inst->first,
		   inst->cfg.ias);
	ret = lab_instance_walk(inst, &visitor, &ctx);
	if (!ret)
		flush_range(&ctx);
	seq_printf(m, "---[ %#014llx last input address ]---\n", inst->last);
	return min(ret, 0);
}
DEFINE_SHOW_ATTRIBUTE(walk);

/**
 * lab_debugfs_add_tables() - put up an instance's files about its tables
 * @inst:	the instance; must outlive them
 * @dir:	its directory
 *
 * Context: Process; sleeps.
 */
void lab_debugfs_add_tables(struct lab_instance *inst, struct dentry *dir)
{
	debugfs_create_file("tables", 0400, dir, inst, &tables_fops);
	debugfs_create_file("walk", 0400, dir, inst, &walk_fops);
}

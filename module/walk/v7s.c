// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walker for ARMv7 short descriptors, with MediaTek's extension.
 *
 * Written from the ARM Architecture Reference Manual, ARMv7-A and ARMv7-R
 * edition (DDI 0406C); section numbers below are its.  What registers and
 * descriptors mean is in v7s_decode.c; here is the way through the tables.
 *
 * Takes no lock and keeps nothing between calls.  May not know how tables are
 * written: it sees struct io_pgtable_cfg as hardware sees its registers.
 */
#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/minmax.h>

#include "v7s_decode.h"

/* A large page or supersection is one descriptor, written 16 times (B3.5.1) */
static bool v7s_group_whole(const u32 *group, u32 desc)
{
	unsigned int i;

	for (i = 0; i < GROUP_NR; i++)
		if (READ_ONCE(group[i]) != desc)
			return false;
	return true;
}

/* Two descriptors a load: tables are aligned, and long */
#define PAIR_TYPE	((u64)DESC_TYPE << 32 | DESC_TYPE)

static u32 v7s_count_live(const u32 *table, u32 nr, u64 parts)
{
	const u64 *pair = (const u64 *)table;
	u32 part = lab_visit_part(nr / 2);
	u64 live = 0, two;
	u32 i = 0;

	for (; (i = lab_visit_next(parts, i, part, nr / 2)) < nr / 2; )
		for (u32 end = i + part; i < end; i++) {
			two = READ_ONCE(pair[i]);
			live += (two | two >> 1) & (BIT_ULL(32) | BIT_ULL(0));
		}
	return (u32)live + (u32)(live >> 32);
}

/* One call of walk() */
struct v7s_walk {
	struct v7s_regs regs;
	u64 iova;
	u64 last;
	const struct lab_walk_visitor *visitor;
	void *ctx;
	u64 broken;		/* the last group that was found not whole */
	bool page_ns;		/* of the second level table being walked */
	struct v7s_leaf leaf[2];	/* by level; the last that was decoded */
};

static int v7s_bad(struct v7s_walk *w, u64 iova, u32 desc, unsigned int level,
		   const char *why)
{
	return lab_visit_bad(w->visitor, w->ctx, iova, desc, level, why);
}

static int v7s_walk_table(struct v7s_walk *w, struct lab_walk_table *table);

static int v7s_descend(struct v7s_walk *w, u64 iova, u32 desc)
{
	struct lab_walk_table table = {
		.iova = iova,
		.span = BIT_ULL(L1_LG2),
		.pa = v7s_table_address(&w->regs, desc),
		.bytes = L2_BYTES,
		.nr = L2_NR,
		.from_pa = w->regs.base + (iova >> L1_LG2) * sizeof(desc),
		.from = desc,
		.level = 2,
	};
	const char *odd = v7s_table_odd(&w->regs, desc);
	bool ns = v7s_table_ns(desc);
	int ret;

	if (v7s_table_domain(&w->regs, desc))
		return v7s_bad(w, iova, desc, 1, LAB_WHY_DOMAIN);
	if (odd) {
		ret = v7s_bad(w, iova, desc, 1, odd);
		if (ret)
			return ret;
	}
	if (!lab_walk_ram(table.pa, table.bytes))
		return v7s_bad(w, iova, desc, 1, LAB_WHY_NOT_RAM);

	if (ns != w->page_ns)
		w->leaf[1].key = V7S_KEY_NONE;
	w->page_ns = ns;
	return v7s_walk_table(w, &table);
}

/*
 * A descriptor unlike the last leaf: find out what it is, and go down where it
 * is a table.  True if it is a leaf to report, now in w->leaf[]; otherwise *@ret
 * is what a callback returned.
 */
static bool v7s_new_leaf(struct v7s_walk *w, u64 iova, u32 desc,
			 unsigned int level, int *ret)
{
	struct v7s_leaf *leaf = &w->leaf[level - 1];
	const char *why;

	if (v7s_is_table(level, desc)) {
		*ret = v7s_descend(w, iova, desc);
		return false;
	}

	v7s_decode(&w->regs, level, desc, w->page_ns, leaf);
	why = leaf->fault ?: leaf->odd;
	*ret = why ? v7s_bad(w, iova, desc, level, why) : 0;
	return !leaf->fault && !*ret;
}

/* Is the group of which @i is a member whole?  If not, say so once. */
static bool v7s_check_group(struct v7s_walk *w, const u32 *descs, u32 i,
			    const struct lab_walk_table *table, u32 desc,
			    int *ret)
{
	u32 start = round_down(i, GROUP_NR);
	unsigned int lg2 = v7s_lg2(table->level);
	u64 iova = table->iova + ((u64)start << lg2);

	*ret = 0;
	if (v7s_group_whole(descs + start, desc))
		return true;
	if (w->broken != iova)
		*ret = v7s_bad(w, table->iova + ((u64)i << lg2), desc,
			       table->level, LAB_WHY_GROUP);
	w->broken = iova;
	return false;
}

/*
 * Report a run: the leaf in @leaf, that of descs[*@i], and those up to @last that
 * go on where it ends.  Then *@i is the first that is left.
 */
static int v7s_visit_run(struct v7s_walk *w, struct v7s_leaf *leaf,
			 const u32 *descs, u32 *i, u32 last)
{
	const u32 first = leaf->out.desc, step = leaf->out.bytes;
	/* An output address must not carry over into other fields. */
	u64 room = (leaf->address - (first & leaf->address)) / step;
	u32 max = min_t(u64, last - *i, room) + 1;
	u32 want = first + step;
	u32 nr = 1;

	descs += *i;
	if (leaf->group == 1 && !leaf->odd)
		for (; nr < max && READ_ONCE(descs[nr]) == want; nr++)
			want += step;
	*i += max(nr, leaf->group);
	return w->visitor->run(w->ctx, &leaf->out, nr);
}

/* Likewise one by one; on its own so that the loop gets all the registers */
static noinline int v7s_visit_leaves(struct v7s_walk *w,
				     struct v7s_leaf *leaf, const u32 *descs,
				     u32 *i, u32 last)
{
	int (*visit)(void *ctx, const struct lab_walk_leaf *leaf) =
		w->visitor->leaf;
	const u32 address = leaf->address, key = leaf->key;
	const u64 high = leaf->high, step = leaf->out.bytes;
	const u32 *at = descs + *i, *end = descs + last;
	struct lab_walk_leaf *out = &leaf->out;
	u64 iova = out->iova;
	void *ctx = w->ctx;
	u32 desc;
	int ret;

	if (leaf->group > 1) {
		*i += leaf->group;
		return visit ? visit(ctx, out) : 0;
	}
	for (;;) {
		ret = visit ? visit(ctx, out) : 0;
		if (ret || ++at > end)
			break;
		desc = READ_ONCE(*at);
		if ((desc & ~address) != key)
			break;
		iova += step;
		out->iova = iova;
		out->oa = (desc & address) | high;
		out->desc = desc;
	}
	*i = at - descs;
	return ret;
}

/* At most two deep.  The loop is what a full verification spends its time in. */
static int v7s_walk_table(struct v7s_walk *w, struct lab_walk_table *table)
{
	struct v7s_leaf *leaf = &w->leaf[table->level - 1];
	unsigned int lg2 = v7s_lg2(table->level);
	const u32 *descs = phys_to_virt(table->pa);
	u64 end = table->iova + table->span - 1;
	u32 part = 2 * lab_visit_part(table->nr / 2);
	u64 parts = ~0ULL;
	u32 i, last, desc;
	int ret;

	if (w->visitor->table) {
		if (!w->visitor->shapes) {
			parts = lab_visit_parts((const u64 *)descs, table->nr / 2, PAIR_TYPE);
			table->live = v7s_count_live(descs, table->nr, parts);
		}
		ret = w->visitor->table(w->ctx, table);
		if (ret)
			return ret;
	}

	if (table->level == 2 && !lab_visit_wants_leaves(w->visitor))
		return 0;

	i = (max(w->iova, table->iova) - table->iova) >> lg2;
	last = (min(w->last, end) - table->iova) >> lg2;
	while (i <= last) {
		desc = READ_ONCE(descs[i]);
		if (!(desc & DESC_TYPE)) {
			if (!(++i % part))
				i = 2 * lab_visit_next(parts, i / 2, part / 2, table->nr / 2);
			continue;
		}
		if ((desc & ~leaf->address) != leaf->key) {
			u64 iova = table->iova + ((u64)i << lg2);

			if (!v7s_new_leaf(w, iova, desc, table->level, &ret)) {
				if (ret)
					return ret;
				i++;
				continue;
			}
		}
		if (leaf->group > 1) {
			if (!v7s_check_group(w, descs, i, table, desc, &ret)) {
				if (ret)
					return ret;
				i++;
				continue;
			}
			i = round_down(i, GROUP_NR);
		}
		leaf->out.iova = table->iova + ((u64)i << lg2);
		leaf->out.oa = (desc & leaf->address) | leaf->high;
		leaf->out.desc = desc;
		if (w->visitor->run)
			ret = v7s_visit_run(w, leaf, descs, &i, last);
		else
			ret = v7s_visit_leaves(w, leaf, descs, &i, last);
		if (ret)
			return ret;
	}
	return 0;
}

static int v7s_walk(const struct io_pgtable_cfg *cfg, u64 iova, u64 last,
		    const struct lab_walk_visitor *visitor, void *ctx)
{
	struct v7s_walk w = {
		.iova = iova,
		.last = last,
		.visitor = visitor,
		.ctx = ctx,
		.broken = U64_MAX,
		.leaf = { { .key = V7S_KEY_NONE }, { .key = V7S_KEY_NONE } },
	};
	struct lab_walk_table root = { .level = 1, .root = true };
	int ret;

	v7s_read_regs(cfg, &w.regs);
	if (!w.regs.usable)
		return -EINVAL;
	if (iova > last || last >> w.regs.input_lg2)
		return -ERANGE;

	root.span = BIT_ULL(w.regs.input_lg2);
	root.pa = w.regs.base;
	root.nr = w.regs.nr;
	root.bytes = root.nr * sizeof(u32);

	if (w.regs.misaligned) {
		ret = v7s_bad(&w, 0, w.regs.ttbr, 1, LAB_WHY_BASE);
		if (ret)
			return ret;
	}
	if (!lab_walk_ram(root.pa, root.bytes))
		return v7s_bad(&w, 0, w.regs.ttbr, 1, LAB_WHY_NOT_RAM);
	return v7s_walk_table(&w, &root);
}

/* One descriptor, as hardware fetches it */
static bool v7s_fetch(phys_addr_t pa, u32 *desc)
{
	const u32 *p = lab_walk_ram(pa, sizeof(*desc));

	if (p)
		*desc = READ_ONCE(*p);
	return p;
}

static const char *v7s_lookup(const struct v7s_regs *r, u64 iova,
			      struct lab_translation *out)
{
	bool ns = false, domain = false;
	struct v7s_leaf leaf;
	u32 desc;

	out->level = 1;
	if (iova >> r->input_lg2)
		return LAB_WHY_TRANSLATION;
	out->desc_pa[1] = r->base + (iova >> L1_LG2) * sizeof(desc);
	if (!v7s_fetch(out->desc_pa[1], &desc))
		return LAB_WHY_NOT_RAM;
	out->desc[1] = desc;
	out->bytes = BIT_ULL(L1_LG2);

	if (v7s_is_table(1, desc)) {
		domain = v7s_table_domain(r, desc);
		ns = v7s_table_ns(desc);
		out->level = 2;
		out->desc_pa[2] = v7s_table_address(r, desc) +
				  (iova >> L2_LG2) % L2_NR * sizeof(desc);
		if (!v7s_fetch(out->desc_pa[2], &desc))
			return LAB_WHY_NOT_RAM;
		out->desc[2] = desc;
		out->bytes = BIT_ULL(L2_LG2);
	}
	/* B3.5.1: a reserved encoding faults like an invalid descriptor */
	if (!v7s_is_leaf(out->level, desc))
		return LAB_WHY_TRANSLATION;

	v7s_decode(r, out->level, desc, ns, &leaf);
	out->bytes = leaf.out.bytes;
	out->attrs = leaf.out.attrs;
	out->oa = (desc & leaf.address) | leaf.high |
		  (iova & (leaf.out.bytes - 1));
	/* B3.19, TranslationTableWalkSD(): access flag first, then domain */
	if (!leaf.out.attrs.access_flag)
		return LAB_WHY_ACCESS_FLAG;
	return domain ? LAB_WHY_DOMAIN : leaf.fault;
}

static void v7s_translate(const struct io_pgtable_cfg *cfg, u64 iova,
			  struct lab_translation *out)
{
	struct v7s_regs regs;

	*out = (struct lab_translation) { .first_level = 1 };
	v7s_read_regs(cfg, &regs);
	out->fault = regs.usable ? v7s_lookup(&regs, iova, out) : LAB_WHY_CONFIG;
}

static bool v7s_points(const struct io_pgtable_cfg *cfg, unsigned int level, u64 desc,
		       phys_addr_t *pa)
{
	struct v7s_regs regs;

	if (!v7s_is_table(level, desc))
		return false;
	v7s_read_regs(cfg, &regs);
	*pa = v7s_table_address(&regs, desc);
	return regs.usable;
}

static const char *v7s_show(const struct io_pgtable_cfg *cfg,
			    struct lab_walk_regs *out)
{
	struct v7s_regs regs;
	const char *why = v7s_read_regs(cfg, &regs);

	v7s_show_regs(&regs, out);
	return why;
}

const struct lab_walker lab_walk_v7s = {
	.regs		= v7s_show,
	.walk		= v7s_walk,
	.translate	= v7s_translate,
	.points		= v7s_points,
	.desc_bytes	= sizeof(u32),
	.live		= DESC_TYPE,
	/* Nothing is left to software, and no operation changes permissions in place. */
	.software	= 0,
	.permissions	= 0,
	.group		= GROUP_NR,
};

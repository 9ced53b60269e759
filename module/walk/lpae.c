// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walker for LPAE tables: VMSAv8-64 and AArch32's long descriptors, stages 1 and
 * 2, and Mali's.
 *
 * Written from the Arm Architecture Reference Manual for A-profile (DDI 0487),
 * chapters D8 and G5; section and register names are its.  What registers and
 * descriptors mean is in lpae_regs.c, lpae_attrs.c and lpae_decode.c; here is
 * the way through the tables, which is the same for all.
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

#include "lpae_decode.h"

static u32 lpae_count_live(const u64 *table, u32 nr, u64 parts)
{
	u32 part = lab_visit_part(nr);
	u64 live = 0;
	u32 i = 0;

	for (; (i = lab_visit_next(parts, i, part, nr)) < nr; )
		for (u32 end = min(i + part, nr); i < end; i++)
			live += READ_ONCE(table[i]) & DESC_VALID;
	return live;
}

/* One call of walk() */
struct lpae_walk {
	struct lpae_regs regs;
	u64 iova;
	u64 last;
	const struct lab_walk_visitor *visitor;
	void *ctx;
	u64 broken;		/* the last group that was found not whole */
	const struct lab_walk_table *in[LAB_WALK_LEVELS];	/* the way here */
	struct lpae_leaf leaf[LAB_WALK_LEVELS];	/* the last one decoded */
};

static int lpae_bad(struct lpae_walk *w, u64 iova, u64 desc, unsigned int level,
		    const char *why)
{
	return lab_visit_bad(w->visitor, w->ctx, iova, desc, level, why);
}

static int lpae_walk_table(struct lpae_walk *w, struct lab_walk_table *table,
			   u64 above);

static int lpae_descend(struct lpae_walk *w, u64 iova, u64 desc,
			unsigned int level, u64 above)
{
	const struct lpae_regs *r = &w->regs;
	const char *odd = lpae_table_odd(r, desc, above);
	u64 index = (iova - w->in[level]->iova) >> lpae_lg2(r, level);
	struct lab_walk_table table = {
		.iova = iova,
		.span = BIT_ULL(lpae_lg2(r, level)),
		.pa = lpae_table_address(r, desc),
		.bytes = BIT(r->granule_lg2),
		.nr = BIT(lpae_stride(r)),
		.from_pa = w->in[level]->pa + index * sizeof(desc),
		.from = desc,
		.level = level + 1,
	};
	int ret;

	if (table.pa >> r->output_lg2)
		return lpae_bad(w, iova, desc, level, LAB_WHY_ADDRESS_SIZE);
	if (odd) {
		ret = lpae_bad(w, iova, desc, level, odd);
		if (ret)
			return ret;
	}
	if (!lab_walk_ram(table.pa, table.bytes))
		return lpae_bad(w, iova, desc, level, LAB_WHY_NOT_RAM);
	return lpae_walk_table(w, &table, above | (desc & r->format->above));
}

/*
 * A descriptor unlike the last leaf: find out what it is, and go down where it
 * is a table.  True if it is a leaf to report, now in w->leaf[]; otherwise *@ret
 * is what a callback returned.
 */
static bool lpae_new_leaf(struct lpae_walk *w, u64 iova, u64 desc,
			  unsigned int level, u64 above, int *ret)
{
	struct lpae_leaf *leaf = &w->leaf[level];
	const char *why;

	if (lpae_is_table(level, desc)) {
		*ret = lpae_descend(w, iova, desc, level, above);
		return false;
	}

	lpae_decode(&w->regs, level, desc, above, leaf);
	why = leaf->fault ?: leaf->odd;
	*ret = why ? lpae_bad(w, iova, desc, level, why) : 0;
	return !leaf->fault && !*ret;
}

/*
 * D8.7.1: under one hint all descriptors have the same attributes, and output
 * addresses that follow each other from an aligned one.  The access and dirty
 * states may differ where hardware manages them.
 */
static bool lpae_group_whole(const struct lpae_regs *r,
			     const struct lpae_leaf *leaf, const u64 *group)
{
	unsigned int lg2 = lpae_lg2(r, leaf->out.level);
	u64 mask = leaf->mask | leaf->address;
	u64 want = READ_ONCE(group[0]) & mask;
	u32 i;

	if (r->hd) {
		mask &= ~(LEAF_AF | (want & LEAF_DBM ? LEAF_RDONLY : 0));
		want &= mask;
	}
	if (want & leaf->address & (leaf->out.bytes - 1))
		return false;
	for (i = 0; i < leaf->group; i++, want += BIT_ULL(lg2))
		if ((READ_ONCE(group[i]) & mask) != want)
			return false;
	return true;
}

/* Is the group of which @i is a member whole?  If not, say so once. */
static bool lpae_check_group(struct lpae_walk *w, const u64 *descs, u32 i,
			     const struct lab_walk_table *table, u64 desc,
			     int *ret)
{
	const struct lpae_leaf *leaf = &w->leaf[table->level];
	unsigned int lg2 = lpae_lg2(&w->regs, table->level);
	u32 start = round_down(i, leaf->group);
	u64 iova = table->iova + ((u64)start << lg2);

	*ret = 0;
	/* A short first table may be smaller than the group. */
	if (leaf->group <= table->nr &&
	    lpae_group_whole(&w->regs, leaf, descs + start))
		return true;
	if (w->broken != iova)
		*ret = lpae_bad(w, table->iova + ((u64)i << lg2), desc,
				table->level, LAB_WHY_GROUP);
	w->broken = iova;
	return false;
}

/*
 * Report a run: the leaf in @leaf, that of descs[*@i], and those up to @last that
 * go on where it ends.  Then *@i is the first that is left.
 */
static int lpae_visit_run(struct lpae_walk *w, struct lpae_leaf *leaf,
			  const u64 *descs, u32 *i, u32 last)
{
	const u64 first = leaf->out.desc, step = leaf->out.bytes;
	/* An output address must not carry over into other fields. */
	u64 room = (leaf->address - (first & leaf->address)) / step;
	u32 max = min_t(u64, last - *i, room) + 1;
	u64 want = first + step;
	u32 nr = 1;

	descs += *i;
	if (leaf->group == 1 && !leaf->odd)
		for (; nr < max && READ_ONCE(descs[nr]) == want; nr++)
			want += step;
	*i += max(nr, leaf->group);
	return w->visitor->run(w->ctx, &leaf->out, nr);
}

/* Likewise one by one; on its own so that the loop gets all the registers */
static noinline int lpae_visit_leaves(struct lpae_walk *w,
				      struct lpae_leaf *leaf, const u64 *descs,
				      u32 *i, u32 last)
{
	int (*visit)(void *ctx, const struct lab_walk_leaf *leaf) =
		w->visitor->leaf;
	const u64 address = leaf->address, mask = leaf->mask, key = leaf->key;
	const u64 high = leaf->high, step = leaf->out.bytes;
	const u64 *at = descs + *i, *end = descs + last;
	struct lab_walk_leaf *out = &leaf->out;
	u64 iova = out->iova;
	void *ctx = w->ctx;
	u64 desc;
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
		if ((desc & mask) != key)
			break;
		iova += step;
		out->iova = iova;
		out->oa = (desc & address) | high;
		out->desc = desc;
	}
	*i = at - descs;
	return ret;
}

/* At most four deep.  The loop is what a full verification spends its time in. */
static int lpae_walk_table(struct lpae_walk *w, struct lab_walk_table *table,
			   u64 above)
{
	unsigned int lg2 = lpae_lg2(&w->regs, table->level);
	struct lpae_leaf *leaf = &w->leaf[table->level];
	const u64 *descs = phys_to_virt(table->pa);
	u64 end = table->iova + (table->span - 1);
	u32 part = lab_visit_part(table->nr);
	u64 desc, parts = ~0ULL;
	u32 i, last;
	int ret;

	w->in[table->level] = table;
	if (w->visitor->table) {
		if (!w->visitor->shapes) {
			parts = lab_visit_parts(descs, table->nr, DESC_VALID);
			table->live = lpae_count_live(descs, table->nr, parts);
		}
		ret = w->visitor->table(w->ctx, table);
		if (ret)
			return ret;
	}
	if (table->level == LAST_LEVEL && !lab_visit_wants_leaves(w->visitor))
		return 0;
	if (leaf->above != above)
		leaf->key = LPAE_KEY_NONE;

	i = (max(w->iova, table->iova) - table->iova) >> lg2;
	last = (min(w->last, end) - table->iova) >> lg2;
	while (i <= last) {
		desc = READ_ONCE(descs[i]);
		if (!(desc & DESC_VALID)) {
			if (!(++i % part))
				i = lab_visit_next(parts, i, part, table->nr);
			continue;
		}
		if ((desc & leaf->mask) != leaf->key) {
			u64 iova = table->iova + ((u64)i << lg2);

			if (!lpae_new_leaf(w, iova, desc, table->level,
					   above, &ret)) {
				if (ret)
					return ret;
				i++;
				continue;
			}
		}
		if (leaf->group > 1) {
			if (!lpae_check_group(w, descs, i, table, desc, &ret)) {
				if (ret)
					return ret;
				i++;
				continue;
			}
			i = round_down(i, leaf->group);
			desc = READ_ONCE(descs[i]);
			/* Its state may be another than where the walk began. */
			if ((desc & leaf->mask) != leaf->key)
				lpae_decode(&w->regs, table->level, desc, above, leaf);
		}
		leaf->out.iova = table->iova + ((u64)i << lg2);
		leaf->out.oa = (desc & leaf->address) | leaf->high;
		leaf->out.desc = desc;
		if (w->visitor->run)
			ret = lpae_visit_run(w, leaf, descs, &i, last);
		else
			ret = lpae_visit_leaves(w, leaf, descs, &i, last);
		if (ret)
			return ret;
	}
	return 0;
}

static int lpae_walk(const struct lpae_format *format,
		     const struct io_pgtable_cfg *cfg, u64 iova, u64 last,
		     const struct lab_walk_visitor *visitor, void *ctx)
{
	struct lab_walk_table root = { .root = true };
	struct lpae_walk w;
	const struct lpae_regs *r = &w.regs;
	unsigned int i;
	int ret;

	w.iova = iova;
	w.last = last;
	w.visitor = visitor;
	w.ctx = ctx;
	w.broken = U64_MAX;
	lpae_read_regs(format, cfg, &w.regs);
	if (!r->usable)
		return -EINVAL;
	if (iova > last || (iova ^ r->upper) >> r->input_lg2 ||
	    (last ^ r->upper) >> r->input_lg2)
		return -ERANGE;

	/* They are large, and nothing else of one is looked at before it is decoded. */
	for (i = 0; i < ARRAY_SIZE(w.leaf); i++) {
		w.leaf[i].key = LPAE_KEY_NONE;
		w.leaf[i].mask = 0;
		w.leaf[i].above = 0;
	}
	root.iova = r->upper;
	root.span = BIT_ULL(r->input_lg2);
	root.pa = r->base;
	root.nr = r->root_nr;
	root.bytes = root.nr * sizeof(u64);
	root.level = r->start_level;

	if (r->misaligned) {
		ret = lpae_bad(&w, root.iova, r->ttbr, root.level, LAB_WHY_BASE);
		if (ret)
			return ret;
	}
	if (r->base >> r->output_lg2)
		return lpae_bad(&w, root.iova, r->ttbr, root.level,
				LAB_WHY_ADDRESS_SIZE);
	if (!lab_walk_ram(root.pa, root.bytes))
		return lpae_bad(&w, root.iova, r->ttbr, root.level,
				LAB_WHY_NOT_RAM);
	return lpae_walk_table(&w, &root, 0);
}

/* One descriptor, as hardware fetches it */
static bool lpae_fetch(phys_addr_t pa, u64 *desc)
{
	const u64 *p = lab_walk_ram(pa, sizeof(*desc));

	if (p)
		*desc = READ_ONCE(*p);
	return p;
}

static const char *lpae_lookup(const struct lpae_regs *r, u64 iova,
			       struct lab_translation *out)
{
	u64 input = iova ^ r->upper;
	phys_addr_t table = r->base;
	u64 above = 0, desc;
	struct lpae_leaf leaf;
	unsigned int level;
	u32 nr = r->root_nr;

	/* D8.2: what the registers alone decide is a fault at level 0 */
	out->first_level = r->start_level;
	if (input >> r->input_lg2)
		return LAB_WHY_TRANSLATION;
	if (table >> r->output_lg2)
		return LAB_WHY_ADDRESS_SIZE;

	for (level = r->start_level;; level++) {
		unsigned int lg2 = lpae_lg2(r, level);

		out->level = level;
		out->desc_pa[level] = table + ((iova >> lg2) & (nr - 1)) * sizeof(desc);
		if (!lpae_fetch(out->desc_pa[level], &desc))
			return LAB_WHY_NOT_RAM;
		out->desc[level] = desc;
		out->bytes = BIT_ULL(lg2);
		if (!(desc & DESC_VALID))
			return LAB_WHY_TRANSLATION;
		if (!lpae_is_table(level, desc))
			break;

		table = lpae_table_address(r, desc);
		if (table >> r->output_lg2)
			return LAB_WHY_ADDRESS_SIZE;
		above |= desc & r->format->above;
		nr = BIT(lpae_stride(r));
	}

	/* D8.3.1: a reserved encoding faults like an invalid descriptor */
	if (!lpae_is_leaf(r, level, desc))
		return LAB_WHY_TRANSLATION;
	lpae_decode(r, level, desc, above, &leaf);
	if (leaf.fault)
		return leaf.fault;
	out->attrs = leaf.out.attrs;
	out->oa = (desc & leaf.address) | leaf.high |
		  (iova & (BIT_ULL(lpae_lg2(r, level)) - 1));
	if (!leaf.out.attrs.access_flag)
		return LAB_WHY_ACCESS_FLAG;
	out->bytes = leaf.out.bytes;
	return NULL;
}

static void lpae_translate(const struct lpae_format *format,
			   const struct io_pgtable_cfg *cfg, u64 iova,
			   struct lab_translation *out)
{
	struct lpae_regs regs;

	*out = (struct lab_translation) {};
	lpae_read_regs(format, cfg, &regs);
	out->fault = regs.usable ? lpae_lookup(&regs, iova, out) : LAB_WHY_CONFIG;
}

static bool lpae_points(const struct lpae_format *format, const struct io_pgtable_cfg *cfg,
			unsigned int level, u64 desc, phys_addr_t *pa)
{
	struct lpae_regs regs;

	if (!(desc & DESC_VALID) || !lpae_is_table(level, desc))
		return false;
	lpae_read_regs(format, cfg, &regs);
	*pa = lpae_table_address(&regs, desc);
	return regs.usable;
}

static const char *lpae_show(const struct lpae_format *format,
			     const struct io_pgtable_cfg *cfg,
			     struct lab_walk_regs *out)
{
	struct lpae_regs regs;
	const char *why = lpae_read_regs(format, cfg, &regs);

	lpae_show_regs(&regs, out);
	return why;
}

#define LPAE_WALKER(_name)							\
	static const char *_name##_show(const struct io_pgtable_cfg *cfg,	\
					struct lab_walk_regs *out)		\
	{									\
		return lpae_show(&_name##_format, cfg, out);			\
	}									\
										\
	static int _name##_walk(const struct io_pgtable_cfg *cfg, u64 iova,	\
				u64 last,					\
				const struct lab_walk_visitor *visitor,		\
				void *ctx)					\
	{									\
		return lpae_walk(&_name##_format, cfg, iova, last, visitor,	\
				 ctx);						\
	}									\
										\
	static void _name##_translate(const struct io_pgtable_cfg *cfg,		\
				      u64 iova, struct lab_translation *out)	\
	{									\
		lpae_translate(&_name##_format, cfg, iova, out);		\
	}									\
										\
	static bool _name##_points(const struct io_pgtable_cfg *cfg,		\
				   unsigned int level, u64 desc,		\
				   phys_addr_t *pa)				\
	{									\
		return lpae_points(&_name##_format, cfg, level, desc, pa);	\
	}									\
										\
	const struct lab_walker lab_walk_##_name = {				\
		.regs		= _name##_show,					\
		.walk		= _name##_walk,					\
		.translate	= _name##_translate,				\
		.points		= _name##_points,				\
		.desc_bytes	= sizeof(u64),					\
		.live		= DESC_VALID,					\
		.software	= DESC_SOFTWARE,				\
		.permissions	= LEAF_PERMISSIONS,				\
		.group		= 1,						\
	}

LPAE_WALKER(lpae_s1);
LPAE_WALKER(lpae_s2);
LPAE_WALKER(lpae32_s1);
LPAE_WALKER(lpae32_s2);
LPAE_WALKER(mali);
#undef LPAE_WALKER

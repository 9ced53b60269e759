// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walker for VMSAv8-64 stage 1 translation tables ("LPAE").
 *
 * Written from the Arm Architecture Reference Manual for A-profile (DDI 0487),
 * chapter D8; section and register names below are its.  All three granules, start
 * levels by TCR_ELx.T0SZ, output addresses up to 48 bits, and 52 with the 64 KB
 * granule (FEAT_LPA); neither FEAT_LPA2 nor permission indirection, which
 * io-pgtable does not write.  Hierarchical permissions are in force (HPD = 0).
 *
 * Takes no lock and keeps nothing between calls.  May not know how tables are
 * written: it sees struct io_pgtable_cfg as hardware sees its registers.
 */
#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/minmax.h>

#include "visit.h"

/* D8.3.1: descriptor formats and the fields of stage 1 */
enum lpae_desc {
	DESC_VALID		= BIT_ULL(0),
	DESC_TABLE		= BIT_ULL(1),	/* a page at the last level */
	DESC_64K_51_48		= GENMASK_ULL(15, 12),

	TABLE_RES0		= GENMASK_ULL(50, 48),
	TABLE_RDONLY		= BIT_ULL(62),	/* APTable[1] */
	TABLE_NO_USER		= BIT_ULL(61),	/* APTable[0] */
	TABLE_UXN		= BIT_ULL(60),
	TABLE_PXN		= BIT_ULL(59),
	TABLE_NS		= BIT_ULL(63),
	TABLE_HIERARCHICAL	= GENMASK_ULL(63, 59),

	LEAF_ATTR_INDX		= GENMASK_ULL(4, 2),
	LEAF_NS			= BIT_ULL(5),
	LEAF_USER		= BIT_ULL(6),	/* AP[1] */
	LEAF_RDONLY		= BIT_ULL(7),	/* AP[2] */
	LEAF_SH			= GENMASK_ULL(9, 8),
	LEAF_AF			= BIT_ULL(10),
	LEAF_NG			= BIT_ULL(11),
	BLOCK_NT		= BIT_ULL(16),
	LEAF_RES0		= GENMASK_ULL(49, 48),
	LEAF_DBM		= BIT_ULL(51),
	LEAF_CONTIGUOUS		= BIT_ULL(52),
	LEAF_PXN		= BIT_ULL(53),
	LEAF_UXN		= BIT_ULL(54),
	LEAF_IGNORED		= GENMASK_ULL(63, 55),
};

/* D8.6: the SH field; 0b01 is reserved */
enum lpae_sh {
	SH_NON,
	SH_RESERVED,
	SH_OUTER,
	SH_INNER,
};

/* MAIR_ELx: an attribute byte */
enum lpae_mair {
	MAIR_OUTER		= GENMASK(7, 4),
	MAIR_INNER		= GENMASK(3, 0),
	MAIR_DEVICE_KIND	= GENMASK(3, 2),	/* 0: nGnRnE */
	MAIR_DEVICE_UNPRED	= BIT(1),
	MAIR_NC_XS		= 0x40,
	MAIR_WT_XS		= 0xa0,
	MAIR_WB_TAGGED		= 0xf0,
	MAIR_POLICY		= GENMASK(3, 2),	/* of either nibble */
	MAIR_ALLOCATE		= GENMASK(1, 0),
};

enum lpae_geometry {
	LAST_LEVEL		= 3,
	INPUT_LG2_MIN		= 25,	/* T0SZ = 39 */
	INPUT_LG2_MAX		= 48,
	INPUT_LG2_MAX_64K	= 52,
	TTBR_LG2_MIN_52		= 6,	/* D8.2: with 52-bit output addresses */
};

/* The registers, read once */
struct lpae_regs {
	phys_addr_t base;
	u64 ttbr;
	u64 mair;
	u64 upper;		/* input bits above input_lg2: TTBR1's are ones */
	u8 input_lg2;
	u8 output_lg2;
	u8 granule_lg2;
	u8 start_level;
	bool hd;		/* hardware manages the dirty state */
	bool misaligned;
};

/* What one leaf descriptor means; all but its address */
struct lpae_leaf {
	u64 key;		/* the descriptor in @mask */
	u64 mask;		/* neither address nor ignored bits */
	u64 address;		/* field of the output address */
	u64 high;		/* output address bits from outside @address */
	u64 hierarchical;	/* from the tables above */
	const char *fault;
	const char *odd;	/* wrong, yet no obstacle */
	u32 group;		/* 1, or descriptors under one contiguous hint */
	struct lab_walk_leaf out;
};

/* Address bits are not in a key, so that none is all ones: never cached */
#define LPAE_KEY_NONE	U64_MAX

static unsigned int lpae_stride(const struct lpae_regs *r)
{
	return r->granule_lg2 - ilog2(sizeof(u64));
}

/* Bytes that one descriptor resolves, as a power of two */
static unsigned int lpae_lg2(const struct lpae_regs *r, unsigned int level)
{
	return r->granule_lg2 + (LAST_LEVEL - level) * lpae_stride(r);
}

static u32 lpae_sh(u64 desc)
{
	return FIELD_GET(LEAF_SH, desc);
}

static u32 lpae_root_nr(const struct lpae_regs *r)
{
	return 1U << (r->input_lg2 - lpae_lg2(r, r->start_level));
}

static bool lpae_is_64k(const struct lpae_regs *r)
{
	return r->granule_lg2 == 16;
}

/* TCR_ELx.TG0 and TG1 tell the same sizes by different codes */
static u8 lpae_granule(bool ttbr1, u32 tg)
{
	static const u8 tg0[] = { 12, 16, 14, 0 };
	static const u8 tg1[] = { 0, 14, 12, 16 };

	return ttbr1 ? tg1[tg] : tg0[tg];
}

static int lpae_read_regs(const struct io_pgtable_cfg *cfg, struct lpae_regs *r)
{
	static const u8 ips[] = { 32, 36, 40, 42, 44, 48, 52, 0 };
	bool ttbr1 = cfg->quirks & IO_PGTABLE_QUIRK_ARM_TTBR1;
	unsigned int tsz = cfg->arm_lpae_s1_cfg.tcr.tsz;
	unsigned int levels, lg2;

	*r = (struct lpae_regs) {
		.ttbr = cfg->arm_lpae_s1_cfg.ttbr,
		.mair = cfg->arm_lpae_s1_cfg.mair,
		.input_lg2 = 64 - tsz,
		.output_lg2 = ips[cfg->arm_lpae_s1_cfg.tcr.ips],
		.granule_lg2 = lpae_granule(ttbr1, cfg->arm_lpae_s1_cfg.tcr.tg),
		.hd = cfg->quirks & IO_PGTABLE_QUIRK_ARM_HD,
	};
	if (!r->output_lg2 || !r->granule_lg2 || r->input_lg2 < INPUT_LG2_MIN)
		return -EINVAL;
	if (r->input_lg2 > (lpae_is_64k(r) ? INPUT_LG2_MAX_64K : INPUT_LG2_MAX))
		return -EINVAL;
	/* D8.1: without FEAT_LPA2 only the 64 KB granule goes past 48 bits */
	if (!lpae_is_64k(r))
		r->output_lg2 = min(r->output_lg2, 48);

	levels = DIV_ROUND_UP(r->input_lg2 - r->granule_lg2, lpae_stride(r));
	r->start_level = LAST_LEVEL + 1 - levels;
	if (ttbr1)
		r->upper = ~0ULL << r->input_lg2;

	/* io-pgtable outputs the address; its users pack bits 51:48 and ASID */
	lg2 = ilog2(lpae_root_nr(r) * sizeof(u64));
	if (r->output_lg2 > 48)
		lg2 = max(lg2, TTBR_LG2_MIN_52);
	r->base = r->ttbr & (~0ULL << lg2);
	r->misaligned = r->base != r->ttbr;
	return 0;
}

static enum lab_cacheability lpae_cacheability(u32 nibble)
{
	switch (FIELD_GET(MAIR_POLICY, nibble)) {
	case 1:		/* 0b0100: Non-cacheable; else write-back transient */
		return nibble & MAIR_ALLOCATE ? LAB_CACHE_WB : LAB_CACHE_NC;
	case 3:
		return LAB_CACHE_WB;
	default:	/* write-through, transient or not */
		return LAB_CACHE_WT;
	}
}

static enum lab_memory_type lpae_memory(u8 attr)
{
	u32 outer = FIELD_GET(MAIR_OUTER, attr);
	u32 inner = FIELD_GET(MAIR_INNER, attr);

	if (!outer) {
		if (attr & MAIR_DEVICE_UNPRED)
			return LAB_MEM_OTHER;
		return attr & MAIR_DEVICE_KIND ? LAB_MEM_DEVICE
					       : LAB_MEM_STRONGLY_ORDERED;
	}
	if (inner)
		return lab_memory_normal(lpae_cacheability(inner),
					 lpae_cacheability(outer));
	switch (attr) {
	case MAIR_NC_XS:
		return LAB_MEM_NORMAL_NC;
	case MAIR_WT_XS:
		return LAB_MEM_NORMAL_WT;
	case MAIR_WB_TAGGED:
		return LAB_MEM_NORMAL_WB;
	}
	return LAB_MEM_OTHER;
}

/* D8.6: Device and Non-cacheable memory is outer shareable, always */
static enum lab_shareability lpae_share(enum lab_memory_type memory, u32 sh)
{
	switch (memory) {
	case LAB_MEM_DEVICE:
	case LAB_MEM_STRONGLY_ORDERED:
	case LAB_MEM_NORMAL_NC:
		return LAB_SH_OUTER;
	default:
		return sh == SH_INNER ? LAB_SH_INNER :
		       sh == SH_OUTER ? LAB_SH_OUTER : LAB_SH_NONE;
	}
}

/* D8.4: permissions of the leaf, and what the tables above take away */
static void lpae_attrs(const struct lpae_regs *r, u64 desc, u64 above,
		       struct lab_attrs *attrs)
{
	bool clean = r->hd && (desc & LEAF_DBM);
	bool write = (!(desc & LEAF_RDONLY) || clean) && !(above & TABLE_RDONLY);
	bool user = (desc & LEAF_USER) && !(above & TABLE_NO_USER);
	bool uxn = (desc & LEAF_UXN) || (above & TABLE_UXN);
	bool pxn = (desc & LEAF_PXN) || (above & TABLE_PXN);

	attrs->priv_read = true;
	attrs->priv_write = write;
	attrs->user_read = user;
	attrs->user_write = user && write;
	attrs->priv_exec = !pxn;
	attrs->user_exec = !uxn;
	attrs->dirty_managed = r->hd && (desc & LEAF_DBM);
	attrs->dirty = attrs->dirty_managed && !(desc & LEAF_RDONLY);
	/* Hardware that manages the dirty state sets the access flag too. */
	attrs->access_flag = r->hd || (desc & LEAF_AF);
	attrs->ns = (desc & LEAF_NS) || (above & TABLE_NS);
	attrs->not_global = desc & LEAF_NG;
	attrs->memory = lpae_memory(r->mair >> (8 * FIELD_GET(LEAF_ATTR_INDX,
							      desc)));
	attrs->share = lpae_share(attrs->memory, lpae_sh(desc));
}

/* D8.3.1: where a descriptor may be a block */
static bool lpae_block_level(const struct lpae_regs *r, unsigned int level)
{
	switch (r->granule_lg2) {
	case 12:
		return level == 1 || level == 2;
	case 16:
		return level == 2 || (level == 1 && r->output_lg2 == 52);
	default:
		return level == 2;
	}
}

/* D8.7.1: descriptors that one contiguous hint spans; 1 where there is none */
static u32 lpae_group_nr(const struct lpae_regs *r, unsigned int level)
{
	switch (r->granule_lg2) {
	case 12:
		return level ? 16 : 1;
	case 14:
		return level == 3 ? 128 : level == 2 ? 32 : 1;
	default:
		return level >= 2 ? 32 : 1;
	}
}

static bool lpae_is_table(unsigned int level, u64 desc)
{
	return level < LAST_LEVEL && (desc & DESC_TABLE);
}

/* A page or a block that the architecture has, of a valid descriptor */
static bool lpae_is_leaf(const struct lpae_regs *r, unsigned int level, u64 desc)
{
	if (level == LAST_LEVEL)
		return desc & DESC_TABLE;
	return !(desc & DESC_TABLE) && lpae_block_level(r, level);
}

static void lpae_decode(const struct lpae_regs *r, unsigned int level, u64 desc,
			u64 hierarchical, struct lpae_leaf *leaf)
{
	unsigned int lg2 = lpae_lg2(r, level);
	u64 res0 = LEAF_RES0;

	*leaf = (struct lpae_leaf) {
		.address = GENMASK_ULL(min(r->output_lg2, 48) - 1, lg2),
		.hierarchical = hierarchical,
		.group = 1,
	};
	leaf->mask = ~(leaf->address | LEAF_IGNORED);

	if (lg2 > 12)
		res0 |= GENMASK_ULL(lg2 - 1, 12);
	if (level < LAST_LEVEL)
		res0 &= ~BLOCK_NT;
	if (lpae_is_64k(r)) {
		res0 &= ~DESC_64K_51_48;
		leaf->high = (u64)FIELD_GET(DESC_64K_51_48, desc) << 48;
	}

	if (desc & LEAF_CONTIGUOUS) {
		leaf->group = lpae_group_nr(r, level);
		if (leaf->group == 1)
			leaf->odd = LAB_WHY_RESERVED_BITS;
	}
	if (!lpae_is_leaf(r, level, desc))
		leaf->fault = LAB_WHY_RESERVED;
	else if ((desc & GENMASK_ULL(47, lg2) & ~leaf->address) ||
		 leaf->high >> r->output_lg2)
		leaf->fault = LAB_WHY_ADDRESS_SIZE;
	else if ((desc & res0) || lpae_sh(desc) == SH_RESERVED)
		leaf->odd = LAB_WHY_RESERVED_BITS;

	leaf->out.level = level;
	leaf->out.bytes = (u64)leaf->group << lg2;
	leaf->out.contiguous = leaf->group > 1;
	lpae_attrs(r, desc, hierarchical, &leaf->out.attrs);

	leaf->key = leaf->fault || leaf->odd ? LPAE_KEY_NONE : desc & leaf->mask;
}

static phys_addr_t lpae_table_address(const struct lpae_regs *r, u64 desc)
{
	phys_addr_t pa = desc & GENMASK_ULL(47, r->granule_lg2);

	if (lpae_is_64k(r))
		pa |= (u64)FIELD_GET(DESC_64K_51_48, desc) << 48;
	return pa;
}

static bool lpae_table_odd(const struct lpae_regs *r, u64 desc)
{
	u64 res0 = TABLE_RES0;

	if (r->granule_lg2 == 14)
		res0 |= GENMASK_ULL(13, 12);
	return desc & res0;
}

static u32 lpae_count_live(const u64 *table, u32 nr)
{
	u64 live = 0;
	u32 i;

	for (i = 0; i < nr; i++)
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
	struct lpae_leaf leaf[LAB_WALK_LEVELS];	/* the last one decoded */
};

static int lpae_bad(struct lpae_walk *w, u64 iova, u64 desc, unsigned int level,
		    const char *why)
{
	return lab_visit_bad(w->visitor, w->ctx, iova, desc, level, why);
}

static int lpae_walk_table(struct lpae_walk *w, struct lab_walk_table *table,
			   u64 hierarchical);

static int lpae_descend(struct lpae_walk *w, u64 iova, u64 desc,
			unsigned int level, u64 hierarchical)
{
	const struct lpae_regs *r = &w->regs;
	struct lab_walk_table table = {
		.iova = iova,
		.span = BIT_ULL(lpae_lg2(r, level)),
		.pa = lpae_table_address(r, desc),
		.bytes = BIT(r->granule_lg2),
		.nr = BIT(lpae_stride(r)),
		.level = level + 1,
	};
	int ret;

	if (table.pa >> r->output_lg2)
		return lpae_bad(w, iova, desc, level, LAB_WHY_ADDRESS_SIZE);
	if (lpae_table_odd(r, desc)) {
		ret = lpae_bad(w, iova, desc, level, LAB_WHY_RESERVED_BITS);
		if (ret)
			return ret;
	}
	if (!lab_walk_ram(table.pa, table.bytes))
		return lpae_bad(w, iova, desc, level, LAB_WHY_NOT_RAM);
	return lpae_walk_table(w, &table,
			       hierarchical | (desc & TABLE_HIERARCHICAL));
}

/*
 * A descriptor unlike the last leaf: find out what it is, and go down where it
 * is a table.  True if it is a leaf to report, now in w->leaf[]; otherwise *@ret
 * is what a callback returned.
 */
static bool lpae_new_leaf(struct lpae_walk *w, u64 iova, u64 desc,
			  unsigned int level, u64 hierarchical, int *ret)
{
	struct lpae_leaf *leaf = &w->leaf[level];
	const char *why;

	if (lpae_is_table(level, desc)) {
		*ret = lpae_descend(w, iova, desc, level, hierarchical);
		return false;
	}

	lpae_decode(&w->regs, level, desc, hierarchical, leaf);
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
			   u64 hierarchical)
{
	unsigned int lg2 = lpae_lg2(&w->regs, table->level);
	struct lpae_leaf *leaf = &w->leaf[table->level];
	const u64 *descs = phys_to_virt(table->pa);
	u64 end = table->iova + (table->span - 1);
	u32 i, last;
	u64 desc;
	int ret;

	if (w->visitor->table) {
		table->live = lpae_count_live(descs, table->nr);
		ret = w->visitor->table(w->ctx, table);
		if (ret)
			return ret;
	}
	if (table->level == LAST_LEVEL && !lab_visit_wants_leaves(w->visitor))
		return 0;
	if (leaf->hierarchical != hierarchical)
		leaf->key = LPAE_KEY_NONE;

	i = (max(w->iova, table->iova) - table->iova) >> lg2;
	last = (min(w->last, end) - table->iova) >> lg2;
	while (i <= last) {
		desc = READ_ONCE(descs[i]);
		if (!(desc & DESC_VALID)) {
			i++;
			continue;
		}
		if ((desc & leaf->mask) != leaf->key) {
			u64 iova = table->iova + ((u64)i << lg2);

			if (!lpae_new_leaf(w, iova, desc, table->level,
					   hierarchical, &ret)) {
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

static int lpae_walk(const struct io_pgtable_cfg *cfg, u64 iova, u64 last,
		     const struct lab_walk_visitor *visitor, void *ctx)
{
	struct lab_walk_table root = { .root = true };
	struct lpae_walk w = {
		.iova = iova,
		.last = last,
		.visitor = visitor,
		.ctx = ctx,
		.broken = U64_MAX,
	};
	const struct lpae_regs *r = &w.regs;
	unsigned int i;
	int ret;

	ret = lpae_read_regs(cfg, &w.regs);
	if (ret)
		return ret;
	if (iova > last || (iova ^ r->upper) >> r->input_lg2 ||
	    (last ^ r->upper) >> r->input_lg2)
		return -ERANGE;

	for (i = 0; i < ARRAY_SIZE(w.leaf); i++)
		w.leaf[i].key = LPAE_KEY_NONE;
	root.iova = r->upper;
	root.span = BIT_ULL(r->input_lg2);
	root.pa = r->base;
	root.nr = lpae_root_nr(r);
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
	u64 hierarchical = 0, desc;
	struct lpae_leaf leaf;
	unsigned int level;
	u32 nr = lpae_root_nr(r);

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
		hierarchical |= desc & TABLE_HIERARCHICAL;
		nr = BIT(lpae_stride(r));
	}

	/* D8.3.1: a reserved encoding faults like an invalid descriptor */
	if (!lpae_is_leaf(r, level, desc))
		return LAB_WHY_TRANSLATION;
	lpae_decode(r, level, desc, hierarchical, &leaf);
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

static void lpae_translate(const struct io_pgtable_cfg *cfg, u64 iova,
			   struct lab_translation *out)
{
	struct lpae_regs regs;

	*out = (struct lab_translation) {};
	if (lpae_read_regs(cfg, &regs))
		out->fault = LAB_WHY_CONFIG;
	else
		out->fault = lpae_lookup(&regs, iova, out);
}

const struct lab_walker lab_walk_lpae_s1 = {
	.walk = lpae_walk,
	.translate = lpae_translate,
};

const struct lab_walker lab_walk_lpae_s2 = {
	.walk = lpae_walk,
	.translate = lpae_translate,
};

const struct lab_walker lab_walk_lpae32_s1 = {
	.walk = lpae_walk,
	.translate = lpae_translate,
};

const struct lab_walker lab_walk_lpae32_s2 = {
	.walk = lpae_walk,
	.translate = lpae_translate,
};

const struct lab_walker lab_walk_mali = {
	.walk = lpae_walk,
	.translate = lpae_translate,
};

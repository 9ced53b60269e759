// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walker for ARMv7 short descriptors, with MediaTek's extension.
 *
 * Written from the ARM Architecture Reference Manual, ARMv7-A and ARMv7-R
 * edition (DDI 0406C), section numbers below are its; and, for the extension,
 * from the quirks' documentation in <linux/io-pgtable.h>.  The regime is the one
 * that io-pgtable's configuration outputs presume: SCTLR.TRE = 1 (TEX remap),
 * SCTLR.AFE = 1 (AP[2:1], AP[0] is the access flag), no PXN, domain 0.
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
#include <linux/minmax.h>

#include "visit.h"

/* B3.5.1, B3.5.2: short-descriptor first level descriptors */
enum v7s_l1 {
	L1_TYPE			= GENMASK(1, 0),
	L1_TABLE_NS		= BIT(3),
	L1_TABLE_SBZ		= BIT(4) | BIT(2),	/* bit 2: PXN */
	L1_TABLE_MTK_SBZ	= BIT(2),
	L1_TABLE_ADDRESS	= GENMASK(31, 10),
	L1_CB			= GENMASK(3, 2),
	L1_XN			= BIT(4),
	L1_DOMAIN		= GENMASK(8, 5),
	L1_AP10			= GENMASK(11, 10),
	L1_TEX0			= BIT(12),
	L1_AP2			= BIT(15),
	L1_S			= BIT(16),
	L1_NG			= BIT(17),
	L1_SUPERSECTION		= BIT(18),
	L1_NS			= BIT(19),
	L1_SECTION_ADDRESS	= GENMASK(31, 20),
	L1_SUPER_ADDRESS	= GENMASK(31, 24),
	L1_SUPER_35_32		= GENMASK(23, 20),
	L1_SUPER_39_36		= GENMASK(8, 5),
};

enum v7s_l1_type {
	L1_FAULT,
	L1_TYPE_TABLE,
	L1_TYPE_SECTION,
	L1_RESERVED,		/* a section with PXN, where PXN exists */
};

/* B3.5.1: second level descriptors; bit 1 tells small pages from large ones */
enum v7s_l2 {
	L2_TYPE			= GENMASK(1, 0),
	L2_SMALL		= BIT(1),
	L2_SMALL_XN		= BIT(0),
	L2_CB			= GENMASK(3, 2),
	L2_AP10			= GENMASK(5, 4),
	L2_SMALL_TEX0		= BIT(6),
	L2_LARGE_SBZ		= GENMASK(8, 6),
	L2_AP2			= BIT(9),
	L2_S			= BIT(10),
	L2_NG			= BIT(11),
	L2_LARGE_TEX0		= BIT(12),
	L2_LARGE_XN		= BIT(15),
	L2_SMALL_ADDRESS	= GENMASK(31, 12),
	L2_LARGE_ADDRESS	= GENMASK(31, 16),
};

/* IO_PGTABLE_QUIRK_ARM_MTK_EXT: output address bits in every descriptor */
enum v7s_mtk {
	MTK_PA32		= BIT(9),
	MTK_PA33		= BIT(4),
	MTK_PA34		= BIT(5),
};

/* B4.1: TTBCR and TTBR0, short-descriptor format; MTK_*: MediaTek's base */
enum v7s_registers {
	TTBCR_N			= GENMASK(2, 0),
	TTBCR_PD0		= BIT(4),
	TTBCR_EAE		= BIT(31),
	TTBR_ATTRS		= GENMASK(6, 0),
	MTK_TTBR_34_32		= GENMASK(2, 0),
	MTK_TTBR_BASE		= GENMASK(31, 7),
};

/* B4.1: PRRR and NMRR; two bits for each region n at 2n, NOS at 24 + n */
enum v7s_remap {
	REMAP_FIELD		= GENMASK(1, 0),
	PRRR_DS0		= BIT(16),
	PRRR_DS1		= BIT(17),
	PRRR_NS0		= BIT(18),
	PRRR_NS1		= BIT(19),
	PRRR_NOS_SHIFT		= 24,
	NMRR_OR_SHIFT		= 16,
	REMAP_IMPDEF		= 6,	/* region 6 is implementation defined */
};

enum v7s_geometry {
	L1_LG2			= 20,
	L2_LG2			= 12,
	L2_NR			= 256,
	L2_BYTES		= 1024,
	GROUP_NR		= 16,
	INPUT_LG2		= 32,
	MTK_INPUT_LG2_MIN	= 25,
	MTK_INPUT_LG2_MAX	= 34,
};

/* The registers, read once */
struct v7s_regs {
	phys_addr_t base;
	u32 ttbr;
	u32 prrr;
	u32 nmrr;
	u32 nr;			/* descriptors of the first level */
	u8 input_lg2;
	bool mtk;
	bool mtk_tables;	/* table pointers are extended too */
	bool no_perms;
	bool misaligned;
};

/* What one leaf descriptor means; all but its address */
struct v7s_leaf {
	u32 key;		/* the descriptor outside @address */
	u32 address;		/* field of the output address */
	u64 high;		/* output address bits from outside @address */
	const char *fault;
	const char *odd;	/* wrong, yet no obstacle */
	u32 group;		/* 1, or 16 */
	struct lab_walk_leaf out;
};

/* No descriptor outside an address field equals this: never cached */
#define V7S_KEY_NONE	U32_MAX

static int v7s_read_regs(const struct io_pgtable_cfg *cfg, struct v7s_regs *r)
{
	u32 ttbr = cfg->arm_v7s_cfg.ttbr;
	u32 tcr = cfg->arm_v7s_cfg.tcr;
	phys_addr_t align;

	if (tcr & (TTBCR_EAE | TTBCR_PD0))
		return -EINVAL;

	*r = (struct v7s_regs) {
		.ttbr = ttbr,
		.prrr = cfg->arm_v7s_cfg.prrr,
		.nmrr = cfg->arm_v7s_cfg.nmrr,
		.mtk = cfg->quirks & IO_PGTABLE_QUIRK_ARM_MTK_EXT,
		.no_perms = cfg->quirks & IO_PGTABLE_QUIRK_NO_PERMS,
	};
	r->mtk_tables = r->mtk &&
			(cfg->quirks & IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT);

	if (r->mtk) {
		/* No register holds the input size of this hardware. */
		if (cfg->ias < MTK_INPUT_LG2_MIN || cfg->ias > MTK_INPUT_LG2_MAX)
			return -EINVAL;
		r->input_lg2 = cfg->ias;
		r->base = ttbr & MTK_TTBR_BASE;
		if (r->mtk_tables)
			r->base |= (u64)FIELD_GET(MTK_TTBR_34_32, ttbr) << 32;
		else if (ttbr & MTK_TTBR_34_32)
			r->misaligned = true;
	} else {
		r->input_lg2 = INPUT_LG2 - FIELD_GET(TTBCR_N, tcr);
		r->base = ttbr & ~(u32)TTBR_ATTRS;
	}

	r->nr = 1U << (r->input_lg2 - L1_LG2);
	align = r->nr * sizeof(u32);
	if (r->base & (align - 1))
		r->misaligned = true;
	r->base &= ~(align - 1);
	return 0;
}

static u32 v7s_l1_type(u32 desc)
{
	return desc & L1_TYPE;
}

static u64 v7s_mtk_high(u32 desc)
{
	return (u64)FIELD_GET(MTK_PA32, desc) << 32 |
	       (u64)FIELD_GET(MTK_PA33, desc) << 33 |
	       (u64)FIELD_GET(MTK_PA34, desc) << 34;
}

/* B3.8.3: TEX remap.  @tex0 and @cb select the region. */
static void v7s_memory(const struct v7s_regs *r, u32 tex0, u32 cb, bool s,
		       struct lab_attrs *attrs)
{
	static const enum lab_cacheability cacheability[] = {
		LAB_CACHE_NC,	/* 0b00 */
		LAB_CACHE_WB,	/* 0b01: write-allocate */
		LAB_CACHE_WT,	/* 0b10 */
		LAB_CACHE_WB,	/* 0b11 */
	};
	unsigned int n = tex0 << 2 | cb;
	bool shareable;
	u32 inner, outer;

	attrs->memory = LAB_MEM_OTHER;
	attrs->share = LAB_SH_NONE;
	if (n == REMAP_IMPDEF)
		return;

	switch (r->prrr >> (2 * n) & REMAP_FIELD) {
	case 0:
		attrs->memory = LAB_MEM_STRONGLY_ORDERED;
		attrs->share = LAB_SH_OUTER;
		return;
	case 1:
		attrs->memory = LAB_MEM_DEVICE;
		shareable = r->prrr & (s ? PRRR_DS1 : PRRR_DS0);
		break;
	case 2:
		inner = r->nmrr >> (2 * n) & REMAP_FIELD;
		outer = r->nmrr >> (2 * n + NMRR_OR_SHIFT) & REMAP_FIELD;
		attrs->memory = lab_memory_normal(cacheability[inner],
						  cacheability[outer]);
		shareable = r->prrr & (s ? PRRR_NS1 : PRRR_NS0);
		break;
	default:
		return;
	}
	if (shareable)
		attrs->share = r->prrr & BIT(PRRR_NOS_SHIFT + n) ? LAB_SH_INNER
								 : LAB_SH_OUTER;
}

/* B3.7.1: AP[2:1] access permissions, AP[0] is the access flag */
static void v7s_permissions(const struct v7s_regs *r, bool ap2, u32 ap10,
			    bool xn, struct lab_attrs *attrs)
{
	bool user = r->no_perms || (ap10 & 2);
	bool write = r->no_perms || !ap2;

	attrs->priv_read = true;
	attrs->priv_write = write;
	attrs->user_read = user;
	attrs->user_write = user && write;
	attrs->priv_exec = r->no_perms || !xn;
	attrs->user_exec = attrs->priv_exec;
	attrs->access_flag = r->no_perms || (ap10 & 1);
}

static void v7s_decode_section(const struct v7s_regs *r, u32 desc,
			       struct v7s_leaf *leaf)
{
	u32 domain = L1_DOMAIN;
	u32 sbz = 0;

	leaf->group = 1;
	leaf->address = L1_SECTION_ADDRESS;
	if (desc & L1_SUPERSECTION) {
		/* B3.5.1: supersections are of domain 0, without a field for it */
		leaf->group = GROUP_NR;
		leaf->address = L1_SUPER_ADDRESS;
		domain = 0;
		if (r->mtk)
			sbz = L1_SUPER_35_32 | (L1_SUPER_39_36 & ~MTK_PA34);
		else
			leaf->high = (u64)FIELD_GET(L1_SUPER_35_32, desc) << 32 |
				     (u64)FIELD_GET(L1_SUPER_39_36, desc) << 36;
	}
	if (r->mtk) {
		leaf->high = v7s_mtk_high(desc);
		domain &= ~MTK_PA34;
	}

	if (v7s_l1_type(desc) == L1_RESERVED)
		leaf->fault = LAB_WHY_RESERVED;
	else if (desc & domain)
		leaf->fault = LAB_WHY_DOMAIN;
	if (desc & sbz)
		leaf->odd = LAB_WHY_RESERVED_BITS;

	v7s_permissions(r, desc & L1_AP2, FIELD_GET(L1_AP10, desc),
			desc & L1_XN, &leaf->out.attrs);
	v7s_memory(r, FIELD_GET(L1_TEX0, desc), FIELD_GET(L1_CB, desc),
		   desc & L1_S, &leaf->out.attrs);
	leaf->out.attrs.not_global = desc & L1_NG;
	leaf->out.attrs.ns = desc & L1_NS;
}

static void v7s_decode_page(const struct v7s_regs *r, u32 desc, bool ns,
			    struct v7s_leaf *leaf)
{
	bool small = desc & L2_SMALL;

	leaf->group = small ? 1 : GROUP_NR;
	leaf->address = small ? L2_SMALL_ADDRESS : L2_LARGE_ADDRESS;
	if (r->mtk)
		leaf->high = v7s_mtk_high(desc);
	if (!small && (desc & L2_LARGE_SBZ))
		leaf->odd = LAB_WHY_RESERVED_BITS;

	v7s_permissions(r, desc & L2_AP2, FIELD_GET(L2_AP10, desc),
			desc & (small ? L2_SMALL_XN : L2_LARGE_XN),
			&leaf->out.attrs);
	v7s_memory(r, small ? FIELD_GET(L2_SMALL_TEX0, desc)
			    : FIELD_GET(L2_LARGE_TEX0, desc),
		   FIELD_GET(L2_CB, desc), desc & L2_S, &leaf->out.attrs);
	leaf->out.attrs.not_global = desc & L2_NG;
	leaf->out.attrs.ns = ns;
}

static unsigned int v7s_lg2(unsigned int level)
{
	return level == 1 ? L1_LG2 : L2_LG2;
}

/* @ns: what the first level descriptor says for the pages below it */
static void v7s_decode(const struct v7s_regs *r, unsigned int level, u32 desc,
		       bool ns, struct v7s_leaf *leaf)
{
	*leaf = (struct v7s_leaf) {};
	if (level == 1)
		v7s_decode_section(r, desc, leaf);
	else
		v7s_decode_page(r, desc, ns, leaf);

	leaf->out.level = level;
	leaf->out.bytes = (u64)leaf->group << v7s_lg2(level);
	leaf->out.contiguous = leaf->group > 1;
	leaf->key = leaf->fault || leaf->odd ? V7S_KEY_NONE
					     : desc & ~leaf->address;
}

static phys_addr_t v7s_table_address(const struct v7s_regs *r, u32 desc)
{
	phys_addr_t pa = desc & L1_TABLE_ADDRESS;

	return r->mtk_tables ? pa | v7s_mtk_high(desc) : pa;
}

static bool v7s_table_domain(const struct v7s_regs *r, u32 desc)
{
	u32 domain = r->mtk_tables ? L1_DOMAIN & ~MTK_PA34 : L1_DOMAIN;

	return desc & domain;
}

static bool v7s_table_odd(const struct v7s_regs *r, u32 desc)
{
	return desc & (r->mtk_tables ? L1_TABLE_MTK_SBZ : L1_TABLE_SBZ);
}

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
static u32 v7s_count_live(const u32 *table, u32 nr)
{
	const u64 *pair = (const u64 *)table;
	u64 live = 0, two;
	u32 i;

	for (i = 0; i < nr / 2; i++) {
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
		.level = 2,
	};
	bool ns = desc & L1_TABLE_NS;
	int ret;

	if (v7s_table_domain(&w->regs, desc))
		return v7s_bad(w, iova, desc, 1, LAB_WHY_DOMAIN);
	if (v7s_table_odd(&w->regs, desc)) {
		ret = v7s_bad(w, iova, desc, 1, LAB_WHY_RESERVED_BITS);
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

	if (level == 1 && v7s_l1_type(desc) == L1_TYPE_TABLE) {
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
	u32 i, last, desc;
	int ret;

	if (w->visitor->table) {
		table->live = v7s_count_live(descs, table->nr);
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
		if (!(desc & L1_TYPE)) {
			i++;
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

	ret = v7s_read_regs(cfg, &w.regs);
	if (ret)
		return ret;
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

	if (v7s_l1_type(desc) == L1_TYPE_TABLE) {
		domain = v7s_table_domain(r, desc);
		ns = desc & L1_TABLE_NS;
		out->level = 2;
		out->desc_pa[2] = v7s_table_address(r, desc) +
				  (iova >> L2_LG2) % L2_NR * sizeof(desc);
		if (!v7s_fetch(out->desc_pa[2], &desc))
			return LAB_WHY_NOT_RAM;
		out->desc[2] = desc;
		out->bytes = BIT_ULL(L2_LG2);
	}
	/* B3.5.1: without PXN, its encoding faults like an empty descriptor */
	if (!(desc & L2_TYPE) ||
	    (out->level == 1 && v7s_l1_type(desc) == L1_RESERVED))
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
	if (v7s_read_regs(cfg, &regs))
		out->fault = LAB_WHY_CONFIG;
	else
		out->fault = v7s_lookup(&regs, iova, out);
}

const struct lab_walker lab_walk_v7s = {
	.walk = v7s_walk,
	.translate = v7s_translate,
};

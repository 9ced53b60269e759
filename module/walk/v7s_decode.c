// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers and descriptors of ARMv7's short-descriptor format, with MediaTek's
 * extension, for the walker.
 *
 * From the ARM Architecture Reference Manual, ARMv7-A and ARMv7-R edition
 * (DDI 0406C), section numbers below are its; and, for the extension, from the
 * quirks' documentation in <linux/io-pgtable.h>.  The regime is the one that
 * io-pgtable's configuration outputs presume: SCTLR.TRE = 1 (TEX remap),
 * SCTLR.AFE = 1 (AP[2:1], AP[0] is the access flag), no PXN, domain 0.
 *
 * Pure functions of a configuration or a descriptor.
 */
#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/io-pgtable.h>
#include <linux/kernel.h>

#include "v7s_decode.h"

/* B3.5.1, B3.5.2: short-descriptor first level descriptors */
enum v7s_l1 {
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
	L1_RESERVED		= 3,	/* a section with PXN, where PXN exists */
};

/* B3.5.1: second level descriptors; bit 1 tells small pages from large ones */
enum v7s_l2 {
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
	TTBR_IRGN_1		= BIT(0),
	TTBR_S			= BIT(1),
	TTBR_RGN		= GENMASK(4, 3),
	TTBR_NOS		= BIT(5),
	TTBR_IRGN_0		= BIT(6),
	TTBR_ATTRS		= GENMASK(6, 0),
	MTK_TTBR_34_32		= GENMASK(2, 0),
	MTK_TTBR_BASE		= GENMASK(31, 7),
	MTK_TTBR_RES		= GENMASK(6, 3),
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

enum v7s_limits {
	INPUT_LG2		= 32,
	MTK_INPUT_LG2_MIN	= 25,
	MTK_INPUT_LG2_MAX	= 34,
	MTK_OUTPUT_LG2_MAX	= 35,
};

/* B3.8.3, B4.1.154: the codes of all region fields */
static const enum lab_cacheability cacheability[] = {
	LAB_CACHE_NC,	/* 0b00 */
	LAB_CACHE_WB,	/* 0b01: write-allocate */
	LAB_CACHE_WT,	/* 0b10 */
	LAB_CACHE_WB,	/* 0b11 */
};

/* B4.1.154: TTBR0 with the Multiprocessing Extensions */
static void read_ttbr_attrs(struct v7s_regs *r)
{
	u32 irgn = (r->ttbr & TTBR_IRGN_1 ? 2 : 0) | (r->ttbr & TTBR_IRGN_0 ? 1 : 0);

	r->inner = cacheability[irgn];
	r->outer = cacheability[FIELD_GET(TTBR_RGN, r->ttbr)];
	r->share = !(r->ttbr & TTBR_S) ? LAB_SH_NONE :
		   r->ttbr & TTBR_NOS ? LAB_SH_INNER : LAB_SH_OUTER;
}

/* What the base register holds of a base; what of it must not be there */
static const char *read_base(struct v7s_regs *r)
{
	const char *why = NULL;
	phys_addr_t align;

	if (!r->mtk) {
		r->base = r->ttbr & ~(u32)TTBR_ATTRS;
	} else {
		r->base = r->ttbr & MTK_TTBR_BASE;
		if (r->ttbr & MTK_TTBR_RES)
			why = LAB_WHY_TTBR_BITS;
		if (r->mtk_tables)
			r->base |= (u64)FIELD_GET(MTK_TTBR_34_32, r->ttbr) << 32;
		else if (r->ttbr & MTK_TTBR_34_32)
			why = LAB_WHY_TTBR_BITS;
	}
	align = r->nr * sizeof(u32);
	r->misaligned = r->base & (align - 1);
	r->base &= ~(align - 1);
	return r->misaligned ? LAB_WHY_BASE : why;
}

/**
 * v7s_read_regs() - TTBR0, TTBCR, PRRR and NMRR
 * @cfg:	configuration, completed
 * @r:		filled in; a walk is possible where @r->usable
 *
 * No register of MediaTek's holds the sizes of addresses: they are ias and oas.
 *
 * Context: Any.
 * Return: NULL, or in words why no hardware would walk with them.
 */
const char *v7s_read_regs(const struct io_pgtable_cfg *cfg, struct v7s_regs *r)
{
	u32 tcr = cfg->arm_v7s_cfg.tcr;

	*r = (struct v7s_regs) {
		.ttbr = cfg->arm_v7s_cfg.ttbr,
		.prrr = cfg->arm_v7s_cfg.prrr,
		.nmrr = cfg->arm_v7s_cfg.nmrr,
		.input_lg2 = INPUT_LG2 - FIELD_GET(TTBCR_N, tcr),
		.output_lg2 = INPUT_LG2,
		.mtk = cfg->quirks & IO_PGTABLE_QUIRK_ARM_MTK_EXT,
		.no_perms = cfg->quirks & IO_PGTABLE_QUIRK_NO_PERMS,
		.ns = cfg->quirks & IO_PGTABLE_QUIRK_ARM_NS,
	};
	if (tcr & TTBCR_EAE)
		return LAB_WHY_EAE;
	if (tcr & TTBCR_PD0)
		return LAB_WHY_PD0;

	if (r->mtk) {
		r->mtk_tables = cfg->quirks & IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT;
		r->input_lg2 = cfg->ias;
		r->output_lg2 = cfg->oas;
		if (cfg->ias < MTK_INPUT_LG2_MIN || cfg->ias > MTK_INPUT_LG2_MAX)
			return LAB_WHY_TSZ;
		if (cfg->oas < INPUT_LG2 || cfg->oas > MTK_OUTPUT_LG2_MAX)
			return LAB_WHY_PS;
		if (!r->no_perms)
			return LAB_WHY_MTK_PERMS;
	} else {
		read_ttbr_attrs(r);
	}
	/* The root was made for ias: past it is somebody else's memory. */
	if (r->input_lg2 > cfg->ias)
		return LAB_WHY_IAS;

	r->nr = 1U << (r->input_lg2 - L1_LG2);
	r->usable = true;
	return read_base(r);
}

/* B3.8.3: the type of memory that a region number selects */
static enum lab_memory_type region_memory(const struct v7s_regs *r, unsigned int n)
{
	u32 inner, outer;

	if (n == REMAP_IMPDEF)
		return LAB_MEM_OTHER;
	switch (r->prrr >> (2 * n) & REMAP_FIELD) {
	case 0:
		return LAB_MEM_STRONGLY_ORDERED;
	case 1:
		return LAB_MEM_DEVICE;
	case 2:
		inner = r->nmrr >> (2 * n) & REMAP_FIELD;
		outer = r->nmrr >> (2 * n + NMRR_OR_SHIFT) & REMAP_FIELD;
		return lab_memory_normal(cacheability[inner], cacheability[outer]);
	}
	return LAB_MEM_OTHER;
}

/**
 * v7s_show_regs() - decoded registers in the words of all formats
 * @r:		the registers
 * @out:	filled in; zeros where nothing was decoded
 *
 * Context: Any.
 */
void v7s_show_regs(const struct v7s_regs *r, struct lab_walk_regs *out)
{
	*out = (struct lab_walk_regs) {
		.base		= r->base,
		.root_bytes	= r->nr * sizeof(u32),
		.base_align	= r->nr * sizeof(u32),
		.granule	= BIT(L2_LG2),
		.output_lg2	= r->output_lg2,
		.start_level	= 1,
		.concatenated	= r->usable,
		.inner		= r->inner,
		.outer		= r->outer,
		.share		= r->share,
		.memory_nr	= ARRAY_SIZE(out->memory),
	};
	for (int n = 0; n < ARRAY_SIZE(out->memory); n++)
		out->memory[n] = region_memory(r, n);
	if (r->usable)
		out->last = BIT_ULL(r->input_lg2) - 1;
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
	unsigned int n = tex0 << 2 | cb;
	bool shareable;

	attrs->memory = region_memory(r, n);
	attrs->share = LAB_SH_NONE;
	if (n == REMAP_IMPDEF)
		return;

	switch (r->prrr >> (2 * n) & REMAP_FIELD) {
	case 0:
		attrs->share = LAB_SH_OUTER;
		return;
	case 1:
		shareable = r->prrr & (s ? PRRR_DS1 : PRRR_DS0);
		break;
	case 2:
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

	if ((desc & DESC_TYPE) == L1_RESERVED)
		leaf->fault = LAB_WHY_RESERVED;
	else if (desc & domain)
		leaf->fault = LAB_WHY_DOMAIN;
	if (desc & sbz)
		leaf->odd = LAB_WHY_RESERVED_BITS;
	else if (r->ns && !(desc & L1_NS))
		leaf->odd = LAB_WHY_NS;

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

/**
 * v7s_is_leaf() - whether a descriptor is a section or page that there is
 * @level:	lookup level
 * @desc:	a descriptor
 *
 * Without PXN, its encoding at level 1 is an invalid one (B3.5.1).
 *
 * Context: Any.
 * Return: false for tables, too.
 */
bool v7s_is_leaf(unsigned int level, u32 desc)
{
	u32 type = desc & DESC_TYPE;

	return type && (level == 2 || (type != L1_TYPE_TABLE && type != L1_RESERVED));
}

/**
 * v7s_decode() - what a leaf descriptor means
 * @r:		registers
 * @level:	lookup level
 * @desc:	a valid descriptor that is no table
 * @ns:		what the first level descriptor says for the pages below it
 * @leaf:	filled in; all but the input address and what is each descriptor's
 *
 * Context: Any.
 */
void v7s_decode(const struct v7s_regs *r, unsigned int level, u32 desc, bool ns,
		struct v7s_leaf *leaf)
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

/**
 * v7s_table_address() - where a table descriptor points
 * @r:		registers
 * @desc:	a table descriptor
 *
 * Context: Any.
 * Return: the physical address.
 */
phys_addr_t v7s_table_address(const struct v7s_regs *r, u32 desc)
{
	phys_addr_t pa = desc & L1_TABLE_ADDRESS;

	return r->mtk_tables ? pa | v7s_mtk_high(desc) : pa;
}

/**
 * v7s_table_ns() - what a table descriptor says of the pages below it
 * @desc:	a table descriptor
 *
 * Context: Any.
 * Return: whether they are Non-secure.
 */
bool v7s_table_ns(u32 desc)
{
	return desc & L1_TABLE_NS;
}

/**
 * v7s_table_domain() - is a table's domain other than 0
 * @r:		registers
 * @desc:	a table descriptor
 *
 * Context: Any.
 * Return: true where accesses below it are domain faults.
 */
bool v7s_table_domain(const struct v7s_regs *r, u32 desc)
{
	u32 domain = r->mtk_tables ? L1_DOMAIN & ~MTK_PA34 : L1_DOMAIN;

	return desc & domain;
}

/**
 * v7s_table_odd() - what is wrong with a table descriptor that is no obstacle
 * @r:		registers
 * @desc:	a table descriptor
 *
 * Context: Any.
 * Return: in words, or NULL.
 */
const char *v7s_table_odd(const struct v7s_regs *r, u32 desc)
{
	if (desc & (r->mtk_tables ? L1_TABLE_MTK_SBZ : L1_TABLE_SBZ))
		return LAB_WHY_RESERVED_BITS;
	return r->ns && !v7s_table_ns(desc) ? LAB_WHY_NS : NULL;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attributes of LPAE leaves, for the walker: memory types, permissions and state
 * of each format.
 *
 * From DDI 0487: D8.4 (permissions), D8.6 (memory types), G5 for AArch32.  Of Mali
 * nothing is published but drivers: the kernel's io-pgtable and panfrost, and, for
 * the bit that forbids fetches, Arm's own.  Hierarchical permissions are in force.
 *
 * Pure functions of registers and a descriptor.
 */
#include <linux/bitfield.h>
#include <linux/bits.h>

#include "lpae_decode.h"

/* D8.3.1.2: stage 1; G5.5.5 for AArch32, where bit 54 is XN for all */
enum lpae_s1_leaf {
	S1_ATTR_INDX		= GENMASK_ULL(4, 2),
	S1_NS			= BIT_ULL(5),
	S1_USER			= BIT_ULL(6),	/* AP[1] */
	S1_NG			= BIT_ULL(11),
	S1_PXN			= BIT_ULL(53),
	S1_UXN			= BIT_ULL(54),
};

/* D8.3.1.1: what stage 1's table descriptors take away, or add */
enum lpae_s1_table {
	TABLE_PXN		= BIT_ULL(59),
	TABLE_UXN		= BIT_ULL(60),
	TABLE_NO_USER		= BIT_ULL(61),	/* APTable[0] */
	TABLE_RDONLY		= BIT_ULL(62),	/* APTable[1] */
	TABLE_NS		= BIT_ULL(63),
};

/* D8.3.1.2: stage 2 */
enum lpae_s2_leaf {
	S2_MEMATTR		= GENMASK_ULL(5, 2),
	S2_READ			= BIT_ULL(6),	/* S2AP[0] */
	S2_WRITE		= BIT_ULL(7),	/* S2AP[1] */
	S2_XN			= GENMASK_ULL(54, 53),
};

/* D8.4.5: XN[1:0] with FEAT_XNX; without, 0b01 and 0b11 would not be */
enum lpae_s2_xn {
	XN_ANY_EXEC,
	XN_USER_EXEC,
	XN_NO_EXEC,
	XN_PRIV_EXEC,
};

/* Mali's: permissions as at stage 2, an index as at stage 1, no access flag */
enum lpae_mali_leaf {
	MALI_MEMATTR		= GENMASK_ULL(4, 2),
	MALI_READ		= BIT_ULL(6),
	MALI_WRITE		= BIT_ULL(7),
	MALI_NX			= BIT_ULL(54),
};

/* drivers/iommu names these two bytes of MEMATTR */
enum lpae_mali_memattr {
	MALI_IMP_DEF		= 0x88,
	MALI_WRITE_ALLOC	= 0x8d,
};

/* D8.6.2: the SH field, in all formats at the same place; 0b01 is reserved */
enum lpae_sh {
	LEAF_SH			= GENMASK_ULL(9, 8),
	SH_OUTER		= 2,
	SH_INNER		= 3,
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

/* D8.6.5: MemAttr[3:0] without FEAT_S2FWB: outer, inner; D8.6.6: with it */
enum lpae_memattr {
	MEMATTR_OUTER		= GENMASK(3, 2),
	MEMATTR_INNER		= GENMASK(1, 0),
	FWB_NC			= 5,
	FWB_WB			= 6,
	FWB_STAGE1		= 7,
};

static enum lab_cacheability mair_cacheability(u32 nibble)
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

static enum lab_memory_type mair_memory(u8 attr)
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
		return lab_memory_normal(mair_cacheability(inner),
					 mair_cacheability(outer));
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

/**
 * lpae_mair_memory() - a memory type that MAIR_ELx (or MAIR1:MAIR0) offers
 * @mair:	the register
 * @index:	which, 0 to 7
 *
 * Context: Any.
 * Return: the type.
 */
enum lab_memory_type lpae_mair_memory(u64 mair, unsigned int index)
{
	return mair_memory(mair >> (8 * index));
}

/**
 * lpae_memattr_memory() - a memory type that Mali's MEMATTR offers
 * @memattr:	the register
 * @index:	which, 0 to 7
 *
 * Context: Any.
 * Return: the type; what has no name in the kernel's drivers is %LAB_MEM_OTHER.
 */
enum lab_memory_type lpae_memattr_memory(u64 memattr, unsigned int index)
{
	u8 attr = memattr >> (8 * index);

	return attr == MALI_IMP_DEF ? LAB_MEM_IMPDEF :
	       attr == MALI_WRITE_ALLOC ? LAB_MEM_NORMAL_WB : LAB_MEM_OTHER;
}

static enum lab_shareability field_share(u64 desc)
{
	u32 sh = FIELD_GET(LEAF_SH, desc);

	return sh == SH_INNER ? LAB_SH_INNER :
	       sh == SH_OUTER ? LAB_SH_OUTER : LAB_SH_NONE;
}

/* D8.6.2: Device and Non-cacheable memory is outer shareable, always */
static enum lab_shareability arm_share(enum lab_memory_type memory, u64 desc)
{
	switch (memory) {
	case LAB_MEM_DEVICE:
	case LAB_MEM_STRONGLY_ORDERED:
	case LAB_MEM_NORMAL_NC:
		return LAB_SH_OUTER;
	default:
		return field_share(desc);
	}
}

/**
 * lpae_s1_attrs() - attributes of a leaf of VMSAv8-64 stage 1
 * @r:		registers
 * @desc:	descriptor
 * @above:	what the table descriptors on the way say
 * @attrs:	filled in
 *
 * NS is of interest to Secure accesses only; under an NSTable it is taken for
 * set (D8.4.8), so that a leaf that says otherwise contradicts.
 *
 * Context: Any.
 * Return: NULL, or what is wrong that is no obstacle.
 */
const char *lpae_s1_attrs(const struct lpae_regs *r, u64 desc, u64 above,
			  struct lab_attrs *attrs)
{
	bool dbm = r->hd && (desc & LEAF_DBM);
	bool write = (!(desc & LEAF_RDONLY) || dbm) && !(above & TABLE_RDONLY);
	bool user = (desc & S1_USER) && !(above & TABLE_NO_USER);

	attrs->priv_read = true;
	attrs->priv_write = write;
	attrs->user_read = user;
	attrs->user_write = user && write;
	attrs->priv_exec = !(desc & S1_PXN) && !(above & TABLE_PXN);
	attrs->user_exec = !(desc & S1_UXN) && !(above & TABLE_UXN);
	attrs->dirty_managed = dbm;
	attrs->dirty = dbm && !(desc & LEAF_RDONLY);
	/* Hardware that manages the dirty state sets the access flag too. */
	attrs->access_flag = r->hd || (desc & LEAF_AF);
	attrs->ns = (desc & S1_NS) || (above & TABLE_NS);
	attrs->not_global = desc & S1_NG;
	attrs->memory = r->memory(r->memory_attrs, FIELD_GET(S1_ATTR_INDX, desc));
	attrs->share = arm_share(attrs->memory, desc);
	return !(desc & S1_NS) && (r->ns || (above & TABLE_NS)) ? LAB_WHY_NS
								 : NULL;
}

/**
 * lpae32_s1_attrs() - attributes of a leaf of AArch32's long descriptors, stage 1
 * @r:		registers
 * @desc:	descriptor
 * @above:	what the table descriptors on the way say
 * @attrs:	filled in
 *
 * As in AArch64, but that XN forbids fetches at all levels of privilege (G5.6.3).
 *
 * Context: Any.
 * Return: NULL, or what is wrong that is no obstacle.
 */
const char *lpae32_s1_attrs(const struct lpae_regs *r, u64 desc, u64 above,
			    struct lab_attrs *attrs)
{
	const char *odd = lpae_s1_attrs(r, desc, above, attrs);

	attrs->priv_exec &= attrs->user_exec;
	return odd;
}

/* The four types of Device memory go by the same two bits, MemAttr[1:0] */
static enum lab_memory_type s2_device(u32 attr)
{
	return attr & MEMATTR_INNER ? LAB_MEM_DEVICE : LAB_MEM_STRONGLY_ORDERED;
}

static const char *s2_memory(bool fwb, u32 attr, enum lab_memory_type *memory)
{
	static const enum lab_cacheability cacheability[] = {
		LAB_CACHE_NC,	/* reserved, and not used */
		LAB_CACHE_NC, LAB_CACHE_WT, LAB_CACHE_WB,
	};
	u32 outer = FIELD_GET(MEMATTR_OUTER, attr);
	u32 inner = FIELD_GET(MEMATTR_INNER, attr);

	*memory = LAB_MEM_OTHER;
	if (!outer) {
		*memory = s2_device(attr);
		return NULL;
	}
	if (!fwb) {
		if (!inner)
			return LAB_WHY_MEMATTR;
		*memory = lab_memory_normal(cacheability[inner],
					    cacheability[outer]);
		return NULL;
	}
	switch (attr) {
	case FWB_NC:
		*memory = LAB_MEM_NORMAL_NC;
		return NULL;
	case FWB_WB:
		*memory = LAB_MEM_NORMAL_WB;
		return NULL;
	case FWB_STAGE1:	/* no type of its own */
		return NULL;
	}
	return LAB_WHY_MEMATTR;
}

/**
 * lpae_s2_attrs() - attributes of a leaf of stage 2, AArch64's and AArch32's
 * @r:		registers
 * @desc:	descriptor
 * @above:	nothing, at stage 2
 * @attrs:	filled in; reads and writes are the same at all levels of privilege
 *
 * Those of stage 2 alone: what a stage 1 before it adds is left out.
 *
 * Context: Any.
 * Return: NULL, or what is wrong that is no obstacle.
 */
const char *lpae_s2_attrs(const struct lpae_regs *r, u64 desc, u64 above,
			  struct lab_attrs *attrs)
{
	u32 xn = FIELD_GET(S2_XN, desc);
	const char *odd = s2_memory(r->fwb, FIELD_GET(S2_MEMATTR, desc),
				    &attrs->memory);

	attrs->priv_read = desc & S2_READ;
	attrs->priv_write = desc & S2_WRITE;
	attrs->user_read = attrs->priv_read;
	attrs->user_write = attrs->priv_write;
	attrs->priv_exec = xn == XN_ANY_EXEC || xn == XN_PRIV_EXEC;
	attrs->user_exec = xn == XN_ANY_EXEC || xn == XN_USER_EXEC;
	attrs->access_flag = desc & LEAF_AF;
	attrs->share = arm_share(attrs->memory, desc);
	return odd;
}

/**
 * lpae_mali_attrs() - attributes of a leaf of Mali's LPAE
 * @r:		registers
 * @desc:	descriptor
 * @above:	nothing
 * @attrs:	filled in
 *
 * Mali's inner domain is the GPU's own cores, its outer one what is outside the
 * GPU; neither follows from the memory type.
 *
 * Context: Any.
 * Return: NULL.
 */
const char *lpae_mali_attrs(const struct lpae_regs *r, u64 desc, u64 above,
			    struct lab_attrs *attrs)
{
	attrs->priv_read = desc & MALI_READ;
	attrs->priv_write = desc & MALI_WRITE;
	attrs->user_read = attrs->priv_read;
	attrs->user_write = attrs->priv_write;
	attrs->priv_exec = !(desc & MALI_NX);
	attrs->user_exec = attrs->priv_exec;
	attrs->access_flag = true;
	attrs->memory = r->memory(r->memory_attrs, FIELD_GET(MALI_MEMATTR, desc));
	attrs->share = field_share(desc);
	return NULL;
}

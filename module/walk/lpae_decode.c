// SPDX-License-Identifier: GPL-2.0-only
/*
 * LPAE descriptors, for the walker: which are tables and leaves, their addresses,
 * the bits that are reserved, and what one contiguous hint spans.
 *
 * From DDI 0487, D8.3 (VMSAv8-64) and G5.5 (AArch32): all three granules, 52-bit
 * addresses with the 64 KB granule (FEAT_LPA); neither FEAT_LPA2, FEAT_XS nor
 * permission indirection, which io-pgtable does not write.
 *
 * Pure functions of registers and a descriptor.
 */
#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/minmax.h>

#include "lpae_decode.h"

/* D8.3.1: of all formats that have them */
enum lpae_bits {
	DESC_64K_51_48		= GENMASK_ULL(15, 12),
	LEAF_SH_1		= BIT_ULL(9),
	LEAF_SH_0		= BIT_ULL(8),
	BLOCK_NT		= BIT_ULL(16),
	LEAF_CONTIGUOUS		= BIT_ULL(52),
	LEAF_IGNORED		= GENMASK_ULL(63, 55),
	TABLE_HIERARCHICAL	= GENMASK_ULL(63, 59),
	TABLE_NS		= BIT_ULL(63),
	RES0_50_48		= GENMASK_ULL(50, 48),
	RES0_49_48		= GENMASK_ULL(49, 48),
	RES0_51_48		= GENMASK_ULL(51, 48),	/* AArch32 */
	S2_RES0_11		= BIT_ULL(11),
};

const struct lpae_format lpae_s1_format = {
	.read_regs	= lpae_s1_regs,
	.attrs		= lpae_s1_attrs,
	.leaf_res0	= RES0_49_48,
	.table_res0	= RES0_50_48,
	.above		= TABLE_HIERARCHICAL,
	.table_ns	= TABLE_NS,
	.contiguous	= true,
};

const struct lpae_format lpae_s2_format = {
	.read_regs	= lpae_s2_regs,
	.attrs		= lpae_s2_attrs,
	.leaf_res0	= RES0_50_48 | S2_RES0_11,
	.table_res0	= RES0_50_48 | TABLE_HIERARCHICAL,
	.contiguous	= true,
};

const struct lpae_format lpae32_s1_format = {
	.read_regs	= lpae32_s1_regs,
	.attrs		= lpae32_s1_attrs,
	.leaf_res0	= RES0_51_48,
	.table_res0	= RES0_51_48,
	.above		= TABLE_HIERARCHICAL,
	.table_ns	= TABLE_NS,
	.contiguous	= true,
};

const struct lpae_format lpae32_s2_format = {
	.read_regs	= lpae32_s2_regs,
	.attrs		= lpae_s2_attrs,
	.leaf_res0	= RES0_51_48 | S2_RES0_11,
	.table_res0	= RES0_51_48 | TABLE_HIERARCHICAL,
	.contiguous	= true,
};

const struct lpae_format mali_format = {
	.read_regs	= lpae_mali_regs,
	.attrs		= lpae_mali_attrs,
	.type_01	= true,
};

static bool is_64k(const struct lpae_regs *r)
{
	return r->granule_lg2 == 16;
}

/* D8.3.1: where a descriptor may be a block */
static bool block_level(const struct lpae_regs *r, unsigned int level)
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
static u32 group_nr(const struct lpae_regs *r, unsigned int level)
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

/**
 * lpae_is_leaf() - whether a descriptor is a page or block that there is
 * @r:		registers
 * @level:	lookup level
 * @desc:	a valid descriptor
 *
 * Context: Any.
 * Return: false for tables, too.
 */
bool lpae_is_leaf(const struct lpae_regs *r, unsigned int level, u64 desc)
{
	if (level == LAST_LEVEL)
		return !(desc & DESC_TABLE) == r->format->type_01;
	return !(desc & DESC_TABLE) && block_level(r, level);
}

/**
 * lpae_decode() - what a leaf descriptor means
 * @r:		registers
 * @level:	lookup level
 * @desc:	a valid descriptor that is no table
 * @above:	what the table descriptors on the way say
 * @leaf:	filled in; all but the input address and what is each descriptor's
 *
 * Context: Any.
 */
void lpae_decode(const struct lpae_regs *r, unsigned int level, u64 desc,
		 u64 above, struct lpae_leaf *leaf)
{
	unsigned int lg2 = lpae_lg2(r, level);
	u64 res0 = r->format->leaf_res0;
	const char *odd;

	*leaf = (struct lpae_leaf) {
		.address = GENMASK_ULL(min(r->output_lg2, 48) - 1, lg2),
		.above = above,
		.group = 1,
	};
	leaf->mask = ~(leaf->address | LEAF_IGNORED);

	if (lg2 > 12)
		res0 |= GENMASK_ULL(lg2 - 1, 12);
	if (level < LAST_LEVEL)
		res0 &= ~BLOCK_NT;
	if (is_64k(r)) {
		res0 &= ~DESC_64K_51_48;
		leaf->high = (u64)FIELD_GET(DESC_64K_51_48, desc) << 48;
	}
	if (r->format->contiguous && (desc & LEAF_CONTIGUOUS)) {
		leaf->group = group_nr(r, level);
		if (leaf->group == 1)
			res0 |= LEAF_CONTIGUOUS;
	}

	odd = r->format->attrs(r, desc, above, &leaf->out.attrs);
	if (!lpae_is_leaf(r, level, desc))
		leaf->fault = LAB_WHY_RESERVED;
	else if ((desc & GENMASK_ULL(47, lg2) & ~leaf->address) ||
		 leaf->high >> r->output_lg2)
		leaf->fault = LAB_WHY_ADDRESS_SIZE;
	else if ((desc & res0) || (desc & (LEAF_SH_1 | LEAF_SH_0)) == LEAF_SH_0)
		leaf->odd = LAB_WHY_RESERVED_BITS;
	else
		leaf->odd = odd;

	leaf->out.level = level;
	leaf->out.bytes = (u64)leaf->group << lg2;
	leaf->out.contiguous = leaf->group > 1;
	leaf->key = leaf->fault || leaf->odd ? LPAE_KEY_NONE : desc & leaf->mask;
}

/**
 * lpae_table_address() - where a table descriptor points
 * @r:		registers
 * @desc:	a table descriptor
 *
 * Context: Any.
 * Return: the physical address, which may be too large for @r.
 */
phys_addr_t lpae_table_address(const struct lpae_regs *r, u64 desc)
{
	phys_addr_t pa = desc & GENMASK_ULL(47, r->granule_lg2);

	if (is_64k(r))
		pa |= (u64)FIELD_GET(DESC_64K_51_48, desc) << 48;
	return pa;
}

/**
 * lpae_table_odd() - what is wrong with a table descriptor that is no obstacle
 * @r:		registers
 * @desc:	a table descriptor
 * @above:	what those above it say
 *
 * Context: Any.
 * Return: in words, or NULL.
 */
const char *lpae_table_odd(const struct lpae_regs *r, u64 desc, u64 above)
{
	u64 res0 = r->format->table_res0;
	u64 ns = r->format->table_ns;

	if (r->granule_lg2 == 14)
		res0 |= GENMASK_ULL(13, 12);
	if (desc & res0)
		return LAB_WHY_RESERVED_BITS;
	/* D8.4.8: under an NSTable all are taken for set */
	if (ns && !(desc & ns) && (r->ns || (above & ns)))
		return LAB_WHY_NS;
	return NULL;
}

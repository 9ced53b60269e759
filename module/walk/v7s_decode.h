/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Short descriptors for the walker: registers and descriptors, decoded.
 *
 * Pure functions; nothing here reads a table.
 */
#ifndef LAB_WALK_V7S_DECODE_H
#define LAB_WALK_V7S_DECODE_H

#include <linux/bits.h>

#include "visit.h"

/* B3.5.1: both levels; what other bits say depends on these */
enum v7s_type {
	DESC_TYPE		= GENMASK(1, 0),	/* 0b00: invalid */
	L1_TYPE_TABLE		= 1,
};

enum v7s_geometry {
	L1_LG2			= 20,
	L2_LG2			= 12,
	L2_NR			= 256,
	L2_BYTES		= 1024,
	GROUP_NR		= 16,
};

/**
 * struct v7s_regs - the registers, decoded once per walk
 * @base:	physical address of the first level table, aligned
 * @ttbr:	TTBR0 as it stands
 * @prrr:	PRRR
 * @nmrr:	NMRR
 * @nr:		descriptors of the first level
 * @input_lg2:	input address bits
 * @output_lg2:	output address bits; supersections aside, which may have 40
 * @inner:	inner cacheability of walks
 * @outer:	outer cacheability of walks
 * @share:	shareability of walks
 * @mtk:	MediaTek's extension
 * @mtk_tables:	table pointers are extended too
 * @no_perms:	hardware has no permissions
 * @ns:		hardware insists on NS
 * @misaligned:	@ttbr has bits below @base's alignment
 * @usable:	a walk knows where to go
 */
struct v7s_regs {
	phys_addr_t base;
	u32 ttbr, prrr, nmrr;
	u32 nr;
	u8 input_lg2, output_lg2;
	enum lab_cacheability inner, outer;
	enum lab_shareability share;
	bool mtk, mtk_tables, no_perms, ns, misaligned, usable;
};

/**
 * struct v7s_leaf - what a kind of leaf descriptor means; all but its address
 * @key:	the descriptor outside @address
 * @address:	field of the output address
 * @high:	output address bits from outside @address
 * @fault:	NULL, or why hardware could not follow it
 * @odd:	wrong, yet no obstacle
 * @group:	1, or 16
 * @out:	what a visitor is told
 */
struct v7s_leaf {
	u32 key;
	u32 address;
	u64 high;
	const char *fault;
	const char *odd;
	u32 group;
	struct lab_walk_leaf out;
};

/* No descriptor outside an address field equals this: never cached */
#define V7S_KEY_NONE	U32_MAX

/* Bytes that one descriptor resolves, as a power of two */
static inline unsigned int v7s_lg2(unsigned int level)
{
	return level == 1 ? L1_LG2 : L2_LG2;
}

static inline bool v7s_is_table(unsigned int level, u32 desc)
{
	return level == 1 && (desc & DESC_TYPE) == L1_TYPE_TABLE;
}

const char *v7s_read_regs(const struct io_pgtable_cfg *cfg, struct v7s_regs *r);
void v7s_show_regs(const struct v7s_regs *r, struct lab_walk_regs *out);

bool v7s_is_leaf(unsigned int level, u32 desc);
void v7s_decode(const struct v7s_regs *r, unsigned int level, u32 desc, bool ns,
		struct v7s_leaf *leaf);
phys_addr_t v7s_table_address(const struct v7s_regs *r, u32 desc);
bool v7s_table_ns(u32 desc);
bool v7s_table_domain(const struct v7s_regs *r, u32 desc);
const char *v7s_table_odd(const struct v7s_regs *r, u32 desc);

#endif /* LAB_WALK_V7S_DECODE_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * LPAE for the walker: registers and descriptors, decoded.
 *
 * The five formats differ in struct lpae_format, which is looked at once per walk
 * and once per kind of leaf, never per descriptor.  Pure functions; nothing here
 * reads a table.
 */
#ifndef LAB_WALK_LPAE_DECODE_H
#define LAB_WALK_LPAE_DECODE_H

#include <linux/bits.h>

#include "visit.h"

/* D8.3.1: what tells descriptors apart, whatever the format */
enum lpae_type {
	DESC_VALID		= BIT_ULL(0),
	DESC_TABLE		= BIT_ULL(1),	/* a page at the last level */
};

/* D8.3.1, D8.4.6: what may change under way where hardware manages it */
enum lpae_state {
	LEAF_RDONLY		= BIT_ULL(7),	/* AP[2] */
	LEAF_AF			= BIT_ULL(10),
	LEAF_DBM		= BIT_ULL(51),
};

/* D8.3.1, D8.16.1: what is software's, and what break-before-make is not for */
enum lpae_lenient {
	DESC_SOFTWARE		= GENMASK_ULL(58, 55),
	LEAF_PERMISSIONS	= GENMASK_ULL(54, 53) | LEAF_DBM | LEAF_AF | GENMASK_ULL(7, 6),
};

enum lpae_geometry {
	LAST_LEVEL		= 3,
};

struct lpae_regs;

/**
 * struct lpae_format - what is a format's own
 * @read_regs:	the registers; as lpae_read_regs()
 * @attrs:	attributes of a leaf @desc under the @above of table descriptors;
 *		NULL, or what is wrong with them that is no obstacle
 * @leaf_res0:	bits reserved in a leaf, at any granule and level
 * @table_res0:	likewise in a table descriptor
 * @above:	bits of a table descriptor that bear on what is below it
 * @table_ns:	bit of a table descriptor that says NS for what is below, or 0
 * @type_01:	leaves are of type 0b01 at all levels, the last one too
 * @contiguous:	there is a contiguous hint
 */
struct lpae_format {
	const char *(*read_regs)(const struct io_pgtable_cfg *cfg,
				 struct lpae_regs *r);
	const char *(*attrs)(const struct lpae_regs *r, u64 desc, u64 above,
			     struct lab_attrs *attrs);
	u64 leaf_res0;
	u64 table_res0;
	u64 above;
	u64 table_ns;
	bool type_01;
	bool contiguous;
};

extern const struct lpae_format lpae_s1_format;
extern const struct lpae_format lpae_s2_format;
extern const struct lpae_format lpae32_s1_format;
extern const struct lpae_format lpae32_s2_format;
extern const struct lpae_format mali_format;

/**
 * struct lpae_regs - the registers, decoded once per walk
 * @format:	whose they are
 * @ttbr:	TTBR, VTTBR or TRANSTAB as it stands
 * @base:	physical address of the root, aligned
 * @upper:	input bits above @input_lg2: TTBR1's are ones
 * @root_nr:	descriptors in the root
 * @input_lg2:	input address bits
 * @output_lg2:	output address bits
 * @granule_lg2: bytes of a table, as a power of two
 * @start_level: level of the root
 * @base_lg2:	alignment of @base, as a power of two
 * @inner:	inner cacheability of walks
 * @outer:	outer cacheability of walks
 * @share:	shareability of walks
 * @memory:	the memory type of an index, by the register that offers them; NULL for
 *		stage 2
 * @memory_attrs: that register
 * @hd:		hardware manages the dirty state
 * @fwb:	MemAttr is as with FEAT_S2FWB
 * @ns:		hardware insists on NS and NSTable
 * @misaligned:	@ttbr has bits below @base's alignment
 * @usable:	a walk knows where to go
 */
struct lpae_regs {
	const struct lpae_format *format;
	u64 ttbr;
	phys_addr_t base;
	u64 upper;
	u32 root_nr;
	u8 input_lg2, output_lg2, granule_lg2, start_level, base_lg2;
	enum lab_cacheability inner, outer;
	enum lab_shareability share;
	enum lab_memory_type (*memory)(u64 attrs, unsigned int index);
	u64 memory_attrs;
	bool hd, fwb, ns, misaligned, usable;
};

/**
 * struct lpae_leaf - what a kind of leaf descriptor means; all but its address
 * @key:	the descriptor in @mask
 * @mask:	neither address nor ignored bits
 * @address:	field of the output address
 * @high:	output address bits from outside @address
 * @above:	from the tables above
 * @fault:	NULL, or why hardware could not follow it
 * @odd:	wrong, yet no obstacle
 * @group:	1, or descriptors under one contiguous hint
 * @out:	what a visitor is told
 */
struct lpae_leaf {
	u64 key;
	u64 mask;
	u64 address;
	u64 high;
	u64 above;
	const char *fault;
	const char *odd;
	u32 group;
	struct lab_walk_leaf out;
};

/* Address bits are not in a key, so that none is all ones: never cached */
#define LPAE_KEY_NONE	U64_MAX

/* Descriptors of a whole table, as a power of two: 8 bytes each */
static inline unsigned int lpae_stride(const struct lpae_regs *r)
{
	return r->granule_lg2 - 3;
}

/* Bytes that one descriptor resolves, as a power of two */
static inline unsigned int lpae_lg2(const struct lpae_regs *r, unsigned int level)
{
	return r->granule_lg2 + (LAST_LEVEL - level) * lpae_stride(r);
}

static inline bool lpae_is_table(unsigned int level, u64 desc)
{
	return level < LAST_LEVEL && (desc & DESC_TABLE);
}

/* lpae_regs.c */
const char *lpae_read_regs(const struct lpae_format *format,
			   const struct io_pgtable_cfg *cfg, struct lpae_regs *r);
void lpae_show_regs(const struct lpae_regs *r, struct lab_walk_regs *out);
const char *lpae_s1_regs(const struct io_pgtable_cfg *cfg, struct lpae_regs *r);
const char *lpae_s2_regs(const struct io_pgtable_cfg *cfg, struct lpae_regs *r);
const char *lpae32_s1_regs(const struct io_pgtable_cfg *cfg, struct lpae_regs *r);
const char *lpae32_s2_regs(const struct io_pgtable_cfg *cfg, struct lpae_regs *r);
const char *lpae_mali_regs(const struct io_pgtable_cfg *cfg, struct lpae_regs *r);

/* lpae_attrs.c */
const char *lpae_s1_attrs(const struct lpae_regs *r, u64 desc, u64 above,
			  struct lab_attrs *attrs);
const char *lpae32_s1_attrs(const struct lpae_regs *r, u64 desc, u64 above,
			    struct lab_attrs *attrs);
const char *lpae_s2_attrs(const struct lpae_regs *r, u64 desc, u64 above,
			  struct lab_attrs *attrs);
const char *lpae_mali_attrs(const struct lpae_regs *r, u64 desc, u64 above,
			    struct lab_attrs *attrs);
enum lab_memory_type lpae_mair_memory(u64 mair, unsigned int index);
enum lab_memory_type lpae_memattr_memory(u64 memattr, unsigned int index);

/* lpae_decode.c */
bool lpae_is_leaf(const struct lpae_regs *r, unsigned int level, u64 desc);
void lpae_decode(const struct lpae_regs *r, unsigned int level, u64 desc,
		 u64 above, struct lpae_leaf *leaf);
phys_addr_t lpae_table_address(const struct lpae_regs *r, u64 desc);
const char *lpae_table_odd(const struct lpae_regs *r, u64 desc, u64 above);

#endif /* LAB_WALK_LPAE_DECODE_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the walkers of all formats share, for the files of walk/; and the words of
 * faults and complaints, for who judges them.
 *
 * Nothing here knows a descriptor format, keeps state, or needs a lock.
 */
#ifndef LAB_WALK_VISIT_H
#define LAB_WALK_VISIT_H

#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/minmax.h>

#include "walk.h"

/* The words of faults and complaints, one spelling each. */
#define LAB_WHY_TRANSLATION	"translation"
#define LAB_WHY_ADDRESS_SIZE	"address size"
#define LAB_WHY_ACCESS_FLAG	"access flag"
#define LAB_WHY_DOMAIN		"domain"
#define LAB_WHY_NOT_RAM		"table not in RAM"
#define LAB_WHY_CONFIG		"configuration"
#define LAB_WHY_RESERVED	"reserved encoding"
#define LAB_WHY_RESERVED_BITS	"reserved bits set"
#define LAB_WHY_MEMATTR		"reserved memory type"
#define LAB_WHY_NS		"NS not set where it has to be"
#define LAB_WHY_GROUP		"contiguous group not whole"
#define LAB_WHY_BASE		"table base not aligned to the table's size"

/* Why no hardware would walk with the registers as they are */
#define LAB_WHY_GRANULE		"TG is a reserved encoding, or none of the format's"
#define LAB_WHY_PS		"the output address size is a reserved encoding"
#define LAB_WHY_TSZ		"TSZ is out of the architecture's range"
#define LAB_WHY_SL0		"SL0 is a reserved encoding"
#define LAB_WHY_SL0_TSZ		"SL0 and T0SZ do not go together"
#define LAB_WHY_START_LEVEL	"physical addresses of this size forbid this start level"
#define LAB_WHY_SH		"SH of table walks is a reserved encoding"
#define LAB_WHY_IAS		"more input address bits than the root table has room for"
#define LAB_WHY_EAE		"TTBCR.EAE selects another format"
#define LAB_WHY_PD0		"TTBCR.PD0 disables walks"
#define LAB_WHY_MTK_PERMS	"the MediaTek extension takes the permissions' bits"
#define LAB_WHY_ADRMODE		"ADRMODE is not TABLE"
#define LAB_WHY_TTBR_BITS	"reserved bits set in the table base register"

enum lab_memory_type lab_memory_normal(enum lab_cacheability inner,
				       enum lab_cacheability outer);

static inline int lab_visit_bad(const struct lab_walk_visitor *visitor,
				void *ctx, u64 iova, u64 desc,
				unsigned int level, const char *why)
{
	const struct lab_walk_bad bad = {
		.iova = iova,
		.desc = desc,
		.level = level,
		.why = why,
	};

	return visitor->bad ? visitor->bad(ctx, &bad) : 0;
}

/**
 * lab_visit_part() - how many words make a part of a table
 * @nr:		words of the table, a power of 2
 *
 * Most of a table is empty, and a walk of all of it passes over what is: 64 parts, or
 * as many as have eight words.
 *
 * Context: Any.
 */
static inline u32 lab_visit_part(u32 nr)
{
	return max(nr / 64, 8U);
}

/**
 * lab_visit_parts() - which parts of a table have something in them
 * @word:	the table, as words of 64 bits
 * @nr:		how many
 * @live:	bits of a word that tell
 *
 * Context: Any.
 * Return: a bit for each part.
 */
static inline u64 lab_visit_parts(const u64 *word, u32 nr, u64 live)
{
	u32 part = lab_visit_part(nr);
	u64 parts = 0, bit = 1;

	if (nr < part)
		return 1;
	for (const u64 *end = word + nr; word < end; bit <<= 1) {
		u64 any = 0;

		for (const u64 *next = word + part; word < next; word += 8)
			/* Two at a load; hardware may note a dirty page meanwhile. */
			any |= data_race(word[0] | word[1] | word[2] | word[3] | word[4] |
					 word[5] | word[6] | word[7]);
		if (any & live)
			parts |= bit;
	}
	return parts;
}

/**
 * lab_visit_next() - where the next part begins that has something in it
 * @parts:	from lab_visit_parts()
 * @at:		a word at which a part begins
 * @part:	words of a part
 * @nr:		words of the table
 *
 * Context: Any.
 * Return: the word, @nr or more for none.
 */
static inline u32 lab_visit_next(u64 parts, u32 at, u32 part, u32 nr)
{
	u64 left = at < nr ? parts >> (at / part) : 0;

	return left ? at + __ffs(left) * part : nr;
}

/* Does anybody want to know what is in a table of the last level? */
static inline bool lab_visit_wants_leaves(const struct lab_walk_visitor *visitor)
{
	return visitor->leaf || visitor->run || visitor->bad;
}

#endif /* LAB_WALK_VISIT_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the walkers of all formats share, for the files of walk/; and the words of
 * faults and complaints, for who judges them.
 *
 * Nothing here knows a descriptor format, keeps state, or needs a lock.
 */
#ifndef LAB_WALK_VISIT_H
#define LAB_WALK_VISIT_H

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

/* Does anybody want to know what is in a table of the last level? */
static inline bool lab_visit_wants_leaves(const struct lab_walk_visitor *visitor)
{
	return visitor->leaf || visitor->run || visitor->bad;
}

#endif /* LAB_WALK_VISIT_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the walkers of all formats share, for the files of walk/ only.
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
#define LAB_WHY_GROUP		"contiguous group not whole"
#define LAB_WHY_BASE		"table base not aligned to the table's size"

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

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table as it was shown, for the two files of the shadow: shadow.c keeps it,
 * shadow_verify.c holds it against the table.
 */
#ifndef LAB_HW_SHADOW_TABLE_H
#define LAB_HW_SHADOW_TABLE_H

#include <linux/list.h>
#include <linux/rbtree.h>

#include "instance.h"

#define LAB_SHADOW_NO_LEVEL	0xff

/**
 * struct lab_shadow_table - what was shown of a table
 * @node:	in the tree
 * @link:	among the spare ones
 * @pa:		physical address of the table
 * @bytes:	its size
 * @room:	bytes that @copy holds
 * @level:	its lookup level, LAB_SHADOW_NO_LEVEL until a walker could reach it
 * @copy:	its descriptors
 */
struct lab_shadow_table {
	struct rb_node node;
	struct list_head link;
	phys_addr_t pa;
	size_t bytes, room;
	u8 level;
	u8 copy[] __aligned(8);
};

static inline const struct lab_walker *lab_shadow_walker(const struct lab_instance *inst)
{
	return inst->params.format->walker;
}

static inline u64 lab_shadow_load(const void *at, size_t bytes)
{
	return bytes == sizeof(u64) ? READ_ONCE(*(const u64 *)at) : READ_ONCE(*(const u32 *)at);
}

struct lab_shadow_table *lab_shadow_lookup(const struct lab_shadow *s, phys_addr_t pa);
const void *lab_shadow_difference(const struct lab_instance *inst,
				  const struct lab_shadow_table *t);

#endif /* LAB_HW_SHADOW_TABLE_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* What a call into a provider says it did, held against the tables. */
#ifndef LAB_EXACT_H
#define LAB_EXACT_H

#include <linux/types.h>

struct lab_instance;
struct lab_ledger_stats;

/**
 * struct lab_call - a call of map_pages or unmap_pages
 * @iova:	first input address
 * @bytes:	length asked for
 * @pgsize:	page size in bytes
 */
struct lab_call {
	u64 iova;
	u64 bytes;
	size_t pgsize;
};

u64 lab_exact_map(struct lab_instance *inst, const struct lab_call *call, bool fresh, int ret,
		  size_t mapped);
u64 lab_exact_unmap(struct lab_instance *inst, const struct lab_call *call, size_t unmapped);
void lab_exact_errno(struct lab_instance *inst, const struct lab_call *call, int ret,
		     const struct lab_ledger_stats *before);

#endif /* LAB_EXACT_H */

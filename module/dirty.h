/* SPDX-License-Identifier: GPL-2.0-only */
/* The dirty state that hardware keeps, read and cleared through a provider. */
#ifndef LAB_DIRTY_H
#define LAB_DIRTY_H

#include <linux/types.h>

struct lab_instance;

const char *lab_instance_no_dirty(const struct lab_instance *inst);
int lab_instance_touch(struct lab_instance *inst, u64 iova);
int lab_instance_read_dirty(struct lab_instance *inst, u64 iova, u64 bytes, bool clear,
			    void (*show)(void *ctx, u64 first, u64 last), void *ctx);
int lab_instance_read_all_dirty(struct lab_instance *inst, bool clear,
				void (*show)(void *ctx, u64 first, u64 last), void *ctx);

#endif /* LAB_DIRTY_H */

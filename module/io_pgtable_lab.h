/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What io_pgtable_lab.ko offers to other modules (namespace IO_PGTABLE_LAB): a
 * place for their allocators, struct lab_allocator, among the lab's own; a drop-in
 * for the kernel's io-pgtable, whose signatures and meaning are those of
 * <linux/io-pgtable.h>, so that a driver can be pointed at the lab by renaming
 * two calls; and how many tables a driver has to reserve for a range.
 *
 * Formats are ARM_V7S and the five of LPAE: ARM_{64,32}_LPAE_S{1,2} and
 * ARM_MALI_LPAE, with the quirks, granules and address sizes that the running kernel has
 * for them, 52 bits with 64 KB among them; anything else is NULL, as it is from a
 * kernel without that format.  Descriptors and registers are the kernel's
 * (Documentation/rules.rst, same-bits).  LPAE has read_and_clear_dirty, and
 * pgtable_walk where the kernel's io_pgtable_ops has room for it.
 *
 * Unlike the kernel's, an operation that cannot be is refused without a WARN,
 * whatever the quirks, and leaves every translation as it was.
 */
#ifndef IO_PGTABLE_LAB_H
#define IO_PGTABLE_LAB_H

#include <linux/io-pgtable.h>

#include "table/allocator.h"

int lab_register_allocator(const struct lab_allocator *allocator);
void lab_unregister_allocator(const struct lab_allocator *allocator);

struct io_pgtable_ops *lab_alloc_io_pgtable_ops(enum io_pgtable_fmt fmt,
						struct io_pgtable_cfg *cfg,
						void *cookie);
void lab_free_io_pgtable_ops(struct io_pgtable_ops *ops);

int lab_io_pgtable_max_tables(enum io_pgtable_fmt fmt,
			      const struct io_pgtable_cfg *cfg, u64 iova,
			      u64 bytes, size_t pgsize, u64 *nr);

#endif /* IO_PGTABLE_LAB_H */

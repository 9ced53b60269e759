/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who builds the tables: the running kernel's io-pgtable, which is the thing
 * under test, or the lab's own.  Both are struct io_pgtable_ops.
 */
#ifndef LAB_PROVIDER_H
#define LAB_PROVIDER_H

#include <linux/io-pgtable.h>

/* What a provider has to refuse, and may do so with a WARN */
enum lab_refusal {
	LAB_REFUSAL_RANGE,	/* sizes, alignments, addresses that cannot be */
	LAB_REFUSAL_MAPPED,	/* a map over what is mapped */
	LAB_REFUSAL_UNMAPPED,	/* an unmap of what is not mapped */
};

/**
 * struct lab_provider - a source of struct io_pgtable_ops
 * @name:	how people call it
 * @refuses:	says why a format cannot be had, with the caller's allocator
 *		(@hooks) or without, or NULL where it can
 * @quiet:	whether a page table of this format and configuration refuses
 *		without a WARN, so that it may be asked; NULL for never
 * @alloc:	as alloc_io_pgtable_ops(), but an ERR_PTR on failure
 * @free:	as free_io_pgtable_ops()
 */
struct lab_provider {
	const char *name;
	const char *(*refuses)(enum io_pgtable_fmt fmt, bool hooks);
	bool (*quiet)(enum io_pgtable_fmt fmt, const struct io_pgtable_cfg *cfg,
		      enum lab_refusal what);
	struct io_pgtable_ops *(*alloc)(enum io_pgtable_fmt fmt,
					struct io_pgtable_cfg *cfg, void *cookie);
	void (*free)(struct io_pgtable_ops *ops);
};

extern const struct lab_provider lab_provider_kernel;
extern const struct lab_provider lab_provider_lab;

bool lab_provider_splits(const struct lab_provider *provider);

#endif /* LAB_PROVIDER_H */

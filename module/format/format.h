/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lab's own io-pgtable: writers of the Arm formats behind the kernel's
 * struct io_pgtable_ops.
 *
 * Locking is the kernel's: map_pages, unmap_pages and iova_to_phys may run at
 * the same time on disjoint ranges, in any context that the hooks and the gfp
 * flags allow; creation sleeps.  A writer knows its configuration and its
 * hooks, and nothing of instances, ledgers or who asks.
 */
#ifndef LAB_FORMAT_H
#define LAB_FORMAT_H

#include <linux/io-pgtable.h>

#include "../table/allocator.h"

/**
 * struct lab_format_fns - constructor, destructor and geometry of a family of formats
 * @alloc:	as io_pgtable_init_fns.alloc: completes @cfg's outputs; NULL
 *		where the configuration is not one of the format's, or memory
 *		ran out.  @cfg always has both hooks here.
 * @free:	as io_pgtable_init_fns.free: every table goes back through the
 *		free hook
 * @sizes:	the tables that @cfg leads to, or an errno; allocates nothing
 * @tables:	as lab_io_pgtable_max_tables()
 *
 * All but @free are told which of the family is meant.  @sizes and @tables take
 * @cfg before or after it was completed.
 */
struct lab_format_fns {
	struct io_pgtable *(*alloc)(enum io_pgtable_fmt fmt, struct io_pgtable_cfg *cfg,
				    void *cookie);
	void (*free)(struct io_pgtable *iop);
	int (*sizes)(enum io_pgtable_fmt fmt, const struct io_pgtable_cfg *cfg,
		     struct lab_table_sizes *sizes);
	int (*tables)(enum io_pgtable_fmt fmt, const struct io_pgtable_cfg *cfg, u64 iova,
		      u64 bytes, size_t pgsize, u64 *nr);
};

extern const struct lab_format_fns lab_v7s_fns;
extern const struct lab_format_fns lab_lpae_fns;

int lab_format_table_sizes(enum io_pgtable_fmt fmt,
			   const struct io_pgtable_cfg *cfg,
			   struct lab_table_sizes *sizes);

/* Where tables come from when the caller has no hooks (table/slab.c) */
void *lab_default_table_alloc(void *cookie, size_t size, gfp_t gfp);
void lab_default_table_free(void *cookie, void *pages, size_t size);

/* Tables, as every format needs them (format/table_mem.c) */
void *lab_table_alloc(size_t size, u64 limit, gfp_t gfp,
		      const struct io_pgtable_cfg *cfg, void *cookie);
void lab_table_free(void *table, size_t size, const struct io_pgtable_cfg *cfg,
		    void *cookie);
void lab_table_clean(const void *desc, size_t bytes, struct device *dev);

/**
 * lab_table_sync() - show descriptors to a walker that does not snoop
 * @desc:	first descriptor written
 * @bytes:	bytes written, all of them in one table
 * @cfg:	configuration; nothing is done where its walker is coherent
 *
 * Context: Any.
 */
static inline void lab_table_sync(const void *desc, size_t bytes,
				  const struct io_pgtable_cfg *cfg)
{
	if (!cfg->coherent_walk)
		lab_table_clean(desc, bytes, cfg->iommu_dev);
}

#endif /* LAB_FORMAT_H */

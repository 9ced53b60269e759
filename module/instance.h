/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An instance: format x provider x allocator x a fake device, with the readers
 * and the rules around it.
 */
#ifndef LAB_INSTANCE_H
#define LAB_INSTANCE_H

#include <linux/io-pgtable.h>
#include <linux/mutex.h>

#include "catalog.h"
#include "complain.h"
#include "hw/hw.h"
#include "rules.h"
#include "section.h"
#include "table/ledger.h"
#include "walk/cpu.h"
#include "walk/model.h"

#define LAB_NAME_BYTES	32

/**
 * struct lab_params - what an instance is to be
 * @name:	its name in messages
 * @format:	page table format
 * @provider:	who builds the tables
 * @allocator:	where table memory comes from, NULL for the kernel's own
 * @granule:	smallest page size in bytes: 4K, 16K or 64K (v7s: 4K)
 * @ias:	input address bits
 * @oas:	output address bits
 * @coherent:	the walker snoops the CPU's caches
 * @quirks:	IO_PGTABLE_QUIRK_*
 * @dma_bits:	what the fake device's DMA mask covers, 0 for the table limit
 * @fail_nth:	the request for a table that fails, 1 for the root; 0 for none
 */
struct lab_params {
	char name[LAB_NAME_BYTES];
	const struct lab_format *format;
	const struct lab_provider *provider;
	const struct lab_allocator *allocator;
	size_t granule;
	unsigned int ias, oas;
	bool coherent;
	unsigned long quirks;
	unsigned int dma_bits;
	u64 fail_nth;
};

/**
 * struct lab_op_stats - what was done to an instance
 * @maps:	map operations that succeeded
 * @unmaps:	unmap operations that succeeded
 * @refused:	map and unmap operations that were refused or failed
 * @flush_all:	tlb_flush_all calls
 * @flush_walk:	tlb_flush_walk calls
 * @add_page:	tlb_add_page calls
 */
struct lab_op_stats {
	atomic64_t maps, unmaps, refused;
	atomic64_t flush_all, flush_walk, add_page;
};

/**
 * struct lab_tlb_ops - who else has a TLB that the callbacks of a page table invalidate
 * @invalidate:	forget a range, from any context
 * @gather:	tlb_add_page: collect a page for the sync, from any context
 */
struct lab_tlb_ops {
	void (*invalidate)(void *data, u64 iova, u64 last);
	void (*gather)(void *data, struct iommu_iotlb_gather *gather, u64 iova,
		       size_t granule);
};

/**
 * struct lab_instance - a live instance
 * @params:	what was asked for
 * @cfg:	what the provider made of it
 * @first:	first input address
 * @last:	last input address
 * @ops:	the io-pgtable
 * @dev:	the fake device whose walker reads the tables
 * @where:	where tables must lie
 * @ledger:	the tables; only with an allocator
 * @own:	without one: the sizes of tables, and the root as it was allocated
 * @tally:	the rules
 * @model:	what is mapped
 * @hw:		what hardware would have seen
 * @tlb:	who else has a TLB, or NULL; set while nobody calls the operations
 * @tlb_data:	for it
 * @stats:	what was done
 * @lock:	orders operations, readers and the model
 * @by_hand:	people reserve tables themselves, operations do not
 * @thorough:	each operation that a provider is asked for verifies the whole tree, not its
 *		range alone
 * @atomic:	what is verified, is so where nobody may sleep
 * @refused:	what is verified follows an operation that was refused or failed
 * @asked:	the input address that was asked for last
 * @making_ns:	how long the provider took to make the page table
 * @freeing_ns:	where how long it took to free it is added, or NULL
 */
struct lab_instance {
	struct lab_params params;
	struct io_pgtable_cfg cfg;
	u64 first, last;
	struct io_pgtable_ops *ops;
	struct device *dev;
	struct lab_table_bounds where;
	struct lab_ledger ledger;
	struct {
		struct lab_table_sizes sizes;
		struct lab_own_table root;
	} own;
	struct lab_tally tally;
	struct lab_model model;
	struct lab_hw hw;
	const struct lab_tlb_ops *tlb;
	void *tlb_data;
	struct lab_op_stats stats;
	struct mutex lock; /* operations, readers, @model */
	bool by_hand;
	bool thorough;
	bool atomic;
	bool refused;
	u64 asked;
	u64 making_ns;
	u64 *freeing_ns;
};

/**
 * struct lab_answers - what each reader says of one input address
 * @provider_asked: the provider was asked; it is not where that would do harm
 * @iova_to_phys: the provider's iova_to_phys(): 0 where it finds nothing
 * @pgtable_walk_asked: the provider has a pgtable_walk(), and was asked
 * @pgtable_walk: what it returned, 0 where it finds a page
 * @ptes:	the descriptors that it came by, by level
 * @walk:	the software walker's answer
 * @cpu:	the CPU's answer, or why it was not asked
 * @mapped:	the model knows the address
 * @model:	the model's output address, where @mapped
 * @right_size:	the walker's page has the size that is due, where @mapped
 * @expect:	the attributes that it ought to have, where @mapped
 * @agree:	they say the same, but for findings that are known
 */
struct lab_answers {
	bool provider_asked;
	phys_addr_t iova_to_phys;
	bool pgtable_walk_asked;
	int pgtable_walk;
	u64 ptes[LAB_WALK_LEVELS];
	struct lab_translation walk;
	struct lab_cpu_answer cpu;
	bool mapped;
	u64 model;
	bool right_size;
	struct lab_attrs expect;
	bool agree;
};

/* The most tables that are reserved by hand: those of a whole v7s space. */
#define LAB_MAX_RESERVE	BIT(14)

/* Let operations through that are foreseen to make a kernel WARN. */
extern bool lab_allow_warn;

void lab_params_default(struct lab_params *params, const struct lab_format *format);
int lab_params_check(const struct lab_params *p);
bool lab_params_are_v7s(const struct lab_params *p);
u64 lab_params_table_limit(const struct lab_params *p);
u64 lab_params_dma_mask(const struct lab_params *p);
u64 lab_params_first_iova(const struct lab_params *p);
u64 lab_params_last_iova(const struct lab_params *p);
bool lab_params_root_short(const struct lab_params *p);
bool lab_params_may_exceed(const struct lab_params *p, u64 limit);
unsigned long lab_params_page_sizes(const struct lab_params *p);
unsigned int lab_params_natural_level(const struct lab_params *p);

struct lab_instance *lab_instance_create(const struct lab_params *params,
					 struct lab_tally *parent);
void lab_instance_destroy(struct lab_instance *inst);
void lab_instance_section(struct lab_instance *inst, struct lab_section *section,
			  gfp_t gfp, bool no_alloc);
void lab_instance_saw_dma_map(struct device *dev, phys_addr_t pa, dma_addr_t dma,
			      size_t size);
void lab_instance_saw_dma_unmap(struct device *dev, dma_addr_t dma, size_t size);
void lab_instance_saw_dma_sync(struct device *dev, dma_addr_t dma, size_t size);

int lab_instance_map(struct lab_instance *inst, u64 iova, u64 pa, size_t pgsize,
		     size_t count, int prot);
int lab_instance_map_gfp(struct lab_instance *inst, u64 iova, u64 pa, size_t pgsize,
			 size_t count, int prot, gfp_t gfp);
int lab_instance_reserve(struct lab_instance *inst, size_t nr);
int lab_instance_unreserve(struct lab_instance *inst);
int lab_instance_unmap(struct lab_instance *inst, u64 iova, size_t pgsize,
		       size_t count);
int lab_instance_unmap_queued(struct lab_instance *inst, u64 iova, size_t pgsize,
			      size_t count);
void lab_instance_sync(struct lab_instance *inst);
int lab_instance_was_mapped(struct lab_instance *inst, const struct lab_mapping *m);
void lab_instance_was_unmapped(struct lab_instance *inst, u64 iova, u64 bytes);
int lab_instance_translate(struct lab_instance *inst, u64 iova,
			   struct lab_answers *answers);
void lab_instance_verify(struct lab_instance *inst);
void lab_instance_verify_locked(struct lab_instance *inst);
void lab_instance_verify_tree(struct lab_instance *inst);
void lab_instance_verify_range(struct lab_instance *inst, u64 iova, u64 last,
			       size_t pgsize);
void lab_instance_probe(struct lab_instance *inst, u64 iova);
void lab_instance_probe_range(struct lab_instance *inst, u64 iova, u64 last,
			      size_t pgsize);
void lab_instance_check_outputs(struct lab_instance *inst);
void lab_instance_check_refusal(struct lab_instance *inst);
void lab_instance_check_config(struct lab_instance *inst);
bool lab_is_page_of(const struct lab_mapping *m, u64 found);
enum lab_rule lab_blame(const struct lab_instance *inst, enum lab_rule rule);
int lab_instance_walk(struct lab_instance *inst,
		      const struct lab_walk_visitor *visitor, void *ctx);

#endif /* LAB_INSTANCE_H */

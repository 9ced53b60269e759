// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of a program, through instances of the lab's v7s (the kernel's
 * takes no allocator): one page mapped in a section takes a table, and the
 * section unmapped gives it back.
 *
 * Sleeps; one at a time, or each counts what the other takes.
 */
#include <kunit/visibility.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "instance.h"
#include "lowmem.h"
#include "memory.h"
#include "program.h"
#include "compat/compat.h"

/* How often on the way memory is looked at, in operations. */
#define PEAK_EVERY	16

/**
 * struct runner - a program on its way
 * @p:		the program
 * @allocator:	where its tables come from
 * @nr:		instances that live
 * @inst:	the instances
 */
struct runner {
	const struct lab_program *p;
	const struct lab_allocator *allocator;
	unsigned int nr;
	struct lab_instance *inst[];
};

static int create_instances(struct runner *r, struct lab_tally *tally)
{
	struct lab_params params;

	lab_params_default(&params, &lab_formats[LAB_V7S]);
	params.provider = &lab_provider_lab;
	params.allocator = r->allocator;

	while (r->nr < r->p->nr_pools) {
		struct lab_instance *inst;

		snprintf(params.name, sizeof(params.name), "experiment-%s-%u",
			 r->p->name, r->nr);
		inst = lab_instance_create(&params, tally);
		if (IS_ERR(inst))
			return PTR_ERR(inst);
		r->inst[r->nr++] = inst;
	}
	return 0;
}

/* Each call is a section, in which allocators that reserve must not allocate. */
static int map_table(struct lab_instance *inst, u64 iova)
{
	struct lab_section section;
	size_t mapped = 0;
	int ret;

	lab_instance_section(inst, &section, GFP_KERNEL, inst->params.allocator->reserve);
	ret = inst->ops->map_pages(inst->ops, iova, SZ_1G, SZ_4K, 1,
				   IOMMU_READ | IOMMU_WRITE, GFP_KERNEL, &mapped);
	lab_section_end(&section);
	return ret;
}

static int unmap_table(struct lab_instance *inst, u64 iova)
{
	struct iommu_iotlb_gather gather;
	struct lab_section section;
	size_t unmapped;

	iommu_iotlb_gather_init(&gather);
	lab_instance_section(inst, &section, GFP_NOWAIT, inst->params.allocator->reserve);
	unmapped = inst->ops->unmap_pages(inst->ops, iova, SZ_1M, 1, &gather);
	lab_section_end(&section);
	return unmapped ? 0 : -EIO;
}

static int run_op(struct runner *r, const struct lab_op *op)
{
	struct lab_instance *inst = r->inst[op->pool];

	switch (op->kind) {
	case LAB_OP_ALLOC:
		return map_table(inst, (u64)op->nr * SZ_1M);
	case LAB_OP_FREE:
		return unmap_table(inst, (u64)op->nr * SZ_1M);
	default:
		if (op->nr)
			return lab_ledger_reserve(&inst->ledger, op->nr);
		lab_ledger_release(&inst->ledger, 0);
		return 0;
	}
}

/* Operations from @i to @end; @least_free is kept up where it is not NULL. */
static int run_ops(struct runner *r, size_t i, size_t end, s64 *least_free)
{
	int ret = 0;

	for (; i < end && !ret; i++) {
		ret = run_op(r, &r->p->ops[i]);
		if (i % PEAK_EVERY)
			continue;
		if (least_free)
			*least_free = min(*least_free, lab_lowmem_free_bytes());
		cond_resched();
		if (signal_pending(current))
			ret = -EINTR;
	}
	return ret;
}

static s64 account_of(const struct lab_allocator *allocator)
{
	return allocator->held_bytes ? allocator->held_bytes() : -EOPNOTSUPP;
}

/**
 * lab_memory_of() - run a program and see what memory it takes
 * @allocator:	where its tables come from
 * @p:		the program
 * @tally:	tally that sees the rules of its instances
 * @memory:	the answer; @low and @peak mean something only where
 *		lab_lowmem_not_measured() is NULL
 *
 * What is counted begins before there is an instance: roots, and what pools
 * take, belong to it.
 *
 * Context: Process; sleeps.
 * Return: 0, -EINTR for a signal, or the errno of what failed.
 */
int lab_memory_of(const struct lab_allocator *allocator, const struct lab_program *p,
		  struct lab_tally *tally, struct lab_memory *memory)
{
	s64 free_before, least_free, account_before, account;
	struct runner *r;
	int ret;

	r = kzalloc(struct_size(r, inst, p->nr_pools), GFP_KERNEL);
	if (!r)
		return -ENOMEM;
	r->p = p;
	r->allocator = allocator;

	if (allocator->trim)
		allocator->trim();
	account_before = account_of(allocator);
	free_before = lab_lowmem_free_bytes();
	least_free = free_before;

	ret = create_instances(r, tally);
	if (!ret)
		ret = run_ops(r, 0, p->measured, &least_free);

	least_free = min(least_free, lab_lowmem_free_bytes());
	memory->low = free_before - lab_lowmem_free_bytes();
	memory->peak = free_before - least_free;
	account = account_of(allocator);
	memory->accounted = account_before >= 0 && account >= 0;
	memory->account = account - account_before;

	if (!ret)
		ret = run_ops(r, p->measured, p->nr_ops, NULL);
	while (r->nr)
		lab_instance_destroy(r->inst[--r->nr]);
	kfree(r);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(lab_memory_of);

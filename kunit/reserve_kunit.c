// SPDX-License-Identifier: GPL-2.0-only
/*
 * The allocator "reserve": that a job takes what is ready and nothing else, and
 * the two ways in which drivers use it, on io-pgtables in atomic context.
 */
#include <kunit/device.h>
#include <kunit/resource.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>

#include "lab_kunit.h"
#include "pool.h"
#include "compat/compat.h"

#define NR_TABLES	64

static struct lab_kunit_pool *reserve_pool(struct kunit *test)
{
	const struct lab_table_sizes sizes = { SZ_1K, SZ_1K, NR_TABLES };

	lab_kunit_need_low_memory(test);
	return lab_kunit_pool(test, &lab_reserve, &sizes, NR_TABLES);
}

static size_t ready(const struct lab_kunit_pool *p)
{
	return lab_reserve.ready(p->pool);
}

/* Passing proves that a job which outruns its reserve gets NULL, at once and for nothing. */
static void reserve_dry_is_null(struct kunit *test)
{
	struct lab_kunit_pool *p = reserve_pool(test);
	s64 held;

	KUNIT_ASSERT_EQ(test, 0, lab_reserve.reserve(p->pool, 2));
	lab_kunit_fill(test, p, 0, 3);
	held = lab_kunit_held(test, &lab_reserve);
	/* Memory there is, and the flags would allow to wait for it. */
	KUNIT_EXPECT_NULL(test, lab_kunit_alloc(p, 3, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, ready(p), 0);
	KUNIT_EXPECT_EQ(test, lab_kunit_held(test, &lab_reserve), held);
}

/* Passing proves that the root takes nothing from a job, and gives it nothing. */
static void reserve_root_is_beside(struct kunit *test)
{
	struct lab_kunit_pool *p = reserve_pool(test);

	KUNIT_ASSERT_EQ(test, 0, lab_reserve.reserve(p->pool, 4));
	lab_kunit_fill(test, p, 0, 1);
	KUNIT_EXPECT_EQ(test, ready(p), 4);
	lab_kunit_free(p, 0);
	KUNIT_EXPECT_EQ(test, ready(p), 4);
	lab_kunit_fill(test, p, 0, 2);
	KUNIT_EXPECT_EQ(test, ready(p), 3);
}

/* Passing proves that what one job frees the next one takes, and no memory moves. */
static void reserve_freed_tables_serve_again(struct kunit *test)
{
	struct lab_kunit_pool *p = reserve_pool(test);
	s64 held;

	KUNIT_ASSERT_EQ(test, 0, lab_reserve.reserve(p->pool, 8));
	lab_kunit_fill(test, p, 0, 9);
	held = lab_kunit_held(test, &lab_reserve);
	for (int job = 0; job < 3; job++) {
		for (int i = 1; i < 9; i++)
			memset(p->table[i], 0xff, SZ_1K);
		lab_kunit_drain(p, 1, 9);
		KUNIT_EXPECT_EQ(test, ready(p), 8);
		lab_kunit_fill(test, p, 1, 9);
		KUNIT_EXPECT_EQ(test, ready(p), 0);
		for (int i = 1; i < 9; i++)
			KUNIT_EXPECT_NULL(test, memchr_inv(p->table[i], 0, SZ_1K));
	}
	KUNIT_EXPECT_EQ(test, lab_kunit_held(test, &lab_reserve), held);
}

/* Passing proves that a reserve is topped up to what is asked for, not by it. */
static void reserve_tops_up(struct kunit *test)
{
	struct lab_kunit_pool *p = reserve_pool(test);

	KUNIT_EXPECT_EQ(test, ready(p), 0);
	KUNIT_EXPECT_EQ(test, 0, lab_reserve.reserve(p->pool, 0));
	KUNIT_EXPECT_EQ(test, ready(p), 0);
	KUNIT_EXPECT_EQ(test, 0, lab_reserve.reserve(p->pool, 3));
	KUNIT_EXPECT_EQ(test, ready(p), 3);
	KUNIT_EXPECT_EQ(test, 0, lab_reserve.reserve(p->pool, 40));
	KUNIT_EXPECT_EQ(test, ready(p), 40);
	KUNIT_EXPECT_EQ(test, 0, lab_reserve.reserve(p->pool, 2));
	KUNIT_EXPECT_EQ(test, ready(p), 40);
}

/* Passing proves that leftovers go back to the caches, but for those to be kept. */
static void reserve_returns_leftovers(struct kunit *test)
{
	s64 before = lab_kunit_held(test, &lab_reserve), full;
	struct lab_kunit_pool *p = reserve_pool(test);

	KUNIT_ASSERT_EQ(test, 0, lab_reserve.reserve(p->pool, 1000));
	full = lab_kunit_held(test, &lab_reserve);
	KUNIT_EXPECT_GE(test, full - before, (s64)(1000 * SZ_1K));
	lab_reserve.release(p->pool, 1000);
	KUNIT_EXPECT_EQ(test, ready(p), 1000);
	lab_reserve.release(p->pool, 7);
	KUNIT_EXPECT_EQ(test, ready(p), 7);
	KUNIT_EXPECT_LT(test, lab_kunit_held(test, &lab_reserve), full);
	lab_reserve.release(p->pool, 0);
	KUNIT_EXPECT_EQ(test, ready(p), 0);
	KUNIT_EXPECT_EQ(test, lab_kunit_held(test, &lab_reserve), before);
	/* One that is destroyed gives its leftovers back too. */
	KUNIT_ASSERT_EQ(test, 0, lab_reserve.reserve(p->pool, 100));
	lab_kunit_pool_destroy(test, p);
	KUNIT_EXPECT_EQ(test, lab_kunit_held(test, &lab_reserve), before);
}

/* Who writes the tables of a VM, and what one of its tables resolves. */
struct vm_case {
	const char *name;
	const struct lab_provider *provider;
	enum io_pgtable_fmt fmt;
	struct lab_table_sizes sizes;
	size_t covers[2];
};

static const struct vm_case vm_cases[] = {
	{ "kernel lpae-s1", &lab_provider_kernel, ARM_64_LPAE_S1, { 64, SZ_4K },
	  { SZ_2M, SZ_1G } },
	{ "lab lpae-s1", &lab_provider_lab, ARM_64_LPAE_S1, { 64, SZ_4K }, { SZ_2M, SZ_1G } },
	{ "lab v7s", &lab_provider_lab, ARM_V7S, { SZ_16K, SZ_1K }, { SZ_1M } },
};

static void vm_desc(const struct vm_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(vm, vm_cases, vm_desc);

/**
 * struct vm - an address space as a VM_BIND driver has it
 * @c:		its case
 * @pool:	its tables
 * @ops:	its io-pgtable
 * @lock:	held while a job runs, which must not sleep then
 * @taken:	tables that jobs took
 */
struct vm {
	const struct vm_case *c;
	void *pool;
	struct io_pgtable_ops *ops;
	spinlock_t lock; /* a job */
	size_t taken;
};

static void *vm_alloc_table(void *cookie, size_t size, gfp_t gfp)
{
	struct vm *vm = cookie;
	void *table = lab_reserve.alloc(vm->pool, size, gfp);

	vm->taken += !!table;
	return table;
}

static void vm_free_table(void *cookie, void *table, size_t size)
{
	struct vm *vm = cookie;

	lab_reserve.free(vm->pool, table, size);
}

static void vm_flush_all(void *cookie)
{
}

static void vm_flush_walk(unsigned long iova, size_t size, size_t granule, void *cookie)
{
}

static const struct iommu_flush_ops vm_flush = {
	.tlb_flush_all	= vm_flush_all,
	.tlb_flush_walk	= vm_flush_walk,
};

static void vm_destroy(void *ctx)
{
	struct vm *vm = ctx;

	if (!IS_ERR(vm->ops))
		vm->c->provider->free(vm->ops);
	lab_reserve.destroy(vm->pool);
}

static struct vm *vm_create(struct kunit *test)
{
	const struct vm_case *c = test->param_value;
	struct device *dev = kunit_device_register(test, "lab_reserve");
	struct vm *vm = kunit_kzalloc(test, sizeof(*vm), GFP_KERNEL);
	struct io_pgtable_cfg cfg = {
		.pgsize_bitmap	= SZ_4K,
		.ias		= 32,
		.oas		= 32,
		.coherent_walk	= true,
		.tlb		= &vm_flush,
		.iommu_dev	= dev,
		.alloc		= vm_alloc_table,
		.free		= vm_free_table,
	};

	lab_kunit_need_low_memory(test);
	if (c->provider->refuses(c->fmt, true))
		kunit_skip(test, "%s", c->provider->refuses(c->fmt, true));
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	KUNIT_ASSERT_NOT_NULL(test, vm);
	spin_lock_init(&vm->lock);
	vm->c = c;
	vm->pool = lab_reserve.create(&c->sizes);
	KUNIT_ASSERT_FALSE(test, IS_ERR(vm->pool));
	vm->ops = c->provider->alloc(c->fmt, &cfg, vm);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, vm_destroy, vm));
	KUNIT_ASSERT_FALSE(test, IS_ERR(vm->ops));
	vm->taken = 0;
	return vm;
}

/* The most tables that mapping a range takes, whatever is mapped already. */
static size_t worst_case(const struct vm *vm, u64 iova, u64 bytes)
{
	size_t nr = 0;

	for (int i = 0; i < ARRAY_SIZE(vm->c->covers) && vm->c->covers[i]; i++)
		nr += (ALIGN(iova + bytes, vm->c->covers[i]) -
		       ALIGN_DOWN(iova, vm->c->covers[i])) / vm->c->covers[i];
	return nr;
}

/* Run an operation as a job runs it: 0, or the errno of what failed. */
static int run_map(struct vm *vm, u64 iova, u64 bytes)
{
	unsigned long flags;
	u64 done = 0;
	int ret = 0;

	spin_lock_irqsave(&vm->lock, flags);
	while (done < bytes && !ret) {
		size_t mapped = 0;

		ret = vm->ops->map_pages(vm->ops, iova + done, iova + done, SZ_4K,
					 (bytes - done) / SZ_4K, IOMMU_READ, GFP_NOWAIT, &mapped);
		done += mapped;
	}
	spin_unlock_irqrestore(&vm->lock, flags);
	return ret;
}

static int run_unmap(struct vm *vm, u64 iova, u64 bytes)
{
	struct iommu_iotlb_gather gather;
	unsigned long flags;
	u64 done = 0;

	iommu_iotlb_gather_init(&gather);
	spin_lock_irqsave(&vm->lock, flags);
	while (done < bytes) {
		size_t unmapped = vm->ops->unmap_pages(vm->ops, iova + done, SZ_4K,
						       (bytes - done) / SZ_4K, &gather);

		if (!unmapped)
			break;
		done += unmapped;
	}
	spin_unlock_irqrestore(&vm->lock, flags);
	return done == bytes ? 0 : -EIO;
}

/* The operations: within a table, across one, over many, beside tables that exist. */
static const struct {
	u64 iova, bytes;
} operations[] = {
	{ SZ_4K, SZ_4K },
	{ SZ_16M - 2 * SZ_4K, 4 * SZ_4K },
	{ SZ_32M - SZ_64K, 6 * SZ_1M },
	{ SZ_2G - SZ_4K, 2 * SZ_4K },
	{ 16 * SZ_4K, SZ_64K },
};

/*
 * Passing proves panthor's way: an operation for which the worst case is ready
 * cannot fail, and what it leaves goes back behind it, operation by operation.
 */
static void reserve_by_operation(struct kunit *test)
{
	s64 before = lab_kunit_held(test, &lab_reserve);
	struct vm *vm = vm_create(test);
	size_t all_taken = 0;

	for (int i = 0; i < ARRAY_SIZE(operations); i++) {
		u64 iova = operations[i].iova, bytes = operations[i].bytes;
		size_t worst = worst_case(vm, iova, bytes);

		KUNIT_ASSERT_EQ(test, 0, lab_reserve.reserve(vm->pool, worst));
		KUNIT_EXPECT_EQ(test, lab_reserve.ready(vm->pool), worst);
		vm->taken = 0;
		KUNIT_EXPECT_EQ(test, 0, run_map(vm, iova, bytes));
		KUNIT_EXPECT_LE(test, vm->taken, worst);
		KUNIT_EXPECT_EQ(test, lab_reserve.ready(vm->pool), worst - vm->taken);
		KUNIT_EXPECT_EQ(test, vm->ops->iova_to_phys(vm->ops, iova + bytes - 1),
				iova + bytes - 1);
		lab_reserve.release(vm->pool, 0);
		KUNIT_EXPECT_EQ(test, lab_reserve.ready(vm->pool), 0);
		all_taken += vm->taken;
	}
	/* The last operation found its tables there. */
	KUNIT_EXPECT_EQ(test, vm->taken, 0);
	KUNIT_EXPECT_GT(test, all_taken, 8);
	for (int i = 0; i < ARRAY_SIZE(operations); i++)
		KUNIT_EXPECT_EQ(test, 0, run_unmap(vm, operations[i].iova, operations[i].bytes));
	kunit_release_action(test, vm_destroy, vm);
	KUNIT_EXPECT_EQ(test, lab_kunit_held(test, &lab_reserve), before);
}

/*
 * Passing proves msm's way: one reserve carries a job of several operations, and
 * what it leaves goes back at once.
 */
static void reserve_by_job(struct kunit *test)
{
	s64 before = lab_kunit_held(test, &lab_reserve);
	struct vm *vm = vm_create(test);
	size_t worst = 0;

	for (int i = 0; i < ARRAY_SIZE(operations); i++)
		worst += worst_case(vm, operations[i].iova, operations[i].bytes);
	KUNIT_ASSERT_EQ(test, 0, lab_reserve.reserve(vm->pool, worst));

	for (int i = 0; i < ARRAY_SIZE(operations); i++) {
		KUNIT_EXPECT_EQ(test, 0, run_map(vm, operations[i].iova, operations[i].bytes));
		/* Unmapped and mapped again in the same job: no table more. */
		KUNIT_EXPECT_EQ(test, 0, run_unmap(vm, operations[i].iova, operations[i].bytes));
		KUNIT_EXPECT_EQ(test, 0, run_map(vm, operations[i].iova, operations[i].bytes));
	}
	KUNIT_EXPECT_LE(test, vm->taken, worst);
	lab_reserve.release(vm->pool, 0);
	KUNIT_EXPECT_EQ(test, lab_reserve.ready(vm->pool), 0);
	for (int i = 0; i < ARRAY_SIZE(operations); i++)
		KUNIT_EXPECT_EQ(test, 0, run_unmap(vm, operations[i].iova, operations[i].bytes));
	kunit_release_action(test, vm_destroy, vm);
	KUNIT_EXPECT_EQ(test, lab_kunit_held(test, &lab_reserve), before);
}

/* Passing proves that a reserve too small is -ENOMEM from the map, and mends by reserving. */
static void reserve_too_small_fails_the_map(struct kunit *test)
{
	struct vm *vm = vm_create(test);
	size_t worst = worst_case(vm, SZ_16M, SZ_8M);

	KUNIT_ASSERT_EQ(test, 0, lab_reserve.reserve(vm->pool, worst - 1));
	KUNIT_EXPECT_EQ(test, run_map(vm, SZ_16M, SZ_8M), -ENOMEM);
	KUNIT_EXPECT_EQ(test, lab_reserve.ready(vm->pool), 0);

	/* What had been mapped by then is taken back, and the job is done anew. */
	for (u64 iova = SZ_16M; iova < SZ_16M + SZ_8M; iova += SZ_4K)
		if (vm->ops->iova_to_phys(vm->ops, iova))
			KUNIT_ASSERT_EQ(test, 0, run_unmap(vm, iova, SZ_4K));
	KUNIT_ASSERT_EQ(test, 0, lab_reserve.reserve(vm->pool, worst));
	KUNIT_EXPECT_EQ(test, 0, run_map(vm, SZ_16M, SZ_8M));
}

static struct kunit_case reserve_cases[] = {
	KUNIT_CASE(reserve_dry_is_null),
	KUNIT_CASE(reserve_root_is_beside),
	KUNIT_CASE(reserve_freed_tables_serve_again),
	KUNIT_CASE(reserve_tops_up),
	KUNIT_CASE(reserve_returns_leftovers),
	KUNIT_CASE_PARAM(reserve_by_operation, vm_gen_params),
	KUNIT_CASE_PARAM(reserve_by_job, vm_gen_params),
	KUNIT_CASE_PARAM(reserve_too_small_fails_the_map, vm_gen_params),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite reserve_suite = {
	.name		= "lab_reserve",
	.test_cases	= reserve_cases,
};

kunit_test_suite(reserve_suite);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations on an instance: map, unmap, translate.
 *
 * What a provider would answer with a WARN, or quietly get wrong, is foreseen
 * from the model and refused; the tables that an operation touched are
 * verified after it.  The instance's mutex orders operations; callers that
 * want them to run side by side go to the io_pgtable_ops themselves.
 */
#include <kunit/visibility.h>
#include <linux/gfp.h>
#include <linux/overflow.h>
#include <linux/spinlock.h>

#include "instance.h"
#include "io_pgtable_lab.h"
#include "walk/expect.h"
#include "compat/compat.h"

bool lab_allow_warn;
EXPORT_SYMBOL_IF_KUNIT(lab_allow_warn);

/*
 * The most pages that one map takes: all of the largest v7s space in 4 KB
 * pages.  More would be a way to spend all memory on tables by one line.
 */
#define MAX_MAP_PAGES	BIT(22)

/* A request in the words of a complaint. */
#define REQUEST		"%s of %zu x %#zx bytes at iova %#llx"

/* What is wrong with a request whatever is mapped; its length otherwise. */
static int check_request(const struct lab_instance *inst, const char *what,
			 u64 iova, size_t pgsize, size_t count, u64 *bytes)
{
	const char *name = inst->params.name;
	u64 more;

	if (!pgsize || !count || hweight_long(pgsize) != 1 ||
	    !(pgsize & inst->cfg.pgsize_bitmap)) {
		lab_complain(name, REQUEST ": page sizes here are %#lx", what, count,
			     pgsize, iova, inst->cfg.pgsize_bitmap);
		return -EINVAL;
	}
	/* An upper space ends where 64 bits do: its end is no address. */
	if (check_mul_overflow((u64)pgsize, (u64)count, bytes) ||
	    check_add_overflow(iova, *bytes - 1, &more) || iova < inst->first ||
	    more > inst->last) {
		lab_complain(name, REQUEST ": input addresses are %#llx to %#llx", what,
			     count, pgsize, iova, inst->first, inst->last);
		return -ERANGE;
	}
	if (!IS_ALIGNED(iova, pgsize)) {
		lab_complain(name, REQUEST ": not aligned to the page size", what,
			     count, pgsize, iova);
		return -EINVAL;
	}
	return 0;
}

static int check_output(const struct lab_instance *inst, u64 pa, size_t pgsize,
			u64 bytes, int prot)
{
	const char *name = inst->params.name;
	u64 end;

	if (check_add_overflow(pa, bytes, &end) || end > BIT_ULL(inst->cfg.oas)) {
		lab_complain(name, "map of %#llx bytes to %#llx: output addresses have %u bits",
			     bytes, pa, inst->cfg.oas);
		return -ERANGE;
	}
	if (!IS_ALIGNED(pa, pgsize)) {
		lab_complain(name, "map to %#llx: not aligned to the page size %#zx",
			     pa, pgsize);
		return -EINVAL;
	}
	if (!(prot & (IOMMU_READ | IOMMU_WRITE))) {
		lab_complain(name, "map to %#llx: neither read nor write", pa);
		return -EINVAL;
	}
	return 0;
}

static bool reserves(const struct lab_instance *inst)
{
	return inst->params.allocator && inst->params.allocator->reserve;
}

/* Unmap what the caller knows to be mapped; bytes that went. */
static u64 unmap_all(struct lab_instance *inst, u64 iova, size_t pgsize, u64 bytes)
{
	struct iommu_iotlb_gather gather;
	struct lab_section section;
	u64 done = 0;
	size_t n;

	iommu_iotlb_gather_init(&gather);
	/* No flags are given, so none may sleep; nor need a table be made. */
	lab_instance_section(inst, &section, GFP_NOWAIT, reserves(inst));
	while (done < bytes) {
		n = inst->ops->unmap_pages(inst->ops, iova + done, pgsize,
					   (bytes - done) / pgsize, &gather);
		if (!n)
			break;
		done += n;
	}
	lab_section_end(&section);
	return done;
}

/* As iommu_map() does: a provider may stop early, and say how far it came. */
static int map_all(struct lab_instance *inst, u64 iova, u64 pa, size_t pgsize,
		   u64 bytes, int prot, gfp_t gfp, u64 *done)
{
	struct lab_section section;
	int ret = 0;

	lab_instance_section(inst, &section, gfp, reserves(inst));
	for (*done = 0; *done < bytes && !ret;) {
		size_t mapped = 0;

		ret = inst->ops->map_pages(inst->ops, iova + *done, pa + *done, pgsize,
					   (bytes - *done) / pgsize, prot,
					   gfp, &mapped);
		*done += mapped;
		if (!ret && !mapped)
			ret = -EIO;
	}
	lab_section_end(&section);
	return ret;
}

/* Flags that may not sleep are used where sleeping is an error. */
static int map_in_context(struct lab_instance *inst, u64 iova, u64 pa, size_t pgsize,
			  u64 bytes, int prot, gfp_t gfp, u64 *done)
{
	static DEFINE_SPINLOCK(atomic);
	unsigned long flags;
	int ret;

	if (gfpflags_allow_blocking(gfp))
		return map_all(inst, iova, pa, pgsize, bytes, prot, gfp, done);

	spin_lock_irqsave(&atomic, flags);
	ret = map_all(inst, iova, pa, pgsize, bytes, prot, gfp, done);
	spin_unlock_irqrestore(&atomic, flags);
	return ret;
}

/*
 * What a VM_BIND driver does before a job: make sure of as many tables as it may
 * take.  What was ready before stays so: tables that an unmap freed.
 */
static int reserve_for(struct lab_instance *inst, u64 iova, size_t pgsize, u64 bytes,
		       size_t *ready)
{
	const struct lab_allocator *a = inst->params.allocator;
	u64 nr;
	int ret;

	if (!reserves(inst) || inst->by_hand)
		return 0;

	*ready = a->ready(inst->ledger.pool);
	ret = lab_io_pgtable_max_tables(inst->params.format->fmt, &inst->cfg, iova, bytes,
					pgsize, &nr);
	return ret ?: lab_ledger_reserve(&inst->ledger, nr);
}

static void release_unused(struct lab_instance *inst, size_t ready)
{
	if (reserves(inst) && !inst->by_hand &&
	    inst->params.allocator->ready(inst->ledger.pool) > ready)
		lab_ledger_release(&inst->ledger, ready);
}

static int map_locked(struct lab_instance *inst, u64 iova, u64 pa, size_t pgsize,
		      size_t count, int prot, gfp_t gfp)
{
	struct lab_mapping m = { .iova = iova, .pa = pa, .pgsize = pgsize, .prot = prot };
	const char *name = inst->params.name;
	size_t ready = 0;
	bool over;
	u64 done = 0;
	int ret;

	ret = check_request(inst, "map", iova, pgsize, count, &m.bytes);
	if (!ret)
		ret = check_output(inst, pa, pgsize, m.bytes, prot);
	if (ret)
		return ret;

	if (count > MAX_MAP_PAGES) {
		lab_complain(name, REQUEST ": more than %lu pages at a time", "map",
			     count, pgsize, iova, MAX_MAP_PAGES);
		return -E2BIG;
	}

	over = lab_model_overlaps(&inst->model, iova, m.bytes);
	if (over && !lab_allow_warn) {
		lab_complain(name, REQUEST ": part of it is mapped already", "map",
			     count, pgsize, iova);
		return -EEXIST;
	}

	ret = reserve_for(inst, iova, pgsize, m.bytes, &ready);
	if (!ret)
		ret = map_in_context(inst, iova, pa, pgsize, m.bytes, prot, gfp, &done);
	if (!ret && over)
		lab_model_remove(&inst->model, iova, m.bytes);
	if (!ret)
		ret = lab_model_add(&inst->model, &m);
	if (ret) {
		lab_complain(name, REQUEST ": %pe after %#llx bytes", "map", count,
			     pgsize, iova, ERR_PTR(ret), done);
		unmap_all(inst, iova, pgsize, done);
	}
	release_unused(inst, ready);
	lab_instance_verify_range(inst, iova, iova + m.bytes - 1);
	return ret;
}

static int unmap_locked(struct lab_instance *inst, u64 iova, size_t pgsize,
			size_t count)
{
	const char *name = inst->params.name;
	u64 bytes, done;
	size_t block;
	int ret;

	ret = check_request(inst, "unmap", iova, pgsize, count, &bytes);
	if (ret)
		return ret;

	if (!lab_allow_warn && !lab_model_covers(&inst->model, iova, bytes)) {
		lab_complain(name, REQUEST ": part of it is not mapped", "unmap", count,
			     pgsize, iova);
		return -ENOENT;
	}
	block = lab_model_splits(&inst->model, iova, bytes, pgsize);
	if (!lab_allow_warn && block) {
		lab_complain(name, REQUEST ": mapped there with %#zx", "unmap", count,
			     pgsize, iova, block);
		return -EINVAL;
	}

	done = unmap_all(inst, iova, pgsize, bytes);
	if (done)
		lab_model_remove(&inst->model, iova, done);
	if (done != bytes) {
		ret = -EIO;
		lab_complain(name, REQUEST ": ended after %#llx bytes", "unmap", count,
			     pgsize, iova, done);
	}
	lab_instance_verify_range(inst, iova, iova + bytes - 1);
	return ret;
}

static void count_op(struct lab_instance *inst, atomic64_t *good, int ret)
{
	atomic64_inc(ret ? &inst->stats.refused : good);
}

/**
 * lab_instance_map() - map pages
 * @inst:	the instance
 * @iova:	first input address
 * @pa:		first output address
 * @pgsize:	page size in bytes
 * @count:	number of pages
 * @prot:	IOMMU_READ and the like
 *
 * All or nothing: what a failed operation had mapped is unmapped again.
 *
 * Context: Process; sleeps.
 * Return: 0; -EINVAL for a page size, alignment or protection that cannot be,
 * -ERANGE beyond the address sizes, -E2BIG for more pages than are taken at a
 * time, -EEXIST over what is mapped, or the provider's errno.
 */
int lab_instance_map(struct lab_instance *inst, u64 iova, u64 pa, size_t pgsize,
		     size_t count, int prot)
{
	return lab_instance_map_gfp(inst, iova, pa, pgsize, count, prot, GFP_KERNEL);
}
EXPORT_SYMBOL_IF_KUNIT(lab_instance_map);

/**
 * lab_instance_map_gfp() - map pages with flags of one's own
 * @inst:	the instance
 * @iova:	first input address
 * @pa:		first output address
 * @pgsize:	page size in bytes
 * @count:	number of pages
 * @prot:	IOMMU_READ and the like
 * @gfp:	flags for the provider; where they do not allow sleeping, it is
 *		called with interrupts off and a spinlock held
 *
 * Context: Process; sleeps.
 * Return: as lab_instance_map().
 */
int lab_instance_map_gfp(struct lab_instance *inst, u64 iova, u64 pa, size_t pgsize,
			 size_t count, int prot, gfp_t gfp)
{
	int ret;

	mutex_lock(&inst->lock);
	ret = map_locked(inst, iova, pa, pgsize, count, prot, gfp);
	count_op(inst, &inst->stats.maps, ret);
	mutex_unlock(&inst->lock);
	return ret;
}

/* Whether tables can be reserved at all; says so if not. */
static int check_reserves(const struct lab_instance *inst)
{
	if (reserves(inst))
		return 0;
	lab_complain(inst->params.name, "allocator %s does not reserve tables",
		     lab_allocator_name(inst->params.allocator));
	return -EOPNOTSUPP;
}

/**
 * lab_instance_reserve() - reserve tables by hand
 * @inst:	the instance
 * @nr:		tables to have ready; operations then reserve none themselves,
 *		and fail when these are gone
 *
 * Where it fails, nothing is ready, and operations reserve for themselves.
 *
 * Context: Process; sleeps.
 * Return: 0, -EOPNOTSUPP where the allocator does not reserve, -ENOMEM.
 */
int lab_instance_reserve(struct lab_instance *inst, size_t nr)
{
	int ret = check_reserves(inst);

	if (ret)
		return ret;
	mutex_lock(&inst->lock);
	ret = lab_ledger_reserve(&inst->ledger, nr);
	lab_ledger_release(&inst->ledger, ret ? 0 : nr);
	inst->by_hand = !ret;
	mutex_unlock(&inst->lock);
	if (ret)
		lab_complain(inst->params.name, "%zu tables cannot be reserved (%pe)", nr,
			     ERR_PTR(ret));
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(lab_instance_reserve);

/**
 * lab_instance_unreserve() - leave it to the operations again to reserve
 * @inst:	the instance
 *
 * Leftovers go back.
 *
 * Context: Process; sleeps.
 * Return: 0, -EOPNOTSUPP where the allocator does not reserve.
 */
int lab_instance_unreserve(struct lab_instance *inst)
{
	int ret = check_reserves(inst);

	if (ret)
		return ret;
	mutex_lock(&inst->lock);
	inst->by_hand = false;
	lab_ledger_release(&inst->ledger, 0);
	mutex_unlock(&inst->lock);
	return 0;
}

/**
 * lab_instance_unmap() - unmap pages
 * @inst:	the instance
 * @iova:	first input address
 * @pgsize:	page size in bytes; at least that which was mapped with
 * @count:	number of pages
 *
 * Context: Process; sleeps.
 * Return: 0; -EINVAL for a page size or alignment that cannot be or that would
 * split a block, -ERANGE beyond the input address size, -ENOENT where not all
 * is mapped, -EIO where the provider did not unmap all of it.
 */
int lab_instance_unmap(struct lab_instance *inst, u64 iova, size_t pgsize,
		       size_t count)
{
	int ret;

	mutex_lock(&inst->lock);
	ret = unmap_locked(inst, iova, pgsize, count);
	count_op(inst, &inst->stats.unmaps, ret);
	mutex_unlock(&inst->lock);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(lab_instance_unmap);

/**
 * lab_instance_translate() - ask every reader about an input address
 * @inst:	the instance
 * @iova:	the address
 * @answers:	filled in
 *
 * Context: Process; sleeps.
 * Return: 0, or -ERANGE beyond the input address size.
 */
int lab_instance_translate(struct lab_instance *inst, u64 iova,
			   struct lab_answers *answers)
{
	const struct lab_mapping *m;

	if (iova < inst->first || iova > inst->last) {
		lab_complain(inst->params.name,
			     "translate %#llx: input addresses are %#llx to %#llx", iova,
			     inst->first, inst->last);
		return -ERANGE;
	}

	mutex_lock(&inst->lock);
	answers->iova_to_phys = inst->ops->iova_to_phys(inst->ops, iova);
	inst->params.format->walker->translate(&inst->cfg, iova, &answers->walk);
	m = lab_model_find(&inst->model, iova);
	lab_cpu_translate(inst->params.format->fmt, &inst->cfg, inst->params.format->walker,
			  iova, &answers->cpu);
	answers->mapped = m;
	answers->model = m ? m->pa + (iova - m->iova) : 0;
	if (m)
		lab_expect_attrs(inst->params.format->fmt, inst->params.quirks, m->prot,
				 &answers->expect);
	mutex_unlock(&inst->lock);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(lab_instance_translate);

/**
 * lab_answers_agree() - whether the readers say the same
 * @a:		their answers
 *
 * Context: Any.
 * Return: true where all say "not mapped", or all the same output address.
 */
bool lab_answers_agree(const struct lab_answers *a)
{
	if (!a->mapped)
		return a->walk.fault && !a->iova_to_phys;
	return !a->walk.fault && a->walk.oa == a->model && a->iova_to_phys == a->model;
}
EXPORT_SYMBOL_IF_KUNIT(lab_answers_agree);

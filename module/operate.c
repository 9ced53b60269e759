// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations on an instance: map, unmap.
 *
 * What a provider would answer with a WARN, or quietly get wrong, is foreseen
 * from the model and refused; what it refuses without a word, it is asked all the
 * same.  The tables that an operation touched, or might have touched, are verified
 * after it.  The instance's mutex orders operations; callers that want them to run
 * side by side go to the io_pgtable_ops themselves.
 */
#include <kunit/visibility.h>
#include <linux/gfp.h>
#include <linux/overflow.h>
#include <linux/spinlock.h>

#include "exact.h"
#include "instance.h"
#include "refusal.h"
#include "reserve.h"
#include "compat/compat.h"

bool lab_allow_warn;
EXPORT_SYMBOL_IF_KUNIT(lab_allow_warn);

/*
 * The most pages that one map takes: all of the largest v7s space in 4 KB
 * pages.  More would be a way to spend all memory on tables by one line.
 */
#define MAX_MAP_PAGES	BIT(22)

/* Unmap what the caller knows to be mapped; bytes that went. */
static u64 unmap_all(struct lab_instance *inst, u64 iova, size_t pgsize, u64 bytes,
		     bool covered, bool queued)
{
	struct iommu_iotlb_gather gather;
	struct lab_section section;
	u64 done = 0, n;

	iommu_iotlb_gather_init(&gather);
	gather.queued = queued;
	lab_hw_begin(inst, queued ? LAB_HW_UNMAP_QUEUED : LAB_HW_UNMAP, iova, iova + (bytes - 1),
		     pgsize);
	/* No flags are given, so none may sleep; a table is made where a block is split. */
	lab_instance_section(inst, &section, inst->hw.split ? GFP_ATOMIC : GFP_NOWAIT,
			     lab_reserves(inst));
	while (done < bytes) {
		const struct lab_call call = {
			.iova = iova + done, .bytes = bytes - done, .pgsize = pgsize,
		};

		n = inst->ops->unmap_pages(inst->ops, call.iova, pgsize, call.bytes / pgsize,
					   &gather);
		if (covered)
			n = lab_exact_unmap(inst, &call, n);
		if (!n)
			break;
		done += n;
	}
	lab_section_end(&section);
	lab_hw_end(inst, done);
	return done;
}

/* As iommu_map() does: a provider may stop early, and say how far it came. */
static int map_all(struct lab_instance *inst, const struct lab_mapping *m, gfp_t gfp,
		   bool fresh, u64 *done)
{
	struct lab_section section;
	int ret = 0;
	u64 n;

	lab_instance_section(inst, &section, gfp, lab_reserves(inst));
	for (*done = 0; *done < m->bytes && !ret;) {
		const struct lab_call call = {
			.iova = m->iova + *done, .bytes = m->bytes - *done,
			.pgsize = m->pgsize,
		};
		size_t mapped = 0;

		ret = inst->ops->map_pages(inst->ops, call.iova, m->pa + *done, m->pgsize,
					   call.bytes / m->pgsize, m->prot, gfp, &mapped);
		n = lab_exact_map(inst, &call, fresh, ret, mapped);
		*done += n;
		if (!ret && !n)
			ret = -EIO;
	}
	lab_section_end(&section);
	return ret;
}

/* Flags that may not sleep are used where sleeping is an error. */
static int map_in_context(struct lab_instance *inst, const struct lab_mapping *m,
			  gfp_t gfp, bool fresh, u64 *done)
{
	static DEFINE_SPINLOCK(atomic);
	unsigned long flags;
	int ret;

	if (gfpflags_allow_blocking(gfp))
		return map_all(inst, m, gfp, fresh, done);

	spin_lock_irqsave(&atomic, flags);
	ret = map_all(inst, m, gfp, fresh, done);
	spin_unlock_irqrestore(&atomic, flags);
	return ret;
}

static int map_watched(struct lab_instance *inst, const struct lab_mapping *m, gfp_t gfp,
		       bool fresh, u64 *done)
{
	int ret;

	lab_hw_begin(inst, LAB_HW_MAP, m->iova, m->iova + (m->bytes - 1), m->pgsize);
	ret = map_in_context(inst, m, gfp, fresh, done);
	lab_hw_end(inst, 0);
	return ret;
}

/* All or nothing, over nothing. */
static int map_fresh(struct lab_instance *inst, const struct lab_mapping *m, size_t count,
		     gfp_t gfp)
{
	const struct lab_call call = { m->iova, m->bytes, m->pgsize };
	struct lab_ledger_stats before = {};
	size_t ready = 0;
	u64 done = 0;
	int ret;

	ret = lab_reserve_for(inst, m->iova, m->pgsize, m->bytes, &ready);
	if (!ret) {
		if (inst->params.allocator)
			before = lab_ledger_stats(&inst->ledger);
		ret = map_watched(inst, m, gfp, true, &done);
		lab_exact_errno(inst, &call, ret, &before);
	}
	if (!ret)
		ret = lab_model_add(&inst->model, m);
	if (ret) {
		lab_complain(inst->params.name, LAB_REQUEST ": %pe after %#llx bytes", "map",
			     count, m->pgsize, m->iova, ERR_PTR(ret), done);
		unmap_all(inst, m->iova, m->pgsize, done, true, false);
	}
	lab_release_unused(inst, ready);
	lab_refusal_verify_after(inst, m->iova, m->bytes, m->pgsize, ret);
	return ret;
}

/* Over what is mapped.  Where a provider lets it happen, the model follows. */
static int map_over(struct lab_instance *inst, const struct lab_mapping *m, size_t count,
		    gfp_t gfp)
{
	size_t ready = 0;
	u64 done = 0;
	int ret;

	ret = lab_reserve_for(inst, m->iova, m->pgsize, m->bytes, &ready);
	if (ret) {
		lab_release_unused(inst, ready);
		return ret;
	}
	ret = map_watched(inst, m, gfp, false, &done);
	if (!lab_allow_warn)
		lab_check(&inst->tally, LAB_RULE_REFUSED_UNCHANGED,
			  ret == -EEXIST || ret == -ENOMEM,
			  "map at iova %#llx over what is mapped has to be refused: %pe",
			  m->iova, ERR_PTR(ret));
	if (!ret) {
		lab_model_remove(&inst->model, m->iova, m->bytes);
		ret = lab_model_add(&inst->model, m);
	}
	if (ret) {
		lab_complain(inst->params.name, LAB_REQUEST ": %pe after %#llx bytes", "map",
			     count, m->pgsize, m->iova, ERR_PTR(ret), done);
		unmap_all(inst, m->iova, m->pgsize, done, false, false);
	}
	lab_release_unused(inst, ready);
	lab_refusal_verify_after(inst, m->iova, m->bytes, m->pgsize, ret);
	return ret;
}

static int map_locked(struct lab_instance *inst, u64 iova, u64 pa, size_t pgsize,
		      size_t count, int prot, gfp_t gfp)
{
	struct lab_mapping m = { .iova = iova, .pa = pa, .pgsize = pgsize, .prot = prot };
	const char *name = inst->params.name;
	int ret;

	ret = lab_refusal_check(inst, "map", iova, pgsize, count, &m.bytes);
	if (!ret)
		ret = lab_refusal_check_output(inst, pa, pgsize, m.bytes, prot);
	if (ret) {
		lab_refusal_ask_map(inst, iova, pa, pgsize, count, prot, ret);
		return ret == -EACCES ? -EINVAL : ret;
	}

	if (count > MAX_MAP_PAGES) {
		lab_complain(name, LAB_REQUEST ": more than %lu pages at a time", "map",
			     count, pgsize, iova, MAX_MAP_PAGES);
		return -E2BIG;
	}
	/* An address is given away again only after the flush queue has run. */
	if (lab_hw_queued(inst, iova, iova + (m.bytes - 1)))
		lab_hw_sync(inst);
	if (!lab_model_overlaps(&inst->model, iova, m.bytes))
		return map_fresh(inst, &m, count, gfp);
	if (lab_refusal_may_ask_over(inst, &m))
		return map_over(inst, &m, count, gfp);
	lab_complain(name, LAB_REQUEST ": part of it is mapped already", "map", count, pgsize,
		     iova);
	return -EEXIST;
}

static int unmap_locked(struct lab_instance *inst, u64 iova, size_t pgsize,
			size_t count, bool queued)
{
	const char *name = inst->params.name;
	bool covered;
	u64 bytes, done;
	size_t block, ready = 0;
	int ret;

	ret = lab_refusal_check(inst, "unmap", iova, pgsize, count, &bytes);
	if (ret) {
		lab_refusal_ask_unmap(inst, iova, pgsize, count);
		return ret;
	}

	covered = lab_model_covers(&inst->model, iova, bytes);
	if (!lab_allow_warn && !covered) {
		lab_complain(name, LAB_REQUEST ": part of it is not mapped", "unmap", count,
			     pgsize, iova);
		/*
		 * It stops at the first page that is not there, but takes away an emptied
		 * table in its place.
		 */
		if (!lab_model_overlaps(&inst->model, iova, pgsize) &&
		    !lab_refusal_has_table(inst, iova, pgsize) &&
		    lab_refusal_quiet(inst, LAB_REFUSAL_UNMAPPED)) {
			done = unmap_all(inst, iova, pgsize, bytes, false, queued);
			lab_refusal_check_refused(inst, "unmap", iova, done ? 0 : -ENOENT, done);
			lab_refusal_verify_after(inst, iova, bytes, pgsize, -ENOENT);
		}
		return -ENOENT;
	}
	block = lab_model_splits(&inst->model, iova, bytes, pgsize);
	if (block && !lab_allow_warn && !lab_provider_splits(inst->params.provider)) {
		lab_complain(name, LAB_REQUEST ": mapped there with %#zx", "unmap", count,
			     pgsize, iova, block);
		return -EINVAL;
	}

	inst->hw.split = block;
	ret = lab_reserve_for_split(inst, &ready);
	if (ret) {
		inst->hw.split = false;
		return ret;
	}
	done = unmap_all(inst, iova, pgsize, bytes, covered && !block, queued);
	lab_release_unused(inst, ready);
	inst->hw.split = false;
	if (block && done)
		lab_model_split(&inst->model, iova, done, pgsize);
	if (done)
		lab_model_remove(&inst->model, iova, done);
	ret = 0;
	if (done != bytes) {
		ret = -EIO;
		lab_complain(name, LAB_REQUEST ": ended after %#llx bytes", "unmap", count,
			     pgsize, iova, done);
	}
	lab_refusal_verify_after(inst, iova, bytes, pgsize, 0);
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
EXPORT_SYMBOL_IF_KUNIT(lab_instance_map_gfp);

static int unmap(struct lab_instance *inst, u64 iova, size_t pgsize, size_t count, bool queued)
{
	int ret;

	mutex_lock(&inst->lock);
	ret = unmap_locked(inst, iova, pgsize, count, queued);
	count_op(inst, &inst->stats.unmaps, ret);
	mutex_unlock(&inst->lock);
	return ret;
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
	return unmap(inst, iova, pgsize, count, false);
}
EXPORT_SYMBOL_IF_KUNIT(lab_instance_unmap);

/**
 * lab_instance_unmap_queued() - unmap pages, and leave the TLB to a flush queue
 * @inst:	the instance
 * @iova:	first input address
 * @pgsize:	page size in bytes; at least that which was mapped with
 * @count:	number of pages
 *
 * As iommu-dma does where it is not strict: until lab_instance_sync() the TLB may
 * still know what was unmapped.
 *
 * Context: Process; sleeps.
 * Return: as lab_instance_unmap().
 */
int lab_instance_unmap_queued(struct lab_instance *inst, u64 iova, size_t pgsize,
			      size_t count)
{
	return unmap(inst, iova, pgsize, count, true);
}
EXPORT_SYMBOL_IF_KUNIT(lab_instance_unmap_queued);

/**
 * lab_instance_sync() - the flush queue runs
 * @inst:	the instance
 *
 * Context: Process; sleeps.
 */
void lab_instance_sync(struct lab_instance *inst)
{
	mutex_lock(&inst->lock);
	lab_hw_sync(inst);
	mutex_unlock(&inst->lock);
}
EXPORT_SYMBOL_IF_KUNIT(lab_instance_sync);

/**
 * lab_instance_was_mapped() - tell the model of a map past the instance
 * @inst:	the instance
 * @m:		what was mapped by its io_pgtable_ops directly
 *
 * Who calls the operations and wants the instance verified meanwhile says so.
 *
 * Context: Process; sleeps.
 * Return: 0, -EEXIST where part of it was mapped already, -ENOMEM.
 */
int lab_instance_was_mapped(struct lab_instance *inst, const struct lab_mapping *m)
{
	int ret;

	mutex_lock(&inst->lock);
	ret = lab_model_add(&inst->model, m);
	mutex_unlock(&inst->lock);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(lab_instance_was_mapped);

/**
 * lab_instance_was_unmapped() - likewise of an unmap
 * @inst:	the instance
 * @iova:	first input address
 * @bytes:	length, not 0
 *
 * Context: Process; sleeps.
 */
void lab_instance_was_unmapped(struct lab_instance *inst, u64 iova, u64 bytes)
{
	mutex_lock(&inst->lock);
	lab_model_remove(&inst->model, iova, bytes);
	mutex_unlock(&inst->lock);
}
EXPORT_SYMBOL_IF_KUNIT(lab_instance_was_unmapped);

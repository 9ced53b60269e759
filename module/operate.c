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
#include "io_pgtable_lab.h"
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

/* Likewise of its output; -EACCES where no access at all is asked for. */
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
		return -EACCES;
	}
	return 0;
}

static bool reserves(const struct lab_instance *inst)
{
	return inst->params.allocator && inst->params.allocator->reserve;
}

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
			     reserves(inst));
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

	lab_instance_section(inst, &section, gfp, reserves(inst));
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

/* Likewise before an unmap of part of a block: a table for each level below it. */
static int reserve_for_split(struct lab_instance *inst, size_t *ready)
{
	if (!reserves(inst) || inst->by_hand)
		return 0;
	*ready = inst->params.allocator->ready(inst->ledger.pool);
	return inst->hw.split ? lab_ledger_reserve(&inst->ledger, LAB_WALK_LEVELS) : 0;
}

static void release_unused(struct lab_instance *inst, size_t ready)
{
	if (reserves(inst) && !inst->by_hand &&
	    inst->params.allocator->ready(inst->ledger.pool) > ready)
		lab_ledger_release(&inst->ledger, ready);
}

/* Verify a range after an operation on it; where that failed, nothing has changed. */
static void verify_after(struct lab_instance *inst, u64 iova, u64 bytes, size_t pgsize, int ret)
{
	inst->refused = ret;
	lab_instance_verify_range(inst, iova, iova + bytes - 1, pgsize);
	inst->refused = false;
}

/* Whether the provider refuses without a WARN, so that it can be asked. */
static bool quiet(const struct lab_instance *inst, enum lab_refusal what)
{
	const struct lab_provider *p = inst->params.provider;

	return p->quiet && p->quiet(inst->params.format->fmt, &inst->cfg, what);
}

/* What the provider has to refuse: did it, saying that it did nothing? */
static void check_refused(struct lab_instance *inst, const char *what, u64 iova, int ret,
			  u64 done)
{
	lab_check(&inst->tally, LAB_RULE_REFUSED_UNCHANGED, ret && !done,
		  "%s at iova %#llx has to be refused: %pe, says %#llx bytes", what, iova,
		  ERR_PTR(ret), done);
}

/*
 * A request that cannot be, whatever is mapped: the provider has to see so itself.
 * Beyond an address size it would be done where the indices lead, cut short.
 */
static void ask_bad_map(struct lab_instance *inst, u64 iova, u64 pa, size_t pgsize,
			size_t count, int prot, int refused)
{
	u64 at = inst->first | (iova & (inst->last - inst->first));
	struct lab_section section;
	size_t mapped = 0;
	int ret;

	/* No access at all is refused by every provider; the rest may be a WARN. */
	if (refused != -EACCES && !quiet(inst, LAB_REFUSAL_RANGE))
		return;
	lab_instance_section(inst, &section, GFP_KERNEL, reserves(inst));
	ret = inst->ops->map_pages(inst->ops, iova, pa, pgsize, count, prot, GFP_KERNEL, &mapped);
	lab_section_end(&section);
	check_refused(inst, "map", iova, ret, mapped);
	lab_check(&inst->tally, LAB_RULE_MAPPED_EXACT,
		  ret == -EINVAL || (ret == -ERANGE && refused != -EACCES),
		  "map at iova %#llx has to be refused with %pe, not %pe", iova,
		  ERR_PTR(refused == -EACCES ? -EINVAL : refused), ERR_PTR(ret));
	verify_after(inst, ALIGN_DOWN(at, PAGE_SIZE), PAGE_SIZE, PAGE_SIZE, -EINVAL);
}

static void ask_bad_unmap(struct lab_instance *inst, u64 iova, size_t pgsize, size_t count)
{
	u64 at = inst->first | (iova & (inst->last - inst->first));
	struct iommu_iotlb_gather gather;
	struct lab_section section;
	size_t n;

	if (!quiet(inst, LAB_REFUSAL_RANGE))
		return;
	iommu_iotlb_gather_init(&gather);
	lab_instance_section(inst, &section, GFP_NOWAIT, reserves(inst));
	n = inst->ops->unmap_pages(inst->ops, iova, pgsize, count, &gather);
	lab_section_end(&section);
	check_refused(inst, "unmap", iova, n ? 0 : -EINVAL, n);
	verify_after(inst, ALIGN_DOWN(at, PAGE_SIZE), PAGE_SIZE, PAGE_SIZE, -EINVAL);
}

/*
 * Over what is mapped: may the provider be asked?  Not for a block over pages: the
 * kernel takes their table away, and then refuses or not (Documentation/rules.rst).
 */
static bool may_ask_over(struct lab_instance *inst, const struct lab_mapping *m)
{
	u64 iova = m->iova, last = m->iova + (m->bytes - 1);
	struct lab_model_range r;

	if (lab_allow_warn)
		return true;
	if (!quiet(inst, LAB_REFUSAL_MAPPED))
		return false;
	while (iova <= last && lab_model_next(&inst->model, iova, last, &r)) {
		if (r.mapping->pgsize < m->pgsize)
			return false;
		if (r.last >= last)
			break;
		iova = r.last + 1;
	}
	return true;
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

	ret = reserve_for(inst, m->iova, m->pgsize, m->bytes, &ready);
	if (!ret) {
		if (inst->params.allocator)
			before = lab_ledger_stats(&inst->ledger);
		ret = map_watched(inst, m, gfp, true, &done);
		lab_exact_errno(inst, &call, ret, &before);
	}
	if (!ret)
		ret = lab_model_add(&inst->model, m);
	if (ret) {
		lab_complain(inst->params.name, REQUEST ": %pe after %#llx bytes", "map",
			     count, m->pgsize, m->iova, ERR_PTR(ret), done);
		unmap_all(inst, m->iova, m->pgsize, done, true, false);
	}
	release_unused(inst, ready);
	verify_after(inst, m->iova, m->bytes, m->pgsize, ret);
	return ret;
}

/* Over what is mapped.  Where a provider lets it happen, the model follows. */
static int map_over(struct lab_instance *inst, const struct lab_mapping *m, size_t count,
		    gfp_t gfp)
{
	size_t ready = 0;
	u64 done = 0;
	int ret;

	ret = reserve_for(inst, m->iova, m->pgsize, m->bytes, &ready);
	if (ret) {
		release_unused(inst, ready);
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
		lab_complain(inst->params.name, REQUEST ": %pe after %#llx bytes", "map",
			     count, m->pgsize, m->iova, ERR_PTR(ret), done);
		unmap_all(inst, m->iova, m->pgsize, done, false, false);
	}
	release_unused(inst, ready);
	verify_after(inst, m->iova, m->bytes, m->pgsize, ret);
	return ret;
}

static int map_locked(struct lab_instance *inst, u64 iova, u64 pa, size_t pgsize,
		      size_t count, int prot, gfp_t gfp)
{
	struct lab_mapping m = { .iova = iova, .pa = pa, .pgsize = pgsize, .prot = prot };
	const char *name = inst->params.name;
	int ret;

	ret = check_request(inst, "map", iova, pgsize, count, &m.bytes);
	if (!ret)
		ret = check_output(inst, pa, pgsize, m.bytes, prot);
	if (ret) {
		ask_bad_map(inst, iova, pa, pgsize, count, prot, ret);
		return ret == -EACCES ? -EINVAL : ret;
	}

	if (count > MAX_MAP_PAGES) {
		lab_complain(name, REQUEST ": more than %lu pages at a time", "map",
			     count, pgsize, iova, MAX_MAP_PAGES);
		return -E2BIG;
	}
	/* An address is given away again only after the flush queue has run. */
	if (lab_hw_queued(inst, iova, iova + (m.bytes - 1)))
		lab_hw_sync(inst);
	if (!lab_model_overlaps(&inst->model, iova, m.bytes))
		return map_fresh(inst, &m, count, gfp);
	if (may_ask_over(inst, &m))
		return map_over(inst, &m, count, gfp);
	lab_complain(name, REQUEST ": part of it is mapped already", "map", count, pgsize, iova);
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

	ret = check_request(inst, "unmap", iova, pgsize, count, &bytes);
	if (ret) {
		ask_bad_unmap(inst, iova, pgsize, count);
		return ret;
	}

	covered = lab_model_covers(&inst->model, iova, bytes);
	if (!lab_allow_warn && !covered) {
		lab_complain(name, REQUEST ": part of it is not mapped", "unmap", count,
			     pgsize, iova);
		/* It stops at the first page that is not there. */
		if (!lab_model_overlaps(&inst->model, iova, pgsize) &&
		    quiet(inst, LAB_REFUSAL_UNMAPPED)) {
			done = unmap_all(inst, iova, pgsize, bytes, false, queued);
			check_refused(inst, "unmap", iova, done ? 0 : -ENOENT, done);
			verify_after(inst, iova, bytes, pgsize, -ENOENT);
		}
		return -ENOENT;
	}
	block = lab_model_splits(&inst->model, iova, bytes, pgsize);
	if (block && !lab_allow_warn && !lab_provider_splits(inst->params.provider)) {
		lab_complain(name, REQUEST ": mapped there with %#zx", "unmap", count,
			     pgsize, iova, block);
		return -EINVAL;
	}

	inst->hw.split = block;
	ret = reserve_for_split(inst, &ready);
	if (ret) {
		inst->hw.split = false;
		return ret;
	}
	done = unmap_all(inst, iova, pgsize, bytes, covered && !block, queued);
	release_unused(inst, ready);
	inst->hw.split = false;
	inst->split |= block && done;
	if (done)
		lab_model_remove(&inst->model, iova, done);
	ret = 0;
	if (done != bytes) {
		ret = -EIO;
		lab_complain(name, REQUEST ": ended after %#llx bytes", "unmap", count,
			     pgsize, iova, done);
	}
	verify_after(inst, iova, bytes, pgsize, 0);
	return ret;
}

/**
 * lab_instance_check_refusal() - ask for a map that has to be refused
 * @inst:	the instance, before anything is mapped
 *
 * One with no access at all, which no provider WARNs of: nothing comes of it.
 *
 * Context: Process; sleeps.
 */
void lab_instance_check_refusal(struct lab_instance *inst)
{
	size_t pgsize = inst->cfg.pgsize_bitmap & -inst->cfg.pgsize_bitmap;

	mutex_lock(&inst->lock);
	ask_bad_map(inst, inst->first, 0, pgsize, 1, 0, -EACCES);
	mutex_unlock(&inst->lock);
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

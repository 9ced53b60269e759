// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests that cannot be: which they are, and whether the provider sees so itself.
 *
 * It is asked only for what it refuses without a WARN.  The instance's mutex keeps
 * operations out.
 */
#include <linux/gfp.h>
#include <linux/iommu.h>
#include <linux/overflow.h>

#include "instance.h"
#include "refusal.h"
#include "reserve.h"
#include "compat/compat.h"

/**
 * lab_refusal_check() - what is wrong with a request whatever is mapped
 * @inst:		the instance
 * @what:		"map" or "unmap"
 * @iova:		first input address
 * @pgsize:	page size in bytes
 * @count:		number of pages
 * @bytes:		its length, where nothing is
 *
 * Says so in the kernel log.
 *
 * Context: Any.
 * Return: 0, -EINVAL, or -ERANGE beyond the input addresses.
 */
int lab_refusal_check(const struct lab_instance *inst, const char *what, u64 iova, size_t pgsize,
		      size_t count, u64 *bytes)
{
	const char *name = inst->params.name;
	u64 more;

	if (!pgsize || !count || hweight_long(pgsize) != 1 ||
	    !(pgsize & inst->cfg.pgsize_bitmap)) {
		lab_complain(name, LAB_REQUEST ": page sizes here are %#lx", what, count,
			     pgsize, iova, inst->cfg.pgsize_bitmap);
		return -EINVAL;
	}
	/* An upper space ends where 64 bits do: its end is no address. */
	if (check_mul_overflow((u64)pgsize, (u64)count, bytes) ||
	    check_add_overflow(iova, *bytes - 1, &more) || iova < inst->first ||
	    more > inst->last) {
		lab_complain(name, LAB_REQUEST ": input addresses are %#llx to %#llx", what,
			     count, pgsize, iova, inst->first, inst->last);
		return -ERANGE;
	}
	if (!IS_ALIGNED(iova, pgsize)) {
		lab_complain(name, LAB_REQUEST ": not aligned to the page size", what,
			     count, pgsize, iova);
		return -EINVAL;
	}
	return 0;
}

/**
 * lab_refusal_check_output() - likewise of where it leads
 * @inst:		the instance
 * @pa:		first output address
 * @pgsize:	page size in bytes
 * @bytes:		length
 * @prot:		IOMMU_READ and the like
 *
 * Context: Any.
 * Return: 0, -EINVAL, -ERANGE beyond the output addresses, -EACCES for no access at all.
 */
int lab_refusal_check_output(const struct lab_instance *inst, u64 pa, size_t pgsize, u64 bytes,
			     int prot)
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

/**
 * lab_refusal_verify_after() - verify a range after an operation on it
 * @inst:		the instance, locked
 * @iova:		first input address
 * @bytes:		length
 * @pgsize:	page size in bytes
 * @ret:		the outcome: where it failed, nothing has changed
 *
 * Context: Process; the instance's mutex is held.
 */
void lab_refusal_verify_after(struct lab_instance *inst, u64 iova, u64 bytes, size_t pgsize,
			      int ret)
{
	inst->refused = ret;
	lab_instance_verify_range(inst, iova, iova + bytes - 1, pgsize);
	inst->refused = false;
}

/**
 * lab_refusal_quiet() - whether the provider refuses without a WARN
 * @inst:		the instance
 * @what:		what it has to refuse
 *
 * Context: Any.
 * Return: true where it can be asked.
 */
bool lab_refusal_quiet(const struct lab_instance *inst, enum lab_refusal what)
{
	const struct lab_provider *p = inst->params.provider;

	return p->quiet && p->quiet(inst->params.format->fmt, &inst->cfg, what);
}

/**
 * lab_refusal_check_refused() - did the provider refuse what it has to?
 * @inst:		the instance, locked
 * @what:		"map" or "unmap"
 * @iova:		first input address
 * @ret:		errno that it gave, or 0
 * @done:		bytes that it says it did
 *
 * Context: Any.
 */
void lab_refusal_check_refused(struct lab_instance *inst, const char *what, u64 iova, int ret,
			       u64 done)
{
	lab_check(&inst->tally, LAB_RULE_REFUSED_UNCHANGED, ret && !done,
		  "%s at iova %#llx has to be refused: %pe, says %#llx bytes", what, iova,
		  ERR_PTR(ret), done);
}

/**
 * lab_refusal_ask_map() - ask the provider for a map that cannot be
 * @inst:		the instance, locked
 * @iova:		first input address
 * @pa:		first output address
 * @pgsize:	page size in bytes
 * @count:		number of pages
 * @prot:		IOMMU_READ and the like
 * @refused:	the errno that the lab refuses it with
 *
 * It has to see so itself, whatever is mapped.  Beyond an address size it would be done
 * where the indices lead, cut short.
 *
 * Context: Process; sleeps.
 */
void lab_refusal_ask_map(struct lab_instance *inst, u64 iova, u64 pa, size_t pgsize, size_t count,
			 int prot, int refused)
{
	u64 at = inst->first | (iova & (inst->last - inst->first));
	struct lab_section section;
	size_t mapped = 0;
	int ret;

	/* No access at all is refused by every provider; the rest may be a WARN. */
	if (refused != -EACCES && !lab_refusal_quiet(inst, LAB_REFUSAL_RANGE))
		return;
	lab_instance_section(inst, &section, GFP_KERNEL, lab_reserves(inst));
	ret = inst->ops->map_pages(inst->ops, iova, pa, pgsize, count, prot, GFP_KERNEL, &mapped);
	lab_section_end(&section);
	lab_refusal_check_refused(inst, "map", iova, ret, mapped);
	lab_check(&inst->tally, LAB_RULE_MAPPED_EXACT,
		  ret == -EINVAL || (ret == -ERANGE && refused != -EACCES),
		  "map at iova %#llx has to be refused with %pe, not %pe", iova,
		  ERR_PTR(refused == -EACCES ? -EINVAL : refused), ERR_PTR(ret));
	lab_refusal_verify_after(inst, ALIGN_DOWN(at, PAGE_SIZE), PAGE_SIZE, PAGE_SIZE, -EINVAL);
}

/**
 * lab_refusal_ask_unmap() - likewise for an unmap
 * @inst:		the instance, locked
 * @iova:		first input address
 * @pgsize:	page size in bytes
 * @count:		number of pages
 *
 * Context: Process; sleeps.
 */
void lab_refusal_ask_unmap(struct lab_instance *inst, u64 iova, size_t pgsize, size_t count)
{
	u64 at = inst->first | (iova & (inst->last - inst->first));
	struct iommu_iotlb_gather gather;
	struct lab_section section;
	size_t n;

	if (!lab_refusal_quiet(inst, LAB_REFUSAL_RANGE))
		return;
	iommu_iotlb_gather_init(&gather);
	lab_instance_section(inst, &section, GFP_NOWAIT, lab_reserves(inst));
	n = inst->ops->unmap_pages(inst->ops, iova, pgsize, count, &gather);
	lab_section_end(&section);
	lab_refusal_check_refused(inst, "unmap", iova, n ? 0 : -EINVAL, n);
	lab_refusal_verify_after(inst, ALIGN_DOWN(at, PAGE_SIZE), PAGE_SIZE, PAGE_SIZE, -EINVAL);
}

/**
 * lab_refusal_may_ask_over() - may the provider be asked for a map over what is mapped?
 * @inst:		the instance, locked
 * @m:		the map
 *
 * Not for a block over pages: the kernel takes their table away, and then refuses or
 * not (Documentation/rules.rst).
 *
 * Context: Any.
 * Return: true where it may.
 */
bool lab_refusal_may_ask_over(struct lab_instance *inst, const struct lab_mapping *m)
{
	u64 iova = m->iova, last = m->iova + (m->bytes - 1);
	struct lab_model_range r;

	if (lab_allow_warn)
		return true;
	if (!lab_refusal_quiet(inst, LAB_REFUSAL_MAPPED))
		return false;
	while (iova <= last && lab_model_next(&inst->model, iova, last, &r)) {
		if (r.mapping->pgsize < m->pgsize || r.mapping->split)
			return false;
		if (r.last >= last)
			break;
		iova = r.last + 1;
	}
	return true;
}

static int note_inside(void *ctx, const struct lab_walk_table *t)
{
	u64 *pgsize = ctx;

	return !t->root && t->span <= *pgsize ? 1 : 0;
}

/**
 * lab_refusal_has_table() - whether there is a table where a page would be
 * @inst:		the instance, locked
 * @iova:		input address of the page
 * @pgsize:	page size in bytes
 *
 * Context: Any.
 */
bool lab_refusal_has_table(struct lab_instance *inst, u64 iova, size_t pgsize)
{
	static const struct lab_walk_visitor visitor = { .table = note_inside, .shapes = true };
	u64 bytes = pgsize;

	return inst->params.format->walker->walk(&inst->cfg, iova, iova + (bytes - 1), &visitor,
						 &bytes) == 1;
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
	lab_refusal_ask_map(inst, inst->first, 0, pgsize, 1, 0, -EACCES);
	mutex_unlock(&inst->lock);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dirty state that hardware keeps (IO_PGTABLE_QUIRK_ARM_HD): writes are played
 * in the tables as hardware would record them, and what a provider reads and clears
 * is held against what the walker saw before and sees after.
 *
 * The gather of TLB invalidations records what was reported: it keeps the hull of
 * all that it is given, so that pages are asked for one by one, and then all at once.
 * The instance's mutex keeps operations out; hardware there is none.
 */
#include <kunit/visibility.h>
#include <linux/bitmap.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/slab.h>

#include "dirty.h"
#include "instance.h"
#include "compat/compat.h"

/* DDI0487 D8.5: with DBM set, AP[2] tells clean from dirty */
#define DESC_CLEAN	BIT_ULL(7)

/* The most pages that are looked at in one go. */
#define MAX_PAGES	BIT(20)

/**
 * lab_instance_no_dirty() - why the dirty state of an instance cannot be checked
 * @inst:	the instance, with its page table
 *
 * Context: Any.
 * Return: NULL where it can, or the reason.
 */
const char *lab_instance_no_dirty(const struct lab_instance *inst)
{
	if (inst->params.format->fmt != ARM_64_LPAE_S1 ||
	    !(inst->params.quirks & IO_PGTABLE_QUIRK_ARM_HD))
		return "hardware keeps no dirty state here";
	if (!inst->ops->read_and_clear_dirty)
		return "the provider does not read the dirty state";
	/* Its check of the range knows the lower end of addresses only, and WARNs. */
	if (inst->params.provider == &lab_provider_kernel &&
	    (inst->params.quirks & IO_PGTABLE_QUIRK_ARM_TTBR1))
		return "the kernel WARNs where TTBR1's dirty state is read";
	return inst->tally.not_checked[LAB_RULE_TRANSLATION];
}
EXPORT_SYMBOL_IF_KUNIT(lab_instance_no_dirty);

/**
 * struct state - the dirty state of all pages
 * @first:	first input address of the range that is looked at
 * @last:	last input address of it
 * @nr:		pages of it that the walker found
 * @dirty:	bit per such page, in ascending order
 * @others:	digest of the state of all other pages
 */
struct state {
	u64 first, last;
	unsigned long nr;
	unsigned long *dirty;
	u64 others;
};

static int note_leaf(void *ctx, const struct lab_walk_leaf *leaf)
{
	struct state *s = ctx;

	if (leaf->iova < s->first || leaf->iova > s->last) {
		s->others = s->others * 0x9e3779b97f4a7c15ULL +
			    (leaf->iova | leaf->attrs.dirty);
		return 0;
	}
	if (s->nr < MAX_PAGES && leaf->attrs.dirty)
		__set_bit(s->nr, s->dirty);
	s->nr++;
	return 0;
}

static int note_state(struct lab_instance *inst, u64 first, u64 last, struct state *s)
{
	static const struct lab_walk_visitor visitor = { .leaf = note_leaf };

	*s = (struct state) {
		.first	= first,
		.last	= last,
		.dirty	= kvzalloc(MAX_PAGES / BITS_PER_BYTE, GFP_KERNEL),
	};
	if (!s->dirty)
		return -ENOMEM;
	return inst->params.format->walker->walk(&inst->cfg, inst->first, inst->last, &visitor, s);
}

/**
 * struct report - what a provider reported of a range
 * @ret:	what it returned
 * @any:	something was dirty
 * @first:	first input address that was
 * @last:	last input address that was
 */
struct report {
	int ret;
	bool any;
	u64 first, last;
};

static struct report ask_provider(struct lab_instance *inst, u64 iova, u64 bytes,
				  unsigned long flags)
{
	struct iommu_iotlb_gather gather;
	struct iommu_dirty_bitmap dirty;
	struct report r = {};

	iommu_iotlb_gather_init(&gather);
	iommu_dirty_bitmap_init(&dirty, NULL, &gather);
	r.ret = inst->ops->read_and_clear_dirty(inst->ops, iova, bytes, flags, &dirty);
	r.any = gather.start <= gather.end;
	r.first = gather.start;
	r.last = gather.end;
	return r;
}

static void check_report(struct lab_instance *inst, struct report r, bool any, u64 first,
			 u64 last, const char *when)
{
	bool exact = !r.ret && r.any == any && (!any || (r.first == first && r.last == last));

	if (exact)
		lab_check(&inst->tally, LAB_RULE_DIRTY_EXACT, true, "%s", when);
	else
		lab_check(&inst->tally, LAB_RULE_DIRTY_EXACT, false,
			  "%s: %pe, %s%#llx to %#llx is reported, %s%#llx to %#llx is dirty",
			  when, ERR_PTR(r.ret), r.any ? "" : "not ", r.first, r.last,
			  any ? "" : "not ", first, last);
}

/* One by one, without clearing any; the hull of those that are dirty. */
static bool check_pages(struct lab_instance *inst, const struct state *s, u64 *first, u64 *last)
{
	struct lab_model_range r;
	unsigned long i;
	bool any = false;
	u64 page, end;

	/* Bits are in the order of pages. */
	for (i = 0, page = s->first;
	     i < s->nr && lab_model_next(&inst->model, page, s->last, &r);
	     i++, page += r.mapping->pgsize) {
		bool dirty = test_bit(i, s->dirty);

		end = page + (r.mapping->pgsize - 1);
		check_report(inst, ask_provider(inst, page, r.mapping->pgsize,
						IOMMU_DIRTY_NO_CLEAR), dirty, page, end,
			     "one page");
		if (!dirty)
			continue;
		*first = any ? *first : page;
		*last = end;
		any = true;
	}
	return any;
}

static void show_pages(struct lab_instance *inst, const struct state *s,
		       void (*show)(void *ctx, u64 first, u64 last), void *ctx)
{
	struct lab_model_range r;
	unsigned long i;
	u64 page;

	if (!show)
		return;
	for (i = 0, page = s->first;
	     i < s->nr && lab_model_next(&inst->model, page, s->last, &r);
	     i++, page += r.mapping->pgsize)
		if (test_bit(i, s->dirty))
			show(ctx, page, page + (r.mapping->pgsize - 1));
}

/* What a block was split into is the provider's choice: nobody knows its pages. */
static bool is_split(struct lab_instance *inst, u64 iova, u64 last)
{
	struct lab_model_range r;

	while (lab_model_next(&inst->model, iova, last, &r)) {
		if (r.mapping->split)
			return true;
		if (r.last >= last)
			break;
		iova = r.last + 1;
	}
	return false;
}

#define RANGE	"dirty state of %#llx bytes at iova %#llx"

/* Nothing of it unmapped, and no page cut. */
static int check_range(struct lab_instance *inst, u64 iova, u64 bytes)
{
	const struct lab_mapping *m, *end;

	if (!bytes || iova < inst->first || iova > inst->last || bytes - 1 > inst->last - iova ||
	    !lab_model_covers(&inst->model, iova, bytes)) {
		lab_complain(inst->params.name, RANGE ": not all is mapped", bytes, iova);
		return -ENOENT;
	}
	m = lab_model_find(&inst->model, iova);
	end = lab_model_find(&inst->model, iova + (bytes - 1));
	if (iova & (m->pgsize - 1) || (iova + bytes) & (end->pgsize - 1) ||
	    is_split(inst, iova, iova + (bytes - 1))) {
		lab_complain(inst->params.name, RANGE ": cuts a page", bytes, iova);
		return -EINVAL;
	}
	return 0;
}

static int read_locked(struct lab_instance *inst, u64 iova, u64 bytes, bool clear,
		       void (*show)(void *ctx, u64 first, u64 last), void *ctx)
{
	u64 last = iova + (bytes - 1), from = 0, to = 0;
	struct state before, after = {};
	bool any;
	int ret;

	ret = note_state(inst, iova, last, &before);
	if (!ret && before.nr > MAX_PAGES)
		ret = -E2BIG;
	if (ret)
		goto out;

	any = check_pages(inst, &before, &from, &to);
	check_report(inst, ask_provider(inst, iova, bytes, clear ? 0 : IOMMU_DIRTY_NO_CLEAR), any,
		     from, to, "the range");

	ret = note_state(inst, iova, last, &after);
	if (ret)
		goto out;
	lab_check(&inst->tally, LAB_RULE_DIRTY_EXACT,
		  after.nr == before.nr && after.others == before.others,
		  "iova %#llx to %#llx: the state of other pages changed", iova, last);
	lab_check(&inst->tally, LAB_RULE_DIRTY_EXACT,
		  clear ? bitmap_empty(after.dirty, after.nr) :
		  bitmap_equal(before.dirty, after.dirty, after.nr),
		  "iova %#llx to %#llx: %u of %lu pages were dirty, %u are", iova, last,
		  bitmap_weight(before.dirty, before.nr), before.nr,
		  bitmap_weight(after.dirty, after.nr));
	if (clear)
		check_report(inst, ask_provider(inst, iova, bytes, IOMMU_DIRTY_NO_CLEAR),
			     !bitmap_empty(after.dirty, after.nr), from, to, "once more");
	lab_instance_verify_range(inst, iova, last, inst->cfg.pgsize_bitmap &
				  -inst->cfg.pgsize_bitmap);
	show_pages(inst, &before, show, ctx);
out:
	kvfree(before.dirty);
	kvfree(after.dirty);
	return ret;
}

static int refuse(const struct lab_instance *inst)
{
	const char *why = lab_instance_no_dirty(inst);

	if (!why)
		return 0;
	lab_complain(inst->params.name, "no dirty state to be read: %s", why);
	return -EOPNOTSUPP;
}

/**
 * lab_instance_read_dirty() - read the dirty state of a range, or read and clear it
 * @inst:	the instance
 * @iova:	first input address
 * @bytes:	length, whole pages that are mapped
 * @clear:	clear it, too
 * @show:	called for each page that was dirty, with its first and last address;
 *		or NULL
 * @ctx:	for @show
 *
 * Checks rule dirty-exact.
 *
 * Context: Process; sleeps.
 * Return: 0; -EOPNOTSUPP where there is no such state, -ENOENT where not all is
 * mapped, -EINVAL where a page would be cut, -E2BIG, -ENOMEM.
 */
int lab_instance_read_dirty(struct lab_instance *inst, u64 iova, u64 bytes, bool clear,
			    void (*show)(void *ctx, u64 first, u64 last), void *ctx)
{
	int ret = refuse(inst);

	if (ret)
		return ret;
	mutex_lock(&inst->lock);
	ret = check_range(inst, iova, bytes);
	if (!ret)
		ret = read_locked(inst, iova, bytes, clear, show, ctx);
	mutex_unlock(&inst->lock);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(lab_instance_read_dirty);

/**
 * lab_instance_read_all_dirty() - likewise of all that is mapped
 * @inst:	the instance
 * @clear:	clear it, too
 * @show:	called for each page that was dirty; or NULL
 * @ctx:	for @show
 *
 * Context: Process; sleeps.
 * Return: as lab_instance_read_dirty().
 */
int lab_instance_read_all_dirty(struct lab_instance *inst, bool clear,
				void (*show)(void *ctx, u64 first, u64 last), void *ctx)
{
	struct lab_model_range r;
	int ret = refuse(inst);
	u64 iova = inst->first;

	if (ret)
		return ret;
	mutex_lock(&inst->lock);
	while (!ret && lab_model_next(&inst->model, iova, inst->last, &r)) {
		if (!r.mapping->split)
			ret = read_locked(inst, r.first, r.last - r.first + 1, clear, show, ctx);
		if (r.last == inst->last)
			break;
		iova = r.last + 1;
	}
	mutex_unlock(&inst->lock);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(lab_instance_read_all_dirty);

/* As hardware records a write: the descriptor and nothing beside it. */
static int touch_locked(struct lab_instance *inst, u64 iova)
{
	struct lab_translation t;
	u64 *desc;

	inst->params.format->walker->translate(&inst->cfg, iova, &t);
	if (t.fault) {
		lab_complain(inst->params.name, "write to %#llx: %s fault", iova, t.fault);
		return -ENOENT;
	}
	if (!t.attrs.dirty_managed) {
		lab_complain(inst->params.name, "write to %#llx: permission fault", iova);
		return -EACCES;
	}
	desc = phys_to_virt(t.desc_pa[t.level]);
	if (READ_ONCE(*desc) & DESC_CLEAN)
		cmpxchg64(desc, t.desc[t.level], t.desc[t.level] & ~DESC_CLEAN);
	lab_instance_probe(inst, iova);
	return 0;
}

/**
 * lab_instance_touch() - play hardware that writes to an input address
 * @inst:	the instance
 * @iova:	the address
 *
 * Context: Process; sleeps.
 * Return: 0; -EOPNOTSUPP where hardware keeps no dirty state, -ERANGE beyond the
 * input address size, -ENOENT where nothing is mapped, -EACCES where it may not be
 * written.
 */
int lab_instance_touch(struct lab_instance *inst, u64 iova)
{
	int ret = refuse(inst);

	if (!ret && (iova < inst->first || iova > inst->last))
		ret = -ERANGE;
	if (ret)
		return ret;
	mutex_lock(&inst->lock);
	ret = touch_locked(inst, iova);
	mutex_unlock(&inst->lock);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(lab_instance_touch);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Domains: what the IOMMU core maps in, an instance each; and the two that have no
 * tables, identity and blocked.
 *
 * The core calls map and unmap in any context and from all CPUs at once.  They go to the
 * instance's operations directly, past its mutex and its model: what they did is put
 * down in the record.  They read-lock @tables, so that they run side by side; who wants
 * to look at tables that nobody changes meanwhile write-locks it.
 */
#include <kunit/visibility.h>
#include <linux/dma-mapping.h>
#include <linux/slab.h>

#include "exact.h"
#include "iommu/domain.h"
#include "iommu/master.h"
#include "reserve.h"
#include "compat/iommu.h"
#include "compat/compat.h"

enum {
	/* How often a verification waits for a domain to be quiet */
	TRIES		= 8,
	/* Tables that are reserved, and that a shadow has room for, between verifications */
	TABLES_AHEAD	= 64,
};

/**
 * lab_domain_of() - a domain of the lab's
 * @core:	any domain of one of its masters, or NULL
 *
 * Context: Any.
 * Return: the domain, or NULL for one without tables.
 */
struct lab_domain *lab_domain_of(struct iommu_domain *core)
{
	if (!core || core->ops != &lab_domain_ops)
		return NULL;
	return container_of(core, struct lab_domain, core);
}
EXPORT_SYMBOL_IF_KUNIT(lab_domain_of);

static void count(struct lab_domain *d, atomic64_t *calls, bool refused)
{
	atomic64_inc(calls);
	if (refused)
		atomic64_inc(&d->stats.refused);
}

static void tlb_invalidate(void *data, u64 iova, u64 last)
{
	struct lab_domain *d = data;

	lab_iotlb_invalidate(&d->tlb, iova, last);
}

/* As drivers do; what does not go on where the gather ends makes it sync. */
static void tlb_gather(void *data, struct iommu_iotlb_gather *gather, u64 iova, size_t granule)
{
	struct lab_domain *d = data;

	iommu_iotlb_gather_add_page(&d->core, gather, iova, granule);
}

static const struct lab_tlb_ops tlb_ops = {
	.invalidate	= tlb_invalidate,
	.gather		= tlb_gather,
};

static bool to_entry(const struct lab_translation *t, u64 iova, struct lab_iotlb_entry *e)
{
	u64 mask = t->bytes - 1;

	if (t->fault)
		return false;
	/* A device is no privileged user. */
	*e = (struct lab_iotlb_entry) {
		.iova	= iova & ~mask,
		.last	= iova | mask,
		.pa	= t->oa - (iova & mask),
		.read	= t->attrs.user_read,
		.write	= t->attrs.user_write,
	};
	return true;
}

/* Hardware may fetch what is reachable at any time: right before it goes is worst. */
static void fetch_ahead(struct lab_domain *d, u64 iova)
{
	const struct lab_walker *walker = d->inst->params.format->walker;
	struct lab_iotlb_entry entry;
	struct lab_translation t;

	walker->translate(&d->inst->cfg, iova, &t);
	if (to_entry(&t, iova, &entry))
		lab_iotlb_insert(&d->tlb, &entry);
}

static void check_translates(struct lab_domain *d, u64 iova, u64 pa)
{
	struct lab_instance *inst = d->inst;
	phys_addr_t found = inst->ops->iova_to_phys(inst->ops, iova);
	struct lab_translation t;

	inst->params.format->walker->translate(&inst->cfg, iova, &t);
	lab_check(&inst->tally, LAB_RULE_TRANSLATION, found == pa && !t.fault && t.oa == pa,
		  "iova %#llx was mapped to %#llx: iova_to_phys finds %pa, the walker %pa (fault %s)",
		  iova, pa, &found, &t.oa, t.fault ?: "none");
}

static int map_tables(struct lab_domain *d, const struct lab_mapping *m, gfp_t gfp, size_t *mapped)
{
	const struct lab_call call = { m->iova, m->bytes, m->pgsize };
	struct lab_instance *inst = d->inst;
	struct lab_section section;
	size_t done = 0;
	int ret;

	lab_instance_section(inst, &section, gfp, false);
	ret = inst->ops->map_pages(inst->ops, m->iova, m->pa, m->pgsize, m->bytes / m->pgsize,
				   m->prot, gfp, &done);
	lab_section_end(&section);
	*mapped = lab_exact_map(inst, &call, true, ret, done);
	return ret ?: *mapped ? 0 : -EIO;
}

/* Whether there are descriptors for it at all */
static bool is_in_range(const struct lab_instance *inst, const struct lab_mapping *m)
{
	u64 last = m->iova + (m->bytes - 1), last_pa = m->pa + (m->bytes - 1);

	return m->iova >= inst->first && last >= m->iova && last <= inst->last &&
	       last_pa >= m->pa && last_pa < BIT_ULL(inst->params.oas);
}

static int map_pages(struct iommu_domain *core, unsigned long iova, phys_addr_t pa,
		     size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	struct lab_domain *d = lab_domain_of(core);
	struct lab_mapping m = {
		.iova = iova, .pa = pa, .pgsize = pgsize, .prot = prot, .bytes = pgsize * pgcount,
	};
	struct lab_record_range *range = lab_record_new(gfp & ~__GFP_ZERO);
	unsigned long flags;
	size_t largest, done = 0;
	int ret = -ENOMEM;

	if (!range)
		goto out;
	/* As with the drivers that have a spinlock around their tables. */
	if (gfpflags_allow_blocking(gfp))
		gfp = GFP_ATOMIC;
	read_lock_irqsave(&d->tables, flags);
	/* A provider would WARN of either. */
	lab_record_covers(&d->record, iova, m.bytes, &largest);
	if (!is_in_range(d->inst, &m))
		ret = -ERANGE;
	else if (largest)
		ret = -EEXIST;
	else
		ret = map_tables(d, &m, gfp, &done);
	if (done) {
		m.bytes = done;
		if (!lab_record_add(&d->record, range, &m))
			range = NULL;
		check_translates(d, iova, pa);
		check_translates(d, iova + (done - 1), pa + (done - 1));
	}
	read_unlock_irqrestore(&d->tables, flags);
	*mapped += done;
out:
	lab_record_drop(range);
	count(d, &d->stats.maps, ret);
	return ret;
}

static size_t unmap_tables(struct lab_domain *d, const struct lab_call *call,
			   struct iommu_iotlb_gather *gather)
{
	struct lab_instance *inst = d->inst;
	struct lab_section section;
	size_t done;

	fetch_ahead(d, call->iova);
	fetch_ahead(d, call->iova + (call->bytes - 1));
	lab_instance_section(inst, &section, GFP_ATOMIC, false);
	done = inst->ops->unmap_pages(inst->ops, call->iova, call->pgsize,
				      call->bytes / call->pgsize, gather);
	lab_section_end(&section);
	return lab_exact_unmap(inst, call, done);
}

static size_t unmap_pages(struct iommu_domain *core, unsigned long iova, size_t pgsize,
			  size_t pgcount, struct iommu_iotlb_gather *gather)
{
	struct lab_domain *d = lab_domain_of(core);
	const struct lab_call call = { iova, pgsize * pgcount, pgsize };
	struct lab_record_range *spare;
	size_t largest = 0, done = 0;
	unsigned long flags;
	bool matches;

	/* For the rest behind a hole; without it nothing is unmapped, rather than unseen. */
	spare = lab_record_new(GFP_ATOMIC);
	if (!spare)
		goto out;
	read_lock_irqsave(&d->tables, flags);
	matches = lab_record_covers(&d->record, iova, call.bytes, &largest) && largest <= pgsize;
	lab_check(&d->inst->tally, LAB_RULE_UNMAP_MATCHES, matches,
		  "unmap of %#llx bytes by %#zx at iova %#lx: %s", call.bytes, pgsize, iova,
		  largest > pgsize ? "part of a larger page" : "not all of it is mapped");
	/* A provider would WARN of what does not match. */
	if (matches)
		done = unmap_tables(d, &call, gather);
	if (done)
		lab_record_remove(&d->record, iova, done, &spare);
	read_unlock_irqrestore(&d->tables, flags);
	lab_record_drop(spare);
out:
	count(d, &d->stats.unmaps, done != call.bytes);
	return done;
}

static void flush_iotlb_all(struct iommu_domain *core)
{
	struct lab_domain *d = lab_domain_of(core);

	atomic64_inc(&d->stats.flushes);
	lab_iotlb_invalidate(&d->tlb, 0, U64_MAX);
}

static void iotlb_sync(struct iommu_domain *core, struct iommu_iotlb_gather *gather)
{
	struct lab_domain *d = lab_domain_of(core);

	atomic64_inc(&d->stats.syncs);
	/* Without a page there is nothing to do. */
	if (gather->pgsize)
		lab_iotlb_invalidate(&d->tlb, gather->start, gather->end);
}

static phys_addr_t iova_to_phys(struct iommu_domain *core, dma_addr_t iova)
{
	struct io_pgtable_ops *ops = lab_domain_of(core)->inst->ops;

	return ops->iova_to_phys(ops, iova);
}

/* Where there is no memory to verify them with, tables are left without mappings. */
static void empty_tables(struct lab_domain *d)
{
	struct lab_mapping m;

	while (lab_record_first(&d->record, &m)) {
		const struct lab_call call = { m.iova, m.bytes, m.pgsize };
		struct lab_record_range *none = NULL;

		unmap_tables(d, &call, NULL);
		lab_record_remove(&d->record, m.iova, m.bytes, &none);
	}
}

static void domain_free(struct iommu_domain *core)
{
	struct lab_domain *d = lab_domain_of(core);

	mutex_lock(&d->iommu->lock);
	list_del(&d->link);
	mutex_unlock(&d->iommu->lock);
	if (lab_domain_verify(d))
		empty_tables(d);
	mutex_lock(&d->inst->lock);
	lab_hw_crowd_end(d->inst);
	mutex_unlock(&d->inst->lock);
	d->inst->tlb = NULL;
	lab_instance_destroy(d->inst);
	lab_record_fini(&d->record);
	kfree(d);
}

static int attach(struct iommu_domain *domain, struct device *dev)
{
	struct lab_domain *d = lab_domain_of(domain);

	/* The first domain of a device has to be had: the core WARNs where it is not. */
	if (domain->type == IOMMU_DOMAIN_UNMANAGED && READ_ONCE(d->iommu->fail_attach)) {
		WRITE_ONCE(d->iommu->fail_attach, false);
		return -ENOSPC;
	}
	return lab_master_attach(lab_master_of(dev), domain);
}

LAB_DEFINE_ATTACH_FROM(attach)

static int attach_without_tables(struct iommu_domain *domain, struct device *dev)
{
	return lab_master_attach(lab_master_of(dev), domain);
}

LAB_DEFINE_ATTACH_FROM(attach_without_tables)

const struct iommu_domain_ops lab_domain_ops = {
	.attach_dev		= LAB_ATTACH_DEV(attach, attach_from),
	.map_pages		= map_pages,
	.unmap_pages		= unmap_pages,
	.flush_iotlb_all	= flush_iotlb_all,
	.iotlb_sync		= iotlb_sync,
	.iova_to_phys		= iova_to_phys,
	.free			= domain_free,
};

static const struct iommu_domain_ops no_tables_ops = {
	.attach_dev	= LAB_ATTACH_DEV(attach_without_tables, attach_without_tables_from),
};

struct iommu_domain lab_domain_identity = {
	.type	= IOMMU_DOMAIN_IDENTITY,
	.ops	= &no_tables_ops,
};

struct iommu_domain lab_domain_blocked = {
	.type	= IOMMU_DOMAIN_BLOCKED,
	.ops	= &no_tables_ops,
};
EXPORT_SYMBOL_IF_KUNIT(lab_domain_blocked);

/**
 * lab_domain_alloc() - iommu_ops.domain_alloc_paging
 * @dev:	the master that it is for
 *
 * Context: Process; sleeps.
 * Return: a domain, or an ERR_PTR.
 */
struct iommu_domain *lab_domain_alloc(struct device *dev)
{
	struct lab_iommu *iommu = lab_master_of(dev)->iommu;
	struct lab_domain *d = kzalloc_obj(*d);
	struct lab_instance *inst;

	if (!d)
		return ERR_PTR(-ENOMEM);
	inst = lab_instance_create(&iommu->params.domain, &iommu->tally);
	if (IS_ERR(inst)) {
		kfree(d);
		return ERR_CAST(inst);
	}
	/* The other rules of the DMA API are those of masters. */
	inst->tally.not_checked[LAB_RULE_UNMAP_MATCHES] = NULL;
	d->inst = inst;
	d->iommu = iommu;
	rwlock_init(&d->tables);
	lab_record_init(&d->record);
	lab_iotlb_init(&d->tlb);
	mutex_lock(&inst->lock);
	lab_hw_crowd_begin(inst, TABLES_AHEAD);
	mutex_unlock(&inst->lock);
	/* The DMA API tells nobody beforehand what it is going to map. */
	if (lab_reserves(inst) && lab_instance_reserve(inst, TABLES_AHEAD)) {
		lab_instance_destroy(inst);
		kfree(d);
		return ERR_PTR(-ENOMEM);
	}
	inst->tlb_data = d;
	inst->tlb = &tlb_ops;
	d->core.ops = &lab_domain_ops;
	d->core.pgsize_bitmap = inst->cfg.pgsize_bitmap;
	d->core.geometry.aperture_start = inst->first;
	d->core.geometry.aperture_end = inst->last;
	d->core.geometry.force_aperture = true;

	mutex_lock(&iommu->lock);
	list_add_tail(&d->link, &iommu->domains);
	mutex_unlock(&iommu->lock);
	return &d->core;
}

/**
 * lab_domain_translate() - walk
 * @d:		the domain
 * @iova:	input address
 * @t:		filled in
 *
 * Context: Any.
 */
void lab_domain_translate(struct lab_domain *d, u64 iova, struct lab_translation *t)
{
	unsigned long flags;

	write_lock_irqsave(&d->tables, flags);
	d->inst->params.format->walker->translate(&d->inst->cfg, iova, t);
	write_unlock_irqrestore(&d->tables, flags);
}
EXPORT_SYMBOL_IF_KUNIT(lab_domain_translate);

/**
 * lab_domain_find() - what a master finds for an address: in the TLB, or by a walk
 * @d:		the domain, whose @tables are write-locked
 * @iova:	input address
 * @found:	filled in
 * @t:		filled in: what the tables say
 * @stale:	filled in: the TLB says something else
 *
 * Context: Any.
 * Return: whether there is a translation.
 */
bool lab_domain_find(struct lab_domain *d, u64 iova, struct lab_iotlb_entry *found,
		     struct lab_translation *t, bool *stale)
{
	d->inst->params.format->walker->translate(&d->inst->cfg, iova, t);
	if (lab_iotlb_lookup(&d->tlb, iova, found)) {
		*stale = t->fault || t->oa != found->pa + (iova - found->iova);
		return true;
	}
	*stale = false;
	if (!to_entry(t, iova, found))
		return false;
	/* Nobody can have unmapped it since, and have invalidated it too early. */
	lab_iotlb_insert(&d->tlb, found);
	return true;
}

static int verify_once(struct lab_domain *d)
{
	struct lab_instance *inst = d->inst;
	unsigned long flags;
	u64 changes;
	int ret;

	ret = lab_record_to_model(&d->record, &inst->model, &changes);
	if (ret)
		return ret;
	lab_shadow_prepare(inst, TABLES_AHEAD);
	write_lock_irqsave(&d->tables, flags);
	if (d->record.changes == changes) {
		lab_hw_crowd_end(inst);
		inst->atomic = true;
		lab_instance_verify_locked(inst);
		inst->atomic = false;
		lab_shadow_set_crowd(inst, true);
	} else {
		ret = -EAGAIN;
	}
	write_unlock_irqrestore(&d->tables, flags);
	return ret;
}

/**
 * lab_domain_verify() - check the rules on all tables of a domain
 * @d:		the domain
 *
 * At a moment in which nobody maps; who asks for it waits, not who maps.
 *
 * Context: Process; sleeps.
 * Return: 0; -EAGAIN where it was never quiet, -ENOMEM.
 */
int lab_domain_verify(struct lab_domain *d)
{
	int ret = -EAGAIN;

	mutex_lock(&d->inst->lock);
	for (int i = 0; i < TRIES && ret == -EAGAIN; i++)
		ret = verify_once(d);
	mutex_unlock(&d->inst->lock);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(lab_domain_verify);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fake IOMMU as a driver of the IOMMU core.
 *
 * It registers without a firmware node, as IOMMUs that find their masters themselves do:
 * the core then asks it about each device that firmware says nothing about, and it
 * answers for the lab's masters alone (-ENODEV for all others, which leaves them as they
 * were).  That is clean under lockdep on all kernels, where iommu_fwspec_init() of a
 * module is not.  Where another such IOMMU was registered before, the core asks that one,
 * and the lab says that it cannot have masters.
 */
#include <kunit/visibility.h>
#include <linux/dma-mapping.h>
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "iommu/domain.h"
#include "iommu/iommu.h"
#include "iommu/master.h"
#include "compat/compat.h"

static struct lab_iommu *iommu_of(struct device *dev)
{
	struct lab_master *m = lab_master_of(dev);

	return m ? m->iommu : NULL;
}

static bool is_capable(struct device *dev, enum iommu_cap cap)
{
	switch (cap) {
	case IOMMU_CAP_CACHE_COHERENCY:
		return lab_master_of(dev)->params.coherent;
	case IOMMU_CAP_NOEXEC:
	case IOMMU_CAP_DEFERRED_FLUSH:
		return true;
	default:
		return false;
	}
}

static struct iommu_device *probe_device(struct device *dev)
{
	struct lab_iommu *iommu = iommu_of(dev);

	return iommu ? &iommu->core : ERR_PTR(-ENODEV);
}

static void get_resv_regions(struct device *dev, struct list_head *head)
{
	struct lab_iommu *iommu = iommu_of(dev);
	u64 first = iommu->params.reserved.first, last = iommu->params.reserved.last;
	struct iommu_resv_region *region;

	if (first > last)
		return;
	region = iommu_alloc_resv_region(first, last - first + 1, 0, IOMMU_RESV_RESERVED,
					 GFP_KERNEL);
	if (region)
		list_add_tail(&region->list, head);
}

/* Whatever iommu.passthrough and iommu.strict say. */
static int def_domain_type(struct device *dev)
{
	switch (iommu_of(dev)->params.mode) {
	case LAB_IOMMU_LAZY:
		return IOMMU_DOMAIN_DMA_FQ;
	case LAB_IOMMU_IDENTITY:
		return IOMMU_DOMAIN_IDENTITY;
	default:
		return IOMMU_DOMAIN_DMA;
	}
}

static const struct iommu_ops iommu_ops = {
	.capable		= is_capable,
	.domain_alloc_paging	= lab_domain_alloc,
	.probe_device		= probe_device,
	.device_group		= generic_device_group,
	.get_resv_regions	= get_resv_regions,
	.def_domain_type	= def_domain_type,
	.default_domain_ops	= &lab_domain_ops,
	.identity_domain	= &lab_domain_identity,
	.blocked_domain		= &lab_domain_blocked,
	.release_domain		= &lab_domain_blocked,
	.owner			= THIS_MODULE,
};

/**
 * lab_iommu_refuses() - why this kernel can have no fake IOMMU
 *
 * Context: Any.
 * Return: why, or NULL where it can.
 */
const char *lab_iommu_refuses(void)
{
	if (!IS_ENABLED(CONFIG_IOMMU_API))
		return "this kernel has no IOMMU API";
	if (!IS_ENABLED(CONFIG_IOMMU_DMA))
		return "this kernel has no IOMMU_DMA";
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(lab_iommu_refuses);

static int check_params(const struct lab_iommu_params *p)
{
	const struct lab_params *domain = &p->domain;
	const char *why = lab_iommu_refuses();
	int ret;

	if (why) {
		lab_complain(domain->name, "no IOMMU: %s", why);
		return -EOPNOTSUPP;
	}
	ret = lab_params_check(domain);
	if (ret)
		return ret;
	if (domain->quirks & IO_PGTABLE_QUIRK_ARM_TTBR1) {
		lab_complain(domain->name, "ttbr1: the DMA API has addresses from 0 on");
		return -EINVAL;
	}
	/* It is a BUG() to the allocator of IOVAs. */
	if (domain->granule > PAGE_SIZE) {
		lab_complain(domain->name, "granule of %zu bytes: the DMA API takes up to %lu here",
			     domain->granule, PAGE_SIZE);
		return -EOPNOTSUPP;
	}
	if (p->reserved.first <= p->reserved.last &&
	    ((p->reserved.first | (p->reserved.last + 1)) & (domain->granule - 1))) {
		lab_complain(domain->name, "reserved: %#llx to %#llx are no whole pages of %zu",
			     p->reserved.first, p->reserved.last, domain->granule);
		return -EINVAL;
	}
	return 0;
}

/* NULL, of which references are free, where the kernel allocates itself. */
static struct module *allocator_owner(const struct lab_iommu *iommu)
{
	const struct lab_allocator *allocator = iommu->params.domain.allocator;

	return allocator ? allocator->owner : NULL;
}

static void free_iommu(struct lab_iommu *iommu)
{
	module_put(allocator_owner(iommu));
	mutex_destroy(&iommu->lock);
	kfree(iommu);
}

/**
 * lab_iommu_create() - make an IOMMU
 * @params:	what it is to be
 * @parent:	tally that sees all its rules, at least &lab_totals
 *
 * Bad parameters are complained of in the kernel log.
 *
 * Context: Process; sleeps.
 * Return: the IOMMU, or an ERR_PTR: as lab_params_check(), or what the IOMMU core said.
 */
struct lab_iommu *lab_iommu_create(const struct lab_iommu_params *params,
				   struct lab_tally *parent)
{
	struct lab_iommu *iommu;
	int ret;

	ret = check_params(params);
	if (ret)
		return ERR_PTR(ret);
	iommu = kzalloc_obj(*iommu);
	if (!iommu) {
		lab_complain(params->domain.name, "out of memory");
		return ERR_PTR(-ENOMEM);
	}
	iommu->params = *params;
	/* Its domains are made at any time until it goes. */
	if (!try_module_get(allocator_owner(iommu))) {
		lab_complain(params->domain.name, "allocator %s is going",
			     params->domain.allocator->name);
		kfree(iommu);
		return ERR_PTR(-ENODEV);
	}
	mutex_init(&iommu->lock);
	INIT_LIST_HEAD(&iommu->masters);
	INIT_LIST_HEAD(&iommu->domains);
	lab_tally_init(&iommu->tally, iommu->params.domain.name, parent);

	ret = iommu_device_sysfs_add(&iommu->core, NULL, NULL, "io_pgtable_lab-%s",
				     iommu->params.domain.name);
	if (ret) {
		lab_complain(params->domain.name, "not in sysfs (%pe)", ERR_PTR(ret));
		goto free;
	}
	ret = iommu_device_register(&iommu->core, &iommu_ops, NULL);
	if (ret) {
		lab_complain(params->domain.name, "not registered (%pe)", ERR_PTR(ret));
		goto remove_sysfs;
	}
	return iommu;

remove_sysfs:
	iommu_device_sysfs_remove(&iommu->core);
free:
	free_iommu(iommu);
	return ERR_PTR(ret);
}
EXPORT_SYMBOL_IF_KUNIT(lab_iommu_create);

/**
 * lab_iommu_destroy() - take an IOMMU away
 * @iommu:	the IOMMU, NULL or an ERR_PTR for nothing to do
 *
 * Context: Process; sleeps.
 * Return: 0, or -EBUSY while it has masters.
 */
int lab_iommu_destroy(struct lab_iommu *iommu)
{
	bool busy;

	if (IS_ERR_OR_NULL(iommu))
		return 0;
	mutex_lock(&iommu->lock);
	busy = !list_empty(&iommu->masters) || !list_empty(&iommu->domains);
	mutex_unlock(&iommu->lock);
	if (busy) {
		lab_complain(iommu->params.domain.name, "it has masters, which go first");
		return -EBUSY;
	}
	iommu_device_unregister(&iommu->core);
	iommu_device_sysfs_remove(&iommu->core);
	free_iommu(iommu);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(lab_iommu_destroy);

/**
 * lab_iommu_verify() - check the rules on all tables of all its domains
 * @iommu:	the IOMMU
 *
 * Context: Process; sleeps.
 * Return: as lab_domain_verify(), of the first that fails.
 */
int lab_iommu_verify(struct lab_iommu *iommu)
{
	struct lab_domain *d;
	int ret = 0;

	mutex_lock(&iommu->lock);
	list_for_each_entry(d, &iommu->domains, link)
		ret = ret ?: lab_domain_verify(d);
	mutex_unlock(&iommu->lock);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(lab_iommu_verify);

/**
 * lab_iommu_init() - before there is any IOMMU
 *
 * Context: Process; sleeps.
 * Return: 0 or an errno.
 */
int lab_iommu_init(void)
{
	return lab_master_init();
}

/**
 * lab_iommu_exit() - after the last
 *
 * Context: Process; sleeps.
 */
void lab_iommu_exit(void)
{
	lab_master_exit();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A domain that people map in by hand: unmanaged, in the words of the IOMMU core, as
 * VFIO and GPU drivers have them.
 *
 * The master's mutex orders it with its buffers.
 */
#include <kunit/visibility.h>
#include <linux/iommu.h>

#include "complain.h"
#include "iommu/domain.h"
#include "iommu/master.h"
#include "compat/compat.h"

static int take_domain(struct lab_master *m)
{
	struct device *dev = &m->pdev.dev;
	struct iommu_domain *domain;
	int ret;

	if (m->unmanaged) {
		lab_complain(m->params.name, "it has a domain of its own");
		return -EEXIST;
	}
	/* The DMA API's mappings would lead nowhere. */
	if (!list_empty(&m->buffers)) {
		lab_complain(m->params.name, "it has buffers, which are mapped by the DMA API");
		return -EBUSY;
	}
	domain = iommu_paging_domain_alloc(dev);
	if (IS_ERR(domain)) {
		lab_complain(m->params.name, "no domain (%pe)", domain);
		return PTR_ERR(domain);
	}
	ret = iommu_attach_device(domain, dev);
	if (ret) {
		lab_complain(m->params.name, "the domain is not attached (%pe)", ERR_PTR(ret));
		iommu_domain_free(domain);
		return ret;
	}
	m->unmanaged = domain;
	return 0;
}

/**
 * lab_master_take_domain() - attach a domain to map in by hand
 * @m:		the master
 *
 * Context: Process; sleeps.
 * Return: 0; -EEXIST where it has one, -EBUSY with buffers, or what the core said.
 */
int lab_master_take_domain(struct lab_master *m)
{
	int ret;

	mutex_lock(&m->lock);
	ret = take_domain(m);
	mutex_unlock(&m->lock);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(lab_master_take_domain);

/**
 * lab_master_give_domain() - go by the DMA API's domain again
 * @m:		the master
 *
 * What is mapped in the other goes with it.
 *
 * Context: Process; sleeps.
 * Return: 0, or -ENOENT where there is none.
 */
int lab_master_give_domain(struct lab_master *m)
{
	struct iommu_domain *domain;

	mutex_lock(&m->lock);
	domain = m->unmanaged;
	if (domain) {
		iommu_detach_device(domain, &m->pdev.dev);
		iommu_domain_free(domain);
		m->unmanaged = NULL;
	}
	mutex_unlock(&m->lock);
	return domain ? 0 : -ENOENT;
}
EXPORT_SYMBOL_IF_KUNIT(lab_master_give_domain);

/* Whether the range can be at all; the core WARNs of some that cannot. */
static int check_range(struct lab_master *m, const char *what, u64 iova, size_t bytes)
{
	struct iommu_domain *d = m->unmanaged;
	size_t page;

	if (!d) {
		lab_complain(m->params.name, "%s: take a domain first", what);
		return -ENOENT;
	}
	page = d->pgsize_bitmap & -d->pgsize_bitmap;
	if (!bytes || ((iova | bytes) & (page - 1))) {
		lab_complain(m->params.name, "%s of %#zx bytes at iova %#llx: no pages of %#zx",
			     what, bytes, iova, page);
		return -EINVAL;
	}
	if (iova + (bytes - 1) < iova || iova < d->geometry.aperture_start ||
	    iova + (bytes - 1) > d->geometry.aperture_end) {
		lab_complain(m->params.name, "%s of %#zx bytes at iova %#llx: beyond the aperture",
			     what, bytes, iova);
		return -ERANGE;
	}
	return 0;
}

static int map(struct lab_master *m, u64 iova, phys_addr_t pa, size_t bytes, int prot)
{
	const struct lab_params *p = &m->iommu->params.domain;

	if (pa & (p->granule - 1))
		return -EINVAL;
	/* What no descriptor can hold */
	if ((pa + (bytes - 1)) >> p->oas)
		return -ERANGE;
	return iommu_map(m->unmanaged, iova, pa, bytes, prot, GFP_KERNEL);
}

/**
 * lab_master_map() - iommu_map() in the domain taken
 * @m:		the master
 * @iova:	first input address
 * @pa:		first output address
 * @bytes:	length
 * @prot:	IOMMU_READ and the like
 *
 * Context: Process; sleeps.
 * Return: 0; -ENOENT without a domain, -EINVAL for no whole pages, -ERANGE beyond the
 * aperture, -EEXIST over what is mapped, or what iommu_map() said.
 */
int lab_master_map(struct lab_master *m, u64 iova, phys_addr_t pa, size_t bytes, int prot)
{
	int ret;

	mutex_lock(&m->lock);
	ret = check_range(m, "map", iova, bytes);
	if (!ret) {
		ret = map(m, iova, pa, bytes, prot);
		if (ret)
			lab_complain(m->params.name, "map of %#zx bytes at iova %#llx to %pa: %pe",
				     bytes, iova, &pa, ERR_PTR(ret));
	}
	mutex_unlock(&m->lock);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(lab_master_map);

/**
 * lab_master_unmap() - iommu_unmap() in the domain taken
 * @m:		the master
 * @iova:	first input address
 * @bytes:	length
 *
 * What does not match what was mapped breaks unmap-matches.
 *
 * Context: Process; sleeps.
 * Return: 0; -ENOENT without a domain or where less was unmapped, -EINVAL, -ERANGE.
 */
int lab_master_unmap(struct lab_master *m, u64 iova, size_t bytes)
{
	size_t done;
	int ret;

	mutex_lock(&m->lock);
	ret = check_range(m, "unmap", iova, bytes);
	if (!ret) {
		done = iommu_unmap(m->unmanaged, iova, bytes);
		if (done != bytes) {
			lab_complain(m->params.name, "unmap of %#zx bytes at %#llx: %#zx went",
				     bytes, iova, done);
			ret = -ENOENT;
		}
	}
	mutex_unlock(&m->lock);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(lab_master_unmap);

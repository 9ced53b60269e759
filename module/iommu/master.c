// SPDX-License-Identifier: GPL-2.0-only
/*
 * Masters: platform devices, for the IOMMU core looks for devices there, with a driver,
 * for the DMA API and dmaengine expect one.
 *
 * The device is part of the master: its last reference frees it.  Creation and
 * destruction are the caller's to serialise.
 */
#include <kunit/visibility.h>
#include <linux/dma-map-ops.h>
#include <linux/dma-mapping.h>
#include <linux/log2.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "complain.h"
#include "iommu/buffer.h"
#include "iommu/domain.h"
#include "iommu/master.h"
#include "compat/iommu.h"
#include "compat/compat.h"

#define DRIVER_NAME	"io_pgtable_lab_master"

static const struct device_type master_type = { .name = DRIVER_NAME };

/**
 * lab_master_of() - the master that a device is
 * @dev:	any device
 *
 * Context: Any.
 * Return: the master, or NULL for a device that is none of the lab's.
 */
struct lab_master *lab_master_of(struct device *dev)
{
	if (dev->type != &master_type)
		return NULL;
	return container_of(to_platform_device(dev), struct lab_master, pdev);
}
EXPORT_SYMBOL_IF_KUNIT(lab_master_of);

/**
 * lab_master_params_default() - what a master is unless asked for otherwise
 * @params:	filled in: 32 bits, coherent, segments of 4 MB, no name
 *
 * Context: Any.
 */
void lab_master_params_default(struct lab_master_params *params)
{
	*params = (struct lab_master_params) {
		.mask_bits	= 32,
		.max_segment	= SZ_4M,
		.coherent	= true,
	};
}
EXPORT_SYMBOL_IF_KUNIT(lab_master_params_default);

static int check_params(const struct lab_iommu *iommu, const struct lab_master_params *p)
{
	if (p->mask_bits < 12 || p->mask_bits > 64) {
		lab_complain(p->name, "mask=%u: a master has 12 to 64 address bits", p->mask_bits);
		return -EINVAL;
	}
	if (p->boundary && (!is_power_of_2(p->boundary) ||
			    p->boundary < iommu->params.domain.granule)) {
		lab_complain(p->name, "boundary=%#llx: a power of two of a page at least",
			     p->boundary);
		return -EINVAL;
	}
	if (p->max_segment < iommu->params.domain.granule) {
		lab_complain(p->name, "max-segment=%u: a page at least", p->max_segment);
		return -EINVAL;
	}
	return 0;
}

static int probe(struct platform_device *pdev)
{
	struct lab_master *m = lab_master_of(&pdev->dev);
	struct device *dev = &pdev->dev;
	int ret;

	/* That the core was not asked is the one way to have none. */
	if (!m || !iommu_get_domain_for_dev(dev))
		return -ENODEV;
	/* Registration has set it to what is the machine's default. */
	lab_set_dma_coherent(dev, m->params.coherent);
	ret = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(m->params.mask_bits));
	if (ret)
		return ret;
	dma_set_max_seg_size(dev, m->params.max_segment);
	dma_set_seg_boundary(dev, m->params.boundary ? m->params.boundary - 1 : ULONG_MAX);
	return 0;
}

static struct platform_driver driver = {
	.probe	= probe,
	.driver	= {
		.name			= DRIVER_NAME,
		.suppress_bind_attrs	= true,
	},
};

static void release(struct device *dev)
{
	struct lab_master *m = lab_master_of(dev);

	mutex_destroy(&m->lock);
	kfree(m);
}

/* Whatever fails takes the device along, and the master with it. */
static int register_master(struct lab_master *m)
{
	const char *name = m->params.name;
	int ret;

	ret = platform_device_register(&m->pdev);
	if (ret) {
		lab_complain(name, "no device (%pe)", ERR_PTR(ret));
		platform_device_put(&m->pdev);
		return ret;
	}
	/* What the driver's probe said is not passed on. */
	if (!m->pdev.dev.driver) {
		lab_complain(name, "%s", m->attached ? "no driver came to it" :
			     "the kernel gave it no domain");
		ret = m->attached ? -EINVAL : -ENODEV;
		goto unregister;
	}
	ret = m->params.channel ? lab_channel_add(m) : 0;
	if (ret) {
		lab_complain(name, "no channel (%pe)", ERR_PTR(ret));
		goto unregister;
	}
	return 0;

unregister:
	platform_device_unregister(&m->pdev);
	return ret;
}

/**
 * lab_master_create() - put a master behind an IOMMU
 * @iommu:	the IOMMU
 * @params:	what it is to be
 *
 * Context: Process; sleeps.
 * Return: the master, or an ERR_PTR: -EINVAL for parameters that cannot be, -ENODEV
 * where the kernel gave it no domain, -ENOMEM; complained of in the kernel log.
 */
struct lab_master *lab_master_create(struct lab_iommu *iommu,
				     const struct lab_master_params *params)
{
	struct lab_master *m;
	int ret;

	ret = check_params(iommu, params);
	if (ret)
		return ERR_PTR(ret);
	m = kzalloc_obj(*m);
	if (!m) {
		lab_complain(params->name, "out of memory");
		return ERR_PTR(-ENOMEM);
	}
	m->params = *params;
	m->iommu = iommu;
	init_rwsem(&m->attach_lock);
	mutex_init(&m->lock);
	INIT_LIST_HEAD(&m->buffers);
	lab_faults_init(&m->faults);

	m->pdev.name = DRIVER_NAME;
	m->pdev.id = PLATFORM_DEVID_AUTO;
	m->pdev.dev.type = &master_type;
	m->pdev.dev.release = release;
	ret = register_master(m);
	if (ret)
		return ERR_PTR(ret);
	mutex_lock(&iommu->lock);
	list_add_tail(&m->link, &iommu->masters);
	mutex_unlock(&iommu->lock);
	return m;
}
EXPORT_SYMBOL_IF_KUNIT(lab_master_create);

/**
 * lab_master_destroy() - take a master away
 * @m:		the master, NULL or an ERR_PTR for nothing to do
 *
 * What it still has mapped is unmapped, and its unmanaged domain goes.
 *
 * Context: Process; sleeps.
 * Return: 0, or -EBUSY while a client of dmaengine holds its channel.
 */
int lab_master_destroy(struct lab_master *m)
{
	struct lab_buffer *b, *next;
	int ret;

	if (IS_ERR_OR_NULL(m))
		return 0;
	ret = lab_channel_remove(m);
	if (ret) {
		lab_complain(m->params.name, "its channel is in use");
		return ret;
	}
	list_for_each_entry_safe(b, next, &m->buffers, link)
		lab_buffer_unmap(b);
	lab_master_give_domain(m);
	mutex_lock(&m->iommu->lock);
	list_del(&m->link);
	mutex_unlock(&m->iommu->lock);
	platform_device_unregister(&m->pdev);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(lab_master_destroy);

/**
 * lab_master_attach() - a master goes by another domain from now on
 * @m:		the master
 * @domain:	the domain
 *
 * Waits for transfers of the engine that go by the former.
 *
 * Context: Process; sleeps.
 * Return: 0.
 */
int lab_master_attach(struct lab_master *m, struct iommu_domain *domain)
{
	down_write(&m->attach_lock);
	m->attached = domain;
	up_write(&m->attach_lock);
	return 0;
}

/**
 * lab_master_init() - before there is any master
 *
 * Context: Process; sleeps.
 * Return: 0 or an errno.
 */
int lab_master_init(void)
{
	return platform_driver_register(&driver);
}

/**
 * lab_master_exit() - after the last
 *
 * Context: Process; sleeps.
 */
void lab_master_exit(void)
{
	platform_driver_unregister(&driver);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A master: a platform device behind a fake IOMMU, with an engine that moves bytes.
 * Each holds a reference of the module, as the IOMMU core takes one for it.
 */
#ifndef LAB_IOMMU_MASTER_H
#define LAB_IOMMU_MASTER_H

#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/rwsem.h>

#include "iommu/faults.h"
#include "iommu/iommu.h"

struct lab_channel;

/**
 * struct lab_master_params - what a master is to be
 * @name:	how people call it
 * @mask_bits:	address bits that it has, 1 to 64
 * @boundary:	a segment of a scatterlist crosses no multiple of this; a power of two, 0
 *		for none
 * @max_segment: bytes of a segment at the most
 * @coherent:	it snoops the CPU's caches
 * @channel:	its engine is offered to dmaengine
 */
struct lab_master_params {
	char name[LAB_NAME_BYTES];
	unsigned int mask_bits;
	u64 boundary;
	u32 max_segment;
	bool coherent;
	bool channel;
};

/**
 * struct lab_master - a master
 * @pdev:	the device, whose last reference frees all
 * @link:	in the IOMMU's list
 * @iommu:	what it is behind
 * @params:	what was asked for
 * @attached:	the domain that it goes by, NULL for none
 * @attach_lock: for reading while the engine goes by @attached
 * @faults:	accesses that did not come through
 * @moved:	bytes that the engine has read or written
 * @channel:	its engine in dmaengine, or NULL
 * @lock:	orders buffers that come and go, and the unmanaged domain
 * @buffers:	struct lab_buffer
 * @next_buffer: number of the next buffer
 * @unmanaged:	the domain that people map in by hand, or NULL
 */
struct lab_master {
	struct platform_device pdev;
	struct list_head link;
	struct lab_iommu *iommu;
	struct lab_master_params params;
	struct iommu_domain *attached;
	struct rw_semaphore attach_lock; /* @attached */
	struct lab_faults faults;
	atomic64_t moved;
	struct lab_channel *channel;
	struct mutex lock; /* all below */
	struct list_head buffers;
	unsigned int next_buffer;
	struct iommu_domain *unmanaged;
};

void lab_master_params_default(struct lab_master_params *params);
int lab_master_parse(const char *as, char *text, struct lab_master_params *params);

struct lab_master *lab_master_create(struct lab_iommu *iommu,
				     const struct lab_master_params *params);
int lab_master_destroy(struct lab_master *m);
struct lab_master *lab_master_of(struct device *dev);
int lab_master_attach(struct lab_master *m, struct iommu_domain *domain);

/* A domain that people map in by hand (by_hand.c) */
int lab_master_take_domain(struct lab_master *m);
int lab_master_give_domain(struct lab_master *m);
int lab_master_map(struct lab_master *m, u64 iova, phys_addr_t pa, size_t bytes, int prot);
int lab_master_unmap(struct lab_master *m, u64 iova, size_t bytes);

/* The engine (engine.c) */
int lab_engine_read(struct lab_master *m, u64 iova, void *to, size_t bytes);
int lab_engine_write(struct lab_master *m, u64 iova, const void *from, size_t bytes);
int lab_engine_write_owned(struct lab_master *m, u64 iova, const void *from, size_t bytes);
int lab_engine_copy_owned(struct lab_master *m, u64 to, u64 from, size_t bytes);
int lab_engine_copy(struct lab_master *m, u64 to, u64 from, size_t bytes);

/* The engine as a channel of dmaengine (channel.c) */
#if IS_ENABLED(CONFIG_DMA_ENGINE)
int lab_channel_add(struct lab_master *m);
int lab_channel_remove(struct lab_master *m);
const char *lab_channel_name(struct lab_master *m);
#else
static inline int lab_channel_add(struct lab_master *m)
{
	return -EOPNOTSUPP;
}

static inline int lab_channel_remove(struct lab_master *m)
{
	return 0;
}

static inline const char *lab_channel_name(struct lab_master *m)
{
	return NULL;
}
#endif

int lab_master_init(void);
void lab_master_exit(void);

#endif /* LAB_IOMMU_MASTER_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fake IOMMU: registered with the kernel's IOMMU core like any other, with
 * masters of the lab's own behind it and nobody else's.
 *
 *	DMA API -> iommu-dma -> IOMMU core -> domain (an instance) -> tables
 *	master's engine -> IOTLB -> walker -> tables -> bytes
 *
 * What software can show is what is in the tables, and which calls, flushes and bounces
 * came in which order; not whether silicon is coherent.
 */
#ifndef LAB_IOMMU_H
#define LAB_IOMMU_H

#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/mutex.h>

#include "instance.h"

/* What masters begin with. */
enum lab_iommu_mode {
	LAB_IOMMU_STRICT,	/* iommu-dma, TLB invalidated at each unmap */
	LAB_IOMMU_LAZY,		/* iommu-dma, TLB invalidated by a flush queue */
	LAB_IOMMU_IDENTITY,	/* no translation */
	LAB_IOMMU_NR_MODES
};

extern const char * const lab_iommu_mode_names[LAB_IOMMU_NR_MODES];

/**
 * struct lab_iommu_params - what an IOMMU is to be
 * @domain:	what its domains are; the name there is the IOMMU's
 * @mode:	what masters begin with
 * @reserved:	input addresses that nobody may use; none where first > last
 */
struct lab_iommu_params {
	struct lab_params domain;
	enum lab_iommu_mode mode;
	struct {
		u64 first, last;
	} reserved;
};

/**
 * struct lab_iommu_profile - an IOMMU of the field
 * @name:	how people call it
 * @about:	what it is like
 * @words:	it in the words of create
 */
struct lab_iommu_profile {
	const char *name;
	const char *about;
	const char *words;
};

extern const struct lab_iommu_profile lab_iommu_profiles[];
extern const unsigned int lab_iommu_nr_profiles;

/**
 * struct lab_iommu - a fake IOMMU
 * @params:	what was asked for
 * @core:	what the IOMMU core knows it by
 * @tally:	the rules; its domains and masters count here
 * @lock:	orders masters that come and go, and @domains
 * @masters:	struct lab_master
 * @domains:	struct lab_domain
 * @fail_attach: the next attach of a domain that is nobody's default is refused
 */
struct lab_iommu {
	struct lab_iommu_params params;
	struct iommu_device core;
	struct lab_tally tally;
	struct mutex lock; /* @masters, @domains */
	struct list_head masters;
	struct list_head domains;
	bool fail_attach;
};

int lab_iommu_parse(char *text, struct lab_iommu_params *params);
const char *lab_iommu_refuses(void);

struct lab_iommu *lab_iommu_create(const struct lab_iommu_params *params,
				   struct lab_tally *parent);
int lab_iommu_destroy(struct lab_iommu *iommu);
int lab_iommu_verify(struct lab_iommu *iommu);

int lab_iommu_init(void);
void lab_iommu_exit(void);

#endif /* LAB_IOMMU_H */

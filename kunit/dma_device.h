/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device whose DMA operations are the test's: it keeps in mind what is mapped for it,
 * and one mapping, which is counted, has a fate.
 */
#ifndef LAB_DMA_DEVICE_H
#define LAB_DMA_DEVICE_H

#include <linux/types.h>

struct device;
struct io_pgtable_ops;
struct kunit;

/* The most that is mapped for it at a time */
#define LAB_DMA_MAPPINGS	16

/* What becomes of the mapping that is due */
enum lab_dma_fate {
	LAB_DMA_FAILS,
	LAB_DMA_MOVES,		/* to another address than the memory's own */
	LAB_DMA_IS_OVERTAKEN,	/* by another CPU, which maps a page */
};

/**
 * struct lab_dma_seen - what the device was asked
 * @live:	what is mapped for it: address and length, which is 0 for none
 * @maps:	how often something was mapped
 * @wrong:	calls that do not fit what is mapped
 * @at:		the mapping that has a fate, counted from 1; 0 for none
 * @fate:	that fate
 * @looked_for:	an address
 * @shown:	it was in what was synced
 * @racer:	the page table in which another CPU maps a page; NULL once it has
 * @race_iova:	where it does
 */
struct lab_dma_seen {
	struct {
		dma_addr_t dma;
		size_t bytes;
	} live[LAB_DMA_MAPPINGS];
	unsigned int maps, wrong;
	unsigned int at;
	enum lab_dma_fate fate;
	dma_addr_t looked_for;
	bool shown;
	struct io_pgtable_ops *racer;
	u64 race_iova;
};

/* KUnit runs one case at a time: one device is enough. */
extern struct lab_dma_seen lab_dma_seen;

struct device *lab_dma_device(struct kunit *test);
unsigned int lab_dma_live(void);
void lab_dma_race(void);

#endif /* LAB_DMA_DEVICE_H */

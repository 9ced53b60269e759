/* SPDX-License-Identifier: GPL-2.0-only */
/* A client of a master's channel, which notes what it is told. */
#ifndef LAB_CHANNEL_CLIENT_H
#define LAB_CHANNEL_CLIENT_H

#include <linux/completion.h>
#include <linux/dmaengine.h>
#include <linux/sizes.h>

#include "iommu_fixture.h"

enum {
	LAB_CLIENT_BYTES = SZ_16K,	/* of a buffer */
	LAB_CLIENT_NOTES = 16,		/* transfers of a case */
};

/**
 * struct lab_note - a transfer, and what its client was told of it
 * @c:		the client
 * @cookie:	how dmaengine calls the transfer
 * @result:	of it
 * @when:	how many had been told before
 * @times:	how often it was told
 */
struct lab_note {
	struct lab_client *c;
	dma_cookie_t cookie;
	struct dmaengine_result result;
	unsigned int when;
	unsigned int times;
};

/**
 * struct lab_client - a client
 * @test:	with which it goes
 * @f:		IOMMU and master
 * @chan:	the master's channel, once it has it
 * @from:	what is read
 * @to:		what is written
 * @from_iova:	where the device finds @from
 * @to_iova:	where the device finds @to
 * @told:	completed once for each transfer that was told
 * @nr_told:	how many were
 * @notes:	of its transfers
 * @nr:		how many these are
 */
struct lab_client {
	struct kunit *test;
	struct lab_fake *f;
	struct dma_chan *chan;
	u8 *from, *to;
	dma_addr_t from_iova, to_iova;
	struct completion told;
	unsigned int nr_told;
	struct lab_note notes[LAB_CLIENT_NOTES];
	unsigned int nr;
};

bool lab_client_owns(struct dma_chan *chan, void *m);
struct dma_chan *lab_client_ask(struct lab_master *m);

struct lab_client *lab_client_idle(struct kunit *test);
struct lab_client *lab_client_ready(struct kunit *test);
void lab_client_take(struct lab_client *c);
void lab_client_give(struct lab_client *c);

struct lab_note *lab_client_prepare(struct lab_client *c, dma_addr_t to, dma_addr_t from,
				    size_t bytes, struct dma_async_tx_descriptor **tx);
struct lab_note *lab_client_submit(struct lab_client *c, dma_addr_t to, dma_addr_t from,
				   size_t bytes);
void lab_client_wait(struct lab_client *c, unsigned int nr);
struct lab_note *lab_client_transfer(struct lab_client *c, dma_addr_t to, dma_addr_t from,
				     size_t bytes);

void lab_client_expect_status(struct lab_client *c, const struct lab_note *note,
			      enum dma_status status, u32 residue);
void lab_client_expect_well(struct lab_client *c, const struct lab_note *note);

#endif /* LAB_CHANNEL_CLIENT_H */

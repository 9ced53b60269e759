// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client of a master's channel, as a driver would be one.  What it acquires goes with
 * its test: the channel before the buffers, and these before the master.
 */
#include <kunit/resource.h>
#include <linux/dma-mapping.h>
#include <linux/jiffies.h>

#include "channel_client.h"

/* For one transfer, on the slowest guest */
#define PATIENCE	msecs_to_jiffies(20000)

/**
 * lab_client_owns() - whether a channel is a master's
 * @chan:	any channel
 * @m:		the master
 *
 * Context: Any.
 */
bool lab_client_owns(struct dma_chan *chan, void *m)
{
	return chan->device->dev == &((struct lab_master *)m)->pdev.dev;
}

/**
 * lab_client_ask() - ask dmaengine for a master's channel
 * @m:		the master
 *
 * Context: Process; sleeps.
 * Return: the channel, or NULL where it is not to be had.
 */
struct dma_chan *lab_client_ask(struct lab_master *m)
{
	dma_cap_mask_t mask;

	dma_cap_zero(mask);
	dma_cap_set(DMA_MEMCPY, mask);
	return dma_request_channel(mask, lab_client_owns, m);
}

static void release_channel(void *chan)
{
	dma_release_channel(chan);
}

static void unmap_from(void *ctx)
{
	struct lab_client *c = ctx;

	dma_unmap_single(c->f->dev, c->from_iova, LAB_CLIENT_BYTES, DMA_TO_DEVICE);
}

static void unmap_to(void *ctx)
{
	struct lab_client *c = ctx;

	dma_unmap_single(c->f->dev, c->to_iova, LAB_CLIENT_BYTES, DMA_FROM_DEVICE);
}

/**
 * lab_client_idle() - a client of a channel that it does not have yet
 * @test:	the test; skipped where the kernel has no dmaengine
 *
 * Context: Process.
 * Return: the client, whose master's channel nobody has.
 */
struct lab_client *lab_client_idle(struct kunit *test)
{
	struct lab_master_params master;
	struct lab_client *c;

	if (!IS_ENABLED(CONFIG_DMA_ENGINE))
		kunit_skip(test, "this kernel has no dmaengine (CONFIG_DMA_ENGINE)");
	c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, c);
	c->test = test;
	init_completion(&c->told);
	lab_master_params_default(&master);
	master.channel = true;
	c->f = lab_fake_of_profile(test, LAB_FAKE_PROFILE, &master);
	return c;
}

/**
 * lab_client_take() - have its channel
 * @c:		the client
 *
 * Context: Process.
 */
void lab_client_take(struct lab_client *c)
{
	struct kunit *test = c->test;

	c->chan = lab_client_ask(c->f->m);
	KUNIT_ASSERT_NOT_NULL(test, c->chan);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, release_channel, c->chan));
}

/**
 * lab_client_give() - give it back before the test ends
 * @c:		the client
 *
 * Context: Process.
 */
void lab_client_give(struct lab_client *c)
{
	kunit_release_action(c->test, release_channel, c->chan);
}

/**
 * lab_client_ready() - a client that has its channel and two buffers
 * @test:	the test; skipped where the kernel has no dmaengine
 *
 * Context: Process.
 * Return: the client; what is read is filled, what is written is zero, and both are
 * mapped by the DMA API.
 */
struct lab_client *lab_client_ready(struct kunit *test)
{
	struct lab_client *c = lab_client_idle(test);
	struct device *dev = c->f->dev;

	c->from = lab_fake_pages(test, get_order(LAB_CLIENT_BYTES));
	c->to = lab_fake_pages(test, get_order(LAB_CLIENT_BYTES));
	/* No two pages are the same. */
	for (size_t i = 0; i < LAB_CLIENT_BYTES; i++)
		c->from[i] = 1 + i + (i >> 8);

	c->from_iova = dma_map_single(dev, c->from, LAB_CLIENT_BYTES, DMA_TO_DEVICE);
	KUNIT_ASSERT_EQ(test, 0, dma_mapping_error(dev, c->from_iova));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, unmap_from, c));
	c->to_iova = dma_map_single(dev, c->to, LAB_CLIENT_BYTES, DMA_FROM_DEVICE);
	KUNIT_ASSERT_EQ(test, 0, dma_mapping_error(dev, c->to_iova));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, unmap_to, c));
	lab_client_take(c);
	return c;
}

static void was_told(void *param, const struct dmaengine_result *result)
{
	struct lab_note *note = param;

	note->result = *result;
	note->when = note->c->nr_told++;
	note->times++;
	complete(&note->c->told);
}

/**
 * lab_client_prepare() - prepare a transfer, without submitting it
 * @c:		the client
 * @to:		first input address that is written
 * @from:	first input address that is read
 * @bytes:	length
 * @tx:		filled in: the transfer
 *
 * Context: Process.
 * Return: the note of what will be told.
 */
struct lab_note *lab_client_prepare(struct lab_client *c, dma_addr_t to, dma_addr_t from,
				    size_t bytes, struct dma_async_tx_descriptor **tx)
{
	struct lab_note *note = &c->notes[c->nr];

	KUNIT_ASSERT_LT(c->test, c->nr, LAB_CLIENT_NOTES);
	*tx = dmaengine_prep_dma_memcpy(c->chan, to, from, bytes,
					DMA_PREP_INTERRUPT | DMA_CTRL_ACK);
	KUNIT_ASSERT_NOT_NULL(c->test, *tx);
	c->nr++;
	note->c = c;
	(*tx)->callback_result = was_told;
	(*tx)->callback_param = note;
	return note;
}

/**
 * lab_client_submit() - submit a transfer
 * @c:		the client
 * @to:		first input address that is written
 * @from:	first input address that is read
 * @bytes:	length
 *
 * Context: Process.
 * Return: as lab_client_prepare().
 */
struct lab_note *lab_client_submit(struct lab_client *c, dma_addr_t to, dma_addr_t from,
				   size_t bytes)
{
	struct dma_async_tx_descriptor *tx;
	struct lab_note *note = lab_client_prepare(c, to, from, bytes, &tx);

	note->cookie = dmaengine_submit(tx);
	KUNIT_ASSERT_FALSE(c->test, dma_submit_error(note->cookie));
	return note;
}

/**
 * lab_client_wait() - wait until transfers were told
 * @c:		the client
 * @nr:		how many more
 *
 * Context: Process.
 */
void lab_client_wait(struct lab_client *c, unsigned int nr)
{
	while (nr--)
		KUNIT_ASSERT_NE(c->test, 0, wait_for_completion_timeout(&c->told, PATIENCE));
}

/**
 * lab_client_transfer() - a transfer, from its submission to its end
 * @c:		the client, which has no other under way
 * @to:		first input address that is written
 * @from:	first input address that is read
 * @bytes:	length
 *
 * Context: Process.
 * Return: the note of what was told.
 */
struct lab_note *lab_client_transfer(struct lab_client *c, dma_addr_t to, dma_addr_t from,
				     size_t bytes)
{
	struct lab_note *note = lab_client_submit(c, to, from, bytes);

	dma_async_issue_pending(c->chan);
	lab_client_wait(c, 1);
	KUNIT_EXPECT_EQ(c->test, note->times, 1);
	return note;
}

/**
 * lab_client_expect_status() - what dmaengine says of a transfer
 * @c:		the client
 * @note:	the transfer
 * @status:	what it has to say
 * @residue:	bytes that are left, as it has to say
 *
 * Context: Process.
 */
void lab_client_expect_status(struct lab_client *c, const struct lab_note *note,
			      enum dma_status status, u32 residue)
{
	struct dma_tx_state state = {};

	KUNIT_EXPECT_EQ(c->test, dmaengine_tx_status(c->chan, note->cookie, &state), status);
	KUNIT_EXPECT_EQ(c->test, state.residue, residue);
}

/**
 * lab_client_expect_well() - a transfer ended well
 * @c:		the client
 * @note:	the transfer
 *
 * Context: Process.
 */
void lab_client_expect_well(struct lab_client *c, const struct lab_note *note)
{
	KUNIT_EXPECT_EQ(c->test, note->result.result, DMA_TRANS_NOERROR);
	KUNIT_EXPECT_EQ(c->test, note->result.residue, 0);
	lab_client_expect_status(c, note, DMA_COMPLETE, 0);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The channel of dmaengine: what its clients may rely on, and that what a domain does
 * not let through is no transfer that went well.
 */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/irqflags.h>
#include <linux/string.h>

#include "channel_client.h"

static void expect_copied(struct lab_client *c, size_t to, size_t from, size_t bytes)
{
	KUNIT_EXPECT_MEMEQ(c->test, c->to + to, c->from + from, bytes);
}

static void expect_untouched(struct lab_client *c, size_t to, size_t bytes)
{
	KUNIT_EXPECT_NULL(c->test, memchr_inv(c->to + to, 0, bytes));
}

/* Passing proves that a transfer moves its bytes, at any offset, and none beside them. */
static void bytes_arrive(struct kunit *test)
{
	struct lab_client *c = lab_client_ready(test);
	u64 moved = atomic64_read(&c->f->m->moved);
	struct lab_note *note;

	note = lab_client_transfer(c, c->to_iova + 4093, c->from_iova + 7, 8191);
	lab_client_expect_well(c, note);
	expect_copied(c, 4093, 7, 8191);
	expect_untouched(c, 0, 4093);
	expect_untouched(c, 4093 + 8191, LAB_CLIENT_BYTES - 4093 - 8191);
	/* Read and written, by the engine and nothing else */
	KUNIT_EXPECT_EQ(test, atomic64_read(&c->f->m->moved) - moved, 2 * 8191);
	KUNIT_EXPECT_EQ(test, c->f->m->faults.nr, 0);
	lab_fake_expect_right(test, c->f);
}

/* Passing proves that nothing begins before it may, and that its status says so. */
static void waits_to_be_issued(struct kunit *test)
{
	struct lab_client *c = lab_client_ready(test);
	struct lab_note *note = lab_client_submit(c, c->to_iova, c->from_iova, SZ_4K);

	dmaengine_synchronize(c->chan);
	lab_client_expect_status(c, note, DMA_IN_PROGRESS, SZ_4K);
	KUNIT_EXPECT_EQ(test, note->times, 0);
	expect_untouched(c, 0, SZ_4K);
	dma_async_issue_pending(c->chan);
	lab_client_wait(c, 1);
	lab_client_expect_well(c, note);
	expect_copied(c, 0, 0, SZ_4K);
}

/* Passing proves that transfers get cookies that follow each other, and end in their order. */
static void cookies_in_order(struct kunit *test)
{
	struct lab_client *c = lab_client_ready(test);

	for (unsigned int i = 0; i < LAB_CLIENT_NOTES; i++)
		lab_client_submit(c, c->to_iova + i * SZ_1K, c->from_iova + i * SZ_1K, SZ_1K - i);
	dma_async_issue_pending(c->chan);
	lab_client_wait(c, LAB_CLIENT_NOTES);
	for (unsigned int i = 0; i < LAB_CLIENT_NOTES; i++) {
		const struct lab_note *note = &c->notes[i];

		KUNIT_EXPECT_EQ(test, note->cookie, c->notes[0].cookie + (dma_cookie_t)i);
		KUNIT_EXPECT_EQ(test, note->times, 1);
		KUNIT_EXPECT_EQ(test, note->when, i);
		lab_client_expect_well(c, note);
		expect_copied(c, i * SZ_1K, i * SZ_1K, SZ_1K - i);
	}
}

static void just_told(void *told)
{
	complete(told);
}

/* Passing proves that clients who want no result are told all the same. */
static void plain_callback_is_called(struct kunit *test)
{
	struct lab_client *c = lab_client_ready(test);
	struct dma_async_tx_descriptor *tx;
	struct lab_note *note = lab_client_prepare(c, c->to_iova, c->from_iova, SZ_4K, &tx);

	tx->callback_result = NULL;
	tx->callback = just_told;
	tx->callback_param = &c->told;
	note->cookie = dmaengine_submit(tx);
	dma_async_issue_pending(c->chan);
	lab_client_wait(c, 1);
	KUNIT_EXPECT_EQ(test, note->times, 0);
	lab_client_expect_well(c, note);
	expect_copied(c, 0, 0, SZ_4K);
}

/* Passing proves that a transfer which cannot be is not prepared. */
static void nothing_is_no_transfer(struct kunit *test)
{
	struct lab_client *c = lab_client_ready(test);

	KUNIT_EXPECT_NULL(test, dmaengine_prep_dma_memcpy(c->chan, c->to_iova,
							  c->from_iova, 0, 0));
}

/* Passing proves that a client need not be where it may sleep. */
static void atomic_context_will_do(struct kunit *test)
{
	struct lab_client *c = lab_client_ready(test);
	struct dma_async_tx_descriptor *tx;
	unsigned long flags;
	int ret = -ENOMEM;

	local_irq_save(flags);
	tx = dmaengine_prep_dma_memcpy(c->chan, c->to_iova, c->from_iova, SZ_4K, 0);
	if (tx) {
		dmaengine_submit(tx);
		dma_async_issue_pending(c->chan);
		ret = dmaengine_terminate_async(c->chan);
	}
	local_irq_restore(flags);
	KUNIT_EXPECT_EQ(test, 0, ret);
	dmaengine_synchronize(c->chan);
}

/* Passing proves that terminated transfers end as failed, untold, and the channel goes on. */
static void terminated_is_not_told(struct kunit *test)
{
	struct lab_client *c = lab_client_ready(test);
	struct lab_note *note;

	lab_client_submit(c, c->to_iova, c->from_iova, SZ_4K);
	lab_client_submit(c, c->to_iova, c->from_iova, SZ_4K);
	KUNIT_EXPECT_EQ(test, 0, dmaengine_terminate_sync(c->chan));
	dma_async_issue_pending(c->chan);
	dmaengine_synchronize(c->chan);
	lab_client_expect_status(c, &c->notes[0], DMA_ERROR, 0);
	lab_client_expect_status(c, &c->notes[1], DMA_ERROR, 0);
	KUNIT_EXPECT_EQ(test, c->nr_told, 0);
	expect_untouched(c, 0, SZ_4K);

	note = lab_client_transfer(c, c->to_iova, c->from_iova, SZ_4K);
	lab_client_expect_well(c, note);
	expect_copied(c, 0, 0, SZ_4K);
	lab_client_expect_status(c, &c->notes[1], DMA_ERROR, 0);
}

/* Have the engine stand still in a transfer, which is issued. */
static bool hold_engine(struct lab_client *c)
{
	struct lab_master *m = c->f->m;

	down_write(&m->attach_lock);
	dma_async_issue_pending(c->chan);
	for (unsigned int i = 0; i < 1000 && !rwsem_is_contended(&m->attach_lock); i++)
		msleep(20);
	return rwsem_is_contended(&m->attach_lock);
}

/* Passing proves that the one being executed is dropped, too, and waited for. */
static void terminated_in_process(struct kunit *test)
{
	struct lab_client *c = lab_client_ready(test);
	struct lab_note *note;
	bool held;

	lab_client_submit(c, c->to_iova, c->from_iova, LAB_CLIENT_BYTES);
	lab_client_submit(c, c->to_iova, c->from_iova, LAB_CLIENT_BYTES);
	held = hold_engine(c);
	if (held) {
		lab_client_expect_status(c, &c->notes[0], DMA_IN_PROGRESS, LAB_CLIENT_BYTES);
		lab_client_expect_status(c, &c->notes[1], DMA_IN_PROGRESS, LAB_CLIENT_BYTES);
		KUNIT_EXPECT_EQ(test, 0, dmaengine_terminate_async(c->chan));
		lab_client_expect_status(c, &c->notes[0], DMA_ERROR, 0);
		lab_client_expect_status(c, &c->notes[1], DMA_ERROR, 0);
	}
	up_write(&c->f->m->attach_lock);
	KUNIT_ASSERT_TRUE(test, held);
	dmaengine_synchronize(c->chan);
	KUNIT_EXPECT_EQ(test, c->nr_told, 0);
	/* What is moved at once, and no more */
	expect_untouched(c, SZ_4K, LAB_CLIENT_BYTES - SZ_4K);

	note = lab_client_transfer(c, c->to_iova, c->from_iova, LAB_CLIENT_BYTES);
	lab_client_expect_well(c, note);
}

/* Passing proves that a client may go whatever it leaves behind. */
static void release_drops_all(struct kunit *test)
{
	struct lab_client *c = lab_client_ready(test);
	struct dma_async_tx_descriptor *tx;

	for (unsigned int i = 0; i < 8; i++)
		lab_client_submit(c, c->to_iova, c->from_iova, LAB_CLIENT_BYTES);
	dma_async_issue_pending(c->chan);
	lab_client_submit(c, c->to_iova, c->from_iova, LAB_CLIENT_BYTES);
	lab_client_prepare(c, c->to_iova, c->from_iova, LAB_CLIENT_BYTES, &tx);
	lab_client_give(c);

	KUNIT_EXPECT_LE(test, c->nr_told, 8);
	KUNIT_EXPECT_EQ(test, c->notes[8].times, 0);
	KUNIT_EXPECT_EQ(test, c->notes[9].times, 0);
	KUNIT_EXPECT_EQ(test, 0, lab_channel_remove(c->f->m));
}

/* Passing proves that a read which faults ends its transfer as one that could not read. */
static void read_fault_fails(struct kunit *test)
{
	struct lab_client *c = lab_client_ready(test);
	struct device *dev = c->f->dev;
	struct lab_note *note;
	dma_addr_t gone;
	void *page;

	page = lab_fake_pages(test, 0);
	gone = dma_map_single(dev, page, PAGE_SIZE, DMA_TO_DEVICE);
	KUNIT_ASSERT_EQ(test, 0, dma_mapping_error(dev, gone));
	dma_unmap_single(dev, gone, PAGE_SIZE, DMA_TO_DEVICE);

	note = lab_client_transfer(c, c->to_iova, gone, SZ_4K);
	KUNIT_EXPECT_EQ(test, note->result.result, DMA_TRANS_READ_FAILED);
	KUNIT_EXPECT_EQ(test, note->result.residue, SZ_4K);
	lab_client_expect_status(c, note, DMA_ERROR, 0);
	expect_untouched(c, 0, LAB_CLIENT_BYTES);
	KUNIT_EXPECT_EQ(test, lab_fake_faults(c->f, LAB_FAULT_TRANSLATION), 1);

	note = lab_client_transfer(c, c->to_iova, c->from_iova, SZ_4K);
	lab_client_expect_well(c, note);
	lab_client_expect_status(c, &c->notes[0], DMA_ERROR, 0);
}

/* Passing proves that memory which is mapped for reading alone cannot be written. */
static void write_fault_fails(struct kunit *test)
{
	struct lab_client *c = lab_client_ready(test);
	struct lab_note *note;

	if (!lab_fake_has_perms(c->f))
		kunit_skip(test, "tables of this profile have no permissions");
	note = lab_client_transfer(c, c->from_iova, c->from_iova + SZ_4K, SZ_4K);
	KUNIT_EXPECT_EQ(test, note->result.result, DMA_TRANS_WRITE_FAILED);
	KUNIT_EXPECT_EQ(test, note->result.residue, SZ_4K);
	lab_client_expect_status(c, note, DMA_ERROR, 0);
	KUNIT_EXPECT_EQ(test, c->from[0], 1);
	KUNIT_EXPECT_EQ(test, lab_fake_faults(c->f, LAB_FAULT_PERMISSION), 1);
}

/* Passing proves that a client is told how far a transfer came that met a fault. */
static void fault_leaves_residue(struct kunit *test)
{
	enum { FROM = SZ_1M, TO = SZ_2M, THERE = 2 };
	struct lab_client *c = lab_client_idle(test);
	struct lab_master *m = c->f->m;
	struct lab_note *note;

	c->from = lab_fake_pages(test, 1);
	c->to = lab_fake_pages(test, 1);
	memset(c->from, 0xa5, THERE * PAGE_SIZE);
	KUNIT_ASSERT_EQ(test, 0, lab_master_take_domain(m));
	KUNIT_ASSERT_EQ(test, 0, lab_master_map(m, FROM, virt_to_phys(c->from),
						THERE * PAGE_SIZE, IOMMU_READ));
	KUNIT_ASSERT_EQ(test, 0, lab_master_map(m, TO, virt_to_phys(c->to),
						THERE * PAGE_SIZE, IOMMU_WRITE));
	lab_client_take(c);

	note = lab_client_transfer(c, TO, FROM, (THERE + 2) * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, note->result.result, DMA_TRANS_READ_FAILED);
	KUNIT_EXPECT_EQ(test, note->result.residue, 2 * PAGE_SIZE);
	lab_client_expect_status(c, note, DMA_ERROR, 0);
	expect_copied(c, 0, 0, THERE * PAGE_SIZE);
}

/* Passing proves that nobody takes a channel from under its client. */
static void busy_channel_stays(struct kunit *test)
{
	struct lab_client *c = lab_client_ready(test);
	struct lab_master *m = c->f->m;
	struct lab_note *note;

	KUNIT_EXPECT_EQ(test, -EBUSY, lab_channel_remove(m));
	KUNIT_EXPECT_EQ(test, -EBUSY, lab_master_destroy(m));
	KUNIT_ASSERT_NOT_NULL(test, lab_channel_name(m));
	note = lab_client_transfer(c, c->to_iova, c->from_iova, SZ_4K);
	lab_client_expect_well(c, note);
}

/* Passing proves that a channel which nobody has goes, and comes back for the next. */
static void idle_channel_goes(struct kunit *test)
{
	struct lab_client *c = lab_client_idle(test);
	struct lab_master *m = c->f->m;

	KUNIT_EXPECT_EQ(test, -EEXIST, lab_channel_add(m));
	KUNIT_EXPECT_EQ(test, 0, lab_channel_remove(m));
	KUNIT_EXPECT_NULL(test, lab_channel_name(m));
	KUNIT_EXPECT_NULL(test, lab_client_ask(m));
	KUNIT_EXPECT_EQ(test, 0, lab_channel_remove(m));
	KUNIT_ASSERT_EQ(test, 0, lab_channel_add(m));
	lab_client_take(c);
	KUNIT_EXPECT_STREQ(test, dma_chan_name(c->chan), lab_channel_name(m));
}

static void forget_dmaengine(void *unused)
{
	dmaengine_put();
}

/* Passing proves that only who asks for it has it, and nobody besides. */
static void channel_is_private(struct kunit *test)
{
	struct lab_client *c = lab_client_idle(test);
	struct dma_chan *public;

	dmaengine_get();
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, forget_dmaengine, NULL));
	public = dma_find_channel(DMA_MEMCPY);
	KUNIT_EXPECT_FALSE(test, public && lab_client_owns(public, c->f->m));
	lab_client_take(c);
	KUNIT_EXPECT_NULL(test, lab_client_ask(c->f->m));
	KUNIT_EXPECT_EQ(test, c->chan->client_count, 1);
}

static struct kunit_case channel_cases[] = {
	KUNIT_CASE(bytes_arrive),
	KUNIT_CASE(waits_to_be_issued),
	KUNIT_CASE(cookies_in_order),
	KUNIT_CASE(plain_callback_is_called),
	KUNIT_CASE(nothing_is_no_transfer),
	KUNIT_CASE(atomic_context_will_do),
	KUNIT_CASE(terminated_is_not_told),
	KUNIT_CASE(terminated_in_process),
	KUNIT_CASE(release_drops_all),
	KUNIT_CASE(read_fault_fails),
	KUNIT_CASE(write_fault_fails),
	KUNIT_CASE(fault_leaves_residue),
	KUNIT_CASE(busy_channel_stays),
	KUNIT_CASE(idle_channel_goes),
	KUNIT_CASE(channel_is_private),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite channel_suite = {
	.name		= "lab_channel",
	.test_cases	= channel_cases,
	LAB_SUITE_OF_THE_LAB,
};

kunit_test_suite(channel_suite);

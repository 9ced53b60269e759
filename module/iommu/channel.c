// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine of a master as a channel of dmaengine, so that the kernel's own clients
 * can drive it: memory to memory, one transfer after the other in the order in which
 * they were submitted, executed by a workqueue of the channel's own.
 *
 * The channel is private: who wants it asks for it, and no client of a board's real
 * engines is served by it unasked.  drivers/dma/dmaengine.h and virt-dma.h are not
 * there for modules built out of tree, so that cookies and lists are kept here.
 *
 * A transfer is in one of three lists, or is the one being executed; all of that is
 * under the channel's lock, which is taken in any context.  A transfer belongs to the
 * worker alone while that executes it: who terminates marks it, and the worker drops
 * it.  Knows of a master its engine and its faults.
 */
#include <kunit/visibility.h>
#include <linux/bottom_half.h>
#include <linux/dmaengine.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "iommu/cookies.h"
#include "iommu/master.h"
#include "compat/compat.h"

enum {
	BURST_BYTES	= 4096,	/* moved between two looks at whether to go on */
	FAULTS_SEEN	= 4,	/* of a burst, to tell which access failed */
};

/* What a transfer in process has come to */
enum outcome {
	DONE,
	FAILED,
	DROPPED,
};

/**
 * struct transfer - a descriptor
 * @tx:		what the client knows it by
 * @link:	in one of the channel's lists
 * @to:		first input address that is written
 * @from:	first input address that is read
 * @bytes:	length
 * @moved:	of them so far, in whole bursts
 * @dropped:	it was terminated while it was executed
 */
struct transfer {
	struct dma_async_tx_descriptor tx;
	struct list_head link;
	dma_addr_t to, from;
	u32 bytes;
	u32 moved;
	bool dropped;
};

/**
 * struct lab_channel - a channel
 * @dma:	what dmaengine knows it by, whose last reference frees all
 * @chan:	its only channel
 * @m:		whose engine it is
 * @queue:	executes transfers
 * @work:	on @queue
 * @lock:	protects all below, and the cookies in @chan
 * @prepared:	transfers that were not submitted
 * @submitted:	transfers that may not begin yet
 * @issued:	transfers that may
 * @running:	the one being executed, or NULL
 * @failed:	cookies of the last transfers that failed or were terminated
 * @held:	a client has it
 * @closing:	no client may have it any more
 */
struct lab_channel {
	struct dma_device dma;
	struct dma_chan chan;
	struct lab_master *m;
	struct workqueue_struct *queue;
	struct work_struct work;
	spinlock_t lock; /* all below */
	struct list_head prepared, submitted, issued;
	struct transfer *running;
	struct lab_cookies failed;
	bool held;
	bool closing;
};

static struct lab_channel *channel_of(struct dma_chan *chan)
{
	return container_of(chan, struct lab_channel, chan);
}

static struct transfer *transfer_of(struct dma_async_tx_descriptor *tx)
{
	return container_of(tx, struct transfer, tx);
}

static void free_transfer(struct transfer *t)
{
	dma_descriptor_unmap(&t->tx);
	kfree(t);
}

static void free_transfers(struct list_head *transfers)
{
	struct transfer *t, *next;

	list_for_each_entry_safe(t, next, transfers, link)
		free_transfer(t);
}

/* The access that failed, or DMA_TRANS_ABORTED where no fault tells */
static enum dmaengine_tx_result which_failed(struct lab_channel *ch, const struct transfer *t,
					     u64 before)
{
	struct lab_fault fault[FAULTS_SEEN];
	unsigned int nr = lab_faults_last(&ch->m->faults, fault, FAULTS_SEEN);

	/* Of others that use the engine, too */
	for (unsigned int i = 0; i < nr; i++) {
		if (fault[i].nr <= before)
			continue;
		if (fault[i].write && fault[i].iova - t->to < t->bytes)
			return DMA_TRANS_WRITE_FAILED;
		if (!fault[i].write && fault[i].iova - t->from < t->bytes)
			return DMA_TRANS_READ_FAILED;
	}
	return DMA_TRANS_ABORTED;
}

static enum dmaengine_tx_result execute(struct lab_channel *ch, struct transfer *t)
{
	struct lab_fault last;
	u64 before = lab_faults_last(&ch->m->faults, &last, 1) ? last.nr : 0;

	while (t->moved < t->bytes && !READ_ONCE(t->dropped)) {
		u32 bytes = min_t(u32, BURST_BYTES, t->bytes - t->moved);

		if (lab_engine_copy(ch->m, t->to + t->moved, t->from + t->moved, bytes))
			return which_failed(ch, t, before);
		WRITE_ONCE(t->moved, t->moved + bytes);
	}
	return DMA_TRANS_NOERROR;
}

static struct transfer *take(struct lab_channel *ch)
{
	struct transfer *t;

	spin_lock_irq(&ch->lock);
	t = list_first_entry_or_null(&ch->issued, struct transfer, link);
	if (t)
		list_del(&t->link);
	ch->running = t;
	spin_unlock_irq(&ch->lock);
	return t;
}

/* Whether its client is to be told: not of what it has terminated. */
static bool complete_transfer(struct lab_channel *ch, struct transfer *t,
			      enum dmaengine_tx_result result)
{
	bool told;

	spin_lock_irq(&ch->lock);
	ch->running = NULL;
	told = !t->dropped;
	if (told) {
		if (result != DMA_TRANS_NOERROR)
			lab_cookies_add(&ch->failed, t->tx.cookie, t->tx.cookie);
		ch->chan.completed_cookie = t->tx.cookie;
	}
	spin_unlock_irq(&ch->lock);
	return told;
}

static void tell(const struct dma_async_tx_descriptor *tx, const struct dmaengine_result *result)
{
	/* Clients are used to a tasklet: they may not sleep, nor be interrupted by one. */
	local_bh_disable();
	if (tx->callback_result)
		tx->callback_result(tx->callback_param, result);
	else if (tx->callback)
		tx->callback(tx->callback_param);
	local_bh_enable();
}

static void run(struct work_struct *work)
{
	struct lab_channel *ch = container_of(work, struct lab_channel, work);
	struct dmaengine_result result;
	struct transfer *t;

	while ((t = take(ch))) {
		result.result = execute(ch, t);
		result.residue = t->bytes - t->moved;
		if (complete_transfer(ch, t, result.result)) {
			dma_descriptor_unmap(&t->tx);
			tell(&t->tx, &result);
		}
		free_transfer(t);
		cond_resched();
	}
}

static dma_cookie_t submit(struct dma_async_tx_descriptor *tx)
{
	struct lab_channel *ch = channel_of(tx->chan);
	struct transfer *t = transfer_of(tx);
	dma_cookie_t cookie;
	unsigned long flags;

	spin_lock_irqsave(&ch->lock, flags);
	cookie = lab_cookie_after(ch->chan.cookie);
	tx->cookie = cookie;
	ch->chan.cookie = cookie;
	list_move_tail(&t->link, &ch->submitted);
	spin_unlock_irqrestore(&ch->lock, flags);
	return cookie;
}

static struct dma_async_tx_descriptor *prep_memcpy(struct dma_chan *chan, dma_addr_t to,
						   dma_addr_t from, size_t bytes,
						   unsigned long tx_flags)
{
	struct lab_channel *ch = channel_of(chan);
	struct transfer *t;
	unsigned long flags;

	/* A residue has 32 bits. */
	if (!bytes || bytes > U32_MAX)
		return NULL;
	/* Clients prepare transfers where they may not sleep. */
	t = kzalloc_obj(*t, GFP_NOWAIT);
	if (!t)
		return NULL;
	dma_async_tx_descriptor_init(&t->tx, chan);
	t->tx.flags = tx_flags;
	t->tx.tx_submit = submit;
	t->to = to;
	t->from = from;
	t->bytes = bytes;

	spin_lock_irqsave(&ch->lock, flags);
	list_add_tail(&t->link, &ch->prepared);
	spin_unlock_irqrestore(&ch->lock, flags);
	return &t->tx;
}

static void issue_pending(struct dma_chan *chan)
{
	struct lab_channel *ch = channel_of(chan);
	unsigned long flags;
	bool any;

	spin_lock_irqsave(&ch->lock, flags);
	list_splice_tail_init(&ch->submitted, &ch->issued);
	any = !list_empty(&ch->issued);
	spin_unlock_irqrestore(&ch->lock, flags);
	if (any)
		queue_work(ch->queue, &ch->work);
}

static const struct transfer *find(const struct list_head *transfers, dma_cookie_t cookie)
{
	const struct transfer *t;

	list_for_each_entry(t, transfers, link)
		if (t->tx.cookie == cookie)
			return t;
	return NULL;
}

static u32 residue_of(const struct lab_channel *ch, dma_cookie_t cookie)
{
	const struct transfer *t = ch->running;

	lockdep_assert_held(&ch->lock);
	if (t && t->tx.cookie == cookie)
		return t->bytes - READ_ONCE(t->moved);
	t = find(&ch->issued, cookie);
	if (!t)
		t = find(&ch->submitted, cookie);
	return t ? t->bytes : 0;
}

static enum dma_status tx_status(struct dma_chan *chan, dma_cookie_t cookie,
				 struct dma_tx_state *state)
{
	struct lab_channel *ch = channel_of(chan);
	enum dma_status status;
	unsigned long flags;
	u32 residue = 0;

	spin_lock_irqsave(&ch->lock, flags);
	status = dma_async_is_complete(cookie, chan->completed_cookie, chan->cookie);
	if (status != DMA_COMPLETE)
		residue = residue_of(ch, cookie);
	else if (lab_cookies_have(&ch->failed, cookie))
		status = DMA_ERROR;
	dma_set_tx_state(state, chan->completed_cookie, chan->cookie, residue);
	if (state)
		state->in_flight_bytes = 0;
	spin_unlock_irqrestore(&ch->lock, flags);
	return status;
}

static int terminate_all(struct dma_chan *chan)
{
	struct lab_channel *ch = channel_of(chan);
	LIST_HEAD(doomed);
	unsigned long flags;

	spin_lock_irqsave(&ch->lock, flags);
	if (chan->completed_cookie != chan->cookie)
		lab_cookies_add(&ch->failed, lab_cookie_after(chan->completed_cookie),
				chan->cookie);
	chan->completed_cookie = chan->cookie;
	if (ch->running)
		WRITE_ONCE(ch->running->dropped, true);
	list_splice_init(&ch->issued, &doomed);
	list_splice_tail_init(&ch->submitted, &doomed);
	spin_unlock_irqrestore(&ch->lock, flags);
	free_transfers(&doomed);
	return 0;
}

static void synchronize(struct dma_chan *chan)
{
	flush_work(&channel_of(chan)->work);
}

/* Not -ENODEV where nobody may have it: dmaengine takes that for a module that goes. */
static int alloc_chan_resources(struct dma_chan *chan)
{
	struct lab_channel *ch = channel_of(chan);
	int ret = 0;

	spin_lock_irq(&ch->lock);
	if (ch->closing)
		ret = -EBUSY;
	else
		ch->held = true;
	spin_unlock_irq(&ch->lock);
	return ret;
}

static void free_chan_resources(struct dma_chan *chan)
{
	struct lab_channel *ch = channel_of(chan);
	LIST_HEAD(prepared);

	terminate_all(chan);
	synchronize(chan);
	spin_lock_irq(&ch->lock);
	list_splice_init(&ch->prepared, &prepared);
	ch->failed = (struct lab_cookies) {};
	ch->held = false;
	spin_unlock_irq(&ch->lock);
	free_transfers(&prepared);
}

static void free_channel(struct lab_channel *ch)
{
	destroy_workqueue(ch->queue);
	kfree(ch);
}

static void release(struct dma_device *dma)
{
	free_channel(container_of(dma, struct lab_channel, dma));
}

static void describe(struct lab_channel *ch)
{
	const u32 widths = BIT(DMA_SLAVE_BUSWIDTH_1_BYTE) | BIT(DMA_SLAVE_BUSWIDTH_2_BYTES) |
			   BIT(DMA_SLAVE_BUSWIDTH_4_BYTES) | BIT(DMA_SLAVE_BUSWIDTH_8_BYTES);
	struct dma_device *dma = &ch->dma;

	dma->dev = &ch->m->pdev.dev;
	dma_cap_set(DMA_MEMCPY, dma->cap_mask);
	dma_cap_set(DMA_PRIVATE, dma->cap_mask);
	dma->directions = BIT(DMA_MEM_TO_MEM);
	dma->src_addr_widths = widths;
	dma->dst_addr_widths = widths;
	dma->copy_align = DMAENGINE_ALIGN_1_BYTE;
	dma->residue_granularity = DMA_RESIDUE_GRANULARITY_BURST;
	dma->device_alloc_chan_resources = alloc_chan_resources;
	dma->device_free_chan_resources = free_chan_resources;
	dma->device_prep_dma_memcpy = prep_memcpy;
	dma->device_issue_pending = issue_pending;
	dma->device_tx_status = tx_status;
	dma->device_terminate_all = terminate_all;
	dma->device_synchronize = synchronize;
	dma->device_release = release;
}

/**
 * lab_channel_add() - offer a master's engine to dmaengine
 * @m:		the master, which has a driver; its engine works from now on
 *
 * Context: Process; sleeps. Not beside another or lab_channel_remove() of this master.
 * Return: 0; -EEXIST where it is offered already; an errno of dmaengine.
 */
int lab_channel_add(struct lab_master *m)
{
	struct lab_channel *ch;
	int ret;

	if (m->channel)
		return -EEXIST;
	/* dmaengine asks it for its module. */
	if (!m->pdev.dev.driver)
		return -ENODEV;
	ch = kzalloc_obj(*ch);
	if (!ch)
		return -ENOMEM;
	ch->m = m;
	ch->queue = alloc_ordered_workqueue("lab_%s", 0, m->params.name);
	if (!ch->queue) {
		kfree(ch);
		return -ENOMEM;
	}
	INIT_WORK(&ch->work, run);
	spin_lock_init(&ch->lock);
	INIT_LIST_HEAD(&ch->prepared);
	INIT_LIST_HEAD(&ch->submitted);
	INIT_LIST_HEAD(&ch->issued);
	describe(ch);
	ch->chan.device = &ch->dma;
	ch->chan.cookie = DMA_MIN_COOKIE;
	ch->chan.completed_cookie = DMA_MIN_COOKIE;
	INIT_LIST_HEAD(&ch->dma.channels);
	list_add_tail(&ch->chan.device_node, &ch->dma.channels);

	ret = dma_async_device_register(&ch->dma);
	if (ret) {
		free_channel(ch);
		return ret;
	}
	m->channel = ch;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(lab_channel_add);

/**
 * lab_channel_remove() - take it away again
 * @m:		the master; without a channel there is nothing to do
 *
 * dmaengine would take a channel from under its client; this does not.
 *
 * Context: Process; sleeps. Not beside another or lab_channel_add() of this master.
 * Return: 0, or -EBUSY while a client has it.
 */
int lab_channel_remove(struct lab_master *m)
{
	struct lab_channel *ch = m->channel;

	if (!ch)
		return 0;
	spin_lock_irq(&ch->lock);
	ch->closing = !ch->held;
	spin_unlock_irq(&ch->lock);
	if (!ch->closing)
		return -EBUSY;
	m->channel = NULL;
	dma_async_device_unregister(&ch->dma);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(lab_channel_remove);

/**
 * lab_channel_name() - how dmaengine calls a master's channel
 * @m:		the master
 *
 * Context: Any; valid until lab_channel_remove().
 * Return: its name, or NULL where the master has none.
 */
const char *lab_channel_name(struct lab_master *m)
{
	return m->channel ? dma_chan_name(&m->channel->chan) : NULL;
}
EXPORT_SYMBOL_IF_KUNIT(lab_channel_name);

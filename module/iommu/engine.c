// SPDX-License-Identifier: GPL-2.0-only
/*
 * The DMA engine: reads and writes memory as a device would, through the TLB, the walker
 * and the permissions of the domain that its master is attached to, page by page.
 *
 * A wrong access ends the transfer with a fault, which is recorded and reported to
 * whoever has asked the domain for it.
 */
#include <kunit/visibility.h>
#include <linux/iommu.h>
#include <linux/minmax.h>
#include <linux/sched.h>

#include "complain.h"
#include "iommu/buffer.h"
#include "iommu/domain.h"
#include "iommu/master.h"
#include "compat/compat.h"

/* What one look at the domain says of an address */
struct access {
	phys_addr_t pa;
	u64 bytes;
	enum lab_fault_kind kind;
	u8 level;
};

/* What is moved: @out to the device's side, or from there to @in */
struct move {
	const void *out;
	void *in;
	bool owned;
};

/* True if it may go on for @bytes from @pa; else why not. */
static bool look_up(struct iommu_domain *domain, u64 iova, bool write, struct access *a)
{
	struct lab_domain *d = lab_domain_of(domain);
	struct lab_iotlb_entry e;
	struct lab_translation t;
	bool stale;

	*a = (struct access) { .kind = LAB_FAULT_BLOCKED };
	if (!d) {
		a->pa = iova;
		a->bytes = PAGE_SIZE - offset_in_page(iova);
		return domain == &lab_domain_identity;
	}
	if (!lab_domain_find(d, iova, &e, &t, &stale)) {
		a->kind = LAB_FAULT_TRANSLATION;
		a->level = t.level;
		return false;
	}
	a->level = t.level;
	/* Hardware would go there; the memory may be anybody's by now. */
	if (stale) {
		a->kind = LAB_FAULT_STALE;
		return false;
	}
	a->pa = e.pa + (iova - e.iova);
	a->bytes = e.last - iova + 1;
	a->kind = LAB_FAULT_PERMISSION;
	return write ? e.write : e.read;
}

/* A device reads what it likes; KASAN is about what the CPU does. */
static __no_sanitize_address noinline void read_unchecked(void *to, const void *from, size_t bytes)
{
	const u8 *at = from;
	u8 *in = to;

	for (size_t i = 0; i < bytes; i++)
		in[i] = READ_ONCE(at[i]);
}

/* At the memory; false for what nobody has given to devices, and is written. */
static bool move_bytes(struct iommu_domain *domain, const struct move *move, void *at,
		       phys_addr_t pa, size_t bytes)
{
	if (!move->out) {
		read_unchecked(move->in, at, bytes);
		return true;
	}
	if (move->owned && !(domain->type & __IOMMU_DOMAIN_DMA_API))
		return lab_buffer_write_owned(pa, at, move->out, bytes);
	memcpy(at, move->out, bytes);
	return true;
}

/* At most a page at a time. */
static int step(struct iommu_domain *domain, u64 iova, const struct move *move, size_t *bytes,
		struct access *a)
{
	const void *at;

	if (!look_up(domain, iova, move->out, a))
		return -EFAULT;
	*bytes = min3((u64)*bytes, a->bytes, (u64)PAGE_SIZE - offset_in_page(a->pa));
	at = lab_walk_ram(a->pa, *bytes);
	if (!at) {
		a->kind = LAB_FAULT_EXTERNAL;
		return -EFAULT;
	}
	return move_bytes(domain, move, (void *)at, a->pa, *bytes) ? 0 : -EPERM;
}

/* With the tables locked: what is mapped stays so, and with it the memory whose it is. */
static int step_locked(struct lab_domain *d, u64 iova, const struct move *move, size_t *bytes,
		       struct access *a)
{
	unsigned long flags;
	int ret;

	write_lock_irqsave(&d->tables, flags);
	ret = step(&d->core, iova, move, bytes, a);
	write_unlock_irqrestore(&d->tables, flags);
	return ret;
}

static void report(struct lab_master *m, u64 iova, bool write, const struct access *a)
{
	struct lab_fault fault = {
		.iova = iova, .write = write, .kind = a->kind, .level = a->level,
	};

	fault.reported = report_iommu_fault(m->attached, &m->pdev.dev, iova,
					    write ? IOMMU_FAULT_WRITE : IOMMU_FAULT_READ);
	lab_faults_record(&m->faults, &fault);
}

static int transfer(struct lab_master *m, u64 iova, struct move move, size_t bytes)
{
	struct lab_domain *d;
	size_t done = 0, now;
	struct access a;
	int ret = 0;

	if (bytes && iova + (bytes - 1) < iova)
		return -ERANGE;
	down_read(&m->attach_lock);
	d = lab_domain_of(m->attached);
	for (; m->attached && done < bytes; done += now) {
		now = bytes - done;
		ret = d ? step_locked(d, iova + done, &move, &now, &a) :
			  step(m->attached, iova + done, &move, &now, &a);
		if (ret == -EFAULT)
			report(m, iova + done, move.out, &a);
		if (ret)
			break;
		if (move.out)
			move.out += now;
		else
			move.in += now;
		cond_resched();
	}
	up_read(&m->attach_lock);
	atomic64_add(done, &m->moved);
	return ret ?: done < bytes ? -EFAULT : 0;
}

/**
 * lab_engine_read() - the device reads memory
 * @m:		the master
 * @iova:	first input address
 * @to:		where the bytes go
 * @bytes:	length
 *
 * Context: Process; sleeps.
 * Return: 0; -EFAULT after a fault, up to which bytes were moved; -ERANGE past 64 bits.
 */
int lab_engine_read(struct lab_master *m, u64 iova, void *to, size_t bytes)
{
	return transfer(m, iova, (struct move) { .in = to }, bytes);
}
EXPORT_SYMBOL_IF_KUNIT(lab_engine_read);

/**
 * lab_engine_write() - the device writes memory
 * @m:		the master
 * @iova:	first input address
 * @from:	the bytes
 * @bytes:	length
 *
 * Context: Process; sleeps.
 * Return: as lab_engine_read().
 */
int lab_engine_write(struct lab_master *m, u64 iova, const void *from, size_t bytes)
{
	return transfer(m, iova, (struct move) { .out = from }, bytes);
}
EXPORT_SYMBOL_IF_KUNIT(lab_engine_write);

/**
 * lab_engine_write_owned() - likewise, for people, who may be wrong
 * @m:		the master
 * @iova:	first input address
 * @from:	the bytes
 * @bytes:	length
 *
 * Where the DMA API does not say what is given to devices, only the lab's own buffers are
 * written to.
 *
 * Context: Process; sleeps.
 * Return: as lab_engine_read(); -EPERM at memory that is not theirs.
 */
int lab_engine_write_owned(struct lab_master *m, u64 iova, const void *from, size_t bytes)
{
	int ret = transfer(m, iova, (struct move) { .out = from, .owned = true }, bytes);

	if (ret == -EPERM)
		lab_complain(m->params.name, "iova %#llx leads to memory that is no buffer's",
			     iova);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(lab_engine_write_owned);

static int copy(struct lab_master *m, u64 to, u64 from, size_t bytes,
		int (*write)(struct lab_master *m, u64 iova, const void *from, size_t bytes))
{
	u8 fifo[256];
	size_t now;
	int ret = 0;

	for (size_t done = 0; done < bytes && !ret; done += now) {
		now = min(bytes - done, sizeof(fifo));
		ret = lab_engine_read(m, from + done, fifo, now) ?: write(m, to + done, fifo, now);
	}
	return ret;
}

/**
 * lab_engine_copy() - the device copies memory
 * @m:		the master
 * @to:		first input address that is written
 * @from:	first input address that is read
 * @bytes:	length
 *
 * Context: Process; sleeps.
 * Return: as lab_engine_read().
 */
int lab_engine_copy(struct lab_master *m, u64 to, u64 from, size_t bytes)
{
	return copy(m, to, from, bytes, lab_engine_write);
}
EXPORT_SYMBOL_IF_KUNIT(lab_engine_copy);

/**
 * lab_engine_copy_owned() - likewise, for people
 * @m:		the master
 * @to:		first input address that is written
 * @from:	first input address that is read
 * @bytes:	length
 *
 * Context: Process; sleeps.
 * Return: as lab_engine_write_owned().
 */
int lab_engine_copy_owned(struct lab_master *m, u64 to, u64 from, size_t bytes)
{
	return copy(m, to, from, bytes, lab_engine_write_owned);
}
EXPORT_SYMBOL_IF_KUNIT(lab_engine_copy_owned);

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

/* True if it may go on for @bytes from @pa; else why not. */
static bool look_up(struct iommu_domain *domain, u64 iova, bool write, struct access *a)
{
	struct lab_domain *d = lab_domain_of(domain);
	struct lab_iotlb_entry e;
	struct lab_translation t = {};

	*a = (struct access) { .kind = LAB_FAULT_BLOCKED };
	if (!d) {
		a->pa = iova;
		a->bytes = PAGE_SIZE - offset_in_page(iova);
		return domain == &lab_domain_identity;
	}
	if (!lab_domain_lookup(d, iova, &e, &t)) {
		a->kind = LAB_FAULT_TRANSLATION;
		a->level = t.level;
		return false;
	}
	a->pa = e.pa + (iova - e.iova);
	a->bytes = e.last - iova + 1;
	a->kind = LAB_FAULT_PERMISSION;
	a->level = t.level;
	return write ? e.write : e.read;
}

/* The memory that an access leads to, at most a page of it at a time; NULL for a fault. */
static void *reach(struct lab_master *m, u64 iova, bool write, size_t *bytes)
{
	struct lab_fault fault = { .iova = iova, .write = write };
	struct iommu_domain *domain = m->attached;
	struct access a;
	const void *at;

	if (look_up(domain, iova, write, &a)) {
		*bytes = min3((u64)*bytes, a.bytes, (u64)PAGE_SIZE - offset_in_page(a.pa));
		at = lab_walk_ram(a.pa, *bytes);
		if (at)
			return (void *)at;
		a.kind = LAB_FAULT_EXTERNAL;
	}
	fault.kind = a.kind;
	fault.level = a.level;
	fault.reported = report_iommu_fault(domain, &m->pdev.dev, iova,
					    write ? IOMMU_FAULT_WRITE : IOMMU_FAULT_READ);
	lab_faults_record(&m->faults, &fault);
	return NULL;
}

/* @out to the device, or from it to @in; NULL for neither. */
static int transfer(struct lab_master *m, u64 iova, const void *out, void *in, size_t bytes)
{
	size_t done = 0, now;
	void *at;
	int ret = 0;

	if (bytes && iova + (bytes - 1) < iova)
		return -ERANGE;
	down_read(&m->attach_lock);
	for (; done < bytes; done += now) {
		now = bytes - done;
		at = m->attached ? reach(m, iova + done, out, &now) : NULL;
		if (!at) {
			ret = -EFAULT;
			break;
		}
		if (out)
			memcpy(at, out + done, now);
		else
			memcpy(in + done, at, now);
		cond_resched();
	}
	up_read(&m->attach_lock);
	atomic64_add(done, &m->moved);
	return ret;
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
	return transfer(m, iova, NULL, to, bytes);
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
	return transfer(m, iova, from, NULL, bytes);
}
EXPORT_SYMBOL_IF_KUNIT(lab_engine_write);

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
	u8 fifo[256];
	size_t now;
	int ret = 0;

	for (size_t done = 0; done < bytes && !ret; done += now) {
		now = min(bytes - done, sizeof(fifo));
		ret = lab_engine_read(m, from + done, fifo, now) ?:
		      lab_engine_write(m, to + done, fifo, now);
	}
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(lab_engine_copy);

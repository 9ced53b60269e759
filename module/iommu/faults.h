/* SPDX-License-Identifier: GPL-2.0-only */
/* Accesses of a master that did not come through. */
#ifndef LAB_IOMMU_FAULTS_H
#define LAB_IOMMU_FAULTS_H

#include <linux/spinlock.h>
#include <linux/types.h>

enum lab_fault_kind {
	LAB_FAULT_TRANSLATION,	/* nothing is mapped there */
	LAB_FAULT_PERMISSION,	/* it is, and not for this */
	LAB_FAULT_BLOCKED,	/* the domain lets nothing through */
	LAB_FAULT_EXTERNAL,	/* it leads to what is no memory */
	LAB_FAULT_STALE,	/* the TLB has what the tables have no more */
	LAB_FAULT_NR_KINDS
};

extern const char * const lab_fault_names[LAB_FAULT_NR_KINDS];

/**
 * struct lab_fault - an access that did not come through
 * @nr:		the how manieth of its master, from 1
 * @iova:	its input address
 * @kind:	why it did not
 * @level:	lookup level at which the walk ended
 * @write:	it was a write
 * @reported:	what report_iommu_fault() returned: -ENOSYS where nobody asked to know
 */
struct lab_fault {
	u64 nr;
	u64 iova;
	enum lab_fault_kind kind;
	u8 level;
	bool write;
	int reported;
};

enum { LAB_FAULTS_KEPT = 32 };

/**
 * struct lab_faults - those of a master
 * @lock:	protects all below
 * @nr:		how many there were
 * @of_kind:	of each kind
 * @kept:	the last of them, number n at n % LAB_FAULTS_KEPT
 */
struct lab_faults {
	spinlock_t lock; /* all below */
	u64 nr;
	u64 of_kind[LAB_FAULT_NR_KINDS];
	struct lab_fault kept[LAB_FAULTS_KEPT];
};

void lab_faults_init(struct lab_faults *faults);
void lab_faults_record(struct lab_faults *faults, struct lab_fault *fault);
unsigned int lab_faults_last(struct lab_faults *faults, struct lab_fault *out, unsigned int nr);

#endif /* LAB_IOMMU_FAULTS_H */

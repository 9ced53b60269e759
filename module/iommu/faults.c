// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accesses that did not come through: all are counted, the last are kept, none is
 * printed, so that a storm of them costs no more than each by itself.
 */
#include <kunit/visibility.h>
#include <linux/minmax.h>

#include "iommu/faults.h"
#include "compat/compat.h"

const char * const lab_fault_names[LAB_FAULT_NR_KINDS] = {
	[LAB_FAULT_TRANSLATION]	= "translation",
	[LAB_FAULT_PERMISSION]	= "permission",
	[LAB_FAULT_BLOCKED]	= "blocked",
	[LAB_FAULT_EXTERNAL]	= "external",
	[LAB_FAULT_STALE]	= "stale",
};
EXPORT_SYMBOL_IF_KUNIT(lab_fault_names);

/**
 * lab_faults_init() - there was none
 * @faults:	the faults
 *
 * Context: Any.
 */
void lab_faults_init(struct lab_faults *faults)
{
	*faults = (struct lab_faults) {};
	spin_lock_init(&faults->lock);
}
EXPORT_SYMBOL_IF_KUNIT(lab_faults_init);

/**
 * lab_faults_record() - there was one
 * @faults:	the faults
 * @fault:	it; its number is filled in
 *
 * Context: Any.
 */
void lab_faults_record(struct lab_faults *faults, struct lab_fault *fault)
{
	unsigned long flags;

	spin_lock_irqsave(&faults->lock, flags);
	fault->nr = ++faults->nr;
	faults->of_kind[fault->kind]++;
	faults->kept[fault->nr % LAB_FAULTS_KEPT] = *fault;
	spin_unlock_irqrestore(&faults->lock, flags);
}
EXPORT_SYMBOL_IF_KUNIT(lab_faults_record);

/**
 * lab_faults_last() - the last ones
 * @faults:	the faults
 * @out:	filled in, the earliest first
 * @nr:		room in @out
 *
 * Context: Any.
 * Return: how many were filled in.
 */
unsigned int lab_faults_last(struct lab_faults *faults, struct lab_fault *out, unsigned int nr)
{
	unsigned long flags;

	spin_lock_irqsave(&faults->lock, flags);
	nr = min_t(u64, min_t(unsigned int, nr, LAB_FAULTS_KEPT), faults->nr);
	for (unsigned int i = 0; i < nr; i++)
		out[i] = faults->kept[(faults->nr - nr + 1 + i) % LAB_FAULTS_KEPT];
	spin_unlock_irqrestore(&faults->lock, flags);
	return nr;
}
EXPORT_SYMBOL_IF_KUNIT(lab_faults_last);

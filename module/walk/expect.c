// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a mapping ought to look like to hardware, from what was asked for.
 *
 * The contract is that of the IOMMU_* flags and of the quirks, as linux/iommu.h
 * and linux/io-pgtable.h document them, read with what drivers of these IOMMUs rely
 * on.  Pure functions.  May not know how descriptors are encoded: who wrote the
 * tables and who reads them is held against this.
 */
#include <kunit/visibility.h>
#include <linux/iommu.h>

#include "expect.h"
#include "../compat/compat.h"

/*
 * IOMMU_PRIV: the other flags apply to privileged accesses only.  Stage 1 has no
 * write-only mapping: who may write may read.  Access flag: a mapping may be used
 * at once, nobody handles the fault.
 */
static void expect_stage1(enum io_pgtable_fmt fmt, unsigned long quirks, int prot,
			  struct lab_attrs *attrs)
{
	bool all = quirks & IO_PGTABLE_QUIRK_NO_PERMS;
	bool write = all || (prot & IOMMU_WRITE);
	bool user = all || !(prot & IOMMU_PRIV);

	attrs->priv_read = true;
	attrs->priv_write = write;
	attrs->user_read = user;
	attrs->user_write = user && write;
	attrs->priv_exec = all || !(prot & IOMMU_NOEXEC);
	attrs->user_exec = attrs->priv_exec;
	attrs->ns = quirks & IO_PGTABLE_QUIRK_ARM_NS;
	/* An address space is one of many, told apart by their ASIDs. */
	attrs->not_global = true;
	/*
	 * Writes are recorded where they may be made; as mapped, all count as made.
	 * There is no such thing in AArch32.
	 */
	attrs->dirty_managed = fmt == ARM_64_LPAE_S1 && (quirks & IO_PGTABLE_QUIRK_ARM_HD) &&
			       (prot & IOMMU_WRITE);
	attrs->dirty = attrs->dirty_managed;
}

/*
 * Stage 2 has reads and writes apart, and one set of them: whose access it is, is
 * stage 1's to know.
 */
static void expect_stage2(int prot, struct lab_attrs *attrs)
{
	attrs->priv_read = prot & IOMMU_READ;
	attrs->priv_write = prot & IOMMU_WRITE;
	attrs->priv_exec = !(prot & IOMMU_NOEXEC);
	attrs->user_read = attrs->priv_read;
	attrs->user_write = attrs->priv_write;
	attrs->user_exec = attrs->priv_exec;
}

/*
 * IOMMU_MMIO wins over IOMMU_CACHE.  What snoops does so with the other masters of
 * the inner domain; what does not is outer shareable, as Non-cacheable and Device
 * memory always is.
 */
static void expect_memory(int prot, struct lab_attrs *attrs)
{
	attrs->share = LAB_SH_OUTER;
	if (prot & IOMMU_MMIO) {
		attrs->memory = LAB_MEM_DEVICE;
	} else if (prot & IOMMU_CACHE) {
		attrs->memory = LAB_MEM_NORMAL_WB;
		attrs->share = LAB_SH_INNER;
	} else {
		attrs->memory = LAB_MEM_NORMAL_NC;
	}
}

/*
 * Mali has two types: what the GPU caches itself, and what it shares with others by
 * allocating on writes.  Its outer domain is what lies outside the GPU.
 */
static void expect_mali_memory(int prot, struct lab_attrs *attrs)
{
	attrs->share = LAB_SH_OUTER;
	attrs->memory = (prot & IOMMU_CACHE) && !(prot & IOMMU_MMIO) ? LAB_MEM_NORMAL_WB
								     : LAB_MEM_IMPDEF;
}

/**
 * lab_expect_attrs() - what a mapping ought to look like
 * @fmt:	page table format
 * @quirks:	IO_PGTABLE_QUIRK_*
 * @prot:	IOMMU_READ and the like
 * @attrs:	filled in
 *
 * S2FWB has another encoding of the same types.
 *
 * Context: Any.
 */
void lab_expect_attrs(enum io_pgtable_fmt fmt, unsigned long quirks, int prot,
		      struct lab_attrs *attrs)
{
	*attrs = (struct lab_attrs) { .access_flag = true };

	switch (fmt) {
	case ARM_64_LPAE_S2:
	case ARM_32_LPAE_S2:
		expect_stage2(prot, attrs);
		expect_memory(prot, attrs);
		break;
	case ARM_MALI_LPAE:
		expect_stage2(prot, attrs);
		expect_mali_memory(prot, attrs);
		break;
	default:
		expect_stage1(fmt, quirks, prot, attrs);
		expect_memory(prot, attrs);
	}
}
EXPORT_SYMBOL_IF_KUNIT(lab_expect_attrs);

/**
 * lab_same_permissions() - whether two mappings let the same accesses through
 * @a:		attributes
 * @b:		attributes
 *
 * Context: Any.
 */
bool lab_same_permissions(const struct lab_attrs *a, const struct lab_attrs *b)
{
	return a->priv_read == b->priv_read && a->priv_write == b->priv_write &&
	       a->priv_exec == b->priv_exec && a->user_read == b->user_read &&
	       a->user_write == b->user_write && a->user_exec == b->user_exec;
}
EXPORT_SYMBOL_IF_KUNIT(lab_same_permissions);

/**
 * lab_same_memory() - whether two mappings are of the same memory
 * @a:		attributes
 * @b:		attributes
 *
 * Memory type, shareability, security, nG, and who keeps the dirty state; not
 * the dirty state itself, which changes with each write.
 *
 * Context: Any.
 */
bool lab_same_memory(const struct lab_attrs *a, const struct lab_attrs *b)
{
	return a->memory == b->memory && a->share == b->share && a->ns == b->ns &&
	       a->not_global == b->not_global && a->dirty_managed == b->dirty_managed;
}
EXPORT_SYMBOL_IF_KUNIT(lab_same_memory);

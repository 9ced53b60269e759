// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables that are made ready before an operation, by itself or by hand, where the
 * allocator reserves.
 *
 * The instance's mutex orders it with operations.
 */
#include <kunit/visibility.h>

#include "instance.h"
#include "io_pgtable_lab.h"
#include "reserve.h"
#include "compat/compat.h"

/**
 * lab_reserves() - whether tables are reserved before an operation
 * @inst:		the instance
 *
 * Context: Any.
 */
bool lab_reserves(const struct lab_instance *inst)
{
	return inst->params.allocator && inst->params.allocator->reserve;
}

/**
 * lab_reserve_for() - make sure of the tables of a map
 * @inst:		the instance, locked
 * @iova:		first input address
 * @pgsize:	page size in bytes
 * @bytes:		length
 * @ready:		for lab_release_unused()
 *
 * What a VM_BIND driver does before a job: as many tables as it may take.  What was
 * ready before stays so: tables that an unmap freed.
 *
 * Context: Process; sleeps.
 * Return: 0 or -ENOMEM.
 */
int lab_reserve_for(struct lab_instance *inst, u64 iova, size_t pgsize, u64 bytes, size_t *ready)
{
	const struct lab_allocator *a = inst->params.allocator;
	u64 nr;
	int ret;

	if (!lab_reserves(inst) || inst->by_hand)
		return 0;

	*ready = a->ready(inst->ledger.pool);
	ret = lab_io_pgtable_max_tables(inst->params.format->fmt, &inst->cfg, iova, bytes,
					pgsize, &nr);
	return ret ?: lab_ledger_reserve(&inst->ledger, nr);
}

/**
 * lab_reserve_for_split() - likewise of an unmap of part of a block
 * @inst:		the instance, locked
 * @ready:		for lab_release_unused()
 *
 * A table for each level below it.
 *
 * Context: Process; sleeps.
 * Return: 0 or -ENOMEM.
 */
int lab_reserve_for_split(struct lab_instance *inst, size_t *ready)
{
	if (!lab_reserves(inst) || inst->by_hand)
		return 0;
	*ready = inst->params.allocator->ready(inst->ledger.pool);
	return inst->hw.split ? lab_ledger_reserve(&inst->ledger, LAB_WALK_LEVELS) : 0;
}

/**
 * lab_release_unused() - give back what an operation did not take
 * @inst:		the instance, locked
 * @ready:		from before it
 *
 * Context: Process; sleeps.
 */
void lab_release_unused(struct lab_instance *inst, size_t ready)
{
	if (lab_reserves(inst) && !inst->by_hand &&
	    inst->params.allocator->ready(inst->ledger.pool) > ready)
		lab_ledger_release(&inst->ledger, ready);
}

/* Whether tables can be reserved at all; says so if not. */
static int check_reserves(const struct lab_instance *inst)
{
	if (lab_reserves(inst))
		return 0;
	lab_complain(inst->params.name, "allocator %s does not reserve tables",
		     lab_allocator_name(inst->params.allocator));
	return -EOPNOTSUPP;
}

/**
 * lab_instance_reserve() - reserve tables by hand
 * @inst:	the instance
 * @nr:		tables to have ready; operations then reserve none themselves,
 *		and fail when these are gone
 *
 * Where it fails, nothing is ready, and operations reserve for themselves.
 *
 * Context: Process; sleeps.
 * Return: 0, -EOPNOTSUPP where the allocator does not reserve, -ENOMEM.
 */
int lab_instance_reserve(struct lab_instance *inst, size_t nr)
{
	int ret = check_reserves(inst);

	if (ret)
		return ret;
	mutex_lock(&inst->lock);
	ret = lab_ledger_reserve(&inst->ledger, nr);
	lab_ledger_release(&inst->ledger, ret ? 0 : nr);
	inst->by_hand = !ret;
	mutex_unlock(&inst->lock);
	if (ret)
		lab_complain(inst->params.name, "%zu tables cannot be reserved (%pe)", nr,
			     ERR_PTR(ret));
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(lab_instance_reserve);

/**
 * lab_instance_unreserve() - leave it to the operations again to reserve
 * @inst:	the instance
 *
 * Leftovers go back.
 *
 * Context: Process; sleeps.
 * Return: 0, -EOPNOTSUPP where the allocator does not reserve.
 */
int lab_instance_unreserve(struct lab_instance *inst)
{
	int ret = check_reserves(inst);

	if (ret)
		return ret;
	mutex_lock(&inst->lock);
	inst->by_hand = false;
	lab_ledger_release(&inst->ledger, 0);
	mutex_unlock(&inst->lock);
	return 0;
}

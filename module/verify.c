// SPDX-License-Identifier: GPL-2.0-only
/*
 * Verification: the tables of an instance, as the walker finds them, held
 * against the rules.
 *
 * The instance's mutex keeps operations out.
 */
#include <kunit/visibility.h>
#include <linux/log2.h>

#include "instance.h"
#include "compat/compat.h"

static int verify_table(void *ctx, const struct lab_walk_table *t)
{
	struct lab_instance *inst = ctx;

	/* A tree of many tables takes its time. */
	cond_resched();
	lab_check(&inst->tally, LAB_RULE_TREE_SOUND, true, "table at %pa", &t->pa);

	/* With a ledger the table was judged when it was allocated. */
	if (inst->params.allocator) {
		lab_ledger_walk_table(&inst->ledger, t->pa, t->level);
		return 0;
	}
	lab_check_bounds(&inst->tally, &inst->where, t->pa, t->bytes);
	lab_check(&inst->tally, LAB_RULE_TABLE_ALIGNED,
		  IS_ALIGNED(t->pa, roundup_pow_of_two(t->bytes)),
		  "table of %zu bytes at %pa", t->bytes, &t->pa);
	return 0;
}

static int verify_bad(void *ctx, const struct lab_walk_bad *bad)
{
	struct lab_instance *inst = ctx;

	lab_check(&inst->tally, LAB_RULE_TREE_SOUND, false,
		  "iova %#llx, level %u, descriptor %#llx: %s", bad->iova,
		  bad->level, bad->desc, bad->why);
	return 0;
}

static const struct lab_walk_visitor verify_visitor = {
	.table	= verify_table,
	.bad	= verify_bad,
};

static int walk(struct lab_instance *inst, u64 iova, u64 last,
		const struct lab_walk_visitor *visitor, void *ctx)
{
	return inst->params.format->walker->walk(&inst->cfg, iova, last, visitor, ctx);
}

/**
 * lab_instance_walk() - visit the whole tree
 * @inst:	the instance
 * @visitor:	what to do with what is found
 * @ctx:	for the visitor
 *
 * Context: Process; sleeps for the instance's mutex, which is held meanwhile.
 * Return: 0, or what ended the walk.
 */
int lab_instance_walk(struct lab_instance *inst,
		      const struct lab_walk_visitor *visitor, void *ctx)
{
	int ret;

	mutex_lock(&inst->lock);
	ret = walk(inst, inst->first, inst->last, visitor, ctx);
	mutex_unlock(&inst->lock);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(lab_instance_walk);

/**
 * lab_instance_verify_range() - check the rules on what resolves a range
 * @inst:	the instance, locked
 * @iova:	first input address
 * @last:	last input address
 *
 * What an operation on the range could have changed, short of tables that it
 * unhooked: those take a walk of the whole tree to miss.
 *
 * Context: Process; the instance's mutex is held.
 */
void lab_instance_verify_range(struct lab_instance *inst, u64 iova, u64 last)
{
	int ret;

	lockdep_assert_held(&inst->lock);
	ret = walk(inst, iova, last, &verify_visitor, inst);
	if (ret)
		lab_check(&inst->tally, LAB_RULE_TREE_SOUND, false,
			  "no walk from these registers (%pe)", ERR_PTR(ret));
}

/**
 * lab_instance_verify() - check the rules on the whole tree
 * @inst:	the instance
 *
 * Context: Process; sleeps for the instance's mutex.
 */
void lab_instance_verify(struct lab_instance *inst)
{
	mutex_lock(&inst->lock);
	if (inst->params.allocator)
		lab_ledger_walk_begin(&inst->ledger);
	lab_instance_verify_range(inst, inst->first, inst->last);
	if (inst->params.allocator)
		lab_ledger_walk_end(&inst->ledger);
	mutex_unlock(&inst->lock);
}
EXPORT_SYMBOL_IF_KUNIT(lab_instance_verify);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs done on an instance: step by step until a rule is violated, the whole tree
 * verified after each step that a provider was asked for.
 *
 * An operation verifies the tree and asks all readers about its range by itself; here is
 * added whether it was refused only for what is wrong with it.  The instances are nobody
 * else's: no lock is needed to look at them.  Sleeps.
 */
#include <kunit/visibility.h>
#include <linux/err.h>
#include <linux/gfp.h>

#include "compare.h"
#include "dirty.h"
#include "execute.h"
#include "refusal.h"
#include "compat/compat.h"

/**
 * struct execution - a program that is being done
 * @setup:	what it is done on
 * @tally:	the rules
 * @counts:	what became of its steps
 * @inst:	the instance
 * @twin:	the lab's, that it is compared with; or NULL
 */
struct execution {
	const struct lab_fuzz_setup *setup;
	struct lab_tally *tally;
	struct lab_fuzz_counts *counts;
	struct lab_instance *inst, *twin;
};

static void leave(struct execution *e)
{
	lab_instance_destroy(e->twin);
	lab_instance_destroy(e->inst);
	e->twin = NULL;
	e->inst = NULL;
}

/* What an instance of the lab's has where the kernel's has its own allocation */
static void twin_params(const struct lab_params *kernels, struct lab_params *twin)
{
	*twin = *kernels;
	twin->provider = &lab_provider_lab;
	if (!twin->allocator)
		twin->allocator = &lab_slab;
}

static struct lab_instance *create(struct execution *e, const struct lab_params *params)
{
	struct lab_instance *inst = lab_instance_create(params, e->tally);

	if (IS_ERR(inst))
		return inst;
	inst->thorough = true;
	e->counts->made++;
	e->counts->provider_ns += inst->making_ns;
	inst->freeing_ns = &e->counts->provider_ns;
	return inst;
}

static int enter(struct execution *e)
{
	struct lab_params twin;

	e->inst = create(e, &e->setup->params);
	if (!IS_ERR(e->inst) && e->setup->differential) {
		twin_params(&e->setup->params, &twin);
		e->twin = create(e, &twin);
	}
	if (IS_ERR(e->inst))
		return PTR_ERR(e->inst);
	return PTR_ERR_OR_ZERO(e->twin);
}

/* What a request meets that the kernel has to answer with a WARN, or not. */
enum foreseen {
	NOTHING,	/* there is nothing to be foreseen */
	ONE_WARN,	/* the first page is what it WARNs of, and it ends there */
	UNFORESEEN,	/* how many WARNs, or whether, is its affair */
};

static enum foreseen foresee_map(struct lab_instance *inst, const struct lab_range *r, u64 bytes)
{
	const struct lab_mapping *first = lab_model_find(&inst->model, r->iova);

	if (lab_refusal_check_output(inst, r->pa, r->pgsize, bytes, r->prot) ||
	    !lab_model_overlaps(&inst->model, r->iova, bytes))
		return NOTHING;
	/* A block over pages, also those that another was split into, may be taken. */
	return first && first->pgsize >= r->pgsize && !first->split ? ONE_WARN : UNFORESEEN;
}

static enum foreseen foresee_unmap(struct lab_instance *inst, const struct lab_range *r, u64 bytes)
{
	bool covered = lab_model_covers(&inst->model, r->iova, bytes);
	bool splits = lab_model_splits(&inst->model, r->iova, bytes, r->pgsize);

	/* An emptied table in the place of the page goes without a word. */
	if (!lab_model_overlaps(&inst->model, r->iova, r->pgsize))
		return lab_refusal_has_table(inst, r->iova, r->pgsize) ? UNFORESEEN : ONE_WARN;
	/* Part of a block is what kernels since 6.13 WARN of once, and not again. */
	return covered && (!splits || lab_provider_splits(inst->params.provider)) ?
	       NOTHING : UNFORESEEN;
}

/* What the kernel would WARN of, if it is passed on. */
static enum foreseen foresee(struct lab_instance *inst, const struct lab_fuzz_op *op)
{
	const struct lab_range *r = &op->range;
	u64 bytes;

	if (!lab_allow_warn || inst->params.provider != &lab_provider_kernel ||
	    (!lab_fuzz_op_is_map(op) && !lab_fuzz_op_is_unmap(op)) ||
	    lab_refusal_check(inst, "request", r->iova, r->pgsize, r->count, &bytes))
		return NOTHING;
	return lab_fuzz_op_is_map(op) ? foresee_map(inst, r, bytes) :
					foresee_unmap(inst, r, bytes);
}

/* Whether the tree may be another after a step. */
static bool may_change(const struct lab_fuzz_op *op)
{
	switch (op->kind) {
	case LAB_FUZZ_SYNC:
	case LAB_FUZZ_TRANSLATE:
	case LAB_FUZZ_FAIL_NTH:
		return false;
	default:
		return true;
	}
}

/*
 * Whether the two providers differ by design.  Kernels up to 6.12 split a block where a
 * part of it is unmapped, the lab refuses to.  And for a map over what is mapped only
 * those are asked who do not WARN: a table that it made may stay.
 */
static bool differs_by_design(const struct execution *e, const struct lab_fuzz_op *op)
{
	const struct lab_range *r = &op->range;
	struct lab_mapping m = { .iova = r->iova, .pgsize = r->pgsize };

	if (!e->twin || !may_change(op) ||
	    lab_refusal_check(e->twin, "request", r->iova, r->pgsize, r->count, &m.bytes))
		return false;
	if (lab_fuzz_op_is_unmap(op))
		return lab_provider_splits(e->inst->params.provider) &&
		       lab_model_splits(&e->twin->model, r->iova, m.bytes, r->pgsize);
	return lab_fuzz_op_is_map(op) &&
	       lab_model_overlaps(&e->twin->model, r->iova, m.bytes) &&
	       lab_refusal_may_ask_over(e->inst, &m) != lab_refusal_may_ask_over(e->twin, &m);
}

/* Whether one of them alone has a dirty state that can be asked for. */
static bool differs_in_dirty(const struct execution *e)
{
	return e->twin && !lab_instance_no_dirty(e->inst) != !lab_instance_no_dirty(e->twin);
}

static bool has_tables_to_fail(const struct execution *e)
{
	return e->inst->params.allocator && (!e->twin || e->twin->params.allocator);
}

static bool is_left_out(const struct execution *e, const struct lab_fuzz_op *op)
{
	if (op->kind == LAB_FUZZ_FAIL_NTH)
		return !has_tables_to_fail(e);
	if (op->kind == LAB_FUZZ_TOUCH || op->kind == LAB_FUZZ_CLEAR)
		return differs_in_dirty(e);
	return differs_by_design(e, op) || foresee(e->inst, op) == UNFORESEEN;
}

/* What is mapped can be unmapped, but where a block has to be split and no table is had. */
static bool may_stop(struct lab_instance *inst, u64 failed, bool splits)
{
	if (lab_allow_warn)
		return true;
	return splits && (!inst->params.allocator ||
			  lab_ledger_stats(&inst->ledger).failed > failed);
}

static int unmap(struct lab_instance *inst, const struct lab_fuzz_op *op)
{
	const struct lab_range *r = &op->range;
	u64 failed = inst->params.allocator ? lab_ledger_stats(&inst->ledger).failed : 0;
	bool splits = lab_model_splits(&inst->model, r->iova, r->count * r->pgsize, r->pgsize);
	int ret;

	if (op->kind == LAB_FUZZ_UNMAP_QUEUED)
		ret = lab_instance_unmap_queued(inst, r->iova, r->pgsize, r->count);
	else
		ret = lab_instance_unmap(inst, r->iova, r->pgsize, r->count);
	lab_check(&inst->tally, LAB_RULE_MAPPED_EXACT,
		  ret != -EIO || may_stop(inst, failed, splits),
		  LAB_REQUEST " can be done, and was not", "unmap", r->count, r->pgsize, r->iova);
	return ret;
}

/* One step on one instance. */
static int act(struct lab_instance *inst, const struct lab_fuzz_op *op)
{
	const struct lab_range *r = &op->range;
	struct lab_answers answers;

	switch (op->kind) {
	case LAB_FUZZ_MAP:
		return lab_instance_map(inst, r->iova, r->pa, r->pgsize, r->count, r->prot);
	case LAB_FUZZ_MAP_ATOMIC:
		return lab_instance_map_gfp(inst, r->iova, r->pa, r->pgsize, r->count, r->prot,
					    GFP_ATOMIC);
	case LAB_FUZZ_UNMAP:
	case LAB_FUZZ_UNMAP_QUEUED:
		return unmap(inst, op);
	case LAB_FUZZ_SYNC:
		lab_instance_sync(inst);
		return 0;
	case LAB_FUZZ_TRANSLATE:
		return lab_instance_translate(inst, r->iova, &answers);
	case LAB_FUZZ_TOUCH:
		return lab_instance_touch(inst, r->iova);
	case LAB_FUZZ_CLEAR:
		return lab_instance_read_all_dirty(inst, true, NULL, NULL);
	case LAB_FUZZ_FAIL_NTH:
		lab_ledger_set_fail_nth(&inst->ledger, r->count);
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

static int do_both(struct execution *e, const struct lab_fuzz_op *op)
{
	int ret = act(e->inst, op), twins;

	if (!e->twin)
		return ret;
	twins = act(e->twin, op);
	lab_check(e->tally, LAB_RULE_SAME_BITS, ret == twins,
		  "step at iova %#llx: kernel %pe, lab %pe", op->range.iova, ERR_PTR(ret),
		  ERR_PTR(twins));
	return ret;
}

static void count(struct lab_fuzz_counts *c, int ret)
{
	c->steps++;
	c->refused += ret && ret != -ENOMEM;
	c->starved += ret == -ENOMEM;
}

/* Its result; an errno in *@fatal ends the program. */
static int do_step(struct execution *e, const struct lab_fuzz_op *op, int *fatal)
{
	int ret = 0;

	if (op->kind == LAB_FUZZ_RECREATE) {
		leave(e);
		if (!lab_tally_violated(e->tally))
			*fatal = enter(e);
		count(e->counts, 0);
		return *fatal;
	}
	if (is_left_out(e, op)) {
		e->counts->left_out++;
		count(e->counts, 0);
		return 0;
	}
	e->counts->warned += foresee(e->inst, op) == ONE_WARN;
	ret = do_both(e, op);
	count(e->counts, ret);
	if (e->twin && may_change(op))
		*fatal = lab_compare(e->inst, e->twin, e->tally);
	return ret;
}

/**
 * lab_fuzz_execute() - do a program
 * @setup:	what it is done on
 * @program:	the program
 * @tally:	tally that sees all rules; of no violation yet
 * @counts:	what became of the steps is added here
 * @results:	what each step gave, 0 or an errno, as far as it came; or NULL
 * @came:	steps that were done, the last of which was the one that violated a rule; one
 *		more than there are where the destruction did
 *
 * The first violation ends it.
 *
 * Context: Process; sleeps.
 * Return: 0; the errno of creating an instance or of comparing two; -EINTR where a
 * signal came.
 */
int lab_fuzz_execute(const struct lab_fuzz_setup *setup, const struct lab_fuzz_program *program,
		     struct lab_tally *tally, struct lab_fuzz_counts *counts, int *results,
		     size_t *came)
{
	struct execution e = { .setup = setup, .tally = tally, .counts = counts };
	int ret = enter(&e), result;
	bool well;

	for (*came = 0; *came < program->nr && !ret && !lab_tally_violated(tally); ++*came) {
		result = do_step(&e, &program->op[*came], &ret);
		if (results)
			results[*came] = result;
		cond_resched();
		if (signal_pending(current))
			ret = -EINTR;
	}
	well = !lab_tally_violated(tally);
	leave(&e);
	if (well && lab_tally_violated(tally))
		++*came;
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(lab_fuzz_execute);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Verification: the tables of an instance, as the walker finds them, held against
 * the model of what was mapped, and against the rules of tables.
 *
 * A walk comes by in runs of descriptors, the model in ranges of addresses, both in
 * ascending order: they are compared as they go, at a cost per run.  What a walk has
 * found wrong is not asked about again.  The instance's mutex keeps operations out.
 */
#include <kunit/visibility.h>
#include <linux/log2.h>
#include <linux/sizes.h>

#include "instance.h"
#include "known.h"
#include "walk/expect.h"
#include "walk/visit.h"
#include "compat/compat.h"

/**
 * struct verify - a walk that is held against the model
 * @inst:	the instance
 * @next:	first address that neither has accounted for yet
 * @done:	nothing is left to account for
 * @from:	where @range was looked for: nothing is mapped from here to it
 * @range:	of the model; with a NULL mapping where nothing more is mapped
 * @prot:	what @expect was made of
 * @expect:	attributes that are due
 * @bad:	first input address of the last bad descriptor
 * @any_bad:	there was one
 * @wrong:	violations, bad descriptors among them
 * @tables:	tables below the root
 * @live:	live descriptors of all tables
 */
struct verify {
	struct lab_instance *inst;
	u64 next;
	bool done;
	u64 from;
	struct lab_model_range range;
	int prot;
	struct lab_attrs expect;
	u64 bad;
	bool any_bad;
	unsigned int wrong;
	u64 tables, live;
};

/**
 * lab_blame() - the rule that a finding breaks
 * @inst:	the instance, locked
 * @rule:	the rule that it would break if an operation had just been done
 *
 * After one that was refused or failed, translations are as they were before, or it
 * has changed them.
 *
 * Context: Any.
 * Return: the rule.
 */
enum lab_rule lab_blame(const struct lab_instance *inst, enum lab_rule rule)
{
	return inst->refused ? LAB_RULE_REFUSED_UNCHANGED : rule;
}

/**
 * lab_is_page_of() - whether a page has the size that was mapped
 * @m:		the mapping
 * @found:	its size in bytes
 *
 * Into what a block was split is the provider's choice.
 *
 * Context: Any.
 */
bool lab_is_page_of(const struct lab_mapping *m, u64 found)
{
	return found == m->pgsize || (m->split && found < m->pgsize);
}
EXPORT_SYMBOL_IF_KUNIT(lab_is_page_of);

/* One check; remembers what does not hold. */
#define VERIFY(v, rule, holds, ...) do {					\
	struct verify *_v = (v);						\
										\
	if (!lab_check(&_v->inst->tally, lab_blame(_v->inst, rule), holds, __VA_ARGS__)) \
		_v->wrong++;							\
} while (0)

static int verify_table(void *ctx, const struct lab_walk_table *t)
{
	struct verify *v = ctx;
	struct lab_instance *inst = v->inst;

	/* A tree of many tables takes its time. */
	if (!inst->atomic)
		cond_resched();
	v->tables += !t->root;
	v->live += t->live;
	lab_check(&inst->tally, LAB_RULE_TREE_SOUND, true, "table at %pa", &t->pa);
	lab_shadow_verify_table(inst, t->iova, t->pa, t->bytes);

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

/* Most of what is wrong with a descriptor keeps hardware from following it. */
static enum lab_rule rule_of_bad(const struct verify *v, const char *why)
{
	if (!strcmp(why, LAB_WHY_GROUP))
		return lab_blame(v->inst, LAB_RULE_CONTIGUOUS_WHOLE);
	if (!strcmp(why, LAB_WHY_NS) || !strcmp(why, LAB_WHY_MEMATTR))
		return lab_blame(v->inst, LAB_RULE_ATTRIBUTES);
	if (!strcmp(why, LAB_WHY_BASE))
		return LAB_RULE_CONFIG_OUTPUTS;
	return LAB_RULE_TREE_SOUND;
}

static int verify_bad(void *ctx, const struct lab_walk_bad *bad)
{
	struct verify *v = ctx;

	v->bad = bad->iova;
	v->any_bad = true;
	v->wrong++;
	lab_check(&v->inst->tally, rule_of_bad(v, bad->why), false,
		  "iova %#llx, level %u, descriptor %#llx: %s", bad->iova, bad->level,
		  bad->desc, bad->why);
	return 0;
}

/* What the model has at an address, or next above it. */
static const struct lab_model_range *model_at(struct verify *v, u64 iova)
{
	if (iova >= v->from && iova <= v->range.last)
		return &v->range;

	v->from = iova;
	if (!lab_model_next(&v->inst->model, iova, v->inst->last, &v->range))
		v->range = (struct lab_model_range) { .first = U64_MAX, .last = U64_MAX };
	return &v->range;
}

/* Nothing was found up to an address: was nothing mapped? */
static void account_for_gap(struct verify *v, u64 last)
{
	const struct lab_model_range *r;
	u64 first;

	while (!v->done && v->next <= last) {
		r = model_at(v, v->next);
		if (!r->mapping || r->first > last)
			return;
		first = max(r->first, v->next);
		/* Not found because its descriptor is bad: that has been said. */
		if (!v->any_bad || v->bad < first || v->bad > min(r->last, last))
			VERIFY(v, LAB_RULE_TRANSLATION, false,
			       "iova %#llx to %#llx is mapped to %#llx, and the walker finds nothing",
			       first, min(r->last, last),
			       r->mapping->pa + (first - r->mapping->iova));
		v->done = r->last == U64_MAX;
		v->next = r->last + 1;
	}
}

/* A part of a run where nothing was mapped. */
static void verify_stray(struct verify *v, const struct lab_walk_leaf *leaf, u64 iova, u64 last)
{
	/* That one faults, though not as what is not there. */
	VERIFY(v, leaf->attrs.access_flag ? LAB_RULE_NO_STRAY : LAB_RULE_FAULT_LEVEL, false,
	       "iova %#llx to %#llx is not mapped, level %u has descriptor %#llx%s", iova, last,
	       leaf->level, leaf->desc, leaf->attrs.access_flag ? "" : " without access flag");
}

/* A part of a run where one mapping is due. */
static void verify_mapped(struct verify *v, const struct lab_walk_leaf *leaf, u64 iova)
{
	const struct lab_mapping *m = v->range.mapping;
	u64 oa = leaf->oa + (iova - leaf->iova), due = m->pa + (iova - m->iova);
	const struct lab_known *known = NULL;
	char got[LAB_ATTRS_TEXT_BYTES], want[LAB_ATTRS_TEXT_BYTES];
	bool allowed, alike;

	if (v->prot != m->prot) {
		v->prot = m->prot;
		lab_expect_attrs(v->inst->params.format->fmt, v->inst->params.quirks, m->prot,
				 &v->expect);
	}

	if (oa != due)
		known = lab_known_split_address(v->inst, iova, oa);
	if (known)
		lab_check_known(&v->inst->tally, LAB_RULE_TRANSLATION, known, false,
				"iova %#llx is mapped to %#llx, the walker finds %#llx, level %u, descriptor %#llx",
				iova, due, oa, leaf->level, leaf->desc);
	else
		VERIFY(v, LAB_RULE_TRANSLATION, oa == due,
		       "iova %#llx is mapped to %#llx, the walker finds %#llx, level %u, descriptor %#llx",
		       iova, due, oa, leaf->level, leaf->desc);
	known = NULL;
	VERIFY(v, LAB_RULE_NO_STRAY, lab_is_page_of(m, leaf->bytes),
	       "iova %#llx is mapped by pages of %#zx, the walker finds %#llx, level %u, descriptor %#llx",
	       iova, m->pgsize, leaf->bytes, leaf->level, leaf->desc);
	VERIFY(v, LAB_RULE_FAULT_LEVEL, leaf->attrs.access_flag,
	       "iova %#llx is mapped, without access flag, level %u, descriptor %#llx", iova,
	       leaf->level, leaf->desc);

	allowed = lab_same_permissions(&leaf->attrs, &v->expect);
	alike = lab_same_memory(&leaf->attrs, &v->expect);
	if (!allowed || !alike) {
		lab_attrs_text(&leaf->attrs, got, sizeof(got));
		lab_attrs_text(&v->expect, want, sizeof(want));
	}
	if (!allowed)
		known = lab_known_s2_noexec(v->inst, &v->expect, &leaf->attrs);
	if (known)
		lab_check_known(&v->inst->tally, LAB_RULE_PERMISSIONS, known, false,
				"iova %#llx is mapped %s, the walker finds %s, level %u, descriptor %#llx",
				iova, want, got, leaf->level, leaf->desc);
	else
		VERIFY(v, LAB_RULE_PERMISSIONS, allowed,
		       "iova %#llx is mapped %s, the walker finds %s, level %u, descriptor %#llx",
		       iova, want, got, leaf->level, leaf->desc);
	VERIFY(v, LAB_RULE_ATTRIBUTES, alike,
	       "iova %#llx is mapped %s, the walker finds %s, level %u, descriptor %#llx", iova,
	       want, got, leaf->level, leaf->desc);
}

static int verify_run(void *ctx, const struct lab_walk_leaf *leaf, u32 nr)
{
	u64 iova = leaf->iova, last = iova + (leaf->bytes * nr - 1), end;
	const struct lab_model_range *r;
	struct verify *v = ctx;

	if (iova && iova > v->next)
		account_for_gap(v, iova - 1);
	for (;; iova = end + 1) {
		r = model_at(v, iova);
		if (r->mapping && r->first <= iova) {
			end = min(r->last, last);
			verify_mapped(v, leaf, iova);
		} else {
			end = r->mapping && r->first <= last ? r->first - 1 : last;
			verify_stray(v, leaf, iova, end);
		}
		if (end == last)
			break;
	}
	v->done = last == U64_MAX;
	v->next = last + 1;
	return 0;
}

/* Leaf descriptors that all that is mapped takes; false where it was split. */
static bool descriptors_due(struct lab_instance *inst, u64 *due)
{
	/* A large page and a supersection are 16 descriptors (DDI0406C B3.5.1). */
	size_t groups = lab_params_are_v7s(&inst->params) ? SZ_64K | SZ_16M : 0;
	struct lab_model_range r;
	u64 iova = inst->first, nr = 0;

	while (lab_model_next(&inst->model, iova, inst->last, &r)) {
		if (r.mapping->split)
			return false;
		nr += (r.last - r.first + 1) / r.mapping->pgsize *
		      (r.mapping->pgsize & groups ? 16 : 1);
		if (r.last == inst->last)
			break;
		iova = r.last + 1;
	}
	*due = nr;
	return true;
}

/* True if all was well; @bad: a descriptor could not be followed. */
static bool verify(struct lab_instance *inst, u64 iova, u64 last, bool whole, bool *bad)
{
	/* Live descriptors are counted where all of them are accounted for. */
	const struct lab_walk_visitor visitor = {
		.table	= verify_table,
		.run	= verify_run,
		.bad	= verify_bad,
		.shapes	= !whole,
	};
	struct verify v = {
		.inst	= inst,
		.next	= iova,
		.from	= 1,	/* and @range.last 0: nothing was looked for */
		.prot	= -1,
	};
	u64 due;
	int ret;

	ret = inst->params.format->walker->walk(&inst->cfg, iova, last, &visitor, &v);
	if (ret) {
		lab_check(&inst->tally, LAB_RULE_TREE_SOUND, false,
			  "no walk from these registers (%pe)", ERR_PTR(ret));
		*bad = true;
		return false;
	}
	account_for_gap(&v, last);
	lab_check(&inst->tally, LAB_RULE_CONTIGUOUS_WHOLE, true, "no group is broken");
	if (whole && !v.wrong && descriptors_due(inst, &due))
		VERIFY(&v, LAB_RULE_NO_STRAY, v.live - v.tables == due,
		       "%llu live descriptors beside those of tables, what is mapped takes %llu",
		       v.live - v.tables, due);
	*bad = v.any_bad;
	return !v.wrong;
}

/* The longest stretch of one mapping is looked at here and there. */
enum {
	PROBED_MAPPINGS	= 64,
};

/* The ends of mappings and their neighbours, of at most PROBED_MAPPINGS. */
static void probe_mappings(struct lab_instance *inst)
{
	struct lab_model_range r;
	u64 iova = inst->first;
	u64 nr = 0, step;

	while (lab_model_next(&inst->model, iova, inst->last, &r)) {
		nr++;
		if (r.last == inst->last)
			break;
		iova = r.last + 1;
	}
	step = nr / PROBED_MAPPINGS + 1;

	iova = inst->first;
	for (u64 i = 0; lab_model_next(&inst->model, iova, inst->last, &r); i++) {
		if (!(i % step))
			lab_instance_probe_range(inst, r.first, r.last, r.mapping->pgsize);
		if (r.last == inst->last)
			break;
		iova = r.last + 1;
	}
	lab_instance_probe(inst, inst->first);
	lab_instance_probe(inst, inst->last);
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
	ret = inst->params.format->walker->walk(&inst->cfg, inst->first, inst->last, visitor,
						ctx);
	mutex_unlock(&inst->lock);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(lab_instance_walk);

/* The whole tree, with the ledger; true if all was well. */
static bool verify_tree(struct lab_instance *inst)
{
	bool well, bad;

	if (inst->params.allocator)
		lab_ledger_walk_begin(&inst->ledger);
	well = verify(inst, inst->first, inst->last, true, &bad);
	/* Where the way ends, what lies behind it is out of reach. */
	if (inst->params.allocator && !bad)
		lab_ledger_walk_end(&inst->ledger);
	return well;
}

/**
 * lab_instance_verify_range() - check the rules on what resolves a range
 * @inst:	the instance, locked
 * @iova:	first input address
 * @last:	last input address
 * @pgsize:	page size in bytes of the operation on it
 *
 * What an operation on the range could have changed, short of tables that it
 * unhooked: those take a walk of the whole tree to miss, which thorough instances do.
 * Then all readers are asked for its ends and its middle, for its neighbours, and for
 * the ends of the space.
 *
 * Context: Process; the instance's mutex is held.
 */
void lab_instance_verify_range(struct lab_instance *inst, u64 iova, u64 last, size_t pgsize)
{
	bool bad;

	lockdep_assert_held(&inst->lock);
	if (inst->thorough ? !verify_tree(inst) : !verify(inst, iova, last, false, &bad))
		return;
	lab_instance_probe_range(inst, iova, last, pgsize);
	lab_instance_probe(inst, inst->first);
	lab_instance_probe(inst, inst->last);
}

/**
 * lab_instance_verify_tree() - check the rules on the whole tree by a walk alone
 * @inst:	the instance
 *
 * What an operation's own verification leaves out; no other reader is asked.
 *
 * Context: Process; sleeps for the instance's mutex.
 */
void lab_instance_verify_tree(struct lab_instance *inst)
{
	mutex_lock(&inst->lock);
	verify_tree(inst);
	mutex_unlock(&inst->lock);
}
EXPORT_SYMBOL_IF_KUNIT(lab_instance_verify_tree);

/**
 * lab_instance_verify() - check the rules on the whole tree
 * @inst:	the instance
 *
 * Context: Process; sleeps for the instance's mutex.
 */
void lab_instance_verify(struct lab_instance *inst)
{
	mutex_lock(&inst->lock);
	lab_instance_verify_locked(inst);
	mutex_unlock(&inst->lock);
}
EXPORT_SYMBOL_IF_KUNIT(lab_instance_verify);

/**
 * lab_instance_verify_locked() - likewise, for who has the instance to himself
 * @inst:	the instance, locked
 *
 * Context: Any, where the instance's @atomic says so.
 */
void lab_instance_verify_locked(struct lab_instance *inst)
{
	lockdep_assert_held(&inst->lock);
	if (verify_tree(inst))
		probe_mappings(inst);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * One input address: what each reader says of it, and whether they say the same.
 *
 * The readers are the model with the attributes that are due, the software walker,
 * the provider's iova_to_phys() and pgtable_walk(), and the CPU where it may be
 * asked.  The instance's mutex keeps operations out.
 */
#include <kunit/visibility.h>
#include <linux/kernel.h>

#include "instance.h"
#include "known.h"
#include "walk/expect.h"
#include "walk/visit.h"
#include "compat/compat.h"

/*
 * Where the kernel would answer from memory that nobody set, a shift by what is in
 * there may be undefined; UBSAN says so.
 */
static bool may_ask_provider(const struct lab_instance *inst, u64 iova)
{
	return !lab_known_ttbr1_last(inst, iova) || !IS_ENABLED(CONFIG_UBSAN_SHIFT) ||
	       IS_ENABLED(CONFIG_INIT_STACK_ALL_ZERO);
}

static void ask(struct lab_instance *inst, u64 iova, struct lab_answers *a)
{
	const struct lab_format *format = inst->params.format;
	const struct lab_mapping *m = lab_model_find(&inst->model, iova);

	*a = (struct lab_answers) {
		.mapped	= m,
		.model	= m ? m->pa + (iova - m->iova) : 0,
		.provider_asked = may_ask_provider(inst, iova),
	};
	if (m)
		lab_expect_attrs(format->fmt, inst->params.quirks, m->prot, &a->expect);
	if (a->provider_asked)
		a->iova_to_phys = inst->ops->iova_to_phys(inst->ops, iova);
	a->pgtable_walk_asked = a->provider_asked && lab_has_pgtable_walk(inst->ops);
	if (a->pgtable_walk_asked)
		a->pgtable_walk = lab_pgtable_walk(inst->ops, iova, a->ptes);
	format->walker->translate(&inst->cfg, iova, &a->walk);
	a->right_size = m && lab_is_page_of(m, a->walk.bytes);
	lab_cpu_translate(format->fmt, &inst->cfg, &a->walk, iova, &a->cpu);
}

/* What all readers say, for who has to find out which is wrong. */
static noinline_for_stack void say(const struct lab_answers *a, char *buf, size_t size)
{
	char text[LAB_ATTRS_TEXT_BYTES];
	size_t at = 0;

	if (a->mapped)
		at += scnprintf(buf, size, "due %#llx %s", a->model,
				lab_attrs_text(&a->expect, text, sizeof(text)));
	else
		at += scnprintf(buf, size, "not mapped");
	if (a->walk.fault)
		at += scnprintf(buf + at, size - at, "; walker %s fault L%u", a->walk.fault,
				a->walk.level);
	else
		at += scnprintf(buf + at, size - at, "; walker %#llx L%u %s", (u64)a->walk.oa,
				a->walk.level,
				lab_attrs_text(&a->walk.attrs, text, sizeof(text)));
	if (a->provider_asked)
		at += scnprintf(buf + at, size - at, "; iova_to_phys %#llx",
				(u64)a->iova_to_phys);
	if (a->pgtable_walk_asked)
		at += scnprintf(buf + at, size - at, "; pgtable_walk %d", a->pgtable_walk);
	if (!a->cpu.refused && a->cpu.fault)
		at += scnprintf(buf + at, size - at, "; cpu %s fault L%u may %x/%x", a->cpu.fault,
				a->cpu.level, a->cpu.allowed, a->cpu.asked);
	else if (!a->cpu.refused)
		at += scnprintf(buf + at, size - at, "; cpu %#llx may %x/%x", (u64)a->cpu.oa,
				a->cpu.allowed, a->cpu.asked);
	at += scnprintf(buf + at, size - at, "; descriptors");
	for (int l = a->walk.first_level; l <= a->walk.level && l < LAB_WALK_LEVELS; l++)
		at += scnprintf(buf + at, size - at, " L%d %#llx", l, a->walk.desc[l]);
}

/**
 * struct judge - one address on trial
 * @inst:	the instance
 * @iova:	the address
 * @a:		what the readers say
 */
struct judge {
	struct lab_instance *inst;
	u64 iova;
	struct lab_answers *a;
};

static noinline_for_stack void violated(struct judge *j, enum lab_rule rule,
					const struct lab_known *known, const char *what)
{
	char said[LAB_VIOLATION_BYTES];

	say(j->a, said, sizeof(said));
	j->a->agree &= !!known;
	lab_check_known(&j->inst->tally, rule, known, false, "iova %#llx: %s: %s", j->iova, what,
			said);
}

static bool judge_known(struct judge *j, enum lab_rule rule, const struct lab_known *known,
			bool holds, const char *what)
{
	rule = lab_blame(j->inst, rule);
	if (likely(holds))
		lab_check(&j->inst->tally, rule, true, "%s", what);
	else
		violated(j, rule, known, what);
	return holds;
}

static bool judge(struct judge *j, enum lab_rule rule, bool holds, const char *what)
{
	return judge_known(j, rule, NULL, holds, what);
}

static int note_level(void *ctx, const struct lab_walk_table *t)
{
	u8 *level = ctx;

	*level = t->level;
	return 0;
}

/* The level of the last table on the way to an address, from the tree's shape. */
static u8 deepest_table(struct lab_instance *inst, u64 iova)
{
	static const struct lab_walk_visitor visitor = { .table = note_level, .shapes = true };
	u8 level = U8_MAX;

	inst->params.format->walker->walk(&inst->cfg, iova, iova, &visitor, &level);
	return level;
}

/* The walker found an obstacle. */
static void judge_fault(struct judge *j)
{
	const struct lab_translation *w = &j->a->walk;

	if (!strcmp(w->fault, LAB_WHY_ACCESS_FLAG)) {
		judge(j, LAB_RULE_FAULT_LEVEL, false, j->a->mapped ? "no access flag" :
		      "not mapped, and no translation fault");
	} else if (strcmp(w->fault, LAB_WHY_TRANSLATION)) {
		/* As the walk of its table says. */
		judge(j, LAB_RULE_TREE_SOUND, false, "a descriptor that cannot be followed");
	} else if (j->a->mapped) {
		judge(j, LAB_RULE_TRANSLATION, false, "mapped, and the walker finds nothing");
	} else {
		judge(j, LAB_RULE_FAULT_LEVEL, w->level == deepest_table(j->inst, j->iova),
		      "not mapped, and the fault is at another level than the last table");
	}
}

/* The walker found a page. */
static void judge_page(struct judge *j)
{
	const struct lab_translation *w = &j->a->walk;
	const struct lab_answers *a = j->a;
	const struct lab_known *known = NULL;

	if (!judge(j, LAB_RULE_NO_STRAY, a->mapped, "not mapped, and the walker finds a page"))
		return;
	if (w->oa != a->model)
		known = lab_known_split_address(j->inst, j->iova, w->oa);
	judge_known(j, LAB_RULE_TRANSLATION, known, w->oa == a->model,
		    "the walker finds another page");
	judge(j, LAB_RULE_NO_STRAY, a->right_size,
	      "a page of another size");
	judge_known(j, LAB_RULE_PERMISSIONS, lab_known_s2_noexec(j->inst, &a->expect, &w->attrs),
		    lab_same_permissions(&w->attrs, &a->expect),
		    "the walker finds other permissions");
	judge(j, LAB_RULE_ATTRIBUTES, lab_same_memory(&w->attrs, &a->expect),
	      "the walker finds other attributes");
}

/* The provider's own readers. */
static void judge_provider(struct judge *j)
{
	const struct lab_known *known = lab_known_ttbr1_last(j->inst, j->iova);
	const struct lab_translation *w = &j->a->walk;
	const struct lab_answers *a = j->a;
	bool same = true;

	if (!a->provider_asked) {
		judge_known(j, LAB_RULE_TRANSLATION, known, false,
			    "the provider is not asked, its answer would be no one's");
		return;
	}
	if (!known && a->iova_to_phys != a->model)
		known = lab_known_split_address(j->inst, j->iova, a->iova_to_phys);
	/* Where the tables are wrong, it is right to say so. */
	if (a->agree)
		judge_known(j, LAB_RULE_TRANSLATION, known, a->iova_to_phys == a->model,
			    "iova_to_phys finds another page");
	if (!a->pgtable_walk_asked)
		return;
	for (int l = w->first_level; l <= w->level && l < LAB_WALK_LEVELS; l++)
		same &= a->ptes[l] == w->desc[l];
	same &= !a->agree || !a->pgtable_walk == a->mapped;
	judge_known(j, LAB_RULE_TRANSLATION, known, same,
		    "pgtable_walk takes another way");
}

/* The accesses that the CPU ought to let through, of those that it was asked for. */
static u8 cpu_allowed_due(const struct lab_answers *a)
{
	const struct lab_attrs *attrs = &a->walk.attrs;
	u8 due = 0;

	if (a->walk.fault)
		return 0;
	due |= attrs->priv_read << LAB_CPU_PRIV_READ;
	due |= attrs->priv_write << LAB_CPU_PRIV_WRITE;
	due |= attrs->user_read << LAB_CPU_USER_READ;
	due |= attrs->user_write << LAB_CPU_USER_WRITE;
	return due & a->cpu.asked;
}

static void judge_cpu(struct judge *j)
{
	const struct lab_translation *w = &j->a->walk;
	const struct lab_cpu_answer *cpu = &j->a->cpu;

	if (cpu->refused)
		return;

	if (w->fault) {
		judge(j, LAB_RULE_FAULT_LEVEL, !cpu->allowed && cpu->fault &&
		      !strcmp(cpu->fault, w->fault) && cpu->level == w->level,
		      "the CPU finds no such fault");
		return;
	}
	judge(j, LAB_RULE_PERMISSIONS, cpu->allowed == cpu_allowed_due(j->a),
	      "the CPU lets other accesses through");
	if (cpu->allowed)
		judge(j, LAB_RULE_TRANSLATION, cpu->oa == w->oa, "the CPU finds another page");
	if (cpu->allowed && cpu->memory_known)
		judge(j, LAB_RULE_ATTRIBUTES, cpu->memory == w->attrs.memory &&
		      (!cpu->share_known || cpu->share == w->attrs.share),
		      "the CPU finds other attributes");
}

/* Ask every reader, and count what they do not agree on. */
static void ask_and_judge(struct lab_instance *inst, u64 iova, struct lab_answers *a)
{
	struct judge j = { .inst = inst, .iova = iova, .a = a };

	ask(inst, iova, a);
	a->agree = true;
	if (a->walk.fault)
		judge_fault(&j);
	else
		judge_page(&j);
	judge_provider(&j);
	judge_cpu(&j);
}

/**
 * lab_instance_probe() - hold all readers against each other at an address
 * @inst:	the instance, locked
 * @iova:	input address
 *
 * Context: Process; the instance's mutex is held.
 */
void lab_instance_probe(struct lab_instance *inst, u64 iova)
{
	struct lab_answers answers;

	lockdep_assert_held(&inst->lock);
	ask_and_judge(inst, iova, &answers);
}

/**
 * lab_instance_probe_range() - likewise around a range of pages
 * @inst:	the instance, locked
 * @iova:	first input address
 * @last:	last input address
 * @pgsize:	page size in bytes
 *
 * The ends of its first and last page, the middle, and the neighbours on both sides.
 *
 * Context: Process; the instance's mutex is held.
 */
void lab_instance_probe_range(struct lab_instance *inst, u64 iova, u64 last, size_t pgsize)
{
	if (iova > inst->first)
		lab_instance_probe(inst, iova - 1);
	lab_instance_probe(inst, iova);
	if (last - iova >= pgsize) {
		lab_instance_probe(inst, iova + (pgsize - 1));
		lab_instance_probe(inst, iova + (last - iova) / 2);
		lab_instance_probe(inst, last - (pgsize - 1));
	}
	lab_instance_probe(inst, last);
	if (last < inst->last)
		lab_instance_probe(inst, last + 1);
}

/**
 * lab_instance_translate() - ask every reader about an input address
 * @inst:	the instance
 * @iova:	the address
 * @answers:	filled in
 *
 * What they do not agree on is counted with the rules, too.
 *
 * Context: Process; sleeps.
 * Return: 0, or -ERANGE beyond the input address size.
 */
int lab_instance_translate(struct lab_instance *inst, u64 iova,
			   struct lab_answers *answers)
{
	if (iova < inst->first || iova > inst->last) {
		lab_complain(inst->params.name,
			     "translate %#llx: input addresses are %#llx to %#llx", iova,
			     inst->first, inst->last);
		return -ERANGE;
	}

	mutex_lock(&inst->lock);
	ask_and_judge(inst, iova, answers);
	mutex_unlock(&inst->lock);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(lab_instance_translate);

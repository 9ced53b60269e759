// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rule same-bits: two instances, one of each provider, to which the same was done,
 * have the same registers and the same descriptors, but for where tables lie.
 *
 * The software walker tells where the tables of both lie, in ascending order of
 * the input address, each before those below it; what is in them is compared
 * here as bits.  Sleeps; nobody operates on either instance meanwhile.
 */
#include <kunit/visibility.h>
#include <linux/bsearch.h>
#include <linux/err.h>
#include <linux/io.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sizes.h>

#include "compare.h"
#include "compat/compat.h"

/* Bits of a table descriptor that may differ: its address, and in LPAE SW_SYNC */
enum table_bits {
	V7S_TABLE_ADDR	= GENMASK(31, 10),
	V7S_MTK_ADDR	= BIT(9) | BIT(5) | BIT(4),
	LPAE_TABLE_ADDR	= GENMASK_ULL(47, 12),
	LPAE_SW_SYNC	= BIT_ULL(55),
};

/* Bits of the registers beside the root's address */
enum root_bits {
	V7S_TTBR_ATTRS	= GENMASK(6, 0),
	/* The lowest have address bits there. */
	V7S_MTK_ATTRS	= GENMASK(6, 3),
	MALI_ATTRS	= GENMASK(11, 0),
};

/**
 * struct tree - the tables of an instance
 * @inst:	the instance
 * @nr:		number of tables
 * @room:	entries of @table; 0 while they are only counted
 * @table:	the tables, sorted by compare_places()
 */
struct tree {
	struct lab_instance *inst;
	size_t nr, room;
	struct lab_walk_table *table;
};

/**
 * struct comparison - two trees
 * @kernel:	the kernel's
 * @lab:	the lab's
 * @tally:	where it is counted
 * @desc_bytes:	bytes of a descriptor
 * @table_bits:	bits of a table descriptor that may differ
 */
struct comparison {
	struct tree kernel, lab;
	struct lab_tally *tally;
	size_t desc_bytes;
	u64 table_bits;
};

static int compare_places(const void *a, const void *b)
{
	const struct lab_walk_table *x = a, *y = b;

	if (x->iova != y->iova)
		return x->iova < y->iova ? -1 : 1;
	return (int)x->level - y->level;
}

static int note_table(void *ctx, const struct lab_walk_table *t)
{
	struct tree *tree = ctx;

	cond_resched();
	if (tree->room) {
		if (tree->nr == tree->room)
			return -EAGAIN;
		tree->table[tree->nr] = *t;
	}
	tree->nr++;
	return 0;
}

static int tree_open(struct tree *tree, struct lab_instance *inst)
{
	static const struct lab_walk_visitor visitor = { .table = note_table };
	int ret;

	tree->inst = inst;
	ret = lab_instance_walk(inst, &visitor, tree);
	if (ret)
		return ret;

	tree->table = kvcalloc(tree->nr, sizeof(*tree->table), GFP_KERNEL);
	if (!tree->table)
		return -ENOMEM;

	tree->room = tree->nr;
	tree->nr = 0;
	return lab_instance_walk(inst, &visitor, tree);
}

static void tree_close(struct tree *tree)
{
	kvfree(tree->table);
}

static const struct lab_walk_table *tree_find(const struct tree *tree, u64 iova,
					      unsigned int level)
{
	const struct lab_walk_table key = { .iova = iova, .level = level };

	return bsearch(&key, tree->table, tree->nr, sizeof(key), compare_places);
}

static u64 read_desc(const struct comparison *c, const struct lab_walk_table *t, u32 i)
{
	const void *table = phys_to_virt(t->pa);

	return c->desc_bytes == sizeof(u32) ? READ_ONCE(((const u32 *)table)[i]) :
					      READ_ONCE(((const u64 *)table)[i]);
}

/* Where both lead to a table, it may lie elsewhere. */
static u64 bits_that_count(const struct comparison *c, const struct lab_walk_table *t,
			   u64 iova)
{
	if (tree_find(&c->kernel, iova, t->level + 1) && tree_find(&c->lab, iova, t->level + 1))
		return ~c->table_bits;
	return ~0ULL;
}

static void compare_tables(const struct comparison *c, const struct lab_walk_table *kernel,
			   const struct lab_walk_table *lab)
{
	u64 span = kernel->span / kernel->nr;

	lab_check(c->tally, LAB_RULE_SAME_BITS, kernel->nr == lab->nr,
		  "iova %#llx, level %u: kernel %u descriptors, lab %u", kernel->iova,
		  kernel->level, kernel->nr, lab->nr);

	for (u32 i = 0; i < min(kernel->nr, lab->nr); i++) {
		u64 a = read_desc(c, kernel, i), b = read_desc(c, lab, i);
		u64 iova = kernel->iova + i * span;

		if (a == b)
			continue;
		if ((a ^ b) & bits_that_count(c, kernel, iova))
			lab_check(c->tally, LAB_RULE_SAME_BITS, false,
				  "iova %#llx, level %u: kernel %#llx, lab %#llx", iova,
				  kernel->level, a, b);
	}
}

/* A table without its like has been told of by the descriptor that leads to it. */
static void compare_trees(const struct comparison *c)
{
	for (size_t i = 0; i < c->kernel.nr; i++) {
		const struct lab_walk_table *kernel = &c->kernel.table[i], *lab;

		cond_resched();
		lab = tree_find(&c->lab, kernel->iova, kernel->level);
		if (lab)
			compare_tables(c, kernel, lab);
		else if (kernel->root)
			lab_check(c->tally, LAB_RULE_SAME_BITS, false,
				  "the kernel's walk begins at level %u, the lab's at %u",
				  kernel->level, c->lab.table[0].level);
	}
}

static void compare_register(const struct comparison *c, const char *name, u64 kernel,
			     u64 lab)
{
	lab_check(c->tally, LAB_RULE_SAME_BITS, kernel == lab, "%s: kernel %#llx, lab %#llx",
		  name, kernel, lab);
}

static void compare_registers(const struct comparison *c)
{
	const struct io_pgtable_cfg *a = &c->kernel.inst->cfg, *b = &c->lab.inst->cfg;
	u64 attrs;

	compare_register(c, "pgsize_bitmap", a->pgsize_bitmap, b->pgsize_bitmap);
	compare_register(c, "ias", a->ias, b->ias);
	compare_register(c, "oas", a->oas, b->oas);
	switch (c->kernel.inst->params.format->fmt) {
	case ARM_V7S:
		attrs = a->quirks & IO_PGTABLE_QUIRK_ARM_MTK_EXT ? V7S_MTK_ATTRS : V7S_TTBR_ATTRS;
		compare_register(c, "ttbr", a->arm_v7s_cfg.ttbr & attrs,
				 b->arm_v7s_cfg.ttbr & attrs);
		compare_register(c, "tcr", a->arm_v7s_cfg.tcr, b->arm_v7s_cfg.tcr);
		compare_register(c, "prrr", a->arm_v7s_cfg.prrr, b->arm_v7s_cfg.prrr);
		compare_register(c, "nmrr", a->arm_v7s_cfg.nmrr, b->arm_v7s_cfg.nmrr);
		break;
	case ARM_64_LPAE_S1:
	case ARM_32_LPAE_S1:
		compare_register(c, "tcr.ips", a->arm_lpae_s1_cfg.tcr.ips,
				 b->arm_lpae_s1_cfg.tcr.ips);
		compare_register(c, "tcr.tg", a->arm_lpae_s1_cfg.tcr.tg, b->arm_lpae_s1_cfg.tcr.tg);
		compare_register(c, "tcr.sh", a->arm_lpae_s1_cfg.tcr.sh, b->arm_lpae_s1_cfg.tcr.sh);
		compare_register(c, "tcr.orgn", a->arm_lpae_s1_cfg.tcr.orgn,
				 b->arm_lpae_s1_cfg.tcr.orgn);
		compare_register(c, "tcr.irgn", a->arm_lpae_s1_cfg.tcr.irgn,
				 b->arm_lpae_s1_cfg.tcr.irgn);
		compare_register(c, "tcr.tsz", a->arm_lpae_s1_cfg.tcr.tsz,
				 b->arm_lpae_s1_cfg.tcr.tsz);
		/* Up to 7.3 the kernel's has its upper half set: attributes 0 to 3 */
		compare_register(c, "mair", lower_32_bits(a->arm_lpae_s1_cfg.mair),
				 lower_32_bits(b->arm_lpae_s1_cfg.mair));
		break;
	case ARM_64_LPAE_S2:
	case ARM_32_LPAE_S2:
		compare_register(c, "vtcr.ps", a->arm_lpae_s2_cfg.vtcr.ps,
				 b->arm_lpae_s2_cfg.vtcr.ps);
		compare_register(c, "vtcr.tg", a->arm_lpae_s2_cfg.vtcr.tg,
				 b->arm_lpae_s2_cfg.vtcr.tg);
		compare_register(c, "vtcr.sh", a->arm_lpae_s2_cfg.vtcr.sh,
				 b->arm_lpae_s2_cfg.vtcr.sh);
		compare_register(c, "vtcr.orgn", a->arm_lpae_s2_cfg.vtcr.orgn,
				 b->arm_lpae_s2_cfg.vtcr.orgn);
		compare_register(c, "vtcr.irgn", a->arm_lpae_s2_cfg.vtcr.irgn,
				 b->arm_lpae_s2_cfg.vtcr.irgn);
		compare_register(c, "vtcr.sl", a->arm_lpae_s2_cfg.vtcr.sl,
				 b->arm_lpae_s2_cfg.vtcr.sl);
		compare_register(c, "vtcr.tsz", a->arm_lpae_s2_cfg.vtcr.tsz,
				 b->arm_lpae_s2_cfg.vtcr.tsz);
		break;
	default:
		compare_register(c, "transtab", a->arm_mali_lpae_cfg.transtab & MALI_ATTRS,
				 b->arm_mali_lpae_cfg.transtab & MALI_ATTRS);
		compare_register(c, "memattr", a->arm_mali_lpae_cfg.memattr,
				 b->arm_mali_lpae_cfg.memattr);
	}
}

/**
 * lab_compare() - hold the registers and descriptors of two instances together
 * @kernel:	one of the provider kernel
 * @lab:	one of the provider lab with the same parameters, to which the same
 *		was done
 * @tally:	where rule same-bits is counted
 *
 * Context: Process; sleeps for the instances' mutexes.
 * Return: 0, -ENOMEM, or the errno of a walker.
 */
int lab_compare(struct lab_instance *kernel, struct lab_instance *lab,
		struct lab_tally *tally)
{
	bool v7s = lab_params_are_v7s(&kernel->params);
	struct comparison c = {
		.tally		= tally,
		.desc_bytes	= v7s ? sizeof(u32) : sizeof(u64),
		.table_bits	= v7s ? V7S_TABLE_ADDR : LPAE_TABLE_ADDR | LPAE_SW_SYNC,
	};
	int ret;

	if (kernel->params.quirks & IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT)
		c.table_bits |= V7S_MTK_ADDR;

	ret = tree_open(&c.kernel, kernel) ?: tree_open(&c.lab, lab);
	if (!ret) {
		compare_registers(&c);
		compare_trees(&c);
	}
	tree_close(&c.kernel);
	tree_close(&c.lab);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(lab_compare);

/**
 * lab_compare_differs() - whether the kernel's tables are known to be others
 * @p:		parameters, the provider left aside
 *
 * Context: Any.
 * Return: NULL where they ought to be the same, else why not, in words.
 */
const char *lab_compare_differs(const struct lab_params *p)
{
	/* R_SRKBC of DDI0487; 4dcac8407fe1 */
	if (LAB_S2_SAVES_LEVEL_0 && p->format->fmt == ARM_64_LPAE_S2 && p->granule == SZ_16K &&
	    p->oas == 40 && p->ias > 36)
		return "this kernel begins a walk of 40 output bits at level 1 of 16 KB tables";
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(lab_compare_differs);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The program that the sweeps run, and what must hold wherever it stops.
 *
 * Operations are called as iommu_map() calls them: what map_pages() says it
 * mapped is accumulated, and a writer that stops early is called again.  What
 * ought to be mapped is kept here, and the instance's model is told.
 */
#include <kunit/resource.h>
#include <linux/gfp.h>
#include <linux/sched.h>
#include <linux/sizes.h>

#include "fail.h"
#include "io_pgtable_lab.h"

#define RW	(IOMMU_READ | IOMMU_WRITE)

const struct lab_step lab_program[] = {
	{ "map three pages",				MAP_PAGES,   START,   1,  5, 0, 3, 40 },
	{ "map from one table into the next",		MAP_PAGES,   START,   3, -2, 0, 4, 50 },
	{ "map across the middle of the space",		MAP_PAGES,   MIDDLE,  0, -2, 0, 4, 60 },
	{ "map two blocks",				MAP_BLOCKS,  START,   8,  0, 0, 2, 70 },
	{ "unmap the three pages",			UNMAP_PAGES, START,   1,  5, 0, 3, },
	{ "map a block over the table left empty",	MAP_BLOCKS,  START,   1,  0, 0, 1, 80 },
	{ "map a page in the last table of the space",	MAP_PAGES,   END,    -1,  3, 0, 1, 30 },
	{ "map a run from table to table to table",	MAP_PAGES,   START,  16, -2, 1, 4, 90 },
	{ "unmap one page of the run",			UNMAP_PAGES, START,  16,  1, 0, 1, },
	{ "map another page there",			MAP_PAGES,   START,  16,  1, 0, 1, 99 },
	{ }
};

#ifdef CONFIG_FAULT_INJECTION
static void light_fuse(struct lab_run *run)
{
	current->fail_nth = run->lit ? run->fuse : 0;
}

static void quench_fuse(struct lab_run *run)
{
	if (run->lit)
		run->fuse = current->fail_nth;
	current->fail_nth = 0;
}
#else
static void light_fuse(struct lab_run *run)
{
}

static void quench_fuse(struct lab_run *run)
{
}
#endif

static size_t page_bytes(const struct lab_run *run)
{
	unsigned long sizes = run->inst->cfg.pgsize_bitmap;

	return sizes & -sizes;
}

/* What a step is about on this instance. */
static struct lab_range_mapped step_range(const struct lab_run *run,
					  const struct lab_step *s)
{
	u64 page = page_bytes(run), reach = lab_table_reach(run->inst);
	struct lab_range_mapped r = { .pgsize = s->what == MAP_BLOCKS ? reach : page };

	if (s->from != START)
		r.iova = BIT_ULL(run->inst->cfg.ias) >> (s->from == MIDDLE);
	r.iova += s->table * reach + s->page * page;
	r.pa = s->to * reach + s->page * page;
	r.bytes = s->tables * reach + s->count * r.pgsize;
	return r;
}

static bool reserves(const struct lab_run *run)
{
	const struct lab_allocator *a = run->inst->params.allocator;

	return a && a->reserve;
}

/**
 * lab_run_create() - an instance for a run
 * @run:	zero but for its test, and its fuse where one is lit
 * @c:		its configuration, which this kernel offers
 * @fail_nth:	the table that cannot be had, 1 for the root; 0 for none
 * @tally:	tally that sees its rules
 *
 * Context: Process.
 * Return: the instance, which goes with the test, or an ERR_PTR.
 */
struct lab_instance *lab_run_create(struct lab_run *run, const struct lab_config *c,
				    u64 fail_nth, struct lab_tally *tally)
{
	struct lab_params p;

	lab_config_params(c, &p);
	p.fail_nth = fail_nth;
	run->lit = true;
	light_fuse(run);
	run->inst = lab_instance_create(&p, tally);
	quench_fuse(run);
	if (!IS_ERR(run->inst))
		lab_kunit_keep(run->test, run->inst);
	return run->inst;
}

static void enter_range(struct lab_run *run, struct lab_range_mapped r)
{
	if (!r.bytes)
		return;
	KUNIT_ASSERT_LT(run->test, run->nr, LAB_RUN_RANGES);
	run->ranges[run->nr++] = r;
}

/* Take the pages of @gone out of the range that they are in. */
static void cut_range(struct lab_run *run, struct lab_range_mapped gone)
{
	for (unsigned int i = 0; i < run->nr; i++) {
		struct lab_range_mapped before = run->ranges[i], after = before;
		u64 offset = gone.iova - before.iova;

		if (gone.iova < before.iova || offset >= before.bytes)
			continue;
		run->ranges[i] = run->ranges[--run->nr];
		before.bytes = offset;
		after.iova += offset + gone.bytes;
		after.pa += offset + gone.bytes;
		after.bytes -= offset + gone.bytes;
		enter_range(run, before);
		enter_range(run, after);
		return;
	}
}

/* As a driver that may not allocate in the operation itself. */
static int reserve_for(struct lab_run *run, const struct lab_range_mapped *r)
{
	u64 nr;
	int ret;

	if (!reserves(run) || run->dry)
		return 0;
	ret = lab_io_pgtable_max_tables(run->inst->params.format->fmt, &run->inst->cfg,
					r->iova, r->bytes, r->pgsize, &nr);
	return ret ?: lab_instance_reserve(run->inst, nr);
}

static int map_range(struct lab_run *run, const struct lab_range_mapped *r)
{
	struct io_pgtable_ops *ops = run->inst->ops;
	/* As iommu-dma maps, where the walker does not snoop. */
	gfp_t gfp = run->inst->params.coherent ? GFP_KERNEL : GFP_ATOMIC;
	struct lab_section section;
	int ret;

	run->done = 0;
	light_fuse(run);
	ret = reserve_for(run, r);
	lab_instance_section(run->inst, &section, gfp, reserves(run));
	while (!ret && run->done < r->bytes) {
		size_t mapped = 0;

		ret = ops->map_pages(ops, r->iova + run->done, r->pa + run->done,
				     r->pgsize, (r->bytes - run->done) / r->pgsize,
				     RW, gfp, &mapped);
		run->done += mapped;
		if (!ret && !mapped)
			ret = -EIO;
	}
	lab_section_end(&section);
	quench_fuse(run);
	if (run->done) {
		const struct lab_mapping m = {
			.iova = r->iova, .pa = r->pa, .pgsize = r->pgsize, .prot = RW,
			.bytes = run->done,
		};

		KUNIT_EXPECT_EQ(run->test, 0, lab_instance_was_mapped(run->inst, &m));
	}
	return ret;
}

/* An unmap takes no memory, so that nothing can be wanting. */
static int unmap_range(struct lab_run *run, const struct lab_range_mapped *r)
{
	struct io_pgtable_ops *ops = run->inst->ops;
	struct iommu_iotlb_gather gather;
	struct lab_section section;
	size_t n;

	run->done = 0;
	iommu_iotlb_gather_init(&gather);
	light_fuse(run);
	lab_instance_section(run->inst, &section, GFP_NOWAIT, reserves(run));
	do {
		n = ops->unmap_pages(ops, r->iova + run->done, r->pgsize,
				     (r->bytes - run->done) / r->pgsize, &gather);
		run->done += n;
	} while (n && run->done < r->bytes);
	lab_section_end(&section);
	quench_fuse(run);
	if (run->done)
		lab_instance_was_unmapped(run->inst, r->iova, run->done);
	return run->done == r->bytes ? 0 : -EIO;
}

static int do_step(struct lab_run *run, const struct lab_step *s)
{
	struct lab_range_mapped r = step_range(run, s);
	int ret = s->what == UNMAP_PAGES ? unmap_range(run, &r) : map_range(run, &r);

	r.bytes = run->done;
	if (s->what == UNMAP_PAGES)
		cut_range(run, r);
	else
		enter_range(run, r);
	return ret;
}

/**
 * lab_run_go() - run the program until it ends or something fails
 * @run:	the run
 * @from:	the step to begin with
 *
 * What a step that failed said it had mapped counts as mapped.
 *
 * Context: Process.
 * Return: NULL at the end, or the step that failed.
 */
const struct lab_step *lab_run_go(struct lab_run *run, const struct lab_step *from)
{
	for (; from->what != NO_STEP; from++) {
		if (run->brief && from->tables)
			break;
		run->lit = from == run->fused;
		run->ret = do_step(run, from);
		if (run->ret)
			return from;
	}
	return NULL;
}

/**
 * lab_run_undo_last() - unmap what a map that failed had mapped
 * @run:	the run, straight from lab_run_go()
 *
 * As iommu_map() does.
 *
 * Context: Process.
 */
void lab_run_undo_last(struct lab_run *run)
{
	struct lab_range_mapped r;

	if (!run->done)
		return;
	r = run->ranges[--run->nr];
	KUNIT_EXPECT_EQ(run->test, unmap_range(run, &r), 0);
}

/**
 * lab_run_undo_all() - unmap everything
 * @run:	the run
 *
 * Context: Process.
 */
void lab_run_undo_all(struct lab_run *run)
{
	while (run->nr) {
		struct lab_range_mapped r = run->ranges[--run->nr];

		KUNIT_EXPECT_EQ(run->test, unmap_range(run, &r), 0);
	}
}

/* What a walk of the whole tree has found so far. */
struct found {
	struct lab_run *run;
	u64 bytes;
};

/* Pages or blocks in a row, as the tables have them: do they lie in a range? */
static int found_leaves(void *ctx, const struct lab_walk_leaf *leaf, u32 nr)
{
	struct found *found = ctx;
	struct lab_run *run = found->run;

	found->bytes += leaf->bytes * nr;
	for (unsigned int i = 0; i < run->nr; i++) {
		const struct lab_range_mapped *r = &run->ranges[i];
		u64 offset = leaf->iova - r->iova;

		if (leaf->iova >= r->iova && offset < r->bytes &&
		    leaf->bytes * nr <= r->bytes - offset && leaf->oa == r->pa + offset)
			return 0;
	}
	snprintf(run->text, sizeof(run->text), "the walker finds %u pages of %#llx at %#llx -> %pa",
		 nr, leaf->bytes, leaf->iova, &leaf->oa);
	return -EINVAL;
}

static int found_bad(void *ctx, const struct lab_walk_bad *bad)
{
	struct found *found = ctx;

	snprintf(found->run->text, sizeof(found->run->text), "at %#llx: %s", bad->iova,
		 bad->why);
	return -EINVAL;
}

/* The walker, asked for one address as a device would ask. */
static bool walker_says(struct lab_run *run, u64 iova, u64 pa)
{
	struct lab_instance *inst = run->inst;
	struct lab_translation walk;

	inst->params.format->walker->translate(&inst->cfg, iova, &walk);
	if (walk.fault || walk.oa != pa) {
		snprintf(run->text, sizeof(run->text), "walker: %#llx -> %pa %s, not %#llx",
			 iova, &walk.oa, walk.fault ?: "", pa);
		return false;
	}
	return true;
}

/* Every page of a range, by iova_to_phys(); its ends by the walker too. */
static bool range_is_right(struct lab_run *run, const struct lab_range_mapped *r)
{
	struct io_pgtable_ops *ops = run->inst->ops;

	for (u64 at = 0; at < r->bytes; at += r->pgsize) {
		phys_addr_t pa = ops->iova_to_phys(ops, r->iova + at);

		if (pa == r->pa + at)
			continue;
		snprintf(run->text, sizeof(run->text), "iova_to_phys: %#llx -> %pa, not %#llx",
			 r->iova + at, &pa, r->pa + at);
		return false;
	}
	return walker_says(run, r->iova, r->pa) &&
	       walker_says(run, r->iova + r->bytes - 1, r->pa + r->bytes - 1);
}

/**
 * lab_run_check() - is mapped what ought to be, page by page, and nothing else?
 * @run:	the run
 *
 * Checks the rules on the whole tree too; they count in the instance's tally.
 *
 * Context: Process.
 * Return: NULL, or what is wrong.
 */
const char *lab_run_check(struct lab_run *run)
{
	static const struct lab_walk_visitor visitor = {
		.run	= found_leaves,
		.bad	= found_bad,
	};
	struct found found = { .run = run };
	u64 bytes = 0;

	lab_instance_verify(run->inst);
	if (lab_instance_walk(run->inst, &visitor, &found))
		return run->text;
	for (unsigned int i = 0; i < run->nr; i++) {
		if (!range_is_right(run, &run->ranges[i]))
			return run->text;
		bytes += run->ranges[i].bytes;
		cond_resched();
	}
	/* All that was found is in a range: as many bytes, so it is all of them. */
	if (found.bytes == bytes)
		return NULL;
	snprintf(run->text, sizeof(run->text), "%#llx bytes are mapped rather than %#llx",
		 found.bytes, bytes);
	return run->text;
}

/**
 * lab_run_expect_right() - expect lab_run_check() to find nothing
 * @run:	the run
 * @when:	what was done just before
 *
 * Context: Process.
 */
void lab_run_expect_right(struct lab_run *run, const char *when)
{
	const char *wrong = lab_run_check(run);

	KUNIT_EXPECT_NULL_MSG(run->test, wrong, "failure %llu, %s: %s", run->n, when, wrong);
}

static void expect_no_failure(struct lab_run *run, const char *when,
			      const struct lab_step *failed)
{
	KUNIT_EXPECT_NULL_MSG(run->test, failed, "failure %llu, %s: %s: %d", run->n, when,
			      failed ? failed->text : "", run->ret);
}

/**
 * lab_run_recover() - all is as it ought to be after a failure
 * @run:	the run, whose failure has come
 * @failed:	the step that it came in
 *
 * The error is that of memory running out, what was said to be mapped is mapped
 * and nothing else, the step can be undone, and works when it is tried again, and
 * so does the rest of the program.
 *
 * Context: Process.
 */
void lab_run_recover(struct lab_run *run, const struct lab_step *failed)
{
	struct kunit *test = run->test;

	KUNIT_EXPECT_EQ_MSG(test, run->ret, -ENOMEM, "failure %llu: %s", run->n,
			    failed->text);
	lab_run_expect_right(run, failed->text);
	lab_run_undo_last(run);
	lab_run_expect_right(run, "undone");

	run->dry = false;
	expect_no_failure(run, "again", lab_run_go(run, failed));
	lab_run_expect_right(run, "the rest");
}

/**
 * lab_run_once_more() - the program from its start, after a run has recovered
 * @run:	the run
 *
 * Context: Process.
 */
void lab_run_once_more(struct lab_run *run)
{
	lab_run_undo_all(run);
	lab_run_expect_right(run, "all undone");
	expect_no_failure(run, "once more", lab_run_go(run, lab_program));
	lab_run_expect_right(run, "all once more");
}

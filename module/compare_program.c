// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rule same-bits over programs: random maps and unmaps, the same to an instance of
 * each provider, and comparisons in between.
 *
 * What would be refused is not asked for.  Sleeps; no locks.
 */
#include <kunit/visibility.h>
#include <linux/err.h>
#include <linux/hash.h>
#include <linux/iommu.h>
#include <linux/minmax.h>
#include <linux/prandom.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "compare.h"
#include "compat/compat.h"

/* Runs that are mapped at a time, where they lie, how long they are; operations */
enum {
	RUNS		= 24,
	WINDOWS		= 4,
	RUN_PAGES	= 40,
	/* Descriptors of the next level down that a window has */
	WINDOW_BLOCKS	= 4,
	COMPARE_EVERY	= 16,
	STEPS		= 64,
};

/**
 * struct run - pages that are mapped
 * @iova:	first input address
 * @bytes:	length, 0 for a free slot
 * @pgsize:	page size in bytes
 */
struct run {
	u64 iova, bytes;
	size_t pgsize;
};

/**
 * struct program - a program of operations
 * @kernel:	the kernel's instance
 * @lab:	the lab's
 * @tally:	where rule same-bits is counted
 * @rnd:	randomness
 * @window:	addresses about which runs lie: small pages, blocks and tables
 *		meet there
 * @run:	what is mapped
 */
struct program {
	struct lab_instance *kernel, *lab;
	struct lab_tally *tally;
	struct rnd_state rnd;
	u64 window[WINDOWS];
	struct run run[RUNS];
};

static u64 below(struct program *p, u64 end)
{
	u64 high = prandom_u32_state(&p->rnd);

	return (high << 32 | prandom_u32_state(&p->rnd)) % end;
}

/* One of the page sizes, small ones more often. */
static size_t random_pgsize(struct program *p)
{
	unsigned long sizes = p->lab->cfg.pgsize_bitmap;

	while (sizes & (sizes - 1) && below(p, 2))
		sizes &= sizes - 1;
	return sizes & -sizes;
}

static int random_prot(struct program *p)
{
	static const int access[] = { IOMMU_READ, IOMMU_WRITE, IOMMU_READ | IOMMU_WRITE };
	static const int flags[] = { IOMMU_CACHE, IOMMU_NOEXEC, IOMMU_MMIO, IOMMU_PRIV };
	int prot = access[below(p, ARRAY_SIZE(access))];

	for (int i = 0; i < ARRAY_SIZE(flags); i++)
		if (below(p, 2))
			prot |= flags[i];
	return prot;
}

static void place_windows(struct program *p)
{
	u64 first = p->lab->first, last = p->lab->last;

	p->window[0] = first;
	p->window[1] = last;
	for (int i = 2; i < WINDOWS; i++)
		p->window[i] = first + below(p, BIT_ULL(p->lab->cfg.ias));
}

/* A run near a window; false where it does not fit into a space. */
static bool random_run(struct program *p, struct run *run, u64 *pa)
{
	u64 window = p->window[below(p, WINDOWS)] - p->lab->first;
	u64 space = BIT_ULL(p->lab->cfg.ias), out = BIT_ULL(p->lab->cfg.oas);
	size_t pgsize = random_pgsize(p);
	unsigned long larger = p->lab->cfg.pgsize_bitmap & ~(2 * pgsize - 1);
	u64 around = WINDOW_BLOCKS * (u64)(larger ? larger & -larger : pgsize * 8);
	u64 count = 1 + below(p, below(p, 4) ? 4 : RUN_PAGES), at;

	/* Sometimes all that one larger page would map */
	if (larger && !below(p, 8))
		count = min_t(u64, (larger & -larger) / pgsize, SZ_4K);
	if (count > space / pgsize || count > out / pgsize)
		return false;

	at = ALIGN_DOWN(window, around) + below(p, around);
	at = min(ALIGN_DOWN(at, count == RUN_PAGES ? pgsize : roundup_pow_of_two(count) * pgsize),
		 space - count * pgsize);
	*run = (struct run) {
		.iova	= p->lab->first + ALIGN_DOWN(at, pgsize),
		.bytes	= count * pgsize,
		.pgsize	= pgsize,
	};
	*pa = below(p, (out - run->bytes) / pgsize + 1) * pgsize;
	return true;
}

/* Both do the same, and say the same of it. */
static int agree(struct program *p, const char *what, u64 iova, int kernel, int lab)
{
	lab_check(p->tally, LAB_RULE_SAME_BITS, kernel == lab,
		  "%s at iova %#llx: kernel %pe, lab %pe", what, iova, ERR_PTR(kernel),
		  ERR_PTR(lab));
	return kernel ?: lab;
}

static int map_random(struct program *p, struct run *run)
{
	struct run new;
	int prot, ret;
	u64 pa;

	if (!random_run(p, &new, &pa) ||
	    lab_model_overlaps(&p->lab->model, new.iova, new.bytes))
		return 0;

	prot = random_prot(p);
	ret = agree(p, "map", new.iova,
		    lab_instance_map(p->kernel, new.iova, pa, new.pgsize,
				     new.bytes / new.pgsize, prot),
		    lab_instance_map(p->lab, new.iova, pa, new.pgsize,
				     new.bytes / new.pgsize, prot));
	if (!ret)
		*run = new;
	return ret;
}

/* The largest page size that a range is made of, or that it was mapped with */
static size_t unmap_pgsize(struct program *p, const struct run *run)
{
	unsigned long sizes = p->lab->cfg.pgsize_bitmap;

	while (sizes) {
		size_t pgsize = BIT(__fls(sizes));

		if (pgsize <= run->pgsize ||
		    (IS_ALIGNED(run->iova | run->bytes, pgsize) && below(p, 2)))
			return max(pgsize, run->pgsize);
		sizes &= ~pgsize;
	}
	return run->pgsize;
}

/* All of a run, or one end of it. */
static int unmap_random(struct program *p, struct run *run)
{
	struct run gone = *run;
	size_t pgsize;
	int ret;

	if (!below(p, 2))
		gone.bytes = (1 + below(p, run->bytes / run->pgsize)) * run->pgsize;
	if (!below(p, 2))
		gone.iova += run->bytes - gone.bytes;

	pgsize = unmap_pgsize(p, &gone);
	ret = agree(p, "unmap", gone.iova,
		    lab_instance_unmap(p->kernel, gone.iova, pgsize, gone.bytes / pgsize),
		    lab_instance_unmap(p->lab, gone.iova, pgsize, gone.bytes / pgsize));
	if (ret)
		return ret;

	if (gone.iova == run->iova)
		run->iova += gone.bytes;
	run->bytes -= gone.bytes;
	return 0;
}

static int run_program(struct program *p, unsigned int steps)
{
	int ret = lab_compare(p->kernel, p->lab, p->tally);

	place_windows(p);
	for (unsigned int i = 1; i <= steps && !ret; i++) {
		struct run *run = &p->run[below(p, RUNS)];

		ret = run->bytes ? unmap_random(p, run) : map_random(p, run);
		if (!ret && (i == steps || !(i % COMPARE_EVERY)))
			ret = lab_compare(p->kernel, p->lab, p->tally);
	}
	return ret;
}

static struct lab_instance *create(const struct lab_params *params,
				   const struct lab_provider *provider,
				   struct lab_tally *tally)
{
	struct lab_params p = *params;

	p.provider = provider;
	p.allocator = lab_not_offered(p.format, provider, &lab_slab) ? NULL : &lab_slab;
	if (lab_params_root_short(&p))
		p.allocator = NULL;
	if (provider == &lab_provider_kernel)
		p.fail_nth = 0;
	return lab_instance_create(&p, tally);
}

/**
 * lab_compare_program() - a random program on an instance of each provider
 * @params:	what they are to be; providers and allocators are chosen here, and
 *		fail_nth is the lab's
 * @seed:	what randomness starts from
 * @steps:	number of operations
 * @tally:	where rule same-bits is counted, and all rules of both instances
 *
 * Context: Process; sleeps.
 * Return: 0; -EOPNOTSUPP where this kernel does not have the format, or is known
 * to write it otherwise; the errno of creating an instance, of an operation, or
 * of a walker.
 */
int lab_compare_program(const struct lab_params *params, u64 seed, unsigned int steps,
			struct lab_tally *tally)
{
	struct program *p;
	int ret;

	if (lab_compare_differs(params) ||
	    lab_not_offered(params->format, &lab_provider_kernel, NULL))
		return -EOPNOTSUPP;

	p = kzalloc_obj(*p);
	if (!p)
		return -ENOMEM;
	p->tally = tally;
	/* Small numbers are bad seeds. */
	prandom_seed_state(&p->rnd, (seed + 1) * GOLDEN_RATIO_64);

	p->kernel = create(params, &lab_provider_kernel, tally);
	p->lab = create(params, &lab_provider_lab, tally);
	ret = PTR_ERR_OR_ZERO(p->kernel) ?: PTR_ERR_OR_ZERO(p->lab);
	if (!ret)
		ret = run_program(p, steps);
	lab_instance_destroy(p->lab);
	lab_instance_destroy(p->kernel);
	kfree(p);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(lab_compare_program);

/**
 * lab_compare_formats() - rule same-bits over every format that this kernel has
 * @tally:	where it is counted
 * @busy:	programs that were left out are added: only one instance of the kind can
 *		live at a time, and somebody has it
 *
 * A short program for each, with a walker that snoops and one that does not.
 *
 * Context: Process; sleeps.
 * Return: how many programs did not come to their end, for reasons that are in
 * the kernel log.
 */
unsigned int lab_compare_formats(struct lab_tally *tally, unsigned int *busy)
{
	unsigned int failed = 0;

	for (int f = 0; f < LAB_NR_FORMATS; f++)
		for (int coherent = 0; coherent < 2; coherent++) {
			struct lab_params p;
			int ret;

			lab_params_default(&p, &lab_formats[f]);
			snprintf(p.name, sizeof(p.name), "same-%s", p.format->name);
			p.coherent = coherent;
			ret = lab_compare_program(&p, f, STEPS, tally);
			*busy += ret == -EBUSY;
			failed += ret && ret != -EOPNOTSUPP && ret != -EBUSY;
		}
	return failed;
}
EXPORT_SYMBOL_IF_KUNIT(lab_compare_formats);

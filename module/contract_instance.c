// SPDX-License-Identifier: GPL-2.0-only
/*
 * The checks of the contract suite through instances of every format, provider,
 * granule and kind of walker that is offered, with the rules that come with them.
 *
 * What is to fail goes to the io_pgtable_ops directly, without a line in the
 * kernel log.  No locks.
 */
#include <linux/gfp.h>
#include <linux/sizes.h>

#include "compat/compat.h"
#include "contract.h"
#include "instance.h"

/**
 * struct trip - an instance, and addresses in it
 * @t:		the trial
 * @inst:	the instance
 * @name:	it in words
 * @pgsize:	smallest page size in bytes
 * @block:	what a table of such pages resolves, and one block maps, in bytes
 * @offset:	what output addresses lie above input addresses
 */
struct trip {
	struct lab_trial *t;
	struct lab_instance *inst;
	char name[64];
	size_t pgsize, block;
	u64 offset;
};

static void enter(struct trip *trip)
{
	unsigned long sizes = trip->inst->cfg.pgsize_bitmap;
	bool v7s = lab_params_are_v7s(&trip->inst->params);

	trip->pgsize = sizes & -sizes;
	trip->block = v7s ? SZ_1M : BIT(__ffs(sizes & (sizes - 1)));
	/* Above 4 GB where the format reaches so far; nobody touches that memory. */
	trip->offset = v7s ? SZ_2G : SZ_4G + SZ_2G;
}

/*
 * Whether a kind asks an allocator for anything that none before it does.  Formats
 * beyond the first two differ in descriptors and in their roots, so that for
 * them one kind of walker with each provider is enough.
 */
static bool worth_trying(const struct lab_trial *t, const struct lab_params *p)
{
	if (lab_not_offered(p->format, p->provider, p->allocator) || !lab_params_page_sizes(p))
		return false;
	/* v7s is for those who promise low memory. */
	if (lab_params_are_v7s(p))
		return t->allocator->low;
	return p->format == &lab_formats[LAB_LPAE_S1] ||
	       p->coherent == (p->provider == &lab_provider_lab);
}

/* Do something with an instance of each kind. */
static void each_instance(struct lab_trial *t, void (*act)(struct trip *trip))
{
	static const size_t granules[] = { SZ_4K, SZ_16K, SZ_64K };
	enum { KINDS = LAB_NR_FORMATS * LAB_NR_PROVIDERS * ARRAY_SIZE(granules) * 2 };

	for (int kind = 0; kind < KINDS; kind++) {
		struct trip trip = { .t = t };
		struct lab_params p;
		int n = kind / 2;

		lab_params_default(&p, &lab_formats[n / ARRAY_SIZE(granules) / LAB_NR_PROVIDERS]);
		p.provider = lab_providers[n / ARRAY_SIZE(granules) % LAB_NR_PROVIDERS];
		p.granule = granules[n % ARRAY_SIZE(granules)];
		p.coherent = kind % 2;
		p.allocator = t->allocator;
		strscpy(p.name, t->allocator->name);

		/* With 40 bits 6.12 makes a root that such hardware does not walk. */
		if (p.format == &lab_formats[LAB_LPAE_S2] && p.granule == SZ_16K) {
			p.ias = 36;
			p.oas = 36;
		}
		if (!worth_trying(t, &p))
			continue;

		snprintf(trip.name, sizeof(trip.name), "%s %s %zuK %scoherent", p.format->name,
			 p.provider->name, p.granule / SZ_1K, p.coherent ? "" : "non");
		trip.inst = lab_instance_create(&p, &t->tally);
		if (!lab_trial_expect(t, !IS_ERR(trip.inst), "%s: no instance (%pe)",
				      trip.name, trip.inst))
			continue;
		enter(&trip);
		act(&trip);
		lab_instance_destroy(trip.inst);
	}
}

/* A walk that meets a leaf ends with it. */
static int any_leaf(void *ctx, const struct lab_walk_leaf *leaf)
{
	return -EEXIST;
}

static void expect_nothing_mapped(struct trip *trip)
{
	static const struct lab_walk_visitor visitor = { .leaf = any_leaf };

	lab_trial_expect(trip->t, !lab_instance_walk(trip->inst, &visitor, NULL),
			 "%s: something is still mapped", trip->name);
	/* All rules that are for a whole tree. */
	lab_instance_verify(trip->inst);
}

static bool expect_mapped(struct trip *trip, u64 iova, bool mapped)
{
	struct lab_answers a = {};
	int ret = lab_instance_translate(trip->inst, iova, &a);

	return lab_trial_expect(trip->t, !ret && a.mapped == mapped && a.agree,
				"%s: readers disagree on iova %#llx", trip->name, iova);
}

/* What an address is mapped to: far from it, and no further than the format reaches. */
static u64 output(const struct trip *trip, u64 iova)
{
	return (iova + trip->offset) & (BIT_ULL(trip->inst->cfg.oas) - 1);
}

/* Map pages, ask for their ends and what follows, unmap. */
static void map_and_unmap(struct trip *trip, u64 iova, size_t pgsize, size_t count, gfp_t gfp)
{
	u64 end = iova + pgsize * count;
	int ret;

	ret = lab_instance_map_gfp(trip->inst, iova, output(trip, iova), pgsize, count,
				   IOMMU_READ | IOMMU_WRITE, gfp);
	if (!lab_trial_expect(trip->t, !ret, "%s: map of %zu x %#zx: %pe", trip->name, count,
			      pgsize, ERR_PTR(ret)))
		return;
	expect_mapped(trip, iova, true);
	expect_mapped(trip, end - 1, true);
	/* A run may end where the input space does. */
	if (end - 1 != trip->inst->last)
		expect_mapped(trip, end, false);

	ret = lab_instance_unmap(trip->inst, iova, pgsize, count);
	lab_trial_expect(trip->t, !ret, "%s: unmap of %zu x %#zx: %pe", trip->name, count,
			 pgsize, ERR_PTR(ret));
	expect_mapped(trip, iova, false);
}

/* Pages of all sizes, the smallest of which lie in two tables. */
static void programme(struct trip *trip, gfp_t gfp)
{
	unsigned long sizes = trip->inst->cfg.pgsize_bitmap;

	for (; sizes; sizes &= sizes - 1) {
		size_t pgsize = sizes & -sizes;
		bool smallest = pgsize == trip->pgsize;

		map_and_unmap(trip, smallest ? trip->block - pgsize : 2 * pgsize, pgsize, 2, gfp);
	}
	expect_nothing_mapped(trip);
}

static void programme_asleep(struct trip *trip)
{
	programme(trip, GFP_KERNEL);
}

/**
 * lab_contract_maps() - instances of all formats map, translate and unmap
 * @t:		the trial
 *
 * Context: Process; sleeps.
 */
void lab_contract_maps(struct lab_trial *t)
{
	each_instance(t, programme_asleep);
}

static void block_over_table(struct trip *trip)
{
	u64 before, after;

	/* The page's table stays, and is in the block's way. */
	map_and_unmap(trip, trip->block, trip->pgsize, 1, GFP_KERNEL);
	before = lab_ledger_stats(&trip->inst->ledger).live;
	map_and_unmap(trip, trip->block, trip->block, 1, GFP_KERNEL);
	after = lab_ledger_stats(&trip->inst->ledger).live;

	lab_trial_expect(trip->t, after < before, "%s: %llu tables before the block, %llu after",
			 trip->name, before, after);
	expect_nothing_mapped(trip);
}

/**
 * lab_contract_blocks() - a block takes the place of an empty table
 * @t:		the trial
 *
 * Context: Process; sleeps.
 */
void lab_contract_blocks(struct lab_trial *t)
{
	each_instance(t, block_over_table);
}

/* Pages in two tables of their own for each @nr: as many tables as possible. */
static u64 far_apart(const struct trip *trip, unsigned int nr)
{
	return nr * (BIT_ULL(trip->inst->cfg.ias) / 32) + trip->block - trip->pgsize;
}

/* A map that takes more tables than these has gone astray. */
#define MOST_TABLES	12

/* What operations do for themselves: have tables ready. */
static bool reserve(struct trip *trip)
{
	int ret;

	if (!trip->t->allocator->reserve)
		return true;
	ret = lab_instance_reserve(trip->inst, MOST_TABLES);
	return lab_trial_expect(trip->t, !ret, "%s: tables cannot be reserved (%pe)",
				trip->name, ERR_PTR(ret));
}

/* Map two pages past the lab's operations: the provider's errno, and bytes mapped. */
static int map_directly(struct trip *trip, u64 iova, gfp_t gfp, size_t *done)
{
	struct io_pgtable_ops *ops = trip->inst->ops;
	struct lab_section section;
	int ret = 0;

	*done = 0;
	lab_instance_section(trip->inst, &section, gfp, trip->t->allocator->reserve);
	while (!ret && *done < 2 * trip->pgsize) {
		size_t mapped = 0;

		ret = ops->map_pages(ops, iova + *done, output(trip, iova + *done), trip->pgsize,
				     2 - *done / trip->pgsize, IOMMU_READ, gfp, &mapped);
		*done += mapped;
		if (!ret && !mapped)
			ret = -EIO;
	}
	lab_section_end(&section);
	return ret;
}

static void unmap_directly(struct trip *trip, u64 iova, size_t done)
{
	struct io_pgtable_ops *ops = trip->inst->ops;
	struct iommu_iotlb_gather gather;
	struct lab_section section;
	size_t bytes = 0;

	if (done) {
		iommu_iotlb_gather_init(&gather);
		lab_instance_section(trip->inst, &section, GFP_NOWAIT, false);
		bytes = ops->unmap_pages(ops, iova, trip->pgsize, done / trip->pgsize, &gather);
		lab_section_end(&section);
	}
	/* It may stop where a table ends. */
	if (bytes && bytes < done)
		unmap_directly(trip, iova + bytes, done - bytes);
	else
		lab_trial_expect(trip->t, bytes == done, "%s: unmap of %zu bytes: %zu", trip->name,
				 done, bytes);
}

static void programme_atomic(struct trip *trip)
{
	size_t done;

	if (!reserve(trip))
		return;
	/* Who is seen to sleep is not asked where that hangs the machine. */
	map_directly(trip, trip->block - trip->pgsize, GFP_ATOMIC, &done);
	unmap_directly(trip, trip->block - trip->pgsize, done);
	if (lab_tally_violated(&trip->t->tally))
		return;

	if (trip->inst->by_hand)
		lab_instance_unreserve(trip->inst);
	programme(trip, GFP_ATOMIC);
	/* The tables of the smallest pages are there by now, elsewhere they are not. */
	map_and_unmap(trip, far_apart(trip, 1), trip->pgsize, 2, GFP_ATOMIC);
}

/**
 * lab_contract_maps_atomic() - they do so where sleeping is an error
 * @t:		the trial
 *
 * Context: Process; sleeps.
 */
void lab_contract_maps_atomic(struct lab_trial *t)
{
	each_instance(t, programme_atomic);
}

/* Refuse the nth table of a map; whether the map came that far. */
static bool refuse(struct trip *trip, unsigned int nth)
{
	struct lab_ledger *ledger = &trip->inst->ledger;
	u64 iova = far_apart(trip, nth);
	bool refused;
	size_t done;
	int ret;

	lab_ledger_set_fail_nth(ledger, nth);
	ret = map_directly(trip, iova, GFP_KERNEL, &done);
	refused = !lab_ledger_fail_nth(ledger);
	lab_ledger_set_fail_nth(ledger, 0);

	lab_trial_expect(trip->t, ret == (refused ? -ENOMEM : 0), "%s: %pe, table %u was %s",
			 trip->name, ERR_PTR(ret), nth, refused ? "refused" : "never asked for");
	unmap_directly(trip, iova, done);
	expect_nothing_mapped(trip);

	/* The same once more, with memory. */
	ret = map_directly(trip, iova, GFP_KERNEL, &done);
	lab_trial_expect(trip->t, !ret, "%s: %pe after table %u was refused", trip->name,
			 ERR_PTR(ret), nth);
	unmap_directly(trip, iova, done);
	return refused;
}

static void refuse_each(struct trip *trip)
{
	unsigned int nth = 1;

	while (nth < MOST_TABLES && reserve(trip) && refuse(trip, nth))
		nth++;
	/* At least the two tables of pages were refused, and some day none. */
	lab_trial_expect(trip->t, nth > 2 && nth < MOST_TABLES, "%s: %u tables refused",
			 trip->name, nth - 1);
}

/**
 * lab_contract_fails() - whichever table is refused, nothing is left
 * @t:		the trial
 *
 * Context: Process; sleeps.
 */
void lab_contract_fails(struct lab_trial *t)
{
	each_instance(t, refuse_each);
}

static void run_dry(struct trip *trip)
{
	const struct lab_allocator *a = trip->t->allocator;
	struct lab_ledger *ledger = &trip->inst->ledger;
	u64 iova = far_apart(trip, 1);
	size_t ready, done;
	u64 allocs;
	int ret;

	/* Two tables are needed at least. */
	ret = lab_instance_reserve(trip->inst, 1);
	if (!lab_trial_expect(trip->t, !ret, "%s: no table can be reserved", trip->name))
		return;
	allocs = lab_ledger_stats(ledger).allocs;
	ret = map_directly(trip, iova, GFP_KERNEL, &done);
	allocs = lab_ledger_stats(ledger).allocs - allocs;
	lab_trial_expect(trip->t, ret == -ENOMEM && allocs == 1,
			 "%s: %pe and %llu tables, 1 was reserved", trip->name, ERR_PTR(ret),
			 allocs);
	unmap_directly(trip, iova, done);
	expect_nothing_mapped(trip);

	/* From here on operations reserve for themselves, and give back the rest. */
	lab_instance_unreserve(trip->inst);
	map_and_unmap(trip, far_apart(trip, 2), trip->pgsize, 2, GFP_KERNEL);
	ready = a->ready(ledger->pool);
	lab_trial_expect(trip->t, !ready, "%s: %zu tables were not given back", trip->name, ready);
	expect_nothing_mapped(trip);
}

/**
 * lab_contract_dry() - a map that outruns its reserve fails, and allocates nothing
 * @t:		the trial
 *
 * Context: Process; sleeps.
 */
void lab_contract_dry(struct lab_trial *t)
{
	each_instance(t, run_dry);
}

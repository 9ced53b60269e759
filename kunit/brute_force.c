// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which tables a page needs, and which ranges are worth asking about.
 *
 * Below the root, a table is told by the level of the descriptor that leads to
 * it and by that descriptor's input address; a set of such is an xarray.  No
 * locking: each test has its own.
 */
#include <linux/align.h>
#include <linux/minmax.h>
#include <linux/sizes.h>

#include "brute_force.h"

/* Ranges of so many pages are looked at page by page. */
#define SHORT_PAGES	32
/* A long one reaches over so many tables of its pages. */
#define LONG_TABLES	24

/* DDI 0406C, B3.5.1: level 1 resolves IA[31:20], MediaTek's [33:20]; level 2 [19:12] */
const struct lab_levels lab_levels_v7s = {
	"v7s", ARM_V7S, SZ_4K | SZ_64K | SZ_1M | SZ_16M, 2, { 20, 12 },
};

/*
 * DDI 0487, D8.2, the IA bits that levels 0 to 3 resolve:
 *	 4 KB	[47:39]	[38:30]	[29:21]	[20:12]
 *	16 KB	[47]	[46:36]	[35:25]	[24:14]
 *	64 KB	none	[47:42]	[41:29]	[28:16]
 */
const struct lab_levels lab_levels_4k = {
	"lpae-s1 4K", ARM_64_LPAE_S1, SZ_4K | SZ_2M | SZ_1G, 4, { 39, 30, 21, 12 },
};

const struct lab_levels lab_levels_16k = {
	"lpae-s1 16K", ARM_64_LPAE_S1, SZ_16K | SZ_32M, 4, { 47, 36, 25, 14 },
};

const struct lab_levels lab_levels_64k = {
	"lpae-s1 64K", ARM_64_LPAE_S1, SZ_64K | SZ_512M, 3, { 42, 29, 16 },
};

/* FEAT_LPA: blocks at level 1, too */
const struct lab_levels lab_levels_64k_52 = {
	"lpae-s1 64K", ARM_64_LPAE_S1, SZ_64K | SZ_512M | BIT_ULL(42), 3, { 42, 29, 16 },
};

const struct lab_levels lab_levels_s2_4k = {
	"lpae-s2 4K", ARM_64_LPAE_S2, SZ_4K | SZ_2M | SZ_1G, 4, { 39, 30, 21, 12 },
};

const struct lab_levels lab_levels_s2_16k = {
	"lpae-s2 16K", ARM_64_LPAE_S2, SZ_16K | SZ_32M, 4, { 47, 36, 25, 14 },
};

const struct lab_levels lab_levels_s2_64k = {
	"lpae-s2 64K", ARM_64_LPAE_S2, SZ_64K | SZ_512M, 3, { 42, 29, 16 },
};

const struct lab_levels lab_levels_32_s1 = {
	"lpae32-s1", ARM_32_LPAE_S1, SZ_4K | SZ_2M | SZ_1G, 4, { 39, 30, 21, 12 },
};

const struct lab_levels lab_levels_32_s2 = {
	"lpae32-s2", ARM_32_LPAE_S2, SZ_4K | SZ_2M | SZ_1G, 4, { 39, 30, 21, 12 },
};

const struct lab_levels lab_levels_mali = {
	"mali", ARM_MALI_LPAE, SZ_4K | SZ_2M | SZ_1G, 4, { 39, 30, 21, 12 },
};

/**
 * lab_space_desc() - name a space
 * @space:	the space
 * @desc:	KUNIT_PARAM_DESC_SIZE bytes
 *
 * Context: Any.
 */
void lab_space_desc(const struct lab_space *space, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, space->oas ? "%s, %u/%u bits" : "%s, %u bits",
		 space->levels->name, space->ias, space->oas);
}

static void no_flush_all(void *cookie)
{
}

static void no_flush_walk(unsigned long iova, size_t size, size_t granule, void *cookie)
{
}

static const struct iommu_flush_ops no_flush = {
	.tlb_flush_all	= no_flush_all,
	.tlb_flush_walk	= no_flush_walk,
};

/**
 * lab_space_cfg() - a configuration that has this input space
 * @space:	the space
 *
 * Context: Any.
 * Return: the configuration, not completed and without hooks.
 */
struct io_pgtable_cfg lab_space_cfg(const struct lab_space *space)
{
	bool v7s = space->levels->fmt == ARM_V7S;
	bool mtk = v7s && space->ias > 32;

	return (struct io_pgtable_cfg) {
		.quirks		= mtk ? IO_PGTABLE_QUIRK_ARM_MTK_EXT |
					IO_PGTABLE_QUIRK_NO_PERMS : 0,
		.pgsize_bitmap	= space->levels->pgsizes,
		.ias		= space->ias,
		.oas		= space->oas ?: mtk ? 35 : v7s ? 32 : 48,
		.coherent_walk	= true,
		.tlb		= &no_flush,
	};
}

/**
 * lab_space_pgsizes() - the page sizes that a space has room for
 * @space:	the space
 *
 * A page as large as the space would stand above the root.
 *
 * Context: Any.
 * Return: page sizes, ORed.
 */
unsigned long lab_space_pgsizes(const struct lab_space *space)
{
	return space->levels->pgsizes & (BIT_ULL(space->ias) - 1);
}

/**
 * lab_first_level() - where a walk starts
 * @space:	the space
 *
 * The level that resolves the topmost address bit (DDI 0487, D8.2, on TnSZ and
 * the initial lookup level), or with concatenated tables the one below it.  Mali
 * has all levels always.
 *
 * Context: Any.
 * Return: index into lab_levels.lsb.
 */
int lab_first_level(const struct lab_space *space)
{
	int level = 0;

	if (space->levels->fmt == ARM_MALI_LPAE)
		return 0;
	while (space->levels->lsb[level] >= space->ias)
		level++;
	return level + space->concatenated;
}

/* What one table of such pages covers, and with the root for it, the space. */
static u64 table_bytes(const struct lab_space *space, size_t pgsize)
{
	u64 bytes = BIT_ULL(space->ias);

	for (int l = lab_first_level(space); BIT_ULL(space->levels->lsb[l]) > pgsize; l++)
		bytes = BIT_ULL(space->levels->lsb[l]);
	return bytes;
}

/**
 * lab_range_is_long() - is a range too long to look at every page?
 * @r:		the range
 *
 * Context: Any.
 * Return: whether one page in each table stands for all in it.
 */
bool lab_range_is_long(const struct lab_range *r)
{
	return r->bytes / r->pgsize > SHORT_PAGES;
}

/**
 * lab_next_page() - the next page of a range to look at
 * @space:	the space
 * @r:		the range
 * @iova:	the page before it
 *
 * Pages that share the last table share all tables: of a long range only the
 * first page in each is looked at.
 *
 * Context: Any.
 * Return: its address; at or behind the range's end when there is none.
 */
u64 lab_next_page(const struct lab_space *space, const struct lab_range *r, u64 iova)
{
	u64 step = lab_range_is_long(r) ? table_bytes(space, r->pgsize) : r->pgsize;

	return ALIGN_DOWN(iova, step) + step;
}

/**
 * lab_enter_page() - enter the tables on the way to a page
 * @test:	the test
 * @tables:	the set
 * @space:	the space
 * @iova:	input address
 * @pgsize:	page size in bytes
 *
 * What covers more than a page and is not the page itself is a descriptor that
 * leads to a table.
 *
 * Context: Process.
 * Return: number of tables that were not in the set before.
 */
u64 lab_enter_page(struct kunit *test, struct xarray *tables,
		   const struct lab_space *space, u64 iova, size_t pgsize)
{
	const u8 *lsb = space->levels->lsb;
	u64 new = 0;

	for (int l = lab_first_level(space); BIT_ULL(lsb[l]) > pgsize; l++) {
		int ret = xa_insert(tables, (iova >> lsb[l]) * LAB_LEVELS_MAX + l,
				    xa_mk_value(l), GFP_KERNEL);

		if (ret)
			KUNIT_ASSERT_EQ(test, ret, -EBUSY);
		else
			new++;
	}
	return new;
}

/**
 * lab_enter_range() - enter the tables on the way to all pages of a range
 * @test:	the test
 * @tables:	the set
 * @space:	the space
 * @r:		the range
 *
 * Context: Process.
 * Return: number of tables that were not in the set before.
 */
u64 lab_enter_range(struct kunit *test, struct xarray *tables,
		    const struct lab_space *space, const struct lab_range *r)
{
	u64 iova, new = 0;

	for (iova = r->iova; iova < r->iova + r->bytes; iova = lab_next_page(space, r, iova))
		new += lab_enter_page(test, tables, space, iova, r->pgsize);
	return new;
}

static u64 random_below(struct rnd_state *rnd, u64 end)
{
	u64 high = prandom_u32_state(rnd);

	return (high << 32 | prandom_u32_state(rnd)) % end;
}

/**
 * lab_random_range() - a range about a boundary of some level
 * @rnd:	randomness
 * @space:	the space
 * @pgsize:	page size in bytes, which the space has room for
 * @is_long:	over many tables; else over a few pages
 *
 * It crosses the boundary of a descriptor of some level, begins there or ends
 * there, unless it is an end of the space.
 *
 * Context: Any.
 * Return: the range, within the space.
 */
struct lab_range lab_random_range(struct rnd_state *rnd, const struct lab_space *space,
				  size_t pgsize, bool is_long)
{
	u64 all = BIT_ULL(space->ias) / pgsize;
	u64 most = is_long ? LONG_TABLES * (table_bytes(space, pgsize) / pgsize) : SHORT_PAGES;
	u64 nr = 1 + random_below(rnd, min(most, all));
	int first = lab_first_level(space);
	int level = first + random_below(rnd, space->levels->nr - first);
	u64 step = max_t(u64, BIT_ULL(space->levels->lsb[level]), pgsize);
	u64 page = random_below(rnd, BIT_ULL(space->ias) / step + 1) * (step / pgsize);
	u64 back[] = { 0, nr, random_below(rnd, nr + 1) };
	u64 before = min(page, back[random_below(rnd, ARRAY_SIZE(back))]);

	return (struct lab_range) {
		.iova	= min(page - before, all - nr) * pgsize,
		.bytes	= nr * pgsize,
		.pgsize	= pgsize,
	};
}

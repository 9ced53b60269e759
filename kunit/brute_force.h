/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tables of a range, found page by page from the manuals' tables of levels:
 * slow, plain, and without a line of what it is to judge (module/format/).
 */
#ifndef LAB_BRUTE_FORCE_H
#define LAB_BRUTE_FORCE_H

#include <linux/io-pgtable.h>
#include <linux/prandom.h>
#include <linux/xarray.h>

#include "lab_kunit.h"

#define LAB_LEVELS_MAX	4

/**
 * struct lab_levels - how a format's levels share an input address
 * @name:	format and granule, in words
 * @fmt:	page table format
 * @pgsizes:	its page sizes
 * @nr:		number of levels
 * @lsb:	the lowest address bit that each level resolves, and so what one of
 *		its descriptors covers
 */
struct lab_levels {
	const char *name;
	enum io_pgtable_fmt fmt;
	unsigned long pgsizes;
	int nr;
	u8 lsb[LAB_LEVELS_MAX];
};

extern const struct lab_levels lab_levels_v7s;
extern const struct lab_levels lab_levels_4k;
extern const struct lab_levels lab_levels_16k;
extern const struct lab_levels lab_levels_64k;
extern const struct lab_levels lab_levels_64k_52;
extern const struct lab_levels lab_levels_s2_4k;
extern const struct lab_levels lab_levels_s2_16k;
extern const struct lab_levels lab_levels_s2_64k;
extern const struct lab_levels lab_levels_32_s1;
extern const struct lab_levels lab_levels_32_s2;
extern const struct lab_levels lab_levels_mali;

/**
 * struct lab_space - an input address space as a KUnit parameter
 * @levels:	format and granule
 * @ias:	input address bits
 * @oas:	output address bits, 0 for those of stage 1 or v7s
 * @concatenated: the root takes the place of the level above it: 1, or 0
 */
struct lab_space {
	const struct lab_levels *levels;
	unsigned int ias, oas;
	int concatenated;
};

/**
 * struct lab_range - a range of pages
 * @iova:	first input address
 * @bytes:	length, at least one page
 * @pgsize:	page size in bytes
 */
struct lab_range {
	u64 iova, bytes;
	size_t pgsize;
};

void lab_space_desc(const struct lab_space *space, char *desc);
struct io_pgtable_cfg lab_space_cfg(const struct lab_space *space);
unsigned long lab_space_pgsizes(const struct lab_space *space);
int lab_first_level(const struct lab_space *space);

bool lab_range_is_long(const struct lab_range *r);
u64 lab_next_page(const struct lab_space *space, const struct lab_range *r, u64 iova);

u64 lab_enter_page(struct kunit *test, struct xarray *tables,
		   const struct lab_space *space, u64 iova, size_t pgsize);
u64 lab_enter_range(struct kunit *test, struct xarray *tables,
		    const struct lab_space *space, const struct lab_range *r);

struct lab_range lab_random_range(struct rnd_state *rnd, const struct lab_space *space,
				  size_t pgsize, bool is_long);

#endif /* LAB_BRUTE_FORCE_H */

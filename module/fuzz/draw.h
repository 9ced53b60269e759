/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the generator draws: where requests lie, how large they are, what they say; and its
 * account of what is mapped, beside which some of them lie.
 */
#ifndef LAB_FUZZ_DRAW_H
#define LAB_FUZZ_DRAW_H

#include <linux/prandom.h>

#include "instance.h"

/* The most places that requests of a program lie about, and runs that are mapped */
#define LAB_FUZZ_PLACES		3
#define LAB_FUZZ_RUNS		16

/* The most levels of tables and pages that may end at an address */
#define LAB_FUZZ_MAX_SPANS	6

/* As many pages as no request has, but for those that fill a table */
#define LAB_FUZZ_MANY		40

/**
 * struct lab_fuzz_run - pages that are taken to be mapped
 * @at:		offset of the first from the first input address
 * @pgsize:	page size in bytes
 * @count:	how many, 0 for a free slot
 */
struct lab_fuzz_run {
	u64 at;
	size_t pgsize;
	u64 count;
};

/**
 * struct lab_fuzz_draw - what is drawn from
 * @p:		what a program is for
 * @rnd:	randomness
 * @sizes:	page sizes ORed
 * @space:	bytes of the input space
 * @low:	offset below which nothing is mapped
 * @high:	offset at which that ends
 * @outputs:	bytes of the output space
 * @place:	offsets about which requests lie
 * @places:	how many there are
 * @run:	what is mapped
 */
struct lab_fuzz_draw {
	const struct lab_params *p;
	struct rnd_state rnd;
	unsigned long sizes;
	u64 space, outputs;
	u64 low, high;
	u64 place[LAB_FUZZ_PLACES];
	unsigned int places;
	struct lab_fuzz_run run[LAB_FUZZ_RUNS];
};

void lab_fuzz_draw_init(struct lab_fuzz_draw *d, const struct lab_params *p, u64 seed,
			u64 window);

u64 lab_draw_below(struct lab_fuzz_draw *d, u64 end);
bool lab_draw_one_in(struct lab_fuzz_draw *d, u64 n);
size_t lab_draw_pgsize(struct lab_fuzz_draw *d);
u64 lab_draw_count(struct lab_fuzz_draw *d, size_t pgsize);
u64 lab_draw_offset(struct lab_fuzz_draw *d, size_t pgsize, u64 bytes);
u64 lab_draw_output(struct lab_fuzz_draw *d, size_t pgsize, u64 bytes);
u64 lab_draw_address(struct lab_fuzz_draw *d);
int lab_draw_prot(struct lab_fuzz_draw *d);
struct lab_fuzz_run *lab_draw_run(struct lab_fuzz_draw *d);

unsigned int lab_fuzz_spans(const struct lab_params *p, u8 lg2[LAB_FUZZ_MAX_SPANS]);
u64 lab_fuzz_most(const struct lab_fuzz_draw *d, size_t pgsize);
size_t lab_fuzz_larger(const struct lab_fuzz_draw *d, size_t pgsize);
u64 lab_fuzz_run_end(const struct lab_fuzz_run *r);
struct lab_fuzz_run *lab_fuzz_run_over(struct lab_fuzz_draw *d, u64 at, u64 bytes);
struct lab_fuzz_run *lab_fuzz_run_free(struct lab_fuzz_draw *d);

#endif /* LAB_FUZZ_DRAW_H */

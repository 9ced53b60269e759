/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sweeps over failures: a program of maps and unmaps, run on an instance as
 * iommu_map() would run it, in which memory runs out at each place in turn.
 */
#ifndef LAB_FAIL_H
#define LAB_FAIL_H

#include "format_cases.h"

#define LAB_RUN_RANGES		12
#define LAB_RUN_TEXT_BYTES	160

/* More places than any program has at which memory could run out. */
#define LAB_FAIL_MOST		2000

/**
 * struct lab_range_mapped - what ought to be mapped
 * @iova:	first input address
 * @pa:		first output address
 * @bytes:	length
 * @pgsize:	page size in bytes that it was mapped with
 */
struct lab_range_mapped {
	u64 iova, pa, bytes;
	size_t pgsize;
};

/**
 * struct lab_run - a program on its way
 * @test:	the test
 * @n:		the number of the failure, for messages
 * @inst:	the instance
 * @fuse:	as current->fail_nth while it is lit: which of the kernel's
 *		allocations is to fail, 0 for none, or once it has failed
 * @fused:	the step that it is lit for
 * @lit:	it is lit now
 * @dry:	where the allocator reserves: no step reserves for itself
 * @brief:	the program ends before its first run of a whole table
 * @ret:	what the last step returned
 * @done:	bytes that it said it had mapped or unmapped
 * @ranges:	what ought to be mapped now
 * @nr:		ranges in use
 * @text:	what lab_run_check() found wrong
 */
struct lab_run {
	struct kunit *test;
	u64 n;
	struct lab_instance *inst;
	unsigned int fuse;
	const struct lab_step *fused;
	bool lit, dry, brief;
	int ret;
	u64 done;
	struct lab_range_mapped ranges[LAB_RUN_RANGES];
	unsigned int nr;
	char text[LAB_RUN_TEXT_BYTES];
};

/**
 * struct lab_step - a step of the program
 * @text:	in words
 * @what:	map or unmap, by pages or by blocks
 * @from:	what @table is counted from
 * @table:	where: in tables of pages, by what one resolves
 * @page:	and in pages
 * @tables:	how much: whole tables of pages
 * @count:	and pages, or blocks
 * @to:		output address, counted as @table; the pages are those of the
 *		input address
 */
struct lab_step {
	const char *text;
	enum { NO_STEP, MAP_PAGES, MAP_BLOCKS, UNMAP_PAGES } what;
	enum { START, MIDDLE, END } from;
	int table, page;
	unsigned int tables, count, to;
};

/* The program (fail_program.c), which ends with an empty step */
extern const struct lab_step lab_program[];

struct lab_instance *lab_run_create(struct lab_run *run, const struct lab_config *config,
				    u64 fail_nth, struct lab_tally *tally);
const struct lab_step *lab_run_go(struct lab_run *run, const struct lab_step *from);
void lab_run_undo_last(struct lab_run *run);
void lab_run_undo_all(struct lab_run *run);
const char *lab_run_check(struct lab_run *run);
void lab_run_expect_right(struct lab_run *run, const char *when);
void lab_run_recover(struct lab_run *run, const struct lab_step *failed);
void lab_run_once_more(struct lab_run *run);

/* Which combinations are swept: generators of parameters (fail_params.c) */
const void *lab_fail_allocators(const void *prev, char *desc);
const void *lab_fail_reserving(const void *prev, char *desc);
const void *lab_fail_all(const void *prev, char *desc);

#endif /* LAB_FAIL_H */

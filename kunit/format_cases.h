/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cases that hold for every format, run by each format's suite over its
 * configurations (configs.c).  Their addresses count from the first of the input
 * space, which is not 0 everywhere.
 */
#ifndef LAB_FORMAT_CASES_H
#define LAB_FORMAT_CASES_H

#include <linux/iommu.h>

#include "configs.h"

#define LAB_RW	(IOMMU_READ | IOMMU_WRITE)

/**
 * struct lab_digest - what a walk finds, in numbers
 * @leaves:	pages and blocks
 * @bad:	what no IOMMU could follow
 * @hash:	over where each leaf is and what its descriptor says
 */
struct lab_digest {
	u64 leaves, bad, hash;
};

struct lab_digest lab_digest(struct kunit *test, struct lab_instance *inst);
void lab_expect_same(struct kunit *test, struct lab_digest a, struct lab_digest b);
void lab_expect_at(struct kunit *test, struct lab_instance *inst, u64 iova, u64 pa);
void lab_expect_run(struct kunit *test, struct lab_instance *inst, u64 iova, u64 pa,
		    size_t pgsize, size_t count);
struct lab_instance *lab_case_create(struct kunit *test, struct lab_tally **tally);
size_t lab_smallest_page(const struct lab_instance *inst);
size_t lab_larger_page(const struct lab_instance *inst, size_t pgsize);
size_t lab_table_reach(const struct lab_instance *inst);

/* What is mapped is there (format_cases.c) */
void lab_case_sizes_translate(struct kunit *test);
void lab_case_run_crosses_tables(struct kunit *test);
void lab_case_blocks_cross_tables(struct kunit *test);
void lab_case_ends_of_address_space(struct kunit *test);
void lab_case_permissions(struct kunit *test);
void lab_case_block_over_empty_table(struct kunit *test);
void lab_case_large_unmap_of_small_pages(struct kunit *test);
void lab_case_atomic(struct kunit *test);

/* What makes no sense is refused (refused_cases.c) */
void lab_case_overlap_refused(struct kunit *test);
void lab_case_unmapped_refused(struct kunit *test);
void lab_case_part_of_block(struct kunit *test);
void lab_case_split_keeps(struct kunit *test);
void lab_case_bad_requests_refused(struct kunit *test);

#endif /* LAB_FORMAT_CASES_H */

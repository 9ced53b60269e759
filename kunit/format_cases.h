/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cases that hold for every format, run by each format's suite over its own
 * table of configurations.
 */
#ifndef LAB_FORMAT_CASES_H
#define LAB_FORMAT_CASES_H

#include "lab_kunit.h"

/**
 * struct lab_config - a configuration as a KUnit parameter
 * @name:	in words
 * @format:	page table format
 * @provider:	who builds the tables
 * @allocator:	where table memory comes from, NULL for the kernel's own
 * @noncoherent: the walker does not snoop
 * @ias:	input address bits, 0 for the format's default
 * @oas:	output address bits, 0 for the format's default
 * @quirks:	IO_PGTABLE_QUIRK_*
 * @granule:	smallest page size in bytes, 0 for 4 KB
 */
struct lab_config {
	const char *name;
	const struct lab_format *format;
	const struct lab_provider *provider;
	const struct lab_allocator *allocator;
	bool noncoherent;
	unsigned int ias, oas;
	unsigned long quirks;
	size_t granule;
};

void lab_config_desc(const struct lab_config *config, char *desc);
void lab_config_params(const struct lab_config *config, struct lab_params *params);
void lab_config_need(struct kunit *test, const struct lab_config *config);
struct lab_instance *lab_config_create(struct kunit *test,
				       const struct lab_config *config,
				       struct lab_tally *tally);

size_t lab_table_reach(const struct lab_instance *inst);

void lab_case_sizes_translate(struct kunit *test);
void lab_case_run_crosses_tables(struct kunit *test);
void lab_case_ends_of_address_space(struct kunit *test);
void lab_case_permissions(struct kunit *test);
void lab_case_overlap_refused(struct kunit *test);
void lab_case_unmapped_refused(struct kunit *test);
void lab_case_part_of_block_refused(struct kunit *test);
void lab_case_bad_requests_refused(struct kunit *test);
void lab_case_block_over_empty_table(struct kunit *test);
void lab_case_large_unmap_of_small_pages(struct kunit *test);
void lab_case_lab_equals_kernel(struct kunit *test);
void lab_case_concurrent(struct kunit *test);

#endif /* LAB_FORMAT_CASES_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one table of configurations, from which the suites of all formats take
 * their parameters.
 */
#ifndef LAB_CONFIGS_H
#define LAB_CONFIGS_H

#include "lab_kunit.h"
#include "compat/compat.h"

#define LAB_CONFIG_NAME_BYTES	64

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
 * @lacks:	a quirk that it is about and this kernel does not have, or NULL
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
	const char *lacks;
};

void lab_config_desc(const struct lab_config *config, char *desc);
void lab_config_params(const struct lab_config *config, struct lab_params *params);
void lab_config_need(struct kunit *test, const struct lab_config *config);
void lab_config_need_quirk(struct kunit *test, const char *name);
struct lab_instance *lab_config_create(struct kunit *test,
				       const struct lab_config *config,
				       struct lab_tally *tally);

const void *lab_config_next(const void *prev, char *desc,
			    bool (*takes)(const struct lab_config *config), unsigned int every);

#endif /* LAB_CONFIGS_H */

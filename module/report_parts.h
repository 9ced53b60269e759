/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the report share: what it gathers, and who writes which part. */
#ifndef LAB_REPORT_PARTS_H
#define LAB_REPORT_PARTS_H

#include "instance.h"
#include "machine.h"

struct seq_file;

#define LAB_NR_COMBINATIONS	(LAB_NR_FORMATS * LAB_NR_PROVIDERS * LAB_MAX_ALLOCATORS)

/**
 * struct lab_combination - what became of one combination
 * @params:	what it was
 * @not_checked: per rule, why it could not be checked, or NULL
 * @where:	where its tables lay, in words
 */
struct lab_combination {
	struct lab_params params;
	const char *not_checked[LAB_RULE_NR];
	char where[80];
};

/**
 * struct lab_asked - how many addresses of a format each reader was asked about
 * @addresses:	the software walker and the model
 * @iova_to_phys: the provider
 * @pgtable_walk: the provider's walk
 * @cpu:	the machine's own MMU
 * @refused:	why it was not, in words, or NULL
 */
struct lab_asked {
	unsigned int addresses, iova_to_phys, pgtable_walk, cpu;
	const char *refused;
};

/**
 * struct lab_report - what a report gathers
 * @m:		where it is written
 * @machine:	bounds of RAM
 * @tally:	the rules over all its instances
 * @failed:	combinations and masters in which an operation failed or readers disagreed
 * @missed:	combinations and masters that are offered but could not be shown
 * @shown:	combinations that were
 * @nr:		entries in use in @combinations
 * @combinations: all that are offered
 * @asked:	by format
 */
struct lab_report {
	struct seq_file *m;
	struct lab_machine machine;
	struct lab_tally tally;
	unsigned int failed, missed, shown, nr;
	struct lab_combination combinations[LAB_NR_COMBINATIONS];
	struct lab_asked asked[LAB_NR_FORMATS];
};

/* An instance and its program (report_run.c) */
void lab_report_run(struct lab_report *r, struct lab_combination *c, bool rows);

/* Masters behind the fake IOMMU (report_iommu.c) */
void lab_report_iommu(struct lab_report *r);

/* Readers, rules, what was not checked, the verdict (report_rules.c) */
void lab_report_readers(const struct lab_report *r);
void lab_report_rules(const struct lab_report *r);
void lab_report_verdict(const struct lab_report *r);

#endif /* LAB_REPORT_PARTS_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* The demonstration: every combination that this kernel offers, and a verdict. */
#ifndef LAB_REPORT_H
#define LAB_REPORT_H

struct seq_file;

int lab_report_show(struct seq_file *m, void *v);

#endif /* LAB_REPORT_H */

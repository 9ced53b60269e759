/* SPDX-License-Identifier: GPL-2.0-only */
/* The experiment with allocators, see Documentation/allocators.rst. */
#ifndef LAB_EXPERIMENT_H
#define LAB_EXPERIMENT_H

struct seq_file;

int lab_experiment_show(struct seq_file *m, void *v);

#endif /* LAB_EXPERIMENT_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests that cannot be, and whether the provider refuses them, too. */
#ifndef LAB_REFUSAL_H
#define LAB_REFUSAL_H

#include "provider.h"

struct lab_instance;
struct lab_mapping;

/* A request in the words of a complaint. */
#define LAB_REQUEST	"%s of %zu x %#zx bytes at iova %#llx"

int lab_refusal_check(const struct lab_instance *inst, const char *what, u64 iova, size_t pgsize,
		      size_t count, u64 *bytes);
int lab_refusal_check_output(const struct lab_instance *inst, u64 pa, size_t pgsize, u64 bytes,
			     int prot);
bool lab_refusal_quiet(const struct lab_instance *inst, enum lab_refusal what);
bool lab_refusal_may_ask_over(struct lab_instance *inst, const struct lab_mapping *m);
bool lab_refusal_has_table(struct lab_instance *inst, u64 iova, size_t pgsize);
void lab_refusal_ask_map(struct lab_instance *inst, u64 iova, u64 pa, size_t pgsize, size_t count,
			 int prot, int refused);
void lab_refusal_ask_unmap(struct lab_instance *inst, u64 iova, size_t pgsize, size_t count);
void lab_refusal_check_refused(struct lab_instance *inst, const char *what, u64 iova, int ret,
			       u64 done);
void lab_refusal_verify_after(struct lab_instance *inst, u64 iova, u64 bytes, size_t pgsize,
			      int ret);

#endif /* LAB_REFUSAL_H */

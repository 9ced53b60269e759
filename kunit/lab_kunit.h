/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suites share: instances and ledgers that go with their test, a
 * tally of the test's own, and allocators that break the contract.
 */
#ifndef LAB_KUNIT_H
#define LAB_KUNIT_H

#include <kunit/test.h>
#include <linux/prandom.h>

#include "instance.h"

struct lab_fuzz_program;

/*
 * In a suite that looks at the lab's own parts, which no kernel can break: left out
 * where somebody's own kernel is tested.  Speed is the one attribute that KUnit selects
 * by which all kernels have.
 */
#define LAB_SUITE_OF_THE_LAB	.attr.speed = KUNIT_SPEED_SLOW

/* Likewise cases of a suite that looks at kernels, too; KUNIT_CASE_SLOW() is for one. */
#define LAB_CASES_OF_THE_LAB(test, params)				\
	KUNIT_CASE_PARAM_ATTR(test, params, { .speed = KUNIT_SPEED_SLOW })

/* Leave out what only the lab's own page tables are asked (lab_kunit.c). */
extern bool lab_kunit_kernel_only;

struct lab_tally *lab_kunit_tally(struct kunit *test);
struct lab_instance *lab_kunit_create(struct kunit *test,
				      const struct lab_params *params,
				      struct lab_tally *tally);
void lab_kunit_keep(struct kunit *test, struct lab_instance *inst);
void lab_kunit_destroy(struct kunit *test, struct lab_instance *inst);
struct lab_ledger *lab_kunit_ledger(struct kunit *test,
				    const struct lab_allocator *allocator,
				    const struct lab_table_bounds *where,
				    struct lab_tally *tally);
void lab_kunit_close(struct kunit *test, struct lab_ledger *ledger);

void lab_kunit_need_low_memory(struct kunit *test);
void *lab_kunit_high_memory(struct kunit *test, size_t size);

int lab_kunit_print_seed(struct kunit_suite *suite);
struct rnd_state lab_kunit_random(u64 salt);

/* Violations of one rule are exactly @nr, those of all others none. */
void lab_kunit_expect_only(struct kunit *test, struct lab_tally *tally,
			   enum lab_rule rule, u64 nr);
void lab_kunit_expect_rules(struct kunit *test, struct lab_tally *tally, u64 rules);
void lab_kunit_expect_fired(struct kunit *test, struct lab_tally *tally, enum lab_rule rule);
void lab_kunit_expect_clean(struct kunit *test, struct lab_tally *tally);

struct lab_fuzz_program *lab_kunit_program(struct kunit *test, size_t room);

/* The last case of every suite. */
void lab_kunit_no_live_tables(struct kunit *test);

/* Allocators that break one rule each (bad_allocators.c) */
extern const struct lab_allocator lab_bad_dirty;
extern const struct lab_allocator lab_bad_misaligned;
extern const struct lab_allocator lab_bad_vmalloc;
extern const struct lab_allocator lab_bad_twice;
extern const struct lab_allocator lab_bad_high;
extern const struct lab_allocator lab_bad_empty;
extern const struct lab_allocator lab_bad_sleepy;
extern const struct lab_allocator lab_bad_promise;

/* Providers that break one rule each (bad_providers.c) */
extern const struct lab_provider lab_bad_unpaired;
extern const struct lab_provider lab_bad_cookie;
extern const struct lab_provider lab_bad_gfp;
extern const struct lab_provider lab_bad_unmapped;
extern const struct lab_provider lab_bad_lenient;
extern const struct lab_provider lab_bad_leaking;
extern const struct lab_provider lab_bad_third_page;
extern const struct lab_provider lab_bad_third_map;
void lab_bad_leaking_clean(void);

#endif /* LAB_KUNIT_H */

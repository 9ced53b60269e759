// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registration of allocators: what is refused, in which order they stand, and
 * whom an instance holds.
 */
#include <linux/module.h>
#include <linux/string.h>

#include "io_pgtable_lab.h"
#include "lab_kunit.h"
#include "compat/compat.h"

static void *whole_create(const struct lab_table_sizes *sizes)
{
	return lab_page.create(sizes);
}

static void whole_destroy(void *pool)
{
	lab_page.destroy(pool);
}

static void *whole_alloc(void *pool, size_t size, gfp_t gfp)
{
	return lab_page.alloc(pool, size, gfp);
}

static void whole_free(void *pool, void *table, size_t size)
{
	lab_page.free(pool, table, size);
}

static int some_reserve(void *pool, size_t nr)
{
	return 0;
}

static void some_release(void *pool, size_t keep)
{
}

static size_t some_ready(void *pool)
{
	return 0;
}

/* An allocator that lacks nothing. */
static const struct lab_allocator whole = {
	.name		= "kunit",
	.owner		= THIS_MODULE,
	.low		= true,
	.create		= whole_create,
	.destroy	= whole_destroy,
	.alloc		= whole_alloc,
	.free		= whole_free,
};

static void no_name(struct lab_allocator *a)
{
	a->name = NULL;
}

static void name_of_nothing(struct lab_allocator *a)
{
	a->name = "";
}

static void long_name(struct lab_allocator *a)
{
	a->name = "kunit-kunit-kuni";
}

static void name_in_capitals(struct lab_allocator *a)
{
	a->name = "KUnit";
}

static void name_with_blank(struct lab_allocator *a)
{
	a->name = "k unit";
}

static void no_owner(struct lab_allocator *a)
{
	a->owner = NULL;
}

static void no_create(struct lab_allocator *a)
{
	a->create = NULL;
}

static void no_destroy(struct lab_allocator *a)
{
	a->destroy = NULL;
}

static void no_alloc(struct lab_allocator *a)
{
	a->alloc = NULL;
}

static void no_free(struct lab_allocator *a)
{
	a->free = NULL;
}

static void reserve_alone(struct lab_allocator *a)
{
	a->reserve = some_reserve;
}

static void no_ready(struct lab_allocator *a)
{
	a->reserve = some_reserve;
	a->release = some_release;
}

static void no_release(struct lab_allocator *a)
{
	a->reserve = some_reserve;
	a->ready = some_ready;
}

static void name_of_another(struct lab_allocator *a)
{
	a->name = "slab";
}

static void name_of_none(struct lab_allocator *a)
{
	a->name = "none";
}

/* What is done to an allocator that lacks nothing, and what it gets for that. */
static const struct refused_case {
	const char *name;
	void (*spoil)(struct lab_allocator *a);
	int error;
} refused_cases[] = {
	{ "no name", no_name, -EINVAL },
	{ "an empty name", name_of_nothing, -EINVAL },
	{ "a name of 16 characters", long_name, -EINVAL },
	{ "a name with capitals", name_in_capitals, -EINVAL },
	{ "a name with a blank", name_with_blank, -EINVAL },
	{ "no owner", no_owner, -EINVAL },
	{ "no create", no_create, -EINVAL },
	{ "no destroy", no_destroy, -EINVAL },
	{ "no alloc", no_alloc, -EINVAL },
	{ "no free", no_free, -EINVAL },
	{ "reserve alone", reserve_alone, -EINVAL },
	{ "reserve and release without ready", no_ready, -EINVAL },
	{ "reserve and ready without release", no_release, -EINVAL },
	{ "the name of another", name_of_another, -EEXIST },
	{ "the name none", name_of_none, -EEXIST },
};

static void refused_desc(const struct refused_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(refused, refused_cases, refused_desc);

/* Passing proves that it is refused, and that nothing is entered. */
static void refused_to_register(struct kunit *test)
{
	const struct refused_case *c = test->param_value;
	unsigned int before = lab_nr_allocators;
	struct lab_allocator spoilt = whole;

	c->spoil(&spoilt);
	KUNIT_EXPECT_EQ(test, lab_register_allocator(&spoilt), c->error);
	KUNIT_EXPECT_EQ(test, lab_nr_allocators, before);
}

static void unregister(void *allocator)
{
	lab_unregister_allocator(allocator);
}

/* Enter an allocator that goes with its test, without a run of the suite. */
static int add(struct kunit *test, struct lab_allocator *a, const char *name)
{
	int ret;

	*a = whole;
	a->name = name;
	ret = lab_allocators_add(a);
	if (!ret)
		KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, unregister, a));
	return ret;
}

/* Passing proves that one too many is refused, and that all before it stay. */
static void too_many_refused(struct kunit *test)
{
	struct {
		struct lab_allocator a;
		char name[LAB_ALLOCATOR_NAME_BYTES];
	} *many = kunit_kcalloc(test, LAB_MAX_ALLOCATORS + 1, sizeof(*many), GFP_KERNEL);
	int ret = 0;

	KUNIT_ASSERT_NOT_NULL(test, many);
	for (int n = 0; n <= LAB_MAX_ALLOCATORS && !ret; n++) {
		snprintf(many[n].name, sizeof(many[n].name), "kunit-%d", n);
		ret = add(test, &many[n].a, many[n].name);
	}
	KUNIT_EXPECT_EQ(test, ret, -ENOSPC);
	KUNIT_EXPECT_EQ(test, lab_nr_allocators, LAB_MAX_ALLOCATORS);
}

/* Passing proves that who goes leaves no gap, and the others as they stood. */
static void unregister_keeps_order(struct kunit *test)
{
	static const char *const names[] = { "kunit-a", "kunit-b", "kunit-c" };
	unsigned int before = lab_nr_allocators;
	struct lab_allocator *a = kunit_kcalloc(test, 3, sizeof(*a), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, a);
	for (int i = 0; i < 3; i++)
		KUNIT_ASSERT_EQ(test, 0, add(test, &a[i], names[i]));
	kunit_release_action(test, unregister, &a[1]);

	KUNIT_ASSERT_EQ(test, lab_nr_allocators, before + 2);
	KUNIT_EXPECT_PTR_EQ(test, lab_allocators[before], &a[0]);
	KUNIT_EXPECT_PTR_EQ(test, lab_allocators[before + 1], &a[2]);
	KUNIT_EXPECT_NULL(test, lab_allocators[0]);
	KUNIT_EXPECT_PTR_EQ(test, lab_allocators[1], &lab_slab);
}

/* Passing proves that the lab's own do not go, whoever asks. */
static void own_stays(struct kunit *test)
{
	unsigned int before = lab_nr_allocators;

	lab_unregister_allocator(&lab_slab);
	KUNIT_EXPECT_EQ(test, lab_nr_allocators, before);
}

static unsigned int pools_made;

static void *counting_create(const struct lab_table_sizes *sizes)
{
	pools_made++;
	return lab_page.create(sizes);
}

/* Passing proves that registration runs the suite, and lets go of the owner. */
static void register_runs_the_suite(struct kunit *test)
{
	struct lab_allocator *a = kunit_kzalloc(test, sizeof(*a), GFP_KERNEL);
	int refs = module_refcount(THIS_MODULE);

	lab_kunit_need_low_memory(test);
	KUNIT_ASSERT_NOT_NULL(test, a);
	*a = whole;
	a->create = counting_create;
	pools_made = 0;
	KUNIT_ASSERT_EQ(test, 0, lab_register_allocator(a));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, unregister, a));
	KUNIT_EXPECT_GT(test, pools_made, 0);
	KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), refs);
}

/* Passing proves that an allocator's module stays while an instance uses it. */
static void instance_holds_owner(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	int refs = module_refcount(THIS_MODULE);
	struct lab_instance *inst;
	struct lab_params p;

	lab_kunit_need_low_memory(test);
	lab_params_default(&p, &lab_formats[LAB_V7S]);
	strscpy(p.name, "owner", sizeof(p.name));
	p.provider = &lab_provider_lab;
	p.allocator = &whole;

	inst = lab_kunit_create(test, &p, tally);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, inst);
	KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), refs + 1);
	lab_kunit_destroy(test, inst);
	KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), refs);
}

/* Passing proves that an instance which fails to come into being holds nobody. */
static void failed_instance_holds_nobody(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_allocator dry = lab_bad_empty;
	int refs = module_refcount(THIS_MODULE);
	struct lab_params p;

	dry.owner = THIS_MODULE;
	lab_params_default(&p, &lab_formats[LAB_V7S]);
	strscpy(p.name, "owner", sizeof(p.name));
	p.provider = &lab_provider_lab;
	p.allocator = &dry;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(lab_kunit_create(test, &p, tally)), -ENOMEM);
	KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), refs);
}

static struct kunit_case registry_cases[] = {
	KUNIT_CASE_PARAM(refused_to_register, refused_gen_params),
	KUNIT_CASE(too_many_refused),
	KUNIT_CASE(unregister_keeps_order),
	KUNIT_CASE(own_stays),
	KUNIT_CASE(register_runs_the_suite),
	KUNIT_CASE(instance_holds_owner),
	KUNIT_CASE(failed_instance_holds_nobody),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite registry_suite = {
	.name		= "lab_registry",
	LAB_SUITE_OF_THE_LAB,
	.test_cases	= registry_cases,
};

kunit_test_suite(registry_suite);

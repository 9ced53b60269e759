// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the suites of the fake IOMMU share.  Whatever is acquired here goes with its test,
 * last come, first gone: buffers before their master, masters before their IOMMU.
 */
#include <kunit/resource.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/string.h>

#include "iommu_fixture.h"
#include "machine.h"
#include "compat/compat.h"

/* Whether parameter @c is one, of a generator that goes through @what */
static bool takes(const struct lab_fake_case *c, unsigned int what)
{
	if (!(what & LAB_FAKE_MODES) && c->mode != LAB_IOMMU_STRICT)
		return false;
	if ((what & LAB_FAKE_TABLES) && c->mode == LAB_IOMMU_IDENTITY)
		return false;
	if (!(what & LAB_FAKE_COHERENCE) && !c->coherent)
		return false;
	return (what & LAB_FAKE_KINDS) || !c->kind;
}

/**
 * lab_fake_next() - generate a suite's parameters
 * @prev:	the last one, NULL to begin
 * @desc:	KUNIT_PARAM_DESC_SIZE bytes for its name
 * @what:	LAB_FAKE_*: what it goes through, beside profiles
 *
 * Context: Process; one case at a time, as KUnit runs them.
 * Return: the next, or NULL.
 */
const void *lab_fake_next(const void *prev, char *desc, unsigned int what)
{
	static struct lab_fake_case now;
	static unsigned int i;

	for (i = prev ? i + 1 : 0;; i++) {
		unsigned int n = i;

		now.kind = n % LAB_BUFFER_NR_KINDS;
		n /= LAB_BUFFER_NR_KINDS;
		now.coherent = n % 2;
		n /= 2;
		now.mode = n % LAB_IOMMU_NR_MODES;
		n /= LAB_IOMMU_NR_MODES;
		if (n >= lab_iommu_nr_profiles)
			return NULL;
		now.profile = &lab_iommu_profiles[n];
		/* Without tables all are the same. */
		if (now.mode == LAB_IOMMU_IDENTITY && strcmp(now.profile->name, LAB_FAKE_PROFILE))
			continue;
		/* A flush queue is the same to all; of each family of formats one has all kinds. */
		if (now.mode == LAB_IOMMU_LAZY && (what & LAB_FAKE_KINDS) &&
		    strcmp(now.profile->name, LAB_FAKE_PROFILE) && strcmp(now.profile->name, "mtk"))
			continue;
		if (takes(&now, what))
			break;
	}
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s %s%s%s%s", now.profile->name,
		 lab_iommu_mode_names[now.mode], now.coherent ? "" : " noncoherent",
		 what & LAB_FAKE_KINDS ? " " : "",
		 what & LAB_FAKE_KINDS ? lab_buffer_names[now.kind] : "");
	return &now;
}

/**
 * lab_fake_params() - the parameters of an IOMMU of a profile
 * @test:	the test; skipped where this kernel does not offer it
 * @profile:	the profile's name
 * @mode:	what masters begin with
 * @params:	filled in
 *
 * Context: Process.
 */
void lab_fake_params(struct kunit *test, const char *profile, enum lab_iommu_mode mode,
		     struct lab_iommu_params *params)
{
	const char *why = lab_iommu_refuses();
	char words[64];

	if (why)
		kunit_skip(test, "%s", why);
	snprintf(words, sizeof(words), "name=kunit profile=%s mode=%s", profile,
		 lab_iommu_mode_names[mode]);
	KUNIT_ASSERT_EQ(test, 0, lab_iommu_parse(words, params));
	why = lab_not_offered(params->domain.format, params->domain.provider,
			      params->domain.allocator);
	if (why)
		kunit_skip(test, "%s", why);
	if (params->domain.granule > PAGE_SIZE)
		kunit_skip(test, "the IOMMU's pages are larger than this kernel's");
	if (lab_machine().end > BIT_ULL(params->domain.oas))
		kunit_skip(test, "the IOMMU does not reach all of this machine's RAM");
	if (lab_params_are_v7s(&params->domain))
		lab_kunit_need_low_memory(test);
}

static void destroy_iommu(void *iommu)
{
	lab_iommu_destroy(iommu);
}

/**
 * lab_fake_iommu() - an IOMMU that goes with its test
 * @test:	the test
 * @params:	what it is to be
 * @tally:	tally that sees its rules
 *
 * Context: Process.
 * Return: the IOMMU.
 */
struct lab_iommu *lab_fake_iommu(struct kunit *test, const struct lab_iommu_params *params,
				 struct lab_tally *tally)
{
	struct lab_iommu *iommu = lab_iommu_create(params, tally);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, iommu);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, destroy_iommu, iommu));
	return iommu;
}

/**
 * lab_fake_destroy_iommu() - destroy an IOMMU before its test ends
 * @test:	the test
 * @iommu:	from lab_fake_iommu(), without masters
 *
 * Context: Process.
 */
void lab_fake_destroy_iommu(struct kunit *test, struct lab_iommu *iommu)
{
	kunit_release_action(test, destroy_iommu, iommu);
}

static void destroy_master(void *m)
{
	lab_master_destroy(m);
}

/**
 * lab_fake_master() - a master that goes with its test
 * @test:	the test; skipped where the kernel has one page table of the kind at a time
 * @iommu:	what it is behind
 * @params:	what it is to be, NULL for the default; it gets a name where it has none
 *
 * Context: Process.
 * Return: the master.
 */
struct lab_master *lab_fake_master(struct kunit *test, struct lab_iommu *iommu,
				   const struct lab_master_params *params)
{
	struct lab_master_params p;
	struct lab_master *m;

	lab_master_params_default(&p);
	if (params)
		p = *params;
	if (!*p.name)
		strscpy(p.name, "kunit-master", sizeof(p.name));
	m = lab_master_create(iommu, &p);
	/* The core does not pass on why there is no domain. */
	if (m == ERR_PTR(-ENODEV) && !list_empty(&iommu->domains) &&
	    lab_params_are_v7s(&iommu->params.domain))
		kunit_skip(test, "this kernel has one such page table at a time");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, m);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, destroy_master, m));
	return m;
}

/**
 * lab_fake_create() - an IOMMU with a master
 * @test:	the test
 * @params:	what the IOMMU is to be
 * @master:	what the master is to be, NULL for the default
 *
 * Context: Process.
 * Return: both; they go with the test.
 */
struct lab_fake *lab_fake_create(struct kunit *test, const struct lab_iommu_params *params,
				 const struct lab_master_params *master)
{
	struct lab_fake *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->tally = lab_kunit_tally(test);
	f->iommu = lab_fake_iommu(test, params, f->tally);
	f->m = lab_fake_master(test, f->iommu, master);
	f->dev = &f->m->pdev.dev;
	f->d = lab_domain_of(iommu_get_domain_for_dev(f->dev));
	KUNIT_ASSERT_EQ(test, !f->d, params->mode == LAB_IOMMU_IDENTITY);
	return f;
}

/**
 * lab_fake_of_case() - the IOMMU and the master of a test's parameter
 * @test:	the test, whose parameter is from lab_fake_next()
 *
 * Context: Process.
 * Return: both; they go with the test.
 */
struct lab_fake *lab_fake_of_case(struct kunit *test)
{
	const struct lab_fake_case *c = test->param_value;
	struct lab_master_params master;
	struct lab_iommu_params params;

	lab_fake_params(test, c->profile->name, c->mode, &params);
	lab_master_params_default(&master);
	master.coherent = c->coherent;
	return lab_fake_create(test, &params, &master);
}

/**
 * lab_fake_of_profile() - an IOMMU of a profile, strict, with a master
 * @test:	the test
 * @profile:	the profile's name
 * @master:	what the master is to be, NULL for the default
 *
 * Context: Process.
 * Return: both; they go with the test.
 */
struct lab_fake *lab_fake_of_profile(struct kunit *test, const char *profile,
				     const struct lab_master_params *master)
{
	struct lab_iommu_params params;

	lab_fake_params(test, profile, LAB_IOMMU_STRICT, &params);
	return lab_fake_create(test, &params, master);
}

/**
 * lab_fake_destroy() - destroy both before their test ends
 * @test:	the test
 * @f:		from lab_fake_create()
 *
 * Context: Process.
 */
void lab_fake_destroy(struct kunit *test, struct lab_fake *f)
{
	kunit_release_action(test, destroy_master, f->m);
	lab_fake_destroy_iommu(test, f->iommu);
}

static void free_domain(void *d)
{
	iommu_domain_free(&((struct lab_domain *)d)->core);
}

/**
 * lab_fake_paging() - an unmanaged domain, attached to nobody
 * @test:	the test, with which it goes
 * @f:		whose master it is for
 *
 * Context: Process.
 * Return: the domain.
 */
struct lab_domain *lab_fake_paging(struct kunit *test, struct lab_fake *f)
{
	struct iommu_domain *core = iommu_paging_domain_alloc(f->dev);
	struct lab_domain *d;

	if (core == ERR_PTR(-EBUSY))
		kunit_skip(test, "this kernel has one such page table at a time");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, core);
	d = lab_domain_of(core);
	KUNIT_ASSERT_NOT_NULL(test, d);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, free_domain, d));
	return d;
}

/* Who is attached where, for kunit_add_action() */
struct attachment {
	struct lab_domain *d;
	struct device *dev;
};

static void detach(void *ctx)
{
	struct attachment *a = ctx;

	if (iommu_get_domain_for_dev(a->dev) == &a->d->core)
		iommu_detach_device(&a->d->core, a->dev);
}

/**
 * lab_fake_attach() - have a master go by an unmanaged domain
 * @test:	the test, at whose end it is detached
 * @f:		whose master
 * @d:		from lab_fake_paging()
 *
 * Context: Process.
 */
void lab_fake_attach(struct kunit *test, struct lab_fake *f, struct lab_domain *d)
{
	struct attachment *a = kunit_kzalloc(test, sizeof(*a), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, a);
	a->d = d;
	a->dev = f->dev;
	KUNIT_ASSERT_EQ(test, 0, iommu_attach_device(&d->core, f->dev));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, detach, a));
}

/**
 * lab_fake_detach() - detach a domain before the test ends
 * @test:	the test
 * @f:		whose master
 * @d:		what it is attached to
 *
 * Context: Process.
 */
void lab_fake_detach(struct kunit *test, struct lab_fake *f, struct lab_domain *d)
{
	iommu_detach_device(&d->core, f->dev);
	KUNIT_EXPECT_PTR_NE(test, iommu_get_domain_for_dev(f->dev), &d->core);
}

/* Pages, for kunit_add_action() */
struct pages {
	void *cpu;
	unsigned int order;
};

static void free_them(void *ctx)
{
	struct pages *p = ctx;

	free_pages((unsigned long)p->cpu, p->order);
}

/**
 * lab_fake_pages() - zeroed pages that go with their test
 * @test:	the test
 * @order:	how many, as a power of two
 *
 * Context: Process.
 * Return: the first.
 */
void *lab_fake_pages(struct kunit *test, unsigned int order)
{
	struct pages *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	p->order = order;
	p->cpu = (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, order);
	KUNIT_ASSERT_NOT_NULL(test, p->cpu);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, free_them, p));
	return p->cpu;
}

/**
 * lab_fake_expect_right() - all that is mapped is as it ought to be, and was so far
 * @test:	the test
 * @f:		IOMMU and master
 *
 * Context: Process.
 */
void lab_fake_expect_right(struct kunit *test, struct lab_fake *f)
{
	KUNIT_EXPECT_EQ(test, 0, lab_iommu_verify(f->iommu));
	/* Without tables it may be that nothing was checked. */
	if (!list_empty(&f->iommu->domains) || lab_tally_violated(f->tally))
		lab_kunit_expect_clean(test, f->tally);
}

/**
 * lab_fake_expect_empty() - nothing is mapped in the master's own domain
 * @test:	the test
 * @f:		IOMMU and master
 *
 * Context: Process.
 */
void lab_fake_expect_empty(struct kunit *test, struct lab_fake *f)
{
	if (f->d)
		KUNIT_EXPECT_EQ(test, lab_record_bytes(&f->d->record), 0);
	KUNIT_EXPECT_TRUE(test, list_empty(&f->m->buffers));
}

/**
 * lab_fake_has_perms() - whether its tables tell reads from writes
 * @f:		IOMMU and master
 *
 * Context: Any.
 * Return: whether they do.
 */
bool lab_fake_has_perms(const struct lab_fake *f)
{
	return !(f->iommu->params.domain.quirks & IO_PGTABLE_QUIRK_NO_PERMS);
}

/**
 * lab_fake_faults() - accesses of the master that did not come through
 * @f:		IOMMU and master
 * @kind:	why they did not
 *
 * Context: Any, while the engine stands still.
 * Return: how many there were.
 */
u64 lab_fake_faults(const struct lab_fake *f, enum lab_fault_kind kind)
{
	return f->m->faults.of_kind[kind];
}

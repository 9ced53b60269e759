// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fake IOMMU as the IOMMU core sees it: IOMMUs and masters that come and go, which
 * domains masters have, and what becomes of accesses.
 */
#include <kunit/resource.h>
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/kernfs.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/sizes.h>

#include "iommu_fixture.h"
#include "compat/compat.h"

LAB_GENERATOR(next_case)
{
	return lab_fake_next(prev, desc, LAB_FAKE_MODES | LAB_FAKE_COHERENCE);
}

LAB_GENERATOR(next_with_tables)
{
	return lab_fake_next(prev, desc, LAB_FAKE_MODES | LAB_FAKE_TABLES);
}

/* Passing proves that the domain that a master begins with is of the type of its mode. */
static void domain_is_of_mode(struct kunit *test)
{
	static const unsigned int types[] = {
		[LAB_IOMMU_STRICT]	= IOMMU_DOMAIN_DMA,
		[LAB_IOMMU_LAZY]	= IOMMU_DOMAIN_DMA_FQ,
		[LAB_IOMMU_IDENTITY]	= IOMMU_DOMAIN_IDENTITY,
	};
	const struct lab_fake_case *c = test->param_value;
	struct lab_fake *f = lab_fake_of_case(test);
	struct iommu_domain *domain = iommu_get_domain_for_dev(f->dev);

	KUNIT_ASSERT_NOT_NULL(test, domain);
	KUNIT_EXPECT_EQ(test, domain->type, types[c->mode]);
	KUNIT_EXPECT_PTR_EQ(test, f->m->attached, domain);
	if (f->d) {
		KUNIT_EXPECT_EQ(test, domain->geometry.aperture_end, f->d->inst->last);
		KUNIT_EXPECT_EQ(test, domain->pgsize_bitmap, f->d->inst->cfg.pgsize_bitmap);
	}
}

/* Passing proves that the core is told what masters and IOMMU can, and no more. */
static void capabilities_are_told(struct kunit *test)
{
	const struct lab_fake_case *c = test->param_value;
	struct lab_fake *f = lab_fake_of_case(test);

	KUNIT_EXPECT_EQ(test, device_iommu_capable(f->dev, IOMMU_CAP_CACHE_COHERENCY),
			c->coherent);
	KUNIT_EXPECT_TRUE(test, device_iommu_capable(f->dev, IOMMU_CAP_DEFERRED_FLUSH));
	KUNIT_EXPECT_FALSE(test, device_iommu_capable(f->dev, IOMMU_CAP_DIRTY_TRACKING));
}

/* Passing proves that IOMMU and master are all gone after them, and in any order that is let. */
static void all_goes(struct kunit *test)
{
	struct lab_fake *f = lab_fake_of_case(test);

	KUNIT_EXPECT_EQ(test, -EBUSY, lab_iommu_destroy(f->iommu));
	KUNIT_EXPECT_FALSE(test, list_empty(&f->iommu->masters));
	KUNIT_EXPECT_EQ(test, list_empty(&f->iommu->domains), !f->d);
	KUNIT_EXPECT_EQ(test, 0, lab_iommu_verify(f->iommu));
	lab_fake_destroy(test, f);
	KUNIT_EXPECT_EQ(test, lab_tally_violated(f->tally), 0);
	KUNIT_EXPECT_EQ(test, atomic64_read(&lab_tables_live), 0);
}

static bool has_link(struct device *dev, const char *name)
{
	struct kernfs_node *found = kernfs_find_and_get(dev->kobj.sd, name);

	kernfs_put(found);
	return found;
}

/* Passing proves that sysfs shows the IOMMU, and the master behind it in a group, as it does. */
static void sysfs_shows_them(struct kunit *test)
{
	struct lab_fake *f = lab_fake_of_profile(test, LAB_FAKE_PROFILE, NULL);
	struct iommu_group *group = iommu_group_get(f->dev);

	KUNIT_ASSERT_NOT_NULL(test, group);
	iommu_group_put(group);
	KUNIT_EXPECT_STREQ(test, dev_name(f->iommu->core.dev), "io_pgtable_lab-kunit");
	KUNIT_EXPECT_TRUE(test, has_link(f->dev, "iommu"));
	KUNIT_EXPECT_TRUE(test, has_link(f->dev, "iommu_group"));
	KUNIT_EXPECT_TRUE(test, has_link(f->dev, "driver"));
}

/* Passing proves that each master has a group and a domain of its own. */
static void masters_are_apart(struct kunit *test)
{
	struct lab_fake *f = lab_fake_of_profile(test, LAB_FAKE_PROFILE, NULL);
	struct lab_master *other = lab_fake_master(test, f->iommu, NULL);
	struct iommu_group *group = iommu_group_get(f->dev);

	KUNIT_EXPECT_PTR_NE(test, other->pdev.dev.iommu_group, group);
	KUNIT_EXPECT_PTR_NE(test, other->attached, f->m->attached);
	iommu_group_put(group);
}

static void remove_device(void *pdev)
{
	platform_device_unregister(pdev);
}

/* Passing proves that a device that is none of the lab's is left alone, before and after. */
static void foreign_devices_are_left_alone(struct kunit *test)
{
	struct platform_device *before, *after;
	struct lab_fake *f;

	before = platform_device_register_simple("lab_foreign", PLATFORM_DEVID_AUTO, NULL, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, before);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, remove_device, before));
	f = lab_fake_of_profile(test, LAB_FAKE_PROFILE, NULL);
	after = platform_device_register_simple("lab_foreign", PLATFORM_DEVID_AUTO, NULL, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, after);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, remove_device, after));

	KUNIT_EXPECT_NOT_NULL(test, f->dev->iommu_group);
	KUNIT_EXPECT_NULL(test, before->dev.iommu_group);
	KUNIT_EXPECT_NULL(test, after->dev.iommu_group);
	KUNIT_EXPECT_NULL(test, iommu_get_domain_for_dev(&after->dev));
	KUNIT_EXPECT_NULL(test, lab_master_of(&after->dev));
	/* The one that this driver has made, and neither bus nor parent of it. */
	KUNIT_EXPECT_NULL(test, f->dev->parent->iommu_group);
}

/* The upper half of what 32 bits reach, where the DMA API would begin to look. */
static void reserve_upper_half(struct kunit *test, struct lab_iommu_params *params)
{
	const struct lab_fake_case *c = test->param_value;

	lab_fake_params(test, c->profile->name, c->mode, params);
	params->reserved.first = SZ_2G + 0ULL;
	params->reserved.last = U32_MAX;
}

/* Passing proves that a reserved region is told to whoever asks. */
static void reserved_region_is_told(struct kunit *test)
{
	struct iommu_resv_region *region;
	struct lab_iommu_params params;
	unsigned int nr = 0;
	struct lab_fake *f;
	LIST_HEAD(regions);

	reserve_upper_half(test, &params);
	f = lab_fake_create(test, &params, NULL);
	iommu_get_resv_regions(f->dev, &regions);
	list_for_each_entry(region, &regions, list) {
		KUNIT_EXPECT_EQ(test, region->start, params.reserved.first);
		KUNIT_EXPECT_EQ(test, region->length, SZ_2G + 0ULL);
		KUNIT_EXPECT_EQ(test, region->type, IOMMU_RESV_RESERVED);
		nr++;
	}
	iommu_put_resv_regions(f->dev, &regions);
	KUNIT_EXPECT_EQ(test, nr, 1);
}

/* Passing proves that the DMA API gives no address in it. */
static void reserved_region_is_avoided(struct kunit *test)
{
	const struct lab_buffer_params p = {
		.kind = LAB_BUFFER_PAGE, .dir = DMA_BIDIRECTIONAL, .nr = 1, .bytes = { SZ_64K },
	};
	struct lab_iommu_params params;
	struct lab_fake *f;

	reserve_upper_half(test, &params);
	f = lab_fake_create(test, &params, NULL);
	for (int i = 0; i < 16; i++) {
		struct lab_buffer *b = lab_fake_map(test, f, &p);

		KUNIT_EXPECT_LE(test, b->segments[0].iova + SZ_64K, SZ_2G + 0ULL);
	}
	lab_fake_expect_right(test, f);
}

/* Passing proves that without translation an access reaches the address that it names. */
static void identity_reaches_memory(struct kunit *test)
{
	struct lab_iommu_params params;
	struct rnd_state rnd = lab_kunit_random(0);
	u8 *page = lab_fake_pages(test, 1);
	u64 at = virt_to_phys(page) + PAGE_SIZE - 50;
	u8 out[100], in[100] = {};
	struct lab_fake *f;

	lab_fake_params(test, LAB_FAKE_PROFILE, LAB_IOMMU_IDENTITY, &params);
	f = lab_fake_create(test, &params, NULL);
	prandom_bytes_state(&rnd, out, sizeof(out));
	KUNIT_EXPECT_EQ(test, 0, lab_engine_write(f->m, at, out, sizeof(out)));
	KUNIT_EXPECT_MEMEQ(test, page + PAGE_SIZE - 50, out, sizeof(out));
	KUNIT_EXPECT_EQ(test, 0, lab_engine_read(f->m, at, in, sizeof(in)));
	KUNIT_EXPECT_MEMEQ(test, in, out, sizeof(out));
	KUNIT_EXPECT_EQ(test, atomic64_read(&f->m->moved), 2 * sizeof(out));
	KUNIT_EXPECT_EQ(test, f->m->faults.nr, 0);
}

/* Passing proves that an access to what is no memory is a fault and reaches nothing. */
static void no_memory_is_a_fault(struct kunit *test)
{
	struct lab_iommu_params params;
	struct lab_fault last = {};
	struct lab_fake *f;
	u64 nothing = 0;

	lab_fake_params(test, LAB_FAKE_PROFILE, LAB_IOMMU_IDENTITY, &params);
	f = lab_fake_create(test, &params, NULL);
	KUNIT_EXPECT_EQ(test, -EFAULT, lab_engine_read(f->m, BIT_ULL(51), &nothing, 8));
	KUNIT_EXPECT_EQ(test, -EFAULT, lab_engine_write(f->m, BIT_ULL(51), &nothing, 8));
	KUNIT_EXPECT_EQ(test, lab_fake_faults(f, LAB_FAULT_EXTERNAL), 2);
	KUNIT_EXPECT_EQ(test, -ERANGE, lab_engine_read(f->m, U64_MAX, &nothing, 8));
	KUNIT_ASSERT_EQ(test, lab_faults_last(&f->m->faults, &last, 1), 1);
	KUNIT_EXPECT_EQ(test, last.iova, BIT_ULL(51));
	KUNIT_EXPECT_TRUE(test, last.write);
}

static void bind_again(void *dev)
{
	iommu_device_release_dma_owner(dev);
	if (device_attach(dev) < 0)
		dev_warn(dev, "no driver came back\n");
}

/*
 * Passing proves that what is mapped cannot be reached while the core has the master in
 * its blocking domain, as it has for VFIO, and can be afterwards.
 */
static void blocked_lets_nothing_through(struct kunit *test)
{
	struct lab_fake *f = lab_fake_of_case(test);
	size_t bytes = SZ_4K;
	dma_addr_t dma;
	u64 value = 0;
	void *cpu;

	cpu = dma_alloc_coherent(f->dev, bytes, &dma, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, cpu);
	KUNIT_EXPECT_EQ(test, 0, lab_engine_read(f->m, dma, &value, sizeof(value)));
	dma_free_coherent(f->dev, bytes, cpu, dma);

	device_release_driver(f->dev);
	KUNIT_ASSERT_EQ(test, 0, iommu_device_claim_dma_owner(f->dev, test));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, bind_again, f->dev));
	KUNIT_EXPECT_EQ(test, f->m->attached->type, IOMMU_DOMAIN_BLOCKED);
	KUNIT_EXPECT_EQ(test, -EFAULT, lab_engine_read(f->m, dma, &value, sizeof(value)));
	KUNIT_EXPECT_EQ(test, -EFAULT, lab_engine_write(f->m, dma, &value, sizeof(value)));
	KUNIT_EXPECT_EQ(test, -EFAULT, lab_engine_read(f->m, 0, &value, sizeof(value)));
	KUNIT_EXPECT_EQ(test, lab_fake_faults(f, LAB_FAULT_BLOCKED), 3);
	KUNIT_EXPECT_EQ(test, f->m->faults.nr, 3);

	kunit_release_action(test, bind_again, f->dev);
	KUNIT_EXPECT_PTR_EQ(test, f->m->attached, iommu_get_domain_for_dev(f->dev));
	cpu = dma_alloc_coherent(f->dev, bytes, &dma, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, cpu);
	KUNIT_EXPECT_EQ(test, 0, lab_engine_read(f->m, dma, &value, sizeof(value)));
	dma_free_coherent(f->dev, bytes, cpu, dma);
	KUNIT_EXPECT_EQ(test, f->m->faults.nr, 3);
}

static const struct lab_buffer_params one_page = {
	.kind = LAB_BUFFER_PAGE, .dir = DMA_BIDIRECTIONAL, .nr = 1, .bytes = { SZ_4K },
};

/* Passing proves that a master goes by the domain that it is attached to, and by no other. */
static void attached_domain_counts(struct kunit *test)
{
	struct lab_fake *f = lab_fake_of_case(test);
	struct lab_domain *d = lab_fake_paging(test, f);
	struct lab_buffer *b = lab_fake_map(test, f, &one_page);
	u64 value = 0;

	lab_fake_attach(test, f, d);
	KUNIT_EXPECT_EQ(test, d->core.type, IOMMU_DOMAIN_UNMANAGED);
	KUNIT_EXPECT_PTR_EQ(test, f->m->attached, &d->core);
	KUNIT_EXPECT_EQ(test, -EFAULT, lab_engine_read(f->m, b->segments[0].iova, &value, 8));
	KUNIT_EXPECT_EQ(test, lab_fake_faults(f, LAB_FAULT_TRANSLATION), 1);
	lab_fake_detach(test, f, d);
	KUNIT_EXPECT_EQ(test, 0, lab_buffer_use(b));
	lab_fake_expect_right(test, f);
}

/* Passing proves that after an attach that fails all is as before, and the next one works. */
static void failed_attach_changes_nothing(struct kunit *test)
{
	struct lab_fake *f = lab_fake_of_case(test);
	struct lab_domain *d = lab_fake_paging(test, f);
	struct lab_buffer *b = lab_fake_map(test, f, &one_page);
	struct iommu_domain *before = f->m->attached;

	f->iommu->fail_attach = true;
	KUNIT_EXPECT_LT(test, iommu_attach_device(&d->core, f->dev), 0);
	KUNIT_EXPECT_FALSE(test, f->iommu->fail_attach);
	KUNIT_EXPECT_PTR_EQ(test, iommu_get_domain_for_dev(f->dev), before);
	KUNIT_EXPECT_PTR_EQ(test, f->m->attached, before);
	KUNIT_EXPECT_EQ(test, 0, lab_buffer_use(b));
	lab_fake_attach(test, f, d);
	lab_fake_detach(test, f, d);
	lab_fake_expect_right(test, f);
}

/* Passing proves that a domain is not attached where another of somebody's own is. */
static void two_owners_are_refused(struct kunit *test)
{
	struct lab_fake *f = lab_fake_of_profile(test, LAB_FAKE_PROFILE, NULL);
	struct lab_domain *d = lab_fake_paging(test, f), *other = lab_fake_paging(test, f);

	lab_fake_attach(test, f, d);
	KUNIT_EXPECT_EQ(test, -EBUSY, iommu_attach_device(&other->core, f->dev));
	KUNIT_EXPECT_PTR_EQ(test, f->m->attached, &d->core);
	lab_fake_detach(test, f, d);
}

/* Passing proves that a master takes along what it has mapped, and leaves nothing. */
static void master_goes_with_buffers(struct kunit *test)
{
	struct lab_fake *f = lab_fake_of_case(test);

	for (int kind = 0; kind < LAB_BUFFER_NR_KINDS; kind++) {
		struct lab_buffer_params p = one_page;

		p.kind = kind;
		if (lab_fake_takes(f, &p))
			KUNIT_EXPECT_NOT_ERR_OR_NULL(test, lab_buffer_map(f->m, &p));
	}
	lab_fake_destroy(test, f);
	KUNIT_EXPECT_EQ(test, lab_tally_violated(f->tally), 0);
	KUNIT_EXPECT_EQ(test, atomic64_read(&lab_tables_live), 0);
}

/* Passing proves that a master takes along the domain that people map in by hand. */
static void master_goes_with_domain(struct kunit *test)
{
	struct lab_fake *f = lab_fake_of_profile(test, LAB_FAKE_PROFILE, NULL);

	KUNIT_ASSERT_EQ(test, 0, lab_master_take_domain(f->m));
	KUNIT_ASSERT_EQ(test, 0, lab_master_map(f->m, SZ_1G, SZ_1G, SZ_2M, IOMMU_READ));
	lab_fake_destroy(test, f);
	KUNIT_EXPECT_EQ(test, lab_tally_violated(f->tally), 0);
	KUNIT_EXPECT_EQ(test, atomic64_read(&lab_tables_live), 0);
}

/* Passing proves that a hundred of them leave no reference of the module behind. */
static void cycles_leave_nothing(struct kunit *test)
{
	struct lab_fake *f = lab_fake_of_profile(test, LAB_FAKE_PROFILE, NULL);
	struct module *owner = f->dev->driver->owner;
	int before, tries = 100;

	lab_fake_destroy(test, f);
	before = module_refcount(owner);
	while (tries--) {
		f = lab_fake_of_profile(test, LAB_FAKE_PROFILE, NULL);
		KUNIT_EXPECT_NOT_ERR_OR_NULL(test, lab_buffer_map(f->m, &one_page));
		lab_fake_destroy(test, f);
	}
	KUNIT_EXPECT_EQ(test, module_refcount(owner), before);
	KUNIT_EXPECT_EQ(test, atomic64_read(&lab_tables_live), 0);
}

/**
 * struct bad - a change that makes parameters wrong
 * @name:	in words
 * @words:	of the IOMMU, beside its name
 * @master:	of the master; the IOMMU's are wrong where it has no mask
 */
struct bad {
	const char *name;
	const char *words;
	struct lab_master_params master;
};

static const struct bad bads[] = {
	{ "reserved is no whole page", "format=lpae-s1 reserved=0x1000-0x1800" },
	{ "ttbr1", "format=lpae-s1 quirks=ttbr1" },
	{ "too many bits", "format=v7s ias=48" },
	{ "a mask of 11 bits", "format=lpae-s1", { .mask_bits = 11, .max_segment = SZ_64K } },
	{ "a mask of 65 bits", "format=lpae-s1", { .mask_bits = 65, .max_segment = SZ_64K } },
	{ "an odd boundary", "format=lpae-s1",
	  { .mask_bits = 32, .max_segment = SZ_64K, .boundary = 3 * SZ_4K } },
	{ "a boundary within a page", "format=lpae-s1",
	  { .mask_bits = 32, .max_segment = SZ_64K, .boundary = SZ_2K } },
	{ "segments within a page", "format=lpae-s1", { .mask_bits = 32, .max_segment = SZ_2K } },
};

static void bad_desc(const struct bad *bad, char *desc)
{
	strscpy(desc, bad->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(bad, bads, bad_desc);

/* Passing proves that what cannot be is refused, and nothing comes of it. */
static void bad_parameters_are_refused(struct kunit *test)
{
	const struct bad *bad = test->param_value;
	const char *why = lab_iommu_refuses();
	struct lab_master_params master = bad->master;
	struct lab_iommu_params params;
	struct lab_iommu *iommu;
	char words[96];

	if (why)
		kunit_skip(test, "%s", why);
	snprintf(words, sizeof(words), "name=kunit %s", bad->words);
	KUNIT_ASSERT_EQ(test, 0, lab_iommu_parse(words, &params));
	if (!master.mask_bits) {
		KUNIT_EXPECT_PTR_EQ(test, lab_iommu_create(&params, lab_kunit_tally(test)),
				    ERR_PTR(-EINVAL));
		return;
	}
	iommu = lab_fake_iommu(test, &params, lab_kunit_tally(test));
	strscpy(master.name, "bad", sizeof(master.name));
	KUNIT_EXPECT_PTR_EQ(test, lab_master_create(iommu, &master), ERR_PTR(-EINVAL));
	KUNIT_EXPECT_TRUE(test, list_empty(&iommu->masters));
	KUNIT_EXPECT_TRUE(test, list_empty(&iommu->domains));
}

/* Passing proves that pages that the allocator of IOVAs cannot do with are refused. */
static void large_granules_are_refused(struct kunit *test)
{
	char words[] = "name=kunit format=lpae-s1 granule=64K";
	struct lab_iommu_params params;

	if (PAGE_SIZE == SZ_64K)
		kunit_skip(test, "this kernel's pages are the largest");
	if (lab_iommu_refuses())
		kunit_skip(test, "%s", lab_iommu_refuses());
	KUNIT_ASSERT_EQ(test, 0, lab_iommu_parse(words, &params));
	KUNIT_EXPECT_PTR_EQ(test, lab_iommu_create(&params, lab_kunit_tally(test)),
			    ERR_PTR(-EOPNOTSUPP));
}

/* Passing proves that where a domain cannot have a root, there is no master, nor a rest of one. */
static void no_root_is_no_master(struct kunit *test)
{
	struct lab_tally *tally = lab_kunit_tally(test);
	struct lab_master_params master;
	struct lab_iommu_params params;
	struct lab_iommu *iommu;

	lab_fake_params(test, LAB_FAKE_PROFILE, LAB_IOMMU_STRICT, &params);
	params.domain.allocator = &lab_bad_empty;
	iommu = lab_fake_iommu(test, &params, tally);
	lab_master_params_default(&master);
	strscpy(master.name, "rootless", sizeof(master.name));
	KUNIT_EXPECT_TRUE(test, IS_ERR(lab_master_create(iommu, &master)));
	KUNIT_EXPECT_TRUE(test, list_empty(&iommu->masters));
	KUNIT_EXPECT_TRUE(test, list_empty(&iommu->domains));
	KUNIT_EXPECT_EQ(test, lab_tally_violated(tally), 0);
}

static struct kunit_case iommu_cases[] = {
	KUNIT_CASE_PARAM(domain_is_of_mode, next_case),
	KUNIT_CASE_PARAM(capabilities_are_told, next_case),
	KUNIT_CASE_PARAM(all_goes, next_case),
	KUNIT_CASE(sysfs_shows_them),
	KUNIT_CASE(masters_are_apart),
	KUNIT_CASE(foreign_devices_are_left_alone),
	KUNIT_CASE_PARAM(reserved_region_is_told, next_with_tables),
	KUNIT_CASE_PARAM(reserved_region_is_avoided, next_with_tables),
	KUNIT_CASE(identity_reaches_memory),
	KUNIT_CASE(no_memory_is_a_fault),
	KUNIT_CASE_PARAM(blocked_lets_nothing_through, next_with_tables),
	KUNIT_CASE_PARAM(attached_domain_counts, next_with_tables),
	KUNIT_CASE_PARAM(failed_attach_changes_nothing, next_with_tables),
	KUNIT_CASE(two_owners_are_refused),
	KUNIT_CASE_PARAM(master_goes_with_buffers, next_case),
	KUNIT_CASE(master_goes_with_domain),
	KUNIT_CASE(cycles_leave_nothing),
	KUNIT_CASE_PARAM(bad_parameters_are_refused, bad_gen_params),
	KUNIT_CASE(large_granules_are_refused),
	KUNIT_CASE(no_root_is_no_master),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite iommu_suite = {
	.name		= "lab_iommu",
	.suite_init	= lab_kunit_print_seed,
	.test_cases	= iommu_cases,
	LAB_SUITE_OF_THE_LAB,
};

kunit_test_suite(iommu_suite);

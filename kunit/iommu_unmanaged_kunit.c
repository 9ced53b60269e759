// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unmanaged domains of the fake IOMMU, as VFIO and GPU drivers have them: mapped in with
 * iommu_map() and its like, with all that a caller can do wrong.
 */
#include <kunit/resource.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>

#include "iommu_fixture.h"
#include "compat/compat.h"

#define RW	(IOMMU_READ | IOMMU_WRITE)

enum { IOVA = SZ_256M };

LAB_GENERATOR(next_profile)
{
	return lab_fake_next(prev, desc, 0);
}

/*
 * An IOMMU with a master that goes by a domain of the test's, which is empty.  It has no
 * other: there are kernels that have one v7s page table at a time.
 */
static struct lab_fake *create(struct kunit *test, struct lab_domain **d)
{
	const struct lab_fake_case *c = test->param_value;
	struct lab_iommu_params params;
	struct lab_fake *f;

	lab_fake_params(test, c->profile->name, LAB_IOMMU_IDENTITY, &params);
	f = lab_fake_create(test, &params, NULL);
	*d = lab_fake_paging(test, f);
	lab_fake_attach(test, f, *d);
	return f;
}

static size_t page_of(const struct lab_domain *d)
{
	return d->core.pgsize_bitmap & -d->core.pgsize_bitmap;
}

/* Memory of eight of its pages */
static u8 *pages_for(struct kunit *test, const struct lab_domain *d)
{
	return lab_fake_pages(test, get_order(8 * page_of(d)));
}

/* Violations that a test provokes are not for the log. */
static void keep_quiet(struct lab_fake *f, struct lab_domain *d)
{
	f->iommu->tally.owner = "";
	d->inst->tally.owner = "";
}

/*
 * Passing proves that what is mapped leads where it was mapped to, for iova_to_phys and
 * for the engine, from the first byte to the last, and that after the unmap it is gone.
 */
static void mapped_is_reached(struct kunit *test)
{
	struct lab_domain *d;
	struct lab_fake *f = create(test, &d);
	size_t page = page_of(d), bytes = 3 * page;
	u8 *cpu = pages_for(test, d) + page;
	phys_addr_t pa = virt_to_phys(cpu);
	u64 out = 0x123456789abcdef, in = 0;

	KUNIT_ASSERT_EQ(test, 0, iommu_map(&d->core, IOVA, pa, bytes, RW, GFP_KERNEL));
	for (size_t i = 0; i < bytes; i += page / 2)
		KUNIT_EXPECT_EQ(test, iommu_iova_to_phys(&d->core, IOVA + i), pa + i);
	KUNIT_EXPECT_EQ(test, iommu_iova_to_phys(&d->core, IOVA - 1), 0);
	KUNIT_EXPECT_EQ(test, iommu_iova_to_phys(&d->core, IOVA + bytes), 0);

	/* Across a page. */
	KUNIT_EXPECT_EQ(test, 0, lab_engine_write(f->m, IOVA + page - 4, &out, 8));
	KUNIT_EXPECT_MEMEQ(test, cpu + page - 4, &out, 8);
	KUNIT_EXPECT_EQ(test, 0, lab_engine_copy(f->m, IOVA + bytes - 8, IOVA + page - 4, 8));
	KUNIT_EXPECT_EQ(test, 0, lab_engine_read(f->m, IOVA + bytes - 8, &in, 8));
	KUNIT_EXPECT_EQ(test, in, out);
	KUNIT_EXPECT_EQ(test, -EFAULT, lab_engine_read(f->m, IOVA + bytes - 4, &in, 8));
	KUNIT_EXPECT_EQ(test, -EFAULT, lab_engine_write(f->m, IOVA - 1, &out, 1));
	KUNIT_EXPECT_EQ(test, lab_fake_faults(f, LAB_FAULT_TRANSLATION), 2);
	lab_fake_expect_right(test, f);

	KUNIT_EXPECT_EQ(test, iommu_unmap(&d->core, IOVA, bytes), bytes);
	KUNIT_EXPECT_EQ(test, iommu_iova_to_phys(&d->core, IOVA), 0);
	KUNIT_EXPECT_EQ(test, -EFAULT, lab_engine_read(f->m, IOVA + page - 4, &in, 8));
	KUNIT_EXPECT_EQ(test, lab_record_bytes(&d->record), 0);
	lab_fake_expect_right(test, f);
}

/* Passing proves that a page is let through for what it was mapped for, and for no more. */
static void permissions_hold(struct kunit *test)
{
	struct lab_domain *d;
	struct lab_fake *f = create(test, &d);
	phys_addr_t pa = virt_to_phys(pages_for(test, d));
	struct lab_fault last = {};
	u64 value = 0;

	if (!lab_fake_has_perms(f))
		kunit_skip(test, "the format has no permissions");
	KUNIT_ASSERT_EQ(test, 0, iommu_map(&d->core, IOVA, pa, page_of(d), IOMMU_READ,
					   GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 0, lab_engine_read(f->m, IOVA, &value, 8));
	KUNIT_EXPECT_EQ(test, -EFAULT, lab_engine_write(f->m, IOVA + 8, &value, 8));
	KUNIT_EXPECT_EQ(test, lab_fake_faults(f, LAB_FAULT_PERMISSION), 1);
	KUNIT_ASSERT_EQ(test, lab_faults_last(&f->m->faults, &last, 1), 1);
	KUNIT_EXPECT_EQ(test, last.iova, IOVA + 8);
	KUNIT_EXPECT_TRUE(test, last.write);
	lab_fake_expect_right(test, f);
}

/* Passing proves that of aligned addresses the core makes the largest pages that there are. */
static void largest_pages_are_chosen(struct kunit *test)
{
	struct lab_domain *d;
	struct lab_fake *f = create(test, &d);
	unsigned long sizes = d->core.pgsize_bitmap;
	size_t largest;

	for (int bit = __ffs(sizes); bit <= __fls(sizes); bit++) {
		size_t size = BIT(bit);

		if (!(sizes & size) || size > SZ_1G)
			continue;
		KUNIT_EXPECT_EQ(test, 0, iommu_map(&d->core, SZ_1G, SZ_1G, size, RW, GFP_KERNEL));
		KUNIT_EXPECT_TRUE(test, lab_record_covers(&d->record, SZ_1G, size, &largest));
		KUNIT_EXPECT_EQ(test, largest, size);
		KUNIT_EXPECT_EQ(test, d->record.nr, 1);
		KUNIT_EXPECT_EQ(test, iommu_unmap(&d->core, SZ_1G, size), size);
	}
	lab_fake_expect_right(test, f);
}

/* Passing proves that where the output address is less aligned, the pages are smaller. */
static void both_addresses_are_aligned(struct kunit *test)
{
	struct lab_domain *d;
	struct lab_fake *f = create(test, &d);
	size_t page = page_of(d), bytes = SZ_32M, largest;

	KUNIT_EXPECT_EQ(test, 0, iommu_map(&d->core, SZ_1G, SZ_1G + page, bytes, RW, GFP_KERNEL));
	KUNIT_EXPECT_TRUE(test, lab_record_covers(&d->record, SZ_1G, bytes, &largest));
	KUNIT_EXPECT_EQ(test, largest, page);
	KUNIT_EXPECT_EQ(test, iommu_iova_to_phys(&d->core, SZ_1G + bytes - 1),
			SZ_1G + page + bytes - 1);
	lab_fake_expect_right(test, f);
	/* It is asked for in larger pages than it was mapped in. */
	KUNIT_EXPECT_EQ(test, iommu_unmap(&d->core, SZ_1G, bytes), bytes);
	KUNIT_EXPECT_EQ(test, lab_record_bytes(&d->record), 0);
	lab_fake_expect_right(test, f);
}

/* Passing proves that a scatterlist's elements lie one after the other, none forgotten. */
static void scatterlist_is_mapped(struct kunit *test)
{
	struct lab_domain *d;
	struct lab_fake *f = create(test, &d);
	size_t page = page_of(d);
	u8 *cpu = pages_for(test, d);
	/* Two that follow each other, then backwards. */
	static const unsigned int order[] = { 2, 3, 7, 5, 0 };
	struct scatterlist sgl[ARRAY_SIZE(order)];

	sg_init_table(sgl, ARRAY_SIZE(sgl));
	for (int i = 0; i < ARRAY_SIZE(order); i++)
		sg_set_buf(&sgl[i], cpu + order[i] * page, page);
	KUNIT_ASSERT_EQ(test, iommu_map_sg(&d->core, IOVA, sgl, ARRAY_SIZE(sgl), RW, GFP_KERNEL),
			ARRAY_SIZE(sgl) * page);
	for (int i = 0; i < ARRAY_SIZE(order); i++)
		KUNIT_EXPECT_EQ(test, iommu_iova_to_phys(&d->core, IOVA + i * page + 1),
				virt_to_phys(cpu + order[i] * page + 1));
	KUNIT_EXPECT_EQ(test, d->record.nr, 4);
	lab_fake_expect_right(test, f);
	KUNIT_EXPECT_EQ(test, iommu_unmap(&d->core, IOVA, ARRAY_SIZE(sgl) * page),
			ARRAY_SIZE(sgl) * page);
	KUNIT_EXPECT_EQ(test, lab_record_bytes(&d->record), 0);
	lab_fake_expect_right(test, f);
}

/* Passing proves that nothing is mapped over what is mapped, and that this stays. */
static void map_over_is_refused(struct kunit *test)
{
	struct lab_domain *d;
	struct lab_fake *f = create(test, &d);
	size_t page = page_of(d);
	phys_addr_t pa = virt_to_phys(pages_for(test, d));

	KUNIT_ASSERT_EQ(test, 0, iommu_map(&d->core, IOVA, pa, 2 * page, RW, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EEXIST, iommu_map(&d->core, IOVA, pa + page, page, RW, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EEXIST, iommu_map(&d->core, IOVA - page, pa, 2 * page, RW,
						 GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, iommu_iova_to_phys(&d->core, IOVA), pa);
	KUNIT_EXPECT_EQ(test, lab_record_bytes(&d->record), 2 * page);
	KUNIT_EXPECT_EQ(test, atomic64_read(&d->stats.refused), 2);
	lab_fake_expect_right(test, f);
}

/**
 * struct mismatch - an unmap that does not match what was mapped
 * @name:	in words
 * @first:	where it begins, in pages from where four are mapped
 * @nr:		pages
 */
struct mismatch {
	const char *name;
	int first;
	unsigned int nr;
};

static const struct mismatch mismatches[] = {
	{ "of nothing", 8, 1 },
	{ "of nothing below", -4, 4 },
	{ "past the end", 3, 2 },
	{ "that begins before", -1, 2 },
	{ "of all and more", -1, 6 },
};

static void mismatch_desc(const struct mismatch *m, char *desc)
{
	strscpy(desc, m->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(mismatch, mismatches, mismatch_desc);

/* Passing proves that such an unmap breaks its rule and no other, and takes nothing away. */
static void mismatch_is_reported(struct kunit *test)
{
	const struct mismatch *c = test->param_value;
	struct lab_fake *f = lab_fake_of_profile(test, LAB_FAKE_PROFILE, NULL);
	struct lab_domain *d = lab_fake_paging(test, f);
	u64 checked;

	lab_fake_attach(test, f, d);
	keep_quiet(f, d);
	KUNIT_ASSERT_EQ(test, 0, iommu_map(&d->core, IOVA, SZ_1G + SZ_4K, 4 * SZ_4K, RW,
					   GFP_KERNEL));
	checked = atomic64_read(&f->tally->checked[LAB_RULE_UNMAP_MATCHES]);
	KUNIT_EXPECT_EQ(test, iommu_unmap(&d->core, IOVA + c->first * SZ_4K, c->nr * SZ_4K), 0);
	KUNIT_EXPECT_GT(test, atomic64_read(&f->tally->checked[LAB_RULE_UNMAP_MATCHES]), checked);
	lab_kunit_expect_only(test, f->tally, LAB_RULE_UNMAP_MATCHES, 1);

	/* All goes on: it is there, and goes as it came. */
	KUNIT_EXPECT_EQ(test, iommu_iova_to_phys(&d->core, IOVA), SZ_1G + SZ_4K);
	KUNIT_EXPECT_EQ(test, iommu_unmap(&d->core, IOVA, 4 * SZ_4K), 4 * SZ_4K);
	KUNIT_EXPECT_EQ(test, 0, lab_iommu_verify(f->iommu));
	lab_kunit_expect_only(test, f->tally, LAB_RULE_UNMAP_MATCHES, 1);
}

/* Passing proves that part of a block is none that was mapped, and is not split unasked. */
static void part_of_a_block_is_reported(struct kunit *test)
{
	struct lab_fake *f = lab_fake_of_profile(test, LAB_FAKE_PROFILE, NULL);
	struct lab_domain *d = lab_fake_paging(test, f);

	lab_fake_attach(test, f, d);
	keep_quiet(f, d);
	KUNIT_ASSERT_EQ(test, 0, iommu_map(&d->core, SZ_1G, SZ_1G, SZ_2M, RW, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, iommu_unmap(&d->core, SZ_1G + SZ_4K, SZ_4K), 0);
	lab_kunit_expect_only(test, f->tally, LAB_RULE_UNMAP_MATCHES, 1);
	KUNIT_EXPECT_EQ(test, iommu_iova_to_phys(&d->core, SZ_1G + SZ_4K), SZ_1G + SZ_4K);
	KUNIT_EXPECT_EQ(test, iommu_unmap(&d->core, SZ_1G, SZ_2M), SZ_2M);
	KUNIT_EXPECT_EQ(test, 0, lab_iommu_verify(f->iommu));
	lab_kunit_expect_only(test, f->tally, LAB_RULE_UNMAP_MATCHES, 1);
}

/* Passing proves that a part of what was mapped in pages may go alone, from either end too. */
static void parts_of_pages_may_go(struct kunit *test)
{
	struct lab_domain *d;
	struct lab_fake *f = create(test, &d);
	size_t page = page_of(d);
	phys_addr_t pa = virt_to_phys(pages_for(test, d));

	KUNIT_ASSERT_EQ(test, 0, iommu_map(&d->core, IOVA + page, pa, 6 * page, RW, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, iommu_unmap(&d->core, IOVA + 3 * page, page), page);
	KUNIT_EXPECT_EQ(test, iommu_unmap(&d->core, IOVA + page, page), page);
	KUNIT_EXPECT_EQ(test, iommu_unmap(&d->core, IOVA + 6 * page, page), page);
	KUNIT_EXPECT_EQ(test, iommu_iova_to_phys(&d->core, IOVA + page), 0);
	KUNIT_EXPECT_EQ(test, iommu_iova_to_phys(&d->core, IOVA + 2 * page), pa + page);
	KUNIT_EXPECT_EQ(test, iommu_iova_to_phys(&d->core, IOVA + 3 * page), 0);
	KUNIT_EXPECT_EQ(test, iommu_iova_to_phys(&d->core, IOVA + 5 * page), pa + 4 * page);
	KUNIT_EXPECT_EQ(test, lab_record_bytes(&d->record), 3 * page);
	lab_fake_expect_right(test, f);
}

/**
 * struct seen - what a fault handler was told
 * @nr:		how often it was called
 * @domain:	the domain
 * @dev:	the device
 * @iova:	input address
 * @flags:	IOMMU_FAULT_READ or IOMMU_FAULT_WRITE
 */
struct seen {
	unsigned int nr;
	struct iommu_domain *domain;
	struct device *dev;
	unsigned long iova;
	int flags;
};

static int see(struct iommu_domain *domain, struct device *dev, unsigned long iova, int flags,
	       void *token)
{
	struct seen *seen = token;

	*seen = (struct seen) { seen->nr + 1, domain, dev, iova, flags };
	return -EAGAIN;
}

/* Passing proves that who asks a domain for its faults is told of each, and by the device. */
static void handler_is_told(struct kunit *test)
{
	struct lab_domain *d;
	struct lab_fake *f = create(test, &d);
	struct lab_fault last = {};
	struct seen seen = {};
	u64 value = 0;

	KUNIT_EXPECT_EQ(test, -EFAULT, lab_engine_read(f->m, IOVA, &value, 8));
	KUNIT_ASSERT_EQ(test, lab_faults_last(&f->m->faults, &last, 1), 1);
	KUNIT_EXPECT_LT_MSG(test, last.reported, 0, "nobody has asked to know");

	iommu_set_fault_handler(&d->core, see, &seen);
	KUNIT_EXPECT_EQ(test, -EFAULT, lab_engine_read(f->m, IOVA + 12, &value, 8));
	KUNIT_EXPECT_EQ(test, seen.nr, 1);
	KUNIT_EXPECT_PTR_EQ(test, seen.domain, &d->core);
	KUNIT_EXPECT_PTR_EQ(test, seen.dev, f->dev);
	KUNIT_EXPECT_EQ(test, seen.iova, IOVA + 12);
	KUNIT_EXPECT_EQ(test, seen.flags, IOMMU_FAULT_READ);
	KUNIT_EXPECT_EQ(test, -EFAULT, lab_engine_write(f->m, IOVA + 13, &value, 8));
	KUNIT_EXPECT_EQ(test, seen.nr, 2);
	KUNIT_EXPECT_EQ(test, seen.iova, IOVA + 13);
	KUNIT_EXPECT_EQ(test, seen.flags, IOMMU_FAULT_WRITE);
	KUNIT_ASSERT_EQ(test, lab_faults_last(&f->m->faults, &last, 1), 1);
	KUNIT_EXPECT_EQ(test, last.nr, 3);
	KUNIT_EXPECT_EQ(test, last.reported, -EAGAIN);
}

/* Passing proves that a storm of faults is counted to the last, and the master lives on. */
static void storm_is_survived(struct kunit *test)
{
	enum { STORM = 5000 };
	struct lab_domain *d;
	struct lab_fake *f = create(test, &d);
	phys_addr_t pa = virt_to_phys(pages_for(test, d));
	struct seen seen = {};
	u64 value = 0;

	iommu_set_fault_handler(&d->core, see, &seen);
	for (int i = 0; i < STORM; i++)
		if (lab_engine_write(f->m, IOVA + i * 8, &value, 8) != -EFAULT)
			KUNIT_FAIL(test, "access %d came through", i);
	KUNIT_EXPECT_EQ(test, f->m->faults.nr, STORM);
	KUNIT_EXPECT_EQ(test, seen.nr, STORM);
	KUNIT_ASSERT_EQ(test, 0, iommu_map(&d->core, IOVA, pa, page_of(d), RW, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 0, lab_engine_write(f->m, IOVA, &value, 8));
	lab_fake_expect_right(test, f);
}

/* Passing proves that people's own domain is had once, and what it cannot map is refused. */
static void domain_by_hand(struct kunit *test)
{
	struct lab_fake *f = lab_fake_of_profile(test, LAB_FAKE_PROFILE, NULL);
	struct lab_master *m = f->m;
	phys_addr_t pa = virt_to_phys(lab_fake_pages(test, 1));
	u64 value = 0;

	KUNIT_EXPECT_EQ(test, -ENOENT, lab_master_map(m, IOVA, pa, SZ_4K, RW));
	KUNIT_EXPECT_EQ(test, -ENOENT, lab_master_unmap(m, IOVA, SZ_4K));
	KUNIT_EXPECT_EQ(test, -ENOENT, lab_master_give_domain(m));
	KUNIT_ASSERT_EQ(test, 0, lab_master_take_domain(m));
	KUNIT_EXPECT_EQ(test, -EEXIST, lab_master_take_domain(m));

	KUNIT_EXPECT_EQ(test, 0, lab_master_map(m, IOVA, pa, SZ_8K, RW));
	KUNIT_EXPECT_EQ(test, 0, lab_engine_write(m, IOVA + SZ_4K, &value, 8));
	KUNIT_EXPECT_EQ(test, -EEXIST, lab_master_map(m, IOVA + SZ_4K, pa, SZ_4K, RW));
	KUNIT_EXPECT_EQ(test, -EINVAL, lab_master_map(m, IOVA + SZ_1M, pa, 0, RW));
	KUNIT_EXPECT_EQ(test, -EINVAL, lab_master_map(m, IOVA + SZ_1M, pa, SZ_2K, RW));
	KUNIT_EXPECT_EQ(test, -EINVAL, lab_master_map(m, IOVA + SZ_1M + 1, pa, SZ_4K, RW));
	KUNIT_EXPECT_EQ(test, -EINVAL, lab_master_map(m, IOVA + SZ_1M, pa + 1, SZ_4K, RW));
	KUNIT_EXPECT_EQ(test, -ERANGE, lab_master_map(m, BIT_ULL(48), pa, SZ_4K, RW));
	KUNIT_EXPECT_EQ(test, -ERANGE, lab_master_map(m, BIT_ULL(48) - SZ_4K, pa, SZ_8K, RW));
	KUNIT_EXPECT_EQ(test, -ERANGE, lab_master_map(m, -SZ_4K, pa, SZ_8K, RW));
	KUNIT_EXPECT_EQ(test, -ERANGE, lab_master_map(m, IOVA + SZ_1M, BIT_ULL(48), SZ_4K, RW));
	KUNIT_EXPECT_EQ(test, -EINVAL, lab_master_unmap(m, IOVA, 0));
	KUNIT_EXPECT_EQ(test, -ERANGE, lab_master_unmap(m, BIT_ULL(48), SZ_4K));
	KUNIT_EXPECT_EQ(test, 0, lab_master_unmap(m, IOVA, SZ_8K));
	KUNIT_EXPECT_EQ(test, -EFAULT, lab_engine_write(m, IOVA + SZ_4K, &value, 8));
	lab_fake_expect_right(test, f);

	KUNIT_EXPECT_EQ(test, 0, lab_master_give_domain(m));
	KUNIT_EXPECT_PTR_EQ(test, m->attached, &f->d->core);
}

static struct kunit_case unmanaged_cases[] = {
	KUNIT_CASE_PARAM(mapped_is_reached, next_profile),
	KUNIT_CASE_PARAM(permissions_hold, next_profile),
	KUNIT_CASE_PARAM(largest_pages_are_chosen, next_profile),
	KUNIT_CASE_PARAM(both_addresses_are_aligned, next_profile),
	KUNIT_CASE_PARAM(scatterlist_is_mapped, next_profile),
	KUNIT_CASE_PARAM(map_over_is_refused, next_profile),
	KUNIT_CASE_PARAM(mismatch_is_reported, mismatch_gen_params),
	KUNIT_CASE(part_of_a_block_is_reported),
	KUNIT_CASE_PARAM(parts_of_pages_may_go, next_profile),
	KUNIT_CASE_PARAM(handler_is_told, next_profile),
	KUNIT_CASE_PARAM(storm_is_survived, next_profile),
	KUNIT_CASE(domain_by_hand),
	KUNIT_CASE(lab_kunit_no_live_tables),
	{}
};

static struct kunit_suite unmanaged_suite = {
	.name		= "lab_iommu_unmanaged",
	.test_cases	= unmanaged_cases,
	LAB_SUITE_OF_THE_LAB,
};

kunit_test_suite(unmanaged_suite);

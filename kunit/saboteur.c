// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the saboteurs of all suites share: the way between an instance and its page
 * table and back, and calls that are passed on as they are.
 */
#include <kunit/resource.h>

#include "saboteur.h"

/* As io_pgtable_ops.map_pages, passed on. */
int lab_pass_map(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t pa, size_t pgsize,
		 size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	struct io_pgtable_ops *inner = lab_saboteur_of(ops)->inner;

	return inner->map_pages(inner, iova, pa, pgsize, pgcount, prot, gfp, mapped);
}

/* As io_pgtable_ops.unmap_pages, passed on. */
size_t lab_pass_unmap(struct io_pgtable_ops *ops, unsigned long iova, size_t pgsize,
		      size_t pgcount, struct iommu_iotlb_gather *gather)
{
	struct io_pgtable_ops *inner = lab_saboteur_of(ops)->inner;

	return inner->unmap_pages(inner, iova, pgsize, pgcount, gather);
}

/* As io_pgtable_ops.iova_to_phys, passed on. */
phys_addr_t lab_pass_iova_to_phys(struct io_pgtable_ops *ops, unsigned long iova)
{
	struct io_pgtable_ops *inner = lab_saboteur_of(ops)->inner;

	return inner->iova_to_phys(inner, iova);
}

/* As io_pgtable_ops.read_and_clear_dirty, passed on. */
int lab_pass_dirty(struct io_pgtable_ops *ops, unsigned long iova, size_t size,
		   unsigned long flags, struct iommu_dirty_bitmap *dirty)
{
	struct io_pgtable_ops *inner = lab_saboteur_of(ops)->inner;

	return inner->read_and_clear_dirty(inner, iova, size, flags, dirty);
}

static void leave(void *ctx)
{
	struct lab_saboteur *s = ctx;

	s->inst->ops = s->inner;
}

/**
 * lab_saboteur_enter() - get between an instance and its page table
 * @test:	the test, at whose end the way back is taken, before the instance goes
 * @inst:	the instance
 *
 * Context: Process.
 * Return: the saboteur, who does nothing wrong yet.
 */
struct lab_saboteur *lab_saboteur_enter(struct kunit *test, struct lab_instance *inst)
{
	struct lab_saboteur *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->inst = inst;
	s->inner = inst->ops;
	s->ops.map_pages = lab_pass_map;
	s->ops.unmap_pages = lab_pass_unmap;
	s->ops.iova_to_phys = lab_pass_iova_to_phys;
	if (inst->ops->read_and_clear_dirty)
		s->ops.read_and_clear_dirty = lab_pass_dirty;
	inst->ops = &s->ops;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, leave, s));
	return s;
}

/**
 * lab_sabotage_create() - an instance to be sabotaged
 * @test:	the test; skipped where this kernel does not offer it
 * @format:	number of the format
 * @provider:	who builds the tables; with memory of the slab where it takes it
 * @quirks:	IO_PGTABLE_QUIRK_*
 * @tally:	tally that sees its rules
 *
 * Context: Process.
 * Return: the instance; it goes with the test.
 */
struct lab_instance *lab_sabotage_create(struct kunit *test, unsigned int format,
					 const struct lab_provider *provider,
					 unsigned long quirks, struct lab_tally *tally)
{
	const struct lab_config config = {
		.name		= "saboteur",
		.format		= &lab_formats[format],
		.provider	= provider,
		.allocator	= provider == &lab_provider_kernel && format == LAB_V7S ?
				  NULL : &lab_slab,
		.quirks		= quirks,
	};
	struct lab_instance *inst = lab_config_create(test, &config, tally);

	lab_kunit_expect_clean(test, tally);
	return inst;
}

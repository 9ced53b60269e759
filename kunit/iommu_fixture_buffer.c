// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the suites of the fake IOMMU share of buffers: such as go with their test, and
 * whole lives of them.
 */
#include <kunit/resource.h>
#include <linux/dma-mapping.h>
#include <linux/sizes.h>

#include "iommu_fixture.h"

static const char * const dir_names[] = {
	[DMA_BIDIRECTIONAL]	= "both",
	[DMA_TO_DEVICE]		= "to",
	[DMA_FROM_DEVICE]	= "from",
};

static void unmap_buffer(void *b)
{
	lab_buffer_unmap(b);
}

/**
 * lab_fake_map() - a buffer that goes with its test
 * @test:	the test
 * @f:		whose master's
 * @params:	what it is to be
 *
 * Context: Process.
 * Return: the buffer.
 */
struct lab_buffer *lab_fake_map(struct kunit *test, struct lab_fake *f,
				const struct lab_buffer_params *params)
{
	struct lab_buffer *b = lab_buffer_map(f->m, params);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, b);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, unmap_buffer, b));
	return b;
}

/**
 * lab_fake_unmap() - unmap a buffer before its test ends
 * @test:	the test
 * @b:		from lab_fake_map()
 *
 * Context: Process.
 */
void lab_fake_unmap(struct kunit *test, struct lab_buffer *b)
{
	kunit_remove_action(test, unmap_buffer, b);
	KUNIT_EXPECT_EQ(test, 0, lab_buffer_unmap(b));
}

/**
 * lab_fake_has_cpu() - whether the CPU reaches what a buffer is of
 * @p:		what it is to be
 *
 * Context: Any.
 * Return: whether it does.
 */
bool lab_fake_has_cpu(const struct lab_buffer_params *p)
{
	return p->kind != LAB_BUFFER_RESOURCE && !(p->attrs & DMA_ATTR_NO_KERNEL_MAPPING);
}

/**
 * lab_fake_takes() - whether the DMA API owes a master a buffer
 * @f:		whose master
 * @p:		what it is to be
 *
 * Without translation, what is no memory lies beyond the mask, and what lies there and is
 * memory has to fit into a bounce buffer.
 *
 * Context: Any.
 * Return: whether it takes it.
 */
bool lab_fake_takes(const struct lab_fake *f, const struct lab_buffer_params *p)
{
	if (f->d)
		return true;
	if (p->kind == LAB_BUFFER_PAGE || p->kind == LAB_BUFFER_KMALLOC)
		return p->bytes[0] <= SZ_128K;
	return p->kind != LAB_BUFFER_RESOURCE;
}

/**
 * lab_fake_use() - the whole life of a buffer: mapped, used, unmapped
 * @test:	the test
 * @f:		whose master's
 * @shape:	what it is to be
 * @dir:	which way its bytes go
 *
 * Context: Process.
 */
void lab_fake_use(struct kunit *test, struct lab_fake *f, const struct lab_fake_shape *shape,
		  enum dma_data_direction dir)
{
	struct lab_buffer_params p = shape->p;
	struct lab_buffer *b;
	int ret;

	p.dir = dir;
	p.nr = p.nr ?: 1;
	b = lab_buffer_map(f->m, &p);
	if (IS_ERR(b)) {
		KUNIT_FAIL(test, "%s %s, %s: not mapped (%pe)", lab_buffer_names[p.kind],
			   shape->name, dir_names[dir], b);
		return;
	}
	ret = lab_buffer_use(b);
	KUNIT_EXPECT_EQ_MSG(test, lab_fake_has_cpu(&p) ? 0 : -EOPNOTSUPP, ret, "%s %s, %s: used",
			    lab_buffer_names[p.kind], shape->name, dir_names[dir]);
	ret = lab_buffer_unmap(b);
	KUNIT_EXPECT_EQ_MSG(test, 0, ret, "%s %s, %s: unmapped", lab_buffer_names[p.kind],
			    shape->name, dir_names[dir]);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Life of an instance: its parts put together and taken apart again.  What it
 * may be is in params.c; what is done to it while it lives is in operate.c and
 * verify.c.
 *
 * Creation and destruction sleep, and are the caller's to serialise against
 * each other and against operations.  Knows nothing of debugfs.
 */
#include <kunit/visibility.h>
#include <linux/dma-map-ops.h>
#include <linux/dma-mapping.h>
#include <linux/gfp.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "compare.h"
#include "dirty.h"
#include "format/format.h"
#include "instance.h"
#include "machine.h"
#include "watch.h"
#include "compat/compat.h"

/* TLB maintenance: whose a callback is, a section knows better than a wrong cookie. */
static void flush_all(void *cookie)
{
	struct lab_instance *inst = lab_section_flush(lab_section_current(), cookie);

	atomic64_inc(&inst->stats.flush_all);
	lab_hw_flush_all(inst);
	if (inst->tlb)
		inst->tlb->invalidate(inst->tlb_data, inst->first, inst->last);
}

static void flush_walk(unsigned long iova, size_t size, size_t granule, void *cookie)
{
	struct lab_instance *inst = lab_section_flush(lab_section_current(), cookie);

	atomic64_inc(&inst->stats.flush_walk);
	lab_hw_flush_walk(inst, iova, size, granule);
	if (inst->tlb && size)
		inst->tlb->invalidate(inst->tlb_data, iova, iova + (size - 1));
}

static void add_page(struct iommu_iotlb_gather *gather, unsigned long iova,
		     size_t granule, void *cookie)
{
	struct lab_instance *inst = lab_section_flush(lab_section_current(), cookie);

	atomic64_inc(&inst->stats.add_page);
	lab_hw_add_page(inst, gather, iova, granule);
	if (inst->tlb && gather)
		inst->tlb->gather(inst->tlb_data, gather, iova, granule);
}

static const struct iommu_flush_ops flush_ops = {
	.tlb_flush_all	= flush_all,
	.tlb_flush_walk	= flush_walk,
	.tlb_add_page	= add_page,
};

/* The hooks of io_pgtable_cfg. */
static noinline void *table_alloc(void *cookie, size_t size, gfp_t gfp)
{
	struct lab_section *section = lab_section_current();
	struct lab_instance *inst = lab_section_hook(section, cookie);
	void *table;

	lab_section_hook_gfp(section, gfp);
	table = lab_ledger_alloc(&inst->ledger, size, gfp, _RET_IP_);
	lab_section_linger(LAB_SECTION_TAKEN);
	return table;
}

static void table_free(void *cookie, void *table, size_t size)
{
	struct lab_instance *inst = lab_section_hook(lab_section_current(), cookie);

	if (virt_addr_valid(table))
		lab_hw_freed(inst, virt_to_phys(table));
	lab_ledger_free(&inst->ledger, table, size);
}

/* The kernel's own allocation gave something back; that it was a table is not said. */
static void saw_free(struct lab_section *section, phys_addr_t pa)
{
	lab_hw_freed((struct lab_instance *)section->cookie, pa);
}

/**
 * lab_instance_section() - a call into the provider's operations begins
 * @inst:	the instance
 * @section:	for lab_section_end()
 * @gfp:	flags that the call is given
 * @no_alloc:	nothing may be allocated in it
 *
 * Context: As lab_section_begin().
 */
void lab_instance_section(struct lab_instance *inst, struct lab_section *section,
			  gfp_t gfp, bool no_alloc)
{
	*section = (struct lab_section) {
		.tally		= &inst->tally,
		.cookie		= inst,
		.gfp		= gfp,
		.no_alloc	= no_alloc,
		.own		= !inst->params.allocator,
		.saw_free	= inst->params.allocator ? NULL : saw_free,
	};
	if (section->own) {
		section->where = &inst->where;
		section->root_bytes = inst->own.sizes.root_bytes;
		section->table_bytes = inst->own.sizes.table_bytes;
	}
	lab_section_begin(section);
}
EXPORT_SYMBOL_IF_KUNIT(lab_instance_section);

/**
 * lab_instance_saw_dma_map() - the DMA API mapped something for a fake device
 * @dev:	the device
 * @pa:		physical address
 * @dma:	address that the device was given
 * @size:	bytes
 *
 * Context: Any.
 */
void lab_instance_saw_dma_map(struct device *dev, phys_addr_t pa, dma_addr_t dma,
			      size_t size)
{
	struct lab_instance *inst = dev_get_drvdata(dev);

	if (!inst)
		return;
	if (inst->params.allocator)
		lab_ledger_saw_dma_map(&inst->ledger, pa, dma, size);
	/* What has another address there is not what a walker would find. */
	if (pa == dma)
		lab_shadow_saw_map(inst, pa, size);
	else
		lab_shadow_saw_elsewhere(inst);
}
EXPORT_SYMBOL_IF_KUNIT(lab_instance_saw_dma_map);

/**
 * lab_instance_saw_dma_unmap() - the DMA API unmapped something of a fake device
 * @dev:	the device
 * @dma:	address that the device was given
 * @size:	bytes
 *
 * Context: Any.
 */
void lab_instance_saw_dma_unmap(struct device *dev, dma_addr_t dma, size_t size)
{
	struct lab_instance *inst = dev_get_drvdata(dev);

	if (inst)
		lab_shadow_saw_unmap(inst, dma, size);
}
EXPORT_SYMBOL_IF_KUNIT(lab_instance_saw_dma_unmap);

/**
 * lab_instance_saw_dma_sync() - the DMA API showed a fake device something
 * @dev:	the device
 * @dma:	address that the device was given
 * @size:	bytes
 *
 * Context: Any.
 */
void lab_instance_saw_dma_sync(struct device *dev, dma_addr_t dma, size_t size)
{
	struct lab_instance *inst = dev_get_drvdata(dev);

	if (!inst)
		return;
	/* It is shown from here on, and not before. */
	lab_section_linger(LAB_SECTION_WRITTEN);
	lab_shadow_show(inst, dma, size);
}

/* Hooks that must never be called, and count it when they are. */
static void *lone_alloc(void *cookie, size_t size, gfp_t gfp)
{
	++*(unsigned int *)cookie;
	return NULL;
}

static void lone_free(void *cookie, void *table, size_t size)
{
	++*(unsigned int *)cookie;
	free_pages((unsigned long)table, get_order(size));
}

/* One hook without the other must be refused; the other is whatever there is. */
static void check_paired(struct lab_instance *inst)
{
	const struct lab_provider *provider = inst->params.provider;

	for (int i = 0; i < 2; i++) {
		struct io_pgtable_cfg cfg = inst->cfg;
		struct io_pgtable_ops *ops;
		unsigned int called = 0;

		cfg.tlb = NULL;
		cfg.alloc = i ? NULL : lone_alloc;
		cfg.free = i ? lone_free : NULL;
		ops = provider->alloc(inst->params.format->fmt, &cfg, &called);
		if (!IS_ERR(ops))
			provider->free(ops);
		lab_check(&inst->tally, LAB_RULE_HOOKS_PAIRED, IS_ERR(ops) && !called,
			  "only %s was given, and %s", i ? "free" : "alloc",
			  called ? "called" : "taken");
	}
}

/* Which rules can hold here, and why the others cannot be checked. */
static void set_rules(struct lab_instance *inst, struct lab_tally *parent)
{
	static const enum lab_rule ledger_rules[] = {
		LAB_RULE_TABLE_LINEAR, LAB_RULE_ALLOC_ONCE, LAB_RULE_FREE_ONCE,
		LAB_RULE_FREE_SIZE,
		LAB_RULE_HOOKS_PAIRED, LAB_RULE_COOKIE_GIVEN, LAB_RULE_GFP_PASSED,
	};
	/* Without an allocator the probes see tables come and go, too. */
	static const enum lab_rule tree_rules[] = {
		LAB_RULE_TABLE_ZEROED, LAB_RULE_NO_LEAK, LAB_RULE_TREE_IN_LEDGER,
		LAB_RULE_LEDGER_IN_TREE, LAB_RULE_WALK_CACHE,
	};
	static const enum lab_rule shadow_rules[] = {
		LAB_RULE_WRITTEN_BACK, LAB_RULE_TABLE_VISIBLE, LAB_RULE_DMA_BALANCED,
	};
	static const enum lab_rule watch_rules[] = {
		LAB_RULE_GFP_OBEYED, LAB_RULE_NO_ALLOC, LAB_RULE_DMA_IDENTITY,
	};
	static const enum lab_rule walk_rules[] = {
		LAB_RULE_TREE_SOUND, LAB_RULE_TRANSLATION, LAB_RULE_PERMISSIONS,
		LAB_RULE_ATTRIBUTES, LAB_RULE_FAULT_LEVEL, LAB_RULE_CONTIGUOUS_WHOLE,
		LAB_RULE_NO_STRAY, LAB_RULE_MAPPED_EXACT, LAB_RULE_REFUSED_UNCHANGED,
		LAB_RULE_TLB_STALE, LAB_RULE_WALK_CACHE, LAB_RULE_FLUSH_SANE,
		LAB_RULE_BREAK_BEFORE_MAKE, LAB_RULE_WRITTEN_BACK, LAB_RULE_TABLE_VISIBLE,
	};
	static const enum lab_rule dma_rules[] = {
		LAB_RULE_UNMAP_MATCHES, LAB_RULE_IOVA_REACH, LAB_RULE_SEGMENT_LIMITS,
		LAB_RULE_SG_RESTORED, LAB_RULE_BOUNCE_EXACT, LAB_RULE_BYTES_MOVED,
	};
	const char *unwatched = lab_watch_start();
	const struct lab_params *p = &inst->params;
	bool ttbr_ext = p->quirks & IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT;
	struct lab_tally *t = &inst->tally;

	lab_tally_init(t, p->name, parent);

	inst->where.limit = lab_params_table_limit(p);
	inst->where.low = p->allocator ? p->allocator->low : lab_params_are_v7s(p) && !ttbr_ext;

	inst->where.dma = p->allocator && !p->coherent;
	if (unwatched)
		for (int i = 0; i < ARRAY_SIZE(watch_rules); i++)
			t->not_checked[watch_rules[i]] = unwatched;
	if (!inst->where.dma)
		t->not_checked[LAB_RULE_DMA_IDENTITY] = p->coherent ?
			"the walker is coherent" : "the kernel's own allocation is not seen";
	for (int i = 0; i < ARRAY_SIZE(shadow_rules); i++)
		t->not_checked[shadow_rules[i]] = p->coherent ? "the walker is coherent" :
							       unwatched;
	if (!p->allocator || !p->allocator->reserve)
		t->not_checked[LAB_RULE_NO_ALLOC] = "the allocator reserves nothing";

	if (!p->allocator) {
		for (int i = 0; i < ARRAY_SIZE(tree_rules); i++)
			t->not_checked[tree_rules[i]] = unwatched;
		for (int i = 0; i < ARRAY_SIZE(ledger_rules); i++)
			t->not_checked[ledger_rules[i]] =
				"the kernel's own allocation is not seen";
		if (lab_params_may_exceed(p, lab_params_table_limit(p))) {
			static const char why[] =
				"the kernel gives no guarantee where oas does not cover RAM";

			inst->where.limit = U64_MAX;
			t->not_checked[LAB_RULE_TABLE_LIMIT] = why;
			/* A walker stops at a table that it cannot reach. */
			for (int i = 0; i < ARRAY_SIZE(walk_rules); i++)
				t->not_checked[walk_rules[i]] = why;
		}
	}
	if (!inst->where.low)
		t->not_checked[LAB_RULE_TABLE_LOW] = "low memory was not asked for";
	for (int i = 0; i < ARRAY_SIZE(dma_rules); i++)
		t->not_checked[dma_rules[i]] = "no IOMMU core maps in it";
}

/* The lab's own sizes, but where the kernel has a level more instead of a wide root. */
static int table_sizes(struct lab_instance *inst, struct lab_table_sizes *sizes)
{
	const struct lab_params *p = &inst->params;
	int ret = lab_format_table_sizes(p->format->fmt, &inst->cfg, sizes);
	size_t concatenated;

	if (ret || p->provider != &lab_provider_kernel || !lab_compare_differs(p))
		return ret;
	/* A descriptor for each of the tables that the lab concatenates */
	concatenated = sizes->root_bytes / sizes->table_bytes;
	sizes->root_bytes = concatenated * sizeof(u64);
	sizes->max_nr += concatenated;
	return 0;
}

static int open_ledger(struct lab_instance *inst)
{
	const struct lab_params *p = &inst->params;
	struct lab_table_sizes sizes = {};
	int ret;

	if (!p->allocator)
		return table_sizes(inst, &inst->own.sizes);

	/* Until its pool is gone, an allocator's module stays. */
	if (!try_module_get(p->allocator->owner)) {
		lab_complain(p->name, "allocator %s is going", p->allocator->name);
		return -ENODEV;
	}
	ret = table_sizes(inst, &sizes);
	if (!ret)
		ret = lab_ledger_init(&inst->ledger, p->allocator, &sizes,
				      &inst->where, &inst->tally);
	if (ret) {
		lab_complain(p->name, "allocator %s: no pool (%pe)",
			     p->allocator->name, ERR_PTR(ret));
		module_put(p->allocator->owner);
		return ret;
	}
	lab_ledger_set_fail_nth(&inst->ledger, p->fail_nth);
	inst->cfg.alloc = table_alloc;
	inst->cfg.free = table_free;
	return 0;
}

/* Fresh memory may be zero by chance: what the root may come from is not. */
static void soil(size_t bytes)
{
	static const gfp_t zones[] = { GFP_KERNEL, GFP_KERNEL | GFP_DMA32 };
	unsigned int order = get_order(bytes);

	for (int i = 0; i < ARRAY_SIZE(zones); i++) {
		void *pages = (void *)__get_free_pages(zones[i] | __GFP_NOWARN, order);

		if (pages)
			memset(pages, 0x5a, PAGE_SIZE << order);
		free_pages((unsigned long)pages, order);
	}
}

static void close_ledger(struct lab_instance *inst)
{
	if (!inst->params.allocator)
		return;
	lab_ledger_fini(&inst->ledger);
	module_put(inst->params.allocator->owner);
}

/* A device that the DMA API takes. */
struct fake_device {
	struct device dev;
	u64 dma_mask;
};

static void release_device(struct device *dev)
{
	kfree(container_of(dev, struct fake_device, dev));
}

/*
 * On no bus: a domain of the fake IOMMU is made while the IOMMU core holds the lock that
 * it takes for each device which comes to one.
 */
static struct device *fake_device(u64 dma_mask)
{
	static atomic_t nr = ATOMIC_INIT(0);
	struct fake_device *fake = kzalloc_obj(*fake);
	int ret;

	if (!fake)
		return ERR_PTR(-ENOMEM);
	fake->dma_mask = dma_mask;
	device_initialize(&fake->dev);
	fake->dev.release = release_device;
	fake->dev.dma_mask = &fake->dma_mask;
	fake->dev.coherent_dma_mask = dma_mask;
	ret = dev_set_name(&fake->dev, "io_pgtable_lab.%u", (unsigned int)atomic_inc_return(&nr)) ?:
	      device_add(&fake->dev);
	if (ret) {
		put_device(&fake->dev);
		return ERR_PTR(ret);
	}
	return &fake->dev;
}

/**
 * lab_instance_create() - make an instance
 * @params:	what it is to be
 * @parent:	tally that sees all its rules, at least &lab_totals
 *
 * Bad parameters are complained of in the kernel log, in a line each.
 *
 * Context: Process; sleeps.
 * Return: the instance, or an ERR_PTR: -EINVAL for parameters that do not fit
 * the format, -EOPNOTSUPP for a combination that this kernel does not offer,
 * -EBUSY where only one of the kind can live at a time, -ENOMEM.
 */
struct lab_instance *lab_instance_create(const struct lab_params *params,
					 struct lab_tally *parent)
{
	struct lab_section section;
	struct lab_instance *inst;
	u64 start;
	int ret;

	ret = lab_params_check(params);
	if (ret)
		return ERR_PTR(ret);

	inst = kzalloc_obj(*inst);
	if (!inst) {
		lab_complain(params->name, "out of memory");
		return ERR_PTR(-ENOMEM);
	}
	inst->params = *params;
	params = &inst->params;
	mutex_init(&inst->lock);
	inst->first = lab_params_first_iova(params);
	inst->last = lab_params_last_iova(params);
	lab_model_init(&inst->model);
	set_rules(inst, parent);

	/* A walker reaches what its addresses reach: tables and no more. */
	inst->dev = fake_device(lab_params_dma_mask(params));
	if (IS_ERR(inst->dev)) {
		ret = PTR_ERR(inst->dev);
		lab_complain(params->name, "no fake device (%pe)", inst->dev);
		goto free_inst;
	}
	if (!params->coherent && dev_is_dma_coherent(inst->dev)) {
		static const char why[] = "the DMA API takes devices of this machine for coherent";

		inst->tally.not_checked[LAB_RULE_WRITTEN_BACK] = why;
		inst->tally.not_checked[LAB_RULE_TABLE_VISIBLE] = why;
		inst->tally.not_checked[LAB_RULE_DMA_BALANCED] = why;
	}
	/* From here on its DMA mappings are seen. */
	dev_set_drvdata(inst->dev, inst);
	inst->dev->type = &lab_device_type;

	inst->cfg = (struct io_pgtable_cfg) {
		.quirks		= params->quirks,
		.pgsize_bitmap	= lab_params_page_sizes(params),
		.ias		= params->ias,
		.oas		= params->oas,
		.coherent_walk	= params->coherent,
		.tlb		= &flush_ops,
		.iommu_dev	= inst->dev,
	};
	ret = open_ledger(inst);
	if (ret)
		goto unregister;
	ret = lab_hw_init(inst);
	if (ret) {
		lab_complain(params->name, "out of memory");
		goto close_ledger;
	}

	if (params->allocator)
		check_paired(inst);
	lab_instance_check_config(inst);

	if (!params->allocator)
		soil(inst->own.sizes.root_bytes);
	lab_instance_section(inst, &section, GFP_KERNEL, false);
	start = ktime_get_ns();
	inst->ops = params->provider->alloc(params->format->fmt, &inst->cfg, inst);
	inst->making_ns = ktime_get_ns() - start;
	lab_section_end(&section);
	inst->own.root = section.last;
	if (IS_ERR(inst->ops)) {
		ret = PTR_ERR(inst->ops);
		if (ret == -EBUSY)
			lab_complain(params->name,
				     "this kernel's caches are not merged, so that one kernel v7s instance can live at a time");
		else
			lab_complain(params->name, "provider %s: no page table (%pe)",
				     params->provider->name, inst->ops);
		goto fini_hw;
	}
	lab_shadow_root(inst);
	lab_instance_check_outputs(inst);
	lab_instance_check_refusal(inst);
	inst->tally.not_checked[LAB_RULE_DIRTY_EXACT] = lab_instance_no_dirty(inst);
	return inst;

fini_hw:
	lab_hw_fini(inst);
close_ledger:
	close_ledger(inst);
unregister:
	device_unregister(inst->dev);
free_inst:
	lab_model_fini(&inst->model);
	mutex_destroy(&inst->lock);
	kfree(inst);
	return ERR_PTR(ret);
}
EXPORT_SYMBOL_IF_KUNIT(lab_instance_create);

/**
 * lab_instance_destroy() - take an instance apart
 * @inst:	the instance, NULL or an ERR_PTR for nothing to do
 *
 * Verifies it a last time.  What is still mapped goes with it, as it does when
 * a driver frees its page table.
 *
 * Context: Process; sleeps.
 */
void lab_instance_destroy(struct lab_instance *inst)
{
	struct lab_section section;
	u64 start;

	if (IS_ERR_OR_NULL(inst))
		return;

	lab_instance_verify(inst);
	lab_hw_begin(inst, LAB_HW_DESTROY, inst->first, inst->last, PAGE_SIZE);
	lab_instance_section(inst, &section, GFP_KERNEL, false);
	start = ktime_get_ns();
	inst->params.provider->free(inst->ops);
	if (inst->freeing_ns)
		*inst->freeing_ns += ktime_get_ns() - start;
	lab_section_end(&section);
	lab_hw_end(inst, 0);
	lab_hw_fini(inst);
	close_ledger(inst);
	device_unregister(inst->dev);
	lab_model_fini(&inst->model);
	mutex_destroy(&inst->lock);
	kfree(inst);
}
EXPORT_SYMBOL_IF_KUNIT(lab_instance_destroy);

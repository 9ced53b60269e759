// SPDX-License-Identifier: GPL-2.0-only
/*
 * Life of an instance: its parameters checked, its parts put together and
 * taken apart again.  What is done to it while it lives is in operate.c and
 * verify.c.
 *
 * Creation and destruction sleep, and are the caller's to serialise against
 * each other and against operations.  Knows nothing of debugfs.
 */
#include <kunit/visibility.h>
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "format/format.h"
#include "instance.h"
#include "machine.h"
#include "compat/compat.h"

/**
 * lab_params_default() - what a format is unless asked for otherwise
 * @params:	filled in: the format's own sizes, 4 KB granule, coherent, the
 *		kernel's tables in the kernel's own memory
 * @format:	the format
 *
 * Context: Any.
 */
void lab_params_default(struct lab_params *params, const struct lab_format *format)
{
	*params = (struct lab_params) {
		.format		= format,
		.provider	= &lab_provider_kernel,
		.granule	= SZ_4K,
		.ias		= format->ias,
		.oas		= format->oas,
		.coherent	= true,
	};
}
EXPORT_SYMBOL_IF_KUNIT(lab_params_default);

static bool is_v7s(const struct lab_params *p)
{
	return p->format->fmt == ARM_V7S;
}

/* The address that no table may reach: what a descriptor can hold. */
static u64 table_limit(const struct lab_params *p)
{
	if (is_v7s(p) && !(p->quirks & IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT))
		return SZ_4G;
	return BIT_ULL(p->oas);
}

/* The kernel's LPAE takes tables from anywhere: whether that may be too far. */
static bool may_exceed_limit(const struct lab_params *p)
{
	return !is_v7s(p) && !p->allocator && lab_machine().end > table_limit(p);
}

/* All page sizes of the format at this granule; 0 for no such granule. */
static unsigned long page_sizes(const struct lab_params *p)
{
	unsigned long sizes = 0;

	if (is_v7s(p))
		return p->granule == SZ_4K ? SZ_4K | SZ_64K | SZ_1M | SZ_16M : 0;

	switch (p->granule) {
	case SZ_4K:
		sizes = SZ_4K | SZ_2M | SZ_1G;
		break;
	case SZ_16K:
		sizes = SZ_16K | SZ_32M;
		break;
	case SZ_64K:
		sizes = SZ_64K | SZ_512M;
		break;
	}
	/*
	 * A page as large as the space would be an entry above the root, where
	 * there is none: the kernel's writers would look for it below, and WARN.
	 */
	return sizes & (BIT_ULL(p->ias) - 1);
}

/* ARMv7 has 32 bits in and out; MediaTek's walker takes 34 in and 35 out. */
static bool v7s_params_fit(const struct lab_params *p)
{
	bool mtk = p->quirks & IO_PGTABLE_QUIRK_ARM_MTK_EXT;

	if (p->ias < 32 || p->ias > (mtk ? 34 : 32)) {
		lab_complain(p->name, "ias=%u: v7s takes 32%s", p->ias,
			     mtk ? " to 34 with mtk-ext" : " (33 and 34 need mtk-ext)");
		return false;
	}
	if (p->oas < 32 || p->oas > (mtk ? 35 : 32)) {
		lab_complain(p->name, "oas=%u: v7s takes 32%s", p->oas,
			     mtk ? " to 35 with mtk-ext" : " (33 to 35 need mtk-ext)");
		return false;
	}
	if (mtk && !(p->quirks & IO_PGTABLE_QUIRK_NO_PERMS)) {
		lab_complain(p->name, "mtk-ext needs no-perms: its address bits take their place");
		return false;
	}
	if ((p->quirks & IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT) && !mtk) {
		lab_complain(p->name, "mtk-ttbr-ext needs mtk-ext");
		return false;
	}
	return true;
}

static bool lpae_params_fit(const struct lab_params *p)
{
	/* The lab's writer, which sizes tables for allocators too, ends at 48. */
	unsigned int max = p->granule == SZ_64K && !p->allocator ? 52 : 48;

	/* TnSZ is at most 39 without FEAT_TTST (DDI0487 D8.2). */
	if (p->ias < 25 || p->ias > max) {
		lab_complain(p->name, "ias=%u: LPAE takes 25 to %u here", p->ias, max);
		return false;
	}
	switch (p->oas) {
	case 52:
		if (max < 52)
			break;
		fallthrough;
	case 32:
	case 36:
	case 40:
	case 42:
	case 44:
	case 48:
		if (p->coherent && (p->quirks & IO_PGTABLE_QUIRK_ARM_OUTER_WBWA)) {
			lab_complain(p->name, "outer-wbwa is for a noncoherent walker");
			return false;
		}
		return true;
	}
	lab_complain(p->name, "oas=%u: LPAE takes 32, 36, 40, 42, 44, 48, or 52 (64K, none)",
		     p->oas);
	return false;
}

static int check_params(const struct lab_params *p)
{
	const char *why = lab_not_offered(p->format, p->provider, p->allocator);

	if (why) {
		lab_complain(p->name, "%s x %s x %s cannot be had: %s", p->format->name,
			     p->provider->name, lab_allocator_name(p->allocator), why);
		return -EOPNOTSUPP;
	}
	if (!page_sizes(p)) {
		lab_complain(p->name, "granule of %zu bytes: %s has none such", p->granule,
			     p->format->name);
		return -EINVAL;
	}
	if (p->quirks & ~p->format->quirks) {
		lab_complain(p->name, "quirks %#lx are not for %s",
			     p->quirks & ~p->format->quirks, p->format->name);
		return -EINVAL;
	}
	if (!(is_v7s(p) ? v7s_params_fit(p) : lpae_params_fit(p)))
		return -EINVAL;

	/*
	 * 7.x WARNs of each table that swiotlb bounces, and every kernel does
	 * with swiotlb=noforce.
	 */
	if (!p->coherent && !lab_allow_warn && may_exceed_limit(p)) {
		lab_complain(p->name, "noncoherent with oas=%u: the kernel allocates beyond that",
			     p->oas);
		return -EINVAL;
	}
	return 0;
}

/* TLB maintenance: nothing caches translations here yet, so calls are counted. */
static void flush_all(void *cookie)
{
	struct lab_instance *inst = cookie;

	atomic64_inc(&inst->stats.flush_all);
}

static void flush_walk(unsigned long iova, size_t size, size_t granule, void *cookie)
{
	struct lab_instance *inst = cookie;

	atomic64_inc(&inst->stats.flush_walk);
}

static void add_page(struct iommu_iotlb_gather *gather, unsigned long iova,
		     size_t granule, void *cookie)
{
	struct lab_instance *inst = cookie;

	atomic64_inc(&inst->stats.add_page);
}

static const struct iommu_flush_ops flush_ops = {
	.tlb_flush_all	= flush_all,
	.tlb_flush_walk	= flush_walk,
	.tlb_add_page	= add_page,
};

/* The hooks of io_pgtable_cfg. */
static noinline void *table_alloc(void *cookie, size_t size, gfp_t gfp)
{
	struct lab_instance *inst = cookie;

	return lab_ledger_alloc(&inst->ledger, size, gfp, _RET_IP_);
}

static void table_free(void *cookie, void *table, size_t size)
{
	struct lab_instance *inst = cookie;

	lab_ledger_free(&inst->ledger, table, size);
}

/* Which rules can hold here, and why the others cannot be checked. */
static void set_rules(struct lab_instance *inst, struct lab_tally *parent)
{
	static const enum lab_rule ledger_rules[] = {
		LAB_RULE_TABLE_ZEROED, LAB_RULE_TABLE_LINEAR, LAB_RULE_ALLOC_ONCE,
		LAB_RULE_FREE_ONCE, LAB_RULE_FREE_SIZE, LAB_RULE_NO_LEAK,
		LAB_RULE_TREE_IN_LEDGER, LAB_RULE_LEDGER_IN_TREE,
	};
	const struct lab_params *p = &inst->params;
	bool ttbr_ext = p->quirks & IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT;
	struct lab_tally *t = &inst->tally;

	lab_tally_init(t, p->name, parent);

	inst->where.limit = table_limit(p);
	inst->where.low = p->allocator ? p->allocator->low : is_v7s(p) && !ttbr_ext;

	if (!p->allocator) {
		for (int i = 0; i < ARRAY_SIZE(ledger_rules); i++)
			t->not_checked[ledger_rules[i]] =
				"the kernel's own allocation is not seen";
		if (may_exceed_limit(p)) {
			static const char why[] =
				"the kernel gives no guarantee where oas does not cover RAM";

			inst->where.limit = U64_MAX;
			t->not_checked[LAB_RULE_TABLE_LIMIT] = why;
			/* A walker stops at a table that it cannot reach. */
			t->not_checked[LAB_RULE_TREE_SOUND] = why;
		}
	}
	if (!inst->where.low)
		t->not_checked[LAB_RULE_TABLE_LOW] = "low memory was not asked for";
}

static int open_ledger(struct lab_instance *inst)
{
	const struct lab_params *p = &inst->params;
	struct lab_table_sizes sizes;
	int ret;

	if (!p->allocator)
		return 0;

	/* Until its pool is gone, an allocator's module stays. */
	if (!try_module_get(p->allocator->owner)) {
		lab_complain(p->name, "allocator %s is going", p->allocator->name);
		return -ENODEV;
	}
	ret = lab_format_table_sizes(p->format->fmt, &inst->cfg, &sizes);
	if (!ret)
		ret = lab_ledger_init(&inst->ledger, p->allocator, &sizes,
				      &inst->where, &inst->tally);
	if (ret) {
		lab_complain(p->name, "allocator %s: no pool (%pe)",
			     p->allocator->name, ERR_PTR(ret));
		module_put(p->allocator->owner);
		return ret;
	}
	inst->cfg.alloc = table_alloc;
	inst->cfg.free = table_free;
	return 0;
}

static void close_ledger(struct lab_instance *inst)
{
	if (!inst->params.allocator)
		return;
	lab_ledger_fini(&inst->ledger);
	module_put(inst->params.allocator->owner);
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
	struct platform_device_info info = { .name = "io_pgtable_lab" };
	struct lab_instance *inst;
	int ret;

	ret = check_params(params);
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
	lab_model_init(&inst->model);
	set_rules(inst, parent);

	/* A walker reaches what its addresses reach: tables and no more. */
	info.id = PLATFORM_DEVID_AUTO;
	info.dma_mask = table_limit(params) - 1;
	inst->pdev = platform_device_register_full(&info);
	if (IS_ERR(inst->pdev)) {
		ret = PTR_ERR(inst->pdev);
		lab_complain(params->name, "no fake device (%pe)", inst->pdev);
		goto free_inst;
	}

	inst->cfg = (struct io_pgtable_cfg) {
		.quirks		= params->quirks,
		.pgsize_bitmap	= page_sizes(params),
		.ias		= params->ias,
		.oas		= params->oas,
		.coherent_walk	= params->coherent,
		.tlb		= &flush_ops,
		.iommu_dev	= &inst->pdev->dev,
	};
	ret = open_ledger(inst);
	if (ret)
		goto unregister;

	inst->ops = params->provider->alloc(params->format->fmt, &inst->cfg, inst);
	if (IS_ERR(inst->ops)) {
		ret = PTR_ERR(inst->ops);
		if (ret == -EBUSY)
			lab_complain(params->name,
				     "this kernel's caches are not merged, so that one kernel v7s instance can live at a time");
		else
			lab_complain(params->name, "provider %s: no page table (%pe)",
				     params->provider->name, inst->ops);
		goto close_ledger;
	}
	return inst;

close_ledger:
	close_ledger(inst);
unregister:
	platform_device_unregister(inst->pdev);
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
	if (IS_ERR_OR_NULL(inst))
		return;

	lab_instance_verify(inst);
	inst->params.provider->free(inst->ops);
	close_ledger(inst);
	platform_device_unregister(inst->pdev);
	lab_model_fini(&inst->model);
	mutex_destroy(&inst->lock);
	kfree(inst);
}
EXPORT_SYMBOL_IF_KUNIT(lab_instance_destroy);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The two providers.  Creation and destruction sleep; what they return is
 * locked as struct io_pgtable_ops says.
 */
#include <kunit/visibility.h>
#include <linux/err.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "io_pgtable_lab.h"
#include "provider.h"
#include "compat/compat.h"

/*
 * The kernel's v7s makes a kmem_cache of one fixed name per instance.  Where
 * caches are not merged (sanitizers, slab_nomerge, slab_debug) a second one of
 * that name is an error or a warning, so that one instance can live at a time.
 */
static unsigned int kernel_v7s_live;

/*
 * Nor can they come and go at the same time.  A cache that goes is off the slab's
 * list before its directory in sysfs is gone: one of its kind that is made
 * meanwhile fails, and dumps the stack.
 */
static DEFINE_MUTEX(kernel_v7s_lock); /* kernel_v7s_live */

/*
 * Whether two caches like v7s's would be one and the same to the slab.  Asked
 * once: the slab leaves a link in sysfs for every name of a merged cache.
 */
static bool caches_merge(void)
{
	static DEFINE_MUTEX(lock);
	static enum { UNKNOWN, YES, NO } merge;
	struct kmem_cache *a, *b;

	/* It warns of a name that is there twice, merged or not. */
	if (IS_ENABLED(CONFIG_DEBUG_VM))
		return false;

	mutex_lock(&lock);
	if (merge == UNKNOWN) {
		a = kmem_cache_create("io_pgtable_lab_probe_a", SZ_1K, SZ_1K,
				      SLAB_CACHE_DMA32, NULL);
		b = kmem_cache_create("io_pgtable_lab_probe_b", SZ_1K, SZ_1K,
				      SLAB_CACHE_DMA32, NULL);
		/* Without memory the answer is no, for this time. */
		if (a && b)
			merge = a == b ? YES : NO;
		kmem_cache_destroy(b);
		kmem_cache_destroy(a);
	}
	mutex_unlock(&lock);
	return merge == YES;
}

static const char *kernel_refuses(enum io_pgtable_fmt fmt, bool hooks)
{
	if (!IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE))
		return "this kernel has no io-pgtable";

	/* Ask the configuration: a missing format with hooks is a NULL dereference. */
	switch (fmt) {
	case ARM_V7S:
		if (!IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE_ARMV7S))
			return "this kernel has no v7s";
		if (hooks)
			return "the kernel's v7s takes no custom allocator";
		return NULL;
	case ARM_64_LPAE_S1:
	case ARM_64_LPAE_S2:
	case ARM_32_LPAE_S1:
	case ARM_32_LPAE_S2:
	case ARM_MALI_LPAE:
		if (!IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE_LPAE))
			return "this kernel has no LPAE";
		return NULL;
	default:
		return "not a format that the lab knows in the kernel";
	}
}

#if IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE)
static struct io_pgtable_ops *kernel_v7s_alloc(struct io_pgtable_cfg *cfg, void *cookie)
{
	struct io_pgtable_ops *ops = ERR_PTR(-EBUSY);

	mutex_lock(&kernel_v7s_lock);
	if (!kernel_v7s_live || caches_merge()) {
		ops = alloc_io_pgtable_ops(ARM_V7S, cfg, cookie) ?: ERR_PTR(-ENOMEM);
		if (!IS_ERR(ops))
			kernel_v7s_live++;
	}
	mutex_unlock(&kernel_v7s_lock);
	return ops;
}

static struct io_pgtable_ops *kernel_alloc(enum io_pgtable_fmt fmt,
					   struct io_pgtable_cfg *cfg, void *cookie)
{
	if (fmt == ARM_V7S)
		return kernel_v7s_alloc(cfg, cookie);
	/* It says no more than NULL; the configuration was checked before. */
	return alloc_io_pgtable_ops(fmt, cfg, cookie) ?: ERR_PTR(-ENOMEM);
}

static void kernel_free(struct io_pgtable_ops *ops)
{
	if (io_pgtable_ops_to_pgtable(ops)->fmt != ARM_V7S) {
		free_io_pgtable_ops(ops);
		return;
	}
	mutex_lock(&kernel_v7s_lock);
	free_io_pgtable_ops(ops);
	kernel_v7s_live--;
	mutex_unlock(&kernel_v7s_lock);
}
#else
static struct io_pgtable_ops *kernel_alloc(enum io_pgtable_fmt fmt,
					   struct io_pgtable_cfg *cfg, void *cookie)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static void kernel_free(struct io_pgtable_ops *ops)
{
}
#endif

/**
 * lab_provider_splits() - does an unmap of part of a block split it?
 * @provider:	who builds the tables
 *
 * Where it does not, it is refused: by the lab without a word, by the kernel with a
 * WARN.
 *
 * Context: Any.
 */
bool lab_provider_splits(const struct lab_provider *provider)
{
	return LAB_KERNEL_SPLITS && provider == &lab_provider_kernel;
}
EXPORT_SYMBOL_IF_KUNIT(lab_provider_splits);

static bool kernel_quiet(enum io_pgtable_fmt fmt, const struct io_pgtable_cfg *cfg,
			 enum lab_refusal what)
{
	return what != LAB_REFUSAL_RANGE && fmt != ARM_V7S &&
	       (cfg->quirks & IO_PGTABLE_QUIRK_NO_WARN);
}

const struct lab_provider lab_provider_kernel = {
	.name		= "kernel",
	.refuses	= kernel_refuses,
	.quiet		= kernel_quiet,
	.alloc		= kernel_alloc,
	.free		= kernel_free,
};
EXPORT_SYMBOL_IF_KUNIT(lab_provider_kernel);

static const char *lab_refuses(enum io_pgtable_fmt fmt, bool hooks)
{
	return hooks ? NULL : "\"none\" is the kernel's own allocation";
}

/* It may be asked anything by anybody. */
static bool lab_quiet(enum io_pgtable_fmt fmt, const struct io_pgtable_cfg *cfg,
		      enum lab_refusal what)
{
	return true;
}

static struct io_pgtable_ops *lab_alloc(enum io_pgtable_fmt fmt,
					struct io_pgtable_cfg *cfg, void *cookie)
{
	return lab_alloc_io_pgtable_ops(fmt, cfg, cookie) ?: ERR_PTR(-ENOMEM);
}

const struct lab_provider lab_provider_lab = {
	.name		= "lab",
	.refuses	= lab_refuses,
	.quiet		= lab_quiet,
	.alloc		= lab_alloc,
	.free		= lab_free_io_pgtable_ops,
};
EXPORT_SYMBOL_IF_KUNIT(lab_provider_lab);

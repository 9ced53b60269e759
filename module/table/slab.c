// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocator "slab": kmem_caches with SLAB_CACHE_DMA32, one per table size in
 * use, shared by all instances; the way in which mainline puts v7s L2 tables
 * below 4 GB since 5.1.
 *
 * A mutex guards their creation; once made, a cache stays until the module
 * goes, so that alloc and free read its pointer without a lock.  Knows nothing
 * of formats, but for the table sizes that lab_default_table_alloc() may meet.
 */
#include <kunit/visibility.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/kmemleak.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "allocator.h"
#include "format/format.h"
#include "slab.h"
#include "compat/compat.h"

/* From the smallest stage 1 root (64 bytes) to 16 concatenated tables of 16 KB. */
enum {
	CACHE_MIN_LG2 = 6,
	CACHE_MAX_LG2 = 18,
};

#define CACHE_NAME	"io_pgtable_lab_%lu"

static struct kmem_cache *caches[CACHE_MAX_LG2 + 1];
static DEFINE_MUTEX(caches_lock);

/* Index of the cache for @size, or -1 if no table is that large. */
static int cache_lg2(size_t size)
{
	if (!size || size > BIT(CACHE_MAX_LG2))
		return -1;
	return max(order_base_2(size), CACHE_MIN_LG2);
}

static int cache_create(size_t size)
{
	int lg2 = cache_lg2(size);
	struct kmem_cache *cache;
	char name[32];

	if (lg2 < 0)
		return -EINVAL;
	if (READ_ONCE(caches[lg2]))
		return 0;

	mutex_lock(&caches_lock);
	cache = caches[lg2];
	if (!cache) {
		snprintf(name, sizeof(name), CACHE_NAME, BIT(lg2));
		cache = kmem_cache_create(name, BIT(lg2), BIT(lg2),
					  SLAB_CACHE_DMA32 | SLAB_NO_MERGE, NULL);
		WRITE_ONCE(caches[lg2], cache);
	}
	mutex_unlock(&caches_lock);
	return cache ? 0 : -ENOMEM;
}

/**
 * lab_slab_cache() - the cache for tables of one size
 * @size:	bytes
 *
 * Context: Process; sleeps.
 * Return: the cache, which stays until lab_slab_exit(), or an ERR_PTR: -EINVAL
 * if no table is that large, -ENOMEM.
 */
struct kmem_cache *lab_slab_cache(size_t size)
{
	int ret = cache_create(size);

	return ret ? ERR_PTR(ret) : caches[cache_lg2(size)];
}

/* All instances share the caches, so that a pool is nothing. */
static void *slab_create(const struct lab_table_sizes *sizes)
{
	int ret = cache_create(sizes->root_bytes);

	return ERR_PTR(ret ?: cache_create(sizes->table_bytes));
}

static void slab_destroy(void *pool)
{
}

static void *slab_alloc(void *pool, size_t size, gfp_t gfp)
{
	int lg2 = cache_lg2(size);
	struct kmem_cache *cache = lg2 < 0 ? NULL : READ_ONCE(caches[lg2]);
	void *table;

	/* Not a size that this instance announced. */
	if (!cache)
		return NULL;

	/*
	 * The zone is the cache's: a zone flag here would be a bug to the slab.
	 * Running out of low memory is an answer, not news for the log.
	 */
	gfp &= ~GFP_ZONEMASK;
	table = kmem_cache_alloc(cache, gfp | __GFP_ZERO | __GFP_NOWARN);
	/* Only descriptors point to a table, and they hold physical addresses. */
	if (table)
		kmemleak_ignore(table);
	return table;
}

static void slab_free(void *pool, void *table, size_t size)
{
	kmem_cache_free(caches[cache_lg2(size)], table);
}

/* A number of a cache that the kernel shows in sysfs: @file, or an errno. */
static s64 cache_number(struct vfsmount *sysfs, int lg2, const char *file)
{
	char path[64], text[32];
	struct file *f;
	loff_t pos = 0;
	s64 value;
	int ret;

	snprintf(path, sizeof(path), "kernel/slab/" CACHE_NAME "/%s", BIT(lg2), file);
	f = file_open_root_mnt(sysfs, path, O_RDONLY, 0);
	if (IS_ERR(f))
		return PTR_ERR(f);
	ret = kernel_read(f, text, sizeof(text) - 1, &pos);
	filp_close(f, NULL);
	if (ret < 0)
		return ret;

	/* The total is followed by each node's share. */
	text[ret] = '\0';
	text[strcspn(text, "\n ")] = '\0';
	ret = kstrtos64(text, 10, &value);
	return ret ?: value;
}

/*
 * Bytes of the slabs that a cache holds, or an errno.  A slab that had to be made
 * smaller than the cache's order counts as a full one.
 */
static s64 cache_bytes(struct vfsmount *sysfs, int lg2)
{
	s64 slabs = cache_number(sysfs, lg2, "slabs");
	s64 order = slabs < 0 ? slabs : cache_number(sysfs, lg2, "order");

	return order < 0 ? order : slabs * (PAGE_SIZE << order);
}

/**
 * lab_slab_held_bytes() - what the caches hold, whoever draws from them
 *
 * No exported function tells how many slabs a cache has, and a count of tables
 * would miss what is half empty or kept for later.  So the kernel's own count is
 * read from sysfs, where people read it, which takes CONFIG_SLUB_DEBUG; through a
 * mount of the lab's own, as the caller may see no sysfs, or, a kernel thread
 * of 7.3, no file at all.
 *
 * Context: Process; sleeps.
 * Return: bytes, or the errno of reading the kernel's count.
 */
s64 lab_slab_held_bytes(void)
{
	struct file_system_type *type = get_fs_type("sysfs");
	struct vfsmount *sysfs = type ? kern_mount(type) : ERR_PTR(-ENODEV);
	s64 held = 0, bytes;

	if (IS_ERR(sysfs))
		return PTR_ERR(sysfs);

	for (int lg2 = CACHE_MIN_LG2; lg2 <= CACHE_MAX_LG2 && held >= 0; lg2++) {
		if (!READ_ONCE(caches[lg2]))
			continue;
		bytes = cache_bytes(sysfs, lg2);
		held = bytes < 0 ? bytes : held + bytes;
	}
	kern_unmount(sysfs);
	return held;
}

/**
 * lab_slab_trim() - give back slabs in which no table is live
 *
 * Context: Process; sleeps.
 */
void lab_slab_trim(void)
{
	for (int lg2 = CACHE_MIN_LG2; lg2 <= CACHE_MAX_LG2; lg2++) {
		struct kmem_cache *cache = READ_ONCE(caches[lg2]);

		if (cache)
			kmem_cache_shrink(cache);
	}
}

const struct lab_allocator lab_slab = {
	.name		= "slab",
	.low		= true,
	.create		= slab_create,
	.destroy	= slab_destroy,
	.alloc		= slab_alloc,
	.free		= slab_free,
	.held_bytes	= lab_slab_held_bytes,
	.trim		= lab_slab_trim,
};
EXPORT_SYMBOL_IF_KUNIT(lab_slab);

/**
 * lab_default_table_alloc() - table memory for a page table without hooks
 * @cookie:	unused
 * @size:	bytes
 * @gfp:	flags
 *
 * The first table of a page table is its root, asked for where sleeping is
 * allowed: that is when the caches for all tables to come are made.
 *
 * Context: Any that @gfp allows.
 * Return: the table, or NULL.
 */
void *lab_default_table_alloc(void *cookie, size_t size, gfp_t gfp)
{
	static const size_t tables[] = { SZ_1K, SZ_4K, SZ_16K, SZ_64K };

	if (gfpflags_allow_blocking(gfp)) {
		int ret = cache_create(size);

		for (int i = 0; i < ARRAY_SIZE(tables) && !ret; i++)
			ret = cache_create(tables[i]);
		if (ret)
			return NULL;
	}
	return slab_alloc(NULL, size, gfp);
}

/**
 * lab_default_table_free() - counterpart of lab_default_table_alloc()
 * @cookie:	unused
 * @table:	the table
 * @size:	bytes
 *
 * Context: Any.
 */
void lab_default_table_free(void *cookie, void *table, size_t size)
{
	slab_free(NULL, table, size);
}

/**
 * lab_slab_exit() - give the caches back
 *
 * Context: Process; sleeps.  No table of theirs is live.
 */
void lab_slab_exit(void)
{
	for (int lg2 = CACHE_MIN_LG2; lg2 <= CACHE_MAX_LG2; lg2++)
		kmem_cache_destroy(caches[lg2]);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The allocators that there are: the lab's own, and those that other modules
 * register.
 *
 * A semaphore guards the list.  Who walks it, or holds a pointer from it without
 * a pool, holds the semaphore for reading; a pool holds the allocator's module.
 */
#include <kunit/visibility.h>
#include <linux/ctype.h>
#include <linux/rwsem.h>
#include <linux/string.h>

#include "compat/compat.h"
#include "complain.h"
#include "io_pgtable_lab.h"
#include "registry.h"

/* The lab's own, in the order in which they are shown. */
enum own {
	OWN_NONE,
	OWN_SLAB,
	OWN_FRAG,
	OWN_GENPOOL,
	OWN_PAGE,
	OWN_RESERVE,
	OWN_PACKED,
	OWN_HIGH,
	NR_OWN
};

const struct lab_allocator *lab_allocators[LAB_MAX_ALLOCATORS] = {
	[OWN_NONE]	= NULL,
	[OWN_SLAB]	= &lab_slab,
	[OWN_FRAG]	= &lab_frag,
	[OWN_GENPOOL]	= &lab_genpool,
	[OWN_PAGE]	= &lab_page,
	[OWN_RESERVE]	= &lab_reserve,
	[OWN_PACKED]	= &lab_packed,
	[OWN_HIGH]	= &lab_high,
};
EXPORT_SYMBOL_IF_KUNIT(lab_allocators);

unsigned int lab_nr_allocators = NR_OWN;
EXPORT_SYMBOL_IF_KUNIT(lab_nr_allocators);

static DECLARE_RWSEM(registry_sem);

/**
 * lab_allocators_get() - keep registered allocators from going
 *
 * Context: Process; sleeps.  Until lab_allocators_put().
 */
void lab_allocators_get(void)
{
	down_read(&registry_sem);
}
EXPORT_SYMBOL_IF_KUNIT(lab_allocators_get);

/**
 * lab_allocators_put() - counterpart of lab_allocators_get()
 *
 * Context: Process.
 */
void lab_allocators_put(void)
{
	up_read(&registry_sem);
}
EXPORT_SYMBOL_IF_KUNIT(lab_allocators_put);

static int find_allocator(const char *name)
{
	for (int i = 0; i < lab_nr_allocators; i++)
		if (!strcmp(lab_allocator_name(lab_allocators[i]), name))
			return i;
	return -ENOENT;
}

static bool valid_name(const char *name)
{
	if (!*name || strlen(name) >= LAB_ALLOCATOR_NAME_BYTES)
		return false;
	for (; *name; name++)
		if (!islower(*name) && !isdigit(*name) && *name != '-')
			return false;
	return true;
}

/* NULL, or what an allocator lacks. */
static const char *lacks(const struct lab_allocator *a)
{
	if (!a->name || !valid_name(a->name))
		return "a name of 1 to 15 lower case letters, digits and '-'";
	if (!a->owner)
		return "its owner";
	if (!a->create || !a->destroy || !a->alloc || !a->free)
		return "create, destroy, alloc or free";
	if (!a->reserve != !a->release || !a->reserve != !a->ready)
		return "reserve, release or ready, which come together";
	return NULL;
}

/**
 * lab_allocators_add() - enter an allocator
 * @allocator:	the allocator; must stay until lab_unregister_allocator()
 *
 * What is refused is said in the log.
 *
 * Context: Process; sleeps.
 * Return: as lab_register_allocator().
 */
int lab_allocators_add(const struct lab_allocator *allocator)
{
	const char *name = allocator->name ?: "an allocator", *missing = lacks(allocator);
	int ret = 0;

	if (missing) {
		lab_complain(name, "cannot be registered without %s", missing);
		return -EINVAL;
	}

	down_write(&registry_sem);
	if (find_allocator(name) >= 0) {
		lab_complain(name, "an allocator of that name exists");
		ret = -EEXIST;
	} else if (lab_nr_allocators == LAB_MAX_ALLOCATORS) {
		lab_complain(name, "cannot be registered: there are %u allocators",
			     LAB_MAX_ALLOCATORS);
		ret = -ENOSPC;
	} else {
		lab_allocators[lab_nr_allocators++] = allocator;
	}
	up_write(&registry_sem);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(lab_allocators_add);

/**
 * lab_unregister_allocator() - take an allocator back
 * @allocator:	from lab_register_allocator(), which succeeded
 *
 * Instances that use it hold its owner, so that none is left when the owner's
 * module goes, which is when to call this.
 *
 * Context: Process; sleeps.
 */
void lab_unregister_allocator(const struct lab_allocator *allocator)
{
	down_write(&registry_sem);
	for (unsigned int i = NR_OWN; i < lab_nr_allocators; i++) {
		if (lab_allocators[i] != allocator)
			continue;
		lab_nr_allocators--;
		memmove(&lab_allocators[i], &lab_allocators[i + 1],
			(lab_nr_allocators - i) * sizeof(*lab_allocators));
		break;
	}
	up_write(&registry_sem);
}
EXPORT_SYMBOL_NS_GPL(lab_unregister_allocator, LAB_NAMESPACE);

/**
 * lab_allocator_name() - how people call an allocator
 * @allocator:	the allocator, NULL for the provider's own allocation
 *
 * Context: Any.
 * Return: the name.
 */
const char *lab_allocator_name(const struct lab_allocator *allocator)
{
	return allocator ? allocator->name : "none";
}
EXPORT_SYMBOL_IF_KUNIT(lab_allocator_name);

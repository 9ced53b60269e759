// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the walkers of all formats share: the way from a physical address to
 * memory that may be read, and the names of attributes.
 *
 * No locks and no state.  It may not know any descriptor format, who wrote a
 * table, or where its memory came from.
 */
#include <kunit/visibility.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/uaccess.h>

#include "visit.h"

/*
 * RAM that the linear map covers, as opposed to a hole, a device or a carve-out: these are
 * not in it, and nor are, for a while, pages that are poisoned or secret.
 */
static bool pfn_is_readable(unsigned long pfn)
{
	unsigned long probe;

	return pfn_valid(pfn) && !get_kernel_nofault(probe, (unsigned long *)pfn_to_kaddr(pfn));
}

/**
 * lab_walk_ram() - the memory behind a physical address, if it is RAM
 * @pa:		physical address
 * @bytes:	how much will be read there
 *
 * A table pointer is whatever a writer, or a bug, put there.  Reading a device
 * or a hole through it would be fatal, so every walker asks here first.
 *
 * Context: Any.
 * Return: a pointer through the linear map, or NULL unless every page of
 * [@pa, @pa + @bytes) is RAM that the kernel may read.
 */
const void *lab_walk_ram(phys_addr_t pa, size_t bytes)
{
	phys_addr_t last = pa + bytes - 1;
	u64 pfn;

	if (!bytes || last < pa)
		return NULL;
	for (pfn = PHYS_PFN(pa); pfn <= PHYS_PFN(last); pfn++)
		if (!pfn_is_readable(pfn))
			return NULL;
	return phys_to_virt(pa);
}

/**
 * lab_memory_normal() - memory type of Normal memory
 * @inner:	inner cacheability
 * @outer:	outer cacheability
 *
 * Context: Any.
 * Return: the type; %LAB_MEM_OTHER for a mixture that has no name of its own.
 */
enum lab_memory_type lab_memory_normal(enum lab_cacheability inner,
				       enum lab_cacheability outer)
{
	if (inner == LAB_CACHE_NC && outer == LAB_CACHE_WB)
		return LAB_MEM_NORMAL_INC_OWB;
	if (inner != outer)
		return LAB_MEM_OTHER;

	switch (inner) {
	case LAB_CACHE_NC:
		return LAB_MEM_NORMAL_NC;
	case LAB_CACHE_WT:
		return LAB_MEM_NORMAL_WT;
	case LAB_CACHE_WB:
		return LAB_MEM_NORMAL_WB;
	}
	return LAB_MEM_OTHER;
}

/**
 * lab_memory_text() - a memory type in words
 * @memory:	the type
 *
 * Context: Any.
 * Return: at most 16 characters.
 */
const char *lab_memory_text(enum lab_memory_type memory)
{
	static const char * const text[] = {
		[LAB_MEM_DEVICE]		= "device",
		[LAB_MEM_NORMAL_NC]		= "normal NC",
		[LAB_MEM_NORMAL_WT]		= "normal WT",
		[LAB_MEM_NORMAL_WB]		= "normal WB",
		[LAB_MEM_STRONGLY_ORDERED]	= "strongly ordered",
		[LAB_MEM_NORMAL_INC_OWB]	= "normal iNC oWB",
		[LAB_MEM_IMPDEF]		= "normal impdef",
		[LAB_MEM_OTHER]			= "other memory",
	};

	return memory < ARRAY_SIZE(text) ? text[memory] : "?";
}

/**
 * lab_share_text() - shareability in words
 * @share:	the shareability
 *
 * Context: Any.
 * Return: at most 15 characters.
 */
const char *lab_share_text(enum lab_shareability share)
{
	static const char * const text[] = {
		[LAB_SH_NONE]	= "non-shareable",
		[LAB_SH_OUTER]	= "outer shareable",
		[LAB_SH_INNER]	= "inner shareable",
	};

	return share < ARRAY_SIZE(text) ? text[share] : "?";
}

static const char *rights_text(bool read, bool write)
{
	return read ? (write ? "rw" : "ro") : "wo";
}

/**
 * lab_attrs_text() - attributes in words
 * @attrs:	the attributes
 * @buf:	where the words go
 * @size:	room in @buf, in bytes; LAB_ATTRS_TEXT_BYTES is enough
 *
 * As in "rw user, exec, normal WB, inner shareable".  Unprivileged rights
 * stand alone where privileged ones are the same; "ns", "ng" and "no af" are
 * appended where they apply.
 *
 * Context: Any.
 * Return: @buf, always terminated unless @size is 0.
 */
const char *lab_attrs_text(const struct lab_attrs *attrs, char *buf, size_t size)
{
	bool user = attrs->user_read || attrs->user_write;
	bool same = attrs->user_read == attrs->priv_read &&
		    attrs->user_write == attrs->priv_write;
	char priv[20] = "";

	if (!attrs->priv_read && !attrs->priv_write)
		snprintf(priv, sizeof(priv), user ? "" : "no access");
	else if (!same)
		snprintf(priv, sizeof(priv), "%s%s priv", user ? " " : "",
			 rights_text(attrs->priv_read, attrs->priv_write));

	scnprintf(buf, size, "%s%s%s, %sexec%s, %s, %s%s%s%s%s",
		  user ? rights_text(attrs->user_read, attrs->user_write) : "",
		  user ? " user" : "", priv,
		  attrs->priv_exec || attrs->user_exec ? "" : "no",
		  attrs->priv_exec == attrs->user_exec ? "" :
		  attrs->priv_exec ? " priv" : " user",
		  lab_memory_text(attrs->memory), lab_share_text(attrs->share),
		  attrs->ns ? ", ns" : "",
		  attrs->not_global ? ", ng" : "",
		  attrs->access_flag ? "" : ", no af",
		  !attrs->dirty_managed ? "" : attrs->dirty ? ", dirty" : ", clean");
	return buf;
}
EXPORT_SYMBOL_IF_KUNIT(lab_attrs_text);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parameters of an instance: what they are unless asked for otherwise, what
 * fits a format, and what follows from them.
 *
 * Pure functions, but for lines in the kernel log.  Knows the formats' limits,
 * no instance.
 */
#include <kunit/visibility.h>
#include <linux/dma-mapping.h>
#include <linux/sizes.h>

#include "complain.h"
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

/**
 * lab_params_are_v7s() - whether the format is v7s
 * @p:		parameters
 *
 * Context: Any.
 */
bool lab_params_are_v7s(const struct lab_params *p)
{
	return p->format->fmt == ARM_V7S;
}
EXPORT_SYMBOL_IF_KUNIT(lab_params_are_v7s);

/**
 * lab_params_table_limit() - the address that no table may reach
 * @p:		parameters
 *
 * Context: Any.
 * Return: what a descriptor can hold, exclusive.
 */
u64 lab_params_table_limit(const struct lab_params *p)
{
	if (lab_params_are_v7s(p) && !(p->quirks & IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT))
		return SZ_4G;
	return BIT_ULL(p->oas);
}

/**
 * lab_params_first_iova() - where the input space begins
 * @p:		parameters
 *
 * TTBR1 translates the upper end of 64 bits (DDI0487 D8.2).
 *
 * Context: Any.
 * Return: the first input address.
 */
u64 lab_params_first_iova(const struct lab_params *p)
{
	return p->quirks & IO_PGTABLE_QUIRK_ARM_TTBR1 ? ~0ULL << p->ias : 0;
}
EXPORT_SYMBOL_IF_KUNIT(lab_params_first_iova);

/**
 * lab_params_last_iova() - where the input space ends
 * @p:		parameters
 *
 * Context: Any.
 * Return: the last input address.
 */
u64 lab_params_last_iova(const struct lab_params *p)
{
	return lab_params_first_iova(p) + (BIT_ULL(p->ias) - 1);
}
EXPORT_SYMBOL_IF_KUNIT(lab_params_last_iova);

/**
 * lab_params_may_exceed() - whether tables may lie too far
 * @p:		parameters
 * @limit:	address that no table should reach
 *
 * The kernel's LPAE takes tables from anywhere.
 *
 * Context: Any.
 */
bool lab_params_may_exceed(const struct lab_params *p, u64 limit)
{
	return !lab_params_are_v7s(p) && !p->allocator && lab_machine().end > limit;
}

/**
 * lab_params_dma_mask() - what the fake device reaches
 * @p:		parameters
 *
 * Context: Any.
 * Return: the last address.
 */
u64 lab_params_dma_mask(const struct lab_params *p)
{
	return p->dma_bits ? DMA_BIT_MASK(p->dma_bits) : lab_params_table_limit(p) - 1;
}

/* Whether the format has granules other than 4 KB */
static bool has_granules(const struct lab_params *p)
{
	return p->format->fmt == ARM_64_LPAE_S1 || p->format->fmt == ARM_64_LPAE_S2;
}

/* Address bits of the format at its granule, of which 64 KB has more (FEAT_LPA, FEAT_LVA) */
static unsigned int bits_max(const struct lab_params *p, unsigned int max)
{
	return has_granules(p) && p->granule == SZ_64K ? 52 : max;
}

/**
 * lab_params_page_sizes() - all page sizes of the format at its granule
 * @p:		parameters
 *
 * Context: Any.
 * Return: the sizes ORed, 0 for no such granule.
 */
unsigned long lab_params_page_sizes(const struct lab_params *p)
{
	unsigned long sizes = 0;

	if (lab_params_are_v7s(p))
		return p->granule == SZ_4K ? SZ_4K | SZ_64K | SZ_1M | SZ_16M : 0;
	if (p->granule != SZ_4K && !has_granules(p))
		return 0;

	switch (p->granule) {
	case SZ_4K:
		sizes = SZ_4K | SZ_2M | SZ_1G;
		break;
	case SZ_16K:
		sizes = SZ_16K | SZ_32M;
		break;
	case SZ_64K:
		sizes = SZ_64K | SZ_512M;
		/* 4 TB, with FEAT_LPA alone */
		if (p->oas > 48)
			sizes |= BIT_ULL(42);
		break;
	}
	/*
	 * A page as large as the space would be an entry above the root, where
	 * there is none: the kernel's writers would look for it below, and WARN.
	 */
	return sizes & (BIT_ULL(p->ias) - 1);
}
EXPORT_SYMBOL_IF_KUNIT(lab_params_page_sizes);

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

static bool lpae_output_fits(const struct lab_params *p)
{
	switch (p->oas) {
	case 32:
	case 36:
	case 40:
	case 42:
	case 44:
	case 48:
	case 52:
		if (p->oas <= bits_max(p, p->format->oas_max))
			return true;
	}
	lab_complain(p->name, "oas=%u: %s takes those of 32, 36, 40, 42, 44, 48, 52 up to %u here",
		     p->oas, p->format->name, bits_max(p, p->format->oas_max));
	return false;
}

static bool lpae_params_fit(const struct lab_params *p)
{
	unsigned int max = bits_max(p, p->format->ias_max);

	/* TnSZ is at most 39 without FEAT_TTST (DDI0487 D8.2). */
	if (p->ias < 25 || p->ias > max) {
		lab_complain(p->name, "ias=%u: %s takes 25 to %u here", p->ias,
			     p->format->name, max);
		return false;
	}
	if (!lpae_output_fits(p))
		return false;
	/*
	 * DDI0487 D8.2: an IPA has no more bits than a PA.  7.x WARNs where that
	 * would take more than 16 concatenated tables, and loses memory.
	 */
	if (p->format->stage == 2 && p->format->fmt != ARM_MALI_LPAE && p->ias > p->oas) {
		lab_complain(p->name, "ias=%u: stage 2 takes no more than oas=%u", p->ias,
			     p->oas);
		return false;
	}
	if (lab_params_root_short(p)) {
		lab_complain(p->name,
			     "ias=%u: Mali's root is 512 descriptors, the kernel asks an allocator for %lu",
			     p->ias, BIT(max(p->ias, 39U) - 39));
		return false;
	}
	if (p->coherent && (p->quirks & IO_PGTABLE_QUIRK_ARM_OUTER_WBWA)) {
		lab_complain(p->name, "outer-wbwa is for a noncoherent walker");
		return false;
	}
	return true;
}

/**
 * lab_params_root_short() - whether the kernel's root ends before the walker's reads
 * @p:		parameters
 *
 * Mali reads a root of 512 descriptors whatever the driver makes of its input
 * space.  The kernel asks its alloc hook for as many as ias takes; what it
 * allocates itself is a page, which nobody has promised.
 *
 * Context: Any.
 */
bool lab_params_root_short(const struct lab_params *p)
{
	return p->format->fmt == ARM_MALI_LPAE && p->provider == &lab_provider_kernel &&
	       p->allocator && p->ias < 48;
}

/**
 * lab_params_check() - whether such an instance can be
 * @p:		parameters
 *
 * What is wrong is complained of in the kernel log.
 *
 * Context: Any.
 * Return: 0; -EOPNOTSUPP for a combination that this kernel does not offer,
 * -EINVAL for parameters that do not fit the format.
 */
int lab_params_check(const struct lab_params *p)
{
	const char *why = lab_not_offered(p->format, p->provider, p->allocator);

	if (why) {
		lab_complain(p->name, "%s x %s x %s cannot be had: %s", p->format->name,
			     p->provider->name, lab_allocator_name(p->allocator), why);
		return -EOPNOTSUPP;
	}
	if (!lab_params_page_sizes(p)) {
		lab_complain(p->name, "granule of %zu bytes: %s has none such", p->granule,
			     p->format->name);
		return -EINVAL;
	}
	if (p->quirks & ~p->format->quirks) {
		lab_complain(p->name, "quirks %#lx are not for %s",
			     p->quirks & ~p->format->quirks, p->format->name);
		return -EINVAL;
	}
	if (!(lab_params_are_v7s(p) ? v7s_params_fit(p) : lpae_params_fit(p)))
		return -EINVAL;

	if (p->dma_bits && (p->dma_bits < 32 || p->dma_bits > 64)) {
		lab_complain(p->name, "dma-bits=%u: a device has 32 to 64 here", p->dma_bits);
		return -EINVAL;
	}
	if (p->fail_nth && !p->allocator) {
		lab_complain(p->name,
			     "fail-nth=%llu: the kernel's own allocation is not the lab's to fail",
			     p->fail_nth);
		return -EINVAL;
	}

	/*
	 * 7.x WARNs of each table that swiotlb bounces, and every kernel does
	 * with swiotlb=noforce.
	 */
	if (!p->coherent && !lab_allow_warn && lab_params_may_exceed(p, lab_params_dma_mask(p))) {
		lab_complain(p->name,
			     "noncoherent with a reach of %#llx: the kernel allocates beyond that",
			     lab_params_dma_mask(p));
		return -EINVAL;
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(lab_params_check);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the walkers make of registers: each case is a set of them as hardware would
 * be given it, after the manual (DDI 0487: D8.2 and the descriptions of TCR_EL1 and
 * VTCR_EL2, G5.5 for AArch32; DDI 0406C: B4.1 for TTBR0 and TTBCR).
 */
#include <linux/io.h>
#include <linux/sizes.h>

#include "catalog.h"
#include "lab_kunit.h"
#include "walk_hand.h"
#include "compat/compat.h"

#define TTBR1	IO_PGTABLE_QUIRK_ARM_TTBR1
#define MTK	(IO_PGTABLE_QUIRK_ARM_MTK_EXT | IO_PGTABLE_QUIRK_NO_PERMS)
#define MTK_TTBR (MTK | IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT)

/**
 * struct set - a set of registers, and what it means
 * @name:	what it is about
 * @format:	whose they are
 * @quirks:	IO_PGTABLE_QUIRK_*
 * @ias:	input address bits that were asked for
 * @oas:	output address bits that were asked for
 * @base:	TTBR, VTTBR or TRANSTAB
 * @tg:		TG0 or TG1
 * @ps:		IPS or PS
 * @tsz:	T0SZ or T1SZ
 * @sl:		SL0
 * @sh:		SH
 * @orgn:	ORGN
 * @irgn:	IRGN
 * @tcr:	TTBCR (v7s)
 * @why:	why no hardware would walk with them, NULL for nothing
 * @usable:	a walk is possible all the same
 * @want:	what they mean, where a walk is possible
 */
struct set {
	const char *name;
	enum lab_format_index format;
	unsigned long quirks;
	u8 ias, oas;
	u64 base;
	u8 tg, ps, tsz, sl, sh, orgn, irgn;
	u32 tcr;
	const char *why;
	bool usable;
	struct lab_walk_regs want;
};

#define WANT(_first, _last, _start, _root, _align, _granule, _output)		\
	.want = {								\
		.first = (_first), .last = (_last), .start_level = (_start),	\
		.root_bytes = (_root), .base_align = (_align),			\
		.granule = (_granule), .output_lg2 = (_output),			\
	}

#define BAD_BASE	"table base not aligned to the table's size"
#define BAD_LEVEL	"physical addresses of this size forbid this start level"
#define BAD_IAS		"more input address bits than the root table has room for"
#define BAD_TSZ		"TSZ is out of the architecture's range"
#define BAD_SL0		"SL0 is a reserved encoding"
#define BAD_SL0_TSZ	"SL0 and T0SZ do not go together"
#define BAD_TG		"TG is a reserved encoding, or none of the format's"
#define BAD_PS		"the output address size is a reserved encoding"

static const struct set sets[] = {
	/* TCR_EL1.T0SZ with TG0 4 KB (0b00): start levels and sizes of roots */
	{ "s1 4K 48", LAB_LPAE_S1, 0, 48, 48, 0x40001000, 0, 5, 16, .usable = true,
	  WANT(0, 0xffffffffffff, 0, 4096, 4096, SZ_4K, 48) },
	{ "s1 4K 40", LAB_LPAE_S1, 0, 40, 40, 0x40000010, 0, 2, 24, .usable = true,
	  WANT(0, 0xffffffffff, 0, 16, 16, SZ_4K, 40) },
	{ "s1 4K 39", LAB_LPAE_S1, 0, 39, 36, 0x40001000, 0, 1, 25, .usable = true,
	  WANT(0, 0x7fffffffff, 1, 4096, 4096, SZ_4K, 36) },
	{ "s1 4K 32", LAB_LPAE_S1, 0, 32, 32, 0x40000020, 0, 0, 32, .usable = true,
	  WANT(0, 0xffffffff, 1, 32, 32, SZ_4K, 32) },
	{ "s1 4K 30", LAB_LPAE_S1, 0, 30, 42, 0x40001000, 0, 3, 34, .usable = true,
	  WANT(0, 0x3fffffff, 2, 4096, 4096, SZ_4K, 42) },
	{ "s1 4K 25", LAB_LPAE_S1, 0, 25, 44, 0x40000080, 0, 4, 39, .usable = true,
	  WANT(0, 0x1ffffff, 2, 128, 128, SZ_4K, 44) },
	/* TG0 16 KB (0b10), 64 KB (0b01) */
	{ "s1 16K 48", LAB_LPAE_S1, 0, 48, 48, 0x40000010, 2, 5, 16, .usable = true,
	  WANT(0, 0xffffffffffff, 0, 16, 16, SZ_16K, 48) },
	{ "s1 16K 47", LAB_LPAE_S1, 0, 47, 48, 0x40004000, 2, 5, 17, .usable = true,
	  WANT(0, 0x7fffffffffff, 1, 16384, 16384, SZ_16K, 48) },
	{ "s1 16K 36", LAB_LPAE_S1, 0, 36, 48, 0x40004000, 2, 5, 28, .usable = true,
	  WANT(0, 0xfffffffff, 2, 16384, 16384, SZ_16K, 48) },
	{ "s1 64K 48", LAB_LPAE_S1, 0, 48, 48, 0x40000200, 1, 5, 16, .usable = true,
	  WANT(0, 0xffffffffffff, 1, 512, 512, SZ_64K, 48) },
	{ "s1 64K 42", LAB_LPAE_S1, 0, 42, 48, 0x40010000, 1, 5, 22, .usable = true,
	  WANT(0, 0x3ffffffffff, 2, 65536, 65536, SZ_64K, 48) },
	{ "s1 64K 52", LAB_LPAE_S1, 0, 52, 52, 0xf000040002000, 1, 6, 12, .usable = true,
	  WANT(0, 0xfffffffffffff, 1, 8192, 8192, SZ_64K, 52) },
	/* With 52-bit addresses a base is aligned to 64 bytes at least */
	{ "s1 64K 43 of 52", LAB_LPAE_S1, 0, 43, 52, 0x40000040, 1, 6, 21, .usable = true,
	  WANT(0, 0x7ffffffffff, 1, 16, 64, SZ_64K, 52) },
	{ "s1 64K 43 of 52, at 16", LAB_LPAE_S1, 0, 43, 52, 0x40000010, 1, 6, 21,
	  .why = BAD_BASE, .usable = true, WANT(0, 0x7ffffffffff, 1, 16, 64, SZ_64K, 52) },
	/* 52 bits of output are 48 with the others, without FEAT_LPA2 */
	{ "s1 4K IPS 52", LAB_LPAE_S1, 0, 48, 48, 0x40001000, 0, 6, 16, .usable = true,
	  WANT(0, 0xffffffffffff, 0, 4096, 4096, SZ_4K, 48) },
	/* TTBR1: TG1 is 0b10 4 KB, 0b01 16 KB, 0b11 64 KB */
	{ "s1 ttbr1 4K", LAB_LPAE_S1, TTBR1, 48, 48, 0x40001000, 2, 5, 16, .usable = true,
	  WANT(0xffff000000000000, ~0ull, 0, 4096, 4096, SZ_4K, 48) },
	{ "s1 ttbr1 16K", LAB_LPAE_S1, TTBR1, 36, 48, 0x40004000, 1, 5, 28, .usable = true,
	  WANT(0xfffffff000000000, ~0ull, 2, 16384, 16384, SZ_16K, 48) },
	{ "s1 ttbr1 64K", LAB_LPAE_S1, TTBR1, 42, 48, 0x40010000, 3, 5, 22, .usable = true,
	  WANT(0xfffffc0000000000, ~0ull, 2, 65536, 65536, SZ_64K, 48) },
	/* What is wrong with stage 1's */
	{ "s1 TG0 11", LAB_LPAE_S1, 0, 48, 48, 0x40001000, 3, 5, 16, .why = BAD_TG },
	{ "s1 TG1 00", LAB_LPAE_S1, TTBR1, 48, 48, 0x40001000, 0, 5, 16, .why = BAD_TG },
	{ "s1 IPS 111", LAB_LPAE_S1, 0, 48, 48, 0x40001000, 0, 7, 16, .why = BAD_PS },
	{ "s1 T0SZ 40", LAB_LPAE_S1, 0, 48, 48, 0x40001000, 0, 5, 40, .why = BAD_TSZ },
	{ "s1 T0SZ 15", LAB_LPAE_S1, 0, 49, 48, 0x40001000, 0, 5, 15, .why = BAD_TSZ },
	{ "s1 64K T0SZ 11", LAB_LPAE_S1, 0, 53, 48, 0x40001000, 1, 5, 11, .why = BAD_TSZ },
	{ "s1 T0SZ below ias", LAB_LPAE_S1, 0, 39, 48, 0x40001000, 0, 5, 16, .why = BAD_IAS },
	{ "s1 base", LAB_LPAE_S1, 0, 48, 48, 0x40001008, 0, 5, 16, .why = BAD_BASE,
	  .usable = true, WANT(0, 0xffffffffffff, 0, 4096, 4096, SZ_4K, 48) },
	{ "s1 base of 4", LAB_LPAE_S1, 0, 32, 48, 0x40000010, 0, 5, 32, .why = BAD_BASE,
	  .usable = true, WANT(0, 0xffffffff, 1, 32, 32, SZ_4K, 48) },
	{ "s1 base past IPS", LAB_LPAE_S1, 0, 48, 32, 0x100001000, 0, 0, 16,
	  .why = "address size", .usable = true,
	  WANT(0, 0xffffffffffff, 0, 4096, 4096, SZ_4K, 32) },
	{ "s1 SH 01", LAB_LPAE_S1, 0, 48, 48, 0x40001000, 0, 5, 16, .sh = 1,
	  .why = "SH of table walks is a reserved encoding", .usable = true,
	  WANT(0, 0xffffffffffff, 0, 4096, 4096, SZ_4K, 48) },

	/* VTCR_EL2.SL0 with 4 KB: 0b00 level 2, 0b01 level 1, 0b10 level 0 */
	{ "s2 4K 48 at 0", LAB_LPAE_S2, 0, 48, 48, 0x40001000, 0, 5, 16, 2, .usable = true,
	  WANT(0, 0xffffffffffff, 0, 4096, 4096, SZ_4K, 48) },
	{ "s2 4K 43 at 0", LAB_LPAE_S2, 0, 43, 44, 0x40000080, 0, 4, 21, 2, .usable = true,
	  WANT(0, 0x7ffffffffff, 0, 128, 128, SZ_4K, 44) },
	{ "s2 4K 43 at 1", LAB_LPAE_S2, 0, 43, 44, 0x40010000, 0, 4, 21, 1, .usable = true,
	  WANT(0, 0x7ffffffffff, 1, 65536, 65536, SZ_4K, 44) },
	{ "s2 4K 40 at 1", LAB_LPAE_S2, 0, 40, 40, 0x40002000, 0, 2, 24, 1, .usable = true,
	  WANT(0, 0xffffffffff, 1, 8192, 8192, SZ_4K, 40) },
	{ "s2 4K 34 at 2", LAB_LPAE_S2, 0, 34, 40, 0x40010000, 0, 2, 30, 0, .usable = true,
	  WANT(0, 0x3ffffffff, 2, 65536, 65536, SZ_4K, 40) },
	{ "s2 4K 32 at 1", LAB_LPAE_S2, 0, 32, 32, 0x40000020, 0, 0, 32, 1, .usable = true,
	  WANT(0, 0xffffffff, 1, 32, 32, SZ_4K, 32) },
	{ "s2 4K base of two", LAB_LPAE_S2, 0, 40, 40, 0x40001000, 0, 2, 24, 1,
	  .why = BAD_BASE, .usable = true,
	  WANT(0, 0xffffffffff, 1, 8192, 8192, SZ_4K, 40) },
	/* with 16 KB and 64 KB: 0b00 level 3, 0b01 level 2, 0b10 level 1 */
	{ "s2 16K 48 at 1", LAB_LPAE_S2, 0, 48, 48, 0x40008000, 2, 5, 16, 2, .usable = true,
	  WANT(0, 0xffffffffffff, 1, 32768, 32768, SZ_16K, 48) },
	{ "s2 16K 40 at 2", LAB_LPAE_S2, 0, 40, 40, 0x40040000, 2, 2, 24, 1, .usable = true,
	  WANT(0, 0xffffffffff, 2, 262144, 262144, SZ_16K, 40) },
	{ "s2 16K 28 at 3", LAB_LPAE_S2, 0, 28, 40, 0x40040000, 2, 2, 36, 0, .usable = true,
	  WANT(0, 0xfffffff, 3, 131072, 131072, SZ_16K, 40) },
	{ "s2 64K 48 at 1", LAB_LPAE_S2, 0, 48, 48, 0x40000200, 1, 5, 16, 2, .usable = true,
	  WANT(0, 0xffffffffffff, 1, 512, 512, SZ_64K, 48) },
	{ "s2 64K 46 at 2", LAB_LPAE_S2, 0, 46, 48, 0x40100000, 1, 5, 18, 1, .usable = true,
	  WANT(0, 0x3fffffffffff, 2, 1048576, 1048576, SZ_64K, 48) },
	{ "s2 64K 52 at 1", LAB_LPAE_S2, 0, 52, 52, 0xf000040002000, 1, 6, 12, 2,
	  .usable = true, WANT(0, 0xfffffffffffff, 1, 8192, 8192, SZ_64K, 52) },
	/* AArch64.S2InvalidSL(), AArch64.S2InconsistentSL(), R_SRKBC, R_DXBSH */
	{ "s2 4K SL0 11", LAB_LPAE_S2, 0, 40, 40, 0x40001000, 0, 2, 24, 3, .why = BAD_SL0 },
	{ "s2 16K SL0 11", LAB_LPAE_S2, 0, 48, 48, 0x40004000, 2, 5, 16, 3, .why = BAD_SL0 },
	{ "s2 64K SL0 11", LAB_LPAE_S2, 0, 48, 48, 0x40010000, 1, 5, 16, 3, .why = BAD_SL0 },
	{ "s2 4K 44 at 1", LAB_LPAE_S2, 0, 44, 44, 0x40001000, 0, 4, 20, 1,
	  .why = BAD_SL0_TSZ },
	{ "s2 4K 39 at 0", LAB_LPAE_S2, 0, 39, 44, 0x40001000, 0, 4, 25, 2,
	  .why = BAD_SL0_TSZ },
	{ "s2 4K 35 at 2", LAB_LPAE_S2, 0, 35, 40, 0x40001000, 0, 2, 29, 0,
	  .why = BAD_SL0_TSZ },
	{ "s2 4K 30 at 1", LAB_LPAE_S2, 0, 30, 40, 0x40001000, 0, 2, 34, 1,
	  .why = BAD_SL0_TSZ },
	{ "s2 16K 41 at 2", LAB_LPAE_S2, 0, 41, 44, 0x40001000, 2, 4, 23, 1,
	  .why = BAD_SL0_TSZ },
	{ "s2 64K 47 at 2", LAB_LPAE_S2, 0, 47, 48, 0x40010000, 1, 5, 17, 1,
	  .why = BAD_SL0_TSZ },
	{ "s2 4K 42 at 0 of 42", LAB_LPAE_S2, 0, 42, 42, 0x40000040, 0, 3, 22, 2,
	  .why = BAD_LEVEL, .usable = true, WANT(0, 0x3ffffffffff, 0, 64, 64, SZ_4K, 42) },
	{ "s2 4K 40 at 0 of 40", LAB_LPAE_S2, 0, 40, 40, 0x40000010, 0, 2, 24, 2,
	  .why = BAD_LEVEL, .usable = true, WANT(0, 0xffffffffff, 0, 16, 16, SZ_4K, 40) },
	{ "s2 16K 40 at 1 of 40", LAB_LPAE_S2, 0, 40, 40, 0x40000080, 2, 2, 24, 2,
	  .why = BAD_LEVEL, .usable = true, WANT(0, 0xffffffffff, 1, 128, 128, SZ_16K, 40) },
	{ "s2 16K 40 at 1 of 42", LAB_LPAE_S2, 0, 40, 42, 0x40000080, 2, 3, 24, 2,
	  .usable = true, WANT(0, 0xffffffffff, 1, 128, 128, SZ_16K, 42) },
	{ "s2 64K 43 at 1 of 42", LAB_LPAE_S2, 0, 43, 42, 0x40000010, 1, 3, 21, 2,
	  .why = BAD_LEVEL, .usable = true, WANT(0, 0x7ffffffffff, 1, 16, 16, SZ_64K, 42) },
	{ "s2 TG0 11", LAB_LPAE_S2, 0, 40, 40, 0x40001000, 3, 2, 24, 1, .why = BAD_TG },
	{ "s2 PS 111", LAB_LPAE_S2, 0, 40, 40, 0x40001000, 0, 7, 24, 1, .why = BAD_PS },
	{ "s2 T0SZ 15", LAB_LPAE_S2, 0, 49, 48, 0x40001000, 0, 5, 15, 2, .why = BAD_TSZ },
	{ "s2 T0SZ 40", LAB_LPAE_S2, 0, 40, 40, 0x40001000, 0, 2, 40, 1, .why = BAD_TSZ },
	{ "s2 T0SZ below ias", LAB_LPAE_S2, 0, 40, 48, 0x40010000, 0, 5, 21, 1,
	  .why = BAD_IAS },

	/* AArch32: TTBCR.T0SZ of 3 bits, VTCR.T0SZ of 4 signed ones with S */
	{ "a32 s1 32", LAB_LPAE32_S1, 0, 32, 40, 0x40000020, 0, 2, 32, .usable = true,
	  WANT(0, 0xffffffff, 1, 32, 32, SZ_4K, 40) },
	{ "a32 s1 30", LAB_LPAE32_S1, 0, 30, 40, 0x40001000, 0, 2, 34, .usable = true,
	  WANT(0, 0x3fffffff, 2, 4096, 4096, SZ_4K, 40) },
	{ "a32 s1 oas 36", LAB_LPAE32_S1, 0, 32, 36, 0x40000020, 0, 1, 32, .usable = true,
	  WANT(0, 0xffffffff, 1, 32, 32, SZ_4K, 40) },
	{ "a32 s1 IPS 111", LAB_LPAE32_S1, 0, 32, 40, 0x40000020, 0, 7, 32, .usable = true,
	  WANT(0, 0xffffffff, 1, 32, 32, SZ_4K, 40) },
	{ "a32 s1 25", LAB_LPAE32_S1, 0, 25, 40, 0x40000080, 0, 2, 39, .usable = true,
	  WANT(0, 0x1ffffff, 2, 128, 128, SZ_4K, 40) },
	{ "a32 s1 24", LAB_LPAE32_S1, 0, 24, 40, 0x40000080, 0, 2, 40, .why = BAD_TSZ },
	{ "a32 s1 ttbr1 31", LAB_LPAE32_S1, TTBR1, 31, 40, 0x40000010, 2, 2, 33, .usable = true,
	  WANT(0xffffffff80000000, ~0ull, 1, 16, 16, SZ_4K, 40) },
	{ "a32 s1 33", LAB_LPAE32_S1, 0, 33, 40, 0x40000040, 0, 2, 31, .why = BAD_TSZ },
	{ "a32 s1 16K", LAB_LPAE32_S1, 0, 32, 40, 0x40004000, 2, 2, 32, .why = BAD_TG },
	{ "a32 s2 40 at 1", LAB_LPAE32_S2, 0, 40, 40, 0x40002000, 0, 2, 24, 1,
	  .usable = true, WANT(0, 0xffffffffff, 1, 8192, 8192, SZ_4K, 40) },
	{ "a32 s2 33 at 2", LAB_LPAE32_S2, 0, 33, 40, 0x40008000, 0, 2, 31, 0,
	  .usable = true, WANT(0, 0x1ffffffff, 2, 32768, 32768, SZ_4K, 40) },
	{ "a32 s2 32 at 1", LAB_LPAE32_S2, 0, 32, 40, 0x40000020, 0, 2, 32, 1,
	  .usable = true, WANT(0, 0xffffffff, 1, 32, 32, SZ_4K, 40) },
	{ "a32 s2 PS 111", LAB_LPAE32_S2, 0, 32, 40, 0x40000020, 0, 7, 32, 1,
	  .usable = true, WANT(0, 0xffffffff, 1, 32, 32, SZ_4K, 40) },
	{ "a32 s2 41", LAB_LPAE32_S2, 0, 41, 40, 0x40004000, 0, 2, 23, 1, .why = BAD_TSZ },
	{ "a32 s2 level 0", LAB_LPAE32_S2, 0, 40, 40, 0x40001000, 0, 2, 24, 2,
	  .why = BAD_SL0 },
	{ "a32 s2 35 at 2", LAB_LPAE32_S2, 0, 35, 40, 0x40001000, 0, 2, 29, 0,
	  .why = BAD_SL0_TSZ },
	{ "a32 s2 64K", LAB_LPAE32_S2, 0, 40, 40, 0x40010000, 1, 2, 24, 1, .why = BAD_TG },

	/* AS_TRANSTAB: ADRMODE 1:0, base from bit 12 on; always level 0 */
	{ "mali 48", LAB_MALI, 0, 48, 40, 0x40001003, .usable = true,
	  WANT(0, 0xffffffffffff, 0, 4096, 4096, SZ_4K, 40) },
	{ "mali 33", LAB_MALI, 0, 33, 36, 0x40001003, .usable = true,
	  WANT(0, 0x1ffffffff, 0, 8, 4096, SZ_4K, 36) },
	{ "mali identity", LAB_MALI, 0, 48, 40, 0x40001002, .why = "ADRMODE is not TABLE" },
	{ "mali unmapped", LAB_MALI, 0, 48, 40, 0x40001000, .why = "ADRMODE is not TABLE" },
	{ "mali base", LAB_MALI, 0, 48, 40, 0x40001043, .why = BAD_BASE, .usable = true,
	  WANT(0, 0xffffffffffff, 0, 4096, 4096, SZ_4K, 40) },
	{ "mali base past oas", LAB_MALI, 0, 48, 40, 0x10040001003, .why = "address size",
	  .usable = true, WANT(0, 0xffffffffffff, 0, 4096, 4096, SZ_4K, 40) },
	{ "mali 49", LAB_MALI, 0, 49, 40, 0x40001003, .why = BAD_TSZ },

	/* TTBCR.N bits 2:0, PD0 bit 4, EAE bit 31 */
	{ "v7s N 0", LAB_V7S, 0, 32, 32, 0x40004000, .usable = true,
	  WANT(0, 0xffffffff, 1, 16384, 16384, SZ_4K, 32) },
	{ "v7s N 2", LAB_V7S, 0, 32, 32, 0x40001000, .tcr = 2, .usable = true,
	  WANT(0, 0x3fffffff, 1, 4096, 4096, SZ_4K, 32) },
	{ "v7s N 7", LAB_V7S, 0, 32, 32, 0x40000080, .tcr = 7, .usable = true,
	  WANT(0, 0x1ffffff, 1, 128, 128, SZ_4K, 32) },
	{ "v7s base", LAB_V7S, 0, 32, 32, 0x40001000, .why = BAD_BASE, .usable = true,
	  WANT(0, 0xffffffff, 1, 16384, 16384, SZ_4K, 32) },
	{ "v7s EAE", LAB_V7S, 0, 32, 32, 0x40004000, .tcr = 0x80000000,
	  .why = "TTBCR.EAE selects another format" },
	{ "v7s PD0", LAB_V7S, 0, 32, 32, 0x40004000, .tcr = 0x10,
	  .why = "TTBCR.PD0 disables walks" },
	{ "v7s ias 30", LAB_V7S, 0, 30, 32, 0x40004000, .why = BAD_IAS },
	{ "v7s mtk 34", LAB_V7S, MTK, 34, 35, 0x40010000, .usable = true,
	  WANT(0, 0x3ffffffff, 1, 65536, 65536, SZ_4K, 35) },
	/* Base bits 34:32 in 2:0 */
	{ "v7s mtk ttbr", LAB_V7S, MTK_TTBR, 32, 35, 0x40004005, .usable = true,
	  WANT(0, 0xffffffff, 1, 16384, 16384, SZ_4K, 35) },
	{ "v7s mtk no ttbr", LAB_V7S, MTK, 32, 35, 0x40004005, .usable = true,
	  .why = "reserved bits set in the table base register",
	  WANT(0, 0xffffffff, 1, 16384, 16384, SZ_4K, 35) },
	{ "v7s mtk bit 3", LAB_V7S, MTK_TTBR, 32, 35, 0x40004008, .usable = true,
	  .why = "reserved bits set in the table base register",
	  WANT(0, 0xffffffff, 1, 16384, 16384, SZ_4K, 35) },
	{ "v7s mtk perms", LAB_V7S, IO_PGTABLE_QUIRK_ARM_MTK_EXT, 32, 35, 0x40004000,
	  .why = "the MediaTek extension takes the permissions' bits" },
	{ "v7s mtk 35", LAB_V7S, MTK, 35, 35, 0x40010000, .why = BAD_TSZ },
	{ "v7s mtk oas 36", LAB_V7S, MTK, 32, 36, 0x40010000, .why = BAD_PS },
};

static void set_desc(const struct set *set, char *desc)
{
	strscpy(desc, set->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(set, sets, set_desc);

static void make_config(const struct set *s, struct io_pgtable_cfg *cfg)
{
	*cfg = (struct io_pgtable_cfg) { .quirks = s->quirks, .ias = s->ias, .oas = s->oas };
	switch (s->format) {
	case LAB_LPAE_S2:
	case LAB_LPAE32_S2:
		cfg->arm_lpae_s2_cfg.vttbr = s->base;
		cfg->arm_lpae_s2_cfg.vtcr.tg = s->tg;
		cfg->arm_lpae_s2_cfg.vtcr.ps = s->ps;
		cfg->arm_lpae_s2_cfg.vtcr.sl = s->sl;
		cfg->arm_lpae_s2_cfg.vtcr.tsz = s->tsz;
		cfg->arm_lpae_s2_cfg.vtcr.sh = s->sh;
		cfg->arm_lpae_s2_cfg.vtcr.orgn = s->orgn;
		cfg->arm_lpae_s2_cfg.vtcr.irgn = s->irgn;
		break;
	case LAB_MALI:
		cfg->arm_mali_lpae_cfg.transtab = s->base;
		break;
	case LAB_V7S:
		cfg->arm_v7s_cfg.ttbr = s->base;
		cfg->arm_v7s_cfg.tcr = s->tcr;
		break;
	default:
		cfg->arm_lpae_s1_cfg.ttbr = s->base;
		cfg->arm_lpae_s1_cfg.tcr.tg = s->tg;
		cfg->arm_lpae_s1_cfg.tcr.ips = s->ps;
		cfg->arm_lpae_s1_cfg.tcr.tsz = s->tsz;
		cfg->arm_lpae_s1_cfg.tcr.sh = s->sh;
		cfg->arm_lpae_s1_cfg.tcr.orgn = s->orgn;
		cfg->arm_lpae_s1_cfg.tcr.irgn = s->irgn;
	}
}

/* Passing proves that registers are read as the manual has them, or why they cannot. */
static void regs_are_read(struct kunit *test)
{
	const struct set *s = test->param_value;
	const struct lab_walker *walker = lab_formats[s->format].walker;
	const struct lab_walk_regs *want = &s->want;
	struct lab_translation tr;
	struct io_pgtable_cfg cfg;
	struct lab_walk_regs regs;
	struct lab_found found;

	make_config(s, &cfg);
	KUNIT_EXPECT_STREQ(test, walker->regs(&cfg, &regs) ?: "none", s->why ?: "none");

	if (!s->usable) {
		lab_hand_walk(walker, &cfg, 0, 0, &found);
		KUNIT_EXPECT_EQ(test, found.ret, -EINVAL);
		KUNIT_EXPECT_EQ(test, found.tables + found.leaves + found.bads, 0);
		walker->translate(&cfg, 0, &tr);
		KUNIT_EXPECT_STREQ(test, tr.fault, "configuration");
		return;
	}
	KUNIT_EXPECT_EQ(test, regs.first, want->first);
	KUNIT_EXPECT_EQ(test, regs.last, want->last);
	KUNIT_EXPECT_EQ(test, regs.start_level, want->start_level);
	KUNIT_EXPECT_EQ(test, regs.root_bytes, want->root_bytes);
	KUNIT_EXPECT_EQ(test, regs.base_align, want->base_align);
	KUNIT_EXPECT_EQ(test, regs.granule, want->granule);
	KUNIT_EXPECT_EQ(test, regs.output_lg2, want->output_lg2);
	KUNIT_EXPECT_EQ(test, regs.base % want->base_align, 0);
	if (s->format != LAB_V7S)
		KUNIT_EXPECT_EQ(test, regs.concatenated,
				DIV_ROUND_UP(want->root_bytes, want->granule));

	/* Both ends are inside, what is next to them is not. */
	walker->translate(&cfg, want->last + 1, &tr);
	if (want->last != U64_MAX) {
		KUNIT_EXPECT_STREQ(test, tr.fault, "translation");
		KUNIT_EXPECT_EQ(test, tr.bytes, 0);
		lab_hand_walk(walker, &cfg, want->first, want->last + 1, &found);
		KUNIT_EXPECT_EQ(test, found.ret, -ERANGE);
	}
	if (want->first) {
		lab_hand_walk(walker, &cfg, want->first - 1, want->last, &found);
		KUNIT_EXPECT_EQ(test, found.ret, -ERANGE);
	}
	lab_hand_walk(walker, &cfg, want->last, want->first, &found);
	KUNIT_EXPECT_EQ(test, found.ret, -ERANGE);
}

/* Passing proves that a base of MediaTek's has its upper bits in the lower ones. */
static void regs_mtk_base(struct kunit *test)
{
	struct io_pgtable_cfg cfg = {
		.quirks = MTK_TTBR, .ias = 32, .oas = 35, .arm_v7s_cfg.ttbr = 0x40004006,
	};
	struct lab_walk_regs regs;

	KUNIT_EXPECT_NULL(test, lab_formats[LAB_V7S].walker->regs(&cfg, &regs));
	KUNIT_EXPECT_EQ(test, regs.base, 0x640004000);
}

/* Passing proves that ORGN, IRGN and SH are told apart, of TCR and of VTCR. */
static void regs_walk_attributes(struct kunit *test)
{
	/* 0b00 NC, 0b01 WB write-allocate, 0b10 WT, 0b11 WB */
	static const enum lab_cacheability rgn[] = {
		LAB_CACHE_NC, LAB_CACHE_WB, LAB_CACHE_WT, LAB_CACHE_WB,
	};
	static const enum lab_shareability sh[] = {
		[0] = LAB_SH_NONE, [2] = LAB_SH_OUTER, [3] = LAB_SH_INNER,
	};
	struct set s = { .ias = 40, .oas = 40, .base = 0x40002000, .ps = 2, .tsz = 24, .sl = 1 };
	struct io_pgtable_cfg cfg;
	struct lab_walk_regs regs;

	for (int i = 0; i < 4; i++) {
		s.orgn = i;
		s.irgn = 3 - i;
		s.sh = i == 1 ? 0 : i;
		s.format = LAB_LPAE_S1;
		make_config(&s, &cfg);
		KUNIT_EXPECT_NULL(test, lab_formats[s.format].walker->regs(&cfg, &regs));
		KUNIT_EXPECT_EQ(test, regs.outer, rgn[i]);
		KUNIT_EXPECT_EQ(test, regs.inner, rgn[3 - i]);
		KUNIT_EXPECT_EQ(test, regs.share, sh[s.sh]);
		s.format = LAB_LPAE_S2;
		make_config(&s, &cfg);
		KUNIT_EXPECT_NULL(test, lab_formats[s.format].walker->regs(&cfg, &regs));
		KUNIT_EXPECT_EQ(test, regs.outer, rgn[i]);
		KUNIT_EXPECT_EQ(test, regs.inner, rgn[3 - i]);
		KUNIT_EXPECT_EQ(test, regs.share, sh[s.sh]);
	}
}

/* Passing proves that the attributes in a short-descriptor TTBR0 are told apart. */
static void regs_v7s_walk_attributes(struct kunit *test)
{
	/* S bit 1, RGN 4:3, NOS bit 5, IRGN is bits 0:6, in this order */
	static const struct {
		u32 ttbr;
		enum lab_cacheability inner, outer;
		enum lab_shareability share;
	} cases[] = {
		{ 0x40004000, LAB_CACHE_NC, LAB_CACHE_NC, LAB_SH_NONE },
		{ 0x40004002, LAB_CACHE_NC, LAB_CACHE_NC, LAB_SH_OUTER },
		{ 0x40004022, LAB_CACHE_NC, LAB_CACHE_NC, LAB_SH_INNER },
		{ 0x40004020, LAB_CACHE_NC, LAB_CACHE_NC, LAB_SH_NONE },
		{ 0x40004008, LAB_CACHE_NC, LAB_CACHE_WB, LAB_SH_NONE },
		{ 0x40004010, LAB_CACHE_NC, LAB_CACHE_WT, LAB_SH_NONE },
		{ 0x40004018, LAB_CACHE_NC, LAB_CACHE_WB, LAB_SH_NONE },
		{ 0x40004040, LAB_CACHE_WB, LAB_CACHE_NC, LAB_SH_NONE },
		{ 0x40004001, LAB_CACHE_WT, LAB_CACHE_NC, LAB_SH_NONE },
		{ 0x40004041, LAB_CACHE_WB, LAB_CACHE_NC, LAB_SH_NONE },
	};

	for (int i = 0; i < ARRAY_SIZE(cases); i++) {
		struct io_pgtable_cfg cfg = {
			.ias = 32, .oas = 32, .arm_v7s_cfg.ttbr = cases[i].ttbr,
		};
		struct lab_walk_regs regs;

		KUNIT_EXPECT_NULL(test, lab_formats[LAB_V7S].walker->regs(&cfg, &regs));
		KUNIT_EXPECT_EQ_MSG(test, regs.inner, cases[i].inner, "%#x", cases[i].ttbr);
		KUNIT_EXPECT_EQ_MSG(test, regs.outer, cases[i].outer, "%#x", cases[i].ttbr);
		KUNIT_EXPECT_EQ_MSG(test, regs.share, cases[i].share, "%#x", cases[i].ttbr);
	}
}

/* Passing proves that READ_INNER and SHARE_OUTER of Mali's TRANSTAB are told apart. */
static void regs_mali_walk_attributes(struct kunit *test)
{
	struct io_pgtable_cfg cfg = { .ias = 48, .oas = 40 };
	const struct lab_walker *walker = lab_formats[LAB_MALI].walker;
	struct lab_walk_regs regs;

	cfg.arm_mali_lpae_cfg.transtab = 0x40001003;
	KUNIT_EXPECT_NULL(test, walker->regs(&cfg, &regs));
	KUNIT_EXPECT_EQ(test, regs.inner, LAB_CACHE_NC);
	KUNIT_EXPECT_EQ(test, regs.share, LAB_SH_INNER);
	cfg.arm_mali_lpae_cfg.transtab = 0x40001007;
	KUNIT_EXPECT_NULL(test, walker->regs(&cfg, &regs));
	KUNIT_EXPECT_EQ(test, regs.inner, LAB_CACHE_WB);
	KUNIT_EXPECT_EQ(test, regs.outer, LAB_CACHE_NC);
	cfg.arm_mali_lpae_cfg.transtab = 0x40001017;
	KUNIT_EXPECT_NULL(test, walker->regs(&cfg, &regs));
	KUNIT_EXPECT_EQ(test, regs.outer, LAB_CACHE_WB);
	KUNIT_EXPECT_EQ(test, regs.share, LAB_SH_OUTER);
}

/* Passing proves that every byte of MAIR is read as the manual's table has it. */
static void regs_mair(struct kunit *test)
{
	static const struct {
		u8 attr;
		enum lab_memory_type memory;
	} cases[] = {
		{ 0x00, LAB_MEM_STRONGLY_ORDERED }, { 0x04, LAB_MEM_DEVICE },
		{ 0x08, LAB_MEM_DEVICE }, { 0x0c, LAB_MEM_DEVICE }, { 0x02, LAB_MEM_OTHER },
		{ 0x44, LAB_MEM_NORMAL_NC }, { 0x11, LAB_MEM_NORMAL_WT },
		{ 0x33, LAB_MEM_NORMAL_WT }, { 0x55, LAB_MEM_NORMAL_WB },
		{ 0x77, LAB_MEM_NORMAL_WB }, { 0x88, LAB_MEM_NORMAL_WT },
		{ 0xbb, LAB_MEM_NORMAL_WT }, { 0xcc, LAB_MEM_NORMAL_WB },
		{ 0xff, LAB_MEM_NORMAL_WB }, { 0xf4, LAB_MEM_NORMAL_INC_OWB },
		{ 0x4f, LAB_MEM_OTHER }, { 0xaf, LAB_MEM_OTHER }, { 0x40, LAB_MEM_NORMAL_NC },
		{ 0xa0, LAB_MEM_NORMAL_WT }, { 0xf0, LAB_MEM_NORMAL_WB },
		{ 0x50, LAB_MEM_OTHER },
	};
	struct set s = {
		.format = LAB_LPAE_S1, .ias = 40, .oas = 40, .base = 0x40000010, .ps = 2, .tsz = 24,
	};
	struct io_pgtable_cfg cfg;
	struct lab_walk_regs regs;

	make_config(&s, &cfg);
	for (int i = 0; i < ARRAY_SIZE(cases); i++) {
		cfg.arm_lpae_s1_cfg.mair = (u64)cases[i].attr << (8 * (i % 8));
		KUNIT_EXPECT_NULL(test, lab_formats[LAB_LPAE_S1].walker->regs(&cfg, &regs));
		KUNIT_EXPECT_EQ(test, regs.memory_nr, 8);
		KUNIT_EXPECT_EQ_MSG(test, regs.memory[i % 8], cases[i].memory, "%#x",
				    cases[i].attr);
	}
}

/* Passing proves that PRRR and NMRR select memory types by TEX[0], C and B. */
static void regs_prrr_nmrr(struct kunit *test)
{
	/* TRn: SO, device, normal x4, normal (n = 6 is nobody's), normal */
	struct io_pgtable_cfg cfg = {
		.ias = 32, .oas = 32, .arm_v7s_cfg.ttbr = 0x40004000,
		.arm_v7s_cfg.prrr = 0xaaa4,
		/* IRn: n 2 NC, 3 WBWA, 4 WT, 5 NC, 7 WB; ORn the same but n 5 WB */
		.arm_v7s_cfg.nmrr = 0xce40c240,
	};
	static const enum lab_memory_type want[] = {
		LAB_MEM_STRONGLY_ORDERED, LAB_MEM_DEVICE, LAB_MEM_NORMAL_NC, LAB_MEM_NORMAL_WB,
		LAB_MEM_NORMAL_WT, LAB_MEM_NORMAL_INC_OWB, LAB_MEM_OTHER, LAB_MEM_NORMAL_WB,
	};
	struct lab_walk_regs regs;

	KUNIT_EXPECT_NULL(test, lab_formats[LAB_V7S].walker->regs(&cfg, &regs));
	KUNIT_EXPECT_EQ(test, regs.memory_nr, 8);
	for (int i = 0; i < 8; i++)
		KUNIT_EXPECT_EQ_MSG(test, regs.memory[i], want[i], "region %d", i);
}

static struct kunit_case walk_regs_cases[] = {
	KUNIT_CASE_PARAM(regs_are_read, set_gen_params),
	KUNIT_CASE(regs_mtk_base),
	KUNIT_CASE(regs_walk_attributes),
	KUNIT_CASE(regs_v7s_walk_attributes),
	KUNIT_CASE(regs_mali_walk_attributes),
	KUNIT_CASE(regs_mair),
	KUNIT_CASE(regs_prrr_nmrr),
	{}
};

static struct kunit_suite walk_regs_suite = {
	.name		= "lab_walk_regs",
	LAB_SUITE_OF_THE_LAB,
	.test_cases	= walk_regs_cases,
};

kunit_test_suite(walk_regs_suite);

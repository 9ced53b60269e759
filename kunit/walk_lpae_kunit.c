// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the walkers read in single LPAE descriptors.  Each case is one descriptor,
 * in hexadecimal digits after the manual (DDI 0487: D8.3 for its fields, D8.4
 * permissions, D8.6 memory types), at the end of a path made by hand.
 */
#include <linux/io.h>
#include <linux/sizes.h>

#include "catalog.h"
#include "lab_kunit.h"
#include "walk_hand.h"
#include "compat/compat.h"

/* Registers to read a descriptor with; configs[] has what is in them. */
enum regs {
	S1, S1_OUT32, S1_HD, S1_NS, S1_16K, S1_64K, S1_64K_52,
	S2, S2_FWB, S2_16K, S2_64K_52, S1_32, S2_32, MALI
};

/*
 * MAIR by index: Device-nGnRnE, Device-nGnRE, NC, WB, WT, inner NC outer WB,
 * Device-GRE, reserved
 */
#define MAIR	0x020cf4aaff440400

static const struct config {
	enum lab_format_index format;
	unsigned long quirks;
	u8 tg, ps, tsz, sl, ias, start;
	/* Bytes of a table, of the root, and bits below each level's index */
	u32 table, root;
	u8 shift[4];
} configs[] = {
	/* T0SZ 16: four levels of 512; TG0 0b00; IPS 0b101 is 48 bits, 0b000 32 */
	[S1]	   = { LAB_LPAE_S1, 0, 0, 5, 16, 0, 48, 0, SZ_4K, SZ_4K, { 39, 30, 21, 12 } },
	[S1_OUT32] = { LAB_LPAE_S1, 0, 0, 0, 16, 0, 48, 0, SZ_4K, SZ_4K, { 39, 30, 21, 12 } },
	[S1_HD]	   = { LAB_LPAE_S1, IO_PGTABLE_QUIRK_ARM_HD, 0, 5, 16, 0, 48, 0, SZ_4K, SZ_4K,
		       { 39, 30, 21, 12 } },
	[S1_NS]	   = { LAB_LPAE_S1, IO_PGTABLE_QUIRK_ARM_NS, 0, 5, 16, 0, 48, 0, SZ_4K, SZ_4K,
		       { 39, 30, 21, 12 } },
	/* TG0 0b10: tables of 2048, of which level 0 has two */
	[S1_16K]   = { LAB_LPAE_S1, 0, 2, 5, 16, 0, 48, 0, SZ_16K, SZ_16K, { 47, 36, 25, 14 } },
	/* TG0 0b01: tables of 8192, of which level 1 has 64; 1024 for 52 bits */
	[S1_64K]   = { LAB_LPAE_S1, 0, 1, 5, 16, 0, 48, 1, SZ_64K, SZ_64K, { 0, 42, 29, 16 } },
	[S1_64K_52] = { LAB_LPAE_S1, 0, 1, 6, 12, 0, 52, 1, SZ_64K, SZ_64K, { 0, 42, 29, 16 } },
	/* SL0: 0b10 is level 0 with 4 KB, level 1 with the others */
	[S2]	   = { LAB_LPAE_S2, 0, 0, 5, 16, 2, 48, 0, SZ_4K, SZ_4K, { 39, 30, 21, 12 } },
	[S2_FWB]   = { LAB_LPAE_S2, IO_PGTABLE_QUIRK_ARM_S2FWB, 0, 5, 16, 2, 48, 0, SZ_4K, SZ_4K,
		       { 39, 30, 21, 12 } },
	[S2_16K]   = { LAB_LPAE_S2, 0, 2, 5, 16, 2, 48, 1, SZ_16K, SZ_32K, { 0, 36, 25, 14 } },
	[S2_64K_52] = { LAB_LPAE_S2, 0, 1, 6, 12, 2, 52, 1, SZ_64K, SZ_64K, { 0, 42, 29, 16 } },
	/* AArch32: T0SZ is 32 - 32 and, signed, 32 - 40; SL0 0b01 is level 1 */
	[S1_32]	   = { LAB_LPAE32_S1, 0, 0, 2, 32, 0, 32, 1, SZ_4K, SZ_4K, { 0, 30, 21, 12 } },
	[S2_32]	   = { LAB_LPAE32_S2, 0, 0, 2, 24, 1, 40, 1, SZ_4K, SZ_8K, { 0, 30, 21, 12 } },
	[MALI]	   = { LAB_MALI, 0, 0, 0, 0, 0, 48, 0, SZ_4K, SZ_4K, { 39, 30, 21, 12 } },
};

/**
 * struct one - one descriptor
 * @name:	what it is
 * @regs:	registers to read it with
 * @level:	where it stands
 * @desc:	the descriptor
 * @attrs:	as lab_attrs_text() has them; NULL for no leaf
 * @oa:		output address of the first byte
 * @table:	what all table descriptors above it have besides type and address
 * @bad:	what the walk complains of, NULL for nothing
 * @fault:	what a translation ends with, NULL for none
 */
struct one {
	const char *name;
	enum regs regs;
	u8 level;
	u64 desc;
	const char *attrs;
	u64 oa;
	u64 table;
	const char *bad;
	const char *fault;
};

#define RES0	"reserved bits set"
#define ENCODING "reserved encoding"

static const struct one ones[] = {
	/* AP[2:1], bits 7:6 (D8.4.1.2); AttrIndx 3, SH 0b11, AF */
	{ "s1 AP 00", S1, 3, 0x4020170f,
	  "rw priv, exec, normal WB, inner shareable", 0x40201000 },
	{ "s1 AP 01", S1, 3, 0x4020174f,
	  "rw user, exec, normal WB, inner shareable", 0x40201000 },
	{ "s1 AP 10", S1, 3, 0x4020178f,
	  "ro priv, exec, normal WB, inner shareable", 0x40201000 },
	{ "s1 AP 11", S1, 3, 0x402017cf,
	  "ro user, exec, normal WB, inner shareable", 0x40201000 },
	/* UXN bit 54, PXN bit 53 */
	{ "s1 UXN", S1, 3, 0x004000004020174f,
	  "rw user, exec priv, normal WB, inner shareable", 0x40201000 },
	{ "s1 PXN", S1, 3, 0x002000004020174f,
	  "rw user, exec user, normal WB, inner shareable", 0x40201000 },
	{ "s1 UXN PXN", S1, 3, 0x006000004020174f,
	  "rw user, noexec, normal WB, inner shareable", 0x40201000 },
	/* nG bit 11, NS bit 5, AF bit 10 */
	{ "s1 nG", S1, 3, 0x40201f4f,
	  "rw user, exec, normal WB, inner shareable, ng", 0x40201000 },
	{ "s1 NS", S1, 3, 0x4020176f,
	  "rw user, exec, normal WB, inner shareable, ns", 0x40201000 },
	{ "s1 no AF", S1, 3, 0x4020134f,
	  "rw user, exec, normal WB, inner shareable, no af", 0x40201000,
	  .fault = "access flag" },
	/* SH bits 9:8 */
	{ "s1 SH 00", S1, 3, 0x4020144f,
	  "rw user, exec, normal WB, non-shareable", 0x40201000 },
	{ "s1 SH 10", S1, 3, 0x4020164f,
	  "rw user, exec, normal WB, outer shareable", 0x40201000 },
	{ "s1 SH 01", S1, 3, 0x4020154f,
	  "rw user, exec, normal WB, non-shareable", 0x40201000, .bad = RES0 },
	/* AttrIndx bits 4:2; Device and NC are outer shareable whatever SH says */
	{ "s1 attr 0", S1, 3, 0x40201743,
	  "rw user, exec, strongly ordered, outer shareable", 0x40201000 },
	{ "s1 attr 1", S1, 3, 0x40201747,
	  "rw user, exec, device, outer shareable", 0x40201000 },
	{ "s1 attr 2", S1, 3, 0x4020174b,
	  "rw user, exec, normal NC, outer shareable", 0x40201000 },
	{ "s1 attr 4", S1, 3, 0x40201753,
	  "rw user, exec, normal WT, inner shareable", 0x40201000 },
	{ "s1 attr 5", S1, 3, 0x40201757,
	  "rw user, exec, normal iNC oWB, inner shareable", 0x40201000 },
	{ "s1 attr 6", S1, 3, 0x4020175b,
	  "rw user, exec, device, outer shareable", 0x40201000 },
	{ "s1 attr 7", S1, 3, 0x4020175f,
	  "rw user, exec, other memory, inner shareable", 0x40201000 },
	/* Table descriptors: APTable 62:61, XNTable 60, PXNTable 59, NSTable 63 */
	{ "s1 APTable no user", S1, 3, 0x4020174f,
	  "rw priv, exec, normal WB, inner shareable", 0x40201000, 0x2000000000000000 },
	{ "s1 APTable no write", S1, 3, 0x4020174f,
	  "ro user, exec, normal WB, inner shareable", 0x40201000, 0x4000000000000000 },
	{ "s1 APTable neither", S1, 3, 0x4020174f,
	  "ro priv, exec, normal WB, inner shareable", 0x40201000, 0x6000000000000000 },
	{ "s1 UXNTable", S1, 3, 0x4020174f,
	  "rw user, exec priv, normal WB, inner shareable", 0x40201000, 0x1000000000000000 },
	{ "s1 PXNTable", S1, 3, 0x4020174f,
	  "rw user, exec user, normal WB, inner shareable", 0x40201000, 0x0800000000000000 },
	{ "s1 NSTable NS", S1, 3, 0x4020176f,
	  "rw user, exec, normal WB, inner shareable, ns", 0x40201000, 0x8000000000000000 },
	{ "s1 NSTable only", S1, 3, 0x4020174f,
	  "rw user, exec, normal WB, inner shareable, ns", 0x40201000, 0x8000000000000000,
	  .bad = "NS not set where it has to be" },
	{ "s1 table ignored bits", S1, 3, 0x4020174f,
	  "rw user, exec, normal WB, inner shareable", 0x40201000, 0x07f8000000000ffc },
	{ "s1 table 50:48", S1, 3, 0x4020174f,
	  "rw user, exec, normal WB, inner shareable", 0x40201000, 0x0001000000000000,
	  .bad = RES0 },
	/* The quirk: whatever lacks NS or NSTable */
	{ "s1 ns NS NSTable", S1_NS, 3, 0x4020176f,
	  "rw user, exec, normal WB, inner shareable, ns", 0x40201000, 0x8000000000000000 },
	{ "s1 ns without NS", S1_NS, 3, 0x4020174f,
	  "rw user, exec, normal WB, inner shareable, ns", 0x40201000, 0x8000000000000000,
	  .bad = "NS not set where it has to be" },
	{ "s1 ns without NSTable", S1_NS, 3, 0x4020176f,
	  "rw user, exec, normal WB, inner shareable, ns", 0x40201000, 0,
	  .bad = "NS not set where it has to be" },
	/* DBM bit 51 (D8.4.6): with HD, AP[2] is the clean state */
	{ "s1 hd clean", S1_HD, 3, 0x00080000402017cf,
	  "rw user, exec, normal WB, inner shareable, clean", 0x40201000 },
	{ "s1 hd dirty", S1_HD, 3, 0x000800004020174f,
	  "rw user, exec, normal WB, inner shareable, dirty", 0x40201000 },
	{ "s1 hd without DBM", S1_HD, 3, 0x402017cf,
	  "ro user, exec, normal WB, inner shareable", 0x40201000 },
	{ "s1 hd sets AF", S1_HD, 3, 0x00080000402013cf,
	  "rw user, exec, normal WB, inner shareable, clean", 0x40201000 },
	{ "s1 hd APTable", S1_HD, 3, 0x00080000402017cf,
	  "ro user, exec, normal WB, inner shareable, clean", 0x40201000, 0x4000000000000000 },
	{ "s1 DBM without hd", S1, 3, 0x00080000402017cf,
	  "ro user, exec, normal WB, inner shareable", 0x40201000 },
	/* Ignored: 63:55, nT of a block; reserved: 49:48, a block's low bits */
	{ "s1 ignored bits", S1, 3, 0xff8000004020174f,
	  "rw user, exec, normal WB, inner shareable", 0x40201000 },
	{ "s1 bit 48", S1, 3, 0x000100004020174f,
	  "rw user, exec, normal WB, inner shareable", 0x40201000, .bad = RES0 },
	{ "s1 bit 49", S1, 3, 0x000200004020174f,
	  "rw user, exec, normal WB, inner shareable", 0x40201000, .bad = RES0 },
	{ "s1 2M block", S1, 2, 0x0000ffffffe0074d,
	  "rw user, exec, normal WB, inner shareable", 0xffffffe00000 },
	{ "s1 2M block nT", S1, 2, 0x4021074d,
	  "rw user, exec, normal WB, inner shareable", 0x40200000 },
	{ "s1 2M block bit 12", S1, 2, 0x4020174d,
	  "rw user, exec, normal WB, inner shareable", 0x40200000, .bad = RES0 },
	{ "s1 2M block bit 20", S1, 2, 0x4030074d,
	  "rw user, exec, normal WB, inner shareable", 0x40200000, .bad = RES0 },
	{ "s1 1G block", S1, 1, 0x0000ffffc000074d,
	  "rw user, exec, normal WB, inner shareable", 0xffffc0000000 },
	{ "s1 1G block bit 29", S1, 1, 0x6000074d,
	  "rw user, exec, normal WB, inner shareable", 0x40000000, .bad = RES0 },
	/* D8.3.1: no block at level 0, none of type 0b01 at level 3 */
	{ "s1 block at 0", S1, 0, 0x40000749, NULL, .bad = ENCODING, .fault = "translation" },
	{ "s1 type 01 at 3", S1, 3, 0x4020174d, NULL, .bad = ENCODING, .fault = "translation" },
	{ "s1 type 10 at 3", S1, 3, 0x4020174e, NULL, .fault = "translation" },
	{ "s1 type 00 at 3", S1, 3, 0x4020174c, NULL, .fault = "translation" },
	{ "s1 empty at 0", S1, 0, 0, NULL, .fault = "translation" },
	{ "s1 empty at 1", S1, 1, 0, NULL, .fault = "translation" },
	{ "s1 empty at 2", S1, 2, 0, NULL, .fault = "translation" },
	/* Output addresses of 32 bits: of a page, a block, and a table at each level */
	{ "s1 page past 32 bits", S1_OUT32, 3, 0x10020174f, NULL, .bad = "address size",
	  .fault = "address size" },
	{ "s1 block past 32 bits", S1_OUT32, 2, 0x10020074d, NULL,
	  .bad = "address size", .fault = "address size" },
	{ "s1 table past 32 bits", S1_OUT32, 2, 0x0000000100000003, NULL, .bad = "address size",
	  .fault = "address size" },
	{ "s1 table past 48 bits", S1_64K, 2, 0x000000004000f003, NULL, .bad = "address size",
	  .fault = "address size" },
	/* A table where there is no RAM: the level is that of the table (D8.16) */
	{ "s1 table nowhere", S1, 2, 0x0000800000000003, NULL, .bad = "table not in RAM",
	  .fault = "table not in RAM" },

	/* 16 KB: pages and 32 MB blocks at level 2 only */
	{ "s1 16K page", S1_16K, 3, 0x0000ffffffffc74f,
	  "rw user, exec, normal WB, inner shareable", 0xffffffffc000 },
	{ "s1 16K bit 13", S1_16K, 3, 0x4020674f,
	  "rw user, exec, normal WB, inner shareable", 0x40204000, .bad = RES0 },
	{ "s1 16K table bit 13", S1_16K, 3, 0x4020474f,
	  "rw user, exec, normal WB, inner shareable", 0x40204000, 0x2000, .bad = RES0 },
	{ "s1 16K 32M block", S1_16K, 2, 0x4200074d,
	  "rw user, exec, normal WB, inner shareable", 0x42000000 },
	{ "s1 16K block at 1", S1_16K, 1, 0x4200074d, NULL, .bad = ENCODING,
	  .fault = "translation" },
	{ "s1 16K block at 0", S1_16K, 0, 0x4200074d, NULL, .bad = ENCODING,
	  .fault = "translation" },
	/* 64 KB: bits 51:48 in 15:12 (FEAT_LPA), 4 TB blocks with 52 bits */
	{ "s1 64K page", S1_64K, 3, 0x4021074f,
	  "rw user, exec, normal WB, inner shareable", 0x40210000 },
	{ "s1 64K page past 48 bits", S1_64K, 3, 0x4021174f, NULL, .bad = "address size",
	  .fault = "address size" },
	{ "s1 64K block at 1", S1_64K, 1, 0x074d, NULL, .bad = ENCODING, .fault = "translation" },
	{ "s1 64K 512M block", S1_64K, 2, 0x6000074d,
	  "rw user, exec, normal WB, inner shareable", 0x60000000 },
	{ "s1 64K 52-bit page", S1_64K_52, 3, 0x0000fffffffff74f,
	  "rw user, exec, normal WB, inner shareable", 0xfffffffff0000 },
	{ "s1 64K 52-bit block", S1_64K_52, 2, 0x00008000e000a74d,
	  "rw user, exec, normal WB, inner shareable", 0xa8000e0000000 },
	{ "s1 64K 4T block", S1_64K_52, 1, 0x000004000000174d,
	  "rw user, exec, normal WB, inner shareable", 0x1040000000000 },

	/* Stage 2: S2AP 7:6, MemAttr 5:2, SH, AF (D8.4.2, D8.6.5) */
	{ "s2 S2AP 00", S2, 3, 0x4020173f,
	  "no access, exec, normal WB, inner shareable", 0x40201000 },
	{ "s2 S2AP 01", S2, 3, 0x4020177f,
	  "ro user, exec, normal WB, inner shareable", 0x40201000 },
	{ "s2 S2AP 10", S2, 3, 0x402017bf,
	  "wo user, exec, normal WB, inner shareable", 0x40201000 },
	{ "s2 S2AP 11", S2, 3, 0x402017ff,
	  "rw user, exec, normal WB, inner shareable", 0x40201000 },
	/* XN[1:0], 54:53, FEAT_XNX (D8.4.5) */
	{ "s2 XN 01", S2, 3, 0x00200000402017ff,
	  "rw user, exec user, normal WB, inner shareable", 0x40201000 },
	{ "s2 XN 10", S2, 3, 0x00400000402017ff,
	  "rw user, noexec, normal WB, inner shareable", 0x40201000 },
	{ "s2 XN 11", S2, 3, 0x00600000402017ff,
	  "rw user, exec priv, normal WB, inner shareable", 0x40201000 },
	{ "s2 no AF", S2, 3, 0x402013ff,
	  "rw user, exec, normal WB, inner shareable, no af", 0x40201000,
	  .fault = "access flag" },
	{ "s2 SH 00", S2, 3, 0x402014ff,
	  "rw user, exec, normal WB, non-shareable", 0x40201000 },
	{ "s2 SH 10", S2, 3, 0x402016ff,
	  "rw user, exec, normal WB, outer shareable", 0x40201000 },
	{ "s2 SH 01", S2, 3, 0x402015ff,
	  "rw user, exec, normal WB, non-shareable", 0x40201000, .bad = RES0 },
	{ "s2 bit 11", S2, 3, 0x40201fff,
	  "rw user, exec, normal WB, inner shareable", 0x40201000, .bad = RES0 },
	{ "s2 no APTable", S2, 3, 0x402017ff,
	  "rw user, exec, normal WB, inner shareable", 0x40201000, 0x6000000000000000,
	  .bad = RES0 },
	{ "s2 1G block", S2, 1, 0x400007fd,
	  "rw user, exec, normal WB, inner shareable", 0x40000000 },
	{ "s2 block at 0", S2, 0, 0x7fd, NULL, .bad = ENCODING, .fault = "translation" },
	{ "s2 type 01 at 3", S2, 3, 0x402017fd, NULL, .bad = ENCODING, .fault = "translation" },
	{ "s2 16K page, 2nd half", S2_16K, 3, 0x402047ff,
	  "rw user, exec, normal WB, inner shareable", 0x40204000 },
	{ "s2 64K 52-bit page", S2_64K_52, 3, 0x402157ff,
	  "rw user, exec, normal WB, inner shareable", 0x5000040210000 },
	/* MemAttr 0b0000 to 0b1111 without FEAT_S2FWB */
	{ "s2 mem 0000", S2, 3, 0x402017c3, "rw user, exec, strongly ordered, outer shareable",
	  0x40201000 },
	{ "s2 mem 0001", S2, 3, 0x402017c7, "rw user, exec, device, outer shareable", 0x40201000 },
	{ "s2 mem 0010", S2, 3, 0x402017cb, "rw user, exec, device, outer shareable", 0x40201000 },
	{ "s2 mem 0011", S2, 3, 0x402017cf, "rw user, exec, device, outer shareable", 0x40201000 },
	{ "s2 mem 0100", S2, 3, 0x402017d3, "rw user, exec, other memory, inner shareable",
	  0x40201000, .bad = "reserved memory type" },
	{ "s2 mem 0101", S2, 3, 0x402017d7, "rw user, exec, normal NC, outer shareable",
	  0x40201000 },
	{ "s2 mem 0110", S2, 3, 0x402017db, "rw user, exec, other memory, inner shareable",
	  0x40201000 },
	{ "s2 mem 1000", S2, 3, 0x402017e3, "rw user, exec, other memory, inner shareable",
	  0x40201000, .bad = "reserved memory type" },
	{ "s2 mem 1010", S2, 3, 0x402017eb, "rw user, exec, normal WT, inner shareable",
	  0x40201000 },
	{ "s2 mem 1100", S2, 3, 0x402017f3, "rw user, exec, other memory, inner shareable",
	  0x40201000, .bad = "reserved memory type" },
	{ "s2 mem 1101", S2, 3, 0x402017f7, "rw user, exec, normal iNC oWB, inner shareable",
	  0x40201000 },
	{ "s2 mem 1111", S2, 3, 0x402017ff, "rw user, exec, normal WB, inner shareable",
	  0x40201000 },
	/* and with it (D8.6.6) */
	{ "fwb mem 0000", S2_FWB, 3, 0x402017c3,
	  "rw user, exec, strongly ordered, outer shareable", 0x40201000 },
	{ "fwb mem 0001", S2_FWB, 3, 0x402017c7, "rw user, exec, device, outer shareable",
	  0x40201000 },
	{ "fwb mem 0100", S2_FWB, 3, 0x402017d3, "rw user, exec, other memory, inner shareable",
	  0x40201000, .bad = "reserved memory type" },
	{ "fwb mem 0101", S2_FWB, 3, 0x402017d7, "rw user, exec, normal NC, outer shareable",
	  0x40201000 },
	{ "fwb mem 0110", S2_FWB, 3, 0x402017db, "rw user, exec, normal WB, inner shareable",
	  0x40201000 },
	{ "fwb mem 0111", S2_FWB, 3, 0x402017df, "rw user, exec, other memory, inner shareable",
	  0x40201000 },
	{ "fwb mem 1101", S2_FWB, 3, 0x402017f7, "rw user, exec, other memory, inner shareable",
	  0x40201000, .bad = "reserved memory type" },
	{ "fwb mem 1111", S2_FWB, 3, 0x402017ff, "rw user, exec, other memory, inner shareable",
	  0x40201000, .bad = "reserved memory type" },

	/* AArch32 (G5.5): XN is everybody's; addresses of 40 bits; 51:48 reserved */
	{ "a32 s1 AP 01", S1_32, 3, 0xff4020174f,
	  "rw user, exec, normal WB, inner shareable", 0xff40201000 },
	{ "a32 s1 XN", S1_32, 3, 0x004000004020174f,
	  "rw user, noexec, normal WB, inner shareable", 0x40201000 },
	{ "a32 s1 PXN", S1_32, 3, 0x002000004020174f,
	  "rw user, exec user, normal WB, inner shareable", 0x40201000 },
	{ "a32 s1 XNTable", S1_32, 3, 0x4020174f,
	  "rw user, noexec, normal WB, inner shareable", 0x40201000, 0x1000000000000000 },
	{ "a32 s1 past 40 bits", S1_32, 3, 0x010040201743, NULL, .bad = "address size",
	  .fault = "address size" },
	{ "a32 s1 no DBM", S1_32, 3, 0x000800004020174f,
	  "rw user, exec, normal WB, inner shareable", 0x40201000, .bad = RES0 },
	{ "a32 s1 1G block", S1_32, 1, 0x4000074d,
	  "rw user, exec, normal WB, inner shareable", 0x40000000 },
	{ "a32 s1 2M block", S1_32, 2, 0x4020074d,
	  "rw user, exec, normal WB, inner shareable", 0x40200000 },
	{ "a32 s1 empty at 1", S1_32, 1, 0, NULL, .fault = "translation" },
	{ "a32 s2 page", S2_32, 3, 0x402017ff,
	  "rw user, exec, normal WB, inner shareable", 0x40201000 },
	{ "a32 s2 past 40 bits", S2_32, 3, 0x0100402017ff, NULL, .bad = "address size",
	  .fault = "address size" },

	/* Mali: leaves are 0b01 everywhere; read 6, write 7; no AF; 0b11 ends a table */
	{ "mali page", MALI, 3, 0x402012c5,
	  "rw user, exec, normal WB, outer shareable", 0x40201000 },
	{ "mali read", MALI, 3, 0x40201241,
	  "ro user, exec, normal impdef, outer shareable", 0x40201000 },
	{ "mali write", MALI, 3, 0x40201289,
	  "wo user, exec, normal impdef, outer shareable", 0x40201000 },
	{ "mali neither", MALI, 3, 0x40201201,
	  "no access, exec, normal impdef, outer shareable", 0x40201000 },
	{ "mali no exec", MALI, 3, 0x00600000402012c5,
	  "rw user, noexec, normal WB, outer shareable", 0x40201000 },
	{ "mali bit 54", MALI, 3, 0x00400000402012c5,
	  "rw user, noexec, normal WB, outer shareable", 0x40201000 },
	{ "mali bit 53", MALI, 3, 0x00200000402012c5,
	  "rw user, exec, normal WB, outer shareable", 0x40201000 },
	{ "mali inside the GPU", MALI, 3, 0x402013c5,
	  "rw user, exec, normal WB, inner shareable", 0x40201000 },
	{ "mali not shared", MALI, 3, 0x402010c5,
	  "rw user, exec, normal WB, non-shareable", 0x40201000 },
	{ "mali SH 01", MALI, 3, 0x402011c5,
	  "rw user, exec, normal WB, non-shareable", 0x40201000, .bad = RES0 },
	{ "mali index without a type", MALI, 3, 0x402012dd,
	  "rw user, exec, other memory, outer shareable", 0x40201000 },
	{ "mali type 11 at 3", MALI, 3, 0x402012c7, NULL, .bad = ENCODING,
	  .fault = "translation" },
	{ "mali type 10 at 3", MALI, 3, 0x402012c6, NULL, .fault = "translation" },
	{ "mali 2M block", MALI, 2, 0x402002c5,
	  "rw user, exec, normal WB, outer shareable", 0x40200000 },
	{ "mali 1G block", MALI, 1, 0x400002c5,
	  "rw user, exec, normal WB, outer shareable", 0x40000000 },
	{ "mali block at 0", MALI, 0, 0x2c5, NULL, .bad = ENCODING, .fault = "translation" },
	{ "mali past 40 bits", MALI, 3, 0x0100402012c5, NULL, .bad = "address size",
	  .fault = "address size" },
};

static void one_desc(const struct one *one, char *desc)
{
	strscpy(desc, one->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(one, ones, one_desc);

static void make_config(enum regs regs, u64 root, struct io_pgtable_cfg *cfg)
{
	const struct config *c = &configs[regs];

	*cfg = (struct io_pgtable_cfg) { .quirks = c->quirks, .ias = c->ias, .oas = 40 };
	switch (c->format) {
	case LAB_LPAE_S2:
	case LAB_LPAE32_S2:
		cfg->arm_lpae_s2_cfg.vttbr = root;
		cfg->arm_lpae_s2_cfg.vtcr.tg = c->tg;
		cfg->arm_lpae_s2_cfg.vtcr.ps = c->ps;
		cfg->arm_lpae_s2_cfg.vtcr.sl = c->sl;
		cfg->arm_lpae_s2_cfg.vtcr.tsz = c->tsz;
		break;
	case LAB_MALI:
		/* ADRMODE_TABLE; impdef, write-allocate, impdef */
		cfg->arm_mali_lpae_cfg.transtab = root | 3;
		cfg->arm_mali_lpae_cfg.memattr = 0x888d88;
		break;
	default:
		cfg->arm_lpae_s1_cfg.ttbr = root;
		cfg->arm_lpae_s1_cfg.mair = MAIR;
		cfg->arm_lpae_s1_cfg.tcr.tg = c->tg;
		cfg->arm_lpae_s1_cfg.tcr.ips = c->ps;
		cfg->arm_lpae_s1_cfg.tcr.tsz = c->tsz;
	}
}

/* An index of 1 or more at each level, the last of the root where it is small */
static u64 some_iova(enum regs regs)
{
	static const u16 index[] = { 1, 2, 3, 4 };
	u64 iova = 0;

	for (int level = configs[regs].start; level <= 3; level++)
		iova |= (u64)index[level] << configs[regs].shift[level];
	/* The second of two concatenated tables */
	if (configs[regs].root > configs[regs].table)
		iova |= 1ull << (configs[regs].ias - 1);
	return iova;
}

/* Tables down to @one->level, and the descriptor there; where each stands in @at. */
static u64 make_path(struct kunit *test, const struct one *one, u64 iova, u64 *at[4])
{
	const struct config *c = &configs[one->regs];
	/* Where addresses have 32 bits those of tables do, too. */
	void *(*make)(struct kunit *test, size_t bytes) =
		one->regs == S1_OUT32 ? lab_hand_low_table : lab_hand_table;
	u64 *table = make(test, c->root), *next, root = virt_to_phys(table);
	u64 index = iova >> c->shift[c->start];

	for (int level = c->start; level < one->level; level++) {
		next = make(test, c->table);
		at[level] = &table[index];
		*at[level] = virt_to_phys(next) | 3 | one->table;
		table = next;
		index = (iova >> c->shift[level + 1]) % (c->table / 8);
	}
	at[one->level] = &table[index];
	*at[one->level] = one->desc;
	return root;
}

/* Passing proves that this descriptor is read as the manual has it, by both ways in. */
static void lpae_reads_descriptor(struct kunit *test)
{
	const struct one *one = test->param_value;
	const struct config *c = &configs[one->regs];
	const struct lab_walker *walker = lab_formats[c->format].walker;
	u64 iova = some_iova(one->regs), offset = 0x123, bytes = 1ull << c->shift[one->level];
	bool pointer = one->bad && !strcmp(one->bad, "table not in RAM");
	struct lab_translation tr;
	struct io_pgtable_cfg cfg;
	struct lab_found found;
	u64 *at[4] = {};

	if (one->regs == S2_FWB && !IO_PGTABLE_QUIRK_ARM_S2FWB)
		kunit_skip(test, "this kernel has no IO_PGTABLE_QUIRK_ARM_S2FWB");

	make_config(one->regs, make_path(test, one, iova, at), &cfg);
	walker->translate(&cfg, iova + offset, &tr);
	KUNIT_EXPECT_STREQ(test, tr.fault ?: "none", one->fault ?: "none");
	KUNIT_EXPECT_EQ(test, tr.level, one->level + pointer);
	KUNIT_EXPECT_EQ(test, tr.first_level, c->start);
	for (int level = c->start; level <= one->level; level++) {
		KUNIT_EXPECT_EQ(test, tr.desc[level], *at[level]);
		KUNIT_EXPECT_EQ(test, tr.desc_pa[level], virt_to_phys(at[level]));
	}
	KUNIT_EXPECT_EQ(test, tr.bytes, bytes);
	if (!one->fault) {
		KUNIT_EXPECT_EQ(test, tr.oa, one->oa + (iova + offset) % bytes);
		lab_hand_expect_attrs(test, &tr.attrs, one->attrs);
	}

	lab_hand_walk(walker, &cfg, iova, iova, &found);
	KUNIT_EXPECT_EQ(test, found.ret, 0);
	KUNIT_EXPECT_EQ(test, found.tables, one->level - c->start + 1);
	KUNIT_EXPECT_STREQ(test, found.bads ? found.bad.why : "none", one->bad ?: "none");
	KUNIT_ASSERT_EQ(test, found.leaves, !!one->attrs);
	if (one->attrs) {
		KUNIT_EXPECT_EQ(test, found.leaf.iova, iova & ~(bytes - 1));
		KUNIT_EXPECT_EQ(test, found.leaf.oa, one->oa);
		KUNIT_EXPECT_EQ(test, found.leaf.bytes, bytes);
		KUNIT_EXPECT_EQ(test, found.leaf.level, one->level);
		KUNIT_EXPECT_EQ(test, found.leaf.desc, one->desc);
		lab_hand_expect_attrs(test, &found.leaf.attrs, one->attrs);
	}
}

static struct kunit_case walk_lpae_cases[] = {
	KUNIT_CASE_PARAM(lpae_reads_descriptor, one_gen_params),
	{}
};

static struct kunit_suite walk_lpae_suite = {
	.name		= "lab_walk_lpae",
	LAB_SUITE_OF_THE_LAB,
	.test_cases	= walk_lpae_cases,
};

kunit_test_suite(walk_lpae_suite);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Software walkers: what an IOMMU would find in the tables.
 *
 * A walker starts from the configuration outputs that a driver would write to
 * its hardware (TTBR, TCR or VTCR, MAIR, PRRR/NMRR, transtab), never from the
 * writer's private state, and shares no code and no constants with format/.  It only reads, and
 * reads only what is RAM; it takes no lock, so a caller that wants one answer
 * for the whole tree keeps writers out meanwhile.
 */
#ifndef LAB_WALK_H
#define LAB_WALK_H

#include <linux/io-pgtable.h>
#include <linux/types.h>

#define LAB_WALK_LEVELS	4

enum lab_memory_type {
	LAB_MEM_DEVICE,
	LAB_MEM_NORMAL_NC,
	LAB_MEM_NORMAL_WT,
	LAB_MEM_NORMAL_WB,
	LAB_MEM_STRONGLY_ORDERED,	/* Device-nGnRnE, in words of ARMv8 */
	LAB_MEM_NORMAL_INC_OWB,		/* inner NC, outer WB: system caches */
	LAB_MEM_IMPDEF,			/* Mali: the GPU's own caching policy */
	LAB_MEM_OTHER,			/* reserved, or a mixture without a name */
};

enum lab_shareability {
	LAB_SH_NONE,
	LAB_SH_OUTER,
	LAB_SH_INNER,
};

/* Cacheability of one domain (inner or outer), allocation hints left out. */
enum lab_cacheability {
	LAB_CACHE_NC,
	LAB_CACHE_WT,
	LAB_CACHE_WB,
};

/**
 * struct lab_attrs - attributes of a mapping, decoded
 * @priv_read:	privileged reads allowed
 * @priv_write:	privileged writes allowed
 * @user_read:	unprivileged reads allowed
 * @user_write:	unprivileged writes allowed (writable-clean counts as allowed
 *		where hardware manages the dirty state)
 * @priv_exec:	privileged instruction fetches are not forbidden by the descriptors
 *		on the path (that stage 1 never fetches, privileged, what is
 *		writable unprivileged, comes on top)
 * @user_exec:	unprivileged instruction fetches are not forbidden, likewise.
 *		At stage 2 the two differ where FEAT_XNX has XN[1:0] say so: 0b11
 *		forbids unprivileged fetches only.
 * @dirty_managed: hardware manages the dirty state of this mapping (HD and DBM)
 * @dirty:	writable-dirty, where @dirty_managed
 * @access_flag: the access flag is set, or the format has none
 * @ns:		non-secure bit
 * @not_global:	nG
 * @memory:	memory type
 * @share:	shareability in effect: for LPAE, Device and Non-cacheable memory is
 *		outer shareable whatever the descriptor says
 */
struct lab_attrs {
	bool priv_read, priv_write, priv_exec;
	bool user_read, user_write, user_exec;
	bool dirty_managed, dirty;
	bool access_flag, ns, not_global;
	enum lab_memory_type memory;
	enum lab_shareability share;
};

/**
 * struct lab_walk_regs - what the configuration outputs tell the hardware
 * @first:	first input address that is translated
 * @last:	last input address that is translated
 * @base:	physical address of the root
 * @base_align:	bytes that the base has to be aligned to
 * @root_bytes:	bytes of the root, all concatenated tables together
 * @concatenated: tables at the start level, 1 but for stage 2
 * @granule:	bytes of a table and of the smallest page; 4K for v7s
 * @output_lg2:	output address size in bits; 32 (v7s) and 40 (LPAE of AArch32) are
 *		fixed, and Mali's and MediaTek's registers do not tell: the oas that
 *		was asked for
 * @start_level: level of the root
 * @inner:	inner cacheability of table walks
 * @outer:	outer cacheability of table walks
 * @share:	shareability of table walks
 * @memory:	memory types by attribute index: MAIR, or PRRR/NMRR; @memory_nr
 *		of them
 * @memory_nr:	0 where a descriptor has the type itself (stage 2)
 */
struct lab_walk_regs {
	u64 first, last;
	phys_addr_t base;
	u64 base_align;
	size_t root_bytes;
	u32 concatenated;
	size_t granule;
	u8 output_lg2;
	u8 start_level;
	enum lab_cacheability inner, outer;
	enum lab_shareability share;
	enum lab_memory_type memory[8];
	u8 memory_nr;
};

/**
 * struct lab_walk_table - a table that a walk reached
 * @iova:	first input address that the table resolves
 * @span:	bytes of input address space that it resolves
 * @pa:		physical address
 * @bytes:	size in bytes
 * @nr:		descriptors in it
 * @live:	descriptors in it that are not marked invalid (reserved encodings
 *		count); 0 where the visitor wants shapes alone
 * @from_pa:	physical address of the descriptor that points to it; 0 for the root
 * @from:	that descriptor
 * @level:	lookup level: 1 or 2 (v7s), 0 to 3 (LPAE)
 * @root:	the table that the TTBR names
 */
struct lab_walk_table {
	u64 iova;
	u64 span;
	phys_addr_t pa;
	size_t bytes;
	u32 nr;
	u32 live;
	phys_addr_t from_pa;
	u64 from;
	u8 level;
	bool root;
};

/**
 * struct lab_walk_leaf - a page or block that a walk reached
 * @iova:	first input address of the mapping
 * @oa:		output address of @iova
 * @desc:	the descriptor as it stands in the table (the first of a group)
 * @bytes:	its size: that of the whole group where @contiguous
 * @level:	lookup level
 * @contiguous:	a large page or supersection (v7s), all 16 descriptors of which
 *		were present and equal; or a group under the contiguous hint
 *		(LPAE), all descriptors of which agree
 * @attrs:	decoded attributes
 */
struct lab_walk_leaf {
	u64 iova;
	phys_addr_t oa;
	u64 desc;
	u64 bytes;
	u8 level;
	bool contiguous;
	struct lab_attrs attrs;
};

/**
 * struct lab_walk_bad - a descriptor that no IOMMU could follow
 * @iova:	first input address that it resolves
 * @desc:	the descriptor, or the TTBR where @level's root cannot be read
 * @level:	lookup level
 * @why:	what is wrong with it, in words
 */
struct lab_walk_bad {
	u64 iova;
	u64 desc;
	u8 level;
	const char *why;
};

/**
 * struct lab_walk_visitor - what to do with what a walk finds
 * @shapes:	of a table only its place is wanted: its descriptors are not counted
 * @table:	called for each table before its descriptors, in ascending
 *		order of IOVA; may be NULL
 * @leaf:	called for each page, block or contiguous group; may be NULL
 * @run:	if not NULL, called in place of @leaf, once for @nr leaves of one
 *		table that follow each other in IOVA and in output address and
 *		are otherwise alike: the same size, attributes and ignored bits.
 *		@leaf describes the first.  Runs are not merged across tables.
 *		Cheaper by far where much is mapped in pages.
 * @bad:	called for reserved encodings, table addresses that are not RAM,
 *		and (once each) contiguous groups that are not whole; may be
 *		NULL.  "reserved bits set" and "table base not aligned ..." are
 *		only complaints: what hardware would go on with is visited next.
 *
 * A callback that returns other than 0 ends the walk with that value.
 */
struct lab_walk_visitor {
	bool shapes;
	int (*table)(void *ctx, const struct lab_walk_table *table);
	int (*leaf)(void *ctx, const struct lab_walk_leaf *leaf);
	int (*run)(void *ctx, const struct lab_walk_leaf *leaf, u32 nr);
	int (*bad)(void *ctx, const struct lab_walk_bad *bad);
};

/**
 * struct lab_translation - the answer for one input address
 * @oa:		output address; meaningful where @fault is NULL
 * @bytes:	size of the mapping that covers the address; with a fault, what the
 *		descriptor that ended the walk resolves (0: none was read)
 * @level:	level at which the walk ended
 * @fault:	NULL, or the kind of fault in words: "translation",
 *		"address size", "access flag", "domain", "table not in RAM",
 *		"configuration"
 * @attrs:	attributes; meaningful where @fault is NULL
 * @first_level: level of the first entry of @desc that was read
 * @desc:	the descriptors on the path, by level
 * @desc_pa:	where each of them is: physical address of the descriptor, by level,
 *		from @first_level to @level.  With "table not in RAM" the last is
 *		where nothing was read; with @bytes 0 there is none.
 */
struct lab_translation {
	phys_addr_t oa;
	u64 bytes;
	u8 level;
	const char *fault;
	struct lab_attrs attrs;
	u8 first_level;
	u64 desc[LAB_WALK_LEVELS];
	phys_addr_t desc_pa[LAB_WALK_LEVELS];
};

/**
 * struct lab_walker - a reader of one format
 * @regs:	decode the configuration outputs; NULL, or in words why no hardware
 *		(none of physical addresses no larger than configured) would walk
 *		with them; then @out holds what could be decoded, zeros if nothing.
 *		The base's alignment and size are among the reasons.
 * @walk:	visit everything that resolves addresses in [iova, last];
 *		-ERANGE where the range lies outside the input address space,
 *		-EINVAL where the registers do not say how to.  What else @regs may
 *		find wrong does not keep it from walking.
 *		A leaf that straddles a bound is reported whole, once.
 * @translate:	look one address up.  The faults are those of the format, with
 *		their levels; what the walk alone complains about does not
 *		keep it from answering.
 * @points:	whether a descriptor of a level is one that hardware would follow to a
 *		table, and to which physical address
 * @desc_bytes:	size of a descriptor
 * @live:	bits of a descriptor none of which is set in an invalid one
 * @software:	bits that hardware ignores
 * @permissions: bits of a leaf that may change while it is live (DDI0487 D8.16.1)
 * @group:	descriptors that may make up one mapping
 *
 * They all take the configuration as the writer returned it.
 */
struct lab_walker {
	const char *(*regs)(const struct io_pgtable_cfg *cfg,
			    struct lab_walk_regs *out);
	int (*walk)(const struct io_pgtable_cfg *cfg, u64 iova, u64 last,
		    const struct lab_walk_visitor *visitor, void *ctx);
	void (*translate)(const struct io_pgtable_cfg *cfg, u64 iova,
			  struct lab_translation *out);
	bool (*points)(const struct io_pgtable_cfg *cfg, unsigned int level, u64 desc,
		       phys_addr_t *pa);
	u8 desc_bytes;
	u64 live;
	u64 software;
	u64 permissions;
	u8 group;
};

extern const struct lab_walker lab_walk_v7s;
extern const struct lab_walker lab_walk_lpae_s1;
extern const struct lab_walker lab_walk_lpae_s2;
extern const struct lab_walker lab_walk_lpae32_s1;
extern const struct lab_walker lab_walk_lpae32_s2;
extern const struct lab_walker lab_walk_mali;

/* Room for the longest lab_attrs_text() */
#define LAB_ATTRS_TEXT_BYTES	96

const void *lab_walk_ram(phys_addr_t pa, size_t bytes);
const char *lab_memory_text(enum lab_memory_type memory);
const char *lab_share_text(enum lab_shareability share);
const char *lab_attrs_text(const struct lab_attrs *attrs, char *buf, size_t size);

#endif /* LAB_WALK_H */

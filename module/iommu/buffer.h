/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DMA memory of a master, as a driver would have it: allocated, mapped by the DMA API,
 * used by the engine, unmapped; and held against the rules at each of these steps.
 */
#ifndef LAB_IOMMU_BUFFER_H
#define LAB_IOMMU_BUFFER_H

#include <linux/dma-direction.h>
#include <linux/list.h>
#include <linux/scatterlist.h>
#include <linux/types.h>

struct lab_master;
struct lab_buffer;

enum lab_buffer_kind {
	LAB_BUFFER_KMALLOC,	/* dma_map_single() of a kmalloc object */
	LAB_BUFFER_PAGE,	/* dma_map_page() of pages, wherever these lie */
	LAB_BUFFER_SG,		/* dma_map_sg() */
	LAB_BUFFER_COHERENT,	/* dma_alloc_coherent() */
	LAB_BUFFER_ATTRS,	/* dma_alloc_attrs() */
	LAB_BUFFER_NONCONTIGUOUS, /* dma_alloc_noncontiguous() and its vmap */
	LAB_BUFFER_RESOURCE,	/* dma_map_resource() of what is no memory */
	LAB_BUFFER_NR_KINDS
};

extern const char * const lab_buffer_names[LAB_BUFFER_NR_KINDS];

enum { LAB_BUFFER_SEGMENTS = 16 };

/**
 * struct lab_buffer_params - what a buffer is to be
 * @kind:	how it is had
 * @dir:	which way the bytes go
 * @nr:		elements of a scatterlist, or 1
 * @bytes:	length of each
 * @offset:	where each begins in its page (page, sg), bytes
 * @attrs:	DMA_ATTR_*
 */
struct lab_buffer_params {
	enum lab_buffer_kind kind;
	enum dma_data_direction dir;
	unsigned int nr;
	u32 bytes[LAB_BUFFER_SEGMENTS];
	u32 offset[LAB_BUFFER_SEGMENTS];
	unsigned long attrs;
};

/**
 * struct lab_piece - memory that follows each other, of a buffer
 * @cpu:	where the CPU finds it, NULL for nowhere
 * @pa:		its physical address
 * @bytes:	length
 * @room:	what was allocated around it, @room_bytes of it
 * @room_bytes:	0 where nothing is the lab's to look at
 */
struct lab_piece {
	void *cpu;
	phys_addr_t pa;
	size_t bytes;
	void *room;
	size_t room_bytes;
};

/**
 * struct lab_segment - what the device was given
 * @iova:	first input address
 * @bytes:	length
 */
struct lab_segment {
	u64 iova;
	u64 bytes;
};

/**
 * struct lab_buffer - a buffer
 * @link:	in the master's list
 * @in_all:	in the list of all masters' buffers
 * @number:	how people call it
 * @m:		whose it is
 * @params:	what was asked for
 * @bytes:	length in all
 * @nr_pieces:	in use in @pieces
 * @pieces:	its memory, in the order of the bytes
 * @nr_segments: in use in @segments
 * @segments:	what the device was given, in the order of the bytes
 * @sgl:	the scatterlist (sg), and how it was before it was mapped in @before
 * @before:	see @sgl
 * @sgt:	what dma_alloc_noncontiguous() gave
 * @cookie:	what dma_alloc_attrs() or dma_vmap_noncontiguous() gave
 * @bounced:	bytes of it that the device finds in a bounce buffer
 * @seed:	of the bytes that are in it
 */
struct lab_buffer {
	struct list_head link, in_all;
	unsigned int number;
	struct lab_master *m;
	struct lab_buffer_params params;
	u64 bytes;
	unsigned int nr_pieces;
	struct lab_piece *pieces;
	unsigned int nr_segments;
	struct lab_segment segments[LAB_BUFFER_SEGMENTS];
	struct scatterlist sgl[LAB_BUFFER_SEGMENTS], before[LAB_BUFFER_SEGMENTS];
	struct sg_table *sgt;
	void *cookie;
	u64 bounced;
	u32 seed;
};

int lab_buffer_parse(const char *as, char *text, struct lab_buffer_params *params);

struct lab_buffer *lab_buffer_map(struct lab_master *m, const struct lab_buffer_params *params);
int lab_buffer_unmap(struct lab_buffer *b);
int lab_buffer_use(struct lab_buffer *b);
bool lab_buffer_write_owned(phys_addr_t pa, void *at, const void *from, size_t bytes);
struct lab_buffer *lab_buffer_find(struct lab_master *m, unsigned int number);

/* Between the files of buffers (buffer.c, buffer_memory.c, buffer_check.c, buffer_use.c) */
int lab_buffer_take_memory(struct lab_buffer *b);
void lab_buffer_give_memory(struct lab_buffer *b);
void lab_buffer_check_mapped(struct lab_buffer *b);
void lab_buffer_check_room(struct lab_buffer *b);
bool lab_buffer_has(const struct lab_buffer *b, phys_addr_t pa, size_t bytes);
bool lab_buffer_write_last(struct lab_buffer *b);
void lab_buffer_check_arrived(struct lab_buffer *b);
void lab_buffer_check_gone(struct lab_buffer *b);
bool lab_piece_bounces(const struct lab_buffer *b, const struct lab_piece *p);

#endif /* LAB_IOMMU_BUFFER_H */

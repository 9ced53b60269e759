/* SPDX-License-Identifier: GPL-2.0-only */
/* The words that people type about the fake IOMMU, and are told.  Pure text. */
#ifndef LAB_IOMMU_WORDS_H
#define LAB_IOMMU_WORDS_H

#include <linux/sizes.h>

#include "iommu/buffer.h"
#include "iommu/iommu.h"

#define LAB_USAGE_BUFFER \
	"KIND SIZE[@OFFSET][,SIZE[@OFFSET]...] [dir=to|from|both] [attrs=ATTR,...]"

/**
 * struct lab_access - what people have a master's engine do
 * @write:	it writes
 * @iova:	first input address
 * @from:	that of what is copied to @iova (copy)
 * @bytes:	length
 */
struct lab_access {
	bool write;
	u64 iova;
	u64 from;
	size_t bytes;
};

/* Bytes that the engine moves for people at a time, at the most */
enum { LAB_ACCESS_BYTES = SZ_1M };

enum lab_by_hand_verb {
	LAB_BY_HAND_TAKE,
	LAB_BY_HAND_GIVE,
	LAB_BY_HAND_MAP,
	LAB_BY_HAND_UNMAP,
};

/**
 * struct lab_by_hand - what people do with a domain of their own
 * @verb:	which
 * @iova:	first input address (map, unmap)
 * @pa:		first output address (map)
 * @bytes:	length (map, unmap)
 * @prot:	IOMMU_READ and the like (map)
 */
struct lab_by_hand {
	enum lab_by_hand_verb verb;
	u64 iova;
	u64 pa;
	size_t bytes;
	int prot;
};

size_t lab_iommu_params_text(const struct lab_iommu_params *p, char *buf, size_t size);
const char *lab_dir_text(enum dma_data_direction dir);
void lab_buffer_attrs_text(unsigned long list, char *buf, size_t size);

/* What people ask of a master (requests.c) */
int lab_access_parse(const char *as, char *text, struct lab_access *access);
int lab_copy_parse(const char *as, char *text, struct lab_access *access);
int lab_by_hand_parse(const char *as, char *text, struct lab_by_hand *request);
int lab_number_parse(const char *as, char *text, unsigned int *number);

#endif /* LAB_IOMMU_WORDS_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* The words that people type into debugfs.  Pure text; complains in the log. */
#ifndef LAB_PARSE_H
#define LAB_PARSE_H

#include "instance.h"

/**
 * struct lab_range - the words of map and unmap
 * @iova:	first input address
 * @pa:		first output address (map)
 * @pgsize:	page size in bytes
 * @count:	number of pages
 * @prot:	IOMMU_READ and the like (map)
 */
struct lab_range {
	u64 iova;
	u64 pa;
	size_t pgsize;
	size_t count;
	int prot;
};

#define LAB_USAGE_MAP	"IOVA PA PAGESIZE COUNT PROT, PROT of r, w, rw with ,cache ,noexec ,mmio ,priv"
#define LAB_USAGE_UNMAP	"IOVA PAGESIZE COUNT"

/* Room for any size, and for any protection, in words */
#define LAB_SIZE_TEXT_BYTES	24
#define LAB_PROT_TEXT_BYTES	32

/* Words of a line, at the most */
#define LAB_MAX_WORDS	16

int lab_split_words(char *text, char *words[LAB_MAX_WORDS]);
bool lab_is_name(const char *name);
const char *lab_size_text(u64 bytes, char buf[LAB_SIZE_TEXT_BYTES]);
const char *lab_prot_text(int prot, char buf[LAB_PROT_TEXT_BYTES]);
size_t lab_params_text(const struct lab_params *p, char *buf, size_t size);
int lab_parse_params(char *text, struct lab_params *params);
bool lab_parse_size(char *word, u64 *value);
int lab_parse_map(const char *name, char *text, struct lab_range *range);
int lab_parse_unmap(const char *name, char *text, struct lab_range *range);
int lab_parse_iova(const char *name, char *text, u64 *iova);

#endif /* LAB_PARSE_H */

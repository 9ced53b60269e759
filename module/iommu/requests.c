// SPDX-License-Identifier: GPL-2.0-only
/*
 * What people ask of a master of the fake IOMMU, in words: accesses of its engine,
 * and a domain that they map in by hand.
 *
 * Pure text; what cannot be understood is said in the kernel log.
 */
#include <kunit/visibility.h>
#include <linux/string.h>

#include "iommu/words.h"
#include "parse.h"

#define USAGE_ACCESS	"r|w IOVA BYTES, of up to 1M"
#define USAGE_COPY	"TO FROM BYTES, two IOVAs, of up to 1M"
#define USAGE_BY_HAND	"take, give, \"map IOVA PA BYTES PROT\" or \"unmap IOVA BYTES\""

static bool read_address(const char *word, u64 *value)
{
	return !kstrtou64(word, 0, value);
}

static bool read_bytes(char *word, u64 most, size_t *bytes)
{
	u64 value;

	if (!lab_parse_size(word, &value) || !value || value > most)
		return false;
	*bytes = value;
	return true;
}

/**
 * lab_access_parse() - read an access of the engine
 * @as:		the master that it is for
 * @text:	"r|w IOVA BYTES"; taken apart
 * @access:	filled in
 *
 * Context: Any.
 * Return: 0, or -EINVAL with a line in the kernel log.
 */
int lab_access_parse(const char *as, char *text, struct lab_access *access)
{
	char *words[LAB_MAX_WORDS];

	*access = (struct lab_access) {};
	if (lab_split_words(text, words) == 3 &&
	    (!strcmp(words[0], "r") || !strcmp(words[0], "w")) &&
	    read_address(words[1], &access->iova) &&
	    read_bytes(words[2], LAB_ACCESS_BYTES, &access->bytes)) {
		access->write = *words[0] == 'w';
		return 0;
	}
	lab_complain(as, "access takes: " USAGE_ACCESS);
	return -EINVAL;
}
EXPORT_SYMBOL_IF_KUNIT(lab_access_parse);

/**
 * lab_copy_parse() - read a copy of the engine
 * @as:		the master that it is for
 * @text:	"TO FROM BYTES"; taken apart
 * @access:	filled in
 *
 * Context: Any.
 * Return: 0, or -EINVAL with a line in the kernel log.
 */
int lab_copy_parse(const char *as, char *text, struct lab_access *access)
{
	char *words[LAB_MAX_WORDS];

	*access = (struct lab_access) { .write = true };
	if (lab_split_words(text, words) == 3 && read_address(words[0], &access->iova) &&
	    read_address(words[1], &access->from) &&
	    read_bytes(words[2], LAB_ACCESS_BYTES, &access->bytes))
		return 0;
	lab_complain(as, "copy takes: " USAGE_COPY);
	return -EINVAL;
}
EXPORT_SYMBOL_IF_KUNIT(lab_copy_parse);

static bool read_prot(const char *word, int *prot)
{
	struct lab_range range;
	char text[64];

	/* As for an instance; nobody is told, since the words there are others. */
	if (snprintf(text, sizeof(text), "0 0 4K 1 %s", word) >= sizeof(text) ||
	    lab_parse_map("", text, &range))
		return false;
	*prot = range.prot;
	return true;
}

static bool read_by_hand(char **words, int n, struct lab_by_hand *r)
{
	if (n == 1 && !strcmp(words[0], "take")) {
		r->verb = LAB_BY_HAND_TAKE;
		return true;
	}
	if (n == 1 && !strcmp(words[0], "give")) {
		r->verb = LAB_BY_HAND_GIVE;
		return true;
	}
	if (n == 5 && !strcmp(words[0], "map")) {
		r->verb = LAB_BY_HAND_MAP;
		return read_address(words[1], &r->iova) && read_address(words[2], &r->pa) &&
		       read_bytes(words[3], SIZE_MAX, &r->bytes) &&
		       read_prot(words[4], &r->prot);
	}
	if (n == 3 && !strcmp(words[0], "unmap")) {
		r->verb = LAB_BY_HAND_UNMAP;
		return read_address(words[1], &r->iova) &&
		       read_bytes(words[2], SIZE_MAX, &r->bytes);
	}
	return false;
}

/**
 * lab_by_hand_parse() - read what is to be done with a domain by hand
 * @as:		the master that it is for
 * @text:	"take", "give", "map IOVA PA BYTES PROT" or "unmap IOVA BYTES"; taken apart
 * @request:	filled in
 *
 * Context: Any.
 * Return: 0, or -EINVAL with a line in the kernel log.
 */
int lab_by_hand_parse(const char *as, char *text, struct lab_by_hand *request)
{
	char *words[LAB_MAX_WORDS];
	int n = lab_split_words(text, words);

	*request = (struct lab_by_hand) {};
	if (read_by_hand(words, n, request))
		return 0;
	lab_complain(as, "domain takes: " USAGE_BY_HAND);
	return -EINVAL;
}
EXPORT_SYMBOL_IF_KUNIT(lab_by_hand_parse);

/**
 * lab_number_parse() - read which buffer is meant
 * @as:		the master that it is for
 * @text:	its number; taken apart
 * @number:	filled in
 *
 * Context: Any.
 * Return: 0, or -EINVAL with a line in the kernel log.
 */
int lab_number_parse(const char *as, char *text, unsigned int *number)
{
	char *words[LAB_MAX_WORDS];

	if (lab_split_words(text, words) == 1 && !kstrtouint(words[0], 10, number))
		return 0;
	lab_complain(as, "the number of a buffer is taken, as the file buffers has it");
	return -EINVAL;
}
EXPORT_SYMBOL_IF_KUNIT(lab_number_parse);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parsing of what people type.
 *
 * Every function works on a text of its own and changes nothing else; a word
 * that it does not know is named in the kernel log.
 */
#include <kunit/visibility.h>
#include <linux/ctype.h>
#include <linux/overflow.h>
#include <linux/string.h>

#include "parse.h"
#include "compat/compat.h"

/**
 * lab_split_words() - take a text apart at white space
 * @text:	the text, where the words stay
 * @words:	filled in
 *
 * Context: Any.
 * Return: the number of words, or -E2BIG for more than LAB_MAX_WORDS.
 */
int lab_split_words(char *text, char *words[LAB_MAX_WORDS])
{
	int n = 0;

	for (char *word; (word = strsep(&text, " \t\n")); ) {
		if (!*word)
			continue;
		if (n == LAB_MAX_WORDS)
			return -E2BIG;
		words[n++] = word;
	}
	return n;
}

/**
 * lab_parse_size() - read a number with an optional K, M, G or T, nothing after it
 * @word:	the word; taken apart
 * @value:	filled in
 *
 * Not memparse(), which wraps where the product does not fit (until 6.12 at least).
 *
 * Context: Any.
 * Return: whether it is one.
 */
bool lab_parse_size(char *word, u64 *value)
{
	static const char units[] = "KMGT";
	size_t len = strlen(word);
	const char *unit = len ? strchr(units, toupper(word[len - 1])) : NULL;
	unsigned int shift = 0;
	u64 number;

	if (unit) {
		shift = 10 * (unit - units + 1);
		word[len - 1] = '\0';
	}
	return !kstrtou64(word, 0, &number) &&
	       !check_shl_overflow(number, shift, value);
}

/**
 * lab_size_text() - a size as people say it
 * @bytes:	bytes
 * @buf:	where it goes
 *
 * Context: Any.
 * Return: @buf: a whole number with the largest of K, M, G and T that divides it.
 */
const char *lab_size_text(u64 bytes, char buf[LAB_SIZE_TEXT_BYTES])
{
	static const char units[] = "KMGT";
	int u = -1;

	while (u < 3 && bytes && !(bytes % 1024)) {
		bytes /= 1024;
		u++;
	}
	if (u < 0)
		snprintf(buf, LAB_SIZE_TEXT_BYTES, "%llu", bytes);
	else
		snprintf(buf, LAB_SIZE_TEXT_BYTES, "%llu%c", bytes, units[u]);
	return buf;
}
EXPORT_SYMBOL_IF_KUNIT(lab_size_text);

static bool parse_address(const char *word, u64 *value)
{
	return !kstrtou64(word, 0, value);
}

/**
 * lab_is_name() - whether something may be called so
 * @name:	the name
 *
 * Context: Any.
 */
bool lab_is_name(const char *name)
{
	if (!*name || strlen(name) >= LAB_NAME_BYTES)
		return false;
	for (; *name; name++)
		if (!isalnum(*name) && *name != '-' && *name != '_')
			return false;
	return true;
}

static const struct lab_format *find_format(const char *name)
{
	for (int i = 0; i < LAB_NR_FORMATS; i++)
		if (!strcmp(lab_formats[i].name, name))
			return &lab_formats[i];
	return NULL;
}

static bool set_provider(struct lab_params *p, const char *name)
{
	for (int i = 0; i < LAB_NR_PROVIDERS; i++) {
		if (strcmp(lab_providers[i]->name, name))
			continue;
		p->provider = lab_providers[i];
		return true;
	}
	return false;
}

static bool set_allocator(struct lab_params *p, const char *name)
{
	for (int i = 0; i < lab_nr_allocators; i++) {
		if (strcmp(lab_allocator_name(lab_allocators[i]), name))
			continue;
		p->allocator = lab_allocators[i];
		return true;
	}
	return false;
}

/* NULL, or what is wrong with a list of quirks. */
static const char *set_quirks(struct lab_params *p, const char *list)
{
	char names[128], *next = names;

	if (strscpy(names, list) < 0)
		return "too long";

	for (char *name; (name = strsep(&next, ",")); ) {
		int i;

		for (i = 0; i < LAB_NR_QUIRKS; i++)
			if (!strcmp(lab_quirks[i].name, name))
				break;
		if (i == LAB_NR_QUIRKS)
			return "no such quirk";
		if (!lab_quirks[i].bit)
			return "a quirk that this kernel does not have";
		p->quirks |= lab_quirks[i].bit;
	}
	return NULL;
}

/* NULL, or what is wrong with the value of a word. */
static const char *set_value(struct lab_params *p, const char *key, char *value)
{
	u64 bytes;

	if (!strcmp(key, "format"))
		return find_format(value) ? NULL : "no such format";
	if (!strcmp(key, "name"))
		return lab_is_name(value) ? NULL :
		       "names are 1 to 31 letters, digits, '-' and '_'";
	if (!strcmp(key, "provider"))
		return set_provider(p, value) ? NULL : "no such provider";
	if (!strcmp(key, "allocator"))
		return set_allocator(p, value) ? NULL : "no such allocator";
	if (!strcmp(key, "quirks"))
		return set_quirks(p, value);
	if (!strcmp(key, "ias"))
		return kstrtouint(value, 10, &p->ias) ? "not a number of bits" : NULL;
	if (!strcmp(key, "oas"))
		return kstrtouint(value, 10, &p->oas) ? "not a number of bits" : NULL;
	if (!strcmp(key, "dma-bits"))
		return kstrtouint(value, 10, &p->dma_bits) ? "not a number of bits" : NULL;
	if (!strcmp(key, "fail-nth"))
		return kstrtou64(value, 0, &p->fail_nth) ? "not a number of a request" : NULL;
	if (!strcmp(key, "granule")) {
		if (!lab_parse_size(value, &bytes) || bytes > SIZE_MAX)
			return "not a size";
		p->granule = bytes;
		return NULL;
	}
	return "no such word";
}

static const char *set_word(struct lab_params *p, const char *word)
{
	char text[128], *value = text, *key;

	if (!strcmp(word, "coherent") || !strcmp(word, "noncoherent")) {
		p->coherent = *word == 'c';
		return NULL;
	}
	if (strscpy(text, word) < 0)
		return "too long";
	key = strsep(&value, "=");
	return value ? set_value(p, key, value) : "no such word";
}

/* The value of the last word KEY=, or NULL. */
static const char *value_of(char **words, int n, const char *key)
{
	size_t len = strlen(key);

	while (n--)
		if (!strncmp(words[n], key, len))
			return words[n] + len;
	return NULL;
}

/**
 * lab_parse_params() - read what an instance is to be
 * @text:	words as documented for the file create; taken apart
 * @params:	filled in; its name stays empty where none was given
 *
 * Context: Any.
 * Return: 0, or -EINVAL with a line in the kernel log.
 */
int lab_parse_params(char *text, struct lab_params *params)
{
	const char *name, *format, *as = "create", *why;
	char *words[LAB_MAX_WORDS];
	int n = lab_split_words(text, words);

	if (n < 0) {
		lab_complain(as, "more than %u words", LAB_MAX_WORDS);
		return -EINVAL;
	}

	/* Complaints name the instance, and defaults depend on the format. */
	name = value_of(words, n, "name=");
	if (name && lab_is_name(name))
		as = name;
	else
		name = NULL;
	format = value_of(words, n, "format=");
	if (!format || !find_format(format)) {
		lab_complain(as, "no format that the lab has; the file create says what it takes");
		return -EINVAL;
	}

	lab_params_default(params, find_format(format));
	if (name)
		strscpy(params->name, name, sizeof(params->name));
	for (int i = 0; i < n; i++) {
		why = set_word(params, words[i]);
		if (why) {
			lab_complain(as, "\"%*pE\": %s; the file create says what it takes",
				     (int)strlen(words[i]), words[i], why);
			return -EINVAL;
		}
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(lab_parse_params);

/**
 * lab_params_text() - what an instance is to be, in the words of create
 * @p:		parameters
 * @buf:	where to
 * @size:	its size
 *
 * All words, but for its name: defaults may change.
 *
 * Context: Any.
 * Return: characters written.
 */
size_t lab_params_text(const struct lab_params *p, char *buf, size_t size)
{
	char granule[LAB_SIZE_TEXT_BYTES];
	const char *before = " quirks=";
	size_t at;

	at = scnprintf(buf, size, "format=%s provider=%s allocator=%s ias=%u oas=%u granule=%s %s",
		       p->format->name, p->provider->name, lab_allocator_name(p->allocator),
		       p->ias, p->oas, lab_size_text(p->granule, granule),
		       p->coherent ? "coherent" : "noncoherent");
	if (p->dma_bits)
		at += scnprintf(buf + at, size - at, " dma-bits=%u", p->dma_bits);
	if (p->fail_nth)
		at += scnprintf(buf + at, size - at, " fail-nth=%llu", p->fail_nth);
	for (int i = 0; i < LAB_NR_QUIRKS; i++) {
		if (!(p->quirks & lab_quirks[i].bit))
			continue;
		at += scnprintf(buf + at, size - at, "%s%s", before, lab_quirks[i].name);
		before = ",";
	}
	return at;
}
EXPORT_SYMBOL_IF_KUNIT(lab_params_text);

static const struct {
	const char *name;
	int prot;
} prots[] = {
	{ "rw", IOMMU_READ | IOMMU_WRITE },
	{ "r", IOMMU_READ },
	{ "w", IOMMU_WRITE },
	{ "cache", IOMMU_CACHE },
	{ "noexec", IOMMU_NOEXEC },
	{ "mmio", IOMMU_MMIO },
	{ "priv", IOMMU_PRIV },
};

static bool parse_prot(char *text, int *prot)
{
	*prot = 0;
	for (char *name; (name = strsep(&text, ",")); ) {
		int i;

		for (i = 0; i < ARRAY_SIZE(prots); i++)
			if (!strcmp(prots[i].name, name))
				break;
		if (i == ARRAY_SIZE(prots))
			return false;
		*prot |= prots[i].prot;
	}
	return true;
}

/**
 * lab_prot_text() - a protection in the words of map
 * @prot:	IOMMU_READ and the like
 * @buf:	LAB_PROT_TEXT_BYTES bytes
 *
 * Context: Any.
 * Return: @buf; empty for no protection at all.
 */
const char *lab_prot_text(int prot, char buf[LAB_PROT_TEXT_BYTES])
{
	size_t at = 0;

	*buf = '\0';
	for (int i = 0; i < ARRAY_SIZE(prots); i++) {
		if ((prot & prots[i].prot) != prots[i].prot)
			continue;
		at += scnprintf(buf + at, LAB_PROT_TEXT_BYTES - at, "%s%s", at ? "," : "",
				prots[i].name);
		prot &= ~prots[i].prot;
	}
	return buf;
}
EXPORT_SYMBOL_IF_KUNIT(lab_prot_text);

/* Page size and count, the words that map and unmap share. */
static bool parse_pages(char *pgsize, const char *count, struct lab_range *range)
{
	u64 bytes, n;

	if (!lab_parse_size(pgsize, &bytes) || kstrtou64(count, 0, &n) ||
	    bytes > SIZE_MAX || n > SIZE_MAX)
		return false;
	range->pgsize = bytes;
	range->count = n;
	return true;
}

/**
 * lab_parse_map() - read a map operation
 * @name:	the instance that it is for
 * @text:	LAB_USAGE_MAP; taken apart
 * @range:	filled in
 *
 * Context: Any.
 * Return: 0, or -EINVAL with a line in the kernel log.
 */
int lab_parse_map(const char *name, char *text, struct lab_range *range)
{
	char *words[LAB_MAX_WORDS];

	if (lab_split_words(text, words) == 5 && parse_address(words[0], &range->iova) &&
	    parse_address(words[1], &range->pa) &&
	    parse_pages(words[2], words[3], range) &&
	    parse_prot(words[4], &range->prot))
		return 0;
	lab_complain(name, "map takes: " LAB_USAGE_MAP);
	return -EINVAL;
}
EXPORT_SYMBOL_IF_KUNIT(lab_parse_map);

/**
 * lab_parse_unmap() - read an unmap operation
 * @name:	the instance that it is for
 * @text:	LAB_USAGE_UNMAP; taken apart
 * @range:	filled in, but for @pa and @prot
 *
 * Context: Any.
 * Return: 0, or -EINVAL with a line in the kernel log.
 */
int lab_parse_unmap(const char *name, char *text, struct lab_range *range)
{
	char *words[LAB_MAX_WORDS];

	if (lab_split_words(text, words) == 3 && parse_address(words[0], &range->iova) &&
	    parse_pages(words[1], words[2], range))
		return 0;
	lab_complain(name, "unmap takes: " LAB_USAGE_UNMAP);
	return -EINVAL;
}
EXPORT_SYMBOL_IF_KUNIT(lab_parse_unmap);

/**
 * lab_parse_iova() - read an input address
 * @name:	the instance that it is for
 * @text:	the address; taken apart
 * @iova:	filled in
 *
 * Context: Any.
 * Return: 0, or -EINVAL with a line in the kernel log.
 */
int lab_parse_iova(const char *name, char *text, u64 *iova)
{
	char *words[LAB_MAX_WORDS];

	if (lab_split_words(text, words) == 1 && parse_address(words[0], iova))
		return 0;
	lab_complain(name, "translate takes: IOVA");
	return -EINVAL;
}
EXPORT_SYMBOL_IF_KUNIT(lab_parse_iova);

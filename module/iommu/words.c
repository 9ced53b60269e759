// SPDX-License-Identifier: GPL-2.0-only
/*
 * The words that people type about the fake IOMMU: what an IOMMU, a master and a
 * buffer are to be.
 *
 * Pure text, but for an allocation; a word that nobody knows is named in the kernel log.
 * Knows nothing of IOMMUs that live.
 */
#include <kunit/visibility.h>
#include <linux/dma-mapping.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "iommu/buffer.h"
#include "iommu/iommu.h"
#include "iommu/master.h"
#include "iommu/words.h"
#include "parse.h"
#include "compat/compat.h"

const char * const lab_iommu_mode_names[LAB_IOMMU_NR_MODES] = {
	[LAB_IOMMU_STRICT]	= "strict",
	[LAB_IOMMU_LAZY]	= "lazy",
	[LAB_IOMMU_IDENTITY]	= "identity",
};
EXPORT_SYMBOL_IF_KUNIT(lab_iommu_mode_names);

/* The next word of a text, or NULL; blanks before it are passed over. */
static char *next_word(char **text)
{
	char *word;

	do {
		word = strsep(text, " \t\n");
	} while (word && !*word);
	return word;
}

/* What stands behind KEY=, or NULL for another word. */
static char *value_of(char *word, const char *key)
{
	size_t len = strlen(key);

	return !strncmp(word, key, len) && word[len] == '=' ? word + len + 1 : NULL;
}

static int refuse_word(const char *as, const char *word, const char *why)
{
	lab_complain(as, "\"%*pE\": %s", (int)strlen(word), word, why);
	return -EINVAL;
}

/* The last name among words, where it can be one, or NULL. */
static const char *name_in(char **words, int n)
{
	const char *name;

	while (n--) {
		name = value_of(words[n], "name");
		if (name)
			return lab_is_name(name) ? name : NULL;
	}
	return NULL;
}

static const struct lab_iommu_profile *find_profile(const char *name)
{
	for (int i = 0; i < lab_iommu_nr_profiles; i++)
		if (!strcmp(lab_iommu_profiles[i].name, name))
			return &lab_iommu_profiles[i];
	return NULL;
}

/* NULL, or what is wrong with it. */
static const char *set_mode(struct lab_iommu_params *p, const char *value)
{
	for (int i = 0; i < LAB_IOMMU_NR_MODES; i++) {
		if (strcmp(lab_iommu_mode_names[i], value))
			continue;
		p->mode = i;
		return NULL;
	}
	return "a mode is strict, lazy or identity";
}

static const char *set_reserved(struct lab_iommu_params *p, char *value)
{
	char *first = strsep(&value, "-");

	if (!value || kstrtou64(first, 0, &p->reserved.first) ||
	    kstrtou64(value, 0, &p->reserved.last) || p->reserved.first > p->reserved.last)
		return "reserved is FIRST-LAST, two addresses in order";
	return NULL;
}

/* Whether a word is an IOMMU's own; what is wrong with it, if anything, is in @why. */
static bool set_own(struct lab_iommu_params *p, const struct lab_iommu_profile **profile,
		    char *word, const char **why)
{
	char copy[48]; /* a complaint has it whole */
	char *value;

	*why = NULL;
	value = value_of(word, "profile");
	if (value) {
		*profile = find_profile(value);
		if (!*profile)
			*why = "no such profile; the file create lists them";
		return true;
	}
	value = value_of(word, "mode");
	if (value) {
		*why = set_mode(p, value);
		return true;
	}
	value = value_of(word, "reserved");
	if (value) {
		*why = strscpy(copy, value) < 0 ? "too long" : set_reserved(p, copy);
		return true;
	}
	return false;
}

/**
 * lab_iommu_parse() - read what an IOMMU is to be
 * @text:	words as documented for the file iommu/create; taken apart
 * @params:	filled in; its name stays empty where none was given
 *
 * A profile's words stand before all others, wherever it is named: later ones win, but
 * that quirks add up.
 *
 * Context: Process; allocates memory.
 * Return: 0, -EINVAL or -ENOMEM with a line in the kernel log.
 */
int lab_iommu_parse(char *text, struct lab_iommu_params *params)
{
	const struct lab_iommu_profile *profile = NULL;
	char *words[LAB_MAX_WORDS], *rest = text, as[LAB_NAME_BYTES];
	int n = lab_split_words(text, words), ret;
	const char *why;

	if (n < 0) {
		lab_complain("create", "more than %u words", LAB_MAX_WORDS);
		return -EINVAL;
	}
	strscpy(as, name_in(words, n) ?: "create");
	*params = (struct lab_iommu_params) {
		.mode		= LAB_IOMMU_STRICT,
		.reserved	= { .first = 1, .last = 0 },
	};

	/* Those of an instance stay, with a blank between them, none further right. */
	for (int i = 0; i < n; i++) {
		size_t len = strlen(words[i]);

		if (set_own(params, &profile, words[i], &why)) {
			if (why)
				return refuse_word(as, words[i], why);
			continue;
		}
		if (rest != text)
			*rest++ = ' ';
		memmove(rest, words[i], len);
		rest += len;
	}
	*rest = '\0';

	rest = kasprintf(GFP_KERNEL, "%s %s", profile ? profile->words : "", text);
	if (!rest) {
		lab_complain(as, "out of memory");
		return -ENOMEM;
	}
	ret = lab_parse_params(rest, &params->domain);
	kfree(rest);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(lab_iommu_parse);

/**
 * lab_iommu_params_text() - what an IOMMU is to be, in the words of create
 * @p:		parameters
 * @buf:	where to
 * @size:	its size
 *
 * All words, but for its name and profile.
 *
 * Context: Any.
 * Return: characters written.
 */
size_t lab_iommu_params_text(const struct lab_iommu_params *p, char *buf, size_t size)
{
	size_t at = lab_params_text(&p->domain, buf, size);

	at += scnprintf(buf + at, size - at, " mode=%s", lab_iommu_mode_names[p->mode]);
	if (p->reserved.first <= p->reserved.last)
		at += scnprintf(buf + at, size - at, " reserved=%#llx-%#llx",
				p->reserved.first, p->reserved.last);
	return at;
}
EXPORT_SYMBOL_IF_KUNIT(lab_iommu_params_text);

/* NULL, or what is wrong with the value of a master's word. */
static const char *set_master(struct lab_master_params *p, const char *key, char *value)
{
	u64 bytes;

	if (!strcmp(key, "name")) {
		if (!lab_is_name(value))
			return "names are 1 to 31 letters, digits, '-' and '_'";
		strscpy(p->name, value);
		return NULL;
	}
	if (!strcmp(key, "mask")) {
		if (kstrtouint(value, 10, &p->mask_bits) || !p->mask_bits || p->mask_bits > 64)
			return "a mask has 1 to 64 bits";
		return NULL;
	}
	if (!strcmp(key, "boundary")) {
		if (!lab_parse_size(value, &p->boundary) ||
		    (p->boundary && !is_power_of_2(p->boundary)))
			return "a boundary is a power of two, or 0 for none";
		return NULL;
	}
	if (!strcmp(key, "max-segment")) {
		if (!lab_parse_size(value, &bytes) || !bytes || bytes > U32_MAX)
			return "a segment has 1 to 4294967295 bytes";
		p->max_segment = bytes;
		return NULL;
	}
	return "no such word; the file add says what it takes";
}

/**
 * lab_master_parse() - read what a master is to be
 * @as:		the IOMMU that it is for
 * @text:	words as documented for the file add; taken apart
 * @params:	filled in
 *
 * Context: Any.
 * Return: 0, or -EINVAL with a line in the kernel log.
 */
int lab_master_parse(const char *as, char *text, struct lab_master_params *params)
{
	char *word;

	lab_master_params_default(params);
	params->name[0] = '\0';
	while ((word = next_word(&text))) {
		char copy[64], *value = copy, *key;
		const char *why = NULL;

		if (!strcmp(word, "coherent") || !strcmp(word, "noncoherent")) {
			params->coherent = *word == 'c';
			continue;
		}
		if (!strcmp(word, "channel")) {
			params->channel = true;
			continue;
		}
		if (strscpy(copy, word) < 0) {
			why = "too long";
		} else {
			key = strsep(&value, "=");
			why = value ? set_master(params, key, value) :
				      "no such word; the file add says what it takes";
		}
		if (why)
			return refuse_word(as, word, why);
	}
	if (*params->name)
		return 0;
	lab_complain(as, "a master has a name");
	return -EINVAL;
}
EXPORT_SYMBOL_IF_KUNIT(lab_master_parse);

static const struct {
	const char *name;
	enum dma_data_direction dir;
} dirs[] = {
	{ "to", DMA_TO_DEVICE },
	{ "from", DMA_FROM_DEVICE },
	{ "both", DMA_BIDIRECTIONAL },
};

/* Attributes, and whether they are those of an allocation or of a mapping. */
static const struct {
	const char *name;
	unsigned long attr;
	bool of_alloc;
} attrs[] = {
	{ "single-pages", DMA_ATTR_ALLOC_SINGLE_PAGES, true },
	{ "contiguous", DMA_ATTR_FORCE_CONTIGUOUS, true },
	{ "no-mapping", DMA_ATTR_NO_KERNEL_MAPPING, true },
	{ "skip-sync", DMA_ATTR_SKIP_CPU_SYNC, false },
};

/**
 * lab_dir_text() - a direction in the words of map
 * @dir:	the direction
 *
 * Context: Any.
 * Return: the word.
 */
const char *lab_dir_text(enum dma_data_direction dir)
{
	for (int i = 0; i < ARRAY_SIZE(dirs); i++)
		if (dirs[i].dir == dir)
			return dirs[i].name;
	return "none";
}
EXPORT_SYMBOL_IF_KUNIT(lab_dir_text);

/**
 * lab_buffer_attrs_text() - attributes in the words of map
 * @list:	DMA_ATTR_*
 * @buf:	filled in: " attrs=" and a list, or nothing
 * @size:	its size
 *
 * Context: Any.
 */
void lab_buffer_attrs_text(unsigned long list, char *buf, size_t size)
{
	const char *before = " attrs=";
	size_t at = 0;

	*buf = '\0';
	for (int i = 0; i < ARRAY_SIZE(attrs); i++) {
		if (!(list & attrs[i].attr))
			continue;
		at += scnprintf(buf + at, size - at, "%s%s", before, attrs[i].name);
		before = ",";
	}
}

static const char *set_dir(struct lab_buffer_params *p, const char *value)
{
	for (int i = 0; i < ARRAY_SIZE(dirs); i++) {
		if (strcmp(dirs[i].name, value))
			continue;
		p->dir = dirs[i].dir;
		return NULL;
	}
	return "a direction is to, from or both";
}

static bool is_mapped(enum lab_buffer_kind kind)
{
	return kind == LAB_BUFFER_KMALLOC || kind == LAB_BUFFER_PAGE || kind == LAB_BUFFER_SG;
}

static const char *set_attr(struct lab_buffer_params *p, const char *name)
{
	for (int i = 0; i < ARRAY_SIZE(attrs); i++) {
		if (strcmp(attrs[i].name, name))
			continue;
		if (attrs[i].of_alloc ? p->kind != LAB_BUFFER_ATTRS : !is_mapped(p->kind))
			return "an attribute that is not for this kind";
		p->attrs |= attrs[i].attr;
		return NULL;
	}
	return "attributes are single-pages, contiguous, no-mapping, skip-sync";
}

static const char *set_attrs(struct lab_buffer_params *p, char *list)
{
	for (char *name; (name = strsep(&list, ",")); ) {
		const char *why = set_attr(p, name);

		if (why)
			return why;
	}
	return NULL;
}

/* One SIZE[@OFFSET]. */
static const char *set_element(struct lab_buffer_params *p, char *element)
{
	char *bytes = strsep(&element, "@");
	u64 value;

	if (p->nr == (p->kind == LAB_BUFFER_SG ? LAB_BUFFER_SEGMENTS : 1))
		return "sg has up to 16 elements, other kinds one";
	if (!lab_parse_size(bytes, &value) || !value || value > U32_MAX)
		return "not a size of 1 to 4294967295 bytes";
	p->bytes[p->nr] = value;
	if (element) {
		if (p->kind != LAB_BUFFER_PAGE && p->kind != LAB_BUFFER_SG)
			return "page and sg alone begin anywhere in a page";
		if (!lab_parse_size(element, &value) || value >= PAGE_SIZE)
			return "not an offset in a page";
		p->offset[p->nr] = value;
	}
	p->nr++;
	return NULL;
}

static const char *set_elements(struct lab_buffer_params *p, char *list)
{
	for (char *element; (element = strsep(&list, ",")); ) {
		const char *why = set_element(p, element);

		if (why)
			return why;
	}
	return NULL;
}

/* A word after the kind and the sizes. */
static const char *set_word(struct lab_buffer_params *p, char *word)
{
	char *value;

	value = value_of(word, "dir");
	if (value)
		return set_dir(p, value);
	value = value_of(word, "attrs");
	if (value)
		return set_attrs(p, value);
	return "no such word; a read of the file map says what it takes";
}

static int find_kind(const char *name)
{
	for (int i = 0; i < LAB_BUFFER_NR_KINDS; i++)
		if (!strcmp(lab_buffer_names[i], name))
			return i;
	return -ENOENT;
}

/**
 * lab_buffer_parse() - read what a buffer is to be
 * @as:		the master that it is for
 * @text:	LAB_USAGE_BUFFER; taken apart
 * @params:	filled in
 *
 * Context: Any.
 * Return: 0, or -EINVAL with a line in the kernel log.
 */
int lab_buffer_parse(const char *as, char *text, struct lab_buffer_params *params)
{
	char *kind = next_word(&text), *sizes = next_word(&text), *word;
	int found;

	*params = (struct lab_buffer_params) { .dir = DMA_BIDIRECTIONAL };
	if (!sizes) {
		lab_complain(as, "map takes: " LAB_USAGE_BUFFER);
		return -EINVAL;
	}
	found = find_kind(kind);
	if (found < 0)
		return refuse_word(as, kind, "no such kind; a read of the file map lists them");
	params->kind = found;

	for (word = sizes; word; word = next_word(&text)) {
		char copy[256];
		const char *why;

		/* A complaint has it whole. */
		if (strscpy(copy, word) < 0)
			why = "too long";
		else if (word == sizes)
			why = set_elements(params, copy);
		else
			why = set_word(params, copy);
		if (why)
			return refuse_word(as, word, why);
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(lab_buffer_parse);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The words of the files fuzz and replay: those of create, and a few of their own.
 *
 * Pure text; complains in the log.
 */
#include <kunit/visibility.h>
#include <linux/log2.h>
#include <linux/string.h>

#include "words.h"
#include "compat/compat.h"

enum {
	SEED		= 1,
	SEEDS		= 100,
	STEPS		= 200,
};

#define BLANKS	" \t\n"

static bool starts_word(const char *word, const char *with)
{
	return !strncmp(word, with, strlen(with));
}

/* NULL, or what is wrong with a word; *@own tells those of create apart. */
static const char *set_word(struct lab_fuzz *fuzz, char *word, bool *own)
{
	char *value = strchrnul(word, '=');

	*own = true;
	value += *value == '=';
	if (!strcmp(word, "differential")) {
		fuzz->setup.differential = true;
		return NULL;
	}
	if (starts_word(word, "seed="))
		return kstrtou64(value, 0, &fuzz->seed) ? "not a number of 64 bits" : NULL;
	if (starts_word(word, "seeds="))
		return kstrtou64(value, 0, &fuzz->seeds) || !fuzz->seeds ?
		       "not a number of seeds" : NULL;
	if (starts_word(word, "window="))
		return lab_parse_size(value, &fuzz->window) && is_power_of_2(fuzz->window) ?
		       NULL : "not a size that is a power of 2";
	if (starts_word(word, "steps="))
		return kstrtoul(value, 0, &fuzz->steps) || !fuzz->steps ||
		       fuzz->steps > LAB_FUZZ_MAX_OPS ? "1 to 4096 steps" : NULL;
	*own = false;
	return NULL;
}

/* Take the words that are not create's, and put blanks in their place. */
static int take_own(const char *name, char *text, struct lab_fuzz *fuzz)
{
	char copy[64], *word = text;
	const char *why;
	size_t len;
	bool own;

	for (; *(word = skip_spaces(word)); word += len) {
		len = strcspn(word, BLANKS);
		if (len >= sizeof(copy))
			continue;
		memcpy(copy, word, len);
		copy[len] = '\0';
		why = set_word(fuzz, copy, &own);
		if (why) {
			lab_complain(name, "\"%*pE\": %s", (int)len, copy, why);
			return -EINVAL;
		}
		if (own)
			memset(word, ' ', len);
	}
	return 0;
}

/**
 * lab_fuzz_parse() - read what a run is to be
 * @text:	words as documented for the file fuzz; taken apart
 * @fuzz:	filled in; its instances have no name
 *
 * Context: Any; the list of allocators is held.
 * Return: 0, or -EINVAL with a line in the kernel log.
 */
int lab_fuzz_parse(char *text, struct lab_fuzz *fuzz)
{
	int ret;

	*fuzz = (struct lab_fuzz) { .seed = SEED, .seeds = SEEDS, .steps = STEPS };
	ret = take_own("fuzz", text, fuzz) ?: lab_parse_params(text, &fuzz->setup.params);
	*fuzz->setup.params.name = '\0';
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(lab_fuzz_parse);

/**
 * lab_fuzz_parse_replay() - read a program and what it is done on
 * @text:	words of a setup in the first line, an operation in each that follows; empty
 *		lines, and what follows a '#', are passed over.  Taken apart
 * @setup:	filled in
 * @program:	from lab_fuzz_program_init(), with room for LAB_FUZZ_MAX_OPS; filled in
 *
 * Context: Any; the list of allocators is held.
 * Return: 0; -EINVAL, -E2BIG with a line in the kernel log.
 */
int lab_fuzz_parse_replay(char *text, struct lab_fuzz_setup *setup,
			  struct lab_fuzz_program *program)
{
	struct lab_fuzz fuzz = {};
	char *line = "";
	int ret;

	while (text && !*line) {
		line = strsep(&text, "\n");
		line[strcspn(line, "#")] = '\0';
		line = strim(line);
	}
	if (!*line) {
		lab_complain("replay", "there is no program; a first line says what it is done on");
		return -EINVAL;
	}
	ret = take_own("replay", line, &fuzz) ?: lab_parse_params(line, &fuzz.setup.params);
	if (ret)
		return ret;
	*setup = fuzz.setup;
	strscpy(setup->params.name, "replay");
	program->nr = 0;
	return text ? lab_fuzz_program_parse("replay", text, program) : 0;
}
EXPORT_SYMBOL_IF_KUNIT(lab_fuzz_parse_replay);

/**
 * lab_fuzz_setup_text() - a setup in words, all of them
 * @setup:	the setup
 * @buf:	where to
 *
 * Context: Any.
 * Return: @buf.
 */
const char *lab_fuzz_setup_text(const struct lab_fuzz_setup *setup,
				char buf[LAB_FUZZ_SETUP_BYTES])
{
	size_t at = lab_params_text(&setup->params, buf, LAB_FUZZ_SETUP_BYTES);

	scnprintf(buf + at, LAB_FUZZ_SETUP_BYTES - at, "%s",
		  setup->differential ? " differential" : "");
	return buf;
}
EXPORT_SYMBOL_IF_KUNIT(lab_fuzz_setup_text);

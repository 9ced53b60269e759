// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs of operations as text, and back.  What is written is read again as it was.
 *
 * Pure text and memory; complains in the log of what it cannot read.
 */
#include <kunit/visibility.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "program.h"
#include "compat/compat.h"

/* What follows the first word of a line */
enum operands {
	NOTHING,
	AS_MAP,
	AS_UNMAP,
	AN_IOVA,
	A_NUMBER,
};

static const struct {
	const char *word;
	enum operands operands;
} kinds[LAB_FUZZ_NR_KINDS] = {
	[LAB_FUZZ_MAP]		= { "map", AS_MAP },
	[LAB_FUZZ_MAP_ATOMIC]	= { "map-atomic", AS_MAP },
	[LAB_FUZZ_UNMAP]	= { "unmap", AS_UNMAP },
	[LAB_FUZZ_UNMAP_QUEUED]	= { "unmap-queued", AS_UNMAP },
	[LAB_FUZZ_SYNC]		= { "sync", NOTHING },
	[LAB_FUZZ_TRANSLATE]	= { "translate", AN_IOVA },
	[LAB_FUZZ_TOUCH]	= { "touch", AN_IOVA },
	[LAB_FUZZ_CLEAR]	= { "clear", NOTHING },
	[LAB_FUZZ_FAIL_NTH]	= { "fail_nth", A_NUMBER },
	[LAB_FUZZ_RECREATE]	= { "recreate", NOTHING },
};

/**
 * lab_fuzz_program_init() - an empty program
 * @program:	the program
 * @room:	the most operations that it is to have
 *
 * Context: Process; sleeps.
 * Return: 0 or -ENOMEM.
 */
int lab_fuzz_program_init(struct lab_fuzz_program *program, size_t room)
{
	program->nr = 0;
	program->op = kvcalloc(room, sizeof(*program->op), GFP_KERNEL);
	return program->op ? 0 : -ENOMEM;
}
EXPORT_SYMBOL_IF_KUNIT(lab_fuzz_program_init);

/**
 * lab_fuzz_program_fini() - give a program's memory back
 * @program:	from lab_fuzz_program_init(), also where that failed
 *
 * Context: Process.
 */
void lab_fuzz_program_fini(struct lab_fuzz_program *program)
{
	kvfree(program->op);
	program->op = NULL;
	program->nr = 0;
}
EXPORT_SYMBOL_IF_KUNIT(lab_fuzz_program_fini);

/**
 * lab_fuzz_op_is_map() - whether an operation maps
 * @op:		the operation
 *
 * Context: Any.
 */
bool lab_fuzz_op_is_map(const struct lab_fuzz_op *op)
{
	return kinds[op->kind].operands == AS_MAP;
}
EXPORT_SYMBOL_IF_KUNIT(lab_fuzz_op_is_map);

/**
 * lab_fuzz_op_is_unmap() - whether it unmaps
 * @op:		the operation
 *
 * Context: Any.
 */
bool lab_fuzz_op_is_unmap(const struct lab_fuzz_op *op)
{
	return kinds[op->kind].operands == AS_UNMAP;
}
EXPORT_SYMBOL_IF_KUNIT(lab_fuzz_op_is_unmap);

/**
 * lab_fuzz_op_text() - an operation as a line
 * @op:		the operation
 * @buf:	where to
 * @size:	its size, LAB_FUZZ_OP_BYTES for any operation
 *
 * Context: Any.
 * Return: characters written, without a line break.
 */
int lab_fuzz_op_text(const struct lab_fuzz_op *op, char *buf, size_t size)
{
	const char *word = kinds[op->kind].word;
	const struct lab_range *r = &op->range;
	char pages[LAB_SIZE_TEXT_BYTES], prot[LAB_PROT_TEXT_BYTES];

	switch (kinds[op->kind].operands) {
	case AS_MAP:
		return scnprintf(buf, size, "%s %#llx %#llx %s %zu %s", word, r->iova, r->pa,
				 lab_size_text(r->pgsize, pages), r->count,
				 lab_prot_text(r->prot, prot));
	case AS_UNMAP:
		return scnprintf(buf, size, "%s %#llx %s %zu", word, r->iova,
				 lab_size_text(r->pgsize, pages), r->count);
	case AN_IOVA:
		return scnprintf(buf, size, "%s %#llx", word, r->iova);
	case A_NUMBER:
		return scnprintf(buf, size, "%s %zu", word, r->count);
	case NOTHING:
		break;
	}
	return scnprintf(buf, size, "%s", word);
}
EXPORT_SYMBOL_IF_KUNIT(lab_fuzz_op_text);

static bool parse_number(char *text, size_t *number)
{
	return !kstrtoul(strim(text), 0, number);
}

/**
 * lab_fuzz_op_parse() - read an operation
 * @name:	who complains
 * @text:	a line, not empty; taken apart
 * @op:		filled in
 *
 * Context: Any.
 * Return: 0, or -EINVAL with a line in the kernel log.
 */
int lab_fuzz_op_parse(const char *name, char *text, struct lab_fuzz_op *op)
{
	const char *word;
	int kind;

	text = strim(text);
	word = text;
	text += strcspn(text, " \t");
	if (*text)
		*text++ = '\0';
	*op = (struct lab_fuzz_op) {};
	for (kind = 0; kind < LAB_FUZZ_NR_KINDS; kind++)
		if (!strcmp(kinds[kind].word, word))
			break;
	if (kind == LAB_FUZZ_NR_KINDS) {
		lab_complain(name, "\"%*pE\" is no operation", (int)strlen(word), word);
		return -EINVAL;
	}

	op->kind = kind;
	switch (kinds[kind].operands) {
	case AS_MAP:
		return lab_parse_map(name, text, &op->range);
	case AS_UNMAP:
		return lab_parse_unmap(name, text, &op->range);
	case AN_IOVA:
		return lab_parse_iova(name, text, &op->range.iova);
	case A_NUMBER:
		if (parse_number(text, &op->range.count))
			return 0;
		lab_complain(name, "%s takes a number", word);
		return -EINVAL;
	case NOTHING:
		break;
	}
	if (!*skip_spaces(text))
		return 0;
	lab_complain(name, "%s takes nothing more", word);
	return -EINVAL;
}
EXPORT_SYMBOL_IF_KUNIT(lab_fuzz_op_parse);

/**
 * lab_fuzz_program_parse() - read a program
 * @name:	who complains
 * @text:	an operation a line; empty lines, and what follows a '#', are passed over.
 *		Taken apart
 * @program:	from lab_fuzz_program_init(), with room for LAB_FUZZ_MAX_OPS; filled in
 *
 * Context: Any.
 * Return: 0; -EINVAL or, for too many operations, -E2BIG with a line in the kernel log.
 */
int lab_fuzz_program_parse(const char *name, char *text, struct lab_fuzz_program *program)
{
	char as[LAB_NAME_BYTES];
	int ret;

	program->nr = 0;
	for (char *line; (line = strsep(&text, "\n")); ) {
		line[strcspn(line, "#")] = '\0';
		line = skip_spaces(line);
		if (!*line)
			continue;
		if (program->nr == LAB_FUZZ_MAX_OPS) {
			lab_complain(name, "more than %u operations", LAB_FUZZ_MAX_OPS);
			return -E2BIG;
		}
		snprintf(as, sizeof(as), "%s, operation %zu", name, program->nr + 1);
		ret = lab_fuzz_op_parse(as, line, &program->op[program->nr]);
		if (ret)
			return ret;
		program->nr++;
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(lab_fuzz_program_parse);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs of operations, and how people write and read them: a line an operation,
 * in the words of an instance's files.
 */
#ifndef LAB_FUZZ_PROGRAM_H
#define LAB_FUZZ_PROGRAM_H

#include "parse.h"

/* What an operation does */
enum lab_fuzz_kind {
	LAB_FUZZ_MAP,
	LAB_FUZZ_MAP_ATOMIC,	/* with flags that do not allow sleeping */
	LAB_FUZZ_UNMAP,
	LAB_FUZZ_UNMAP_QUEUED,	/* the TLB is left to a flush queue */
	LAB_FUZZ_SYNC,		/* which runs now */
	LAB_FUZZ_TRANSLATE,
	LAB_FUZZ_TOUCH,		/* hardware writes, and notes that the page is dirty */
	LAB_FUZZ_CLEAR,		/* that is read and cleared, everywhere */
	LAB_FUZZ_FAIL_NTH,	/* a request for a table to come fails */
	LAB_FUZZ_RECREATE,	/* the instance goes, and another like it comes */
	LAB_FUZZ_NR_KINDS
};

/**
 * struct lab_fuzz_op - an operation
 * @kind:	what it does
 * @range:	to which addresses: all of it for a map, all but @pa and @prot for an
 *		unmap, @iova alone for a translate or touch; @count is which request
 *		fails; else nothing
 */
struct lab_fuzz_op {
	enum lab_fuzz_kind kind;
	struct lab_range range;
};

/* The most operations of a program, and bytes of one in words */
#define LAB_FUZZ_MAX_OPS	4096
#define LAB_FUZZ_OP_BYTES	160

/**
 * struct lab_fuzz_program - a program
 * @op:		its operations
 * @nr:		how many
 */
struct lab_fuzz_program {
	struct lab_fuzz_op *op;
	size_t nr;
};

int lab_fuzz_program_init(struct lab_fuzz_program *program, size_t room);
void lab_fuzz_program_fini(struct lab_fuzz_program *program);
int lab_fuzz_op_text(const struct lab_fuzz_op *op, char *buf, size_t size);
int lab_fuzz_op_parse(const char *name, char *text, struct lab_fuzz_op *op);
int lab_fuzz_program_parse(const char *name, char *text, struct lab_fuzz_program *program);
bool lab_fuzz_op_is_map(const struct lab_fuzz_op *op);
bool lab_fuzz_op_is_unmap(const struct lab_fuzz_op *op);

#endif /* LAB_FUZZ_PROGRAM_H */

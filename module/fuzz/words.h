/* SPDX-License-Identifier: GPL-2.0-only */
/* What people write to the files fuzz and replay. */
#ifndef LAB_FUZZ_WORDS_H
#define LAB_FUZZ_WORDS_H

#include "fuzz.h"

/* Room for a setup in words */
#define LAB_FUZZ_SETUP_BYTES	256

int lab_fuzz_parse(char *text, struct lab_fuzz *fuzz);
int lab_fuzz_parse_replay(char *text, struct lab_fuzz_setup *setup,
			  struct lab_fuzz_program *program);
const char *lab_fuzz_setup_text(const struct lab_fuzz_setup *setup,
				char buf[LAB_FUZZ_SETUP_BYTES]);

#endif /* LAB_FUZZ_WORDS_H */

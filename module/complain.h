/* SPDX-License-Identifier: GPL-2.0-only */
/* How the lab says what was wrong with a request. */
#ifndef LAB_COMPLAIN_H
#define LAB_COMPLAIN_H

#include <linux/compiler.h>

__printf(2, 3)
void lab_complain(const char *name, const char *fmt, ...);

#endif /* LAB_COMPLAIN_H */

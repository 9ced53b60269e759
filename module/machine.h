/* SPDX-License-Identifier: GPL-2.0-only */
/* Where this machine's RAM lies: whether the address rules can mean anything. */
#ifndef LAB_MACHINE_H
#define LAB_MACHINE_H

#include <linux/types.h>

/**
 * struct lab_machine - bounds of RAM
 * @start:	lowest physical address
 * @end:	exclusive upper bound
 */
struct lab_machine {
	u64 start, end;
};

struct lab_machine lab_machine(void);
const char *lab_machine_caveat(const struct lab_machine *machine);

#endif /* LAB_MACHINE_H */

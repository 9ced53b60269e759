/* SPDX-License-Identifier: GPL-2.0-only */
/* Probes on the kernel's tracepoints of memory and of the DMA API. */
#ifndef LAB_WATCH_H
#define LAB_WATCH_H

#include <linux/device.h>
#include <linux/types.h>

/* What marks the lab's fake devices to the DMA probe. */
extern const struct device_type lab_device_type;

const char *lab_watch_start(void);
void lab_watch_stop(void);
unsigned int lab_watch_generation(void);

/**
 * lab_watch_on() - whether a generation is one in which the probes are there
 * @generation:	from lab_watch_generation()
 *
 * Context: Any.
 * Return: true where they are.
 */
static inline bool lab_watch_on(unsigned int generation)
{
	return generation & 1;
}

#endif /* LAB_WATCH_H */

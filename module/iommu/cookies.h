/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cookies of dmaengine, by which a client asks what has become of a transfer: which of
 * them did not end well.
 */
#ifndef LAB_IOMMU_COOKIES_H
#define LAB_IOMMU_COOKIES_H

#include <linux/dmaengine.h>
#include <linux/types.h>

/* Ranges that are kept; the oldest is forgotten. */
#define LAB_COOKIES_RANGES	16

/**
 * struct lab_cookies - the last ranges of cookies that something is true of
 * @range:	cookies that follow each other; none where @first is 0
 * @next:	the range that goes next
 *
 * All zero is an empty one. Whose it is has the lock.
 */
struct lab_cookies {
	struct {
		dma_cookie_t first, last;
	} range[LAB_COOKIES_RANGES];
	unsigned int next;
};

dma_cookie_t lab_cookie_after(dma_cookie_t cookie);
void lab_cookies_add(struct lab_cookies *cookies, dma_cookie_t first, dma_cookie_t last);
bool lab_cookies_have(const struct lab_cookies *cookies, dma_cookie_t cookie);

#endif /* LAB_IOMMU_COOKIES_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ranges of dmaengine's cookies, which count up and start over at DMA_MIN_COOKIE.  Knows
 * nothing of channels or transfers, and takes no lock.
 */
#include "iommu/cookies.h"

/**
 * lab_cookie_after() - the cookie that follows another
 * @cookie:	the other
 *
 * Context: Any.
 * Return: the cookie, which is positive.
 */
dma_cookie_t lab_cookie_after(dma_cookie_t cookie)
{
	return cookie == INT_MAX ? DMA_MIN_COOKIE : cookie + 1;
}

/**
 * lab_cookies_add() - a range belongs to them as well
 * @cookies:	they
 * @first:	first cookie of the range
 * @last:	its last
 *
 * What follows the newest range makes that longer; else the oldest one goes.
 *
 * Context: Any.
 */
void lab_cookies_add(struct lab_cookies *cookies, dma_cookie_t first, dma_cookie_t last)
{
	unsigned int newest = (cookies->next + LAB_COOKIES_RANGES - 1) % LAB_COOKIES_RANGES;
	bool follows = cookies->range[newest].first &&
		       lab_cookie_after(cookies->range[newest].last) == first;

	if (follows) {
		cookies->range[newest].last = last;
		return;
	}
	cookies->range[cookies->next].first = first;
	cookies->range[cookies->next].last = last;
	cookies->next = (cookies->next + 1) % LAB_COOKIES_RANGES;
}

/**
 * lab_cookies_have() - whether a cookie is one of them
 * @cookies:	they
 * @cookie:	the cookie
 *
 * Context: Any.
 * Return: whether it is, as far as that was not forgotten.
 */
bool lab_cookies_have(const struct lab_cookies *cookies, dma_cookie_t cookie)
{
	for (int i = 0; i < LAB_COOKIES_RANGES; i++) {
		dma_cookie_t first = cookies->range[i].first, last = cookies->range[i].last;

		if (first > last ? cookie >= first || cookie <= last :
		    first && cookie >= first && cookie <= last)
			return true;
	}
	return false;
}

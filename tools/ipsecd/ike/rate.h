/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rate - so many times a second, and a few more at once (token bucket). */
#ifndef _IPSECD_IKE_RATE_H
#define _IPSECD_IKE_RATE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct rate - what may be done how often
 * @per_second: in the long run
 * @burst: at once, after a rest
 * @used: thousandths of one that are spent
 * @when: of that, ms
 */
struct rate {
	uint32_t per_second;
	uint32_t burst;
	uint64_t used;
	uint64_t when;
};

/* Takes one if there is one; @now in ms. */
static inline bool rate_take(struct rate *r, uint64_t now)
{
	uint64_t back = (now - r->when) * r->per_second;

	r->used = r->used > back ? r->used - back : 0;
	r->when = now;
	if (r->used + 1000 > (uint64_t)r->burst * 1000)
		return false;
	r->used += 1000;
	return true;
}

#endif /* _IPSECD_IKE_RATE_H */

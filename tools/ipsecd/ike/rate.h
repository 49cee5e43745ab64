/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rate - once in a while, and a few more times at once (token bucket). */
#ifndef _IPSECD_IKE_RATE_H
#define _IPSECD_IKE_RATE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct rate - what may be done how often
 * @each_ms: once, in the long run
 * @burst: at once, after a rest
 * @used: ms that are spent, @each_ms a time
 * @when: of that, ms
 */
struct rate {
	uint32_t each_ms;
	uint32_t burst;
	uint64_t used;
	uint64_t when;
};

/* Takes one if there is one; @now in ms. */
static inline bool rate_take(struct rate *r, uint64_t now)
{
	uint64_t back = now - r->when;

	r->used = r->used > back ? r->used - back : 0;
	r->when = now;
	if (r->used + r->each_ms > (uint64_t)r->burst * r->each_ms)
		return false;
	r->used += r->each_ms;
	return true;
}

#endif /* _IPSECD_IKE_RATE_H */

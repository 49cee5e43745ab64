/* SPDX-License-Identifier: GPL-2.0 */
/* Same calls as in the kernel, another function: callers only need a good one. */
#ifndef SHIM_LINUX_JHASH_H
#define SHIM_LINUX_JHASH_H

#include <linux/types.h>

static inline u32 shim_mix(u64 x)
{
	x = (x ^ x >> 32) * 0xd6e8feb86659fd93ULL;
	x = (x ^ x >> 32) * 0xd6e8feb86659fd93ULL;
	return x ^ x >> 32;
}

static inline u32 jhash_2words(u32 a, u32 b, u32 seed)
{
	return shim_mix(((u64)a << 32 | b) + 0x9e3779b97f4a7c15ULL * (seed + 1ULL));
}

static inline u32 jhash2(const u32 *words, u32 count, u32 seed)
{
	while (count--)
		seed = jhash_2words(*words++, count, seed);
	return seed;
}

#endif

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_BITMAP_H
#define SHIM_LINUX_BITMAP_H

#include <string.h>

#define BITS_PER_LONG		(8 * sizeof(long))
#define BITS_TO_LONGS(bits)	(((bits) + BITS_PER_LONG - 1) / BITS_PER_LONG)
#define DECLARE_BITMAP(name, bits) unsigned long name[BITS_TO_LONGS(bits)]

static inline void __set_bit(unsigned long bit, unsigned long *map)
{
	map[bit / BITS_PER_LONG] |= 1UL << bit % BITS_PER_LONG;
}

static inline void __clear_bit(unsigned long bit, unsigned long *map)
{
	map[bit / BITS_PER_LONG] &= ~(1UL << bit % BITS_PER_LONG);
}

static inline void bitmap_zero(unsigned long *map, unsigned int bits)
{
	memset(map, 0, BITS_TO_LONGS(bits) * sizeof(long));
}

/* The first bit set from @bit on, or @end. */
static inline unsigned long find_next_bit(const unsigned long *map, unsigned long end,
					  unsigned long bit)
{
	while (bit < end) {
		unsigned long rest = map[bit / BITS_PER_LONG] >> bit % BITS_PER_LONG;

		if (rest) {
			bit += __builtin_ctzl(rest);
			return bit < end ? bit : end;
		}
		bit += BITS_PER_LONG - bit % BITS_PER_LONG;
	}
	return end;
}

#define for_each_set_bit(bit, map, size)				\
	for ((bit) = find_next_bit(map, size, 0); (bit) < (size);	\
	     (bit) = find_next_bit(map, size, (bit) + 1))

#endif

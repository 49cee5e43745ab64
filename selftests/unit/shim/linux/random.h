/* SPDX-License-Identifier: GPL-2.0 */
/* Repeatable: the test sets shim_random and says it when it fails. */
#ifndef SHIM_LINUX_RANDOM_H
#define SHIM_LINUX_RANDOM_H

#include <linux/types.h>

__attribute__((weak)) u32 shim_random = 1;

static inline u32 get_random_u32(void)
{
	shim_random = shim_random * 1664525 + 1013904223;
	return shim_random;
}

#endif

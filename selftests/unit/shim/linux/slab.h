/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_SLAB_H
#define SHIM_LINUX_SLAB_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <linux/types.h>

#define GFP_KERNEL	0x1u
#define GFP_ATOMIC	0x2u

/* Allocations that still succeed before all fail; negative: none fails. */
__attribute__((weak)) long shim_alloc_left = -1;

/* What is not asked to be zero is not. */
static inline void *kvmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	void *ptr;

	(void)gfp;
	if (shim_alloc_left == 0 || (size && n > SIZE_MAX / size))
		return NULL;
	if (shim_alloc_left > 0)
		shim_alloc_left--;
	ptr = malloc(n * size + !n);
	if (ptr)
		memset(ptr, 0xa5, n * size);
	return ptr;
}

static inline void *kvcalloc(size_t n, size_t size, gfp_t gfp)
{
	void *ptr = kvmalloc_array(n, size, gfp);

	return ptr ? memset(ptr, 0, n * size) : NULL;
}

static inline void *kvzalloc(size_t size, gfp_t gfp)
{
	return kvcalloc(1, size, gfp);
}

static inline void *kzalloc(size_t size, gfp_t gfp)
{
	return kvcalloc(1, size, gfp);
}

static inline void kvfree(const void *ptr)
{
	free((void *)ptr);
}

static inline void kfree(const void *ptr)
{
	free((void *)ptr);
}

#endif

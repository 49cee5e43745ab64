/* SPDX-License-Identifier: GPL-2.0 */
/* Allocation that can be made to fail: shim_alloc_fail_after counts down. */
#ifndef SHIM_LINUX_SLAB_H
#define SHIM_LINUX_SLAB_H

#include <stdlib.h>
#include <linux/types.h>

#define GFP_KERNEL	0x1u
#define GFP_ATOMIC	0x2u

/* Allocations that still succeed before one fails; negative: none fails. */
extern long shim_alloc_fail_after;

static inline void *kvcalloc(size_t n, size_t size, gfp_t gfp)
{
	(void)gfp;
	if (shim_alloc_fail_after >= 0 && shim_alloc_fail_after-- == 0)
		return NULL;
	return calloc(n, size);
}

static inline void *kvzalloc(size_t size, gfp_t gfp)
{
	return kvcalloc(1, size, gfp);
}

static inline void *kvmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	return kvcalloc(n, size, gfp);
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

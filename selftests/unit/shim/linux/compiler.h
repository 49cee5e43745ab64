/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_COMPILER_H
#define SHIM_LINUX_COMPILER_H

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#define noinline	__attribute__((noinline))
#ifndef __always_inline
#define __always_inline	inline __attribute__((always_inline))
#endif

/*
 * The classifier tells each step of a search, so that a test can count them:
 * a figure that is the same on every machine, as time is not.
 */
#ifndef SHIM_NO_STEPS
__attribute__((weak)) unsigned long shim_acl_steps;
#define acl_step()	(shim_acl_steps++)
#endif

#endif

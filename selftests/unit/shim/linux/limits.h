/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_LIMITS_H
#define SHIM_LINUX_LIMITS_H

/* The C library's own <limits.h> comes here for PATH_MAX and its like. */
#include_next <linux/limits.h>
#include <limits.h>

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hash - uthash for those that go on without memory: HASH_ADD() leaves out what
 * it has no room for, instead of ending the process, and HASH_ADDED() tells.
 */
#ifndef TOOLS_LIB_HASH_H
#define TOOLS_LIB_HASH_H

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

/* Whether the last HASH_ADD() of @element has put it into its table. */
#define HASH_ADDED(element)	((element)->hh.tbl != NULL)

#endif

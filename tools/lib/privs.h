/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * privs - what a daemon gives up once it is up.
 *
 * The daemons stay root by user id, for their files are root's, but keep only
 * the capabilities that they name, and only the system calls that a network
 * daemon needs: no program is ever run, no module loaded, nothing mounted, no
 * namespace entered, no other process looked into.
 *
 * Both steps are for good, also for children.  Take them when everything that
 * needs more is open, and before the first byte of somebody else is read.
 */
#ifndef _CM_TOOLS_PRIVS_H
#define _CM_TOOLS_PRIVS_H

#include <stddef.h>

#include "kerr.h"

/*
 * Keeps the @n capabilities CAP_* of @caps and gives up all others, in every
 * set, with "no new privileges".  One of @caps that the process does not have
 * is an error (-EPERM).  Returns 0 or a negative errno.
 */
int privs_keep(const unsigned int *caps, size_t n, struct kerr *err);

/*
 * From now on any other system call than those of a network daemon fails
 * with EPERM, and is noted in the audit log.  Returns 0 or a negative errno.
 */
int privs_confine(struct kerr *err);

/* Keys must not reach a core file, nor somebody who may trace the process. */
void privs_no_core(void);

#endif /* _CM_TOOLS_PRIVS_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * isakmp - the IKE engine in the daemon: its sockets on UDP port 500, its
 * clock and timers, its files.
 */
#ifndef _IPSECD_ISAKMP_H
#define _IPSECD_ISAKMP_H

#include "daemon.h"

struct isakmp;

/*
 * Needs CAP_NET_BIND_SERVICE. A port that somebody else has is logged: the
 * daemon is of use without IKE, for manual SAs. Returns 0, or a negative errno
 * with *@err.
 */
int isakmp_start(struct isakmp **out, struct daemon *d, struct kerr *err);
void isakmp_stop(struct isakmp *isakmp);

#endif /* _IPSECD_ISAKMP_H */

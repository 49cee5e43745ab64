/* SPDX-License-Identifier: GPL-2.0-or-later */
/* aggressive - aggressive exchange (RFC 2409 5.1, 5.4; RFC 2408 4.7). */
#ifndef _IPSECD_IKE_AGGRESSIVE_H
#define _IPSECD_IKE_AGGRESSIVE_H

#include "sa.h"

/* Sends the first message. 0, or a negative errno with *@why. */
int aggressive_initiate(struct ike_sa *sa, struct kerr *why);
/* A first message of somebody. @cookies are of both sides, ours computed. */
void aggressive_open(struct ike *ike, const struct ike_path *path,
		     const struct ike_cookies *cookies, const void *data, size_t len);

#endif /* _IPSECD_IKE_AGGRESSIVE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* main_mode - identity protection exchange (RFC 2409 5.1, 5.4; RFC 2408 4.5). */
#ifndef _IPSECD_IKE_MAIN_MODE_H
#define _IPSECD_IKE_MAIN_MODE_H

#include "sa.h"

/* Sends the first message. 0, or a negative errno with *@why. */
int main_mode_initiate(struct ike_sa *sa, struct kerr *why);
/* A first message of somebody. @cookies are of both sides, ours computed. */
void main_mode_open(struct ike *ike, const struct ike_path *path,
		    const struct ike_cookies *cookies, const void *data, size_t len);
/*
 * A message with cookies that no IKE SA has: the third one, if an opening is
 * there. Returns whether it is.
 */
bool main_mode_accept(struct ike *ike, const struct ike_path *path,
		      const struct ike_cookies *cookies, const void *data, size_t len);

#endif /* _IPSECD_IKE_MAIN_MODE_H */

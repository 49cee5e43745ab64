/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report - messages about peers, "%CRYPTO-5-SESSION_STATUS: …" and
 * "%CRYPTO-6-IKMP_…" (O19), with the peer as fields for the journal.
 */
#ifndef _IPSECD_IKE_REPORT_H
#define _IPSECD_IKE_REPORT_H

#include "ike.h"
#include "lib/log.h"

/* The same line about the same peer is logged again after so long (ms). */
#define REPORT_REPEAT_MS	10000

/*
 * report_line - log_msg() about something that a peer can cause as often as it
 * likes. The first time it is logged at once; see repeats.h.
 */
void report_line(struct ike *ike, const struct addr *peer, int severity, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* The timer of it. */
void report_repeats(void *arg);

/* report_peer - a message about whoever is at the other end of @path. */
void report_peer(const struct ike_path *path, int severity, const char *mnemonic,
		 const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/*
 * report_session - there are IPsec SAs with a peer now, or there are none any
 * more. The identity is that of the last IKE SA with it, its address without.
 */
void report_session(struct ike *ike, const struct ike_path *path, bool up);

#endif /* _IPSECD_IKE_REPORT_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dpd - dead peer detection (RFC 3706, DPD-1 … DPD-17): periodic, or on demand
 * when the kernel tells that packets go out and nothing comes back.
 */
#ifndef _IPSECD_IKE_DPD_H
#define _IPSECD_IKE_DPD_H

#include "payload.h"
#include "sa.h"

/* R_U_THERE messages that may stay unanswered (DPD-4). */
#define DPD_TRIES	5
/* Traffic that is not answered for so long casts doubt on the peer. */
#define DPD_DOUBT_SECONDS	1

struct dpd;

/* When phase 1 is over: if it is configured and the peer can do it, sa->dpd is there. */
int dpd_start(struct ike_sa *sa);
void dpd_stop(struct ike_sa *sa);
/* On demand: ask now. */
void dpd_ask(struct ike_sa *sa);
/*
 * The kernel's liveness event: packets go out, and for so many ms nothing has
 * come. On demand, that is when to ask. Else the peer may have begun anew and
 * not know our SAs (SC-2): while traffic @goes_on it is asked out of turn.
 */
void dpd_doubt(struct ike_sa *sa, uint64_t silent_ms, bool goes_on);
/* Anything authentic came from the peer, over IKE; also without DPD. */
void dpd_heard(struct ike_sa *sa);
/*
 * One R_U_THERE apart from all that, to learn when the peer has come so far with
 * what it was sent before. Returns its sequence number, 0 if the peer does not
 * answer such messages; what answers goes to quick_peer_answered().
 */
uint32_t dpd_probe(struct ike_sa *sa);
/* R_U_THERE and R_U_THERE_ACK that were authenticated. */
void dpd_receive(struct ike_sa *sa, const struct isakmp_notification *n);
/* After how many seconds without an answer the kernel is to tell of an SA; 0: never. */
uint32_t dpd_liveness_seconds(const struct ike_sa *sa);

#endif /* _IPSECD_IKE_DPD_H */

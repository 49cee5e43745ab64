/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * quick - quick mode (RFC 2409 5.5): IPsec SAs for a flow under an established
 * IKE SA.
 */
#ifndef _IPSECD_IKE_QUICK_H
#define _IPSECD_IKE_QUICK_H

#include "exchange.h"
#include "tunnel.h"

/*
 * Begins one for @tunnel, whose @quick it becomes. What comes of it is told by
 * tunnel_add_pair() or tunnel_quick_failed(). Returns 0 or a negative errno.
 */
int quick_initiate(struct ike_sa *sa, struct tunnel *tunnel, struct kerr *err);

/*
 * The exchange for a quick mode that the peer begins with message ID @id; its
 * first message is handed to the exchange's ops->receive. NULL without memory
 * or with too many of them in flight.
 */
struct exchange *quick_accept(struct ike_sa *sa, uint32_t id);

/* An authentic notification of an error, which may be about a quick mode of ours in flight. */
void quick_refused(struct ike_sa *sa, const struct isakmp_notification *n);

/*
 * The peer does not know @sa, but a newer one: what it was asked for under @sa,
 * and has not answered, is begun again under that.
 */
void quick_begin_again(struct ike_sa *sa);

/*
 * The peer has answered R_U_THERE @sequence, so it has taken what it was sent
 * before. Returns false if no quick mode has waited for that.
 */
bool quick_peer_answered(struct ike_sa *sa, uint32_t sequence);

/*
 * The peer deletes its inbound SA @spi: if it is of a quick mode that waits for
 * the third message, that is over. Returns false if there is none.
 */
bool quick_peer_deleted(struct ike_sa *sa, uint32_t spi);

#endif /* _IPSECD_IKE_QUICK_H */

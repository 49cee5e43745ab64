/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * informational - informational exchanges (RFC 2409 5.7): notifications and
 * deletes, authenticated before anything is done about them. One in clear is
 * counted and ends nothing: it may shorten waiting in phase 1, or have the peer
 * authenticate itself again.
 */
#ifndef _IPSECD_IKE_INFORMATIONAL_H
#define _IPSECD_IKE_INFORMATIONAL_H

#include "payload.h"
#include "sa.h"

/*
 * Under an established IKE SA, encrypted; nothing is expected. @keep: an empty
 * buffer that gets what was sent, or NULL. Return 0 or a negative errno.
 */
int info_send_notify(struct ike_sa *sa, const struct isakmp_notification *n, struct buf *keep);
int info_send_delete(struct ike_sa *sa, const struct isakmp_delete *d);
/* The inbound SPI of ours that is gone, host order. */
int info_send_delete_spi(struct ike_sa *sa, uint8_t protocol, uint32_t spi);
/* The peer sends on an SA that we do not have; its SPI in host order. */
int info_send_invalid_spi(struct ike_sa *sa, uint8_t protocol, uint32_t spi);
/* The IKE SA itself; what was sent is kept in sa->farewell. */
int info_send_delete_ike(struct ike_sa *sa);

/*
 * In clear, about a phase 1 that cannot be, or cookies that are not known. Says nothing when it has said
 * enough of late: nobody has proven anything.
 */
void info_send_clear(struct ike *ike, const struct ike_path *path,
		     const struct ike_cookies *cookies, uint16_t notify);

/* A datagram, encrypted under an IKE SA that has keys. Verifies HASH(1) first. */
void info_receive(struct ike_sa *sa, const void *data, size_t len);
/* One in clear about an IKE SA. */
void info_receive_clear(struct ike_sa *sa, const void *data, size_t len);

#endif /* _IPSECD_IKE_INFORMATIONAL_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * informational - informational exchanges (RFC 2409 5.7): notifications and
 * deletes, authenticated before anything is done about them. One in clear is
 * counted and never acted upon, but for what shortens waiting in phase 1.
 */
#ifndef _IPSECD_IKE_INFORMATIONAL_H
#define _IPSECD_IKE_INFORMATIONAL_H

#include "payload.h"
#include "sa.h"

/* Under an established IKE SA, encrypted; nothing is expected. Return 0 or a negative errno. */
int info_send_notify(struct ike_sa *sa, const struct isakmp_notification *n);
int info_send_delete(struct ike_sa *sa, const struct isakmp_delete *d);
/* The inbound SPI of ours that is gone, host order. */
int info_send_delete_spi(struct ike_sa *sa, uint8_t protocol, uint32_t spi);
/* The IKE SA itself. */
int info_send_delete_ike(struct ike_sa *sa);

/* In clear, about a phase 1 that cannot be. */
int info_send_clear(struct ike_sa *sa, uint16_t notify);

/*
 * One that came under an established IKE SA: @data is the message, decrypted.
 * Verifies HASH(1) first.
 */
void info_receive(struct ike_sa *sa, const struct message *message);
/* One in clear. */
void info_receive_clear(struct ike *ike, const struct ike_path *path, const struct message *message);

#endif /* _IPSECD_IKE_INFORMATIONAL_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * phase1 - what main mode and aggressive mode have in common: which payloads a
 * message may have, and writing, reading and verifying them.
 */
#ifndef _IPSECD_IKE_PHASE1_H
#define _IPSECD_IKE_PHASE1_H

#include "offer.h"
#include "sa.h"

/* A set of payload types. */
#define PHASE1_PAYLOAD(name)	(1U << ISAKMP_PAYLOAD_##name)

enum phase1_protection {
	PHASE1_CLEAR,
	PHASE1_ENCRYPTED,
	PHASE1_EITHER,
};

/**
 * struct phase1_rule - the message that is expected in a step; there are no others
 * @name: for messages
 * @required: sets of payloads, each exactly once
 * @allowed: further ones
 * @proof: also HASH or SIG, as the method of authentication wants it
 * @protection: whether it is encrypted
 * @receive: called when all of that is right; see struct exchange_ops
 */
struct phase1_rule {
	const char *name;
	uint32_t required;
	uint32_t allowed;
	bool proof;
	enum phase1_protection protection;
	int (*receive)(struct exchange *x, const struct message *message,
		       struct message_error *error);
};

/* Payloads that may stand in any message of phase 1 and are read if they are known. */
#define PHASE1_ANYWHERE	(PHASE1_PAYLOAD(VENDOR) | PHASE1_PAYLOAD(NOTIFY))

/*
 * Whether @message is what @rule (NULL: nothing is) expects, with authentication
 * by @auth. 0, or -EPROTO with @error and a counter.
 */
int phase1_check(struct ike *ike, const struct phase1_rule *rule, unsigned int auth,
		 const struct message *message, struct message_error *error);
/* The same for an exchange, and then calls rule->receive(). */
int phase1_receive(struct exchange *x, const struct phase1_rule *rule,
		   const struct message *message, struct message_error *error);
/* ops->failed of both modes. */
void phase1_failed(struct exchange *x);

/*
 * Ends a negotiation that cannot be: logs @text, tells the peer, under keys if
 * there are any, and ends the IKE SA. Returns -EPROTO.
 */
int phase1_refuse(struct exchange *x, uint16_t notify, struct message_error *error,
		  const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* --- negotiation */

/* What there is for the peer at @remote. */
struct offer_means phase1_means(struct ike *ike, const struct addr *remote, const char *profile);
/* Keeps what was agreed upon: suite, lifetime, key or trustpoint. 0 or -EPROTO. */
int phase1_agree(struct ike_sa *sa, const struct isakmp_policy *policy,
		 const struct ike_transform *chosen, const struct isakmp_id *id,
		 struct message_error *error);
/* IKE_PEER_* from the vendor IDs. */
unsigned int phase1_peer_can(const struct message *message);

/* --- writing: all go to w->buf; memory is checked once, by exchange_send() */

void phase1_begin(struct message_writer *w, struct buf *buf, const struct ike_sa *sa);
void phase1_put_vendor_ids(struct message_writer *w);
/* Our nonce and half of Diffie-Hellman, made if they are not there; 0 or -EIO. */
int phase1_make_half(struct ike_sa *sa);
void phase1_put_half(struct message_writer *w, struct ike_sa *sa);
/* For each CA that we trust; nothing with pre-shared keys. */
void phase1_put_cert_requests(struct message_writer *w, const struct ike_sa *sa);
/* Our identity, kept for the hash. */
int phase1_put_id(struct message_writer *w, struct ike_sa *sa);
/* CERT if it is wanted, and HASH or SIG over all that was exchanged. */
int phase1_put_proof(struct message_writer *w, struct ike_sa *sa);
/* INITIAL-CONTACT, if we have nothing with this peer yet. */
void phase1_put_initial_contact(struct message_writer *w, const struct ike_sa *sa);

/* --- reading */

/* KE and NONCE of the peer; 0 or -EPROTO. */
int phase1_get_half(struct ike_sa *sa, const struct message *message,
		    struct message_error *error);
void phase1_forget_peer_half(struct ike_sa *sa);
/* Certificate requests and notifications. */
void phase1_get_extras(struct ike_sa *sa, const struct message *message);
/* Keys and the first IV, from both halves. 0, -EPROTO if the peer's half is bad, or -EIO. */
int phase1_derive(struct exchange *x, struct message_error *error);
/*
 * The peer's ID, CERT and HASH or SIG: it is who it says, and may be it. Sets
 * peer_id and profile. -EPROTO: the message is as if it had not come, or the
 * IKE SA has ended.
 */
int phase1_verify(struct exchange *x, const struct message *message,
		  struct message_error *error);
/* All is done. */
void phase1_finish(struct exchange *x);

#endif /* _IPSECD_IKE_PHASE1_H */

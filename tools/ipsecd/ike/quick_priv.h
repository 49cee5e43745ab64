/* SPDX-License-Identifier: GPL-2.0-or-later */
/* quick_priv - inside of quick.c and the other files of quick mode. */
#ifndef _IPSECD_IKE_QUICK_PRIV_H
#define _IPSECD_IKE_QUICK_PRIV_H

#include "pair.h"
#include "quick.h"
#include "terms.h"

enum quick_step {
	STEP_SEND1,		/* initiator, before its first message */
	STEP_WAIT2,		/* initiator */
	STEP_READY,		/* initiator, until the peer can receive */
	STEP_WAIT1,		/* responder */
	STEP_WAIT3,		/* responder */
	STEP_OVER,
};

/**
 * struct quick - a quick mode
 * @flow: of its tunnel, which may go while we wait
 * @ours, @theirs: proxies
 * @nonce_i, @nonce_r: bodies of the nonces
 * @dh: with PFS
 * @group: of PFS, 0 for none
 * @spi_in: reserved for us, host order
 * @spi_out: the peer's, host order; 0 as long as it is not known
 * @terms: agreed upon
 * @set_name: of terms.set, which the configuration may exchange while we wait
 * @keymat_out: of the responder, until the third message
 * @pair: until a tunnel has it
 * @ike: engine
 * @began: time, ms
 * @timer: of STEP_READY
 * @probe: the first R_U_THERE of STEP_READY, 0 for none yet; @probes: how many
 * @local: our end, with @spi_in the name of what is reserved
 * @generation: of the pair, 0 if the peer has no notion of it
 * @answering: the tunnel counts us, and waits for our SAs
 */
struct quick {
	uint32_t flow;
	struct isakmp_id ours, theirs;
	struct buf nonce_i, nonce_r;
	struct dh *dh;
	uint16_t group;
	uint32_t spi_in;
	uint32_t spi_out;
	struct pair_terms terms;
	char *set_name;
	uint8_t keymat_out[SUITE_KEYMAT_MAX];
	struct sa_pair *pair;
	struct ike *ike;
	struct addr local;
	uint64_t began;
	struct ike_timer *timer;
	uint32_t probe;
	unsigned int probes;
	uint32_t generation;
	bool answering;
};

/* NULL if its flow is gone. */
static inline struct tunnel *quick_tunnel(const struct exchange *x)
{
	const struct quick *q = x->state;

	return tunnel_find(x->sa->ike, q->flow);
}

static inline struct ike_part quick_part(const struct buf *b)
{
	return (struct ike_part){ b->data, b->len };
}

/* quick_message.c: one of ours is begun with room for its hash, which its end fills. */
void quick_message_start(struct message_writer *w, struct buf *out, const struct exchange *x);
/* Sends it, too: message @number, that an answer is expected to, or is not. */
int quick_message_finish(struct message_writer *w, struct exchange *x, unsigned int number,
			 bool expect);
void quick_put_proxies(struct message_writer *w, const struct exchange *x);
void quick_put_offer(struct message_writer *w, const struct ipsec_proposal *proposals,
		     unsigned int n);
void quick_put_key_exchange(struct message_writer *w, const struct quick *q);
/* -EBADMSG and counted: as if message @number had not come. */
int quick_check_hash(const struct exchange *x, const struct message *message,
		     unsigned int number);
int quick_take_nonce(struct buf *out, const struct message *message, struct message_error *o);
/* IDci and IDcr; without them the two gateways stand for themselves. */
int quick_take_proxies(const struct exchange *x, const struct message *message,
		       struct isakmp_id *ours, struct isakmp_id *theirs, struct message_error *o);
/* In an answer: they are still what was asked for. */
int quick_check_proxies(const struct exchange *x, const struct message *message,
			struct message_error *o);
/* To be freed. */
struct ipsec_offer *quick_parse_offer(const struct message *message, struct message_error *o);

/* quick_notify.c */
void quick_put_lifetime(struct message_writer *w, const struct quick *q,
			const struct ipsec_transform *proposed);
void quick_take_lifetime(struct quick *q, const struct message *message);
void quick_put_generation(struct message_writer *w, const struct exchange *x);
/* From the peer's message; the initiator's first with NULL. */
void quick_take_generation(struct exchange *x, const struct tunnel *t,
			   const struct message *message);

/* quick_sa.c: from what was agreed upon to SAs that a tunnel has. */
int quick_keep_terms(struct quick *q, const struct ipsec_transform *transform);
int quick_share_secret(struct quick *q, const struct message *message, struct dh_secret *secret,
		       struct message_error *o);
int quick_install_inbound(struct exchange *x, struct tunnel *t,
			  const struct dh_secret *secret, struct message_error *o);
int quick_install_outbound(struct exchange *x, struct tunnel *t, struct message_error *o);
void quick_stop_answering(const struct exchange *x, struct tunnel *t);
struct sa_pair *quick_give_pair(struct quick *q);
void quick_hand_over(struct exchange *x, struct tunnel *t);
void quick_release_sas(struct quick *q);

#endif /* _IPSECD_IKE_QUICK_PRIV_H */

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Aggressive mode (RFC 2409 5.1 with signatures, 5.4 with pre-shared keys):
 *
 *	initiator				responder
 *	HDR, SA, KE, Ni, IDii [, CERTREQ ], VID -->
 *			<-- HDR, SA, KE, Nr, IDir, [ CERT, ] HASH_R | SIG_R, VID
 *	HDR*, [ CERT, ] HASH_I | SIG_I [, N ] -->
 *
 * The responder must do Diffie-Hellman for a first message that anybody can
 * forge, and shows a hash that can be attacked without a network. So it answers
 * only to those who are configured for it, so many in a time, and once: it
 * repeats its message when the peer asks for it, by sending its own again or by
 * going on without having been heard.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "aggressive.h"
#include "half_open.h"
#include "identity.h"
#include "informational.h"
#include "phase1.h"
#include "report.h"
#include "trust.h"

enum aggressive_step {
	I_WAIT_PROOF,
	R_WAIT_OPENING,
	R_WAIT_PROOF,
	OVER,
};

static int i_receive_proof(struct exchange *x, const struct message *m, struct message_error *e);
static int r_receive_opening(struct exchange *x, const struct message *m,
			     struct message_error *e);
static int r_receive_proof(struct exchange *x, const struct message *m, struct message_error *e);

#define P(name)	PHASE1_PAYLOAD(name)

static const struct phase1_rule rules[] = {
	[I_WAIT_PROOF] = {
		.name = "message 2 of Aggressive Mode",
		.required = P(SA) | P(KE) | P(NONCE) | P(ID), .proof = true,
		.allowed = P(CERT) | P(CERTREQ) | PHASE1_ANYWHERE,
		.protection = PHASE1_CLEAR, .receive = i_receive_proof,
	},
	[R_WAIT_OPENING] = {
		.name = "message 1 of Aggressive Mode",
		.required = P(SA) | P(KE) | P(NONCE) | P(ID),
		.allowed = P(CERTREQ) | PHASE1_ANYWHERE,
		.protection = PHASE1_CLEAR, .receive = r_receive_opening,
	},
	[R_WAIT_PROOF] = {
		.name = "message 3 of Aggressive Mode",
		.proof = true,
		.allowed = P(CERT) | P(CERTREQ) | PHASE1_ANYWHERE,
		.protection = PHASE1_EITHER, .receive = r_receive_proof,
	},
	[OVER] = { .name = "nothing" },
};

static int receive(struct exchange *x, const struct message *message, struct message_error *error)
{
	return phase1_receive(x, &rules[x->step], message, error);
}

static const struct exchange_ops aggressive = {
	.name = "Aggressive Mode",
	.receive = receive,
	.failed = phase1_failed,
};

/* --- initiator */

int aggressive_initiate(struct ike_sa *sa, struct kerr *why)
{
	const struct offer_means means = phase1_means(sa->ike, &sa->path.remote, sa->profile);
	struct message_writer w;
	struct ike_offer offer;
	struct addr_buf peer;
	struct buf buf;
	int err;

	if (!offer_make(&offer, sa->ike->config, &means, true))
		return kerr_set(why, ENOENT, "no ISAKMP policy with a key or certificate for %s",
				addr_text(&sa->path.remote, &peer));
	sa->suite.group = offer.transforms[0].group;
	sa->suite.auth = offer.transforms[0].auth;
	if (phase1_make_half(sa))
		return kerr_set(why, EIO, "Diffie-Hellman failed");
	sa->phase1 = exchange_new(sa, &aggressive, ISAKMP_EXCHANGE_AGGRESSIVE, 0, true, NULL);
	if (!sa->phase1)
		return kerr_set(why, ENOMEM, "no memory for an exchange");
	sa->phase1->step = I_WAIT_PROOF;
	if (means.rsa)
		sa->handshake->trust = trust_get(sa->ike, sa->profile);
	ike_offer_put(&sa->handshake->offer_body, &offer);
	/* HDR, SA, KE, Ni, IDii [, CERTREQ ], VID --> */
	phase1_begin(&w, &buf, sa);
	message_put(&w, ISAKMP_PAYLOAD_SA, sa->handshake->offer_body.data,
		    sa->handshake->offer_body.len);
	phase1_put_half(&w, sa);
	err = phase1_put_id(&w, sa);
	/* The peer's only message has its certificate, so ask for it here. */
	phase1_put_cert_requests(&w, sa);
	phase1_put_vendor_ids(&w);
	message_end(&w, 1);
	if (err) {
		buf_release(&buf);
		return kerr_set(why, -err, "there is no identity of ours for this peer");
	}
	if (exchange_send(sa->phase1, &buf, false, true))
		return kerr_set(why, ENOMEM, "no memory for a message");
	return 0;
}

static int take_choice(struct ike_sa *sa, const struct message *message,
		       struct message_error *error)
{
	const struct offer_means means = phase1_means(sa->ike, &sa->path.remote, sa->profile);
	const struct isakmp_policy *policy = NULL;
	unsigned int group = sa->suite.group;
	struct ike_offer offer;
	struct addr_buf peer;

	if (ike_offer_parse(&offer, message_find(message, ISAKMP_PAYLOAD_SA), error))
		return -EPROTO;
	if (offer.n == 1 && offer.transforms[0].group == group)
		policy = offer_chosen(&offer.transforms[0], sa->ike->config, &means);
	if (policy)
		return phase1_agree(sa, policy, &offer.transforms[0], NULL, error);
	report_peer(&sa->path, 6, "IKMP_SA_NOT_OFFERED",
		    "Remote peer %s responded with attributes not offered or changed",
		    addr_text(&sa->path.remote, &peer));
	return message_refuse(error, ISAKMP_NOTIFY_BAD_PROPOSAL_SYNTAX,
			      "the peer chose what was not offered");
}

/* [ CERT, ] HASH_I | SIG_I [, N ] --> */
static int i_send_proof(struct exchange *x)
{
	struct ike_sa *sa = x->sa;
	struct message_writer w;
	struct buf buf;
	int err;

	phase1_begin(&w, &buf, sa);
	err = phase1_put_proof(&w, sa);
	if (err) {
		buf_release(&buf);
		return err;
	}
	phase1_put_initial_contact(&w, sa);
	message_end(&w, ike_block_len(sa->suite.encryption));
	return exchange_send(x, &buf, true, false);
}

/* <-- HDR, SA, KE, Nr, IDir, [ CERT, ] HASH_R | SIG_R, VID */
static int i_receive_proof(struct exchange *x, const struct message *message,
			   struct message_error *error)
{
	static const uint8_t none[ISAKMP_COOKIE_LEN];
	struct ike_sa *sa = x->sa;
	struct ike_suite suite = sa->suite;
	int err;

	/* All of it stands in one message, and nothing is kept unless all is right. */
	if (ike_sa_set_responder(sa, message->header.responder_cookie))
		return message_refuse(error, 0, "out of memory");
	err = take_choice(sa, message, error);
	if (!err)
		err = phase1_get_half(sa, message, error);
	if (!err)
		err = phase1_derive(x, error);
	if (!err)
		err = phase1_verify(x, message, error);
	if (!err) {
		phase1_get_extras(sa, message);
		err = i_send_proof(x);
	}
	if (err && sa->state != IKE_DELETED) {
		phase1_forget_peer_half(sa);
		sa->suite = suite;
		if (ike_sa_set_responder(sa, none))
			ike_sa_debug(sa, "out of memory");
	}
	if (err)
		return err;
	x->step = OVER;
	phase1_finish(x);
	return 0;
}

/* --- responder */

static bool admit(struct ike *ike, const struct ike_path *path, const struct isakmp_id *id)
{
	struct addr_buf peer;

	if (!identity_allows_aggressive(ike, &path->remote, id)) {
		ike_count(ike, IKE_COUNTER_NO_POLICY);
		if (rate_take(&ike->complaints, ike_now(ike)))
			report_peer(path, 5, "IKMP_AG_MODE_DISABLED",
				    "Unable to respond to Aggressive Mode from %s: it is not configured for this peer",
				    addr_text(&path->remote, &peer));
		return false;
	}
	if (!rate_take(&ike->aggressive, ike_now(ike))) {
		ike_count(ike, IKE_COUNTER_HALF_OPEN_TOTAL);
		return false;
	}
	return half_open_enter(ike->half_open, &path->remote);
}

/*
 * By what the peer calls itself so far: our answer depends on it (identity,
 * keyring, trustpoint), and that it is so is proven under those.
 */
static int take_profile(struct ike_sa *sa, const struct isakmp_id *id)
{
	const struct isakmp_profile *profile = identity_profile(sa->ike, id);

	if (!profile)
		return 0;
	sa->profile = strdup(profile->name);
	if (!sa->profile)
		return -ENOMEM;
	ike_sa_debug(sa, "peer matches %s profile", sa->profile);
	return 0;
}

/* What was found for the address; a key may also go by name. */
static struct offer_means means_of(struct ike_sa *sa, const struct isakmp_id *id)
{
	struct offer_means means = phase1_means(sa->ike, &sa->path.remote, sa->profile);

	if (!means.psk)
		means.psk = identity_find_key(sa, id) == 0;
	return means;
}

static int choose(struct ike_sa *sa, const struct message *message, const struct isakmp_id *id,
		  struct ike_transform *chosen, struct message_error *error)
{
	const struct offer_means means = means_of(sa, id);
	const struct isakmp_policy *policy;
	struct ike_offer offer;

	if (ike_offer_parse(&offer, message_find(message, ISAKMP_PAYLOAD_SA), error)) {
		ike_count(sa->ike, IKE_COUNTER_MALFORMED);
		return -EPROTO;
	}
	policy = offer_choose(&offer, sa->ike->config, &means, 0, chosen);
	if (policy)
		return phase1_agree(sa, policy, chosen, id, error);
	ike_count(sa->ike, IKE_COUNTER_NO_POLICY);
	if (rate_take(&sa->ike->complaints, ike_now(sa->ike)))
		offer_log_mismatch(&offer, sa->ike->config, &means, &sa->path.remote);
	return message_refuse(error, ISAKMP_NOTIFY_NO_PROPOSAL_CHOSEN, "no proposal chosen");
}

/* <-- HDR, SA, KE, Nr, IDir, [ CERT, ] HASH_R | SIG_R, VID */
static int r_send_proof(struct exchange *x, const struct ike_transform *chosen)
{
	const struct ike_offer offer = { .number = 1, .n = 1, .transforms = { *chosen } };
	struct ike_sa *sa = x->sa;
	struct message_writer w;
	struct buf buf;
	int err;

	phase1_begin(&w, &buf, sa);
	message_payload(&w, ISAKMP_PAYLOAD_SA);
	ike_offer_put(&buf, &offer);
	phase1_put_half(&w, sa);
	err = phase1_put_id(&w, sa);
	if (!err)
		err = phase1_put_proof(&w, sa);
	if (err) {
		buf_release(&buf);
		return err;
	}
	phase1_put_cert_requests(&w, sa);
	phase1_put_vendor_ids(&w);
	message_end(&w, 1);
	return exchange_send(x, &buf, false, false);
}

/* HDR, SA, KE, Ni, IDii [, CERTREQ ], VID --> */
static int r_receive_opening(struct exchange *x, const struct message *message,
			     struct message_error *error)
{
	const struct payload *id = message_find(message, ISAKMP_PAYLOAD_ID);
	const struct payload *offer = message_find(message, ISAKMP_PAYLOAD_SA);
	struct ike_sa *sa = x->sa;
	struct ike_transform chosen;
	int err;

	err = isakmp_id_parse(&sa->peer_id, id, error);
	if (!err)
		err = take_profile(sa, &sa->peer_id);
	if (!err)
		err = choose(sa, message, &sa->peer_id, &chosen, error);
	if (!err)
		err = phase1_get_half(sa, message, error);
	if (!err)
		err = phase1_make_half(sa);
	if (!err)
		err = phase1_derive(x, error);
	if (err)
		return err;
	phase1_get_extras(sa, message);
	buf_put_bytes(&sa->handshake->offer_body, offer->body, offer->len);
	buf_put_bytes(&sa->handshake->peer_id_body, id->body, id->len);
	if (sa->handshake->offer_body.failed || sa->handshake->peer_id_body.failed)
		return -ENOMEM;
	ike_sa_set_state(sa, IKE_AG_INIT_EXCH);
	x->step = R_WAIT_PROOF;
	return r_send_proof(x, &chosen);
}

static void begin(struct ike *ike, const struct ike_path *path,
		  const struct ike_cookies *cookies, const void *data, size_t len)
{
	struct ike_sa *sa = ike_sa_new(ike, path, cookies, false, ISAKMP_EXCHANGE_AGGRESSIVE);

	if (!sa) {
		half_open_leave(ike->half_open, &path->remote);
		return;
	}
	sa->handshake->counted = true;
	sa->phase1 = exchange_new(sa, &aggressive, ISAKMP_EXCHANGE_AGGRESSIVE, 0, false, NULL);
	if (!sa->phase1) {
		ike_sa_free(sa);
		return;
	}
	sa->phase1->step = R_WAIT_OPENING;
	if (!exchange_receive(sa->phase1, data, len))
		return;
	ike_sa_free(sa);
	info_send_clear(ike, path, cookies, ISAKMP_NOTIFY_NO_PROPOSAL_CHOSEN);
}

void aggressive_open(struct ike *ike, const struct ike_path *path,
		     const struct ike_cookies *cookies, const void *data, size_t len)
{
	struct message_error error = { .notify = 0 };
	struct buf plain = { .data = NULL };
	struct message message;
	struct isakmp_id id;
	int err;

	err = exchange_open(NULL, NULL, data, len, &plain, &message, &error);
	if (err)
		ike_count(ike, IKE_COUNTER_MALFORMED);
	else
		err = phase1_check(ike, &rules[R_WAIT_OPENING], 0, &message, &error);
	if (!err) {
		err = isakmp_id_parse(&id, message_find(&message, ISAKMP_PAYLOAD_ID), &error);
		if (err)
			ike_count(ike, IKE_COUNTER_MALFORMED);
	}
	if (err)
		debug_isakmp(&path->remote, "ISAKMP:(0):opening not taken: %s", error.text);
	else if (admit(ike, path, &id))
		begin(ike, path, cookies, data, len);
	buf_release(&plain);
}

/* HDR*, [ CERT, ] HASH_I | SIG_I [, N ] --> */
static int r_receive_proof(struct exchange *x, const struct message *message,
			   struct message_error *error)
{
	int err;

	err = phase1_verify(x, message, error);
	if (err)
		return err;
	phase1_get_extras(x->sa, message);
	x->step = OVER;
	phase1_finish(x);
	return 0;
}

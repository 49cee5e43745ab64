// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Main mode (RFC 2409 5.1 with signatures, 5.4 with pre-shared keys):
 *
 *	initiator				responder
 *	HDR, SA, VID -->
 *						<-- HDR, SA, VID
 *	HDR, KE, Ni [, CERTREQ ] -->
 *						<-- HDR, KE, Nr [, CERTREQ ]
 *	HDR*, IDii, [ CERT, ] HASH_I | SIG_I [, N ] -->
 *						<-- HDR*, IDir, [ CERT, ] HASH_R | SIG_R
 *
 * Until the third message the responder has no more than a struct half_open.
 */
#include <errno.h>
#include <string.h>

#include "half_open.h"
#include "informational.h"
#include "main_mode.h"
#include "names.h"
#include "phase1.h"
#include "report.h"
#include "trace.h"

enum main_step {
	I_WAIT_SA,
	I_WAIT_KE,
	I_WAIT_ID,
	R_WAIT_SA,
	R_WAIT_KE,
	R_WAIT_ID,
	OVER,
};

static int i_receive_sa(struct exchange *x, const struct message *m, struct message_error *e);
static int i_receive_ke(struct exchange *x, const struct message *m, struct message_error *e);
static int i_receive_id(struct exchange *x, const struct message *m, struct message_error *e);
static int r_receive_sa(struct exchange *x, const struct message *m, struct message_error *e);
static int r_receive_ke(struct exchange *x, const struct message *m, struct message_error *e);
static int r_receive_id(struct exchange *x, const struct message *m, struct message_error *e);

#define P(name)	PHASE1_PAYLOAD(name)

static const struct phase1_rule rules[] = {
	[I_WAIT_SA] = {
		.name = "message 2 of Main Mode",
		.required = P(SA), .allowed = P(CERTREQ) | PHASE1_ANYWHERE,
		.protection = PHASE1_CLEAR, .receive = i_receive_sa,
	},
	[I_WAIT_KE] = {
		.name = "message 4 of Main Mode",
		.required = P(KE) | P(NONCE), .allowed = P(CERTREQ) | PHASE1_ANYWHERE,
		.protection = PHASE1_CLEAR, .receive = i_receive_ke,
	},
	[I_WAIT_ID] = {
		.name = "message 6 of Main Mode",
		.required = P(ID), .proof = true,
		.allowed = P(CERT) | P(CERTREQ) | PHASE1_ANYWHERE,
		.protection = PHASE1_ENCRYPTED, .receive = i_receive_id,
	},
	[R_WAIT_SA] = {
		.name = "message 1 of Main Mode",
		.required = P(SA), .allowed = P(CERTREQ) | PHASE1_ANYWHERE,
		.protection = PHASE1_CLEAR, .receive = r_receive_sa,
	},
	[R_WAIT_KE] = {
		.name = "message 3 of Main Mode",
		.required = P(KE) | P(NONCE), .allowed = P(CERTREQ) | PHASE1_ANYWHERE,
		.protection = PHASE1_CLEAR, .receive = r_receive_ke,
	},
	[R_WAIT_ID] = {
		.name = "message 5 of Main Mode",
		.required = P(ID), .proof = true,
		.allowed = P(CERT) | P(CERTREQ) | PHASE1_ANYWHERE,
		.protection = PHASE1_ENCRYPTED, .receive = r_receive_id,
	},
	[OVER] = { .name = "nothing" },
};

static int receive(struct exchange *x, const struct message *message, struct message_error *error)
{
	return phase1_receive(x, &rules[x->step], message, error);
}

static const struct exchange_ops main_mode = {
	.name = "Main Mode",
	.receive = receive,
	.failed = phase1_failed,
};

/* HDR, KE, Ni | Nr [, CERTREQ ]: of both sides. */
static int send_half(struct exchange *x)
{
	struct message_writer w;
	struct buf buf;

	phase1_begin(&w, &buf, x->sa);
	phase1_put_half(&w, x->sa);
	phase1_put_cert_requests(&w, x->sa);
	message_end(&w, 1);
	return exchange_send(x, &buf, false, true);
}

/* --- initiator */

int main_mode_initiate(struct ike_sa *sa, struct kerr *why)
{
	const struct offer_means means = phase1_means(sa->ike, &sa->path.remote, sa->profile);
	struct message_writer w;
	struct ike_offer offer;
	struct addr_buf peer;
	struct buf buf;

	if (!offer_make(&offer, sa->ike->config, &means, false))
		return kerr_set(why, ENOENT, "no ISAKMP policy with a key or certificate for %s",
				addr_text(&sa->path.remote, &peer));
	sa->phase1 = exchange_new(sa, &main_mode, ISAKMP_EXCHANGE_MAIN, 0, true, NULL);
	if (!sa->phase1)
		return kerr_set(why, ENOMEM, "no memory for an exchange");
	sa->phase1->step = I_WAIT_SA;
	ike_offer_put(&sa->handshake->offer_body, &offer);
	/* HDR, SA, VID --> */
	phase1_begin(&w, &buf, sa);
	message_put(&w, ISAKMP_PAYLOAD_SA, sa->handshake->offer_body.data,
		    sa->handshake->offer_body.len);
	phase1_put_vendor_ids(&w);
	message_end(&w, 1);
	if (exchange_send(sa->phase1, &buf, false, true))
		return kerr_set(why, ENOMEM, "no memory for a message");
	return 0;
}

/* What the peer has chosen must be one of ours; returns its policy. */
static const struct isakmp_policy *get_choice(struct ike_sa *sa, const struct message *message,
					      struct ike_transform *chosen,
					      struct message_error *error)
{
	const struct offer_means means = phase1_means(sa->ike, &sa->path.remote, sa->profile);
	const struct isakmp_policy *policy = NULL;
	struct ike_offer offer;
	struct addr_buf peer;

	if (ike_offer_parse(&offer, message_find(message, ISAKMP_PAYLOAD_SA), error))
		return NULL;
	if (offer.n == 1)
		policy = offer_chosen(&offer.transforms[0], sa->ike->config, &means);
	if (!policy) {
		report_peer(&sa->path, 6, "IKMP_SA_NOT_OFFERED",
			    "Remote peer %s responded with attributes not offered or changed",
			    addr_text(&sa->path.remote, &peer));
		message_refuse(error, ISAKMP_NOTIFY_BAD_PROPOSAL_SYNTAX,
			       "the peer chose what was not offered");
		return NULL;
	}
	*chosen = offer.transforms[0];
	return policy;
}

/* <-- HDR, SA, VID */
static int i_receive_sa(struct exchange *x, const struct message *message,
			struct message_error *error)
{
	const struct isakmp_policy *policy;
	struct ike_transform chosen;
	struct ike_sa *sa = x->sa;
	int err;

	policy = get_choice(sa, message, &chosen, error);
	if (!policy)
		return -EPROTO;
	err = phase1_agree(sa, policy, &chosen, NULL, error);
	if (!err)
		err = phase1_make_half(sa);
	if (err)
		return err;
	phase1_get_extras(sa, message);
	if (ike_sa_set_responder(sa, message->header.responder_cookie))
		return message_refuse(error, 0, "out of memory");
	ike_sa_set_state(sa, IKE_MM_SA_SETUP);
	x->step = I_WAIT_KE;
	return send_half(x);
}

/* <-- HDR, KE, Nr [, CERTREQ ] */
static int i_receive_ke(struct exchange *x, const struct message *message,
			struct message_error *error)
{
	struct ike_sa *sa = x->sa;
	struct message_writer w;
	struct buf buf;
	int err;

	err = phase1_get_half(sa, message, error);
	if (!err)
		err = phase1_derive(x, error);
	if (err) {
		phase1_forget_peer_half(sa);
		return err;
	}
	phase1_get_extras(sa, message);
	/* HDR*, IDii, [ CERT, ] HASH_I | SIG_I [, N ] --> */
	phase1_begin(&w, &buf, sa);
	err = phase1_put_id(&w, sa);
	if (!err)
		err = phase1_put_proof(&w, sa);
	if (err) {
		buf_release(&buf);
		phase1_forget_peer_half(sa);
		return err;
	}
	phase1_put_initial_contact(&w, sa);
	message_end(&w, ike_block_len(sa->suite.encryption));
	ike_sa_set_state(sa, IKE_MM_KEY_EXCH);
	x->step = I_WAIT_ID;
	return exchange_send(x, &buf, true, true);
}

/* <-- HDR*, IDir, [ CERT, ] HASH_R | SIG_R */
static int i_receive_id(struct exchange *x, const struct message *message,
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

/* --- responder, until the third message */

static void refuse_opening(struct ike *ike, const struct ike_path *path,
			   const struct ike_cookies *cookies, const struct ike_offer *offer,
			   const struct offer_means *means)
{
	struct addr_buf peer;

	ike_count(ike, IKE_COUNTER_NO_POLICY);
	if (rate_take(&ike->complaints, ike_now(ike))) {
		offer_log_mismatch(offer, ike->config, means, &path->remote);
		report_peer(path, 6, "IKMP_MODE_FAILURE",
			    "Processing of Main mode failed with peer at %s: no proposal chosen",
			    addr_text(&path->remote, &peer));
	}
	info_send_clear(ike, path, cookies, ISAKMP_NOTIFY_NO_PROPOSAL_CHOSEN);
}

/* <-- HDR, SA, VID: from the record alone, so that it can be made again. */
static void answer_opening(struct ike *ike, const struct half_open *h)
{
	const struct ike_offer offer = { .number = 1, .n = 1, .transforms = { h->chosen } };
	struct message_header header = {
		.version = ISAKMP_VERSION,
		.exchange = ISAKMP_EXCHANGE_MAIN,
	};
	struct message_writer w;
	struct buf buf;

	memcpy(header.initiator_cookie, h->cookies.initiator, ISAKMP_COOKIE_LEN);
	memcpy(header.responder_cookie, h->cookies.responder, ISAKMP_COOKIE_LEN);
	buf_init(&buf, ISAKMP_MESSAGE_MAX);
	message_begin(&w, &buf, &header);
	message_payload(&w, ISAKMP_PAYLOAD_SA);
	ike_offer_put(&buf, &offer);
	phase1_put_vendor_ids(&w);
	message_end(&w, 1);
	exchange_send_clear(ike, &h->path, &buf);
}

static void open_parsed(struct ike *ike, const struct ike_path *path,
			const struct ike_cookies *cookies, const struct message *message,
			const struct ike_offer *offer)
{
	const struct payload *sa = message_find(message, ISAKMP_PAYLOAD_SA);
	const struct offer_means means = phase1_means(ike, &path->remote, NULL);
	const struct isakmp_policy *policy;
	struct ike_transform chosen;
	struct half_open *h;

	if (!means.psk && !means.rsa) {
		names_refresh(ike);
		ike_count(ike, IKE_COUNTER_NO_POLICY);
		return;
	}
	policy = offer_choose(offer, ike->config, &means, 0, &chosen);
	if (!policy) {
		refuse_opening(ike, path, cookies, offer, &means);
		return;
	}
	h = half_open_add(ike->half_open, path, cookies, sa->body, sa->len);
	if (!h)
		return;
	h->chosen = chosen;
	h->peer_can = phase1_peer_can(message);
	answer_opening(ike, h);
}

/* HDR, SA, VID --> */
void main_mode_open(struct ike *ike, const struct ike_path *path,
		    const struct ike_cookies *cookies, const void *data, size_t len)
{
	struct message_error error = { .notify = 0 };
	struct buf plain = { .data = NULL };
	const struct payload *sa;
	struct message message;
	struct ike_offer offer;
	struct half_open *h;

	if (exchange_open(NULL, NULL, data, len, &plain, &message, &error)) {
		ike_count(ike, IKE_COUNTER_MALFORMED);
	} else if (!phase1_check(ike, &rules[R_WAIT_SA], 0, &message, &error)) {
		trace_payloads_in(NULL, &path->remote, &message);
		sa = message_find(&message, ISAKMP_PAYLOAD_SA);
		h = half_open_find(ike->half_open, path, cookies);
		if (h)
			ike_count(ike, IKE_COUNTER_DUPLICATE);
		if (h && h->body_len == sa->len && !memcmp(h->body, sa->body, sa->len))
			answer_opening(ike, h);
		else if (!h && ike_offer_parse(&offer, sa, &error))
			ike_count(ike, IKE_COUNTER_MALFORMED);
		else if (!h)
			open_parsed(ike, path, cookies, &message, &offer);
	}
	if (*error.text)
		debug_isakmp(&path->remote, "ISAKMP:(0):opening not taken: %s", error.text);
	buf_release(&plain);
}

/* Never: an IKE SA of the responder begins with the third message. */
static int r_receive_sa(struct exchange *x, const struct message *message,
			struct message_error *error)
{
	(void)x;
	(void)message;
	return message_refuse(error, 0, "no message is expected");
}

/* --- responder, from the third message on */

/* The address is proven: an IKE SA from the record. */
static struct ike_sa *begin(struct ike *ike, const struct half_open *h)
{
	const struct offer_means means = phase1_means(ike, &h->path.remote, NULL);
	const struct isakmp_policy *policy = offer_chosen(&h->chosen, ike->config, &means);
	struct message_error error;
	struct ike_sa *sa;

	if (!policy || !half_open_enter(ike->half_open, &h->path.remote))
		return NULL;
	sa = ike_sa_new(ike, &h->path, &h->cookies, false, ISAKMP_EXCHANGE_MAIN);
	if (!sa) {
		half_open_leave(ike->half_open, &h->path.remote);
		return NULL;
	}
	sa->handshake->counted = true;
	ike_sa_set_state(sa, IKE_MM_SA_SETUP);
	sa->peer_can = h->peer_can;
	sa->created = h->created;
	buf_put_bytes(&sa->handshake->offer_body, h->body, h->body_len);
	sa->phase1 = exchange_new(sa, &main_mode, ISAKMP_EXCHANGE_MAIN, 0, false, NULL);
	if (sa->handshake->offer_body.failed || !sa->phase1 ||
	    phase1_agree(sa, policy, &h->chosen, NULL, &error)) {
		ike_sa_free(sa);
		return NULL;
	}
	sa->phase1->step = R_WAIT_KE;
	return sa;
}

bool main_mode_accept(struct ike *ike, const struct ike_path *path,
		      const struct ike_cookies *cookies, const void *data, size_t len)
{
	struct half_open *h = half_open_find(ike->half_open, path, cookies);
	struct message_error error = { .notify = 0 };
	struct buf plain = { .data = NULL };
	struct message message;
	struct ike_sa *sa;
	bool fine;

	if (!h)
		return false;
	fine = !exchange_open(NULL, NULL, data, len, &plain, &message, &error);
	if (!fine)
		ike_count(ike, IKE_COUNTER_MALFORMED);
	fine = fine && !phase1_check(ike, &rules[R_WAIT_KE], 0, &message, &error);
	buf_release(&plain);
	if (!fine) {
		debug_isakmp(&path->remote, "ISAKMP:(0):message not taken: %s", error.text);
		return true;
	}
	sa = begin(ike, h);
	if (!sa)
		return true;
	if (exchange_receive(sa->phase1, data, len))
		ike_sa_free(sa);
	else
		half_open_remove(ike->half_open, h);
	return true;
}

/* HDR, KE, Ni [, CERTREQ ] --> */
static int r_receive_ke(struct exchange *x, const struct message *message,
			struct message_error *error)
{
	struct ike_sa *sa = x->sa;
	int err;

	err = phase1_get_half(sa, message, error);
	if (!err)
		err = phase1_make_half(sa);
	if (!err)
		err = phase1_derive(x, error);
	if (err) {
		phase1_forget_peer_half(sa);
		return err;
	}
	phase1_get_extras(sa, message);
	ike_sa_set_state(sa, IKE_MM_KEY_EXCH);
	x->step = R_WAIT_ID;
	return send_half(x);
}

/* HDR*, IDii, [ CERT, ] HASH_I | SIG_I [, N ] --> */
static int r_receive_id(struct exchange *x, const struct message *message,
			struct message_error *error)
{
	struct ike_sa *sa = x->sa;
	struct message_writer w;
	struct buf buf;
	int err;

	err = phase1_verify(x, message, error);
	if (err)
		return err;
	phase1_get_extras(sa, message);
	/* <-- HDR*, IDir, [ CERT, ] HASH_R | SIG_R */
	phase1_begin(&w, &buf, sa);
	err = phase1_put_id(&w, sa);
	if (!err)
		err = phase1_put_proof(&w, sa);
	if (err) {
		buf_release(&buf);
		return err;
	}
	/* Others may not expect it here. */
	if (sa->peer_can & IKE_PEER_OURS)
		phase1_put_initial_contact(&w, sa);
	message_end(&w, ike_block_len(sa->suite.encryption));
	err = exchange_send(x, &buf, true, false);
	if (err)
		return err;
	x->step = OVER;
	phase1_finish(x);
	return 0;
}

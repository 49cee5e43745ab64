// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Quick mode (RFC 2409 5.5):
 *
 *	initiator				responder
 *	HDR*, HASH(1), SA, Ni [, KE ] [, IDci, IDcr ] -->
 *				<-- HDR*, HASH(2), SA, Nr [, KE ] [, IDci, IDcr ]
 *	HDR*, HASH(3) -->
 *
 * No packet is lost between two of us: the responder can receive before it
 * sends its message, the initiator before it sends on the new SA, and the
 * responder sends on it when the third message has come. Others, as strongSwan,
 * can receive only when they have the third message: with them the initiator
 * waits before it sends on the new SA, and the old one, or the hold queue,
 * carries on.
 *
 * A message whose hash is wrong is as if it had not come. What is wrong with
 * an authentic one ends the exchange, and the peer is told. The commit bit is
 * not honoured: nobody else does, and the order above needs no CONNECTED.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "dpd.h"
#include "dynamic.h"
#include "informational.h"
#include "quick_priv.h"
#include "report.h"
#include "trace.h"

/* For as long as the repetitions of a message take. */
#define SPI_HOLD_SECONDS	120
/*
 * How long an initiator waits for a peer that is slower: twice as long as the
 * peer took for its answer, which is more work than to take the third message.
 */
#define READY_LEAST_MS	100
#define READY_MOST_MS	2000
/*
 * A peer with DPD is asked instead, when its threads cannot well take the
 * question before the third message, and again while it does not answer.
 */
#define READY_SOON_MS	20
#define READY_PROBE_MS	1000
#define READY_PROBES	5
/* Quick modes that a peer may have in flight under one IKE SA. */
#define QUICK_MAX		256

/* --- payloads of ours */

static int make_nonce(struct buf *nonce)
{
	uint8_t bytes[IKE_NONCE_LEN];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return -EIO;
	buf_put_bytes(nonce, bytes, sizeof(bytes));
	return nonce->failed ? -ENOMEM : 0;
}

static int reserve_spi(struct exchange *x, struct tunnel *t, struct kerr *err)
{
	struct quick *q = x->state;
	struct kernel *kernel = x->sa->ike->kernel;
	struct cm_spi_request request = {
		.proto = IPPROTO_ESP,
		.src = x->sa->path.remote,
		.dst = t->local,
		.hold_seconds = SPI_HOLD_SECONDS,
	};
	struct addr_buf src, dst;
	int ret;

	q->local = t->local;
	tunnel_make_room(t);
	ret = kernel->spi_reserve(kernel, &request, &q->spi_in, err);
	if (!ret)
		debug_ipsec(&request.src,
			    "IPSEC(spi_response): getting spi %u for SA from %s to %s for prot %u",
			    q->spi_in, addr_text(&request.src, &src), addr_text(&t->local, &dst),
			    ISAKMP_PROTO_ESP);
	return ret;
}

/* Nothing has come of the peer's quick mode: ours, that has waited for it, begins. */
static void answered_in_vain(const struct exchange *x, struct tunnel *t)
{
	quick_stop_answering(x, t);
	if (t->wanted)
		tunnel_want(t);
}

/* In place of an answer: if the peer repeats its message, so is this. */
static void send_refusal(struct exchange *x, const struct isakmp_notification *n)
{
	buf_release(&x->last);
	if (info_send_notify(x->sa, n, &x->last) == 0)
		x->answers = true;
}

/*
 * What is wrong with an authentic message ends the exchange. The peer knows it
 * by its own SPI.
 */
static void refuse(struct exchange *x, const struct message_error *o)
{
	struct quick *q = x->state;
	struct tunnel *t = quick_tunnel(x);
	uint32_t spi = htonl(q->spi_out);
	struct isakmp_notification n = {
		.protocol = ISAKMP_PROTO_ESP, .type = o->notify,
		.spi_len = q->spi_out ? 4 : 0, .spi = (const uint8_t *)&spi,
	};
	struct addr_buf peer;

	report_line(x->sa->ike, &x->sa->path.remote, LOG_WARNING,
		    "ISAKMP:(%u): quick mode with %s: %s", x->sa->conn_id,
		    addr_text(&x->sa->path.remote, &peer), o->text);
	if (o->notify)
		send_refusal(x, &n);
	quick_release_sas(q);
	x->step = STEP_OVER;
	exchange_done(x);
	if (x->initiator && t)
		tunnel_quick_failed(t, true, o->text);
	else if (t)
		answered_in_vain(x, t);
}

/* --- responder */

/* @chosen: is sent with our SPI. */
static int send_second(struct exchange *x, struct ipsec_proposal *chosen, bool proxies)
{
	struct quick *q = x->state;
	struct message_writer w;
	struct buf out;

	chosen->spi = q->spi_in;
	quick_message_start(&w, &out, x);
	quick_put_offer(&w, chosen, 1);
	message_put(&w, ISAKMP_PAYLOAD_NONCE, q->nonce_r.data, q->nonce_r.len);
	quick_put_key_exchange(&w, q);
	if (proxies)
		quick_put_proxies(&w, x);
	quick_put_lifetime(&w, q, &chosen->transforms[0]);
	quick_put_generation(&w, x);
	return quick_message_finish(&w, x, 2, true);
}

static int prepare_answer(struct exchange *x, struct tunnel *t, const struct message *message,
			  struct dh_secret *secret, struct message_error *o)
{
	struct quick *q = x->state;
	struct kerr err;

	if (make_nonce(&q->nonce_r) || (q->group && dh_new(&q->dh, q->group)))
		return message_refuse(o, ISAKMP_NOTIFY_NO_PROPOSAL_CHOSEN,
				      "no random numbers, or group %u is not to be had",
				      q->group);
	if (reserve_spi(x, t, &err))
		return message_refuse(o, ISAKMP_NOTIFY_NO_PROPOSAL_CHOSEN, "%s", err.text);
	/* Last: whoever gets the secret wipes it. */
	return quick_share_secret(q, message, secret, o);
}

static struct tunnel *find_tunnel(struct exchange *x, const struct ipsec_offer *offer,
				  struct message_error *o)
{
	struct quick *q = x->state;
	struct message_error profile = { .notify = 0 };
	char ours[160], theirs[160];
	struct tunnel *t;

	t = tunnel_for_proxies(x->sa, &q->ours, &q->theirs, &profile);
	if (!t)
		t = dynamic_tunnel(x->sa, &q->ours, &q->theirs, offer, o);
	if (t) {
		q->flow = t->flow.id;
		return t;
	}
	/* It may be a peer whose name means another address by now. */
	names_refresh(x->sa->ike);
	if (!o->notify && profile.notify)
		*o = profile;
	if (!o->notify)
		message_refuse(o, ISAKMP_NOTIFY_INVALID_ID_INFORMATION,
			       "no crypto map entry for this peer protects %s to %s",
			       isakmp_id_text(&q->ours, ours, sizeof(ours)),
			       isakmp_id_text(&q->theirs, theirs, sizeof(theirs)));
	return NULL;
}

static int answer_first(struct exchange *x, const struct message *message, struct message_error *o)
{
	struct quick *q = x->state;
	struct ipsec_proposal chosen;
	struct ipsec_offer *offer;
	struct dh_secret secret;
	struct tunnel *t;
	int ret;

	if (quick_take_nonce(&q->nonce_i, message, o) ||
	    quick_take_proxies(x, message, &q->ours, &q->theirs, o))
		return -EPROTO;
	offer = quick_parse_offer(message, o);
	if (!offer)
		return -EPROTO;
	q->spi_out = offer->n ? offer->proposals[0].spi : 0;
	t = find_tunnel(x, offer, o);
	ret = t ? terms_choose(&q->terms, &chosen, offer, t, &x->sa->path.remote, o) : -EPROTO;
	free(offer);
	if (!ret)
		ret = quick_keep_terms(q, &chosen.transforms[0]);
	q->spi_out = ret ? q->spi_out : chosen.spi;
	if (ret || prepare_answer(x, t, message, &secret, o))
		return -EPROTO;
	quick_take_generation(x, t, message);
	ret = quick_install_inbound(x, t, q->group ? &secret : NULL, o);
	dh_secret_wipe(&secret);
	if (ret)
		return ret;
	if (send_second(x, &chosen, message_find(message, ISAKMP_PAYLOAD_ID)))
		return message_refuse(o, 0, "the answer cannot be made");
	q->answering = true;
	t->answering++;
	x->step = STEP_WAIT3;
	return 0;
}

/* Secrets, and what is large: the exchange stays, only to repeat its last message. */
static void forget(struct quick *q)
{
	buf_release(&q->nonce_i);
	buf_release(&q->nonce_r);
	dh_free(q->dh);
	q->dh = NULL;
	OPENSSL_cleanse(q->keymat_out, sizeof(q->keymat_out));
}

static void finish(struct exchange *x, struct tunnel *t)
{
	quick_hand_over(x, t);
	forget(x->state);
	x->step = STEP_OVER;
	exchange_done(x);
}

static int take_third(struct exchange *x, const struct message *message, struct message_error *o)
{
	struct tunnel *t = quick_tunnel(x);

	(void)message;
	if (!t)
		return message_refuse(o, ISAKMP_NOTIFY_INVALID_ID_INFORMATION, "its flow is gone");
	if (quick_install_outbound(x, t, o))
		return -EPROTO;
	finish(x, t);
	return 0;
}

/* --- initiator */

static int take_choice(struct exchange *x, const struct tunnel *t, const struct message *message,
		       struct message_error *o)
{
	struct quick *q = x->state;
	struct ipsec_offer *offer = quick_parse_offer(message, o);
	int ret;

	if (!offer)
		return -EPROTO;
	ret = terms_accept(&q->terms, offer, t, &x->sa->path.remote, o);
	q->spi_out = offer->n ? offer->proposals[0].spi : 0;
	if (!ret)
		ret = quick_keep_terms(q, &offer->proposals[0].transforms[0]);
	free(offer);
	return ret;
}

static int send_third(struct exchange *x)
{
	struct message_writer w;
	struct buf out;

	quick_message_start(&w, &out, x);
	return quick_message_finish(&w, x, 3, false);
}

/* The peer has taken the third message, or has had the time to do so. */
static void ready(struct exchange *x)
{
	struct tunnel *t = quick_tunnel(x);
	struct message_error o = { 0 };

	if (!t)
		return;
	if (quick_install_outbound(x, t, &o))
		refuse(x, &o);
	else
		finish(x, t);
}

/*
 * Nothing answers the third message; an R_U_THERE behind it is answered when
 * the peer has come that far.
 */
static bool probe(struct exchange *x)
{
	struct quick *q = x->state;
	uint32_t sequence = q->probes < READY_PROBES ? dpd_probe(x->sa) : 0;

	if (!sequence)
		return false;
	if (!q->probes++)
		q->probe = sequence;
	q->ike->world->timer_set(q->timer, READY_PROBE_MS);
	return true;
}

static void on_ready_timer(void *arg)
{
	struct exchange *x = arg;

	if (x->step == STEP_READY && !probe(x))
		ready(x);
}

static int await_readiness(struct exchange *x, struct message_error *o)
{
	struct quick *q = x->state;
	uint64_t wait = 2 * (ike_now(q->ike) - q->began);

	q->timer = q->ike->world->timer_new(q->ike->arg, on_ready_timer, x);
	if (!q->timer || send_third(x))
		return message_refuse(o, 0, "the third message cannot be made");
	x->step = STEP_READY;
	if (wait < READY_LEAST_MS)
		wait = READY_LEAST_MS;
	if (wait > READY_MOST_MS)
		wait = READY_MOST_MS;
	q->ike->world->timer_set(q->timer, x->sa->peer_can & IKE_PEER_DPD ? READY_SOON_MS : wait);
	return 0;
}

static int take_second(struct exchange *x, const struct message *message, struct message_error *o)
{
	struct quick *q = x->state;
	struct tunnel *t = quick_tunnel(x);
	struct dh_secret secret;
	int ret;

	if (!t)
		return message_refuse(o, ISAKMP_NOTIFY_INVALID_ID_INFORMATION, "its flow is gone");
	if (take_choice(x, t, message, o) || quick_check_proxies(x, message, o) ||
	    quick_take_nonce(&q->nonce_r, message, o) ||
	    quick_share_secret(q, message, &secret, o))
		return -EPROTO;
	quick_take_lifetime(q, message);
	quick_take_generation(x, t, message);
	ret = quick_install_inbound(x, t, q->group ? &secret : NULL, o);
	dh_secret_wipe(&secret);
	if (ret)
		return -EPROTO;
	if (!(x->sa->peer_can & IKE_PEER_OURS))
		return await_readiness(x, o);
	if (quick_install_outbound(x, t, o))
		return -EPROTO;
	if (send_third(x))
		return message_refuse(o, 0, "the third message cannot be made");
	finish(x, t);
	return 0;
}

/* --- the table */

#define BIT(payload)	(1U << (payload))
#define HASH		BIT(ISAKMP_PAYLOAD_HASH)
#define SA		BIT(ISAKMP_PAYLOAD_SA)
#define NONCE		BIT(ISAKMP_PAYLOAD_NONCE)
#define KE		BIT(ISAKMP_PAYLOAD_KE)
#define ID		BIT(ISAKMP_PAYLOAD_ID)
#define NOTIFY		BIT(ISAKMP_PAYLOAD_NOTIFY)
#define VENDOR		BIT(ISAKMP_PAYLOAD_VENDOR)
#define NAT_OA		BIT(ISAKMP_PAYLOAD_NAT_OA)

/**
 * struct transition - what may come in a step
 * @number: of the message, for its hash
 * @required: payloads that must be there, each once
 * @optional: payloads that may be there; any other is refused
 */
struct transition {
	unsigned int number;
	uint32_t required;
	uint32_t optional;
	int (*take)(struct exchange *x, const struct message *message, struct message_error *o);
};

static const struct transition transitions[] = {
	[STEP_WAIT1] = { 1, HASH | SA | NONCE, KE | ID | NOTIFY | VENDOR | NAT_OA, answer_first },
	[STEP_WAIT2] = { 2, HASH | SA | NONCE, KE | ID | NOTIFY | VENDOR | NAT_OA, take_second },
	[STEP_WAIT3] = { 3, HASH, NOTIFY | VENDOR, take_third },
	[STEP_READY] = { 0 },
	[STEP_OVER] = { 0 },
};

static int check_payloads(const struct message *message, const struct transition *tr,
			  struct message_error *o)
{
	for (unsigned int i = 0; i < message->n; i++) {
		unsigned int type = message->payloads[i].type;

		if (type >= 32 || !((tr->required | tr->optional) & BIT(type)))
			return message_refuse(o, ISAKMP_NOTIFY_INVALID_PAYLOAD_TYPE,
				      "payload %s is not expected in message %u",
				      isakmp_payload_name(type), tr->number);
	}
	for (unsigned int type = 0; type < 32; type++)
		if ((tr->required & BIT(type)) && message_count(message, type) != 1)
			return message_refuse(o, ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
				      "message %u needs one %s payload", tr->number,
				      isakmp_payload_name(type));
	if (message_count(message, ISAKMP_PAYLOAD_KE) > 1)
		return message_refuse(o, ISAKMP_NOTIFY_PAYLOAD_MALFORMED, "two KE payloads");
	return 0;
}

static int quick_receive(struct exchange *x, const struct message *message,
			 struct message_error *error)
{
	const struct transition *tr = &transitions[x->step];
	struct message_error o = { 0 };

	if (!tr->take || !message->n) {
		ike_count(x->sa->ike, IKE_COUNTER_UNEXPECTED);
		return message_refuse(error, 0, "quick mode: nothing is expected");
	}
	if (quick_check_hash(x, message, tr->number))
		return message_refuse(error, 0, "quick mode: HASH(%u) is wrong", tr->number);
	if (check_payloads(message, tr, &o) || tr->take(x, message, &o))
		refuse(x, &o);
	return 0;
}

/*
 * The third message does not arrive, but what is sent on the new SA does: the
 * initiator has it, and has proven as much as with its hash.
 */
static bool is_in_use(const struct exchange *x)
{
	const struct quick *q = x->state;
	struct kernel *kernel = q->ike->kernel;
	struct cm_sa_info info;
	bool used;

	if (x->step != STEP_WAIT3 || !ike_sa_is_established(x->sa) ||
	    kernel->sa_get(kernel, &q->pair->in, &info, NULL) < 0)
		return false;
	used = info.packets;
	cm_sa_info_release(&info);
	return used;
}

/*
 * Whoever does not answer may have lost the IKE SA: the next try makes a new
 * one. An initiator may have SAs by now that we shall not have.
 */
static void quick_failed(struct exchange *x)
{
	struct quick *q = x->state;
	struct tunnel *t = quick_tunnel(x);
	struct message_error o;

	if (t && is_in_use(x) && quick_install_outbound(x, t, &o) == 0) {
		finish(x, t);
		return;
	}
	if (x->initiator)
		x->sa->replaced = true;
	/* A peer that has more patience repeats its first message: then from the start. */
	if (!x->initiator)
		ike_ids_forget(&x->sa->quick_ids, x->id);
	if (!t)
		return;
	if (q->pair)
		tunnel_disown_pair(t, quick_give_pair(q));
	if (x->initiator && t->quick == x)
		tunnel_quick_failed(t, false, "the peer does not answer");
	else
		answered_in_vain(x, t);
}

/* What a tunnel has not taken over goes out of the kernel, too. */
static void quick_free(void *state)
{
	struct quick *q = state;

	quick_release_sas(q);
	q->ike->world->timer_free(q->timer);
	forget(q);
	free(q->set_name);
	OPENSSL_cleanse(q, sizeof(*q));
	free(q);
}

static const struct exchange_ops quick_ops = {
	.name = "quick mode",
	.receive = quick_receive,
	.failed = quick_failed,
	.free = quick_free,
};

static struct exchange *quick_new(struct ike_sa *sa, uint32_t id, bool initiator)
{
	struct quick *q = calloc(1, sizeof(*q));
	struct exchange *x;

	if (!q)
		return NULL;
	q->ike = sa->ike;
	q->began = ike_now(sa->ike);
	buf_init(&q->nonce_i, IKE_NONCE_MAX);
	buf_init(&q->nonce_r, IKE_NONCE_MAX);
	x = exchange_new(sa, &quick_ops, ISAKMP_EXCHANGE_QUICK, id, initiator, q);
	if (!x)
		quick_free(q);
	else
		x->step = initiator ? STEP_SEND1 : STEP_WAIT1;
	return x;
}

static unsigned int in_flight(const struct ike_sa *sa)
{
	const struct exchange *x;
	unsigned int n = 0;

	TAILQ_FOREACH(x, &sa->exchanges, link)
		n += x->type == ISAKMP_EXCHANGE_QUICK && !x->initiator && !x->done;
	return n;
}

struct exchange *quick_accept(struct ike_sa *sa, uint32_t id)
{
	return in_flight(sa) < QUICK_MAX ? quick_new(sa, id, false) : NULL;
}

static int send_first(struct exchange *x, struct tunnel *t, const struct map_entry *entry,
		      struct kerr *err)
{
	struct quick *q = x->state;
	struct ipsec_offer *offer = malloc(sizeof(*offer));
	struct message_writer w;
	struct buf out;

	if (!offer)
		return kerr_set(err, ENOMEM, "out of memory");
	if (terms_propose(offer, t, &x->sa->path.remote, q->spi_in)) {
		free(offer);
		return kerr_set(err, ENOENT, "crypto map %s %u has no transform set",
				entry->name, entry->seq);
	}
	trace_sa_request(t, &x->sa->path.remote, offer);
	quick_message_start(&w, &out, x);
	quick_put_offer(&w, offer->proposals, offer->n);
	free(offer);
	message_put(&w, ISAKMP_PAYLOAD_NONCE, q->nonce_i.data, q->nonce_i.len);
	quick_put_key_exchange(&w, q);
	quick_put_proxies(&w, x);
	quick_take_generation(x, t, NULL);
	quick_put_generation(&w, x);
	x->step = STEP_WAIT2;
	if (quick_message_finish(&w, x, 1, true))
		return kerr_set(err, EIO, "the first message cannot be made");
	return 0;
}

static int prepare_first(struct exchange *x, struct tunnel *t, const struct map_entry *entry,
			 struct kerr *err)
{
	struct quick *q = x->state;
	uint16_t family = t->flow.family;

	q->flow = t->flow.id;
	q->group = config_pfs_group(x->sa->ike->config, entry);
	if (isakmp_id_from_rule(&q->ours, &t->flow.rule, family, true) ||
	    isakmp_id_from_rule(&q->theirs, &t->flow.rule, family, false))
		return kerr_set(err, ERANGE, "access list of crypto map %s %u: IKE cannot say a mask with holes, or a range of ports",
				entry->name, entry->seq);
	if (make_nonce(&q->nonce_i) || (q->group && dh_new(&q->dh, q->group)))
		return kerr_set(err, EIO, "no random numbers, or group %u is not to be had", q->group);
	return reserve_spi(x, t, err);
}

int quick_initiate(struct ike_sa *sa, struct tunnel *tunnel, struct kerr *err)
{
	const struct map_entry *entry = tunnel_entry(tunnel);
	struct exchange *x = quick_new(sa, exchange_new_id(sa), true);
	int ret;

	if (!x || !entry) {
		if (x)
			exchange_free(x);
		return kerr_set(err, ENOMEM, "out of memory, or no entry");
	}
	ike_sa_debug(sa, "beginning Quick Mode exchange, M-ID of %d", (int32_t)x->id);
	ret = prepare_first(x, tunnel, entry, err);
	if (!ret)
		ret = send_first(x, tunnel, entry, err);
	if (ret) {
		exchange_free(x);
		return ret;
	}
	ike_ids_use(&sa->quick_ids, x->id);
	tunnel->quick = x;
	return 0;
}

/* --- a refusal by the peer, in an informational exchange that was authenticated */

/* strongSwan has an SPI of zero for one that it has not looked at yet. */
static bool is_about(const struct exchange *x, const struct isakmp_notification *n)
{
	static const uint32_t none;
	const struct quick *q = x->state;
	uint32_t spi = htonl(q->spi_in);

	if (x->type != ISAKMP_EXCHANGE_QUICK || (x->step != STEP_WAIT2 && x->step != STEP_WAIT3))
		return false;
	if (n->spi_len == sizeof(spi) && memcmp(n->spi, &none, sizeof(none)) != 0)
		return memcmp(n->spi, &spi, sizeof(spi)) == 0;
	return x->step == STEP_WAIT2;
}

/*
 * Which one is refused its SPI says; not all peers send that: then it is clear
 * if there is only one.
 */
static struct exchange *find_refused(const struct ike_sa *sa, const struct isakmp_notification *n)
{
	struct exchange *x, *found = NULL;

	TAILQ_FOREACH(x, &sa->exchanges, link) {
		if (!is_about(x, n))
			continue;
		if (found)
			return NULL;
		found = x;
	}
	return found;
}

void quick_refused(struct ike_sa *sa, const struct isakmp_notification *n)
{
	struct exchange *x = find_refused(sa, n);
	struct tunnel *t;

	/* About SAs that are there, or not; not about those that are to be made. */
	if (!x || n->type == ISAKMP_NOTIFY_INVALID_SPI || n->type == ISAKMP_NOTIFY_INVALID_COOKIE)
		return;
	quick_release_sas(x->state);
	x->step = STEP_OVER;
	exchange_done(x);
	t = quick_tunnel(x);
	if (t && t->quick == x && n->type == ISAKMP_NOTIFY_NO_PROPOSAL_CHOSEN)
		terms_log_refused(t, &sa->path.remote);
	if (t && t->quick == x)
		tunnel_quick_failed(t, true, isakmp_notify_name(n->type));
	else if (t)
		answered_in_vain(x, t);
}

bool quick_peer_answered(struct ike_sa *sa, uint32_t sequence)
{
	struct exchange *x;
	bool any = false;

again:
	TAILQ_FOREACH(x, &sa->exchanges, link) {
		const struct quick *q = x->state;

		if (x->type != ISAKMP_EXCHANGE_QUICK || x->step != STEP_READY || !q->probes ||
		    sequence - q->probe > sa->dpd_sequence - q->probe)
			continue;
		any = true;
		x->step = STEP_OVER;
		ready(x);
		/* Others may be gone with it. */
		goto again;
	}
	return any;
}

bool quick_peer_deleted(struct ike_sa *sa, uint32_t spi)
{
	struct exchange *x;
	struct quick *q;
	struct tunnel *t;

	TAILQ_FOREACH(x, &sa->exchanges, link) {
		q = x->state;
		if (x->type != ISAKMP_EXCHANGE_QUICK || !q->pair || q->pair->out.spi != spi)
			continue;
		quick_release_sas(q);
		t = quick_tunnel(x);
		x->step = STEP_OVER;
		exchange_done(x);
		if (t && t->quick == x)
			tunnel_quick_failed(t, false, "the peer has deleted them");
		else if (t)
			answered_in_vain(x, t);
		return true;
	}
	return false;
}

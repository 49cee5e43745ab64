// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Informational exchanges (RFC 2409 5.7):
 *
 *	HDR*, HASH(1), N | D -->
 *
 * They are never answered and never repeated; what must arrive is asked for
 * again by its own means (dpd.c).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "dpd.h"
#include "identity.h"
#include "informational.h"
#include "lib/log.h"
#include "offer.h"
#include "quick.h"
#include "report.h"
#include "tunnel.h"

static void begin(struct message_writer *w, struct buf *buf, const struct ike_cookies *cookies,
		  uint32_t id)
{
	struct message_header header = {
		.version = ISAKMP_VERSION,
		.exchange = ISAKMP_EXCHANGE_INFORMATIONAL,
		.id = id,
	};

	memcpy(header.initiator_cookie, cookies->initiator, ISAKMP_COOKIE_LEN);
	memcpy(header.responder_cookie, cookies->responder, ISAKMP_COOKIE_LEN);
	buf_init(buf, ISAKMP_MESSAGE_MAX);
	message_begin(w, buf, &header);
}

/* --- sending */

static bool is_dpd(uint16_t type)
{
	return type == ISAKMP_NOTIFY_R_U_THERE || type == ISAKMP_NOTIFY_R_U_THERE_ACK;
}

/* HDR*, HASH(1), and one of both. */
static int send_protected(struct ike_sa *sa, const struct isakmp_notification *n,
			  const struct isakmp_delete *d, struct buf *keep)
{
	static const uint8_t zeros[IKE_HASH_MAX];
	uint32_t id = exchange_new_id(sa);
	uint8_t hash[IKE_HASH_MAX];
	struct message_writer w;
	struct buf buf;
	size_t rest;
	int err;

	if (!sa->keys.len)
		return -ENOTCONN;
	if (!n || !is_dpd(n->type))
		ike_ids_use(&sa->info_ids, id);
	begin(&w, &buf, &sa->cookies, id);
	message_put(&w, ISAKMP_PAYLOAD_HASH, zeros, sa->keys.len);
	rest = buf.len;
	if (n)
		isakmp_notify_put(&w, n);
	else
		isakmp_delete_put(&w, d);
	message_end(&w, 1);
	err = buf.failed ? -ENOMEM : ike_hash1(&sa->keys, id, (struct ike_part){
			buf.data + rest, buf.len - rest }, hash);
	if (err) {
		buf_release(&buf);
		return err;
	}
	memcpy(buf.data + rest - sa->keys.len, hash, sa->keys.len);
	message_end(&w, ike_block_len(sa->suite.encryption));
	return exchange_send_once(sa, &buf, keep);
}

int info_send_notify(struct ike_sa *sa, const struct isakmp_notification *n, struct buf *keep)
{
	ike_sa_debug(sa, "sending NOTIFY %s protocol %u", isakmp_notify_name(n->type),
		     n->protocol);
	return send_protected(sa, n, NULL, keep);
}

int info_send_delete(struct ike_sa *sa, const struct isakmp_delete *d)
{
	ike_sa_debug(sa, "sending DELETE protocol %u, %u SPIs", d->protocol, d->n);
	return send_protected(sa, NULL, d, NULL);
}

int info_send_delete_spi(struct ike_sa *sa, uint8_t protocol, uint32_t spi)
{
	const uint32_t wire = htonl(spi);
	const struct isakmp_delete d = {
		.protocol = protocol, .spi_len = sizeof(wire), .n = 1,
		.spis = (const uint8_t *)&wire,
	};

	return info_send_delete(sa, &d);
}

/* Implementations differ in where they look for the SPI: it is in both places. */
int info_send_invalid_spi(struct ike_sa *sa, uint8_t protocol, uint32_t spi)
{
	const uint32_t wire = htonl(spi);
	const struct isakmp_notification n = {
		.protocol = protocol, .type = ISAKMP_NOTIFY_INVALID_SPI,
		.spi = (const uint8_t *)&wire, .spi_len = sizeof(wire),
		.data = (const uint8_t *)&wire, .len = sizeof(wire),
	};

	return info_send_notify(sa, &n, NULL);
}

int info_send_delete_ike(struct ike_sa *sa)
{
	const struct isakmp_delete d = {
		.protocol = ISAKMP_PROTO_ISAKMP, .spi_len = sizeof(sa->cookies), .n = 1,
		.spis = (const uint8_t *)&sa->cookies,
	};

	ike_sa_debug(sa, "sending DELETE of the IKE SA");
	return send_protected(sa, NULL, &d, &sa->farewell);
}

void info_send_clear(struct ike *ike, const struct ike_path *path,
		     const struct ike_cookies *cookies, uint16_t notify)
{
	const struct isakmp_notification n = {
		.protocol = ISAKMP_PROTO_ISAKMP, .type = notify,
	};
	struct message_writer w;
	struct buf buf;
	uint32_t id;

	if (!rate_take(&ike->refusals, ike_now(ike)))
		return;
	/* Any number will do: nothing depends on it. */
	memcpy(&id, cookies->initiator, sizeof(id));
	begin(&w, &buf, cookies, id ? id : 1);
	isakmp_notify_put(&w, &n);
	message_end(&w, 1);
	exchange_send_clear(ike, path, &buf);
}

/* Without proof or with it: whoever reads the log wants to know what it was. */
static void phase1_refused(struct ike_sa *sa, uint16_t type)
{
	if (sa->initiator && !sa->refused && type == ISAKMP_NOTIFY_NO_PROPOSAL_CHOSEN)
		offer_log_refused(&sa->handshake->offer_body, &sa->path.remote);
	exchange_refused(sa->phase1);
}

/* --- receiving, authenticated */

static bool is_error(const struct isakmp_notification *n)
{
	return n->type < ISAKMP_NOTIFY_CONNECTED;
}

static bool has_quick_modes(const struct ike_sa *sa)
{
	const struct exchange *x;

	TAILQ_FOREACH(x, &sa->exchanges, link)
		if (x->type == ISAKMP_EXCHANGE_QUICK)
			return true;
	return false;
}

static bool lacks_spi(struct ike_sa *sa, const struct isakmp_notification *n)
{
	uint32_t spi;

	if (n->type != ISAKMP_NOTIFY_INVALID_SPI)
		return false;
	if (n->spi_len == sizeof(spi))
		memcpy(&spi, n->spi, sizeof(spi));
	else if (n->len == sizeof(spi))
		memcpy(&spi, n->data, sizeof(spi));
	else
		return false;
	return tunnels_peer_lacks(sa, n->protocol, ntohl(spi));
}

/* It is about what was before this IKE SA: too late when SAs are made under it. */
static void initial_contact(struct ike_sa *sa)
{
	if (sa->initial_contact || has_quick_modes(sa))
		return;
	sa->initial_contact = true;
	tunnels_initial_contact(sa);
}

static void receive_notify(struct ike_sa *sa, const struct payload *payload)
{
	struct isakmp_notification n;
	struct message_error error;
	struct addr_buf peer;

	if (isakmp_notify_parse(&n, payload, &error)) {
		ike_count(sa->ike, IKE_COUNTER_MALFORMED);
		return;
	}
	ike_sa_debug(sa, "processing NOTIFY %s protocol %u", isakmp_notify_name(n.type),
		     n.protocol);
	if (is_error(&n))
		report_line(sa->ike, &sa->path.remote, LOG_NOTICE, "ISAKMP: peer %s says %s",
			    addr_text(&sa->path.remote, &peer), isakmp_notify_name(n.type));
	if (is_error(&n) && sa->handshake && sa->phase1)
		phase1_refused(sa, n.type);
	else if (!ike_sa_is_established(sa))
		return;
	else if (lacks_spi(sa, &n))
		return;
	else if (is_error(&n))
		quick_refused(sa, &n);
	else if (is_dpd(n.type))
		dpd_receive(sa, &n);
	else if (n.type == ISAKMP_NOTIFY_INITIAL_CONTACT)
		initial_contact(sa);
}

static void delete_ike(struct ike_sa *sa, const struct ike_cookies *cookies)
{
	struct ike_sa *gone = ike_sa_find(sa->ike, cookies);

	if (!gone || !ike_path_equal(&gone->path, &sa->path) || !ike_sa_is_established(gone))
		return;
	ike_sa_end(gone, false, "deleted by the peer");
	if (!ike_sa_revive_other(gone))
		ike_sa_begin_again(gone);
}

static void receive_delete(struct ike_sa *sa, const struct payload *payload)
{
	struct ike_cookies cookies;
	struct message_error error;
	struct isakmp_delete d;
	unsigned int i;
	uint32_t spi;

	if (isakmp_delete_parse(&d, payload, &error)) {
		ike_count(sa->ike, IKE_COUNTER_MALFORMED);
		return;
	}
	ike_sa_debug(sa, "processing DELETE protocol %u, %u SPIs", d.protocol, d.n);
	for (i = 0; i < d.n && ike_sa_is_established(sa); i++) {
		if (d.protocol == ISAKMP_PROTO_ISAKMP && d.spi_len == sizeof(cookies)) {
			memcpy(&cookies, d.spis + i * d.spi_len, sizeof(cookies));
			delete_ike(sa, &cookies);
		} else if (d.spi_len == sizeof(spi)) {
			memcpy(&spi, d.spis + i * d.spi_len, sizeof(spi));
			tunnels_peer_deleted(sa, d.protocol, ntohl(spi));
		}
	}
}

static bool is_authentic(const struct ike_sa *sa, const struct message *message)
{
	const struct payload *first = &message->payloads[0], *last;
	uint8_t hash[IKE_HASH_MAX];
	struct ike_part rest;

	if (message->n < 2 || first->type != ISAKMP_PAYLOAD_HASH || first->len != sa->keys.len)
		return false;
	last = &message->payloads[message->n - 1];
	rest.data = message->payloads[1].whole;
	rest.len = (size_t)(last->whole + last->whole_len - message->payloads[1].whole);
	return !ike_hash1(&sa->keys, message->header.id, rest, hash) &&
	       buf_equal_secret(hash, first->body, sa->keys.len);
}

static void receive_payloads(struct ike_sa *sa, const struct message *message)
{
	unsigned int i;

	for (i = 1; i < message->n && sa->state != IKE_DELETED; i++) {
		if (message->payloads[i].type == ISAKMP_PAYLOAD_NOTIFY)
			receive_notify(sa, &message->payloads[i]);
		else if (message->payloads[i].type == ISAKMP_PAYLOAD_DELETE &&
			 ike_sa_is_established(sa))
			receive_delete(sa, &message->payloads[i]);
		else if (message->payloads[i].type != ISAKMP_PAYLOAD_VENDOR)
			ike_count(sa->ike, IKE_COUNTER_UNEXPECTED);
	}
}

/* A peer that refuses our proof does so before phase 1 is over. */
static const struct ike_iv *last_iv(const struct ike_sa *sa)
{
	return sa->handshake && sa->phase1 ? &sa->phase1->iv : &sa->iv;
}

/* Nothing but a message of DPD, which has a sequence number against repetitions. */
static bool is_numbered(const struct message *message)
{
	struct isakmp_notification n;
	struct message_error error;

	return message->n == 2 && message->payloads[1].type == ISAKMP_PAYLOAD_NOTIFY &&
	       !isakmp_notify_parse(&n, &message->payloads[1], &error) && is_dpd(n.type);
}

void info_receive(struct ike_sa *sa, const void *data, size_t len)
{
	struct message_error error = { .notify = 0 };
	struct buf plain = { .data = NULL };
	struct message_header header;
	struct message message;
	struct ike_iv iv;

	if (message_parse_header(&header, data, len, &error) || !header.id ||
	    ike_iv_exchange(&iv, &sa->keys, last_iv(sa), header.id) ||
	    exchange_open(sa, &iv, data, len, &plain, &message, &error)) {
		ike_count(sa->ike, IKE_COUNTER_MALFORMED);
		ike_sa_debug(sa, "informational exchange not taken: %s", error.text);
	} else if (!is_authentic(sa, &message)) {
		ike_count(sa->ike, IKE_COUNTER_BAD_HASH);
		ike_sa_debug(sa, "informational exchange not taken: HASH is wrong");
	} else if (is_numbered(&message)) {
		receive_payloads(sa, &message);
	} else if (!ike_ids_use(&sa->info_ids, header.id)) {
		ike_count(sa->ike, IKE_COUNTER_DUPLICATE);
	} else {
		dpd_heard(sa);
		receive_payloads(sa, &message);
	}
	buf_release(&plain);
}

/* --- receiving, in clear: anybody who sees our packets may have sent it */

static void hear_rumour(struct ike_sa *sa, const struct isakmp_notification *n)
{
	struct addr_buf peer;

	if (!is_error(n))
		return;
	if (rate_take(&sa->ike->complaints, ike_now(sa->ike)))
		log_msg(LOG_NOTICE, "ISAKMP: peer %s says %s, without proof",
			addr_text(&sa->path.remote, &peer), isakmp_notify_name(n->type));
	/* Ends no negotiation, but shortens the wait for one that does not answer. */
	if (sa->handshake && sa->phase1)
		phase1_refused(sa, n->type);
	/* A peer that does not know the cookies may have begun anew. */
	else if (n->type == ISAKMP_NOTIFY_INVALID_COOKIE && ike_sa_is_established(sa))
		ike_sa_doubt(sa);
}

void info_receive_clear(struct ike_sa *sa, const void *data, size_t len)
{
	struct message_error error = { .notify = 0 };
	struct buf plain = { .data = NULL };
	struct isakmp_notification n;
	const struct payload *p;
	struct message message;

	ike_count(sa->ike, IKE_COUNTER_CLEAR);
	if (exchange_open(sa, NULL, data, len, &plain, &message, &error)) {
		ike_count(sa->ike, IKE_COUNTER_MALFORMED);
	} else {
		p = message_find(&message, ISAKMP_PAYLOAD_NOTIFY);
		if (p && !isakmp_notify_parse(&n, p, &error))
			hear_rumour(sa, &n);
	}
	buf_release(&plain);
}

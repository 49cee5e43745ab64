// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages of quick mode: making them, and what those of the peer must be. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "quick_priv.h"

/* --- ours */

void quick_message_start(struct message_writer *w, struct buf *out, const struct exchange *x)
{
	struct message_header header = {
		.version = ISAKMP_VERSION,
		.exchange = ISAKMP_EXCHANGE_QUICK,
		.flags = ISAKMP_FLAG_ENCRYPTED,
		.id = x->id,
	};
	static const uint8_t later[IKE_HASH_MAX];

	memcpy(header.initiator_cookie, x->sa->cookies.initiator, ISAKMP_COOKIE_LEN);
	memcpy(header.responder_cookie, x->sa->cookies.responder, ISAKMP_COOKIE_LEN);
	buf_init(out, ISAKMP_MESSAGE_MAX);
	message_begin(w, out, &header);
	message_put(w, ISAKMP_PAYLOAD_HASH, later, x->sa->keys.len);
}

/* The hash of message @number over what stands behind the HASH payload. */
static int compute_hash(const struct exchange *x, unsigned int number, struct ike_part rest,
			uint8_t hash[IKE_HASH_MAX])
{
	const struct quick *q = x->state;
	const struct ike_keys *keys = &x->sa->keys;

	if (number == 1)
		return ike_hash1(keys, x->id, rest, hash);
	if (number == 2)
		return ike_hash2(keys, x->id, quick_part(&q->nonce_i), rest, hash);
	return ike_hash3(keys, x->id, quick_part(&q->nonce_i), quick_part(&q->nonce_r), hash);
}

int quick_message_finish(struct message_writer *w, struct exchange *x, unsigned int number,
			 bool expect)
{
	struct buf *out = w->buf;
	size_t at = ISAKMP_HEADER_LEN + 4, behind = at + x->sa->keys.len;
	uint8_t hash[IKE_HASH_MAX];
	int ret = -ENOMEM;

	message_end(w, 1);
	if (!out->failed)
		ret = compute_hash(x, number, (struct ike_part){ out->data + behind,
				   out->len - behind }, hash);
	if (ret) {
		buf_release(out);
		return ret;
	}
	memcpy(out->data + at, hash, x->sa->keys.len);
	message_end(w, ike_block_len(x->sa->suite.encryption));
	return exchange_send(x, out, true, expect);
}

void quick_put_proxies(struct message_writer *w, const struct exchange *x)
{
	const struct quick *q = x->state;

	isakmp_id_put(w, x->initiator ? &q->ours : &q->theirs);
	isakmp_id_put(w, x->initiator ? &q->theirs : &q->ours);
}

void quick_put_offer(struct message_writer *w, const struct ipsec_proposal *proposals,
		     unsigned int n)
{
	message_payload(w, ISAKMP_PAYLOAD_SA);
	ipsec_offer_put(w->buf, proposals, n);
}

void quick_put_key_exchange(struct message_writer *w, const struct quick *q)
{
	if (q->dh)
		message_put(w, ISAKMP_PAYLOAD_KE, dh_public(q->dh), dh_public_len(q->group));
}

/* --- of the peer */

int quick_check_hash(const struct exchange *x, const struct message *message,
		     unsigned int number)
{
	const struct payload *hash = &message->payloads[0];
	const struct payload *last = &message->payloads[message->n - 1];
	const uint8_t *behind = hash->whole + hash->whole_len;
	struct ike_part rest = { behind, (size_t)(last->whole + last->whole_len - behind) };
	uint8_t wanted[IKE_HASH_MAX];

	if (hash->type != ISAKMP_PAYLOAD_HASH || hash->len != x->sa->keys.len ||
	    compute_hash(x, number, rest, wanted) ||
	    !buf_equal_secret(hash->body, wanted, hash->len)) {
		ike_count(x->sa->ike, IKE_COUNTER_BAD_HASH);
		return -EBADMSG;
	}
	return 0;
}

int quick_take_nonce(struct buf *out, const struct message *message, struct message_error *o)
{
	const struct payload *nonce = message_find(message, ISAKMP_PAYLOAD_NONCE);

	if (nonce->len < IKE_NONCE_MIN || nonce->len > IKE_NONCE_MAX)
		return message_refuse(o, ISAKMP_NOTIFY_PAYLOAD_MALFORMED, "nonce of %zu bytes",
				      nonce->len);
	buf_reset(out);
	buf_put_bytes(out, nonce->body, nonce->len);
	return out->failed ? message_refuse(o, 0, "out of memory") : 0;
}

static void host_id(struct isakmp_id *id, const struct addr *a)
{
	memset(id, 0, sizeof(*id));
	id->type = a->family == AF_INET6 ? ISAKMP_ID_IPV6_ADDR : ISAKMP_ID_IPV4_ADDR;
	id->first = *a;
}

int quick_take_proxies(const struct exchange *x, const struct message *message,
		       struct isakmp_id *ours, struct isakmp_id *theirs, struct message_error *o)
{
	const struct payload *first = message_find(message, ISAKMP_PAYLOAD_ID), *second;
	struct message_error error;

	if (!first) {
		host_id(ours, &x->sa->path.local);
		host_id(theirs, &x->sa->path.remote);
		return 0;
	}
	second = message_next(message, first);
	if (!second || message_count(message, ISAKMP_PAYLOAD_ID) != 2)
		return message_refuse(o, ISAKMP_NOTIFY_INVALID_ID_INFORMATION,
				      "proxies are not two");
	if (isakmp_id_parse(x->initiator ? ours : theirs, first, &error) ||
	    isakmp_id_parse(x->initiator ? theirs : ours, second, &error))
		return message_refuse(o, ISAKMP_NOTIFY_INVALID_ID_INFORMATION, "%s", error.text);
	return 0;
}

struct ipsec_offer *quick_parse_offer(const struct message *message, struct message_error *o)
{
	/* 66 KB, of which little is used: not to be cleared. */
	struct ipsec_offer *offer = malloc(sizeof(*offer));
	struct message_error error;

	if (!offer) {
		message_refuse(o, 0, "out of memory");
		return NULL;
	}
	if (ipsec_offer_parse(offer, message_find(message, ISAKMP_PAYLOAD_SA), &error)) {
		message_refuse(o, error.notify, "%s", error.text);
		free(offer);
		return NULL;
	}
	return offer;
}

int quick_check_proxies(const struct exchange *x, const struct message *message,
			struct message_error *o)
{
	const struct quick *q = x->state;
	struct isakmp_id *ids;
	int ret;

	/* Not every peer repeats them. */
	if (!message_find(message, ISAKMP_PAYLOAD_ID))
		return 0;
	ids = calloc(2, sizeof(*ids));
	if (!ids)
		return message_refuse(o, 0, "out of memory");
	ret = quick_take_proxies(x, message, &ids[0], &ids[1], o);
	if (!ret && (!isakmp_id_equal(&ids[0], &q->ours) || !isakmp_id_equal(&ids[1], &q->theirs)))
		ret = message_refuse(o, ISAKMP_NOTIFY_INVALID_ID_INFORMATION,
				     "the peer has changed the proxies");
	free(ids);
	return ret;
}

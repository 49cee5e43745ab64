// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Notifications within quick mode.
 *
 * RESPONDER-LIFETIME (RFC 2407 4.6.3.1) is for everybody. GENERATION is our
 * own, and only between two of us: which of two pairs of a flow is the newer
 * one, so that both sides keep the same one whatever the network does to the
 * messages. It is a logical clock. The initiator names a generation above those
 * of all pairs that it knows, the responder one that is also above those it
 * knows, and that is the pair's. So a pair has a higher one than each pair of
 * which either side knew; two that are equal were begun by each side without
 * knowledge of the other's (see outranks() in pairs.c).
 */
#include <arpa/inet.h>
#include <string.h>

#include "quick_priv.h"

/* More rekeys than there will be; what is above it is not believed. */
#define GENERATION_MAX	INT32_MAX

/* When our lifetime is shorter than what was proposed. */
void quick_put_lifetime(struct message_writer *w, const struct quick *q,
			const struct ipsec_transform *proposed)
{
	uint32_t network = htonl(q->spi_in), seconds = q->terms.life_seconds;
	uint8_t data[12] = {
		0x80, IPSEC_ATTR_LIFE_TYPE, 0, ISAKMP_LIFE_SECONDS,
		0, IPSEC_ATTR_LIFE_DURATION, 0, 4,
		seconds >> 24, seconds >> 16, seconds >> 8, seconds,
	};
	struct isakmp_notification n = {
		.protocol = ISAKMP_PROTO_ESP, .type = ISAKMP_NOTIFY_RESPONDER_LIFETIME,
		.spi_len = 4, .spi = (const uint8_t *)&network,
		.len = sizeof(data), .data = data,
	};

	if (proposed->life_seconds && q->terms.life_seconds < proposed->life_seconds)
		isakmp_notify_put(w, &n);
}

/* Returns false when there is none of @type behind *@at, which is moved. */
static bool next_notify(struct isakmp_notification *n, uint16_t type,
			const struct message *message, const struct payload **at)
{
	struct message_error error;

	do {
		*at = *at ? message_next(message, *at) :
			    message_find(message, ISAKMP_PAYLOAD_NOTIFY);
	} while (*at && (isakmp_notify_parse(n, *at, &error) || n->type != type));
	return *at;
}

void quick_take_lifetime(struct quick *q, const struct message *message)
{
	const struct payload *at = NULL;
	struct isakmp_notification n;
	struct buf_reader r;

	while (next_notify(&n, ISAKMP_NOTIFY_RESPONDER_LIFETIME, message, &at)) {
		buf_read_init(&r, n.data, n.len);
		if (buf_get_u16(&r) != (0x8000 | IPSEC_ATTR_LIFE_TYPE) ||
		    buf_get_u16(&r) != ISAKMP_LIFE_SECONDS ||
		    buf_get_u16(&r) != IPSEC_ATTR_LIFE_DURATION || buf_get_u16(&r) != 4)
			continue;
		q->terms.life_seconds = terms_shorter(q->terms.life_seconds, buf_get_u32(&r));
	}
}

void quick_put_generation(struct message_writer *w, const struct exchange *x)
{
	const struct quick *q = x->state;
	uint32_t network = htonl(q->generation);
	struct isakmp_notification n = {
		.protocol = ISAKMP_PROTO_ESP, .type = ISAKMP_NOTIFY_GENERATION,
		.len = sizeof(network), .data = (const uint8_t *)&network,
	};

	if (q->generation)
		isakmp_notify_put(w, &n);
}

/* 0: the peer names none. */
static uint32_t read_generation(const struct message *message)
{
	const struct payload *at = NULL;
	struct isakmp_notification n;
	uint32_t generation;

	if (!next_notify(&n, ISAKMP_NOTIFY_GENERATION, message, &at) ||
	    n.len != sizeof(generation))
		return 0;
	memcpy(&generation, n.data, sizeof(generation));
	generation = ntohl(generation);
	return generation <= GENERATION_MAX ? generation : 0;
}

void quick_take_generation(struct exchange *x, const struct tunnel *t,
			   const struct message *message)
{
	struct quick *q = x->state;
	uint32_t theirs = message ? read_generation(message) : 0;
	uint32_t next = t->generation < GENERATION_MAX ? t->generation + 1 : 0;

	if (!(x->sa->peer_can & IKE_PEER_OURS) || (message && !theirs))
		q->generation = 0;
	else if (x->initiator)
		q->generation = message ? theirs : next;
	else
		q->generation = theirs > next ? theirs : next;
}

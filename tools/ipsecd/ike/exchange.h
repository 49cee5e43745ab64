/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exchange - the one place that sends, and sends again (RFC 2408 5.1): an
 * exchange has the last message of this side, knows the last one of the peer,
 * and answers its repetition with ours.
 */
#ifndef _IPSECD_IKE_EXCHANGE_H
#define _IPSECD_IKE_EXCHANGE_H

#include <sys/queue.h>

#include "ike.h"
#include "keys.h"
#include "message.h"

struct exchange;
TAILQ_HEAD(exchange_list, exchange);

/**
 * struct exchange_ops - the kind of an exchange
 * @name: for messages
 * @receive: a message of the peer: new, decrypted, its payloads parsed. Returns
 *	0, or -EPROTO with @error: then the exchange decides by itself what to
 *	send; the chain of IVs is as it was
 * @failed: the last repetition was not answered
 * @free: releases @state
 */
struct exchange_ops {
	const char *name;
	int (*receive)(struct exchange *x, const struct message *message,
		       struct message_error *error);
	void (*failed)(struct exchange *x);
	void (*free)(void *state);
};

/**
 * struct exchange - one exchange of an IKE SA
 * @link: in sa->exchanges; phase 1 is in none
 * @sa: its IKE SA
 * @id: message ID, 0 for phase 1
 * @type: enum isakmp_exchange
 * @initiator: we began this exchange, whoever began phase 1
 * @iv: CBC chain
 * @step: of the exchange's own state table
 * @state: of the exchange's own
 * @last: our last message, encrypted, as it was sent
 * @heard: digest of the peer's last message
 * @tries: how often @last was sent
 * @done: nothing more is expected; kept for a while to answer repetitions
 */
struct exchange {
	TAILQ_ENTRY(exchange) link;
	const struct exchange_ops *ops;
	struct ike_sa *sa;
	uint32_t id;
	uint8_t type;
	bool initiator;
	struct ike_iv iv;
	unsigned int step;
	void *state;
	struct buf last;
	uint8_t heard[32];
	bool has_heard;
	unsigned int tries;
	bool done;
	struct ike_timer *timer;
};

/*
 * How often a message is sent, and the time between: short at first, for a
 * lost packet; with a cap, for a peer that is not there (SC-2).
 */
#define EXCHANGE_TRIES		6
#define EXCHANGE_FIRST_MS	500
#define EXCHANGE_CAP_MS		8000
/* After its end an exchange answers repetitions for so long. */
#define EXCHANGE_LINGER_MS	30000

/* @id 0: phase 1. A new exchange of ours takes exchange_new_id(). NULL without memory. */
struct exchange *exchange_new(struct ike_sa *sa, const struct exchange_ops *ops, uint8_t type,
			      uint32_t id, bool initiator, void *state);
void exchange_free(struct exchange *x);
uint32_t exchange_new_id(const struct ike_sa *sa);
struct exchange *exchange_find(const struct ike_sa *sa, uint32_t id);

/*
 * Sends @message (whole, padded, in clear; taken over) encrypted if @encrypt.
 * @expect: an answer is expected, repeat it until then. A responder of phase 1
 * whose peer has not proven its address does not expect.
 */
int exchange_send(struct exchange *x, struct buf *message, bool encrypt, bool expect);
/* Nothing more is to come: linger. */
void exchange_done(struct exchange *x);
/* Whether a message is the peer's last one again; it is then answered if @last answers it. */
bool exchange_repeated(struct exchange *x, const void *data, size_t len);
/* Stops repeating; the next message of the peer has come and is right. */
void exchange_heard(struct exchange *x, const void *data, size_t len);

#endif /* _IPSECD_IKE_EXCHANGE_H */

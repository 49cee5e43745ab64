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
 * @failed: the last repetition was not answered, the peer refused, or the IKE
 *	SA ends; the exchange is freed after it
 * @free: releases @state; may be NULL
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
 * @began: time, ms
 * @step: of the exchange's own state table
 * @state: of the exchange's own
 * @last: our last message, encrypted, as it was sent
 * @heard: digest of the peer's last message
 * @answers: @last answers it
 * @tries: how often @last was sent
 * @most: how often it will be
 * @done: nothing more is expected; kept for a while to answer repetitions
 * @running: its ops are being called
 * @dead: freed while they were
 */
struct exchange {
	TAILQ_ENTRY(exchange) link;
	const struct exchange_ops *ops;
	struct ike_sa *sa;
	uint32_t id;
	uint8_t type;
	bool initiator;
	struct ike_iv iv;
	uint64_t began;
	unsigned int step;
	void *state;
	struct buf last;
	uint64_t heard;
	bool has_heard;
	bool answers;
	unsigned int tries;
	unsigned int most;
	bool done;
	bool running;
	bool dead;
	struct ike_timer *timer;
};

/*
 * How often a message is sent, and the time between: 0.5 s at first, for a
 * lost packet, then twice as long each time up to a cap. All six take 23.5 s.
 */
#define EXCHANGE_TRIES		6
#define EXCHANGE_FIRST_MS	500
#define EXCHANGE_CAP_MS		8000
/*
 * The first message of phase 1 goes to a peer that may not be there yet, and
 * which shall be found within 2 s when it is (SC-2): a lower cap, and a short
 * wait for an answer to the last one, because the pause of the tunnel follows.
 * All six take 6.3 s; then the tunnel tries its next peer, or this one again.
 */
#define EXCHANGE_OPEN_CAP_MS	1500
#define EXCHANGE_OPEN_LAST_MS	300
/* A refusal that nobody has signed leaves so many tries for a true answer. */
#define EXCHANGE_REFUSED_TRIES	2
/* After its end an exchange answers repetitions for so long, so many of an IKE SA. */
#define EXCHANGE_LINGER_MS	30000
#define EXCHANGE_LINGER_MAX	1024

/* @id 0: phase 1. A new exchange of ours takes exchange_new_id(). NULL without memory. */
struct exchange *exchange_new(struct ike_sa *sa, const struct exchange_ops *ops, uint8_t type,
			      uint32_t id, bool initiator, void *state);
void exchange_free(struct exchange *x);
uint32_t exchange_new_id(const struct ike_sa *sa);
struct exchange *exchange_find(const struct ike_sa *sa, uint32_t id);

/*
 * Sends @message (whole, padded, in clear; taken over) encrypted if @encrypt.
 * @expect: an answer is expected, repeat it until then. A responder of phase 1
 * whose peer has not proven its address does not expect. Sent from within
 * ops->receive() it is the answer to the message there. Returns 0 (also if the
 * network refuses it: it is repeated), or a negative errno.
 */
int exchange_send(struct exchange *x, struct buf *message, bool encrypt, bool expect);
/*
 * The same without an exchange: encrypted, once, never repeated. @message has
 * its ID in its header. @keep: an empty buffer that gets what was sent, or NULL.
 */
int exchange_send_once(struct ike_sa *sa, struct buf *message, struct buf *keep);
/* Once and in clear, to somebody without an IKE SA. */
void exchange_send_clear(struct ike *ike, const struct ike_path *path, struct buf *message);
/* Our last message again, because the peer has not got it. */
void exchange_repeat(struct exchange *x);
/* Nothing more is to come: linger. */
void exchange_done(struct exchange *x);
/* Fails it now: ops->failed(), and it is freed. */
void exchange_fail(struct exchange *x);
/* The peer, or somebody who pretends to be, says no: expect less. */
void exchange_refused(struct exchange *x);

/*
 * A datagram for an exchange. Repetitions are answered; the rest is decrypted,
 * parsed and given to ops->receive(), and only if that takes it the chain of
 * IVs goes on and our last message is no longer repeated. Returns 0, or a
 * negative errno if the message was not taken. The exchange may be gone after it.
 */
int exchange_receive(struct exchange *x, const void *data, size_t len);
/*
 * Decrypts (with *@iv, which goes on; NULL: it is in clear) and parses a
 * datagram; @message points into @plain, which the caller releases.
 */
int exchange_open(const struct ike_sa *sa, struct ike_iv *iv, const void *data, size_t len,
		  struct buf *plain, struct message *message, struct message_error *error);

#endif /* _IPSECD_IKE_EXCHANGE_H */

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The one place that sends, and sends again.
 *
 * What has come is tried on copies: the text is decrypted from a copy of the
 * datagram, and the chain of IVs is put back unless the message is taken. So
 * one that is forged, garbled or late changes nothing, however often it comes.
 */
#include <errno.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "exchange.h"
#include "report.h"
#include "sa.h"
#include "trace.h"

static bool is_phase1(const struct exchange *x)
{
	return !x->id;
}

static void release(struct exchange *x)
{
	if (x->ops->free)
		x->ops->free(x->state);
	x->sa->ike->world->timer_free(x->timer);
	buf_release(&x->last);
	free(x);
}

void exchange_free(struct exchange *x)
{
	if (!x || x->dead)
		return;
	x->dead = true;
	if (is_phase1(x))
		x->sa->phase1 = NULL;
	else
		TAILQ_REMOVE(&x->sa->exchanges, x, link);
	x->sa->ike->world->timer_stop(x->timer);
	if (!x->running)
		release(x);
}

void exchange_fail(struct exchange *x)
{
	bool was_running = x->running;

	x->running = true;
	x->ops->failed(x);
	exchange_free(x);
	x->running = was_running;
	if (!was_running)
		release(x);
}

/* Time until the next repetition, after @tries. */
static uint64_t pause_ms(const struct exchange *x)
{
	bool opening = is_phase1(x) && x->sa->initiator && !x->has_heard;
	uint64_t cap = opening ? EXCHANGE_OPEN_CAP_MS : EXCHANGE_CAP_MS;
	uint64_t ms = EXCHANGE_FIRST_MS;
	unsigned int i;

	if (opening && x->tries >= x->most)
		return EXCHANGE_OPEN_LAST_MS;
	for (i = 1; i < x->tries && ms < cap; i++)
		ms *= 2;
	return ms < cap ? ms : cap;
}

static void send_last(struct exchange *x)
{
	struct ike *ike = x->sa->ike;
	struct addr_buf to;
	char state[32];

	ike_sa_debug(x->sa, "sending packet to %s my_port %u peer_port %u %s",
		     addr_text(&x->sa->path.remote, &to), x->sa->path.local_port,
		     x->sa->path.remote_port, ike_sa_role_state(x->sa, state, sizeof(state)));
	ike->world->send(ike->arg, &x->sa->path, x->last.data, x->last.len);
}

void exchange_repeat(struct exchange *x)
{
	if (!x->last.len)
		return;
	ike_sa_debug(x->sa, "retransmitting %s %s...", is_phase1(x) ? "phase 1" : x->ops->name,
		     ike_state_name(x->sa->state));
	send_last(x);
}

/*
 * A peer that has not said a word under the IKE SA since may have lost it: the
 * next try shall begin with phase 1.
 */
static void give_up(struct exchange *x)
{
	struct ike_sa *sa = x->sa;
	bool silent = !is_phase1(x) && x->initiator && sa->heard < x->began;

	if (silent && !sa->replaced && ike_sa_is_established(sa))
		ike_sa_end(sa, true, "death by retransmission P2");
	else
		exchange_fail(x);
}

static void on_timer(void *arg)
{
	struct exchange *x = arg;

	if (x->done) {
		exchange_free(x);
		return;
	}
	ike_sa_debug(x->sa, "incrementing error counter on sa: retransmit %s",
		     is_phase1(x) ? "phase 1" : x->ops->name);
	if (x->tries >= x->most) {
		give_up(x);
		return;
	}
	exchange_repeat(x);
	x->tries++;
	x->sa->ike->world->timer_set(x->timer, pause_ms(x));
}

struct exchange *exchange_new(struct ike_sa *sa, const struct exchange_ops *ops, uint8_t type,
			      uint32_t id, bool initiator, void *state)
{
	const struct ike_world *world = sa->ike->world;
	struct exchange *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->timer = world->timer_new(sa->ike->arg, on_timer, x);
	if (!x->timer || (id && ike_iv_exchange(&x->iv, &sa->keys, &sa->iv, id))) {
		world->timer_free(x->timer);
		free(x);
		return NULL;
	}
	x->ops = ops;
	x->sa = sa;
	x->id = id;
	x->type = type;
	x->initiator = initiator;
	x->began = ike_now(sa->ike);
	x->state = state;
	x->most = EXCHANGE_TRIES;
	buf_init(&x->last, ISAKMP_MESSAGE_MAX);
	if (id)
		TAILQ_INSERT_TAIL(&sa->exchanges, x, link);
	return x;
}

uint32_t exchange_new_id(const struct ike_sa *sa)
{
	uint32_t id;

	do {
		if (RAND_bytes((unsigned char *)&id, sizeof(id)) != 1)
			id = (uint32_t)ike_now(sa->ike) + sa->conn_id;
	} while (!id || exchange_find(sa, id) || ike_ids_have(&sa->quick_ids, id) ||
		 ike_ids_have(&sa->info_ids, id));
	return id;
}

struct exchange *exchange_find(const struct ike_sa *sa, uint32_t id)
{
	struct exchange *x;

	TAILQ_FOREACH(x, &sa->exchanges, link)
		if (x->id == id)
			return x;
	return NULL;
}

static int encrypt_message(const struct ike_sa *sa, struct ike_iv *iv, struct buf *message)
{
	if (message->len <= ISAKMP_HEADER_LEN || !sa->keys.len)
		return -EINVAL;
	message->data[19] |= ISAKMP_FLAG_ENCRYPTED;
	return ike_encrypt(&sa->keys, iv, message->data + ISAKMP_HEADER_LEN,
			   message->len - ISAKMP_HEADER_LEN);
}

int exchange_send(struct exchange *x, struct buf *message, bool encrypt, bool expect)
{
	const struct ike_world *world = x->sa->ike->world;
	int err = 0;

	if (message->failed || message->len < ISAKMP_HEADER_LEN)
		err = -EMSGSIZE;
	else
		trace_message_out(x->sa, &x->sa->path, message);
	if (!err && encrypt)
		err = encrypt_message(x->sa, &x->iv, message);
	if (err) {
		buf_release(message);
		return err;
	}
	buf_release(&x->last);
	x->last = *message;
	buf_init(message, ISAKMP_MESSAGE_MAX);
	x->answers = true;
	x->tries = 1;
	x->most = EXCHANGE_TRIES;
	send_last(x);
	if (expect)
		world->timer_set(x->timer, pause_ms(x));
	else
		world->timer_stop(x->timer);
	return 0;
}

int exchange_send_once(struct ike_sa *sa, struct buf *message, struct buf *keep)
{
	struct ike_iv iv;
	uint32_t id;
	int err = -EMSGSIZE;

	if (!message->failed && message->len > ISAKMP_HEADER_LEN) {
		id = (uint32_t)message->data[20] << 24 | (uint32_t)message->data[21] << 16 |
		     (uint32_t)message->data[22] << 8 | message->data[23];
		err = ike_iv_exchange(&iv, &sa->keys, &sa->iv, id);
		trace_message_out(sa, &sa->path, message);
	}
	if (!err)
		err = encrypt_message(sa, &iv, message);
	if (!err)
		sa->ike->world->send(sa->ike->arg, &sa->path, message->data, message->len);
	if (!err && keep) {
		*keep = *message;
		return 0;
	}
	buf_release(message);
	return err;
}

void exchange_send_clear(struct ike *ike, const struct ike_path *path, struct buf *message)
{
	if (!message->failed) {
		trace_message_out(NULL, path, message);
		ike->world->send(ike->arg, path, message->data, message->len);
	}
	buf_release(message);
}

/* A peer that begins and ends them without a pause costs no more than this. */
static void limit_lingering(struct ike_sa *sa)
{
	struct exchange *x, *oldest = NULL;
	unsigned int n = 0;

	TAILQ_FOREACH(x, &sa->exchanges, link) {
		if (!x->done)
			continue;
		if (!oldest)
			oldest = x;
		n++;
	}
	if (n >= EXCHANGE_LINGER_MAX)
		exchange_free(oldest);
}

void exchange_done(struct exchange *x)
{
	limit_lingering(x->sa);
	x->done = true;
	x->sa->ike->world->timer_set(x->timer, EXCHANGE_LINGER_MS);
}

void exchange_refused(struct exchange *x)
{
	if (x->done)
		return;
	x->sa->refused = true;
	if (x->most > x->tries + EXCHANGE_REFUSED_TRIES)
		x->most = x->tries + EXCHANGE_REFUSED_TRIES;
}

/* --- what has come */

/*
 * FNV-1a. Who finds another message with the same one gains what he has without
 * it by sending the old message: our answer once more.
 */
static uint64_t digest(const void *data, size_t len)
{
	const uint8_t *bytes = data;
	uint64_t hash = 0xcbf29ce484222325ULL;

	while (len--)
		hash = (hash ^ *bytes++) * 0x100000001b3ULL;
	return hash;
}

static bool is_repetition(struct exchange *x, const void *data, size_t len)
{
	if (!x->has_heard || x->heard != digest(data, len))
		return false;
	ike_count(x->sa->ike, IKE_COUNTER_DUPLICATE);
	ike_sa_debug(x->sa, "%s packet is a duplicate of a previous packet.",
		     is_phase1(x) ? "phase 1" : x->ops->name);
	if (x->answers && x->last.len)
		exchange_repeat(x);
	return true;
}

static void heard(struct exchange *x, const void *data, size_t len)
{
	x->heard = digest(data, len);
	x->has_heard = true;
	if (!x->answers && !x->done)
		x->sa->ike->world->timer_stop(x->timer);
}

int exchange_open(const struct ike_sa *sa, struct ike_iv *iv, const void *data, size_t len,
		  struct buf *plain, struct message *message, struct message_error *error)
{
	int err;

	err = message_parse_header(&message->header, data, len, error);
	if (err)
		return err;
	buf_init(plain, ISAKMP_MESSAGE_MAX);
	buf_put_bytes(plain, (const uint8_t *)data + ISAKMP_HEADER_LEN, len - ISAKMP_HEADER_LEN);
	if (plain->failed)
		return -ENOMEM;
	if (iv) {
		err = ike_decrypt(&sa->keys, iv, plain->data, plain->len);
		if (err == -EBADMSG)
			message_refuse(error, ISAKMP_NOTIFY_PAYLOAD_MALFORMED,
				       "%zu bytes are no multiple of the cipher's block", plain->len);
		if (err)
			return err;
	}
	err = message_parse_payloads(message, plain->data, plain->len, iv, error);
	if (!err && sa)
		trace_payloads_in(sa, &sa->path.remote, message);
	return err;
}

/* As IOS says it; wrong pre-shared keys look like this too. */
static void complain(struct exchange *x, bool encrypted, const struct message_error *error)
{
	struct ike_sa *sa = x->sa;
	struct addr_buf peer;

	ike_sa_debug(sa, "%s: message not taken: %s", x->ops->name, error->text);
	if (!rate_take(&sa->ike->complaints, ike_now(sa->ike)))
		return;
	report_peer(&sa->path, 4, "IKMP_BAD_MESSAGE",
		    "IKE message from %s failed its sanity check or is malformed: %s%s",
		    addr_text(&sa->path.remote, &peer), error->text,
		    encrypted && is_phase1(x) && sa->suite.auth == IKE_AUTH_PSK ?
		    " (do both sides have the same pre-shared key?)" : "");
}

static int take(struct exchange *x, const void *data, size_t len)
{
	struct message_error error = { .notify = 0 };
	bool answers = x->answers;
	struct ike_iv iv = x->iv;
	struct message message;
	struct buf plain = { .data = NULL };
	bool encrypted;
	int err;

	encrypted = ((const uint8_t *)data)[19] & ISAKMP_FLAG_ENCRYPTED;
	err = exchange_open(x->sa, encrypted ? &x->iv : NULL, data, len, &plain, &message, &error);
	if (err) {
		ike_count(x->sa->ike, IKE_COUNTER_MALFORMED);
	} else {
		x->answers = false;
		err = x->ops->receive(x, &message, &error);
	}
	buf_release(&plain);
	if (!err) {
		if (!x->dead)
			heard(x, data, len);
		return 0;
	}
	x->iv = iv;
	x->answers = answers;
	if (!*error.text)
		message_refuse(&error, 0, "%s", strerror(-err));
	complain(x, encrypted, &error);
	return err;
}

int exchange_receive(struct exchange *x, const void *data, size_t len)
{
	int err;

	if (is_repetition(x, data, len))
		return 0;
	if (x->done ||
	    ((((const uint8_t *)data)[19] & ISAKMP_FLAG_ENCRYPTED) && !x->sa->keys.len)) {
		ike_count(x->sa->ike, IKE_COUNTER_UNEXPECTED);
		return -EPROTO;
	}
	x->running = true;
	err = take(x, data, len);
	x->running = false;
	if (x->dead)
		release(x);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The engine: where each datagram goes. What is not named here is counted and
 * dropped.
 */
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "aggressive.h"
#include "dpd.h"
#include "dynamic.h"
#include "engine.h"
#include "half_open.h"
#include "informational.h"
#include "main_mode.h"
#include "names.h"
#include "quick.h"
#include "report.h"
#include "trace.h"
#include "trust.h"
#include "tunnel.h"

/* Lines of log, answers in clear and Diffie-Hellman for those who have proven nothing. */
#define COMPLAINTS	((struct rate){ .each_ms = 200, .burst = 20 })
#define REFUSALS	((struct rate){ .each_ms = 20, .burst = 100 })
#define AGGRESSIVE	((struct rate){ .each_ms = 20, .burst = 100 })
#define FIRST_CONN_ID	1001

bool ike_path_equal(const struct ike_path *a, const struct ike_path *b)
{
	return addr_equal(&a->local, &b->local) && addr_equal(&a->remote, &b->remote) &&
	       a->local_port == b->local_port && a->remote_port == b->remote_port;
}

struct ike *ike_new(const struct ike_world *world, void *arg, struct kernel *kernel)
{
	struct ike *ike = calloc(1, sizeof(*ike));

	if (!ike)
		return NULL;
	ike->world = world;
	ike->arg = arg;
	ike->kernel = kernel;
	ike->next_conn_id = FIRST_CONN_ID;
	ike->complaints = COMPLAINTS;
	ike->refusals = REFUSALS;
	ike->aggressive = AGGRESSIVE;
	LIST_INIT(&ike->trusts);
	ike->half_open = half_open_new(ike);
	ike->dynamic = world->timer_new(arg, dynamic_sweep, ike);
	repeats_init(&ike->repeats, REPORT_REPEAT_MS);
	ike->repeating = world->timer_new(arg, report_repeats, ike);
	if (!ike->half_open || !ike->dynamic || !ike->repeating ||
	    RAND_priv_bytes(ike->cookie_secret, sizeof(ike->cookie_secret)) != 1) {
		half_open_free(ike->half_open);
		world->timer_free(ike->dynamic);
		world->timer_free(ike->repeating);
		free(ike);
		return NULL;
	}
	return ike;
}

void ike_free(struct ike *ike)
{
	if (!ike)
		return;
	tunnels_free(ike);
	names_free(ike);
	ike_sas_free(ike);
	half_open_free(ike->half_open);
	ike->world->timer_free(ike->dynamic);
	ike->world->timer_free(ike->repeating);
	repeats_release(&ike->repeats);
	trust_forget(ike);
	OPENSSL_cleanse(ike, sizeof(*ike));
	free(ike);
}

void ike_configure(struct ike *ike, const struct config *config, struct policy *policy)
{
	bool changed = ike->config != config;

	ike->config = config;
	ike->policy = policy;
	trust_forget(ike);
	names_configure(ike);
	/* What ends there is told to the peers by IKE SAs that may end, too. */
	tunnels_configure(ike, changed);
	ike_sas_configure(ike);
}

bool ike_local_is_ours(const struct ike *ike, const struct addr *local)
{
	size_t i;

	for (i = 0; ike->policy && i < ike->policy->n_bindings; i++)
		if (addr_equal(&ike->policy->bindings[i].binding.local, local))
			return true;
	return false;
}

/* --- counters */

const char *ike_counter_name(enum ike_counter counter)
{
	static const char *const names[] = {
#define IKE_COUNTER_NAME(id, name, text) [IKE_COUNTER_##id] = name,
		IKE_COUNTERS(IKE_COUNTER_NAME)
#undef IKE_COUNTER_NAME
	};

	return counter < IKE_COUNTER_N ? names[counter] : "unknown";
}

const char *ike_counter_text(enum ike_counter counter)
{
	static const char *const texts[] = {
#define IKE_COUNTER_TEXT(id, name, text) [IKE_COUNTER_##id] = text,
		IKE_COUNTERS(IKE_COUNTER_TEXT)
#undef IKE_COUNTER_TEXT
	};

	return counter < IKE_COUNTER_N ? texts[counter] : "unknown";
}

void ike_counters_clear(struct ike *ike)
{
	memset(ike->counters, 0, sizeof(ike->counters));
}

uint64_t ike_counter(const struct ike *ike, enum ike_counter counter)
{
	return counter < IKE_COUNTER_N ? ike->counters[counter] : 0;
}

/* --- what has come */

/**
 * struct datagram - one that has a good header
 * @cookies: of the header
 */
struct datagram {
	const struct ike_path *path;
	const void *data;
	size_t len;
	struct message_header header;
	struct ike_cookies cookies;
};

static bool is_zero(const uint8_t cookie[ISAKMP_COOKIE_LEN])
{
	static const uint8_t zeros[ISAKMP_COOKIE_LEN];

	return !memcmp(cookie, zeros, sizeof(zeros));
}

static bool is_encrypted(const struct datagram *d)
{
	return d->header.flags & ISAKMP_FLAG_ENCRYPTED;
}

/* In clear where it must not be; @what to do about it is said by IOS alike. */
static void refuse_clear(struct ike_sa *sa)
{
	struct addr_buf peer;

	ike_count(sa->ike, IKE_COUNTER_CLEAR);
	ike_sa_debug(sa, "message in clear where it must be encrypted");
	if (rate_take(&sa->ike->complaints, ike_now(sa->ike)))
		report_peer(&sa->path, 6, "IKMP_NOT_ENCRYPTED",
			    "IKE packet from %s was not encrypted and it should've been.",
			    addr_text(&sa->path.remote, &peer));
}

static void receive_phase1(struct ike_sa *sa, const struct datagram *d)
{
	if (d->header.exchange == sa->exchange_type && !d->header.id && sa->phase1) {
		exchange_receive(sa->phase1, d->data, d->len);
		return;
	}
	ike_count(sa->ike, IKE_COUNTER_UNEXPECTED);
	ike_sa_debug(sa, "phase 1 is over, or is of another mode");
}

static void receive_informational(struct ike_sa *sa, const struct datagram *d)
{
	if (!is_encrypted(d))
		info_receive_clear(sa, d->data, d->len);
	else if (!sa->keys.len)
		ike_count(sa->ike, IKE_COUNTER_UNEXPECTED);
	else
		info_receive(sa, d->data, d->len);
}

/*
 * The peer goes on while we have not heard the end of aggressive mode: it got
 * lost. Our message again makes the peer repeat it.
 */
static void refuse_quick_early(struct ike_sa *sa)
{
	struct addr_buf peer;

	ike_count(sa->ike, IKE_COUNTER_UNEXPECTED);
	if (rate_take(&sa->ike->complaints, ike_now(sa->ike)))
		report_peer(&sa->path, 6, "IKMP_SA_NOT_AUTH",
			    "Cannot accept Quick Mode exchange from %s if SA is not authenticated!",
			    addr_text(&sa->path.remote, &peer));
	if (sa->state == IKE_AG_INIT_EXCH && !sa->initiator && sa->phase1)
		exchange_repeat(sa->phase1);
}

static void accept_quick(struct ike_sa *sa, const struct datagram *d)
{
	struct exchange *x = quick_accept(sa, d->header.id);

	if (!x)
		return;
	if (exchange_receive(x, d->data, d->len) == 0)
		ike_ids_use(&sa->quick_ids, d->header.id);
	/* One that begins with a message that is not taken is none. */
	else if (exchange_find(sa, d->header.id) == x)
		exchange_free(x);
}

static void receive_quick(struct ike_sa *sa, const struct datagram *d)
{
	struct exchange *x;

	if (!is_encrypted(d)) {
		refuse_clear(sa);
	} else if (!ike_sa_is_established(sa)) {
		refuse_quick_early(sa);
	} else if (!d->header.id) {
		ike_count(sa->ike, IKE_COUNTER_MALFORMED);
	} else if ((x = exchange_find(sa, d->header.id))) {
		exchange_receive(x, d->data, d->len);
	} else if (ike_ids_have(&sa->quick_ids, d->header.id)) {
		ike_count(sa->ike, IKE_COUNTER_DUPLICATE);
		ike_sa_debug(sa, "quick mode that is over, repeated or reflected");
	} else {
		accept_quick(sa, d);
	}
}

static void receive_for(struct ike_sa *sa, const struct datagram *d)
{
	trace_header_in(sa, d->path, &d->header);
	switch (d->header.exchange) {
	case ISAKMP_EXCHANGE_MAIN:
	case ISAKMP_EXCHANGE_AGGRESSIVE:
		receive_phase1(sa, d);
		break;
	case ISAKMP_EXCHANGE_INFORMATIONAL:
		receive_informational(sa, d);
		break;
	case ISAKMP_EXCHANGE_QUICK:
		receive_quick(sa, d);
		break;
	default:
		ike_sa_debug(sa, "exchange type %u is not supported", d->header.exchange);
		ike_count(sa->ike, IKE_COUNTER_UNKNOWN_EXCHANGE);
	}
}

/* An initiator does not know us yet, or repeats what it said then. */
static void receive_opening(struct ike *ike, struct datagram *d)
{
	struct ike_sa *sa = ike_sa_find(ike, &d->cookies);

	/* A peer may refuse our opening before it has a cookie for it, as libreswan does. */
	if (sa && d->header.exchange == ISAKMP_EXCHANGE_INFORMATIONAL && !is_encrypted(d) &&
	    ike_path_equal(&sa->path, d->path)) {
		receive_for(sa, d);
		return;
	}
	trace_header_in(NULL, d->path, &d->header);
	/* Our own opening comes back to us. */
	if (sa || is_encrypted(d) || d->header.id) {
		ike_count(ike, IKE_COUNTER_UNEXPECTED);
		return;
	}
	if (ike->config->isakmp_disabled || !ike_local_is_ours(ike, &d->path->local)) {
		debug_isakmp(&d->path->remote, "ISAKMP:(0):%s", ike->config->isakmp_disabled ?
			     "ISAKMP is not enabled" :
			     "no crypto map has the address that it came to");
		ike_count(ike, IKE_COUNTER_NO_POLICY);
		return;
	}
	if (half_open_cookie(ike, d->path, d->cookies.initiator, d->cookies.responder))
		return;
	sa = ike_sa_find(ike, &d->cookies);
	if (sa && sa->phase1 && d->header.exchange == sa->exchange_type)
		exchange_receive(sa->phase1, d->data, d->len);
	else if (sa)
		ike_count(ike, IKE_COUNTER_DUPLICATE);
	else if (d->header.exchange == ISAKMP_EXCHANGE_MAIN)
		main_mode_open(ike, d->path, &d->cookies, d->data, d->len);
	else if (d->header.exchange == ISAKMP_EXCHANGE_AGGRESSIVE)
		aggressive_open(ike, d->path, &d->cookies, d->data, d->len);
	else
		ike_count(ike, IKE_COUNTER_UNKNOWN_EXCHANGE);
}

/* One that has both cookies, or waits for the responder's. */
static struct ike_sa *find_sa(struct ike *ike, const struct datagram *d)
{
	struct ike_cookies half = d->cookies;
	struct ike_sa *sa = ike_sa_find(ike, &d->cookies);

	if (!sa) {
		memset(half.responder, 0, sizeof(half.responder));
		sa = ike_sa_find(ike, &half);
	}
	return sa && sa->state != IKE_DELETED && ike_path_equal(&sa->path, d->path) ? sa : NULL;
}

/*
 * A peer that has an IKE SA which we lost shall not go on with it until it runs
 * out (RFC 2408 5.2); what it makes of this is its business. One that has just
 * ended here is about to be told so, and what is in clear is never answered:
 * nobody answers an answer.
 */
static void tell_unknown(struct ike *ike, const struct datagram *d)
{
	const struct ike_sa *sa = ike_sa_find(ike, &d->cookies);

	if (!is_encrypted(d) || !ike_local_is_ours(ike, &d->path->local) ||
	    (sa && (sa->state != IKE_DELETED || ike_sa_ended_ms(sa) < 5 * IKE_FAREWELL_MS)))
		return;
	info_send_clear(ike, d->path, &d->cookies, ISAKMP_NOTIFY_INVALID_COOKIE);
}

static void receive_other(struct ike *ike, const struct datagram *d)
{
	struct ike_sa *sa = find_sa(ike, d);
	struct addr_buf peer;

	if (sa) {
		receive_for(sa, d);
		return;
	}
	trace_header_in(NULL, d->path, &d->header);
	if (d->header.exchange == ISAKMP_EXCHANGE_MAIN && !d->header.id && !is_encrypted(d) &&
	    main_mode_accept(ike, d->path, &d->cookies, d->data, d->len))
		return;
	ike_count(ike, IKE_COUNTER_UNKNOWN_COOKIE);
	tell_unknown(ike, d);
	debug_isakmp(&d->path->remote,
		     "ISAKMP:(0):%s message from %s has no SA and is no initialization offer",
		     isakmp_exchange_name(d->header.exchange), addr_text(&d->path->remote, &peer));
}

void ike_receive(struct ike *ike, const struct ike_path *path, const void *data, size_t len)
{
	struct datagram d = { .path = path, .data = data, .len = len };
	struct message_error error = { .notify = 0 };
	struct addr_buf peer;

	if (!ike->config)
		return;
	if (message_parse_header(&d.header, data, len, &error) ||
	    is_zero(d.header.initiator_cookie)) {
		ike_count(ike, error.notify == ISAKMP_NOTIFY_INVALID_MAJOR_VERSION ?
			  IKE_COUNTER_VERSION : IKE_COUNTER_MALFORMED);
		debug_isakmp(&path->remote, "ISAKMP:(0):message from %s not taken: %s",
			     addr_text(&path->remote, &peer), error.text);
		return;
	}
	memcpy(d.cookies.initiator, d.header.initiator_cookie, ISAKMP_COOKIE_LEN);
	memcpy(d.cookies.responder, d.header.responder_cookie, ISAKMP_COOKIE_LEN);
	if (is_zero(d.cookies.responder))
		receive_opening(ike, &d);
	else
		receive_other(ike, &d);
}

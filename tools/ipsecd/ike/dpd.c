// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Dead peer detection (RFC 3706, DPD-1 … DPD-17).
 *
 *	idle ---- nothing heard for so long, or liveness event ----> asking
 *	asking -- anything authentic came ----> idle
 *	asking -- five messages without answer, one retry time each ----> dead,
 *		unless the peer is about to make a new IKE SA with us
 *
 * In doubt it is asked more often than the errors are counted, so that a peer
 * that has begun anew says soon that it does not know us (INVALID-COOKIE).
 * While asking each message has a sequence number of its own, as RFC 3706 6.2
 * wants it; the answer to any of them will do.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "dpd.h"
#include "informational.h"
#include "lib/log.h"
#include "peer.h"
#include "quick.h"
#include "tunnel.h"

/**
 * struct dpd - of an IKE SA
 * @keepalive: as configured when it began
 * @first: sequence number of the first one that is not answered
 * @errors: messages that were not answered in their time
 * @asked: when the last one was sent, ms
 * @patience: ms until a doubt counts again that has proven unfounded
 */
struct dpd {
	struct ike_sa *sa;
	struct keepalive keepalive;
	struct ike_timer *timer;
	uint32_t first;
	unsigned int errors;
	uint64_t asked;
	uint64_t patience;
	bool asking;
};

static const struct ike_world *world_of(const struct dpd *dpd)
{
	return dpd->sa->ike->world;
}

static void tell(struct ike_sa *sa, uint16_t type, const void *data, size_t len)
{
	const struct isakmp_notification n = {
		.protocol = ISAKMP_PROTO_ISAKMP,
		.type = type,
		.spi = (const uint8_t *)&sa->cookies,
		.spi_len = sizeof(sa->cookies),
		.data = data,
		.len = len,
	};

	info_send_notify(sa, &n, NULL);
}

/*
 * Peers want the numbers of an IKE SA one after the other (RFC 3706 6.2), so
 * they do not begin anew with what sends them.
 */
static uint32_t send_question(struct ike_sa *sa)
{
	uint32_t wire;

	/* Far from its end, so that it never wraps around. */
	if (!sa->dpd_sequence && RAND_bytes((unsigned char *)&sa->dpd_sequence, 4) == 1)
		sa->dpd_sequence >>= 1;
	wire = htonl(++sa->dpd_sequence);
	if (!sa->dpd_begin)
		sa->dpd_begin = sa->dpd_sequence;
	ike_sa_debug(sa, "DPD/R_U_THERE sent to peer, sequence 0x%X", sa->dpd_sequence);
	tell(sa, ISAKMP_NOTIFY_R_U_THERE, &wire, sizeof(wire));
	return sa->dpd_sequence;
}

uint32_t dpd_probe(struct ike_sa *sa)
{
	return sa->peer_can & IKE_PEER_DPD ? send_question(sa) : 0;
}

static void say(struct dpd *dpd)
{
	dpd->asked = ike_now(dpd->sa->ike);
	send_question(dpd->sa);
}

static void ask_again(struct dpd *dpd)
{
	say(dpd);
	world_of(dpd)->timer_set(dpd->timer, (uint64_t)dpd->keepalive.retry * 1000);
}

static void ask(struct dpd *dpd)
{
	if (dpd->asking)
		return;
	dpd->asking = true;
	dpd->errors = 0;
	dpd->first = dpd->sa->dpd_sequence + 1;
	ask_again(dpd);
}

/* All IKE SAs with the peer end, and then what they stood for (DPD-10). */
static void dead(struct dpd *dpd)
{
	struct ike_sa *sa = dpd->sa, *other, *next;
	struct ike_path path = sa->path;
	struct ike *ike = sa->ike;
	struct addr_buf peer;

	ike_sa_debug(sa, "peer %s not responding!", addr_text(&path.remote, &peer));
	ike_sa_debug(sa, "peer does not do paranoid keepalives.");
	log_msg(LOG_NOTICE, "ISAKMP: peer %s does not answer any more",
		addr_text(&path.remote, &peer));
	for (other = peer_first_sa(ike, &path.remote); other; other = next) {
		next = peer_next_sa(other);
		if (ike_sa_is_established(other) && ike_path_equal(&other->path, &path))
			ike_sa_end(other, true, "peers alive");
	}
	tunnels_peer_dead(ike, &path);
}

/* DPD-8: only if nothing was heard in the meantime. */
static void on_interval(struct dpd *dpd)
{
	uint64_t interval = (uint64_t)dpd->keepalive.seconds * 1000;
	uint64_t quiet = ike_now(dpd->sa->ike) - dpd->sa->heard;

	if (quiet >= interval)
		ask(dpd);
	else
		world_of(dpd)->timer_set(dpd->timer, interval - quiet);
}

static void on_timer(void *arg)
{
	struct dpd *dpd = arg;

	if (!dpd->asking) {
		on_interval(dpd);
		return;
	}
	dpd->errors++;
	ike_sa_debug(dpd->sa, "incrementing error counter on sa: PEERS_ALIVE_TIMER (%u)",
		     dpd->errors);
	/*
	 * One that has lost the IKE SA cannot answer, but negotiates a new one:
	 * with many peers that takes a daemon longer which has just begun.
	 */
	if (dpd->errors >= DPD_TRIES && ike_sa_is_renewed(dpd->sa))
		dpd->errors = DPD_TRIES - 1;
	if (dpd->errors < DPD_TRIES)
		ask_again(dpd);
	else
		dead(dpd);
}

static void rest(struct dpd *dpd)
{
	dpd->asking = false;
	if (dpd->keepalive.periodic)
		world_of(dpd)->timer_set(dpd->timer, (uint64_t)dpd->keepalive.seconds * 1000);
	else
		world_of(dpd)->timer_stop(dpd->timer);
}

int dpd_start(struct ike_sa *sa)
{
	const struct config *config = sa->ike->config;
	const struct isakmp_profile *profile = sa->profile ?
		isakmp_profile_find(&config->isakmp_profiles, sa->profile) : NULL;
	struct keepalive keepalive = config_keepalive(config, profile);
	struct dpd *dpd;

	dpd_stop(sa);
	if (!keepalive.seconds || !(sa->peer_can & IKE_PEER_DPD))
		return 0;
	dpd = calloc(1, sizeof(*dpd));
	if (!dpd)
		return -ENOMEM;
	dpd->sa = sa;
	dpd->keepalive = keepalive;
	dpd->timer = sa->ike->world->timer_new(sa->ike->arg, on_timer, dpd);
	if (!dpd->timer) {
		free(dpd);
		return -ENOMEM;
	}
	sa->dpd = dpd;
	ike_sa_debug(sa, "IKE_DPD is enabled, initializing timers");
	rest(dpd);
	return 0;
}

void dpd_stop(struct ike_sa *sa)
{
	if (!sa->dpd)
		return;
	sa->ike->world->timer_free(sa->dpd->timer);
	free(sa->dpd);
	sa->dpd = NULL;
}

void dpd_ask(struct ike_sa *sa)
{
	if (sa->dpd)
		ask(sa->dpd);
}

/*
 * Traffic that goes only one way is never answered: as long as it is the same
 * silence, the peer's word is taken for longer each time.
 */
static bool is_unfounded(struct dpd *dpd, uint64_t silent_ms)
{
	uint64_t most = (uint64_t)dpd->keepalive.seconds * 1000;
	uint64_t since = ike_now(dpd->sa->ike) - dpd->asked;

	if (silent_ms < since)
		dpd->patience = 0;
	if (since < dpd->patience)
		return true;
	dpd->patience = dpd->patience ? 2 * dpd->patience : DPD_DOUBT_SECONDS * 1000;
	if (dpd->patience > most)
		dpd->patience = most;
	return false;
}

void dpd_doubt(struct ike_sa *sa, uint64_t silent_ms, bool goes_on)
{
	struct dpd *dpd = sa->dpd;

	if (!dpd)
		return;
	if (!dpd->keepalive.periodic)
		ask(dpd);
	else if (!goes_on)
		return;
	else if (dpd->asking)
		say(dpd);
	else if (!is_unfounded(dpd, silent_ms))
		ask(dpd);
}

void dpd_heard(struct ike_sa *sa)
{
	sa->heard = ike_now(sa->ike);
	sa->doubted = false;
	sa->doubt_failed = false;
	if (sa->dpd && sa->dpd->asking)
		rest(sa->dpd);
}

/* A question of ours that somebody has sent back: an answer to it would answer us. */
static bool is_reflected(const struct ike_sa *sa, uint32_t sequence)
{
	return sa->dpd_begin && sequence - sa->dpd_begin <= sa->dpd_sequence - sa->dpd_begin;
}

/*
 * Who repeats what the peer has asked must not keep a dead peer alive (RFC 3706
 * 6.2). It gets its answer, as a true repetition does.
 */
static void asked(struct ike_sa *sa, uint32_t sequence)
{
	if (sa->dpd_peer_asked && (int32_t)(sequence - sa->dpd_peer) <= 0) {
		ike_count(sa->ike, IKE_COUNTER_DUPLICATE);
		return;
	}
	sa->dpd_peer = sequence;
	sa->dpd_peer_asked = true;
	dpd_heard(sa);
}

/* An answer counts once, to a question that waits for it. */
static void answered(struct ike_sa *sa, uint32_t sequence)
{
	const struct dpd *dpd = sa->dpd;
	bool awaited = dpd && sequence - dpd->first <= sa->dpd_sequence - dpd->first;

	if (quick_peer_answered(sa, sequence) || (awaited && dpd->asking))
		dpd_heard(sa);
	else if (!awaited)
		ike_count(sa->ike, IKE_COUNTER_UNEXPECTED);
}

void dpd_receive(struct ike_sa *sa, const struct isakmp_notification *n)
{
	struct addr_buf peer;
	uint32_t sequence;

	if (n->len != sizeof(sequence) || n->spi_len != sizeof(sa->cookies) ||
	    memcmp(n->spi, &sa->cookies, sizeof(sa->cookies)) != 0) {
		ike_count(sa->ike, IKE_COUNTER_MALFORMED);
		return;
	}
	memcpy(&sequence, n->data, sizeof(sequence));
	sequence = ntohl(sequence);
	ike_sa_debug(sa, "%s received from peer %s, sequence 0x%X",
		     isakmp_notify_name(n->type), addr_text(&sa->path.remote, &peer), sequence);
	if (n->type == ISAKMP_NOTIFY_R_U_THERE_ACK) {
		answered(sa, sequence);
		return;
	}
	if (is_reflected(sa, sequence)) {
		ike_count(sa->ike, IKE_COUNTER_DUPLICATE);
		return;
	}
	asked(sa, sequence);
	tell(sa, ISAKMP_NOTIFY_R_U_THERE_ACK, n->data, n->len);
}

uint32_t dpd_liveness_seconds(const struct ike_sa *sa)
{
	if (!sa->dpd)
		return 0;
	return sa->dpd->keepalive.periodic ? DPD_DOUBT_SECONDS : sa->dpd->keepalive.seconds;
}

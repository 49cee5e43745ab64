// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The life of the pairs of a tunnel: the newest carries the traffic, older
 * ones stay until nothing can be on its way on them, and of two that both
 * sides have made at the same time both keep the same one.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "dpd.h"
#include "dynamic.h"
#include "informational.h"
#include "lib/log.h"
#include "pair.h"
#include "peer.h"
#include "quick.h"
#include "report.h"
#include "trace.h"

/* How often an old pair on which something still arrives is left for as long again. */
#define RETIRE_AGAIN	12
#define RETIRE_SILENT_S	2
/* How often a peer is told again that a pair has ended, and when first. */
#define TELL_AGAIN	2
#define TELL_AGAIN_MS	500

/* The one that carries the traffic. */
struct sa_pair *tunnel_current(const struct tunnel *tunnel)
{
	struct sa_pair *pair;

	TAILQ_FOREACH(pair, &tunnel->pairs, link)
		if (!pair->retiring)
			return pair;
	return NULL;
}

static void on_timer(void *arg);

static bool get_timer(struct sa_pair *pair)
{
	const struct ike *ike = pair->ike;

	if (!pair->timer)
		pair->timer = ike->world->timer_new(ike->arg, on_timer, pair);
	return pair->timer;
}

static void tell_peer(const struct sa_pair *pair)
{
	const struct tunnel *t = pair->tunnel;
	struct ike_sa *sa = ike_sa_with(t->ike, &t->local, &pair->peer, NULL);
	struct addr_buf src, dst;

	if (sa && sa->state == IKE_QM_IDLE) {
		info_send_delete_spi(sa, ISAKMP_PROTO_ESP, pair->in.spi);
		return;
	}
	debug_isakmp(&pair->peer, "ISAKMP: ignoring request to send delete notify (no ISAKMP sa) src %s dst %s for SPI 0x%X",
		     addr_text(&t->local, &src), addr_text(&pair->peer, &dst), pair->in.spi);
}

/*
 * Nobody acknowledges a delete payload (RFC 2409 5.7), and a peer that has not
 * got it sends into the void: it is said again.
 */
static void tell_again(struct sa_pair *pair)
{
	tell_peer(pair);
	if (pair->again++ < TELL_AGAIN) {
		pair->ike->world->timer_set(pair->timer, TELL_AGAIN_MS << pair->again);
		return;
	}
	TAILQ_REMOVE(&pair->tunnel->gone, pair, link);
	pair_free(pair);
}

void tunnel_disown_pair(struct tunnel *tunnel, struct sa_pair *pair)
{
	pair_uninstall(pair);
	if (!get_timer(pair)) {
		pair_free(pair);
		return;
	}
	pair->gone = true;
	pair->again = 0;
	TAILQ_INSERT_TAIL(&tunnel->gone, pair, link);
	tell_again(pair);
}

/* The session with a peer is up as long as there are pairs with it, of whatever tunnel. */
static bool has_others(const struct sa_pair *pair)
{
	const struct ike_path path = { .local = pair->in.dst, .remote = pair->peer };

	return tunnels_have_pairs(pair->ike, &path);
}

static void say_status(const struct sa_pair *pair, bool up)
{
	const struct ike_path path = { .local = pair->in.dst, .remote = pair->peer };

	report_session(pair->ike, &path, up);
}

void tunnel_end_pair(struct sa_pair *pair, bool tell)
{
	struct tunnel *t = pair->tunnel;

	TAILQ_REMOVE(&t->pairs, pair, link);
	if (!has_others(pair))
		say_status(pair, false);
	if (tell) {
		tunnel_disown_pair(t, pair);
	} else {
		pair_uninstall(pair);
		pair_free(pair);
	}
	dynamic_check(t);
}

static bool still_used(const struct sa_pair *pair)
{
	struct kernel *kernel = pair->tunnel->ike->kernel;
	struct cm_sa_info info;
	bool used;

	if (kernel->sa_get(kernel, &pair->in, &info, NULL) < 0)
		return false;
	used = info.packets && info.idle_for_seconds < RETIRE_SILENT_S;
	cm_sa_info_release(&info);
	return used;
}

static void retired(struct sa_pair *pair)
{
	if (pair->again < RETIRE_AGAIN && still_used(pair)) {
		pair->again++;
		pair->tunnel->ike->world->timer_set(pair->timer, TUNNEL_RETIRE_OURS_MS);
		return;
	}
	tunnel_end_pair(pair, true);
}

static void on_timer(void *arg)
{
	struct sa_pair *pair = arg;

	if (pair->gone)
		tell_again(pair);
	else
		retired(pair);
}

/*
 * Who has replaced a pair deletes it; the other side does so only if that
 * does not happen.
 */
void tunnel_retire_pair(struct sa_pair *pair, bool ours)
{
	pair->retiring = true;
	pair->retired = ike_now(pair->ike);
	if (get_timer(pair))
		pair->ike->world->timer_set(pair->timer, ours ? TUNNEL_RETIRE_OURS_MS :
				      TUNNEL_RETIRE_THEIRS_MS);
}

/*
 * The kernel takes four inbound SAs for a flow: two that may be negotiated at
 * the same time, and so many of those that are there.
 */
#define PAIRS_BESIDE	2

static struct sa_pair *first_retired(const struct tunnel *t)
{
	struct sa_pair *pair, *first = NULL;

	TAILQ_FOREACH(pair, &t->pairs, link)
		if (pair->retiring && (!first || pair->retired < first->retired))
			first = pair;
	return first;
}

void tunnel_make_room(struct tunnel *tunnel)
{
	struct sa_pair *pair;
	unsigned int n = 0;

	TAILQ_FOREACH(pair, &tunnel->pairs, link)
		n++;
	for (; n > PAIRS_BESIDE && (pair = first_retired(tunnel)); n--)
		tunnel_end_pair(pair, true);
}

/* Between two of us: an order that is the same on both sides. */
static bool outranks(const struct sa_pair *a, const struct sa_pair *b)
{
	if (a->generation != b->generation)
		return a->generation > b->generation;
	return memcmp(a->nonces, b->nonces, sizeof(a->nonces)) < 0;
}

/*
 * Each side has begun one before it knew of the other's: with a peer that names
 * no generation only the times of our own side tell.
 */
static bool collide(const struct sa_pair *a, const struct sa_pair *b)
{
	return a->initiator != b->initiator && a->created < b->completed &&
	       b->created < a->completed;
}

/*
 * One that the peer has begun before @old and finished after it: its last
 * message was late, and the peer has gone on.
 */
static bool is_late(const struct sa_pair *new, const struct sa_pair *old)
{
	return new->initiator == old->initiator && new->created < old->created;
}

/*
 * The kernel sends on the newest outbound SA: if that one is to go, it goes
 * now, and the one that stays is sent on again.
 */
static void withdraw(struct sa_pair *pair)
{
	struct kernel *kernel = pair->tunnel->ike->kernel;

	pair->withdrawn = true;
	kernel->sa_del(kernel, &pair->out, NULL);
}

/* Whether a new pair has lost against one that was there; *@ours: we delete the one that has. */
static bool has_lost(const struct sa_pair *new, const struct sa_pair *old, bool *ours)
{
	bool lost;

	if (new->generation && old->generation) {
		lost = !outranks(new, old);
		*ours = lost ? old->initiator : new->initiator;
	} else if (is_late(new, old) || collide(new, old)) {
		lost = is_late(new, old) ||
		       memcmp(new->nonces, old->nonces, sizeof(new->nonces)) > 0;
		*ours = lost ? new->initiator : old->initiator;
	} else {
		lost = false;
		*ours = new->initiator;
	}
	return lost;
}

/* Of a new pair and one that was there. Returns true if the new one has lost. */
static bool settle(struct sa_pair *new, struct sa_pair *old)
{
	bool ours, lost = has_lost(new, old, &ours);

	if (lost)
		withdraw(new);
	tunnel_retire_pair(lost ? new : old, ours);
	return lost;
}

void tunnel_add_pair(struct tunnel *tunnel, struct sa_pair *pair)
{
	struct sa_pair *old, *next;

	dynamic_take_over(tunnel, &pair->peer);
	if (!has_others(pair))
		say_status(pair, true);
	tunnel->failures = 0;
	tunnel->tried = 0;
	tunnel->suspect = false;
	tunnel->calling.family = AF_UNSPEC;
	/* Another try of ours that is under way ends by itself. */
	if (!tunnel->quick)
		tunnel->wanted = false;
	pair->completed = ike_now(tunnel->ike);
	if (pair->generation > tunnel->generation)
		tunnel->generation = pair->generation;
	old = TAILQ_FIRST(&tunnel->pairs);
	TAILQ_INSERT_HEAD(&tunnel->pairs, pair, link);
	tunnel_index(tunnel);
	for (; old; old = next) {
		next = TAILQ_NEXT(old, link);
		if (!old->retiring && settle(pair, old))
			return;
	}
}

/* --- what the kernel tells */

static struct sa_pair *find_pair(struct ike *ike, const struct cm_event *ev)
{
	struct tunnel *t = tunnel_find(ike, ev->flow);
	struct sa_pair *pair;

	if (!t)
		return NULL;
	TAILQ_FOREACH(pair, &t->pairs, link) {
		const struct cm_sa_id *id = ev->direction == CRYPTOMAP_DIRECTION_IN ?
			&pair->in : &pair->out;

		if (id->spi == ev->spi && addr_equal(&id->dst, &ev->dst))
			return pair;
	}
	return NULL;
}

/* Soft: make a new pair before this one ends. Hard: it has ended. */
void ike_expire(struct ike *ike, const struct cm_event *ev)
{
	struct sa_pair *pair = find_pair(ike, ev);

	trace_event(ike, ev, ev->hard ? "SA is over" : "SA is to be replaced (rekey)");
	if (!pair)
		return;
	if (ev->hard)
		tunnel_end_pair(pair, true);
	else if (pair == tunnel_current(pair->tunnel))
		tunnel_want(pair->tunnel);
}

/* Somebody has deleted an SA (clear crypto sa), or its time was over. */
void ike_sa_deleted(struct ike *ike, const struct cm_event *ev)
{
	struct sa_pair *pair = find_pair(ike, ev);

	trace_event(ike, ev, "SA was deleted");
	/* One that was withdrawn: its other half still takes what arrives. */
	if (!pair || (pair->retiring && ev->direction == CRYPTOMAP_DIRECTION_OUT))
		return;
	tunnel_end_pair(pair, true);
}

static bool is_idle(struct kernel *kernel, const struct cm_sa_id *id)
{
	struct cm_sa_info info;
	bool idle;

	if (kernel->sa_get(kernel, id, &info, NULL) < 0)
		return true;
	idle = info.idle_for_seconds >= info.sa.limits.idle_seconds;
	cm_sa_info_release(&info);
	return idle;
}

/*
 * IDLE-1: SAs that carry nothing are deleted; with the last one of a peer its
 * IKE SA (IDLE-5). The next packet begins with the first peer (IDLE-3).
 */
void ike_idle(struct ike *ike, const struct cm_event *ev)
{
	struct sa_pair *pair = find_pair(ike, ev);
	struct ike_path path = { 0 };
	struct ike_sa *sa;

	trace_event(ike, ev, "SA is idle");
	if (!pair || !is_idle(ike->kernel, &pair->in) || !is_idle(ike->kernel, &pair->out))
		return;
	path.local = pair->in.dst;
	path.remote = pair->peer;
	tunnel_first_peer(pair->tunnel);
	tunnel_end_pair(pair, true);
	if (tunnels_need(ike, &path))
		return;
	sa = ike_sa_with(ike, &path.local, &path.remote, NULL);
	if (sa)
		ike_sa_end(sa, true, "IPsec SAs are idle");
}

/* For how many seconds nothing has passed on an SA. */
static uint32_t idle_seconds(struct kernel *kernel, const struct cm_sa_id *id)
{
	struct cm_sa_info info;
	uint32_t seconds;

	if (kernel->sa_get(kernel, id, &info, NULL) < 0)
		return 0;
	seconds = info.idle_for_seconds;
	cm_sa_info_release(&info);
	return seconds;
}

/* The kernel also tells when the last word was ours and nobody has more to say. */
static void doubt(struct ike_sa *sa, const struct sa_pair *pair)
{
	uint32_t in = idle_seconds(sa->ike->kernel, &pair->in);
	uint32_t out = idle_seconds(sa->ike->kernel, &pair->out);

	dpd_doubt(sa, (uint64_t)in * 1000, out <= DPD_DOUBT_SECONDS && out < in);
}

/*
 * Packets go out and nothing comes back. Without an IKE SA to ask by, the try
 * to make one tells whether the peer is there.
 */
void ike_liveness(struct ike *ike, const struct cm_event *ev)
{
	struct sa_pair *pair = find_pair(ike, ev);
	struct ike_path path = {
		.local_port = ISAKMP_PORT, .remote_port = ISAKMP_PORT,
	};
	struct ike_sa *sa;
	struct kerr why;

	trace_event(ike, ev, "packets go out and none comes back (DPD)");
	if (!pair)
		return;
	path.local = pair->in.dst;
	path.remote = pair->peer;
	sa = ike_sa_with(ike, &path.local, &path.remote, NULL);
	if (sa && sa->state == IKE_QM_IDLE) {
		doubt(sa, pair);
		return;
	}
	pair->tunnel->suspect = true;
	if (!sa && !ike_sa_initiate(ike, &path, NULL, &why))
		log_msg(LOG_ERR, "ISAKMP: %s", why.text);
}

static bool exists(struct kernel *kernel, const struct cm_sa_id *id)
{
	struct cm_sa_info info;

	if (kernel->sa_get(kernel, id, &info, NULL) < 0)
		return false;
	cm_sa_info_release(&info);
	return true;
}

static void verify(struct tunnel *t)
{
	struct kernel *kernel = t->ike->kernel;
	struct sa_pair *pair, *next;

	for (pair = TAILQ_FIRST(&t->pairs); pair; pair = next) {
		next = TAILQ_NEXT(pair, link);
		if (!exists(kernel, &pair->in) ||
		    (!pair->retiring && !exists(kernel, &pair->out)))
			tunnel_end_pair(pair, true);
	}
}

void tunnels_verify(struct ike *ike)
{
	struct tunnel *t, *next;

	HASH_ITER(hh, ike->tunnels, t, next)
		verify(t);
}

/* The peer sends on an SA that we do not have: it is told, if there is an IKE SA (INVSPI-2). */
void ike_invalid_spi(struct ike *ike, const struct cm_event *ev)
{
	struct ike_sa *sa = ike_sa_with(ike, &ev->dst, &ev->src, NULL);

	if (sa && ike_sa_is_established(sa))
		info_send_invalid_spi(sa, ev->proto == IPPROTO_AH ? ISAKMP_PROTO_AH :
				      ISAKMP_PROTO_ESP, ev->spi);
}

void ike_resync(struct ike *ike)
{
	ike->doubts = true;
	ike->policy = NULL;
}

/* --- clear crypto session (C114) */

static bool is_meant(const struct addr *filter, const struct addr *a)
{
	return !addr_is_set(filter) || addr_equal(filter, a);
}

static unsigned int clear_pairs(struct tunnel *t, const struct addr *local,
				const struct addr *remote)
{
	struct sa_pair *pair, *next;
	unsigned int n = 0;

	for (pair = TAILQ_FIRST(&t->pairs); pair; pair = next) {
		next = TAILQ_NEXT(pair, link);
		if (!is_meant(local, &pair->in.dst) || !is_meant(remote, &pair->peer))
			continue;
		tunnel_end_pair(pair, true);
		n++;
	}
	return n;
}

/* The IPsec SAs first, as long as there is an IKE SA to tell the peer by. */
unsigned int ike_clear_sessions(struct ike *ike, const struct addr *local,
				const struct addr *remote)
{
	struct tunnel *t, *next;
	struct ike_sa *sa, *after;
	unsigned int n = 0;

	HASH_ITER(hh, ike->tunnels, t, next)
		n += clear_pairs(t, local, remote);
	HASH_ITER(hh, ike->sas, sa, after) {
		if (sa->state == IKE_DELETED || !is_meant(local, &sa->path.local) ||
		    !is_meant(remote, &sa->path.remote))
			continue;
		ike_sa_end(sa, true, "clear crypto session");
		n++;
	}
	return n;
}

/* --- what the peer tells */

/*
 * The peer could not finish the quick mode for what was to replace it: an old
 * pair carries the traffic again until the next one succeeds.
 */
static void revive(struct tunnel *t)
{
	struct sa_pair *pair = TAILQ_FIRST(&t->pairs);

	if (tunnel_current(t) || !pair)
		return;
	while (pair && pair->withdrawn)
		pair = TAILQ_NEXT(pair, link);
	if (pair) {
		pair->retiring = false;
		t->ike->world->timer_stop(pair->timer);
	}
	tunnel_want(t);
}

/* By the SPI of its outbound half, which the peer has given. */
static struct sa_pair *find_outbound(const struct ike_sa *sa, uint32_t spi)
{
	struct peer_tunnel *at;
	struct sa_pair *pair;

	for (at = peer_first_tunnel(sa->ike, &sa->path.remote); at; at = peer_next_tunnel(at))
		TAILQ_FOREACH(pair, &at->tunnel->pairs, link)
			if (pair->out.spi == spi && addr_equal(&pair->peer, &sa->path.remote))
				return pair;
	return NULL;
}

void tunnels_peer_deleted(struct ike_sa *sa, uint8_t protocol, uint32_t spi)
{
	struct sa_pair *pair;
	struct tunnel *t;

	if (protocol != ISAKMP_PROTO_ESP)
		return;
	if (quick_peer_deleted(sa, spi))
		return;
	pair = find_outbound(sa, spi);
	if (!pair)
		return;
	t = pair->tunnel;
	tunnel_end_pair(pair, false);
	revive(t);
}

bool tunnels_peer_lacks(struct ike_sa *sa, uint8_t protocol, uint32_t spi)
{
	struct sa_pair *pair = protocol == ISAKMP_PROTO_ESP ? find_outbound(sa, spi) : NULL;

	if (!pair)
		return false;
	tunnel_end_pair(pair, true);
	return true;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* IKE SAs and the table of them. */
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggressive.h"
#include "dpd.h"
#include "half_open.h"
#include "identity.h"
#include "informational.h"
#include "lib/log.h"
#include "main_mode.h"
#include "offer.h"
#include "peer.h"
#include "quick.h"
#include "sa.h"
#include "trust.h"
#include "tunnel.h"

const char *ike_state_name(enum ike_state state)
{
	static const char *const names[] = {
#define IKE_STATE_TEXT(name) [IKE_##name] = #name,
		IKE_STATES(IKE_STATE_TEXT)
#undef IKE_STATE_TEXT
	};

	return state < sizeof(names) / sizeof(*names) ? names[state] : "unknown";
}

const char *ike_sa_role_state(const struct ike_sa *sa, char *text, size_t size)
{
	snprintf(text, size, "(%c) %s", sa->initiator ? 'I' : 'R', ike_state_name(sa->state));
	return text;
}

void ike_sa_debug_put(unsigned int topic, const struct ike_sa *sa, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	debug_put(topic, &sa->path.remote, topic == DEBUG_ENGINE ? "crypto_engine:(%u):%s" :
		  "ISAKMP:(%u):%s", sa->conn_id, text);
}

void ike_sa_set_state(struct ike_sa *sa, enum ike_state state)
{
	ike_sa_debug(sa, "Old State = %s  New State = %s", ike_state_name(sa->state),
		     ike_state_name(state));
	sa->state = state;
}

/* --- the table */

struct ike_sa *ike_sa_find(struct ike *ike, const struct ike_cookies *cookies)
{
	struct ike_sa *sa;

	HASH_FIND(hh, ike->sas, cookies, sizeof(*cookies), sa);
	return sa;
}

static void leave_table(struct ike_sa *sa)
{
	if (HASH_ADDED(sa))
		HASH_DELETE(hh, sa->ike->sas, sa);
	sa->hh.tbl = NULL;
}

int ike_sa_set_responder(struct ike_sa *sa, const uint8_t cookie[ISAKMP_COOKIE_LEN])
{
	leave_table(sa);
	memcpy(sa->cookies.responder, cookie, ISAKMP_COOKIE_LEN);
	HASH_ADD(hh, sa->ike->sas, cookies, sizeof(sa->cookies), sa);
	return HASH_ADDED(sa) ? 0 : -ENOMEM;
}

static void on_lifetimer(void *arg);

struct ike_sa *ike_sa_new(struct ike *ike, const struct ike_path *path,
			  const struct ike_cookies *cookies, bool initiator, uint8_t exchange_type)
{
	struct ike_sa *sa = calloc(1, sizeof(*sa));

	if (!sa)
		return NULL;
	sa->ike = ike;
	sa->path = *path;
	sa->handshake = calloc(1, sizeof(*sa->handshake));
	sa->lifetimer = ike->world->timer_new(ike->arg, on_lifetimer, sa);
	sa->cookies = *cookies;
	HASH_ADD(hh, ike->sas, cookies, sizeof(sa->cookies), sa);
	if (!sa->handshake || !sa->lifetimer || !HASH_ADDED(sa) || peer_add_sa(sa)) {
		leave_table(sa);
		ike->world->timer_free(sa->lifetimer);
		free(sa->handshake);
		free(sa);
		return NULL;
	}
	buf_init(&sa->farewell, ISAKMP_MESSAGE_MAX);
	buf_init(&sa->handshake->offer_body, ISAKMP_MESSAGE_MAX);
	buf_init(&sa->handshake->public_i, DH_PUBLIC_MAX);
	buf_init(&sa->handshake->public_r, DH_PUBLIC_MAX);
	buf_init(&sa->handshake->nonce_i, IKE_NONCE_MAX);
	buf_init(&sa->handshake->nonce_r, IKE_NONCE_MAX);
	buf_init(&sa->handshake->own_id_body, ISAKMP_MESSAGE_MAX);
	buf_init(&sa->handshake->peer_id_body, ISAKMP_MESSAGE_MAX);
	sa->initiator = initiator;
	sa->exchange_type = exchange_type;
	sa->state = exchange_type == ISAKMP_EXCHANGE_AGGRESSIVE ? IKE_AG_NO_STATE :
								    IKE_MM_NO_STATE;
	sa->conn_id = ike->next_conn_id++;
	sa->created = ike_now(ike);
	sa->ends = sa->created + (initiator ? 2 : 1) * IKE_HANDSHAKE_MS;
	TAILQ_INIT(&sa->exchanges);
	ike->world->timer_set(sa->lifetimer, sa->ends - sa->created);
	return sa;
}

void ike_handshake_free(struct ike_sa *sa)
{
	struct ike_handshake *h = sa->handshake;

	if (!h)
		return;
	if (h->counted)
		half_open_leave(sa->ike->half_open, &sa->path.remote);
	buf_release(&h->offer_body);
	dh_free(h->dh);
	buf_release(&h->public_i);
	buf_release(&h->public_r);
	buf_release(&h->nonce_i);
	buf_release(&h->nonce_r);
	buf_release(&h->own_id_body);
	buf_release(&h->peer_id_body);
	free(h->keyring);
	trust_put(h->trust);
	OPENSSL_cleanse(h, sizeof(*h));
	free(h);
	sa->handshake = NULL;
}

void ike_sa_free(struct ike_sa *sa)
{
	struct exchange *x;

	while ((x = TAILQ_FIRST(&sa->exchanges)))
		exchange_free(x);
	exchange_free(sa->phase1);
	dpd_stop(sa);
	ike_handshake_free(sa);
	sa->ike->world->timer_free(sa->lifetimer);
	leave_table(sa);
	peer_remove_sa(sa);
	free(sa->profile);
	free(sa->quick_ids.v);
	free(sa->info_ids.v);
	buf_release(&sa->farewell);
	OPENSSL_cleanse(sa, sizeof(*sa));
	free(sa);
}

/* By their peers: one that has lost its place in the table goes, too. */
void ike_sas_free(struct ike *ike)
{
	struct peer *peer, *other;
	struct ike_sa *sa, *next;

	HASH_ITER(hh, ike->peers, peer, other) {
		for (sa = TAILQ_FIRST(&peer->sas); sa; sa = next) {
			next = TAILQ_NEXT(sa, of_peer);
			ike_sa_free(sa);
		}
	}
}

void ike_sa_each(struct ike *ike, void (*fn)(void *arg, const struct ike_sa *sa), void *arg)
{
	struct ike_sa *sa, *next;

	HASH_ITER(hh, ike->sas, sa, next)
		fn(arg, sa);
}

/* --- which one */

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool usable(const struct ike_sa *sa)
{
	return ike_sa_is_established(sa) && !sa->replaced;
}

static bool negotiated_by_us(const struct ike_sa *sa)
{
	return sa->handshake && sa->initiator && sa->state != IKE_DELETED;
}

/* As tunnel_entry_takes(): one that no identity is to match says nothing about the peer. */
static bool has_profile(const struct ike_sa *sa, const char *name)
{
	const struct isakmp_profile *profile;

	if (!name || same_text(name, sa->profile))
		return true;
	profile = isakmp_profile_find(&sa->ike->config->isakmp_profiles, name);
	return profile && !profile->n_matches;
}

struct ike_sa *ike_sa_with(struct ike *ike, const struct addr *local, const struct addr *remote,
			   const char *profile)
{
	struct ike_sa *sa, *best = NULL;

	for (sa = peer_first_sa(ike, remote); sa; sa = peer_next_sa(sa)) {
		if (!addr_equal(&sa->path.local, local) || (!usable(sa) && !negotiated_by_us(sa)) ||
		    !has_profile(sa, profile))
			continue;
		if (!best || usable(sa) > usable(best) ||
		    (usable(sa) == usable(best) && sa->created >= best->created))
			best = sa;
	}
	return best;
}

/* --- message IDs */

#define IDS_FIRST	16

static bool make_room(struct ike_ids *ids)
{
	unsigned int room = ids->room ? 2 * ids->room : IDS_FIRST;
	uint32_t *v;

	if (ids->n < ids->room || ids->room == IKE_IDS_MAX)
		return true;
	v = reallocarray(ids->v, room, sizeof(*v));
	if (!v)
		return false;
	ids->v = v;
	ids->room = room;
	return true;
}

bool ike_ids_have(const struct ike_ids *ids, uint32_t id)
{
	for (unsigned int i = 0; i < ids->n; i++)
		if (ids->v[i] == id)
			return true;
	return false;
}

/*
 * What was sent under an IKE SA stays authentic as long as that lives, whoever
 * sends it again, and even to its own sender: both sides sign with the same key.
 */
bool ike_ids_use(struct ike_ids *ids, uint32_t id)
{
	if (ike_ids_have(ids, id) || !make_room(ids))
		return false;
	if (ids->n < ids->room) {
		ids->v[ids->n++] = id;
		return true;
	}
	ids->v[ids->oldest] = id;
	ids->oldest = (ids->oldest + 1) % ids->room;
	return true;
}

void ike_ids_forget(struct ike_ids *ids, uint32_t id)
{
	for (unsigned int i = 0; i < ids->n; i++)
		if (ids->v[i] == id)
			ids->v[i] = 0;
}

/* --- its end */

static void fail_exchanges(struct ike_sa *sa)
{
	struct exchange *x;

	while ((x = TAILQ_FIRST(&sa->exchanges))) {
		if (x->done)
			exchange_free(x);
		else
			exchange_fail(x);
	}
	exchange_free(sa->phase1);
}

/* Whoever says that the peer has begun anew may say so for ever: what waits goes on. */
static void acquit(struct ike *ike, const struct ike_path *path)
{
	struct ike_sa *sa;

	for (sa = peer_first_sa(ike, &path->remote); sa; sa = peer_next_sa(sa))
		if (ike_path_equal(&sa->path, path) && sa->doubted)
			sa->doubt_failed = true;
}

void ike_sa_end(struct ike_sa *sa, bool tell, const char *why)
{
	bool ours = negotiated_by_us(sa);
	struct ike_path path = sa->path;
	struct ike *ike = sa->ike;
	struct addr_buf peer;
	char state[32];

	if (sa->state == IKE_DELETED)
		return;
	ike_sa_debug(sa, "deleting SA reason \"%s\" state %s (peer %s)", why,
		     ike_sa_role_state(sa, state, sizeof(state)), addr_text(&path.remote, &peer));
	if (tell && ike_sa_is_established(sa))
		info_send_delete_ike(sa);
	ike_sa_set_state(sa, IKE_DELETED);
	fail_exchanges(sa);
	dpd_stop(sa);
	ike_handshake_free(sa);
	ike_keys_wipe(&sa->keys);
	OPENSSL_cleanse(&sa->iv, sizeof(sa->iv));
	sa->ends = ike_now(ike) + IKE_DELETED_MS;
	ike->world->timer_set(sa->lifetimer, sa->farewell.len ? IKE_FAREWELL_MS : IKE_DELETED_MS);
	if (!ours)
		return;
	acquit(ike, &path);
	tunnels_ike_failed(ike, &path, sa->refused, why);
}

/* --- its life */

static struct ike_sa *negotiation_with(struct ike *ike, const struct ike_path *path)
{
	struct ike_sa *sa;

	for (sa = peer_first_sa(ike, &path->remote); sa; sa = peer_next_sa(sa))
		if (ike_path_equal(&sa->path, path) && sa->handshake && sa->state != IKE_DELETED)
			return sa;
	return NULL;
}

bool ike_sa_is_renewed(const struct ike_sa *sa)
{
	const struct ike_sa *other = negotiation_with(sa->ike, &sa->path);

	return other && other->phase1 && other->phase1->has_heard;
}

/* Its end is near: a new one, if it is of use, unless one is on its way already. */
static void rekey(struct ike_sa *sa)
{
	struct ike *ike = sa->ike;
	struct kerr why;

	if (sa->replaced || negotiation_with(ike, &sa->path) || !tunnels_need(ike, &sa->path))
		return;
	ike_sa_debug(sa, "lifetime is nearly over, negotiating a new SA");
	if (!ike_sa_initiate(ike, &sa->path, sa->profile, &why))
		log_msg(LOG_WARNING, "IKE SA %u cannot be replaced: %s", sa->conn_id, why.text);
}

void ike_sa_begin_again(const struct ike_sa *sa)
{
	struct ike *ike = sa->ike;
	struct kerr why;

	if (ike_sa_with(ike, &sa->path.local, &sa->path.remote, NULL) ||
	    !tunnels_need(ike, &sa->path))
		return;
	if (!ike_sa_initiate(ike, &sa->path, sa->profile, &why))
		ike_sa_debug(sa, "no new SA: %s", why.text);
}

/* The end of one that the peer has begun is told to nobody who waits for it. */
bool ike_sa_is_doubted(const struct ike_sa *sa)
{
	const struct ike_sa *by = negotiation_with(sa->ike, &sa->path);

	return sa->doubted && !sa->doubt_failed && by && by->initiator;
}

void ike_sa_doubt(struct ike_sa *sa)
{
	struct ike *ike = sa->ike;
	struct kerr why;

	sa->doubted = true;
	if (sa->replaced)
		quick_begin_again(sa);
	if (sa->replaced || negotiation_with(ike, &sa->path) ||
	    !rate_take(&sa->peer->doubts, ike_now(ike)))
		return;
	ike_sa_debug(sa, "the peer may have begun anew, negotiating a new SA");
	if (!ike_sa_initiate(ike, &sa->path, sa->profile, &why))
		ike_sa_debug(sa, "no new SA: %s", why.text);
}

static void say_farewell(struct ike_sa *sa, uint64_t left)
{
	const struct ike_world *world = sa->ike->world;

	/* Without one, the timer came early: it counts from when its callback began. */
	if (sa->farewell.len)
		world->send(sa->ike->arg, &sa->path, sa->farewell.data, sa->farewell.len);
	sa->farewells++;
	world->timer_set(sa->lifetimer, sa->farewell.len && sa->farewells < 2 ?
			 3 * IKE_FAREWELL_MS : left);
}

/*
 * Milliseconds until it is to be replaced: the initiator earlier, so that
 * mostly only one side begins, and never all at the same time.
 */
static uint64_t soft_ms(const struct ike_sa *sa)
{
	uint64_t life = (uint64_t)sa->lifetime * 1000;
	uint16_t jitter = 0;

	RAND_bytes((unsigned char *)&jitter, sizeof(jitter));
	return life * (sa->initiator ? 80 : 90) / 100 + life * (jitter % 500) / 10000;
}

static bool is_lower(const struct ike_sa *a, const struct ike_sa *b)
{
	return memcmp(&a->cookies, &b->cookies, sizeof(a->cookies)) < 0;
}

static void replace(struct ike_sa *old, const struct ike_sa *by)
{
	uint64_t now = ike_now(old->ike);
	uint64_t end = now + (is_lower(old, by) ? IKE_REPLACED_LOW_MS : IKE_REPLACED_HIGH_MS) +
		       (by->initiator ? 0 : IKE_REPLACED_RESPONDER_MS);

	old->replaced = true;
	dpd_stop(old);
	if (end < old->ends)
		old->ends = end;
	old->ike->world->timer_set(old->lifetimer, old->ends > now ? old->ends - now : 0);
	ike_sa_debug(old, "replaced by SA %u", by->conn_id);
	if (old->doubted)
		quick_begin_again(old);
}

/* The peer does not know @old, nor what is begun under it. */
static void forgotten(struct ike_sa *old)
{
	old->replaced = true;
	quick_begin_again(old);
	ike_sa_end(old, true, "the peer has begun anew");
}

/* Each side has begun one before it knew of the other's. */
static bool collide(const struct ike_sa *a, const struct ike_sa *b)
{
	return a->initiator != b->initiator && a->created < b->established &&
	       b->created < a->established;
}

static bool same_peer(const struct ike_sa *a, const struct ike_sa *b)
{
	return ike_path_equal(&a->path, &b->path) && isakmp_id_equal(&a->peer_id, &b->peer_id);
}

/*
 * Of IKE SAs with one peer the newest survives. Of two that both sides began
 * at once it is the one with the lower cookies, on both sides: each saw another
 * one come last.
 *
 * A responder does not know of first messages that got lost, and may not see
 * that two were begun at once: then it keeps the newer, higher one while the
 * other side keeps the lower one. That side deletes the higher one before this
 * side would delete the lower one, which is revived.
 */
static void replace_others(struct ike_sa *sa)
{
	struct ike_sa *other, *next;

	for (other = peer_first_sa(sa->ike, &sa->path.remote); other; other = next) {
		next = peer_next_sa(other);
		if (other == sa || !usable(other) || !same_peer(sa, other))
			continue;
		if (collide(sa, other) && is_lower(other, sa)) {
			replace(sa, other);
			return;
		}
		if (!sa->initial_contact || collide(sa, other))
			replace(other, sa);
		else
			forgotten(other);
	}
}

static void start_lifetime(struct ike_sa *sa)
{
	uint64_t now = ike_now(sa->ike), soft = sa->established + soft_ms(sa);

	sa->ends = sa->established + (uint64_t)sa->lifetime * 1000;
	sa->ike->world->timer_set(sa->lifetimer, soft > now ? soft - now : 0);
}

static void revive(struct ike_sa *sa)
{
	sa->replaced = false;
	start_lifetime(sa);
	dpd_start(sa);
	ike_sa_debug(sa, "in use again");
}

bool ike_sa_revive_other(const struct ike_sa *sa)
{
	struct ike_sa *other, *newest = NULL;

	for (other = peer_first_sa(sa->ike, &sa->path.remote); other; other = peer_next_sa(other)) {
		if (other == sa || !ike_sa_is_established(other) || !same_peer(sa, other))
			continue;
		if (!other->replaced)
			return true;
		if (!newest || other->established > newest->established)
			newest = other;
	}
	if (newest)
		revive(newest);
	return newest;
}

/*
 * A responder does not know whether its last message arrived. If the initiator
 * has neither said a word under the newer one nor deleted the older one, it did
 * not: then it is the newer one that goes.
 */
static bool revive_instead(struct ike_sa *sa)
{
	struct ike_sa *other;

	if (!sa->replaced || !ike_sa_is_established(sa) || !(sa->peer_can & IKE_PEER_OURS) ||
	    ike_now(sa->ike) >= sa->established + (uint64_t)sa->lifetime * 1000)
		return false;
	for (other = peer_first_sa(sa->ike, &sa->path.remote); other; other = peer_next_sa(other)) {
		if (!usable(other) || !same_peer(sa, other) || other->initiator ||
		    other->heard > other->established)
			continue;
		ike_sa_end(other, true, "the peer has never used it");
		revive(sa);
		return true;
	}
	return false;
}

/*
 * One that is replaced stays while quick modes are in flight under it, or may
 * still be: their last message would be lost, and with it the SAs of one side.
 */
static bool is_still_used(const struct ike_sa *sa, uint64_t now)
{
	const struct exchange *x;

	if (!sa->replaced || !ike_sa_is_established(sa) ||
	    now >= sa->established + (uint64_t)sa->lifetime * 1000)
		return false;
	TAILQ_FOREACH(x, &sa->exchanges, link)
		if (x->type == ISAKMP_EXCHANGE_QUICK)
			return true;
	return false;
}

static void on_lifetimer(void *arg)
{
	struct ike_sa *sa = arg;
	struct ike *ike = sa->ike;
	uint64_t now = ike_now(ike), left = sa->ends > now ? sa->ends - now : 0;
	bool begin_anew;

	if (sa->state == IKE_DELETED && left) {
		say_farewell(sa, left);
	} else if (sa->state == IKE_DELETED) {
		ike_sa_free(sa);
	} else if (!left && is_still_used(sa, now)) {
		ike->world->timer_set(sa->lifetimer, IKE_STILL_USED_MS);
	} else if (!left) {
		if (revive_instead(sa))
			return;
		begin_anew = ike_sa_is_established(sa) && !sa->replaced;
		ike_sa_end(sa, true, sa->handshake ? "handshake timed out" :
			   sa->replaced ? "replaced" : "lifetime is over");
		if (begin_anew)
			ike_sa_begin_again(sa);
	} else {
		ike->world->timer_set(sa->lifetimer, left < IKE_REKEY_RETRY_MS ? left :
				      IKE_REKEY_RETRY_MS);
		rekey(sa);
	}
}

static bool has_colliding(const struct ike_sa *sa)
{
	const struct ike_sa *other;

	for (other = peer_first_sa(sa->ike, &sa->path.remote); other; other = peer_next_sa(other))
		if (other != sa && ike_sa_is_established(other) && same_peer(sa, other) &&
		    collide(sa, other))
			return true;
	return false;
}

void ike_sa_established(struct ike_sa *sa)
{
	struct ike *ike = sa->ike;
	struct addr_buf peer;

	ike_handshake_free(sa);
	ike_sa_set_state(sa, IKE_QM_IDLE);
	sa->established = ike_now(ike);
	sa->heard = sa->established;
	start_lifetime(sa);
	ike_sa_debug(sa, "SA has been authenticated with %s", addr_text(&sa->path.remote, &peer));
	replace_others(sa);
	if (!sa->replaced)
		dpd_start(sa);
	/* If both began at once, what is there may belong to the other one of the two. */
	if (sa->initial_contact && !has_colliding(sa))
		tunnels_initial_contact(sa);
	tunnels_ike_established(sa);
}

/* --- its begin */

struct ike_sa *ike_sa_initiate(struct ike *ike, const struct ike_path *path, const char *profile,
			       struct kerr *why)
{
	bool aggressive = identity_begins_aggressive(ike, &path->remote, profile);
	struct ike_cookies cookies = { .initiator = { 0 } };
	struct addr_buf peer;
	struct ike_sa *sa;
	int err;

	kerr_clear(why);
	if (!ike->config || ike->config->isakmp_disabled) {
		kerr_set(why, EPERM, "ISAKMP is not enabled");
		return NULL;
	}
	if (RAND_bytes(cookies.initiator, ISAKMP_COOKIE_LEN) != 1) {
		kerr_set(why, EIO, "no random numbers");
		return NULL;
	}
	sa = ike_sa_new(ike, path, &cookies, true,
			aggressive ? ISAKMP_EXCHANGE_AGGRESSIVE : ISAKMP_EXCHANGE_MAIN);
	if (sa && profile)
		sa->profile = strdup(profile);
	if (!sa || (profile && !sa->profile)) {
		if (sa)
			ike_sa_free(sa);
		kerr_set(why, ENOMEM, "no memory for an IKE SA");
		return NULL;
	}
	ike_sa_debug(sa, "local port %u, remote port %u", path->local_port, path->remote_port);
	ike_sa_debug(sa, "beginning %s Mode exchange with %s", aggressive ? "Aggressive" : "Main",
		     addr_text(&path->remote, &peer));
	err = aggressive ? aggressive_initiate(sa, why) : main_mode_initiate(sa, why);
	if (err) {
		ike_sa_free(sa);
		return NULL;
	}
	return sa;
}

/* --- a new configuration */

/* NULL if it still fits, else why not. */
static const char *misfit(const struct ike_sa *sa)
{
	const struct config *config = sa->ike->config;

	if (config->isakmp_disabled)
		return "ISAKMP is not enabled";
	if (!ike_local_is_ours(sa->ike, &sa->path.local))
		return "the local address is gone";
	if (sa->profile && !isakmp_profile_find(&config->isakmp_profiles, sa->profile))
		return "the ISAKMP profile is gone";
	if (ike_sa_is_established(sa) && !offer_has_suite(config, &sa->suite))
		return "no ISAKMP policy allows it any more";
	return NULL;
}

void ike_sas_configure(struct ike *ike)
{
	struct ike_sa *sa, *next;
	const char *why;

	HASH_ITER(hh, ike->sas, sa, next) {
		why = sa->state == IKE_DELETED ? NULL : misfit(sa);
		if (why)
			ike_sa_end(sa, true, why);
	}
}

unsigned int ike_clear_sas(struct ike *ike, uint32_t conn_id, const struct addr *peer)
{
	struct ike_sa *sa, *next;
	unsigned int n = 0;

	HASH_ITER(hh, ike->sas, sa, next) {
		if (sa->state == IKE_DELETED || (conn_id && sa->conn_id != conn_id) ||
		    (peer && addr_is_set(peer) && !addr_equal(&sa->path.remote, peer)))
			continue;
		ike_sa_end(sa, true, "cleared by operator");
		n++;
	}
	return n;
}

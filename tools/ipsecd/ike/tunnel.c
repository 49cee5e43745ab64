// SPDX-License-Identifier: GPL-2.0-or-later
/* Flows that IKE serves: which there are, and when and with whom a negotiation begins. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dynamic.h"
#include "informational.h"
#include "lib/log.h"
#include "pair.h"
#include "peer.h"
#include "quick.h"
#include "report.h"
#include "trace.h"

static void retry(void *arg);
static void named(void *arg);

/* --- which there are */

static struct tunnel *tunnel_new(struct ike *ike, const struct cm_flow *flow)
{
	struct tunnel *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->flow = *flow;
	HASH_ADD(hh, ike->tunnels, flow.id, sizeof(t->flow.id), t);
	if (!HASH_ADDED(t)) {
		free(t);
		return NULL;
	}
	t->timer = ike->world->timer_new(ike->arg, retry, t);
	if (!t->timer) {
		HASH_DELETE(hh, ike->tunnels, t);
		free(t);
		return NULL;
	}
	t->ike = ike;
	t->naming = (struct name_waiter){ .fn = named, .arg = t };
	TAILQ_INIT(&t->addresses);
	TAILQ_INIT(&t->pairs);
	TAILQ_INIT(&t->gone);
	return t;
}

/* The books only. */
void tunnel_free(struct tunnel *tunnel)
{
	struct ike *ike = tunnel->ike;
	struct exchange *quick = tunnel->quick;
	struct sa_pair *pair;

	tunnel->quick = NULL;
	if (quick)
		exchange_free(quick);
	TAILQ_CONCAT(&tunnel->pairs, &tunnel->gone, link);
	while ((pair = TAILQ_FIRST(&tunnel->pairs))) {
		TAILQ_REMOVE(&tunnel->pairs, pair, link);
		pair_free(pair);
	}
	peer_set_tunnel(tunnel, NULL, 0);
	names_cancel(&tunnel->naming);
	ike->world->timer_free(tunnel->timer);
	HASH_DELETE(hh, ike->tunnels, tunnel);
	free(tunnel);
}

struct tunnel *tunnel_find(struct ike *ike, uint32_t flow)
{
	struct tunnel *t;

	HASH_FIND(hh, ike->tunnels, &flow, sizeof(flow), t);
	return t;
}

void tunnel_each(struct ike *ike, void (*fn)(void *arg, const struct tunnel *tunnel), void *arg)
{
	struct tunnel *t, *next;

	HASH_ITER(hh, ike->tunnels, t, next)
		fn(arg, t);
}

static const struct map_entry *find_entry(const struct tunnel *t)
{
	const struct cm_flow *flow = &t->flow;

	return config_entry(t->ike->config, flow->map, flow->family, flow->seq, flow->subseq);
}

const struct map_entry *tunnel_entry(const struct tunnel *tunnel)
{
	return tunnel->entry;
}

bool tunnel_peer(const struct tunnel *tunnel, struct addr *peer)
{
	const struct map_entry *entry = tunnel_entry(tunnel);

	*peer = tunnel->remote;
	if (dynamic_is(tunnel))
		return addr_is_set(peer);
	if (!entry || !entry->n_peers)
		return false;
	return names_address(tunnel->ike, entry, tunnel->peer % entry->n_peers, tunnel->address,
			     peer);
}

static bool is_ours(const struct ike *ike, const struct cm_flow *flow)
{
	return flow->kind == CRYPTOMAP_ENTRY_KIND_ISAKMP ||
	       (flow->kind == CRYPTOMAP_ENTRY_KIND_DYNAMIC && dynamic_has_flow(ike, flow));
}

/* As many pairs as the kernel has room for, and one that has just ended. */
#define INDEXED_PAIRS	5

void tunnel_index(struct tunnel *tunnel)
{
	const struct map_entry *entry = tunnel_entry(tunnel);
	struct addr addresses[CRYPTOMAP_PEERS_MAX * NAME_ADDRESSES_MAX + 2 + INDEXED_PAIRS];
	const struct sa_pair *pair;
	size_t n = 0;

	for (unsigned int p = 0; entry && p < entry->n_peers; p++)
		for (unsigned int i = 0; i < NAME_ADDRESSES_MAX &&
		     names_address(tunnel->ike, entry, p, i, &addresses[n]); i++) {
			n++;
			if (!entry->hosts[p].name)
				break;
		}
	addresses[n++] = tunnel->remote;
	addresses[n++] = tunnel->calling;
	TAILQ_FOREACH(pair, &tunnel->pairs, link)
		if (n < sizeof(addresses) / sizeof(*addresses))
			addresses[n++] = pair->peer;
	peer_set_tunnel(tunnel, addresses, n);
}

static int take_flow(void *arg, const struct cm_flow *flow)
{
	struct ike *ike = arg;
	struct tunnel *t;

	if (!is_ours(ike, flow))
		return 0;
	t = tunnel_obtain(ike, flow);
	if (!t)
		return -ENOMEM;
	t->flow = *flow;
	t->entry = find_entry(t);
	t->seen = true;
	return 0;
}

static void find_local(struct tunnel *t)
{
	const struct cm_binding *binding = policy_find_binding(t->ike->policy, &t->flow);

	t->local = binding ? binding->local : (struct addr){ .family = AF_UNSPEC };
}

struct tunnel *tunnel_obtain(struct ike *ike, const struct cm_flow *flow)
{
	struct tunnel *t = tunnel_find(ike, flow->id);

	if (t)
		return t;
	t = tunnel_new(ike, flow);
	if (!t)
		return NULL;
	find_local(t);
	t->entry = find_entry(t);
	return t;
}

/*
 * A peer that was found by its name stays while it is named: that it has another
 * address now is of interest when it is called next.
 */
static bool has_peer(const struct tunnel *t, struct sa_pair *pair)
{
	const struct map_entry *entry = tunnel_entry(t);
	const char *host;

	if (names_have(t->ike, entry, &pair->peer, &host)) {
		if (host && !pair->host)
			pair->host = strdup(host);
		return true;
	}
	for (unsigned int i = 0; pair->host && i < entry->n_peers; i++)
		if (entry->hosts[i].name && !strcasecmp(entry->hosts[i].name, pair->host))
			return true;
	return names_unsure(t->ike, entry);
}

/* Whether a pair is still what the configuration wants. */
static bool pair_fits(const struct tunnel *t, struct sa_pair *pair)
{
	const struct map_entry *entry = tunnel_entry(t);

	return entry && addr_equal(&pair->in.dst, &t->local) &&
	       (dynamic_is(t) ? dynamic_takes(t->ike, entry, &pair->peer) : has_peer(t, pair));
}

static void refit(struct tunnel *t)
{
	struct sa_pair *pair, *next;

	find_local(t);
	for (pair = TAILQ_FIRST(&t->pairs); pair; pair = next) {
		next = TAILQ_NEXT(pair, link);
		if (!pair_fits(t, pair))
			tunnel_end_pair(pair, true);
	}
	tunnel_index(t);
	dynamic_check(t);
}

/* Its SAs are gone with the flow: the peers do not know. */
void tunnel_flow_gone(struct tunnel *tunnel)
{
	struct sa_pair *pair;

	while ((pair = TAILQ_FIRST(&tunnel->pairs)))
		tunnel_end_pair(pair, true);
	tunnel_free(tunnel);
}

/*
 * Flows as the kernel has them now. A dump that was overtaken by changes is
 * read again; ike_resync() follows such changes anyway.
 */
static void sync_flows(struct ike *ike)
{
	struct tunnel *t, *next;
	struct kerr err;
	int ret = 1;

	/* Before anything ends: that looks at other tunnels, too. */
	HASH_ITER(hh, ike->tunnels, t, next) {
		t->entry = find_entry(t);
		t->seen = false;
	}
	for (int i = 0; ret == 1 && i < 5; i++)
		ret = ike->kernel->flow_dump(ike->kernel, NULL, take_flow, ike, &err);
	if (ret < 0) {
		log_msg(LOG_ERR, "ISAKMP: flows of the kernel: %s", err.text);
		return;
	}
	HASH_ITER(hh, ike->tunnels, t, next) {
		if (t->seen)
			refit(t);
		else
			tunnel_flow_gone(t);
	}
}

/* What a peer has refused may be what it wants by now: it is not waited for. */
static void try_anew(struct ike *ike)
{
	struct tunnel *t, *next;

	HASH_ITER(hh, ike->tunnels, t, next) {
		if (!t->waiting)
			continue;
		t->failures = 0;
		ike->world->timer_set(t->timer, 0);
	}
}

/* The first time there may be SAs of an engine before this one. */
void tunnels_configure(struct ike *ike, bool changed)
{
	sync_flows(ike);
	if (changed)
		try_anew(ike);
	if (ike->doubts)
		tunnels_verify(ike);
	ike->doubts = false;
	if (ike->adopted)
		return;
	ike->adopted = true;
	tunnels_adopt(ike);
}

void tunnels_free(struct ike *ike)
{
	struct tunnel *t, *next;

	HASH_ITER(hh, ike->tunnels, t, next)
		tunnel_free(t);
}

bool tunnel_entry_takes(const struct map_entry *entry, const struct ike_sa *sa)
{
	const struct isakmp_profile *profile;

	if (!entry->isakmp_profile ||
	    (sa->profile && !strcmp(entry->isakmp_profile, sa->profile)))
		return true;
	profile = isakmp_profile_find(&sa->ike->config->isakmp_profiles, entry->isakmp_profile);
	return profile && !profile->n_matches;
}

struct tunnel *tunnel_for_proxies(const struct ike_sa *sa, const struct isakmp_id *ours,
				  const struct isakmp_id *theirs, struct message_error *why)
{
	const struct ike_path *path = &sa->path;
	const struct peer_tunnel *at;
	struct cm_rule rule;

	if (isakmp_id_to_rule(&rule, ours, theirs))
		return NULL;
	for (at = peer_first_tunnel(sa->ike, &path->remote); at; at = peer_next_tunnel(at)) {
		struct tunnel *t = at->tunnel;
		bool same;

		if (!addr_equal(&t->local, &path->local) || !t->entry || dynamic_is(t) ||
		    !names_have(sa->ike, t->entry, &path->remote, NULL))
			continue;
		same = acl_same_selector(&rule, &t->flow.rule);
		trace_policy_lookup(t, &path->remote, same);
		if (same && tunnel_entry_takes(t->entry, sa))
			return t;
		if (same)
			message_refuse(why, ISAKMP_NOTIFY_INVALID_ID_INFORMATION,
				       "crypto map %s %u is for peers of ISAKMP profile %s, which this one is not",
				       t->flow.map, t->flow.seq, t->entry->isakmp_profile);
	}
	return NULL;
}

/* --- when a negotiation begins */

static bool path_of(const struct tunnel *t, struct ike_path *path)
{
	*path = (struct ike_path){
		.local = t->local,
		.local_port = ISAKMP_PORT, .remote_port = ISAKMP_PORT,
	};
	return tunnel_peer(t, &path->remote) && addr_is_set(&path->local) &&
	       path->local.family == path->remote.family;
}

static bool goes_along(const struct tunnel *t, const struct ike_path *path)
{
	struct ike_path own;

	if (!addr_equal(&t->local, &path->local))
		return false;
	return addr_equal(&t->calling, &path->remote) ||
	       (path_of(t, &own) && addr_equal(&own.remote, &path->remote));
}

/* Traffic has given up, unless there are SAs that run out. */
static bool still_wanted(const struct tunnel *t)
{
	return t->wanted &&
	       (tunnel_current(t) || ike_now(t->ike) - t->asked < TUNNEL_WANTED_MS);
}

static const struct map_entry *listed_peers(const struct tunnel *t)
{
	const struct map_entry *entry = tunnel_entry(t);

	return entry && entry->n_peers && !dynamic_is(t) ? entry : NULL;
}

/* Name of the peer that is used or tried now, NULL if it is an address. */
static const char *peer_host(const struct tunnel *t)
{
	const struct map_entry *entry = listed_peers(t);

	return entry ? entry->hosts[t->peer % entry->n_peers].name : NULL;
}

/* All addresses of all peers; a name without any counts, too. */
static unsigned int peers_of(const struct tunnel *t)
{
	const struct map_entry *entry = listed_peers(t);
	unsigned int n = 0, count;

	for (unsigned int i = 0; entry && i < entry->n_peers; i++) {
		count = names_count(t->ike, entry, i);
		n += count ? count : 1;
	}
	return n ? n : 1;
}

static void next_peer(struct tunnel *t)
{
	const struct map_entry *entry = listed_peers(t);

	if (!entry)
		return;
	t->peer %= entry->n_peers;
	if (++t->address < names_count(t->ike, entry, t->peer))
		return;
	t->address = 0;
	t->peer = (t->peer + 1) % entry->n_peers;
}

void tunnel_first_peer(struct tunnel *tunnel)
{
	const struct map_entry *entry = listed_peers(tunnel);

	tunnel->peer = entry && entry->default_peer ? entry->default_peer - 1 : 0;
	tunnel->address = 0;
}

/* One is dead: the default peer is next, or if it is that one, the next of the list. */
static void leave_peer(struct tunnel *t)
{
	const struct map_entry *entry = listed_peers(t);

	if (entry && entry->default_peer && t->peer % entry->n_peers != entry->default_peer - 1)
		tunnel_first_peer(t);
	else
		next_peer(t);
}

static uint64_t backoff(unsigned int failures, uint64_t first, uint64_t cap)
{
	return failures < 16 && first << failures < cap ? first << failures : cap;
}

/*
 * The next peer is tried at once, all of them again after a while (DPD-12).
 */
static void failed(struct tunnel *t, bool refused)
{
	uint64_t wait = 0;

	t->named = false;
	t->calling.family = AF_UNSPEC;
	next_peer(t);
	if (++t->tried >= peers_of(t)) {
		wait = refused ?
			backoff(t->failures, TUNNEL_REFUSED_FIRST_MS, TUNNEL_REFUSED_CAP_MS) :
			backoff(t->failures, TUNNEL_SILENT_FIRST_MS, TUNNEL_SILENT_CAP_MS);
		t->failures++;
		t->tried = 0;
	}
	t->waiting = true;
	t->ike->world->timer_set(t->timer, wait);
}

static void begin_quick(struct tunnel *t, struct ike_sa *sa)
{
	struct kerr err;

	if (quick_initiate(sa, t, &err) == 0)
		return;
	log_msg(LOG_ERR, "ISAKMP:(%u): quick mode: %s", sa->conn_id, err.text);
	failed(t, true);
}

/* What its name means is asked before each attempt. */
static bool ask_name(struct tunnel *t)
{
	const char *host = peer_host(t);

	if (!host || t->named)
		return false;
	if (!names_ask(t->ike, host, &t->naming))
		failed(t, false);
	return true;
}

static void begin(struct tunnel *t)
{
	const struct map_entry *entry = tunnel_entry(t);
	struct ike_path path;
	struct ike_sa *sa;
	struct kerr why;

	if (t->quick || t->waiting || t->answering || t->naming.name)
		return;
	sa = entry && path_of(t, &path) ?
		ike_sa_with(t->ike, &path.local, &path.remote, entry->isakmp_profile) : NULL;
	if (sa && sa->state == IKE_QM_IDLE && !ike_sa_is_doubted(sa)) {
		begin_quick(t, sa);
		return;
	}
	if (sa || ask_name(t))
		return;
	t->named = false;
	if (!entry || !path_of(t, &path)) {
		failed(t, !peer_host(t));
		return;
	}
	if (peer_host(t)) {
		t->calling = path.remote;
		tunnel_index(t);
	}
	if (ike_sa_initiate(t->ike, &path, entry->isakmp_profile, &why))
		return;
	log_msg(LOG_ERR, "ISAKMP: %s", why.text);
	failed(t, true);
}

/* An IKE SA to keep adopted pairs by. */
static void connect_peer(struct tunnel *t)
{
	const struct map_entry *entry = tunnel_entry(t);
	struct ike_path path;
	struct kerr why;

	if (ask_name(t))
		return;
	t->named = false;
	if (!entry || !path_of(t, &path) ||
	    ike_sa_with(t->ike, &path.local, &path.remote, entry->isakmp_profile) ||
	    ike_sa_initiate(t->ike, &path, entry->isakmp_profile, &why))
		return;
	log_msg(LOG_ERR, "ISAKMP: %s", why.text);
	tunnel_reconnect(t, TUNNEL_REFUSED_CAP_MS);
}

void tunnel_reconnect(struct tunnel *tunnel, uint64_t ms)
{
	tunnel->adopted = true;
	if (!tunnel->waiting)
		tunnel->ike->world->timer_set(tunnel->timer, ms);
}

/* The lookup is over; without an address the attempt has failed. */
static void named(void *arg)
{
	struct tunnel *t = arg;

	t->named = true;
	tunnel_index(t);
	if (still_wanted(t))
		begin(t);
	else if (t->adopted)
		connect_peer(t);
}

static void retry(void *arg)
{
	struct tunnel *t = arg;

	t->waiting = false;
	if (still_wanted(t)) {
		begin(t);
		return;
	}
	t->wanted = false;
	t->failures = 0;
	t->tried = 0;
	if (t->entry && t->entry->default_peer)
		tunnel_first_peer(t);
	if (t->adopted)
		connect_peer(t);
}

void tunnel_want(struct tunnel *tunnel)
{
	tunnel->wanted = true;
	begin(tunnel);
}

/* Whether there is an SA to send on. */
static bool can_send(const struct tunnel *t)
{
	const struct sa_pair *pair = tunnel_current(t);
	struct kernel *kernel = t->ike->kernel;
	struct cm_sa_info info;

	return pair && kernel->sa_get(kernel, &pair->out, &info, NULL) == 0 &&
	       (info.state == CRYPTOMAP_SA_STATE_MATURE || info.state == CRYPTOMAP_SA_STATE_DYING);
}

/*
 * Packets wait for an SA. When the third message of a quick mode and the event
 * come together, it may be read after the SA has let them go.
 */
void ike_acquire(struct ike *ike, const struct cm_event *ev)
{
	struct tunnel *t = tunnel_find(ike, ev->flow);

	trace_acquire(ike, ev);
	if (!t || can_send(t))
		return;
	t->asked = ike_now(ike);
	tunnel_want(t);
}

/* --- what phase 1 and quick mode tell */

void tunnels_ike_established(struct ike_sa *sa)
{
	struct peer_tunnel *at, *next;

	for (at = peer_first_tunnel(sa->ike, &sa->path.remote); at; at = next) {
		struct tunnel *t = at->tunnel;

		next = peer_next_tunnel(at);
		if (!goes_along(t, &sa->path))
			continue;
		t->suspect = false;
		t->adopted = false;
		if (!t->wanted || t->quick)
			continue;
		t->waiting = false;
		sa->ike->world->timer_stop(t->timer);
		begin(t);
	}
}

void tunnels_ike_failed(struct ike *ike, const struct ike_path *path, bool refused,
			const char *why)
{
	struct peer_tunnel *at, *next;
	struct addr_buf text;
	bool dead = false;

	log_msg(LOG_INFO, "ISAKMP: no IKE SA with %s: %s", addr_text(&path->remote, &text), why);
	for (at = peer_first_tunnel(ike, &path->remote); at; at = next) {
		struct tunnel *t = at->tunnel;

		next = peer_next_tunnel(at);
		if (!goes_along(t, path))
			continue;
		dead |= t->suspect;
		if (t->wanted && !t->quick && !t->waiting)
			failed(t, refused);
		else if (t->adopted)
			tunnel_reconnect(t, TUNNEL_REFUSED_FIRST_MS);
	}
	if (dead)
		tunnels_peer_dead(ike, path);
}

void tunnel_quick_failed(struct tunnel *tunnel, bool refused, const char *why)
{
	log_msg(LOG_WARNING, "ISAKMP: crypto map %s %u: no IPsec SAs: %s", tunnel->flow.map,
		tunnel->flow.seq, why);
	tunnel->quick = NULL;
	failed(tunnel, refused);
	dynamic_check(tunnel);
}

static bool pair_along(const struct sa_pair *pair, const struct ike_path *path)
{
	return addr_equal(&pair->peer, &path->remote) &&
	       addr_equal(&pair->in.dst, &path->local);
}

bool tunnels_have_pairs(struct ike *ike, const struct ike_path *path)
{
	const struct peer_tunnel *at;
	const struct sa_pair *pair;

	for (at = peer_first_tunnel(ike, &path->remote); at; at = peer_next_tunnel(at))
		TAILQ_FOREACH(pair, &at->tunnel->pairs, link)
			if (pair_along(pair, path))
				return true;
	return false;
}

bool tunnels_need(struct ike *ike, const struct ike_path *path)
{
	const struct peer_tunnel *at;

	if (tunnels_have_pairs(ike, path))
		return true;
	for (at = peer_first_tunnel(ike, &path->remote); at; at = peer_next_tunnel(at))
		if (at->tunnel->wanted && goes_along(at->tunnel, path))
			return true;
	return false;
}

/* Ends pairs with a peer, silently: it does not know them, or it is not there. */
static void end_pairs(struct ike *ike, const struct ike_path *path, bool turn)
{
	struct peer_tunnel *at, *next;
	struct sa_pair *pair, *after;

	for (at = peer_first_tunnel(ike, &path->remote); at; at = next) {
		struct tunnel *t = at->tunnel;
		bool along = goes_along(t, path);

		next = peer_next_tunnel(at);
		for (pair = TAILQ_FIRST(&t->pairs); pair; pair = after) {
			after = TAILQ_NEXT(pair, link);
			if (pair_along(pair, path))
				tunnel_end_pair(pair, false);
		}
		if (along && turn) {
			t->suspect = false;
			leave_peer(t);
		}
	}
}

void tunnels_initial_contact(struct ike_sa *sa)
{
	end_pairs(sa->ike, &sa->path, false);
}

void tunnels_peer_dead(struct ike *ike, const struct ike_path *path)
{
	/* Of pairs the last one that ends says so. */
	if (!tunnels_have_pairs(ike, path))
		report_session(ike, path, false);
	end_pairs(ike, path, true);
}

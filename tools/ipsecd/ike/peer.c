// SPDX-License-Identifier: GPL-2.0-or-later
/* IKE SAs and tunnels by the address of the peer; see peer.h. */
#include <errno.h>
#include <stdlib.h>

#include "lib/log.h"
#include "peer.h"

static struct peer *find(const struct ike *ike, const struct addr *addr)
{
	struct peer *peer;

	HASH_FIND(hh, ike->peers, addr, sizeof(*addr), peer);
	return peer;
}

static struct peer *get(struct ike *ike, const struct addr *addr)
{
	struct peer *peer = find(ike, addr);

	if (peer)
		return peer;
	peer = calloc(1, sizeof(*peer));
	if (!peer)
		return NULL;
	peer->addr = *addr;
	TAILQ_INIT(&peer->sas);
	TAILQ_INIT(&peer->tunnels);
	peer->doubts = (struct rate){ .each_ms = IKE_DOUBT_MS, .burst = IKE_DOUBTS };
	HASH_ADD(hh, ike->peers, addr, sizeof(peer->addr), peer);
	if (HASH_ADDED(peer))
		return peer;
	free(peer);
	return NULL;
}

static void put(struct ike *ike, struct peer *peer)
{
	if (!TAILQ_EMPTY(&peer->sas) || !TAILQ_EMPTY(&peer->tunnels))
		return;
	HASH_DELETE(hh, ike->peers, peer);
	free(peer);
}

/* --- IKE SAs */

struct ike_sa *peer_first_sa(const struct ike *ike, const struct addr *addr)
{
	const struct peer *peer = find(ike, addr);

	return peer ? TAILQ_FIRST(&peer->sas) : NULL;
}

struct ike_sa *peer_next_sa(const struct ike_sa *sa)
{
	return TAILQ_NEXT(sa, of_peer);
}

int peer_add_sa(struct ike_sa *sa)
{
	sa->peer = get(sa->ike, &sa->path.remote);
	if (!sa->peer)
		return -ENOMEM;
	TAILQ_INSERT_TAIL(&sa->peer->sas, sa, of_peer);
	return 0;
}

void peer_remove_sa(struct ike_sa *sa)
{
	TAILQ_REMOVE(&sa->peer->sas, sa, of_peer);
	put(sa->ike, sa->peer);
}

/* --- tunnels */

struct peer_tunnel *peer_first_tunnel(const struct ike *ike, const struct addr *addr)
{
	const struct peer *peer = find(ike, addr);

	return peer ? TAILQ_FIRST(&peer->tunnels) : NULL;
}

struct peer_tunnel *peer_next_tunnel(const struct peer_tunnel *at)
{
	return TAILQ_NEXT(at, of_peer);
}

static void leave(struct peer_tunnel *at)
{
	struct tunnel *tunnel = at->tunnel;

	TAILQ_REMOVE(&at->peer->tunnels, at, of_peer);
	TAILQ_REMOVE(&tunnel->addresses, at, of_tunnel);
	put(tunnel->ike, at->peer);
	free(at);
}

static struct peer_tunnel *enter(struct tunnel *tunnel, const struct addr *addr)
{
	struct peer *peer = get(tunnel->ike, addr);
	struct peer_tunnel *at = calloc(1, sizeof(*at));

	if (!peer || !at) {
		if (peer)
			put(tunnel->ike, peer);
		free(at);
		return NULL;
	}
	at->peer = peer;
	at->tunnel = tunnel;
	TAILQ_INSERT_TAIL(&peer->tunnels, at, of_peer);
	TAILQ_INSERT_TAIL(&tunnel->addresses, at, of_tunnel);
	return at;
}

static struct peer_tunnel *entered(const struct tunnel *tunnel, const struct addr *addr)
{
	struct peer_tunnel *at;

	TAILQ_FOREACH(at, &tunnel->addresses, of_tunnel)
		if (addr_equal(&at->peer->addr, addr))
			return at;
	return NULL;
}

int peer_add_tunnel(struct tunnel *tunnel, const struct addr *addr)
{
	return entered(tunnel, addr) || enter(tunnel, addr) ? 0 : -ENOMEM;
}

void peer_set_tunnel(struct tunnel *tunnel, const struct addr addresses[], size_t n)
{
	struct peer_tunnel *at, *next;
	struct addr_buf text;

	TAILQ_FOREACH(at, &tunnel->addresses, of_tunnel)
		at->keep = false;
	for (size_t i = 0; i < n; i++) {
		if (!addr_is_set(&addresses[i]))
			continue;
		at = entered(tunnel, &addresses[i]);
		if (!at)
			at = enter(tunnel, &addresses[i]);
		if (at)
			at->keep = true;
		else
			log_msg(LOG_ERR, "ISAKMP: no memory for peer %s",
				addr_text(&addresses[i], &text));
	}
	for (at = TAILQ_FIRST(&tunnel->addresses); at; at = next) {
		next = TAILQ_NEXT(at, of_tunnel);
		if (!at->keep)
			leave(at);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * peer - what there is with an address: IKE SAs and tunnels. An index, so that
 * a negotiation costs the same whether there are ten peers or ten thousand.
 */
#ifndef _IPSECD_IKE_PEER_H
#define _IPSECD_IKE_PEER_H

#include <sys/queue.h>

#include "lib/hash.h"
#include "rate.h"
#include "sa.h"
#include "tunnel.h"

/**
 * struct peer_tunnel - a tunnel may go to a peer
 * @of_peer: in peer->tunnels
 * @of_tunnel: in tunnel->addresses
 * @keep: while the addresses of a tunnel are compared
 */
struct peer_tunnel {
	TAILQ_ENTRY(peer_tunnel) of_peer;
	TAILQ_ENTRY(peer_tunnel) of_tunnel;
	struct peer *peer;
	struct tunnel *tunnel;
	bool keep;
};

/**
 * struct peer - an address; it exists as long as there is something with it
 * @hh: in ike->peers by @addr
 * @sas: by sa->of_peer, oldest first, those that have ended as well
 * @tunnels: that have it among their peers, or SAs with it
 * @doubts: phase 1 begun because somebody said that it does not know us
 */
struct peer {
	UT_hash_handle hh;
	struct addr addr;
	TAILQ_HEAD(, ike_sa) sas;
	TAILQ_HEAD(, peer_tunnel) tunnels;
	struct rate doubts;
};

/*
 * Of the address of a path: the first one, and that behind one which has not
 * gone. So that the one in hand may go, the next is taken before:
 *
 *	for (sa = peer_first_sa(ike, addr); sa; sa = next) {
 *		next = peer_next_sa(sa);
 */
struct ike_sa *peer_first_sa(const struct ike *ike, const struct addr *addr);
struct ike_sa *peer_next_sa(const struct ike_sa *sa);
struct peer_tunnel *peer_first_tunnel(const struct ike *ike, const struct addr *addr);
struct peer_tunnel *peer_next_tunnel(const struct peer_tunnel *at);

/* An IKE SA comes and goes; its path stays the same. -ENOMEM. */
int peer_add_sa(struct ike_sa *sa);
void peer_remove_sa(struct ike_sa *sa);
/*
 * A tunnel has other addresses than before, @n of them; twice the same is fine,
 * unset ones are left out. Without memory it is not found by some of them,
 * which is logged.
 */
void peer_set_tunnel(struct tunnel *tunnel, const struct addr addresses[], size_t n);
/*
 * One more, until they are set anew: before SAs are made with a peer that is not
 * configured, so that it is found by what the peer says about them. -ENOMEM.
 */
int peer_add_tunnel(struct tunnel *tunnel, const struct addr *addr);

#endif /* _IPSECD_IKE_PEER_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tunnel - what IKE does for one flow of the kernel: which peer it goes to,
 * its pairs of IPsec SAs, and when they are made, replaced and ended. A tunnel
 * exists as long as its flow.
 *
 * The kernel knows when something is to be done (acquire, lifetimes, idle,
 * liveness) and tells; only failures are repeated by a timer of ours.
 */
#ifndef _IPSECD_IKE_TUNNEL_H
#define _IPSECD_IKE_TUNNEL_H

#include <sys/queue.h>
#include <uthash.h>

#include "engine.h"
#include "sa.h"

#define TUNNEL_RETRY_FIRST_MS	1000
#define TUNNEL_RETRY_CAP_MS	60000

enum tunnel_state {
	TUNNEL_DOWN,		/* nobody wants it, or waiting for the next try */
	TUNNEL_NEGOTIATING,
	TUNNEL_UP,		/* at least one pair */
};

/**
 * struct sa_pair - an inbound and an outbound IPsec SA of one quick mode
 * @link: in tunnel->pairs, newest first
 * @in, @out: their names in the kernel
 * @initiator: we began the quick mode
 * @nonces: digest of both nonces: which of two pairs that were made at the
 *	same time survives is the same on both sides
 * @created: time, ms
 * @life_seconds, @life_kilobytes: as agreed upon; 0 is none
 * @adopted: made by an engine before this one
 * @retiring: a newer pair carries the traffic; goes with its timer
 */
struct sa_pair {
	TAILQ_ENTRY(sa_pair) link;
	struct tunnel *tunnel;
	struct cm_sa_id in, out;
	bool initiator;
	uint8_t nonces[32];
	uint64_t created;
	uint64_t life_seconds, life_kilobytes;
	struct addr peer;
	uint16_t pfs_group;
	bool adopted;
	bool retiring;
	struct ike_timer *timer;
};

/**
 * struct tunnel - one flow
 * @hh: in ike->tunnels by @flow.id
 * @flow: as the kernel has it: interface, map, entry, rule
 * @local: this end, from the policy's binding
 * @peer: index into the entry's peers: the one that is used or tried now
 * @state: of enum tunnel_state
 * @wanted: traffic waits, or SAs are to be replaced
 * @failures: in a row, for the time to the next try
 * @quick: quick mode in flight that we began, or NULL
 */
struct tunnel {
	UT_hash_handle hh;
	struct ike *ike;
	struct cm_flow flow;
	struct addr local;
	unsigned int peer;
	enum tunnel_state state;
	bool wanted;
	unsigned int failures;
	struct ike_timer *timer;
	struct exchange *quick;
	TAILQ_HEAD(, sa_pair) pairs;
};

const struct map_entry *tunnel_entry(const struct tunnel *tunnel);
bool tunnel_peer(const struct tunnel *tunnel, struct addr *peer);
struct tunnel *tunnel_find(struct ike *ike, uint32_t flow);
/* The tunnel whose rule is the peer's proxies seen from our side, over this path. NULL: none. */
struct tunnel *tunnel_for_proxies(struct ike *ike, const struct ike_path *path,
				  const struct isakmp_id *ours, const struct isakmp_id *theirs);

/* --- from phase 1 */
void tunnels_ike_established(struct ike_sa *sa);
void tunnels_ike_failed(struct ike *ike, const struct ike_path *path, const char *why);
/* INITIAL-CONTACT: the peer has no SAs but those to come. */
void tunnels_initial_contact(struct ike_sa *sa);
/* The peer does not answer (DPD-10): its pairs go, the next peer is tried. */
void tunnels_peer_dead(struct ike *ike, const struct ike_path *path);
/* A delete payload: SPIs of the peer's inbound SAs, our outbound ones. */
void tunnels_peer_deleted(struct ike_sa *sa, uint8_t protocol, uint32_t spi);

/* --- from quick mode */
int tunnel_add_pair(struct tunnel *tunnel, struct sa_pair *pair);
void tunnel_quick_failed(struct tunnel *tunnel, const char *why);

void tunnel_each(struct ike *ike, void (*fn)(void *arg, const struct tunnel *tunnel), void *arg);

#endif /* _IPSECD_IKE_TUNNEL_H */

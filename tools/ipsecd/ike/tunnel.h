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

#include "engine.h"
#include "lib/hash.h"
#include "names.h"
#include "sa.h"

/*
 * Between failed tries. A peer that does not answer is asked again soon, as
 * long as traffic wants it: it shall be found when it is there (SC-2). One
 * that refuses is not bothered.
 */
#define TUNNEL_SILENT_FIRST_MS	250
#define TUNNEL_SILENT_CAP_MS	1000
#define TUNNEL_REFUSED_FIRST_MS	1000
#define TUNNEL_REFUSED_CAP_MS	60000
/* Traffic that has asked so long ago does not want it any more; the hold queue's time. */
#define TUNNEL_WANTED_MS	10000
/* An old pair stays so long, for packets on their way. */
#define TUNNEL_RETIRE_OURS_MS	5000
#define TUNNEL_RETIRE_THEIRS_MS	60000

/**
 * struct sa_pair - an inbound and an outbound IPsec SA of one quick mode
 * @link: in tunnel->pairs, newest first
 * @tunnel: whose it is; may be gone before a quick mode has ended
 * @in, @out: their names in the kernel
 * @initiator: we began the quick mode
 * @generation: which of two pairs is the newer one, for both sides; 0 if the
 *	peer is none of us (see quick_notify.c)
 * @nonces: digest of both nonces: which of two pairs that were made at the
 *	same time survives is the same on both sides
 * @created: time, ms, when the quick mode began
 * @completed: time, ms, when the tunnel got it
 * @life_seconds, @life_kilobytes: as agreed upon; 0 is none
 * @chance: for the limits of both halves
 * @host: name of the peer that was found by name, or NULL
 * @retiring: a newer pair carries the traffic; goes with its timer
 * @retired: time, ms, since when
 * @withdrawn: its outbound half is deleted already
 * @gone: it is in tunnel->gone: the kernel has it no more, the peer is told
 * @again: how often the timer was set again, for traffic on its way, or to tell
 *	the peer again
 */
struct sa_pair {
	TAILQ_ENTRY(sa_pair) link;
	struct ike *ike;
	struct tunnel *tunnel;
	struct cm_sa_id in, out;
	bool initiator;
	uint32_t generation;
	uint8_t nonces[32];
	uint64_t created;
	uint64_t completed;
	uint64_t life_seconds, life_kilobytes;
	uint32_t chance;
	struct addr peer;
	char *host;
	uint16_t pfs_group;
	bool retiring;
	uint64_t retired;
	bool withdrawn;
	bool gone;
	unsigned int again;
	struct ike_timer *timer;
};

/**
 * struct tunnel - one flow
 * @hh: in ike->tunnels by @flow.id
 * @flow: as the kernel has it: interface, map, entry, rule
 * @seen: the last walk over the kernel's flows found it
 * @entry: the flow's, in the configuration in force; NULL if it has gone
 * @local: this end, from the policy's binding
 * @remote: with a dynamic map: the peer that has negotiated last; else unset
 * @unused: with a dynamic map: since when there is no SA, ms; see dynamic.h
 * @peer: index into the entry's peers: the one that is used or tried now
 * @address: which of its addresses, if it is a name
 * @naming: waits for the lookup of the peer's name
 * @named: that is over, for the attempt that begins
 * @calling: the address of a name that was called last: that there is no answer
 *	counts although the name may mean another one by now
 * @tried: peers in a row that failed
 * @failures: rounds over all peers in a row that failed
 * @wanted: traffic waits, or SAs are to be replaced
 * @asked: when traffic asked last, ms
 * @waiting: for the timer, not before which it is tried again
 * @suspect: the kernel hears nothing from the peer, and there was no IKE SA to ask it by
 * @adopted: has SAs of an engine before this one, and no IKE SA to keep them by
 * @timer: next try
 * @quick: quick mode in flight that we began, or NULL
 * @answering: quick modes in flight that the peer began and that we have
 *	agreed to: SAs are about to come
 * @generation: highest one of all pairs that it had
 * @addresses: under which it is found, those of its peers; see peer.h
 * @pairs: newest first
 * @gone: pairs that have ended, until the peer was told often enough
 */
struct tunnel {
	UT_hash_handle hh;
	struct ike *ike;
	struct cm_flow flow;
	bool seen;
	const struct map_entry *entry;
	struct addr local;
	struct addr remote;
	uint64_t unused;
	unsigned int peer;
	unsigned int address;
	struct name_waiter naming;
	bool named;
	struct addr calling;
	unsigned int tried;
	unsigned int failures;
	bool wanted;
	uint64_t asked;
	bool waiting;
	bool suspect;
	bool adopted;
	struct ike_timer *timer;
	struct exchange *quick;
	unsigned int answering;
	uint32_t generation;
	TAILQ_HEAD(, peer_tunnel) addresses;
	TAILQ_HEAD(pair_list, sa_pair) pairs;
	struct pair_list gone;
};

const struct map_entry *tunnel_entry(const struct tunnel *tunnel);
bool tunnel_peer(const struct tunnel *tunnel, struct addr *peer);
struct tunnel *tunnel_find(struct ike *ike, uint32_t flow);
/*
 * Whether an entry is for the peer of this IKE SA: it names no ISAKMP profile
 * (IKE-12), or that of the peer, or one that no identity is to match.
 */
bool tunnel_entry_takes(const struct map_entry *entry, const struct ike_sa *sa);
/*
 * The tunnel whose rule is the peer's proxies seen from our side, over the path of
 * @sa. NULL: none, with @why if there would be one but for its ISAKMP profile.
 */
struct tunnel *tunnel_for_proxies(const struct ike_sa *sa, const struct isakmp_id *ours,
				  const struct isakmp_id *theirs, struct message_error *why);

/* --- from phase 1 */
void tunnels_ike_established(struct ike_sa *sa);
/* @refused: there was an answer, and it was no. */
void tunnels_ike_failed(struct ike *ike, const struct ike_path *path, bool refused,
			const char *why);
/* Whether a tunnel with this peer has SAs; then it must not be told INITIAL-CONTACT. */
bool tunnels_have_pairs(struct ike *ike, const struct ike_path *path);
/* Whether an IKE SA with this peer is still of use. */
bool tunnels_need(struct ike *ike, const struct ike_path *path);
/* INITIAL-CONTACT: the peer has no SAs but those to come. */
void tunnels_initial_contact(struct ike_sa *sa);
/* The peer does not answer (DPD-10): its pairs go, the next peer is tried. */
void tunnels_peer_dead(struct ike *ike, const struct ike_path *path);
/* A delete payload: SPIs of the peer's inbound SAs, our outbound ones. */
void tunnels_peer_deleted(struct ike_sa *sa, uint8_t protocol, uint32_t spi);
/*
 * INVALID-SPI (INVSPI-3): the peer does not have the SA that we send on. It ends;
 * the next packet asks for a new one. False if it is none of ours.
 */
bool tunnels_peer_lacks(struct ike_sa *sa, uint8_t protocol, uint32_t spi);

/* --- from the engine: a new configuration is in force; the end of all, silently */
void tunnels_configure(struct ike *ike, bool changed);
void tunnels_free(struct ike *ike);

/* --- from quick mode */
void tunnel_add_pair(struct tunnel *tunnel, struct sa_pair *pair);
void tunnel_quick_failed(struct tunnel *tunnel, bool refused, const char *why);

/* --- inside of tunnel.c and pairs.c */
/* The peer that is tried first is tried first again: the default one, or the first. */
void tunnel_first_peer(struct tunnel *tunnel);
/* It may be that its peers are others: where it is found by their addresses. */
void tunnel_index(struct tunnel *tunnel);
void tunnel_want(struct tunnel *tunnel);
void tunnel_free(struct tunnel *tunnel);
/* The tunnel of a flow, a new one if there is none. NULL without memory. */
struct tunnel *tunnel_obtain(struct ike *ike, const struct cm_flow *flow);
/* Its flow is not in force any more. */
void tunnel_flow_gone(struct tunnel *tunnel);
/* Ends a pair in the kernel and in the books; @tell the peer, if there is an IKE SA to do it by. */
void tunnel_end_pair(struct sa_pair *pair, bool tell);
/* The same for one that is in no tunnel yet, and that the peer may have. */
void tunnel_disown_pair(struct tunnel *tunnel, struct sa_pair *pair);
struct sa_pair *tunnel_current(const struct tunnel *tunnel);
/* SAs of an engine before this one; once, after the first tunnels_configure(). */
void tunnels_adopt(struct ike *ike);
/* Ends pairs of which the kernel lacks a half. */
void tunnels_verify(struct ike *ike);
/* Before a negotiation: the oldest of those that retire go, if there are too many. */
void tunnel_make_room(struct tunnel *tunnel);
/* An old pair goes soon; who has replaced it (@ours) does it. */
void tunnel_retire_pair(struct sa_pair *pair, bool ours);
/* In how many ms an IKE SA for adopted pairs is made. */
void tunnel_reconnect(struct tunnel *tunnel, uint64_t ms);

void tunnel_each(struct ike *ike, void (*fn)(void *arg, const struct tunnel *tunnel), void *arg);

#endif /* _IPSECD_IKE_TUNNEL_H */

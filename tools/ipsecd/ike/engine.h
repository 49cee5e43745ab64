/* SPDX-License-Identifier: GPL-2.0-or-later */
/* engine - the inside of struct ike, for the files of this directory. */
#ifndef _IPSECD_IKE_ENGINE_H
#define _IPSECD_IKE_ENGINE_H

#include <sys/queue.h>

#include "ike.h"
#include "lib/repeats.h"
#include "rate.h"

struct half_open_table;
struct trust;

/**
 * struct ike - one engine
 * @world, @arg: around us
 * @kernel: data plane
 * @config, @policy: in force, borrowed; NULL before the first ike_configure()
 * @sas: hash table (uthash) by cookies; see sa.h
 * @peers: hash table by address of what is with it; see peer.h
 * @names: hash table by host name; see names.h
 * @half_open: openings of others that have proven nothing yet
 * @trusts: trustpoints whose files were read
 * @complaints: lines of log about those who have proven nothing
 * @repeats: lines of log about peers that may cause as many as they like; see report.h
 * @repeating: timer of that
 * @refusals: answers in clear to them
 * @aggressive: Diffie-Hellman for them
 * @tunnels: hash table by flow
 * @next_flow: number that the next flow of a dynamic map has, most likely
 * @dynamic: timer for flows of dynamic maps that are not in use
 * @sweeping: it is set
 * @doubts: events were lost: SAs may be gone
 * @adopted: SAs of an engine before this one were looked for
 * @next_conn_id: of IKE SAs, from 1001 on as IOS
 * @cookie_secret: of the cookies that we give out
 * @counters: of enum ike_counter
 */
struct ike {
	const struct ike_world *world;
	void *arg;
	struct kernel *kernel;
	const struct config *config;
	struct policy *policy;
	struct ike_sa *sas;
	struct peer *peers;
	struct name *names;
	struct half_open_table *half_open;
	LIST_HEAD(, trust) trusts;
	struct rate complaints;
	struct repeats repeats;
	struct ike_timer *repeating;
	struct rate refusals;
	struct rate aggressive;
	struct tunnel *tunnels;
	uint32_t next_flow;
	struct ike_timer *dynamic;
	bool sweeping;
	bool doubts;
	bool adopted;
	uint32_t next_conn_id;
	uint8_t cookie_secret[32];
	uint64_t counters[IKE_COUNTER_N];
};

/* Whether a crypto map has it as its local address: nowhere else is anybody answered. */
bool ike_local_is_ours(const struct ike *ike, const struct addr *local);

static inline uint64_t ike_now(const struct ike *ike)
{
	return ike->world->now(ike->arg);
}

static inline void ike_count(struct ike *ike, enum ike_counter counter)
{
	ike->counters[counter]++;
}

#endif /* _IPSECD_IKE_ENGINE_H */

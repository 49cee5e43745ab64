/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Policy (the SPD of RFC 4301): crypto maps, what they select, and the flows
 * that come of it.
 *
 * A flow is one permit rule of one map entry on one interface: what one pair
 * of SAs serves. Flows outlive commits as long as a rule that is equal to
 * theirs is there.
 */
#ifndef _CM_POLICY_H
#define _CM_POLICY_H

#include <linux/if.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/refcount.h>
#include <linux/rhashtable.h>
#include <linux/xarray.h>
#include <uapi/linux/cryptomap.h>

#include "acl.h"
#include "binding.h"
#include "hold.h"

struct cm_net;
struct cm_policy_stage;
struct cm_sa;

/**
 * struct cm_flow_key - what makes two flows equal
 * @sel: selector of the rule, as in packets that leave
 * @ifindex: interface that the map is bound to, if it is by index alone
 * @ifname: else its name, padded with zeros
 * @seq: of the map entry
 * @subseq: of the map entry
 * @map: name of the crypto map, padded with zeros
 *
 * Zeroed before it is filled, so that it can be hashed and compared as bytes.
 */
struct cm_flow_key {
	struct cm_selector sel;
	u32 ifindex;
	char ifname[IFNAMSIZ];
	u32 seq;
	u32 subseq;
	char map[CRYPTOMAP_MAP_NAME_MAX + 1];
};

/**
 * struct cm_flow_config - what a commit may change of a flow
 * @df_bit: enum cryptomap_df_bit
 * @fragmentation: enum cryptomap_fragmentation
 * @kind: enum cryptomap_entry_kind
 * @hold_limit: most packets that wait for an SA
 * @ifindex: of the interface, as the daemon said it; or 0
 * @index: of the rule in its map entry
 */
struct cm_flow_config {
	u8 df_bit;
	u8 fragmentation;
	u8 kind;
	u32 hold_limit;
	u32 ifindex;
	u32 index;
};

/**
 * struct cm_flow - what one pair of SAs serves
 * @out: SA for packets that leave; written under cm_net.lock with
 *	@hold.queue.lock, read under RCU
 * @df_bit: enum cryptomap_df_bit, may change at a commit
 * @fragmentation: enum cryptomap_fragmentation, may change at a commit
 * @kind: enum cryptomap_entry_kind, may change at a commit
 * @key: identity; never changes
 * @id: number for netlink; never changes, not used again soon
 * @hold: packets that wait for @out
 * @sent_unanswered: jiffies (never 0) of the first packet sent since one was
 *	received, 0 if none; for liveness
 * @send_errors: packets dropped on the way out
 * @recv_errors: packets dropped on the way in
 * @encaps: of SAs that are no more; under cm_net.lock
 * @decaps: likewise
 * @encaps_base: what stats-clear subtracts; under cm_net.lock
 * @decaps_base: likewise
 * @sas: all SAs of the flow, newest first; under cm_net.lock
 * @ifindex: as in its last configuration; see cm_flow_ifindex()
 * @inbound: number of inbound SAs in @sas; written under cm_net.lock
 * @index: of the rule in its map entry; under cm_net.lock
 * @mark: cm_policies.mark of the last commit that has this flow
 * @born: cm_policies.mark of the commit that made it
 * @next: set by the commit under way, taken over once nothing can fail
 * @ref: policy, SAs, packets under way and dumps
 * @net: the namespace
 * @node: in cm_policies.flows
 * @rcu: for the release
 */
struct cm_flow {
	struct cm_sa __rcu *out;
	u8 df_bit;
	u8 fragmentation;
	u8 kind;
	struct cm_flow_key key;
	u32 id;
	struct cm_hold hold;
	unsigned long sent_unanswered;
	atomic_long_t send_errors;
	atomic_long_t recv_errors;
	u64 encaps;
	u64 decaps;
	u64 encaps_base;
	u64 decaps_base;
	struct list_head sas;
	u32 ifindex;
	u32 inbound;
	u32 index;
	u32 mark;
	u32 born;
	struct cm_flow_config next;
	refcount_t ref;
	struct cm_net *net;
	struct rhash_head node;
	struct rcu_head rcu;
};

/*
 * A policy in force. But for the devices of its bindings it never changes; a
 * commit replaces it.
 */
struct cm_policy;

/**
 * struct cm_policies - control side of a namespace's policy
 * @stage: the staged policy, or NULL
 * @stage_owner: netlink port that it belongs to
 * @stage_last: number of the last stage
 * @generation: of the policy in force
 * @mark: number of the last attempt to commit, never 0
 * @flows: all flows by key
 * @ids: all flows by id; read under RCU
 * @next_id: where the search for a free id goes on
 * @devices: protects cm_bindings.ports of the policy in force; inside of
 *	cm_net.lock, and of RTNL, which is never taken inside of either
 *
 * All under cm_net.lock but @devices.
 */
struct cm_policies {
	struct cm_policy_stage *stage;
	u32 stage_owner;
	u32 stage_last;
	u32 generation;
	u32 mark;
	struct rhashtable flows;
	struct xarray ids;
	u32 next_id;
	struct mutex devices;	/* ports of the policy in force */
};

int cm_policy_init_net(struct cm_net *cn);
void cm_policy_exit_net(struct cm_net *cn);

/* Packet side; all under rcu_read_lock. */
const struct cm_binding *cm_policy_binding(const struct cm_net *cn,
					   int ifindex, u8 family);
bool cm_policy_is_peer(const struct cm_net *cn, const union cm_addr *addr,
		       u8 family);

static inline struct cm_flow *cm_policy_match(const struct cm_binding *binding,
					      const struct cm_acl_key *key)
{
	const struct cm_acl_rule *rule = cm_acl_lookup(binding->acl, key);

	return rule ? rule->flow : NULL;
}

/*
 * Whether a packet that no rule matched might be protected nonetheless: a rule
 * asks for a protocol that cannot be seen in it. It must not pass in clear.
 */
static inline bool cm_policy_hides(const struct cm_binding *binding,
				   const struct cm_acl_key *key)
{
	return unlikely(key->opaque) && cm_binding_match_any(binding, key);
}

/* Flows. */
struct cm_flow *cm_flow_by_id(struct cm_net *cn, u32 id);
u32 cm_flow_count(struct cm_net *cn);
u32 cm_flow_ifindex(const struct cm_flow *flow);
void cm_flow_free_rcu(struct cm_flow *flow);

static inline bool cm_flow_get(struct cm_flow *flow)
{
	return refcount_inc_not_zero(&flow->ref);
}

static inline void cm_flow_put(struct cm_flow *flow)
{
	if (refcount_dec_and_test(&flow->ref))
		cm_flow_free_rcu(flow);
}

/* Control side, for netlink.c; each takes cm_net.lock itself. */
int cm_policy_stage(struct cm_net *cn, u32 portid, const u32 *generation,
		    u32 *stage, struct netlink_ext_ack *extack);
int cm_policy_add(struct cm_net *cn, u32 portid, u32 stage,
		  const struct nlmsghdr *nlh, struct netlink_ext_ack *extack);
struct cm_policy_change {
	u32 generation;
	u32 kept;
	u32 added;
	u32 removed;
};

int cm_policy_commit(struct cm_net *cn, u32 portid, u32 stage,
		     struct cm_policy_change *change,
		     struct netlink_ext_ack *extack);
int cm_policy_abort(struct cm_net *cn, u32 portid, u32 stage,
		    struct netlink_ext_ack *extack);
void cm_policy_port_gone(struct cm_net *cn, u32 portid);
int cm_policy_device_named(struct cm_net *cn, int ifindex, const char *name);
void cm_policy_device_gone(struct cm_net *cn, int ifindex);

#endif /* _CM_POLICY_H */

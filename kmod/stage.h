/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A staged policy: what policy-add messages said, before it is compiled.
 * Nothing of it has any effect. All under cm_net.lock.
 */
#ifndef _CM_STAGE_H
#define _CM_STAGE_H

#include <linux/if.h>
#include <linux/list.h>
#include <linux/netlink.h>
#include <linux/rhashtable.h>
#include <linux/xarray.h>
#include <uapi/linux/cryptomap.h>

#include "acl.h"

/* Address of a peer; zeroed before it is filled, compared as bytes. */
struct cm_peer {
	union cm_addr addr;
	u8 family;
	u8 zero[7];
};

/**
 * struct cm_stage_rule - one ACE
 * @index: order in the entry
 * @permit: protect what matches
 * @sel: valid
 * @batch: rules of the message being read
 */
struct cm_stage_rule {
	u32 index;
	bool permit;
	struct cm_selector sel;
	struct list_head batch;
};

/* What names a map entry; zeroed before it is filled, hashed as bytes. */
struct cm_stage_key {
	u32 family;
	u32 seq;
	u32 subseq;
	char map[CRYPTOMAP_MAP_NAME_MAX + 1];
};

/**
 * struct cm_stage_entry - one crypto map entry
 * @key: what names it
 * @kind: enum cryptomap_entry_kind
 * @bound: its map is on an interface; set while the policy is compiled
 * @hold_limit: packets held for each flow
 * @peers: configured peers, @peer_count of them
 * @rules: struct cm_stage_rule by index, @rule_count of them
 * @node: in cm_policy_stage.entries
 * @list: in cm_policy_stage.list
 */
struct cm_stage_entry {
	struct cm_stage_key key;
	u8 kind;
	bool bound;
	u32 hold_limit;
	u32 peer_count;
	struct cm_peer peers[CRYPTOMAP_PEERS_MAX];
	u32 rule_count;
	struct xarray rules;
	struct rhash_head node;
	struct list_head list;
};

/**
 * struct cm_stage_binding - a crypto map on an interface
 * @ifindex: the interface, or 0: only its name is known
 * @ifname: its name, padded with zeros, or empty
 * @family: AF_INET or AF_INET6
 * @has_local: @local is given
 * @df_bit: enum cryptomap_df_bit
 * @fragmentation: enum cryptomap_fragmentation
 * @local: address of this end
 * @map: name of the crypto map, padded with zeros
 * @list: in cm_policy_stage.bindings, in order of arrival
 */
struct cm_stage_binding {
	u32 ifindex;
	char ifname[IFNAMSIZ];
	u8 family;
	bool has_local;
	u8 df_bit;
	u8 fragmentation;
	union cm_addr local;
	char map[CRYPTOMAP_MAP_NAME_MAX + 1];
	struct list_head list;
};

/**
 * struct cm_policy_stage - the whole of it
 * @entries: struct cm_stage_entry by key
 * @list: the same in order of arrival, @entry_count of them
 * @bindings: struct cm_stage_binding
 */
struct cm_policy_stage {
	struct rhashtable entries;
	struct list_head list;
	u32 entry_count;
	struct list_head bindings;
};

struct cm_policy_stage *cm_stage_create(void);
void cm_stage_free(struct cm_policy_stage *stage);
int cm_stage_add(struct cm_policy_stage *stage, const struct nlmsghdr *nlh,
		 struct netlink_ext_ack *extack);

#endif /* _CM_STAGE_H */

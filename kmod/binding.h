/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Crypto maps on interfaces.
 *
 * A binding goes by the name of its interface, by its index, or by both. The
 * devices that it is in force on are its ports. Packets look for the port of
 * their device; the device's name is only looked at when it gets one.
 */
#ifndef _CM_BINDING_H
#define _CM_BINDING_H

#include <linux/bitmap.h>
#include <linux/hashtable.h>
#include <linux/if.h>
#include <linux/list.h>

#include "acl.h"
#include "stage.h"

struct cm_net;

/* Addresses of peers, sorted, each once or several times. */
struct cm_peers {
	struct cm_peer *list;
	u32 count;
};

/**
 * struct cm_binding - a crypto map on an interface, compiled
 * @ifindex: the interface, or 0 if it is known by name only
 * @ifname: its name, or empty if it is known by index only
 * @family: AF_INET or AF_INET6
 * @has_local: @local is given
 * @any_peer: an entry is for peers that are not known before
 * @local: address of this end; ESP and AH to it, and IKE between it and the
 *	peers, or anybody with @any_peer, are not clear text
 * @peers: of all entries
 * @protos: protocols that rules ask for; bit 0 is one that none asks for
 * @acl: all rules of the map in order; rule.flow is a struct cm_flow
 * @list: in cm_bindings.all
 *
 * Never changes.
 */
struct cm_binding {
	u32 ifindex;
	char ifname[IFNAMSIZ];
	u8 family;
	bool has_local;
	bool any_peer;
	union cm_addr local;
	struct cm_peers peers;
	DECLARE_BITMAP(protos, 256);
	struct cm_acl *acl;
	struct list_head list;
};

#define CM_BINDING_HASH_BITS	6

/**
 * struct cm_bindings - those of one policy
 * @all: struct cm_binding
 * @ports: devices that have a map, by index; written under
 *	cm_policies.devices, read under RCU
 */
struct cm_bindings {
	struct list_head all;
	DECLARE_HASHTABLE(ports, CM_BINDING_HASH_BITS);
};

void cm_bindings_init(struct cm_bindings *bindings);
void cm_bindings_free(struct cm_bindings *bindings);
int cm_bindings_attach(struct cm_net *cn, struct cm_bindings *bindings);
int cm_bindings_named(struct cm_bindings *bindings, int ifindex,
		      const char *name);
void cm_bindings_gone(struct cm_bindings *bindings, int ifindex);

/* Packet side; all under rcu_read_lock. */
const struct cm_binding *cm_binding_find(const struct cm_bindings *bindings,
					 int ifindex, u8 family);
bool cm_binding_is_ike(const struct cm_binding *binding,
		       const struct cm_acl_key *key);
bool cm_binding_match_any(const struct cm_binding *binding,
			  const struct cm_acl_key *key);

bool cm_peers_have(const struct cm_peers *peers, const union cm_addr *addr,
		   u8 family);
void cm_peers_sort(struct cm_peers *peers);

#endif /* _CM_BINDING_H */

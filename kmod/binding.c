// SPDX-License-Identifier: GPL-2.0
/*
 * Crypto maps on interfaces; see binding.h.
 *
 * A device that gets the name of a binding has its map before it can be up,
 * with or without a daemon. One that loses the name keeps the map: what was
 * protected on it must not go in clear for a rename. The next commit decides.
 */

#include <linux/bsearch.h>
#include <linux/netdevice.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "binding.h"
#include "net.h"
#include "packet.h"

/**
 * struct port - a device that has a map
 * @ifindex: the device
 * @family: of the binding
 * @binding: its map
 * @node: in cm_bindings.ports
 * @rcu: for the release
 */
struct port {
	int ifindex;
	u8 family;
	const struct cm_binding *binding;
	struct hlist_node node;
	struct rcu_head rcu;
};

/* Peers */

static int compare_peers(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct cm_peer));
}

/**
 * cm_peers_sort - make peers ready for cm_peers_have()
 * @peers: filled
 */
void cm_peers_sort(struct cm_peers *peers)
{
	sort(peers->list, peers->count, sizeof(*peers->list), compare_peers,
	     NULL);
}

/**
 * cm_peers_have - whether an address is among peers
 * @peers: sorted
 * @addr: the address
 * @family: AF_INET or AF_INET6
 */
bool cm_peers_have(const struct cm_peers *peers, const union cm_addr *addr,
		   u8 family)
{
	struct cm_peer key;

	memset(&key, 0, sizeof(key));
	key.addr = *addr;
	key.family = family;
	return bsearch(&key, peers->list, peers->count, sizeof(key),
		       compare_peers);
}

/* Packet side */

static struct port *find_port(const struct cm_bindings *bindings, int ifindex,
			      u8 family)
{
	struct port *port;

	hash_for_each_possible_rcu(bindings->ports, port, node, ifindex, true) {
		if (port->ifindex == ifindex && port->family == family)
			return port;
	}
	return NULL;
}

/**
 * cm_binding_find - the crypto map on a device
 * @bindings: of the policy in force
 * @ifindex: the device
 * @family: AF_INET or AF_INET6
 *
 * Context: under RCU.
 * Return: the binding, or NULL.
 */
const struct cm_binding *cm_binding_find(const struct cm_bindings *bindings,
					 int ifindex, u8 family)
{
	const struct port *port = find_port(bindings, ifindex, family);

	return port ? port->binding : NULL;
}

/**
 * cm_binding_is_ike - whether a packet is IKE between this end and a peer
 * @binding: of the interface
 * @key: of the packet; the local end is the source
 *
 * Not with anybody, if there is no entry that asks for it: else every program
 * that may use the ports could speak in clear to whom the map protects.
 *
 * Context: under RCU.
 */
bool cm_binding_is_ike(const struct cm_binding *binding,
		       const struct cm_acl_key *key)
{
	return binding->has_local && cm_packet_is_ike(key) &&
	       !memcmp(&key->src, &binding->local, sizeof(key->src)) &&
	       (binding->any_peer ||
		cm_peers_have(&binding->peers, &key->dst, key->family));
}

/**
 * cm_binding_match_any - whether a rule matches a packet of some protocol
 * @binding: of the interface
 * @key: packet that does not tell its protocol; its ports are not looked at
 *
 * Context: under RCU.
 */
bool cm_binding_match_any(const struct cm_binding *binding,
			  const struct cm_acl_key *key)
{
	struct cm_acl_key guess = *key;
	unsigned int proto;

	guess.has_ports = false;
	for_each_set_bit(proto, binding->protos, 256) {
		guess.proto = proto;
		if (cm_policy_match(binding, &guess))
			return true;
	}
	return false;
}

/* Devices */

/* The device has this map from now on, whichever it had before. */
static int put_port(struct cm_bindings *bindings, int ifindex,
		    const struct cm_binding *binding)
{
	struct port *old = find_port(bindings, ifindex, binding->family);
	struct port *port;

	if (old && old->binding == binding)
		return 0;
	port = kzalloc(sizeof(*port), GFP_KERNEL);
	if (!port)
		return -ENOMEM;
	port->ifindex = ifindex;
	port->family = binding->family;
	port->binding = binding;
	if (old) {
		hlist_replace_rcu(&old->node, &port->node);
		kfree_rcu(old, rcu);
	} else {
		hash_add_rcu(bindings->ports, &port->node, ifindex);
	}
	return 0;
}

/**
 * cm_bindings_named - a device has got a name
 * @bindings: of the policy in force
 * @ifindex: the device
 * @name: its name
 *
 * Context: process, cm_policies.devices held.
 * Return: 0 or -ENOMEM; then the device must not have the name.
 */
int cm_bindings_named(struct cm_bindings *bindings, int ifindex,
		      const char *name)
{
	const struct cm_binding *binding;
	int err;

	list_for_each_entry(binding, &bindings->all, list) {
		if (strcmp(binding->ifname, name))
			continue;
		err = put_port(bindings, ifindex, binding);
		if (err)
			return err;
	}
	return 0;
}

/**
 * cm_bindings_gone - a device is gone
 * @bindings: of the policy in force
 * @ifindex: the device; another one may get this index
 *
 * A binding by index alone stays there for whatever device has it.
 *
 * Context: process, cm_policies.devices held.
 */
void cm_bindings_gone(struct cm_bindings *bindings, int ifindex)
{
	struct hlist_node *next;
	struct port *port;

	hash_for_each_possible_safe(bindings->ports, port, next, node,
				    ifindex) {
		if (port->ifindex != ifindex || !*port->binding->ifname)
			continue;
		hash_del_rcu(&port->node);
		kfree_rcu(port, rcu);
	}
}

static int index_of(struct net *net, const char *name)
{
	const struct net_device *dev;
	int ifindex;

	rcu_read_lock();
	dev = dev_get_by_name_rcu(net, name);
	ifindex = dev ? dev->ifindex : 0;
	rcu_read_unlock();
	return ifindex;
}

static bool exists(struct net *net, int ifindex)
{
	bool found;

	rcu_read_lock();
	found = dev_get_by_index_rcu(net, ifindex);
	rcu_read_unlock();
	return found;
}

/*
 * The index that the daemon has seen first: if the device has another name by
 * now the map stays on it, and the name's new owner has it, too.
 */
static int attach(struct cm_net *cn, struct cm_bindings *bindings,
		  const struct cm_binding *binding)
{
	int ifindex, err = 0;

	if (binding->ifindex &&
	    (!*binding->ifname || exists(cn->net, binding->ifindex)))
		err = put_port(bindings, binding->ifindex, binding);
	ifindex = *binding->ifname ? index_of(cn->net, binding->ifname) : 0;
	if (!err && ifindex)
		err = put_port(bindings, ifindex, binding);
	return err;
}

/**
 * cm_bindings_attach - give the bindings of a new policy their devices
 * @cn: namespace
 * @bindings: which no packet sees yet
 *
 * Context: process, cm_policies.devices held from here until the policy is in
 * force, so that no device is missed.
 * Return: 0 or -ENOMEM.
 */
int cm_bindings_attach(struct cm_net *cn, struct cm_bindings *bindings)
{
	const struct cm_binding *binding;
	int err;

	lockdep_assert_held(&cn->policies.devices);
	list_for_each_entry(binding, &bindings->all, list) {
		err = attach(cn, bindings, binding);
		if (err)
			return err;
	}
	return 0;
}

/* Life */

void cm_bindings_init(struct cm_bindings *bindings)
{
	INIT_LIST_HEAD(&bindings->all);
	hash_init(bindings->ports);
}

/* No packet sees them any more. */
void cm_bindings_free(struct cm_bindings *bindings)
{
	struct cm_binding *binding, *next;
	struct hlist_node *next_port;
	struct port *port;
	int bucket;

	hash_for_each_safe(bindings->ports, bucket, next_port, port, node)
		kfree(port);
	list_for_each_entry_safe(binding, next, &bindings->all, list) {
		cm_acl_free(binding->acl);
		kvfree(binding->peers.list);
		kfree(binding);
		cond_resched();
	}
}

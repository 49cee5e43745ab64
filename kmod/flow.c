// SPDX-License-Identifier: GPL-2.0
/* Flows, as others than the policy see them; see policy.h. */

#include <linux/netdevice.h>
#include <linux/slab.h>

#include "net.h"

/**
 * cm_flow_by_id - find a flow by its number
 * @cn: namespace
 * @id: the number
 *
 * Context: cm_net.lock held.
 * Return: the flow, or NULL.
 */
struct cm_flow *cm_flow_by_id(struct cm_net *cn, u32 id)
{
	lockdep_assert_held(&cn->lock);
	return xa_load(&cn->policies.ids, id);
}

/**
 * cm_flow_count - number of flows
 * @cn: namespace
 */
u32 cm_flow_count(struct cm_net *cn)
{
	return atomic_read(&cn->policies.flows.nelems);
}

/**
 * cm_flow_ifindex - the interface of a flow as it is now
 * @flow: the flow
 *
 * Context: any.
 * Return: its index; if its name is nobody's the last one that was asked for,
 * which may be 0.
 */
u32 cm_flow_ifindex(const struct cm_flow *flow)
{
	const struct net_device *dev = NULL;
	u32 ifindex;

	rcu_read_lock();
	if (*flow->key.ifname)
		dev = dev_get_by_name_rcu(flow->net->net, flow->key.ifname);
	ifindex = dev ? dev->ifindex : READ_ONCE(flow->ifindex);
	rcu_read_unlock();
	return ifindex;
}

/**
 * cm_flow_free_rcu - the last reference to a flow is gone
 * @flow: freed after a grace period; its queue is closed and empty
 *
 * Context: any.
 */
void cm_flow_free_rcu(struct cm_flow *flow)
{
	kfree_rcu(flow, rcu);
}

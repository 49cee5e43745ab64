/* SPDX-License-Identifier: GPL-2.0 */
/* All that the module keeps for one network namespace. */
#ifndef _CM_NET_H
#define _CM_NET_H

#include <linux/mutex.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "drop.h"
#include "hold.h"
#include "policy.h"
#include "sadb.h"

/* Counters of the namespace, one set for each CPU. */
struct cm_net_stats {
	u64 drops[CM_DROP_MAX];
	u64 encaps;
	u64 decaps;
};

/**
 * struct cm_net - the data plane of one namespace
 * @net: the namespace; it outlives this
 * @lock: serialises every change of policy and SADB; readers use RCU
 * @policy: the policy in force; written under @lock, read under RCU
 * @policies: what only the control side of policy.c needs; under @lock
 * @sadb: security associations
 * @hold: packets that wait for an SA, all flows together
 * @stats: per-CPU counters
 * @stats_base: what stats-clear subtracts; under @lock
 */
struct cm_net {
	struct net *net;
	struct mutex lock;	/* policy, SADB and all of the control side */
	struct cm_policy __rcu *policy;
	struct cm_policies policies;
	struct cm_sadb sadb;
	struct cm_hold_net hold;
	struct cm_net_stats __percpu *stats;
	struct cm_net_stats stats_base;
};

extern unsigned int cm_net_id;

static inline struct cm_net *cm_net(const struct net *net)
{
	return net_generic(net, cm_net_id);
}

void cm_net_stats_sum(struct cm_net *cn, struct cm_net_stats *sum);
void cm_net_stats_clear(struct cm_net *cn);

#endif /* _CM_NET_H */

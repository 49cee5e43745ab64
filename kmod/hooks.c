// SPDX-License-Identifier: GPL-2.0
/*
 * Netfilter hooks, the places where the data plane meets packets of others.
 * Behind source NAT on the way out, so that access lists see the addresses
 * that the peer sees; in front of conntrack and destination NAT on the way in,
 * for the same reason, and so that refused packets leave no trace there.
 */

#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>

#include "hooks.h"
#include "input.h"
#include "output.h"

#define CM_HOOKS_OUT	(NF_IP_PRI_NAT_SRC + 100)
#define CM_HOOKS_IN	(NF_IP_PRI_CONNTRACK - 50)

static const struct nf_hook_ops hooks[] = {
	{
		.hook		= cm_output_hook,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_POST_ROUTING,
		.priority	= CM_HOOKS_OUT,
	}, {
		.hook		= cm_output_hook,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_POST_ROUTING,
		.priority	= CM_HOOKS_OUT,
	}, {
		.hook		= cm_input_hook,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= CM_HOOKS_IN,
	}, {
		.hook		= cm_input_hook,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= CM_HOOKS_IN,
	},
};

/* Begin to see the packets of a namespace; its policy side is ready. */
int cm_hooks_init_net(struct net *net)
{
	return nf_register_net_hooks(net, hooks, ARRAY_SIZE(hooks));
}

/* Stop to see packets; those under way end with the next grace period. */
void cm_hooks_exit_net(struct net *net)
{
	nf_unregister_net_hooks(net, hooks, ARRAY_SIZE(hooks));
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Netfilter hooks, the places where the data plane meets packets of others.
 * Behind source NAT on the way out, so that access lists see the addresses
 * that the peer sees; in front of conntrack and destination NAT on the way in,
 * for the same reason, and so that refused packets leave no trace there. In
 * front of conntrack's reassembly, too: it would put fragments in clear and
 * decrypted ones together, and the packet would bear the mark of the last.
 */

#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/rcupdate.h>

#include "hooks.h"
#include "input.h"
#include "output.h"

#define CM_HOOKS_OUT	(NF_IP_PRI_NAT_SRC + 100)
#define CM_HOOKS_IN	(NF_IP_PRI_CONNTRACK_DEFRAG - 20)

static const struct nf_hook_ops hooks_out[] = {
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
	},
};

static const struct nf_hook_ops hooks_in[] = {
	{
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
	int err;

	err = nf_register_net_hooks(net, hooks_out, ARRAY_SIZE(hooks_out));
	if (err)
		return err;
	err = nf_register_net_hooks(net, hooks_in, ARRAY_SIZE(hooks_in));
	if (err)
		nf_unregister_net_hooks(net, hooks_out, ARRAY_SIZE(hooks_out));
	return err;
}

/*
 * Stop to see packets; those under way end with the next grace period. A packet
 * that is on its way out may yet be queued to userspace, to come back to a
 * function of ours. Unregistration drops what is queued, so it happens once
 * more when no packet can be on its way any longer.
 */
void cm_hooks_exit_net(struct net *net)
{
	nf_unregister_net_hooks(net, hooks_out, ARRAY_SIZE(hooks_out));
	synchronize_net();
	nf_unregister_net_hooks(net, hooks_in, ARRAY_SIZE(hooks_in));
}

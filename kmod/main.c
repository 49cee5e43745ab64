// SPDX-License-Identifier: GPL-2.0
/* Loading and unloading, and the life of a namespace. */

#include <linux/init.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <net/net_namespace.h>

#include "crypto.h"
#include "hooks.h"
#include "input.h"
#include "net.h"
#include "netlink.h"
#include "sa.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

unsigned int cm_net_id __read_mostly;

/**
 * cm_net_stats_sum - counters of a namespace since the last clear
 * @cn: namespace
 * @sum: filled
 *
 * Context: cm_net.lock held.
 */
void cm_net_stats_sum(struct cm_net *cn, struct cm_net_stats *sum)
{
	int cpu, i;

	lockdep_assert_held(&cn->lock);
	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct cm_net_stats *one = per_cpu_ptr(cn->stats, cpu);

		for (i = 0; i < CM_DROP_MAX; i++)
			sum->drops[i] += READ_ONCE(one->drops[i]);
		sum->encaps += READ_ONCE(one->encaps);
		sum->decaps += READ_ONCE(one->decaps);
	}
	for (i = 0; i < CM_DROP_MAX; i++)
		sum->drops[i] -= cn->stats_base.drops[i];
	sum->encaps -= cn->stats_base.encaps;
	sum->decaps -= cn->stats_base.decaps;
}

/**
 * cm_net_stats_clear - let the counters of a namespace begin at zero again
 * @cn: namespace
 *
 * Context: cm_net.lock held.
 */
void cm_net_stats_clear(struct cm_net *cn)
{
	struct cm_net_stats now;

	/* Not summed into the base itself, which would be subtracted from it. */
	memset(&cn->stats_base, 0, sizeof(cn->stats_base));
	cm_net_stats_sum(cn, &now);
	cn->stats_base = now;
}

static int __net_init cm_net_init(struct net *net)
{
	struct cm_net *cn = cm_net(net);
	int err = -ENOMEM;

	cn->net = net;
	mutex_init(&cn->lock);
	atomic_set(&cn->hold.held, 0);
	atomic_long_set(&cn->hold.bytes, 0);
	cn->stats = alloc_percpu(struct cm_net_stats);
	if (!cn->stats)
		return err;
	err = cm_policy_init_net(cn);
	if (err)
		goto err_stats;
	err = cm_sadb_init_net(cn);
	if (err)
		goto err_policy;
	err = cm_hooks_init_net(net);
	if (err)
		goto err_sadb;
	return 0;

err_sadb:
	cm_sadb_exit_net(cn);
err_policy:
	cm_policy_exit_net(cn);
err_stats:
	free_percpu(cn->stats);
	return err;
}

/*
 * Packets end first, then the policy with the SAs of its flows, then what is
 * left of SAs; the last of these waits for requests under way.
 */
static void __net_exit cm_net_exit(struct net *net)
{
	struct cm_net *cn = cm_net(net);

	cm_hooks_exit_net(net);
	synchronize_net();
	cm_policy_exit_net(cn);
	cm_sadb_exit_net(cn);
	free_percpu(cn->stats);
}

/*
 * Names of devices. A device whose map cannot be noted must not be: a failure
 * keeps it from being made or renamed.
 */
static int cm_device_event(struct notifier_block *nb, unsigned long event,
			   void *data)
{
	const struct net_device *dev = netdev_notifier_info_to_dev(data);
	struct cm_net *cn = cm_net(dev_net(dev));

	switch (event) {
	case NETDEV_REGISTER:
	case NETDEV_CHANGENAME:
		return notifier_from_errno(cm_policy_device_named(cn,
								  dev->ifindex,
								  dev->name));
	case NETDEV_UNREGISTER:
		cm_policy_device_gone(cn, dev->ifindex);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block cm_device_notifier = {
	.notifier_call = cm_device_event,
};

static struct pernet_operations cm_net_ops = {
	.init = cm_net_init,
	.exit = cm_net_exit,
	.id = &cm_net_id,
	.size = sizeof(struct cm_net),
};

static int __init cm_init(void)
{
	const char *stage = "security associations";
	int err;

	err = cm_sa_init();
	if (err)
		goto err;
	stage = "namespaces";
	err = register_pernet_subsys(&cm_net_ops);
	if (err)
		goto err_sa;
	stage = "devices";
	err = register_netdevice_notifier(&cm_device_notifier);
	if (err)
		goto err_net;
	stage = "protocol handlers";
	err = cm_input_init();
	if (err)
		goto err_devices;
	stage = "netlink";
	err = cm_netlink_init();
	if (err)
		goto err_input;
	return 0;

err_input:
	cm_input_stop();
	cm_input_exit();
err_devices:
	unregister_netdevice_notifier(&cm_device_notifier);
err_net:
	unregister_pernet_subsys(&cm_net_ops);
err_sa:
	cm_sa_exit();
err:
	pr_err("cryptomap: cannot set up %s: error %d\n", stage, err);
	return err;
}

static void __exit cm_exit(void)
{
	cm_netlink_exit();
	cm_input_stop();
	unregister_netdevice_notifier(&cm_device_notifier);
	unregister_pernet_subsys(&cm_net_ops);
	cm_sa_exit();
	cm_input_exit();
	cm_crypto_exit();
}

module_init(cm_init);
module_exit(cm_exit);

MODULE_DESCRIPTION("IPsec data plane: crypto maps, SA database, ESP");
MODULE_LICENSE("GPL");
MODULE_ALIAS_GENL_FAMILY(CRYPTOMAP_GENL_NAME);

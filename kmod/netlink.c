// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: policy, flows and statistics. The commands on
 * SAs are in netlink_sa.c. Tables of commands and attributes are generated,
 * see Documentation/netlink/specs/cryptomap.yaml; what they check is not
 * checked here again.
 *
 * Requests run in parallel as far as the netlink core is concerned, and one
 * after the other in a namespace by cm_net.lock.
 */

#include <linux/netlink.h>
#include <linux/rcupdate.h>
#include <net/genetlink.h>

#include "hold.h"
#include "net.h"
#include "netlink.h"
#include "pmtu.h"
#include "sa.h"

/*
 * Events tell about peers and traffic: as with the commands, whoever listens
 * needs a capability. (The generated table cannot say so.)
 */
static const struct genl_multicast_group groups[] = {
	[CRYPTOMAP_NLGRP_EVENTS] = {
		.name = CRYPTOMAP_MCGRP_EVENTS,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
};

/*
 * The generated table, but for sa-add: what the core refuses it frees and sends
 * back as it came, with the keys. So sa-add reads its attributes itself, by the
 * same policy, and wipes them whatever comes of it. It is the first command, as
 * the core does not let later ones do so.
 */
static struct genl_ops ops[ARRAY_SIZE(cryptomap_nl_ops)] __ro_after_init;

struct genl_family cm_netlink_family __ro_after_init = {
	.name		= CRYPTOMAP_GENL_NAME,
	.version	= CRYPTOMAP_GENL_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.ops		= ops,
	.n_ops		= ARRAY_SIZE(ops),
	.resv_start_op	= CRYPTOMAP_CMD_SA_ADD + 1,
	.mcgrps		= groups,
	.n_mcgrps	= ARRAY_SIZE(groups),
};

/* The family's groups are its own; while it is not registered they are not. */
static bool registered;

/**
 * cm_netlink_listening - whether anybody waits for events
 * @net: namespace
 *
 * Context: under RCU, which lasts until the event is sent.
 */
bool cm_netlink_listening(struct net *net)
{
	return READ_ONCE(registered) &&
	       genl_has_listeners(&cm_netlink_family, net,
				  CRYPTOMAP_NLGRP_EVENTS);
}

/* Reading */

/**
 * cm_netlink_text - refuse with a text that is not a literal
 * @extack: of the request
 * @attr: to blame, or NULL
 * @text: constant
 *
 * NL_SET_ERR_MSG() only takes literals, and 6.1 cannot format.
 */
void cm_netlink_text(struct netlink_ext_ack *extack, const struct nlattr *attr,
		     const char *text)
{
	if (!extack)
		return;
	extack->_msg = text;
	NL_SET_BAD_ATTR(extack, attr);
}

/**
 * cm_netlink_need - check that attributes are there
 * @tb: parsed attributes
 * @nest: that they are in, or NULL
 * @needs: those that must be there
 * @count: of @needs
 * @extack: for the refusal
 *
 * Return: 0 or -EINVAL.
 */
int cm_netlink_need(struct nlattr **tb, const struct nlattr *nest,
		    const struct cm_netlink_need *needs, unsigned int count,
		    struct netlink_ext_ack *extack)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (tb[needs[i].attr])
			continue;
		cm_netlink_text(extack, nest, needs[i].text);
		NL_SET_ERR_ATTR_MISS(extack, nest, needs[i].attr);
		return -EINVAL;
	}
	return 0;
}

/**
 * cm_netlink_af - read an address family
 * @attr: u16
 * @family: set to AF_INET or AF_INET6
 * @extack: for the refusal
 *
 * Return: 0 or -EAFNOSUPPORT.
 */
int cm_netlink_af(const struct nlattr *attr, u8 *family,
		  struct netlink_ext_ack *extack)
{
	u16 value = nla_get_u16(attr);

	if (value != AF_INET && value != AF_INET6) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "Address family is neither IPv4 nor IPv6");
		return -EAFNOSUPPORT;
	}
	*family = value;
	return 0;
}

/**
 * cm_netlink_addr_any - read an address, its length tells the family
 * @attr: 4 or 16 bytes
 * @addr: set, all of it
 * @family: set to AF_INET or AF_INET6
 * @extack: for the refusal
 *
 * Return: 0 or -EINVAL.
 */
int cm_netlink_addr_any(const struct nlattr *attr, union cm_addr *addr,
			u8 *family, struct netlink_ext_ack *extack)
{
	memset(addr, 0, sizeof(*addr));
	switch (nla_len(attr)) {
	case 4:
		*family = AF_INET;
		break;
	case 16:
		*family = AF_INET6;
		break;
	default:
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "Address is neither 4 nor 16 bytes long");
		return -EINVAL;
	}
	memcpy(addr, nla_data(attr), nla_len(attr));
	return 0;
}

/**
 * cm_netlink_addr - read an address of a known family
 * @attr: as many bytes as an address of @family has
 * @family: AF_INET or AF_INET6
 * @addr: set, all of it
 * @extack: for the refusal
 *
 * Return: 0 or -EINVAL.
 */
int cm_netlink_addr(const struct nlattr *attr, u8 family, union cm_addr *addr,
		    struct netlink_ext_ack *extack)
{
	u8 found;
	int err;

	err = cm_netlink_addr_any(attr, addr, &found, extack);
	if (err)
		return err;
	if (found == family)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr,
			    "Address is of the other address family");
	return -EINVAL;
}

/* Writing */

/**
 * cm_netlink_put_addr - write an address
 * @skb: message
 * @attr: number of the attribute
 * @addr: the address
 * @family: AF_INET or AF_INET6
 *
 * Return: 0 or -EMSGSIZE.
 */
int cm_netlink_put_addr(struct sk_buff *skb, int attr,
			const union cm_addr *addr, u8 family)
{
	return nla_put(skb, attr, family == AF_INET ? 4 : 16, addr);
}

/**
 * cm_netlink_put_drop - write how many packets were dropped for a reason
 * @skb: message
 * @attr: number of the nest
 * @reason: enum cm_drop
 * @count: packets
 *
 * Return: 0 or -EMSGSIZE.
 */
int cm_netlink_put_drop(struct sk_buff *skb, int attr, unsigned int reason,
			u64 count)
{
	struct nlattr *nest = nla_nest_start(skb, attr);

	if (!nest ||
	    nla_put_string(skb, CRYPTOMAP_A_DROP_REASON,
			   cm_drop_name(reason)) ||
	    nla_put_u64_64bit(skb, CRYPTOMAP_A_DROP_COUNT, count,
			      CRYPTOMAP_A_DROP_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * cm_netlink_reply_start - begin a reply
 * @info: the request
 * @cmd: command of the reply
 * @skb: set to the message
 * @hdr: set to its header, for cm_netlink_reply_end()
 *
 * Before a request is carried out, so that memory cannot be missing after.
 *
 * Return: 0 or a negative error.
 */
int cm_netlink_reply_start(struct genl_info *info, u8 cmd, struct sk_buff **skb,
			   void **hdr)
{
	*skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!*skb)
		return -ENOMEM;
	*hdr = genlmsg_put_reply(*skb, info, &cm_netlink_family, 0, cmd);
	if (*hdr)
		return 0;
	nlmsg_free(*skb);
	return -EMSGSIZE;
}

/**
 * cm_netlink_reply_end - send a reply, or forget it
 * @info: the request
 * @skb: message
 * @hdr: its header
 * @err: if not 0, the request is refused with it
 *
 * Return: 0 or a negative error.
 */
int cm_netlink_reply_end(struct genl_info *info, struct sk_buff *skb, void *hdr,
			 int err)
{
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, info);
}

/* Policy */

static const struct cm_netlink_need stage_needs[] = {
	{ CRYPTOMAP_A_POLICY_STAGE, "Number of the staged policy is missing" },
};

static int need_stage(struct genl_info *info, u32 *stage)
{
	int err;

	err = cm_netlink_need(info->attrs, NULL, stage_needs,
			      ARRAY_SIZE(stage_needs), info->extack);
	if (!err)
		*stage = nla_get_u32(info->attrs[CRYPTOMAP_A_POLICY_STAGE]);
	return err;
}

int cryptomap_nl_policy_stage_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *attr = info->attrs[CRYPTOMAP_A_POLICY_GENERATION];
	struct cm_net *cn = cm_net(genl_info_net(info));
	struct sk_buff *reply;
	u32 generation, stage;
	void *hdr;
	int err;

	if (attr)
		generation = nla_get_u32(attr);
	err = cm_netlink_reply_start(info, CRYPTOMAP_CMD_POLICY_STAGE, &reply, &hdr);
	if (err)
		return err;
	err = cm_policy_stage(cn, info->snd_portid, attr ? &generation : NULL,
			      &stage, info->extack);
	if (err == -ESTALE)
		NL_SET_BAD_ATTR(info->extack, attr);
	if (!err)
		err = nla_put_u32(reply, CRYPTOMAP_A_POLICY_STAGE, stage);
	return cm_netlink_reply_end(info, reply, hdr, err);
}

int cryptomap_nl_policy_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	u32 stage;
	int err;

	err = need_stage(info, &stage);
	if (err)
		return err;
	return cm_policy_add(cm_net(genl_info_net(info)), info->snd_portid,
			     stage, info->nlhdr, info->extack);
}

int cryptomap_nl_policy_commit_doit(struct sk_buff *skb,
				    struct genl_info *info)
{
	struct cm_net *cn = cm_net(genl_info_net(info));
	struct cm_policy_change change;
	struct sk_buff *reply;
	u32 stage;
	void *hdr;
	int err;

	err = need_stage(info, &stage);
	if (err)
		return err;
	err = cm_netlink_reply_start(info, CRYPTOMAP_CMD_POLICY_COMMIT, &reply, &hdr);
	if (err)
		return err;
	err = cm_policy_commit(cn, info->snd_portid, stage, &change,
			       info->extack);
	if (!err)
		err = nla_put_u32(reply, CRYPTOMAP_A_POLICY_GENERATION,
				  change.generation) ?:
		      nla_put_u32(reply, CRYPTOMAP_A_POLICY_FLOWS_KEPT,
				  change.kept) ?:
		      nla_put_u32(reply, CRYPTOMAP_A_POLICY_FLOWS_ADDED,
				  change.added) ?:
		      nla_put_u32(reply, CRYPTOMAP_A_POLICY_FLOWS_REMOVED,
				  change.removed);
	return cm_netlink_reply_end(info, reply, hdr, err);
}

int cryptomap_nl_policy_abort_doit(struct sk_buff *skb, struct genl_info *info)
{
	u32 stage;
	int err;

	err = need_stage(info, &stage);
	if (err)
		return err;
	return cm_policy_abort(cm_net(genl_info_net(info)), info->snd_portid,
			       stage, info->extack);
}

/* Flows */

static int put_selector_addr(struct sk_buff *skb, int addr_attr, int mask_attr,
			     const union cm_addr *addr,
			     const union cm_addr *mask, u8 family)
{
	static const union cm_addr any;

	if (!memcmp(mask, &any, sizeof(any)))
		return 0;
	return cm_netlink_put_addr(skb, addr_attr, addr, family) ?:
	       cm_netlink_put_addr(skb, mask_attr, mask, family);
}

static int put_ports(struct sk_buff *skb, int min_attr, int max_attr, u16 min,
		     u16 max)
{
	if (!min && max == U16_MAX)
		return 0;
	return nla_put_u16(skb, min_attr, min) ?:
	       nla_put_u16(skb, max_attr, max);
}

static int put_rule(struct sk_buff *skb, const struct cm_flow *flow)
{
	const struct cm_selector *sel = &flow->key.sel;
	struct nlattr *nest = nla_nest_start(skb, CRYPTOMAP_A_FLOW_RULE);

	if (!nest ||
	    nla_put_u32(skb, CRYPTOMAP_A_RULE_INDEX, flow->index) ||
	    nla_put_u32(skb, CRYPTOMAP_A_RULE_ACTION,
			CRYPTOMAP_ACTION_PERMIT) ||
	    nla_put_u8(skb, CRYPTOMAP_A_RULE_PROTO, sel->proto) ||
	    put_selector_addr(skb, CRYPTOMAP_A_RULE_SRC,
			      CRYPTOMAP_A_RULE_SRC_MASK, &sel->src,
			      &sel->src_mask, sel->family) ||
	    put_selector_addr(skb, CRYPTOMAP_A_RULE_DST,
			      CRYPTOMAP_A_RULE_DST_MASK, &sel->dst,
			      &sel->dst_mask, sel->family) ||
	    put_ports(skb, CRYPTOMAP_A_RULE_SPORT_MIN,
		      CRYPTOMAP_A_RULE_SPORT_MAX, sel->sport_min,
		      sel->sport_max) ||
	    put_ports(skb, CRYPTOMAP_A_RULE_DPORT_MIN,
		      CRYPTOMAP_A_RULE_DPORT_MAX, sel->dport_min,
		      sel->dport_max))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* Packets over the flow's whole life, of SAs that are no more, too. */
static void flow_packets(const struct cm_flow *flow, u64 *encaps, u64 *decaps)
{
	const struct cm_sa *sa;

	lockdep_assert_held(&flow->net->lock);
	*encaps = flow->encaps;
	*decaps = flow->decaps;
	list_for_each_entry(sa, &flow->sas, flow_node) {
		if (sa->direction == CRYPTOMAP_DIRECTION_OUT)
			*encaps += atomic64_read(&sa->packets) - sa->folded;
		else
			*decaps += atomic64_read(&sa->packets) - sa->folded;
	}
}

static int put_mtu(struct sk_buff *skb, const struct cm_flow *flow)
{
	u32 path = 0, plaintext = 0;
	struct cm_sa *sa;

	local_bh_disable();
	rcu_read_lock();
	sa = rcu_dereference(flow->out);
	if (sa)
		path = cm_pmtu_path(sa);
	if (path)
		plaintext = cm_pmtu_plaintext(sa, path);
	rcu_read_unlock();
	local_bh_enable();
	return nla_put_u32(skb, CRYPTOMAP_A_FLOW_PLAINTEXT_MTU, plaintext) ?:
	       nla_put_u32(skb, CRYPTOMAP_A_FLOW_PATH_MTU, path);
}

static int put_u64(struct sk_buff *skb, int attr, u64 value)
{
	return nla_put_u64_64bit(skb, attr, value, CRYPTOMAP_A_FLOW_PAD);
}

static int put_ifname(struct sk_buff *skb, const struct cm_flow *flow)
{
	if (!*flow->key.ifname)
		return 0;
	return nla_put_string(skb, CRYPTOMAP_A_FLOW_IFNAME, flow->key.ifname);
}

static int put_flow(struct sk_buff *skb, struct cm_flow *flow)
{
	u64 encaps, decaps;

	flow_packets(flow, &encaps, &decaps);
	return nla_put_u32(skb, CRYPTOMAP_A_FLOW_ID, flow->id) ?:
	       nla_put_u32(skb, CRYPTOMAP_A_FLOW_IFINDEX,
			   cm_flow_ifindex(flow)) ?:
	       nla_put_string(skb, CRYPTOMAP_A_FLOW_MAP, flow->key.map) ?:
	       nla_put_u16(skb, CRYPTOMAP_A_FLOW_FAMILY,
			   flow->key.sel.family) ?:
	       nla_put_u32(skb, CRYPTOMAP_A_FLOW_SEQ, flow->key.seq) ?:
	       nla_put_u32(skb, CRYPTOMAP_A_FLOW_KIND, flow->kind) ?:
	       put_rule(skb, flow) ?:
	       nla_put_u32(skb, CRYPTOMAP_A_FLOW_HELD,
			   skb_queue_len_lockless(&flow->hold.queue)) ?:
	       put_mtu(skb, flow) ?:
	       put_u64(skb, CRYPTOMAP_A_FLOW_ENCAPS,
		       encaps - flow->encaps_base) ?:
	       put_u64(skb, CRYPTOMAP_A_FLOW_DECAPS,
		       decaps - flow->decaps_base) ?:
	       put_u64(skb, CRYPTOMAP_A_FLOW_SEND_ERRORS,
		       atomic_long_read(&flow->send_errors)) ?:
	       put_u64(skb, CRYPTOMAP_A_FLOW_RECV_ERRORS,
		       atomic_long_read(&flow->recv_errors)) ?:
	       put_ifname(skb, flow) ?:
	       nla_put_u32(skb, CRYPTOMAP_A_FLOW_SUBSEQ, flow->key.subseq);
}

/* The flow that an attribute names; the lock is held as long as it is used. */
static struct cm_flow *find_flow(struct cm_net *cn, const struct nlattr *attr,
				 struct netlink_ext_ack *extack)
{
	struct cm_flow *flow = cm_flow_by_id(cn, nla_get_u32(attr));

	if (!flow)
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "There is no flow of this number");
	return flow;
}

static const struct cm_netlink_need flow_needs[] = {
	{ CRYPTOMAP_A_FLOW_ID, "Number of the flow is missing" },
};

int cryptomap_nl_flow_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct cm_net *cn = cm_net(genl_info_net(info));
	struct cm_flow *flow;
	struct sk_buff *reply;
	void *hdr;
	int err;

	err = cm_netlink_need(info->attrs, NULL, flow_needs,
			      ARRAY_SIZE(flow_needs), info->extack);
	if (err)
		return err;
	err = cm_netlink_reply_start(info, CRYPTOMAP_CMD_FLOW_GET, &reply, &hdr);
	if (err)
		return err;
	mutex_lock(&cn->lock);
	flow = find_flow(cn, info->attrs[CRYPTOMAP_A_FLOW_ID], info->extack);
	err = flow ? put_flow(reply, flow) : -ENOENT;
	mutex_unlock(&cn->lock);
	return cm_netlink_reply_end(info, reply, hdr, err);
}

static int dump_flow(struct sk_buff *skb, struct netlink_callback *cb,
		     struct cm_flow *flow)
{
	void *hdr;
	int err;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &cm_netlink_family, NLM_F_MULTI,
			  CRYPTOMAP_CMD_FLOW_GET);
	if (!hdr)
		return -EMSGSIZE;
	err = put_flow(skb, flow);
	if (err)
		genlmsg_cancel(skb, hdr);
	else
		genlmsg_end(skb, hdr);
	return err;
}

static bool flow_selected(const struct cm_flow *flow, struct nlattr **tb)
{
	const struct nlattr *ifindex = tb[CRYPTOMAP_A_FLOW_IFINDEX];
	const struct nlattr *map = tb[CRYPTOMAP_A_FLOW_MAP];
	const struct nlattr *id = tb[CRYPTOMAP_A_FLOW_ID];

	return (!id || nla_get_u32(id) == flow->id) &&
	       (!ifindex || nla_get_u32(ifindex) == cm_flow_ifindex(flow)) &&
	       (!map || !nla_strcmp(map, flow->key.map));
}

/* Goes on behind the last id that was shown. */
int cryptomap_nl_flow_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb)
{
	struct nlattr *tb[ARRAY_SIZE(cryptomap_flow_get_nl_policy)];
	struct cm_net *cn = cm_net(sock_net(skb->sk));
	unsigned long id = cb->args[0];
	struct cm_flow *flow;
	int err;

	err = genlmsg_parse(cb->nlh, &cm_netlink_family, tb, ARRAY_SIZE(tb) - 1,
			    cryptomap_flow_get_nl_policy, cb->extack);
	if (err)
		return err;
	mutex_lock(&cn->lock);
	xa_for_each_start(&cn->policies.ids, id, flow, id) {
		if (flow_selected(flow, tb) && dump_flow(skb, cb, flow))
			break;
		cb->args[0] = id + 1;
		cond_resched();
	}
	mutex_unlock(&cn->lock);
	return skb->len;
}

int cryptomap_nl_hold_release_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct cm_net *cn = cm_net(genl_info_net(info));
	struct cm_flow *flow;
	int err;

	err = cm_netlink_need(info->attrs, NULL, flow_needs,
			      ARRAY_SIZE(flow_needs), info->extack);
	if (err)
		return err;
	mutex_lock(&cn->lock);
	flow = find_flow(cn, info->attrs[CRYPTOMAP_A_FLOW_ID], info->extack);
	if (flow)
		cm_hold_release(cn, flow);
	else
		err = -ENOENT;
	mutex_unlock(&cn->lock);
	return err;
}

/* Statistics */

static int put_stats(struct sk_buff *skb, const struct cm_net_stats *sum,
		     u32 held, u32 flows, u32 sas)
{
	int i, err = 0;

	for (i = 0; i < CM_DROP_MAX && !err; i++)
		err = cm_netlink_put_drop(skb, CRYPTOMAP_A_STATS_DROP, i,
					  sum->drops[i]);
	return err ?:
	       nla_put_u64_64bit(skb, CRYPTOMAP_A_STATS_ENCAPS, sum->encaps,
				 CRYPTOMAP_A_STATS_PAD) ?:
	       nla_put_u64_64bit(skb, CRYPTOMAP_A_STATS_DECAPS, sum->decaps,
				 CRYPTOMAP_A_STATS_PAD) ?:
	       nla_put_u32(skb, CRYPTOMAP_A_STATS_HELD, held) ?:
	       nla_put_u32(skb, CRYPTOMAP_A_STATS_FLOWS, flows) ?:
	       nla_put_u32(skb, CRYPTOMAP_A_STATS_SAS, sas);
}

static int put_stats_all(struct sk_buff *skb, struct cm_net *cn)
{
	struct cm_net_stats sum;

	cm_net_stats_sum(cn, &sum);
	return put_stats(skb, &sum, atomic_read(&cn->hold.held),
			 cm_flow_count(cn), cn->sadb.count);
}

/* A flow counts its errors only in all; by reason its SAs do. */
static int put_stats_flow(struct sk_buff *skb, const struct cm_flow *flow)
{
	struct cm_net_stats sum = {};
	const struct cm_sa *sa;
	u32 sas = 0;
	int i;

	flow_packets(flow, &sum.encaps, &sum.decaps);
	sum.encaps -= flow->encaps_base;
	sum.decaps -= flow->decaps_base;
	list_for_each_entry(sa, &flow->sas, flow_node) {
		sas++;
		for (i = 0; i < CM_DROP_MAX; i++)
			sum.drops[i] += atomic_long_read(&sa->drops[i]);
	}
	return put_stats(skb, &sum, skb_queue_len_lockless(&flow->hold.queue),
			 1, sas);
}

int cryptomap_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *attr = info->attrs[CRYPTOMAP_A_STATS_FLOW];
	struct cm_net *cn = cm_net(genl_info_net(info));
	struct cm_flow *flow = NULL;
	struct sk_buff *reply;
	void *hdr;
	int err;

	err = cm_netlink_reply_start(info, CRYPTOMAP_CMD_STATS_GET, &reply, &hdr);
	if (err)
		return err;
	mutex_lock(&cn->lock);
	if (attr)
		flow = find_flow(cn, attr, info->extack);
	if (flow)
		err = put_stats_flow(reply, flow);
	else if (attr)
		err = -ENOENT;
	else
		err = put_stats_all(reply, cn);
	mutex_unlock(&cn->lock);
	return cm_netlink_reply_end(info, reply, hdr, err);
}

static void clear_flow(struct cm_flow *flow)
{
	struct cm_sa *sa;
	int i;

	flow_packets(flow, &flow->encaps_base, &flow->decaps_base);
	atomic_long_set(&flow->send_errors, 0);
	atomic_long_set(&flow->recv_errors, 0);
	list_for_each_entry(sa, &flow->sas, flow_node) {
		sa->packets_base = atomic64_read(&sa->packets);
		sa->bytes_base = atomic64_read(&sa->bytes);
		for (i = 0; i < CM_DROP_MAX; i++)
			atomic_long_set(&sa->drops[i], 0);
	}
}

static void clear_all(struct cm_net *cn)
{
	struct cm_flow *flow;
	unsigned long id;

	cm_net_stats_clear(cn);
	xa_for_each(&cn->policies.ids, id, flow) {
		clear_flow(flow);
		cond_resched();
	}
}

int cryptomap_nl_stats_clear_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *attr = info->attrs[CRYPTOMAP_A_STATS_FLOW];
	struct cm_net *cn = cm_net(genl_info_net(info));
	struct cm_flow *flow;
	int err = 0;

	mutex_lock(&cn->lock);
	if (attr) {
		flow = find_flow(cn, attr, info->extack);
		if (flow)
			clear_flow(flow);
		else
			err = -ENOENT;
	} else {
		clear_all(cn);
	}
	mutex_unlock(&cn->lock);
	return err;
}

/* The family */

static int socket_event(struct notifier_block *nb, unsigned long event,
			void *data)
{
	const struct netlink_notify *notify = data;

	if (event == NETLINK_URELEASE && notify->protocol == NETLINK_GENERIC)
		cm_policy_port_gone(cm_net(notify->net), notify->portid);
	return NOTIFY_DONE;
}

static struct notifier_block socket_notifier = {
	.notifier_call = socket_event,
};

static void __init fill_ops(void)
{
	int i;

	memcpy(ops, cryptomap_nl_ops, sizeof(ops));
	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		if (ops[i].cmd != CRYPTOMAP_CMD_SA_ADD)
			continue;
		ops[i].policy = NULL;
		ops[i].maxattr = 0;
	}
}

/* Requests may come when this returns: all else is ready. */
int __init cm_netlink_init(void)
{
	int err;

	fill_ops();
	err = netlink_register_notifier(&socket_notifier);
	if (err)
		return err;
	err = genl_register_family(&cm_netlink_family);
	if (err) {
		netlink_unregister_notifier(&socket_notifier);
		return err;
	}
	WRITE_ONCE(registered, true);
	return 0;
}

/* No request and no event any more. */
void cm_netlink_exit(void)
{
	WRITE_ONCE(registered, false);
	synchronize_rcu();
	genl_unregister_family(&cm_netlink_family);
	netlink_unregister_notifier(&socket_notifier);
}

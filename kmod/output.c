// SPDX-License-Identifier: GPL-2.0
/*
 * A packet out, from top to bottom:
 *
 * cm_output_hook	POST_ROUTING, behind source NAT: does a crypto map
 *			protect it, and which flow is it?
 * finish_hooks		the hooks behind ours run now, so that conntrack
 *			confirms what it will never see again in clear
 * output_flow		to the flow's SA, or wait for one
 * cm_output_packet	does it fit? else split it or refuse it
 * protect		sequence number, ESP, cipher
 * protected		outer header and off to the peer
 */

#include <linux/netfilter.h>
#include <linux/percpu.h>
#include <linux/skbuff.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/route.h>
#include <net/xfrm.h>

#include "compat.h"
#include "crypto.h"
#include "encap.h"
#include "esp.h"
#include "net.h"
#include "output.h"
#include "packet.h"
#include "pmtu.h"
#include "sa.h"
#include "timers.h"
#include "trace.h"

/*
 * What a packet's fragments need; they come back within the same call. While
 * one is sent, which may lead through a tunnel to the next crypto map, another
 * packet may be split on the same CPU.
 */
struct output_split {
	struct cm_net *cn;
	struct cm_flow *flow;
	struct cm_sa *sa;
	struct dst_entry *dst;
};

static DEFINE_PER_CPU(struct output_split, output_split);

static void protected(struct cm_crypto_req *req, int err)
{
	struct cm_sa *sa = req->sa;
	struct cm_net *cn = sa->net;
	struct sk_buff *skb = req->skb;

	consume_skb(req->source);
	if (unlikely(err)) {
		cm_drop_out(cn, sa->flow, sa, skb, CM_DROP_ENCRYPT);
		cm_crypto_req_put(req);
		return;
	}
	cm_timers_sent(sa, req->len);
	this_cpu_inc(cn->stats->encaps);
	/* Offsets of the old packet may lie outside of this one. */
	skb_reset_transport_header(skb);
	cm_encap_push(sa, skb, req->dst, &req->inner);
	skb_reset_mac_header(skb);
	trace_cm_encap(skb, sa, req->seq);

	skb->ip_summed = CHECKSUM_NONE;
	skb->encapsulation = 0;
	skb->dev = req->dst->dev;
	skb_dst_drop(skb);
	skb_dst_set(skb, req->dst);
	req->dst = NULL;
	nf_reset_ct(skb);
	secpath_reset(skb);
	cm_encap_transmit(sa, skb);
	cm_crypto_req_put(req);
}

static void protect_done(cm_crypto_data_t data, int err)
{
	if (err == -EINPROGRESS)
		return;
	local_bh_disable();
	rcu_read_lock();
	protected(cm_compat_crypto_data(data), err);
	rcu_read_unlock();
	local_bh_enable();
}

/* A transport mode SA carries whole packets between its own two addresses. */
static bool transport_takes(const struct cm_sa *sa, const struct sk_buff *skb,
			    u8 family, enum cm_drop *reason)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	const struct iphdr *iph = ip_hdr(skb);

	*reason = CM_DROP_TRANSPORT_ADDRESS;
	if (family != sa->id.family)
		return false;
	if (family == AF_INET &&
	    (iph->saddr != sa->src.v4 || iph->daddr != sa->id.dst.v4))
		return false;
	if (family == AF_INET6 &&
	    (memcmp(&ip6h->saddr, &sa->src, sizeof(ip6h->saddr)) ||
	     memcmp(&ip6h->daddr, &sa->id.dst, sizeof(ip6h->daddr))))
		return false;
	*reason = CM_DROP_FRAGMENTATION;
	return !cm_packet_is_fragment(skb, family);
}

/* The packet fits; everything that remains can be done to each one alone. */
static void protect(struct cm_net *cn, struct cm_flow *flow, struct cm_sa *sa,
		    struct sk_buff *skb, struct dst_entry *dst)
{
	u8 family = flow->key.sel.family;
	struct cm_crypto_req *req;
	struct scatterlist *to;
	enum cm_drop reason;
	unsigned int len;
	int err;

	if (sa->mode == CRYPTOMAP_MODE_TRANSPORT &&
	    !transport_takes(sa, skb, family, &reason))
		goto drop;
	reason = CM_DROP_TOO_BIG;
	if (unlikely(skb->len > cm_pmtu_largest(sa)))
		goto drop;
	reason = CM_DROP_NO_MEMORY;
	/* No feature is offered, so the checksum, SCTP's too, is made here. */
	if (skb->ip_summed == CHECKSUM_PARTIAL &&
	    skb_csum_hwoffload_help(skb, 0))
		goto drop;
	req = cm_crypto_req_get(sa);
	if (!req)
		goto drop;
	req->dst = dst_clone(dst);
	req->len = skb->len;
	reason = CM_DROP_UNREADABLE;
	if (!cm_encap_inspect(sa, skb, family, &req->inner))
		goto put;
	reason = CM_DROP_NO_MEMORY;
	req->seq = atomic64_inc_return(&sa->seq);
	if (unlikely(req->seq > sa->max_seq)) {
		cm_timers_exhausted(sa);
		reason = CM_DROP_SEQUENCE_OVERFLOW;
		goto put;
	}
	if (cm_esp_build(req, skb, &to, &len))
		goto put;
	err = cm_crypto_encrypt(req, to, len, protect_done);
	if (err != -EINPROGRESS)
		protected(req, err);
	return;

put:
	cm_crypto_req_put(req);
drop:
	cm_drop_out(cn, flow, sa, skb, reason);
}

static int protect_fragment(struct net *net, struct sock *sk,
			    struct sk_buff *skb)
{
	const struct output_split *split = this_cpu_ptr(&output_split);

	/* An error would drop the fragments behind this one uncounted. */
	protect(split->cn, split->flow, split->sa, skb, split->dst);
	return 0;
}

static void protect_fragments(struct cm_net *cn, struct cm_flow *flow,
			      struct cm_sa *sa, struct sk_buff *skb,
			      struct dst_entry *dst, u32 plaintext)
{
	struct output_split *split = this_cpu_ptr(&output_split);
	const struct output_split outer = *split;

	*split = (struct output_split) {
		.cn = cn,
		.flow = flow,
		.sa = sa,
		.dst = dst,
	};
	if (cm_pmtu_split(cn->net, skb, flow->key.sel.family, plaintext,
			  protect_fragment)) {
		atomic_long_inc(&flow->send_errors);
		cm_drop_count(cn, CM_DROP_FRAGMENTATION);
	}
	*split = outer;
}

/* Segments of a GSO packet; @whole sends each through the size check again. */
static void protect_segments(struct cm_net *cn, struct cm_flow *flow,
			     struct cm_sa *sa, struct sk_buff *skb,
			     struct dst_entry *dst, bool again)
{
	struct sk_buff *segs, *next;

	segs = skb_gso_segment(skb, 0);
	if (IS_ERR_OR_NULL(segs)) {
		cm_drop_out(cn, flow, sa, skb, CM_DROP_SEGMENTATION);
		return;
	}
	consume_skb(skb);
	skb_list_walk_safe(segs, skb, next) {
		skb_mark_not_on_list(skb);
		if (again)
			cm_output_packet(cn, flow, sa, skb);
		else
			protect(cn, flow, sa, skb, dst);
	}
}

/**
 * cm_output_packet - protect a packet of a flow and send it
 * @cn: namespace
 * @flow: that it belongs to
 * @sa: outbound SA of @flow
 * @skb: packet from its IP header on, maybe GSO; consumed
 *
 * Context: under RCU, bottom halves disabled.
 */
void cm_output_packet(struct cm_net *cn, struct cm_flow *flow,
		      struct cm_sa *sa, struct sk_buff *skb)
{
	u8 family = flow->key.sel.family;
	struct dst_entry *dst;
	u32 plaintext;

	if (unlikely(READ_ONCE(sa->state) == CRYPTOMAP_SA_STATE_DEAD)) {
		cm_drop_out(cn, flow, sa, skb, CM_DROP_SA_EXPIRED);
		return;
	}
	dst = cm_encap_route(sa);
	if (unlikely(!dst)) {
		cm_drop_out(cn, flow, sa, skb, CM_DROP_NO_ROUTE);
		return;
	}
	plaintext = cm_pmtu_plaintext(sa, dst_mtu(dst));
	switch (cm_pmtu_judge(flow, sa, skb, family, plaintext)) {
	case CM_PMTU_FITS:
		if (skb_is_gso(skb))
			protect_segments(cn, flow, sa, skb, dst, false);
		else
			protect(cn, flow, sa, skb, dst);
		break;
	case CM_PMTU_SEGMENT:
		protect_segments(cn, flow, sa, skb, dst, true);
		break;
	case CM_PMTU_SPLIT:
		protect_fragments(cn, flow, sa, skb, dst, plaintext);
		break;
	case CM_PMTU_TOO_BIG:
		cm_pmtu_refuse(skb, family, plaintext);
		cm_drop_out(cn, flow, sa, skb, CM_DROP_TOO_BIG);
		break;
	}
	dst_release(dst);
}

/*
 * Whether a packet waits for an SA. In a dynamic entry nobody asks for one; but
 * where a peer has negotiated and can send already, ours is about to come.
 */
static bool may_wait(const struct cm_flow *flow)
{
	switch (READ_ONCE(flow->kind)) {
	case CRYPTOMAP_ENTRY_KIND_ISAKMP:
		return true;
	case CRYPTOMAP_ENTRY_KIND_DYNAMIC:
		return READ_ONCE(flow->inbound);
	default:
		return false;
	}
}

static void output_flow(struct cm_net *cn, struct cm_flow *flow,
			struct sk_buff *skb)
{
	struct cm_sa *sa;

	local_bh_disable();
	sa = cm_sa_of_flow(flow);
	if (likely(sa))
		cm_output_packet(cn, flow, sa, skb);
	else if (may_wait(flow))
		cm_hold_packet(cn, flow, skb);
	else
		cm_drop_out(cn, flow, NULL, skb, CM_DROP_NO_SA);
	local_bh_enable();
}

/*
 * Whether a packet that the map would protect goes in clear nonetheless:
 * neighbour discovery, and what the IKE daemon of this host says to its peers.
 */
static bool exempt(const struct cm_binding *binding, struct sk_buff *skb,
		   const struct cm_acl_key *key)
{
	if (cm_packet_is_link_control(skb, key->family))
		return true;
	return skb->sk && cm_binding_is_ike(binding, key);
}

/*
 * No rule selects this packet itself. An ICMP error about a packet that came
 * protected shows parts of it, so it goes the way of the answer to that packet.
 */
static struct cm_flow *match_quoted(const struct cm_binding *binding,
				    struct sk_buff *skb, u8 family)
{
	struct cm_acl_key quoted, reverse;

	if (!cm_packet_quoted(skb, family, &quoted))
		return NULL;
	cm_acl_key_reverse(&reverse, &quoted);
	return cm_policy_match(binding, &reverse);
}

/* Return: the flow, NULL if the packet goes in clear, or an error pointer. */
static struct cm_flow *find_flow(struct cm_net *cn, int ifindex, u8 family,
				 struct sk_buff *skb)
{
	const struct cm_binding *binding;
	struct cm_acl_key key;
	struct cm_flow *flow;

	binding = cm_policy_binding(cn, ifindex, family);
	if (likely(!binding))
		return NULL;
	if (!cm_packet_key(skb, family, &key))
		return ERR_PTR(-EINVAL);
	flow = cm_policy_match(binding, &key);
	if (!flow && cm_policy_hides(binding, &key))
		return ERR_PTR(-EINVAL);
	if (!flow)
		flow = match_quoted(binding, skb, family);
	if (flow && exempt(binding, skb, &key))
		return NULL;
	return flow;
}

/* A hook behind ours had sent the packet to userspace, and it came back. */
static int output_resumed(struct net *net, struct sock *sk,
			  struct sk_buff *skb)
{
	u8 family = skb->protocol == htons(ETH_P_IP) ? AF_INET : AF_INET6;
	struct cm_net *cn = cm_net(net);
	struct cm_flow *flow;

	rcu_read_lock();
	flow = find_flow(cn, skb_dst(skb)->dev->ifindex, family, skb);
	/* Its flow has gone meanwhile; it was not meant to go in clear. */
	if (!IS_ERR_OR_NULL(flow))
		output_flow(cn, flow, skb);
	else
		cm_drop_out(cn, NULL, NULL, skb, CM_DROP_NO_SA);
	rcu_read_unlock();
	return 0;
}

/*
 * Run the hooks that come behind ours, conntrack's confirmation among them:
 * the packet ends here as far as the stack can see. Our own place is looked
 * up, since every registration may move it.
 *
 * Return: 1 if the packet is to go on, else it is gone.
 */
static int finish_hooks(struct sk_buff *skb, const struct nf_hook_state *state)
{
	const struct nf_hook_entries *entries;
	struct nf_hook_state rest = *state;
	const struct netns_nf *nf = &state->net->nf;
	unsigned int i;

	if (state->pf == NFPROTO_IPV4)
		entries = rcu_dereference(nf->hooks_ipv4[NF_INET_POST_ROUTING]);
	else
		entries = rcu_dereference(nf->hooks_ipv6[NF_INET_POST_ROUTING]);
	if (!entries)
		return 1;
	for (i = 0; i < entries->num_hook_entries; i++)
		if (entries->hooks[i].hook == cm_output_hook)
			break;
	if (i + 1 >= entries->num_hook_entries)
		return 1;
	rest.okfn = output_resumed;
	return nf_hook_slow(skb, &rest, entries, i + 1);
}

/*
 * What this host sends to a group or to all, IPv4 has pass POST_ROUTING twice:
 * first a copy for its own listeners, without a socket but with the one that it
 * is sent by. The copy must not reach the wire; taken for one by mistake, a
 * packet would not either.
 */
static bool is_own_copy(const struct sk_buff *skb,
			const struct nf_hook_state *state)
{
	return state->pf == NFPROTO_IPV4 && state->sk && !skb->sk &&
	       skb_rtable(skb)->rt_flags & (RTCF_MULTICAST | RTCF_BROADCAST);
}

/**
 * cm_output_hook - POST_ROUTING, IPv4 and IPv6
 * @priv: unused
 * @skb: packet behind source NAT, GSO packets whole
 * @state: of the hook
 *
 * Context: under RCU; softirq or process.
 */
unsigned int cm_output_hook(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	struct cm_net *cn = cm_net(state->net);
	struct cm_flow *flow;
	bool own_copy;

	/* What we, or stock xfrm, have protected is not protected again. */
	if (state->pf == NFPROTO_IPV4 ?
	    IPCB(skb)->flags & IPSKB_XFRM_TRANSFORMED :
	    IP6CB(skb)->flags & IP6SKB_XFRM_TRANSFORMED)
		return NF_ACCEPT;
	flow = find_flow(cn, state->out->ifindex, state->pf, skb);
	if (likely(!flow))
		return NF_ACCEPT;
	if (IS_ERR(flow)) {
		cm_drop_out(cn, NULL, NULL, skb, CM_DROP_UNREADABLE);
		return NF_STOLEN;
	}
	own_copy = is_own_copy(skb, state);
	if (finish_hooks(skb, state) != 1)
		return NF_STOLEN;
	if (unlikely(own_copy))
		dev_loopback_xmit(state->net, state->sk, skb);
	else
		output_flow(cn, flow, skb);
	return NF_STOLEN;
}

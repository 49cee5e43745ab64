// SPDX-License-Identifier: GPL-2.0
/*
 * A packet in, from top to bottom:
 *
 * receive		from the stack's ESP handlers: whose SPI is it?
 * open_packet		replay check, lengths, cipher
 * opened		is it authentic? replay window, trailer
 * accept		inner packet: whole, of this flow?
 * reinject		back into the stack, marked as protected
 *
 * cm_input_hook	PRE_ROUTING: what a map protects and comes without that
 *			mark is dropped
 */

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <net/gro_cells.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>
#include <net/route.h>
#include <net/xfrm.h>

#include "compat.h"
#include "crypto.h"
#include "encap.h"
#include "esp.h"
#include "input.h"
#include "net.h"
#include "notify.h"
#include "packet.h"
#include "sa.h"
#include "timers.h"
#include "trace.h"

/*
 * Handlers of a higher priority are asked first. Stock ESP has 0 and VTI 100;
 * each gets what is not ours.
 */
#define CM_INPUT_PRIORITY	1000

/*
 * The stack puts fragments together apart for each user; this is no number of
 * enum ip_defrag_users.
 */
#define CM_INPUT_DEFRAG_USER	0x636d0000

/*
 * Decrypted packets pass GRO once more, on cells of our own, while their
 * device stays the one that they came in by, for firewalls and rp_filter.
 */
static struct net_device *gro_dev;
static struct gro_cells gro;

/* Return: false if the stack has no room; then the packet is freed. */
static bool reinject(struct cm_sa *sa, struct sk_buff *skb)
{
	skb_dst_drop(skb);
	cm_sa_mark(sa, skb);
	nf_reset_ct(skb);
	secpath_reset(skb);
	skb_clear_hash(skb);
	skb->ip_summed = CHECKSUM_NONE;
	skb->encapsulation = 0;
	skb->pkt_type = PACKET_HOST;
	return gro_cells_receive(&gro, skb) != NET_RX_DROP;
}

/* The length of a jumbogram (RFC 2675) is elsewhere; no ESP packet holds one. */
static bool inner_jumbo(const struct sk_buff *skb)
{
	return !ipv6_hdr(skb)->payload_len &&
	       ipv6_hdr(skb)->nexthdr == NEXTHDR_HOP;
}

static bool inner_whole(struct sk_buff *skb)
{
	unsigned int len;

	if (skb->protocol == htons(ETH_P_IP)) {
		if (!pskb_may_pull(skb, sizeof(struct iphdr)) ||
		    ip_hdr(skb)->version != 4 || ip_hdr(skb)->ihl < 5)
			return false;
		len = ntohs(ip_hdr(skb)->tot_len);
		if (len < ip_hdrlen(skb))
			return false;
	} else {
		if (!pskb_may_pull(skb, sizeof(struct ipv6hdr)) ||
		    ipv6_hdr(skb)->version != 6 || inner_jumbo(skb))
			return false;
		len = sizeof(struct ipv6hdr) +
		      ntohs(ipv6_hdr(skb)->payload_len);
	}
	/* What is behind is padding against traffic analysis (RFC 4303 2.7). */
	return len <= skb->len && !pskb_trim(skb, len);
}

/* The outer header is gone; what it carried becomes the packet. */
static bool enter_tunnel(struct cm_sa *sa, struct sk_buff *skb, u8 nexthdr,
			 enum cm_drop *reason)
{
	u8 outer_tos = sa->id.family == AF_INET ?
			ip_hdr(skb)->tos : ipv6_get_dsfield(ipv6_hdr(skb));

	*reason = CM_DROP_NEXT_HEADER;
	if (nexthdr == IPPROTO_IPIP)
		skb->protocol = htons(ETH_P_IP);
	else if (nexthdr == IPPROTO_IPV6)
		skb->protocol = htons(ETH_P_IPV6);
	else
		return false;
	skb_reset_network_header(skb);
	skb_mac_header_rebuild(skb);
	if (skb->mac_len)
		eth_hdr(skb)->h_proto = skb->protocol;
	*reason = CM_DROP_INNER_HEADER;
	return inner_whole(skb) && cm_encap_pop(skb, outer_tos);
}

static void restore_ipv4(struct sk_buff *skb, u8 nexthdr)
{
	struct iphdr *iph = ip_hdr(skb);

	iph->protocol = nexthdr;
	iph->tot_len = htons(skb->len);
	ip_send_check(iph);
}

static void restore_ipv6(struct sk_buff *skb, u8 nexthdr)
{
	skb_network_header(skb)[IP6CB(skb)->nhoff] = nexthdr;
	ipv6_hdr(skb)->payload_len = htons(skb->len - sizeof(struct ipv6hdr));
}

/* Bytes from the IP header to the ESP header; UDP encapsulation not counted. */
static unsigned int own_header_len(const struct cm_sa *sa,
				   const struct sk_buff *skb)
{
	if (sa->id.family == AF_INET)
		return ip_hdrlen(skb);
	return skb_transport_offset(skb) - skb_network_offset(skb);
}

/* The packet's own header closes up to the payload. */
static bool leave_transport(struct cm_sa *sa, struct sk_buff *skb,
			    unsigned int header, u8 nexthdr,
			    enum cm_drop *reason)
{
	*reason = CM_DROP_INNER_HEADER;
	if (skb_headroom(skb) < header)
		return false;
	memmove(skb->data - header, skb_network_header(skb), header);
	__skb_push(skb, header);
	skb_reset_network_header(skb);
	skb_mac_header_rebuild(skb);
	if (sa->id.family == AF_INET)
		restore_ipv4(skb, nexthdr);
	else
		restore_ipv6(skb, nexthdr);
	return true;
}

/* Only what the flow's rule selects, seen from the other end (RFC 4301 5.2). */
static bool selected(const struct cm_flow *flow, struct sk_buff *skb)
{
	u8 family = skb->protocol == htons(ETH_P_IP) ? AF_INET : AF_INET6;
	struct cm_acl_key key, reverse;

	if (!cm_packet_key(skb, family, &key))
		return false;
	cm_acl_key_reverse(&reverse, &key);
	if (likely(cm_selector_match(&flow->key.sel, &reverse)))
		return true;
	/* An ICMP error about what this end has sent (RFC 4301 6.2). */
	return cm_packet_quoted(skb, family, &key) &&
	       cm_selector_match(&flow->key.sel, &key);
}

static bool accept(struct cm_crypto_req *req, unsigned int header,
		   enum cm_drop *reason)
{
	struct cm_sa *sa = req->sa;
	struct sk_buff *skb = req->skb;
	u8 nexthdr;
	bool ok;

	*reason = CM_DROP_PADDING;
	if (!cm_esp_strip(req, &nexthdr))
		return false;
	*reason = CM_DROP_DUMMY;
	if (nexthdr == IPPROTO_NONE)
		return false;
	if (sa->mode == CRYPTOMAP_MODE_TUNNEL)
		ok = enter_tunnel(sa, skb, nexthdr, reason);
	else
		ok = leave_transport(sa, skb, header, nexthdr, reason);
	if (!ok)
		return false;
	*reason = CM_DROP_SELECTOR;
	return selected(sa->flow, skb);
}

/* The packet is authentic: now its number counts. */
static enum cm_replay_verdict advance(struct cm_sa *sa, u64 seq)
{
	enum cm_replay_verdict verdict;

	spin_lock(&sa->lock);
	verdict = cm_replay_advance(sa->replay, seq);
	spin_unlock(&sa->lock);
	return verdict;
}

static void drop_replay(struct cm_sa *sa, struct sk_buff *skb, u64 seq,
			enum cm_replay_verdict verdict)
{
	cm_notify_replay(sa, seq);
	cm_drop_in(sa->net, sa->flow, sa, skb,
		   verdict == CM_REPLAY_DUPLICATE ? CM_DROP_REPLAY_DUPLICATE :
						    CM_DROP_REPLAY);
}

static void opened(struct cm_crypto_req *req, int err)
{
	struct cm_sa *sa = req->sa;
	struct sk_buff *skb = req->skb;
	unsigned int header = own_header_len(sa, skb);
	struct net_device *dev = skb->dev;
	enum cm_replay_verdict verdict;
	enum cm_drop reason;
	unsigned int len;

	if (unlikely(err)) {
		cm_drop_in(sa->net, sa->flow, sa, skb, err == -EBADMSG ?
			   CM_DROP_INTEGRITY : CM_DROP_DECRYPT);
		goto out;
	}
	verdict = advance(sa, req->seq);
	if (unlikely(verdict != CM_REPLAY_OK)) {
		drop_replay(sa, skb, req->seq, verdict);
		goto out;
	}
	if (unlikely(!accept(req, header, &reason))) {
		/* Dummy packets are meant to be dropped (RFC 4303 2.6). */
		cm_drop_in(sa->net, reason == CM_DROP_DUMMY ? NULL : sa->flow,
			   sa, skb, reason);
		goto out;
	}
	trace_cm_decap(skb, sa, req->seq);
	len = skb->len;
	if (unlikely(!reinject(sa, skb))) {
		/* net.core.netdev_max_backlog packets wait already. */
		cm_drop_lost(sa->net, sa, CM_DROP_BACKLOG);
		goto out;
	}
	cm_timers_received(sa, len);
	this_cpu_inc(sa->net->stats->decaps);
out:
	dev_put(dev);
	cm_crypto_req_put(req);
}

static void open_done(cm_crypto_data_t data, int err)
{
	if (err == -EINPROGRESS)
		return;
	local_bh_disable();
	rcu_read_lock();
	opened(cm_compat_crypto_data(data), err);
	rcu_read_unlock();
	local_bh_enable();
}

/* Cheap refusal before the cipher runs; nothing changes yet. */
static enum cm_replay_verdict precheck(struct cm_sa *sa, __be32 seq_no,
				       u64 *seq)
{
	enum cm_replay_verdict verdict;

	spin_lock(&sa->lock);
	*seq = cm_replay_recover(sa->replay, ntohl(seq_no));
	verdict = cm_replay_check(sa->replay, *seq);
	spin_unlock(&sa->lock);
	return verdict;
}

static void open_packet(struct cm_sa *sa, struct sk_buff *skb, __be32 seq_no)
{
	enum cm_drop reason = CM_DROP_NO_MEMORY;
	enum cm_replay_verdict verdict;
	struct cm_crypto_req *req;
	unsigned int len;
	u64 seq;
	int err;

	verdict = precheck(sa, seq_no, &seq);
	if (unlikely(verdict != CM_REPLAY_OK)) {
		drop_replay(sa, skb, seq, verdict);
		return;
	}
	req = cm_crypto_req_get(sa);
	if (!req)
		goto drop;
	req->seq = seq;
	req->skb = skb;
	err = cm_esp_open(req, skb, &len);
	if (err) {
		reason = err == -ENOMEM ? CM_DROP_NO_MEMORY :
					  CM_DROP_TRUNCATED;
		skb = req->skb;
		cm_crypto_req_put(req);
		goto drop;
	}
	dev_hold(req->skb->dev);
	err = cm_crypto_decrypt(req, len, open_done);
	if (err != -EINPROGRESS)
		opened(req, err);
	return;

drop:
	cm_drop_in(sa->net, sa->flow, sa, skb, reason);
}

/*
 * No SA of ours has this SPI. If it is reserved, the peer is early: it has its
 * side of the SA and ours is about to come. If stock xfrm has none either, the
 * packet is nobody's; a configured peer that sends such packets has missed that
 * we lost our SAs (INVSPI-2).
 *
 * Return: as receive().
 */
static int unknown_spi(struct cm_net *cn, struct sk_buff *skb,
		       const struct cm_sa_id *id, const union cm_addr *src)
{
	struct xfrm_state *x;

	if (cm_sadb_is_taken(cn, id)) {
		cm_drop_in(cn, NULL, NULL, skb, CM_DROP_LARVAL_SPI);
		return 0;
	}
	x = xfrm_state_lookup(cn->net, skb->mark,
			      (const xfrm_address_t *)&id->dst, id->spi,
			      id->proto, id->family);
	if (x) {
		xfrm_state_put(x);
		return -EINVAL;
	}
	trace_cm_drop(skb, NULL, CM_DROP_INVALID_SPI);
	cm_drop_count(cn, CM_DROP_INVALID_SPI);
	if (cm_policy_is_peer(cn, src, id->family))
		cm_notify_invalid_spi(cn, id, src);
	return -EINVAL;
}

/*
 * Return: 0 if the packet was taken, -EINVAL to hand it to the next handler,
 * stock xfrm in the end.
 */
static int receive(struct sk_buff *skb, u8 family)
{
	struct cm_net *cn = cm_net(dev_net(skb->dev));
	struct cm_sa_id id = { .proto = IPPROTO_ESP, .family = family };
	union cm_addr src = {};
	struct ip_esp_hdr *esph;
	struct cm_sa *sa;

	if (!pskb_may_pull(skb, sizeof(*esph))) {
		cm_drop_in(cn, NULL, NULL, skb, CM_DROP_TRUNCATED);
		return 0;
	}
	skb_reset_transport_header(skb);
	esph = ip_esp_hdr(skb);
	id.spi = esph->spi;
	if (family == AF_INET) {
		id.dst.v4 = ip_hdr(skb)->daddr;
		src.v4 = ip_hdr(skb)->saddr;
	} else {
		memcpy(&id.dst, &ipv6_hdr(skb)->daddr, sizeof(id.dst));
		memcpy(&src, &ipv6_hdr(skb)->saddr, sizeof(src));
	}
	sa = cm_sadb_find_in(cn, &id);
	if (!sa)
		return unknown_spi(cn, skb, &id, &src);
	if (unlikely(READ_ONCE(sa->state) == CRYPTOMAP_SA_STATE_DEAD))
		cm_drop_in(cn, sa->flow, sa, skb, CM_DROP_SA_EXPIRED);
	else
		open_packet(sa, skb, esph->seq_no);
	return 0;
}

static int receive4(struct sk_buff *skb)
{
	return receive(skb, AF_INET);
}

static int receive6(struct sk_buff *skb)
{
	return receive(skb, AF_INET6);
}

/* From a UDP socket with encapsulation; the UDP header is gone already. */
static int receive4_encap(struct sk_buff *skb, int nexthdr, __be32 spi,
			  int encap_type)
{
	return receive(skb, AF_INET);
}

static int receive6_encap(struct sk_buff *skb, int nexthdr, __be32 spi,
			  int encap_type)
{
	return receive(skb, AF_INET6);
}

/* Stock xfrm asks every handler; nothing of it is ours. */
static int receive_cb(struct sk_buff *skb, int err)
{
	return 1;
}

static bool sent_by_us(struct net *net, const struct cm_sa_id *id)
{
	return cm_sadb_find_out(cm_net(net), id);
}

/* An ICMP error about an ESP packet; @skb is at the packet's IP header. */
static int error4(struct sk_buff *skb, u32 info)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;
	const struct ip_esp_hdr *esph = (const struct ip_esp_hdr *)
					(skb->data + iph->ihl * 4);
	struct cm_sa_id id = {
		.dst.v4 = iph->daddr,
		.spi = esph->spi,
		.proto = IPPROTO_ESP,
		.family = AF_INET,
	};
	struct net *net = dev_net(skb->dev);

	if (!sent_by_us(net, &id))
		return -ENOENT;
	if (icmp_hdr(skb)->type == ICMP_DEST_UNREACH &&
	    icmp_hdr(skb)->code == ICMP_FRAG_NEEDED)
		ipv4_update_pmtu(skb, net, info, 0, IPPROTO_ESP);
	return 0;
}

static int error6(struct sk_buff *skb, struct inet6_skb_parm *opt, u8 type,
		  u8 code, int offset, __be32 info)
{
	const struct ipv6hdr *iph = (const struct ipv6hdr *)skb->data;
	const struct ip_esp_hdr *esph = (const struct ip_esp_hdr *)
					(skb->data + offset);
	struct cm_sa_id id = {
		.spi = esph->spi,
		.proto = IPPROTO_ESP,
		.family = AF_INET6,
	};
	struct net *net = dev_net(skb->dev);

	memcpy(&id.dst, &iph->daddr, sizeof(id.dst));
	if (!sent_by_us(net, &id))
		return -ENOENT;
	if (type == ICMPV6_PKT_TOOBIG)
		ip6_update_pmtu(skb, net, info, 0, 0, sock_net_uid(net, NULL));
	return 0;
}

/*
 * Every member is set: the stack calls them for each packet of stock xfrm,
 * too.
 */
static struct xfrm4_protocol esp4 = {
	.handler	= receive4,
	.input_handler	= receive4_encap,
	.cb_handler	= receive_cb,
	.err_handler	= error4,
	.priority	= CM_INPUT_PRIORITY,
};

static struct xfrm6_protocol esp6 = {
	.handler	= receive6,
	.input_handler	= receive6_encap,
	.cb_handler	= receive_cb,
	.err_handler	= error6,
	.priority	= CM_INPUT_PRIORITY,
};

/*
 * What is for this host itself and is no clear text, though a rule between
 * the two gateways may select it: the protection, and its negotiation.
 */
static bool exempt(const struct cm_binding *binding, struct sk_buff *skb,
		   const struct cm_acl_key *reverse)
{
	if (cm_packet_is_link_control(skb, reverse->family))
		return true;
	if (!binding->has_local ||
	    memcmp(&reverse->src, &binding->local, sizeof(reverse->src)))
		return false;
	return reverse->proto == IPPROTO_ESP || reverse->proto == IPPROTO_AH ||
	       cm_binding_is_ike(binding, reverse);
}

/*
 * Whether a fragment in clear does not tell whether it may pass (RFC 4301 7.4).
 * That it is IKE only the first one says. And a later one of IPv6 may say of
 * which protocol it is what it likes: reassembly does not ask. All fragments of
 * a packet get the same answer; what the first one alone has is left out.
 */
static bool undecided(const struct cm_binding *binding,
		      const struct cm_acl_key *reverse)
{
	struct cm_acl_key later = *reverse;
	bool six = reverse->family == AF_INET6;

	later.has_ports = false;
	if (!cm_policy_match(binding, &later))
		return six && cm_binding_match_any(binding, &later);
	if (!binding->has_local ||
	    memcmp(&later.src, &binding->local, sizeof(later.src)))
		return false;
	return later.proto == IPPROTO_UDP ||
	       (six && (later.proto == IPPROTO_ESP ||
			later.proto == IPPROTO_AH));
}

/*
 * Put such fragments together, apart from all others: none of them meets one
 * that came protected. Memory and time are the stack's limits for fragments.
 *
 * Return: true if the packet is whole now, else it is gone.
 */
static bool gather(struct cm_net *cn, struct sk_buff *skb, u8 family)
{
	int err;

	if (family == AF_INET) {
		/* What it refuses it frees. */
		err = ip_defrag(cn->net, skb, CM_INPUT_DEFRAG_USER);
		if (err && err != -EINPROGRESS)
			cm_drop_count(cn, CM_DROP_REASSEMBLY);
		if (!err)
			skb->ignore_df = 1;
		return !err;
	}
	err = nf_ct_frag6_gather(cn->net, skb, CM_INPUT_DEFRAG_USER);
	if (err == -EINPROGRESS)
		return false;
	/* It also gives back what it does not take for a fragment. */
	if (!err && !cm_packet_is_fragment(skb, family))
		return true;
	cm_drop_in(cn, NULL, NULL, skb, CM_DROP_REASSEMBLY);
	return false;
}

/* The selector of a packet in clear, seen from this end. */
static bool read_reverse(struct sk_buff *skb, u8 family,
			 struct cm_acl_key *reverse)
{
	struct cm_acl_key key;

	if (!cm_packet_key(skb, family, &key))
		return false;
	cm_acl_key_reverse(reverse, &key);
	return true;
}

/**
 * cm_input_hook - PRE_ROUTING, IPv4 and IPv6: refuse clear text
 * @priv: unused
 * @skb: packet as it came, before reassembly and destination NAT
 * @state: of the hook
 *
 * Context: softirq, under RCU.
 */
unsigned int cm_input_hook(void *priv, struct sk_buff *skb,
			   const struct nf_hook_state *state)
{
	struct cm_net *cn = cm_net(state->net);
	const struct cm_binding *binding;
	struct cm_acl_key reverse;
	struct cm_flow *flow;

	binding = cm_policy_binding(cn, state->in->ifindex, state->pf);
	/* This host's own copy of what it sends to a group was on no wire. */
	if (likely(!binding) || cm_sa_marked(skb) ||
	    skb->pkt_type == PACKET_LOOPBACK)
		return NF_ACCEPT;
	if (!read_reverse(skb, state->pf, &reverse))
		goto unreadable;
	if (unlikely(cm_packet_is_fragment(skb, state->pf)) &&
	    undecided(binding, &reverse)) {
		if (!gather(cn, skb, state->pf))
			return NF_STOLEN;
		if (!read_reverse(skb, state->pf, &reverse))
			goto unreadable;
	}
	flow = cm_policy_match(binding, &reverse);
	if (!flow && cm_policy_hides(binding, &reverse))
		goto unreadable;
	if (likely(!flow) || exempt(binding, skb, &reverse))
		return NF_ACCEPT;
	cm_drop_in(cn, flow, NULL, skb, CM_DROP_NOT_IPSEC);
	return NF_STOLEN;

unreadable:
	cm_drop_in(cn, NULL, NULL, skb, CM_DROP_UNREADABLE);
	return NF_STOLEN;
}

/* Begin to receive; the namespaces are ready. */
int cm_input_init(void)
{
	int err;

	gro_dev = cm_compat_alloc_dummy();
	if (!gro_dev)
		return -ENOMEM;
	err = gro_cells_init(&gro, gro_dev);
	if (err)
		goto err_dummy;
	err = xfrm4_protocol_register(&esp4, IPPROTO_ESP);
	if (err)
		goto err_gro;
	err = xfrm6_protocol_register(&esp6, IPPROTO_ESP);
	if (err)
		goto err_esp4;
	return 0;

err_esp4:
	xfrm4_protocol_deregister(&esp4, IPPROTO_ESP);
err_gro:
	gro_cells_destroy(&gro);
err_dummy:
	cm_compat_free_dummy(gro_dev);
	return err;
}

/*
 * Stop to receive. Deregistration waits for handlers that run. Requests under
 * way may still bring packets until the namespaces are gone, so the cells stay
 * until cm_input_exit().
 */
void cm_input_stop(void)
{
	xfrm6_protocol_deregister(&esp6, IPPROTO_ESP);
	xfrm4_protocol_deregister(&esp4, IPPROTO_ESP);
}

/* No SA and so no request exists any more. */
void cm_input_exit(void)
{
	gro_cells_destroy(&gro);
	cm_compat_free_dummy(gro_dev);
}

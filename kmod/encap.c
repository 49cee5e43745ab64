// SPDX-License-Identifier: GPL-2.0
/* Outer headers: route to the peer, DF, DSCP and ECN. */

#include <linux/skbuff.h>
#include <net/dst_cache.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "encap.h"
#include "net.h"
#include "sa.h"

static bool inspect_ipv6_transport(struct sk_buff *skb,
				   struct cm_encap_inner *inner)
{
	u8 *prevhdr;
	int len;

	/* ESP stands in front of what fragmentation may split (RFC 4303 3.1.1). */
	len = ip6_find_1stfragopt(skb, &prevhdr);
	if (len < 0 || !pskb_may_pull(skb, len))
		return false;
	len = ip6_find_1stfragopt(skb, &prevhdr);
	inner->header = len;
	inner->proto_at = prevhdr - skb_network_header(skb);
	inner->nexthdr = *prevhdr;
	return true;
}

/**
 * cm_encap_inspect - note what the outer header takes from the inner packet
 * @sa: outbound SA
 * @skb: packet whose header cm_packet_key() has read
 * @family: of @skb
 * @inner: filled
 *
 * Return: false if a transport mode SA cannot take this packet.
 */
bool cm_encap_inspect(const struct cm_sa *sa, struct sk_buff *skb, u8 family,
		      struct cm_encap_inner *inner)
{
	u8 df_bit = READ_ONCE(sa->flow->df_bit);

	inner->family = family;
	inner->header = 0;
	if (family == AF_INET) {
		const struct iphdr *iph = ip_hdr(skb);

		inner->tos = iph->tos;
		inner->df = iph->frag_off & htons(IP_DF);
		inner->nexthdr = IPPROTO_IPIP;
	} else {
		inner->tos = ipv6_get_dsfield(ipv6_hdr(skb));
		/* Routers do not split IPv6, below 1280 bytes they must. */
		inner->df = skb->len > IPV6_MIN_MTU;
		inner->nexthdr = IPPROTO_IPV6;
	}
	if (df_bit != CRYPTOMAP_DF_BIT_COPY)
		inner->df = df_bit == CRYPTOMAP_DF_BIT_SET;
	if (sa->mode == CRYPTOMAP_MODE_TUNNEL)
		return true;
	if (family == AF_INET6)
		return inspect_ipv6_transport(skb, inner);
	inner->header = ip_hdrlen(skb);
	inner->proto_at = offsetof(struct iphdr, protocol);
	inner->nexthdr = ip_hdr(skb)->protocol;
	return pskb_may_pull(skb, inner->header);
}

static struct dst_entry *route_ipv4(const struct cm_sa *sa)
{
	struct flowi4 fl4 = {
		.daddr = sa->id.dst.v4,
		.saddr = sa->src.v4,
		.flowi4_proto = sa->id.proto,
	};
	struct rtable *rt = ip_route_output_key(sa->net->net, &fl4);

	return IS_ERR(rt) ? NULL : &rt->dst;
}

static struct dst_entry *route_ipv6(const struct cm_sa *sa)
{
	struct flowi6 fl6 = { .flowi6_proto = sa->id.proto };
	struct dst_entry *dst;

	memcpy(&fl6.daddr, &sa->id.dst, sizeof(fl6.daddr));
	memcpy(&fl6.saddr, &sa->src, sizeof(fl6.saddr));
	dst = ip6_route_output(sa->net->net, NULL, &fl6);
	if (dst->error) {
		dst_release(dst);
		return NULL;
	}
	return dst;
}

/**
 * cm_encap_route - the way to the peer
 * @sa: outbound SA
 *
 * Context: under RCU, bottom halves disabled.
 * Return: a referenced route, or NULL if there is none.
 */
struct dst_entry *cm_encap_route(struct cm_sa *sa)
{
	struct dst_entry *dst = dst_cache_get(&sa->dst_cache);

	if (likely(dst))
		return dst;
	if (sa->id.family == AF_INET) {
		dst = route_ipv4(sa);
		if (dst)
			dst_cache_set_ip4(&sa->dst_cache, dst, sa->src.v4);
	} else {
		dst = route_ipv6(sa);
		if (dst)
			dst_cache_set_ip6(&sa->dst_cache, dst,
					  (struct in6_addr *)&sa->src);
	}
	return dst;
}

/* Bytes that the SA puts in front of its ESP header. */
unsigned int cm_encap_len(const struct cm_sa *sa)
{
	if (sa->mode == CRYPTOMAP_MODE_TRANSPORT)
		return 0;
	return sa->id.family == AF_INET ? sizeof(struct iphdr) :
					  sizeof(struct ipv6hdr);
}

static void push_ipv4(const struct cm_sa *sa, struct sk_buff *skb,
		      const struct dst_entry *dst,
		      const struct cm_encap_inner *inner)
{
	struct iphdr *iph = skb_push(skb, sizeof(*iph));
	/* What pmtu.c lets through although it is longer is to be split. */
	bool df = inner->df && skb->len <= dst_mtu(dst);

	skb_reset_network_header(skb);
	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tos = INET_ECN_encapsulate(inner->tos, inner->tos);
	iph->frag_off = df ? htons(IP_DF) : 0;
	iph->ttl = ip4_dst_hoplimit(dst);
	iph->protocol = sa->id.proto;
	iph->saddr = sa->src.v4;
	iph->daddr = sa->id.dst.v4;
	/* Fragments need an identification of their own. */
	skb->ignore_df = !df;
	ip_select_ident(sa->net->net, skb, NULL);
}

static void push_ipv6(const struct cm_sa *sa, struct sk_buff *skb,
		      const struct dst_entry *dst,
		      const struct cm_encap_inner *inner)
{
	struct ipv6hdr *iph = skb_push(skb, sizeof(*iph));

	skb_reset_network_header(skb);
	ip6_flow_hdr(iph, INET_ECN_encapsulate(inner->tos, inner->tos), 0);
	iph->hop_limit = ip6_dst_hoplimit((struct dst_entry *)dst);
	iph->nexthdr = sa->id.proto;
	memcpy(&iph->saddr, &sa->src, sizeof(iph->saddr));
	memcpy(&iph->daddr, &sa->id.dst, sizeof(iph->daddr));
}

/*
 * Transport mode: the packet's own header stands in front of the ESP header
 * already; only its protocol changes. Lengths and checksum follow when it is
 * sent.
 */
static void push_own(const struct cm_sa *sa, struct sk_buff *skb,
		     const struct dst_entry *dst,
		     const struct cm_encap_inner *inner)
{
	__skb_push(skb, inner->header);
	skb_reset_network_header(skb);
	skb->data[inner->proto_at] = sa->id.proto;
	if (sa->id.family == AF_INET && skb->len > dst_mtu(dst))
		ip_hdr(skb)->frag_off &= ~htons(IP_DF);
}

/**
 * cm_encap_push - put the outer header in front of the ESP header
 * @sa: outbound SA
 * @skb: with the ESP header at its beginning and room in front of it
 * @dst: route to the peer
 * @inner: what was noted of the packet
 */
void cm_encap_push(const struct cm_sa *sa, struct sk_buff *skb,
		   const struct dst_entry *dst,
		   const struct cm_encap_inner *inner)
{
	if (sa->mode == CRYPTOMAP_MODE_TRANSPORT)
		push_own(sa, skb, dst, inner);
	else if (sa->id.family == AF_INET)
		push_ipv4(sa, skb, dst, inner);
	else
		push_ipv6(sa, skb, dst, inner);
}

/**
 * cm_encap_transmit - send a protected packet to its peer
 * @sa: outbound SA
 * @skb: with its route set
 *
 * It passes LOCAL_OUT and POST_ROUTING as what it is, a packet of this host;
 * the mark keeps it from being protected again.
 */
void cm_encap_transmit(const struct cm_sa *sa, struct sk_buff *skb)
{
	struct net *net = sa->net->net;

	if (sa->id.family == AF_INET) {
		memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
		IPCB(skb)->flags = IPSKB_XFRM_TRANSFORMED;
		skb->protocol = htons(ETH_P_IP);
		skb->ignore_df = !(ip_hdr(skb)->frag_off & htons(IP_DF));
		ip_local_out(net, NULL, skb);
	} else {
		memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));
		IP6CB(skb)->flags = IP6SKB_XFRM_TRANSFORMED;
		skb->protocol = htons(ETH_P_IPV6);
		skb->ignore_df = 1;
		ip6_local_out(net, NULL, skb);
	}
}

/**
 * cm_encap_pop - carry congestion marks from the outer to the inner header
 * @skb: with the inner header as its network header, pulled and writable, and
 *	its protocol set
 * @outer_tos: DSCP and ECN of the header that is gone
 *
 * Return: false if the packet must be dropped (RFC 6040 4.2).
 */
bool cm_encap_pop(struct sk_buff *skb, u8 outer_tos)
{
	u8 inner_tos = skb->protocol == htons(ETH_P_IP) ?
			ip_hdr(skb)->tos : ipv6_get_dsfield(ipv6_hdr(skb));

	return INET_ECN_decapsulate(skb, outer_tos, inner_tos) < 2;
}

// SPDX-License-Identifier: GPL-2.0
/* Sizes: what fits through an SA, and what happens to what does not. */

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <net/addrconf.h>
#include <net/dst.h>
#include <net/esp.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/ipv6_stubs.h>

#include "compat.h"
#include "encap.h"
#include "pmtu.h"
#include "sa.h"

/**
 * cm_pmtu_path - MTU of the way to the peer
 * @sa: outbound SA
 *
 * Context: under RCU, bottom halves disabled.
 * Return: bytes, 0 if there is no way.
 */
u32 cm_pmtu_path(struct cm_sa *sa)
{
	struct dst_entry *dst = cm_encap_route(sa);
	u32 mtu;

	if (!dst)
		return 0;
	mtu = dst_mtu(dst);
	dst_release(dst);
	return mtu;
}

/**
 * cm_pmtu_plaintext - largest packet that an SA carries whole (PREFRAG-9)
 * @sa: outbound SA
 * @path: MTU of the way to the peer
 *
 * With the outer header, ESP header, IV and ICV gone, whole cipher blocks
 * remain, and the last of them ends with the two bytes of the trailer.
 *
 * Return: bytes with the IP header, 0 if nothing fits.
 */
u32 cm_pmtu_plaintext(const struct cm_sa *sa, u32 path)
{
	u32 header = sa->id.family == AF_INET ? sizeof(struct iphdr) :
						sizeof(struct ipv6hdr);
	u32 gone = header + sizeof(struct ip_esp_hdr) + sa->iv_len +
		   sa->icv_len;
	u32 blocks;

	if (path < gone + sa->align + 2)
		return 0;
	blocks = (path - gone) & ~(sa->align - 1);
	/* In transport mode the packet's own header stands outside. */
	return blocks - 2 + (sa->mode == CRYPTOMAP_MODE_TRANSPORT ? header : 0);
}

/**
 * cm_pmtu_largest - largest packet whose ESP packet has a length that IP can
 * tell, whatever the way to the peer
 * @sa: outbound SA
 *
 * Return: bytes with the IP header.
 */
u32 cm_pmtu_largest(const struct cm_sa *sa)
{
	return cm_pmtu_plaintext(sa, sa->id.family == AF_INET ? IP_MAX_MTU :
								IP6_MAX_MTU);
}

static bool fits(struct sk_buff *skb, u32 size)
{
	return skb_is_gso(skb) ? skb_gso_validate_network_len(skb, size) :
				 skb->len <= size;
}

/*
 * Whether a packet of this host goes to the peer itself. Its ESP packet takes
 * the same route, and what an error about the plaintext teaches that route
 * would make the ESP packets smaller, the plaintext MTU with them, and so on
 * until next to nothing fits. Such a packet is not refused.
 */
static bool shares_route(const struct cm_sa *sa, const struct sk_buff *skb,
			 u8 family)
{
	if (family != sa->id.family)
		return false;
	if (family == AF_INET)
		return ip_hdr(skb)->daddr == sa->id.dst.v4 &&
		       !(IPCB(skb)->flags & IPSKB_FORWARDED);
	return !memcmp(&ipv6_hdr(skb)->daddr, &sa->id.dst,
		       sizeof(struct in6_addr)) &&
	       !(IP6CB(skb)->flags & IP6SKB_FORWARDED);
}

/* Rows T1 to T12 of PREFRAG-T, for a packet that does not fit. */
static enum cm_pmtu_verdict judge_ipv4(const struct cm_flow *flow,
				       const struct cm_sa *sa,
				       struct sk_buff *skb)
{
	bool df = ip_hdr(skb)->frag_off & htons(IP_DF) && !skb->ignore_df &&
		  !shares_route(sa, skb, AF_INET);

	if (sa->mode == CRYPTOMAP_MODE_TRANSPORT)
		return df ? CM_PMTU_TOO_BIG : CM_PMTU_FITS;
	if (df && READ_ONCE(flow->df_bit) != CRYPTOMAP_DF_BIT_CLEAR)
		return CM_PMTU_TOO_BIG;
	if (READ_ONCE(flow->fragmentation) ==
	    CRYPTOMAP_FRAGMENTATION_AFTER_ENCRYPTION)
		return CM_PMTU_FITS;
	return skb_is_gso(skb) ? CM_PMTU_SEGMENT : CM_PMTU_SPLIT;
}

/*
 * Only the sender splits IPv6; for a host of ours that did not do so yet we
 * stand in for the sender. What no sender need make smaller (RFC 8200 5) goes
 * out whole, and the outer packet is fragmented.
 */
static enum cm_pmtu_verdict judge_ipv6(const struct cm_flow *flow,
				       const struct cm_sa *sa,
				       struct sk_buff *skb, u32 plaintext)
{
	if (fits(skb, IPV6_MIN_MTU))
		return CM_PMTU_FITS;
	if ((skb_is_gso(skb) || !skb->ignore_df) &&
	    !shares_route(sa, skb, AF_INET6))
		return CM_PMTU_TOO_BIG;
	if (sa->mode == CRYPTOMAP_MODE_TRANSPORT || plaintext < IPV6_MIN_MTU ||
	    READ_ONCE(flow->fragmentation) ==
	    CRYPTOMAP_FRAGMENTATION_AFTER_ENCRYPTION)
		return CM_PMTU_FITS;
	return skb_is_gso(skb) ? CM_PMTU_SEGMENT : CM_PMTU_SPLIT;
}

/**
 * cm_pmtu_judge - what is to be done with a packet because of its size
 * @flow: that it belongs to
 * @sa: that is to protect it
 * @skb: packet, maybe GSO
 * @family: of @skb
 * @plaintext: from cm_pmtu_plaintext()
 */
enum cm_pmtu_verdict cm_pmtu_judge(const struct cm_flow *flow,
				   const struct cm_sa *sa, struct sk_buff *skb,
				   u8 family, u32 plaintext)
{
	if (likely(fits(skb, plaintext)))
		return CM_PMTU_FITS;
	if (family == AF_INET)
		return judge_ipv4(flow, sa, skb);
	return judge_ipv6(flow, sa, skb, plaintext);
}

/**
 * cm_pmtu_refuse - tell the sender of a packet what would fit
 * @skb: packet with its route; stays the caller's
 * @family: of @skb
 * @plaintext: from cm_pmtu_plaintext()
 *
 * A sender on this host learns it by its route and by the ICMP error, which
 * goes to the address that it had before NAT.
 */
void cm_pmtu_refuse(struct sk_buff *skb, u8 family, u32 plaintext)
{
	if (family == AF_INET6)
		plaintext = max_t(u32, plaintext, IPV6_MIN_MTU);
	if (skb->sk)
		skb_dst_update_pmtu_no_confirm(skb, plaintext);
	if (family == AF_INET)
		icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED,
			      htonl(plaintext));
	else
		icmpv6_ndo_send(skb, ICMPV6_PKT_TOOBIG, 0, plaintext);
}

/* Largest fragment when all are as equal as can be (PREFRAG-1). */
static u32 fragment_size(u32 payload, u32 room)
{
	u32 count = DIV_ROUND_UP(payload, round_down(room, 8));

	return round_up(DIV_ROUND_UP(payload, count), 8);
}

/**
 * cm_pmtu_split - fragment a packet before encryption
 * @net: namespace
 * @skb: packet that cm_pmtu_judge() wants split; consumed
 * @family: of @skb
 * @plaintext: largest fragment
 * @output: gets each fragment
 *
 * Return: 0, or a negative error if some fragment was not made.
 */
int cm_pmtu_split(struct net *net, struct sk_buff *skb, u8 family,
		  u32 plaintext,
		  int (*output)(struct net *, struct sock *, struct sk_buff *))
{
	u32 header;
	u8 *prevhdr;
	int len;

	if (family == AF_INET) {
		header = ip_hdrlen(skb);
		if (plaintext < header + 8)
			goto too_small;
		IPCB(skb)->frag_max_size = header +
			fragment_size(skb->len - header, plaintext - header);
		return ip_do_fragment(net, NULL, skb, output);
	}
	len = ip6_find_1stfragopt(skb, &prevhdr);
	header = len + sizeof(struct frag_hdr);
	if (len < 0 || plaintext < header + 8)
		goto too_small;
	header += fragment_size(skb->len - len, plaintext - header);
	skb->ignore_df = 1;
	IP6CB(skb)->frag_max_size = min_t(u32, header, ip6_skb_dst_mtu(skb));
	return ipv6_stub->ipv6_fragment(net, NULL, skb, output);

too_small:
	kfree_skb(skb);
	return -EMSGSIZE;
}

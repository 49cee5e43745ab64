// SPDX-License-Identifier: GPL-2.0
/* Reading of selectors out of packets. */

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/ndisc.h>

#include "packet.h"

static void read_ports(struct sk_buff *skb, unsigned int offset,
		       struct cm_acl_key *key)
{
	__be16 buf[2];
	const __be16 *ports;

	if (key->fragment || !cm_proto_has_ports(key->proto))
		return;
	ports = skb_header_pointer(skb, offset, sizeof(buf), buf);
	if (!ports)
		return;
	key->sport = ntohs(ports[0]);
	key->dport = ntohs(ports[1]);
	key->has_ports = true;
}

static bool read_ipv4(struct sk_buff *skb, struct cm_acl_key *key)
{
	const struct iphdr *iph;

	if (!pskb_network_may_pull(skb, sizeof(*iph)))
		return false;
	iph = ip_hdr(skb);
	if (iph->version != 4 || iph->ihl < 5)
		return false;
	key->src.v4 = iph->saddr;
	key->dst.v4 = iph->daddr;
	key->proto = iph->protocol;
	key->fragment = iph->frag_off & htons(IP_OFFSET);
	read_ports(skb, skb_network_offset(skb) + iph->ihl * 4, key);
	return true;
}

/*
 * ipv6_skip_exthdr() ends at the header of a later fragment, which says what
 * the fragmented part begins with; and it steps over AH, which for a selector
 * is a protocol.
 */
static u8 upper_protocol(struct sk_buff *skb, int offset, bool fragment,
			 u8 nexthdr)
{
	unsigned int at = 0;
	u8 buf;
	const u8 *first;

	if (ipv6_find_hdr(skb, &at, NEXTHDR_AUTH, NULL, NULL) == NEXTHDR_AUTH)
		return NEXTHDR_AUTH;
	if (!fragment)
		return nexthdr;
	first = skb_header_pointer(skb, offset, sizeof(buf), &buf);
	return first ? *first : nexthdr;
}

static bool read_ipv6(struct sk_buff *skb, struct cm_acl_key *key)
{
	const struct ipv6hdr *iph;
	__be16 frag_off = 0;
	u8 nexthdr;
	int offset;

	if (!pskb_network_may_pull(skb, sizeof(*iph)))
		return false;
	iph = ipv6_hdr(skb);
	if (iph->version != 6)
		return false;
	memcpy(&key->src, &iph->saddr, sizeof(iph->saddr));
	memcpy(&key->dst, &iph->daddr, sizeof(iph->daddr));
	nexthdr = iph->nexthdr;
	offset = ipv6_skip_exthdr(skb, skb_network_offset(skb) + sizeof(*iph),
				  &nexthdr, &frag_off);
	key->fragment = offset < 0 || frag_off & htons(IP6_OFFSET);
	if (offset >= 0 && ipv6_ext_hdr(ipv6_hdr(skb)->nexthdr))
		nexthdr = upper_protocol(skb, offset, key->fragment, nexthdr);
	key->proto = nexthdr;
	key->opaque = offset < 0 || (key->fragment && nexthdr != NEXTHDR_AUTH &&
				     ipv6_ext_hdr(nexthdr));
	if (offset >= 0)
		read_ports(skb, offset, key);
	return true;
}

/**
 * cm_packet_key - selector of a packet as it stands
 * @skb: packet with its network header set
 * @family: AF_INET or AF_INET6
 * @key: filled
 *
 * Context: any; may move the packet's head.
 * Return: false if there is no IP header of @family.
 */
bool cm_packet_key(struct sk_buff *skb, u8 family, struct cm_acl_key *key)
{
	memset(key, 0, sizeof(*key));
	key->family = family;
	return family == AF_INET ? read_ipv4(skb, key) : read_ipv6(skb, key);
}

/* Whether an ICMP message of this type quotes the packet that it is about. */
static bool icmp_quotes(u8 family, u8 type)
{
	if (family == AF_INET6)
		return !(type & ICMPV6_INFOMSG_MASK);
	return type == ICMP_DEST_UNREACH || type == ICMP_SOURCE_QUENCH ||
	       type == ICMP_REDIRECT || type == ICMP_TIME_EXCEEDED ||
	       type == ICMP_PARAMETERPROB;
}

/* Where the ICMP message begins, or a negative error. */
static int icmp_offset(const struct sk_buff *skb, u8 family)
{
	unsigned int at = 0;

	if (family == AF_INET)
		return ip_hdr(skb)->protocol == IPPROTO_ICMP &&
		       !(ip_hdr(skb)->frag_off & htons(IP_OFFSET)) ?
			skb_network_offset(skb) + ip_hdrlen(skb) : -ENOENT;
	if (ipv6_find_hdr(skb, &at, IPPROTO_ICMPV6, NULL, NULL) < 0)
		return -ENOENT;
	return at;
}

static bool quoted_ipv4(struct sk_buff *skb, int at, struct cm_acl_key *key)
{
	const struct iphdr *iph;
	struct iphdr buf;

	iph = skb_header_pointer(skb, at, sizeof(buf), &buf);
	if (!iph || iph->version != 4 || iph->ihl < 5)
		return false;
	key->src.v4 = iph->saddr;
	key->dst.v4 = iph->daddr;
	key->proto = iph->protocol;
	key->fragment = iph->frag_off & htons(IP_OFFSET);
	read_ports(skb, at + iph->ihl * 4, key);
	return true;
}

static bool quoted_ipv6(struct sk_buff *skb, int at, struct cm_acl_key *key)
{
	const struct ipv6hdr *iph;
	struct ipv6hdr buf;
	__be16 frag_off = 0;
	int offset;

	iph = skb_header_pointer(skb, at, sizeof(buf), &buf);
	if (!iph || iph->version != 6)
		return false;
	memcpy(&key->src, &iph->saddr, sizeof(key->src));
	memcpy(&key->dst, &iph->daddr, sizeof(key->dst));
	key->proto = iph->nexthdr;
	offset = ipv6_skip_exthdr(skb, at + sizeof(*iph), &key->proto,
				  &frag_off);
	key->fragment = offset < 0 || frag_off & htons(IP6_OFFSET);
	if (offset >= 0)
		read_ports(skb, offset, key);
	return true;
}

/**
 * cm_packet_quoted - selector of the packet that an ICMP error is about
 * @skb: packet whose header cm_packet_key() has read
 * @family: AF_INET or AF_INET6
 * @key: filled
 *
 * An error quotes up to 548 bytes (IPv4) or what fits into 1280 (IPv6) of a
 * packet that may have come protected (RFC 4301 6.2).
 *
 * Return: false if it is no error, or quotes nothing that can be read.
 */
bool cm_packet_quoted(struct sk_buff *skb, u8 family, struct cm_acl_key *key)
{
	int at = icmp_offset(skb, family);
	u8 buf, *type;

	if (at < 0)
		return false;
	type = skb_header_pointer(skb, at, sizeof(buf), &buf);
	if (!type || !icmp_quotes(family, *type))
		return false;
	memset(key, 0, sizeof(*key));
	key->family = family;
	/* Both kinds of ICMP header have eight bytes. */
	at += sizeof(struct icmphdr);
	return family == AF_INET ? quoted_ipv4(skb, at, key) :
				   quoted_ipv6(skb, at, key);
}

/**
 * cm_packet_is_fragment - whether a packet is a part of one, first or later
 * @skb: packet whose header cm_packet_key() has read
 * @family: AF_INET or AF_INET6
 */
bool cm_packet_is_fragment(const struct sk_buff *skb, u8 family)
{
	unsigned int offset = 0;

	if (family == AF_INET)
		return ip_is_fragment(ip_hdr(skb));
	return ipv6_ext_hdr(ipv6_hdr(skb)->nexthdr) &&
	       ipv6_find_hdr(skb, &offset, NEXTHDR_FRAGMENT, NULL, NULL) >= 0;
}

/* Neighbour discovery, inverse and secure (RFC 4861, 3122, 3971). */
static bool is_discovery(u8 type)
{
	return (type >= NDISC_ROUTER_SOLICITATION && type <= NDISC_REDIRECT) ||
	       type == 141 || type == 142 || type == 148 || type == 149;
}

/* Multicast listener and router discovery (RFC 2710, 3810, 4286). */
static bool is_multicast_control(u8 type)
{
	return (type >= ICMPV6_MGM_QUERY && type <= ICMPV6_MGM_REDUCTION) ||
	       type == ICMPV6_MLD2_REPORT ||
	       (type >= 151 && type <= 153);
}

/* Routers do not pass on what comes from such an address (RFC 4291 2.5.6). */
static bool from_link(const struct ipv6hdr *iph)
{
	return ipv6_addr_any(&iph->saddr) ||
	       ipv6_addr_type(&iph->saddr) & IPV6_ADDR_LINKLOCAL;
}

/* Where the ICMPv6 message of a whole packet begins, or a negative error. */
static int icmp6_offset(const struct sk_buff *skb)
{
	const struct ipv6hdr *iph = ipv6_hdr(skb);
	u8 nexthdr = iph->nexthdr;
	__be16 frag_off = 0;
	int at;

	/* MLD has a router alert option in front, discovery has nothing. */
	if (nexthdr != IPPROTO_ICMPV6 && nexthdr != NEXTHDR_HOP)
		return -ENOENT;
	at = ipv6_skip_exthdr(skb, skb_network_offset(skb) + sizeof(*iph),
			      &nexthdr, &frag_off);
	return nexthdr == IPPROTO_ICMPV6 && !frag_off ? at : -ENOENT;
}

/**
 * cm_packet_is_link_control - what hosts and routers of one link say there
 * @skb: packet whose header cm_packet_key() has read
 * @family: AF_INET or AF_INET6
 *
 * Neighbour discovery, and who listens to which group: MLD and IGMP. Such
 * messages (RFC 4890 4.3.3, 4.4.3) were made on this link, as their hop limit
 * shows, and are worth nothing behind a tunnel; without them no packet reaches
 * the peer, so that even `permit ipv6 any any` leaves them alone.
 */
bool cm_packet_is_link_control(const struct sk_buff *skb, u8 family)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	const struct iphdr *iph = ip_hdr(skb);
	u8 buf, *type;
	int at;

	if (family == AF_INET)
		return iph->protocol == IPPROTO_IGMP && iph->ttl == 1 &&
		       ipv4_is_multicast(iph->daddr) && !ip_is_fragment(iph);
	if (ip6h->hop_limit != 255 && ip6h->hop_limit != 1)
		return false;
	at = icmp6_offset(skb);
	if (at < 0)
		return false;
	type = skb_header_pointer(skb, at, sizeof(buf), &buf);
	if (!type)
		return false;
	if (ip6h->hop_limit == 255)
		return ip6h->nexthdr == IPPROTO_ICMPV6 && is_discovery(*type);
	return is_multicast_control(*type) && from_link(ip6h);
}

/**
 * cm_packet_is_ike - whether a packet goes from or to an IKE port
 * @key: of the packet; the local end is the source
 */
bool cm_packet_is_ike(const struct cm_acl_key *key)
{
	return key->proto == IPPROTO_UDP && key->has_ports &&
	       (key->sport == 500 || key->sport == 4500);
}

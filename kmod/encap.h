/* SPDX-License-Identifier: GPL-2.0 */
/* Outer headers: route to the peer, DF, DSCP and ECN. */
#ifndef _CM_ENCAP_H
#define _CM_ENCAP_H

#include <linux/skbuff.h>
#include <linux/types.h>
#include <net/dst.h>

struct cm_sa;

/**
 * struct cm_encap_inner - what an outer header takes from the inner packet
 * @family: AF_INET or AF_INET6
 * @nexthdr: what the ESP trailer says is inside
 * @tos: DSCP and ECN
 * @df: the outer header is to have DF set
 * @header: transport mode, bytes of IP header in front of the ESP header
 * @proto_at: transport mode, where in them the protocol is
 */
struct cm_encap_inner {
	u8 family;
	u8 nexthdr;
	u8 tos;
	bool df;
	u16 header;
	u16 proto_at;
};

bool cm_encap_inspect(const struct cm_sa *sa, struct sk_buff *skb, u8 family,
		      struct cm_encap_inner *inner);
struct dst_entry *cm_encap_route(struct cm_sa *sa);
unsigned int cm_encap_len(const struct cm_sa *sa);
void cm_encap_push(const struct cm_sa *sa, struct sk_buff *skb,
		   const struct dst_entry *dst,
		   const struct cm_encap_inner *inner);
void cm_encap_transmit(const struct cm_sa *sa, struct sk_buff *skb);
bool cm_encap_pop(struct sk_buff *skb, u8 outer_tos);

#endif /* _CM_ENCAP_H */

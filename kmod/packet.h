/* SPDX-License-Identifier: GPL-2.0 */
/* Reading of selectors out of packets. */
#ifndef _CM_PACKET_H
#define _CM_PACKET_H

#include <linux/skbuff.h>

#include "acl.h"

bool cm_packet_key(struct sk_buff *skb, u8 family, struct cm_acl_key *key);
bool cm_packet_quoted(struct sk_buff *skb, u8 family, struct cm_acl_key *key);
bool cm_packet_is_fragment(const struct sk_buff *skb, u8 family);
bool cm_packet_is_link_control(const struct sk_buff *skb, u8 family);
bool cm_packet_is_ike(const struct cm_acl_key *key);

/* Outer or inner address of a packet as the module keeps addresses. */
static inline void cm_addr_set4(union cm_addr *addr, __be32 v4)
{
	*addr = (union cm_addr) { .v4 = v4 };
}

#endif /* _CM_PACKET_H */

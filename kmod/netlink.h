/* SPDX-License-Identifier: GPL-2.0 */
/* The generic netlink family; its commands are in netlink_gen.h. */
#ifndef _CM_NETLINK_H
#define _CM_NETLINK_H

#include <net/genetlink.h>

#include "acl.h"
#include "netlink_gen.h"

/**
 * struct cm_netlink_need - an attribute that a request must have
 * @attr: its number
 * @text: what to say if it is missing
 */
struct cm_netlink_need {
	u16 attr;
	const char *text;
};

extern struct genl_family cm_netlink_family;

int cm_netlink_init(void);
void cm_netlink_exit(void);
bool cm_netlink_listening(struct net *net);

/* Reading of requests, with texts for refusals. */
void cm_netlink_text(struct netlink_ext_ack *extack, const struct nlattr *attr,
		     const char *text);
int cm_netlink_need(struct nlattr **tb, const struct nlattr *nest,
		    const struct cm_netlink_need *needs, unsigned int count,
		    struct netlink_ext_ack *extack);
int cm_netlink_af(const struct nlattr *attr, u8 *family,
		  struct netlink_ext_ack *extack);
int cm_netlink_addr(const struct nlattr *attr, u8 family, union cm_addr *addr,
		    struct netlink_ext_ack *extack);
int cm_netlink_addr_any(const struct nlattr *attr, union cm_addr *addr,
			u8 *family, struct netlink_ext_ack *extack);

/* Writing of replies. */
int cm_netlink_reply_start(struct genl_info *info, u8 cmd, struct sk_buff **skb,
			   void **hdr);
int cm_netlink_reply_end(struct genl_info *info, struct sk_buff *skb, void *hdr,
			 int err);
int cm_netlink_put_addr(struct sk_buff *skb, int attr,
			const union cm_addr *addr, u8 family);
int cm_netlink_put_drop(struct sk_buff *skb, int attr, unsigned int reason,
			u64 count);

#endif /* _CM_NETLINK_H */

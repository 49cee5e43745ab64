/* SPDX-License-Identifier: GPL-2.0 */
/* The generic netlink family; its commands are in netlink_gen.h. */
#ifndef _CM_NETLINK_H
#define _CM_NETLINK_H

#include <net/genetlink.h>

extern struct genl_family cm_netlink_family;

int cm_netlink_init(void);
void cm_netlink_exit(void);

#endif /* _CM_NETLINK_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mtu6 - the IPv6 MTU of an interface, which rtnetlink cannot change. */
#ifndef _IPSECD_MTU6_H
#define _IPSECD_MTU6_H

#include "lib/kerr.h"

/* Bytes, or 0 if the netdev has no IPv6. */
unsigned int mtu6_read(const char *netdev);

/* 0 or a negative errno with *@err; more than the link's MTU is refused. */
int mtu6_write(const char *netdev, unsigned int mtu, struct kerr *err);

#endif /* _IPSECD_MTU6_H */

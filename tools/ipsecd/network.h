/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * network - interfaces and static routes as the configuration says, and
 * nothing else: what it does not name is left alone.
 *
 * An address, an MTU or a route that is configured belongs to ipsecd from
 * then on, also if it was there before; taking the line out removes it.
 */
#ifndef _IPSECD_NETWORK_H
#define _IPSECD_NETWORK_H

#include "config/config.h"
#include "lib/kerr.h"
#include "link.h"
#include "route.h"

/**
 * struct network_interface - what we know of an interface that is configured
 * @ifindex: of the netdev that has been set up; another one is set up anew
 * @mtu: what it had before "ip mtu", 0 if that was never used
 * @mtu6: likewise for "ipv6 mtu"
 */
struct network_interface {
	unsigned int ifindex;
	unsigned int mtu;
	unsigned int mtu6;
};

struct network {
	struct network_interface *v;
	size_t n;
};

/**
 * struct network_tables - where changes go
 * @report: called for what cannot be done although the rest was; NULL makes
 *	such a thing an error
 * @arg: for @report
 */
struct network_tables {
	struct network *network;
	struct link_table *links;
	struct route_table *routes;
	void (*report)(void *arg, const struct kerr *err);
	void *arg;
};

void network_create(const struct network_tables *t, const struct config *config);
int network_apply_interfaces(const struct network_tables *t, const struct config *old,
			     const struct config *config, unsigned int *line,
			     struct kerr *err);
int network_apply_routes(const struct network_tables *t, const struct config *config,
			 unsigned int *line, struct kerr *err);
/* The netdev is gone; another one may get its index. */
void network_forget(struct network *network, unsigned int ifindex);
void network_free(struct network *network);

#endif /* _IPSECD_NETWORK_H */

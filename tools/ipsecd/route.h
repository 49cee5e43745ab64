/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * route - the routes that ipsecd puts into the main routing table.
 *
 * Every route carries one of our protocol numbers, so that ours are told
 * from others' after a restart, and routing daemons can redistribute them
 * ("redistribute kernel" with a match on the protocol).  Routes of others are
 * never changed.
 *
 * All return 0 or a negative errno with *@err (may be NULL).  One thread.
 */
#ifndef _CM_IPSECD_ROUTE_H
#define _CM_IPSECD_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/kerr.h"

/* "ip route" and "ipv6 route"; both numbers are unused by others' tools. */
#define ROUTE_PROTO_STATIC	200
/* Reverse route injection. */
#define ROUTE_PROTO_RRI		201

#define ROUTE_HOPS_MAX		16

/**
 * struct route_hop - one way to the destination
 * @gateway: next hop, or unset for a route to an interface
 * @ifindex: 0 to let the kernel find the interface of @gateway
 */
struct route_hop {
	struct addr gateway;
	unsigned int ifindex;
};

/**
 * struct route - a route of ours
 * @dst: host bits are cleared
 * @proto: ROUTE_PROTO_*
 * @metric: priority, a lower one is better; 0 is the kernel's default (0 for
 *	IPv4, 1024 for IPv6).  IOS's administrative distance goes here.
 * @discard: "Null0": packets are dropped without an answer; no hops then
 * @n_hops: 1 to ROUTE_HOPS_MAX; several share the load
 *
 * @dst and @metric together name the route.
 */
struct route {
	struct addr_prefix dst;
	uint8_t proto;
	uint32_t metric;
	bool discard;
	unsigned int n_hops;
	struct route_hop hops[ROUTE_HOPS_MAX];
};

struct route_table;

/**
 * struct route_events - what others do to our routes
 * @gone: a route of ours was removed, by somebody else or by the kernel with
 *	its interface or address; not called for route_del().  Found out by
 *	looking again after every change of interfaces and addresses, since
 *	the kernel removes IPv4 routes silently then.
 * @paths_changed: some route, address or interface changed, so that a next
 *	hop may now be reached in another way, or at all.  Called once for all
 *	that is read together.
 *
 * Callbacks may call everything but route_table_close().
 */
struct route_events {
	void (*gone)(void *arg, const struct route *r);
	void (*paths_changed)(void *arg);
};

/* Opens and reads the routes of ours that are there. */
int route_table_open(struct route_table **out, const struct route_events *events, void *arg,
		     struct kerr *err);
/* Leaves the routes alone. */
void route_table_close(struct route_table *t);

int route_table_fd(const struct route_table *t);

/* Without blocking; number of messages or a negative errno. */
int route_table_read(struct route_table *t, struct kerr *err);

/*
 * Adds the route, or changes the one of ours that has its destination and
 * metric.  -EEXIST: one that is not ours is in the way.  -ENETUNREACH,
 * -EHOSTUNREACH, -ENETDOWN: the next hop cannot be reached now; try again at
 * paths_changed.
 */
int route_set(struct route_table *t, const struct route *r, struct kerr *err);

/* Removes it; fine if it is not there. */
int route_del(struct route_table *t, const struct route *r, struct kerr *err);

/* The route of ours with this destination and metric, or NULL. */
const struct route *route_find(const struct route_table *t, const struct addr_prefix *dst,
			       uint32_t metric);

/* All routes of ours, for a resync: route_next(t, NULL) is the first. */
const struct route *route_next(const struct route_table *t, const struct route *prev);

#endif /* _CM_IPSECD_ROUTE_H */

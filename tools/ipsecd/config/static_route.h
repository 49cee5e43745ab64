/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Static routes as configured: ip route, ipv6 route (IF-3). */
#ifndef _IPSECD_CONFIG_STATIC_ROUTE_H
#define _IPSECD_CONFIG_STATIC_ROUTE_H

#include "lib/addr.h"
#include "object.h"

/**
 * struct static_route - one line of ip route or ipv6 route
 * @object: reference count
 * @dst: key; without host bits
 * @gateway: key; next hop, or unset
 * @interface: key; name or NULL, "Null0" discards
 * @distance: administrative distance, 1 to 255; 1 is not written
 * @name: a name for people, or NULL
 */
struct static_route {
	struct object object;
	struct addr_prefix dst;
	struct addr gateway;
	char *interface;
	unsigned int distance;
	char *name;
};

#define STATIC_ROUTE_DISTANCE	1

extern const struct object_class static_route_class;

struct static_route *static_route_new(const struct addr_prefix *dst,
				      const struct addr *gateway,
				      const char *interface);

#endif /* _IPSECD_CONFIG_STATIC_ROUTE_H */

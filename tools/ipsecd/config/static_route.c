// SPDX-License-Identifier: GPL-2.0-or-later
/* Static routes as configuration objects. */
#include <stdlib.h>
#include <string.h>

#include "interface.h"
#include "static_route.h"

struct static_route *static_route_new(const struct addr_prefix *dst,
				      const struct addr *gateway,
				      const char *interface)
{
	struct static_route *route = object_alloc(sizeof(*route));

	route->dst = *dst;
	if (gateway)
		route->gateway = *gateway;
	route->interface = object_strdup(interface);
	route->distance = STATIC_ROUTE_DISTANCE;
	return route;
}

static int static_route_compare(const void *a, const void *b)
{
	const struct static_route *x = a, *y = b;
	int order = addr_compare(&x->dst.addr, &y->dst.addr);

	if (!order)
		order = (int)x->dst.len - (int)y->dst.len;
	if (!order)
		order = addr_compare(&x->gateway, &y->gateway);
	if (!order)
		order = interface_name_compare(x->interface ? x->interface : "",
					       y->interface ? y->interface : "");
	return order;
}

static bool static_route_equal(const void *a, const void *b)
{
	const struct static_route *x = a, *y = b;

	return static_route_compare(x, y) == 0 && x->distance == y->distance &&
	       object_same_text(x->interface, y->interface) &&
	       object_same_text(x->name, y->name);
}

static void *static_route_clone(const void *object)
{
	const struct static_route *from = object;
	struct static_route *to = static_route_new(&from->dst, &from->gateway,
						   from->interface);

	to->object.line = from->object.line;
	to->object.stamp = from->object.stamp;
	to->distance = from->distance;
	to->name = object_strdup(from->name);
	return to;
}

static void static_route_destroy(void *object)
{
	struct static_route *route = object;

	free(route->interface);
	free(route->name);
	free(route);
}

const struct object_class static_route_class = {
	.compare = static_route_compare,
	.equal = static_route_equal,
	.clone = static_route_clone,
	.destroy = static_route_destroy,
};

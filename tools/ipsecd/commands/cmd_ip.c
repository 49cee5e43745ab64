// SPDX-License-Identifier: GPL-2.0-or-later
/* ip route, ipv6 route (IF-3). */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "edit.h"

/* The line of the arguments as a key; to be freed with free_key(). */
static struct static_route *parse_route(struct cli_ctx *c)
{
	struct addr gateway = edit_address(c, "gateway");
	struct addr_prefix dst = edit_prefix(c, "prefix");

	if (dst.addr.family == AF_INET)
		dst.len = cli_arg_plen(c, "mask");
	return static_route_new(&dst, &gateway, cli_arg_str(c, "if"));
}

static int check_route(struct cli_ctx *c, const struct static_route *route)
{
	struct addr network = addr_prefix_network(&route->dst);

	if (!addr_equal(&network, &route->dst.addr))
		return cli_refuse_at(c, "prefix", "Inconsistent address and mask");
	if (addr_is_multicast(&route->dst.addr))
		return cli_refuse_at(c, "prefix", "A static route to multicast is not possible");
	if (addr_is_set(&route->gateway) &&
	    (addr_is_any(&route->gateway) || addr_is_multicast(&route->gateway) ||
	     addr_is_loopback(&route->gateway)))
		return cli_refuse_at(c, "gateway", "Invalid next hop address");
	return 0;
}

static int set_route(struct cli_ctx *c)
{
	struct config *config = cli_candidate(c);
	struct static_route *route = parse_route(c);
	int ret = check_route(c, route);

	if (ret) {
		static_route_class.destroy(route);
		return ret;
	}
	if (cli_has(c, "distance"))
		route->distance = cli_arg_u32(c, "distance");
	route->name = object_strdup(cli_arg_str(c, "label"));
	if (cli_has(c, "permanent") || cli_has(c, "tag"))
		cli_warn(c, "\"permanent\" and \"tag\" have no effect");
	if (cli_has(c, "track"))
		cli_warn(c, "The route does not depend on track %u: objects are not tracked here",
			 cli_arg_u32(c, "object"));
	config_touch(config, route, cli_line(c));
	objects_insert(&config->routes, route);
	return 0;
}

/* Without a next hop all routes to the destination go. */
static size_t remove_routes(struct config *config, const struct static_route *key)
{
	size_t removed = 0;

	for (size_t i = config->routes.n; i-- > 0;) {
		const struct static_route *route = (const void *)config->routes.v[i];

		if (!addr_prefix_equal(&route->dst, &key->dst))
			continue;
		if ((addr_is_set(&key->gateway) || key->interface) &&
		    static_route_class.compare(route, key))
			continue;
		objects_remove(&config->routes, route);
		removed++;
	}
	return removed;
}

static int unset_route(struct cli_ctx *c)
{
	struct static_route *key = parse_route(c);
	size_t removed = remove_routes(cli_candidate(c), key);

	static_route_class.destroy(key);
	if (!removed)
		return cli_refuse(c, "No matching route to delete");
	return 0;
}

static void write_route(struct cli_writer *w, const struct static_route *route)
{
	bool v6 = route->dst.addr.family == AF_INET6;
	struct addr mask = addr_mask(route->dst.addr.family, route->dst.len);
	struct addr_buf dst, mask_text, gateway;
	struct text line = TEXT_INIT;

	if (v6)
		text_printf(&line, "ipv6 route %s", addr_prefix_text(&route->dst, &dst));
	else
		text_printf(&line, "ip route %s %s", addr_text(&route->dst.addr, &dst),
			    addr_text(&mask, &mask_text));
	if (route->interface)
		text_printf(&line, " %s", route->interface);
	if (addr_is_set(&route->gateway))
		text_printf(&line, " %s", addr_text(&route->gateway, &gateway));
	if (route->distance != STATIC_ROUTE_DISTANCE)
		text_printf(&line, " %u", route->distance);
	if (route->name)
		text_printf(&line, " name %s", route->name);
	cli_write_line(w, "%s", text_str(&line));
	text_free(&line);
}

static void write_family(struct cli_writer *w, uint16_t family)
{
	const struct config *config = cli_write_config(w);
	const struct static_route *route;
	size_t i;

	objects_for_each(route, &config->routes, i)
		if (route->dst.addr.family == family)
			write_route(w, route);
}

static void write_routes(struct cli_writer *w)
{
	write_family(w, AF_INET);
}

static void write_routes6(struct cli_writer *w)
{
	write_family(w, AF_INET6);
}

#define OPTIONS	" [(1-255)$distance] [name WORD$label] [permanent]"	\
		" [track (1-1000)$object] [tag (1-4294967295)$tagvalue]"
#define OPTIONS_HELP						\
	"Distance metric for this route\n"			\
	"Specify name of the next hop\n"			\
	"Name of the next hop\n"				\
	"Permanent route (no effect)\n"				\
	"Install route depending on tracked item (no effect)\n"	\
	"Tracked object number\n"				\
	"Tag for this route (no effect)\n"			\
	"Tag value\n"

static const struct cli_command commands[] = {
	{
		.grammar = "ip route A.B.C.D$prefix MASK$mask {A.B.C.D$gateway|IFNAME$if [A.B.C.D$gateway]}" OPTIONS,
		.no_grammar = "ip route A.B.C.D$prefix MASK$mask [A.B.C.D$gateway|IFNAME$if [A.B.C.D$gateway]]" OPTIONS,
		.help = "Global IP configuration subcommands\n"
			"Establish static routes\n"
			"Destination prefix\n"
			"Destination prefix mask\n"
			"Forwarding router's address\n"
			"Interface, Null0 to discard\n"
			"Forwarding router's address\n"
			OPTIONS_HELP,
		.modes = CLI_IN(CLI_MODE_CONFIG),
		.set = set_route, .unset = unset_route,
		.write = write_routes, .order = ORDER_ROUTE, .ref = "C43",
	}, {
		.grammar = "ipv6 route X:X::X:X/M$prefix {X:X::X:X$gateway|IFNAME$if [X:X::X:X$gateway]}" OPTIONS,
		.no_grammar = "ipv6 route X:X::X:X/M$prefix [X:X::X:X$gateway|IFNAME$if [X:X::X:X$gateway]]" OPTIONS,
		.help = "Global IPv6 configuration commands\n"
			"Configure static routes\n"
			"IPv6 prefix\n"
			"IPv6 address of next hop\n"
			"Interface, Null0 to discard\n"
			"IPv6 address of next hop\n"
			OPTIONS_HELP,
		.modes = CLI_IN(CLI_MODE_CONFIG),
		.set = set_route, .unset = unset_route,
		.write = write_routes6, .order = ORDER_ROUTE6, .ref = "C43",
	},
};

const struct command_table commands_ip = COMMAND_TABLE(commands);

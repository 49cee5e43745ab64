// SPDX-License-Identifier: GPL-2.0-or-later
/* Interfaces and static routes brought in line with the configuration. */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "mtu6.h"
#include "network.h"

#define MTU_DEFAULT	1500

static struct network_interface *find_state(struct network *network, unsigned int ifindex)
{
	for (size_t i = 0; i < network->n; i++)
		if (network->v[i].ifindex == ifindex)
			return &network->v[i];
	return NULL;
}

/* *@fresh: this netdev was not set up before. */
static struct network_interface *get_state(struct network *network,
					   unsigned int ifindex, bool *fresh)
{
	struct network_interface *state = find_state(network, ifindex);

	*fresh = !state;
	if (state)
		return state;
	network->v = realloc(network->v, (network->n + 1) * sizeof(*network->v));
	if (!network->v)
		abort();
	state = &network->v[network->n++];
	*state = (struct network_interface){ .ifindex = ifindex };
	return state;
}

void network_forget(struct network *network, unsigned int ifindex)
{
	struct network_interface *state = find_state(network, ifindex);

	if (state)
		*state = network->v[--network->n];
}

void network_free(struct network *network)
{
	free(network->v);
	*network = (struct network){ 0 };
}

/* What an IPv6 MTU becomes when it is no longer configured. */
static unsigned int mtu6_before(const struct network_interface *state,
				const struct link *link)
{
	return state->mtu6 ? state->mtu6 : link->mtu;
}

/*
 * The MTU before ours.  An interface that has just what is configured when it is
 * seen first has it from the daemon before us: what it had then is not known.
 */
static unsigned int mtu_before(const struct link *link, unsigned int wanted)
{
	return link->mtu == wanted && wanted < MTU_DEFAULT ? MTU_DEFAULT : link->mtu;
}

/*
 * "ip mtu" makes packets smaller, not the link larger: what the neighbours can
 * receive is not ours to say.  Interfaces that we made have no neighbours.
 */
static int check_mtu(const struct link *link, unsigned int before, unsigned int mtu,
		     struct kerr *err)
{
	unsigned int most = before > MTU_DEFAULT ? before : MTU_DEFAULT;

	if (link->created || mtu <= most)
		return 0;
	return kerr_set(err, EINVAL, "ip mtu %u is more than the %u of the link", mtu, most);
}

static int apply_mtu(const struct network_tables *t, struct network_interface *state,
		     const struct interface *old, const struct interface *new,
		     struct kerr *err)
{
	const struct link *link = link_find_index(t->links, state->ifindex);
	unsigned int mtu = new ? new->mtu : 0, mtu6 = new ? new->mtu6 : 0;
	int ret = 0;

	if (mtu && !state->mtu)
		state->mtu = mtu_before(link, mtu);
	ret = check_mtu(link, state->mtu, mtu, err);
	if (ret)
		return ret;
	if (!mtu && old && old->mtu)
		mtu = state->mtu ? state->mtu : MTU_DEFAULT;
	if (mtu && mtu != link->mtu)
		ret = link_set_mtu(t->links, state->ifindex, mtu, err);
	if (ret)
		return ret;
	link = link_find_index(t->links, state->ifindex);
	if (!link)
		return 0;
	if (mtu6 && !state->mtu6)
		state->mtu6 = mtu6_read(link->name);
	if (!mtu6 && old && old->mtu6)
		mtu6 = mtu6_before(state, link);
	if (mtu6 && mtu6 != mtu6_read(link->name))
		ret = mtu6_write(link->name, mtu6, err);
	return ret;
}

static struct addr_prefix resolve6(const struct interface_address6 *a, const struct link *link)
{
	struct addr_prefix p = a->prefix;

	if (a->eui64)
		addr_set_eui64(&p.addr, link->mac);
	return p;
}

static bool has_address(const struct interface *iface, const struct link *link,
			const struct addr_prefix *p)
{
	if (!iface)
		return false;
	if (addr_prefix_equal(&iface->primary, p))
		return true;
	for (size_t i = 0; i < iface->n_secondary; i++)
		if (addr_prefix_equal(&iface->secondary[i], p))
			return true;
	for (size_t i = 0; i < iface->n_address6; i++) {
		struct addr_prefix other = resolve6(&iface->address6[i], link);

		if (addr_prefix_equal(&other, p))
			return true;
	}
	return false;
}

static bool link_has_address(const struct link *link, const struct addr_prefix *p)
{
	for (unsigned int i = 0; i < link->n_addresses; i++)
		if (addr_prefix_equal(&link->addresses[i].prefix, p))
			return true;
	return false;
}

/* All addresses of @iface, IPv4 ones first; returns how many. */
static size_t list_addresses(const struct interface *iface, const struct link *link,
			     struct addr_prefix **list)
{
	size_t n = 0;

	*list = calloc(1 + iface->n_secondary + iface->n_address6, sizeof(**list));
	if (!*list)
		abort();
	if (addr_is_set(&iface->primary.addr))
		(*list)[n++] = iface->primary;
	for (size_t i = 0; i < iface->n_secondary; i++)
		(*list)[n++] = iface->secondary[i];
	for (size_t i = 0; i < iface->n_address6; i++)
		(*list)[n++] = resolve6(&iface->address6[i], link);
	return n;
}

static int remove_addresses(const struct network_tables *t, const struct link *link,
			    const struct interface *old, const struct interface *new,
			    struct kerr *err)
{
	unsigned int ifindex = link->ifindex;
	struct addr_prefix *list;
	size_t n = list_addresses(old, link, &list);
	int ret = 0;

	for (size_t i = 0; i < n && !ret; i++) {
		link = link_find_index(t->links, ifindex);
		if (!link)
			break;
		if (!has_address(new, link, &list[i]) && link_has_address(link, &list[i]))
			ret = link_del_address(t->links, ifindex, &list[i], err);
	}
	free(list);
	return ret;
}

/* The kernel drops IPv6 addresses of an interface that is down. */
static int add_addresses(const struct network_tables *t, const struct link *link,
			 const struct interface *iface, struct kerr *err)
{
	unsigned int ifindex = link->ifindex;
	struct addr_prefix *list;
	size_t n = list_addresses(iface, link, &list);
	int ret = 0;

	for (size_t i = 0; i < n && !ret; i++) {
		link = link_find_index(t->links, ifindex);
		if (!link)
			break;
		if (link_has_address(link, &list[i]))
			continue;
		if (list[i].addr.family == AF_INET6 && !(link->flags & IFF_UP))
			continue;
		ret = link_add_address(t->links, ifindex, &list[i], 0, err);
	}
	free(list);
	return ret;
}

/* "no interface X", and what is undone with it. */
static int remove_interface(const struct network_tables *t, const struct interface *old,
			    struct kerr *err)
{
	const struct link *link = link_find(t->links, old->name);
	struct network_interface *state;
	unsigned int ifindex;
	bool fresh;
	int ret;

	if (!link)
		return 0;
	ifindex = link->ifindex;
	if (link->created) {
		ret = link_delete(t->links, ifindex, err);
	} else {
		state = get_state(t->network, ifindex, &fresh);
		ret = remove_addresses(t, link, old, NULL, err);
		if (!ret)
			ret = apply_mtu(t, state, old, NULL, err);
	}
	if (!ret)
		network_forget(t->network, ifindex);
	return ret == -ENODEV ? 0 : ret;
}

/*
 * The administrative state is set when it is configured and when a netdev
 * appears; what an administrator does to it by other means later stays.
 */
static int apply_state(const struct network_tables *t, const struct link *link,
		       const struct interface *old, const struct interface *new,
		       bool fresh, struct kerr *err)
{
	bool up = !new->shutdown;

	if (!fresh && old && old->shutdown == new->shutdown)
		return 0;
	if (!!(link->flags & IFF_UP) == up)
		return 0;
	return link_set_up(t->links, link->ifindex, up, err);
}

static int apply_interface(const struct network_tables *t, const struct interface *old,
			   const struct interface *new, struct kerr *err)
{
	const struct link *link = link_find(t->links, new->name);
	struct network_interface *state;
	unsigned int ifindex;
	bool fresh;
	int ret = 0;

	if (!link)
		return 0;
	ifindex = link->ifindex;
	state = get_state(t->network, ifindex, &fresh);
	if (old)
		ret = remove_addresses(t, link, old, new, err);
	if (!ret)
		ret = apply_mtu(t, state, old, new, err);
	link = link_find_index(t->links, ifindex);
	if (!ret && link)
		ret = apply_state(t, link, old, new, fresh, err);
	link = link_find_index(t->links, ifindex);
	if (!ret && link)
		ret = add_addresses(t, link, new, err);
	return ret == -ENODEV ? 0 : ret;
}

/*
 * LoopbackN and VlanN come into being by being configured.  Done before the
 * crypto policy is compiled, which needs their ifindex.  Failure leaves them
 * missing, like any other interface that is not there.
 */
void network_create(const struct network_tables *t, const struct config *config)
{
	const struct interface *iface;
	unsigned int number, ifindex;
	struct kerr err;
	size_t i;

	objects_for_each(iface, &config->interfaces, i) {
		int ret = 0;

		if (link_find(t->links, iface->name))
			continue;
		kerr_clear(&err);
		if (interface_number(iface->name, "Loopback", &number))
			ret = link_create_loopback(t->links, number, &ifindex, &err);
		else if (interface_number(iface->name, "Vlan", &number))
			ret = link_create_vlan(t->links, number, &ifindex, &err);
		if (ret && t->report)
			t->report(t->arg, &err);
	}
}

static int refuse_interface(const struct network_tables *t, const struct config *config,
			    const struct interface *iface, const struct kerr *why,
			    unsigned int *line, struct kerr *err)
{
	struct kerr text;

	kerr_set(&text, why->err, "interface %s: %s", iface->name, why->text);
	if (t->report) {
		t->report(t->arg, &text);
		return 0;
	}
	*line = config_line(config, iface);
	if (err)
		*err = text;
	return -text.err;
}

/*
 * From what @old said to what @config says; @old NULL: nothing was.  Equal
 * objects are looked at only if @old is @config, which means: see to it that
 * all is as it should be.  Returns 0 or a negative errno.
 */
int network_apply_interfaces(const struct network_tables *t, const struct config *old,
			     const struct config *config, unsigned int *line,
			     struct kerr *err)
{
	const struct interface *iface, *before;
	struct kerr why;
	int ret;
	size_t i;

	if (old && old != config) {
		objects_for_each(iface, &old->interfaces, i) {
			if (interface_find(&config->interfaces, iface->name))
				continue;
			ret = remove_interface(t, iface, &why);
			if (ret && refuse_interface(t, config, iface, &why, line, err))
				return ret;
		}
	}
	objects_for_each(iface, &config->interfaces, i) {
		before = old ? interface_find(&old->interfaces, iface->name) : NULL;
		if (before == iface && old != config)
			continue;
		ret = apply_interface(t, before, iface, &why);
		if (ret && refuse_interface(t, config, iface, &why, line, err))
			return ret;
	}
	return 0;
}

/* One configured line as a hop; false while its interface is missing. */
static bool make_hop(const struct network_tables *t, const struct static_route *route,
		     struct route_hop *hop)
{
	const struct link *link;

	*hop = (struct route_hop){ .gateway = route->gateway };
	if (!route->interface)
		return true;
	link = link_find(t->links, route->interface);
	if (!link)
		return false;
	hop->ifindex = link->ifindex;
	return true;
}

static void add_route(const struct network_tables *t, const struct static_route *line,
		      struct route *routes, size_t *n)
{
	struct route *route = NULL;
	struct route_hop hop;

	for (size_t i = *n; i-- > 0 && addr_prefix_equal(&routes[i].dst, &line->dst);)
		if (routes[i].metric == line->distance)
			route = &routes[i];
	if (!route) {
		route = &routes[(*n)++];
		memset(route, 0, sizeof(*route));
		route->dst = line->dst;
		route->proto = ROUTE_PROTO_STATIC;
		route->metric = line->distance;
	}
	if (line->interface && strcasecmp(line->interface, "Null0") == 0)
		route->discard = true;
	else if (route->n_hops < ROUTE_HOPS_MAX && make_hop(t, line, &hop))
		route->hops[route->n_hops++] = hop;
	if (route->discard)
		route->n_hops = 0;
}

/* The hop's interface is the kernel's choice where we named none. */
static bool same_hops(const struct route *wanted, const struct route *there)
{
	if (wanted->discard != there->discard || wanted->n_hops != there->n_hops)
		return false;
	for (unsigned int i = 0; i < wanted->n_hops; i++) {
		const struct route_hop *w = &wanted->hops[i], *h = &there->hops[i];

		if (!addr_equal(&w->gateway, &h->gateway) ||
		    (w->ifindex && w->ifindex != h->ifindex))
			return false;
	}
	return true;
}

/* The next hop is out of reach now; paths_changed will come. */
static bool is_pending(int error)
{
	return error == -ENETUNREACH || error == -EHOSTUNREACH ||
	       error == -ENETDOWN || error == -ENODEV;
}

static const struct static_route *find_line(const struct config *config,
					    const struct addr_prefix *dst)
{
	const struct static_route *route;
	size_t i;

	objects_for_each(route, &config->routes, i)
		if (addr_prefix_equal(&route->dst, dst))
			return route;
	return NULL;
}

static int set_routes(const struct network_tables *t, const struct config *config,
		      const struct route *routes, size_t n, unsigned int *line,
		      struct kerr *err)
{
	struct addr_buf text;
	struct kerr why;

	for (size_t i = 0; i < n; i++) {
		const struct route *there = route_find(t->routes, &routes[i].dst,
						       routes[i].metric);
		int ret;

		if (!routes[i].n_hops && !routes[i].discard)
			continue;
		if (there && there->proto == ROUTE_PROTO_STATIC &&
		    same_hops(&routes[i], there))
			continue;
		ret = route_set(t->routes, &routes[i], &why);
		if (!ret || is_pending(ret))
			continue;
		*line = config_line(config, find_line(config, &routes[i].dst));
		kerr_set(err, -ret, "route to %s: %s",
			 addr_prefix_text(&routes[i].dst, &text), why.text);
		if (!t->report)
			return ret;
		t->report(t->arg, err);
	}
	return 0;
}

static int compare_routes(const void *a, const void *b)
{
	const struct route *x = a, *y = b;
	int order = addr_compare(&x->dst.addr, &y->dst.addr);

	if (!order)
		order = (int)x->dst.len - (int)y->dst.len;
	return order ? order : (x->metric > y->metric) - (x->metric < y->metric);
}

/* @wanted: sorted. */
static bool is_wanted(const struct route *route, const struct route *wanted, size_t n)
{
	const struct route *found = bsearch(route, wanted, n, sizeof(*wanted), compare_routes);

	return found && (found->n_hops || found->discard);
}

/* Routes of an earlier configuration, or of a daemon before us. */
static int delete_routes(const struct network_tables *t, const struct route *wanted,
			 size_t n, struct kerr *err)
{
	const struct route *route = route_next(t->routes, NULL);
	struct route *old = NULL;
	size_t n_old = 0;
	int ret = 0;

	for (; route; route = route_next(t->routes, route)) {
		if (route->proto != ROUTE_PROTO_STATIC || is_wanted(route, wanted, n))
			continue;
		old = realloc(old, (n_old + 1) * sizeof(*old));
		if (!old)
			abort();
		old[n_old++] = *route;
	}
	for (size_t i = 0; i < n_old && !ret; i++)
		ret = route_del(t->routes, &old[i], err);
	free(old);
	return ret;
}

/*
 * All static routes of @config and no others of ours.  Lines with one
 * destination and distance share a route.  What cannot be reached now is
 * tried again when the network changes.  Returns 0 or a negative errno.
 */
int network_apply_routes(const struct network_tables *t, const struct config *config,
			 unsigned int *line, struct kerr *err)
{
	struct route *routes = calloc(config->routes.n + 1, sizeof(*routes));
	const struct static_route *route;
	size_t i, n = 0;
	int ret;

	if (!routes)
		abort();
	objects_for_each(route, &config->routes, i)
		add_route(t, route, routes, &n);
	qsort(routes, n, sizeof(*routes), compare_routes);
	ret = delete_routes(t, routes, n, err);
	if (!ret)
		ret = set_routes(t, config, routes, n, line, err);
	free(routes);
	return ret;
}

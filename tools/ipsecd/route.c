// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Our routes are kept in a list, which is filled by a dump of just our
 * protocols and corrected by events.  What an event says about a removal is
 * not believed (IPv6 tells of single hops, IPv4 of nothing when an interface
 * goes down): it only causes another dump, and what that does not show is
 * gone.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "ipsecd/route.h"
#include "lib/nlsock.h"

#define TIMEOUT_MS	5000
#define REQUEST_SIZE	2048
/* What the kernel makes of metric 0 for IPv6. */
#define METRIC6_DEFAULT	1024

static const uint8_t protocols[] = { ROUTE_PROTO_STATIC, ROUTE_PROTO_RRI };
static const uint8_t families[] = { AF_INET, AF_INET6 };

struct entry {
	struct route route;
	bool seen;
};

/**
 * struct route_table - see route.h
 * @entries: @n by destination and metric, with room for @room
 * @dirty: look again which of our routes are there
 * @paths: something changed that may change the way to a next hop
 * @reading: callbacks are being made
 */
struct route_table {
	struct nlsock *requests;
	struct nlsock *monitor;
	struct entry *entries;
	size_t n;
	size_t room;
	const struct route_events *events;
	void *arg;
	bool dirty;
	bool paths;
	bool reading;
};

/* ---------------------------------------------------------------- list */

/* As the kernel keeps it: no host bits, its own default metric. */
static struct route normal(const struct route *r)
{
	struct route out = *r;

	out.dst.addr = addr_prefix_network(&r->dst);
	if (!out.metric && out.dst.addr.family == AF_INET6)
		out.metric = METRIC6_DEFAULT;
	return out;
}

static int compare(const struct route *a, const struct route *b)
{
	int order = addr_compare(&a->dst.addr, &b->dst.addr);

	if (!order)
		order = (int)a->dst.len - (int)b->dst.len;
	return order ? order : (a->metric > b->metric) - (a->metric < b->metric);
}

/* Index of the first entry that is not before it. */
static size_t place(const struct route_table *t, const struct route *normal_route)
{
	size_t low = 0, high = t->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&t->entries[middle].route, normal_route) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct entry *find(const struct route_table *t, const struct route *normal_route)
{
	size_t i = place(t, normal_route);

	return i < t->n && !compare(&t->entries[i].route, normal_route) ? &t->entries[i] : NULL;
}

const struct route *route_find(const struct route_table *t, const struct addr_prefix *dst,
			       uint32_t metric)
{
	const struct route key = { .dst = *dst, .metric = metric };
	const struct route wanted = normal(&key);
	const struct entry *e = find(t, &wanted);

	return e ? &e->route : NULL;
}

const struct route *route_next(const struct route_table *t, const struct route *prev)
{
	const struct entry *e = (const struct entry *)prev;
	size_t i = e ? (size_t)(e - t->entries) + 1 : 0;

	return i < t->n ? &t->entries[i].route : NULL;
}

/* A new entry at index @i, or NULL. */
static struct entry *make_room(struct route_table *t, size_t i)
{
	if (t->n == t->room) {
		size_t room = t->room ? 2 * t->room : 16;
		struct entry *list = reallocarray(t->entries, room, sizeof(*list));

		if (!list)
			return NULL;
		t->entries = list;
		t->room = room;
	}
	memmove(&t->entries[i + 1], &t->entries[i], (t->n - i) * sizeof(*t->entries));
	t->n++;
	return &t->entries[i];
}

static int upsert(struct route_table *t, const struct route *normal_route)
{
	struct entry *e = find(t, normal_route);

	if (!e) {
		e = make_room(t, place(t, normal_route));
		if (!e)
			return -ENOMEM;
	}
	e->route = *normal_route;
	e->seen = true;
	return 0;
}

static void drop(struct route_table *t, struct entry *e)
{
	size_t i = e - t->entries;

	t->n--;
	memmove(e, e + 1, (t->n - i) * sizeof(*e));
}

/* ------------------------------------------------------------- reading */

static bool is_ours(uint8_t proto)
{
	size_t i;

	for (i = 0; i < sizeof(protocols); i++)
		if (protocols[i] == proto)
			return true;
	return false;
}

static void parse_hop(struct route_hop *hop, const struct nlattr *gateway, unsigned int ifindex)
{
	memset(hop, 0, sizeof(*hop));
	hop->ifindex = ifindex;
	if (gateway)
		addr_from_bytes(&hop->gateway, nla_data(gateway), nla_len(gateway));
}

static void parse_multipath(struct route *r, const struct nlattr *list)
{
	const struct rtnexthop *nh = nla_data(list);
	int left = nla_len(list);

	while (left >= (int)sizeof(*nh) && nh->rtnh_len >= sizeof(*nh) &&
	       left >= (int)nh->rtnh_len && r->n_hops < ROUTE_HOPS_MAX) {
		const struct nlattr *gateway =
			nla_find((const struct nlattr *)RTNH_DATA(nh),
				 nh->rtnh_len - (int)sizeof(*nh), RTA_GATEWAY);

		parse_hop(&r->hops[r->n_hops++], gateway, nh->rtnh_ifindex);
		left -= RTNH_ALIGN(nh->rtnh_len);
		nh = RTNH_NEXT(nh);
	}
}

static uint32_t number(const struct nlattr *nla, uint32_t otherwise)
{
	return nla && nla_len(nla) >= 4 ? nla_get_u32(nla) : otherwise;
}

/* Returns whether the message tells of a route in the main table. */
static bool parse_route(struct route *r, const struct nlmsghdr *hdr)
{
	const struct rtmsg *rtm = nlmsg_data(hdr);
	struct nlattr *tb[RTA_MAX + 1];

	memset(r, 0, sizeof(*r));
	if (nlmsg_parse((struct nlmsghdr *)hdr, sizeof(*rtm), tb, RTA_MAX, NULL) < 0 ||
	    !addr_length(rtm->rtm_family) || rtm->rtm_flags & RTM_F_CLONED ||
	    number(tb[RTA_TABLE], rtm->rtm_table) != RT_TABLE_MAIN)
		return false;
	r->proto = rtm->rtm_protocol;
	r->dst.len = rtm->rtm_dst_len;
	addr_set_any(&r->dst.addr, rtm->rtm_family);
	if (tb[RTA_DST] &&
	    addr_from_bytes(&r->dst.addr, nla_data(tb[RTA_DST]), nla_len(tb[RTA_DST])))
		return false;
	r->metric = number(tb[RTA_PRIORITY], 0);
	r->discard = rtm->rtm_type == RTN_BLACKHOLE;
	if (r->discard)
		return true;
	if (tb[RTA_MULTIPATH])
		parse_multipath(r, tb[RTA_MULTIPATH]);
	else
		parse_hop(&r->hops[r->n_hops++], tb[RTA_GATEWAY], number(tb[RTA_OIF], 0));
	return true;
}

static int on_route(struct route_table *t, const struct nlmsghdr *hdr)
{
	const struct rtmsg *rtm = nlmsg_data(hdr);
	struct route r;

	if (nlmsg_datalen(hdr) < (int)sizeof(*rtm) || !parse_route(&r, hdr))
		return 0;
	if (hdr->nlmsg_type == RTM_NEWROUTE && is_ours(r.proto) && find(t, &r))
		return upsert(t, &r);
	/*
	 * Removed, or replaced by somebody else's; or one of ours that is not
	 * in the list: news of a route that was deleted since.
	 */
	if (find(t, &r) || is_ours(r.proto))
		t->dirty = true;
	return 0;
}

static int on_message(void *arg, struct nlmsghdr *hdr)
{
	struct route_table *t = arg;

	t->paths = true;
	if (hdr->nlmsg_type == RTM_NEWROUTE || hdr->nlmsg_type == RTM_DELROUTE)
		return on_route(t, hdr);
	t->dirty = true;
	return 0;
}

/* --------------------------------------------------------------- resync */

/* The part of the list that one dump is about: one family, one protocol. */
struct part {
	struct route_table *t;
	uint8_t family;
	uint8_t proto;
};

static bool is_part(const struct part *p, const struct entry *e)
{
	return e->route.dst.addr.family == p->family && e->route.proto == p->proto;
}

static void part_forget(void *arg)
{
	const struct part *p = arg;
	size_t i;

	for (i = 0; i < p->t->n; i++)
		if (is_part(p, &p->t->entries[i]))
			p->t->entries[i].seen = false;
}

static int part_add(void *arg, struct nlmsghdr *hdr)
{
	const struct part *p = arg;
	struct route r;

	if (hdr->nlmsg_type != RTM_NEWROUTE || nlmsg_datalen(hdr) < (int)sizeof(struct rtmsg) ||
	    !parse_route(&r, hdr) || !is_ours(r.proto))
		return 0;
	return upsert(p->t, &r);
}

static int part_dump(struct part *p, struct kerr *err)
{
	static const struct nlsock_dump dump = { part_forget, part_add };
	const struct rtmsg rtm = {
		.rtm_family = p->family, .rtm_protocol = p->proto, .rtm_table = RT_TABLE_MAIN,
	};
	struct nl_msg *msg = nlsock_route_msg(RTM_GETROUTE, 0, &rtm, sizeof(rtm), 0);
	int ret;

	if (!msg)
		return kerr_set(err, ENOMEM, "out of memory");
	ret = nlsock_dump(p->t->requests, msg, &dump, p, err);
	nlsock_msg_free(msg);
	return ret;
}

/* Takes what was not seen out of the list, and into one that the caller frees. */
static size_t sweep(const struct part *p, struct route **gone, size_t n)
{
	struct route_table *t = p->t;
	size_t i, kept = 0;

	for (i = 0; i < t->n; i++) {
		struct route *list = NULL;

		if (!t->entries[i].seen && is_part(p, &t->entries[i]))
			list = reallocarray(*gone, n + 1, sizeof(*list));
		if (!list) {
			t->entries[kept++] = t->entries[i];
			continue;
		}
		*gone = list;
		list[n++] = t->entries[i].route;
	}
	t->n = kept;
	return n;
}

static int resync(struct route_table *t, struct kerr *err)
{
	struct route *gone = NULL;
	size_t i, j, n = 0;
	int ret = 0;

	for (i = 0; ret >= 0 && i < sizeof(families); i++)
		for (j = 0; ret >= 0 && j < sizeof(protocols); j++) {
			struct part part = { t, families[i], protocols[j] };

			ret = part_dump(&part, err);
			/* Interrupted too often: what is missing may be there. */
			if (ret == 0)
				n = sweep(&part, &gone, n);
		}
	for (i = 0; i < n; i++)
		if (t->events && t->events->gone)
			t->events->gone(t->arg, &gone[i]);
	free(gone);
	return ret < 0 ? ret : 0;
}

int route_table_read(struct route_table *t, struct kerr *err)
{
	int ret, n;

	kerr_clear(err);
	if (t->reading)
		return 0;
	t->reading = true;
	n = nlsock_read(t->monitor, on_message, t, err);
	if (n == -ENOBUFS) {
		nlsock_drain(t->monitor);
		t->dirty = true;
		t->paths = true;
		n = 0;
	}
	ret = n;
	if (n >= 0 && t->dirty) {
		t->dirty = false;
		ret = resync(t, err);
	}
	if (n >= 0 && t->paths) {
		t->paths = false;
		if (t->events && t->events->paths_changed)
			t->events->paths_changed(t->arg);
	}
	t->reading = false;
	return ret < 0 ? ret : n;
}

/* ----------------------------------------------------------------- open */

static int open_monitor(struct route_table *t, struct kerr *err)
{
	static const unsigned int groups[] = {
		RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, RTNLGRP_LINK,
		RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
	};
	int ret = nlsock_open_route(&t->monitor, TIMEOUT_MS, err);
	size_t i;

	for (i = 0; ret >= 0 && i < sizeof(groups) / sizeof(groups[0]); i++)
		ret = nlsock_join_number(t->monitor, groups[i], err);
	return ret;
}

int route_table_open(struct route_table **out, const struct route_events *events, void *arg,
		     struct kerr *err)
{
	struct route_table *t = calloc(1, sizeof(*t));
	int ret;

	if (!t)
		return kerr_set(err, ENOMEM, "out of memory");
	ret = open_monitor(t, err);
	if (ret >= 0)
		ret = nlsock_open_route(&t->requests, TIMEOUT_MS, err);
	if (ret >= 0)
		ret = resync(t, err);
	if (ret < 0) {
		route_table_close(t);
		return ret;
	}
	t->events = events;
	t->arg = arg;
	*out = t;
	return 0;
}

void route_table_close(struct route_table *t)
{
	if (!t)
		return;
	nlsock_close(t->monitor);
	nlsock_close(t->requests);
	free(t->entries);
	free(t);
}

int route_table_fd(const struct route_table *t)
{
	return nlsock_fd(t->monitor);
}

/* -------------------------------------------------------------- changes */

static int put_addr(struct nl_msg *msg, int attr, const struct addr *a)
{
	return nla_put(msg, attr, addr_length(a->family), a->bytes);
}

static int put_hop(struct nl_msg *msg, const struct route_hop *hop)
{
	if (addr_is_set(&hop->gateway) && put_addr(msg, RTA_GATEWAY, &hop->gateway) < 0)
		return -EMSGSIZE;
	if (hop->ifindex && nla_put_u32(msg, RTA_OIF, hop->ifindex) < 0)
		return -EMSGSIZE;
	return 0;
}

/* struct rtnexthop with attributes behind, which libnl has no function for. */
static int put_multipath_hop(struct nl_msg *msg, const struct route_hop *hop)
{
	struct rtnexthop *nh = nlmsg_reserve(msg, sizeof(*nh), NLMSG_ALIGNTO);
	size_t before = nlmsg_hdr(msg)->nlmsg_len;

	if (!nh)
		return -EMSGSIZE;
	memset(nh, 0, sizeof(*nh));
	nh->rtnh_ifindex = hop->ifindex;
	if (addr_is_set(&hop->gateway) && put_addr(msg, RTA_GATEWAY, &hop->gateway) < 0)
		return -EMSGSIZE;
	nh->rtnh_len = sizeof(*nh) + nlmsg_hdr(msg)->nlmsg_len - before;
	return 0;
}

static int put_hops(struct nl_msg *msg, const struct route *r)
{
	struct nlattr *list;
	unsigned int i;

	if (r->n_hops <= 1)
		return r->n_hops ? put_hop(msg, &r->hops[0]) : 0;
	list = nla_nest_start(msg, RTA_MULTIPATH);
	if (!list)
		return -EMSGSIZE;
	for (i = 0; i < r->n_hops; i++)
		if (put_multipath_hop(msg, &r->hops[i]) < 0)
			return -EMSGSIZE;
	nla_nest_end(msg, list);
	return 0;
}

static uint8_t scope_of(const struct route *r)
{
	unsigned int i;

	if (r->discard)
		return RT_SCOPE_UNIVERSE;
	for (i = 0; i < r->n_hops; i++)
		if (addr_is_set(&r->hops[i].gateway))
			return RT_SCOPE_UNIVERSE;
	return RT_SCOPE_LINK;
}

static struct nl_msg *route_msg(uint16_t type, int flags, uint8_t scope, const struct route *r)
{
	const struct rtmsg rtm = {
		.rtm_family = r->dst.addr.family, .rtm_dst_len = r->dst.len,
		.rtm_table = RT_TABLE_MAIN, .rtm_protocol = r->proto, .rtm_scope = scope,
		.rtm_type = r->discard ? RTN_BLACKHOLE : RTN_UNICAST,
	};
	struct nl_msg *msg = nlsock_route_msg(type, flags, &rtm, sizeof(rtm), REQUEST_SIZE);

	if (!msg)
		return NULL;
	if (put_addr(msg, RTA_DST, &r->dst.addr) < 0 ||
	    (r->metric && nla_put_u32(msg, RTA_PRIORITY, r->metric) < 0)) {
		nlsock_msg_free(msg);
		return NULL;
	}
	return msg;
}

static int check(const struct route *r, struct kerr *err)
{
	unsigned int i;

	if (!addr_length(r->dst.addr.family) || !is_ours(r->proto))
		return kerr_set(err, EINVAL, "the route has no family or a foreign protocol");
	if (r->discard != !r->n_hops || r->n_hops > ROUTE_HOPS_MAX)
		return kerr_set(err, EINVAL, "the route has no next hop or too many");
	for (i = 0; i < r->n_hops; i++) {
		const struct route_hop *hop = &r->hops[i];

		if (addr_is_set(&hop->gateway) ?
		    hop->gateway.family != r->dst.addr.family : !hop->ifindex)
			return kerr_set(err, EINVAL,
					"a next hop has neither gateway nor interface, or is of another family");
	}
	return 0;
}

static int send_route(struct route_table *t, const struct route *r, struct kerr *err)
{
	bool replace = find(t, r);
	struct nl_msg *msg = route_msg(RTM_NEWROUTE,
				       NLM_F_CREATE | (replace ? NLM_F_REPLACE : NLM_F_EXCL),
				       scope_of(r), r);
	int ret;

	if (!msg || put_hops(msg, r) < 0)
		ret = kerr_set(err, ENOMEM, "out of memory");
	else
		ret = nlsock_do(t->requests, msg, NULL, NULL, err);
	nlsock_msg_free(msg);
	return ret;
}

int route_set(struct route_table *t, const struct route *r, struct kerr *err)
{
	const struct route wanted = normal(r);
	int ret = check(r, err);

	if (ret < 0)
		return ret;
	kerr_clear(err);
	ret = send_route(t, &wanted, err);
	if (ret == -EEXIST) {
		/* It may be ours all the same: put there by another process. */
		if (resync(t, NULL) < 0 || !find(t, &wanted))
			return kerr_set(err, EEXIST, "a route of somebody else is in the way");
		ret = send_route(t, &wanted, err);
	}
	if (ret < 0)
		return ret;
	return upsert(t, &wanted) < 0 ? kerr_set(err, ENOMEM, "out of memory") : 0;
}

int route_del(struct route_table *t, const struct route *r, struct kerr *err)
{
	struct route wanted = normal(r);
	struct entry *e = find(t, &wanted);
	struct nl_msg *msg;
	int ret;

	kerr_clear(err);
	if (!e)
		return 0;
	wanted = e->route;
	msg = route_msg(RTM_DELROUTE, 0, RT_SCOPE_NOWHERE, &wanted);
	if (!msg)
		return kerr_set(err, ENOMEM, "out of memory");
	ret = nlsock_do(t->requests, msg, NULL, NULL, err);
	nlsock_msg_free(msg);
	if (ret < 0 && ret != -ESRCH)
		return ret;
	kerr_clear(err);
	drop(t, find(t, &wanted));
	return 0;
}

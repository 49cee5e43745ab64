// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table: kept up to date by rtnetlink.  Every message, of a dump or an
 * event, goes the same way; so a resync is nothing but a dump, after which
 * what it did not show is gone.  Changes are in link_change.c.
 */
#include <ctype.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "ipsecd/link_table.h"

/* Its arguments are evaluated only if somebody listens. */
#define EVENT(t, name, ...)						\
	do {								\
		if ((t)->events && (t)->events->name)			\
			(t)->events->name((t)->arg, ##__VA_ARGS__);	\
	} while (0)

/* -------------------------------------------------------------- names */

/* The next character that counts: blanks in front of a digit do not. */
static const char *skip_blanks(const char *p)
{
	const char *q = p;

	while (*q == ' ')
		q++;
	return isdigit((unsigned char)*q) ? q : p;
}

bool link_name_matches(const char *ios, const char *name)
{
	for (;; ios++, name++) {
		ios = skip_blanks(ios);
		if (*ios == '/' && *name == '-')
			continue;
		if (tolower((unsigned char)*ios) != tolower((unsigned char)*name))
			return false;
		if (!*ios)
			return true;
	}
}

static bool has_name(const struct link *l, const char *name)
{
	unsigned int i;

	if (!strcmp(l->name, name))
		return true;
	for (i = 0; i < l->n_altnames; i++)
		if (!strcmp(l->altnames[i], name))
			return true;
	return false;
}

static bool matches_name(const struct link *l, const char *ios)
{
	unsigned int i;

	if (link_name_matches(ios, l->name))
		return true;
	for (i = 0; i < l->n_altnames; i++)
		if (link_name_matches(ios, l->altnames[i]))
			return true;
	return false;
}

const struct link *link_find(const struct link_table *t, const char *ios)
{
	size_t i;

	for (i = 0; i < t->n_links; i++)
		if (has_name(t->links[i], ios))
			return t->links[i];
	for (i = 0; i < t->n_links; i++)
		if (matches_name(t->links[i], ios))
			return t->links[i];
	return NULL;
}

/* ------------------------------------------------------------- lookup */

/* Where the link is, or would have to be put in. */
static size_t position(const struct link_table *t, unsigned int ifindex)
{
	size_t i;

	for (i = 0; i < t->n_links && t->links[i]->ifindex < ifindex; i++)
		;
	return i;
}

static struct link *find_index(const struct link_table *t, unsigned int ifindex)
{
	size_t i = position(t, ifindex);

	return i < t->n_links && t->links[i]->ifindex == ifindex ? t->links[i] : NULL;
}

const struct link *link_find_index(const struct link_table *t, unsigned int ifindex)
{
	return find_index(t, ifindex);
}

const struct link *link_next(const struct link_table *t, const struct link *prev)
{
	size_t i = prev ? position(t, prev->ifindex + 1) : 0;

	return i < t->n_links ? t->links[i] : NULL;
}

const struct link_address *link_primary_address(const struct link *l, uint16_t family)
{
	const uint32_t unusable = IFA_F_SECONDARY | IFA_F_TENTATIVE | IFA_F_DADFAILED |
				  IFA_F_DEPRECATED;
	unsigned int i;

	for (i = 0; i < l->n_addresses; i++) {
		const struct link_address *a = &l->addresses[i];

		if (a->prefix.addr.family == family && !(a->flags & unusable) &&
		    !addr_is_linklocal(&a->prefix.addr))
			return a;
	}
	return NULL;
}

/* ----------------------------------------------------- messages: links */

static void altnames_free(struct link *l)
{
	while (l->n_altnames)
		free(l->altnames[--l->n_altnames]);
	free(l->altnames);
	l->altnames = NULL;
}

static void link_free(struct link *l)
{
	altnames_free(l);
	free(l->addresses);
	free(l);
}

static int altname_add(struct link *l, const struct nlattr *nla)
{
	char **list = reallocarray(l->altnames, l->n_altnames + 1, sizeof(*list));

	if (!list)
		return -ENOMEM;
	l->altnames = list;
	list[l->n_altnames] = strndup(nla_data(nla), nla_len(nla));
	if (!list[l->n_altnames])
		return -ENOMEM;
	l->n_altnames++;
	return 0;
}

static void copy_text(char *out, size_t size, const struct nlattr *nla)
{
	size_t n = strnlen(nla_data(nla), nla_len(nla));

	if (n >= size)
		n = size - 1;
	memcpy(out, nla_data(nla), n);
	out[n] = '\0';
}

static int parse_altnames(struct link *l, const struct nlattr *list)
{
	struct nlattr *nla;
	int left, ret;

	nla_for_each_nested(nla, list, left) {
		if (nla_type(nla) != IFLA_ALT_IFNAME)
			continue;
		ret = altname_add(l, nla);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* A number of 32 bits, 0 when there is none. */
static uint32_t number(const struct nlattr *nla)
{
	return nla && nla_len(nla) >= 4 ? nla_get_u32(nla) : 0;
}

/* Fills what a message tells of a link; addresses are not in it. */
static int parse_link(struct link *l, const struct nlmsghdr *hdr)
{
	const struct ifinfomsg *ifi = nlmsg_data(hdr);
	struct nlattr *tb[IFLA_MAX + 1];

	if (nlmsg_parse((struct nlmsghdr *)hdr, sizeof(*ifi), tb, IFLA_MAX, NULL) < 0)
		return -EBADMSG;
	l->ifindex = ifi->ifi_index;
	l->flags = ifi->ifi_flags;
	l->mtu = number(tb[IFLA_MTU]);
	l->master = number(tb[IFLA_MASTER]);
	if (tb[IFLA_OPERSTATE] && nla_len(tb[IFLA_OPERSTATE]) >= 1)
		l->operstate = nla_get_u8(tb[IFLA_OPERSTATE]);
	if (tb[IFLA_IFNAME])
		copy_text(l->name, sizeof(l->name), tb[IFLA_IFNAME]);
	if (tb[IFLA_ADDRESS] && ifi->ifi_type == ARPHRD_ETHER && nla_len(tb[IFLA_ADDRESS]) == 6)
		memcpy(l->mac, nla_data(tb[IFLA_ADDRESS]), 6);
	if (tb[IFLA_LINKINFO]) {
		struct nlattr *kind = nla_find(nla_data(tb[IFLA_LINKINFO]),
					       nla_len(tb[IFLA_LINKINFO]), IFLA_INFO_KIND);
		if (kind)
			copy_text(l->kind, sizeof(l->kind), kind);
	}
	l->created = tb[IFLA_IFALIAS] && !nla_strcmp(tb[IFLA_IFALIAS], LINK_CREATED_ALIAS);
	return tb[IFLA_PROP_LIST] ? parse_altnames(l, tb[IFLA_PROP_LIST]) : 0;
}

static bool same_altnames(const struct link *a, const struct link *b)
{
	unsigned int i;

	if (a->n_altnames != b->n_altnames)
		return false;
	for (i = 0; i < a->n_altnames; i++)
		if (strcmp(a->altnames[i], b->altnames[i]))
			return false;
	return true;
}

static bool same_link(const struct link *a, const struct link *b)
{
	return !strcmp(a->name, b->name) && !strcmp(a->kind, b->kind) && a->mtu == b->mtu &&
	       a->flags == b->flags && a->operstate == b->operstate &&
	       a->master == b->master && !memcmp(a->mac, b->mac, sizeof(a->mac)) &&
	       a->created == b->created && same_altnames(a, b);
}

static int link_insert(struct link_table *t, struct link *l)
{
	struct link **list = reallocarray(t->links, t->n_links + 1, sizeof(*list));
	size_t i;

	if (!list)
		return -ENOMEM;
	t->links = list;
	i = position(t, l->ifindex);
	memmove(&list[i + 1], &list[i], (t->n_links - i) * sizeof(*list));
	list[i] = l;
	t->n_links++;
	EVENT(t, added, l);
	return 0;
}

static void link_remove(struct link_table *t, struct link *l)
{
	size_t i = position(t, l->ifindex);

	EVENT(t, gone, l);
	t->n_links--;
	memmove(&t->links[i], &t->links[i + 1], (t->n_links - i) * sizeof(*t->links));
	link_free(l);
}

/* Takes over what @from tells, and keeps the addresses. */
static void link_update(struct link_table *t, struct link *l, struct link *from)
{
	bool changed = !same_link(l, from);

	from->addresses = l->addresses;
	from->n_addresses = l->n_addresses;
	altnames_free(l);
	*l = *from;
	free(from);
	if (changed)
		EVENT(t, changed, l);
}

static int on_newlink(struct link_table *t, const struct nlmsghdr *hdr)
{
	struct link *l = calloc(1, sizeof(*l)), *old;
	int ret;

	if (!l)
		return -ENOMEM;
	ret = parse_link(l, hdr);
	l->seen = true;
	old = find_index(t, l->ifindex);
	if (!ret && old) {
		link_update(t, old, l);
		return 0;
	}
	ret = ret ? ret : link_insert(t, l);
	if (ret < 0)
		link_free(l);
	return ret;
}

static int on_link(struct link_table *t, const struct nlmsghdr *hdr)
{
	const struct ifinfomsg *ifi = nlmsg_data(hdr);
	struct link *l;

	/* Bridges and IPv6 send messages of their own about a link. */
	if (nlmsg_datalen(hdr) < (int)sizeof(*ifi) || ifi->ifi_family != AF_UNSPEC)
		return 0;
	if (hdr->nlmsg_type == RTM_NEWLINK)
		return on_newlink(t, hdr);
	l = find_index(t, ifi->ifi_index);
	if (l)
		link_remove(t, l);
	return 0;
}

/* ------------------------------------------------- messages: addresses */

static int parse_address(struct link_address *a, const struct nlmsghdr *hdr)
{
	const struct ifaddrmsg *ifa = nlmsg_data(hdr);
	const struct nlattr *own, *other;
	struct nlattr *tb[IFA_MAX + 1];

	if (nlmsg_parse((struct nlmsghdr *)hdr, sizeof(*ifa), tb, IFA_MAX, NULL) < 0)
		return -EBADMSG;
	own = tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS];
	other = tb[IFA_ADDRESS];
	if (!own || addr_from_bytes(&a->prefix.addr, nla_data(own), nla_len(own)))
		return -EBADMSG;
	a->prefix.len = ifa->ifa_prefixlen;
	a->flags = tb[IFA_FLAGS] ? number(tb[IFA_FLAGS]) : ifa->ifa_flags;
	if (other && !addr_from_bytes(&a->peer, nla_data(other), nla_len(other)) &&
	    addr_equal(&a->peer, &a->prefix.addr))
		memset(&a->peer, 0, sizeof(a->peer));
	return 0;
}

static struct link_address *find_address(struct link *l, const struct addr_prefix *p)
{
	unsigned int i;

	for (i = 0; i < l->n_addresses; i++)
		if (addr_prefix_equal(&l->addresses[i].prefix, p))
			return &l->addresses[i];
	return NULL;
}

static int address_update(struct link_table *t, struct link *l, const struct link_address *a)
{
	struct link_address *list, *old = find_address(l, &a->prefix);

	if (old) {
		bool changed = old->flags != a->flags || !addr_equal(&old->peer, &a->peer);

		*old = *a;
		if (changed)
			EVENT(t, address_added, l, old);
		return 0;
	}
	list = reallocarray(l->addresses, l->n_addresses + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	l->addresses = list;
	list[l->n_addresses++] = *a;
	EVENT(t, address_added, l, &list[l->n_addresses - 1]);
	return 0;
}

static void address_remove(struct link_table *t, struct link *l, struct link_address *a)
{
	struct link_address gone = *a;
	size_t i = a - l->addresses;

	l->n_addresses--;
	memmove(a, a + 1, (l->n_addresses - i) * sizeof(*a));
	EVENT(t, address_gone, l, &gone);
}

static int on_address(struct link_table *t, const struct nlmsghdr *hdr)
{
	const struct ifaddrmsg *ifa = nlmsg_data(hdr);
	struct link_address a = { .seen = true }, *old;
	struct link *l;

	if (nlmsg_datalen(hdr) < (int)sizeof(*ifa) || !addr_length(ifa->ifa_family))
		return 0;
	if (parse_address(&a, hdr) < 0)
		return -EBADMSG;
	l = find_index(t, ifa->ifa_index);
	if (!l)
		return 0;
	if (hdr->nlmsg_type == RTM_NEWADDR)
		return address_update(t, l, &a);
	old = find_address(l, &a.prefix);
	if (old)
		address_remove(t, l, old);
	return 0;
}

static int on_message(void *arg, struct nlmsghdr *hdr)
{
	switch (hdr->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return on_link(arg, hdr);
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return on_address(arg, hdr);
	default:
		return 0;
	}
}

/* -------------------------------------------------------------- resync */

static void forget_links(void *arg)
{
	struct link_table *t = arg;
	size_t i;

	for (i = 0; i < t->n_links; i++)
		t->links[i]->seen = false;
}

static void forget_addresses(void *arg)
{
	struct link_table *t = arg;
	unsigned int j;
	size_t i;

	for (i = 0; i < t->n_links; i++)
		for (j = 0; j < t->links[i]->n_addresses; j++)
			t->links[i]->addresses[j].seen = false;
}

static void sweep_links(struct link_table *t)
{
	size_t i;

	for (i = t->n_links; i-- > 0;)
		if (!t->links[i]->seen)
			link_remove(t, t->links[i]);
}

static void sweep_addresses(struct link_table *t)
{
	unsigned int j;
	size_t i;

	for (i = 0; i < t->n_links; i++)
		for (j = t->links[i]->n_addresses; j-- > 0;)
			if (!t->links[i]->addresses[j].seen)
				address_remove(t, t->links[i], &t->links[i]->addresses[j]);
}

static int dump(struct link_table *t, uint16_t type, const void *header, size_t len,
		void (*restart)(void *arg), struct kerr *err)
{
	const struct nlsock_dump d = { restart, on_message };
	struct nl_msg *msg = nlsock_route_msg(type, 0, header, len, 0);
	int ret;

	if (!msg)
		return kerr_set(err, ENOMEM, "out of memory");
	ret = nlsock_dump(t->dumps, msg, &d, t, err);
	nlsock_msg_free(msg);
	return ret;
}

static int resync(struct link_table *t, struct kerr *err)
{
	const struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	const struct ifaddrmsg ifa = { .ifa_family = AF_UNSPEC };
	int ret;

	ret = dump(t, RTM_GETLINK, &ifi, sizeof(ifi), forget_links, err);
	if (ret < 0)
		return ret;
	/* A list that is known to have holes does not prove that a link is gone. */
	if (ret == 0)
		sweep_links(t);
	ret = dump(t, RTM_GETADDR, &ifa, sizeof(ifa), forget_addresses, err);
	if (ret < 0)
		return ret;
	if (ret == 0)
		sweep_addresses(t);
	return 0;
}

int link_table_refresh(struct link_table *t, struct kerr *err)
{
	int ret;

	kerr_clear(err);
	if (t->reading)
		return 0;
	t->reading = true;
	ret = resync(t, err);
	t->reading = false;
	return ret;
}

int link_table_read(struct link_table *t, struct kerr *err)
{
	int ret;

	kerr_clear(err);
	if (t->reading)
		return 0;
	t->reading = true;
	ret = nlsock_read(t->monitor, on_message, t, err);
	if (ret == -ENOBUFS || ret == -EBADMSG) {
		nlsock_drain(t->monitor);
		ret = resync(t, err);
		if (ret >= 0)
			EVENT(t, resynced);
	}
	t->reading = false;
	return ret;
}

/* ---------------------------------------------------------------- open */

static int open_monitor(struct link_table *t, struct kerr *err)
{
	static const unsigned int groups[] = {
		RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
	};
	int ret = nlsock_open_route(&t->monitor, LINK_TIMEOUT_MS, err);
	size_t i;

	for (i = 0; ret >= 0 && i < sizeof(groups) / sizeof(groups[0]); i++)
		ret = nlsock_join_number(t->monitor, groups[i], err);
	return ret;
}

int link_table_open(struct link_table **out, const struct link_events *events, void *arg,
		    struct kerr *err)
{
	struct link_table *t = calloc(1, sizeof(*t));
	int ret;

	if (!t)
		return kerr_set(err, ENOMEM, "out of memory");
	/* Listen first, so that nothing falls between the dump and the events. */
	ret = open_monitor(t, err);
	if (ret >= 0)
		ret = nlsock_open_route(&t->requests, LINK_TIMEOUT_MS, err);
	if (ret >= 0)
		ret = nlsock_open_route(&t->dumps, LINK_TIMEOUT_MS, err);
	if (ret >= 0)
		ret = resync(t, err);
	if (ret < 0) {
		link_table_close(t);
		return ret;
	}
	t->events = events;
	t->arg = arg;
	*out = t;
	return 0;
}

void link_table_close(struct link_table *t)
{
	if (!t)
		return;
	while (t->n_links)
		link_free(t->links[--t->n_links]);
	free(t->links);
	nlsock_close(t->monitor);
	nlsock_close(t->requests);
	nlsock_close(t->dumps);
	free(t);
}

int link_table_fd(const struct link_table *t)
{
	return nlsock_fd(t->monitor);
}

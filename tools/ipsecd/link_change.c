// SPDX-License-Identifier: GPL-2.0-or-later
/* What a configuration changes about interfaces. */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipsecd/link_table.h"

#define REQUEST_SIZE	512

static struct nl_msg *link_msg(uint16_t type, int flags, const struct ifinfomsg *ifi,
			       struct kerr *err)
{
	struct nl_msg *msg = nlsock_route_msg(type, flags, ifi, sizeof(*ifi), REQUEST_SIZE);

	kerr_clear(err);
	if (!msg)
		kerr_set(err, ENOMEM, "out of memory");
	return msg;
}

/* Puts the interface and what was tried before the kernel's text. */
static int explain(struct kerr *err, int ret, const char *name, const char *what)
{
	char text[KERR_TEXT_MAX];

	if (ret >= 0 || !err)
		return ret;
	snprintf(text, sizeof(text), "%s", err->text);
	return kerr_set(err, -ret, "%s: cannot %s: %s", name, what, text);
}

/* Sends and frees the request, then takes in what came of it. */
static int change(struct link_table *t, struct nl_msg *msg, const char *name, const char *what,
		  struct kerr *err)
{
	int ret = nlsock_do(t->requests, msg, NULL, NULL, err);

	nlsock_msg_free(msg);
	link_table_read(t, NULL);
	return explain(err, ret, name, what);
}

static const struct link *find(struct link_table *t, unsigned int ifindex, struct kerr *err)
{
	const struct link *l = link_find_index(t, ifindex);

	if (!l)
		kerr_set(err, ENODEV, "interface %u is gone", ifindex);
	return l;
}

int link_set_mtu(struct link_table *t, unsigned int ifindex, uint32_t mtu, struct kerr *err)
{
	const struct ifinfomsg ifi = { .ifi_index = ifindex };
	const struct link *l = find(t, ifindex, err);
	char name[IFNAMSIZ];
	struct nl_msg *msg;

	if (!l)
		return -ENODEV;
	if (l->mtu == mtu)
		return 0;
	memcpy(name, l->name, sizeof(name));
	msg = link_msg(RTM_NEWLINK, 0, &ifi, err);
	if (!msg)
		return -ENOMEM;
	nla_put_u32(msg, IFLA_MTU, mtu);
	return change(t, msg, name, "set the MTU", err);
}

int link_set_up(struct link_table *t, unsigned int ifindex, bool up, struct kerr *err)
{
	const struct ifinfomsg ifi = {
		.ifi_index = ifindex, .ifi_change = IFF_UP, .ifi_flags = up ? IFF_UP : 0,
	};
	const struct link *l = find(t, ifindex, err);
	char name[IFNAMSIZ];
	struct nl_msg *msg;

	if (!l)
		return -ENODEV;
	if (!(l->flags & IFF_UP) == !up)
		return 0;
	memcpy(name, l->name, sizeof(name));
	msg = link_msg(RTM_NEWLINK, 0, &ifi, err);
	if (!msg)
		return -ENOMEM;
	return change(t, msg, name, up ? "set it up" : "shut it down", err);
}

/* ----------------------------------------------------------- addresses */

static bool has_address(const struct link *l, const struct addr_prefix *p)
{
	unsigned int i;

	for (i = 0; i < l->n_addresses; i++)
		if (addr_prefix_equal(&l->addresses[i].prefix, p))
			return true;
	return false;
}

static struct nl_msg *address_msg(uint16_t type, int flags, unsigned int ifindex,
				  const struct addr_prefix *p, unsigned int ifa_flags,
				  struct kerr *err)
{
	const struct ifaddrmsg ifa = {
		.ifa_family = p->addr.family, .ifa_prefixlen = p->len,
		.ifa_flags = ifa_flags, .ifa_index = ifindex,
	};
	struct nl_msg *msg = nlsock_route_msg(type, flags, &ifa, sizeof(ifa), REQUEST_SIZE);
	size_t len = addr_length(p->addr.family);
	struct addr mask, broadcast;
	size_t i;

	kerr_clear(err);
	if (!msg) {
		kerr_set(err, ENOMEM, "out of memory");
		return NULL;
	}
	nla_put(msg, IFA_LOCAL, len, p->addr.bytes);
	nla_put(msg, IFA_ADDRESS, len, p->addr.bytes);
	if (p->addr.family == AF_INET && p->len < 31 && type == RTM_NEWADDR) {
		mask = addr_mask(AF_INET, p->len);
		broadcast = addr_and(&p->addr, &mask);
		for (i = 0; i < len; i++)
			broadcast.bytes[i] |= ~mask.bytes[i];
		nla_put(msg, IFA_BROADCAST, len, broadcast.bytes);
	}
	return msg;
}

int link_add_address(struct link_table *t, unsigned int ifindex, const struct addr_prefix *p,
		     unsigned int flags, struct kerr *err)
{
	unsigned int nodad = flags & LINK_ADDRESS_NODAD && p->addr.family == AF_INET6 ?
			     IFA_F_NODAD : 0;
	const struct link *l = find(t, ifindex, err);
	char name[IFNAMSIZ], what[ADDR_TEXT_MAX + 16];
	struct addr_buf buf;
	struct nl_msg *msg;
	int ret;

	if (!l)
		return -ENODEV;
	if (has_address(l, p))
		return 0;
	memcpy(name, l->name, sizeof(name));
	snprintf(what, sizeof(what), "add %s", addr_prefix_text(p, &buf));
	msg = address_msg(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, ifindex, p, nodad, err);
	if (!msg)
		return -ENOMEM;
	ret = change(t, msg, name, what, err);
	/* Somebody was faster. */
	return ret == -EEXIST ? 0 : ret;
}

int link_del_address(struct link_table *t, unsigned int ifindex, const struct addr_prefix *p,
		     struct kerr *err)
{
	const struct link *l = link_find_index(t, ifindex);
	char name[IFNAMSIZ], what[ADDR_TEXT_MAX + 16];
	struct addr_buf buf;
	struct nl_msg *msg;
	int ret;

	kerr_clear(err);
	if (!l || !has_address(l, p))
		return 0;
	memcpy(name, l->name, sizeof(name));
	snprintf(what, sizeof(what), "remove %s", addr_prefix_text(p, &buf));
	msg = address_msg(RTM_DELADDR, 0, ifindex, p, 0, err);
	if (!msg)
		return -ENOMEM;
	ret = change(t, msg, name, what, err);
	return ret == -EADDRNOTAVAIL || ret == -ENODEV ? 0 : ret;
}

/* ------------------------------------------------------------ creation */

/* A marked interface is one that link_delete() may delete. */
static int mark(struct link_table *t, const char *name, unsigned int ifindex, struct kerr *err)
{
	const struct ifinfomsg ifi = {
		.ifi_index = ifindex, .ifi_change = IFF_UP, .ifi_flags = IFF_UP,
	};
	struct nl_msg *msg = link_msg(RTM_NEWLINK, 0, &ifi, err);

	if (!msg)
		return -ENOMEM;
	nla_put_string(msg, IFLA_IFALIAS, LINK_CREATED_ALIAS);
	return change(t, msg, name, "set it up", err);
}

static int delete_link(struct link_table *t, const char *name, unsigned int ifindex,
		       struct kerr *err)
{
	const struct ifinfomsg ifi = { .ifi_index = ifindex };
	struct nl_msg *msg = link_msg(RTM_DELLINK, 0, &ifi, err);

	if (!msg)
		return -ENOMEM;
	return change(t, msg, name, "delete it", err);
}

/*
 * The table does not tell yet when this is called from one of its callbacks,
 * so the kernel is asked.
 */
static int index_of(const char *name, unsigned int *ifindex, struct kerr *err)
{
	*ifindex = if_nametoindex(name);
	return *ifindex ? 0 : kerr_set(err, ENODEV, "%s: gone as soon as it was made", name);
}

static int create(struct link_table *t, const char *name, const char *kind,
		  unsigned int *ifindex, struct kerr *err)
{
	const struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	const struct link *l = link_find(t, name);
	struct nlattr *info;
	struct nl_msg *msg;
	int ret;

	kerr_clear(err);
	if (l) {
		*ifindex = l->ifindex;
		return 0;
	}
	msg = link_msg(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &ifi, err);
	if (!msg)
		return -ENOMEM;
	nla_put_string(msg, IFLA_IFNAME, name);
	info = nla_nest_start(msg, IFLA_LINKINFO);
	nla_put_string(msg, IFLA_INFO_KIND, kind);
	nla_nest_end(msg, info);
	ret = change(t, msg, name, "create it", err);
	ret = ret ? ret : index_of(name, ifindex, err);
	if (ret < 0)
		return ret;
	ret = mark(t, name, *ifindex, err);
	if (ret < 0)
		delete_link(t, name, *ifindex, NULL);
	return ret;
}

int link_create_loopback(struct link_table *t, unsigned int number, unsigned int *ifindex,
			 struct kerr *err)
{
	char name[IFNAMSIZ];

	if (snprintf(name, sizeof(name), "Loopback%u", number) >= (int)sizeof(name))
		return kerr_set(err, EINVAL, "Loopback%u: the number is too large", number);
	return create(t, name, "dummy", ifindex, err);
}

int link_create_vlan(struct link_table *t, unsigned int number, unsigned int *ifindex,
		     struct kerr *err)
{
	char name[IFNAMSIZ];

	if (number < 1 || number > 4094)
		return kerr_set(err, EINVAL, "Vlan%u: VLANs are from 1 to 4094", number);
	snprintf(name, sizeof(name), "Vlan%u", number);
	return create(t, name, "bridge", ifindex, err);
}

int link_delete(struct link_table *t, unsigned int ifindex, struct kerr *err)
{
	const struct link *l = link_find_index(t, ifindex);
	char name[IFNAMSIZ];

	kerr_clear(err);
	if (!l)
		return 0;
	if (!l->created)
		return kerr_set(err, EPERM, "%s: not ours to delete", l->name);
	memcpy(name, l->name, sizeof(name));
	return delete_link(t, name, ifindex, err);
}

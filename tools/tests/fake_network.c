// SPDX-License-Identifier: GPL-2.0-or-later
/* link.h and route.h in memory. */
#include <errno.h>
#include <linux/if_addr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fake_network.h"
#include "ipsecd/mtu6.h"
#include "lib/text.h"

#define FAKE_MAX	64

struct link_table {
	struct link v[FAKE_MAX];
	unsigned int n;
	unsigned int next_index;
};

struct route_table {
	struct route v[FAKE_MAX];
	unsigned int n;
};

static struct text journal = TEXT_INIT;
static int failure;
static char failure_text[KERR_TEXT_MAX];

const char *fake_network_log(void)
{
	return text_str(&journal);
}

void fake_network_log_clear(void)
{
	text_free(&journal);
}

void fake_network_fail(int err, const char *text)
{
	failure = err;
	snprintf(failure_text, sizeof(failure_text), "%s", text);
}

static int fails(struct kerr *err)
{
	int ret = failure;

	failure = 0;
	return ret ? kerr_set(err, ret, "%s", failure_text) : 0;
}

struct link_table *fake_links_new(void)
{
	struct link_table *t = calloc(1, sizeof(*t));

	if (!t)
		abort();
	t->next_index = 1;
	return t;
}

struct route_table *fake_routes_new(void)
{
	struct route_table *t = calloc(1, sizeof(*t));

	if (!t)
		abort();
	return t;
}

static struct link *by_name(struct link_table *t, const char *name)
{
	for (unsigned int i = 0; i < t->n; i++) {
		struct link *l = &t->v[i];

		if (!strcasecmp(l->name, name) ||
		    (l->n_altnames && !strcasecmp(l->altnames[0], name)))
			return l;
	}
	return NULL;
}

static struct link *by_index(struct link_table *t, unsigned int ifindex)
{
	for (unsigned int i = 0; i < t->n; i++)
		if (t->v[i].ifindex == ifindex)
			return &t->v[i];
	return NULL;
}

/* As on a real machine, where a netdev's name has 15 characters. */
static void set_altname(struct link *l, const char *name)
{
	snprintf(l->name, sizeof(l->name), "port%u", l->ifindex);
	l->altnames = calloc(1, sizeof(*l->altnames));
	if (!l->altnames)
		abort();
	l->altnames[0] = strdup(name);
	l->n_altnames = 1;
}

static void release(struct link *l)
{
	if (l->n_altnames)
		free(l->altnames[0]);
	free(l->altnames);
	free(l->addresses);
}

struct link *fake_link_add(struct link_table *t, const char *name, unsigned int ifindex)
{
	struct link *l = &t->v[t->n++];

	if (t->n > FAKE_MAX)
		abort();
	memset(l, 0, sizeof(*l));
	l->ifindex = ifindex ? ifindex : t->next_index;
	if (l->ifindex >= t->next_index)
		t->next_index = l->ifindex + 1;
	if (strlen(name) < IFNAMSIZ)
		strcpy(l->name, name);
	else
		set_altname(l, name);
	l->mtu = 1500;
	l->mac[0] = 2;
	l->mac[5] = l->ifindex;
	return l;
}

void fake_link_remove(struct link_table *t, const char *name)
{
	struct link *l = by_name(t, name);

	if (!l)
		abort();
	release(l);
	*l = t->v[--t->n];
}

static void add_address(struct link *l, const struct addr_prefix *p)
{
	l->addresses = realloc(l->addresses, (l->n_addresses + 1) * sizeof(*l->addresses));
	if (!l->addresses)
		abort();
	memset(&l->addresses[l->n_addresses], 0, sizeof(*l->addresses));
	l->addresses[l->n_addresses++].prefix = *p;
}

void fake_link_address(struct link_table *t, const char *name, const char *prefix)
{
	struct addr_prefix p;

	if (addr_prefix_parse(&p, AF_UNSPEC, prefix))
		abort();
	add_address(by_name(t, name), &p);
}

bool fake_link_has(struct link_table *t, const char *name, const char *prefix)
{
	struct link *l = by_name(t, name);
	struct addr_prefix p;

	if (!l || addr_prefix_parse(&p, AF_UNSPEC, prefix))
		abort();
	for (unsigned int i = 0; i < l->n_addresses; i++)
		if (addr_prefix_equal(&l->addresses[i].prefix, &p))
			return true;
	return false;
}

int link_table_open(struct link_table **out, const struct link_events *events, void *arg,
		    struct kerr *err)
{
	(void)events;
	(void)arg;
	(void)err;
	*out = fake_links_new();
	return 0;
}

void link_table_close(struct link_table *t)
{
	for (unsigned int i = 0; i < t->n; i++)
		release(&t->v[i]);
	free(t);
}

int link_table_fd(const struct link_table *t)
{
	(void)t;
	return -1;
}

int link_table_read(struct link_table *t, struct kerr *err)
{
	(void)t;
	(void)err;
	return 0;
}

int link_table_refresh(struct link_table *t, struct kerr *err)
{
	(void)t;
	(void)err;
	return 0;
}

bool link_name_matches(const char *ios, const char *name)
{
	return strcasecmp(ios, name) == 0;
}

const struct link *link_find(const struct link_table *t, const char *ios)
{
	return by_name((struct link_table *)t, ios);
}

const struct link *link_find_index(const struct link_table *t, unsigned int ifindex)
{
	return by_index((struct link_table *)t, ifindex);
}

const struct link *link_next(const struct link_table *t, const struct link *prev)
{
	const struct link *next = prev ? prev + 1 : t->v;

	return next < t->v + t->n ? next : NULL;
}

const struct link_address *link_primary_address(const struct link *l, uint16_t family)
{
	for (unsigned int i = 0; i < l->n_addresses; i++)
		if (l->addresses[i].prefix.addr.family == family)
			return &l->addresses[i];
	return NULL;
}

int link_set_mtu(struct link_table *t, unsigned int ifindex, uint32_t mtu, struct kerr *err)
{
	struct link *l = by_index(t, ifindex);

	if (fails(err))
		return -err->err;
	l->mtu = mtu;
	text_printf(&journal, "mtu %s %u\n", l->name, mtu);
	return 0;
}

int link_set_up(struct link_table *t, unsigned int ifindex, bool up, struct kerr *err)
{
	struct link *l = by_index(t, ifindex);

	if (fails(err))
		return -err->err;
	l->flags = up ? IFF_UP | IFF_RUNNING : 0;
	text_printf(&journal, "%s %s\n", up ? "up" : "down", l->name);
	return 0;
}

int link_add_address(struct link_table *t, unsigned int ifindex, const struct addr_prefix *p,
		     unsigned int flags, struct kerr *err)
{
	struct link *l = by_index(t, ifindex);
	struct addr_buf text;

	(void)flags;
	if (fails(err))
		return -err->err;
	add_address(l, p);
	text_printf(&journal, "address %s %s\n", l->name, addr_prefix_text(p, &text));
	return 0;
}

int link_del_address(struct link_table *t, unsigned int ifindex, const struct addr_prefix *p,
		     struct kerr *err)
{
	struct link *l = by_index(t, ifindex);
	struct addr_buf text;

	if (fails(err))
		return -err->err;
	for (unsigned int i = 0; i < l->n_addresses; i++) {
		if (!addr_prefix_equal(&l->addresses[i].prefix, p))
			continue;
		l->addresses[i] = l->addresses[--l->n_addresses];
		text_printf(&journal, "no address %s %s\n", l->name, addr_prefix_text(p, &text));
		break;
	}
	return 0;
}

static int create(struct link_table *t, const char *type, unsigned int number,
		  unsigned int *ifindex, struct kerr *err)
{
	char name[IFNAMSIZ];
	struct link *l;

	if (fails(err))
		return -err->err;
	snprintf(name, sizeof(name), "%s%u", type, number);
	l = fake_link_add(t, name, 0);
	l->created = true;
	*ifindex = l->ifindex;
	text_printf(&journal, "create %s\n", name);
	return 0;
}

int link_create_loopback(struct link_table *t, unsigned int number, unsigned int *ifindex,
			 struct kerr *err)
{
	return create(t, "Loopback", number, ifindex, err);
}

int link_create_vlan(struct link_table *t, unsigned int number, unsigned int *ifindex,
		     struct kerr *err)
{
	return create(t, "Vlan", number, ifindex, err);
}

int link_delete(struct link_table *t, unsigned int ifindex, struct kerr *err)
{
	struct link *l = by_index(t, ifindex);

	if (fails(err))
		return -err->err;
	text_printf(&journal, "delete %s\n", l->name);
	fake_link_remove(t, l->name);
	return 0;
}

unsigned int mtu6_read(const char *netdev)
{
	(void)netdev;
	return 1500;
}

int mtu6_write(const char *netdev, unsigned int mtu, struct kerr *err)
{
	if (fails(err))
		return -err->err;
	text_printf(&journal, "mtu6 %s %u\n", netdev, mtu);
	return 0;
}

int route_table_open(struct route_table **out, const struct route_events *events, void *arg,
		     struct kerr *err)
{
	(void)events;
	(void)arg;
	(void)err;
	*out = fake_routes_new();
	return 0;
}

void route_table_close(struct route_table *t)
{
	free(t);
}

int route_table_fd(const struct route_table *t)
{
	(void)t;
	return -1;
}

int route_table_read(struct route_table *t, struct kerr *err)
{
	(void)t;
	(void)err;
	return 0;
}

static struct route *find(struct route_table *t, const struct addr_prefix *dst, uint32_t metric)
{
	for (unsigned int i = 0; i < t->n; i++)
		if (t->v[i].metric == metric && addr_prefix_equal(&t->v[i].dst, dst))
			return &t->v[i];
	return NULL;
}

int route_set(struct route_table *t, const struct route *r, struct kerr *err)
{
	struct route *there = find(t, &r->dst, r->metric);
	struct addr_buf text;

	if (fails(err))
		return -err->err;
	if (!there)
		there = &t->v[t->n++];
	*there = *r;
	text_printf(&journal, "route %s metric %u hops %u%s\n", addr_prefix_text(&r->dst, &text),
		    r->metric, r->n_hops, r->discard ? " discard" : "");
	return 0;
}

int route_del(struct route_table *t, const struct route *r, struct kerr *err)
{
	struct route *there = find(t, &r->dst, r->metric);
	struct addr_buf text;

	if (fails(err))
		return -err->err;
	if (!there)
		return 0;
	text_printf(&journal, "no route %s metric %u\n", addr_prefix_text(&r->dst, &text),
		    r->metric);
	*there = t->v[--t->n];
	return 0;
}

const struct route *route_find(const struct route_table *t, const struct addr_prefix *dst,
			       uint32_t metric)
{
	return find((struct route_table *)t, dst, metric);
}

const struct route *route_next(const struct route_table *t, const struct route *prev)
{
	const struct route *next = prev ? prev + 1 : t->v;

	return next < t->v + t->n ? next : NULL;
}

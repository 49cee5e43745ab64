/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * link - the network interfaces of this namespace, as IOS names them.
 *
 * A table of all interfaces with their addresses, kept up to date by
 * rtnetlink, and the few changes that a configuration asks for.  Changes are
 * idempotent: what is already so is done.  They return 0 or a negative errno
 * with *@err (may be NULL); -ENODEV for an interface that is gone.
 *
 * For one thread.
 */
#ifndef _CM_IPSECD_LINK_H
#define _CM_IPSECD_LINK_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/kerr.h"

#define LINK_KIND_MAX	16

struct link_table;

/**
 * struct link_address - an address of an interface
 * @prefix: the address with its prefix length
 * @flags: IFA_F_* of <linux/if_addr.h>; IFA_F_TENTATIVE and IFA_F_DADFAILED
 *	tell that an IPv6 address cannot be used (yet)
 * @peer: other end of a point-to-point link, or unset
 * @seen: for link.c only
 */
struct link_address {
	struct addr_prefix prefix;
	uint32_t flags;
	struct addr peer;
	bool seen;
};

/**
 * struct link - an interface
 * @ifindex: > 0
 * @name: of the netdev
 * @altnames: @n_altnames strings
 * @kind: rtnl link kind ("dummy", "bridge", ...) or ""
 * @mtu: bytes
 * @flags: IFF_* (IFF_UP is "no shutdown", IFF_RUNNING the line protocol)
 * @operstate: IF_OPER_* of <linux/if.h>
 * @master: ifindex of the bridge or VRF it belongs to, or 0
 * @mac: all zeros where it is not Ethernet
 * @created: made by link_create_loopback() or link_create_vlan(), by this or
 *	an earlier process
 * @addresses: @n_addresses in the order in which the kernel gave them
 * @seen: for link.c only
 *
 * Valid until the next link_table_read() or change.
 */
struct link {
	unsigned int ifindex;
	char name[IFNAMSIZ];
	char **altnames;
	unsigned int n_altnames;
	char kind[LINK_KIND_MAX];
	uint32_t mtu;
	uint32_t flags;
	uint8_t operstate;
	unsigned int master;
	uint8_t mac[6];
	bool created;
	struct link_address *addresses;
	unsigned int n_addresses;
	bool seen;
};

/**
 * struct link_events - what happens to interfaces
 * @added: a new one, without addresses yet
 * @changed: name, altnames, MTU, flags, operstate or master changed
 * @gone: it is still in the table during the call, for the last time
 * @address_added: also when its flags changed (DAD is over)
 * @address_gone: no longer in @l's list
 * @resynced: messages were lost and the table was read anew; anything may
 *	have changed, the calls above were made for what did
 *
 * Any may be NULL.  Callbacks may make changes; the table shows them only when
 * the call that reads has come so far.
 */
struct link_events {
	void (*added)(void *arg, const struct link *l);
	void (*changed)(void *arg, const struct link *l);
	void (*gone)(void *arg, const struct link *l);
	void (*address_added)(void *arg, const struct link *l, const struct link_address *a);
	void (*address_gone)(void *arg, const struct link *l, const struct link_address *a);
	void (*resynced)(void *arg);
};

/* Opens and fills a table; no events are given for what is there already. */
int link_table_open(struct link_table **out, const struct link_events *events, void *arg,
		    struct kerr *err);
void link_table_close(struct link_table *t);

/* Descriptor to poll for reading. */
int link_table_fd(const struct link_table *t);

/*
 * Takes in what has happened, without blocking, and calls back.  Returns the
 * number of messages or a negative errno.  Every change below ends with it,
 * so that the table shows the change.
 */
int link_table_read(struct link_table *t, struct kerr *err);

/*
 * Reads everything anew and calls back for what differs.  Needed because the
 * kernel tells nobody when an interface that is down gets or loses an
 * altname: before a name is given up as missing.
 */
int link_table_refresh(struct link_table *t, struct kerr *err);

/*
 * Whether @ios ("GigabitEthernet 0/0") names the netdev or altname @name:
 * letters are compared without case, blanks between the type and the number
 * are ignored, and "/" in @ios also matches "-" in @name, since "/" cannot
 * be part of a netdev's name.  Nothing is abbreviated here.
 */
bool link_name_matches(const char *ios, const char *name);

/*
 * The interface that @ios names: one with just this name or altname comes
 * before one that only matches.  NULL if there is none.
 */
const struct link *link_find(const struct link_table *t, const char *ios);
const struct link *link_find_index(const struct link_table *t, unsigned int ifindex);
/* In the order of the ifindex: link_next(t, NULL) is the first. */
const struct link *link_next(const struct link_table *t, const struct link *prev);

/* The address that @l uses as a source towards others: first usable one. */
const struct link_address *link_primary_address(const struct link *l, uint16_t family);

int link_set_mtu(struct link_table *t, unsigned int ifindex, uint32_t mtu, struct kerr *err);
int link_set_up(struct link_table *t, unsigned int ifindex, bool up, struct kerr *err);

/* For link_add_address(): no duplicate address detection (not IOS's default). */
#define LINK_ADDRESS_NODAD	0x1

int link_add_address(struct link_table *t, unsigned int ifindex, const struct addr_prefix *p,
		     unsigned int flags, struct kerr *err);
/*
 * Fine if it is not there.  With an IPv4 address the kernel also removes the
 * others of its subnet that were added later (secondary ones), unless
 * net.ipv4.conf.*.promote_secondaries is set; the table then shows it.
 */
int link_del_address(struct link_table *t, unsigned int ifindex, const struct addr_prefix *p,
		     struct kerr *err);

/*
 * LoopbackN: a dummy device of that name, set up.  An interface that has the
 * name or altname already is taken as it is.
 */
int link_create_loopback(struct link_table *t, unsigned int number, unsigned int *ifindex,
			 struct kerr *err);

/*
 * VlanN, the routed interface of a VLAN: a bridge of that name, which is the
 * VLAN's broadcast domain, set up.  Its ports are the business of the
 * machine's own configuration ("ip link set eth2 master Vlan1"); without one
 * that is up it has no carrier, as in IOS.  Who wants an 802.1Q subinterface
 * instead makes it beforehand under that name or altname: what has the name
 * already is taken as it is.
 */
int link_create_vlan(struct link_table *t, unsigned int number, unsigned int *ifindex,
		     struct kerr *err);

/* Deletes an interface that was created by the above, -EPERM for others. */
int link_delete(struct link_table *t, unsigned int ifindex, struct kerr *err);

#endif /* _CM_IPSECD_LINK_H */

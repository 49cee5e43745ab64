/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interfaces as configured: addresses, MTUs, state, crypto maps. */
#ifndef _IPSECD_CONFIG_INTERFACE_H
#define _IPSECD_CONFIG_INTERFACE_H

#include "lib/addr.h"
#include "object.h"

/**
 * struct interface_address6 - ipv6 address
 * @prefix: address and length; with @eui64 only the upper half counts
 * @eui64: the lower half is made from the MAC address
 */
struct interface_address6 {
	struct addr_prefix prefix;
	bool eui64;
};

/**
 * struct interface - interface NAME
 * @object: reference count
 * @name: key; as cli_ifname_canonical() spells it, compared without case
 * @primary: IPv4 address, or unset
 * @secondary: @n_secondary more IPv4 addresses
 * @address6: @n_address6 IPv6 addresses
 * @mtu: ip mtu in bytes, 0 if not configured
 * @mtu6: ipv6 mtu in bytes, 0 if not configured
 * @map: crypto map or NULL
 * @map6: ipv6 crypto map or NULL
 */
struct interface {
	struct object object;
	char *name;
	char *description;
	bool shutdown;
	struct addr_prefix primary;
	size_t n_secondary;
	struct addr_prefix *secondary;
	size_t n_address6;
	struct interface_address6 *address6;
	unsigned int mtu;
	unsigned int mtu6;
	char *map;
	char *map6;
};

extern const struct object_class interface_class;

struct interface *interface_new(const char *name);
const struct interface *interface_find(const struct objects *interfaces,
				       const char *name);
const char *interface_map(const struct interface *iface, uint16_t family);

void interface_add_secondary(struct interface *iface, const struct addr_prefix *p);
bool interface_remove_secondary(struct interface *iface, const struct addr_prefix *p);
void interface_add_address6(struct interface *iface, const struct interface_address6 *a);
bool interface_remove_address6(struct interface *iface, const struct addr_prefix *p);

int interface_name_compare(const char *a, const char *b);
bool interface_number(const char *name, const char *type, unsigned int *number);

#endif /* _IPSECD_CONFIG_INTERFACE_H */

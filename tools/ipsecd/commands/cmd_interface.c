// SPDX-License-Identifier: GPL-2.0-or-later
/* interface: addresses, MTUs, state, crypto maps (IF-1, IF-2, CMAP-5, CMAP-7). */
#include <stdlib.h>
#include <string.h>

#include "../config/validate.h"
#include "commands.h"
#include "edit.h"

static struct interface *iface_begin(struct edit *e, struct cli_ctx *c)
{
	const struct edit_ref *ref = cli_mode_obj(c);
	struct config *config = cli_candidate(c);
	struct interface key = { .name = (char *)ref->name };

	return edit_begin(e, c, &config->interfaces, &key);
}

static int iface_gone(struct cli_ctx *c)
{
	const struct edit_ref *ref = cli_mode_obj(c);

	return cli_refuse(c, "Interface %s is not configured any more", ref->name);
}

static bool is_tunnel(const char *name)
{
	unsigned int number;

	return interface_number(name, "Tunnel", &number);
}

/* A link that is down gets another name without anybody being told: look again. */
static bool is_there(struct link_table *links, const char *name)
{
	struct kerr err;

	return link_find(links, name) ||
	       (link_table_refresh(links, &err) == 0 && link_find(links, name));
}

static int set_interface(struct cli_ctx *c)
{
	const struct daemon *d = cli_user(c);
	struct config *config = cli_candidate(c);
	const char *name = cli_arg_str(c, "if");
	const struct interface *iface = interface_find(&config->interfaces, name);
	struct edit e;

	if (!iface && is_tunnel(name) && !link_find(d->links, name))
		return cli_refuse_at(c, "if", "Tunnel interfaces are not supported yet");
	if (!iface) {
		edit_create(&e, c, &config->interfaces, interface_new(name));
		edit_done(&e);
		if (!cli_line(c) && !is_there(d->links, name))
			cli_warn(c, "Interface %s is not there yet; its configuration waits for it", name);
	}
	cli_enter(c, MODE_INTERFACE, edit_ref_new(iface ? iface->name : name, 0, 0), free);
	return 0;
}

static int unset_interface(struct cli_ctx *c)
{
	struct config *config = cli_candidate(c);
	struct interface key = { .name = (char *)cli_arg_str(c, "if") };

	if (!objects_remove(&config->interfaces, &key))
		return cli_refuse_at(c, "if", "Interface %s is not configured", key.name);
	return 0;
}

static void write_interfaces(struct cli_writer *w)
{
	const struct config *config = cli_write_config(w);
	const struct interface *iface;
	size_t i;

	objects_for_each(iface, &config->interfaces, i) {
		cli_write_line(w, "interface %s", iface->name);
		cli_write_mode(w, MODE_INTERFACE, iface);
		cli_write_sep(w);
	}
}

static int set_description(struct cli_ctx *c)
{
	struct interface *iface;
	struct edit e;

	iface = iface_begin(&e, c);
	if (!iface)
		return iface_gone(c);
	object_set_text(&iface->description,
			cli_op(c) == CLI_SET ? cli_arg_str(c, "text") : NULL);
	return edit_done(&e);
}

static void write_description(struct cli_writer *w)
{
	const struct interface *iface = cli_write_obj(w);

	if (iface->description)
		cli_write_line(w, "description %s", iface->description);
}

/* A host of its network that one interface can have. */
static bool usable_address(const struct addr_prefix *p)
{
	struct addr network = addr_prefix_network(p);
	struct addr mask = addr_mask(p->addr.family, p->len);
	struct addr host = addr_invert(&mask);
	struct addr bits = addr_and(&p->addr, &host);

	if (addr_is_any(&p->addr) || addr_is_multicast(&p->addr) || addr_is_loopback(&p->addr))
		return false;
	if (p->addr.family == AF_INET6 || p->len >= 31)
		return true;
	return !addr_equal(&network, &p->addr) && !addr_equal(&bits, &host);
}

static bool interface_has(const struct interface *iface, const struct addr *a)
{
	if (addr_equal(&iface->primary.addr, a))
		return true;
	for (size_t i = 0; i < iface->n_secondary; i++)
		if (addr_equal(&iface->secondary[i].addr, a))
			return true;
	for (size_t i = 0; i < iface->n_address6; i++)
		if (!iface->address6[i].eui64 && !addr_is_linklocal(a) &&
		    addr_equal(&iface->address6[i].prefix.addr, a))
			return true;
	return false;
}

/* Another interface that has this address already, or NULL. */
static const char *address_taken(const struct config *config, const char *self,
				 const struct addr *a)
{
	const struct interface *iface;
	size_t i;

	objects_for_each(iface, &config->interfaces, i)
		if (interface_name_compare(iface->name, self) && interface_has(iface, a))
			return iface->name;
	return NULL;
}

static int set_address(struct cli_ctx *c)
{
	struct addr_prefix p = { .addr = edit_address(c, "ip"),
				 .len = cli_arg_plen(c, "mask") };
	struct interface *iface;
	const char *taken;
	struct edit e;

	if (!usable_address(&p))
		return cli_refuse_at(c, "ip", "Bad mask /%u for address %s", p.len,
				     cli_arg_str(c, "ip"));
	iface = iface_begin(&e, c);
	if (!iface)
		return iface_gone(c);
	taken = address_taken(cli_candidate(c), iface->name, &p.addr);
	if (taken) {
		cli_warn(c, "interface %s has it", taken);
		return edit_refuse(&e, "This address is in use on another interface");
	}
	if (!cli_has(c, "secondary")) {
		for (size_t i = iface->n_secondary; i-- > 0;)
			if (addr_equal(&iface->secondary[i].addr, &p.addr))
				interface_remove_secondary(iface, &iface->secondary[i]);
		iface->primary = p;
	} else if (addr_equal(&iface->primary.addr, &p.addr)) {
		return edit_refuse(&e, "The primary address cannot be secondary too");
	} else {
		interface_add_secondary(iface, &p);
	}
	return edit_done(&e);
}

static int remove_address(struct edit *e, struct interface *iface,
			  const struct addr_prefix *p, bool secondary)
{
	if (secondary) {
		if (!interface_remove_secondary(iface, p))
			return edit_refuse(e, "This is not a secondary address of the interface");
		return edit_done(e);
	}
	if (!addr_prefix_equal(&iface->primary, p))
		return edit_refuse(e, "This is not the primary address of the interface");
	if (iface->n_secondary)
		return edit_refuse(e, "Must delete secondary before deleting primary");
	memset(&iface->primary, 0, sizeof(iface->primary));
	return edit_done(e);
}

static int unset_address(struct cli_ctx *c)
{
	struct addr_prefix p = { .addr = edit_address(c, "ip"),
				 .len = cli_arg_plen(c, "mask") };
	struct interface *iface;
	struct edit e;

	iface = iface_begin(&e, c);
	if (!iface)
		return iface_gone(c);
	if (addr_is_set(&p.addr))
		return remove_address(&e, iface, &p, cli_has(c, "secondary"));
	memset(&iface->primary, 0, sizeof(iface->primary));
	iface->n_secondary = 0;
	return edit_done(&e);
}

static void write_secondaries(struct cli_writer *w, const struct interface *iface)
{
	struct addr_buf text, mask_text;

	for (size_t i = 0; i < iface->n_secondary; i++) {
		struct addr mask = addr_mask(AF_INET, iface->secondary[i].len);

		cli_write_line(w, "ip address %s %s secondary",
			       addr_text(&iface->secondary[i].addr, &text),
			       addr_text(&mask, &mask_text));
	}
}

/* The primary one last, as IOS has it. */
static void write_addresses(struct cli_writer *w)
{
	const struct interface *iface = cli_write_obj(w);
	struct addr mask = addr_mask(AF_INET, iface->primary.len);
	struct addr_buf text, mask_text;

	write_secondaries(w, iface);
	if (addr_is_set(&iface->primary.addr))
		cli_write_line(w, "ip address %s %s", addr_text(&iface->primary.addr, &text),
			       addr_text(&mask, &mask_text));
	else if (!iface->n_secondary)
		cli_write_line(w, "no ip address");
}

static struct interface_address6 parse_address6(struct cli_ctx *c)
{
	struct interface_address6 a = { .eui64 = cli_has(c, "eui-64") };

	a.prefix = edit_prefix(c, "prefix");
	if (cli_has(c, "link-local")) {
		a.prefix.addr = edit_address(c, "local");
		a.prefix.len = 64;
	}
	return a;
}

static int set_address6(struct cli_ctx *c)
{
	struct interface_address6 a = parse_address6(c);
	struct interface *iface;
	const char *taken;
	struct edit e;

	if (cli_has(c, "link-local") && !addr_is_linklocal(&a.prefix.addr))
		return cli_refuse_at(c, "local", "This is not a link-local address");
	if (a.eui64 && a.prefix.len > 64)
		return cli_refuse_at(c, "prefix", "eui-64 needs a prefix of 64 bits or less");
	if (a.eui64)
		a.prefix.addr = addr_prefix_network(&a.prefix);
	if (!a.eui64 && !usable_address(&a.prefix))
		return cli_refuse_at(c, cli_has(c, "link-local") ? "local" : "prefix",
				     "This cannot be the address of an interface");
	iface = iface_begin(&e, c);
	if (!iface)
		return iface_gone(c);
	taken = a.eui64 ? NULL : address_taken(cli_candidate(c), iface->name, &a.prefix.addr);
	if (taken) {
		cli_warn(c, "interface %s has it", taken);
		return edit_refuse(&e, "This address is in use on another interface");
	}
	interface_add_address6(iface, &a);
	return edit_done(&e);
}

static int unset_address6(struct cli_ctx *c)
{
	struct interface_address6 a = parse_address6(c);
	struct interface *iface;
	struct edit e;

	if (a.eui64)
		a.prefix.addr = addr_prefix_network(&a.prefix);
	iface = iface_begin(&e, c);
	if (!iface)
		return iface_gone(c);
	if (!addr_is_set(&a.prefix.addr))
		iface->n_address6 = 0;
	else if (!interface_remove_address6(iface, &a.prefix))
		return edit_refuse(&e, "This is not an address of the interface");
	return edit_done(&e);
}

static void write_addresses6(struct cli_writer *w)
{
	const struct interface *iface = cli_write_obj(w);
	struct addr_buf text;

	for (size_t i = 0; i < iface->n_address6; i++) {
		const struct interface_address6 *a = &iface->address6[i];

		if (addr_is_linklocal(&a->prefix.addr) && a->prefix.len == 64 && !a->eui64)
			cli_write_line(w, "ipv6 address %s link-local",
				       addr_text(&a->prefix.addr, &text));
		else
			cli_write_line(w, "ipv6 address %s%s",
				       addr_prefix_text(&a->prefix, &text),
				       a->eui64 ? " eui-64" : "");
	}
}

static int set_mtu(struct cli_ctx *c)
{
	bool v6 = cli_has(c, "ipv6");
	struct interface *iface;
	struct edit e;

	iface = iface_begin(&e, c);
	if (!iface)
		return iface_gone(c);
	*(v6 ? &iface->mtu6 : &iface->mtu) = cli_op(c) == CLI_SET ? cli_arg_u32(c, "bytes") : 0;
	if (iface->mtu && iface->mtu6 > iface->mtu)
		return edit_refuse(&e, "The IPv6 MTU cannot be larger than the IP MTU of the interface");
	if (iface->mtu && iface->mtu < 1280 && (iface->mtu6 || iface->n_address6))
		return edit_refuse(&e, "IPv6 needs an MTU of 1280 bytes at least");
	return edit_done(&e);
}

static void write_mtu(struct cli_writer *w)
{
	const struct interface *iface = cli_write_obj(w);

	if (iface->mtu)
		cli_write_line(w, "ip mtu %u", iface->mtu);
}

static void write_mtu6(struct cli_writer *w)
{
	const struct interface *iface = cli_write_obj(w);

	if (iface->mtu6)
		cli_write_line(w, "ipv6 mtu %u", iface->mtu6);
}

static int set_shutdown(struct cli_ctx *c)
{
	struct interface *iface;
	struct edit e;

	iface = iface_begin(&e, c);
	if (!iface)
		return iface_gone(c);
	iface->shutdown = cli_op(c) == CLI_SET;
	return edit_done(&e);
}

static void write_shutdown(struct cli_writer *w)
{
	const struct interface *iface = cli_write_obj(w);

	if (iface->shutdown)
		cli_write_line(w, "shutdown");
}

/* One map and family on an interface; another one takes its place (V14). */
static int set_map(struct cli_ctx *c)
{
	uint16_t family = cli_has(c, "ipv6") ? AF_INET6 : AF_INET;
	const char *name = cli_arg_str(c, "tag");
	struct validate_error error;
	struct interface *iface;
	struct edit e;
	char **map;

	if (!validate_map_usable(cli_candidate(c), name, family, &error))
		return cli_refuse_at(c, "tag", "%s", error.text);
	iface = iface_begin(&e, c);
	if (!iface)
		return iface_gone(c);
	map = family == AF_INET6 ? &iface->map6 : &iface->map;
	if (*map && strcmp(*map, name))
		cli_warn(c, "Crypto map %s is replaced: an interface has only one", *map);
	object_set_text(map, name);
	return edit_done(&e);
}

static int unset_map(struct cli_ctx *c)
{
	const char *name = cli_arg_str(c, "tag");
	struct interface *iface;
	struct edit e;
	char **map;

	iface = iface_begin(&e, c);
	if (!iface)
		return iface_gone(c);
	map = cli_has(c, "ipv6") ? &iface->map6 : &iface->map;
	if (name && !object_same_text(*map, name))
		return edit_refuse(&e, "This crypto map is not on the interface");
	object_set_text(map, NULL);
	return edit_done(&e);
}

static void write_map(struct cli_writer *w)
{
	const struct interface *iface = cli_write_obj(w);

	if (iface->map)
		cli_write_line(w, "crypto map %s", iface->map);
}

static void write_map6(struct cli_writer *w)
{
	const struct interface *iface = cli_write_obj(w);

	if (iface->map6)
		cli_write_line(w, "ipv6 crypto map %s", iface->map6);
}

#define IN_IF	.modes = CLI_IN(MODE_INTERFACE)

static const struct cli_command commands[] = {
	{
		.grammar = "interface IFNAME$if",
		.help = "Select an interface to configure\n"
			"Interface name, or the name of a network device\n",
		.modes = CLI_IN(CLI_MODE_CONFIG),
		.enters = MODE_INTERFACE,
		.set = set_interface, .unset = unset_interface,
		.write = write_interfaces, .order = ORDER_INTERFACE, .ref = "C53",
	}, {
		.grammar = "description LINE$text",
		.no_grammar = "description [LINE$text]",
		.help = "Interface specific description\n"
			"Up to 240 characters describing this interface\n",
		IN_IF, .set = set_description, .unset = set_description,
		.write = write_description, .order = 10,
	}, {
		.grammar = "ip address A.B.C.D$ip MASK$mask [secondary]",
		.no_grammar = "ip address [A.B.C.D$ip MASK$mask [secondary]]",
		.help = "Interface Internet Protocol config commands\n"
			"Set the IP address of an interface\n"
			"IP address\n"
			"IP subnet mask\n"
			"Make this IP address a secondary address\n",
		IN_IF, .set = set_address, .unset = unset_address,
		.write = write_addresses, .order = 20, .ref = "C62",
	}, {
		.grammar = "ip mtu (68-65535)$bytes",
		.no_grammar = "ip mtu [(68-65535)$bytes]",
		.help = "Interface Internet Protocol config commands\n"
			"Set IP Maximum Transmission Unit\n"
			"MTU (bytes)\n",
		IN_IF, .set = set_mtu, .unset = set_mtu,
		.write = write_mtu, .order = 30, .ref = "C59",
	}, {
		.grammar = "shutdown",
		.help = "Shutdown the selected interface\n",
		IN_IF, .set = set_shutdown, .unset = set_shutdown,
		.write = write_shutdown, .order = 40, .ref = "C75",
	}, {
		.grammar = "ipv6 address {X:X::X:X/M$prefix [eui-64]|X:X::X:X$local link-local}",
		.no_grammar = "ipv6 address [X:X::X:X/M$prefix [eui-64]|X:X::X:X$local link-local]",
		.help = "IPv6 interface subcommands\n"
			"Configure IPv6 address on interface\n"
			"IPv6 prefix\n"
			"Use eui-64 interface identifier\n"
			"IPv6 link-local address\n"
			"Use link-local address\n",
		IN_IF, .set = set_address6, .unset = unset_address6,
		.write = write_addresses6, .order = 50, .ref = "C63",
	}, {
		.grammar = "ipv6 mtu (1280-65535)$bytes",
		.no_grammar = "ipv6 mtu [(1280-65535)$bytes]",
		.help = "IPv6 interface subcommands\n"
			"Set IPv6 Maximum Transmission Unit\n"
			"MTU (bytes)\n",
		IN_IF, .set = set_mtu, .unset = set_mtu,
		.write = write_mtu6, .order = 60, .ref = "C60",
	}, {
		.grammar = "crypto map WORD$tag",
		.no_grammar = "crypto map [WORD$tag]",
		.help = "Encryption/Decryption commands\n"
			"Assign a crypto map\n"
			"Crypto map tag\n",
		IN_IF, .set = set_map, .unset = unset_map,
		.write = write_map, .order = 70, .ref = "C54",
	}, {
		.grammar = "ipv6 crypto map WORD$tag",
		.no_grammar = "ipv6 crypto map [WORD$tag]",
		.help = "IPv6 interface subcommands\n"
			"Encryption/Decryption commands\n"
			"Assign a crypto map\n"
			"Crypto map tag\n",
		IN_IF, .set = set_map, .unset = unset_map,
		.write = write_map6, .order = 80, .ref = "C56",
	},
};

const struct command_table commands_interface = COMMAND_TABLE(commands);

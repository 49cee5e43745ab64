// SPDX-License-Identifier: GPL-2.0-or-later
/* show interfaces, show ip interface [brief]. */
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../show.h"
#include "commands.h"

static const char *state_of(const struct interface *iface, const struct link *link)
{
	if (!link)
		return "not present";
	if (link->flags & IFF_UP)
		return "up";
	return iface && !iface->shutdown ? "down" : "administratively down";
}

static int compare_addresses(const void *a, const void *b)
{
	const struct addr_prefix *x = a, *y = b;

	return addr_compare(&x->addr, &y->addr);
}

/* IPv4 as the kernel has them, the primary one first; IPv6 by number. */
static json_t *addresses_of(const struct link *link)
{
	struct addr_prefix *six;
	json_t *list = json_array();
	struct addr_buf text;
	size_t n_six = 0;

	if (!link)
		return list;
	six = calloc(link->n_addresses + 1, sizeof(*six));
	if (!six)
		abort();
	for (unsigned int i = 0; i < link->n_addresses; i++) {
		const struct addr_prefix *p = &link->addresses[i].prefix;

		if (p->addr.family == AF_INET6)
			six[n_six++] = *p;
		else
			json_array_append_new(list, json_string(addr_prefix_text(p, &text)));
	}
	qsort(six, n_six, sizeof(*six), compare_addresses);
	for (size_t i = 0; i < n_six; i++)
		json_array_append_new(list, json_string(addr_prefix_text(&six[i], &text)));
	free(six);
	return list;
}

static json_t *interface_value(const struct interface *iface, const struct link *link)
{
	const uint8_t *mac = link ? link->mac : (const uint8_t[6]){ 0 };
	json_t *value = json_pack("{s:s, s:s, s:s, s:s, s:I, s:o}",
		"interface", iface ? iface->name : link->name,
		"device", link ? link->name : "", "status", state_of(iface, link),
		"protocol", link && link->flags & IFF_RUNNING ? "up" : "down",
		"mtu", (json_int_t)(link ? link->mtu : 0), "addresses", addresses_of(link));

	json_object_set_new(value, "mac", json_sprintf("%02x%02x.%02x%02x.%02x%02x",
			    mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]));
	json_object_set_new(value, "description", iface && iface->description ?
			    json_string(iface->description) : json_null());
	json_object_set_new(value, "crypto-map", iface && iface->map ?
			    json_string(iface->map) : json_null());
	json_object_set_new(value, "ipv6-crypto-map", iface && iface->map6 ?
			    json_string(iface->map6) : json_null());
	return value;
}

static const struct interface *interface_of(const struct daemon *d, const struct link *link)
{
	const struct interface *iface;
	size_t i;

	objects_for_each(iface, &d->running->interfaces, i)
		if (link_find(d->links, iface->name) == link)
			return iface;
	return NULL;
}

/* The configured interfaces, then those of the machine that are not. */
static int show_interfaces(struct cli_ctx *c)
{
	const struct daemon *d = cli_user(c);
	const char *name = cli_has(c, "if") ? cli_arg_str(c, "if") : NULL;
	const struct link *link = NULL;
	const struct interface *iface;
	json_t *list = json_array();
	size_t i;

	objects_for_each(iface, &d->running->interfaces, i)
		if (!name || !interface_name_compare(iface->name, name))
			json_array_append_new(list,
				interface_value(iface, link_find(d->links, iface->name)));
	while ((link = link_next(d->links, link)))
		if (!interface_of(d, link) && (!name || link_find(d->links, name) == link))
			json_array_append_new(list, interface_value(NULL, link));
	if (name && !json_array_size(list)) {
		json_decref(list);
		return cli_refuse_at(c, "if", "There is no interface %s", name);
	}
	cli_set_json(c, json_pack("{s:o}", "interfaces", list));
	return 0;
}

static void render_interfaces(const json_t *value, struct text *out)
{
	json_t *row, *address;
	size_t i, k;

	json_array_foreach(json_object_get(value, "interfaces"), i, row) {
		text_printf(out, "%s is %s, line protocol is %s\n", show_str(row, "interface"),
			    show_str(row, "status"), show_str(row, "protocol"));
		text_printf(out, "  Device is %s, address is %s\n", show_str(row, "device"),
			    show_str(row, "mac"));
		if (*show_str(row, "description"))
			text_printf(out, "  Description: %s\n", show_str(row, "description"));
		json_array_foreach(json_object_get(row, "addresses"), k, address)
			text_printf(out, "  Internet address is %s\n", json_string_value(address));
		text_printf(out, "  MTU %lld bytes\n", (long long)show_int(row, "mtu"));
		if (*show_str(row, "crypto-map"))
			text_printf(out, "  Crypto map is %s\n", show_str(row, "crypto-map"));
		if (*show_str(row, "ipv6-crypto-map"))
			text_printf(out, "  IPv6 crypto map is %s\n",
				    show_str(row, "ipv6-crypto-map"));
	}
}

static const char *first_ipv4(const json_t *row, char *text, size_t size)
{
	json_t *address;
	size_t i;

	json_array_foreach(json_object_get(row, "addresses"), i, address) {
		const char *prefix = json_string_value(address);

		if (strchr(prefix, ':'))
			continue;
		snprintf(text, size, "%.*s", (int)strcspn(prefix, "/"), prefix);
		return text;
	}
	return "unassigned";
}

static void render_brief(const json_t *value, struct text *out)
{
	char address[ADDR_TEXT_MAX];
	json_t *row;
	size_t i;

	text_puts(out, "Interface              IP-Address      OK? Method Status                Protocol\n");
	json_array_foreach(json_object_get(value, "interfaces"), i, row)
		text_printf(out, "%-22s %-15s YES manual %-21s %s\n", show_str(row, "interface"),
			    first_ipv4(row, address, sizeof(address)), show_str(row, "status"),
			    show_str(row, "protocol"));
}

static void render_ip(const json_t *value, struct text *out)
{
	json_t *row, *address;
	size_t i, k;

	json_array_foreach(json_object_get(value, "interfaces"), i, row) {
		text_printf(out, "%s is %s, line protocol is %s\n", show_str(row, "interface"),
			    show_str(row, "status"), show_str(row, "protocol"));
		json_array_foreach(json_object_get(row, "addresses"), k, address)
			if (!strchr(json_string_value(address), ':'))
				text_printf(out, "  %s address is %s\n",
					    k ? "Secondary" : "Internet",
					    json_string_value(address));
		text_printf(out, "  MTU is %lld bytes\n", (long long)show_int(row, "mtu"));
	}
}

#define SHOW	"Show running system information\n"

static const struct cli_command commands[] = {
	{
		.grammar = "show interfaces/interface [IFNAME$if]",
		.help = SHOW "Interface status and configuration\n" "Interface name\n",
		.modes = CLI_IN_EXEC,
		.set = show_interfaces, .render = render_interfaces,
	}, {
		.grammar = "show ip interface brief",
		.help = SHOW "IP information\n" "IP interface status and configuration\n"
			"Brief summary of IP status and configuration\n",
		.modes = CLI_IN_EXEC,
		.set = show_interfaces, .render = render_brief,
	}, {
		.grammar = "show ip interface [IFNAME$if]",
		.help = SHOW "IP information\n" "IP interface status and configuration\n"
			"Interface name\n",
		.modes = CLI_IN_EXEC,
		.set = show_interfaces, .render = render_ip, .ref = "C105",
	},
};

const struct command_table commands_show_network = COMMAND_TABLE(commands);

// SPDX-License-Identifier: GPL-2.0-or-later
/* Access list entries as text: the words IOS uses for protocols and ports. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "acl.h"

struct name {
	const char *name;
	uint16_t value;
};

/* The first name of a number is the one that is printed. */
static const struct name protos[] = {
	{ "icmp", 1 }, { "igmp", 2 }, { "ipinip", 4 }, { "tcp", 6 },
	{ "udp", 17 }, { "gre", 47 }, { "esp", 50 }, { "ahp", 51 },
	{ "eigrp", 88 }, { "ospf", 89 }, { "nos", 94 }, { "pim", 103 },
	{ "pcp", 108 }, { "sctp", 132 },
};

static const struct name tcp_ports[] = {
	{ "echo", 7 }, { "discard", 9 }, { "daytime", 13 }, { "chargen", 19 },
	{ "ftp-data", 20 }, { "ftp", 21 }, { "telnet", 23 }, { "smtp", 25 },
	{ "time", 37 }, { "whois", 43 }, { "tacacs", 49 }, { "domain", 53 },
	{ "gopher", 70 }, { "finger", 79 }, { "www", 80 }, { "hostname", 101 },
	{ "pop2", 109 }, { "pop3", 110 }, { "sunrpc", 111 }, { "ident", 113 },
	{ "nntp", 119 }, { "bgp", 179 }, { "irc", 194 }, { "pim-auto-rp", 496 },
	{ "exec", 512 }, { "login", 513 }, { "cmd", 514 }, { "lpd", 515 },
	{ "talk", 517 }, { "uucp", 540 }, { "klogin", 543 }, { "kshell", 544 },
};

static const struct name udp_ports[] = {
	{ "echo", 7 }, { "discard", 9 }, { "time", 37 }, { "nameserver", 42 },
	{ "tacacs", 49 }, { "domain", 53 }, { "bootps", 67 }, { "bootpc", 68 },
	{ "tftp", 69 }, { "sunrpc", 111 }, { "ntp", 123 },
	{ "netbios-ns", 137 }, { "netbios-dgm", 138 }, { "netbios-ss", 139 },
	{ "snmp", 161 }, { "snmptrap", 162 }, { "xdmcp", 177 },
	{ "dnsix", 195 }, { "mobile-ip", 434 }, { "pim-auto-rp", 496 },
	{ "isakmp", 500 }, { "biff", 512 }, { "who", 513 }, { "syslog", 514 },
	{ "talk", 517 }, { "rip", 520 }, { "ripv6", 521 },
	{ "non500-isakmp", 4500 },
};

#define COUNT(a)	(sizeof(a) / sizeof(*(a)))

static bool by_name(const struct name *table, size_t n, const char *name,
		    uint16_t *value)
{
	for (size_t i = 0; i < n; i++) {
		if (strcasecmp(table[i].name, name))
			continue;
		*value = table[i].value;
		return true;
	}
	return false;
}

static const char *by_value(const struct name *table, size_t n, uint16_t value)
{
	for (size_t i = 0; i < n; i++)
		if (table[i].value == value)
			return table[i].name;
	return NULL;
}

static bool parse_number(const char *text, unsigned long max, uint16_t *value)
{
	char *end;
	unsigned long number;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	number = strtoul(text, &end, 10);
	if (*end || errno || number > max)
		return false;
	*value = number;
	return true;
}

/* "ip" and "ipv6" are 0; "icmp" depends on the family. */
bool acl_proto_parse(const char *text, uint16_t family, uint8_t *proto)
{
	uint16_t value;

	if (strcasecmp(text, family == AF_INET6 ? "ipv6" : "ip") == 0)
		value = 0;
	else if (family == AF_INET6 && strcasecmp(text, "icmp") == 0)
		value = IPPROTO_ICMPV6;
	else if (!parse_number(text, 255, &value) &&
		 !by_name(protos, COUNT(protos), text, &value))
		return false;
	*proto = value;
	return true;
}

bool acl_proto_has_ports(uint8_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_SCTP;
}

bool acl_port_parse(const char *text, uint8_t proto, uint16_t *port)
{
	if (parse_number(text, 65535, port))
		return true;
	if (proto == IPPROTO_TCP)
		return by_name(tcp_ports, COUNT(tcp_ports), text, port);
	if (proto == IPPROTO_UDP)
		return by_name(udp_ports, COUNT(udp_ports), text, port);
	return false;
}

/*
 * Whether every word of @options belongs to a condition of IOS's extended
 * access lists; they are kept, but the data plane cannot check them.
 */
bool acl_options_known(const char *options)
{
	static const char *const alone[] = {
		"established", "fragments", "ack", "fin", "psh", "rst", "syn",
		"urg", "+ack", "+fin", "+psh", "+rst", "+syn", "+urg", "-ack",
		"-fin", "-psh", "-rst", "-syn", "-urg", "match-all",
		"match-any", "routing", "mobility", "undetermined-transport",
		"echo", "echo-reply", "unreachable", "time-exceeded",
		"packet-too-big", "ttl-exceeded", "port-unreachable",
		"host-unreachable", "net-unreachable", "redirect",
		"source-quench", "traceroute", "administratively-prohibited",
		"parameter-problem", "timestamp-request", "timestamp-reply",
		"nd-na", "nd-ns", "router-advertisement",
		"router-solicitation", "mld-query", "mld-report",
	};
	static const char *const with_value[] = {
		"dscp", "precedence", "tos", "time-range", "option", "reflect",
		"flow-label", "timeout",
	};
	char *copy = object_strdup(options), *save, *word;
	bool known = true, value = false;
	uint16_t number;

	for (word = strtok_r(copy, " \t", &save); word && known;
	     word = strtok_r(NULL, " \t", &save)) {
		if (value) {
			value = false;
			continue;
		}
		known = parse_number(word, 255, &number);	/* ICMP type, code */
		for (size_t i = 0; i < COUNT(alone); i++)
			known |= strcasecmp(word, alone[i]) == 0;
		for (size_t i = 0; i < COUNT(with_value); i++)
			value |= strcasecmp(word, with_value[i]) == 0;
		known |= value;
	}
	free(copy);
	return known && !value;
}

static void format_address(const struct addr *a, const struct addr *mask, struct text *out)
{
	struct addr_buf text, wild;
	struct addr wildcard = addr_invert(mask);

	if (addr_is_any(mask))
		text_puts(out, " any");
	else if (addr_is_ones(mask))
		text_printf(out, " host %s", addr_text(a, &text));
	else if (a->family == AF_INET6)
		text_printf(out, " %s/%d", addr_text(a, &text), addr_mask_len(mask));
	else
		text_printf(out, " %s %s", addr_text(a, &text),
			    addr_text(&wildcard, &wild));
}

static void format_port(uint16_t port, uint8_t proto, struct text *out)
{
	const char *name = NULL;

	if (proto == IPPROTO_TCP)
		name = by_value(tcp_ports, COUNT(tcp_ports), port);
	else if (proto == IPPROTO_UDP)
		name = by_value(udp_ports, COUNT(udp_ports), port);
	if (name)
		text_printf(out, " %s", name);
	else
		text_printf(out, " %u", port);
}

static void format_ports(const struct acl_ports *ports, uint8_t proto, struct text *out)
{
	static const char *const ops[] = {
		[ACL_PORT_EQ] = "eq", [ACL_PORT_NEQ] = "neq",
		[ACL_PORT_LT] = "lt", [ACL_PORT_GT] = "gt",
		[ACL_PORT_RANGE] = "range",
	};

	if (ports->op == ACL_PORT_ANY)
		return;
	text_printf(out, " %s", ops[ports->op]);
	format_port(ports->first, proto, out);
	if (ports->op == ACL_PORT_RANGE)
		format_port(ports->last, proto, out);
}

static void format_proto(uint8_t proto, uint16_t family, struct text *out)
{
	const char *name = by_value(protos, COUNT(protos), proto);

	if (family == AF_INET6 && proto == IPPROTO_ICMP)
		name = NULL;
	if (family == AF_INET6 && proto == IPPROTO_ICMPV6)
		name = "icmp";
	if (!proto)
		name = family == AF_INET6 ? "ipv6" : "ip";
	if (name)
		text_puts(out, name);
	else
		text_printf(out, "%u", proto);
}

/* The entry as it is written, without sequence number. */
void ace_format(const struct ace *ace, struct text *out)
{
	if (ace->remark) {
		text_printf(out, "remark %s", ace->remark);
		return;
	}
	text_puts(out, ace->permit ? "permit " : "deny ");
	format_proto(ace->proto, ace->src.family, out);
	format_address(&ace->src, &ace->src_mask, out);
	format_ports(&ace->sport, ace->proto, out);
	format_address(&ace->dst, &ace->dst_mask, out);
	format_ports(&ace->dport, ace->proto, out);
	if (ace->options)
		text_printf(out, " %s", ace->options);
	if (ace->log)
		text_puts(out, " log");
}

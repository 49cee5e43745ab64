// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading an access list entry from the arguments of a command. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ace_args.h"
#include "edit.h"

static void read_address(struct cli_ctx *c, const char *end, uint16_t family,
			 struct addr *a, struct addr *mask)
{
	char host[16], wild[16], prefix[16];

	snprintf(host, sizeof(host), "%shost", end);
	snprintf(wild, sizeof(wild), "%swild", end);
	snprintf(prefix, sizeof(prefix), "%sprefix", end);
	if (cli_has(c, host)) {
		*a = edit_address(c, host);
		*mask = addr_mask(family, 128);
	} else if (cli_has(c, wild)) {
		struct addr wildcard = edit_address(c, wild);

		*mask = addr_invert(&wildcard);
		*a = edit_address(c, end);
	} else if (cli_has(c, prefix)) {
		struct addr_prefix p = edit_prefix(c, prefix);

		*mask = addr_mask(family, p.len);
		*a = p.addr;
	} else {
		addr_set_any(a, family);
		*mask = *a;
	}
	*a = addr_and(a, mask);
}

static int read_port(struct cli_ctx *c, const char *variable, uint8_t proto, uint16_t *port)
{
	const char *text = cli_arg_str(c, variable);

	if (!acl_proto_has_ports(proto))
		return cli_refuse_at(c, variable, "Ports are only possible with tcp, udp and sctp");
	if (!acl_port_parse(text, proto, port))
		return cli_refuse_at(c, variable, "\"%s\" is not a port of this protocol", text);
	return 0;
}

static int read_range(struct cli_ctx *c, const char *first, const char *last,
		      uint8_t proto, struct acl_ports *ports)
{
	int ret = read_port(c, first, proto, &ports->first);

	if (!ret)
		ret = read_port(c, last, proto, &ports->last);
	if (!ret && ports->first > ports->last)
		ret = cli_refuse_at(c, last, "The last port of a range cannot be less than the first");
	ports->op = ACL_PORT_RANGE;
	return ret;
}

static int read_ports(struct cli_ctx *c, const char *end, uint8_t proto,
		      struct acl_ports *ports)
{
	char op[16], port[16], first[16], last[16];
	const char *word;
	int ret;

	snprintf(op, sizeof(op), "%sop", end);
	snprintf(port, sizeof(port), "%sport", end);
	snprintf(first, sizeof(first), "%sfirst", end);
	snprintf(last, sizeof(last), "%slast", end);
	if (cli_has(c, first))
		return read_range(c, first, last, proto, ports);
	word = cli_arg_str(c, op);
	if (!word)
		return 0;
	ret = read_port(c, port, proto, &ports->first);
	if (strcmp(word, "eq") == 0)
		ports->op = ACL_PORT_EQ;
	else if (strcmp(word, "neq") == 0)
		ports->op = ACL_PORT_NEQ;
	else if (strcmp(word, "lt") == 0)
		ports->op = ACL_PORT_LT;
	else
		ports->op = ACL_PORT_GT;
	if (!ret && ((ports->op == ACL_PORT_LT && !ports->first) ||
		     (ports->op == ACL_PORT_GT && ports->first == UINT16_MAX)))
		ret = cli_refuse_at(c, port, "No port is %s than %u",
				    ports->op == ACL_PORT_LT ? "less" : "greater", ports->first);
	return ret;
}

/* "sequence N" at the end of an IPv6 entry. */
static bool take_sequence(char *options, uint32_t *seq)
{
	char *word = strstr(options, "sequence ");
	char *end;
	unsigned long value;

	if (!word || (word != options && word[-1] != ' '))
		return true;
	value = strtoul(word + strlen("sequence "), &end, 10);
	if (*end || value < 1 || value > ACL_SEQ_MAX)
		return false;
	*seq = value;
	*word = 0;
	return true;
}

/* "log" has no effect; all else is a condition. */
static void take_log(char *options, struct ace *ace)
{
	size_t len;

	for (;;) {
		len = strlen(options);
		while (len && options[len - 1] == ' ')
			options[--len] = 0;
		if (len >= 3 && strcmp(options + len - 3, "log") == 0 &&
		    (len == 3 || options[len - 4] == ' ')) {
			options[len - 3] = 0;
			ace->log = true;
		} else if (len >= 9 && strcmp(options + len - 9, "log-input") == 0 &&
			   (len == 9 || options[len - 10] == ' ')) {
			options[len - 9] = 0;
			ace->log = true;
		} else {
			return;
		}
	}
}

static int read_options(struct cli_ctx *c, uint16_t family, struct ace *ace, uint32_t *seq)
{
	char *options = object_strdup(cli_arg_str(c, "options"));
	int ret = 0;

	if (!options)
		return 0;
	if (family == AF_INET6 && !take_sequence(options, seq))
		ret = cli_refuse_at(c, "options", "A sequence number is from 1 to %u", ACL_SEQ_MAX);
	take_log(options, ace);
	if (!ret && *options && !acl_options_known(options))
		ret = cli_refuse_at(c, "options", "This is not understood in an access list entry");
	if (!ret && *options)
		ace->options = object_strdup(options);
	if (!ret && ace->log)
		cli_warn(c, "\"log\" has no effect");
	free(options);
	return ret;
}

int ace_args_read(struct cli_ctx *c, uint16_t family, struct ace *ace, uint32_t *seq)
{
	int ret;

	memset(ace, 0, sizeof(*ace));
	ace->permit = cli_has(c, "permit");
	if (!acl_proto_parse(cli_arg_str(c, "proto"), family, &ace->proto))
		return cli_refuse_at(c, "proto", "Unknown protocol");
	read_address(c, "src", family, &ace->src, &ace->src_mask);
	read_address(c, "dst", family, &ace->dst, &ace->dst_mask);
	ret = read_ports(c, "s", ace->proto, &ace->sport);
	if (!ret)
		ret = read_ports(c, "d", ace->proto, &ace->dport);
	if (!ret)
		ret = read_options(c, family, ace, seq);
	return ret;
}

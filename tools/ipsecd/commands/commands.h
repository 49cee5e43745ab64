/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * commands - what a person can say to ipsecd: the tables of all commands,
 * one file per subject, grammar, help, handler and writer side by side.
 */
#ifndef _IPSECD_COMMANDS_COMMANDS_H
#define _IPSECD_COMMANDS_COMMANDS_H

#include "../cli/cli.h"
#include "../daemon.h"

enum command_mode {
	MODE_TRANSFORM = CLI_MODE_FIRST,
	MODE_MAP,
	MODE_INTERFACE,
	MODE_ACL,
	MODE_ACL6,
	MODE_POLICY,
	MODE_KEYRING,
	MODE_ISAKMP_PROFILE,
	MODE_ISAKMP_PEER,
	MODE_TRUSTPOINT,
	MODE_DYNAMIC,
};

/* Place in the running-config. */
enum command_order {
	ORDER_HOSTNAME = 100,
	ORDER_DOMAIN = 110,
	ORDER_PKI = 120,
	ORDER_KEYRING = 130,
	ORDER_ISAKMP = 140,
	ORDER_ISAKMP_PEER = 160,
	ORDER_ISAKMP_PROFILE = 170,
	ORDER_IPSEC = 200,
	ORDER_TRANSFORM = 300,
	ORDER_DYNAMIC = 350,
	ORDER_MAP = 400,
	ORDER_INTERFACE = 500,
	ORDER_ROUTE = 600,
	ORDER_ACL_NAMED = 700,
	ORDER_ACL_NUMBERED = 710,
	ORDER_ROUTE6 = 720,
	ORDER_ACL6 = 730,
};

/** struct command_table - the commands of one file */
struct command_table {
	const struct cli_command *commands;
	size_t n;
};

#define COMMAND_TABLE(array) { array, sizeof(array) / sizeof(*(array)) }

extern const struct command_table commands_transform;
extern const struct command_table commands_map;
extern const struct command_table commands_map_isakmp;
extern const struct command_table commands_dynamic;
extern const struct command_table commands_isakmp_policy;
extern const struct command_table commands_isakmp;
extern const struct command_table commands_isakmp_key;
extern const struct command_table commands_isakmp_profile;
extern const struct command_table commands_isakmp_peer;
extern const struct command_table commands_pki;
extern const struct command_table commands_show_isakmp;
extern const struct command_table commands_show_session;
extern const struct command_table commands_acl;
extern const struct command_table commands_acl6;
extern const struct command_table commands_interface;
extern const struct command_table commands_ip;
extern const struct command_table commands_global;
extern const struct command_table commands_save;
extern const struct command_table commands_clear;
extern const struct command_table commands_debug;
extern const struct command_table commands_show_ipsec;
extern const struct command_table commands_show_map;
extern const struct command_table commands_show_engine;
extern const struct command_table commands_show_config;
extern const struct command_table commands_show_network;
extern const struct command_table commands_ignored;
extern const struct command_table commands_refused;

extern const struct cli_ops commands_ops;

/* window-size or disable of either level, from the arguments of a command. */
int command_parse_replay(struct cli_ctx *c, struct replay *replay);

/* Of the global keepalive and that of a profile; "no" gives none. */
struct keepalive command_parse_keepalive(struct cli_ctx *c);

/*
 * Peers from @variable, which is an address, with @mask where that is given,
 * or a prefix, which is then called "prefix".
 */
struct addr_prefix command_parse_peer(const struct cli_ctx *c, const char *variable,
				      const char *mask);
/* As they are typed: "A", "A MASK" or "ipv6 A/N". */
void command_format_peer(const struct addr_prefix *peer, struct text *out);
void command_format_match(const struct isakmp_match *match, struct text *out);

/* Everything above into an engine.  Returns 0, or -1 with a text. */
int commands_register(struct cli *cli, char *err, size_t size);

#endif /* _IPSECD_COMMANDS_COMMANDS_H */

// SPDX-License-Identifier: GPL-2.0-or-later
/* debug crypto, undebug, show debugging, conditions (C115 to C117). */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../debug.h"
#include "../show.h"
#include "commands.h"

static const struct topic {
	enum debug_topic topic;
	const char *name;
	const char *text;
} topics[] = {
#define TOPIC(id, bit, name, text) { DEBUG_##id, name, text },
	DEBUG_TOPICS(TOPIC)
#undef TOPIC
};

#define N_TOPICS	(sizeof(topics) / sizeof(topics[0]))

/* Those that are named; all if none is. */
static unsigned int named_topics(const struct cli_ctx *c)
{
	unsigned int found = 0;

	for (size_t i = 0; i < N_TOPICS; i++)
		if (cli_has(c, topics[i].name))
			found |= topics[i].topic;
	return found ? found : DEBUG_ALL;
}

static void switch_topics(struct cli_ctx *c, bool on)
{
	unsigned int wanted = named_topics(c);

	debug_set(wanted, on);
	for (size_t i = 0; i < N_TOPICS; i++)
		if (wanted & topics[i].topic)
			cli_printf(c, "%s is %s\n", topics[i].text, on ? "on" : "off");
}

static int debug_on(struct cli_ctx *c)
{
	switch_topics(c, true);
	return 0;
}

static int debug_off(struct cli_ctx *c)
{
	switch_topics(c, false);
	return 0;
}

static int debug_all_off(struct cli_ctx *c)
{
	debug_set(DEBUG_ALL, false);
	cli_printf(c, "All possible debugging has been turned off\n");
	return 0;
}

/* --- conditions */

static struct addr_prefix read_peers(const struct cli_ctx *c)
{
	struct addr_prefix peers;

	peers = command_parse_peer(c, cli_has(c, "prefix") ? "prefix" : "peer", "mask");
	peers.addr = addr_prefix_network(&peers);
	return peers;
}

static int condition_on(struct cli_ctx *c)
{
	struct addr_prefix peers = read_peers(c);
	int ret = debug_condition_add(&peers);

	if (ret == -ENOSPC)
		return cli_refuse(c, "There are %d conditions already", DEBUG_PEERS_MAX);
	if (ret == -EEXIST)
		cli_warn(c, "This condition is set already");
	return 0;
}

static int condition_off(struct cli_ctx *c)
{
	struct addr_prefix peers = read_peers(c);

	if (debug_condition_remove(&peers))
		return cli_refuse(c, "There is no such condition");
	return 0;
}

static int unmatched_on(struct cli_ctx *c)
{
	debug_condition_unmatched(named_topics(c), true);
	return 0;
}

static int unmatched_off(struct cli_ctx *c)
{
	debug_condition_unmatched(named_topics(c), false);
	return 0;
}

static int reset_conditions(struct cli_ctx *c)
{
	(void)c;
	debug_condition_reset();
	return 0;
}

/* --- show */

static json_t *topics_value(unsigned int which)
{
	json_t *list = json_array();

	for (size_t i = 0; i < N_TOPICS; i++)
		if (which & topics[i].topic)
			json_array_append_new(list, json_string(topics[i].name));
	return list;
}

static json_t *conditions_value(void)
{
	const struct addr_prefix *peers;
	json_t *list = json_array();
	struct addr_buf text;

	for (size_t i = 0; (peers = debug_condition_nth(i)); i++)
		json_array_append_new(list, json_string(addr_prefix_text(peers, &text)));
	return json_pack("{s:o, s:o}", "peers", list,
			 "unmatched", topics_value(debug_condition_get_unmatched()));
}

static int show_debugging(struct cli_ctx *c)
{
	cli_set_json(c, json_pack("{s:o, s:o}", "crypto", topics_value(debug_topics),
				  "conditions", conditions_value()));
	return 0;
}

static int show_conditions(struct cli_ctx *c)
{
	cli_set_json(c, conditions_value());
	return 0;
}

static void render_conditions(const json_t *value, struct text *out)
{
	const json_t *peers = json_object_get(value, "peers");
	json_t *row;
	size_t i;

	text_printf(out, "Crypto conditional debug is turned %s\n",
		    json_array_size(peers) ? "ON" : "OFF");
	if (json_array_size(peers))
		text_puts(out, "Peer IP Address:\n");
	json_array_foreach(peers, i, row)
		text_printf(out, "  %s\n", json_string_value(row));
	if (json_array_size(json_object_get(value, "unmatched")))
		text_puts(out, "Debug messages without a known peer are shown too:");
	json_array_foreach(json_object_get(value, "unmatched"), i, row)
		text_printf(out, " %s", json_string_value(row));
	if (i)
		text_puts(out, "\n");
}

static void render_debugging(const json_t *value, struct text *out)
{
	const json_t *conditions = json_object_get(value, "conditions");
	const json_t *on = json_object_get(value, "crypto");
	json_t *name;
	size_t i;

	if (!json_array_size(on))
		return;
	text_puts(out, "\nCryptographic Subsystem:\n");
	json_array_foreach(on, i, name)
		for (size_t k = 0; k < N_TOPICS; k++)
			if (!strcmp(json_string_value(name), topics[k].name))
				text_printf(out, "  %s is on\n", topics[k].text);
	if (json_array_size(json_object_get(conditions, "peers")))
		render_conditions(conditions, out);
}

#define TOPIC_WORDS	"{isakmp|ipsec|engine}"
#define TOPIC_HELP	"ISAKMP debug\n" "IPSEC debug\n" "Crypto Engine debug\n"
#define DEBUG_HELP	"Debugging functions (see also 'undebug')\n" "Cryptographic subsystem\n"
#define UNDEBUG_HELP	"Disable debugging functions (see also 'debug')\n"
#define CONDITION_HELP	"Conditional debugging\n"
#define PEER	"peer {ipv4 A.B.C.D$peer|subnet A.B.C.D$peer MASK$mask|"	\
		"ipv6 {X:X::X:X$peer|X:X::X:X/M$prefix}}"
#define PEER_HELP							\
	"Filter by peer\n" "IPv4 address of the peer\n" "Address\n"	\
	"Peers of an IPv4 subnet\n" "Network\n" "Mask\n"			\
	"IPv6 address or prefix of the peer\n" "Address\n" "Prefix\n"
#define IN_PRIV		.modes = CLI_IN(CLI_MODE_PRIV)

static const struct cli_command commands[] = {
	{
		.grammar = "debug crypto " TOPIC_WORDS,
		.help = DEBUG_HELP TOPIC_HELP,
		IN_PRIV, .set = debug_on, .unset = debug_off, .ref = "C115 C116 C117",
	}, {
		.grammar = "undebug crypto " TOPIC_WORDS,
		.help = UNDEBUG_HELP "Cryptographic subsystem\n" TOPIC_HELP,
		IN_PRIV, .set = debug_off,
	}, {
		.grammar = "undebug all",
		.help = UNDEBUG_HELP "Disable all debugging\n",
		IN_PRIV, .set = debug_all_off,
	}, {
		.grammar = "debug all",
		.help = "Debugging functions (see also 'undebug')\n" "Enable all debugging\n",
		IN_PRIV, .set = debug_on, .unset = debug_all_off,
	}, {
		.grammar = "debug crypto condition " PEER,
		.help = DEBUG_HELP CONDITION_HELP PEER_HELP,
		IN_PRIV, .set = condition_on, .unset = condition_off,
	}, {
		.grammar = "debug crypto condition unmatched [" TOPIC_WORDS "]",
		.help = DEBUG_HELP CONDITION_HELP
			"Lines about no peer that is known, too\n" TOPIC_HELP,
		IN_PRIV, .set = unmatched_on, .unset = unmatched_off,
	}, {
		.grammar = "debug crypto condition reset",
		.help = DEBUG_HELP CONDITION_HELP "Delete all conditions\n",
		IN_PRIV, .set = reset_conditions,
	}, {
		.grammar = "show debugging",
		.help = "Show running system information\n" "State of each debugging option\n",
		.modes = CLI_IN_EXEC,
		.set = show_debugging, .render = render_debugging,
	}, {
		.grammar = "show crypto debug-condition",
		.help = "Show running system information\n" "Encryption module\n"
			"Debug condition filters\n",
		.modes = CLI_IN_EXEC,
		.set = show_conditions, .render = render_conditions,
	},
};

const struct command_table commands_debug = COMMAND_TABLE(commands);

// SPDX-License-Identifier: GPL-2.0-or-later
/* crypto isakmp peer: aggressive mode with single peers (IKE-11). */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "edit.h"

#define CRYPTO		"Encryption module\n"
#define ISAKMP		CRYPTO "Configure ISAKMP policy\n"

/* The peer that the line speaks of, without its attributes. */
static struct isakmp_peer *peer_of_line(const struct cli_ctx *c)
{
	struct addr_prefix peer;

	if (cli_has(c, "peername"))
		return isakmp_peer_new(cli_arg_str(c, "peername"), NULL);
	peer = command_parse_peer(c, cli_has(c, "prefix") ? "prefix" : "peer", "mask");
	return isakmp_peer_new(NULL, &peer);
}

static void format_peer(const struct isakmp_peer *peer, struct text *out)
{
	text_puts(out, peer->hostname ? "hostname " : "address ");
	if (peer->hostname)
		text_puts(out, peer->hostname);
	else
		command_format_peer(&peer->peer, out);
}

static int set_peer(struct cli_ctx *c)
{
	struct config *config = cli_candidate(c);
	struct isakmp_peer *peer = peer_of_line(c);
	struct edit_ref *ref;
	struct addr_buf text;
	struct edit e;

	ref = edit_ref_new(peer->hostname ? peer->hostname : addr_text(&peer->peer.addr, &text),
			   peer->peer.addr.family, peer->peer.len);
	cli_enter(c, MODE_ISAKMP_PEER, ref, free);
	if (objects_find(&config->isakmp_peers, peer)) {
		isakmp_peer_class.destroy(peer);
		return 0;
	}
	edit_create(&e, c, &config->isakmp_peers, peer);
	return edit_done(&e);
}

static int unset_peer(struct cli_ctx *c)
{
	struct config *config = cli_candidate(c);
	struct isakmp_peer *peer = peer_of_line(c);
	bool found = objects_remove(&config->isakmp_peers, peer);

	isakmp_peer_class.destroy(peer);
	return found ? 0 : cli_refuse(c, "There is no such ISAKMP peer");
}

static void write_peers(struct cli_writer *w)
{
	const struct config *config = cli_write_config(w);
	const struct isakmp_peer *peer;
	struct text who = TEXT_INIT;
	size_t i;

	objects_for_each(peer, &config->isakmp_peers, i) {
		text_truncate(&who, 0);
		format_peer(peer, &who);
		cli_write_line(w, "crypto isakmp peer %s", text_str(&who));
		cli_write_mode(w, MODE_ISAKMP_PEER, peer);
	}
	text_free(&who);
}

static struct isakmp_peer *peer_begin(struct edit *e, struct cli_ctx *c)
{
	const struct edit_ref *ref = cli_mode_obj(c);
	struct config *config = cli_candidate(c);
	struct isakmp_peer key = { .peer.len = ref->seq };
	struct isakmp_peer *peer;

	if (ref->family == AF_UNSPEC)
		key.hostname = (char *)ref->name;
	else
		addr_parse(&key.peer.addr, ref->family, ref->name);
	peer = edit_begin(e, c, &config->isakmp_peers, &key);
	if (!peer)
		cli_refuse(c, "ISAKMP peer %s does not exist any more", ref->name);
	return peer;
}

static uint8_t endpoint_of_line(const struct cli_ctx *c, struct text *out)
{
	struct addr_buf text;
	struct addr address;

	if (cli_has(c, "endpoint")) {
		text_puts(out, cli_arg_str(c, "endpoint"));
		if (cli_has(c, "user-fqdn"))
			return ISAKMP_ID_USER_FQDN;
		return cli_has(c, "key-id") ? ISAKMP_ID_KEY_ID : ISAKMP_ID_FQDN;
	}
	address = edit_address(c, cli_has(c, "prefix") ? "prefix" : "ip");
	text_puts(out, addr_text(&address, &text));
	return address.family == AF_INET6 ? ISAKMP_ID_IPV6_ADDR : ISAKMP_ID_IPV4_ADDR;
}

static int set_endpoint(struct cli_ctx *c)
{
	struct text endpoint = TEXT_INIT;
	struct isakmp_peer *peer;
	struct edit e;

	peer = peer_begin(&e, c);
	if (!peer)
		return -1;
	peer->endpoint_type = 0;
	if (cli_op(c) == CLI_SET)
		peer->endpoint_type = endpoint_of_line(c, &endpoint);
	object_set_text(&peer->endpoint, peer->endpoint_type ? text_str(&endpoint) : NULL);
	text_free(&endpoint);
	return edit_done(&e);
}

static const char *endpoint_word(uint8_t type)
{
	switch (type) {
	case ISAKMP_ID_IPV4_ADDR:
		return "ipv4-address";
	case ISAKMP_ID_IPV6_ADDR:
		return "ipv6";
	case ISAKMP_ID_USER_FQDN:
		return "user-fqdn";
	case ISAKMP_ID_KEY_ID:
		return "key-id";
	default:
		return "fqdn";
	}
}

static void write_endpoint(struct cli_writer *w)
{
	const struct isakmp_peer *peer = cli_write_obj(w);

	if (peer->endpoint)
		cli_write_line(w, "set aggressive-mode client-endpoint %s %s",
			       endpoint_word(peer->endpoint_type), peer->endpoint);
}

static int set_password(struct cli_ctx *c)
{
	const char *password = cli_op(c) == CLI_SET ? cli_arg_str(c, "password") : NULL;
	struct isakmp_peer *peer;
	struct edit e;

	if (password && strlen(password) > ISAKMP_KEY_MAX)
		return cli_refuse_at(c, "password", "A pre-shared key has at most %u characters",
				     ISAKMP_KEY_MAX);
	peer = peer_begin(&e, c);
	if (!peer)
		return -1;
	isakmp_peer_set_password(peer, password);
	return edit_done(&e);
}

static void write_password(struct cli_writer *w)
{
	const struct isakmp_peer *peer = cli_write_obj(w);

	if (peer->password)
		cli_write_line(w, "set aggressive-mode password %s",
			       cli_write_secrets(w) ? peer->password : "<removed>");
}

#define IPV6	"ipv6 {X:X::X:X/M$prefix|X:X::X:X$peer}"
#define PEER	"{address {A.B.C.D$peer [MASK$mask]|" IPV6 "}|hostname WORD$peername}"

static const struct cli_command commands[] = {
	{
		.grammar = "crypto isakmp peer " PEER,
		.help = ISAKMP "Set Peer Policy\n" "ip address of peer\n"
			"Peer IP address\n" "Peer IP subnet mask\n"
			"IPv6 address\n" "IPv6 prefix of peers\n" "IPv6 address of peer\n"
			"fully qualified hostname of peer\n" "Name of peer\n",
		.modes = CLI_IN(CLI_MODE_CONFIG),
		.enters = MODE_ISAKMP_PEER,
		.set = set_peer, .unset = unset_peer,
		.write = write_peers, .order = ORDER_ISAKMP_PEER, .ref = "C15",
	}, {
		.grammar = "set aggressive-mode password WORD$!password",
		.no_grammar = "set aggressive-mode password [WORD$!password]",
		.help = "Set values for the peer\n" "Aggressive mode attributes\n"
			"Pre-shared key of aggressive mode\n" "The key\n",
		.modes = CLI_IN(MODE_ISAKMP_PEER),
		.set = set_password, .unset = set_password,
		.write = write_password, .order = 10, .ref = "IKE-11",
	}, {
		.grammar = "set aggressive-mode client-endpoint {ipv4-address A.B.C.D$ip|"
			   "ipv6/ipv6-address {X:X::X:X/M$prefix|X:X::X:X$ip}|"
			   "fqdn WORD$endpoint|user-fqdn WORD$endpoint|key-id WORD$endpoint}",
		.no_grammar = "set aggressive-mode client-endpoint [{ipv4-address A.B.C.D$ip|"
			   "ipv6/ipv6-address {X:X::X:X/M$prefix|X:X::X:X$ip}|"
			   "fqdn WORD$endpoint|user-fqdn WORD$endpoint|key-id WORD$endpoint}]",
		.help = "Set values for the peer\n" "Aggressive mode attributes\n"
			"What this router calls itself in aggressive mode\n"
			"IPv4 address\n" "IPv4 address\n"
			"IPv6 address\n" "IPv6 address; the length is ignored\n" "IPv6 address\n"
			"Fully qualified domain name\n" "Name\n"
			"Name of a user\n" "user@domain\n"
			"Key ID\n" "Key ID\n",
		.modes = CLI_IN(MODE_ISAKMP_PEER),
		.set = set_endpoint, .unset = set_endpoint,
		.write = write_endpoint, .order = 20, .ref = "C16",
	},
};

const struct command_table commands_isakmp_peer = COMMAND_TABLE(commands);

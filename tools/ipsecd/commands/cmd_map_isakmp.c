// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the entries of crypto maps and dynamic maps say to IKE: peers, PFS,
 * lifetimes, idle times, the profile (CMAP-2, CMAP-8, IDLE-3), and what holds
 * for all entries (LIFE-1, IDLE-2).
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "entry.h"

#define LABEL_MAX	63

/*
 * Whether @text can be the name of a host (RFC 1123 2.1).  The last label is
 * not a number: that would be a mistyped address.
 */
static bool is_hostname(const char *text)
{
	const char *label = text;
	size_t len;

	if (strlen(text) > ISAKMP_NAME_MAX)
		return false;
	for (;;) {
		len = strcspn(label, ".");
		if (!len || len > LABEL_MAX || label[0] == '-' || label[len - 1] == '-')
			return false;
		for (size_t i = 0; i < len; i++)
			if (!isalnum((unsigned char)label[i]) && label[i] != '-')
				return false;
		if (!label[len])
			return strspn(label, "0123456789") < len;
		label += len + 1;
	}
}

static int check_address(struct cli_ctx *c, const struct addr *peer)
{
	if (addr_is_any(peer) || addr_is_multicast(peer) || addr_is_loopback(peer) ||
	    (peer->family == AF_INET && addr_is_ones(peer)))
		return cli_refuse_at(c, "ip", "This address cannot be a peer");
	if (cli_arg_plen(c, "ip") && cli_arg_plen(c, "ip") < addr_length(peer->family) * 8)
		cli_warn(c, "the prefix length of the peer has no effect");
	return 0;
}

static int set_peer(struct cli_ctx *c)
{
	struct addr peer = edit_address(c, "ip");
	const char *host = cli_arg_str(c, "host");
	struct map_entry *entry;
	unsigned int i;
	struct edit e;

	host = addr_is_set(&peer) ? NULL : host;
	if (host && !is_hostname(host))
		return cli_refuse_at(c, "host", "This is neither an address nor the name of a host");
	if (!host && check_address(c, &peer))
		return -1;
	entry = entry_begin(&e, c);
	if (!entry)
		return -1;
	i = map_find_peer(entry, &peer, host);
	if (i == CRYPTOMAP_PEERS_MAX)
		return edit_refuse(&e, "At most 16 peers are possible in one entry");
	if (i == entry->n_peers)
		map_add_peer(entry, &peer, host, cli_has(c, "dynamic"));
	else
		entry->hosts[i].dynamic = host && cli_has(c, "dynamic");
	if (cli_has(c, "default"))
		entry->default_peer = i + 1;
	else if (entry->default_peer == i + 1)
		entry->default_peer = 0;
	return entry_done(&e);
}

static int unset_peer(struct cli_ctx *c)
{
	struct addr peer = edit_address(c, "ip");
	const char *host = addr_is_set(&peer) ? NULL : cli_arg_str(c, "host");
	struct map_entry *entry;
	unsigned int i;
	struct edit e;

	entry = entry_begin(&e, c);
	if (!entry)
		return -1;
	if (!host && !addr_is_set(&peer)) {
		while (entry->n_peers)
			map_remove_peer(entry, entry->n_peers - 1);
		return entry_done(&e);
	}
	i = map_find_peer(entry, &peer, host);
	if (i == entry->n_peers)
		return edit_refuse(&e, "This is not a peer of the entry");
	map_remove_peer(entry, i);
	return entry_done(&e);
}

static void write_peers(struct cli_writer *w)
{
	const struct map_entry *entry = cli_write_obj(w);
	struct addr_buf text;

	for (unsigned int i = 0; i < entry->n_peers; i++) {
		const struct map_host *host = &entry->hosts[i];

		cli_write_line(w, "set peer %s%s%s",
			       host->name ? host->name : addr_text(&entry->peers[i], &text),
			       host->dynamic ? " dynamic" : "",
			       entry->default_peer == i + 1 ? " default" : "");
	}
}

static int set_pfs(struct cli_ctx *c)
{
	struct map_entry *entry;
	struct edit e;

	entry = entry_begin(&e, c);
	if (!entry)
		return -1;
	entry->pfs_group = IKE_GROUP_NONE;
	if (cli_op(c) != CLI_SET)
		return entry_done(&e);
	entry->pfs_group = IKE_GROUP_1;
	if (cli_has(c, "group"))
		entry->pfs_group = strtoul(cli_arg_str(c, "group") + strlen("group"), NULL, 10);
	if (entry->pfs_group <= IKE_GROUP_5)
		cli_warn(c, "Warning: weaker dh-group is deprecated");
	return entry_done(&e);
}

/* The default group is not displayed, as in IOS. */
static void write_pfs(struct cli_writer *w)
{
	const struct map_entry *entry = cli_write_obj(w);

	if (entry->pfs_group == IKE_GROUP_1)
		cli_write_line(w, "set pfs");
	else if (entry->pfs_group)
		cli_write_line(w, "set pfs group%u", entry->pfs_group);
}

/*
 * The profile must exist, and stays as long as an entry names it: without it
 * keys would be used that were not meant for this peer.
 */
static int set_profile(struct cli_ctx *c)
{
	const struct config *config = cli_candidate(c);
	const char *name = cli_arg_str(c, "profile");
	struct map_entry *entry;
	struct edit e;

	if (cli_op(c) == CLI_SET && !isakmp_profile_find(&config->isakmp_profiles, name))
		return cli_refuse_at(c, "profile", "ISAKMP profile %s does not exist", name);
	entry = entry_begin(&e, c);
	if (!entry)
		return -1;
	object_set_text(&entry->isakmp_profile, cli_op(c) == CLI_SET ? name : NULL);
	return entry_done(&e);
}

static void write_profile(struct cli_writer *w)
{
	const struct map_entry *entry = cli_write_obj(w);

	if (entry->isakmp_profile)
		cli_write_line(w, "set isakmp-profile %s", entry->isakmp_profile);
}

/* Changes one of the two as the line says; @none are what stands without it. */
static void parse_lifetime(struct cli_ctx *c, uint32_t *seconds, uint32_t seconds_none,
			   uint64_t *kilobytes, uint64_t kilobytes_none)
{
	bool set = cli_op(c) == CLI_SET;

	if (cli_has(c, "seconds"))
		*seconds = set ? cli_arg_u32(c, "n") : seconds_none;
	else if (set && cli_has(c, "disable"))
		*kilobytes = LIFETIME_KILOBYTES_NONE;
	else
		*kilobytes = set ? cli_arg_u32(c, "n") : kilobytes_none;
}

static int set_lifetime(struct cli_ctx *c)
{
	struct map_entry *entry;
	struct edit e;

	entry = entry_begin(&e, c);
	if (!entry)
		return -1;
	parse_lifetime(c, &entry->lifetime_seconds, 0, &entry->lifetime_kilobytes, 0);
	return entry_done(&e);
}

/* One line for each; @none is the value that is not displayed. */
static void write_lifetimes(struct cli_writer *w, const char *words, uint32_t seconds,
			    uint32_t seconds_none, uint64_t kilobytes, uint64_t kilobytes_none)
{
	if (kilobytes == LIFETIME_KILOBYTES_NONE)
		cli_write_line(w, "%s lifetime kilobytes disable", words);
	else if (kilobytes != kilobytes_none)
		cli_write_line(w, "%s lifetime kilobytes %llu", words,
			       (unsigned long long)kilobytes);
	if (seconds != seconds_none)
		cli_write_line(w, "%s lifetime seconds %u", words, seconds);
}

static void write_lifetime(struct cli_writer *w)
{
	const struct map_entry *entry = cli_write_obj(w);

	write_lifetimes(w, "set security-association", entry->lifetime_seconds, 0,
			entry->lifetime_kilobytes, 0);
}

static int set_idle(struct cli_ctx *c)
{
	bool set = cli_op(c) == CLI_SET;
	struct map_entry *entry;
	struct edit e;

	entry = entry_begin(&e, c);
	if (!entry)
		return -1;
	entry->idle_seconds = set ? cli_arg_u32(c, "seconds") : 0;
	entry->idle_default = set && cli_has(c, "default");
	return entry_done(&e);
}

static void write_idle(struct cli_writer *w)
{
	const struct map_entry *entry = cli_write_obj(w);

	if (entry->idle_seconds)
		cli_write_line(w, "set security-association idle-time %u%s", entry->idle_seconds,
			       entry->idle_default ? " default" : "");
}

static int set_global_lifetime(struct cli_ctx *c)
{
	struct config *config = cli_candidate(c);

	parse_lifetime(c, &config->lifetime_seconds, LIFETIME_SECONDS_DEFAULT,
		       &config->lifetime_kilobytes, LIFETIME_KILOBYTES_DEFAULT);
	return 0;
}

static void write_global_lifetime(struct cli_writer *w)
{
	const struct config *config = cli_write_config(w);

	write_lifetimes(w, "crypto ipsec security-association", config->lifetime_seconds,
			LIFETIME_SECONDS_DEFAULT, config->lifetime_kilobytes,
			LIFETIME_KILOBYTES_DEFAULT);
}

static int set_global_idle(struct cli_ctx *c)
{
	struct config *config = cli_candidate(c);

	config->idle_seconds = cli_op(c) == CLI_SET ? cli_arg_u32(c, "seconds") : 0;
	return 0;
}

static void write_global_idle(struct cli_writer *w)
{
	const struct config *config = cli_write_config(w);

	if (config->idle_seconds)
		cli_write_line(w, "crypto ipsec security-association idle-time %u",
			       config->idle_seconds);
}

#define IN_ENTRY	(CLI_IN(MODE_MAP) | CLI_IN(MODE_DYNAMIC))
#define SET		"Set values for encryption/decryption\n"
#define SA		"Security association parameters\n"
#define IPSEC		"Encryption module\n" "Configure IPSEC policy\n"
#define GROUPS		"group1|group2|group5|group14|group15|group16|group19|group20|group21|group24"
#define LIFETIME	"lifetime {seconds (120-2592000)$n|kilobytes {(2560-4294967295)$n|disable}}"
#define NO_LIFETIME	"lifetime {seconds [(120-2592000)$n]|kilobytes [(2560-4294967295)$n|disable]}"
#define LIFETIME_HELP	"Security association lifetime\n"			\
			"Time-based key duration\n"				\
			"Lifetime in seconds\n"					\
			"Volume-based key duration\n"				\
			"Lifetime in kilobytes encrypted\n"			\
			"Disable rekey based on the volume\n"

static const struct cli_command commands[] = {
	{
		.grammar = "crypto ipsec security-association " LIFETIME,
		.no_grammar = "crypto ipsec security-association " NO_LIFETIME,
		.help = IPSEC SA LIFETIME_HELP,
		.modes = CLI_IN(CLI_MODE_CONFIG),
		.set = set_global_lifetime, .unset = set_global_lifetime,
		.write = write_global_lifetime, .order = ORDER_IPSEC, .ref = "LIFE-1",
	}, {
		.grammar = "crypto ipsec security-association idle-time (60-86400)$seconds",
		.no_grammar = "crypto ipsec security-association idle-time [(60-86400)$seconds]",
		.help = IPSEC SA "Automatically delete IPSec SAs after a given idle period\n"
			"Idle time in seconds\n",
		.modes = CLI_IN(CLI_MODE_CONFIG),
		.set = set_global_idle, .unset = set_global_idle,
		.write = write_global_idle, .order = ORDER_IPSEC, .ref = "C26",
	}, {
		.grammar = "set peer [address] {A.B.C.D$ip|X:X::X:X$ip|X:X::X:X/M$ip|WORD$host [dynamic]} [default]",
		.no_grammar = "set peer [[address] {A.B.C.D$ip|X:X::X:X$ip|X:X::X:X/M$ip|WORD$host [dynamic]} [default]]",
		.help = SET "Allowed Encryption/Decryption peer\n"
			"IP address of peer\n"
			"IP address of peer\n"
			"IPv6 address of peer\n"
			"IPv6 address of peer; the length is ignored\n"
			"Host name of peer\n"
			"Resolve the host name before each negotiation\n"
			"Try this peer first, always\n",
		.modes = IN_ENTRY,
		.set = set_peer, .unset = unset_peer,
		.write = write_peers, .order = 20, .ref = "C44",
	}, {
		.grammar = "set security-association " LIFETIME,
		.no_grammar = "set security-association " NO_LIFETIME,
		.help = SET SA LIFETIME_HELP,
		.modes = IN_ENTRY,
		.set = set_lifetime, .unset = set_lifetime,
		.write = write_lifetime, .order = 34, .ref = "C50",
	}, {
		.grammar = "set security-association idle-time (60-86400)$seconds [default]",
		.no_grammar = "set security-association idle-time [(60-86400)$seconds [default]]",
		.help = SET SA "Automatically delete IPSec SAs after a given idle period\n"
			"Idle time in seconds\n"
			"Use the default peer after it\n",
		.modes = IN_ENTRY,
		.set = set_idle, .unset = set_idle,
		.write = write_idle, .order = 36, .ref = "C49",
	}, {
		.grammar = "set pfs [" GROUPS "]$group",
		.help = SET "Specify pfs settings\n"
			"D-H Group1 (768-bit modp)\n"
			"D-H Group2 (1024-bit modp)\n"
			"D-H Group5 (1536-bit modp)\n"
			"D-H Group14 (2048-bit modp)\n"
			"D-H Group15 (3072-bit modp)\n"
			"D-H Group16 (4096-bit modp)\n"
			"D-H Group19 (256-bit ecp)\n"
			"D-H Group20 (384-bit ecp)\n"
			"D-H Group21 (521-bit ecp)\n"
			"D-H Group24 (2048-bit modp, 256 bit subgroup)\n",
		.modes = IN_ENTRY,
		.set = set_pfs, .unset = set_pfs,
		.write = write_pfs, .order = 52, .ref = "IKE-2",
	}, {
		.grammar = "set isakmp-profile WORD$profile",
		.no_grammar = "set isakmp-profile [WORD$profile]",
		.help = SET "Specify isakmp Profile\n" "ISAKMP profile name\n",
		.modes = IN_ENTRY,
		.set = set_profile, .unset = set_profile,
		.write = write_profile, .order = 54, .ref = "IKE-12",
	},
};

const struct command_table commands_map_isakmp = COMMAND_TABLE(commands);

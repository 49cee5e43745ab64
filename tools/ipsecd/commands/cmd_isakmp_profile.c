// SPDX-License-Identifier: GPL-2.0-or-later
/* crypto isakmp profile (IKE-12). */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "edit.h"

#define CRYPTO	"Encryption module\n"
#define ISAKMP	CRYPTO "Configure ISAKMP policy\n"

static int set_profile(struct cli_ctx *c)
{
	struct config *config = cli_candidate(c);
	const char *name = cli_arg_str(c, "profile");
	struct edit e;

	if (cli_has(c, "accounting"))
		return cli_refuse_at(c, "accounting", "Accounting of sessions is not supported");
	if (strlen(name) > ISAKMP_NAME_MAX)
		return cli_refuse_at(c, "profile", "A name has at most %u characters",
				     ISAKMP_NAME_MAX);
	if (!isakmp_profile_find(&config->isakmp_profiles, name)) {
		edit_create(&e, c, &config->isakmp_profiles, isakmp_profile_new(name));
		edit_done(&e);
		if (!cli_line(c))
			cli_warn(c, "A profile is deemed incomplete until it has match identity statements");
	}
	cli_enter(c, MODE_ISAKMP_PROFILE, edit_ref_new(name, 0, 0), free);
	return 0;
}

/* The entry that has the profile, or NULL. */
static const struct map_entry *profile_user(const struct objects *entries, const char *name)
{
	const struct map_entry *entry;
	size_t i;

	objects_for_each(entry, entries, i)
		if (object_same_text(entry->isakmp_profile, name))
			return entry;
	return NULL;
}

static int unset_profile(struct cli_ctx *c)
{
	struct config *config = cli_candidate(c);
	const char *name = cli_arg_str(c, "profile");
	struct isakmp_profile key = { .name = (char *)name };
	const struct map_entry *user = profile_user(&config->entries, name);
	const struct map_entry *dynamic = profile_user(&config->dynamic_maps, name);

	if (user || dynamic)
		return cli_refuse_at(c, "profile", "ISAKMP profile %s is in use by crypto %s %s %u; remove it there first",
				     name, user ? "map" : "dynamic-map",
				     user ? user->name : dynamic->name,
				     user ? user->seq : dynamic->seq);
	if (!objects_remove(&config->isakmp_profiles, &key))
		return cli_refuse_at(c, "profile", "ISAKMP profile %s does not exist", name);
	return 0;
}

static void write_profiles(struct cli_writer *w)
{
	const struct config *config = cli_write_config(w);
	const struct isakmp_profile *profile;
	size_t i;

	objects_for_each(profile, &config->isakmp_profiles, i) {
		cli_write_line(w, "crypto isakmp profile %s", profile->name);
		cli_write_mode(w, MODE_ISAKMP_PROFILE, profile);
	}
}

static struct isakmp_profile *profile_begin(struct edit *e, struct cli_ctx *c)
{
	const struct edit_ref *ref = cli_mode_obj(c);
	struct config *config = cli_candidate(c);
	struct isakmp_profile key = { .name = (char *)ref->name };
	struct isakmp_profile *profile = edit_begin(e, c, &config->isakmp_profiles, &key);

	if (!profile)
		cli_refuse(c, "ISAKMP profile %s does not exist any more", ref->name);
	return profile;
}

/* A member that is one text. */
static int set_text(struct cli_ctx *c, size_t member, const char *variable)
{
	struct isakmp_profile *profile;
	struct edit e;

	profile = profile_begin(&e, c);
	if (!profile)
		return -1;
	object_set_text((char **)((char *)profile + member),
			cli_op(c) == CLI_SET ? cli_arg_str(c, variable) : NULL);
	return edit_done(&e);
}

static int set_description(struct cli_ctx *c)
{
	return set_text(c, offsetof(struct isakmp_profile, description), "text");
}

static void write_description(struct cli_writer *w)
{
	const struct isakmp_profile *profile = cli_write_obj(w);

	if (profile->description)
		cli_write_line(w, "description %s", profile->description);
}

static int set_keyring(struct cli_ctx *c)
{
	const struct config *config = cli_candidate(c);

	if (cli_op(c) == CLI_SET && !keyring_find(&config->keyrings, cli_arg_str(c, "keyring")))
		return cli_refuse_at(c, "keyring", "Keyring %s does not exist",
				     cli_arg_str(c, "keyring"));
	return set_text(c, offsetof(struct isakmp_profile, keyring), "keyring");
}

static void write_keyring(struct cli_writer *w)
{
	const struct isakmp_profile *profile = cli_write_obj(w);

	if (profile->keyring)
		cli_write_line(w, "keyring %s", profile->keyring);
}

static int set_trustpoint(struct cli_ctx *c)
{
	const struct config *config = cli_candidate(c);
	const char *name = cli_arg_str(c, "trustpoint");

	if (cli_op(c) == CLI_SET && !trustpoint_find(&config->trustpoints, name))
		return cli_refuse_at(c, "trustpoint", "Trustpoint %s does not exist", name);
	return set_text(c, offsetof(struct isakmp_profile, trustpoint), "trustpoint");
}

static void write_trustpoint(struct cli_writer *w)
{
	const struct isakmp_profile *profile = cli_write_obj(w);

	if (profile->trustpoint)
		cli_write_line(w, "ca trust-point %s", profile->trustpoint);
}

/* "address" and "address ipv6" are one: the family is that of the session. */
static int set_identity(struct cli_ctx *c)
{
	struct isakmp_profile *profile;
	struct edit e;

	profile = profile_begin(&e, c);
	if (!profile)
		return -1;
	object_set_text(&profile->identity_text, NULL);
	profile->identity = ISAKMP_IDENTITY_ADDRESS;
	profile->identity_set = cli_op(c) == CLI_SET;
	if (!profile->identity_set)
		return edit_done(&e);
	if (cli_has(c, "user-fqdn")) {
		profile->identity = ISAKMP_IDENTITY_USER_FQDN;
		object_set_text(&profile->identity_text, cli_arg_str(c, "user"));
	} else if (cli_has(c, "fqdn")) {
		profile->identity = ISAKMP_IDENTITY_HOSTNAME;
	} else if (cli_has(c, "dn")) {
		profile->identity = ISAKMP_IDENTITY_DN;
	}
	return edit_done(&e);
}

static void write_identity(struct cli_writer *w)
{
	const struct isakmp_profile *profile = cli_write_obj(w);

	if (!profile->identity_set)
		return;
	switch (profile->identity) {
	case ISAKMP_IDENTITY_ADDRESS:
		cli_write_line(w, "self-identity address");
		break;
	case ISAKMP_IDENTITY_HOSTNAME:
		cli_write_line(w, "self-identity fqdn");
		break;
	case ISAKMP_IDENTITY_DN:
		cli_write_line(w, "self-identity dn");
		break;
	case ISAKMP_IDENTITY_USER_FQDN:
		cli_write_line(w, "self-identity user-fqdn %s", profile->identity_text);
		break;
	}
}

static struct isakmp_match match_of_line(const struct cli_ctx *c)
{
	struct isakmp_match match = { .kind = ISAKMP_MATCH_GROUP };

	match.text = (char *)cli_arg_str(c, "text");
	if (cli_has(c, "address")) {
		match.kind = ISAKMP_MATCH_ADDRESS;
		match.peer = command_parse_peer(c, cli_has(c, "prefix") ? "prefix" : "peer", "mask");
		match.peer.addr = addr_prefix_network(&match.peer);
	} else if (cli_has(c, "host")) {
		match.kind = cli_has(c, "domain") ? ISAKMP_MATCH_HOST_DOMAIN : ISAKMP_MATCH_HOST;
	} else if (cli_has(c, "user")) {
		match.kind = cli_has(c, "domain") ? ISAKMP_MATCH_USER_DOMAIN : ISAKMP_MATCH_USER;
	}
	return match;
}

static int set_match(struct cli_ctx *c)
{
	struct isakmp_match match = match_of_line(c);
	struct isakmp_profile *profile;
	struct edit e;

	if (cli_has(c, "fvrf"))
		return cli_refuse_at(c, "fvrf", "VRFs are not supported");
	profile = profile_begin(&e, c);
	if (!profile)
		return -1;
	if (isakmp_profile_has_match(profile, &match))
		return edit_done(&e);
	if (profile->n_matches == ISAKMP_MATCHES_MAX)
		return edit_refuse(&e, "At most 64 match identity statements are possible in one profile");
	isakmp_profile_add_match(profile, &match);
	return edit_done(&e);
}

static int unset_match(struct cli_ctx *c)
{
	struct isakmp_match match = match_of_line(c);
	struct isakmp_profile *profile;
	struct edit e;

	profile = profile_begin(&e, c);
	if (!profile)
		return -1;
	if (!isakmp_profile_remove_match(profile, &match))
		return edit_refuse(&e, "There is no such match identity statement");
	return edit_done(&e);
}

static const char *const match_words[] = {
	[ISAKMP_MATCH_HOST] = "host",
	[ISAKMP_MATCH_HOST_DOMAIN] = "host domain",
	[ISAKMP_MATCH_USER] = "user",
	[ISAKMP_MATCH_USER_DOMAIN] = "user domain",
	[ISAKMP_MATCH_GROUP] = "group",
};

/* As it is typed behind "match identity"; the mask is always there. */
void command_format_match(const struct isakmp_match *match, struct text *out)
{
	struct addr mask = addr_mask(match->peer.addr.family, match->peer.len);
	struct addr_buf address, text;

	if (match->kind != ISAKMP_MATCH_ADDRESS)
		text_printf(out, "%s %s", match_words[match->kind], match->text);
	else if (match->peer.addr.family == AF_INET6)
		text_printf(out, "address ipv6 %s", addr_prefix_text(&match->peer, &text));
	else
		text_printf(out, "address %s %s", addr_text(&match->peer.addr, &address),
			    addr_text(&mask, &text));
}

static void write_matches(struct cli_writer *w)
{
	const struct isakmp_profile *profile = cli_write_obj(w);
	struct text line = TEXT_INIT;

	for (unsigned int i = 0; i < profile->n_matches; i++) {
		text_truncate(&line, 0);
		command_format_match(&profile->matches[i], &line);
		cli_write_line(w, "match identity %s", text_str(&line));
	}
	text_free(&line);
}

static int set_keepalive(struct cli_ctx *c)
{
	struct isakmp_profile *profile;
	struct edit e;

	profile = profile_begin(&e, c);
	if (!profile)
		return -1;
	profile->keepalive = command_parse_keepalive(c);
	return edit_done(&e);
}

static void write_keepalive(struct cli_writer *w)
{
	const struct isakmp_profile *profile = cli_write_obj(w);
	const struct keepalive *k = &profile->keepalive;

	if (k->seconds)
		cli_write_line(w, "keepalive %u retry %u%s", k->seconds, k->retry,
			       k->periodic ? " periodic" : "");
}

static int set_initiate(struct cli_ctx *c)
{
	struct isakmp_profile *profile;
	struct edit e;

	profile = profile_begin(&e, c);
	if (!profile)
		return -1;
	profile->initiate_aggressive = cli_op(c) == CLI_SET;
	return edit_done(&e);
}

static void write_initiate(struct cli_writer *w)
{
	const struct isakmp_profile *profile = cli_write_obj(w);

	if (profile->initiate_aggressive)
		cli_write_line(w, "initiate mode aggressive");
}

/* What IOS has in a profile and this program has not. */
static int refuse(struct cli_ctx *c)
{
	return cli_refuse(c, "This setting of ISAKMP profiles is not supported");
}

static int ignore(struct cli_ctx *c)
{
	return cli_ignore(c);
}

#define IPV6	"ipv6 {X:X::X:X/M$prefix|X:X::X:X$peer}"
#define MATCH	"{address {A.B.C.D$peer [MASK$mask] [WORD$fvrf]|" IPV6 "}|"	\
		"group WORD$text|host {domain WORD$text|WORD$text}|"		\
		"user {domain WORD$text|WORD$text}}"

static const struct cli_command commands[] = {
	{
		.grammar = "crypto isakmp profile WORD$profile [accounting WORD$list]",
		.help = ISAKMP "Define ISAKMP Profiles\n" "Name of ISAKMP Profile\n"
			"Accounting of sessions (not supported)\n" "Accounting list\n",
		.modes = CLI_IN(CLI_MODE_CONFIG),
		.enters = MODE_ISAKMP_PROFILE,
		.set = set_profile, .unset = unset_profile,
		.write = write_profiles, .order = ORDER_ISAKMP_PROFILE, .ref = "C17",
	}, {
		.grammar = "description LINE$text",
		.no_grammar = "description [LINE$text]",
		.help = "Specify a description of this profile\n" "Up to 80 characters\n",
		.modes = CLI_IN(MODE_ISAKMP_PROFILE),
		.set = set_description, .unset = set_description,
		.write = write_description, .order = 10,
	}, {
		.grammar = "keyring WORD$keyring",
		.no_grammar = "keyring [WORD$keyring]",
		.help = "Specify keyring to use\n" "Name of keyring\n",
		.modes = CLI_IN(MODE_ISAKMP_PROFILE),
		.set = set_keyring, .unset = set_keyring,
		.write = write_keyring, .order = 20, .ref = "IKE-12",
	}, {
		.grammar = "ca trust-point WORD$trustpoint",
		.no_grammar = "ca trust-point [WORD$trustpoint]",
		.help = "Specify certificate authorities to trust\n"
			"Trustpoint to use for validation\n" "Name of trustpoint\n",
		.modes = CLI_IN(MODE_ISAKMP_PROFILE),
		.set = set_trustpoint, .unset = set_trustpoint,
		.write = write_trustpoint, .order = 30, .ref = "IKE-12",
	}, {
		.grammar = "self-identity {address [ipv6]|fqdn|dn|user-fqdn WORD$user}",
		.no_grammar = "self-identity [address [ipv6]|fqdn|dn|user-fqdn WORD$user]",
		.help = "Specify Identity to use\n"
			"IP address of the interface\n" "IPv6 address of the interface\n"
			"FQDN of the router\n" "Subject of the certificate of the router\n"
			"Use another USER-FQDN\n" "USER-FQDN, user@domain\n",
		.modes = CLI_IN(MODE_ISAKMP_PROFILE),
		.set = set_identity, .unset = set_identity,
		.write = write_identity, .order = 40, .ref = "C18",
	}, {
		.grammar = "match identity " MATCH,
		.help = "Match values of peer\n" "Match peer identity\n"
			"Match peer on the basis of IP address\n"
			"IP address of the peer\n" "IP mask of the peers\n"
			"VRF of the peer (not supported)\n"
			"IPv6 address\n" "IPv6 prefix of the peers\n" "IPv6 address of the peer\n"
			"Match on the peer's group name, sent as key ID\n" "Group name\n"
			"Match on the peer's FQDN\n" "Match on the domain of the FQDN\n"
			"Domain\n" "FQDN\n"
			"Match on the peer's USER-FQDN\n" "Match on the domain of the USER-FQDN\n"
			"Domain\n" "USER-FQDN\n",
		.modes = CLI_IN(MODE_ISAKMP_PROFILE),
		.set = set_match, .unset = unset_match,
		.write = write_matches, .order = 50, .ref = "C19",
	}, {
		.grammar = "keepalive (10-3600)$seconds retry (2-60)$retries [periodic|on-demand]",
		.no_grammar = "keepalive [(10-3600)$seconds retry (2-60)$retries [periodic|on-demand]]",
		.help = "Set a keepalive interval for use with IOS peers\n"
			"Number of seconds between keep alives\n"
			"Set the interval of retries\n"
			"Number of seconds between retries if keepalive fails\n"
			"Send DPD messages at regular intervals\n"
			"Send DPD messages on demand, the default\n",
		.modes = CLI_IN(MODE_ISAKMP_PROFILE),
		.set = set_keepalive, .unset = set_keepalive,
		.write = write_keepalive, .order = 60, .ref = "DPD-1",
	}, {
		.grammar = "initiate mode aggressive",
		.help = "Initiator properties\n" "Mode of phase 1\n"
			"Begin with aggressive mode\n",
		.modes = CLI_IN(MODE_ISAKMP_PROFILE),
		.set = set_initiate, .unset = set_initiate,
		.write = write_initiate, .order = 70, .ref = "IKE-12",
	}, {
		.grammar = "{client|vrf|virtual-template|isakmp|local-address|accounting|qos-group} [LINE$rest]",
		.help = "Client settings\n" "VRF\n" "Virtual template\n" "Authorization\n"
			"Local address\n" "Accounting\n" "QoS group\n" "Not supported\n",
		.modes = CLI_IN(MODE_ISAKMP_PROFILE),
		.flags = CLI_F_HIDDEN,
		.set = refuse, .unset = ignore,
	},
};

const struct command_table commands_isakmp_profile = COMMAND_TABLE(commands);

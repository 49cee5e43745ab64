// SPDX-License-Identifier: GPL-2.0-or-later
/* show crypto isakmp policy, key, profile, peers, statistics (O25). */
#include <string.h>

#include "../ike/half_open.h"
#include "../ike/sa.h"
#include "../show.h"
#include "commands.h"

#define TEXT_MAX	128

static const char *encryption_text(const struct isakmp_policy *policy, char text[TEXT_MAX])
{
	switch (policy->encryption) {
	case IKE_ENCRYPTION_AES:
		snprintf(text, TEXT_MAX, "AES - Advanced Encryption Standard (%u bit keys).",
			 policy->key_bits);
		return text;
	case IKE_ENCRYPTION_3DES:
		return "Three key triple DES";
	default:
		return "DES - Data Encryption Standard (56 bit keys).";
	}
}

static const char *hash_text(unsigned int hash)
{
	switch (hash) {
	case IKE_HASH_MD5:
		return "Message Digest 5";
	case IKE_HASH_SHA256:
		return "Secure Hash Standard 2 (256 bit)";
	case IKE_HASH_SHA384:
		return "Secure Hash Standard 2 (384 bit)";
	case IKE_HASH_SHA512:
		return "Secure Hash Standard 2 (512 bit)";
	default:
		return "Secure Hash Standard";
	}
}

static const char *auth_text(unsigned int auth)
{
	return auth == IKE_AUTH_PSK ? "Pre-Shared Key" : "Rivest-Shamir-Adleman Signature";
}

static const char *group_text(unsigned int group)
{
	switch (group) {
	case IKE_GROUP_1:
		return "768 bit";
	case IKE_GROUP_2:
		return "1024 bit";
	case IKE_GROUP_5:
		return "1536 bit";
	case IKE_GROUP_14:
		return "2048 bit";
	case IKE_GROUP_15:
		return "3072 bit";
	case IKE_GROUP_16:
		return "4096 bit";
	case IKE_GROUP_19:
		return "256 bit";
	case IKE_GROUP_20:
		return "384 bit";
	case IKE_GROUP_21:
		return "521 bit";
	default:
		return "2048 bit, 256 bit subgroup";
	}
}

static json_t *policy_value(const struct isakmp_policy *policy)
{
	char text[TEXT_MAX];

	return json_pack("{s:s, s:s, s:s, s:i, s:s, s:I}",
			 "encryption", encryption_text(policy, text),
			 "hash", hash_text(policy->hash),
			 "authentication", auth_text(policy->auth),
			 "group", policy->group, "group-size", group_text(policy->group),
			 "lifetime", (json_int_t)policy->lifetime);
}

static int show_policies(struct cli_ctx *c)
{
	const struct daemon *d = cli_user(c);
	const struct isakmp_policy *policy;
	struct isakmp_policy *fallback = isakmp_policy_new(0);
	json_t *list = json_array(), *value;
	size_t i;

	objects_for_each(policy, &d->running->isakmp_policies, i) {
		value = policy_value(policy);
		json_object_set_new(value, "priority", json_integer(policy->priority));
		json_array_append_new(list, value);
	}
	cli_set_json(c, json_pack("{s:o, s:o}", "policies", list,
				  "default", policy_value(fallback)));
	isakmp_policy_class.destroy(fallback);
	return 0;
}

static void render_policy(const json_t *policy, struct text *out)
{
	text_printf(out, "\tencryption algorithm:\t%s\n", show_str(policy, "encryption"));
	text_printf(out, "\thash algorithm:\t\t%s\n", show_str(policy, "hash"));
	text_printf(out, "\tauthentication method:\t%s\n", show_str(policy, "authentication"));
	text_printf(out, "\tDiffie-Hellman group:\t#%lld (%s)\n",
		    (long long)show_int(policy, "group"), show_str(policy, "group-size"));
	text_printf(out, "\tlifetime:\t\t%lld seconds, no volume limit\n",
		    (long long)show_int(policy, "lifetime"));
}

static void render_policies(const json_t *value, struct text *out)
{
	json_t *policy;
	size_t i;

	text_puts(out, "\nGlobal IKE policy\n");
	json_array_foreach(json_object_get(value, "policies"), i, policy) {
		text_printf(out, "Protection suite of priority %lld\n",
			    (long long)show_int(policy, "priority"));
		render_policy(policy, out);
	}
	text_puts(out, "Default protection suite\n");
	render_policy(json_object_get(value, "default"), out);
}

static int show_keys(struct cli_ctx *c)
{
	const struct daemon *d = cli_user(c);
	const struct isakmp_key *key;
	json_t *list = json_array();
	struct addr_buf text;
	struct addr mask;
	size_t i;

	objects_for_each(key, &d->running->isakmp_keys, i) {
		json_t *value = json_pack("{s:s}", "keyring", key->keyring ? key->keyring : "default");

		mask = addr_mask(key->peer.addr.family, key->peer.len);
		if (key->hostname)
			json_object_set_new(value, "hostname", json_string(key->hostname));
		else if (key->peer.addr.family == AF_INET6)
			json_object_set_new(value, "address",
					    json_string(addr_prefix_text(&key->peer, &text)));
		else
			json_object_set_new(value, "address", show_address(&key->peer.addr));
		if (key->peer.addr.family == AF_INET && key->peer.len < 32)
			json_object_set_new(value, "mask", show_address(&mask));
		json_array_append_new(list, value);
	}
	cli_set_json(c, json_pack("{s:o}", "keys", list));
	return 0;
}

/* Never the key: what is displayed ends up in places where no key belongs. */
static void render_keys(const json_t *value, struct text *out)
{
	char mask[TEXT_MAX];
	json_t *key;
	size_t i;

	text_puts(out, "Keyring      Hostname/Address                            Preshared Key\n\n");
	json_array_foreach(json_object_get(value, "keys"), i, key) {
		snprintf(mask, sizeof(mask), *show_str(key, "mask") ? "[%s]" : "%s",
			 show_str(key, "mask"));
		text_printf(out, "%-12s %-24s%-19s <removed>\n", show_str(key, "keyring"),
			    *show_str(key, "hostname") ? show_str(key, "hostname") :
							 show_str(key, "address"), mask);
	}
}

static const char *identity_text(const struct config *config, const struct isakmp_profile *profile)
{
	switch (profile->identity_set ? profile->identity : config->identity) {
	case ISAKMP_IDENTITY_HOSTNAME:
		return "fqdn";
	case ISAKMP_IDENTITY_DN:
		return "dn";
	case ISAKMP_IDENTITY_USER_FQDN:
		return "user-fqdn";
	case ISAKMP_IDENTITY_ADDRESS:
		break;
	}
	return "ip-address";
}

static json_t *matches_of(const struct isakmp_profile *profile)
{
	struct text line = TEXT_INIT;
	json_t *list = json_array();

	for (unsigned int i = 0; i < profile->n_matches; i++) {
		text_truncate(&line, 0);
		command_format_match(&profile->matches[i], &line);
		json_array_append_new(list, json_string(text_str(&line)));
	}
	text_free(&line);
	return list;
}

static json_t *optional(const char *text)
{
	return text ? json_string(text) : json_null();
}

static json_t *keepalive_value(const struct keepalive *keepalive)
{
	if (!keepalive->seconds)
		return json_null();
	return json_pack("{s:i, s:i, s:b}", "interval", keepalive->seconds,
			 "retry", keepalive->retry, "periodic", keepalive->periodic);
}

static json_t *profile_value(const struct config *config, const struct isakmp_profile *profile)
{
	struct keepalive keepalive = config_keepalive(config, profile);

	return json_pack("{s:s, s:o, s:o, s:s, s:o, s:o, s:o, s:b, s:o}",
			 "profile", profile->name, "description", optional(profile->description),
			 "identities", matches_of(profile),
			 "self-identity", identity_text(config, profile),
			 "self-identity-text", optional(profile->identity_text),
			 "keyring", optional(profile->keyring),
			 "trustpoint", optional(profile->trustpoint),
			 "initiate-aggressive", profile->initiate_aggressive,
			 "keepalive", keepalive_value(&keepalive));
}

static int show_profiles(struct cli_ctx *c)
{
	const struct daemon *d = cli_user(c);
	const struct isakmp_profile *profile;
	json_t *list = json_array();
	size_t i;

	objects_for_each(profile, &d->running->isakmp_profiles, i)
		if (!cli_has(c, "tag") || !strcmp(profile->name, cli_arg_str(c, "profile")))
			json_array_append_new(list, profile_value(d->running, profile));
	cli_set_json(c, json_pack("{s:o}", "profiles", list));
	return 0;
}

static void render_profile(const json_t *profile, struct text *out)
{
	const json_t *keepalive = json_object_get(profile, "keepalive");
	json_t *match;
	size_t i;

	text_printf(out, "\nIKEv1 PROFILE %s\n", show_str(profile, "profile"));
	if (*show_str(profile, "description"))
		text_printf(out, "   Description: %s\n", show_str(profile, "description"));
	text_puts(out, "   Identities matched are:\n");
	json_array_foreach(json_object_get(profile, "identities"), i, match)
		text_printf(out, "    %s\n", json_string_value(match));
	text_printf(out, "   Identity presented is: %s%s%s\n", show_str(profile, "self-identity"),
		    *show_str(profile, "self-identity-text") ? " " : "",
		    show_str(profile, "self-identity-text"));
	text_printf(out, "   keyring(s): %s\n", *show_str(profile, "keyring") ?
						show_str(profile, "keyring") : "<none>");
	text_printf(out, "   trustpoint(s): %s\n", *show_str(profile, "trustpoint") ?
						   show_str(profile, "trustpoint") : "<all>");
	if (show_true(profile, "initiate-aggressive"))
		text_puts(out, "   Initiates aggressive mode\n");
	if (json_is_object(keepalive))
		text_printf(out, "   keepalive: %lld retry %lld %s\n",
			    (long long)show_int(keepalive, "interval"),
			    (long long)show_int(keepalive, "retry"),
			    show_true(keepalive, "periodic") ? "periodic" : "on-demand");
}

static void render_profiles(const json_t *value, struct text *out)
{
	json_t *profile;
	size_t i;

	json_array_foreach(json_object_get(value, "profiles"), i, profile)
		render_profile(profile, out);
}

/* The name IOS gives to the type of an identity. */
static const char *endpoint_text(uint8_t type)
{
	switch (type) {
	case ISAKMP_ID_IPV4_ADDR:
		return "ipv4-address";
	case ISAKMP_ID_IPV6_ADDR:
		return "ipv6-address";
	case ISAKMP_ID_USER_FQDN:
		return "user-fqdn";
	case ISAKMP_ID_KEY_ID:
		return "key-id";
	default:
		return "fqdn";
	}
}

/* A name, an address, or a prefix. */
static const char *peer_text(const struct isakmp_peer *peer, struct addr_buf *text)
{
	if (peer->hostname)
		return peer->hostname;
	if (peer->peer.len == addr_length(peer->peer.addr.family) * 8)
		return addr_text(&peer->peer.addr, text);
	return addr_prefix_text(&peer->peer, text);
}

static int show_peers(struct cli_ctx *c)
{
	const struct daemon *d = cli_user(c);
	const struct isakmp_peer *peer;
	json_t *list = json_array();
	struct addr_buf text;
	size_t i;

	objects_for_each(peer, &d->running->isakmp_peers, i)
		json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:b}",
			"peer", peer_text(peer, &text),
			"endpoint-type", peer->endpoint ?
				json_string(endpoint_text(peer->endpoint_type)) : json_null(),
			"endpoint", optional(peer->endpoint),
			"password", peer->password != NULL));
	cli_set_json(c, json_pack("{s:o}", "peers", list));
	return 0;
}

static void render_peers(const json_t *value, struct text *out)
{
	json_t *peer;
	size_t i;

	json_array_foreach(json_object_get(value, "peers"), i, peer) {
		text_printf(out, "Peer: %s\n", show_str(peer, "peer"));
		if (*show_str(peer, "endpoint"))
			text_printf(out, "  Aggressive mode client endpoint: %s %s\n",
				    show_str(peer, "endpoint-type"), show_str(peer, "endpoint"));
		if (show_true(peer, "password"))
			text_puts(out, "  Aggressive mode password: <removed>\n");
	}
}

/* --- peers that there are IKE SAs with */

/* struct peer_list - @list of them, and @index by both ends, which has references, too */
struct peer_list {
	json_t *list;
	json_t *index;
};

/* A new one, if there is none with these ends. */
static json_t *get_peer(struct peer_list *peers, const struct ike_sa *sa)
{
	struct addr_buf local, remote;
	char key[2 * sizeof(local.text) + 16];
	json_t *peer;

	snprintf(key, sizeof(key), "%s %u %s", addr_text(&sa->path.remote, &remote),
		 sa->path.remote_port, addr_text(&sa->path.local, &local));
	peer = json_object_get(peers->index, key);
	if (peer)
		return peer;
	peer = json_pack("{s:s, s:i, s:s, s:[]}", "peer", remote.text, "port",
			 sa->path.remote_port, "local", local.text, "isakmp-sas");
	json_object_set(peers->index, key, peer);
	json_array_append_new(peers->list, peer);
	return peer;
}

static json_t *abilities(const struct ike_sa *sa)
{
	static const struct {
		unsigned int flag;
		const char *name;
	} names[] = {
		{ IKE_PEER_DPD, "DPD" }, { IKE_PEER_NATT, "NAT-T" },
		{ IKE_PEER_FRAGMENTS, "fragmentation" }, { IKE_PEER_IOS, "IOS" },
		{ IKE_PEER_OURS, "cryptomap" },
	};
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (sa->peer_can & names[i].flag)
			json_array_append_new(list, json_string(names[i].name));
	return list;
}

static void add_peer(void *arg, const struct ike_sa *sa)
{
	char id[256] = "";
	json_t *peer;

	if (sa->state == IKE_DELETED)
		return;
	peer = get_peer(arg, sa);
	json_array_append_new(json_object_get(peer, "isakmp-sas"),
			      json_pack("{s:I, s:s}", "conn-id", (json_int_t)sa->conn_id,
					"state", ike_state_name(sa->state)));
	if (!ike_sa_is_established(sa))
		return;
	json_object_set_new(peer, "phase1-id",
			    json_string(isakmp_id_text(&sa->peer_id, id, sizeof(id))));
	json_object_set_new(peer, "profile", optional(sa->profile));
	json_object_set_new(peer, "capabilities", abilities(sa));
}

static int show_live_peers(struct cli_ctx *c)
{
	struct daemon *d = cli_user(c);
	struct peer_list peers = { json_array(), json_object() };

	if (d->ike)
		ike_sa_each(d->ike, add_peer, &peers);
	json_decref(peers.index);
	cli_set_json(c, json_pack("{s:b, s:o}", "detail", cli_has(c, "detail"), "peers",
				  peers.list));
	return 0;
}

static void render_peer_detail(const json_t *peer, struct text *out)
{
	json_t *row;
	size_t i;

	if (*show_str(peer, "profile"))
		text_printf(out, " ISAKMP profile: %s\n", show_str(peer, "profile"));
	text_puts(out, " Capabilities:");
	json_array_foreach(json_object_get(peer, "capabilities"), i, row)
		text_printf(out, " %s", json_string_value(row));
	text_puts(out, "\n");
	json_array_foreach(json_object_get(peer, "isakmp-sas"), i, row)
		text_printf(out, " ISAKMP SA: conn-id %lld %s\n",
			    (long long)show_int(row, "conn-id"), show_str(row, "state"));
}

static void render_live_peers(const json_t *value, struct text *out)
{
	json_t *peer;
	size_t i;

	json_array_foreach(json_object_get(value, "peers"), i, peer) {
		text_printf(out, "Peer: %s Port: %lld Local: %s\n", show_str(peer, "peer"),
			    (long long)show_int(peer, "port"), show_str(peer, "local"));
		text_printf(out, " Phase1 id: %s\n", *show_str(peer, "phase1-id") ?
						     show_str(peer, "phase1-id") : "none");
		if (show_true(value, "detail"))
			render_peer_detail(peer, out);
	}
}

/* --- what IKE has refused before there was anybody to tell it to */

struct census {
	json_int_t established;
	json_int_t negotiating;
};

static void count_sa(void *arg, const struct ike_sa *sa)
{
	struct census *census = arg;

	if (ike_sa_is_established(sa))
		census->established++;
	else if (sa->state != IKE_DELETED)
		census->negotiating++;
}

static int show_statistics(struct cli_ctx *c)
{
	struct daemon *d = cli_user(c);
	struct census census = { 0 };
	json_t *refused = json_array();

	for (unsigned int i = 0; i < IKE_COUNTER_N; i++)
		json_array_append_new(refused, json_pack("{s:s, s:s, s:I}",
			"reason", ike_counter_name(i), "text", ike_counter_text(i),
			"count", d->ike ? (json_int_t)ike_counter(d->ike, i) : 0));
	if (d->ike)
		ike_sa_each(d->ike, count_sa, &census);
	cli_set_json(c, json_pack("{s:I, s:I, s:i, s:o}",
		"established", census.established, "negotiating", census.negotiating,
		"half-open", d->ike ? (int)half_open_count(d->ike->half_open) : 0,
		"refused", refused));
	return 0;
}

static void render_statistics(const json_t *value, struct text *out)
{
	json_t *row;
	size_t i;

	text_printf(out, "ISAKMP SAs: %lld established, %lld negotiating, %lld openings without state\n\n",
		    (long long)show_int(value, "established"),
		    (long long)show_int(value, "negotiating"),
		    (long long)show_int(value, "half-open"));
	text_puts(out, "Messages refused   Count  Reason\n");
	json_array_foreach(json_object_get(value, "refused"), i, row)
		text_printf(out, "%-17s %6lld  %s\n", show_str(row, "reason"),
			    (long long)show_int(row, "count"), show_str(row, "text"));
}

#define SHOW	"Show running system information\n" "Encryption module\n" "Show ISAKMP\n"

static const struct cli_command commands[] = {
	{
		.grammar = "show crypto isakmp policy",
		.help = SHOW "Show ISAKMP protection suite policy\n",
		.modes = CLI_IN_EXEC,
		.set = show_policies, .render = render_policies, .ref = "C97",
	}, {
		.grammar = "show crypto isakmp key",
		.help = SHOW "Show ISAKMP preshared keys\n",
		.modes = CLI_IN_EXEC,
		.set = show_keys, .render = render_keys, .ref = "IKE-8",
	}, {
		.grammar = "show crypto isakmp profile [tag WORD$profile]",
		.help = SHOW "Show ISAKMP profiles\n" "Profile with a given name\n"
			"Name of the profile\n",
		.modes = CLI_IN_EXEC,
		.set = show_profiles, .render = render_profiles, .ref = "C98",
	}, {
		.grammar = "show crypto isakmp peers/peer [detail]",
		.help = SHOW "Show ISAKMP peer structures\n"
			"Capabilities and ISAKMP SAs of the peers\n",
		.modes = CLI_IN_EXEC,
		.set = show_live_peers, .render = render_live_peers, .ref = "C96",
	}, {
		.grammar = "show crypto isakmp peers/peer config",
		.help = SHOW "Show ISAKMP peer structures\n" "What is configured for peers\n",
		.modes = CLI_IN_EXEC,
		.set = show_peers, .render = render_peers, .ref = "C96",
	}, {
		.grammar = "show crypto isakmp statistics/stats",
		.help = SHOW "Messages that were refused, by reason\n",
		.modes = CLI_IN_EXEC,
		.set = show_statistics, .render = render_statistics,
	},
};

const struct command_table commands_show_isakmp = COMMAND_TABLE(commands);

// SPDX-License-Identifier: GPL-2.0-or-later
/* show crypto map, show crypto ipsec transform-set (O25). */
#include <string.h>

#include "../ike/dynamic.h"
#include "../show.h"
#include "commands.h"

static json_t *session_key(const struct map_entry *entry, unsigned int direction)
{
	const struct session_key *key = &entry->key[direction];

	if (!key->set)
		return json_null();
	return json_pack("{s:I, s:i, s:i}", "spi", (json_int_t)key->spi,
			 "cipher-key-bytes", key->cipher_len,
			 "authenticator-key-bytes", key->auth_len);
}

static json_t *transform_value(const struct transform_set *set)
{
	char text[128];

	transform_format(set, text, sizeof(text));
	return json_pack("{s:s, s:s, s:s}", "name", set->name, "transforms", text,
			 "mode", transform_mode_name(set->mode));
}

static json_t *transforms_of(const struct config *config, const struct map_entry *entry)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < entry->n_transforms; i++) {
		const struct transform_set *set = transform_find(&config->transforms,
								 entry->transforms[i]);

		if (set)
			json_array_append_new(list, transform_value(set));
	}
	return list;
}

static json_t *acl_lines(const struct acl *acl)
{
	struct text line = TEXT_INIT;
	json_t *list = json_array();

	for (size_t i = 0; acl && i < acl->n; i++) {
		if (acl->v[i]->remark)
			continue;
		text_truncate(&line, 0);
		ace_format(acl->v[i], &line);
		json_array_append_new(list, json_string(text_str(&line)));
	}
	text_free(&line);
	return list;
}

static json_t *peers_of(const struct map_entry *entry)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < entry->n_peers; i++)
		json_array_append_new(list, entry->hosts[i].name ?
				      json_string(entry->hosts[i].name) :
				      show_address(&entry->peers[i]));
	return list;
}

/* What IKE is told; lifetimes and idle time as they are in force. */
static void add_isakmp(json_t *value, const struct config *config, const struct map_entry *entry)
{
	struct lifetime lifetime = config_lifetime(config, entry);

	json_object_set_new(value, "default-peer", entry->default_peer ?
			    json_integer(entry->default_peer) : json_null());
	json_object_set_new(value, "lifetime-seconds", json_integer(lifetime.seconds));
	json_object_set_new(value, "lifetime-kilobytes", lifetime.kilobytes ?
			    json_integer((json_int_t)lifetime.kilobytes) : json_null());
	json_object_set_new(value, "idle-seconds",
			    json_integer(config_idle_seconds(config, entry)));
	json_object_set_new(value, "pfs-group", entry->pfs_group ?
			    json_integer(entry->pfs_group) : json_null());
	json_object_set_new(value, "isakmp-profile", entry->isakmp_profile ?
			    json_string(entry->isakmp_profile) : json_null());
	json_object_set_new(value, "dynamic-map",
			    entry->dynamic ? json_string(entry->dynamic) : json_null());
}

static json_t *entry_value(const struct config *config, const struct map_entry *entry)
{
	const struct acl *acl = config_acl(config, entry);
	bool manual = entry->kind == CRYPTOMAP_ENTRY_KIND_MANUAL;
	json_t *value = json_pack("{s:I, s:s, s:o, s:o, s:o, s:I}",
		"sequence", (json_int_t)entry->seq,
		"kind", manual ? "ipsec-manual" : "ipsec-isakmp",
		"peers", peers_of(entry), "access-list-entries", acl_lines(acl),
		"transform-sets", transforms_of(config, entry),
		"replay-window", (json_int_t)config_replay_window(config, entry));

	json_object_set_new(value, "description",
			    entry->description ? json_string(entry->description) : json_null());
	json_object_set_new(value, "access-list",
			    entry->acl ? json_string(entry->acl) : json_null());
	json_object_set_new(value, "access-list-defined", json_boolean(acl));
	if (!manual) {
		add_isakmp(value, config, entry);
		return value;
	}
	json_object_set_new(value, "complete", json_boolean(config_manual_complete(config, entry)));
	json_object_set_new(value, "inbound-session-key",
			    session_key(entry, CRYPTOMAP_DIRECTION_IN));
	json_object_set_new(value, "outbound-session-key",
			    session_key(entry, CRYPTOMAP_DIRECTION_OUT));
	return value;
}

/* --- what peers have negotiated under a dynamic map */

/* As IOS numbers them: behind all that can be configured. */
#define FIRST_TEMPORARY	65536

static struct ace ace_of(const struct cm_rule *rule, uint16_t family)
{
	struct ace ace = {
		.permit = true, .proto = rule->proto, .src = rule->src, .dst = rule->dst,
		.src_mask = rule->src_mask, .dst_mask = rule->dst_mask,
	};

	if (!addr_is_set(&ace.src)) {
		addr_set_any(&ace.src, family);
		addr_set_any(&ace.src_mask, family);
	}
	if (!addr_is_set(&ace.dst)) {
		addr_set_any(&ace.dst, family);
		addr_set_any(&ace.dst_mask, family);
	}
	if (rule->has_sport)
		ace.sport = (struct acl_ports){ ACL_PORT_EQ, rule->sport_min, rule->sport_min };
	if (rule->has_dport)
		ace.dport = (struct acl_ports){ ACL_PORT_EQ, rule->dport_min, rule->dport_min };
	return ace;
}

static json_t *rule_lines(const struct cm_flow *flow)
{
	struct ace ace = ace_of(&flow->rule, flow->family);
	struct text line = TEXT_INIT;
	json_t *list;

	ace_format(&ace, &line);
	list = json_pack("[s]", text_str(&line));
	text_free(&line);
	return list;
}

/* What is collected: temporary entries of @map. */
struct temporary {
	const struct config *config;
	const struct map_entry *map;
	json_t *entries;
	json_int_t next;
};

static void add_temporary(void *arg, const struct tunnel *t)
{
	const struct map_entry *template = tunnel_entry(t);
	struct temporary *all = arg;
	char from[CRYPTOMAP_MAP_NAME_MAX + 12];
	struct addr peer;
	json_t *value;

	if (!dynamic_is(t) || !template || !tunnel_peer(t, &peer) || !tunnel_current(t) ||
	    !map_is(all->map, t->flow.map, t->flow.family))
		return;
	snprintf(from, sizeof(from), "%s/%u", template->name, template->seq);
	value = entry_value(all->config, template);
	json_object_set_new(value, "sequence", json_integer(all->next++));
	json_object_set_new(value, "created-from", json_string(from));
	json_object_set_new(value, "peers", json_pack("[o]", show_address(&peer)));
	json_object_set_new(value, "access-list-entries", rule_lines(&t->flow));
	json_array_append_new(all->entries, value);
}

static void add_negotiated(const struct daemon *d, const struct map_entry *map, json_t *entries)
{
	struct temporary all = {
		.config = d->running, .map = map, .entries = entries, .next = FIRST_TEMPORARY,
	};

	if (d->ike && map)
		tunnel_each(d->ike, add_temporary, &all);
}

static json_t *interfaces_of(const struct config *config, const struct map_entry *entry)
{
	const struct interface *iface;
	json_t *list = json_array();
	size_t i;

	objects_for_each(iface, &config->interfaces, i)
		if (object_same_text(interface_map(iface, entry->family), entry->name))
			json_array_append_new(list, json_string(iface->name));
	return list;
}

static bool wanted(struct cli_ctx *c, const struct config *config, const struct map_entry *entry)
{
	const struct interface *iface;

	if (cli_has(c, "tag") && cli_arg_str(c, "tag") && strcmp(entry->name, cli_arg_str(c, "tag")))
		return false;
	if (!cli_has(c, "if"))
		return true;
	iface = interface_find(&config->interfaces, cli_arg_str(c, "if"));
	return iface && object_same_text(interface_map(iface, entry->family), entry->name);
}

static int show_maps(struct cli_ctx *c)
{
	const struct daemon *d = cli_user(c);
	const struct config *config = d->running;
	const struct map_entry *entry, *last = NULL;
	json_t *maps = json_array(), *entries = NULL;
	size_t i;

	objects_for_each(entry, &config->entries, i) {
		if (!wanted(c, config, entry))
			continue;
		if (!last || !map_is(last, entry->name, entry->family)) {
			add_negotiated(d, last, entries);
			entries = json_array();
			json_array_append_new(maps, json_pack("{s:s, s:s, s:o, s:o}",
				"crypto-map", entry->name,
				"family", entry->family == AF_INET6 ? "ipv6" : "ipv4",
				"interfaces", interfaces_of(config, entry),
				"entries", entries));
		}
		last = entry;
		json_array_append_new(entries, entry_value(config, entry));
	}
	add_negotiated(d, last, entries);
	cli_set_json(c, json_pack("{s:o}", "crypto-maps", maps));
	return 0;
}

static void render_key(const json_t *entry, const char *member, const char *title, struct text *out)
{
	const json_t *key = json_object_get(entry, member);

	if (!json_is_object(key)) {
		text_printf(out, "        %s esp spi:  (none)\n", title);
		return;
	}
	text_printf(out, "        %s esp spi:  %lld,\n", title, (long long)show_int(key, "spi"));
	text_printf(out, "         cipher key: <%lld bytes>,\n         auth_key: <%lld bytes>\n",
		    (long long)show_int(key, "cipher-key-bytes"),
		    (long long)show_int(key, "authenticator-key-bytes"));
}

static void render_acl(const json_t *entry, bool ipv6, struct text *out)
{
	const char *from = show_str(entry, "created-from");
	const char *name = *from ? "" : show_str(entry, "access-list");
	json_t *line;
	size_t i;

	if (!*name && !*from) {
		text_puts(out, "        No matching address list set.\n");
		return;
	}
	text_printf(out, "        %s access list %s%s\n", ipv6 ? "IPv6" : "Extended IP", name,
		    *from || show_true(entry, "access-list-defined") ? "" : " (not defined)");
	json_array_foreach(json_object_get(entry, "access-list-entries"), i, line)
		text_printf(out, "            access-list %s %s\n", name, json_string_value(line));
	if (*from)
		text_printf(out, "            dynamic (created from dynamic map %s)\n", from);
}

static void render_transforms(const json_t *entry, struct text *out)
{
	json_t *set;
	size_t i;

	text_puts(out, "        Transform sets={\n");
	json_array_foreach(json_object_get(entry, "transform-sets"), i, set)
		text_printf(out, "                %s:  { %s  } ,\n", show_str(set, "name"),
			    show_str(set, "transforms"));
	text_puts(out, "        }\n");
}

static void render_replay(const json_t *entry, struct text *out)
{
	if (show_int(entry, "replay-window"))
		text_printf(out, "        Replay window size: %lld packets\n",
			    (long long)show_int(entry, "replay-window"));
	else
		text_puts(out, "        Replay checking: disabled\n");
}

static void render_isakmp(const json_t *entry, struct text *out)
{
	long long group = show_int(entry, "pfs-group");

	text_puts(out, "        Security association lifetime: ");
	if (show_int(entry, "lifetime-kilobytes"))
		text_printf(out, "%lld kilobytes/", (long long)show_int(entry, "lifetime-kilobytes"));
	text_printf(out, "%lld seconds\n", (long long)show_int(entry, "lifetime-seconds"));
	if (show_int(entry, "idle-seconds"))
		text_printf(out, "        Security association idletime: %lld seconds\n",
			    (long long)show_int(entry, "idle-seconds"));
	text_printf(out, "        PFS (Y/N): %s\n", group ? "Y" : "N");
	if (group)
		text_printf(out, "        DH group:  group%lld\n", group);
	if (*show_str(entry, "isakmp-profile"))
		text_printf(out, "        ISAKMP Profile: %s\n", show_str(entry, "isakmp-profile"));
}

static void render_peers(const json_t *entry, struct text *out)
{
	size_t preferred = show_int(entry, "default-peer"), i;
	json_t *peer;

	json_array_foreach(json_object_get(entry, "peers"), i, peer)
		text_printf(out, "        Peer = %s%s\n", json_string_value(peer),
			    i + 1 == preferred ? " (default)" : "");
}

/* The peer that is tried first. */
static void render_current_peer(const json_t *entry, struct text *out)
{
	const json_t *peers = json_object_get(entry, "peers");
	size_t preferred = show_int(entry, "default-peer");

	if (json_array_size(peers))
		text_printf(out, "        Current peer: %s\n",
			    json_string_value(json_array_get(peers, preferred ? preferred - 1 : 0)));
}

static void render_body(const json_t *map, const json_t *entry, struct text *out)
{
	bool ipv6 = !strcmp(show_str(map, "family"), "ipv6");
	bool manual = !strcmp(show_str(entry, "kind"), "ipsec-manual");

	if (*show_str(entry, "description"))
		text_printf(out, "        Description: %s\n", show_str(entry, "description"));
	if (*show_str(entry, "dynamic-map")) {
		text_printf(out, "        Dynamic map template tag: %s\n",
			    show_str(entry, "dynamic-map"));
		return;
	}
	render_peers(entry, out);
	render_acl(entry, ipv6, out);
	render_current_peer(entry, out);
	if (manual) {
		render_key(entry, "inbound-session-key", "Inbound ", out);
		render_key(entry, "outbound-session-key", "Outbound", out);
	} else {
		render_isakmp(entry, out);
	}
	render_replay(entry, out);
	render_transforms(entry, out);
	if (manual && !show_true(entry, "complete"))
		text_puts(out, "        Incomplete: what it selects is dropped\n");
}

static void render_entry(const json_t *map, const json_t *entry, struct text *out)
{
	text_printf(out, "Crypto Map %s\"%s\" %lld %s\n",
		    !strcmp(show_str(map, "family"), "ipv6") ? "IPv6 " : "",
		    show_str(map, "crypto-map"), (long long)show_int(entry, "sequence"),
		    show_str(entry, "kind"));
	render_body(map, entry, out);
}

static void render_maps(const json_t *value, struct text *out)
{
	json_t *map, *entry, *name;
	size_t i, k;

	json_array_foreach(json_object_get(value, "crypto-maps"), i, map) {
		json_array_foreach(json_object_get(map, "entries"), k, entry) {
			render_entry(map, entry, out);
			text_puts(out, "\n");
		}
		text_printf(out, "        Interfaces using crypto map %s:\n",
			    show_str(map, "crypto-map"));
		json_array_foreach(json_object_get(map, "interfaces"), k, name)
			text_printf(out, "                %s\n", json_string_value(name));
		text_puts(out, "\n");
	}
	if (!json_array_size(json_object_get(value, "crypto-maps")))
		text_puts(out, "No crypto maps found.\n");
}

/* A dynamic map stands in one list by its name, each entry with its family. */
static int show_dynamic_maps(struct cli_ctx *c)
{
	const struct daemon *d = cli_user(c);
	const struct map_entry *entry;
	json_t *list = json_array(), *value;
	size_t i;

	objects_for_each(entry, &d->running->dynamic_maps, i) {
		if (cli_has(c, "tag") && strcmp(entry->name, cli_arg_str(c, "template")))
			continue;
		value = entry_value(d->running, entry);
		json_object_set_new(value, "dynamic-map", json_null());
		json_object_set_new(value, "name", json_string(entry->name));
		json_object_set_new(value, "family",
				    json_string(entry->family == AF_INET6 ? "ipv6" : "ipv4"));
		json_array_append_new(list, value);
	}
	cli_set_json(c, json_pack("{s:o}", "dynamic-maps", list));
	return 0;
}

static void render_dynamic_maps(const json_t *value, struct text *out)
{
	json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(value, "dynamic-maps"), i, entry) {
		text_printf(out, "Crypto Map Template %s\"%s\" %lld\n",
			    !strcmp(show_str(entry, "family"), "ipv6") ? "IPv6 " : "",
			    show_str(entry, "name"), (long long)show_int(entry, "sequence"));
		render_body(entry, entry, out);
		text_puts(out, "\n");
	}
	if (!json_array_size(json_object_get(value, "dynamic-maps")))
		text_puts(out, "No crypto map templates found.\n");
}

static int show_transforms(struct cli_ctx *c)
{
	const struct daemon *d = cli_user(c);
	const struct transform_set *set;
	json_t *list = json_array();
	size_t i;

	objects_for_each(set, &d->running->transforms, i)
		if (!cli_has(c, "tag") || !strcmp(set->name, cli_arg_str(c, "tag")))
			json_array_append_new(list, transform_value(set));
	cli_set_json(c, json_pack("{s:o}", "transform-sets", list));
	return 0;
}

static void render_transform_sets(const json_t *value, struct text *out)
{
	json_t *set;
	size_t i;

	json_array_foreach(json_object_get(value, "transform-sets"), i, set)
		text_printf(out, "Transform set %s: { %s  }\n   will negotiate = { %s,  },\n\n",
			    show_str(set, "name"), show_str(set, "transforms"),
			    show_str(set, "mode"));
}

#define SHOW	"Show running system information\n" "Encryption module\n"

static const struct cli_command commands[] = {
	{
		.grammar = "show crypto map [interface IFNAME$if|tag WORD$tag]",
		.help = SHOW "Crypto maps\n"
			"Crypto maps for an interface\n" "Interface name\n"
			"Crypto maps with a given tag\n" "Crypto map tag\n",
		.modes = CLI_IN_EXEC,
		.set = show_maps, .render = render_maps, .ref = "C93",
	}, {
		.grammar = "show crypto dynamic-map [tag WORD$template]",
		.help = SHOW "Crypto map templates\n"
			"Templates with a given tag\n" "Crypto map template tag\n",
		.modes = CLI_IN_EXEC,
		.set = show_dynamic_maps, .render = render_dynamic_maps, .ref = "C94",
	}, {
		.grammar = "show crypto ipsec transform-set [tag WORD$tag]",
		.help = SHOW "Show IPSEC policy\n" "Crypto transform sets\n"
			"Transform set with a given tag\n" "Transform set tag\n",
		.modes = CLI_IN_EXEC,
		.set = show_transforms, .render = render_transform_sets, .ref = "C92",
	},
};

const struct command_table commands_show_map = COMMAND_TABLE(commands);

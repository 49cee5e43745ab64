// SPDX-License-Identifier: GPL-2.0-or-later
/* cli_demo: a small router configuration declared on the command engine. */
#include "../lib/log.h"
#include "cli_demo.h"

#include <arpa/inet.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

struct map_ref {
	char name[32];
	uint32_t seq;
	struct demo *demo;
};

struct if_ref {
	char name[64];
};

static const char *demo_hostname(void *user)
{
	return ((struct demo *)user)->running.hostname;
}

static void *demo_begin(void *user, char *why, size_t size)
{
	struct demo *demo = user;
	struct demo_config *copy;

	if (demo->refuse_begin) {
		snprintf(why, size, "Another change is under way");
		return NULL;
	}
	copy = malloc(sizeof(*copy));
	if (!copy)
		err(1, "out of memory");
	*copy = demo->running;
	demo->begun++;
	return copy;
}

static int demo_commit(void *user, void *candidate, struct cli_commit *r)
{
	struct demo *demo = user;
	int rc = 0;

	if (demo->refuse_line)
		cli_commit_refuse(r, demo->refuse_line, "the kernel says no");
	if (demo->refuse_commit) {
		cli_commit_refuse(r, 0, "the kernel is not there");
		rc = -1;
	} else {
		demo->running = *(struct demo_config *)candidate;
		demo->committed++;
	}
	free(candidate);
	return rc;
}

static void demo_abort(void *user, void *candidate)
{
	((struct demo *)user)->aborted++;
	free(candidate);
}

static void demo_values(void *user, const char *var,
			void (*add)(void *arg, const char *name), void *arg)
{
	const struct demo *demo = user;
	size_t i;

	if (strcmp(var, "map"))
		return;
	for (i = 0; i < demo->running.n_maps; i++)
		add(arg, demo->running.maps[i].name);
}

static const struct cli_ops demo_ops = {
	.hostname = demo_hostname,
	.begin = demo_begin,
	.commit = demo_commit,
	.abort = demo_abort,
	.values = demo_values,
};

static void copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from ? from : "");
}

/* -------------------------------------------------------------- crypto map */

static struct demo_map *find_map(struct demo_config *cfg, const char *name, uint32_t seq)
{
	size_t i;

	for (i = 0; i < cfg->n_maps; i++)
		if (!strcmp(cfg->maps[i].name, name) && cfg->maps[i].seq == seq)
			return &cfg->maps[i];
	return NULL;
}

const struct demo_map *demo_map_find(const struct demo *demo, const char *name, uint32_t seq)
{
	return find_map((struct demo_config *)&demo->running, name, seq);
}

static void release_map(void *obj)
{
	((struct map_ref *)obj)->demo->released++;
	free(obj);
}

static int map_set(struct cli_ctx *c)
{
	struct demo_config *cfg = cli_candidate(c);
	const char *name = cli_arg_str(c, "map");
	uint32_t seq = cli_arg_u32(c, "seq");
	struct map_ref *ref;

	if (!strcmp(name, "full"))
		return cli_refuse_at(c, "map", "No room for map %s", name);
	if (!find_map(cfg, name, seq)) {
		if (cfg->n_maps == DEMO_MAX)
			return cli_refuse(c, "Too many maps");
		copy(cfg->maps[cfg->n_maps].name, sizeof(cfg->maps[0].name), name);
		cfg->maps[cfg->n_maps++].seq = seq;
	}
	ref = calloc(1, sizeof(*ref));
	if (!ref)
		err(1, "out of memory");
	copy(ref->name, sizeof(ref->name), name);
	ref->seq = seq;
	ref->demo = cli_user(c);
	cli_enter(c, DEMO_MAP, ref, release_map);
	return 0;
}

static int map_unset(struct cli_ctx *c)
{
	struct demo_config *cfg = cli_candidate(c);
	size_t i, n = 0, before = cfg->n_maps;

	for (i = 0; i < cfg->n_maps; i++)
		if (strcmp(cfg->maps[i].name, cli_arg_str(c, "map")) ||
		    (cli_has(c, "seq") && cfg->maps[i].seq != cli_arg_u32(c, "seq")))
			cfg->maps[n++] = cfg->maps[i];
	cfg->n_maps = n;
	return n == before ? cli_refuse(c, "No such crypto map") : 0;
}

static void map_write(struct cli_writer *w)
{
	const struct demo_config *cfg = cli_write_config(w);
	size_t i;

	for (i = 0; i < cfg->n_maps; i++) {
		cli_write_line(w, "crypto map %s %u ipsec-manual", cfg->maps[i].name,
			       cfg->maps[i].seq);
		cli_write_mode(w, DEMO_MAP, &cfg->maps[i]);
		cli_write_sep(w);
	}
}

static struct demo_map *current_map(struct cli_ctx *c)
{
	const struct map_ref *ref = cli_mode_obj(c);

	return find_map(cli_candidate(c), ref->name, ref->seq);
}

static int peer_set(struct cli_ctx *c)
{
	struct demo_map *map = current_map(c);
	struct in_addr ip = cli_arg_ip4(c, "peer");

	if (!map)
		return cli_refuse(c, "The crypto map is gone");
	if (!ip.s_addr)
		return cli_refuse_at(c, "peer", "Not a peer's address");
	inet_ntop(AF_INET, &ip, map->peer, sizeof(map->peer));
	return 0;
}

static int peer_unset(struct cli_ctx *c)
{
	struct demo_map *map = current_map(c);

	if (!map)
		return cli_refuse(c, "The crypto map is gone");
	copy(map->peer, sizeof(map->peer), cli_op(c) == CLI_DEFAULT ? "0.0.0.0" : "");
	return 0;
}

static void peer_write(struct cli_writer *w)
{
	const struct demo_map *map = cli_write_obj(w);

	if (*map->peer)
		cli_write_line(w, "set peer %s", map->peer);
}

static int key_set(struct cli_ctx *c)
{
	struct demo_map *map = current_map(c);
	const uint8_t *key;
	size_t len;

	key = cli_arg_bytes(c, "key", &len);
	if (!map || len > sizeof(map->key))
		return cli_refuse_at(c, "key", "Key longer than %zu octets", sizeof(map->key));
	memcpy(map->key, key, len);
	map->key_len = len;
	map->spi = cli_arg_u32(c, "spi");
	if (len < 16)
		cli_warn(c, "Key of %zu octets is weak", len);
	return 0;
}

static void key_write(struct cli_writer *w)
{
	const struct demo_map *map = cli_write_obj(w);
	char hex[2 * sizeof(map->key) + 1] = "";
	size_t i;

	if (!map->key_len)
		return;
	for (i = 0; i < map->key_len; i++)
		sprintf(hex + 2 * i, "%02x", map->key[i]);
	cli_write_line(w, "set session-key inbound esp %u cipher %s", map->spi,
		       cli_write_secrets(w) ? hex : "<removed>");
}

static int acl_set(struct cli_ctx *c)
{
	struct demo_map *map = current_map(c);

	copy(map->acl, sizeof(map->acl), cli_arg_str(c, "acl"));
	return 0;
}

static void acl_write(struct cli_writer *w)
{
	const struct demo_map *map = cli_write_obj(w);

	if (*map->acl)
		cli_write_line(w, "match address %s", map->acl);
}

static int transform_set(struct cli_ctx *c)
{
	size_t i;

	cli_printf(c, "%s:", cli_arg_str(c, "name"));
	for (i = 0; i < cli_arg_count(c, "transform"); i++)
		cli_printf(c, " %s", cli_arg_str_nth(c, "transform", i));
	cli_printf(c, " bits %u\n", cli_arg_u32(c, "bits"));
	return 0;
}

/* -------------------------------------------------------------- interface */

static struct demo_if *find_if(struct demo_config *cfg, const char *name)
{
	size_t i;

	for (i = 0; i < cfg->n_ifs; i++)
		if (!strcmp(cfg->ifs[i].name, name))
			return &cfg->ifs[i];
	return NULL;
}

const struct demo_if *demo_if_find(const struct demo *demo, const char *name)
{
	return find_if((struct demo_config *)&demo->running, name);
}

static int if_set(struct cli_ctx *c)
{
	struct demo_config *cfg = cli_candidate(c);
	const char *name = cli_arg_str(c, "if");
	struct if_ref *ref;

	if (!find_if(cfg, name)) {
		if (cfg->n_ifs == DEMO_MAX)
			return cli_refuse(c, "Too many interfaces");
		copy(cfg->ifs[cfg->n_ifs++].name, sizeof(cfg->ifs[0].name), name);
	}
	ref = calloc(1, sizeof(*ref));
	if (!ref)
		err(1, "out of memory");
	copy(ref->name, sizeof(ref->name), name);
	cli_enter(c, DEMO_IF, ref, free);
	return 0;
}

static void if_write(struct cli_writer *w)
{
	const struct demo_config *cfg = cli_write_config(w);
	size_t i;

	for (i = 0; i < cfg->n_ifs; i++) {
		cli_write_line(w, "interface %s", cfg->ifs[i].name);
		cli_write_mode(w, DEMO_IF, &cfg->ifs[i]);
		cli_write_sep(w);
	}
}

static struct demo_if *current_if(struct cli_ctx *c)
{
	const struct if_ref *ref = cli_mode_obj(c);

	return find_if(cli_candidate(c), ref->name);
}

static int address_set(struct cli_ctx *c)
{
	struct demo_if *i = current_if(c);

	snprintf(i->address, sizeof(i->address), "%s %s", cli_arg_str(c, "address"),
		 cli_arg_str(c, "mask"));
	return 0;
}

static int address_unset(struct cli_ctx *c)
{
	current_if(c)->address[0] = '\0';
	return 0;
}

static void address_write(struct cli_writer *w)
{
	const struct demo_if *i = cli_write_obj(w);

	if (*i->address)
		cli_write_line(w, "ip address %s", i->address);
}

static int mtu_set(struct cli_ctx *c)
{
	current_if(c)->mtu = cli_arg_u32(c, "mtu");
	return 0;
}

static void mtu_write(struct cli_writer *w)
{
	const struct demo_if *i = cli_write_obj(w);

	if (i->mtu)
		cli_write_line(w, "ip mtu %u", i->mtu);
}

static int shutdown_set(struct cli_ctx *c)
{
	current_if(c)->shutdown = cli_op(c) == CLI_SET;
	return 0;
}

static void shutdown_write(struct cli_writer *w)
{
	const struct demo_if *i = cli_write_obj(w);

	if (i->shutdown)
		cli_write_line(w, "shutdown");
}

static int if_map_set(struct cli_ctx *c)
{
	copy(current_if(c)->map, sizeof(current_if(c)->map), cli_arg_str(c, "map"));
	return 0;
}

static void if_map_write(struct cli_writer *w)
{
	const struct demo_if *i = cli_write_obj(w);

	if (*i->map)
		cli_write_line(w, "crypto map %s", i->map);
}

static int description_set(struct cli_ctx *c)
{
	copy(current_if(c)->description, sizeof(current_if(c)->description),
	     cli_arg_str(c, "text"));
	return 0;
}

static void description_write(struct cli_writer *w)
{
	const struct demo_if *i = cli_write_obj(w);

	if (*i->description)
		cli_write_line(w, "description %s", i->description);
}

/* ------------------------------------------------------------------ global */

static int hostname_set(struct cli_ctx *c)
{
	struct demo_config *cfg = cli_candidate(c);

	copy(cfg->hostname, sizeof(cfg->hostname),
	     cli_op(c) == CLI_SET ? cli_arg_str(c, "name") : "Router");
	return 0;
}

static void hostname_write(struct cli_writer *w)
{
	cli_write_line(w, "hostname %s", ((const struct demo_config *)cli_write_config(w))->hostname);
}

static int route_set(struct cli_ctx *c)
{
	struct demo_config *cfg = cli_candidate(c);

	if (cfg->n_routes == DEMO_MAX)
		return cli_refuse(c, "Too many routes");
	snprintf(cfg->routes[cfg->n_routes++], sizeof(cfg->routes[0]), "%s %s %s",
		 cli_arg_str(c, "prefix"), cli_arg_str(c, "mask"), cli_arg_str(c, "next"));
	return 0;
}

static void route_write(struct cli_writer *w)
{
	const struct demo_config *cfg = cli_write_config(w);
	size_t i;

	for (i = 0; i < cfg->n_routes; i++)
		cli_write_line(w, "ip route %s", cfg->routes[i]);
}

static int banner_set(struct cli_ctx *c)
{
	struct demo_config *cfg = cli_candidate(c);

	copy(cfg->banner, sizeof(cfg->banner), cli_arg_str(c, "text"));
	return 0;
}

static int policy_set(struct cli_ctx *c)
{
	cli_enter(c, DEMO_POLICY, NULL, NULL);
	return 0;
}

static int class_set(struct cli_ctx *c)
{
	cli_enter(c, DEMO_CLASS, NULL, NULL);
	return 0;
}

static int bandwidth_set(struct cli_ctx *c)
{
	((struct demo_config *)cli_candidate(c))->classes++;
	return 0;
}

/* -------------------------------------------------------------------- exec */

static int show_map(struct cli_ctx *c)
{
	const struct demo *demo = cli_user(c);
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < demo->running.n_maps; i++) {
		const struct demo_map *m = &demo->running.maps[i];

		if (!cli_has(c, "map") || !strcmp(m->name, cli_arg_str(c, "map")))
			json_array_append_new(list, json_pack("{s:s, s:i, s:s}", "name", m->name,
							      "seq", (int)m->seq,
							      "peer", m->peer));
	}
	cli_set_json(c, list);
	return 0;
}

static void render_map(const json_t *value, struct text *out)
{
	size_t i;
	json_t *m;

	json_array_foreach((json_t *)value, i, m)
		text_printf(out, "Crypto Map \"%s\" %d ipsec-manual\n        Peer = %s\n",
			    json_string_value(json_object_get(m, "name")),
			    (int)json_integer_value(json_object_get(m, "seq")),
			    json_string_value(json_object_get(m, "peer")));
}

static int show_sa(struct cli_ctx *c)
{
	cli_printf(c, "%s\n", cli_has(c, "detail") ? "sa detail" : "sa");
	return 0;
}

static int show_value(struct cli_ctx *c)
{
	cli_set_json(c, json_pack("{s:i}", "value", 7));
	return 0;
}

static int show_lines(struct cli_ctx *c)
{
	uint32_t i;

	for (i = 0; i < cli_arg_u32(c, "n"); i++)
		cli_printf(c, "line %u of the long output\n", i);
	return 0;
}

static int log_lines(struct cli_ctx *c)
{
	uint32_t i;

	for (i = 0; i < cli_arg_u32(c, "n"); i++)
		log_msg(LOG_INFO, "line %u of the log", i);
	return 0;
}

static int show_running(struct cli_ctx *c)
{
	const struct demo *demo = cli_user(c);

	cli_running_config(demo->cli, &demo->running, CLI_WRITE_HEADER, cli_out(c));
	return 0;
}

static int clear_sa(struct cli_ctx *c)
{
	cli_printf(c, "cleared %s\n", cli_has(c, "address") ? cli_arg_str(c, "address") : "all");
	return 0;
}

/* ------------------------------------------------------------------ tables */

static const struct cli_mode modes[] = {
	{ DEMO_MAP, CLI_MODE_CONFIG, "crypto-map", "config-crypto-map" },
	{ DEMO_IF, CLI_MODE_CONFIG, "interface", "config-if" },
	{ DEMO_POLICY, CLI_MODE_CONFIG, "policy-map", "config-pmap" },
	{ DEMO_CLASS, DEMO_POLICY, "class", "config-pmap-c" },
};

static const struct cli_command commands[] = {
	{
		.grammar = "hostname WORD$name", .no_grammar = "hostname [WORD$name]",
		.help = "Set system's network name\n" "This system's network name\n",
		.modes = CLI_IN(CLI_MODE_CONFIG), .order = 10,
		.set = hostname_set, .unset = hostname_set, .write = hostname_write,
	},
	{
		.grammar = "crypto map WORD$map (1-65535)$seq ipsec-manual",
		.no_grammar = "crypto map WORD$map [(1-65535)$seq]",
		.help = "Encryption module\n" "Enter a crypto map\n" "Crypto map tag\n"
			"Sequence to insert into crypto map entry\n" "Keys by hand\n",
		.modes = CLI_IN(CLI_MODE_CONFIG), .enters = DEMO_MAP, .order = 100,
		.set = map_set, .unset = map_unset, .write = map_write,
	},
	{
		.grammar = "crypto ipsec transform-set WORD$name "
			   "{esp-aes [{128|192|256}$size]|esp-3des|esp-sha-hmac|"
			   "(1-9)$bits}$transform...",
		.help = "\n" "Configure IPSEC policy\n" "Define transform and settings\n"
			"Transform set tag\n" "AES\n" "128 bits\n" "192 bits\n" "256 bits\n"
			"3DES\n" "SHA\n" "A number\n",
		.modes = CLI_IN(CLI_MODE_CONFIG), .set = transform_set,
	},
	{
		.grammar = "set peer A.B.C.D$peer", .no_grammar = "set peer [A.B.C.D$peer]",
		.help = "Set values for encryption/decryption\n" "Allowed peer\n"
			"IP address of peer\n",
		.modes = CLI_IN(DEMO_MAP), .order = 10,
		.set = peer_set, .unset = peer_unset, .write = peer_write,
	},
	{
		.grammar = "set session-key {inbound|outbound}$dir esp (256-4294967295)$spi "
			   "cipher HEX$!key [authenticator HEX$!auth]",
		.help = "\n" "Key by hand\n" "In\n" "Out\n" "ESP\n" "SPI\n" "Cipher\n" "Key\n"
			"Authenticator\n" "Key\n",
		.modes = CLI_IN(DEMO_MAP), .order = 20, .set = key_set, .write = key_write,
	},
	{
		.grammar = "match address {(100-199)|WORD}$acl",
		.help = "Match values\n" "Match address of packets to encrypt\n"
			"IP access-list number\n" "Access-list name\n",
		.modes = CLI_IN(DEMO_MAP), .order = 30, .set = acl_set, .write = acl_write,
	},
	{
		.grammar = "interface IFNAME$if",
		.help = "Select an interface to configure\n" "Interface\n",
		.modes = CLI_IN(CLI_MODE_CONFIG), .enters = DEMO_IF, .order = 200,
		.set = if_set, .write = if_write,
	},
	{
		.grammar = "description LINE$text",
		.help = "Interface specific description\n" "Up to 240 characters\n",
		.modes = CLI_IN(DEMO_IF), .order = 5, .set = description_set,
		.write = description_write,
	},
	{
		.grammar = "ip address A.B.C.D$address MASK$mask",
		.no_grammar = "ip address [A.B.C.D$address MASK$mask]",
		.help = "Interface Internet Protocol config commands\n" "Set the IP address\n"
			"IP address\n" "IP subnet mask\n",
		.modes = CLI_IN(DEMO_IF), .order = 10, .set = address_set,
		.unset = address_unset, .write = address_write,
	},
	{
		.grammar = "ip mtu (68-9216)$mtu", .help = "\n" "Set IP MTU\n" "MTU in octets\n",
		.modes = CLI_IN(DEMO_IF), .order = 20, .set = mtu_set, .write = mtu_write,
	},
	{
		.grammar = "ip route-cache [cef]", .help = "\n" "Route cache\n" "CEF\n",
		.modes = CLI_IN(DEMO_IF), .flags = CLI_F_IGNORED,
	},
	{
		.grammar = "shutdown", .help = "Shutdown the selected interface\n",
		.modes = CLI_IN(DEMO_IF), .order = 90, .set = shutdown_set,
		.unset = shutdown_set, .write = shutdown_write,
	},
	{
		.grammar = "crypto map WORD$map", .help = "\n" "Assign a crypto map\n" "\n",
		.modes = CLI_IN(DEMO_IF), .order = 50, .set = if_map_set, .write = if_map_write,
	},
	{
		.grammar = "ip route A.B.C.D$prefix MASK$mask {A.B.C.D$hop|IFNAME$out}$next",
		.help = "Global IP configuration subcommands\n" "Establish static routes\n"
			"Destination prefix\n" "Destination prefix mask\n" "Forwarding router\n"
			"Interface\n",
		.modes = CLI_IN(CLI_MODE_CONFIG), .order = 300, .set = route_set,
		.write = route_write,
	},
	{
		.grammar = "policy-map WORD$name", .help = "Policy Map\n" "Name\n",
		.modes = CLI_IN(CLI_MODE_CONFIG), .enters = DEMO_POLICY, .set = policy_set,
	},
	{
		.grammar = "class WORD$name", .help = "Class\n" "Name\n",
		.modes = CLI_IN(DEMO_POLICY), .enters = DEMO_CLASS, .set = class_set,
	},
	{
		.grammar = "bandwidth (1-100)$percent", .help = "Bandwidth\n" "Percent\n",
		.modes = CLI_IN(DEMO_CLASS), .set = bandwidth_set,
	},
	{
		.grammar = "banner exec LINE$text", .help = "Banner\n" "Exec banner\n" "Text\n",
		.modes = CLI_IN(CLI_MODE_CONFIG), .flags = CLI_F_BLOCK_DELIM, .set = banner_set,
	},
	{
		.grammar = "banner motd LINE$text", .help = "\n" "Message of today\n" "Text\n",
		.modes = CLI_IN(CLI_MODE_CONFIG), .flags = CLI_F_BLOCK_DELIM | CLI_F_IGNORED,
	},
	{
		.grammar = "crypto pki certificate chain WORD$name",
		.help = "\n" "PKI\n" "Certificate\n" "Chain\n" "Name\n",
		.modes = CLI_IN(CLI_MODE_CONFIG), .flags = CLI_F_IGNORED,
		.enters = CLI_MODE_IGNORED,
	},
	{
		.grammar = "certificate LINE$rest", .help = "Certificate\n" "Serial\n",
		.modes = CLI_IN(CLI_MODE_IGNORED), .flags = CLI_F_IGNORED | CLI_F_BLOCK_QUIT,
	},
	{
		.grammar = "service timestamps LINE$rest", .help = "Service\n" "Timestamps\n" "\n",
		.modes = CLI_IN(CLI_MODE_CONFIG), .flags = CLI_F_IGNORED,
	},
	{
		.grammar = "enable secret LINE$!hash", .help = "Enable\n" "Secret\n" "Hash\n",
		.modes = CLI_IN(CLI_MODE_CONFIG), .flags = CLI_F_IGNORED,
	},
	{
		.grammar = "{router ospf|line vty} (0-65535)$n...",
		.help = "Routing process\n" "OSPF\n" "Line\n" "Virtual terminal\n" "Number\n",
		.modes = CLI_IN(CLI_MODE_CONFIG), .flags = CLI_F_IGNORED,
		.enters = CLI_MODE_IGNORED,
	},
	{
		.grammar = "network A.B.C.D$net WILDCARD$w area (0-10)$area",
		.help = "Network\n" "Net\n" "Wildcard\n" "Area\n" "Area\n",
		.modes = CLI_IN(CLI_MODE_IGNORED), .flags = CLI_F_IGNORED,
	},
	{
		.grammar = "show crypto map [tag WORD$map]",
		.help = "Show running system information\n" "Encryption module\n" "Crypto maps\n"
			"Crypto map tag\n" "Crypto map name\n",
		.modes = CLI_IN_EXEC, .set = show_map, .render = render_map,
	},
	{
		.grammar = "show crypto {ipsec|isakmp} sa [detail/detailed]",
		.help = "\n" "\n" "IPsec\n" "ISAKMP\n" "SAs\n" "Detail\n",
		.modes = CLI_IN_EXEC, .set = show_sa,
	},
	{
		.grammar = "show value", .help = "\n" "A value without a renderer\n",
		.modes = CLI_IN_EXEC, .set = show_value,
	},
	{
		.grammar = "show lines (0-1000000)$n", .help = "\n" "Lines\n" "How many\n",
		.modes = CLI_IN_EXEC, .set = show_lines,
	},
	{
		.grammar = "clear log (0-1000000)$n", .help = "\n" "Log lines\n" "How many\n",
		.modes = CLI_IN(CLI_MODE_PRIV), .set = log_lines,
	},
	{
		.grammar = "show running-config", .help = "\n" "Current configuration\n",
		.modes = CLI_IN(CLI_MODE_PRIV), .set = show_running,
	},
	{
		.grammar = "clear crypto sa [{A.B.C.D$address|X:X::X:X$address}]",
		.help = "Reset functions\n" "\n" "SAs\n" "Peer\n" "Peer\n",
		.modes = CLI_IN(CLI_MODE_PRIV), .set = clear_sa,
	},
};

struct demo *demo_new(void)
{
	struct demo *demo = calloc(1, sizeof(*demo));
	char why[256];

	if (!demo)
		err(1, "out of memory");
	demo->cli = cli_new(&demo_ops, demo);
	if (cli_add_modes(demo->cli, modes, ARRAY_SIZE(modes), why, sizeof(why)) ||
	    cli_add_commands(demo->cli, commands, ARRAY_SIZE(commands), why, sizeof(why)))
		errx(1, "%s", why);
	return demo;
}

void demo_free(struct demo *demo)
{
	cli_free(demo->cli);
	free(demo);
}

int demo_setup(void **state)
{
	struct demo_fixture *f = calloc(1, sizeof(*f));

	f->demo = demo_new();
	f->s = cli_session_new(f->demo->cli);
	*state = f;
	return 0;
}

int demo_teardown(void **state)
{
	struct demo_fixture *f = *state;

	cli_report_free(&f->report);
	cli_session_free(f->s);
	demo_free(f->demo);
	free(f);
	return 0;
}

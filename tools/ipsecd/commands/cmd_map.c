// SPDX-License-Identifier: GPL-2.0-or-later
/* crypto map: entries and what stands in them (CMAP-1 … CMAP-7, REPLAY-7). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../config/validate.h"
#include "commands.h"
#include "entry.h"

static uint16_t map_family(const struct cli_ctx *c)
{
	return cli_has(c, "ipv6") ? AF_INET6 : AF_INET;
}

/* It takes whatever proxies a peer asks for, 0.0.0.0/0 among them. */
static void warn_open(struct cli_ctx *c, const char *name, uint16_t family)
{
	const struct config *config = cli_candidate(c);
	const struct objects *templates = &config->dynamic_maps;
	size_t first = map_first(templates, name, family);

	for (size_t n = map_count(templates, name, family), i = 0; i < n; i++) {
		const struct map_entry *template = (const void *)templates->v[first + i];

		if (!template->acl)
			cli_warn(c, "Warning: dynamic crypto map %s %u has no access list: whatever a peer asks for is protected",
				 name, template->seq);
	}
}

/* "ipsec-isakmp dynamic": the entry stands for those of a dynamic map, and has no mode. */
static int set_dynamic(struct cli_ctx *c, const struct map_entry *entry)
{
	struct config *config = cli_candidate(c);
	const char *name = cli_arg_str(c, "template");
	uint16_t family = map_family(c);
	struct map_entry *changed;
	struct edit e;

	if (entry && !entry->dynamic)
		return cli_refuse(c, "Crypto map %s %u is of the other kind; remove it first",
				  entry->name, entry->seq);
	if (!cli_line(c) && !map_exists(&config->dynamic_maps, name, family))
		cli_warn(c, "Dynamic crypto map %s does not exist yet", name);
	if (entry)
		changed = edit_begin(&e, c, &config->entries, entry);
	else
		changed = edit_create(&e, c, &config->entries,
				      map_new(cli_arg_str(c, "tag"), family, cli_arg_u32(c, "seq"),
					      CRYPTOMAP_ENTRY_KIND_ISAKMP));
	object_set_text(&changed->dynamic, name);
	if (edit_done(&e))
		return -1;
	warn_open(c, name, family);
	return 0;
}

static int set_entry(struct cli_ctx *c)
{
	struct config *config = cli_candidate(c);
	const char *name = cli_arg_str(c, "tag");
	uint16_t family = map_family(c);
	unsigned int seq = cli_arg_u32(c, "seq");
	enum cryptomap_entry_kind kind = cli_has(c, "ipsec-manual") ?
		CRYPTOMAP_ENTRY_KIND_MANUAL : CRYPTOMAP_ENTRY_KIND_ISAKMP;
	bool kind_given = cli_has(c, "ipsec-manual") || cli_has(c, "ipsec-isakmp");
	const struct map_entry *entry = map_find(&config->entries, name, family, seq);

	if (strlen(name) > CRYPTOMAP_MAP_NAME_MAX)
		return cli_refuse_at(c, "tag", "A crypto map name has at most %u characters",
				     CRYPTOMAP_MAP_NAME_MAX);
	if (cli_has(c, "discover"))
		return cli_refuse_at(c, "discover", "Tunnel endpoint discovery is not supported");
	if (cli_has(c, "dynamic"))
		return set_dynamic(c, entry);
	if (entry && entry->dynamic)
		return cli_refuse(c, "Crypto map %s %u stands for dynamic map %s; its settings are there",
				  name, seq, entry->dynamic);
	if (entry && kind_given && entry->kind != kind)
		return cli_refuse(c, "Crypto map %s %u is of the other kind; remove it first",
				  name, seq);
	if (!entry && !kind_given)
		return cli_refuse(c, "Crypto map %s %u does not exist: ipsec-isakmp or ipsec-manual is needed",
				  name, seq);
	if (!entry) {
		struct edit e;

		edit_create(&e, c, &config->entries, map_new(name, family, seq, kind));
		edit_done(&e);
		if (!cli_line(c))
			cli_warn(c, "NOTE: This new crypto map will remain disabled until a peer and a valid access list have been configured.");
	}
	cli_enter(c, MODE_MAP, edit_ref_new(name, family, seq), free);
	return 0;
}

/* The interface that has the map, or NULL. */
static const char *bound_to(const struct config *config, const char *name, uint16_t family)
{
	const struct interface *iface;
	size_t i;

	objects_for_each(iface, &config->interfaces, i)
		if (object_same_text(interface_map(iface, family), name))
			return iface->name;
	return NULL;
}

static void remove_all(struct config *config, const char *name, uint16_t family)
{
	size_t first = map_first(&config->entries, name, family);

	for (size_t n = map_count(&config->entries, name, family); n > 0; n--)
		objects_remove(&config->entries, config->entries.v[first + n - 1]);
}

/* The last entry of a map stays while an interface has the map, as in IOS. */
static int unset_entry(struct cli_ctx *c)
{
	struct config *config = cli_candidate(c);
	const char *name = cli_arg_str(c, "tag");
	uint16_t family = map_family(c);
	const char *interface = bound_to(config, name, family);
	size_t n = map_count(&config->entries, name, family);
	struct map_entry key = {
		.name = (char *)name, .family = family, .seq = cli_arg_u32(c, "seq"),
	};

	if (!n)
		return cli_refuse_at(c, "tag", "Crypto map with tag \"%s\" does not exist", name);
	if (cli_has(c, "seq") && !objects_find(&config->entries, &key))
		return cli_refuse_at(c, "seq", "Crypto map %s %u does not exist", name, key.seq);
	if (interface && (n == 1 || !cli_has(c, "seq")))
		return cli_refuse_at(c, "tag", "Crypto map %s is in use by interface %s; remove it there first",
				     name, interface);
	if (cli_has(c, "seq"))
		objects_remove(&config->entries, &key);
	else
		remove_all(config, name, family);
	return 0;
}

static void write_entries(struct cli_writer *w)
{
	const struct config *config = cli_write_config(w);
	const struct map_entry *entry;
	size_t i;

	objects_for_each(entry, &config->entries, i) {
		cli_write_line(w, "crypto map %s%s %u %s%s%s",
			       entry->family == AF_INET6 ? "ipv6 " : "", entry->name,
			       entry->seq, entry->kind == CRYPTOMAP_ENTRY_KIND_MANUAL ?
			       "ipsec-manual" : "ipsec-isakmp", entry->dynamic ? " dynamic " : "",
			       entry->dynamic ? entry->dynamic : "");
		cli_write_mode(w, MODE_MAP, entry);
	}
}

static int set_transforms(struct cli_ctx *c)
{
	struct config *config = cli_candidate(c);
	const char *names[MAP_TRANSFORMS_MAX];
	size_t n = cli_arg_count(c, "name");
	struct map_entry *entry;
	struct edit e;

	if (n > MAP_TRANSFORMS_MAX)
		return cli_refuse(c, "At most %u transform sets are possible in one entry",
				  MAP_TRANSFORMS_MAX);
	for (size_t i = 0; i < n; i++) {
		names[i] = cli_arg_str_nth(c, "name", i);
		if (!transform_find(&config->transforms, names[i]))
			return cli_refuse(c, "Transform set with tag \"%s\" does not exist", names[i]);
	}
	entry = entry_begin(&e, c);
	if (!entry)
		return -1;
	map_set_transforms(entry, names, n);
	return entry_done(&e);
}

static int unset_transforms(struct cli_ctx *c)
{
	const char *keep[MAP_TRANSFORMS_MAX];
	size_t n = cli_arg_count(c, "name"), n_keep = 0;
	struct map_entry *entry;
	char *copies[MAP_TRANSFORMS_MAX];
	struct edit e;

	entry = entry_begin(&e, c);
	if (!entry)
		return -1;
	for (unsigned int i = 0; n && i < entry->n_transforms; i++) {
		bool named = false;

		for (size_t k = 0; k < n; k++)
			named |= strcmp(cli_arg_str_nth(c, "name", k), entry->transforms[i]) == 0;
		if (named)
			continue;
		copies[n_keep] = object_strdup(entry->transforms[i]);
		keep[n_keep] = copies[n_keep];
		n_keep++;
	}
	map_set_transforms(entry, keep, n_keep);
	while (n_keep)
		free(copies[--n_keep]);
	return entry_done(&e);
}

static void write_transforms(struct cli_writer *w)
{
	const struct map_entry *entry = cli_write_obj(w);
	struct text names = TEXT_INIT;

	for (unsigned int i = 0; i < entry->n_transforms; i++)
		text_printf(&names, " %s", entry->transforms[i]);
	if (entry->n_transforms)
		cli_write_line(w, "set transform-set%s", text_str(&names));
	text_free(&names);
}

static void warn_acl(struct cli_ctx *c, const struct map_entry *entry)
{
	const struct acl *acl = config_acl(cli_candidate(c), entry);
	unsigned int others;

	if (!acl || entry->kind != CRYPTOMAP_ENTRY_KIND_MANUAL)
		return;
	others = validate_permits_without_sa(acl);
	if (others)
		cli_warn(c, "The session keys serve the first permit of access list %s only; what the other %u select is dropped",
			 acl->name, others);
}

static bool is_standard(const char *name)
{
	char *end;
	unsigned long number = strtoul(name, &end, 10);

	return !*end && ((number >= 1 && number <= 99) || (number >= 1300 && number <= 1999));
}

static int set_acl(struct cli_ctx *c)
{
	const char *name = cli_arg_str(c, "acl");
	struct map_entry *entry;
	struct edit e;
	int ret;

	entry = entry_begin(&e, c);
	if (!entry)
		return -1;
	if (entry->family == AF_INET && is_standard(name))
		return edit_refuse(&e, "A crypto map needs an extended access list: 100-199, 2000-2699 or a name");
	object_set_text(&entry->acl, name);
	ret = entry_done(&e);
	if (!ret)
		warn_acl(c, e.object);
	return ret;
}

static int unset_acl(struct cli_ctx *c)
{
	const char *name = cli_arg_str(c, "acl");
	struct map_entry *entry;
	struct edit e;

	entry = entry_begin(&e, c);
	if (!entry)
		return -1;
	if (name && !object_same_text(entry->acl, name))
		return edit_refuse(&e, "This is not the access list of the entry");
	object_set_text(&entry->acl, NULL);
	return entry_done(&e);
}

static void write_acl(struct cli_writer *w)
{
	const struct map_entry *entry = cli_write_obj(w);

	if (entry->acl)
		cli_write_line(w, "match address %s", entry->acl);
}

/* Decimal as in IOS, or hexadecimal with 0x. */
static int parse_spi(struct cli_ctx *c, uint32_t *spi)
{
	const char *text = cli_arg_str(c, "spi");
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, hex ? 16 : 10);
	if (*text < '0' || *text > '9' || *end || errno)
		return cli_refuse_at(c, "spi", "An SPI is a number");
	if (value < CRYPTOMAP_SPI_MIN || value > UINT32_MAX)
		return cli_refuse_at(c, "spi", "SPIs are from 256 to 4294967295");
	*spi = value;
	return 0;
}

static int parse_key(struct cli_ctx *c, const char *variable, uint8_t *key, size_t max,
		     uint8_t *len)
{
	size_t n = 0;
	const uint8_t *bytes = cli_arg_bytes(c, variable, &n);

	if (!cli_has(c, variable))
		return 0;
	if (n > max)
		return cli_refuse_at(c, variable, "This key is longer than any transform takes: %zu bytes",
				     n);
	memcpy(key, bytes, n);
	*len = n;
	return 0;
}

static unsigned int key_direction(const struct cli_ctx *c)
{
	return cli_has(c, "inbound") ? CRYPTOMAP_DIRECTION_IN : CRYPTOMAP_DIRECTION_OUT;
}

static int put_key(struct cli_ctx *c, const struct session_key *key)
{
	struct map_entry *entry;
	struct edit e;

	entry = entry_begin(&e, c);
	if (!entry)
		return -1;
	if (entry->kind != CRYPTOMAP_ENTRY_KIND_MANUAL)
		return edit_refuse(&e, "Session keys are only possible in ipsec-manual entries");
	entry->key[key_direction(c)] = *key;
	return entry_done(&e);
}

static int set_key(struct cli_ctx *c)
{
	struct session_key key = { .set = true };
	int ret = parse_spi(c, &key.spi);

	if (!ret)
		ret = parse_key(c, "cipherkey", key.cipher, sizeof(key.cipher), &key.cipher_len);
	if (!ret)
		ret = parse_key(c, "authkey", key.auth, sizeof(key.auth), &key.auth_len);
	if (!ret)
		ret = put_key(c, &key);
	explicit_bzero(&key, sizeof(key));
	return ret;
}

static int unset_key(struct cli_ctx *c)
{
	struct session_key none = { .set = false };

	return put_key(c, &none);
}

static int refuse_ah(struct cli_ctx *c)
{
	return cli_refuse_at(c, "ah", "AH is not supported yet");
}

static void format_hex(struct text *out, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		text_printf(out, "%02x", bytes[i]);
}

static void write_key(struct cli_writer *w, const char *direction,
		      const struct session_key *key)
{
	struct text keys = TEXT_INIT;

	if (!key->set)
		return;
	if (key->cipher_len)
		text_puts(&keys, " cipher ");
	if (key->cipher_len && cli_write_secrets(w))
		format_hex(&keys, key->cipher, key->cipher_len);
	else if (key->cipher_len)
		text_puts(&keys, "<removed>");
	if (key->auth_len)
		text_puts(&keys, " authenticator ");
	if (key->auth_len && cli_write_secrets(w))
		format_hex(&keys, key->auth, key->auth_len);
	else if (key->auth_len)
		text_puts(&keys, "<removed>");
	cli_write_line(w, "set session-key %s esp %u%s", direction, key->spi, text_str(&keys));
	text_wipe(&keys);
}

static void write_keys(struct cli_writer *w)
{
	const struct map_entry *entry = cli_write_obj(w);

	write_key(w, "inbound", &entry->key[CRYPTOMAP_DIRECTION_IN]);
	write_key(w, "outbound", &entry->key[CRYPTOMAP_DIRECTION_OUT]);
}

static int set_replay(struct cli_ctx *c)
{
	struct map_entry *entry;
	struct replay replay;
	struct edit e;
	int ret = command_parse_replay(c, &replay);

	if (ret)
		return ret;
	entry = entry_begin(&e, c);
	if (!entry)
		return -1;
	entry->replay = replay;
	return entry_done(&e);
}

static void write_replay(struct cli_writer *w)
{
	const struct map_entry *entry = cli_write_obj(w);

	if (entry->replay.state == REPLAY_DISABLED)
		cli_write_line(w, "set security-association replay disable");
	else if (entry->replay.state == REPLAY_WINDOW)
		cli_write_line(w, "set security-association replay window-size %u",
			       entry->replay.window);
}

static int set_description(struct cli_ctx *c)
{
	struct map_entry *entry;
	struct edit e;

	entry = entry_begin(&e, c);
	if (!entry)
		return -1;
	object_set_text(&entry->description,
			cli_op(c) == CLI_SET ? cli_arg_str(c, "text") : NULL);
	return entry_done(&e);
}

static void write_description(struct cli_writer *w)
{
	const struct map_entry *entry = cli_write_obj(w);

	if (entry->description)
		cli_write_line(w, "description %s", entry->description);
}

#define IN_ENTRY	(CLI_IN(MODE_MAP) | CLI_IN(MODE_DYNAMIC))

static const struct cli_command commands[] = {
	{
		.grammar = "crypto map [ipv6] WORD$tag (1-65535)$seq "
			   "[ipsec-isakmp [dynamic WORD$template [discover]]|ipsec-manual]",
		.no_grammar = "crypto map [ipv6] WORD$tag [(1-65535)$seq "
			   "[ipsec-isakmp [dynamic WORD$template]|ipsec-manual]]",
		.help = "Encryption module\n"
			"Enter a crypto map\n"
			"Crypto map for IPv6\n"
			"Crypto map tag\n"
			"Sequence to insert into crypto map list\n"
			"IPSEC w/ISAKMP\n"
			"Enable dynamic crypto map support\n"
			"Name of dynamic-map\n"
			"Enable Tunnel Endpoint Discovery (not supported)\n"
			"IPSEC w/manual keying\n",
		.modes = CLI_IN(CLI_MODE_CONFIG),
		.enters = MODE_MAP,
		.set = set_entry, .unset = unset_entry,
		.write = write_entries, .order = ORDER_MAP, .ref = "C34, C35, C36",
	}, {
		.grammar = "description LINE$text",
		.no_grammar = "description [LINE$text]",
		.help = "Description of the crypto map statement\n"
			"Up to 80 characters\n",
		.modes = IN_ENTRY,
		.set = set_description, .unset = set_description,
		.write = write_description, .order = 10,
	}, {
		.grammar = "set session-key {inbound|outbound} esp WORD$spi [cipher HEX$!cipherkey] [authenticator HEX$!authkey]",
		.no_grammar = "set session-key {inbound|outbound} esp [WORD$spi] [cipher HEX$!cipherkey] [authenticator HEX$!authkey]",
		.help = "Set values for encryption/decryption\n"
			"Set explicit session key values\n"
			"Inbound session key\n"
			"Outbound session key\n"
			"ESP session key\n"
			"SPI, 256 to 4294967295\n"
			"Cipher key\n"
			"Key in hexadecimal\n"
			"Authenticator key\n"
			"Key in hexadecimal\n",
		.modes = CLI_IN(MODE_MAP),
		.set = set_key, .unset = unset_key,
		.write = write_keys, .order = 30,
	}, {
		.grammar = "set session-key {inbound|outbound} ah WORD$spi HEX$!key",
		.help = "Set values for encryption/decryption\n"
			"Set explicit session key values\n"
			"Inbound session key\n"
			"Outbound session key\n"
			"AH session key (not supported yet)\n"
			"SPI, 256 to 4294967295\n"
			"Key in hexadecimal\n",
		.modes = CLI_IN(MODE_MAP),
		.set = refuse_ah,
	}, {
		.grammar = "set security-association replay {disable|window-size [(0-1000000)$size]}",
		.no_grammar = "set security-association replay [{disable|window-size [(0-1000000)$size]}]",
		.help = "Set values for encryption/decryption\n"
			"Security association parameters\n"
			"Set replay checking\n"
			"Disable replay checking\n"
			"Set replay window size\n"
			"Window size in packets: 64, 128, 256, 512, 1024, 2048, 4096\n",
		.modes = IN_ENTRY,
		.set = set_replay, .unset = set_replay,
		.write = write_replay, .order = 40, .ref = "C47, C48",
	}, {
		.grammar = "set transform-set WORD$name...",
		.no_grammar = "set transform-set [WORD$name...]",
		.help = "Set values for encryption/decryption\n"
			"Specify list of transform sets in priority order\n"
			"Transform set tag\n",
		.modes = IN_ENTRY,
		.set = set_transforms, .unset = unset_transforms,
		.write = write_transforms, .order = 50, .ref = "C45",
	}, {
		.grammar = "match address WORD$acl",
		.no_grammar = "match address [WORD$acl]",
		.help = "Match values\n"
			"Match address of packets to encrypt\n"
			"Access list number or name\n",
		.modes = IN_ENTRY,
		.set = set_acl, .unset = unset_acl,
		.write = write_acl, .order = 60, .ref = "C46",
	},
};

const struct command_table commands_map = COMMAND_TABLE(commands);

// SPDX-License-Identifier: GPL-2.0-or-later
/* crypto isakmp key, crypto keyring: pre-shared keys (IKE-8, IKE-9). */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "edit.h"

#define CRYPTO	"Encryption module\n"
#define ISAKMP	CRYPTO "Configure ISAKMP policy\n"

/* A, or A and its mask, or a prefix; alone it is one address. */
struct addr_prefix command_parse_peer(const struct cli_ctx *c, const char *variable,
				      const char *mask)
{
	struct addr_prefix peer = edit_prefix(c, variable);

	if (cli_has(c, mask))
		peer.len = cli_arg_plen(c, mask);
	else if (peer.addr.family == AF_INET || !cli_has(c, "prefix"))
		peer.len = addr_length(peer.addr.family) * 8;
	return peer;
}

/* The key that the line speaks of, without its secret. */
static struct isakmp_key *key_of_line(struct cli_ctx *c, const char *keyring)
{
	struct addr_prefix peer;

	if (cli_has(c, "peername"))
		return isakmp_key_new(keyring, cli_arg_str(c, "peername"), NULL);
	peer = command_parse_peer(c, cli_has(c, "prefix") ? "prefix" : "peer", "mask");
	return isakmp_key_new(keyring, NULL, &peer);
}

static int check_secret(struct cli_ctx *c)
{
	if (cli_has(c, "6"))
		return cli_refuse_at(c, "6", "Encrypted keys are not supported; this one has to be entered in clear");
	if (strlen(cli_arg_str(c, "key")) > ISAKMP_KEY_MAX)
		return cli_refuse_at(c, "key", "A pre-shared key has at most %u characters",
				     ISAKMP_KEY_MAX);
	return 0;
}

static int refuse_second(struct cli_ctx *c, const struct isakmp_key *key)
{
	struct addr mask = addr_mask(key->peer.addr.family, key->peer.len);
	struct addr_buf address, text;

	if (key->hostname)
		return cli_refuse(c, "A pre-shared key for host %s already exists!", key->hostname);
	if (key->peer.addr.family == AF_INET6)
		return cli_refuse(c, "A pre-shared key for IPv6 address %s already exists!",
				  addr_prefix_text(&key->peer, &text));
	return cli_refuse(c, "A pre-shared key for address mask %s %s already exists!",
			  addr_text(&key->peer.addr, &address), addr_text(&mask, &text));
}

/* A key is not replaced by another one, as in IOS; the same one is no error. */
static int add_key(struct cli_ctx *c, const char *keyring)
{
	struct config *config = cli_candidate(c);
	const struct isakmp_key *old;
	struct isakmp_key *key;
	struct edit e;
	int ret = check_secret(c);

	if (ret)
		return ret;
	key = key_of_line(c, keyring);
	isakmp_key_set_secret(key, cli_arg_str(c, "key"));
	key->no_xauth = cli_has(c, "no-xauth");
	old = objects_find(&config->isakmp_keys, key);
	if (old && !isakmp_key_class.equal(old, key)) {
		ret = refuse_second(c, old);
		isakmp_key_class.destroy(key);
		return ret;
	}
	if (old) {
		isakmp_key_class.destroy(key);
		return 0;
	}
	edit_create(&e, c, &config->isakmp_keys, key);
	return edit_done(&e);
}

static int remove_key(struct cli_ctx *c, const char *keyring)
{
	struct config *config = cli_candidate(c);
	struct isakmp_key *key = key_of_line(c, keyring);
	bool found = objects_remove(&config->isakmp_keys, key);

	isakmp_key_class.destroy(key);
	if (!found)
		return cli_refuse(c, "There is no such pre-shared key");
	return 0;
}

static int set_key(struct cli_ctx *c)
{
	return add_key(c, NULL);
}

static int unset_key(struct cli_ctx *c)
{
	return remove_key(c, NULL);
}

/* The key as it has to be typed; "0" and "6" alone would be its type. */
static void format_secret(struct cli_writer *w, const struct isakmp_key *key, struct text *out)
{
	bool type = key->len == 1 && (key->secret[0] == '0' || key->secret[0] == '6');

	if (cli_write_secrets(w))
		text_printf(out, "%s%.*s", type ? "0 " : "", (int)key->len,
			    (const char *)key->secret);
	else
		text_puts(out, "<removed>");
}

static bool is_host(const struct addr_prefix *peer)
{
	return peer->len == addr_length(peer->addr.family) * 8;
}

void command_format_peer(const struct addr_prefix *peer, struct text *out)
{
	struct addr mask = addr_mask(peer->addr.family, peer->len);
	struct addr_buf address, text;

	if (peer->addr.family == AF_INET6)
		text_printf(out, "ipv6 %s", addr_prefix_text(peer, &address));
	else if (is_host(peer))
		text_puts(out, addr_text(&peer->addr, &address));
	else
		text_printf(out, "%s %s", addr_text(&peer->addr, &address),
			    addr_text(&mask, &text));
}

static void format_who(const struct isakmp_key *key, bool global, struct text *out)
{
	if (key->hostname)
		text_printf(out, "hostname %s", key->hostname);
	else if (global || key->peer.addr.family == AF_INET)
		text_puts(out, "address ");
	if (!key->hostname)
		command_format_peer(&key->peer, out);
}

/* Key @i if it is in @keyring, whose keys stand together, else NULL. */
static const struct isakmp_key *key_at(const struct objects *keys, size_t i, const char *keyring)
{
	const struct isakmp_key *key = i < keys->n ? (const void *)keys->v[i] : NULL;

	return key && object_same_text(key->keyring, keyring) ? key : NULL;
}

static size_t first_key(const struct objects *keys, const char *keyring)
{
	struct isakmp_key key = { .keyring = (char *)keyring };

	return objects_lower_bound(keys, &key);
}

static void write_keys(struct cli_writer *w)
{
	const struct config *config = cli_write_config(w);
	const struct isakmp_key *key;
	struct text line = TEXT_INIT;
	size_t i;

	for (i = 0; (key = key_at(&config->isakmp_keys, i, NULL)); i++) {
		text_truncate(&line, 0);
		format_secret(w, key, &line);
		text_puts(&line, " ");
		format_who(key, true, &line);
		cli_write_line(w, "crypto isakmp key %s%s", text_str(&line),
			       key->no_xauth ? " no-xauth" : "");
	}
	text_wipe(&line);
}

static int set_keyring(struct cli_ctx *c)
{
	struct config *config = cli_candidate(c);
	const char *name = cli_arg_str(c, "keyring");
	struct edit e;

	if (cli_has(c, "vrf"))
		return cli_refuse_at(c, "vrf", "VRFs are not supported");
	if (strlen(name) > ISAKMP_NAME_MAX)
		return cli_refuse_at(c, "keyring", "A name has at most %u characters",
				     ISAKMP_NAME_MAX);
	if (!keyring_find(&config->keyrings, name)) {
		edit_create(&e, c, &config->keyrings, keyring_new(name));
		edit_done(&e);
	}
	cli_enter(c, MODE_KEYRING, edit_ref_new(name, 0, 0), free);
	return 0;
}

static void remove_keys(struct objects *keys, const char *keyring)
{
	size_t first = first_key(keys, keyring), end = first;

	while (key_at(keys, end, keyring))
		end++;
	while (end-- > first)
		objects_remove(keys, keys->v[end]);
}

static int unset_keyring(struct cli_ctx *c)
{
	struct config *config = cli_candidate(c);
	const char *name = cli_arg_str(c, "keyring");
	struct keyring key = { .name = (char *)name };
	const struct isakmp_profile *profile;
	size_t i;

	objects_for_each(profile, &config->isakmp_profiles, i)
		if (object_same_text(profile->keyring, name))
			return cli_refuse_at(c, "keyring", "Keyring %s is in use by ISAKMP profile %s; remove it there first",
					     name, profile->name);
	if (!keyring_find(&config->keyrings, name))
		return cli_refuse_at(c, "keyring", "Keyring %s does not exist", name);
	remove_keys(&config->isakmp_keys, name);
	objects_remove(&config->keyrings, &key);
	return 0;
}

static void write_keyrings(struct cli_writer *w)
{
	const struct config *config = cli_write_config(w);
	const struct keyring *keyring;
	size_t i;

	objects_for_each(keyring, &config->keyrings, i) {
		cli_write_line(w, "crypto keyring %s", keyring->name);
		cli_write_mode(w, MODE_KEYRING, keyring);
	}
}

/* The keyring of the mode, NULL after a refusal because it is gone. */
static const char *open_keyring(struct cli_ctx *c)
{
	const struct edit_ref *ref = cli_mode_obj(c);
	struct config *config = cli_candidate(c);

	if (keyring_find(&config->keyrings, ref->name))
		return ref->name;
	cli_refuse(c, "Keyring %s does not exist any more", ref->name);
	return NULL;
}

static int set_keyring_key(struct cli_ctx *c)
{
	const char *keyring = open_keyring(c);

	return keyring ? add_key(c, keyring) : -1;
}

static int unset_keyring_key(struct cli_ctx *c)
{
	const char *keyring = open_keyring(c);

	return keyring ? remove_key(c, keyring) : -1;
}

static void write_keyring_keys(struct cli_writer *w)
{
	const struct config *config = cli_write_config(w);
	const struct keyring *keyring = cli_write_obj(w);
	const struct isakmp_key *key;
	const struct objects *keys = &config->isakmp_keys;
	struct text line = TEXT_INIT;
	size_t i = first_key(keys, keyring->name);

	while ((key = key_at(keys, i++, keyring->name))) {
		text_truncate(&line, 0);
		format_who(key, false, &line);
		text_puts(&line, " key ");
		format_secret(w, key, &line);
		cli_write_line(w, "pre-shared-key %s", text_str(&line));
	}
	text_wipe(&line);
}

static int set_description(struct cli_ctx *c)
{
	struct config *config = cli_candidate(c);
	const char *name = open_keyring(c);
	struct keyring key = { .name = (char *)name };
	struct keyring *keyring;
	struct edit e;

	if (!name)
		return -1;
	keyring = edit_begin(&e, c, &config->keyrings, &key);
	object_set_text(&keyring->description,
			cli_op(c) == CLI_SET ? cli_arg_str(c, "text") : NULL);
	return edit_done(&e);
}

static void write_description(struct cli_writer *w)
{
	const struct keyring *keyring = cli_write_obj(w);

	if (keyring->description)
		cli_write_line(w, "description %s", keyring->description);
}

#define IPV6	"ipv6 {X:X::X:X/M$prefix|X:X::X:X$peer}"
#define WHO	"{address {A.B.C.D$peer [MASK$mask]|" IPV6 "}|" IPV6 "|hostname WORD$peername}"

static const struct cli_command commands[] = {
	{
		.grammar = "crypto isakmp key [0|6] WORD$!key " WHO " [no-xauth]",
		.no_grammar = "crypto isakmp key [[0|6] WORD$!key] " WHO " [no-xauth]",
		.help = ISAKMP "Set pre-shared key for remote peer\n"
			"Specifies an UNENCRYPTED password will follow\n"
			"Specifies an ENCRYPTED password will follow (not supported)\n"
			"The UNENCRYPTED (cleartext) user password\n"
			"Define shared key with IP address\n"
			"Peer IP address\n" "Peer IP subnet mask\n"
			"Define shared key with IPv6 address\n"
			"IPv6 prefix of peers\n" "IPv6 address of peer\n"
			"Define shared key with IPv6 address\n"
			"IPv6 prefix of peers\n" "IPv6 address of peer\n"
			"Define shared key with hostname\n" "Name of peer\n"
			"Bypasses XAuth for this peer\n",
		.modes = CLI_IN(CLI_MODE_CONFIG),
		.set = set_key, .unset = unset_key,
		.write = write_keys, .order = ORDER_ISAKMP, .ref = "C8, C9",
	}, {
		.grammar = "crypto keyring WORD$keyring [vrf WORD$vrf]",
		.no_grammar = "crypto keyring WORD$keyring [vrf WORD$vrf]",
		.help = CRYPTO "Key ring commands\n" "Name of the key ring\n"
			"VRF of the peers (not supported)\n" "Name of the VRF\n",
		.modes = CLI_IN(CLI_MODE_CONFIG),
		.enters = MODE_KEYRING,
		.set = set_keyring, .unset = unset_keyring,
		.write = write_keyrings, .order = ORDER_KEYRING, .ref = "C10",
	}, {
		.grammar = "description LINE$text",
		.no_grammar = "description [LINE$text]",
		.help = "Description of the key ring\n" "Up to 80 characters\n",
		.modes = CLI_IN(MODE_KEYRING),
		.set = set_description, .unset = set_description,
		.write = write_description, .order = 10,
	}, {
		.grammar = "pre-shared-key " WHO " key [0|6] WORD$!key",
		.no_grammar = "pre-shared-key " WHO " [key [0|6] WORD$!key]",
		.help = "Specify a pre-shared key\n"
			"Define shared key with IP address\n"
			"Peer IP address\n" "Peer IP subnet mask\n"
			"Define shared key with IPv6 address\n"
			"IPv6 prefix of peers\n" "IPv6 address of peer\n"
			"Define shared key with IPv6 address\n"
			"IPv6 prefix of peers\n" "IPv6 address of peer\n"
			"Define shared key with hostname\n" "Name of peer\n"
			"Specify the key\n"
			"Specifies an UNENCRYPTED password will follow\n"
			"Specifies an ENCRYPTED password will follow (not supported)\n"
			"The UNENCRYPTED (cleartext) user password\n",
		.modes = CLI_IN(MODE_KEYRING),
		.set = set_keyring_key, .unset = unset_keyring_key,
		.write = write_keyring_keys, .order = 20, .ref = "C11",
	},
};

const struct command_table commands_isakmp_key = COMMAND_TABLE(commands);

// SPDX-License-Identifier: GPL-2.0-or-later
/* crypto ipsec transform-set (TSET-1 … TSET-5), replay for all SAs (REPLAY-6). */
#include <stdlib.h>
#include <string.h>

#include "../config/validate.h"
#include "commands.h"
#include "edit.h"

#define WORDS_MAX	16

/* Algorithms and key lengths, weak ones, and what is known but refused. */
#define TRANSFORMS							\
	"{esp-aes|esp-gcm|esp-null|esp-sha-hmac|esp-sha256-hmac|"	\
	"esp-sha384-hmac|esp-sha512-hmac|128|192|256|esp-des|esp-3des|"	\
	"esp-seal|esp-gmac|esp-md5-hmac|ah-md5-hmac|ah-sha-hmac|"	\
	"ah-sha256-hmac|ah-sha384-hmac|ah-sha512-hmac|comp-lzs}$transform..."

#define TRANSFORMS_HELP							\
	"ESP transform using AES cipher\n"				\
	"ESP transform using GCM cipher\n"				\
	"ESP transform w/o cipher\n"					\
	"ESP transform using HMAC-SHA auth\n"				\
	"ESP transform using HMAC-SHA256 auth\n"			\
	"ESP transform using HMAC-SHA384 auth\n"			\
	"ESP transform using HMAC-SHA512 auth\n"			\
	"128 bit keys\n"						\
	"192 bit keys\n"						\
	"256 bit keys\n"						\
	"ESP transform using DES cipher\n"				\
	"ESP transform using 3DES(EDE) cipher\n"			\
	"ESP transform using SEAL cipher (not supported)\n"		\
	"ESP transform using GMAC cipher (not supported yet)\n"		\
	"ESP transform using HMAC-MD5 auth\n"			\
	"AH-HMAC-MD5 transform (not supported yet)\n"			\
	"AH-HMAC-SHA transform (not supported yet)\n"			\
	"AH-HMAC-SHA256 transform (not supported yet)\n"		\
	"AH-HMAC-SHA384 transform (not supported yet)\n"		\
	"AH-HMAC-SHA512 transform (not supported yet)\n"		\
	"IP compression with LZS (not supported yet)\n"

static void warn_of_weak(struct cli_ctx *c, const struct transform_set *set)
{
	const struct encr_info *encr = transform_encr(set->encr);
	const struct auth_info *auth = transform_auth(set->auth);

	if (encr->flags & CM_ALG_WEAK)
		cli_warn(c, "Warning: weaker transform %s is deprecated", encr->ios);
	if (auth && auth->flags & CM_ALG_WEAK)
		cli_warn(c, "Warning: weaker transform %s is deprecated", auth->ios_esp);
}

static int set_transform(struct cli_ctx *c)
{
	struct config *config = cli_candidate(c);
	const char *name = cli_arg_str(c, "name");
	struct transform_set key = { .name = (char *)name };
	const char *words[WORDS_MAX];
	struct validate_error error;
	struct transform_set *set;
	size_t n = cli_arg_count(c, "transform");
	struct edit e;

	if (n > WORDS_MAX)
		return cli_refuse(c, "At most 4 transforms are possible");
	for (size_t i = 0; i < n; i++)
		words[i] = cli_arg_str_nth(c, "transform", i);
	set = edit_begin(&e, c, &config->transforms, &key);
	if (!set)
		set = edit_create(&e, c, &config->transforms, transform_new(name));
	if (!transform_parse(set, words, n, error.text, sizeof(error.text)))
		return edit_refuse(&e, error.text);
	if (!validate_transform_users(config, name, &error))
		return edit_refuse(&e, error.text);
	warn_of_weak(c, set);
	cli_enter(c, MODE_TRANSFORM, edit_ref_new(name, 0, 0), free);
	return edit_done(&e);
}

static int unset_transform(struct cli_ctx *c)
{
	struct config *config = cli_candidate(c);
	const char *name = cli_arg_str(c, "name");
	struct transform_set key = { .name = (char *)name };
	const struct map_entry *entry;
	size_t i;

	objects_for_each(entry, &config->entries, i)
		if (map_uses_transform(entry, name))
			return cli_refuse_at(c, "name", "Transform set %s is in use by crypto map %s %u; remove it there first",
					     name, entry->name, entry->seq);
	objects_for_each(entry, &config->dynamic_maps, i)
		if (map_uses_transform(entry, name))
			return cli_refuse_at(c, "name", "Transform set %s is in use by crypto dynamic-map %s %u; remove it there first",
					     name, entry->name, entry->seq);
	if (!objects_remove(&config->transforms, &key))
		return cli_refuse_at(c, "name", "Transform set %s does not exist", name);
	return 0;
}

static void write_transforms(struct cli_writer *w)
{
	const struct config *config = cli_write_config(w);
	const struct transform_set *set;
	char text[128];
	size_t i;

	objects_for_each(set, &config->transforms, i) {
		transform_format(set, text, sizeof(text));
		cli_write_line(w, "crypto ipsec transform-set %s %s", set->name, text);
		cli_write_mode(w, MODE_TRANSFORM, set);
	}
}

static int set_mode(struct cli_ctx *c)
{
	const struct edit_ref *ref = cli_mode_obj(c);
	struct config *config = cli_candidate(c);
	struct transform_set key = { .name = (char *)ref->name };
	struct transform_set *set;
	struct edit e;

	set = edit_begin(&e, c, &config->transforms, &key);
	if (!set)
		return cli_refuse(c, "Transform set %s does not exist any more", ref->name);
	set->mode = CRYPTOMAP_MODE_TUNNEL;
	if (cli_op(c) == CLI_SET && cli_has(c, "transport"))
		set->mode = CRYPTOMAP_MODE_TRANSPORT;
	return edit_done(&e);
}

/* The mode is always shown (CLI-7). */
static void write_mode(struct cli_writer *w)
{
	const struct transform_set *set = cli_write_obj(w);

	cli_write_line(w, "mode %s", set->mode == CRYPTOMAP_MODE_TRANSPORT ?
				     "transport" : "tunnel");
}

static bool window_allowed(unsigned int window)
{
	return window >= 64 && window <= CRYPTOMAP_REPLAY_WINDOW_MAX &&
	       (window & (window - 1)) == 0;
}

/* "window-size" and "disable" replace each other (V7). */
int command_parse_replay(struct cli_ctx *c, struct replay *replay)
{
	*replay = (struct replay){ .state = REPLAY_INHERIT };
	if (cli_op(c) != CLI_SET)
		return 0;
	if (cli_has(c, "disable")) {
		replay->state = REPLAY_DISABLED;
		return 0;
	}
	replay->state = REPLAY_WINDOW;
	replay->window = REPLAY_WINDOW_DEFAULT;
	if (cli_has(c, "size"))
		replay->window = cli_arg_u32(c, "size");
	if (!window_allowed(replay->window))
		return cli_refuse_at(c, "size", "Window sizes are 64, 128, 256, 512, 1024, 2048 and 4096");
	return 0;
}

static int set_replay(struct cli_ctx *c)
{
	struct config *config = cli_candidate(c);
	struct replay replay;
	int ret = command_parse_replay(c, &replay);

	if (ret)
		return ret;
	if (replay.state == REPLAY_WINDOW && replay.window == REPLAY_WINDOW_DEFAULT)
		replay.state = REPLAY_INHERIT;
	config->replay = replay;
	return 0;
}

static void write_replay(struct cli_writer *w)
{
	const struct config *config = cli_write_config(w);

	if (config->replay.state == REPLAY_DISABLED)
		cli_write_line(w, "crypto ipsec security-association replay disable");
	else if (config->replay.state == REPLAY_WINDOW)
		cli_write_line(w, "crypto ipsec security-association replay window-size %u",
			       config->replay.window);
}

static const struct cli_command commands[] = {
	{
		.grammar = "crypto ipsec security-association replay {disable|window-size [(0-1000000)$size]}",
		.help = "Encryption module\n"
			"Configure IPSEC policy\n"
			"Security association parameters\n"
			"Set replay checking\n"
			"Disable replay checking\n"
			"Set replay window size\n"
			"Window size in packets: 64, 128, 256, 512, 1024, 2048, 4096\n",
		.modes = CLI_IN(CLI_MODE_CONFIG),
		.set = set_replay, .unset = set_replay,
		.no_grammar = "crypto ipsec security-association replay [{disable|window-size [(0-1000000)$size]}]",
		.write = write_replay, .order = ORDER_IPSEC, .ref = "C24, C25",
	}, {
		.grammar = "crypto ipsec transform-set WORD$name " TRANSFORMS,
		.no_grammar = "crypto ipsec transform-set WORD$name [" TRANSFORMS "]",
		.help = "Encryption module\n"
			"Configure IPSEC policy\n"
			"Define transform and settings\n"
			"Transform set tag\n"
			TRANSFORMS_HELP,
		.modes = CLI_IN(CLI_MODE_CONFIG),
		.enters = MODE_TRANSFORM,
		.set = set_transform, .unset = unset_transform,
		.write = write_transforms, .order = ORDER_TRANSFORM, .ref = "C20",
	}, {
		.grammar = "mode {tunnel|transport}",
		.no_grammar = "mode [tunnel|transport]",
		.help = "Encapsulation mode\n"
			"Tunnel (datagram encapsulation) mode\n"
			"Transport (payload encapsulation) mode\n",
		.modes = CLI_IN(MODE_TRANSFORM),
		.set = set_mode, .unset = set_mode,
		.write = write_mode, .order = 10, .ref = "C21",
	},
};

const struct command_table commands_transform = COMMAND_TABLE(commands);

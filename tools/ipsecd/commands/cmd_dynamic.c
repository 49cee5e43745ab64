// SPDX-License-Identifier: GPL-2.0-or-later
/* crypto dynamic-map: entries for peers that are not known before (DYN-1, DYN-2). */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "edit.h"

static uint16_t family_of_line(const struct cli_ctx *c)
{
	return cli_has(c, "ipv6") ? AF_INET6 : AF_INET;
}

static int set_entry(struct cli_ctx *c)
{
	struct config *config = cli_candidate(c);
	const char *name = cli_arg_str(c, "template");
	uint16_t family = family_of_line(c);
	unsigned int seq = cli_arg_u32(c, "seq");
	struct edit e;

	if (strlen(name) > CRYPTOMAP_MAP_NAME_MAX)
		return cli_refuse_at(c, "template", "A crypto map name has at most %u characters",
				     CRYPTOMAP_MAP_NAME_MAX);
	if (!map_find(&config->dynamic_maps, name, family, seq)) {
		edit_create(&e, c, &config->dynamic_maps,
			    map_new(name, family, seq, CRYPTOMAP_ENTRY_KIND_ISAKMP));
		edit_done(&e);
	}
	cli_enter(c, MODE_DYNAMIC, edit_ref_new(name, family, seq), free);
	return 0;
}

/* The crypto map entry that stands for the dynamic map, or NULL. */
static const struct map_entry *user_of(const struct config *config, const char *name,
				       uint16_t family)
{
	const struct map_entry *entry;
	size_t i;

	objects_for_each(entry, &config->entries, i)
		if (entry->family == family && object_same_text(entry->dynamic, name))
			return entry;
	return NULL;
}

static int unset_entry(struct cli_ctx *c)
{
	struct config *config = cli_candidate(c);
	const char *name = cli_arg_str(c, "template");
	uint16_t family = family_of_line(c);
	size_t n = map_count(&config->dynamic_maps, name, family);
	const struct map_entry *user = user_of(config, name, family);
	struct map_entry key = {
		.name = (char *)name, .family = family, .seq = cli_arg_u32(c, "seq"),
	};

	if (!n)
		return cli_refuse_at(c, "template", "Dynamic crypto map %s does not exist", name);
	if (cli_has(c, "seq") && !objects_find(&config->dynamic_maps, &key))
		return cli_refuse_at(c, "seq", "Dynamic crypto map %s %u does not exist", name, key.seq);
	if (user && (n == 1 || !cli_has(c, "seq")))
		return cli_refuse_at(c, "template", "Dynamic crypto map %s is in use by crypto map %s %u; remove it there first",
				     name, user->name, user->seq);
	if (cli_has(c, "seq")) {
		objects_remove(&config->dynamic_maps, &key);
		return 0;
	}
	for (size_t first = map_first(&config->dynamic_maps, name, family); n > 0; n--)
		objects_remove(&config->dynamic_maps, config->dynamic_maps.v[first + n - 1]);
	return 0;
}

static void write_entries(struct cli_writer *w)
{
	const struct config *config = cli_write_config(w);
	const struct map_entry *entry;
	size_t i;

	objects_for_each(entry, &config->dynamic_maps, i) {
		cli_write_line(w, "crypto dynamic-map %s%s %u",
			       entry->family == AF_INET6 ? "ipv6 " : "", entry->name, entry->seq);
		cli_write_mode(w, MODE_DYNAMIC, entry);
	}
}

static const struct cli_command commands[] = {
	{
		.grammar = "crypto dynamic-map [ipv6] WORD$template (1-65535)$seq",
		.no_grammar = "crypto dynamic-map [ipv6] WORD$template [(1-65535)$seq]",
		.help = "Encryption module\n"
			"Specify a dynamic crypto map template\n"
			"Dynamic crypto map for IPv6\n"
			"Dynamic crypto map template tag\n"
			"Sequence to insert into dynamic-map entry\n",
		.modes = CLI_IN(CLI_MODE_CONFIG),
		.enters = MODE_DYNAMIC,
		.set = set_entry, .unset = unset_entry,
		.write = write_entries, .order = ORDER_DYNAMIC, .ref = "C37",
	},
};

const struct command_table commands_dynamic = COMMAND_TABLE(commands);

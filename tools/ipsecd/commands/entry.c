// SPDX-License-Identifier: GPL-2.0-or-later
/* Changing the entry of a crypto map or dynamic map; see entry.h. */
#include "../config/validate.h"
#include "commands.h"
#include "entry.h"

struct map_entry *entry_begin(struct edit *e, struct cli_ctx *c)
{
	const struct edit_ref *ref = cli_mode_obj(c);
	struct config *config = cli_candidate(c);
	bool dynamic = cli_mode_id(c) == MODE_DYNAMIC;
	struct map_entry key = {
		.name = (char *)ref->name, .family = ref->family, .seq = ref->seq,
	};
	struct map_entry *entry;

	entry = edit_begin(e, c, dynamic ? &config->dynamic_maps : &config->entries, &key);
	if (!entry)
		cli_refuse(c, "Crypto %s %s %u does not exist any more",
			   dynamic ? "dynamic-map" : "map", ref->name, ref->seq);
	return entry;
}

int entry_done(struct edit *e)
{
	struct validate_error error;

	if (!validate_entry(cli_candidate(e->c), e->object, &error))
		return edit_refuse(e, error.text);
	return edit_done(e);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The configuration as a whole, and what its parts mean together. */
#include <stdlib.h>

#include "config.h"

struct config *config_new(void)
{
	struct config *config = object_alloc(sizeof(*config));

	config->stamp = 0;
	objects_init(&config->transforms, &transform_class);
	objects_init(&config->entries, &map_class);
	objects_init(&config->interfaces, &interface_class);
	objects_init(&config->routes, &static_route_class);
	objects_init(&config->acls, &acl_class);
	return config;
}

/* Shares all objects with @from; the copy gets a stamp of its own. */
struct config *config_copy(const struct config *from)
{
	static unsigned int last_stamp;
	struct config *to = object_alloc(sizeof(*to));

	to->stamp = ++last_stamp;
	to->hostname = object_strdup(from->hostname);
	to->replay = from->replay;
	objects_copy(&to->transforms, &from->transforms);
	objects_copy(&to->entries, &from->entries);
	objects_copy(&to->interfaces, &from->interfaces);
	objects_copy(&to->routes, &from->routes);
	objects_copy(&to->acls, &from->acls);
	return to;
}

void config_free(struct config *config)
{
	if (!config)
		return;
	free(config->hostname);
	objects_clear(&config->transforms);
	objects_clear(&config->entries);
	objects_clear(&config->interfaces);
	objects_clear(&config->routes);
	objects_clear(&config->acls);
	free(config);
}

bool config_equal(const struct config *a, const struct config *b)
{
	return object_same_text(a->hostname, b->hostname) &&
	       replay_equal(&a->replay, &b->replay) &&
	       objects_equal(&a->transforms, &b->transforms) &&
	       objects_equal(&a->entries, &b->entries) &&
	       objects_equal(&a->interfaces, &b->interfaces) &&
	       objects_equal(&a->routes, &b->routes) &&
	       objects_equal(&a->acls, &b->acls);
}

/* Remembers which line of the file under way changed @object. */
void config_touch(const struct config *config, void *object, unsigned int line)
{
	struct object *o = object;

	o->line = line;
	o->stamp = config->stamp;
}

/* That line, or 0 if @object was not changed in this candidate. */
unsigned int config_line(const struct config *config, const void *object)
{
	const struct object *o = object;

	return o && o->stamp == config->stamp ? o->line : 0;
}

/* Window of new SAs of @entry in packets, 0 if off (REPLAY-7 over REPLAY-6). */
unsigned int config_replay_window(const struct config *config,
				  const struct map_entry *entry)
{
	const struct replay *replay = &entry->replay;

	if (replay->state == REPLAY_INHERIT)
		replay = &config->replay;
	switch (replay->state) {
	case REPLAY_WINDOW:
		return replay->window;
	case REPLAY_DISABLED:
		return 0;
	case REPLAY_INHERIT:
		break;
	}
	return REPLAY_WINDOW_DEFAULT;
}

/* The transform set that @entry prefers, NULL if none or not defined. */
const struct transform_set *config_transform(const struct config *config,
					     const struct map_entry *entry)
{
	if (!entry->n_transforms)
		return NULL;
	return transform_find(&config->transforms, entry->transforms[0]);
}

const struct acl *config_acl(const struct config *config, const struct map_entry *entry)
{
	return entry->acl ? acl_find(&config->acls, entry->family, entry->acl) : NULL;
}

/* Whether a manual entry has all that its SAs are made from. */
bool config_manual_complete(const struct config *config, const struct map_entry *entry)
{
	const struct acl *acl = config_acl(config, entry);

	return entry->kind == CRYPTOMAP_ENTRY_KIND_MANUAL && entry->n_peers &&
	       config_transform(config, entry) && acl && acl_first_permit(acl) &&
	       entry->key[CRYPTOMAP_DIRECTION_IN].set &&
	       entry->key[CRYPTOMAP_DIRECTION_OUT].set;
}

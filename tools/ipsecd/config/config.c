// SPDX-License-Identifier: GPL-2.0-or-later
/* The configuration as a whole, and what its parts mean together. */
#include <stdlib.h>

#include "config.h"

struct config *config_new(void)
{
	struct config *config = object_alloc(sizeof(*config));

	config->stamp = 0;
	config->spis = spis_new();
	objects_init(&config->transforms, &transform_class);
	objects_init(&config->entries, &map_class);
	objects_init(&config->interfaces, &interface_class);
	objects_init(&config->routes, &static_route_class);
	objects_init(&config->acls, &acl_class);
	config->lifetime_seconds = LIFETIME_SECONDS_DEFAULT;
	config->lifetime_kilobytes = LIFETIME_KILOBYTES_DEFAULT;
	objects_init(&config->isakmp_policies, &isakmp_policy_class);
	objects_init(&config->isakmp_keys, &isakmp_key_class);
	objects_init(&config->keyrings, &keyring_class);
	objects_init(&config->isakmp_profiles, &isakmp_profile_class);
	objects_init(&config->isakmp_peers, &isakmp_peer_class);
	objects_init(&config->trustpoints, &trustpoint_class);
	objects_init(&config->dynamic_maps, &map_class);
	return config;
}

static void copy_isakmp(struct config *to, const struct config *from)
{
	to->isakmp_disabled = from->isakmp_disabled;
	to->aggressive_disabled = from->aggressive_disabled;
	to->identity = from->identity;
	to->keepalive = from->keepalive;
	objects_copy(&to->isakmp_policies, &from->isakmp_policies);
	objects_copy(&to->isakmp_keys, &from->isakmp_keys);
	objects_copy(&to->keyrings, &from->keyrings);
	objects_copy(&to->isakmp_profiles, &from->isakmp_profiles);
	objects_copy(&to->isakmp_peers, &from->isakmp_peers);
	objects_copy(&to->trustpoints, &from->trustpoints);
}

/* Shares all objects with @from; the copy gets a stamp of its own. */
struct config *config_copy(const struct config *from)
{
	static unsigned int last_stamp;
	struct config *to = object_alloc(sizeof(*to));

	to->stamp = ++last_stamp;
	to->spis = spis_new();
	to->hostname = object_strdup(from->hostname);
	to->replay = from->replay;
	objects_copy(&to->transforms, &from->transforms);
	objects_copy(&to->entries, &from->entries);
	objects_copy(&to->interfaces, &from->interfaces);
	objects_copy(&to->routes, &from->routes);
	objects_copy(&to->acls, &from->acls);
	objects_copy(&to->dynamic_maps, &from->dynamic_maps);
	to->domain = object_strdup(from->domain);
	to->lifetime_seconds = from->lifetime_seconds;
	to->lifetime_kilobytes = from->lifetime_kilobytes;
	to->idle_seconds = from->idle_seconds;
	copy_isakmp(to, from);
	return to;
}

void config_free(struct config *config)
{
	if (!config)
		return;
	free(config->hostname);
	spis_free(config->spis);
	objects_clear(&config->transforms);
	objects_clear(&config->entries);
	objects_clear(&config->interfaces);
	objects_clear(&config->routes);
	objects_clear(&config->acls);
	free(config->domain);
	objects_clear(&config->isakmp_policies);
	objects_clear(&config->isakmp_keys);
	objects_clear(&config->keyrings);
	objects_clear(&config->isakmp_profiles);
	objects_clear(&config->isakmp_peers);
	objects_clear(&config->trustpoints);
	objects_clear(&config->dynamic_maps);
	free(config);
}

/* Whether phase 1 is configured the same. */
static bool same_isakmp(const struct config *a, const struct config *b)
{
	return a->isakmp_disabled == b->isakmp_disabled &&
	       a->aggressive_disabled == b->aggressive_disabled &&
	       a->identity == b->identity &&
	       a->keepalive.seconds == b->keepalive.seconds &&
	       a->keepalive.retry == b->keepalive.retry &&
	       a->keepalive.periodic == b->keepalive.periodic &&
	       object_same_text(a->hostname, b->hostname) &&
	       object_same_text(a->domain, b->domain) &&
	       objects_equal(&a->isakmp_policies, &b->isakmp_policies) &&
	       objects_equal(&a->isakmp_keys, &b->isakmp_keys) &&
	       objects_equal(&a->keyrings, &b->keyrings) &&
	       objects_equal(&a->isakmp_profiles, &b->isakmp_profiles) &&
	       objects_equal(&a->isakmp_peers, &b->isakmp_peers) &&
	       objects_equal(&a->trustpoints, &b->trustpoints);
}

bool config_equal(const struct config *a, const struct config *b)
{
	return same_isakmp(a, b) &&
	       a->lifetime_seconds == b->lifetime_seconds &&
	       a->lifetime_kilobytes == b->lifetime_kilobytes &&
	       a->idle_seconds == b->idle_seconds &&
	       objects_equal(&a->dynamic_maps, &b->dynamic_maps) &&
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

/*
 * The transform sets of @entry that exist, highest priority first; returns
 * how many.
 */
unsigned int config_transforms(const struct config *config, const struct map_entry *entry,
			       const struct transform_set *sets[MAP_TRANSFORMS_MAX])
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < entry->n_transforms; i++) {
		sets[n] = transform_find(&config->transforms, entry->transforms[i]);
		n += sets[n] != NULL;
	}
	return n;
}

/* Of new IPsec SAs of @entry (CMAP-8 over LIFE-1). */
struct lifetime config_lifetime(const struct config *config, const struct map_entry *entry)
{
	struct lifetime lifetime = {
		.seconds = entry->lifetime_seconds ? entry->lifetime_seconds :
						     config->lifetime_seconds,
		.kilobytes = entry->lifetime_kilobytes ? entry->lifetime_kilobytes :
							 config->lifetime_kilobytes,
	};

	if (lifetime.kilobytes == LIFETIME_KILOBYTES_NONE)
		lifetime.kilobytes = 0;
	return lifetime;
}

/* Seconds without traffic after which SAs of @entry go, 0: never (IDLE-3 over IDLE-2). */
uint32_t config_idle_seconds(const struct config *config, const struct map_entry *entry)
{
	return entry->idle_seconds ? entry->idle_seconds : config->idle_seconds;
}

/* enum ike_group of phase 2, IKE_GROUP_NONE without PFS. */
uint16_t config_pfs_group(const struct config *config, const struct map_entry *entry)
{
	(void)config;
	return entry->pfs_group;
}

/*
 * The entry that has the settings of the kernel's entry @seq.@subseq: that of
 * the crypto map, or the one of its dynamic map. NULL if there is none.
 */
const struct map_entry *config_entry(const struct config *config, const char *map,
				     uint16_t family, uint32_t seq, uint32_t subseq)
{
	const struct map_entry *entry = map_find(&config->entries, map, family, seq);

	if (entry && entry->dynamic)
		entry = map_find(&config->dynamic_maps, entry->dynamic, family, subseq);
	return entry;
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

// SPDX-License-Identifier: GPL-2.0-or-later
/* Crypto map entries as configuration objects. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "map.h"

struct map_entry *map_new(const char *name, uint16_t family, unsigned int seq,
			  enum cryptomap_entry_kind kind)
{
	struct map_entry *entry = object_alloc(sizeof(*entry));

	entry->name = object_strdup(name);
	entry->family = family;
	entry->seq = seq;
	entry->kind = kind;
	return entry;
}

const struct map_entry *map_find(const struct objects *entries, const char *name,
				 uint16_t family, unsigned int seq)
{
	struct map_entry key = {
		.name = (char *)name, .family = family, .seq = seq,
	};

	return objects_find(entries, &key);
}

bool map_is(const struct map_entry *entry, const char *name, uint16_t family)
{
	return entry->family == family && strcmp(entry->name, name) == 0;
}

size_t map_first(const struct objects *entries, const char *name, uint16_t family)
{
	struct map_entry key = { .name = (char *)name, .family = family };

	return objects_lower_bound(entries, &key);
}

size_t map_count(const struct objects *entries, const char *name, uint16_t family)
{
	struct map_entry behind = { .name = (char *)name, .family = family, .seq = UINT_MAX };

	return objects_lower_bound(entries, &behind) - map_first(entries, name, family);
}

/* Whether a crypto map of this name and family has any entry. */
bool map_exists(const struct objects *entries, const char *name, uint16_t family)
{
	return map_count(entries, name, family);
}

static void free_transforms(struct map_entry *entry)
{
	for (unsigned int i = 0; i < entry->n_transforms; i++)
		free(entry->transforms[i]);
	entry->n_transforms = 0;
}

/* Replaces the transform sets; @n is at most MAP_TRANSFORMS_MAX. */
void map_set_transforms(struct map_entry *entry, const char *const names[],
			unsigned int n)
{
	free_transforms(entry);
	for (unsigned int i = 0; i < n && i < MAP_TRANSFORMS_MAX; i++)
		entry->transforms[entry->n_transforms++] = object_strdup(names[i]);
}

/* One peer more, by @address or by @host; there is room (CRYPTOMAP_PEERS_MAX). */
void map_add_peer(struct map_entry *entry, const struct addr *address, const char *host,
		  bool dynamic)
{
	unsigned int i = entry->n_peers++;

	entry->peers[i] = host ? (struct addr){ .family = AF_UNSPEC } : *address;
	entry->hosts[i] = (struct map_host){ object_strdup(host), host && dynamic };
}

void map_remove_peer(struct map_entry *entry, unsigned int index)
{
	unsigned int rest = --entry->n_peers - index;

	free(entry->hosts[index].name);
	memmove(&entry->peers[index], &entry->peers[index + 1], rest * sizeof(*entry->peers));
	memmove(&entry->hosts[index], &entry->hosts[index + 1], rest * sizeof(*entry->hosts));
	if (entry->default_peer == index + 1)
		entry->default_peer = 0;
	else if (entry->default_peer > index)
		entry->default_peer--;
}

/* Index of the peer with this @host, or without one with this @address; n_peers if none. */
unsigned int map_find_peer(const struct map_entry *entry, const struct addr *address,
			   const char *host)
{
	unsigned int i;

	for (i = 0; i < entry->n_peers; i++) {
		const char *name = entry->hosts[i].name;

		if (host ? name && !strcasecmp(name, host) :
			   !name && addr_equal(&entry->peers[i], address))
			break;
	}
	return i;
}

bool map_uses_transform(const struct map_entry *entry, const char *name)
{
	for (unsigned int i = 0; i < entry->n_transforms; i++)
		if (strcmp(entry->transforms[i], name) == 0)
			return true;
	return false;
}

bool replay_equal(const struct replay *a, const struct replay *b)
{
	return a->state == b->state &&
	       (a->state != REPLAY_WINDOW || a->window == b->window);
}

static int map_compare(const void *a, const void *b)
{
	const struct map_entry *x = a, *y = b;
	int names = strcmp(x->name, y->name);

	if (x->family != y->family)
		return x->family < y->family ? -1 : 1;
	if (names)
		return names;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static bool key_equal(const struct session_key *a, const struct session_key *b)
{
	return a->set == b->set &&
	       (!a->set ||
		(a->spi == b->spi && a->cipher_len == b->cipher_len &&
		 a->auth_len == b->auth_len &&
		 memcmp(a->cipher, b->cipher, a->cipher_len) == 0 &&
		 memcmp(a->auth, b->auth, a->auth_len) == 0));
}

static bool same_peers(const struct map_entry *x, const struct map_entry *y)
{
	if (x->n_peers != y->n_peers || x->default_peer != y->default_peer)
		return false;
	for (unsigned int i = 0; i < x->n_peers; i++)
		if (!addr_equal(&x->peers[i], &y->peers[i]) ||
		    !object_same_text(x->hosts[i].name, y->hosts[i].name) ||
		    x->hosts[i].dynamic != y->hosts[i].dynamic)
			return false;
	return true;
}

/* What IKE makes of the entry. */
static bool same_isakmp(const struct map_entry *x, const struct map_entry *y)
{
	return x->pfs_group == y->pfs_group && x->lifetime_seconds == y->lifetime_seconds &&
	       x->lifetime_kilobytes == y->lifetime_kilobytes &&
	       x->idle_seconds == y->idle_seconds && x->idle_default == y->idle_default &&
	       object_same_text(x->isakmp_profile, y->isakmp_profile) &&
	       object_same_text(x->dynamic, y->dynamic);
}

static bool map_equal(const void *a, const void *b)
{
	const struct map_entry *x = a, *y = b;

	if (map_compare(x, y) || x->kind != y->kind || !same_peers(x, y) ||
	    !same_isakmp(x, y) || x->n_transforms != y->n_transforms ||
	    !object_same_text(x->acl, y->acl) ||
	    !object_same_text(x->description, y->description) ||
	    !replay_equal(&x->replay, &y->replay) ||
	    !key_equal(&x->key[0], &y->key[0]) || !key_equal(&x->key[1], &y->key[1]))
		return false;
	for (unsigned int i = 0; i < x->n_transforms; i++)
		if (strcmp(x->transforms[i], y->transforms[i]))
			return false;
	return true;
}

static void *map_clone(const void *object)
{
	const struct map_entry *from = object;
	struct map_entry *to = map_new(from->name, from->family, from->seq, from->kind);

	to->object.line = from->object.line;
	to->object.stamp = from->object.stamp;
	to->description = object_strdup(from->description);
	to->acl = object_strdup(from->acl);
	for (unsigned int i = 0; i < from->n_peers; i++)
		map_add_peer(to, &from->peers[i], from->hosts[i].name, from->hosts[i].dynamic);
	to->default_peer = from->default_peer;
	to->pfs_group = from->pfs_group;
	to->lifetime_seconds = from->lifetime_seconds;
	to->lifetime_kilobytes = from->lifetime_kilobytes;
	to->idle_seconds = from->idle_seconds;
	to->idle_default = from->idle_default;
	to->isakmp_profile = object_strdup(from->isakmp_profile);
	to->dynamic = object_strdup(from->dynamic);
	map_set_transforms(to, (const char *const *)from->transforms,
			   from->n_transforms);
	memcpy(to->key, from->key, sizeof(to->key));
	to->replay = from->replay;
	return to;
}

static void map_destroy(void *object)
{
	struct map_entry *entry = object;

	free_transforms(entry);
	for (unsigned int i = 0; i < entry->n_peers; i++)
		free(entry->hosts[i].name);
	free(entry->isakmp_profile);
	free(entry->dynamic);
	free(entry->name);
	free(entry->description);
	free(entry->acl);
	explicit_bzero(entry->key, sizeof(entry->key));
	free(entry);
}

const struct object_class map_class = {
	.compare = map_compare,
	.equal = map_equal,
	.clone = map_clone,
	.destroy = map_destroy,
};

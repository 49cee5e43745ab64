// SPDX-License-Identifier: GPL-2.0-or-later
/* ISAKMP profiles (IKE-12) and what is known of single peers (IKE-11). */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config.h"

struct isakmp_profile *isakmp_profile_new(const char *name)
{
	struct isakmp_profile *profile = object_alloc(sizeof(*profile));

	profile->name = object_strdup(name);
	return profile;
}

const struct isakmp_profile *isakmp_profile_find(const struct objects *set, const char *name)
{
	struct isakmp_profile key = { .name = (char *)name };

	return objects_find(set, &key);
}

static bool same_match(const struct isakmp_match *a, const struct isakmp_match *b)
{
	return a->kind == b->kind && addr_prefix_equal(&a->peer, &b->peer) &&
	       object_same_text(a->text, b->text);
}

static size_t find_match(const struct isakmp_profile *profile, const struct isakmp_match *match)
{
	size_t i = 0;

	while (i < profile->n_matches && !same_match(&profile->matches[i], match))
		i++;
	return i;
}

bool isakmp_profile_has_match(const struct isakmp_profile *profile,
			      const struct isakmp_match *match)
{
	return find_match(profile, match) < profile->n_matches;
}

void isakmp_profile_add_match(struct isakmp_profile *profile, const struct isakmp_match *match)
{
	struct isakmp_match *added;

	profile->matches = realloc(profile->matches,
				   (profile->n_matches + 1) * sizeof(*profile->matches));
	if (!profile->matches)
		abort();
	added = &profile->matches[profile->n_matches++];
	*added = *match;
	added->text = object_strdup(match->text);
}

bool isakmp_profile_remove_match(struct isakmp_profile *profile,
				 const struct isakmp_match *match)
{
	size_t i = find_match(profile, match);

	if (i == profile->n_matches)
		return false;
	free(profile->matches[i].text);
	profile->n_matches--;
	memmove(&profile->matches[i], &profile->matches[i + 1],
		(profile->n_matches - i) * sizeof(*profile->matches));
	return true;
}

static int profile_compare(const void *a, const void *b)
{
	const struct isakmp_profile *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static bool keepalive_same(const struct keepalive *a, const struct keepalive *b)
{
	return a->seconds == b->seconds && a->retry == b->retry && a->periodic == b->periodic;
}

static bool profile_same(const void *a, const void *b)
{
	const struct isakmp_profile *x = a, *y = b;

	if (strcmp(x->name, y->name) || !object_same_text(x->description, y->description) ||
	    !object_same_text(x->keyring, y->keyring) ||
	    !object_same_text(x->trustpoint, y->trustpoint) ||
	    x->identity_set != y->identity_set || x->identity != y->identity ||
	    !object_same_text(x->identity_text, y->identity_text) ||
	    x->initiate_aggressive != y->initiate_aggressive ||
	    !keepalive_same(&x->keepalive, &y->keepalive) || x->n_matches != y->n_matches)
		return false;
	for (unsigned int i = 0; i < x->n_matches; i++)
		if (!same_match(&x->matches[i], &y->matches[i]))
			return false;
	return true;
}

static void *profile_clone(const void *object)
{
	const struct isakmp_profile *from = object;
	struct isakmp_profile *to = object_memdup(from, sizeof(*from));

	to->object.refs = 1;
	to->name = object_strdup(from->name);
	to->description = object_strdup(from->description);
	to->keyring = object_strdup(from->keyring);
	to->trustpoint = object_strdup(from->trustpoint);
	to->identity_text = object_strdup(from->identity_text);
	to->n_matches = 0;
	to->matches = NULL;
	for (unsigned int i = 0; i < from->n_matches; i++)
		isakmp_profile_add_match(to, &from->matches[i]);
	return to;
}

static void profile_destroy(void *object)
{
	struct isakmp_profile *profile = object;

	for (unsigned int i = 0; i < profile->n_matches; i++)
		free(profile->matches[i].text);
	free(profile->matches);
	free(profile->name);
	free(profile->description);
	free(profile->keyring);
	free(profile->trustpoint);
	free(profile->identity_text);
	free(profile);
}

const struct object_class isakmp_profile_class = {
	.compare = profile_compare,
	.equal = profile_same,
	.clone = profile_clone,
	.destroy = profile_destroy,
};

struct isakmp_peer *isakmp_peer_new(const char *hostname, const struct addr_prefix *peer)
{
	struct isakmp_peer *object = object_alloc(sizeof(*object));

	object->hostname = object_strdup(hostname);
	if (peer) {
		object->peer.addr = addr_prefix_network(peer);
		object->peer.len = peer->len;
	}
	return object;
}

static int peer_compare(const void *a, const void *b)
{
	const struct isakmp_peer *x = a, *y = b;
	int order = (x->hostname != NULL) - (y->hostname != NULL);

	if (!order && x->hostname)
		return strcasecmp(x->hostname, y->hostname);
	if (!order)
		order = addr_compare(&x->peer.addr, &y->peer.addr);
	return order ? order : x->peer.len - y->peer.len;
}

static bool peer_same(const void *a, const void *b)
{
	const struct isakmp_peer *x = a, *y = b;

	return peer_compare(a, b) == 0 && x->endpoint_type == y->endpoint_type &&
	       object_same_text(x->endpoint, y->endpoint) &&
	       object_same_text(x->password, y->password);
}

static void *peer_clone(const void *object)
{
	const struct isakmp_peer *from = object;
	struct isakmp_peer *to = object_memdup(from, sizeof(*from));

	to->object.refs = 1;
	to->hostname = object_strdup(from->hostname);
	to->endpoint = object_strdup(from->endpoint);
	to->password = object_strdup(from->password);
	return to;
}

static void peer_destroy(void *object)
{
	struct isakmp_peer *peer = object;

	isakmp_peer_set_password(peer, NULL);
	free(peer->hostname);
	free(peer->endpoint);
	free(peer);
}

/* @password may be NULL for none; the old one is wiped. */
void isakmp_peer_set_password(struct isakmp_peer *peer, const char *password)
{
	if (peer->password) {
		explicit_bzero(peer->password, strlen(peer->password));
		free(peer->password);
	}
	peer->password = object_strdup(password);
}

const struct object_class isakmp_peer_class = {
	.compare = peer_compare,
	.equal = peer_same,
	.clone = peer_clone,
	.destroy = peer_destroy,
};

const struct isakmp_peer *config_isakmp_peer(const struct config *config, const struct addr *peer)
{
	const struct isakmp_peer *found = NULL;
	struct isakmp_peer key = { .hostname = NULL };

	if (!addr_is_set(peer))
		return NULL;
	for (int len = addr_length(peer->family) * 8; len >= 0 && !found; len--) {
		key.peer = (struct addr_prefix){ .addr = *peer, .len = len };
		key.peer.addr = addr_prefix_network(&key.peer);
		found = objects_find(&config->isakmp_peers, &key);
	}
	return found;
}

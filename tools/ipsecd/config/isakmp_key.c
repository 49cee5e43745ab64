// SPDX-License-Identifier: GPL-2.0-or-later
/* Pre-shared keys and keyrings, and which key is for a peer (IKE-8, IKE-9). */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config.h"

struct isakmp_key *isakmp_key_new(const char *keyring, const char *hostname,
				  const struct addr_prefix *peer)
{
	struct isakmp_key *key = object_alloc(sizeof(*key));

	key->keyring = object_strdup(keyring);
	key->hostname = object_strdup(hostname);
	if (peer) {
		key->peer.addr = addr_prefix_network(peer);
		key->peer.len = peer->len;
	}
	return key;
}

/* @secret has at most ISAKMP_KEY_MAX characters. */
void isakmp_key_set_secret(struct isakmp_key *key, const char *secret)
{
	explicit_bzero(key->secret, sizeof(key->secret));
	key->len = strnlen(secret, ISAKMP_KEY_MAX);
	memcpy(key->secret, secret, key->len);
}

/* NULL comes first. */
static int compare_text(const char *a, const char *b, int (*compare)(const char *, const char *))
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return compare(a, b);
}

static int compare_prefix(const struct addr_prefix *a, const struct addr_prefix *b)
{
	int addresses = addr_compare(&a->addr, &b->addr);

	return addresses ? addresses : a->len - b->len;
}

static int key_compare(const void *a, const void *b)
{
	const struct isakmp_key *x = a, *y = b;
	int order = compare_text(x->keyring, y->keyring, strcmp);

	if (!order)
		order = compare_text(x->hostname, y->hostname, strcasecmp);
	return order ? order : compare_prefix(&x->peer, &y->peer);
}

static bool key_same(const void *a, const void *b)
{
	const struct isakmp_key *x = a, *y = b;

	return key_compare(a, b) == 0 && x->no_xauth == y->no_xauth && x->len == y->len &&
	       memcmp(x->secret, y->secret, x->len) == 0;
}

static void *key_clone(const void *object)
{
	const struct isakmp_key *from = object;
	struct isakmp_key *to = object_memdup(from, sizeof(*from));

	to->object.refs = 1;
	to->keyring = object_strdup(from->keyring);
	to->hostname = object_strdup(from->hostname);
	return to;
}

static void key_destroy(void *object)
{
	struct isakmp_key *key = object;

	free(key->keyring);
	free(key->hostname);
	explicit_bzero(key, sizeof(*key));
	free(key);
}

const struct object_class isakmp_key_class = {
	.compare = key_compare,
	.equal = key_same,
	.clone = key_clone,
	.destroy = key_destroy,
};

static const struct isakmp_key *key_by_name(const struct config *config, const char *keyring,
					    const char *hostname)
{
	struct isakmp_key key = { .keyring = (char *)keyring, .hostname = (char *)hostname };

	return objects_find(&config->isakmp_keys, &key);
}

const struct isakmp_key *config_isakmp_key(const struct config *config, const char *keyring,
					   const struct addr *peer, const char *hostname)
{
	const struct isakmp_key *found = hostname ? key_by_name(config, keyring, hostname) : NULL;
	struct isakmp_key key = { .keyring = (char *)keyring };

	if (found || !addr_is_set(peer))
		return found;
	for (int len = addr_length(peer->family) * 8; len >= 0 && !found; len--) {
		key.peer = (struct addr_prefix){ .addr = *peer, .len = len };
		key.peer.addr = addr_prefix_network(&key.peer);
		found = objects_find(&config->isakmp_keys, &key);
	}
	return found;
}

struct keyring *keyring_new(const char *name)
{
	struct keyring *keyring = object_alloc(sizeof(*keyring));

	keyring->name = object_strdup(name);
	return keyring;
}

const struct keyring *keyring_find(const struct objects *set, const char *name)
{
	struct keyring key = { .name = (char *)name };

	return objects_find(set, &key);
}

static int keyring_compare(const void *a, const void *b)
{
	const struct keyring *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static bool keyring_same(const void *a, const void *b)
{
	const struct keyring *x = a, *y = b;

	return strcmp(x->name, y->name) == 0 &&
	       object_same_text(x->description, y->description);
}

static void *keyring_clone(const void *object)
{
	const struct keyring *from = object;
	struct keyring *to = keyring_new(from->name);

	to->object.line = from->object.line;
	to->object.stamp = from->object.stamp;
	to->description = object_strdup(from->description);
	return to;
}

static void keyring_destroy(void *object)
{
	struct keyring *keyring = object;

	free(keyring->name);
	free(keyring->description);
	free(keyring);
}

const struct object_class keyring_class = {
	.compare = keyring_compare,
	.equal = keyring_same,
	.clone = keyring_clone,
	.destroy = keyring_destroy,
};

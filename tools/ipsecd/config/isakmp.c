// SPDX-License-Identifier: GPL-2.0-or-later
/* ISAKMP policies, keepalive and trustpoints as configuration objects. */
#include <stdlib.h>
#include <string.h>

#include "config.h"

struct isakmp_policy *isakmp_policy_new(unsigned int priority)
{
	struct isakmp_policy *policy = object_alloc(sizeof(*policy));

	policy->priority = priority;
	policy->encryption = IKE_ENCRYPTION_DES;
	policy->hash = IKE_HASH_SHA;
	policy->auth = IKE_AUTH_RSA_SIG;
	policy->group = IKE_GROUP_1;
	policy->lifetime = ISAKMP_LIFETIME_DEFAULT;
	return policy;
}

static int policy_compare(const void *a, const void *b)
{
	const struct isakmp_policy *x = a, *y = b;

	return x->priority < y->priority ? -1 : x->priority > y->priority;
}

static bool policy_same(const void *a, const void *b)
{
	const struct isakmp_policy *x = a, *y = b;

	return x->priority == y->priority && x->encryption == y->encryption &&
	       x->key_bits == y->key_bits && x->hash == y->hash &&
	       x->auth == y->auth && x->group == y->group &&
	       x->lifetime == y->lifetime;
}

static void *policy_clone(const void *object)
{
	struct isakmp_policy *to = object_memdup(object, sizeof(*to));

	to->object.refs = 1;
	return to;
}

static void policy_destroy(void *object)
{
	free(object);
}

const struct object_class isakmp_policy_class = {
	.compare = policy_compare,
	.equal = policy_same,
	.clone = policy_clone,
	.destroy = policy_destroy,
};

struct keepalive config_keepalive(const struct config *config,
				  const struct isakmp_profile *profile)
{
	if (profile && profile->keepalive.seconds)
		return profile->keepalive;
	return config->keepalive;
}

struct trustpoint *trustpoint_new(const char *name)
{
	struct trustpoint *trustpoint = object_alloc(sizeof(*trustpoint));

	trustpoint->name = object_strdup(name);
	return trustpoint;
}

const struct trustpoint *trustpoint_find(const struct objects *set, const char *name)
{
	struct trustpoint key = { .name = (char *)name };

	return objects_find(set, &key);
}

static int trustpoint_compare(const void *a, const void *b)
{
	const struct trustpoint *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static bool trustpoint_same(const void *a, const void *b)
{
	const struct trustpoint *x = a, *y = b;

	return strcmp(x->name, y->name) == 0 && object_same_text(x->ca, y->ca) &&
	       object_same_text(x->crl, y->crl) &&
	       object_same_text(x->certificate, y->certificate) &&
	       object_same_text(x->key, y->key);
}

static void *trustpoint_clone(const void *object)
{
	const struct trustpoint *from = object;
	struct trustpoint *to = trustpoint_new(from->name);

	to->object.line = from->object.line;
	to->object.stamp = from->object.stamp;
	to->ca = object_strdup(from->ca);
	to->crl = object_strdup(from->crl);
	to->certificate = object_strdup(from->certificate);
	to->key = object_strdup(from->key);
	return to;
}

static void trustpoint_destroy(void *object)
{
	struct trustpoint *trustpoint = object;

	free(trustpoint->name);
	free(trustpoint->ca);
	free(trustpoint->crl);
	free(trustpoint->certificate);
	free(trustpoint->key);
	free(trustpoint);
}

const struct object_class trustpoint_class = {
	.compare = trustpoint_compare,
	.equal = trustpoint_same,
	.clone = trustpoint_clone,
	.destroy = trustpoint_destroy,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/* Trustpoints whose files were read. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cert.h"
#include "lib/log.h"
#include "trust.h"

#define PEM_MAX	(1024 * 1024)

/**
 * struct trust - a trustpoint
 * @refs: handshakes that use it, and the engine as long as it is current
 * @store: NULL if its files are not good
 */
struct trust {
	LIST_ENTRY(trust) link;
	unsigned int refs;
	char *name;
	struct cert_store *store;
};

struct cert_store *trust_store(const struct trust *trust)
{
	return trust ? trust->store : NULL;
}

void trust_put(struct trust *trust)
{
	if (!trust || --trust->refs)
		return;
	cert_store_free(trust->store);
	free(trust->name);
	free(trust);
}

static int read_pem(struct ike *ike, const char *path, struct buf *pem, struct kerr *err)
{
	int e;

	buf_init(pem, PEM_MAX);
	if (!path)
		return 0;
	e = ike->world->read_file(ike->arg, path, pem);
	return e ? kerr_set(err, -e, "%s: %s", path, strerror(-e)) : 0;
}

static int add_identity(struct ike *ike, struct cert_store *store, const struct trustpoint *point,
			struct kerr *err)
{
	struct buf cert, key = { .data = NULL };
	int e;

	if (!point->certificate || !point->key)
		return 0;
	e = read_pem(ike, point->certificate, &cert, err);
	if (!e)
		e = read_pem(ike, point->key, &key, err);
	if (!e)
		e = cert_store_set_identity(store, (char *)cert.data, cert.len, (char *)key.data,
					    key.len, err);
	buf_release(&cert);
	buf_release(&key);
	return e;
}

static int fill(struct ike *ike, struct cert_store *store, const struct trustpoint *point,
		struct kerr *err)
{
	struct buf pem;
	int e;

	if (!point->ca)
		return kerr_set(err, ENOENT, "no CA certificate is configured");
	e = read_pem(ike, point->ca, &pem, err);
	if (!e)
		e = cert_store_add_ca(store, (char *)pem.data, pem.len, err);
	buf_release(&pem);
	if (!e && point->crl) {
		e = read_pem(ike, point->crl, &pem, err);
		if (!e)
			e = cert_store_add_crl(store, (char *)pem.data, pem.len, err);
		buf_release(&pem);
	}
	return e ? e : add_identity(ike, store, point, err);
}

static struct trust *load(struct ike *ike, const struct trustpoint *point)
{
	struct trust *trust = calloc(1, sizeof(*trust));
	struct kerr err;

	if (!trust)
		return NULL;
	trust->refs = 1;
	trust->name = strdup(point->name);
	trust->store = cert_store_new();
	if (!trust->name || !trust->store) {
		trust_put(trust);
		return NULL;
	}
	kerr_clear(&err);
	if (fill(ike, trust->store, point, &err)) {
		log_msg(LOG_ERR, "trustpoint %s: %s", point->name, err.text);
		cert_store_free(trust->store);
		trust->store = NULL;
	}
	LIST_INSERT_HEAD(&ike->trusts, trust, link);
	return trust;
}

static const struct trustpoint *point_of(const struct config *config, const char *profile)
{
	const struct isakmp_profile *p = NULL;

	if (profile)
		p = isakmp_profile_find(&config->isakmp_profiles, profile);
	if (p && p->trustpoint)
		return trustpoint_find(&config->trustpoints, p->trustpoint);
	return config->trustpoints.n ? (const void *)config->trustpoints.v[0] : NULL;
}

static struct trust *get(struct ike *ike, const struct trustpoint *point)
{
	struct trust *trust;

	LIST_FOREACH(trust, &ike->trusts, link)
		if (!strcmp(trust->name, point->name))
			break;
	if (!trust)
		trust = load(ike, point);
	if (!trust || !trust->store)
		return NULL;
	trust->refs++;
	return trust;
}

struct trust *trust_get(struct ike *ike, const char *profile)
{
	const struct trustpoint *point = point_of(ike->config, profile);

	return point ? get(ike, point) : NULL;
}

static bool has_ca(const struct trust *trust, const void *name, size_t len)
{
	const struct cert_store *store = trust_store(trust);
	bool same = false;
	struct buf ca;

	if (!store || !cert_store_has_identity(store))
		return false;
	for (unsigned int i = 0; i < cert_store_cas(store) && !same; i++) {
		buf_init(&ca, ISAKMP_MESSAGE_MAX);
		same = !cert_store_ca_name(store, i, &ca) && ca.len == len &&
		       !memcmp(ca.data, name, len);
		buf_release(&ca);
	}
	return same;
}

struct trust *trust_for_ca(struct ike *ike, struct trust *trust, const void *name, size_t len)
{
	const struct trustpoint *point;
	size_t i;

	if (has_ca(trust, name, len)) {
		trust->refs++;
		return trust;
	}
	objects_for_each(point, &ike->config->trustpoints, i) {
		trust = get(ike, point);
		if (has_ca(trust, name, len))
			return trust;
		trust_put(trust);
	}
	return NULL;
}

bool trust_is(const struct trust *trust, const char *name)
{
	return !strcmp(trust->name, name);
}

void trust_forget(struct ike *ike)
{
	struct trust *trust;

	while ((trust = LIST_FIRST(&ike->trusts))) {
		LIST_REMOVE(trust, link);
		trust_put(trust);
	}
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Who we are in phase 1, who a peer may be, and the key that goes with it. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "identity.h"
#include "names.h"
#include "trust.h"

static const struct isakmp_profile *find_profile(const struct config *config, const char *name)
{
	return name ? isakmp_profile_find(&config->isakmp_profiles, name) : NULL;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* --- names in identities: bytes with a length, which may have NULs in them */

static bool is_name(const struct isakmp_id *id)
{
	return (id->type == ISAKMP_ID_FQDN || id->type == ISAKMP_ID_USER_FQDN ||
		id->type == ISAKMP_ID_KEY_ID) && strlen((const char *)id->text) == id->len;
}

static bool name_is(const struct isakmp_id *id, uint8_t type, const char *name)
{
	return id->type == type && is_name(id) && !strcasecmp((const char *)id->text, name);
}

static bool name_ends(const struct isakmp_id *id, uint8_t type, char before, const char *domain)
{
	size_t len = strlen(domain);
	const char *end;

	if (id->type != type || !is_name(id) || id->len < len + 2)
		return false;
	end = (const char *)id->text + id->len - len;
	return end[-1] == before && !strcasecmp(end, domain);
}

static bool line_matches(const struct isakmp_match *m, const struct isakmp_id *id)
{
	switch (m->kind) {
	case ISAKMP_MATCH_ADDRESS:
		return (id->type == ISAKMP_ID_IPV4_ADDR || id->type == ISAKMP_ID_IPV6_ADDR) &&
		       addr_prefix_contains(&m->peer, &id->first);
	case ISAKMP_MATCH_HOST:
		return name_is(id, ISAKMP_ID_FQDN, m->text);
	case ISAKMP_MATCH_HOST_DOMAIN:
		return name_ends(id, ISAKMP_ID_FQDN, '.', m->text);
	case ISAKMP_MATCH_USER:
		return name_is(id, ISAKMP_ID_USER_FQDN, m->text);
	case ISAKMP_MATCH_USER_DOMAIN:
		return name_ends(id, ISAKMP_ID_USER_FQDN, '@', m->text);
	case ISAKMP_MATCH_GROUP:
		return name_is(id, ISAKMP_ID_KEY_ID, m->text);
	}
	return false;
}

static bool profile_matches(const struct isakmp_profile *profile, const struct isakmp_id *id)
{
	unsigned int i;

	for (i = 0; i < profile->n_matches; i++)
		if (line_matches(&profile->matches[i], id))
			return true;
	return false;
}

static const struct isakmp_profile *profile_of(const struct config *config,
					       const struct isakmp_id *id)
{
	const struct isakmp_profile *profile;
	size_t i;

	objects_for_each(profile, &config->isakmp_profiles, i)
		if (profile_matches(profile, id))
			return profile;
	return NULL;
}

const struct isakmp_profile *identity_profile(const struct ike *ike, const struct isakmp_id *id)
{
	return profile_of(ike->config, id);
}

/* --- aggressive mode */

bool identity_begins_aggressive(const struct ike *ike, const struct addr *remote,
				const char *profile)
{
	const struct isakmp_profile *p;
	const struct isakmp_peer *peer;

	if (!ike->config || ike->config->aggressive_disabled)
		return false;
	p = find_profile(ike->config, profile);
	peer = config_isakmp_peer(ike->config, remote);
	return (p && p->initiate_aggressive) || (peer && peer->endpoint);
}

static bool peer_by_name(const struct config *config, const struct isakmp_id *id)
{
	const struct isakmp_peer *peer;
	size_t i;

	if (!is_name(id))
		return false;
	objects_for_each(peer, &config->isakmp_peers, i)
		if (peer->hostname && peer->endpoint &&
		    !strcasecmp(peer->hostname, (const char *)id->text))
			return true;
	return false;
}

bool identity_allows_aggressive(const struct ike *ike, const struct addr *remote,
				const struct isakmp_id *id)
{
	const struct config *config = ike->config;
	const struct isakmp_profile *profile;
	const struct isakmp_peer *peer;
	const struct isakmp_key *key;

	if (config->aggressive_disabled)
		return false;
	peer = config_isakmp_peer(config, remote);
	if ((peer && peer->endpoint) || peer_by_name(config, id))
		return true;
	profile = profile_of(config, id);
	if (profile && profile->initiate_aggressive)
		return true;
	/* A key that goes by name can be found in no other way. */
	if (!is_name(id))
		return false;
	key = config_isakmp_key(config, profile ? profile->keyring : NULL, &(struct addr){ 0 },
				(const char *)id->text);
	return key && key->hostname;
}

/* --- who we are */

static int set_name(struct isakmp_id *id, uint8_t type, const char *name)
{
	size_t len = strlen(name);

	if (!len || len > ISAKMP_ID_MAX)
		return -ENOENT;
	id->type = type;
	id->len = len;
	memcpy(id->text, name, len + 1);
	return 0;
}

static int set_address(struct isakmp_id *id, const struct addr *addr)
{
	id->type = addr->family == AF_INET6 ? ISAKMP_ID_IPV6_ADDR : ISAKMP_ID_IPV4_ADDR;
	id->first = *addr;
	return 0;
}

static int set_hostname(struct isakmp_id *id, const struct config *config)
{
	char name[ISAKMP_ID_MAX + 1];

	snprintf(name, sizeof(name), "%s%s%s",
		 config->hostname ? config->hostname : CONFIG_HOSTNAME_DEFAULT,
		 config->domain ? "." : "", config->domain ? config->domain : "");
	return set_name(id, ISAKMP_ID_FQDN, name);
}

static int set_endpoint(struct isakmp_id *id, const struct isakmp_peer *peer)
{
	struct addr addr;

	if (peer->endpoint_type != ISAKMP_ID_IPV4_ADDR &&
	    peer->endpoint_type != ISAKMP_ID_IPV6_ADDR)
		return set_name(id, peer->endpoint_type, peer->endpoint);
	if (addr_parse(&addr, AF_UNSPEC, peer->endpoint))
		return -ENOENT;
	return set_address(id, &addr);
}

static const struct isakmp_peer *aggressive_peer(const struct ike_sa *sa)
{
	const struct isakmp_peer *peer;

	if (sa->exchange_type != ISAKMP_EXCHANGE_AGGRESSIVE || !sa->initiator)
		return NULL;
	peer = config_isakmp_peer(sa->ike->config, &sa->path.remote);
	return peer && peer->endpoint ? peer : NULL;
}

int identity_own(const struct ike_sa *sa, struct isakmp_id *id, struct kerr *err)
{
	const struct config *config = sa->ike->config;
	const struct isakmp_profile *profile = find_profile(config, sa->profile);
	const struct isakmp_peer *peer = aggressive_peer(sa);
	enum isakmp_identity kind = profile && profile->identity_set ? profile->identity :
								       config->identity;
	int e = -ENOENT;

	memset(id, 0, sizeof(*id));
	if (peer)
		e = set_endpoint(id, peer);
	else if (kind == ISAKMP_IDENTITY_ADDRESS)
		e = set_address(id, &sa->path.local);
	else if (kind == ISAKMP_IDENTITY_HOSTNAME)
		e = set_hostname(id, config);
	else if (kind == ISAKMP_IDENTITY_USER_FQDN && profile && profile->identity_text)
		e = set_name(id, ISAKMP_ID_USER_FQDN, profile->identity_text);
	/* A subject there is only with a certificate; else the address as by default. */
	else if (kind == ISAKMP_IDENTITY_DN && sa->handshake->trust)
		e = cert_store_own_id(trust_store(sa->handshake->trust), id);
	else if (kind == ISAKMP_IDENTITY_DN)
		e = set_address(id, &sa->path.local);
	if (e)
		return kerr_set(err, -e, "there is no identity of ours for this peer");
	id->proto = IPPROTO_UDP;
	id->port = ISAKMP_PORT;
	return 0;
}

/* --- keys */

struct host_key {
	const struct config *config;
	const char *keyring;
	const struct isakmp_key *found;
};

static bool take_host_key(void *arg, const char *host)
{
	const struct addr none = { .family = AF_UNSPEC };
	struct host_key *k = arg;

	k->found = config_isakmp_key(k->config, k->keyring, &none, host);
	return k->found;
}

/*
 * By the name that the peer shows; by the name that it was found by; by its
 * address.
 */
static const struct isakmp_key *key_in(const struct ike *ike, const char *keyring,
				       const struct addr *remote, const char *name)
{
	struct host_key k = { .config = ike->config, .keyring = keyring };

	if (name && take_host_key(&k, name))
		return k.found;
	if (addr_is_set(remote) && names_each_of(ike, remote, take_host_key, &k))
		return k.found;
	return config_isakmp_key(ike->config, keyring, remote, NULL);
}

/*
 * With a profile: in its keyring, or among the global keys if it has none.
 * Without: the global keys, then all keyrings; the profile that the identity
 * selects later must agree with that (identity_check_peer()).
 */
static const struct isakmp_key *find_key(const struct ike *ike, const struct addr *remote,
					 const char *profile, const char *name)
{
	const struct isakmp_profile *p = find_profile(ike->config, profile);
	const struct isakmp_key *key;
	const struct keyring *keyring;
	size_t i;

	if (p)
		return key_in(ike, p->keyring, remote, name);
	key = key_in(ike, NULL, remote, name);
	if (key)
		return key;
	objects_for_each(keyring, &ike->config->keyrings, i) {
		key = key_in(ike, keyring->name, remote, name);
		if (key)
			return key;
	}
	return NULL;
}

static int take_key(struct ike_handshake *h, const void *secret, size_t len, const char *keyring)
{
	if (!len || len > sizeof(h->psk))
		return -ENOENT;
	memcpy(h->psk, secret, len);
	h->psk_len = len;
	free(h->keyring);
	h->keyring = keyring ? strdup(keyring) : NULL;
	return keyring && !h->keyring ? -ENOMEM : 0;
}

int identity_find_key(struct ike_sa *sa, const struct isakmp_id *id)
{
	const char *name = id && is_name(id) ? (const char *)id->text : NULL;
	const struct isakmp_peer *peer = aggressive_peer(sa);
	const struct isakmp_key *key;

	if (peer && peer->password)
		return take_key(sa->handshake, peer->password, strlen(peer->password), NULL);
	key = find_key(sa->ike, &sa->path.remote, sa->profile, name);
	return key ? take_key(sa->handshake, key->secret, key->len, key->keyring) : -ENOENT;
}

bool identity_has_key(const struct ike *ike, const struct addr *remote, const char *profile)
{
	const struct isakmp_peer *peer = config_isakmp_peer(ike->config, remote);

	return find_key(ike, remote, profile, NULL) || (peer && peer->password);
}

/* --- who a peer may be */

static bool is_phase1_port(const struct isakmp_id *id)
{
	return (id->proto == 0 || id->proto == IPPROTO_UDP) &&
	       (id->port == 0 || id->port == ISAKMP_PORT || id->port == ISAKMP_PORT_NATT);
}

int identity_check_peer(const struct ike_sa *sa, const struct isakmp_id *id,
			const struct isakmp_profile **profile, struct message_error *error)
{
	const struct config *config = sa->ike->config;
	const struct isakmp_profile *wanted = find_profile(config, sa->profile);
	char text[128];

	if (!is_phase1_port(id))
		return message_refuse(error, ISAKMP_NOTIFY_INVALID_ID_INFORMATION,
				      "identity with protocol %u port %u", id->proto, id->port);
	/* A profile without any match is for our own side only. */
	if (wanted && (!wanted->n_matches || profile_matches(wanted, id))) {
		*profile = wanted;
		return 0;
	}
	if (wanted)
		return message_refuse(error, ISAKMP_NOTIFY_INVALID_ID_INFORMATION,
				      "identity %s does not match ISAKMP profile %s",
				      isakmp_id_text(id, text, sizeof(text)), wanted->name);
	*profile = profile_of(config, id);
	if (*profile && (*profile)->trustpoint && sa->suite.auth == IKE_AUTH_RSA_SIG &&
	    !trust_is(sa->handshake->trust, (*profile)->trustpoint))
		return message_refuse(error, ISAKMP_NOTIFY_INVALID_ID_INFORMATION,
				      "identity %s selects ISAKMP profile %s, whose trustpoint its certificate is not from",
				      isakmp_id_text(id, text, sizeof(text)), (*profile)->name);
	if (*profile && sa->suite.auth == IKE_AUTH_PSK &&
	    !same_text((*profile)->keyring, sa->handshake->keyring))
		return message_refuse(error, ISAKMP_NOTIFY_INVALID_ID_INFORMATION,
				      "identity %s selects ISAKMP profile %s, whose keyring its key is not from",
				      isakmp_id_text(id, text, sizeof(text)), (*profile)->name);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * isakmp - what is configured for IKE: policies, pre-shared keys and keyrings,
 * profiles, peers, keepalive (IKE-1 … IKE-16, DPD-1 … DPD-5).
 */
#ifndef _IPSECD_CONFIG_ISAKMP_H
#define _IPSECD_CONFIG_ISAKMP_H

#include "ike/isakmp.h"
#include "lib/addr.h"
#include "object.h"

#define ISAKMP_LIFETIME_DEFAULT	86400
#define ISAKMP_LIFETIME_MIN	60
#define ISAKMP_KEY_MAX		128
#define ISAKMP_NAME_MAX		255

/**
 * struct isakmp_policy - crypto isakmp policy PRIORITY (IKE-1 … IKE-3)
 * @priority: key; 1 to 10000, 1 is tried first
 * @encryption: enum ike_encryption
 * @key_bits: of AES; 0 for other ciphers
 * @hash: enum ike_hash
 * @auth: enum ike_auth
 * @group: enum ike_group
 * @lifetime: seconds
 *
 * A new one has the defaults of IOS: DES, SHA, rsa-sig, group 1, one day.
 */
struct isakmp_policy {
	struct object object;
	unsigned int priority;
	uint16_t encryption;
	uint16_t key_bits;
	uint16_t hash;
	uint16_t auth;
	uint16_t group;
	uint32_t lifetime;
};

extern const struct object_class isakmp_policy_class;
struct isakmp_policy *isakmp_policy_new(unsigned int priority);

/**
 * struct isakmp_key - a pre-shared key (IKE-8, IKE-9)
 * @keyring: key; NULL for `crypto isakmp key`
 * @hostname: key; NULL if it goes by address
 * @peer: key; network and length of the prefix, unless by name
 * @no_xauth: as typed; extended authentication is never asked for
 * @len: 1 to ISAKMP_KEY_MAX
 * @secret: @len bytes as they were typed, wiped on release
 */
struct isakmp_key {
	struct object object;
	char *keyring;
	char *hostname;
	struct addr_prefix peer;
	bool no_xauth;
	size_t len;
	uint8_t secret[ISAKMP_KEY_MAX];
};

extern const struct object_class isakmp_key_class;

/*
 * @hostname or @peer, the other one is NULL; @keyring NULL for the global keys.
 * Host bits of @peer are cleared.
 */
struct isakmp_key *isakmp_key_new(const char *keyring, const char *hostname,
				  const struct addr_prefix *peer);
void isakmp_key_set_secret(struct isakmp_key *key, const char *secret);

/** struct keyring - crypto keyring NAME; its keys are in the set of keys */
struct keyring {
	struct object object;
	char *name;
	char *description;
};

extern const struct object_class keyring_class;
struct keyring *keyring_new(const char *name);
const struct keyring *keyring_find(const struct objects *set, const char *name);

/* What stands for ourselves in phase 1 (IKE-10). */
enum isakmp_identity {
	ISAKMP_IDENTITY_ADDRESS,	/* of the interface; the default */
	ISAKMP_IDENTITY_HOSTNAME,	/* hostname and domain */
	ISAKMP_IDENTITY_DN,		/* subject of the certificate */
	ISAKMP_IDENTITY_USER_FQDN,	/* self-identity user-fqdn only */
};

/* One line of match identity (IKE-12). */
#define ISAKMP_MATCHES_MAX	64
enum isakmp_match_kind {
	ISAKMP_MATCH_ADDRESS,		/* IPv4 or IPv6 prefix */
	ISAKMP_MATCH_HOST,		/* this FQDN */
	ISAKMP_MATCH_HOST_DOMAIN,	/* FQDNs that end in .DOMAIN */
	ISAKMP_MATCH_USER,
	ISAKMP_MATCH_USER_DOMAIN,
	ISAKMP_MATCH_GROUP,		/* ID_KEY_ID */
};

/**
 * struct isakmp_match - what the identity of the peer is compared with
 * @peer: of ISAKMP_MATCH_ADDRESS, host bits cleared; else unset
 * @text: of all others; names are compared without regard to case
 */
struct isakmp_match {
	enum isakmp_match_kind kind;
	struct addr_prefix peer;
	char *text;
};

/**
 * struct keepalive - dead peer detection (DPD-1 … DPD-5)
 * @seconds: between messages, 10 to 3600; 0: none are sent
 * @retry: seconds between those after an answer is missing, 2 to 60
 * @periodic: also without traffic
 */
struct keepalive {
	unsigned int seconds;
	unsigned int retry;
	bool periodic;
};

#define KEEPALIVE_SECONDS_MIN	10
#define KEEPALIVE_SECONDS_MAX	3600
#define KEEPALIVE_RETRY_MIN	2
#define KEEPALIVE_RETRY_MAX	60
#define KEEPALIVE_RETRY_DEFAULT	2

/**
 * struct isakmp_profile - crypto isakmp profile NAME (IKE-12)
 * @keyring: name, or NULL for the global keys
 * @identity: self-identity; @identity_set tells whether there is one
 * @identity_text: for user-fqdn
 * @trustpoint: name or NULL
 * @initiate_aggressive: initiate mode aggressive
 * @keepalive: overrides the global one if keepalive.seconds is not 0
 * @matches: @n_matches, at most ISAKMP_MATCHES_MAX, in the order typed
 */
struct isakmp_profile {
	struct object object;
	char *name;
	char *description;
	char *keyring;
	char *trustpoint;
	bool identity_set;
	enum isakmp_identity identity;
	char *identity_text;
	bool initiate_aggressive;
	struct keepalive keepalive;
	unsigned int n_matches;
	struct isakmp_match *matches;
};

extern const struct object_class isakmp_profile_class;
struct isakmp_profile *isakmp_profile_new(const char *name);
/* Both take copies; the second returns whether there was such a line. */
void isakmp_profile_add_match(struct isakmp_profile *profile, const struct isakmp_match *match);
bool isakmp_profile_remove_match(struct isakmp_profile *profile,
				 const struct isakmp_match *match);
bool isakmp_profile_has_match(const struct isakmp_profile *profile,
			      const struct isakmp_match *match);
const struct isakmp_profile *isakmp_profile_find(const struct objects *set, const char *name);

/**
 * struct isakmp_peer - crypto isakmp peer (IKE-11)
 * @hostname: key; NULL if it goes by address
 * @peer: key
 * @endpoint: client-endpoint of aggressive mode: what we call ourselves; NULL for main mode
 * @endpoint_type: enum isakmp_id_type
 * @password: for `set aggressive-mode password`, NULL for the key that is configured
 */
struct isakmp_peer {
	struct object object;
	char *hostname;
	struct addr_prefix peer;
	uint8_t endpoint_type;
	char *endpoint;
	char *password;
};

extern const struct object_class isakmp_peer_class;
struct isakmp_peer *isakmp_peer_new(const char *hostname, const struct addr_prefix *peer);
void isakmp_peer_set_password(struct isakmp_peer *peer, const char *password);

/**
 * struct trustpoint - crypto pki trustpoint NAME: files in PEM
 * @ca: path of the CA certificates
 * @crl: path or NULL
 * @certificate: path of our own and of those between, or NULL
 * @key: path of the private key, or NULL
 */
struct trustpoint {
	struct object object;
	char *name;
	char *ca;
	char *crl;
	char *certificate;
	char *key;
};

extern const struct object_class trustpoint_class;
struct trustpoint *trustpoint_new(const char *name);
const struct trustpoint *trustpoint_find(const struct objects *set, const char *name);

struct config;

/* Policies come sorted by priority from config->isakmp_policies. */

/*
 * The pre-shared key for a peer: the longest prefix; by @hostname when that is
 * not NULL and matches. @keyring NULL: the global keys. NULL if there is none.
 */
const struct isakmp_key *config_isakmp_key(const struct config *config, const char *keyring,
					   const struct addr *peer, const char *hostname);
/* crypto isakmp peer of an address, the longest prefix; NULL if there is none. */
const struct isakmp_peer *config_isakmp_peer(const struct config *config, const struct addr *peer);
/* Of @profile, which may be NULL, else the global one. */
struct keepalive config_keepalive(const struct config *config,
				  const struct isakmp_profile *profile);

#endif /* _IPSECD_CONFIG_ISAKMP_H */

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
 * @peer: key; address and length of the prefix, unless by name
 * @secret: @len bytes as they were typed, wiped on release
 */
struct isakmp_key {
	struct object object;
	char *keyring;
	char *hostname;
	struct addr_prefix peer;
	size_t len;
	uint8_t secret[ISAKMP_KEY_MAX];
};

extern const struct object_class isakmp_key_class;

/** struct keyring - crypto keyring NAME; its keys are in the set of keys */
struct keyring {
	struct object object;
	char *name;
	char *description;
};

extern const struct object_class keyring_class;

/* What stands for ourselves in phase 1 (IKE-10). */
enum isakmp_identity {
	ISAKMP_IDENTITY_ADDRESS,	/* of the interface; the default */
	ISAKMP_IDENTITY_HOSTNAME,	/* hostname and domain */
	ISAKMP_IDENTITY_DN,		/* subject of the certificate */
	ISAKMP_IDENTITY_USER_FQDN,	/* self-identity user-fqdn only */
};

/* One line of match identity (IKE-12). */
enum isakmp_match_kind {
	ISAKMP_MATCH_ADDRESS,		/* IPv4 or IPv6 prefix */
	ISAKMP_MATCH_HOST,		/* this FQDN */
	ISAKMP_MATCH_HOST_DOMAIN,	/* FQDNs that end in .DOMAIN */
	ISAKMP_MATCH_USER,
	ISAKMP_MATCH_USER_DOMAIN,
	ISAKMP_MATCH_GROUP,		/* ID_KEY_ID */
};

struct isakmp_match {
	enum isakmp_match_kind kind;
	struct addr_prefix peer;
	char *text;
};

/**
 * struct isakmp_profile - crypto isakmp profile NAME (IKE-12)
 * @keyring: name, or NULL for the global keys
 * @identity: self-identity; @identity_set tells whether there is one
 * @identity_text: for user-fqdn
 * @keepalive: overrides the global one if keepalive.seconds is not 0
 * @trustpoint: name or NULL
 */
struct keepalive {
	unsigned int seconds;		/* 0: none; 10 to 3600 */
	unsigned int retry;		/* 2 to 60 */
	bool periodic;
};

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

struct config;

/* Policies come sorted by priority from config->isakmp_policies. */

/*
 * The pre-shared key for a peer: the longest prefix; by @hostname when that is
 * not NULL and matches. @keyring NULL: the global keys. NULL if there is none.
 */
const struct isakmp_key *config_isakmp_key(const struct config *config, const char *keyring,
					   const struct addr *peer, const char *hostname);
const struct isakmp_peer *config_isakmp_peer(const struct config *config, const struct addr *peer);
struct keepalive config_keepalive(const struct config *config,
				  const struct isakmp_profile *profile);

#endif /* _IPSECD_CONFIG_ISAKMP_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration: a value that is copied, changed and put in force or
 * thrown away.
 */
#ifndef _IPSECD_CONFIG_CONFIG_H
#define _IPSECD_CONFIG_CONFIG_H

#include "acl.h"
#include "interface.h"
#include "isakmp.h"
#include "map.h"
#include "object.h"
#include "spis.h"
#include "static_route.h"
#include "transform.h"

#define CONFIG_HOSTNAME_DEFAULT	"Router"

/**
 * struct config - what show running-config prints
 * @stamp: number of the candidate, see config_touch()
 * @hostname: NULL for the default
 * @replay: crypto ipsec security-association replay
 * @domain: ip domain name, NULL for none
 * @lifetime_seconds: of IPsec SAs
 * @lifetime_kilobytes: of IPsec SAs, LIFETIME_KILOBYTES_NONE for no limit
 * @idle_seconds: after which an SA without traffic is deleted, 0: never (IDLE-2)
 * @isakmp_disabled: no crypto isakmp enable
 * @aggressive_disabled: crypto isakmp aggressive-mode disable
 * @identity: crypto isakmp identity; not ISAKMP_IDENTITY_USER_FQDN
 * @keepalive: crypto isakmp keepalive
 * @isakmp_policies: struct isakmp_policy, the first one is tried first
 * @isakmp_keys: struct isakmp_key, those of keyrings too
 * @keyrings: struct keyring
 * @isakmp_profiles: struct isakmp_profile
 * @isakmp_peers: struct isakmp_peer
 * @trustpoints: struct trustpoint
 * @dynamic_maps: struct map_entry, those of crypto dynamic-map
 * @transforms: struct transform_set
 * @entries: struct map_entry
 * @interfaces: struct interface
 * @routes: struct static_route
 * @acls: struct acl
 * @spis: of the session keys in @entries
 */
struct config {
	unsigned int stamp;
	char *hostname;
	struct replay replay;
	char *domain;
	uint32_t lifetime_seconds;
	uint64_t lifetime_kilobytes;
	uint32_t idle_seconds;
	bool isakmp_disabled;
	bool aggressive_disabled;
	enum isakmp_identity identity;
	struct keepalive keepalive;
	struct objects isakmp_policies;
	struct objects isakmp_keys;
	struct objects keyrings;
	struct objects isakmp_profiles;
	struct objects isakmp_peers;
	struct objects trustpoints;
	struct objects dynamic_maps;
	struct objects transforms;
	struct objects entries;
	struct objects interfaces;
	struct objects routes;
	struct objects acls;
	struct spis *spis;
};

/**
 * struct lifetime - how long an SA lasts, whichever comes first (LIFE-1)
 * @seconds: never 0
 * @kilobytes: of 1024 bytes; 0: any number
 */
struct lifetime {
	uint32_t seconds;
	uint64_t kilobytes;
};

struct config *config_new(void);
struct config *config_copy(const struct config *config);
void config_free(struct config *config);
bool config_equal(const struct config *a, const struct config *b);

void config_touch(const struct config *config, void *object, unsigned int line);
unsigned int config_line(const struct config *config, const void *object);

unsigned int config_replay_window(const struct config *config,
				  const struct map_entry *entry);
const struct transform_set *config_transform(const struct config *config,
					     const struct map_entry *entry);
unsigned int config_transforms(const struct config *config, const struct map_entry *entry,
			       const struct transform_set *sets[MAP_TRANSFORMS_MAX]);
struct lifetime config_lifetime(const struct config *config, const struct map_entry *entry);
uint32_t config_idle_seconds(const struct config *config, const struct map_entry *entry);
uint16_t config_pfs_group(const struct config *config, const struct map_entry *entry);
const struct map_entry *config_entry(const struct config *config, const char *map,
				     uint16_t family, uint32_t seq, uint32_t subseq);
const struct acl *config_acl(const struct config *config,
			     const struct map_entry *entry);
bool config_manual_complete(const struct config *config,
			    const struct map_entry *entry);

#endif /* _IPSECD_CONFIG_CONFIG_H */

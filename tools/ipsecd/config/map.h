/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entries of crypto maps (CMAP-1 … CMAP-7, REPLAY-6, REPLAY-7). */
#ifndef _IPSECD_CONFIG_MAP_H
#define _IPSECD_CONFIG_MAP_H

#include <cryptomap/algorithms.h>
#include <linux/cryptomap.h>

#include "lib/addr.h"
#include "object.h"

#define MAP_TRANSFORMS_MAX	6
#define REPLAY_WINDOW_DEFAULT	64

enum replay_state {
	REPLAY_INHERIT,		/* nothing configured at this level */
	REPLAY_WINDOW,
	REPLAY_DISABLED,
};

/* @window in packets, only for REPLAY_WINDOW. */
struct replay {
	enum replay_state state;
	unsigned int window;
};

/**
 * struct session_key - set session-key, one direction
 * @set: there is one
 * @spi: host order
 * @cipher_len: bytes of @cipher, 0 for esp-null
 * @auth_len: bytes of @auth, 0 if no authenticator was given
 */
struct session_key {
	bool set;
	uint32_t spi;
	uint8_t cipher_len;
	uint8_t auth_len;
	uint8_t cipher[CM_ENCR_KEYMAT_MAX];
	uint8_t auth[CM_AUTH_KEY_MAX];
};

#define LIFETIME_SECONDS_DEFAULT	3600
#define LIFETIME_KILOBYTES_DEFAULT	4608000
/* lifetime kilobytes disable */
#define LIFETIME_KILOBYTES_NONE		UINT64_MAX

/**
 * struct map_host - a peer that is given by name (CMAP-2)
 * @name: NULL for a peer that is an address
 * @dynamic: as typed; every name is looked up again before each negotiation
 */
struct map_host {
	char *name;
	bool dynamic;
};

/**
 * struct map_entry - crypto map NAME SEQ, or crypto dynamic-map NAME SEQ
 * @object: reference count
 * @name: key; of the crypto map
 * @family: key; AF_INET, or AF_INET6 for "crypto map ipv6"
 * @seq: key; 1 to 65535
 * @kind: ipsec-manual or ipsec-isakmp
 * @peers: in the order in which they are tried; unset where @hosts has a name
 * @hosts: names of peers, by the same index
 * @default_peer: number from 1 of the peer that is always tried first, 0: none
 * @transforms: names, highest priority first; a set may not exist yet
 * @acl: name of the access list or NULL; it may not exist yet
 * @key: indexed by enum cryptomap_direction; ipsec-manual only
 * @replay: overrides the global one
 * @pfs_group: enum ike_group; IKE_GROUP_NONE without set pfs
 * @lifetime_seconds: of IPsec SAs; 0: the global one
 * @lifetime_kilobytes: of IPsec SAs; 0: the global one, or LIFETIME_KILOBYTES_NONE
 * @idle_seconds: 0: the global one
 * @idle_default: the default peer is tried after an idle time
 * @isakmp_profile: name or NULL
 * @dynamic: name of the dynamic map whose entries this one stands for, or NULL;
 *	such an entry has nothing else
 */
struct map_entry {
	struct object object;
	char *name;
	uint16_t family;
	unsigned int seq;
	enum cryptomap_entry_kind kind;
	char *description;
	unsigned int n_peers;
	struct addr peers[CRYPTOMAP_PEERS_MAX];
	unsigned int n_transforms;
	char *transforms[MAP_TRANSFORMS_MAX];
	char *acl;
	struct session_key key[2];
	struct replay replay;
	struct map_host hosts[CRYPTOMAP_PEERS_MAX];
	unsigned int default_peer;
	uint16_t pfs_group;
	uint32_t lifetime_seconds;
	uint64_t lifetime_kilobytes;
	uint32_t idle_seconds;
	bool idle_default;
	char *isakmp_profile;
	char *dynamic;
};

extern const struct object_class map_class;

struct map_entry *map_new(const char *name, uint16_t family, unsigned int seq,
			  enum cryptomap_entry_kind kind);
const struct map_entry *map_find(const struct objects *entries, const char *name,
				 uint16_t family, unsigned int seq);
/* Index of the first entry of a crypto map: all of them stand together. */
size_t map_first(const struct objects *entries, const char *name, uint16_t family);
/* How many entries it has. */
size_t map_count(const struct objects *entries, const char *name, uint16_t family);
bool map_exists(const struct objects *entries, const char *name, uint16_t family);
bool map_is(const struct map_entry *entry, const char *name, uint16_t family);
void map_set_transforms(struct map_entry *entry, const char *const names[],
			unsigned int n);
void map_add_peer(struct map_entry *entry, const struct addr *address, const char *host,
		  bool dynamic);
void map_remove_peer(struct map_entry *entry, unsigned int index);
unsigned int map_find_peer(const struct map_entry *entry, const struct addr *address,
			   const char *host);
bool map_uses_transform(const struct map_entry *entry, const char *name);
bool replay_equal(const struct replay *a, const struct replay *b);

#endif /* _IPSECD_CONFIG_MAP_H */

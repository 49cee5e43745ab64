/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The objects of the cryptomap data plane as C structs.  What they mean is
 * told in Documentation/netlink/specs/cryptomap.yaml; here is only what a C
 * user must know beside.  No netlink library is needed for this header.
 *
 * Numbers are in host order, SPIs too.  An address with family AF_UNSPEC is
 * an absent one.  Sequence numbers, indices and enums are those of
 * <linux/cryptomap.h>.
 */
#ifndef _CM_TOOLS_CODEC_TYPES_H
#define _CM_TOOLS_CODEC_TYPES_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cryptomap/algorithms.h>
#include <linux/cryptomap.h>

#include "addr.h"

/* Presence bit of an attribute: CM_HAS(SA_SOFT_BYTES). */
#define CM_HAS(attr)	(1ULL << CRYPTOMAP_A_##attr)

#define CM_DROP_NAME_MAX	64

/**
 * struct cm_rule - one access-list entry of a crypto map entry
 * @has: decoded rules only: attributes that were there
 * @src: absent is any
 * @src_mask: bits that are compared; absent is all of them.  Give it only
 *	with @src.
 * @dst: as @src
 * @dst_mask: as @src_mask
 * @has_sport: without, any source port matches and the range is not sent
 * @has_dport: likewise
 */
struct cm_rule {
	uint64_t has;
	uint32_t index;
	enum cryptomap_action action;
	uint8_t proto;
	struct addr src, src_mask;
	struct addr dst, dst_mask;
	bool has_sport, has_dport;
	uint16_t sport_min, sport_max;
	uint16_t dport_min, dport_max;
};

/**
 * struct cm_entry - one crypto map entry
 * @family: AF_INET or AF_INET6, of the protected packets
 * @seq: 1 to 65535
 * @subseq: order among those of one @seq
 * @has_hold_limit: without, the kernel's default is used
 */
struct cm_entry {
	char map[CRYPTOMAP_MAP_NAME_MAX + 1];
	uint16_t family;
	uint32_t seq;
	uint32_t subseq;
	enum cryptomap_entry_kind kind;
	unsigned int n_peers;
	struct addr peers[CRYPTOMAP_PEERS_MAX];
	bool has_hold_limit;
	uint32_t hold_limit;
};

/**
 * struct cm_binding - a crypto map on an interface
 * @ifindex: 0 if it is not there
 * @ifname: whatever interface gets this name has the map
 * @local: this end of the tunnels
 */
struct cm_binding {
	uint32_t ifindex;
	char ifname[IFNAMSIZ];
	char map[CRYPTOMAP_MAP_NAME_MAX + 1];
	uint16_t family;
	struct addr local;
	enum cryptomap_df_bit df_bit;
	enum cryptomap_fragmentation fragmentation;
};

/* What a commit changed. */
struct cm_commit {
	uint32_t generation;
	uint32_t flows_kept;
	uint32_t flows_added;
	uint32_t flows_removed;
};

/**
 * struct cm_flow - a flow of the policy in force
 * @has: attributes that the kernel sent
 * @id: stable over commits for as long as the flow lives
 * @ifindex: 0 while the interface is not there
 * @ifname: by which the binding goes, or ""
 * @plaintext_mtu: 0 while there is no outbound SA
 * @path_mtu: likewise
 */
struct cm_flow {
	uint64_t has;
	uint32_t id;
	uint32_t ifindex;
	char ifname[IFNAMSIZ];
	char map[CRYPTOMAP_MAP_NAME_MAX + 1];
	uint16_t family;
	uint32_t seq;
	uint32_t subseq;
	enum cryptomap_entry_kind kind;
	struct cm_rule rule;
	uint32_t held;
	uint32_t plaintext_mtu;
	uint32_t path_mtu;
	uint64_t encaps;
	uint64_t decaps;
	uint64_t send_errors;
	uint64_t recv_errors;
};

/* Dump filter; zero (or AF_UNSPEC, or "") does not filter. */
struct cm_flow_filter {
	uint32_t ifindex;
	char map[CRYPTOMAP_MAP_NAME_MAX + 1];
};

/* What names an SA. @proto is IPPROTO_ESP. */
struct cm_sa_id {
	enum cryptomap_direction direction;
	uint8_t proto;
	struct addr dst;
	uint32_t spi;
};

/* Opaque to the kernel; comes back in dumps and events. */
struct cm_owner {
	uint8_t len;
	uint8_t bytes[CRYPTOMAP_OWNER_MAX];
};

/* Of every limit 0 is none. */
struct cm_sa_limits {
	uint32_t soft_seconds, hard_seconds;
	uint64_t soft_bytes, hard_bytes;
	uint64_t soft_packets, hard_packets;
	uint32_t idle_seconds;
	uint32_t liveness_seconds;
};

/**
 * struct cm_sa - an SA as it is installed, without its keys
 * @flags: CRYPTOMAP_SA_FLAGS_*
 * @replay_window: packets, inbound only; 0 is off
 */
struct cm_sa {
	struct cm_sa_id id;
	struct addr src;
	uint32_t flow;
	enum cryptomap_mode mode;
	enum cryptomap_encr_alg encr_alg;
	enum cryptomap_auth_alg auth_alg;
	uint32_t flags;
	uint32_t replay_window;
	struct cm_sa_limits limits;
	struct cm_owner owner;
};

/**
 * struct cm_sa_keys - key material, apart so that it never rests in a table
 * @encr: cipher key, for AES-GCM with the salt behind
 *
 * Wipe with cm_sa_keys_wipe() as soon as the SA is added.
 */
struct cm_sa_keys {
	uint8_t encr_len;
	uint8_t auth_len;
	uint8_t encr[CM_ENCR_KEYMAT_MAX];
	uint8_t auth[CM_AUTH_KEY_MAX];
};

void cm_sa_keys_wipe(struct cm_sa_keys *keys);

/**
 * struct cm_sa_change - an update of an SA
 * @has: which of the members below are sent: CM_HAS(SA_SOFT_SECONDS) ...
 *	CM_HAS(SA_LIVENESS_SECONDS), CM_HAS(SA_OWNER)
 */
struct cm_sa_change {
	uint64_t has;
	struct cm_sa_limits limits;
	struct cm_owner owner;
};

/* One drop reason with its counter, by the name of kmod/drop.h. */
struct cm_drop {
	char reason[CM_DROP_NAME_MAX];
	uint64_t count;
};

struct cm_drops {
	unsigned int n;
	struct cm_drop *list;
};

/* Counter of @reason, 0 when it is not in the list. */
uint64_t cm_drops_count(const struct cm_drops *drops, const char *reason);
void cm_drops_release(struct cm_drops *drops);

/**
 * struct cm_sa_info - an SA as the kernel shows it
 * @has: attributes that the kernel sent, CM_HAS(SA_...)
 * @packets: protected or accepted
 * @bytes: their plaintext with inner header
 * @drops: reasons that this SA has counted
 */
struct cm_sa_info {
	uint64_t has;
	struct cm_sa sa;
	uint32_t conn_id;
	enum cryptomap_sa_state state;
	uint32_t age_seconds;
	uint32_t idle_for_seconds;
	uint64_t packets;
	uint64_t bytes;
	uint64_t sequence;
	struct cm_drops drops;
};

void cm_sa_info_release(struct cm_sa_info *info);

/* Filter of dumps and flushes; zero (or AF_UNSPEC, or "") does not filter. */
struct cm_sa_filter {
	uint32_t flow;
	char map[CRYPTOMAP_MAP_NAME_MAX + 1];
	uint32_t ifindex;
	struct addr peer;
};

/**
 * struct cm_spi_request - a wish for an SPI
 * @src: the peer; may be absent
 * @dst: our address
 * @spi_low: 0 for the kernel's default range, else at least 256
 * @hold_seconds: 0 for the kernel's default, else 1 to 300
 */
struct cm_spi_request {
	uint8_t proto;
	struct addr src;
	struct addr dst;
	uint32_t spi_low, spi_high;
	uint32_t hold_seconds;
};

/* Counters of a namespace or of one flow; release with cm_stats_release(). */
struct cm_stats {
	uint64_t has;
	struct cm_drops drops;
	uint64_t encaps;
	uint64_t decaps;
	uint32_t held;
	uint32_t flows;
	uint32_t sas;
};

void cm_stats_release(struct cm_stats *stats);

/**
 * struct cm_event - any event; which members are valid depends on it
 * @has: attributes that the kernel sent, CM_HAS(EVENT_...)
 * @ip_proto: protocol of the packet that caused an acquire
 * @proto: IPsec protocol of the SA
 */
struct cm_event {
	uint64_t has;
	uint32_t flow;
	uint32_t ifindex;
	char map[CRYPTOMAP_MAP_NAME_MAX + 1];
	uint16_t family;
	uint32_t seq;
	struct addr src;
	struct addr dst;
	uint8_t ip_proto;
	uint16_t sport;
	uint16_t dport;
	enum cryptomap_direction direction;
	uint32_t spi;
	uint8_t proto;
	uint32_t conn_id;
	struct cm_owner owner;
	bool hard;
	enum cryptomap_expire_cause cause;
	enum cryptomap_delete_reason reason;
	uint64_t sequence;
	uint32_t count;
};

#endif /* _CM_TOOLS_CODEC_TYPES_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* One security association. */
#ifndef _CM_SA_H
#define _CM_SA_H

#include <crypto/aead.h>
#include <linux/cache.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/workqueue.h>
#include <net/dst_cache.h>
#include <net/dst_metadata.h>

#include "drop.h"
#include "policy.h"
#include "replay.h"
#include "sadb.h"

/* Limits of an SA; 0 is none. Seconds count from its creation. */
struct cm_sa_limits {
	u32 soft_seconds;
	u32 hard_seconds;
	u64 soft_bytes;
	u64 hard_bytes;
	u64 soft_packets;
	u64 hard_packets;
	u32 idle_seconds;
	u32 liveness_seconds;
};

/*
 * A request for an SA; the keys belong to the caller. Attributes are those to
 * blame, or NULL.
 */
struct cm_sa_param {
	u8 direction;
	u8 mode;
	struct cm_sa_id id;
	union cm_addr src;
	u32 flow;
	u32 encr_alg;
	u32 auth_alg;
	const u8 *encr_key;
	const u8 *auth_key;
	u32 encr_key_len;
	u32 auth_key_len;
	const struct nlattr *encr_alg_attr;
	const struct nlattr *encr_key_attr;
	const struct nlattr *auth_alg_attr;
	const struct nlattr *auth_key_attr;
	u32 flags;
	u32 replay_window;
	struct cm_sa_limits limits;
	const u8 *owner;
	u32 owner_len;
};

/**
 * struct cm_sa - a security association
 *
 * Read by every packet:
 * @aead: transform with the key set, shared by all CPUs
 * @id: what it is found by; id.spi goes into every packet
 * @src: outer source
 * @flow: the flow that it serves; holds a reference
 * @net: the namespace
 * @direction: enum cryptomap_direction
 * @mode: enum cryptomap_mode
 * @state: enum cryptomap_sa_state; DYING and MATURE are written by cmpxchg(), so
 *	that DEAD, which any context may write, is the end
 * @esn: extended sequence numbers
 * @iv_len: bytes of IV behind the ESP header
 * @icv_len: bytes of ICV at the end
 * @align: payload, padding and the two trailer bytes are a multiple of this
 * @salt_iv: the IV is a counter (AES-GCM), else random (CBC)
 * @max_seq: last sequence number that may be sent
 * @next_bytes: bytes at which cm_timers_volume() is to be called
 * @next_packets: likewise
 * @dst_cache: routes to the peer, one for each CPU; outbound
 * @md: marks packets that this SA decrypted; inbound
 *
 * Written by every packet:
 * @seq: last sequence number sent; outbound
 * @lock: protects @replay; taken before @event_lock, if both are
 * @replay: anti-replay window; inbound
 * @packets: protected or accepted
 * @bytes: plaintext bytes of them
 * @used: jiffies of the last packet
 *
 * Control:
 * @node: in cm_sadb.in or .out
 * @flow_node: in cm_flow.sas, or a larval one in cm_sadb.larval; under
 *	cm_net.lock
 * @linked: found by the tables and lists; under cm_net.lock
 * @reap_node: in cm_sadb.reap
 * @reaped: bit 0 set once it is in cm_sadb.reap
 * @reap_reason: with which it is to be deleted; written before @reap_node is
 *	linked
 * @timer: the next of lifetime, idle and liveness; see timers.c
 * @created: jiffies64 of the creation
 * @event_lock: protects what follows up to @owner; softirq-safe, innermost
 * @limits: as asked for
 * @soft_told: a soft expire event was sent
 * @hard_told: a hard expire event was sent
 * @idle_told: an idle event was sent for the silence since @idle_used
 * @idle_used: value of @used at that time
 * @live_told: a liveness event was sent at @live_at
 * @live_at: jiffies
 * @replay_told: a replay event was sent at @replay_at
 * @replay_at: jiffies
 * @replay_missed: replay events left out since then
 * @owner_len: bytes of @owner
 * @owner: cookie of the daemon
 * @encr_alg: enum cryptomap_encr_alg
 * @auth_alg: enum cryptomap_auth_alg
 * @key_bits: of the cipher, for people
 * @conn_id: number for people, index in cm_sadb.sas; 0 for a larval one
 * @packets_base: what stats-clear subtracts; under cm_net.lock
 * @bytes_base: likewise
 * @folded: packets already counted in the flow's own counters; under
 *	cm_net.lock
 * @drops: by reason
 * @ref: the table has one, and every request that may outlive RCU
 * @rwork: for the table's reference, then for the release
 */
struct cm_sa {
	struct crypto_aead *aead;
	struct cm_sa_id id;
	union cm_addr src;
	struct cm_flow *flow;
	struct cm_net *net;
	u8 direction;
	u8 mode;
	bool esn;
	u8 iv_len;
	u8 icv_len;
	u8 align;
	bool salt_iv;
	u32 state;
	u64 max_seq;
	u64 next_bytes;
	u64 next_packets;
	struct dst_cache dst_cache;
	struct metadata_dst *md;

	atomic64_t seq ____cacheline_aligned_in_smp;
	spinlock_t lock;	/* replay */
	struct cm_replay *replay;
	atomic64_t packets;
	atomic64_t bytes;
	unsigned long used;

	struct rhash_head node ____cacheline_aligned_in_smp;
	struct list_head flow_node;
	bool linked;
	struct llist_node reap_node;
	unsigned long reaped;
	u8 reap_reason;
	struct timer_list timer;
	u64 created;
	spinlock_t event_lock;	/* softirq-safe, for the members up to owner */
	struct cm_sa_limits limits;
	bool soft_told;
	bool hard_told;
	bool idle_told;
	bool live_told;
	bool replay_told;
	unsigned long idle_used;
	unsigned long live_at;
	unsigned long replay_at;
	u32 replay_missed;
	u32 owner_len;
	u8 owner[CRYPTOMAP_OWNER_MAX];
	u32 encr_alg;
	u32 auth_alg;
	u16 key_bits;
	u32 conn_id;
	u64 packets_base;
	u64 bytes_base;
	u64 folded;
	atomic_long_t drops[CM_DROP_MAX];
	refcount_t ref;
	struct rcu_work rwork;
};

/* What the module does later: frees SAs and policies, deletes SAs. */
extern struct workqueue_struct *cm_sa_wq;

int cm_sa_init(void);
void cm_sa_exit(void);

struct cm_sa *cm_sa_create(struct cm_net *cn, struct cm_flow *flow,
			   const struct cm_sa_param *param,
			   struct netlink_ext_ack *extack);
struct cm_sa *cm_sa_create_larval(struct cm_net *cn,
				  const struct cm_sa_id *id);
void cm_sa_release(struct cm_sa *sa);
void cm_sa_put_later(struct cm_sa *sa);

/* The mark of packets that an SA decrypted. */
void cm_sa_mark(const struct cm_sa *sa, struct sk_buff *skb);
bool cm_sa_marked(const struct sk_buff *skb);

/* Only an SPI is reserved; it serves no flow yet. */
static inline bool cm_sa_is_larval(const struct cm_sa *sa)
{
	return !sa->flow;
}

/*
 * For requests that may outlive the RCU section. A packet that found the SA
 * under RCU gets it.
 */
static inline bool cm_sa_get(struct cm_sa *sa)
{
	return refcount_inc_not_zero(&sa->ref);
}

/* The SA that a flow sends on, unless a hard limit has ended it; under RCU. */
static inline struct cm_sa *cm_sa_of_flow(const struct cm_flow *flow)
{
	struct cm_sa *sa = rcu_dereference(flow->out);

	if (unlikely(sa && READ_ONCE(sa->state) == CRYPTOMAP_SA_STATE_DEAD))
		return NULL;
	return sa;
}

static inline void cm_sa_put(struct cm_sa *sa)
{
	if (refcount_dec_and_test(&sa->ref))
		cm_sa_release(sa);
}

#endif /* _CM_SA_H */

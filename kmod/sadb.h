/* SPDX-License-Identifier: GPL-2.0 */
/* The security association database (the SAD of RFC 4301) of a namespace. */
#ifndef _CM_SADB_H
#define _CM_SADB_H

#include <linux/llist.h>
#include <linux/netlink.h>
#include <linux/rhashtable.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "acl.h"

struct cm_flow;
struct cm_net;
struct cm_sa;
struct cm_sa_param;

#define CM_SADB_INBOUND_PER_FLOW	4

/**
 * struct cm_sa_id - what an SA is found by, one table for each direction
 * @dst: outer destination
 * @spi: in network order
 * @proto: IPPROTO_ESP
 * @family: of @dst
 *
 * Zeroed before it is filled; hashed and compared as bytes.
 */
struct cm_sa_id {
	union cm_addr dst;
	__be32 spi;
	u8 proto;
	u8 family;
	u16 zero;
};

/**
 * struct cm_sadb_bucket - token bucket of events
 * @lock: protects the rest; softirq-safe
 * @tokens: events that may be sent at once
 * @filled: jiffies when the last token came
 * @missed: events left out since the last one sent
 */
struct cm_sadb_bucket {
	spinlock_t lock;	/* softirq-safe, for the members below */
	u32 tokens;
	unsigned long filled;
	u32 missed;
};

/**
 * struct cm_sadb - the SAs of a namespace
 * @in: inbound and larval SAs by cm_sa_id; read under RCU
 * @out: outbound SAs by cm_sa_id; read under RCU
 * @sas: the same without larval ones, by conn_id; under cm_net.lock
 * @larval: larval SAs; under cm_net.lock
 * @count: SAs in @sas; under cm_net.lock
 * @alive: SAs not freed yet, for the end of the namespace
 * @conn_next: where the search for a free conn_id goes on
 * @reap: SAs that a timer or a packet found to be over; see cm_sadb_reap()
 * @reap_work: deletes them, under cm_net.lock
 * @net: the namespace
 * @invalid_spi: limits the rate of invalid-spi events
 */
struct cm_sadb {
	struct rhashtable in;
	struct rhashtable out;
	struct xarray sas;
	struct list_head larval;
	u32 count;
	atomic_t alive;
	u32 conn_next;
	struct llist_head reap;
	struct work_struct reap_work;
	struct cm_net *net;
	struct cm_sadb_bucket invalid_spi;
};

/* What sa-flush and the dump of sa-get select; zero members select all. */
struct cm_sa_filter {
	u32 flow;
	u32 ifindex;
	const char *map;
	u8 peer_family;
	union cm_addr peer;
};

int cm_sadb_init_net(struct cm_net *cn);
void cm_sadb_exit_net(struct cm_net *cn);

/* Packet side; under rcu_read_lock. Never a larval SA. */
struct cm_sa *cm_sadb_find_in(const struct cm_net *cn,
			      const struct cm_sa_id *id);
struct cm_sa *cm_sadb_find_out(const struct cm_net *cn,
			       const struct cm_sa_id *id);
bool cm_sadb_is_taken(const struct cm_net *cn, const struct cm_sa_id *id);
void cm_sadb_reap(struct cm_net *cn, struct cm_sa *sa, u8 reason);

/* Control side; each is called with cm_net.lock held. */
int cm_sadb_reserve_spi(struct cm_net *cn, struct cm_sa_id *id, u32 low,
			u32 high, u32 seconds, struct netlink_ext_ack *extack);
int cm_sadb_add(struct cm_net *cn, const struct cm_sa_param *param,
		u32 *conn_id, struct netlink_ext_ack *extack);
struct cm_sa *cm_sadb_find(struct cm_net *cn, u8 direction,
			   const struct cm_sa_id *id);
void cm_sadb_delete(struct cm_net *cn, struct cm_sa *sa, u8 reason);
void cm_sadb_delete_flow(struct cm_net *cn, struct cm_flow *flow, u8 reason);
u32 cm_sadb_flush(struct cm_net *cn, const struct cm_sa_filter *filter,
		  u8 reason);
struct cm_sa *cm_sadb_next(struct cm_net *cn, const struct cm_sa_filter *filter,
			   u32 from);
void cm_sadb_fold(struct cm_sa *sa);
bool cm_sadb_selects(const struct cm_sa_filter *filter, const struct cm_sa *sa);

#endif /* _CM_SADB_H */

// SPDX-License-Identifier: GPL-2.0
/*
 * The security association database of a namespace.
 *
 * All changes are made under cm_net.lock. Packets find SAs by hash under RCU.
 * Timers and packets that find an SA to be over do not delete it themselves;
 * they give it to cm_sadb_reap().
 */

#include <linux/jhash.h>
#include <linux/random.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/wait_bit.h>
#include <net/xfrm.h>

#include "net.h"
#include "notify.h"
#include "sa.h"
#include "timers.h"

/* SPIs looked at for a free one, from a random one on. */
#define SPI_TRIES	65536

static const struct rhashtable_params table_params = {
	.key_len = sizeof(struct cm_sa_id),
	.key_offset = offsetof(struct cm_sa, id),
	.head_offset = offsetof(struct cm_sa, node),
	.automatic_shrinking = true,
};

static struct rhashtable *table(struct cm_net *cn, u8 direction)
{
	return direction == CRYPTOMAP_DIRECTION_IN ? &cn->sadb.in :
						     &cn->sadb.out;
}

/**
 * cm_sadb_find_in - the SA that a packet came on
 * @cn: namespace
 * @id: from the packet
 *
 * Context: under RCU.
 * Return: the SA, which may be DEAD but is not larval, or NULL.
 */
struct cm_sa *cm_sadb_find_in(const struct cm_net *cn,
			      const struct cm_sa_id *id)
{
	struct cm_sa *sa;

	sa = rhashtable_lookup((struct rhashtable *)&cn->sadb.in, id,
			       table_params);
	return sa && !cm_sa_is_larval(sa) ? sa : NULL;
}

/**
 * cm_sadb_is_taken - whether an inbound SPI is ours
 * @cn: namespace
 * @id: from the packet
 *
 * Asked about one for which there was no SA a moment ago: it is reserved, or
 * has just become an SA.
 *
 * Context: under RCU.
 */
bool cm_sadb_is_taken(const struct cm_net *cn, const struct cm_sa_id *id)
{
	return rhashtable_lookup((struct rhashtable *)&cn->sadb.in, id,
				 table_params);
}

/**
 * cm_sadb_find_out - an SA that we send on
 * @cn: namespace
 * @id: its identity
 *
 * Context: under RCU.
 * Return: the SA, which may be DEAD, or NULL.
 */
struct cm_sa *cm_sadb_find_out(const struct cm_net *cn,
			       const struct cm_sa_id *id)
{
	return rhashtable_lookup((struct rhashtable *)&cn->sadb.out, id,
				 table_params);
}

/**
 * cm_sadb_find - an SA by its identity, larval ones too
 * @cn: namespace
 * @direction: enum cryptomap_direction
 * @id: its identity
 *
 * Context: cm_net.lock held.
 * Return: the SA, or NULL.
 */
struct cm_sa *cm_sadb_find(struct cm_net *cn, u8 direction,
			   const struct cm_sa_id *id)
{
	lockdep_assert_held(&cn->lock);
	return rhashtable_lookup_fast(table(cn, direction), id, table_params);
}

/* Reserving SPIs */

static bool foreign_spi(struct cm_net *cn, const struct cm_sa_id *id)
{
	struct xfrm_state *x;

	x = xfrm_state_lookup(cn->net, 0, (const xfrm_address_t *)&id->dst,
			      id->spi, id->proto, id->family);
	if (!x)
		return false;
	xfrm_state_put(x);
	return true;
}

static bool find_free_spi(struct cm_net *cn, struct cm_sa_id *id, u32 low,
			  u32 high)
{
	u64 count = (u64)high - low + 1;
	u32 start = get_random_u32_inclusive(low, high);
	u64 i;

	for (i = 0; i < min_t(u64, count, SPI_TRIES); i++) {
		id->spi = htonl(low + (u32)((start - low + i) % count));
		if (!cm_sadb_find(cn, CRYPTOMAP_DIRECTION_IN, id) &&
		    !foreign_spi(cn, id))
			return true;
	}
	return false;
}

/**
 * cm_sadb_reserve_spi - take a free inbound SPI (RFC 4301 4.4.2.1)
 * @cn: namespace
 * @id: all but spi is given; spi is set
 * @low: lowest SPI, at least CRYPTOMAP_SPI_MIN
 * @high: highest SPI, at least @low
 * @seconds: how long it waits for its SA
 * @extack: for the refusal
 *
 * Stock xfrm's SPIs are left alone.
 *
 * Context: process, cm_net.lock held.
 * Return: 0, -ENOSPC or -ENOMEM.
 */
int cm_sadb_reserve_spi(struct cm_net *cn, struct cm_sa_id *id, u32 low,
			u32 high, u32 seconds, struct netlink_ext_ack *extack)
{
	struct cm_sa *sa;
	int err;

	lockdep_assert_held(&cn->lock);
	if (!find_free_spi(cn, id, low, high)) {
		NL_SET_ERR_MSG(extack, "No free SPI in this range");
		return -ENOSPC;
	}
	sa = cm_sa_create_larval(cn, id);
	if (!sa) {
		NL_SET_ERR_MSG(extack, "Not enough memory for the SPI");
		return -ENOMEM;
	}
	sa->limits.hard_seconds = seconds;
	err = rhashtable_insert_fast(&cn->sadb.in, &sa->node, table_params);
	if (err) {
		NL_SET_ERR_MSG(extack, "Not enough memory for the SPI");
		cm_sa_put(sa);
		return err;
	}
	list_add_tail(&sa->flow_node, &cn->sadb.larval);
	sa->linked = true;
	cm_timers_start(sa);
	return 0;
}

/* Adding */

static int check_add(struct cm_net *cn, const struct cm_flow *flow,
		     const struct cm_sa_param *param,
		     struct netlink_ext_ack *extack)
{
	const struct cm_sa *same;

	if (param->mode == CRYPTOMAP_MODE_TRANSPORT &&
	    param->id.family != flow->key.sel.family) {
		NL_SET_ERR_MSG(extack,
			       "Transport mode needs the address family of the flow");
		return -EAFNOSUPPORT;
	}
	same = cm_sadb_find(cn, param->direction, &param->id);
	if (same && !cm_sa_is_larval(same)) {
		NL_SET_ERR_MSG(extack, "This SA exists");
		return -EEXIST;
	}
	if (param->direction == CRYPTOMAP_DIRECTION_IN &&
	    flow->inbound >= CM_SADB_INBOUND_PER_FLOW) {
		NL_SET_ERR_MSG(extack,
			       "The flow has four inbound SAs; delete one first");
		return -ENOSPC;
	}
	return 0;
}

/* In place of the larval SA, if there is one; packets find one or the other. */
static int table_insert(struct cm_net *cn, struct cm_sa *sa)
{
	struct rhashtable *ht = table(cn, sa->direction);
	struct cm_sa *larval = cm_sadb_find(cn, sa->direction, &sa->id);
	int err;

	if (!larval)
		return rhashtable_insert_fast(ht, &sa->node, table_params);
	err = rhashtable_replace_fast(ht, &larval->node, &sa->node,
				      table_params);
	if (err)
		return err;
	larval->linked = false;
	list_del(&larval->flow_node);
	cm_timers_stop(larval);
	cm_sa_put(larval);
	return 0;
}

static int link_sa(struct cm_net *cn, struct cm_sa *sa,
		   struct netlink_ext_ack *extack)
{
	struct cm_sadb *db = &cn->sadb;
	int err;

	err = xa_alloc_cyclic(&db->sas, &sa->conn_id, sa,
			      XA_LIMIT(1, INT_MAX), &db->conn_next, GFP_KERNEL);
	if (err >= 0)
		err = table_insert(cn, sa);
	if (err < 0) {
		NL_SET_ERR_MSG(extack, "Not enough memory for the SA");
		if (sa->conn_id)
			xa_erase(&db->sas, sa->conn_id);
		return err;
	}
	list_add(&sa->flow_node, &sa->flow->sas);
	if (sa->direction == CRYPTOMAP_DIRECTION_IN)
		WRITE_ONCE(sa->flow->inbound, sa->flow->inbound + 1);
	db->count++;
	sa->linked = true;
	return 0;
}

/* The flow sends on the new SA from now on; the one before it fades. */
static void take_flow(struct cm_net *cn, struct cm_sa *sa)
{
	struct cm_flow *flow = sa->flow;
	struct cm_sa *old;

	old = rcu_dereference_protected(flow->out, lockdep_is_held(&cn->lock));
	cm_hold_handover(cn, flow, sa);
	if (old)
		cmpxchg(&old->state, CRYPTOMAP_SA_STATE_MATURE,
			CRYPTOMAP_SA_STATE_DYING);
}

/**
 * cm_sadb_add - install an SA into its flow
 * @cn: namespace
 * @param: what is asked for, checked as far as one can without the flow
 * @conn_id: set to its number
 * @extack: for the refusal
 *
 * Context: process, cm_net.lock held.
 * Return: 0 or a negative error: -ENOENT no such flow, -EEXIST the SA exists,
 * -ENOSPC too many inbound SAs, -EAFNOSUPPORT wrong address family, others.
 */
int cm_sadb_add(struct cm_net *cn, const struct cm_sa_param *param,
		u32 *conn_id, struct netlink_ext_ack *extack)
{
	struct cm_flow *flow;
	struct cm_sa *sa;
	int err;

	lockdep_assert_held(&cn->lock);
	flow = cm_flow_by_id(cn, param->flow);
	if (!flow) {
		NL_SET_ERR_MSG(extack, "There is no flow of this number");
		return -ENOENT;
	}
	err = check_add(cn, flow, param, extack);
	if (err)
		return err;
	sa = cm_sa_create(cn, flow, param, extack);
	if (IS_ERR(sa))
		return PTR_ERR(sa);
	err = link_sa(cn, sa, extack);
	if (err) {
		cm_sa_put(sa);
		return err;
	}
	*conn_id = sa->conn_id;
	cm_timers_start(sa);
	if (sa->direction == CRYPTOMAP_DIRECTION_OUT)
		take_flow(cn, sa);
	return 0;
}

/* Deleting */

/**
 * cm_sadb_fold - add an SA's packets to the counters that its flow keeps
 * @sa: deleted, or about to be freed; what was added before is not added again
 *
 * Context: process, cm_net.lock held.
 */
void cm_sadb_fold(struct cm_sa *sa)
{
	u64 packets = atomic64_read(&sa->packets);
	struct cm_flow *flow = sa->flow;

	lockdep_assert_held(&sa->net->lock);
	if (sa->direction == CRYPTOMAP_DIRECTION_OUT)
		flow->encaps += packets - sa->folded;
	else
		flow->decaps += packets - sa->folded;
	sa->folded = packets;
}

/* The newest outbound SA of a flow but @sa, or NULL. */
static struct cm_sa *newest_other(const struct cm_flow *flow,
				  const struct cm_sa *sa)
{
	struct cm_sa *other;

	list_for_each_entry(other, &flow->sas, flow_node) {
		if (other != sa && !cm_sa_is_larval(other) &&
		    other->direction == CRYPTOMAP_DIRECTION_OUT &&
		    READ_ONCE(other->state) != CRYPTOMAP_SA_STATE_DEAD)
			return other;
	}
	return NULL;
}

/*
 * The one before it carries the flow again: of two pairs that both ends have
 * made at the same time, the daemons keep one, which may be the older.
 */
static void yield_flow(struct cm_flow *flow, struct cm_sa *sa)
{
	struct cm_sa *other = newest_other(flow, sa);

	spin_lock_bh(&flow->hold.queue.lock);
	rcu_assign_pointer(flow->out, other);
	spin_unlock_bh(&flow->hold.queue.lock);
	if (!other)
		return;
	spin_lock_bh(&other->event_lock);
	if (!other->soft_told)
		cmpxchg(&other->state, CRYPTOMAP_SA_STATE_DYING,
			CRYPTOMAP_SA_STATE_MATURE);
	spin_unlock_bh(&other->event_lock);
}

static void leave_flow(struct cm_net *cn, struct cm_sa *sa)
{
	struct cm_flow *flow = sa->flow;

	if (sa->direction == CRYPTOMAP_DIRECTION_IN)
		WRITE_ONCE(flow->inbound, flow->inbound - 1);
	if (rcu_access_pointer(flow->out) == sa)
		yield_flow(flow, sa);
	cn->sadb.count--;
	xa_erase(&cn->sadb.sas, sa->conn_id);
	cm_sadb_fold(sa);
}

/**
 * cm_sadb_delete - take an SA out of use
 * @cn: namespace
 * @sa: freed once nothing uses it any more; nothing happens if it was deleted
 *	before
 * @reason: enum cryptomap_delete_reason, for the event
 *
 * See sa.c for what makes this safe.
 *
 * Context: process, cm_net.lock held.
 */
void cm_sadb_delete(struct cm_net *cn, struct cm_sa *sa, u8 reason)
{
	lockdep_assert_held(&cn->lock);
	if (!sa->linked)
		return;
	sa->linked = false;
	if (!cm_sa_is_larval(sa))
		leave_flow(cn, sa);
	list_del(&sa->flow_node);
	rhashtable_remove_fast(table(cn, sa->direction), &sa->node,
			       table_params);
	cm_timers_stop(sa);
	cm_notify_deleted(sa, reason);
	cm_sa_put_later(sa);
}

/**
 * cm_sadb_delete_flow - delete all SAs of a flow
 * @cn: namespace
 * @flow: the flow
 * @reason: enum cryptomap_delete_reason
 *
 * Context: process, cm_net.lock held.
 */
void cm_sadb_delete_flow(struct cm_net *cn, struct cm_flow *flow, u8 reason)
{
	struct cm_sa *sa, *next;

	lockdep_assert_held(&cn->lock);
	list_for_each_entry_safe(sa, next, &flow->sas, flow_node)
		cm_sadb_delete(cn, sa, reason);
}

/**
 * cm_sadb_selects - whether an SA passes a filter
 * @filter: members that are zero let everything pass
 * @sa: not larval
 */
bool cm_sadb_selects(const struct cm_sa_filter *filter, const struct cm_sa *sa)
{
	const struct cm_flow *flow = sa->flow;

	if (filter->flow && filter->flow != flow->id)
		return false;
	if (filter->ifindex && filter->ifindex != cm_flow_ifindex(flow))
		return false;
	if (filter->map && strcmp(filter->map, flow->key.map))
		return false;
	if (!filter->peer_family)
		return true;
	return filter->peer_family == sa->id.family &&
	       (!memcmp(&filter->peer, &sa->id.dst, sizeof(filter->peer)) ||
		!memcmp(&filter->peer, &sa->src, sizeof(filter->peer)));
}

/* A flow has few SAs: not worth to walk through all of the namespace. */
static struct cm_sa *next_of_flow(struct cm_net *cn,
				  const struct cm_sa_filter *filter, u32 from)
{
	struct cm_flow *flow = cm_flow_by_id(cn, filter->flow);
	struct cm_sa *sa, *best = NULL;

	if (!flow)
		return NULL;
	list_for_each_entry(sa, &flow->sas, flow_node) {
		if (sa->conn_id >= from && cm_sadb_selects(filter, sa) &&
		    (!best || sa->conn_id < best->conn_id))
			best = sa;
	}
	return best;
}

/**
 * cm_sadb_next - walk through SAs in the order of their numbers
 * @cn: namespace
 * @filter: which ones
 * @from: lowest number that is wanted
 *
 * A walk that goes on behind the number of the last SA, even after the lock
 * was released, comes by every SA that is there all the time, once.
 *
 * Context: process, cm_net.lock held.
 * Return: the SA, or NULL.
 */
struct cm_sa *cm_sadb_next(struct cm_net *cn, const struct cm_sa_filter *filter,
			   u32 from)
{
	unsigned long index = from;
	struct cm_sa *sa;

	lockdep_assert_held(&cn->lock);
	if (filter->flow)
		return next_of_flow(cn, filter, from);
	xa_for_each_start(&cn->sadb.sas, index, sa, index) {
		if (cm_sadb_selects(filter, sa))
			return sa;
		cond_resched();
	}
	return NULL;
}

/**
 * cm_sadb_flush - delete the SAs that pass a filter, larval ones never
 * @cn: namespace
 * @filter: which ones
 * @reason: enum cryptomap_delete_reason
 *
 * Context: process, cm_net.lock held.
 * Return: how many.
 */
u32 cm_sadb_flush(struct cm_net *cn, const struct cm_sa_filter *filter,
		  u8 reason)
{
	struct cm_sa *sa;
	u32 count = 0;
	u32 from = 1;

	while ((sa = cm_sadb_next(cn, filter, from))) {
		from = sa->conn_id + 1;
		cm_sadb_delete(cn, sa, reason);
		count++;
		cond_resched();
	}
	return count;
}

/* Reaping */

/**
 * cm_sadb_reap - have an SA deleted that was found to be over
 * @cn: namespace
 * @sa: DEAD when this returns
 * @reason: enum cryptomap_delete_reason; the first call counts
 *
 * Context: any, under RCU or softirq. The SA is found under RCU and is freed
 * only after a grace period, therefore the namespace, which waits for all SAs,
 * is there until this returns.
 */
void cm_sadb_reap(struct cm_net *cn, struct cm_sa *sa, u8 reason)
{
	WRITE_ONCE(sa->state, CRYPTOMAP_SA_STATE_DEAD);
	if (!cm_sa_get(sa))
		return;
	if (test_and_set_bit(0, &sa->reaped)) {
		cm_sa_put(sa);
		return;
	}
	sa->reap_reason = reason;
	llist_add(&sa->reap_node, &cn->sadb.reap);
	queue_work(cm_sa_wq, &cn->sadb.reap_work);
}

/* The lock is released after each SA, so that requests are not kept waiting. */
static void reap_work(struct work_struct *work)
{
	struct cm_sadb *db = container_of(work, struct cm_sadb, reap_work);
	struct llist_node *list = llist_del_all(&db->reap);
	struct cm_net *cn = db->net;
	struct cm_sa *sa, *next;

	list = llist_reverse_order(list);
	llist_for_each_entry_safe(sa, next, list, reap_node) {
		mutex_lock(&cn->lock);
		cm_sadb_delete(cn, sa, sa->reap_reason);
		mutex_unlock(&cn->lock);
		cm_sa_put(sa);
		cond_resched();
	}
}

/* Namespaces */

/**
 * cm_sadb_init_net - prepare the SADB of a namespace
 * @cn: namespace
 *
 * Return: 0 or a negative error.
 */
int cm_sadb_init_net(struct cm_net *cn)
{
	struct cm_sadb *db = &cn->sadb;
	int err;

	db->net = cn;
	xa_init_flags(&db->sas, XA_FLAGS_ALLOC1);
	INIT_LIST_HEAD(&db->larval);
	atomic_set(&db->alive, 0);
	init_llist_head(&db->reap);
	INIT_WORK(&db->reap_work, reap_work);
	spin_lock_init(&db->invalid_spi.lock);
	db->invalid_spi.filled = jiffies;
	err = rhashtable_init(&db->in, &table_params);
	if (err)
		return err;
	err = rhashtable_init(&db->out, &table_params);
	if (err)
		rhashtable_destroy(&db->in);
	return err;
}

/**
 * cm_sadb_exit_net - delete all SAs and wait until they are freed
 * @cn: namespace; no packet comes from the stack any more
 *
 * What may still use an SA is a crypto request, and the reaping work. Both
 * have references, so the wait covers them; the work itself may be about to
 * return.
 *
 * Context: process; sleeps.
 */
void cm_sadb_exit_net(struct cm_net *cn)
{
	static const struct cm_sa_filter all;
	struct cm_sadb *db = &cn->sadb;
	struct cm_sa *sa, *next;

	mutex_lock(&cn->lock);
	cm_sadb_flush(cn, &all, CRYPTOMAP_DELETE_REASON_NAMESPACE);
	list_for_each_entry_safe(sa, next, &db->larval, flow_node)
		cm_sadb_delete(cn, sa, CRYPTOMAP_DELETE_REASON_NAMESPACE);
	mutex_unlock(&cn->lock);

	wait_var_event(&db->alive, !atomic_read(&db->alive));
	cancel_work_sync(&db->reap_work);
	rhashtable_destroy(&db->in);
	rhashtable_destroy(&db->out);
	xa_destroy(&db->sas);
}

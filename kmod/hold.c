// SPDX-License-Identifier: GPL-2.0
/*
 * Packets that wait for an SA. The first one of a flow asks the daemon for an
 * SA; when it comes the packets leave in the order in which they came, before
 * any later one. Where IOS loses what starts a negotiation, nothing is lost
 * here up to the limit (CMAP-9).
 */

#include <linux/skbuff.h>

#include "net.h"
#include "notify.h"
#include "output.h"
#include "packet.h"
#include "sa.h"
#include "trace.h"

/* Rounds after which a flow takes no more packets until its SA is published. */
#define CM_HOLD_ROUNDS	256

/* Behind what IPv4 and IPv6 keep in the control block. */
struct cm_hold_cb {
	u8 ip[40];
	unsigned long since;
};

static struct cm_hold_cb *hold_cb(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct cm_hold_cb) > sizeof(skb->cb));
	return (struct cm_hold_cb *)skb->cb;
}

static void uncharge(struct cm_hold_net *net, const struct sk_buff *skb)
{
	atomic_long_sub(skb->truesize, &net->bytes);
	atomic_dec(&net->held);
}

/* A packet is about to wait, if the namespace has room for it. */
static bool charge(struct cm_hold_net *net, const struct sk_buff *skb)
{
	long bytes = atomic_long_add_return(skb->truesize, &net->bytes);
	int held = atomic_inc_return(&net->held);

	if (held <= CM_HOLD_NET_LIMIT && bytes <= CM_HOLD_NET_BYTES)
		return true;
	uncharge(net, skb);
	return false;
}

static void drop_list(struct cm_net *cn, struct cm_flow *flow,
		      struct sk_buff_head *list, enum cm_drop reason)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(list))) {
		uncharge(&cn->hold, skb);
		cm_drop_out(cn, flow, NULL, skb, reason);
	}
}

static void hold_timeout(struct timer_list *timer)
{
	struct cm_hold *hold = container_of(timer, struct cm_hold, timer);
	struct cm_flow *flow = container_of(hold, struct cm_flow, hold);
	struct sk_buff_head old;
	struct sk_buff *skb;

	__skb_queue_head_init(&old);
	spin_lock(&hold->queue.lock);
	while ((skb = skb_peek(&hold->queue))) {
		unsigned long end = hold_cb(skb)->since + CM_HOLD_TIME;

		if (time_before(jiffies, end)) {
			mod_timer(timer, end);
			break;
		}
		__skb_unlink(skb, &hold->queue);
		__skb_queue_tail(&old, skb);
	}
	spin_unlock(&hold->queue.lock);
	drop_list(flow->net, flow, &old, CM_DROP_HOLD_TIMEOUT);
}

/**
 * cm_hold_init - prepare the queue of a new flow
 * @flow: the flow
 * @limit: most packets that wait
 */
void cm_hold_init(struct cm_flow *flow, u32 limit)
{
	struct cm_hold *hold = &flow->hold;

	skb_queue_head_init(&hold->queue);
	timer_setup(&hold->timer, hold_timeout, 0);
	hold->limit = limit;
	hold->closed = false;
	hold->draining = false;
	hold->asked = false;
}

static bool acquire_due(const struct cm_flow *flow, struct cm_hold *hold)
{
	lockdep_assert_held(&hold->queue.lock);
	if (READ_ONCE(flow->kind) == CRYPTOMAP_ENTRY_KIND_DYNAMIC)
		return false;
	if (hold->asked &&
	    time_before(jiffies, hold->acquired + CM_HOLD_ACQUIRE_GAP))
		return false;
	hold->asked = true;
	hold->acquired = jiffies;
	return true;
}

/* Whether the packet was queued; the namespace counts it then. */
static bool enqueue(struct cm_net *cn, struct cm_hold *hold,
		    struct sk_buff *skb)
{
	lockdep_assert_held(&hold->queue.lock);
	if (hold->draining ||
	    skb_queue_len(&hold->queue) >= READ_ONCE(hold->limit))
		return false;
	if (!charge(&cn->hold, skb))
		return false;
	hold_cb(skb)->since = jiffies;
	__skb_queue_tail(&hold->queue, skb);
	if (!timer_pending(&hold->timer))
		mod_timer(&hold->timer, jiffies + CM_HOLD_TIME);
	return true;
}

/**
 * cm_hold_packet - keep a packet until its flow has an SA
 * @cn: namespace
 * @flow: flow without an outbound SA
 * @skb: taken over
 *
 * Context: under RCU, bottom halves disabled.
 */
void cm_hold_packet(struct cm_net *cn, struct cm_flow *flow,
		    struct sk_buff *skb)
{
	struct cm_hold *hold = &flow->hold;
	bool acquire = false, queued = false;
	struct cm_acl_key key;
	struct cm_sa *sa;
	bool closed;

	if (!cm_packet_key(skb, flow->key.sel.family, &key) ||
	    !skb_dst_force(skb)) {
		cm_drop_out(cn, flow, NULL, skb, CM_DROP_NO_ROUTE);
		return;
	}
	spin_lock(&hold->queue.lock);
	/* One may have come while we were on our way. */
	sa = cm_sa_of_flow(flow);
	closed = hold->closed;
	if (!sa && !closed) {
		queued = enqueue(cn, hold, skb);
		acquire = acquire_due(flow, hold);
		if (queued)
			trace_cm_hold(skb, flow->id,
				      skb_queue_len(&hold->queue));
	}
	spin_unlock(&hold->queue.lock);

	if (sa)
		cm_output_packet(cn, flow, sa, skb);
	else if (closed)
		cm_drop_out(cn, flow, NULL, skb, CM_DROP_HOLD_RELEASED);
	else if (!queued)
		cm_drop_out(cn, flow, NULL, skb, CM_DROP_HOLD_FULL);
	if (acquire)
		cm_notify_acquire(flow, &key);
}

static void send_list(struct cm_net *cn, struct cm_flow *flow,
		      struct cm_sa *sa, struct sk_buff_head *list)
{
	struct sk_buff *skb;

	rcu_read_lock();
	while ((skb = __skb_dequeue(list))) {
		uncharge(&cn->hold, skb);
		skb->dev = skb_dst(skb)->dev;
		local_bh_disable();
		cm_output_packet(cn, flow, sa, skb);
		local_bh_enable();
	}
	rcu_read_unlock();
}

/* Whether nothing waits any more, then @sa is in force. */
static bool publish(struct cm_hold *hold, struct cm_flow *flow,
		    struct cm_sa *sa, struct sk_buff_head *list, int round)
{
	bool done;

	spin_lock_bh(&hold->queue.lock);
	skb_queue_splice_tail_init(&hold->queue, list);
	done = skb_queue_empty(list);
	if (done) {
		rcu_assign_pointer(flow->out, sa);
		hold->asked = false;
	}
	hold->draining = !done && round >= CM_HOLD_ROUNDS;
	spin_unlock_bh(&hold->queue.lock);
	return done;
}

/**
 * cm_hold_handover - make an SA the one that a flow sends on
 * @cn: namespace
 * @flow: its held packets leave first
 * @sa: new outbound SA, ready for use; @flow has a reference to it
 *
 * Packets that come meanwhile queue up behind and leave in the next round;
 * only when none is left, which the queue's lock makes sure of, the SA is
 * published. A stream that comes in faster than it can be protected would go
 * on for ever: after many rounds no more is taken, so that the order is kept
 * to the end.
 *
 * Context: process, cm_net.lock held.
 */
void cm_hold_handover(struct cm_net *cn, struct cm_flow *flow,
		      struct cm_sa *sa)
{
	struct cm_hold *hold = &flow->hold;
	struct sk_buff_head list;
	int round = 0;

	lockdep_assert_held(&cn->lock);
	__skb_queue_head_init(&list);
	while (!publish(hold, flow, sa, &list, round++))
		send_list(cn, flow, sa, &list);
}

/**
 * cm_hold_release - drop what waits, its SA will not come soon
 * @cn: namespace
 * @flow: the flow
 *
 * Context: process.
 * Return: number of packets.
 */
u32 cm_hold_release(struct cm_net *cn, struct cm_flow *flow)
{
	struct cm_hold *hold = &flow->hold;
	struct sk_buff_head list;
	u32 count;

	__skb_queue_head_init(&list);
	spin_lock_bh(&hold->queue.lock);
	skb_queue_splice_tail_init(&hold->queue, &list);
	spin_unlock_bh(&hold->queue.lock);
	count = skb_queue_len(&list);
	drop_list(cn, flow, &list, CM_DROP_HOLD_RELEASED);
	return count;
}

/**
 * cm_hold_close - drop what waits and accept nothing more
 * @cn: namespace
 * @flow: a flow that is going
 *
 * Context: process. When this returns the timer does not run any more.
 */
void cm_hold_close(struct cm_net *cn, struct cm_flow *flow)
{
	struct cm_hold *hold = &flow->hold;

	spin_lock_bh(&hold->queue.lock);
	hold->closed = true;
	spin_unlock_bh(&hold->queue.lock);
	cm_hold_release(cn, flow);
	del_timer_sync(&hold->timer);
}

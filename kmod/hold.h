/* SPDX-License-Identifier: GPL-2.0 */
/* Packets that wait for an SA. */
#ifndef _CM_HOLD_H
#define _CM_HOLD_H

#include <linux/skbuff.h>
#include <linux/timer.h>
#include <linux/types.h>

struct cm_flow;
struct cm_net;
struct cm_sa;

#define CM_HOLD_LIMIT_DEFAULT	64		/* packets of one flow */
#define CM_HOLD_NET_LIMIT	65536		/* packets of a namespace */
#define CM_HOLD_NET_BYTES	(64 << 20)	/* memory that they take */
#define CM_HOLD_TIME		(10 * HZ)
#define CM_HOLD_ACQUIRE_GAP	HZ		/* between two acquires of a flow */

/**
 * struct cm_hold - the packets of one flow that wait
 * @queue: in the order of arrival; its lock also orders the hand-over to an SA
 * @limit: most packets in @queue; from the map entry
 * @timer: runs CM_HOLD_TIME after the first packet came
 * @acquired: jiffies of the last acquire event; under @queue.lock
 * @closed: the flow is going, nothing is accepted; under @queue.lock
 * @draining: an SA is about to be published, nothing is accepted until then;
 *	under @queue.lock
 */
struct cm_hold {
	struct sk_buff_head queue;
	struct timer_list timer;
	unsigned long acquired;
	u32 limit;
	bool closed;
	bool draining;
	bool asked;
};

/**
 * struct cm_hold_net - what the packets of a namespace that wait come to
 * @held: packets
 * @bytes: their truesize
 */
struct cm_hold_net {
	atomic_t held;
	atomic_long_t bytes;
};

void cm_hold_init(struct cm_flow *flow, u32 limit);
void cm_hold_packet(struct cm_net *cn, struct cm_flow *flow,
		    struct sk_buff *skb);
void cm_hold_handover(struct cm_net *cn, struct cm_flow *flow,
		      struct cm_sa *sa);
u32 cm_hold_release(struct cm_net *cn, struct cm_flow *flow);
void cm_hold_close(struct cm_net *cn, struct cm_flow *flow);

#endif /* _CM_HOLD_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lifetimes, idle time and liveness of SAs. Other files never touch a timer,
 * they report what happened.
 */
#ifndef _CM_TIMERS_H
#define _CM_TIMERS_H

#include <linux/jiffies.h>

#include "sa.h"

/* Control side, cm_net.lock held. */
void cm_timers_init(struct cm_sa *sa);
void cm_timers_start(struct cm_sa *sa);
void cm_timers_changed(struct cm_sa *sa, const struct cm_sa_limits *limits);
void cm_timers_stop(struct cm_sa *sa);

/* A limit of bytes or packets is reached; from the packet path. */
void cm_timers_volume(struct cm_sa *sa);
/* The last sequence number was sent; from the packet path. */
void cm_timers_exhausted(struct cm_sa *sa);

/**
 * cm_timers_sent - a packet was protected
 * @sa: outbound SA
 * @bytes: plaintext bytes
 *
 * Called once for a packet, when the cipher is done with it, under RCU.
 */
static inline void cm_timers_sent(struct cm_sa *sa, unsigned int bytes)
{
	struct cm_flow *flow = sa->flow;
	u64 packets = atomic64_inc_return(&sa->packets);
	u64 total = atomic64_add_return(bytes, &sa->bytes);

	if (time_after(jiffies, READ_ONCE(sa->used)))
		WRITE_ONCE(sa->used, jiffies);
	if (!READ_ONCE(flow->sent_unanswered))
		WRITE_ONCE(flow->sent_unanswered, jiffies | 1);
	if (unlikely(total >= READ_ONCE(sa->next_bytes) ||
		     packets >= READ_ONCE(sa->next_packets)))
		cm_timers_volume(sa);
}

/**
 * cm_timers_received - a packet was accepted
 * @sa: inbound SA
 * @bytes: plaintext bytes
 *
 * Called once for a packet, after all checks, under RCU.
 */
static inline void cm_timers_received(struct cm_sa *sa, unsigned int bytes)
{
	struct cm_flow *flow = sa->flow;
	u64 packets = atomic64_inc_return(&sa->packets);
	u64 total = atomic64_add_return(bytes, &sa->bytes);

	if (time_after(jiffies, READ_ONCE(sa->used)))
		WRITE_ONCE(sa->used, jiffies);
	if (READ_ONCE(flow->sent_unanswered))
		WRITE_ONCE(flow->sent_unanswered, 0);
	if (unlikely(total >= READ_ONCE(sa->next_bytes) ||
		     packets >= READ_ONCE(sa->next_packets)))
		cm_timers_volume(sa);
}

#endif /* _CM_TIMERS_H */

// SPDX-License-Identifier: GPL-2.0
/* Counting and freeing of packets that go no further. */

#include <linux/skbuff.h>

#include "net.h"
#include "sa.h"
#include "trace.h"

#define CM_DROP_NAME(name, text)	\
	[CM_DROP_##name] = text,
static const char *const cm_drop_names[CM_DROP_MAX] = {
	CM_DROPS(CM_DROP_NAME)
};

#undef CM_DROP_NAME

/**
 * cm_drop_name - name of a drop reason for people and netlink
 * @reason: less than CM_DROP_MAX
 */
const char *cm_drop_name(enum cm_drop reason)
{
	return cm_drop_names[reason];
}

/**
 * cm_drop_count - count a packet that somebody else frees
 * @cn: namespace
 * @reason: why it goes no further
 *
 * Context: any.
 */
void cm_drop_count(struct cm_net *cn, enum cm_drop reason)
{
	this_cpu_inc(cn->stats->drops[reason]);
}

static void drop(struct cm_net *cn, struct cm_sa *sa, struct sk_buff *skb,
		 enum cm_drop reason)
{
	trace_cm_drop(skb, sa, reason);
	cm_drop_count(cn, reason);
	if (sa)
		atomic_long_inc(&sa->drops[reason]);
	kfree_skb(skb);
}

/**
 * cm_drop_out - drop and count a packet on its way out
 * @cn: namespace
 * @flow: that it belongs to, or NULL
 * @sa: that was to protect it, or NULL
 * @skb: freed
 * @reason: why
 *
 * Context: any, under RCU or with references to @flow and @sa.
 */
void cm_drop_out(struct cm_net *cn, struct cm_flow *flow, struct cm_sa *sa,
		 struct sk_buff *skb, enum cm_drop reason)
{
	if (flow)
		atomic_long_inc(&flow->send_errors);
	drop(cn, sa, skb, reason);
}

/**
 * cm_drop_in - drop and count a packet on its way in
 * @cn: namespace
 * @flow: that it belongs to, or NULL
 * @sa: that it came on, or NULL
 * @skb: freed
 * @reason: why
 *
 * Context: any, under RCU or with references to @flow and @sa.
 */
void cm_drop_in(struct cm_net *cn, struct cm_flow *flow, struct cm_sa *sa,
		struct sk_buff *skb, enum cm_drop reason)
{
	if (flow)
		atomic_long_inc(&flow->recv_errors);
	drop(cn, sa, skb, reason);
}

/**
 * cm_drop_lost - count a packet that its SA let in and the stack then freed
 * @cn: namespace
 * @sa: that it came on
 * @reason: why
 *
 * Context: any, under RCU or with a reference to @sa.
 */
void cm_drop_lost(struct cm_net *cn, struct cm_sa *sa, enum cm_drop reason)
{
	cm_drop_count(cn, reason);
	atomic_long_inc(&sa->drops[reason]);
	atomic_long_inc(&sa->flow->recv_errors);
}

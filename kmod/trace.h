/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM cryptomap

#if !defined(_CM_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _CM_TRACE_H

#include <linux/skbuff.h>
#include <linux/tracepoint.h>

#include "drop.h"
#include "sa.h"

#define CM_DROP_TRACE(name, text) { CM_DROP_##name, text },

TRACE_EVENT(cm_drop,
	TP_PROTO(const struct sk_buff *skb, const struct cm_sa *sa,
		 enum cm_drop reason),
	TP_ARGS(skb, sa, reason),
	TP_STRUCT__entry(
		__field(const void *, skb)
		__field(unsigned int, len)
		__field(u32, spi)
		__field(u32, conn_id)
		__field(int, reason)
	),
	TP_fast_assign(
		__entry->skb = skb;
		__entry->len = skb->len;
		__entry->spi = sa ? ntohl(sa->id.spi) : 0;
		__entry->conn_id = sa ? sa->conn_id : 0;
		__entry->reason = reason;
	),
	TP_printk("skb=%p len=%u spi=0x%08x conn=%u reason=%s",
		  __entry->skb, __entry->len, __entry->spi, __entry->conn_id,
		  __print_symbolic(__entry->reason,
				   CM_DROPS(CM_DROP_TRACE) { -1, "" }))
);

DECLARE_EVENT_CLASS(cm_packet,
	TP_PROTO(const struct sk_buff *skb, const struct cm_sa *sa, u64 seq),
	TP_ARGS(skb, sa, seq),
	TP_STRUCT__entry(
		__field(const void *, skb)
		__field(unsigned int, len)
		__field(u32, spi)
		__field(u32, conn_id)
		__field(u64, seq)
	),
	TP_fast_assign(
		__entry->skb = skb;
		__entry->len = skb->len;
		__entry->spi = ntohl(sa->id.spi);
		__entry->conn_id = sa->conn_id;
		__entry->seq = seq;
	),
	TP_printk("skb=%p len=%u spi=0x%08x conn=%u seq=%llu",
		  __entry->skb, __entry->len, __entry->spi, __entry->conn_id,
		  __entry->seq)
);

/* A packet is protected and goes to its peer. */
DEFINE_EVENT(cm_packet, cm_encap,
	TP_PROTO(const struct sk_buff *skb, const struct cm_sa *sa, u64 seq),
	TP_ARGS(skb, sa, seq));

/* A packet is authentic, was decrypted and goes on into the stack. */
DEFINE_EVENT(cm_packet, cm_decap,
	TP_PROTO(const struct sk_buff *skb, const struct cm_sa *sa, u64 seq),
	TP_ARGS(skb, sa, seq));

/* A packet waits for an SA of its flow. */
TRACE_EVENT(cm_hold,
	TP_PROTO(const struct sk_buff *skb, u32 flow, u32 held),
	TP_ARGS(skb, flow, held),
	TP_STRUCT__entry(
		__field(const void *, skb)
		__field(u32, flow)
		__field(u32, held)
	),
	TP_fast_assign(
		__entry->skb = skb;
		__entry->flow = flow;
		__entry->held = held;
	),
	TP_printk("skb=%p flow=%u held=%u", __entry->skb, __entry->flow,
		  __entry->held)
);

#endif /* _CM_TRACE_H */

#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH .
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>

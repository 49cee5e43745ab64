/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every reason for which the module drops a packet: one line gives the enum,
 * the name that people and netlink see, and the counter. The name never
 * changes once released; scripts match it.
 */
#ifndef _CM_DROP_H
#define _CM_DROP_H

#include <linux/types.h>

#define CM_DROPS(X)							\
	/* out */							\
	X(NO_SA,		"no-sa")				\
	X(HOLD_FULL,		"hold-full")				\
	X(HOLD_TIMEOUT,		"hold-timeout")				\
	X(HOLD_RELEASED,	"hold-released")			\
	X(SA_EXPIRED,		"sa-expired")				\
	X(SEQUENCE_OVERFLOW,	"sequence-overflow")			\
	X(TOO_BIG,		"too-big")				\
	X(NO_ROUTE,		"no-route")				\
	X(SEGMENTATION,		"segmentation-failed")			\
	X(FRAGMENTATION,	"fragmentation-failed")			\
	X(ENCRYPT,		"encrypt-failed")			\
	X(TRANSPORT_ADDRESS,	"transport-address-mismatch")		\
	X(NO_MEMORY,		"no-memory")				\
	/* in */							\
	X(NOT_IPSEC,		"not-ipsec")				\
	X(INVALID_SPI,		"invalid-spi")				\
	X(LARVAL_SPI,		"larval-spi")				\
	X(TRUNCATED,		"truncated")				\
	X(REPLAY,		"replay")				\
	X(REPLAY_DUPLICATE,	"replay-duplicate")			\
	X(INTEGRITY,		"integrity")				\
	X(DECRYPT,		"decrypt-failed")			\
	X(PADDING,		"bad-padding")				\
	X(NEXT_HEADER,		"bad-next-header")			\
	X(INNER_HEADER,		"bad-inner-header")			\
	X(UNREADABLE,		"unreadable-header")			\
	X(SELECTOR,		"selector-mismatch")			\
	X(DUMMY,		"dummy-packet")				\
	X(REASSEMBLY,		"reassembly-failed")			\
	X(BACKLOG,		"backlog-full")

#define CM_DROP_ENUM(name, text) CM_DROP_##name,
enum cm_drop {
	CM_DROPS(CM_DROP_ENUM)
	CM_DROP_MAX
};

#undef CM_DROP_ENUM

struct cm_net;
struct cm_sa;
struct cm_flow;
struct sk_buff;

const char *cm_drop_name(enum cm_drop reason);
void cm_drop_count(struct cm_net *cn, enum cm_drop reason);
void cm_drop_out(struct cm_net *cn, struct cm_flow *flow, struct cm_sa *sa,
		 struct sk_buff *skb, enum cm_drop reason);
void cm_drop_in(struct cm_net *cn, struct cm_flow *flow, struct cm_sa *sa,
		struct sk_buff *skb, enum cm_drop reason);
void cm_drop_lost(struct cm_net *cn, struct cm_sa *sa, enum cm_drop reason);

#endif /* _CM_DROP_H */

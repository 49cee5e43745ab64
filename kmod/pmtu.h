/* SPDX-License-Identifier: GPL-2.0 */
/* Sizes: what fits through an SA, and what happens to what does not. */
#ifndef _CM_PMTU_H
#define _CM_PMTU_H

#include <linux/skbuff.h>
#include <linux/types.h>
#include <net/dst.h>

struct cm_flow;
struct cm_sa;

enum cm_pmtu_verdict {
	CM_PMTU_FITS,
	CM_PMTU_SPLIT,		/* fragment, then encrypt */
	CM_PMTU_SEGMENT,	/* a GSO packet whose segments are to be judged */
	CM_PMTU_TOO_BIG,	/* refuse, tell the sender */
};

u32 cm_pmtu_path(struct cm_sa *sa);
u32 cm_pmtu_plaintext(const struct cm_sa *sa, u32 path);
u32 cm_pmtu_largest(const struct cm_sa *sa);
enum cm_pmtu_verdict cm_pmtu_judge(const struct cm_flow *flow,
				   const struct cm_sa *sa, struct sk_buff *skb,
				   u8 family, u32 plaintext);
void cm_pmtu_refuse(struct sk_buff *skb, u8 family, u32 plaintext);
int cm_pmtu_split(struct net *net, struct sk_buff *skb, u8 family,
		  u32 plaintext,
		  int (*output)(struct net *, struct sock *, struct sk_buff *));

#endif /* _CM_PMTU_H */

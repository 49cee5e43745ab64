/* SPDX-License-Identifier: GPL-2.0 */
/* A packet out. */
#ifndef _CM_OUTPUT_H
#define _CM_OUTPUT_H

#include <linux/netfilter.h>
#include <linux/skbuff.h>

struct cm_flow;
struct cm_net;
struct cm_sa;

unsigned int cm_output_hook(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state);
void cm_output_packet(struct cm_net *cn, struct cm_flow *flow,
		      struct cm_sa *sa, struct sk_buff *skb);

#endif /* _CM_OUTPUT_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* A packet in. */
#ifndef _CM_INPUT_H
#define _CM_INPUT_H

#include <linux/netfilter.h>
#include <linux/skbuff.h>

int cm_input_init(void);
void cm_input_stop(void);
void cm_input_exit(void);
unsigned int cm_input_hook(void *priv, struct sk_buff *skb,
			   const struct nf_hook_state *state);

#endif /* _CM_INPUT_H */

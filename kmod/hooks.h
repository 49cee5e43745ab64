/* SPDX-License-Identifier: GPL-2.0 */
/* The only registrations with the packet paths of the stack. */
#ifndef _CM_HOOKS_H
#define _CM_HOOKS_H

struct net;

int cm_hooks_init_net(struct net *net);
void cm_hooks_exit_net(struct net *net);

#endif /* _CM_HOOKS_H */

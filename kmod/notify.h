/* SPDX-License-Identifier: GPL-2.0 */
/* Events for the daemon; each may be called from any context under RCU. */
#ifndef _CM_NOTIFY_H
#define _CM_NOTIFY_H

#include "acl.h"
#include "sa.h"

void cm_notify_acquire(struct cm_flow *flow, const struct cm_acl_key *key);
void cm_notify_expire(struct cm_sa *sa, bool hard, u8 cause);
void cm_notify_idle(struct cm_sa *sa);
void cm_notify_liveness(struct cm_sa *sa);
void cm_notify_replay(struct cm_sa *sa, u64 sequence);
void cm_notify_invalid_spi(struct cm_net *cn, const struct cm_sa_id *id,
			   const union cm_addr *src);
void cm_notify_deleted(struct cm_sa *sa, u8 reason);

#endif /* _CM_NOTIFY_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dynamic - tunnels of dynamic maps (DYN-1, DYN-2): a peer that no entry of a
 * crypto map names begins a quick mode, and an entry of a dynamic map fits. Its
 * flow is made for it and goes when it has no SAs any more. Nothing begins here;
 * what is there is replaced in time as everywhere.
 */
#ifndef _IPSECD_IKE_DYNAMIC_H
#define _IPSECD_IKE_DYNAMIC_H

#include "proposal.h"
#include "tunnel.h"

/*
 * A flow without SAs stays so long: nothing goes in clear while a peer that has
 * deleted its SAs, or has begun anew, negotiates others.
 */
#define DYNAMIC_LINGER_MS	4000

/*
 * Tunnels that one peer may have: each costs a flow, and a commit of the policy.
 * What is proposed beyond that is refused.
 */
#define DYNAMIC_PEER_MAX	512

static inline bool dynamic_is(const struct tunnel *tunnel)
{
	return tunnel->flow.kind == CRYPTOMAP_ENTRY_KIND_DYNAMIC;
}

/*
 * As responder: the tunnel for the proxies that a peer asks for, in a quick mode
 * under @sa that proposes @offer. NULL if no entry fits, or the kernel refuses;
 * *@error is set if an entry would fit but for what is proposed.
 */
struct tunnel *dynamic_tunnel(const struct ike_sa *sa, const struct isakmp_id *ours,
			      const struct isakmp_id *theirs, const struct ipsec_offer *offer,
			      struct message_error *error);
/* Whether IKE has to do with a flow of this kind: a peer has negotiated it. */
bool dynamic_has_flow(const struct ike *ike, const struct cm_flow *flow);
/* Whether the entry takes that peer. */
bool dynamic_takes(const struct ike *ike, const struct map_entry *entry, const struct addr *peer);
/* A pair is made: it is the peer's tunnel now, whosever it was. */
void dynamic_take_over(struct tunnel *tunnel, const struct addr *peer);
/* To be called when a tunnel, of whatever kind, may have lost its last SAs. */
void dynamic_check(struct tunnel *tunnel);
/* The timer of ike->dynamic: flows that are not in use go. */
void dynamic_sweep(void *ike);

#endif /* _IPSECD_IKE_DYNAMIC_H */

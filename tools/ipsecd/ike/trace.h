/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace - what debug crypto isakmp and ipsec tell about negotiations, in the
 * words of IOS (requirements section 6, O24). One call per event; each costs
 * the test of a bit unless it is asked for (debug.h).
 *
 * Addresses, SPIs, message IDs and names of algorithms are told. Bodies of
 * payloads are not, but for identities and proxies.
 */
#ifndef _IPSECD_IKE_TRACE_H
#define _IPSECD_IKE_TRACE_H

#include <string.h>

#include "debug.h"
#include "pair.h"
#include "proposal.h"
#include "sa.h"

static inline const char *trace_result(int err)
{
	return err ? strerror(err < 0 ? -err : err) : "done";
}

/* --- messages; @sa is NULL for those that belong to none yet */

#define TRACE(topic, call) do {		\
	if (debug_wants(topic))		\
		trace_put_##call;	\
} while (0)

/* A datagram with a good header has come. */
#define trace_header_in(sa, path, header) \
	TRACE(DEBUG_ISAKMP, header_in(sa, path, header))
/* Its payloads, decrypted; that they are authentic is not said yet. */
#define trace_payloads_in(sa, peer, message) \
	TRACE(DEBUG_ISAKMP, payloads_in(sa, peer, message))
/* One of ours, whole, before it is encrypted. */
#define trace_message_out(sa, path, clear) \
	TRACE(DEBUG_ISAKMP, message_out(sa, path, clear))

void trace_put_header_in(const struct ike_sa *sa, const struct ike_path *path,
			 const struct message_header *header);
void trace_put_payloads_in(const struct ike_sa *sa, const struct addr *peer,
			   const struct message *message);
void trace_put_message_out(const struct ike_sa *sa, const struct ike_path *path,
			   const struct buf *clear);

/* --- proposals */

/* A transform of phase 1 against a policy of ours: attributes, and which one does not match. */
#define trace_policy_check(peer, transform, policy) \
	TRACE(DEBUG_ISAKMP, policy_check(peer, transform, policy))
/* A policy that is not looked at: no key, no certificate, not to be had. */
#define trace_policy_skipped(peer, policy) \
	TRACE(DEBUG_ISAKMP, policy_skipped(peer, policy))
/* A transform of phase 2 against a transform set of ours, which is @own on the wire. */
#define trace_proposal_check(tunnel, peer, proposal, transform, set, own, fits) \
	TRACE(DEBUG_ISAKMP | DEBUG_IPSEC, \
	      proposal_check(tunnel, peer, proposal, transform, set, own, fits))

void trace_put_policy_check(const struct addr *peer, const struct ike_transform *t,
			    const struct isakmp_policy *policy);
void trace_put_policy_skipped(const struct addr *peer, const struct isakmp_policy *policy);
void trace_put_proposal_check(const struct tunnel *tunnel, const struct addr *peer,
			      const struct ipsec_proposal *proposal,
			      const struct ipsec_transform *transform,
			      const struct transform_set *set, const struct ipsec_transform *own,
			      bool fits);

/* --- the data plane: what is asked of it, and what is installed */

/* IPSEC(sa_request): what we propose for a flow. */
#define trace_sa_request(tunnel, peer, offer) \
	TRACE(DEBUG_IPSEC, sa_request(tunnel, peer, offer))
/* IPSEC(initialize_sas), IPSEC(create_sa); IPSEC(delete_sa). */
#define trace_sa(pair, direction, terms) \
	TRACE(DEBUG_IPSEC, sa(pair, direction, terms))
#define trace_pair_end(pair) TRACE(DEBUG_IPSEC, pair_end(pair))
/* What an event of the kernel is about. */
#define trace_event(ike, ev, what) TRACE(DEBUG_IPSEC, event(ike, ev, what))
#define trace_acquire(ike, ev) TRACE(DEBUG_IPSEC, acquire(ike, ev))
/* A peer's proxies and an entry with that peer: whether it is this one. */
#define trace_policy_lookup(tunnel, peer, found) \
	TRACE(DEBUG_IPSEC, policy_lookup(tunnel, peer, found))

void trace_put_sa_request(const struct tunnel *tunnel, const struct addr *peer,
			  const struct ipsec_offer *offer);
void trace_put_sa(const struct sa_pair *pair, enum cryptomap_direction direction,
		  const struct pair_terms *terms);
void trace_put_pair_end(const struct sa_pair *pair);
void trace_put_event(struct ike *ike, const struct cm_event *ev, const char *what);
void trace_put_acquire(struct ike *ike, const struct cm_event *ev);
void trace_put_policy_lookup(const struct tunnel *tunnel, const struct addr *peer, bool found);

#endif /* _IPSECD_IKE_TRACE_H */

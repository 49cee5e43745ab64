/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * terms - which IPsec SAs a tunnel proposes, and which proposals of a peer it
 * agrees to: transform sets in their order of priority (CMAP-3), PFS, and the
 * shorter of both lifetimes.
 */
#ifndef _IPSECD_IKE_TERMS_H
#define _IPSECD_IKE_TERMS_H

#include "pair.h"
#include "proposal.h"
#include "tunnel.h"

/* One proposal for each transform set. -ENOENT if there is none. */
int terms_propose(struct ipsec_offer *offer, const struct tunnel *tunnel, const struct addr *peer,
	       uint32_t spi);
/*
 * As responder: the highest of our transform sets that the peer proposes.
 * *@chosen is its proposal with that transform alone. -EPROTO if there is none;
 * both sides' wishes are logged.
 */
int terms_choose(struct pair_terms *terms, struct ipsec_proposal *chosen,
		 const struct ipsec_offer *offer, const struct tunnel *tunnel,
		 const struct addr *peer, struct message_error *error);
/* Whether terms_choose() would find one; without a word. */
bool terms_fit(const struct ipsec_offer *offer, const struct tunnel *tunnel,
	       const struct addr *peer);
/* As initiator: the peer's choice must be something that we have proposed. */
int terms_accept(struct pair_terms *terms, const struct ipsec_offer *offer,
		 const struct tunnel *tunnel, const struct addr *peer,
		 struct message_error *error);
/* What was proposed, when the peer refuses: it does not say what it would have taken. */
void terms_log_refused(const struct tunnel *tunnel, const struct addr *peer);
/* Of two lifetimes, of which 0 is none. */
uint64_t terms_shorter(uint64_t a, uint64_t b);

#endif /* _IPSECD_IKE_TERMS_H */

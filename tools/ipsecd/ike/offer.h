/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * offer - what is offered for phase 1, and which offer is taken (IKE-3 …
 * IKE-7), by the ISAKMP policies.
 */
#ifndef _IPSECD_IKE_OFFER_H
#define _IPSECD_IKE_OFFER_H

#include "config/config.h"
#include "keys.h"
#include "proposal.h"

/**
 * struct offer_means - what this side has for a peer: a policy whose method of
 * authentication has nothing to do it with is not offered and not taken (IKE-6)
 * @peer: for debugging
 */
struct offer_means {
	struct addr peer;
	bool psk;
	bool rsa;
};

/*
 * All policies that can be used, in their order. @alike: in aggressive mode
 * there is one KE payload for all of them, and one answer: those with the group
 * and the method of authentication of the first. Returns their number.
 */
unsigned int offer_make(struct ike_offer *offer, const struct config *config,
			const struct offer_means *means, bool alike);

/*
 * The first of our policies that one of the offered transforms matches: then
 * *@chosen is that transform, as it came. @group: only this one (aggressive
 * mode), or 0. Returns NULL if none does.
 */
const struct isakmp_policy *offer_choose(const struct ike_offer *offer,
					 const struct config *config,
					 const struct offer_means *means, unsigned int group,
					 struct ike_transform *chosen);

/*
 * The policy of ours that the peer's choice is from, or NULL if it was not offered.
 */
const struct isakmp_policy *offer_chosen(const struct ike_transform *chosen,
					 const struct config *config,
					 const struct offer_means *means);

/* Seconds: the shorter one. */
uint32_t offer_lifetime(const struct isakmp_policy *policy, const struct ike_transform *chosen);
struct ike_suite offer_suite(const struct ike_transform *chosen);
/* Whether any policy still has it. */
bool offer_has_suite(const struct config *config, const struct ike_suite *suite);

/* Logs what we have offered in the SA payload @body, and the peer has refused. */
void offer_log_refused(const struct buf *body, const struct addr *peer);
/* Logs each transform that was offered next to each policy, and what differs. */
void offer_log_mismatch(const struct ike_offer *offer, const struct config *config,
			const struct offer_means *means, const struct addr *peer);

#endif /* _IPSECD_IKE_OFFER_H */

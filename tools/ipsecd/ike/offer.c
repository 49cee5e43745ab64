// SPDX-License-Identifier: GPL-2.0-or-later
/* What is offered for phase 1, and which offer is taken. */
#include <stdio.h>
#include <string.h>

#include "lib/log.h"
#include "offer.h"
#include "trace.h"

/* Lines of a refusal; a peer with 64 transforms shall not fill the log. */
#define MISMATCH_LINES	24

static bool has_means(const struct isakmp_policy *policy, const struct offer_means *means)
{
	const struct ike_suite suite = {
		.encryption = policy->encryption, .key_bits = policy->key_bits,
		.hash = policy->hash, .auth = policy->auth, .group = policy->group,
	};

	return (policy->auth == IKE_AUTH_PSK ? means->psk : means->rsa) &&
	       ike_suite_supported(&suite);
}

static struct ike_transform transform_of(const struct isakmp_policy *policy)
{
	return (struct ike_transform){
		.encryption = policy->encryption, .key_bits = policy->key_bits,
		.hash = policy->hash, .auth = policy->auth, .group = policy->group,
		.life_seconds = policy->lifetime,
	};
}

unsigned int offer_make(struct ike_offer *offer, const struct config *config,
			const struct offer_means *means, bool alike)
{
	const struct ike_transform *first = &offer->transforms[0];
	const struct isakmp_policy *policy;
	size_t i;

	memset(offer, 0, sizeof(*offer));
	offer->number = 1;
	objects_for_each(policy, &config->isakmp_policies, i) {
		if (offer->n == PROPOSAL_TRANSFORMS_MAX)
			break;
		if (!has_means(policy, means) ||
		    (alike && offer->n &&
		     (policy->group != first->group || policy->auth != first->auth)))
			continue;
		offer->transforms[offer->n] = transform_of(policy);
		offer->transforms[offer->n].number = offer->n + 1;
		offer->n++;
	}
	return offer->n;
}

static bool same_algorithms(const struct ike_transform *t, const struct isakmp_policy *policy)
{
	return !t->unknown && t->encryption == policy->encryption &&
	       t->key_bits == policy->key_bits && t->hash == policy->hash &&
	       t->auth == policy->auth && t->group == policy->group;
}

/* IKE-4: a longer lifetime than ours is no match; none at all is ours. */
static bool matches(const struct ike_transform *t, const struct isakmp_policy *policy)
{
	return same_algorithms(t, policy) && t->life_seconds <= policy->lifetime;
}

const struct isakmp_policy *offer_choose(const struct ike_offer *offer,
					 const struct config *config,
					 const struct offer_means *means, unsigned int group,
					 struct ike_transform *chosen)
{
	const struct isakmp_policy *policy;
	unsigned int t;
	size_t i;

	objects_for_each(policy, &config->isakmp_policies, i) {
		if (!has_means(policy, means) || (group && policy->group != group)) {
			trace_policy_skipped(&means->peer, policy);
			continue;
		}
		for (t = 0; t < offer->n; t++) {
			trace_policy_check(&means->peer, &offer->transforms[t], policy);
			if (!matches(&offer->transforms[t], policy))
				continue;
			*chosen = offer->transforms[t];
			return policy;
		}
	}
	return NULL;
}

const struct isakmp_policy *offer_chosen(const struct ike_transform *chosen,
					 const struct config *config,
					 const struct offer_means *means)
{
	const struct isakmp_policy *policy;
	size_t i;

	objects_for_each(policy, &config->isakmp_policies, i) {
		if (!has_means(policy, means))
			continue;
		trace_policy_check(&means->peer, chosen, policy);
		if (matches(chosen, policy))
			return policy;
	}
	return NULL;
}

uint32_t offer_lifetime(const struct isakmp_policy *policy, const struct ike_transform *chosen)
{
	return chosen->life_seconds && chosen->life_seconds < policy->lifetime ?
	       (uint32_t)chosen->life_seconds : policy->lifetime;
}

struct ike_suite offer_suite(const struct ike_transform *chosen)
{
	return (struct ike_suite){
		.encryption = chosen->encryption, .key_bits = chosen->key_bits,
		.hash = chosen->hash, .auth = chosen->auth, .group = chosen->group,
	};
}

bool offer_has_suite(const struct config *config, const struct ike_suite *suite)
{
	const struct ike_transform t = {
		.encryption = suite->encryption, .key_bits = suite->key_bits,
		.hash = suite->hash, .auth = suite->auth, .group = suite->group,
	};
	const struct isakmp_policy *policy;
	size_t i;

	objects_for_each(policy, &config->isakmp_policies, i)
		if (same_algorithms(&t, policy))
			return true;
	return false;
}

/* --- why none is taken */

static const char *difference(const struct ike_transform *t, const struct isakmp_policy *policy,
			      const struct offer_means *means, char *text, size_t size)
{
	const struct ike_transform wanted = transform_of(policy);
	const char *found;

	if (t->unknown)
		return "it has an attribute that is not known";
	if (!same_algorithms(t, policy)) {
		found = ike_transform_difference(t, &wanted, text, size);
		return found ? found : "it differs";
	}
	if (!has_means(policy, means))
		return policy->auth == IKE_AUTH_PSK ? "there is no pre-shared key for this peer" :
						      "there is no certificate of ours";
	snprintf(text, size, "lifetime: %llu offered, at most %u wanted",
		 (unsigned long long)t->life_seconds, policy->lifetime);
	return text;
}

void offer_log_mismatch(const struct ike_offer *offer, const struct config *config,
			const struct offer_means *means, const struct addr *peer)
{
	char theirs[128], ours[128], differs[128];
	const struct isakmp_policy *policy;
	unsigned int lines = 0, t;
	struct ike_transform own;
	struct addr_buf buf;
	size_t i;

	log_msg(LOG_NOTICE, "ISAKMP: no offer of %s matches a policy of ours",
		addr_text(peer, &buf));
	for (t = 0; t < offer->n; t++) {
		objects_for_each(policy, &config->isakmp_policies, i) {
			if (lines++ == MISMATCH_LINES) {
				log_msg(LOG_NOTICE, "ISAKMP: and so on");
				return;
			}
			own = transform_of(policy);
			log_msg(LOG_NOTICE,
				"ISAKMP: offered transform %u: %s; policy %u: %s; differs in %s",
				offer->transforms[t].number,
				ike_transform_text(&offer->transforms[t], theirs, sizeof(theirs)),
				policy->priority, ike_transform_text(&own, ours, sizeof(ours)),
				difference(&offer->transforms[t], policy, means, differs,
					   sizeof(differs)));
		}
	}
	if (!config->isakmp_policies.n)
		log_msg(LOG_NOTICE, "ISAKMP: there is no policy (crypto isakmp policy)");
}

void offer_log_refused(const struct buf *body, const struct addr *peer)
{
	const struct payload sa = {
		.type = ISAKMP_PAYLOAD_SA, .body = body->data, .len = body->len,
	};
	struct message_error error;
	struct ike_offer offer;
	struct addr_buf buf;
	char text[128];
	unsigned int t;

	if (ike_offer_parse(&offer, &sa, &error))
		return;
	for (t = 0; t < offer.n; t++)
		log_msg(LOG_NOTICE, "ISAKMP: %s has refused transform %u: %s", addr_text(peer, &buf),
			offer.transforms[t].number,
			ike_transform_text(&offer.transforms[t], text, sizeof(text)));
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* What a tunnel proposes and agrees to; see terms.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dh.h"
#include "lib/log.h"
#include "manual.h"
#include "report.h"
#include "terms.h"
#include "trace.h"

uint64_t terms_shorter(uint64_t a, uint64_t b)
{
	if (!a || !b)
		return a ? a : b;
	return a < b ? a : b;
}

static enum cryptomap_mode mode_for(const struct tunnel *t, const struct transform_set *set,
				    const struct addr *peer)
{
	return manual_mode(set, &t->flow.rule, &t->local, peer);
}

/* What a transform set of ours looks like on the wire. */
static bool own_transform(struct ipsec_transform *own, const struct tunnel *t,
			  const struct transform_set *set, const struct addr *peer)
{
	const struct config *config = t->ike->config;
	const struct map_entry *entry = tunnel_entry(t);
	struct lifetime life = config_lifetime(config, entry);

	*own = (struct ipsec_transform){
		.number = 1,
		.group = config_pfs_group(config, entry),
		.life_seconds = life.seconds,
		.life_kilobytes = life.kilobytes,
	};
	return suite_from_set(own, set, mode_for(t, set, peer));
}

static unsigned int own_sets(const struct tunnel *t,
			     const struct transform_set *sets[MAP_TRANSFORMS_MAX])
{
	const struct map_entry *entry = tunnel_entry(t);

	return entry ? config_transforms(t->ike->config, entry, sets) : 0;
}

int terms_propose(struct ipsec_offer *offer, const struct tunnel *tunnel, const struct addr *peer,
	       uint32_t spi)
{
	const struct transform_set *sets[MAP_TRANSFORMS_MAX];
	unsigned int n = own_sets(tunnel, sets);

	offer->n = 0;
	for (unsigned int i = 0; i < n; i++) {
		struct ipsec_proposal *p = &offer->proposals[offer->n];

		if (!own_transform(&p->transforms[0], tunnel, sets[i], peer))
			continue;
		p->number = offer->n + 1;
		p->protocol = ISAKMP_PROTO_ESP;
		p->spi = spi;
		p->n = 1;
		offer->n++;
	}
	return offer->n ? 0 : -ENOENT;
}

/* A proposal of ESP alone; a bundle with AH is two with one number. */
static bool is_alone(const struct ipsec_offer *offer, const struct ipsec_proposal *p)
{
	for (unsigned int i = 0; i < offer->n; i++)
		if (&offer->proposals[i] != p && offer->proposals[i].number == p->number)
			return false;
	return p->protocol == ISAKMP_PROTO_ESP && p->spi >= CRYPTOMAP_SPI_MIN;
}

/* Without PFS of our own the peer's is welcome. */
static bool group_fits(const struct ipsec_transform *own, const struct ipsec_transform *theirs)
{
	if (own->group)
		return theirs->group == own->group;
	return !theirs->group || dh_group_known(theirs->group);
}

static void agree(struct pair_terms *terms, const struct tunnel *t,
		  const struct transform_set *set, const struct addr *peer,
		  const struct ipsec_transform *own, const struct ipsec_transform *theirs)
{
	terms->set = set;
	terms->mode = mode_for(t, set, peer);
	terms->life_seconds = terms_shorter(own->life_seconds, theirs->life_seconds);
	terms->life_kilobytes = terms_shorter(own->life_kilobytes, theirs->life_kilobytes);
}

static bool choose_in(struct pair_terms *terms, const struct ipsec_proposal *p,
		      const struct tunnel *t, const struct transform_set *set,
		      const struct addr *peer, struct ipsec_transform *chosen)
{
	struct ipsec_transform own;

	if (!own_transform(&own, t, set, peer))
		return false;
	for (unsigned int i = 0; i < p->n; i++) {
		const struct ipsec_transform *theirs = &p->transforms[i];
		bool fits = !theirs->unknown && suite_equal(&own, theirs) &&
			    group_fits(&own, theirs);

		trace_proposal_check(t, peer, p, theirs, set, &own, fits);
		if (!fits)
			continue;
		agree(terms, t, set, peer, &own, theirs);
		*chosen = *theirs;
		return true;
	}
	return false;
}

/* Lines of a refusal; a peer with many proposals shall not fill the log. */
#define REFUSAL_LINES	24

static void log_difference(struct ike *ike, const struct addr *peer,
			   const struct ipsec_proposal *p, const struct ipsec_transform *theirs,
			   const struct transform_set *set, const struct ipsec_transform *own)
{
	char offered[256], wanted[256], why[160];

	if (p->protocol != ISAKMP_PROTO_ESP)
		snprintf(why, sizeof(why), "protocol");
	else if (!ipsec_transform_difference(theirs, own, why, sizeof(why)))
		snprintf(why, sizeof(why), "what else is proposed with it");
	report_line(ike, peer, LOG_NOTICE,
		    "ISAKMP: proposal %u: %s; transform set %s is %s; differs in %s", p->number,
		    ipsec_transform_text(p->protocol, theirs, offered, sizeof(offered)), set->name,
		    ipsec_transform_text(ISAKMP_PROTO_ESP, own, wanted, sizeof(wanted)), why);
}

/* Both sides next to each other, and what it hangs on. */
static void log_refusal(const struct ipsec_offer *offer, const struct tunnel *t,
			const struct addr *peer)
{
	const struct transform_set *sets[MAP_TRANSFORMS_MAX];
	unsigned int n = own_sets(t, sets), lines = 0;
	struct ipsec_transform own;
	struct addr_buf text;

	report_line(t->ike, peer, LOG_NOTICE, "ISAKMP: no proposal of %s fits crypto map %s %u",
		    addr_text(peer, &text), t->flow.map, t->flow.seq);
	for (unsigned int i = 0; i < offer->n; i++) {
		const struct ipsec_proposal *p = &offer->proposals[i];

		for (unsigned int k = 0; k < p->n * n; k++) {
			if (!own_transform(&own, t, sets[k % n], peer))
				continue;
			if (lines++ == REFUSAL_LINES) {
				report_line(t->ike, peer, LOG_NOTICE, "ISAKMP: and so on");
				return;
			}
			log_difference(t->ike, peer, p, &p->transforms[k / n], sets[k % n], &own);
		}
	}
}

void terms_log_refused(const struct tunnel *tunnel, const struct addr *peer)
{
	const struct transform_set *sets[MAP_TRANSFORMS_MAX];
	unsigned int n = own_sets(tunnel, sets);
	struct ipsec_transform own;
	struct addr_buf text;
	char wanted[256];

	for (unsigned int i = 0; i < n; i++)
		if (own_transform(&own, tunnel, sets[i], peer))
			report_line(tunnel->ike, peer, LOG_NOTICE,
				    "ISAKMP: %s has refused transform set %s: %s",
				    addr_text(peer, &text), sets[i]->name,
				    ipsec_transform_text(ISAKMP_PROTO_ESP, &own, wanted,
							 sizeof(wanted)));
}

/* Returns false if there is none. */
static bool choose(struct pair_terms *terms, struct ipsec_proposal *chosen,
		   const struct ipsec_offer *offer, const struct tunnel *tunnel,
		   const struct addr *peer)
{
	const struct transform_set *sets[MAP_TRANSFORMS_MAX];
	unsigned int n = own_sets(tunnel, sets);

	for (unsigned int s = 0; s < n; s++) {
		for (unsigned int i = 0; i < offer->n; i++) {
			const struct ipsec_proposal *p = &offer->proposals[i];

			if (!is_alone(offer, p) ||
			    !choose_in(terms, p, tunnel, sets[s], peer, &chosen->transforms[0]))
				continue;
			chosen->number = p->number;
			chosen->protocol = p->protocol;
			chosen->spi = p->spi;
			chosen->n = 1;
			return true;
		}
	}
	return false;
}

bool terms_fit(const struct ipsec_offer *offer, const struct tunnel *tunnel,
	       const struct addr *peer)
{
	struct ipsec_proposal chosen;
	struct pair_terms terms;

	return choose(&terms, &chosen, offer, tunnel, peer);
}

int terms_choose(struct pair_terms *terms, struct ipsec_proposal *chosen,
		 const struct ipsec_offer *offer, const struct tunnel *tunnel,
		 const struct addr *peer, struct message_error *error)
{
	if (choose(terms, chosen, offer, tunnel, peer))
		return 0;
	log_refusal(offer, tunnel, peer);
	return message_refuse(error, ISAKMP_NOTIFY_NO_PROPOSAL_CHOSEN,
			      "no transform set fits what the peer proposes");
}

int terms_accept(struct pair_terms *terms, const struct ipsec_offer *offer,
		 const struct tunnel *tunnel, const struct addr *peer,
		 struct message_error *error)
{
	const struct transform_set *sets[MAP_TRANSFORMS_MAX];
	unsigned int n = own_sets(tunnel, sets);
	const struct ipsec_proposal *p = &offer->proposals[0];
	struct ipsec_transform own;
	bool fits;

	for (unsigned int s = 0; s < n; s++) {
		if (offer->n != 1 || p->n != 1 || !is_alone(offer, p) ||
		    !own_transform(&own, tunnel, sets[s], peer))
			continue;
		fits = !p->transforms[0].unknown && p->transforms[0].group == own.group &&
		       suite_equal(&own, &p->transforms[0]);
		trace_proposal_check(tunnel, peer, p, &p->transforms[0], sets[s], &own, fits);
		if (!fits)
			continue;
		agree(terms, tunnel, sets[s], peer, &own, &p->transforms[0]);
		return 0;
	}
	return message_refuse(error, ISAKMP_NOTIFY_NO_PROPOSAL_CHOSEN,
			      "the peer has chosen what was not proposed");
}

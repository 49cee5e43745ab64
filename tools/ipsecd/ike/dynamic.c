// SPDX-License-Identifier: GPL-2.0-or-later
/* Tunnels of dynamic maps; see dynamic.h. */
#include <errno.h>
#include <string.h>

#include "dynamic.h"
#include "exchange.h"
#include "lib/log.h"
#include "peer.h"
#include "report.h"
#include "terms.h"

/* --- which entry fits */

/**
 * struct wish - what a peer asks for
 * @rule: its proxies, seen from our side
 * @nearly: the first entry that would fit but for its transform sets
 */
struct wish {
	const struct ike_sa *sa;
	const struct ipsec_offer *offer;
	struct cm_rule rule;
	struct cm_flow nearly;
};

bool dynamic_takes(const struct ike *ike, const struct map_entry *entry, const struct addr *peer)
{
	return !entry->n_peers || names_have(ike, entry, peer, NULL);
}

/* One that names an access list that is not there permits nothing. */
static bool permits(const struct config *config, const struct map_entry *entry,
		    const struct cm_rule *rule)
{
	const struct acl *acl = config_acl(config, entry);

	if (!entry->acl)
		return true;
	return acl && acl_covering(acl, rule) >= 0;
}

/* A tunnel that is in no books, to ask for its terms. */
static struct tunnel probe(const struct wish *w, const struct cm_flow *flow)
{
	const struct config *config = w->sa->ike->config;

	return (struct tunnel){
		.ike = w->sa->ike, .local = w->sa->path.local, .flow = *flow,
		.entry = config_entry(config, flow->map, flow->family, flow->seq, flow->subseq),
	};
}

/* Fills @flow but for its id if the entry of the dynamic map fits. */
static bool fits(struct wish *w, const struct cm_binding *binding, const struct map_entry *entry,
		 const struct map_entry *template, struct cm_flow *flow)
{
	struct tunnel tunnel;

	if (!dynamic_takes(w->sa->ike, template, &w->sa->path.remote) ||
	    !tunnel_entry_takes(template, w->sa) ||
	    !permits(w->sa->ike->config, template, &w->rule))
		return false;
	*flow = (struct cm_flow){
		.ifindex = binding->ifindex, .family = binding->family,
		.seq = entry->seq, .subseq = template->seq,
		.kind = CRYPTOMAP_ENTRY_KIND_DYNAMIC, .rule = w->rule,
	};
	memcpy(flow->map, binding->map, sizeof(flow->map));
	memcpy(flow->ifname, binding->ifname, sizeof(flow->ifname));
	tunnel = probe(w, flow);
	if (terms_fit(w->offer, &tunnel, &w->sa->path.remote))
		return true;
	if (!w->nearly.seq)
		w->nearly = *flow;
	return false;
}

static bool choose_template(struct wish *w, const struct cm_binding *binding,
			    const struct map_entry *entry, struct cm_flow *flow)
{
	const struct objects *templates = &w->sa->ike->config->dynamic_maps;
	size_t i = map_first(templates, entry->dynamic, entry->family);

	for (; i < templates->n; i++) {
		const struct map_entry *template = (const void *)templates->v[i];

		if (!map_is(template, entry->dynamic, entry->family))
			break;
		if (fits(w, binding, entry, template, flow))
			return true;
	}
	return false;
}

/* The first one that fits, in the order of the crypto map and of the dynamic map. */
static bool choose_in_map(struct wish *w, const struct cm_binding *binding,
			  struct cm_flow *flow)
{
	const struct objects *entries = &w->sa->ike->config->entries;
	size_t i = map_first(entries, binding->map, binding->family);

	for (; i < entries->n; i++) {
		const struct map_entry *entry = (const void *)entries->v[i];

		if (!map_is(entry, binding->map, binding->family))
			break;
		if (entry->dynamic && choose_template(w, binding, entry, flow))
			return true;
	}
	return false;
}

static bool choose(struct wish *w, struct cm_flow *flow)
{
	const struct policy *policy = w->sa->ike->policy;
	uint16_t family = w->sa->path.local.family;

	if (addr_is_set(&w->rule.src) && w->rule.src.family != family)
		return false;
	if (addr_is_set(&w->rule.dst) && w->rule.dst.family != family)
		return false;
	for (size_t i = 0; policy && i < policy->n_bindings; i++) {
		const struct cm_binding *binding = &policy->bindings[i].binding;

		if (addr_equal(&binding->local, &w->sa->path.local) &&
		    choose_in_map(w, binding, flow))
			return true;
	}
	return false;
}

/* --- its flow */

static bool is_flow(const struct cm_flow *a, const struct cm_flow *b)
{
	return a->kind == b->kind && a->family == b->family && a->seq == b->seq &&
	       a->subseq == b->subseq && !strcmp(a->map, b->map) &&
	       (*a->ifname ? !strcmp(a->ifname, b->ifname) : a->ifindex == b->ifindex) &&
	       acl_same_selector(&a->rule, &b->rule);
}

/* Without its rule there is none: rules and tunnels go together. */
static struct tunnel *existing(struct ike *ike, const struct cm_flow *flow)
{
	struct negotiated_rule *rule = negotiated_find(&ike->policy->negotiated, flow);
	struct tunnel *t, *next;

	t = rule ? tunnel_find(ike, rule->flow) : NULL;
	if (!rule || (t && is_flow(&t->flow, flow)))
		return t;
	HASH_ITER(hh, ike->tunnels, t, next) {
		if (!is_flow(&t->flow, flow))
			continue;
		rule->flow = t->flow.id;
		return t;
	}
	return NULL;
}

/* What is looked for, and what is found: @flow. */
struct search {
	struct cm_flow *flow;
	bool found;
};

static int compare_flow(void *arg, const struct cm_flow *flow)
{
	struct search *s = arg;

	if (!is_flow(flow, s->flow))
		return 0;
	*s->flow = *flow;
	s->found = true;
	return 2;
}

static int find_flow(struct ike *ike, struct cm_flow *flow, struct kerr *err)
{
	struct cm_flow_filter filter = { 0 };
	struct search search = { .flow = flow };
	int ret = 1;

	memcpy(filter.map, flow->map, sizeof(filter.map));
	for (int i = 0; ret == 1 && i < 5; i++)
		ret = ike->kernel->flow_dump(ike->kernel, &filter, compare_flow, &search, err);
	if (ret >= 0 && !search.found)
		ret = kerr_set(err, ENOENT, "the flow is not there");
	return ret < 0 ? ret : 0;
}

/* The kernel counts: where that is so, not all flows are read for one. */
static bool is_next_flow(const struct ike *ike, struct cm_flow *flow)
{
	struct cm_flow next;

	if (ike->kernel->flow_get(ike->kernel, ike->next_flow, &next, NULL) < 0 ||
	    !is_flow(&next, flow))
		return false;
	*flow = next;
	return true;
}

/* Puts the flow in force if it is not, and learns its number. */
static int obtain_flow(struct ike *ike, struct cm_flow *flow, struct kerr *err)
{
	int ret = policy_add_negotiated(ike->policy, ike->config, ike->kernel, flow, err);

	if (!ret && !is_next_flow(ike, flow))
		ret = find_flow(ike, flow, err);
	if (ret < 0)
		return ret;
	ike->next_flow = flow->id + 1;
	negotiated_find(&ike->policy->negotiated, flow)->flow = flow->id;
	return 0;
}

static void sweep_soon(struct ike *ike)
{
	if (ike->sweeping)
		return;
	ike->sweeping = true;
	ike->world->timer_set(ike->dynamic, DYNAMIC_LINGER_MS);
}

/* Those that are being negotiated are not counted: quick_accept() limits them. */
static bool has_room(const struct ike_sa *sa)
{
	const struct peer_tunnel *at;
	unsigned int n = 0;

	for (at = peer_first_tunnel(sa->ike, &sa->path.remote); at; at = peer_next_tunnel(at))
		n += dynamic_is(at->tunnel);
	return n < DYNAMIC_PEER_MAX;
}

static struct tunnel *make(const struct ike_sa *sa, struct cm_flow *flow)
{
	struct ike *ike = sa->ike;
	struct addr_buf peer;
	struct tunnel *t;
	struct kerr err;

	if (!has_room(sa)) {
		report_line(ike, &sa->path.remote, LOG_WARNING,
			    "ISAKMP:(%u): crypto map %s %u: %s has %u tunnels already",
			    sa->conn_id, flow->map, flow->seq, addr_text(&sa->path.remote, &peer),
			    DYNAMIC_PEER_MAX);
		return NULL;
	}
	if (obtain_flow(ike, flow, &err)) {
		report_line(ike, &sa->path.remote, LOG_ERR,
			    "ISAKMP:(%u): crypto map %s %u: no flow for %s: %s", sa->conn_id,
			    flow->map, flow->seq, addr_text(&sa->path.remote, &peer), err.text);
		/* It may be there, and only its number not known. */
		sweep_soon(ike);
		return NULL;
	}
	t = tunnel_obtain(ike, flow);
	if (!t) {
		report_line(ike, &sa->path.remote, LOG_ERR,
			    "ISAKMP:(%u): crypto map %s %u: no memory for %s", sa->conn_id,
			    flow->map, flow->seq, addr_text(&sa->path.remote, &peer));
		sweep_soon(ike);
		return NULL;
	}
	log_msg(LOG_INFO, "ISAKMP:(%u): crypto map %s %u takes %s by entry %u of its dynamic map",
		sa->conn_id, flow->map, flow->seq, addr_text(&sa->path.remote, &peer),
		flow->subseq);
	/* Unless something comes of it. */
	t->unused = ike_now(ike);
	sweep_soon(ike);
	return t;
}

/* What is wrong is said where somebody has configured it. */
static void refuse(const struct wish *w, struct message_error *error)
{
	struct tunnel tunnel = probe(w, &w->nearly);
	struct ipsec_proposal chosen;
	struct pair_terms terms;

	if (w->nearly.seq)
		terms_choose(&terms, &chosen, w->offer, &tunnel, &w->sa->path.remote, error);
}

struct tunnel *dynamic_tunnel(const struct ike_sa *sa, const struct isakmp_id *ours,
			      const struct isakmp_id *theirs, const struct ipsec_offer *offer,
			      struct message_error *error)
{
	struct wish wish = { .sa = sa, .offer = offer };
	struct cm_flow flow;
	struct tunnel *t;

	if (isakmp_id_to_rule(&wish.rule, ours, theirs))
		return NULL;
	if (!choose(&wish, &flow)) {
		refuse(&wish, error);
		return NULL;
	}
	t = existing(sa->ike, &flow);
	if (!t)
		t = make(sa, &flow);
	if (!t || !peer_add_tunnel(t, &sa->path.remote))
		return t;
	message_refuse(error, ISAKMP_NOTIFY_NO_PROPOSAL_CHOSEN, "out of memory");
	return NULL;
}

bool dynamic_has_flow(const struct ike *ike, const struct cm_flow *flow)
{
	return ike->policy && negotiated_find(&ike->policy->negotiated, flow);
}

/*
 * The same proxies from another peer: the newest one wins. It is the same site
 * behind a new address, mostly, and whoever it is, it is authenticated.
 */
void dynamic_take_over(struct tunnel *tunnel, const struct addr *peer)
{
	struct exchange *quick = tunnel->quick;
	struct sa_pair *pair, *next;
	struct addr_buf from, to;

	if (!dynamic_is(tunnel))
		return;
	if (addr_is_set(&tunnel->remote) && !addr_equal(&tunnel->remote, peer)) {
		report_line(tunnel->ike, peer, LOG_NOTICE,
			    "crypto map %s %u: a tunnel of %s is taken over by %s",
			    tunnel->flow.map, tunnel->flow.seq, addr_text(&tunnel->remote, &from),
			    addr_text(peer, &to));
		tunnel->quick = NULL;
		tunnel->wanted = false;
		if (quick)
			exchange_free(quick);
	}
	tunnel->remote = *peer;
	for (pair = TAILQ_FIRST(&tunnel->pairs); pair; pair = next) {
		next = TAILQ_NEXT(pair, link);
		if (!addr_equal(&pair->peer, peer))
			tunnel_end_pair(pair, true);
	}
}

/* --- its end */

static bool in_use(const struct tunnel *t)
{
	return !TAILQ_EMPTY(&t->pairs) || t->answering || t->quick;
}

void dynamic_check(struct tunnel *tunnel)
{
	struct ike *ike = tunnel->ike;

	if (!dynamic_is(tunnel) || in_use(tunnel))
		return;
	tunnel->unused = ike_now(ike);
	sweep_soon(ike);
}

/*
 * The rules of tunnels that are in use, or were until a moment ago, are to be
 * kept. Returns in how many ms there may be less of them, 0: not by time alone.
 */
static uint64_t mark(struct ike *ike)
{
	struct negotiated *list = &ike->policy->negotiated;
	uint64_t now = ike_now(ike), soon = 0;
	struct negotiated_rule *rule;
	struct tunnel *t, *next;

	for (size_t i = 0; i < list->n; i++)
		list->v[i].keep = false;
	HASH_ITER(hh, ike->tunnels, t, next) {
		uint64_t end = t->unused + DYNAMIC_LINGER_MS;

		if (!dynamic_is(t) || (!in_use(t) && end <= now))
			continue;
		if (!in_use(t) && (!soon || end - now < soon))
			soon = end - now;
		rule = negotiated_find(list, &t->flow);
		if (rule)
			rule->keep = true;
	}
	return soon;
}

/* What has no flow any more, on whatever interface, is no tunnel either. */
static void forget(struct ike *ike)
{
	struct tunnel *t, *next;

	HASH_ITER(hh, ike->tunnels, t, next)
		if (dynamic_is(t) && !dynamic_has_flow(ike, &t->flow))
			tunnel_flow_gone(t);
}

void dynamic_sweep(void *arg)
{
	struct ike *ike = arg;
	uint64_t again = DYNAMIC_LINGER_MS;
	struct kerr err;
	int n = -1;

	ike->sweeping = false;
	if (ike->policy) {
		again = mark(ike);
		n = policy_sweep_negotiated(ike->policy, ike->config, ike->kernel, &err);
		if (n < 0)
			log_msg(LOG_ERR, "flows of dynamic maps that are not in use: %s", err.text);
		else if (n)
			forget(ike);
	}
	if (n < 0)
		again = DYNAMIC_LINGER_MS;
	if (!again)
		return;
	ike->sweeping = true;
	ike->world->timer_set(ike->dynamic, again);
}

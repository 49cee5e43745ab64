// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "kernel_mock_priv.h"

/* ------------------------------------------------------------- policy */

static void policy_release(struct policy *p)
{
	size_t i;

	for (i = 0; i < p->n_entries; i++)
		free(p->entries[i].rules);
	free(p->entries);
	free(p->bindings);
	memset(p, 0, sizeof(*p));
}

static void stage_drop(struct kernel_mock *m)
{
	policy_release(&m->stage);
	m->staged = false;
}

static int policy_begin(struct kernel *k, const uint32_t *generation, struct kerr *err)
{
	struct kernel_mock *m = mock_of(k);
	int ret = mock_begin(m, "policy_begin", err);

	if (generation)
		mock_log(m, " generation %u", *generation);
	stage_drop(m);
	if (!ret && generation && *generation != m->generation)
		ret = kerr_set(err, ESTALE, "another policy is in force");
	m->staged = ret >= 0;
	return mock_finish(m, ret);
}

static struct mock_entry *entry_find(struct policy *p, const struct cm_entry *e)
{
	size_t i;

	for (i = 0; i < p->n_entries; i++)
		if (p->entries[i].entry.seq == e->seq &&
		    p->entries[i].entry.subseq == e->subseq &&
		    p->entries[i].entry.family == e->family &&
		    !strcmp(p->entries[i].entry.map, e->map))
			return &p->entries[i];
	return NULL;
}

static int entry_check(const struct kernel_mock *m, const struct cm_entry *e, struct kerr *err)
{
	if (!m->staged)
		return kerr_set(err, EINVAL, "no policy is staged");
	if (!e->map[0])
		return kerr_set(err, EINVAL, "the entry has no map");
	if (!addr_length(e->family))
		return kerr_set(err, EAFNOSUPPORT, "the entry's family is neither IPv4 nor IPv6");
	if (e->seq < 1 || e->seq > 65535)
		return kerr_set(err, ERANGE, "the sequence number is not from 1 to 65535");
	return 0;
}

static int rule_check(const struct cm_entry *e, const struct cm_rule *r, struct kerr *err)
{
	const struct addr *all[] = { &r->src, &r->src_mask, &r->dst, &r->dst_mask };
	size_t i;

	for (i = 0; i < 4; i++)
		if (addr_is_set(all[i]) && all[i]->family != e->family)
			return kerr_set(err, EINVAL, "an address of the rule is of another family");
	if ((r->has_sport && r->sport_min > r->sport_max) ||
	    (r->has_dport && r->dport_min > r->dport_max))
		return kerr_set(err, EINVAL, "a port range is upside down");
	return 0;
}

static void entry_add(struct policy *p, const struct cm_entry *e, const struct cm_rule *rules,
		      size_t n)
{
	struct mock_entry *entry = entry_find(p, e);

	if (!entry) {
		p->entries = mock_more(p->entries, p->n_entries + 1, sizeof(*p->entries));
		entry = &p->entries[p->n_entries++];
		*entry = (struct mock_entry){ .entry = *e };
	}
	if (!n)
		return;
	entry->rules = mock_more(entry->rules, entry->n_rules + n, sizeof(*rules));
	memcpy(entry->rules + entry->n_rules, rules, n * sizeof(*rules));
	entry->n_rules += n;
}

static int policy_add_entry(struct kernel *k, const struct cm_entry *entry,
			    const struct cm_rule *rules, size_t n_rules, struct kerr *err)
{
	static const char *const kinds[] = { "manual", "isakmp", "dynamic" };
	struct kernel_mock *m = mock_of(k);
	int ret = mock_begin(m, "policy_add_entry", err);
	struct addr_buf buf;
	size_t i;

	mock_log(m, " %s %d seq %u", entry->map, entry->family == AF_INET ? 4 : 6, entry->seq);
	if (entry->subseq)
		mock_log(m, ".%u", entry->subseq);
	mock_log(m, " %s rules %zu", kinds[entry->kind], n_rules);
	for (i = 0; i < entry->n_peers; i++)
		mock_log(m, "%s %s", i ? "" : " peers", addr_text_lower(&entry->peers[i], &buf));
	ret = ret ? ret : entry_check(m, entry, err);
	for (i = 0; !ret && i < n_rules; i++)
		ret = rule_check(entry, &rules[i], err);
	if (!ret)
		entry_add(&m->stage, entry, rules, n_rules);
	return mock_finish(m, ret);
}

static int policy_add_binding(struct kernel *k, const struct cm_binding *binding,
			      struct kerr *err)
{
	struct kernel_mock *m = mock_of(k);
	struct policy *p = &m->stage;
	int ret = mock_begin(m, "policy_add_binding", err);
	struct addr_buf buf;

	mock_log(m, " %u %s %d local %s", binding->ifindex, binding->map,
		binding->family == AF_INET ? 4 : 6, addr_text_lower(&binding->local, &buf));
	if (!ret && !m->staged)
		ret = kerr_set(err, EINVAL, "no policy is staged");
	if (!ret && ((!binding->ifindex && !binding->ifname[0]) || !binding->map[0]))
		ret = kerr_set(err, EINVAL, "the binding lacks interface or map");
	if (!ret) {
		p->bindings = mock_more(p->bindings, p->n_bindings + 1, sizeof(*p->bindings));
		p->bindings[p->n_bindings++] = *binding;
	}
	return mock_finish(m, ret);
}

static bool rule_equal(const struct cm_rule *a, const struct cm_rule *b)
{
	return a->action == b->action && a->proto == b->proto && addr_equal(&a->src, &b->src) &&
	       addr_equal(&a->src_mask, &b->src_mask) && addr_equal(&a->dst, &b->dst) &&
	       addr_equal(&a->dst_mask, &b->dst_mask) && a->has_sport == b->has_sport &&
	       a->has_dport == b->has_dport &&
	       (!a->has_sport || (a->sport_min == b->sport_min && a->sport_max == b->sport_max)) &&
	       (!a->has_dport || (a->dport_min == b->dport_min && a->dport_max == b->dport_max));
}

static bool flow_equal(const struct cm_flow *a, const struct cm_flow *b)
{
	/* By name, if they have one: the interface may be made anew. */
	return (a->ifname[0] ? !strcmp(a->ifname, b->ifname) : a->ifindex == b->ifindex) &&
	       !strcmp(a->map, b->map) && a->family == b->family &&
	       a->seq == b->seq && a->subseq == b->subseq && rule_equal(&a->rule, &b->rule);
}

static struct cm_flow *flow_like(struct cm_flow *list, size_t n, const struct cm_flow *flow)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (flow_equal(&list[i], flow))
			return &list[i];
	return NULL;
}

/* The flows of one entry on one interface, added to @list. */
static size_t flows_of(struct kernel_mock *m, const struct cm_binding *b,
		       const struct mock_entry *e, struct cm_flow **list, size_t n,
		       struct cm_commit *commit)
{
	size_t i;

	for (i = 0; i < e->n_rules; i++) {
		struct cm_flow flow = {
			.has = ~0ULL, .ifindex = b->ifindex, .family = e->entry.family,
			.seq = e->entry.seq, .subseq = e->entry.subseq,
			.kind = e->entry.kind, .rule = e->rules[i],
		};
		struct cm_flow *old;

		if (e->rules[i].action != CRYPTOMAP_ACTION_PERMIT)
			continue;
		memcpy(flow.map, e->entry.map, sizeof(flow.map));
		memcpy(flow.ifname, b->ifname, sizeof(flow.ifname));
		/* A second rule that selects the same has the flow of the first one. */
		if (flow_like(*list, n, &flow))
			continue;
		old = flow_like(m->flows, m->n_flows, &flow);
		if (old) {
			flow = *old;
			flow.ifindex = b->ifindex;
			flow.rule.index = e->rules[i].index;
			flow.kind = e->entry.kind;
			commit->flows_kept++;
		} else {
			flow.id = m->next_flow++;
			commit->flows_added++;
		}
		*list = mock_more(*list, n + 1, sizeof(flow));
		(*list)[n++] = flow;
	}
	return n;
}

static int by_id(const void *a, const void *b)
{
	const struct cm_flow *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

struct cm_flow *mock_flow_find(struct kernel_mock *m, uint32_t id)
{
	size_t i;

	for (i = 0; i < m->n_flows; i++)
		if (m->flows[i].id == id)
			return &m->flows[i];
	return NULL;
}

static void commit_apply(struct kernel_mock *m, struct cm_commit *commit)
{
	struct policy *p = &m->stage;
	struct cm_flow *list = NULL;
	size_t i, j, n = 0;

	for (i = 0; i < p->n_bindings; i++)
		for (j = 0; j < p->n_entries; j++)
			if (!strcmp(p->bindings[i].map, p->entries[j].entry.map) &&
			    p->bindings[i].family == p->entries[j].entry.family)
				n = flows_of(m, &p->bindings[i], &p->entries[j], &list, n, commit);
	commit->flows_removed = m->n_flows - commit->flows_kept;
	commit->generation = ++m->generation;
	free(m->flows);
	m->flows = list;
	m->n_flows = n;
	if (n)
		qsort(list, n, sizeof(*list), by_id);
	policy_release(&m->force);
	m->force = m->stage;
	memset(&m->stage, 0, sizeof(m->stage));
	m->staged = false;
	for (i = m->n_sas; i-- > 0;)
		if (m->sas[i].info.sa.flow && !mock_flow_find(m, m->sas[i].info.sa.flow))
			mock_sa_remove(m, i, CRYPTOMAP_DELETE_REASON_POLICY);
}

static int policy_commit(struct kernel *k, struct cm_commit *result, struct kerr *err)
{
	struct kernel_mock *m = mock_of(k);
	struct cm_commit commit = { 0 };
	int ret = mock_begin(m, "policy_commit", err);

	if (!ret && !m->staged)
		ret = kerr_set(err, EINVAL, "no policy is staged");
	if (ret < 0) {
		stage_drop(m);
		return mock_finish(m, ret);
	}
	commit_apply(m, &commit);
	mock_log(m, " kept %u added %u removed %u", commit.flows_kept, commit.flows_added,
		commit.flows_removed);
	if (result)
		*result = commit;
	return mock_finish(m, 0);
}

static int policy_abort(struct kernel *k, struct kerr *err)
{
	struct kernel_mock *m = mock_of(k);
	int ret = mock_begin(m, "policy_abort", err);

	stage_drop(m);
	return mock_finish(m, ret);
}

/* -------------------------------------------------------------- flows */

static int flow_dump(struct kernel *k, const struct cm_flow_filter *filter, kernel_flow_cb cb,
		     void *arg, struct kerr *err)
{
	struct kernel_mock *m = mock_of(k);
	int ret = mock_finish(m, mock_begin(m, "flow_dump", err));
	size_t i;

	for (i = 0; !ret && i < m->n_flows; i++) {
		const struct cm_flow flow = m->flows[i];

		if (filter && ((filter->ifindex && filter->ifindex != flow.ifindex) ||
			       (filter->map[0] && strcmp(filter->map, flow.map))))
			continue;
		ret = cb(arg, &flow);
	}
	return ret;
}

int mock_no_flow(struct kerr *err, uint32_t id)
{
	return kerr_set(err, ENOENT, "there is no flow %u", id);
}

static int flow_get(struct kernel *k, uint32_t id, struct cm_flow *out, struct kerr *err)
{
	struct kernel_mock *m = mock_of(k);
	int ret = mock_begin(m, "flow_get", err);
	const struct cm_flow *flow = mock_flow_find(m, id);

	mock_log(m, " %u", id);
	if (!ret && !flow)
		ret = mock_no_flow(err, id);
	if (!ret)
		*out = *flow;
	return mock_finish(m, ret);
}

static int hold_release(struct kernel *k, uint32_t id, struct kerr *err)
{
	struct kernel_mock *m = mock_of(k);
	int ret = mock_begin(m, "hold_release", err);
	struct cm_flow *flow = mock_flow_find(m, id);

	mock_log(m, " %u", id);
	if (!ret && !flow)
		ret = mock_no_flow(err, id);
	if (!ret)
		flow->held = 0;
	return mock_finish(m, ret);
}

void mock_policy_release(struct kernel_mock *m)
{
	policy_release(&m->stage);
	policy_release(&m->force);
	free(m->flows);
}

void mock_policy_init(struct kernel *k)
{
	k->policy_begin = policy_begin;
	k->policy_add_entry = policy_add_entry;
	k->policy_add_binding = policy_add_binding;
	k->policy_commit = policy_commit;
	k->policy_abort = policy_abort;
	k->flow_dump = flow_dump;
	k->flow_get = flow_get;
	k->hold_release = hold_release;
}

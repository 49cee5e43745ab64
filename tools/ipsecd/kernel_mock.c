// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "ipsecd/kernel_mock.h"

#define INBOUND_MAX	4

struct mock_sa {
	struct cm_sa_info info;
	struct cm_sa_keys keys;
};

struct mock_entry {
	struct cm_entry entry;
	struct cm_rule *rules;
	size_t n_rules;
};

/* What is staged, or in force. */
struct policy {
	struct mock_entry *entries;
	size_t n_entries;
	struct cm_binding *bindings;
	size_t n_bindings;
};

/* @lost: not an event but the loss of some. */
struct mock_event {
	bool lost;
	uint8_t cmd;
	struct cm_event ev;
};

struct kernel_mock {
	struct kernel base;
	bool staged;
	struct policy stage, force;
	uint32_t generation;
	struct cm_flow *flows;
	size_t n_flows;
	uint32_t next_flow;
	struct mock_sa *sas;
	size_t n_sas;
	uint32_t next_conn, next_spi;
	char *log;
	size_t log_len;
	char fail_function[32];
	unsigned int fail_nth;
	int fail_err;
	char fail_text[KERR_TEXT_MAX];
	const struct kernel_events *event_cb;
	void *event_arg;
	int event_fd;
	struct mock_event *events;
	size_t n_events;
};

static struct kernel_mock *mock_of(struct kernel *k)
{
	return (struct kernel_mock *)k;
}

/* A test that has no memory is over. */
static void *more(void *list, size_t n, size_t each)
{
	list = reallocarray(list, n, each);
	if (!list)
		abort();
	return list;
}

/* ----------------------------------------------------- log and failures */

static void log_add(struct kernel_mock *m, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void log_add(struct kernel_mock *m, const char *format, ...)
{
	char line[1024];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	if (n >= (int)sizeof(line))
		n = sizeof(line) - 1;
	m->log = more(m->log, m->log_len + n + 1, 1);
	memcpy(m->log + m->log_len, line, n + 1);
	m->log_len += n;
}

/* Ends the line of a call; takes over its error. */
static int finish(struct kernel_mock *m, int ret)
{
	if (ret < 0)
		log_add(m, " = %d", ret);
	log_add(m, "\n");
	return ret;
}

/* Begins the line of a call; an error that the test has asked for. */
static int begin(struct kernel_mock *m, const char *function, struct kerr *err)
{
	kerr_clear(err);
	log_add(m, "%s", function);
	if (!m->fail_nth || (m->fail_function[0] && strcmp(m->fail_function, function)))
		return 0;
	if (--m->fail_nth)
		return 0;
	return kerr_set(err, m->fail_err, "%s", m->fail_text);
}

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
	int ret = begin(m, "policy_begin", err);

	if (generation)
		log_add(m, " generation %u", *generation);
	stage_drop(m);
	if (!ret && generation && *generation != m->generation)
		ret = kerr_set(err, ESTALE, "another policy is in force");
	m->staged = ret >= 0;
	return finish(m, ret);
}

static struct mock_entry *entry_find(struct policy *p, const struct cm_entry *e)
{
	size_t i;

	for (i = 0; i < p->n_entries; i++)
		if (p->entries[i].entry.seq == e->seq && p->entries[i].entry.family == e->family &&
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
		p->entries = more(p->entries, p->n_entries + 1, sizeof(*p->entries));
		entry = &p->entries[p->n_entries++];
		*entry = (struct mock_entry){ .entry = *e };
	}
	if (!n)
		return;
	entry->rules = more(entry->rules, entry->n_rules + n, sizeof(*rules));
	memcpy(entry->rules + entry->n_rules, rules, n * sizeof(*rules));
	entry->n_rules += n;
}

static int policy_add_entry(struct kernel *k, const struct cm_entry *entry,
			    const struct cm_rule *rules, size_t n_rules, struct kerr *err)
{
	struct kernel_mock *m = mock_of(k);
	int ret = begin(m, "policy_add_entry", err);
	struct addr_buf buf;
	size_t i;

	log_add(m, " %s %d seq %u %s rules %zu", entry->map, entry->family == AF_INET ? 4 : 6,
		entry->seq, entry->kind == CRYPTOMAP_ENTRY_KIND_MANUAL ? "manual" : "isakmp",
		n_rules);
	for (i = 0; i < entry->n_peers; i++)
		log_add(m, "%s %s", i ? "" : " peers", addr_text_lower(&entry->peers[i], &buf));
	ret = ret ? ret : entry_check(m, entry, err);
	for (i = 0; !ret && i < n_rules; i++)
		ret = rule_check(entry, &rules[i], err);
	if (!ret)
		entry_add(&m->stage, entry, rules, n_rules);
	return finish(m, ret);
}

static int policy_add_binding(struct kernel *k, const struct cm_binding *binding,
			      struct kerr *err)
{
	struct kernel_mock *m = mock_of(k);
	struct policy *p = &m->stage;
	int ret = begin(m, "policy_add_binding", err);
	struct addr_buf buf;

	log_add(m, " %u %s %d local %s", binding->ifindex, binding->map,
		binding->family == AF_INET ? 4 : 6, addr_text_lower(&binding->local, &buf));
	if (!ret && !m->staged)
		ret = kerr_set(err, EINVAL, "no policy is staged");
	if (!ret && (!binding->ifindex || !binding->map[0]))
		ret = kerr_set(err, EINVAL, "the binding lacks interface or map");
	if (!ret) {
		p->bindings = more(p->bindings, p->n_bindings + 1, sizeof(*p->bindings));
		p->bindings[p->n_bindings++] = *binding;
	}
	return finish(m, ret);
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
	return a->ifindex == b->ifindex && !strcmp(a->map, b->map) && a->family == b->family &&
	       a->seq == b->seq && rule_equal(&a->rule, &b->rule);
}

static struct cm_flow *flow_like(struct kernel_mock *m, const struct cm_flow *flow)
{
	size_t i;

	for (i = 0; i < m->n_flows; i++)
		if (flow_equal(&m->flows[i], flow))
			return &m->flows[i];
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
			.seq = e->entry.seq, .kind = e->entry.kind, .rule = e->rules[i],
		};
		struct cm_flow *old;

		if (e->rules[i].action != CRYPTOMAP_ACTION_PERMIT)
			continue;
		memcpy(flow.map, e->entry.map, sizeof(flow.map));
		old = flow_like(m, &flow);
		if (old) {
			flow = *old;
			flow.rule.index = e->rules[i].index;
			flow.kind = e->entry.kind;
			commit->flows_kept++;
		} else {
			flow.id = m->next_flow++;
			commit->flows_added++;
		}
		*list = more(*list, n + 1, sizeof(flow));
		(*list)[n++] = flow;
	}
	return n;
}

static int by_id(const void *a, const void *b)
{
	const struct cm_flow *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static struct cm_flow *flow_find(struct kernel_mock *m, uint32_t id)
{
	size_t i;

	for (i = 0; i < m->n_flows; i++)
		if (m->flows[i].id == id)
			return &m->flows[i];
	return NULL;
}

static void sa_remove(struct kernel_mock *m, size_t i, enum cryptomap_delete_reason reason)
{
	const struct cm_sa *sa = &m->sas[i].info.sa;
	struct cm_event ev = {
		.has = ~0ULL, .flow = sa->flow, .direction = sa->id.direction,
		.spi = sa->id.spi, .proto = sa->id.proto, .dst = sa->id.dst,
		.conn_id = m->sas[i].info.conn_id, .owner = sa->owner, .reason = reason,
	};

	kernel_mock_event(m, CRYPTOMAP_CMD_SA_DEL_NTF, &ev);
	cm_sa_info_release(&m->sas[i].info);
	cm_sa_keys_wipe(&m->sas[i].keys);
	m->n_sas--;
	memmove(&m->sas[i], &m->sas[i + 1], (m->n_sas - i) * sizeof(*m->sas));
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
		if (m->sas[i].info.sa.flow && !flow_find(m, m->sas[i].info.sa.flow))
			sa_remove(m, i, CRYPTOMAP_DELETE_REASON_POLICY);
}

static int policy_commit(struct kernel *k, struct cm_commit *result, struct kerr *err)
{
	struct kernel_mock *m = mock_of(k);
	struct cm_commit commit = { 0 };
	int ret = begin(m, "policy_commit", err);

	if (!ret && !m->staged)
		ret = kerr_set(err, EINVAL, "no policy is staged");
	if (ret < 0) {
		stage_drop(m);
		return finish(m, ret);
	}
	commit_apply(m, &commit);
	log_add(m, " kept %u added %u removed %u", commit.flows_kept, commit.flows_added,
		commit.flows_removed);
	if (result)
		*result = commit;
	return finish(m, 0);
}

static int policy_abort(struct kernel *k, struct kerr *err)
{
	struct kernel_mock *m = mock_of(k);
	int ret = begin(m, "policy_abort", err);

	stage_drop(m);
	return finish(m, ret);
}

/* -------------------------------------------------------------- flows */

static int flow_dump(struct kernel *k, const struct cm_flow_filter *filter, kernel_flow_cb cb,
		     void *arg, struct kerr *err)
{
	struct kernel_mock *m = mock_of(k);
	int ret = finish(m, begin(m, "flow_dump", err));
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

static int no_flow(struct kerr *err, uint32_t id)
{
	return kerr_set(err, ENOENT, "there is no flow %u", id);
}

static int flow_get(struct kernel *k, uint32_t id, struct cm_flow *out, struct kerr *err)
{
	struct kernel_mock *m = mock_of(k);
	int ret = begin(m, "flow_get", err);
	const struct cm_flow *flow = flow_find(m, id);

	log_add(m, " %u", id);
	if (!ret && !flow)
		ret = no_flow(err, id);
	if (!ret)
		*out = *flow;
	return finish(m, ret);
}

static int hold_release(struct kernel *k, uint32_t id, struct kerr *err)
{
	struct kernel_mock *m = mock_of(k);
	int ret = begin(m, "hold_release", err);
	struct cm_flow *flow = flow_find(m, id);

	log_add(m, " %u", id);
	if (!ret && !flow)
		ret = no_flow(err, id);
	if (!ret)
		flow->held = 0;
	return finish(m, ret);
}

/* ---------------------------------------------------------------- SAs */

static const char *encr_name(enum cryptomap_encr_alg alg)
{
	switch (alg) {
#define X(suffix, name, ...) case CRYPTOMAP_ENCR_ALG_##suffix: return name;
	CM_ENCR_ALGS(X)
#undef X
	default:
		return "none";
	}
}

static const char *auth_name(enum cryptomap_auth_alg alg)
{
	switch (alg) {
#define X(suffix, name, ...) case CRYPTOMAP_AUTH_ALG_##suffix: return name;
	CM_AUTH_ALGS(X)
#undef X
	default:
		return "none";
	}
}

static void log_id(struct kernel_mock *m, const struct cm_sa_id *id)
{
	struct addr_buf buf;

	log_add(m, " %s 0x%08x %s", id->direction == CRYPTOMAP_DIRECTION_IN ? "in" : "out",
		id->spi, addr_text_lower(&id->dst, &buf));
}

static struct mock_sa *sa_find(const struct kernel_mock *m, const struct cm_sa_id *id)
{
	size_t i;

	for (i = 0; i < m->n_sas; i++) {
		const struct cm_sa_id *other = &m->sas[i].info.sa.id;

		if (other->direction == id->direction && other->spi == id->spi &&
		    other->proto == id->proto && addr_equal(&other->dst, &id->dst))
			return &m->sas[i];
	}
	return NULL;
}

static struct mock_sa *sa_new(struct kernel_mock *m)
{
	m->sas = more(m->sas, m->n_sas + 1, sizeof(*m->sas));
	memset(&m->sas[m->n_sas], 0, sizeof(*m->sas));
	return &m->sas[m->n_sas++];
}

static int spi_reserve(struct kernel *k, const struct cm_spi_request *req, uint32_t *spi,
		       struct kerr *err)
{
	struct kernel_mock *m = mock_of(k);
	int ret = begin(m, "spi_reserve", err);
	struct addr_buf buf;
	struct mock_sa *sa;

	log_add(m, " %s", addr_text_lower(&req->dst, &buf));
	if (!ret && !addr_is_set(&req->dst))
		ret = kerr_set(err, EINVAL, "the address is missing");
	if (ret < 0)
		return finish(m, ret);
	sa = sa_new(m);
	sa->info.state = CRYPTOMAP_SA_STATE_LARVAL;
	sa->info.sa.id = (struct cm_sa_id){
		.direction = CRYPTOMAP_DIRECTION_IN, .proto = req->proto, .dst = req->dst,
		.spi = m->next_spi,
	};
	*spi = m->next_spi++;
	log_add(m, " = 0x%08x", *spi);
	return finish(m, 0);
}

static unsigned int count_inbound(const struct kernel_mock *m, uint32_t flow)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < m->n_sas; i++)
		n += m->sas[i].info.sa.flow == flow &&
		     m->sas[i].info.sa.id.direction == CRYPTOMAP_DIRECTION_IN;
	return n;
}

static int sa_check(struct kernel_mock *m, const struct cm_sa *sa, struct kerr *err)
{
	const struct mock_sa *old = sa_find(m, &sa->id);

	if (sa->id.spi < CRYPTOMAP_SPI_MIN)
		return kerr_set(err, EINVAL, "the SPI is below 256");
	if (old && old->info.state != CRYPTOMAP_SA_STATE_LARVAL)
		return kerr_set(err, EEXIST, "the SPI is in use");
	if (!flow_find(m, sa->flow))
		return no_flow(err, sa->flow);
	if (sa->id.direction == CRYPTOMAP_DIRECTION_IN &&
	    count_inbound(m, sa->flow) >= INBOUND_MAX)
		return kerr_set(err, ENOSPC, "the flow has four inbound SAs already");
	return 0;
}

/* A new outbound SA takes the flow. */
static void retire_outbound(struct kernel_mock *m, uint32_t flow)
{
	size_t i;

	for (i = 0; i < m->n_sas; i++)
		if (m->sas[i].info.sa.flow == flow &&
		    m->sas[i].info.sa.id.direction == CRYPTOMAP_DIRECTION_OUT)
			m->sas[i].info.state = CRYPTOMAP_SA_STATE_DYING;
}

static int sa_add(struct kernel *k, const struct cm_sa *sa, const struct cm_sa_keys *keys,
		  uint32_t *conn_id, struct kerr *err)
{
	struct kernel_mock *m = mock_of(k);
	int ret = begin(m, "sa_add", err);
	struct mock_sa *slot;

	log_id(m, &sa->id);
	log_add(m, " flow %u %s %s %s", sa->flow,
		sa->mode == CRYPTOMAP_MODE_TUNNEL ? "tunnel" : "transport",
		encr_name(sa->encr_alg), auth_name(sa->auth_alg));
	ret = ret ? ret : sa_check(m, sa, err);
	if (ret < 0)
		return finish(m, ret);
	if (sa->id.direction == CRYPTOMAP_DIRECTION_OUT)
		retire_outbound(m, sa->flow);
	slot = sa_find(m, &sa->id);
	slot = slot ? slot : sa_new(m);
	slot->info.has = ~0ULL;
	slot->info.sa = *sa;
	slot->info.state = CRYPTOMAP_SA_STATE_MATURE;
	slot->info.conn_id = m->next_conn++;
	slot->keys = *keys;
	flow_find(m, sa->flow)->held = 0;
	if (conn_id)
		*conn_id = slot->info.conn_id;
	return finish(m, 0);
}

static int no_sa(struct kerr *err, const struct cm_sa_id *id)
{
	return kerr_set(err, ENOENT, "there is no SA with SPI 0x%08x", id->spi);
}

static void limits_change(struct cm_sa_limits *to, const struct cm_sa_change *c)
{
	const struct cm_sa_limits *from = &c->limits;

#define CHANGE(attr, member) \
	do { if (c->has & CM_HAS(attr)) to->member = from->member; } while (0)
	CHANGE(SA_SOFT_SECONDS, soft_seconds);
	CHANGE(SA_HARD_SECONDS, hard_seconds);
	CHANGE(SA_SOFT_BYTES, soft_bytes);
	CHANGE(SA_HARD_BYTES, hard_bytes);
	CHANGE(SA_SOFT_PACKETS, soft_packets);
	CHANGE(SA_HARD_PACKETS, hard_packets);
	CHANGE(SA_IDLE_SECONDS, idle_seconds);
	CHANGE(SA_LIVENESS_SECONDS, liveness_seconds);
#undef CHANGE
}

static int sa_update(struct kernel *k, const struct cm_sa_id *id,
		     const struct cm_sa_change *change, struct kerr *err)
{
	struct kernel_mock *m = mock_of(k);
	int ret = begin(m, "sa_update", err);
	struct mock_sa *sa = sa_find(m, id);

	log_id(m, id);
	if (!ret && !sa)
		ret = no_sa(err, id);
	if (!ret) {
		limits_change(&sa->info.sa.limits, change);
		if (change->has & CM_HAS(SA_OWNER))
			sa->info.sa.owner = change->owner;
	}
	return finish(m, ret);
}

static int sa_del(struct kernel *k, const struct cm_sa_id *id, struct kerr *err)
{
	struct kernel_mock *m = mock_of(k);
	int ret = begin(m, "sa_del", err);
	struct mock_sa *sa = sa_find(m, id);

	log_id(m, id);
	if (!ret && !sa)
		ret = no_sa(err, id);
	if (!ret)
		sa_remove(m, sa - m->sas, CRYPTOMAP_DELETE_REASON_REQUEST);
	return finish(m, ret);
}

static void info_copy(struct cm_sa_info *to, const struct cm_sa_info *from)
{
	*to = *from;
	to->drops.list = NULL;
	if (!from->drops.n)
		return;
	to->drops.list = more(NULL, from->drops.n, sizeof(*to->drops.list));
	memcpy(to->drops.list, from->drops.list, from->drops.n * sizeof(*to->drops.list));
}

static int sa_get(struct kernel *k, const struct cm_sa_id *id, struct cm_sa_info *out,
		  struct kerr *err)
{
	struct kernel_mock *m = mock_of(k);
	int ret = begin(m, "sa_get", err);
	struct mock_sa *sa = sa_find(m, id);

	log_id(m, id);
	memset(out, 0, sizeof(*out));
	if (!ret && !sa)
		ret = no_sa(err, id);
	if (!ret)
		info_copy(out, &sa->info);
	return finish(m, ret);
}

static bool sa_passes(struct kernel_mock *m, const struct cm_sa *sa,
		      const struct cm_sa_filter *filter)
{
	const struct cm_flow *flow = flow_find(m, sa->flow);

	if (!filter)
		return true;
	if (filter->flow && filter->flow != sa->flow)
		return false;
	if (filter->map[0] && (!flow || strcmp(filter->map, flow->map)))
		return false;
	if (filter->ifindex && (!flow || filter->ifindex != flow->ifindex))
		return false;
	return !addr_is_set(&filter->peer) || addr_equal(&filter->peer, &sa->src) ||
	       addr_equal(&filter->peer, &sa->id.dst);
}

static int sa_dump(struct kernel *k, const struct cm_sa_filter *filter, kernel_sa_cb cb,
		   void *arg, struct kerr *err)
{
	struct kernel_mock *m = mock_of(k);
	int ret = finish(m, begin(m, "sa_dump", err));
	size_t i, n = 0;
	struct cm_sa_info *list = NULL;

	/* As over netlink: read whole, then call back, for that may change it. */
	for (i = 0; !ret && i < m->n_sas; i++) {
		if (!sa_passes(m, &m->sas[i].info.sa, filter))
			continue;
		list = more(list, n + 1, sizeof(*list));
		info_copy(&list[n++], &m->sas[i].info);
	}
	for (i = 0; i < n; i++) {
		if (!ret)
			ret = cb(arg, &list[i]);
		cm_sa_info_release(&list[i]);
	}
	free(list);
	return ret;
}

static int sa_flush(struct kernel *k, const struct cm_sa_filter *filter, uint32_t *count,
		    struct kerr *err)
{
	struct kernel_mock *m = mock_of(k);
	int ret = begin(m, "sa_flush", err);
	uint32_t removed = 0;
	struct addr_buf buf;
	size_t i;

	if (filter)
		log_add(m, " flow %u map %s ifindex %u peer %s", filter->flow,
			filter->map[0] ? filter->map : "-", filter->ifindex,
			addr_is_set(&filter->peer) ? addr_text_lower(&filter->peer, &buf) : "-");
	for (i = m->n_sas; !ret && i-- > 0;) {
		if (!sa_passes(m, &m->sas[i].info.sa, filter))
			continue;
		sa_remove(m, i, CRYPTOMAP_DELETE_REASON_FLUSH);
		removed++;
	}
	if (!ret && count)
		*count = removed;
	return finish(m, ret);
}

/* ---------------------------------------------------------- statistics */

static int stats_get(struct kernel *k, uint32_t flow, struct cm_stats *out, struct kerr *err)
{
	struct kernel_mock *m = mock_of(k);
	int ret = begin(m, "stats_get", err);
	size_t i;

	memset(out, 0, sizeof(*out));
	if (!ret && flow && !flow_find(m, flow))
		ret = no_flow(err, flow);
	for (i = 0; !ret && i < m->n_flows; i++) {
		if (flow && m->flows[i].id != flow)
			continue;
		out->flows++;
		out->encaps += m->flows[i].encaps;
		out->decaps += m->flows[i].decaps;
		out->held += m->flows[i].held;
	}
	out->sas = m->n_sas;
	return finish(m, ret);
}

static void counters_clear(struct kernel_mock *m, uint32_t flow)
{
	size_t i;

	for (i = 0; i < m->n_flows; i++) {
		if (flow && m->flows[i].id != flow)
			continue;
		m->flows[i].encaps = 0;
		m->flows[i].decaps = 0;
		m->flows[i].send_errors = 0;
		m->flows[i].recv_errors = 0;
	}
	for (i = 0; i < m->n_sas; i++) {
		if (flow && m->sas[i].info.sa.flow != flow)
			continue;
		m->sas[i].info.packets = 0;
		m->sas[i].info.bytes = 0;
		cm_drops_release(&m->sas[i].info.drops);
	}
}

static int stats_clear(struct kernel *k, uint32_t flow, struct kerr *err)
{
	struct kernel_mock *m = mock_of(k);
	int ret = begin(m, "stats_clear", err);

	log_add(m, " %u", flow);
	if (!ret && flow && !flow_find(m, flow))
		ret = no_flow(err, flow);
	if (!ret)
		counters_clear(m, flow);
	return finish(m, ret);
}

/* -------------------------------------------------------------- events */

static int events_open(struct kernel *k, const struct kernel_events *events, void *arg,
		       struct kerr *err)
{
	struct kernel_mock *m = mock_of(k);
	int ret = begin(m, "events_open", err);

	if (!ret && m->event_cb)
		ret = kerr_set(err, EBUSY, "events are listened to already");
	if (!ret) {
		m->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		if (m->event_fd < 0)
			ret = kerr_set(err, errno, "eventfd: %s", strerror(errno));
	}
	if (!ret) {
		m->event_cb = events;
		m->event_arg = arg;
	}
	return finish(m, ret);
}

static int events_fd(struct kernel *k)
{
	return mock_of(k)->event_fd;
}

static void deliver(struct kernel_mock *m, const struct mock_event *e)
{
	void (*const calls[])(void *arg, const struct cm_event *ev) = {
		[CRYPTOMAP_CMD_ACQUIRE_NTF] = m->event_cb->acquire,
		[CRYPTOMAP_CMD_EXPIRE_NTF] = m->event_cb->expire,
		[CRYPTOMAP_CMD_IDLE_NTF] = m->event_cb->idle,
		[CRYPTOMAP_CMD_INVALID_SPI_NTF] = m->event_cb->invalid_spi,
		[CRYPTOMAP_CMD_REPLAY_NTF] = m->event_cb->replay,
		[CRYPTOMAP_CMD_LIVENESS_NTF] = m->event_cb->liveness,
		[CRYPTOMAP_CMD_SA_DEL_NTF] = m->event_cb->sa_del,
	};

	if (e->lost) {
		if (m->event_cb->lost)
			m->event_cb->lost(m->event_arg);
	} else if (e->cmd < sizeof(calls) / sizeof(calls[0]) && calls[e->cmd]) {
		calls[e->cmd](m->event_arg, &e->ev);
	}
}

static int events_read(struct kernel *k, struct kerr *err)
{
	struct kernel_mock *m = mock_of(k);
	struct mock_event *list = m->events;
	size_t i, n = m->n_events;
	eventfd_t unused;

	kerr_clear(err);
	if (!m->event_cb)
		return kerr_set(err, EINVAL, "events are not listened to");
	eventfd_read(m->event_fd, &unused);
	/* Callbacks may cause more events; those are for the next call. */
	m->events = NULL;
	m->n_events = 0;
	for (i = 0; i < n; i++)
		deliver(m, &list[i]);
	free(list);
	return n;
}

static void events_close(struct kernel *k)
{
	struct kernel_mock *m = mock_of(k);

	if (m->event_fd >= 0)
		close(m->event_fd);
	m->event_fd = -1;
	m->event_cb = NULL;
	free(m->events);
	m->events = NULL;
	m->n_events = 0;
}

static void queue_event(struct kernel_mock *m, const struct mock_event *e)
{
	if (!m->event_cb)
		return;
	m->events = more(m->events, m->n_events + 1, sizeof(*e));
	m->events[m->n_events++] = *e;
	eventfd_write(m->event_fd, 1);
}

void kernel_mock_event(struct kernel_mock *m, uint8_t cmd, const struct cm_event *ev)
{
	struct mock_event e = { .cmd = cmd, .ev = *ev };

	queue_event(m, &e);
}

void kernel_mock_lose(struct kernel_mock *m)
{
	struct mock_event e = { .lost = true };

	queue_event(m, &e);
}

/* --------------------------------------------------- for the test itself */

static void mock_close(struct kernel *k)
{
	struct kernel_mock *m = mock_of(k);

	events_close(k);
	while (m->n_sas)
		sa_remove(m, m->n_sas - 1, CRYPTOMAP_DELETE_REASON_NAMESPACE);
	policy_release(&m->stage);
	policy_release(&m->force);
	free(m->sas);
	free(m->flows);
	free(m->log);
	free(m);
}

static const struct kernel mock_functions = {
	.policy_begin = policy_begin,
	.policy_add_entry = policy_add_entry,
	.policy_add_binding = policy_add_binding,
	.policy_commit = policy_commit,
	.policy_abort = policy_abort,
	.flow_dump = flow_dump,
	.flow_get = flow_get,
	.hold_release = hold_release,
	.spi_reserve = spi_reserve,
	.sa_add = sa_add,
	.sa_update = sa_update,
	.sa_del = sa_del,
	.sa_get = sa_get,
	.sa_dump = sa_dump,
	.sa_flush = sa_flush,
	.stats_get = stats_get,
	.stats_clear = stats_clear,
	.events_open = events_open,
	.events_fd = events_fd,
	.events_read = events_read,
	.events_close = events_close,
	.close = mock_close,
};

struct kernel_mock *kernel_mock_new(void)
{
	struct kernel_mock *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->base = mock_functions;
	m->next_flow = 1;
	m->next_conn = 1;
	m->next_spi = 0x1000;
	m->event_fd = -1;
	return m;
}

struct kernel *kernel_mock_kernel(struct kernel_mock *m)
{
	return &m->base;
}

void kernel_mock_fail(struct kernel_mock *m, const char *function, unsigned int nth, int err,
		      const char *text)
{
	snprintf(m->fail_function, sizeof(m->fail_function), "%s", function);
	snprintf(m->fail_text, sizeof(m->fail_text), "%s", text);
	m->fail_nth = nth;
	m->fail_err = err;
}

const char *kernel_mock_log(const struct kernel_mock *m)
{
	return m->log ? m->log : "";
}

void kernel_mock_log_clear(struct kernel_mock *m)
{
	free(m->log);
	m->log = NULL;
	m->log_len = 0;
}

unsigned int kernel_mock_calls(const struct kernel_mock *m, const char *function)
{
	const char *line = kernel_mock_log(m);
	size_t len = strlen(function);
	unsigned int n = 0;

	while (*line) {
		if (!strncmp(line, function, len) && (line[len] == ' ' || line[len] == '\n'))
			n++;
		line = strchr(line, '\n');
		if (!line)
			break;
		line++;
	}
	return n;
}

const struct cm_sa_keys *kernel_mock_keys(const struct kernel_mock *m, const struct cm_sa_id *id)
{
	const struct mock_sa *sa = sa_find(m, id);

	return sa ? &sa->keys : NULL;
}

struct cm_flow *kernel_mock_flow(struct kernel_mock *m, unsigned int i)
{
	return i < m->n_flows ? &m->flows[i] : NULL;
}

struct cm_sa_info *kernel_mock_sa(struct kernel_mock *m, unsigned int i)
{
	return i < m->n_sas ? &m->sas[i].info : NULL;
}

const struct cm_binding *kernel_mock_binding(struct kernel_mock *m, unsigned int i)
{
	return i < m->force.n_bindings ? &m->force.bindings[i] : NULL;
}

uint32_t kernel_mock_generation(const struct kernel_mock *m)
{
	return m->generation;
}

void kernel_mock_set_next_spi(struct kernel_mock *m, uint32_t spi)
{
	m->next_spi = spi;
}

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

#include "kernel_mock_priv.h"

#define INBOUND_MAX	4

/* ----------------------------------------------------- log and failures */

void mock_log(struct kernel_mock *m, const char *format, ...)
{
	char line[1024];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	if (n >= (int)sizeof(line))
		n = sizeof(line) - 1;
	m->log = mock_more(m->log, m->log_len + n + 1, 1);
	memcpy(m->log + m->log_len, line, n + 1);
	m->log_len += n;
}

int mock_finish(struct kernel_mock *m, int ret)
{
	if (ret < 0)
		mock_log(m, " = %d", ret);
	mock_log(m, "\n");
	return ret;
}

int mock_begin(struct kernel_mock *m, const char *function, struct kerr *err)
{
	kerr_clear(err);
	mock_log(m, "%s", function);
	if (!m->fail_nth || (m->fail_function[0] && strcmp(m->fail_function, function)))
		return 0;
	if (--m->fail_nth)
		return 0;
	return kerr_set(err, m->fail_err, "%s", m->fail_text);
}

/* ---------------------------------------------------------------- SAs */

void mock_sa_remove(struct kernel_mock *m, size_t i, enum cryptomap_delete_reason reason)
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

	mock_log(m, " %s 0x%08x %s", id->direction == CRYPTOMAP_DIRECTION_IN ? "in" : "out",
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
	m->sas = mock_more(m->sas, m->n_sas + 1, sizeof(*m->sas));
	memset(&m->sas[m->n_sas], 0, sizeof(*m->sas));
	return &m->sas[m->n_sas++];
}

static int spi_reserve(struct kernel *k, const struct cm_spi_request *req, uint32_t *spi,
		       struct kerr *err)
{
	struct kernel_mock *m = mock_of(k);
	int ret = mock_begin(m, "spi_reserve", err);
	struct addr_buf buf;
	struct mock_sa *sa;

	mock_log(m, " %s", addr_text_lower(&req->dst, &buf));
	if (!ret && !addr_is_set(&req->dst))
		ret = kerr_set(err, EINVAL, "the address is missing");
	if (ret < 0)
		return mock_finish(m, ret);
	sa = sa_new(m);
	sa->info.state = CRYPTOMAP_SA_STATE_LARVAL;
	sa->info.sa.id = (struct cm_sa_id){
		.direction = CRYPTOMAP_DIRECTION_IN, .proto = req->proto, .dst = req->dst,
		.spi = m->next_spi,
	};
	*spi = m->next_spi++;
	mock_log(m, " = 0x%08x", *spi);
	return mock_finish(m, 0);
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
	if (!mock_flow_find(m, sa->flow))
		return mock_no_flow(err, sa->flow);
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
	int ret = mock_begin(m, "sa_add", err);
	struct mock_sa *slot;

	log_id(m, &sa->id);
	mock_log(m, " flow %u %s %s %s", sa->flow,
		sa->mode == CRYPTOMAP_MODE_TUNNEL ? "tunnel" : "transport",
		encr_name(sa->encr_alg), auth_name(sa->auth_alg));
	ret = ret ? ret : sa_check(m, sa, err);
	if (ret < 0)
		return mock_finish(m, ret);
	if (sa->id.direction == CRYPTOMAP_DIRECTION_OUT)
		retire_outbound(m, sa->flow);
	slot = sa_find(m, &sa->id);
	slot = slot ? slot : sa_new(m);
	slot->info.has = ~0ULL;
	slot->info.sa = *sa;
	slot->info.state = CRYPTOMAP_SA_STATE_MATURE;
	slot->info.conn_id = m->next_conn++;
	slot->keys = *keys;
	mock_flow_find(m, sa->flow)->held = 0;
	if (conn_id)
		*conn_id = slot->info.conn_id;
	return mock_finish(m, 0);
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
	int ret = mock_begin(m, "sa_update", err);
	struct mock_sa *sa = sa_find(m, id);

	log_id(m, id);
	if (!ret && !sa)
		ret = no_sa(err, id);
	if (!ret) {
		limits_change(&sa->info.sa.limits, change);
		if (change->has & CM_HAS(SA_OWNER))
			sa->info.sa.owner = change->owner;
	}
	return mock_finish(m, ret);
}

static int sa_del(struct kernel *k, const struct cm_sa_id *id, struct kerr *err)
{
	struct kernel_mock *m = mock_of(k);
	int ret = mock_begin(m, "sa_del", err);
	struct mock_sa *sa = sa_find(m, id);

	log_id(m, id);
	if (!ret && !sa)
		ret = no_sa(err, id);
	if (!ret)
		mock_sa_remove(m, sa - m->sas, CRYPTOMAP_DELETE_REASON_REQUEST);
	return mock_finish(m, ret);
}

static void info_copy(struct cm_sa_info *to, const struct cm_sa_info *from)
{
	*to = *from;
	to->drops.list = NULL;
	if (!from->drops.n)
		return;
	to->drops.list = mock_more(NULL, from->drops.n, sizeof(*to->drops.list));
	memcpy(to->drops.list, from->drops.list, from->drops.n * sizeof(*to->drops.list));
}

static int sa_get(struct kernel *k, const struct cm_sa_id *id, struct cm_sa_info *out,
		  struct kerr *err)
{
	struct kernel_mock *m = mock_of(k);
	int ret = mock_begin(m, "sa_get", err);
	struct mock_sa *sa = sa_find(m, id);

	log_id(m, id);
	memset(out, 0, sizeof(*out));
	if (!ret && !sa)
		ret = no_sa(err, id);
	if (!ret)
		info_copy(out, &sa->info);
	return mock_finish(m, ret);
}

static bool sa_passes(struct kernel_mock *m, const struct cm_sa *sa,
		      const struct cm_sa_filter *filter)
{
	const struct cm_flow *flow = mock_flow_find(m, sa->flow);

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
	int ret = mock_finish(m, mock_begin(m, "sa_dump", err));
	size_t i, n = 0;
	struct cm_sa_info *list = NULL;

	/* As over netlink: read whole, then call back, for that may change it. */
	for (i = 0; !ret && i < m->n_sas; i++) {
		if (!sa_passes(m, &m->sas[i].info.sa, filter))
			continue;
		list = mock_more(list, n + 1, sizeof(*list));
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
	int ret = mock_begin(m, "sa_flush", err);
	uint32_t removed = 0;
	struct addr_buf buf;
	size_t i;

	if (filter)
		mock_log(m, " flow %u map %s ifindex %u peer %s", filter->flow,
			filter->map[0] ? filter->map : "-", filter->ifindex,
			addr_is_set(&filter->peer) ? addr_text_lower(&filter->peer, &buf) : "-");
	for (i = m->n_sas; !ret && i-- > 0;) {
		if (!sa_passes(m, &m->sas[i].info.sa, filter))
			continue;
		mock_sa_remove(m, i, CRYPTOMAP_DELETE_REASON_FLUSH);
		removed++;
	}
	if (!ret && count)
		*count = removed;
	return mock_finish(m, ret);
}

/* ---------------------------------------------------------- statistics */

static int stats_get(struct kernel *k, uint32_t flow, struct cm_stats *out, struct kerr *err)
{
	struct kernel_mock *m = mock_of(k);
	int ret = mock_begin(m, "stats_get", err);
	size_t i;

	memset(out, 0, sizeof(*out));
	if (!ret && flow && !mock_flow_find(m, flow))
		ret = mock_no_flow(err, flow);
	for (i = 0; !ret && i < m->n_flows; i++) {
		if (flow && m->flows[i].id != flow)
			continue;
		out->flows++;
		out->encaps += m->flows[i].encaps;
		out->decaps += m->flows[i].decaps;
		out->held += m->flows[i].held;
	}
	out->sas = m->n_sas;
	return mock_finish(m, ret);
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
	int ret = mock_begin(m, "stats_clear", err);

	mock_log(m, " %u", flow);
	if (!ret && flow && !mock_flow_find(m, flow))
		ret = mock_no_flow(err, flow);
	if (!ret)
		counters_clear(m, flow);
	return mock_finish(m, ret);
}

/* -------------------------------------------------------------- events */

static int events_open(struct kernel *k, const struct kernel_events *events, void *arg,
		       struct kerr *err)
{
	struct kernel_mock *m = mock_of(k);
	int ret = mock_begin(m, "events_open", err);

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
	return mock_finish(m, ret);
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
	m->events = mock_more(m->events, m->n_events + 1, sizeof(*e));
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
		mock_sa_remove(m, m->n_sas - 1, CRYPTOMAP_DELETE_REASON_NAMESPACE);
	mock_policy_release(m);
	free(m->sas);
	free(m->log);
	free(m);
}

static const struct kernel mock_functions = {
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
	mock_policy_init(&m->base);
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

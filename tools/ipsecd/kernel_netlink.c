// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kernel.h over generic netlink.
 *
 * One socket for requests and dumps, whose stage the kernel drops when it
 * closes, and one for events.  Dumps are read whole before anybody is called
 * back, so a callback may make requests of its own.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/genl/genl.h>
#include <stdlib.h>
#include <string.h>

#include "ipsecd/kernel.h"
#include "lib/codec.h"
#include "lib/nlsock.h"

/* Room for attributes, bytes. */
#define POLICY_SIZE	16384
#define REQUEST_SIZE	2048

/**
 * struct netlink - a struct kernel
 * @staged: @stage is open, on the socket that had @stage_port
 * @events: NULL when not listening
 * @event_cb: and @event_arg, of events_open
 */
struct netlink {
	struct kernel base;
	struct nlsock *requests;
	bool staged;
	uint32_t stage;
	uint32_t stage_port;
	struct nlsock *events;
	const struct kernel_events *event_cb;
	void *event_arg;
};

static struct netlink *netlink_of(struct kernel *k)
{
	return (struct netlink *)k;
}

static struct nl_msg *request(struct netlink *n, uint8_t cmd, size_t size, struct kerr *err)
{
	struct nl_msg *msg = nlsock_genl_msg(n->requests, cmd, 0, size);

	kerr_clear(err);
	if (!msg)
		kerr_set(err, ENOMEM, "out of memory");
	return msg;
}

/* Sends what was put together, unless that failed, and frees it. */
static int send_request(struct netlink *n, struct nl_msg *msg, int put, nlsock_cb cb, void *arg,
			struct kerr *err)
{
	int ret;

	if (put < 0)
		ret = kerr_set(err, -put, "the request does not fit into a message");
	else
		ret = nlsock_do(n->requests, msg, cb, arg, err);
	nlsock_msg_free(msg);
	return ret;
}

/* ------------------------------------------------------------- policy */

/* After a failure of the socket it is a new one, and the stage went with the old. */
static bool is_staged(const struct netlink *n)
{
	return n->staged && n->stage_port == nlsock_port(n->requests);
}

static int get_stage(void *arg, struct nlmsghdr *hdr)
{
	return codec_get_u32(hdr, CRYPTOMAP_A_POLICY_STAGE, arg);
}

static int policy_abort(struct kernel *k, struct kerr *err)
{
	struct netlink *n = netlink_of(k);
	struct nl_msg *msg;

	kerr_clear(err);
	if (!is_staged(n))
		return 0;
	n->staged = false;
	msg = request(n, CRYPTOMAP_CMD_POLICY_ABORT, REQUEST_SIZE, err);
	if (!msg)
		return -ENOMEM;
	return send_request(n, msg, codec_put_u32(msg, CRYPTOMAP_A_POLICY_STAGE, n->stage),
			    NULL, NULL, err);
}

static int policy_begin(struct kernel *k, const uint32_t *generation, struct kerr *err)
{
	struct netlink *n = netlink_of(k);
	struct nl_msg *msg;
	int ret = 0;

	policy_abort(k, NULL);
	msg = request(n, CRYPTOMAP_CMD_POLICY_STAGE, REQUEST_SIZE, err);
	if (!msg)
		return -ENOMEM;
	if (generation)
		ret = codec_put_u32(msg, CRYPTOMAP_A_POLICY_GENERATION, *generation);
	ret = send_request(n, msg, ret, get_stage, &n->stage, err);
	n->staged = ret >= 0;
	n->stage_port = nlsock_port(n->requests);
	return ret;
}

static struct nl_msg *policy_add(struct netlink *n, struct kerr *err)
{
	struct nl_msg *msg;

	if (!is_staged(n)) {
		kerr_set(err, EINVAL, "no policy is staged");
		return NULL;
	}
	msg = request(n, CRYPTOMAP_CMD_POLICY_ADD, POLICY_SIZE, err);
	if (msg && codec_put_u32(msg, CRYPTOMAP_A_POLICY_STAGE, n->stage) < 0) {
		kerr_set(err, EMSGSIZE, "the request does not fit into a message");
		nlsock_msg_free(msg);
		return NULL;
	}
	return msg;
}

/* As many rules as fit; returns how many, or an error. */
static int put_rules(struct nl_msg *msg, const struct cm_rule *rules, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (codec_put_rule(msg, &rules[i]) < 0)
			break;
	return i || !n ? (int)i : -EMSGSIZE;
}

static int policy_add_entry(struct kernel *k, const struct cm_entry *entry,
			    const struct cm_rule *rules, size_t n_rules, struct kerr *err)
{
	struct netlink *n = netlink_of(k);
	size_t sent = 0;
	int ret;

	do {
		struct nl_msg *msg = policy_add(n, err);
		int fit = 0;

		if (!msg)
			return is_staged(n) ? -ENOMEM : -EINVAL;
		ret = codec_put_entry(msg, entry, sent > 0);
		if (!ret)
			fit = put_rules(msg, rules + sent, n_rules - sent);
		ret = send_request(n, msg, ret ? ret : fit, NULL, NULL, err);
		if (ret < 0)
			return ret;
		sent += fit;
	} while (sent < n_rules);
	return 0;
}

static int policy_add_binding(struct kernel *k, const struct cm_binding *binding,
			      struct kerr *err)
{
	struct netlink *n = netlink_of(k);
	struct nl_msg *msg = policy_add(n, err);

	if (!msg)
		return is_staged(n) ? -ENOMEM : -EINVAL;
	return send_request(n, msg, codec_put_binding(msg, binding), NULL, NULL, err);
}

static int get_commit(void *arg, struct nlmsghdr *hdr)
{
	return codec_get_commit(hdr, arg);
}

static int policy_commit(struct kernel *k, struct cm_commit *result, struct kerr *err)
{
	struct netlink *n = netlink_of(k);
	struct cm_commit commit = { 0 };
	struct nl_msg *msg;
	int ret;

	if (!is_staged(n))
		return kerr_set(err, EINVAL, "no policy is staged");
	msg = request(n, CRYPTOMAP_CMD_POLICY_COMMIT, REQUEST_SIZE, err);
	if (!msg)
		return -ENOMEM;
	ret = send_request(n, msg, codec_put_u32(msg, CRYPTOMAP_A_POLICY_STAGE, n->stage),
			   get_commit, &commit, err);
	if (ret < 0) {
		policy_abort(k, NULL);
		return ret;
	}
	n->staged = false;
	if (result)
		*result = commit;
	return 0;
}

/* -------------------------------------------------------------- flows */

struct flow_list {
	struct cm_flow *flows;
	size_t n, size;
};

static void flow_list_restart(void *arg)
{
	((struct flow_list *)arg)->n = 0;
}

/* Room for one more in a list that doubles; NULL without memory. */
static void *list_grow(void *list, size_t n, size_t *size, size_t each)
{
	size_t more = *size ? *size * 2 : 64;

	if (n < *size)
		return list;
	list = reallocarray(list, more, each);
	if (list)
		*size = more;
	return list;
}

static int flow_list_add(void *arg, struct nlmsghdr *hdr)
{
	struct flow_list *l = arg;
	void *list = list_grow(l->flows, l->n, &l->size, sizeof(*l->flows));
	int ret;

	if (!list)
		return -ENOMEM;
	l->flows = list;
	ret = codec_get_flow(hdr, &l->flows[l->n]);
	if (!ret)
		l->n++;
	return ret;
}

static int flow_dump(struct kernel *k, const struct cm_flow_filter *filter, kernel_flow_cb cb,
		     void *arg, struct kerr *err)
{
	static const struct nlsock_dump dump = { flow_list_restart, flow_list_add };
	static const struct cm_flow_filter all;
	struct netlink *n = netlink_of(k);
	struct flow_list list = { 0 };
	struct nl_msg *msg = request(n, CRYPTOMAP_CMD_FLOW_GET, REQUEST_SIZE, err);
	int ret, end = 0;
	size_t i;

	if (!msg)
		return -ENOMEM;
	ret = codec_put_flow_filter(msg, filter ? filter : &all);
	ret = ret ? ret : nlsock_dump(n->requests, msg, &dump, &list, err);
	nlsock_msg_free(msg);
	for (i = 0; ret >= 0 && !end && i < list.n; i++)
		end = cb(arg, &list.flows[i]);
	free(list.flows);
	return end ? end : ret;
}

static int get_flow(void *arg, struct nlmsghdr *hdr)
{
	return codec_get_flow(hdr, arg);
}

static int flow_get(struct kernel *k, uint32_t id, struct cm_flow *out, struct kerr *err)
{
	struct netlink *n = netlink_of(k);
	struct nl_msg *msg = request(n, CRYPTOMAP_CMD_FLOW_GET, REQUEST_SIZE, err);

	if (!msg)
		return -ENOMEM;
	memset(out, 0, sizeof(*out));
	return send_request(n, msg, codec_put_u32(msg, CRYPTOMAP_A_FLOW_ID, id), get_flow, out,
			    err);
}

static int hold_release(struct kernel *k, uint32_t flow, struct kerr *err)
{
	struct netlink *n = netlink_of(k);
	struct nl_msg *msg = request(n, CRYPTOMAP_CMD_HOLD_RELEASE, REQUEST_SIZE, err);

	if (!msg)
		return -ENOMEM;
	return send_request(n, msg, codec_put_u32(msg, CRYPTOMAP_A_FLOW_ID, flow), NULL, NULL,
			    err);
}

/* ---------------------------------------------------------------- SAs */

static int get_spi(void *arg, struct nlmsghdr *hdr)
{
	return codec_get_spi(hdr, arg);
}

static int spi_reserve(struct kernel *k, const struct cm_spi_request *req, uint32_t *spi,
		       struct kerr *err)
{
	struct netlink *n = netlink_of(k);
	struct nl_msg *msg = request(n, CRYPTOMAP_CMD_SPI_RESERVE, REQUEST_SIZE, err);

	if (!msg)
		return -ENOMEM;
	*spi = 0;
	return send_request(n, msg, codec_put_spi_request(msg, req), get_spi, spi, err);
}

static int get_conn_id(void *arg, struct nlmsghdr *hdr)
{
	return codec_get_u32(hdr, CRYPTOMAP_A_SA_CONN_ID, arg);
}

static int sa_add(struct kernel *k, const struct cm_sa *sa, const struct cm_sa_keys *keys,
		  uint32_t *conn_id, struct kerr *err)
{
	struct netlink *n = netlink_of(k);
	struct nl_msg *msg = request(n, CRYPTOMAP_CMD_SA_ADD, REQUEST_SIZE, err);
	uint32_t unused;

	if (!msg)
		return -ENOMEM;
	return send_request(n, msg, codec_put_sa(msg, sa, keys), get_conn_id,
			    conn_id ? conn_id : &unused, err);
}

static int sa_update(struct kernel *k, const struct cm_sa_id *id,
		     const struct cm_sa_change *change, struct kerr *err)
{
	struct netlink *n = netlink_of(k);
	struct nl_msg *msg = request(n, CRYPTOMAP_CMD_SA_UPDATE, REQUEST_SIZE, err);
	int ret;

	if (!msg)
		return -ENOMEM;
	ret = codec_put_sa_id(msg, id);
	ret = ret ? ret : codec_put_sa_change(msg, change);
	return send_request(n, msg, ret, NULL, NULL, err);
}

static int sa_del(struct kernel *k, const struct cm_sa_id *id, struct kerr *err)
{
	struct netlink *n = netlink_of(k);
	struct nl_msg *msg = request(n, CRYPTOMAP_CMD_SA_DEL, REQUEST_SIZE, err);

	if (!msg)
		return -ENOMEM;
	return send_request(n, msg, codec_put_sa_id(msg, id), NULL, NULL, err);
}

static int get_sa(void *arg, struct nlmsghdr *hdr)
{
	cm_sa_info_release(arg);
	return codec_get_sa_info(hdr, arg);
}

static int sa_get(struct kernel *k, const struct cm_sa_id *id, struct cm_sa_info *out,
		  struct kerr *err)
{
	struct netlink *n = netlink_of(k);
	struct nl_msg *msg = request(n, CRYPTOMAP_CMD_SA_GET, REQUEST_SIZE, err);
	int ret;

	memset(out, 0, sizeof(*out));
	if (!msg)
		return -ENOMEM;
	ret = send_request(n, msg, codec_put_sa_id(msg, id), get_sa, out, err);
	if (ret < 0)
		cm_sa_info_release(out);
	return ret;
}

struct sa_list {
	struct cm_sa_info *sas;
	size_t n, size;
};

static void sa_list_restart(void *arg)
{
	struct sa_list *l = arg;

	while (l->n)
		cm_sa_info_release(&l->sas[--l->n]);
}

static int sa_list_add(void *arg, struct nlmsghdr *hdr)
{
	struct sa_list *l = arg;
	void *list = list_grow(l->sas, l->n, &l->size, sizeof(*l->sas));

	if (!list)
		return -ENOMEM;
	l->sas = list;
	return codec_get_sa_info(hdr, &l->sas[l->n++]);
}

static int sa_dump(struct kernel *k, const struct cm_sa_filter *filter, kernel_sa_cb cb,
		   void *arg, struct kerr *err)
{
	static const struct nlsock_dump dump = { sa_list_restart, sa_list_add };
	static const struct cm_sa_filter all;
	struct netlink *n = netlink_of(k);
	struct sa_list list = { 0 };
	struct nl_msg *msg = request(n, CRYPTOMAP_CMD_SA_GET, REQUEST_SIZE, err);
	int ret, end = 0;
	size_t i;

	if (!msg)
		return -ENOMEM;
	ret = codec_put_sa_filter(msg, filter ? filter : &all);
	ret = ret ? ret : nlsock_dump(n->requests, msg, &dump, &list, err);
	nlsock_msg_free(msg);
	for (i = 0; ret >= 0 && !end && i < list.n; i++)
		end = cb(arg, &list.sas[i]);
	sa_list_restart(&list);
	free(list.sas);
	return end ? end : ret;
}

static int get_count(void *arg, struct nlmsghdr *hdr)
{
	return codec_get_u32(hdr, CRYPTOMAP_A_SA_COUNT, arg);
}

static int sa_flush(struct kernel *k, const struct cm_sa_filter *filter, uint32_t *count,
		    struct kerr *err)
{
	struct netlink *n = netlink_of(k);
	static const struct cm_sa_filter all;
	struct nl_msg *msg = request(n, CRYPTOMAP_CMD_SA_FLUSH, REQUEST_SIZE, err);
	uint32_t unused;

	if (!msg)
		return -ENOMEM;
	return send_request(n, msg, codec_put_sa_filter(msg, filter ? filter : &all), get_count,
			    count ? count : &unused, err);
}

/* ---------------------------------------------------------- statistics */

static int get_stats(void *arg, struct nlmsghdr *hdr)
{
	return codec_get_stats(hdr, arg);
}

static int stats_get(struct kernel *k, uint32_t flow, struct cm_stats *out, struct kerr *err)
{
	struct netlink *n = netlink_of(k);
	struct nl_msg *msg = request(n, CRYPTOMAP_CMD_STATS_GET, REQUEST_SIZE, err);
	int ret = 0;

	memset(out, 0, sizeof(*out));
	if (!msg)
		return -ENOMEM;
	if (flow)
		ret = codec_put_u32(msg, CRYPTOMAP_A_STATS_FLOW, flow);
	ret = send_request(n, msg, ret, get_stats, out, err);
	if (ret < 0)
		cm_stats_release(out);
	return ret;
}

static int stats_clear(struct kernel *k, uint32_t flow, struct kerr *err)
{
	struct netlink *n = netlink_of(k);
	struct nl_msg *msg = request(n, CRYPTOMAP_CMD_STATS_CLEAR, REQUEST_SIZE, err);
	int ret = 0;

	if (!msg)
		return -ENOMEM;
	if (flow)
		ret = codec_put_u32(msg, CRYPTOMAP_A_STATS_FLOW, flow);
	return send_request(n, msg, ret, NULL, NULL, err);
}

/* -------------------------------------------------------------- events */

static void events_lost(struct netlink *n)
{
	if (n->event_cb->lost)
		n->event_cb->lost(n->event_arg);
}

typedef void (*event_cb)(void *arg, const struct cm_event *ev);

static event_cb event_callback(const struct kernel_events *cb, uint8_t cmd)
{
	switch (cmd) {
	case CRYPTOMAP_CMD_ACQUIRE_NTF:
		return cb->acquire;
	case CRYPTOMAP_CMD_EXPIRE_NTF:
		return cb->expire;
	case CRYPTOMAP_CMD_IDLE_NTF:
		return cb->idle;
	case CRYPTOMAP_CMD_INVALID_SPI_NTF:
		return cb->invalid_spi;
	case CRYPTOMAP_CMD_REPLAY_NTF:
		return cb->replay;
	case CRYPTOMAP_CMD_LIVENESS_NTF:
		return cb->liveness;
	case CRYPTOMAP_CMD_SA_DEL_NTF:
		return cb->sa_del;
	default:
		return NULL;
	}
}

/* The controller tells that our family came or went: its groups are new. */
static void on_controller(struct netlink *n, struct nlmsghdr *hdr)
{
	struct nlattr *name = nlmsg_find_attr(hdr, GENL_HDRLEN, CTRL_ATTR_FAMILY_NAME);

	if (!name || nla_strcmp(name, CRYPTOMAP_GENL_NAME))
		return;
	if (((struct genlmsghdr *)nlmsg_data(hdr))->cmd == CTRL_CMD_NEWFAMILY &&
	    nlsock_resolve(n->events, NULL) == 1)
		nlsock_join(n->events, CRYPTOMAP_MCGRP_EVENTS, NULL);
	events_lost(n);
}

static int on_event(void *arg, struct nlmsghdr *hdr)
{
	struct netlink *n = arg;
	struct cm_event ev;
	event_cb cb;

	if (hdr->nlmsg_len < NLMSG_HDRLEN + GENL_HDRLEN)
		return 0;
	if (hdr->nlmsg_type == GENL_ID_CTRL) {
		on_controller(n, hdr);
		return 0;
	}
	if (hdr->nlmsg_type != nlsock_family(n->events))
		return 0;
	cb = event_callback(n->event_cb, ((struct genlmsghdr *)nlmsg_data(hdr))->cmd);
	if (!cb)
		return 0;
	/* An event that cannot be read is as good as lost. */
	if (codec_get_event(hdr, &ev) < 0)
		events_lost(n);
	else
		cb(n->event_arg, &ev);
	return 0;
}

static void events_close(struct kernel *k)
{
	struct netlink *n = netlink_of(k);

	nlsock_close(n->events);
	n->events = NULL;
}

static int events_open(struct kernel *k, const struct kernel_events *events, void *arg,
		       struct kerr *err)
{
	struct netlink *n = netlink_of(k);
	int ret;

	if (n->events)
		return kerr_set(err, EBUSY, "events are listened to already");
	ret = nlsock_open_genl(&n->events, CRYPTOMAP_GENL_NAME, codec_command,
			       KERNEL_TIMEOUT_MS, err);
	if (ret < 0)
		return ret;
	ret = nlsock_join(n->events, CRYPTOMAP_MCGRP_EVENTS, err);
	if (ret >= 0)
		ret = nlsock_join_of(n->events, "nlctrl", "notify", err);
	if (ret < 0) {
		events_close(k);
		return ret;
	}
	n->event_cb = events;
	n->event_arg = arg;
	return 0;
}

static int events_fd(struct kernel *k)
{
	struct netlink *n = netlink_of(k);

	return n->events ? nlsock_fd(n->events) : -1;
}

static int events_read(struct kernel *k, struct kerr *err)
{
	struct netlink *n = netlink_of(k);
	int ret;

	if (!n->events)
		return kerr_set(err, EINVAL, "events are not listened to");
	ret = nlsock_read(n->events, on_event, n, err);
	if (ret != -ENOBUFS)
		return ret;
	kerr_clear(err);
	events_lost(n);
	return 0;
}

static void netlink_close(struct kernel *k)
{
	struct netlink *n = netlink_of(k);

	events_close(k);
	nlsock_close(n->requests);
	free(n);
}

static const struct kernel netlink_functions = {
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
	.close = netlink_close,
};

int kernel_netlink_open(struct kernel **out, struct kerr *err)
{
	struct netlink *n = calloc(1, sizeof(*n));
	int ret;

	if (!n)
		return kerr_set(err, ENOMEM, "out of memory");
	n->base = netlink_functions;
	ret = nlsock_open_genl(&n->requests, CRYPTOMAP_GENL_NAME, codec_command,
			       KERNEL_TIMEOUT_MS, err);
	if (ret < 0) {
		free(n);
		return ret;
	}
	*out = &n->base;
	return 0;
}

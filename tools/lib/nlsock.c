// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/handlers.h>
#include <netlink/socket.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "nlsock.h"
#include "nlsock_error.h"

#define EVENTS_AT_A_TIME	1024
/*
 * No message of generic netlink is longer: the kernel makes none for a dump, and
 * answers and events fit into a page. So libnl need not look at each one twice.
 */
#define GENL_MESSAGE_MAX	32768

/**
 * struct nlsock - see nlsock.h
 * @family: of generic netlink, NULL for rtnetlink
 * @family_id: message type
 * @start: where the attributes of a request begin
 * @seq: of the last request; answers to others are left over from a request
 *	that ran into its time limit
 */
struct nlsock {
	struct nl_sock *sk;
	int protocol;
	char *family;
	int family_id;
	nlsock_names names;
	int timeout_ms;
	uint32_t seq;
};

/*
 * State of one exchange; the callbacks of libnl get it.  @answered: ends with the
 * answer, no ack follows it.  @bare: the kernel refused without an extended ack.
 */
struct exchange {
	struct nlsock *s;
	const struct nlmsghdr *request;
	nlsock_cb cb;
	void *arg;
	struct kerr *err;
	int result;
	bool events;
	bool answered;
	bool done;
	bool interrupted;
	bool bare;
	unsigned int n_messages;
};

static const char *request_name(const struct exchange *x)
{
	const struct nlsock_command *c = nlsock_error_command(x->s->names, x->request);

	return c ? c->name : "netlink request";
}

static void refused(struct exchange *x, const struct nlmsghdr *hdr, size_t tlvs, int error)
{
	x->result = error;
	x->done = true;
	x->bare = !nlsock_error_parse(x->s->names, x->request, hdr, tlvs, -error, x->err);
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct exchange *x = arg;
	int ret;

	x->n_messages++;
	x->done |= x->answered;
	if (!x->cb || x->result < 0)
		return NL_OK;
	ret = x->cb(x->arg, nlmsg_hdr(msg));
	if (ret < 0) {
		x->result = ret;
		if (x->err && !x->err->err)
			kerr_set(x->err, -ret, "%s: cannot use the kernel's answer: %s",
				 x->request ? request_name(x) : "event", strerror(-ret));
	}
	return NL_OK;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct exchange *x = arg;

	(void)msg;
	x->done = true;
	return NL_STOP;
}

/* The end of a dump carries the dump's errno. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	struct exchange *x = arg;
	int error = 0;

	if (nlmsg_datalen(hdr) >= (int)sizeof(error))
		memcpy(&error, nlmsg_data(hdr), sizeof(error));
	x->done = true;
	if (error < 0 && x->result >= 0)
		refused(x, hdr, NLMSG_HDRLEN + sizeof(error), error);
	return NL_STOP;
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *e, void *arg)
{
	const struct nlmsghdr *hdr = (const struct nlmsghdr *)e - 1;
	struct exchange *x = arg;

	(void)from;
	if (x->events || hdr->nlmsg_seq != x->s->seq)
		return NL_SKIP;
	refused(x, hdr, nlsock_error_tlvs(hdr), e->error);
	return NL_STOP;
}

static int on_interrupted(struct nl_msg *msg, void *arg)
{
	struct exchange *x = arg;

	(void)msg;
	x->interrupted = true;
	return NL_OK;
}

static int on_sequence(struct nl_msg *msg, void *arg)
{
	struct exchange *x = arg;

	if (x->events)
		return NL_OK;
	return nlmsg_hdr(msg)->nlmsg_seq == x->s->seq ? NL_OK : NL_SKIP;
}

static struct nl_cb *exchange_callbacks(struct exchange *x)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_CUSTOM);

	if (!cb)
		return NULL;
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, x);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, x);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, x);
	nl_cb_set(cb, NL_CB_DUMP_INTR, NL_CB_CUSTOM, on_interrupted, x);
	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_sequence, x);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, x);
	return cb;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/*
 * Waits until the socket is readable; false at the time limit.  Looks once in
 * any case: on a machine that is busy the limit may pass while the answer is
 * there and we are not.
 */
static bool wait_readable(struct nlsock *s, int64_t deadline)
{
	struct pollfd p = { .fd = nl_socket_get_fd(s->sk), .events = POLLIN };
	int64_t left;
	int n;

	do {
		left = deadline - now_ms();
		n = poll(&p, 1, left > 0 ? left : 0);
	} while (n < 0 && errno == EINTR && left > 0);
	return n > 0;
}

static int socket_connect(struct nlsock *s, struct kerr *err)
{
	static const int options[] = { NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK };
	const int on = 1;
	size_t i;
	int ret;

	ret = nl_connect(s->sk, s->protocol);
	if (ret < 0)
		return kerr_set(err, nlsock_error_errno(ret), "cannot open a netlink socket: %s",
				strerror(nlsock_error_errno(ret)));
	nl_socket_set_nonblocking(s->sk);
	/* CAP_ACK: do not send our keys back to us in an error. */
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		setsockopt(nl_socket_get_fd(s->sk), SOL_NETLINK, options[i], &on, sizeof(on));
	if (setsockopt(nl_socket_get_fd(s->sk), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on)) < 0)
		return kerr_set(err, errno, "netlink socket: NETLINK_CAP_ACK: %s", strerror(errno));
	return 0;
}

/* Whatever is still under way for the socket can no longer reach us. */
static int socket_reopen(struct nlsock *s)
{
	nl_close(s->sk);
	return socket_connect(s, NULL);
}

static int timed_out(struct exchange *x)
{
	x->result = kerr_set(x->err, ETIMEDOUT, "%s: the kernel did not answer in %d ms",
			     request_name(x), x->s->timeout_ms);
	socket_reopen(x->s);
	return x->result;
}

static int exchange_receive(struct exchange *x, struct nl_cb *cb)
{
	int64_t deadline = now_ms() + x->s->timeout_ms;

	while (!x->done) {
		/* Mostly the answer is there: the kernel has made it in our call. */
		int ret = nl_recvmsgs(x->s->sk, cb);

		if (ret == -NLE_AGAIN && !wait_readable(x->s, deadline))
			return timed_out(x);
		if (ret < 0 && ret != -NLE_AGAIN && !x->done) {
			int e = nlsock_error_errno(ret);

			socket_reopen(x->s);
			return kerr_set(x->err, e, "%s: cannot read the answer: %s",
					request_name(x), strerror(e));
		}
	}
	return x->result;
}

static int exchange_run(struct exchange *x, struct nl_msg *msg)
{
	struct nl_cb *cb = exchange_callbacks(x);
	int ret;

	if (!cb)
		return kerr_set(x->err, ENOMEM, "out of memory");
	nlmsg_hdr(msg)->nlmsg_seq = ++x->s->seq;
	nlmsg_hdr(msg)->nlmsg_pid = nl_socket_get_local_port(x->s->sk);
	ret = nl_send(x->s->sk, msg);
	if (ret < 0)
		ret = kerr_set(x->err, nlsock_error_errno(ret), "%s: cannot send: %s",
			       request_name(x), strerror(nlsock_error_errno(ret)));
	else
		ret = exchange_receive(x, cb);
	nl_cb_put(cb);
	return ret;
}

/* The kernel's answer to a message type that is no family (any more). */
static bool family_is_new(struct exchange *x, struct nl_msg *msg, int ret)
{
	if (!x->s->family || ret != -ENOENT || !x->bare || nlsock_resolve(x->s, x->err) != 1)
		return false;
	nlmsg_hdr(msg)->nlmsg_type = x->s->family_id;
	return true;
}

static void exchange_reset(struct exchange *x)
{
	kerr_clear(x->err);
	x->result = 0;
	x->done = false;
	x->interrupted = false;
	x->bare = false;
}

int nlsock_do(struct nlsock *s, struct nl_msg *msg, nlsock_cb cb, void *arg, struct kerr *err)
{
	struct kerr local;
	struct exchange x = {
		.s = s, .request = nlmsg_hdr(msg), .cb = cb, .arg = arg,
		.err = err ? err : &local,
		/* An error comes in any case, and where there is an answer it is enough. */
		.answered = s->family && cb,
	};
	int ret;

	nlmsg_hdr(msg)->nlmsg_flags |= NLM_F_REQUEST | (x.answered ? 0 : NLM_F_ACK);
	exchange_reset(&x);
	ret = exchange_run(&x, msg);
	if (family_is_new(&x, msg, ret)) {
		exchange_reset(&x);
		ret = exchange_run(&x, msg);
	}
	return ret;
}

int nlsock_dump(struct nlsock *s, struct nl_msg *msg, const struct nlsock_dump *dump, void *arg,
		struct kerr *err)
{
	struct kerr local;
	struct exchange x = {
		.s = s, .request = nlmsg_hdr(msg), .cb = dump->message, .arg = arg,
		.err = err ? err : &local,
	};
	int ret = 0, try;

	nlmsg_hdr(msg)->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK | NLM_F_DUMP;
	for (try = 0; try < NLSOCK_DUMP_TRIES; try++) {
		dump->restart(arg);
		exchange_reset(&x);
		ret = exchange_run(&x, msg);
		if (family_is_new(&x, msg, ret))
			continue;
		if (ret < 0 || !x.interrupted)
			return ret;
	}
	return ret < 0 ? ret : 1;
}

int nlsock_read(struct nlsock *s, nlsock_cb cb, void *arg, struct kerr *err)
{
	struct kerr local;
	struct exchange x = {
		.s = s, .cb = cb, .arg = arg, .err = err ? err : &local, .events = true,
	};
	struct nl_cb *callbacks = exchange_callbacks(&x);
	int ret = 0;

	kerr_clear(x.err);
	if (!callbacks)
		return kerr_set(err, ENOMEM, "out of memory");
	while (ret >= 0 && x.result >= 0 && x.n_messages < EVENTS_AT_A_TIME)
		ret = nl_recvmsgs(s->sk, callbacks);
	nl_cb_put(callbacks);
	if (x.result < 0)
		return x.result;
	/* libnl makes the same of ENOBUFS and of a failed malloc(). */
	if (ret == -NLE_NOMEM)
		return kerr_set(err, ENOBUFS, "netlink events were lost");
	if (ret < 0 && ret != -NLE_AGAIN)
		return kerr_set(err, nlsock_error_errno(ret), "cannot read netlink events: %s",
				strerror(nlsock_error_errno(ret)));
	return x.n_messages;
}

void nlsock_drain(struct nlsock *s)
{
	int ret;

	do
		ret = nlsock_read(s, NULL, NULL, NULL);
	while (ret > 0 || ret == -ENOBUFS);
}

static int open_socket(struct nlsock **out, int protocol, int timeout_ms, struct kerr *err)
{
	struct nlsock *s = calloc(1, sizeof(*s));
	int ret;

	kerr_clear(err);
	if (!s)
		return kerr_set(err, ENOMEM, "out of memory");
	s->protocol = protocol;
	s->timeout_ms = timeout_ms;
	s->seq = now_ms();
	s->sk = nl_socket_alloc();
	if (!s->sk) {
		free(s);
		return kerr_set(err, ENOMEM, "out of memory");
	}
	ret = socket_connect(s, err);
	if (ret < 0) {
		nlsock_close(s);
		return ret;
	}
	*out = s;
	return 0;
}

int nlsock_open_route(struct nlsock **out, int timeout_ms, struct kerr *err)
{
	return open_socket(out, NETLINK_ROUTE, timeout_ms, err);
}

int nlsock_open_genl(struct nlsock **out, const char *family, nlsock_names names,
		     int timeout_ms, struct kerr *err)
{
	struct nlsock *s;
	int ret = open_socket(&s, NETLINK_GENERIC, timeout_ms, err);

	if (ret < 0)
		return ret;
	nl_socket_disable_msg_peek(s->sk);
	nl_socket_set_msg_buf_size(s->sk, GENL_MESSAGE_MAX);
	s->names = names;
	s->family = strdup(family);
	ret = s->family ? nlsock_resolve(s, err) : kerr_set(err, ENOMEM, "out of memory");
	if (ret < 0) {
		nlsock_close(s);
		return ret;
	}
	*out = s;
	return 0;
}

/*
 * libnl's resolver waits without a limit, so it gets a blocking socket of its
 * own; the controller answers inside of the send.
 */
static int resolve(const char *family, const char *group)
{
	struct nl_sock *sk = nl_socket_alloc();
	int ret;

	if (!sk)
		return -NLE_NOMEM;
	ret = genl_connect(sk);
	if (ret >= 0)
		ret = group ? genl_ctrl_resolve_grp(sk, family, group)
			    : genl_ctrl_resolve(sk, family);
	nl_socket_free(sk);
	return ret;
}

int nlsock_resolve(struct nlsock *s, struct kerr *err)
{
	int before = s->family_id;
	int id = resolve(s->family, NULL);

	if (id == -NLE_OBJ_NOTFOUND)
		return kerr_set(err, ENOENT, "no netlink family \"%s\": is its module loaded?",
				s->family);
	if (id < 0)
		return kerr_set(err, nlsock_error_errno(id), "netlink family \"%s\": %s",
				s->family, strerror(nlsock_error_errno(id)));
	s->family_id = id;
	return id != before;
}

void nlsock_close(struct nlsock *s)
{
	if (!s)
		return;
	nl_socket_free(s->sk);
	free(s->family);
	free(s);
}

struct nl_msg *nlsock_genl_msg(struct nlsock *s, uint8_t cmd, int flags, size_t size)
{
	struct nl_msg *msg = nlmsg_alloc_size(NLMSG_HDRLEN + GENL_HDRLEN + size);

	if (!msg)
		return NULL;
	if (!genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, s->family_id, 0, flags, cmd, 1)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

struct nl_msg *nlsock_route_msg(uint16_t type, int flags, const void *header, size_t len,
				size_t size)
{
	struct nl_msg *msg = nlmsg_alloc_size(NLMSG_SPACE(len) + size);

	if (!msg)
		return NULL;
	if (!nlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, type, 0, flags) ||
	    nlmsg_append(msg, (void *)header, len, NLMSG_ALIGNTO) < 0) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

void nlsock_msg_free(struct nl_msg *msg)
{
	if (!msg)
		return;
	explicit_bzero(nlmsg_hdr(msg), nlmsg_get_max_size(msg));
	nlmsg_free(msg);
}

static int join(struct nlsock *s, int group, const char *name, struct kerr *err)
{
	const int size = NLSOCK_EVENT_BUFFER;
	int fd = nl_socket_get_fd(s->sk);
	int ret = nl_socket_add_membership(s->sk, group);

	if (ret < 0)
		return kerr_set(err, nlsock_error_errno(ret), "netlink group %s: %s", name,
				strerror(nlsock_error_errno(ret)));
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return 0;
}

int nlsock_join_of(struct nlsock *s, const char *family, const char *group, struct kerr *err)
{
	int id = resolve(family, group);

	kerr_clear(err);
	if (id < 0)
		return kerr_set(err, id == -NLE_OBJ_NOTFOUND ? ENOENT : nlsock_error_errno(id),
				"no netlink group \"%s\" of family \"%s\"", group, family);
	return join(s, id, group, err);
}

int nlsock_join(struct nlsock *s, const char *group, struct kerr *err)
{
	return nlsock_join_of(s, s->family, group, err);
}

int nlsock_join_number(struct nlsock *s, unsigned int group, struct kerr *err)
{
	char name[16];

	kerr_clear(err);
	snprintf(name, sizeof(name), "%u", group);
	return join(s, group, name, err);
}

int nlsock_fd(const struct nlsock *s)
{
	return nl_socket_get_fd(s->sk);
}

int nlsock_family(const struct nlsock *s)
{
	return s->family_id;
}

uint32_t nlsock_port(const struct nlsock *s)
{
	return nl_socket_get_local_port(s->sk);
}

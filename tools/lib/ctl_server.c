// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ctl_server: the daemon's end of the control protocol on libevent.
 *
 * Plain events and own buffers, no bufferevents: these would leave pieces of
 * requests, which carry keys, in freed memory.
 */
#define _GNU_SOURCE
#include "ctl_server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ctl.h"

struct client {
	struct ctl_server *srv;
	struct client *prev, *next;
	int fd;
	struct event *ev;	/* reading, or writing while a reply is left */
	struct ctl_decoder in;
	uint8_t *out;
	size_t out_len;
	size_t out_done;
	void *session;
	bool closing;		/* after the reply is sent */
	struct event *kick;	/* lines are to be sent; NULL before the first */
	json_t *lines;		/* array, at most CTL_SERVER_LINES_MAX */
	json_int_t lost;	/* that came after these */
};

struct ctl_server {
	struct event_base *base;
	int fd;
	gid_t gid;
	const struct ctl_server_ops *ops;
	void *user;
	struct event *ev;
	struct client *clients;
	unsigned int n;
};

static void on_readable(evutil_socket_t fd, short what, void *arg);
static void on_writable(evutil_socket_t fd, short what, void *arg);

static void drop_reply(struct client *c)
{
	if (c->out)
		explicit_bzero(c->out, c->out_len);
	free(c->out);
	c->out = NULL;
	c->out_len = 0;
	c->out_done = 0;
}

static void client_free(struct client *c)
{
	struct ctl_server *srv = c->srv;

	if (c->session && srv->ops->close)
		srv->ops->close(srv->user, c->session);
	if (c->prev)
		c->prev->next = c->next;
	else
		srv->clients = c->next;
	if (c->next)
		c->next->prev = c->prev;
	srv->n--;
	if (c->ev)
		event_free(c->ev);
	if (c->kick)
		event_free(c->kick);
	json_decref(c->lines);
	drop_reply(c);
	ctl_decoder_free(&c->in);
	close(c->fd);
	free(c);
}

/* Wait for more to read, or for room to write. False: out of memory. */
static bool client_wait(struct client *c, short what)
{
	event_callback_fn fn = what == EV_READ ? on_readable : on_writable;

	if (c->ev)
		event_free(c->ev);
	c->ev = event_new(c->srv->base, c->fd, what | EV_PERSIST, fn, c);
	return c->ev && !event_add(c->ev, NULL);
}

/* Takes @reply over. False if it cannot be sent at all. */
static bool put_reply(struct client *c, json_t *reply)
{
	int rc = ctl_encode(reply, CTL_REPLY_MAX, &c->out, &c->out_len);

	json_decref(reply);
	if (rc != -EMSGSIZE)
		return !rc;
	reply = json_pack("{s:s, s:s}", "status", "error", "error", "reply too long");
	rc = ctl_encode(reply, CTL_REPLY_MAX, &c->out, &c->out_len);
	json_decref(reply);
	return !rc;
}

static bool put_error(struct client *c, const char *why)
{
	c->closing = true;
	return put_reply(c, json_pack("{s:s, s:s}", "status", "error", "error", why));
}

/* 1: all sent; 0: the socket is full; -1: the peer is gone. */
static int send_some(struct client *c)
{
	while (c->out_done < c->out_len) {
		ssize_t n = send(c->fd, c->out + c->out_done, c->out_len - c->out_done,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
		c->out_done += (size_t)n;
	}
	drop_reply(c);
	return 1;
}

static bool serve_one(struct client *c, json_t *request)
{
	const struct ctl_server_ops *ops = c->srv->ops;
	bool close_it = false, ok;

	ok = put_reply(c, ops->request(c->srv->user, c->session, request, &close_it));
	json_decref(request);
	c->closing = c->closing || close_it;
	return ok;
}

/* What waits to be pushed becomes what is sent. False: out of memory. */
static bool put_lines(struct client *c)
{
	json_t *frame = json_pack("{s:o}", "monitor", c->lines);

	if (c->lost)
		json_object_set_new(frame, "lost", json_integer(c->lost));
	c->lines = NULL;
	c->lost = 0;
	return put_reply(c, frame);
}

/*
 * Serve what has arrived, until the socket takes no more. Returns false when
 * the client is to be released.
 */
static bool client_run(struct client *c)
{
	char err[128];
	json_t *request;
	int rc;

	for (;;) {
		rc = c->out ? send_some(c) : 1;
		if (rc < 0)
			return false;
		if (!rc)
			return client_wait(c, EV_WRITE);
		if (c->closing)
			return false;
		if (c->lines) {
			if (!put_lines(c))
				return false;
			continue;
		}
		rc = ctl_decoder_next(&c->in, &request, err, sizeof(err));
		if (!rc)
			return client_wait(c, EV_READ);
		if (!(rc > 0 ? serve_one(c, request) : put_error(c, err)))
			return false;
	}
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;
	uint8_t chunk[16384];
	ssize_t n;
	bool ok;

	(void)what;
	n = recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	ok = n > 0 && !ctl_decoder_add(&c->in, chunk, (size_t)n);
	explicit_bzero(chunk, sizeof(chunk));
	if (!ok || !client_run(c))
		client_free(c);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;

	(void)fd;
	(void)what;
	if (!client_run(c))
		client_free(c);
}

/* --------------------------------------------------------------- pushing */

static void on_kick(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;

	(void)fd;
	(void)what;
	if (!client_run(c))
		client_free(c);
}

static void push(struct client *c, json_t *line)
{
	if (!c->kick)
		c->kick = event_new(c->srv->base, -1, 0, on_kick, c);
	if (!c->lines)
		c->lines = json_array();
	/* Behind a gap nothing, so that it is known where it was. */
	if (c->lost || json_array_size(c->lines) >= CTL_SERVER_LINES_MAX ||
	    json_array_append(c->lines, line))
		c->lost++;
	/* Later, as we may be in the midst of a request of this very client. */
	if (c->kick && !c->out)
		event_active(c->kick, EV_TIMEOUT, 0);
}

static bool takes_lines(const struct client *c, bool (*wants)(const void *session))
{
	return c->session && !c->closing && wants(c->session);
}

bool ctl_server_wanted(const struct ctl_server *srv, bool (*wants)(const void *session))
{
	for (const struct client *c = srv->clients; c; c = c->next)
		if (takes_lines(c, wants))
			return true;
	return false;
}

void ctl_server_push(struct ctl_server *srv, bool (*wants)(const void *session), json_t *line)
{
	for (struct client *c = srv->clients; c; c = c->next)
		if (takes_lines(c, wants))
			push(c, line);
	json_decref(line);
}

static struct client *client_new(struct ctl_server *srv, int fd)
{
	struct client *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->srv = srv;
	c->fd = fd;
	ctl_decoder_init(&c->in, CTL_REQUEST_MAX);
	c->next = srv->clients;
	if (c->next)
		c->next->prev = c;
	srv->clients = c;
	srv->n++;
	return c;
}

/* Whether the peer may come in; if not, why. */
static bool admit(struct client *c, const char **why)
{
	struct ctl_server *srv = c->srv;
	uid_t uid;
	gid_t gid;
	pid_t pid;

	*why = "permission denied: root or the group of the control socket is required";
	if (!ctl_peer_allowed(c->fd, srv->gid) || ctl_peer(c->fd, &uid, &gid, &pid))
		return false;
	*why = "too many sessions";
	if (srv->n > CTL_SERVER_CLIENTS_MAX)
		return false;
	*why = "session refused";
	c->session = srv->ops->open(srv->user, uid, pid);
	return c->session;
}

static void on_connection(evutil_socket_t listener, short what, void *arg)
{
	struct ctl_server *srv = arg;
	struct client *c;
	const char *why;
	int fd;

	(void)what;
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	c = client_new(srv, fd);
	if (!c) {
		close(fd);
		return;
	}
	if (!admit(c, &why) && !put_error(c, why)) {
		client_free(c);
		return;
	}
	if (!client_run(c))
		client_free(c);
}

struct ctl_server *ctl_server_new(struct event_base *base, int fd, gid_t gid,
				  const struct ctl_server_ops *ops, void *user,
				  char *err, size_t size)
{
	struct ctl_server *srv = calloc(1, sizeof(*srv));

	if (srv) {
		srv->base = base;
		srv->fd = fd;
		srv->gid = gid;
		srv->ops = ops;
		srv->user = user;
		srv->ev = event_new(base, fd, EV_READ | EV_PERSIST, on_connection, srv);
	}
	if (!srv || !srv->ev || event_add(srv->ev, NULL)) {
		snprintf(err, size, "control socket: out of memory");
		if (srv && srv->ev)
			event_free(srv->ev);
		free(srv);
		return NULL;
	}
	return srv;
}

void ctl_server_free(struct ctl_server *srv)
{
	if (!srv)
		return;
	while (srv->clients)
		client_free(srv->clients);
	event_free(srv->ev);
	close(srv->fd);
	free(srv);
}

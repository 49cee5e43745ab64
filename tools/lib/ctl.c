// SPDX-License-Identifier: GPL-2.0-or-later
/* ctl: the control protocol between a daemon and its command-line program. */
#define _GNU_SOURCE
#include "ctl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define LENGTH_OCTETS	4
#define BACKLOG		16
#define DEPTH_FLAGS	(JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL)

static int __attribute__((format(printf, 4, 5)))
fail(int error, char *err, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err, size, fmt, ap);
	va_end(ap);
	return error;
}

/* --------------------------------------------------------------- framing */

void ctl_decoder_init(struct ctl_decoder *d, size_t max)
{
	memset(d, 0, sizeof(*d));
	d->max = max;
}

void ctl_decoder_free(struct ctl_decoder *d)
{
	if (d->data)
		explicit_bzero(d->data, d->size);
	free(d->data);
	d->data = NULL;
	d->len = 0;
	d->size = 0;
}

/* Grow without leaving a copy of a key behind, as realloc() would. */
static int grow(struct ctl_decoder *d, size_t want)
{
	size_t size = d->size ? d->size : 4096;
	uint8_t *data;

	while (size < want)
		size *= 2;
	if (size == d->size)
		return 0;
	data = malloc(size);
	if (!data)
		return -ENOMEM;
	if (d->len)
		memcpy(data, d->data, d->len);
	if (d->data)
		explicit_bzero(d->data, d->size);
	free(d->data);
	d->data = data;
	d->size = size;
	return 0;
}

int ctl_decoder_add(struct ctl_decoder *d, const void *data, size_t len)
{
	int rc;

	if (len > SIZE_MAX / 4 - d->len)
		return -ENOMEM;
	rc = grow(d, d->len + len);
	if (rc)
		return rc;
	if (len)
		memcpy(d->data + d->len, data, len);
	d->len += len;
	return 0;
}

static void consume(struct ctl_decoder *d, size_t len)
{
	memmove(d->data, d->data + len, d->len - len);
	explicit_bzero(d->data + d->len - len, len);
	d->len -= len;
}

int ctl_decoder_next(struct ctl_decoder *d, json_t **value, char *err, size_t size)
{
	json_error_t why;
	uint32_t len;

	*value = NULL;
	if (d->len < LENGTH_OCTETS)
		return 0;
	memcpy(&len, d->data, sizeof(len));
	len = ntohl(len);
	if (len > d->max)
		return fail(-EMSGSIZE, err, size, "message of %u octets, limit %zu", len, d->max);
	if (d->len - LENGTH_OCTETS < len)
		return 0;
	*value = json_loadb((char *)d->data + LENGTH_OCTETS, len, DEPTH_FLAGS, &why);
	consume(d, LENGTH_OCTETS + len);
	if (!*value)
		return fail(-EBADMSG, err, size, "message is not JSON: %s at octet %d",
			    why.text, why.position);
	if (!json_is_object(*value)) {
		json_decref(*value);
		*value = NULL;
		return fail(-EBADMSG, err, size, "message is not a JSON object");
	}
	return 1;
}

struct encoder {
	uint8_t *data;
	size_t len;
	size_t size;
	size_t max;
	int error;
};

static int encode_more(const char *text, size_t len, void *arg)
{
	struct encoder *e = arg;
	size_t size = e->size ? e->size : 4096;
	uint8_t *data;

	if (len > e->max || e->len - LENGTH_OCTETS > e->max - len) {
		e->error = -EMSGSIZE;
		return -1;
	}
	while (size < e->len + len)
		size *= 2;
	if (size != e->size) {
		data = malloc(size);
		if (!data) {
			e->error = -ENOMEM;
			return -1;
		}
		if (e->data) {
			memcpy(data, e->data, e->len);
			explicit_bzero(e->data, e->size);
		}
		free(e->data);
		e->data = data;
		e->size = size;
	}
	memcpy(e->data + e->len, text, len);
	e->len += len;
	return 0;
}

int ctl_encode(const json_t *value, size_t max, uint8_t **data, size_t *len)
{
	struct encoder e = { .len = LENGTH_OCTETS, .max = max, .error = -ENOMEM };
	uint32_t length;

	*data = NULL;
	*len = 0;
	if (json_dump_callback(value, encode_more, &e, JSON_COMPACT)) {
		if (e.data)
			explicit_bzero(e.data, e.size);
		free(e.data);
		return e.error;
	}
	length = htonl((uint32_t)(e.len - LENGTH_OCTETS));
	memcpy(e.data, &length, sizeof(length));
	*data = e.data;
	*len = e.len;
	return 0;
}

/* --------------------------------------------------------------- sockets */

static int address(const char *path, struct sockaddr_un *sun, char *err, size_t size)
{
	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(sun->sun_path))
		return fail(-ENAMETOOLONG, err, size, "%s: path longer than %zu octets", path,
			    sizeof(sun->sun_path) - 1);
	memcpy(sun->sun_path, path, strlen(path));
	return 0;
}

/* Remove a socket that a daemon which is gone left behind; only a socket. */
static int remove_stale(const struct sockaddr_un *sun, char *err, size_t size)
{
	const char *path = sun->sun_path;
	struct stat st;
	int fd, rc;

	if (lstat(path, &st))
		return errno == ENOENT ? 0 : fail(-errno, err, size, "%s: %m", path);
	if (!S_ISSOCK(st.st_mode))
		return fail(-EEXIST, err, size, "%s: exists and is no socket", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fail(-errno, err, size, "socket: %m");
	rc = connect(fd, (const struct sockaddr *)sun, sizeof(*sun));
	rc = rc && errno == ECONNREFUSED ? 0 : -EADDRINUSE;
	close(fd);
	if (rc)
		return fail(rc, err, size, "%s: another daemon listens there", path);
	if (unlink(path))
		return fail(-errno, err, size, "%s: %m", path);
	return 0;
}

static int bind_private(int fd, const struct sockaddr_un *sun, gid_t gid,
			char *err, size_t size)
{
	mode_t mask = umask(0177);
	int rc = bind(fd, (const struct sockaddr *)sun, sizeof(*sun)) ? -errno : 0;

	umask(mask);
	if (rc)
		return fail(rc, err, size, "%s: %s", sun->sun_path, strerror(-rc));
	if (gid != (gid_t)-1 &&
	    (chown(sun->sun_path, (uid_t)-1, gid) || chmod(sun->sun_path, 0660)))
		return fail(-errno, err, size, "%s: %m", sun->sun_path);
	if (listen(fd, BACKLOG))
		return fail(-errno, err, size, "%s: %m", sun->sun_path);
	return 0;
}

int ctl_listen(const char *path, gid_t gid, char *err, size_t size)
{
	struct sockaddr_un sun;
	int fd, rc;

	rc = address(path, &sun, err, size);
	if (!rc)
		rc = remove_stale(&sun, err, size);
	if (rc)
		return rc;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fail(-errno, err, size, "socket: %m");
	rc = bind_private(fd, &sun, gid, err, size);
	if (rc) {
		close(fd);
		return rc;
	}
	return fd;
}

int ctl_peer(int fd, uid_t *uid, gid_t *gid, pid_t *pid)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len))
		return -errno;
	*uid = cred.uid;
	*gid = cred.gid;
	*pid = cred.pid;
	return 0;
}

/* Supplementary groups as they were when the peer connected. */
static bool peer_has_group(int fd, gid_t gid)
{
	socklen_t len = 0, i;
	bool found = false;
	gid_t *groups;

	if (!getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &len) || errno != ERANGE || !len)
		return false;
	groups = malloc(len);
	if (!groups)
		return false;
	if (!getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len))
		for (i = 0; i < len / sizeof(*groups); i++)
			found = found || groups[i] == gid;
	free(groups);
	return found;
}

bool ctl_peer_allowed(int fd, gid_t gid)
{
	uid_t uid = (uid_t)-1;
	gid_t primary = (gid_t)-1;
	pid_t pid;

	if (ctl_peer(fd, &uid, &primary, &pid))
		return false;
	if (!uid || uid == geteuid())
		return true;
	if (gid == (gid_t)-1)
		return false;
	return primary == gid || peer_has_group(fd, gid);
}

/* ---------------------------------------------------------------- client */

int ctl_connect(struct ctl_client *c, const char *path, char *err, size_t size)
{
	struct sockaddr_un sun;
	int rc;

	c->fd = -1;
	c->push = NULL;
	c->push_arg = NULL;
	ctl_decoder_init(&c->in, CTL_REPLY_MAX);
	rc = address(path, &sun, err, size);
	if (rc)
		return rc;
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return fail(-errno, err, size, "socket: %m");
	if (connect(c->fd, (const struct sockaddr *)&sun, sizeof(sun))) {
		rc = fail(-errno, err, size, "%s: %m", path);
		ctl_close(c);
	}
	return rc;
}

static int send_all(int fd, const uint8_t *data, size_t len)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static int send_request(struct ctl_client *c, json_t *request, char *err, size_t size)
{
	uint8_t *data;
	size_t len;
	int rc;

	rc = ctl_encode(request, CTL_REQUEST_MAX, &data, &len);
	json_decref(request);
	if (rc == -EMSGSIZE)
		return fail(rc, err, size, "more than %u octets in one request",
			    CTL_REQUEST_MAX);
	if (rc)
		return fail(rc, err, size, "%s", strerror(-rc));
	rc = send_all(c->fd, data, len);
	explicit_bzero(data, len);
	free(data);
	/* A daemon that refuses us has already said why: read on. */
	if (rc && rc != -EPIPE && rc != -ECONNRESET)
		return fail(rc, err, size, "sending: %s", strerror(-rc));
	return 0;
}

/* Reads once, whatever there is. */
static int read_some(struct ctl_client *c, char *err, size_t size)
{
	uint8_t chunk[16384];
	ssize_t n;
	int rc;

	do
		n = recv(c->fd, chunk, sizeof(chunk), 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail(-errno, err, size, "receiving: %m");
	if (!n)
		return fail(-EPIPE, err, size, "the daemon closed the connection");
	rc = ctl_decoder_add(&c->in, chunk, (size_t)n);
	return rc ? fail(rc, err, size, "%s", strerror(-rc)) : 0;
}

static bool is_pushed(const json_t *frame)
{
	return json_is_array(json_object_get(frame, "monitor"));
}

/* 1: a reply in *@reply; 0: more must be read. */
static int next_reply(struct ctl_client *c, json_t **reply, char *err, size_t size)
{
	int rc;

	while ((rc = ctl_decoder_next(&c->in, reply, err, size)) > 0) {
		if (!is_pushed(*reply))
			return 1;
		if (c->push)
			c->push(c->push_arg, *reply);
		json_decref(*reply);
		*reply = NULL;
	}
	return rc;
}

int ctl_call(struct ctl_client *c, json_t *request, json_t **reply,
	     char *err, size_t size)
{
	int rc;

	*reply = NULL;
	rc = send_request(c, request, err, size);
	while (!rc) {
		rc = next_reply(c, reply, err, size);
		if (rc)
			return rc > 0 ? 0 : rc;
		rc = read_some(c, err, size);
	}
	return rc;
}

int ctl_deliver(struct ctl_client *c, char *err, size_t size)
{
	json_t *frame;
	int rc, n = 0;

	while ((rc = ctl_decoder_next(&c->in, &frame, err, size)) > 0) {
		if (!is_pushed(frame))
			rc = fail(-EPROTO, err, size, "a reply that nothing was asked for");
		else if (c->push)
			c->push(c->push_arg, frame);
		json_decref(frame);
		if (rc < 0)
			break;
		n++;
	}
	return rc < 0 ? rc : n;
}

int ctl_listen_in(struct ctl_client *c, char *err, size_t size)
{
	int rc = ctl_deliver(c, err, size);

	if (!rc)
		rc = read_some(c, err, size);
	if (!rc)
		rc = ctl_deliver(c, err, size);
	return rc < 0 ? rc : 0;
}

void ctl_close(struct ctl_client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	ctl_decoder_free(&c->in);
}

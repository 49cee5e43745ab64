/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ctl_server: the daemon's end of the control protocol on libevent.
 *
 * A connection is one session. Its next request is read only when its last
 * reply has left, so a slow reader costs its own reply's memory, and that of
 * CTL_SERVER_LINES_MAX pushed lines, and stops nobody else. Who is neither root nor a member of the allowed group gets
 * one error reply and is closed.
 */
#ifndef TOOLS_LIB_CTL_SERVER_H
#define TOOLS_LIB_CTL_SERVER_H

#include <event2/event.h>
#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#define CTL_SERVER_CLIENTS_MAX	64
/* What a session has not read yet of what is pushed to it; more is lost. */
#define CTL_SERVER_LINES_MAX	256

struct ctl_server;

struct ctl_server_ops {
	/* A new session for a peer that may connect; NULL: refuse. */
	void *(*open)(void *user, uid_t uid, pid_t pid);
	/* The reply to one request, never NULL. *@close: end after sending. */
	json_t *(*request)(void *user, void *session, const json_t *request, bool *close);
	void (*close)(void *user, void *session);
};

/*
 * ctl_server_new - serve the listening descriptor @fd of ctl_listen(), which
 * is taken over. NULL with a text in @err on failure.
 */
struct ctl_server *ctl_server_new(struct event_base *base, int fd, gid_t gid,
				  const struct ctl_server_ops *ops, void *user,
				  char *err, size_t size);
/*
 * ctl_server_push - give @line (any JSON value; the reference is taken over) to
 * all sessions for which @wants says so, as soon as they take it:
 * {"monitor":[line…]}, and how many were lost before there was room again. May
 * be called from within a request; sends nothing itself.
 */
void ctl_server_push(struct ctl_server *srv, bool (*wants)(const void *session), json_t *line);
/* Whether there is such a session. */
bool ctl_server_wanted(const struct ctl_server *srv, bool (*wants)(const void *session));
/* Closes all connections and the listening descriptor. */
void ctl_server_free(struct ctl_server *srv);

#endif

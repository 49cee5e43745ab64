/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nlsock - netlink sockets that tell why the kernel refused.
 *
 * libnl-3 of Debian 12 knows nothing of extended acks, so this adds them:
 * every error comes as a struct kerr with the kernel's text and the name of
 * the attribute that is to blame.  Beside that: time limits, dumps that are
 * repeated when the kernel says that they were interrupted, and event
 * sockets that tell when messages were lost.
 *
 * All functions return 0 or more when done, else a negative errno and *@err
 * (may be NULL).
 */
#ifndef _CM_TOOLS_NLSOCK_H
#define _CM_TOOLS_NLSOCK_H

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdint.h>

#include "kerr.h"

/* Receive buffer of an event socket, bytes. */
#define NLSOCK_EVENT_BUFFER	(4 << 20)
/* How often an interrupted dump is read again. */
#define NLSOCK_DUMP_TRIES	8

/* Names of attributes, for errors.  See codec_names.c. */
struct nlsock_set;

struct nlsock_attr {
	const char *name;
	const struct nlsock_set *nested;
};

/* @attrs: by number, 0 to @max; @name is NULL where there is none. */
struct nlsock_set {
	const struct nlsock_attr *attrs;
	unsigned int max;
};

struct nlsock_command {
	const char *name;
	const struct nlsock_set *set;
};

typedef const struct nlsock_command *(*nlsock_names)(uint8_t cmd);

struct nlsock;

/* Gets every message of a reply, a dump or an event; negative errno to stop. */
typedef int (*nlsock_cb)(void *arg, struct nlmsghdr *hdr);

/*
 * A socket for a generic netlink family.  @names gives the names of its
 * commands and attributes, or is NULL.  -ENOENT: there is no such family.
 */
int nlsock_open_genl(struct nlsock **out, const char *family, nlsock_names names,
		     int timeout_ms, struct kerr *err);

/* A socket for rtnetlink, with strict checking of dump filters. */
int nlsock_open_route(struct nlsock **out, int timeout_ms, struct kerr *err);

/* Fine with NULL. */
void nlsock_close(struct nlsock *s);

/*
 * Looks the family up again, as after the module was loaded anew.
 * Returns 1 if its number has changed, 0 if not.
 */
int nlsock_resolve(struct nlsock *s, struct kerr *err);

/*
 * Message of @size bytes for attributes, with the generic netlink header of
 * @cmd in it; @flags are NLM_F_* beside NLM_F_REQUEST.  NULL: no memory.
 * Free with nlsock_msg_free().
 */
struct nl_msg *nlsock_genl_msg(struct nlsock *s, uint8_t cmd, int flags, size_t size);

/* The same for rtnetlink; @header of @len bytes is put in front. */
struct nl_msg *nlsock_route_msg(uint16_t type, int flags, const void *header, size_t len,
				size_t size);

/* Wipes the whole buffer, it may hold keys, and frees it.  Fine with NULL. */
void nlsock_msg_free(struct nl_msg *msg);

/*
 * Sends @msg and waits for the acknowledgment.  @cb (may be NULL) gets what
 * the kernel replies before; of generic netlink that is one message, which then
 * stands for the acknowledgment.  -ETIMEDOUT: no answer in time; the socket was
 * closed and opened again, so that what it owned is gone.
 */
int nlsock_do(struct nlsock *s, struct nl_msg *msg, nlsock_cb cb, void *arg, struct kerr *err);

/**
 * struct nlsock_dump - what to do with a dump
 * @restart: forget what @message has got, the dump begins anew
 * @message: one message
 */
struct nlsock_dump {
	void (*restart)(void *arg);
	nlsock_cb message;
};

/*
 * Sends @msg as a dump request and reads all of it.  A dump that the kernel
 * calls interrupted is read again.  Returns 0, or 1 if it was interrupted
 * NLSOCK_DUMP_TRIES times; then the last one stands.
 */
int nlsock_dump(struct nlsock *s, struct nl_msg *msg, const struct nlsock_dump *dump, void *arg,
		struct kerr *err);

/* Generic netlink: joins a multicast group of the family by name. */
int nlsock_join(struct nlsock *s, const char *group, struct kerr *err);
/* The same, of another family ("nlctrl"). */
int nlsock_join_of(struct nlsock *s, const char *family, const char *group, struct kerr *err);
/* rtnetlink: joins RTNLGRP_*. */
int nlsock_join_number(struct nlsock *s, unsigned int group, struct kerr *err);

int nlsock_fd(const struct nlsock *s);
/* Number of the family as message type, to tell events apart. */
int nlsock_family(const struct nlsock *s);
/* Our port; 0 is never one. */
uint32_t nlsock_port(const struct nlsock *s);

/*
 * Reads the events that are there, without blocking.  Returns how many
 * messages came, at most about a thousand at a time; -ENOBUFS: some were
 * lost, what is still queued can be read by the next call.
 */
int nlsock_read(struct nlsock *s, nlsock_cb cb, void *arg, struct kerr *err);

/*
 * Throws away the events that are queued.  After a loss they are older than
 * what a dump shows, and those that would correct them may be lost.
 */
void nlsock_drain(struct nlsock *s);

/*
 * Name of the attribute at @offset of a request whose attributes begin at
 * @start: "rule.src-mask", or "" if there is none.  For tests.
 */
void nlsock_attr_path(const struct nlmsghdr *request, size_t start, const struct nlsock_set *set,
		      size_t offset, char *out, size_t size);

#endif /* _CM_TOOLS_NLSOCK_H */

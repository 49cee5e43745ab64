/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel - the only contract of ipsecd with the data plane.
 *
 * kernel_netlink.c speaks it over generic netlink, tests/kernel_mock.c keeps it
 * in memory for unit tests.  All functions block for a few milliseconds at most
 * (a request has a time limit of KERNEL_TIMEOUT_MS) and are for one thread.
 *
 * They return 0 or more when done and a negative errno otherwise; then @err
 * (which may be NULL) tells why, and nothing was changed.  Common to all:
 * -ENOENT the module is not loaded or the object does not exist, -EPERM no
 * CAP_NET_ADMIN, -ETIMEDOUT the kernel did not answer, -EINVAL bad argument.
 */
#ifndef _CM_IPSECD_KERNEL_H
#define _CM_IPSECD_KERNEL_H

#include "lib/codec_types.h"
#include "lib/kerr.h"

#define KERNEL_TIMEOUT_MS	5000

struct kernel;

/**
 * struct kernel_events - who wants to hear what the data plane has to say
 * @acquire: packets of a flow wait for an SA (flow, ifindex, map, family,
 *	seq; src, dst, ip_proto, sport, dport of the packet)
 * @expire: a lifetime is over (flow, direction, spi, proto, dst, conn_id,
 *	owner, hard, cause)
 * @idle: an SA carried nothing for its idle time
 * @invalid_spi: a configured peer uses an SA that we do not have (src, dst,
 *	proto, spi, count)
 * @replay: packets failed the replay check (with sequence and count)
 * @liveness: packets go out on a flow and nothing comes back
 * @sa_del: an SA is gone (with reason)
 * @lost: events were lost, or the module was removed or loaded anew: dump flows
 *	and SAs and compare
 *
 * Any may be NULL.  The event is valid during the call only.  Callbacks may
 * call every function of struct kernel but events_close and close.
 */
struct kernel_events {
	void (*acquire)(void *arg, const struct cm_event *ev);
	void (*expire)(void *arg, const struct cm_event *ev);
	void (*idle)(void *arg, const struct cm_event *ev);
	void (*invalid_spi)(void *arg, const struct cm_event *ev);
	void (*replay)(void *arg, const struct cm_event *ev);
	void (*liveness)(void *arg, const struct cm_event *ev);
	void (*sa_del)(void *arg, const struct cm_event *ev);
	void (*lost)(void *arg);
};

/* Return other than 0 to end a dump early. */
typedef int (*kernel_flow_cb)(void *arg, const struct cm_flow *flow);
/* @info is released after the call. */
typedef int (*kernel_sa_cb)(void *arg, const struct cm_sa_info *info);

/**
 * struct kernel - a data plane
 *
 * @policy_begin: open a stage.  @generation: the policy that must be in
 *	force, or NULL.  -EBUSY: somebody else stages; -ESTALE by the kernel's
 *	own errno for a wrong generation.  A stage of ours that is still open
 *	is aborted first.
 * @policy_add_entry: a map entry with all its rules, in any number; they are
 *	spread over messages.  After an error the stage must be aborted.
 * @policy_add_binding: a map on an interface.
 * @policy_commit: put the stage in force.  On error the old policy stays in
 *	force and the stage is gone.
 * @policy_abort: forget the stage; fine without one.
 *
 * @flow_dump: calls @cb for every flow in the order of the ids.  Returns 0,
 *	or 1 if the flows did not stop changing while they were read and the
 *	list may miss some, or what @cb returned if not 0.
 * @flow_get: one flow.
 * @hold_release: drop what a flow holds.
 *
 * @spi_reserve: a free SPI for an inbound SA.
 * @sa_add: install an SA; -EEXIST for a used SPI.  The message with the keys
 *	is wiped; wiping @keys is up to the caller.  @conn_id may be NULL.
 * @sa_update: change limits or owner.
 * @sa_del: delete; -ENOENT if there is none.
 * @sa_get: one SA; release *@out with cm_sa_info_release().
 * @sa_dump: like @flow_dump, for SAs.
 * @sa_flush: delete all that pass the filter; NULL is all.  @count may be
 *	NULL.
 *
 * @stats_get: counters of the namespace, or of @flow if it is not 0.
 * @stats_clear: zero them.
 *
 * @events_open: begin to listen.  One listener at a time (-EBUSY).
 * @events_fd: descriptor to poll for reading, -1 when not listening.
 * @events_read: when it is readable: calls back for every event that is
 *	there, without blocking.  Returns how many, or an error after which
 *	events must be closed and opened again.
 * @events_close: stop; fine when not listening.
 *
 * @close: frees all, an open stage is dropped by the kernel.
 */
struct kernel {
	int (*policy_begin)(struct kernel *k, const uint32_t *generation, struct kerr *err);
	int (*policy_add_entry)(struct kernel *k, const struct cm_entry *entry,
				const struct cm_rule *rules, size_t n_rules, struct kerr *err);
	int (*policy_add_binding)(struct kernel *k, const struct cm_binding *binding,
				  struct kerr *err);
	int (*policy_commit)(struct kernel *k, struct cm_commit *result, struct kerr *err);
	int (*policy_abort)(struct kernel *k, struct kerr *err);

	int (*flow_dump)(struct kernel *k, const struct cm_flow_filter *filter,
			 kernel_flow_cb cb, void *arg, struct kerr *err);
	int (*flow_get)(struct kernel *k, uint32_t id, struct cm_flow *out, struct kerr *err);
	int (*hold_release)(struct kernel *k, uint32_t flow, struct kerr *err);

	int (*spi_reserve)(struct kernel *k, const struct cm_spi_request *req,
			   uint32_t *spi, struct kerr *err);
	int (*sa_add)(struct kernel *k, const struct cm_sa *sa, const struct cm_sa_keys *keys,
		      uint32_t *conn_id, struct kerr *err);
	int (*sa_update)(struct kernel *k, const struct cm_sa_id *id,
			 const struct cm_sa_change *change, struct kerr *err);
	int (*sa_del)(struct kernel *k, const struct cm_sa_id *id, struct kerr *err);
	int (*sa_get)(struct kernel *k, const struct cm_sa_id *id, struct cm_sa_info *out,
		      struct kerr *err);
	int (*sa_dump)(struct kernel *k, const struct cm_sa_filter *filter,
		       kernel_sa_cb cb, void *arg, struct kerr *err);
	int (*sa_flush)(struct kernel *k, const struct cm_sa_filter *filter,
			uint32_t *count, struct kerr *err);

	int (*stats_get)(struct kernel *k, uint32_t flow, struct cm_stats *out, struct kerr *err);
	int (*stats_clear)(struct kernel *k, uint32_t flow, struct kerr *err);

	int (*events_open)(struct kernel *k, const struct kernel_events *events, void *arg,
			   struct kerr *err);
	int (*events_fd)(struct kernel *k);
	int (*events_read)(struct kernel *k, struct kerr *err);
	void (*events_close)(struct kernel *k);

	void (*close)(struct kernel *k);
};

/*
 * Opens the data plane of the caller's network namespace.  -ENOENT if the
 * module is not loaded; then it may be tried again later.  A module that is
 * removed and loaded again later is found again by itself.
 */
int kernel_netlink_open(struct kernel **out, struct kerr *err);

#endif /* _CM_IPSECD_KERNEL_H */

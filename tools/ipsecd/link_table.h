/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * link_table - inside of link.c and link_change.c.
 */
#ifndef _CM_IPSECD_LINK_TABLE_H
#define _CM_IPSECD_LINK_TABLE_H

#include "ipsecd/link.h"
#include "lib/nlsock.h"

#define LINK_TIMEOUT_MS		5000

/* Marks what link_create_*() made; "ip link" shows it. */
#define LINK_CREATED_ALIAS	"created by ipsecd"

/**
 * struct link_table - see link.h
 * @requests: changes
 * @dumps: apart, since callbacks may make changes in the midst of a dump
 * @monitor: events
 * @links: @n_links, by ifindex
 * @events: NULL while the table is filled for the first time
 * @reading: callbacks are being made
 */
struct link_table {
	struct nlsock *requests;
	struct nlsock *dumps;
	struct nlsock *monitor;
	struct link **links;
	size_t n_links;
	const struct link_events *events;
	void *arg;
	bool reading;
};

#endif /* _CM_IPSECD_LINK_TABLE_H */

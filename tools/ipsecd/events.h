/* SPDX-License-Identifier: GPL-2.0-or-later */
/* events - what the kernel tells, and what is done about it. */
#ifndef _IPSECD_EVENTS_H
#define _IPSECD_EVENTS_H

#include "daemon.h"

/* For link_table_open(), route_table_open(); the argument is the daemon. */
extern const struct link_events events_links;
extern const struct route_events events_routes;
/* For struct kernel's events_open(); likewise. */
extern const struct kernel_events events_kernel;

/* Watches all three in d->base.  Returns 0 or a negative errno with *@err. */
struct events;
int events_start(struct events **out, struct daemon *d, struct kerr *err);
void events_stop(struct events *events);

#endif /* _IPSECD_EVENTS_H */

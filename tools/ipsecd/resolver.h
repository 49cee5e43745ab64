/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * resolver - addresses of hosts, from /etc/hosts and the name servers of
 * /etc/resolv.conf, without blocking the event loop.
 */
#ifndef _IPSECD_RESOLVER_H
#define _IPSECD_RESOLVER_H

#include <event2/event.h>

#include "lib/addr.h"

/* Of one host; more are left out. */
#define RESOLVER_ADDRESSES_MAX	16

struct resolver;
struct resolver_lookup;

struct resolver *resolver_new(struct event_base *base);
/* Lookups that are on their way are cancelled. NULL is fine. */
void resolver_free(struct resolver *resolver);

/*
 * Looks a host up, in both families. @fn is called once from the event loop,
 * never from within this call; @n is 0 if there is no address, or no answer.
 * NULL if it cannot be begun.
 */
struct resolver_lookup *resolver_begin(struct resolver *resolver, const char *host,
				       void (*fn)(void *arg, const struct addr *addrs,
						  unsigned int n), void *arg);
/* @fn is not called any more. */
void resolver_cancel(struct resolver_lookup *lookup);

#endif /* _IPSECD_RESOLVER_H */

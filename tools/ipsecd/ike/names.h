/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * names - peers that are given by host name (CMAP-2): what their names mean
 * now. A name is looked up when it is configured, again before each attempt to
 * reach it, and when somebody calls whom we do not know: the peer may have
 * another address than before. What was known stays known until a lookup finds
 * something else.
 */
#ifndef _IPSECD_IKE_NAMES_H
#define _IPSECD_IKE_NAMES_H

#include <sys/queue.h>

#include "engine.h"

/* Of one name; more are left out. */
#define NAME_ADDRESSES_MAX	8
/* Not looked up more often than that because of callers that we do not know. */
#define NAME_REFRESH_MS		3000

struct name;

/**
 * struct name_waiter - wants to know when a lookup is over
 * @link: in the list of the name
 * @name: NULL when it does not wait
 * @fn: called once, whether or not there are addresses
 */
struct name_waiter {
	TAILQ_ENTRY(name_waiter) link;
	struct name *name;
	void (*fn)(void *arg);
	void *arg;
};

/* The names of ike->config; new ones are looked up. */
void names_configure(struct ike *ike);
void names_free(struct ike *ike);

/*
 * Looks a name up, or joins a lookup that is on its way; @waiter->fn and arg are
 * set. Returns false if it cannot be: nobody is called then.
 */
bool names_ask(struct ike *ike, const char *host, struct name_waiter *waiter);
/* Fine if it does not wait. */
void names_cancel(struct name_waiter *waiter);
/* Somebody calls whom nobody knows. */
void names_refresh(struct ike *ike);

/* --- the peers of an entry: a number in the list, and for a name which of its addresses */

/* How many addresses the peer has: one, or what its name has of the entry's family. */
unsigned int names_count(const struct ike *ike, const struct map_entry *entry, unsigned int peer);
/* Returns false if there is none. */
bool names_address(const struct ike *ike, const struct map_entry *entry, unsigned int peer,
		   unsigned int nth, struct addr *out);
/* Whether it is an address of a peer; *@host is set to its name, or NULL. @host may be NULL. */
bool names_have(const struct ike *ike, const struct map_entry *entry, const struct addr *addr,
		const char **host);
/* Whether a lookup of some name of the entry has never been over. */
bool names_unsure(const struct ike *ike, const struct map_entry *entry);

/*
 * Calls @fn with each name of a tunnel's peer that has the address, until it
 * returns true, and returns that.
 */
bool names_each_of(const struct ike *ike, const struct addr *addr,
		   bool (*fn)(void *arg, const char *host), void *arg);

#endif /* _IPSECD_IKE_NAMES_H */

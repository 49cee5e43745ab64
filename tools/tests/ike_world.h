/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ike_world - IKE engines in one process: a clock that goes as fast as it is
 * turned, timers, and a network that loses, repeats, delays and garbles.
 *
 * Each engine is that of a router (router.h), configured by lines of IOS, with
 * its own mock of the kernel. All chance comes from one seed.
 */
#ifndef TESTS_IKE_WORLD_H
#define TESTS_IKE_WORLD_H

#include "ipsecd/ike/engine.h"
#include "ipsecd/ike/message.h"
#include "router.h"

#define WORLD_NODES_MAX	32

/* When it begins: 2026-01-01, seconds since 1970. */
#define WORLD_CALENDAR	1767225600

/* A policy that costs little, and what goes with it. */
#define WORLD_POLICY							\
	"crypto isakmp policy 10\n"					\
	" encryption aes\n"						\
	" hash sha256\n"						\
	" authentication pre-share\n"					\
	" group 19\n"

struct world;
struct world_event;

/**
 * struct world_datagram - a datagram on its way, or one that has been sent
 * @path: of the sender: local is the source
 * @nth: number of it in this world, from 1 on
 */
struct world_datagram {
	struct ike_path path;
	unsigned int nth;
	size_t len;
	uint8_t *data;
};

/**
 * struct world_net - what the network does; per mille of datagrams
 * @latency: ms
 * @jitter: up to so many ms more: that reorders
 * @late: gets up to @late_ms more
 * @corrupt: one bit is turned
 */
struct world_net {
	unsigned int latency;
	unsigned int jitter;
	unsigned int drop;
	unsigned int duplicate;
	unsigned int late;
	unsigned int late_ms;
	unsigned int corrupt;
};

#define WORLD_HOSTS_MAX		4
#define WORLD_LOOKUP_MS		30

/**
 * struct world_host - what the name servers know
 * @addresses: of @name, with blanks between; NULL: none
 */
struct world_host {
	const char *name;
	const char *addresses;
};

/** struct world_node - a router with an engine */
struct world_node {
	struct world *world;
	const char *name;
	struct addr addr;
	struct router *router;
	struct ike *ike;
	bool deaf;	/* hears and says nothing */
	bool names_changed;
};

/**
 * struct world - all of it
 * @now: ms
 * @filter: sees each datagram when it is sent, may change it; false: it is lost
 * @sent: how many datagrams were sent
 * @early: ms by which timers come too early, as those of libevent do: they count
 *	from when the callback began that sets them
 * @hosts: names of hosts; asked takes WORLD_LOOKUP_MS
 * @lookups: how often they were asked
 */
struct world {
	uint64_t now;
	uint64_t random;
	struct world_net net;
	bool (*filter)(void *arg, struct world_datagram *d);
	void *filter_arg;
	unsigned int sent;
	unsigned int early;
	struct world_host hosts[WORLD_HOSTS_MAX];
	unsigned int lookups;
	unsigned int n_nodes;
	struct world_node nodes[WORLD_NODES_MAX];
	struct world_event *events;
};

struct world *world_new(uint64_t seed);
void world_free(struct world *w);
/* A number below @n. */
unsigned int world_random(struct world *w, unsigned int n);

/* A router with an IPv4 address on eth0, or an IPv6 one. */
struct world_node *world_add(struct world *w, const char *name, const char *address);
/*
 * The other end of a tunnel from 10.@net_a.0.0/16 to 10.@net_b.0.0/16, as entry
 * @seq of map M; with IPv6 from 2001:DB8:@net_a::/48 to 2001:DB8:@net_b::/48.
 */
void node_tunnel(struct world_node *n, const struct world_node *peer, unsigned int seq,
		 unsigned int net_a, unsigned int net_b);
void node_configure(struct world_node *n, const char *lines);
/* The engine ends without a word, and another one begins on the same kernel. */
void node_restart(struct world_node *n);

/* Lets so much time go by. */
void world_run(struct world *w, uint64_t ms);
/* The same, until @done says so; false if it never does. */
bool world_until(struct world *w, bool (*done)(void *arg), void *arg, uint64_t ms);
/* A datagram of somebody, from @path->local to @path->remote, arrives now. */
void world_inject(struct world *w, const struct ike_path *path, const void *data, size_t len);

/*
 * Two routers A 192.0.2.1 and B 192.0.2.2 with the same key for each other, a
 * tunnel between them, and these lines.
 */
struct world_pair {
	struct world *w;
	struct world_node *a, *b;
};

void pair_begin(struct world_pair *p, uint64_t seed, const char *lines_a, const char *lines_b);
void pair_end(struct world_pair *p);
/* For world_until(): both have an IKE SA, of a struct world_pair. */
bool pair_established(void *arg);
/* Both have the same one IKE SA with the same keys. */
void pair_expect_same_sa(const struct world_pair *p);

/* Begins phase 1. */
struct ike_sa *node_initiate(struct world_node *n, const struct world_node *peer);
/* Traffic of the first flow that goes to the peer wants an SA. */
void node_acquire(struct world_node *n, unsigned int flow);
/* IKE SAs that are established, and not replaced; those in another state. */
unsigned int node_established(const struct world_node *n);
unsigned int node_others(const struct world_node *n);
/* One that is established, or NULL. */
struct ike_sa *node_sa(const struct world_node *n);
/* Whether the log has a line with this in it. */
bool world_logged(const char *text);

#endif

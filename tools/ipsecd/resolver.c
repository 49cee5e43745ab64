// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Addresses of hosts by libevent's evdns, which reads its files once. So that
 * what changes in them counts, there is a new evdns_base when the one that is
 * there has grown old or nobody uses it.
 */
#include <event2/dns.h>
#include <event2/util.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

#include "resolver.h"

#define RESOLV_CONF	"/etc/resolv.conf"
#define HOSTS		"/etc/hosts"
/* Seconds after which files are read again though lookups are on their way. */
#define SOURCE_SECONDS	10

/**
 * struct source - an evdns_base
 * @users: lookups on their way
 */
struct source {
	TAILQ_ENTRY(source) link;
	struct evdns_base *dns;
	time_t born;
	unsigned int users;
};

/**
 * struct resolver - sources and lookups
 * @sources: the newest first; only that one gets new lookups
 * @lookups: on their way, and those that are over but not told yet
 * @over: event that tells them
 */
struct resolver {
	struct event_base *base;
	TAILQ_HEAD(, source) sources;
	TAILQ_HEAD(, resolver_lookup) lookups;
	struct event *over;
};

/**
 * struct resolver_lookup - one host
 * @request: NULL when evdns has no more to say
 * @done: to be told by the event
 */
struct resolver_lookup {
	TAILQ_ENTRY(resolver_lookup) link;
	struct resolver *resolver;
	struct source *source;
	struct evdns_getaddrinfo_request *request;
	void (*fn)(void *arg, const struct addr *addrs, unsigned int n);
	void *arg;
	bool done;
	unsigned int n;
	struct addr addrs[RESOLVER_ADDRESSES_MAX];
};

static time_t seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec;
}

static void source_free(struct resolver *r, struct source *source)
{
	TAILQ_REMOVE(&r->sources, source, link);
	evdns_base_free(source->dns, 0);
	free(source);
}

static struct source *source_new(struct resolver *r)
{
	struct source *source = calloc(1, sizeof(*source));

	if (!source)
		return NULL;
	source->dns = evdns_base_new(r->base, 0);
	if (!source->dns) {
		free(source);
		return NULL;
	}
	/* Without name servers there are still the hosts of the file. */
	evdns_base_resolv_conf_parse(source->dns, DNS_OPTION_NAMESERVERS | DNS_OPTION_MISC |
				     DNS_OPTION_SEARCH, RESOLV_CONF);
	evdns_base_load_hosts(source->dns, HOSTS);
	source->born = seconds();
	TAILQ_INSERT_HEAD(&r->sources, source, link);
	return source;
}

static struct source *source_get(struct resolver *r)
{
	struct source *source = TAILQ_FIRST(&r->sources);

	if (source && seconds() - source->born < SOURCE_SECONDS && source->users)
		return source;
	return source_new(r);
}

static void sweep_sources(struct resolver *r)
{
	struct source *source, *next;

	for (source = TAILQ_FIRST(&r->sources); source; source = next) {
		next = TAILQ_NEXT(source, link);
		if (!source->users)
			source_free(r, source);
	}
}

static void lookup_free(struct resolver_lookup *lookup)
{
	TAILQ_REMOVE(&lookup->resolver->lookups, lookup, link);
	free(lookup);
}

/* Outside of evdns' own calls: it may be freed here. */
static void tell(evutil_socket_t fd, short what, void *arg)
{
	struct resolver *r = arg;
	struct resolver_lookup *lookup;

	(void)fd;
	(void)what;
	for (;;) {
		TAILQ_FOREACH(lookup, &r->lookups, link)
			if (lookup->done)
				break;
		if (!lookup)
			break;
		TAILQ_REMOVE(&r->lookups, lookup, link);
		if (lookup->fn)
			lookup->fn(lookup->arg, lookup->addrs, lookup->n);
		free(lookup);
	}
	sweep_sources(r);
}

static void take(struct resolver_lookup *lookup, const struct evutil_addrinfo *list)
{
	struct addr addr;

	for (; list && lookup->n < RESOLVER_ADDRESSES_MAX; list = list->ai_next)
		if (addr_from_sockaddr(&addr, list->ai_addr, list->ai_addrlen) == 0)
			lookup->addrs[lookup->n++] = addr;
}

static void on_answer(int error, struct evutil_addrinfo *list, void *arg)
{
	struct resolver_lookup *lookup = arg;

	lookup->request = NULL;
	lookup->source->users--;
	if (!error)
		take(lookup, list);
	if (list)
		evutil_freeaddrinfo(list);
	lookup->done = true;
	event_active(lookup->resolver->over, EV_TIMEOUT, 0);
}

struct resolver_lookup *resolver_begin(struct resolver *resolver, const char *host,
				       void (*fn)(void *arg, const struct addr *addrs,
						  unsigned int n), void *arg)
{
	struct evutil_addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM };
	struct resolver_lookup *lookup = calloc(1, sizeof(*lookup));
	struct evdns_getaddrinfo_request *request;

	if (!lookup)
		return NULL;
	lookup->source = source_get(resolver);
	if (!lookup->source) {
		free(lookup);
		return NULL;
	}
	lookup->resolver = resolver;
	lookup->fn = fn;
	lookup->arg = arg;
	lookup->source->users++;
	TAILQ_INSERT_TAIL(&resolver->lookups, lookup, link);
	/* What needs no name server is answered before this returns. */
	request = evdns_getaddrinfo(lookup->source->dns, host, NULL, &hints, on_answer, lookup);
	if (!lookup->done)
		lookup->request = request;
	return lookup;
}

void resolver_cancel(struct resolver_lookup *lookup)
{
	lookup->fn = NULL;
	if (lookup->request)
		evdns_getaddrinfo_cancel(lookup->request);
}

struct resolver *resolver_new(struct event_base *base)
{
	struct resolver *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->base = base;
	TAILQ_INIT(&r->sources);
	TAILQ_INIT(&r->lookups);
	r->over = event_new(base, -1, 0, tell, r);
	if (!r->over) {
		free(r);
		return NULL;
	}
	return r;
}

void resolver_free(struct resolver *r)
{
	struct resolver_lookup *lookup;
	struct source *source;

	if (!r)
		return;
	/* Their callbacks would come later: evdns forgets them with its base. */
	while ((source = TAILQ_FIRST(&r->sources)))
		source_free(r, source);
	while ((lookup = TAILQ_FIRST(&r->lookups)))
		lookup_free(lookup);
	event_free(r->over);
	free(r);
}

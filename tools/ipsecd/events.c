// SPDX-License-Identifier: GPL-2.0-or-later
/* Events of the data plane, the interfaces and the routes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "apply.h"
#include "events.h"
#include "ike/ike.h"
#include "lib/log.h"
#include "owner.h"

/* Seconds between attempts to bring the kernel in line when it refuses. */
#define RETRY_MAX	5
/* Between two messages that a peer uses an SA that we do not have. */
#define INVALID_SPI_MS	60000

struct events {
	struct daemon *d;
	struct event *kernel;
	struct event *links;
	struct event *routes;
};

/* %CRYPTO-4-PKT_REPLAY_ERR (O17, REPLAY-8); the kernel limits the rate. */
static void on_replay(void *arg, const struct cm_event *ev)
{
	struct log_field field = { "CRYPTOMAP_CONN_ID", NULL };
	char id[16];

	(void)arg;
	snprintf(id, sizeof(id), "%u", ev->conn_id);
	field.value = id;
	log_event_fields(&field, 1, "CRYPTO", 4, "PKT_REPLAY_ERR",
			 "decrypt: replay check failed connection id=%u", ev->conn_id);
}

static uint64_t monotonic_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* Once a minute for each peer, as IOS; with too many peers the oldest one is forgotten. */
static bool is_news(struct spoken_of *list, const struct addr *peer)
{
	uint64_t now = monotonic_ms();
	struct spoken_of *at = &list[0];

	for (size_t i = 0; i < SPOKEN_OF_MAX; i++) {
		if (list[i].until > now && addr_equal(&list[i].peer, peer))
			return false;
		if (list[i].until < at->until)
			at = &list[i];
	}
	*at = (struct spoken_of){ *peer, now + INVALID_SPI_MS };
	return true;
}

/* %CRYPTO-4-RECVD_PKT_INV_SPI (O18, INVSPI-7). */
static void log_invalid_spi(const struct cm_event *ev)
{
	struct addr_buf dst, src;
	char spi[16];
	const struct log_field fields[] = {
		{ "CRYPTOMAP_PEER", addr_text(&ev->src, &src) },
		{ "CRYPTOMAP_LOCAL", addr_text(&ev->dst, &dst) },
		{ "CRYPTOMAP_SPI", spi },
	};

	snprintf(spi, sizeof(spi), "0x%X", ev->spi);
	log_event_fields(fields, sizeof(fields) / sizeof(fields[0]), "CRYPTO", 4,
			 "RECVD_PKT_INV_SPI",
			 "decaps: rec'd IPSEC packet has invalid spi for destaddr=%s, prot=%u, spi=0x%X(%u), srcaddr=%s",
			 dst.text, ev->proto, ev->spi, ev->spi, src.text);
}

static void on_invalid_spi(void *arg, const struct cm_event *ev)
{
	struct daemon *d = arg;

	if (is_news(d->invalid_spi, &ev->src))
		log_invalid_spi(ev);
	if (d->ike)
		ike_invalid_spi(d->ike, ev);
}

static void on_acquire(void *arg, const struct cm_event *ev)
{
	struct daemon *d = arg;

	if (d->ike)
		ike_acquire(d->ike, ev);
}

static const char *cause_name(enum cryptomap_expire_cause cause)
{
	static const char *const names[] = { "time", "bytes", "packets", "sequence numbers" };

	return cause < sizeof(names) / sizeof(*names) ? names[cause] : "unknown";
}

static void on_expire(void *arg, const struct cm_event *ev)
{
	struct daemon *d = arg;
	bool manual = owner_is_manual(&ev->owner);

	log_msg(!manual ? LOG_DEBUG : ev->hard ? LOG_WARNING : LOG_NOTICE,
		"SA with connection id %u %s: its %s are used up", ev->conn_id,
		ev->hard ? "is over" : "will be over soon", cause_name(ev->cause));
	if (d->ike)
		ike_expire(d->ike, ev);
}

static void on_idle(void *arg, const struct cm_event *ev)
{
	struct daemon *d = arg;

	if (d->ike)
		ike_idle(d->ike, ev);
}

static void on_liveness(void *arg, const struct cm_event *ev)
{
	struct daemon *d = arg;

	if (d->ike)
		ike_liveness(d->ike, ev);
}

/*
 * A manual SA that somebody deleted is configuration and comes back.  One
 * that has run out of sequence numbers does not: with the same key it must
 * not begin again by itself.
 */
static void on_sa_del(void *arg, const struct cm_event *ev)
{
	struct daemon *d = arg;

	if (d->ike)
		ike_sa_deleted(d->ike, ev);
	if (!owner_is_manual(&ev->owner))
		return;
	if (ev->reason == CRYPTOMAP_DELETE_REASON_EXPIRED) {
		log_msg(LOG_ERR, "manual SA with SPI %u has ended; give it new keys", ev->spi);
		return;
	}
	d->sas_changed = true;
	apply_schedule(d);
}

static void on_lost(void *arg)
{
	struct daemon *d = arg;

	log_msg(LOG_WARNING, "events of the kernel were lost, or the module was loaded anew");
	apply_forget_kernel(d);
	apply_schedule(d);
}

const struct kernel_events events_kernel = {
	.acquire = on_acquire,
	.expire = on_expire,
	.idle = on_idle,
	.liveness = on_liveness,
	.invalid_spi = on_invalid_spi,
	.replay = on_replay,
	.sa_del = on_sa_del,
	.lost = on_lost,
};

static void on_link(void *arg, const struct link *link)
{
	(void)link;
	apply_schedule(arg);
}

static void on_link_gone(void *arg, const struct link *link)
{
	struct daemon *d = arg;

	network_forget(&d->network, link->ifindex);
	apply_schedule(d);
}

static void on_address(void *arg, const struct link *link, const struct link_address *a)
{
	(void)link;
	(void)a;
	apply_schedule(arg);
}

static void on_resynced(void *arg)
{
	apply_schedule(arg);
}

const struct link_events events_links = {
	.added = on_link,
	.changed = on_link,
	.gone = on_link_gone,
	.address_added = on_address,
	.address_gone = on_address,
	.resynced = on_resynced,
};

static void on_route_gone(void *arg, const struct route *route)
{
	(void)route;
	apply_schedule(arg);
}

const struct route_events events_routes = {
	.gone = on_route_gone,
	.paths_changed = on_resynced,
};

static void watch_kernel(struct events *events);

/* A socket that failed is opened anew; what it may have lost is dumped. */
static void reopen_kernel(struct events *events, const struct kerr *why)
{
	struct daemon *d = events->d;

	log_msg(LOG_ERR, "events of the kernel: %s", why->text);
	if (events->kernel)
		event_free(events->kernel);
	events->kernel = NULL;
	d->kernel->events_close(d->kernel);
	on_lost(d);
}

static void read_kernel(evutil_socket_t fd, short what, void *arg)
{
	struct events *events = arg;
	struct kernel *kernel = events->d->kernel;
	struct kerr err;

	(void)fd;
	(void)what;
	if (kernel->events_read(kernel, &err) < 0)
		reopen_kernel(events, &err);
}

static void watch_kernel(struct events *events)
{
	struct daemon *d = events->d;
	struct kerr err;

	if (d->kernel->events_open(d->kernel, &events_kernel, d, &err) < 0) {
		log_msg(LOG_ERR, "events of the kernel: %s", err.text);
		return;
	}
	events->kernel = event_new(d->base, d->kernel->events_fd(d->kernel),
				   EV_READ | EV_PERSIST, read_kernel, events);
	if (events->kernel)
		event_add(events->kernel, NULL);
}

static void read_links(evutil_socket_t fd, short what, void *arg)
{
	struct events *events = arg;
	struct kerr err;

	(void)fd;
	(void)what;
	if (link_table_read(events->d->links, &err) < 0)
		log_msg(LOG_ERR, "interfaces: %s", err.text);
}

static void read_routes(evutil_socket_t fd, short what, void *arg)
{
	struct events *events = arg;
	struct kerr err;

	(void)fd;
	(void)what;
	if (route_table_read(events->d->routes, &err) < 0)
		log_msg(LOG_ERR, "routes: %s", err.text);
}

/* Tried again after 1, 2, 4 … RETRY_MAX seconds when it fails. */
static void resync(evutil_socket_t fd, short what, void *arg)
{
	struct events *events = arg;
	struct daemon *d = events->d;
	struct timeval later = { 1, 0 };
	struct kerr err;

	(void)fd;
	(void)what;
	if (!events->kernel)
		watch_kernel(events);
	kerr_clear(&err);
	if (events->kernel && apply_resync(d, &err) == 0) {
		d->resync_failures = 0;
		return;
	}
	if (!d->resync_failures && *err.text)
		log_msg(LOG_ERR, "%s; it will be tried again", err.text);
	later.tv_sec = d->resync_failures < 3 ? 1 << d->resync_failures : RETRY_MAX;
	d->resync_failures++;
	event_add(d->resync, &later);
}

static struct event *watch(struct events *events, int fd, event_callback_fn fn)
{
	struct event *ev = event_new(events->d->base, fd, EV_READ | EV_PERSIST, fn, events);

	if (ev)
		event_add(ev, NULL);
	return ev;
}

int events_start(struct events **out, struct daemon *d, struct kerr *err)
{
	struct events *events = calloc(1, sizeof(*events));

	if (!events)
		return kerr_set(err, ENOMEM, "out of memory");
	events->d = d;
	d->resync = event_new(d->base, -1, 0, resync, events);
	events->links = watch(events, link_table_fd(d->links), read_links);
	events->routes = watch(events, route_table_fd(d->routes), read_routes);
	watch_kernel(events);
	if (!d->resync || !events->links || !events->routes || !events->kernel) {
		events_stop(events);
		return kerr_set(err, EIO, "the event loop cannot watch the kernel");
	}
	*out = events;
	return 0;
}

static void unwatch(struct event *ev)
{
	if (ev)
		event_free(ev);
}

void events_stop(struct events *events)
{
	unwatch(events->kernel);
	unwatch(events->links);
	unwatch(events->routes);
	unwatch(events->d->resync);
	events->d->resync = NULL;
	events->d->kernel->events_close(events->d->kernel);
	free(events);
}

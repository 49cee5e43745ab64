// SPDX-License-Identifier: GPL-2.0-or-later
/* IKE engines in one process, with a clock and a network of their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike_world.h"
#include "ipsecd/debug.h"
#include "ipsecd/ike/keys.h"
#include "ipsecd/ike/sa.h"
#include "lib/log.h"

/* Of the clock; the calendar has WORLD_CALENDAR then. */
#define BEGIN_MS	1000000

/**
 * struct world_event - something that is to happen: a timer, or a datagram
 * @due: ms; sorted by it
 * @fn: of a timer
 * @datagram: else
 */
struct world_event {
	struct world_event *next;
	uint64_t due;
	bool set;
	struct world *world;
	void (*fn)(void *arg);
	void *arg;
	struct world_datagram datagram;
};

struct ike_timer {
	struct world_event event;
};

/* xorshift64* */
unsigned int world_random(struct world *w, unsigned int n)
{
	w->random ^= w->random >> 12;
	w->random ^= w->random << 25;
	w->random ^= w->random >> 27;
	return n ? (unsigned int)((w->random * 0x2545F4914F6CDD1DULL) >> 33) % n : 0;
}

static bool chance(struct world *w, unsigned int per_mille)
{
	return per_mille && world_random(w, 1000) < per_mille;
}

/* --- events in the order of their time; of the same time in that of their setting */

static void schedule(struct world *w, struct world_event *e, uint64_t due)
{
	struct world_event **at = &w->events;

	while (*at && (*at)->due <= due)
		at = &(*at)->next;
	e->due = due;
	e->set = true;
	e->next = *at;
	*at = e;
}

static void unschedule(struct world *w, struct world_event *e)
{
	struct world_event **at = &w->events;

	if (!e->set)
		return;
	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	e->set = false;
}

/* --- what an engine sees */

static uint64_t world_now(void *arg)
{
	struct world_node *n = arg;

	return n->world->now;
}

static int64_t world_calendar(void *arg)
{
	struct world_node *n = arg;

	return WORLD_CALENDAR + (int64_t)((n->world->now - BEGIN_MS) / 1000);
}

static struct ike_timer *timer_new(void *arg, void (*fn)(void *fn_arg), void *fn_arg)
{
	struct world_node *n = arg;
	struct ike_timer *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->event.world = n->world;
	t->event.fn = fn;
	t->event.arg = fn_arg;
	return t;
}

static void timer_stop(struct ike_timer *t)
{
	unschedule(t->event.world, &t->event);
}

static void timer_set(struct ike_timer *t, uint64_t ms)
{
	struct world *w = t->event.world;

	timer_stop(t);
	schedule(w, &t->event, w->now + (ms > w->early ? ms - w->early : ms));
}

static void timer_free(struct ike_timer *t)
{
	if (!t)
		return;
	timer_stop(t);
	free(t);
}

static int read_file(void *arg, const char *path, struct buf *out)
{
	uint8_t bytes[4096];
	FILE *f = fopen(path, "r");
	size_t n;

	(void)arg;
	if (!f)
		return -errno;
	while ((n = fread(bytes, 1, sizeof(bytes), f)) > 0)
		buf_put_bytes(out, bytes, n);
	fclose(f);
	return out->failed ? -EFBIG : 0;
}

/* --- names */

struct ike_lookup {
	struct world_node *node;
	struct ike_timer *timer;
	const char *addresses;
	void (*fn)(void *fn_arg, const struct addr *addrs, unsigned int n);
	void *fn_arg;
};

static void resolve_cancel(struct ike_lookup *l)
{
	timer_free(l->timer);
	free(l);
}

static void apply(struct world_node *n);

static void answer(void *arg)
{
	struct ike_lookup *l = arg;
	struct world_node *node = l->node;
	char copy[256], *save, *word;
	struct addr addrs[16];
	unsigned int n = 0;

	snprintf(copy, sizeof(copy), "%s", l->addresses ? l->addresses : "");
	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
		assert_int_equal(addr_parse(&addrs[n++], AF_UNSPEC, word), 0);
	l->fn(l->fn_arg, addrs, n);
	resolve_cancel(l);
	if (node->names_changed)
		apply(node);
	node->names_changed = false;
}

static struct ike_lookup *resolve(void *arg, const char *host,
				  void (*fn)(void *fn_arg, const struct addr *addrs,
					     unsigned int n), void *fn_arg)
{
	struct world_node *node = arg;
	struct ike_lookup *l = calloc(1, sizeof(*l));
	struct ike_timer *timer = timer_new(arg, answer, l);

	if (!l || !timer) {
		timer_free(timer);
		free(l);
		return NULL;
	}
	*l = (struct ike_lookup){ .node = node, .fn = fn, .fn_arg = fn_arg };
	for (unsigned int i = 0; i < WORLD_HOSTS_MAX; i++)
		if (node->world->hosts[i].name && !strcmp(node->world->hosts[i].name, host))
			l->addresses = node->world->hosts[i].addresses;
	node->world->lookups++;
	l->timer = timer;
	timer_set(l->timer, WORLD_LOOKUP_MS);
	return l;
}

static void names_changed(void *arg)
{
	((struct world_node *)arg)->names_changed = true;
}

static struct world_event *datagram_new(struct world *w, const struct ike_path *path,
					const void *data, size_t len)
{
	struct world_event *e = calloc(1, sizeof(*e));
	uint8_t *copy = malloc(len ? len : 1);

	if (!e || !copy) {
		free(e);
		free(copy);
		return NULL;
	}
	e->world = w;
	e->datagram.path = *path;
	e->datagram.len = len;
	e->datagram.data = copy;
	if (len)
		memcpy(e->datagram.data, data, len);
	return e;
}

static void datagram_free(struct world_event *e)
{
	free(e->datagram.data);
	free(e);
}

static void post(struct world *w, const struct world_datagram *d)
{
	struct world_event *e = datagram_new(w, &d->path, d->data, d->len);
	uint64_t ms = w->net.latency + world_random(w, w->net.jitter + 1);

	if (!e)
		return;
	e->datagram.nth = d->nth;
	if (chance(w, w->net.late))
		ms += world_random(w, w->net.late_ms + 1);
	if (chance(w, w->net.corrupt) && d->len)
		e->datagram.data[world_random(w, d->len)] ^= 1U << world_random(w, 8);
	schedule(w, e, w->now + ms);
}

static int world_send(void *arg, const struct ike_path *path, const void *data, size_t len)
{
	struct world_node *n = arg;
	struct world *w = n->world;
	struct world_event *e;

	if (n->deaf)
		return -ENETUNREACH;
	e = datagram_new(w, path, data, len);
	if (!e)
		return -ENOMEM;
	e->datagram.nth = ++w->sent;
	if (!w->filter || w->filter(w->filter_arg, &e->datagram)) {
		if (!chance(w, w->net.drop))
			post(w, &e->datagram);
		if (chance(w, w->net.duplicate))
			post(w, &e->datagram);
	}
	datagram_free(e);
	return 0;
}

static const struct ike_world ops = {
	.now = world_now,
	.calendar = world_calendar,
	.send = world_send,
	.timer_new = timer_new,
	.timer_set = timer_set,
	.timer_stop = timer_stop,
	.timer_free = timer_free,
	.resolve = resolve,
	.resolve_cancel = resolve_cancel,
	.names_changed = names_changed,
	.read_file = read_file,
};

/* --- the kernel tells */

static void on_acquire(void *arg, const struct cm_event *ev)
{
	ike_acquire(((struct world_node *)arg)->ike, ev);
}

static void on_expire(void *arg, const struct cm_event *ev)
{
	ike_expire(((struct world_node *)arg)->ike, ev);
}

static void on_idle(void *arg, const struct cm_event *ev)
{
	ike_idle(((struct world_node *)arg)->ike, ev);
}

static void on_liveness(void *arg, const struct cm_event *ev)
{
	ike_liveness(((struct world_node *)arg)->ike, ev);
}

static void on_invalid_spi(void *arg, const struct cm_event *ev)
{
	ike_invalid_spi(((struct world_node *)arg)->ike, ev);
}

static void on_sa_del(void *arg, const struct cm_event *ev)
{
	ike_sa_deleted(((struct world_node *)arg)->ike, ev);
}

static void on_lost(void *arg)
{
	ike_resync(((struct world_node *)arg)->ike);
	apply(arg);
}

static const struct kernel_events kernel_events = {
	.acquire = on_acquire, .expire = on_expire, .idle = on_idle,
	.liveness = on_liveness, .invalid_spi = on_invalid_spi, .sa_del = on_sa_del, .lost = on_lost,
};

static void read_kernels(struct world *w)
{
	unsigned int i;

	for (i = 0; i < w->n_nodes; i++) {
		struct kernel *k = w->nodes[i].router->d.kernel;

		while (k->events_read(k, NULL) > 0)
			;
	}
}

/* --- time */

static void deliver(struct world *w, const struct world_datagram *d)
{
	struct ike_path path = {
		.local = d->path.remote, .remote = d->path.local,
		.local_port = d->path.remote_port, .remote_port = d->path.local_port,
	};
	unsigned int i;

	for (i = 0; i < w->n_nodes; i++)
		if (!w->nodes[i].deaf && addr_equal(&w->nodes[i].addr, &path.local))
			ike_receive(w->nodes[i].ike, &path, d->data, d->len);
}

/* The next event, if it is due until then. */
static bool step(struct world *w, uint64_t until)
{
	struct world_event *e = w->events;

	if (!e || e->due > until)
		return false;
	w->now = e->due;
	unschedule(w, e);
	if (e->fn) {
		e->fn(e->arg);
	} else {
		deliver(w, &e->datagram);
		datagram_free(e);
	}
	read_kernels(w);
	return true;
}

void world_run(struct world *w, uint64_t ms)
{
	uint64_t until = w->now + ms;

	read_kernels(w);
	while (step(w, until))
		;
	w->now = until;
}

bool world_until(struct world *w, bool (*done)(void *arg), void *arg, uint64_t ms)
{
	uint64_t until = w->now + ms;

	read_kernels(w);
	while (!done(arg))
		if (!step(w, until))
			return false;
	return true;
}

void world_inject(struct world *w, const struct ike_path *path, const void *data, size_t len)
{
	struct world_event *e = datagram_new(w, path, data, len);

	assert_non_null(e);
	deliver(w, &e->datagram);
	read_kernels(w);
	datagram_free(e);
}

/* --- its inhabitants */

struct world *world_new(uint64_t seed)
{
	struct world *w = calloc(1, sizeof(*w));

	if (!w)
		abort();
	ike_crypto_init();
	log_open("ike_world", getenv("IKE_WORLD_LOG"), LOG_DEBUG);
	debug_set(DEBUG_ALL, true);
	log_clear();
	w->random = seed ? seed : 1;
	w->now = BEGIN_MS;
	w->net.latency = 10;
	return w;
}

void world_free(struct world *w)
{
	struct world_event *e;
	unsigned int i;

	for (i = 0; i < w->n_nodes; i++) {
		struct router *r = w->nodes[i].router;

		ike_free(w->nodes[i].ike);
		r->d.kernel->events_close(r->d.kernel);
		router_free(r);
	}
	while ((e = w->events)) {
		/* All timers ended with their engines. */
		assert_null(e->fn);
		unschedule(w, e);
		datagram_free(e);
	}
	log_close();
	free(w);
}

static void apply(struct world_node *n)
{
	ike_configure(n->ike, n->router->d.running, n->router->d.policy);
}

struct world_node *world_add(struct world *w, const char *name, const char *address)
{
	struct world_node *n = &w->nodes[w->n_nodes++];
	char lines[512];

	assert_true(w->n_nodes <= WORLD_NODES_MAX);
	n->world = w;
	n->name = name;
	assert_int_equal(addr_parse(&n->addr, AF_UNSPEC, address), 0);
	n->router = router_new();
	snprintf(lines, sizeof(lines),
		 "hostname %s\n"
		 "crypto ipsec transform-set T esp-aes esp-sha256-hmac\n"
		 "interface eth0\n"
		 " %s %s%s\n", name, n->addr.family == AF_INET6 ? "ipv6 address" : "ip address",
		 address, n->addr.family == AF_INET6 ? "/64" : " 255.255.255.0");
	router_configure(n->router, lines);
	n->ike = ike_new(&ops, n, n->router->d.kernel);
	assert_non_null(n->ike);
	assert_int_equal(n->router->d.kernel->events_open(n->router->d.kernel, &kernel_events, n,
							  NULL), 0);
	apply(n);
	return n;
}

void node_configure(struct world_node *n, const char *lines)
{
	router_configure(n->router, lines);
	apply(n);
	read_kernels(n->world);
}

static void node_tunnel6(struct world_node *n, const struct world_node *peer, unsigned int seq,
			 unsigned int net_a, unsigned int net_b)
{
	struct addr_buf address;
	char lines[512];

	snprintf(lines, sizeof(lines),
		 "ipv6 access-list L%u\n"
		 " permit ipv6 2001:DB8:%u::/48 2001:DB8:%u::/48\n"
		 "crypto map ipv6 M %u ipsec-isakmp\n"
		 " set peer %s\n"
		 " set transform-set T\n"
		 " match address L%u\n"
		 "interface eth0\n"
		 " ipv6 crypto map M\n",
		 seq, net_a, net_b, seq, addr_text(&peer->addr, &address), seq);
	node_configure(n, lines);
}

void node_tunnel(struct world_node *n, const struct world_node *peer, unsigned int seq,
		 unsigned int net_a, unsigned int net_b)
{
	struct addr_buf address;
	char lines[512];

	if (n->addr.family == AF_INET6) {
		node_tunnel6(n, peer, seq, net_a, net_b);
		return;
	}
	snprintf(lines, sizeof(lines),
		 "access-list %u permit ip 10.%u.0.0 0.0.255.255 10.%u.0.0 0.0.255.255\n"
		 "crypto map M %u ipsec-isakmp\n"
		 " set peer %s\n"
		 " set transform-set T\n"
		 " match address %u\n"
		 "interface eth0\n"
		 " crypto map M\n",
		 100 + seq, net_a, net_b, seq, addr_text(&peer->addr, &address), 100 + seq);
	node_configure(n, lines);
}

void node_restart(struct world_node *n)
{
	ike_free(n->ike);
	n->ike = ike_new(&ops, n, n->router->d.kernel);
	assert_non_null(n->ike);
	apply(n);
}

struct ike_sa *node_initiate(struct world_node *n, const struct world_node *peer)
{
	const struct ike_path path = {
		.local = n->addr, .remote = peer->addr,
		.local_port = ISAKMP_PORT, .remote_port = ISAKMP_PORT,
	};
	struct kerr why;

	return ike_sa_initiate(n->ike, &path, NULL, &why);
}

void node_acquire(struct world_node *n, unsigned int flow)
{
	const struct cm_flow *f = kernel_mock_flow(n->router->mock, flow);
	struct cm_event ev = { .flow = 0 };

	assert_non_null(f);
	ev.flow = f->id;
	ike_acquire(n->ike, &ev);
	read_kernels(n->world);
}

struct census {
	unsigned int established;
	unsigned int others;
	const struct ike_sa *sa;
};

static void count(void *arg, const struct ike_sa *sa)
{
	struct census *c = arg;

	if (ike_sa_is_established(sa) && !sa->replaced) {
		c->established++;
		c->sa = sa;
	} else {
		c->others++;
	}
}

static struct census census(const struct world_node *n)
{
	struct census c = { .established = 0 };

	ike_sa_each(n->ike, count, &c);
	return c;
}

unsigned int node_established(const struct world_node *n)
{
	return census(n).established;
}

unsigned int node_others(const struct world_node *n)
{
	return census(n).others;
}

struct ike_sa *node_sa(const struct world_node *n)
{
	return (struct ike_sa *)census(n).sa;
}

static void find_line(void *arg, const struct timespec *when, int severity, const char *text)
{
	const char **wanted = arg;

	(void)when;
	(void)severity;
	if (*wanted && strstr(text, *wanted))
		*wanted = NULL;
}

bool world_logged(const char *text)
{
	log_each(find_line, &text);
	return !text;
}

/* --- two of them */

void pair_begin(struct world_pair *p, uint64_t seed, const char *lines_a, const char *lines_b)
{
	p->w = world_new(seed);
	p->a = world_add(p->w, "A", "192.0.2.1");
	p->b = world_add(p->w, "B", "192.0.2.2");
	node_configure(p->a, "crypto isakmp key secret address 192.0.2.2\n");
	node_configure(p->b, "crypto isakmp key secret address 192.0.2.1\n");
	node_configure(p->a, lines_a);
	node_configure(p->b, lines_b);
	node_tunnel(p->a, p->b, 10, 1, 2);
	node_tunnel(p->b, p->a, 10, 2, 1);
}

void pair_end(struct world_pair *p)
{
	world_free(p->w);
}

bool pair_established(void *arg)
{
	struct world_pair *p = arg;

	return node_established(p->a) && node_established(p->b);
}

void pair_expect_same_sa(const struct world_pair *p)
{
	const struct ike_sa *a = node_sa(p->a), *b = node_sa(p->b);

	assert_int_equal(node_established(p->a), 1);
	assert_int_equal(node_established(p->b), 1);
	assert_memory_equal(&a->cookies, &b->cookies, sizeof(a->cookies));
	assert_memory_equal(&a->keys, &b->keys, sizeof(a->keys));
	assert_memory_equal(&a->iv, &b->iv, sizeof(a->iv));
	assert_true(a->initiator != b->initiator);
	assert_null(a->handshake);
	assert_null(b->handshake);
}

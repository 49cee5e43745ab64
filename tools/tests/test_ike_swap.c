// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A router is replaced by another one with the same address and configuration
 * (SC-2): who notices what, and when there are SAs again that both have.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "ike_world.h"
#include "ipsecd/ike/dpd.h"
#include "ipsecd/ike/pair.h"
#include "ipsecd/ike/sa.h"
#include "ipsecd/ike/tunnel.h"

#define LINES WORLD_POLICY "crypto isakmp keepalive 30 periodic\n"

/**
 * struct swap - A and B, and C, which has the address of B
 * @other: B or C: the one that A can reach
 */
struct swap {
	struct world_pair p;
	struct world_node *c;
	struct world_node *other;
};

static struct sa_pair *current_of(const struct world_node *n)
{
	const struct cm_flow *flow = kernel_mock_flow(n->router->mock, 0);

	return tunnel_current(tunnel_find(n->ike, flow->id));
}

/* What A sends on, the router that is there has. */
static bool reaches(void *arg)
{
	const struct swap *s = arg;
	const struct sa_pair *pair = current_of(s->p.a);

	return pair && router_find_sa(s->other->router, pair->out.spi);
}

static void begin(struct swap *s)
{
	pair_begin(&s->p, 1, LINES, LINES);
	s->c = world_add(s->p.w, "C", "192.0.2.2");
	node_configure(s->c, "crypto isakmp key secret address 192.0.2.1\n" LINES);
	node_tunnel(s->c, s->p.a, 10, 2, 1);
	/* An SPI tells whose it is. */
	kernel_mock_set_next_spi(s->p.b->router->mock, 0x80000000);
	kernel_mock_set_next_spi(s->c->router->mock, 0xC0000000);
	s->c->deaf = true;
	s->other = s->p.b;
	node_acquire(s->p.a, 0);
	assert_true(world_until(s->p.w, reaches, s, 1000));
	/* It has carried traffic for a while. */
	world_run(s->p.w, 20000);
}

static void swap(struct swap *s)
{
	s->other->deaf = true;
	s->other = s->other == s->c ? s->p.b : s->c;
	s->other->deaf = false;
}

/* The kernel's word, as it would be after so many ms without an answer: once each second. */
static void tell_liveness(const struct swap *s, const struct sa_pair *pair, uint32_t silent_ms)
{
	const struct cm_event ev = {
		.flow = pair->tunnel->flow.id, .direction = CRYPTOMAP_DIRECTION_OUT,
		.dst = pair->out.dst, .spi = pair->out.spi,
	};

	if (!silent_ms || silent_ms % 1000)
		return;
	router_find_sa(s->p.a->router, pair->in.spi)->idle_for_seconds = silent_ms / 1000;
	router_find_sa(s->p.a->router, pair->out.spi)->idle_for_seconds = 0;
	kernel_mock_event(s->p.a->router->mock, CRYPTOMAP_CMD_LIVENESS_NTF, &ev);
}

static void tell_invalid_spi(const struct swap *s, const struct sa_pair *pair)
{
	const struct cm_event ev = {
		.src = s->p.a->addr, .dst = pair->out.dst, .spi = pair->out.spi, .proto = 50,
	};

	if (!s->other->deaf && !reaches((void *)s))
		kernel_mock_event(s->other->router->mock, CRYPTOMAP_CMD_INVALID_SPI_NTF, &ev);
}

/* A packet of A's, which nothing has answered for so long; and 100 ms. */
static void packet(struct swap *s, uint32_t silent_ms)
{
	const struct sa_pair *pair = current_of(s->p.a);

	if (pair) {
		tell_liveness(s, pair, silent_ms);
		tell_invalid_spi(s, pair);
	} else {
		node_acquire(s->p.a, 0);
	}
	world_run(s->p.w, 100);
}

/* Milliseconds until traffic of A is through. */
static uint32_t time_to_recover(struct swap *s)
{
	uint32_t ms;

	for (ms = 0; ms < 60000 && !reaches(s); ms += 100)
		packet(s, ms);
	assert_true(reaches(s));
	return ms;
}

/* Only A has traffic; C has nothing, and says so when it is asked. */
static void test_swap(void **state)
{
	struct swap s;

	(void)state;
	begin(&s);
	swap(&s);
	assert_in_range(time_to_recover(&s), 0, 2000);
	assert_true(world_logged("the peer may have begun anew, negotiating a new SA"));
	pair_end(&s.p);
}

/* B still has the SAs of before: it does not say INITIAL-CONTACT. */
static void test_swap_back(void **state)
{
	struct swap s;

	(void)state;
	begin(&s);
	swap(&s);
	time_to_recover(&s);
	world_run(s.p.w, 10000);
	swap(&s);
	assert_in_range(time_to_recover(&s), 0, 2000);
	pair_end(&s.p);
}

/* Nobody is there for a while: not yet dead, or dead already. */
static void test_outage(void **state)
{
	static const unsigned int seconds[] = { 3, 5, 20 };

	(void)state;
	for (unsigned int i = 0; i < sizeof(seconds) / sizeof(*seconds); i++) {
		struct swap s;

		begin(&s);
		s.p.b->deaf = true;
		for (uint32_t ms = 0; ms < seconds[i] * 1000; ms += 100)
			packet(&s, ms);
		s.other = s.c;
		s.c->deaf = false;
		assert_in_range(time_to_recover(&s), 0, 2000);
		pair_end(&s.p);
	}
}

/* Again and again, after a while or none, with an outage or without: never late. */
static void test_swaps(void **state)
{
	unsigned int late = 0;
	struct swap s;

	(void)state;
	begin(&s);
	for (unsigned int i = 0; i < 200; i++) {
		uint32_t rest = world_random(s.p.w, 15000), outage = world_random(s.p.w, 20000);
		uint32_t took;

		for (uint32_t ms = 0; ms < rest; ms += 100)
			packet(&s, 0);
		s.other->deaf = true;
		for (uint32_t ms = 0; i % 2 && ms < outage; ms += 100)
			packet(&s, ms);
		swap(&s);
		took = time_to_recover(&s);
		if (took <= 2000)
			continue;
		late++;
		print_error("swap %u after %u ms, outage of %u ms: %u ms\n", i, rest,
			    i % 2 ? outage : 0, took);
	}
	assert_int_equal(late, 0);
	pair_end(&s.p);
}

/* Somebody repeats INVALID-COOKIE in clear: no more of phase 1 than the limit allows, no SA ends. */
static void test_forged(void **state)
{
	struct ike_path path;
	struct world_pair p;
	uint8_t notify[40];
	uint32_t first;

	(void)state;
	pair_begin(&p, 1, LINES, LINES);
	node_acquire(p.a, 0);
	world_run(p.w, 10000);
	first = node_sa(p.a)->conn_id;
	for (unsigned int i = 0; i < 1000; i++) {
		const struct ike_sa *sa = node_sa(p.a);

		memset(notify, 0, sizeof(notify));
		memcpy(notify, &sa->cookies, sizeof(sa->cookies));
		notify[16] = ISAKMP_PAYLOAD_NOTIFY;
		notify[17] = ISAKMP_VERSION;
		notify[18] = ISAKMP_EXCHANGE_INFORMATIONAL;
		notify[23] = 1;
		notify[27] = sizeof(notify);
		notify[31] = 12;
		notify[35] = 1;
		notify[36] = ISAKMP_PROTO_ISAKMP;
		notify[39] = ISAKMP_NOTIFY_INVALID_COOKIE;
		path = sa->path;
		path.local = sa->path.remote;
		path.remote = sa->path.local;
		world_inject(p.w, &path, notify, sizeof(notify));
		world_run(p.w, 20);
	}
	assert_int_equal(node_established(p.a), 1);
	assert_in_range(node_sa(p.a)->conn_id - first, 1, IKE_DOUBTS + 20000 / IKE_DOUBT_MS);
	assert_int_equal(router_sas(p.a->router), 2);
	assert_int_equal(router_sas(p.b->router), 2);
	pair_end(&p);
}

/* In clear, to A. */
static void forge_invalid_cookie(const struct world_pair *p)
{
	const struct ike_sa *sa = node_sa(p->a);
	struct ike_path path;
	uint8_t notify[40] = { 0 };

	if (!sa)
		return;
	path = sa->path;
	memcpy(notify, &sa->cookies, sizeof(sa->cookies));
	notify[16] = ISAKMP_PAYLOAD_NOTIFY;
	notify[17] = ISAKMP_VERSION;
	notify[18] = ISAKMP_EXCHANGE_INFORMATIONAL;
	notify[23] = 1;
	notify[27] = sizeof(notify);
	notify[31] = 12;
	notify[35] = 1;
	notify[36] = ISAKMP_PROTO_ISAKMP;
	notify[39] = ISAKMP_NOTIFY_INVALID_COOKIE;
	path.local = sa->path.remote;
	path.remote = sa->path.local;
	world_inject(p->w, &path, notify, sizeof(notify));
}

static bool lose_main_mode(void *arg, struct world_datagram *d)
{
	(void)arg;
	return d->data[18] != ISAKMP_EXCHANGE_MAIN;
}

/* The same with a peer that answers no phase 1 of ours: under the IKE SA that there is, SAs are made. */
static void test_forged_without_phase1(void **state)
{
	const struct sa_pair *before;
	struct world_pair p;
	unsigned int ms;

	(void)state;
	pair_begin(&p, 1, LINES, LINES);
	node_acquire(p.a, 0);
	world_run(p.w, 10000);
	before = current_of(p.a);
	p.w->filter = lose_main_mode;
	forge_invalid_cookie(&p);
	tunnel_want(before->tunnel);
	for (ms = 0; ms < 60000 && current_of(p.a) == before; ms += 100) {
		forge_invalid_cookie(&p);
		world_run(p.w, 100);
	}
	assert_in_range(ms, 0, 10000);
	pair_end(&p);
}

/* Encrypted, and nobody knows the cookies: answered in clear, but not for ever. */
static void test_unknown_cookies(void **state)
{
	struct world_pair p;
	struct ike_path path = { .local_port = ISAKMP_PORT, .remote_port = ISAKMP_PORT };
	uint8_t message[60] = { 0 };
	unsigned int before;

	(void)state;
	pair_begin(&p, 1, LINES, LINES);
	path.local = p.a->addr;
	path.remote = p.b->addr;
	memset(message, 7, 16);
	message[16] = ISAKMP_PAYLOAD_HASH;
	message[17] = ISAKMP_VERSION;
	message[18] = ISAKMP_EXCHANGE_INFORMATIONAL;
	message[23] = 1;
	message[27] = sizeof(message);
	before = p.w->sent;
	world_inject(p.w, &path, message, sizeof(message));
	assert_int_equal(p.w->sent, before);
	message[19] = ISAKMP_FLAG_ENCRYPTED;
	world_inject(p.w, &path, message, sizeof(message));
	assert_int_equal(p.w->sent, before + 1);
	for (unsigned int i = 0; i < 1000; i++)
		world_inject(p.w, &path, message, sizeof(message));
	assert_in_range(p.w->sent - before, 50, 110);
	pair_end(&p);
}

/* What is encrypted of main mode is lost, as long as *@arg says so. */
static bool lose_proofs(void *arg, struct world_datagram *d)
{
	const bool *lose = arg;

	return !*lose || d->data[18] != ISAKMP_EXCHANGE_MAIN ||
	       !(d->data[19] & ISAKMP_FLAG_ENCRYPTED);
}

/*
 * A daemon begins anew with the SAs of before, and is slow: DPD runs out while a
 * new IKE SA is negotiated. The IPsec SAs stay.
 */
static void test_slow_restart(void **state)
{
	struct world_pair p;
	bool lose = true;
	uint32_t spi;

	(void)state;
	pair_begin(&p, 1, WORLD_POLICY "crypto isakmp keepalive 10 periodic\n",
		   WORLD_POLICY "crypto isakmp keepalive 10 periodic\n");
	node_acquire(p.a, 0);
	world_run(p.w, 5000);
	spi = current_of(p.a)->out.spi;
	p.w->filter = lose_proofs;
	p.w->filter_arg = &lose;
	node_restart(p.b);
	/* DPD begins at 10 s and is through at 20 s; the last repetitions come later. */
	world_run(p.w, 15150);
	assert_true(world_logged("PEERS_ALIVE_TIMER (5)"));
	lose = false;
	world_run(p.w, 10000);
	assert_non_null(current_of(p.a));
	assert_int_equal(current_of(p.a)->out.spi, spi);
	assert_int_equal(router_sas(p.a->router), 2);
	assert_int_equal(router_sas(p.b->router), 2);
	assert_int_equal(node_established(p.a), 1);
	pair_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_swap),
		cmocka_unit_test(test_swap_back),
		cmocka_unit_test(test_outage),
		cmocka_unit_test(test_swaps),
		cmocka_unit_test(test_slow_restart),
		cmocka_unit_test(test_forged),
		cmocka_unit_test(test_forged_without_phase1),
		cmocka_unit_test(test_unknown_cookies),
	};

	return cmocka_run_group_tests_name("ike_swap", tests, NULL, NULL);
}

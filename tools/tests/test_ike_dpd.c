// SPDX-License-Identifier: GPL-2.0-or-later
/* Dead peer detection: DPD-1 … DPD-17, the timeline of requirements 6.6. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike_world.h"
#include "ipsecd/ike/dpd.h"
#include "ipsecd/ike/sa.h"

/* When informational messages were sent, by whom. */
struct record {
	struct world_pair p;
	unsigned int n;
	uint64_t when[64];
	const struct world_node *from[64];
};

static bool take(void *arg, struct world_datagram *d)
{
	struct record *r = arg;

	if (d->data[18] == ISAKMP_EXCHANGE_INFORMATIONAL && r->n < 64) {
		r->from[r->n] = addr_equal(&d->path.local, &r->p.a->addr) ? r->p.a : r->p.b;
		r->when[r->n++] = r->p.w->now;
	}
	return true;
}

static void begin(struct record *r, const char *keepalive_a, const char *keepalive_b)
{
	char lines_a[512], lines_b[512];

	memset(r, 0, sizeof(*r));
	snprintf(lines_a, sizeof(lines_a), "%s%s", WORLD_POLICY, keepalive_a);
	snprintf(lines_b, sizeof(lines_b), "%s%s", WORLD_POLICY, keepalive_b);
	pair_begin(&r->p, 1, lines_a, lines_b);
	assert_non_null(node_initiate(r->p.a, r->p.b));
	assert_true(world_until(r->p.w, pair_established, &r->p, 1000));
	r->p.w->filter = take;
	r->p.w->filter_arg = r;
}

static void end(struct record *r)
{
	pair_end(&r->p);
}

/* DPD-2, DPD-7: each interval one question and one answer. */
static void test_periodic(void **state)
{
	struct record r;

	(void)state;
	begin(&r, "crypto isakmp keepalive 10 periodic\n", "");
	assert_true(world_logged("IKE_DPD is enabled, initializing timers"));
	world_run(r.p.w, 35000);
	assert_int_equal(r.n, 6);
	assert_ptr_equal(r.from[0], r.p.a);
	assert_ptr_equal(r.from[1], r.p.b);
	assert_in_range(r.when[2] - r.when[0], 10000, 10050);
	assert_int_equal(node_established(r.p.a), 1);
	assert_true(world_logged("DPD/R_U_THERE_ACK received from peer 192.0.2.2, sequence 0x"));
	end(&r);
}

/* DPD-8: a hello of the peer stands for our own. */
static void test_hello_of_the_peer(void **state)
{
	struct record r;
	unsigned int i, of_a = 0;

	(void)state;
	begin(&r, "crypto isakmp keepalive 15 periodic\n", "crypto isakmp keepalive 10 periodic\n");
	world_run(r.p.w, 100000);
	for (i = 0; i + 1 < r.n; i += 2)
		of_a += r.from[i] == r.p.a;
	assert_int_equal(of_a, 0);
	assert_in_range(r.n, 18, 20);
	end(&r);
}

/* DPD-3, DPD-4, DPD-10: five unanswered, then the peer is dead. */
static void test_dead(void **state)
{
	struct record r;
	unsigned int i;

	(void)state;
	begin(&r, "crypto isakmp keepalive 10 periodic\n", "");
	r.p.b->deaf = true;
	world_run(r.p.w, 19900);
	assert_int_equal(node_established(r.p.a), 1);
	world_run(r.p.w, 200);
	assert_int_equal(node_established(r.p.a), 0);
	/* Five questions, two seconds apart, and the delete. */
	assert_int_equal(r.n, 6);
	for (i = 1; i < r.n; i++)
		assert_int_equal(r.when[i] - r.when[i - 1], 2000);
	assert_true(world_logged("peer 192.0.2.2 not responding!"));
	assert_true(world_logged("incrementing error counter on sa: PEERS_ALIVE_TIMER (5)"));
	assert_true(world_logged("deleting SA reason \"peers alive\" state (I) QM_IDLE (peer 192.0.2.2)"));
	assert_true(world_logged("%CRYPTO-5-SESSION_STATUS: Crypto tunnel is DOWN. Peer 192.0.2.2:500 Id: 192.0.2.2"));
	end(&r);
}

static void test_retry_seconds(void **state)
{
	struct record r;

	(void)state;
	begin(&r, "crypto isakmp keepalive 30 20 periodic\n", "");
	r.p.b->deaf = true;
	world_run(r.p.w, 30000 + 5 * 20000 - 100);
	assert_int_equal(node_established(r.p.a), 1);
	assert_int_equal(r.n, 5);
	assert_int_equal(r.when[4] - r.when[3], 20000);
	world_run(r.p.w, 200);
	assert_int_equal(node_established(r.p.a), 0);
	end(&r);
}

/* The peer is back before the fifth. */
static void test_nearly_dead(void **state)
{
	struct record r;

	(void)state;
	begin(&r, "crypto isakmp keepalive 10 periodic\n", "");
	r.p.b->deaf = true;
	world_run(r.p.w, 17000);
	r.p.b->deaf = false;
	world_run(r.p.w, 3000);
	assert_int_equal(node_established(r.p.a), 1);
	/* Anew from then on. */
	r.p.b->deaf = true;
	world_run(r.p.w, 17000);
	assert_int_equal(node_established(r.p.a), 1);
	world_run(r.p.w, 3000);
	assert_int_equal(node_established(r.p.a), 0);
	end(&r);
}

/* DPD-5, DPD-6: without the kernel's word nothing is asked. */
static void test_on_demand(void **state)
{
	struct record r;

	(void)state;
	begin(&r, "crypto isakmp keepalive 10\n", "");
	assert_int_equal(dpd_liveness_seconds(node_sa(r.p.a)), 10);
	assert_int_equal(dpd_liveness_seconds(node_sa(r.p.b)), 0);
	world_run(r.p.w, 100000);
	assert_int_equal(r.n, 0);

	dpd_ask(node_sa(r.p.a));
	dpd_ask(node_sa(r.p.a));
	world_run(r.p.w, 60000);
	assert_int_equal(r.n, 2);

	r.p.b->deaf = true;
	dpd_ask(node_sa(r.p.a));
	world_run(r.p.w, 9900);
	assert_int_equal(node_established(r.p.a), 1);
	world_run(r.p.w, 200);
	assert_int_equal(node_established(r.p.a), 0);
	end(&r);
}

/* The kernel is asked to watch the outbound SA, if the IKE SA has a use for it. */
static uint32_t watched(const struct world_node *n)
{
	const struct cm_sa_info *info;
	uint32_t seconds = 0;

	for (unsigned int i = 0; (info = kernel_mock_sa(n->router->mock, i)); i++)
		if (info->sa.id.direction == CRYPTOMAP_DIRECTION_OUT)
			seconds = info->sa.limits.liveness_seconds;
	return seconds;
}

static void test_watched(void **state)
{
	struct record r;

	(void)state;
	begin(&r, "crypto isakmp keepalive 10\n", "");
	node_acquire(r.p.a, 0);
	world_run(r.p.w, 1000);
	assert_non_null(kernel_mock_sa(r.p.a->router->mock, 1));
	assert_int_equal(watched(r.p.a), 10);
	assert_int_equal(watched(r.p.b), 0);
	end(&r);
}

/*
 * Periodic, and packets are not answered (SC-2): it is asked out of turn, each
 * second as long as it says nothing; the errors are counted as ever.
 */
static void test_doubt(void **state)
{
	struct record r;
	unsigned int i;

	(void)state;
	begin(&r, "crypto isakmp keepalive 30 periodic\n", "");
	assert_int_equal(dpd_liveness_seconds(node_sa(r.p.a)), 1);
	r.p.b->deaf = true;
	for (i = 1; i <= 9; i++) {
		dpd_doubt(node_sa(r.p.a), i * 1000, true);
		world_run(r.p.w, 1000);
	}
	assert_int_equal(node_established(r.p.a), 1);
	world_run(r.p.w, 1100);
	assert_int_equal(node_established(r.p.a), 0);
	/* One each second, five by the timer, of which two fall together; the delete. */
	assert_in_range(r.n, 13, 15);
	assert_true(world_logged("incrementing error counter on sa: PEERS_ALIVE_TIMER (5)"));
	end(&r);
}

/* Traffic that goes only one way: the peer answers for it, and is asked less and less. */
static void test_one_way(void **state)
{
	unsigned int i, before;
	struct record r;

	(void)state;
	begin(&r, "crypto isakmp keepalive 30 periodic\n", "");
	for (i = 1; i <= 25; i++) {
		dpd_doubt(node_sa(r.p.a), i * 1000, true);
		world_run(r.p.w, 1000);
	}
	/* After 1, 2, 4, 8, 16 seconds, and each is answered. */
	assert_in_range(r.n, 8, 10);
	/* Something came: another silence; but only for the last word, nothing. */
	before = r.n;
	dpd_doubt(node_sa(r.p.a), 1000, false);
	world_run(r.p.w, 100);
	assert_int_equal(r.n, before);
	dpd_doubt(node_sa(r.p.a), 1000, true);
	world_run(r.p.w, 100);
	assert_int_equal(r.n, before + 2);
	end(&r);
}

/* Off by default; but always answered. */
static void test_off(void **state)
{
	struct record r;

	(void)state;
	begin(&r, "", "");
	dpd_ask(node_sa(r.p.a));
	world_run(r.p.w, 100000);
	assert_int_equal(r.n, 0);
	end(&r);
}

/* DPD-16: the profile's own. */
static void test_profile(void **state)
{
	struct record r;

	(void)state;
	begin(&r, "crypto isakmp keepalive 10 periodic\n"
	      "crypto isakmp profile P\n match identity address 192.0.2.2\n"
	      " keepalive 20 retry 3 periodic\n", "");
	world_run(r.p.w, 19000);
	assert_int_equal(r.n, 0);
	world_run(r.p.w, 2000);
	assert_int_equal(r.n, 2);
	end(&r);
}

static bool lose_answers(void *arg, struct world_datagram *d)
{
	struct record *r = arg;

	take(arg, d);
	return !addr_equal(&d->path.local, &r->p.b->addr);
}

/* An answer to a message of ours that is lost, again and again. */
static void test_lost_answers(void **state)
{
	struct record r;

	(void)state;
	begin(&r, "crypto isakmp keepalive 10 periodic\n", "");
	r.p.w->filter = lose_answers;
	world_run(r.p.w, 17000);
	r.p.w->filter = take;
	world_run(r.p.w, 300000);
	assert_int_equal(node_established(r.p.a), 1);
	assert_int_equal(node_established(r.p.b), 1);
	end(&r);
}

/* A peer that has gone and comes back has an IKE SA anew while traffic wants it. */
static void test_back_again(void **state)
{
	struct record r;

	(void)state;
	begin(&r, "crypto isakmp keepalive 10 periodic\n", "crypto isakmp keepalive 10 periodic\n");
	r.p.b->deaf = true;
	world_run(r.p.w, 30000);
	assert_int_equal(node_established(r.p.a) + node_established(r.p.b), 0);
	r.p.b->deaf = false;
	node_acquire(r.p.a, 0);
	assert_true(world_until(r.p.w, pair_established, &r.p, 2000));
	end(&r);
}

/* --- somebody who has heard it all */

/* Datagrams of informational exchanges of @from. */
struct tape {
	const struct world_node *from;
	unsigned int n;
	struct {
		struct ike_path path;
		size_t len;
		uint8_t data[256];
	} v[256];
};

static bool record(void *arg, struct world_datagram *d)
{
	struct tape *t = arg;

	if (d->data[18] != ISAKMP_EXCHANGE_INFORMATIONAL || t->n == 256 ||
	    !addr_equal(&d->path.local, &t->from->addr) || d->len > sizeof(t->v[0].data))
		return true;
	t->v[t->n].path = d->path;
	t->v[t->n].len = d->len;
	memcpy(t->v[t->n++].data, d->data, d->len);
	return true;
}

/* @back: to whoever has sent it, as if the other one had. */
static void play(struct world *w, const struct tape *t, unsigned int n, bool back)
{
	for (unsigned int i = 0; i < n; i++) {
		struct ike_path path = t->v[i].path;

		if (back) {
			path.local = t->v[i].path.remote;
			path.remote = t->v[i].path.local;
		}
		world_inject(w, &path, t->v[i].data, t->v[i].len);
	}
}

/* Our own questions and answers are none of the peer's. */
static void test_reflected(void **state)
{
	struct tape *tape = calloc(1, sizeof(*tape));
	struct record r;

	(void)state;
	begin(&r, "crypto isakmp keepalive 10 periodic\n", "crypto isakmp keepalive 15 periodic\n");
	tape->from = r.p.a;
	r.p.w->filter = record;
	r.p.w->filter_arg = tape;
	world_run(r.p.w, 100000);
	assert_true(tape->n > 8);
	r.p.b->deaf = true;
	for (unsigned int i = 0; i < 60; i++) {
		world_run(r.p.w, 500);
		play(r.p.w, tape, tape->n, true);
	}
	assert_int_equal(node_established(r.p.a), 0);
	end(&r);
	free(tape);
}

static void repeat_all(const char *keepalive_a, const char *keepalive_b)
{
	struct tape *tape = calloc(1, sizeof(*tape));
	unsigned int n;
	struct record r;

	begin(&r, keepalive_a, keepalive_b);
	tape->from = r.p.b;
	r.p.w->filter = record;
	r.p.w->filter_arg = tape;
	world_run(r.p.w, 1000000);
	n = tape->n;
	assert_true(n > 64);
	r.p.b->deaf = true;
	for (unsigned int i = 0; i < 120; i++) {
		world_run(r.p.w, 500);
		play(r.p.w, tape, n, false);
	}
	assert_int_equal(node_established(r.p.a), 0);
	end(&r);
	free(tape);
}

/* However long ago the peer has said it, be it answers or questions. */
static void test_repeated(void **state)
{
	(void)state;
	repeat_all("crypto isakmp keepalive 10 periodic\n", "crypto isakmp keepalive 12 periodic\n");
	repeat_all("crypto isakmp keepalive 30 periodic\n", "crypto isakmp keepalive 10 periodic\n");
}

static bool lose_quick(void *arg, struct world_datagram *d)
{
	(void)arg;
	return d->data[18] != ISAKMP_EXCHANGE_QUICK;
}

static bool has_two(void *arg)
{
	const struct world_pair *p = arg;

	return HASH_COUNT(p->b->ike->sas) == 2 && node_established(p->a) == 1 &&
	       node_established(p->b) == 1;
}

/*
 * A quick mode that is not answered makes the next one begin with phase 1, and
 * then the peer deletes what came of that: the older IKE SA is watched again, by
 * one timer.
 */
static void test_in_use_again(void **state)
{
	struct ike_sa *first;
	struct record r;

	(void)state;
	begin(&r, "crypto isakmp keepalive 10 periodic\n", "crypto isakmp keepalive 10 periodic\n");
	first = node_sa(r.p.a);
	r.p.w->filter = lose_quick;
	for (unsigned int i = 0; i < 40 && !first->replaced; i++) {
		node_acquire(r.p.a, 0);
		world_run(r.p.w, 1000);
	}
	assert_true(first->replaced);
	node_acquire(r.p.a, 0);
	assert_true(world_until(r.p.w, has_two, &r.p, 5000));
	assert_int_equal(ike_clear_sas(r.p.b->ike, node_sa(r.p.b)->conn_id, NULL), 1);
	world_run(r.p.w, 50);
	assert_ptr_equal(node_sa(r.p.a), first);
	ike_clear_sas(r.p.a->ike, 0, NULL);
	world_run(r.p.w, 10 * IKE_DELETED_MS);
	end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_periodic),
		cmocka_unit_test(test_hello_of_the_peer),
		cmocka_unit_test(test_dead),
		cmocka_unit_test(test_retry_seconds),
		cmocka_unit_test(test_nearly_dead),
		cmocka_unit_test(test_on_demand),
		cmocka_unit_test(test_watched),
		cmocka_unit_test(test_doubt),
		cmocka_unit_test(test_one_way),
		cmocka_unit_test(test_off),
		cmocka_unit_test(test_profile),
		cmocka_unit_test(test_lost_answers),
		cmocka_unit_test(test_back_again),
		cmocka_unit_test(test_reflected),
		cmocka_unit_test(test_repeated),
		cmocka_unit_test(test_in_use_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* IKE SAs are replaced before they end: thousands of times, on a bad network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "ike_world.h"
#include "ipsecd/ike/sa.h"

#ifdef __SANITIZE_ADDRESS__
size_t __sanitizer_get_current_allocated_bytes(void);
#define allocated()	__sanitizer_get_current_allocated_bytes()
#else
#include <malloc.h>
#define allocated()	mallinfo2().uordblks
#endif

#define LIFETIME	300
#define SHORT_POLICY	WORLD_POLICY " lifetime 300\n"

static unsigned int pairs_of(const struct world_node *n)
{
	unsigned int i = 0;

	while (kernel_mock_sa(n->router->mock, i))
		i++;
	return i / 2;
}

static bool has_pairs(void *arg)
{
	struct world_pair *p = arg;

	return pairs_of(p->a) && pairs_of(p->b) && pair_established(p);
}

static void begin(struct world_pair *p, uint64_t seed)
{
	pair_begin(p, seed, SHORT_POLICY, SHORT_POLICY);
	node_acquire(p->a, 0);
	assert_true(world_until(p->w, has_pairs, p, 1000));
	world_run(p->w, 1000);
}

/* The new one is there before the old one ends, and begun by the side that began before. */
static void test_make_before_break(void **state)
{
	struct world_pair p;
	unsigned int s, first;

	(void)state;
	begin(&p, 1);
	first = node_sa(p.a)->conn_id;
	for (s = 0; s < 10 * LIFETIME; s++) {
		world_run(p.w, 1000);
		assert_int_equal(node_established(p.a), 1);
		assert_int_equal(node_established(p.b), 1);
		assert_true(node_sa(p.a)->initiator);
	}
	/* 80 to 85 % of the lifetime each. */
	assert_in_range(node_sa(p.a)->conn_id - first, 11, 13);
	assert_int_equal(pairs_of(p.a), 1);
	assert_int_equal(pairs_of(p.b), 1);
	pair_end(&p);
}

/* Nothing needs it: no new one. */
static void test_not_needed(void **state)
{
	struct world_pair p;

	(void)state;
	pair_begin(&p, 1, SHORT_POLICY, SHORT_POLICY);
	assert_non_null(node_initiate(p.a, p.b));
	assert_true(world_until(p.w, pair_established, &p, 1000));
	world_run(p.w, LIFETIME * 1000);
	/* Both say that it is over. */
	assert_int_equal(p.w->sent, 6 + 2);
	assert_int_equal(node_established(p.a) + node_established(p.b), 0);
	pair_end(&p);
}

/* The peer cannot be reached for a while around the end. */
static void test_outage(void **state)
{
	struct world_pair p;
	unsigned int s;

	(void)state;
	for (s = 1; s < 15; s++) {
		begin(&p, s);
		world_run(p.w, 230000);
		p.b->deaf = true;
		world_run(p.w, s * 1000);
		p.b->deaf = false;
		world_run(p.w, 60000);
		pair_expect_same_sa(&p);
		world_run(p.w, 400000);
		pair_expect_same_sa(&p);
		pair_end(&p);
	}
}

/* The peer has lost the IKE SA and does not say so: quick mode finds out. */
static void test_peer_lost_it(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, 1);
	p.b->deaf = true;
	p.b->router->d.kernel->sa_flush(p.b->router->d.kernel, NULL, NULL, NULL);
	world_run(p.w, 100);
	node_restart(p.b);
	p.b->deaf = false;
	p.a->router->d.kernel->sa_flush(p.a->router->d.kernel, NULL, NULL, NULL);
	world_run(p.w, 100);
	node_acquire(p.a, 0);
	world_run(p.w, 15000);
	node_acquire(p.a, 0);
	assert_true(world_until(p.w, has_pairs, &p, 30000));
	pair_expect_same_sa(&p);
	pair_end(&p);
}

/* Both begin at the same time, each time. */
static void test_collisions(void **state)
{
	struct world_pair p;
	unsigned int i;

	(void)state;
	begin(&p, 1);
	for (i = 0; i < 200; i++) {
		p.w->net.jitter = i % 50;
		p.w->net.drop = i % 4 * 50;
		node_initiate(p.a, p.b);
		world_run(p.w, world_random(p.w, 60));
		node_initiate(p.b, p.a);
		world_run(p.w, 35000);
		p.w->net.drop = 0;
		/* At the latest when a responder deletes what is replaced. */
		world_run(p.w, 160000);
		pair_expect_same_sa(&p);
	}
	world_run(p.w, 70000);
	assert_in_range(node_others(p.a) + node_others(p.b), 0, 4);
	pair_end(&p);
}

/*
 * A bad network for a long time. There may be a moment without an IKE SA, when
 * all messages of a minute were lost; never for long, never two that stay, and
 * memory does not grow. The IPsec SAs never notice.
 */
static void test_long(void **state)
{
	unsigned int i, without = 0, several = 0, worst = 0;
	struct world_pair p;
	size_t before = 0;

	(void)state;
	begin(&p, 7);
	p.w->net = (struct world_net){
		.latency = 20, .jitter = 60, .drop = 150, .duplicate = 150,
		.late = 50, .late_ms = 5000, .corrupt = 10,
	};
	for (i = 0; i < 10000; i++) {
		world_run(p.w, 10000);
		without = node_established(p.a) && node_established(p.b) ? 0 : without + 1;
		several = node_established(p.a) > 1 || node_established(p.b) > 1 ? several + 1 : 0;
		worst = without > worst ? without : worst;
		assert_in_range(several, 0, 12);
		assert_in_range(without, 0, 12);
		assert_in_range(node_others(p.a), 0, 12);
		assert_in_range(node_others(p.b), 0, 12);
		if (i == 1000)
			before = allocated();
	}
	print_message("IKE SAs: %u, longest time without one: %u s\n",
		      p.a->ike->next_conn_id - 1001, worst * 10);
	assert_in_range(allocated(), 0, before + 65536);
	p.w->net = (struct world_net){ .latency = 10 };
	world_run(p.w, 300000);
	pair_expect_same_sa(&p);
	assert_int_equal(pairs_of(p.a), pairs_of(p.b));
	pair_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_make_before_break),
		cmocka_unit_test(test_not_needed),
		cmocka_unit_test(test_outage),
		cmocka_unit_test(test_peer_lost_it),
		cmocka_unit_test(test_collisions),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Aggressive mode: only for those who are configured for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "ike_world.h"
#include "ipsecd/ike/half_open.h"
#include "ipsecd/ike/sa.h"

/* What A calls itself, and how B knows it. */
#define BEGINS								\
	"crypto isakmp peer address 192.0.2.2\n"			\
	" set aggressive-mode client-endpoint fqdn a.example.org\n"

#define KNOWS_NAME							\
	"no crypto isakmp key secret address 192.0.2.1\n"		\
	"crypto isakmp key secret hostname a.example.org\n"

static void begin(struct world_pair *p, uint64_t seed, const char *a, const char *b)
{
	char lines_a[512], lines_b[512];

	snprintf(lines_a, sizeof(lines_a), "%s%s", WORLD_POLICY, a);
	snprintf(lines_b, sizeof(lines_b), "%s%s", WORLD_POLICY, b);
	pair_begin(p, seed, lines_a, lines_b);
}

/* The key is found by the name; the responder does not know the address. */
static void test_key_by_name(void **state)
{
	struct world_pair p;
	char text[64];

	(void)state;
	begin(&p, 1, BEGINS, KNOWS_NAME);
	assert_non_null(node_initiate(p.a, p.b));
	assert_true(world_until(p.w, pair_established, &p, 1000));
	world_run(p.w, 100);
	pair_expect_same_sa(&p);
	assert_int_equal(p.w->sent, 3);
	assert_int_equal(node_sa(p.b)->exchange_type, ISAKMP_EXCHANGE_AGGRESSIVE);
	assert_string_equal(isakmp_id_text(&node_sa(p.b)->peer_id, text, sizeof(text)),
			    "a.example.org");
	pair_end(&p);
}

static void test_peer_by_address(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, 1, BEGINS, "crypto isakmp peer address 192.0.2.1\n"
	      " set aggressive-mode client-endpoint fqdn b.example.org\n");
	assert_non_null(node_initiate(p.a, p.b));
	assert_true(world_until(p.w, pair_established, &p, 1000));
	world_run(p.w, 100);
	pair_expect_same_sa(&p);
	pair_end(&p);
}

static void test_by_profile(void **state)
{
	struct ike_path path = { .local_port = ISAKMP_PORT, .remote_port = ISAKMP_PORT };
	struct world_pair p;
	struct kerr why;

	(void)state;
	begin(&p, 1, "crypto isakmp profile P\n initiate mode aggressive\n"
	      " self-identity user-fqdn a@example.org\n"
	      " match identity user b@example.org\n",
	      "crypto isakmp profile Q\n initiate mode aggressive\n"
	      " self-identity user-fqdn b@example.org\n"
	      " match identity user domain example.org\n");
	path.local = p.a->addr;
	path.remote = p.b->addr;
	assert_non_null(ike_sa_initiate(p.a->ike, &path, "P", &why));
	assert_true(world_until(p.w, pair_established, &p, 1000));
	assert_string_equal(node_sa(p.a)->profile, "P");
	assert_string_equal(node_sa(p.b)->profile, "Q");
	pair_end(&p);
}

/* Never otherwise: not a word, no state, no Diffie-Hellman. */
static void test_not_configured(void **state)
{
	static const char *const others[] = {
		"",
		"crypto isakmp key secret hostname c.example.org\n",
		KNOWS_NAME "crypto isakmp aggressive-mode disable\n",
	};
	struct world_pair p;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(others) / sizeof(*others); i++) {
		begin(&p, 1, BEGINS, others[i]);
		assert_non_null(node_initiate(p.a, p.b));
		world_run(p.w, 400);
		assert_int_equal(p.w->sent, 1);
		assert_int_equal(ike_counter(p.b->ike, IKE_COUNTER_NO_POLICY), 1);
		assert_int_equal(node_others(p.b), 0);
		assert_true(world_logged("%CRYPTO-5-IKMP_AG_MODE_DISABLED"));
		pair_end(&p);
	}
}

/* The initiator sees it at once; the responder by a hash that is wrong. */
static void test_wrong_key(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, 1, BEGINS, "no crypto isakmp key secret address 192.0.2.1\n"
	      "crypto isakmp key other hostname a.example.org\n");
	assert_non_null(node_initiate(p.a, p.b));
	assert_false(world_until(p.w, pair_established, &p, 60000));
	assert_int_equal(node_established(p.a) + node_established(p.b), 0);
	assert_true(ike_counter(p.a->ike, IKE_COUNTER_BAD_HASH) > 0);
	world_run(p.w, 200000);
	assert_int_equal(node_others(p.a) + node_others(p.b), 0);
	pair_end(&p);
}

static void test_no_match(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, 1, BEGINS, KNOWS_NAME WORLD_POLICY " hash md5\n");
	assert_non_null(node_initiate(p.a, p.b));
	assert_false(world_until(p.w, pair_established, &p, 30000));
	assert_true(world_logged("differs in hash: SHA256 offered, MD5 wanted"));
	assert_true(world_logged("Processing of Aggressive mode failed with peer at 192.0.2.2: the peer refuses"));
	assert_int_equal(node_others(p.b), 0);
	pair_end(&p);
}

/* Only policies with the group of the first one are offered. */
static void test_one_group(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, 1, BEGINS "crypto isakmp policy 1\n encryption aes\n"
	      " authentication pre-share\n group 20\n", KNOWS_NAME);
	assert_non_null(node_initiate(p.a, p.b));
	assert_false(world_until(p.w, pair_established, &p, 30000));
	pair_end(&p);
}

/* One answer fits one method of authentication: that of the first policy. */
static void test_one_method(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, 1, BEGINS "crypto isakmp policy 1\n encryption aes 256\n hash sha256\n"
	      " authentication rsa-sig\n group 19\n", KNOWS_NAME);
	assert_non_null(node_initiate(p.a, p.b));
	assert_true(world_until(p.w, pair_established, &p, 1000));
	assert_int_equal(node_sa(p.a)->policy, 10);
	pair_end(&p);
}

static bool lose(void *arg, struct world_datagram *d)
{
	return d->nth != *(unsigned int *)arg;
}

static bool has_pair(void *arg)
{
	struct world_pair *p = arg;

	return pair_established(arg) && kernel_mock_sa(p->a->router->mock, 1) &&
	       kernel_mock_sa(p->b->router->mock, 1);
}

/* Also the third message: quick mode goes on, and the responder asks for it again. */
static void test_each_message_lost(void **state)
{
	struct world_pair p;
	unsigned int nth;

	(void)state;
	for (nth = 1; nth <= 3; nth++) {
		begin(&p, 1, BEGINS, KNOWS_NAME);
		p.w->filter = lose;
		p.w->filter_arg = &nth;
		node_acquire(p.a, 0);
		assert_true(world_until(p.w, has_pair, &p, 3000));
		pair_expect_same_sa(&p);
		pair_end(&p);
	}
}

static void test_bad_network(void **state)
{
	struct world_pair p;
	unsigned int seed;

	(void)state;
	for (seed = 1; seed <= 50; seed++) {
		begin(&p, seed, BEGINS, KNOWS_NAME);
		p.w->net = (struct world_net){
			.latency = 20, .jitter = 50, .drop = 200, .duplicate = 200,
			.corrupt = 50, .late = 100, .late_ms = 3000,
		};
		node_acquire(p.a, 0);
		world_until(p.w, has_pair, &p, 30000);
		if (!has_pair(&p))
			node_acquire(p.a, 0);
		assert_true(world_until(p.w, has_pair, &p, 90000));
		pair_end(&p);
	}
}

/* An address that has proven nothing gets one answer to one message, and no more. */
static void test_not_repeated(void **state)
{
	struct world_pair p;
	unsigned int nth = 2;

	(void)state;
	begin(&p, 1, BEGINS, KNOWS_NAME);
	p.w->filter = lose;
	p.w->filter_arg = &nth;
	assert_non_null(node_initiate(p.a, p.b));
	world_run(p.w, 15);
	p.a->deaf = true;
	world_run(p.w, IKE_HANDSHAKE_MS - 1000);
	assert_int_equal(p.w->sent, 2);
	assert_int_equal(node_others(p.b), 1);
	/* And its handshake ends. */
	world_run(p.w, IKE_HANDSHAKE_MS + IKE_DELETED_MS);
	assert_int_equal(node_others(p.b), 0);
	pair_end(&p);
}

struct keeper {
	size_t len;
	uint8_t data[2048];
};

static bool keep(void *arg, struct world_datagram *d)
{
	struct keeper *k = arg;

	if (!k->len) {
		k->len = d->len;
		memcpy(k->data, d->data, d->len);
	}
	return true;
}

/* Openings with the identity that is configured, from one address and from many. */
static void test_flood(void **state)
{
	struct keeper k = { .len = 0 };
	struct ike_path path;
	struct world_pair p;
	unsigned int i;

	(void)state;
	begin(&p, 1, BEGINS, KNOWS_NAME);
	p.w->filter = keep;
	p.w->filter_arg = &k;
	p.b->deaf = true;
	assert_non_null(node_initiate(p.a, p.b));
	p.b->deaf = false;
	path = (struct ike_path){
		.local = p.a->addr, .remote = p.b->addr, .local_port = 500, .remote_port = 500,
	};
	for (i = 0; i < 2000; i++) {
		memcpy(k.data, &i, sizeof(i));
		if (i >= 1000)
			memcpy(path.local.bytes, &i, sizeof(i));
		world_inject(p.w, &path, k.data, k.len);
	}
	assert_true(node_others(p.b) <= 100);
	assert_true(ike_counter(p.b->ike, IKE_COUNTER_HALF_OPEN_SOURCE) > 0);
	assert_true(ike_counter(p.b->ike, IKE_COUNTER_HALF_OPEN_TOTAL) > 0);
	world_run(p.w, IKE_HANDSHAKE_MS + IKE_DELETED_MS);
	assert_int_equal(node_others(p.b), 0);
	node_acquire(p.a, 0);
	assert_true(world_until(p.w, has_pair, &p, 3000));
	pair_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key_by_name),
		cmocka_unit_test(test_peer_by_address),
		cmocka_unit_test(test_by_profile),
		cmocka_unit_test(test_not_configured),
		cmocka_unit_test(test_wrong_key),
		cmocka_unit_test(test_no_match),
		cmocka_unit_test(test_one_group),
		cmocka_unit_test(test_one_method),
		cmocka_unit_test(test_each_message_lost),
		cmocka_unit_test(test_bad_network),
		cmocka_unit_test(test_not_repeated),
		cmocka_unit_test(test_flood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

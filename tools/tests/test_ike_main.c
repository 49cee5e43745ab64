// SPDX-License-Identifier: GPL-2.0-or-later
/* Main mode between two engines, on good and bad networks. */
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

static void begin(struct world_pair *p, uint64_t seed)
{
	pair_begin(p, seed, WORLD_POLICY, WORLD_POLICY);
}

/* --- what is agreed upon */

static void test_pre_shared_key(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, 1);
	assert_non_null(node_initiate(p.a, p.b));
	assert_true(world_until(p.w, pair_established, &p, 1000));
	pair_expect_same_sa(&p);
	assert_true(node_sa(p.a)->initiator);
	assert_int_equal(node_sa(p.a)->policy, 10);
	assert_int_equal(node_sa(p.a)->lifetime, 86400);
	assert_true(node_sa(p.a)->peer_can & IKE_PEER_DPD);
	assert_true(node_sa(p.b)->peer_can & IKE_PEER_DPD);
	/* Three messages each way. */
	assert_int_equal(p.w->sent, 6);
	pair_end(&p);
}

static const char *const ciphers[] = { "des", "3des", "aes", "aes 192", "aes 256" };
static const char *const hashes[] = { "md5", "sha", "sha256", "sha384", "sha512" };
static const unsigned int groups[] = { 1, 2, 5, 14, 15, 16, 19, 20, 21, 24 };

static void expect_suite(const char *cipher, const char *hash, unsigned int group)
{
	struct world_pair p;
	char lines[256];

	snprintf(lines, sizeof(lines),
		 "crypto isakmp policy 1\n encryption %s\n hash %s\n"
		 " authentication pre-share\n group %u\n", cipher, hash, group);
	pair_begin(&p, 1, lines, lines);
	assert_non_null(node_initiate(p.a, p.b));
	assert_true(world_until(p.w, pair_established, &p, 1000));
	pair_expect_same_sa(&p);
	assert_int_equal(node_sa(p.a)->suite.group, group);
	pair_end(&p);
}

static void test_all_algorithms(void **state)
{
	unsigned int i, k;

	(void)state;
	for (i = 0; i < sizeof(ciphers) / sizeof(*ciphers); i++)
		for (k = 0; k < sizeof(hashes) / sizeof(*hashes); k++)
			expect_suite(ciphers[i], hashes[k], 19);
	for (i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		expect_suite("aes", "sha", groups[i]);
}

/* IKE-4: the responder's order counts. */
static void test_responders_priority(void **state)
{
	struct world_pair p;

	(void)state;
	pair_begin(&p, 1,
		   "crypto isakmp policy 1\n encryption aes\n hash sha\n"
		   " authentication pre-share\n group 19\n"
		   "crypto isakmp policy 2\n encryption aes 256\n hash sha256\n"
		   " authentication pre-share\n group 20\n",
		   "crypto isakmp policy 5\n encryption aes 256\n hash sha256\n"
		   " authentication pre-share\n group 20\n"
		   "crypto isakmp policy 6\n encryption aes\n hash sha\n"
		   " authentication pre-share\n group 19\n");
	assert_non_null(node_initiate(p.a, p.b));
	assert_true(world_until(p.w, pair_established, &p, 1000));
	assert_int_equal(node_sa(p.a)->policy, 2);
	assert_int_equal(node_sa(p.b)->policy, 5);
	assert_int_equal(node_sa(p.b)->suite.key_bits, 256);
	pair_end(&p);
}

/* IKE-4: a shorter lifetime of the initiator is taken, a longer one is no match. */
static void test_lifetimes(void **state)
{
	struct world_pair p;

	(void)state;
	pair_begin(&p, 1, WORLD_POLICY " lifetime 300\n", WORLD_POLICY " lifetime 400\n");
	assert_non_null(node_initiate(p.a, p.b));
	assert_true(world_until(p.w, pair_established, &p, 1000));
	assert_int_equal(node_sa(p.a)->lifetime, 300);
	assert_int_equal(node_sa(p.b)->lifetime, 300);
	pair_end(&p);

	pair_begin(&p, 1, WORLD_POLICY " lifetime 500\n", WORLD_POLICY " lifetime 400\n");
	assert_non_null(node_initiate(p.a, p.b));
	assert_false(world_until(p.w, pair_established, &p, 30000));
	assert_true(world_logged("differs in lifetime: 500 offered, at most 400 wanted"));
	pair_end(&p);
}

/* IKE-5: both sides' wishes stand next to each other, and what differs is named. */
static void test_no_match(void **state)
{
	struct world_pair p;

	(void)state;
	pair_begin(&p, 1, WORLD_POLICY, WORLD_POLICY " hash sha512\n");
	assert_non_null(node_initiate(p.a, p.b));
	assert_false(world_until(p.w, pair_established, &p, 30000));
	assert_true(world_logged("offered transform 1: encryption AES-CBC 128, hash SHA256"));
	assert_true(world_logged("differs in hash: SHA256 offered, SHA512 wanted"));
	assert_true(world_logged("192.0.2.2 has refused transform 1: encryption AES-CBC 128, hash SHA256"));
	assert_true(world_logged("%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Main mode failed with peer at 192.0.2.2: the peer refuses"));
	assert_int_equal(node_others(p.b), 0);
	assert_int_equal(half_open_count(p.b->ike->half_open), 0);
	pair_end(&p);
}

/* IKE-6: a policy that cannot be used is not offered; with none there is no IKE. */
static void test_policy_without_means(void **state)
{
	struct world_pair p;

	(void)state;
	pair_begin(&p, 1, "crypto isakmp policy 5\n group 19\n" WORLD_POLICY, WORLD_POLICY);
	assert_non_null(node_initiate(p.a, p.b));
	assert_true(world_until(p.w, pair_established, &p, 1000));
	assert_int_equal(node_sa(p.a)->policy, 10);
	pair_end(&p);

	pair_begin(&p, 1, "crypto isakmp policy 5\n group 19\n", WORLD_POLICY);
	assert_null(node_initiate(p.a, p.b));
	assert_int_equal(p.w->sent, 0);
	pair_end(&p);
}

/* --- keys and identities */

static void test_wrong_key(void **state)
{
	struct world_pair p;

	(void)state;
	pair_begin(&p, 1, WORLD_POLICY, WORLD_POLICY
		   "no crypto isakmp key secret address 192.0.2.1\n"
		   "crypto isakmp key other address 192.0.2.1\n");
	assert_non_null(node_initiate(p.a, p.b));
	assert_false(world_until(p.w, pair_established, &p, 60000));
	assert_true(world_logged("do both sides have the same pre-shared key?"));
	assert_true(world_logged("no answer to our proof"));
	assert_true(world_logged("no proof of the peer"));
	world_run(p.w, 200000);
	assert_int_equal(node_others(p.a) + node_others(p.b), 0);
	pair_end(&p);
}

static void test_no_key_no_answer(void **state)
{
	struct world_pair p;

	(void)state;
	pair_begin(&p, 1, WORLD_POLICY, WORLD_POLICY
		   "no crypto isakmp key secret address 192.0.2.1\n");
	assert_non_null(node_initiate(p.a, p.b));
	world_run(p.w, 400);
	assert_int_equal(p.w->sent, 1);
	assert_int_equal(ike_counter(p.b->ike, IKE_COUNTER_NO_POLICY), 1);
	pair_end(&p);
}

static void test_hostname_identity(void **state)
{
	struct world_pair p;
	char text[64];

	(void)state;
	pair_begin(&p, 1, WORLD_POLICY "ip domain name example.org\n"
		   "crypto isakmp identity hostname\n", WORLD_POLICY);
	assert_non_null(node_initiate(p.a, p.b));
	assert_true(world_until(p.w, pair_established, &p, 1000));
	assert_string_equal(isakmp_id_text(&node_sa(p.b)->peer_id, text, sizeof(text)),
			    "A.example.org");
	pair_end(&p);
}

#define PROFILE_B							\
	"no crypto isakmp key secret address 192.0.2.1\n"		\
	"crypto keyring K\n"						\
	" pre-shared-key address 192.0.2.1 key secret\n"		\
	"crypto isakmp profile P\n"					\
	" keyring K\n"

/* The identity selects the profile, and must belong to the keyring of the key. */
static void test_profile(void **state)
{
	struct world_pair p;

	(void)state;
	pair_begin(&p, 1, WORLD_POLICY, WORLD_POLICY PROFILE_B
		   " match identity address 192.0.2.1\n");
	assert_non_null(node_initiate(p.a, p.b));
	assert_true(world_until(p.w, pair_established, &p, 1000));
	assert_string_equal(node_sa(p.b)->profile, "P");
	pair_end(&p);

	pair_begin(&p, 1, WORLD_POLICY, WORLD_POLICY PROFILE_B
		   " match identity address 192.0.2.1\n"
		   "crypto isakmp key secret address 192.0.2.1\n");
	assert_non_null(node_initiate(p.a, p.b));
	assert_false(world_until(p.w, pair_established, &p, 1000));
	assert_true(world_logged("whose keyring its key is not from"));
	pair_end(&p);
}

/* Over IPv6, with a key for a prefix; and the SAs for the flow follow. */
static void test_ipv6(void **state)
{
	struct world_pair p;
	char text[64];

	(void)state;
	p.w = world_new(1);
	p.a = world_add(p.w, "A", "2001:db8::1");
	p.b = world_add(p.w, "B", "2001:db8::2");
	node_configure(p.a, WORLD_POLICY "crypto isakmp key secret ipv6 2001:db8::2/128\n");
	node_configure(p.b, WORLD_POLICY "crypto isakmp key secret ipv6 2001:db8::/64\n");
	node_tunnel(p.a, p.b, 10, 1, 2);
	node_tunnel(p.b, p.a, 10, 2, 1);
	node_acquire(p.a, 0);
	assert_true(world_until(p.w, pair_established, &p, 1000));
	world_run(p.w, 100);
	pair_expect_same_sa(&p);
	assert_string_equal(isakmp_id_text(&node_sa(p.b)->peer_id, text, sizeof(text)),
			    "2001:DB8::1");
	assert_non_null(kernel_mock_sa(p.a->router->mock, 1));
	assert_non_null(kernel_mock_sa(p.b->router->mock, 1));
	pair_end(&p);
}

/* --- the network */

/* Loses the datagrams whose bit is set, and counts. */
static bool lose(void *arg, struct world_datagram *d)
{
	const uint64_t *which = arg;

	return d->nth > 64 || !(*which >> (d->nth - 1) & 1);
}

/* Whichever of the six messages is lost, it comes again. */
static void test_each_message_lost(void **state)
{
	struct world_pair p;
	unsigned int i;

	(void)state;
	for (i = 0; i < 6; i++) {
		uint64_t which = 1ULL << i;

		begin(&p, 1);
		p.w->filter = lose;
		p.w->filter_arg = &which;
		assert_non_null(node_initiate(p.a, p.b));
		assert_true(world_until(p.w, pair_established, &p, 2000));
		pair_expect_same_sa(&p);
		pair_end(&p);
	}
}

struct garbler {
	unsigned int nth;
	unsigned int bit;
};

static bool garble(void *arg, struct world_datagram *d)
{
	const struct garbler *g = arg;

	if (d->nth == g->nth && g->bit / 8 < d->len)
		d->data[g->bit / 8] ^= 1U << g->bit % 8;
	return true;
}

/* Every bit of every message: it is taken as if it had been lost, or does not matter. */
static void test_each_bit_garbled(void **state)
{
	struct garbler g;
	struct world_pair p;

	(void)state;
	for (g.nth = 1; g.nth <= 6; g.nth++) {
		for (g.bit = g.nth * 3; g.bit < 300 * 8; g.bit += 61) {
			begin(&p, 1);
			p.w->filter = garble;
			p.w->filter_arg = &g;
			assert_non_null(node_initiate(p.a, p.b));
			/* A garbled half of the keys is found out at the end. */
			world_until(p.w, pair_established, &p, 3000);
			if (!pair_established(&p)) {
				world_run(p.w, 200000);
				assert_non_null(node_initiate(p.a, p.b));
			}
			assert_true(world_until(p.w, pair_established, &p, 3000));
			pair_expect_same_sa(&p);
			pair_end(&p);
		}
	}
}

/* A message that is not right neither advances nor ends anything. */
static bool repeat_garbled(void *arg, struct world_datagram *d)
{
	struct world_pair *p = arg;
	struct ike_path path = d->path;
	unsigned int i;
	uint8_t copy[2048];

	if (d->len > sizeof(copy))
		return true;
	for (i = 0; i < 20; i++) {
		memcpy(copy, d->data, d->len);
		copy[28 + world_random(p->w, d->len - 28)] ^= 1U << world_random(p->w, 8);
		/* Not the halves of the keys, which nothing protects. */
		if (d->nth != 5 && d->nth != 6)
			copy[28] = 99;
		world_inject(p->w, &path, copy, d->len);
	}
	return true;
}

static void test_forgeries_before_each_message(void **state)
{
	struct world_pair p;
	unsigned int seed;

	(void)state;
	for (seed = 1; seed < 20; seed++) {
		begin(&p, seed);
		p.w->filter = repeat_garbled;
		p.w->filter_arg = &p;
		assert_non_null(node_initiate(p.a, p.b));
		assert_true(world_until(p.w, pair_established, &p, 1000));
		pair_expect_same_sa(&p);
		assert_int_equal(p.w->sent, 6);
		pair_end(&p);
	}
}

static void test_bad_network(void **state)
{
	struct world_pair p;
	unsigned int seed;

	(void)state;
	for (seed = 1; seed <= 100; seed++) {
		begin(&p, seed);
		p.w->net = (struct world_net){
			.latency = 20, .jitter = 50, .drop = 200, .duplicate = 200,
			.late = 100, .late_ms = 3000,
		};
		assert_non_null(node_initiate(p.a, p.b));
		world_until(p.w, pair_established, &p, 60000);
		if (!pair_established(&p))
			node_initiate(p.a, p.b);
		assert_true(world_until(p.w, pair_established, &p, 60000));
		pair_end(&p);
	}
}

/* SC-2: while traffic wants the tunnel, a peer that becomes reachable is found within 2 s. */
static void test_peer_appears(void **state)
{
	struct world_pair p;
	unsigned int ms, s;

	(void)state;
	for (ms = 100; ms < 25000; ms += 370) {
		begin(&p, 1);
		p.b->deaf = true;
		for (s = 0; s < ms / 1000; s++) {
			node_acquire(p.a, 0);
			world_run(p.w, 1000);
		}
		node_acquire(p.a, 0);
		world_run(p.w, ms % 1000);
		p.b->deaf = false;
		assert_true(world_until(p.w, pair_established, &p, 2000));
		pair_end(&p);
	}
}

static bool four_sent(void *arg)
{
	const struct world_pair *p = arg;

	return p->w->sent == 4;
}

/* A peer that is gone in the middle has been given no proof that it could have refused. */
static void test_initiator_goes(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, 1);
	assert_non_null(node_initiate(p.a, p.b));
	assert_true(world_until(p.w, four_sent, &p, 1000));
	p.a->deaf = true;
	world_run(p.w, 60000);
	assert_true(world_logged("failed with peer at 192.0.2.1: no proof of the peer"));
	assert_false(world_logged("failed with peer at 192.0.2.1: no answer"));
	pair_end(&p);
}

static bool is_not_empty(void *arg, struct world_datagram *d)
{
	(void)arg;
	assert_int_not_equal(d->len, 0);
	return true;
}

/* One that has nothing to say about its end says nothing when its name is forgotten. */
static void test_end_with_early_timers(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, 1);
	p.w->early = 3;
	p.w->filter = is_not_empty;
	p.b->deaf = true;
	assert_non_null(node_initiate(p.a, p.b));
	world_run(p.w, 120000);
	assert_int_equal(p.w->sent, EXCHANGE_TRIES);
	world_run(p.w, 1000);
	assert_int_equal(node_others(p.a), 0);
	pair_end(&p);
}

static void test_no_answer(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, 1);
	p.b->deaf = true;
	assert_non_null(node_initiate(p.a, p.b));
	world_run(p.w, 60000);
	assert_int_equal(p.w->sent, EXCHANGE_TRIES);
	assert_true(world_logged("retransmitting phase 1 MM_NO_STATE..."));
	assert_true(world_logged("incrementing error counter on sa: retransmit phase 1"));
	assert_true(world_logged("Processing of Main mode failed with peer at 192.0.2.2: no answer"));
	/* INVSPI-11: the name stays for a while. */
	assert_int_equal(node_others(p.a), 1);
	world_run(p.w, 60000);
	assert_int_equal(node_others(p.a), 0);
	pair_end(&p);
}

/* A repeated first message is answered as before, by the same record. */
static void test_repeated_opening(void **state)
{
	uint64_t which = 1ULL << 1 | 1ULL << 3;
	struct world_pair p;

	(void)state;
	begin(&p, 1);
	p.w->filter = lose;
	p.w->filter_arg = &which;
	assert_non_null(node_initiate(p.a, p.b));
	assert_true(world_until(p.w, pair_established, &p, 3000));
	assert_int_equal(ike_counter(p.b->ike, IKE_COUNTER_DUPLICATE), 2);
	assert_int_equal(half_open_count(p.b->ike->half_open), 0);
	pair_end(&p);
}

static void test_record_is_forgotten(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, 1);
	assert_non_null(node_initiate(p.a, p.b));
	world_run(p.w, 15);
	p.a->deaf = true;
	assert_int_equal(half_open_count(p.b->ike->half_open), 1);
	world_run(p.w, HALF_OPEN_MS);
	assert_int_equal(half_open_count(p.b->ike->half_open), 0);
	pair_end(&p);
}

/* --- more than one */

/* Both begin at once: one IKE SA survives, the same on both sides. */
static void test_both_begin(void **state)
{
	struct world_pair p;
	unsigned int seed;

	(void)state;
	for (seed = 1; seed <= 200; seed++) {
		begin(&p, seed);
		p.w->net.jitter = seed * 4;
		p.w->net.drop = seed % 3 * 100;
		assert_non_null(node_initiate(p.a, p.b));
		world_run(p.w, seed % 7 * 5);
		assert_non_null(node_initiate(p.b, p.a));
		world_run(p.w, 20000);
		assert_int_equal(node_established(p.a), 1);
		assert_int_equal(node_established(p.b), 1);
		world_run(p.w, 200000);
		pair_expect_same_sa(&p);
		assert_int_equal(node_others(p.a) + node_others(p.b), 0);
		pair_end(&p);
	}
}

/* A newer one replaces an older one, which is deleted later, by both sides alike. */
static void test_newer_replaces_older(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, 1);
	assert_non_null(node_initiate(p.a, p.b));
	world_run(p.w, 60000);
	assert_non_null(node_initiate(p.a, p.b));
	world_run(p.w, 1000);
	pair_expect_same_sa(&p);
	assert_int_equal(node_others(p.a), 1);
	assert_true(node_sa(p.a)->conn_id == 1002);
	world_run(p.w, 200000);
	pair_expect_same_sa(&p);
	assert_int_equal(node_others(p.a) + node_others(p.b), 0);
	pair_end(&p);
}

/* Without tunnels that need it an IKE SA ends with its lifetime. */
static void test_lifetime_is_over(void **state)
{
	struct world_pair p;

	(void)state;
	pair_begin(&p, 1, WORLD_POLICY " lifetime 60\n", WORLD_POLICY " lifetime 60\n");
	assert_non_null(node_initiate(p.a, p.b));
	world_run(p.w, 59000);
	pair_expect_same_sa(&p);
	world_run(p.w, 2000);
	assert_int_equal(node_established(p.a) + node_established(p.b), 0);
	world_run(p.w, 61000);
	assert_int_equal(node_others(p.a) + node_others(p.b), 0);
	pair_end(&p);
}

/* --- the configuration changes */

static void test_policy_goes(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, 1);
	assert_non_null(node_initiate(p.a, p.b));
	assert_true(world_until(p.w, pair_established, &p, 1000));
	node_configure(p.a, "hostname other\n");
	assert_int_equal(node_established(p.a), 1);
	node_configure(p.a, "no crypto isakmp policy 10\n");
	assert_int_equal(node_established(p.a), 0);
	/* The peer is told. */
	world_run(p.w, 100);
	assert_int_equal(node_established(p.b), 0);
	pair_end(&p);
}

static void test_disabled(void **state)
{
	struct world_pair p;

	(void)state;
	pair_begin(&p, 1, WORLD_POLICY, WORLD_POLICY "no crypto isakmp enable\n");
	assert_null(node_initiate(p.b, p.a));
	assert_non_null(node_initiate(p.a, p.b));
	world_run(p.w, 400);
	assert_int_equal(p.w->sent, 1);
	pair_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pre_shared_key),
		cmocka_unit_test(test_all_algorithms),
		cmocka_unit_test(test_responders_priority),
		cmocka_unit_test(test_lifetimes),
		cmocka_unit_test(test_no_match),
		cmocka_unit_test(test_policy_without_means),
		cmocka_unit_test(test_wrong_key),
		cmocka_unit_test(test_no_key_no_answer),
		cmocka_unit_test(test_hostname_identity),
		cmocka_unit_test(test_profile),
		cmocka_unit_test(test_ipv6),
		cmocka_unit_test(test_each_message_lost),
		cmocka_unit_test(test_each_bit_garbled),
		cmocka_unit_test(test_forgeries_before_each_message),
		cmocka_unit_test(test_bad_network),
		cmocka_unit_test(test_peer_appears),
		cmocka_unit_test(test_initiator_goes),
		cmocka_unit_test(test_end_with_early_timers),
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_repeated_opening),
		cmocka_unit_test(test_record_is_forgotten),
		cmocka_unit_test(test_both_begin),
		cmocka_unit_test(test_newer_replaces_older),
		cmocka_unit_test(test_lifetime_is_over),
		cmocka_unit_test(test_policy_goes),
		cmocka_unit_test(test_disabled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Quick mode and tunnels between two engines: SAs are made, replaced and ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike_world.h"
#include "ipsecd/ike/informational.h"
#include "ipsecd/ike/pair.h"
#include "ipsecd/ike/sa.h"
#include "ipsecd/ike/tunnel.h"
#include "lib/log.h"

#ifdef __SANITIZE_ADDRESS__
size_t __sanitizer_get_current_allocated_bytes(void);
#define allocated()	__sanitizer_get_current_allocated_bytes()
#else
#include <malloc.h>
#define allocated()	mallinfo2().uordblks
#endif

/* Per mille, of a network that makes every mistake. */
static const struct world_net bad_net = {
	.latency = 20, .jitter = 60, .drop = 100, .duplicate = 100, .late = 30, .late_ms = 3000,
	.corrupt = 10,
};

static struct tunnel *tunnel_of(const struct world_node *n)
{
	const struct cm_flow *flow = kernel_mock_flow(n->router->mock, 0);

	return flow ? tunnel_find(n->ike, flow->id) : NULL;
}

static struct sa_pair *current_of(const struct world_node *n)
{
	struct tunnel *t = tunnel_of(n);

	return t ? tunnel_current(t) : NULL;
}

static unsigned int pairs_of(const struct world_node *n, bool retiring)
{
	struct tunnel *t = tunnel_of(n);
	const struct sa_pair *pair;
	unsigned int count = 0;

	TAILQ_FOREACH(pair, &t->pairs, link)
		count += pair->retiring == retiring;
	return count;
}

static bool same_keys(const struct world_node *a, const struct world_node *b,
		      const struct cm_sa_id *out, const struct cm_sa_id *in)
{
	const struct cm_sa_keys *x = kernel_mock_keys(a->router->mock, out);
	const struct cm_sa_keys *y = kernel_mock_keys(b->router->mock, in);

	return x && y && x->encr_len == y->encr_len && x->auth_len == y->auth_len &&
	       memcmp(x->encr, y->encr, x->encr_len) == 0 &&
	       memcmp(x->auth, y->auth, x->auth_len) == 0;
}

/* What @from sends on @to has the inbound SA for, with the same keys. */
static bool reaches(const struct world_node *from, const struct world_node *to)
{
	const struct sa_pair *pair = current_of(from);
	struct cm_sa_id in;

	if (!pair)
		return false;
	in = pair->out;
	in.direction = CRYPTOMAP_DIRECTION_IN;
	return same_keys(from, to, &pair->out, &in);
}

static bool both_up(void *arg)
{
	const struct world_pair *p = arg;

	return reaches(p->a, p->b) && reaches(p->b, p->a);
}

static bool settled(void *arg)
{
	const struct world_pair *p = arg;

	return both_up(arg) && pairs_of(p->a, false) == 1 && pairs_of(p->b, false) == 1 &&
	       pairs_of(p->a, true) == 0 && pairs_of(p->b, true) == 0 &&
	       router_sas(p->a->router) == 2 && router_sas(p->b->router) == 2 &&
	       current_of(p->a)->out.spi == current_of(p->b)->in.spi &&
	       current_of(p->b)->out.spi == current_of(p->a)->in.spi;
}

static void begin(struct world_pair *p, uint64_t seed)
{
	pair_begin(p, seed, WORLD_POLICY, WORLD_POLICY);
	/* An SPI tells whose it is. */
	kernel_mock_set_next_spi(p->b->router->mock, 0x80000000);
}

static void bring_up(struct world_pair *p)
{
	node_acquire(p->a, 0);
	assert_true(world_until(p->w, settled, p, 60000));
}

static void expect_sas(const struct world_pair *p, unsigned int n)
{
	assert_int_equal(router_sas(p->a->router), n);
	assert_int_equal(router_sas(p->b->router), n);
}

/*
 * A packet each way, on what each side sends on; the time since the last one is
 * what the kernel would show.
 */
static void packet(const struct world_node *from, const struct world_node *to)
{
	const struct sa_pair *pair = current_of(from);
	struct cm_sa_info *sa = pair ? router_find_sa(to->router, pair->out.spi) : NULL;

	if (!sa)
		return;
	sa->packets++;
	sa->idle_for_seconds = 0;
}

static void grow_idle(const struct world_node *n)
{
	struct cm_sa_info *sa;

	for (unsigned int i = 0; (sa = kernel_mock_sa(n->router->mock, i)); i++)
		sa->idle_for_seconds++;
}

static void traffic(const struct world_pair *p)
{
	packet(p->a, p->b);
	packet(p->b, p->a);
	if (p->w->now % 1000 >= 10)
		return;
	grow_idle(p->a);
	grow_idle(p->b);
}

static void soft_expire(struct world_node *n)
{
	const struct sa_pair *pair = current_of(n);
	struct cm_event ev = {
		.flow = pair->tunnel->flow.id, .direction = CRYPTOMAP_DIRECTION_OUT,
		.spi = pair->out.spi, .dst = pair->out.dst,
	};

	ike_expire(n->ike, &ev);
}

/* --- making */

static void test_acquire(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, 1);
	bring_up(&p);
	expect_sas(&p, 2);
	/* Main mode six, quick mode three. */
	assert_int_equal(p.w->sent, 9);
	assert_true(current_of(p.a)->initiator);
	assert_int_equal(current_of(p.a)->life_seconds, 3600);
	assert_int_equal(current_of(p.a)->life_kilobytes, 4608000);
	pair_end(&p);
}

/* Up to the third message of quick mode, with a peer that is none of us. */
static void begin_with_other(struct world_pair *p, unsigned int cannot)
{
	begin(p, 1);
	p->w->net.latency = 100;
	assert_non_null(node_initiate(p->a, p->b));
	assert_true(world_until(p->w, pair_established, p, 10000));
	node_sa(p->a)->peer_can &= ~(IKE_PEER_OURS | cannot);
	node_acquire(p->a, 0);
	while (p->w->sent < 9)
		world_run(p->w, 1);
	assert_null(current_of(p->a));
	assert_int_equal(router_sas(p->a->router), 1);
}

/*
 * A peer that is none of us may take its time for the third message: until it
 * has answered what was sent behind that nothing is sent on the new SA.
 */
/* An event that was sent before the SA came, and is read behind it: one pair is enough. */
static void test_late_acquire(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, 1);
	bring_up(&p);
	node_acquire(p.b, 0);
	node_acquire(p.a, 0);
	world_run(p.w, 5000);
	assert_int_equal(p.w->sent, 9);
	expect_sas(&p, 2);
	/* With the SA gone it counts again. */
	assert_int_equal(p.b->router->d.kernel->sa_del(p.b->router->d.kernel,
						       &current_of(p.b)->out, NULL), 0);
	node_acquire(p.b, 0);
	assert_true(world_until(p.w, both_up, &p, 20000));
	assert_true(p.w->sent > 9);
	pair_end(&p);
}

static void test_peer_of_others(void **state)
{
	struct world_pair p;
	uint64_t third;

	(void)state;
	begin_with_other(&p, 0);
	third = p.w->now;
	assert_true(world_until(p.w, settled, &p, 10000));
	assert_in_range(p.w->now - third, 215, 225);
	assert_int_equal(p.w->sent, 11);
	/* The same for one that replaces it, and if the peer deletes it at once. */
	node_sa(p.b)->peer_can &= ~IKE_PEER_OURS;
	ike_acquire(p.a->ike, &(struct cm_event){ .flow = current_of(p.a)->tunnel->flow.id });
	while (p.w->sent < 14)
		world_run(p.w, 1);
	assert_int_equal(ike_clear_sessions(p.b->ike, &(struct addr){ .family = AF_UNSPEC },
					    &(struct addr){ .family = AF_UNSPEC }), 2);
	world_run(p.w, 500);
	expect_sas(&p, 0);
	pair_end(&p);
}

/* One that cannot be asked has twice the time that message and answer took. */
static void test_peer_without_dpd(void **state)
{
	struct world_pair p;
	uint64_t third;

	(void)state;
	begin_with_other(&p, IKE_PEER_DPD);
	third = p.w->now;
	assert_true(world_until(p.w, settled, &p, 10000));
	assert_in_range(p.w->now - third, 390, 410);
	assert_int_equal(p.w->sent, 9);
	pair_end(&p);
}

/* A question that gets lost is asked again; one that is never answered holds up nothing. */
static void test_peer_does_not_say(void **state)
{
	struct world_pair p;
	uint64_t third;

	(void)state;
	begin_with_other(&p, 0);
	third = p.w->now;
	world_run(p.w, 110);
	p.b->deaf = true;
	world_run(p.w, 400);
	p.b->deaf = false;
	assert_null(current_of(p.a));
	assert_true(world_until(p.w, settled, &p, 10000));
	assert_in_range(p.w->now - third, 1215, 1225);
	pair_end(&p);

	begin_with_other(&p, 0);
	third = p.w->now;
	world_run(p.w, 110);
	p.b->deaf = true;
	world_run(p.w, 4800);
	assert_null(current_of(p.a));
	world_run(p.w, 200);
	assert_non_null(current_of(p.a));
	pair_end(&p);
}

/* Each on its own, both at once: one pair is left, the same on both sides. */
static void test_both_acquire(void **state)
{
	struct world_pair p;

	(void)state;
	for (uint64_t seed = 1; seed <= 40; seed++) {
		begin(&p, seed);
		p.w->net.latency = 10;
		p.w->net.jitter = 5;
		node_acquire(p.a, 0);
		world_run(p.w, seed % 40);
		node_acquire(p.b, 0);
		assert_true(world_until(p.w, settled, &p, 120000));
		world_run(p.w, 120000);
		assert_true(settled(&p));
		expect_sas(&p, 2);
		pair_end(&p);
	}
}

static void test_bad_network(void **state)
{
	struct world_pair p;

	(void)state;
	for (uint64_t seed = 1; seed <= 60; seed++) {
		begin(&p, seed);
		p.w->net = bad_net;
		bring_up(&p);
		pair_end(&p);
	}
}

#define CRYPTO_MAP "crypto map M 10 ipsec-isakmp\n"

static void test_pfs(void **state)
{
	struct world_pair p;

	(void)state;
	pair_begin(&p, 1, WORLD_POLICY, WORLD_POLICY);
	node_configure(p.a, CRYPTO_MAP " set pfs group19\n");
	node_configure(p.b, CRYPTO_MAP " set pfs group19\n");
	bring_up(&p);
	assert_int_equal(current_of(p.a)->pfs_group, 19);
	assert_int_equal(current_of(p.b)->pfs_group, 19);
	pair_end(&p);
}

/* The responder asks for PFS, the initiator does not propose it: no SAs, and a reason. */
static void test_pfs_missing(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, 1);
	node_configure(p.b, CRYPTO_MAP " set pfs group19\n");
	node_acquire(p.a, 0);
	world_run(p.w, 5000);
	expect_sas(&p, 0);
	assert_true(world_logged("no transform set fits what the peer proposes"));
	assert_true(world_logged("no proposal of 192.0.2.1 fits crypto map M 10"));
	assert_true(world_logged("differs in PFS group: none offered, 19 wanted"));
	assert_true(world_logged("192.0.2.2 has refused transform set T"));
	node_configure(p.a, CRYPTO_MAP " set pfs group19\n");
	assert_true(world_until(p.w, settled, &p, 500));
	pair_end(&p);
}

/* Keys are as long as the data plane wants them, and the same on both sides. */
static void test_transforms(void **state)
{
	static const struct {
		const char *words;
		unsigned int encr, auth;
	} sets[] = {
		{ "esp-des esp-md5-hmac", 8, 16 },
		{ "esp-3des esp-sha-hmac", 24, 20 },
		{ "esp-aes 192 esp-sha384-hmac", 24, 48 },
		{ "esp-aes 256 esp-sha512-hmac", 32, 64 },
		{ "esp-gcm 256", 36, 0 },
		{ "esp-null esp-sha-hmac", 0, 20 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++) {
		const struct cm_sa_keys *keys;
		struct world_pair p;
		char line[128];

		begin(&p, i);
		snprintf(line, sizeof(line), "crypto ipsec transform-set T %s\n", sets[i].words);
		node_configure(p.a, line);
		node_configure(p.b, line);
		bring_up(&p);
		keys = kernel_mock_keys(p.a->router->mock, &current_of(p.a)->out);
		assert_int_equal(keys->encr_len, sets[i].encr);
		assert_int_equal(keys->auth_len, sets[i].auth);
		pair_end(&p);
	}
}

static void test_shorter_lifetime(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, 1);
	node_configure(p.b, CRYPTO_MAP " set security-association lifetime seconds 600\n");
	bring_up(&p);
	assert_int_equal(current_of(p.a)->life_seconds, 600);
	assert_int_equal(current_of(p.b)->life_seconds, 600);
	pair_end(&p);
}

/* Proxies that no entry has are refused (INVALID-ID-INFORMATION). */
static void test_proxies(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, 1);
	node_configure(p.b, "crypto map M 10 ipsec-isakmp\n no match address\n");
	node_acquire(p.a, 0);
	world_run(p.w, 5000);
	assert_null(current_of(p.a));
	assert_true(world_logged("no crypto map entry for this peer protects"));
	pair_end(&p);
}

/* B's entry is for the peers of a profile, of whom A is one; or not; or all are. */
static void test_profile(void **state)
{
	static const char * const profiles[] = {
		"crypto isakmp profile P\n match identity host c\n", "crypto isakmp profile P\n",
		"crypto isakmp profile P\n match identity address 192.0.2.1\n" };
	struct world_pair p;

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		begin(&p, 1);
		node_configure(p.b, profiles[i]);
		node_configure(p.b, "crypto map M 10 ipsec-isakmp\n set isakmp-profile P\n");
		node_acquire(p.a, 0);
		assert_int_equal(world_until(p.w, settled, &p, 5000), i > 0);
		assert_true(world_logged("crypto map M 10 is for peers of ISAKMP profile P") || i);
		pair_end(&p);
	}
}

static bool drop_eighth(void *arg, struct world_datagram *d)
{
	(void)arg;
	return d->nth != 8;
}

/*
 * The peer refuses, and that gets lost once: it is said again when the message
 * is. Then nothing is repeated, the IKE SA goes on, and the next try is that of
 * a tunnel that was refused.
 */
static void test_refused(void **state)
{
	struct world_pair p;
	const struct ike_sa *sa;

	(void)state;
	begin(&p, 1);
	node_configure(p.b, "crypto map M 10 ipsec-isakmp\n no match address\n");
	p.w->filter = drop_eighth;
	node_acquire(p.a, 0);
	world_run(p.w, 400);
	assert_int_equal(p.w->sent, 8);
	sa = node_sa(p.a);
	world_run(p.w, 400);
	assert_int_equal(p.w->sent, 10);
	assert_null(tunnel_of(p.a)->quick);
	assert_true(tunnel_of(p.a)->waiting);
	world_run(p.w, 600);
	assert_int_equal(p.w->sent, 10);
	/* One second, then two: two tries more, each refused. */
	world_run(p.w, 3000);
	assert_int_equal(p.w->sent, 14);
	assert_ptr_equal(node_sa(p.a), sa);
	assert_int_equal(node_others(p.a), 0);
	pair_end(&p);
}

static bool lose_quick(void *arg, struct world_datagram *d)
{
	(void)arg;
	return d->data[18] != ISAKMP_EXCHANGE_QUICK;
}

static unsigned int in_flight(const struct world_node *n)
{
	struct tunnel *t, *next;
	unsigned int found = 0;

	HASH_ITER(hh, n->ike->tunnels, t, next)
		found += t->quick != NULL;
	return found;
}

/* A refusal that names no SPI, or zero: of one quick mode it is clear which one, of two it is not. */
static void test_refused_without_spi(void **state)
{
	struct isakmp_notification n = { .protocol = ISAKMP_PROTO_ESP, .spi_len = 4,
		.type = ISAKMP_NOTIFY_NO_PROPOSAL_CHOSEN, .spi = (const uint8_t[4]){ 0 } };
	struct world_pair p;

	(void)state;
	begin(&p, 1);
	node_tunnel(p.a, p.b, 20, 3, 4);
	node_acquire(p.a, 0);
	world_run(p.w, 1000);
	p.w->filter = lose_quick;
	node_acquire(p.a, 1);
	assert_int_equal(in_flight(p.a), 1);
	info_send_notify(node_sa(p.b), &n, NULL);
	world_run(p.w, 100);
	assert_int_equal(in_flight(p.a), 0);
	world_run(p.w, TUNNEL_REFUSED_FIRST_MS);
	assert_int_equal(in_flight(p.a), 1);
	tunnel_want(tunnel_of(p.a));
	assert_int_equal(in_flight(p.a), 2);
	n.spi_len = 0;
	info_send_notify(node_sa(p.b), &n, NULL);
	world_run(p.w, 100);
	assert_int_equal(in_flight(p.a), 2);
	pair_end(&p);
}

/* --- replacing */

static void test_rekey(void **state)
{
	struct world_pair p;
	uint32_t before;

	(void)state;
	begin(&p, 1);
	bring_up(&p);
	before = current_of(p.a)->out.spi;
	soft_expire(p.a);
	while (current_of(p.a)->out.spi == before) {
		assert_true(both_up(&p));
		world_run(p.w, 1);
	}
	/* The old one stays for what is on its way. */
	assert_int_equal(pairs_of(p.a, true), 1);
	assert_true(world_until(p.w, settled, &p, 60000));
	expect_sas(&p, 2);
	pair_end(&p);
}

/* At a high rate the volume would be used up before a rekey by the usual margin ends. */
static void test_volume_at_high_rate(void **state)
{
	static const struct { uint64_t per_second, least, most; } cases[] = {
		{ 0, 800, 850 }, { 1, 800, 850 }, { 10, 750, 750 }, { 20, 500, 500 },
		{ 35, 250, 250 }, { 5000, 250, 250 },
	};
	const uint64_t hard = 4608000ULL * 1024;
	struct cm_sa_info *sa;
	struct world_pair p;

	(void)state;
	begin(&p, 1);
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		node_acquire(p.a, 0);
		assert_true(world_until(p.w, settled, &p, 60000));
		sa = router_find_sa(p.a->router, current_of(p.a)->out.spi);
		sa->age_seconds = 100;
		sa->bytes = hard / 1000 * cases[i].per_second * 100;
		soft_expire(p.a);
		world_run(p.w, 1000);
		sa = router_find_sa(p.a->router, current_of(p.a)->out.spi);
		assert_in_range(sa->sa.limits.soft_bytes, hard / 1000 * cases[i].least - 1000,
				hard / 1000 * cases[i].most + 100000);
		world_run(p.w, 60000);
	}
	pair_end(&p);
}

/* What a failed check is about. */
static void print_pairs(const struct world_node *n)
{
	const struct tunnel *t = tunnel_of(n);
	const struct sa_pair *pair;

	print_message("%s at %llu: wanted %d, answering %u, quick mode %d, waiting %d\n", n->name,
		      (unsigned long long)n->world->now, t->wanted, t->answering, !!t->quick,
		      t->waiting);
	TAILQ_FOREACH(pair, &t->pairs, link)
		print_message("  in %x out %x%s%s%s, began %llu, ended %llu\n", pair->in.spi,
			      pair->out.spi, pair->initiator ? " initiator" : "",
			      pair->retiring ? " retiring" : "",
			      pair->withdrawn ? " withdrawn" : "",
			      (unsigned long long)pair->created,
			      (unsigned long long)pair->completed);
	for (unsigned int i = 0; kernel_mock_sa(n->router->mock, i); i++) {
		const struct cm_sa_info *sa = kernel_mock_sa(n->router->mock, i);

		print_message("  kernel: %s %x state %d, %llu packets, idle %u s\n",
			      sa->sa.id.direction ? "out" : "in", sa->sa.id.spi, sa->state,
			      (unsigned long long)sa->packets, sa->idle_for_seconds);
	}
}

static void expect_both_up(struct world_pair *p)
{
	if (both_up(p))
		return;
	print_pairs(p->a);
	print_pairs(p->b);
	fail();
}

static void expect_settles(struct world_pair *p, uint64_t ms)
{
	if (world_until(p->w, settled, p, ms))
		return;
	print_pairs(p->a);
	print_pairs(p->b);
	fail();
}

/* Never without an SA that the other side has, too. */
static void watch(struct world_pair *p, uint64_t ms)
{
	for (uint64_t end = p->w->now + ms; p->w->now < end;) {
		world_run(p->w, 10);
		traffic(p);
		expect_both_up(p);
	}
}

static bool is_quiet(const struct world_node *n)
{
	const struct tunnel *t = tunnel_of(n);

	return !t->quick && !t->answering;
}

/* No negotiation is on its way: both sides send on the same pair. */
static void expect_agreement(const struct world_pair *p)
{
	if (!is_quiet(p->a) || !is_quiet(p->b) ||
	    current_of(p->a)->out.spi == current_of(p->b)->in.spi)
		return;
	print_message("the two sides do not agree\n");
	print_pairs(p->a);
	print_pairs(p->b);
	fail();
}

/* One side, the other, or both at once. */
static void rekey(struct world_pair *p)
{
	unsigned int who = world_random(p->w, 3);

	if (who != 1)
		soft_expire(p->a);
	if (who == 2)
		watch(p, world_random(p->w, 80));
	if (who != 0)
		soft_expire(p->b);
	for (unsigned int i = 0; i < 20; i++) {
		watch(p, 100);
		expect_agreement(p);
		assert_int_equal(pairs_of(p->a, false), 1);
		assert_int_equal(pairs_of(p->b, false), 1);
	}
}

/* Of message IDs that an IKE SA remembers: it does so with many, and forgets the oldest. */
static size_t remembered(const struct world_node *n)
{
	struct ike_sa *sa, *next;
	size_t bytes = 0;

	HASH_ITER(hh, n->ike->sas, sa, next)
		bytes += (sa->quick_ids.room + sa->info_ids.room) * sizeof(*sa->quick_ids.v);
	return bytes;
}

/* What there is when all is quiet, but for what the log and IKE SAs remember. */
static size_t at_rest(struct world_pair *p)
{
	p->w->net = (struct world_net){ .latency = 10 };
	expect_settles(p, 300000);
	/* Exchanges that are over are remembered for a while. */
	world_run(p->w, 60000);
	log_clear();
	p->w->net = bad_net;
	return allocated() - remembered(p->a) - remembered(p->b);
}

#define REKEY_SEEDS	4

/*
 * On a network that makes mistakes: never without SAs, never on two different
 * ones when nothing is on its way, and memory does not grow.
 */
static void test_many_rekeys(void **state)
{
	const char *env = getenv("IKE_REKEYS");
	unsigned int rekeys = (env ? atoi(env) : 400) / REKEY_SEEDS;
	size_t before, after, most;
	struct world_pair p;

	(void)state;
	for (unsigned int seed = 7; seed < 7 + REKEY_SEEDS; seed++) {
		begin(&p, seed);
		bring_up(&p);
		before = at_rest(&p);
		most = before;
		for (unsigned int i = 0; tunnel_of(p.a)->generation < rekeys; i++) {
			kernel_mock_log_clear(p.a->router->mock);
			kernel_mock_log_clear(p.b->router->mock);
			rekey(&p);
			most = allocated() > most ? allocated() : most;
			if (i % 10)
				continue;
			expect_settles(&p, 300000);
			expect_sas(&p, 2);
		}
		after = at_rest(&p);
		print_message("seed %u: %u generations, %llu s, %u datagrams, bytes in use: %zu before, %zu after, at most %zu\n",
			      seed, tunnel_of(p.a)->generation,
			      (unsigned long long)p.w->now / 1000, p.w->sent, before, after, most);
		assert_in_range(after, 0, before + 16384);
		pair_end(&p);
	}
}

/*
 * The third message never comes: whoever answered still has a good IKE SA, and
 * only who began takes it as lost.
 */
static void test_no_third_message(void **state)
{
	const struct ike_sa *sa;
	struct world_pair p;

	(void)state;
	begin(&p, 1);
	bring_up(&p);
	sa = node_sa(p.a);
	soft_expire(p.b);
	p.b->deaf = true;
	world_run(p.w, 1000);
	assert_int_equal(tunnel_of(p.a)->answering, 1);
	while (tunnel_of(p.a)->answering)
		world_run(p.w, 1000);
	assert_ptr_equal(node_sa(p.a), sa);
	assert_false(sa->replaced);
	pair_end(&p);
}

/* --- ending */

static void test_clear(void **state)
{
	const struct addr any = { .family = AF_UNSPEC };
	struct world_pair p;

	(void)state;
	begin(&p, 1);
	bring_up(&p);
	assert_int_equal(ike_clear_sessions(p.a->ike, &any, &any), 2);
	world_run(p.w, 1000);
	expect_sas(&p, 0);
	assert_int_equal(node_established(p.b), 0);
	bring_up(&p);
	pair_end(&p);
}

/* An SA that somebody deletes takes its other half with it, and the peer's. */
static void test_deleted_in_kernel(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, 1);
	bring_up(&p);
	assert_int_equal(p.a->router->d.kernel->sa_del(p.a->router->d.kernel,
						       &current_of(p.a)->out, NULL), 0);
	world_run(p.w, 1000);
	expect_sas(&p, 0);
	pair_end(&p);
}

static void test_configuration_gone(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, 1);
	bring_up(&p);
	node_configure(p.a, "interface eth0\n no crypto map M\n");
	world_run(p.w, 1000);
	expect_sas(&p, 0);
	pair_end(&p);
}

/* --- the daemon dies and comes again */

static void test_restart(void **state)
{
	struct world_pair p;
	uint32_t in, out;

	(void)state;
	begin(&p, 1);
	bring_up(&p);
	in = current_of(p.a)->in.spi;
	out = current_of(p.a)->out.spi;
	node_restart(p.a);
	assert_non_null(current_of(p.a));
	assert_int_equal(current_of(p.a)->in.spi, in);
	assert_int_equal(current_of(p.a)->out.spi, out);
	watch(&p, 10000);
	assert_int_equal(node_established(p.a), 1);
	assert_int_equal(node_established(p.b), 1);
	world_run(p.w, 60000);
	expect_sas(&p, 2);
	/* Nothing was replaced. */
	assert_int_equal(current_of(p.a)->in.spi, in);
	soft_expire(p.a);
	watch(&p, 10000);
	assert_true(world_until(p.w, settled, &p, 60000));
	assert_int_not_equal(current_of(p.a)->in.spi, in);
	pair_end(&p);
}

static void test_both_restart(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, 1);
	bring_up(&p);
	soft_expire(p.b);
	world_run(p.w, 1000);
	node_restart(p.a);
	node_restart(p.b);
	watch(&p, 120000);
	assert_true(settled(&p));
	expect_sas(&p, 2);
	assert_int_equal(node_established(p.a), 1);
	assert_int_equal(node_established(p.b), 1);
	pair_end(&p);
}

/* A peer that has lost everything says INITIAL-CONTACT when it comes again. */
static void test_peer_lost_all(void **state)
{
	struct world_pair p;
	struct kernel *kernel;

	(void)state;
	begin(&p, 1);
	bring_up(&p);
	kernel = p.b->router->d.kernel;
	p.b->deaf = true;
	kernel->sa_flush(kernel, NULL, NULL, NULL);
	world_run(p.w, 1000);
	assert_int_equal(router_sas(p.a->router), 2);
	node_restart(p.b);
	p.b->deaf = false;
	node_acquire(p.b, 0);
	assert_true(world_until(p.w, settled, &p, 20000));
	expect_sas(&p, 2);
	pair_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_acquire),
		cmocka_unit_test(test_late_acquire),
		cmocka_unit_test(test_peer_of_others),
		cmocka_unit_test(test_peer_without_dpd),
		cmocka_unit_test(test_peer_does_not_say),
		cmocka_unit_test(test_both_acquire),
		cmocka_unit_test(test_bad_network),
		cmocka_unit_test(test_pfs),
		cmocka_unit_test(test_pfs_missing),
		cmocka_unit_test(test_transforms),
		cmocka_unit_test(test_shorter_lifetime),
		cmocka_unit_test(test_proxies),
		cmocka_unit_test(test_profile),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_refused_without_spi),
		cmocka_unit_test(test_rekey),
		cmocka_unit_test(test_volume_at_high_rate),
		cmocka_unit_test(test_many_rekeys),
		cmocka_unit_test(test_no_third_message),
		cmocka_unit_test(test_clear),
		cmocka_unit_test(test_deleted_in_kernel),
		cmocka_unit_test(test_configuration_gone),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_both_restart),
		cmocka_unit_test(test_peer_lost_all),
	};

	return cmocka_run_group_tests_name("ike_quick", tests, NULL, NULL);
}

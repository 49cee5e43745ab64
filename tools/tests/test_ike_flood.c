// SPDX-License-Identifier: GPL-2.0-or-later
/* Floods of forged openings: memory stays small, and a true peer gets through. */
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

#ifdef __SANITIZE_ADDRESS__
size_t __sanitizer_get_current_allocated_bytes(void);
#define allocated()	__sanitizer_get_current_allocated_bytes()
#else
#include <malloc.h>
#define allocated()	mallinfo2().uordblks
#endif

#define FLOOD		100000
/* A record with the offer of one policy, its hash handles, and one source each. */
#define MEMORY_MAX	(HALF_OPEN_MAX * 1024)

/* Anybody may open: addresses tell nothing. */
#define ANYBODY	"crypto isakmp key secret address 0.0.0.0 0.0.0.0\n"

/**
 * struct forger - sends openings from addresses of others
 * @opening: a true one
 * @sources: how many addresses, from 10.0.0.0 on; 0: a new one each time
 * @each: forgeries for each true datagram
 */
struct forger {
	struct world_pair p;
	size_t len;
	uint8_t opening[1024];
	uint32_t sent;
	uint32_t sources;
	unsigned int each;
};

static bool keep(void *arg, struct world_datagram *d)
{
	struct forger *f = arg;

	if (!f->len && d->len <= sizeof(f->opening)) {
		f->len = d->len;
		memcpy(f->opening, d->data, d->len);
	}
	return true;
}

static void put_number(uint8_t *at, uint32_t n)
{
	at[0] = n >> 24;
	at[1] = n >> 16;
	at[2] = n >> 8;
	at[3] = n;
}

static struct ike_path path_of(struct forger *f, uint32_t source)
{
	struct ike_path path = {
		.local = f->p.a->addr, .remote = f->p.b->addr,
		.local_port = 500, .remote_port = 500,
	};

	put_number(path.local.bytes, 0x0a000000 + source);
	return path;
}

static void forge(struct forger *f, uint32_t n)
{
	struct ike_path path;

	while (n--) {
		path = path_of(f, f->sources ? f->sent % f->sources : f->sent);
		put_number(f->opening, ++f->sent);
		world_inject(f->p.w, &path, f->opening, f->len);
	}
}

static bool flood(void *arg, struct world_datagram *d)
{
	struct forger *f = arg;

	/* What answers the forgeries goes nowhere. */
	if (d->path.remote.bytes[0] == 10)
		return false;
	forge(f, f->each);
	return true;
}

static void begin(struct forger *f, const char *lines_b)
{
	char lines[512];

	memset(f, 0, sizeof(*f));
	snprintf(lines, sizeof(lines), "%s%s", WORLD_POLICY, lines_b);
	pair_begin(&f->p, 1, WORLD_POLICY, lines);
	/* A true opening, of which B sees nothing. */
	f->p.w->filter = keep;
	f->p.w->filter_arg = f;
	f->p.b->deaf = true;
	assert_non_null(node_initiate(f->p.a, f->p.b));
	world_run(f->p.w, 200000);
	f->p.b->deaf = false;
	f->p.w->filter = flood;
}

static void test_many_sources(void **state)
{
	struct forger f;
	size_t before;

	(void)state;
	begin(&f, ANYBODY);
	before = allocated();
	forge(&f, FLOOD);
	assert_int_equal(half_open_count(f.p.b->ike->half_open), HALF_OPEN_MAX);
	assert_int_equal(ike_counter(f.p.b->ike, IKE_COUNTER_HALF_OPEN_TOTAL),
			 FLOOD - HALF_OPEN_MAX);
	assert_in_range(allocated() - before, 0, MEMORY_MAX);
	/* No IKE SA, and one answer each. */
	assert_int_equal(node_others(f.p.b), 0);
	assert_int_equal(f.p.w->sent - EXCHANGE_TRIES, FLOOD);
	/* While it goes on: 500 for each datagram of a handshake. */
	f.each = 500;
	assert_non_null(node_initiate(f.p.a, f.p.b));
	assert_true(world_until(f.p.w, pair_established, &f.p, 1000));
	pair_expect_same_sa(&f.p);
	f.each = 0;
	world_run(f.p.w, HALF_OPEN_MS + 1000);
	assert_int_equal(half_open_count(f.p.b->ike->half_open), 0);
	assert_in_range(allocated(), 0, before + 65536);
	pair_end(&f.p);
}

static void test_few_sources(void **state)
{
	struct forger f;

	(void)state;
	begin(&f, ANYBODY);
	f.sources = 10;
	forge(&f, FLOOD);
	assert_int_equal(half_open_count(f.p.b->ike->half_open), 10 * HALF_OPEN_SOURCE_MAX);
	assert_true(ike_counter(f.p.b->ike, IKE_COUNTER_HALF_OPEN_SOURCE) > 0);
	/* However fast they are, they do not push out others. */
	f.each = 5000;
	assert_non_null(node_initiate(f.p.a, f.p.b));
	assert_true(world_until(f.p.w, pair_established, &f.p, 1000));
	pair_end(&f.p);
}

/* Those who are not configured leave nothing behind, and hear nothing. */
static void test_not_configured(void **state)
{
	struct forger f;
	size_t before;

	(void)state;
	begin(&f, "");
	before = allocated();
	forge(&f, FLOOD);
	assert_int_equal(ike_counter(f.p.b->ike, IKE_COUNTER_NO_POLICY), FLOOD);
	assert_int_equal(half_open_count(f.p.b->ike->half_open), 0);
	assert_int_equal(f.p.w->sent, EXCHANGE_TRIES);
	assert_in_range(allocated(), 0, before + 4096);
	pair_end(&f.p);
}

/* Third messages with cookies that are guessed. */
static void test_guessed_cookies(void **state)
{
	struct ike_path path;
	struct forger f;
	uint32_t i;

	(void)state;
	begin(&f, ANYBODY);
	forge(&f, 100);
	for (i = 0; i < FLOOD; i++) {
		path = path_of(&f, i % 100);
		put_number(f.opening, 1 + i % 100);
		put_number(f.opening + 8, 1 + i);
		world_inject(f.p.w, &path, f.opening, f.len);
	}
	assert_int_equal(ike_counter(f.p.b->ike, IKE_COUNTER_UNKNOWN_COOKIE), FLOOD);
	assert_int_equal(node_others(f.p.b), 0);
	pair_end(&f.p);
}

/* Rubbish of all lengths, with and without a good header. */
static void test_rubbish(void **state)
{
	struct ike_path path;
	struct forger f;
	uint8_t data[512];
	unsigned int i, k;
	size_t len;

	(void)state;
	begin(&f, ANYBODY);
	assert_non_null(node_initiate(f.p.a, f.p.b));
	assert_true(world_until(f.p.w, pair_established, &f.p, 1000));
	for (i = 0; i < FLOOD; i++) {
		len = world_random(f.p.w, sizeof(data));
		for (k = 0; k < len; k++)
			data[k] = world_random(f.p.w, 256);
		path = path_of(&f, world_random(f.p.w, 1000));
		if (i % 2)
			path.local = f.p.a->addr;
		if (i % 3 && len >= 28) {
			memcpy(data, &node_sa(f.p.a)->cookies, i % 5 ? 16 : 8);
			data[17] = 0x10;
			data[18] = (const uint8_t []){ 2, 4, 5, 32, 6 }[i % 5];
			data[19] &= 1;
			if (i % 7)
				memset(data + 20, 0, 4);
			put_number(data + 24, (uint32_t)len);
		}
		world_inject(f.p.w, &path, data, len);
	}
	pair_expect_same_sa(&f.p);
	assert_int_equal(node_others(f.p.b), 0);
	assert_true(TAILQ_EMPTY(&node_sa(f.p.b)->exchanges));
	pair_end(&f.p);
}

/* One who has an address of his own, and begins again and again. */
static bool stop_at_the_fifth(void *arg, struct world_datagram *d)
{
	(void)arg;
	return !(d->data[19] & ISAKMP_FLAG_ENCRYPTED);
}

static void test_proven_source(void **state)
{
	struct forger f;
	unsigned int i;

	(void)state;
	begin(&f, "");
	f.p.w->filter = stop_at_the_fifth;
	for (i = 0; i < 100; i++) {
		node_initiate(f.p.a, f.p.b);
		world_run(f.p.w, 100);
	}
	assert_int_equal(node_others(f.p.b), HANDSHAKES_SOURCE_MAX);
	assert_true(ike_counter(f.p.b->ike, IKE_COUNTER_HALF_OPEN_SOURCE) > 0);
	f.p.w->filter = NULL;
	world_run(f.p.w, 300000);
	assert_non_null(node_initiate(f.p.a, f.p.b));
	assert_true(world_until(f.p.w, pair_established, &f.p, 1000));
	pair_end(&f.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_sources),
		cmocka_unit_test(test_few_sources),
		cmocka_unit_test(test_not_configured),
		cmocka_unit_test(test_guessed_cookies),
		cmocka_unit_test(test_rubbish),
		cmocka_unit_test(test_proven_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

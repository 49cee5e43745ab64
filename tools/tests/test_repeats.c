// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines that repeat: the first at once, the others by their number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/log.h"
#include "lib/repeats.h"
#include "lib/text.h"

#define INTERVAL	10000

static struct addr peer_of(unsigned int n)
{
	const uint8_t bytes[] = { 192, 0, (uint8_t)(n >> 8), (uint8_t)n };
	struct addr addr;

	assert_int_equal(addr_from_bytes(&addr, bytes, sizeof(bytes)), 0);
	return addr;
}

static bool take(struct repeats *r, uint64_t now, unsigned int peer, const char *text)
{
	const struct addr addr = peer_of(peer);

	return repeats_take(r, now, &addr, LOG_NOTICE, text);
}

static void add_line(void *arg, const struct timespec *when, int severity, const char *text)
{
	(void)when;
	text_printf(arg, "%d %s\n", severity, text);
}

/* What was logged is just this. */
static void expect_log(const char *wanted)
{
	struct text all = TEXT_INIT;

	log_each(add_line, &all);
	assert_string_equal(text_str(&all), wanted);
	text_free(&all);
	log_clear();
}

static int setup(void **state)
{
	static struct repeats r;

	log_open("test_repeats", false, LOG_DEBUG);
	repeats_init(&r, INTERVAL);
	*state = &r;
	return 0;
}

static int teardown(void **state)
{
	repeats_release(*state);
	log_close();
	return 0;
}

static void test_repeats(void **state)
{
	struct repeats *r = *state;

	assert_true(take(r, 1000, 1, "says INVALID_SPI"));
	assert_false(take(r, 1001, 1, "says INVALID_SPI"));
	assert_true(take(r, 1002, 1, "says NO_PROPOSAL_CHOSEN"));
	assert_true(take(r, 1003, 2, "says INVALID_SPI"));
	for (unsigned int i = 0; i < 57; i++)
		assert_false(take(r, 2000 + i, 1, "says INVALID_SPI"));
	assert_int_equal(repeats_end(r, 3000), 8000);
	expect_log("");
	assert_int_equal(repeats_end(r, 11000), 2);
	expect_log("5 says INVALID_SPI (58 more like it in 10 s)\n");
	/* Those that did not come again are forgotten in silence. */
	assert_int_equal(repeats_end(r, 11003), 0);
	expect_log("");
	assert_true(take(r, 11004, 1, "says INVALID_SPI"));
}

/* Its end is noticed by the next line, too: no line is ever late. */
static void test_no_timer(void **state)
{
	struct repeats *r = *state;

	assert_true(take(r, 0, 1, "a"));
	assert_false(take(r, 1, 1, "a"));
	assert_true(take(r, INTERVAL, 1, "a"));
	expect_log("5 a (1 more like it in 10 s)\n");
}

/* Whoever says something else each time is counted, and nobody else. */
static void test_varied(void **state)
{
	struct repeats *r = *state;
	char line[32];

	for (unsigned int i = 0; i < 1000; i++) {
		snprintf(line, sizeof(line), "line %u", i);
		assert_int_equal(take(r, i, 1, line), i < REPEATS_PEER_MAX);
	}
	assert_true(take(r, 1000, 2, "line"));
	assert_in_range(r->n, 0, REPEATS_PEER_MAX + 2);
	repeats_end(r, 2 * INTERVAL);
	expect_log("5 936 more lines about 192.0.0.1 in 10 s\n");
}

static void test_many_peers(void **state)
{
	struct repeats *r = *state;
	unsigned int taken = 0;

	for (unsigned int i = 0; i < 3 * REPEATS_MAX; i++)
		taken += take(r, i % INTERVAL / 100, 1 + i, "line");
	assert_int_equal(taken, REPEATS_MAX);
	assert_in_range(r->n, 0, REPEATS_MAX + 1);
	repeats_end(r, 2 * INTERVAL);
	expect_log("5 2048 more lines about other peers in 10 s\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_repeats, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_timer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_varied, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_peers, setup, teardown),
	};

	return cmocka_run_group_tests_name("repeats", tests, NULL, NULL);
}

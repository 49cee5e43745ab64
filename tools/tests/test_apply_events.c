// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel tells: the messages of IOS, and what is done about it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "ipsecd/events.h"
#include "lib/log.h"
#include "router.h"

#define KEY16	"000102030405060708090a0b0c0d0e0f"
#define KEY20	"000102030405060708090a0b0c0d0e0f10111213"

static void nothing(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

static int setup(void **state)
{
	struct router *r = router_new();

	log_open("test_apply_events", false, LOG_DEBUG);
	log_clear();
	router_configure(r,
		"crypto ipsec transform-set T esp-aes esp-sha-hmac\n"
		"crypto map M 10 ipsec-manual\n"
		" set peer 192.0.2.2\n"
		" set session-key inbound esp 1000 cipher " KEY16 " authenticator " KEY20 "\n"
		" set session-key outbound esp 1001 cipher " KEY16 " authenticator " KEY20 "\n"
		" set transform-set T\n"
		" match address 101\n"
		"access-list 101 permit ip 10.1.0.0 0.0.255.255 10.2.0.0 0.0.255.255\n"
		"interface eth0\n"
		" ip address 192.0.2.1 255.255.255.0\n"
		" crypto map M\n");
	r->d.base = event_base_new();
	r->d.resync = event_new(r->d.base, -1, 0, nothing, NULL);
	assert_int_equal(r->d.kernel->events_open(r->d.kernel, &events_kernel, &r->d, NULL), 0);
	*state = r;
	return 0;
}

static int teardown(void **state)
{
	struct router *r = *state;

	r->d.kernel->events_close(r->d.kernel);
	event_free(r->d.resync);
	event_base_free(r->d.base);
	log_close();
	router_free(r);
	return 0;
}

static void find_line(void *arg, const struct timespec *when, int severity, const char *text)
{
	const char **wanted = arg;

	(void)when;
	(void)severity;
	if (*wanted && strstr(text, *wanted))
		*wanted = NULL;
}

static bool logged(const char *text)
{
	log_each(find_line, &text);
	return !text;
}

static bool scheduled(struct router *r)
{
	return event_pending(r->d.resync, EV_TIMEOUT, NULL);
}

static void test_replay_message(void **state)
{
	struct cm_event ev = { .conn_id = 7, .spi = 1000, .count = 3 };
	struct router *r = *state;

	kernel_mock_event(r->mock, CRYPTOMAP_CMD_REPLAY_NTF, &ev);
	assert_int_equal(r->d.kernel->events_read(r->d.kernel, NULL), 1);
	assert_true(logged("%CRYPTO-4-PKT_REPLAY_ERR: decrypt: replay check failed connection id=7"));
	assert_false(scheduled(r));
}

static void test_invalid_spi_message(void **state)
{
	struct cm_event ev = { .proto = 51, .spi = 0x1214F0D };
	struct router *r = *state;

	addr_parse(&ev.dst, AF_INET, "10.2.2.2");
	addr_parse(&ev.src, AF_INET, "10.1.1.1");
	kernel_mock_event(r->mock, CRYPTOMAP_CMD_INVALID_SPI_NTF, &ev);
	r->d.kernel->events_read(r->d.kernel, NULL);
	assert_true(logged("%CRYPTO-4-RECVD_PKT_INV_SPI: decaps: rec'd IPSEC packet has invalid spi for destaddr=10.2.2.2, prot=51, spi=0x1214F0D(18960141), srcaddr=10.1.1.1"));
}

static void invalid_spi(struct router *r, const char *peer, uint32_t spi)
{
	struct cm_event ev = { .proto = 50, .spi = spi };

	addr_parse(&ev.dst, AF_INET, "10.2.2.2");
	addr_parse(&ev.src, AF_INET, peer);
	kernel_mock_event(r->mock, CRYPTOMAP_CMD_INVALID_SPI_NTF, &ev);
	r->d.kernel->events_read(r->d.kernel, NULL);
}

/* Once a minute for each peer. */
static void test_invalid_spi_rate(void **state)
{
	struct router *r = *state;

	log_clear();
	invalid_spi(r, "10.1.1.1", 1000);
	invalid_spi(r, "10.1.1.1", 1001);
	invalid_spi(r, "10.1.1.2", 1002);
	assert_true(logged("spi=0x3E8(1000), srcaddr=10.1.1.1"));
	assert_false(logged("spi=0x3E9(1001), srcaddr=10.1.1.1"));
	assert_true(logged("spi=0x3EA(1002), srcaddr=10.1.1.2"));
	/* The minute is over. */
	for (size_t i = 0; i < SPOKEN_OF_MAX; i++)
		if (r->d.invalid_spi[i].until)
			r->d.invalid_spi[i].until -= 60000;
	invalid_spi(r, "10.1.1.1", 1003);
	assert_true(logged("spi=0x3EB(1003), srcaddr=10.1.1.1"));
	/* More peers than there is room for: each of them is told. */
	for (unsigned int i = 0; i < 2 * SPOKEN_OF_MAX; i++) {
		char peer[16], line[64];

		snprintf(peer, sizeof(peer), "10.1.2.%u", i);
		invalid_spi(r, peer, 2000 + i);
		snprintf(line, sizeof(line), "srcaddr=%s", peer);
		assert_true(logged(line));
	}
}

static void test_deleted_sa_comes_back(void **state)
{
	struct router *r = *state;
	struct cm_event ev = { .reason = CRYPTOMAP_DELETE_REASON_FLUSH, .spi = 1000 };
	struct cm_sa_id id = router_find_sa(r, 1000)->sa.id;
	struct kerr err;

	ev.owner = router_find_sa(r, 1000)->sa.owner;
	r->d.kernel->sa_del(r->d.kernel, &id, NULL);
	kernel_mock_event(r->mock, CRYPTOMAP_CMD_SA_DEL_NTF, &ev);
	r->d.kernel->events_read(r->d.kernel, NULL);
	assert_true(scheduled(r));
	kernel_mock_log_clear(r->mock);
	assert_int_equal(apply_resync(&r->d, &err), 0);
	assert_int_equal(kernel_mock_calls(r->mock, "sa_add"), 1);
	assert_int_equal(kernel_mock_calls(r->mock, "policy_commit"), 0);
	assert_non_null(router_find_sa(r, 1000));
}

/* With the same key it must not begin again at sequence number 1 by itself. */
static void test_used_up_sa_stays_away(void **state)
{
	struct router *r = *state;
	struct cm_event ev = { .reason = CRYPTOMAP_DELETE_REASON_EXPIRED, .spi = 1001 };

	ev.owner = router_find_sa(r, 1001)->sa.owner;
	kernel_mock_event(r->mock, CRYPTOMAP_CMD_SA_DEL_NTF, &ev);
	r->d.kernel->events_read(r->d.kernel, NULL);
	assert_false(scheduled(r));
	assert_true(logged("manual SA with SPI 1001 has ended; give it new keys"));
}

static void test_foreign_sa_is_not_ours(void **state)
{
	struct cm_event ev = { .reason = CRYPTOMAP_DELETE_REASON_REQUEST, .spi = 77 };
	struct router *r = *state;

	kernel_mock_event(r->mock, CRYPTOMAP_CMD_SA_DEL_NTF, &ev);
	r->d.kernel->events_read(r->d.kernel, NULL);
	assert_false(scheduled(r));
}

/* After a loss, which may be a new module, the kernel is told everything. */
static void test_loss_tells_everything(void **state)
{
	struct router *r = *state;
	struct kerr err;

	kernel_mock_lose(r->mock);
	r->d.kernel->events_read(r->d.kernel, NULL);
	assert_true(scheduled(r));
	kernel_mock_log_clear(r->mock);
	assert_int_equal(apply_resync(&r->d, &err), 0);
	assert_int_equal(kernel_mock_calls(r->mock, "policy_commit"), 1);
	assert_int_equal(kernel_mock_calls(r->mock, "sa_add"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_replay_message, setup, teardown),
		cmocka_unit_test_setup_teardown(test_invalid_spi_message, setup, teardown),
		cmocka_unit_test_setup_teardown(test_invalid_spi_rate, setup, teardown),
		cmocka_unit_test_setup_teardown(test_deleted_sa_comes_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_used_up_sa_stays_away, setup, teardown),
		cmocka_unit_test_setup_teardown(test_foreign_sa_is_not_ours, setup, teardown),
		cmocka_unit_test_setup_teardown(test_loss_tells_everything, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

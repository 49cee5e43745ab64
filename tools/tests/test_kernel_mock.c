// SPDX-License-Identifier: GPL-2.0-or-later
/* The data plane of other tests: it must not be kinder than the module. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel_mock.h"

static struct addr addr(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(&a, AF_UNSPEC, text), 0);
	return a;
}

static int setup(void **state)
{
	*state = kernel_mock_new();
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	struct kernel *k = kernel_mock_kernel(*state);

	k->close(k);
	return 0;
}

static const struct cm_entry entry = {
	.map = "vpn", .family = AF_INET, .seq = 10, .kind = CRYPTOMAP_ENTRY_KIND_ISAKMP,
};

static struct cm_rule rule(unsigned int port)
{
	return (struct cm_rule){
		.index = port, .action = CRYPTOMAP_ACTION_PERMIT, .proto = IPPROTO_TCP,
		.has_dport = true, .dport_min = port, .dport_max = port,
	};
}

static struct cm_commit put_policy(struct kernel *k, const struct cm_rule *rules, size_t n)
{
	const struct cm_binding binding = { .ifindex = 2, .map = "vpn", .family = AF_INET };
	struct cm_commit commit;
	struct kerr err;

	assert_int_equal(k->policy_begin(k, NULL, &err), 0);
	assert_int_equal(k->policy_add_entry(k, &entry, rules, n, &err), 0);
	assert_int_equal(k->policy_add_binding(k, &binding, &err), 0);
	assert_int_equal(k->policy_commit(k, &commit, &err), 0);
	return commit;
}

static struct cm_sa sa(enum cryptomap_direction direction, uint32_t spi, uint32_t flow)
{
	return (struct cm_sa){
		.id = { direction, IPPROTO_ESP, addr("192.0.2.1"), spi },
		.src = addr("192.0.2.2"), .flow = flow,
		.encr_alg = CRYPTOMAP_ENCR_ALG_AES_CBC,
		.auth_alg = CRYPTOMAP_AUTH_ALG_HMAC_SHA1_96,
	};
}

static void test_flows_kept(void **state)
{
	struct kernel *k = kernel_mock_kernel(*state);
	struct cm_rule first[] = { rule(80), rule(443) }, second[] = { rule(443), rule(22) };
	struct cm_sa_keys keys = { .encr_len = 16 };
	struct cm_commit commit = put_policy(k, first, 2);
	uint32_t https = kernel_mock_flow(*state, 1)->id;
	struct cm_sa s = sa(CRYPTOMAP_DIRECTION_OUT, 0x2000, https), gone;
	struct kerr err;

	assert_int_equal(commit.flows_added, 2);
	gone = sa(CRYPTOMAP_DIRECTION_OUT, 0x2001, kernel_mock_flow(*state, 0)->id);
	assert_int_equal(k->sa_add(k, &s, &keys, NULL, &err), 0);
	assert_int_equal(k->sa_add(k, &gone, &keys, NULL, &err), 0);
	commit = put_policy(k, second, 2);
	assert_int_equal(commit.flows_kept, 1);
	assert_int_equal(commit.flows_added, 1);
	assert_int_equal(commit.flows_removed, 1);
	assert_int_equal(kernel_mock_flow(*state, 0)->id, https);
	assert_int_equal(kernel_mock_sa(*state, 0)->sa.id.spi, 0x2000);
	assert_null(kernel_mock_sa(*state, 1));
	assert_int_equal(kernel_mock_keys(*state, &s.id)->encr_len, 16);
	assert_null(kernel_mock_keys(*state, &gone.id));
}

static void test_refusals(void **state)
{
	struct kernel *k = kernel_mock_kernel(*state);
	struct cm_rule rules[] = { rule(80) };
	struct cm_sa_keys keys = { 0 };
	struct cm_sa s;
	struct kerr err;
	unsigned int i;

	assert_int_equal(k->policy_commit(k, NULL, &err), -EINVAL);
	put_policy(k, rules, 1);
	s = sa(CRYPTOMAP_DIRECTION_IN, 0x1000, kernel_mock_flow(*state, 0)->id);
	for (i = 0; i < 4; i++, s.id.spi++)
		assert_int_equal(k->sa_add(k, &s, &keys, NULL, &err), 0);
	assert_int_equal(k->sa_add(k, &s, &keys, NULL, &err), -ENOSPC);
	s.id.spi = 0x1000;
	assert_int_equal(k->sa_add(k, &s, &keys, NULL, &err), -EEXIST);
	s.id.spi = 255;
	assert_int_equal(k->sa_add(k, &s, &keys, NULL, &err), -EINVAL);
	s.id.spi = 0x5000;
	s.flow = 99;
	assert_int_equal(k->sa_add(k, &s, &keys, NULL, &err), -ENOENT);
	assert_int_equal(k->sa_del(k, &s.id, &err), -ENOENT);
	assert_true(strlen(err.text) > 0);
}

static void test_fail_and_log(void **state)
{
	struct kernel *k = kernel_mock_kernel(*state);
	struct cm_rule rules[] = { rule(80) };
	uint32_t count;
	struct kerr err;

	put_policy(k, rules, 1);
	assert_string_equal(kernel_mock_log(*state),
			    "policy_begin\n"
			    "policy_add_entry vpn 4 seq 10 isakmp rules 1\n"
			    "policy_add_binding 2 vpn 4 local \n"
			    "policy_commit kept 0 added 1 removed 0\n");
	kernel_mock_log_clear(*state);
	kernel_mock_fail(*state, "sa_flush", 2, ENOMEM, "no memory today");
	assert_int_equal(k->sa_flush(k, NULL, &count, &err), 0);
	assert_int_equal(k->sa_flush(k, NULL, &count, &err), -ENOMEM);
	assert_string_equal(err.text, "no memory today");
	assert_int_equal(k->sa_flush(k, NULL, &count, &err), 0);
	assert_string_equal(kernel_mock_log(*state), "sa_flush\nsa_flush = -12\nsa_flush\n");
	assert_int_equal(kernel_mock_calls(*state, "sa_flush"), 3);
	assert_int_equal(kernel_mock_calls(*state, "sa"), 0);
	kernel_mock_fail(*state, "policy_commit", 1, EBUSY, "busy");
	assert_int_equal(k->policy_begin(k, NULL, &err), 0);
	assert_int_equal(k->policy_commit(k, NULL, &err), -EBUSY);
	/* The old policy is still there, the stage is not. */
	assert_non_null(kernel_mock_flow(*state, 0));
	assert_int_equal(k->policy_commit(k, NULL, &err), -EINVAL);
}

static void on_sa_del(void *arg, const struct cm_event *ev)
{
	*(uint32_t *)arg = ev->spi;
}

static void test_events(void **state)
{
	static const struct kernel_events events = { .sa_del = on_sa_del };
	struct kernel *k = kernel_mock_kernel(*state);
	struct cm_rule rules[] = { rule(80) };
	struct pollfd p = { .events = POLLIN };
	struct cm_sa_keys keys = { 0 };
	uint32_t spi = 0;
	struct cm_sa s;
	struct kerr err;

	put_policy(k, rules, 1);
	assert_int_equal(k->events_open(k, &events, &spi, &err), 0);
	p.fd = k->events_fd(k);
	assert_int_equal(poll(&p, 1, 0), 0);
	s = sa(CRYPTOMAP_DIRECTION_IN, 0x1000, kernel_mock_flow(*state, 0)->id);
	assert_int_equal(k->sa_add(k, &s, &keys, NULL, &err), 0);
	assert_int_equal(k->sa_del(k, &s.id, &err), 0);
	assert_int_equal(poll(&p, 1, 0), 1);
	assert_int_equal(k->events_read(k, &err), 1);
	assert_int_equal(spi, 0x1000);
	assert_int_equal(poll(&p, 1, 0), 0);
	kernel_mock_lose(*state);
	assert_int_equal(k->events_read(k, &err), 1);
	k->events_close(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_flows_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fail_and_log, setup, teardown),
		cmocka_unit_test_setup_teardown(test_events, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

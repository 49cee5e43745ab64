// SPDX-License-Identifier: GPL-2.0-or-later
/* From a configuration to the kernel: minimal, all or nothing, adopted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipsecd/owner.h"
#include "router.h"

#define KEY16	"000102030405060708090a0b0c0d0e0f"
#define KEY16B	"f00102030405060708090a0b0c0d0e0f"
#define KEY20	"000102030405060708090a0b0c0d0e0f10111213"

/* Two manual entries on eth0. */
static const char two_tunnels[] =
	"crypto ipsec transform-set T esp-aes esp-sha-hmac\n"
	"crypto map M 10 ipsec-manual\n"
	" set peer 192.0.2.2\n"
	" set session-key inbound esp 1000 cipher " KEY16 " authenticator " KEY20 "\n"
	" set session-key outbound esp 1001 cipher " KEY16 " authenticator " KEY20 "\n"
	" set transform-set T\n"
	" match address 101\n"
	"crypto map M 20 ipsec-manual\n"
	" set peer 192.0.2.3\n"
	" set session-key inbound esp 2000 cipher " KEY16 " authenticator " KEY20 "\n"
	" set session-key outbound esp 2001 cipher " KEY16 " authenticator " KEY20 "\n"
	" set transform-set T\n"
	" match address 102\n"
	"access-list 101 permit ip 10.1.0.0 0.0.255.255 10.2.0.0 0.0.255.255\n"
	"access-list 102 permit ip 10.1.0.0 0.0.255.255 10.3.0.0 0.0.255.255\n"
	"interface eth0\n"
	" ip address 192.0.2.1 255.255.255.0\n"
	" crypto map M\n";

static int setup_two(void **state)
{
	struct router *r = router_new();

	router_configure(r, two_tunnels);
	kernel_mock_log_clear(r->mock);
	fake_network_log_clear();
	*state = r;
	return 0;
}

static void refused(struct router *r, const char *line, const char *text)
{
	char *before = strdup(router_running(r));

	assert_int_equal(router_line(r, line), CLI_REFUSED);
	if (!strstr(r->result.error, text))
		fail_msg("\"%s\": %s, expected: %s", line, r->result.error, text);
	assert_string_equal(router_running(r), before);
	free(before);
}

static void test_installs_flows_and_sas(void **state)
{
	struct router *r = *state;
	struct cm_sa_info *in = router_find_sa(r, 1000), *out = router_find_sa(r, 1001);
	const struct cm_sa_keys *keys;

	assert_int_equal(router_flows(r), 2);
	assert_int_equal(router_sas(r), 4);
	assert_int_equal(in->sa.id.direction, CRYPTOMAP_DIRECTION_IN);
	assert_int_equal(in->sa.id.proto, IPPROTO_ESP);
	assert_int_equal(in->sa.replay_window, 64);
	assert_int_equal(out->sa.id.direction, CRYPTOMAP_DIRECTION_OUT);
	assert_int_equal(out->sa.mode, CRYPTOMAP_MODE_TUNNEL);
	assert_true(owner_is_manual(&in->sa.owner));
	keys = kernel_mock_keys(r->mock, &in->sa.id);
	assert_int_equal(keys->encr_len, 16);
	assert_int_equal(keys->auth_len, 20);
	assert_int_equal(keys->encr[15], 0x0f);
	assert_int_equal(keys->auth[19], 0x13);
	assert_int_equal(kernel_mock_binding(r->mock, 0)->ifindex, 2);
	assert_non_null(strstr(router_running(r), "crypto map M 20"));
}

/* Nothing about the other entry is sent, and nothing that did not change. */
static void test_change_of_one_entry_leaves_the_other(void **state)
{
	struct router *r = *state;
	uint32_t conn_in = router_find_sa(r, 1000)->conn_id, conn_out = router_find_sa(r, 1001)->conn_id;

	router_configure(r, "crypto map M 20\n"
			    " set session-key inbound esp 2002 cipher " KEY16B " authenticator " KEY20 "\n");
	assert_int_equal(kernel_mock_calls(r->mock, "policy_commit"), 0);
	assert_int_equal(kernel_mock_calls(r->mock, "sa_add"), 1);
	assert_int_equal(kernel_mock_calls(r->mock, "sa_del"), 1);
	assert_int_equal(router_find_sa(r, 1000)->conn_id, conn_in);
	assert_int_equal(router_find_sa(r, 1001)->conn_id, conn_out);
	assert_non_null(router_find_sa(r, 2002));
	assert_null(router_find_sa(r, 2000));
	/* The new one was there before the old one went. */
	assert_true(strstr(kernel_mock_log(r->mock), "sa_add") <
		    strstr(kernel_mock_log(r->mock), "sa_del"));
}

static void test_no_change_sends_nothing(void **state)
{
	struct router *r = *state;

	router_configure(r, two_tunnels);
	assert_int_equal(kernel_mock_calls(r->mock, "policy_commit"), 0);
	assert_int_equal(kernel_mock_calls(r->mock, "sa_add"), 0);
	assert_int_equal(kernel_mock_calls(r->mock, "sa_del"), 0);
	assert_string_equal(fake_network_log(), "");
	router_configure(r, "hostname R2\ninterface eth0\n description x\n");
	assert_int_equal(kernel_mock_calls(r->mock, "policy_commit"), 0);
	assert_int_equal(kernel_mock_calls(r->mock, "sa_add"), 0);
	assert_string_equal(fake_network_log(), "");
}

static void test_same_spi_new_key_is_replaced(void **state)
{
	struct router *r = *state;

	router_configure(r, "crypto map M 20\n"
			    " set session-key inbound esp 2000 cipher " KEY16B " authenticator " KEY20 "\n");
	assert_int_equal(kernel_mock_calls(r->mock, "sa_del"), 1);
	assert_int_equal(kernel_mock_calls(r->mock, "sa_add"), 1);
	assert_int_equal(kernel_mock_keys(r->mock, &router_find_sa(r, 2000)->sa.id)->encr[0], 0xf0);
}

static void test_peer_and_transform_change(void **state)
{
	struct router *r = *state;
	struct addr peer;

	router_configure(r, "crypto map M 20\n no set peer 192.0.2.3\n set peer 192.0.2.4\n");
	addr_parse(&peer, AF_INET, "192.0.2.4");
	assert_true(addr_equal(&router_find_sa(r, 2001)->sa.id.dst, &peer));
	assert_true(addr_equal(&router_find_sa(r, 2000)->sa.src, &peer));
	assert_int_equal(router_sas(r), 4);
	kernel_mock_log_clear(r->mock);
	router_configure(r, "crypto ipsec transform-set N esp-null esp-sha-hmac\n"
			    "crypto map M 20\n"
			    " no set session-key inbound esp\n no set session-key outbound esp\n");
	assert_int_equal(router_sas(r), 2);
	assert_int_equal(router_flows(r), 2);
	router_configure(r, "crypto map M 20\n set transform-set N\n"
			    " set session-key inbound esp 2000 authenticator " KEY20 "\n"
			    " set session-key outbound esp 2001 authenticator " KEY20 "\n");
	assert_int_equal(router_find_sa(r, 2000)->sa.encr_alg, CRYPTOMAP_ENCR_ALG_NULL);
	assert_int_equal(router_sas(r), 4);
}

/* A changed window is for SAs made afterwards (REPLAY-10). */
static void test_replay_window_is_for_new_sas(void **state)
{
	struct router *r = *state;

	router_configure(r, "crypto ipsec security-association replay window-size 1024\n");
	assert_int_equal(kernel_mock_calls(r->mock, "sa_add"), 0);
	router_configure(r, "crypto map M 20\n set security-association replay disable\n");
	router_show(r, "clear crypto sa");
	assert_non_null(strstr(r->result.warnings, "sequence number 1"));
	assert_int_equal(router_find_sa(r, 1000)->sa.replay_window, 1024);
	assert_int_equal(router_find_sa(r, 2000)->sa.replay_window, 0);
	assert_int_equal(router_sas(r), 4);
}

static void test_clear_of_one_peer(void **state)
{
	struct router *r = *state;
	uint32_t conn = router_find_sa(r, 1000)->conn_id, other = router_find_sa(r, 2000)->conn_id;

	kernel_mock_flow(r->mock, 1)->encaps = 7;
	router_show(r, "clear crypto sa peer 192.0.2.3");
	assert_int_equal(router_find_sa(r, 1000)->conn_id, conn);
	assert_int_not_equal(router_find_sa(r, 2000)->conn_id, other);
	assert_int_equal(router_sas(r), 4);
}

/* A refusal of the kernel: its text, nothing changed, SAs of others kept. */
static void test_kernel_refuses_an_sa(void **state)
{
	struct router *r = *state;
	uint32_t conn = router_find_sa(r, 1000)->conn_id, other = router_find_sa(r, 2000)->conn_id;

	router_configure(r, "crypto map M 20\n");
	kernel_mock_fail(r->mock, "sa_add", 1, EEXIST, "this SPI is in use");
	refused(r, "set session-key inbound esp 2002 cipher " KEY16B " authenticator " KEY20,
		"this SPI is in use");
	assert_non_null(strstr(r->result.error, "crypto map M 20, inbound SA with SPI 2002"));
	assert_int_equal(router_find_sa(r, 1000)->conn_id, conn);
	assert_int_equal(router_find_sa(r, 2000)->conn_id, other);
	assert_int_equal(router_sas(r), 4);
}

static void test_kernel_refuses_the_policy(void **state)
{
	struct router *r = *state;
	static const char *const calls[] = {
		"policy_begin", "policy_add_entry", "policy_add_binding", "policy_commit",
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		uint32_t generation = kernel_mock_generation(r->mock);

		kernel_mock_fail(r->mock, calls[i], 1, EINVAL, "not this one");
		router_line(r, "end");
		router_line(r, "configure terminal");
		refused(r, "access-list 102 permit ip any any", "not this one");
		assert_int_equal(router_flows(r), 2);
		assert_int_equal(router_sas(r), 4);
		assert_true(kernel_mock_generation(r->mock) >= generation);
	}
	router_configure(r, "access-list 102 permit ip any any\n");
	assert_int_equal(router_flows(r), 3);
	assert_int_equal(router_sas(r), 4);
}

static void test_interface_refuses(void **state)
{
	struct router *r = *state;

	router_configure(r, "interface eth1\n");
	fake_network_fail(ERANGE, "mtu is too small");
	refused(r, "ip mtu 68", "interface eth1: mtu is too small");
	refused(r, "ip mtu 1501", "ip mtu 1501 is more than the 1500 of the link");
	assert_int_equal(link_find(r->d.links, "eth1")->mtu, 1500);
	assert_int_equal(router_line(r, "ip mtu 1400"), CLI_DONE);
	assert_int_equal(link_find(r->d.links, "eth1")->mtu, 1400);
	assert_int_equal(router_line(r, "no ip mtu"), CLI_DONE);
	assert_int_equal(link_find(r->d.links, "eth1")->mtu, 1500);
}

/* A daemon that finds its MTU in force does not take it for the one before. */
static void test_mtu_of_the_daemon_before(void **state)
{
	struct router *r = *state;
	char *running;

	fake_link_add(r->d.links, "jumbo0", 9);
	link_set_mtu(r->d.links, 9, 9000, NULL);
	router_configure(r, "interface eth1\n ip mtu 1400\n"
			    "interface jumbo0\n ip mtu 8000\n");
	running = strdup(router_running(r));
	r = router_restart(r);
	*state = r;
	router_configure(r, running);
	router_configure(r, "interface eth1\n no ip mtu\n"
			    "interface jumbo0\n no ip mtu\n");
	assert_int_equal(link_find(r->d.links, "eth1")->mtu, 1500);
	assert_int_equal(link_find(r->d.links, "jumbo0")->mtu, 8000);
	free(running);
}

/* Entries that lack something drop; they are not left out (fail closed). */
static void test_incomplete_entries_fail_closed(void **state)
{
	struct router *r = *state;

	router_configure(r,
		"access-list 101 permit ip any any\n"
		"crypto map M 10 ipsec-manual\n match address 101\n"
		"crypto map M 20 ipsec-isakmp\n match address 101\n"
		"interface eth0\n crypto map M\n");
	assert_int_equal(router_flows(r), 2);
	assert_int_equal(router_sas(r), 0);
	assert_int_equal(kernel_mock_flow(r->mock, 0)->kind, CRYPTOMAP_ENTRY_KIND_MANUAL);
	assert_int_equal(kernel_mock_flow(r->mock, 1)->kind, CRYPTOMAP_ENTRY_KIND_ISAKMP);
}

static void test_only_the_first_permit_has_sas(void **state)
{
	struct router *r = *state;

	router_configure(r, "access-list 101 deny ip any host 10.9.9.9\n"
			    "access-list 101 permit ip any host 10.9.9.8\n");
	assert_int_equal(router_flows(r), 3);
	assert_int_equal(router_sas(r), 4);
}

/* The daemon ends, another one comes: what fits is adopted. */
static void test_restart_adopts(void **state)
{
	struct router *r = *state;
	uint32_t conn[2] = { router_find_sa(r, 1000)->conn_id, router_find_sa(r, 2001)->conn_id };
	struct cli_report report;

	r = router_restart(r);
	*state = r;
	kernel_mock_log_clear(r->mock);
	assert_int_equal(router_file(r, two_tunnels, &report), 0);
	assert_true(report.committed);
	cli_report_free(&report);
	assert_int_equal(kernel_mock_calls(r->mock, "policy_commit"), 1);
	assert_int_equal(kernel_mock_calls(r->mock, "sa_add"), 0);
	assert_int_equal(kernel_mock_calls(r->mock, "sa_del"), 0);
	assert_int_equal(router_find_sa(r, 1000)->conn_id, conn[0]);
	assert_int_equal(router_find_sa(r, 2001)->conn_id, conn[1]);
}

static void test_restart_with_other_keys_replaces_only_those(void **state)
{
	struct router *r = router_restart(*state);
	struct cli_report report;
	char *changed = strdup(two_tunnels);
	char *key = strstr(changed, "2000 cipher ") + strlen("2000 cipher ");

	*state = r;
	*key = 'f';
	kernel_mock_log_clear(r->mock);
	assert_int_equal(router_file(r, changed, &report), 0);
	cli_report_free(&report);
	free(changed);
	assert_int_equal(kernel_mock_calls(r->mock, "sa_add"), 1);
	assert_int_equal(kernel_mock_calls(r->mock, "sa_del"), 1);
	assert_int_equal(router_sas(r), 4);
}

static void test_orphans_go_and_foreign_sas_stay(void **state)
{
	struct router *r = *state;
	struct cm_sa foreign = router_find_sa(r, 1000)->sa;
	struct cm_sa_keys keys = { .encr_len = 16, .auth_len = 20 };

	foreign.id.spi = 5555;
	foreign.owner.len = 0;
	assert_int_equal(r->d.kernel->sa_add(r->d.kernel, &foreign, &keys, NULL, NULL), 0);
	router_configure(r, "crypto map M 20\n no set peer\n");
	assert_int_equal(router_sas(r), 3);
	assert_non_null(router_find_sa(r, 5555));
	assert_null(router_find_sa(r, 2000));
	assert_int_equal(router_flows(r), 2);
}

/*
 * The kernel protects an interface of that name from its first moment on, and
 * the SAs outlive one that is made anew.
 */
static void test_missing_interface_is_bound_by_name(void **state)
{
	struct router *r = *state;
	struct kerr err;

	router_configure(r, two_tunnels);
	router_configure(r, "interface eth0\n no crypto map\n no ip address\n"
			    "interface late0\n ip address 192.0.2.1 255.255.255.0\n"
			    " ip mtu 1400\n crypto map M\n");
	assert_int_equal(router_flows(r), 2);
	assert_int_equal(kernel_mock_flow(r->mock, 0)->ifindex, 0);
	assert_string_equal(kernel_mock_flow(r->mock, 0)->ifname, "late0");
	fake_link_add(r->d.links, "late0", 9);
	assert_int_equal(apply_resync(&r->d, &err), 0);
	assert_int_equal(router_flows(r), 2);
	assert_int_equal(router_sas(r), 4);
	assert_int_equal(kernel_mock_flow(r->mock, 0)->ifindex, 9);
	assert_true(fake_link_has(r->d.links, "late0", "192.0.2.1/24"));
	assert_int_equal(link_find(r->d.links, "late0")->mtu, 1400);
	assert_true(link_find(r->d.links, "late0")->flags & IFF_UP);
	/* It goes and comes back with another index. */
	network_forget(&r->d.network, 9);
	fake_link_remove(r->d.links, "late0");
	assert_int_equal(apply_resync(&r->d, &err), 0);
	assert_int_equal(router_flows(r), 2);
	assert_int_equal(router_sas(r), 4);
	kernel_mock_log_clear(r->mock);
	fake_link_add(r->d.links, "late0", 12);
	assert_int_equal(apply_resync(&r->d, &err), 0);
	assert_int_equal(kernel_mock_flow(r->mock, 0)->ifindex, 12);
	assert_int_equal(kernel_mock_calls(r->mock, "sa_add"), 0);
	assert_int_equal(router_sas(r), 4);
	assert_true(fake_link_has(r->d.links, "late0", "192.0.2.1/24"));
}

static void test_address_change_moves_the_local_end(void **state)
{
	struct router *r = *state;
	struct addr local;
	struct kerr err;

	addr_parse(&local, AF_INET, "192.0.2.9");
	router_configure(r, "interface eth0\n ip address 192.0.2.9 255.255.255.0\n");
	assert_true(addr_equal(&kernel_mock_binding(r->mock, 0)->local, &local));
	assert_true(addr_equal(&router_find_sa(r, 1000)->sa.id.dst, &local));
	assert_true(addr_equal(&router_find_sa(r, 1001)->sa.src, &local));
	assert_int_equal(router_sas(r), 4);
	assert_false(fake_link_has(r->d.links, "eth0", "192.0.2.1/24"));
	router_configure(r, "interface eth0\n no ip address\n");
	/* The interface tells that the address is gone. */
	assert_int_equal(apply_resync(&r->d, &err), 0);
	assert_int_equal(router_sas(r), 0);
	assert_int_equal(router_flows(r), 2);
}

/* An address that the configuration does not name, and without one the link's. */
static void test_address_of_the_machine_is_used(void **state)
{
	struct router *r = *state;
	struct addr local;

	addr_parse(&local, AF_INET, "198.51.100.7");
	fake_link_address(r->d.links, "eth0", "198.51.100.7/24");
	router_configure(r, two_tunnels);
	router_configure(r, "interface eth0\n no ip address\n");
	assert_true(addr_equal(&kernel_mock_binding(r->mock, 0)->local, &local));
	assert_true(fake_link_has(r->d.links, "eth0", "198.51.100.7/24"));
}

static void test_interfaces_and_routes(void **state)
{
	struct router *r = *state;

	router_configure(r,
		"interface eth1\n"
		" ip address 10.0.0.1 255.255.255.0\n"
		" ip address 10.0.1.1 255.255.255.0 secondary\n"
		" ipv6 address 2001:DB8::1/64\n"
		"interface Loopback0\n"
		" ip address 10.255.0.1 255.255.255.255\n"
		"ip route 0.0.0.0 0.0.0.0 10.0.0.254\n"
		"ip route 10.9.0.0 255.255.0.0 10.0.0.2\n"
		"ip route 10.9.0.0 255.255.0.0 10.0.0.3\n"
		"ip route 10.8.0.0 255.255.0.0 Null0 200\n"
		"ipv6 route ::/0 2001:DB8::FE\n");
	assert_string_equal(fake_network_log(),
		"up eth1\n"
		"address eth1 10.0.0.1/24\n"
		"address eth1 10.0.1.1/24\n"
		"address eth1 2001:DB8::1/64\n"
		"create Loopback0\n"
		"up Loopback0\n"
		"address Loopback0 10.255.0.1/32\n"
		"route 0.0.0.0/0 metric 1 hops 1\n"
		"route 10.9.0.0/16 metric 1 hops 1\n"
		"route 10.9.0.0/16 metric 1 hops 2\n"
		"route 10.8.0.0/16 metric 200 hops 0 discard\n"
		"route ::/0 metric 1 hops 1\n");
	fake_network_log_clear();
	router_configure(r,
		"no ip route 10.9.0.0 255.255.0.0 10.0.0.2\n"
		"no ip route 10.8.0.0 255.255.0.0 Null0\n"
		"no ipv6 route ::/0\n"
		"no interface Loopback0\n"
		"interface eth1\n no ip address 10.0.1.1 255.255.255.0 secondary\n shutdown\n");
	assert_string_equal(fake_network_log(),
		"route 10.9.0.0/16 metric 1 hops 1\n"
		"no route 10.8.0.0/16 metric 200\n"
		"no route ::/0 metric 1\n"
		"delete Loopback0\n"
		"no address eth1 10.0.1.1/24\n"
		"down eth1\n");
}

/* What was there before and is not named stays when the interface goes. */
static void test_no_interface_removes_only_ours(void **state)
{
	struct router *r = *state;

	fake_link_address(r->d.links, "eth1", "172.16.0.1/16");
	router_configure(r, "interface eth1\n ip address 10.0.0.1 255.255.255.0\n ip mtu 1300\n"
			    "no interface eth1\n");
	assert_true(fake_link_has(r->d.links, "eth1", "172.16.0.1/16"));
	assert_false(fake_link_has(r->d.links, "eth1", "10.0.0.1/24"));
	assert_int_equal(link_find(r->d.links, "eth1")->mtu, 1500);
	assert_true(link_find(r->d.links, "eth1")->flags & IFF_UP);
}

static void test_transport_mode_only_between_the_ends(void **state)
{
	struct router *r = *state;

	router_configure(r, "crypto ipsec transform-set T esp-aes esp-sha-hmac\n mode transport\n");
	assert_int_equal(router_find_sa(r, 1000)->sa.mode, CRYPTOMAP_MODE_TUNNEL);
	router_configure(r, "no access-list 101\n"
			    "access-list 101 permit ip host 192.0.2.1 host 192.0.2.2\n");
	assert_int_equal(router_find_sa(r, 1000)->sa.mode, CRYPTOMAP_MODE_TRANSPORT);
	assert_int_equal(router_find_sa(r, 2000)->sa.mode, CRYPTOMAP_MODE_TUNNEL);
}

static void test_map_on_two_interfaces_with_one_address(void **state)
{
	struct router *r = *state;

	router_configure(r, "interface eth1\n ip address 198.51.100.1 255.255.255.0\n");
	refused(r, "crypto map M", "or one of them on two interfaces");
	assert_int_equal(router_flows(r), 2);
	assert_int_equal(router_sas(r), 4);
}

/* The whole file or nothing when the kernel refuses; the line is named. */
static void test_file_is_all_or_nothing(void **state)
{
	struct router *r = *state;
	struct cli_report report;

	router_configure(r, "hostname Before\n");
	kernel_mock_fail(r->mock, "sa_add", 2, ENOMEM, "no memory for the SA");
	assert_int_equal(router_file(r, two_tunnels, &report), -1);
	assert_false(report.committed);
	assert_int_equal(report.lines[report.n - 1].line, 13);
	assert_non_null(strstr(report.lines[report.n - 1].text, "no memory for the SA"));
	cli_report_free(&report);
	assert_int_equal(router_flows(r), 0);
	assert_int_equal(router_sas(r), 0);
	assert_non_null(strstr(router_running(r), "hostname Before"));
	assert_null(strstr(router_running(r), "crypto map"));
	assert_false(fake_link_has(r->d.links, "eth0", "192.0.2.1/24"));
}

/* Good lines are applied, a bad one and its section are not. */
static void test_file_with_a_bad_line(void **state)
{
	struct router *r = *state;
	struct cli_report report;

	assert_int_equal(router_file(r,
		"hostname R\n"
		"crypto mpa M 10 ipsec-manual\n"
		" set peer 192.0.2.1\n"
		"interface eth1\n"
		" ip address 10.0.0.1 255.255.255.0\n", &report), -1);
	assert_true(report.committed);
	assert_int_equal(report.refused, 2);
	assert_int_equal(report.lines[0].line, 2);
	assert_int_equal(report.lines[1].line, 3);
	cli_report_free(&report);
	assert_true(fake_link_has(r->d.links, "eth1", "10.0.0.1/24"));
	assert_null(strstr(router_running(r), "192.0.2.1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_installs_flows_and_sas, setup_two, router_teardown),
		cmocka_unit_test_setup_teardown(test_change_of_one_entry_leaves_the_other, setup_two, router_teardown),
		cmocka_unit_test_setup_teardown(test_no_change_sends_nothing, setup_two, router_teardown),
		cmocka_unit_test_setup_teardown(test_same_spi_new_key_is_replaced, setup_two, router_teardown),
		cmocka_unit_test_setup_teardown(test_peer_and_transform_change, setup_two, router_teardown),
		cmocka_unit_test_setup_teardown(test_replay_window_is_for_new_sas, setup_two, router_teardown),
		cmocka_unit_test_setup_teardown(test_clear_of_one_peer, setup_two, router_teardown),
		cmocka_unit_test_setup_teardown(test_kernel_refuses_an_sa, setup_two, router_teardown),
		cmocka_unit_test_setup_teardown(test_kernel_refuses_the_policy, setup_two, router_teardown),
		cmocka_unit_test_setup_teardown(test_interface_refuses, router_setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_mtu_of_the_daemon_before, router_setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_incomplete_entries_fail_closed, router_setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_only_the_first_permit_has_sas, setup_two, router_teardown),
		cmocka_unit_test_setup_teardown(test_restart_adopts, setup_two, router_teardown),
		cmocka_unit_test_setup_teardown(test_restart_with_other_keys_replaces_only_those, setup_two, router_teardown),
		cmocka_unit_test_setup_teardown(test_orphans_go_and_foreign_sas_stay, setup_two, router_teardown),
		cmocka_unit_test_setup_teardown(test_missing_interface_is_bound_by_name, router_setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_address_change_moves_the_local_end, setup_two, router_teardown),
		cmocka_unit_test_setup_teardown(test_address_of_the_machine_is_used, router_setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_interfaces_and_routes, router_setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_no_interface_removes_only_ours, router_setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_transport_mode_only_between_the_ends, setup_two, router_teardown),
		cmocka_unit_test_setup_teardown(test_map_on_two_interfaces_with_one_address, setup_two, router_teardown),
		cmocka_unit_test_setup_teardown(test_file_is_all_or_nothing, router_setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_file_with_a_bad_line, router_setup, router_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

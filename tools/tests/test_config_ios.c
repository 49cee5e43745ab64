// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A whole "show running-config" of a router: the crypto parts are applied,
 * the surroundings listed as ignored, and what comes out goes in again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router.h"
#include "tree.h"

static int setup(void **state)
{
	struct router *r = router_new();

	fake_link_add(r->d.links, "GigabitEthernet8", 8);
	fake_link_add(r->d.links, "GigabitEthernet9", 9);
	fake_link_add(r->d.links, "FastEthernet0", 10);
	*state = r;
	return 0;
}

static void load(struct router *r, const char *text, struct cli_report *report)
{
	int ret = router_file(r, text, report);

	for (size_t i = 0; i < report->n; i++)
		if (report->lines[i].status != CLI_IGNORED)
			print_message("%u: %s\n", report->lines[i].line, report->lines[i].text);
	assert_int_equal(ret, 0);
	assert_true(report->committed);
}

static bool is_ignored(const struct cli_report *report, const char *line)
{
	for (size_t i = 0; i < report->n; i++)
		if (report->lines[i].status == CLI_IGNORED &&
		    !strcmp(report->lines[i].text, line))
			return true;
	return false;
}

static void test_loads_whole(void **state)
{
	static const char *const ignored[] = {
		"version 15.4", "no service pad", "logging buffered 512000",
		"router ospf 1", "redistribute static subnets", "line vty 0 4",
		"access-class MANAGEMENT in", "switchport access vlan 99",
		"duplex auto", "access-list 10 permit 192.168.1.0 0.0.0.255",
		"ip access-list standard MANAGEMENT", "permit 192.168.1.0 0.0.0.255",
		"ntp server 10.0.0.123", "snmp-server community <removed>",
		"neighbor 10.255.0.1 password <removed>", "neighbor 10.255.0.1 activate",
	};
	static const char *const secrets[] = {
		"s3cr3t", "13061E010803", "1511021F0725", "hx5rVt7", "0822455D0A16",
	};
	char *text = tree_read("selftests/cli/branch.cfg");
	struct router *r = *state;
	struct cli_report report;

	load(r, text, &report);
	for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		if (!is_ignored(&report, ignored[i]))
			fail_msg("not listed as ignored: %s", ignored[i]);
	for (size_t i = 0; i < report.n; i++)
		for (size_t k = 0; k < sizeof(secrets) / sizeof(*secrets); k++)
			assert_null(strstr(report.lines[i].text, secrets[k]));
	assert_null(strstr(router_running(r), "BANNER"));
	assert_int_equal(kernel_mock_calls(r->mock, "policy_commit"), 1);
	assert_int_equal(kernel_mock_calls(r->mock, "sa_add"), 6);
	cli_report_free(&report);
	free(text);
}

/* running-config -> reload in a fresh daemon -> running-config: identity. */
static void test_running_config_is_a_fixed_point(void **state)
{
	char *text = tree_read("selftests/cli/branch.cfg"), *first;
	struct router *r = *state;
	struct cli_report report;

	load(r, text, &report);
	cli_report_free(&report);
	free(text);
	first = strdup(router_running(r));
	r = router_restart(r);
	*state = r;
	kernel_mock_log_clear(r->mock);
	load(r, first, &report);
	assert_int_equal(report.ignored, 0);
	cli_report_free(&report);
	assert_string_equal(router_running(r), first);
	assert_int_equal(kernel_mock_calls(r->mock, "sa_add"), 0);
	assert_int_equal(kernel_mock_calls(r->mock, "sa_del"), 0);
	free(first);
}

/* Each line of the running-config can be taken back by "no". */
static void test_no_of_every_line(void **state)
{
	char *text = tree_read("selftests/cli/branch.cfg"), *running, *line, *save;
	struct router *r = *state;
	struct cli_report report;

	load(r, text, &report);
	cli_report_free(&report);
	free(text);
	running = strdup(router_running(r));
	router_configure(r, "interface GigabitEthernet8\n no crypto map\n no ipv6 crypto map\n");
	for (line = strtok_r(running, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char command[512];

		if (*line == '!' || !strcmp(line, "end"))
			continue;
		/* The head of a section opens it, its lines go one by one. */
		if (strncmp(line, " ", 1) && (!strncmp(line, "crypto map", 10) ||
		    !strncmp(line, "interface", 9) || strstr(line, "access-list extended") ||
		    !strncmp(line, "ipv6 access-list", 16))) {
			assert_int_equal(router_line(r, line), CLI_DONE);
			continue;
		}
		if (strstr(line, "crypto map WAN") || !strcmp(line, " no ip address") ||
		    strstr(line, "transform-set") || strstr(line, "secondary") ||
		    !strncmp(line, " mode", 5))
			continue;
		if (strstr(line, "ip address 192.168.1.1"))
			snprintf(command, sizeof(command), " no ip address");
		else
			snprintf(command, sizeof(command), "no %s", line);
		if (router_line(r, command) != CLI_DONE)
			fail_msg("%s: %s", command, r->result.error);
	}
	free(running);
	router_configure(r,
		"no crypto map WAN\n"
		"no crypto map ipv6 WAN6\n"
		"no crypto ipsec transform-set AES-SHA\n"
		"no crypto ipsec transform-set AES256-SHA256\n"
		"no crypto ipsec transform-set HOST\n"
		"no interface Loopback0\n"
		"no interface FastEthernet 0\n"
		"no interface gigabitethernet8\n"
		"no interface Gi 9\n"
		"no interface Vlan1\n"
		"no ip access-list extended TO-HUB\n"
		"no ipv6 access-list V6-TO-HUB\n"
		"no access-list 150\n"
		"no access-list 151\n"
		"no access-list 199\n");
	assert_string_equal(router_running(r), "!\nend\n");
	assert_null(kernel_mock_flow(r->mock, 0));
	assert_null(kernel_mock_sa(r->mock, 0));
	assert_null(route_next(r->d.routes, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_loads_whole, setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_running_config_is_a_fixed_point, setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_no_of_every_line, setup, router_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

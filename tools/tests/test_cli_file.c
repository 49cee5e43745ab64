// SPDX-License-Identifier: GPL-2.0-or-later
/* Whole files: what is applied, refused, skipped, ignored, and where it says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../ipsecd/cli/cli.h"
#include "cli_demo.h"

/* The report as text, one line each: "3 refused % reason". */
static void check(struct demo_fixture *f, const char *file, int rc, const char *expected)
{
	struct text t = TEXT_INIT;
	size_t i;
	int got;

	cli_report_free(&f->report);
	got = cli_apply(f->s, file, strlen(file), &f->report);
	for (i = 0; i < f->report.n; i++)
		text_printf(&t, "%u %s %s\n", f->report.lines[i].line,
			    f->report.lines[i].warning ? "warning" :
			    cli_status_name(f->report.lines[i].status), f->report.lines[i].text);
	assert_string_equal(text_str(&t), expected);
	assert_int_equal(got, rc);
	text_free(&t);
}

static void good_file(void **state)
{
	struct demo_fixture *f = *state;

	check(f, "hostname R1\n!\ncrypto map M 10 ipsec-manual\n set peer 192.0.2.1\n"
	      "interface Gi0/0\n crypto map M\nend\n", 0, "");
	assert_int_equal(f->report.applied, 6);
	assert_true(f->report.committed);
	assert_int_equal(f->demo->begun, 1);
	assert_int_equal(f->demo->committed, 1);
	assert_string_equal(f->demo->running.hostname, "R1");
	assert_string_equal(demo_if_find(f->demo, "GigabitEthernet0/0")->map, "M");
	assert_int_equal(cli_session_mode(f->s), CLI_MODE_PRIV);
}

static void refused_lines(void **state)
{
	struct demo_fixture *f = *state;

	check(f, "hostname R1\nfrobnicate all\ncrypto map M 99999 ipsec-manual\n"
	      "crypto map M 10 ipsec-manual\n set peer 192.0.2.999\n set peer 0.0.0.0\n"
	      " set peer 192.0.2.1\n set pe\n e 5\nshow crypto map\n",
	      -1,
	      "2 unknown % Invalid input detected at column 1: \"frobnicate\"\n"
	      "3 unknown % Invalid input detected at column 14: \"99999\": "
	      "out of the range <1-65535>\n"
	      "5 unknown % Invalid input detected at column 11: \"192.0.2.999\": "
	      "not an IPv4 address\n"
	      "6 refused % Not a peer's address\n"
	      "8 incomplete % Incomplete command.\n"
	      "9 ambiguous % Ambiguous command:  \"e\"\n"
	      "10 unknown % Invalid input detected at column 1: \"show\"\n");
	assert_int_equal(f->report.refused, 7);
	assert_int_equal(f->report.applied, 3);
	assert_true(f->report.committed);
	assert_string_equal(demo_map_find(f->demo, "M", 10)->peer, "192.0.2.1");
	assert_string_equal(f->demo->running.hostname, "R1");
}

/* The head's handler refuses; indented. */
static void lost_section_indented(void **state)
{
	struct demo_fixture *f = *state;

	check(f, "crypto map M 10 ipsec-manual\n set peer 192.0.2.1\n"
	      "crypto map full 20 ipsec-manual\n set peer 192.0.2.2\n match address 101\n!\n"
	      " hostname EVIL\n"
	      "interface eth0\n ip mtu 1400\n", -1,
	      "3 refused % No room for map full\n"
	      "4 skipped % Skipped: belongs to the section of refused line 3\n"
	      "5 skipped % Skipped: belongs to the section of refused line 3\n"
	      "7 skipped % Skipped: belongs to the section of refused line 3\n");
	assert_string_equal(demo_map_find(f->demo, "M", 10)->peer, "192.0.2.1");
	assert_string_equal(demo_map_find(f->demo, "M", 10)->acl, "");
	assert_string_equal(f->demo->running.hostname, "");
	assert_int_equal(demo_if_find(f->demo, "eth0")->mtu, 1400);
}

/* The head is no command at all; flat. */
static void lost_section_flat(void **state)
{
	struct demo_fixture *f = *state;

	check(f, "crypto map M 10 ipsec-manual\nset peer 192.0.2.1\n"
	      "crypto mpa M 20 ipsec-manual\nset peer 192.0.2.2\nmatch address 101\n"
	      "exit\ninterface eth0\nip mtu 1400\n", -1,
	      "3 unknown % Invalid input detected at column 8: \"mpa\"\n"
	      "4 skipped % Skipped: belongs to the section of refused line 3\n"
	      "5 skipped % Skipped: belongs to the section of refused line 3\n");
	assert_string_equal(demo_map_find(f->demo, "M", 10)->peer, "192.0.2.1");
	assert_string_equal(demo_map_find(f->demo, "M", 10)->acl, "");
	assert_int_equal(demo_if_find(f->demo, "eth0")->mtu, 1400);
}

/* The head's handler refuses; flat, an open section before it. */
static void lost_section_flat_refused(void **state)
{
	struct demo_fixture *f = *state;

	check(f, "crypto map M 10 ipsec-manual\ncrypto map full 20 ipsec-manual\n"
	      "set peer 192.0.2.2\nhostname R2\n", -1,
	      "2 refused % No room for map full\n"
	      "3 skipped % Skipped: belongs to the section of refused line 2\n");
	assert_string_equal(demo_map_find(f->demo, "M", 10)->peer, "");
	assert_string_equal(f->demo->running.hostname, "R2");
}

/* A bad line that clearly is one of the open section does not close it. */
static void bad_line_inside(void **state)
{
	struct demo_fixture *f = *state;

	check(f, "crypto map M 10 ipsec-manual\nset frob 1\nset peer 192.0.2.1\n"
	      "interface eth0\n frobnicate\n ip mtu 1400\n", -1,
	      "2 unknown % Invalid input detected at column 5: \"frob\"\n"
	      "5 unknown % Invalid input detected at column 2: \"frobnicate\"\n");
	assert_string_equal(demo_map_find(f->demo, "M", 10)->peer, "192.0.2.1");
	assert_int_equal(demo_if_find(f->demo, "eth0")->mtu, 1400);
}

static void nested_sections(void **state)
{
	struct demo_fixture *f = *state;

	check(f, "policy-map P\n class A\n  bandwidth 10\n class B\n  bandwidth 20\n"
	      " clas$ C\n  bandwidth 30\n class D\n  bandwidth 40\nhostname R\n", -1,
	      "6 unknown % Invalid input detected at column 2: \"clas$\"\n"
	      "7 skipped % Skipped: belongs to the section of refused line 6\n");
	assert_int_equal(f->demo->running.classes, 3);
	assert_string_equal(f->demo->running.hostname, "R");
}

static void surroundings(void **state)
{
	struct demo_fixture *f = *state;

	check(f, "Building configuration...\n\nCurrent configuration : 1234 bytes\n!\n"
	      "! Last configuration change at 12:00\nservice timestamps debug uptime\n"
	      "enable secret 5 $1$abcd$xyz\n"
	      "banner motd ^C\nhostname EVIL\nno hostname\n^C\n"
	      "crypto pki certificate chain TP\n certificate self-signed 01\n"
	      "  30820229 30820192\n  hostname EVIL\n  \tquit\n"
	      "router ospf 1\n network 10.0.0.0 0.0.0.255 area 0\n passive-interface Lo0\n!\n"
	      "crypto map M 10 ipsec-manual\n set peer 192.0.2.1\n"
	      "line vty 0 4\n password 7 0123456789\n login\n"
	      "hostname R1\nend\n", 0,
	      "6 ignored service timestamps debug uptime\n"
	      "7 ignored enable secret <removed>\n"
	      "8 ignored banner motd ^C\n"
	      "12 ignored crypto pki certificate chain TP\n"
	      "13 ignored certificate self-signed 01\n"
	      "17 ignored router ospf 1\n"
	      "18 ignored network 10.0.0.0 0.0.0.255 area 0\n"
	      "19 ignored passive-interface Lo0\n"
	      "23 ignored line vty 0 4\n"
	      "24 ignored password <removed>\n"
	      "25 ignored login\n");
	assert_string_equal(f->demo->running.hostname, "R1");
	assert_string_equal(demo_map_find(f->demo, "M", 10)->peer, "192.0.2.1");
	assert_int_equal(f->report.ignored, 11);
}

static void exec_words_in_a_file(void **state)
{
	struct demo_fixture *f = *state;

	check(f, "enable\nconfigure terminal\nhostname R1\nexit\nhostname R2\nend\n"
	      "hostname R3\nconf t\nhostname R4\n", 0, "");
	assert_string_equal(f->demo->running.hostname, "R4");
	check(f, "do show crypto map\n", -1, "1 refused % Not a configuration command\n");
}

static void open_block(void **state)
{
	struct demo_fixture *f = *state;

	check(f, "hostname R1\nbanner motd ^C\nhostname R2\n", -1,
	      "2 ignored banner motd ^C\n2 refused % Text that begins here does not end\n");
	assert_string_equal(f->demo->running.hostname, "R1");
	check(f, "hostname R3\n", 0, "");
}

static void commit_refusals(void **state)
{
	struct demo_fixture *f = *state;

	f->demo->refuse_line = 2;
	check(f, "hostname R1\ninterface eth0\n frob\n", -1,
	      "2 refused % the kernel says no\n"
	      "3 unknown % Invalid input detected at column 2: \"frob\"\n");
	assert_int_equal(f->report.applied, 1);
	assert_int_equal(f->report.refused, 2);
	assert_true(f->report.committed);
	f->demo->refuse_line = 0;
	f->demo->refuse_commit = true;
	check(f, "hostname R2\n", -1, "0 refused % the kernel is not there\n");
	assert_false(f->report.committed);
	assert_int_equal(f->report.applied, 0);
	assert_string_equal(f->demo->running.hostname, "R1");
	f->demo->refuse_begin = true;
	check(f, "hostname R2\n", -1, "0 refused % Another change is under way\n");
}

static void nothing_to_apply(void **state)
{
	struct demo_fixture *f = *state;

	check(f, "", 0, "");
	check(f, "!\n\n!\n", 0, "");
	check(f, "frob\n", -1, "1 unknown % Invalid input detected at column 1: \"frob\"\n");
	assert_int_equal(f->demo->committed, 0);
	assert_int_equal(f->demo->aborted, 3);
}

static void warnings(void **state)
{
	struct demo_fixture *f = *state;

	check(f, "crypto map M 10 ipsec-manual\n set session-key inbound esp 300 cipher 00\n", 0,
	      "2 warning % Key of 1 octets is weak\n");
	check(f, "crypto map M 10 ipsec-manual\n set session-key inbound esp 300 cipher 001\n"
	      " set session-key inbound esp 300 00112233\n", -1,
	      "2 unknown % Invalid input detected at column 41: odd number of hexadecimal digits\n"
	      "3 unknown % Invalid input detected at column 34\n");
}

static void odd_files(void **state)
{
	static const char nul[] = "hostname R1\nhost\0name R2\nhostname R3";
	struct demo_fixture *f = *state;

	assert_int_equal(cli_apply(f->s, nul, sizeof(nul) - 1, &f->report), -1);
	assert_int_equal(f->report.n, 1);
	assert_int_equal(f->report.lines[0].line, 2);
	assert_string_equal(f->report.lines[0].text,
			    "% Invalid input detected at column 5: control character");
	assert_string_equal(f->demo->running.hostname, "R3");
	check(f, "hostname R4\r\ninterface eth0\r\n ip mtu 1400\r\n", 0, "");
	assert_string_equal(f->demo->running.hostname, "R4");
	assert_int_equal(demo_if_find(f->demo, "eth0")->mtu, 1400);
}

static void session_is_left_alone(void **state)
{
	struct demo_fixture *f = *state;
	struct cli_result res;

	cli_exec(f->s, "conf t", 6, 0, &res);
	cli_result_free(&res);
	cli_exec(f->s, "interface eth7", 14, 0, &res);
	cli_result_free(&res);
	check(f, "crypto map M 10 ipsec-manual\n set peer 192.0.2.1\n", 0, "");
	assert_int_equal(cli_session_mode(f->s), DEMO_IF);
}

/* running-config, applied to an empty router, gives the same running-config. */
static void round_trip(void **state)
{
	struct text before = TEXT_INIT, after = TEXT_INIT;
	struct demo_fixture *f = *state;
	struct demo *other = demo_new();
	struct cli_session *s = cli_session_new(other->cli);
	struct cli_report report;

	check(f, "hostname R1\ncrypto map M 10 ipsec-manual\n set peer 192.0.2.1\n match addr 101\n"
	      " set session-key inbound esp 999 cipher 00112233445566778899aabbccddeeff\n"
	      "int gi 0/0\n desc  two  blanks | and ! marks\n ip addr 10.0.0.1 255.0.0.0\n shut\n"
	      "int tun0\n ip mtu 1400\nip route 10.0.0.0 255.0.0.0 tu0\n", 0, "");
	cli_running_config(f->demo->cli, &f->demo->running, CLI_WRITE_SECRETS, &before);
	assert_int_equal(cli_apply(s, before.data, before.len, &report), 0);
	cli_running_config(other->cli, &other->running, CLI_WRITE_SECRETS, &after);
	assert_string_equal(before.data, after.data);
	cli_report_free(&report);
	cli_session_free(s);
	demo_free(other);
	text_free(&before);
	text_free(&after);
}

static void many_lines(void **state)
{
	struct demo_fixture *f = *state;
	struct text t = TEXT_INIT;
	unsigned int i;

	for (i = 0; i < 20000; i++)
		text_printf(&t, "interface eth%u\n ip mtu 1400\n bad line\n", i % 50);
	assert_int_equal(cli_apply(f->s, t.data, t.len, &f->report), -1);
	assert_int_equal(f->report.refused, 20000);
	assert_int_equal(f->report.applied, 40000);
	assert_int_equal(f->report.lines[19999].line, 60000);
	text_free(&t);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, demo_setup, demo_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(good_file),
		TEST(refused_lines),
		TEST(lost_section_indented),
		TEST(lost_section_flat),
		TEST(lost_section_flat_refused),
		TEST(bad_line_inside),
		TEST(nested_sections),
		TEST(surroundings),
		TEST(exec_words_in_a_file),
		TEST(open_block),
		TEST(commit_refusals),
		TEST(nothing_to_apply),
		TEST(warnings),
		TEST(odd_files),
		TEST(session_is_left_alone),
		TEST(round_trip),
		TEST(many_lines),
	};

	return cmocka_run_group_tests_name("cli_file", tests, NULL, NULL);
}

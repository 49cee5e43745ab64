// SPDX-License-Identifier: GPL-2.0-or-later
/* The parser: grammar, abbreviation, ranges, marker, choice of the closer reading. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../ipsecd/cli/engine.h"
#include "cli_demo.h"

/* Runs @line and checks status and marker; returns the result for more. */
static struct cli_result run(struct demo_fixture *f, const char *line, enum cli_status status,
			     int marker)
{
	struct cli_result res;

	cli_exec(f->s, line, strlen(line), 0, &res);
	if (res.status != status || res.marker != marker)
		fail_msg("\"%s\": %s, marker %d, %s", line, cli_status_name(res.status),
			 res.marker, res.error ? res.error : "no error");
	return res;
}

static void check(struct demo_fixture *f, const char *line, enum cli_status status, int marker)
{
	struct cli_result res = run(f, line, status, marker);

	cli_result_free(&res);
}

static void check_output(struct demo_fixture *f, const char *line, const char *out)
{
	struct cli_result res = run(f, line, CLI_DONE, -1);

	assert_string_equal(text_str(&res.out), out);
	cli_result_free(&res);
}

static void check_error(struct demo_fixture *f, const char *line, enum cli_status status,
			int marker, const char *error, const char *word, const char *detail)
{
	struct cli_result res = run(f, line, status, marker);

	assert_string_equal(res.error, error);
	if (word)
		assert_string_equal(res.word, word);
	else
		assert_null(res.word);
	if (detail)
		assert_string_equal(res.detail, detail);
	else
		assert_null(res.detail);
	cli_result_free(&res);
}

static void config_map(struct demo_fixture *f)
{
	check(f, "configure terminal", CLI_DONE, -1);
	check(f, "crypto map M 10 ipsec-manual", CLI_DONE, -1);
}

static void abbreviations(void **state)
{
	struct demo_fixture *f = *state;

	check_output(f, "show crypto isakmp sa", "sa\n");
	check_output(f, "sh cry isa sa", "sa\n");		/* CLI-3, S0:45 */
	check_output(f, "SHOW Crypto ISAKMP Sa DETAIL", "sa detail\n");
	check_output(f, "sh cry ips sa det", "sa detail\n");
	check_output(f, "show crypto ipsec sa detailed", "sa detail\n");
	check_output(f, "  show   crypto\tisakmp sa  ", "sa\n");
	check(f, "conf t", CLI_DONE, -1);
	check(f, "int gi0/0", CLI_DONE, -1);
	check(f, "ip addr 192.0.2.1 255.255.255.0", CLI_DONE, -1);
	check(f, "shut", CLI_DONE, -1);
	assert_true(demo_if_find(f->demo, "GigabitEthernet0/0")->shutdown);
	check(f, "no shut", CLI_DONE, -1);
	assert_false(demo_if_find(f->demo, "GigabitEthernet0/0")->shutdown);
}

static void ambiguity(void **state)
{
	struct demo_fixture *f = *state;

	check_error(f, "show crypto i sa", CLI_AMBIGUOUS, 12,
		    "% Ambiguous command:  \"show crypto i\"", NULL, NULL);
	check_error(f, "e", CLI_AMBIGUOUS, 0, "% Ambiguous command:  \"e\"", NULL, NULL);
	/* An exact word is never ambiguous, though others begin with it. */
	check(f, "conf t", CLI_DONE, -1);
	check(f, "end", CLI_DONE, -1);
	check(f, "en", CLI_AMBIGUOUS, 0);		/* enable, end */
}

static void unknown_and_incomplete(void **state)
{
	struct demo_fixture *f = *state;

	check_error(f, "frobnicate", CLI_UNKNOWN, 0,
		    "% Invalid input detected at '^' marker.", "frobnicate", NULL);
	check_error(f, "show crypto frob sa", CLI_UNKNOWN, 12,
		    "% Invalid input detected at '^' marker.", "frob", NULL);
	check_error(f, "show crypto isakmp sa more", CLI_UNKNOWN, 22,
		    "% Invalid input detected at '^' marker.", "more", NULL);
	check_error(f, "show crypto", CLI_INCOMPLETE, -1, "% Incomplete command.", NULL, NULL);
	check(f, "show crypto map tag", CLI_INCOMPLETE, -1);
	check(f, "no", CLI_INCOMPLETE, -1);
	check(f, "", CLI_DONE, -1);
	check(f, "   \t ", CLI_DONE, -1);
	check(f, "! a comment | include (", CLI_DONE, -1);
	check(f, "  !--- annotation", CLI_DONE, -1);
}

static void ranges(void **state)
{
	struct demo_fixture *f = *state;

	check(f, "conf t", CLI_DONE, -1);
	check_error(f, "crypto map M 0 ipsec-manual", CLI_UNKNOWN, 13,
		    "% Invalid input detected at '^' marker.", "0",
		    "out of the range <1-65535>");
	check(f, "crypto map M 65536 ipsec-manual", CLI_UNKNOWN, 13);
	check(f, "crypto map M 99999999999999999999999 ipsec-manual", CLI_UNKNOWN, 13);
	check(f, "crypto map M -1 ipsec-manual", CLI_UNKNOWN, 13);
	check(f, "crypto map M 0x10 ipsec-manual", CLI_UNKNOWN, 13);
	check(f, "crypto map M 1 ipsec-manual", CLI_DONE, -1);
	check(f, "crypto map M 65535 ipsec-manual", CLI_DONE, -1);
	assert_int_equal(f->demo->running.n_maps, 2);
}

static void addresses(void **state)
{
	struct demo_fixture *f = *state;

	check(f, "conf t", CLI_DONE, -1);
	check(f, "interface eth1", CLI_DONE, -1);
	check_error(f, "ip address 192.0.2.1 255.0.255.0", CLI_UNKNOWN, 21,
		    "% Invalid input detected at '^' marker.", "255.0.255.0",
		    "mask is not contiguous");
	check_error(f, "ip address 192.0.2.256 255.255.255.0", CLI_UNKNOWN, 11,
		    "% Invalid input detected at '^' marker.", "192.0.2.256",
		    "not an IPv4 address");
	check_error(f, "ip address 192.0.2.1/24 255.255.255.0", CLI_UNKNOWN, 11,
		    "% Invalid input detected at '^' marker.", "192.0.2.1/24",
		    "no prefix length here");
	check(f, "ip address 192.0.2.1 255.255.255.255", CLI_DONE, -1);
	check(f, "ip address 192.0.2.1 0.0.0.0", CLI_DONE, -1);
	check(f, "no ip address", CLI_DONE, -1);
	assert_string_equal(demo_if_find(f->demo, "eth1")->address, "");
	check(f, "end", CLI_DONE, -1);
	check_output(f, "clear crypto sa 192.0.2.1", "cleared 192.0.2.1\n");
	check_output(f, "clear crypto sa 2001:db8::1", "cleared 2001:db8::1\n");
	check(f, "clear crypto sa 2001:db8::1::2", CLI_UNKNOWN, 16);
}

static void repetition(void **state)
{
	struct demo_fixture *f = *state;

	check(f, "conf t", CLI_DONE, -1);
	check_output(f, "crypto ipsec transform-set T esp-aes esp-sha-hmac",
		     "T: esp-aes esp-sha-hmac bits 0\n");
	check_output(f, "crypto ipsec transform-set T esp-aes 256 esp-sha-hmac",
		     "T: esp-aes esp-sha-hmac bits 0\n");
	check_output(f, "cry ips trans T esp-3 7", "T: esp-3des 7 bits 7\n");
	check(f, "crypto ipsec transform-set T", CLI_INCOMPLETE, -1);
	check(f, "crypto ipsec transform-set T 256", CLI_UNKNOWN, 29);
	check(f, "crypto ipsec transform-set T esp-", CLI_AMBIGUOUS, 29);
}

static void secrets(void **state)
{
	struct demo_fixture *f = *state;
	struct cli_result res;

	config_map(f);
	res = run(f, "set session-key inbound esp 300 cipher 0011223344", CLI_DONE, -1);
	assert_true(res.secret);
	assert_string_equal(res.warnings, "% Key of 5 octets is weak\n");
	cli_result_free(&res);
	assert_int_equal(demo_map_find(f->demo, "M", 10)->key_len, 5);
	assert_memory_equal(demo_map_find(f->demo, "M", 10)->key, "\x00\x11\x22\x33\x44", 5);

	/* Whatever stands where the key belongs is not repeated. */
	check_error(f, "set session-key inbound esp 300 cipher 001122334", CLI_UNKNOWN, 39,
		    "% Invalid input detected at '^' marker.", NULL,
		    "odd number of hexadecimal digits");
	check_error(f, "set session-key inbound esp 300 001122", CLI_UNKNOWN, 32,
		    "% Invalid input detected at '^' marker.", NULL, NULL);
	check(f, "set session-key inbound esp 300 cipher 0xAAbb authenticator 00", CLI_DONE, -1);
	assert_memory_equal(demo_map_find(f->demo, "M", 10)->key, "\xaa\xbb", 2);
	check(f, "set session-key inbound esp 255 cipher 00", CLI_UNKNOWN, 28);
	res = run(f, "set peer 192.0.2.1", CLI_DONE, -1);
	assert_false(res.secret);
	cli_result_free(&res);
}

static void closer_reading(void **state)
{
	struct demo_fixture *f = *state;

	check(f, "conf t", CLI_DONE, -1);
	check(f, "interface Gi0/1", CLI_DONE, -1);
	/* In the interface "crypto map NAME"; with more words the global one. */
	check(f, "crypto map M", CLI_DONE, -1);
	assert_int_equal(cli_session_mode(f->s), DEMO_IF);
	check(f, "crypto map M 10 ipsec-manual", CLI_DONE, -1);
	assert_int_equal(cli_session_mode(f->s), DEMO_MAP);
	/* "ip route" is the global command, though "ip route-cache" is known here. */
	check(f, "interface Gi0/1", CLI_DONE, -1);
	check(f, "ip route 0.0.0.0 0.0.0.0 Gi0/1", CLI_DONE, -1);
	assert_int_equal(cli_session_mode(f->s), CLI_MODE_CONFIG);
	assert_string_equal(f->demo->running.routes[0], "0.0.0.0 0.0.0.0 GigabitEthernet0/1");
	check(f, "interface Gi0/1", CLI_DONE, -1);
	check(f, "ip route", CLI_IGNORED, -1);	/* all of "route-cache" that is typed */
	check(f, "ip route-cache", CLI_IGNORED, -1);
	check(f, "no ip route-cache cef", CLI_IGNORED, -1);
	assert_int_equal(cli_session_mode(f->s), DEMO_IF);
	/* A number is an access list's number before it is its name. */
	check(f, "crypto map M 10 ipsec-manual", CLI_DONE, -1);
	check(f, "match address 101", CLI_DONE, -1);
	check(f, "match address 99", CLI_DONE, -1);
	assert_string_equal(demo_map_find(f->demo, "M", 10)->acl, "99");
}

static void trailing_comment(void **state)
{
	struct demo_fixture *f = *state;

	config_map(f);
	check(f, "set peer 192.0.2.1      ! the hub", CLI_DONE, -1);
	assert_string_equal(demo_map_find(f->demo, "M", 10)->peer, "192.0.2.1");
	check(f, "set peer ! the hub", CLI_UNKNOWN, 9);
	check(f, "interface eth0", CLI_DONE, -1);
	check(f, "description uplink ! not a comment", CLI_DONE, -1);
	assert_string_equal(demo_if_find(f->demo, "eth0")->description,
			    "uplink ! not a comment");
}

static void odd_lines(void **state)
{
	struct demo_fixture *f = *state;
	char line[CLI_LINE_MAX + 64];
	size_t i;

	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	check_error(f, line, CLI_REFUSED, -1, "% Line too long", NULL, NULL);
	for (i = 0; i < 2 * CLI_TOKENS_MAX + 2; i += 2)
		memcpy(line + i, "a ", 3);
	check_error(f, line, CLI_REFUSED, -1, "% Line too long", NULL, NULL);
	check_error(f, "show \033[2J", CLI_UNKNOWN, 5,
		    "% Invalid input detected at '^' marker.", NULL, "control character");
	check(f, "conf t", CLI_DONE, -1);
	check(f, "hostname a\003b", CLI_UNKNOWN, 10);
	check(f, "hostname a\302\233b", CLI_UNKNOWN, 10);	/* CSI as UTF-8 */
	check(f, "hostname r\303\274ti", CLI_DONE, -1);
	check(f, "hostname R1\r\n", CLI_DONE, -1);
	assert_string_equal(f->demo->running.hostname, "R1");
}

static void interface_names(void **state)
{
	static const struct {
		const char *typed, *name;
	} rows[] = {
		{ "GigabitEthernet0/0/1", "GigabitEthernet0/0/1" },
		{ "gigabitethernet 8", "GigabitEthernet8" },
		{ "Gi8", "GigabitEthernet8" },
		{ "g0/1", "GigabitEthernet0/1" },
		{ "f0/0", "FastEthernet0/0" },
		{ "fastethernet0/0", "FastEthernet0/0" },
		{ "fa 0/0", "FastEthernet0/0" },
		{ "e2/0", "Ethernet2/0" },
		{ "Ethernet1", "Ethernet1" },
		{ "s1/0:15", "Serial1/0:15" },
		{ "gi0/0.100", "GigabitEthernet0/0.100" },
		{ "tu1", "Tunnel1" },
		{ "tunnel 0", "Tunnel0" },
		{ "tun0", "Tunnel0" },
		{ "lo0", "Loopback0" },
		{ "vlan1", "Vlan1" },
		{ "vl10", "Vlan10" },
		{ "po1", "Port-channel1" },
		{ "FastEthernet", "FastEthernet" },
		{ "fddi 3/0/0", "Fddi3/0/0" },
		{ "eth1", "eth1" },
		{ "br0", "br0" },
		{ "veth-a", "veth-a" },
		{ "enp3s0f1", "enp3s0f1" },
		{ "lo", "lo" },
		{ "wan", "wan" },
		{ "eth0.100", "eth0.100" },
		{ "10.1.1.300", NULL },
		{ "abcd::1", NULL },
		{ "t0/0", NULL },
		{ "gi0/", NULL },
		{ "gi/0", NULL },
		{ "", NULL },
		{ "a/b", NULL },
	};
	char name[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int rc = cli_ifname_canonical(rows[i].typed, name, sizeof(name));

		if (rc ? !!rows[i].name : !rows[i].name || strcmp(name, rows[i].name))
			fail_msg("\"%s\": %d %s", rows[i].typed, rc, rc ? "" : name);
	}
	assert_int_equal(cli_ifname_canonical("GigabitEthernet0/0", name, 8), -1);
}

static void interface_in_a_line(void **state)
{
	struct demo_fixture *f = *state;

	check(f, "conf t", CLI_DONE, -1);
	check(f, "interface GigabitEthernet 0/0", CLI_DONE, -1);
	assert_non_null(demo_if_find(f->demo, "GigabitEthernet0/0"));
	check(f, "interface FASTETHERNET0/1", CLI_DONE, -1);
	assert_non_null(demo_if_find(f->demo, "FastEthernet0/1"));
	check(f, "ip route 10.0.0.0 255.0.0.0 tunnel 3", CLI_DONE, -1);
	assert_string_equal(f->demo->running.routes[0], "10.0.0.0 255.0.0.0 Tunnel3");
	check(f, "ip route 10.0.0.0 255.0.0.0 192.0.2.9", CLI_DONE, -1);
	assert_string_equal(f->demo->running.routes[1], "10.0.0.0 255.0.0.0 192.0.2.9");
	check(f, "ip route 10.0.0.0 255.0.0.0 192.0.2.999", CLI_UNKNOWN, 28);
	check(f, "interface Gi 0/0 extra", CLI_UNKNOWN, 17);
}

static int refuse_nothing(struct cli_ctx *c)
{
	(void)c;
	return 0;
}

static void bad_declarations(void **state)
{
	static const struct {
		const char *grammar, *help, *error;
	} rows[] = {
		{ "show {a|b", "\n\n\n", "'}' is expected" },
		{ "show a]", "\n\n", "unexpected ']'" },
		{ "show WORD", "\n\n", "has no name" },
		{ "show Word", "\n\n", "neither a keyword nor a known type" },
		{ "show FOO$x", "\n\n", "unknown type" },
		{ "show (5-1)$x", "\n\n", "bad range" },
		{ "show (5-9$x", "\n\n", "bad range" },
		{ "show WORD$X", "\n\n", "bad variable name" },
		{ "show LINE$x more", "\n\n\n", "LINE must come last" },
		{ "show [LINE$x]...", "\n\n", "LINE must come last" },
		{ "show {a|}", "\n\n", "an alternative is empty" },
		{ "[show]", "\n", "may be empty" },
		{ "a | b", "\n\n", "unexpected '|'" },
		{ "show more", "\n", "no help line for \"more\"" },
		{ "show", "a\nb\n", "help line \"b\" beyond" },
		{ "show {a|b}x", "\n\n\n\n", "a blank is expected" },
	};
	struct cli_command cmd = { .modes = CLI_IN_EXEC, .set = refuse_nothing };
	struct demo_fixture *f = *state;
	char err[256];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cmd.grammar = rows[i].grammar;
		cmd.help = rows[i].help;
		assert_int_equal(cli_add_commands(f->demo->cli, &cmd, 1, err, sizeof(err)), -1);
		if (!strstr(err, rows[i].error))
			fail_msg("\"%s\": %s", rows[i].grammar, err);
	}
	cmd.grammar = "show";
	cmd.help = "\n";
	cmd.set = NULL;
	assert_int_equal(cli_add_commands(f->demo->cli, &cmd, 1, err, sizeof(err)), -1);
	assert_non_null(strstr(err, "no handler"));
	cmd.set = refuse_nothing;
	cmd.modes = CLI_IN(40);
	assert_int_equal(cli_add_commands(f->demo->cli, &cmd, 1, err, sizeof(err)), -1);
	assert_non_null(strstr(err, "mode 40 does not exist"));
}

/* Every command can be reached by the very words it is declared with. */
static void walk_counts(void *arg, const struct cli_command *cmd)
{
	(void)cmd;
	++*(size_t *)arg;
}

static void walk(void **state)
{
	struct demo_fixture *f = *state;
	size_t n = 0;

	cli_walk(f->demo->cli, walk_counts, &n);
	assert_true(n > builtin_commands_n + 20);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, demo_setup, demo_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(abbreviations),
		TEST(ambiguity),
		TEST(unknown_and_incomplete),
		TEST(ranges),
		TEST(addresses),
		TEST(repetition),
		TEST(secrets),
		TEST(closer_reading),
		TEST(trailing_comment),
		TEST(odd_lines),
		TEST(interface_names),
		TEST(interface_in_a_line),
		TEST(bad_declarations),
		TEST(walk),
	};

	return cmocka_run_group_tests_name("cli_parse", tests, NULL, NULL);
}

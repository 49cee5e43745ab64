// SPDX-License-Identifier: GPL-2.0-or-later
/* Sessions: modes, prompts, no/default/do, transactions, blocks, filters, JSON. */
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

static struct cli_result run(struct demo_fixture *f, const char *line, enum cli_status status)
{
	struct cli_result res;

	cli_exec(f->s, line, strlen(line), 0, &res);
	if (res.status != status)
		fail_msg("\"%s\": %s, %s", line, cli_status_name(res.status),
			 res.error ? res.error : "no error");
	return res;
}

static void check(struct demo_fixture *f, const char *line, enum cli_status status)
{
	struct cli_result res = run(f, line, status);

	cli_result_free(&res);
}

static void done(struct demo_fixture *f, const char *line)
{
	check(f, line, CLI_DONE);
}

static void check_output(struct demo_fixture *f, const char *line, const char *out)
{
	struct cli_result res = run(f, line, CLI_DONE);

	assert_string_equal(text_str(&res.out), out);
	cli_result_free(&res);
}

static void check_error(struct demo_fixture *f, const char *line, enum cli_status status,
			int marker, const char *error)
{
	struct cli_result res = run(f, line, status);

	assert_string_equal(res.error, error);
	assert_int_equal(res.marker, marker);
	cli_result_free(&res);
}

static void prompt_is(struct demo_fixture *f, const char *prompt)
{
	struct text t = TEXT_INIT;

	cli_prompt(f->s, &t);
	assert_string_equal(text_str(&t), prompt);
	text_free(&t);
}

static void prompts(void **state)
{
	struct demo_fixture *f = *state;

	prompt_is(f, "Router#");
	done(f, "disable");
	prompt_is(f, "Router>");
	check(f, "configure terminal", CLI_UNKNOWN);
	check(f, "clear crypto sa", CLI_UNKNOWN);
	done(f, "show crypto map");
	done(f, "enable");
	done(f, "configure terminal");
	prompt_is(f, "Router(config)#");
	done(f, "hostname HUB");
	prompt_is(f, "HUB(config)#");
	done(f, "crypto map M 10 ipsec-manual");
	prompt_is(f, "HUB(config-crypto-map)#");
	done(f, "interface Gi0/0");
	prompt_is(f, "HUB(config-if)#");
	done(f, "no hostname");
	prompt_is(f, "Router(config)#");
}

static void leaving(void **state)
{
	struct demo_fixture *f = *state;
	struct cli_result res;

	done(f, "conf t");
	done(f, "policy-map P");
	done(f, "class C");
	prompt_is(f, "Router(config-pmap-c)#");
	done(f, "bandwidth 10");
	done(f, "exit");
	prompt_is(f, "Router(config-pmap)#");
	done(f, "class D");
	done(f, "class E");			/* one level up, then down again */
	prompt_is(f, "Router(config-pmap-c)#");
	done(f, "policy-map Q");
	prompt_is(f, "Router(config-pmap)#");
	done(f, "end");
	prompt_is(f, "Router#");
	done(f, "end");
	done(f, "conf t");
	done(f, "exit");
	prompt_is(f, "Router#");
	res = run(f, "exit", CLI_DONE);
	assert_true(res.close);
	cli_result_free(&res);
	res = run(f, "logout", CLI_DONE);
	assert_true(res.close);
	cli_result_free(&res);
}

static void do_commands(void **state)
{
	struct demo_fixture *f = *state;

	check(f, "do show value", CLI_UNKNOWN);
	done(f, "conf t");
	done(f, "crypto map M 10 ipsec-manual");
	check(f, "show crypto map", CLI_UNKNOWN);
	check_output(f, "do sh cry map | inc Crypto", "Crypto Map \"M\" 10 ipsec-manual\n");
	prompt_is(f, "Router(config-crypto-map)#");
	check(f, "do", CLI_INCOMPLETE);
	check(f, "do disable", CLI_REFUSED);
	check(f, "do configure terminal", CLI_REFUSED);
	check(f, "do exit", CLI_REFUSED);
	check_error(f, "do show frob", CLI_UNKNOWN, 8,
		    "% Invalid input detected at '^' marker.");
	prompt_is(f, "Router(config-crypto-map)#");
}

static void negation(void **state)
{
	struct demo_fixture *f = *state;

	done(f, "conf t");
	done(f, "crypto map M 10 ipsec-manual");
	done(f, "set peer 192.0.2.1");
	done(f, "no set peer");
	assert_string_equal(demo_map_find(f->demo, "M", 10)->peer, "");
	done(f, "default set peer 192.0.2.1");
	assert_string_equal(demo_map_find(f->demo, "M", 10)->peer, "0.0.0.0");
	check_error(f, "no set frob", CLI_UNKNOWN, 7, "% Invalid input detected at '^' marker.");
	check_error(f, "no match address 101", CLI_UNKNOWN, 3,
		    "% Invalid input detected at '^' marker.");
	done(f, "crypto map M 20 ipsec-manual");
	done(f, "no crypto map M 20");
	prompt_is(f, "Router(config)#");
	assert_int_equal(f->demo->running.n_maps, 1);
	done(f, "no crypto map M");
	assert_int_equal(f->demo->running.n_maps, 0);
	check_error(f, "no crypto map M", CLI_REFUSED, -1, "% No such crypto map");
	check(f, "no service timestamps debug uptime", CLI_IGNORED);
}

/* CLI-4: sections follow each other without "exit". */
static void pasted_sections(void **state)
{
	static const char * const lines[] = {
		"enable", "configure terminal", "!", "hostname RT01", "crypto map M 10 ipsec-manual",
		" set peer 192.0.2.2", " match address Allow-ipsec", "!", "interface GigabitEthernet8",
		" no shutdown", " ip mtu 1372", " ip address 192.0.2.1 255.255.255.248",
		" crypto map M", "interface Vlan1", " ip address 10.0.0.1 255.255.255.0", "!",
		"ip route 0.0.0.0 0.0.0.0 GigabitEthernet8", "end",
	};
	struct demo_fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		done(f, lines[i]);
	prompt_is(f, "RT01#");
	assert_string_equal(demo_map_find(f->demo, "M", 10)->acl, "Allow-ipsec");
	assert_int_equal(demo_if_find(f->demo, "GigabitEthernet8")->mtu, 1372);
	assert_string_equal(demo_if_find(f->demo, "GigabitEthernet8")->map, "M");
	assert_string_equal(demo_if_find(f->demo, "Vlan1")->address, "10.0.0.1 255.255.255.0");
	assert_int_equal(f->demo->running.n_routes, 1);
}

static void transactions(void **state)
{
	struct demo_fixture *f = *state;

	done(f, "conf t");
	done(f, "crypto map M 10 ipsec-manual");
	assert_int_equal(f->demo->committed, 1);
	check_error(f, "crypto map full 10 ipsec-manual", CLI_REFUSED, 11,
		    "% No room for map full");
	prompt_is(f, "Router(config-crypto-map)#");
	assert_int_equal(f->demo->aborted, 1);
	check(f, "set peer 0.0.0.0", CLI_REFUSED);
	assert_int_equal(f->demo->committed, 1);

	/* What the commit refuses leaves no trace either, mode included. */
	f->demo->refuse_commit = true;
	check_error(f, "interface eth0", CLI_REFUSED, -1, "% the kernel is not there");
	prompt_is(f, "Router(config-crypto-map)#");
	assert_null(demo_if_find(f->demo, "eth0"));
	f->demo->refuse_commit = false;

	f->demo->refuse_begin = true;
	check_error(f, "set peer 192.0.2.1", CLI_REFUSED, -1, "% Another change is under way");
	f->demo->refuse_begin = false;

	/* A mode outlives its object: the handler says so. */
	done(f, "set peer 192.0.2.1");
	f->demo->running.n_maps = 0;
	check_error(f, "set peer 192.0.2.1", CLI_REFUSED, -1, "% The crypto map is gone");

	/* Exec commands and refused words touch no candidate. */
	f->demo->begun = 0;
	check(f, "set frob", CLI_UNKNOWN);
	done(f, "do show value");
	done(f, "exit");
	done(f, "end");
	done(f, "show value");
	check(f, "service timestamps log uptime", CLI_UNKNOWN);
	done(f, "conf t");
	check(f, "service timestamps log uptime", CLI_IGNORED);
	assert_int_equal(f->demo->begun, 0);
}

static void mode_objects_are_released(void **state)
{
	struct demo_fixture *f = *state;

	done(f, "conf t");
	done(f, "crypto map M 10 ipsec-manual");
	assert_int_equal(f->demo->released, 0);
	done(f, "crypto map M 20 ipsec-manual");
	assert_int_equal(f->demo->released, 1);
	f->demo->refuse_commit = true;
	check(f, "crypto map M 30 ipsec-manual", CLI_REFUSED);
	assert_int_equal(f->demo->released, 2);
	f->demo->refuse_commit = false;
	done(f, "end");
	assert_int_equal(f->demo->released, 3);
}

static void ignored_sections(void **state)
{
	struct demo_fixture *f = *state;

	done(f, "conf t");
	check(f, "router ospf 1", CLI_IGNORED);
	prompt_is(f, "Router(config-ignored)#");
	check(f, " redistribute static subnets", CLI_IGNORED);
	check(f, " crypto map M 10 ipsec-manual", CLI_IGNORED);
	assert_int_equal(f->demo->running.n_maps, 0);
	/* Without indentation only what is known of such sections. */
	check(f, "network 10.1.1.0 0.0.0.255 area 0", CLI_IGNORED);
	check(f, "frobnicate", CLI_UNKNOWN);
	done(f, "crypto map M 10 ipsec-manual");
	prompt_is(f, "Router(config-crypto-map)#");
	check(f, "line vty 0 4", CLI_IGNORED);
	check(f, " login local", CLI_IGNORED);
	done(f, "exit");
	prompt_is(f, "Router(config)#");
}

static void blocks(void **state)
{
	struct demo_fixture *f = *state;

	done(f, "conf t");
	done(f, "banner exec ^C");
	prompt_is(f, "");
	done(f, "  no hostname");
	done(f, "end");
	done(f, "bye ^C rest is dropped");
	prompt_is(f, "Router(config)#");
	assert_string_equal(f->demo->running.banner, "\n  no hostname\nend\nbye ");
	done(f, "banner exec #one line#");
	assert_string_equal(f->demo->running.banner, "one line");
	done(f, "banner exec \003a");
	done(f, "b\003");
	assert_string_equal(f->demo->running.banner, "a\nb");
	check(f, "banner motd ^C", CLI_IGNORED);
	done(f, "hostname EVIL");
	done(f, "^C");
	prompt_is(f, "Router(config)#");
	check(f, "crypto pki certificate chain TP", CLI_IGNORED);
	check(f, " certificate self-signed 01", CLI_IGNORED);
	done(f, "  30820229 30820192 A0030201 02020101");
	done(f, "hostname EVIL");
	done(f, "  \tquit");
	prompt_is(f, "Router(config-ignored)#");
	done(f, "hostname R9");
	prompt_is(f, "R9(config)#");
}

static void block_limit(void **state)
{
	struct demo_fixture *f = *state;
	char line[1024];
	unsigned int i;

	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	done(f, "conf t");
	done(f, "banner exec ^C");
	for (i = 0; i < 64; i++)
		done(f, line);
	check_error(f, line, CLI_REFUSED, -1, "% Text longer than 65536 octets");
	prompt_is(f, "Router(config)#");
	assert_string_equal(f->demo->running.banner, "");
}

static void filters(void **state)
{
	struct demo_fixture *f = *state;

	check_output(f, "show lines 12 | include 1 of|10", "line 1 of the long output\n"
		     "line 10 of the long output\nline 11 of the long output\n");
	check_output(f, "sh lines 3 | e line 1", "line 0 of the long output\n"
		     "line 2 of the long output\n");
	check_output(f, "sh lines 3 | b 2", "line 2 of the long output\n");
	check_output(f, "sh lines 30 |count ^line 1[0-9]  ",
		     "Number of lines which match regexp = 10\n");
	check_output(f, "sh lines 3 |   inc   LINE  ", "");
	done(f, "conf t");
	done(f, "crypto map M 10 ipsec-manual");
	done(f, "set peer 192.0.2.1");
	done(f, "interface eth0");
	done(f, "ip mtu 1400");
	done(f, "end");
	check_output(f, "show run | section crypto map",
		     "crypto map M 10 ipsec-manual\n set peer 192.0.2.1\n");
	check_output(f, "show run | sec eth|peer", " set peer 192.0.2.1\ninterface eth0\n"
		     " ip mtu 1400\n");
	check(f, "show lines 3 |", CLI_INCOMPLETE);
	check(f, "show lines 3 | include", CLI_INCOMPLETE);
	check_error(f, "show lines 3 | frob x", CLI_UNKNOWN, 15,
		    "% Invalid input detected at '^' marker.");
	check_error(f, "show lines 3 | include a(b", CLI_REFUSED, 23,
		    "% Invalid regular expression: Unmatched ( or \\(");
	check_error(f, "show lines 3 | include [ab", CLI_REFUSED, 23,
		    "% Invalid regular expression: unmatched [");
	check_error(f, "show lines 3 | include (a)\\1", CLI_REFUSED, 23,
		    "% Invalid regular expression: back-references are not supported");
	/* Braces are plain characters: no repetition that costs gigabytes. */
	check_output(f, "show lines 3 | include ((a{1,255}){1,255}){1,255}", "");
	check_output(f, "show value | include [{]", "{\n");
	check_output(f, "show value | count {", "Number of lines which match regexp = 1\n");
	check_output(f, "show value | include [[:digit:]]", "  \"value\": 7\n");
	/* A command is not carried out when its filter is wrong. */
	check(f, "clear crypto sa | include (", CLI_REFUSED);
	done(f, "conf t");
	done(f, "interface eth0");
	done(f, "description a | include b");
	assert_string_equal(demo_if_find(f->demo, "eth0")->description, "a | include b");
}

static void long_filter(void **state)
{
	struct demo_fixture *f = *state;
	char line[400] = "show lines 1 | include ";

	memset(line + strlen(line), 'a', 300);
	check_error(f, line, CLI_REFUSED, 23, "% Invalid regular expression: too long");
}

static void json_output(void **state)
{
	struct demo_fixture *f = *state;
	struct cli_result res;

	done(f, "conf t");
	done(f, "crypto map M 10 ipsec-manual");
	done(f, "set peer 192.0.2.1");
	done(f, "end");
	check_output(f, "show crypto map", "Crypto Map \"M\" 10 ipsec-manual\n"
		     "        Peer = 192.0.2.1\n");
	check_output(f, "show crypto map tag X", "");
	check_output(f, "show value", "{\n  \"value\": 7\n}\n");
	cli_exec(f->s, "show crypto map", 15, CLI_EXEC_JSON, &res);
	assert_int_equal(res.status, CLI_DONE);
	assert_int_equal(res.out.len, 0);
	assert_int_equal(json_array_size(res.json), 1);
	assert_string_equal(json_string_value(json_object_get(json_array_get(res.json, 0),
							      "peer")), "192.0.2.1");
	cli_result_free(&res);
	cli_exec(f->s, "show crypto map | include x", 27, CLI_EXEC_JSON, &res);
	assert_int_equal(res.status, CLI_REFUSED);
	assert_int_equal(res.marker, 16);
	cli_result_free(&res);
}

static void running_config(void **state)
{
	static const char expected[] =
		"!\n"
		"hostname R1\n"
		"!\n"
		"crypto map M 10 ipsec-manual\n"
		" set peer 192.0.2.1\n"
		" set session-key inbound esp 300 cipher <removed>\n"
		"!\n"
		"crypto map M 20 ipsec-manual\n"
		"!\n"
		"interface GigabitEthernet0/0\n"
		" ip mtu 1400\n"
		" shutdown\n"
		"!\n"
		"ip route 10.0.0.0 255.0.0.0 192.0.2.9\n"
		"!\n"
		"end\n";
	struct demo_fixture *f = *state;
	struct text t = TEXT_INIT;
	char all[512];

	done(f, "conf t");
	done(f, "ip route 10.0.0.0 255.0.0.0 192.0.2.9");
	done(f, "interface gi0/0");
	done(f, "shutdown");
	done(f, "ip mtu 1400");
	done(f, "crypto map M 10 ipsec-manual");
	done(f, "set session-key inbound esp 300 cipher 00112233445566778899aabbccddeeff");
	done(f, "set peer 192.0.2.1");
	done(f, "crypto map M 20 ipsec-manual");
	done(f, "hostname R1");
	done(f, "end");
	snprintf(all, sizeof(all), "Building configuration...\n\n"
		 "Current configuration : %zu bytes\n%s", strlen(expected), expected);
	check_output(f, "sh run", all);
	cli_running_config(f->demo->cli, &f->demo->running, CLI_WRITE_SECRETS, &t);
	assert_non_null(strstr(t.data, "cipher 00112233445566778899aabbccddeeff\n"));
	assert_null(strstr(t.data, "Building"));
	text_free(&t);
}

/* A paste must not put the lines of a refused section into another one. */
static void paste_guard(void **state)
{
	static const struct {
		const char *line;
		enum cli_status status;
	} rows[] = {
		{ "configure terminal", CLI_DONE },
		{ "crypto map M 10 ipsec-manual", CLI_DONE },
		{ "set peer 192.0.2.1", CLI_DONE },
		{ "crypto mpa M 20 ipsec-manual", CLI_UNKNOWN },
		{ "set peer 192.0.2.2", CLI_SKIPPED },
		{ "match address 101", CLI_SKIPPED },
		{ "exit", CLI_DONE },
		{ "interface eth0", CLI_DONE },
		{ "ip mtu 1400", CLI_DONE },
	};
	struct demo_fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cli_result res;

		cli_exec(f->s, rows[i].line, strlen(rows[i].line), CLI_EXEC_PASTE, &res);
		if (res.status != rows[i].status)
			fail_msg("\"%s\": %s", rows[i].line, cli_status_name(res.status));
		cli_result_free(&res);
	}
	assert_string_equal(demo_map_find(f->demo, "M", 10)->peer, "192.0.2.1");
	assert_string_equal(demo_map_find(f->demo, "M", 10)->acl, "");
	assert_int_equal(demo_if_find(f->demo, "eth0")->mtu, 1400);
}

static void terminal(void **state)
{
	struct demo_fixture *f = *state;

	done(f, "terminal length 0");
	done(f, "terminal width 132");
	check(f, "terminal width 1000", CLI_UNKNOWN);
	done(f, "help");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, demo_setup, demo_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(prompts),
		TEST(leaving),
		TEST(do_commands),
		TEST(negation),
		TEST(pasted_sections),
		TEST(transactions),
		TEST(mode_objects_are_released),
		TEST(ignored_sections),
		TEST(blocks),
		TEST(block_limit),
		TEST(filters),
		TEST(long_filter),
		TEST(json_output),
		TEST(running_config),
		TEST(paste_guard),
		TEST(terminal),
	};

	return cmocka_run_group_tests_name("cli_session", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Commands of crypto maps, transform sets and access lists; what they refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router.h"

#define KEY16	"000102030405060708090a0b0c0d0e0f"
#define KEY20	"000102030405060708090a0b0c0d0e0f10111213"

static void expect_warning(struct router *r, const char *line, const char *text)
{
	assert_int_equal(router_line(r, line), CLI_DONE);
	if (!r->result.warnings || !strstr(r->result.warnings, text))
		fail_msg("\"%s\": warnings \"%s\", expected: %s", line,
			 r->result.warnings ? r->result.warnings : "", text);
}

static void test_manual_entry(void **state)
{
	struct router *r = *state;

	router_configure(r,
		"crypto ipsec transform-set T esp-aes esp-sha-hmac\n"
		" mode transport\n"
		"crypto map M 10 ipsec-manual\n"
		" set peer 192.0.2.2\n"
		" set session-key inbound esp 256 cipher " KEY16 " authenticator " KEY20 "\n"
		" set session-key outbound esp 0x1234 cipher 0x" KEY16 " authenticator " KEY20 "\n"
		" set transform-set T\n"
		" match address 101\n"
		"access-list 101 permit ip 10.1.0.0 0.0.255.255 10.2.0.0 0.0.255.255\n");
	assert_string_equal(router_running(r),
		"!\n"
		"crypto ipsec transform-set T esp-aes esp-sha-hmac\n"
		" mode transport\n"
		"!\n"
		"crypto map M 10 ipsec-manual\n"
		" set peer 192.0.2.2\n"
		" set session-key inbound esp 256 cipher " KEY16 " authenticator " KEY20 "\n"
		" set session-key outbound esp 4660 cipher " KEY16 " authenticator " KEY20 "\n"
		" set transform-set T\n"
		" match address 101\n"
		"!\n"
		"access-list 101 permit ip 10.1.0.0 0.0.255.255 10.2.0.0 0.0.255.255\n"
		"!\n"
		"end\n");
}

static void test_session_keys_refused(void **state)
{
	struct router *r = *state;

	router_configure(r,
		"crypto ipsec transform-set T esp-aes 256 esp-sha256-hmac\n"
		"crypto ipsec transform-set G esp-gcm\n"
		"crypto ipsec transform-set N esp-null esp-sha-hmac\n"
		"crypto map I 1 ipsec-isakmp\n"
		"crypto map M 10 ipsec-manual\n");
	router_refuses(r, "set session-key inbound esp 255 cipher " KEY16, "from 256 to 4294967295");
	router_refuses(r, "set session-key inbound esp 4294967296 cipher " KEY16, "from 256");
	router_refuses(r, "set session-key inbound esp 0xff cipher " KEY16, "from 256");
	router_refuses(r, "set session-key inbound esp -1 cipher " KEY16, "An SPI is a number");
	router_refuses(r, "set session-key inbound esp 300x cipher " KEY16, "An SPI is a number");
	router_refuses(r, "set session-key inbound esp 300 cipher 00112", "odd number");
	router_refuses(r, "set session-key inbound esp 300 cipher zz", "hexadecimal");
	router_refuses(r, "set session-key inbound ah 300 " KEY20, "AH is not supported yet");
	router_refuses(r, "set session-key inbound esp 300 cipher " KEY20 KEY20, "longer than any");
	router_line(r, "set session-key inbound esp 300 cipher " KEY16 " authenticator " KEY20);
	router_refuses(r, "set transform-set T", "needs an inbound cipher key of 32 bytes, not 16");
	router_refuses(r, "set transform-set G", "RFC 4106");
	router_refuses(r, "set transform-set N", "takes no inbound cipher key");
	router_line(r, "no set session-key inbound esp");
	assert_int_equal(router_line(r, "set transform-set T"), CLI_DONE);
	router_refuses(r, "set session-key inbound esp 300 cipher " KEY16 KEY16,
		       "needs an inbound authenticator key of 32 bytes");
	router_refuses(r, "set session-key outbound esp 300 cipher " KEY16 KEY16 " authenticator " KEY20,
		       "needs an outbound authenticator key of 32 bytes, not 20");
	router_refuses(r, "crypto ipsec transform-set T esp-gcm 256", "RFC 4106");
	router_refuses(r, "set transform-set T N", "Only one transform set");
	router_refuses(r, "set transform-set X", "does not exist");
	router_configure(r, "crypto map I 1\n");
	router_refuses(r, "set session-key inbound esp 300 cipher " KEY16,
		       "only possible in ipsec-manual");
}

/* A key is never in what is said about a line. */
static void test_keys_are_not_quoted(void **state)
{
	struct router *r = *state;

	router_configure(r, "crypto map M 10 ipsec-manual\n");
	router_line(r, "set session-key inbound esp 300 cipher deadbeefzz");
	assert_null(strstr(r->result.error, "deadbeef"));
	assert_true(!r->result.detail || !strstr(r->result.detail, "deadbeef"));
	assert_true(r->result.secret);
	router_line(r, "set session-key inbound esp 300 cipher deadbeef");
	assert_true(r->result.secret);
	assert_null(strstr(router_show(r, "show crypto map"), "deadbeef"));
	assert_non_null(strstr(router_show(r, "show running-config"), "deadbeef"));
}

/* Not of a mistyped line either, whatever the place of the mistake. */
static void test_mistyped_keys(void **state)
{
	static const char *const lines[] = {
		"set session-key inbound esp 300 " KEY16,
		"set session-key inbound esp 300 cipher " KEY16 " " KEY20,
		"set session-key inbound esp 300 ciper " KEY16,
		"set session-key inbound ah 300 " KEY16 " x",
		"set session-key inbound esp " KEY16,
		"set session-key inbound " KEY16,
		"set sesion-key inbound esp 300 cipher " KEY16,
		"ste session-key inbound esp 300 cipher " KEY16 " authenticator " KEY20,
		"crypto isakmp kye 0 " KEY16 " address 192.0.2.9",
		"crypto isakmp key " KEY16,
		"crypto keyring " KEY16 " x",
		KEY16,
		"username admin password 7 " KEY16,
	};
	struct router *r = *state;

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct cli_report report;
		struct text file = TEXT_INIT;

		router_configure(r, "crypto map M 10 ipsec-manual\n");
		if (router_line(r, lines[i]) == CLI_DONE)
			fail_msg("\"%s\" is done", lines[i]);
		if (!r->result.secret || (r->result.word && strstr(r->result.word, KEY16)) ||
		    (r->result.error && strstr(r->result.error, KEY16)) ||
		    (r->result.detail && strstr(r->result.detail, KEY16)))
			fail_msg("\"%s\": secret %d, %s %s %s", lines[i], r->result.secret,
				 r->result.word, r->result.error, r->result.detail);
		text_printf(&file, "crypto map M 10 ipsec-manual\n %s\n", lines[i]);
		router_file(r, text_str(&file), &report);
		for (size_t k = 0; k < report.n; k++)
			if (strstr(report.lines[k].text, KEY16))
				fail_msg("\"%s\": %s", lines[i], report.lines[k].text);
		cli_report_free(&report);
		text_free(&file);
	}
}

static void test_peers_refused(void **state)
{
	struct router *r = *state;

	router_configure(r, "crypto map M 10 ipsec-manual\n");
	router_refuses(r, "set peer vpn.example.net", "needs an address");
	router_refuses(r, "set peer 0.0.0.0", "cannot be a peer");
	router_refuses(r, "set peer 224.0.0.1", "cannot be a peer");
	router_refuses(r, "set peer 127.0.0.1", "cannot be a peer");
	router_refuses(r, "set peer 255.255.255.255", "cannot be a peer");
	router_refuses(r, "set peer 2001:DB8::1", "IPv4 address");
	assert_int_equal(router_line(r, "set peer 192.0.2.1"), CLI_DONE);
	assert_int_equal(router_line(r, "set peer 192.0.2.1"), CLI_DONE);
	router_refuses(r, "set peer 192.0.2.2", "Only one peer");
	router_refuses(r, "no set peer 192.0.2.2", "not a peer");
	assert_int_equal(router_line(r, "no set peer 192.0.2.1"), CLI_DONE);
	router_configure(r, "crypto map ipv6 M6 10 ipsec-manual\n");
	router_refuses(r, "set peer 192.0.2.1", "IPv6 address");
	assert_int_equal(router_line(r, "set peer address 2001:DB8::1"), CLI_DONE);
	expect_warning(r, "set peer 2001:DB8::1/64", "no effect");
	router_configure(r, "crypto map I 1 ipsec-isakmp\n");
	for (int i = 1; i <= 16; i++) {
		char line[64];

		snprintf(line, sizeof(line), "set peer 192.0.2.%d", i);
		assert_int_equal(router_line(r, line), CLI_DONE);
	}
	router_refuses(r, "set peer 192.0.2.17", "At most 16 peers");
}

static void test_entries_refused(void **state)
{
	struct router *r = *state;

	router_configure(r, "crypto map M 10 ipsec-manual\n"
			    "interface eth0\n crypto map M\n"
			    "hostname R\n");
	router_refuses(r, "crypto map M 10 ipsec-isakmp", "of the other kind");
	router_refuses(r, "crypto map M 20", "does not exist");
	router_refuses(r, "crypto map M 0 ipsec-manual", "Invalid input");
	router_refuses(r, "crypto map M 65536 ipsec-manual", "Invalid input");
	router_refuses(r, "no crypto map M", "in use by interface eth0");
	router_refuses(r, "no crypto map M 10", "in use by interface eth0");
	router_refuses(r, "no crypto map X", "does not exist");
	router_refuses(r, "no crypto map M 20", "does not exist");
	router_refuses(r, "crypto map M local-address eth0", "local-address");
	router_refuses(r, "crypto map 0123456789012345678901234567890123456789012345678901234567890123 1 ipsec-manual",
		       "at most 63");
	router_configure(r, "interface eth1\n");
	router_refuses(r, "crypto map X", "Crypto map with tag \"X\" does not exist");
	router_refuses(r, "ipv6 crypto map M", "Crypto map M is an IPv4 map");
	router_refuses(r, "crypto map M redundancy G", "not supported yet");
	router_configure(r, "crypto map N 10 ipsec-manual\ninterface eth0\n");
	expect_warning(r, "crypto map N", "M is replaced");
	router_refuses(r, "no crypto map M", "not on the interface");
	assert_int_equal(router_line(r, "no crypto map"), CLI_DONE);
	router_configure(r, "no crypto map M\nno crypto map N 10\n");
}

static void test_new_entry_is_disabled(void **state)
{
	struct router *r = *state;

	router_configure(r, "hostname R\n");
	expect_warning(r, "crypto map M 10 ipsec-isakmp", "remain disabled until a peer and a valid access list");
	assert_non_null(strstr(router_running(r), "crypto map M 10 ipsec-isakmp\n"));
}

static void test_two_maps_share_no_spi(void **state)
{
	struct router *r = *state;

	router_configure(r,
		"crypto map M 10 ipsec-manual\n"
		" set peer 192.0.2.1\n"
		" set session-key inbound esp 300 cipher " KEY16 "\n"
		" set session-key outbound esp 301 cipher " KEY16 "\n"
		"crypto map M 20 ipsec-manual\n"
		" set peer 192.0.2.2\n"
		" set session-key outbound esp 301 cipher " KEY16 "\n");
	router_refuses(r, "set session-key inbound esp 300 cipher " KEY16,
		       "inbound SPI 300 is in use by crypto map M 10");
	router_configure(r, "crypto map M 20\nno set peer\n");
	router_refuses(r, "set peer 192.0.2.1", "outbound SPI 301 is in use by crypto map M 10");
}

static void test_acl_forms(void **state)
{
	struct router *r = *state;
	const char *lines =
		"ip access-list extended Named\n"
		" remark what is protected\n"
		" permit ip 192.168.1.0 0.0.0.255 192.168.2.0 0.0.0.255\n"
		" deny tcp host 10.0.0.1 eq www any\n"
		" permit udp any range 1000 2000 host 10.0.0.2 eq isakmp\n"
		" permit tcp any gt 1023 any lt 1024\n"
		" permit 97 any any\n"
		" permit icmp 10.1.2.0 0.0.253.255 any\n"
		"!\n"
		"access-list 101 remark first\n"
		"access-list 101 permit esp any host 192.0.2.1\n"
		"access-list 101 deny ip any any\n"
		"access-list 2600 permit ip any any\n"
		"!\n"
		"ipv6 access-list Six\n"
		" permit ipv6 2001:DB8:1::/48 2001:DB8:2::/48\n"
		" permit tcp any eq 22 host 2001:DB8::1\n"
		" permit icmp any any\n"
		"!\n";

	router_configure(r, lines);
	assert_non_null(strstr(router_running(r), lines));
}

static void test_acl_sequence_numbers(void **state)
{
	struct router *r = *state;

	router_configure(r,
		"ip access-list extended A\n"
		" 20 permit ip any host 10.0.0.2\n"
		" 10 permit ip any host 10.0.0.1\n");
	assert_non_null(strstr(router_running(r),
		"ip access-list extended A\n"
		" permit ip any host 10.0.0.1\n"
		" permit ip any host 10.0.0.2\n"));
	router_configure(r,
		"ip access-list extended A\n"
		" 15 deny ip any host 10.0.0.3\n"
		" permit ip any host 10.0.0.4\n");
	assert_non_null(strstr(router_running(r),
		" 10 permit ip any host 10.0.0.1\n"
		" 15 deny ip any host 10.0.0.3\n"
		" 20 permit ip any host 10.0.0.2\n"
		" 30 permit ip any host 10.0.0.4\n"));
	router_refuses(r, "15 permit ip any any", "Duplicate sequence number");
	router_refuses(r, "40 permit ip any host 10.0.0.1", "has this entry as 10 already");
	router_refuses(r, "no 77", "no entry of this number");
	router_refuses(r, "no permit ip any host 10.0.0.9", "no such entry");
	router_line(r, "no 15");
	router_line(r, "no permit ip any host 10.0.0.4");
	assert_null(strstr(router_running(r), "10.0.0.3"));
	assert_null(strstr(router_running(r), "10.0.0.4"));
	/* A numbered list with gaps keeps its numbers through a reload. */
	router_configure(r,
		"access-list 150 permit ip any host 10.0.0.1\n"
		"access-list 150 permit ip any host 10.0.0.2\n"
		"ip access-list extended 150\n"
		" no 10\n");
	assert_non_null(strstr(router_running(r),
		"ip access-list extended 150\n"
		" 20 permit ip any host 10.0.0.2\n"));
	assert_null(strstr(router_running(r), "access-list 150 permit"));
	router_configure(r, "no access-list 150\n");
	assert_null(strstr(router_running(r), "150"));
	/* Again the same: no change, no error. */
	router_configure(r, "ip access-list extended A\n 10 permit ip any host 10.0.0.1\n"
			    " permit ip any host 10.0.0.2\n");
}

static void test_acl_refused(void **state)
{
	struct router *r = *state;

	router_configure(r, "crypto map M 10 ipsec-manual\n match address A\n"
			    "ip access-list extended A\n");
	router_refuses(r, "permit ip any eq 80 any", "Ports are only possible");
	router_refuses(r, "permit tcp any eq nonsense any", "is not a port");
	router_refuses(r, "permit tcp any range 20 10 any", "cannot be less than the first");
	router_refuses(r, "permit tcp any lt 0 any", "No port is less than 0");
	router_refuses(r, "permit tcp any gt 65535 any", "No port is greater than 65535");
	router_refuses(r, "permit ip any any nonsense", "not understood");
	router_refuses(r, "permit tcp any any established", "\"established\" in entry 10 cannot be checked");
	router_refuses(r, "permit tcp any neq 80 any", "two flows; write lt and gt");
	assert_int_equal(router_line(r, "deny tcp any neq 80 any"), CLI_DONE);
	expect_warning(r, "permit ip host 10.0.0.1 any log", "no effect");
	assert_non_null(strstr(router_running(r), " permit ip host 10.0.0.1 any log\n"));
	expect_warning(r, "permit ip host 10.0.0.2 any", "first permit of access list A only");
	/* A list that no map uses may say what only a filter can check. */
	router_configure(r, "ip access-list extended B\n permit tcp any any established\n"
			    "crypto map M 10\n");
	router_refuses(r, "match address B", "\"established\"");
	router_refuses(r, "match address 10", "extended access list");
	router_configure(r, "hostname R\n");
	router_refuses(r, "ip access-list extended 99", "100-199 and 2000-2699");
	router_refuses(r, "no ip access-list extended X", "does not exist");
	expect_warning(r, "no ip access-list extended A", "it protects nothing");
	assert_int_equal(router_line(r, "access-list 10 permit any"), CLI_IGNORED);
}

static void test_replay(void **state)
{
	struct router *r = *state;
	static const char *const bad[] = { "0", "32", "63", "65", "100", "8192" };

	router_configure(r, "crypto map M 10 ipsec-manual\n"
			    " set security-association replay window-size 1024\n"
			    " set security-association replay disable\n"
			    "crypto ipsec security-association replay window-size 256\n");
	assert_non_null(strstr(router_running(r), " set security-association replay disable\n"));
	assert_null(strstr(router_running(r), "1024"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char line[128];

		snprintf(line, sizeof(line),
			 "crypto ipsec security-association replay window-size %s", bad[i]);
		router_refuses(r, line, "Window sizes are");
	}
	router_configure(r, "crypto ipsec security-association replay disable\n");
	assert_non_null(strstr(router_running(r), "crypto ipsec security-association replay disable\n"));
	router_configure(r, "crypto ipsec security-association replay window-size\n");
	assert_null(strstr(router_running(r), "crypto ipsec security-association"));
	router_configure(r, "crypto map M 10\n no set security-association replay disable\n");
	assert_null(strstr(router_running(r), "replay"));
}

static void test_transform_in_use(void **state)
{
	struct router *r = *state;

	router_configure(r, "crypto ipsec transform-set T esp-aes esp-sha-hmac\n"
			    "crypto map M 10 ipsec-isakmp\n set transform-set T\n");
	router_refuses(r, "no crypto ipsec transform-set T", "in use by crypto map M 10");
	router_refuses(r, "no crypto ipsec transform-set X", "does not exist");
	router_refuses(r, "crypto ipsec transform-set T esp-seal esp-md5-hmac", "not supported yet");
	router_configure(r, "crypto map M 10\n no set transform-set T\n"
			    "no crypto ipsec transform-set T\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_manual_entry, router_setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_session_keys_refused, router_setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_keys_are_not_quoted, router_setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_mistyped_keys, router_setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_peers_refused, router_setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_entries_refused, router_setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_new_entry_is_disabled, router_setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_two_maps_share_no_spi, router_setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_acl_forms, router_setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_acl_sequence_numbers, router_setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_acl_refused, router_setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_replay, router_setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_transform_in_use, router_setup, router_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

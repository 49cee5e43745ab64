// SPDX-License-Identifier: GPL-2.0-or-later
/* debug crypto: which lines there are, about whom, and what is never in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike_world.h"
#include "ipsecd/debug.h"
#include "ipsecd/ike/sa.h"
#include "lib/log.h"
#include "lib/text.h"
#include "router.h"

/* All debug lines since begin(). */
static struct text lines;

static void collect(void *arg, const struct timespec *when, int severity, const char *text)
{
	(void)when;
	if (severity == LOG_DEBUG)
		text_printf(arg, "%s\n", text);
}

static bool said(const char *text)
{
	return strstr(text_str(&lines), text);
}

static void begin(struct world_pair *p, unsigned int topics, const char *a, const char *b)
{
	pair_begin(p, 1, a, b);
	log_set_level(LOG_INFO);
	debug_set(DEBUG_ALL, false);
	debug_set(topics, true);
	text_truncate(&lines, 0);
	log_listen(collect, &lines);
}

static void end(struct world_pair *p)
{
	log_listen(NULL, NULL);
	debug_condition_reset();
	pair_end(p);
	text_free(&lines);
}

/* Main mode and quick mode. */
static void negotiate(struct world_pair *p)
{
	node_acquire(p->a, 0);
	assert_true(world_until(p->w, pair_established, p, 5000));
	world_run(p->w, 1000);
	assert_int_equal(router_sas(p->a->router), 2);
}

static void test_isakmp(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, DEBUG_ISAKMP, WORLD_POLICY, WORLD_POLICY);
	negotiate(&p);
	/* Messages both ways, their contents, what is chosen, states (section 6). */
	assert_true(said("ISAKMP:(1001):beginning Main Mode exchange with 192.0.2.2\n"));
	assert_true(said("constructed Main Mode message SA("));
	assert_true(said("ISAKMP:(1001):sending packet to 192.0.2.2 my_port 500 peer_port 500 (I) MM_NO_STATE\n"));
	assert_true(said("received packet from 192.0.2.1 dport 500 sport 500 Global (N) NEW SA: Main Mode, message ID = 0"));
	assert_true(said("ISAKMP:(0):Checking ISAKMP transform 1 against priority 10 policy\n"
			 "ISAKMP:      encryption AES-CBC\n"
			 "ISAKMP:      keylength of 128\n"
			 "ISAKMP:      hash SHA256\n"
			 "ISAKMP:      default group 19\n"
			 "ISAKMP:      auth pre-share\n"
			 "ISAKMP:      life type in seconds\n"
			 "ISAKMP:      life duration (VPI) of  0x0 0x1 0x51 0x80\n"
			 "ISAKMP:(0):atts are acceptable.\n"));
	assert_true(said("Old State = MM_KEY_EXCH  New State = QM_IDLE\n"));
	assert_true(said("processing payloads HASH(32) SA("));
	assert_true(said("ISAKMP: transform 1, ESP_AES\n"));
	assert_true(said("ISAKMP:      encaps is 1 (Tunnel)\n"));
	assert_false(said("IPSEC("));
	assert_false(said("crypto_engine"));
	end(&p);
}

static void test_ipsec(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, DEBUG_IPSEC, WORLD_POLICY, WORLD_POLICY);
	negotiate(&p);
	assert_true(said("IPSEC(key_engine): got a queue event: a packet "));
	assert_true(said("IPSEC(sa_request): , (key eng. msg.) OUTBOUND local= 192.0.2.1, remote= 192.0.2.2, local_proxy= 10.1.0.0/255.255.0.0/0/0 (type=4), remote_proxy= 10.2.0.0/255.255.0.0/0/0 (type=4), protocol= ESP, "));
	assert_true(said("IPSEC(crypto_map_check_policy): crypto map M 10, "));
	assert_true(said("IPSEC(validate_proposal_request): proposal part #1, (key eng. msg.) INBOUND local= 192.0.2.2"));
	assert_true(said("IPSEC(spi_response): getting spi "));
	assert_true(said("IPSEC(create_sa): sa created, (sa) sa_dest= 192.0.2.2, sa_proto= 50, sa_spi= 0x"));
	assert_false(said("ISAKMP:"));
	node_configure(p.a, "interface eth0\n no crypto map\n");
	assert_true(said("IPSEC(delete_sa): deleting SA, (sa) sa_dest= 192.0.2.2, sa_proto= 50"));
	end(&p);
}

static void test_engine(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, DEBUG_ENGINE, WORLD_POLICY, WORLD_POLICY);
	negotiate(&p);
	assert_true(said("crypto_engine:(1001):generate Diffie-Hellman key pair, group 19: done\n"));
	assert_true(said("crypto_engine:(1001):create Diffie-Hellman shared secret, group 19: done\n"));
	assert_true(said("crypto_engine:(1001):verify the peer's HASH: done\n"));
	assert_true(said("crypto_engine:(1001):derive 48 bytes of key material for spi 0x"));
	assert_false(said("ISAKMP:"));
	assert_false(said("IPSEC("));
	end(&p);
}

static void test_off(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, 0, WORLD_POLICY, WORLD_POLICY);
	negotiate(&p);
	assert_int_equal(lines.len, 0);
	end(&p);
}

/* Which attribute it hangs on. */
static void test_mismatch(void **state)
{
	static const char other[] =
		"crypto isakmp policy 20\n encryption aes\n hash sha512\n"
		" authentication pre-share\n group 19\n";
	struct world_pair p;

	(void)state;
	begin(&p, DEBUG_ALL, WORLD_POLICY, other);
	node_acquire(p.a, 0);
	world_run(p.w, 500);
	assert_true(said("ISAKMP:(0):Checking ISAKMP transform 1 against priority 20 policy\n"));
	assert_true(said("ISAKMP:(0):Hash algorithm offered does not match policy!\n"
			 "ISAKMP:(0):atts are not acceptable.\n"));
	end(&p);
	begin(&p, DEBUG_ALL, WORLD_POLICY, WORLD_POLICY);
	node_configure(p.b, "crypto ipsec transform-set T esp-aes 256 esp-sha512-hmac\n");
	node_acquire(p.a, 0);
	world_run(p.w, 500);
	assert_true(said("ISAKMP:atts are not acceptable: "));
	assert_true(said("IPSEC(validate_transform_proposal): transform set T of crypto map M 10 does not match: "));
	end(&p);
}

static struct addr_prefix peers(const char *text)
{
	struct addr_prefix p;

	assert_int_equal(addr_prefix_parse(&p, AF_UNSPEC, text), 0);
	return p;
}

static void test_conditions(void **state)
{
	const struct addr_prefix one = peers("192.0.2.2"), others = peers("198.51.100.0/24");
	struct world_pair p;

	(void)state;
	begin(&p, DEBUG_ALL, WORLD_POLICY, WORLD_POLICY);
	assert_int_equal(debug_condition_add(&others), 0);
	negotiate(&p);
	assert_int_equal(lines.len, 0);
	end(&p);
	begin(&p, DEBUG_ALL, WORLD_POLICY, WORLD_POLICY);
	assert_int_equal(debug_condition_add(&others), 0);
	assert_int_equal(debug_condition_add(&one), 0);
	negotiate(&p);
	/* What A says of B, and not what B says of A. */
	assert_true(said("sending packet to 192.0.2.2"));
	assert_false(said("sending packet to 192.0.2.1 "));
	assert_int_equal(debug_condition_remove(&one), 0);
	text_truncate(&lines, 0);
	debug_isakmp(&one.addr, "about one");
	debug_isakmp(NULL, "about nobody");
	assert_int_equal(lines.len, 0);
	debug_condition_unmatched(DEBUG_ISAKMP, true);
	debug_isakmp(&one.addr, "about one");
	debug_ipsec(NULL, "of another subject");
	debug_isakmp(NULL, "about nobody");
	assert_string_equal(text_str(&lines), "about nobody\n");
	end(&p);
}

/* Four bytes in a row of a secret, as hexadecimal digits of either case. */
static void is_not_said(const char *what, const uint8_t *secret, size_t len)
{
	char hex[9];

	assert_true(len >= 4);
	for (size_t i = 0; i + 4 <= len; i++) {
		snprintf(hex, sizeof(hex), "%02x%02x%02x%02x", secret[i], secret[i + 1],
			 secret[i + 2], secret[i + 3]);
		if (said(hex))
			fail_msg("%s: %s is in the log", what, hex);
	}
}

static void lower_case(void)
{
	for (size_t i = 0; i < lines.len; i++)
		lines.data[i] = (char)tolower((unsigned char)lines.data[i]);
}

static void keys_are_not_said(const struct ike_keys *k)
{
	is_not_said("SKEYID", k->skeyid, k->len);
	is_not_said("SKEYID_d", k->skeyid_d, k->len);
	is_not_said("SKEYID_a", k->skeyid_a, k->len);
	is_not_said("SKEYID_e", k->skeyid_e, k->len);
	is_not_said("cipher key", k->encryption, 16);
}

static void test_no_secrets(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, DEBUG_ALL, WORLD_POLICY, WORLD_POLICY);
	node_configure(p.a, "no crypto isakmp key secret address 192.0.2.2\n"
		       "crypto isakmp key hush-hush-77 address 192.0.2.2\n");
	node_configure(p.b, "no crypto isakmp key secret address 192.0.2.1\n"
		       "crypto isakmp key hush-hush-77 address 192.0.2.1\n");
	negotiate(&p);
	lower_case();
	assert_true(lines.len > 4000);
	assert_false(said("hush"));
	assert_false(said("686173682d68757368"));
	keys_are_not_said(&node_sa(p.a)->keys);
	end(&p);
}

/* --- the commands */

static void test_commands(void **state)
{
	struct router *r = *state;

	debug_set(DEBUG_ALL, false);
	assert_string_equal(router_show(r, "show debugging"), "");
	assert_string_equal(router_show(r, "debug crypto isakmp"),
			    "Crypto ISAKMP debugging is on\n");
	assert_string_equal(router_show(r, "debug crypto engine"),
			    "Crypto Engine debugging is on\n");
	assert_int_equal(debug_topics, DEBUG_ISAKMP | DEBUG_ENGINE);
	assert_string_equal(router_show(r, "show debugging"),
			    "\nCryptographic Subsystem:\n"
			    "  Crypto ISAKMP debugging is on\n"
			    "  Crypto Engine debugging is on\n");
	assert_string_equal(router_show(r, "no debug crypto isakmp"),
			    "Crypto ISAKMP debugging is off\n");
	assert_string_equal(router_show(r, "undebug crypto engine"),
			    "Crypto Engine debugging is off\n");
	assert_int_equal(debug_topics, 0);
	router_show(r, "debug crypto ipsec");
	assert_string_equal(router_show(r, "undebug all"),
			    "All possible debugging has been turned off\n");
	router_show(r, "debug all");
	assert_int_equal(debug_topics, DEBUG_ALL);
	router_show(r, "no debug all");
	assert_int_equal(debug_topics, 0);
}

static void test_condition_commands(void **state)
{
	struct router *r = *state;

	debug_set(DEBUG_ALL, false);
	assert_string_equal(router_show(r, "show crypto debug-condition"),
			    "Crypto conditional debug is turned OFF\n");
	router_show(r, "debug crypto condition peer ipv4 192.0.2.1");
	router_show(r, "debug crypto condition peer subnet 198.51.100.7 255.255.255.0");
	router_show(r, "debug crypto condition peer ipv6 2001:DB8::/32");
	router_show(r, "debug crypto condition unmatched isakmp");
	assert_string_equal(router_show(r, "show crypto debug-condition"),
			    "Crypto conditional debug is turned ON\n"
			    "Peer IP Address:\n"
			    "  192.0.2.1/32\n"
			    "  198.51.100.0/24\n"
			    "  2001:DB8::/32\n"
			    "Debug messages without a known peer are shown too: isakmp\n");
	router_refuses(r, "debug crypto condition peer subnet 198.51.100.7 255.0.255.0", "mask");
	router_refuses(r, "no debug crypto condition peer ipv4 192.0.2.2",
		       "There is no such condition");
	router_show(r, "no debug crypto condition peer ipv4 192.0.2.1");
	router_show(r, "no debug crypto condition unmatched");
	assert_null(strstr(router_show(r, "show crypto debug-condition"), "192.0.2.1"));
	router_show(r, "debug crypto condition reset");
	assert_string_equal(router_show(r, "show crypto debug-condition"),
			    "Crypto conditional debug is turned OFF\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_isakmp),
		cmocka_unit_test(test_ipsec),
		cmocka_unit_test(test_engine),
		cmocka_unit_test(test_off),
		cmocka_unit_test(test_mismatch),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_no_secrets),
		cmocka_unit_test_setup_teardown(test_commands, router_setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_condition_commands, router_setup,
						router_teardown),
	};

	return cmocka_run_group_tests_name("debug", tests, NULL, NULL);
}

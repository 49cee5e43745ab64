// SPDX-License-Identifier: GPL-2.0-or-later
/* What crypto map entries and dynamic maps say to IKE; whole configurations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router_expect.h"

static int setup(void **state)
{
	*state = router_new();
	return 0;
}

static int teardown(void **state)
{
	router_free(*state);
	return 0;
}

static void test_pfs_without_sa(void **state)
{
	struct router *r = *state;

	router_configure(r,
		"access-list 101 permit ip any any\n"
		"crypto map M 1 ipsec-isakmp\n set peer 10.0.0.2\n match address 101\n"
		"interface eth0\n ip address 192.0.2.1 255.255.255.0\n crypto map M\n");
	assert_non_null(strstr(router_show(r, "show crypto ipsec sa"),
			       "     PFS (Y/N): N, DH group: none\n"));
	/* What is configured is no matter of SAs that there are, or are not. */
	router_configure(r, "crypto map M 1\n set pfs group14\n");
	assert_non_null(strstr(router_show(r, "show crypto ipsec sa"),
			       "     PFS (Y/N): N, DH group: none\n"));
}

static void test_entries(void **state)
{
	struct router *r = *state;

	router_configure(r,
		"crypto isakmp profile P\n"
		"crypto ipsec transform-set A esp-aes esp-sha-hmac\n"
		"crypto ipsec transform-set B esp-gcm 256\n"
		"crypto map green 1 ipsec-isakmp\n"
		" set peer 10.0.0.1 default\n"
		" set peer 10.0.0.2\n"
		" set peer gw.example.com dynamic\n"
		" set peer gw2.example.com\n"
		" set security-association lifetime seconds 600\n"
		" set security-association lifetime kilobytes disable\n"
		" set security-association idle-time 600 default\n"
		" set transform-set B A\n"
		" set pfs group14\n"
		" set isakmp-profile P\n"
		" match address 101\n"
		"crypto map green 2 ipsec-isakmp\n"
		" set pfs\n");
	expect_running(r,
		"!\n"
		"crypto isakmp profile P\n"
		"!\n"
		"crypto ipsec transform-set A esp-aes esp-sha-hmac\n"
		" mode tunnel\n"
		"crypto ipsec transform-set B esp-gcm 256\n"
		" mode tunnel\n"
		"!\n"
		"crypto map green 1 ipsec-isakmp\n"
		" set peer 10.0.0.1 default\n"
		" set peer 10.0.0.2\n"
		" set peer gw.example.com dynamic\n"
		" set peer gw2.example.com\n"
		" set security-association lifetime kilobytes disable\n"
		" set security-association lifetime seconds 600\n"
		" set security-association idle-time 600 default\n"
		" set transform-set B A\n"
		" set pfs group14\n"
		" set isakmp-profile P\n"
		" match address 101\n"
		"crypto map green 2 ipsec-isakmp\n"
		" set pfs\n"
		"!\n"
		"end\n");
	assert_string_equal(router_show(r, "show crypto map"),
		"Crypto Map \"green\" 1 ipsec-isakmp\n"
		"        Peer = 10.0.0.1 (default)\n"
		"        Peer = 10.0.0.2\n"
		"        Peer = gw.example.com\n"
		"        Peer = gw2.example.com\n"
		"        Extended IP access list 101 (not defined)\n"
		"        Current peer: 10.0.0.1\n"
		"        Security association lifetime: 600 seconds\n"
		"        Security association idletime: 600 seconds\n"
		"        PFS (Y/N): Y\n"
		"        DH group:  group14\n"
		"        ISAKMP Profile: P\n"
		"        Replay window size: 64 packets\n"
		"        Transform sets={\n"
		"                B:  { esp-gcm 256  } ,\n"
		"                A:  { esp-aes esp-sha-hmac  } ,\n"
		"        }\n"
		"\n"
		"Crypto Map \"green\" 2 ipsec-isakmp\n"
		"        No matching address list set.\n"
		"        Security association lifetime: 4608000 kilobytes/3600 seconds\n"
		"        PFS (Y/N): Y\n"
		"        DH group:  group1\n"
		"        Replay window size: 64 packets\n"
		"        Transform sets={\n"
		"        }\n"
		"\n"
		"        Interfaces using crypto map green:\n"
		"\n");
	router_configure(r,
		"crypto map green 1\n"
		" no set peer 10.0.0.1\n no set peer gw.example.com\n"
		" no set security-association lifetime seconds\n"
		" no set security-association lifetime kilobytes\n"
		" no set security-association idle-time\n"
		" no set pfs\n no set isakmp-profile\n no set transform-set\n no match address\n"
		"no crypto map green 2\nno crypto isakmp profile P\nno crypto ipsec transform-set A\n"
		"no crypto ipsec transform-set B\n");
	expect_running(r, "!\ncrypto map green 1 ipsec-isakmp\n set peer 10.0.0.2\n"
			  " set peer gw2.example.com\n!\nend\n");
}

/* "default" moves, and goes with its peer. */
static void test_default_peer(void **state)
{
	struct router *r = *state;

	router_configure(r, "crypto map M 1 ipsec-isakmp\n set peer 10.0.0.1 default\n"
			    " set peer 10.0.0.2\n set peer 10.0.0.2 default\n");
	expect_running(r, "!\ncrypto map M 1 ipsec-isakmp\n set peer 10.0.0.1\n"
			  " set peer 10.0.0.2 default\n!\nend\n");
	router_configure(r, "crypto map M 1\n no set peer 10.0.0.1\n");
	expect_running(r, "!\ncrypto map M 1 ipsec-isakmp\n set peer 10.0.0.2 default\n!\nend\n");
	router_configure(r, "crypto map M 1\n set peer 10.0.0.2\n");
	expect_running(r, "!\ncrypto map M 1 ipsec-isakmp\n set peer 10.0.0.2\n!\nend\n");
	router_configure(r, "crypto map M 1\n no set peer\n");
	expect_running(r, "!\ncrypto map M 1 ipsec-isakmp\n!\nend\n");
}

static void test_entries_refused(void **state)
{
	struct router *r = *state;

	router_configure(r, "crypto map M 1 ipsec-isakmp\n");
	expect_refused(r, "set peer 10.0.0.300", "neither an address nor the name of a host");
	expect_refused(r, "set peer -gw", "neither an address");
	expect_refused(r, "set peer gw..example", "neither an address");
	expect_refused(r, "set peer gw_1", "neither an address");
	expect_refused(r, "set pfs group3", "group3");
	expect_refused(r, "set security-association lifetime seconds 60", "out of the range");
	expect_refused(r, "set security-association lifetime kilobytes 1", "out of the range");
	expect_refused(r, "set security-association idle-time 59", "out of the range");
	expect_refused(r, "set security-association idle-time 86401", "out of the range");
	expect_refused(r, "no set peer gw", "not a peer");
	router_configure(r, "crypto isakmp profile P\ncrypto map N 1 ipsec-manual\n");
	expect_refused(r, "set peer gw", "needs an address");
	assert_null(r->result.warnings);
	expect_refused(r, "set peer 10.0.0.1 default", "only possible in ipsec-isakmp");
	expect_refused(r, "set pfs group14", "only possible in ipsec-isakmp");
	expect_refused(r, "set security-association lifetime seconds 600", "only possible in ipsec-isakmp");
	expect_refused(r, "set security-association lifetime kilobytes disable", "only possible in ipsec-isakmp");
	expect_refused(r, "set security-association idle-time 600", "only possible in ipsec-isakmp");
	expect_refused(r, "set isakmp-profile P", "only possible in ipsec-isakmp");
}

static void test_dynamic_maps(void **state)
{
	struct router *r = *state;

	router_configure(r,
		"crypto ipsec transform-set T esp-aes esp-sha-hmac\n"
		"crypto dynamic-map mydynmap 1\n"
		" description roaming\n"
		" set transform-set T\n"
		" set pfs group2\n"
		" set security-association lifetime seconds 1200\n"
		" set security-association replay window-size 256\n"
		" match address 110\n"
		"crypto dynamic mydynmap 2\n"
		" set peer 10.0.0.1\n"
		"crypto dynamic-map ipv6 six 1\n"
		" set peer 2001:db8::1\n"
		"crypto map mymap 3 ipsec-isakmp dynamic mydynmap\n"
		"crypto map ipv6 mymap 3 ipsec-isakmp dynamic six\n");
	expect_running(r,
		"!\n"
		"crypto ipsec transform-set T esp-aes esp-sha-hmac\n"
		" mode tunnel\n"
		"!\n"
		"crypto dynamic-map mydynmap 1\n"
		" description roaming\n"
		" set security-association lifetime seconds 1200\n"
		" set security-association replay window-size 256\n"
		" set transform-set T\n"
		" set pfs group2\n"
		" match address 110\n"
		"crypto dynamic-map mydynmap 2\n"
		" set peer 10.0.0.1\n"
		"crypto dynamic-map ipv6 six 1\n"
		" set peer 2001:DB8::1\n"
		"!\n"
		"crypto map mymap 3 ipsec-isakmp dynamic mydynmap\n"
		"crypto map ipv6 mymap 3 ipsec-isakmp dynamic six\n"
		"!\n"
		"end\n");
	assert_string_equal(router_show(r, "show crypto dynamic-map tag mydynmap"),
		"Crypto Map Template \"mydynmap\" 1\n"
		"        Description: roaming\n"
		"        Extended IP access list 110 (not defined)\n"
		"        Security association lifetime: 4608000 kilobytes/1200 seconds\n"
		"        PFS (Y/N): Y\n"
		"        DH group:  group2\n"
		"        Replay window size: 256 packets\n"
		"        Transform sets={\n"
		"                T:  { esp-aes esp-sha-hmac  } ,\n"
		"        }\n"
		"\n"
		"Crypto Map Template \"mydynmap\" 2\n"
		"        Peer = 10.0.0.1\n"
		"        No matching address list set.\n"
		"        Current peer: 10.0.0.1\n"
		"        Security association lifetime: 4608000 kilobytes/3600 seconds\n"
		"        PFS (Y/N): N\n"
		"        Replay window size: 64 packets\n"
		"        Transform sets={\n"
		"        }\n"
		"\n");
	assert_non_null(strstr(router_show(r, "show crypto map"),
			       "Crypto Map \"mymap\" 3 ipsec-isakmp\n"
			       "        Dynamic map template tag: mydynmap\n"));
	router_configure(r, "no crypto dynamic-map mydynmap 2\nno crypto map mymap\n"
			    "no crypto map ipv6 mymap 3 ipsec-isakmp dynamic six\n"
			    "no crypto dynamic-map mydynmap\nno crypto dynamic-map ipv6 six 1\n"
			    "no crypto ipsec transform-set T\n");
	expect_running(r, "!\nend\n");
	assert_string_equal(router_show(r, "show crypto dynamic-map"),
			    "No crypto map templates found.\n");
}

static void test_dynamic_maps_refused(void **state)
{
	struct router *r = *state;

	router_configure(r,
		"crypto ipsec transform-set T esp-aes esp-sha-hmac\n"
		"crypto dynamic-map D 1\n set transform-set T\n match address 110\n"
		"crypto map M 1 ipsec-isakmp\n"
		"crypto map M 2 ipsec-isakmp dynamic D\n");
	expect_refused(r, "no crypto dynamic-map D", "in use by crypto map M 2");
	expect_refused(r, "no crypto dynamic-map D 1", "in use by crypto map M 2");
	expect_refused(r, "no crypto dynamic-map D 7", "does not exist");
	expect_refused(r, "no crypto dynamic-map X", "does not exist");
	expect_refused(r, "crypto map M 1 ipsec-isakmp dynamic D", "of the other kind");
	expect_refused(r, "crypto map M 2 ipsec-isakmp", "stands for dynamic map D");
	expect_refused(r, "crypto map M 2 ipsec-manual", "stands for dynamic map D");
	expect_refused(r, "crypto map M 3 ipsec-isakmp dynamic D discover",
		       "Tunnel endpoint discovery is not supported");
	expect_refused(r, "crypto dynamic-map D", "Incomplete");
	expect_refused(r, "no crypto ipsec transform-set T", "in use by crypto dynamic-map D 1");
	expect_refused(r, "access-list 110 permit tcp any neq 80 any", "neq");
	expect_warning(r, "crypto map M 4 ipsec-isakmp dynamic LATER", "does not exist yet");
	/* One that has an access list is fine; one that has none takes anything. */
	expect_silent(r, "crypto map M 5 ipsec-isakmp dynamic D");
	router_configure(r, "crypto dynamic-map OPEN 3\n set transform-set T\n"
			 "crypto dynamic-map OPEN 4\n set transform-set T\n match address 110\n");
	expect_warning(r, "crypto map M 6 ipsec-isakmp dynamic OPEN",
		       "OPEN 3 has no access list: whatever a peer asks for is protected");
	router_configure(r, "crypto dynamic-map D 1\n");
	expect_refused(r, "reverse-route", "not supported");
	expect_refused(r, "set session-key inbound esp 300 cipher 00", "Invalid input");
	expect_refused(r, "set peer 2001:db8::1", "IPv4 address");
	expect_refused(r, "set transform-set NONE", "does not exist");
}

/* A peer that is a name is no address for the kernel. */
static void test_hosts_are_not_pushed(void **state)
{
	struct router *r = *state;

	router_configure(r,
		"access-list 101 permit ip any any\n"
		"crypto map M 1 ipsec-isakmp\n set peer gw.example.com\n set peer 10.0.0.2\n"
		" match address 101\n"
		"interface eth0\n ip address 192.0.2.1 255.255.255.0\n crypto map M\n");
	assert_int_equal(r->d.policy->n_entries, 1);
	assert_int_equal(r->d.policy->entries[0].entry.n_peers, 1);
	assert_int_equal(r->d.policy->entries[0].entry.peers[0].family, AF_INET);
}

/* What brings up no tunnel is said, and nothing of what does. */
static void test_hosts(void **state)
{
	struct router *r = *state;

	router_configure(r, "crypto map M 1 ipsec-isakmp\n");
	expect_silent(r, "set peer gw.example.com");
	expect_silent(r, "set peer gw.example.com dynamic");
	expect_silent(r, "set peer 10.0.0.2 default");
	expect_silent(r, "no set peer gw.example.com");
	router_configure(r, "crypto dynamic-map D 1\n");
	expect_silent(r, "set peer gw.example.com");
}

/* What requirements list as typed in the documents (2.7, A.1, A.4, A.5, A.7). */
static void test_lines_of_the_documents(void **state)
{
	struct router *r = *state;

	fake_link_add(r->d.links, "GigabitEthernet8", 8);
	fake_link_add(r->d.links, "GigabitEthernet0/0/1", 9);
	router_configure(r,
		"crypto isakmp policy 1\n"
		" encryption aes\n hash sha\n authentication pre-share\n group 2\n"
		"crypto isakmp key Password address 2.2.2.2\n"
		"crypto isakmp keepalive 30 periodic\n"
		"crypto ipsec transform-set IPSEC esp-aes esp-sha-hmac\n mode tunnel\n"
		"crypto map ipsec-setting 1 ipsec-isakmp\n"
		" set peer 2.2.2.2\n set transform-set IPSEC\n match address Allow-ipsec\n"
		"interface GigabitEthernet8\n"
		" ip address 1.1.1.1 255.255.255.248\n crypto map ipsec-setting\n"
		"ip access-list extended Allow-ipsec\n"
		" 10 permit ip 192.168.1.0 0.0.0.255 192.168.2.0 0.0.0.255\n"
		"crypto map ETH0 18 ipsec-isakmp\n"
		" set peer 172.17.150.3\n set security-association replay disable\n"
		" set security-association replay window-size 128\n match address 180\n"
		"crypto isakmp key kd94j1ksldz address 10.2.80.209 255.255.255.0\n"
		"crypto isakmp keepalive 10 periodic\n"
		"crypto isakmp keepalive 30 20 periodic\n"
		"crypto map green 1 ipsec-isakmp\n"
		" set peer 10.0.0.1\n set peer 10.0.0.2\n set peer 10.0.0.3\n"
		" set transform-set IPSEC\n match address 101\n"
		"crypto map ipv6 CMAP_1 1 ipsec-isakmp\n"
		" set peer address 2001:DB8:FFFF::1\n match address 102\n"
		"crypto map ipv6 cmap 1 ipsec-isakmp\n"
		" set peer 2001:DB8:FFFF:1::E/64\n"
		" set security-association lifetime seconds 600\n"
		"interface GigabitEthernet0/0/1\n"
		" ipv6 address 2001:DB8:FFFF::2/64\n ipv6 crypto map CMAP_1\n"
		"crypto ipsec security-association replay window-size 1024\n"
		"crypto ipsec security-association idle-time 600\n"
		"crypto map test 1 ipsec-isakmp\n set security-association idle-time 600\n"
		"crypto isakmp policy 15\n"
		" authentication pre-share\n hash md5\n group 2\n encryption 3des\n lifetime 43200\n"
		"crypto isakmp key 0 my-preshare-key-0 address ipv6 3ffe:1001::2/128\n"
		"crypto keyring keyring1\n"
		" pre-shared-key ipv6 3FFE:2002::A8BB:CCFF:FE01:2C02/128 key k\n"
		"crypto isakmp peer address ipv6 3FFE:2002::A8BB:CCFF:FE01:2C02/128\n"
		" set aggressive-mode client-endpoint ipv6 3FFE:2002::A8BB:CCFF:FE01:2C02/128\n"
		"crypto isakmp profile profile1\n self-identity address ipv6\n"
		" match identity address ipv6 3FFE:2002::A8BB:CCFF:FE01:2C02/128\n"
		"crypto dynamic mydynmap 1\n set transform-set IPSEC\n"
		"crypto map mymap 3 ipsec-isakmp dynamic mydynmap\n");
	router_show(r, "sh crypto isakmp policy");
	router_show(r, "show crypto isakmp profile");
	router_show(r, "show crypto isakmp peer config");
	router_show(r, "show crypto dynamic-map tag mydynmap");
	router_show(r, "show crypto map tag mymap");
	assert_non_null(strstr(router_show(r, "show running-config"),
		"crypto isakmp policy 15\n encr 3des\n hash md5\n authentication pre-share\n"
		" group 2\n lifetime 43200\ncrypto isakmp key "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_pfs_without_sa, setup, teardown),
		cmocka_unit_test_setup_teardown(test_entries, setup, teardown),
		cmocka_unit_test_setup_teardown(test_default_peer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_entries_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dynamic_maps, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dynamic_maps_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hosts_are_not_pushed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hosts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lines_of_the_documents, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Commands of interfaces and routes; saving; what is ignored and refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "router.h"

struct refusal {
	const char *line;
	const char *text;
};

static void test_interface_refusals(void **state)
{
	static const struct refusal refusals[] = {
		{ "ip address 10.0.0.0 255.255.255.0", "Bad mask" },
		{ "ip address 10.0.0.255 255.255.255.0", "Bad mask" },
		{ "ip address 224.0.0.1 255.255.255.0", "Bad mask" },
		{ "ip address 127.0.0.1 255.0.0.0", "Bad mask" },
		{ "ip address 10.0.0.1 255.0.255.0", "mask is not contiguous" },
		{ "ip address 10.5.0.1 255.255.255.0", "in use on another interface" },
		{ "ip address 10.0.1.1 255.255.255.0 secondary", "cannot be secondary too" },
		{ "no ip address 10.9.9.9 255.255.255.0", "not the primary address" },
		{ "no ip address 10.9.9.9 255.255.255.0 secondary", "not a secondary address" },
		{ "no ip address 10.0.1.1 255.255.255.0", "Must delete secondary before" },
		{ "ip mtu 67", "out of the range" },
		{ "ip mtu 65536", "out of the range" },
		{ "ip mtu 1279", "IPv6 needs an MTU of 1280" },
		{ "ipv6 mtu 1279", "out of the range" },
		{ "ipv6 mtu 1500", "cannot be larger than the IP MTU" },
		{ "ipv6 address 2001:DB8::/129", "prefix length" },
		{ "ipv6 address ff02::1/64", "cannot be the address" },
		{ "ipv6 address ::/64", "cannot be the address" },
		{ "ipv6 address 2001:DB8:5::1/64", "in use on another interface" },
		{ "ipv6 address 2001:DB8::1 link-local", "not a link-local address" },
		{ "ipv6 address 2001:DB8::/80 eui-64", "64 bits or less" },
		{ "no ipv6 address 2001:DB8::99/64", "not an address of the interface" },
		{ "ip address dhcp", "not configured here" },
		{ "ip unnumbered eth1", "not supported" },
		{ "ip access-group 101 in", "use nftables" },
		{ "ip nat inside", "use nftables" },
		{ "ip tcp adjust-mss 1360", "not supported yet" },
		{ "standby 1 ip 10.0.0.9", "HSRP is not supported yet" },
		{ "tunnel source eth0", "not supported yet" },
		{ "zone-member security INSIDE", "use nftables" },
		{ "crypto ipsec df-bit clear", "always copied" },
	};
	struct router *r = *state;

	router_configure(r,
		"interface eth1\n"
		" ip address 10.5.0.1 255.255.255.0\n"
		" ipv6 address 2001:DB8:5::1/64\n"
		"interface eth0\n"
		" ip address 10.0.1.1 255.255.255.0\n"
		" ip address 10.0.2.1 255.255.255.0 secondary\n"
		" ip mtu 1400\n"
		" ipv6 address 2001:DB8::1/64\n");
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++)
		router_refuses(r, refusals[i].line, refusals[i].text);
	router_refuses(r, "interface Tunnel0", "not supported yet");
	router_refuses(r, "no interface eth7", "is not configured");
}

static void test_route_refusals(void **state)
{
	static const struct refusal refusals[] = {
		{ "ip route 10.3.3.3 255.0.0.0 10.0.0.1", "Inconsistent address and mask" },
		{ "ip route 224.0.0.0 240.0.0.0 10.0.0.1", "multicast" },
		{ "ip route 10.0.0.0 255.0.0.0 0.0.0.0", "Invalid next hop" },
		{ "ip route 10.0.0.0 255.0.0.0 224.0.0.1", "Invalid next hop" },
		{ "ip route 10.0.0.0 255.0.0.0 10.0.0.1 256", "" },
		{ "ip route 10.0.0.0 255.0.0.0", "Incomplete" },
		{ "ipv6 route 2001:DB8::1/32 2001:DB8::2", "Inconsistent address and mask" },
		{ "ipv6 route ff00::/8 2001:DB8::2", "multicast" },
		{ "no ip route 10.0.0.0 255.0.0.0", "No matching route" },
		{ "no ipv6 route ::/0", "No matching route" },
	};
	struct router *r = *state;

	router_configure(r, "hostname R\n");
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++)
		router_refuses(r, refusals[i].line, refusals[i].text);
}

static void test_refused_features(void **state)
{
	static const struct refusal refusals[] = {
		{ "crypto isakmp nat keepalive 20", "NAT keepalives are not supported yet" },
		{ "crypto isakmp invalid-spi-recovery", "Invalid SPI recovery is not supported yet" },
		{ "crypto isakmp client configuration group G", "This setting of ISAKMP" },
		{ "crypto ipsec profile P", "profiles" },
		{ "crypto ipsec client ezvpn E", "Easy VPN" },
		{ "crypto ipsec df-bit set", "always copied" },
		{ "crypto ipsec fragmentation after-encryption", "before encryption" },
		{ "crypto ipsec nat-transparency udp-encapsulation", "NAT transparency" },
		{ "platform ipsec llq qos-group 1", "QoS of IPsec" },
		{ "ip nat inside source list 1 interface eth0 overload", "use nftables" },
		{ "ip inspect name FW tcp", "use nftables" },
		{ "zone security INSIDE", "use nftables" },
		{ "class-map type inspect match-any C", "use nftables" },
		{ "frobnicate", "frobnicate" },
		{ "hostname -bad", "host name" },
	};
	static const char *const of_entries[] = {
		"set security-association level per-host", "set ikev2-profile P",
		"reverse-route", "qos pre-classify",
	};
	struct router *r = *state;

	router_configure(r, "hostname R\n");
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++)
		router_refuses(r, refusals[i].line, refusals[i].text);
	router_configure(r, "crypto map M 1 ipsec-manual\n");
	for (size_t i = 0; i < sizeof(of_entries) / sizeof(*of_entries); i++)
		router_refuses(r, of_entries[i], "not supported");
	/* The "no" form asks for what is the case. */
	assert_int_equal(router_line(r, "no crypto isakmp nat keepalive"), CLI_IGNORED);
}

static void test_names_and_abbreviations(void **state)
{
	struct router *r = *state;

	fake_link_add(r->d.links, "Gi0/1", 7);
	router_configure(r,
		"int GigabitEthernet 0/1\n"
		" descr one\n"
		" exit\n"
		"interface gi0/1\n"
		" ip addr 10.0.0.1 255.255.255.252\n"
		"interface ETH0\n"
		" description zero\n");
	assert_non_null(strstr(router_running(r),
		"interface GigabitEthernet0/1\n"
		" description one\n"
		" ip address 10.0.0.1 255.255.255.252\n"));
	router_configure(r, "default interface gigabitethernet0/1\nno hostname\n");
	assert_null(strstr(router_running(r), "GigabitEthernet0/1"));
	router_configure(r, "interface eth0\n default description\n default shutdown\n");
	assert_null(strstr(router_running(r), "zero"));
}

static void test_secondary_becomes_primary(void **state)
{
	struct router *r = *state;

	router_configure(r,
		"interface eth0\n"
		" ip address 10.0.0.1 255.255.255.0\n"
		" ip address 10.0.1.1 255.255.255.0 secondary\n"
		" ip address 10.0.1.1 255.255.255.0\n");
	assert_non_null(strstr(router_running(r), "interface eth0\n ip address 10.0.1.1 255.255.255.0\n!"));
	assert_true(fake_link_has(r->d.links, "eth0", "10.0.1.1/24"));
	assert_false(fake_link_has(r->d.links, "eth0", "10.0.0.1/24"));
}

static void test_eui64(void **state)
{
	struct router *r = *state;

	router_configure(r, "interface eth0\n ipv6 address 2001:DB8:1::/64 eui-64\n");
	assert_non_null(strstr(router_running(r), " ipv6 address 2001:DB8:1::/64 eui-64\n"));
	assert_true(fake_link_has(r->d.links, "eth0", "2001:DB8:1::FF:FE00:2/64"));
	router_configure(r, "interface eth0\n no ipv6 address 2001:DB8:1::/64 eui-64\n");
	assert_false(fake_link_has(r->d.links, "eth0", "2001:DB8:1::FF:FE00:2/64"));
}

static void test_save(void **state)
{
	char directory[] = "/tmp/test_save.XXXXXX";
	char path[64];
	struct router *r = *state;
	struct cli_report report;
	struct stat st;
	char *shown;

	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/new/startup-config", directory);
	r->d.startup_path = path;
	assert_int_equal(router_line(r, "show startup-config"), CLI_REFUSED);
	router_configure(r, "hostname Saved\n");
	router_show(r, "write memory");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	shown = strdup(router_show(r, "show startup-config"));
	assert_non_null(strstr(shown, "hostname Saved\n"));
	assert_int_equal(router_file(r, strchr(shown, '\n') + 1, &report), 0);
	cli_report_free(&report);
	free(shown);
	router_show(r, "copy running-config startup-config");
	router_show(r, "write erase");
	assert_int_not_equal(stat(path, &st), 0);
	/* A directory that is a file: refused with the reason. */
	r->d.startup_path = "/dev/null/startup-config";
	assert_int_equal(router_line(r, "write"), CLI_REFUSED);
	assert_non_null(strstr(r->result.error, "Not a directory"));
	*strrchr(path, '/') = 0;
	rmdir(path);
	rmdir(directory);
}

/* Whatever a user of exec mode may see holds no key. */
static void test_exec_mode_sees_no_keys(void **state)
{
	struct router *r = *state;

	router_configure(r, "crypto map M 1 ipsec-manual\n"
			    " set session-key inbound esp 300 cipher deadbeefdeadbeefdeadbeefdeadbeef\n");
	router_line(r, "end");
	router_line(r, "disable");
	assert_int_not_equal(router_line(r, "show running-config"), CLI_DONE);
	assert_int_not_equal(router_line(r, "write memory"), CLI_DONE);
	assert_int_not_equal(router_line(r, "clear crypto sa"), CLI_DONE);
	assert_int_equal(router_line(r, "show crypto map"), CLI_DONE);
	assert_null(strstr(text_str(&r->result.out), "deadbeef"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_interface_refusals, router_setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_route_refusals, router_setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_refused_features, router_setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_names_and_abbreviations, router_setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_secondary_becomes_primary, router_setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_eui64, router_setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_save, router_setup, router_teardown),
		cmocka_unit_test_setup_teardown(test_exec_mode_sees_no_keys, router_setup, router_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

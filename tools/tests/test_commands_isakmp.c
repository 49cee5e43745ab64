// SPDX-License-Identifier: GPL-2.0-or-later
/* Commands of IKE: what is stored, displayed, refused and warned about. */
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

/* S0: "hash sha" and "group 1" are not displayed, "encryption aes" is "encr aes". */
static void test_policies(void **state)
{
	struct router *r = *state;

	router_configure(r,
		"crypto isakmp policy 10\n"
		" encryption aes 256\n hash sha256\n authentication pre-share\n group 14\n lifetime 180\n"
		"crypto isakmp policy 1\n"
		" encryption aes\n hash sha\n authentication pre-share\n group 2\n"
		"crypto isakmp policy 20\n"
		" encr aes192\n authentication rsa-sig\n group 1\n lifetime 86400\n"
		"crypto isakmp policy 30\n"
		" encr 3des\n hash md5\n group 24\n"
		"crypto isakmp policy 40\n"
		" encr aes 128\n hash sha512\n group 21\n"
		"crypto isakmp policy 50\n");
	expect_running(r,
		"!\n"
		"crypto isakmp policy 1\n encr aes\n authentication pre-share\n group 2\n"
		"!\n"
		"crypto isakmp policy 10\n encr aes 256\n hash sha256\n authentication pre-share\n"
		" group 14\n lifetime 180\n"
		"!\n"
		"crypto isakmp policy 20\n encr aes 192\n"
		"!\n"
		"crypto isakmp policy 30\n encr 3des\n hash md5\n group 24\n"
		"!\n"
		"crypto isakmp policy 40\n encr aes\n hash sha512\n group 21\n"
		"!\n"
		"crypto isakmp policy 50\n"
		"!\n"
		"end\n");
	router_configure(r, "crypto isakmp policy 10\n no encryption\n no hash\n"
			    " no authentication\n no group\n no lifetime\n"
			    "no crypto isakmp policy 1\nno crypto isakmp policy 20\n"
			    "no crypto isakmp policy 30\nno crypto isakmp policy 40\n"
			    "no crypto isakmp policy 50\n");
	expect_running(r, "!\ncrypto isakmp policy 10\n!\nend\n");
}

static void test_policies_refused(void **state)
{
	struct router *r = *state;

	router_configure(r, "hostname R\n");
	expect_refused(r, "crypto isakmp policy 0", "out of the range");
	expect_refused(r, "crypto isakmp policy 10001", "out of the range");
	expect_refused(r, "no crypto isakmp policy 7", "ISAKMP policy 7 does not exist");
	router_configure(r, "crypto isakmp policy 1\n");
	expect_refused(r, "encryption aes 512", "512");
	expect_refused(r, "encryption blowfish", "blowfish");
	expect_refused(r, "hash sha1", "sha1");
	expect_refused(r, "authentication rsa-encr", "rsa-encr is not supported");
	expect_refused(r, "group 3", "3");
	expect_refused(r, "group 18", "18");
	expect_refused(r, "lifetime 59", "out of the range");
	expect_refused(r, "lifetime 86401", "out of the range");
}

static void test_weak_algorithms(void **state)
{
	struct router *r = *state;

	router_configure(r, "crypto isakmp policy 1\n");
	expect_warning(r, "encryption des", "weaker encryption algorithm");
	expect_warning(r, "hash md5", "weaker hash algorithm");
	expect_warning(r, "group 1", "weaker dh-group");
	expect_warning(r, "group 2", "weaker dh-group");
	expect_warning(r, "group 5", "weaker dh-group");
	expect_silent(r, "encryption aes");
	expect_silent(r, "hash sha256");
	expect_silent(r, "group 14");
	router_configure(r, "crypto map M 1 ipsec-isakmp\n");
	expect_warning(r, "set pfs", "weaker dh-group");
	expect_warning(r, "set pfs group2", "weaker dh-group");
	expect_silent(r, "set pfs group19");
}

static void test_show_policies(void **state)
{
	struct router *r = *state;

	router_configure(r, "crypto isakmp policy 15\n encr aes 256\n hash sha384\n"
			    " authentication pre-share\n group 20\n lifetime 43200\n");
	assert_string_equal(router_show(r, "show crypto isakmp policy"),
		"\n"
		"Global IKE policy\n"
		"Protection suite of priority 15\n"
		"\tencryption algorithm:\tAES - Advanced Encryption Standard (256 bit keys).\n"
		"\thash algorithm:\t\tSecure Hash Standard 2 (384 bit)\n"
		"\tauthentication method:\tPre-Shared Key\n"
		"\tDiffie-Hellman group:\t#20 (384 bit)\n"
		"\tlifetime:\t\t43200 seconds, no volume limit\n"
		"Default protection suite\n"
		"\tencryption algorithm:\tDES - Data Encryption Standard (56 bit keys).\n"
		"\thash algorithm:\t\tSecure Hash Standard\n"
		"\tauthentication method:\tRivest-Shamir-Adleman Signature\n"
		"\tDiffie-Hellman group:\t#1 (768 bit)\n"
		"\tlifetime:\t\t86400 seconds, no volume limit\n");
}

static void test_keys(void **state)
{
	struct router *r = *state;

	router_configure(r,
		"crypto isakmp key Password address 2.2.2.2\n"
		"crypto isakmp key 0 1234 address 10.2.2.2 no-xauth\n"
		"crypto isakmp key kd94j1ksldz address 10.2.80.209 255.255.255.0\n"
		"crypto isakmp key any address 0.0.0.0 0.0.0.0\n"
		"crypto isakmp key 0 my-preshare-key-0 address ipv6 3ffe:1001::2/128\n"
		"crypto isakmp key six ipv6 2001:DB8::/32\n"
		"crypto isakmp key one ipv6 2001:DB8::1\n"
		"crypto isakmp key named hostname gw.example.com\n"
		"crypto isakmp key 0 0 address 192.0.2.1\n"
		"crypto isakmp key 0 6 address 192.0.2.2\n"
		"crypto isakmp key address address 192.0.2.3\n"
		"crypto isakmp key <removed>\"%s!' address 192.0.2.4\n");
	expect_running(r,
		"!\n"
		"crypto isakmp key any address 0.0.0.0 0.0.0.0\n"
		"crypto isakmp key Password address 2.2.2.2\n"
		"crypto isakmp key 1234 address 10.2.2.2 no-xauth\n"
		"crypto isakmp key kd94j1ksldz address 10.2.80.0 255.255.255.0\n"
		"crypto isakmp key 0 0 address 192.0.2.1\n"
		"crypto isakmp key 0 6 address 192.0.2.2\n"
		"crypto isakmp key address address 192.0.2.3\n"
		"crypto isakmp key <removed>\"%s!' address 192.0.2.4\n"
		"crypto isakmp key six address ipv6 2001:DB8::/32\n"
		"crypto isakmp key one address ipv6 2001:DB8::1/128\n"
		"crypto isakmp key my-preshare-key-0 address ipv6 3FFE:1001::2/128\n"
		"crypto isakmp key named hostname gw.example.com\n"
		"!\n"
		"end\n");
	router_configure(r,
		"no crypto isakmp key Password address 2.2.2.2\n"
		"no crypto isakmp key address 10.2.2.2\n"
		"no crypto isakmp key address 10.2.80.1 255.255.255.0\n"
		"no crypto isakmp key any address 0.0.0.0 0.0.0.0\n"
		"no crypto isakmp key address ipv6 3ffe:1001::2/128\n"
		"no crypto isakmp key ipv6 2001:DB8::/32\n"
		"no crypto isakmp key 0 one ipv6 2001:DB8::1\n"
		"no crypto isakmp key hostname GW.example.com\n"
		"no crypto isakmp key 0 0 address 192.0.2.1\n"
		"no crypto isakmp key address 192.0.2.2\n"
		"no crypto isakmp key address 192.0.2.3\n"
		"no crypto isakmp key address 192.0.2.4\n");
	expect_running(r, "!\nend\n");
}

static void test_keys_refused(void **state)
{
	char long_key[ISAKMP_KEY_MAX + 2], line[256];
	struct router *r = *state;

	memset(long_key, 'k', sizeof(long_key) - 1);
	long_key[sizeof(long_key) - 1] = 0;
	router_configure(r, "crypto isakmp key one address 10.0.0.0 255.0.0.0\n"
			    "crypto isakmp key one hostname gw\n"
			    "crypto isakmp key one ipv6 2001:db8::1\n");
	expect_refused(r, "crypto isakmp key two address 10.9.9.9 255.0.0.0",
		       "A pre-shared key for address mask 10.0.0.0 255.0.0.0 already exists!");
	expect_refused(r, "crypto isakmp key one address 10.0.0.0 255.0.0.0 no-xauth", "already exists!");
	expect_refused(r, "crypto isakmp key two hostname GW", "already exists!");
	expect_refused(r, "crypto isakmp key two ipv6 2001:db8::1/128", "already exists!");
	expect_silent(r, "crypto isakmp key one address 10.0.0.0 255.0.0.0");
	expect_refused(r, "crypto isakmp key 6 AAB address 10.1.1.1", "Encrypted keys are not supported");
	expect_refused(r, "crypto isakmp key two address 10.1.1.1 255.0.255.0", "");
	expect_refused(r, "crypto isakmp key two", "Incomplete");
	expect_refused(r, "no crypto isakmp key address 10.1.1.1", "no such pre-shared key");
	snprintf(line, sizeof(line), "crypto isakmp key %s address 10.1.1.1", long_key);
	expect_refused(r, line, "at most 128 characters");
	snprintf(line, sizeof(line), "crypto isakmp key %s address 10.1.1.1", long_key + 1);
	assert_int_equal(router_line(r, line), CLI_DONE);
}

static void expect_hidden(struct router *r, const char *line)
{
	router_line(r, line);
	if ((r->result.error && strstr(r->result.error, "SECRET")) ||
	    (r->result.detail && strstr(r->result.detail, "SECRET")) ||
	    (r->result.word && strstr(r->result.word, "SECRET")) ||
	    (r->result.warnings && strstr(r->result.warnings, "SECRET")))
		fail_msg("\"%s\": quoted", line);
	if (!r->result.secret)
		fail_msg("\"%s\": not marked as secret", line);
}

/* A key is in no message about a line, however the line is mistyped. */
static void test_keys_are_not_quoted(void **state)
{
	struct router *r = *state;

	router_configure(r, "crypto isakmp key SECRET address 10.0.0.1\n");
	expect_hidden(r, "crypto isakmp key SECRET address 10.0.0.2");
	expect_hidden(r, "crypto isakmp key SECRET2 address 10.0.0.2");
	expect_hidden(r, "crypto isakmp kye SECRET address 10.0.0.2");
	expect_hidden(r, "crypto isakmp key SECRET adress 10.0.0.2");
	expect_hidden(r, "crypto isakmp key 6 SECRET address 10.0.0.2");
	expect_hidden(r, "crypto isakmp key 0 x SECRET address 10.0.0.2");
	expect_hidden(r, "no crypto isakmp key SECRET address 10.0.0.9");
	router_configure(r, "crypto keyring K\n");
	expect_hidden(r, "pre-shared-key address 10.0.0.1 key SECRET");
	expect_hidden(r, "pre-shared-key address 10.0.0.1 SECRET");
	expect_hidden(r, "pre-shared-key address 10.0.0.1 key 6 SECRET");
	router_configure(r, "crypto isakmp peer address 10.0.0.1\n");
	expect_hidden(r, "set aggressive-mode password SECRET");
	expect_hidden(r, "set aggressive-mode password x SECRET");
	assert_null(strstr(router_show(r, "show crypto isakmp key"), "SECRET"));
	assert_null(strstr(router_show(r, "show crypto isakmp peers config"), "SECRET"));
	assert_non_null(strstr(router_show(r, "show crypto isakmp peers config"), "<removed>"));
}

static void test_running_config_without_secrets(void **state)
{
	struct text out = TEXT_INIT;
	struct router *r = *state;

	router_configure(r, "crypto isakmp key SECRET address 10.0.0.1\n"
			    "crypto keyring K\n pre-shared-key address 10.0.0.1 key SECRET\n"
			    "crypto isakmp peer address 10.0.0.1\n"
			    " set aggressive-mode password SECRET\n");
	cli_running_config(r->d.cli, r->d.running, 0, &out);
	assert_string_equal(text_str(&out),
		"!\n"
		"crypto keyring K\n"
		" pre-shared-key address 10.0.0.1 key <removed>\n"
		"!\n"
		"crypto isakmp key <removed> address 10.0.0.1\n"
		"!\n"
		"crypto isakmp peer address 10.0.0.1\n"
		" set aggressive-mode password <removed>\n"
		"!\n"
		"end\n");
	text_free(&out);
}

static void test_show_keys(void **state)
{
	struct router *r = *state;

	router_configure(r, "crypto isakmp key k address 10.0.0.1\n"
			    "crypto isakmp key k address 10.1.0.0 255.255.0.0\n"
			    "crypto keyring RING\n pre-shared-key hostname gw.example.com key k\n"
			    " pre-shared-key ipv6 2001:db8::/32 key k\n");
	assert_string_equal(router_show(r, "show crypto isakmp key"),
		"Keyring      Hostname/Address                            Preshared Key\n"
		"\n"
		"default      10.0.0.1                                    <removed>\n"
		"default      10.1.0.0                [255.255.0.0]       <removed>\n"
		"RING         2001:DB8::/32                               <removed>\n"
		"RING         gw.example.com                              <removed>\n");
}

static void test_keyrings(void **state)
{
	struct router *r = *state;

	router_configure(r,
		"crypto keyring keyring1\n"
		" description of both sites\n"
		" pre-shared-key ipv6 3FFE:2002::A8BB:CCFF:FE01:2C02/128 key k1\n"
		" pre-shared-key address 10.1.1.1 key k2\n"
		" pre-shared-key address 10.2.0.0 255.255.0.0 key 0 k3\n"
		" pre-shared-key hostname gw key k4\n"
		"crypto isakmp key k5 address 10.1.1.1\n"
		"crypto keyring other\n");
	expect_running(r,
		"!\n"
		"crypto keyring keyring1\n"
		" description of both sites\n"
		" pre-shared-key address 10.1.1.1 key k2\n"
		" pre-shared-key address 10.2.0.0 255.255.0.0 key k3\n"
		" pre-shared-key ipv6 3FFE:2002::A8BB:CCFF:FE01:2C02/128 key k1\n"
		" pre-shared-key hostname gw key k4\n"
		"crypto keyring other\n"
		"!\n"
		"crypto isakmp key k5 address 10.1.1.1\n"
		"!\n"
		"end\n");
	expect_refused(r, "crypto keyring K vrf RED", "VRFs are not supported");
	router_configure(r, "crypto isakmp profile P\n keyring keyring1\n");
	expect_refused(r, "no crypto keyring keyring1", "in use by ISAKMP profile P");
	expect_refused(r, "no crypto keyring none", "does not exist");
	router_configure(r, "crypto keyring keyring1\n no pre-shared-key hostname gw\n");
	expect_refused(r, "no pre-shared-key hostname gw", "no such pre-shared key");
	expect_refused(r, "pre-shared-key address 10.1.1.1 key k9", "already exists!");
	expect_refused(r, "pre-shared-key address 10.1.1.9", "Incomplete");
	/* The keys of a keyring go with it, and those of others stay. */
	router_configure(r, "no crypto isakmp profile P\nno crypto keyring keyring1\n");
	expect_running(r, "!\ncrypto keyring other\n!\n"
			  "crypto isakmp key k5 address 10.1.1.1\n!\nend\n");
}

static void test_profiles(void **state)
{
	struct router *r = *state;

	router_configure(r,
		"crypto pki trustpoint T\n"
		"crypto keyring K\n"
		"crypto isakmp profile profile1\n"
		" description site A\n"
		" keyring K\n"
		" ca trust-point T\n"
		" self-identity address ipv6\n"
		" match identity address ipv6 3FFE:2002::A8BB:CCFF:FE01:2C02/128\n"
		" match identity address 10.1.1.1\n"
		" match identity address 10.2.3.4 255.255.0.0\n"
		" match identity host gw.example.com\n"
		" match identity host domain example.com\n"
		" match identity user u@example.com\n"
		" match identity user domain example.com\n"
		" match identity group unity\n"
		" match identity group unity\n"
		" keepalive 60 retry 5\n"
		" initiate mode aggressive\n"
		"crypto isakmp profile p2\n self-identity fqdn\n keepalive 10 retry 2 periodic\n"
		"crypto isakmp profile p3\n self-identity user-fqdn me@example.com\n"
		"crypto isakmp profile p4\n self-identity dn\n");
	expect_running(r,
		"!\n"
		"crypto pki trustpoint T\n"
		"!\n"
		"crypto keyring K\n"
		"!\n"
		"crypto isakmp profile p2\n"
		" self-identity fqdn\n"
		" keepalive 10 retry 2 periodic\n"
		"crypto isakmp profile p3\n"
		" self-identity user-fqdn me@example.com\n"
		"crypto isakmp profile p4\n"
		" self-identity dn\n"
		"crypto isakmp profile profile1\n"
		" description site A\n"
		" keyring K\n"
		" ca trust-point T\n"
		" self-identity address\n"
		" match identity address ipv6 3FFE:2002::A8BB:CCFF:FE01:2C02/128\n"
		" match identity address 10.1.1.1 255.255.255.255\n"
		" match identity address 10.2.0.0 255.255.0.0\n"
		" match identity host gw.example.com\n"
		" match identity host domain example.com\n"
		" match identity user u@example.com\n"
		" match identity user domain example.com\n"
		" match identity group unity\n"
		" keepalive 60 retry 5\n"
		" initiate mode aggressive\n"
		"!\n"
		"end\n");
	assert_non_null(strstr(router_show(r, "show crypto isakmp profile tag profile1"),
		"IKEv1 PROFILE profile1\n"
		"   Description: site A\n"
		"   Identities matched are:\n"
		"    address ipv6 3FFE:2002::A8BB:CCFF:FE01:2C02/128\n"
		"    address 10.1.1.1 255.255.255.255\n"));
	assert_null(strstr(text_str(&r->result.out), "p2"));
	assert_non_null(strstr(router_show(r, "show crypto isakmp profile"),
			       "Identity presented is: user-fqdn me@example.com\n"));
	router_configure(r,
		"crypto isakmp profile profile1\n"
		" no description\n no keyring\n no ca trust-point\n no self-identity\n"
		" no match identity address ipv6 3FFE:2002::A8BB:CCFF:FE01:2C02/128\n"
		" no match identity address 10.1.1.1 255.255.255.255\n"
		" no match identity address 10.2.0.0 255.255.0.0\n"
		" no match identity host gw.example.com\n"
		" no match identity host domain example.com\n"
		" no match identity user u@example.com\n"
		" no match identity user domain example.com\n"
		" no match identity group unity\n"
		" no keepalive\n no initiate mode aggressive\n"
		"no crypto isakmp profile p2\nno crypto isakmp profile p3\n"
		"no crypto isakmp profile p4\nno crypto keyring K\nno crypto pki trustpoint T\n");
	expect_running(r, "!\ncrypto isakmp profile profile1\n!\nend\n");
}

static void test_profiles_refused(void **state)
{
	struct router *r = *state;

	router_configure(r, "crypto pki trustpoint T\ncrypto isakmp profile P\n"
			    " ca trust-point T\ncrypto isakmp profile Q\n"
			    "crypto map M 1 ipsec-isakmp\n set isakmp-profile P\n"
			    "crypto dynamic-map D 1\n set isakmp-profile Q\n");
	expect_refused(r, "set isakmp-profile NONE", "ISAKMP profile NONE does not exist");
	router_configure(r, "crypto isakmp profile Q\n");
	expect_refused(r, "crypto isakmp profile X accounting LIST", "Accounting of sessions is not supported");
	expect_refused(r, "no crypto isakmp profile P", "in use by crypto map M 1");
	expect_refused(r, "no crypto isakmp profile Q", "in use by crypto dynamic-map D 1");
	expect_refused(r, "no crypto isakmp profile X", "does not exist");
	expect_refused(r, "no crypto pki trustpoint T", "in use by ISAKMP profile P");
	expect_refused(r, "keyring NONE", "Keyring NONE does not exist");
	expect_refused(r, "ca trust-point NONE", "Trustpoint NONE does not exist");
	expect_refused(r, "match identity address 10.1.1.1 255.255.255.255 RED", "VRFs are not supported");
	expect_refused(r, "no match identity group g", "no such match identity");
	expect_refused(r, "keepalive 9 retry 2", "out of the range");
	expect_refused(r, "keepalive 10 retry 61", "out of the range");
	expect_refused(r, "client authentication list L", "not supported");
	expect_refused(r, "vrf RED", "not supported");
	for (int i = 0; i < ISAKMP_MATCHES_MAX; i++) {
		char line[64];

		snprintf(line, sizeof(line), "match identity group g%d", i);
		assert_int_equal(router_line(r, line), CLI_DONE);
	}
	expect_refused(r, "match identity group more", "At most 64");
}

static void test_peers(void **state)
{
	struct router *r = *state;

	router_configure(r,
		"crypto isakmp peer address ipv6 3FFE:2002::A8BB:CCFF:FE01:2C02/128\n"
		" set aggressive-mode client-endpoint ipv6 3FFE:2002::A8BB:CCFF:FE01:2C02/128\n"
		"crypto isakmp peer address 10.1.1.1\n"
		" set aggressive-mode password pw\n"
		" set aggressive-mode client-endpoint fqdn me.example.com\n"
		"crypto isakmp peer address 10.2.0.0 255.255.0.0\n"
		" set aggressive-mode client-endpoint user-fqdn me@example.com\n"
		"crypto isakmp peer hostname gw.example.com\n"
		" set aggressive-mode client-endpoint ipv4-address 10.9.9.9\n"
		"crypto isakmp peer hostname hub\n"
		" set aggressive-mode client-endpoint key-id unity\n");
	expect_running(r,
		"!\n"
		"crypto isakmp peer address 10.1.1.1\n"
		" set aggressive-mode password pw\n"
		" set aggressive-mode client-endpoint fqdn me.example.com\n"
		"crypto isakmp peer address 10.2.0.0 255.255.0.0\n"
		" set aggressive-mode client-endpoint user-fqdn me@example.com\n"
		"crypto isakmp peer address ipv6 3FFE:2002::A8BB:CCFF:FE01:2C02/128\n"
		" set aggressive-mode client-endpoint ipv6 3FFE:2002::A8BB:CCFF:FE01:2C02\n"
		"crypto isakmp peer hostname gw.example.com\n"
		" set aggressive-mode client-endpoint ipv4-address 10.9.9.9\n"
		"crypto isakmp peer hostname hub\n"
		" set aggressive-mode client-endpoint key-id unity\n"
		"!\n"
		"end\n");
	assert_non_null(strstr(router_show(r, "show crypto isakmp peer config"),
		"Peer: 10.1.1.1\n"
		"  Aggressive mode client endpoint: fqdn me.example.com\n"
		"  Aggressive mode password: <removed>\n"));
	router_configure(r, "crypto isakmp peer address 10.1.1.1\n"
			    " no set aggressive-mode password\n"
			    " no set aggressive-mode client-endpoint\n"
			    "no crypto isakmp peer address 10.2.0.0 255.255.0.0\n"
			    "no crypto isakmp peer address ipv6 3FFE:2002::A8BB:CCFF:FE01:2C02\n"
			    "no crypto isakmp peer hostname gw.example.com\n"
			    "no crypto isakmp peer hostname hub\n");
	expect_running(r, "!\ncrypto isakmp peer address 10.1.1.1\n!\nend\n");
	expect_refused(r, "no crypto isakmp peer hostname hub", "no such ISAKMP peer");
}

static void test_trustpoints(void **state)
{
	struct router *r = *state;

	router_configure(r,
		"crypto pki trustpoint CA\n"
		" enrollment terminal pem\n"
		" revocation-check none\n"
		" ca file /etc/cryptomap/ca.pem\n"
		" crl file /etc/cryptomap/crl.pem\n"
		" certificate file /etc/cryptomap/cert.pem\n"
		" key file /etc/cryptomap/key.pem\n");
	expect_running(r,
		"!\n"
		"crypto pki trustpoint CA\n"
		" ca file /etc/cryptomap/ca.pem\n"
		" crl file /etc/cryptomap/crl.pem\n"
		" certificate file /etc/cryptomap/cert.pem\n"
		" key file /etc/cryptomap/key.pem\n"
		"!\n"
		"end\n");
	expect_refused(r, "revocation-check crl", "Only lists in a file");
	expect_refused(r, "ocsp url http://ocsp.example.com", "not enrolled or checked otherwise");
	expect_refused(r, "ca file ca.pem", "begins with /");
	expect_refused(r, "no crypto pki trustpoint X", "does not exist");
	router_configure(r, "crypto pki trustpoint CA\n no crl\n no key file\n");
	expect_running(r,
		"!\n"
		"crypto pki trustpoint CA\n"
		" ca file /etc/cryptomap/ca.pem\n"
		" certificate file /etc/cryptomap/cert.pem\n"
		"!\n"
		"end\n");
}

/* DPD-1 to DPD-5, V1, V2. */
static void test_keepalive(void **state)
{
	static const char *const lines[][2] = {
		{ "crypto isakmp keepalive 30 periodic", "crypto isakmp keepalive 30 periodic\n" },
		{ "crypto isakmp keepalive 10", "crypto isakmp keepalive 10\n" },
		{ "crypto isakmp keepalive 10 on-demand", "crypto isakmp keepalive 10\n" },
		{ "crypto isakmp keepalive 30 20 periodic", "crypto isakmp keepalive 30 20 periodic\n" },
		{ "crypto isakmp keepalive 30 30", "crypto isakmp keepalive 30 30\n" },
		{ "crypto isakmp keepalive 3600 2", "crypto isakmp keepalive 3600\n" },
	};
	struct router *r = *state;
	char text[128];

	router_configure(r, "crypto isakmp policy 1\nno crypto isakmp policy 1\n");
	expect_refused(r, "crypto isakmp keepalive", "Incomplete command");
	expect_refused(r, "crypto isakmp keepalive 9", "out of the range");
	expect_refused(r, "crypto isakmp keepalive 3601", "out of the range");
	expect_refused(r, "crypto isakmp keepalive 10 1", "out of the range");
	expect_refused(r, "crypto isakmp keepalive 10 61", "out of the range");
	expect_refused(r, "crypto isakmp keepalive periodic", "periodic");
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		router_configure(r, lines[i][0]);
		snprintf(text, sizeof(text), "!\n%s!\nend\n", lines[i][1]);
		expect_running(r, text);
	}
	/* What is refused leaves the old value in force. */
	expect_refused(r, "crypto isakmp keepalive 5", "out of the range");
	router_configure(r, "no crypto isakmp keepalive\n");
	expect_running(r, "!\nend\n");
}

static void test_globals(void **state)
{
	struct router *r = *state;

	router_configure(r,
		"crypto isakmp enable\n"
		"crypto isakmp identity address\n"
		"crypto ipsec security-association lifetime seconds 3600\n"
		"crypto ipsec security-association lifetime kilobytes 4608000\n");
	expect_running(r, "!\nend\n");
	router_configure(r,
		"no crypto isakmp enable\n"
		"crypto isakmp identity hostname\n"
		"crypto isakmp aggressive-mode disable\n"
		"crypto ipsec security-association lifetime seconds 86400\n"
		"crypto ipsec security-association lifetime kilobytes disable\n"
		"crypto ipsec security-association idle-time 600\n");
	expect_running(r,
		"!\n"
		"crypto isakmp identity hostname\n"
		"crypto isakmp aggressive-mode disable\n"
		"no crypto isakmp enable\n"
		"!\n"
		"crypto ipsec security-association lifetime kilobytes disable\n"
		"crypto ipsec security-association lifetime seconds 86400\n"
		"crypto ipsec security-association idle-time 600\n"
		"!\n"
		"end\n");
	router_configure(r,
		"crypto isakmp enable\n"
		"crypto isakmp identity dn\n"
		"no crypto isakmp aggressive-mode disable\n"
		"no crypto ipsec security-association lifetime seconds\n"
		"crypto ipsec security-association lifetime kilobytes 2560\n"
		"no crypto ipsec security-association idle-time\n");
	expect_running(r, "!\ncrypto isakmp identity dn\n!\n"
			  "crypto ipsec security-association lifetime kilobytes 2560\n!\nend\n");
	router_configure(r, "no crypto isakmp identity\ndefault crypto isakmp enable\n"
			    "no crypto ipsec security-association lifetime kilobytes 2560\n");
	expect_running(r, "!\nend\n");
	expect_refused(r, "crypto ipsec security-association lifetime seconds 119", "out of the range");
	expect_refused(r, "crypto ipsec security-association lifetime kilobytes 2559", "out of the range");
	expect_refused(r, "crypto ipsec security-association lifetime", "Incomplete");
	/* V5 */
	expect_refused(r, "crypto ipsec security-association idle-time 59", "out of the range");
	expect_refused(r, "crypto ipsec security-association idle-time 86401", "out of the range");
	expect_refused(r, "crypto isakmp identity", "Incomplete");
}

static void test_domain(void **state)
{
	struct router *r = *state;

	router_configure(r, "hostname R\nip domain name corp.example.com\n");
	expect_running(r, "!\nhostname R\n!\nip domain name corp.example.com\n!\nend\n");
	router_configure(r, "ip domain-name example.com\n");
	expect_running(r, "!\nhostname R\n!\nip domain name example.com\n!\nend\n");
	expect_refused(r, "ip domain name .com", "begins with a letter");
	router_configure(r, "no ip domain name\n");
	expect_running(r, "!\nhostname R\n!\nend\n");
}

static void expect_completion(struct router *r, const char *line, const char *name)
{
	struct cli_help help;
	bool found = false;

	cli_complete(r->session, line, strlen(line), &help);
	for (size_t i = 0; i < help.n; i++)
		found |= !strcmp(help.matches[i].word, name);
	if (!found)
		fail_msg("\"%s?\" has no %s", line, name);
	cli_help_free(&help);
}

static void test_names_are_completed(void **state)
{
	struct router *r = *state;

	router_configure(r, "crypto pki trustpoint ROOT\ncrypto keyring RING\n"
			    "crypto dynamic-map ROAM 1\ncrypto isakmp profile SITE\n");
	expect_completion(r, "keyring ", "RING");
	expect_completion(r, "ca trust-point ", "ROOT");
	expect_completion(r, "no crypto isakmp profile ", "SITE");
	expect_completion(r, "crypto map M 1 ipsec-isakmp dynamic ", "ROAM");
	expect_completion(r, "do show crypto dynamic-map tag ", "ROAM");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_policies, setup, teardown),
		cmocka_unit_test_setup_teardown(test_policies_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_weak_algorithms, setup, teardown),
		cmocka_unit_test_setup_teardown(test_show_policies, setup, teardown),
		cmocka_unit_test_setup_teardown(test_keys, setup, teardown),
		cmocka_unit_test_setup_teardown(test_keys_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_keys_are_not_quoted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_running_config_without_secrets, setup, teardown),
		cmocka_unit_test_setup_teardown(test_show_keys, setup, teardown),
		cmocka_unit_test_setup_teardown(test_keyrings, setup, teardown),
		cmocka_unit_test_setup_teardown(test_profiles, setup, teardown),
		cmocka_unit_test_setup_teardown(test_profiles_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_peers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_trustpoints, setup, teardown),
		cmocka_unit_test_setup_teardown(test_keepalive, setup, teardown),
		cmocka_unit_test_setup_teardown(test_globals, setup, teardown),
		cmocka_unit_test_setup_teardown(test_domain, setup, teardown),
		cmocka_unit_test_setup_teardown(test_names_are_completed, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

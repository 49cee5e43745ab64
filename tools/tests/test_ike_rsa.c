// SPDX-License-Identifier: GPL-2.0-or-later
/* Phase 1 with RSA signatures and certificates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "ike_pki.h"
#include "ike_world.h"
#include "ipsecd/ike/sa.h"

#define POLICY								\
	"crypto isakmp policy 1\n"					\
	" encryption aes\n"						\
	" hash sha256\n"						\
	" authentication rsa-sig\n"					\
	" group 19\n"

static struct pki *ours, *another;

static int setup(void **state)
{
	(void)state;
	ours = pki_new("authority", WORLD_CALENDAR);
	pki_issue(ours, "a", "IP:192.0.2.1,DNS:A.example.org", false);
	pki_issue(ours, "b", "IP:192.0.2.2", false);
	pki_issue(ours, "old", "IP:192.0.2.1", true);
	pki_issue(ours, "bare", "", false);
	another = pki_new("another authority", WORLD_CALENDAR);
	pki_issue(another, "a", "IP:192.0.2.1", false);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pki_free(ours);
	pki_free(another);
	return 0;
}

/* @certificate of @pki for A, with @lines; B has one of its own. */
static void begin(struct world_pair *p, struct pki *pki, const char *certificate,
		  const char *lines)
{
	char all[2048];

	snprintf(all, sizeof(all), "%s%s%s", POLICY, pki_lines(pki, certificate), lines);
	pair_begin(p, 1, all, POLICY);
	node_configure(p->b, pki_lines(ours, "b"));
}

static void expect(struct world_pair *p, bool established)
{
	assert_non_null(node_initiate(p->a, p->b));
	assert_true(world_until(p->w, pair_established, p, 30000) == established);
	if (established)
		pair_expect_same_sa(p);
}

static void test_addresses(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, ours, "a", "");
	expect(&p, true);
	assert_int_equal(node_sa(p.a)->suite.auth, IKE_AUTH_RSA_SIG);
	assert_int_equal(p.w->sent, 6);
	pair_end(&p);
}

static void test_hostname(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, ours, "a", "ip domain name example.org\ncrypto isakmp identity hostname\n");
	expect(&p, true);
	pair_end(&p);

	/* A name that the certificate is not for. */
	begin(&p, ours, "a", "ip domain name example.com\ncrypto isakmp identity hostname\n");
	expect(&p, false);
	assert_true(world_logged("is not for the identity that is shown"));
	pair_end(&p);
}

static void test_subject(void **state)
{
	struct world_pair p;
	char text[64];

	(void)state;
	begin(&p, ours, "bare", "crypto isakmp identity dn\n");
	expect(&p, true);
	assert_int_equal(node_sa(p.b)->peer_id.type, ISAKMP_ID_DER_ASN1_DN);
	assert_string_equal(isakmp_id_text(&node_sa(p.b)->peer_id, text, sizeof(text)),
			    "CN=bare,O=test");
	pair_end(&p);

	begin(&p, ours, "bare", "");
	expect(&p, false);
	pair_end(&p);
}

/* Of two trustpoints the one whose CA the peer asks for, in either role. */
static void test_two_trustpoints(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, ours, "a", "");
	node_configure(p.b, pki_lines(another, "a"));
	expect(&p, true);
	pair_end(&p);

	begin(&p, ours, "a", "");
	node_configure(p.b, pki_lines(another, "a"));
	assert_non_null(node_initiate(p.b, p.a));
	assert_true(world_until(p.w, pair_established, &p, 30000));
	pair_expect_same_sa(&p);
	pair_end(&p);

	/* A profile says that it must be the other one. */
	begin(&p, ours, "a", "");
	node_configure(p.b, pki_lines(another, "a"));
	node_configure(p.b, "crypto isakmp profile P\n"
		       " match identity address 192.0.2.1 255.255.255.255\n"
		       " ca trust-point a\n");
	expect(&p, false);
	assert_true(world_logged("whose trustpoint its certificate is not from"));
	pair_end(&p);
}

/* Makes a request for another kind of certificate of it, which is as good as none. */
static bool spoil_request(void *arg, struct world_datagram *d)
{
	size_t at = ISAKMP_HEADER_LEN, len;
	uint8_t type = d->data[16];

	(void)arg;
	if (d->data[19] & ISAKMP_FLAG_ENCRYPTED)
		return true;
	for (; type && at + 4 <= d->len; type = d->data[at], at += len) {
		len = (size_t)d->data[at + 2] << 8 | d->data[at + 3];
		if (type == ISAKMP_PAYLOAD_CERTREQ)
			d->data[at + 4] = 0;
	}
	return true;
}

/* Peers that do not ask for certificates want them nevertheless. */
static void test_not_asked(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, ours, "a", "");
	p.w->filter = spoil_request;
	expect(&p, true);
	pair_end(&p);
}

static void test_not_trusted(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, another, "a", "");
	expect(&p, false);
	assert_true(world_logged("%CRYPTO-5-IKMP_INVAL_CERT: Certificate received from 192.0.2."));
	/* Both are told, and nothing stays. */
	world_run(p.w, 200000);
	assert_int_equal(node_others(p.a) + node_others(p.b), 0);
	pair_end(&p);
}

static void test_expired(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, ours, "old", "");
	expect(&p, false);
	assert_true(world_logged("%CRYPTO-5-IKMP_INVAL_CERT: Certificate received from 192.0.2.1 is bad"));
	/* Under the keys, which both have by then. */
	assert_true(world_logged("peer 192.0.2.2 says INVALID_CERTIFICATE"));
	pair_end(&p);
}

static void test_no_files(void **state)
{
	struct world_pair p;

	(void)state;
	pair_begin(&p, 1, POLICY "crypto pki trustpoint T\n ca file /nonexistent/ca.pem\n"
		   " certificate file /nonexistent/cert.pem\n key file /nonexistent/key.pem\n",
		   POLICY);
	assert_null(node_initiate(p.a, p.b));
	assert_true(world_logged("trustpoint T: /nonexistent/ca.pem: No such file or directory"));
	pair_end(&p);
}

/* Both methods configured: the responder's order decides. */
static void test_beside_pre_shared_keys(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, ours, "a", WORLD_POLICY);
	node_configure(p.b, WORLD_POLICY);
	expect(&p, true);
	assert_int_equal(node_sa(p.a)->suite.auth, IKE_AUTH_RSA_SIG);
	pair_end(&p);

	begin(&p, ours, "a", WORLD_POLICY);
	node_configure(p.b, "no crypto isakmp policy 1\n" WORLD_POLICY);
	expect(&p, true);
	assert_int_equal(node_sa(p.a)->suite.auth, IKE_AUTH_PSK);
	pair_end(&p);
}

static void test_aggressive(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, ours, "a", "crypto isakmp peer address 192.0.2.2\n"
	      " set aggressive-mode client-endpoint fqdn A.example.org\n");
	node_configure(p.b, "crypto isakmp peer address 192.0.2.1\n"
		       " set aggressive-mode client-endpoint ipv4-address 192.0.2.2\n");
	expect(&p, true);
	assert_int_equal(node_sa(p.a)->exchange_type, ISAKMP_EXCHANGE_AGGRESSIVE);
	pair_end(&p);
}

/* Only signatures are offered, though there is a policy with a key: they come first. */
static void test_aggressive_beside_key(void **state)
{
	struct world_pair p;

	(void)state;
	begin(&p, ours, "a", WORLD_POLICY "crypto isakmp peer address 192.0.2.2\n"
	      " set aggressive-mode client-endpoint fqdn A.example.org\n");
	node_configure(p.b, "no crypto isakmp policy 1\n" WORLD_POLICY
		       "crypto isakmp policy 20\n encryption aes\n hash sha256\n"
		       " authentication rsa-sig\n group 19\n"
		       "crypto isakmp peer address 192.0.2.1\n"
		       " set aggressive-mode client-endpoint ipv4-address 192.0.2.2\n");
	expect(&p, true);
	assert_int_equal(node_sa(p.b)->policy, 20);
	pair_end(&p);
}

static bool lose(void *arg, struct world_datagram *d)
{
	return d->nth != *(unsigned int *)arg;
}

static void test_each_message_lost(void **state)
{
	struct world_pair p;
	unsigned int nth;

	(void)state;
	for (nth = 1; nth <= 6; nth++) {
		begin(&p, ours, "a", "");
		p.w->filter = lose;
		p.w->filter_arg = &nth;
		expect(&p, true);
		pair_end(&p);
	}
}

/* The files are read again with a new configuration, while a handshake goes on with the old ones. */
static void test_configured_meanwhile(void **state)
{
	struct world_pair p;
	unsigned int i;

	(void)state;
	for (i = 1; i < 6; i++) {
		begin(&p, ours, "a", "");
		assert_non_null(node_initiate(p.a, p.b));
		world_run(p.w, i * 10 + 5);
		node_configure(p.a, "hostname other\n");
		node_configure(p.b, "hostname other\n");
		assert_true(world_until(p.w, pair_established, &p, 1000));
		pair_end(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_hostname),
		cmocka_unit_test(test_subject),
		cmocka_unit_test(test_two_trustpoints),
		cmocka_unit_test(test_not_asked),
		cmocka_unit_test(test_not_trusted),
		cmocka_unit_test(test_expired),
		cmocka_unit_test(test_no_files),
		cmocka_unit_test(test_beside_pre_shared_keys),
		cmocka_unit_test(test_aggressive),
		cmocka_unit_test(test_aggressive_beside_key),
		cmocka_unit_test(test_each_message_lost),
		cmocka_unit_test(test_configured_meanwhile),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

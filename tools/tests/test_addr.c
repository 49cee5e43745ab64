// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lib/addr.h"

static struct addr parse(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(&a, AF_UNSPEC, text), 0);
	return a;
}

static struct addr_prefix parse_prefix(const char *text)
{
	struct addr_prefix p;

	assert_int_equal(addr_prefix_parse(&p, AF_UNSPEC, text), 0);
	return p;
}

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		uint16_t family, want;
		const char *shown;
	} cases[] = {
		{ "10.1.1.1", AF_UNSPEC, AF_INET, "10.1.1.1" },
		{ "255.255.255.255", AF_INET, AF_INET, "255.255.255.255" },
		{ "0.0.0.0", AF_INET, AF_INET, "0.0.0.0" },
		{ "2001:db8::1", AF_UNSPEC, AF_INET6, "2001:DB8::1" },
		{ "2001:0DB8:0:0::0:1", AF_INET6, AF_INET6, "2001:DB8::1" },
		{ "::", AF_UNSPEC, AF_INET6, "::" },
		{ "::ffff:192.0.2.1", AF_UNSPEC, AF_INET6, "::FFFF:192.0.2.1" },
	};
	struct addr_buf buf;
	struct addr a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(addr_parse(&a, cases[i].family, cases[i].text), 0);
		assert_int_equal(a.family, cases[i].want);
		assert_string_equal(addr_text(&a, &buf), cases[i].shown);
	}
}

static void test_parse_bad(void **state)
{
	static const char *const bad[] = {
		"", " ", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4 ", " 1.2.3.4",
		"01.2.3.4", "1.2.3.-4", "0x1.2.3.4", "1.2.3.4/24", ":", ":::", "1::2::3",
		"2001:db8::g", "fe80::1%eth0", "12345::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
	};
	struct addr a = { .family = 77 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(addr_parse(&a, AF_UNSPEC, bad[i]), -EINVAL);
	assert_int_equal(addr_parse(&a, AF_INET6, "1.2.3.4"), -EINVAL);
	assert_int_equal(addr_parse(&a, AF_INET, "::1"), -EINVAL);
	assert_int_equal(a.family, 77);
}

static void test_bytes(void **state)
{
	const uint8_t bytes[17] = { 192, 0, 2, 1 };
	struct addr_buf buf;
	struct addr a;

	(void)state;
	assert_int_equal(addr_from_bytes(&a, bytes, 4), 0);
	assert_string_equal(addr_text(&a, &buf), "192.0.2.1");
	assert_int_equal(addr_from_bytes(&a, bytes, 16), 0);
	assert_int_equal(a.family, AF_INET6);
	assert_int_equal(addr_from_bytes(&a, bytes, 0), -EINVAL);
	assert_int_equal(addr_from_bytes(&a, bytes, 5), -EINVAL);
	assert_int_equal(addr_from_bytes(&a, bytes, 17), -EINVAL);
}

static void test_sockaddr(void **state)
{
	static const char *const texts[] = { "192.0.2.1", "2001:db8::1" };
	struct sockaddr_storage ss;
	struct addr a, b, none = { 0 };
	socklen_t len;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		a = parse(texts[i]);
		len = addr_to_sockaddr(&a, 500, &ss);
		assert_int_equal(addr_from_sockaddr(&b, (struct sockaddr *)&ss, len), 0);
		assert_true(addr_equal(&a, &b));
		assert_int_equal(ntohs(((struct sockaddr_in *)&ss)->sin_port), 500);
		assert_int_equal(addr_from_sockaddr(&b, (struct sockaddr *)&ss, len - 1), -EINVAL);
	}
	assert_int_equal(addr_to_sockaddr(&none, 1, &ss), 0);
}

static void test_order(void **state)
{
	static const char *const sorted[] = {
		"0.0.0.0", "9.255.255.255", "10.0.0.0", "255.0.0.0", "::", "::1", "ff02::1",
	};
	struct addr none = { 0 }, first = parse(sorted[0]);
	size_t i, j;

	(void)state;
	assert_true(addr_compare(&none, &first) < 0);
	assert_true(addr_equal(&none, &none));
	for (i = 0; i < sizeof(sorted) / sizeof(sorted[0]); i++)
		for (j = 0; j < sizeof(sorted) / sizeof(sorted[0]); j++) {
			struct addr a = parse(sorted[i]), b = parse(sorted[j]);
			int c = addr_compare(&a, &b);

			assert_int_equal(i < j ? -1 : i > j, c < 0 ? -1 : c > 0);
		}
}

static void test_kinds(void **state)
{
	struct addr none = { 0 }, a;

	(void)state;
	assert_false(addr_is_any(&none));
	assert_false(addr_is_ones(&none));
	a = parse("0.0.0.0");
	assert_true(addr_is_any(&a));
	a = parse("::");
	assert_true(addr_is_any(&a));
	a = parse("255.255.255.255");
	assert_true(addr_is_ones(&a));
	assert_false(addr_is_multicast(&a));
	a = parse("239.1.1.1");
	assert_true(addr_is_multicast(&a));
	a = parse("ff02::1");
	assert_true(addr_is_multicast(&a));
	a = parse("fe80::1");
	assert_true(addr_is_linklocal(&a));
	assert_false(addr_is_multicast(&a));
	a = parse("fec0::1");
	assert_false(addr_is_linklocal(&a));
	a = parse("127.1.2.3");
	assert_true(addr_is_loopback(&a));
	a = parse("::1");
	assert_true(addr_is_loopback(&a));
	a = parse("::2");
	assert_false(addr_is_loopback(&a));
}

static void test_masks(void **state)
{
	struct addr_buf buf;
	struct addr m, w;
	unsigned int len;

	(void)state;
	for (len = 0; len <= 32; len++) {
		m = addr_mask(AF_INET, len);
		assert_int_equal(addr_mask_len(&m), len);
		w = addr_invert(&m);
		w = addr_invert(&w);
		assert_true(addr_equal(&m, &w));
	}
	for (len = 0; len <= 128; len++) {
		m = addr_mask(AF_INET6, len);
		assert_int_equal(addr_mask_len(&m), len);
	}
	m = addr_mask(AF_INET, 99);
	assert_int_equal(addr_mask_len(&m), 32);
	m = addr_mask(AF_INET, 21);
	assert_string_equal(addr_text(&m, &buf), "255.255.248.0");
	w = addr_invert(&m);
	assert_string_equal(addr_text(&w, &buf), "0.0.7.255");
	m = parse("255.0.255.0");
	assert_int_equal(addr_mask_len(&m), -1);
	m = parse("0.0.0.255");
	assert_int_equal(addr_mask_len(&m), -1);
	memset(&m, 0, sizeof(m));
	assert_int_equal(addr_mask_len(&m), -1);
}

static void test_match(void **state)
{
	struct addr a = parse("10.1.77.3"), b = parse("10.2.77.9"), mask = parse("255.0.255.0");
	struct addr six = parse("::1");

	(void)state;
	assert_true(addr_match(&a, &b, &mask));
	mask = parse("255.255.0.0");
	assert_false(addr_match(&a, &b, &mask));
	assert_false(addr_match(&six, &six, &mask));
}

static void test_prefix(void **state)
{
	struct addr_prefix p = parse_prefix("10.1.2.3/24");
	struct addr_buf buf;
	struct addr a, net;

	(void)state;
	assert_string_equal(addr_prefix_text(&p, &buf), "10.1.2.3/24");
	net = addr_prefix_network(&p);
	assert_string_equal(addr_text(&net, &buf), "10.1.2.0");
	a = parse("10.1.2.255");
	assert_true(addr_prefix_contains(&p, &a));
	a = parse("10.1.3.0");
	assert_false(addr_prefix_contains(&p, &a));
	a = parse("::a01:203");
	assert_false(addr_prefix_contains(&p, &a));
	p = parse_prefix("2001:db8::/33");
	assert_string_equal(addr_prefix_text(&p, &buf), "2001:DB8::/33");
	p = parse_prefix("192.0.2.1");
	assert_int_equal(p.len, 32);
	p = parse_prefix("::/0");
	assert_int_equal(p.len, 0);
	a = parse("ffff::");
	assert_true(addr_prefix_contains(&p, &a));
}

static void test_prefix_bad(void **state)
{
	static const char *const bad[] = {
		"10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/8x",
		"10.0.0.0/ 8", "/8", "::/129", "10.0.0.0/8/8", "10.0.0.0/99999999999999999999",
		"11111111111111111111111111111111111111111111111111111111111111111111111111/8",
	};
	struct addr_prefix p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(addr_prefix_parse(&p, AF_UNSPEC, bad[i]), -EINVAL);
}

static void test_eui64(void **state)
{
	const uint8_t mac[6] = { 0xa8, 0xbb, 0xcc, 0x01, 0x2c, 0x02 };
	struct addr a = parse("3ffe:1001::");
	struct addr_buf buf;

	(void)state;
	addr_set_eui64(&a, mac);
	assert_string_equal(addr_text(&a, &buf), "3FFE:1001::AABB:CCFF:FE01:2C02");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_bad),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_sockaddr),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_masks),
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_prefix_bad),
		cmocka_unit_test(test_eui64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

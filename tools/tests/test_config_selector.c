// SPDX-License-Identifier: GPL-2.0-or-later
/* Selectors: which contains which, in which order; what an access list covers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "ipsecd/config/acl.h"
#include "ipsecd/config/selector.h"

/* Prefixes, "" is any, of one family. */
static struct cm_rule rule(const char *src, const char *dst)
{
	const char *const texts[] = { src, dst };
	struct addr_prefix p;
	struct cm_rule r = { .action = CRYPTOMAP_ACTION_PERMIT };

	for (int i = 0; i < 2; i++) {
		if (!*texts[i])
			continue;
		assert_int_equal(addr_prefix_parse(&p, AF_UNSPEC, texts[i]), 0);
		*(i ? &r.dst : &r.src) = addr_prefix_network(&p);
		*(i ? &r.dst_mask : &r.src_mask) = addr_mask(p.addr.family, p.len);
	}
	return r;
}

static struct cm_rule with_port(struct cm_rule r, uint8_t proto, uint16_t min, uint16_t max)
{
	r.proto = proto;
	r.has_dport = true;
	r.dport_min = min;
	r.dport_max = max;
	return r;
}

/* One spelling or another of the same. */
static void test_spellings(void **state)
{
	struct cm_rule a = rule("10.1.0.0/16", "10.2.3.4/32"), b = a;

	(void)state;
	memset(&b.dst_mask, 0, sizeof(b.dst_mask));
	assert_int_equal(selector_compare(&a, &b), 0);
	a = rule("", "0.0.0.0/0");
	b = rule("0.0.0.0/0", "");
	assert_int_equal(selector_compare(&a, &b), 0);
	a = with_port(rule("", ""), IPPROTO_TCP, 0, UINT16_MAX);
	b = rule("", "");
	b.proto = IPPROTO_TCP;
	assert_int_equal(selector_compare(&a, &b), 0);
	b.index = 7;
	assert_int_equal(selector_compare(&a, &b), 0);
}

static void expect_order(const struct cm_rule *a, const struct cm_rule *b)
{
	int order = selector_compare(a, b);

	assert_int_not_equal(order, 0);
	assert_true((order < 0) == (selector_compare(b, a) > 0));
}

static void test_contains(void **state)
{
	/* Each contains all behind it and none before it. */
	const struct cm_rule rules[] = {
		rule("", ""), rule("10.0.0.0/8", ""), rule("10.0.0.0/8", "10.2.0.0/16"),
		rule("10.1.0.0/16", "10.2.0.0/16"),
		with_port(rule("10.1.0.0/16", "10.2.0.0/16"), IPPROTO_TCP, 0, UINT16_MAX),
		with_port(rule("10.1.0.0/16", "10.2.0.0/16"), IPPROTO_TCP, 20, 80),
		with_port(rule("10.1.0.0/16", "10.2.0.0/16"), IPPROTO_TCP, 25, 25),
		with_port(rule("10.1.1.1/32", "10.2.0.0/16"), IPPROTO_TCP, 25, 25),
	};
	const size_t n = sizeof(rules) / sizeof(*rules);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		assert_true(selector_contains(&rules[i], &rules[i]));
		for (size_t k = i + 1; k < n; k++) {
			assert_true(selector_contains(&rules[i], &rules[k]));
			assert_false(selector_contains(&rules[k], &rules[i]));
			assert_true(selector_precision(&rules[i]) < selector_precision(&rules[k]));
			expect_order(&rules[i], &rules[k]);
		}
	}
}

static void test_apart(void **state)
{
	const struct cm_rule rules[] = {
		rule("10.1.0.0/16", ""), rule("10.2.0.0/16", ""), rule("", "10.1.0.0/16"),
		rule("2001:db8::/32", ""),
		with_port(rule("10.1.0.0/17", ""), IPPROTO_UDP, 1, 9),
		with_port(rule("10.1.0.0/17", ""), IPPROTO_TCP, 1, 9),
		with_port(rule("10.1.0.0/17", ""), IPPROTO_TCP, 5, 10),
	};
	const size_t n = sizeof(rules) / sizeof(*rules);

	(void)state;
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++) {
			assert_false(selector_contains(&rules[k], &rules[i]));
			expect_order(&rules[i], &rules[k]);
		}
	assert_false(selector_contains(&rules[0], &rules[1]));
	assert_false(selector_contains(&rules[0], &rules[3]));
	assert_false(selector_contains(&rules[5], &rules[6]));
}

static void add(struct acl *acl, bool permit, const char *src, const char *dst)
{
	struct cm_rule r = rule(src, dst);
	struct ace ace = {
		.permit = permit, .src = r.src, .src_mask = r.src_mask,
		.dst = r.dst, .dst_mask = r.dst_mask,
	};
	char error[128];

	assert_true(acl_add(acl, &ace, error, sizeof(error)));
}

/* The first that has all of it decides; what has a part of it does not. */
static void test_covering(void **state)
{
	struct acl *acl = acl_new(AF_INET, "150");
	struct cm_rule r;

	(void)state;
	add(acl, false, "10.9.0.0/16", "10.1.5.0/24");
	add(acl, true, "10.9.0.0/16", "10.1.0.0/16");
	add(acl, true, "10.0.0.0/8", "10.0.0.0/8");
	r = rule("10.9.0.0/16", "10.1.0.0/16");
	assert_int_equal(acl_covering(acl, &r), 1);
	r = rule("10.9.0.0/16", "10.1.5.128/25");
	assert_int_equal(acl_covering(acl, &r), -1);
	r = rule("10.9.0.0/16", "10.0.0.0/9");
	assert_int_equal(acl_covering(acl, &r), 2);
	r = rule("10.9.0.0/16", "");
	assert_int_equal(acl_covering(acl, &r), -1);
	r = rule("11.0.0.0/8", "10.1.0.0/16");
	assert_int_equal(acl_covering(acl, &r), -1);
	acl_class.destroy(acl);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spellings),
		cmocka_unit_test(test_contains),
		cmocka_unit_test(test_apart),
		cmocka_unit_test(test_covering),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * What the classifier costs: steps of a lookup and of compiling, and bytes, as
 * the list grows. Counted, so that it is the same on every machine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/random.h>

#include "acl_model.h"

typedef void (*fill_rule)(struct cm_acl_rule *rule, u32 i);

static void number_addr(union cm_addr *addr, u8 family, u32 i)
{
	u32 at = family == AF_INET ? 0 : 4;

	addr->bytes[at] = 10;
	addr->bytes[at + 1] = i >> 8;
	addr->bytes[at + 2] = i;
}

static void fill_prefix(struct cm_acl_rule *rule, u32 i)
{
	u8 family = rule->sel.family;

	rule->sel.dst_mask = prefix_mask(family == AF_INET ? 24 : 56);
	memset(&rule->sel.dst, 0, sizeof(rule->sel.dst));
	number_addr(&rule->sel.dst, family, i);
}

static void fill_prefixes(struct cm_acl_rule *rule, u32 i)
{
	fill_prefix(rule, i % 10000);
	rule->sel.src_mask = rule->sel.dst_mask;
	number_addr(&rule->sel.src, rule->sel.family, i / 100);
}

static void fill_port(struct cm_acl_rule *rule, u32 i)
{
	rule->sel.dport_min = 2000 + i;
	rule->sel.dport_max = rule->sel.dport_min;
}

static void fill_source_port(struct cm_acl_rule *rule, u32 i)
{
	rule->sel.sport_min = 65535 - i;
	rule->sel.sport_max = rule->sel.sport_min;
}

static void fill_range(struct cm_acl_rule *rule, u32 i)
{
	rule->sel.dport_min = 5 * i;
	rule->sel.dport_max = 5 * i + 3;
}

static void fill_overlap(struct cm_acl_rule *rule, u32 i)
{
	rule->sel.dport_min = i;
	rule->sel.dport_max = 20000 + 4 * i;
}

/* Each inside of the next: 10 000 ends on either side. */
static void fill_nested(struct cm_acl_rule *rule, u32 i)
{
	rule->sel.dport_min = 30000 - i;
	rule->sel.dport_max = 31000 + i;
}

static void fill_both_ports(struct cm_acl_rule *rule, u32 i)
{
	rule->sel.sport_min = 60000 - i;
	rule->sel.sport_max = rule->sel.sport_min;
	rule->sel.dport_min = 2000 + i;
	rule->sel.dport_max = rule->sel.dport_min;
}

static void fill_both_ranges(struct cm_acl_rule *rule, u32 i)
{
	rule->sel.sport_min = 30000 - i;
	rule->sel.sport_max = 31000 + i;
	rule->sel.dport_min = i;
	rule->sel.dport_max = 20000 + 4 * i;
}

static struct cm_acl_rule *growth_rules(fill_rule fill, u32 count, u8 family)
{
	struct cm_acl_rule *rules = calloc(count, sizeof(*rules));
	u32 i;

	assert_non_null(rules);
	for (i = 0; i < count; i++) {
		rules[i] = rule_of(10, true, 17, "any", "any", 0, 65535);
		rules[i].sel.family = family;
		fill_prefix(&rules[i], 0);
		fill(&rules[i], i);
	}
	return rules;
}

struct growth {
	unsigned long	last;	/* steps for a packet of the last rule */
	unsigned long	worst;	/* for any of some packets of any rule */
};

static unsigned long lookup_steps(const struct cm_acl *acl, const struct cm_acl_rule *rules,
				  u32 count, const struct cm_acl_key *key)
{
	u32 denied = 0;

	shim_acl_steps = 0;
	assert_lookup(acl, key, model_lookup(rules, count, key, &denied));
	return shim_acl_steps;
}

static struct growth growth_steps(fill_rule fill, u32 count, u8 family)
{
	struct cm_acl_rule *rules = growth_rules(fill, count, family);
	const struct cm_selector *last = &rules[count - 1].sel;
	struct cm_acl_key key = {
		.src = last->src, .dst = last->dst, .proto = 17, .family = family,
		.sport = last->sport_max, .dport = last->dport_max, .has_ports = true,
	};
	struct growth growth;
	struct cm_acl *acl;
	u32 i;

	random_state = count;
	shim_random = count;
	acl = compile(rules, count);
	growth.last = lookup_steps(acl, rules, count, &key);
	growth.worst = growth.last;
	for (i = 0; i < 100; i++) {
		unsigned long steps;

		key = random_key(rules, count, family);
		steps = lookup_steps(acl, rules, count, &key);
		if (steps > growth.worst)
			growth.worst = steps;
	}
	cm_acl_free(acl);
	free(rules);
	return growth;
}

/* A step is some seven instructions; 270 are 3 % of a forwarded packet. */
static void test_growth(void **state)
{
	static const struct {
		const char	*name;
		fill_rule	fill;
		unsigned long	last;	/* more steps than with one rule, at most */
		unsigned long	worst;
	} kinds[] = {
		{ "prefixes",			fill_prefix,		16,	32 },
		{ "pairs of prefixes",		fill_prefixes,		16,	32 },
		{ "ports",			fill_port,		20,	20 },
		{ "source ports",		fill_source_port,	20,	20 },
		{ "ranges",			fill_range,		20,	20 },
		{ "overlapping ranges",		fill_overlap,		20,	20 },
		{ "nested ranges",		fill_nested,		20,	20 },
		{ "pairs of ports",		fill_both_ports,	40,	40 },
		{ "overlapping pairs of ranges", fill_both_ranges,	260,	260 },
	};
	static const u8 families[] = { AF_INET, AF_INET6 };
	static const u32 counts[] = { 1, 100, 1000, 10000 };
	struct growth growth[ARRAY_SIZE(counts)];
	size_t f, k, c;

	for (f = 0; f < ARRAY_SIZE(families); f++) {
		for (k = 0; k < ARRAY_SIZE(kinds); k++) {
			for (c = 0; c < ARRAY_SIZE(counts); c++)
				growth[c] = growth_steps(kinds[k].fill, counts[c], families[f]);
			print_message("%-27s IPv%d: steps", kinds[k].name, f ? 6 : 4);
			for (c = 0; c < ARRAY_SIZE(counts); c++)
				print_message(", %u: %lu (%lu)", counts[c], growth[c].last,
					      growth[c].worst);
			print_message("\n");
			assert_int_equal(growth[0].worst, 3);
			for (c = 1; c < ARRAY_SIZE(counts); c++) {
				assert_true(growth[c].last <= 3 + kinds[k].last);
				assert_true(growth[c].worst <= 3 + kinds[k].worst);
			}
		}
	}
}

/* Of many pairs of masks, none behind the deciding rule is looked at. */
static void test_early_end(void **state)
{
	struct cm_acl_rule rules[128];
	struct cm_acl_stats stats;
	struct cm_acl_key key;
	struct cm_acl *acl;
	u32 i, denied = 0;

	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		rules[i] = rule_of(i, true, 0, "any", "any", 0, 65535);
		rules[i].sel.src_mask = prefix_mask(32 - i / 16);
		rules[i].sel.dst_mask = prefix_mask(32 - i % 16);
	}
	acl = compile(rules, ARRAY_SIZE(rules));
	cm_acl_stats(acl, &stats);
	assert_int_equal(stats.tables, ARRAY_SIZE(rules));
	key = key_of("0.0.0.0", "0.0.0.0", 1, 0, 0);
	assert_int_equal(lookup_steps(acl, rules, ARRAY_SIZE(rules), &key), 3);
	key = key_of("0.0.0.0", "0.0.0.16", 1, 0, 0);
	assert_int_equal(model_lookup(rules, ARRAY_SIZE(rules), &key, &denied), 5);
	assert_true(lookup_steps(acl, rules, ARRAY_SIZE(rules), &key) <= 5 * 2 + 3);
	cm_acl_free(acl);
}

/* Ten times the rules cost not much more than ten times the steps and bytes. */
static void test_compile_growth(void **state)
{
	static const struct {
		const char	*name;
		fill_rule	fill;
		u32		bytes;	/* for each rule, at most */
	} kinds[] = {
		{ "prefixes",			fill_prefix,		200 },
		{ "ports",			fill_port,		128 },
		{ "ranges",			fill_range,		128 },
		{ "overlapping ranges",		fill_overlap,		128 },
		{ "nested ranges",		fill_nested,		128 },
		{ "pairs of ports",		fill_both_ports,	256 },
		{ "overlapping pairs of ranges", fill_both_ranges,	512 },
	};
	size_t k;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		unsigned long steps[2];
		struct cm_acl_stats stats;
		u32 i, count;

		for (i = 0, count = 1000; i < 2; i++, count *= 10) {
			struct cm_acl_rule *rules = growth_rules(kinds[k].fill, count, AF_INET);
			struct cm_acl *acl;

			shim_acl_steps = 0;
			acl = compile(rules, count);
			steps[i] = shim_acl_steps;
			cm_acl_stats(acl, &stats);
			cm_acl_free(acl);
			free(rules);
		}
		print_message("%-30s compile steps %lu, %lu; %zu bytes for a rule\n",
			      kinds[k].name, steps[0], steps[1], stats.bytes / 10000);
		assert_true(steps[1] <= 16 * steps[0]);
		assert_true(stats.bytes <= 10000 * kinds[k].bytes);
		assert_int_equal(stats.linear, 0);
	}
}

static size_t compiled_bytes(const struct cm_acl_rule *rules, u32 count)
{
	struct cm_acl *acl = compile(rules, count);
	struct cm_acl_stats stats;

	cm_acl_stats(acl, &stats);
	assert_int_equal(stats.indexed, 1);
	cm_acl_free(acl);
	return stats.bytes;
}

/* What can never count is not kept: permits of other entries, behind denies. */
static void test_compile_leaves_out(void **state)
{
	const u32 count = 2000;
	struct cm_acl_rule *rules = growth_rules(fill_nested, count, AF_INET);
	size_t bytes = compiled_bytes(rules, count);
	u32 i;

	for (i = 0; i < count; i++)
		rules[i].entry = i;
	assert_int_equal(compiled_bytes(rules, count), bytes);
	for (i = 0; i < count; i++) {
		rules[i].entry = 10;
		rules[i].permit = i % 3 == 1;
	}
	assert_int_equal(compiled_bytes(rules, count), bytes);
	free(rules);

	/* Without ports: the lists for any protocol and for one. */
	rules = growth_rules(fill_prefix, 40, AF_INET);
	for (i = 0; i < 40; i++) {
		rules[i].sel.dst = rules[0].sel.dst;
		rules[i].sel.proto = i % 2 ? 50 : 0;
	}
	bytes = compiled_bytes(rules, 40);
	for (i = 0; i < 40; i++)
		rules[i].entry = i;
	assert_int_equal(compiled_bytes(rules, 40), bytes);
	for (i = 0; i < 40; i++) {
		rules[i].entry = 10;
		rules[i].permit = false;
	}
	assert_int_equal(compiled_bytes(rules, 40), bytes);
	free(rules);
}

/*
 * A comb of permits, and over it ranges of an entry with denies: each of these
 * would have to pass over each tooth, were they not passed over together.
 */
static void test_compile_comb(void **state)
{
	const u32 count = 10000;
	struct cm_acl_rule *rules = growth_rules(fill_port, count, AF_INET);
	struct cm_acl *acl;
	u32 i;

	for (i = 0; i < count / 2; i++) {
		rules[i].sel.dport_min = 2 * i;
		rules[i].sel.dport_max = 2 * i;
	}
	for (; i < count; i++) {
		rules[i].sel.dport_min = 0;
		rules[i].sel.dport_max = 10000 + i;
		rules[i].entry = 20;
		rules[i].permit = i % 2;
	}
	shim_acl_steps = 0;
	acl = compile(rules, count);
	assert_true(shim_acl_steps < count * 100UL);
	cm_acl_free(acl);
	free(rules);
}

/*
 * The worst that entries can do: ranges that overlap behind denies, an entry
 * for each. The index is given up, memory stays bounded, the answers right.
 */
static void test_pathological(void **state)
{
	const u32 count = 4000;
	struct cm_acl_rule *rules = growth_rules(fill_nested, count, AF_INET);
	struct cm_acl_stats stats;
	struct cm_acl *acl;
	u32 i;

	for (i = 0; i < count; i++) {
		rules[i].entry = i;
		rules[i].permit = i % 2;
		rules[i].entry -= i % 2;
	}
	shim_acl_steps = 0;
	acl = compile(rules, count);
	cm_acl_stats(acl, &stats);
	assert_int_equal(stats.linear, 1);
	assert_int_equal(stats.indexed, 0);
	/* The rules and 16 bytes for each, and nothing of the index. */
	assert_true(stats.bytes < count * (sizeof(*rules) + 20) + 1000);
	assert_true(shim_acl_steps < count * 1000UL);
	for (i = 0; i < 300; i++) {
		struct cm_acl_key key = random_key(rules, count, AF_INET);
		u32 denied = 0;

		assert_lookup(acl, &key, model_lookup(rules, count, &key, &denied));
	}
	cm_acl_free(acl);
	free(rules);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_early_end),
		cmocka_unit_test(test_compile_growth),
		cmocka_unit_test(test_compile_leaves_out),
		cmocka_unit_test(test_compile_comb),
		cmocka_unit_test(test_pathological),
	};

	return cmocka_run_group_tests_name("acl cost", tests, NULL, NULL);
}

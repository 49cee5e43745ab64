// SPDX-License-Identifier: GPL-2.0
/*
 * Selectors and the classifier: tables of single cases, and random lists beside
 * a model that compares rule after rule, byte after byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <linux/err.h>
#include <linux/in.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include "acl_model.h"

/* Selectors */

static void test_protocols_with_ports(void **state)
{
	u32 proto, count = 0;

	for (proto = 0; proto < 256; proto++)
		count += cm_proto_has_ports(proto);
	assert_int_equal(count, 5);
	assert_true(cm_proto_has_ports(6));
	assert_true(cm_proto_has_ports(17));
	assert_true(cm_proto_has_ports(136));
	assert_true(cm_proto_has_ports(132));
	assert_true(cm_proto_has_ports(33));
}

static void assert_fault(const struct cm_selector *sel, int err, const char *word)
{
	const char *why = NULL;

	assert_int_equal(cm_selector_validate(sel, NULL), err);
	assert_int_equal(cm_selector_validate(sel, &why), err);
	if (!err) {
		assert_null(why);
		return;
	}
	assert_non_null(why);
	if (!strstr(why, word))
		fail_msg("\"%s\" does not say \"%s\"", why, word);
}

static void test_validate(void **state)
{
	const struct cm_selector good = selector(AF_INET, 6, "10.0.0.0/8", "10.1.0.0/16");
	const struct cm_selector good6 = selector(AF_INET6, 6, "2001:db8::/32", "any");
	struct cm_selector sel;

	assert_fault(&good, 0, NULL);
	assert_fault(&good6, 0, NULL);

	sel = good;
	sel.family = AF_UNIX;
	assert_fault(&sel, -EAFNOSUPPORT, "family");
	sel = good;
	sel.family = 0;
	assert_fault(&sel, -EAFNOSUPPORT, "family");
	sel = good;
	sel.src.bytes[3] = 1;
	sel.src_mask.bytes[3] = 0xfe;
	assert_fault(&sel, -EINVAL, "source address has bits outside");
	sel = good;
	sel.dst.bytes[3] = 1;
	assert_fault(&sel, -EINVAL, "destination address has bits outside");
	sel = good;
	sel.src_mask.bytes[4] = 1;
	assert_fault(&sel, -EINVAL, "source is longer");
	sel = good;
	sel.src.bytes[15] = 1;
	sel.src_mask.bytes[15] = 1;
	assert_fault(&sel, -EINVAL, "source is longer");
	sel = good;
	sel.dst_mask.bytes[8] = 1;
	assert_fault(&sel, -EINVAL, "destination is longer");
	sel = good6;
	sel.src.bytes[15] = 1;
	assert_fault(&sel, -EINVAL, "source address has bits outside");
	sel = good;
	sel.sport_min = 10;
	sel.sport_max = 9;
	assert_fault(&sel, -EINVAL, "source port range");
	sel = good;
	sel.dport_min = 1;
	sel.dport_max = 0;
	assert_fault(&sel, -EINVAL, "destination port range");

	/* Ports where there are none; a single port 0 is a port. */
	sel = good;
	sel.proto = 0;
	sel.dport_min = 1;
	assert_fault(&sel, -EINVAL, "protocol");
	sel = good;
	sel.proto = 50;
	sel.sport_max = 0;
	assert_fault(&sel, -EINVAL, "protocol");
	sel = good;
	sel.proto = 1;
	sel.dport_max = 65534;
	assert_fault(&sel, -EINVAL, "protocol");
	sel = good;
	sel.dport_max = 0;
	assert_fault(&sel, 0, NULL);
	assert_true(cm_selector_has_ports(&sel));
	assert_false(cm_selector_has_ports(&good));

	/* A wildcard that is no prefix. */
	sel = good;
	sel.src = addr_of("10.0.0.1");
	sel.src_mask = addr_of("255.0.0.255");
	assert_fault(&sel, 0, NULL);
}

static void test_selector_match(void **state)
{
	struct cm_selector sel = selector(AF_INET, 17, "10.1.0.0/16", "10.2.3.0/24");
	struct cm_acl_key key = key_of("10.1.200.1", "10.2.3.255", 17, 500, 4500);

	assert_true(cm_selector_match(&sel, &key));
	key = key_of("10.1.200.1", "10.2.4.0", 17, 500, 4500);
	assert_false(cm_selector_match(&sel, &key));
	key = key_of("10.2.0.0", "10.2.3.1", 17, 500, 4500);
	assert_false(cm_selector_match(&sel, &key));
	key = key_of("10.1.0.0", "10.2.3.1", 6, 500, 4500);
	assert_false(cm_selector_match(&sel, &key));
	sel.proto = 0;
	assert_true(cm_selector_match(&sel, &key));
	key.family = AF_INET6;
	assert_false(cm_selector_match(&sel, &key));

	sel.proto = 17;
	sel.sport_min = 500;
	sel.sport_max = 500;
	sel.dport_min = 4000;
	sel.dport_max = 5000;
	key = key_of("10.1.0.0", "10.2.3.1", 17, 500, 4000);
	assert_true(cm_selector_match(&sel, &key));
	key.dport = 5000;
	assert_true(cm_selector_match(&sel, &key));
	key.dport = 5001;
	assert_false(cm_selector_match(&sel, &key));
	key.dport = 3999;
	assert_false(cm_selector_match(&sel, &key));
	key.dport = 4500;
	key.sport = 501;
	assert_false(cm_selector_match(&sel, &key));
	/* A later fragment is protected. */
	key.has_ports = false;
	key.fragment = true;
	assert_true(cm_selector_match(&sel, &key));
	key.proto = 6;
	assert_false(cm_selector_match(&sel, &key));
}

static void test_selector_equal(void **state)
{
	const struct cm_selector a = selector(AF_INET6, 6, "2001:db8::/32", "2001:db8::/64");
	struct cm_selector b = selector(AF_INET6, 6, "2001:db8::/32", "2001:db8::/64");
	u32 hash = cm_selector_hash(&a, 77);
	u32 i, same = 0;

	assert_true(cm_selector_equal(&a, &b));
	assert_int_equal(cm_selector_hash(&b, 77), hash);
	assert_int_not_equal(cm_selector_hash(&b, 78), hash);

#define DIFFERS(change)						\
	do {							\
		b = a;						\
		change;						\
		assert_false(cm_selector_equal(&a, &b));	\
		assert_false(cm_selector_equal(&b, &a));	\
		same += cm_selector_hash(&b, 77) == hash;	\
	} while (0)

	for (i = 0; i < 16; i++) {
		DIFFERS(b.src.bytes[i] ^= 1);
		DIFFERS(b.src_mask.bytes[i] ^= 1);
		DIFFERS(b.dst.bytes[i] ^= 1);
		DIFFERS(b.dst_mask.bytes[i] ^= 1);
	}
	DIFFERS(b.sport_min++);
	DIFFERS(b.sport_max--);
	DIFFERS(b.dport_min++);
	DIFFERS(b.dport_max--);
	DIFFERS(b.proto++);
	DIFFERS(b.family = AF_INET);
#undef DIFFERS
	assert_int_equal(same, 0);
}

static void test_reverse(void **state)
{
	struct cm_acl_key key = key_of("10.1.2.3", "10.4.5.6", 17, 1000, 53);
	struct cm_acl_key other, back;

	key.fragment = true;
	cm_acl_key_reverse(&other, &key);
	assert_memory_equal(&other.src, &key.dst, sizeof(key.dst));
	assert_memory_equal(&other.dst, &key.src, sizeof(key.src));
	assert_int_equal(other.sport, 53);
	assert_int_equal(other.dport, 1000);
	assert_int_equal(other.proto, 17);
	assert_int_equal(other.family, AF_INET);
	assert_true(other.has_ports);
	assert_true(other.fragment);
	cm_acl_key_reverse(&back, &other);
	assert_memory_equal(&back, &key, sizeof(key));
}

/* Single lists */

static void test_empty(void **state)
{
	struct cm_acl_key key = key_of("10.1.2.3", "10.4.5.6", 17, 1000, 53);
	struct cm_acl *acl = compile(NULL, 0);
	struct cm_acl_stats stats;
	u32 count = 1;

	assert_lookup(acl, &key, -1);
	key.family = 0;
	assert_lookup(acl, &key, -1);
	cm_acl_rules(acl, &count);
	assert_int_equal(count, 0);
	cm_acl_stats(acl, &stats);
	assert_int_equal(stats.tables, 0);
	cm_acl_free(acl);
	cm_acl_free(NULL);
	cm_acl_free(ERR_PTR(-ENOMEM));
}

/* The caller's rules are copied, with what is the caller's. */
static void test_copy(void **state)
{
	struct cm_acl_rule rule = rule_of(10, true, 0, "10.0.0.0/8", "any", 0, 65535);
	struct cm_acl_key key = key_of("10.1.2.3", "10.4.5.6", 17, 1000, 53);
	const struct cm_acl_rule *found;
	struct cm_acl *acl;

	rule.flow = &key;
	acl = compile(&rule, 1);
	memset(&rule, 0, sizeof(rule));
	found = cm_acl_lookup(acl, &key);
	assert_non_null(found);
	assert_ptr_equal(found->flow, &key);
	assert_int_equal(found->entry, 10);
	cm_acl_free(acl);
}

static void assert_refused(const struct cm_acl_rule *rules, u32 count, int err)
{
	struct cm_acl *acl = cm_acl_compile(rules, count, GFP_KERNEL);

	assert_true(IS_ERR(acl));
	assert_int_equal(PTR_ERR(acl), err);
}

static void test_refused(void **state)
{
	struct cm_acl_rule rules[3];
	struct cm_acl_rule *many;
	u32 i;

	for (i = 0; i < 3; i++)
		rules[i] = rule_of(10, true, 6, "10.0.0.0/8", "any", 0, 65535);
	rules[2].entry = 9;
	assert_refused(rules, 3, -EINVAL);
	rules[2].entry = 10;
	rules[2].sel.dport_min = 2;
	rules[2].sel.dport_max = 1;
	assert_refused(rules, 3, -EINVAL);
	rules[2] = rule_of(10, true, 6, "2001:db8::/32", "any", 0, 65535);
	assert_refused(rules, 3, -EAFNOSUPPORT);
	rules[2].sel.family = 3;
	assert_refused(rules, 3, -EAFNOSUPPORT);

	many = calloc(CM_ACL_RULES_MAX + 1, sizeof(*many));
	assert_non_null(many);
	assert_refused(many, CM_ACL_RULES_MAX + 1, -E2BIG);
	free(many);
}

/* A deny leaves the rest of its entry out, and goes on with the next one. */
static void test_deny(void **state)
{
	const struct cm_acl_rule rules[] = {
		rule_of(10, false, 0, "10.1.1.0/24", "any", 0, 65535),		/* 0 */
		rule_of(10, true, 0, "10.1.0.0/16", "10.2.0.0/16", 0, 65535),	/* 1 */
		rule_of(20, false, 6, "any", "any", 22, 22),			/* 2 */
		rule_of(20, true, 0, "10.1.1.0/24", "10.2.0.0/16", 0, 65535),	/* 3 */
		rule_of(20, true, 0, "10.1.0.0/16", "10.3.0.0/16", 0, 65535),	/* 4 */
		rule_of(30, true, 6, "any", "10.2.0.0/16", 0, 65535),		/* 5 */
		rule_of(40, false, 0, "any", "any", 0, 65535),			/* 6 */
		rule_of(40, true, 0, "any", "any", 0, 65535),			/* 7 */
	};
	struct cm_acl *acl = compile(rules, ARRAY_SIZE(rules));
	struct cm_acl_key key;

	key = key_of("10.1.2.1", "10.2.0.1", 6, 1, 22);
	assert_lookup(acl, &key, 1);
	key = key_of("10.1.1.1", "10.2.0.1", 6, 1, 80);
	assert_lookup(acl, &key, 3);
	key = key_of("10.1.1.1", "10.2.0.1", 6, 1, 22);
	assert_lookup(acl, &key, 5);
	key = key_of("10.1.1.1", "10.2.0.1", 17, 1, 22);
	assert_lookup(acl, &key, 3);
	key = key_of("10.1.2.1", "10.3.0.1", 6, 1, 22);
	assert_lookup(acl, &key, -1);
	key = key_of("10.1.2.1", "10.3.0.1", 6, 1, 23);
	assert_lookup(acl, &key, 4);
	key = key_of("10.9.2.1", "10.9.0.1", 6, 1, 23);
	assert_lookup(acl, &key, -1);
	/* A later fragment: the deny of port 22 does not match it. */
	key = key_of("10.1.2.1", "10.3.0.1", 6, 1, 22);
	key.has_ports = false;
	assert_lookup(acl, &key, 4);
	cm_acl_free(acl);
}

/* Fragments in a node with an index: permits match, denies do not. */
static void test_fragments_indexed(void **state)
{
	struct cm_acl_rule rules[40];
	struct cm_acl_stats stats;
	struct cm_acl_key key;
	struct cm_acl *acl;
	u32 i;

	for (i = 0; i < 20; i++)
		rules[i] = rule_of(10, false, 17, "10.0.0.0/8", "any", i, i);
	for (; i < 40; i++)
		rules[i] = rule_of(10, true, 17, "10.0.0.0/8", "any", i, i + 5);
	acl = compile(rules, ARRAY_SIZE(rules));
	cm_acl_stats(acl, &stats);
	assert_int_equal(stats.nodes, 1);
	assert_int_equal(stats.indexed, 1);

	key = key_of("10.1.1.1", "10.2.2.2", 17, 1, 19);
	assert_lookup(acl, &key, -1);
	key.dport = 20;
	assert_lookup(acl, &key, 20);
	key.dport = 25;
	assert_lookup(acl, &key, 20);
	key.dport = 44;
	assert_lookup(acl, &key, 39);
	key.dport = 45;
	assert_lookup(acl, &key, -1);
	key.dport = 0;
	key.has_ports = false;
	assert_lookup(acl, &key, 20);
	key.proto = 6;
	assert_lookup(acl, &key, -1);
	cm_acl_free(acl);
}

static void test_wildcards(void **state)
{
	struct cm_acl_rule rules[2] = {
		rule_of(10, true, 0, "any", "any", 0, 65535),
		rule_of(20, true, 0, "any", "any", 0, 65535),
	};
	struct cm_acl_key key;
	struct cm_acl *acl;

	/* 10.0.0.1 0.255.255.0: host 1 of every subnet; even third bytes. */
	rules[0].sel.src = addr_of("10.0.0.1");
	rules[0].sel.src_mask = addr_of("255.0.0.255");
	rules[1].sel.src = addr_of("10.0.0.0");
	rules[1].sel.src_mask = addr_of("255.0.1.0");
	acl = compile(rules, 2);
	key = key_of("10.77.88.1", "1.1.1.1", 1, 0, 0);
	assert_lookup(acl, &key, 0);
	key = key_of("10.77.88.2", "1.1.1.1", 1, 0, 0);
	assert_lookup(acl, &key, 1);
	key = key_of("10.77.89.2", "1.1.1.1", 1, 0, 0);
	assert_lookup(acl, &key, -1);
	cm_acl_free(acl);
}

/* Every protocol number in one node. */
static void test_all_protocols(void **state)
{
	struct cm_acl_rule rules[256];
	struct cm_acl_key key;
	struct cm_acl *acl;
	u32 i;

	for (i = 0; i < 255; i++)
		rules[i] = rule_of(10, i % 3, i + 1, "10.0.0.0/8", "any", 0, 65535);
	rules[255] = rule_of(10, true, 0, "10.0.0.0/8", "any", 0, 65535);
	acl = compile(rules, 256);
	for (i = 0; i < 255; i++) {
		key = key_of("10.1.1.1", "10.2.2.2", i + 1, 7, 8);
		assert_lookup(acl, &key, i % 3 ? (int)i : -1);
	}
	/* IPv6 hop-by-hop options: a number like any other. */
	key = key_of("10.1.1.1", "10.2.2.2", 0, 0, 0);
	assert_lookup(acl, &key, 255);
	cm_acl_free(acl);
}

/* Random lists */

struct profile {
	const char	*name;
	u32		rules;
	u32		entries;	/* about so many */
	u32		deny;		/* percent */
	u32		bases;		/* different addresses */
	u32		masks;		/* different masks */
	u32		wildcards;	/* percent of the masks that are no prefix */
	u32		ports;		/* percent of rules with ports */
	u32		both;		/* percent of those with both sides */
	u32		keys;
	u32		lists;
};

static const struct profile profiles[] = {
	{ "few",	5,   2,  30, 2, 2, 30, 60, 30, 300, 600 },
	{ "mixed",	60,  6,  25, 3, 4, 30, 60, 30, 500, 200 },
	{ "one entry",	200, 1,  10, 3, 4, 20, 60, 30, 1000, 40 },
	{ "one node",	120, 4,  20, 1, 1, 0,  90, 30, 1000, 80 },
	{ "permits",	300, 30, 0,  2, 2, 0,  90, 40, 1000, 30 },
	{ "denies",	150, 50, 60, 1, 2, 0,  70, 30, 1000, 40 },
	{ "many entries", 300, 300, 50, 1, 1, 0, 95, 20, 1000, 20 },
	{ "many masks",	200, 5,  20, 4, 60, 70, 30, 30, 1000, 40 },
	{ "many nodes",	400, 5,  15, 60, 3, 20, 30, 30, 1000, 30 },
	{ "all both",	150, 3,  20, 1, 1, 0,  100, 100, 1000, 40 },
	{ "large",	3000, 20, 10, 40, 6, 30, 60, 20, 3000, 3 },
};

struct pools {
	union cm_addr	base[64];
	union cm_addr	mask[64];
};

/* The bases differ in few bits, so that prefixes of them overlap. */
static void pools_fill(struct pools *pools, const struct profile *profile, u8 family)
{
	u32 size = random_addr_bytes(family), i, k;
	union cm_addr first = { 0 };

	memset(pools, 0, sizeof(*pools));
	for (i = 0; i < size; i++)
		first.bytes[i] = random64();
	for (i = 0; i < profile->bases; i++) {
		pools->base[i] = first;
		for (k = random_below(4); k; k--)
			pools->base[i].bytes[random_below(size)] ^= 1 << random_below(8);
	}
	for (i = 0; i < profile->masks; i++) {
		pools->mask[i] = prefix_mask(random_below(size * 8 + 1));
		if (random_below(100) < profile->wildcards)
			for (k = 0; k < size; k++)
				pools->mask[i].bytes[k] = random64() & random64();
	}
}

static void random_addr(const struct pools *pools, const struct profile *profile,
			union cm_addr *addr, union cm_addr *mask)
{
	u32 i;

	*addr = pools->base[random_below(profile->bases)];
	*mask = pools->mask[random_below(profile->masks)];
	for (i = 0; i < 16; i++)
		addr->bytes[i] &= mask->bytes[i];
}

static void random_rule(struct cm_acl_rule *rule, const struct pools *pools,
			const struct profile *profile, u8 family)
{
	static const u8 with_ports[] = { 6, 17, 17, 132, 33, 136 };
	static const u8 without[] = { 0, 0, 1, 6, 17, 50, 255 };
	struct cm_selector *sel = &rule->sel;

	*rule = rule_of(0, random_below(100) >= profile->deny, 0, "any", "any", 0, 65535);
	sel->family = family;
	random_addr(pools, profile, &sel->src, &sel->src_mask);
	random_addr(pools, profile, &sel->dst, &sel->dst_mask);
	sel->proto = without[random_below(ARRAY_SIZE(without))];
	if (random_below(100) >= profile->ports)
		return;
	sel->proto = with_ports[random_below(ARRAY_SIZE(with_ports))];
	if (random_below(100) < profile->both) {
		random_range(&sel->sport_min, &sel->sport_max);
		random_range(&sel->dport_min, &sel->dport_max);
	} else if (random_below(3)) {
		random_range(&sel->dport_min, &sel->dport_max);
	} else {
		random_range(&sel->sport_min, &sel->sport_max);
	}
}

static void random_rules(struct cm_acl_rule *rules, const struct profile *profile, u8 family)
{
	struct pools pools;
	u32 i, entry = 10;

	pools_fill(&pools, profile, family);
	for (i = 0; i < profile->rules; i++) {
		random_rule(&rules[i], &pools, profile, family);
		if (random_below(profile->rules) < profile->entries)
			entry += 1 + random_below(10);
		rules[i].entry = entry;
	}
}

struct tally {
	u32	permit;
	u32	clear;
	u32	denied;		/* denies on the way to a permit */
	u32	fragment;
	u32	indexed;
};

static void compare_list(const struct profile *profile, u8 family, u64 seed, struct tally *tally)
{
	struct cm_acl_rule *rules = calloc(profile->rules, sizeof(*rules));
	struct cm_acl_stats stats;
	struct cm_acl *acl;
	u32 i;

	assert_non_null(rules);
	random_state = seed;
	random_rules(rules, profile, family);
	acl = compile(rules, profile->rules);
	cm_acl_stats(acl, &stats);
	assert_int_equal(stats.rules, profile->rules);
	tally->indexed += stats.indexed;
	for (i = 0; i < profile->keys; i++) {
		struct cm_acl_key key = random_key(rules, profile->rules, family);
		u32 denied = 0;
		int expected = model_lookup(rules, profile->rules, &key, &denied);
		int found = acl_lookup(acl, &key);

		if (found != expected)
			fail_msg("%s, family %d, list %llu, key %u: rule %d, not %d",
				 profile->name, family, seed, i, found, expected);
		tally->permit += expected >= 0;
		tally->clear += expected < 0;
		tally->denied += expected >= 0 && denied;
		tally->fragment += expected >= 0 && key.fragment;
	}
	cm_acl_free(acl);
	free(rules);
}

static void test_random(void **state)
{
	static const u8 families[] = { AF_INET, AF_INET6 };
	struct tally all = { 0 };
	size_t f, p;
	u32 list;

	for (f = 0; f < ARRAY_SIZE(families); f++) {
		for (p = 0; p < ARRAY_SIZE(profiles); p++) {
			struct tally tally = { 0 };

			for (list = 0; list < profiles[p].lists; list++)
				compare_list(&profiles[p], families[f],
					     p << 20 | f << 16 | list, &tally);
			/* Each has shown something, or it is a bad profile. */
			if (tally.permit < 1000 || tally.clear < 100 || tally.fragment < 100)
				fail_msg("%s: %u permits, %u in clear, %u fragments",
					 profiles[p].name, tally.permit, tally.clear,
					 tally.fragment);
			if (profiles[p].deny && tally.denied < 100)
				fail_msg("%s: %u behind denies", profiles[p].name, tally.denied);
			all.indexed += tally.indexed;
		}
	}
	assert_true(all.indexed > 100);
}

/* Each allocation of a compilation fails once. Return: how many there are. */
static u32 compile_failing(const struct cm_acl_rule *rules, u32 count)
{
	struct cm_acl *acl = ERR_PTR(-ENOMEM);
	u32 failed;

	for (failed = 0; IS_ERR(acl); failed++) {
		assert_true(failed < 1000);
		shim_alloc_left = failed;
		acl = cm_acl_compile(rules, count, GFP_KERNEL);
		shim_alloc_left = -1;
		if (IS_ERR(acl))
			assert_int_equal(PTR_ERR(acl), -ENOMEM);
	}
	cm_acl_free(acl);
	return failed - 1;
}

/* Nothing is lost then (ASan), at whatever place an array had to grow. */
static void test_no_memory(void **state)
{
	const struct profile *profile = &profiles[1];
	struct cm_acl_rule rules[60 + 200];
	u32 i, count;

	random_state = 1;
	random_rules(rules, profile, AF_INET);
	/* One node that has everything. */
	for (i = 60; i < ARRAY_SIZE(rules); i++) {
		u32 way = random_below(5);

		rules[i] = rule_of(1000 + i, random_below(2), 17, "any", "any", 0, 65535);
		if (way != 1 && way != 4)
			random_range(&rules[i].sel.dport_min, &rules[i].sel.dport_max);
		if (way != 2 && way != 4)
			random_range(&rules[i].sel.sport_min, &rules[i].sel.sport_max);
	}
	for (count = 60; count < ARRAY_SIZE(rules); count++)
		assert_true(compile_failing(rules, count) > 15);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_protocols_with_ports),
		cmocka_unit_test(test_validate),
		cmocka_unit_test(test_selector_match),
		cmocka_unit_test(test_selector_equal),
		cmocka_unit_test(test_reverse),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_deny),
		cmocka_unit_test(test_fragments_indexed),
		cmocka_unit_test(test_wildcards),
		cmocka_unit_test(test_all_protocols),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests_name("acl", tests, NULL, NULL);
}

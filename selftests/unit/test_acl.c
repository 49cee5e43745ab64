// SPDX-License-Identifier: GPL-2.0
/*
 * Selectors and the classifier: tables of single cases, random lists beside a
 * model that compares rule after rule, and the growth of a lookup, counted in
 * steps so that it is the same on every machine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/in.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "../../kmod/acl.h"


/* Repeatable: a failing run is the same one the next time. */
static u64 random_state;

static u64 random64(void)
{
	u64 z = random_state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static u32 random_below(u32 limit)
{
	return random64() % limit;
}

/* Making selectors, rules and keys */

static union cm_addr addr_of(const char *text)
{
	union cm_addr addr = { 0 };

	if (!inet_pton(AF_INET, text, &addr.v4) && !inet_pton(AF_INET6, text, addr.v6))
		fail_msg("no address: %s", text);
	return addr;
}

static union cm_addr prefix_mask(u32 bits)
{
	union cm_addr mask = { 0 };
	u32 i;

	for (i = 0; i < bits; i++)
		mask.bytes[i / 8] |= 0x80 >> i % 8;
	return mask;
}

/* "any", "10.1.0.0/16", "2001:db8::/32" */
static void prefix_parse(const char *text, union cm_addr *addr, union cm_addr *mask)
{
	char copy[64] = "";
	char *slash;

	memset(addr, 0, sizeof(*addr));
	memset(mask, 0, sizeof(*mask));
	if (!strcmp(text, "any"))
		return;
	assert_true(strlen(text) < sizeof(copy));
	strcpy(copy, text);
	slash = strchr(copy, '/');
	assert_non_null(slash);
	*slash = 0;
	*addr = addr_of(copy);
	*mask = prefix_mask(atoi(slash + 1));
}

static struct cm_selector selector(u8 family, u8 proto, const char *src, const char *dst)
{
	struct cm_selector sel;

	/* What is between the members must not count. */
	memset(&sel, random64(), sizeof(sel));
	prefix_parse(src, &sel.src, &sel.src_mask);
	prefix_parse(dst, &sel.dst, &sel.dst_mask);
	sel.sport_min = 0;
	sel.sport_max = 65535;
	sel.dport_min = 0;
	sel.dport_max = 65535;
	sel.proto = proto;
	sel.family = family;
	return sel;
}

static struct cm_acl_key key_of(const char *src, const char *dst, u8 proto, u16 sport, u16 dport)
{
	struct cm_acl_key key = {
		.src = addr_of(src), .dst = addr_of(dst), .proto = proto,
		.sport = sport, .dport = dport,
		.family = strchr(src, ':') ? AF_INET6 : AF_INET,
		.has_ports = cm_proto_has_ports(proto),
	};

	return key;
}

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

/* The model: rule after rule, byte after byte. */

static bool model_addr(const union cm_addr *addr, const union cm_addr *want,
		       const union cm_addr *mask)
{
	u32 i;

	for (i = 0; i < 16; i++)
		if ((addr->bytes[i] & mask->bytes[i]) != want->bytes[i])
			return false;
	return true;
}

static bool model_match(const struct cm_acl_rule *rule, const struct cm_acl_key *key)
{
	const struct cm_selector *sel = &rule->sel;
	bool ports = sel->sport_min > 0 || sel->sport_max < 65535 ||
		     sel->dport_min > 0 || sel->dport_max < 65535;

	if (sel->family != key->family || (sel->proto && sel->proto != key->proto))
		return false;
	if (!model_addr(&key->src, &sel->src, &sel->src_mask) ||
	    !model_addr(&key->dst, &sel->dst, &sel->dst_mask))
		return false;
	if (!ports)
		return true;
	if (!key->has_ports)
		return rule->permit;
	return key->sport >= sel->sport_min && key->sport <= sel->sport_max &&
	       key->dport >= sel->dport_min && key->dport <= sel->dport_max;
}

/* Return: number of the rule that decides, or -1; @denied counts denies met. */
static int model_lookup(const struct cm_acl_rule *rules, u32 count,
			const struct cm_acl_key *key, u32 *denied)
{
	u32 i = 0;

	while (i < count) {
		u32 entry = rules[i].entry;

		if (!model_match(&rules[i], key)) {
			i++;
			continue;
		}
		if (rules[i].permit)
			return i;
		++*denied;
		while (i < count && rules[i].entry == entry)
			i++;
	}
	return -1;
}

/* The compiled list has copies: tell a rule by its place among them. */
static int acl_lookup(const struct cm_acl *acl, const struct cm_acl_key *key)
{
	const struct cm_acl_rule *rule = cm_acl_lookup(acl, key);
	const struct cm_acl_rule *rules;
	u32 count;

	rules = cm_acl_rules(acl, &count);
	if (!rule)
		return -1;
	assert_true(rule >= rules && rule < rules + count);
	return rule - rules;
}

static struct cm_acl *compile(const struct cm_acl_rule *rules, u32 count)
{
	struct cm_acl *acl = cm_acl_compile(rules, count, GFP_KERNEL);

	if (IS_ERR(acl))
		fail_msg("%u rules: error %ld", count, PTR_ERR(acl));
	return acl;
}

/* Single lists */

static struct cm_acl_rule rule_of(u32 entry, bool permit, u8 proto, const char *src,
				  const char *dst, u16 dport_min, u16 dport_max)
{
	struct cm_acl_rule rule;

	memset(&rule, random64(), sizeof(rule));
	rule.sel = selector(strchr(src, ':') || strchr(dst, ':') ? AF_INET6 : AF_INET,
			    proto, src, dst);
	rule.sel.dport_min = dport_min;
	rule.sel.dport_max = dport_max;
	rule.entry = entry;
	rule.permit = permit;
	rule.flow = NULL;
	return rule;
}

static void assert_lookup(const struct cm_acl *acl, const struct cm_acl_key *key, int rule)
{
	int found = acl_lookup(acl, key);

	if (found != rule)
		fail_msg("rule %d found, not %d", found, rule);
}

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

static u32 random_addr_bytes(u8 family)
{
	return family == AF_INET ? 4 : 16;
}

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

static void random_range(u16 *low, u16 *high)
{
	u32 from = random_below(4) ? 100 + random_below(60) : random_below(65536);
	u32 length = random_below(3) ? random_below(40) : random_below(20000);

	switch (random_below(8)) {
	case 0:
		from = 0;
		break;
	case 1:
		length = 65535;
		break;
	case 2:
	case 3:
		length = 0;
	}
	*low = from;
	*high = from + length > 65535 ? 65535 : from + length;
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

static u16 random_port(u16 low, u16 high)
{
	switch (random_below(6)) {
	case 0:
		return low;
	case 1:
		return high;
	case 2:
		return low - 1;
	case 3:
		return high + 1;
	case 4:
		return low + random_below(high - low + 1);
	default:
		return random64();
	}
}

/* A packet that some rule might match, or just not. */
static struct cm_acl_key random_key(const struct cm_acl_rule *rules, u32 count, u8 family)
{
	const struct cm_selector *sel = &rules[random_below(count)].sel;
	struct cm_acl_key key = { .family = family };
	u32 i, size = random_addr_bytes(family);

	for (i = 0; i < size; i++) {
		key.src.bytes[i] = sel->src.bytes[i] | (random64() & ~sel->src_mask.bytes[i]);
		key.dst.bytes[i] = sel->dst.bytes[i] | (random64() & ~sel->dst_mask.bytes[i]);
	}
	if (!random_below(4))
		key.src.bytes[random_below(size)] ^= 1 << random_below(8);
	if (!random_below(4))
		key.dst.bytes[random_below(size)] ^= 1 << random_below(8);
	key.proto = sel->proto && random_below(8) ? sel->proto : random_below(256);
	if (!sel->proto && random_below(2))
		key.proto = 17;
	key.sport = random_port(sel->sport_min, sel->sport_max);
	key.dport = random_port(sel->dport_min, sel->dport_max);
	key.fragment = !random_below(6);
	key.has_ports = !key.fragment && cm_proto_has_ports(key.proto);
	return key;
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

/* Growth */

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
	for (i = 0; i < 300; i++) {
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
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_early_end),
		cmocka_unit_test(test_compile_growth),
		cmocka_unit_test(test_compile_leaves_out),
		cmocka_unit_test(test_compile_comb),
		cmocka_unit_test(test_pathological),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests_name("acl", tests, NULL, NULL);
}

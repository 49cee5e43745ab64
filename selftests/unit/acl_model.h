/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For tests of the classifier: making rules and packets, and the model that
 * compares rule after rule. Each test is one file, so that all is inline.
 */
#ifndef ACL_MODEL_H
#define ACL_MODEL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include "../../kmod/acl.h"

/* Repeatable: a failing run is the same one the next time. */
static u64 random_state;

static inline u64 random64(void)
{
	u64 z = random_state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static inline u32 random_below(u32 limit)
{
	return random64() % limit;
}

/* Making selectors, rules and keys */

static inline union cm_addr addr_of(const char *text)
{
	union cm_addr addr = { 0 };

	if (!inet_pton(AF_INET, text, &addr.v4) && !inet_pton(AF_INET6, text, addr.v6))
		fail_msg("no address: %s", text);
	return addr;
}

static inline union cm_addr prefix_mask(u32 bits)
{
	union cm_addr mask = { 0 };
	u32 i;

	for (i = 0; i < bits; i++)
		mask.bytes[i / 8] |= 0x80 >> i % 8;
	return mask;
}

/* "any", "10.1.0.0/16", "2001:db8::/32" */
static inline void prefix_parse(const char *text, union cm_addr *addr, union cm_addr *mask)
{
	char copy[64];
	char *slash;

	memset(addr, 0, sizeof(*addr));
	memset(mask, 0, sizeof(*mask));
	if (!strcmp(text, "any"))
		return;
	assert_true(snprintf(copy, sizeof(copy), "%s", text) < (int)sizeof(copy));
	slash = strchr(copy, '/');
	assert_non_null(slash);
	*slash = 0;
	*addr = addr_of(copy);
	*mask = prefix_mask(atoi(slash + 1));
}

static inline struct cm_selector selector(u8 family, u8 proto, const char *src, const char *dst)
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

static inline struct cm_acl_key key_of(const char *src, const char *dst, u8 proto,
				       u16 sport, u16 dport)
{
	struct cm_acl_key key = {
		.src = addr_of(src), .dst = addr_of(dst), .proto = proto,
		.sport = sport, .dport = dport,
		.family = strchr(src, ':') ? AF_INET6 : AF_INET,
		.has_ports = cm_proto_has_ports(proto),
	};

	return key;
}

static inline struct cm_acl_rule rule_of(u32 entry, bool permit, u8 proto, const char *src,
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

static inline u32 random_addr_bytes(u8 family)
{
	return family == AF_INET ? 4 : 16;
}

static inline void random_range(u16 *low, u16 *high)
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

static inline u16 random_port(u16 low, u16 high)
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
static inline struct cm_acl_key random_key(const struct cm_acl_rule *rules, u32 count, u8 family)
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

/* The model: rule after rule, byte after byte. */

static inline bool model_addr(const union cm_addr *addr, const union cm_addr *want,
			      const union cm_addr *mask)
{
	u32 i;

	for (i = 0; i < 16; i++)
		if ((addr->bytes[i] & mask->bytes[i]) != want->bytes[i])
			return false;
	return true;
}

static inline bool model_match(const struct cm_acl_rule *rule, const struct cm_acl_key *key)
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
static inline int model_lookup(const struct cm_acl_rule *rules, u32 count,
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
static inline int acl_lookup(const struct cm_acl *acl, const struct cm_acl_key *key)
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

static inline struct cm_acl *compile(const struct cm_acl_rule *rules, u32 count)
{
	struct cm_acl *acl = cm_acl_compile(rules, count, GFP_KERNEL);

	if (IS_ERR(acl))
		fail_msg("%u rules: error %ld", count, PTR_ERR(acl));
	return acl;
}

static inline void assert_lookup(const struct cm_acl *acl, const struct cm_acl_key *key, int rule)
{
	int found = acl_lookup(acl, key);

	if (found != rule)
		fail_msg("rule %d found, not %d", found, rule);
}

#endif

// SPDX-License-Identifier: GPL-2.0
/*
 * Selectors and the classifier (ACL-1..ACL-6, CMAP-1, RFC 4301 4.4.1).
 *
 * The classifier is a tuple-space search. All rules with the same pair of
 * address masks form a *table*; in it, all rules with the same addresses form
 * a *node*, which is found by hash. What is left within a node is protocol and
 * ports: a few rules are compared one by one, more get an *index*, see
 * acl_index.c.
 *
 * Cost of a lookup, with t pairs of masks and n rules that differ in ports
 * only: O(t + log n), or O(t + log^2 n) where they restrict both ports; it does
 * not depend on the number of addresses. Tables stand in order of their first
 * rule, so that the search ends as soon as no table can hold an earlier rule
 * than the one found. Each deny that matches costs one more round.
 *
 * Cost of compiling: O(n log n), with rules that restrict both ports
 * O(n log^2 n). Many entries that overlap in one node behind denies could make
 * its index quadratic: INDEX_ITEMS bounds it, and the rules of a node that
 * exceeds this are compared one by one.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/in.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/socket.h>

#include "acl_priv.h"

/* Selectors */

bool cm_proto_has_ports(u8 proto)
{
	switch (proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		return true;
	default:
		return false;
	}
}

bool cm_selector_has_ports(const struct cm_selector *sel)
{
	return !acl_any_port(sel->sport_min, sel->sport_max) ||
	       !acl_any_port(sel->dport_min, sel->dport_max);
}

static bool addr_outside(const union cm_addr *addr, const union cm_addr *mask)
{
	return (addr->pair[0] & ~mask->pair[0]) || (addr->pair[1] & ~mask->pair[1]);
}

/* IPv4 leaves the rest of the address at zero. */
static bool addr_fits(const union cm_addr *addr, u8 family)
{
	return family == AF_INET6 || !(addr->v6[1] || addr->v6[2] || addr->v6[3]);
}

static const char *selector_fault(const struct cm_selector *sel)
{
	if (sel->family != AF_INET && sel->family != AF_INET6)
		return "unknown address family";
	if (!addr_fits(&sel->src_mask, sel->family) || !addr_fits(&sel->src, sel->family))
		return "source is longer than an IPv4 address";
	if (!addr_fits(&sel->dst_mask, sel->family) || !addr_fits(&sel->dst, sel->family))
		return "destination is longer than an IPv4 address";
	if (addr_outside(&sel->src, &sel->src_mask))
		return "source address has bits outside of its mask";
	if (addr_outside(&sel->dst, &sel->dst_mask))
		return "destination address has bits outside of its mask";
	if (sel->sport_min > sel->sport_max)
		return "source port range is upside down";
	if (sel->dport_min > sel->dport_max)
		return "destination port range is upside down";
	if (cm_selector_has_ports(sel) && !cm_proto_has_ports(sel->proto))
		return "ports with a protocol that has none";
	return NULL;
}

int cm_selector_validate(const struct cm_selector *sel, const char **why)
{
	const char *fault = selector_fault(sel);

	if (!fault)
		return 0;
	if (why)
		*why = fault;
	if (sel->family != AF_INET && sel->family != AF_INET6)
		return -EAFNOSUPPORT;
	return -EINVAL;
}

static bool addr_match(const union cm_addr *addr, const union cm_addr *want,
		       const union cm_addr *mask)
{
	return (addr->pair[0] & mask->pair[0]) == want->pair[0] &&
	       (addr->pair[1] & mask->pair[1]) == want->pair[1];
}

bool cm_selector_match(const struct cm_selector *sel, const struct cm_acl_key *key)
{
	if (sel->family != key->family)
		return false;
	if (!addr_match(&key->src, &sel->src, &sel->src_mask) ||
	    !addr_match(&key->dst, &sel->dst, &sel->dst_mask))
		return false;
	if (sel->proto && sel->proto != key->proto)
		return false;
	if (!key->has_ports || !cm_selector_has_ports(sel))
		return true;
	return key->sport >= sel->sport_min && key->sport <= sel->sport_max &&
	       key->dport >= sel->dport_min && key->dport <= sel->dport_max;
}

bool cm_selector_equal(const struct cm_selector *a, const struct cm_selector *b)
{
	return acl_addr_equal(&a->src, &b->src) && acl_addr_equal(&a->src_mask, &b->src_mask) &&
	       acl_addr_equal(&a->dst, &b->dst) && acl_addr_equal(&a->dst_mask, &b->dst_mask) &&
	       a->sport_min == b->sport_min && a->sport_max == b->sport_max &&
	       a->dport_min == b->dport_min && a->dport_max == b->dport_max &&
	       a->proto == b->proto && a->family == b->family;
}

u32 cm_selector_hash(const struct cm_selector *sel, u32 seed)
{
	u32 hash = seed;

	hash = jhash2((__force const u32 *)sel->src.v6, 4, hash);
	hash = jhash2((__force const u32 *)sel->src_mask.v6, 4, hash);
	hash = jhash2((__force const u32 *)sel->dst.v6, 4, hash);
	hash = jhash2((__force const u32 *)sel->dst_mask.v6, 4, hash);
	hash = jhash_2words((u32)sel->sport_min << 16 | sel->sport_max,
			    (u32)sel->dport_min << 16 | sel->dport_max, hash);
	return jhash_2words(sel->proto, sel->family, hash);
}

void cm_acl_key_reverse(struct cm_acl_key *to, const struct cm_acl_key *from)
{
	*to = *from;
	to->src = from->dst;
	to->dst = from->src;
	to->sport = from->dport;
	to->dport = from->sport;
}

/* Lookup; @from is the first item that may count */

static __always_inline bool proto_match(const struct acl_port_rule *rule,
					const struct cm_acl_key *key)
{
	return !rule->proto || rule->proto == key->proto;
}

/* A rule without ports has all of them. */
static __always_inline bool ports_match(const struct acl_port_rule *rule,
					const struct cm_acl_key *key)
{
	return (u16)(key->dport - rule->dport) <= rule->dport_span &&
	       (u16)(key->sport - rule->sport) <= rule->sport_span;
}

/* The packet has no ports to see: permits match all the same, to fail closed. */
static noinline u32 node_find_blind(const struct acl_port_rule *rule, u32 count,
				    const struct cm_acl_key *key, u32 from)
{
	for (; count; count--, rule++) {
		acl_step();
		if (rule->ports && (rule->item & ITEM_DENY))
			continue;
		if (rule->item >= from && proto_match(rule, key))
			return rule->item;
	}
	return ITEM_NONE;
}

static __always_inline u32 node_find(const struct cm_acl *acl, u64 node,
				     const struct cm_acl_key *key, u32 from)
{
	const struct acl_port_rule *rule;
	u32 count = node >> 32;

	if (count == SLOT_INDEX)
		return cm_acl_index_find(acl, (u32)node, key, from);

	rule = &acl->port_rules[(u32)node];
	if (!key->has_ports)
		return node_find_blind(rule, count, key, from);
	for (; count; count--, rule++) {
		acl_step();
		if (ports_match(rule, key) && rule->item >= from && proto_match(rule, key))
			return rule->item;
	}
	return ITEM_NONE;
}

/* Return: the node with these masked addresses, or 0. */
static __always_inline u64 table_find(const struct cm_acl *acl, const struct acl_table *table,
				      const union acl_words *addr, const u32 words)
{
	const u64 *slot = table->slots;
	const u32 size = words + 1;
	u32 i;

	if (!table->hash_mask) {
		for (i = table->nodes; i; i--, slot += size) {
			acl_step();
			if (acl_words_equal(slot, addr, words))
				return slot[words];
		}
		return 0;
	}

	/* There are free slots: the walk ends. */
	for (i = acl_words_hash(addr, words, acl->seed);; i++) {
		slot = table->slots + (size_t)(i & table->hash_mask) * size;
		acl_step();
		if (!slot[words] || acl_words_equal(slot, addr, words))
			return slot[words];
	}
}

static __always_inline u32 acl_search(const struct cm_acl *acl, const struct cm_acl_key *key,
				      const u32 words, u32 from)
{
	const struct acl_table *table;
	union acl_words addr, masked;
	u32 best = ITEM_NONE;
	u64 node;
	u32 i;

	acl_addr_words(&addr, words, &key->src, &key->dst);
	for (table = acl->tables; table->best < best; table++) {
		acl_step();
		if (table->last < from)
			continue;
		for (i = 0; i < words; i++)
			masked.w[i] = addr.w[i] & table->mask.w[i];
		node = table_find(acl, table, &masked, words);
		if (node)
			best = min(best, node_find(acl, node, key, from));
	}
	return best;
}

/* A deny has matched: go on with the entry after it, and so on. */
static noinline u32 acl_resume(const struct cm_acl *acl, const struct cm_acl_key *key, u32 item)
{
	while (item != ITEM_NONE && (item & ITEM_DENY)) {
		u32 from = acl->after[item / 2] * 2;

		if (acl->family == AF_INET)
			item = acl_search(acl, key, WORDS_V4, from);
		else
			item = acl_search(acl, key, WORDS_V6, from);
	}
	return item;
}

static __always_inline const struct cm_acl_rule *acl_find(const struct cm_acl *acl,
							  const struct cm_acl_key *key,
							  const u32 words)
{
	u32 item = acl_search(acl, key, words, 0);

	if (item & ITEM_DENY) {		/* so is ITEM_NONE */
		item = acl_resume(acl, key, item);
		if (item == ITEM_NONE)
			return NULL;
	}
	return &acl->rules[item / 2];
}

static noinline const struct cm_acl_rule *acl_find_v4(const struct cm_acl *acl,
						      const struct cm_acl_key *key)
{
	return acl_find(acl, key, WORDS_V4);
}

static noinline const struct cm_acl_rule *acl_find_v6(const struct cm_acl *acl,
						      const struct cm_acl_key *key)
{
	return acl_find(acl, key, WORDS_V6);
}

const struct cm_acl_rule *cm_acl_lookup(const struct cm_acl *acl,
					const struct cm_acl_key *key)
{
	if (unlikely(key->family != acl->family))
		return NULL;
	/* Apart, so that IPv4 does not pay for the frame of IPv6. */
	return key->family == AF_INET ? acl_find_v4(acl, key) : acl_find_v6(acl, key);
}

const struct cm_acl_rule *cm_acl_rules(const struct cm_acl *acl, u32 *count)
{
	*count = acl->rules_count;
	return acl->rules;
}

void cm_acl_stats(const struct cm_acl *acl, struct cm_acl_stats *stats)
{
	*stats = acl->stats;
}

void cm_acl_free(struct cm_acl *acl)
{
	if (IS_ERR_OR_NULL(acl))
		return;
	kvfree(acl->tables);
	kvfree(acl->slots);
	kvfree(acl->port_rules);
	kvfree(acl->rules);
	kvfree(acl->after);
	kvfree(acl->indexes);
	kvfree(acl->groups);
	kvfree(acl->spans);
	kvfree(acl->lows);
	kvfree(acl->pool);
	kvfree(acl);
}

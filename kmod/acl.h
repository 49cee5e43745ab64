/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Selectors (RFC 4301 4.4.1.1) and the classifier that finds the one that
 * decides about a packet (ACL-1..ACL-6, CMAP-1).
 *
 * Pure: no namespace, no device, no packet. The same file is compiled in user
 * space for the unit tests.
 */
#ifndef CM_ACL_H
#define CM_ACL_H

#include <linux/types.h>

/* Most rules in one compiled list. */
#define CM_ACL_RULES_MAX	262144

/* An address. IPv4 stands in the first word, the rest is zero. */
union cm_addr {
	__be32	v4;
	__be32	v6[4];
	u8	bytes[16];
	u64	pair[2];
};

/**
 * struct cm_selector - one ACE, as seen in a packet that leaves
 * @src: source address, only bits of @src_mask
 * @src_mask: bits that are compared; any pattern, as an IOS wildcard can say
 * @dst: destination address, only bits of @dst_mask
 * @dst_mask: as @src_mask
 * @sport_min: lowest source port, host order
 * @sport_max: highest source port; 0..65535 is any
 * @dport_min: lowest destination port
 * @dport_max: highest destination port
 * @proto: IP protocol, 0 is any
 * @family: AF_INET or AF_INET6
 */
struct cm_selector {
	union cm_addr	src;
	union cm_addr	src_mask;
	union cm_addr	dst;
	union cm_addr	dst_mask;
	u16		sport_min;
	u16		sport_max;
	u16		dport_min;
	u16		dport_max;
	u8		proto;
	u8		family;
};

/**
 * struct cm_acl_key - what of a packet is looked at
 * @src: source address
 * @dst: destination address
 * @sport: source port, host order; only read if @has_ports
 * @dport: destination port
 * @proto: IP protocol; IPv6: of the upper layer, behind the extension headers
 * @family: AF_INET or AF_INET6
 * @has_ports: the ports are there. False for a later fragment, a truncated
 *   header and a protocol without ports.
 * @fragment: a later fragment. For the caller; the classifier goes by
 *   @has_ports alone.
 * @opaque: @proto is not the upper layer's, which cannot be seen (RFC 4301
 *   4.4.1.1). For the caller; rules with a protocol do not match.
 */
struct cm_acl_key {
	union cm_addr	src;
	union cm_addr	dst;
	u16		sport;
	u16		dport;
	u8		proto;
	u8		family;
	bool		has_ports;
	bool		fragment;
	bool		opaque;
};

/**
 * struct cm_acl_rule - one ACE of one crypto map entry
 * @sel: what it matches
 * @entry: sequence number of the crypto map entry; a matching deny goes on
 *   with the next one
 * @permit: protect what matches
 * @flow: the caller's
 */
struct cm_acl_rule {
	struct cm_selector	sel;
	u32			entry;
	bool			permit;
	void			*flow;
};

struct cm_acl;

/**
 * struct cm_acl_stats - the shape of a compiled list
 * @bytes: memory held, all included
 * @rules: number of rules
 * @tables: different pairs of address masks: each costs a lookup step
 * @nodes: different pairs of address and mask
 * @indexed: nodes with an index over protocol and ports
 * @linear: nodes that would have needed one but whose index would have grown
 *   out of bounds; their rules are compared one by one
 */
struct cm_acl_stats {
	size_t	bytes;
	u32	rules;
	u32	tables;
	u32	nodes;
	u32	indexed;
	u32	linear;
};

/**
 * cm_proto_has_ports() - whether ports of this IP protocol can be selected
 * @proto: IP protocol
 *
 * TCP, UDP, UDP-Lite, SCTP and DCCP.
 */
bool cm_proto_has_ports(u8 proto);

/**
 * cm_selector_validate() - check a selector that comes from outside
 * @sel: the selector
 * @why: set to a constant text that names the fault; may be NULL
 *
 * Return: 0, -EINVAL, or -EAFNOSUPPORT for an unknown family.
 */
int cm_selector_validate(const struct cm_selector *sel, const char **why);

/**
 * cm_selector_has_ports() - whether a selector restricts the ports
 * @sel: the selector
 */
bool cm_selector_has_ports(const struct cm_selector *sel);

/**
 * cm_selector_match() - match one selector as a permit rule does
 * @sel: a valid selector
 * @key: the packet
 *
 * A packet whose ports are not there matches on addresses and protocol alone,
 * so that it is protected rather than sent in clear. Any context.
 */
bool cm_selector_match(const struct cm_selector *sel, const struct cm_acl_key *key);

bool cm_selector_equal(const struct cm_selector *a, const struct cm_selector *b);

/**
 * cm_selector_hash() - hash of a selector; equal ones have equal hashes
 * @sel: the selector
 * @seed: random number of the table
 */
u32 cm_selector_hash(const struct cm_selector *sel, u32 seed);

/**
 * cm_acl_key_reverse() - the key of the packet in the other direction
 * @to: the result, not the same object
 * @from: a packet; source and destination are exchanged
 *
 * Selectors are written for packets that leave: a packet that comes in is
 * looked up reversed.
 */
void cm_acl_key_reverse(struct cm_acl_key *to, const struct cm_acl_key *from);

/**
 * cm_acl_compile() - make the object that packets are looked up in
 * @rules: the rules in order, copied; @entry must not decrease, all selectors
 *   valid and of one family
 * @count: number of rules; 0 gives a list that nothing matches
 * @gfp: allocation flags; must allow to sleep
 *
 * The object does not change any more. The caller publishes it by RCU and
 * frees it after a grace period. Process context; takes a few milliseconds
 * for 10 000 rules.
 *
 * Return: the object, or ERR_PTR: -EINVAL, -EAFNOSUPPORT, -E2BIG, -ENOMEM.
 */
struct cm_acl *cm_acl_compile(const struct cm_acl_rule *rules, u32 count, gfp_t gfp);

/**
 * cm_acl_lookup() - find the rule that protects a packet
 * @acl: compiled list
 * @key: the packet
 *
 * The first matching rule in order counts. A deny leaves out the rest of its
 * entry and goes on with the next entry. A packet whose ports are not there
 * matches a permit rule with ports on addresses and protocol alone, and does
 * not match a deny rule with ports.
 *
 * Context: rcu_read_lock() over the call and the use of the result; softirq.
 * Return: the permit rule that decides, or NULL: the packet goes in clear.
 */
const struct cm_acl_rule *cm_acl_lookup(const struct cm_acl *acl,
					const struct cm_acl_key *key);

/**
 * cm_acl_rules() - the copied rules, for dumps
 * @acl: compiled list
 * @count: set to their number
 */
const struct cm_acl_rule *cm_acl_rules(const struct cm_acl *acl, u32 *count);

void cm_acl_stats(const struct cm_acl *acl, struct cm_acl_stats *stats);

/**
 * cm_acl_free() - free a compiled list that no reader has any more
 * @acl: compiled list, NULL or ERR_PTR
 */
void cm_acl_free(struct cm_acl *acl);

#endif /* CM_ACL_H */

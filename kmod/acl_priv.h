/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The inside of the classifier: acl.c looks packets up in what acl_build.c
 * makes; acl_index.c does both for protocol and ports.
 */
#ifndef CM_ACL_PRIV_H
#define CM_ACL_PRIV_H

#include <linux/bitmap.h>
#include <linux/compiler.h>
#include <linux/jhash.h>
#include <linux/kernel.h>
#include <linux/types.h>

#include "acl.h"

#ifndef acl_step
#define acl_step()	do { } while (0)	/* unit tests count */
#endif

/* Up to so many nodes in a table, or rules in a node, are compared in turn. */
#define TABLE_DIRECT	8
#define NODE_DIRECT	8

/* Most rules noted in one node's index, per rule of the node. */
#define INDEX_ITEMS	128

/*
 * An item is a rule's place in the order with its action in the lowest bit, so
 * that items are in order as their rules are. A reference is an item, ITEM_NONE
 * or, with ITEM_LIST, the place of a list of items in the pool: their count,
 * the items, ITEM_NONE.
 */
#define ITEM_DENY	1U
#define ITEM_NONE	0x7fffffffU
#define ITEM_LIST	0x80000000U

#define PORTS		65536U
#define PORT_MAX	65535U

/* A pair of addresses in words; IPv4 takes the first one. */
#define WORDS_V4	1
#define WORDS_V6	4

union acl_words {
	u64	w[WORDS_V6];
	u32	half[2 * WORDS_V6];
};

/* The family of an empty list: no packet has it. */
#define FAMILY_NONE	0xff

/*
 * Rules with the same pair of masks. A slot is a masked pair of addresses and
 * one word more, which is zero if the slot is free; else its low half says
 * where the rules or the index of the node are, its high half how many rules,
 * or SLOT_INDEX.
 */
struct acl_table {
	union acl_words	mask;
	u64		*slots;
	u32		best;		/* first item; ITEM_NONE: end of the tables */
	u32		last;		/* last item */
	u32		hash_mask;	/* slots - 1; 0: nodes side by side, no hash */
	u32		nodes;
};

#define SLOT_INDEX	0xffffffffU

/* A rule of a node without index. */
struct acl_port_rule {
	u32	item;
	u8	proto;		/* 0: any */
	bool	ports;		/* restricts the ports */
	u16	sport;
	u16	sport_span;	/* highest - lowest */
	u16	dport;
	u16	dport_span;
};

/* The port space cut into cells. */
struct acl_span {
	u32	low;		/* lowest port of each, ascending from 0 */
	u32	cell;		/* a reference for each, in the pool */
	u32	count;		/* 0: no rules */
};

/* The rules of one protocol in an index. */
struct acl_group {
	u32		blind;	/* reference for packets without ports */
	u32		branch;	/* spans of the tree over @edges, in the pool */
	u32		leaves;	/* of the tree: power of two; 0: no tree */
	struct acl_span	dst;	/* rules that leave the source port open */
	struct acl_span	src;	/* rules that restrict the source port only */
	struct acl_span	edges;	/* destination ports of the rules with both */
};

struct acl_index {
	u32	any;		/* reference of the rules for any protocol */
	u32	group;		/* first group */
	u8	proto[256];	/* which group + 1; 0: none */
};

struct cm_acl {
	struct acl_table	*tables;
	struct acl_port_rule	*port_rules;
	struct cm_acl_rule	*rules;
	u32			seed;
	u8			family;
	u32			*after;	/* by rule: first one of the next entry */
	struct acl_index	*indexes;
	struct acl_group	*groups;
	struct acl_span		*spans;
	u16			*lows;
	u32			*pool;
	u64			*slots;
	u32			rules_count;
	struct cm_acl_stats	stats;
};

/* An array that grows; what is in it is named by its place. */
struct acl_vec {
	void	*data;
	u32	size;		/* of an element */
	u32	used;
	u32	room;
};

enum acl_vec_id {
	ACL_TABLES,		/* struct acl_table */
	ACL_NODES,		/* struct acl_node */
	ACL_PORT_RULES,		/* struct acl_port_rule */
	ACL_INDEXES,		/* struct acl_index */
	ACL_GROUPS,		/* struct acl_group */
	ACL_SPANS,		/* struct acl_span */
	ACL_LOWS,		/* u16 */
	ACL_POOL,		/* u32 */
	ACL_NOTES,		/* struct acl_note */
	ACL_VECS,
};

/* Rules with the same pair of masks and addresses, while compiling. */
struct acl_node {
	u32	table;
	u32	rule;		/* first one */
	u32	start;		/* all of them, in acl_build.order */
	u32	count;
};

/* An item noted in a cell. Place 0 is not used: it ends a chain. */
struct acl_note {
	u32	item;
	u32	next;
};

/* The cells of the span at hand; arrays by cell, and one behind the last. */
struct acl_cells {
	u32	*head;		/* notes */
	u32	*tail;
	u32	*closed;	/* next cell not behind a final rule */
	u32	*taken;		/* next cell without a rule of this entry */
	u32	*touched;	/* cells changed in @taken */
	u32	touched_count;
	u32	room;
};

#define MARK_GROUP	64	/* ports for a bit of acl_build.mark_groups */

struct acl_build {
	struct cm_acl		*acl;
	gfp_t			gfp;
	u32			words;		/* WORDS_V4 or WORDS_V6 */
	u32			hash_mask;
	u32			*table_hash;	/* place + 1; 0: free */
	u32			*node_hash;
	u32			*node_of;	/* by rule */
	u32			*order;		/* rules by node, in order */
	u32			*by_proto;	/* rules of a node by protocol */
	u32			*picked;	/* rules of one shape */
	bool			*final;		/* by rule: see acl_index.c */
	u64			budget;		/* items left for this index */
	struct acl_vec		vecs[ACL_VECS];
	struct acl_cells	cells;
	u32			proto_start[257];
	DECLARE_BITMAP(marks, PORTS);
	DECLARE_BITMAP(mark_groups, PORTS / MARK_GROUP);
};

static inline bool acl_any_port(u16 low, u16 high)
{
	return low == 0 && high == PORT_MAX;
}

static inline bool acl_addr_equal(const union cm_addr *a, const union cm_addr *b)
{
	return a->pair[0] == b->pair[0] && a->pair[1] == b->pair[1];
}

static __always_inline void acl_addr_words(union acl_words *to, u32 words,
					   const union cm_addr *src, const union cm_addr *dst)
{
	if (words == WORDS_V4) {
		to->w[0] = (u64)(__force u32)src->v4 << 32 | (__force u32)dst->v4;
		return;
	}
	to->w[0] = src->pair[0];
	to->w[1] = src->pair[1];
	to->w[2] = dst->pair[0];
	to->w[3] = dst->pair[1];
}

/*
 * Which slots are looked at follows from the rules and the seed alone: no
 * packet puts anything into a table.
 */
static __always_inline u32 acl_words_hash(const union acl_words *addr, u32 words, u32 seed)
{
	if (words == WORDS_V4)
		return jhash_2words((u32)addr->w[0], (u32)(addr->w[0] >> 32), seed);
	return jhash2(addr->half, ARRAY_SIZE(addr->half), seed);
}

static __always_inline bool acl_words_equal(const u64 *slot, const union acl_words *addr, u32 words)
{
	if (words == WORDS_V4)
		return slot[0] == addr->w[0];
	return !((slot[0] ^ addr->w[0]) | (slot[1] ^ addr->w[1]) |
		 (slot[2] ^ addr->w[2]) | (slot[3] ^ addr->w[3]));
}

static inline void *acl_vec_at(const struct acl_build *b, enum acl_vec_id id, u32 at)
{
	return b->vecs[id].data + (size_t)at * b->vecs[id].size;
}

static inline u32 acl_rule_item(const struct acl_build *b, u32 rule)
{
	return rule * 2 + (b->acl->rules[rule].permit ? 0 : ITEM_DENY);
}

/*
 * Append @count zeroed elements; pointers into the array are no longer valid.
 * Return: place of the first, or -ENOMEM.
 */
int cm_acl_vec_add(struct acl_build *b, enum acl_vec_id id, u32 count);

/*
 * Make the index of some rules with the same addresses, in order. Return: 0 and
 * its place, -ENOMEM, or -E2BIG: it would become too large, and what has been
 * appended is to be dropped.
 */
int cm_acl_index_build(struct acl_build *b, const u32 *rules, u32 count, u32 *place);

/* The first item of index @at from @from on that matches, or ITEM_NONE. */
u32 cm_acl_index_find(const struct cm_acl *acl, u32 at, const struct cm_acl_key *key, u32 from);

#endif /* CM_ACL_PRIV_H */

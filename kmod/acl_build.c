// SPDX-License-Identifier: GPL-2.0
/*
 * Compiling a list of rules for the classifier: its tables and nodes.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <linux/string.h>

#include "acl_priv.h"

#define RESCHED_RULES	256

static const u32 vec_sizes[ACL_VECS] = {
	[ACL_TABLES]		= sizeof(struct acl_table),
	[ACL_NODES]		= sizeof(struct acl_node),
	[ACL_PORT_RULES]	= sizeof(struct acl_port_rule),
	[ACL_INDEXES]		= sizeof(struct acl_index),
	[ACL_GROUPS]		= sizeof(struct acl_group),
	[ACL_SPANS]		= sizeof(struct acl_span),
	[ACL_LOWS]		= sizeof(u16),
	[ACL_POOL]		= sizeof(u32),
	[ACL_NOTES]		= sizeof(struct acl_note),
};

static int vec_resize(struct acl_vec *vec, u32 room, gfp_t gfp)
{
	void *data;

	if ((u64)room * vec->size > INT_MAX)
		return -ENOMEM;
	data = kvmalloc_array(room, vec->size, gfp);
	if (!data)
		return -ENOMEM;
	if (vec->used)
		memcpy(data, vec->data, (size_t)vec->used * vec->size);
	kvfree(vec->data);
	vec->data = data;
	vec->room = room;
	return 0;
}

int cm_acl_vec_add(struct acl_build *b, enum acl_vec_id id, u32 count)
{
	struct acl_vec *vec = &b->vecs[id];
	u32 at = vec->used;
	int err;

	if (vec->room - at < count) {
		err = vec_resize(vec, max3(at + count, vec->room * 2, 16U), b->gfp);
		if (err)
			return err;
	}
	vec->used += count;
	memset(acl_vec_at(b, id, at), 0, (size_t)count * vec->size);
	return at;
}

/* Hand the array over, without the room that was not used. */
static int vec_finish(struct acl_build *b, enum acl_vec_id id, void *to)
{
	struct acl_vec *vec = &b->vecs[id];
	int err;

	if (!vec->used)
		return 0;
	err = vec->used < vec->room ? vec_resize(vec, vec->used, b->gfp) : 0;
	if (err)
		return err;
	b->acl->stats.bytes += (size_t)vec->used * vec->size;
	*(void **)to = vec->data;
	vec->data = NULL;
	return 0;
}

/* Sort the rules into nodes, the nodes into tables */

/* Return: place of the table with the selector's masks, or -ENOMEM. */
static int table_get(struct acl_build *b, const struct cm_selector *sel)
{
	struct acl_table *table;
	union acl_words mask;
	u32 *slot;
	int at;
	u32 i;

	acl_addr_words(&mask, b->words, &sel->src_mask, &sel->dst_mask);
	i = acl_words_hash(&mask, b->words, b->acl->seed);
	for (; *(slot = &b->table_hash[i & b->hash_mask]); i++) {
		table = acl_vec_at(b, ACL_TABLES, *slot - 1);
		if (acl_words_equal(table->mask.w, &mask, b->words))
			return *slot - 1;
	}
	at = cm_acl_vec_add(b, ACL_TABLES, 1);
	if (at < 0)
		return at;
	table = acl_vec_at(b, ACL_TABLES, at);
	memcpy(&table->mask, &mask, b->words * sizeof(u64));
	*slot = at + 1;
	return at;
}

static bool node_is(const struct acl_build *b, u32 place, u32 table,
		    const struct cm_selector *sel)
{
	const struct acl_node *node = acl_vec_at(b, ACL_NODES, place);
	const struct cm_selector *first = &b->acl->rules[node->rule].sel;

	return node->table == table && acl_addr_equal(&first->src, &sel->src) &&
	       acl_addr_equal(&first->dst, &sel->dst);
}

/* Return: place of the rule's node in that table, or -ENOMEM. */
static int node_get(struct acl_build *b, u32 table, u32 rule)
{
	const struct cm_selector *sel = &b->acl->rules[rule].sel;
	union acl_words addr;
	struct acl_node *node;
	u32 *slot;
	int at;
	u32 i;

	acl_addr_words(&addr, b->words, &sel->src, &sel->dst);
	i = acl_words_hash(&addr, b->words, b->acl->seed + table);
	for (; *(slot = &b->node_hash[i & b->hash_mask]); i++)
		if (node_is(b, *slot - 1, table, sel))
			return *slot - 1;
	at = cm_acl_vec_add(b, ACL_NODES, 1);
	if (at < 0)
		return at;
	node = acl_vec_at(b, ACL_NODES, at);
	node->table = table;
	node->rule = rule;
	*slot = at + 1;
	return at;
}

/* Rules come in order, so that tables and nodes get the order of their first. */
static int rule_place(struct acl_build *b, u32 rule)
{
	struct acl_table *table;
	struct acl_node *node;
	int table_at, node_at;

	table_at = table_get(b, &b->acl->rules[rule].sel);
	if (table_at < 0)
		return table_at;
	node_at = node_get(b, table_at, rule);
	if (node_at < 0)
		return node_at;
	b->node_of[rule] = node_at;

	table = acl_vec_at(b, ACL_TABLES, table_at);
	if (!table->nodes)
		table->best = acl_rule_item(b, rule);
	table->last = acl_rule_item(b, rule);
	node = acl_vec_at(b, ACL_NODES, node_at);
	if (!node->count++)
		table->nodes++;
	return 0;
}

static int rules_place(struct acl_build *b)
{
	u32 i;
	int err;

	for (i = 0; i < b->acl->rules_count; i++) {
		err = rule_place(b, i);
		if (err)
			return err;
		if (i % RESCHED_RULES == 0)
			cond_resched();
	}
	return 0;
}

/* Put each node's rules side by side; their order stays. */
static void rules_order(struct acl_build *b)
{
	struct acl_node *node = acl_vec_at(b, ACL_NODES, 0);
	u32 i, start = 0;

	for (i = 0; i < b->vecs[ACL_NODES].used; i++) {
		node[i].start = start;
		start += node[i].count;
		node[i].count = 0;
	}
	for (i = 0; i < b->acl->rules_count; i++) {
		node = acl_vec_at(b, ACL_NODES, b->node_of[i]);
		b->order[node->start + node->count++] = i;
	}
}

/* Write the nodes */

static int port_rules_build(struct acl_build *b, const u32 *rules, u32 count, u32 *place)
{
	const struct cm_selector *sel;
	struct acl_port_rule *rule;
	u32 i;
	int at;

	at = cm_acl_vec_add(b, ACL_PORT_RULES, count);
	if (at < 0)
		return at;
	*place = at;
	for (i = 0; i < count; i++) {
		sel = &b->acl->rules[rules[i]].sel;
		rule = acl_vec_at(b, ACL_PORT_RULES, at + i);
		rule->item = acl_rule_item(b, rules[i]);
		rule->proto = sel->proto;
		rule->ports = cm_selector_has_ports(sel);
		rule->sport = sel->sport_min;
		rule->sport_span = sel->sport_max - sel->sport_min;
		rule->dport = sel->dport_min;
		rule->dport_span = sel->dport_max - sel->dport_min;
	}
	return 0;
}

/* Return: as cm_acl_index_build(); after -E2BIG nothing of it is left. */
static int index_try(struct acl_build *b, const u32 *rules, u32 count, u32 *place)
{
	u32 used[ACL_VECS];
	u32 i;
	int err;

	for (i = 0; i < ACL_VECS; i++)
		used[i] = b->vecs[i].used;
	b->budget = (u64)count * INDEX_ITEMS;
	err = cm_acl_index_build(b, rules, count, place);
	if (err == -E2BIG)
		for (i = 0; i < ACL_VECS; i++)
			b->vecs[i].used = used[i];
	return err;
}

/* Return: 0 and the last word of the node's slot, or -ENOMEM. */
static int node_build(struct acl_build *b, const struct acl_node *node, u64 *word)
{
	const u32 *rules = b->order + node->start;
	u32 place;
	int err;

	if (node->count > NODE_DIRECT) {
		err = index_try(b, rules, node->count, &place);
		if (!err) {
			b->acl->stats.indexed++;
			*word = (u64)SLOT_INDEX << 32 | place;
		}
		if (err != -E2BIG)
			return err;
		b->acl->stats.linear++;
	}
	err = port_rules_build(b, rules, node->count, &place);
	if (err)
		return err;
	*word = (u64)node->count << 32 | place;
	return 0;
}

static void table_insert(const struct cm_acl *acl, struct acl_table *table, u32 words,
			 const union acl_words *addr, u64 word)
{
	u64 *slots = table->slots;
	u32 size = words + 1;
	u32 at = table->nodes++;

	if (table->hash_mask) {
		at = acl_words_hash(addr, words, acl->seed) & table->hash_mask;
		while (slots[(size_t)at * size + words])
			at = (at + 1) & table->hash_mask;
	}
	memcpy(&slots[(size_t)at * size], addr, words * sizeof(u64));
	slots[(size_t)at * size + words] = word;
}

static int nodes_build(struct acl_build *b)
{
	union acl_words addr;
	u64 word;
	u32 i;
	int err;

	for (i = 0; i < b->vecs[ACL_NODES].used; i++) {
		const struct acl_node *node = acl_vec_at(b, ACL_NODES, i);
		const struct cm_selector *sel = &b->acl->rules[node->rule].sel;

		err = node_build(b, node, &word);
		if (err)
			return err;
		acl_addr_words(&addr, b->words, &sel->src, &sel->dst);
		table_insert(b->acl, acl_vec_at(b, ACL_TABLES, node->table), b->words,
			     &addr, word);
		if (i % RESCHED_RULES == 0)
			cond_resched();
	}
	return 0;
}

/* At most every second slot of a hash is taken. */
static u32 slots_needed(u32 nodes)
{
	return nodes > TABLE_DIRECT ? roundup_pow_of_two(2 * nodes) : nodes;
}

/* Give the tables their slots, now that their nodes are counted. */
static int slots_build(struct acl_build *b)
{
	u32 i, count = b->vecs[ACL_TABLES].used;
	struct acl_table *table;
	size_t total = 0;
	u64 *slots;

	for (i = 0, table = acl_vec_at(b, ACL_TABLES, 0); i < count; i++, table++)
		total += slots_needed(table->nodes);
	slots = kvcalloc(total, (b->words + 1) * sizeof(u64), b->gfp);
	if (!slots)
		return -ENOMEM;
	b->acl->slots = slots;
	b->acl->stats.bytes += total * (b->words + 1) * sizeof(u64);

	for (i = 0, table = acl_vec_at(b, ACL_TABLES, 0); i < count; i++, table++) {
		u32 needed = slots_needed(table->nodes);

		table->slots = slots;
		table->hash_mask = needed > table->nodes ? needed - 1 : 0;
		table->nodes = 0;
		slots += (size_t)needed * (b->words + 1);
	}
	return 0;
}

/* The end of the tables, which the search runs up against. */
static int tables_end(struct acl_build *b)
{
	struct acl_table *table;
	int at;

	at = cm_acl_vec_add(b, ACL_TABLES, 1);
	if (at < 0)
		return at;
	table = acl_vec_at(b, ACL_TABLES, at);
	table->best = ITEM_NONE;
	return 0;
}

/* The whole */

static int rules_check(const struct cm_acl_rule *rules, u32 count)
{
	u32 i;
	int err;

	if (count > CM_ACL_RULES_MAX)
		return -E2BIG;
	for (i = 0; i < count; i++) {
		err = cm_selector_validate(&rules[i].sel, NULL);
		if (err)
			return err;
		if (rules[i].sel.family != rules[0].sel.family)
			return -EAFNOSUPPORT;
		if (i && rules[i].entry < rules[i - 1].entry)
			return -EINVAL;
	}
	return 0;
}

/* What a rule's entry says about it: acl_build.final and cm_acl.after. */
static void entries_note(struct acl_build *b)
{
	const struct cm_acl_rule *rules = b->acl->rules;
	u32 count = b->acl->rules_count;
	bool denied = false;
	u32 i, after = count;

	for (i = 0; i < count; i++) {
		if (i && rules[i].entry != rules[i - 1].entry)
			denied = false;
		denied |= !rules[i].permit;
		b->final[i] = !denied;
	}
	while (i--) {
		if (i + 1 < count && rules[i].entry != rules[i + 1].entry)
			after = i + 1;
		b->acl->after[i] = after;
	}
}

static int build_start(struct acl_build *b, const struct cm_acl_rule *rules, u32 count)
{
	struct cm_acl *acl = b->acl;
	u32 hash = roundup_pow_of_two(2 * count);
	u32 i;

	for (i = 0; i < ACL_VECS; i++)
		b->vecs[i].size = vec_sizes[i];
	b->words = rules[0].sel.family == AF_INET ? WORDS_V4 : WORDS_V6;
	b->hash_mask = hash - 1;
	b->table_hash = kvcalloc(hash, sizeof(u32), b->gfp);
	b->node_hash = kvcalloc(hash, sizeof(u32), b->gfp);
	b->node_of = kvmalloc_array(count, sizeof(u32), b->gfp);
	b->order = kvmalloc_array(count, sizeof(u32), b->gfp);
	b->by_proto = kvmalloc_array(count, sizeof(u32), b->gfp);
	b->picked = kvmalloc_array(count, sizeof(u32), b->gfp);
	b->final = kvmalloc_array(count, sizeof(bool), b->gfp);
	acl->rules = kvmalloc_array(count, sizeof(*rules), b->gfp);
	acl->after = kvmalloc_array(count, sizeof(u32), b->gfp);
	if (!b->table_hash || !b->node_hash || !b->node_of || !b->order || !b->by_proto ||
	    !b->picked || !b->final || !acl->rules || !acl->after)
		return -ENOMEM;

	memcpy(acl->rules, rules, count * sizeof(*rules));
	acl->rules_count = count;
	acl->family = rules[0].sel.family;
	acl->seed = get_random_u32();
	entries_note(b);
	return 0;
}

static int build_finish(struct acl_build *b)
{
	struct cm_acl *acl = b->acl;

	acl->stats.rules = acl->rules_count;
	acl->stats.tables = b->vecs[ACL_TABLES].used;
	acl->stats.nodes = b->vecs[ACL_NODES].used;
	acl->stats.bytes += acl->rules_count * (sizeof(*acl->rules) + sizeof(*acl->after));
	return tables_end(b) ?:
	       vec_finish(b, ACL_TABLES, &acl->tables) ?:
	       vec_finish(b, ACL_PORT_RULES, &acl->port_rules) ?:
	       vec_finish(b, ACL_INDEXES, &acl->indexes) ?:
	       vec_finish(b, ACL_GROUPS, &acl->groups) ?:
	       vec_finish(b, ACL_SPANS, &acl->spans) ?:
	       vec_finish(b, ACL_LOWS, &acl->lows) ?:
	       vec_finish(b, ACL_POOL, &acl->pool);
}

static void build_free(struct acl_build *b)
{
	u32 i;

	for (i = 0; i < ACL_VECS; i++)
		kvfree(b->vecs[i].data);
	kvfree(b->table_hash);
	kvfree(b->node_hash);
	kvfree(b->node_of);
	kvfree(b->order);
	kvfree(b->by_proto);
	kvfree(b->picked);
	kvfree(b->final);
	kvfree(b->cells.head);
	kvfree(b);
}

static int acl_build(struct cm_acl *acl, const struct cm_acl_rule *rules, u32 count, gfp_t gfp)
{
	struct acl_build *b;
	int err;

	b = kvzalloc(sizeof(*b), gfp);
	if (!b)
		return -ENOMEM;
	b->acl = acl;
	b->gfp = gfp;
	err = build_start(b, rules, count) ?: rules_place(b);
	if (!err) {
		rules_order(b);
		err = slots_build(b) ?: nodes_build(b) ?: build_finish(b);
	}
	build_free(b);
	return err;
}

struct cm_acl *cm_acl_compile(const struct cm_acl_rule *rules, u32 count, gfp_t gfp)
{
	struct cm_acl *acl;
	int err;

	err = rules_check(rules, count);
	if (err)
		return ERR_PTR(err);
	acl = kvzalloc(sizeof(*acl), gfp);
	if (!acl)
		return ERR_PTR(-ENOMEM);
	acl->family = FAMILY_NONE;
	acl->stats.bytes = sizeof(*acl);
	err = count ? acl_build(acl, rules, count, gfp) : 0;
	if (err) {
		cm_acl_free(acl);
		return ERR_PTR(err);
	}
	return acl;
}

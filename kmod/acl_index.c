// SPDX-License-Identifier: GPL-2.0
/*
 * The classifier's index over protocol and ports, for the rules of one node.
 *
 * The port space is cut into cells where the range of any rule begins or ends,
 * and each cell refers to the rules that count there; the cell of a port is
 * found by binary search. There are cells over the destination port, for rules
 * that leave the source port open, and over the source port, for rules that
 * leave the destination port open. Rules that restrict both ports stand in a
 * segment tree: cells over the destination port are its leaves, each range is
 * put together from O(log n) of its nodes, and each node has cells over the
 * source port.
 *
 * A cell needs one rule of an entry at most: a lookup goes on at the start of
 * an entry only, so that no other of the entry's rules in the cell can count.
 * And it needs no rule behind a *final* one, a permit without a deny before it
 * in its entry: a lookup that reaches it cannot get past it. So a cell has one
 * rule only, but where entries overlap behind denies.
 */
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "acl_priv.h"

/* Lookup; @from is the first item that may count */

static u32 list_first(const u32 *list, u32 from)
{
	u32 low = 0, count = *list++;

	while (count) {
		u32 half = count / 2;

		acl_step();
		if (list[low + half] < from) {
			low += half + 1;
			count -= half + 1;
		} else {
			count = half;
		}
	}
	return list[low];	/* a list ends with ITEM_NONE */
}

static __always_inline u32 item_from(const struct cm_acl *acl, u32 ref, u32 from)
{
	if (unlikely(ref & ITEM_LIST))
		return list_first(&acl->pool[ref & ~ITEM_LIST], from);
	return likely(ref >= from) ? ref : ITEM_NONE;
}

/* Which cell a port is in. No branch depends on the port. */
static __always_inline u32 cell_find(const u16 *lows, u32 count, u16 port)
{
	const u16 *low = lows;

	while (count > 1) {
		u32 half = count / 2;

		acl_step();
		low += low[half] <= port ? half : 0;
		count -= half;
	}
	return low - lows;
}

static __always_inline u32 span_find(const struct cm_acl *acl, const struct acl_span *span,
				     u16 port, u32 from)
{
	u32 cell;

	if (!span->count)
		return ITEM_NONE;
	cell = cell_find(&acl->lows[span->low], span->count, port);
	return item_from(acl, acl->pool[span->cell + cell], from);
}

/* Rules with both ports: all nodes from the leaf of the port to the root. */
static u32 tree_find(const struct cm_acl *acl, const struct acl_group *group,
		     const struct cm_acl_key *key, u32 from)
{
	u32 i = cell_find(&acl->lows[group->edges.low], group->edges.count, key->dport);
	u32 best = ITEM_NONE;

	for (i += group->leaves; i; i /= 2) {
		const struct acl_span *span = &acl->spans[acl->pool[group->branch + i]];

		acl_step();
		best = min(best, span_find(acl, span, key->sport, from));
	}
	return best;
}

u32 cm_acl_index_find(const struct cm_acl *acl, u32 at, const struct cm_acl_key *key, u32 from)
{
	const struct acl_index *index = &acl->indexes[at];
	u32 best = item_from(acl, index->any, from);
	const struct acl_group *group;
	u32 proto;

	proto = index->proto[key->proto];
	if (!proto)
		return best;
	group = &acl->groups[index->group + proto - 1];
	if (!key->has_ports)
		return min(best, item_from(acl, group->blind, from));
	best = min(best, span_find(acl, &group->dst, key->dport, from));
	best = min(best, span_find(acl, &group->src, key->sport, from));
	if (group->leaves)
		best = min(best, tree_find(acl, group, key, from));
	return best;
}

/* Lists */

static u32 *pool_at(const struct acl_build *b, u32 at)
{
	return acl_vec_at(b, ACL_POOL, at);
}

static int budget_take(struct acl_build *b)
{
	if (!b->budget)
		return -E2BIG;
	b->budget--;
	return 0;
}

/*
 * A list is written at the end of the pool, behind a place for its count. What
 * turns out to be a single item or none becomes a plain reference.
 */

static int list_start(struct acl_build *b)
{
	return cm_acl_vec_add(b, ACL_POOL, 1);
}

static int list_append(struct acl_build *b, u32 item)
{
	int at = cm_acl_vec_add(b, ACL_POOL, 1);

	if (at < 0)
		return at;
	*pool_at(b, at) = item;
	return 0;
}

static int list_end(struct acl_build *b, u32 start, u32 *ref)
{
	u32 count = b->vecs[ACL_POOL].used - start - 1;

	if (count > 1) {
		*pool_at(b, start) = count;
		*ref = start | ITEM_LIST;
		return list_append(b, ITEM_NONE);
	}
	*ref = count ? *pool_at(b, start + 1) : ITEM_NONE;
	b->vecs[ACL_POOL].used = start;
	return 0;
}

/*
 * The list of rules for a packet of which only the protocol is known. A deny
 * with ports does not match such a packet.
 */
static int list_build(struct acl_build *b, const u32 *rules, u32 count, u32 *ref)
{
	const struct cm_acl_rule *rule, *before = NULL;
	int start, err;
	u32 i;

	start = list_start(b);
	if (start < 0)
		return start;
	for (i = 0; i < count; i++) {
		rule = &b->acl->rules[rules[i]];
		if (!rule->permit && cm_selector_has_ports(&rule->sel))
			continue;
		if (before && before->entry == rule->entry)
			continue;
		err = budget_take(b) ?: list_append(b, acl_rule_item(b, rules[i]));
		if (err)
			return err;
		if (b->final[rules[i]])
			break;
		before = rule;
	}
	return list_end(b, start, ref);
}

/* Spans */

enum port_side { SIDE_SRC, SIDE_DST };

static void rule_ports(const struct acl_build *b, u32 rule, enum port_side side,
		       u32 *low, u32 *high)
{
	const struct cm_selector *sel = &b->acl->rules[rule].sel;

	*low = side == SIDE_SRC ? sel->sport_min : sel->dport_min;
	*high = side == SIDE_SRC ? sel->sport_max : sel->dport_max;
}

static void mark_set(struct acl_build *b, u32 port)
{
	if (port > PORT_MAX)
		return;
	__set_bit(port, b->marks);
	__set_bit(port / MARK_GROUP, b->mark_groups);
}

/* Write the marked ports as the lower ends of a span's cells. */
static int marks_write(struct acl_build *b, struct acl_span *span)
{
	unsigned long group, port;
	int at, err = 0;

	span->low = b->vecs[ACL_LOWS].used;
	span->count = 0;
	for_each_set_bit(group, b->mark_groups, PORTS / MARK_GROUP) {
		unsigned long end = (group + 1) * MARK_GROUP;

		port = group * MARK_GROUP;
		while ((port = find_next_bit(b->marks, end, port)) < end) {
			__clear_bit(port, b->marks);
			at = err ? err : cm_acl_vec_add(b, ACL_LOWS, 1);
			if (at < 0) {
				err = at;
				continue;
			}
			*(u16 *)acl_vec_at(b, ACL_LOWS, at) = port;
			span->count++;
		}
	}
	bitmap_zero(b->mark_groups, PORTS / MARK_GROUP);
	return err;
}

/* Cut the port space at the ends of all ranges. */
static int span_cut(struct acl_build *b, const u32 *rules, u32 count, enum port_side side,
		    struct acl_span *span)
{
	u32 i, low, high;

	mark_set(b, 0);
	for (i = 0; i < count; i++) {
		rule_ports(b, rules[i], side, &low, &high);
		mark_set(b, low);
		mark_set(b, high + 1);
	}
	return marks_write(b, span);
}

/* The cells of a rule, which end where cells end. */
static void span_cells(const struct acl_build *b, const struct acl_span *span, u32 rule,
		       enum port_side side, u32 *first, u32 *last)
{
	const u16 *lows = acl_vec_at(b, ACL_LOWS, span->low);
	u32 low, high;

	rule_ports(b, rule, side, &low, &high);
	*first = cell_find(lows, span->count, low);
	*last = cell_find(lows, span->count, high);
}

static int cells_reserve(struct acl_build *b, u32 count)
{
	u32 *room;

	if (count <= b->cells.room)
		return 0;
	room = kvmalloc_array(count, 5 * sizeof(u32), b->gfp);
	if (!room)
		return -ENOMEM;
	kvfree(b->cells.head);
	b->cells.head = room;
	b->cells.tail = room + count;
	b->cells.closed = room + 2 * count;
	b->cells.taken = room + 3 * count;
	b->cells.touched = room + 4 * count;
	b->cells.room = count;
	return 0;
}

static int cells_start(struct acl_build *b, u32 count)
{
	int err;
	u32 i;

	err = cells_reserve(b, count + 1);
	if (err)
		return err;
	for (i = 0; i <= count; i++) {
		b->cells.head[i] = 0;
		b->cells.tail[i] = 0;
		b->cells.closed[i] = i;
		b->cells.taken[i] = i;
	}
	b->cells.touched_count = 0;
	b->vecs[ACL_NOTES].used = 0;
	err = cm_acl_vec_add(b, ACL_NOTES, 1);
	return err < 0 ? err : 0;
}

/* The end of a run of cells, with path halving: next[i] == i ends it. */
static u32 run_end(u32 *next, u32 i)
{
	while (next[i] != i) {
		acl_step();
		next[i] = next[next[i]];
		i = next[i];
	}
	return i;
}

static void cell_take(struct acl_build *b, u32 cell, u32 next)
{
	b->cells.taken[cell] = next;
	b->cells.touched[b->cells.touched_count++] = cell;
}

/* The first cell from @i on that a rule of this entry still counts in. */
static u32 cell_open(struct acl_build *b, u32 i)
{
	for (;;) {
		u32 end;

		i = run_end(b->cells.taken, i);
		end = run_end(b->cells.closed, i);
		if (end == i)
			return i;
		/* Pass over the closed run once per entry only. */
		cell_take(b, i, end);
		i = end;
	}
}

static void entry_start(struct acl_build *b)
{
	while (b->cells.touched_count) {
		u32 cell = b->cells.touched[--b->cells.touched_count];

		b->cells.taken[cell] = cell;
	}
}

static int cell_note(struct acl_build *b, u32 cell, u32 item)
{
	struct acl_note *note;
	int at, err;

	err = budget_take(b);
	if (err)
		return err;
	at = cm_acl_vec_add(b, ACL_NOTES, 1);
	if (at < 0)
		return at;
	note = acl_vec_at(b, ACL_NOTES, at);
	note->item = item;
	if (b->cells.head[cell]) {
		note = acl_vec_at(b, ACL_NOTES, b->cells.tail[cell]);
		note->next = at;
	} else {
		b->cells.head[cell] = at;
	}
	b->cells.tail[cell] = at;
	return 0;
}

/* Note the rule in those of its cells that it can count in. */
static int span_paint(struct acl_build *b, const struct acl_span *span, u32 rule,
		      enum port_side side)
{
	u32 cell, last;
	int err;

	span_cells(b, span, rule, side, &cell, &last);
	for (cell = cell_open(b, cell); cell <= last; cell = cell_open(b, cell)) {
		err = cell_note(b, cell, acl_rule_item(b, rule));
		if (err)
			return err;
		cell_take(b, cell, cell + 1);
		if (b->final[rule])
			b->cells.closed[cell] = cell + 1;
	}
	return 0;
}

/* Turn the notes of a cell into an item or a list. */
static int cell_write(struct acl_build *b, u32 cell, u32 *ref)
{
	const struct acl_note *note;
	int start, err;
	u32 at;

	start = list_start(b);
	if (start < 0)
		return start;
	for (at = b->cells.head[cell]; at; at = note->next) {
		note = acl_vec_at(b, ACL_NOTES, at);
		err = list_append(b, note->item);
		if (err)
			return err;
	}
	return list_end(b, start, ref);
}

static int span_write(struct acl_build *b, struct acl_span *span)
{
	u32 i, ref;
	int err;

	err = cm_acl_vec_add(b, ACL_POOL, span->count);
	if (err < 0)
		return err;
	span->cell = err;
	for (i = 0; i < span->count; i++) {
		err = cell_write(b, i, &ref);
		if (err)
			return err;
		*pool_at(b, span->cell + i) = ref;
	}
	return 0;
}

static int span_build(struct acl_build *b, const u32 *rules, u32 count, enum port_side side,
		      struct acl_span *span)
{
	u32 i, entry = 0;
	int err;

	memset(span, 0, sizeof(*span));
	if (!count)
		return 0;
	err = span_cut(b, rules, count, side, span) ?: cells_start(b, span->count);
	for (i = 0; i < count && !err; i++) {
		if (i && b->acl->rules[rules[i]].entry != entry)
			entry_start(b);
		entry = b->acl->rules[rules[i]].entry;
		err = span_paint(b, span, rules[i], side);
	}
	return err ?: span_write(b, span);
}

/* Trees */

#define TREE_COVER	(2 * 17)	/* nodes that make up a range of cells, at most */

/* The nodes of the tree that together cover the rule's destination ports. */
static u32 tree_cover(const struct acl_build *b, const struct acl_group *group, u32 rule,
		      u32 *nodes)
{
	u32 low, high, count = 0;

	span_cells(b, &group->edges, rule, SIDE_DST, &low, &high);
	low += group->leaves;
	high += group->leaves + 1;
	for (; low < high; low /= 2, high /= 2) {
		if (low & 1)
			nodes[count++] = low++;
		if (high & 1)
			nodes[count++] = --high;
	}
	return count;
}

/* Spread the rules over the nodes: those of node i end before @ends[i]. */
static u32 *tree_spread(const struct acl_build *b, const struct acl_group *group, const u32 *rules,
			u32 count, u32 *ends)
{
	u32 cover[TREE_COVER];
	u32 i, n, total = 0;
	u32 *spread;

	for (i = 0; i < count; i++)
		for (n = tree_cover(b, group, rules[i], cover); n; n--)
			ends[cover[n - 1]]++;
	for (i = 0; i < 2 * group->leaves; i++) {
		n = ends[i];
		ends[i] = total;
		total += n;
	}
	spread = kvmalloc_array(total, sizeof(u32), b->gfp);
	if (!spread)
		return NULL;
	for (i = 0; i < count; i++)
		for (n = tree_cover(b, group, rules[i], cover); n; n--)
			spread[ends[cover[n - 1]]++] = rules[i];
	return spread;
}

/* One node of the tree. Place 0 of the spans is the empty one. */
static int tree_node(struct acl_build *b, const u32 *rules, u32 count, u32 *place)
{
	struct acl_span span;
	int at = 0, err;

	*place = 0;
	if (!b->vecs[ACL_SPANS].used)
		at = cm_acl_vec_add(b, ACL_SPANS, 1);
	if (at < 0 || !count)
		return at;
	err = span_build(b, rules, count, SIDE_SRC, &span);
	if (err)
		return err;
	at = cm_acl_vec_add(b, ACL_SPANS, 1);
	if (at < 0)
		return at;
	*(struct acl_span *)acl_vec_at(b, ACL_SPANS, at) = span;
	*place = at;
	return 0;
}

static int tree_build(struct acl_build *b, const u32 *rules, u32 count, struct acl_group *group)
{
	u32 i, place, start = 0;
	u32 *ends, *spread;
	int err;

	if (!count)
		return 0;
	err = span_cut(b, rules, count, SIDE_DST, &group->edges);
	if (err)
		return err;
	group->leaves = roundup_pow_of_two(group->edges.count);
	err = cm_acl_vec_add(b, ACL_POOL, 2 * group->leaves);
	if (err < 0)
		return err;
	group->branch = err;

	ends = kvcalloc(2 * group->leaves, sizeof(u32), b->gfp);
	spread = ends ? tree_spread(b, group, rules, count, ends) : NULL;
	err = spread ? 0 : -ENOMEM;
	for (i = 0; i < 2 * group->leaves && !err; start = ends[i++]) {
		err = tree_node(b, spread + start, ends[i] - start, &place);
		if (!err)
			*pool_at(b, group->branch + i) = place;
	}
	kvfree(spread);
	kvfree(ends);
	return err;
}

/* Indexes */

enum port_shape { SHAPE_DST, SHAPE_SRC, SHAPE_BOTH };

static enum port_shape rule_shape(const struct acl_build *b, u32 rule)
{
	const struct cm_selector *sel = &b->acl->rules[rule].sel;

	if (acl_any_port(sel->sport_min, sel->sport_max))
		return SHAPE_DST;
	if (acl_any_port(sel->dport_min, sel->dport_max))
		return SHAPE_SRC;
	return SHAPE_BOTH;
}

static u32 pick_shape(struct acl_build *b, const u32 *rules, u32 count, enum port_shape shape)
{
	u32 i, picked = 0;

	for (i = 0; i < count; i++)
		if (rule_shape(b, rules[i]) == shape)
			b->picked[picked++] = rules[i];
	return picked;
}

static int group_build(struct acl_build *b, const u32 *rules, u32 count)
{
	struct acl_group group = { 0 };
	int err;
	u32 n;

	err = list_build(b, rules, count, &group.blind);
	if (err)
		return err;
	n = pick_shape(b, rules, count, SHAPE_DST);
	err = span_build(b, b->picked, n, SIDE_DST, &group.dst);
	if (err)
		return err;
	n = pick_shape(b, rules, count, SHAPE_SRC);
	err = span_build(b, b->picked, n, SIDE_SRC, &group.src);
	if (err)
		return err;
	n = pick_shape(b, rules, count, SHAPE_BOTH);
	err = tree_build(b, b->picked, n, &group);
	if (err)
		return err;
	err = cm_acl_vec_add(b, ACL_GROUPS, 1);
	if (err < 0)
		return err;
	*(struct acl_group *)acl_vec_at(b, ACL_GROUPS, err) = group;
	return 0;
}

/* Sort the rules of a node by protocol; their order within it stays. */
static void sort_by_proto(struct acl_build *b, const u32 *rules, u32 count)
{
	u32 *start = b->proto_start;
	u32 i, n, total = 0;

	memset(start, 0, sizeof(b->proto_start));
	for (i = 0; i < count; i++)
		start[b->acl->rules[rules[i]].sel.proto]++;
	for (i = 0; i <= 256; i++) {
		n = start[i];
		start[i] = total;
		total += n;
	}
	for (i = 0; i < count; i++)
		b->by_proto[start[b->acl->rules[rules[i]].sel.proto]++] = rules[i];
	/* Each start is now the next one's. */
	memmove(start + 1, start, 256 * sizeof(*start));
	start[0] = 0;
}

int cm_acl_index_build(struct acl_build *b, const u32 *rules, u32 count, u32 *place)
{
	struct acl_index index = { .group = b->vecs[ACL_GROUPS].used };
	const u32 *start = b->proto_start;
	u32 proto, groups = 0;
	int err;

	sort_by_proto(b, rules, count);
	err = list_build(b, b->by_proto, start[1], &index.any);
	for (proto = 1; proto < 256 && !err; proto++) {
		if (start[proto + 1] == start[proto])
			continue;
		index.proto[proto] = ++groups;
		err = group_build(b, b->by_proto + start[proto], start[proto + 1] - start[proto]);
	}
	if (err)
		return err;
	err = cm_acl_vec_add(b, ACL_INDEXES, 1);
	if (err < 0)
		return err;
	*(struct acl_index *)acl_vec_at(b, ACL_INDEXES, err) = index;
	*place = err;
	return 0;
}


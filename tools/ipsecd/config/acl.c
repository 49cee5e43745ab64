// SPDX-License-Identifier: GPL-2.0-or-later
/* Access lists: entries in order, their numbering, and the rules they make. */
#define _GNU_SOURCE
#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acl.h"
#include "selector.h"

struct acl *acl_new(uint16_t family, const char *name)
{
	struct acl *acl = object_alloc(sizeof(*acl));

	acl->family = family;
	acl->name = object_strdup(name);
	return acl;
}

const struct acl *acl_find(const struct objects *acls, uint16_t family,
			   const char *name)
{
	struct acl key = { .family = family, .name = (char *)name };

	return objects_find(acls, &key);
}

unsigned int acl_number(const char *name)
{
	char *end;
	unsigned long number;

	if (*name < '1' || *name > '9')
		return 0;
	number = strtoul(name, &end, 10);
	if (*end)
		return 0;
	if ((number >= 100 && number <= 199) || (number >= 2000 && number <= 2699))
		return number;
	return 0;
}

static struct ace *ace_dup(const struct ace *from)
{
	struct ace *to = object_memdup(from, sizeof(*from));

	to->remark = object_strdup(from->remark);
	to->options = object_strdup(from->options);
	return to;
}

void ace_clear(struct ace *ace)
{
	free(ace->remark);
	free(ace->options);
	memset(ace, 0, sizeof(*ace));
}

static void ace_free(void *ace)
{
	ace_clear(ace);
	free(ace);
}

bool ace_usable(const struct ace *ace)
{
	if (ace->options)
		return false;
	/* A permit is one flow, and "neq" is two ranges. */
	return !ace->permit || (ace->sport.op != ACL_PORT_NEQ && ace->dport.op != ACL_PORT_NEQ);
}

static int compare_numbers(unsigned int a, unsigned int b)
{
	return (a > b) - (a < b);
}

static int compare_ports(const struct acl_ports *a, const struct acl_ports *b)
{
	int order = compare_numbers(a->op, b->op);

	if (!order && a->op != ACL_PORT_ANY)
		order = compare_numbers(a->first, b->first);
	if (!order && a->op == ACL_PORT_RANGE)
		order = compare_numbers(a->last, b->last);
	return order;
}

/* NULL is before every text. */
static int compare_texts(const char *a, const char *b)
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

/* By what two entries say, their place in the list aside. */
static int compare_contents(const void *a, const void *b)
{
	const struct ace *x = a, *y = b;
	int order = compare_texts(x->remark, y->remark);

	if (order || x->remark)
		return order;
	order = addr_compare(&x->src, &y->src);
	if (!order)
		order = addr_compare(&x->dst, &y->dst);
	if (!order)
		order = compare_ports(&x->sport, &y->sport);
	if (!order)
		order = compare_ports(&x->dport, &y->dport);
	if (!order)
		order = compare_numbers(x->permit, y->permit);
	if (!order)
		order = compare_numbers(x->proto, y->proto);
	if (!order)
		order = addr_compare(&x->src_mask, &y->src_mask);
	if (!order)
		order = addr_compare(&x->dst_mask, &y->dst_mask);
	if (!order)
		order = compare_numbers(x->log, y->log);
	return order ? order : compare_texts(x->options, y->options);
}

/* Whether two entries say the same, their place in the list aside. */
bool ace_same(const struct ace *a, const struct ace *b)
{
	return compare_contents(a, b) == 0;
}

/* Order of two list members; a remark stands behind the entry it is tied to. */
static int ace_order(const struct ace *a, const struct ace *b)
{
	if (a->seq != b->seq)
		return a->seq < b->seq ? -1 : 1;
	return (a->remark != NULL) - (b->remark != NULL);
}

/* Index of the first member that is behind @ace. */
static size_t place_behind(const struct acl *acl, const struct ace *ace)
{
	size_t low = 0, high = acl->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ace_order(acl->v[middle], ace) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void make_room(struct acl *acl, size_t room)
{
	struct ace **v = reallocarray(acl->v, room, sizeof(*v));

	if (!v)
		abort();
	acl->v = v;
	acl->room = room;
}

/* Puts @ace, which is taken over, at @i. */
static void put_at(struct acl *acl, size_t i, struct ace *ace)
{
	if (acl->n == acl->room)
		make_room(acl, acl->room ? 2 * acl->room : 4);
	memmove(acl->v + i + 1, acl->v + i, (acl->n - i) * sizeof(*acl->v));
	acl->v[i] = ace;
	acl->n++;
	if (!tsearch(ace, &acl->contents, compare_contents))
		abort();
	acl->permits += !ace->remark && ace->permit;
	acl->unusable += !ace->remark && !ace_usable(ace);
}

static void insert(struct acl *acl, const struct ace *ace)
{
	put_at(acl, place_behind(acl, ace), ace_dup(ace));
}

static void remove_at(struct acl *acl, size_t i)
{
	struct ace *ace = acl->v[i];

	acl->permits -= !ace->remark && ace->permit;
	acl->unusable -= !ace->remark && !ace_usable(ace);
	tdelete(ace, &acl->contents, compare_contents);
	acl->n--;
	memmove(acl->v + i, acl->v + i + 1, (acl->n - i) * sizeof(*acl->v));
	ace_free(ace);
}

/* Index of the entry with this number, or acl->n. */
static size_t find_seq(const struct acl *acl, uint32_t seq)
{
	const struct ace key = { .seq = seq };
	size_t behind = place_behind(acl, &key);

	if (behind && acl->v[behind - 1]->seq == seq && !acl->v[behind - 1]->remark)
		return behind - 1;
	return acl->n;
}

static const struct ace *find_same(const struct acl *acl, const struct ace *ace)
{
	struct ace *const *found = tfind(ace, &acl->contents, compare_contents);

	return found ? *found : NULL;
}

/* Index of a member of the list. */
static size_t place_of(const struct acl *acl, const struct ace *member)
{
	size_t i = place_behind(acl, member);

	/* Several remarks may stand behind one entry. */
	while (acl->v[--i] != member)
		;
	return i;
}

static uint32_t last_seq(const struct acl *acl)
{
	for (size_t i = acl->n; i-- > 0;)
		if (!acl->v[i]->remark)
			return acl->v[i]->seq;
	return 0;
}

/*
 * Add an entry; with seq 0 it goes to the end.  One that is there already is
 * left alone, so that a configuration can be pasted again.  On failure @error
 * says why and the list is unchanged.
 */
bool acl_add(struct acl *acl, const struct ace *ace, char *error, size_t size)
{
	size_t i = ace->seq ? find_seq(acl, ace->seq) : acl->n;
	struct ace placed = *ace;
	const struct ace *there;

	if (i < acl->n && ace_same(acl->v[i], ace))
		return true;
	if (i < acl->n) {
		snprintf(error, size, "Duplicate sequence number: access list %s has another entry %u",
			 acl->name, ace->seq);
		return false;
	}
	there = find_same(acl, ace);
	if (there && (!ace->seq || there->seq == ace->seq))
		return true;
	if (there) {
		snprintf(error, size, "Access list %s has this entry as %u already",
			 acl->name, there->seq);
		return false;
	}
	if (acl->n >= ACL_ENTRIES_MAX) {
		snprintf(error, size, "Access list %s is full: %u entries", acl->name,
			 ACL_ENTRIES_MAX);
		return false;
	}
	if (!placed.seq) {
		uint32_t last = last_seq(acl);

		if (last > ACL_SEQ_MAX - ACL_SEQ_STEP) {
			snprintf(error, size, "Access list %s has no sequence number left behind %u",
				 acl->name, last);
			return false;
		}
		placed.seq = last + ACL_SEQ_STEP;
	}
	insert(acl, &placed);
	return true;
}

/* @before: sequence number of the entry that it stands before; 0: at the end. */
void acl_add_remark(struct acl *acl, uint32_t before, const char *text)
{
	struct ace ace = {
		.seq = before ? before - 1 : last_seq(acl),
		.remark = (char *)text,
	};
	/* The same text twice would be one after a reload without numbers. */
	if (!find_same(acl, &ace))
		insert(acl, &ace);
}

bool acl_remove_seq(struct acl *acl, uint32_t seq)
{
	size_t i = find_seq(acl, seq);

	if (i == acl->n)
		return false;
	remove_at(acl, i);
	return true;
}

bool acl_remove(struct acl *acl, const struct ace *ace)
{
	const struct ace *there = find_same(acl, ace);

	if (!there)
		return false;
	remove_at(acl, place_of(acl, there));
	return true;
}

/* @text NULL removes all remarks. */
bool acl_remove_remark(struct acl *acl, const char *text)
{
	bool found = false;

	for (size_t i = acl->n; i-- > 0;) {
		if (!acl->v[i]->remark)
			continue;
		if (text && strcmp(acl->v[i]->remark, text))
			continue;
		remove_at(acl, i);
		found = true;
	}
	return found;
}

bool acl_numbered_by_default(const struct acl *acl)
{
	uint32_t next = ACL_SEQ_STEP;

	for (size_t i = 0; i < acl->n; i++) {
		if (acl->v[i]->remark)
			continue;
		if (acl->v[i]->seq != next)
			return false;
		next += ACL_SEQ_STEP;
	}
	return true;
}

/* Turns a port condition into ranges; returns how many. */
static unsigned int port_ranges(const struct acl_ports *ports, uint16_t (*ranges)[2])
{
	unsigned int n = 0;

	switch (ports->op) {
	case ACL_PORT_EQ:
		ranges[n][0] = ports->first;
		ranges[n++][1] = ports->first;
		break;
	case ACL_PORT_LT:
		ranges[n][0] = 0;
		ranges[n++][1] = ports->first - 1;
		break;
	case ACL_PORT_GT:
		ranges[n][0] = ports->first + 1;
		ranges[n++][1] = UINT16_MAX;
		break;
	case ACL_PORT_RANGE:
		ranges[n][0] = ports->first;
		ranges[n++][1] = ports->last;
		break;
	case ACL_PORT_NEQ:
		if (ports->first > 0) {
			ranges[n][0] = 0;
			ranges[n++][1] = ports->first - 1;
		}
		if (ports->first < UINT16_MAX) {
			ranges[n][0] = ports->first + 1;
			ranges[n++][1] = UINT16_MAX;
		}
		break;
	case ACL_PORT_ANY:
		break;
	}
	return n;
}

static void set_selector(struct cm_rule *rule, const struct ace *ace)
{
	rule->action = ace->permit ? CRYPTOMAP_ACTION_PERMIT : CRYPTOMAP_ACTION_DENY;
	rule->proto = ace->proto;
	if (!addr_is_any(&ace->src_mask)) {
		rule->src = ace->src;
		rule->src_mask = ace->src_mask;
	}
	if (!addr_is_any(&ace->dst_mask)) {
		rule->dst = ace->dst;
		rule->dst_mask = ace->dst_mask;
	}
}

/*
 * The rules, at most ACL_RULES_PER_ACE, that an entry means; their index is
 * left 0.  Only "neq" makes more than one.  Returns how many; a remark makes
 * none.
 */
unsigned int acl_rules(const struct ace *ace, struct cm_rule *rules)
{
	uint16_t sport[2][2], dport[2][2];
	unsigned int n_sport, n_dport, n = 0;

	if (ace->remark)
		return 0;
	n_sport = port_ranges(&ace->sport, sport);
	n_dport = port_ranges(&ace->dport, dport);
	for (unsigned int s = 0; s < (n_sport ? n_sport : 1); s++) {
		for (unsigned int d = 0; d < (n_dport ? n_dport : 1); d++) {
			struct cm_rule *rule = &rules[n++];

			memset(rule, 0, sizeof(*rule));
			set_selector(rule, ace);
			rule->has_sport = n_sport;
			rule->has_dport = n_dport;
			if (n_sport) {
				rule->sport_min = sport[s][0];
				rule->sport_max = sport[s][1];
			}
			if (n_dport) {
				rule->dport_min = dport[d][0];
				rule->dport_max = dport[d][1];
			}
		}
	}
	return n;
}

/* Whether two rules select the same packets by the same means. */
bool acl_same_selector(const struct cm_rule *a, const struct cm_rule *b)
{
	return !selector_compare(a, b);
}

/*
 * Index of the entry that permits all packets of @rule, -1 if there is none, or
 * one before it denies them all. Entries that deny some of them stay before it.
 */
ssize_t acl_covering(const struct acl *acl, const struct cm_rule *rule)
{
	struct cm_rule rules[ACL_RULES_PER_ACE];

	for (size_t i = 0; i < acl->n; i++) {
		unsigned int n = acl_rules(acl->v[i], rules);

		while (n-- > 0)
			if (selector_contains(&rules[n], rule))
				return acl->v[i]->permit ? (ssize_t)i : -1;
	}
	return -1;
}

/* The entry that the SAs of an ipsec-manual map entry serve, or NULL. */
const struct ace *acl_first_permit(const struct acl *acl)
{
	for (size_t i = 0; i < acl->n; i++)
		if (!acl->v[i]->remark && acl->v[i]->permit)
			return acl->v[i];
	return NULL;
}

/* Numbers before names, numbers by value: the order of the running-config. */
static int acl_compare(const void *a, const void *b)
{
	const struct acl *x = a, *y = b;
	unsigned int nx = acl_number(x->name), ny = acl_number(y->name);

	if (x->family != y->family)
		return x->family < y->family ? -1 : 1;
	if (nx && ny)
		return nx < ny ? -1 : nx > ny;
	if (nx || ny)
		return nx ? -1 : 1;
	return strcmp(x->name, y->name);
}

static bool acl_equal(const void *a, const void *b)
{
	const struct acl *x = a, *y = b;

	if (acl_compare(x, y) || x->n != y->n)
		return false;
	for (size_t i = 0; i < x->n; i++)
		if (x->v[i]->seq != y->v[i]->seq || !ace_same(x->v[i], y->v[i]))
			return false;
	return true;
}

static void *acl_clone(const void *object)
{
	const struct acl *from = object;
	struct acl *to = acl_new(from->family, from->name);

	if (from->n)
		make_room(to, from->n);
	for (size_t i = 0; i < from->n; i++)
		put_at(to, i, ace_dup(from->v[i]));
	return to;
}

static void acl_destroy(void *object)
{
	struct acl *acl = object;

	tdestroy(acl->contents, ace_free);
	free(acl->v);
	free(acl->name);
	free(acl);
}

const struct object_class acl_class = {
	.compare = acl_compare,
	.equal = acl_equal,
	.clone = acl_clone,
	.destroy = acl_destroy,
};

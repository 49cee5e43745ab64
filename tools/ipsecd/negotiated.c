// SPDX-License-Identifier: GPL-2.0-or-later
/* What peers have negotiated under dynamic maps; see negotiated.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/selector.h"
#include "negotiated.h"

#define ATTEMPTS	5

static int compare_number(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_entry(const struct negotiated_rule *a, const struct negotiated_rule *b)
{
	int order = compare_number(a->family, b->family);

	if (!order)
		order = strcmp(a->map, b->map);
	if (!order)
		order = compare_number(a->seq, b->seq);
	return order ? order : compare_number(a->subseq, b->subseq);
}

static int compare(const struct negotiated_rule *a, const struct negotiated_rule *b)
{
	int order = compare_entry(a, b);

	if (!order)
		order = compare_number(b->precision, a->precision);
	return order ? order : selector_compare(&a->rule, &b->rule);
}

static struct negotiated_rule rule_of(const struct cm_flow *flow)
{
	struct negotiated_rule r = {
		.family = flow->family, .seq = flow->seq, .subseq = flow->subseq,
		.rule = flow->rule, .precision = selector_precision(&flow->rule),
	};

	memcpy(r.map, flow->map, sizeof(r.map));
	return r;
}

/* Index of the first one that is not before @rule. */
static size_t lower_bound(const struct negotiated *list, const struct negotiated_rule *rule,
			  int (*order)(const struct negotiated_rule *a,
				       const struct negotiated_rule *b))
{
	size_t low = 0, high = list->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (order(&list->v[middle], rule) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct negotiated_rule *negotiated_find(const struct negotiated *list, const struct cm_flow *flow)
{
	struct negotiated_rule key = rule_of(flow);
	size_t i = lower_bound(list, &key, compare);

	return i < list->n && !compare(&list->v[i], &key) ? &list->v[i] : NULL;
}

/* Room for one more of @n; @v itself, or NULL without memory: then @v is as it was. */
static void *grow(void *v, size_t n, size_t *room, size_t size)
{
	size_t larger = *room ? 2 * *room : 16;

	if (n < *room)
		return v;
	v = reallocarray(v, larger, size);
	if (v)
		*room = larger;
	return v;
}

int negotiated_add(struct negotiated *list, const struct cm_flow *flow)
{
	struct negotiated_rule new = rule_of(flow), *v;
	size_t i = lower_bound(list, &new, compare);

	if (i < list->n && !compare(&list->v[i], &new))
		return -EEXIST;
	v = grow(list->v, list->n, &list->room, sizeof(*v));
	if (!v)
		return -ENOMEM;
	list->v = v;
	memmove(&list->v[i + 1], &list->v[i], (list->n - i) * sizeof(*list->v));
	list->v[i] = new;
	list->n++;
	return 0;
}

void negotiated_remove(struct negotiated *list, struct negotiated_rule *rule)
{
	size_t i = rule - list->v;

	list->n--;
	memmove(rule, rule + 1, (list->n - i) * sizeof(*rule));
}

struct negotiated_rule *negotiated_of(const struct negotiated *list, const struct cm_entry *entry,
				      size_t *n)
{
	struct negotiated_rule key = {
		.family = entry->family, .seq = entry->seq, .subseq = entry->subseq,
	};
	size_t first, end;

	memcpy(key.map, entry->map, sizeof(key.map));
	first = lower_bound(list, &key, compare_entry);
	for (end = first; end < list->n && !compare_entry(&list->v[end], &key); end++)
		continue;
	*n = end - first;
	return list->v + first;
}

void negotiated_release(struct negotiated *list)
{
	free(list->v);
	memset(list, 0, sizeof(*list));
}

/* --- of a daemon before this one */

/* What is read: flows, and the numbers of those that have SAs. */
struct reading {
	size_t n_flows, room_flows;
	struct cm_flow *flows;
	size_t n_used, room_used;
	uint32_t *used;
};

static int take_flow(void *arg, const struct cm_flow *flow)
{
	struct reading *r = arg;
	struct cm_flow *v;

	if (flow->kind != CRYPTOMAP_ENTRY_KIND_DYNAMIC)
		return 0;
	v = grow(r->flows, r->n_flows, &r->room_flows, sizeof(*v));
	if (!v)
		return -ENOMEM;
	r->flows = v;
	r->flows[r->n_flows++] = *flow;
	return 0;
}

static int take_sa(void *arg, const struct cm_sa_info *info)
{
	struct reading *r = arg;
	uint32_t *v = grow(r->used, r->n_used, &r->room_used, sizeof(*v));

	if (!v)
		return -ENOMEM;
	r->used = v;
	r->used[r->n_used++] = info->sa.flow;
	return 0;
}

static int compare_ids(const void *a, const void *b)
{
	return compare_number(*(const uint32_t *)a, *(const uint32_t *)b);
}

static int add_used(struct negotiated *list, const struct reading *r)
{
	if (!r->n_used)
		return 0;
	qsort(r->used, r->n_used, sizeof(*r->used), compare_ids);
	for (size_t i = 0; i < r->n_flows; i++)
		if (bsearch(&r->flows[i].id, r->used, r->n_used, sizeof(*r->used), compare_ids) &&
		    negotiated_add(list, &r->flows[i]) == -ENOMEM)
			return -ENOMEM;
	return 0;
}

/* Dumps that were overtaken by changes are read again. */
int negotiated_read(struct negotiated *list, struct kernel *kernel, struct kerr *err)
{
	struct reading r = { 0 };
	int ret = 1;

	for (int i = 0; ret == 1 && i < ATTEMPTS; i++) {
		r.n_flows = 0;
		ret = kernel->flow_dump(kernel, NULL, take_flow, &r, err);
	}
	if (ret >= 0 && r.n_flows)
		ret = 1;
	for (int i = 0; ret == 1 && i < ATTEMPTS && r.n_flows; i++) {
		r.n_used = 0;
		ret = kernel->sa_dump(kernel, NULL, take_sa, &r, err);
	}
	if (ret >= 0)
		ret = add_used(list, &r);
	if (ret == -ENOMEM)
		kerr_set(err, ENOMEM, "out of memory");
	free(r.flows);
	free(r.used);
	return ret < 0 ? ret : 0;
}

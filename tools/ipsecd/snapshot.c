// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading flows and SAs for show commands. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "snapshot.h"

#define ATTEMPTS	5

struct taking {
	struct snapshot *s;
	const struct snapshot_filter *filter;
	size_t room_flows, room_sas;
};

/* Room for one more of @n; NULL without memory: then @v is as it was. */
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

static int take_flow(void *arg, const struct cm_flow *flow)
{
	struct taking *t = arg;
	struct cm_flow *v;

	if (t->filter->family && flow->family != t->filter->family)
		return 0;
	v = grow(t->s->flows, t->s->n_flows, &t->room_flows, sizeof(*v));
	if (!v)
		return -ENOMEM;
	t->s->flows = v;
	t->s->flows[t->s->n_flows++] = *flow;
	return 0;
}

/* The drop list of a dump is released after the call: copied. */
static int take_sa(void *arg, const struct cm_sa_info *info)
{
	struct taking *t = arg;
	struct cm_sa_info *copy, *v;

	v = grow(t->s->sas, t->s->n_sas, &t->room_sas, sizeof(*v));
	if (!v)
		return -ENOMEM;
	t->s->sas = v;
	copy = &t->s->sas[t->s->n_sas++];
	*copy = *info;
	copy->drops.list = NULL;
	if (!info->drops.n)
		return 0;
	copy->drops.list = calloc(info->drops.n, sizeof(*copy->drops.list));
	if (!copy->drops.list) {
		t->s->n_sas--;
		return -ENOMEM;
	}
	memcpy(copy->drops.list, info->drops.list,
	       info->drops.n * sizeof(*copy->drops.list));
	return 0;
}

static void forget_sas(struct snapshot *s)
{
	for (size_t i = 0; i < s->n_sas; i++)
		cm_sa_info_release(&s->sas[i]);
	s->n_sas = 0;
}

static int compare_flows(const void *a, const void *b)
{
	const struct cm_flow *x = a, *y = b;
	int order;

	if (x->ifindex != y->ifindex)
		return x->ifindex < y->ifindex ? -1 : 1;
	if (x->family != y->family)
		return x->family < y->family ? -1 : 1;
	order = strcmp(x->map, y->map);
	if (order)
		return order;
	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	if (x->rule.index != y->rule.index)
		return x->rule.index < y->rule.index ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static int compare_sas(const void *a, const void *b)
{
	const struct cm_sa_info *x = a, *y = b;

	if (x->sa.flow != y->sa.flow)
		return x->sa.flow < y->sa.flow ? -1 : 1;
	if (x->sa.id.direction != y->sa.id.direction)
		return x->sa.id.direction < y->sa.id.direction ? -1 : 1;
	return x->conn_id < y->conn_id ? -1 : x->conn_id > y->conn_id;
}

static int compare_ids(const void *a, const void *b)
{
	const struct cm_flow *x = *(const struct cm_flow *const *)a;
	const struct cm_flow *y = *(const struct cm_flow *const *)b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static int index_flows(struct snapshot *s)
{
	s->by_id = calloc(s->n_flows + 1, sizeof(*s->by_id));
	if (!s->by_id)
		return -ENOMEM;
	for (size_t i = 0; i < s->n_flows; i++)
		s->by_id[i] = &s->flows[i];
	qsort(s->by_id, s->n_flows, sizeof(*s->by_id), compare_ids);
	return 0;
}

const struct cm_flow *snapshot_flow(const struct snapshot *s, uint32_t id)
{
	const struct cm_flow flow = { .id = id }, *key = &flow;
	const struct cm_flow **found = NULL;

	if (s->n_flows)
		found = bsearch(&key, s->by_id, s->n_flows, sizeof(*s->by_id), compare_ids);
	return found ? *found : NULL;
}

/* Flows without an SA of the wanted peer are not wanted. */
static void keep_peer(struct snapshot *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n_flows; i++) {
		size_t n;

		snapshot_sas(s, s->flows[i].id, &n);
		if (n)
			s->flows[kept++] = s->flows[i];
	}
	s->n_flows = kept;
}

/* Returns 0 or a negative errno; then there is nothing to release. */
int snapshot_take(struct snapshot *s, struct kernel *kernel,
		  const struct snapshot_filter *filter, struct kerr *err)
{
	struct taking t = { .s = s, .filter = filter };
	struct cm_flow_filter flows = { .ifindex = filter->ifindex };
	struct cm_sa_filter sas = { .ifindex = filter->ifindex, .peer = filter->peer };
	int ret = 1;

	memset(s, 0, sizeof(*s));
	if (filter->map) {
		strncpy(flows.map, filter->map, sizeof(flows.map) - 1);
		strncpy(sas.map, filter->map, sizeof(sas.map) - 1);
	}
	for (int i = 0; ret == 1 && i < ATTEMPTS; i++) {
		s->n_flows = 0;
		ret = kernel->flow_dump(kernel, &flows, take_flow, &t, err);
	}
	if (ret >= 0)
		ret = 1;
	for (int i = 0; ret == 1 && i < ATTEMPTS; i++) {
		forget_sas(s);
		ret = kernel->sa_dump(kernel, &sas, take_sa, &t, err);
	}
	if (ret < 0)
		goto err_release;
	if (s->n_flows)
		qsort(s->flows, s->n_flows, sizeof(*s->flows), compare_flows);
	if (s->n_sas)
		qsort(s->sas, s->n_sas, sizeof(*s->sas), compare_sas);
	if (addr_is_set(&filter->peer))
		keep_peer(s);
	ret = index_flows(s);
	if (!ret)
		return 0;
err_release:
	if (ret == -ENOMEM)
		kerr_set(err, ENOMEM, "out of memory");
	snapshot_release(s);
	return ret;
}

void snapshot_release(struct snapshot *s)
{
	forget_sas(s);
	free(s->flows);
	free(s->by_id);
	free(s->sas);
	memset(s, 0, sizeof(*s));
}

size_t snapshot_sas(const struct snapshot *s, uint32_t flow, size_t *n)
{
	size_t low = 0, high = s->n_sas, end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->sas[middle].sa.flow < flow)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < s->n_sas && s->sas[end].sa.flow == flow;)
		end++;
	*n = end - low;
	return low;
}

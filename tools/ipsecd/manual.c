// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Manual SAs.  What fits is left alone: its counters, sequence numbers and
 * replay window go on.  New SAs are added before old ones are deleted, so
 * that a flow never lacks one in between, unless both have the same SPI.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "manual.h"
#include "owner.h"

/* An SA that the configuration asks for; its keys stay in @entry. */
struct wanted {
	struct cm_sa sa;
	const struct map_entry *entry;
	bool kept;
};

/* An SA of ours that the kernel has. */
struct existing {
	struct cm_sa sa;
	bool kept;
	bool gone;
};

struct reconciliation {
	const struct config *config;
	const struct policy *policy;
	struct kernel *kernel;
	struct wanted *wanted;
	size_t n_wanted;
	struct existing *existing;
	size_t n_existing;
	size_t room_wanted, room_existing;
};

static void *grow(void *v, size_t n, size_t *room, size_t size)
{
	size_t to = *room ? 2 * *room : 16;
	void *larger;

	if (n < *room)
		return v;
	larger = calloc(to, size);
	if (!larger)
		return NULL;
	*room = to;
	if (n)
		memcpy(larger, v, n * size);
	free(v);
	return larger;
}

/*
 * Transport mode is for traffic between the tunnel's own ends; IOS uses
 * tunnel mode for all other, whatever the transform set says.
 */
enum cryptomap_mode manual_mode(const struct transform_set *set, const struct cm_rule *rule,
				const struct addr *local, const struct addr *peer)
{
	if (set->mode != CRYPTOMAP_MODE_TRANSPORT)
		return CRYPTOMAP_MODE_TUNNEL;
	if (!addr_equal(&rule->src, local) || !addr_equal(&rule->dst, peer))
		return CRYPTOMAP_MODE_TUNNEL;
	if ((addr_is_set(&rule->src_mask) && !addr_is_ones(&rule->src_mask)) ||
	    (addr_is_set(&rule->dst_mask) && !addr_is_ones(&rule->dst_mask)))
		return CRYPTOMAP_MODE_TUNNEL;
	return CRYPTOMAP_MODE_TRANSPORT;
}

static const struct addr *local_address(const struct policy *policy, const struct cm_flow *flow)
{
	const struct cm_binding *b = policy_find_binding(policy, flow);

	return b && addr_is_set(&b->local) ? &b->local : NULL;
}

static int want(struct reconciliation *r, const struct cm_flow *flow,
		const struct map_entry *entry, const struct addr *local,
		enum cryptomap_direction direction)
{
	const struct transform_set *set = config_transform(r->config, entry);
	const struct addr *peer = &entry->peers[0];
	bool in = direction == CRYPTOMAP_DIRECTION_IN;
	struct wanted *w;

	w = grow(r->wanted, r->n_wanted, &r->room_wanted, sizeof(*w));
	if (!w)
		return -ENOMEM;
	r->wanted = w;
	w = &r->wanted[r->n_wanted++];
	memset(w, 0, sizeof(*w));
	w->entry = entry;
	w->sa.id.direction = direction;
	w->sa.id.proto = IPPROTO_ESP;
	w->sa.id.dst = in ? *local : *peer;
	w->sa.id.spi = entry->key[direction].spi;
	w->sa.src = in ? *peer : *local;
	w->sa.flow = flow->id;
	w->sa.mode = manual_mode(set, &flow->rule, local, peer);
	w->sa.encr_alg = set->encr;
	w->sa.auth_alg = set->auth;
	if (in)
		w->sa.replay_window = config_replay_window(r->config, entry);
	return 0;
}

/* To be wiped by the caller. */
static void get_keys(const struct wanted *w, struct cm_sa_keys *keys)
{
	const struct session_key *key = &w->entry->key[w->sa.id.direction];

	memset(keys, 0, sizeof(*keys));
	keys->encr_len = key->cipher_len;
	memcpy(keys->encr, key->cipher, key->cipher_len);
	if (!w->sa.auth_alg)
		return;
	keys->auth_len = key->auth_len;
	memcpy(keys->auth, key->auth, key->auth_len);
}

/* The flow of an entry's first permit gets the SAs; others stay without. */
static bool serves(const struct config *config, const struct map_entry *entry,
		   const struct cm_flow *flow)
{
	struct cm_rule rules[ACL_RULES_PER_ACE];
	const struct acl *acl = config_acl(config, entry);
	const struct ace *ace = acl ? acl_first_permit(acl) : NULL;

	return ace && acl_rules(ace, rules) && acl_same_selector(&rules[0], &flow->rule);
}

static int take_flow(void *arg, const struct cm_flow *flow)
{
	struct reconciliation *r = arg;
	const struct map_entry *entry;
	const struct addr *local;

	if (flow->kind != CRYPTOMAP_ENTRY_KIND_MANUAL)
		return 0;
	entry = map_find(&r->config->entries, flow->map, flow->family, flow->seq);
	if (!entry || !config_manual_complete(r->config, entry) ||
	    !serves(r->config, entry, flow))
		return 0;
	local = local_address(r->policy, flow);
	if (!local)
		return 0;
	return want(r, flow, entry, local, CRYPTOMAP_DIRECTION_IN) ||
	       want(r, flow, entry, local, CRYPTOMAP_DIRECTION_OUT) ? -ENOMEM : 0;
}

static int take_sa(void *arg, const struct cm_sa_info *info)
{
	struct reconciliation *r = arg;
	struct existing *v;

	if (!owner_is_manual(&info->sa.owner))
		return 0;
	v = grow(r->existing, r->n_existing, &r->room_existing, sizeof(*v));
	if (!v)
		return -ENOMEM;
	r->existing = v;
	memset(&r->existing[r->n_existing], 0, sizeof(*r->existing));
	r->existing[r->n_existing++].sa = info->sa;
	return 0;
}

static int compare_ids(const struct cm_sa_id *a, const struct cm_sa_id *b)
{
	int order;

	if (a->direction != b->direction)
		return a->direction < b->direction ? -1 : 1;
	if (a->spi != b->spi)
		return a->spi < b->spi ? -1 : 1;
	order = addr_compare(&a->dst, &b->dst);
	return order ? order : (int)a->proto - (int)b->proto;
}

static int compare_wanted(const void *a, const void *b)
{
	return compare_ids(&((const struct wanted *)a)->sa.id,
			   &((const struct wanted *)b)->sa.id);
}

static int compare_existing(const void *a, const void *b)
{
	return compare_ids(&((const struct existing *)a)->sa.id,
			   &((const struct existing *)b)->sa.id);
}

static struct existing *find_existing(const struct reconciliation *r, const struct cm_sa_id *id)
{
	struct existing key = { .sa.id = *id };

	if (!r->n_existing)
		return NULL;
	return bsearch(&key, r->existing, r->n_existing, sizeof(key), compare_existing);
}

/* Dumps that were overtaken by changes are read again. */
static int read_kernel(struct reconciliation *r, struct kerr *err)
{
	int ret = 1;

	for (int i = 0; ret == 1 && i < 5; i++) {
		r->n_wanted = 0;
		ret = r->kernel->flow_dump(r->kernel, NULL, take_flow, r, err);
	}
	if (ret < 0)
		return ret;
	ret = 1;
	for (int i = 0; ret == 1 && i < 5; i++) {
		r->n_existing = 0;
		ret = r->kernel->sa_dump(r->kernel, NULL, take_sa, r, err);
	}
	return ret < 0 ? ret : 0;
}

static int check_clashes(const struct reconciliation *r, struct manual_result *result,
			 struct kerr *err)
{
	struct addr_buf text;

	for (size_t i = 1; i < r->n_wanted; i++) {
		const struct wanted *a = &r->wanted[i - 1], *b = &r->wanted[i];

		if (compare_ids(&a->sa.id, &b->sa.id))
			continue;
		result->line = config_line(r->config, b->entry);
		return kerr_set(err, EEXIST,
				"SPI %u to %s cannot serve both crypto map %s %u and crypto map %s %u, or one of them on two interfaces",
				b->sa.id.spi, addr_text(&b->sa.id.dst, &text),
				a->entry->name, a->entry->seq, b->entry->name, b->entry->seq);
	}
	return 0;
}

static void find_kept(struct reconciliation *r)
{
	struct cm_sa_keys keys;

	for (size_t i = 0; i < r->n_wanted; i++) {
		struct wanted *w = &r->wanted[i];
		struct existing *e = find_existing(r, &w->sa.id);

		if (!e || e->sa.flow != w->sa.flow)
			continue;
		get_keys(w, &keys);
		w->kept = owner_matches(&e->sa.owner, &w->sa, &keys);
		e->kept = w->kept;
	}
	cm_sa_keys_wipe(&keys);
}

static int delete_sa(struct reconciliation *r, struct existing *e,
		     struct manual_result *result, struct kerr *err)
{
	int ret = r->kernel->sa_del(r->kernel, &e->sa.id, err);

	if (ret < 0 && ret != -ENOENT)
		return ret;
	e->gone = true;
	result->deleted++;
	return 0;
}

static int install(struct kernel *kernel, struct wanted *w, struct kerr *err)
{
	struct cm_sa_keys keys;
	int ret;

	get_keys(w, &keys);
	ret = owner_make(&w->sa.owner, &w->sa, &keys);
	if (ret)
		kerr_set(err, -ret, "random numbers or SHA-256 are not available");
	else
		ret = kernel->sa_add(kernel, &w->sa, &keys, NULL, err);
	cm_sa_keys_wipe(&keys);
	return ret;
}

static int add_sa(struct reconciliation *r, struct wanted *w,
		  struct manual_result *result, struct kerr *err)
{
	struct existing *e = find_existing(r, &w->sa.id);
	struct kerr why;
	int ret = 0;

	if (e && !e->gone)
		ret = delete_sa(r, e, result, &why);
	if (!ret)
		ret = install(r->kernel, w, &why);
	if (ret < 0) {
		result->line = config_line(r->config, w->entry);
		return kerr_set(err, -ret, "crypto map %s %u, %s SA with SPI %u: %s",
				w->entry->name, w->entry->seq,
				w->sa.id.direction == CRYPTOMAP_DIRECTION_IN ?
				"inbound" : "outbound", w->sa.id.spi, why.text);
	}
	result->added++;
	return 0;
}

/* Inbound SAs sort before outbound ones: we can receive before we send. */
static int change_kernel(struct reconciliation *r, struct manual_result *result,
			 struct kerr *err)
{
	int ret;

	for (size_t i = 0; i < r->n_wanted; i++) {
		if (r->wanted[i].kept) {
			result->kept++;
			continue;
		}
		ret = add_sa(r, &r->wanted[i], result, err);
		if (ret)
			return ret;
	}
	for (size_t i = 0; i < r->n_existing; i++) {
		struct existing *e = &r->existing[i];

		if (e->kept || e->gone)
			continue;
		ret = delete_sa(r, e, result, err);
		if (ret)
			return ret;
	}
	return 0;
}

/*
 * Bring the manual SAs of the kernel in line with @config, of which @policy
 * is in force.  SAs of other owners are not touched.  Returns 0, or a
 * negative errno with *@err; what was done until then stays done, and the
 * caller reconciles again with the configuration that holds.
 */
int manual_reconcile(const struct config *config, const struct policy *policy,
		     struct kernel *kernel, struct manual_result *result,
		     struct kerr *err)
{
	struct reconciliation r = {
		.config = config, .policy = policy, .kernel = kernel,
	};
	int ret;

	memset(result, 0, sizeof(*result));
	ret = read_kernel(&r, err);
	if (ret == -ENOMEM)
		kerr_set(err, ENOMEM, "out of memory");
	if (ret)
		goto out;
	if (r.n_wanted)
		qsort(r.wanted, r.n_wanted, sizeof(*r.wanted), compare_wanted);
	if (r.n_existing)
		qsort(r.existing, r.n_existing, sizeof(*r.existing), compare_existing);
	ret = check_clashes(&r, result, err);
	if (ret)
		goto out;
	find_kept(&r);
	ret = change_kernel(&r, result, err);
out:
	free(r.wanted);
	free(r.existing);
	return ret;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Compiling a configuration into what the kernel is told; see policy.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/selector.h"
#include "policy.h"

/* First configured IPv6 address that reaches beyond the link. */
static struct addr configured_address6(const struct interface *iface,
				       const struct link *link)
{
	for (size_t i = 0; i < iface->n_address6; i++) {
		struct addr a = iface->address6[i].prefix.addr;

		if (iface->address6[i].eui64 && link)
			addr_set_eui64(&a, link->mac);
		if (!addr_is_linklocal(&a))
			return a;
	}
	return (struct addr){ .family = AF_UNSPEC };
}

/*
 * The end of the tunnels on this interface (CMAP-11): the primary address
 * that is configured, else the one that the interface has.  Unset if there
 * is none; the flows are then there and drop.  @link may be NULL.
 */
struct addr policy_local_address(const struct interface *iface,
				 const struct link *link, uint16_t family)
{
	const struct link_address *found;
	struct addr local = { .family = AF_UNSPEC };

	if (family == AF_INET && addr_is_set(&iface->primary.addr))
		return iface->primary.addr;
	if (family == AF_INET6)
		local = configured_address6(iface, link);
	if (addr_is_set(&local) || !link)
		return local;
	found = link_primary_address(link, family);
	return found ? found->prefix.addr : local;
}

/*
 * The netdev that an interface is, or was, or would be if it came: one that is
 * made anew must not be without its map until we hear of it. Returns false for
 * a name that no netdev can have.
 */
static bool netdev_name(char name[IFNAMSIZ], const struct interface *iface,
			const struct link *link, const struct policy *previous)
{
	if (link) {
		memcpy(name, link->name, IFNAMSIZ);
		return true;
	}
	for (size_t i = 0; previous && i < previous->n_bindings; i++) {
		const struct policy_binding *b = &previous->bindings[i];

		if (strcmp(b->interface, iface->name) == 0) {
			memcpy(name, b->binding.ifname, IFNAMSIZ);
			return true;
		}
	}
	if (strlen(iface->name) >= IFNAMSIZ || strpbrk(iface->name, "/: "))
		return false;
	strcpy(name, iface->name);
	return true;
}

/* @link is NULL as long as the interface is not there. */
static int add_binding(struct policy *policy, const struct config *config,
		       const struct interface *iface, const struct link *link,
		       const char ifname[IFNAMSIZ], uint16_t family)
{
	const char *map = interface_map(iface, family);
	struct policy_binding *b;

	if (!map || !map_exists(&config->entries, map, family))
		return 0;
	b = reallocarray(policy->bindings, policy->n_bindings + 1, sizeof(*b));
	if (!b)
		return -ENOMEM;
	policy->bindings = b;
	b += policy->n_bindings;
	memset(b, 0, sizeof(*b));
	b->interface = strdup(iface->name);
	if (!b->interface)
		return -ENOMEM;
	policy->n_bindings++;
	b->binding.ifindex = link ? link->ifindex : 0;
	memcpy(b->binding.ifname, ifname, sizeof(b->binding.ifname));
	b->binding.family = family;
	strncpy(b->binding.map, map, sizeof(b->binding.map) - 1);
	b->binding.local = policy_local_address(iface, link, family);
	b->binding.df_bit = CRYPTOMAP_DF_BIT_COPY;
	b->binding.fragmentation = CRYPTOMAP_FRAGMENTATION_BEFORE_ENCRYPTION;
	b->line = config_line(config, iface);
	return 0;
}

/* The binding that a flow is of, or NULL. */
const struct cm_binding *policy_find_binding(const struct policy *policy,
					     const struct cm_flow *flow)
{
	for (size_t i = 0; i < policy->n_bindings; i++) {
		const struct cm_binding *b = &policy->bindings[i].binding;

		if (b->family == flow->family && strcmp(b->map, flow->map) == 0 &&
		    (*flow->ifname ? strcmp(b->ifname, flow->ifname) == 0 :
		     b->ifindex == flow->ifindex))
			return b;
	}
	return NULL;
}

static bool is_bound(const struct policy *policy, const struct map_entry *entry)
{
	for (size_t i = 0; i < policy->n_bindings; i++)
		if (map_is(entry, policy->bindings[i].binding.map,
			   policy->bindings[i].binding.family))
			return true;
	return false;
}

/* The rules in the order of the access list, numbered from 1; NULL without memory. */
static struct cm_rule *compile_rules(const struct acl *acl, size_t *n)
{
	struct cm_rule *rules = calloc(acl->n ? acl->n * ACL_RULES_PER_ACE : 1,
				       sizeof(*rules));

	*n = 0;
	if (!rules)
		return NULL;
	for (size_t i = 0; i < acl->n; i++)
		*n += acl_rules(acl->v[i], rules + *n);
	for (size_t i = 0; i < *n; i++)
		rules[i].index = i + 1;
	return rules;
}

/* Takes over the rules. */
static int keep_entry(struct policy *policy, const struct policy_entry *compiled)
{
	struct policy_entry *v = reallocarray(policy->entries, policy->n_entries + 1, sizeof(*v));

	if (!v) {
		free(compiled->rules);
		return -ENOMEM;
	}
	policy->entries = v;
	v[policy->n_entries++] = *compiled;
	return 0;
}

static int add_entry(struct policy *policy, const struct config *config,
		     const struct map_entry *entry)
{
	const struct acl *acl = config_acl(config, entry);
	struct policy_entry compiled = { .line = config_line(config, entry) };

	if (!acl)
		return 0;
	compiled.rules = compile_rules(acl, &compiled.n_rules);
	if (!compiled.rules)
		return -ENOMEM;
	if (!compiled.n_rules) {
		free(compiled.rules);
		return 0;
	}
	strncpy(compiled.entry.map, entry->name, sizeof(compiled.entry.map) - 1);
	compiled.entry.family = entry->family;
	compiled.entry.seq = entry->seq;
	compiled.entry.kind = entry->kind;
	for (unsigned int i = 0; i < entry->n_peers; i++)
		if (addr_is_set(&entry->peers[i]))
			compiled.entry.peers[compiled.entry.n_peers++] = entry->peers[i];
	return keep_entry(policy, &compiled);
}

/* --- dynamic maps */

/* The negotiated rules that entry @ace of @acl permits, the most precise first. */
static size_t covered_rules(struct cm_rule *rules, const struct negotiated_rule *negotiated,
			    size_t n, ssize_t ace)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		if (negotiated[i].ace == ace)
			rules[found++] = negotiated[i].rule;
	return found;
}

/*
 * The rules of a dynamic map's entry. Each access list entry stands behind what
 * peers have negotiated within it: what is left for it finds no SA and is
 * dropped. Without an access list nothing is left.
 */
static size_t dynamic_rules(struct cm_rule *rules, const struct map_entry *template,
			    const struct acl *acl, const struct negotiated_rule *negotiated,
			    size_t n)
{
	size_t total = 0;

	if (!template->acl)
		total = covered_rules(rules, negotiated, n, 0);
	for (size_t i = 0; acl && i < acl->n; i++) {
		if (acl->v[i]->permit)
			total += covered_rules(rules + total, negotiated, n, (ssize_t)i);
		total += acl_rules(acl->v[i], rules + total);
	}
	for (size_t i = 0; i < total; i++)
		rules[i].index = i + 1;
	return total;
}

/* A list of rules is made anew with each configuration: once is enough. */
static void place(struct negotiated_rule *negotiated, size_t n, const struct acl *acl)
{
	for (size_t i = 0; i < n; i++) {
		if (negotiated[i].placed)
			continue;
		negotiated[i].placed = true;
		negotiated[i].ace = acl ? acl_covering(acl, &negotiated[i].rule) : 0;
	}
}

/* Gives @compiled new rules; the old ones, if there are any, stay with the caller. */
static int compile_dynamic(const struct policy *policy, const struct config *config,
			   const struct map_entry *template, struct policy_entry *compiled)
{
	const struct acl *acl = config_acl(config, template);
	struct negotiated_rule *negotiated;
	struct cm_rule *rules;
	size_t n, room;

	negotiated = negotiated_of(&policy->negotiated, &compiled->entry, &n);
	room = n + (acl ? acl->n * ACL_RULES_PER_ACE : 0);
	rules = calloc(room + 1, sizeof(*rules));
	if (!rules)
		return -ENOMEM;
	place(negotiated, n, acl);
	compiled->rules = rules;
	compiled->n_rules = dynamic_rules(rules, template, acl, negotiated, n);
	return 0;
}

/* One entry of the kernel for each one of the dynamic map. */
static int add_dynamic(struct policy *policy, const struct config *config,
		       const struct map_entry *entry)
{
	size_t first = map_first(&config->dynamic_maps, entry->dynamic, entry->family);
	size_t n = map_count(&config->dynamic_maps, entry->dynamic, entry->family);

	for (size_t i = first; i < first + n; i++) {
		const struct map_entry *template = (const void *)config->dynamic_maps.v[i];
		struct policy_entry compiled = {
			.entry = {
				.family = entry->family, .seq = entry->seq,
				.subseq = template->seq,
				.kind = CRYPTOMAP_ENTRY_KIND_DYNAMIC,
			},
			.line = config_line(config, template),
		};

		strncpy(compiled.entry.map, entry->name, sizeof(compiled.entry.map) - 1);
		if (compile_dynamic(policy, config, template, &compiled) ||
		    keep_entry(policy, &compiled))
			return -ENOMEM;
	}
	return 0;
}

/* Whether a rule may stay negotiated under the configuration. */
static bool is_allowed(const struct policy *policy, const struct config *config,
		       const struct negotiated_rule *r)
{
	const struct map_entry *entry = map_find(&config->entries, r->map, r->family, r->seq);
	const struct map_entry *template;
	const struct acl *acl;

	if (!entry || !entry->dynamic || !is_bound(policy, entry))
		return false;
	template = config_entry(config, r->map, r->family, r->seq, r->subseq);
	if (!template)
		return false;
	acl = config_acl(config, template);
	return template->acl ? acl && acl_covering(acl, &r->rule) >= 0 : true;
}

static int keep_negotiated(struct policy *policy, const struct config *config,
			   const struct policy *previous)
{
	for (size_t i = 0; previous && i < previous->negotiated.n; i++) {
		const struct negotiated_rule *r = &previous->negotiated.v[i];
		struct cm_flow flow = {
			.family = r->family, .seq = r->seq, .subseq = r->subseq,
			.rule = r->rule,
		};

		memcpy(flow.map, r->map, sizeof(flow.map));
		if (is_allowed(policy, config, r) &&
		    negotiated_add(&policy->negotiated, &flow) == -ENOMEM)
			return -ENOMEM;
	}
	return 0;
}

static bool has_dynamic(const struct config *config)
{
	const struct map_entry *entry;
	size_t i;

	objects_for_each(entry, &config->entries, i)
		if (entry->dynamic)
			return true;
	return false;
}

/*
 * What of a daemon before this one must not be forgotten, for policy_compile().
 * NULL with *@err if the kernel does not say.
 */
struct policy *policy_of_kernel(const struct config *config, struct kernel *kernel,
				struct kerr *err)
{
	struct policy *policy = calloc(1, sizeof(*policy));

	if (!policy) {
		kerr_set(err, ENOMEM, "out of memory");
		return NULL;
	}
	if (!has_dynamic(config) || negotiated_read(&policy->negotiated, kernel, err) >= 0)
		return policy;
	policy_free(policy);
	return NULL;
}

static struct policy_entry *find_entry(struct policy *policy, const struct negotiated_rule *r)
{
	for (size_t i = 0; i < policy->n_entries; i++) {
		const struct cm_entry *e = &policy->entries[i].entry;

		if (e->seq == r->seq && e->subseq == r->subseq && e->family == r->family &&
		    !strcmp(e->map, r->map))
			return &policy->entries[i];
	}
	return NULL;
}

/**
 * struct earlier_rules - what entries had before they were compiled anew
 * @v: of each entry of the policy; NULL of those that were not
 */
struct earlier_rules {
	struct {
		struct cm_rule *rules;
		size_t n;
	} *v;
};

static int earlier_init(struct earlier_rules *earlier, const struct policy *policy,
			struct kerr *err)
{
	earlier->v = calloc(policy->n_entries + 1, sizeof(*earlier->v));
	return earlier->v ? 0 : kerr_set(err, ENOMEM, "out of memory");
}

static void earlier_release(struct earlier_rules *earlier, const struct policy *policy)
{
	for (size_t i = 0; i < policy->n_entries; i++)
		free(earlier->v[i].rules);
	free(earlier->v);
}

/* Back to them. */
static void earlier_restore(struct earlier_rules *earlier, struct policy *policy)
{
	for (size_t i = 0; i < policy->n_entries; i++) {
		struct policy_entry *entry = &policy->entries[i];

		if (!earlier->v[i].rules)
			continue;
		free(entry->rules);
		entry->rules = earlier->v[i].rules;
		entry->n_rules = earlier->v[i].n;
	}
	free(earlier->v);
}

/* The entry that @r is of; once is enough. */
static int recompile(struct policy *policy, const struct config *config,
		     const struct negotiated_rule *r, struct earlier_rules *earlier)
{
	const struct map_entry *template = config_entry(config, r->map, r->family, r->seq,
							r->subseq);
	struct policy_entry *entry = find_entry(policy, r), before;
	size_t i;

	if (!template || !entry)
		return 0;
	i = entry - policy->entries;
	if (earlier->v[i].rules)
		return 0;
	before = *entry;
	if (compile_dynamic(policy, config, template, entry))
		return -ENOMEM;
	earlier->v[i].rules = before.rules;
	earlier->v[i].n = before.n_rules;
	return 0;
}

/* The entries of all these but of those that are to be kept. */
static int recompile_changed(struct policy *policy, const struct config *config,
			     const struct negotiated *all, struct earlier_rules *earlier,
			     struct kerr *err)
{
	for (size_t i = 0; i < all->n; i++)
		if (!all->v[i].keep && recompile(policy, config, &all->v[i], earlier))
			return kerr_set(err, ENOMEM, "out of memory");
	return 0;
}

/*
 * A peer has negotiated the rule of @flow, under the entry that @flow names;
 * put it in force. Returns 0 or a negative errno with *@err, after which all is
 * as it was.
 */
int policy_add_negotiated(struct policy *policy, const struct config *config,
			  struct kernel *kernel, const struct cm_flow *flow, struct kerr *err)
{
	struct earlier_rules earlier;
	unsigned int line;
	int ret = negotiated_add(&policy->negotiated, flow);

	if (ret)
		return ret == -EEXIST ? 0 : kerr_set(err, -ret, "out of memory");
	ret = earlier_init(&earlier, policy, err);
	if (ret)
		goto err_remove;
	if (recompile(policy, config, negotiated_find(&policy->negotiated, flow), &earlier))
		ret = kerr_set(err, ENOMEM, "out of memory");
	else
		ret = policy_push(policy, kernel, NULL, &line, err);
	if (ret >= 0) {
		earlier_release(&earlier, policy);
		return 0;
	}
	earlier_restore(&earlier, policy);
err_remove:
	negotiated_remove(&policy->negotiated, negotiated_find(&policy->negotiated, flow));
	return ret;
}

/* Puts in force what is left of @all, which was in force until now. */
static int sweep(struct policy *policy, const struct config *config, struct kernel *kernel,
		 const struct negotiated *all, struct kerr *err)
{
	struct earlier_rules earlier;
	unsigned int line;
	int ret = earlier_init(&earlier, policy, err);

	if (ret)
		return ret;
	ret = recompile_changed(policy, config, all, &earlier, err);
	if (!ret)
		ret = policy_push(policy, kernel, NULL, &line, err);
	if (ret < 0)
		earlier_restore(&earlier, policy);
	else
		earlier_release(&earlier, policy);
	return ret;
}

static size_t count_kept(const struct negotiated *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		n += list->v[i].keep;
	return n;
}

/*
 * Those that are not to be kept go. Returns how many, or a negative errno with
 * *@err, after which all is as it was.
 */
int policy_sweep_negotiated(struct policy *policy, const struct config *config,
			    struct kernel *kernel, struct kerr *err)
{
	struct negotiated all = policy->negotiated, *kept = &policy->negotiated;
	size_t gone = all.n - count_kept(&all);
	int ret;

	if (!gone)
		return 0;
	memset(kept, 0, sizeof(*kept));
	kept->room = all.n - gone + 1;
	kept->v = calloc(kept->room, sizeof(*kept->v));
	for (size_t i = 0; kept->v && i < all.n; i++)
		if (all.v[i].keep)
			kept->v[kept->n++] = all.v[i];
	ret = kept->v ? sweep(policy, config, kernel, &all, err) :
			kerr_set(err, ENOMEM, "out of memory");
	if (ret >= 0) {
		negotiated_release(&all);
		return (int)gone;
	}
	negotiated_release(kept);
	*kept = all;
	return ret;
}

static int add_bindings(struct policy *policy, const struct config *config,
			const struct link_table *links, const struct policy *previous)
{
	const struct interface *iface;
	size_t i;

	objects_for_each(iface, &config->interfaces, i) {
		const struct link *link;
		char ifname[IFNAMSIZ];

		if (!iface->map && !iface->map6)
			continue;
		link = link_find(links, iface->name);
		if (!netdev_name(ifname, iface, link, previous))
			continue;
		if (add_binding(policy, config, iface, link, ifname, AF_INET) ||
		    add_binding(policy, config, iface, link, ifname, AF_INET6))
			return -ENOMEM;
	}
	return 0;
}

static int add_entries(struct policy *policy, const struct config *config)
{
	const struct map_entry *entry, *last = NULL;
	bool bound = false;
	int ret = 0;
	size_t i;

	objects_for_each(entry, &config->entries, i) {
		if (!last || !map_is(entry, last->name, last->family))
			bound = is_bound(policy, entry);
		if (bound)
			ret = entry->dynamic ? add_dynamic(policy, config, entry) :
					       add_entry(policy, config, entry);
		if (ret)
			return ret;
		last = entry;
	}
	return 0;
}

/*
 * What @config means on its interfaces, whether they are there or not; what the
 * netdev of one was called tells @previous, which may be NULL, and what peers have
 * negotiated under dynamic maps, which stays if @config allows it.  Maps that are
 * on no interface, and entries without an access list, protect nothing and are
 * left out; entries that lack a peer, a transform set or keys are not: what
 * they select must not leave in clear.  NULL without memory.
 */
struct policy *policy_compile(const struct config *config, const struct link_table *links,
			      const struct policy *previous)
{
	struct policy *policy = calloc(1, sizeof(*policy));

	if (!policy)
		return NULL;
	if (add_bindings(policy, config, links, previous) ||
	    keep_negotiated(policy, config, previous) || add_entries(policy, config)) {
		policy_free(policy);
		return NULL;
	}
	return policy;
}

void policy_free(struct policy *policy)
{
	if (!policy)
		return;
	for (size_t i = 0; i < policy->n_entries; i++)
		free(policy->entries[i].rules);
	for (size_t i = 0; i < policy->n_bindings; i++)
		free(policy->bindings[i].interface);
	negotiated_release(&policy->negotiated);
	free(policy->entries);
	free(policy->bindings);
	free(policy);
}

static bool same_entry(const struct policy_entry *a, const struct policy_entry *b)
{
	const struct cm_entry *x = &a->entry, *y = &b->entry;

	if (strcmp(x->map, y->map) || x->family != y->family || x->seq != y->seq ||
	    x->subseq != y->subseq || x->kind != y->kind || x->n_peers != y->n_peers ||
	    a->n_rules != b->n_rules)
		return false;
	for (unsigned int i = 0; i < x->n_peers; i++)
		if (!addr_equal(&x->peers[i], &y->peers[i]))
			return false;
	for (size_t i = 0; i < a->n_rules; i++)
		if (a->rules[i].action != b->rules[i].action ||
		    a->rules[i].index != b->rules[i].index ||
		    !acl_same_selector(&a->rules[i], &b->rules[i]))
			return false;
	return true;
}

static bool same_binding(const struct cm_binding *a, const struct cm_binding *b)
{
	return a->ifindex == b->ifindex && a->family == b->family &&
	       strcmp(a->ifname, b->ifname) == 0 &&
	       strcmp(a->map, b->map) == 0 && addr_equal(&a->local, &b->local) &&
	       a->df_bit == b->df_bit && a->fragmentation == b->fragmentation;
}

bool policy_equal(const struct policy *a, const struct policy *b)
{
	if (a->n_entries != b->n_entries || a->n_bindings != b->n_bindings)
		return false;
	for (size_t i = 0; i < a->n_bindings; i++)
		if (!same_binding(&a->bindings[i].binding, &b->bindings[i].binding))
			return false;
	for (size_t i = 0; i < a->n_entries; i++)
		if (!same_entry(&a->entries[i], &b->entries[i]))
			return false;
	return true;
}

/*
 * Stage @policy and put it in force, all of it or nothing.  Returns 0 or a
 * negative errno with *@err; *@line is the configuration line at fault.
 */
int policy_push(const struct policy *policy, struct kernel *kernel,
		struct cm_commit *result, unsigned int *line, struct kerr *err)
{
	int ret = kernel->policy_begin(kernel, NULL, err);

	*line = 0;
	if (ret < 0)
		return ret;
	for (size_t i = 0; i < policy->n_entries; i++) {
		const struct policy_entry *e = &policy->entries[i];

		ret = kernel->policy_add_entry(kernel, &e->entry, e->rules, e->n_rules, err);
		if (ret < 0) {
			*line = e->line;
			goto err_abort;
		}
	}
	for (size_t i = 0; i < policy->n_bindings; i++) {
		ret = kernel->policy_add_binding(kernel, &policy->bindings[i].binding, err);
		if (ret < 0) {
			*line = policy->bindings[i].line;
			goto err_abort;
		}
	}
	return kernel->policy_commit(kernel, result, err);

err_abort:
	kernel->policy_abort(kernel, NULL);
	return ret;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The policy in force, and the flows that come of it.
 *
 * A commit first makes everything that can fail: lists are compiled, new flows
 * are made and entered in cm_policies, where no packet looks. Then one pointer
 * is changed, and packets see the new policy whole. Flows that it does not have
 * any more are torn down, the others take over what the commit may change of
 * them. A packet that still works with the old policy finds its flow, for flows
 * are freed after a grace period, but its SAs are gone and its queue is closed.
 */

#include <linux/jhash.h>
#include <linux/netdevice.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/workqueue.h>

#include "net.h"
#include "sa.h"
#include "stage.h"

/**
 * struct cm_policy - a policy in force
 * @bindings: crypto maps on interfaces
 * @peers: configured peers, of all of them
 * @rwork: for the release
 */
struct cm_policy {
	struct cm_bindings bindings;
	struct cm_peers peers;
	struct rcu_work rwork;
};

/* Packet side */

/**
 * cm_policy_binding - the crypto map on an interface
 * @cn: namespace
 * @ifindex: the interface
 * @family: AF_INET or AF_INET6
 *
 * Context: under RCU.
 * Return: the binding, or NULL: nothing is protected there.
 */
const struct cm_binding *cm_policy_binding(const struct cm_net *cn,
					   int ifindex, u8 family)
{
	const struct cm_policy *policy = rcu_dereference(cn->policy);

	if (!policy)
		return NULL;
	return cm_binding_find(&policy->bindings, ifindex, family);
}

/**
 * cm_policy_is_peer - whether an address is a configured peer
 * @cn: namespace
 * @addr: the address
 * @family: AF_INET or AF_INET6
 *
 * Peers of maps that are on no interface do not count.
 *
 * Context: under RCU.
 */
bool cm_policy_is_peer(const struct cm_net *cn, const union cm_addr *addr,
		       u8 family)
{
	const struct cm_policy *policy = rcu_dereference(cn->policy);

	return policy && cm_peers_have(&policy->peers, addr, family);
}

/* Flows */

static u32 hash_key(const struct cm_flow_key *key, u32 seed)
{
	u32 hash = jhash_3words(key->ifindex, key->seq, key->subseq, seed);

	hash = jhash(key->ifname, strlen(key->ifname), hash);
	hash = jhash(key->map, strlen(key->map), hash);
	return cm_selector_hash(&key->sel, hash);
}

static u32 flow_hash_key(const void *data, u32 len, u32 seed)
{
	return hash_key(data, seed);
}

static u32 flow_hash(const void *data, u32 len, u32 seed)
{
	const struct cm_flow *flow = data;

	return hash_key(&flow->key, seed);
}

static int flow_compare(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct cm_flow_key *key = arg->key;
	const struct cm_flow *flow = obj;

	return key->ifindex != flow->key.ifindex ||
	       key->seq != flow->key.seq ||
	       key->subseq != flow->key.subseq ||
	       strcmp(key->ifname, flow->key.ifname) ||
	       strcmp(key->map, flow->key.map) ||
	       !cm_selector_equal(&key->sel, &flow->key.sel);
}

static const struct rhashtable_params flow_params = {
	.key_len = sizeof(struct cm_flow_key),
	.key_offset = offsetof(struct cm_flow, key),
	.head_offset = offsetof(struct cm_flow, node),
	.hashfn = flow_hash_key,
	.obj_hashfn = flow_hash,
	.obj_cmpfn = flow_compare,
	.automatic_shrinking = true,
};

static struct cm_flow *flow_create(struct cm_net *cn,
				   const struct cm_flow_key *key,
				   const struct cm_flow_config *config)
{
	struct cm_policies *ps = &cn->policies;
	struct cm_flow *flow;
	int err;

	flow = kzalloc(sizeof(*flow), GFP_KERNEL);
	if (!flow)
		return ERR_PTR(-ENOMEM);
	flow->key = *key;
	flow->net = cn;
	flow->born = ps->mark;
	flow->df_bit = config->df_bit;
	flow->fragmentation = config->fragmentation;
	flow->kind = config->kind;
	flow->ifindex = config->ifindex;
	refcount_set(&flow->ref, 1);
	INIT_LIST_HEAD(&flow->sas);
	cm_hold_init(flow, config->hold_limit);
	err = xa_alloc_cyclic(&ps->ids, &flow->id, flow, XA_LIMIT(1, INT_MAX),
			      &ps->next_id, GFP_KERNEL);
	if (err < 0)
		goto err_free;
	err = rhashtable_insert_fast(&ps->flows, &flow->node, flow_params);
	if (err)
		goto err_id;
	return flow;

err_id:
	xa_erase(&ps->ids, flow->id);
err_free:
	kfree(flow);
	return ERR_PTR(err);
}

/* The flow is in no policy that a packet could see from now on. */
static void flow_remove(struct cm_net *cn, struct cm_flow *flow, u8 reason)
{
	rhashtable_remove_fast(&cn->policies.flows, &flow->node, flow_params);
	xa_erase(&cn->policies.ids, flow->id);
	cm_hold_close(cn, flow);
	cm_sadb_delete_flow(cn, flow, reason);
	cm_flow_put(flow);
}

/*
 * The flow of a rule, a new one if there is none. A second rule of an entry
 * that selects the same can never be the first to match; it shares the flow of
 * the first one.
 */
static struct cm_flow *flow_obtain(struct cm_net *cn,
				   const struct cm_flow_key *key,
				   const struct cm_flow_config *config)
{
	struct cm_policies *ps = &cn->policies;
	struct cm_flow *flow;

	flow = rhashtable_lookup_fast(&ps->flows, key, flow_params);
	if (!flow)
		flow = flow_create(cn, key, config);
	if (IS_ERR(flow) || flow->mark == ps->mark)
		return flow;
	flow->mark = ps->mark;
	flow->next = *config;
	return flow;
}

/* Compiling */

static int compare_keys(const struct cm_stage_key *a,
			const struct cm_stage_key *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return strcmp(a->map, b->map);
}

static u64 entry_place(const struct cm_stage_key *key)
{
	return (u64)key->seq << 32 | key->subseq;
}

static int compare_entries(const void *a, const void *b)
{
	const struct cm_stage_key *x = &(*(struct cm_stage_entry *const *)a)->key;
	const struct cm_stage_key *y = &(*(struct cm_stage_entry *const *)b)->key;
	int order = compare_keys(x, y);

	if (order)
		return order;
	return entry_place(x) < entry_place(y) ? -1 :
	       entry_place(x) > entry_place(y);
}

/* The staged entries by family, map and sequence number. */
struct sorted {
	struct cm_stage_entry **entries;
	u32 count;
};

static int sort_entries(const struct cm_policy_stage *stage,
			struct sorted *sorted)
{
	struct cm_stage_entry *entry;

	sorted->count = 0;
	sorted->entries = kvcalloc(stage->entry_count + 1,
				   sizeof(*sorted->entries), GFP_KERNEL);
	if (!sorted->entries)
		return -ENOMEM;
	list_for_each_entry(entry, &stage->list, list) {
		entry->bound = false;
		sorted->entries[sorted->count++] = entry;
	}
	sort(sorted->entries, sorted->count, sizeof(*sorted->entries),
	     compare_entries, NULL);
	return 0;
}

/* The entries of one map: @to is behind the last one. */
static void find_map(const struct sorted *sorted, const char *map, u8 family,
		     u32 *from, u32 *to)
{
	struct cm_stage_key key = { .family = family };
	u32 low = 0, high = sorted->count;

	strscpy(key.map, map, sizeof(key.map));
	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (compare_keys(&sorted->entries[middle]->key, &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*from = low;
	while (low < sorted->count &&
	       !compare_keys(&sorted->entries[low]->key, &key))
		low++;
	*to = low;
}

static int fill_rules(struct cm_net *cn, const struct cm_stage_binding *staged,
		      struct cm_stage_entry *entry, u32 place,
		      struct cm_acl_rule *rules, u32 *count)
{
	const struct cm_stage_rule *rule;
	struct cm_flow_config config = {
		.df_bit = staged->df_bit,
		.fragmentation = staged->fragmentation,
		.kind = entry->kind,
		.hold_limit = entry->hold_limit,
		.ifindex = staged->ifindex,
	};
	struct cm_flow_key key;
	struct cm_flow *flow;
	unsigned long index;

	memset(&key, 0, sizeof(key));
	/* Its name is the same when the interface is made anew. */
	if (*staged->ifname)
		strscpy(key.ifname, staged->ifname, sizeof(key.ifname));
	else
		key.ifindex = staged->ifindex;
	key.seq = entry->key.seq;
	key.subseq = entry->key.subseq;
	strscpy(key.map, entry->key.map, sizeof(key.map));
	xa_for_each(&entry->rules, index, rule) {
		struct cm_acl_rule *to = &rules[(*count)++];

		to->sel = rule->sel;
		to->entry = place;
		to->permit = rule->permit;
		if (!rule->permit)
			continue;
		key.sel = rule->sel;
		config.index = rule->index;
		flow = flow_obtain(cn, &key, &config);
		if (IS_ERR(flow))
			return PTR_ERR(flow);
		to->flow = flow;
	}
	cond_resched();
	return 0;
}

static struct cm_acl *compile_map(struct cm_net *cn,
				  const struct cm_stage_binding *staged,
				  const struct sorted *sorted, u32 from,
				  u32 to)
{
	u32 total = 0, count = 0, i;
	struct cm_acl_rule *rules;
	struct cm_acl *acl;
	int err = 0;

	for (i = from; i < to; i++) {
		sorted->entries[i]->bound = true;
		if (check_add_overflow(total, sorted->entries[i]->rule_count,
				       &total))
			return ERR_PTR(-E2BIG);
	}
	if (total > CM_ACL_RULES_MAX)
		return ERR_PTR(-E2BIG);
	rules = kvcalloc(total + 1, sizeof(*rules), GFP_KERNEL);
	if (!rules)
		return ERR_PTR(-ENOMEM);
	for (i = from; i < to && !err; i++)
		err = fill_rules(cn, staged, sorted->entries[i], i - from,
				 rules, &count);
	acl = err ? ERR_PTR(err) : cm_acl_compile(rules, count, GFP_KERNEL);
	kvfree(rules);
	return acl;
}

/* What is known of the entries as a whole. */
static void collect_traits(struct cm_binding *binding,
			   const struct sorted *sorted, u32 from, u32 to)
{
	const struct cm_stage_rule *rule;
	unsigned long index;

	/* That of rules for any, and of packets that no other one is for. */
	__set_bit(0, binding->protos);
	for (; from < to; from++) {
		if (sorted->entries[from]->kind == CRYPTOMAP_ENTRY_KIND_DYNAMIC)
			binding->any_peer = true;
		xa_for_each(&sorted->entries[from]->rules, index, rule)
			__set_bit(rule->sel.proto, binding->protos);
		cond_resched();
	}
}

/* Peers of the entries that are bound, of these entries. */
static int collect_peers(struct cm_peers *peers, const struct sorted *sorted,
			 u32 from, u32 to)
{
	const struct cm_stage_entry *entry;
	u32 total = 0, i;

	for (i = from; i < to; i++)
		if (sorted->entries[i]->bound)
			total += sorted->entries[i]->peer_count;
	peers->list = kvcalloc(total + 1, sizeof(*peers->list), GFP_KERNEL);
	if (!peers->list)
		return -ENOMEM;
	for (i = from; i < to; i++) {
		entry = sorted->entries[i];
		if (!entry->bound)
			continue;
		memcpy(peers->list + peers->count, entry->peers,
		       entry->peer_count * sizeof(*entry->peers));
		peers->count += entry->peer_count;
	}
	cm_peers_sort(peers);
	return 0;
}

static void set_interface(struct cm_binding *binding,
			  const struct cm_stage_binding *staged)
{
	binding->ifindex = staged->ifindex;
	strscpy(binding->ifname, staged->ifname, sizeof(binding->ifname));
	binding->family = staged->family;
	binding->has_local = staged->has_local;
	binding->local = staged->local;
}

static int fill_binding(struct cm_net *cn, struct cm_binding *binding,
			const struct cm_stage_binding *staged,
			const struct sorted *sorted, u32 from, u32 to)
{
	struct cm_acl *acl;

	set_interface(binding, staged);
	collect_traits(binding, sorted, from, to);
	acl = compile_map(cn, staged, sorted, from, to);
	if (IS_ERR(acl))
		return PTR_ERR(acl);
	binding->acl = acl;
	return collect_peers(&binding->peers, sorted, from, to);
}

/* A map without entries selects nothing; the binding is left out. */
static int compile_binding(struct cm_net *cn, struct cm_policy *policy,
			   const struct cm_stage_binding *staged,
			   const struct sorted *sorted)
{
	struct cm_binding *binding;
	u32 from, to;

	find_map(sorted, staged->map, staged->family, &from, &to);
	if (from == to)
		return 0;
	binding = kzalloc(sizeof(*binding), GFP_KERNEL);
	if (!binding)
		return -ENOMEM;
	/* Freed with the others, whatever comes. */
	list_add_tail(&binding->list, &policy->bindings.all);
	return fill_binding(cn, binding, staged, sorted, from, to);
}

static int compile_all(struct cm_net *cn, struct cm_policy *policy,
		       struct cm_policy_stage *stage)
{
	const struct cm_stage_binding *staged;
	struct sorted sorted;
	int err;

	err = sort_entries(stage, &sorted);
	if (err)
		return err;
	list_for_each_entry(staged, &stage->bindings, list) {
		err = compile_binding(cn, policy, staged, &sorted);
		if (err)
			break;
	}
	if (!err)
		err = collect_peers(&policy->peers, &sorted, 0, sorted.count);
	kvfree(sorted.entries);
	return err;
}

static void policy_free(struct cm_policy *policy)
{
	cm_bindings_free(&policy->bindings);
	kvfree(policy->peers.list);
	kfree(policy);
}

static void policy_free_work(struct work_struct *work)
{
	policy_free(container_of(to_rcu_work(work), struct cm_policy, rwork));
}

/* No packet finds the policy any more. */
static void policy_retire(struct cm_policy *policy)
{
	if (!policy)
		return;
	INIT_RCU_WORK(&policy->rwork, policy_free_work);
	queue_rcu_work(cm_sa_wq, &policy->rwork);
}

/* Nothing that a packet could see has changed; take back the new flows. */
static void rollback(struct cm_net *cn)
{
	struct cm_policies *ps = &cn->policies;
	struct cm_flow *flow;
	unsigned long id;

	xa_for_each(&ps->ids, id, flow) {
		if (flow->born == ps->mark)
			flow_remove(cn, flow, CRYPTOMAP_DELETE_REASON_POLICY);
	}
}

/*
 * Marks are compared for equality only, and those of flows in force are from
 * the last commit: it does no harm that they wrap.
 */
static struct cm_policy *policy_build(struct cm_net *cn,
				      struct cm_policy_stage *stage)
{
	struct cm_policy *policy;
	int err;

	if (!++cn->policies.mark)
		cn->policies.mark = 1;
	policy = kzalloc(sizeof(*policy), GFP_KERNEL);
	if (!policy)
		return ERR_PTR(-ENOMEM);
	cm_bindings_init(&policy->bindings);
	err = compile_all(cn, policy, stage);
	if (!err)
		return policy;
	rollback(cn);
	policy_free(policy);
	return ERR_PTR(err);
}

/* Taking effect */

static void flow_update(struct cm_flow *flow)
{
	const struct cm_flow_config *next = &flow->next;

	WRITE_ONCE(flow->df_bit, next->df_bit);
	WRITE_ONCE(flow->fragmentation, next->fragmentation);
	WRITE_ONCE(flow->kind, next->kind);
	WRITE_ONCE(flow->hold.limit, next->hold_limit);
	WRITE_ONCE(flow->ifindex, next->ifindex);
	flow->index = next->index;
}

static void update_flows(struct cm_net *cn, struct cm_policy_change *change)
{
	struct cm_policies *ps = &cn->policies;
	struct cm_flow *flow;
	unsigned long id;

	xa_for_each(&ps->ids, id, flow) {
		if (flow->mark != ps->mark) {
			flow_remove(cn, flow, CRYPTOMAP_DELETE_REASON_POLICY);
			change->removed++;
		} else {
			flow_update(flow);
			if (flow->born == ps->mark)
				change->added++;
			else
				change->kept++;
		}
		cond_resched();
	}
}

/* Return: 0, or -ENOMEM with nothing changed. */
static int swap_policy(struct cm_net *cn, struct cm_policy *policy)
{
	bool empty = policy && list_empty(&policy->bindings.all);
	struct cm_policies *ps = &cn->policies;
	struct cm_policy *old = NULL;
	int err = 0;

	mutex_lock(&ps->devices);
	if (policy)
		err = cm_bindings_attach(cn, &policy->bindings);
	/* Nothing bound is no policy: the hooks have the least to do then. */
	if (!err)
		old = rcu_replace_pointer(cn->policy, empty ? NULL : policy,
					  lockdep_is_held(&cn->lock));
	mutex_unlock(&ps->devices);
	if (err)
		return err;
	if (empty)
		policy_free(policy);
	policy_retire(old);
	return 0;
}

static void drop_stage(struct cm_net *cn)
{
	cm_stage_free(cn->policies.stage);
	WRITE_ONCE(cn->policies.stage, NULL);
}

static int put_in_force(struct cm_net *cn, struct cm_policy *policy)
{
	int err = swap_policy(cn, policy);

	if (err) {
		rollback(cn);
		policy_free(policy);
	}
	return err;
}

static int commit(struct cm_net *cn, struct cm_policy_change *change,
		  struct netlink_ext_ack *extack)
{
	struct cm_policies *ps = &cn->policies;
	struct cm_policy *policy;
	int err;

	memset(change, 0, sizeof(*change));
	policy = policy_build(cn, ps->stage);
	if (policy == ERR_PTR(-E2BIG)) {
		NL_SET_ERR_MSG(extack, "Too many rules on one interface");
		return -E2BIG;
	}
	err = PTR_ERR_OR_ZERO(policy);
	if (!err)
		err = put_in_force(cn, policy);
	if (err) {
		NL_SET_ERR_MSG(extack, "Not enough memory for the policy");
		return err;
	}
	/* From here on nothing fails. */
	update_flows(cn, change);
	change->generation = ++ps->generation;
	drop_stage(cn);
	return 0;
}

/* Requests */

static int check_stage(const struct cm_policies *ps, u32 portid, u32 stage,
		       struct netlink_ext_ack *extack)
{
	if (!ps->stage || ps->stage_last != stage) {
		NL_SET_ERR_MSG(extack, "No policy of this number is staged");
		return -ENOENT;
	}
	if (ps->stage_owner != portid) {
		NL_SET_ERR_MSG(extack,
			       "The staged policy belongs to another socket");
		return -EPERM;
	}
	return 0;
}

static int stage_policy(struct cm_net *cn, u32 portid, const u32 *generation,
			struct netlink_ext_ack *extack)
{
	struct cm_policies *ps = &cn->policies;
	struct cm_policy_stage *stage;

	if (ps->stage && ps->stage_owner != portid) {
		NL_SET_ERR_MSG(extack, "Another socket has a policy staged");
		return -EBUSY;
	}
	if (generation && *generation != ps->generation) {
		NL_SET_ERR_MSG(extack,
			       "The policy in force is of another generation");
		return -ESTALE;
	}
	stage = cm_stage_create();
	if (!stage) {
		NL_SET_ERR_MSG(extack, "Not enough memory for the policy");
		return -ENOMEM;
	}
	cm_stage_free(ps->stage);
	WRITE_ONCE(ps->stage, stage);
	ps->stage_owner = portid;
	if (!++ps->stage_last)
		ps->stage_last = 1;
	return 0;
}

/**
 * cm_policy_stage - begin a new policy
 * @cn: namespace
 * @portid: socket that it will belong to; a policy that it staged before is
 *	forgotten
 * @generation: of the policy that must be in force, or NULL
 * @stage: set to the number of the staged policy
 * @extack: for the refusal
 *
 * Context: process; takes cm_net.lock.
 * Return: 0, -EBUSY, -ESTALE or -ENOMEM.
 */
int cm_policy_stage(struct cm_net *cn, u32 portid, const u32 *generation,
		    u32 *stage, struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&cn->lock);
	err = stage_policy(cn, portid, generation, extack);
	*stage = cn->policies.stage_last;
	mutex_unlock(&cn->lock);
	return err;
}

/**
 * cm_policy_add - take a message into the staged policy
 * @cn: namespace
 * @portid: socket that asks
 * @stage: number of the staged policy
 * @nlh: the message
 * @extack: for the refusal
 *
 * Context: process; takes cm_net.lock.
 * Return: 0 or a negative error; then the stage is as it was.
 */
int cm_policy_add(struct cm_net *cn, u32 portid, u32 stage,
		  const struct nlmsghdr *nlh, struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&cn->lock);
	err = check_stage(&cn->policies, portid, stage, extack);
	if (!err)
		err = cm_stage_add(cn->policies.stage, nlh, extack);
	mutex_unlock(&cn->lock);
	return err;
}

/**
 * cm_policy_commit - put the staged policy in force
 * @cn: namespace
 * @portid: socket that asks
 * @stage: number of the staged policy
 * @change: filled
 * @extack: for the refusal
 *
 * Context: process; takes cm_net.lock.
 * Return: 0 or a negative error; then the policy in force and the staged one
 * are as they were.
 */
int cm_policy_commit(struct cm_net *cn, u32 portid, u32 stage,
		     struct cm_policy_change *change,
		     struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&cn->lock);
	err = check_stage(&cn->policies, portid, stage, extack);
	if (!err)
		err = commit(cn, change, extack);
	mutex_unlock(&cn->lock);
	return err;
}

/**
 * cm_policy_abort - forget the staged policy
 * @cn: namespace
 * @portid: socket that asks
 * @stage: number of the staged policy
 * @extack: for the refusal
 *
 * Context: process; takes cm_net.lock.
 * Return: 0, -ENOENT or -EPERM.
 */
int cm_policy_abort(struct cm_net *cn, u32 portid, u32 stage,
		    struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&cn->lock);
	err = check_stage(&cn->policies, portid, stage, extack);
	if (!err)
		drop_stage(cn);
	mutex_unlock(&cn->lock);
	return err;
}

/**
 * cm_policy_port_gone - a socket was closed
 * @cn: namespace
 * @portid: the socket; what it staged is forgotten
 *
 * Context: process; takes cm_net.lock if something is staged.
 */
void cm_policy_port_gone(struct cm_net *cn, u32 portid)
{
	if (!READ_ONCE(cn->policies.stage))
		return;
	mutex_lock(&cn->lock);
	if (cn->policies.stage && cn->policies.stage_owner == portid)
		drop_stage(cn);
	mutex_unlock(&cn->lock);
}

/* Devices */

/**
 * cm_policy_device_named - a device was made, or has another name
 * @cn: namespace
 * @ifindex: the device
 * @name: its name
 *
 * Context: process, RTNL held, so that cm_net.lock, which may be held long, is
 * not waited for; takes cm_policies.devices.
 * Return: 0 or -ENOMEM; then the device must not have the name.
 */
int cm_policy_device_named(struct cm_net *cn, int ifindex, const char *name)
{
	struct cm_policies *ps = &cn->policies;
	struct cm_policy *policy;
	int err = 0;

	mutex_lock(&ps->devices);
	policy = rcu_dereference_protected(cn->policy,
					   lockdep_is_held(&ps->devices));
	if (policy)
		err = cm_bindings_named(&policy->bindings, ifindex, name);
	mutex_unlock(&ps->devices);
	return err;
}

/**
 * cm_policy_device_gone - a device is gone
 * @cn: namespace
 * @ifindex: the device
 *
 * Context: as cm_policy_device_named().
 */
void cm_policy_device_gone(struct cm_net *cn, int ifindex)
{
	struct cm_policies *ps = &cn->policies;
	struct cm_policy *policy;

	mutex_lock(&ps->devices);
	policy = rcu_dereference_protected(cn->policy,
					   lockdep_is_held(&ps->devices));
	if (policy)
		cm_bindings_gone(&policy->bindings, ifindex);
	mutex_unlock(&ps->devices);
}

/* Namespaces */

/**
 * cm_policy_init_net - prepare a namespace; nothing is protected yet
 * @cn: namespace
 *
 * Return: 0 or a negative error.
 */
int cm_policy_init_net(struct cm_net *cn)
{
	struct cm_policies *ps = &cn->policies;

	RCU_INIT_POINTER(cn->policy, NULL);
	mutex_init(&ps->devices);
	xa_init_flags(&ps->ids, XA_FLAGS_ALLOC1);
	return rhashtable_init(&ps->flows, &flow_params);
}

/**
 * cm_policy_exit_net - forget policy and flows, with the SAs of these
 * @cn: namespace; no packet comes from the stack any more
 *
 * Context: process; sleeps.
 */
void cm_policy_exit_net(struct cm_net *cn)
{
	struct cm_policies *ps = &cn->policies;
	struct cm_flow *flow;
	unsigned long id;

	mutex_lock(&cn->lock);
	drop_stage(cn);
	swap_policy(cn, NULL);
	xa_for_each(&ps->ids, id, flow) {
		flow_remove(cn, flow, CRYPTOMAP_DELETE_REASON_NAMESPACE);
		cond_resched();
	}
	mutex_unlock(&cn->lock);
	rhashtable_destroy(&ps->flows);
	xa_destroy(&ps->ids);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * A staged policy, read from policy-add messages. One message is taken whole
 * or leaves the stage as it was.
 */

#include <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/genetlink.h>

#include "hold.h"
#include "netlink.h"
#include "stage.h"

/*
 * One message: what to take back if something in it is refused. The bindings
 * of the stage are as they were up to @before, or were none.
 */
struct batch {
	struct cm_policy_stage *stage;
	struct cm_stage_entry *entry;
	bool new_entry;
	struct list_head rules;
	struct cm_stage_binding *before;
};

static const struct rhashtable_params entry_params = {
	.key_len = sizeof(struct cm_stage_key),
	.key_offset = offsetof(struct cm_stage_entry, key),
	.head_offset = offsetof(struct cm_stage_entry, node),
};

static void free_entry(struct cm_stage_entry *entry)
{
	struct cm_stage_rule *rule;
	unsigned long index;

	xa_for_each(&entry->rules, index, rule)
		kfree(rule);
	xa_destroy(&entry->rules);
	kfree(entry);
}

/**
 * cm_stage_create - an empty stage
 *
 * Return: the stage, or NULL.
 */
struct cm_policy_stage *cm_stage_create(void)
{
	struct cm_policy_stage *stage;

	stage = kzalloc(sizeof(*stage), GFP_KERNEL);
	if (!stage)
		return NULL;
	if (rhashtable_init(&stage->entries, &entry_params)) {
		kfree(stage);
		return NULL;
	}
	INIT_LIST_HEAD(&stage->list);
	INIT_LIST_HEAD(&stage->bindings);
	return stage;
}

/**
 * cm_stage_free - forget a stage
 * @stage: the stage, or NULL
 *
 * Context: process; sleeps.
 */
void cm_stage_free(struct cm_policy_stage *stage)
{
	struct cm_stage_binding *binding, *next_binding;
	struct cm_stage_entry *entry, *next;

	if (!stage)
		return;
	rhashtable_destroy(&stage->entries);
	list_for_each_entry_safe(entry, next, &stage->list, list) {
		free_entry(entry);
		cond_resched();
	}
	list_for_each_entry_safe(binding, next_binding, &stage->bindings, list)
		kfree(binding);
	kfree(stage);
}

static int read_map(const struct nlattr *attr, char *map,
		    struct netlink_ext_ack *extack)
{
	const char *name = nla_data(attr);

	if (!*name) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "Name of the map is empty");
		return -EINVAL;
	}
	strscpy_pad(map, name, CRYPTOMAP_MAP_NAME_MAX + 1);
	return 0;
}

/* Map entries */

static const struct cm_netlink_need entry_needs[] = {
	{ CRYPTOMAP_A_ENTRY_MAP, "Map entry without map name" },
	{ CRYPTOMAP_A_ENTRY_FAMILY, "Map entry without address family" },
	{ CRYPTOMAP_A_ENTRY_SEQ, "Map entry without sequence number" },
};

static const struct cm_netlink_need new_entry_needs[] = {
	{ CRYPTOMAP_A_ENTRY_KIND, "New map entry without kind" },
};

static int read_key(struct nlattr **tb, struct cm_stage_key *key,
		    struct netlink_ext_ack *extack)
{
	u8 family;
	int err;

	memset(key, 0, sizeof(*key));
	err = read_map(tb[CRYPTOMAP_A_ENTRY_MAP], key->map, extack);
	if (err)
		return err;
	err = cm_netlink_af(tb[CRYPTOMAP_A_ENTRY_FAMILY], &family, extack);
	if (err)
		return err;
	key->family = family;
	key->seq = nla_get_u32(tb[CRYPTOMAP_A_ENTRY_SEQ]);
	if (tb[CRYPTOMAP_A_ENTRY_SUBSEQ])
		key->subseq = nla_get_u32(tb[CRYPTOMAP_A_ENTRY_SUBSEQ]);
	return 0;
}

/* Peers are any number of attributes in the nest. */
static int read_peers(const struct nlattr *nest, struct cm_peer *peers,
		      u32 *count, struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	int err, rem;

	*count = 0;
	nla_for_each_nested(attr, nest, rem) {
		struct cm_peer *peer = &peers[*count];

		if (nla_type(attr) != CRYPTOMAP_A_ENTRY_PEER)
			continue;
		if (*count == CRYPTOMAP_PEERS_MAX) {
			NL_SET_ERR_MSG_ATTR(extack, attr,
					    "More than 16 peers in a map entry");
			return -E2BIG;
		}
		memset(peer, 0, sizeof(*peer));
		err = cm_netlink_addr_any(attr, &peer->addr, &peer->family,
					  extack);
		if (err)
			return err;
		++*count;
	}
	return 0;
}

/* An entry that is named again may repeat what was said, but not change it. */
static int check_same(const struct cm_stage_entry *entry,
		      const struct nlattr *nest, struct nlattr **tb,
		      struct netlink_ext_ack *extack)
{
	const struct nlattr *differs = NULL;
	struct cm_peer *peers;
	u32 count;
	int err;

	if (tb[CRYPTOMAP_A_ENTRY_KIND] &&
	    nla_get_u32(tb[CRYPTOMAP_A_ENTRY_KIND]) != entry->kind)
		differs = tb[CRYPTOMAP_A_ENTRY_KIND];
	if (tb[CRYPTOMAP_A_ENTRY_HOLD_LIMIT] &&
	    nla_get_u32(tb[CRYPTOMAP_A_ENTRY_HOLD_LIMIT]) != entry->hold_limit)
		differs = tb[CRYPTOMAP_A_ENTRY_HOLD_LIMIT];
	if (!differs && tb[CRYPTOMAP_A_ENTRY_PEER]) {
		peers = kcalloc(CRYPTOMAP_PEERS_MAX, sizeof(*peers),
				GFP_KERNEL);
		if (!peers)
			return -ENOMEM;
		err = read_peers(nest, peers, &count, extack);
		if (!err && (count != entry->peer_count ||
			     memcmp(peers, entry->peers,
				    count * sizeof(*peers))))
			differs = tb[CRYPTOMAP_A_ENTRY_PEER];
		kfree(peers);
		if (err)
			return err;
	}
	if (!differs)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, differs,
			    "Map entry was added before with another value");
	return -EEXIST;
}

static int insert_entry(struct batch *batch, struct cm_stage_entry *entry,
			struct netlink_ext_ack *extack)
{
	int err;

	err = rhashtable_insert_fast(&batch->stage->entries, &entry->node,
				     entry_params);
	if (err) {
		NL_SET_ERR_MSG(extack, "Not enough memory for the map entry");
		return err;
	}
	list_add_tail(&entry->list, &batch->stage->list);
	batch->stage->entry_count++;
	batch->entry = entry;
	batch->new_entry = true;
	return 0;
}

static int new_entry(struct batch *batch, const struct cm_stage_key *key,
		     const struct nlattr *nest, struct nlattr **tb,
		     struct netlink_ext_ack *extack)
{
	struct cm_stage_entry *entry;
	int err;

	err = cm_netlink_need(tb, nest, new_entry_needs,
			      ARRAY_SIZE(new_entry_needs), extack);
	if (err)
		return err;
	entry = kzalloc(sizeof(*entry), GFP_KERNEL);
	if (!entry)
		return -ENOMEM;
	entry->key = *key;
	entry->kind = nla_get_u32(tb[CRYPTOMAP_A_ENTRY_KIND]);
	entry->hold_limit = CM_HOLD_LIMIT_DEFAULT;
	if (tb[CRYPTOMAP_A_ENTRY_HOLD_LIMIT])
		entry->hold_limit =
			nla_get_u32(tb[CRYPTOMAP_A_ENTRY_HOLD_LIMIT]);
	xa_init(&entry->rules);
	err = read_peers(nest, entry->peers, &entry->peer_count, extack);
	if (!err)
		err = insert_entry(batch, entry, extack);
	if (err)
		free_entry(entry);
	return err;
}

static int read_entry(struct batch *batch, const struct nlattr *nest,
		      struct netlink_ext_ack *extack)
{
	struct nlattr *tb[CRYPTOMAP_A_ENTRY_MAX + 1];
	struct cm_stage_key key;
	int err;

	err = nla_parse_nested(tb, CRYPTOMAP_A_ENTRY_MAX, nest,
			       cryptomap_entry_nl_policy, extack);
	if (err)
		return err;
	err = cm_netlink_need(tb, nest, entry_needs, ARRAY_SIZE(entry_needs),
			      extack);
	if (err)
		return err;
	err = read_key(tb, &key, extack);
	if (err)
		return err;
	batch->entry = rhashtable_lookup_fast(&batch->stage->entries, &key,
					      entry_params);
	if (batch->entry)
		return check_same(batch->entry, nest, tb, extack);
	return new_entry(batch, &key, nest, tb, extack);
}

/* Rules */

static const struct cm_netlink_need rule_needs[] = {
	{ CRYPTOMAP_A_RULE_INDEX, "Rule without index" },
	{ CRYPTOMAP_A_RULE_ACTION, "Rule without action" },
};

/* An address with its mask; absent is any. */
static int read_addr(struct nlattr **tb, int addr_attr, int mask_attr,
		     u8 family, union cm_addr *addr, union cm_addr *mask,
		     struct netlink_ext_ack *extack)
{
	int err;

	if (!tb[addr_attr] && tb[mask_attr]) {
		NL_SET_ERR_MSG_ATTR(extack, tb[mask_attr],
				    "Mask without address");
		return -EINVAL;
	}
	if (!tb[addr_attr])
		return 0;
	err = cm_netlink_addr(tb[addr_attr], family, addr, extack);
	if (err)
		return err;
	if (tb[mask_attr])
		return cm_netlink_addr(tb[mask_attr], family, mask, extack);
	memset(mask, 0xff, family == AF_INET ? 4 : 16);
	return 0;
}

static u16 port(const struct nlattr *attr, u16 absent)
{
	return attr ? nla_get_u16(attr) : absent;
}

static int read_selector(struct nlattr **tb, u8 family,
			 struct cm_selector *sel,
			 struct netlink_ext_ack *extack)
{
	int err;

	memset(sel, 0, sizeof(*sel));
	sel->family = family;
	if (tb[CRYPTOMAP_A_RULE_PROTO])
		sel->proto = nla_get_u8(tb[CRYPTOMAP_A_RULE_PROTO]);
	err = read_addr(tb, CRYPTOMAP_A_RULE_SRC, CRYPTOMAP_A_RULE_SRC_MASK,
			family, &sel->src, &sel->src_mask, extack);
	if (err)
		return err;
	err = read_addr(tb, CRYPTOMAP_A_RULE_DST, CRYPTOMAP_A_RULE_DST_MASK,
			family, &sel->dst, &sel->dst_mask, extack);
	if (err)
		return err;
	sel->sport_min = port(tb[CRYPTOMAP_A_RULE_SPORT_MIN], 0);
	sel->sport_max = port(tb[CRYPTOMAP_A_RULE_SPORT_MAX], U16_MAX);
	sel->dport_min = port(tb[CRYPTOMAP_A_RULE_DPORT_MIN], 0);
	sel->dport_max = port(tb[CRYPTOMAP_A_RULE_DPORT_MAX], U16_MAX);
	return 0;
}

static int read_rule(struct cm_stage_rule *rule, const struct nlattr *nest,
		     u8 family, struct netlink_ext_ack *extack)
{
	struct nlattr *tb[CRYPTOMAP_A_RULE_MAX + 1];
	const char *why = NULL;
	int err;

	err = nla_parse_nested(tb, CRYPTOMAP_A_RULE_MAX, nest,
			       cryptomap_rule_nl_policy, extack);
	if (err)
		return err;
	err = cm_netlink_need(tb, nest, rule_needs, ARRAY_SIZE(rule_needs),
			      extack);
	if (err)
		return err;
	rule->index = nla_get_u32(tb[CRYPTOMAP_A_RULE_INDEX]);
	rule->permit = nla_get_u32(tb[CRYPTOMAP_A_RULE_ACTION]) ==
		       CRYPTOMAP_ACTION_PERMIT;
	err = read_selector(tb, family, &rule->sel, extack);
	if (err)
		return err;
	err = cm_selector_validate(&rule->sel, &why);
	if (err)
		cm_netlink_text(extack, nest, why);
	return err;
}

static int insert_rule(struct batch *batch, struct cm_stage_rule *rule,
		       const struct nlattr *nest,
		       struct netlink_ext_ack *extack)
{
	int err;

	err = xa_insert(&batch->entry->rules, rule->index, rule, GFP_KERNEL);
	if (err == -EBUSY) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "The map entry has a rule of this index");
		return -EEXIST;
	}
	if (err)
		return err;
	batch->entry->rule_count++;
	list_add(&rule->batch, &batch->rules);
	return 0;
}

static int add_rule(struct batch *batch, const struct nlattr *nest,
		    struct netlink_ext_ack *extack)
{
	struct cm_stage_rule *rule;
	int err;

	if (!batch->entry) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "Rule in a message without map entry");
		return -EINVAL;
	}
	rule = kzalloc(sizeof(*rule), GFP_KERNEL);
	if (!rule)
		return -ENOMEM;
	err = read_rule(rule, nest, batch->entry->key.family, extack);
	if (!err)
		err = insert_rule(batch, rule, nest, extack);
	if (err)
		kfree(rule);
	return err;
}

/* Bindings */

static const struct cm_netlink_need binding_needs[] = {
	{ CRYPTOMAP_A_BINDING_MAP, "Binding without map name" },
	{ CRYPTOMAP_A_BINDING_FAMILY, "Binding without address family" },
};

static const struct cm_netlink_need interface_needs[] = {
	{ CRYPTOMAP_A_BINDING_IFINDEX, "Binding without interface" },
};

/* By its name, its index, or both. */
static int read_interface(struct cm_stage_binding *binding,
			  const struct nlattr *nest, struct nlattr **tb,
			  struct netlink_ext_ack *extack)
{
	const struct nlattr *name = tb[CRYPTOMAP_A_BINDING_IFNAME];
	const struct nlattr *index = tb[CRYPTOMAP_A_BINDING_IFINDEX];

	if (!name && !index)
		return cm_netlink_need(tb, nest, interface_needs,
				       ARRAY_SIZE(interface_needs), extack);
	if (name && !dev_valid_name(nla_data(name))) {
		NL_SET_ERR_MSG_ATTR(extack, name,
				    "No interface can have such a name");
		return -EINVAL;
	}
	if (name)
		strscpy_pad(binding->ifname, nla_data(name),
			    sizeof(binding->ifname));
	if (index)
		binding->ifindex = nla_get_u32(index);
	if (binding->ifindex <= INT_MAX)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, index,
			    "No interface has such an index");
	return -EINVAL;
}

static int read_binding(struct cm_stage_binding *binding,
			const struct nlattr *nest,
			struct netlink_ext_ack *extack)
{
	struct nlattr *tb[CRYPTOMAP_A_BINDING_MAX + 1];
	int err;

	err = nla_parse_nested(tb, CRYPTOMAP_A_BINDING_MAX, nest,
			       cryptomap_binding_nl_policy, extack);
	if (err)
		return err;
	err = cm_netlink_need(tb, nest, binding_needs,
			      ARRAY_SIZE(binding_needs), extack);
	if (err)
		return err;
	err = read_interface(binding, nest, tb, extack);
	if (err)
		return err;
	err = read_map(tb[CRYPTOMAP_A_BINDING_MAP], binding->map, extack);
	if (err)
		return err;
	err = cm_netlink_af(tb[CRYPTOMAP_A_BINDING_FAMILY], &binding->family,
			    extack);
	if (err)
		return err;
	if (tb[CRYPTOMAP_A_BINDING_DF_BIT])
		binding->df_bit = nla_get_u32(tb[CRYPTOMAP_A_BINDING_DF_BIT]);
	if (tb[CRYPTOMAP_A_BINDING_FRAGMENTATION])
		binding->fragmentation =
			nla_get_u32(tb[CRYPTOMAP_A_BINDING_FRAGMENTATION]);
	if (!tb[CRYPTOMAP_A_BINDING_LOCAL])
		return 0;
	binding->has_local = true;
	return cm_netlink_addr(tb[CRYPTOMAP_A_BINDING_LOCAL], binding->family,
			       &binding->local, extack);
}

static bool same_interface(const struct cm_stage_binding *a,
			   const struct cm_stage_binding *b)
{
	return a->family == b->family &&
	       ((a->ifindex && a->ifindex == b->ifindex) ||
		(*a->ifname && !strcmp(a->ifname, b->ifname)));
}

static int insert_binding(struct batch *batch,
			  struct cm_stage_binding *binding,
			  const struct nlattr *nest,
			  struct netlink_ext_ack *extack)
{
	const struct cm_stage_binding *other;

	list_for_each_entry(other, &batch->stage->bindings, list) {
		if (!same_interface(other, binding))
			continue;
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "The interface has a map of this family");
		return -EEXIST;
	}
	list_add_tail(&binding->list, &batch->stage->bindings);
	return 0;
}

static int add_binding(struct batch *batch, const struct nlattr *nest,
		       struct netlink_ext_ack *extack)
{
	struct cm_stage_binding *binding;
	int err;

	binding = kzalloc(sizeof(*binding), GFP_KERNEL);
	if (!binding)
		return -ENOMEM;
	err = read_binding(binding, nest, extack);
	if (!err)
		err = insert_binding(batch, binding, nest, extack);
	if (err)
		kfree(binding);
	return err;
}

/* Messages */

static void take_back(struct batch *batch)
{
	struct cm_policy_stage *stage = batch->stage;
	struct cm_stage_entry *entry = batch->entry;
	struct cm_stage_rule *rule, *next_rule;
	struct cm_stage_binding *binding;

	while (!list_empty(&stage->bindings)) {
		binding = list_last_entry(&stage->bindings,
					  struct cm_stage_binding, list);
		if (binding == batch->before)
			break;
		list_del(&binding->list);
		kfree(binding);
	}
	list_for_each_entry_safe(rule, next_rule, &batch->rules, batch) {
		xa_erase(&entry->rules, rule->index);
		entry->rule_count--;
		kfree(rule);
	}
	if (!batch->new_entry)
		return;
	rhashtable_remove_fast(&stage->entries, &entry->node, entry_params);
	list_del(&entry->list);
	stage->entry_count--;
	free_entry(entry);
}

/* The entry comes first, wherever it stands, as the rules need it. */
static int find_entry(struct batch *batch, const struct nlmsghdr *nlh,
		      struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	int err, rem;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem) {
		if (nla_type(attr) != CRYPTOMAP_A_POLICY_ENTRY)
			continue;
		if (batch->entry) {
			NL_SET_ERR_MSG_ATTR(extack, attr,
					    "More than one map entry in a message");
			return -EINVAL;
		}
		err = read_entry(batch, attr, extack);
		if (err)
			return err;
	}
	return 0;
}

static int read_message(struct batch *batch, const struct nlmsghdr *nlh,
			struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	int err, rem;

	err = find_entry(batch, nlh, extack);
	if (err)
		return err;
	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem) {
		if (nla_type(attr) == CRYPTOMAP_A_POLICY_RULE)
			err = add_rule(batch, attr, extack);
		else if (nla_type(attr) == CRYPTOMAP_A_POLICY_BINDING)
			err = add_binding(batch, attr, extack);
		if (err)
			return err;
	}
	return 0;
}

/**
 * cm_stage_add - take one policy-add message into a stage
 * @stage: the stage; as it was if the message is refused
 * @nlh: message, checked against the netlink policy
 * @extack: for the refusal
 *
 * Context: process, cm_net.lock held.
 * Return: 0 or a negative error.
 */
int cm_stage_add(struct cm_policy_stage *stage, const struct nlmsghdr *nlh,
		 struct netlink_ext_ack *extack)
{
	struct batch batch = {
		.stage = stage,
		.rules = LIST_HEAD_INIT(batch.rules),
	};
	int err;

	if (!list_empty(&stage->bindings))
		batch.before = list_last_entry(&stage->bindings,
					       struct cm_stage_binding, list);

	err = read_message(&batch, nlh, extack);
	if (err) {
		take_back(&batch);
		if (err == -ENOMEM)
			NL_SET_ERR_MSG(extack, "Not enough memory for the policy");
	}
	return err;
}

/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/cryptomap.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_CRYPTOMAP_GEN_H
#define _LINUX_CRYPTOMAP_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/cryptomap.h>

/* Common nested types */
extern const struct nla_policy cryptomap_binding_nl_policy[CRYPTOMAP_A_BINDING_IFNAME + 1];
extern const struct nla_policy cryptomap_entry_nl_policy[CRYPTOMAP_A_ENTRY_SUBSEQ + 1];
extern const struct nla_policy cryptomap_rule_nl_policy[CRYPTOMAP_A_RULE_DPORT_MAX + 1];

extern const struct nla_policy cryptomap_sa_add_nl_policy[CRYPTOMAP_A_SA_OWNER + 1];

extern const struct nla_policy cryptomap_policy_stage_nl_policy[CRYPTOMAP_A_POLICY_GENERATION + 1];

extern const struct nla_policy cryptomap_policy_add_nl_policy[CRYPTOMAP_A_POLICY_BINDING + 1];

extern const struct nla_policy cryptomap_policy_commit_nl_policy[CRYPTOMAP_A_POLICY_STAGE + 1];

extern const struct nla_policy cryptomap_policy_abort_nl_policy[CRYPTOMAP_A_POLICY_STAGE + 1];

extern const struct nla_policy cryptomap_flow_get_nl_policy[CRYPTOMAP_A_FLOW_MAP + 1];

extern const struct nla_policy cryptomap_hold_release_nl_policy[CRYPTOMAP_A_FLOW_ID + 1];

extern const struct nla_policy cryptomap_spi_reserve_nl_policy[CRYPTOMAP_A_SA_HOLD_SECONDS + 1];

extern const struct nla_policy cryptomap_sa_update_nl_policy[CRYPTOMAP_A_SA_OWNER + 1];

extern const struct nla_policy cryptomap_sa_del_nl_policy[CRYPTOMAP_A_SA_DST + 1];

extern const struct nla_policy cryptomap_sa_get_nl_policy[CRYPTOMAP_A_SA_PEER + 1];

extern const struct nla_policy cryptomap_sa_flush_nl_policy[CRYPTOMAP_A_SA_PEER + 1];

extern const struct nla_policy cryptomap_stats_get_nl_policy[CRYPTOMAP_A_STATS_FLOW + 1];

extern const struct nla_policy cryptomap_stats_clear_nl_policy[CRYPTOMAP_A_STATS_FLOW + 1];

/* Ops table for cryptomap */
extern const struct genl_ops cryptomap_nl_ops[14];

int cryptomap_nl_sa_add_doit(struct sk_buff *skb, struct genl_info *info);
int cryptomap_nl_policy_stage_doit(struct sk_buff *skb, struct genl_info *info);
int cryptomap_nl_policy_add_doit(struct sk_buff *skb, struct genl_info *info);
int cryptomap_nl_policy_commit_doit(struct sk_buff *skb,
				    struct genl_info *info);
int cryptomap_nl_policy_abort_doit(struct sk_buff *skb, struct genl_info *info);
int cryptomap_nl_flow_get_doit(struct sk_buff *skb, struct genl_info *info);
int cryptomap_nl_flow_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb);
int cryptomap_nl_hold_release_doit(struct sk_buff *skb, struct genl_info *info);
int cryptomap_nl_spi_reserve_doit(struct sk_buff *skb, struct genl_info *info);
int cryptomap_nl_sa_update_doit(struct sk_buff *skb, struct genl_info *info);
int cryptomap_nl_sa_del_doit(struct sk_buff *skb, struct genl_info *info);
int cryptomap_nl_sa_get_doit(struct sk_buff *skb, struct genl_info *info);
int cryptomap_nl_sa_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb);
int cryptomap_nl_sa_flush_doit(struct sk_buff *skb, struct genl_info *info);
int cryptomap_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info);
int cryptomap_nl_stats_clear_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	CRYPTOMAP_NLGRP_EVENTS,
};

#endif /* _LINUX_CRYPTOMAP_GEN_H */

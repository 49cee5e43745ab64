// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/cryptomap.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/linux/cryptomap.h>

/* Integer value ranges */
static const struct netlink_range_validation cryptomap_a_entry_seq_range = {
	.min	= 1ULL,
	.max	= 65535ULL,
};

/* Common nested types */
const struct nla_policy cryptomap_binding_nl_policy[CRYPTOMAP_A_BINDING_IFNAME + 1] = {
	[CRYPTOMAP_A_BINDING_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[CRYPTOMAP_A_BINDING_MAP] = { .type = NLA_NUL_STRING, .len = 63, },
	[CRYPTOMAP_A_BINDING_FAMILY] = { .type = NLA_U16, },
	[CRYPTOMAP_A_BINDING_LOCAL] = { .type = NLA_BINARY, },
	[CRYPTOMAP_A_BINDING_DF_BIT] = NLA_POLICY_MAX(NLA_U32, 2),
	[CRYPTOMAP_A_BINDING_FRAGMENTATION] = NLA_POLICY_MAX(NLA_U32, 1),
	[CRYPTOMAP_A_BINDING_IFNAME] = { .type = NLA_NUL_STRING, .len = 15, },
};

const struct nla_policy cryptomap_entry_nl_policy[CRYPTOMAP_A_ENTRY_SUBSEQ + 1] = {
	[CRYPTOMAP_A_ENTRY_MAP] = { .type = NLA_NUL_STRING, .len = 63, },
	[CRYPTOMAP_A_ENTRY_FAMILY] = { .type = NLA_U16, },
	[CRYPTOMAP_A_ENTRY_SEQ] = NLA_POLICY_FULL_RANGE(NLA_U32, &cryptomap_a_entry_seq_range),
	[CRYPTOMAP_A_ENTRY_KIND] = NLA_POLICY_MAX(NLA_U32, 2),
	[CRYPTOMAP_A_ENTRY_PEER] = { .type = NLA_BINARY, },
	[CRYPTOMAP_A_ENTRY_HOLD_LIMIT] = NLA_POLICY_MAX(NLA_U32, 1024),
	[CRYPTOMAP_A_ENTRY_SUBSEQ] = { .type = NLA_U32, },
};

const struct nla_policy cryptomap_rule_nl_policy[CRYPTOMAP_A_RULE_DPORT_MAX + 1] = {
	[CRYPTOMAP_A_RULE_INDEX] = { .type = NLA_U32, },
	[CRYPTOMAP_A_RULE_ACTION] = NLA_POLICY_MAX(NLA_U32, 1),
	[CRYPTOMAP_A_RULE_PROTO] = { .type = NLA_U8, },
	[CRYPTOMAP_A_RULE_SRC] = { .type = NLA_BINARY, },
	[CRYPTOMAP_A_RULE_SRC_MASK] = { .type = NLA_BINARY, },
	[CRYPTOMAP_A_RULE_DST] = { .type = NLA_BINARY, },
	[CRYPTOMAP_A_RULE_DST_MASK] = { .type = NLA_BINARY, },
	[CRYPTOMAP_A_RULE_SPORT_MIN] = { .type = NLA_U16, },
	[CRYPTOMAP_A_RULE_SPORT_MAX] = { .type = NLA_U16, },
	[CRYPTOMAP_A_RULE_DPORT_MIN] = { .type = NLA_U16, },
	[CRYPTOMAP_A_RULE_DPORT_MAX] = { .type = NLA_U16, },
};

/* CRYPTOMAP_CMD_SA_ADD - do */
const struct nla_policy cryptomap_sa_add_nl_policy[CRYPTOMAP_A_SA_OWNER + 1] = {
	[CRYPTOMAP_A_SA_DIRECTION] = NLA_POLICY_MAX(NLA_U32, 1),
	[CRYPTOMAP_A_SA_SPI] = { .type = NLA_U32, },
	[CRYPTOMAP_A_SA_PROTO] = { .type = NLA_U8, },
	[CRYPTOMAP_A_SA_SRC] = { .type = NLA_BINARY, },
	[CRYPTOMAP_A_SA_DST] = { .type = NLA_BINARY, },
	[CRYPTOMAP_A_SA_FLOW] = NLA_POLICY_MIN(NLA_U32, 1),
	[CRYPTOMAP_A_SA_MODE] = NLA_POLICY_MAX(NLA_U32, 1),
	[CRYPTOMAP_A_SA_ENCR_ALG] = NLA_POLICY_MAX(NLA_U32, 5),
	[CRYPTOMAP_A_SA_ENCR_KEY] = { .type = NLA_BINARY, },
	[CRYPTOMAP_A_SA_AUTH_ALG] = NLA_POLICY_MAX(NLA_U32, 5),
	[CRYPTOMAP_A_SA_AUTH_KEY] = { .type = NLA_BINARY, },
	[CRYPTOMAP_A_SA_FLAGS] = NLA_POLICY_MASK(NLA_U32, 0x1),
	[CRYPTOMAP_A_SA_REPLAY_WINDOW] = NLA_POLICY_MAX(NLA_U32, 4096),
	[CRYPTOMAP_A_SA_SOFT_SECONDS] = { .type = NLA_U32, },
	[CRYPTOMAP_A_SA_HARD_SECONDS] = { .type = NLA_U32, },
	[CRYPTOMAP_A_SA_SOFT_BYTES] = { .type = NLA_U64, },
	[CRYPTOMAP_A_SA_HARD_BYTES] = { .type = NLA_U64, },
	[CRYPTOMAP_A_SA_SOFT_PACKETS] = { .type = NLA_U64, },
	[CRYPTOMAP_A_SA_HARD_PACKETS] = { .type = NLA_U64, },
	[CRYPTOMAP_A_SA_IDLE_SECONDS] = { .type = NLA_U32, },
	[CRYPTOMAP_A_SA_LIVENESS_SECONDS] = { .type = NLA_U32, },
	[CRYPTOMAP_A_SA_OWNER] = { .type = NLA_BINARY, },
};

/* CRYPTOMAP_CMD_POLICY_STAGE - do */
const struct nla_policy cryptomap_policy_stage_nl_policy[CRYPTOMAP_A_POLICY_GENERATION + 1] = {
	[CRYPTOMAP_A_POLICY_GENERATION] = { .type = NLA_U32, },
};

/* CRYPTOMAP_CMD_POLICY_ADD - do */
const struct nla_policy cryptomap_policy_add_nl_policy[CRYPTOMAP_A_POLICY_BINDING + 1] = {
	[CRYPTOMAP_A_POLICY_STAGE] = { .type = NLA_U32, },
	[CRYPTOMAP_A_POLICY_ENTRY] = NLA_POLICY_NESTED(cryptomap_entry_nl_policy),
	[CRYPTOMAP_A_POLICY_RULE] = NLA_POLICY_NESTED(cryptomap_rule_nl_policy),
	[CRYPTOMAP_A_POLICY_BINDING] = NLA_POLICY_NESTED(cryptomap_binding_nl_policy),
};

/* CRYPTOMAP_CMD_POLICY_COMMIT - do */
const struct nla_policy cryptomap_policy_commit_nl_policy[CRYPTOMAP_A_POLICY_STAGE + 1] = {
	[CRYPTOMAP_A_POLICY_STAGE] = { .type = NLA_U32, },
};

/* CRYPTOMAP_CMD_POLICY_ABORT - do */
const struct nla_policy cryptomap_policy_abort_nl_policy[CRYPTOMAP_A_POLICY_STAGE + 1] = {
	[CRYPTOMAP_A_POLICY_STAGE] = { .type = NLA_U32, },
};

/* CRYPTOMAP_CMD_FLOW_GET - do */
const struct nla_policy cryptomap_flow_get_nl_policy[CRYPTOMAP_A_FLOW_MAP + 1] = {
	[CRYPTOMAP_A_FLOW_ID] = { .type = NLA_U32, },
	[CRYPTOMAP_A_FLOW_IFINDEX] = { .type = NLA_U32, },
	[CRYPTOMAP_A_FLOW_MAP] = { .type = NLA_NUL_STRING, },
};

/* CRYPTOMAP_CMD_HOLD_RELEASE - do */
const struct nla_policy cryptomap_hold_release_nl_policy[CRYPTOMAP_A_FLOW_ID + 1] = {
	[CRYPTOMAP_A_FLOW_ID] = { .type = NLA_U32, },
};

/* CRYPTOMAP_CMD_SPI_RESERVE - do */
const struct nla_policy cryptomap_spi_reserve_nl_policy[CRYPTOMAP_A_SA_HOLD_SECONDS + 1] = {
	[CRYPTOMAP_A_SA_PROTO] = { .type = NLA_U8, },
	[CRYPTOMAP_A_SA_SRC] = { .type = NLA_BINARY, },
	[CRYPTOMAP_A_SA_DST] = { .type = NLA_BINARY, },
	[CRYPTOMAP_A_SA_SPI_LOW] = NLA_POLICY_MIN(NLA_U32, 256),
	[CRYPTOMAP_A_SA_SPI_HIGH] = NLA_POLICY_MIN(NLA_U32, 256),
	[CRYPTOMAP_A_SA_HOLD_SECONDS] = NLA_POLICY_RANGE(NLA_U32, 1, 300),
};

/* CRYPTOMAP_CMD_SA_UPDATE - do */
const struct nla_policy cryptomap_sa_update_nl_policy[CRYPTOMAP_A_SA_OWNER + 1] = {
	[CRYPTOMAP_A_SA_DIRECTION] = NLA_POLICY_MAX(NLA_U32, 1),
	[CRYPTOMAP_A_SA_SPI] = { .type = NLA_U32, },
	[CRYPTOMAP_A_SA_PROTO] = { .type = NLA_U8, },
	[CRYPTOMAP_A_SA_DST] = { .type = NLA_BINARY, },
	[CRYPTOMAP_A_SA_SOFT_SECONDS] = { .type = NLA_U32, },
	[CRYPTOMAP_A_SA_HARD_SECONDS] = { .type = NLA_U32, },
	[CRYPTOMAP_A_SA_SOFT_BYTES] = { .type = NLA_U64, },
	[CRYPTOMAP_A_SA_HARD_BYTES] = { .type = NLA_U64, },
	[CRYPTOMAP_A_SA_SOFT_PACKETS] = { .type = NLA_U64, },
	[CRYPTOMAP_A_SA_HARD_PACKETS] = { .type = NLA_U64, },
	[CRYPTOMAP_A_SA_IDLE_SECONDS] = { .type = NLA_U32, },
	[CRYPTOMAP_A_SA_LIVENESS_SECONDS] = { .type = NLA_U32, },
	[CRYPTOMAP_A_SA_OWNER] = { .type = NLA_BINARY, },
};

/* CRYPTOMAP_CMD_SA_DEL - do */
const struct nla_policy cryptomap_sa_del_nl_policy[CRYPTOMAP_A_SA_DST + 1] = {
	[CRYPTOMAP_A_SA_DIRECTION] = NLA_POLICY_MAX(NLA_U32, 1),
	[CRYPTOMAP_A_SA_SPI] = { .type = NLA_U32, },
	[CRYPTOMAP_A_SA_PROTO] = { .type = NLA_U8, },
	[CRYPTOMAP_A_SA_DST] = { .type = NLA_BINARY, },
};

/* CRYPTOMAP_CMD_SA_GET - do */
const struct nla_policy cryptomap_sa_get_nl_policy[CRYPTOMAP_A_SA_PEER + 1] = {
	[CRYPTOMAP_A_SA_DIRECTION] = NLA_POLICY_MAX(NLA_U32, 1),
	[CRYPTOMAP_A_SA_SPI] = { .type = NLA_U32, },
	[CRYPTOMAP_A_SA_PROTO] = { .type = NLA_U8, },
	[CRYPTOMAP_A_SA_DST] = { .type = NLA_BINARY, },
	[CRYPTOMAP_A_SA_FLOW] = NLA_POLICY_MIN(NLA_U32, 1),
	[CRYPTOMAP_A_SA_MAP] = { .type = NLA_NUL_STRING, .len = 63, },
	[CRYPTOMAP_A_SA_IFINDEX] = { .type = NLA_U32, },
	[CRYPTOMAP_A_SA_PEER] = { .type = NLA_BINARY, },
};

/* CRYPTOMAP_CMD_SA_FLUSH - do */
const struct nla_policy cryptomap_sa_flush_nl_policy[CRYPTOMAP_A_SA_PEER + 1] = {
	[CRYPTOMAP_A_SA_FLOW] = NLA_POLICY_MIN(NLA_U32, 1),
	[CRYPTOMAP_A_SA_MAP] = { .type = NLA_NUL_STRING, .len = 63, },
	[CRYPTOMAP_A_SA_IFINDEX] = { .type = NLA_U32, },
	[CRYPTOMAP_A_SA_PEER] = { .type = NLA_BINARY, },
};

/* CRYPTOMAP_CMD_STATS_GET - do */
const struct nla_policy cryptomap_stats_get_nl_policy[CRYPTOMAP_A_STATS_FLOW + 1] = {
	[CRYPTOMAP_A_STATS_FLOW] = { .type = NLA_U32, },
};

/* CRYPTOMAP_CMD_STATS_CLEAR - do */
const struct nla_policy cryptomap_stats_clear_nl_policy[CRYPTOMAP_A_STATS_FLOW + 1] = {
	[CRYPTOMAP_A_STATS_FLOW] = { .type = NLA_U32, },
};

/* Ops table for cryptomap */
const struct genl_ops cryptomap_nl_ops[14] = {
	{
		.cmd		= CRYPTOMAP_CMD_SA_ADD,
		.doit		= cryptomap_nl_sa_add_doit,
		.policy		= cryptomap_sa_add_nl_policy,
		.maxattr	= CRYPTOMAP_A_SA_OWNER,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= CRYPTOMAP_CMD_POLICY_STAGE,
		.doit		= cryptomap_nl_policy_stage_doit,
		.policy		= cryptomap_policy_stage_nl_policy,
		.maxattr	= CRYPTOMAP_A_POLICY_GENERATION,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= CRYPTOMAP_CMD_POLICY_ADD,
		.doit		= cryptomap_nl_policy_add_doit,
		.policy		= cryptomap_policy_add_nl_policy,
		.maxattr	= CRYPTOMAP_A_POLICY_BINDING,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= CRYPTOMAP_CMD_POLICY_COMMIT,
		.doit		= cryptomap_nl_policy_commit_doit,
		.policy		= cryptomap_policy_commit_nl_policy,
		.maxattr	= CRYPTOMAP_A_POLICY_STAGE,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= CRYPTOMAP_CMD_POLICY_ABORT,
		.doit		= cryptomap_nl_policy_abort_doit,
		.policy		= cryptomap_policy_abort_nl_policy,
		.maxattr	= CRYPTOMAP_A_POLICY_STAGE,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= CRYPTOMAP_CMD_FLOW_GET,
		.doit		= cryptomap_nl_flow_get_doit,
		.dumpit		= cryptomap_nl_flow_get_dumpit,
		.policy		= cryptomap_flow_get_nl_policy,
		.maxattr	= CRYPTOMAP_A_FLOW_MAP,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= CRYPTOMAP_CMD_HOLD_RELEASE,
		.doit		= cryptomap_nl_hold_release_doit,
		.policy		= cryptomap_hold_release_nl_policy,
		.maxattr	= CRYPTOMAP_A_FLOW_ID,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= CRYPTOMAP_CMD_SPI_RESERVE,
		.doit		= cryptomap_nl_spi_reserve_doit,
		.policy		= cryptomap_spi_reserve_nl_policy,
		.maxattr	= CRYPTOMAP_A_SA_HOLD_SECONDS,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= CRYPTOMAP_CMD_SA_UPDATE,
		.doit		= cryptomap_nl_sa_update_doit,
		.policy		= cryptomap_sa_update_nl_policy,
		.maxattr	= CRYPTOMAP_A_SA_OWNER,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= CRYPTOMAP_CMD_SA_DEL,
		.doit		= cryptomap_nl_sa_del_doit,
		.policy		= cryptomap_sa_del_nl_policy,
		.maxattr	= CRYPTOMAP_A_SA_DST,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= CRYPTOMAP_CMD_SA_GET,
		.doit		= cryptomap_nl_sa_get_doit,
		.dumpit		= cryptomap_nl_sa_get_dumpit,
		.policy		= cryptomap_sa_get_nl_policy,
		.maxattr	= CRYPTOMAP_A_SA_PEER,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= CRYPTOMAP_CMD_SA_FLUSH,
		.doit		= cryptomap_nl_sa_flush_doit,
		.policy		= cryptomap_sa_flush_nl_policy,
		.maxattr	= CRYPTOMAP_A_SA_PEER,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= CRYPTOMAP_CMD_STATS_GET,
		.doit		= cryptomap_nl_stats_get_doit,
		.policy		= cryptomap_stats_get_nl_policy,
		.maxattr	= CRYPTOMAP_A_STATS_FLOW,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= CRYPTOMAP_CMD_STATS_CLEAR,
		.doit		= cryptomap_nl_stats_clear_doit,
		.policy		= cryptomap_stats_clear_nl_policy,
		.maxattr	= CRYPTOMAP_A_STATS_FLOW,
		.flags		= GENL_ADMIN_PERM,
	},
};

static const struct genl_multicast_group cryptomap_nl_mcgrps[] = {
	[CRYPTOMAP_NLGRP_EVENTS] = { "events", },
};

// SPDX-License-Identifier: GPL-2.0-or-later
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/cryptomap.yaml */
#include <linux/cryptomap.h>

#include "codec.h"

static const struct nlsock_attr entry_attrs[] = {
	[CRYPTOMAP_A_ENTRY_MAP] = { .name = "map" },
	[CRYPTOMAP_A_ENTRY_FAMILY] = { .name = "family" },
	[CRYPTOMAP_A_ENTRY_SEQ] = { .name = "seq" },
	[CRYPTOMAP_A_ENTRY_KIND] = { .name = "kind" },
	[CRYPTOMAP_A_ENTRY_PEER] = { .name = "peer" },
	[CRYPTOMAP_A_ENTRY_HOLD_LIMIT] = { .name = "hold-limit" },
	[CRYPTOMAP_A_ENTRY_SUBSEQ] = { .name = "subseq" },
};

static const struct nlsock_set entry_set = {
	.attrs = entry_attrs,
	.max = CRYPTOMAP_A_ENTRY_MAX,
};

static const struct nlsock_attr rule_attrs[] = {
	[CRYPTOMAP_A_RULE_INDEX] = { .name = "index" },
	[CRYPTOMAP_A_RULE_ACTION] = { .name = "action" },
	[CRYPTOMAP_A_RULE_PROTO] = { .name = "proto" },
	[CRYPTOMAP_A_RULE_SRC] = { .name = "src" },
	[CRYPTOMAP_A_RULE_SRC_MASK] = { .name = "src-mask" },
	[CRYPTOMAP_A_RULE_DST] = { .name = "dst" },
	[CRYPTOMAP_A_RULE_DST_MASK] = { .name = "dst-mask" },
	[CRYPTOMAP_A_RULE_SPORT_MIN] = { .name = "sport-min" },
	[CRYPTOMAP_A_RULE_SPORT_MAX] = { .name = "sport-max" },
	[CRYPTOMAP_A_RULE_DPORT_MIN] = { .name = "dport-min" },
	[CRYPTOMAP_A_RULE_DPORT_MAX] = { .name = "dport-max" },
};

static const struct nlsock_set rule_set = {
	.attrs = rule_attrs,
	.max = CRYPTOMAP_A_RULE_MAX,
};

static const struct nlsock_attr binding_attrs[] = {
	[CRYPTOMAP_A_BINDING_IFINDEX] = { .name = "ifindex" },
	[CRYPTOMAP_A_BINDING_MAP] = { .name = "map" },
	[CRYPTOMAP_A_BINDING_FAMILY] = { .name = "family" },
	[CRYPTOMAP_A_BINDING_LOCAL] = { .name = "local" },
	[CRYPTOMAP_A_BINDING_DF_BIT] = { .name = "df-bit" },
	[CRYPTOMAP_A_BINDING_FRAGMENTATION] = { .name = "fragmentation" },
	[CRYPTOMAP_A_BINDING_IFNAME] = { .name = "ifname" },
};

static const struct nlsock_set binding_set = {
	.attrs = binding_attrs,
	.max = CRYPTOMAP_A_BINDING_MAX,
};

static const struct nlsock_attr policy_attrs[] = {
	[CRYPTOMAP_A_POLICY_STAGE] = { .name = "stage" },
	[CRYPTOMAP_A_POLICY_ENTRY] = { "entry", &entry_set },
	[CRYPTOMAP_A_POLICY_RULE] = { "rule", &rule_set },
	[CRYPTOMAP_A_POLICY_BINDING] = { "binding", &binding_set },
	[CRYPTOMAP_A_POLICY_GENERATION] = { .name = "generation" },
	[CRYPTOMAP_A_POLICY_FLOWS_KEPT] = { .name = "flows-kept" },
	[CRYPTOMAP_A_POLICY_FLOWS_ADDED] = { .name = "flows-added" },
	[CRYPTOMAP_A_POLICY_FLOWS_REMOVED] = { .name = "flows-removed" },
};

static const struct nlsock_set policy_set = {
	.attrs = policy_attrs,
	.max = CRYPTOMAP_A_POLICY_MAX,
};

static const struct nlsock_attr flow_attrs[] = {
	[CRYPTOMAP_A_FLOW_PAD] = { .name = "pad" },
	[CRYPTOMAP_A_FLOW_ID] = { .name = "id" },
	[CRYPTOMAP_A_FLOW_IFINDEX] = { .name = "ifindex" },
	[CRYPTOMAP_A_FLOW_MAP] = { .name = "map" },
	[CRYPTOMAP_A_FLOW_FAMILY] = { .name = "family" },
	[CRYPTOMAP_A_FLOW_SEQ] = { .name = "seq" },
	[CRYPTOMAP_A_FLOW_KIND] = { .name = "kind" },
	[CRYPTOMAP_A_FLOW_RULE] = { "rule", &rule_set },
	[CRYPTOMAP_A_FLOW_HELD] = { .name = "held" },
	[CRYPTOMAP_A_FLOW_PLAINTEXT_MTU] = { .name = "plaintext-mtu" },
	[CRYPTOMAP_A_FLOW_PATH_MTU] = { .name = "path-mtu" },
	[CRYPTOMAP_A_FLOW_ENCAPS] = { .name = "encaps" },
	[CRYPTOMAP_A_FLOW_DECAPS] = { .name = "decaps" },
	[CRYPTOMAP_A_FLOW_SEND_ERRORS] = { .name = "send-errors" },
	[CRYPTOMAP_A_FLOW_RECV_ERRORS] = { .name = "recv-errors" },
	[CRYPTOMAP_A_FLOW_IFNAME] = { .name = "ifname" },
	[CRYPTOMAP_A_FLOW_SUBSEQ] = { .name = "subseq" },
};

static const struct nlsock_set flow_set = {
	.attrs = flow_attrs,
	.max = CRYPTOMAP_A_FLOW_MAX,
};

static const struct nlsock_attr drop_attrs[] = {
	[CRYPTOMAP_A_DROP_PAD] = { .name = "pad" },
	[CRYPTOMAP_A_DROP_REASON] = { .name = "reason" },
	[CRYPTOMAP_A_DROP_COUNT] = { .name = "count" },
};

static const struct nlsock_set drop_set = {
	.attrs = drop_attrs,
	.max = CRYPTOMAP_A_DROP_MAX,
};

static const struct nlsock_attr sa_attrs[] = {
	[CRYPTOMAP_A_SA_PAD] = { .name = "pad" },
	[CRYPTOMAP_A_SA_DIRECTION] = { .name = "direction" },
	[CRYPTOMAP_A_SA_SPI] = { .name = "spi" },
	[CRYPTOMAP_A_SA_PROTO] = { .name = "proto" },
	[CRYPTOMAP_A_SA_SRC] = { .name = "src" },
	[CRYPTOMAP_A_SA_DST] = { .name = "dst" },
	[CRYPTOMAP_A_SA_FLOW] = { .name = "flow" },
	[CRYPTOMAP_A_SA_MODE] = { .name = "mode" },
	[CRYPTOMAP_A_SA_ENCR_ALG] = { .name = "encr-alg" },
	[CRYPTOMAP_A_SA_ENCR_KEY] = { .name = "encr-key" },
	[CRYPTOMAP_A_SA_AUTH_ALG] = { .name = "auth-alg" },
	[CRYPTOMAP_A_SA_AUTH_KEY] = { .name = "auth-key" },
	[CRYPTOMAP_A_SA_FLAGS] = { .name = "flags" },
	[CRYPTOMAP_A_SA_REPLAY_WINDOW] = { .name = "replay-window" },
	[CRYPTOMAP_A_SA_SOFT_SECONDS] = { .name = "soft-seconds" },
	[CRYPTOMAP_A_SA_HARD_SECONDS] = { .name = "hard-seconds" },
	[CRYPTOMAP_A_SA_SOFT_BYTES] = { .name = "soft-bytes" },
	[CRYPTOMAP_A_SA_HARD_BYTES] = { .name = "hard-bytes" },
	[CRYPTOMAP_A_SA_SOFT_PACKETS] = { .name = "soft-packets" },
	[CRYPTOMAP_A_SA_HARD_PACKETS] = { .name = "hard-packets" },
	[CRYPTOMAP_A_SA_IDLE_SECONDS] = { .name = "idle-seconds" },
	[CRYPTOMAP_A_SA_LIVENESS_SECONDS] = { .name = "liveness-seconds" },
	[CRYPTOMAP_A_SA_OWNER] = { .name = "owner" },
	[CRYPTOMAP_A_SA_CONN_ID] = { .name = "conn-id" },
	[CRYPTOMAP_A_SA_STATE] = { .name = "state" },
	[CRYPTOMAP_A_SA_AGE_SECONDS] = { .name = "age-seconds" },
	[CRYPTOMAP_A_SA_IDLE_FOR_SECONDS] = { .name = "idle-for-seconds" },
	[CRYPTOMAP_A_SA_PACKETS] = { .name = "packets" },
	[CRYPTOMAP_A_SA_BYTES] = { .name = "bytes" },
	[CRYPTOMAP_A_SA_SEQUENCE] = { .name = "sequence" },
	[CRYPTOMAP_A_SA_DROP] = { "drop", &drop_set },
	[CRYPTOMAP_A_SA_SPI_LOW] = { .name = "spi-low" },
	[CRYPTOMAP_A_SA_SPI_HIGH] = { .name = "spi-high" },
	[CRYPTOMAP_A_SA_HOLD_SECONDS] = { .name = "hold-seconds" },
	[CRYPTOMAP_A_SA_MAP] = { .name = "map" },
	[CRYPTOMAP_A_SA_IFINDEX] = { .name = "ifindex" },
	[CRYPTOMAP_A_SA_PEER] = { .name = "peer" },
	[CRYPTOMAP_A_SA_COUNT] = { .name = "count" },
};

static const struct nlsock_set sa_set = {
	.attrs = sa_attrs,
	.max = CRYPTOMAP_A_SA_MAX,
};

static const struct nlsock_attr stats_attrs[] = {
	[CRYPTOMAP_A_STATS_PAD] = { .name = "pad" },
	[CRYPTOMAP_A_STATS_DROP] = { "drop", &drop_set },
	[CRYPTOMAP_A_STATS_ENCAPS] = { .name = "encaps" },
	[CRYPTOMAP_A_STATS_DECAPS] = { .name = "decaps" },
	[CRYPTOMAP_A_STATS_HELD] = { .name = "held" },
	[CRYPTOMAP_A_STATS_FLOWS] = { .name = "flows" },
	[CRYPTOMAP_A_STATS_SAS] = { .name = "sas" },
	[CRYPTOMAP_A_STATS_FLOW] = { .name = "flow" },
};

static const struct nlsock_set stats_set = {
	.attrs = stats_attrs,
	.max = CRYPTOMAP_A_STATS_MAX,
};

static const struct nlsock_attr event_attrs[] = {
	[CRYPTOMAP_A_EVENT_PAD] = { .name = "pad" },
	[CRYPTOMAP_A_EVENT_FLOW] = { .name = "flow" },
	[CRYPTOMAP_A_EVENT_IFINDEX] = { .name = "ifindex" },
	[CRYPTOMAP_A_EVENT_MAP] = { .name = "map" },
	[CRYPTOMAP_A_EVENT_FAMILY] = { .name = "family" },
	[CRYPTOMAP_A_EVENT_SEQ] = { .name = "seq" },
	[CRYPTOMAP_A_EVENT_SRC] = { .name = "src" },
	[CRYPTOMAP_A_EVENT_DST] = { .name = "dst" },
	[CRYPTOMAP_A_EVENT_IP_PROTO] = { .name = "ip-proto" },
	[CRYPTOMAP_A_EVENT_SPORT] = { .name = "sport" },
	[CRYPTOMAP_A_EVENT_DPORT] = { .name = "dport" },
	[CRYPTOMAP_A_EVENT_DIRECTION] = { .name = "direction" },
	[CRYPTOMAP_A_EVENT_SPI] = { .name = "spi" },
	[CRYPTOMAP_A_EVENT_PROTO] = { .name = "proto" },
	[CRYPTOMAP_A_EVENT_CONN_ID] = { .name = "conn-id" },
	[CRYPTOMAP_A_EVENT_OWNER] = { .name = "owner" },
	[CRYPTOMAP_A_EVENT_HARD] = { .name = "hard" },
	[CRYPTOMAP_A_EVENT_CAUSE] = { .name = "cause" },
	[CRYPTOMAP_A_EVENT_REASON] = { .name = "reason" },
	[CRYPTOMAP_A_EVENT_SEQUENCE] = { .name = "sequence" },
	[CRYPTOMAP_A_EVENT_COUNT] = { .name = "count" },
};

static const struct nlsock_set event_set = {
	.attrs = event_attrs,
	.max = CRYPTOMAP_A_EVENT_MAX,
};

static const struct nlsock_command commands[] = {
	[CRYPTOMAP_CMD_SA_ADD] = { "sa-add", &sa_set },
	[CRYPTOMAP_CMD_POLICY_STAGE] = { "policy-stage", &policy_set },
	[CRYPTOMAP_CMD_POLICY_ADD] = { "policy-add", &policy_set },
	[CRYPTOMAP_CMD_POLICY_COMMIT] = { "policy-commit", &policy_set },
	[CRYPTOMAP_CMD_POLICY_ABORT] = { "policy-abort", &policy_set },
	[CRYPTOMAP_CMD_FLOW_GET] = { "flow-get", &flow_set },
	[CRYPTOMAP_CMD_HOLD_RELEASE] = { "hold-release", &flow_set },
	[CRYPTOMAP_CMD_SPI_RESERVE] = { "spi-reserve", &sa_set },
	[CRYPTOMAP_CMD_SA_UPDATE] = { "sa-update", &sa_set },
	[CRYPTOMAP_CMD_SA_DEL] = { "sa-del", &sa_set },
	[CRYPTOMAP_CMD_SA_GET] = { "sa-get", &sa_set },
	[CRYPTOMAP_CMD_SA_FLUSH] = { "sa-flush", &sa_set },
	[CRYPTOMAP_CMD_STATS_GET] = { "stats-get", &stats_set },
	[CRYPTOMAP_CMD_STATS_CLEAR] = { "stats-clear", &stats_set },
	[CRYPTOMAP_CMD_ACQUIRE_NTF] = { "acquire-ntf", &event_set },
	[CRYPTOMAP_CMD_EXPIRE_NTF] = { "expire-ntf", &event_set },
	[CRYPTOMAP_CMD_IDLE_NTF] = { "idle-ntf", &event_set },
	[CRYPTOMAP_CMD_INVALID_SPI_NTF] = { "invalid-spi-ntf", &event_set },
	[CRYPTOMAP_CMD_REPLAY_NTF] = { "replay-ntf", &event_set },
	[CRYPTOMAP_CMD_LIVENESS_NTF] = { "liveness-ntf", &event_set },
	[CRYPTOMAP_CMD_SA_DEL_NTF] = { "sa-del-ntf", &event_set },
};

const struct nlsock_command *codec_command(uint8_t cmd)
{
	if (cmd > CRYPTOMAP_CMD_MAX || !commands[cmd].name)
		return NULL;
	return &commands[cmd];
}

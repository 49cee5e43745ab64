// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every struct has a table of its fields; one function writes by it and one
 * reads.  So an attribute is mentioned in one place, and cannot be written in
 * another way than it is read.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "codec.h"

enum field_type {
	F_U8,
	F_U16,
	F_U32,		/* also enums */
	F_U64,
	F_BE32,
	F_STRING,
	F_ADDR,
	F_OWNER,
	F_FLAG,
	F_RULE,
	F_DROP,
};

/* @size: of the member, for strings. */
struct field {
	uint16_t attr;
	uint16_t offset;
	uint16_t size;
	uint8_t type;
};

#define FIELD(_attr, _type, _struct, _member) {			\
	.attr = CRYPTOMAP_A_##_attr,				\
	.type = _type,						\
	.offset = offsetof(struct _struct, _member),		\
	.size = sizeof(((struct _struct *)0)->_member),		\
}

_Static_assert(sizeof(enum cryptomap_direction) == sizeof(uint32_t), "enums are read as u32");
_Static_assert(CRYPTOMAP_A_SA_MAX < 64 && CRYPTOMAP_A_EVENT_MAX < 64, "presence bits");

/* A struct with the table of its fields. */
struct part {
	const struct field *fields;
	size_t n;
	void *base;
};

#define PART(_fields, _base) \
	{ _fields, sizeof(_fields) / sizeof((_fields)[0]), (void *)(_base) }

static const struct field entry_id_fields[] = {
	FIELD(ENTRY_MAP, F_STRING, cm_entry, map),
	FIELD(ENTRY_FAMILY, F_U16, cm_entry, family),
	FIELD(ENTRY_SEQ, F_U32, cm_entry, seq),
	FIELD(ENTRY_SUBSEQ, F_U32, cm_entry, subseq),
};

static const struct field rule_fields[] = {
	FIELD(RULE_INDEX, F_U32, cm_rule, index),
	FIELD(RULE_ACTION, F_U32, cm_rule, action),
	FIELD(RULE_PROTO, F_U8, cm_rule, proto),
	FIELD(RULE_SRC, F_ADDR, cm_rule, src),
	FIELD(RULE_SRC_MASK, F_ADDR, cm_rule, src_mask),
	FIELD(RULE_DST, F_ADDR, cm_rule, dst),
	FIELD(RULE_DST_MASK, F_ADDR, cm_rule, dst_mask),
	FIELD(RULE_SPORT_MIN, F_U16, cm_rule, sport_min),
	FIELD(RULE_SPORT_MAX, F_U16, cm_rule, sport_max),
	FIELD(RULE_DPORT_MIN, F_U16, cm_rule, dport_min),
	FIELD(RULE_DPORT_MAX, F_U16, cm_rule, dport_max),
};

static const struct field binding_fields[] = {
	FIELD(BINDING_IFINDEX, F_U32, cm_binding, ifindex),
	FIELD(BINDING_IFNAME, F_STRING, cm_binding, ifname),
	FIELD(BINDING_MAP, F_STRING, cm_binding, map),
	FIELD(BINDING_FAMILY, F_U16, cm_binding, family),
	FIELD(BINDING_LOCAL, F_ADDR, cm_binding, local),
	FIELD(BINDING_DF_BIT, F_U32, cm_binding, df_bit),
	FIELD(BINDING_FRAGMENTATION, F_U32, cm_binding, fragmentation),
};

static const struct field commit_fields[] = {
	FIELD(POLICY_GENERATION, F_U32, cm_commit, generation),
	FIELD(POLICY_FLOWS_KEPT, F_U32, cm_commit, flows_kept),
	FIELD(POLICY_FLOWS_ADDED, F_U32, cm_commit, flows_added),
	FIELD(POLICY_FLOWS_REMOVED, F_U32, cm_commit, flows_removed),
};

static const struct field flow_filter_fields[] = {
	FIELD(FLOW_IFINDEX, F_U32, cm_flow_filter, ifindex),
	FIELD(FLOW_MAP, F_STRING, cm_flow_filter, map),
};

static const struct field flow_fields[] = {
	FIELD(FLOW_ID, F_U32, cm_flow, id),
	FIELD(FLOW_IFINDEX, F_U32, cm_flow, ifindex),
	FIELD(FLOW_IFNAME, F_STRING, cm_flow, ifname),
	FIELD(FLOW_MAP, F_STRING, cm_flow, map),
	FIELD(FLOW_FAMILY, F_U16, cm_flow, family),
	FIELD(FLOW_SEQ, F_U32, cm_flow, seq),
	FIELD(FLOW_SUBSEQ, F_U32, cm_flow, subseq),
	FIELD(FLOW_KIND, F_U32, cm_flow, kind),
	FIELD(FLOW_RULE, F_RULE, cm_flow, rule),
	FIELD(FLOW_HELD, F_U32, cm_flow, held),
	FIELD(FLOW_PLAINTEXT_MTU, F_U32, cm_flow, plaintext_mtu),
	FIELD(FLOW_PATH_MTU, F_U32, cm_flow, path_mtu),
	FIELD(FLOW_ENCAPS, F_U64, cm_flow, encaps),
	FIELD(FLOW_DECAPS, F_U64, cm_flow, decaps),
	FIELD(FLOW_SEND_ERRORS, F_U64, cm_flow, send_errors),
	FIELD(FLOW_RECV_ERRORS, F_U64, cm_flow, recv_errors),
};

static const struct field sa_id_fields[] = {
	FIELD(SA_DIRECTION, F_U32, cm_sa_id, direction),
	FIELD(SA_SPI, F_BE32, cm_sa_id, spi),
	FIELD(SA_PROTO, F_U8, cm_sa_id, proto),
	FIELD(SA_DST, F_ADDR, cm_sa_id, dst),
};

static const struct field sa_fields[] = {
	FIELD(SA_SRC, F_ADDR, cm_sa, src),
	FIELD(SA_FLOW, F_U32, cm_sa, flow),
	FIELD(SA_MODE, F_U32, cm_sa, mode),
	FIELD(SA_ENCR_ALG, F_U32, cm_sa, encr_alg),
	FIELD(SA_AUTH_ALG, F_U32, cm_sa, auth_alg),
	FIELD(SA_FLAGS, F_U32, cm_sa, flags),
	FIELD(SA_REPLAY_WINDOW, F_U32, cm_sa, replay_window),
	FIELD(SA_OWNER, F_OWNER, cm_sa, owner),
};

static const struct field limit_fields[] = {
	FIELD(SA_SOFT_SECONDS, F_U32, cm_sa_limits, soft_seconds),
	FIELD(SA_HARD_SECONDS, F_U32, cm_sa_limits, hard_seconds),
	FIELD(SA_SOFT_BYTES, F_U64, cm_sa_limits, soft_bytes),
	FIELD(SA_HARD_BYTES, F_U64, cm_sa_limits, hard_bytes),
	FIELD(SA_SOFT_PACKETS, F_U64, cm_sa_limits, soft_packets),
	FIELD(SA_HARD_PACKETS, F_U64, cm_sa_limits, hard_packets),
	FIELD(SA_IDLE_SECONDS, F_U32, cm_sa_limits, idle_seconds),
	FIELD(SA_LIVENESS_SECONDS, F_U32, cm_sa_limits, liveness_seconds),
};

static const struct field change_fields[] = {
	FIELD(SA_OWNER, F_OWNER, cm_sa_change, owner),
};

static const struct field sa_info_fields[] = {
	FIELD(SA_CONN_ID, F_U32, cm_sa_info, conn_id),
	FIELD(SA_STATE, F_U32, cm_sa_info, state),
	FIELD(SA_AGE_SECONDS, F_U32, cm_sa_info, age_seconds),
	FIELD(SA_IDLE_FOR_SECONDS, F_U32, cm_sa_info, idle_for_seconds),
	FIELD(SA_PACKETS, F_U64, cm_sa_info, packets),
	FIELD(SA_BYTES, F_U64, cm_sa_info, bytes),
	FIELD(SA_SEQUENCE, F_U64, cm_sa_info, sequence),
	FIELD(SA_DROP, F_DROP, cm_sa_info, drops),
};

static const struct field sa_filter_fields[] = {
	FIELD(SA_FLOW, F_U32, cm_sa_filter, flow),
	FIELD(SA_MAP, F_STRING, cm_sa_filter, map),
	FIELD(SA_IFINDEX, F_U32, cm_sa_filter, ifindex),
	FIELD(SA_PEER, F_ADDR, cm_sa_filter, peer),
};

static const struct field spi_request_fields[] = {
	FIELD(SA_PROTO, F_U8, cm_spi_request, proto),
	FIELD(SA_SRC, F_ADDR, cm_spi_request, src),
	FIELD(SA_DST, F_ADDR, cm_spi_request, dst),
	FIELD(SA_SPI_LOW, F_U32, cm_spi_request, spi_low),
	FIELD(SA_SPI_HIGH, F_U32, cm_spi_request, spi_high),
	FIELD(SA_HOLD_SECONDS, F_U32, cm_spi_request, hold_seconds),
};

static const struct field drop_fields[] = {
	FIELD(DROP_REASON, F_STRING, cm_drop, reason),
	FIELD(DROP_COUNT, F_U64, cm_drop, count),
};

static const struct field stats_fields[] = {
	FIELD(STATS_DROP, F_DROP, cm_stats, drops),
	FIELD(STATS_ENCAPS, F_U64, cm_stats, encaps),
	FIELD(STATS_DECAPS, F_U64, cm_stats, decaps),
	FIELD(STATS_HELD, F_U32, cm_stats, held),
	FIELD(STATS_FLOWS, F_U32, cm_stats, flows),
	FIELD(STATS_SAS, F_U32, cm_stats, sas),
};

static const struct field event_fields[] = {
	FIELD(EVENT_FLOW, F_U32, cm_event, flow),
	FIELD(EVENT_IFINDEX, F_U32, cm_event, ifindex),
	FIELD(EVENT_MAP, F_STRING, cm_event, map),
	FIELD(EVENT_FAMILY, F_U16, cm_event, family),
	FIELD(EVENT_SEQ, F_U32, cm_event, seq),
	FIELD(EVENT_SRC, F_ADDR, cm_event, src),
	FIELD(EVENT_DST, F_ADDR, cm_event, dst),
	FIELD(EVENT_IP_PROTO, F_U8, cm_event, ip_proto),
	FIELD(EVENT_SPORT, F_U16, cm_event, sport),
	FIELD(EVENT_DPORT, F_U16, cm_event, dport),
	FIELD(EVENT_DIRECTION, F_U32, cm_event, direction),
	FIELD(EVENT_SPI, F_BE32, cm_event, spi),
	FIELD(EVENT_PROTO, F_U8, cm_event, proto),
	FIELD(EVENT_CONN_ID, F_U32, cm_event, conn_id),
	FIELD(EVENT_OWNER, F_OWNER, cm_event, owner),
	FIELD(EVENT_HARD, F_FLAG, cm_event, hard),
	FIELD(EVENT_CAUSE, F_U32, cm_event, cause),
	FIELD(EVENT_REASON, F_U32, cm_event, reason),
	FIELD(EVENT_SEQUENCE, F_U64, cm_event, sequence),
	FIELD(EVENT_COUNT, F_U32, cm_event, count),
};

/* ------------------------------------------------------------ writing */

static uint64_t bit(const struct field *f)
{
	return 1ULL << f->attr;
}

static uint64_t load(const void *p, size_t n)
{
	uint16_t v16;
	uint32_t v32;
	uint64_t v64;

	switch (n) {
	case 1:
		return *(const uint8_t *)p;
	case 2:
		memcpy(&v16, p, n);
		return v16;
	case 4:
		memcpy(&v32, p, n);
		return v32;
	default:
		memcpy(&v64, p, n);
		return v64;
	}
}

/* Whether a member is worth to be sent where absent means none. */
static bool is_given(const struct field *f, const void *p)
{
	switch (f->type) {
	case F_STRING:
		return *(const char *)p;
	case F_ADDR:
		return addr_is_set(p);
	case F_OWNER:
		return ((const struct cm_owner *)p)->len;
	case F_RULE:
	case F_DROP:
		return false;
	default:
		return load(p, f->size);
	}
}

static uint64_t given(struct part part)
{
	uint64_t which = 0;
	size_t i;

	for (i = 0; i < part.n; i++)
		if (is_given(&part.fields[i], (char *)part.base + part.fields[i].offset))
			which |= bit(&part.fields[i]);
	return which;
}

static int put_field(struct nl_msg *msg, const struct field *f, const void *p)
{
	const struct cm_owner *owner = p;
	const struct addr *addr = p;

	switch (f->type) {
	case F_U8:
		return nla_put_u8(msg, f->attr, load(p, 1));
	case F_U16:
		return nla_put_u16(msg, f->attr, load(p, 2));
	case F_U32:
		return nla_put_u32(msg, f->attr, load(p, 4));
	case F_U64:
		return nla_put_u64(msg, f->attr, load(p, 8));
	case F_BE32:
		return nla_put_u32(msg, f->attr, htonl(load(p, 4)));
	case F_STRING:
		return nla_put_string(msg, f->attr, p);
	case F_ADDR:
		return nla_put(msg, f->attr, addr_length(addr->family), addr->bytes);
	case F_OWNER:
		return nla_put(msg, f->attr, owner->len, owner->bytes);
	default:
		return -NLE_INVAL;
	}
}

/* Writes those fields whose bits are in @which. */
static int put(struct nl_msg *msg, struct part part, uint64_t which)
{
	size_t i;

	for (i = 0; i < part.n; i++) {
		const struct field *f = &part.fields[i];

		if (which & bit(f) && put_field(msg, f, (char *)part.base + f->offset) < 0)
			return -EMSGSIZE;
	}
	return 0;
}

/* Takes back what was written since the message had @len bytes. */
static int undo(struct nl_msg *msg, uint32_t len)
{
	struct nlmsghdr *hdr = nlmsg_hdr(msg);

	explicit_bzero((char *)hdr + len, hdr->nlmsg_len - len);
	hdr->nlmsg_len = len;
	return -EMSGSIZE;
}

/* Ends a nest that began at @len, or takes it back if something failed. */
static int nest_done(struct nl_msg *msg, struct nlattr *nest, uint32_t len, int ret)
{
	if (ret < 0)
		return undo(msg, len);
	nla_nest_end(msg, nest);
	return 0;
}

static int put_peers(struct nl_msg *msg, const struct cm_entry *entry)
{
	unsigned int i;

	for (i = 0; i < entry->n_peers; i++)
		if (nla_put(msg, CRYPTOMAP_A_ENTRY_PEER, addr_length(entry->peers[i].family),
			    entry->peers[i].bytes) < 0)
			return -EMSGSIZE;
	return 0;
}

int codec_put_entry(struct nl_msg *msg, const struct cm_entry *entry, bool id_only)
{
	struct part id = PART(entry_id_fields, entry);
	uint32_t len = nlmsg_hdr(msg)->nlmsg_len;
	struct nlattr *nest = nla_nest_start(msg, CRYPTOMAP_A_POLICY_ENTRY);
	int ret;

	if (!nest)
		return -EMSGSIZE;
	ret = put(msg, id, ~0ULL);
	if (!ret && !id_only)
		ret = nla_put_u32(msg, CRYPTOMAP_A_ENTRY_KIND, entry->kind);
	if (!ret && !id_only)
		ret = put_peers(msg, entry);
	if (!ret && !id_only && entry->has_hold_limit)
		ret = nla_put_u32(msg, CRYPTOMAP_A_ENTRY_HOLD_LIMIT, entry->hold_limit);
	return nest_done(msg, nest, len, ret);
}

int codec_put_rule(struct nl_msg *msg, const struct cm_rule *rule)
{
	struct part part = PART(rule_fields, rule);
	uint64_t ports = CM_HAS(RULE_SPORT_MIN) | CM_HAS(RULE_SPORT_MAX) |
			 CM_HAS(RULE_DPORT_MIN) | CM_HAS(RULE_DPORT_MAX);
	uint64_t which = (given(part) & ~ports) | CM_HAS(RULE_INDEX) | CM_HAS(RULE_ACTION) |
			 CM_HAS(RULE_PROTO);
	uint32_t len = nlmsg_hdr(msg)->nlmsg_len;
	struct nlattr *nest = nla_nest_start(msg, CRYPTOMAP_A_POLICY_RULE);

	if (!nest)
		return -EMSGSIZE;
	if (rule->has_sport)
		which |= CM_HAS(RULE_SPORT_MIN) | CM_HAS(RULE_SPORT_MAX);
	if (rule->has_dport)
		which |= CM_HAS(RULE_DPORT_MIN) | CM_HAS(RULE_DPORT_MAX);
	return nest_done(msg, nest, len, put(msg, part, which));
}

int codec_put_binding(struct nl_msg *msg, const struct cm_binding *binding)
{
	struct part part = PART(binding_fields, binding);
	uint64_t which = given(part) | CM_HAS(BINDING_DF_BIT) | CM_HAS(BINDING_FRAGMENTATION);
	uint32_t len = nlmsg_hdr(msg)->nlmsg_len;
	struct nlattr *nest = nla_nest_start(msg, CRYPTOMAP_A_POLICY_BINDING);

	if (!nest)
		return -EMSGSIZE;
	return nest_done(msg, nest, len, put(msg, part, which));
}

static int put_or_undo(struct nl_msg *msg, struct part part, uint64_t which)
{
	uint32_t len = nlmsg_hdr(msg)->nlmsg_len;

	return put(msg, part, which) ? undo(msg, len) : 0;
}

int codec_put_flow_filter(struct nl_msg *msg, const struct cm_flow_filter *filter)
{
	struct part part = PART(flow_filter_fields, filter);

	return put_or_undo(msg, part, given(part));
}

int codec_put_sa_id(struct nl_msg *msg, const struct cm_sa_id *id)
{
	struct part part = PART(sa_id_fields, id);

	return put_or_undo(msg, part, ~0ULL);
}

static int put_keys(struct nl_msg *msg, const struct cm_sa_keys *keys)
{
	if (keys->encr_len > sizeof(keys->encr) || keys->auth_len > sizeof(keys->auth))
		return -EMSGSIZE;
	if (keys->encr_len &&
	    nla_put(msg, CRYPTOMAP_A_SA_ENCR_KEY, keys->encr_len, keys->encr) < 0)
		return -EMSGSIZE;
	if (keys->auth_len &&
	    nla_put(msg, CRYPTOMAP_A_SA_AUTH_KEY, keys->auth_len, keys->auth) < 0)
		return -EMSGSIZE;
	return 0;
}

int codec_put_sa(struct nl_msg *msg, const struct cm_sa *sa, const struct cm_sa_keys *keys)
{
	uint64_t optional = CM_HAS(SA_OWNER) | CM_HAS(SA_REPLAY_WINDOW);
	struct part part = PART(sa_fields, sa);
	struct part limits = PART(limit_fields, &sa->limits);
	uint32_t len = nlmsg_hdr(msg)->nlmsg_len;
	uint64_t which = ~optional | (given(part) & CM_HAS(SA_OWNER));

	/* A window of 0 means off, it is not the same as none given. */
	if (sa->id.direction == CRYPTOMAP_DIRECTION_IN)
		which |= CM_HAS(SA_REPLAY_WINDOW);
	if (codec_put_sa_id(msg, &sa->id) || put(msg, part, which) ||
	    put(msg, limits, given(limits)) || put_keys(msg, keys))
		return undo(msg, len);
	return 0;
}

int codec_put_sa_change(struct nl_msg *msg, const struct cm_sa_change *change)
{
	struct part limits = PART(limit_fields, &change->limits);
	struct part owner = PART(change_fields, change);
	uint32_t len = nlmsg_hdr(msg)->nlmsg_len;

	if (put(msg, limits, change->has) || put(msg, owner, change->has))
		return undo(msg, len);
	return 0;
}

int codec_put_sa_filter(struct nl_msg *msg, const struct cm_sa_filter *filter)
{
	struct part part = PART(sa_filter_fields, filter);

	return put_or_undo(msg, part, given(part));
}

int codec_put_spi_request(struct nl_msg *msg, const struct cm_spi_request *req)
{
	struct part part = PART(spi_request_fields, req);

	return put_or_undo(msg, part, given(part));
}

int codec_put_u32(struct nl_msg *msg, int attr, uint32_t value)
{
	return nla_put_u32(msg, attr, value) < 0 ? -EMSGSIZE : 0;
}

/* ------------------------------------------------------------ reading */

static int get_parts(const struct nlattr *head, int len, const struct part *parts,
		     size_t n_parts, uint64_t *has);

static int get_number(const struct nlattr *nla, void *p, size_t n)
{
	if (nla_len(nla) != (int)n)
		return -EBADMSG;
	memcpy(p, nla_data(nla), n);
	return 0;
}

static int get_be32(const struct nlattr *nla, void *p)
{
	uint32_t v;

	if (get_number(nla, &v, sizeof(v)))
		return -EBADMSG;
	v = ntohl(v);
	memcpy(p, &v, sizeof(v));
	return 0;
}

static int get_string(const struct nlattr *nla, char *p, size_t size)
{
	size_t n = strnlen(nla_data(nla), nla_len(nla));

	if (n >= size)
		return -EBADMSG;
	memcpy(p, nla_data(nla), n);
	p[n] = '\0';
	return 0;
}

static int get_owner(const struct nlattr *nla, struct cm_owner *owner)
{
	if (nla_len(nla) > (int)sizeof(owner->bytes))
		return -EBADMSG;
	owner->len = nla_len(nla);
	memcpy(owner->bytes, nla_data(nla), owner->len);
	return 0;
}

static int get_rule(const struct nlattr *nla, struct cm_rule *rule)
{
	struct part part = PART(rule_fields, rule);
	int ret = get_parts(nla_data(nla), nla_len(nla), &part, 1, &rule->has);

	rule->has_sport = rule->has & CM_HAS(RULE_SPORT_MIN);
	rule->has_dport = rule->has & CM_HAS(RULE_DPORT_MIN);
	return ret;
}

static int get_drop(const struct nlattr *nla, struct cm_drops *drops)
{
	struct cm_drop *list = reallocarray(drops->list, drops->n + 1, sizeof(*list));
	struct part part;
	uint64_t has;

	if (!list)
		return -ENOMEM;
	drops->list = list;
	memset(&list[drops->n], 0, sizeof(*list));
	part = (struct part)PART(drop_fields, &list[drops->n]);
	drops->n++;
	return get_parts(nla_data(nla), nla_len(nla), &part, 1, &has);
}

static int get_field(const struct nlattr *nla, const struct field *f, void *p)
{
	switch (f->type) {
	case F_U8:
	case F_U16:
	case F_U32:
	case F_U64:
		return get_number(nla, p, f->size);
	case F_BE32:
		return get_be32(nla, p);
	case F_STRING:
		return get_string(nla, p, f->size);
	case F_ADDR:
		return addr_from_bytes(p, nla_data(nla), nla_len(nla)) ? -EBADMSG : 0;
	case F_OWNER:
		return get_owner(nla, p);
	case F_FLAG:
		*(bool *)p = true;
		return 0;
	case F_RULE:
		return get_rule(nla, p);
	case F_DROP:
		return get_drop(nla, p);
	default:
		return -EBADMSG;
	}
}

static int get_attr(const struct nlattr *nla, const struct part *parts, size_t n_parts,
		    uint64_t *has)
{
	size_t i, j;

	for (i = 0; i < n_parts; i++) {
		for (j = 0; j < parts[i].n; j++) {
			const struct field *f = &parts[i].fields[j];

			if (f->attr != nla_type(nla))
				continue;
			*has |= bit(f);
			return get_field(nla, f, (char *)parts[i].base + f->offset);
		}
	}
	return 0;
}

static int get_parts(const struct nlattr *head, int len, const struct part *parts,
		     size_t n_parts, uint64_t *has)
{
	const struct nlattr *nla = head;
	int ret;

	*has = 0;
	for (; nla_ok(nla, len); nla = nla_next(nla, &len)) {
		ret = get_attr(nla, parts, n_parts, has);
		if (ret < 0)
			return ret;
	}
	return len > 0 ? -EBADMSG : 0;
}

static int get_message(const struct nlmsghdr *hdr, const struct part *parts, size_t n_parts,
		       uint64_t *has)
{
	int len = (int)hdr->nlmsg_len - (int)(NLMSG_HDRLEN + GENL_HDRLEN);

	*has = 0;
	if (len < 0)
		return -EBADMSG;
	return get_parts((const void *)((const char *)hdr + NLMSG_HDRLEN + GENL_HDRLEN), len,
			 parts, n_parts, has);
}

static int get_one(const struct nlmsghdr *hdr, const struct field *field, void *value)
{
	struct part part = { field, 1, value };
	uint64_t has;
	int ret = get_message(hdr, &part, 1, &has);

	return ret ? ret : has ? 0 : -ENODATA;
}

int codec_get_u32(const struct nlmsghdr *hdr, int attr, uint32_t *value)
{
	struct field f = { .attr = attr, .type = F_U32, .size = sizeof(*value) };

	return get_one(hdr, &f, value);
}

int codec_get_spi(const struct nlmsghdr *hdr, uint32_t *spi)
{
	struct field f = { .attr = CRYPTOMAP_A_SA_SPI, .type = F_BE32, .size = sizeof(*spi) };

	return get_one(hdr, &f, spi);
}

int codec_get_commit(const struct nlmsghdr *hdr, struct cm_commit *out)
{
	struct part part = PART(commit_fields, out);
	uint64_t has;

	memset(out, 0, sizeof(*out));
	return get_message(hdr, &part, 1, &has);
}

int codec_get_flow(const struct nlmsghdr *hdr, struct cm_flow *out)
{
	struct part part = PART(flow_fields, out);

	memset(out, 0, sizeof(*out));
	return get_message(hdr, &part, 1, &out->has);
}

int codec_get_sa_info(const struct nlmsghdr *hdr, struct cm_sa_info *out)
{
	struct part parts[] = {
		PART(sa_id_fields, &out->sa.id),
		PART(sa_fields, &out->sa),
		PART(limit_fields, &out->sa.limits),
		PART(sa_info_fields, out),
	};

	memset(out, 0, sizeof(*out));
	return get_message(hdr, parts, sizeof(parts) / sizeof(parts[0]), &out->has);
}

int codec_get_stats(const struct nlmsghdr *hdr, struct cm_stats *out)
{
	struct part part = PART(stats_fields, out);
	uint64_t has;
	int ret = get_message(hdr, &part, 1, &has);

	out->has |= has;
	return ret;
}

int codec_get_event(const struct nlmsghdr *hdr, struct cm_event *out)
{
	struct part part = PART(event_fields, out);

	memset(out, 0, sizeof(*out));
	return get_message(hdr, &part, 1, &out->has);
}

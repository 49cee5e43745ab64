// SPDX-License-Identifier: GPL-2.0
/* Netlink commands on SAs; see netlink.c. */

#include <linux/netlink.h>
#include <linux/string.h>
#include <net/genetlink.h>
#include <net/ipv6.h>

#include "net.h"
#include "netlink.h"
#include "sa.h"
#include "timers.h"

#define HOLD_SECONDS_DEFAULT	60

/* Reading */

static int read_proto(const struct nlattr *attr, u8 *proto,
		      struct netlink_ext_ack *extack)
{
	*proto = nla_get_u8(attr);
	if (*proto == IPPROTO_ESP)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "Protocol is not ESP (50)");
	return -EPROTONOSUPPORT;
}

/* An address that a tunnel can have as its end. */
static int check_endpoint(const struct nlattr *attr, const union cm_addr *addr,
			  u8 family, struct netlink_ext_ack *extack)
{
	bool bad;

	if (family == AF_INET)
		bad = !addr->v4 || ipv4_is_multicast(addr->v4) ||
		      ipv4_is_lbcast(addr->v4);
	else
		bad = ipv6_addr_any((const struct in6_addr *)addr) ||
		      ipv6_addr_is_multicast((const struct in6_addr *)addr);
	if (!bad)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "Not the address of a host");
	return -EADDRNOTAVAIL;
}

static const struct cm_netlink_need id_needs[] = {
	{ CRYPTOMAP_A_SA_DIRECTION, "Direction of the SA is missing" },
	{ CRYPTOMAP_A_SA_SPI, "SPI of the SA is missing" },
	{ CRYPTOMAP_A_SA_PROTO, "Protocol of the SA is missing" },
	{ CRYPTOMAP_A_SA_DST, "Destination of the SA is missing" },
};

/* What names an SA. */
static int read_id(struct genl_info *info, u8 *direction, struct cm_sa_id *id)
{
	struct nlattr **tb = info->attrs;
	int err;

	memset(id, 0, sizeof(*id));
	err = cm_netlink_need(tb, NULL, id_needs, ARRAY_SIZE(id_needs),
			      info->extack);
	if (err)
		return err;
	*direction = nla_get_u32(tb[CRYPTOMAP_A_SA_DIRECTION]);
	id->spi = nla_get_be32(tb[CRYPTOMAP_A_SA_SPI]);
	err = read_proto(tb[CRYPTOMAP_A_SA_PROTO], &id->proto, info->extack);
	if (err)
		return err;
	return cm_netlink_addr_any(tb[CRYPTOMAP_A_SA_DST], &id->dst,
				   &id->family, info->extack);
}

/* The SA that a request names; the lock is held as long as it is used. */
static struct cm_sa *find_sa(struct cm_net *cn, struct genl_info *info,
			     u8 direction, const struct cm_sa_id *id)
{
	struct cm_sa *sa = cm_sadb_find(cn, direction, id);

	if (!sa)
		NL_SET_ERR_MSG_ATTR(info->extack,
				    info->attrs[CRYPTOMAP_A_SA_SPI],
				    "There is no such SA");
	return sa;
}

static void read_u32(struct nlattr **tb, int attr, u32 *value)
{
	if (tb[attr])
		*value = nla_get_u32(tb[attr]);
}

static void read_u64(struct nlattr **tb, int attr, u64 *value)
{
	if (tb[attr])
		*value = nla_get_u64(tb[attr]);
}

static bool soft_above_hard(u64 soft, u64 hard)
{
	return soft && hard && soft > hard;
}

/* What is absent stays as it is in @limits. */
static int read_limits(struct genl_info *info, u8 direction,
		       struct cm_sa_limits *limits)
{
	struct nlattr **tb = info->attrs;

	read_u32(tb, CRYPTOMAP_A_SA_SOFT_SECONDS, &limits->soft_seconds);
	read_u32(tb, CRYPTOMAP_A_SA_HARD_SECONDS, &limits->hard_seconds);
	read_u64(tb, CRYPTOMAP_A_SA_SOFT_BYTES, &limits->soft_bytes);
	read_u64(tb, CRYPTOMAP_A_SA_HARD_BYTES, &limits->hard_bytes);
	read_u64(tb, CRYPTOMAP_A_SA_SOFT_PACKETS, &limits->soft_packets);
	read_u64(tb, CRYPTOMAP_A_SA_HARD_PACKETS, &limits->hard_packets);
	read_u32(tb, CRYPTOMAP_A_SA_IDLE_SECONDS, &limits->idle_seconds);
	read_u32(tb, CRYPTOMAP_A_SA_LIVENESS_SECONDS,
		 &limits->liveness_seconds);
	if (soft_above_hard(limits->soft_seconds, limits->hard_seconds) ||
	    soft_above_hard(limits->soft_bytes, limits->hard_bytes) ||
	    soft_above_hard(limits->soft_packets, limits->hard_packets)) {
		GENL_SET_ERR_MSG(info, "Soft limit above the hard one");
		return -EINVAL;
	}
	if (direction == CRYPTOMAP_DIRECTION_IN && limits->liveness_seconds) {
		NL_SET_ERR_MSG_ATTR(info->extack,
				    tb[CRYPTOMAP_A_SA_LIVENESS_SECONDS],
				    "Only an outbound SA watches liveness");
		return -EINVAL;
	}
	return 0;
}

static int read_owner(struct genl_info *info, const u8 **owner, u32 *len)
{
	const struct nlattr *attr = info->attrs[CRYPTOMAP_A_SA_OWNER];

	if (!attr)
		return 0;
	if (nla_len(attr) > CRYPTOMAP_OWNER_MAX) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "Owner is longer than 64 bytes");
		return -EINVAL;
	}
	*owner = nla_data(attr);
	*len = nla_len(attr);
	return 0;
}

static int read_replay(struct genl_info *info, struct cm_sa_param *param)
{
	const struct nlattr *attr = info->attrs[CRYPTOMAP_A_SA_REPLAY_WINDOW];

	if (!attr)
		return 0;
	param->replay_window = nla_get_u32(attr);
	if (!cm_replay_window_valid(param->replay_window)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "Replay window is not a multiple of 64");
		return -EINVAL;
	}
	if (param->replay_window &&
	    param->direction == CRYPTOMAP_DIRECTION_OUT) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "Only an inbound SA has a replay window");
		return -EINVAL;
	}
	return 0;
}

static const struct cm_netlink_need add_needs[] = {
	{ CRYPTOMAP_A_SA_SRC, "Source of the SA is missing" },
	{ CRYPTOMAP_A_SA_FLOW, "Flow of the SA is missing" },
	{ CRYPTOMAP_A_SA_MODE, "Mode of the SA is missing" },
	{ CRYPTOMAP_A_SA_ENCR_ALG, "Encryption algorithm is missing" },
};

static int read_add_id(struct genl_info *info, struct cm_sa_param *param)
{
	struct nlattr **tb = info->attrs;
	int err;

	err = read_id(info, &param->direction, &param->id);
	if (err)
		return err;
	err = cm_netlink_need(tb, NULL, add_needs, ARRAY_SIZE(add_needs),
			      info->extack);
	if (err)
		return err;
	if (ntohl(param->id.spi) < CRYPTOMAP_SPI_MIN) {
		NL_SET_ERR_MSG_ATTR(info->extack, tb[CRYPTOMAP_A_SA_SPI],
				    "SPIs below 256 are reserved");
		return -EINVAL;
	}
	err = cm_netlink_addr(tb[CRYPTOMAP_A_SA_SRC], param->id.family,
			      &param->src, info->extack);
	if (err)
		return err;
	return check_endpoint(tb[CRYPTOMAP_A_SA_SRC], &param->src,
			      param->id.family, info->extack) ?:
	       check_endpoint(tb[CRYPTOMAP_A_SA_DST], &param->id.dst,
			      param->id.family, info->extack);
}

static void read_key(const struct nlattr *attr, const u8 **key, u32 *len)
{
	if (!attr)
		return;
	*key = nla_data(attr);
	*len = nla_len(attr);
}

/* An absent key has no bytes, for which its algorithm is to blame. */
static void read_keys(struct nlattr **tb, struct cm_sa_param *param)
{
	const struct nlattr *encr = tb[CRYPTOMAP_A_SA_ENCR_KEY];
	const struct nlattr *auth = tb[CRYPTOMAP_A_SA_AUTH_KEY];

	read_key(encr, &param->encr_key, &param->encr_key_len);
	read_key(auth, &param->auth_key, &param->auth_key_len);
	param->encr_alg_attr = tb[CRYPTOMAP_A_SA_ENCR_ALG];
	param->auth_alg_attr = tb[CRYPTOMAP_A_SA_AUTH_ALG];
	param->encr_key_attr = encr ?: param->encr_alg_attr;
	param->auth_key_attr = auth ?: param->auth_alg_attr;
}

static int read_add(struct genl_info *info, struct cm_sa_param *param)
{
	struct nlattr **tb = info->attrs;
	int err;

	err = read_add_id(info, param);
	if (err)
		return err;
	param->flow = nla_get_u32(tb[CRYPTOMAP_A_SA_FLOW]);
	param->mode = nla_get_u32(tb[CRYPTOMAP_A_SA_MODE]);
	param->encr_alg = nla_get_u32(tb[CRYPTOMAP_A_SA_ENCR_ALG]);
	read_u32(tb, CRYPTOMAP_A_SA_AUTH_ALG, &param->auth_alg);
	read_u32(tb, CRYPTOMAP_A_SA_FLAGS, &param->flags);
	read_keys(tb, param);
	err = read_replay(info, param);
	if (err)
		return err;
	err = read_limits(info, param->direction, &param->limits);
	if (err)
		return err;
	return read_owner(info, &param->owner, &param->owner_len);
}

/*
 * The request stays in memory as long as the caller's socket likes, and is
 * sent back to the caller with an error: no key must be left in it, also where
 * the attributes cannot be read. What an error says of a place in it is a
 * number.
 */
static void wipe_request(struct genl_info *info)
{
	void *attrs = genlmsg_data(info->genlhdr);

	memzero_explicit(attrs, genlmsg_len(info->genlhdr));
}

/* Which attribute is to blame for what the SADB refuses. */
static void blame(struct genl_info *info, int err)
{
	int attr;

	if (info->extack->bad_attr)
		return;
	switch (err) {
	case -ENOENT:
	case -ENOSPC:
		attr = CRYPTOMAP_A_SA_FLOW;
		break;
	case -EEXIST:
		attr = CRYPTOMAP_A_SA_SPI;
		break;
	case -EAFNOSUPPORT:
		attr = CRYPTOMAP_A_SA_DST;
		break;
	default:
		return;
	}
	NL_SET_BAD_ATTR(info->extack, info->attrs[attr]);
}

/* Commands */

static int add_sa(struct genl_info *info)
{
	struct cm_net *cn = cm_net(genl_info_net(info));
	struct cm_sa_param param = {};
	struct sk_buff *reply;
	u32 conn_id;
	void *hdr;
	int err;

	err = read_add(info, &param);
	if (err)
		return err;
	err = cm_netlink_reply_start(info, CRYPTOMAP_CMD_SA_ADD, &reply, &hdr);
	if (err)
		return err;
	mutex_lock(&cn->lock);
	err = cm_sadb_add(cn, &param, &conn_id, info->extack);
	mutex_unlock(&cn->lock);
	if (err)
		blame(info, err);
	else
		err = nla_put_u32(reply, CRYPTOMAP_A_SA_CONN_ID, conn_id);
	return cm_netlink_reply_end(info, reply, hdr, err);
}

/* What the core does for the other commands. */
static int parse_add(struct genl_info *info, struct nlattr **tb)
{
	if (info->genlhdr->reserved) {
		GENL_SET_ERR_MSG(info, "Reserved field of the header is not 0");
		return -EINVAL;
	}
	return genlmsg_parse(info->nlhdr, &cm_netlink_family, tb,
			     ARRAY_SIZE(cryptomap_sa_add_nl_policy) - 1,
			     cryptomap_sa_add_nl_policy, info->extack);
}

int cryptomap_nl_sa_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[ARRAY_SIZE(cryptomap_sa_add_nl_policy)];
	int err;

	err = parse_add(info, tb);
	info->attrs = tb;
	if (!err)
		err = add_sa(info);
	info->attrs = NULL;
	wipe_request(info);
	return err;
}

static const struct cm_netlink_need reserve_needs[] = {
	{ CRYPTOMAP_A_SA_PROTO, "Protocol of the SPI is missing" },
	{ CRYPTOMAP_A_SA_DST, "Destination of the SPI is missing" },
};

static int read_reserve(struct genl_info *info, struct cm_sa_id *id, u32 *low,
			u32 *high)
{
	struct nlattr **tb = info->attrs;
	union cm_addr src;
	int err;

	memset(id, 0, sizeof(*id));
	err = cm_netlink_need(tb, NULL, reserve_needs,
			      ARRAY_SIZE(reserve_needs), info->extack);
	if (err)
		return err;
	err = read_proto(tb[CRYPTOMAP_A_SA_PROTO], &id->proto, info->extack);
	if (err)
		return err;
	err = cm_netlink_addr_any(tb[CRYPTOMAP_A_SA_DST], &id->dst,
				  &id->family, info->extack);
	if (err)
		return err;
	err = check_endpoint(tb[CRYPTOMAP_A_SA_DST], &id->dst, id->family,
			     info->extack);
	if (err)
		return err;
	if (tb[CRYPTOMAP_A_SA_SRC])
		err = cm_netlink_addr(tb[CRYPTOMAP_A_SA_SRC], id->family, &src,
				      info->extack);
	if (err)
		return err;
	read_u32(tb, CRYPTOMAP_A_SA_SPI_LOW, low);
	read_u32(tb, CRYPTOMAP_A_SA_SPI_HIGH, high);
	if (*low <= *high)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, tb[CRYPTOMAP_A_SA_SPI_LOW],
			    "Lowest SPI is above the highest");
	return -EINVAL;
}

int cryptomap_nl_spi_reserve_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct cm_net *cn = cm_net(genl_info_net(info));
	u32 low = CRYPTOMAP_SPI_MIN, high = U32_MAX;
	u32 seconds = HOLD_SECONDS_DEFAULT;
	struct sk_buff *reply;
	struct cm_sa_id id;
	void *hdr;
	int err;

	err = read_reserve(info, &id, &low, &high);
	if (err)
		return err;
	read_u32(info->attrs, CRYPTOMAP_A_SA_HOLD_SECONDS, &seconds);
	err = cm_netlink_reply_start(info, CRYPTOMAP_CMD_SPI_RESERVE, &reply, &hdr);
	if (err)
		return err;
	mutex_lock(&cn->lock);
	err = cm_sadb_reserve_spi(cn, &id, low, high, seconds, info->extack);
	mutex_unlock(&cn->lock);
	if (!err)
		err = nla_put_be32(reply, CRYPTOMAP_A_SA_SPI, id.spi);
	return cm_netlink_reply_end(info, reply, hdr, err);
}

static bool limits_given(struct nlattr **tb)
{
	int attr;

	for (attr = CRYPTOMAP_A_SA_SOFT_SECONDS;
	     attr <= CRYPTOMAP_A_SA_LIVENESS_SECONDS; attr++)
		if (tb[attr])
			return true;
	return false;
}

static int update_sa(struct genl_info *info, struct cm_sa *sa)
{
	struct cm_sa_limits limits = sa->limits;
	const u8 *owner = NULL;
	u32 owner_len = 0;
	int err;

	if (cm_sa_is_larval(sa)) {
		NL_SET_ERR_MSG_ATTR(info->extack,
				    info->attrs[CRYPTOMAP_A_SA_SPI],
				    "The SPI is only reserved");
		return -EBUSY;
	}
	err = read_limits(info, sa->direction, &limits);
	if (!err)
		err = read_owner(info, &owner, &owner_len);
	if (err)
		return err;
	if (limits_given(info->attrs))
		cm_timers_changed(sa, &limits);
	if (!info->attrs[CRYPTOMAP_A_SA_OWNER])
		return 0;
	spin_lock_bh(&sa->event_lock);
	memcpy(sa->owner, owner, owner_len);
	sa->owner_len = owner_len;
	spin_unlock_bh(&sa->event_lock);
	return 0;
}

int cryptomap_nl_sa_update_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct cm_net *cn = cm_net(genl_info_net(info));
	struct cm_sa_id id;
	struct cm_sa *sa;
	u8 direction;
	int err;

	err = read_id(info, &direction, &id);
	if (err)
		return err;
	mutex_lock(&cn->lock);
	sa = find_sa(cn, info, direction, &id);
	err = sa ? update_sa(info, sa) : -ENOENT;
	mutex_unlock(&cn->lock);
	return err;
}

int cryptomap_nl_sa_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct cm_net *cn = cm_net(genl_info_net(info));
	struct cm_sa_id id;
	struct cm_sa *sa;
	u8 direction;
	int err;

	err = read_id(info, &direction, &id);
	if (err)
		return err;
	mutex_lock(&cn->lock);
	sa = find_sa(cn, info, direction, &id);
	if (sa)
		cm_sadb_delete(cn, sa, CRYPTOMAP_DELETE_REASON_REQUEST);
	else
		err = -ENOENT;
	mutex_unlock(&cn->lock);
	return err;
}

/* Showing */

static int put_u64(struct sk_buff *skb, int attr, u64 value)
{
	return nla_put_u64_64bit(skb, attr, value, CRYPTOMAP_A_SA_PAD);
}

static int put_id(struct sk_buff *skb, const struct cm_sa *sa)
{
	return nla_put_u32(skb, CRYPTOMAP_A_SA_DIRECTION, sa->direction) ?:
	       nla_put_be32(skb, CRYPTOMAP_A_SA_SPI, sa->id.spi) ?:
	       nla_put_u8(skb, CRYPTOMAP_A_SA_PROTO, sa->id.proto) ?:
	       cm_netlink_put_addr(skb, CRYPTOMAP_A_SA_DST, &sa->id.dst,
				   sa->id.family) ?:
	       nla_put_u32(skb, CRYPTOMAP_A_SA_STATE,
			   READ_ONCE(sa->state)) ?:
	       nla_put_u32(skb, CRYPTOMAP_A_SA_AGE_SECONDS,
			   div_u64(get_jiffies_64() - sa->created, HZ));
}

static int put_param(struct sk_buff *skb, const struct cm_sa *sa)
{
	u32 flags = sa->esn ? CRYPTOMAP_SA_FLAGS_ESN : 0;

	return nla_put_u32(skb, CRYPTOMAP_A_SA_CONN_ID, sa->conn_id) ?:
	       cm_netlink_put_addr(skb, CRYPTOMAP_A_SA_SRC, &sa->src,
				   sa->id.family) ?:
	       nla_put_u32(skb, CRYPTOMAP_A_SA_FLOW, sa->flow->id) ?:
	       nla_put_u32(skb, CRYPTOMAP_A_SA_MODE, sa->mode) ?:
	       nla_put_u32(skb, CRYPTOMAP_A_SA_ENCR_ALG, sa->encr_alg) ?:
	       nla_put_u32(skb, CRYPTOMAP_A_SA_AUTH_ALG, sa->auth_alg) ?:
	       nla_put_u32(skb, CRYPTOMAP_A_SA_FLAGS, flags);
}

static int put_limits(struct sk_buff *skb, const struct cm_sa_limits *limits)
{
	return nla_put_u32(skb, CRYPTOMAP_A_SA_SOFT_SECONDS,
			   limits->soft_seconds) ?:
	       nla_put_u32(skb, CRYPTOMAP_A_SA_HARD_SECONDS,
			   limits->hard_seconds) ?:
	       put_u64(skb, CRYPTOMAP_A_SA_SOFT_BYTES, limits->soft_bytes) ?:
	       put_u64(skb, CRYPTOMAP_A_SA_HARD_BYTES, limits->hard_bytes) ?:
	       put_u64(skb, CRYPTOMAP_A_SA_SOFT_PACKETS,
		       limits->soft_packets) ?:
	       put_u64(skb, CRYPTOMAP_A_SA_HARD_PACKETS,
		       limits->hard_packets) ?:
	       nla_put_u32(skb, CRYPTOMAP_A_SA_IDLE_SECONDS,
			   limits->idle_seconds) ?:
	       nla_put_u32(skb, CRYPTOMAP_A_SA_LIVENESS_SECONDS,
			   limits->liveness_seconds);
}

static int put_sequence(struct sk_buff *skb, struct cm_sa *sa)
{
	u64 sequence;

	if (sa->direction == CRYPTOMAP_DIRECTION_OUT) {
		/* Packets that got none count, too. */
		sequence = min_t(u64, atomic64_read(&sa->seq), sa->max_seq);
		return put_u64(skb, CRYPTOMAP_A_SA_SEQUENCE, sequence);
	}
	spin_lock_bh(&sa->lock);
	sequence = sa->replay->highest;
	spin_unlock_bh(&sa->lock);
	return nla_put_u32(skb, CRYPTOMAP_A_SA_REPLAY_WINDOW,
			   sa->replay->window) ?:
	       put_u64(skb, CRYPTOMAP_A_SA_SEQUENCE, sequence);
}

static int put_counters(struct sk_buff *skb, struct cm_sa *sa)
{
	unsigned long now = jiffies, used = READ_ONCE(sa->used);
	int i, err;
	u64 drops;

	err = nla_put_u32(skb, CRYPTOMAP_A_SA_IDLE_FOR_SECONDS,
			  time_after(now, used) ? (now - used) / HZ : 0) ?:
	      put_u64(skb, CRYPTOMAP_A_SA_PACKETS,
		      atomic64_read(&sa->packets) - sa->packets_base) ?:
	      put_u64(skb, CRYPTOMAP_A_SA_BYTES,
		      atomic64_read(&sa->bytes) - sa->bytes_base) ?:
	      put_sequence(skb, sa);
	for (i = 0; i < CM_DROP_MAX && !err; i++) {
		drops = atomic_long_read(&sa->drops[i]);
		if (drops)
			err = cm_netlink_put_drop(skb, CRYPTOMAP_A_SA_DROP, i,
						  drops);
	}
	return err;
}

/* The lock is held, so limits and owner do not change. */
static int put_sa(struct sk_buff *skb, struct cm_sa *sa)
{
	int err;

	lockdep_assert_held(&sa->net->lock);
	err = put_id(skb, sa);
	if (err || cm_sa_is_larval(sa))
		return err;
	err = put_param(skb, sa) ?:
	      put_limits(skb, &sa->limits) ?:
	      put_counters(skb, sa);
	if (!err && sa->owner_len)
		err = nla_put(skb, CRYPTOMAP_A_SA_OWNER, sa->owner_len,
			      sa->owner);
	return err;
}

int cryptomap_nl_sa_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct cm_net *cn = cm_net(genl_info_net(info));
	struct sk_buff *reply;
	struct cm_sa_id id;
	struct cm_sa *sa;
	u8 direction;
	void *hdr;
	int err;

	err = read_id(info, &direction, &id);
	if (err)
		return err;
	err = cm_netlink_reply_start(info, CRYPTOMAP_CMD_SA_GET, &reply, &hdr);
	if (err)
		return err;
	mutex_lock(&cn->lock);
	sa = find_sa(cn, info, direction, &id);
	err = sa ? put_sa(reply, sa) : -ENOENT;
	mutex_unlock(&cn->lock);
	return cm_netlink_reply_end(info, reply, hdr, err);
}

static int read_filter(struct nlattr **tb, struct cm_sa_filter *filter,
		       struct netlink_ext_ack *extack)
{
	memset(filter, 0, sizeof(*filter));
	read_u32(tb, CRYPTOMAP_A_SA_FLOW, &filter->flow);
	read_u32(tb, CRYPTOMAP_A_SA_IFINDEX, &filter->ifindex);
	if (tb[CRYPTOMAP_A_SA_MAP])
		filter->map = nla_data(tb[CRYPTOMAP_A_SA_MAP]);
	if (!tb[CRYPTOMAP_A_SA_PEER])
		return 0;
	return cm_netlink_addr_any(tb[CRYPTOMAP_A_SA_PEER], &filter->peer,
				   &filter->peer_family, extack);
}

static int dump_sa(struct sk_buff *skb, struct netlink_callback *cb,
		   struct cm_sa *sa)
{
	void *hdr;
	int err;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &cm_netlink_family, NLM_F_MULTI,
			  CRYPTOMAP_CMD_SA_GET);
	if (!hdr)
		return -EMSGSIZE;
	err = put_sa(skb, sa);
	if (err)
		genlmsg_cancel(skb, hdr);
	else
		genlmsg_end(skb, hdr);
	return err;
}

/* Goes on behind the last number that was shown. */
int cryptomap_nl_sa_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb)
{
	struct nlattr *tb[ARRAY_SIZE(cryptomap_sa_get_nl_policy)];
	struct cm_net *cn = cm_net(sock_net(skb->sk));
	struct cm_sa_filter filter;
	u32 from = cb->args[0];
	struct cm_sa *sa;
	int err;

	err = genlmsg_parse(cb->nlh, &cm_netlink_family, tb, ARRAY_SIZE(tb) - 1,
			    cryptomap_sa_get_nl_policy, cb->extack);
	if (!err)
		err = read_filter(tb, &filter, cb->extack);
	if (err)
		return err;
	mutex_lock(&cn->lock);
	while ((sa = cm_sadb_next(cn, &filter, from))) {
		if (dump_sa(skb, cb, sa))
			break;
		from = sa->conn_id + 1;
	}
	mutex_unlock(&cn->lock);
	cb->args[0] = from;
	return skb->len;
}

int cryptomap_nl_sa_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct cm_net *cn = cm_net(genl_info_net(info));
	struct cm_sa_filter filter;
	struct sk_buff *reply;
	u32 count;
	void *hdr;
	int err;

	err = read_filter(info->attrs, &filter, info->extack);
	if (err)
		return err;
	err = cm_netlink_reply_start(info, CRYPTOMAP_CMD_SA_FLUSH, &reply, &hdr);
	if (err)
		return err;
	mutex_lock(&cn->lock);
	count = cm_sadb_flush(cn, &filter, CRYPTOMAP_DELETE_REASON_FLUSH);
	mutex_unlock(&cn->lock);
	err = nla_put_u32(reply, CRYPTOMAP_A_SA_COUNT, count);
	return cm_netlink_reply_end(info, reply, hdr, err);
}

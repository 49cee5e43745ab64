// SPDX-License-Identifier: GPL-2.0
/*
 * Events for the daemon. Nothing is built unless somebody listens in the
 * namespace. If memory is short the listeners are told that they missed
 * something, as if their own buffer were full: they dump then.
 */

#include <linux/rcupdate.h>
#include <net/genetlink.h>

#include "net.h"
#include "netlink.h"
#include "notify.h"

/* More than the attributes of any event take. */
#define EVENT_SIZE		512

/* Of one SA. */
#define REPLAY_GAP		HZ
/* Of a namespace: a burst, then ten a second. */
#define INVALID_SPI_BURST	10
#define INVALID_SPI_GAP		(HZ / 10)

static struct sk_buff *event_new(u8 cmd, void **hdr)
{
	struct sk_buff *skb = genlmsg_new(EVENT_SIZE, GFP_ATOMIC);

	if (!skb)
		return NULL;
	*hdr = genlmsg_put(skb, 0, 0, &cm_netlink_family, 0, cmd);
	if (*hdr)
		return skb;
	nlmsg_free(skb);
	return NULL;
}

static void event_lost(struct cm_net *cn)
{
	genl_set_err(&cm_netlink_family, cn->net, 0, CRYPTOMAP_NLGRP_EVENTS,
		     -ENOBUFS);
}

static void event_send(struct cm_net *cn, struct sk_buff *skb, void *hdr,
		       int err)
{
	if (WARN_ON_ONCE(err)) {
		nlmsg_free(skb);
		event_lost(cn);
		return;
	}
	genlmsg_end(skb, hdr);
	genlmsg_multicast_netns(&cm_netlink_family, cn->net, skb, 0,
				CRYPTOMAP_NLGRP_EVENTS, GFP_ATOMIC);
}

static int put_owner(struct sk_buff *skb, struct cm_sa *sa)
{
	u8 owner[CRYPTOMAP_OWNER_MAX];
	u32 len;

	spin_lock_bh(&sa->event_lock);
	len = sa->owner_len;
	memcpy(owner, sa->owner, len);
	spin_unlock_bh(&sa->event_lock);
	return len ? nla_put(skb, CRYPTOMAP_A_EVENT_OWNER, len, owner) : 0;
}

/* What tells which SA it is; a larval one has no flow and no number. */
static int put_sa(struct sk_buff *skb, struct cm_sa *sa)
{
	if (sa->flow &&
	    (nla_put_u32(skb, CRYPTOMAP_A_EVENT_FLOW, sa->flow->id) ||
	     nla_put_u32(skb, CRYPTOMAP_A_EVENT_CONN_ID, sa->conn_id)))
		return -EMSGSIZE;
	return nla_put_u32(skb, CRYPTOMAP_A_EVENT_DIRECTION, sa->direction) ?:
	       nla_put_be32(skb, CRYPTOMAP_A_EVENT_SPI, sa->id.spi) ?:
	       nla_put_u8(skb, CRYPTOMAP_A_EVENT_PROTO, sa->id.proto) ?:
	       cm_netlink_put_addr(skb, CRYPTOMAP_A_EVENT_DST, &sa->id.dst,
				   sa->id.family) ?:
	       put_owner(skb, sa);
}

/* An event that names an SA; the caller adds what else there is. */
static struct sk_buff *sa_event_new(struct cm_sa *sa, u8 cmd, void **hdr,
				    int *err)
{
	struct sk_buff *skb;

	if (!cm_netlink_listening(sa->net->net))
		return NULL;
	skb = event_new(cmd, hdr);
	if (!skb) {
		event_lost(sa->net);
		return NULL;
	}
	*err = put_sa(skb, sa);
	return skb;
}

/**
 * cm_notify_acquire - a packet waits for an SA
 * @flow: that it belongs to
 * @key: what the packet is
 *
 * hold.c limits the rate.
 *
 * Context: any but hard interrupts.
 */
void cm_notify_acquire(struct cm_flow *flow, const struct cm_acl_key *key)
{
	struct cm_net *cn = flow->net;
	struct sk_buff *skb;
	void *hdr;
	int err;

	rcu_read_lock();
	if (!cm_netlink_listening(cn->net))
		goto out;
	skb = event_new(CRYPTOMAP_CMD_ACQUIRE_NTF, &hdr);
	if (!skb) {
		event_lost(cn);
		goto out;
	}
	err = nla_put_u32(skb, CRYPTOMAP_A_EVENT_FLOW, flow->id) ?:
	      nla_put_u32(skb, CRYPTOMAP_A_EVENT_IFINDEX,
			  cm_flow_ifindex(flow)) ?:
	      nla_put_string(skb, CRYPTOMAP_A_EVENT_MAP, flow->key.map) ?:
	      nla_put_u16(skb, CRYPTOMAP_A_EVENT_FAMILY,
			  flow->key.sel.family) ?:
	      nla_put_u32(skb, CRYPTOMAP_A_EVENT_SEQ, flow->key.seq) ?:
	      cm_netlink_put_addr(skb, CRYPTOMAP_A_EVENT_SRC, &key->src,
				  key->family) ?:
	      cm_netlink_put_addr(skb, CRYPTOMAP_A_EVENT_DST, &key->dst,
				  key->family) ?:
	      nla_put_u8(skb, CRYPTOMAP_A_EVENT_IP_PROTO, key->proto);
	if (!err && key->has_ports)
		err = nla_put_u16(skb, CRYPTOMAP_A_EVENT_SPORT, key->sport) ?:
		      nla_put_u16(skb, CRYPTOMAP_A_EVENT_DPORT, key->dport);
	event_send(cn, skb, hdr, err);
out:
	rcu_read_unlock();
}

/**
 * cm_notify_expire - a lifetime of an SA is over
 * @sa: the SA
 * @hard: it ends, else it is about to
 * @cause: enum cryptomap_expire_cause
 *
 * Context: any but hard interrupts.
 */
void cm_notify_expire(struct cm_sa *sa, bool hard, u8 cause)
{
	struct sk_buff *skb;
	void *hdr;
	int err;

	rcu_read_lock();
	skb = sa_event_new(sa, CRYPTOMAP_CMD_EXPIRE_NTF, &hdr, &err);
	if (skb) {
		if (!err && hard)
			err = nla_put_flag(skb, CRYPTOMAP_A_EVENT_HARD);
		if (!err)
			err = nla_put_u32(skb, CRYPTOMAP_A_EVENT_CAUSE, cause);
		event_send(sa->net, skb, hdr, err);
	}
	rcu_read_unlock();
}

static void notify_plain(struct cm_sa *sa, u8 cmd)
{
	struct sk_buff *skb;
	void *hdr;
	int err;

	rcu_read_lock();
	skb = sa_event_new(sa, cmd, &hdr, &err);
	if (skb)
		event_send(sa->net, skb, hdr, err);
	rcu_read_unlock();
}

/**
 * cm_notify_idle - an SA carried nothing for its idle time
 * @sa: stays as it is; the daemon decides
 *
 * Context: any but hard interrupts.
 */
void cm_notify_idle(struct cm_sa *sa)
{
	notify_plain(sa, CRYPTOMAP_CMD_IDLE_NTF);
}

/**
 * cm_notify_liveness - packets are sent and nothing comes back
 * @sa: outbound SA of the flow
 *
 * Context: any but hard interrupts.
 */
void cm_notify_liveness(struct cm_sa *sa)
{
	notify_plain(sa, CRYPTOMAP_CMD_LIVENESS_NTF);
}

/* Whether an event is due; @missed is set to those left out before. */
static bool replay_due(struct cm_sa *sa, u32 *missed)
{
	bool due;

	spin_lock_bh(&sa->event_lock);
	due = !sa->replay_told ||
	      time_after_eq(jiffies, sa->replay_at + REPLAY_GAP);
	if (due) {
		*missed = sa->replay_missed;
		sa->replay_missed = 0;
		sa->replay_told = true;
		sa->replay_at = jiffies;
	} else {
		sa->replay_missed++;
	}
	spin_unlock_bh(&sa->event_lock);
	return due;
}

/**
 * cm_notify_replay - a packet failed the replay check
 * @sa: inbound SA
 * @sequence: number of the packet
 *
 * At most one event a second for an SA; it says how many were left out.
 *
 * Context: any but hard interrupts.
 */
void cm_notify_replay(struct cm_sa *sa, u64 sequence)
{
	struct sk_buff *skb;
	u32 missed;
	void *hdr;
	int err;

	if (!replay_due(sa, &missed))
		return;
	rcu_read_lock();
	skb = sa_event_new(sa, CRYPTOMAP_CMD_REPLAY_NTF, &hdr, &err);
	if (skb) {
		err = err ?:
		      cm_netlink_put_addr(skb, CRYPTOMAP_A_EVENT_SRC, &sa->src,
					  sa->id.family) ?:
		      nla_put_u64_64bit(skb, CRYPTOMAP_A_EVENT_SEQUENCE,
					sequence, CRYPTOMAP_A_EVENT_PAD) ?:
		      nla_put_u32(skb, CRYPTOMAP_A_EVENT_COUNT, missed);
		event_send(sa->net, skb, hdr, err);
	}
	rcu_read_unlock();
}

static bool invalid_spi_due(struct cm_sadb_bucket *bucket, u32 *missed)
{
	unsigned long gained;
	bool due;

	spin_lock_bh(&bucket->lock);
	gained = (jiffies - bucket->filled) / INVALID_SPI_GAP;
	if (gained) {
		bucket->tokens = min_t(unsigned long, INVALID_SPI_BURST,
				       bucket->tokens + gained);
		bucket->filled = jiffies;
	}
	due = bucket->tokens;
	if (due) {
		bucket->tokens--;
		*missed = bucket->missed;
		bucket->missed = 0;
	} else {
		bucket->missed++;
	}
	spin_unlock_bh(&bucket->lock);
	return due;
}

/**
 * cm_notify_invalid_spi - a configured peer sent on an SA that we do not have
 * @cn: namespace
 * @id: of the SA that would have been
 * @src: the peer
 *
 * At most ten events a second for a namespace; one says how many were left
 * out (INVSPI-2).
 *
 * Context: any but hard interrupts.
 */
void cm_notify_invalid_spi(struct cm_net *cn, const struct cm_sa_id *id,
			   const union cm_addr *src)
{
	struct sk_buff *skb;
	u32 missed;
	void *hdr;
	int err;

	if (!invalid_spi_due(&cn->sadb.invalid_spi, &missed))
		return;
	rcu_read_lock();
	if (!cm_netlink_listening(cn->net))
		goto out;
	skb = event_new(CRYPTOMAP_CMD_INVALID_SPI_NTF, &hdr);
	if (!skb) {
		event_lost(cn);
		goto out;
	}
	err = cm_netlink_put_addr(skb, CRYPTOMAP_A_EVENT_SRC, src,
				  id->family) ?:
	      cm_netlink_put_addr(skb, CRYPTOMAP_A_EVENT_DST, &id->dst,
				  id->family) ?:
	      nla_put_u8(skb, CRYPTOMAP_A_EVENT_PROTO, id->proto) ?:
	      nla_put_be32(skb, CRYPTOMAP_A_EVENT_SPI, id->spi) ?:
	      nla_put_u32(skb, CRYPTOMAP_A_EVENT_COUNT, missed);
	event_send(cn, skb, hdr, err);
out:
	rcu_read_unlock();
}

/**
 * cm_notify_deleted - an SA is gone
 * @sa: unlinked
 * @reason: enum cryptomap_delete_reason
 *
 * Context: any but hard interrupts.
 */
void cm_notify_deleted(struct cm_sa *sa, u8 reason)
{
	struct sk_buff *skb;
	void *hdr;
	int err;

	rcu_read_lock();
	skb = sa_event_new(sa, CRYPTOMAP_CMD_SA_DEL_NTF, &hdr, &err);
	if (skb) {
		if (!err)
			err = nla_put_u32(skb, CRYPTOMAP_A_EVENT_REASON,
					  reason);
		event_send(sa->net, skb, hdr, err);
	}
	rcu_read_unlock();
}

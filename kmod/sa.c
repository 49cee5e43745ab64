// SPDX-License-Identifier: GPL-2.0
/*
 * One security association, from creation to release.
 *
 * Why nothing touches an SA that is freed:
 *
 * 1. Unlink. cm_sadb_delete() takes it, under cm_net.lock, out of the flow's
 *    @out, the table, the number list and the flow's list. No later packet or
 *    command finds it.
 * 2. Timer. The same function calls timer_shutdown_sync(): the handler does
 *    not run any more, and an attempt to arm it again does nothing.
 * 3. References. The table's reference is given back a grace period later:
 *    packets that found the SA before step 1 can still use it, and none is lost
 *    at a rekey. Whatever may outlive its RCU section has one of its own: a
 *    crypto request under way, and the place in cm_sadb.reap.
 * 4. Grace period. At zero the release is queued by queue_rcu_work(), for who
 *    looked at the SA without a reference while the last one was dropped.
 * 5. Release. In process context: the transform, whose keys the crypto API
 *    wipes; cached routes; the mark, which has a count of its own as packets
 *    may carry it longer than the SA lives; the window; the flow's reference;
 *    last the SA itself, wiped.
 * 6. The namespace waits in cm_sadb_exit_net() until cm_sadb.alive is zero,
 *    the module in cm_sa_exit() for the grace periods and the work.
 */

#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>
#include <net/ip_tunnels.h>

#include "crypto.h"
#include "net.h"
#include "sa.h"
#include "timers.h"

/*
 * Behind the tunnel information of the mark: GRO compares it, so that packets
 * of different SAs are not merged.
 */
struct sa_mark {
	const struct metadata_dst *self;
};

struct workqueue_struct *cm_sa_wq;

static struct kmem_cache *sa_cache;

/*
 * Being this function makes a dst our mark: no other part of the kernel can
 * know it. Nobody sends packets by a metadata dst, so it never runs.
 */
static int mark_output(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	kfree_skb(skb);
	return 0;
}

static struct metadata_dst *mark_alloc(void)
{
	struct sa_mark *mark;
	struct metadata_dst *md;

	md = metadata_dst_alloc(sizeof(*mark), METADATA_IP_TUNNEL, GFP_KERNEL);
	if (!md)
		return NULL;
	mark = ip_tunnel_info_opts(&md->u.tun_info);
	mark->self = md;
	md->u.tun_info.options_len = sizeof(*mark);
	md->dst.output = mark_output;
	return md;
}

/**
 * cm_sa_mark - mark a packet as decrypted by an SA
 * @sa: inbound SA
 * @skb: has no dst
 *
 * The mark lasts until the packet is routed, so PRE_ROUTING sees it.
 *
 * Context: any, with a reference to @sa or under RCU.
 */
void cm_sa_mark(const struct cm_sa *sa, struct sk_buff *skb)
{
	dst_hold(&sa->md->dst);
	skb_dst_set(skb, &sa->md->dst);
}

/**
 * cm_sa_marked - whether an SA of ours has decrypted a packet
 * @skb: the packet
 *
 * Other tunnels mark their packets by metadata, too; theirs is not taken for
 * ours.
 *
 * Context: any.
 */
bool cm_sa_marked(const struct sk_buff *skb)
{
	const struct dst_entry *dst = skb_dst(skb);

	return dst && dst->output == mark_output;
}

static struct cm_sa *sa_alloc(struct cm_net *cn, const struct cm_sa_id *id)
{
	struct cm_sa *sa;

	sa = kmem_cache_zalloc(sa_cache, GFP_KERNEL);
	if (!sa)
		return NULL;
	sa->id = *id;
	sa->net = cn;
	sa->next_bytes = U64_MAX;
	sa->next_packets = U64_MAX;
	sa->used = jiffies;
	sa->created = get_jiffies_64();
	spin_lock_init(&sa->lock);
	spin_lock_init(&sa->event_lock);
	INIT_LIST_HEAD(&sa->flow_node);
	refcount_set(&sa->ref, 1);
	cm_timers_init(sa);
	atomic_inc(&cn->sadb.alive);
	return sa;
}

/* No packet, timer or command knows the SA. */
static void sa_free(struct cm_sa *sa)
{
	atomic_t *alive = &sa->net->sadb.alive;

	if (sa->aead)
		cm_crypto_cleanup(sa);
	dst_cache_destroy(&sa->dst_cache);
	if (sa->md)
		dst_release(&sa->md->dst);
	kfree_sensitive(sa->replay);
	if (sa->flow)
		cm_flow_put(sa->flow);
	memzero_explicit(sa, sizeof(*sa));
	kmem_cache_free(sa_cache, sa);
	/* From here on the namespace may be gone; only the address is used. */
	if (atomic_dec_and_test(alive))
		wake_up_var(alive);
}

static int sa_setup_in(struct cm_sa *sa, const struct cm_sa_param *param)
{
	sa->replay = kzalloc(cm_replay_size(param->replay_window), GFP_KERNEL);
	if (!sa->replay)
		return -ENOMEM;
	cm_replay_init(sa->replay, param->replay_window, sa->esn);
	sa->md = mark_alloc();
	return sa->md ? 0 : -ENOMEM;
}

static int sa_setup(struct cm_sa *sa, const struct cm_sa_param *param,
		    struct netlink_ext_ack *extack)
{
	int err;

	sa->src = param->src;
	sa->direction = param->direction;
	sa->mode = param->mode;
	sa->state = CRYPTOMAP_SA_STATE_MATURE;
	sa->esn = param->flags & CRYPTOMAP_SA_FLAGS_ESN;
	sa->max_seq = sa->esn ? U64_MAX - 1 : U32_MAX;
	sa->limits = param->limits;
	sa->encr_alg = param->encr_alg;
	sa->auth_alg = param->auth_alg;
	sa->owner_len = param->owner_len;
	if (param->owner_len)
		memcpy(sa->owner, param->owner, param->owner_len);

	err = cm_crypto_setup(sa, param, extack);
	if (err)
		return err;
	if (sa->direction == CRYPTOMAP_DIRECTION_IN)
		err = sa_setup_in(sa, param);
	else
		err = dst_cache_init(&sa->dst_cache, GFP_KERNEL);
	if (err)
		NL_SET_ERR_MSG(extack, "Not enough memory for the SA");
	return err;
}

/**
 * cm_sa_create - make an SA; no table knows it yet
 * @cn: namespace
 * @flow: that it will serve; gets a reference more
 * @param: checked
 * @extack: for the refusal
 *
 * Context: process, cm_net.lock held.
 * Return: the SA with one reference, or ERR_PTR with a text in @extack.
 */
struct cm_sa *cm_sa_create(struct cm_net *cn, struct cm_flow *flow,
			   const struct cm_sa_param *param,
			   struct netlink_ext_ack *extack)
{
	struct cm_sa *sa;
	int err;

	lockdep_assert_held(&cn->lock);
	sa = sa_alloc(cn, &param->id);
	if (!sa) {
		NL_SET_ERR_MSG(extack, "Not enough memory for the SA");
		return ERR_PTR(-ENOMEM);
	}
	refcount_inc(&flow->ref);
	sa->flow = flow;
	err = sa_setup(sa, param, extack);
	if (err) {
		sa_free(sa);
		return ERR_PTR(err);
	}
	return sa;
}

/**
 * cm_sa_create_larval - make an SA that only reserves an inbound SPI
 * @cn: namespace
 * @id: with the SPI
 *
 * Context: process.
 * Return: the SA with one reference, or NULL.
 */
struct cm_sa *cm_sa_create_larval(struct cm_net *cn, const struct cm_sa_id *id)
{
	struct cm_sa *sa = sa_alloc(cn, id);

	if (!sa)
		return NULL;
	sa->direction = CRYPTOMAP_DIRECTION_IN;
	sa->state = CRYPTOMAP_SA_STATE_LARVAL;
	return sa;
}

static void sa_release_work(struct work_struct *work)
{
	struct cm_sa *sa = container_of(to_rcu_work(work), struct cm_sa, rwork);
	struct cm_net *cn = sa->net;

	/* What packets under way counted after the SA was deleted. */
	if (!cm_sa_is_larval(sa)) {
		mutex_lock(&cn->lock);
		cm_sadb_fold(sa);
		mutex_unlock(&cn->lock);
	}
	sa_free(sa);
}

/**
 * cm_sa_release - the last reference is gone
 * @sa: freed after a grace period
 *
 * Context: any.
 */
void cm_sa_release(struct cm_sa *sa)
{
	INIT_RCU_WORK(&sa->rwork, sa_release_work);
	queue_rcu_work(cm_sa_wq, &sa->rwork);
}

static void put_rcu(struct rcu_head *rcu)
{
	cm_sa_put(container_of(rcu, struct cm_sa, rwork.rcu));
}

/**
 * cm_sa_put_later - give the table's reference back after a grace period
 * @sa: just unlinked; only its release uses @rwork, which comes later
 *
 * Context: any.
 */
void cm_sa_put_later(struct cm_sa *sa)
{
	call_rcu(&sa->rwork.rcu, put_rcu);
}

/* Before any namespace. */
int cm_sa_init(void)
{
	sa_cache = KMEM_CACHE(cm_sa, SLAB_HWCACHE_ALIGN);
	if (!sa_cache)
		return -ENOMEM;
	cm_sa_wq = alloc_workqueue("cryptomap", WQ_UNBOUND, 0);
	if (!cm_sa_wq) {
		kmem_cache_destroy(sa_cache);
		return -ENOMEM;
	}
	return 0;
}

/*
 * No namespace exists any more, so neither does an SA; policies may still wait
 * for their grace period.
 */
void cm_sa_exit(void)
{
	rcu_barrier();
	destroy_workqueue(cm_sa_wq);
	kmem_cache_destroy(sa_cache);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Lifetimes, idle time and liveness of SAs.
 *
 * Each SA has one timer, armed for the earliest of its times. A packet only
 * stores when it came; the handler looks at what was stored and goes to sleep
 * again. No time is missed by that: a time that starts anew with a packet ends
 * later than the one for which the timer is armed already.
 *
 * The timer wheel is coarse for far times, an hour may come two minutes late.
 * Far times are therefore approached in steps of seven eighths, which the
 * wheel's rounding of at most one eighth cannot overshoot; the last step is
 * exact to a quarter of a second.
 *
 * Everything is evaluated under cm_sa.event_lock together with arming the
 * timer, so that of two evaluations the later one arms it. Events are sent
 * after the lock is released.
 */

#include <linux/jiffies.h>
#include <linux/rcupdate.h>

#include "net.h"
#include "notify.h"
#include "timers.h"

/* Times that are nearer are reached in one step. */
#define TIMERS_NEAR	(4 * HZ)
#define TIMERS_FAR	(24 * 3600 * HZ)
#define TIMERS_NEVER	U64_MAX

#define DUE_LARVAL	BIT(0)
#define DUE_SOFT	BIT(1)
#define DUE_HARD	BIT(2)
#define DUE_IDLE	BIT(3)
#define DUE_LIVENESS	BIT(4)

static u64 seconds(u32 s)
{
	return (u64)s * HZ;
}

static bool dead(const struct cm_sa *sa)
{
	return READ_ONCE(sa->state) == CRYPTOMAP_SA_STATE_DEAD;
}

/* Once each; the state turns before anybody is told. */
static u32 soft_due(struct cm_sa *sa)
{
	lockdep_assert_held(&sa->event_lock);
	if (sa->soft_told)
		return 0;
	sa->soft_told = true;
	cmpxchg(&sa->state, CRYPTOMAP_SA_STATE_MATURE,
		CRYPTOMAP_SA_STATE_DYING);
	return DUE_SOFT;
}

static u32 hard_due(struct cm_sa *sa)
{
	lockdep_assert_held(&sa->event_lock);
	WRITE_ONCE(sa->state, CRYPTOMAP_SA_STATE_DEAD);
	WRITE_ONCE(sa->next_bytes, U64_MAX);
	WRITE_ONCE(sa->next_packets, U64_MAX);
	if (sa->hard_told)
		return 0;
	sa->hard_told = true;
	return DUE_HARD;
}

static u32 larval_due(struct cm_sa *sa, u64 age, u64 *wait)
{
	u64 end = seconds(sa->limits.hard_seconds);

	if (age >= end)
		return DUE_LARVAL;
	*wait = end - age;
	return 0;
}

static u32 age_due(struct cm_sa *sa, u64 age, u64 *wait)
{
	u64 soft = seconds(sa->limits.soft_seconds);
	u64 hard = seconds(sa->limits.hard_seconds);

	if (hard && age >= hard)
		return hard_due(sa);
	if (hard)
		*wait = min(*wait, hard - age);
	if (!soft || sa->soft_told)
		return 0;
	if (age >= soft)
		return soft_due(sa);
	*wait = min(*wait, soft - age);
	return 0;
}

/* One event for each silence; the next packet begins another one. */
static u32 idle_due(struct cm_sa *sa, unsigned long now, u64 *wait)
{
	unsigned long used = READ_ONCE(sa->used);
	u64 idle = seconds(sa->limits.idle_seconds);
	u64 silent = time_after(now, used) ? now - used : 0;

	if (!idle)
		return 0;
	if (sa->idle_told && sa->idle_used == used) {
		*wait = min(*wait, idle);
		return 0;
	}
	if (silent < idle) {
		*wait = min(*wait, idle - silent);
		return 0;
	}
	sa->idle_told = true;
	sa->idle_used = used;
	*wait = min(*wait, idle);
	return DUE_IDLE;
}

/* Only the SA that the flow sends on speaks for it, once each period. */
static u32 liveness_due(struct cm_sa *sa, unsigned long now, u64 *wait)
{
	unsigned long since = READ_ONCE(sa->flow->sent_unanswered);
	u64 period = seconds(sa->limits.liveness_seconds);
	u64 unanswered;

	if (!period)
		return 0;
	if (!since || rcu_access_pointer(sa->flow->out) != sa) {
		*wait = min(*wait, period);
		return 0;
	}
	if (sa->live_told && time_after(sa->live_at, since))
		since = sa->live_at;
	unanswered = time_after(now, since) ? now - since : 0;
	if (unanswered < period) {
		*wait = min(*wait, period - unanswered);
		return 0;
	}
	sa->live_told = true;
	sa->live_at = now;
	*wait = min(*wait, period);
	return DUE_LIVENESS;
}

static void arm(struct cm_sa *sa, unsigned long now, u64 wait)
{
	lockdep_assert_held(&sa->event_lock);
	if (wait == TIMERS_NEVER)
		return;
	wait = min_t(u64, wait, TIMERS_FAR);
	if (wait > TIMERS_NEAR)
		wait -= wait / 8;
	mod_timer(&sa->timer, now + max_t(unsigned long, wait, 1));
}

static u32 evaluate(struct cm_sa *sa)
{
	u64 age = get_jiffies_64() - sa->created;
	unsigned long now = jiffies;
	u64 wait = TIMERS_NEVER;
	u32 due;

	lockdep_assert_held(&sa->event_lock);
	if (cm_sa_is_larval(sa)) {
		due = larval_due(sa, age, &wait);
	} else {
		due = age_due(sa, age, &wait);
		if (dead(sa))
			return due;
		due |= idle_due(sa, now, &wait);
		if (sa->direction == CRYPTOMAP_DIRECTION_OUT)
			due |= liveness_due(sa, now, &wait);
	}
	arm(sa, now, wait);
	return due;
}

static void tell(struct cm_sa *sa, u32 due, u8 cause)
{
	if (due & DUE_LARVAL)
		cm_sadb_reap(sa->net, sa,
			     CRYPTOMAP_DELETE_REASON_LARVAL_TIMEOUT);
	if (due & DUE_SOFT)
		cm_notify_expire(sa, false, cause);
	if (due & DUE_IDLE)
		cm_notify_idle(sa);
	if (due & DUE_LIVENESS)
		cm_notify_liveness(sa);
	if (due & DUE_HARD) {
		cm_notify_expire(sa, true, cause);
		cm_sadb_reap(sa->net, sa, CRYPTOMAP_DELETE_REASON_EXPIRED);
	}
}

static void timer_fired(struct timer_list *timer)
{
	struct cm_sa *sa = container_of(timer, struct cm_sa, timer);
	u32 due = 0;

	rcu_read_lock();
	spin_lock(&sa->event_lock);
	if (!dead(sa))
		due = evaluate(sa);
	spin_unlock(&sa->event_lock);
	tell(sa, due, CRYPTOMAP_EXPIRE_CAUSE_TIME);
	rcu_read_unlock();
}

/* Whether @count is over @limit; else it may be the next to watch for. */
static bool over(u64 count, u64 limit, u64 *next)
{
	if (!limit)
		return false;
	if (count >= limit)
		return true;
	*next = min(*next, limit);
	return false;
}

/*
 * The numbers of an outbound SA are a limit, too. A soft event at seven
 * eighths leaves time for a rekey; the hard one is cm_timers_exhausted().
 */
static u64 soft_sequence(const struct cm_sa *sa)
{
	if (sa->direction != CRYPTOMAP_DIRECTION_OUT)
		return 0;
	return sa->max_seq - sa->max_seq / 8;
}

static u32 volume_soft(struct cm_sa *sa, u64 bytes, u64 packets,
		       u64 *next_bytes, u64 *next_packets, u8 *cause)
{
	if (sa->soft_told)
		return 0;
	*cause = CRYPTOMAP_EXPIRE_CAUSE_BYTES;
	if (over(bytes, sa->limits.soft_bytes, next_bytes))
		return soft_due(sa);
	*cause = CRYPTOMAP_EXPIRE_CAUSE_PACKETS;
	if (over(packets, sa->limits.soft_packets, next_packets))
		return soft_due(sa);
	*cause = CRYPTOMAP_EXPIRE_CAUSE_SEQUENCE;
	if (over(packets, soft_sequence(sa), next_packets))
		return soft_due(sa);
	return 0;
}

static u32 volume(struct cm_sa *sa, u8 *cause)
{
	u64 packets = atomic64_read(&sa->packets);
	u64 bytes = atomic64_read(&sa->bytes);
	u64 next_packets = U64_MAX;
	u64 next_bytes = U64_MAX;
	u32 due;

	lockdep_assert_held(&sa->event_lock);
	if (dead(sa))
		return 0;
	*cause = CRYPTOMAP_EXPIRE_CAUSE_BYTES;
	if (over(bytes, sa->limits.hard_bytes, &next_bytes))
		return hard_due(sa);
	*cause = CRYPTOMAP_EXPIRE_CAUSE_PACKETS;
	if (over(packets, sa->limits.hard_packets, &next_packets))
		return hard_due(sa);
	due = volume_soft(sa, bytes, packets, &next_bytes, &next_packets,
			  cause);
	WRITE_ONCE(sa->next_bytes, next_bytes);
	WRITE_ONCE(sa->next_packets, next_packets);
	return due;
}

/**
 * cm_timers_volume - a threshold of bytes or packets is reached
 * @sa: the SA
 *
 * At a hard limit the SA is DEAD when this returns. The packet that reached it
 * still passes, as do those that an asynchronous cipher has at that time.
 *
 * Context: softirq or bottom halves disabled, under RCU.
 */
void cm_timers_volume(struct cm_sa *sa)
{
	u8 cause;
	u32 due;

	spin_lock_bh(&sa->event_lock);
	due = volume(sa, &cause);
	spin_unlock_bh(&sa->event_lock);
	tell(sa, due, cause);
}

/**
 * cm_timers_exhausted - the last sequence number was sent (RFC 4303 3.3.3)
 * @sa: outbound SA; DEAD when this returns
 *
 * Context: softirq or bottom halves disabled, under RCU.
 */
void cm_timers_exhausted(struct cm_sa *sa)
{
	u32 due;

	spin_lock_bh(&sa->event_lock);
	due = hard_due(sa);
	spin_unlock_bh(&sa->event_lock);
	tell(sa, due, CRYPTOMAP_EXPIRE_CAUSE_SEQUENCE);
}

/**
 * cm_timers_init - prepare the timer of a new SA
 * @sa: not armed yet
 */
void cm_timers_init(struct cm_sa *sa)
{
	timer_setup(&sa->timer, timer_fired, 0);
}

/**
 * cm_timers_start - begin to watch the limits of a new SA
 * @sa: linked; a larval one ends after limits.hard_seconds
 *
 * Context: process, cm_net.lock held.
 */
void cm_timers_start(struct cm_sa *sa)
{
	u8 cause = CRYPTOMAP_EXPIRE_CAUSE_TIME;
	u32 due;

	lockdep_assert_held(&sa->net->lock);
	rcu_read_lock();
	spin_lock_bh(&sa->event_lock);
	due = volume(sa, &cause);
	if (!dead(sa))
		due |= evaluate(sa);
	spin_unlock_bh(&sa->event_lock);
	tell(sa, due, cause);
	rcu_read_unlock();
}

/**
 * cm_timers_changed - the limits of an SA are to be others
 * @sa: the SA
 * @limits: the new ones
 *
 * A soft event may follow for the new limits; until then the SA is as new,
 * unless another one has taken its flow. Limits that are over already work at
 * once.
 *
 * Context: process, cm_net.lock held.
 */
void cm_timers_changed(struct cm_sa *sa, const struct cm_sa_limits *limits)
{
	bool replaced = sa->direction == CRYPTOMAP_DIRECTION_OUT &&
			rcu_access_pointer(sa->flow->out) != sa;

	lockdep_assert_held(&sa->net->lock);
	spin_lock_bh(&sa->event_lock);
	sa->limits = *limits;
	sa->soft_told = false;
	sa->idle_told = false;
	if (!replaced)
		cmpxchg(&sa->state, CRYPTOMAP_SA_STATE_DYING,
			CRYPTOMAP_SA_STATE_MATURE);
	spin_unlock_bh(&sa->event_lock);
	cm_timers_start(sa);
}

/**
 * cm_timers_stop - end the timer of an SA for good
 * @sa: being deleted
 *
 * Context: process, cm_net.lock held. When this returns the handler does not
 * run, and cannot be armed again.
 */
void cm_timers_stop(struct cm_sa *sa)
{
	lockdep_assert_held(&sa->net->lock);
	timer_shutdown_sync(&sa->timer);
}

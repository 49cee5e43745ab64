/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ike - IKEv1 (RFC 2407 to 2409) of one network namespace: the engine.
 *
 * It owns no socket, no clock and no event loop: it is told what has come,
 * sends through struct ike_world, and is woken by timers that the world keeps.
 * So two of them talk in one process, in a time of their own, in unit tests.
 *
 * A negotiation goes through these files: a datagram comes to ike_receive()
 * and is parsed (message.h); phase 1 belongs to a struct ike_sa (sa.h) and is
 * led by main_mode.c or aggressive.c, at the responder from a struct half_open
 * (half_open.h) on; what an established IKE SA protects is quick.c (SAs for a
 * flow, which a struct tunnel stands for: tunnel.h), informational.c and dpd.c.
 * Each message that wants an answer is repeated by a struct exchange
 * (exchange.h).
 */
#ifndef _IPSECD_IKE_IKE_H
#define _IPSECD_IKE_IKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "kernel.h"
#include "lib/buf.h"
#include "policy.h"

struct ike;
struct ike_sa;
struct tunnel;

/** struct ike_path - between whom; ports in host order */
struct ike_path {
	struct addr local;
	struct addr remote;
	uint16_t local_port;
	uint16_t remote_port;
};

bool ike_path_equal(const struct ike_path *a, const struct ike_path *b);

struct ike_timer;
struct ike_lookup;

/**
 * struct ike_world - what the engine needs from around it
 * @now: milliseconds of a clock that never goes back
 * @calendar: seconds since 1970, for certificates
 * @send: one datagram. Returns 0 or a negative errno; a lost datagram is
 *	repeated by the engine in its time
 * @timer_new: a timer that calls @fn with @fn_arg; NULL without memory
 * @timer_set: to fire once, in so many milliseconds; again: anew
 * @timer_stop: not to fire; fine when it is not set
 * @timer_free: stops it; NULL is fine. Also from within its own call
 * @resolve: looks up the addresses of a host, of both families; @fn gets them (0:
 *	there are none, or nobody answers) once and later, not from within. NULL if
 *	it cannot be begun
 * @resolve_cancel: @fn is not to be called any more
 * @names_changed: names of peers have other addresses: the policy is to be
 *	compiled anew, and ike_configure() to be called; not from within
 * @read_file: a PEM file of a trustpoint; 0 or a negative errno
 */
struct ike_world {
	uint64_t (*now)(void *arg);
	int64_t (*calendar)(void *arg);
	int (*send)(void *arg, const struct ike_path *path, const void *data, size_t len);
	struct ike_timer *(*timer_new)(void *arg, void (*fn)(void *fn_arg), void *fn_arg);
	void (*timer_set)(struct ike_timer *timer, uint64_t ms);
	void (*timer_stop)(struct ike_timer *timer);
	void (*timer_free)(struct ike_timer *timer);
	struct ike_lookup *(*resolve)(void *arg, const char *host,
				      void (*fn)(void *fn_arg, const struct addr *addrs,
						 unsigned int n), void *fn_arg);
	void (*resolve_cancel)(struct ike_lookup *lookup);
	void (*names_changed)(void *arg);
	int (*read_file)(void *arg, const char *path, struct buf *out);
};

/*
 * @kernel is borrowed. ike_crypto_init() must have been called. Returns NULL
 * without memory.
 */
struct ike *ike_new(const struct ike_world *world, void *arg, struct kernel *kernel);
/* Says nothing to peers and leaves all SAs in the kernel: the next engine adopts them. */
void ike_free(struct ike *ike);

/*
 * A configuration and its policy are in force; both are borrowed until the
 * next call, and what is negotiated under dynamic maps is added to the policy. IKE SAs and tunnels that still fit go on; what does not is ended,
 * and peers are told. The first call adopts the SAs that are in the kernel.
 */
void ike_configure(struct ike *ike, const struct config *config, struct policy *policy);

/*
 * Entries of @policy, compiled from @config, whose peers are given by name get
 * the addresses that are known now.
 */
void ike_name_peers(const struct ike *ike, const struct config *config, struct policy *policy);

/* A datagram. It may be anything. */
void ike_receive(struct ike *ike, const struct ike_path *path, const void *data, size_t len);

/* Events of the kernel; see struct kernel_events. */
void ike_acquire(struct ike *ike, const struct cm_event *ev);
void ike_expire(struct ike *ike, const struct cm_event *ev);
void ike_idle(struct ike *ike, const struct cm_event *ev);
void ike_liveness(struct ike *ike, const struct cm_event *ev);
void ike_sa_deleted(struct ike *ike, const struct cm_event *ev);
void ike_invalid_spi(struct ike *ike, const struct cm_event *ev);
/*
 * Events were lost, or the module was loaded anew: the policy is no longer
 * borrowed, and the next ike_configure() compares all.
 */
void ike_resync(struct ike *ike);

/* --- clear; an unset address in the filter takes all. Return how many were ended. */
unsigned int ike_clear_sas(struct ike *ike, uint32_t conn_id, const struct addr *peer);
unsigned int ike_clear_sessions(struct ike *ike, const struct addr *local, const struct addr *remote);

/* --- counters of what was refused before there was anybody to tell it to */
#define IKE_COUNTERS(X)							\
	X(MALFORMED, "malformed", "no ISAKMP message, or a broken one")	\
	X(VERSION, "version", "another major version")			\
	X(UNKNOWN_COOKIE, "unknown-cookie", "no IKE SA with these cookies") \
	X(UNKNOWN_EXCHANGE, "unknown-exchange", "exchange type that is not supported") \
	X(NO_POLICY, "no-policy", "from a peer that is not configured")	\
	X(HALF_OPEN_TOTAL, "half-open-total", "too many openings at a time") \
	X(HALF_OPEN_SOURCE, "half-open-source", "too many openings of one source") \
	X(UNEXPECTED, "unexpected", "not expected in this state")	\
	X(DUPLICATE, "duplicate", "a message that came before")		\
	X(CLEAR, "clear", "in clear where it must be encrypted")		\
	X(BAD_HASH, "bad-hash", "authentication failed")

enum ike_counter {
#define IKE_COUNTER_ENUM(id, name, text) IKE_COUNTER_##id,
	IKE_COUNTERS(IKE_COUNTER_ENUM)
#undef IKE_COUNTER_ENUM
	IKE_COUNTER_N
};

const char *ike_counter_name(enum ike_counter counter);
/* For people. */
const char *ike_counter_text(enum ike_counter counter);
uint64_t ike_counter(const struct ike *ike, enum ike_counter counter);
void ike_counters_clear(struct ike *ike);

#endif /* _IPSECD_IKE_IKE_H */

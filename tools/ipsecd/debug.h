/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * debug - the lines of the "debug crypto" commands: which subjects are asked
 * for, and about which peers.
 *
 * A line that is not asked for costs the test of one bit; its arguments are not
 * evaluated. Nothing secret is ever an argument: no key, no SKEYID, no nonce,
 * no password.
 */
#ifndef _IPSECD_DEBUG_H
#define _IPSECD_DEBUG_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/addr.h"

/* Subjects, and what "show debugging" says of them. */
#define DEBUG_TOPICS(X)						\
	X(ISAKMP, 0, "isakmp", "Crypto ISAKMP debugging")	\
	X(IPSEC, 1, "ipsec", "Crypto IPSEC debugging")		\
	X(ENGINE, 2, "engine", "Crypto Engine debugging")

enum debug_topic {
#define DEBUG_TOPIC_ENUM(id, bit, name, text) DEBUG_##id = 1 << (bit),
	DEBUG_TOPICS(DEBUG_TOPIC_ENUM)
#undef DEBUG_TOPIC_ENUM
	DEBUG_ALL = DEBUG_ISAKMP | DEBUG_IPSEC | DEBUG_ENGINE,
};

#define DEBUG_PEERS_MAX	64

/* Read by debug_wants() alone, written by debug_set(). */
extern unsigned int debug_topics;

static inline bool debug_wants(unsigned int topic)
{
	return __builtin_expect(!!(debug_topics & topic), 0);
}

/*
 * debug_line - one line about @peer (struct addr *), or about none that is
 * known (NULL). debug_put() is its inside.
 */
#define debug_line(topic, peer, ...) do {				\
	if (debug_wants(topic))						\
		debug_put(topic, peer, __VA_ARGS__);			\
} while (0)

#define debug_isakmp(peer, ...)	debug_line(DEBUG_ISAKMP, peer, __VA_ARGS__)
#define debug_ipsec(peer, ...)	debug_line(DEBUG_IPSEC, peer, __VA_ARGS__)
#define debug_engine(peer, ...)	debug_line(DEBUG_ENGINE, peer, __VA_ARGS__)

void debug_put(unsigned int topic, const struct addr *peer, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* debug_set - switch subjects on or off. */
void debug_set(unsigned int topics, bool on);

/*
 * Conditions. As soon as there is one, lines about other peers are left out,
 * and so are lines about none that is known, unless "unmatched" asks for them.
 * debug_condition_add() returns 0, -EEXIST or -ENOSPC; _remove() 0 or -ENOENT.
 */
int debug_condition_add(const struct addr_prefix *peers);
int debug_condition_remove(const struct addr_prefix *peers);
void debug_condition_unmatched(unsigned int topics, bool on);
/* Without conditions again. */
void debug_condition_reset(void);

/* For show: the n-th condition or NULL, and the subjects of "unmatched". */
const struct addr_prefix *debug_condition_nth(size_t n);
unsigned int debug_condition_get_unmatched(void);

#endif /* _IPSECD_DEBUG_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * repeats - lines of the log that a peer causes as often as it likes. The first
 * one is logged at once; the same line about the same peer then not before an
 * interval is over, and no more than so many different ones. What was left out
 * is told by its number.
 */
#ifndef TOOLS_LIB_REPEATS_H
#define TOOLS_LIB_REPEATS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "lib/addr.h"

/* Different lines about one peer in an interval, and about all of them together. */
#define REPEATS_PEER_MAX	64
#define REPEATS_MAX		1024

struct repeat;

/**
 * struct repeats - what was logged lately; TAILQ_INIT(&lines) and an interval
 * @interval: ms
 * @lines: oldest first
 * @n: how many
 */
struct repeats {
	uint64_t interval;
	TAILQ_HEAD(, repeat) lines;
	unsigned int n;
};

void repeats_init(struct repeats *r, uint64_t interval);
/*
 * Whether @text, of @severity, is to be logged now, ms; else it is counted. Lines
 * for which there is no memory are logged.
 */
bool repeats_take(struct repeats *r, uint64_t now, const struct addr *peer, int severity,
		  const char *text);
/*
 * Forgets lines whose interval is over, and logs how often they came again.
 * Returns in how many ms the next one is due, 0 if there is none.
 */
uint64_t repeats_end(struct repeats *r, uint64_t now);
/* All of them, silently. */
void repeats_release(struct repeats *r);

#endif

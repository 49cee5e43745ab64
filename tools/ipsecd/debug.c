// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines of the "debug crypto" commands; see debug.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "debug.h"
#include "lib/log.h"

/* One per process, as the log itself. */
unsigned int debug_topics;

static struct {
	struct addr_prefix peers[DEBUG_PEERS_MAX];
	size_t n;
	unsigned int unmatched;
} conditions;

void debug_set(unsigned int topics, bool on)
{
	if (on)
		debug_topics |= topics & DEBUG_ALL;
	else
		debug_topics &= ~topics;
}

static bool is_meant(unsigned int topic, const struct addr *peer)
{
	size_t i;

	if (!conditions.n)
		return true;
	if (!peer || !addr_is_set(peer))
		return conditions.unmatched & topic;
	for (i = 0; i < conditions.n; i++)
		if (addr_prefix_contains(&conditions.peers[i], peer))
			return true;
	return false;
}

void debug_put(unsigned int topic, const struct addr *peer, const char *fmt, ...)
{
	char text[LOG_LINE_MAX];
	va_list ap;

	if (!is_meant(topic, peer))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_debug("%s", text);
}

/* --- conditions */

static size_t find(const struct addr_prefix *peers)
{
	size_t i;

	for (i = 0; i < conditions.n; i++)
		if (addr_prefix_equal(&conditions.peers[i], peers))
			break;
	return i;
}

int debug_condition_add(const struct addr_prefix *peers)
{
	if (find(peers) < conditions.n)
		return -EEXIST;
	if (conditions.n == DEBUG_PEERS_MAX)
		return -ENOSPC;
	conditions.peers[conditions.n++] = *peers;
	return 0;
}

int debug_condition_remove(const struct addr_prefix *peers)
{
	size_t at = find(peers);

	if (at == conditions.n)
		return -ENOENT;
	conditions.n--;
	memmove(&conditions.peers[at], &conditions.peers[at + 1],
		(conditions.n - at) * sizeof(conditions.peers[0]));
	return 0;
}

void debug_condition_unmatched(unsigned int topics, bool on)
{
	if (on)
		conditions.unmatched |= topics & DEBUG_ALL;
	else
		conditions.unmatched &= ~topics;
}

void debug_condition_reset(void)
{
	memset(&conditions, 0, sizeof(conditions));
}

const struct addr_prefix *debug_condition_nth(size_t n)
{
	return n < conditions.n ? &conditions.peers[n] : NULL;
}

unsigned int debug_condition_get_unmatched(void)
{
	return conditions.unmatched;
}

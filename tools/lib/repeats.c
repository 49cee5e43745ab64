// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines of the log that repeat; see repeats.h. */
#include "repeats.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"

/**
 * struct repeat - one line
 * @peer: unset: about whoever had no room of his own
 * @ends: time, ms
 * @missed: how often it came again
 * @text: "": any line, behind those that there is room for
 */
struct repeat {
	TAILQ_ENTRY(repeat) link;
	struct addr peer;
	uint64_t ends;
	unsigned int missed;
	int severity;
	char text[];
};

void repeats_init(struct repeats *r, uint64_t interval)
{
	r->interval = interval;
	r->n = 0;
	TAILQ_INIT(&r->lines);
}

/* @n: of this peer. */
static struct repeat *find(const struct repeats *r, const struct addr *peer, const char *text,
			   unsigned int *n)
{
	struct repeat *line, *found = NULL;

	*n = 0;
	TAILQ_FOREACH(line, &r->lines, link) {
		if (!addr_equal(&line->peer, peer))
			continue;
		++*n;
		if (!strcmp(line->text, text))
			found = line;
	}
	return found;
}

static struct repeat *add(struct repeats *r, uint64_t now, const struct addr *peer, int severity,
			  const char *text)
{
	size_t size = strlen(text) + 1;
	struct repeat *line = calloc(1, sizeof(*line) + size);

	if (!line)
		return NULL;
	line->peer = *peer;
	line->severity = severity;
	line->ends = now + r->interval;
	memcpy(line->text, text, size);
	TAILQ_INSERT_TAIL(&r->lines, line, link);
	r->n++;
	return line;
}

/* The line is one too many: it is counted with others of its kind. */
static void count_other(struct repeats *r, uint64_t now, const struct addr *peer, int severity)
{
	struct repeat *line;
	unsigned int n;

	line = find(r, peer, "", &n);
	if (!line)
		line = add(r, now, peer, severity, "");
	if (line)
		line->missed++;
}

bool repeats_take(struct repeats *r, uint64_t now, const struct addr *peer, int severity,
		  const char *text)
{
	const struct addr anybody = { .family = AF_UNSPEC };
	struct repeat *line;
	unsigned int n;

	repeats_end(r, now);
	line = find(r, peer, text, &n);
	if (line) {
		line->missed++;
		return false;
	}
	if (n >= REPEATS_PEER_MAX || r->n >= REPEATS_MAX) {
		count_other(r, now, n ? peer : &anybody, severity);
		return false;
	}
	add(r, now, peer, severity, text);
	return true;
}

static void tell(const struct repeats *r, const struct repeat *line)
{
	unsigned int seconds = (unsigned int)(r->interval / 1000);
	struct addr_buf peer;

	if (*line->text)
		log_msg(line->severity, "%s (%u more like it in %u s)", line->text, line->missed,
			seconds);
	else
		log_msg(line->severity, "%u more lines about %s in %u s", line->missed,
			addr_is_set(&line->peer) ? addr_text(&line->peer, &peer) : "other peers",
			seconds);
}

uint64_t repeats_end(struct repeats *r, uint64_t now)
{
	struct repeat *line;

	while ((line = TAILQ_FIRST(&r->lines)) && line->ends <= now) {
		TAILQ_REMOVE(&r->lines, line, link);
		r->n--;
		if (line->missed)
			tell(r, line);
		free(line);
	}
	return line ? line->ends - now : 0;
}

void repeats_release(struct repeats *r)
{
	struct repeat *line;

	while ((line = TAILQ_FIRST(&r->lines))) {
		TAILQ_REMOVE(&r->lines, line, link);
		free(line);
	}
	r->n = 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* log: messages of the daemons. */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_OCTETS 512

struct entry {
	struct timespec when;
	int severity;
	char text[LINE_MAX_OCTETS];
};

/* One log per process, as syslog(3) itself has it. */
static struct {
	bool foreground;
	int level;
	struct entry *ring;
	unsigned int next;
	uint64_t count;
} logger = { .level = LOG_INFO };

void log_open(const char *ident, bool foreground, int level)
{
	logger.foreground = foreground;
	logger.level = level;
	openlog(ident, LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

void log_set_level(int level)
{
	logger.level = level;
}

void log_close(void)
{
	closelog();
	free(logger.ring);
	logger.ring = NULL;
	logger.next = 0;
	logger.count = 0;
}

static void remember(int severity, const char *text)
{
	struct entry *e;

	if (!logger.ring)
		logger.ring = calloc(LOG_RING_LINES, sizeof(*logger.ring));
	if (!logger.ring)
		return;
	e = &logger.ring[logger.next];
	logger.next = (logger.next + 1) % LOG_RING_LINES;
	clock_gettime(CLOCK_REALTIME, &e->when);
	e->severity = severity;
	snprintf(e->text, sizeof(e->text), "%s", text);
}

/* A peer's octets may be in the text: nothing that drives a terminal. */
static void put(int severity, char *text)
{
	char *p;

	for (p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	logger.count++;
	remember(severity, text);
	syslog(severity, "%s", text);
	if (logger.foreground)
		fprintf(stderr, "%s\n", text);
}

void log_msg(int severity, const char *fmt, ...)
{
	char text[LINE_MAX_OCTETS];
	va_list ap;

	if (severity > logger.level)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put(severity, text);
}

void log_event(const char *facility, int severity, const char *mnemonic,
	       const char *fmt, ...)
{
	char text[LINE_MAX_OCTETS];
	va_list ap;
	int n;

	if (severity > logger.level)
		return;
	n = snprintf(text, sizeof(text), "%%%s-%d-%s: ", facility, severity, mnemonic);
	if (n < 0 || (size_t)n >= sizeof(text))
		return;
	va_start(ap, fmt);
	vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, ap);
	va_end(ap);
	put(severity, text);
}

void log_each(void (*fn)(void *arg, const struct timespec *when, int severity,
			 const char *text), void *arg)
{
	unsigned int i;

	for (i = 0; logger.ring && i < LOG_RING_LINES; i++) {
		const struct entry *e = &logger.ring[(logger.next + i) % LOG_RING_LINES];

		if (*e->text)
			fn(arg, &e->when, e->severity, e->text);
	}
}

void log_clear(void)
{
	if (logger.ring)
		memset(logger.ring, 0, LOG_RING_LINES * sizeof(*logger.ring));
	logger.next = 0;
}

uint64_t log_count(void)
{
	return logger.count;
}

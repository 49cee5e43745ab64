// SPDX-License-Identifier: GPL-2.0-or-later
/* log: messages of the daemons. */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
/* Where in the source a message is made is nobody's business. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>
#include <unistd.h>

#define JOURNAL_SOCKET	"/run/systemd/journal/socket"

struct entry {
	struct timespec when;
	int severity;
	char text[LOG_LINE_MAX];
};

/* One log per process, as syslog(3) itself has it. */
static struct {
	bool foreground;
	bool journal;
	bool telling;
	char ident[32];
	int level;
	struct entry *ring;
	unsigned int next;
	uint64_t count;
	void (*listener)(void *arg, const struct timespec *when, int severity,
			 const char *text);
	void *listener_arg;
} logger = { .level = LOG_INFO };

void log_open(const char *ident, bool foreground, int level)
{
	logger.foreground = foreground;
	logger.level = level;
	logger.journal = access(JOURNAL_SOCKET, W_OK) == 0;
	snprintf(logger.ident, sizeof(logger.ident), "%s", ident);
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
	logger.listener = NULL;
}

void log_listen(void (*fn)(void *arg, const struct timespec *when, int severity,
			   const char *text), void *arg)
{
	logger.listener = fn;
	logger.listener_arg = arg;
}

static void remember(const struct timespec *when, int severity, const char *text)
{
	struct entry *e;

	if (!logger.ring)
		logger.ring = calloc(LOG_RING_LINES, sizeof(*logger.ring));
	if (!logger.ring)
		return;
	e = &logger.ring[logger.next];
	logger.next = (logger.next + 1) % LOG_RING_LINES;
	e->when = *when;
	e->severity = severity;
	snprintf(e->text, sizeof(e->text), "%s", text);
}

static void tell(const struct timespec *when, int severity, const char *text)
{
	if (!logger.listener || logger.telling)
		return;
	logger.telling = true;
	logger.listener(logger.listener_arg, when, severity, text);
	logger.telling = false;
}

/* A peer's octets may be in the text: nothing that drives a terminal. */
static void make_harmless(char *text)
{
	char *p;

	for (p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
}

/* Those of the caller, and PRIORITY, SYSLOG_*, MESSAGE. */
#define ENTRY_FIELDS_MAX	(LOG_FIELDS_MAX + 4)

/* "NAME=value" pieces of one entry of the journal. */
struct entry_fields {
	struct iovec iov[ENTRY_FIELDS_MAX];
	char text[ENTRY_FIELDS_MAX][LOG_LINE_MAX + 32];
	int n;
};

static void add_field(struct entry_fields *e, const char *name, const char *value)
{
	char *text = e->text[e->n];

	if (!*value || e->n == ENTRY_FIELDS_MAX)
		return;
	snprintf(text, sizeof(e->text[0]), "%s=%s", name, value);
	make_harmless(text);
	e->iov[e->n].iov_base = text;
	e->iov[e->n].iov_len = strlen(text);
	e->n++;
}

/* Returns false if it must go another way. */
static bool send_journal(int severity, const char *text, const struct log_field *fields,
			 unsigned int n)
{
	struct entry_fields e;
	char number[16];

	if (!logger.journal)
		return false;
	/* The rest is large, and written before it is read. */
	e.n = 0;
	snprintf(number, sizeof(number), "%d", severity);
	add_field(&e, "PRIORITY", number);
	add_field(&e, "SYSLOG_IDENTIFIER", logger.ident);
	snprintf(number, sizeof(number), "%d", LOG_DAEMON >> 3);
	add_field(&e, "SYSLOG_FACILITY", number);
	for (unsigned int i = 0; i < n && i < LOG_FIELDS_MAX; i++)
		add_field(&e, fields[i].name, fields[i].value);
	add_field(&e, "MESSAGE", text);
	return sd_journal_sendv(e.iov, e.n) >= 0;
}

static void put(int severity, char *text, const struct log_field *fields, unsigned int n)
{
	struct timespec when;

	make_harmless(text);
	clock_gettime(CLOCK_REALTIME, &when);
	logger.count++;
	remember(&when, severity, text);
	if (!send_journal(severity, text, fields, n))
		syslog(severity, "%s", text);
	if (logger.foreground)
		fprintf(stderr, "%s\n", text);
	tell(&when, severity, text);
}

void log_msg(int severity, const char *fmt, ...)
{
	char text[LOG_LINE_MAX];
	va_list ap;

	if (severity > logger.level)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put(severity, text, NULL, 0);
}

void log_debug(const char *fmt, ...)
{
	char text[LOG_LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put(LOG_DEBUG, text, NULL, 0);
}

static void put_event(const struct log_field *fields, unsigned int n, const char *facility,
		      int severity, const char *mnemonic, const char *fmt, va_list ap)
{
	struct log_field all[LOG_FIELDS_MAX] = {
		{ "CRYPTOMAP_FACILITY", facility }, { "CRYPTOMAP_MNEMONIC", mnemonic },
	};
	char text[LOG_LINE_MAX];
	unsigned int i;
	int len;

	if (severity > logger.level)
		return;
	len = snprintf(text, sizeof(text), "%%%s-%d-%s: ", facility, severity, mnemonic);
	if (len < 0 || (size_t)len >= sizeof(text))
		return;
	vsnprintf(text + len, sizeof(text) - (size_t)len, fmt, ap);
	for (i = 0; i < n && i < LOG_FIELDS_MAX - 2; i++)
		all[i + 2] = fields[i];
	put(severity, text, all, i + 2);
}

void log_event(const char *facility, int severity, const char *mnemonic,
	       const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_event(NULL, 0, facility, severity, mnemonic, fmt, ap);
	va_end(ap);
}

void log_event_fields(const struct log_field *fields, unsigned int n, const char *facility,
		      int severity, const char *mnemonic, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_event(fields, n, facility, severity, mnemonic, fmt, ap);
	va_end(ap);
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * log: messages of the daemons.
 *
 * IOS-style messages carry facility, severity and mnemonic,
 * "%CRYPTO-4-RECVD_PKT_INV_SPI: decaps: …" (O17 to O21). They go to syslog
 * (hence journald), to stderr in the foreground, and into a ring that
 * "show logging" reads. Never pass a key here.
 */
#ifndef TOOLS_LIB_LOG_H
#define TOOLS_LIB_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <syslog.h>
#include <time.h>

#define LOG_RING_LINES	512

/*
 * log_open - @ident as in syslog(3). @foreground: also to stderr. @level:
 * least urgent LOG_* severity that is passed on.
 */
void log_open(const char *ident, bool foreground, int level);
void log_set_level(int level);
void log_close(void);

/* log_msg - a plain message of severity LOG_ERR, LOG_INFO …, one line. */
void log_msg(int severity, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* log_event - "%FACILITY-severity-MNEMONIC: text". */
void log_event(const char *facility, int severity, const char *mnemonic,
	       const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* log_each - the ring, oldest first; @text is without newline. */
void log_each(void (*fn)(void *arg, const struct timespec *when, int severity,
			 const char *text), void *arg);
/* log_clear - empty the ring ("clear logging"). */
void log_clear(void);
/* Messages seen since log_open(), also those that left the ring. */
uint64_t log_count(void);

#endif

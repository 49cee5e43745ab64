/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * log: messages of the daemons.
 *
 * IOS-style messages carry facility, severity and mnemonic,
 * "%CRYPTO-4-RECVD_PKT_INV_SPI: decaps: …" (O17 to O21). They go to the journal
 * with fields, or to syslog where there is none, to stderr in the foreground, and into a ring that
 * "show logging" reads. Never pass a key here.
 */
#ifndef TOOLS_LIB_LOG_H
#define TOOLS_LIB_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <syslog.h>
#include <time.h>

#define LOG_RING_LINES	512
#define LOG_LINE_MAX	512	/* octets of one line, with its NUL */

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

/*
 * struct log_field - what a program that reads the journal wants to know beside
 * the text: "CRYPTOMAP_PEER", "192.0.2.1". A value of "" is left out.
 */
struct log_field {
	const char *name;
	const char *value;
};

/*
 * log_event_fields - log_event() with up to LOG_FIELDS_MAX - 2 fields: CRYPTOMAP_FACILITY and
 * CRYPTOMAP_MNEMONIC come by themselves. Where there
 * is no journal they are left out: what matters stands in the text as well.
 */
#define LOG_FIELDS_MAX	16
void log_event_fields(const struct log_field *fields, unsigned int n, const char *facility,
		      int severity, const char *mnemonic, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));

/*
 * log_debug - a line of a "debug" command: LOG_DEBUG, whatever log_set_level()
 * says, as somebody has asked for it.
 */
void log_debug(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));

/*
 * log_listen - tell @fn each line as it comes; one listener, NULL for none.
 * What it logs itself is not told to it.
 */
void log_listen(void (*fn)(void *arg, const struct timespec *when, int severity,
			   const char *text), void *arg);

/* log_each - the ring, oldest first; @text is without newline. */
void log_each(void (*fn)(void *arg, const struct timespec *when, int severity,
			 const char *text), void *arg);
/* log_clear - empty the ring ("clear logging"). */
void log_clear(void);
/* Messages seen since log_open(), also those that left the ring. */
uint64_t log_count(void);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/* The log: IOS form, severity, what a peer's octets may not do, the ring. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "../lib/log.h"
#include "../lib/text.h"

static int setup(void **state)
{
	(void)state;
	log_open("test_log", false, LOG_INFO);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	log_close();
	return 0;
}

static void add(void *arg, const struct timespec *when, int severity, const char *text)
{
	assert_true(when->tv_sec > 0);
	text_printf(arg, "%d %s\n", severity, text);
}

static void ring_is(const char *expected)
{
	struct text t = TEXT_INIT;

	log_each(add, &t);
	assert_string_equal(text_str(&t), expected);
	text_free(&t);
}

static void forms(void **state)
{
	(void)state;
	log_event("CRYPTO", LOG_WARNING, "RECVD_PKT_INV_SPI", "decaps: spi=0x%X", 0x1214F0D);
	log_msg(LOG_INFO, "ready");
	ring_is("4 %CRYPTO-4-RECVD_PKT_INV_SPI: decaps: spi=0x1214F0D\n6 ready\n");
	assert_int_equal(log_count(), 2);
	log_clear();
	ring_is("");
	assert_int_equal(log_count(), 2);
}

static void severities(void **state)
{
	(void)state;
	log_msg(LOG_DEBUG, "not asked for");
	log_event("CRYPTO", LOG_DEBUG, "X", "not asked for");
	ring_is("");
	log_set_level(LOG_DEBUG);
	log_msg(LOG_DEBUG, "asked for");
	ring_is("7 asked for\n");
}

/* Text from the wire neither forges lines nor drives terminals. */
static void hostile_text(void **state)
{
	char text[4096];

	(void)state;
	log_msg(LOG_ERR, "peer \"%s\"", "a\nb\033[2J\177%s%n");
	ring_is("3 peer \"a?b?[2J?%s%n\"\n");
	log_clear();
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_event("CRYPTO", LOG_ERR, "LONG", "%s", text);
	log_event(text, LOG_ERR, "LONG", "dropped");
	assert_int_equal(log_count(), 2);
}

static void ring(void **state)
{
	struct text t = TEXT_INIT;
	unsigned int i;

	(void)state;
	for (i = 0; i < LOG_RING_LINES + 10; i++)
		log_msg(LOG_INFO, "line %u", i);
	log_each(add, &t);
	assert_int_equal(strncmp(text_str(&t), "6 line 10\n6 line 11\n", 20), 0);
	assert_non_null(strstr(text_str(&t), "6 line 521\n"));
	assert_int_equal(log_count(), LOG_RING_LINES + 10);
	text_free(&t);
}

/* --- the journal, in the place of that of the system */

static bool has_journal;
static struct text journal;

int access(const char *name, int mode)
{
	(void)mode;
	return has_journal && !strcmp(name, "/run/systemd/journal/socket") ? 0 : -1;
}

int sd_journal_sendv(const struct iovec *iov, int n)
{
	for (int i = 0; i < n; i++)
		text_printf(&journal, "%.*s\n", (int)iov[i].iov_len, (const char *)iov[i].iov_base);
	return 0;
}

static void journal_fields(void **state)
{
	const struct log_field fields[] = {
		{ "CRYPTOMAP_PEER", "192.0.2.1" },
		{ "CRYPTOMAP_PEER_ID", "a\nPRIORITY=0" },
		{ "CRYPTOMAP_LOCAL", "" },
	};

	(void)state;
	log_msg(LOG_NOTICE, "there is none");
	assert_int_equal(journal.len, 0);
	log_close();
	has_journal = true;
	log_open("test_log", false, LOG_INFO);
	log_event_fields(fields, 3, "CRYPTO", 5, "SESSION_STATUS", "Peer %s", "192.0.2.1");
	has_journal = false;
	/* A peer's identity makes no field of its own. */
	assert_string_equal(text_str(&journal),
			    "PRIORITY=5\n"
			    "SYSLOG_IDENTIFIER=test_log\n"
			    "SYSLOG_FACILITY=3\n"
			    "CRYPTOMAP_FACILITY=CRYPTO\n"
			    "CRYPTOMAP_MNEMONIC=SESSION_STATUS\n"
			    "CRYPTOMAP_PEER=192.0.2.1\n"
			    "CRYPTOMAP_PEER_ID=a?PRIORITY=0\n"
			    "MESSAGE=%CRYPTO-5-SESSION_STATUS: Peer 192.0.2.1\n");
	ring_is("5 %CRYPTO-5-SESSION_STATUS: Peer 192.0.2.1\n");
	text_free(&journal);
}

/* Whatever the level is: somebody has asked for it. */
static void debug_lines(void **state)
{
	struct text t = TEXT_INIT;

	(void)state;
	log_listen(add, &t);
	log_debug("state %s", "X\033");
	log_msg(LOG_DEBUG, "not asked for");
	log_msg(LOG_INFO, "told");
	log_listen(NULL, NULL);
	log_msg(LOG_INFO, "not told");
	assert_string_equal(text_str(&t), "7 state X?\n6 told\n");
	text_free(&t);
	ring_is("7 state X?\n6 told\n6 not told\n");
}

static void add_and_log(void *arg, const struct timespec *when, int severity, const char *text)
{
	add(arg, when, severity, text);
	log_msg(LOG_ERR, "cannot be sent");
}

/* What a listener logs is in the ring, and not told to it without end. */
static void listener_logs(void **state)
{
	struct text t = TEXT_INIT;

	(void)state;
	log_listen(add_and_log, &t);
	log_msg(LOG_INFO, "told");
	log_listen(NULL, NULL);
	assert_string_equal(text_str(&t), "6 told\n");
	text_free(&t);
	ring_is("6 told\n3 cannot be sent\n");
}

static void text_buffer(void **state)
{
	struct text t = TEXT_INIT;
	char *stolen;

	(void)state;
	assert_string_equal(text_str(&t), "");
	text_printf(&t, "a\nbc");
	text_pad(&t, 5);
	text_puts(&t, "d");
	assert_string_equal(text_str(&t), "a\nbc   d");
	text_pad(&t, 3);
	assert_int_equal(t.len, 8);
	text_truncate(&t, 3);
	text_truncate(&t, 30);
	assert_string_equal(text_str(&t), "a\nb");
	stolen = text_steal(&t);
	assert_string_equal(stolen, "a\nb");
	text_add(&t, "x\0y", 3);
	assert_int_equal(t.len, 3);
	text_wipe(&t);
	assert_string_equal(text_str(&t), "");
	free(stolen);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(forms),
		TEST(severities),
		TEST(hostile_text),
		TEST(ring),
		TEST(journal_fields),
		TEST(debug_lines),
		TEST(listener_logs),
		TEST(text_buffer),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}

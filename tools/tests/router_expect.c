// SPDX-License-Identifier: GPL-2.0-or-later
/* What a line of configuration is answered with, and what it leaves behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "router_expect.h"

void expect_refused(struct router *r, const char *line, const char *text)
{
	char *before = strdup(router_running(r));
	enum cli_status status = router_line(r, line);
	const char *error = r->result.error ? r->result.error : "";
	const char *detail = r->result.detail ? r->result.detail : "";
	const char *word = r->result.word ? r->result.word : "";

	if (status == CLI_DONE || status == CLI_IGNORED ||
	    (!strstr(error, text) && !strstr(detail, text) && !strstr(word, text)))
		fail_msg("\"%s\": %s: %s %s, expected: %s", line, cli_status_name(status),
			 error, detail, text);
	assert_string_equal(router_running(r), before);
	free(before);
}

void expect_warning(struct router *r, const char *line, const char *text)
{
	assert_int_equal(router_line(r, line), CLI_DONE);
	if (!r->result.warnings || !strstr(r->result.warnings, text))
		fail_msg("\"%s\": warnings \"%s\", expected: %s", line,
			 r->result.warnings ? r->result.warnings : "", text);
}

void expect_silent(struct router *r, const char *line)
{
	assert_int_equal(router_line(r, line), CLI_DONE);
	assert_null(r->result.warnings);
}

void expect_running(struct router *r, const char *text)
{
	struct cli_report report;
	char *first = strdup(router_running(r));
	struct router *other;

	assert_string_equal(first, text);
	other = router_new();
	assert_int_equal(router_file(other, first, &report), 0);
	assert_int_equal(report.ignored, 0);
	cli_report_free(&report);
	assert_string_equal(router_running(other), first);
	router_free(other);
	free(first);
}

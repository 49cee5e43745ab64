// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The engine with all commands of the product, fed from their own grammars:
 * every declared line is understood, damaged ones do no harm, and whatever
 * got configured survives running-config and reload unchanged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli_fuzz.h"
#include "router.h"

#define ROUNDS 20000

static void sound_lines(void **state)
{
	struct router *r = router_new();
	struct cli_fuzz f = { .state = 8086, .cli = r->d.cli };
	struct text bad = TEXT_INIT;

	(void)state;
	if (cli_fuzz_sound(&f, ROUNDS, &bad))
		fail_msg("not understood: %s", text_str(&bad));
	text_free(&bad);
	router_free(r);
}

static void run_line(struct router *r, struct cli_fuzz *f, const struct text *line)
{
	static const unsigned int flags[] = { 0, CLI_EXEC_JSON, CLI_EXEC_PASTE };
	char *copy = malloc(line->len ? line->len : 1);
	struct cli_result res;
	struct cli_help help;
	bool good;

	memcpy(copy, text_str(line), line->len);
	cli_complete(r->session, copy, line->len, &help);
	cli_help_free(&help);
	cli_exec(r->session, copy, line->len, flags[cli_fuzz_number(f, 3)], &res);
	good = res.status == CLI_DONE || res.status == CLI_IGNORED;
	if (good != !res.error)
		fail_msg("\"%s\": %s, %s", text_str(line), cli_status_name(res.status),
			 res.error ? res.error : "no error");
	cli_result_free(&res);
	free(copy);
}

static void damaged_lines(void **state)
{
	struct router *r = router_new();
	struct cli_fuzz f = { .state = 6502, .cli = r->d.cli };
	struct text line = TEXT_INIT;
	unsigned int i;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		text_truncate(&line, 0);
		if (!cli_fuzz_number(&f, 20))
			text_puts(&line, "configure terminal");
		else
			cli_fuzz_line(&f, &line);
		if (!cli_fuzz_number(&f, 2))
			cli_fuzz_damage(&f, &line);
		run_line(r, &f, &line);
	}
	text_free(&line);
	router_free(r);
}

/* A configuration as its grammars allow it; what is refused is left out. */
static void random_configuration(struct router *r, struct cli_fuzz *f, unsigned int lines)
{
	struct text line = TEXT_INIT;

	router_line(r, "configure terminal");
	while (lines--) {
		unsigned int mode = cli_session_mode(r->session);
		uint64_t modes = CLI_IN(mode) | (cli_fuzz_number(f, 4) ? 0 : CLI_IN(CLI_MODE_CONFIG));
		const struct cli_command *cmd;

		if (mode < CLI_MODE_CONFIG) {
			router_line(r, "configure terminal");
			continue;
		}
		text_truncate(&line, 0);
		cmd = cli_fuzz_line_in(f, modes, &line);
		/* Not what takes further lines: they would swallow the rest. */
		if (cmd->flags & (CLI_F_IGNORED | CLI_F_BLOCK_DELIM | CLI_F_BLOCK_QUIT))
			continue;
		router_line(r, text_str(&line));
	}
	router_line(r, "end");
	text_free(&line);
}

static char *stored(const struct router *r)
{
	struct text t = TEXT_INIT;

	cli_running_config(r->d.cli, r->d.running, CLI_WRITE_SECRETS, &t);
	return text_steal(&t);
}

static void reload_is_identity(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 1; i <= 60; i++) {
		struct router *r = router_new(), *again = router_new();
		struct cli_fuzz f = { .state = 1000 + i, .cli = r->d.cli };
		struct cli_report report;
		char *before, *after;

		random_configuration(r, &f, 200);
		before = stored(r);
		cli_apply(again->session, before, strlen(before), &report);
		if (report.refused)
			fail_msg("line %u: %s of\n%s", report.lines[0].line,
				 report.lines[0].text, before);
		after = stored(again);
		assert_string_equal(before, after);
		cli_report_free(&report);
		free(before);
		free(after);
		router_free(r);
		router_free(again);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sound_lines),
		cmocka_unit_test(damaged_lines),
		cmocka_unit_test(reload_is_identity),
	};

	return cmocka_run_group_tests_name("cli_product", tests, NULL, NULL);
}

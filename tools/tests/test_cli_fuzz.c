// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random lines against the engine: what the grammars generate is understood,
 * and nothing that is damaged, random or truncated does harm. The sanitizers
 * are the judges of the latter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../ipsecd/cli/grammar.h"
#include "cli_demo.h"
#include "cli_fuzz.h"

#define ROUNDS 20000

static int setup(void **state)
{
	*state = demo_new();
	return 0;
}

static int teardown(void **state)
{
	demo_free(*state);
	return 0;
}

static void sound_lines(void **state)
{
	struct demo *demo = *state;
	struct cli_fuzz f = { .state = 20240521, .cli = demo->cli };
	struct text bad = TEXT_INIT;

	if (cli_fuzz_sound(&f, ROUNDS, &bad))
		fail_msg("not understood: %s", text_str(&bad));
	text_free(&bad);
}

/* Whatever the outcome, the result is consistent with itself. */
static void check_result(const struct cli_result *res, const struct text *line)
{
	bool good = res->status == CLI_DONE || res->status == CLI_IGNORED;

	if (good != !res->error)
		fail_msg("\"%s\": %s, %s", text_str(line), cli_status_name(res->status),
			 res->error ? res->error : "no error");
	if (res->marker >= 0 && (size_t)res->marker >= line->len)
		fail_msg("\"%s\": marker %d behind the line", text_str(line), res->marker);
	if (res->error && (strncmp(res->error, "% ", 2) || strchr(res->error, '\n')))
		fail_msg("\"%s\": message \"%s\"", text_str(line), res->error);
}

static void run_line(struct cli_fuzz *f, struct cli_session *s, const struct text *line)
{
	static const unsigned int flags[] = { 0, CLI_EXEC_JSON, CLI_EXEC_PASTE };
	struct cli_help help;
	struct cli_result res;
	struct text t = TEXT_INIT;
	/* An exact copy: a read behind its end is an error. */
	char *copy = malloc(line->len ? line->len : 1);

	memcpy(copy, text_str(line), line->len);
	cli_complete(s, copy, cli_fuzz_number(f, (uint32_t)line->len + 1), &help);
	cli_help_text(&help, 80, &t);
	cli_help_free(&help);
	cli_exec(s, copy, line->len, flags[cli_fuzz_number(f, 3)], &res);
	check_result(&res, line);
	cli_result_free(&res);
	cli_prompt(s, &t);
	text_free(&t);
	free(copy);
}

static void damaged_lines(void **state)
{
	struct demo *demo = *state;
	struct cli_fuzz f = { .state = 4711, .cli = demo->cli };
	struct cli_session *s = cli_session_new(demo->cli);
	struct text line = TEXT_INIT;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		text_truncate(&line, 0);
		if (cli_fuzz_number(&f, 20)) {
			cli_fuzz_line(&f, &line);
			if (cli_fuzz_number(&f, 3))
				cli_fuzz_damage(&f, &line);
		} else {
			text_puts(&line, cli_fuzz_number(&f, 4) ? "configure terminal" : "enable");
		}
		demo->refuse_commit = !cli_fuzz_number(&f, 10);
		demo->refuse_begin = !cli_fuzz_number(&f, 20);
		run_line(&f, s, &line);
	}
	assert_true(demo->committed > 100);
	cli_session_free(s);
	text_free(&line);
}

static void random_octets(void **state)
{
	struct demo *demo = *state;
	struct cli_fuzz f = { .state = 99, .cli = demo->cli };
	struct cli_session *s = cli_session_new(demo->cli);
	struct text line = TEXT_INIT;
	unsigned int i, k, n;

	for (i = 0; i < ROUNDS / 4; i++) {
		text_truncate(&line, 0);
		n = cli_fuzz_number(&f, 80);
		for (k = 0; k < n; k++) {
			char octet = (char)cli_fuzz_number(&f, 256);

			text_add(&line, &octet, 1);
		}
		run_line(&f, s, &line);
	}
	cli_session_free(s);
	text_free(&line);
}

/* Files: the report accounts for every line, and nothing is applied twice. */
static void damaged_files(void **state)
{
	struct demo *demo = *state;
	struct cli_fuzz f = { .state = 815, .cli = demo->cli };
	struct cli_session *s = cli_session_new(demo->cli);
	unsigned int i, k;

	for (i = 0; i < 300; i++) {
		struct text file = TEXT_INIT;
		struct cli_report report;
		size_t refused = 0;

		for (k = 0; k < 40; k++) {
			struct text line = TEXT_INIT;

			cli_fuzz_line(&f, &line);
			if (!cli_fuzz_number(&f, 3))
				cli_fuzz_damage(&f, &line);
			text_printf(&file, "%*s%s\n", (int)cli_fuzz_number(&f, 3), "",
				    text_str(&line));
			text_free(&line);
		}
		memset(&demo->running, 0, sizeof(demo->running));
		cli_apply(s, file.data, file.len, &report);
		for (k = 0; k < report.n; k++) {
			const struct cli_report_line *l = &report.lines[k];

			assert_non_null(l->text);
			assert_true(!k || l->line >= report.lines[k - 1].line);
			refused += !l->warning && l->status != CLI_IGNORED;
		}
		assert_int_equal(refused, report.refused);
		cli_report_free(&report);
		text_free(&file);
	}
	cli_session_free(s);
}

static void random_grammars(void **state)
{
	static const char alphabet[] = "ab {}[]|$()1-9/.! WORDLINE...x";
	struct cli_fuzz f = { .state = 31337 };
	char text[40], err[256];
	unsigned int i, k, n, good = 0;

	(void)state;
	for (i = 0; i < 5 * ROUNDS; i++) {
		struct grammar g;

		n = cli_fuzz_number(&f, sizeof(text) - 1);
		for (k = 0; k < n; k++)
			text[k] = alphabet[cli_fuzz_number(&f, sizeof(alphabet) - 1)];
		text[n] = '\0';
		good += !grammar_compile(&g, text, err, sizeof(err));
		grammar_free(&g);
	}
	assert_true(good > 100);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sound_lines),
		TEST(damaged_lines),
		TEST(random_octets),
		TEST(damaged_files),
		TEST(random_grammars),
	};

	return cmocka_run_group_tests_name("cli_fuzz", tests, NULL, NULL);
}

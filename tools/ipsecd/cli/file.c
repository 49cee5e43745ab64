// SPDX-License-Identifier: GPL-2.0-or-later
/* file: a whole configuration as one change (CLI-4). */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine.h"

void report_add(struct cli_report *r, unsigned int line, enum cli_status status,
		int marker, char *text, bool warning)
{
	struct cli_report_line *l;

	r->lines = checked(reallocarray(r->lines, r->n + 1, sizeof(*r->lines)));
	l = &r->lines[r->n++];
	l->line = line;
	l->status = status;
	l->marker = marker;
	l->text = text;
	l->warning = warning;
}

void cli_report_free(struct cli_report *r)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		free(r->lines[i].text);
	free(r->lines);
	memset(r, 0, sizeof(*r));
}

/* An ignored line is listed without what may be a password. */
static char *redacted(const char *line, size_t len)
{
	struct word words[CLI_TOKENS_MAX];
	int n = word_split(line, len, words, CLI_TOKENS_MAX);
	size_t shown;

	if (n < 1)
		return checked_printf("<removed>");
	shown = secret_begins(words, (size_t)n);
	if (!shown)
		return checked_printf("<removed>");
	return checked_printf("%.*s%s", (int)(words[shown - 1].column + words[shown - 1].len -
					      words[0].column),
			      words[0].text, shown < (size_t)n ? " <removed>" : "");
}

/* The marker has no line above it in a report: name column and word. */
static char *reason_text(const struct cli_result *res)
{
	if (res->status == CLI_UNKNOWN && res->marker >= 0)
		return checked_printf("%% Invalid input detected at column %d%s%s%s%s%s",
				      res->marker + 1, res->word ? ": \"" : "",
				      res->word ? res->word : "", res->word ? "\"" : "",
				      res->detail ? ": " : "",
				      res->detail ? res->detail : "");
	return checked_printf("%s", res->error);
}

static void report_warnings(struct cli_report *r, unsigned int line, const char *warnings)
{
	while (warnings && *warnings) {
		size_t len = strcspn(warnings, "\n");

		report_add(r, line, CLI_DONE, -1, checked(strndup(warnings, len)), true);
		warnings += len + (warnings[len] == '\n');
	}
}

static bool is_comment(const char *line, size_t len)
{
	struct word w;

	return word_split(line, len, &w, 1) == 0 || w.text[0] == '!';
}

static void apply_line(struct cli_session *s, const char *line, size_t len,
		       struct cli_report *r)
{
	bool silent = s->block.active || is_comment(line, len);
	struct cli_result res;

	switch (cli_exec(s, line, len, 0, &res)) {
	case CLI_DONE:
		r->applied += !silent;
		break;
	case CLI_IGNORED:
		r->ignored++;
		report_add(r, s->line, CLI_IGNORED, -1, redacted(line, len), false);
		break;
	default:
		r->refused++;
		report_add(r, s->line, res.status, res.marker, reason_text(&res), false);
		break;
	}
	report_warnings(r, s->line, res.warnings);
	cli_result_free(&res);
}

static void apply_lines(struct cli_session *s, const char *text, size_t len,
			struct cli_report *r)
{
	const char *end = text + len;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *stop = newline ? newline : end;

		s->line++;
		if (stop > text && stop[-1] == '\r')
			stop--;
		apply_line(s, text, (size_t)(stop - text), r);
		text = newline ? newline + 1 : end;
	}
	if (s->block.active) {
		r->refused++;
		report_add(r, s->block.line, CLI_REFUSED, -1,
			   checked_printf("%% Text that begins here does not end"), false);
		block_end(s);
	}
}

static void refuse_file(struct cli_report *r, const char *why)
{
	r->refused++;
	report_add(r, 0, CLI_REFUSED, -1, checked_printf("%% %s", why), false);
}

static void commit_file(struct cli_session *s, struct cli_report *r)
{
	const struct cli_ops *ops = s->cli->ops;
	struct cli_commit commit = { .report = r };
	int rc;

	if (!r->applied) {
		ops->abort(s->cli->user, s->candidate);
		return;
	}
	rc = ops->commit(s->cli->user, s->candidate, &commit);
	r->committed = !rc;
	if (rc && !commit.refused)
		refuse_file(r, "The configuration could not be applied");
	r->refused += commit.refused;
	if (rc)
		r->applied = 0;
	else
		r->applied -= commit.refused < r->applied ? commit.refused : r->applied;
}

/* By line, those of the whole file last; what belongs to one line in order. */
static void sort_report(struct cli_report *r)
{
	size_t i, k;

	for (i = 1; i < r->n; i++) {
		struct cli_report_line l = r->lines[i];

		for (k = i; k && r->lines[k - 1].line - 1 > l.line - 1; k--)
			r->lines[k] = r->lines[k - 1];
		r->lines[k] = l;
	}
}

int cli_apply(struct cli_session *s, const char *text, size_t len,
	      struct cli_report *report)
{
	const struct cli_ops *ops = s->cli->ops;
	struct cli_session file = {
		.cli = s->cli, .file = true, .depth = 2,
		.stack = { { .mode = CLI_MODE_PRIV }, { .mode = CLI_MODE_CONFIG } },
	};
	char err[256] = "";

	memset(report, 0, sizeof(*report));
	if (s->stack[0].mode != CLI_MODE_PRIV) {
		refuse_file(report, "Privileged mode is required");
		return -1;
	}
	if (ops->begin)
		file.candidate = ops->begin(s->cli->user, err, sizeof(err));
	if (ops->begin && !file.candidate) {
		refuse_file(report, *err ? err : "The configuration cannot be changed now");
		return -1;
	}
	apply_lines(&file, text, len, report);
	report->committed = true;
	if (ops->begin)
		commit_file(&file, report);
	session_pop(&file, 0);
	sort_report(report);
	return report->refused ? -1 : 0;
}

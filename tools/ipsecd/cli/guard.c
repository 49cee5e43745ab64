// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * guard: keep the lines of a lost section out of other sections.
 *
 * In "crypto mpa B 20 ipsec-manual" + " set peer 192.0.2.2" the second line
 * must not change the crypto map that was edited before. Where a file is
 * indented, deeper lines belong to the refused one. Where it is flat, the
 * refused line, unless it clearly was one of the open section, closes that
 * section, and what is no global command is then reported as skipped.
 */
#include <string.h>

#include "engine.h"

static void skip(const struct cli_session *s, struct cli_result *res)
{
	if (s->guard.line)
		result_set(res, CLI_SKIPPED, -1,
			   "Skipped: belongs to the section of refused line %u", s->guard.line);
	else
		result_set(res, CLI_SKIPPED, -1, "Skipped: belongs to the section refused before");
}

/* Would the line be a command of some section? */
static bool section_line(const struct cli_session *s, const struct reading *r)
{
	unsigned int mode;

	for (mode = CLI_MODE_FIRST; mode < CLI_MODES_MAX; mode++) {
		size_t n = r->n - r->first;
		struct match_error e;
		struct match m;

		if (!s->cli->modes[mode] ||
		    !match_line(s->cli, mode, r->op, r->words + r->first, &n, &m, &e))
			continue;
		match_free(&m);
		return true;
	}
	return false;
}

/* "exit" at the end of a section that was never entered. */
static bool closes_lost_section(const struct cli_session *s, const struct reading *r)
{
	return r->found && s->depth == 2 && r->n == 1 && word_is(&r->words[0], "exit");
}

bool guard_skips(struct cli_session *s, const struct reading *r, struct cli_result *res)
{
	struct guard *g = &s->guard;

	if (!g->active)
		return false;
	if (r->indent > g->indent) {
		skip(s, res);
		return true;
	}
	if (closes_lost_section(s, r)) {
		g->active = false;
		return true;
	}
	if (r->found || r->swallowed) {
		g->active = false;
		return false;
	}
	if (!section_line(s, r))
		return false;
	skip(s, res);
	return true;
}

void guard_note(struct cli_session *s, const struct reading *r, enum cli_status status)
{
	struct guard *g = &s->guard;

	if (status == CLI_DONE || status == CLI_IGNORED || status == CLI_SKIPPED || s->depth < 2)
		return;
	if (r->found) {
		if (r->level)
			session_pop(s, r->level + 1);
		g->active = r->match.slot->cmd->enters;
	} else {
		if (!r->error_inner)
			while (s->depth > 2 && s->stack[s->depth - 1].indent >= r->indent)
				session_pop(s, s->depth - 1);
		g->active = true;
	}
	g->line = s->line;
	g->indent = r->indent;
}

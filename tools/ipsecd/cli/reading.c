// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * reading: which command a line is, and in which of the open modes.
 *
 * A line is tried in the innermost mode first and then in the enclosing
 * ones, because a global command typed in a sub-mode leaves that sub-mode
 * (CLI-4). The outer reading wins only where it is the closer one: "ip route"
 * typed at an interface is the global command although the interface knows
 * "ip route-cache".
 */
#include <stdlib.h>
#include <string.h>

#include "engine.h"

static bool in_config(const struct cli_session *s)
{
	return s->depth > 1;
}

void reading_operators(const struct cli_session *s, struct reading *r,
		       size_t *top, size_t *bottom)
{
	*top = s->depth - 1;
	*bottom = in_config(s) ? 1 : 0;
	if (r->n && in_config(s) && word_is(&r->words[0], "do")) {
		r->first = 1;
		*top = 0;
		*bottom = 0;
	}
	if (r->first < r->n) {
		if (word_is(&r->words[r->first], "no"))
			r->op = CLI_NO;
		else if (word_is(&r->words[r->first], "default"))
			r->op = CLI_DEFAULT;
		r->first += r->op != CLI_SET;
	}
	r->filter = *bottom ? r->n : filter_find(r->words, r->n);
}

/* Is the line inside an ignored section, as its indentation shows? */
static bool in_ignored(const struct cli_session *s, const struct reading *r, size_t top)
{
	return s->stack[top].mode == CLI_MODE_IGNORED && r->indent > s->stack[top].indent;
}

static void take_error(struct reading *r, const struct match_error *e, size_t level, size_t top)
{
	size_t word = e->word + r->first;

	if (level != top && word <= r->error.word)
		return;
	r->error = *e;
	r->error.word = word;
}

static bool beats(const struct reading *r, const struct match *m, size_t n,
		  const struct match_error *inner)
{
	if (r->found)
		return n == r->n_cmd && match_compare(m, &r->match, n) > 0;
	if (inner->status == CLI_AMBIGUOUS && inner->word < n)
		return m->quality[inner->word] == MATCH_EXACT;
	return true;
}

/* Returns how many words the mode of @level understood. */
static size_t try_level(struct cli_session *s, struct reading *r, size_t level, size_t top,
			struct match_error *inner)
{
	size_t n = r->filter - r->first;
	struct match_error e;
	struct match m;

	if (!match_line(s->cli, s->stack[level].mode, r->op, r->words + r->first, &n, &m, &e)) {
		if (level == top)
			*inner = e;
		take_error(r, &e, level, top);
		return e.word;
	}
	if (!beats(r, &m, n, inner)) {
		match_free(&m);
		return n;
	}
	reading_free(r);
	r->found = true;
	r->match = m;
	r->n_cmd = n;
	r->level = level;
	return n;
}

void reading_resolve(struct cli_session *s, struct reading *r)
{
	struct match_error inner = { .status = CLI_UNKNOWN };
	size_t top, bottom, level, progress[2] = { 0, 0 };

	reading_operators(s, r, &top, &bottom);
	if (in_ignored(s, r, top))
		bottom = top;
	for (level = top + 1; level-- > bottom;) {
		size_t words = try_level(s, r, level, top, &inner);

		if (words > progress[level != top])
			progress[level != top] = words;
	}
	r->error_inner = top > bottom && progress[0] > progress[1];
	r->swallowed = !r->found && in_ignored(s, r, top);
}

void reading_free(struct reading *r)
{
	if (r->found)
		match_free(&r->match);
	r->found = false;
}

/* Are the words up to the one that does not fit not to be repeated? */
static bool hides_words(const struct reading *r)
{
	size_t n = r->error.word + 1;

	return r->error.secret || (n <= r->n && secret_begins(r->words, n) < n);
}

static void explain_unknown(const struct reading *r, struct cli_result *res)
{
	const struct word *w = &r->words[r->error.word];
	const char *reason = r->error.reason;

	if (!hides_words(r))
		res->word = checked(strndup(w->text, w->len));
	if (*reason)
		res->detail = checked(strdup(reason));
}

void reading_fail(const struct reading *r, struct cli_result *res)
{
	const struct word *w = r->error.word < r->n ? &r->words[r->error.word] : NULL;
	int marker = w ? (int)w->column : -1;

	res->secret = hides_words(r);
	switch (r->error.status) {
	case CLI_UNKNOWN:
		result_set(res, CLI_UNKNOWN, marker, NULL);
		explain_unknown(r, res);
		break;
	case CLI_AMBIGUOUS:
		if (res->secret)
			result_set(res, CLI_AMBIGUOUS, marker, "Ambiguous command at '^' marker.");
		else
			result_set(res, CLI_AMBIGUOUS, marker, "Ambiguous command:  \"%.*s\"",
				   (int)(w->column + w->len - r->words[0].column),
				   r->words[0].text);
		break;
	default:
		result_set(res, CLI_INCOMPLETE, -1, NULL);
		break;
	}
}

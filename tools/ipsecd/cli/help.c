// SPDX-License-Identifier: GPL-2.0-or-later
/* help: '?' and Tab, from the same tables as the parser. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"

struct collect {
	struct cli_help *help;
	const struct cli *cli;
	struct word partial;
};

static void add(struct cli_help *h, const char *word, const char *text, bool literal)
{
	struct cli_match *m;
	size_t i;

	for (i = 0; i < h->n; i++) {
		m = &h->matches[i];
		if (strcmp(m->word, word) || m->literal != literal)
			continue;
		if (*m->help && *text && strcmp(m->help, text) && !literal)
			continue;	/* A.B.C.D as address and as mask */
		if (!*m->help) {
			free(m->help);
			m->help = checked(strdup(text));
		}
		return;
	}
	h->matches = checked(reallocarray(h->matches, h->n + 1, sizeof(*h->matches)));
	m = &h->matches[h->n++];
	m->word = checked(strdup(word));
	m->help = checked(strdup(text));
	m->literal = literal;
}

static bool begins(const struct word *partial, const char *word)
{
	return !partial->len || word_abbreviates(partial, word);
}

static void add_name(void *arg, const char *name)
{
	struct collect *c = arg;

	if (begins(&c->partial, name))
		add(c->help, name, "", true);
}

static void add_atom(void *arg, const struct atom *a)
{
	struct collect *c = arg;
	size_t k;

	if (a->kind != ATOM_KEYWORD) {
		if (!c->partial.len || value_plausible(a, &c->partial))
			add(c->help, a->text, a->help, false);
		if (c->cli->ops->values && !a->secret)
			c->cli->ops->values(c->cli->user, a->name, add_name, c);
		return;
	}
	if (begins(&c->partial, a->text)) {
		add(c->help, a->text, a->help, true);
		return;
	}
	for (k = 0; k < GRAMMAR_ALIASES_MAX && a->alias[k]; k++) {
		if (begins(&c->partial, a->alias[k])) {
			add(c->help, a->alias[k], a->help, true);
			return;
		}
	}
}

static void add_word(void *arg, const char *word, const char *help)
{
	struct collect *c = arg;

	if (begins(&c->partial, word))
		add(c->help, word, help, true);
}

/* Words in front of a command; they are no commands of the tables. */
static void add_operators(struct collect *c, const struct cli_session *s, const struct reading *r)
{
	if (s->depth < 2 || r->n)
		return;
	add_word(c, "no", "Negate a command or set its defaults");
	add_word(c, "default", "Set a command to its defaults");
	add_word(c, "do", "To run exec commands in config mode");
}

static int by_word(const void *a, const void *b)
{
	const struct cli_match *x = a, *y = b;
	int order = strcmp(x->word, y->word);

	return order ? order : strcmp(x->help, y->help);
}

/* Behind '|': the filter's name, then an expression. */
static void complete_filter(struct collect *c, const struct reading *r)
{
	size_t words = r->n - r->filter;
	bool glued = r->words[r->filter].len > 1;

	if (words + glued == 1)
		filter_words(add_word, c);
	else if (words + glued == 2 && !c->partial.len)
		add(c->help, "LINE", "Regular Expression", false);
}

static void mark(const struct reading *r, const struct match_error *e, struct cli_help *h)
{
	struct cli_result res = { .marker = -1 };
	struct reading failed = *r;

	failed.error = *e;
	failed.error.word += r->first;
	reading_fail(&failed, &res);
	h->error = res.error;
	h->marker = res.marker;
	res.error = NULL;
	cli_result_free(&res);
}

/* From the innermost mode outwards, until one has something to offer. */
static void complete_levels(struct cli_session *s, struct reading *r, struct collect *c,
			    size_t top, size_t bottom)
{
	struct match_error e, worst = { .status = CLI_UNKNOWN };
	bool complete, whole = false, parsed = false;
	size_t level;

	for (level = top + 1; level-- > bottom;) {
		size_t before = c->help->n;

		if (!match_next(s->cli, s->stack[level].mode, r->op, r->words + r->first,
				r->n - r->first, add_atom, c, &complete, &e)) {
			if (level == top || e.word > worst.word)
				worst = e;
			continue;
		}
		parsed = true;
		whole = whole || complete;
		if (complete && !bottom && begins(&c->partial, "|"))
			add(c->help, "|", "Output modifiers", true);
		/* "?" alone lists one mode; an unfinished word is looked for everywhere. */
		if (c->help->n > before || complete)
			break;
	}
	if (c->help->n)
		qsort(c->help->matches, c->help->n, sizeof(*c->help->matches), by_word);
	if (whole && !c->partial.len)
		add(c->help, "<cr>", "", false);
	if (!parsed)
		mark(r, &worst, c->help);
}

void cli_complete(struct cli_session *s, const char *line, size_t cursor,
		  struct cli_help *help)
{
	struct collect c = { .help = help, .cli = s->cli };
	struct reading r = { .line = line, .len = cursor };
	size_t top, bottom;
	int n;

	memset(help, 0, sizeof(*help));
	help->marker = -1;
	help->start = cursor;
	n = cursor > CLI_LINE_MAX ? -1 : word_split(line, cursor, r.words, CLI_TOKENS_MAX);
	if (n < 0 || s->block.active)
		return;
	r.n = (size_t)n;
	if (r.n && !isblank((unsigned char)line[cursor - 1])) {
		c.partial = r.words[--r.n];
		help->partial = true;
		help->start = c.partial.column;
	}
	reading_operators(s, &r, &top, &bottom);
	if (r.filter < r.n) {
		complete_filter(&c, &r);
		return;
	}
	add_operators(&c, s, &r);
	complete_levels(s, &r, &c, top, bottom);
}

void cli_help_free(struct cli_help *h)
{
	size_t i;

	for (i = 0; i < h->n; i++) {
		free(h->matches[i].word);
		free(h->matches[i].help);
	}
	free(h->matches);
	free(h->error);
	memset(h, 0, sizeof(*h));
}

/* "sh?": the words side by side. */
static void print_row(const struct cli_help *h, unsigned int width, struct text *out)
{
	size_t i, column = 0;

	for (i = 0; i < h->n; i++) {
		size_t len = strlen(h->matches[i].word);

		if (column && column + 2 + len > width) {
			text_puts(out, "\n");
			column = 0;
		}
		text_printf(out, "%s%s", column ? "  " : "", h->matches[i].word);
		column += len + (column ? 2 : 0);
	}
	text_puts(out, "\n");
}

void cli_help_text(const struct cli_help *h, unsigned int width, struct text *out)
{
	size_t i, widest = 0;

	if (!h->n) {
		text_puts(out, h->error ? h->error : "% Unrecognized command");
		text_puts(out, "\n");
		return;
	}
	if (h->partial) {
		print_row(h, width, out);
		return;
	}
	for (i = 0; i < h->n; i++)
		if (strlen(h->matches[i].word) > widest)
			widest = strlen(h->matches[i].word);
	for (i = 0; i < h->n; i++) {
		text_printf(out, "  %s", h->matches[i].word);
		if (*h->matches[i].help) {
			text_pad(out, widest + 4);
			text_puts(out, h->matches[i].help);
		}
		text_puts(out, "\n");
	}
}
